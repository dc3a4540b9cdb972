//! The process that checks real servers, and the table of IPVS.

use crate::keywords::common::{CPUS, FIFO, INTERFACE, MAX_U32, MAYBE_NAME, NO_BALANCER, SCRIPT};
use crate::keywords::{Args, Block, Form, Keyword, Shape};

const SECONDS: Form = Form::Int { min: 0, max: 2_678_400 };

pub(super) static BALANCER: &[&Keyword] = &[
    &CHECKER_PROCESS_NAME,
    &Keyword::planned("lvs_process_name", Args::Word("NAME"))
        .since("2.0.16")
        .doc(
            "The name of `checker_process_name` before keepalived 2.2.0. Write \
          `checker_process_name`.",
        )
        .not_yet(NO_BALANCER)
        .alias_of(&CHECKER_PROCESS_NAME),
    &Keyword::planned("smtp_alert_checker", Args::Switch)
        .default("smtp_alert")
        .since("2.0.0")
        .doc(
            "The default of `smtp_alert` in virtual and real servers, on or off. It has precedence \
          over the `smtp_alert` of this block: On here and off there sends mails about servers \
          only.",
        )
        .not_yet(NO_BALANCER),
    &Keyword::planned("checker_log_all_failures", Args::Switch)
        .default("off")
        .since("2.0.11")
        .doc(
            "On: each failed check is logged, also those that are tried again. Off: only the one \
          that takes a real server down. Default of `log_all_failures` in checkers.",
        )
        .not_yet(NO_BALANCER),
    &Keyword::planned("no_checker_emails", Args::Switch)
        .default("off")
        .since("2.0.0")
        .doc(
            "On: a real server sends mail only when it is taken out of service or put back. Off: \
          also when one of several checkers changes its mind without such a consequence.",
        )
        .not_yet(NO_BALANCER),
    &Keyword::planned("lvs_timeouts", Args::Options(&LVS_TIMEOUTS))
        .default("what the kernel has")
        .since("1.2.24")
        .doc(
            "How long IPVS remembers connections, in seconds from 0 to 2678400 (31 days); at least \
          one of the three. It is a setting of the whole kernel, not of a virtual server.",
        )
        .not_yet(NO_BALANCER),
    &Keyword::later("lvs_flush", "")
        .default("off")
        .since("1.2.23")
        .doc(
            "Empties the table of IPVS at the start, including services of others. Without it, what \
          is there already and is configured is taken over without a break.",
        )
        .not_yet(NO_BALANCER),
    &LVS_FLUSH_ON_STOP,
    &Keyword::planned("lvs_flush_onstop", Args::List(&[Form::OneOf(&["VS"]).optional()]))
        .since("2.0.15")
        .doc(
            "The spelling of `lvs_flush_on_stop` before keepalived 2.2.0. Write \
          `lvs_flush_on_stop`.",
        )
        .not_yet(NO_BALANCER)
        .alias_of(&LVS_FLUSH_ON_STOP),
    &Keyword::planned("lvs_sync_daemon", Args::Options(&LVS_SYNC_DAEMON))
        .default("id = VRID of instance or 0; port 8848; group 224.0.0.81")
        .since("1.2.20")
        .doc(
            "Tells the connections of IPVS to the other machine through this interface, so that \
          they survive a takeover. With an instance, its Master tells and its Backup listens; \
          without one, both happen all the time. Numbers and names follow in any order; \
          keepalived takes a bare number in third place as the id.",
        )
        .not_yet(NO_BALANCER),
    &Keyword::planned("nftables_ipvs", Args::List(MAYBE_NAME))
        .default("keepalived_ipvs")
        .since("2.2.2")
        .doc(
            "The name of the table that marks packets for virtual server groups which IPVS serves \
          by firewall mark.",
        )
        .not_yet(NO_BALANCER),
    &Keyword::planned("nftables_ipvs_priority", Args::Int { min: -2_147_483_648, max: 2_147_483_647 })
        .since("2.2.2")
        .not_yet(NO_BALANCER)
        .doc("The priority of the chains in that table: lower numbers see a packet earlier."),
    &Keyword::planned("nftables_ipvs_start_fwmark", Args::Int { min: 1, max: MAX_U32 })
        .default("1000")
        .since("2.2.2")
        .doc(
            "The first firewall mark for these groups; each further one gets the next. Choose a \
          range that nothing else on the machine uses.",
        )
        .not_yet(NO_BALANCER),
    &Keyword::planned("checker_priority", Args::Int { min: -20, max: 19 })
        .default("0")
        .since("1.2.20")
        .not_yet(NO_BALANCER)
        .doc("The nice value of the checker process: -20 is served first, 19 last."),
    &Keyword::later("checker_no_swap", "")
        .default("off")
        .since("1.2.20")
        .not_yet(NO_BALANCER)
        .doc("Locks the memory of the checker process, so that it is never paged out."),
    &Keyword::planned("checker_rt_priority", Args::Int { min: 1, max: 99 })
        .default("none")
        .since("2.0.0")
        .not_yet(NO_BALANCER)
        .doc(
            "Runs the checker process under the real-time scheduler SCHED_RR with this priority. \
          Seldom wanted: checks take time, and compete with the router process then.",
        ),
    &Keyword::planned("checker_cpu_affinity", Args::List(CPUS))
        .default("none")
        .since("2.0.17")
        .not_yet(NO_BALANCER)
        .doc(
            "The numbers of the processors on which the checker process may run, separated by \
          blanks.",
        ),
    &CHECKER_RLIMIT_RTTIME,
    &Keyword::planned("checker_rlimit_rtime", Args::Int { min: 1, max: MAX_U32 })
        .since("2.0.0")
        .unit("microseconds")
        .doc(
            "A misspelling of `checker_rlimit_rttime` that keepalived once had. Write \
          `checker_rlimit_rttime`.",
        )
        .not_yet(NO_BALANCER)
        .alias_of(&CHECKER_RLIMIT_RTTIME),
    &Keyword::planned("lvs_notify_fifo", Args::List(FIFO))
        .since("1.3.6")
        .doc(
            "A pipe for the events of virtual and real servers only. Ignored if it is the same path \
          as `notify_fifo`.",
        )
        .not_yet(NO_BALANCER),
    &Keyword::planned("lvs_notify_fifo_script", Args::List(SCRIPT))
        .since("1.3.6")
        .doc(
            "A program that is started to read the pipe of `lvs_notify_fifo`; the path of the pipe \
          is its last argument. keepalived ignores it if that pipe is also `vrrp_notify_fifo` \
          and both have a program.",
        )
        .not_yet(NO_BALANCER),
    &Keyword::planned("lvs_netlink_cmd_rcv_bufs", Args::Int { min: 0, max: MAX_U32 })
        .default("the system's")
        .since("2.0.0")
        .not_yet(NO_BALANCER)
        .unit("bytes")
        .doc(
            "The size of the receive buffer of the socket over which the checker gives orders to \
          the kernel.",
        ),
    &Keyword::planned("lvs_netlink_cmd_rcv_bufs_force", Args::Switch)
        .default("off")
        .since("2.0.0")
        .not_yet(NO_BALANCER)
        .doc(
            "On: the size in `lvs_netlink_cmd_rcv_bufs` may exceed the sysctl rmem_max. Off: the \
          system's limit holds.",
        ),
    &Keyword::planned("lvs_netlink_monitor_rcv_bufs", Args::Int { min: 0, max: MAX_U32 })
        .default("the system's")
        .since("2.0.0")
        .not_yet(NO_BALANCER)
        .unit("bytes")
        .doc(
            "The size of the receive buffer of the socket over which the kernel tells the checker \
          of changes.",
        ),
    &Keyword::planned("lvs_netlink_monitor_rcv_bufs_force", Args::Switch)
        .default("off")
        .since("2.0.0")
        .not_yet(NO_BALANCER)
        .doc(
            "On: the size in `lvs_netlink_monitor_rcv_bufs` may exceed the sysctl rmem_max. Off: \
          the system's limit holds.",
        ),
    &Keyword::planned("rs_init_notifies", Args::Switch)
        .default("off")
        .since("2.0.0")
        .doc(
            "On: at the start each real server that is up runs `notify_up` and is written to the \
          pipes. Off: only later changes are told.",
        )
        .not_yet(NO_BALANCER),
];

static LVS_TIMEOUTS: Block = Block {
    path: "",
    shape: Shape::Entries,
    groups: &[&[
        &Keyword::list("tcp", &[SECONDS.one()])
            .doc("How long an idle TCP connection stays in the table, in seconds."),
        &Keyword::list("tcpfin", &[SECONDS.one()])
            .doc("How long a TCP connection stays in the table after its first FIN, in seconds."),
        &Keyword::list("udp", &[SECONDS.one()])
            .doc("How long a UDP flow stays in the table after its last packet, in seconds."),
    ]],
};

static LVS_SYNC_DAEMON: Block = Block {
    path: "",
    shape: Shape::Entries,
    groups: &[&[
        &Keyword::list("(interface)", INTERFACE)
            .doc("The interface through which connections are told to the other machine."),
        &Keyword::list("(instance)", &[Form::Word("INSTANCE").optional()]).doc(
            "The instance that decides: as Master this machine tells, as Backup it listens. Without \
          one it does both all the time.",
        ),
        &Keyword::list("inst", &[Form::Word("INSTANCE").one()])
            .doc("The same as the second word: the instance that decides who tells and who listens."),
        &Keyword::int("id", 0, 255).doc(
            "The number that both machines' daemons share; others are ignored. Without it, the VRID \
          of the instance, or 0.",
        ),
        &Keyword::int("maxlen", 1, 65_507).unit("bytes").doc(
            "The longest packet that is sent; the interface's MTU less the headers if it is not \
          given.",
        ),
        &Keyword::int("port", 1, 65_535).doc(
            "The UDP port of the packets; 8848 if it is not given. Both machines must use the same \
          one.",
        ),
        &Keyword::int("ttl", 1, 255).doc("The TTL of the packets; 1 keeps them on the network."),
        &Keyword::list("group", &[Form::Group(None).one()])
            .doc("The multicast group of the packets; 224.0.0.81 if it is not given."),
    ]],
};

/// `checker_process_name`
static CHECKER_PROCESS_NAME: Keyword =
    Keyword::planned("checker_process_name", Args::Word("NAME")).since("2.2.0").not_yet(NO_BALANCER).doc(
        "The name under which ps(1) and top(1) show the process that checks real servers, \
          without changing its program.",
    );

/// `lvs_flush_on_stop`
static LVS_FLUSH_ON_STOP: Keyword =
    Keyword::planned("lvs_flush_on_stop", Args::List(&[Form::OneOf(&["VS"]).optional()]))
        .default("off")
        .since("2.2.0")
        .doc(
            "Empties the table of IPVS at the end, including services of others; with `VS` only the \
          services of this configuration go, each with its real servers. Without it, services \
          are removed one real server after the other.",
        )
        .not_yet(NO_BALANCER);

/// `checker_rlimit_rttime`
static CHECKER_RLIMIT_RTTIME: Keyword =
    Keyword::planned("checker_rlimit_rttime", Args::Int { min: 1, max: MAX_U32 })
        .default("10000")
        .since("2.1.0")
        .not_yet(NO_BALANCER)
        .unit("microseconds")
        .doc(
            "How long a checker process of real-time priority may compute without waiting once \
          before the kernel ends it: `vrrp_rlimit_rttime` for `checker_rt_priority`.",
        );
