//! The top level, and the blocks of it that are not read yet.

use super::bfd::BFD_INSTANCE;
use super::common::{
    CARRIER, COMMAND_LINE, INSTANCE_ENTRIES, INTERFACE, INTERFACE_ENTRIES, MAX_TIMER_US, MAX_U32, MAYBE_NAME,
    NO_BALANCER, SCRIPT, TRACK_ENTRY, TRACK_INTERFACE_ENTRY, USER_AND_GROUP, WEIGHT_253, WEIGHT_254,
    WIDE_TRACK_ENTRY,
};
use super::global::GLOBAL_DEFS;
use super::instance::VRRP_INSTANCE;
use super::routing::{STATIC_ADDRESS_ENTRY, STATIC_ROUTE_ENTRY, STATIC_RULE_ENTRY};
use super::vipd::VIPD;
use super::virtual_server::{VIRTUAL_SERVER, VIRTUAL_SERVER_GROUP_ENTRY};
use super::{Arg, Args, Block, Form, Keyword, Shape};

/// What may stand outside all braces.
pub static TOP: Block = Block {
    path: "",
    shape: Shape::Keywords,
    groups: &[&[&GLOBAL_DEFS_BLOCK, &VRRP_INSTANCE_BLOCK, &VIPD_BLOCK], OTHERS],
};

/// `global_defs`
pub static GLOBAL_DEFS_BLOCK: Keyword =
    Keyword::block("global_defs", "", &GLOBAL_DEFS).since("0.5.3").repeats().doc(
        "Settings of the whole daemon, and defaults for all instances, groups and servers. May \
          stand several times; the lines add up.",
    );

/// `vrrp_instance`
pub static VRRP_INSTANCE_BLOCK: Keyword =
    Keyword::block("vrrp_instance", "NAME", &VRRP_INSTANCE).since("0.5.3").repeats().doc(
        "One virtual router: addresses that one of several machines serves at a time. Each \
          machine has the block with the same VRID and addresses and another priority. The name \
          is for logs, programs and `vrrp_sync_group`; it is not sent, and unique in the file.",
    );

/// `vipd`
pub static VIPD_BLOCK: Keyword = Keyword::block("vipd", "", &VIPD).repeats().doc(
    "Settings that keepalived does not have. keepalived reports each of these lines as \
          unknown and goes on without them, so a file with the block still works there.",
);

/// A name that becomes part of the names of files.
const FILE_NAME: &[Arg] = &[Form::FileName("NAME").one()];

static OTHERS: &[&Keyword] = &[
    &Keyword::flag("linkbeat_use_polling").no_effect(CARRIER).doc(
        "Asks the drivers of all interfaces for their link in place of waiting for the kernel \
          to tell, for old drivers without carrier detection.",
    ),
    &Keyword::lowered("net_namespace", Args::List(FILE_NAME))
        .default("the one it is started in")
        .since("1.2.24")
        .doc(
            "The network namespace, made with `ip netns add`, in which the daemon works: its \
          interfaces, addresses and sockets. Its PID files and control socket are in \
          /run/keepalived/NAME, which it and its programs see as /run/keepalived. Overridden by \
          the option `-s`; a reload cannot change it.",
        ),
    &Keyword::planned("net_namespace_ipvs", Args::List(MAYBE_NAME))
        .default("as net_namespace")
        .since("2.1.0")
        .not_yet(NO_BALANCER)
        .doc(
            "The network namespace whose IPVS table is managed, if it is another one; without a \
          name, the one in which the daemon was started. A reload cannot change it.",
        ),
    &Keyword::flag("namespace_with_ipsets")
        .since("1.3.0")
        .no_effect("packets are filtered with nftables, which knows namespaces")
        .doc(
            "Allows ipsets in a network namespace on kernels before 3.13, which could not have them \
          there.",
        ),
    &Keyword::lowered("use_pid_dir", Args::Flag).default("off").since("1.2.24").doc(
        "Puts PID files into a directory of their own (/run/keepalived) and not into /run. \
          `instance` and `net_namespace` imply it.",
    ),
    &Keyword::lowered("instance", Args::List(FILE_NAME)).default("none").since("1.2.24").doc(
        "The name of this daemon when several run on one machine: it becomes part of the names \
          of PID files (keepalived_NAME.pid), of the control socket and of the name in the system \
          log. A reload cannot change it.",
    ),
    &Keyword::lowered("child_wait_time", Args::Int { min: 0, max: MAX_U32 })
        .default("5")
        .since("2.0.0")
        .unit("seconds")
        .doc(
            "How long programs that are still running may take when the daemon ends; what takes \
          longer is ended. It does not delay giving up the addresses.",
        ),
    &TRACK_GROUP_BLOCK,
    &STATIC_IPADDRESS_BLOCK,
    &STATIC_ROUTES_BLOCK,
    &STATIC_RULES_BLOCK,
    &Keyword::lowered_block("vrrp_sync_group", "NAME", &VRRP_SYNC_GROUP).since("0.6.1").doc(
        "Instances that change their state together: all are Master here, or none, as the inner \
          and outer address of a firewall must be. One member in FAULT takes the others with it. \
          Names are unique.",
    ),
    &Keyword::lowered_block("garp_group", "", &GARP_GROUP).since("1.2.21").doc(
        "Interfaces that share the pace of their announcements, for example VLANs of one \
          physical port: the least time between two announcements holds for all of them \
          together.",
    ),
    &Keyword::later_block("linkbeat_interfaces", "", &LINKBEAT_ENTRY)
        .no_effect(CARRIER)
        .default("MII, else ETHTOOL, else IOCTL")
        .since("2.0.13")
        .doc(
            "How the link of single interfaces is found out, one a line, for drivers that do not \
          tell the kernel. Interfaces of `use_vmac` follow the one below them.",
        ),
    &Keyword::lowered_block("vrrp_script", "NAME", &VRRP_SCRIPT).since("1.1.13").doc(
        "A program that is run again and again; its exit status (0: success) puts instances \
          that name it in `track_script` into FAULT or changes their priority. It never runs \
          twice at a time. Keep it short, and let it test the service on this machine, not the \
          network, which both machines share.",
    ),
    &Keyword::lowered_block("vrrp_track_process", "NAME", &VRRP_TRACK_PROCESS).since("2.0.11").doc(
        "A process, or a number of them, that must run for instances that name it in \
          `track_process`. The kernel tells when one starts or ends, so it costs nothing to wait \
          and is noticed at once; only that it works is not seen.",
    ),
    &TRACK_FILE_BLOCK,
    &Keyword::lowered_block("vrrp_track_file", "NAME", &VRRP_TRACK_FILE)
        .alias_of(&TRACK_FILE_BLOCK)
        .since("2.0.0")
        .doc("The old name of `track_file`. Write `track_file`."),
    &Keyword::lowered_block("interface_up_down_delays", "", &DELAY_ENTRY).default("0").since("2.2.3").doc(
        "How long interfaces must be down or up before that counts, one a line: `INTERFACE \
          DOWN-DELAY [UP-DELAY]`, in seconds from 0 to 255. Against flapping links and switch \
          ports that are up before they forward. An omitted up delay is 0, although keepalived \
          documents that it equals the down delay.",
    ),
    &BFD_INSTANCE_BLOCK,
    &Keyword::later_block("SSL", "", &SSL)
        .default("no certificate of its own")
        .since("0.5.3")
        .doc(
            "The certificate, key and authorities with which SSL_GET connects, for all checkers. \
          Without it, SSL_GET shows no certificate of its own. Of several blocks the last one \
          counts.",
        )
        .not_yet(NO_BALANCER),
    &Keyword::later_block("virtual_server_group", "NAME", &VIRTUAL_SERVER_GROUP_ENTRY)
        .since("1.0.2")
        .doc(
            "Addresses, ranges and firewall marks that are one virtual server, one a line: \
          `virtual_server group NAME` serves them all with one set of real servers and one check \
          of each.",
        )
        .not_yet(NO_BALANCER),
    &Keyword::later_block("virtual_server", "IPADDR [PORT] | fwmark INT | group NAME", &VIRTUAL_SERVER)
        .since("0.5.3")
        .doc(
            "A service of the load balancer IPVS: an address and port, a firewall mark or a group, \
          whose connections are spread over real servers. Port 0, or none, means all ports and \
          needs persistence. A server without `real_server` is left out.",
        )
        .not_yet(NO_BALANCER),
];

/// `bfd_instance`
pub static BFD_INSTANCE_BLOCK: Keyword =
    Keyword::block("bfd_instance", "NAME", &BFD_INSTANCE).repeats().since("2.0.0").doc(
        "A BFD session (RFC 5880) with another router: it is noticed within milliseconds when \
          it, or the way to it, is gone. Instances follow it by `track_bfd`. Intervals of some \
          10 ms want `vrrp_rt_priority` on a machine that is busy with other things.",
    );

/// `track_group`
pub static TRACK_GROUP_BLOCK: Keyword = Keyword::block("track_group", "NAME", &TRACK_GROUP).repeats().doc(
    "Instances that depend on static addresses, routes and rules: those name the group as \
          `track_group`, and while one of them is missing its instances are in FAULT.",
);

/// `static_ipaddress`
pub static STATIC_IPADDRESS_BLOCK: Keyword =
    Keyword::block("static_ipaddress", "", &STATIC_ADDRESS_ENTRY).repeats().since("1.1.0").doc(
        "Addresses that are there in every state, one a line, from the start to the end of the \
          daemon. For what the machine needs with VRRP only; its ordinary addresses belong to \
          the system's own configuration.",
    );

/// `static_routes`
pub static STATIC_ROUTES_BLOCK: Keyword = Keyword::block("static_routes", "", &STATIC_ROUTE_ENTRY)
    .repeats()
    .since("1.0.1")
    .doc("Routes that are there in every state, one a line, as `ip route add` takes them.");

/// `static_rules`
pub static STATIC_RULES_BLOCK: Keyword =
    Keyword::block("static_rules", "", &STATIC_RULE_ENTRY).repeats().since("1.2.20").doc(
        "Rules of policy routing that are there in every state, one a line, as `ip rule add` \
          takes them.",
    );

/// `track_file`
static TRACK_FILE_BLOCK: Keyword = Keyword::lowered_block("track_file", "NAME", &TRACK_FILE).doc(
    "A file with a number that programs write: times the weight it is added to priorities, \
          of virtual routers (`track_file` there) and of real servers (`FILE_CHECK`). The \
          cheapest way to change a priority at run time: `echo -50 >FILE` drains a machine.",
);

/// Lines of `linkbeat_interfaces`.
static LINKBEAT_ENTRY: Block = Block {
    path: "",
    shape: Shape::Entries,
    groups: &[&[
        &Keyword::list("(interface)", INTERFACE).doc("The interface whose link is found out."),
        &Keyword::list("(method)", &[Form::OneOf(&["MII", "ETHTOOL", "IOCTL"]).optional()]).doc(
            "MII, ETHTOOL or IOCTL: how its driver is asked. Without a word they are tried in this \
          order.",
        ),
    ]],
};

/// Lines of `interface_up_down_delays`.
static DELAY_ENTRY: Block = Block {
    path: "",
    shape: Shape::Entries,
    groups: &[&[
        &Keyword::list("(interface)", INTERFACE).doc("The interface that is slow to count as down or up."),
        &Keyword::list("(down_delay)", &[DELAY.one()]).unit("seconds").doc(
            "How long it must be down to count as down. It must be shorter than two advertisement \
          intervals, otherwise the other machine takes over before this one gives up.",
        ),
        &Keyword::list("(up_delay)", &[DELAY.optional()]).unit("seconds").doc(
            "How long it must be up to count as up. Up to about 30 for switch ports with spanning \
          tree.",
        ),
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
static SYNC_GROUP_TRACKING_WEIGHT: Keyword =
    Keyword::lowered("sync_group_tracking_weight", Args::Flag).default("off").since("2.0.0").doc(
        "Members keep trackers with weights of their own. Without it those of scripts, files and \
          BFD sessions are dropped with a warning (interfaces and processes keep theirs, as with \
          keepalived 2.2.7), because members whose priorities move apart elect different Masters and pull \
          each other to and fro; the trackers of the group move all of them together.",
    );

static VRRP_SYNC_GROUP_KEYWORDS: &[&Keyword] = &[
    &Keyword::lowered_block("group", "", &INSTANCE_ENTRIES)
        .doc("The instances of the group, at least two; each may be in one group only. Required."),
    &Keyword::lowered_block("track_interface", "", &TRACK_INTERFACE_ENTRY).default("weight 0").doc(
        "Interfaces whose state counts for all members, as in an instance. Without weight, one \
          that is down puts the whole group into FAULT.",
    ),
    &Keyword::lowered_block("track_script", "", &TRACK_ENTRY).default("the script's weight").doc(
        "Scripts whose result counts for all members. Without weight, here and there, a failing \
          one puts the whole group into FAULT; with weight, it changes the priority of each \
          member.",
    ),
    &Keyword::lowered_block("track_file", "", &WIDE_TRACK_ENTRY)
        .default("the file's weight")
        .doc("Files whose numbers are added to the priority of each member."),
    &Keyword::lowered_block("track_process", "", &WIDE_TRACK_ENTRY)
        .default("the process's weight")
        .doc("Processes that count for all members, in the way of `track_script`."),
    &Keyword::lowered_block("track_bfd", "", &TRACK_ENTRY)
        .default("the session's weight")
        .doc("BFD sessions that count for all members, in the way of `track_script`."),
    &Keyword::lowered("notify_master", Args::List(SCRIPT)).doc(
        "A program that runs when the group becomes Master, after those of its members; in \
          quotes together with its arguments, then the user and group it runs as. The first line \
          of each kind counts.",
    ),
    &Keyword::lowered("notify_backup", Args::List(SCRIPT))
        .doc("A program that runs when the group becomes Backup, after those of its members."),
    &Keyword::lowered("notify_fault", Args::List(SCRIPT))
        .doc("A program that runs when a member has put the group into FAULT."),
    &Keyword::lowered("notify_stop", Args::List(SCRIPT))
        .doc("A program that runs when the daemon ends, after those of the members."),
    &Keyword::lowered("notify", Args::List(SCRIPT)).doc(
        "A program that runs at every transition of the group, with four more arguments: GROUP, \
          the name, the new state, and 0 in the place of the priority.",
    ),
    &Keyword::lowered("smtp_alert", Args::Switch)
        .default("smtp_alert_vrrp, or smtp_alert of global_defs")
        .doc(
            "On: a mail when the state of the group changes, besides those of its members. Off: \
          none.",
        ),
    &Keyword::lowered("notify_priority_changes", Args::Switch).default("vrrp_notify_priority_changes").doc(
        "The default of `notify_priority_changes` for the members. On: changes of their \
          priorities are written to the pipes. Off: they are not.",
    ),
    &Keyword::lowered("global_tracking", Args::Flag)
        .since("1.2.3")
        .doc(
            "The name of `sync_group_tracking_weight` before keepalived 2.0. Write \
          `sync_group_tracking_weight`.",
        )
        .alias_of(&SYNC_GROUP_TRACKING_WEIGHT),
    &SYNC_GROUP_TRACKING_WEIGHT,
];

static GARP_GROUP: Block =
    Block { path: "garp_group", shape: Shape::Keywords, groups: &[GARP_GROUP_KEYWORDS] };

static GARP_GROUP_KEYWORDS: &[&Keyword] = &[
    &Keyword::lowered("garp_interval", Args::Timer { min_us: 0, max_us: 2_147_483_647 })
        .default("vrrp_garp_interval")
        .since("1.2.21")
        .doc("The least time between two gratuitous ARPs on these interfaces together."),
    &Keyword::lowered("gna_interval", Args::Timer { min_us: 0, max_us: 2_147_483_647 })
        .default("vrrp_gna_interval")
        .since("1.2.21")
        .doc(
            "The least time between two unsolicited neighbor advertisements on these interfaces \
          together. A block with neither interval has no effect.",
        ),
    &Keyword::lowered("interface", Args::List(INTERFACE))
        .doc("The one interface that has this pace. Use either this or `interfaces`."),
    &Keyword::lowered_block("interfaces", "", &INTERFACE_ENTRIES)
        .since("1.2.21")
        .doc("The interfaces that share this pace, several on a line or one a line."),
];

static VRRP_SCRIPT: Block =
    Block { path: "vrrp_script", shape: Shape::Keywords, groups: &[VRRP_SCRIPT_KEYWORDS] };

static VRRP_SCRIPT_KEYWORDS: &[&Keyword] = &[
    &Keyword::lowered("script", Args::List(COMMAND_LINE)).since("1.1.13").doc(
        "The program with its arguments, from the root of the file system; quoted if there are \
          blanks in one. Exit status 0 is success; another one, a signal and a timeout are \
          failures. Required.",
    ),
    &Keyword::lowered("interval", Args::Timer { min_us: 0, max_us: MAX_TIMER_US })
        .default("1")
        .since("1.1.13")
        .doc(
            "The time from one start to the next, with up to three decimals. A failure is noticed \
          after `fall` intervals. 0 is taken as 1. A run that takes longer delays the next one.",
        ),
    &Keyword::lowered("timeout", Args::Timer { min_us: 0, max_us: MAX_TIMER_US })
        .default("interval")
        .since("1.2.6")
        .doc(
            "How long a run may take; then it is ended and counts as one failure. 0 is taken as 1. \
          Shorter than `interval` keeps the rhythm.",
        ),
    &Keyword::lowered("weight", Args::List(WEIGHT_253)).default("0").doc(
        "What the result does to the priority. 0: failing means FAULT. Above 0: it is added \
          while the script succeeds. Below 0: it is taken away while the script fails. `reverse` \
          exchanges success and failure. It must be larger than the difference between the \
          machines' priorities, or it never changes who is Master.",
    ),
    &Keyword::lowered("rise", Args::Int { min: 1, max: 2_147_483_647 })
        .default("1")
        .since("1.1.18")
        .unit("runs")
        .doc(
            "How many runs in a row must succeed until a script that has failed counts as \
          successful. More keeps a service that comes and goes from moving the addresses.",
        ),
    &Keyword::lowered("fall", Args::Int { min: 1, max: 2_147_483_647 })
        .default("1")
        .since("1.1.18")
        .unit("runs")
        .doc(
            "How many runs in a row must fail until the script counts as failed. 2 or 3 forgives a \
          single slow answer.",
        ),
    &Keyword::lowered("user", Args::List(USER_AND_GROUP)).default("script_user of global_defs").doc(
        "The user, and if wanted the group, that the script runs as. An unknown user is an \
          error, and the script is not run.",
    ),
    &Keyword::lowered("init_fail", Args::Flag).default("off").since("1.3.2").doc(
        "The script counts as failed until it has succeeded for the first time. Without it, its \
          first run decides, and instances that depend on it wait for that.",
    ),
];

static VRRP_TRACK_PROCESS: Block =
    Block { path: "vrrp_track_process", shape: Shape::Keywords, groups: &[VRRP_TRACK_PROCESS_KEYWORDS] };

static VRRP_TRACK_PROCESS_KEYWORDS: &[&Keyword] = &[
    &Keyword::lowered("process", Args::List(&[Form::Word("COMMAND").one(), Form::Word("PARAMETER").any()]))
        .since("2.0.11")
        .doc(
            "The program as ps(1) shows it, or its path, and arguments that it must have. With \
          arguments the whole command line is compared, as `param_match` says. Required.",
        ),
    &Keyword::lowered("param_match", Args::List(&[Form::OneOf(&["initial", "partial"]).optional()]))
        .default("exactly, if there are arguments")
        .since("2.0.16")
        .doc(
            "How arguments are compared. Without this line: exactly, if there are any. Without a \
          word: exactly, even if there are none. `partial`: the process may have more behind \
          them; `initial`: that, too, and the last one may be the beginning of a longer one.",
        ),
    &Keyword::lowered("weight", Args::List(WEIGHT_254)).default("0").doc(
        "What the processes do to the priority. 0: too few mean FAULT. Above 0: it is added \
          while enough run. Below 0: it is taken away while too few run. `reverse` exchanges the \
          two.",
    ),
    &Keyword::lowered("quorum", Args::Int { min: 1, max: 65535 })
        .default("1")
        .unit("processes")
        .doc("How many matching processes must run at least; for servers that have several workers."),
    &Keyword::lowered("quorum_max", Args::Int { min: 0, max: 65535 })
        .default("unlimited")
        .since("2.0.16")
        .unit("processes")
        .doc(
            "How many matching processes may run at most; not less than `quorum`. With 0 a running \
          process is the failure.",
        ),
    &Keyword::lowered("delay", Args::Timer { min_us: 1, max_us: 3_600_000_000 })
        .default("0")
        .since("2.0.11")
        .doc(
            "Sets `fork_delay` and `terminate_delay` to the same time, for programs that are \
          restarted now and then.",
        ),
    &Keyword::lowered("terminate_delay", Args::Timer { min_us: 0, max_us: MAX_TIMER_US })
        .default("0")
        .since("2.0.16")
        .doc(
            "How long there must be too few processes until that counts: a restart of the program \
          shorter than this is no failure.",
        ),
    &Keyword::lowered("fork_delay", Args::Timer { min_us: 0, max_us: MAX_TIMER_US })
        .default("0")
        .since("2.0.16")
        .doc(
            "How long there must be enough processes until that counts: a program that dies at once \
          is no success.",
        ),
    &Keyword::lowered("full_command", Args::Flag).default("off").since("2.0.11").doc(
        "Compares the path of the program with the whole first word of /proc/PID/cmdline, not \
          with the short name, of which the kernel keeps 15 bytes.",
    ),
];

static TRACK_FILE: Block =
    Block { path: "track_file", shape: Shape::Keywords, groups: &[TRACK_FILE_KEYWORDS] };

static TRACK_FILE_KEYWORDS: &[&Keyword] = &[
    &Keyword::lowered("file", Args::Word("PATH")).doc(
        "The path of the file. It may be missing, which counts as 0; its directory must exist, \
          and is watched, so a change counts at once. Required.",
    ),
    &Keyword::lowered("weight", Args::List(WEIGHT_254)).default("1").doc(
        "What the number in the file is multiplied by; the product is limited to -254 to 253, \
          and -254 means FAULT. With 0 any number but 0 means FAULT. `reverse` changes the sign. \
          keepalived documents a range of 32 bits and takes -254 to 254.",
    ),
    &Keyword::lowered(
        "init_file",
        Args::List(&[
            Form::Int { min: -2_147_483_648, max: 2_147_483_647 }.optional(),
            Form::OneOf(&["overwrite"]).optional(),
        ]),
    )
    .default("value 0")
    .doc(
        "Makes the file at the start, with this number or 0, if there is none; with `overwrite` \
          also if there is one. Without it the file is left as it is.",
    ),
];

static VRRP_TRACK_FILE: Block =
    Block { path: "vrrp_track_file", shape: Shape::Keywords, groups: &[VRRP_TRACK_FILE_KEYWORDS] };

static VRRP_TRACK_FILE_KEYWORDS: &[&Keyword] = &[
    &Keyword::lowered("file", Args::Word("PATH")).doc("The path of the file, as in `track_file`."),
    &Keyword::lowered("weight", Args::List(WEIGHT_254))
        .default("1")
        .doc("What the number in the file is multiplied by, as in `track_file`."),
    &Keyword::lowered(
        "init_file",
        Args::List(&[
            Form::Int { min: -2_147_483_648, max: 2_147_483_647 }.optional(),
            Form::OneOf(&["overwrite"]).optional(),
        ]),
    )
    .doc("Makes the file at the start, as in `track_file`."),
];

static SSL: Block = Block { path: "SSL", shape: Shape::Keywords, groups: &[SSL_KEYWORDS] };

static SSL_KEYWORDS: &[&Keyword] = &[
    &Keyword::new("password", Args::Word("STRING"))
        .since("0.5.3")
        .doc("The password that opens the private key in `key`, if it is encrypted.")
        .not_yet(""),
    &Keyword::new("ca", Args::Word("PATH"))
        .since("0.5.3")
        .doc("The file with the certificates of the authorities (PEM).")
        .not_yet(""),
    &Keyword::new("certificate", Args::Word("PATH"))
        .since("0.5.3")
        .doc("The file with the certificate by which checkers identify themselves (PEM).")
        .not_yet(""),
    &Keyword::new("key", Args::Word("PATH"))
        .doc("The file with the private key that belongs to `certificate` (PEM).")
        .not_yet(""),
];
