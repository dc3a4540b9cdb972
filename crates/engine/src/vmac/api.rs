//! What the engine asks for about interfaces of its own, and what it hears.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use config::model::{IpvlanMode, VmacKind};
use types::{Family, IfIndex};

/// What the kernel shows of a macvlan or ipvlan beside what every link has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upper {
    /// The interface below.
    pub base: IfIndex,
    /// Which of the two.
    pub kind: UpperKind,
    /// IFF_UP, whatever its carrier.
    pub admin_up: bool,
    /// It bears our mark, in its alias.
    pub ours: bool,
}

/// A kind of interface on top of another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UpperKind {
    /// It has a link-layer address of its own.
    Macvlan {
        /// Its mode is private.
        private: bool,
    },
    /// It has the link-layer address of the one below.
    Ipvlan {
        /// How it reaches its siblings; `None` if it is not of layer 2.
        mode: Option<IpvlanMode>,
    },
}

/// Numbers a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VmacRequestId(pub u64);

/// One request; the answer is [`VmacAnswer`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VmacOp {
    /// Make an interface, down, with our mark: a macvlan in private mode without IPv6 addresses of its own (addrgenmode
    /// none), or an ipvlan of layer 2.
    Create {
        /// Its name.
        name: String,
        /// The interface below.
        base: IfIndex,
        /// What it is to be.
        kind: VmacKind,
        /// Its group.
        group: u32,
        /// The VRF that it is put into.
        vrf: Option<IfIndex>,
    },
    /// Put it into a VRF, or take it out of the one that it is in.
    Move {
        /// Which.
        ifindex: IfIndex,
        /// Where to.
        vrf: Option<IfIndex>,
    },
    /// Set sysctls, in order. One that fails does not keep the others back.
    Set(Vec<(Sysctl, u32)>),
    /// Where the reverse path filter is on for all interfaces, turn it on for each instead, so that one can be without.
    SpreadReversePathFilter,
    /// Set it up.
    Up(IfIndex),
    /// Give it another MTU.
    SetMtu {
        /// Which.
        ifindex: IfIndex,
        /// The MTU of the interface below.
        mtu_bytes: u32,
    },
    /// Delete it.
    Delete(IfIndex),
}

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VmacAnswer {
    /// Why it failed as a whole: positive errno.
    pub errno: Option<i32>,
    /// Sysctls that were changed, with their former values.
    pub changed: Vec<(Sysctl, u32)>,
    /// Sysctls that could not be set: positive errno.
    pub refused: Vec<(Sysctl, i32)>,
}

/// A setting of the kernel below `net`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sysctl {
    /// `net.ipv4` or `net.ipv6`.
    pub family: Family,
    /// Whose it is.
    pub of: SysctlOf,
    /// Its last word, such as `arp_ignore`.
    pub name: &'static str,
}

/// Whose a setting is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum SysctlOf {
    /// `all`.
    All,
    /// `default`: of interfaces to come.
    Default,
    /// An interface's.
    Interface {
        /// Its index.
        ifindex: IfIndex,
        /// Its name.
        name: String,
    },
}

/// The settings that are ever changed here.
const SYSCTLS: [&str; 7] = [
    "accept_local",
    "arp_announce",
    "arp_filter",
    "arp_ignore",
    "disable_ipv6",
    "promote_secondaries",
    "rp_filter",
];

impl Sysctl {
    /// The setting that is displayed like this, if it is one of those that are changed here; `index_of` finds the interface.
    /// An interface's name may have dots.
    pub fn named(text: &str, index_of: impl Fn(&str) -> Option<IfIndex>) -> Option<Self> {
        let (family, rest) = match text.strip_prefix("net.ipv4.conf.") {
            Some(rest) => (Family::V4, rest),
            None => (Family::V6, text.strip_prefix("net.ipv6.conf.")?),
        };
        let (of, name) = rest.rsplit_once('.')?;
        let name = *SYSCTLS.iter().find(|known| **known == name)?;
        let of = match of {
            "all" => SysctlOf::All,
            "default" => SysctlOf::Default,
            interface => SysctlOf::Interface { ifindex: index_of(interface)?, name: interface.to_owned() },
        };
        Some(Self { family, of, name })
    }
}

impl fmt::Display for Sysctl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let family = match self.family {
            Family::V4 => "ipv4",
            Family::V6 => "ipv6",
        };
        let of = match &self.of {
            SysctlOf::All => "all",
            SysctlOf::Default => "default",
            SysctlOf::Interface { name, .. } => name,
        };
        write!(f, "net.{family}.conf.{of}.{}", self.name)
    }
}

/// The whole packet filter as it shall be; it replaces the one before in one step. Empty: there is no table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PacketFilter {
    /// Name of the table, in the families ip and ip6.
    pub table: String,
    /// Priority of the chains.
    pub priority: i32,
    /// Count the packets of each rule.
    pub counters: bool,
    /// IGMP reports of the first interface leave from the second.
    pub igmp: BTreeMap<IfIndex, IfIndex>,
    /// MLD reports likewise; router solicitations of the first are dropped.
    pub mld: BTreeMap<IfIndex, IfIndex>,
    /// Packets to and from these are dropped.
    pub drop_v4: BTreeSet<Ipv4Addr>,
    /// Packets to and from these are dropped, except neighbour discovery.
    pub drop_v6: BTreeSet<Ipv6Addr>,
    /// The same for link-local addresses, on their interface.
    pub drop_link_local: BTreeSet<(Ipv6Addr, IfIndex)>,
}

impl PacketFilter {
    /// Whether there is nothing to filter.
    pub fn is_empty(&self) -> bool {
        self.is_empty_in(Family::V4) && self.is_empty_in(Family::V6)
    }

    /// Whether there is nothing to filter in a family.
    pub fn is_empty_in(&self, family: Family) -> bool {
        match family {
            Family::V4 => self.igmp.is_empty() && self.drop_v4.is_empty(),
            Family::V6 => self.mld.is_empty() && self.drop_v6.is_empty() && self.drop_link_local.is_empty(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_is_found_by_its_name() {
        let index_of = |name: &str| (name == "eth0.100").then_some(IfIndex(7));
        for text in [
            "net.ipv4.conf.all.rp_filter",
            "net.ipv4.conf.eth0.100.arp_ignore",
            "net.ipv6.conf.default.disable_ipv6",
        ] {
            assert_eq!(Sysctl::named(text, index_of).unwrap().to_string(), text);
        }
        for text in [
            "net.ipv4.conf.eth1.arp_ignore",
            "net.ipv4.conf.all.forwarding",
            "net.ipv4.conf.arp_ignore",
            "kernel.panic",
            "",
        ] {
            assert_eq!(Sysctl::named(text, index_of), None, "{text}");
        }
    }
}
