//! Duplicate address detection (RFC 4862 section 5.4): what is tentative is not used, and what somebody else has is told.
#![allow(clippy::unwrap_used, reason = "a test that finds something else fails")]

mod common;

use std::net::IpAddr;

use common::{Did, ETH0, Host, address, cidr, instance, ip, link, model, ms, observed};
use config::model::{Instance, Model, Notify, Scope, SyncGroup, Unicast, VirtualAddress};
use engine::Boot;
use engine::api::{Input, Observed};
use engine::observe::{EventKind, FaultCause};
use types::{Family, Vrid};
use vrrp::State;

const OWN: &str = "fe80::a/64";
const VIP: &str = "2001:db8::9/64";

fn v6() -> Instance {
    let mut config = Instance::new("VI_1", "eth0", Vrid::new(51).unwrap(), Family::V6);
    config.addresses = vec![address("fe80::9/64")];
    config.garp.delay = ms(0);
    config
}

/// With an address that the kernel looks for duplicates of.
fn detected() -> Instance {
    let mut config = v6();
    let mut vip = address(VIP);
    vip.flags.nodad = false;
    config.addresses.push(vip);
    config
}

fn own(tentative: bool, dad_failed: bool) -> Input<'static> {
    Input::Address(Observed { tentative, dad_failed, scope: Scope::LINK, ..observed(ETH0, OWN, false) })
}

fn vip(tentative: bool, dad_failed: bool) -> Input<'static> {
    Input::Address(Observed { tentative, dad_failed, ..observed(ETH0, VIP, true) })
}

fn host(config: Instance) -> Host {
    Host::with(model(vec![config]), Boot::default(), &[link(ETH0, "eth0", true)], &[])
}

/// How often an address was announced: the target of a neighbour advertisement is behind Ethernet, IPv6 and 8 octets.
fn announced(host: &Host, address: &str) -> usize {
    let IpAddr::V6(address) = ip(address) else { panic!("{address}") };
    host.frames.iter().filter(|frame| frame.get(62..78) == Some(&address.octets()[..])).count()
}

#[test]
fn nothing_is_sent_from_an_address_that_is_tentative() {
    let mut host = host(v6());
    host.input(own(true, false));
    host.pass(ms(20_000));
    assert_eq!(host.snapshot().faults, [FaultCause::SourceTentative(ip("fe80::a"))]);
    assert!(host.transmitted.is_empty());
    host.input(own(false, false));
    host.pass(ms(5000));
    assert_eq!(host.state(), State::Active);
    assert!(host.transmitted.iter().all(|advert| advert.src == ip("fe80::a")));
}

/// The notification that detection has ended was lost with others; the dump that follows tells the same.
#[test]
fn a_dump_tells_that_detection_has_ended() {
    let mut host = host(detected());
    host.input(own(false, false));
    host.pass(ms(5000));
    assert_eq!((host.state(), announced(&host, "2001:db8::9")), (State::Active, 0));
    let seen = |cidr: &str, scope| Observed { scope, ..observed(ETH0, cidr, cidr != OWN) };
    let addresses = vec![seen(OWN, Scope::LINK), seen("fe80::9/64", Scope::LINK), seen(VIP, Scope::GLOBAL)];
    host.input(Input::Resync { links: vec![link(ETH0, "eth0", true)], addresses });
    host.pass(ms(10));
    assert!(announced(&host, "2001:db8::9") > 0);
    assert!(host.snapshot().addresses.iter().all(|address| !address.detecting));
}

/// So it is at each boot, and nobody is to be called for it.
#[test]
fn detection_at_the_start_is_waited_for_without_a_fault() {
    let mut host = Host::with(model(vec![v6()]), Boot::default(), &[], &[]);
    host.engine.handle(host.now, Input::Link(link(ETH0, "eth0", true)));
    assert_eq!(host.state(), State::Fault, "an interface that has no address at all is one");

    let starts = || {
        let mut host = Host::unstarted(model(vec![v6()]), &[link(ETH0, "eth0", true)]);
        let Input::Address(own) = own(true, false) else { panic!() };
        host.input(Input::Resync { links: vec![link(ETH0, "eth0", true)], addresses: vec![own] });
        host
    };
    let mut host = starts();
    host.pass(ms(2000));
    assert_eq!(host.state(), State::Initialize);
    assert_eq!(host.snapshot().faults, [FaultCause::SourceTentative(ip("fe80::a"))]);
    assert!(host.kinds().is_empty(), "{:?}", host.kinds());
    host.input(own(false, false));
    assert_eq!(host.state(), State::Backup);
    host.pass(ms(5000));
    assert_eq!(host.state(), State::Active);

    let mut host = starts();
    host.input(own(true, true));
    assert_eq!(host.state(), State::Fault, "somebody else has it");

    let mut host = starts();
    host.set_link(link(ETH0, "eth0", false));
    assert_eq!(host.state(), State::Fault, "without a carrier it never ends");
}

/// Addresses of both families in step: the IPv4 half waits, too, and nobody is told of a fault.
#[test]
fn a_sync_group_waits_for_the_source_address_of_its_slowest_member() {
    let mut v4 = instance(100);
    v4.name = "V4".into();
    let members = vec!["V4".into(), "VI_1".into()];
    let group = SyncGroup { name: "G".into(), members, smtp_alert: false, notify: Notify::default() };
    let settings = Model { sync_groups: vec![group], ..model(vec![v4, v6()]) };
    let mut host = Host::unstarted(settings, &[link(ETH0, "eth0", true)]);
    let Input::Address(own_v6) = own(true, false) else { panic!() };
    let addresses = vec![own_v6, observed(ETH0, "192.168.200.128/24", false)];
    host.input(Input::Resync { links: vec![link(ETH0, "eth0", true)], addresses });
    let states =
        |host: &Host| host.engine.snapshot(host.now).instances.iter().map(|i| i.state).collect::<Vec<_>>();
    host.pass(ms(2000));
    assert_eq!(states(&host), [State::Initialize; 2]);
    host.input(own(false, false));
    assert_eq!(states(&host), [State::Backup; 2]);
    host.pass(ms(5000));
    assert_eq!(states(&host), [State::Active; 2]);
    let is_fault = |kind: &&EventKind| {
        matches!(kind, EventKind::Group { to: State::Fault, .. })
            || matches!(kind, EventKind::Transition { transition, .. } if transition.to == State::Fault)
    };
    assert_eq!(host.kinds().into_iter().find(is_fault), None);
}

#[test]
fn nor_from_one_that_somebody_else_has() {
    let mut host = host(v6());
    host.input(own(false, false));
    host.pass(ms(5000));
    assert_eq!(host.state(), State::Active);
    let sent = host.transmitted.len();
    host.input(own(true, true));
    host.pass(ms(20_000));
    assert_eq!(host.snapshot().faults, [FaultCause::SourceDuplicate(ip("fe80::a"))]);
    // The last word was priority 0.
    assert_eq!(host.transmitted.len(), sent + 1);
    assert!(host.did.iter().any(|(_, did)| *did == Did::Sent(0)));
}

#[test]
fn a_configured_source_that_is_tentative_is_waited_for() {
    let mut host = host(Instance { source: Some(ip("fe80::a")), ..v6() });
    host.input(own(true, false));
    host.pass(ms(20_000));
    assert_eq!(host.snapshot().faults, [FaultCause::SourceTentative(ip("fe80::a"))]);
    host.input(own(false, false));
    host.pass(ms(5000));
    assert_eq!(host.state(), State::Active);
}

#[test]
fn a_virtual_address_is_announced_once_detection_is_over_and_holds_nobody_up() {
    let mut host = host(detected());
    host.input(own(false, false));
    host.pass(ms(3620));
    assert_eq!(host.state(), State::Active);
    host.input(vip(true, false));
    host.pass(ms(1000));
    assert_eq!((announced(&host, "fe80::9"), announced(&host, "2001:db8::9")), (5, 0));
    let shown = &host.snapshot().addresses[1];
    assert!(shown.desired && shown.observed && shown.detecting);
    host.input(vip(false, false));
    host.pass(ms(1000));
    assert_eq!((announced(&host, "fe80::9"), announced(&host, "2001:db8::9")), (5, 5));
    assert!(!host.snapshot().addresses[1].detecting);
}

#[test]
fn a_virtual_address_that_somebody_else_has_is_told_once_and_tried_again() {
    let mut host = host(detected());
    host.input(own(false, false));
    host.pass(ms(3620));
    let failures = |host: &Host| {
        let is_it = |kind: &&&EventKind| matches!(kind, EventKind::AddressFailed { cidr: failed, errno: 98, .. } if *failed == cidr(VIP));
        host.kinds().iter().filter(is_it).count()
    };
    let changes = |host: &mut Host| {
        let did = host.take();
        did.into_iter().filter(|did| matches!(did, Did::Added(_) | Did::Removed(_))).collect::<Vec<_>>()
    };
    host.input(vip(true, false));
    changes(&mut host);
    host.events.clear();
    for _ in 0..3 {
        host.input(vip(true, true));
        host.pass(ms(9000));
        assert_eq!((failures(&host), announced(&host, "2001:db8::9")), (1, 0));
        let shown = &host.snapshot().addresses[1];
        assert_eq!((shown.observed, shown.errno), (false, Some(98)));
        assert_eq!(changes(&mut host), []);
        host.pass(ms(2000));
        assert_eq!(changes(&mut host), [Did::Removed(1), Did::Added(1)]);
        host.input(vip(true, false));
    }
    let claims = |kind: &&EventKind| matches!(kind, EventKind::AddressesInstalled { .. });
    assert_eq!(host.kinds().into_iter().find(claims), None, "nothing was put in place");
    host.input(vip(false, false));
    host.pass(ms(1000));
    let shown = &host.snapshot().addresses[1];
    assert_eq!((shown.observed, shown.errno, announced(&host, "2001:db8::9")), (true, None, 5));
    assert_eq!(host.state(), State::Active);
}

#[test]
fn without_the_word_nobody_looks_for_duplicates() {
    let of = |text: &str| VirtualAddress::new(cidr(text)).flags.nodad;
    assert!(of(VIP) && !of("192.0.2.1/24"));
}

/// keepalived 2.2.7 announces the source address of a unicast instance once, when a fault is over.
#[test]
fn the_source_of_a_unicast_instance_is_announced_after_a_fault() {
    let peer = config::model::Peer { address: ip("192.168.200.129"), min_ttl: 0, max_ttl: 255 };
    let unicast = Unicast { peers: vec![peer], ttl: 255, check_source: false };
    for (unicast, times) in [(Some(unicast), 1), (None, 0)] {
        let mut host = Host::new(model(vec![Instance { unicast, ..instance(100) }]));
        host.pass(ms(1000));
        assert!(host.frames.is_empty(), "a start is none");
        host.set_link(link(ETH0, "eth0", false));
        host.pass(ms(100));
        host.set_link(link(ETH0, "eth0", true));
        host.pass(ms(100));
        assert_eq!(host.state(), State::Backup);
        // The sender's address of an ARP packet.
        let of_source = host.frames.iter().filter(|frame| frame[28..32] == [192, 168, 200, 128]).count();
        assert_eq!((of_source, host.frames.len()), (times, times));
    }
}
