use std::time::Duration;

use config::model::Model;
use types::Instant;

use super::{Failure, Supervisor};
use crate::exit::Exit;
use crate::ipc::{Ending, ToRouter};
use crate::scripts::Launcher;

/// Added to the longest hand-over that the protocol can need, before we lose patience with a stopping router.
const STOP_MARGIN: Duration = Duration::from_secs(5);
/// How long the last mails may take.
const MAIL_MARGIN: Duration = Duration::from_secs(5);

/// What the daemon is doing.
pub(super) enum Stage {
    Running,
    /// The router gives everything up.
    Stopping {
        end: Result<Exit, Failure>,
        /// When we lose patience.
        until: Instant,
        urgent: bool,
    },
    /// The last mails are under way.
    Mailing {
        end: Result<Exit, Failure>,
        until: Instant,
    },
    /// The last programs have been asked to end; who does not is killed.
    Ending {
        end: Result<Exit, Failure>,
    },
}

impl Supervisor {
    /// Whether everything is done.
    pub(super) fn finished(&mut self, now: Instant) -> Option<Result<Exit, Failure>> {
        if let Stage::Mailing { end, until } = &self.stage {
            self.undo.set_local_igmp(true);
            self.undo.save();
            if !(self.post.is_settled() && self.notifier.is_settled()) && now < *until {
                return None;
            }
            let end = end.clone();
            let pending = self.notifier.stop(now);
            if pending > 0 {
                log::warn!("{pending} notify programs had no time left before the end");
            }
            self.stage = Stage::Ending { end };
        }
        let Stage::Ending { end } = &self.stage else { return None };
        if !(self.notifier.has_left() && self.trackers.has_left()) {
            return None;
        }
        if let Some(shutdown) = &self.model.programs.shutdown {
            Launcher::new(&self.model).run_and_wait("shutdown_script", shutdown);
        }
        if self.post.waiting() > 0 {
            log::warn!("{} mails could not be sent before the end", self.post.waiting());
        }
        if end.is_ok() {
            log::info!("Stopped vipd {}", env!("CARGO_PKG_VERSION"));
        }
        Some(end.clone())
    }

    /// The operator wants us to stop; the second time, at once.
    pub(super) fn stop(&mut self, now: Instant) {
        if matches!(self.stage, Stage::Running) && self.stop_after_succession() {
            return;
        }
        match &mut self.stage {
            Stage::Running => {
                log::info!("Stopping");
                // Without systemd there is nobody to tell.
                let _ = sd_notify::notify(&[sd_notify::NotifyState::Stopping]);
                let ending =
                    if self.options.leave_addresses { Ending::LeaveAddresses } else { Ending::Graceful };
                self.tell_router(&ToRouter::Stop(ending));
                self.end(now, Ok(Exit::Ok));
            }
            Stage::Stopping { .. } => self.lose_patience(now),
            Stage::Mailing { until, .. } => *until = now,
            Stage::Ending { .. } => {}
        }
    }

    /// Ends as soon as the router is gone.
    pub(super) fn end(&mut self, now: Instant, end: Result<Exit, Failure>) {
        self.cancel_upgrade(now, "the daemon ends");
        self.abandon_succession(now);
        self.trackers.stop(now);
        self.notifier.stop_retrying();
        self.watchdog.stop();
        self.start_at = None;
        self.stage = if self.router.is_some() {
            Stage::Stopping { end, until: now + longest_hand_over(&self.model) + STOP_MARGIN, urgent: false }
        } else {
            Stage::Mailing { end, until: now + self.last_wait() }
        };
    }

    /// How long the last mails and notifications may take.
    pub(super) fn last_wait(&self) -> Duration {
        MAIL_MARGIN.max(self.model.programs.last_wait)
    }

    pub(super) fn lose_patience(&mut self, now: Instant) {
        let Stage::Stopping { until, urgent, .. } = &mut self.stage else { return };
        *until = now + STOP_MARGIN;
        if std::mem::replace(urgent, true) {
            log::error!("the router does not stop: killing it; addresses may stay behind");
            if let Some(router) = &mut self.router {
                router.kill();
            }
        } else {
            log::warn!("Stopping at once: giving the addresses up without waiting for a successor");
            self.tell_router(&ToRouter::Stop(Ending::Abrupt));
        }
    }
}

/// The longest that any instance may serve on after it was told to leave: its master-down interval, which is at
/// most one advertisement interval longer than the adverts that may be missed (RFC 9568 section 6.1; version 2
/// has a skew of up to one second).
fn longest_hand_over(model: &Model) -> Duration {
    let down = |i: &config::model::Instance| {
        i.interval.as_duration() * (u32::from(i.down_timer_adverts) + 1) + Duration::from_secs(1)
    };
    model.instances.iter().map(down).max().unwrap_or_default()
}
