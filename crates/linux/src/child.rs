//! Processes whose parent this process is, known by number alone: a program that another one replaced in place (execve(2))
//! has the children of the one before it.

use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;

use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitOptions, waitpid};

/// One child. Dropping it neither ends it nor waits for it.
#[derive(Debug)]
pub struct Child {
    pid: Pid,
    ended: Option<ExitStatus>,
}

impl Child {
    /// The child with this number, which an earlier program in this process started. `None`: no process has that number.
    pub fn adopt(pid: u32) -> Option<Self> {
        let pid = i32::try_from(pid).ok().and_then(Pid::from_raw)?;
        Some(Self { pid, ended: None })
    }

    /// Its process number.
    pub fn id(&self) -> u32 {
        self.pid.as_raw_nonzero().get().unsigned_abs()
    }

    /// How it has ended, if it has.
    pub fn try_wait(&mut self) -> io::Result<Option<ExitStatus>> {
        self.look(WaitOptions::NOHANG)
    }

    /// Waits for its end.
    pub fn wait(&mut self) -> io::Result<ExitStatus> {
        self.look(WaitOptions::empty())?.ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    /// Ends it, but not what it has started.
    pub fn kill(&self) {
        if self.ended.is_none() {
            // Fails only if it is dead already.
            let _ = rustix::process::kill_process(self.pid, Signal::KILL);
        }
    }

    fn look(&mut self, options: WaitOptions) -> io::Result<Option<ExitStatus>> {
        while self.ended.is_none() {
            match waitpid(Some(self.pid), options) {
                Ok(Some((_, status))) => self.ended = Some(ExitStatus::from_raw(status.as_raw())),
                Ok(None) => break,
                Err(Errno::INTR) => {}
                Err(e) => return Err(e.into()),
            }
        }
        Ok(self.ended)
    }
}

impl From<std::process::Child> for Child {
    fn from(child: std::process::Child) -> Self {
        // A number that the kernel has just given to a process.
        let pid = Pid::from_child(&child);
        Self { pid, ended: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn a_child_known_by_its_number_is_waited_for() {
        let started = Command::new("sh").args(["-c", "exit 7"]).spawn().unwrap();
        let mut child = Child::adopt(started.id()).unwrap();
        drop(started);
        assert_eq!(child.wait().unwrap().code(), Some(7));
        assert_eq!(child.try_wait().unwrap().and_then(|status| status.code()), Some(7), "asked again");
        child.kill();
        assert!(Child::adopt(0).is_none() && Child::adopt(u32::MAX).is_none());
    }

    #[test]
    fn one_that_runs_has_not_ended() {
        let mut child = Child::from(Command::new("sleep").arg("60").spawn().unwrap());
        assert_eq!(child.try_wait().unwrap(), None);
        child.kill();
        assert_eq!(child.wait().unwrap().signal(), Some(9));
        assert!(Child::adopt(1).unwrap().try_wait().is_err(), "no child of ours");
    }
}
