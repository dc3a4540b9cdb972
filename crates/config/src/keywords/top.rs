//! The top level, and the blocks of it that are not read yet.

use super::global::{GLOBAL_DEFS, PLAIN_ENTRIES};
use super::instance::VRRP_INSTANCE;
use super::routing::{STATIC_ADDRESS_ENTRY, STATIC_ROUTE_ENTRY, STATIC_RULE_ENTRY};
use super::vipd::VIPD;
use super::virtual_server::{VIRTUAL_SERVER, VIRTUAL_SERVER_GROUP_ENTRY};
use super::{Args, Block, Keyword, Shape};

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
&Keyword::later("linkbeat_use_polling", "").default("off").doc("Poll link state (ethtool/MII/ioctl) instead of netlink for all interfaces; linkbeat build option."),
&Keyword::later("net_namespace", "NAME").default("default ns").since("1.2.24").doc("Run in named netns; not changeable on reload; overridden by -s; parsed in parent."),
&Keyword::later("net_namespace_ipvs", "[NAME]").default("same as net_namespace").since("2.1.0").doc("IPVS tables in another netns; no NAME = default netns; not changeable on reload."),
&Keyword::later("namespace_with_ipsets", "").default("off").since("1.3.0").doc("Permit ipsets in a netns on kernels before 3.13."),
&Keyword::later("use_pid_dir", "").default("off").since("1.2.24").doc("PID files go in RUNSTATEDIR/keepalived/ (implied by instance and net_namespace)."),
&Keyword::later("instance", "NAME").default("none").since("1.2.24").doc("Instance name used in pid/log file names and syslog ident; not changeable on reload."),
&Keyword::later("child_wait_time", "INT seconds").default("5").since("2.0.0").doc("Time parent waits for children to exit at stop."),
&Keyword::later_block("track_group", "NAME", &TRACK_GROUP).doc("Static track group: ties static address/route/rule failure to instances."),
&Keyword::later_block("static_ipaddress", "", &STATIC_ADDRESS_ENTRY).since("1.1.0").doc("Always-present addresses; see static_ipaddress.entry."),
&Keyword::later_block("static_routes", "", &STATIC_ROUTE_ENTRY).since("1.0.1").doc("See virtual_routes.entry."),
&Keyword::later_block("static_rules", "", &STATIC_RULE_ENTRY).since("1.2.20").doc("See virtual_rules.entry."),
&Keyword::later_block("vrrp_sync_group", "NAME", &VRRP_SYNC_GROUP).not_yet("its instances change state each on its own").since("0.6.1").doc("Group of instances that change state together; duplicate name is an error and skipped."),
&Keyword::later_block("garp_group", "", &GARP_GROUP).since("1.2.21").doc("GARP/NA pacing per interface or group of interfaces."),
&Keyword::later_block("linkbeat_interfaces", "", &PLAIN_ENTRIES).default("MII, else ETHTOOL, else IOCTL").since("2.0.13").doc("Per-interface link polling; unknown interface is fatal unless dynamic_interfaces; ignored for macvlan."),
&Keyword::later_block("vrrp_script", "NAME", &VRRP_SCRIPT).since("1.1.13").doc("Tracked script; removed if it has no script line."),
&Keyword::later_block("vrrp_track_process", "NAME", &VRRP_TRACK_PROCESS).since("2.0.11").doc("Tracked process; needs kernel process events connector."),
&Keyword::later_block("track_file", "NAME", &TRACK_FILE).doc("Tracked file, usable from VRRP and checkers."),
&Keyword::later_block("vrrp_track_file", "NAME", &VRRP_TRACK_FILE).since("2.0.0").doc("Deprecated synonym of track_file."),
&Keyword::later_block("interface_up_down_delays", "", &PLAIN_ENTRIES).default("0").since("2.2.3").doc("Debounce timers, <TIMER> 0..255 s each; unknown interface is fatal unless dynamic_interfaces; man page says an omitted up_delay equals down_delay, the 2.4.3 parser leaves it 0."),
&Keyword::later_block("bfd_instance", "NAME (max 31 chars)", &BFD_INSTANCE).since("2.0.0").doc("BFD session; read by bfd, vrrp and checker processes."),
&Keyword::later_block("SSL", "", &SSL).default("auto-generated context").since("0.5.3").doc("Client certificate material for SSL_GET; a repeated block replaces the earlier one.").not_yet(NO_BALANCER),
&Keyword::later_block("virtual_server_group", "NAME", &VIRTUAL_SERVER_GROUP_ENTRY).since("1.0.2").doc("See virtual_server_group.entry; group without entries is removed.").not_yet(NO_BALANCER),
&Keyword::later_block("virtual_server", "IPADDR [PORT] | fwmark INT | group NAME", &VIRTUAL_SERVER).since("0.5.3").doc("Virtual service; port 0 treated as no port; removed when it has no real_server.").not_yet(NO_BALANCER),
];

static TRACK_GROUP: Block =
    Block { path: "track_group", shape: Shape::Keywords, groups: &[TRACK_GROUP_KEYWORDS] };

static TRACK_GROUP_KEYWORDS: &[&Keyword] = &[&Keyword::later_block("group", "", &PLAIN_ENTRIES)];

static VRRP_SYNC_GROUP: Block =
    Block { path: "vrrp_sync_group", shape: Shape::Keywords, groups: &[VRRP_SYNC_GROUP_KEYWORDS] };

static VRRP_SYNC_GROUP_KEYWORDS: &[&Keyword] = &[
    &Keyword::later_block("group", "", &PLAIN_ENTRIES)
        .doc("Required; an instance may be in one group only; warning if only one member."),
    &Keyword::later_block("track_interface", "", &PLAIN_ENTRIES)
        .default("weight 0")
        .doc("Applies to all members."),
    &Keyword::later_block("track_script", "", &PLAIN_ENTRIES).default("weight of script"),
    &Keyword::later_block("track_file", "", &PLAIN_ENTRIES).default("weight of file"),
    &Keyword::later_block("track_process", "", &PLAIN_ENTRIES).default("weight of process"),
    &Keyword::later_block("track_bfd", "", &PLAIN_ENTRIES).default("weight of bfd"),
    &Keyword::later("notify_master", "SCRIPT [user [:][group]]").doc("First definition wins."),
    &Keyword::later("notify_backup", "SCRIPT [user [:][group]]"),
    &Keyword::later("notify_fault", "SCRIPT [user [:][group]]"),
    &Keyword::later("notify_stop", "SCRIPT [user [:][group]]"),
    &Keyword::later("notify", "SCRIPT [user [:][group]]")
        .doc("4 arguments appended; priority is 0 for groups."),
    &Keyword::later("smtp_alert", "[BOOL]").default("global default, else off"),
    &Keyword::later("notify_priority_changes", "[BOOL]")
        .default("global default")
        .doc("Default for member instances."),
    &Keyword::later("global_tracking", "")
        .since("1.2.3")
        .doc("Deprecated; acts like sync_group_tracking_weight."),
    &Keyword::later("sync_group_tracking_weight", "")
        .default("off")
        .since("2.0.0")
        .doc("Allow weighted trackers on members."),
];

static GARP_GROUP: Block =
    Block { path: "garp_group", shape: Shape::Keywords, groups: &[GARP_GROUP_KEYWORDS] };

static GARP_GROUP_KEYWORDS: &[&Keyword] = &[
    &Keyword::later("garp_interval", "TIMER").default("global vrrp_garp_interval").since("1.2.21"),
    &Keyword::later("gna_interval", "TIMER")
        .default("global vrrp_gna_interval")
        .since("1.2.21")
        .doc("Block without either interval is removed."),
    &Keyword::later("interface", "IFNAME").doc("Use interface or interfaces, not both."),
    &Keyword::later_block("interfaces", "", &PLAIN_ENTRIES)
        .since("1.2.21")
        .doc("Delay shared by all listed."),
];

static VRRP_SCRIPT: Block =
    Block { path: "vrrp_script", shape: Shape::Keywords, groups: &[VRRP_SCRIPT_KEYWORDS] };

static VRRP_SCRIPT_KEYWORDS: &[&Keyword] = &[
    &Keyword::later("script", "STRING|QUOTED [args]")
        .since("1.1.13")
        .doc("Required; arguments split with quote and escape rules."),
    &Keyword::later("interval", "TIMER, ms resolution").default("1").since("1.1.13").doc("0 becomes 1."),
    &Keyword::later("timeout", "TIMER, ms resolution").default("interval").since("1.2.6").doc("0 becomes 1."),
    &Keyword::later("weight", "INT -253..253 [reverse]").default("0"),
    &Keyword::later("rise", "INT =1").default("1").since("1.1.18"),
    &Keyword::later("fall", "INT =1").default("1").since("1.1.18"),
    &Keyword::later("user", "USER [:][GROUP]")
        .default("global script_user")
        .doc("Unknown user removes the script."),
    &Keyword::later("init_fail", "")
        .default("off")
        .since("1.3.2")
        .doc("Treat as failed until first success run."),
];

static VRRP_TRACK_PROCESS: Block =
    Block { path: "vrrp_track_process", shape: Shape::Keywords, groups: &[VRRP_TRACK_PROCESS_KEYWORDS] };

static VRRP_TRACK_PROCESS_KEYWORDS: &[&Keyword] = &[
    &Keyword::later("process", "NAME [param ...]")
        .since("2.0.11")
        .doc("Required; parameters imply full command matching."),
    &Keyword::later("param_match", "[initial|partial]")
        .default("exact when params given")
        .since("2.0.16")
        .doc("No argument = command must match exactly (with no params: none allowed)."),
    &Keyword::later("weight", "INT -254..254 [reverse]").default("0"),
    &Keyword::later("quorum", "INT 1..65535").default("1").doc("Must not exceed quorum_max."),
    &Keyword::later("quorum_max", "INT 0..65535")
        .default("unlimited")
        .since("2.0.16")
        .doc("0 = any running match is a failure."),
    &Keyword::later("delay", "TIMER 0.000001..3600")
        .default("0")
        .since("2.0.11")
        .doc("Sets fork_delay and terminate_delay."),
    &Keyword::later("terminate_delay", "TIMER").default("0").since("2.0.16"),
    &Keyword::later("fork_delay", "TIMER").default("0").since("2.0.16"),
    &Keyword::later("full_command", "").default("off").since("2.0.11").doc("Match /proc/PID/cmdline."),
];

static TRACK_FILE: Block =
    Block { path: "track_file", shape: Shape::Keywords, groups: &[TRACK_FILE_KEYWORDS] };

static TRACK_FILE_KEYWORDS: &[&Keyword] = &[
    &Keyword::later("file", "PATH").doc("Required; first wins; directory must exist."),
    &Keyword::later("weight", "INT -254..254 [reverse]")
        .default("1")
        .doc("Man page gives the 32 bit range; parser enforces +/-254."),
    &Keyword::later("init_file", "[INT] [overwrite]")
        .default("value 0")
        .doc("Create/initialise file at startup."),
];

static VRRP_TRACK_FILE: Block =
    Block { path: "vrrp_track_file", shape: Shape::Keywords, groups: &[VRRP_TRACK_FILE_KEYWORDS] };

static VRRP_TRACK_FILE_KEYWORDS: &[&Keyword] = &[
    &Keyword::later("file", "PATH").doc("As track_file."),
    &Keyword::later("weight", "INT -254..254 [reverse]").default("1").doc("As track_file."),
    &Keyword::later("init_file", "[INT] [overwrite]").doc("As track_file."),
];

static BFD_INSTANCE: Block =
    Block { path: "bfd_instance", shape: Shape::Keywords, groups: &[BFD_INSTANCE_KEYWORDS] };

static BFD_INSTANCE_KEYWORDS: &[&Keyword] = &[
    &Keyword::later("neighbor_ip", "IPADDR").since("2.0.0").doc("Required."),
    &Keyword::later("neighbour_ip", "IPADDR").since("2.0.0").doc("Synonym."),
    &Keyword::later("source_ip", "IPADDR")
        .default("kernel chosen")
        .since("2.0.0")
        .doc("Family must match neighbor."),
    &Keyword::later("min_rx", "DECIMAL ms, 1..4294967")
        .default("10")
        .since("2.0.0")
        .doc("Us resolution; warns above 10000."),
    &Keyword::later("min_tx", "DECIMAL ms, 1..4294967").default("10").since("2.0.0"),
    &Keyword::later("idle_tx", "DECIMAL ms, 1000..4294967").default("1000").since("2.0.0"),
    &Keyword::later("multiplier", "INT 1..255").default("5").since("2.0.0").doc("Warns above 10."),
    &Keyword::later("passive", "").default("off (active)").since("2.0.0"),
    &Keyword::later("ttl", "INT 1..255").default("255").since("2.0.0").doc("IPv4 ttl."),
    &Keyword::later("hoplimit", "INT 1..255").default("64").doc("IPv6; same setting as ttl."),
    &Keyword::later("max_hops", "INT -1..255")
        .default("0")
        .since("2.0.0")
        .doc("255 disables hop check; limited to ttl."),
    &Keyword::later("multihop", "[BOOL]").default("off").since("2.2.8").doc("UDP port 4784 instead of 3784."),
    &Keyword::later("weight", "INT -253..253 [reverse]")
        .default("0")
        .doc("Default tracking weight, VRRP process only."),
    &Keyword::later("vrrp", "")
        .default("both processes")
        .since("2.0.0")
        .doc("Send events to VRRP process only."),
    &Keyword::later("checker", "")
        .default("both processes")
        .since("2.0.0")
        .doc("Send events to checker process only."),
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
