use std::process::ExitCode;

use clap::CommandFactory as _;

use super::pages;
use crate::cli::say;

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
    /// The JSON Schema of what `vipd show-config --json` prints instead
    #[arg(long, conflicts_with_all = ["man", "grammar"])]
    schema: bool,
    /// The manual page of a command instead
    #[arg(long, value_name = "COMMAND", conflicts_with_all = ["man", "grammar", "schema"])]
    page: Option<Page>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Page {
    Vipd,
    Keepalived,
}

const EXAMPLES: &str = "\
Examples:
  vipd manual | less
  vipd manual --man > vipd.conf.5
  vipd manual --grammar > vipd.tmLanguage.json
  vipd manual --schema > vipd.schema.json
  vipd manual --page keepalived > keepalived.8";

pub(super) fn main(args: &Args) -> ExitCode {
    if let Some(page) = args.page {
        let text = match page {
            Page::Vipd => pages::vipd(super::Cli::command()),
            Page::Keepalived => pages::keepalived(),
        };
        say(text);
        return ExitCode::SUCCESS;
    }
    let text = match (args.man, args.grammar, args.schema) {
        (true, _, _) => Ok(config::manual::man()),
        (false, true, _) => config::manual::grammar(),
        (false, false, true) => config::manual::schema(),
        (false, false, false) => Ok(config::manual::markdown()),
    };
    let text = match text {
        Ok(text) => text,
        Err(error) => {
            eprintln!("a fault of vipd: this cannot be written as JSON: {error}");
            return ExitCode::FAILURE;
        }
    };
    say(text);
    ExitCode::SUCCESS
}
