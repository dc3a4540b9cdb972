//! What must hold after any sequence of inputs.

#![expect(clippy::unwrap_used, reason = "a wrong literal shall stop the test")]

mod common;

use std::num::NonZeroU32;
use std::time::Duration;

use bfd::{Action, Diagnostic, Params, Session, State};
use common::{actions, mult};
use proptest::collection::vec;
use proptest::prelude::*;
use types::Instant;
use wire::bfd::{Control, Packet};

#[derive(Debug, Clone)]
enum Op {
    Packet(Control),
    /// Wake at the deadline, or this much later.
    Timeout(Duration),
    Pass(Duration),
    Reload(Params),
    Shutdown,
}

fn state() -> impl Strategy<Value = State> {
    prop_oneof![
        1 => Just(State::AdminDown),
        3 => Just(State::Down),
        3 => Just(State::Init),
        4 => Just(State::Up),
    ]
}

fn interval_us() -> impl Strategy<Value = u32> {
    prop_oneof![Just(1_000), Just(10_000), Just(300_000), Just(2_000_000), 1_000_u32..5_000_000]
}

fn params() -> impl Strategy<Value = Params> {
    (interval_us(), interval_us(), interval_us(), prop_oneof![Just(1), Just(3), 1_u8..], any::<bool>())
        .prop_map(|(min_tx_us, min_rx_us, idle_tx_us, multiplier, passive)| Params {
            min_tx_us,
            min_rx_us,
            idle_tx_us,
            detect_mult: mult(multiplier),
            passive,
        })
}

fn packet() -> impl Strategy<Value = Control> {
    let interval = || prop_oneof![4 => interval_us(), 1 => Just(0), 1 => any::<u32>()];
    (state(), any::<[bool; 3]>(), 0_u8..9, 1_u8..6, 1_u32..4, interval(), interval()).prop_map(
        |(state, [poll, final_, demand], diagnostic, multiplier, discriminator, tx, rx)| Control {
            diagnostic: Diagnostic::from_number(diagnostic),
            state,
            poll,
            final_,
            control_plane_independent: false,
            demand: demand && poll,
            detect_mult: mult(multiplier),
            my_discriminator: NonZeroU32::new(discriminator).unwrap(),
            your_discriminator: Some(common::OURS),
            desired_min_tx_us: tx,
            required_min_rx_us: rx,
            required_min_echo_rx_us: 0,
        },
    )
}

fn op() -> impl Strategy<Value = Op> {
    let late = prop_oneof![3 => Just(0), 1 => 0_u64..3_000_000_000];
    prop_oneof![
        8 => packet().prop_map(Op::Packet),
        8 => late.prop_map(|nanos| Op::Timeout(Duration::from_nanos(nanos))),
        3 => (0_u64..2_000_000_000).prop_map(|nanos| Op::Pass(Duration::from_nanos(nanos))),
        1 => params().prop_map(Op::Reload),
        1 => Just(Op::Shutdown),
    ]
}

fn apply(session: &mut Session, now: &mut Instant, op: &Op) {
    match op {
        Op::Packet(packet) => session.handle_packet(*now, packet),
        Op::Timeout(late) => {
            if let Some((at, _)) = session.deadline() {
                *now = (at + *late).max(*now);
            }
            session.handle_timeout(*now);
        }
        Op::Pass(time) => *now = *now + *time,
        Op::Reload(params) => session.reconfigure(*now, *params),
        Op::Shutdown => session.shutdown(*now),
    }
}

fn packets(done: &[Action]) -> impl Iterator<Item = &Control> {
    done.iter().filter_map(|action| match action {
        Action::Transmit(packet) => Some(packet),
        Action::Transition(_) => None,
    })
}

proptest! {
    /// Another implementation would take every packet; RFC 5880 section 6.5: P and F never together; section 6.8.3:
    /// not Up means slow.
    #[test]
    fn packets_are_always_valid(params in params(), ops in vec(op(), 0..80)) {
        let mut now = Instant::ZERO;
        let mut session = Session::new(now, params, common::OURS, 1);
        for op in ops {
            apply(&mut session, &mut now, &op);
            for packet in packets(&actions(&mut session)) {
                prop_assert_eq!(Packet::new(&packet.emit()).map(|p| p.control()), Ok(*packet));
                prop_assert!(!(packet.poll && packet.final_));
                prop_assert!(packet.state == State::Up || packet.desired_min_tx_us >= 1_000_000);
                let knows = matches!(packet.state, State::Init | State::Up);
                prop_assert!(!knows || packet.your_discriminator.is_some());
            }
        }
    }

    /// Transitions lead from where we are along the arrows of section 6.2, and the last packet tells of them.
    #[test]
    fn transitions_form_a_chain(params in params(), ops in vec(op(), 0..80)) {
        use State::{AdminDown, Down, Init, Up};
        let mut now = Instant::ZERO;
        let mut session = Session::new(now, params, common::OURS, 1);
        let mut at = Down;
        for op in ops {
            apply(&mut session, &mut now, &op);
            for (from, to, _) in common::moved(&actions(&mut session)) {
                prop_assert_eq!(from, at);
                let arrow = matches!(
                    (from, to),
                    (Down, Init | Up) | (Init, Up | Down) | (Up, Down) | (Down | Init | Up, AdminDown)
                );
                prop_assert!(arrow, "{:?} to {:?}", from, to);
                at = to;
            }
            prop_assert_eq!(session.state(), at);
            prop_assert!(!matches!(at, Init | Up) || session.remote_discriminator().is_some());
        }
    }

    /// Nothing a peer sends makes us send more often than the shortest interval there is (a millisecond less 25 %), or more often than 75 % of the interval
    /// when there is no news and no poll.
    #[test]
    fn sending_is_bounded(params in params(), ops in vec(op(), 0..120)) {
        let mut now = Instant::ZERO;
        let mut session = Session::new(now, params, common::OURS, 1);
        let mut last = None;
        actions(&mut session);
        for op in ops {
            let quiet = matches!(op, Op::Timeout(_));
            let interval = session.transmit_interval();
            let before = session.state();
            apply(&mut session, &mut now, &op);
            // A peer that was forgotten in this moment does not slow us down any more.
            let interval = interval.min(session.transmit_interval());
            let done = actions(&mut session);
            let mut sent = packets(&done).copied();
            if let Some(packet) = sent.next() {
                if let Some((time, earlier)) = last {
                    let gap = now.since(time);
                    prop_assert!(gap >= Duration::from_micros(750), "{:?}", gap);
                    let same: bool = same_contents(&packet, &earlier);
                    if quiet && same && !packet.final_ && !earlier.final_ && session.state() == before {
                        prop_assert!(gap >= interval / 4 * 3, "{:?} of {:?}", gap, interval);
                    }
                }
                last = Some((now, packet));
            }
            prop_assert!(sent.next().is_none(), "two packets in one moment");
        }
    }

    /// A wake-up at the deadline does something, so that the loop never spins.
    #[test]
    fn deadlines_move_on(params in params(), ops in vec(op(), 0..80)) {
        let mut now = Instant::ZERO;
        let mut session = Session::new(now, params, common::OURS, 1);
        for op in ops {
            apply(&mut session, &mut now, &op);
            session.handle_timeout(now);
            if let Some((deadline, _)) = session.deadline() {
                prop_assert!(deadline > now, "{:?} at {:?}", deadline, now);
            }
        }
    }
}

fn same_contents(a: &Control, b: &Control) -> bool {
    (a.state, a.diagnostic, a.poll, a.detect_mult, a.desired_min_tx_us, a.required_min_rx_us)
        == (b.state, b.diagnostic, b.poll, b.detect_mult, b.desired_min_tx_us, b.required_min_rx_us)
}
