//! The processes: names, priorities, limits.

use crate::keywords::common::{CPUS, MAX_TIMER_US, MAX_U32};
use crate::keywords::{Arg, Args, Form, Keyword};

const NO_BFD_PROCESS: &str = "BFD runs in the process of VRRP, whose settings hold for it";

pub(super) static PROCESS: &[&Keyword] = &[
    &VRRP_PRIORITY,
    &VRRP_RT_PRIORITY,
    &VRRP_RLIMIT_RTTIME,
    &VRRP_RLIMIT_RTIME,
    &VRRP_CPU_AFFINITY,
    &VRRP_NO_SWAP,
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
    &VRRP_DELAY_AFTER_BOOT,
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
];

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

/// `bfd_rlimit_rttime`
static BFD_RLIMIT_RTTIME: Keyword = Keyword::lowered("bfd_rlimit_rttime", Args::Int { min: 1, max: MAX_U32 })
    .default("10000")
    .since("2.1.0")
    .unit("microseconds")
    .doc(
        "As `vrrp_rlimit_rttime`, where there is a `bfd_instance`: BFD runs in the router \
          process, for which the larger of both counts.",
    );

/// The kernel's names of processes have at most 15 bytes.
const PROCESS_NAME: &[Arg] = &[Form::Name("NAME", 15).one()];

const UMASK_BITS: &[&str] = &[
    "IRUSR", "IWUSR", "IXUSR", "IRGRP", "IWGRP", "IXGRP", "IROTH", "IWOTH", "IXOTH", "IRWXU", "IRWXG",
    "IRWXO",
];
