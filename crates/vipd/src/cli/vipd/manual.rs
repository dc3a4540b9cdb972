use std::io::{self, Write};
use std::process::ExitCode;

/// Print the reference of the configuration language
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// As a manual page instead of Markdown
    #[arg(long)]
    man: bool,
    /// A TextMate grammar for editors instead
    #[arg(long, conflicts_with = "man")]
    grammar: bool,
}

const EXAMPLES: &str = "\
Examples:
  vipd manual | less
  vipd manual --man > vipd.conf.5
  vipd manual --grammar > vipd.tmLanguage.json";

pub(super) fn main(args: &Args) -> ExitCode {
    let text = match (args.man, args.grammar) {
        (true, _) => config::manual::man(),
        (false, true) => match config::manual::grammar() {
            Ok(text) => text,
            Err(error) => {
                eprintln!("a fault of vipd: the grammar cannot be written: {error}");
                return ExitCode::FAILURE;
            }
        },
        (false, false) => config::manual::markdown(),
    };
    // A reader that has left (`| head`) has seen enough.
    let _ = io::stdout().write_all(text.as_bytes());
    ExitCode::SUCCESS
}
