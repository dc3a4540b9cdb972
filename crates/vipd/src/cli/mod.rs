//! The command lines.

pub mod keepalived;
pub mod vipd;

mod machine;

use std::fmt::{Arguments, Display};
use std::io::{ErrorKind, Write as _};

/// Text on standard output; whether it got there. A reader that has left (`| head`) has seen enough, and is no reason to die.
fn say(text: impl Display) -> bool {
    let mut out = std::io::stdout().lock();
    match write!(out, "{text}").and_then(|()| out.flush()) {
        Ok(()) => true,
        Err(e) => {
            if e.kind() != ErrorKind::BrokenPipe {
                complain(format_args!("cannot write to standard output: {e}"));
            }
            false
        }
    }
}

/// A line on standard error. A reader that has left (`2>&1 | head`) has seen enough, and is no reason to die.
fn complain(message: Arguments<'_>) {
    let _ = writeln!(std::io::stderr(), "{message}");
}
