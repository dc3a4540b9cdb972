//! A reload is a diff: what did not change is not touched.

#![allow(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test that finds something else fails"
)]

mod common;

use common::*;
use config::model::{Instance, Model, Peer, Unicast};
use engine::api::Input;
use engine::observe::EventKind;
use types::{Interval, Vrid};
use vrrp::State;

const VIP: &str = "192.168.200.100";

fn second() -> Instance {
    let mut config = instance(100);
    config.name = "VI_2".into();
    config.vrid = Vrid::new(52).unwrap();
    config.addresses = vec![address("192.168.200.200")];
    config
}

fn masters(model: Model) -> Host {
    let mut host = Host::new(model);
    host.pass(ms(10_300));
    host.take();
    host.events.clear();
    host
}

fn reload(host: &mut Host, model: Model) {
    host.input(Input::Reload(Box::new(model)));
}

#[test]
fn an_unchanged_file_does_nothing_at_all() {
    let mut host = masters(model(vec![instance(100), second()]));
    let deadline = host.engine.poll_timeout();
    reload(&mut host, model(vec![instance(100), second()]));
    assert_eq!((host.take(), host.engine.poll_timeout()), (vec![], deadline));
    let nothing = EventKind::Reloaded { added: 0, removed: 0, changed: 0, unchanged: 2 };
    assert_eq!(host.kinds(), [&nothing]);
}

#[test]
fn a_new_order_or_name_moves_nothing() {
    let mut host = masters(model(vec![instance(100), second()]));
    let mut renamed = instance(100);
    renamed.name = "other".into();
    reload(&mut host, model(vec![second(), renamed]));
    assert_eq!(host.take(), []);
    assert_eq!(host.engine.snapshot(host.now).instances[1].name, "other");
}

#[test]
fn one_more_address_is_added_and_announced() {
    let mut host = masters(model(vec![instance(100)]));
    let mut more = instance(100);
    more.excluded = vec![address("10.0.0.1")];
    reload(&mut host, model(vec![more]));
    host.pass(ms(1));
    // The new one once as it comes, then four more rounds of both.
    assert_eq!(host.take(), [Did::Added(1), Did::Frames(9)]);
    assert!(host.holds("10.0.0.1") && host.holds(VIP));
    reload(&mut host, model(vec![instance(100)]));
    assert_eq!(host.take().last(), Some(&Did::Removed(1)));
    assert!(!host.holds("10.0.0.1"));
}

/// Of an IPv4 address that is there, the kernel changes lifetimes and nothing else; of IPv6 it changes flags.
#[test]
fn what_the_kernel_cannot_change_is_removed_and_added() {
    for (cidr, replaced) in [("10.0.0.1", true), ("2001:db8::1", false)] {
        let with = |noprefixroute| {
            let mut config = instance(100);
            config.excluded = vec![address(cidr)];
            config.excluded[0].flags.noprefixroute = noprefixroute;
            model(vec![config])
        };
        let mut host = masters(with(true));
        reload(&mut host, with(false));
        host.pass(ms(1));
        let did: Vec<_> =
            host.take().into_iter().filter(|did| matches!(did, Did::Added(_) | Did::Removed(_))).collect();
        let expected = [Did::Removed(1), Did::Added(1)];
        assert_eq!(did, expected[usize::from(!replaced)..], "{cidr}");
        assert!(host.holds(cidr));
    }
}

/// It is on the interface, and goes, because this is no Master; somebody will miss it.
#[test]
fn a_stranger_that_a_reload_makes_virtual_is_told_of_at_once() {
    let mut host = Host::new(model(vec![instance(100)]));
    host.addresses.insert((ETH0, cidr("10.0.0.1/32")), false);
    host.input(Input::Address(observed(ETH0, "10.0.0.1/32", false)));
    let mut more = instance(100);
    more.excluded = vec![address("10.0.0.1")];
    reload(&mut host, model(vec![more]));
    assert!(!host.holds("10.0.0.1"));
    let told = |kind: &&&EventKind| matches!(kind, EventKind::StrangerRemoved { .. });
    assert_eq!(host.kinds().iter().filter(told).count(), 1, "{:?}", host.kinds());
}

#[test]
fn an_address_moves_between_instances_without_leaving_the_kernel() {
    let mut host = masters(model(vec![instance(100), second()]));
    let (mut one, mut two) = (instance(100), second());
    std::mem::swap(&mut one.addresses, &mut two.addresses);
    reload(&mut host, model(vec![one, two]));
    host.pass(ms(1));
    let moved = host.take().into_iter().any(|d| matches!(d, Did::Added(_) | Did::Removed(_)));
    assert!(!moved && host.holds(VIP) && host.holds("192.168.200.200"));
}

#[test]
fn an_address_that_moves_while_nobody_is_master_is_served_by_its_new_instance() {
    let mut host = Host::new(model(vec![instance(100), second()]));
    let (mut one, mut two) = (instance(100), second());
    two.addresses.append(&mut one.addresses);
    // The new one is found first, and then the old one gives it up.
    reload(&mut host, model(vec![two, one]));
    host.pass(ms(10_300));
    assert!(host.holds(VIP) && host.holds("192.168.200.200"));
}

#[test]
fn a_removed_instance_leaves_like_a_stopping_router() {
    let mut host = masters(model(vec![instance(100), second()]));
    reload(&mut host, model(vec![instance(100)]));
    assert_eq!(host.take(), [Did::Sent(0)]);
    assert!(host.holds("192.168.200.200"), "until its successor announces it");
    host.claim("192.168.200.200");
    assert!(!host.holds("192.168.200.200") && host.holds(VIP));
    assert_eq!(host.engine.snapshot(host.now).instances.len(), 1);
}

#[test]
fn an_instance_that_comes_back_while_it_leaves_starts_afresh() {
    let mut host = masters(model(vec![instance(100), second()]));
    reload(&mut host, model(vec![instance(100)]));
    reload(&mut host, model(vec![instance(100), second()]));
    assert_eq!(host.engine.snapshot(host.now).instances[1].state, State::Backup);
    host.pass(ms(3610));
    assert!(host.holds("192.168.200.200"));
}

/// To these peers, from the interface's address.
fn to_peers(name: &str, peers: &[&str]) -> Instance {
    let peer = |address: &&str| Peer { address: ip(address), min_ttl: 0, max_ttl: 255 };
    Instance {
        name: name.into(),
        unicast: Some(Unicast { peers: peers.iter().map(peer).collect(), ttl: 255, check_source: false }),
        ..instance(100)
    }
}

/// keepalived 2.2.7 stays MASTER whoever its peers are: a machine more or less is no reason to fail over.
#[test]
fn other_peers_keep_the_state_and_hear_of_it_at_once() {
    let [second, third, fourth] = ["192.168.200.2", "192.168.200.3", "192.168.200.4"];
    let mut host = masters(model(vec![to_peers("VI_1", &[third])]));
    for peers in [&[second, third][..], &[third, fourth], &[fourth], &[second]] {
        host.transmitted.clear();
        reload(&mut host, model(vec![to_peers("VI_1", peers)]));
        let told: Vec<_> = host.transmitted.iter().map(|t| (t.payload[2], t.dst.to_string())).collect();
        let expected: Vec<_> = peers.iter().map(|peer| (100, (*peer).to_owned())).collect();
        assert_eq!((told, host.state()), (expected, State::Active), "{peers:?}");
        assert!(host.holds(VIP));
    }
}

/// Of several with one number, who has a peer in common is the same one, whatever its name; then whose name it is.
#[test]
fn virtual_routers_of_one_number_are_told_apart_by_their_peers() {
    let other = |name: &str, peers: &[&str]| Instance {
        addresses: vec![address("192.168.200.200")],
        ..to_peers(name, peers)
    };
    let [second, third, fourth, fifth] = [2, 3, 4, 5].map(|n| format!("192.168.200.{n}"));
    let mut host = masters(model(vec![to_peers("A", &[&second]), other("B", &[&third])]));
    let states = |host: &Host| -> Vec<_> {
        host.engine.snapshot(host.now).instances.into_iter().map(|i| (i.name, i.state)).collect()
    };
    // B goes on as C, with another peer before its own; A has none of its peers any more.
    reload(&mut host, model(vec![other("C", &[&fourth, &third]), to_peers("A", &[&fifth])]));
    assert_eq!(states(&host), [("C".into(), State::Active), ("A".into(), State::Active)]);
    assert!(!host.transmitted.iter().any(|t| t.payload[2] == 0));
    // A third one is new.
    let more = vec![
        other("C", &[&third]),
        to_peers("A", &[&fifth]),
        Instance { addresses: vec![address("192.168.200.201")], ..to_peers("D", &[&second]) },
    ];
    reload(&mut host, model(more));
    assert_eq!(
        states(&host).iter().map(|(_, state)| *state).collect::<Vec<_>>(),
        [State::Active, State::Active, State::Backup]
    );
}

#[test]
fn a_new_priority_or_interval_keeps_the_state_and_is_advertised_at_once() {
    let mut host = masters(model(vec![instance(100)]));
    let mut changed = instance(150);
    changed.interval = Interval::from_centis(50).unwrap();
    reload(&mut host, model(vec![changed]));
    assert_eq!(host.take(), [Did::Sent(150)]);
    host.pass(ms(1000));
    assert_eq!(host.take(), [Did::Sent(150), Did::Sent(150)]);
    assert_eq!(host.state(), State::Active);
}

#[test]
fn a_lease_switched_on_is_written_to_the_addresses_in_place() {
    let mut host = masters(model(vec![instance(100)]));
    let mut leased = model(vec![instance(100)]);
    leased.vipd.vip_lease = Some(ms(6000));
    reload(&mut host, leased);
    assert_eq!(host.take(), [Did::Added(1)]);
    host.pass(ms(2000));
    assert!(host.take().contains(&Did::Added(1)));
}

#[test]
fn counters_survive() {
    let mut host = masters(model(vec![instance(100)]));
    let sent = host.snapshot().counters.adverts_sent;
    reload(&mut host, model(vec![instance(120)]));
    assert_eq!(host.snapshot().counters.adverts_sent, sent + 1);
}

#[test]
fn another_list_of_addresses_is_advertised_at_once() {
    let mut host = Host::new(model(vec![instance(100)]));
    host.pass(ms(3700));
    host.take();
    let mut more = instance(100);
    more.addresses.push(address("192.168.200.101"));
    host.input(Input::Reload(Box::new(model(vec![more]))));
    assert_eq!(host.take().first(), Some(&Did::Sent(100)));
    assert_eq!(host.transmitted.last().map(|t| t.payload[3]), Some(2), "both addresses are in it");
    // What is not advertised makes no advertisement.
    let mut excluded = instance(100);
    excluded.addresses.push(address("192.168.200.101"));
    excluded.excluded.push(address("192.168.200.102"));
    host.input(Input::Reload(Box::new(model(vec![excluded]))));
    assert!(!host.take().contains(&Did::Sent(100)));
}

#[test]
fn one_that_is_removed_says_so() {
    let mut host = masters(model(vec![instance(100), second()]));
    reload(&mut host, model(vec![instance(100)]));
    let causes: Vec<_> = host
        .kinds()
        .into_iter()
        .filter_map(|kind| match kind {
            EventKind::Transition { transition, .. } => Some(&transition.cause),
            _ => None,
        })
        .collect();
    assert_eq!(causes, [&vrrp::Cause::Removed]);
    host.input(Input::Stop { abrupt: true });
    assert!(host.kinds().iter().any(|kind| {
        matches!(kind, EventKind::Transition { transition, .. } if transition.cause == vrrp::Cause::Shutdown)
    }));
}

/// Its addresses are not forgotten: they are where it would put them.
#[test]
fn the_addresses_of_an_interface_that_is_not_there_are_counted() {
    let mut elsewhere = instance(100);
    elsewhere.interface = Some("eth9".into());
    let host = masters(model(vec![elsewhere]));
    let seen = host.snapshot();
    let [address] = &seen.addresses[..] else { panic!("{:?}", seen.addresses) };
    assert_eq!((address.cidr, address.interface.as_str()), (cidr("192.168.200.100/32"), "eth9"));
    assert!(address.interface_missing && !address.desired && !address.observed);
}
