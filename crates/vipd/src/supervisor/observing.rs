use std::time::SystemTime;

use engine::observe::{Snapshot, StaticSnapshot};
use linux::processes;
use types::Instant;

use super::Supervisor;
use super::router::Router;
use crate::ipc::ToRouter;
use crate::status::{Daemon, Report};

impl Supervisor {
    /// Gets a snapshot for those who wait for one.
    pub(super) fn show_status(&mut self, now: Instant) {
        // A router of another version is about to be replaced: whoever asks waits for the next one.
        if self.succession.is_some() || !self.observers.want_snapshot(now, &self.poller) {
            return;
        }
        if self.router.as_ref().is_some_and(|router| !router.resigned()) {
            self.observers.asked();
            self.tell_router(&ToRouter::Snapshot);
        } else {
            let snapshot = Snapshot {
                at: now,
                starts_at: None,
                instances: Vec::new(),
                groups: Vec::new(),
                bfd: Vec::new(),
                statics: StaticSnapshot::default(),
            };
            let report = self.report(now, &snapshot);
            self.observers.answer(now, report, &self.poller);
        }
    }

    /// Nobody is kept waiting for ever.
    pub(super) fn tell_overdue(&mut self, now: Instant) {
        if !self.observers.is_overdue(now) {
            return;
        }
        let why = match self.router.as_ref().map(Router::pid) {
            _ if self.succession.is_some() => {
                "the daemon goes on as another version: its state is told once the new router process works"
                    .to_owned()
            }
            None => "there is no router process".to_owned(),
            Some(pid) => format!(
                "the router process {pid} {} and does not answer; if it goes on like this, it is replaced",
                processes::condition(pid)
            ),
        };
        self.observers.refuse(now, format!("{why}; the log says more"), &self.poller);
    }

    /// Gets a snapshot for the files that signals ask for. While there is no router, they wait for one.
    pub(super) fn ask_for_dumps(&mut self) {
        if self.succession.is_some() || self.router.as_ref().is_none_or(Router::resigned) {
            return;
        }
        match self.dumps.ask() {
            Some(true) => self.tell_router(&ToRouter::SnapshotAndClear),
            Some(false) => self.tell_router(&ToRouter::Snapshot),
            None => {}
        }
    }

    pub(super) fn report(&self, now: Instant, snapshot: &Snapshot) -> Report {
        let daemon = Daemon {
            host: self.host.clone(),
            pid: std::process::id(),
            router_pid: self.router.as_ref().map(Router::pid),
            router_restarts: self.restarts,
            config: self.options.config.display().to_string(),
            started: self.started,
            last_reload: self.last_reload.clone(),
            reloads: self.reloads,
            mails_waiting: self.post.waiting(),
            messages_lost: self.messages_lost,
            scripts: self.notifier.report(now),
            retries: self.notifier.retries(now),
        };
        Report::new(&daemon, snapshot, now, SystemTime::now())
    }
}
