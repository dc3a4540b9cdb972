//! What must hold after any sequence of inputs.

#![expect(clippy::unwrap_used, reason = "a wrong literal shall stop the test")]

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;
use types::{Instant, Interval, Priority, Version, Vrid};
use vrrp::{Action, Advert, Params, State, TimerReason, VirtualRouter};

#[derive(Debug, Clone)]
enum Op {
    Startup,
    Adopt,
    Fault,
    Clear,
    Advert(Advert),
    /// Wake at the deadline, or this much later.
    Timeout(Duration),
    Pass(Duration),
    Shutdown,
    Source(IpAddr),
    Priority(Priority),
    Reload(Params),
}

fn address() -> impl Strategy<Value = IpAddr> {
    (8_u8..13).prop_map(|host| IpAddr::V4(Ipv4Addr::new(192, 0, 2, host)))
}

fn priority() -> impl Strategy<Value = Priority> {
    prop_oneof![Just(0), Just(1), 98_u8..103, Just(254), Just(255)].prop_map(Priority)
}

fn interval() -> impl Strategy<Value = Interval> {
    prop_oneof![Just(1), Just(50), Just(100), Just(4095)].prop_map(|c| Interval::from_centis(c).unwrap())
}

fn params(version: Version) -> impl Strategy<Value = Params> {
    let numbers = (1_u8..=255, interval(), 1_u8..6, 0_u64..3000);
    (numbers, any::<[bool; 4]>()).prop_map(
        move |((priority, interval, adverts, delay), [preempt, lower, higher, ignore])| Params {
            vrid: Vrid::new(51).unwrap(),
            version,
            base_priority: Priority(priority),
            interval,
            down_timer_adverts: adverts,
            preempt,
            preempt_delay: Duration::from_millis(delay),
            lower_prio_no_advert: lower,
            higher_prio_send_advert: higher,
            owner_ignore_adverts: ignore,
        },
    )
}

fn version() -> impl Strategy<Value = Version> {
    prop_oneof![Just(Version::V2), Just(Version::V3)]
}

fn op(version: Version) -> impl Strategy<Value = Op> {
    let advert = (address(), priority(), interval())
        .prop_map(|(from, priority, interval)| Op::Advert(Advert { from, priority, interval }));
    prop_oneof![
        2 => Just(Op::Startup),
        1 => Just(Op::Adopt),
        1 => Just(Op::Fault),
        2 => Just(Op::Clear),
        6 => advert,
        6 => prop_oneof![Just(0), 0_u64..2_000_000_000, Just(60_000_000_000)]
            .prop_map(|late| Op::Timeout(Duration::from_nanos(late))),
        3 => (0_u64..5_000_000_000).prop_map(|nanos| Op::Pass(Duration::from_nanos(nanos))),
        1 => Just(Op::Shutdown),
        1 => address().prop_map(Op::Source),
        2 => priority().prop_map(Op::Priority),
        1 => params(version).prop_map(Op::Reload),
    ]
}

/// Parameters and operations of one version, which never changes for a router.
fn story() -> impl Strategy<Value = (Params, Vec<Op>)> {
    version().prop_flat_map(|version| (params(version), vec(op(version), 0..60)))
}

fn apply(router: &mut VirtualRouter, now: &mut Instant, op: Op) {
    let own = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 10));
    match op {
        Op::Startup => router.startup(*now, own),
        Op::Adopt => router.adopt(*now, own),
        Op::Fault => router.fault(*now),
        Op::Clear => router.clear_fault(*now, own),
        Op::Advert(advert) => router.handle_advert(*now, advert),
        Op::Timeout(late) => {
            if let Some((at, _)) = router.deadline() {
                *now = (at + late).max(*now);
            }
            router.handle_timeout(*now);
        }
        Op::Pass(time) => *now = *now + time,
        Op::Shutdown => router.shutdown(*now),
        Op::Source(source) => router.set_source(source),
        Op::Priority(priority) => router.set_priority(*now, priority),
        Op::Reload(params) => router.reconfigure(*now, params),
    }
}

fn actions(router: &mut VirtualRouter) -> Vec<Action> {
    std::iter::from_fn(|| router.poll_action()).collect()
}

proptest! {
    #[test]
    fn deadlines_fit_the_state((params, ops) in story()) {
        let mut router = VirtualRouter::new(params);
        let mut now = Instant::ZERO;
        for op in ops {
            apply(&mut router, &mut now, op);
            match (router.state(), router.deadline()) {
                (State::Initialize | State::Fault, deadline) => prop_assert_eq!(deadline, None),
                (State::Active, deadline) => {
                    let (at, reason) = deadline.expect("an Active router advertises");
                    prop_assert!(matches!(reason, TimerReason::Advertise | TimerReason::Listen));
                    prop_assert!(at.since(now) <= router.params().interval.as_duration());
                }
                (State::Backup, deadline) => {
                    let (at, reason) = deadline.expect("a Backup waits");
                    prop_assert!(matches!(reason, TimerReason::MasterDown | TimerReason::Listen));
                    prop_assert!(at.since(now) <= router.master_down_interval());
                }
            }
            let priority = router.effective_priority();
            let owner = router.params().base_priority.is_owner();
            let allowed = if owner { 255..=255 } else { 1..=254 };
            prop_assert!(allowed.contains(&priority.0), "priority {} of owner {}", priority, owner);
        }
    }

    #[test]
    fn actions_tell_the_state((params, ops) in story()) {
        let mut router = VirtualRouter::new(params);
        let mut now = Instant::ZERO;
        let mut told = State::Initialize;
        for op in ops {
            apply(&mut router, &mut now, op);
            let actions = actions(&mut router);
            for (index, action) in actions.iter().enumerate() {
                match action {
                    Action::Transition(transition) => {
                        prop_assert_eq!(transition.from, told);
                        prop_assert_ne!(transition.to, told);
                        told = transition.to;
                        // Who becomes Active has just said so.
                        let said = matches!(actions[..index], [.., Action::Transmit { .. }]);
                        prop_assert!(told != State::Active || said);
                    }
                    Action::Transmit { priority } if *priority == Priority::STOP => {
                        prop_assert_eq!(told, State::Active);
                        let leaves = matches!(
                            actions.get(index + 1),
                            Some(Action::Transition(t)) if matches!(t.to, State::Fault | State::Initialize)
                        );
                        prop_assert!(leaves, "a resignation that is none: {:?}", actions);
                    }
                    Action::Transmit { .. } | Action::Reannounce { .. } | Action::Ready => {}
                }
            }
            prop_assert_eq!(router.state(), told);
        }
    }

    #[test]
    fn waking_early_changes_nothing((params, ops) in story()) {
        let mut router = VirtualRouter::new(params);
        let mut now = Instant::ZERO;
        for op in ops {
            apply(&mut router, &mut now, op);
            actions(&mut router);
            let deadline = router.deadline();
            if deadline.is_none_or(|(at, _)| now < at) {
                router.handle_timeout(now);
                prop_assert_eq!(router.poll_action(), None);
                prop_assert_eq!(router.deadline(), deadline);
            }
        }
    }

    #[test]
    fn advertisements_do_not_drift(params in version().prop_flat_map(params), late in vec(0_u64..100, 1..200)) {
        let interval = params.interval.as_duration();
        // With a single advertisement to miss, being late by an interval means having been replaced.
        let params = Params { down_timer_adverts: params.down_timer_adverts.max(2), ..params };
        let mut router = VirtualRouter::new(params);
        router.adopt(Instant::ZERO, IpAddr::V4(Ipv4Addr::new(192, 0, 2, 10)));
        actions(&mut router);
        for (turn, late) in (1..).zip(late) {
            let due = Instant::ZERO + interval * turn;
            prop_assert_eq!(router.deadline(), Some((due, TimerReason::Advertise)));
            router.handle_timeout(due + interval * late as u32 / 100);
            prop_assert_eq!(actions(&mut router).len(), 1);
        }
    }

    /// Over a perfect link, four intervals after the second one started, exactly one is Active, and it is the
    /// one with the higher priority; among equals, with the higher address, unless the other was there first.
    #[test]
    fn two_routers_elect_the_better_one(
        (first, second) in version().prop_flat_map(|v| (params(v), params(v))),
        head_start in prop_oneof![Just(0), 0_u64..10_000_000_000],
    ) {
        let plain = |params: Params| Params {
            preempt: true,
            preempt_delay: Duration::ZERO,
            owner_ignore_adverts: false,
            down_timer_adverts: 3,
            ..params
        };
        let (first, second) = (plain(first), plain(second));
        // Version 2 refuses other intervals and does not know fractions of a second.
        let v2 = first.version == Version::V2;
        let interval = if v2 { Interval::DEFAULT } else { first.interval };
        let second = Params { interval: if v2 { interval } else { second.interval }, ..second };
        let first = Params { interval, ..first };
        let longest = first.interval.max(second.interval).as_duration();
        let preferred = usize::from(second.base_priority >= first.base_priority);
        let tie = first.base_priority == second.base_priority;
        let together = head_start == 0 && first.interval == second.interval;

        let sources = [10, 11].map(|host| IpAddr::V4(Ipv4Addr::new(192, 0, 2, host)));
        let mut routers = [VirtualRouter::new(first), VirtualRouter::new(second)];
        let joins = Instant::from_nanos(head_start);
        let end = joins + longest * 4 + Duration::from_nanos(1);
        let mut now = Instant::ZERO;
        routers[0].startup(now, sources[0]);
        let mut joined = false;
        loop {
            exchange(&mut routers, sources, now);
            let next = routers.iter().filter_map(VirtualRouter::deadline).map(|(at, _)| at).min();
            let next = next.expect("the first one has a timer");
            if !joined && next >= joins {
                joined = true;
                now = joins;
                routers[1].startup(now, sources[1]);
                continue;
            }
            if next > end {
                break;
            }
            now = next;
            for router in &mut routers {
                router.handle_timeout(now);
            }
        }
        let active = routers.each_ref().map(|router| router.state() == State::Active);
        prop_assert_ne!(active[0], active[1], "{:?}", routers);
        if !tie || together {
            prop_assert!(active[preferred], "{:?}", routers);
        }
    }
}

/// Carries advertisements between two routers without loss or delay until nobody has anything to say.
fn exchange(routers: &mut [VirtualRouter; 2], sources: [IpAddr; 2], now: Instant) {
    loop {
        let said = routers.each_mut().map(actions);
        if said.iter().all(Vec::is_empty) {
            return;
        }
        for (from, actions) in said.into_iter().enumerate() {
            let interval = routers[from].params().interval;
            for action in actions {
                if let Action::Transmit { priority } = action {
                    let advert = Advert { from: sources[from], priority, interval };
                    routers[1 - from].handle_advert(now, advert);
                }
            }
        }
    }
}
