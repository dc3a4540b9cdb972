//! The interoperability matrix: every way in which two routers can be neighbours, and which of them are not possible.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::config::{Instance, file};

/// A program that speaks VRRP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Program {
    /// Ours.
    Vipd,
    /// Debian's keepalived.
    Keepalived,
}

/// The version of VRRP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// RFC 3768.
    V2,
    /// RFC 9568.
    V3,
}

/// The family of the addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// IPv4.
    Ipv4,
    /// IPv6.
    Ipv6,
}

/// Whom advertisements are sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// The group of all VRRP routers.
    Multicast,
    /// The other router alone.
    Unicast,
}

/// What else is configured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Nothing.
    Plain,
    /// `auth_type PASS`.
    Pass,
    /// `auth_type AH`.
    Ah,
    /// `use_vmac`.
    Vmac,
}

/// The neighbours: the better one has the higher priority.
pub const NEIGHBOURS: [(Program, Program); 3] = [
    (Program::Vipd, Program::Keepalived),
    (Program::Keepalived, Program::Vipd),
    (Program::Vipd, Program::Vipd),
];
const VERSIONS: [Version; 2] = [Version::V2, Version::V3];
const FAMILIES: [Family; 2] = [Family::Ipv4, Family::Ipv6];
const TRANSPORTS: [Transport; 2] = [Transport::Multicast, Transport::Unicast];
const FORMS: [Form; 4] = [Form::Plain, Form::Pass, Form::Ah, Form::Vmac];

/// One cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell {
    /// Who has priority 150.
    pub better: Program,
    /// Who has priority 100.
    pub other: Program,
    /// Both speak it.
    pub version: Version,
    /// Of the routers' own and of the virtual addresses.
    pub family: Family,
    /// Where advertisements go.
    pub transport: Transport,
    /// What else both have configured.
    pub form: Form,
}

/// Every combination, the impossible ones included.
pub fn combinations() -> Vec<Cell> {
    let mut cells = Vec::new();
    for (better, other) in NEIGHBOURS {
        for version in VERSIONS {
            for family in FAMILIES {
                for transport in TRANSPORTS {
                    for form in FORMS {
                        cells.push(Cell { better, other, version, family, transport, form });
                    }
                }
            }
        }
    }
    cells
}

/// Every cell that can be played.
pub fn possible() -> Vec<Cell> {
    combinations().into_iter().filter(|cell| cell.impossible().is_none()).collect()
}

/// Few cells in which every two values that occur together in any cell occur together.
pub fn representative() -> Vec<Cell> {
    let cells = possible();
    let mut uncovered: BTreeSet<_> = cells.iter().flat_map(|cell| cell.pairs()).collect();
    let mut chosen = Vec::new();
    let gain = |cell: &Cell, uncovered: &BTreeSet<_>| {
        cell.pairs().into_iter().filter(|pair| uncovered.contains(pair)).count()
    };
    while let Some(best) = cells.iter().max_by_key(|cell| gain(cell, &uncovered)) {
        if gain(best, &uncovered) == 0 {
            break;
        }
        for pair in best.pairs() {
            uncovered.remove(&pair);
        }
        chosen.push(*best);
    }
    chosen
}

impl Cell {
    /// Why no keepalived can be configured like this. `network::interop::impossible_cells` asks the real one.
    pub const fn impossible(self) -> Option<&'static str> {
        match (self.version, self.family, self.form) {
            (Version::V2, Family::Ipv6, _) => {
                Some("version 2 has no IPv6 (RFC 3768): keepalived speaks version 3")
            }
            (Version::V3, _, Form::Pass | Form::Ah) => {
                Some("version 3 has no authentication (RFC 9568 section 9): keepalived ignores the block")
            }
            (Version::V2 | Version::V3, Family::Ipv4 | Family::Ipv6, _) => None,
        }
    }

    /// `v2_ipv4_unicast_ah_vipd_beside_keepalived`; the better one first.
    pub fn name(self) -> String {
        let words = [
            format!("{:?}", self.version),
            format!("{:?}", self.family),
            format!("{:?}", self.transport),
            format!("{:?}", self.form),
            format!("{:?}", self.better),
        ];
        format!("{}_beside_{:?}", words.join("_"), self.other).to_lowercase()
    }

    /// The routers' own addresses, the better one's first.
    pub const fn own(self) -> [&'static str; 2] {
        match self.family {
            Family::Ipv4 => ["192.168.200.128", "192.168.200.129"],
            Family::Ipv6 => ["fe80::a", "fe80::b"],
        }
    }

    /// The virtual addresses, with their prefix lengths.
    pub const fn virtual_addresses(self) -> &'static [(&'static str, u8)] {
        match self.family {
            Family::Ipv4 => &[("192.168.200.100", 32), ("192.168.200.101", 24)],
            Family::Ipv6 => &[("fe80::100", 64), ("2001:db8::100", 64)],
        }
    }

    /// The configuration of the better router (0) or the other one (1).
    pub fn config(self, router: usize) -> String {
        let (number, every) = match self.version {
            Version::V2 => (2, "1"),
            Version::V3 => (3, "0.25"),
        };
        let addresses: Vec<_> =
            self.virtual_addresses().iter().map(|(address, length)| format!("{address}/{length}")).collect();
        let mut lines = match self.form {
            Form::Plain => String::new(),
            Form::Pass => "  authentication {\n    auth_type PASS\n    auth_pass 1111\n  }\n".to_owned(),
            Form::Ah => "  authentication {\n    auth_type AH\n    auth_pass secret\n  }\n".to_owned(),
            Form::Vmac => "  use_vmac\n".to_owned(),
        };
        if self.transport == Transport::Unicast {
            let [own, peer] = if router == 0 { self.own() } else { [self.own()[1], self.own()[0]] };
            let _ = write!(lines, "  unicast_src_ip {own}\n  unicast_peer {{\n    {peer}\n  }}\n");
            if self.form == Form::Vmac {
                // keepalived asks for it.
                lines.push_str("  vmac_xmit_base\n");
            }
        }
        let priority = if router == 0 { 150 } else { 100 };
        let instance = Instance { addresses, more: lines, ..Instance::priority(priority).every(every) };
        file(number, &[instance])
    }

    /// Every two values of it, each as (axis, value).
    fn pairs(self) -> Vec<[(usize, String); 2]> {
        let values = [
            format!("{:?} beside {:?}", self.better, self.other),
            format!("{:?}", self.version),
            format!("{:?}", self.family),
            format!("{:?}", self.transport),
            format!("{:?}", self.form),
        ];
        let values: Vec<_> = values.into_iter().enumerate().collect();
        let later = |axis: usize| values.iter().skip(axis + 1);
        let pairs = values.iter().flat_map(|one| later(one.0).map(|other| [one.clone(), other.clone()]));
        pairs.collect()
    }
}
