//! Rules of policy routing, as `ip rule` has them (ip-rule(8)).

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use types::{Cidr, Family};

use super::route::TABLE_MAIN;

/// One entry of `virtual_rules`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VirtualRule {
    /// The rule.
    pub rule: Rule,
    /// `no_track`: removal of the rule by somebody else is not our business.
    pub no_track: bool,
}

/// A rule. Two that are equal are one and the same for the kernel.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Rule {
    /// Family of the packets.
    pub family: Family,
    /// `preference`: the place among the rules; the least comes first.
    pub preference: u32,
    /// `not`: concerns packets that do not match.
    pub invert: bool,
    /// `from`; `None`: all.
    pub from: Option<Cidr>,
    /// `to`; `None`: all.
    pub to: Option<Cidr>,
    /// `tos`.
    pub tos: u8,
    /// `fwmark`: the mark, and the mask if one is given.
    pub mark: Option<(u32, Option<u32>)>,
    /// `iif`.
    pub input: Option<String>,
    /// `oif`.
    pub output: Option<String>,
    /// `tunnel-id`.
    pub tunnel_id: Option<u64>,
    /// `uidrange`: first and last.
    pub users: Option<(u32, u32)>,
    /// `ipproto`.
    pub ip_protocol: Option<u8>,
    /// `sport`: first and last.
    pub source_ports: Option<(u16, u16)>,
    /// `dport`: first and last.
    pub destination_ports: Option<(u16, u16)>,
    /// What is done.
    pub action: RuleAction,
    /// `realms`: that of the source in the upper half, that of the destination in the lower one.
    pub realms: Option<u32>,
    /// `suppress_prefixlength`.
    pub suppress_prefix_len: Option<u32>,
    /// `suppress_ifgroup`.
    pub suppress_group: Option<u32>,
    /// `protocol`: who has made the rule.
    pub protocol: u8,
}

/// What is done with a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub enum RuleAction {
    /// `lookup`: its route is looked for in this table.
    Lookup(u32),
    /// `l3mdev`: in the table of its VRF.
    L3mdev,
    /// `goto`: the rules from this preference on decide.
    Goto(u32),
    /// `nop`: the next rule decides.
    Nop,
    /// `blackhole`
    Blackhole,
    /// `unreachable`
    Unreachable,
    /// `prohibit`
    Prohibit,
}

impl Rule {
    /// A rule for all packets.
    pub const fn new(family: Family, preference: u32, action: RuleAction) -> Self {
        Self {
            family,
            preference,
            invert: false,
            from: None,
            to: None,
            tos: 0,
            mark: None,
            input: None,
            output: None,
            tunnel_id: None,
            users: None,
            ip_protocol: None,
            source_ports: None,
            destination_ports: None,
            action,
            realms: None,
            suppress_prefix_len: None,
            suppress_group: None,
            protocol: super::route::PROTOCOL,
        }
    }
}

impl fmt::Display for Rule {
    /// As an argument of `ip rule add`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut words: Vec<String> = Vec::new();
        words.extend(self.invert.then(|| "not".to_owned()));
        words.push(self.from.map_or_else(|| "from all".to_owned(), |from| format!("from {from}")));
        words.extend(self.to.map(|to| format!("to {to}")));
        words.extend((self.tos != 0).then(|| format!("tos {:#04x}", self.tos)));
        words.extend(self.mark.map(|(mark, mask)| match mask {
            Some(mask) => format!("fwmark {mark:#x}/{mask:#x}"),
            None => format!("fwmark {mark:#x}"),
        }));
        words.extend(self.input.as_ref().map(|name| format!("iif {name}")));
        words.extend(self.output.as_ref().map(|name| format!("oif {name}")));
        words.extend(self.tunnel_id.map(|id| format!("tun_id {id}")));
        words.extend(self.users.map(|(first, last)| format!("uidrange {first}-{last}")));
        words.extend(self.ip_protocol.map(|protocol| format!("ipproto {protocol}")));
        words.extend(self.source_ports.map(|ports| format!("sport {}", range(ports))));
        words.extend(self.destination_ports.map(|ports| format!("dport {}", range(ports))));
        words.push(match self.action {
            RuleAction::Lookup(TABLE_MAIN) => "lookup main".to_owned(),
            RuleAction::Lookup(table) => format!("lookup {table}"),
            RuleAction::L3mdev => "l3mdev".to_owned(),
            RuleAction::Goto(target) => format!("goto {target}"),
            RuleAction::Nop => "nop".to_owned(),
            RuleAction::Blackhole => "blackhole".to_owned(),
            RuleAction::Unreachable => "unreachable".to_owned(),
            RuleAction::Prohibit => "prohibit".to_owned(),
        });
        words.extend(self.realms.map(|realms| format!("realms {}/{}", realms >> 16, realms & 0xffff)));
        words.extend(self.suppress_prefix_len.map(|len| format!("suppress_prefixlength {len}")));
        words.extend(self.suppress_group.map(|group| format!("suppress_ifgroup {group}")));
        words.push(format!("pref {} protocol {}", self.preference, self.protocol));
        f.write_str(&words.join(" "))
    }
}

fn range((first, last): (u16, u16)) -> String {
    if first == last { first.to_string() } else { format!("{first}-{last}") }
}
