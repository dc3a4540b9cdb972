use std::path::PathBuf;
use std::process::ExitCode;

use crate::cli::{complain, say};
use crate::control::{self, AskError};

/// Let the running daemon go on as the version that was installed meanwhile, without a failover
///
/// The daemon asks the new program whether it can go on, then runs it in its own process, with everything that it knows and
/// holds open; the process that speaks VRRP is replaced within milliseconds. No address moves, nobody takes over, nothing is
/// told twice. Where the new program cannot go on, nothing changes. For root, and for the user that the daemon runs as.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The new program [default: the file that the daemon was started from]
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
    /// Control socket of the daemon
    #[arg(long, visible_alias = "control", value_name = "PATH", env = "VIPD_CONTROL", default_value = control::DEFAULT_PATH)]
    socket: PathBuf,
}

const EXAMPLES: &str = "\
Examples:
  vipd upgrade                                           after the package was upgraded, or from its postinst
  vipd upgrade --socket /run/a/vipd.sock                 the daemon with the PID file /run/a/vipd.pid
  vipd upgrade --binary /usr/lib/vipd/next/vipd          another file; a later upgrade takes the installed one again

Exit codes:
  0 upgraded, 1 refused or not without trouble: the reason is printed, 2 the daemon cannot be asked, or did not answer";

pub(super) fn main(args: &Args) -> ExitCode {
    // The daemon may have another working directory.
    let binary = args.binary.as_ref().map(|path| std::path::absolute(path).unwrap_or_else(|_| path.clone()));
    match control::ask_upgrade(&args.socket, binary) {
        Ok(upgraded) => {
            say(format_args!("{upgraded}\n"));
            ExitCode::SUCCESS
        }
        Err(AskError::Answer(why)) => {
            complain(format_args!("{why}"));
            ExitCode::from(1)
        }
        Err(e) => {
            complain(format_args!("{e}"));
            ExitCode::from(2)
        }
    }
}
