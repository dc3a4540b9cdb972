//! `global_defs`.

use super::common::{
    CPUS, FIFO, INTERFACE, MAIL_ENTRIES, MAX_TIMER_US, MAX_U32, MAYBE_NAME, SCRIPT, USER_AND_GROUP,
};
use super::{Arg, Args, Block, Form, Keyword, Shape};

/// keepalived counts delays in 32 bits of microseconds.
const MAX_DELAY: i64 = 4_294;
const MAX_SECONDS: i64 = 4_294_967_295;
const NO_BFD_PROCESS: &str = "BFD runs in the process of VRRP, whose settings hold for it";
const NO_BALANCER: &str = "load balancing is not built yet";
const NO_AGENT: &str = "there is no SNMP or D-Bus agent yet";

/// The block.
pub static GLOBAL_DEFS: Block =
    Block { path: "global_defs", shape: Shape::Keywords, groups: &[MAIL, ROUTING, PROCESS, OTHERS] };

static MAIL: &[&Keyword] = &[
    &ROUTER_ID,
    &LVS_ID,
    &NOTIFICATION_EMAIL,
    &NOTIFICATION_EMAIL_FROM,
    &SMTP_SERVER,
    &SMTP_HELO_NAME,
    &SMTP_CONNECT_TIMEOUT,
    &SMTP_ALERT,
    &SMTP_ALERT_VRRP,
    &NO_EMAIL_FAULTS,
];

static ROUTING: &[&Keyword] = &[
    &VRRP_VERSION,
    &VRRP_MCAST_GROUP4,
    &VRRP_MCAST_GROUP6,
    &VRRP_GARP_MASTER_DELAY,
    &VRRP_GARP_MASTER_REPEAT,
    &VRRP_GARP_MASTER_REFRESH,
    &VRRP_GARP_MASTER_REFRESH_REPEAT,
    &VRRP_GARP_LOWER_PRIO_DELAY,
    &VRRP_GARP_LOWER_PRIO_REPEAT,
    &VRRP_GARP_INTERVAL,
    &VRRP_GNA_INTERVAL,
    &VRRP_MIN_GARP,
    &VRRP_DOWN_TIMER_ADVERTS,
    &VRRP_LOWER_PRIO_NO_ADVERT,
    &VRRP_HIGHER_PRIO_SEND_ADVERT,
    &VRRP_OWNER_IGNORE_ADVERTS,
    &V3_CHECKSUM_AS_V2,
    &VRRP_SKIP_CHECK_ADV_ADDR,
    &VRRP_STRICT,
    &VRRP_STARTUP_DELAY,
    &LOG_UNKNOWN_VRIDS,
    &DYNAMIC_INTERFACES,
    &DEFAULT_INTERFACE,
];

static PROCESS: &[&Keyword] = &[
    &VRRP_PRIORITY,
    &VRRP_RT_PRIORITY,
    &VRRP_RLIMIT_RTTIME,
    &VRRP_RLIMIT_RTIME,
    &VRRP_CPU_AFFINITY,
    &VRRP_NO_SWAP,
];

/// `router_id`
pub static ROUTER_ID: Keyword = Keyword::new("router_id", Args::Word("NAME"))
    .default("the local host name")
    .since("1.1.8")
    .doc("What this machine calls itself in the subject of its mail.");

/// `lvs_id`
pub static LVS_ID: Keyword = Keyword::new("lvs_id", Args::Word("NAME"))
    .alias_of(&ROUTER_ID)
    .doc("The name of router_id before keepalived 1.1.8.");

/// `notification_email`
pub static NOTIFICATION_EMAIL: Keyword = Keyword::block("notification_email", "", &MAIL_ENTRIES)
    .since("0.5.3")
    .repeats()
    .doc("The mail addresses that are told about transitions, separated by blanks or line breaks. An address with a display name is quoted.");

/// `notification_email_from`
pub static NOTIFICATION_EMAIL_FROM: Keyword =
    Keyword::new("notification_email_from", Args::Word("MAIL-ADDRESS"))
        .default("keepalived@ and the local host name")
        .since("0.5.3")
        .doc("The sender of mail. Quoted if it has a display name.");

/// `smtp_server`
pub static SMTP_SERVER: Keyword = Keyword::new("smtp_server", Args::Words("ADDRESS|HOSTNAME [PORT]"))
    .default("none: no mail is sent")
    .since("0.5.3")
    .doc("The server that takes the mail, on port 25 unless one is given.");

/// `smtp_helo_name`
pub static SMTP_HELO_NAME: Keyword = Keyword::new("smtp_helo_name", Args::Word("NAME"))
    .default("the local host name")
    .since("1.2.20")
    .doc("The name with which the mail server is greeted.");

/// `smtp_connect_timeout`
pub static SMTP_CONNECT_TIMEOUT: Keyword = Keyword::int("smtp_connect_timeout", 0, MAX_DELAY)
    .default("30")
    .since("0.5.3")
    .doc("Seconds to wait for the mail server. 0 is taken as 1.");

/// `smtp_alert`
pub static SMTP_ALERT: Keyword = Keyword::switch("smtp_alert")
    .since("2.0.0")
    .doc("Whether instances send mail that do not say themselves.");

/// `smtp_alert_vrrp`
pub static SMTP_ALERT_VRRP: Keyword = Keyword::switch("smtp_alert_vrrp")
    .default("smtp_alert")
    .since("2.0.0")
    .doc("The same for virtual routers only; stands above smtp_alert.");

/// `no_email_faults`
pub static NO_EMAIL_FAULTS: Keyword =
    Keyword::flag("no_email_faults").since("2.0.0").doc("Sends no mail when an instance enters FAULT.");

/// `vrrp_version`
pub static VRRP_VERSION: Keyword = Keyword::int("vrrp_version", 2, 3)
    .default("2")
    .since("1.2.20")
    .doc("Protocol version of IPv4 instances that do not say themselves. IPv6 always has version 3.");

/// `vrrp_mcast_group4`
pub static VRRP_MCAST_GROUP4: Keyword = Keyword::new("vrrp_mcast_group4", Args::Address)
    .default("224.0.0.18")
    .since("1.2.10")
    .doc("The multicast group for IPv4 advertisements; all machines must agree.");

/// `vrrp_mcast_group6`
pub static VRRP_MCAST_GROUP6: Keyword = Keyword::new("vrrp_mcast_group6", Args::Address)
    .default("ff02::12")
    .since("1.2.10")
    .doc("The multicast group for IPv6 advertisements; all machines must agree.");

/// `vrrp_garp_master_delay`
pub static VRRP_GARP_MASTER_DELAY: Keyword = Keyword::int("vrrp_garp_master_delay", 0, MAX_DELAY)
    .default("5")
    .since("1.2.20")
    .doc("A new Master announces its addresses a second time after so many seconds; 0: only once.");

/// `vrrp_garp_master_repeat`
pub static VRRP_GARP_MASTER_REPEAT: Keyword = Keyword::int("vrrp_garp_master_repeat", 0, MAX_SECONDS)
    .default("5")
    .since("1.2.20")
    .doc("How many announcements of each address one burst has. 0 is taken as 1.");

/// `vrrp_garp_master_refresh`
pub static VRRP_GARP_MASTER_REFRESH: Keyword = Keyword::int("vrrp_garp_master_refresh", 0, MAX_SECONDS)
    .default("0")
    .since("1.2.20")
    .doc("A Master announces its addresses again every so many seconds; 0: never.");

/// `vrrp_garp_master_refresh_repeat`
pub static VRRP_GARP_MASTER_REFRESH_REPEAT: Keyword =
    Keyword::int("vrrp_garp_master_refresh_repeat", 0, MAX_SECONDS)
        .default("1")
        .since("1.2.20")
        .doc("How many announcements of each address one refresh has. 0 is taken as 1.");

/// `vrrp_garp_lower_prio_delay`
pub static VRRP_GARP_LOWER_PRIO_DELAY: Keyword = Keyword::int("vrrp_garp_lower_prio_delay", 0, MAX_DELAY)
    .default("vrrp_garp_master_delay")
    .since("1.2.20")
    .doc("Seconds until the second burst after a Master has heard a lower priority; 0: no second one.");

/// `vrrp_garp_lower_prio_repeat`
pub static VRRP_GARP_LOWER_PRIO_REPEAT: Keyword =
    Keyword::int("vrrp_garp_lower_prio_repeat", 0, 2_147_483_647)
        .default("vrrp_garp_master_repeat")
        .since("1.2.20")
        .doc("How many announcements of each address follow when a Master hears a lower priority; 0: none.");

/// `vrrp_garp_interval`
pub static VRRP_GARP_INTERVAL: Keyword = Keyword::timer("vrrp_garp_interval", 0, MAX_TIMER_US)
    .default("0")
    .since("1.2.21")
    .doc("Time between two gratuitous ARPs on one interface.");

/// `vrrp_gna_interval`
pub static VRRP_GNA_INTERVAL: Keyword = Keyword::timer("vrrp_gna_interval", 0, MAX_TIMER_US)
    .default("0")
    .since("1.2.21")
    .doc("Time between two unsolicited neighbour advertisements on one interface.");

/// `vrrp_min_garp`
pub static VRRP_MIN_GARP: Keyword = Keyword::switch("vrrp_min_garp")
    .since("2.0.12")
    .doc("One announcement per address and no second burst, where no garp keyword says otherwise.");

/// `vrrp_down_timer_adverts`
pub static VRRP_DOWN_TIMER_ADVERTS: Keyword = Keyword::int("vrrp_down_timer_adverts", 1, 100)
    .default("3")
    .since("2.2.3")
    .doc("How many advertisements may be missing before a Backup takes over. The RFCs say 3; all machines must agree.");

/// `vrrp_lower_prio_no_advert`
pub static VRRP_LOWER_PRIO_NO_ADVERT: Keyword = Keyword::switch("vrrp_lower_prio_no_advert")
    .since("1.2.20")
    .doc("A Master that hears a lower priority does not answer at once.");

/// `vrrp_higher_prio_send_advert`
pub static VRRP_HIGHER_PRIO_SEND_ADVERT: Keyword = Keyword::switch("vrrp_higher_prio_send_advert")
    .since("1.3.5")
    .doc("A Master that hears a higher priority sends one more advertisement before it yields, so that the other one announces its addresses again.");

/// `vrrp_owner_ignore_adverts`
pub static VRRP_OWNER_IGNORE_ADVERTS: Keyword = Keyword::switch("vrrp_owner_ignore_adverts")
    .since("2.3.3")
    .doc("An address owner drops what it hears, as RFC 9568 section 6.4.3 says.");

/// `v3_checksum_as_v2`
pub static V3_CHECKSUM_AS_V2: Keyword = Keyword::switch("v3_checksum_as_v2")
    .since("2.2.8")
    .doc("Leaves the pseudo-header out of the checksum of version 3 over IPv4, as some other routers do.");

/// `vrrp_skip_check_adv_addr`
pub static VRRP_SKIP_CHECK_ADV_ADDR: Keyword = Keyword::switch("vrrp_skip_check_adv_addr")
    .since("1.2.20")
    .doc("Does not compare the addresses in advertisements that come from the current Master.");

/// `vrrp_strict`
pub static VRRP_STRICT: Keyword = Keyword::switch("vrrp_strict")
    .since("1.2.20")
    .refused("strict mode changes what is sent and accepted")
    .doc("Holds every instance to the letter of the RFCs.");

/// `vrrp_startup_delay`
pub static VRRP_STARTUP_DELAY: Keyword = Keyword::timer("vrrp_startup_delay", 0, MAX_TIMER_US)
    .default("0")
    .since("2.0.14")
    .doc("No instance takes over before this much time after the start.");

/// `log_unknown_vrids`
pub static LOG_UNKNOWN_VRIDS: Keyword = Keyword::flag("log_unknown_vrids")
    .since("2.0.16")
    .doc("Logs advertisements for virtual routers that are not configured here.");

/// `dynamic_interfaces`
pub static DYNAMIC_INTERFACES: Keyword =
    Keyword::list("dynamic_interfaces", &[Form::OneOf(&["allow_if_changes"]).optional()])
        .since("2.0.0")
        .no_effect("vipd always lets interfaces come and go")
        .doc("Interfaces may be missing at the start, and may be deleted and made again.");

/// `iproute_usr_dir`
pub static IPROUTE_USR_DIR: Keyword = Keyword::new("iproute_usr_dir", Args::Word("PATH"))
    .default("/usr/share/iproute2 and /usr/lib/iproute2")
    .since("2.3.2")
    .doc("Where iproute2 has its tables of names.");

/// `iproute_etc_dir`
pub static IPROUTE_ETC_DIR: Keyword = Keyword::new("iproute_etc_dir", Args::Word("PATH"))
    .default("/etc/iproute2")
    .since("2.3.2")
    .doc("Where the administrator changes these tables.");

/// `default_interface`
pub static DEFAULT_INTERFACE: Keyword = Keyword::new("default_interface", Args::Word("INTERFACE"))
    .default("eth0")
    .since("1.2.24")
    .doc("The interface of static addresses that name none.");

/// `vrrp_priority`
pub static VRRP_PRIORITY: Keyword = Keyword::int("vrrp_priority", -20, 19)
    .default("0")
    .since("1.2.20")
    .doc("The nice value of the router process.");

/// `vrrp_rt_priority`
pub static VRRP_RT_PRIORITY: Keyword = Keyword::int("vrrp_rt_priority", 1, 99)
    .default("none")
    .since("2.0.0")
    .doc("Runs the router process with this real-time priority (SCHED_RR).");

/// `vrrp_rlimit_rttime`
pub static VRRP_RLIMIT_RTTIME: Keyword =
    Keyword::int("vrrp_rlimit_rttime", 1, MAX_U32).default("10000").since("2.1.0").doc(
        "Microseconds of computing without a pause after which the kernel stops a real-time router process.",
    );

/// `vrrp_rlimit_rtime`
pub static VRRP_RLIMIT_RTIME: Keyword = Keyword::int("vrrp_rlimit_rtime", 1, MAX_U32)
    .since("2.0.0")
    .alias_of(&VRRP_RLIMIT_RTTIME)
    .doc("The old spelling of vrrp_rlimit_rttime.");

/// `vrrp_cpu_affinity`
pub static VRRP_CPU_AFFINITY: Keyword = Keyword::new("vrrp_cpu_affinity", Args::List(CPUS))
    .default("all")
    .since("2.0.17")
    .doc("The CPUs on which the router process may run.");

/// `vrrp_no_swap`
pub static VRRP_NO_SWAP: Keyword =
    Keyword::flag("vrrp_no_swap").since("1.2.20").doc("Keeps the router process in memory.");

/// The kernel's names of sets have at most 31 bytes.
const IPSET: Arg = Form::Name("SET", 31).optional();

const UMASK_BITS: &[&str] = &[
    "IRUSR", "IWUSR", "IXUSR", "IRGRP", "IWGRP", "IXGRP", "IROTH", "IWOTH", "IXOTH", "IRWXU", "IRWXG",
    "IRWXO",
];

const INCLUDE_CHECKS: &[&str] = &[
    "read",
    "readable",
    "match",
    "wildcard_match",
    "brace_match",
    "+read",
    "+readable",
    "+match",
    "+wildcard_match",
    "+brace_match",
    "-read",
    "-readable",
    "-match",
    "-wildcard_match",
    "-brace_match",
];

const SECONDS: Form = Form::Int { min: 0, max: 2_678_400 };

static LVS_TIMEOUTS: Block = Block {
    path: "",
    shape: Shape::Entries,
    groups: &[&[
        &Keyword::list("tcp", &[SECONDS.one()]).doc("Idle TCP connections."),
        &Keyword::list("tcpfin", &[SECONDS.one()]).doc("TCP connections that are being closed."),
        &Keyword::list("udp", &[SECONDS.one()]).doc("UDP flows."),
    ]],
};

static LVS_SYNC_DAEMON: Block = Block {
    path: "",
    shape: Shape::Entries,
    groups: &[&[
        &Keyword::list("(interface)", INTERFACE).doc("Where the connections are told."),
        &Keyword::list("(instance)", &[Form::Word("INSTANCE").optional()])
            .doc("The instance whose state says whether this machine tells or listens."),
        &Keyword::list("inst", &[Form::Word("INSTANCE").one()]).doc("The same."),
        &Keyword::int("id", 0, 255).doc("The number of the group of daemons."),
        &Keyword::int("maxlen", 1, 65_507).doc("The longest packet, in bytes."),
        &Keyword::int("port", 1, 65_535).doc("The UDP port."),
        &Keyword::int("ttl", 1, 255).doc("The TTL of what is sent."),
        &Keyword::list("group", &[Form::Group(None).one()]).doc("The multicast group."),
    ]],
};

/// `checker_process_name`
static CHECKER_PROCESS_NAME: Keyword = Keyword::planned("checker_process_name", Args::Word("NAME"))
    .since("2.2.0")
    .not_yet(NO_BALANCER)
    .doc("The name of the checker process.");

/// `lvs_flush_on_stop`
static LVS_FLUSH_ON_STOP: Keyword =
    Keyword::planned("lvs_flush_on_stop", Args::List(&[Form::OneOf(&["VS"]).optional()]))
        .default("off")
        .since("2.2.0")
        .doc("Flush IPVS at stop; VS = delete each managed service only.")
        .not_yet(NO_BALANCER);

/// `vrrp_garp_extra_if`
static VRRP_GARP_EXTRA_IF: Keyword = Keyword::planned(
    "vrrp_garp_extra_if",
    Args::List(&[Form::OneOf(&["all"]).optional(), Form::Int { min: 1, max: 86_400 }.one()]),
)
.default("off")
.since("2.2.3")
.doc("Periodic GARP on VIP interfaces other than the instance's; VMACs only unless all.");

/// `checker_rlimit_rttime`
static CHECKER_RLIMIT_RTTIME: Keyword =
    Keyword::planned("checker_rlimit_rttime", Args::Int { min: 1, max: MAX_U32 })
        .default("10000")
        .since("2.1.0")
        .not_yet(NO_BALANCER)
        .doc("As vrrp_rlimit_rttime, for the checker process.");

/// `bfd_rlimit_rttime`
static BFD_RLIMIT_RTTIME: Keyword = Keyword::new("bfd_rlimit_rttime", Args::Int { min: 1, max: MAX_U32 })
    .no_effect(NO_BFD_PROCESS)
    .default("10000")
    .since("2.1.0")
    .doc("As vrrp_rlimit_rttime, for the BFD process.");

/// `enable_snmp_vrrp`
static ENABLE_SNMP_VRRP: Keyword = Keyword::later("enable_snmp_vrrp", "")
    .default("off")
    .since("2.0.0")
    .doc("KEEPALIVED-MIB VRRP part.")
    .not_yet(NO_AGENT);

static OTHERS: &[&Keyword] = &[
&Keyword::later("process_names", "").default("off").since("2.0.16").doc("Set process names to keepalived, keepalived_vrrp, keepalived_ipvs, keepalived_bfd."),
&Keyword::planned("process_name", Args::List(&[Form::Name("NAME", 15).one()])).since("2.0.16").doc("Parent process name."),
&Keyword::planned("vrrp_process_name", Args::Word("NAME")).since("2.0.16").doc("The name of the router process."),
&CHECKER_PROCESS_NAME,
&Keyword::planned("lvs_process_name", Args::Word("NAME")).since("2.0.16").doc("Deprecated synonym of checker_process_name.").not_yet(NO_BALANCER).alias_of(&CHECKER_PROCESS_NAME),
&Keyword::new("bfd_process_name", Args::Word("NAME")).since("2.0.16").doc("The name of the BFD process.").no_effect(NO_BFD_PROCESS),
&Keyword::lowered("use_symlink_paths", Args::Switch).default("off").since("2.3.0").doc("Keep symlinks in script paths rather than resolving them."),
&Keyword::planned("set_supplementary_groups", Args::Switch).default("off").since("after 2.4.3").doc("Scripts get the user's supplementary groups."),
&Keyword::planned("smtp_alert_checker", Args::Switch).default("unset").since("2.0.0").doc("Overrides smtp_alert for virtual/real servers.").not_yet(NO_BALANCER),
&Keyword::planned("checker_log_all_failures", Args::Switch).default("off").since("2.0.11").doc("Log each failed check, including retries.").not_yet(NO_BALANCER),
&Keyword::planned("no_checker_emails", Args::Switch).default("off").since("2.0.0").doc("Mail only when the real server is added/removed, not for each checker change.").not_yet(NO_BALANCER),
&Keyword::lowered("startup_script", Args::List(SCRIPT)).since("2.1.0").doc("Run once before children start; one only."),
&Keyword::lowered("startup_script_timeout", Args::Int { min: 1, max: 1000 }).default("10").since("2.1.0").doc("Seconds after which the start-up script is given up."),
&Keyword::lowered("shutdown_script", Args::List(SCRIPT)).since("2.1.0").doc("Run once after all children stopped."),
&Keyword::lowered("shutdown_script_timeout", Args::Int { min: 1, max: 1000 }).default("10").since("2.1.0").doc("Seconds after which the shutdown script is given up."),
&Keyword::planned("max_auto_priority", Args::List(&[Form::Int { min: -1, max: 99 }.optional()])).default("0 (off)").since("2.1.0").doc("Ceiling for automatic RT priority rise; no argument = maximum; -1 silences the startup notice."),
&Keyword::planned("min_auto_priority_delay", Args::Int { min: 1, max: 10_000_000 }).default("1000000").since("2.1.0").doc("Timer lateness that triggers a priority rise."),
&Keyword::later("disable_local_igmp", "").default("off").since("2.2.0").doc("Clears sysctl igmp_link_local_mcast_reports; Linux 4.3+."),
&Keyword::planned("lvs_timeouts", Args::Options(&LVS_TIMEOUTS)).default("kernel values kept").since("1.2.24").doc("Seconds, each 0..2678400; at least one required.").not_yet(NO_BALANCER),
&Keyword::later("lvs_flush", "").default("off").since("1.2.23").doc("Clear IPVS tables at startup.").not_yet(NO_BALANCER),
&LVS_FLUSH_ON_STOP,
&Keyword::planned("lvs_flush_onstop", Args::List(&[Form::OneOf(&["VS"]).optional()])).since("2.0.15").doc("Deprecated synonym of lvs_flush_on_stop.").not_yet(NO_BALANCER).alias_of(&LVS_FLUSH_ON_STOP),
&Keyword::planned("lvs_sync_daemon", Args::Options(&LVS_SYNC_DAEMON)).default("id = VRID of instance or 0; port 8848; group 224.0.0.81").since("1.2.20").doc("IPVS connection sync; without instance both master and backup daemons run; a bare number in third position is accepted as id with a warning.").not_yet(NO_BALANCER),
&VRRP_GARP_EXTRA_IF,
&Keyword::planned("vrrp_vmac_garp_intvl", Args::List(&[Form::OneOf(&["all"]).optional(), Form::Int { min: 1, max: 86_400 }.one()])).since("2.2.0").doc("Deprecated synonym of vrrp_garp_extra_if.").alias_of(&VRRP_GARP_EXTRA_IF),
&Keyword::new("vrrp_iptables", Args::List(&[Form::Name("IN-CHAIN", 28).optional(), Form::Name("OUT-CHAIN", 28).optional()])).default("INPUT OUTPUT").since("1.2.20").no_effect("packets are filtered with nftables, in a table of their own").doc("The chains for packet filters of use_vmac and no_accept."),
&Keyword::new("vrrp_ipsets", Args::List(&[IPSET, IPSET, IPSET, IPSET, IPSET, IPSET])).default("keepalived, keepalived6, keepalived_if6, keepalived_igmp, keepalived_mld, keepalived_vmac_nd").since("1.2.20").no_effect("packets are filtered with nftables, which has sets of its own").doc("The names of the sets for vrrp_iptables."),
&Keyword::lowered("nftables", Args::List(MAYBE_NAME)).default("vipd").since("2.0.11").doc("The name of the table, in the families ip and ip6, with the packet filters that use_vmac and no_accept need. It belongs to vipd alone: what else is in it goes."),
&Keyword::lowered("nftables_priority", Args::Int { min: -2_147_483_648, max: 2_147_483_647 }).default("-1").since("2.0.11").doc("The priority of its chains."),
&Keyword::flag("nftables_ifindex").since("2.0.11").no_effect("link-local addresses are always matched together with the index of their interface").doc("Key link-local sets by ifindex."),
&Keyword::lowered("nftables_counters", Args::Flag).default("off").since("2.0.11").doc("Counts the packets of each rule."),
&Keyword::planned("nftables_ipvs", Args::List(MAYBE_NAME)).default("keepalived_ipvs").since("2.2.2").doc("Fwmark based virtual server groups.").not_yet(NO_BALANCER),
&Keyword::planned("nftables_ipvs_priority", Args::Int { min: -2_147_483_648, max: 2_147_483_647 }).since("2.2.2").not_yet(NO_BALANCER).doc("The priority of the chains for virtual server groups."),
&Keyword::planned("nftables_ipvs_start_fwmark", Args::Int { min: 1, max: MAX_U32 }).default("1000").since("2.2.2").doc("First fwmark to allocate.").not_yet(NO_BALANCER),
&Keyword::later("vrrp_check_unicast_src", "").default("off").since("1.2.20").doc("Accept unicast adverts only from configured peers."),
&Keyword::lowered("vrrp_notify_priority_changes", Args::Switch).default("off").since("2.0.16").doc("Write priority change lines to FIFOs."),
&Keyword::planned("checker_priority", Args::Int { min: -20, max: 19 }).default("0").since("1.2.20").not_yet(NO_BALANCER).doc("The nice value of the checker process."),
&Keyword::new("bfd_priority", Args::Int { min: -20, max: 19 }).default("0").since("2.0.0").doc("The nice value of the BFD process.").no_effect(NO_BFD_PROCESS),
&Keyword::later("checker_no_swap", "").default("off").since("1.2.20").not_yet(NO_BALANCER).doc("Keeps the checker process in memory."),
&Keyword::flag("bfd_no_swap").since("2.0.0").doc("Keeps the BFD process in memory.").no_effect(NO_BFD_PROCESS),
&Keyword::planned("checker_rt_priority", Args::Int { min: 1, max: 99 }).default("none").since("2.0.0").not_yet(NO_BALANCER).doc("Runs the checker process with this real-time priority."),
&Keyword::new("bfd_rt_priority", Args::Int { min: 1, max: 99 }).default("none").since("2.0.0").doc("Runs the BFD process with this real-time priority.").no_effect(NO_BFD_PROCESS),
&Keyword::planned("checker_cpu_affinity", Args::List(CPUS)).default("none").since("2.0.17").not_yet(NO_BALANCER).doc("The CPUs on which the checker process may run."),
&Keyword::new("bfd_cpu_affinity", Args::List(CPUS)).default("none").since("2.0.17").doc("The CPUs on which the BFD process may run.").no_effect(NO_BFD_PROCESS),
&CHECKER_RLIMIT_RTTIME,
&Keyword::planned("checker_rlimit_rtime", Args::Int { min: 1, max: MAX_U32 }).since("2.0.0").doc("Deprecated misspelling.").not_yet(NO_BALANCER).alias_of(&CHECKER_RLIMIT_RTTIME),
&BFD_RLIMIT_RTTIME,
&Keyword::new("bfd_rlimit_rtime", Args::Int { min: 1, max: MAX_U32 }).since("2.0.0").doc("Deprecated misspelling.").alias_of(&BFD_RLIMIT_RTTIME).no_effect(NO_BFD_PROCESS),
&Keyword::lowered("notify_fifo", Args::List(FIFO)).since("1.3.6").doc("Receives VRRP and LVS events; created if absent, removed at stop if created."),
&Keyword::lowered("notify_fifo_script", Args::List(SCRIPT)).since("1.3.6").doc("FIFO path appended as last argument."),
&Keyword::lowered("vrrp_notify_fifo", Args::List(FIFO)).since("1.3.6").doc("VRRP events only; ignored if same path as notify_fifo."),
&Keyword::lowered("vrrp_notify_fifo_script", Args::List(SCRIPT)).since("1.3.6").doc("The program that reads the pipe of vrrp_notify_fifo."),
&Keyword::planned("lvs_notify_fifo", Args::List(FIFO)).since("1.3.6").doc("Checker events only; ignored if same path as notify_fifo.").not_yet(NO_BALANCER),
&Keyword::planned("lvs_notify_fifo_script", Args::List(SCRIPT)).since("1.3.6").doc("Ignored if LVS and VRRP FIFO are the same path and both have scripts.").not_yet(NO_BALANCER),
&Keyword::lowered("fifo_write_vrrp_states_on_reload", Args::Flag).default("off").since("2.2.5").doc("Write current states to FIFO after reload."),
&Keyword::planned("snmp_socket", Args::Word("ADDRESS")).default("unix:/var/agentx/master").since("1.2.20").doc("AgentX master; one argument.").not_yet(NO_AGENT),
&Keyword::later("enable_traps", "").default("off").since("1.2.5").doc("SNMP notifications.").not_yet(NO_AGENT),
&ENABLE_SNMP_VRRP,
&Keyword::later("enable_snmp_keepalived", "").since("1.2.20").doc("Deprecated synonym of enable_snmp_vrrp.").not_yet(NO_AGENT).alias_of(&ENABLE_SNMP_VRRP),
&Keyword::later("enable_snmp_checker", "").default("off").since("1.2.20").doc("KEEPALIVED-MIB checker part.").not_yet(NO_AGENT),
&Keyword::later("enable_snmp_rfc", "").default("off").since("1.2.20").doc("Both RFC2787 and RFC6527.").not_yet(NO_AGENT),
&Keyword::later("enable_snmp_rfcv2", "").default("off").since("1.2.20").doc("RFC2787.").not_yet(NO_AGENT),
&Keyword::later("enable_snmp_rfcv3", "").default("off").since("1.2.20").doc("RFC6527.").not_yet(NO_AGENT),
&Keyword::planned("snmp_vs_stats_update_interval", Args::Timer { min_us: 1000, max_us: 30_000_000 }).default("5").since("2.3.0").not_yet(NO_AGENT).doc("How old the statistics of virtual servers may be that SNMP gets."),
&Keyword::planned("snmp_rs_stats_update_interval", Args::Timer { min_us: 1000, max_us: 30_000_000 }).default("snmp_vs_stats_update_interval").since("2.3.0").not_yet(NO_AGENT).doc("How old the statistics of real servers may be that SNMP gets."),
&Keyword::later("enable_dbus", "").default("off").since("1.3.0").doc("D-Bus build option.").not_yet(NO_AGENT),
&Keyword::planned("dbus_service_name", Args::Word("NAME")).default("org.keepalived.Vrrp1").since("1.3.7").not_yet(NO_AGENT).doc("The name on the bus."),
&Keyword::planned("dbus_no_interface_name", Args::Word("NAME")).default("none").since("2.3.0").doc("Path component for instances without interface.").not_yet(NO_AGENT),
&Keyword::lowered("script_user", Args::List(USER_AND_GROUP)).default("keepalived_script if it exists, else the running user").since("1.3.0").doc("Unknown user is an error and leaves scripts without a user."),
&Keyword::lowered("enable_script_security", Args::Flag).default("off").since("1.3.0").doc("Refuse root scripts whose path is writable by non-root; also stops falling back to root as default script user."),
&Keyword::planned("vrrp_netlink_cmd_rcv_bufs", Args::Int { min: 0, max: MAX_U32 }).default("system").since("2.0.0").doc("The receive buffer of the router's socket for kernel commands, in bytes."),
&Keyword::planned("vrrp_netlink_cmd_rcv_bufs_force", Args::Switch).default("off").since("2.0.0").doc("SO_RCVBUFFORCE."),
&Keyword::planned("vrrp_netlink_monitor_rcv_bufs", Args::Int { min: 0, max: MAX_U32 }).default("system").since("2.0.0").doc("The receive buffer of the router's socket for kernel events, in bytes."),
&Keyword::planned("vrrp_netlink_monitor_rcv_bufs_force", Args::Switch).default("off").since("2.0.0").doc("Exceeds the system's limit for that buffer."),
&Keyword::planned("lvs_netlink_cmd_rcv_bufs", Args::Int { min: 0, max: MAX_U32 }).default("system").since("2.0.0").not_yet(NO_BALANCER).doc("The receive buffer of the checker's socket for kernel commands, in bytes."),
&Keyword::planned("lvs_netlink_cmd_rcv_bufs_force", Args::Switch).default("off").since("2.0.0").not_yet(NO_BALANCER).doc("Exceeds the system's limit for that buffer."),
&Keyword::planned("lvs_netlink_monitor_rcv_bufs", Args::Int { min: 0, max: MAX_U32 }).default("system").since("2.0.0").not_yet(NO_BALANCER).doc("The receive buffer of the checker's socket for kernel events, in bytes."),
&Keyword::planned("lvs_netlink_monitor_rcv_bufs_force", Args::Switch).default("off").since("2.0.0").not_yet(NO_BALANCER).doc("Exceeds the system's limit for that buffer."),
&Keyword::planned("process_monitor_rcv_bufs", Args::Int { min: 0, max: MAX_U32 }).default("system").since("2.0.11").doc("The receive buffer for events of tracked processes, in bytes."),
&Keyword::planned("process_monitor_rcv_bufs_force", Args::Switch).default("off").since("2.0.11").doc("Exceeds the system's limit for that buffer."),
&Keyword::planned("rs_init_notifies", Args::Switch).default("off").since("2.0.0").doc("Send UP notifies for real servers at startup.").not_yet(NO_BALANCER),
&Keyword::planned("vrrp_rx_bufs_policy", Args::List(&[Form::NumberOrWord { words: &["MTU", "ADVERT"], max: 4_294_967_295 }.one()])).default("system default").since("2.0.3").doc("MTU and ADVERT are exclusive; a size overrides a policy."),
&Keyword::planned("vrrp_rx_bufs_multiplier", Args::Int { min: 1, max: 2_147_483_647 }).default("3").since("2.0.3").doc("How many packets of the size of vrrp_rx_bufs_policy the receive buffer holds."),
&Keyword::planned("vrrp_delay_after_boot", Args::Timer { min_us: 1_000, max_us: MAX_TIMER_US }).default("0").since("2.4.0").doc("Delay relative to system boot; longer of the two delays wins."),
&Keyword::lowered("vmac_prefix", Args::List(&[Form::Name("PREFIX", 11).one()])).default("vrrp").since("2.2.0").doc("How the names of the interfaces of use_vmac begin."),
&Keyword::lowered("vmac_addr_prefix", Args::List(&[Form::Name("PREFIX", 11).one()])).default("vmac_prefix").since("2.2.0").doc("How the names of the interfaces of use_vmac_addr begin."),
&Keyword::lowered("umask", Args::List(&[Form::Bits(UMASK_BITS).many()])).default("IXUSR|IRWXG|IRWXO").since("2.0.9").doc("The permissions that dump files do not get; by default all but those of their owner to read and write. Bits I{R,W,X}{USR,GRP,OTH} and IRWX{U,G,O} with | between them, or an octal number. The command line wins."),
&Keyword::planned("random_seed", Args::Int { min: 0, max: MAX_U32 }).default("time based").since("2.0.15").doc("Seed for ${_RANDOM}."),
&Keyword::planned("reload_check_config", Args::List(&[Form::Word("LOG-FILE").optional()])).default("off").since("2.2.0").doc("Validate new config in a child before reloading."),
&Keyword::planned("reload_time_file", Args::List(&[Form::Path.one()])).since("2.1.0").doc("File holding HH:MM:SS, or [YY]YY-MM-DD HH:MM:SS, optional Z."),
&Keyword::later("reload_repeat", "").default("off").since("2.1.0").doc("Keep reload_time_file after the reload."),
&Keyword::planned("reload_file", Args::List(&[Form::Path.optional()])).default("keepalived.reload in the pid directory").since("2.2.0").doc("File truncated/created while config is read, removed afterwards."),
&Keyword::planned("include_check", Args::List(&[Form::OneOf(INCLUDE_CHECKS).any()])).default("no checks").since("2.2.0").doc("Which mistakes in `include` lines are errors. Without a word: all of them. keepalived documents `readable`, and takes `read`."),
&Keyword::planned("config_save_dir", Args::Word("DIRECTORY")).since("2.2.3").doc("Debug aid: saves config copies on each load."),
&Keyword::planned("tmp_config_directory", Args::Word("DIRECTORY")).default("memfd").since("2.2.0").doc("Where the consolidated config copy is kept."),
&Keyword::planned("data_use_instance", Args::Switch).default("off").since("2.2.3").doc("Add netns/instance name to dump file names."),
&Keyword::lowered("json_version", Args::OneOf(&["1", "2"])).default("1").since("2.2.8").doc("The form of the JSON that SIGRTMIN+2 asks for: 1 is a list of instances, 2 an object with that list under `vrrp`. keepalived's lists of tracked processes, routes and rules are not written."),
&IPROUTE_USR_DIR,
&IPROUTE_ETC_DIR,
&Keyword::lowered("state_dump_file", Args::Word("PATH")).default("keepalived.data in TMPDIR or /tmp").since("2.3.3").doc("Where SIGUSR1 writes the state; `_parent` is added to the name for the supervisor's own. A / at the end: a directory; no / at the beginning: below the directory for temporary files. keepalived documents it as `state_file_location`, which it does not take."),
&Keyword::lowered("stats_dump_file", Args::Word("PATH")).default("keepalived.stats in TMPDIR or /tmp").since("2.3.3").doc("Where SIGUSR2 and SIGRTMAX-1 write the counters. keepalived documents it as `stats_file_location`, which it does not take."),
&Keyword::lowered("json_dump_file", Args::Word("PATH")).default("keepalived.json in TMPDIR or /tmp").since("2.3.3").doc("Where SIGRTMIN+2 writes JSON. keepalived documents it as `json_file_location`, which it does not take."),
];
