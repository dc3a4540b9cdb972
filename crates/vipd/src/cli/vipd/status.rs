use std::path::PathBuf;
use std::process::ExitCode;

use crate::cli::{complain, say};
use crate::control;
use crate::status::{Report, table};

/// Show who is Master, since when and why, and whether every address is where it should be
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The same as JSON
    #[arg(long)]
    json: bool,
    /// Control socket of the daemon
    #[arg(long, visible_alias = "control", value_name = "PATH", env = "VIPD_CONTROL", default_value = control::DEFAULT_PATH)]
    socket: PathBuf,
}

const EXAMPLES: &str = "\
Examples:
  vipd status                                            no root needed
  vipd status --socket /run/a/vipd.sock                  the daemon with the PID file /run/a/vipd.pid
  vipd status --json | jq -r '.instances[] | \"\\(.name) \\(.state)\"'

Exit codes:
  0 all is well, 1 something is wrong (the lines that begin with !), 2 the daemon cannot be asked";

pub(super) fn main(args: &Args) -> ExitCode {
    let report = match control::ask_status(&args.socket) {
        Ok(report) => report,
        Err(e) => {
            complain(format_args!("{e}"));
            return ExitCode::from(2);
        }
    };
    let text = if args.json { json(&report) } else { table(&report) };
    say(text);
    ExitCode::from(u8::from(!report.problems().is_empty()))
}

fn json(report: &Report) -> String {
    serde_json::to_string_pretty(report)
        .map_or_else(|e| format!("{{\"error\":\"{e}\"}}\n"), |text| text + "\n")
}
