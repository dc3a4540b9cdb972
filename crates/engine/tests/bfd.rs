//! A virtual router that follows a BFD session: FAULT, priority, stop and reload, through the whole engine.

#![expect(clippy::unwrap_used, reason = "a wrong literal shall stop the test")]

mod common;

use std::num::{NonZeroU8, NonZeroU32};

use common::{ETH0, Host, instance, ip, model, ms};
use config::model::{Bfd, Instance, Model, Track, TrackerId, TrackerKind};
use engine::Boot;
use engine::api::Input;
use engine::bfd::api::Received;
use engine::observe::EventKind;
use types::Priority;
use vrrp::State;
use wire::bfd::{Control, Diagnostic, Packet};

const NEIGHBOR: &str = "192.168.200.129";

/// 100 ms both ways, three packets.
fn session() -> Bfd {
    Bfd {
        min_rx_us: 100_000,
        min_tx_us: 100_000,
        detect_mult: NonZeroU8::new(3).unwrap(),
        ..Bfd::new("peer", ip(NEIGHBOR))
    }
}

fn tracking(weight: i16) -> Model {
    let tracker = TrackerId { kind: TrackerKind::Bfd, name: "peer".into() };
    let tracks = vec![Track { tracker, weight, reverse: false }];
    Model { bfd: vec![session()], ..model(vec![Instance { tracks, ..instance(100) }]) }
}

/// The neighbour says this, and knows us.
fn hear(host: &mut Host, state: wire::bfd::State) {
    let last = host.bfd.last().unwrap();
    let ours = Packet::new(&last.payload).unwrap().control().my_discriminator;
    let payload = Control {
        diagnostic: Diagnostic::None,
        state,
        poll: false,
        final_: true,
        control_plane_independent: false,
        demand: false,
        detect_mult: NonZeroU8::new(3).unwrap(),
        my_discriminator: NonZeroU32::new(9).unwrap(),
        your_discriminator: Some(ours),
        desired_min_tx_us: 100_000,
        required_min_rx_us: 100_000,
        required_min_echo_rx_us: 0,
    }
    .emit();
    host.input(Input::Bfd(Received {
        ifindex: ETH0,
        src: ip(NEIGHBOR),
        dst: ip("192.168.200.128"),
        ttl: 255,
        multihop: false,
        payload: &payload,
    }));
}

fn come_up(host: &mut Host) {
    hear(host, wire::bfd::State::Down);
    hear(host, wire::bfd::State::Up);
    assert_eq!(host.engine.snapshot(host.now).bfd[0].state, wire::bfd::State::Up);
}

fn keep_up(host: &mut Host, tenths: u64) {
    for _ in 0..tenths {
        host.pass(ms(100));
        hear(host, wire::bfd::State::Up);
    }
}

fn states(host: &Host) -> Vec<State> {
    host.events
        .iter()
        .filter_map(|event| {
            let EventKind::Transition { transition, .. } = &event.kind else { return None };
            Some(transition.to)
        })
        .collect()
}

/// It never was in FAULT, although the session was not up at once.
#[test]
fn a_virtual_router_waits_for_the_session_at_start() {
    let mut host = Host::new(tracking(0));
    host.pass(ms(500));
    assert_eq!(states(&host), []);
    come_up(&mut host);
    keep_up(&mut host, 40);
    assert_eq!(states(&host), [State::Backup, State::Active]);
}

#[test]
fn without_a_peer_it_is_a_fault() {
    let mut host = Host::new(tracking(0));
    host.pass(ms(4_000));
    assert_eq!(states(&host), [State::Fault]);
    come_up(&mut host);
    assert_eq!(states(&host), [State::Fault, State::Backup]);
}

/// The process before died and this one goes on as Master: the session has three seconds to come back.
#[test]
fn a_successor_does_not_give_up_for_the_moment_without_a_session() {
    let boot = || Boot { adopt: vec!["VI_1".into()], ..Boot::default() };
    let links = [common::link(ETH0, "eth0", true)];
    let mut host = Host::with(tracking(0), boot(), &links, &[]);
    assert_eq!(states(&host), [State::Active]);
    host.pass(ms(1_000));
    come_up(&mut host);
    keep_up(&mut host, 40);
    assert_eq!(states(&host), [State::Active]);
    let mut host = Host::with(tracking(0), boot(), &links, &[]);
    host.pass(ms(2_999));
    assert_eq!(states(&host), [State::Active]);
    host.pass(ms(1));
    assert_eq!(states(&host), [State::Active, State::Fault]);
}

/// `--no_bfd`: keepalived 2.2.7 enters FAULT, too.
#[test]
fn a_session_that_does_not_run_is_down() {
    let mut host = Host::new(Model { bfd: Vec::new(), ..tracking(0) });
    host.pass(ms(10));
    assert_eq!(states(&host), [State::Fault]);
}

/// 300 ms after the last packet, and not before.
#[test]
fn a_dead_peer_is_a_fault_after_the_detection_time() {
    let mut host = Host::new(tracking(0));
    come_up(&mut host);
    keep_up(&mut host, 40);
    host.pass(ms(299));
    assert_eq!(states(&host).last(), Some(&State::Active));
    host.pass(ms(1));
    assert_eq!(states(&host).last(), Some(&State::Fault));
}

#[test]
fn with_a_weight_the_priority_moves() {
    let mut host = Host::new(tracking(-30));
    come_up(&mut host);
    keep_up(&mut host, 40);
    let priority = |host: &Host| host.engine.snapshot(host.now).instances[0].priority;
    assert_eq!(priority(&host), Priority(100));
    hear(&mut host, wire::bfd::State::AdminDown);
    assert_eq!(priority(&host), Priority(70));
    assert_eq!(states(&host).last(), Some(&State::Active));
}

/// A reload that changes nothing sends nothing, and the session stays what it is.
#[test]
fn a_reload_keeps_the_session() {
    let mut host = Host::new(tracking(0));
    come_up(&mut host);
    keep_up(&mut host, 40);
    let (packets, states_before) = (host.bfd.len(), states(&host));
    host.input(Input::Reload(Box::new(tracking(0))));
    assert_eq!((host.bfd.len(), states(&host)), (packets, states_before));
}

/// Another `source_ip` makes a new session, which needs a moment to come up: until it does, or has had its time, the last
/// word of the one before holds.
#[test]
fn a_session_that_begins_anew_moves_nothing_until_it_says_something() {
    let moved = |weight| {
        let mut model = tracking(weight);
        model.bfd[0].source = Some(ip("192.168.200.128"));
        Input::Reload(Box::new(model))
    };
    let mut host = Host::new(tracking(50));
    come_up(&mut host);
    keep_up(&mut host, 40);
    let priority = |host: &Host| host.engine.snapshot(host.now).instances[0].priority;
    host.input(moved(50));
    host.pass(ms(2_999));
    assert_eq!(priority(&host), Priority(150));
    host.pass(ms(1));
    assert_eq!(priority(&host), Priority(100));
    let mut host = Host::new(tracking(0));
    host.pass(ms(4_000));
    host.input(moved(0));
    host.pass(ms(4_000));
    assert_eq!(states(&host), [State::Fault], "it does not become a Backup for a moment");
}

/// The peer hears of it before the process is gone.
#[test]
fn a_stop_says_administratively_down() {
    let mut host = Host::new(tracking(0));
    come_up(&mut host);
    keep_up(&mut host, 40);
    host.input(Input::Stop { abrupt: false });
    let last = Packet::new(&host.bfd.last().unwrap().payload).unwrap().control();
    assert_eq!((last.state, last.diagnostic.number()), (wire::bfd::State::AdminDown, 7));
    assert!(!host.left);
    hear(&mut host, wire::bfd::State::Down);
    host.pass(ms(5_000));
    assert!(host.left);
}
