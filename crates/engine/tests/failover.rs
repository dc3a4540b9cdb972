//! Taking over, handing over, leaving.

#![allow(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test that finds something else fails"
)]

mod common;

use common::*;
use engine::Boot;
use engine::api::Input;
use engine::observe::EventKind;
use types::{Interval, Priority};
use vrrp::{Cause, State};

const VIP: &str = "192.168.200.100";

/// Master-down interval at priority 100 and one second, version 3: 3 s + 156/256 s.
const DOWN_MS: u64 = 3610;

fn master() -> Host {
    let mut host = Host::new(model(vec![instance(100)]));
    host.pass(ms(DOWN_MS));
    assert_eq!(host.state(), State::Active);
    host.take();
    host.events.clear();
    host
}

#[test]
fn takes_over_when_nobody_advertises() {
    let mut host = Host::new(model(vec![instance(100)]));
    host.pass(ms(3609));
    assert_eq!((host.state(), host.holds(VIP)), (State::Backup, false));
    host.pass(ms(1));
    assert!(host.holds(VIP));
    // Advertisement first, so that a leaving Master knows; then the address; then five announcements in all.
    assert_eq!(host.take(), [Did::Sent(100), Did::Added(1), Did::Frames(5)]);
    assert_eq!(wire::arp::parse(&host.frames[0]).map(|c| c.addr.to_string()), Some(VIP.into()));
    // The second burst five seconds later, an advertisement each second, and the question whether anybody objects.
    host.pass(ms(5000));
    let did = host.take();
    assert_eq!(did.iter().filter(|d| **d == Did::Sent(100)).count(), 5);
    assert_eq!(did.iter().filter(|d| **d == Did::Frames(5)).count(), 1);
    assert_eq!(did.iter().filter(|d| **d == Did::Frames(1)).count(), 1);
    assert_eq!(did.len(), 7);
}

#[test]
fn the_cause_of_a_takeover_is_told() {
    let mut host = Host::new(model(vec![instance(100)]));
    host.hear(&instance(100), 200);
    host.pass(ms(DOWN_MS));
    let causes: Vec<_> = host
        .kinds()
        .into_iter()
        .filter_map(|k| match k {
            EventKind::Transition { transition, .. } => Some(transition.cause.clone()),
            _ => None,
        })
        .collect();
    let [Cause::Startup, Cause::MasterDown { silent_for, last_active }] = &causes[..] else {
        panic!("{causes:?}")
    };
    assert_eq!((silent_for.as_millis(), *last_active), (3609, Some(ip(PEER))));
}

#[test]
fn a_stopping_master_serves_until_its_successor_announces_the_address() {
    let mut host = master();
    host.input(Input::Stop { abrupt: false });
    assert_eq!(host.take(), [Did::Sent(0)]);
    host.pass(ms(600));
    host.hear(&instance(100), 90);
    assert!(host.holds(VIP) && !host.left, "an advertisement alone is not enough");
    host.claim(VIP);
    assert!(!host.holds(VIP) && host.left);
    assert_eq!(host.take(), [Did::Removed(1)]);
}

#[test]
fn a_successor_that_cannot_be_heard_announcing_gets_a_short_grace() {
    let mut host = master();
    host.input(Input::Stop { abrupt: false });
    host.hear(&instance(100), 90);
    host.pass(ms(199));
    assert!(host.holds(VIP));
    host.pass(ms(1));
    assert!(!host.holds(VIP) && host.left);
}

#[test]
fn without_a_successor_it_ends_after_the_master_down_interval() {
    let mut host = master();
    host.input(Input::Stop { abrupt: false });
    host.pass(ms(3609));
    assert!(host.holds(VIP) && !host.left);
    host.pass(ms(1));
    assert!(!host.holds(VIP) && host.left);
}

#[test]
fn a_second_stop_is_abrupt() {
    let mut host = master();
    host.input(Input::Stop { abrupt: false });
    host.input(Input::Stop { abrupt: false });
    assert!(!host.holds(VIP) && host.left);
}

#[test]
fn handover_off_is_abrupt() {
    let mut settings = model(vec![instance(100)]);
    settings.vipd.handover = false;
    let mut host = Host::new(settings);
    host.pass(ms(DOWN_MS));
    host.take();
    host.input(Input::Stop { abrupt: false });
    assert_eq!(host.take(), [Did::Sent(0), Did::Removed(1)]);
    assert!(host.left);
}

#[test]
fn a_preempted_master_serves_until_the_winner_announces_the_address() {
    let mut host = master();
    host.hear(&instance(100), 200);
    assert_eq!((host.state(), host.holds(VIP)), (State::Backup, true));
    assert!(host.snapshot().handing_over);
    host.claim(VIP);
    assert!(!host.holds(VIP));
    assert!(matches!(
        host.kinds()[..],
        [EventKind::Transition { .. }, EventKind::HandoverDone { successor: Some(_), count: 1, .. }]
    ));
}

/// Both were Master on two sides of a divided network: the winner must learn that there are neighbours to tell.
#[test]
fn a_winner_that_announces_nothing_is_reminded() {
    let mut host = master();
    let mut winner = instance(200);
    winner.interval = Interval::from_centis(50).unwrap();
    host.hear(&winner, 200);
    host.pass(ms(199));
    assert_eq!(host.take(), []);
    host.pass(ms(1));
    assert_eq!((host.take(), host.holds(VIP)), (vec![Did::Sent(100)], true));
    // With the winner's interval (RFC 9568 section 5.2.7, the last 12 bits), which a third router may learn.
    let reminder = host.transmitted.last().unwrap();
    assert_eq!(reminder.payload[4..6], [0, 50]);
    host.claim(VIP);
    assert_eq!(host.take(), [Did::Removed(1)]);
}

#[test]
fn without_a_handover_the_winner_is_reminded_at_once() {
    let mut settings = model(vec![instance(100)]);
    settings.vipd.handover = false;
    let mut host = Host::new(settings);
    host.pass(ms(DOWN_MS));
    host.take();
    host.hear(&instance(100), 200);
    assert_eq!(host.take(), [Did::Sent(100), Did::Removed(1)]);
    host.pass(ms(1000));
    assert_eq!(host.take(), []);
}

#[test]
fn reminding_ends_after_three_times() {
    let mut host = master();
    host.hear(&instance(100), 200);
    host.pass(ms(800));
    assert_eq!(host.take(), [Did::Sent(100), Did::Sent(100), Did::Sent(100), Did::Removed(1)]);
}

#[test]
fn each_address_goes_when_its_own_announcement_is_heard() {
    let mut config = instance(100);
    config.excluded = vec![address("10.0.0.1"), address("10.0.0.2")];
    let mut host = Host::new(model(vec![config.clone()]));
    host.pass(ms(DOWN_MS));
    host.hear(&config, 200);
    host.claim("10.0.0.2");
    assert!(host.holds(VIP) && host.holds("10.0.0.1") && !host.holds("10.0.0.2"));
    // Each announcement renews the grace of the others; who was announced in part is reminded of the rest.
    host.take();
    host.pass(ms(150));
    host.claim(VIP);
    host.pass(ms(150));
    assert_eq!((host.take(), host.holds("10.0.0.1")), (vec![Did::Removed(1)], true));
    host.pass(ms(50));
    assert_eq!((host.take(), host.holds("10.0.0.1")), (vec![Did::Sent(100)], true));
    host.pass(ms(600));
    assert!(!host.holds("10.0.0.1"));
}

#[test]
fn a_master_whose_successor_dies_goes_on() {
    let mut host = master();
    host.hear(&instance(100), 200);
    host.pass(ms(100));
    host.take();
    // Down timer of the Backup: the successor was never heard again, and nobody announced the address.
    host.pass(ms(DOWN_MS));
    assert_eq!((host.state(), host.holds(VIP)), (State::Active, true));
}

#[test]
fn nothing_is_announced_by_a_host_that_is_not_master() {
    let mut host = master();
    host.hear(&instance(100), 200);
    host.take();
    host.pass(ms(3000));
    assert!(!host.take().iter().any(|d| matches!(d, Did::Frames(_))));

    let mut host = master();
    host.hear(&instance(100), 200);
    host.claim(VIP);
    host.take();
    host.pass(ms(3000));
    assert_eq!(host.take(), []);
}

#[test]
fn the_owner_is_master_at_once() {
    let mut host = Host::new(model(vec![instance(255)]));
    assert_eq!(host.take(), [Did::Sent(255), Did::Added(1), Did::Frames(5)]);
}

#[test]
fn a_restarted_router_adopts_what_it_finds() {
    let boot = Boot { adopt: vec!["VI_1".into()], ..Boot::default() };
    let links = vec![link(ETH0, "eth0", true)];
    let mut host = Host::with(model(vec![instance(100)]), boot, &links, &[VIP]);
    assert_eq!(host.state(), State::Active);
    host.pass(ms(0));
    // An advertisement and announcements, but no address operation at all.
    assert_eq!(host.take(), [Did::Sent(100), Did::Frames(5)]);
    assert!(host.kinds().contains(&&EventKind::Leftovers { adopted: 1, removed: 0 }));
}

/// Every Backup has taken over after a whole master-down interval (RFC 9568 section 6.1): 4 s for the lowest priority.
#[test]
fn a_router_that_replaces_one_which_hung_for_long_listens_first() {
    for (silent, state) in [(3999, State::Active), (4000, State::Backup)] {
        let boot = Boot { adopt: vec!["VI_1".into()], silent_for: ms(silent), ..Boot::default() };
        let links = vec![link(ETH0, "eth0", true)];
        let mut host = Host::with(model(vec![instance(100)]), boot, &links, &[VIP]);
        host.pass(ms(0));
        assert_eq!((host.state(), host.holds(VIP)), (state, state == State::Active));
    }
}

#[test]
fn an_owner_announces_what_it_finds_as_well_as_what_it_adds() {
    let mut config = instance(255);
    config.garp.repeat = 1;
    config.excluded = vec![address("10.0.0.1")];
    let links = vec![link(ETH0, "eth0", true)];
    let mut host = Host::with(model(vec![config]), Boot::default(), &links, &[VIP]);
    host.pass(ms(0));
    let mut announced: Vec<String> =
        host.frames.iter().filter_map(|f| wire::arp::parse(f)).map(|claim| claim.addr.to_string()).collect();
    announced.sort();
    assert_eq!(announced, ["10.0.0.1", VIP]);
}

#[test]
fn leftovers_are_removed_before_anything_is_said() {
    let links = vec![link(ETH0, "eth0", true)];
    let mut host = Host::with(model(vec![instance(100)]), Boot::default(), &links, &[VIP, "10.9.9.9"]);
    assert_eq!(host.take(), [Did::Removed(2)]);
    assert!(host.holds("192.168.200.128/24"), "a foreign address is not ours to remove");
    assert!(host.kinds().contains(&&EventKind::Leftovers { adopted: 0, removed: 2 }));
}

#[test]
fn leftovers_are_removed_from_an_interface_that_changed_its_name() {
    let links = vec![link(ETH0, "renamed", true)];
    let mut host = Host::with(model(vec![instance(100)]), Boot::default(), &links, &[VIP, "10.9.9.9"]);
    assert_eq!((host.state(), host.take()), (State::Fault, vec![Did::Removed(1)]));
    assert!(host.holds("10.9.9.9"), "another daemon's address on an interface that is not ours");
}

#[test]
fn a_lower_priority_advertisement_is_answered_and_announced_over() {
    let mut host = master();
    host.pass(ms(6000));
    host.take();
    host.hear(&instance(100), 50);
    host.pass(ms(0));
    assert_eq!(host.take(), [Did::Sent(100), Did::Frames(5)]);
}

/// users' reports 20: two virtual routers with one number, or two files that differ.
#[test]
fn other_addresses_under_our_number_are_told_once_a_minute() {
    let mut host = master();
    let mut other = instance(100);
    other.addresses = vec![address("203.0.113.1")];
    let told = |host: &Host| {
        let counts = host.kinds().into_iter().filter_map(|kind| match kind {
            EventKind::OtherAddresses { vrid, count, .. } => Some((vrid.get(), *count)),
            _ => None,
        });
        counts.collect::<Vec<_>>()
    };
    for _ in 0..3 {
        host.hear(&other, 50);
    }
    assert_eq!(told(&host), [(51, 1)]);
    host.pass(ms(60_000));
    host.hear(&other, 50);
    assert_eq!(told(&host), [(51, 1), (51, 3)]);
    host.hear(&instance(100), 50);
    assert_eq!((told(&host).len(), host.state()), (2, State::Active));
}

/// RFC 3768 section 7.1: another virtual router with our number does not take ours over; a peer whose list has grown does.
#[test]
fn who_shares_no_address_is_not_obeyed() {
    let with = |addresses: &[&str]| {
        let mut other = instance(200);
        other.addresses = addresses.iter().copied().map(address).collect();
        other
    };
    let cases: [(&[&str], State); 4] = [
        (&["203.0.113.1"], State::Active),
        (&["203.0.113.1", "203.0.113.2"], State::Active),
        (&["203.0.113.1", VIP], State::Backup),
        (&[VIP], State::Backup),
    ];
    for (addresses, state) in cases {
        let mut host = master();
        host.hear(&with(addresses), 200);
        host.pass(ms(0));
        assert_eq!(host.state(), state, "{addresses:?}");
    }
}

#[test]
fn the_startup_delay_holds_back_take_overs() {
    let mut settings = model(vec![instance(255)]);
    settings.global.startup_delay = ms(2000);
    let mut host = Host::new(settings);
    host.pass(ms(1999));
    assert_eq!(host.take(), []);
    assert_eq!(host.engine.snapshot(host.now).starts_at, Some(host.now + ms(1)));
    host.pass(ms(1));
    assert_eq!(host.state(), State::Active);
    assert_eq!(host.engine.snapshot(host.now).starts_at, None);
}

#[test]
fn priority_zero_carries_the_protocols_stop() {
    let mut host = master();
    host.input(Input::Stop { abrupt: true });
    let last = host.transmitted.last().unwrap();
    let packet = wire::vrrp::Packet::new(&last.payload, types::Family::V4).unwrap();
    assert_eq!(packet.priority(), Priority::STOP);
    assert_eq!((last.ttl, last.dst), (255, ip("224.0.0.18")));
    assert_eq!(host.snapshot().counters.priority_zero_sent, 1);
}

#[test]
fn a_thousand_masters_do_not_advertise_in_one_burst_for_ever() {
    let many: Vec<_> = (0..1000_u32)
        .map(|n| {
            let mut config = instance(100);
            config.name = format!("VI_{n}");
            config.interface = Some(format!("eth{}", n / 250));
            config.vrid = types::Vrid::new((n % 250 + 1) as u8).unwrap();
            config.addresses = vec![address(&format!("10.0.{}.{}", n / 250, n % 250 + 1))];
            config
        })
        .collect();
    let links: Vec<_> = (0..4).map(|n| link(types::IfIndex(2 + n), &format!("eth{n}"), true)).collect();
    let mut host = Host::with(model(many), Boot::default(), &links, &[]);
    for link in &links {
        host.input(Input::Address(observed(link.ifindex, "192.168.200.128/24", false)));
    }
    host.pass(ms(5000));
    host.did.clear();
    host.pass(ms(1000));
    let mut bursts = std::collections::BTreeMap::<_, usize>::new();
    for (at, did) in &host.did {
        if *did == Did::Sent(100) {
            *bursts.entry(*at).or_default() += 1;
        }
    }
    assert_eq!((bursts.values().sum::<usize>(), bursts.values().max()), (1000, Some(&32)));
}
