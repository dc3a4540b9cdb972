//! One `vrrp_script` (keepalived.conf(5), VRRP script): when to run it, when to end it, and what its results mean.

use std::time::Duration;

use config::model::{TrackScript, Verdict};
use serde::{Deserialize, Serialize};
use types::Instant;

/// Between asking a script to end and killing it.
const PATIENCE: Duration = Duration::from_secs(2);

/// A script that is run again and again. One run at a time: a run that takes longer than the interval delays the next.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ScriptMonitor {
    interval: Duration,
    timeout: Duration,
    rise: u32,
    fall: u32,
    verdict: Verdict,
    /// Results in a row that contradict the verdict.
    against: u32,
    phase: Phase,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Phase {
    Waiting {
        until: Instant,
    },
    Running {
        since: Instant,
    },
    /// Asked to end: its time was over. The result has been counted.
    Ending {
        since: Instant,
        kill_at: Instant,
    },
    /// Killed; its end has not been heard of yet.
    Killed {
        since: Instant,
    },
}

/// What to do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Do {
    /// Start the script, then call [`ScriptMonitor::started`].
    Start,
    /// Ask it to end (SIGTERM to its process group).
    Terminate,
    /// End it (SIGKILL to its process group).
    Kill,
}

impl ScriptMonitor {
    /// To be run at once. Its verdict is pending until the first result, or failure with `init_fail`.
    pub fn new(now: Instant, script: &TrackScript) -> Self {
        Self {
            interval: script.interval,
            timeout: script.timeout,
            rise: script.rise,
            fall: script.fall,
            verdict: if script.init_fail { Verdict::Down } else { Verdict::Pending },
            against: 0,
            phase: Phase::Waiting { until: now },
        }
    }

    /// Other settings; what is known stays known.
    pub fn reconfigure(&mut self, script: &TrackScript) {
        (self.interval, self.timeout) = (script.interval, script.timeout);
        (self.rise, self.fall) = (script.rise, script.fall);
    }

    /// What it says now.
    pub fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// Since when it has been running, if it is.
    pub fn running_since(&self) -> Option<Instant> {
        match self.phase {
            Phase::Waiting { .. } => None,
            Phase::Running { since } | Phase::Ending { since, .. } | Phase::Killed { since } => Some(since),
        }
    }

    /// When [`poll`](Self::poll) has something to do.
    pub fn deadline(&self) -> Option<Instant> {
        match self.phase {
            Phase::Waiting { until } => Some(until),
            Phase::Running { since } => Some(since + self.timeout),
            Phase::Ending { kill_at, .. } => Some(kill_at),
            Phase::Killed { .. } => None,
        }
    }

    /// The next thing to do, if its time has come. A run that is terminated has failed.
    pub fn poll(&mut self, now: Instant) -> Option<Do> {
        if self.deadline().is_none_or(|at| now < at) {
            return None;
        }
        match self.phase {
            Phase::Waiting { .. } => Some(Do::Start),
            Phase::Running { since } => {
                self.phase = Phase::Ending { since, kill_at: now + PATIENCE };
                self.count(false);
                Some(Do::Terminate)
            }
            Phase::Ending { since, .. } => {
                self.phase = Phase::Killed { since };
                Some(Do::Kill)
            }
            Phase::Killed { .. } => None,
        }
    }

    /// It runs.
    pub fn started(&mut self, now: Instant) {
        self.phase = Phase::Running { since: now };
    }

    /// It has ended, or could not be started: that is a failure, too. After a timeout the end tells nothing new.
    pub fn ended(&mut self, now: Instant, success: bool) {
        let since = match self.phase {
            Phase::Running { since } => {
                self.count(success);
                since
            }
            Phase::Waiting { until } => {
                self.count(success);
                until.max(now)
            }
            Phase::Ending { since, .. } | Phase::Killed { since } => since,
        };
        self.phase = Phase::Waiting { until: (since + self.interval).max(now) };
    }

    fn count(&mut self, success: bool) {
        let needed = match (self.verdict, success) {
            // The first result decides.
            (Verdict::Pending, _) => 1,
            (Verdict::Up, true) | (Verdict::Down, false) => {
                self.against = 0;
                return;
            }
            (_, true) => self.rise,
            (_, false) => self.fall,
        };
        self.against += 1;
        if self.against >= needed {
            self.against = 0;
            self.verdict = if success { Verdict::Up } else { Verdict::Down };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use config::model::Program;
    use proptest::prelude::*;

    fn script(rise: u32, fall: u32, init_fail: bool) -> TrackScript {
        TrackScript {
            name: "chk".into(),
            program: Program { command: vec!["/bin/true".into()], user: None, group: None },
            interval: Duration::from_secs(2),
            timeout: Duration::from_secs(1),
            rise,
            fall,
            init_fail,
        }
    }

    fn at(millis: u64) -> Instant {
        Instant::ZERO + Duration::from_millis(millis)
    }

    #[test]
    fn runs_at_once_and_then_every_interval() {
        let mut monitor = ScriptMonitor::new(at(0), &script(1, 1, false));
        assert_eq!((monitor.poll(at(0)), monitor.verdict()), (Some(Do::Start), Verdict::Pending));
        monitor.started(at(0));
        assert_eq!((monitor.poll(at(999)), monitor.deadline()), (None, Some(at(1000))));
        monitor.ended(at(10), true);
        assert_eq!((monitor.verdict(), monitor.deadline()), (Verdict::Up, Some(at(2000))));
        assert_eq!((monitor.poll(at(1999)), monitor.poll(at(2000))), (None, Some(Do::Start)));
    }

    #[test]
    fn a_hanging_script_fails_once_and_is_ended_with_growing_force() {
        let mut monitor = ScriptMonitor::new(at(0), &script(1, 2, false));
        monitor.started(at(0));
        monitor.ended(at(1), true);
        monitor.poll(at(2000));
        monitor.started(at(2000));
        assert_eq!(monitor.poll(at(3000)), Some(Do::Terminate));
        assert_eq!(monitor.verdict(), Verdict::Up, "one failure of two");
        assert_eq!(monitor.poll(at(4999)), None);
        assert_eq!(monitor.poll(at(5000)), Some(Do::Kill));
        assert_eq!((monitor.poll(at(9000)), monitor.deadline()), (None, None));
        monitor.ended(at(9000), false);
        assert_eq!((monitor.verdict(), monitor.deadline()), (Verdict::Up, Some(at(9000))));
        monitor.started(at(9000));
        monitor.ended(at(9001), false);
        assert_eq!(monitor.verdict(), Verdict::Down);
    }

    #[test]
    fn init_fail_is_down_from_the_beginning() {
        let mut monitor = ScriptMonitor::new(at(0), &script(2, 1, true));
        assert_eq!(monitor.verdict(), Verdict::Down);
        for (millis, verdict) in [(1, Verdict::Down), (2, Verdict::Up)] {
            monitor.started(at(millis));
            monitor.ended(at(millis), true);
            assert_eq!(monitor.verdict(), verdict);
        }
    }

    proptest! {
        /// The naive model: look back over all results.
        #[test]
        fn rise_and_fall_are_runs_of_equal_results(
            rise in 1_u32..5, fall in 1_u32..5, results in prop::collection::vec(any::<bool>(), 1..60),
        ) {
            let mut monitor = ScriptMonitor::new(at(0), &script(rise, fall, false));
            let mut model = results[0];
            for (index, result) in results.iter().enumerate() {
                monitor.started(at(0));
                monitor.ended(at(1), *result);
                let run = results[..=index].iter().rev().take_while(|r| *r == result).count() as u32;
                // A run that began before the verdict last changed to its value cannot change it again.
                if *result != model && run >= if *result { rise } else { fall } {
                    model = *result;
                }
                prop_assert_eq!(monitor.verdict(), if model { Verdict::Up } else { Verdict::Down });
            }
        }
    }
}
