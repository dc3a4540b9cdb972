//! A session with a peer made of literal packets.

#![allow(dead_code, reason = "every test file uses a part of it")]

use std::num::{NonZeroU8, NonZeroU32};
use std::time::Duration;

use bfd::{Action, Cause, Diagnostic, Params, Session, State, Transition};
use types::Instant;
use wire::bfd::Control;

pub(crate) const OURS: NonZeroU32 = NonZeroU32::new(10).unwrap();
pub(crate) const THEIRS: NonZeroU32 = NonZeroU32::new(20).unwrap();

pub(crate) fn mult(number: u8) -> NonZeroU8 {
    NonZeroU8::new(number).unwrap()
}

/// 100 ms both ways, three packets, active.
pub(crate) fn params() -> Params {
    Params {
        min_tx_us: 100_000,
        min_rx_us: 100_000,
        idle_tx_us: 1_000_000,
        detect_mult: mult(3),
        passive: false,
    }
}

/// The peer's packet in this state: it has heard us, and has our parameters.
pub(crate) fn packet(state: State) -> Control {
    Control {
        diagnostic: Diagnostic::None,
        state,
        poll: false,
        final_: false,
        control_plane_independent: false,
        demand: false,
        detect_mult: mult(3),
        my_discriminator: THEIRS,
        your_discriminator: Some(OURS),
        desired_min_tx_us: 100_000,
        required_min_rx_us: 100_000,
        required_min_echo_rx_us: 0,
    }
}

pub(crate) fn at(millis: u64) -> Instant {
    Instant::ZERO + Duration::from_millis(millis)
}

pub(crate) fn actions(session: &mut Session) -> Vec<Action> {
    std::iter::from_fn(|| session.poll_action()).collect()
}

/// The packets among the actions.
pub(crate) fn sent(session: &mut Session) -> Vec<Control> {
    let packet = |action| match action {
        Action::Transmit(packet) => Some(packet),
        Action::Transition(_) => None,
    };
    actions(session).into_iter().filter_map(packet).collect()
}

pub(crate) fn moved(actions: &[Action]) -> Vec<(State, State, Cause)> {
    let transition = |action: &Action| match action {
        Action::Transition(Transition { from, to, cause }) => Some((*from, *to, *cause)),
        Action::Transmit(_) => None,
    };
    actions.iter().filter_map(transition).collect()
}

/// A session in this state at 0 ms whose peer is heard and polls nothing.
pub(crate) fn session(params: Params, state: State) -> Session {
    let mut session = Session::new(at(0), params, OURS, 1);
    let story: &[State] = match state {
        State::Down | State::AdminDown => &[State::AdminDown],
        State::Init => &[State::Down],
        State::Up => &[State::Down, State::Up],
    };
    for said in story {
        session.handle_packet(at(0), &packet(*said));
    }
    if state == State::AdminDown {
        session.shutdown(at(0));
    }
    assert_eq!(session.state(), state);
    actions(&mut session);
    session
}

/// A session that is Up at 0 ms, with its Poll Sequence over.
pub(crate) fn up(params: Params) -> Session {
    let mut session = session(params, State::Up);
    session.handle_packet(at(0), &Control { final_: true, ..packet(State::Up) });
    session.handle_packet(at(0), &packet(State::Up));
    session.handle_timeout(at(1));
    actions(&mut session);
    session
}

/// Lets time pass until `end`, waking the session only when it asks; what it did, and when.
pub(crate) fn run(session: &mut Session, end: Instant) -> Vec<(Instant, Action)> {
    let mut done = Vec::new();
    while let Some((deadline, _)) = session.deadline()
        && deadline <= end
    {
        session.handle_timeout(deadline);
        done.extend(actions(session).into_iter().map(|action| (deadline, action)));
    }
    done
}

/// The packets of [`run`] and when they went out.
pub(crate) fn run_sent(session: &mut Session, end: Instant) -> Vec<(Instant, Control)> {
    let packet = |(at, action)| match action {
        Action::Transmit(packet) => Some((at, packet)),
        Action::Transition(_) => None,
    };
    run(session, end).into_iter().filter_map(packet).collect()
}
