//! Something at a time of day, wherever the clock jumps until then.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::{SystemTime, UNIX_EPOCH};

use rustix::time::{Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec};

/// A timerfd(2) of the time of day.
#[derive(Debug)]
pub struct Alarm(OwnedFd);

impl Alarm {
    /// Not set yet.
    pub fn new() -> io::Result<Self> {
        let flags = TimerfdFlags::CLOEXEC | TimerfdFlags::NONBLOCK;
        Ok(Self(rustix::time::timerfd_create(TimerfdClockId::Realtime, flags)?))
    }

    /// When it goes off; `None`: never. A time in the past: at once.
    pub fn set(&self, at: Option<SystemTime>) -> io::Result<()> {
        let since_epoch = at.map(|at| at.duration_since(UNIX_EPOCH).unwrap_or_default());
        let value = Timespec {
            tv_sec: since_epoch.map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX)),
            // Zero of both would be "never".
            tv_nsec: since_epoch.map_or(0, |since| i64::from(since.subsec_nanos().max(1))),
        };
        let once = Itimerspec { it_interval: Timespec { tv_sec: 0, tv_nsec: 0 }, it_value: value };
        rustix::time::timerfd_settime(&self.0, TimerfdTimerFlags::ABSTIME, &once)?;
        Ok(())
    }

    /// Readable when it has gone off, until it is set again.
    pub fn fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
