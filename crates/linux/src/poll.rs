//! Waiting: readable file descriptors or a deadline, whichever is first.
//!
//! The deadline is an absolute timerfd inside the epoll set rather than the timeout of `epoll_pwait2`: epoll
//! gives a thread of ordinary scheduling a slack of a thousandth of the timeout (1 ms for an advertisement
//! interval of one second), a timerfd gives it none.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::buffer::spare_capacity;
use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};
use rustix::io::Errno;
use rustix::time::{Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec};
use types::Instant;

/// Token of the deadline; callers' tokens must be smaller.
const DEADLINE: u64 = u64::MAX;
/// Events taken from the kernel per wait; what does not fit comes with the next one.
const EVENTS: usize = 16;

/// A level-triggered set of file descriptors.
pub struct Poller {
    epoll: OwnedFd,
    timer: OwnedFd,
    armed: Option<Instant>,
    events: Vec<Event>,
}

impl Poller {
    /// An empty set.
    pub fn new() -> io::Result<Self> {
        let epoll = epoll::create(CreateFlags::CLOEXEC)?;
        let timer = monotonic_timer()?;
        epoll::add(&epoll, &timer, EventData::new_u64(DEADLINE), EventFlags::IN)?;
        Ok(Self { epoll, timer, armed: None, events: Vec::with_capacity(EVENTS) })
    }

    /// Reports `token` while `fd` is readable, closed by its peer, or in error. `u64::MAX` is taken.
    pub fn add(&self, fd: BorrowedFd<'_>, token: u64) -> io::Result<()> {
        epoll::add(&self.epoll, fd, EventData::new_u64(token), EventFlags::IN)?;
        Ok(())
    }

    /// Whether `token` is reported also while `fd` takes output: to be turned on only while something waits to be
    /// written. `fd` must have been [added](Self::add).
    pub fn watch_output(&self, fd: BorrowedFd<'_>, token: u64, on: bool) -> io::Result<()> {
        let flags = if on { EventFlags::IN | EventFlags::OUT } else { EventFlags::IN };
        epoll::modify(&self.epoll, fd, EventData::new_u64(token), flags)?;
        Ok(())
    }

    /// Forgets `fd`. Must be called before it is closed.
    pub fn remove(&self, fd: BorrowedFd<'_>) -> io::Result<()> {
        epoll::delete(&self.epoll, fd)?;
        Ok(())
    }

    /// Waits until something is readable or `deadline` has come (never, with `None`), and replaces the contents
    /// of `ready` by the tokens. Empty means that the deadline has come or a signal interrupted the wait; a
    /// deadline in the past polls.
    pub fn wait(&mut self, deadline: Option<Instant>, ready: &mut Vec<u64>) -> io::Result<()> {
        ready.clear();
        if deadline != self.armed {
            arm_at(self.timer.as_fd(), deadline)?;
            self.armed = deadline;
        }
        self.events.clear();
        match epoll::wait(&self.epoll, spare_capacity(&mut self.events), None) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(e) => return Err(e.into()),
        }
        ready.extend(self.events.iter().map(|event| event.data.u64()).filter(|&token| token != DEADLINE));
        Ok(())
    }
}

/// A disarmed timer on the clock of [`crate::clock::now`].
pub(crate) fn monotonic_timer() -> io::Result<OwnedFd> {
    let flags = TimerfdFlags::CLOEXEC | TimerfdFlags::NONBLOCK;
    Ok(rustix::time::timerfd_create(TimerfdClockId::Monotonic, flags)?)
}

/// Sets a timer to an absolute time, or disarms it. Either way it is not readable until that time has come.
pub(crate) fn arm_at(timer: BorrowedFd<'_>, at: Option<Instant>) -> io::Result<()> {
    // Zero would disarm.
    let nanos = at.map_or(0, |at| at.as_nanos().max(1));
    let value = Timespec {
        tv_sec: (nanos / 1_000_000_000).cast_signed(),
        tv_nsec: (nanos % 1_000_000_000).cast_signed(),
    };
    let once = Itimerspec { it_interval: Timespec { tv_sec: 0, tv_nsec: 0 }, it_value: value };
    rustix::time::timerfd_settime(timer, TimerfdTimerFlags::ABSTIME, &once)?;
    Ok(())
}
