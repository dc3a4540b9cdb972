//! Routes, rules and static things: their order, their loss, and who wants them.

#![allow(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test that finds something else fails"
)]

mod common;

use common::*;
use config::model::{
    Hop, Instance, Model, Route, RouteKind, Rule, RuleAction, Static, Statics, Table, VirtualRoute,
    VirtualRule,
};
use engine::api::{Input, Leftover, PathNews, Seen};
use engine::observe::{EventKind, FaultCause};
use types::{Family, IfIndex, Vrid};
use vrrp::State;

const VIP: &str = "192.168.200.100";
const ROUTE: &str = "route 10.1.0.0/16 via 192.168.200.254 dev eth0 proto 18";
const RULE: &str = "rule from 10.0.0.0/8 lookup 100 pref 500 protocol 18";
const STATIC_ROUTE: &str = "route 10.9.0.0/16 via 192.168.200.254 dev eth0 proto 18";

fn route(destination: &str) -> Route {
    let hop = Hop { gateway: Some(ip("192.168.200.254")), interface: Some("eth0".into()), ..Hop::default() };
    Route { hop, ..Route::to(cidr(destination)) }
}

fn rule() -> Rule {
    Rule { from: Some(cidr("10.0.0.0/8")), ..Rule::new(Family::V4, 500, RuleAction::Lookup(100)) }
}

fn tracked(route: Route) -> VirtualRoute {
    VirtualRoute { route, no_track: false }
}

fn with_paths(priority: u8) -> Instance {
    Instance {
        routes: vec![tracked(route("10.1.0.0/16"))],
        rules: vec![VirtualRule { rule: rule(), no_track: false }],
        ..instance(priority)
    }
}

fn master_of(model: Model) -> Host {
    let mut host = Host::new(model);
    host.pass(ms(3610));
    assert_eq!(host.state(), State::Active);
    host
}

fn paths(did: Vec<Did>) -> Vec<String> {
    did.into_iter().filter_map(|did| if let Did::Path(path) = did { Some(path) } else { None }).collect()
}

fn gone(destination: &str) -> Input<'static> {
    Input::PathNews(PathNews::Route { table: 254, destination: cidr(destination) })
}

/// keepalived, observed: addresses, routes, rules at becoming Master; rules, routes, addresses at leaving.
#[test]
fn routes_and_rules_come_after_the_addresses_and_go_before_them() {
    let mut host = master_of(model(vec![with_paths(100)]));
    let order: Vec<Did> =
        host.take().into_iter().filter(|did| matches!(did, Did::Added(_) | Did::Path(_))).collect();
    assert_eq!(order, [Did::Added(1), Did::Path(format!("+ {ROUTE}")), Did::Path(format!("+ {RULE}"))]);
    assert!(host.watching_paths);
    host.set_link(link(ETH0, "eth0", false));
    let order: Vec<Did> =
        host.take().into_iter().filter(|did| matches!(did, Did::Removed(_) | Did::Path(_))).collect();
    assert_eq!(order, [Did::Path(format!("- {RULE}")), Did::Path(format!("- {ROUTE}")), Did::Removed(1)]);
}

#[test]
fn a_host_without_routes_asks_for_no_news_of_routes() {
    let mut host = master_of(model(vec![instance(100)]));
    assert!(!host.watching_paths);
    host.input(Input::Reload(Box::new(model(vec![with_paths(100)]))));
    host.pass(ms(10));
    assert!(host.watching_paths && host.paths.len() == 2);
    host.input(Input::Reload(Box::new(model(vec![instance(100)]))));
    assert!(!host.watching_paths && host.paths.is_empty());
}

#[test]
fn a_route_removed_by_somebody_comes_back_and_is_counted() {
    let mut host = master_of(model(vec![with_paths(100)]));
    host.events.clear();
    for times in 1..10 {
        host.paths.remove(ROUTE);
        host.input(gone("10.1.0.0/16"));
        host.pass(ms(100));
        assert!(host.paths.contains(ROUTE), "it is back within 100 ms however often it happens");
        assert_eq!(host.snapshot().counters.paths_restored, times);
    }
    host.paths.remove(RULE);
    host.input(Input::PathNews(PathNews::Rule { family: Family::V4, preference: 500 }));
    host.pass(ms(100));
    assert!(host.paths.contains(RULE));
    assert_eq!(host.kinds().last(), Some(&&EventKind::PathRestored { path: RULE.into(), times: 10 }));
}

/// The kernel tells of another route to the same destination in the same words.
#[test]
fn news_about_a_similar_route_of_somebody_else_change_nothing() {
    let mut host = master_of(model(vec![with_paths(100)]));
    host.take();
    host.events.clear();
    host.input(gone("10.1.0.0/16"));
    host.pass(ms(200));
    assert_eq!((paths(host.take()), host.kinds().len()), (vec![], 0));
    assert_eq!(host.snapshot().counters.paths_restored, 0);
}

#[test]
fn a_route_that_is_not_tracked_stays_away() {
    let mut config = with_paths(100);
    config.routes[0].no_track = true;
    let mut host = master_of(model(vec![config]));
    host.paths.remove(ROUTE);
    host.input(gone("10.1.0.0/16"));
    host.pass(ms(1000));
    assert!(!host.paths.contains(ROUTE));
    assert_eq!(host.state(), State::Active, "and that is no fault");
}

/// Linux drops IPv4 routes without a word when an address that they need goes away.
#[test]
fn routes_are_looked_at_when_an_address_goes() {
    let mut host = master_of(model(vec![with_paths(100)]));
    host.addresses.insert((ETH0, cidr("198.51.100.1/24")), false);
    host.input(Input::Address(observed(ETH0, "198.51.100.1/24", false)));
    host.paths.remove(ROUTE);
    host.steal("198.51.100.1/24");
    host.pass(ms(100));
    assert!(host.paths.contains(ROUTE));
    assert_eq!(host.snapshot().counters.paths_restored, 1);
}

/// Nobody looks after the routes of one that hands over, and none is told of when the kernel drops it.
#[test]
fn routes_that_went_during_a_handover_come_back_with_the_mastership() {
    for no_track in [false, true] {
        let mut config = with_paths(100);
        config.routes[0].no_track = no_track;
        let mut host = master_of(model(vec![config]));
        host.hear(&instance(100), 200);
        assert!(host.snapshot().handing_over);
        host.paths.remove(ROUTE);
        host.hear(&instance(100), 0);
        host.take();
        host.pass(ms(620));
        assert_eq!(host.state(), State::Active);
        assert!(host.take().contains(&Did::Path(format!("+ {ROUTE}"))), "it is added before it is given up");
        assert!(host.paths.contains(ROUTE));
    }
}

#[test]
fn lost_notifications_put_every_route_in_doubt() {
    let mut host = master_of(model(vec![with_paths(100)]));
    host.paths.clear();
    host.resync();
    host.pass(ms(100));
    assert!(host.paths.contains(ROUTE) && host.paths.contains(RULE));
}

#[test]
fn a_refused_route_is_told_once_and_tried_again() {
    let mut host = Host::new(model(vec![with_paths(100)]));
    host.refuse_paths = Some(101);
    host.pass(ms(8000));
    let failures =
        host.kinds().into_iter().filter(|kind| matches!(kind, EventKind::PathFailed { .. })).count();
    assert_eq!(failures, 2, "one for the route, one for the rule");
    assert_eq!(host.state(), State::Active);
    let snapshot = host.snapshot();
    assert!(snapshot.paths[0].desired && !snapshot.paths[0].observed);
    assert_eq!(snapshot.paths[0].errno, Some(101));
    host.refuse_paths = None;
    host.pass(ms(5000));
    assert!(host.paths.contains(ROUTE) && host.paths.contains(RULE));
}

/// As when the rules of the host do not let the gateway be found any more: the kernel refuses what it has.
#[test]
fn a_refusal_that_does_not_tell_is_settled_by_a_list() {
    let seen = |destination: &str| Leftover {
        seen: Seen::Route {
            table: 254,
            destination: cidr(destination),
            from: None,
            metric: 0,
            tos: 0,
            kind: Some(RouteKind::Unicast),
            hops: vec![(Some(ip("192.168.200.254")), Some(ETH0))],
        },
        raw: Vec::new(),
    };
    let mut config = with_paths(100);
    config.rules.clear();
    let mut host = master_of(model(vec![config]));
    host.input(Input::PathsListed(vec![]));
    for there in [true, false] {
        host.refuse_paths = Some(101);
        host.events.clear();
        host.input(gone("10.1.0.0/16"));
        host.pass(ms(90));
        assert_eq!(std::mem::take(&mut host.path_lists), 1);
        let listed = if there { vec![seen("10.1.0.0/16")] } else { vec![seen("10.2.0.0/16")] };
        host.refuse_paths = None;
        if !there {
            host.paths.remove(ROUTE);
        }
        host.input(Input::PathsListed(listed));
        assert_eq!(host.snapshot().paths[0].observed, there);
        assert_eq!(host.kinds().is_empty(), there);
        host.pass(ms(1000));
        assert!(host.paths.contains(ROUTE));
    }
    host.set_link(link(ETH0, "eth0", false));
    assert!(host.paths.is_empty());
}

#[test]
fn a_reload_touches_only_what_changed() {
    let mut host = master_of(model(vec![with_paths(100)]));
    host.take();
    let mut config = with_paths(100);
    config.routes.push(tracked(route("10.2.0.0/16")));
    config.rules.clear();
    host.input(Input::Reload(Box::new(model(vec![config.clone()]))));
    host.pass(ms(10));
    let new = ROUTE.replace("10.1", "10.2");
    assert_eq!(paths(host.take()), [format!("- {RULE}"), format!("+ {new}")]);
    host.input(Input::Reload(Box::new(model(vec![config]))));
    host.pass(ms(10));
    assert_eq!(paths(host.take()), Vec::<String>::new());
}

/// Both want the same route; it goes with the last one.
#[test]
fn a_route_of_two_instances_stays_while_one_of_them_is_master() {
    let mut second = Instance {
        addresses: vec![address("192.168.201.100")],
        routes: vec![tracked(route("10.1.0.0/16"))],
        ..Instance::new("VI_2", "eth0", Vrid::new(52).unwrap(), Family::V4)
    };
    second.version = types::Version::V3;
    let mut host = master_of(model(vec![with_paths(100), second.clone()]));
    host.take();
    host.input(Input::Reload(Box::new(model(vec![second]))));
    host.pass(ms(5000));
    assert_eq!(paths(host.take()), [format!("- {RULE}")]);
    assert!(host.paths.contains(ROUTE));
    host.set_link(link(ETH0, "eth0", false));
    assert!(host.paths.is_empty());
}

#[test]
fn a_route_waits_for_its_interface() {
    let mut config = with_paths(100);
    let hop = Hop { interface: Some("eth1".into()), ..Hop::default() };
    config.routes = vec![tracked(Route { hop, ..Route::to(cidr("10.1.0.0/16")) })];
    let mut host = master_of(model(vec![config]));
    assert_eq!(host.paths.len(), 1);
    assert!(host.snapshot().paths.iter().any(|path| path.desired && !path.observed));
    host.set_link(link(IfIndex(7), "eth1", true));
    host.pass(ms(10));
    assert!(host.paths.contains("route 10.1.0.0/16 dev eth1 proto 18"));
    host.paths.remove("route 10.1.0.0/16 dev eth1 proto 18");
    host.remove_link(IfIndex(7));
    host.set_link(link(IfIndex(8), "eth1", true));
    host.pass(ms(10));
    assert!(
        host.paths.contains("route 10.1.0.0/16 dev eth1 proto 18"),
        "with the number of the new interface"
    );
}

#[test]
fn the_table_of_a_vrf_is_found_by_its_name() {
    let mut config = with_paths(100);
    config.rules.clear();
    config.routes[0].route.table = Table::Vrf("blue".into());
    let mut host = master_of(model(vec![config]));
    assert!(host.paths.is_empty());
    host.set_link(engine::api::Link { vrf_table: Some(10), ..link(IfIndex(7), "blue", true) });
    host.pass(ms(10));
    assert_eq!(host.paths.len(), 1);
}

fn statics(tracked_by: &[&str]) -> Statics {
    let tracked_by: Vec<String> = tracked_by.iter().map(|name| (*name).to_owned()).collect();
    let mut own = address("192.168.200.77/24");
    own.interface = Some("eth0".into());
    Statics {
        addresses: vec![Static { item: own, no_track: false, tracked_by: Vec::new() }],
        routes: vec![Static { item: route("10.9.0.0/16"), no_track: false, tracked_by }],
        rules: Vec::new(),
    }
}

#[test]
fn static_things_are_there_in_every_state_until_the_end() {
    let mut host = Host::new(Model { statics: statics(&[]), ..model(vec![with_paths(100)]) });
    assert_eq!(host.state(), State::Backup);
    assert_eq!(
        host.take(),
        [Did::Added(1), Did::Path(format!("+ {STATIC_ROUTE}"))],
        "the address first: the route may need it"
    );
    host.steal("192.168.200.77/24");
    host.paths.remove(STATIC_ROUTE);
    host.input(gone("10.9.0.0/16"));
    host.pass(ms(100));
    assert!(host.holds("192.168.200.77/24") && host.paths.contains(STATIC_ROUTE));
    let statics = host.engine.snapshot(host.now).statics;
    assert_eq!((statics.addresses_restored, statics.paths_restored), (1, 1));
    host.pass(ms(4000));
    assert_eq!(host.state(), State::Active);
    host.input(Input::Stop { abrupt: false });
    assert!(host.paths.contains(STATIC_ROUTE), "while a handover lasts it may be needed");
    host.pass(ms(5000));
    assert!(host.left && host.paths.is_empty() && !host.holds("192.168.200.77/24"));
}

/// A static address can be the one that advertisements are sent from.
#[test]
fn an_instance_begins_with_the_static_address_as_its_source() {
    let model = Model { statics: statics(&[]), ..model(vec![instance(100)]) };
    let mut host = Host::with(model, engine::Boot::default(), &[], &[]);
    host.input(Input::Link(link(ETH0, "eth0", true)));
    host.pass(ms(10));
    assert_eq!(host.state(), State::Backup);
    assert_eq!(host.snapshot().source, Some(ip("192.168.200.77")));
}

#[test]
fn a_missing_static_route_is_a_fault_of_those_that_track_it() {
    let mut host = Host::new(Model { statics: statics(&["VI_1"]), ..model(vec![instance(100)]) });
    host.pass(ms(4000));
    assert_eq!(host.state(), State::Active);
    host.input(Input::PathsListed(vec![]));
    host.refuse_paths = Some(101);
    host.paths.clear();
    host.input(gone("10.9.0.0/16"));
    host.pass(ms(90));
    host.input(Input::PathsListed(vec![]));
    assert_eq!(host.state(), State::Fault);
    let missing = STATIC_ROUTE.to_owned();
    assert_eq!(host.snapshot().faults, [FaultCause::StaticMissing(missing)]);
    host.refuse_paths = None;
    host.pass(ms(6000));
    assert_eq!(host.state(), State::Active);
}

#[test]
fn a_static_thing_that_a_reload_drops_is_removed() {
    let with = Model { statics: statics(&[]), ..model(vec![instance(100)]) };
    let mut host = Host::new(with.clone());
    host.take();
    host.input(Input::Reload(Box::new(model(vec![instance(100)]))));
    host.pass(ms(10));
    assert!(!host.holds("192.168.200.77/24") && host.paths.is_empty());
    host.input(Input::Reload(Box::new(with)));
    host.pass(ms(10));
    assert!(host.holds("192.168.200.77/24") && host.paths.contains(STATIC_ROUTE));
}

/// What an earlier process left goes, unless somebody wants it again or it may belong to another daemon.
#[test]
fn leftovers() {
    let seen = |table, destination: &str, gateway: &str, interface| Leftover {
        seen: Seen::Route {
            table,
            destination: cidr(destination),
            from: None,
            metric: 0,
            tos: 0,
            kind: Some(RouteKind::Unicast),
            hops: vec![(Some(ip(gateway)), Some(interface))],
        },
        raw: vec![1],
    };
    let mut config = with_paths(100);
    config.routes[0].route.table = Table::Number(100);
    let mut host = Host::new(model(vec![config]));
    let left = [
        seen(100, "10.1.0.0/16", "192.168.200.254", ETH0),
        seen(100, "10.7.0.0/16", "192.168.200.254", IfIndex(9)),
        seen(254, "10.8.0.0/16", "192.168.200.254", ETH0),
        seen(254, "10.8.0.0/16", "192.168.200.254", IfIndex(9)),
    ];
    for leftover in &left {
        host.paths.insert(engine::api::Path::Leftover(leftover.clone()).to_string());
    }
    host.input(Input::PathsListed(left.to_vec()));
    assert_eq!(
        paths(host.take()),
        ["- route 10.1.0.0/16 table 100", "- route 10.7.0.0/16 table 100", "- route 10.8.0.0/16"]
    );
    assert!(host.kinds().contains(&&EventKind::PathLeftovers { adopted: 0, removed: 3 }));
}

#[test]
fn a_virtual_address_that_is_not_tracked_stays_away() {
    let mut config = instance(100);
    config.addresses[0].no_track = true;
    let mut host = master_of(model(vec![config]));
    host.steal(VIP);
    host.pass(ms(1000));
    assert!(!host.holds(VIP));
    assert_eq!(host.state(), State::Active);
}
