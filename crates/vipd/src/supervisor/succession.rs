//! After an upgrade: the router of the earlier version goes on until one of this version is ready to take its place, so that
//! there are only moments without one. Until then it understands no more than how to leave; if this program dies, it
//! resigns, as when any supervisor dies.

use std::time::Duration;

use linux::processes;
use types::Instant;

use super::conversation::SPAWN_RETRY;
use super::resume::Request;
use super::router::Router;
use super::{ROUTER, SUCCESSOR, Supervisor};
use crate::control::{Answer, Upgraded};
use crate::ipc::{Ending, FromRouter, ToRouter};

/// How long the earlier router may take to leave, before it is killed.
const TO_LEAVE: Duration = Duration::from_secs(1);
/// How long the new one may take to open its sockets, before it is killed and another one started.
const TO_OPEN: Duration = Duration::from_secs(30);

/// One router takes the place of another.
pub(super) struct Succession {
    /// Who asked for the upgrade.
    request: Request,
    successor: Option<Router>,
    /// When the successor is killed, unless it has opened its sockets.
    opens_by: Option<Instant>,
    /// The earlier router was told to leave.
    told: Option<Instant>,
    killed: bool,
    /// The operator wants the daemon to stop.
    stop: bool,
    /// The earlier router does nothing any more.
    gone: bool,
}

impl Succession {
    /// When somebody is killed.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.leaves_by().into_iter().chain(self.opens_by).min()
    }

    /// When the earlier router is killed.
    fn leaves_by(&self) -> Option<Instant> {
        self.told.filter(|_| !self.gone && !self.killed).map(|told| told + TO_LEAVE)
    }

    /// Whether the earlier router does nothing any more, so that the new one is the router.
    pub(super) fn is_over(&self) -> bool {
        self.gone
    }
}

impl Supervisor {
    /// The router that there is belongs to the earlier version.
    pub(super) fn begin_succession(&mut self, now: Instant, request: Request) {
        self.succession = Some(Succession {
            request,
            successor: None,
            opens_by: None,
            told: None,
            killed: false,
            stop: false,
            gone: false,
        });
        self.spawn_successor(now);
    }

    /// It opens its sockets while the other one works.
    pub(super) fn spawn_successor(&mut self, now: Instant) {
        let Some(succession) = &mut self.succession else { return };
        match Router::spawn(&self.home.process_names.1, &self.poller, SUCCESSOR) {
            Ok(router) => {
                (succession.successor, succession.opens_by) = (Some(router), Some(now + TO_OPEN));
            }
            Err(e) => {
                log::error!("cannot start the new router process: {e}; trying again");
                self.start_at = Some(now + SPAWN_RETRY);
            }
        }
    }

    /// Once it is ready to begin, the other one leaves, and its addresses stay.
    pub(super) fn hear_successor(&mut self, now: Instant) {
        let Some(succession) = &mut self.succession else { return };
        let Some(successor) = &mut succession.successor else { return };
        let mut opened = false;
        successor.listen(&self.poller);
        while let Some(said) = successor.next_message(&self.poller) {
            match said {
                FromRouter::Opened => opened = true,
                FromRouter::Fatal { text, .. } => log::error!("the new router process cannot work: {text}"),
                FromRouter::Ready
                | FromRouter::Alive
                | FromRouter::Event(_)
                | FromRouter::Log(_)
                | FromRouter::Snapshot(_)
                | FromRouter::Lost(_)
                | FromRouter::Left
                | FromRouter::Switching(_) => {}
            }
        }
        if opened && succession.told.is_none() {
            succession.opens_by = None;
            succession.told = Some(now);
            self.tell_router(&ToRouter::Stop(Ending::LeaveAddresses));
        }
    }

    /// The earlier router has said its last word: what it has told until now is how it is.
    pub(super) fn succeed(&mut self, now: Instant) {
        let Some(succession) = &mut self.succession else { return };
        if std::mem::replace(&mut succession.gone, true) {
            return;
        }
        let (told, stop) = (*succession.told.get_or_insert(now), succession.stop);
        succession.opens_by = None;
        if let Some(earlier) = self.router.take() {
            let earlier = earlier.dismiss(&self.poller);
            earlier.kill();
            self.dismissed.push(earlier);
        }
        self.observers.router_gone();
        self.dumps.router_gone();
        let successor = self.succession.as_mut().and_then(|succession| succession.successor.take());
        self.states.replaced();
        log::debug!("The earlier router left within {:?}", now.since(told));
        match successor {
            Some(mut successor) => {
                successor.set_token(ROUTER, &self.poller);
                successor.start(self.what_to_run(false), &self.poller);
                self.employ(now, successor);
            }
            // It died a moment ago.
            None => self.start_router(now, false),
        }
        if stop {
            self.stop(now);
        }
    }

    /// Whether the earlier router is leaving and its addresses stay: then there has to be another one that gives them up.
    pub(super) fn stop_after_succession(&mut self) -> bool {
        let leaving =
            self.succession.as_mut().filter(|succession| succession.told.is_some() && !succession.gone);
        leaving.map(|succession| succession.stop = true).is_some()
    }

    /// A router works; if it is the one that was waited for, whoever asked for the upgrade hears of it.
    pub(super) fn end_succession(&mut self, now: Instant) {
        let Some(Succession { request, told, .. }) = self.succession.take_if(|it| it.is_over()) else {
            return;
        };
        let gap = told.map(|told| now.since(told)).unwrap_or_default();
        let upgraded = Upgraded {
            from: request.from,
            to: env!("CARGO_PKG_VERSION").to_owned(),
            binary: request.binary,
            pid: std::process::id(),
            router_gap_ms: gap.as_secs_f64() * 1000.0,
        };
        log::info!("Upgraded: {upgraded}");
        self.observers.answer_upgrade(request.client, &Answer::Upgraded(upgraded), now, &self.poller);
    }

    /// The new router died before it worked. From now on it is treated as any other that dies.
    pub(super) fn succession_failed(&mut self, now: Instant, died: &str) {
        if let Some(Succession { request, .. }) = self.succession.take() {
            let version = env!("CARGO_PKG_VERSION");
            let error =
                format!("the daemon is vipd {version} now, but {died}; its log and `vipd status` say more");
            self.observers.answer_upgrade(request.client, &Answer::Error { error }, now, &self.poller);
        }
    }

    /// A successor that dies before it has begun is no loss but of time.
    pub(super) fn reap_successor(&mut self, now: Instant) {
        let Some(succession) = &mut self.succession else { return };
        let Some(status) = succession.successor.as_mut().and_then(Router::ended) else { return };
        let Some(successor) = succession.successor.take() else { return };
        succession.opens_by = None;
        let client = succession.request.client;
        successor.forget(&self.poller);
        let (pid, wait) = (successor.pid(), self.backoff.wait(now).max(SPAWN_RETRY));
        self.start_at = Some(now + wait);
        let error = format!(
            "the new router process {pid} died ({status}); the earlier one works on; trying again in {} s",
            wait.as_secs()
        );
        log::error!("{error}");
        self.observers.answer_upgrade(client, &Answer::Error { error }, now, &self.poller);
    }

    pub(super) fn timer_of_succession(&mut self, now: Instant) {
        let Some(succession) = &mut self.succession else { return };
        let is_due = |at: Option<Instant>| at.is_some_and(|at| at <= now);
        if is_due(succession.leaves_by())
            && let Some(router) = &mut self.router
        {
            log::warn!("the earlier router does not leave: killing it; its addresses stay");
            router.kill();
            succession.killed = true;
        }
        if is_due(succession.opens_by)
            && let Some(successor) = &mut succession.successor
        {
            let pid = successor.pid();
            log::error!(
                "the new router process {pid} does not open its sockets; it {}: killing it",
                processes::condition(pid)
            );
            successor.kill();
            succession.opens_by = None;
        }
    }

    /// The daemon ends before it was complete.
    pub(super) fn abandon_succession(&mut self, now: Instant) {
        let Some(Succession { request, successor, .. }) = self.succession.take() else { return };
        if let Some(successor) = successor {
            // It has not begun, and holds nothing.
            let successor = successor.dismiss(&self.poller);
            successor.kill();
            self.dismissed.push(successor);
        }
        let error = "upgraded, but the daemon ends".to_owned();
        self.observers.answer_upgrade(request.client, &Answer::Error { error }, now, &self.poller);
    }
}
