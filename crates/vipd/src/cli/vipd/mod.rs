//! The `vipd` command.

mod check;
mod coverage;
mod explain;
mod fmt;
mod input;
mod judge;
mod lab;
mod lsp;
mod manual;
mod pages;
mod report;
mod run;
mod show_config;
mod sim;
mod status;
mod upgrade;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::roles::Entry;

/// Keeps services reachable: moves virtual IP addresses between machines when one of them fails (VRRP).
///
/// vipd reads keepalived.conf as it is and speaks to keepalived on the wire.
#[derive(Debug, Parser)]
#[command(name = "vipd", version, propagate_version = true, after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: Cmd,
}

const EXAMPLES: &str = "\
Examples:
  vipd check /etc/keepalived/keepalived.conf   Is this file right? If not: where, why, and what instead
  vipd fmt keepalived.conf                     Lay the file out; comments stay
  vipd run -f server-a.conf                    Be the daemon, in the foreground, logging to the terminal
  vipd status                                  Who is Master, since when and why; is every address where it should be
  vipd upgrade                                 Go on as the version that was installed meanwhile, without a failover
  vipd lab                                     Watch two servers fail and recover, in namespaces of this machine
  vipd sim --seeds 1000                        Torture the protocol engine on a simulated network

With the command name `keepalived` the same program takes keepalived's options.";

#[derive(Debug, Subcommand)]
enum Cmd {
    Run(run::Args),
    Check(check::Args),
    Fmt(fmt::Args),
    ShowConfig(show_config::Args),
    Explain(explain::Args),
    Manual(manual::Args),
    Lsp(lsp::Args),
    Status(status::Args),
    Upgrade(upgrade::Args),
    Lab(lab::Args),
    Sim(sim::Args),
}

/// The whole command. `arguments`: without the program's name.
pub fn main(arguments: Vec<OsString>, entry: Entry) -> ExitCode {
    let arguments = std::iter::once(OsString::from("vipd")).chain(arguments);
    match Cli::parse_from(arguments).command {
        Cmd::Run(args) => run::main(args, entry),
        Cmd::Check(args) => check::main(&args),
        Cmd::Fmt(args) => fmt::main(&args),
        Cmd::ShowConfig(args) => show_config::main(&args),
        Cmd::Explain(args) => explain::main(&args),
        Cmd::Manual(args) => manual::main(&args),
        Cmd::Lsp(args) => lsp::main(&args),
        Cmd::Status(args) => status::main(&args),
        Cmd::Upgrade(args) => upgrade::main(&args),
        Cmd::Lab(args) => lab::main(args),
        Cmd::Sim(args) => sim::main(&args),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_grammar_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_teaches_by_example() {
        for command in Cli::command().get_subcommands() {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(help.contains("Example"), "{}", command.get_name());
            assert!(command.get_about().is_some(), "{}", command.get_name());
        }
    }
}
