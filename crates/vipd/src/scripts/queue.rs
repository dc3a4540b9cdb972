//! The scripts of one instance or group: strictly one after another, in the order of the events.
//!
//! What has waited for long behind slow scripts is left out if it is outdated: if a later state waits, too. A script that
//! holds others up for too long is ended. So whatever scripts do, the last one that runs was told the state that holds,
//! and hears of it soon; and whoever is not slow hears of every event.
//!
//! On request, a script of a state that failed is run again later, beside the order of the events, but only for as long as
//! its state is the last one there was.

use std::collections::VecDeque;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use types::Instant;

/// An event that waits for longer than this is left out, if it is outdated.
const FRESH: Duration = Duration::from_secs(5);
/// More events than this never wait.
const MAX_WAITING: usize = 64;
/// A script that keeps others waiting for this long is asked to end.
const PATIENCE: Duration = Duration::from_secs(30);
/// And killed this much later.
const GRACE: Duration = Duration::from_secs(2);
/// A script that fails again and again is not run less often than this, unless it was asked for.
const LONGEST_RETRY: Duration = Duration::from_mins(5);

/// What is to be done about the script that runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Due {
    /// It keeps others waiting for too long: ask it to end.
    Terminate,
    /// It did not listen.
    Kill,
}

/// Events with their scripts `J`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Queue<J> {
    waiting: VecDeque<Waiting<J>>,
    running: Option<Running>,
    skipped: u64,
    /// How many states there were so far.
    states: u64,
    /// How long after its first failure a script of a state is run again, if at all.
    retry_after: Option<Duration>,
    /// All of them tell the last state there was.
    retries: Vec<Retry<J>>,
}

/// A script that failed and is run again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Retry<J> {
    pub(super) job: J,
    /// How often it has failed.
    pub(super) failures: u32,
    pub(super) at: Instant,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Waiting<J> {
    jobs: VecDeque<J>,
    is_state: bool,
    /// How many states there were with this event.
    states: u64,
    since: Instant,
    /// Its first script has been started, so that the others shall follow.
    begun: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Running {
    /// Which state it tells, if one.
    state: Option<u64>,
    /// How often it has failed before.
    failures: u32,
    since: Instant,
    asked: Option<Instant>,
    killed: bool,
}

impl<J> Default for Queue<J> {
    fn default() -> Self {
        Self {
            waiting: VecDeque::new(),
            running: None,
            skipped: 0,
            states: 0,
            retry_after: None,
            retries: Vec::new(),
        }
    }
}

impl<J> Queue<J> {
    /// An event with its scripts. `is_state`: it makes earlier ones outdated, even if it has none.
    pub(super) fn push(&mut self, now: Instant, jobs: impl IntoIterator<Item = J>, is_state: bool) {
        if is_state {
            self.states += 1;
            self.retries.clear();
        }
        let jobs: VecDeque<J> = jobs.into_iter().collect();
        if jobs.is_empty() {
            return;
        }
        self.waiting.push_back(Waiting { jobs, is_state, states: self.states, since: now, begun: false });
        self.coalesce(now);
    }

    /// The next script, if none runs; it runs from now on.
    pub(super) fn start(&mut self, now: Instant) -> Option<J> {
        self.coalesce(now);
        if self.running.is_some() {
            return None;
        }
        let (job, state, failures) = self.next_event().or_else(|| self.next_retry(now))?;
        self.running = Some(Running { state, failures, since: now, asked: None, killed: false });
        Some(job)
    }

    fn next_event(&mut self) -> Option<(J, Option<u64>, u32)> {
        let first = self.waiting.front_mut()?;
        let job = first.jobs.pop_front()?;
        first.begun = true;
        let state = first.is_state.then_some(first.states);
        if first.jobs.is_empty() {
            self.waiting.pop_front();
        }
        Some((job, state, 0))
    }

    fn next_retry(&mut self, now: Instant) -> Option<(J, Option<u64>, u32)> {
        let (at, _) = self.retries.iter().enumerate().min_by_key(|(_, retry)| retry.at)?;
        if self.retries[at].at > now {
            return None;
        }
        let Retry { job, failures, .. } = self.retries.remove(at);
        Some((job, Some(self.states), failures))
    }

    /// The script that ran has ended, and is not run again.
    pub(super) fn ended(&mut self) {
        self.running = None;
    }

    /// The script that ran has failed, or could not be started. How long until it is run again, if it is.
    pub(super) fn failed(&mut self, now: Instant, job: J) -> Option<Duration> {
        let running = self.running.take()?;
        let first = self.retry_after.filter(|_| running.state == Some(self.states))?;
        let doubled = 1_u32.checked_shl(running.failures).unwrap_or(u32::MAX);
        let wait = first.saturating_mul(doubled).min(LONGEST_RETRY.max(first));
        self.retries.push(Retry { job, failures: running.failures + 1, at: now + wait });
        Some(wait)
    }

    /// How long after its first failure a script of a state is run again. `None`: never, also not what waits for it.
    pub(super) fn set_retry(&mut self, after: Option<Duration>) {
        self.retry_after = after;
        if after.is_none() {
            self.retries.clear();
        }
    }

    /// Only these are run again.
    pub(super) fn keep_retries(&mut self, mut stays: impl FnMut(&J) -> bool) {
        self.retries.retain(|retry| stays(&retry.job));
    }

    /// What failed and is run again.
    pub(super) fn retries(&self) -> &[Retry<J>] {
        &self.retries
    }

    /// How often the script that runs has failed before.
    pub(super) fn failures(&self) -> u32 {
        self.running.as_ref().map_or(0, |running| running.failures)
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

    /// When [`due`](Self::due) has something to say, or [`start`](Self::start).
    pub(super) fn deadline(&self) -> Option<Instant> {
        let retries = self.retries.iter().map(|retry| retry.at).filter(|_| self.running.is_none());
        [self.outdated_at(), self.patience_ends()].into_iter().flatten().chain(retries).min()
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

    /// Whether nothing runs or waits, except for being run again.
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

    #[test]
    fn what_fails_is_run_again_ever_later_until_it_succeeds() {
        let mut queue = Queue::default();
        queue.set_retry(Some(Duration::from_secs(20)));
        queue.push(at(0.0), ["master"], true);
        let mut now = at(0.0);
        for (failures, wait) in [(0, 20), (1, 40), (2, 80), (3, 160), (4, 300), (5, 300)] {
            assert_eq!((queue.start(now), queue.failures()), (Some("master"), failures));
            assert_eq!(queue.deadline(), None, "it runs");
            let wait = Duration::from_secs(wait);
            assert_eq!(queue.failed(now, "master"), Some(wait));
            assert!(queue.is_idle(), "the end of the daemon does not wait for it");
            assert_eq!((queue.deadline(), queue.start(now)), (Some(now + wait), None));
            now = now + wait;
        }
        assert_eq!(queue.start(now), Some("master"));
        queue.ended();
        assert_eq!((queue.deadline(), queue.retries()), (None, &[][..]));
        queue.set_retry(Some(Duration::from_hours(1)));
        queue.push(now, ["backup"], true);
        queue.start(now);
        assert_eq!(queue.failed(now, "backup"), Some(Duration::from_hours(1)), "longer than the longest");
        queue.set_retry(None);
        assert_eq!((queue.deadline(), queue.retries()), (None, &[][..]), "switched off");
    }

    #[test]
    fn what_failed_holds_nobody_up_and_each_script_has_its_own_time() {
        let mut queue = Queue::default();
        queue.set_retry(Some(Duration::from_secs(2)));
        queue.push(at(0.0), ["own", "any"], true);
        assert_eq!(queue.start(at(0.0)), Some("own"));
        assert!(queue.failed(at(0.5), "own").is_some());
        assert_eq!(queue.start(at(0.5)), Some("any"), "the other one of the same state");
        assert!(queue.failed(at(1.0), "any").is_some());
        queue.push(at(1.1), ["lower"], false);
        assert_eq!(queue.start(at(1.1)), Some("lower"), "no state, and none is outdated by it");
        assert_eq!(queue.failed(at(2.7), "lower"), None, "what is no state is not told again");
        assert_eq!(queue.start(at(2.7)), Some("own"));
        queue.ended();
        assert_eq!((queue.start(at(2.9)), queue.start(at(3.0))), (None, Some("any")));
    }

    #[test]
    fn what_a_later_state_outdates_is_not_run_again() {
        let mut queue = Queue::default();
        queue.set_retry(Some(Duration::from_secs(2)));
        queue.push(at(0.0), ["master"], true);
        queue.start(at(0.0));
        assert!(queue.failed(at(0.0), "master").is_some());
        queue.push(at(1.0), [], true);
        assert_eq!((queue.deadline(), queue.start(at(9.0))), (None, None), "a state without a program");
        queue.push(at(10.0), ["master"], true);
        queue.start(at(10.0));
        queue.push(at(11.0), ["fault"], true);
        assert_eq!(queue.failed(at(12.0), "master"), None, "the state changed while it ran");
        assert_eq!(queue.start(at(12.0)), Some("fault"));
        assert_eq!(queue.failed(at(12.0), "fault"), Some(Duration::from_secs(2)));
    }

    /// Scripts that fail at random: every run of a script tells a state that is no older than the one told before, the
    /// last state there was is told until it succeeds, and then nothing is left.
    #[test]
    fn no_state_is_told_after_a_later_one_whatever_fails() {
        let mut random = 0x2545_f491_4f6c_dd1d_u64;
        let mut next = |below: u64| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (random >> 33) % below
        };
        for round in 0..300 {
            let (mut queue, mut now) = (Queue::default(), Instant::ZERO);
            queue.set_retry(Some(Duration::from_secs(1)));
            let (mut running, mut told, mut succeeded) = (None, 0, None);
            let states = 1 + next(30);
            let mut pushed = 0;
            while pushed < states || !queue.is_idle() || queue.deadline().is_some() {
                now = now + Duration::from_millis(next(700));
                if pushed < states && next(3) == 0 {
                    pushed += 1;
                    queue.push(now, [pushed], true);
                }
                if let Some(job) = running
                    && next(2) == 0
                {
                    running = None;
                    if next(3) == 0 {
                        queue.ended();
                        succeeded = Some(job);
                    } else {
                        let again = queue.failed(now, job).is_some();
                        assert_eq!(again, job == pushed, "round {round}: {job} of {pushed}");
                    }
                }
                if let Some(job) = queue.start(now) {
                    assert!(running.is_none() && job >= told, "round {round}: {job} after {told}");
                    (running, told) = (Some(job), job);
                }
            }
            assert_eq!(succeeded, Some(states), "round {round}");
        }
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
