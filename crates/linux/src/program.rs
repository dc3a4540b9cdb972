//! Starting other people's programs, and ending them with everything that they have started.
#![allow(unsafe_code, reason = "pre_exec runs between fork and exec")]

use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal};

use crate::account::User;
use crate::signals;

/// Variables that could make a program of another user do what we would not (keepalived removes the same).
const DANGEROUS: [&str; 3] = ["IFS", "LD_PRELOAD", "LD_LIBRARY_PATH"];

/// Starts a program, not through a shell: in a process group of its own, without our signal mask, with nothing to read
/// and nobody who reads what it prints, ended with SIGTERM when we die.
///
/// `as_user`: whom it runs as, without further groups; `None`: as ourselves.
pub fn spawn(
    program: &Path,
    arguments: &[String],
    as_user: Option<User>,
    environment: &[(&str, String)],
) -> io::Result<Child> {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.current_dir("/").process_group(0);
    for name in DANGEROUS {
        command.env_remove(name);
    }
    command.envs(environment.iter().map(|(name, value)| (name, value)));
    if let Some(User { uid, gid }) = as_user.filter(|user| user.uid != rustix::process::geteuid().as_raw()) {
        command.uid(uid).gid(gid);
    }
    signals::unblock_in(&mut command);
    // SAFETY: prctl is one system call; nothing is allocated or locked. It comes after the change of the user, which would
    // undo it.
    unsafe {
        command.pre_exec(|| Ok(rustix::process::set_parent_process_death_signal(Some(Signal::TERM))?));
    }
    command.spawn()
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
