//! Sync groups and trackers (keepalived.conf(5), vrrp_sync_group, vrrp_script, track_file, interface_up_down_delays).

#![allow(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test that finds something else fails"
)]

mod common;

use std::time::Duration;

use common::*;
use config::model::{
    Instance, InterfaceDelays, Model, Notify, SyncGroup, Track, TrackInterface, TrackerId, TrackerKind,
    Verdict,
};
use engine::api::Input;
use engine::observe::{EventKind, FaultCause};
use types::{IfIndex, Priority, Vrid};
use vrrp::{Cause, State};

const ETH1: IfIndex = IfIndex(3);
const DOWN_MS: u64 = 3610;

fn named(name: &str, vrid: u8, priority: u8) -> Instance {
    Instance {
        name: name.into(),
        vrid: Vrid::new(vrid).unwrap(),
        addresses: vec![address(&format!("192.168.200.{vrid}"))],
        ..instance(priority)
    }
}

fn script(name: &str) -> TrackerId {
    TrackerId { kind: TrackerKind::Script, name: name.into() }
}

fn track(name: &str, weight: i16) -> Track {
    Track { tracker: script(name), weight, reverse: false }
}

fn grouped(instances: Vec<Instance>) -> Model {
    let members = instances.iter().map(|i| i.name.clone()).collect();
    let group = SyncGroup { name: "G".into(), members, smtp_alert: false, notify: Notify::default() };
    Model { sync_groups: vec![group], ..model(instances) }
}

fn pair() -> Model {
    grouped(vec![named("A", 51, 100), named("B", 52, 100)])
}

fn says(host: &mut Host, name: &str, verdict: Verdict) {
    host.input(Input::Tracked { tracker: script(name), verdict });
}

fn states(host: &Host) -> Vec<State> {
    host.engine.snapshot(host.now).instances.iter().map(|i| i.state).collect()
}

/// What was told of states, `A:Active` or `group:Backup`, since the last call.
fn told(host: &mut Host) -> Vec<String> {
    let events = std::mem::take(&mut host.events);
    let tell = |event: engine::observe::Event| match event.kind {
        EventKind::Transition { transition, .. } => Some(format!("{}:{:?}", event.instance?, transition.to)),
        EventKind::Group { to, .. } => Some(format!("group:{to:?}")),
        _ => None,
    };
    events.into_iter().filter_map(tell).collect()
}

#[test]
fn members_become_master_together_and_tell_it_in_keepalived_s_order() {
    let mut host = Host::new(pair());
    assert_eq!(told(&mut host), ["group:Backup", "A:Backup", "B:Backup"]);
    host.pass(ms(DOWN_MS));
    assert_eq!(told(&mut host), ["A:Active", "B:Active", "group:Active"]);
    assert!(host.holds("192.168.200.51") && host.holds("192.168.200.52"));
}

#[test]
fn one_that_hears_a_better_router_keeps_all_back() {
    let mut host = Host::new(pair());
    for _ in 0..10 {
        host.hear(&named("B", 52, 100), 200);
        host.pass(ms(1000));
    }
    assert_eq!(states(&host), [State::Backup, State::Backup]);
    host.pass(ms(DOWN_MS));
    assert_eq!(states(&host), [State::Active, State::Active]);
    told(&mut host);
    // And takes all back with it.
    host.hear(&named("B", 52, 100), 200);
    assert_eq!(states(&host), [State::Backup, State::Backup]);
    assert_eq!(told(&mut host), ["B:Backup", "A:Backup", "group:Backup"]);
}

#[test]
fn a_fault_of_one_is_a_fault_of_all_until_the_last_is_gone() {
    let mut model = pair();
    model.instances[0].tracks = vec![track("web", 0)];
    model.instances[1].tracks = vec![track("db", 0)];
    let mut host = Host::new(model);
    // Nobody starts before everything is known.
    says(&mut host, "web", Verdict::Up);
    assert_eq!((states(&host), told(&mut host)), (vec![State::Initialize; 2], vec![]));
    says(&mut host, "db", Verdict::Up);
    assert_eq!(told(&mut host), ["group:Backup", "A:Backup", "B:Backup"]);
    host.pass(ms(DOWN_MS));
    told(&mut host);
    host.take();
    says(&mut host, "web", Verdict::Down);
    assert_eq!(told(&mut host), ["A:Fault", "B:Fault", "group:Fault"]);
    assert_eq!(host.take().iter().filter(|did| **did == Did::Sent(0)).count(), 2);
    says(&mut host, "db", Verdict::Down);
    says(&mut host, "web", Verdict::Up);
    assert_eq!(states(&host), [State::Fault, State::Fault]);
    says(&mut host, "db", Verdict::Up);
    assert_eq!(told(&mut host), ["B:Backup", "A:Backup", "group:Backup"]);
    host.pass(ms(DOWN_MS));
    assert_eq!(told(&mut host), ["A:Active", "B:Active", "group:Active"]);
}

#[test]
fn a_group_that_starts_in_fault_says_so_once() {
    let mut model = pair();
    model.instances[1].interface = Some("nowhere0".into());
    let mut host = Host::new(model);
    assert_eq!(told(&mut host), ["A:Fault", "B:Fault", "group:Fault"]);
    host.pass(ms(DOWN_MS));
    assert_eq!(told(&mut host), [""; 0]);
}

#[test]
fn owners_wait_for_a_member_that_owns_nothing() {
    let mut host = Host::new(grouped(vec![named("A", 51, 255), named("B", 52, 100)]));
    assert_eq!(states(&host), [State::Backup, State::Backup]);
    host.pass(ms(DOWN_MS));
    assert_eq!(states(&host), [State::Active, State::Active]);
    let host = Host::new(grouped(vec![named("A", 51, 255), named("B", 52, 255)]));
    assert_eq!(states(&host), [State::Active, State::Active]);
}

/// Why each one is Master, since the last call.
fn causes(host: &mut Host) -> Vec<Cause> {
    let events = std::mem::take(&mut host.events);
    let cause = |event: engine::observe::Event| match event.kind {
        EventKind::Transition { transition, .. } if transition.to == State::Active => Some(transition.cause),
        _ => None,
    };
    events.into_iter().filter_map(cause).collect()
}

/// No earlier process has left anything behind at a cold start, nor has it when a member is new.
#[test]
fn who_joins_masters_says_why() {
    let mut host = Host::new(grouped(vec![named("A", 51, 255), named("B", 52, 255)]));
    assert_eq!(causes(&mut host), [Cause::Owner, Cause::Owner]);
    let mut host = Host::new(grouped(vec![named("A", 51, 100)]));
    host.pass(ms(DOWN_MS));
    causes(&mut host);
    host.input(Input::Reload(Box::new(pair())));
    assert_eq!(causes(&mut host), [Cause::SyncGroup]);
}

#[test]
fn stopping_is_told_by_the_members_and_then_by_the_group() {
    let mut host = Host::new(pair());
    host.pass(ms(DOWN_MS));
    told(&mut host);
    host.input(Input::Stop { abrupt: false });
    assert_eq!(told(&mut host), ["A:Initialize", "B:Initialize", "group:Initialize"]);
}

#[test]
fn a_reload_that_adds_a_member_moves_nothing() {
    let mut host = Host::new(grouped(vec![named("A", 51, 100)]));
    host.pass(ms(DOWN_MS));
    told(&mut host);
    host.input(Input::Reload(Box::new(pair())));
    assert_eq!(told(&mut host), ["B:Active"]);
    // Without the group, each is on its own.
    host.input(Input::Reload(Box::new(model(vec![named("A", 51, 100), named("B", 52, 100)]))));
    host.hear(&named("B", 52, 100), 200);
    assert_eq!(states(&host), [State::Active, State::Backup]);
}

#[test]
fn what_waits_for_a_member_or_fails_with_it_does_so_no_longer_when_it_is_gone() {
    let mut waiting = pair();
    waiting.instances[1].tracks = vec![track("db", 0)];
    let alone = || model(vec![named("A", 51, 100)]);
    let mut host = Host::new(waiting.clone());
    assert_eq!(states(&host), [State::Initialize, State::Initialize]);
    host.input(Input::Reload(Box::new(alone())));
    assert_eq!(states(&host), [State::Backup]);
    host.input(Input::Reload(Box::new(waiting)));
    says(&mut host, "db", Verdict::Down);
    assert_eq!(states(&host), [State::Fault, State::Fault]);
    host.input(Input::Reload(Box::new(alone())));
    assert_eq!(states(&host), [State::Backup]);
    // And a fault becomes its own when it joins.
    let mut apart = pair();
    apart.sync_groups.clear();
    apart.instances[1].interface = Some("nowhere0".into());
    host.input(Input::Reload(Box::new(apart.clone())));
    assert_eq!(states(&host), [State::Backup, State::Fault]);
    apart.sync_groups = pair().sync_groups;
    host.input(Input::Reload(Box::new(apart)));
    assert_eq!(states(&host), [State::Fault, State::Fault]);
}

/// An interface that something of it goes to is tracked, as with keepalived, whether or not it is there at the start.
#[test]
fn an_interface_that_something_goes_to_is_needed() {
    let mut config = instance(100);
    config.needs = vec!["eth1".to_owned()];
    let mut host = Host::with(model(vec![config]), engine::Boot::default(), &[link(ETH0, "eth0", true)], &[]);
    let faults = |host: &Host| host.snapshot().faults;
    assert_eq!((host.state(), faults(&host)), (State::Fault, vec![FaultCause::Needed("eth1".into())]));
    host.set_link(link(ETH1, "eth1", true));
    host.pass(ms(DOWN_MS));
    assert_eq!((host.state(), faults(&host)), (State::Active, vec![]));
    host.set_link(link(ETH1, "eth1", false));
    assert_eq!(host.state(), State::Fault);
    host.set_link(link(ETH1, "eth1", true));
    assert_eq!(host.state(), State::Backup);
}

#[test]
fn a_router_that_replaces_a_dead_one_waits_for_nothing() {
    let mut tracked = pair();
    tracked.instances[0].tracks = vec![track("web", 0)];
    tracked.instances[1].tracks = vec![track("db", 20)];
    let adopt = vec!["A".to_owned(), "B".to_owned()];
    let verdicts = [(script("db"), Verdict::Up)].into();
    let boot = engine::Boot { adopt, verdicts, ..engine::Boot::default() };
    let mut host = Host::with(tracked, boot, &[link(ETH0, "eth0", true)], &[]);
    assert_eq!(told(&mut host), ["A:Active", "B:Active", "group:Active"]);
    assert_eq!(host.engine.snapshot(host.now).instances[1].priority, Priority(120));
}

/// Of a sync group whose `state` is MASTER, members wait for one interval only, which is no time to hear a Master that
/// sends once in it.
#[test]
fn a_backup_that_goes_on_in_another_process_waits_as_long_as_any() {
    let mut eager = pair();
    for instance in &mut eager.instances {
        instance.start_as_master = true;
    }
    for (replaces, promoted) in [(false, true), (true, false)] {
        let boot = engine::Boot { replaces, ..engine::Boot::default() };
        let mut host = Host::with(eager.clone(), boot, &[link(ETH0, "eth0", true)], &[]);
        assert_eq!(host.state(), State::Backup);
        host.pass(ms(2000));
        assert_eq!(host.state() == State::Active, promoted, "replaces: {replaces}");
        host.pass(ms(2000));
        assert_eq!(host.state(), State::Active, "nobody was heard for the master-down interval");
    }
}

#[test]
fn weights_add_up_and_only_the_sum_is_limited() {
    let mut first = instance(100);
    first.tracks = vec![track("a", 100), track("b", 100), track("c", -150)];
    first.track_interfaces = vec![TrackInterface { interface: "eth1".into(), weight: 9, reverse: true }];
    let mut host = Host::with(model(vec![first]), engine::Boot::default(), &[link(ETH0, "eth0", true)], &[]);
    let priority = |host: &Host| host.snapshot().priority;
    assert_eq!(priority(&host), Priority(100), "eth1 is down: nothing with reverse; scripts are pending");
    host.set_link(link(ETH1, "eth1", true));
    assert_eq!(priority(&host), Priority(91));
    for (name, verdict, then) in [
        ("a", Verdict::Up, 191),
        ("b", Verdict::Up, 254),
        ("c", Verdict::Up, 254),
        ("c", Verdict::Down, 141),
        ("a", Verdict::Down, 41),
        ("b", Verdict::Down, 1),
        ("c", Verdict::Up, 91),
    ] {
        says(&mut host, name, verdict);
        assert_eq!(priority(&host), Priority(then), "{name} {verdict:?}");
    }
    // Why, in the last event.
    let moved_by = vec![("interface eth1".to_owned(), -9)];
    let (from, to, base) = (Priority(1), Priority(91), Priority(100));
    assert_eq!(host.kinds().last(), Some(&&EventKind::Priority { from, to, base, moved_by }));
}

#[test]
fn a_new_tracker_after_a_reload_has_no_effect_before_its_first_verdict() {
    let mut host = Host::new(model(vec![instance(100)]));
    host.pass(ms(DOWN_MS));
    let mut with = instance(100);
    with.tracks = vec![track("web", 0)];
    host.input(Input::Reload(Box::new(model(vec![with]))));
    assert_eq!(host.state(), State::Active);
    says(&mut host, "web", Verdict::Down);
    assert_eq!(host.state(), State::Fault);
    // What is not tracked any more cannot fail.
    host.input(Input::Reload(Box::new(model(vec![instance(100)]))));
    assert_eq!(host.state(), State::Backup);
}

#[test]
fn a_file_moves_the_priority_by_its_number_and_far_down_into_fault() {
    let mut first = instance(100);
    let tracker = TrackerId { kind: TrackerKind::File, name: "load".into() };
    first.tracks = vec![Track { tracker: tracker.clone(), weight: 2, reverse: true }];
    let mut host = Host::new(model(vec![first]));
    for (value, priority, state) in
        [(0, 100, State::Backup), (10, 80, State::Backup), (127, 1, State::Fault), (-5, 110, State::Backup)]
    {
        host.input(Input::Tracked { tracker: tracker.clone(), verdict: Verdict::Value(value) });
        assert_eq!((host.snapshot().priority, host.state()), (Priority(priority), state), "{value}");
    }
}

/// A dump after lost notifications is news of an interface like any other: it must last, and ends what has not lasted.
#[test]
fn delays_hold_for_what_a_dump_says_of_an_interface() {
    let delays = InterfaceDelays { interface: "eth0".into(), down: Duration::from_secs(1), up: ms(500) };
    let mut host = Host::new(Model { interface_delays: vec![delays], ..model(vec![instance(100)]) });
    host.pass(ms(DOWN_MS));
    host.set_link(link(ETH0, "eth0", false));
    host.pass(ms(500));
    host.links.insert(ETH0, link(ETH0, "eth0", true));
    host.resync();
    host.pass(ms(2000));
    assert_eq!(host.state(), State::Active, "it came back in time");
    host.links.insert(ETH0, link(ETH0, "eth0", false));
    host.resync();
    host.pass(ms(999));
    assert_eq!(host.state(), State::Active);
    host.pass(ms(1));
    assert_eq!(host.state(), State::Fault);
}

#[test]
fn an_interface_is_down_when_it_has_been_for_long_enough() {
    let delays = InterfaceDelays { interface: "eth0".into(), down: Duration::from_secs(1), up: ms(500) };
    let mut host = Host::new(Model { interface_delays: vec![delays], ..model(vec![instance(100)]) });
    host.pass(ms(DOWN_MS));
    host.set_link(link(ETH0, "eth0", false));
    host.pass(ms(900));
    assert_eq!(host.state(), State::Active);
    host.set_link(link(ETH0, "eth0", true));
    host.pass(ms(2000));
    assert_eq!(host.state(), State::Active, "it came back in time");
    host.set_link(link(ETH0, "eth0", false));
    host.pass(ms(999));
    assert_eq!(host.state(), State::Active);
    host.pass(ms(1));
    assert_eq!(host.state(), State::Fault);
    host.set_link(link(ETH0, "eth0", true));
    host.pass(ms(499));
    assert_eq!(host.state(), State::Fault);
    host.pass(ms(1));
    assert_eq!(host.state(), State::Backup);
}
