//! Desired and observed state: installing many, restoring, failing, losing notifications, interfaces that come and go.

#![allow(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test that finds something else fails"
)]

mod common;

use common::*;
use config::model::{Authentication, Secret, TrackInterface};
use engine::Boot;
use engine::api::{Carrier, Input, Link, Received};
use engine::observe::{EventKind, FaultCause, Refusal};
use types::{IfIndex, Instant, MacAddr};
use vrrp::State;

const VIP: &str = "192.168.200.100";

fn master_of(config: config::model::Instance) -> Host {
    let mut host = Host::new(model(vec![config]));
    host.pass(ms(3610));
    assert_eq!(host.state(), State::Active);
    host.take();
    host.events.clear();
    host
}

fn master() -> Host {
    master_of(instance(100))
}

#[test]
fn advertisements_and_announcements_go_on_while_many_addresses_are_installed() {
    let mut config = instance(100);
    config.excluded = (0..2000).map(|n| address(&format!("10.0.{}.{}", n / 250, n % 250 + 1))).collect();
    let mut host = Host::new(model(vec![config]));
    host.pass(ms(3610));
    assert_eq!(host.addresses.len(), 2002);
    let did = host.take();
    assert_eq!(did[..4], [Did::Sent(100), Did::Added(16), Did::Frames(16), Did::Added(64)]);
    // Between two batches there is always a turn of the loop, in which timers and packets have their say.
    let widest = did.windows(2).filter(|w| matches!(w, [Did::Added(_), Did::Added(_)])).count();
    assert_eq!(widest, 0);
    let frames: usize = did.iter().map(|d| if let Did::Frames(n) = d { *n } else { 0 }).sum();
    assert_eq!(frames, 5 * 2001);
    assert!(host.kinds().iter().any(|k| matches!(k, EventKind::AddressesInstalled { count: 2001, .. })));
}

#[test]
fn an_address_removed_by_somebody_comes_back_and_is_announced() {
    let mut host = master();
    host.steal(VIP);
    assert!(!host.holds(VIP));
    host.pass(ms(100));
    assert!(host.holds(VIP));
    let did = host.take();
    assert_eq!(did[0], Did::Added(1));
    assert_eq!(did.iter().map(|d| if let Did::Frames(n) = d { *n } else { 0 }).sum::<usize>(), 5);
    assert_eq!(host.snapshot().counters.addresses_restored, 1);
    assert_eq!(host.kinds(), [&EventKind::AddressRestored { cidr: cidr(VIP), times: 1 }]);
    for _ in 0..10 {
        host.steal(VIP);
        host.pass(ms(100));
        assert!(host.holds(VIP), "it is back within 100 ms however often it happens");
    }
}

#[test]
fn a_removal_of_our_own_does_not_hide_one_of_somebody_else() {
    for notifies_first in [false, true] {
        let mut host = master();
        host.notifies_first = notifies_first;
        host.set_link(link(ETH0, "eth0", false));
        assert!(!host.holds(VIP));
        host.set_link(link(ETH0, "eth0", true));
        host.pass(ms(3610));
        assert!(host.holds(VIP));
        host.steal(VIP);
        host.pass(ms(100));
        assert!(host.holds(VIP), "notifications first: {notifies_first}");
    }
}

#[test]
fn an_address_that_appears_while_backup_is_removed() {
    let mut host = Host::new(model(vec![instance(100)]));
    host.addresses.insert((ETH0, cidr(VIP)), false);
    host.input(Input::Address(observed(ETH0, VIP, false)));
    assert!(!host.holds(VIP));
}

#[test]
fn a_refused_address_is_told_once_and_tried_again() {
    let mut host = Host::new(model(vec![instance(255)]));
    host.steal(VIP);
    host.refuse = Some(22);
    host.events.clear();
    host.pass(ms(3000));
    let failed = EventKind::AddressFailed { cidr: cidr(VIP), interface: "eth0".into(), errno: 22 };
    assert_eq!(host.kinds(), [&failed]);
    let snapshot = host.snapshot().addresses.remove(0);
    assert_eq!((snapshot.desired, snapshot.observed, snapshot.errno), (true, false, Some(22)));
    host.refuse = None;
    host.pass(ms(5000));
    assert!(host.holds(VIP));
}

/// The pause between two attempts may be longer than the time that is left for leaving.
#[test]
fn an_address_whose_removal_was_refused_is_tried_once_more_before_leaving() {
    let mut host = master();
    host.refuse_removal = Some(105);
    host.input(Input::Stop { abrupt: false });
    host.hear(&instance(100), 90);
    host.claim(VIP);
    // Attempts at 0, 0.1, 0.3, 0.7, 1.5 and 3.1 s; the next one would come after 6.3 s.
    host.pass(ms(3200));
    assert!(host.holds(VIP) && !host.left);
    host.refuse_removal = None;
    host.pass(ms(1000));
    assert!(!host.holds(VIP) && host.left);
}

#[test]
fn lost_notifications_are_made_up_by_a_dump() {
    let mut host = master();
    host.frames.clear();
    host.addresses.remove(&(ETH0, cidr(VIP)));
    host.resync();
    host.pass(ms(10));
    assert!(host.holds(VIP));
    // Somebody removed it, however late we learn: neighbours may have noticed.
    assert_eq!(host.take()[0], Did::Added(1));
    assert_eq!(host.snapshot().counters.addresses_restored, 1);
    assert_eq!(host.frames.len(), 5);
}

#[test]
fn a_pulled_cable_is_a_fault_and_the_addresses_go() {
    let mut host = master();
    host.set_link(link(ETH0, "eth0", false));
    assert_eq!(host.take(), [Did::Sent(0), Did::Removed(1)]);
    let snapshot = host.snapshot();
    assert_eq!(
        (snapshot.state, snapshot.faults),
        (State::Fault, vec![FaultCause::InterfaceDown("eth0".into())])
    );
    host.set_link(link(ETH0, "eth0", true));
    assert_eq!(host.state(), State::Backup);
    host.pass(ms(3610));
    assert!(host.holds(VIP));
}

#[test]
fn every_order_of_create_up_address_converges() {
    // 1: interface appears, 2: comes up, 3: gets its address.
    for order in [[1, 2, 3], [1, 3, 2]] {
        let mut host = Host::with(model(vec![instance(100)]), Boot::default(), &[], &[]);
        assert_eq!(host.snapshot().faults, [FaultCause::InterfaceMissing("eth0".into())]);
        for step in order {
            match step {
                1 => host.set_link(link(ETH0, "eth0", false)),
                2 => host.set_link(link(ETH0, "eth0", true)),
                _ => host.input(Input::Address(observed(ETH0, "192.168.200.128/24", false))),
            }
        }
        assert_eq!((host.state(), host.snapshot().source), (State::Backup, Some(ip("192.168.200.128"))));
        host.pass(ms(3610));
        assert!(host.holds(VIP), "{order:?}");
    }
}

#[test]
fn an_interface_that_is_deleted_and_made_again_is_found_under_its_new_number() {
    let mut host = master();
    host.remove_link(ETH0);
    assert_eq!(host.snapshot().faults, [FaultCause::InterfaceMissing("eth0".into())]);
    let again = IfIndex(7);
    host.set_link(link(again, "eth0", true));
    host.addresses.insert((again, cidr("192.168.200.128/24")), false);
    host.input(Input::Address(observed(again, "192.168.200.128/24", false)));
    host.pass(ms(3610));
    assert!(host.addresses.contains_key(&(again, cidr(VIP))));
    assert_eq!(host.subscriptions, 3, "at start, when it went, when it came");
}

#[test]
fn a_renamed_interface_is_another_one_until_the_name_is_back() {
    let mut host = master();
    host.set_link(link(ETH0, "wan0", true));
    assert_eq!((host.state(), host.holds(VIP)), (State::Fault, false));
    host.set_link(link(ETH0, "eth0", true));
    host.pass(ms(3610));
    assert_eq!((host.state(), host.holds(VIP)), (State::Active, true));
}

#[test]
fn without_an_address_to_send_from_it_cannot_serve() {
    let mut host = master();
    host.input(Input::AddressGone { ifindex: ETH0, cidr: cidr("192.168.200.128/24") });
    assert_eq!(host.snapshot().faults, [FaultCause::NoSourceAddress("eth0".into())]);
    assert_eq!(
        host.transmitted.last().unwrap().payload[2],
        0,
        "priority 0 leaves with the address known so far"
    );
    assert!(!host.holds(VIP));
}

#[test]
fn a_tracked_interface_moves_the_priority_or_is_a_fault() {
    let eth1 = IfIndex(3);
    let tracked = |weight| {
        let mut config = instance(100);
        config.track_interfaces = vec![TrackInterface { interface: "eth1".into(), weight, reverse: false }];
        let links = vec![link(ETH0, "eth0", true), link(eth1, "eth1", true)];
        let mut host = Host::with(model(vec![config]), Boot::default(), &links, &[]);
        host.pass(ms(3700));
        host.take();
        host
    };
    let mut host = tracked(-30);
    host.set_link(link(eth1, "eth1", false));
    assert_eq!((host.state(), host.snapshot().priority.0), (State::Active, 70));
    let mut host = tracked(0);
    host.set_link(link(eth1, "eth1", false));
    assert_eq!(host.take(), [Did::Sent(0)]);
    // The own link is up: the addresses are served until the successor announces them.
    assert_eq!((host.state(), host.holds(VIP)), (State::Fault, true));
    host.claim(VIP);
    assert!(!host.holds(VIP));
}

#[test]
fn a_lease_is_renewed_in_time() {
    let mut settings = model(vec![instance(255)]);
    settings.vipd.vip_lease = Some(ms(6000));
    let mut host = Host::new(settings);
    host.take();
    host.pass(ms(2000));
    assert_eq!(host.take().iter().filter(|d| **d == Did::Added(1)).count(), 1);
    host.pass(ms(4000));
    assert_eq!(host.take().iter().filter(|d| **d == Did::Added(1)).count(), 2);
}

#[test]
fn the_lease_of_an_earlier_process_is_renewed_at_once() {
    let mut settings = model(vec![instance(100)]);
    settings.vipd.vip_lease = Some(ms(3000));
    let boot = Boot { adopt: vec!["VI_1".into()], ..Boot::default() };
    let mut host = Host::with(settings, boot, &[link(ETH0, "eth0", true)], &[VIP]);
    assert_eq!(host.state(), State::Active);
    assert!(host.take().contains(&Did::Added(1)));
}

#[test]
fn another_station_that_claims_an_address_is_reported_once() {
    let mut host = master();
    host.claim(VIP);
    assert!(host.events.is_empty(), "a former Master may still be handing over");
    host.pass(ms(2500));
    for _ in 0..100 {
        host.claim(VIP);
    }
    assert_eq!(host.kinds(), [&EventKind::AddressConflict { addr: ip(VIP), mac: PEER_MAC }]);
    assert_eq!(host.snapshot().counters.address_conflicts, 100);
}

/// Whether it goes on is asked for, so that whoever looks at the status later sees what is so, not what was.
#[test]
fn a_conflict_is_shown_until_nobody_answers_any_more() {
    let mut host = master();
    host.pass(ms(2500));
    host.frames.clear();
    host.claim(VIP);
    for _ in 0..5 {
        host.pass(ms(10_000));
        let conflict = host.snapshot().conflict.unwrap();
        assert_eq!((conflict.addr, conflict.mac), (ip(VIP), PEER_MAC));
        // An ARP request for the address, from nobody (RFC 5227 section 1.1): it is answered.
        let probe = host.frames.last().unwrap();
        assert_eq!((&probe[28..32], &probe[38..42]), (&[0; 4][..], &[192, 168, 200, 100][..]));
        host.claim(VIP);
    }
    assert!(host.snapshot().conflict.is_some());
    host.pass(ms(16_000));
    assert_eq!(host.snapshot().conflict, None);
    let sent = host.frames.len();
    host.pass(ms(30_000));
    assert_eq!(host.frames.len(), sent, "nobody is asked any more");
}

/// What the operator reads must be what is so: a cable that is out is not an address that is missing.
#[test]
fn another_reason_for_a_fault_is_told() {
    let mut host = master();
    host.set_link(link(ETH0, "eth0", false));
    assert_eq!(host.state(), State::Fault);
    host.events.clear();
    host.input(Input::LinkGone(ETH0));
    let missing = FaultCause::InterfaceMissing("eth0".into());
    assert_eq!(host.kinds(), [&EventKind::OtherFault { fault: missing }]);
    host.events.clear();
    host.set_link(link(ETH0, "eth0", false));
    host.set_link(link(ETH0, "eth0", false));
    let down = FaultCause::InterfaceDown("eth0".into());
    assert_eq!(host.kinds(), [&EventKind::OtherFault { fault: down }]);
}

/// A pause of ten seconds that changed no state: nobody else was there, or the Backup listened once more.
#[test]
fn a_pause_is_told_of() {
    let mut host = master();
    host.pass(ms(2500));
    host.events.clear();
    host.now = host.now + ms(10_000);
    host.pass(ms(0));
    let [EventKind::Late { by, state: State::Active, listens: true }] = host.kinds()[..] else {
        panic!("{:?}", host.kinds())
    };
    assert!((ms(9000)..ms(10_000)).contains(by), "{by:?}");
    host.pass(ms(5000));
    assert_eq!(host.state(), State::Active);

    let mut host = Host::new(model(vec![instance(100)]));
    host.events.clear();
    host.now = host.now + ms(10_000);
    host.pass(ms(0));
    assert!(matches!(host.kinds()[..], [EventKind::Late { state: State::Backup, listens: true, .. }]));
}

#[test]
fn refused_advertisements_change_neither_state_nor_timer() {
    let mut config = instance(100);
    config.version = types::Version::V2;
    config.authentication = Authentication::Pass(Secret(*b"1111\0\0\0\0"));
    let good = advert(&config, 255, PEER);
    let mut other_password = config.clone();
    other_password.authentication = Authentication::Pass(Secret(*b"2222\0\0\0\0"));
    let mut no_password = config.clone();
    no_password.authentication = Authentication::None;
    let mut slower = config.clone();
    slower.interval = types::Interval::from_centis(200).unwrap();
    let mut v3 = config.clone();
    v3.version = types::Version::V3;
    let mut flipped = good.clone();
    flipped[6] ^= 0x55;
    let mut not_an_advert = good.clone();
    not_an_advert[0] = 0x22;
    let cases: [(Refusal, Vec<u8>, u8); 8] = [
        (Refusal::Length, good[..10].to_vec(), 255),
        (Refusal::Ttl, good.clone(), 64),
        (Refusal::Version, advert(&v3, 255, PEER), 255),
        (Refusal::Type, not_an_advert, 255),
        (Refusal::Checksum, flipped, 255),
        (Refusal::Interval, advert(&slower, 255, PEER), 255),
        (Refusal::AuthType, advert(&no_password, 255, PEER), 255),
        (Refusal::Auth, advert(&other_password, 255, PEER), 255),
    ];
    for master in [false, true] {
        let mut host = Host::new(model(vec![config.clone()]));
        host.pass(ms(if master { 4000 } else { 1000 }));
        host.events.clear();
        host.take();
        let (state, deadline) = (host.state(), host.engine.poll_timeout());
        for (reason, bytes, ttl) in &cases {
            for _ in 0..1000 {
                host.hear_bytes(bytes, PEER, *ttl);
            }
            assert_eq!(host.snapshot().counters.refused[*reason as usize], 1000, "{reason:?}");
        }
        assert_eq!((host.state(), host.engine.poll_timeout()), (state, deadline));
        assert_eq!(host.take(), []);
        assert_eq!(host.events.len(), cases.len(), "one report for each reason");
        assert_eq!(host.snapshot().counters.adverts_received, 0);
    }
}

#[test]
fn an_advertisement_to_another_group_is_refused() {
    let config = instance(100);
    let mut host = Host::new(model(vec![config.clone()]));
    let dst = ip("224.0.0.99");
    let mut elsewhere = config;
    elsewhere.destination = dst;
    let payload = advert(&elsewhere, 200, PEER);
    host.input(Input::Advert(Received {
        ifindex: ETH0,
        src: ip(PEER),
        dst,
        ttl: 255,
        payload: &payload,
        carrier: Carrier::Ip,
    }));
    assert_eq!(host.snapshot().counters.refused[Refusal::Destination as usize], 1);
}

#[test]
fn foreign_vrids_and_interfaces_are_nobodys_business() {
    let mut foreign = instance(100);
    foreign.vrid = types::Vrid::new(99).unwrap();
    let mut host = Host::new(model(vec![instance(100)]));
    let before = host.snapshot();
    host.hear(&foreign, 255);
    assert_eq!(host.snapshot(), before);
}

#[test]
fn sockets_that_cannot_be_opened_are_a_fault_and_tried_again() {
    let mut host = master();
    let family = types::Family::V4;
    host.input(Input::SubscribeFailed { ifindex: ETH0, family, reason: "no such group".into() });
    assert_eq!(host.snapshot().faults, [FaultCause::CannotListen("no such group".into())]);
    let asked = host.subscriptions;
    host.pass(ms(5100));
    assert_eq!((host.subscriptions, host.state()), (asked + 1, State::Backup));
}

#[test]
fn time_stands_still_between_events() {
    // A Backup that hears its Master each second wants to be woken for nothing but its down timer.
    let mut host = Host::new(model(vec![instance(100)]));
    for _ in 0..5 {
        host.hear(&instance(100), 200);
        let (at, _) = host.engine.poll_timeout().unwrap();
        assert_eq!(at.since(host.now).as_nanos(), 3_609_375_000);
        host.pass(ms(1000));
    }
    assert!(host.now > Instant::ZERO && host.take().is_empty());
}

/// Neighbours know the former MAC address, and would go on sending there.
#[test]
fn another_mac_address_of_the_interface_is_announced_at_once() {
    let mut host = master();
    host.pass(ms(6000));
    host.frames.clear();
    let other = MacAddr([2, 0, 0, 0, 0, 9]);
    host.set_link(Link { mac: other, ..link(ETH0, "eth0", true) });
    host.pass(ms(100));
    assert_eq!(host.frames.len(), 5);
    // Sender of the Ethernet frame, of the ARP packet, and its address.
    let announces =
        |f: &Vec<u8>| f[6..12] == other.0 && f[22..28] == other.0 && f[28..32] == [192, 168, 200, 100];
    assert!(host.frames.iter().all(announces));

    let mut backup = Host::new(model(vec![instance(100)]));
    backup.set_link(Link { mac: other, ..link(ETH0, "eth0", true) });
    backup.pass(ms(100));
    assert!(backup.frames.is_empty());
}

/// Whoever gave a virtual address to the interface by other means learns where it went, and that nothing crashed.
#[test]
fn a_virtual_address_that_is_not_ours_is_removed_with_a_word() {
    let mut host = Host::unstarted(model(vec![instance(100)]), &[link(ETH0, "eth0", true)]);
    host.addresses.insert((ETH0, cidr("192.168.200.128/24")), false);
    host.addresses.insert((ETH0, cidr("192.168.200.100/32")), false);
    host.resync();
    let told = EventKind::StrangerRemoved { cidr: cidr("192.168.200.100/32"), interface: "eth0".into() };
    assert!(host.kinds().contains(&&told), "{:?}", host.kinds());
    assert!(!host.kinds().iter().any(|kind| matches!(kind, EventKind::Leftovers { .. })));
    assert!(!host.addresses.contains_key(&(ETH0, cidr("192.168.200.100/32"))));
}
