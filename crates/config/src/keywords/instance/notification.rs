//! Programs that are told what happens to an instance.

use crate::keywords::common::{MAYBE_SCRIPT, SCRIPT};
use crate::keywords::{Args, Keyword};

pub(super) static NOTIFICATION: &[&Keyword] = &[
    &Keyword::lowered("notify_master", Args::List(SCRIPT)).doc(
        "A program that runs when the instance becomes Master, in quotes together with its \
          arguments, then the user and group it runs as. Programs of one instance run one after \
          the other, so the last one that ran belongs to the state that holds. The first line of \
          each kind counts.",
    ),
    &Keyword::lowered("notify_backup", Args::List(SCRIPT)).doc(
        "A program that runs when the instance becomes Backup, also after the start. It must be \
          able to run twice: undo what `notify_master` does, and do nothing if there is nothing \
          to undo.",
    ),
    &Keyword::lowered("notify_fault", Args::List(SCRIPT)).doc(
        "A program that runs when the instance enters FAULT. If it is missing, `notify` still \
          tells; `notify_backup` is not run instead.",
    ),
    &Keyword::lowered("notify_stop", Args::List(SCRIPT)).doc(
        "A program that runs when vipd ends. All programs together have `child_wait_time` for \
          what they do at the end; what takes longer is ended.",
    ),
    &Keyword::lowered("notify_deleted", Args::List(MAYBE_SCRIPT))
        .default("FAULT is sent")
        .since("2.1.0")
        .doc(
            "A program that runs when a reload removes the instance, which then tells DELETED; \
          without this line it tells FAULT. The program may be left out. keepalived documents it \
          for vrrp_sync_group, and takes it here only.",
        ),
    &Keyword::lowered("notify", Args::List(SCRIPT)).doc(
        "A program that runs at every transition, with four more arguments: INSTANCE, the name, \
          the new state (MASTER, BACKUP, FAULT, STOP, DELETED) and the priority. Cause, previous \
          state and a sequence number are in the environment.",
    ),
    &Keyword::lowered("notify_master_rx_lower_pri", Args::List(SCRIPT)).since("2.0.6").doc(
        "A program that runs when the Master hears another of lower priority: the sign of a \
          split that has healed, for example to send a cloud's interface a new route.",
    ),
    &Keyword::lowered("notify_priority_changes", Args::Switch)
        .default("that of the sync group, else vrrp_notify_priority_changes")
        .doc(
            "On: each change of the effective priority is written to the pipes of `notify_fifo` and \
          `vrrp_notify_fifo`. Off: only changes of the state.",
        ),
];
