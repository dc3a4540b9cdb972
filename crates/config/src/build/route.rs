//! Entries of `virtual_routes` and `static_routes`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use types::{Cidr, Family};

use super::line::{Line, Read, Said, address, first_text, number, unsigned};
use super::names::Kind;
use crate::document::{Settings, Value};
use crate::model::{
    Encapsulation, Hop, MetricKind, NextHop, Placement, Route, RouteKind, RouteMetric, RoutePreference,
    Scope, Table, Tunnel,
};

/// The options that set a metric.
const METRICS: [(&str, MetricKind); 14] = [
    ("mtu", MetricKind::Mtu),
    ("window", MetricKind::Window),
    ("rtt", MetricKind::Rtt),
    ("rttvar", MetricKind::RttVar),
    ("ssthresh", MetricKind::SsThresh),
    ("cwnd", MetricKind::Cwnd),
    ("advmss", MetricKind::AdvMss),
    ("reordering", MetricKind::Reordering),
    ("hoplimit", MetricKind::HopLimit),
    ("initcwnd", MetricKind::InitCwnd),
    ("rto_min", MetricKind::RtoMin),
    ("initrwnd", MetricKind::InitRwnd),
    ("quickack", MetricKind::QuickAck),
    ("fastopen_no_cookie", MetricKind::FastOpenNoCookie),
];

/// The route of a line; `None` after a diagnostic.
pub(super) fn route(line: &mut Line<'_>) -> Read<Route> {
    let destination = destination(line)?;
    let mut route = Route::to(destination);
    route.kind = kind(line)?;
    route.from = prefix(line, "from", route.family)?;
    route.source = line.address("src");
    if route.source.is_some_and(|source| Family::of(source) != route.family) {
        return line.unusable("src", "the address is not of the route's family");
    }
    route.table = table(line)?;
    route.metric = ["metric", "priority", "preference"].iter().find_map(|name| line.number(name));
    route.tos = line.named_byte(&["tos", "dsfield"], Kind::Tos)?.unwrap_or(0);
    route.protocol = line.protocol()?;
    route.scope = line.named_byte(&["scope"], Kind::Scope)?.map_or_else(|| scope(&route), Scope);
    route.hop = hop(line, None)?;
    route.nexthops = nexthops(line, &mut route.hop)?;
    metrics(line, &mut route);
    route.expires_secs = line.number("expires");
    route.preference = line.word("pref").map(|word| match word {
        "low" => RoutePreference::Low,
        "high" => RoutePreference::High,
        _ => RoutePreference::Medium,
    });
    route.ttl_propagate = line.word("ttl-propagate").map(|word| word == "enabled");
    route.placement = match (line.has("add"), line.has("append")) {
        (true, _) => Placement::Alone,
        (false, true) => Placement::Append,
        (false, false) => Placement::Prepend,
    };
    check(line, &route)?;
    Ok(route)
}

fn destination(line: &mut Line<'_>) -> Read<Cidr> {
    let words = [line.text("(destination)"), line.text("to")];
    // The check of the document has said that it is missing.
    let text = words.into_iter().flatten().next().ok_or(Said)?.to_owned();
    if text != "default" {
        let cidr: Cidr = text.parse().map_err(|_| Said)?;
        let network = network(cidr);
        if network != cidr {
            line.adjusted(&format!("{text} has bits behind the prefix: {network} is taken"));
        }
        if line.has("inet") && cidr.family() == Family::V6 || line.has("inet6") && cidr.family() == Family::V4
        {
            let name = if line.has("inet") { "inet" } else { "inet6" };
            return line.unusable(name, "the destination is of the other family");
        }
        return Ok(network);
    }
    let addresses = [line.gateway(None), line.address("src"), line.prefix("from").map(|from| from.addr)];
    let by_address = addresses.into_iter().flatten().map(Family::of).next();
    let family = match (line.has("inet6"), line.has("inet")) {
        (true, _) => Family::V6,
        (false, true) => Family::V4,
        (false, false) => by_address.unwrap_or(Family::V4),
    };
    Ok(any(family))
}

/// All addresses of a family.
const fn any(family: Family) -> Cidr {
    match family {
        Family::V4 => Cidr { addr: IpAddr::V4(Ipv4Addr::UNSPECIFIED), prefix_len: 0 },
        Family::V6 => Cidr { addr: IpAddr::V6(Ipv6Addr::UNSPECIFIED), prefix_len: 0 },
    }
}

/// The prefix without the bits behind it, which the kernel does not accept.
pub(super) fn network(cidr: Cidr) -> Cidr {
    let addr = match cidr.addr {
        IpAddr::V4(addr) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(cidr.prefix_len)).unwrap_or(0);
            Ipv4Addr::from_bits(addr.to_bits() & mask).into()
        }
        IpAddr::V6(addr) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(cidr.prefix_len)).unwrap_or(0);
            Ipv6Addr::from_bits(addr.to_bits() & mask).into()
        }
    };
    Cidr { addr, prefix_len: cidr.prefix_len }
}

fn kind(line: &mut Line<'_>) -> Read<RouteKind> {
    let kind = match line.text("(type)") {
        None | Some("unicast") => RouteKind::Unicast,
        Some("local") => RouteKind::Local,
        Some("broadcast" | "brd") => RouteKind::Broadcast,
        Some("anycast") => RouteKind::Anycast,
        Some("multicast") => RouteKind::Multicast,
        Some("throw") => RouteKind::Throw,
        Some("unreachable") => RouteKind::Unreachable,
        Some("prohibit") => RouteKind::Prohibit,
        Some("blackhole") => RouteKind::Blackhole,
        Some(_) => return line.unusable("(type)", "Linux has no routes of this type (any more)"),
    };
    Ok(kind)
}

/// What keepalived makes of a route without a scope, except for the kinds that the kernel refuses with it.
const fn scope(route: &Route) -> Scope {
    match (route.family, route.kind) {
        (Family::V4, RouteKind::Local) => Scope::HOST,
        (Family::V4, RouteKind::Broadcast | RouteKind::Anycast | RouteKind::Multicast) => Scope::LINK,
        (
            Family::V4,
            RouteKind::Unicast
            | RouteKind::Throw
            | RouteKind::Unreachable
            | RouteKind::Prohibit
            | RouteKind::Blackhole,
        )
        | (Family::V6, _) => Scope::GLOBAL,
    }
}

fn prefix(line: &mut Line<'_>, name: &str, family: Family) -> Read<Option<Cidr>> {
    let Some(cidr) = line.prefix(name) else { return Ok(None) };
    if family == Family::V4 {
        return line.unusable(name, "the kernel has routes by source address for IPv6 only; use a rule");
    }
    Ok(Some(network(cidr)).filter(|cidr| cidr.prefix_len > 0))
}

fn table(line: &mut Line<'_>) -> Read<Table> {
    if let Some(vrf) = line.text("vrf") {
        if line.has("table") {
            line.ignored("table", "stands beside `vrf`, whose table counts");
        }
        return Ok(Table::Vrf(vrf.to_owned()));
    }
    Ok(Table::Number(line.named(&["table"], Kind::Table)?.unwrap_or(crate::model::TABLE_MAIN)))
}

/// The way that the line (or one `nexthop` of it) says.
fn hop(line: &mut Line<'_>, inner: Option<&Settings>) -> Read<Hop> {
    let realms = match line.within(inner, "realms") {
        Some(Value::Text(text)) => Some(line.realms(&text.clone())?),
        Some(_) | None => None,
    };
    let interface = ["dev", "oif"].iter().find_map(|name| line.text_within(inner, name)).map(str::to_owned);
    let encapsulation = match line.within(inner, "encap") {
        Some(Value::Block(options)) => {
            let options = options.clone();
            Some(encapsulation(line, &options)?)
        }
        Some(_) | None => None,
    };
    Ok(Hop {
        gateway: line.gateway(inner),
        interface,
        onlink: line.within(inner, "onlink").is_some(),
        encapsulation,
        realms,
    })
}

/// The several ways: of `nexthop`, or of `via` and `or`, which are older.
fn nexthops(line: &mut Line<'_>, only: &mut Hop) -> Read<Vec<NextHop>> {
    let mut several = Vec::new();
    for inner in line.blocks("nexthop") {
        let weight = inner.get("weight").and_then(|setting| number(&setting.value)).unwrap_or(1);
        let weight = u16::try_from(weight).unwrap_or(u16::MAX);
        several.push(NextHop { hop: hop(line, Some(&inner))?, weight });
    }
    let alternatives = line.addresses("or");
    if !several.is_empty() && (only.gateway.is_some() || only.interface.is_some() || !alternatives.is_empty())
    {
        return line.unusable("nexthop", "it stands beside another gateway or interface");
    }
    if !alternatives.is_empty() {
        let written = std::mem::take(only);
        let beside = |gateway| NextHop { hop: Hop { gateway: Some(gateway), ..written.clone() }, weight: 1 };
        several.extend(written.gateway.map(beside));
        several.extend(alternatives.into_iter().map(beside));
    }
    Ok(several)
}

fn metrics(line: &Line<'_>, route: &mut Route) {
    for (name, kind) in METRICS {
        let Some((value, lock)) = line.lockable(name, kind.parts_of_ms().into()) else { continue };
        route.metrics.push(RouteMetric { kind, value, lock });
    }
    if line.has("features") {
        route.metrics.push(RouteMetric { kind: MetricKind::Features, value: 1, lock: false });
    }
    route.metrics.sort_by_key(|metric| metric.kind);
    route.congestion_control = line.words("congctl").map(|words| match words.as_slice() {
        [lock, name] if *lock == "lock" => ((*name).to_owned(), true),
        words => (words.last().copied().unwrap_or_default().to_owned(), false),
    });
}

fn encapsulation(line: &mut Line<'_>, options: &Settings) -> Read<Encapsulation> {
    let find = |name: &str| options.get(name).map(|setting| &setting.value);
    if let Some(Value::Text(labels)) = find("mpls") {
        let labels = labels.split('/').filter_map(unsigned).filter_map(|n| u32::try_from(n).ok());
        return Ok(Encapsulation::Mpls(labels.collect()));
    }
    if let Some(Value::Text(locator)) = find("ila") {
        return match locator_of(locator) {
            Some(locator) => Ok(Encapsulation::Ila(locator)),
            None => {
                line.unusable("encap", "a locator is four groups of hexadecimal digits with `:` between them")
            }
        };
    }
    let v6 = find("(type)").and_then(first_text) == Some("ip6");
    let numbers = |name| find(name).and_then(number);
    let byte = |name| numbers(name).and_then(|number| u8::try_from(number).ok());
    let (tos, ttl) = (byte("tos").or(byte("tc")), byte("ttl").or(byte("hoplimit")));
    let id = numbers("id");
    let flags = numbers("flags").and_then(|flags| u16::try_from(flags).ok());
    let ends = ["src", "dst"].map(|name| find(name).and_then(address));
    if ends.iter().flatten().any(|end| end.is_ipv6() != v6) {
        return line.unusable("encap", "an end of the tunnel is of the other address family");
    }
    Ok(if v6 {
        let [source, destination] = ends.map(|end| end.and_then(v6_of));
        Encapsulation::Ip6(Tunnel { id, source, destination, tos, ttl, flags })
    } else {
        let [source, destination] = ends.map(|end| end.and_then(v4_of));
        Encapsulation::Ip(Tunnel { id, source, destination, tos, ttl, flags })
    })
}

const fn v4_of(address: IpAddr) -> Option<Ipv4Addr> {
    if let IpAddr::V4(address) = address { Some(address) } else { None }
}

const fn v6_of(address: IpAddr) -> Option<Ipv6Addr> {
    if let IpAddr::V6(address) = address { Some(address) } else { None }
}

/// `1:2:3:4`, as `ip route` writes a 64-bit locator.
fn locator_of(text: &str) -> Option<u64> {
    let mut groups = text.split(':').map(|group| u16::from_str_radix(group, 16).ok());
    let mut next = || groups.next().flatten().map(u64::from);
    let locator = next()? << 48 | next()? << 32 | next()? << 16 | next()?;
    groups.next().is_none().then_some(locator)
}

/// What would be another route, or none that the kernel can have.
fn check(line: &mut Line<'_>, route: &Route) -> Read<()> {
    let leads = route.hops().any(|hop| hop.gateway.is_some() || hop.interface.is_some());
    if route.kind.has_way() && !leads {
        return line.unusable("(destination)", "it leads nowhere: add `via GATEWAY` or `dev INTERFACE`");
    }
    if !route.kind.has_way() && route.hops().any(|hop| hop.gateway.is_some()) {
        return line.unusable("via", "a route of this type has no gateway");
    }
    let v6_only = [route.expires_secs.is_some().then_some("expires"), route.preference.map(|_| "pref")];
    if let (Family::V4, Some(name)) = (route.family, v6_only.into_iter().flatten().next()) {
        line.ignored(name, "is for IPv6 routes only");
    }
    if route.family == Family::V6
        && route.hops().any(|hop| hop.gateway.is_some_and(|gateway| gateway.is_ipv4()))
    {
        return line.unusable("via", "an IPv6 route cannot have an IPv4 gateway");
    }
    Ok(())
}
