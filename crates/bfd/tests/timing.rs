//! The intervals of RFC 5880 sections 6.8.2 to 6.8.4 and 6.8.7, in literal figures.

#![expect(clippy::unwrap_used, reason = "a wrong literal shall stop the test")]

mod common;

use std::time::Duration;

use bfd::{Cause, Params, Session, State, TimerReason};
use common::{actions, at, moved, mult, packet, params, run, run_sent, sent, session, up};
use types::Instant;
use wire::bfd::Control;

fn gaps(packets: &[(Instant, Control)]) -> Vec<Duration> {
    packets.windows(2).map(|pair| pair[1].0.since(pair[0].0)).collect()
}

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// Section 6.8.3: one second at least, whatever is configured.
#[test]
fn slow_while_not_up() {
    let hasty = Params { min_tx_us: 1_000, idle_tx_us: 1_000, ..params() };
    let mut session = Session::new(at(0), hasty, common::OURS, 7);
    assert_eq!(sent(&mut session)[0].desired_min_tx_us, 1_000_000);
    let packets = run_sent(&mut session, at(60_000));
    assert!((60..=80).contains(&packets.len()), "{} in a minute", packets.len());
    assert!(gaps(&packets).iter().all(|gap| (ms(750)..=ms(1000)).contains(gap)));
    // A longer idle_tx is honoured, and so is a min_tx that is longer still.
    for (params, interval) in [
        (Params { idle_tx_us: 4_000_000, ..params() }, 4_000),
        (Params { min_tx_us: 5_000_000, ..params() }, 5_000),
    ] {
        let session = Session::new(at(0), params, common::OURS, 7);
        assert_eq!(session.transmit_interval(), ms(interval));
    }
}

/// Section 6.8.2.
#[test]
fn the_slower_side_sets_the_pace() {
    let mut session = up(Params { min_tx_us: 20_000, ..params() });
    session.handle_packet(at(10), &Control { required_min_rx_us: 50_000, ..packet(State::Up) });
    assert_eq!(session.transmit_interval(), ms(50));
    session.handle_packet(at(20), &Control { required_min_rx_us: 5_000, ..packet(State::Up) });
    assert_eq!(session.transmit_interval(), ms(20));
}

/// Section 6.8.4.
#[test]
fn detection_time_is_the_peers_multiplier_times_the_agreed_interval() {
    for (our_rx_us, their_tx_us, multiplier, expected_ms) in
        [(100_000, 50_000, 3, 300), (100_000, 250_000, 3, 750), (10_000, 10_000, 5, 50), (1_000, 999, 1, 1)]
    {
        let mut session = up(Params { min_rx_us: our_rx_us, ..params() });
        let heard =
            Control { desired_min_tx_us: their_tx_us, detect_mult: mult(multiplier), ..packet(State::Up) };
        session.handle_packet(at(10), &heard);
        assert_eq!(session.detection_time(), ms(expected_ms));
        run(&mut session, at(10 + expected_ms - 1));
        assert_eq!(session.state(), State::Up);
        run(&mut session, at(10 + expected_ms));
        assert_eq!(session.state(), State::Down);
    }
}

/// Sections 6.8.1, bfd.RemoteDiscr, and 6.8.5.
#[test]
fn a_silent_peer_is_forgotten() {
    let mut session = up(params());
    session.handle_packet(at(50), &packet(State::Up));
    let silence = Some((at(350), TimerReason::Detection));
    let mut done = Vec::new();
    while session.deadline() != silence {
        let (deadline, why) = session.deadline().unwrap();
        assert!(deadline < at(350) && why == TimerReason::Transmit);
        session.handle_timeout(deadline);
        actions(&mut session);
    }
    session.handle_timeout(at(350));
    done.extend(actions(&mut session));
    assert_eq!(moved(&done), [(State::Up, State::Down, Cause::Silence { silent_for: ms(300) })]);
    assert_eq!(session.diagnostic().number(), 1);
    run(&mut session, at(352));
    let packets = run_sent(&mut session, at(3000));
    assert!(packets.iter().all(|(_, p)| p.your_discriminator.is_none() && p.desired_min_tx_us == 1_000_000));
    assert_eq!(session.transmit_interval(), ms(1000));
}

/// What waited in the socket while we were paused is heard before the timer is looked at.
#[test]
fn a_late_packet_counts() {
    let mut session = up(params());
    session.handle_packet(at(5000), &packet(State::Up));
    session.handle_timeout(at(5000));
    assert_eq!(session.state(), State::Up);
}

/// Section 6.8.7: 0 to 25 % are taken off, 10 to 25 % if one lost packet is too many. The average is 12.5 %.
#[test]
fn jitter() {
    for (multiplier, longest) in [(3, 100), (1, 90)] {
        let mut session = up(Params { detect_mult: mult(multiplier), ..params() });
        let mut packets = Vec::new();
        for second in 0..60 {
            // The peer is heard, so that the session stays Up.
            for tenth in 0..10 {
                session.handle_packet(at(second * 1000 + tenth * 100 + 2), &packet(State::Up));
                packets.extend(run_sent(&mut session, at(second * 1000 + tenth * 100 + 102)));
            }
        }
        let gaps = gaps(&packets[1..]);
        assert!(gaps.iter().all(|gap| (ms(75)..=ms(longest)).contains(gap)), "{:?}", gaps.iter().max());
        let (shortest, longest_seen) = (gaps.iter().min().unwrap(), gaps.iter().max().unwrap());
        assert!(*shortest < ms(79) && *longest_seen > ms(longest - 4), "{shortest:?} {longest_seen:?}");
        let mean = gaps.iter().sum::<Duration>() / u32::try_from(gaps.len()).unwrap();
        let expected = (ms(75) + ms(longest)) / 2;
        assert!(mean.abs_diff(expected) < ms(2), "{mean:?}, not about {expected:?}");
    }
}

#[test]
fn other_seeds_send_at_other_times() {
    let times = |seed| {
        let mut session = Session::new(at(0), params(), common::OURS, seed);
        run_sent(&mut session, at(10_000)).into_iter().map(|(at, _)| at).collect::<Vec<_>>()
    };
    assert_eq!(times(1), times(1));
    assert_ne!(times(1), times(2));
}

/// Section 6.8.7.
#[test]
fn passive_waits() {
    let passive = Params { passive: true, ..params() };
    let mut session = Session::new(at(0), passive, common::OURS, 1);
    assert_eq!(session.deadline(), None);
    session.handle_timeout(at(60_000));
    assert_eq!(actions(&mut session), []);
    session.handle_packet(at(60_001), &Control { your_discriminator: None, ..packet(State::Down) });
    assert_eq!(sent(&mut session).len(), 1);
    assert_eq!(session.state(), State::Init);
    // Silent again when the peer is gone.
    run(&mut session, at(70_000));
    assert_eq!((session.state(), session.deadline()), (State::Down, None));
}

/// Section 6.8.7: bfd.RemoteMinRxInterval of zero.
#[test]
fn a_peer_that_wants_nothing_gets_nothing() {
    let mut session = up(params());
    session.handle_packet(at(10), &Control { required_min_rx_us: 0, ..packet(State::Up) });
    assert_eq!(session.deadline(), Some((at(310), TimerReason::Detection)));
    // News is not periodic.
    session.handle_packet(at(20), &Control { required_min_rx_us: 0, ..packet(State::Down) });
    assert_eq!(sent(&mut session).len(), 1);
}

/// Section 6.8.7: the peer is in demand mode, both are Up, no Poll Sequence.
#[test]
fn demand_mode_of_the_peer() {
    let mut session = up(params());
    let demand = Control { demand: true, ..packet(State::Up) };
    session.handle_packet(at(10), &demand);
    assert_eq!(session.deadline(), Some((at(310), TimerReason::Detection)));
    // A poll of the peer is answered.
    session.handle_packet(at(20), &Control { poll: true, ..demand });
    assert_eq!(sent(&mut session).len(), 1);
    // A Poll Sequence of ours is sent until it is answered.
    session.reconfigure(at(30), Params { min_tx_us: 50_000, ..params() });
    assert!(run_sent(&mut session, at(200)).iter().all(|(_, p)| p.poll));
    session.handle_packet(at(200), &Control { final_: true, ..demand });
    assert_eq!(session.deadline(), Some((at(500), TimerReason::Detection)));
}

/// Section 6.8.3: every packet carries P until one with F is heard.
#[test]
fn polls_until_answered() {
    // Up means another transmit interval than before.
    let mut session = session(params(), State::Up);
    let packets = run_sent(&mut session, at(290));
    assert!(packets.len() >= 2 && packets.iter().all(|(_, p)| p.poll && p.desired_min_tx_us == 100_000));
    session.handle_packet(at(290), &Control { final_: true, ..packet(State::Up) });
    assert!(run_sent(&mut session, at(580)).iter().all(|(_, p)| !p.poll));
}

/// Section 6.8.3: "the actual transmission interval used MUST NOT change until the Poll Sequence has terminated".
#[test]
fn a_longer_interval_waits_for_the_answer() {
    let mut session = up(params());
    session.reconfigure(at(10), Params { min_tx_us: 400_000, ..params() });
    assert_eq!(session.transmit_interval(), ms(100));
    let packets = run_sent(&mut session, at(250));
    assert!(packets.iter().all(|(_, p)| p.poll && p.desired_min_tx_us == 400_000));
    assert!(gaps(&packets).iter().all(|gap| *gap <= ms(100)));
    session.handle_packet(at(250), &Control { final_: true, ..packet(State::Up) });
    assert_eq!(session.transmit_interval(), ms(400));
    // A shorter one holds at once.
    session.handle_packet(at(251), &packet(State::Up));
    session.reconfigure(at(252), Params { min_tx_us: 20_000, ..params() });
    assert_eq!(session.transmit_interval(), ms(100), "the peer requires 100 ms");
    session.handle_packet(at(253), &Control { required_min_rx_us: 10_000, ..packet(State::Up) });
    assert_eq!(session.transmit_interval(), ms(20));
}

/// Section 6.8.3: "the previous value MUST be used when calculating the Detection Time until …".
#[test]
fn a_shorter_receive_interval_waits_for_the_answer() {
    let mut session = up(params());
    let fast = Control { desired_min_tx_us: 10_000, ..packet(State::Up) };
    session.handle_packet(at(5), &fast);
    session.reconfigure(at(10), Params { min_rx_us: 20_000, ..params() });
    assert_eq!(session.detection_time(), ms(300));
    session.handle_packet(at(20), &Control { final_: true, ..fast });
    assert_eq!(session.detection_time(), ms(60));
    // A longer one holds at once.
    session.handle_packet(at(21), &fast);
    session.reconfigure(at(22), Params { min_rx_us: 200_000, ..params() });
    assert_eq!(session.detection_time(), ms(600));
}

/// Section 6.8.3: the answer to the first question is no answer to the second, which waits for a packet without F.
#[test]
fn a_second_change_polls_again() {
    let mut session = up(params());
    let answer = Control { final_: true, ..packet(State::Up) };
    session.reconfigure(at(10), Params { min_tx_us: 400_000, ..params() });
    session.reconfigure(at(20), Params { min_tx_us: 500_000, ..params() });
    session.handle_packet(at(30), &answer);
    assert_eq!(session.transmit_interval(), ms(100), "not agreed on yet");
    actions(&mut session);
    session.handle_packet(at(40), &answer);
    assert_eq!(session.transmit_interval(), ms(100), "an answer to nothing");
    session.handle_packet(at(50), &packet(State::Up));
    actions(&mut session);
    let packets = run_sent(&mut session, at(160));
    assert!(!packets.is_empty() && packets.iter().all(|(_, p)| p.poll && p.desired_min_tx_us == 500_000));
    session.handle_packet(at(160), &answer);
    assert_eq!(session.transmit_interval(), ms(500));
}

/// Section 6.8.3: "the local system cannot wait longer than the new interval between the previous packet transmission
/// and the next one".
#[test]
fn a_faster_peer_is_served_at_once() {
    let mut session = up(Params { min_tx_us: 10_000, ..params() });
    let slow = Control { required_min_rx_us: 10_000_000, desired_min_tx_us: 10_000_000, ..packet(State::Up) };
    session.handle_packet(at(10), &slow);
    run(&mut session, at(5000));
    session.handle_packet(at(5000), &Control { required_min_rx_us: 50_000, ..slow });
    assert_eq!(sent(&mut session).len(), 1, "it is overdue");
    assert!(session.deadline().is_some_and(|(next, _)| next <= at(5050)));
}

/// Nothing changes for the peer when nothing changes in the file.
#[test]
fn equal_parameters_change_nothing() {
    let mut session = up(params());
    let before = session.deadline();
    session.reconfigure(at(10), params());
    assert_eq!((actions(&mut session).len(), session.deadline()), (0, before));
}

/// Section 6.8.12: no Poll Sequence for the multiplier, but the peer hears of it at once.
#[test]
fn a_changed_multiplier_is_told() {
    let mut session = up(params());
    session.reconfigure(at(50), Params { detect_mult: mult(9), ..params() });
    let told = sent(&mut session);
    assert_eq!(told.len(), 1);
    assert!(!told[0].poll && told[0].detect_mult == mult(9));
}
