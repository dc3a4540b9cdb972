//! Programs and pipes that are told what happens, and whom programs run as.

use crate::keywords::common::{FIFO, SCRIPT, USER_AND_GROUP};
use crate::keywords::{Args, Keyword};

pub(super) static PROGRAMS: &[&Keyword] = &[
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
    &Keyword::lowered("vrrp_notify_priority_changes", Args::Switch).default("off").since("2.0.16").doc(
        "On: each change of the effective priority is written to the pipes as MASTER_PRIORITY \
          or BACKUP_PRIORITY with the new number. Off: state changes only. Default of \
          `notify_priority_changes` in groups and instances.",
    ),
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
];
