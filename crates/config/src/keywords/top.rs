//! The top level, and the blocks of it that are not read yet.

use super::bfd::BFD_INSTANCE;
use super::common::{
    COMMAND_LINE, INSTANCE_ENTRIES, INTERFACE, INTERFACE_ENTRIES, MAX_TIMER_US, MAX_U32, MAYBE_NAME, SCRIPT,
    TRACK_ENTRY, TRACK_INTERFACE_ENTRY, USER_AND_GROUP, WEIGHT_253, WEIGHT_254, WIDE_TRACK_ENTRY,
};
use super::global::GLOBAL_DEFS;
use super::instance::VRRP_INSTANCE;
use super::routing::{STATIC_ADDRESS_ENTRY, STATIC_ROUTE_ENTRY, STATIC_RULE_ENTRY};
use super::vipd::VIPD;
use super::virtual_server::{VIRTUAL_SERVER, VIRTUAL_SERVER_GROUP_ENTRY};
use super::{Args, Block, Form, Keyword, Shape};

const NO_BALANCER: &str = "load balancing is not built yet";

/// What may stand outside all braces.
pub static TOP: Block = Block {
    path: "",
    shape: Shape::Keywords,
    groups: &[&[&GLOBAL_DEFS_BLOCK, &VRRP_INSTANCE_BLOCK, &VIPD_BLOCK], OTHERS],
};

/// `global_defs`
pub static GLOBAL_DEFS_BLOCK: Keyword = Keyword::block("global_defs", "", &GLOBAL_DEFS)
    .since("0.5.3")
    .repeats()
    .doc("Settings of the whole daemon, and defaults for all instances.");

/// `vrrp_instance`
pub static VRRP_INSTANCE_BLOCK: Keyword = Keyword::block("vrrp_instance", "NAME", &VRRP_INSTANCE)
    .since("0.5.3")
    .repeats()
    .doc("One virtual router: addresses that one of several machines serves at a time.");

/// `vipd`
pub static VIPD_BLOCK: Keyword =
    Keyword::block("vipd", "", &VIPD).repeats().doc("Settings that keepalived does not have.");

static OTHERS: &[&Keyword] = &[
&Keyword::flag("linkbeat_use_polling").no_effect("the kernel reports the carrier, and vipd believes it; an interface whose driver reports none counts as up").doc("Poll link state (ethtool/MII/ioctl) instead of netlink for all interfaces; linkbeat build option."),
&Keyword::planned("net_namespace", Args::Word("NAME")).default("default ns").since("1.2.24").doc("Run in named netns; not changeable on reload; overridden by -s; parsed in parent."),
&Keyword::planned("net_namespace_ipvs", Args::List(MAYBE_NAME)).default("same as net_namespace").since("2.1.0").doc("IPVS tables in another netns; no NAME = default netns; not changeable on reload."),
&Keyword::later("namespace_with_ipsets", "").default("off").since("1.3.0").doc("Permit ipsets in a netns on kernels before 3.13."),
&Keyword::later("use_pid_dir", "").default("off").since("1.2.24").doc("PID files go in RUNSTATEDIR/keepalived/ (implied by instance and net_namespace)."),
&Keyword::planned("instance", Args::Word("NAME")).default("none").since("1.2.24").doc("Instance name used in pid/log file names and syslog ident; not changeable on reload."),
&Keyword::lowered("child_wait_time", Args::Int { min: 0, max: MAX_U32 }).default("5").since("2.0.0").doc("How many seconds the last notify scripts may take at the end."),
&TRACK_GROUP_BLOCK,
&STATIC_IPADDRESS_BLOCK,
&STATIC_ROUTES_BLOCK,
&STATIC_RULES_BLOCK,
&Keyword::lowered_block("vrrp_sync_group", "NAME", &VRRP_SYNC_GROUP).since("0.6.1").doc("Group of instances that change state together; duplicate name is an error and skipped."),
&Keyword::later_block("garp_group", "", &GARP_GROUP).since("1.2.21").doc("GARP/NA pacing per interface or group of interfaces."),
&Keyword::later_block("linkbeat_interfaces", "", &LINKBEAT_ENTRY).no_effect("the kernel reports the carrier, and vipd believes it; an interface whose driver reports none counts as up").default("MII, else ETHTOOL, else IOCTL").since("2.0.13").doc("Per-interface link polling; unknown interface is fatal unless dynamic_interfaces; ignored for macvlan."),
&Keyword::lowered_block("vrrp_script", "NAME", &VRRP_SCRIPT).since("1.1.13").doc("Tracked script; removed if it has no script line."),
&Keyword::lowered_block("vrrp_track_process", "NAME", &VRRP_TRACK_PROCESS).since("2.0.11").doc("Tracked process; needs kernel process events connector."),
&TRACK_FILE_BLOCK,
&Keyword::lowered_block("vrrp_track_file", "NAME", &VRRP_TRACK_FILE).alias_of(&TRACK_FILE_BLOCK).since("2.0.0").doc("Deprecated synonym of track_file."),
&Keyword::lowered_block("interface_up_down_delays", "", &DELAY_ENTRY).default("0").since("2.2.3").doc("Debounce timers, <TIMER> 0..255 s each; unknown interface is fatal unless dynamic_interfaces; an omitted up_delay is 0, although keepalived documents that it equals down_delay."),
&BFD_INSTANCE_BLOCK,
&Keyword::later_block("SSL", "", &SSL).default("auto-generated context").since("0.5.3").doc("Client certificate material for SSL_GET; a repeated block replaces the earlier one.").not_yet(NO_BALANCER),
&Keyword::later_block("virtual_server_group", "NAME", &VIRTUAL_SERVER_GROUP_ENTRY).since("1.0.2").doc("Addresses and marks that virtual servers share; a group without entries is removed.").not_yet(NO_BALANCER),
&Keyword::later_block("virtual_server", "IPADDR [PORT] | fwmark INT | group NAME", &VIRTUAL_SERVER).since("0.5.3").doc("Virtual service; port 0 treated as no port; removed when it has no real_server.").not_yet(NO_BALANCER),
];

/// `bfd_instance`
pub static BFD_INSTANCE_BLOCK: Keyword = Keyword::block("bfd_instance", "NAME", &BFD_INSTANCE)
    .repeats()
    .since("2.0.0")
    .doc("A BFD session (RFC 5880) with another router: it is noticed within milliseconds when it, or the way to it, is gone. Intervals of some 10 ms want vrrp_rt_priority on a machine that is busy with other things.");

/// `track_group`
pub static TRACK_GROUP_BLOCK: Keyword = Keyword::block("track_group", "NAME", &TRACK_GROUP)
    .repeats()
    .doc("Static track group: ties static address/route/rule failure to instances.");

/// `static_ipaddress`
pub static STATIC_IPADDRESS_BLOCK: Keyword = Keyword::block("static_ipaddress", "", &STATIC_ADDRESS_ENTRY)
    .repeats()
    .since("1.1.0")
    .doc("Addresses that are there in every state.");

/// `static_routes`
pub static STATIC_ROUTES_BLOCK: Keyword = Keyword::block("static_routes", "", &STATIC_ROUTE_ENTRY)
    .repeats()
    .since("1.0.1")
    .doc("Routes that are there in every state.");

/// `static_rules`
pub static STATIC_RULES_BLOCK: Keyword = Keyword::block("static_rules", "", &STATIC_RULE_ENTRY)
    .repeats()
    .since("1.2.20")
    .doc("Rules that are there in every state.");

/// `track_file`
static TRACK_FILE_BLOCK: Keyword = Keyword::lowered_block("track_file", "NAME", &TRACK_FILE)
    .doc("A file whose number is added to priorities, for virtual routers and for real servers.");

/// Lines of `linkbeat_interfaces`.
static LINKBEAT_ENTRY: Block = Block {
    path: "",
    shape: Shape::Entries,
    groups: &[&[
        &Keyword::list("(interface)", INTERFACE).doc("The interface."),
        &Keyword::list("(method)", &[Form::OneOf(&["MII", "ETHTOOL", "IOCTL"]).optional()])
            .doc("How its link is polled."),
    ]],
};

/// Lines of `interface_up_down_delays`.
static DELAY_ENTRY: Block = Block {
    path: "",
    shape: Shape::Entries,
    groups: &[&[
        &Keyword::list("(interface)", INTERFACE).doc("The interface."),
        &Keyword::list("(down_delay)", &[DELAY.one()]).doc("How long it must be down to count as down."),
        &Keyword::list("(up_delay)", &[DELAY.optional()]).doc("How long it must be up to count as up."),
    ]],
};

const DELAY: Form = Form::Timer { min_us: 0, max_us: 255_000_000 };

static TRACK_GROUP: Block =
    Block { path: "track_group", shape: Shape::Keywords, groups: &[TRACK_GROUP_KEYWORDS] };

static TRACK_GROUP_KEYWORDS: &[&Keyword] = &[&Keyword::block("group", "", &INSTANCE_ENTRIES)
    .repeats()
    .doc("The instances that are in FAULT while a static entry of this group is missing.")];

static VRRP_SYNC_GROUP: Block =
    Block { path: "vrrp_sync_group", shape: Shape::Keywords, groups: &[VRRP_SYNC_GROUP_KEYWORDS] };

/// `sync_group_tracking_weight`
static SYNC_GROUP_TRACKING_WEIGHT: Keyword = Keyword::lowered("sync_group_tracking_weight", Args::Flag)
    .default("off")
    .since("2.0.0")
    .doc("Allow weighted trackers on members.");

static VRRP_SYNC_GROUP_KEYWORDS: &[&Keyword] = &[
    &Keyword::lowered_block("group", "", &INSTANCE_ENTRIES)
        .doc("Required; an instance may be in one group only; warning if only one member."),
    &Keyword::lowered_block("track_interface", "", &TRACK_INTERFACE_ENTRY)
        .default("weight 0")
        .doc("Applies to all members."),
    &Keyword::lowered_block("track_script", "", &TRACK_ENTRY)
        .default("weight of script")
        .doc("Scripts whose result counts for all members."),
    &Keyword::lowered_block("track_file", "", &WIDE_TRACK_ENTRY)
        .default("weight of file")
        .doc("Files whose numbers count for all members."),
    &Keyword::lowered_block("track_process", "", &WIDE_TRACK_ENTRY)
        .default("weight of process")
        .doc("Processes that count for all members."),
    &Keyword::lowered_block("track_bfd", "", &TRACK_ENTRY)
        .default("weight of bfd")
        .doc("BFD sessions that count for all members."),
    &Keyword::lowered("notify_master", Args::List(SCRIPT)).doc("First definition wins."),
    &Keyword::lowered("notify_backup", Args::List(SCRIPT)).doc("Runs when the group becomes Backup."),
    &Keyword::lowered("notify_fault", Args::List(SCRIPT)).doc("Runs when the group enters FAULT."),
    &Keyword::lowered("notify_stop", Args::List(SCRIPT)).doc("Runs when the daemon ends."),
    &Keyword::lowered("notify", Args::List(SCRIPT)).doc("4 arguments appended; priority is 0 for groups."),
    &Keyword::lowered("smtp_alert", Args::Switch)
        .default("global default, else off")
        .doc("Sends mail when the state of the group changes."),
    &Keyword::lowered("notify_priority_changes", Args::Switch)
        .default("global default")
        .doc("Default for member instances."),
    &Keyword::lowered("global_tracking", Args::Flag)
        .since("1.2.3")
        .doc("Deprecated; acts like sync_group_tracking_weight.")
        .alias_of(&SYNC_GROUP_TRACKING_WEIGHT),
    &SYNC_GROUP_TRACKING_WEIGHT,
];

static GARP_GROUP: Block =
    Block { path: "garp_group", shape: Shape::Keywords, groups: &[GARP_GROUP_KEYWORDS] };

static GARP_GROUP_KEYWORDS: &[&Keyword] = &[
    &Keyword::planned("garp_interval", Args::Timer { min_us: 0, max_us: 2_147_483_647 })
        .default("global vrrp_garp_interval")
        .since("1.2.21")
        .doc("Time between two gratuitous ARPs on these interfaces."),
    &Keyword::planned("gna_interval", Args::Timer { min_us: 0, max_us: 2_147_483_647 })
        .default("global vrrp_gna_interval")
        .since("1.2.21")
        .doc("Block without either interval is removed."),
    &Keyword::planned("interface", Args::List(INTERFACE)).doc("Use interface or interfaces, not both."),
    &Keyword::later_block("interfaces", "", &INTERFACE_ENTRIES)
        .since("1.2.21")
        .doc("Delay shared by all listed."),
];

static VRRP_SCRIPT: Block =
    Block { path: "vrrp_script", shape: Shape::Keywords, groups: &[VRRP_SCRIPT_KEYWORDS] };

static VRRP_SCRIPT_KEYWORDS: &[&Keyword] = &[
    &Keyword::lowered("script", Args::List(COMMAND_LINE))
        .since("1.1.13")
        .doc("Required; arguments split with quote and escape rules."),
    &Keyword::lowered("interval", Args::Timer { min_us: 0, max_us: MAX_TIMER_US })
        .default("1")
        .since("1.1.13")
        .doc("0 becomes 1."),
    &Keyword::lowered("timeout", Args::Timer { min_us: 0, max_us: MAX_TIMER_US })
        .default("interval")
        .since("1.2.6")
        .doc("0 becomes 1."),
    &Keyword::lowered("weight", Args::List(WEIGHT_253)).default("0").doc("What is added to the priority while the script succeeds, or taken from it while it fails; 0: failing means FAULT."),
    &Keyword::lowered("rise", Args::Int { min: 1, max: 2_147_483_647 }).default("1").since("1.1.18").doc("How many successes in a row count as success."),
    &Keyword::lowered("fall", Args::Int { min: 1, max: 2_147_483_647 }).default("1").since("1.1.18").doc("How many failures in a row count as failure."),
    &Keyword::lowered("user", Args::List(USER_AND_GROUP))
        .default("global script_user")
        .doc("Unknown user removes the script."),
    &Keyword::lowered("init_fail", Args::Flag)
        .default("off")
        .since("1.3.2")
        .doc("Treat as failed until first success run."),
];

static VRRP_TRACK_PROCESS: Block =
    Block { path: "vrrp_track_process", shape: Shape::Keywords, groups: &[VRRP_TRACK_PROCESS_KEYWORDS] };

static VRRP_TRACK_PROCESS_KEYWORDS: &[&Keyword] = &[
    &Keyword::lowered("process", Args::List(&[Form::Word("COMMAND").one(), Form::Word("PARAMETER").any()]))
        .since("2.0.11")
        .doc("Required; parameters imply full command matching."),
    &Keyword::lowered("param_match", Args::List(&[Form::OneOf(&["initial", "partial"]).optional()]))
        .default("exact when params given")
        .since("2.0.16")
        .doc("No argument = command must match exactly (with no params: none allowed)."),
    &Keyword::lowered("weight", Args::List(WEIGHT_254)).default("0").doc("What is added to the priority while the process runs, or taken from it while it does not; 0: not running means FAULT."),
    &Keyword::lowered("quorum", Args::Int { min: 1, max: 65535 })
        .default("1")
        .doc("Must not exceed quorum_max."),
    &Keyword::lowered("quorum_max", Args::Int { min: 0, max: 65535 })
        .default("unlimited")
        .since("2.0.16")
        .doc("0 = any running match is a failure."),
    &Keyword::lowered("delay", Args::Timer { min_us: 1, max_us: 3_600_000_000 })
        .default("0")
        .since("2.0.11")
        .doc("Sets fork_delay and terminate_delay."),
    &Keyword::lowered("terminate_delay", Args::Timer { min_us: 0, max_us: MAX_TIMER_US })
        .default("0")
        .since("2.0.16").doc("How long the process must be gone to count as gone."),
    &Keyword::lowered("fork_delay", Args::Timer { min_us: 0, max_us: MAX_TIMER_US })
        .default("0")
        .since("2.0.16").doc("How long the process must run to count as running."),
    &Keyword::lowered("full_command", Args::Flag).default("off").since("2.0.11").doc("Match /proc/PID/cmdline."),
];

static TRACK_FILE: Block =
    Block { path: "track_file", shape: Shape::Keywords, groups: &[TRACK_FILE_KEYWORDS] };

static TRACK_FILE_KEYWORDS: &[&Keyword] = &[
    &Keyword::lowered("file", Args::Word("PATH")).doc("Required; first wins; directory must exist."),
    &Keyword::lowered("weight", Args::List(WEIGHT_254))
        .default("1")
        .doc("What the number in the file is multiplied with. keepalived documents a range of 32 bits and takes -254 to 254."),
    &Keyword::lowered(
        "init_file",
        Args::List(&[
            Form::Int { min: -2_147_483_648, max: 2_147_483_647 }.optional(),
            Form::OneOf(&["overwrite"]).optional(),
        ]),
    )
    .default("value 0")
    .doc("Create/initialise file at startup."),
];

static VRRP_TRACK_FILE: Block =
    Block { path: "vrrp_track_file", shape: Shape::Keywords, groups: &[VRRP_TRACK_FILE_KEYWORDS] };

static VRRP_TRACK_FILE_KEYWORDS: &[&Keyword] = &[
    &Keyword::lowered("file", Args::Word("PATH")).doc("As track_file."),
    &Keyword::lowered("weight", Args::List(WEIGHT_254)).default("1").doc("As track_file."),
    &Keyword::lowered(
        "init_file",
        Args::List(&[
            Form::Int { min: -2_147_483_648, max: 2_147_483_647 }.optional(),
            Form::OneOf(&["overwrite"]).optional(),
        ]),
    )
    .doc("As track_file."),
];

static SSL: Block = Block { path: "SSL", shape: Shape::Keywords, groups: &[SSL_KEYWORDS] };

static SSL_KEYWORDS: &[&Keyword] = &[
    &Keyword::new("password", Args::Word("STRING")).since("0.5.3").doc("Opens the key.").not_yet(""),
    &Keyword::new("ca", Args::Word("PATH"))
        .since("0.5.3")
        .doc("The certificates of the authorities.")
        .not_yet(""),
    &Keyword::new("certificate", Args::Word("PATH")).since("0.5.3").doc("Our certificate.").not_yet(""),
    &Keyword::new("key", Args::Word("PATH")).doc("Its private key.").not_yet(""),
];
