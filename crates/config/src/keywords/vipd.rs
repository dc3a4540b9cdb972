//! `vipd { … }`: what keepalived does not have.

use super::{Block, Keyword, Shape};

/// The block.
pub static VIPD: Block =
    Block { path: "vipd", shape: Shape::Keywords, groups: &[&[&HANDOVER, &VIP_LEASE, &NOTIFY_RETRY]] };

/// `handover`
pub static HANDOVER: Keyword = Keyword::switch("handover").default("on").doc(
    "On: a Master that leaves on purpose (stop, reload, priority lowered) goes on serving \
          its addresses until it hears its successor, so that clients miss about a millisecond. \
          Off: it removes them at once, as keepalived does, and clients wait for the successor's \
          skew time.",
);

/// `vip_lease`
pub static VIP_LEASE: Keyword = Keyword::int("vip_lease", 1, 86_400).default("none").unit("seconds").doc(
    "Gives each address this lifetime in the kernel and renews it in time, so that it \
          expires when nobody is left to remove it: after a crash or a stopped virtual machine \
          no address stays behind. Without it addresses stay until something removes them. \
          Choose several times the advertisement interval.",
);

/// `notify_retry`
pub static NOTIFY_RETRY: Keyword = Keyword::int("notify_retry", 1, 3600).default("none").unit("seconds").doc(
    "A notify program of a state (notify_master, notify_backup, notify_fault, notify_stop, \
          notify_deleted, notify) that fails or cannot be started is run again after this time, \
          doubled each time up to 5 minutes, until it succeeds or a later state is told: nobody \
          hears an old state after a new one. At the end nothing is tried again. Arguments and \
          environment stay those of the first run, but VIPD_ATTEMPT counts the runs from 1. Other \
          events do not wait. Such a program should do no harm when it is run twice.",
);
