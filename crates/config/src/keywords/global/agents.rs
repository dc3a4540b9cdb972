//! SNMP and D-Bus.

use crate::keywords::{Args, Keyword};

const NO_AGENT: &str = "there is no SNMP or D-Bus agent yet";

pub(super) static AGENTS: &[&Keyword] = &[
    &Keyword::planned("snmp_socket", Args::Word("ADDRESS"))
        .default("unix:/var/agentx/master")
        .since("1.2.20")
        .doc(
            "Where the SNMP daemon takes subagents (AgentX): a path with `unix:` before it, or \
          `tcp:HOST:PORT`.",
        )
        .not_yet(NO_AGENT),
    &Keyword::later("enable_traps", "")
        .default("off")
        .since("1.2.5")
        .doc(
            "Sends SNMP notifications when an instance, a group or a real server changes its state. \
          Needs one of the enable_snmp keywords.",
        )
        .not_yet(NO_AGENT),
    &ENABLE_SNMP_VRRP,
    &Keyword::later("enable_snmp_keepalived", "")
        .since("1.2.20")
        .doc("The old name of `enable_snmp_vrrp`. Write `enable_snmp_vrrp`.")
        .not_yet(NO_AGENT)
        .alias_of(&ENABLE_SNMP_VRRP),
    &Keyword::later("enable_snmp_checker", "")
        .default("off")
        .since("1.2.20")
        .doc("Answers SNMP queries about virtual and real servers from KEEPALIVED-MIB.")
        .not_yet(NO_AGENT),
    &Keyword::later("enable_snmp_rfc", "")
        .default("off")
        .since("1.2.20")
        .doc(
            "Answers SNMP queries from the standard MIBs for both protocol versions: \
          `enable_snmp_rfcv2` and `enable_snmp_rfcv3`.",
        )
        .not_yet(NO_AGENT),
    &Keyword::later("enable_snmp_rfcv2", "")
        .default("off")
        .since("1.2.20")
        .doc("Answers SNMP queries about instances of version 2 from VRRP-MIB (RFC 2787).")
        .not_yet(NO_AGENT),
    &Keyword::later("enable_snmp_rfcv3", "")
        .default("off")
        .since("1.2.20")
        .doc("Answers SNMP queries about instances of version 3 from VRRPV3-MIB (RFC 6527).")
        .not_yet(NO_AGENT),
    &Keyword::planned("snmp_vs_stats_update_interval", Args::Timer { min_us: 1000, max_us: 30_000_000 })
        .default("5")
        .since("2.3.0")
        .not_yet(NO_AGENT)
        .doc(
            "How old the statistics of virtual servers may be that SNMP reports, in seconds. A \
          short interval costs a request to the kernel each time.",
        ),
    &Keyword::planned("snmp_rs_stats_update_interval", Args::Timer { min_us: 1000, max_us: 30_000_000 })
        .default("snmp_vs_stats_update_interval")
        .since("2.3.0")
        .not_yet(NO_AGENT)
        .doc(
            "How old the statistics of real servers may be that SNMP reports, in seconds. Worth \
          making longer when there are thousands of them.",
        ),
    &Keyword::later("enable_dbus", "")
        .default("off")
        .since("1.3.0")
        .doc(
            "Offers instances and their states on the system D-Bus, and takes a command to send \
          announcements there.",
        )
        .not_yet(NO_AGENT),
    &Keyword::planned("dbus_service_name", Args::Word("NAME"))
        .default("org.keepalived.Vrrp1")
        .since("1.3.7")
        .not_yet(NO_AGENT)
        .doc(
            "The name under which the service appears on D-Bus; needs a matching policy file. Two \
          daemons on one machine need two names.",
        ),
    &Keyword::planned("dbus_no_interface_name", Args::Word("NAME"))
        .default("none")
        .since("2.3.0")
        .doc("The word that stands in D-Bus paths for the interface of an instance that has none.")
        .not_yet(NO_AGENT),
];

/// `enable_snmp_vrrp`
static ENABLE_SNMP_VRRP: Keyword = Keyword::later("enable_snmp_vrrp", "")
    .default("off")
    .since("2.0.0")
    .doc(
        "Answers SNMP queries about virtual routers from KEEPALIVED-MIB, as a subagent of the \
          SNMP daemon at `snmp_socket`.",
    )
    .not_yet(NO_AGENT);
