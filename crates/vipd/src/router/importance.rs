use config::model::Process;
use engine::Urgency;
use linux::scheduling::Scheduling;
use types::Instant;

use crate::describe;

/// How the kernel treats the router, by configuration and by need.
pub(super) struct Importance {
    configured: Process,
    urgency: Urgency,
    scheduling: Scheduling,
}

impl Importance {
    pub(super) fn start(process: &Process) -> Self {
        let mut scheduling = Scheduling::start();
        warn(&scheduling.apply(process));
        Self { configured: process.clone(), urgency: Urgency::new(process), scheduling }
    }

    /// A reload.
    pub(super) fn configure(&mut self, process: &Process) {
        if self.configured != *process {
            warn(&self.scheduling.apply(process));
            (self.configured, self.urgency) = (process.clone(), Urgency::new(process));
        }
    }

    /// After waiting for at most `deadline`.
    pub(super) fn woken(&mut self, deadline: Option<Instant>, now: Instant) {
        let Some(late_by) = deadline.filter(|at| *at <= now).map(|at| now.since(at)) else { return };
        let Some(priority) = self.urgency.timer_handled(late_by) else { return };
        let late_by = describe::human(late_by);
        match self.scheduling.set_real_time(Some(priority)) {
            Ok(()) => {
                log::warn!("a timer was handled {late_by} late: real-time priority {priority} from now on");
            }
            Err(e) => {
                log::warn!(
                    "a timer was handled {late_by} late; cannot set real-time priority {priority}: {e}"
                );
            }
        }
    }

    /// Everything that was due is done.
    pub(super) fn caught_up(&mut self) {
        if self.scheduling.overran() {
            log::warn!(
                "computed for more than {} µs (half of vrrp_rlimit_rttime) without waiting, and was not real-time meanwhile; \
                 allow more if this comes often",
                self.configured.rlimit_rttime_us / 2
            );
            if let Err(e) = self.scheduling.recover() {
                log::warn!("cannot become real-time again: {e}");
            }
        }
    }
}

fn warn(problems: &[String]) {
    for problem in problems {
        log::warn!("{problem}");
    }
}
