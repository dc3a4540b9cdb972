//! `global_defs`.

mod agents;
mod balancer;
mod buffers;
mod files;
mod mail;
mod process;
mod programs;

pub(super) use buffers::ROOM_FOR_ADVERTS;
pub use files::{IPROUTE_ETC_DIR, IPROUTE_USR_DIR};
pub use mail::{
    LVS_ID, NO_EMAIL_FAULTS, NOTIFICATION_EMAIL, NOTIFICATION_EMAIL_FROM, ROUTER_ID, SMTP_ALERT,
    SMTP_ALERT_VRRP, SMTP_CONNECT_TIMEOUT, SMTP_HELO_NAME, SMTP_SERVER,
};
pub use process::VRRP_DELAY_AFTER_BOOT;

use super::common::{MAX_TIMER_US, MAYBE_NAME};
use super::{Arg, Args, Block, Form, Keyword, Shape};

/// keepalived counts delays in 32 bits of microseconds.
const MAX_DELAY: i64 = 4_294;
const MAX_SECONDS: i64 = 4_294_967_295;

/// The block.
pub static GLOBAL_DEFS: Block = Block {
    path: "global_defs",
    shape: Shape::Keywords,
    groups: &[
        mail::MAIL,
        ROUTING,
        NETWORK,
        process::PROCESS,
        programs::PROGRAMS,
        files::FILES,
        buffers::BUFFERS,
        balancer::BALANCER,
        agents::AGENTS,
    ],
};

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

/// `vrrp_version`
pub static VRRP_VERSION: Keyword = Keyword::int("vrrp_version", 2, 3).default("2").since("1.2.20").doc(
    "The protocol version of IPv4 instances without a `version` of their own; IPv6 always \
          uses 3. All machines of a virtual router must use the same one: a router drops what it \
          hears in another. Version 3 is needed for intervals below a second and has no \
          passwords.",
);

/// `vrrp_mcast_group4`
pub static VRRP_MCAST_GROUP4: Keyword =
    Keyword::new("vrrp_mcast_group4", Args::Address).default("224.0.0.18").since("1.2.10").doc(
        "The multicast group to which IPv4 instances send advertisements and which they join. \
          Change it only together on all machines: a machine in another group hears nobody and \
          becomes Master as well.",
    );

/// `vrrp_mcast_group6`
pub static VRRP_MCAST_GROUP6: Keyword =
    Keyword::new("vrrp_mcast_group6", Args::Address).default("ff02::12").since("1.2.10").doc(
        "The multicast group of IPv6 instances; a link-local one (ff02::…), because \
          advertisements do not pass routers. All machines must use the same one.",
    );

/// `vrrp_garp_master_delay`
pub static VRRP_GARP_MASTER_DELAY: Keyword =
    Keyword::int("vrrp_garp_master_delay", 0, MAX_DELAY).default("5").since("1.2.20").unit("seconds").doc(
        "A new Master announces its addresses (gratuitous ARP, unsolicited neighbor \
          advertisement) at once and a second time after this delay, for switches and hosts that \
          missed the first. 0 means no second time. Default of `garp_master_delay` in instances.",
    );

/// `vrrp_garp_master_repeat`
pub static VRRP_GARP_MASTER_REPEAT: Keyword = Keyword::int("vrrp_garp_master_repeat", 0, MAX_SECONDS)
    .default("5")
    .since("1.2.20")
    .unit("announcements")
    .doc(
        "How many announcements of each address a burst has, when an instance becomes Master \
          and again after `vrrp_garp_master_delay`. 0 is taken as 1. Default of \
          `garp_master_repeat` in instances.",
    );

/// `vrrp_garp_master_refresh`
pub static VRRP_GARP_MASTER_REFRESH: Keyword = Keyword::int("vrrp_garp_master_refresh", 0, MAX_SECONDS)
    .default("0")
    .since("1.2.20")
    .unit("seconds")
    .doc(
        "A Master repeats its announcements at this interval as long as it is Master; 0 means \
          never. It helps where neighbors forget or get wrong entries, for example after a \
          virtual machine was resumed elsewhere. Default of `garp_master_refresh` in instances.",
    );

/// `vrrp_garp_master_refresh_repeat`
pub static VRRP_GARP_MASTER_REFRESH_REPEAT: Keyword =
    Keyword::int("vrrp_garp_master_refresh_repeat", 0, MAX_SECONDS)
        .default("1")
        .since("1.2.20")
        .unit("announcements")
        .doc(
            "How many announcements of each address one refresh has; 0 is taken as 1. Without \
          effect while `vrrp_garp_master_refresh` is 0. Default of `garp_master_refresh_repeat` \
          in instances.",
        );

/// `vrrp_garp_lower_prio_delay`
pub static VRRP_GARP_LOWER_PRIO_DELAY: Keyword = Keyword::int("vrrp_garp_lower_prio_delay", 0, MAX_DELAY)
    .default("vrrp_garp_master_delay")
    .since("1.2.20")
    .unit("seconds")
    .doc(
        "A Master that hears another of lower priority announces its addresses again at once \
          and a second time after this delay; 0 means no second time. Default of \
          `garp_lower_prio_delay` in instances.",
    );

/// `vrrp_garp_lower_prio_repeat`
pub static VRRP_GARP_LOWER_PRIO_REPEAT: Keyword =
    Keyword::int("vrrp_garp_lower_prio_repeat", 0, 2_147_483_647)
        .default("vrrp_garp_master_repeat")
        .since("1.2.20")
        .unit("announcements")
        .doc(
            "How many announcements of each address a Master sends when it hears another Master of \
          lower priority, whose own announcements may have misled the network. 0 means none, \
          which leaves traffic with the wrong machine after a split. Default of \
          `garp_lower_prio_repeat` in instances.",
        );

/// `vrrp_garp_interval`
pub static VRRP_GARP_INTERVAL: Keyword =
    Keyword::timer("vrrp_garp_interval", 0, MAX_TIMER_US).default("0").since("1.2.21").doc(
        "The least time between two gratuitous ARPs on one interface. With many addresses, \
          0.001 to 0.01 keeps a takeover from overflowing the tables of switches and hosts, and \
          lengthens it by so much for each address. keepalived reports an explicit 0 as an \
          error.",
    );

/// `vrrp_gna_interval`
pub static VRRP_GNA_INTERVAL: Keyword =
    Keyword::timer("vrrp_gna_interval", 0, MAX_TIMER_US).default("0").since("1.2.21").doc(
        "The least time between two unsolicited neighbor advertisements on one interface: \
          `vrrp_garp_interval` for IPv6. keepalived reports an explicit 0 as an error.",
    );

/// `vrrp_min_garp`
pub static VRRP_MIN_GARP: Keyword = Keyword::switch("vrrp_min_garp").since("2.0.12").doc(
    "One announcement for each address and no second burst, unless one of the garp keywords \
          says otherwise: for networks that alarm at repeated gratuitous ARPs. Off, the defaults \
          are five and a second burst after five seconds.",
);

/// `vrrp_down_timer_adverts`
pub static VRRP_DOWN_TIMER_ADVERTS: Keyword =
    Keyword::int("vrrp_down_timer_adverts", 1, 100).default("3").since("2.2.3").unit("advertisements").doc(
        "How many advertisements in a row must be missing, plus the skew time, before a Backup \
          takes over. The RFCs say 3; a larger number tolerates a lossy network, and a failure \
          is noticed that much later. All machines must agree, or the impatient one takes over \
          first. Default of `down_timer_adverts` in instances.",
    );

/// `vrrp_lower_prio_no_advert`
pub static VRRP_LOWER_PRIO_NO_ADVERT: Keyword =
    Keyword::switch("vrrp_lower_prio_no_advert").since("1.2.20").doc(
        "On: a Master that hears a lower priority keeps quiet until its next advertisement is \
          due (RFC 5798). Off: it answers at once (RFC 9568), so the other one steps back \
          sooner. Default of `lower_prio_no_advert` in instances.",
    );

/// `vrrp_higher_prio_send_advert`
pub static VRRP_HIGHER_PRIO_SEND_ADVERT: Keyword =
    Keyword::switch("vrrp_higher_prio_send_advert").since("1.3.5").doc(
        "On: a Master that hears a higher priority sends one more advertisement before it \
          becomes Backup, so the new Master learns that there was another and announces its \
          addresses again. Off: it yields silently, as the RFCs have it. Default of \
          `higher_prio_send_advert` in instances.",
    );

/// `vrrp_owner_ignore_adverts`
pub static VRRP_OWNER_IGNORE_ADVERTS: Keyword =
    Keyword::switch("vrrp_owner_ignore_adverts").since("2.3.3").doc(
        "On: an instance with priority 255, the owner of its addresses, drops every \
          advertisement (RFC 9568 section 6.4.3). Off: two owners by mistake are noticed, and \
          the one with the lower source address yields. Default of `owner_ignore_adverts` in \
          instances.",
    );

/// `v3_checksum_as_v2`
pub static V3_CHECKSUM_AS_V2: Keyword = Keyword::switch("v3_checksum_as_v2").since("2.2.8").doc(
    "On: the checksum of version 3 over IPv4 leaves out the pseudo-header of addresses, as \
          some routers of other makers send it. Off: it contains it (RFC 9568). vipd accepts \
          both forms in any case; this says which one it sends. Default of the same keyword in \
          instances.",
);

/// `vrrp_skip_check_adv_addr`
pub static VRRP_SKIP_CHECK_ADV_ADDR: Keyword =
    Keyword::switch("vrrp_skip_check_adv_addr").since("1.2.20").doc(
        "On: the list of addresses in advertisements from the current Master is not compared \
          with our own. Off: a difference is counted and logged, and an advertisement with none of \
          our addresses is ignored, as one of another virtual router. Default of \
          `skip_check_adv_addr` in instances.",
    );

/// `vrrp_strict`
pub static VRRP_STRICT: Keyword = Keyword::switch("vrrp_strict").since("1.2.20").doc(
    "On: every instance keeps to the letter of the RFCs, unless it says `strict_mode off`. MASTER \
          exactly with priority 255; no authentication but `auth_hmac`, which is enforced; no \
          `preempt_delay`; nothing heard is answered. Packets to the addresses are dropped, unless \
          their owner is Master, or version 3 and `accept` say otherwise: many files copy this \
          line without need, and then wonder why a virtual address cannot be pinged.",
);

/// `vrrp_startup_delay`
pub static VRRP_STARTUP_DELAY: Keyword =
    Keyword::timer("vrrp_startup_delay", 0, MAX_TIMER_US).default("0").since("2.0.14").doc(
        "No instance becomes Master before this much time after the start; advertisements are \
          heard meanwhile. It keeps a machine that has just booted from taking over before its \
          services and its switch port are ready (spanning tree takes up to 30 seconds).",
    );

/// `log_unknown_vrids`
pub static LOG_UNKNOWN_VRIDS: Keyword = Keyword::flag("log_unknown_vrids").since("2.0.16").doc(
    "Logs advertisements that arrive for a virtual router which is not configured here: a \
          strange VRID on the network is found before somebody uses it a second time.",
);

/// `dynamic_interfaces`
pub static DYNAMIC_INTERFACES: Keyword =
    Keyword::list("dynamic_interfaces", &[Form::OneOf(&["allow_if_changes"]).optional()])
        .since("2.0.0")
        .no_effect("vipd always lets interfaces come and go")
        .doc(
            "keepalived refuses to start when a configured interface is missing, unless this is \
          set; with `allow_if_changes` an interface may also come back as another kind. vipd \
          behaves as if both were set: an instance whose interface is missing is in FAULT until \
          it appears.",
        );

/// `default_interface`
pub static DEFAULT_INTERFACE: Keyword =
    Keyword::new("default_interface", Args::Word("INTERFACE")).default("eth0").since("1.2.24").doc(
        "The interface of lines in `static_ipaddress` without `dev`. Instances do not use it: \
          they name their own with `interface`.",
    );

/// The kernel's names of sets have at most 31 bytes.
const IPSET: Arg = Form::Name("SET", 31).optional();

/// `vrrp_garp_extra_if`
static VRRP_GARP_EXTRA_IF: Keyword = Keyword::lowered(
    "vrrp_garp_extra_if",
    Args::List(&[Form::OneOf(&["all"]).optional(), Form::Int { min: 1, max: 86_400 }.one()]),
)
.default("off")
.since("2.2.3")
.unit("seconds")
.doc(
    "A Master also announces its addresses on the interfaces of single addresses that \
          differ from the instance's, at this interval in seconds, so that switches there \
          remember the virtual MAC address. Only interfaces with a virtual MAC address, or with \
          `all` every one. Default of `garp_extra_if` in instances.",
);

static NETWORK: &[&Keyword] = &[
    &Keyword::lowered("disable_local_igmp", Args::Flag).default("off").since("2.2.0").doc(
        "Clears the sysctl igmp_link_local_mcast_reports as long as the daemon runs, so that the \
          machine does not report its membership in groups 224.0.0.x. Switches that filter on \
          such reports then lose the advertisements; needs Linux 4.3.",
    ),
    &VRRP_GARP_EXTRA_IF,
    &Keyword::lowered(
        "vrrp_vmac_garp_intvl",
        Args::List(&[Form::OneOf(&["all"]).optional(), Form::Int { min: 1, max: 86_400 }.one()]),
    )
    .since("2.2.0")
    .unit("seconds")
    .doc("The name of `vrrp_garp_extra_if` before keepalived 2.2.3. Write `vrrp_garp_extra_if`.")
    .alias_of(&VRRP_GARP_EXTRA_IF),
    &Keyword::new(
        "vrrp_iptables",
        Args::List(&[Form::Name("IN-CHAIN", 28).optional(), Form::Name("OUT-CHAIN", 28).optional()]),
    )
    .default("INPUT OUTPUT")
    .since("1.2.20")
    .no_effect("packets are filtered with nftables, in a table of their own")
    .doc(
        "With iptables, keepalived drops packets to virtual addresses in these two chains where \
          `no_accept` or `use_vmac` need it. vipd filters with nftables, without starting a \
          program; the names are not used.",
    ),
    &Keyword::new("vrrp_ipsets", Args::List(&[IPSET, IPSET, IPSET, IPSET, IPSET, IPSET]))
        .default(
            "keepalived, keepalived6, keepalived_if6, keepalived_igmp, keepalived_mld, keepalived_vmac_nd",
        )
        .since("1.2.20")
        .no_effect("packets are filtered with nftables, which has sets of its own")
        .doc(
            "The names of the six ipsets that keepalived's iptables rules use; without a name it \
          uses none. vipd has sets of nftables instead.",
        ),
    &Keyword::lowered("nftables", Args::List(MAYBE_NAME)).default("vipd").since("2.0.11").doc(
        "The name of the table, in the families ip and ip6, that has the packet filters of \
          `use_vmac` and `no_accept`. It belongs to vipd alone: everything else in it is \
          removed. Change it only to avoid a name that is taken.",
    ),
    &Keyword::lowered("nftables_priority", Args::Int { min: -2_147_483_648, max: 2_147_483_647 })
        .default("-1")
        .since("2.0.11")
        .doc(
            "The priority of the chains in that table: lower numbers see a packet earlier, 0 is \
          where ordinary filters are. A packet that is dropped here is not seen there, and the \
          other way around.",
        ),
    &Keyword::flag("nftables_ifindex")
        .since("2.0.11")
        .no_effect("link-local addresses are always matched together with the index of their interface")
        .doc(
            "keepalived then matches the interface of link-local addresses by number and not by \
          name, which is faster and breaks when an interface is made again.",
        ),
    &Keyword::lowered("nftables_counters", Args::Flag).default("off").since("2.0.11").doc(
        "Each rule in the table counts its packets and bytes, for `nft list table`: shows \
          whether packets to a virtual address are dropped. Without it nothing is counted.",
    ),
    &Keyword::lowered("vrrp_check_unicast_src", Args::Flag).default("off").since("1.2.20").doc(
        "Unicast instances drop advertisements that do not come from one of their \
          `unicast_peer` addresses. The default of `check_unicast_src` in instances, which does \
          it for one.",
    ),
    &Keyword::lowered("vmac_prefix", Args::List(&[Form::Name("PREFIX", 11).one()]))
        .default("vrrp")
        .since("2.2.0")
        .doc(
            "How the names of interfaces with a virtual MAC address begin that `use_vmac` does not \
          name; a dot and the VRID follow. At most 11 bytes, as names of interfaces have 15.",
        ),
    &Keyword::lowered("vmac_addr_prefix", Args::List(&[Form::Name("PREFIX", 11).one()]))
        .default("vmac_prefix")
        .since("2.2.0")
        .doc(
            "How the names of interfaces begin that `use_vmac_addr` and the `use_vmac` of single \
          addresses make; at most 11 bytes.",
        ),
];
