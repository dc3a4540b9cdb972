//! The `keepalived` command.

use std::process::ExitCode;

use vipd::roles::{Role, dispatch};

fn main() -> ExitCode {
    match dispatch() {
        Role::Done(code) => code,
        Role::Command { arguments, entry } => vipd::cli::keepalived::main(arguments, entry),
    }
}
