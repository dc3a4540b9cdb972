//! What the reconciler must know of a kind of kernel object; addresses are one.

use types::{Cidr, Family, IfIndex};

use crate::api::{AddressOp, AddressSpec};

pub(crate) const EEXIST: i32 = 17;
const ENODEV: i32 = 19;
const EADDRNOTAVAIL: i32 = 99;

/// Identity of an address in the kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) ifindex: IfIndex,
    pub(crate) cidr: Cidr,
}

/// What a [`Table`](super::Table) keeps in step with the kernel.
pub(crate) trait Object: Clone + PartialEq + std::fmt::Debug {
    /// What the kernel tells it from others by.
    type Key: Clone + Ord + std::fmt::Debug;
    /// An operation on it.
    type Op;
    /// Whether the kernel's notifications of our own removals reach us.
    const OWN_REMOVALS_ARE_HEARD: bool;
    /// Whether an addition that is carried out means that it was missing: what is there is refused.
    const ADDED_MEANS_MISSING: bool;

    fn key(&self) -> Self::Key;
    /// Whether somebody else removing it is our business.
    fn is_tracked(&self) -> bool;
    fn addition(&self) -> Self::Op;
    fn removal(key: &Self::Key) -> Self::Op;
    /// Whether a refused addition says that it is there. `observed`: we had reason to think so.
    fn is_there(&self, errno: i32, observed: bool) -> bool;
    /// Whether adding the other, of the same key, makes the other of it in the kernel.
    fn may_become(&self, _other: &Self) -> bool {
        true
    }
    /// Whether the kernel looks for duplicates of it before it can be used.
    fn is_detected_first(&self) -> bool {
        false
    }
    /// Whether a refused removal says that it is gone.
    fn is_gone(errno: i32) -> bool;
}

impl Object for AddressSpec {
    type Key = Key;
    type Op = AddressOp;
    const OWN_REMOVALS_ARE_HEARD: bool = true;
    const ADDED_MEANS_MISSING: bool = false;

    fn key(&self) -> Key {
        Key { ifindex: self.ifindex, cidr: self.cidr }
    }

    fn is_tracked(&self) -> bool {
        !self.no_track
    }

    fn addition(&self) -> AddressOp {
        AddressOp::Add(self.clone())
    }

    fn removal(key: &Key) -> AddressOp {
        AddressOp::Remove { ifindex: key.ifindex, cidr: key.cidr }
    }

    fn is_there(&self, errno: i32, _: bool) -> bool {
        errno == EEXIST
    }

    /// Of an IPv4 address that is there, the kernel changes lifetimes only, and says that it has done all.
    fn may_become(&self, other: &Self) -> bool {
        let fixed = |spec: &Self| (spec.peer, spec.broadcast, spec.label.clone(), spec.scope, spec.flags);
        self.cidr.family() == Family::V6 || fixed(self) == fixed(other)
    }

    fn is_detected_first(&self) -> bool {
        self.cidr.family() == Family::V6 && !self.flags.nodad
    }

    fn is_gone(errno: i32) -> bool {
        matches!(errno, EADDRNOTAVAIL | ENODEV)
    }
}
