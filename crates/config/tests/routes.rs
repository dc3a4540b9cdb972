//! Routes and rules: what the lines of keepalived.conf(5) mean in the words of ip-route(8) and ip-rule(8).

use config::model::{Placement, Route, RouteKind, Scope, Table};
use config::{Options, load};

fn read(block: &str, lines: &str) -> config::Loaded {
    let text = format!(
        "vrrp_instance V {{\n interface eth0\n virtual_router_id 51\n virtual_ipaddress {{\n  192.0.2.1\n }}\n {block} {{\n{lines}\n }}\n}}\n"
    );
    load("k.conf", text.as_bytes(), &Options::default())
}

/// The routes of these lines, as arguments of `ip route add`.
fn routes(lines: &str) -> Vec<String> {
    let loaded = read("virtual_routes", lines);
    loaded.model.instances.iter().flat_map(|i| &i.routes).map(|entry| entry.route.to_string()).collect()
}

fn rules(lines: &str) -> Vec<String> {
    let loaded = read("virtual_rules", lines);
    loaded.model.instances.iter().flat_map(|i| &i.rules).map(|entry| entry.rule.to_string()).collect()
}

/// Codes and first words of what is said about these lines.
fn said(block: &str, lines: &str) -> Vec<String> {
    let loaded = read(block, lines);
    loaded.diagnostics.iter().map(|d| format!("{} {}", d.id.code, d.message)).collect()
}

fn route(line: &str) -> Route {
    let mut loaded = read("virtual_routes", line);
    assert_eq!(loaded.errors(), 0, "{:?}", loaded.diagnostics);
    loaded.model.instances.remove(0).routes.remove(0).route
}

/// The examples of the manual, virtual_routes and static_routes.
#[test]
fn the_routes_of_the_manual() {
    let lines = "src 192.168.100.1 to 192.168.109.0/24 via 192.168.200.254 dev eth1
192.168.110.0/24 via 192.168.200.254 dev eth1
192.168.112.0/24 via 192.168.100.254
192.168.113.0/24 via 192.168.200.254 or 192.168.100.254 dev eth1
blackhole 192.168.114.0/24
0.0.0.0/0 gw 192.168.0.1 table 100
192.168.100.0/24 table 6909 nexthop via 192.168.101.1 dev wlan0 onlink weight 1 nexthop via 192.168.101.2 dev wlan0 onlink weight 2
192.168.200.0/24 dev p33p1.2 table 6909 tos 0x04 protocol keepalived scope link priority 12 mtu 1000 hoplimit 100 advmss 101 rtt 816 rttvar 103ms reordering 104 window 105 cwnd 106 ssthresh lock 107 realms 12/0x14 rto_min 108 initcwnd 109 initrwnd 110 features ecn add";
    assert_eq!(
        routes(lines),
        [
            "192.168.109.0/24 via 192.168.200.254 dev eth1 src 192.168.100.1 proto 18",
            "192.168.110.0/24 via 192.168.200.254 dev eth1 proto 18",
            "192.168.112.0/24 via 192.168.100.254 proto 18",
            "192.168.113.0/24 proto 18 nexthop via 192.168.200.254 dev eth1 weight 1 \
             nexthop via 192.168.100.254 dev eth1 weight 1",
            "blackhole 192.168.114.0/24 proto 18",
            "default via 192.168.0.1 table 100 proto 18",
            "192.168.100.0/24 table 6909 proto 18 nexthop via 192.168.101.1 dev wlan0 onlink weight 1 \
             nexthop via 192.168.101.2 dev wlan0 onlink weight 2",
            "192.168.200.0/24 dev p33p1.2 realms 12/20 table 6909 metric 12 tos 0x04 proto 18 scope 253 mtu 1000 \
             window 105 rtt 102ms rttvar 103ms ssthresh lock 107 cwnd 106 advmss 101 reordering 104 hoplimit 100 \
             initcwnd 109 features ecn rto_min 108ms initrwnd 110",
        ]
    );
}

#[test]
fn families_follow_addresses_and_inet6() {
    assert_eq!(route("default via 192.0.2.9").to_string(), "default via 192.0.2.9 proto 18");
    assert_eq!(route("default via 2001:db8::9 dev eth0").destination.to_string(), "::/0");
    assert_eq!(route("inet6 blackhole default").destination.to_string(), "::/0");
    // RFC 8950: an IPv4 destination behind an IPv6 gateway.
    assert_eq!(
        route("198.51.100.0/24 via inet6 2001:db8::9 dev eth0").to_string(),
        "198.51.100.0/24 via inet6 2001:db8::9 dev eth0 proto 18"
    );
    assert_eq!(
        route(
            "2001:db8:2::/48 from 2001:db8:9::/48 via 2001:db8::2 pref high expires 100 ttl-propagate enabled"
        )
        .to_string(),
        "2001:db8:2::/48 from 2001:db8:9::/48 via 2001:db8::2 proto 18 expires 100 pref high ttl-propagate enabled"
    );
}

#[test]
fn types_scopes_and_places() {
    let local = route("local 198.51.100.1 dev eth0");
    assert_eq!((local.kind, local.scope), (RouteKind::Local, Scope::HOST));
    assert_eq!(route("brd 198.51.100.255 dev eth0").scope, Scope::LINK);
    // As keepalived, and unlike `ip route`, which would say link.
    assert_eq!(route("198.51.100.0/24 dev eth0").scope, Scope::GLOBAL);
    assert_eq!(route("198.51.100.0/24 dev eth0 append").placement, Placement::Append);
    assert_eq!(route("198.51.100.0/24 dev eth0 add").placement, Placement::Alone);
    assert_eq!(route("198.51.100.0/24 dev eth0 vrf blue").table, Table::Vrf("blue".into()));
    assert_eq!(
        route("198.51.100.0/24 dev eth0 congctl lock bbr").congestion_control,
        Some(("bbr".into(), true))
    );
}

/// As ip-route(8) and as keepalived 2.2.7 in a namespace: a bare number is the kernel's, in eighths and quarters of a
/// millisecond (`rtt 1600` shows as 200ms), with a unit it is a time.
#[test]
fn round_trip_times_with_and_without_a_unit() {
    let metrics = |line| route(line).metrics.iter().map(|metric| metric.value).collect::<Vec<_>>();
    assert_eq!(metrics("10.0.0.0/8 dev eth0 rtt 1600 rttvar 800 rto_min 300"), [1600, 800, 300]);
    assert_eq!(metrics("10.0.0.0/8 dev eth0 rtt 1600ms rttvar lock 2s rto_min 1s"), [12_800, 8000, 1000]);
}

#[test]
fn tunnels() {
    assert_eq!(
        routes(
            "10.4.0.0/24 encap ip id 5 dst 10.0.0.1 src 10.0.0.2 tos 4 ttl 3 dev eth0
10.5.0.0/24 encap mpls 100/200 via 192.0.2.254
10.6.0.0/24 encap ila 0001:0002:0003:000a dev eth0
2001:db8::/64 encap ip6 dst 2001:db8::1 hoplimit 9 dev eth0"
        ),
        [
            "10.4.0.0/24 encap ip id 5 dst 10.0.0.1 src 10.0.0.2 tos 4 ttl 3 dev eth0 proto 18",
            "10.5.0.0/24 encap mpls 100/200 via 192.0.2.254 proto 18",
            "10.6.0.0/24 encap ila 0x100020003000a dev eth0 proto 18",
            "2001:db8::/64 encap ip6 dst 2001:db8::1 ttl 9 dev eth0 proto 18",
        ]
    );
}

#[test]
fn what_cannot_be_a_route_is_said_and_left_out() {
    for (line, expected) in [
        (
            "198.51.100.0/24 metric 5",
            "V0431 this route: it leads nowhere: add `via GATEWAY` or `dev INTERFACE`",
        ),
        (
            "nat 198.51.100.0/24 via 192.0.2.9",
            "V0431 this route: Linux has no routes of this type (any more)",
        ),
        (
            "198.51.100.0/24 from 10.0.0.0/8 dev eth0",
            "V0431 `from`: the kernel has routes by source address for IPv6 only; use a rule",
        ),
        ("2001:db8::/32 via 192.0.2.9", "V0431 `via`: an IPv6 route cannot have an IPv4 gateway"),
        (
            "198.51.100.0/24 dev eth0 table nosuch",
            "V0432 there is no routing table named `nosuch` on this machine",
        ),
        ("198.51.100.0/24 dev eth0 realms PQA", "V0432 there is no realm named `PQA` on this machine"),
        ("198.51.100.0/24 src 2001:db8::1 dev eth0", "V0407 the route mixes IPv4 and IPv6"),
        ("via 192.0.2.9", "V0203 the route has no destination"),
    ] {
        let codes = said("virtual_routes", line);
        assert!(codes.iter().any(|said| said.contains(&expected[6..])), "{line}: {codes:?}");
        assert_eq!(routes(line), Vec::<String>::new(), "{line}");
    }
}

#[test]
fn what_has_no_effect_is_said_and_the_route_stays() {
    assert_eq!(
        said("virtual_routes", "198.51.100.7/24 dev eth0 protocol 99 pref low"),
        [
            "V0209 198.51.100.7/24 has bits behind the prefix: 198.51.100.0/24 is taken",
            "V0434 the route is kept as it is, so its protocol is 18, not 99",
            "V0433 `pref` is for IPv6 routes only",
        ]
    );
    assert_eq!(said("virtual_routes", "198.51.100.0/24 dev eth0 protocol 99 no_track"), Vec::<String>::new());
    let untracked = read("virtual_routes", "198.51.100.0/24 dev eth0 protocol bgp no_track");
    let entry = &untracked.model.instances[0].routes[0];
    assert_eq!((entry.route.protocol, entry.no_track), (186, true));
}

#[test]
fn the_rules_of_the_manual() {
    assert_eq!(
        rules(
            "from 192.168.2.0/24 table 1 preference 7
to 192.168.2.0/24 table 1 no_track preference 8
from 192.168.28.0/24 to 192.168.29.0/26 iif p33p1 oif wlan0 tos 22 fwmark 24/12 preference 39 goto 40
to 1:2:3:4:5:6:7:0/112 from 7:6:5:4:3:2::/96 table 6908 uidrange 10000-19999 preference 9
to 1:2:3:4:6:6:7:0/112 from 8:6:5:4:3:2::/96 l3mdev protocol 12 no_track ipproto udp sport 10-20 dport 80 preference 10"
        ),
        [
            "from 192.168.2.0/24 lookup 1 pref 7 protocol 18",
            "from all to 192.168.2.0/24 lookup 1 pref 8 protocol 18",
            "from 192.168.28.0/24 to 192.168.29.0/26 tos 0x16 fwmark 0x18/0xc iif p33p1 oif wlan0 goto 40 \
             pref 39 protocol 18",
            "from 7:6:5:4:3:2::/96 to 1:2:3:4:5:6:7:0/112 uidrange 10000-19999 lookup 6908 pref 9 protocol 18",
            "from 8:6:5:4:3:2::/96 to 1:2:3:4:6:6:7:0/112 ipproto 17 sport 10-20 dport 80 l3mdev pref 10 protocol 12",
        ]
    );
}

#[test]
fn actions_and_matches() {
    assert_eq!(
        rules(
            "not from 1.2.3.4 unreachable preference 1
from 1.2.3.5 type blackhole preference 2
from 1.2.3.6 prohibit preference 3
from all nop preference 4
inet6 iif eth1 lookup main suppress_prefixlength 0 suppress_ifgroup 4 tunnel-id 7 preference 5"
        ),
        [
            "not from 1.2.3.4/32 unreachable pref 1 protocol 18",
            "from 1.2.3.5/32 blackhole pref 2 protocol 18",
            "from 1.2.3.6/32 prohibit pref 3 protocol 18",
            "from all nop pref 4 protocol 18",
            "from all iif eth1 tun_id 7 lookup main suppress_prefixlength 0 suppress_ifgroup 4 pref 5 protocol 18",
        ]
    );
}

/// keepalived 2.2.7: "Rule has no preference specified - setting to 16384", and 16383 for the next one.
#[test]
fn rules_without_a_preference_get_the_ones_that_keepalived_gives() {
    assert_eq!(
        rules("from 10.99.0.0/16 table 100\nto 10.98.0.0/16 table 100"),
        [
            "from 10.99.0.0/16 lookup 100 pref 16384 protocol 18",
            "from all to 10.98.0.0/16 lookup 100 pref 16383 protocol 18"
        ]
    );
}

#[test]
fn what_cannot_be_a_rule_is_said_and_left_out() {
    for (line, expected) in [
        ("from 10.0.0.0/8 preference 1", "the rule does not say what to do with packets"),
        (
            "from 10.0.0.0/8 goto 5 preference 9",
            "`goto`: it goes only to rules with a higher preference number",
        ),
        ("from 192.168.28.0/24 table 33 goto 4000 preference 39", "this rule: it has more than one action"),
        ("from 10.0.0.0/8 l3mdev table 9 preference 9", "this rule: it has more than one action"),
        (
            "from 10.0.0.0/8 table 9 dport 9-1 preference 9",
            "`dport`: its first number is greater than its last",
        ),
        ("inet6 from 10.0.0.0/8 table 9 preference 9", "`inet6`: the addresses are of the other family"),
        ("from 10.0.0.0/8 to 2001:db8::/32 table 9 preference 9", "the rule mixes"),
    ] {
        let found = said("virtual_rules", line);
        assert!(found.iter().any(|said| said.contains(expected)), "{line}: {found:?}");
        if !expected.contains("mixes") {
            assert_eq!(rules(line), Vec::<String>::new(), "{line}");
        }
    }
}

#[test]
fn static_things_and_who_tracks_them() {
    let text = "track_group G {\n group {\n  V\n  W X\n }\n}
global_defs {\n default_interface eth7\n}
static_ipaddress {\n 192.0.2.77/24\n 192.0.2.78/24 dev eth1 track_group G\n}
static_routes {\n 198.51.100.0/24 via 192.0.2.9 track_group G\n 203.0.113.0/24 dev eth1 track_group NONE no_track\n}
static_rules {\n from 192.0.2.0/24 table 100 preference 100\n}\n";
    let loaded = load("k.conf", text.as_bytes(), &Options::default());
    let statics = &loaded.model.statics;
    let addresses: Vec<_> = statics
        .addresses
        .iter()
        .map(|s| {
            format!(
                "{} {} {}",
                s.item.cidr,
                s.item.interface.as_deref().unwrap_or("-"),
                s.tracked_by.join(",")
            )
        })
        .collect();
    assert_eq!(addresses, ["192.0.2.77/24 eth7 ", "192.0.2.78/24 eth1 V,W,X"]);
    assert_eq!(statics.routes[0].tracked_by, ["V", "W", "X"]);
    assert!(statics.routes[1].no_track && statics.routes[1].tracked_by.is_empty());
    assert_eq!(statics.rules[0].item.to_string(), "from 192.0.2.0/24 lookup 100 pref 100 protocol 18");
    let codes: Vec<_> = loaded.diagnostics.iter().map(|d| d.id.code).collect();
    assert_eq!(codes, ["V0436"], "{:?}", loaded.diagnostics);
}
