//! `global_defs`.

mod agents;
mod balancer;
mod mail;

pub use mail::{
    LVS_ID, NO_EMAIL_FAULTS, NOTIFICATION_EMAIL, NOTIFICATION_EMAIL_FROM, ROUTER_ID, SMTP_ALERT,
    SMTP_ALERT_VRRP, SMTP_CONNECT_TIMEOUT, SMTP_HELO_NAME, SMTP_SERVER,
};

use super::common::{CPUS, FIFO, MAX_TIMER_US, MAX_U32, MAYBE_NAME, SCRIPT, USER_AND_GROUP};
use super::{Arg, Args, Block, Form, Keyword, Shape};

/// keepalived counts delays in 32 bits of microseconds.
const MAX_DELAY: i64 = 4_294;
const MAX_SECONDS: i64 = 4_294_967_295;
const NO_BFD_PROCESS: &str = "BFD runs in the process of VRRP, whose settings hold for it";

/// The block.
pub static GLOBAL_DEFS: Block = Block {
    path: "global_defs",
    shape: Shape::Keywords,
    groups: &[mail::MAIL, ROUTING, PROCESS, OTHERS, balancer::BALANCER, agents::AGENTS],
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

static PROCESS: &[&Keyword] = &[
    &VRRP_PRIORITY,
    &VRRP_RT_PRIORITY,
    &VRRP_RLIMIT_RTTIME,
    &VRRP_RLIMIT_RTIME,
    &VRRP_CPU_AFFINITY,
    &VRRP_NO_SWAP,
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
          with our own, which saves time with very many addresses. Off: a difference is counted \
          and logged, and the advertisement counts nevertheless. Default of \
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

/// `iproute_usr_dir`
pub static IPROUTE_USR_DIR: Keyword = Keyword::new("iproute_usr_dir", Args::Word("PATH"))
    .default("/usr/share/iproute2 and /usr/lib/iproute2")
    .since("2.3.2")
    .doc(
        "The directory with the tables of names that iproute2 ships: rt_tables, rt_protos, \
          rt_scopes, rt_realms, rt_dsfield and group. Set it on systems that keep them \
          elsewhere. Names that are not found there or in `iproute_etc_dir` are errors; numbers \
          always work.",
    );

/// `iproute_etc_dir`
pub static IPROUTE_ETC_DIR: Keyword =
    Keyword::new("iproute_etc_dir", Args::Word("PATH")).default("/etc/iproute2").since("2.3.2").doc(
        "The directory with the administrator's own tables of names, which have precedence over \
          those in `iproute_usr_dir`. A routing table that only has a name here can be used in \
          routes and rules.",
    );

/// `default_interface`
pub static DEFAULT_INTERFACE: Keyword =
    Keyword::new("default_interface", Args::Word("INTERFACE")).default("eth0").since("1.2.24").doc(
        "The interface of lines in `static_ipaddress` without `dev`. Instances do not use it: \
          they name their own with `interface`.",
    );

/// `vrrp_priority`
static VRRP_PRIORITY: Keyword =
    Keyword::lowered("vrrp_priority", Args::Int { min: -20, max: 19 }).default("0").since("1.2.20").doc(
        "The nice value of the router process: -20 is served first, 19 last. A router that is \
          not scheduled for some advertisement intervals loses its addresses; where the machine \
          may be overloaded, `vrrp_rt_priority` protects better.",
    );

/// `vrrp_rt_priority`
static VRRP_RT_PRIORITY: Keyword =
    Keyword::lowered("vrrp_rt_priority", Args::Int { min: 1, max: 99 }).default("none").since("2.0.0").doc(
        "Runs the router process under the real-time scheduler SCHED_RR with this priority, \
          ahead of every ordinary program. Wanted where advertisement intervals are short or the \
          machine can be overloaded. Needs the capability CAP_SYS_NICE; see `vrrp_rlimit_rttime` \
          for the guard.",
    );

/// `vrrp_rlimit_rttime`
static VRRP_RLIMIT_RTTIME: Keyword =
    Keyword::lowered("vrrp_rlimit_rttime", Args::Int { min: 1, max: MAX_U32 })
        .default("10000")
        .since("2.1.0")
        .unit("microseconds")
        .doc(
            "The guard of a real-time priority against a router that computes for ever. A process \
          that has computed for half of this without waiting once goes on as an ordinary one, \
          says so, and gets its priority back when it has caught up. keepalived ends the process \
          when it has reached the whole. Without effect as long as there is no real-time priority.",
        );

/// `vrrp_rlimit_rtime`
static VRRP_RLIMIT_RTIME: Keyword = Keyword::lowered("vrrp_rlimit_rtime", Args::Int { min: 1, max: MAX_U32 })
    .since("2.0.0")
    .alias_of(&VRRP_RLIMIT_RTTIME)
    .unit("microseconds")
    .doc(
        "A misspelling of `vrrp_rlimit_rttime` that keepalived once had. Write \
          `vrrp_rlimit_rttime`.",
    );

/// `vrrp_cpu_affinity`
static VRRP_CPU_AFFINITY: Keyword =
    Keyword::lowered("vrrp_cpu_affinity", Args::List(CPUS)).default("all").since("2.0.17").doc(
        "The numbers of the processors, from 0, on which the router process may run, separated \
          by blanks. Wanted where some are isolated for it (isolcpus), or busy with packets.",
    );

/// `vrrp_no_swap`
static VRRP_NO_SWAP: Keyword =
    Keyword::lowered("vrrp_no_swap", Args::Flag).default("off").since("1.2.20").doc(
        "Locks the memory of the router process (mlockall), so that it is never paged out and \
          never late because of a page fault. Costs its few megabytes of memory for good.",
    );

/// `vrrp_delay_after_boot`
pub static VRRP_DELAY_AFTER_BOOT: Keyword =
    Keyword::timer("vrrp_delay_after_boot", 1_000, MAX_TIMER_US).default("0").since("2.4.0").doc(
        "No instance becomes Master before the machine has been running for this long; a daemon \
          that is restarted later is not held back. If `vrrp_startup_delay` ends later, that one \
          counts.",
    );

const ANSWERS_FIT: &str = "the kernel is asked in portions whose answers fit into any buffer";
/// `vrrp_rx_bufs_policy` and its like.
pub(super) const ROOM_FOR_ADVERTS: &str =
    "the receive buffers always have room for some 5,000 advertisements";
const READ_ANEW: &str = "as much room as the system gives is asked for, up to some 10,000 events, and when some are lost everything is read anew";
const COUNTED_ANEW: &str = "when events are lost all processes are counted anew";

/// The kernel's names of processes have at most 15 bytes.
const PROCESS_NAME: &[Arg] = &[Form::Name("NAME", 15).one()];

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

/// `bfd_rlimit_rttime`
static BFD_RLIMIT_RTTIME: Keyword = Keyword::lowered("bfd_rlimit_rttime", Args::Int { min: 1, max: MAX_U32 })
    .default("10000")
    .since("2.1.0")
    .unit("microseconds")
    .doc(
        "As `vrrp_rlimit_rttime`, where there is a `bfd_instance`: BFD runs in the router \
          process, for which the larger of both counts.",
    );

static OTHERS: &[&Keyword] = &[
    &Keyword::flag("process_names")
        .since("2.0.16")
        .no_effect("the processes always have names that say what they do")
        .doc(
            "Gives each process a name that says what it does (keepalived_vrrp and so on), for \
          ps(1) and monitoring. The keywords `process_name`, `vrrp_process_name` and so on set \
          single names.",
        ),
    &Keyword::lowered("process_name", Args::List(PROCESS_NAME))
        .default("keepalived")
        .since("2.0.16")
        .doc("The name of the supervising process in ps(1) and top(1), at most 15 bytes."),
    &Keyword::lowered("vrrp_process_name", Args::List(PROCESS_NAME))
        .default("keepalived_vrrp")
        .since("2.0.16")
        .doc(
            "The name of the router process in ps(1) and top(1), for monitoring that counts \
          processes by name.",
        ),
    &Keyword::new("bfd_process_name", Args::Word("NAME"))
        .since("2.0.16")
        .doc("The name of the BFD process in ps(1) and top(1). Use `vrrp_process_name`.")
        .no_effect(NO_BFD_PROCESS),
    &Keyword::lowered("use_symlink_paths", Args::Switch).default("off").since("2.3.0").doc(
        "On: programs are started by the path as it is written, so a symbolic link that is \
          changed later takes effect. Off: links are resolved first, and the program is started \
          by its real path.",
    ),
    &Keyword::lowered("set_supplementary_groups", Args::Switch).default("off").since("after 2.4.3").doc(
        "On: programs that run as another user get all groups of that user. Off: the one group \
          that is given or the user's own, and nothing else.",
    ),
    &Keyword::lowered("startup_script", Args::List(SCRIPT)).since("2.1.0").doc(
        "A program that runs once before anything else happens, with its arguments in quotes \
          and the user and group it runs as. vipd waits for it, at most \
          `startup_script_timeout`: use it to load kernel modules or wait for a network. Not run \
          at a reload.",
    ),
    &Keyword::lowered("startup_script_timeout", Args::Int { min: 1, max: 1000 })
        .default("10")
        .since("2.1.0")
        .unit("seconds")
        .doc(
            "How long to wait for `startup_script`; when it has passed, the program is ended and \
          the start goes on.",
        ),
    &Keyword::lowered("shutdown_script", Args::List(SCRIPT)).since("2.1.0").doc(
        "A program that runs once after everything else has stopped and all addresses are gone, \
          at most for `shutdown_script_timeout`. Not run at a reload.",
    ),
    &Keyword::lowered("shutdown_script_timeout", Args::Int { min: 1, max: 1000 })
        .default("10")
        .since("2.1.0")
        .unit("seconds")
        .doc(
            "How long to wait for `shutdown_script`; when it has passed, the program is ended and \
          vipd ends, too.",
        ),
    &Keyword::lowered("max_auto_priority", Args::List(&[Form::Int { min: -1, max: 99 }.optional()]))
        .default("0 (off)")
        .since("2.1.0")
        .doc(
            "Up to which real-time priority the router process raises itself, by one each time \
          that it handles a timer later than `min_auto_priority_delay`. Without a number the \
          highest possible, 0 and -1 never; keepalived then advises to set it, with -1 it does \
          not. `vrrp_rt_priority` sets a priority from the beginning.",
        ),
    &Keyword::lowered("min_auto_priority_delay", Args::Int { min: 1, max: 10_000_000 })
        .default("1000000")
        .since("2.1.0")
        .unit("microseconds")
        .doc("How late a timer must be handled for `max_auto_priority` to raise the priority."),
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
    &Keyword::lowered("vrrp_notify_priority_changes", Args::Switch).default("off").since("2.0.16").doc(
        "On: each change of the effective priority is written to the pipes as MASTER_PRIORITY \
          or BACKUP_PRIORITY with the new number. Off: state changes only. Default of \
          `notify_priority_changes` in groups and instances.",
    ),
    &Keyword::lowered("bfd_priority", Args::Int { min: -20, max: 19 }).default("0").since("2.0.0").doc(
        "As `vrrp_priority`, where there is a `bfd_instance`: BFD runs in the router process, for \
          which the lower of both nice values counts.",
    ),
    &Keyword::lowered("bfd_no_swap", Args::Flag)
        .default("off")
        .since("2.0.0")
        .doc("As `vrrp_no_swap`, where there is a `bfd_instance`: BFD runs in the router process."),
    &Keyword::lowered("bfd_rt_priority", Args::Int { min: 1, max: 99 }).default("none").since("2.0.0").doc(
        "As `vrrp_rt_priority`, where there is a `bfd_instance`: BFD runs in the router process, \
          for which the higher of both counts. Intervals of some milliseconds need it on a busy \
          machine.",
    ),
    &Keyword::lowered("bfd_cpu_affinity", Args::List(CPUS)).default("all").since("2.0.17").doc(
        "As `vrrp_cpu_affinity`, where there is a `bfd_instance` and that one is not given: BFD \
          runs in the router process.",
    ),
    &BFD_RLIMIT_RTTIME,
    &Keyword::lowered("bfd_rlimit_rtime", Args::Int { min: 1, max: MAX_U32 })
        .since("2.0.0")
        .unit("microseconds")
        .doc("A misspelling of `bfd_rlimit_rttime` that keepalived once had. Write `bfd_rlimit_rttime`.")
        .alias_of(&BFD_RLIMIT_RTTIME),
    &Keyword::lowered("notify_fifo", Args::List(FIFO)).since("1.3.6").doc(
        "A pipe that gets one line for each event of instances, groups and real servers: kind, \
          quoted name, state and priority, as in `INSTANCE \"VI_1\" MASTER 110`. It is made if \
          it is not there, for the user and group behind it, and removed at the end if it was \
          made. Lines wait for a slow reader; it costs no process for each event, as `notify` \
          does.",
    ),
    &Keyword::lowered("notify_fifo_script", Args::List(SCRIPT)).since("1.3.6").doc(
        "A program that is started to read the pipe of `notify_fifo`; the path of the pipe is \
          its last argument. It is started again if it ends, and must end when the pipe is \
          closed.",
    ),
    &Keyword::lowered("vrrp_notify_fifo", Args::List(FIFO)).since("1.3.6").doc(
        "A pipe for the events of instances and groups only; the lines are those of \
          `notify_fifo`. Ignored if it is the same path as that one.",
    ),
    &Keyword::lowered("vrrp_notify_fifo_script", Args::List(SCRIPT)).since("1.3.6").doc(
        "A program that is started to read the pipe of `vrrp_notify_fifo`; the path of the pipe \
          is its last argument.",
    ),
    &Keyword::lowered("fifo_write_vrrp_states_on_reload", Args::Flag).default("off").since("2.2.5").doc(
        "After a reload the state of every instance and group is written to the pipes again, \
          for readers that start with the reload. Without it a reload writes only what has \
          changed.",
    ),
    &Keyword::lowered("script_user", Args::List(USER_AND_GROUP))
        .default("keepalived_script if it exists, else the running user")
        .since("1.3.0")
        .doc(
            "The user, and if wanted the group, who run programs that name no user themselves. \
          Without it that is `keepalived_script` if the system has such a user, else root; with \
          `enable_script_security` never root. An unknown user is an error, and programs that \
          need it are not run.",
        ),
    &Keyword::lowered("enable_script_security", Args::Flag).default("off").since("1.3.0").doc(
        "A program that would run as root is refused if somebody else can write to it or to one \
          of the directories above it. Without this line it runs, and `vipd check` warns. \
          Recommended wherever programs run as root.",
    ),
    &Keyword::new("vrrp_netlink_cmd_rcv_bufs", Args::Int { min: 0, max: MAX_U32 })
        .default("the system's")
        .no_effect(ANSWERS_FIT)
        .since("2.0.0")
        .unit("bytes")
        .doc(
            "The size of the receive buffer of the socket over which the router gives orders to the \
          kernel. Raise it if the log says that messages were lost.",
        ),
    &Keyword::new("vrrp_netlink_cmd_rcv_bufs_force", Args::Switch)
        .default("off")
        .no_effect(ANSWERS_FIT)
        .since("2.0.0")
        .doc(
            "On: the size in `vrrp_netlink_cmd_rcv_bufs` may exceed the sysctl rmem_max \
          (SO_RCVBUFFORCE; needs CAP_NET_ADMIN). Off: the system's limit holds.",
        ),
    &Keyword::new("vrrp_netlink_monitor_rcv_bufs", Args::Int { min: 0, max: MAX_U32 })
        .default("the system's")
        .no_effect(READ_ANEW)
        .since("2.0.0")
        .unit("bytes")
        .doc(
            "The size of the receive buffer of the socket over which the kernel tells the router of \
          changes. Machines with thousands of routes that change may need more; when messages \
          are lost, vipd asks the kernel for everything again.",
        ),
    &Keyword::new("vrrp_netlink_monitor_rcv_bufs_force", Args::Switch)
        .default("off")
        .no_effect(READ_ANEW)
        .since("2.0.0")
        .doc(
            "On: the size in `vrrp_netlink_monitor_rcv_bufs` may exceed the sysctl rmem_max. Off: \
          the system's limit holds.",
        ),
    &Keyword::new("process_monitor_rcv_bufs", Args::Int { min: 0, max: MAX_U32 })
        .default("the system's")
        .no_effect(COUNTED_ANEW)
        .since("2.0.11")
        .unit("bytes")
        .doc(
            "The size of the receive buffer for news of processes that start and end, which \
          `vrrp_track_process` needs. Machines that start thousands of processes a second may \
          need more.",
        ),
    &Keyword::new("process_monitor_rcv_bufs_force", Args::Switch)
        .default("off")
        .no_effect(COUNTED_ANEW)
        .since("2.0.11")
        .doc(
            "On: the size in `process_monitor_rcv_bufs` may exceed the sysctl rmem_max. Off: the \
          system's limit holds.",
        ),
    &Keyword::new(
        "vrrp_rx_bufs_policy",
        Args::List(&[Form::NumberOrWord { words: &["MTU", "ADVERT"], max: 4_294_967_295 }.one()]),
    )
    .no_effect(ROOM_FOR_ADVERTS)
    .default("the system's")
    .since("2.0.3")
    .doc(
        "How large keepalived's receive buffers for advertisements are: as many interface MTUs \
          (`MTU`) or advertisements of our own size (`ADVERT`) as `vrrp_rx_bufs_multiplier` says, \
          or a number of bytes, for each instance. vipd's always have 4 MiB, which is the \
          advertisements of some 5,000 instances that arrive at once.",
    ),
    &Keyword::new("vrrp_rx_bufs_multiplier", Args::Int { min: 1, max: 2_147_483_647 })
        .no_effect(ROOM_FOR_ADVERTS)
        .default("3")
        .since("2.0.3")
        .doc(
            "How many packets of the size that `vrrp_rx_bufs_policy` names fit into a receive \
          buffer of keepalived; without effect if that is a number of bytes.",
        ),
    &VRRP_DELAY_AFTER_BOOT,
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
    &Keyword::lowered("umask", Args::List(&[Form::Bits(UMASK_BITS).many()]))
        .default("IXUSR|IRWXG|IRWXO")
        .since("2.0.9")
        .doc(
            "The permissions that files and pipes made by vipd, and files made by programs that it \
          starts, do not get. Bits IRUSR to IXOTH and \
          IRWXU, IRWXG, IRWXO with | between them, or an octal number as 0177; by default only \
          the owner may read and write. The option of the command line has precedence.",
        ),
    &Keyword::lowered("random_seed", Args::Int { min: 0, max: MAX_U32 })
        .default("another one each time")
        .since("2.0.15")
        .doc(
            "Makes `${_RANDOM}` give the same numbers each time, to test a file that uses it. \
          Otherwise they depend on the time.",
        ),
    &Keyword::lowered("reload_check_config", Args::List(&[Form::Word("LOG-FILE").optional()]))
        .default("off")
        .since("2.2.0")
        .doc(
            "keepalived then checks a changed file in a process of its own before a reload, and \
          keeps the old one if it is wrong; a file for the messages may be named. vipd does so \
          at every reload, and writes the findings to its log and to that file.",
        ),
    &Keyword::lowered("reload_time_file", Args::List(&[Form::Path.one()])).since("2.1.0").doc(
        "A file with a time, `HH:MM:SS` or `YYYY-MM-DD HH:MM:SS`, with Z for UTC, at which the \
          configuration is read again: two machines change together. The path must be absolute; \
          the file is removed afterwards unless `reload_repeat` is set.",
    ),
    &Keyword::lowered("reload_repeat", Args::Flag).default("off").since("2.1.0").doc(
        "Leaves the file of `reload_time_file` in place after the reload, so that a time \
          without a date reloads every day. Without it, one time is one reload.",
    ),
    &Keyword::lowered("reload_file", Args::List(&[Form::Path.optional()]))
        .default("keepalived.reload in the pid directory")
        .since("2.2.0")
        .doc(
            "A file that exists while the configuration is being read and is removed afterwards, so \
          that programs can wait for the end of a reload. The path must be absolute.",
        ),
    &Keyword::lowered("include_check", Args::List(&[Form::OneOf(INCLUDE_CHECKS).any()]))
        .default("no checks")
        .since("2.2.0")
        .doc(
            "Which mistakes in `include` lines are errors: files that cannot be read (`read`), \
          names without wildcards that match nothing (`match`), wildcards that match nothing \
          (`wildcard_match`), alternatives in braces that match nothing (`brace_match`). A + or \
          - before a word adds or removes it, no word means all. keepalived documents `readable` \
          and takes `read`; vipd takes both.",
        ),
    &Keyword::lowered("config_save_dir", Args::List(&[Form::Path.one()])).since("2.2.3").doc(
        "A directory that gets a copy of the configuration each time it is read, to find out \
          later what was in force: keepalived.conf.PID.N, included files behind the main one. It \
          is made if its parent exists, for its owner only. keepalived also saves its data dump \
          around a reload; ask vipd with SIGUSR1.",
    ),
    &Keyword::new("tmp_config_directory", Args::Word("DIRECTORY"))
        .default("memory")
        .since("2.2.0")
        .no_effect("one process reads the configuration, and tells the others what it comes to")
        .doc(
            "Where keepalived keeps the copy of the whole configuration that its processes share; \
          by default in memory. Only wanted on systems without memfd_create(2).",
        ),
    &Keyword::lowered("data_use_instance", Args::Switch).default("off").since("2.2.3").doc(
        "On: the names of the dumps of the state (SIGUSR1) contain the names of the network \
          namespace and of the `instance`, as in keepalived.blue_foo.data, so that several daemons \
          do not overwrite each other's. Off: the names are the same for all.",
    ),
    &Keyword::lowered("json_version", Args::OneOf(&["1", "2"])).default("1").since("2.2.8").doc(
        "The form of the JSON that the signal SIGRTMIN+2 asks for: 1 is a list of instances, 2 \
          an object that has this list as `vrrp`. keepalived adds tracked processes to 2, which \
          vipd does not. `vipd status --json` says more, without a signal and without a file.",
    ),
    &IPROUTE_USR_DIR,
    &IPROUTE_ETC_DIR,
    &Keyword::lowered("state_dump_file", Args::Word("PATH"))
        .default("keepalived.data in TMPDIR or /tmp")
        .since("2.3.3")
        .doc(
            "Where SIGUSR1 writes the state of everything; the supervisor's part gets `_parent` \
          added to the name. A / at the end makes it a directory, a path without / at its \
          beginning is below the directory for temporary files. keepalived documents it as \
          `state_file_location`, which it does not take.",
        ),
    &Keyword::lowered("stats_dump_file", Args::Word("PATH"))
        .default("keepalived.stats in TMPDIR or /tmp")
        .since("2.3.3")
        .doc(
            "Where SIGUSR2 and SIGRTMAX-1 write the counters, the latter then begins to count at 0. \
          Paths as for `state_dump_file`. keepalived documents it as `stats_file_location`, \
          which it does not take.",
        ),
    &Keyword::lowered("json_dump_file", Args::Word("PATH"))
        .default("keepalived.json in TMPDIR or /tmp")
        .since("2.3.3")
        .doc(
            "Where SIGRTMIN+2 writes the state as JSON, for exporters made for keepalived. Paths as \
          for `state_dump_file`. keepalived documents it as `json_file_location`, which it does \
          not take.",
        ),
];
