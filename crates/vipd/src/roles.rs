//! The roles of the program: which one this process has is decided by a hidden first argument, before anything
//! else is looked at.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::{AsFd, OwnedFd, RawFd};
use std::process::ExitCode;

use crate::{mailer, router};

/// First argument of the router.
pub const ROUTER: &str = "--role=router";
/// First argument of the mailer.
pub const MAILER: &str = "--role=mailer";
/// First argument of a supervisor that left the terminal; the operator's own arguments follow.
const DETACHED: &str = "--role=detached";
/// First argument of a supervisor that takes the place of another version in its process: the number of the descriptor with
/// the state follows, then the operator's own arguments.
const UPGRADED: &str = "--role=upgraded:";
/// First argument of a program that is asked whether it could do that, with the state on standard input.
const ASKED: &str = "--role=asked";

/// What a process started with these arguments is.
#[derive(Debug)]
pub enum Role {
    /// A role that has done its work.
    Done(ExitCode),
    /// The command itself.
    Command {
        /// Arguments without the program's name.
        arguments: Vec<OsString>,
        /// How it came to be called.
        entry: Entry,
    },
}

/// How the command came to be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// By the operator.
    Plain,
    /// By the operator's process in front, to which standard input leads: it is the supervisor in the background.
    Detached,
    /// By the supervisor that was in this process before it, which left a state behind this descriptor.
    Upgraded {
        /// Its number.
        state: RawFd,
    },
    /// By a supervisor that wants to know whether this program could go on with the state on standard input.
    Asked,
}

impl Entry {
    /// The hidden argument and whether there is one.
    fn of(first: Option<&OsString>) -> (Self, bool) {
        let first = first.and_then(|first| first.to_str()).unwrap_or_default();
        let state = first.strip_prefix(UPGRADED).and_then(|number| number.parse().ok());
        match (first, state) {
            (DETACHED, _) => (Self::Detached, true),
            (ASKED, _) => (Self::Asked, true),
            (_, Some(state)) => (Self::Upgraded { state }, true),
            (_, None) => (Self::Plain, false),
        }
    }

    /// Name and arguments with which the operator's own command is called this way.
    pub(crate) fn command_line(self) -> (OsString, Vec<OsString>) {
        let mut arguments = std::env::args_os();
        let name = arguments.next().unwrap_or_default();
        let arguments: Vec<OsString> = arguments.collect();
        let hidden = match self {
            Self::Plain => None,
            Self::Detached => Some(DETACHED.to_owned()),
            Self::Upgraded { state } => Some(format!("{UPGRADED}{state}")),
            Self::Asked => Some(ASKED.to_owned()),
        };
        let own = usize::from(Self::of(arguments.first()).1);
        (name, hidden.map(OsString::from).into_iter().chain(arguments.into_iter().skip(own)).collect())
    }
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
        Some(_) | None => {
            let (entry, hidden) = Entry::of(arguments.peek());
            Role::Command { arguments: arguments.skip(usize::from(hidden)).collect(), entry }
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hidden_argument_says_how() {
        let of = |text: &str| Entry::of(Some(&text.into()));
        assert_eq!(of("--role=upgraded:17"), (Entry::Upgraded { state: 17 }, true));
        assert_eq!(of("--role=asked"), (Entry::Asked, true));
        assert_eq!(of(DETACHED), (Entry::Detached, true));
        assert_eq!(
            (of("--role=upgraded:x"), Entry::of(None)),
            ((Entry::Plain, false), (Entry::Plain, false))
        );
    }
}
