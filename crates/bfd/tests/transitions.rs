//! The state machine of RFC 5880 sections 6.2 and 6.8.6, row by row.

#![expect(clippy::unwrap_used, reason = "a wrong literal shall stop the test")]

mod common;

use bfd::{Action, Cause, Diagnostic, Session, State};
use common::{actions, at, moved, packet, params, run, sent, session};
use wire::bfd::Control;

use State::{AdminDown, Down, Init, Up};

const STATES: [State; 4] = [AdminDown, Down, Init, Up];

#[test]
fn a_session_begins_down() {
    let mut session = Session::new(at(0), params(), common::OURS, 1);
    assert_eq!((session.state(), session.diagnostic()), (Down, Diagnostic::None));
    assert_eq!(session.remote_discriminator(), None);
    // RFC 5880 section 6.8.7, the contents; Down, no poll, a second between packets.
    let first = Control {
        state: Down,
        your_discriminator: None,
        my_discriminator: common::OURS,
        desired_min_tx_us: 1_000_000,
        ..packet(Down)
    };
    assert_eq!(actions(&mut session), [Action::Transmit(first)]);
}

/// Ours, what the peer says, and where it changes: ours afterwards, the diagnostic, why.
type Row = (State, State, Option<(State, u8, Cause)>);

#[rustfmt::skip]
const TABLE: [Row; 16] = [
    (AdminDown, AdminDown, None),
    (AdminDown, Down,      None),
    (AdminDown, Init,      None),
    (AdminDown, Up,        None),
    (Down,      AdminDown, None),
    (Down,      Down,      Some((Init, 0, Cause::PeerHeard))),
    (Down,      Init,      Some((Up,   0, Cause::HeardByPeer))),
    (Down,      Up,        None),
    (Init,      AdminDown, Some((Down, 3, Cause::PeerAdminDown))),
    (Init,      Down,      None),
    (Init,      Init,      Some((Up,   0, Cause::HeardByPeer))),
    (Init,      Up,        Some((Up,   0, Cause::HeardByPeer))),
    (Up,        AdminDown, Some((Down, 3, Cause::PeerAdminDown))),
    (Up,        Down,      Some((Down, 3, Cause::PeerDown(Diagnostic::PathDown)))),
    (Up,        Init,      None),
    (Up,        Up,        None),
];

#[test]
fn every_state_and_every_packet() {
    for (before, said, after) in TABLE {
        let mut session = session(params(), before);
        let diagnostic = session.diagnostic();
        session.handle_packet(at(100), &Control { diagnostic: Diagnostic::PathDown, ..packet(said) });
        let done = actions(&mut session);
        match after {
            None => assert_eq!(
                (session.state(), session.diagnostic(), moved(&done)),
                (before, diagnostic, vec![]),
                "{before:?} hears {said:?}"
            ),
            Some((state, number, cause)) => {
                assert_eq!(moved(&done), [(before, state, cause)], "{before:?} hears {said:?}");
                assert_eq!(session.diagnostic().number(), number, "{before:?} hears {said:?}");
                // RFC 5880 section 6.8.7: the news goes out at once.
                let told = done.iter().any(|a| matches!(a, Action::Transmit(p) if p.state == state));
                assert!(told, "{before:?} hears {said:?}: {done:?}");
            }
        }
        // RFC 5880 section 6.8.6: these are kept whatever the state.
        assert_eq!(session.remote_discriminator(), Some(common::THEIRS));
        assert_eq!(session.remote_state(), Some(said));
    }
}

/// The timer column of section 6.2.
#[test]
fn every_state_and_silence() {
    for before in STATES {
        let mut session = session(params(), before);
        session.handle_timeout(at(299));
        assert_eq!(session.state(), before, "before the detection time");
        actions(&mut session);
        session.handle_timeout(at(300));
        let expected = match before {
            AdminDown | Down => vec![],
            Init | Up => {
                vec![(before, Down, Cause::Silence { silent_for: std::time::Duration::from_millis(300) })]
            }
        };
        assert_eq!(moved(&actions(&mut session)), expected, "{before:?}");
        assert_eq!(session.remote_discriminator(), None, "{before:?}");
    }
}

/// RFC 5880 section 6.8.16.
#[test]
fn shutdown_from_every_state() {
    for before in STATES {
        let mut session = session(params(), before);
        session.shutdown(at(100));
        assert_eq!((session.state(), session.diagnostic().number()), (AdminDown, 7));
        let done = actions(&mut session);
        if before == AdminDown {
            assert_eq!(done, []);
            continue;
        }
        assert_eq!(moved(&done), [(before, AdminDown, Cause::Shutdown)]);
        let told = done.iter().filter(|a| matches!(a, Action::Transmit(p) if p.state == AdminDown)).count();
        assert_eq!(told, 1);
        // It goes on telling, once a second.
        let more = run(&mut session, at(2200)).len();
        assert!((2..=3).contains(&more), "{more} packets in two seconds");
    }
}

#[test]
fn the_peer_knows_when_it_says_down() {
    let mut session = session(params(), Up);
    session.shutdown(at(10));
    assert!(!session.peer_knows());
    session.handle_packet(at(20), &packet(Up));
    assert!(!session.peer_knows());
    session.handle_packet(at(30), &packet(Down));
    assert!(session.peer_knows());
}

/// RFC 5880 section 6.8.6: at once and with F; the discarding AdminDown answers nothing.
#[test]
fn a_poll_is_answered() {
    for (state, peer) in [(Down, AdminDown), (Init, Down), (Up, Up), (AdminDown, Up)] {
        let mut session = session(params(), state);
        session.handle_packet(at(100), &Control { poll: true, ..packet(peer) });
        let answers: Vec<_> = sent(&mut session).into_iter().filter(|p| p.final_).collect();
        if state == AdminDown {
            assert_eq!(answers, []);
        } else {
            assert_eq!(answers.len(), 1, "{state:?}");
            assert!(!answers[0].poll && answers[0].state == state);
        }
    }
}

/// An answer per packet is what a flood of polls would like.
#[test]
fn a_flood_of_polls_is_answered_once_a_millisecond() {
    let mut session = common::up(params());
    let mut answers = 0;
    for n in 0..10_000_u64 {
        let now = at(100) + std::time::Duration::from_micros(n);
        session.handle_packet(now, &Control { poll: true, ..packet(Up) });
        session.handle_timeout(now);
        answers += sent(&mut session).len();
    }
    assert_eq!(answers, 10);
}

#[test]
fn a_new_discriminator_of_the_peer_is_taken_over() {
    let mut session = session(params(), Up);
    let other = std::num::NonZeroU32::new(99).unwrap();
    session.handle_packet(at(10), &Control { my_discriminator: other, ..packet(Up) });
    assert_eq!(session.remote_discriminator(), Some(other));
    let packets = common::run_sent(&mut session, at(150));
    assert_eq!(packets.last().map(|(_, p)| p.your_discriminator), Some(Some(other)));
}
