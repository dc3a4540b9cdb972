//! The scripts of one instance or group: strictly one after another, in the order of the events.
//!
//! What has waited for long behind slow scripts is left out if it is outdated: if a later state waits, too. A script that
//! holds others up for too long is ended. So whatever scripts do, the last one that runs was told the state that holds,
//! and hears of it soon; and whoever is not slow hears of every event.

use std::collections::VecDeque;
use std::time::Duration;

use types::Instant;

/// An event that waits for longer than this is left out, if it is outdated.
const FRESH: Duration = Duration::from_secs(5);
/// More events than this never wait.
const MAX_WAITING: usize = 64;
/// A script that keeps others waiting for this long is asked to end.
const PATIENCE: Duration = Duration::from_secs(30);
/// And killed this much later.
const GRACE: Duration = Duration::from_secs(2);

/// What is to be done about the script that runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Due {
    /// It keeps others waiting for too long: ask it to end.
    Terminate,
    /// It did not listen.
    Kill,
}

/// Events with their scripts `J`.
#[derive(Debug)]
pub(super) struct Queue<J> {
    waiting: VecDeque<Waiting<J>>,
    running: Option<Running>,
    skipped: u64,
}

#[derive(Debug)]
struct Waiting<J> {
    jobs: VecDeque<J>,
    is_state: bool,
    since: Instant,
    /// Its first script has been started, so that the others shall follow.
    begun: bool,
}

#[derive(Debug)]
struct Running {
    since: Instant,
    asked: Option<Instant>,
    killed: bool,
}

impl<J> Default for Queue<J> {
    fn default() -> Self {
        Self { waiting: VecDeque::new(), running: None, skipped: 0 }
    }
}

impl<J> Queue<J> {
    /// An event with its scripts, at least one. `is_state`: it makes earlier ones outdated.
    pub(super) fn push(&mut self, now: Instant, jobs: impl IntoIterator<Item = J>, is_state: bool) {
        let jobs: VecDeque<J> = jobs.into_iter().collect();
        if jobs.is_empty() {
            return;
        }
        self.waiting.push_back(Waiting { jobs, is_state, since: now, begun: false });
        self.coalesce(now);
    }

    /// The next script, if none runs; it runs from now on.
    pub(super) fn start(&mut self, now: Instant) -> Option<J> {
        self.coalesce(now);
        if self.running.is_some() {
            return None;
        }
        let first = self.waiting.front_mut()?;
        let job = first.jobs.pop_front();
        first.begun = true;
        if first.jobs.is_empty() {
            self.waiting.pop_front();
        }
        self.running = Some(Running { since: now, asked: None, killed: false });
        job
    }

    /// The script that ran has ended, or could not be started.
    pub(super) fn ended(&mut self) {
        self.running = None;
    }

    /// What is to be done about the script that runs, said once each.
    pub(super) fn due(&mut self, now: Instant) -> Option<Due> {
        self.coalesce(now);
        if self.patience_ends().is_none_or(|at| at > now) {
            return None;
        }
        let running = self.running.as_mut()?;
        if running.asked.is_none() {
            running.asked = Some(now);
            return Some(Due::Terminate);
        }
        running.killed = true;
        Some(Due::Kill)
    }

    /// When [`due`](Self::due) has something to say.
    pub(super) fn deadline(&self) -> Option<Instant> {
        [self.outdated_at(), self.patience_ends()].into_iter().flatten().min()
    }

    /// Since when a script has been running.
    pub(super) fn running_since(&self) -> Option<Instant> {
        self.running.as_ref().map(|running| running.since)
    }

    /// How many events wait.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// How many events were left out so far, because a later one made them outdated.
    pub(super) fn skipped(&self) -> u64 {
        self.skipped
    }

    /// Whether nothing runs or waits.
    pub(super) fn is_idle(&self) -> bool {
        self.running.is_none() && self.waiting.is_empty()
    }

    fn patience_ends(&self) -> Option<Instant> {
        let running = self.running.as_ref().filter(|running| !running.killed)?;
        match running.asked {
            Some(asked) => Some(asked + GRACE),
            None => Some(self.waiting.front()?.since.max(running.since) + PATIENCE),
        }
    }

    /// Where the last state stands.
    fn last_state(&self) -> usize {
        self.waiting.iter().rposition(|waiting| waiting.is_state).unwrap_or(0)
    }

    /// When the next one is to be left out.
    fn outdated_at(&self) -> Option<Instant> {
        let mut outdated = self.waiting.iter().take(self.last_state()).filter(|waiting| !waiting.begun);
        Some(outdated.next()?.since + FRESH)
    }

    fn coalesce(&mut self, now: Instant) {
        let last_state = self.last_state();
        self.leave_out(|at, waiting| at >= last_state || waiting.begun || now < waiting.since + FRESH);
        let surplus = self.waiting.len().saturating_sub(MAX_WAITING);
        if surplus > 0 {
            let last_state = self.last_state();
            self.leave_out(|at, waiting| at >= surplus || at == last_state || waiting.begun);
        }
    }

    fn leave_out(&mut self, stays: impl Fn(usize, &Waiting<J>) -> bool) {
        let before = self.waiting.len();
        let mut at = 0;
        self.waiting.retain(|waiting| {
            at += 1;
            stays(at - 1, waiting)
        });
        self.skipped += (before - self.waiting.len()) as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: f64) -> Instant {
        Instant::ZERO + Duration::from_secs_f64(secs)
    }

    #[test]
    fn quick_scripts_see_every_event_in_its_order() {
        let mut queue = Queue::default();
        for event in 0..3 {
            queue.push(at(0.0), [format!("own {event}"), format!("any {event}")], true);
        }
        let mut ran = Vec::new();
        while let Some(job) = queue.start(at(0.1)) {
            assert_eq!(queue.start(at(0.1)), None, "one at a time");
            ran.push(job);
            queue.ended();
        }
        assert_eq!(ran, ["own 0", "any 0", "own 1", "any 1", "own 2", "any 2"]);
        assert!(queue.is_idle() && queue.skipped() == 0);
    }

    #[test]
    fn behind_slow_scripts_only_the_last_state_and_what_follows_it_wait_for_long() {
        let mut queue = Queue::default();
        queue.push(at(0.0), ["own a", "any a"], true);
        assert_eq!(queue.start(at(0.0)), Some("own a"));
        for (when, event, is_state) in
            [(0.1, "b", true), (0.2, "lower", false), (0.4, "c", true), (0.5, "lower c", false)]
        {
            queue.push(at(when), [event], is_state);
        }
        assert_eq!((queue.deadline(), queue.due(at(5.0)), queue.skipped()), (Some(at(5.1)), None, 0));
        assert_eq!((queue.due(at(5.1)), queue.skipped(), queue.deadline()), (None, 1, Some(at(5.2))));
        assert_eq!(
            (queue.due(at(7.0)), queue.waiting(), queue.skipped()),
            (None, 3, 2),
            "the rest of a, c, and lower c"
        );
        queue.ended();
        for job in ["any a", "c", "lower c"] {
            assert_eq!(queue.start(at(9.0)), Some(job));
            queue.ended();
        }
    }

    #[test]
    fn who_keeps_others_waiting_is_asked_and_then_killed() {
        let mut queue = Queue::default();
        queue.push(at(0.0), ["a"], true);
        queue.start(at(0.0));
        assert_eq!((queue.due(at(1000.0)), queue.deadline()), (None, None), "nobody waits");
        queue.push(at(1000.0), ["b"], true);
        assert_eq!((queue.due(at(1029.0)), queue.deadline()), (None, Some(at(1030.0))));
        assert_eq!((queue.due(at(1030.0)), queue.due(at(1031.0))), (Some(Due::Terminate), None));
        assert_eq!(queue.deadline(), Some(at(1032.0)));
        assert_eq!((queue.due(at(1032.0)), queue.due(at(1033.0))), (Some(Due::Kill), None));
        queue.ended();
        assert_eq!(queue.start(at(1034.0)), Some("b"));
    }

    /// Events at random times, scripts of random length: whatever happens, at most one runs, order is kept, and the last
    /// state that ran is the last state there was.
    #[test]
    fn the_last_state_always_runs_last() {
        let mut random = 0x9e37_79b9_7f4a_7c15_u64;
        let mut next = |below: u64| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (random >> 33) % below
        };
        for round in 0..300 {
            let (mut queue, mut now) = (Queue::default(), Instant::ZERO);
            let (mut ran, mut last_state, mut ends) = (Vec::new(), None, None);
            let events = 1 + next(200);
            let mut pushed = 0;
            while pushed < events || !queue.is_idle() {
                now = now + Duration::from_millis(next(400));
                if pushed < events {
                    let is_state = next(4) > 0;
                    queue.push(now, [pushed], is_state);
                    last_state = if is_state { Some(pushed) } else { last_state };
                    pushed += 1;
                }
                let killed = queue.due(now) == Some(Due::Kill);
                if ends.is_some_and(|at| at <= now) || killed {
                    queue.ended();
                    ends = None;
                }
                if let Some(job) = queue.start(now) {
                    assert!(ends.is_none(), "one at a time");
                    let long = if next(20) == 0 { 1_000_000 } else { next(1500) };
                    ends = Some(now + Duration::from_millis(long));
                    ran.push(job);
                }
                assert!(queue.waiting() <= MAX_WAITING + 1);
            }
            assert!(ran.is_sorted(), "round {round}");
            let behind = last_state.map(|last| (ran.contains(&last), queue.skipped() + ran.len() as u64));
            assert!(behind.is_none_or(|(told, all)| told && all == events), "round {round}");
        }
    }
}
