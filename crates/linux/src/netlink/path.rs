//! Requests that add and remove routes and rules.

use std::net::IpAddr;

use config::model::{
    Encapsulation, Hop, MetricKind, Placement, Route, RouteKind, RouteMetric, RoutePreference, Rule,
    RuleAction,
};
use engine::api::{Leftover, Path, PathOp, RouteSpec, Seen};
use netlink_packet_core::{
    DefaultNla, Emitable, NLM_F_ACK, NLM_F_APPEND, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REQUEST,
};
use netlink_packet_route::route::{
    self as wire, RouteAddress, RouteAttribute, RouteFlags, RouteHeader, RouteIp6Tunnel, RouteIp6TunnelFlags,
    RouteIpTunnel, RouteIpTunnelFlags, RouteLwEnCapType, RouteLwTunnelEncap, RouteMessage, RouteMplsIpTunnel,
    RouteMplsTtlPropagation, RouteNextHop, RouteNextHopFlags, RouteRealm, RouteType, RouteVia,
};
use netlink_packet_route::rule::{
    self, RuleAttribute, RuleFlags, RuleHeader, RuleMessage, RulePortRange, RuleUidRange,
};
use netlink_packet_route::{AddressFamily, IpProtocol};
use types::{Cidr, Family};

use super::route;

/// ILA_ATTR_LOCATOR.
const ILA_LOCATOR: u16 = 1;
/// RTAX_CC_ALGO, as a bit of RTAX_LOCK.
const LOCK_CONGESTION_CONTROL: u32 = 1 << 16;

/// A message that is there as bytes already.
struct Raw<'a>(&'a [u8]);

impl Emitable for Raw<'_> {
    fn buffer_len(&self) -> usize {
        self.0.len()
    }

    fn emit(&self, buffer: &mut [u8]) {
        buffer[..self.0.len()].copy_from_slice(self.0);
    }
}

/// Appends one request to `out`.
pub(super) fn operation(out: &mut Vec<u8>, op: &PathOp, sequence: u32, answer: bool) {
    let flags = NLM_F_REQUEST | if answer { NLM_F_ACK } else { 0 };
    match op {
        PathOp::Add(path) => match &**path {
            Path::Route(spec) => {
                let place = match spec.route.placement {
                    Placement::Prepend => 0,
                    Placement::Append => NLM_F_APPEND,
                    Placement::Alone => NLM_F_EXCL,
                };
                let flags = flags | NLM_F_CREATE | place;
                route::append(out, libc::RTM_NEWROUTE, flags, sequence, &route_message(spec));
            }
            Path::Rule(rule) => {
                // Without NLM_F_EXCL the kernel would take the same rule twice.
                let flags = flags | NLM_F_CREATE | NLM_F_EXCL;
                route::append(out, libc::RTM_NEWRULE, flags, sequence, &rule_message(rule));
            }
            Path::Leftover(leftover) => {
                let kind = if is_route(leftover) { libc::RTM_NEWROUTE } else { libc::RTM_NEWRULE };
                route::append(out, kind, flags | NLM_F_CREATE | NLM_F_EXCL, sequence, &Raw(&leftover.raw));
            }
        },
        PathOp::Remove(path) => match &**path {
            Path::Route(spec) => {
                route::append(out, libc::RTM_DELROUTE, flags, sequence, &route_message(spec));
            }
            Path::Rule(rule) => route::append(out, libc::RTM_DELRULE, flags, sequence, &rule_message(rule)),
            Path::Leftover(leftover) => {
                let kind = if is_route(leftover) { libc::RTM_DELROUTE } else { libc::RTM_DELRULE };
                route::append(out, kind, flags, sequence, &Raw(&leftover.raw));
            }
        },
    }
}

const fn is_route(leftover: &Leftover) -> bool {
    matches!(leftover.seen, Seen::Route { .. })
}

/// A request for all routes of a family with this protocol.
pub(super) fn routes_by(family: Family, protocol: u8) -> RouteMessage {
    let mut message = RouteMessage::default();
    message.header.address_family = address_family(family);
    message.header.protocol = protocol.into();
    message
}

/// A request for all rules of a family.
pub(super) fn rules_of(family: Family) -> RuleMessage {
    let mut message = RuleMessage::default();
    message.header.family = address_family(family);
    message
}

fn route_message(spec: &RouteSpec) -> RouteMessage {
    let route = &spec.route;
    let mut message = RouteMessage::default();
    message.header = RouteHeader {
        address_family: address_family(route.family),
        destination_prefix_length: route.destination.prefix_len,
        source_prefix_length: route.from.map_or(0, |from| from.prefix_len),
        tos: route.tos,
        table: u8::try_from(spec.table).unwrap_or(RouteHeader::RT_TABLE_UNSPEC),
        protocol: route.protocol.into(),
        scope: route.scope.0.into(),
        kind: route_type(route.kind),
        flags: if route.nexthops.is_empty() && route.hop.onlink {
            RouteFlags::Onlink
        } else {
            RouteFlags::empty()
        },
    };
    let attributes = &mut message.attributes;
    if route.destination.prefix_len > 0 {
        attributes.push(RouteAttribute::Destination(address(route.destination.addr)));
    }
    attributes.extend(route.from.map(|from| RouteAttribute::Source(address(from.addr))));
    attributes.push(RouteAttribute::Table(spec.table));
    attributes.extend(route.metric.map(RouteAttribute::Priority));
    attributes.extend(route.source.map(|source| RouteAttribute::PrefSource(address(source))));
    if route.nexthops.is_empty() {
        let interface = spec.interfaces.first().copied().flatten();
        attributes.extend(interface.map(|interface| RouteAttribute::Oif(interface.0)));
        way(attributes, route.family, &route.hop);
    } else {
        let hops = route.nexthops.iter().zip(&spec.interfaces).map(|(next, interface)| {
            let mut hop = RouteNextHop::default();
            hop.flags.set(RouteNextHopFlags::Onlink, next.hop.onlink);
            hop.hops = u8::try_from(next.weight.saturating_sub(1)).unwrap_or(u8::MAX);
            hop.interface_index = interface.map_or(0, |interface| interface.0);
            way(&mut hop.attributes, route.family, &next.hop);
            hop
        });
        attributes.push(RouteAttribute::MultiPath(hops.collect()));
    }
    details(attributes, route);
    message
}

/// What a way says beside its interface.
fn way(attributes: &mut Vec<RouteAttribute>, family: Family, hop: &Hop) {
    attributes.extend(hop.gateway.map(|gateway| match (family, gateway) {
        (Family::V4, IpAddr::V6(gateway)) => RouteAttribute::Via(RouteVia::Inet6(gateway)),
        (Family::V4 | Family::V6, gateway) => RouteAttribute::Gateway(address(gateway)),
    }));
    attributes.extend(hop.realms.map(|realms| RouteAttribute::Realm(realm(realms))));
    if let Some(encapsulation) = &hop.encapsulation {
        let (kind, inner) = tunnel(encapsulation);
        attributes.extend([RouteAttribute::Encap(inner), RouteAttribute::EncapType(kind)]);
    }
}

fn details(attributes: &mut Vec<RouteAttribute>, route: &Route) {
    let mut metrics: Vec<wire::RouteMetric> = route.metrics.iter().copied().map(metric).collect();
    let mut lock = route.metrics.iter().filter(|m| m.lock).fold(0, |lock, m| lock | lock_bit(m.kind));
    if let Some((name, locked)) = &route.congestion_control {
        metrics.push(wire::RouteMetric::CcAlgo(name.clone()));
        lock |= if *locked { LOCK_CONGESTION_CONTROL } else { 0 };
    }
    if lock != 0 {
        metrics.push(wire::RouteMetric::Lock(lock));
    }
    if !metrics.is_empty() {
        attributes.push(RouteAttribute::Metrics(metrics));
    }
    attributes.extend(route.expires_secs.map(RouteAttribute::Expires));
    attributes.extend(route.preference.map(|preference| {
        RouteAttribute::Preference(match preference {
            RoutePreference::Low => wire::RoutePreference::Low,
            RoutePreference::Medium => wire::RoutePreference::Medium,
            RoutePreference::High => wire::RoutePreference::High,
        })
    }));
    attributes.extend(route.ttl_propagate.map(|on| {
        let propagation =
            if on { RouteMplsTtlPropagation::Enabled } else { RouteMplsTtlPropagation::Disabled };
        RouteAttribute::TtlPropagate(propagation)
    }));
}

fn metric(metric: RouteMetric) -> wire::RouteMetric {
    use wire::RouteMetric as Wire;
    let value = metric.value;
    match metric.kind {
        MetricKind::Mtu => Wire::Mtu(value),
        MetricKind::Window => Wire::Window(value),
        MetricKind::Rtt => Wire::Rtt(value),
        MetricKind::RttVar => Wire::RttVar(value),
        MetricKind::SsThresh => Wire::SsThresh(value),
        MetricKind::Cwnd => Wire::Cwnd(value),
        MetricKind::AdvMss => Wire::Advmss(value),
        MetricKind::Reordering => Wire::Reordering(value),
        MetricKind::HopLimit => Wire::Hoplimit(value),
        MetricKind::InitCwnd => Wire::InitCwnd(value),
        MetricKind::Features => Wire::Features(value),
        MetricKind::RtoMin => Wire::RtoMin(value),
        MetricKind::InitRwnd => Wire::InitRwnd(value),
        MetricKind::QuickAck => Wire::QuickAck(value),
        MetricKind::FastOpenNoCookie => Wire::FastopenNoCookie(value),
    }
}

/// 1 << RTAX_…
const fn lock_bit(kind: MetricKind) -> u32 {
    1 << match kind {
        MetricKind::Mtu => 2,
        MetricKind::Window => 3,
        MetricKind::Rtt => 4,
        MetricKind::RttVar => 5,
        MetricKind::SsThresh => 6,
        MetricKind::Cwnd => 7,
        MetricKind::AdvMss => 8,
        MetricKind::Reordering => 9,
        MetricKind::HopLimit => 10,
        MetricKind::InitCwnd => 11,
        MetricKind::Features => 12,
        MetricKind::RtoMin => 13,
        MetricKind::InitRwnd => 14,
        MetricKind::QuickAck => 15,
        MetricKind::FastOpenNoCookie => 17,
    }
}

fn tunnel(encapsulation: &Encapsulation) -> (RouteLwEnCapType, Vec<RouteLwTunnelEncap>) {
    match encapsulation {
        Encapsulation::Ip(tunnel) => {
            let mut inner = Vec::new();
            inner.extend(tunnel.id.map(RouteIpTunnel::Id));
            inner.extend(tunnel.destination.map(RouteIpTunnel::Destination));
            inner.extend(tunnel.source.map(RouteIpTunnel::Source));
            inner.extend(tunnel.tos.map(RouteIpTunnel::Tos));
            inner.extend(tunnel.ttl.map(RouteIpTunnel::Ttl));
            let flags = tunnel.flags.map(RouteIpTunnelFlags::from_bits_retain);
            inner.extend(flags.map(RouteIpTunnel::Flags));
            (RouteLwEnCapType::Ip, inner.into_iter().map(RouteLwTunnelEncap::Ip).collect())
        }
        Encapsulation::Ip6(tunnel) => {
            let mut inner = Vec::new();
            inner.extend(tunnel.id.map(RouteIp6Tunnel::Id));
            inner.extend(tunnel.destination.map(RouteIp6Tunnel::Destination));
            inner.extend(tunnel.source.map(RouteIp6Tunnel::Source));
            inner.extend(tunnel.tos.map(RouteIp6Tunnel::Tc));
            inner.extend(tunnel.ttl.map(RouteIp6Tunnel::Hoplimit));
            let flags = tunnel.flags.map(RouteIp6TunnelFlags::from_bits_retain);
            inner.extend(flags.map(RouteIp6Tunnel::Flags));
            (RouteLwEnCapType::Ip6, inner.into_iter().map(RouteLwTunnelEncap::Ip6).collect())
        }
        Encapsulation::Mpls(labels) => {
            let last = labels.len().saturating_sub(1);
            let stack = labels.iter().enumerate().map(|(place, label)| wire::MplsLabel {
                label: *label,
                traffic_class: 0,
                bottom_of_stack: place == last,
                ttl: 0,
            });
            let destination = RouteMplsIpTunnel::Destination(stack.collect());
            (RouteLwEnCapType::Mpls, vec![RouteLwTunnelEncap::Mpls(destination)])
        }
        Encapsulation::Ila(locator) => {
            let locator = DefaultNla::new(ILA_LOCATOR, locator.to_be_bytes().to_vec());
            (RouteLwEnCapType::Ila, vec![RouteLwTunnelEncap::Other(locator)])
        }
    }
}

fn rule_message(rule: &Rule) -> RuleMessage {
    let (action, table) = match rule.action {
        RuleAction::Lookup(table) => (rule::RuleAction::ToTable, table),
        RuleAction::L3mdev => (rule::RuleAction::ToTable, 0),
        RuleAction::Goto(_) => (rule::RuleAction::Goto, 0),
        RuleAction::Nop => (rule::RuleAction::Nop, 0),
        RuleAction::Blackhole => (rule::RuleAction::Blackhole, 0),
        RuleAction::Unreachable => (rule::RuleAction::Unreachable, 0),
        RuleAction::Prohibit => (rule::RuleAction::Prohibit, 0),
    };
    let mut message = RuleMessage::default();
    message.header = RuleHeader {
        family: address_family(rule.family),
        dst_len: rule.to.map_or(0, |to| to.prefix_len),
        src_len: rule.from.map_or(0, |from| from.prefix_len),
        tos: rule.tos,
        table: u8::try_from(table).unwrap_or(0),
        action,
        flags: if rule.invert { RuleFlags::Invert } else { RuleFlags::empty() },
    };
    let attributes = &mut message.attributes;
    attributes.push(RuleAttribute::Priority(rule.preference));
    attributes.push(RuleAttribute::Protocol(rule.protocol.into()));
    let prefix = |cidr: Option<Cidr>| cidr.filter(|cidr| cidr.prefix_len > 0).map(|cidr| cidr.addr);
    attributes.extend(prefix(rule.from).map(RuleAttribute::Source));
    attributes.extend(prefix(rule.to).map(RuleAttribute::Destination));
    match rule.action {
        RuleAction::Lookup(table) => attributes.push(RuleAttribute::Table(table)),
        RuleAction::L3mdev => attributes.push(RuleAttribute::L3MDev(true)),
        RuleAction::Goto(target) => attributes.push(RuleAttribute::Goto(target)),
        RuleAction::Nop | RuleAction::Blackhole | RuleAction::Unreachable | RuleAction::Prohibit => {}
    }
    matches(attributes, rule);
    attributes.extend(rule.realms.map(|realms| RuleAttribute::Realm(realm(realms))));
    attributes.extend(rule.suppress_prefix_len.map(RuleAttribute::SuppressPrefixLen));
    attributes.extend(rule.suppress_group.map(RuleAttribute::SuppressIfGroup));
    message
}

/// Which packets the rule is for.
fn matches(attributes: &mut Vec<RuleAttribute>, rule: &Rule) {
    if let Some((mark, mask)) = rule.mark {
        attributes.push(RuleAttribute::FwMark(mark));
        attributes.extend(mask.map(RuleAttribute::FwMask));
    }
    attributes.extend(rule.input.clone().map(RuleAttribute::Iifname));
    attributes.extend(rule.output.clone().map(RuleAttribute::Oifname));
    attributes.extend(rule.tunnel_id.map(RuleAttribute::TunId));
    attributes.extend(rule.users.map(|(start, end)| RuleAttribute::UidRange(RuleUidRange { start, end })));
    let protocol = |protocol| RuleAttribute::IpProtocol(IpProtocol::from(i32::from(protocol)));
    attributes.extend(rule.ip_protocol.map(protocol));
    let range = |(start, end)| RulePortRange { start, end };
    attributes.extend(rule.source_ports.map(|ports| RuleAttribute::SourcePortRange(range(ports))));
    attributes.extend(rule.destination_ports.map(|ports| RuleAttribute::DestinationPortRange(range(ports))));
}

const fn realm(realms: u32) -> RouteRealm {
    RouteRealm { source: (realms >> 16) as u16, destination: (realms & 0xffff) as u16 }
}

const fn address(address: IpAddr) -> RouteAddress {
    match address {
        IpAddr::V4(address) => RouteAddress::Inet(address),
        IpAddr::V6(address) => RouteAddress::Inet6(address),
    }
}

const fn address_family(family: Family) -> AddressFamily {
    match family {
        Family::V4 => AddressFamily::Inet,
        Family::V6 => AddressFamily::Inet6,
    }
}

const fn route_type(kind: RouteKind) -> RouteType {
    match kind {
        RouteKind::Unicast => RouteType::Unicast,
        RouteKind::Local => RouteType::Local,
        RouteKind::Broadcast => RouteType::Broadcast,
        RouteKind::Anycast => RouteType::Anycast,
        RouteKind::Multicast => RouteType::Multicast,
        RouteKind::Throw => RouteType::Throw,
        RouteKind::Unreachable => RouteType::Unreachable,
        RouteKind::Prohibit => RouteType::Prohibit,
        RouteKind::Blackhole => RouteType::BlackHole,
    }
}
