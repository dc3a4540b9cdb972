use std::time::Duration;

use linux::processes;
use types::Instant;

use super::Supervisor;
use crate::ipc::ToRouter;

/// How often the router is asked whether it lives.
const EVERY: Duration = Duration::from_secs(5);
/// A router that has not said a word for this long after it was asked hangs: its peers have taken over, and its addresses are
/// on two machines.
const PATIENCE: Duration = Duration::from_secs(10);
/// From its start to its first word: it reads the whole state of the kernel first.
const FIRST_PATIENCE: Duration = Duration::from_mins(1);
/// If we were woken later than this ourselves, the machine was asleep or starved, and nobody is to blame.
const OWN_LATENESS: Duration = Duration::from_secs(1);

impl Supervisor {
    /// Asks the router whether it lives. One that hangs is killed, and another one started: it would keep its addresses, while
    /// others have taken over.
    pub(super) fn watch_router(&mut self, now: Instant) {
        let step = self.watchdog.timer(now);
        let Some(router) = &mut self.router else { return };
        match step {
            Some(Step::Ask) => router.tell(&ToRouter::Ping, &self.poller),
            Some(Step::GiveUp { silent_for }) => {
                log::error!(
                    "the router process {pid} has not answered for {} s; it {}: killing it",
                    silent_for.as_secs(),
                    processes::condition(router.pid()),
                    pid = router.pid()
                );
                router.kill();
            }
            None => {}
        }
    }
}

/// Looks whether the router still works: a process can hang without dying.
#[derive(Debug, Default)]
pub(super) struct Watchdog {
    state: State,
    /// How long the last router had said nothing, if it was given up.
    silence: Duration,
}

#[derive(Debug, Default)]
enum State {
    /// There is no router, or one that is about to end.
    #[default]
    Off,
    /// It said something; the next question is asked then.
    Content { ask_at: Instant },
    /// It was asked something.
    Waiting { since: Instant, until: Instant },
}

/// What there is to do.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    /// Ask it for a sign of life.
    Ask,
    /// It hangs, and has said nothing for so long.
    GiveUp { silent_for: Duration },
}

impl Watchdog {
    /// A router was started: it owes us its first word.
    pub(super) fn started(&mut self, now: Instant) {
        self.silence = Duration::ZERO;
        self.state = State::Waiting { since: now, until: now + FIRST_PATIENCE };
    }

    /// The router ended, or was told to.
    pub(super) fn stop(&mut self) {
        self.state = State::Off;
    }

    /// The router said something, whatever it was.
    pub(super) fn heard(&mut self, now: Instant) {
        if matches!(self.state, State::Waiting { .. }) {
            self.state = State::Content { ask_at: now + EVERY };
        }
    }

    /// When [`timer`](Self::timer) has something to do.
    pub(super) fn deadline(&self) -> Option<Instant> {
        match self.state {
            State::Off => None,
            State::Content { ask_at } => Some(ask_at),
            State::Waiting { until, .. } => Some(until),
        }
    }

    /// How long the last router had said nothing when it ended; zero for one that died in the midst of its work.
    pub(super) fn silence(&self) -> Duration {
        self.silence
    }

    /// To be called at the deadline, after what the router has said was heard.
    fn timer(&mut self, now: Instant) -> Option<Step> {
        match self.state {
            State::Content { ask_at } if ask_at <= now => {
                self.state = State::Waiting { since: now, until: now + PATIENCE };
                Some(Step::Ask)
            }
            State::Waiting { since, until } if until + OWN_LATENESS <= now => {
                self.state = State::Waiting { since, until: now + PATIENCE };
                None
            }
            State::Waiting { since, until } if until <= now => {
                self.state = State::Off;
                self.silence = now.since(since);
                Some(Step::GiveUp { silent_for: self.silence })
            }
            State::Off | State::Content { .. } | State::Waiting { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Instant = Instant::ZERO;

    fn after(seconds: u64) -> Instant {
        START + Duration::from_secs(seconds)
    }

    /// A watchdog whose router was started at 0 and spoke at 1.
    fn content() -> Watchdog {
        let mut watchdog = Watchdog::default();
        watchdog.started(START);
        watchdog.heard(after(1));
        watchdog
    }

    #[test]
    fn who_answers_is_asked_again() {
        let mut watchdog = content();
        assert_eq!(watchdog.timer(after(5)), None);
        assert_eq!(watchdog.timer(after(6)), Some(Step::Ask));
        watchdog.heard(after(15));
        assert_eq!(watchdog.timer(after(16)), None);
        assert_eq!(watchdog.deadline(), Some(after(20)));
    }

    #[test]
    fn who_does_not_is_given_up() {
        let mut watchdog = content();
        assert_eq!(watchdog.timer(after(6)), Some(Step::Ask));
        assert_eq!(watchdog.timer(after(15)), None);
        assert_eq!(watchdog.timer(after(16)), Some(Step::GiveUp { silent_for: Duration::from_secs(10) }));
        assert_eq!((watchdog.timer(after(17)), watchdog.deadline()), (None, None));
        assert_eq!(watchdog.silence(), Duration::from_secs(10), "for the next router");
        watchdog.started(after(17));
        assert_eq!(watchdog.silence(), Duration::ZERO);
    }

    #[test]
    fn the_first_word_may_take_a_minute() {
        let mut watchdog = Watchdog::default();
        watchdog.started(START);
        assert_eq!(watchdog.timer(after(59)), None);
        assert_eq!(watchdog.timer(after(60)), Some(Step::GiveUp { silent_for: Duration::from_mins(1) }));
    }

    #[test]
    fn a_watchdog_that_slept_blames_nobody() {
        let mut watchdog = content();
        assert_eq!(watchdog.timer(after(6)), Some(Step::Ask));
        assert_eq!(watchdog.timer(after(3600)), None);
        assert_eq!(watchdog.deadline(), Some(after(3610)));
        assert_eq!(
            watchdog.timer(after(3610)),
            Some(Step::GiveUp { silent_for: Duration::from_secs(3604) }),
            "the silence counts from the question"
        );
    }

    #[test]
    fn nobody_is_waited_for_when_there_is_no_router() {
        let mut watchdog = content();
        watchdog.stop();
        assert_eq!((watchdog.deadline(), watchdog.timer(after(100))), (None, None));
        assert_eq!(watchdog.silence(), Duration::ZERO);
        watchdog.heard(after(101));
        assert_eq!(watchdog.deadline(), None);
    }
}
