use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use config::fmt::Refusal;

use super::{input, report};
use crate::cli::complain;
use crate::supervisor::short_host_name;

/// Lay out configuration files: indentation, braces and blanks; comments and the meaning stay as they are
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Files to lay out; `-` is standard input, laid out on standard output
    #[arg(default_value = "-", value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Change nothing; name the files that would change
    #[arg(long)]
    check: bool,
    /// Change nothing; show what would change
    #[arg(long)]
    diff: bool,
}

const EXAMPLES: &str = "\
Examples:
  vipd fmt /etc/keepalived/keepalived.conf   The file is replaced at once, or not at all
  vipd fmt --diff keepalived.conf            What would change?
  vipd fmt --check *.conf                    For a CI job
  vipd fmt < old.conf > new.conf

Exit codes:
  0 done, or nothing to do; 1 with --check or --diff: something would change; 2 a file cannot be read or understood";

/// What came of one file.
enum Outcome {
    Same,
    Differs,
    Failed,
}

pub(super) fn main(args: &Args) -> ExitCode {
    let host = linux::process::host_name();
    let options = config::Options::of(short_host_name(&host));
    let (mut differs, mut failed) = (0, 0);
    for path in &args.files {
        match one(path, args, &options) {
            Outcome::Same => {}
            Outcome::Differs => differs += 1,
            Outcome::Failed => failed += 1,
        }
    }
    let reports = args.check || args.diff;
    ExitCode::from(match (failed, differs) {
        (0, 1..) if reports => 1,
        (0, _) => 0,
        (_, _) => 2,
    })
}

fn one(path: &Path, args: &Args, options: &config::Options<'_>) -> Outcome {
    let shown = path.display().to_string();
    let formatted = input::read(path).and_then(|old| {
        let new = config::fmt::format(&shown, &old, options).map_err(|e| refusal(&shown, &e))?;
        Ok((old, new))
    });
    let (old, new) = match formatted {
        Ok(both) => both,
        Err(message) => {
            complain(format_args!("{message}"));
            return Outcome::Failed;
        }
    };
    let outcome = if old == new { Outcome::Same } else { Outcome::Differs };
    let done = if args.check || args.diff {
        announce(&shown, args, &old, &new)
    } else if input::is_standard_input(path) {
        io::stdout().write_all(&new).map_err(|e| format!("cannot write to standard output: {e}"))
    } else if old == new {
        Ok(())
    } else {
        input::replace(path, &new).inspect(|()| complain(format_args!("{shown}: laid out anew")))
    };
    match done {
        Ok(()) => outcome,
        Err(message) => {
            complain(format_args!("{message}"));
            Outcome::Failed
        }
    }
}

/// Says what would change.
fn announce(shown: &str, args: &Args, old: &[u8], new: &[u8]) -> Result<(), String> {
    if old == new {
        return Ok(());
    }
    let mut text = String::new();
    if args.diff {
        text = difference(shown, &String::from_utf8_lossy(old), &String::from_utf8_lossy(new));
    }
    if args.check {
        text = format!("{shown}: would be laid out anew\n{text}");
    }
    io::stdout().write_all(text.as_bytes()).map_err(|e| format!("cannot write to standard output: {e}"))
}

/// So long a small difference is looked for.
const DIFFERENCE: Duration = Duration::from_secs(2);

fn difference(shown: &str, old: &str, new: &str) -> String {
    let names = (format!("{shown} (now)"), format!("{shown} (laid out)"));
    // Of files in which every line changes, the smallest difference would take minutes.
    let mut differ = similar::TextDiff::configure();
    differ.timeout(DIFFERENCE);
    differ.diff_lines(old, new).unified_diff().header(&names.0, &names.1).to_string()
}

fn refusal(shown: &str, refusal: &Refusal) -> String {
    match refusal {
        Refusal::Unreadable { sources, diagnostics } => {
            let color = report::color(&io::stderr());
            let errors: String = diagnostics.iter().map(|d| d.render(sources, color) + "\n\n").collect();
            format!("{errors}{shown} is left as it is: its lines and braces cannot be told for sure")
        }
        Refusal::WouldChange => {
            format!(
                "{shown} is left as it is: laid out it would mean something else (a fault of vipd; please report it)"
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::TempDir;
    use std::fs;

    const UGLY: &str = "global_defs{\nrouter_id x\n}\n";
    const TIDY: &str = "global_defs {\n    router_id x\n}\n";

    fn outcome(path: &Path, check: bool, diff: bool) -> ExitCode {
        main(&Args { files: vec![path.to_owned()], check, diff })
    }

    #[test]
    fn exit_codes_and_what_becomes_of_the_file() {
        let dir = TempDir::new("fmt");
        let path = dir.path().join("a.conf");
        fs::write(&path, UGLY).unwrap();
        assert_eq!(outcome(&path, true, false), ExitCode::from(1));
        assert_eq!(outcome(&path, false, true), ExitCode::from(1));
        assert_eq!(fs::read_to_string(&path).unwrap(), UGLY);
        assert_eq!(outcome(&path, false, false), ExitCode::SUCCESS);
        assert_eq!(fs::read_to_string(&path).unwrap(), TIDY);
        assert_eq!(outcome(&path, true, true), ExitCode::SUCCESS);
    }

    #[test]
    fn what_cannot_be_understood_is_left_alone() {
        let dir = TempDir::new("fmt-broken");
        let path = dir.path().join("a.conf");
        fs::write(&path, "global_defs{\n").unwrap();
        assert_eq!(outcome(&path, false, false), ExitCode::from(2));
        assert_eq!(fs::read_to_string(&path).unwrap(), "global_defs{\n");
        assert_eq!(outcome(dir.path(), true, false), ExitCode::from(2));
    }

    #[test]
    fn the_difference_is_a_unified_diff() {
        let expected = "--- a (now)\n+++ a (laid out)\n@@ -1,3 +1,3 @@\n-global_defs{\n-router_id x\n\
                        +global_defs {\n+    router_id x\n }\n";
        assert_eq!(difference("a", UGLY, TIDY), expected);
    }
}
