//! `vipd { … }`: what keepalived does not have.

use super::{Block, Keyword, Shape};

/// The block.
pub static VIPD: Block = Block { path: "vipd", shape: Shape::Keywords, groups: &[&[&HANDOVER, &VIP_LEASE]] };

/// `handover`
pub static HANDOVER: Keyword = Keyword::switch("handover")
    .default("on")
    .doc("A Master that leaves on purpose goes on serving its addresses until it hears its successor.");

/// `vip_lease`
pub static VIP_LEASE: Keyword = Keyword::int("vip_lease", 1, 86_400)
    .default("none")
    .doc("Gives each address this lifetime in seconds in the kernel and renews it, so that it expires when nobody is left to remove it.");
