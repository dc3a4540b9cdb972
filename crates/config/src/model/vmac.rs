//! Interfaces that vipd makes on top of others, and the packet filter that goes with them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use types::{Family, MacAddr, Vrid};

/// An interface with an address of its own on top of another one: `use_vmac`. Its mode is private: siblings on the
/// same base do not reach each other, as on machines of their own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Vmac {
    /// Its name, 1 to 15 bytes.
    pub name: String,
    /// Name of the interface below.
    pub base: String,
    /// Its link-layer address.
    pub mac: MacAddr,
    /// `group`: the kernel's number for a group of interfaces; 0 is the default group.
    pub group: u32,
    /// Virtual IPv4 addresses go here: the base must not answer for them.
    pub ipv4: bool,
    /// The instance has IPv6 addresses, here or elsewhere; otherwise IPv6 is switched off on it.
    pub ipv6: bool,
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
