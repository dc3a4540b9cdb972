//! Messages of the kernel about routes and rules.

#![allow(clippy::wildcard_enum_match_arm, reason = "these enums grow with the kernel")]

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use config::model::{RouteKind, Rule, RuleAction};
use engine::api::{PathNews, Seen};
use netlink_packet_core::Parseable;
use netlink_packet_route::AddressFamily;
use netlink_packet_route::route::{RouteAddress, RouteAttribute, RouteMessage, RouteType, RouteVia};
use netlink_packet_route::rule::{self, RuleAttribute, RuleFlags, RuleMessage};
use types::{Cidr, Family, IfIndex};

/// FRA_SUPPRESS_PREFIXLEN and FRA_SUPPRESS_IFGROUP of a rule that has none.
const NONE: u32 = u32::MAX;
/// The mask of a mark of which all bits count.
const ALL_BITS: u32 = u32::MAX;

/// A route with its protocol.
pub(super) fn route(payload: &[u8]) -> Option<(Seen, u8)> {
    let message = RouteMessage::parse(payload).ok()?;
    let header = &message.header;
    let family = family(header.address_family)?;
    let (mut destination, mut from) = (unspecified(family), unspecified(family));
    let (mut table, mut metric) = (u32::from(header.table), 0);
    let mut only = (None, None);
    let mut several = Vec::new();
    for attribute in &message.attributes {
        match attribute {
            RouteAttribute::Destination(address) => destination = ip(address)?,
            RouteAttribute::Source(address) => from = ip(address)?,
            RouteAttribute::Table(number) => table = *number,
            RouteAttribute::Priority(number) => metric = *number,
            RouteAttribute::MultiPath(hops) => {
                several = hops
                    .iter()
                    .map(|hop| {
                        let gateway = hop.attributes.iter().find_map(gateway);
                        (gateway, Some(IfIndex(hop.interface_index)))
                    })
                    .collect();
            }
            RouteAttribute::Oif(number) => only.1 = Some(IfIndex(*number)),
            other => only.0 = only.0.or(gateway(other)),
        }
    }
    let from = Cidr { addr: from, prefix_len: header.source_prefix_length };
    let seen = Seen::Route {
        table,
        destination: Cidr { addr: destination, prefix_len: header.destination_prefix_length },
        from: Some(from).filter(|from| from.prefix_len > 0),
        metric,
        tos: header.tos,
        kind: kind(header.kind),
        hops: if several.is_empty() { vec![only] } else { several },
    };
    Some((seen, header.protocol.into()))
}

/// What a notification about a route may mean for us.
pub(super) fn route_news(payload: &[u8]) -> Option<PathNews> {
    match route(payload)?.0 {
        Seen::Route { table, destination, .. } => Some(PathNews::Route { table, destination }),
        Seen::Rule(_) => None,
    }
}

/// The same about a rule.
pub(super) fn rule_news(payload: &[u8]) -> Option<PathNews> {
    rule(payload).map(|rule| PathNews::Rule { family: rule.family, preference: rule.preference })
}

/// A rule.
pub(super) fn rule(payload: &[u8]) -> Option<Rule> {
    let message = RuleMessage::parse(payload).ok()?;
    let header = &message.header;
    let family = family(header.family)?;
    let mut rule = Rule::new(family, 0, action(header.action));
    rule.protocol = 0;
    rule.invert = header.flags.contains(RuleFlags::Invert);
    rule.tos = header.tos;
    let mut table = u32::from(header.table);
    for attribute in &message.attributes {
        match attribute {
            RuleAttribute::Priority(number) => rule.preference = *number,
            RuleAttribute::Protocol(protocol) => rule.protocol = u8::from(*protocol),
            RuleAttribute::Source(addr) => rule.from = Some(Cidr { addr: *addr, prefix_len: header.src_len }),
            RuleAttribute::Destination(addr) => {
                rule.to = Some(Cidr { addr: *addr, prefix_len: header.dst_len });
            }
            RuleAttribute::Table(number) => table = *number,
            RuleAttribute::Goto(target) => rule.action = RuleAction::Goto(*target),
            RuleAttribute::L3MDev(true) => rule.action = RuleAction::L3mdev,
            RuleAttribute::FwMark(mark) => rule.mark = Some((*mark, rule.mark.and_then(|(_, mask)| mask))),
            RuleAttribute::FwMask(mask) => {
                let mask = Some(*mask).filter(|mask| *mask != ALL_BITS);
                rule.mark = Some((rule.mark.map_or(0, |(mark, _)| mark), mask));
            }
            RuleAttribute::Iifname(name) => rule.input = Some(name.clone()),
            RuleAttribute::Oifname(name) => rule.output = Some(name.clone()),
            RuleAttribute::TunId(id) => rule.tunnel_id = Some(*id),
            RuleAttribute::UidRange(range) => rule.users = Some((range.start, range.end)),
            RuleAttribute::IpProtocol(protocol) => {
                rule.ip_protocol = u8::try_from(i32::from(*protocol)).ok();
            }
            RuleAttribute::SourcePortRange(range) => rule.source_ports = Some((range.start, range.end)),
            RuleAttribute::DestinationPortRange(range) => {
                rule.destination_ports = Some((range.start, range.end));
            }
            RuleAttribute::Realm(realm) => {
                rule.realms = Some(u32::from(realm.source) << 16 | u32::from(realm.destination));
            }
            RuleAttribute::SuppressPrefixLen(len) => {
                rule.suppress_prefix_len = Some(*len).filter(|len| *len != NONE);
            }
            RuleAttribute::SuppressIfGroup(group) => {
                rule.suppress_group = Some(*group).filter(|group| *group != NONE);
            }
            _ => {}
        }
    }
    if matches!(rule.action, RuleAction::Lookup(_)) {
        rule.action = RuleAction::Lookup(table);
    }
    Some(rule)
}

/// The protocol of a route, from the header alone.
pub(super) fn protocol(payload: &[u8]) -> Option<u8> {
    payload.get(5).copied()
}

fn action(action: rule::RuleAction) -> RuleAction {
    match action {
        rule::RuleAction::Goto => RuleAction::Goto(0),
        rule::RuleAction::Nop => RuleAction::Nop,
        rule::RuleAction::Blackhole => RuleAction::Blackhole,
        rule::RuleAction::Unreachable => RuleAction::Unreachable,
        rule::RuleAction::Prohibit => RuleAction::Prohibit,
        _ => RuleAction::Lookup(0),
    }
}

const fn kind(kind: RouteType) -> Option<RouteKind> {
    match kind {
        RouteType::Unicast => Some(RouteKind::Unicast),
        RouteType::Local => Some(RouteKind::Local),
        RouteType::Broadcast => Some(RouteKind::Broadcast),
        RouteType::Anycast => Some(RouteKind::Anycast),
        RouteType::Multicast => Some(RouteKind::Multicast),
        RouteType::Throw => Some(RouteKind::Throw),
        RouteType::Unreachable => Some(RouteKind::Unreachable),
        RouteType::Prohibit => Some(RouteKind::Prohibit),
        RouteType::BlackHole => Some(RouteKind::Blackhole),
        _ => None,
    }
}

fn gateway(attribute: &RouteAttribute) -> Option<IpAddr> {
    match attribute {
        RouteAttribute::Gateway(address) => ip(address),
        RouteAttribute::Via(RouteVia::Inet(address)) => Some((*address).into()),
        RouteAttribute::Via(RouteVia::Inet6(address)) => Some((*address).into()),
        _ => None,
    }
}

const fn ip(address: &RouteAddress) -> Option<IpAddr> {
    match address {
        RouteAddress::Inet(address) => Some(IpAddr::V4(*address)),
        RouteAddress::Inet6(address) => Some(IpAddr::V6(*address)),
        _ => None,
    }
}

const fn unspecified(family: Family) -> IpAddr {
    match family {
        Family::V4 => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        Family::V6 => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
    }
}

const fn family(family: AddressFamily) -> Option<Family> {
    match family {
        AddressFamily::Inet => Some(Family::V4),
        AddressFamily::Inet6 => Some(Family::V6),
        _ => None,
    }
}
