//! Interfaces that vipd makes on top of others, and the packet filter that goes with them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use types::{Cidr, Family, MacAddr, Vrid};

/// An interface of an instance's own on top of another one: `use_vmac` or `use_ipvlan`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Vmac {
    /// Its name, 1 to 15 bytes.
    pub name: String,
    /// Name of the interface below.
    pub base: String,
    /// What kind of interface it is.
    pub kind: VmacKind,
    /// `use_vmac` or `use_ipvlan` of the instance; otherwise made for single virtual addresses.
    pub main: bool,
    /// `group`: the kernel's number for a group of interfaces; 0 is the default group.
    pub group: u32,
    /// It serves IPv4: virtual addresses of a macvlan, advertisements of an ipvlan.
    pub ipv4: bool,
    /// The instance has IPv6 addresses, here or elsewhere; otherwise IPv6 is switched off on it.
    pub ipv6: bool,
}

/// The two kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub enum VmacKind {
    /// `use_vmac`: virtual addresses are here. Its mode is private: siblings on the same base do not reach each other, as
    /// on machines of their own.
    Macvlan {
        /// Its link-layer address.
        mac: MacAddr,
    },
    /// `use_ipvlan`: only advertisements leave and arrive here. Its link-layer address is that of the base.
    Ipvlan {
        /// How it reaches its siblings.
        mode: IpvlanMode,
        /// Is on it in every state, as the source of advertisements; `None`: its link-local address is.
        address: Option<Cidr>,
    },
}

/// How an ipvlan reaches others on the same base; one mode for all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize, JsonSchema)]
pub enum IpvlanMode {
    /// Directly.
    #[default]
    Bridge,
    /// Not at all.
    Private,
    /// Through the switch.
    Vepa,
}

impl Vmac {
    /// The address that RFC 9568 section 7.3 gives a virtual router.
    pub const fn rfc_mac(family: Family, vrid: Vrid) -> MacAddr {
        let family = match family {
            Family::V4 => 1,
            Family::V6 => 2,
        };
        MacAddr([0x00, 0x00, 0x5e, 0x00, family, vrid.get()])
    }

    /// The address that is on it in every state.
    pub const fn own_address(&self) -> Option<Cidr> {
        match self.kind {
            VmacKind::Macvlan { .. } => None,
            VmacKind::Ipvlan { address, .. } => address,
        }
    }

    /// Whether it has a link-layer address of its own.
    pub const fn is_macvlan(&self) -> bool {
        matches!(self.kind, VmacKind::Macvlan { .. })
    }
}

/// `nftables` and its relatives: where packets are filtered for `use_vmac` and `no_accept`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FilterSettings {
    /// `nftables`: name of the table, in the families ip and ip6.
    pub table: String,
    /// `nftables_priority` of the chains.
    pub priority: i32,
    /// `nftables_counters`.
    pub counters: bool,
}

impl Default for FilterSettings {
    fn default() -> Self {
        Self { table: "vipd".to_owned(), priority: -1, counters: false }
    }
}
