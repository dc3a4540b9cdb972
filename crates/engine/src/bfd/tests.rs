//! Sessions with a peer made of literal packets: whose a packet is, who is opened when, reload and leave.

use std::net::IpAddr;
use std::num::{NonZeroU8, NonZeroU32};
use std::time::Duration;

use bfd::{Diagnostic, State};
use config::model::{Bfd as Config, Verdict};
use proptest::collection::vec;
use proptest::prelude::*;
use types::{IfIndex, Instant};
use wire::bfd::{Control, Packet};

use super::api::{Endpoint, Received, SessionId, Trouble};
use super::{Effect, Sessions};
use crate::observe::EventKind;

const ETH0: IfIndex = IfIndex(2);

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn at(millis: u64) -> Instant {
    Instant::ZERO + Duration::from_millis(1_000 + millis)
}

/// 100 ms both ways, three packets.
fn config(name: &str, neighbor: &str) -> Config {
    Config {
        min_rx_us: 100_000,
        min_tx_us: 100_000,
        detect_mult: NonZeroU8::new(3).unwrap(),
        ..Config::new(name, ip(neighbor))
    }
}

/// What the sessions did, taken apart.
#[derive(Default, Debug)]
struct Done {
    opened: Vec<Vec<Endpoint>>,
    sent: Vec<(SessionId, Control)>,
    verdicts: Vec<(String, Verdict)>,
    events: Vec<(String, EventKind)>,
}

impl Done {
    fn moves(&self) -> Vec<(&str, State)> {
        self.events
            .iter()
            .filter_map(|(name, kind)| {
                let EventKind::BfdTransition { transition, .. } = kind else { return None };
                Some((name.as_str(), transition.to))
            })
            .collect()
    }
}

fn done(sessions: &mut Sessions) -> Done {
    let mut done = Done::default();
    while let Some(effect) = sessions.poll_effect() {
        match effect {
            Effect::Open(endpoints) => done.opened.push(endpoints),
            Effect::Transmit(packet) => {
                done.sent.push((packet.session, Packet::new(&packet.payload).unwrap().control()));
            }
            Effect::Verdict { session, verdict } => done.verdicts.push((session, verdict)),
            Effect::Event { session, kind } => done.events.push((session, kind)),
        }
    }
    done
}

fn start(configs: &[Config]) -> (Sessions, Done) {
    let mut sessions = Sessions::new(7);
    sessions.configure(at(0), configs);
    sessions.resolve(at(0), |name| (name == "eth0").then_some(ETH0), |_, _| None);
    let done = done(&mut sessions);
    (sessions, done)
}

fn packet(state: State, ours: Option<NonZeroU32>) -> Control {
    Control {
        diagnostic: Diagnostic::None,
        state,
        poll: false,
        final_: false,
        control_plane_independent: false,
        demand: false,
        detect_mult: NonZeroU8::new(3).unwrap(),
        my_discriminator: NonZeroU32::new(77).unwrap(),
        your_discriminator: ours,
        desired_min_tx_us: 100_000,
        required_min_rx_us: 100_000,
        required_min_echo_rx_us: 0,
    }
}

/// From a neighbour to 192.0.2.1, unchanged but for what is given.
struct From<'a> {
    src: &'a str,
    dst: &'a str,
    ttl: u8,
    multihop: bool,
    ifindex: IfIndex,
}

const NEAR: From<'static> =
    From { src: "192.0.2.2", dst: "192.0.2.1", ttl: 255, multihop: false, ifindex: ETH0 };

fn hear(sessions: &mut Sessions, now: Instant, from: &From<'_>, packet: &Control) -> Done {
    let payload = packet.emit();
    let From { ttl, multihop, ifindex, .. } = *from;
    let datagram =
        Received { ifindex, src: ip(from.src), dst: ip(from.dst), ttl, multihop, payload: &payload };
    sessions.receive(now, &datagram, None);
    done(sessions)
}

/// A session that is Up; its discriminator.
fn up() -> (Sessions, NonZeroU32) {
    let (mut sessions, first) = start(&[config("a", "192.0.2.2")]);
    let ours = first.sent[0].1.my_discriminator;
    hear(&mut sessions, at(10), &NEAR, &packet(State::Down, None));
    let done = hear(&mut sessions, at(20), &NEAR, &packet(State::Up, Some(ours)));
    assert_eq!(done.moves(), [("a", State::Up)]);
    assert_eq!(done.verdicts, [("a".to_owned(), Verdict::Up)]);
    (sessions, ours)
}

#[test]
fn sockets_are_there_before_the_first_packet() {
    let (mut sessions, _) = start(&[]);
    sessions.configure(at(0), &[config("a", "192.0.2.2")]);
    sessions.resolve(at(0), |_| None, |_, _| None);
    assert!(matches!(sessions.poll_effect(), Some(Effect::Open(endpoints)) if endpoints.len() == 1));
    assert!(matches!(sessions.poll_effect(), Some(Effect::Transmit(_))));
}

/// RFC 5880 section 6.8.1 and RFC 5881 section 4: unique, and in the range.
#[test]
fn discriminators_and_source_ports_are_unique() {
    let configs: Vec<Config> =
        (0..1000_u32).map(|n| Config::new(&format!("s{n}"), IpAddr::V4((0x0a00_0000 + n).into()))).collect();
    let (_, done) = start(&configs);
    let mut ports: Vec<u16> = done.opened[0].iter().map(|e| e.source_port).collect();
    ports.sort_unstable();
    ports.dedup();
    assert_eq!(ports.len(), 1000);
    assert!(ports.iter().all(|port| *port >= 49_152));
    let mut names: Vec<_> = done.sent.iter().map(|(_, p)| p.my_discriminator).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 1000);
    // Another start, other names: the peer shall not mistake one for the other.
    let (mut other, mut again) = (Sessions::new(8), Vec::new());
    other.configure(at(0), &configs);
    other.resolve(at(0), |_| None, |_, _| None);
    again.extend(self::done(&mut other).sent.iter().map(|(_, p)| p.my_discriminator));
    assert!(again.iter().filter(|name| names.binary_search(name).is_ok()).count() < 5);
}

/// RFC 5880 section 6.3: by addresses first, by our discriminator alone once the peer knows it.
#[test]
fn whose_a_packet_is() {
    let (mut sessions, ours) = up();
    let elsewhere = From { src: "198.51.100.9", ..NEAR };
    let poll = |your| Control { poll: true, ..packet(State::Up, your) };
    assert_eq!(hear(&mut sessions, at(30), &elsewhere, &poll(Some(ours))).sent.len(), 1);
    let down = packet(State::Down, None);
    for (what, from) in [
        ("another neighbour", &elsewhere),
        ("the port of multihop sessions", &From { multihop: true, ..NEAR }),
    ] {
        assert_eq!(hear(&mut sessions, at(40), from, &down).moves(), [], "{what}");
    }
    let unknown = packet(State::Down, NonZeroU32::new(ours.get() ^ 1));
    assert_eq!(hear(&mut sessions, at(40), &NEAR, &unknown).moves(), [], "somebody else's discriminator");
    let multihop = From { multihop: true, ..NEAR };
    let known = packet(State::Down, Some(ours));
    assert_eq!(hear(&mut sessions, at(40), &multihop, &known).moves(), [], "the wrong port");
    // A restarted peer does not know us yet.
    assert_eq!(hear(&mut sessions, at(50), &NEAR, &down).moves(), [("a", State::Down)]);
}

/// A VRF keeps its hosts apart from those of others, who may have the same addresses.
#[test]
fn what_comes_in_within_another_vrf_is_nobodys() {
    let blue = Some(IfIndex(9));
    let (mut sessions, _) = start(&[config("a", "192.0.2.2")]);
    sessions.resolve(at(1), |_| None, |_, _| blue);
    let opened = done(&mut sessions).opened;
    assert_eq!(opened.last().map(|endpoints| endpoints[0].vrf), Some(blue));
    let payload = packet(State::Down, None).emit();
    let From { ttl, multihop, ifindex, .. } = NEAR;
    let datagram =
        Received { ifindex, src: ip(NEAR.src), dst: ip(NEAR.dst), ttl, multihop, payload: &payload };
    for (vrf, moves) in [(None, vec![]), (Some(IfIndex(8)), vec![]), (blue, vec![("a", State::Init)])] {
        sessions.receive(at(2), &datagram, vrf);
        assert_eq!(done(&mut sessions).moves(), moves, "{vrf:?}");
    }
}

#[test]
fn source_and_interface_choose_among_sessions_with_one_neighbor() {
    let configs = [
        Config { source: Some(ip("192.0.2.1")), ..config("first", "192.0.2.2") },
        Config { source: Some(ip("192.0.2.7")), ..config("second", "192.0.2.2") },
        Config { interface: Some("eth0".into()), ..config("six", "fe80::2") },
    ];
    let (mut sessions, _) = start(&configs);
    let down = packet(State::Down, None);
    let to = |dst| From { dst, ..NEAR };
    assert_eq!(hear(&mut sessions, at(1), &to("192.0.2.7"), &down).moves(), [("second", State::Init)]);
    assert_eq!(hear(&mut sessions, at(2), &to("192.0.2.1"), &down).moves(), [("first", State::Init)]);
    assert_eq!(hear(&mut sessions, at(3), &to("192.0.2.9"), &down).moves(), []);
    let six = From { src: "fe80::2", dst: "fe80::1", ..NEAR };
    let other_link = From { ifindex: IfIndex(3), ..six };
    assert_eq!(hear(&mut sessions, at(4), &other_link, &down).moves(), []);
    assert_eq!(hear(&mut sessions, at(5), &six, &down).moves(), [("six", State::Init)]);
}

/// RFC 5881 section 5.
#[test]
fn what_comes_from_afar_is_ignored_and_reported_once_a_minute() {
    let (mut sessions, _) = start(&[config("a", "192.0.2.2")]);
    let down = packet(State::Down, None);
    let mut reports = Vec::new();
    for n in 0..3_000 {
        let far = From { ttl: 254, ..NEAR };
        reports.extend(hear(&mut sessions, at(n * 21), &far, &down).events);
    }
    assert_eq!(reports.len(), 2, "{reports:?}");
    assert!(matches!(&reports[1].1, EventKind::BfdRefused { count, .. } if *count > 2_500));
    assert_eq!(sessions.snapshot(at(0))[0].counters.refused_ttl, 3_000);
    assert_eq!(sessions.snapshot(at(0))[0].state, State::Down);
    assert_eq!(hear(&mut sessions, at(70_000), &NEAR, &down).moves(), [("a", State::Init)]);
}

/// A forger alternates Down and AdminDown: each packet is a transition (RFC 5880 section 6.8.6). What is told is bounded, how
/// many there were is said in the end, and so is the state.
#[test]
fn a_forger_does_not_fill_the_log() {
    let (mut sessions, _) = up();
    let mut told = 0;
    let mut sums = Vec::new();
    let mut note = |done: &Done| {
        for (_, kind) in &done.events {
            if let EventKind::BfdUnstable { untold, state, .. } = kind {
                sums.push((*untold, *state));
            } else {
                assert!(matches!(kind, EventKind::BfdTransition { .. }), "{kind:?}");
                told += 1;
            }
        }
    };
    let mut moved = 0;
    for n in 0..100_000 {
        let state = if n % 2 == 0 { State::Down } else { State::AdminDown };
        let before = sessions.snapshot(at(100 + n / 10))[0].state;
        note(&hear(&mut sessions, at(100 + n / 10), &NEAR, &packet(state, None)));
        moved += u64::from(sessions.snapshot(at(100 + n / 10))[0].state != before);
    }
    assert!(moved > 99_000, "{moved}");
    let end = at(61_000);
    while let Some((due, _)) = sessions.deadline().filter(|(due, _)| *due <= end) {
        sessions.handle_timeout(due);
        note(&done(&mut sessions));
    }
    assert!(told <= 20, "{told}");
    let [(untold, State::Down)] = sums[..] else { panic!("{sums:?}") };
    assert_eq!(untold + told, moved);
}

#[test]
fn malformed_packets_of_the_neighbor_are_counted() {
    let (mut sessions, _) = start(&[config("a", "192.0.2.2")]);
    let datagram = Received {
        ifindex: ETH0,
        src: ip("192.0.2.2"),
        dst: ip("192.0.2.1"),
        ttl: 255,
        multihop: false,
        payload: &[0x20, 0x40, 3, 24],
    };
    sessions.receive(at(1), &datagram, None);
    assert_eq!(sessions.snapshot(at(1))[0].counters.refused_malformed, 1);
    assert_eq!(done(&mut sessions).events.len(), 1);
}

/// Whoever tracks it does not go into FAULT for the moment that the handshake takes.
#[test]
fn a_new_session_is_pending_for_three_seconds() {
    let (mut sessions, first) = start(&[config("a", "192.0.2.2")]);
    let mut verdicts: Vec<_> = first.verdicts.into_iter().map(|(_, v)| (at(0), v)).collect();
    while let Some((deadline, _)) = sessions.deadline()
        && deadline <= at(10_000)
    {
        sessions.handle_timeout(deadline);
        verdicts.extend(done(&mut sessions).verdicts.into_iter().map(|(_, v)| (deadline, v)));
    }
    assert_eq!(verdicts, [(at(0), Verdict::Pending), (at(3_000), Verdict::Down)]);
}

#[test]
fn silence_is_noticed() {
    let (mut sessions, _) = up();
    let (mut moves, mut verdicts) = (Vec::new(), Vec::new());
    while let Some((deadline, _)) = sessions.deadline()
        && deadline <= at(320)
    {
        sessions.handle_timeout(deadline);
        let done = done(&mut sessions);
        moves.extend(done.moves().iter().map(|(_, to)| (deadline, *to)));
        verdicts.extend(done.verdicts);
    }
    assert_eq!(moves, [(at(320), State::Down)]);
    assert_eq!(verdicts, [("a".to_owned(), Verdict::Down)]);
}

/// An unchanged session is not touched; a changed one polls; one that is gone says so until the peer knows.
#[test]
fn reload() {
    let (mut sessions, ours) = up();
    hear(&mut sessions, at(21), &NEAR, &Control { final_: true, ..packet(State::Up, Some(ours)) });
    hear(&mut sessions, at(22), &NEAR, &packet(State::Up, Some(ours)));
    let reload = |sessions: &mut Sessions, now, configs: &[Config]| {
        sessions.configure(now, configs);
        sessions.resolve(now, |_| None, |_, _| None);
        done(sessions)
    };
    let same = reload(&mut sessions, at(30), &[config("a", "192.0.2.2")]);
    assert_eq!((same.opened.len(), same.sent.len(), same.events.len()), (0, 0, 0));
    let renamed = Config { min_tx_us: 50_000, name: "b".into(), ..config("a", "192.0.2.2") };
    let changed = reload(&mut sessions, at(40), &[renamed]);
    assert_eq!(changed.events.len(), 0);
    assert!(changed.sent.iter().all(|(_, p)| p.poll && p.my_discriminator == ours && p.state == State::Up));
    assert_eq!((changed.sent.len(), changed.verdicts), (1, vec![("b".to_owned(), Verdict::Up)]));
    let gone = reload(&mut sessions, at(50), &[]);
    assert_eq!(gone.moves(), [("b", State::AdminDown)]);
    assert!(gone.sent.iter().any(|(_, p)| p.state == State::AdminDown && p.diagnostic.number() == 7));
    assert!(sessions.snapshot(at(50)).is_empty() && !sessions.is_silent());
    hear(&mut sessions, at(60), &NEAR, &packet(State::Down, Some(ours)));
    assert!(sessions.is_silent());
    // Its socket is closed a little later.
    let (closing, _) = sessions.deadline().unwrap();
    sessions.handle_timeout(closing);
    assert_eq!(done(&mut sessions).opened, [vec![]]);
}

#[test]
fn a_session_that_comes_back_is_another_one() {
    let (mut sessions, ours) = up();
    sessions.configure(at(30), &[]);
    sessions.resolve(at(30), |_| None, |_, _| None);
    done(&mut sessions);
    sessions.configure(at(40), &[config("a", "192.0.2.2")]);
    sessions.resolve(at(40), |_| None, |_, _| None);
    let again = done(&mut sessions);
    assert!(again.sent.iter().all(|(_, p)| p.state == State::Down && p.my_discriminator != ours));
    // The peer still speaks to the old one: that is nobody now.
    assert_eq!(hear(&mut sessions, at(50), &NEAR, &packet(State::Up, Some(ours))).moves(), []);
    assert_eq!(hear(&mut sessions, at(60), &NEAR, &packet(State::Down, None)).moves(), [("a", State::Init)]);
}

/// It is told twice, for the first word may have been lost; a silent one only until it is forgotten.
#[test]
fn a_peer_that_does_not_react_is_not_waited_for() {
    for (talks, until, times) in [(true, at(30 + 1_100), 2), (false, at(320), 1)] {
        let (mut sessions, ours) = up();
        sessions.stop(at(30));
        let mut told = done(&mut sessions).sent.len();
        let mut now = at(30);
        while !sessions.is_silent() {
            now = now + Duration::from_millis(10);
            if talks {
                told += hear(&mut sessions, now, &NEAR, &packet(State::Up, Some(ours))).sent.len();
            }
            sessions.handle_timeout(now);
            told += done(&mut sessions).sent.len();
        }
        assert_eq!((now, told), (until, times));
    }
}

#[test]
fn a_peer_that_was_never_heard_is_not_waited_for() {
    let (mut sessions, _) = start(&[config("a", "192.0.2.2")]);
    sessions.stop(at(10));
    assert!(sessions.is_silent());
}

/// A socket that fails is tried again each second, and complained of once.
#[test]
fn sockets_that_fail_are_tried_again() {
    let (mut sessions, first) = start(&[config("a", "192.0.2.2")]);
    let trouble = || Trouble { session: first.sent[0].0, what: "cannot listen".into() };
    sessions.trouble(at(0), trouble());
    sessions.trouble(at(0), trouble());
    assert_eq!(done(&mut sessions).events.len(), 1);
    assert_eq!(sessions.snapshot(at(0))[0].trouble.as_deref(), Some("cannot listen"));
    sessions.handle_timeout(at(1000));
    assert_eq!(done(&mut sessions).opened, first.opened);
    hear(&mut sessions, at(1001), &NEAR, &packet(State::Down, None));
    assert_eq!(sessions.snapshot(at(1001))[0].trouble, None);
}

/// The interface of a link-local neighbour comes and goes.
#[test]
fn a_session_waits_for_its_interface() {
    let mut sessions = Sessions::new(1);
    sessions.configure(at(0), &[Config { interface: Some("eth0".into()), ..config("six", "fe80::2") }]);
    sessions.resolve(at(0), |_| None, |_, _| None);
    let first = done(&mut sessions);
    assert_eq!((first.opened.len(), first.sent.len()), (0, 0));
    let trouble = sessions.snapshot(at(0))[0].trouble.clone();
    assert_eq!(trouble.as_deref(), Some("interface eth0 does not exist"));
    sessions.resolve(at(10), |_| Some(ETH0), |_, _| None);
    let opened = done(&mut sessions).opened;
    assert_eq!(opened[0][0].ifindex, Some(ETH0));
    sessions.resolve(at(20), |_| Some(IfIndex(9)), |_, _| None);
    assert_eq!(done(&mut sessions).opened[0][0].ifindex, Some(IfIndex(9)));
}

/// Many sessions share their wake-ups: RFC 5880's jitter leaves room for a grid.
#[test]
fn a_thousand_sessions_wake_up_seldom() {
    let fast = |n: u32| Config::new(&format!("s{n}"), IpAddr::V4((0x0a00_0000 + n).into()));
    let configs: Vec<Config> = (0..1000).map(fast).collect();
    let (mut sessions, first) = start(&configs);
    let packets: Vec<_> = first
        .sent
        .iter()
        .zip(&configs)
        .map(|((_, p), c)| {
            let fast = Control {
                desired_min_tx_us: 10_000,
                required_min_rx_us: 10_000,
                ..packet(State::Up, Some(p.my_discriminator))
            };
            (c.neighbor.to_string(), fast)
        })
        .collect();
    for (neighbor, p) in &packets {
        let from = From { src: neighbor, ..NEAR };
        hear(&mut sessions, at(1), &from, &Control { state: State::Init, ..*p });
        hear(&mut sessions, at(1), &from, &Control { final_: true, ..*p });
    }
    let (mut wakeups, mut sent) = (0, 0);
    for tick in 0..100 {
        for (neighbor, p) in &packets {
            hear(&mut sessions, at(10 * tick + 10), &From { src: neighbor, ..NEAR }, p);
        }
        while let Some((deadline, _)) = sessions.deadline()
            && deadline <= at(10 * tick + 20)
        {
            sessions.handle_timeout(deadline);
            wakeups += 1;
            sent += done(&mut sessions).sent.len();
        }
    }
    // A second of 1,000 sessions at 10 ms, 8.75 ms on the average: 114,000 packets.
    assert!((100_000..130_000).contains(&sent), "{sent}");
    assert!(wakeups < 4_500, "{wakeups}");
}

#[derive(Debug, Clone)]
enum Op {
    /// A packet of one of three neighbours, with one of our discriminators or none.
    Packet(usize, usize, Control),
    Bytes(Vec<u8>),
    /// Wake at the deadline, or this much later.
    Timeout(u64),
    /// These of the three sessions are configured, with this interval.
    Configure([bool; 3], u32),
    /// Whether eth0 exists.
    Link(bool),
    Trouble,
    Stop,
}

const NEIGHBORS: [&str; 3] = ["192.0.2.2", "192.0.2.3", "fe80::2"];

fn op() -> impl Strategy<Value = Op> {
    let state = prop_oneof![Just(State::AdminDown), Just(State::Down), Just(State::Init), Just(State::Up)];
    let packet = (state, any::<[bool; 2]>(), 1_000_u32..2_000_000, 0_u32..2_000_000).prop_map(
        |(state, [poll, final_], tx, rx)| Control {
            poll,
            final_,
            desired_min_tx_us: tx,
            required_min_rx_us: rx,
            ..packet(state, None)
        },
    );
    prop_oneof![
        10 => (0_usize..3, 0_usize..8, packet).prop_map(|(from, ours, packet)| Op::Packet(from, ours, packet)),
        1 => vec(any::<u8>(), 0..40).prop_map(Op::Bytes),
        10 => prop_oneof![Just(0), 0_u64..3_000].prop_map(Op::Timeout),
        2 => (any::<[bool; 3]>(), 1_000_u32..500_000).prop_map(|(which, us)| Op::Configure(which, us)),
        1 => any::<bool>().prop_map(Op::Link),
        1 => Just(Op::Trouble),
        1 => Just(Op::Stop),
    ]
}

fn configs(which: [bool; 3], us: u32) -> Vec<Config> {
    let interface = |n: usize| (n == 2).then(|| "eth0".to_owned());
    (0..3)
        .filter(|n| which[*n])
        .map(|n| Config { interface: interface(n), min_tx_us: us, ..config(&format!("s{n}"), NEIGHBORS[n]) })
        .collect()
}

proptest! {
    /// Whatever happens: what is sent has a socket, events are about what is configured, nothing spins, and nothing grows.
    #[test]
    fn any_story_is_survived(ops in vec(op(), 0..100)) {
        let mut sessions = Sessions::new(3);
        let (mut now, mut link, mut stopped) = (at(0), false, false);
        let (mut opened, mut discriminators) = (Vec::<SessionId>::new(), Vec::<NonZeroU32>::new());
        for op in ops {
            match op {
                Op::Packet(from, ours, control) => {
                    let your_discriminator = discriminators.iter().rev().nth(ours).copied();
                    let from = From { src: NEIGHBORS[from], ..NEAR };
                    let payload = Control { your_discriminator, ..control }.emit();
                    let (src, dst) = (ip(from.src), ip("192.0.2.1"));
                    let datagram =
                        Received { ifindex: ETH0, src, dst, ttl: 255, multihop: false, payload: &payload };
                    sessions.receive(now, &datagram, None);
                }
                Op::Bytes(payload) => {
                    let (src, dst) = (ip(NEIGHBORS[0]), ip("192.0.2.1"));
                    let datagram =
                        Received { ifindex: ETH0, src, dst, ttl: 255, multihop: false, payload: &payload };
                    sessions.receive(now, &datagram, None);
                }
                Op::Timeout(late) => {
                    if let Some((deadline, _)) = sessions.deadline() {
                        now = (deadline + Duration::from_millis(late)).max(now);
                    }
                }
                Op::Configure(which, us) if !stopped => {
                    sessions.configure(now, &configs(which, us));
                    sessions.resolve(now, |_| link.then_some(ETH0), |_, _| None);
                }
                Op::Link(there) => {
                    link = there;
                    sessions.resolve(now, |_| link.then_some(ETH0), |_, _| None);
                }
                Op::Trouble => {
                    if let Some(session) = opened.first() {
                        sessions.trouble(now, Trouble { session: *session, what: "no".into() });
                    }
                }
                Op::Stop => {
                    stopped = true;
                    sessions.stop(now);
                }
                Op::Configure(..) => {}
            }
            sessions.handle_timeout(now);
            let mut effects = 0;
            while let Some(effect) = sessions.poll_effect() {
                effects += 1;
                match effect {
                    Effect::Open(endpoints) => opened = endpoints.iter().map(|e| e.session).collect(),
                    Effect::Transmit(packet) => {
                        prop_assert!(opened.contains(&packet.session), "{:?} has no socket", packet.session);
                        let control = Packet::new(&packet.payload).map(|p| p.control());
                        prop_assert!(control.is_ok());
                        discriminators.extend(control.map(|c| c.my_discriminator));
                    }
                    Effect::Verdict { .. } | Effect::Event { .. } => {}
                }
            }
            prop_assert!(effects < 60, "{}", effects);
            if let Some((deadline, _)) = sessions.deadline() {
                prop_assert!(deadline > now, "{:?} at {:?}", deadline, now);
            }
            prop_assert!(sessions.snapshot(now).len() <= 3);
        }
    }
}
