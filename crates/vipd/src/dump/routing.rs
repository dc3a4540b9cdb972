//! Virtual routes and rules in keepalived's words, as 2.2.7 writes them.

use std::fmt::Write as _;
use std::net::IpAddr;

use config::model::{
    Hop, MetricKind, PROTOCOL, Placement, RouteKind, RouteMetric, RoutePreference, Rule, RuleAction, Scope,
    TABLE_MAIN, Table, VirtualRoute, VirtualRule,
};
use types::Cidr;

/// The order in which metrics are written.
const METRICS: [MetricKind; 15] = [
    MetricKind::Rtt,
    MetricKind::RttVar,
    MetricKind::RtoMin,
    MetricKind::Features,
    MetricKind::Mtu,
    MetricKind::Window,
    MetricKind::SsThresh,
    MetricKind::Cwnd,
    MetricKind::AdvMss,
    MetricKind::Reordering,
    MetricKind::HopLimit,
    MetricKind::InitCwnd,
    MetricKind::InitRwnd,
    MetricKind::QuickAck,
    MetricKind::FastOpenNoCookie,
];

/// `prepend 198.51.100.0/24 via inet 192.0.2.254 dev v0 proto 18`
pub(super) fn route(VirtualRoute { route, no_track }: &VirtualRoute) -> String {
    let mut text = match route.placement {
        Placement::Prepend if !route.kind.has_way() => "add",
        Placement::Prepend => "prepend",
        Placement::Append => "append",
        Placement::Alone => "add",
    }
    .to_owned();
    let mut put = |word: &str, value: Option<String>| {
        if let Some(value) = value {
            let _ = write!(text, " {word}{value}");
        }
    };
    put("", (route.kind != RouteKind::Unicast).then(|| route.kind.word().to_owned()));
    put("", Some(prefix(route.destination)));
    put("from ", route.from.map(prefix));
    put("src ", route.source.map(|source| source.to_string()));
    put("tos ", (route.tos != 0).then(|| route.tos.to_string()));
    put("via ", route.hop.gateway.map(gateway));
    put("dev ", route.hop.interface.clone());
    match &route.table {
        Table::Number(TABLE_MAIN) => {}
        Table::Number(number) => put("table ", Some(number.to_string())),
        Table::Vrf(name) => put("vrf ", Some(name.clone())),
    }
    let trackable = route.nexthops.is_empty() && route.hop.interface.is_some();
    // It is a mark to find what is tracked.
    let unmarked = *no_track && trackable && route.protocol == PROTOCOL;
    put("proto ", (!unmarked).then(|| route.protocol.to_string()));
    put("scope ", (route.scope != Scope::GLOBAL).then(|| route.scope.0.to_string()));
    put("metric ", route.metric.map(|metric| metric.to_string()));
    put("onlink", route.hop.onlink.then(String::new));
    put("realm", route.hop.realms.map(realms));
    put("congctl ", route.congestion_control.as_ref().map(|(name, lock)| format!("{}{name}", locked(*lock))));
    for kind in METRICS {
        put(kind.word(), route.metrics.iter().copied().find(|metric| metric.kind == kind).map(metric));
    }
    put("expires ", route.expires_secs.map(|secs| format!("{secs}sec")));
    put("pref ", route.preference.map(preference));
    for next in &route.nexthops {
        put("nexthop", Some(hop(&next.hop, next.weight)));
    }
    put("no_track", (*no_track || !trackable).then(String::new));
    text
}

/// `from 192.0.2.10 priority 1000 tos 0x0 protocol 18 lookup 100`
pub(super) fn rule(VirtualRule { rule, no_track }: &VirtualRule) -> String {
    let mut text = if rule.invert { "not from" } else { "from" }.to_owned();
    let mut put = |word: &str, value: Option<String>| {
        if let Some(value) = value {
            let _ = write!(text, " {word}{value}");
        }
    };
    put("", Some(rule.from.map_or_else(|| "all".to_owned(), prefix)));
    put("to ", rule.to.map(prefix));
    put("priority ", Some(rule.preference.to_string()));
    put("tos ", Some(format!("{:#x}", rule.tos)));
    put("fwmark ", rule.mark.map(mark));
    put("iif ", rule.input.clone());
    put("oif ", rule.output.clone());
    put("suppress_prefixlen ", rule.suppress_prefix_len.map(|len| len.to_string()));
    put("suppress_ifgroup ", rule.suppress_group.map(|group| group.to_string()));
    put("tunnel-id ", rule.tunnel_id.map(|id| id.to_string()));
    put("uidrange ", rule.users.map(|(first, last)| format!("{first}-{last}")));
    put("l3mdev", (rule.action == RuleAction::L3mdev).then(String::new));
    // Without a mark of its own, a rule that is not tracked is nobody's.
    let unmarked = *no_track && rule.protocol == PROTOCOL;
    put("protocol ", (!unmarked).then(|| rule.protocol.to_string()));
    put("ipproto ", rule.ip_protocol.map(|protocol| protocol.to_string()));
    put("sport ", rule.source_ports.map(|(first, last)| format!("{first}-{last}")));
    put("dport ", rule.destination_ports.map(|(first, last)| format!("{first}-{last}")));
    put("realm", rule.realms.map(realms));
    put("", Some(action(rule)));
    put("no_track", no_track.then(String::new));
    text
}

/// The prefix length of a host is not written, that of the default route is.
fn prefix(prefix: Cidr) -> String {
    if prefix.prefix_len == prefix.family().max_prefix_len() {
        prefix.addr.to_string()
    } else {
        format!("{}/{}", prefix.addr, prefix.prefix_len)
    }
}

fn gateway(gateway: IpAddr) -> String {
    match gateway {
        IpAddr::V4(gateway) => format!("inet {gateway}"),
        IpAddr::V6(gateway) => format!("inet6 {gateway}"),
    }
}

/// One is `realm`, two are `realms`.
fn realms(realms: u32) -> String {
    match (realms >> 16, realms & 0xffff) {
        (0, destination) => format!(" {destination}"),
        (source, destination) => format!("s {source}/{destination}"),
    }
}

const fn locked(lock: bool) -> &'static str {
    if lock { "lock " } else { "" }
}

fn metric(RouteMetric { kind, value, lock }: RouteMetric) -> String {
    let lock = locked(lock);
    match (kind, value) {
        (MetricKind::Features, 1) => format!(" {lock}ecn"),
        (MetricKind::Rtt, eighths) => format!(" {lock}{}ms", eighths / 8),
        (MetricKind::RttVar, quarters) => format!(" {lock}{}ms", quarters / 4),
        (MetricKind::RtoMin, ms) => format!(" {lock}{ms}ms"),
        (_kind, value) => format!(" {lock}{value}"),
    }
}

fn preference(preference: RoutePreference) -> String {
    match preference {
        RoutePreference::Low => "low",
        RoutePreference::Medium => "medium",
        RoutePreference::High => "high",
    }
    .to_owned()
}

fn hop(hop: &Hop, weight: u16) -> String {
    let mut text = String::new();
    if let Some(address) = hop.gateway {
        let _ = write!(text, " via {}", gateway(address));
    }
    if let Some(interface) = &hop.interface {
        let _ = write!(text, " dev {interface}");
    }
    if weight > 1 {
        let _ = write!(text, " weight {weight}");
    }
    text.push_str(if hop.onlink { " onlink" } else { "" });
    text
}

fn mark((value, mask): (u32, Option<u32>)) -> String {
    mask.map_or_else(|| format!("{value:#x}"), |mask| format!("{value:#x}/{mask:#x}"))
}

fn action(rule: &Rule) -> String {
    match rule.action {
        RuleAction::Lookup(table) => format!("lookup {table}"),
        RuleAction::Goto(target) => format!("goto {target}"),
        // Of the device that a packet belongs to.
        RuleAction::L3mdev => "lookup 0".to_owned(),
        RuleAction::Nop => "type nop".to_owned(),
        RuleAction::Blackhole => "type blackhole".to_owned(),
        RuleAction::Unreachable => "type unreachable".to_owned(),
        RuleAction::Prohibit => "type prohibit".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Written in a file, and dumped by keepalived 2.2.7.
    const ROUTES: &[(&str, &str)] = &[
        (
            "198.51.100.0/24 via 192.0.2.254 dev eth0",
            "prepend 198.51.100.0/24 via inet 192.0.2.254 dev eth0 proto 18",
        ),
        (
            "default via 192.0.2.253 dev eth0 table 100 metric 5",
            "prepend 0.0.0.0/0 via inet 192.0.2.253 dev eth0 table 100 proto 18 metric 5",
        ),
        (
            "198.51.104.0/24 tos 0x10 mtu 1400 advmss lock 1300 dev eth0",
            "prepend 198.51.104.0/24 tos 16 dev eth0 proto 18 mtu 1400 advmss lock 1300",
        ),
        (
            "198.51.105.0/24 nexthop via 192.0.2.2 dev eth0 weight 3 nexthop via 192.0.2.3 dev eth0 onlink no_track",
            "prepend 198.51.105.0/24 proto 18 nexthop via inet 192.0.2.2 dev eth0 weight 3 nexthop via inet 192.0.2.3 dev eth0 onlink no_track",
        ),
        ("append 198.51.106.0/24 dev eth0 realms 5/6", "append 198.51.106.0/24 dev eth0 proto 18 realms 5/6"),
        ("192.0.2.200/32 dev eth0", "prepend 192.0.2.200 dev eth0 proto 18"),
        (
            "2001:db8:1::/64 dev eth0 pref low expires 100",
            "prepend 2001:db8:1::/64 dev eth0 proto 18 expires 100sec pref low",
        ),
        (
            "198.51.103.0/24 via 192.0.2.3 dev eth0 scope link src 192.0.2.1 table 9 metric 3 mtu 1300 realms 5 tos 0x10",
            "prepend 198.51.103.0/24 src 192.0.2.1 tos 16 via inet 192.0.2.3 dev eth0 table 9 proto 18 scope 253 metric 3 realm 5 mtu 1300",
        ),
        (
            "198.51.104.0/24 dev eth0 scope link onlink window 5 hoplimit 3 initcwnd 4 quickack 1 features ecn congctl cubic",
            "prepend 198.51.104.0/24 dev eth0 proto 18 scope 253 onlink congctl cubic features ecn window 5 hoplimit 3 initcwnd 4 quickack 1",
        ),
        (
            "2001:db8:2::/64 from 2001:db8:3::/64 dev eth0 metric 4 hoplimit 9 src 2001:db8::1",
            "prepend 2001:db8:2::/64 from 2001:db8:3::/64 src 2001:db8::1 dev eth0 proto 18 metric 4 hoplimit 9",
        ),
        (
            "198.51.111.0/24 via 192.0.2.2 dev eth0 no_track",
            "prepend 198.51.111.0/24 via inet 192.0.2.2 dev eth0 no_track",
        ),
        ("unreachable 198.51.109.0/24", "add unreachable 198.51.109.0/24 proto 18 no_track"),
        (
            "198.51.110.0/24 nexthop via 192.0.2.2 dev eth0 weight 3 nexthop via 192.0.2.3 dev eth0 weight 2",
            "prepend 198.51.110.0/24 proto 18 nexthop via inet 192.0.2.2 dev eth0 weight 3 nexthop via inet 192.0.2.3 dev eth0 weight 2 no_track",
        ),
    ];

    const RULES: &[(&str, &str)] = &[
        (
            "from 192.0.2.10 table 100 priority 1000",
            "from 192.0.2.10 priority 1000 tos 0x0 protocol 18 lookup 100",
        ),
        (
            "to 198.51.100.0/24 lookup main preference 1001 no_track",
            "from all to 198.51.100.0/24 priority 1001 tos 0x0 lookup 254 no_track",
        ),
        (
            "from 192.0.2.0/24 to 10.0.0.0/8 iif eth0 tos 0x10 fwmark 3/7 table 5 preference 1002",
            "from 192.0.2.0/24 to 10.0.0.0/8 priority 1002 tos 0x10 fwmark 0x3/0x7 iif eth0 protocol 18 lookup 5",
        ),
        (
            "not from 192.0.2.3 blackhole preference 1003",
            "not from 192.0.2.3 priority 1003 tos 0x0 protocol 18 type blackhole",
        ),
        (
            "from 192.0.2.4 goto 1003 preference 500",
            "from 192.0.2.4 priority 500 tos 0x0 protocol 18 goto 1003",
        ),
        (
            "uidrange 3-7 sport 10-20 dport 5-5 ipproto tcp table 100 preference 1004",
            "from all priority 1004 tos 0x0 uidrange 3-7 protocol 18 ipproto 6 sport 10-20 dport 5-5 lookup 100",
        ),
        (
            "from 2001:db8::/32 table 100 preference 1005 suppress_prefixlength 3",
            "from 2001:db8::/32 priority 1005 tos 0x0 suppress_prefixlen 3 protocol 18 lookup 100",
        ),
        (
            "from 192.0.2.0/24 realms 4/5 table 7 preference 1007",
            "from 192.0.2.0/24 priority 1007 tos 0x0 protocol 18 realms 4/5 lookup 7",
        ),
        (
            "from 192.0.2.7 prohibit preference 1009 oif eth0",
            "from 192.0.2.7 priority 1009 tos 0x0 oif eth0 protocol 18 type prohibit",
        ),
        (
            "from 192.0.2.9 to 10.0.0.0/8 table 8 preference 1011 suppress_ifgroup 4 fwmark 9 suppress_prefixlength 2",
            "from 192.0.2.9 to 10.0.0.0/8 priority 1011 tos 0x0 fwmark 0x9 suppress_prefixlen 2 suppress_ifgroup 4 protocol 18 lookup 8",
        ),
        (
            "l3mdev preference 1000 iif v0 oif v0 fwmark 3 suppress_prefixlength 3 suppress_ifgroup 4 tunnel-id 7 uidrange 3-7 ipproto tcp sport 1-2 dport 3-4",
            "from all priority 1000 tos 0x0 fwmark 0x3 iif v0 oif v0 suppress_prefixlen 3 suppress_ifgroup 4 tunnel-id 7 uidrange 3-7 l3mdev protocol 18 ipproto 6 sport 1-2 dport 3-4 lookup 0",
        ),
        (
            "l3mdev preference 1003 no_track tunnel-id 4",
            "from all priority 1003 tos 0x0 tunnel-id 4 l3mdev lookup 0 no_track",
        ),
    ];

    fn instance(block: &str, line: &str) -> config::model::Instance {
        let text = format!(
            "vrrp_instance V {{\ninterface eth0\nvirtual_router_id 1\nvirtual_ipaddress {{\n192.0.2.9\n}}\n{block} {{\n{line}\n}}\n}}\n"
        );
        config::load("t.conf", text.as_bytes(), &config::Options::default()).model.instances.remove(0)
    }

    #[test]
    fn routes_in_keepalived_s_words() {
        for (line, words) in ROUTES {
            assert_eq!(route(&instance("virtual_routes", line).routes[0]), *words, "{line}");
        }
    }

    #[test]
    fn rules_in_keepalived_s_words() {
        for (line, words) in RULES {
            assert_eq!(rule(&instance("virtual_rules", line).rules[0]), *words, "{line}");
        }
    }
}
