use std::process::ExitStatus;
use std::time::Duration;

use log::Level;
use types::Instant;

use super::detach::Front;
use super::ending::Stage;
use super::router::Router;
use super::states::States;
use super::{Failure, ROUTER, Supervisor};
use crate::describe;
use crate::exit::Exit;
use crate::ipc::{FromRouter, Start, ToRouter};
use crate::logging::{self, buffered};

/// When no process could be made, for instance for lack of memory.
pub(super) const SPAWN_RETRY: Duration = Duration::from_secs(1);

impl Supervisor {
    /// Starts the router: to go on where the last one stopped, or with `resign` to give up what that one held.
    pub(super) fn start_router(&mut self, now: Instant, resign: bool) {
        self.start_at = None;
        match Router::spawn(&self.home.process_names.1, &self.poller, ROUTER) {
            Ok(mut router) => {
                router.start(self.what_to_run(resign), &self.poller);
                self.employ(now, router);
            }
            Err(e) => {
                log::error!("cannot start the router process: {e}; trying again");
                self.start_at = Some(now + SPAWN_RETRY);
            }
        }
    }

    /// What could not be started before.
    pub(super) fn start_what_is_missing(&mut self, now: Instant) {
        if self.router.is_none() {
            self.start_router(now, false);
        } else {
            self.spawn_successor(now);
        }
    }

    pub(super) fn what_to_run(&self, resign: bool) -> Start {
        Start {
            model: self.model.clone(),
            adopt: self.states.masters(),
            silent_for: self.watchdog.silence(),
            replaces: !self.states.is_empty(),
            verdicts: self.trackers.told().clone(),
            unmarked: self.undo.unmarked().clone(),
            resign,
            detail: self.options.log.detail,
            address_monitoring: self.options.address_monitoring,
        }
    }

    /// This is the router now.
    pub(super) fn employ(&mut self, now: Instant, router: Router) {
        self.write_router_pid(router.pid());
        self.watchdog.started(now);
        self.router = Some(router);
    }

    fn write_router_pid(&mut self, pid: u32) {
        if let Some(file) = &mut self.router_pid_file
            && let Err(e) = file.set_pid(pid)
        {
            log::warn!("{e}");
        }
    }

    pub(super) fn tell_router(&mut self, message: &ToRouter) {
        if let Some(router) = &mut self.router {
            router.tell(message, &self.poller);
        }
    }

    pub(super) fn tell_verdicts(&mut self) {
        for (tracker, verdict) in self.trackers.news() {
            log::info!("{tracker}: {}", describe::verdict(verdict));
            self.tell_router(&ToRouter::Tracked(tracker, verdict));
        }
    }

    pub(super) fn hear_router(&mut self, now: Instant, front: &mut Option<Front>) {
        let Some(router) = &mut self.router else { return };
        router.listen(&self.poller);
        while let Some(message) = self.router.as_mut().and_then(|router| router.next_message(&self.poller)) {
            // That one comes before the work that the first word may wait for.
            if !matches!(message, FromRouter::Opened) {
                self.watchdog.heard(now);
            }
            self.obey_router(now, message, front);
        }
        self.reap(now);
    }

    fn obey_router(&mut self, now: Instant, message: FromRouter, front: &mut Option<Front>) {
        match message {
            FromRouter::Opened | FromRouter::Alive => {}
            FromRouter::Ready => {
                // Without systemd there is nobody to tell.
                let _ = sd_notify::notify(&[sd_notify::NotifyState::Ready]);
                if let Some(front) = front.take() {
                    front.ready();
                }
                self.end_succession(now);
            }
            FromRouter::Switching(language) => self.language_switched(now, language),
            FromRouter::Event(event) => {
                let news = self.states.hear(&event);
                let (level, text) = describe::describe(&event);
                log::log!(target: logging::ROUTER, if news { level } else { Level::Debug }, "{text}");
                self.undo.hear(&event);
                let stopping = !matches!(self.stage, Stage::Running);
                self.post.event(now, &event, &self.model, stopping);
                self.notifier.event(now, &event, stopping);
            }
            FromRouter::Log(line) => {
                log::log!(target: logging::ROUTER, buffered::level(&line), "{}", line.text);
            }
            FromRouter::Snapshot(snapshot) => {
                self.dumps.answer(now, &self.model, &snapshot, self.trackers.told());
                let report = self.report(now, &snapshot);
                self.observers.answer(now, report, &self.poller);
            }
            FromRouter::Lost(count) => {
                self.messages_lost += count;
                log::warn!("{count} messages of the router were lost: we did not read them in time");
            }
            FromRouter::Left => self.succeed(now),
            FromRouter::Fatal { exit, text } => self.end(now, Err(Failure { exit, text })),
        }
    }

    /// Looks which processes have ended.
    pub(super) fn reap(&mut self, now: Instant) {
        self.post.reap(now, &self.poller);
        self.notifier.reap(now);
        self.trackers.reap(now);
        self.tell_verdicts();
        self.dismissed.retain_mut(|child| matches!(child.try_wait(), Ok(None)));
        self.reap_successor(now);
        let Some(status) = self.router.as_mut().and_then(Router::ended) else { return };
        let Some(mut router) = self.router.take() else { return };
        // Its last words may still be in the socket.
        router.listen(&self.poller);
        while let Some(message) = router.next_message(&self.poller) {
            self.obey_router(now, message, &mut None);
        }
        router.forget(&self.poller);
        if self.router.is_none() {
            self.watchdog.stop();
        }
        self.observers.router_gone();
        self.dumps.router_gone();
        if self.router.is_none() {
            self.router_ended(now, &router, status);
        }
    }

    fn router_ended(&mut self, now: Instant, router: &Router, status: ExitStatus) {
        match &self.stage {
            Stage::Stopping { end, .. } => {
                self.stage = Stage::Mailing { end: end.clone(), until: now + self.last_wait() };
                return;
            }
            Stage::Mailing { .. } | Stage::Ending { .. } => return,
            Stage::Running => {}
        }
        if self.succession.as_ref().is_some_and(|succession| !succession.is_over()) {
            self.succeed(now);
            return;
        }
        if router.resigned() {
            return;
        }
        let died = format!("the router process {} died ({status})", router.pid());
        self.succession_failed(now, &died);
        self.restarts += 1;
        if self.options.dont_respawn {
            self.start_router(now, true);
            let text = format!("{died}; ending, because of --dont-respawn");
            self.end(now, Err(Failure { exit: Exit::Fatal, text }));
            return;
        }
        let wait = self.backoff.wait(now);
        if wait.is_zero() {
            log::error!("{died}: starting it again, its addresses stay");
            self.start_router(now, false);
        } else {
            log::error!("{died} again: giving its addresses up and starting it in {} s", wait.as_secs());
            self.start_router(now, true);
            self.states = States::default();
            self.start_at = Some(now + wait);
        }
    }
}
