//! One file descriptor for several sockets, which under a flood becomes readable only every so often.
//!
//! A flood costs mostly wake-ups: reading a datagram is cheap, but waking up for each one is not. When a socket
//! wakes us more than once per pause for a while, it is read once per pause instead, in batches, until it is quiet
//! again. Nothing is lost by it that fits into the socket's buffer, and nothing waits longer than the pause.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};
use types::Instant;

use crate::{clock, poll};

/// Wake-ups beyond one per pause that are tolerated before pauses begin.
const BURST: u32 = 32;
/// Pauses in a row with at most one datagram, after which they end.
const QUIET: u32 = 16;

#[derive(Debug)]
pub(crate) struct Gate {
    epoll: OwnedFd,
    timer: OwnedFd,
    pause: Duration,
    pace: Pace,
}

#[derive(Debug)]
enum Pace {
    /// Readable as soon as a socket is. `level` counts wake-ups and leaks one per pause since `leaked`.
    Prompt { level: u32, leaked: Instant },
    /// Readable once per pause; `quiet` pauses were without much to read.
    Paused { quiet: u32 },
}

impl Gate {
    pub(crate) fn new(pause: Duration) -> io::Result<Self> {
        let epoll = epoll::create(CreateFlags::CLOEXEC)?;
        let timer = poll::monotonic_timer()?;
        epoll::add(&epoll, &timer, EventData::new_u64(0), EventFlags::IN)?;
        Ok(Self { epoll, timer, pause, pace: Pace::Prompt { level: 0, leaked: Instant::ZERO } })
    }

    /// Readable when one of the sockets should be read.
    pub(crate) fn fd(&self) -> BorrowedFd<'_> {
        self.epoll.as_fd()
    }

    /// Watches a socket as well.
    pub(crate) fn add(&self, socket: BorrowedFd<'_>) -> io::Result<()> {
        epoll::add(&self.epoll, socket, EventData::new_u64(0), EventFlags::IN)?;
        Ok(())
    }

    /// Whether sockets are read only once per pause now.
    pub(crate) fn is_paused(&self) -> bool {
        matches!(self.pace, Pace::Paused { .. })
    }

    /// Must be called after each reading of the `sockets` (all that were added): `got` datagrams, and `more` may
    /// be waiting.
    pub(crate) fn after_read(
        &mut self,
        got: usize,
        more: bool,
        sockets: &[BorrowedFd<'_>],
    ) -> io::Result<()> {
        match &mut self.pace {
            Pace::Prompt { level, leaked } => {
                let now = clock::now();
                let pauses = now.since(*leaked).as_nanos() / self.pause.as_nanos().max(1);
                if pauses > 0 {
                    *level = level.saturating_sub(u32::try_from(pauses).unwrap_or(u32::MAX));
                    *leaked = now;
                }
                *level += u32::from(got > 0);
                if *level > BURST {
                    self.pace = Pace::Paused { quiet: 0 };
                    self.watch(sockets, EventFlags::empty())?;
                    self.arm(more)?;
                }
            }
            Pace::Paused { quiet } => {
                *quiet = if got <= 1 { *quiet + 1 } else { 0 };
                if *quiet >= QUIET {
                    self.pace = Pace::Prompt { level: 0, leaked: clock::now() };
                    poll::arm_at(self.timer.as_fd(), None)?;
                    self.watch(sockets, EventFlags::IN)?;
                } else {
                    self.arm(more)?;
                }
            }
        }
        Ok(())
    }

    fn arm(&self, at_once: bool) -> io::Result<()> {
        let pause = if at_once { Duration::ZERO } else { self.pause };
        poll::arm_at(self.timer.as_fd(), Some(clock::now() + pause))
    }

    fn watch(&self, sockets: &[BorrowedFd<'_>], interest: EventFlags) -> io::Result<()> {
        for socket in sockets {
            epoll::modify(&self.epoll, socket, EventData::new_u64(0), interest)?;
        }
        Ok(())
    }
}
