//! `bfd_instance`.

use super::common::WEIGHT_253;
use super::{Arg, Args, Block, Form, Keyword, Shape};

/// The block.
pub static BFD_INSTANCE: Block = Block {
    path: "bfd_instance",
    shape: Shape::Keywords,
    groups: &[&[
        &NEIGHBOR_IP,
        &NEIGHBOUR_IP,
        &SOURCE_IP,
        &MIN_RX,
        &MIN_TX,
        &IDLE_TX,
        &MULTIPLIER,
        &PASSIVE,
        &TTL,
        &HOPLIMIT,
        &MAX_HOPS,
        &MULTIHOP,
        &WEIGHT,
        &VRRP,
        &CHECKER,
    ]],
};

const PEER: &[Arg] = &[Form::Neighbor.one()];
const INTERVAL: &[Arg] = &[Form::Millis { min: 1, max: 4_294_967 }.one()];
const LONG_INTERVAL: &[Arg] = &[Form::Millis { min: 1_000, max: 4_294_967 }.one()];

/// `neighbor_ip`
pub static NEIGHBOR_IP: Keyword = Keyword::list("neighbor_ip", PEER).since("2.0.0").doc(
    "The address of the other router. Each can have one session. A link-local address needs \
          its interface behind it: fe80::1%eth0. Required.",
);

/// `neighbour_ip`
static NEIGHBOUR_IP: Keyword = Keyword::list("neighbour_ip", PEER)
    .since("2.0.0")
    .doc(
        "The British spelling of `neighbor_ip`, which keepalived has since the beginning. Write \
          `neighbor_ip`.",
    )
    .alias_of(&NEIGHBOR_IP);

/// `source_ip`
pub static SOURCE_IP: Keyword =
    Keyword::new("source_ip", Args::Address).default("chosen by the kernel").since("2.0.0").doc(
        "The address from which we send, of the same family; it must be on this machine. With \
          it, only packets that were sent to it are taken from a neighbor that does not know us \
          yet. The neighbor must be configured with this address. Where it is in a VRF, so is \
          the session; without it, the subnet of the neighbor says so, unless `multihop` is on.",
    );

/// `min_rx`
pub static MIN_RX: Keyword = Keyword::list("min_rx", INTERVAL).default("10").since("2.0.0").doc(
    "The least time between two packets that we want to receive, with up to three decimals. \
          The neighbor sends no faster, so it bounds how soon a failure is noticed; above 10000 \
          there is a warning.",
);

/// `min_tx`
pub static MIN_TX: Keyword = Keyword::list("min_tx", INTERVAL).default("10").since("2.0.0").doc(
    "The least time between two packets that we send. The larger of it and the neighbor's \
          min_rx holds, less 0 to 25 % by chance. 10 ms and a multiplier of 5 notice a failure \
          within 50 ms; above 10000 there is a warning.",
);

/// `idle_tx`
pub static IDLE_TX: Keyword = Keyword::list("idle_tx", LONG_INTERVAL).default("1000").since("2.0.0").doc(
    "The time between two packets while the session is not up, at least a second (RFC 5880 \
          section 6.8.3).",
);

/// `multiplier`
pub static MULTIPLIER: Keyword =
    Keyword::int("multiplier", 1, 255).default("5").since("2.0.0").unit("intervals").doc(
        "After so many intervals without a packet from us, the neighbor takes us for dead; its \
          own multiplier says when we take it for dead. Small numbers with short intervals fail \
          on a busy machine; above 10 there is a warning.",
    );

/// `passive`
pub static PASSIVE: Keyword = Keyword::flag("passive").since("2.0.0").doc(
    "Waits for the other end to begin. Without it we begin. Not on both ends: neither would \
          ever send.",
);

/// `ttl`
pub static TTL: Keyword = Keyword::int("ttl", 1, 255).default("255").since("2.0.0").doc(
    "The TTL of what is sent over IPv4. What is received must have at least this less \
          `max_hops`, which keeps out senders from other networks; RFC 5881 wants 255.",
);

/// `hoplimit`
pub static HOPLIMIT: Keyword = Keyword::int("hoplimit", 1, 255).default("64").doc(
    "The hop limit of what is sent over IPv6. Without it vipd sends 255, which RFC 5881 \
          demands, and accepts what keepalived sends, 64 and more; keepalived sends 64, which \
          other implementations discard: set 255 on both ends.",
);

/// `max_hops`
pub static MAX_HOPS: Keyword =
    Keyword::int("max_hops", -1, 255).default("0").since("2.0.0").unit("routers").doc(
        "How many routers may be on the way: what is received may have a TTL lower than ours by \
          so much. -1 and 255 accept any TTL.",
    );

/// `multihop`
pub static MULTIHOP: Keyword = Keyword::switch("multihop").since("2.2.8").doc(
    "On: a neighbor behind other routers (RFC 5883), with UDP port 4784, and any TTL is \
          accepted unless `ttl` or `max_hops` say otherwise. Off: a neighbor on the same \
          network, with port 3784. Both ends must agree.",
);

/// `weight`
pub static WEIGHT: Keyword = Keyword::list("weight", WEIGHT_253).default("0").doc(
    "The weight in `track_bfd` where none is given there. 0: a session that is not up means \
          FAULT. Above 0: it is added to the priority while the session is up. Below 0: it is \
          taken away while the session is not up. `reverse` exchanges the two.",
);

/// `vrrp`
pub static VRRP: Keyword = Keyword::flag("vrrp").default("both").since("2.0.0").doc(
    "Only virtual routers learn of the session; together with `checker`, or without either, \
          both do.",
);

/// `checker`
pub static CHECKER: Keyword = Keyword::flag("checker").default("both").since("2.0.0").doc(
    "Only real servers learn of the session; together with `vrrp`, or without either, both \
          do.",
);
