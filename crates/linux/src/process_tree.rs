//! A process and everything it started, for whoever must stop or measure all of them at once.

use std::collections::BTreeMap;
use std::fs;
use std::io;

use rustix::process::{Pid, Signal, kill_process};

/// Signals that a laboratory sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Send {
    /// SIGTERM: leave in order.
    Terminate,
    /// SIGHUP: reload.
    Reload,
    /// SIGUSR1: dump the state.
    Dump,
    /// SIGSTOP: freeze.
    Freeze,
    /// SIGCONT: go on.
    Continue,
    /// SIGKILL: die at once.
    Kill,
}

/// `pid` and its descendants as they are now, `pid` first. Processes that vanish meanwhile are left out.
pub fn family(pid: u32) -> Vec<u32> {
    let mut children: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    for child in entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok()) {
        if let Some(parent) = parent_of(child) {
            children.entry(parent).or_default().push(child);
        }
    }
    let mut found = vec![pid];
    let mut next = 0;
    while let Some(parent) = found.get(next).copied() {
        found.extend(children.remove(&parent).unwrap_or_default());
        next += 1;
    }
    found
}

/// Sends a signal. A process that is gone already is no error.
pub fn signal(pid: u32, what: Send) -> io::Result<()> {
    let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) else { return Ok(()) };
    let signal = match what {
        Send::Terminate => Signal::TERM,
        Send::Reload => Signal::HUP,
        Send::Dump => Signal::USR1,
        Send::Freeze => Signal::STOP,
        Send::Continue => Signal::CONT,
        Send::Kill => Signal::KILL,
    };
    match kill_process(pid, signal) {
        Ok(()) | Err(rustix::io::Errno::SRCH) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// The field after the state in `/proc/PID/stat`; the name before it may contain anything.
fn parent_of(pid: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Command, Stdio};

    #[test]
    fn finds_grandchildren() {
        let mut shell = Command::new("sh")
            .args(["-c", "sh -c 'sleep 60; :' & wait"])
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        let mut members = Vec::new();
        for _ in 0..500 {
            members = family(shell.id());
            if members.len() == 3 {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        for pid in &members {
            signal(*pid, Send::Kill).unwrap();
        }
        shell.wait().unwrap();
        assert_eq!(members.len(), 3, "a shell, its shell, and sleep");
        assert_eq!(members.first(), Some(&shell.id()));
    }
}
