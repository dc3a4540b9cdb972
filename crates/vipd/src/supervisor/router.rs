use std::io;
use std::process::{Child, ExitStatus};

use linux::poll::Poller;
use linux::process;

use crate::ipc::{Channel, Delivery, FromRouter, Start, ToRouter};
use crate::roles;

/// The router process, seen from the supervisor.
pub(super) struct Router {
    child: Child,
    channel: Channel,
    token: u64,
    resigned: bool,
    /// Whether the poller knows the channel.
    watched: bool,
}

impl Router {
    /// Starts the process and tells it what to run.
    pub(super) fn spawn(name: &str, start: Start, poller: &Poller, token: u64) -> io::Result<Self> {
        let resigned = start.resign;
        let (mut channel, theirs) = Channel::pair()?;
        let child = process::spawn_role(&[name, roles::ROUTER], theirs)?;
        channel.send(&ToRouter::Start(Box::new(start)), Delivery::Sure)?;
        poller.add(channel.fd(), token)?;
        poller.watch_output(channel.fd(), token, channel.wants_write())?;
        Ok(Self { child, channel, token, resigned, watched: true })
    }

    /// Its process number.
    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Whether it was started only to give up what its predecessor held.
    pub(super) fn resigned(&self) -> bool {
        self.resigned
    }

    /// Sends a message. A broken connection means that it dies, which we shall hear in the next moment.
    pub(super) fn tell(&mut self, message: &ToRouter, poller: &Poller) {
        if self.channel.send(message, Delivery::Sure).is_ok() {
            self.watch_output(poller);
        }
    }

    /// What it says; also goes on sending what it had no room for.
    pub(super) fn hear(&mut self, poller: &Poller) -> Vec<FromRouter> {
        let mut open = self.channel.fill().unwrap_or(false);
        // As above: a broken connection announces its death.
        let _ = self.channel.flush();
        let mut messages = Vec::new();
        loop {
            match self.channel.next_message() {
                Ok(Some(message)) => messages.push(message),
                Ok(None) => break,
                Err(e) => {
                    log::error!("{e}; stopping the router, it will be started again");
                    self.kill();
                    open = false;
                    break;
                }
            }
        }
        if open {
            self.watch_output(poller);
        } else {
            self.unwatch(poller);
        }
        messages
    }

    /// Its exit status, if it has ended.
    pub(super) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// Kills it: the last resort.
    pub(super) fn kill(&mut self) {
        // Fails only if it is dead already.
        let _ = self.child.kill();
    }

    /// To be called once it has ended.
    pub(super) fn forget(&self, poller: &Poller) {
        if self.watched {
            // The descriptor is closed in the next moment anyway.
            let _ = poller.remove(self.channel.fd());
        }
    }

    fn watch_output(&self, poller: &Poller) {
        if self.watched
            && let Err(e) = poller.watch_output(self.channel.fd(), self.token, self.channel.wants_write())
        {
            log::warn!("epoll: {e}");
        }
    }

    /// A closed connection would be readable for ever.
    fn unwatch(&mut self, poller: &Poller) {
        self.forget(poller);
        self.watched = false;
    }
}
