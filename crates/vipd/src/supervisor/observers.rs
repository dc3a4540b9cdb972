use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use linux::exec::{Inherited, Kept};
use linux::poll::Poller;
use types::Instant;

use super::{CLIENTS, CONTROL};
use crate::control::{Answer, Handed, Server};
use crate::status::Report;

/// A snapshot answers everybody who asks within this time: many who look cost the router no more than one.
const SNAPSHOT_LIFE: Duration = Duration::from_millis(20);

/// Those who look: the control socket within the supervisor's loop.
#[derive(Default)]
pub(super) struct Observers {
    server: Option<Server>,
    /// The router has been asked and has not answered.
    asked: bool,
    last: Option<(Instant, Answer)>,
}

impl Observers {
    /// Opens the control socket. The daemon does its work without one.
    pub(super) fn open(&mut self, path: &Path, poller: &Poller) {
        let opened = Server::open(path).and_then(|server| {
            poller.add(server.fd(), CONTROL)?;
            Ok(server)
        });
        match opened {
            Ok(server) => self.server = Some(server),
            Err(e) => log::warn!("no control socket at {}: {e}; `vipd status` will not work", path.display()),
        }
    }

    /// For another program in this process. `None`: there is no control socket.
    pub(super) fn hand_over<'a>(&'a self, kept: &mut Kept<'a>) -> Option<Handed> {
        self.server.as_ref().map(|server| server.hand_over(kept))
    }

    /// Goes on with those who looked at an earlier program in this process.
    pub(super) fn resume(
        handed: Option<Handed>,
        inherited: &mut Inherited,
        poller: &Poller,
    ) -> io::Result<Self> {
        let Some(handed) = handed else { return Ok(Self::default()) };
        let server = Server::resume(handed, inherited)?;
        poller.add(server.fd(), CONTROL)?;
        for number in server.clients() {
            if let Some(fd) = server.client_fd(number) {
                poller.add(fd, CLIENTS + number)?;
                poller.watch_output(fd, CLIENTS + number, server.wants_write(number))?;
            }
        }
        Ok(Self { server: Some(server), ..Self::default() })
    }

    /// Somebody who wants the daemon to be another program, and which.
    pub(super) fn take_upgrade(&mut self) -> Option<(u64, Option<PathBuf>)> {
        self.server.as_mut()?.take_upgrade()
    }

    /// What became of that.
    pub(super) fn answer_upgrade(&mut self, client: u64, answer: &Answer, now: Instant, poller: &Poller) {
        if let Some(server) = &mut self.server {
            server.answer_upgrade(client, answer);
            self.serve(client, now, poller);
        }
    }

    pub(super) fn accept(&mut self, now: Instant, poller: &Poller) {
        let Some(server) = &mut self.server else { return };
        if let Some(number) = server.accept(now)
            && let Some(fd) = server.client_fd(number)
            && let Err(e) = poller.add(fd, CLIENTS + number)
        {
            log::warn!("epoll: {e}");
            server.remove(number);
        }
    }

    /// Reads from and writes to a client.
    pub(super) fn serve(&mut self, number: u64, now: Instant, poller: &Poller) {
        let Some(server) = &mut self.server else { return };
        let stays = server.serve(number, now);
        let Some(fd) = server.client_fd(number) else { return };
        let watched = stays && poller.watch_output(fd, CLIENTS + number, server.wants_write(number)).is_ok();
        if !watched {
            // The descriptor is closed in the next moment anyway.
            let _ = poller.remove(fd);
            server.remove(number);
        }
    }

    /// Whether the router has to be asked. What a moment ago was true is answered here.
    pub(super) fn want_snapshot(&mut self, now: Instant, poller: &Poller) -> bool {
        if self.asked || !self.server.as_ref().is_some_and(Server::is_awaited) {
            return false;
        }
        match self.last.take() {
            Some((at, answer)) if now.since(at) < SNAPSHOT_LIFE => {
                self.say(now, &answer, poller);
                self.last = Some((at, answer));
                false
            }
            Some(_) | None => true,
        }
    }

    /// The router has been asked.
    pub(super) fn asked(&mut self) {
        self.asked = true;
    }

    /// The router will not answer any more.
    pub(super) fn router_gone(&mut self) {
        self.asked = false;
    }

    /// Answers everybody who waits.
    pub(super) fn answer(&mut self, now: Instant, report: Report, poller: &Poller) {
        self.asked = false;
        let answer = Answer::Status(Box::new(report));
        self.say(now, &answer, poller);
        self.last = Some((now, answer));
    }

    /// Nobody keeps a connection for nothing.
    pub(super) fn disconnect_idle(&mut self, now: Instant, poller: &Poller) {
        let Some(server) = &mut self.server else { return };
        for number in server.idle(now) {
            if let Some(fd) = server.client_fd(number) {
                // The descriptor is closed in the next moment anyway.
                let _ = poller.remove(fd);
            }
            server.remove(number);
        }
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.server.as_ref().and_then(Server::deadline)
    }

    /// Whether the router has been asked, or cannot be, and somebody has waited for too long.
    pub(super) fn is_overdue(&self, now: Instant) -> bool {
        self.server.as_ref().is_some_and(|server| server.is_overdue(now))
    }

    /// Whoever waits shall know why in vain.
    pub(super) fn refuse(&mut self, now: Instant, why: String, poller: &Poller) {
        self.say(now, &Answer::Error { error: why }, poller);
    }

    fn say(&mut self, now: Instant, answer: &Answer, poller: &Poller) {
        let served = self.server.as_mut().map(|server| server.answer(answer)).unwrap_or_default();
        for number in served {
            self.serve(number, now, poller);
        }
    }
}
