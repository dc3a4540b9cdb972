//! The `vipd` command.

use std::process::ExitCode;

use vipd::roles::{Role, dispatch};

fn main() -> ExitCode {
    match dispatch() {
        Role::Done(code) => code,
        Role::Command { arguments, entry } => vipd::cli::vipd::main(arguments, entry),
    }
}
