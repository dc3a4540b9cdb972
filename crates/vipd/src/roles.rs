//! The roles of the program: which one this process has is decided by a hidden first argument, before anything
//! else is looked at.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::process::ExitCode;

use crate::{mailer, router};

/// First argument of the router.
pub const ROUTER: &str = "--role=router";
/// First argument of the mailer.
pub const MAILER: &str = "--role=mailer";
/// First argument of a supervisor that left the terminal; the operator's own arguments follow.
pub const DETACHED: &str = "--role=detached";

/// What a process started with these arguments is.
#[derive(Debug)]
pub enum Role {
    /// A role that has done its work.
    Done(ExitCode),
    /// The command itself.
    Command {
        /// Arguments without the program's name.
        arguments: Vec<OsString>,
        /// Whether this is the supervisor in the background; standard input leads to the one in front.
        detached: bool,
    },
}

/// Runs the hidden roles, and returns what is to be parsed otherwise.
pub fn dispatch() -> Role {
    let mut arguments = std::env::args_os();
    let name = arguments.next().unwrap_or_default();
    let mut arguments = arguments.peekable();
    match arguments.peek().and_then(|first| first.to_str()) {
        Some(ROUTER) => {
            name_process(name);
            Role::Done(router::main().into())
        }
        Some(MAILER) => {
            name_process(name);
            Role::Done(mailer::main().into())
        }
        Some(DETACHED) => Role::Command { arguments: arguments.skip(1).collect(), detached: true },
        Some(_) | None => Role::Command { arguments: arguments.collect(), detached: false },
    }
}

/// The socket that a role was given as its standard input.
pub fn inherited_socket() -> io::Result<OwnedFd> {
    io::stdin().as_fd().try_clone_to_owned()
}

/// The name that `ps` and `top` show; after an exec of /proc/self/exe it would be "exe".
pub fn name_process(name: impl AsRef<OsStr>) {
    // Cosmetic: nobody needs to know when it does not work.
    let _ = std::fs::write("/proc/self/comm", name.as_ref().as_encoded_bytes());
}
