//! Starting other people's programs, and ending them with everything that they have started.
#![allow(unsafe_code, reason = "pre_exec runs between fork and exec")]

use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use rustix::process::{Gid, Pid, Signal, Uid};

use crate::account::User;
use crate::child::Child;
use crate::{process, signals};

/// Variables that could make a program of another user do what we would not (keepalived removes the same).
const DANGEROUS: [&str; 3] = ["IFS", "LD_PRELOAD", "LD_LIBRARY_PATH"];

/// Whom a program runs as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Becomes {
    /// User and group.
    pub user: User,
    /// All groups, the one above among them.
    pub groups: Vec<u32>,
}

impl Becomes {
    /// `None`: that is what we are.
    fn needed(&self) -> Option<(Uid, Gid, Vec<Gid>)> {
        let Self { user: User { uid, gid }, groups } = self;
        let ours = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
        // Who is root in a namespace of an ordinary user may not change groups.
        let same = (*uid, *gid) == ours && groups.iter().all(|group| group == gid);
        let groups = groups.iter().map(|group| Gid::from_raw(*group)).collect();
        (!same).then(|| (Uid::from_raw(*uid), Gid::from_raw(*gid), groups))
    }
}

/// Starts a program, not through a shell: in a process group of its own, without our signal mask, with nothing to read
/// and nobody who reads what it prints, ended with SIGTERM when we die.
///
/// `becomes`: whom it runs as. `umask`: `None`: ours.
pub fn spawn(
    program: &Path,
    arguments: &[String],
    becomes: &Becomes,
    umask: Option<u32>,
    environment: &[(&str, String)],
) -> io::Result<Child> {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.current_dir("/").process_group(0);
    for name in DANGEROUS {
        command.env_remove(name);
    }
    command.envs(environment.iter().map(|(name, value)| (name, value)));
    signals::unblock_in(&mut command);
    let becomes = becomes.needed();
    // SAFETY: system calls only, on what was prepared before the fork; nothing is allocated or locked. The signal comes
    // after the change of the user, which would undo it.
    unsafe {
        command.pre_exec(move || {
            if let Some(umask) = umask {
                process::set_umask(umask);
            }
            if let Some((user, group, groups)) = &becomes {
                rustix::thread::set_thread_groups(groups)?;
                rustix::thread::set_thread_res_gid(*group, *group, *group)?;
                rustix::thread::set_thread_res_uid(*user, *user, *user)?;
            }
            Ok(rustix::process::set_parent_process_death_signal(Some(Signal::TERM))?)
        });
    }
    command.spawn().map(Child::from)
}

/// Asks the program and what it has started to end.
pub fn terminate(child: &Child) {
    signal(child, Signal::TERM);
}

/// Ends the program and what it has started.
pub fn kill(child: &Child) {
    signal(child, Signal::KILL);
}

fn signal(child: &Child, signal: Signal) {
    if let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        // Fails only when all of them have ended.
        let _ = rustix::process::kill_process_group(group, signal);
    }
}
