use std::io;
use std::os::fd::RawFd;
use std::process::ExitStatus;

use linux::child::Child;
use linux::exec::{Inherited, Kept};
use linux::poll::Poller;
use linux::process;
use serde::{Deserialize, Serialize};

use crate::ipc::{Channel, Delivery, FrameError, FromRouter, OnTheWay, Start, ToRouter};
use crate::roles;

/// The router process, seen from the supervisor.
pub(super) struct Router {
    child: Child,
    channel: Channel,
    token: u64,
    resigned: bool,
    ready: bool,
    /// Whether the poller knows the channel.
    watched: bool,
    /// Whether it may be of another version than this program, so that not everything that it says is understood.
    other_version: bool,
}

/// A router on its way to another program in this process.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Handed {
    pid: u32,
    fd: RawFd,
    on_the_way: OnTheWay,
}

impl Router {
    /// Starts the process; it opens its sockets and waits for [what to run](Self::start).
    pub(super) fn spawn(name: &str, poller: &Poller, token: u64) -> io::Result<Self> {
        let (channel, theirs) = Channel::pair()?;
        // Before there is a process that would have to be waited for.
        poller.add(channel.fd(), token)?;
        let child = process::spawn_role(&[name, roles::ROUTER], theirs)?;
        Ok(Self { child, channel, token, resigned: false, ready: false, watched: true, other_version: false })
    }

    /// Tells it what to run.
    pub(super) fn start(&mut self, start: Start, poller: &Poller) {
        self.resigned = start.resign;
        self.tell(&ToRouter::Start(Box::new(start)), poller);
    }

    /// From now on the poller reports this token for it.
    pub(super) fn set_token(&mut self, token: u64, poller: &Poller) {
        self.token = token;
        self.watch_output(poller);
    }

    /// For another program in this process.
    pub(super) fn hand_over<'a>(&'a self, kept: &mut Kept<'a>) -> Handed {
        let fd = kept.keep(&self.channel);
        Handed { pid: self.child.id(), fd, on_the_way: self.channel.on_the_way() }
    }

    /// The router of an earlier program in this process, whatever its version.
    pub(super) fn resume(
        handed: Handed,
        inherited: &mut Inherited,
        poller: &Poller,
        token: u64,
    ) -> io::Result<Self> {
        let child = Child::adopt(handed.pid).ok_or(io::ErrorKind::NotFound)?;
        let channel = Channel::inherit(inherited.take(handed.fd)?, handed.on_the_way)?;
        poller.add(channel.fd(), token)?;
        Ok(Self { child, channel, token, resigned: false, ready: true, watched: true, other_version: true })
    }

    /// The process alone, to be waited for: it is told nothing any more, and not heard.
    pub(super) fn dismiss(self, poller: &Poller) -> Child {
        self.forget(poller);
        self.child
    }

    /// Its process number.
    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Whether its engine runs, for more than to give up what its predecessor held.
    pub(super) fn is_ready(&self) -> bool {
        self.ready && !self.resigned
    }

    /// Whether it was started only to give up what its predecessor held.
    pub(super) fn resigned(&self) -> bool {
        self.resigned
    }

    /// Sends a message. A broken connection means that it dies, which we shall hear in the next moment.
    pub(super) fn tell(&mut self, message: &ToRouter, poller: &Poller) {
        // One that may be of another version understands in plain language how to leave, and needs to know no more.
        if self.other_version && !matches!(message, ToRouter::Stop(_)) {
            return;
        }
        if self.channel.send(message, Delivery::Sure).is_ok() {
            self.watch_output(poller);
        }
        if let ToRouter::Switch(language) = message {
            self.channel.speak(*language);
        }
    }

    /// Reads what it says, for [`next_message`](Self::next_message), and goes on sending what it had no room for.
    pub(super) fn listen(&mut self, poller: &Poller) {
        let open = self.channel.fill().unwrap_or(false);
        // A broken connection announces its death.
        let _ = self.channel.flush();
        if open {
            self.watch_output(poller);
        } else {
            self.unwatch(poller);
        }
    }

    /// The next of what it has said. One at a time: what has not been taken when another program takes the place of this
    /// one is [handed over](Self::hand_over).
    pub(super) fn next_message(&mut self, poller: &Poller) -> Option<FromRouter> {
        loop {
            match self.channel.next_message() {
                Ok(message) => {
                    if let Some(FromRouter::Switching(language)) = message {
                        self.channel.listen(language);
                    }
                    self.ready |= matches!(message, Some(FromRouter::Ready));
                    return message;
                }
                Err(e @ FrameError::Text(_)) if self.other_version => {
                    log::warn!("the router of the earlier version says something new: {e}");
                }
                Err(e) => {
                    log::error!("{e}; stopping the router, it will be started again");
                    self.kill();
                    self.unwatch(poller);
                    return None;
                }
            }
        }
    }

    /// Its exit status, if it has ended.
    pub(super) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// Kills it: the last resort.
    pub(super) fn kill(&mut self) {
        self.child.kill();
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    use crate::ipc::Language;

    /// Events between the answer of the router and the exec.
    #[test]
    fn what_has_not_been_taken_is_handed_over() {
        let (poller, (channel, theirs)) = (Poller::new().unwrap(), Channel::pair().unwrap());
        let mut theirs = Channel::new(theirs).unwrap();
        poller.add(channel.fd(), 1).unwrap();
        let child = Child::from(Command::new("true").spawn().unwrap());
        let mut router = Router {
            child,
            channel,
            token: 1,
            resigned: false,
            ready: true,
            watched: true,
            other_version: false,
        };
        theirs.send(&FromRouter::Switching(Language::Plain), Delivery::Sure).unwrap();
        theirs.speak(Language::Plain);
        theirs.send(&FromRouter::Lost(7), Delivery::Sure).unwrap();
        router.listen(&poller);
        assert!(matches!(router.next_message(&poller), Some(FromRouter::Switching(Language::Plain))));
        let on_the_way = router.hand_over(&mut Kept::default()).on_the_way;
        let mut later = Channel::inherit(Channel::pair().unwrap().1, on_the_way).unwrap();
        assert!(matches!(later.next_message(), Ok(Some(FromRouter::Lost(7)))));
    }
}
