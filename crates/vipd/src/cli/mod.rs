//! The command lines.

pub mod keepalived;
pub mod vipd;

mod machine;

use std::fmt::Arguments;
use std::io::Write as _;

/// A line on standard error. A reader that has left (`2>&1 | head`) has seen enough, and is no reason to die.
fn complain(message: Arguments<'_>) {
    let _ = writeln!(std::io::stderr(), "{message}");
}
