use std::net::IpAddr;
use std::time::Duration;

use types::{Instant, Priority};

use crate::{Advert, Cause, State};

/// The state with what is known only in it.
#[derive(Debug, Clone)]
pub(crate) enum Phase {
    Initialize,
    Backup(Backup),
    Active {
        /// `Adver_Timer`.
        advertise_at: Instant,
        /// Not scheduled for too long: the timer is for listening.
        listening: bool,
    },
    Fault,
}

/// What a Backup knows.
#[derive(Debug, Clone)]
pub(crate) struct Backup {
    /// When listening began.
    pub(crate) since: Instant,
    /// `Active_Down_Timer`.
    pub(crate) down_at: Instant,
    /// The last accepted advertisement; its interval is `Active_Adver_Interval` in version 3.
    pub(crate) heard: Option<(Instant, Advert)>,
    /// When the first of the lower-priority advertisements came since one of at least our own priority;
    /// `preempt_delay` counts from there.
    pub(crate) lower_since: Option<Instant>,
    pub(crate) expectation: Expectation,
    /// The timer expired late, and this is the time to listen once more.
    pub(crate) listening: bool,
    /// In a sync group: why it would be Active by now.
    pub(crate) ready: Option<Cause>,
}

/// What the expiry of `Active_Down_Timer` will mean.
#[derive(Debug, Clone)]
pub(crate) enum Expectation {
    /// Nobody advertises.
    Silence,
    /// The Active router stopped; the timer is one skew time.
    Stopped { from: IpAddr },
    /// A lower-priority router is Active and does not restart the timer.
    Preemption { lower: IpAddr, priority: Priority },
}

impl Phase {
    pub(crate) fn state(&self) -> State {
        match self {
            Self::Initialize => State::Initialize,
            Self::Backup(_) => State::Backup,
            Self::Active { .. } => State::Active,
            Self::Fault => State::Fault,
        }
    }
}

impl Backup {
    pub(crate) fn cause_of_expiry(&self, now: Instant) -> Cause {
        match self.expectation {
            Expectation::Silence => {
                let (last, last_active) = match self.heard {
                    Some((at, advert)) => (at, Some(advert.from)),
                    None => (self.since, None),
                };
                Cause::MasterDown { silent_for: now.since(last), last_active }
            }
            Expectation::Stopped { from } => Cause::ActiveStopped { from },
            Expectation::Preemption { lower, priority } => Cause::Preempted { lower, priority },
        }
    }

    /// Moves the running timer as if it had been started with `after` instead of `before`, but not into the past.
    pub(crate) fn move_timer(&mut self, now: Instant, before: Duration, after: Duration) {
        if before != after {
            self.down_at = (self.down_at + after - before).max(now);
        }
    }
}
