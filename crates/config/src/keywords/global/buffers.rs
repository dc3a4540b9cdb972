//! Room for what the kernel says: nothing that is still needed.

use crate::keywords::common::MAX_U32;
use crate::keywords::{Args, Form, Keyword};

const ANSWERS_FIT: &str = "the kernel is asked in portions whose answers fit into any buffer";
/// `vrrp_rx_bufs_policy` and its like.
pub(in crate::keywords) const ROOM_FOR_ADVERTS: &str =
    "the receive buffers always have room for some 5,000 advertisements";
const READ_ANEW: &str = "as much room as the system gives is asked for, up to some 10,000 events, and when some are lost everything is read anew";
const COUNTED_ANEW: &str = "when events are lost all processes are counted anew";

pub(super) static BUFFERS: &[&Keyword] = &[
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
];
