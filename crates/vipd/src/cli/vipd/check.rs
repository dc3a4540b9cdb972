use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use config::{Diagnostic, Loaded, Severity, Sources};
use serde::Serialize;

use crate::supervisor::short_host_name;

/// Check configuration files: where, what is wrong, why it matters, and what to write instead
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Files to check; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// One JSON object for each finding, one a line, instead of text for people
    #[arg(long)]
    json: bool,
    /// Word for `@ID` lines [default: the host name up to its first dot]
    #[arg(short = 'i', long, value_name = "ID")]
    config_id: Option<String>,
}

const EXAMPLES: &str = "\
Examples:
  vipd check /etc/keepalived/keepalived.conf
  vipd check --json *.conf | jq -r 'select(.severity == \"error\") | .message'

Exit codes:
  0 nothing wrong (there may be warnings and hints), 1 errors, 2 a file cannot be read";

/// A finding for machines.
#[derive(Debug, Serialize)]
struct Finding<'a> {
    file: &'a str,
    line: Option<usize>,
    column: Option<usize>,
    severity: String,
    id: &'static str,
    message: &'a str,
    help: Option<&'a str>,
}

#[derive(Debug, Default)]
struct Totals {
    errors: usize,
    warnings: usize,
    hints: usize,
    unreadable: usize,
}

pub(super) fn main(args: &Args) -> ExitCode {
    let host = linux::process::host_name();
    let config_id = args.config_id.as_deref().unwrap_or_else(|| short_host_name(&host));
    let color = io::stdout().is_terminal();
    let mut totals = Totals::default();
    let mut out = io::stdout().lock();
    for path in &args.files {
        let shown = path.display().to_string();
        let bytes = match read(path) {
            Ok(bytes) => bytes,
            Err(e) => {
                eprintln!("cannot read {shown}: {e}");
                totals.unreadable += 1;
                continue;
            }
        };
        let loaded = config::load(&shown, &bytes, &config::Options { config_id });
        totals.add(&loaded);
        let text = if args.json { json(&shown, &loaded) } else { people(&loaded, color) };
        // A reader that has left (`| head`) has seen enough.
        if out.write_all(text.as_bytes()).is_err() {
            break;
        }
    }
    if !args.json {
        eprintln!("{}", totals.summary(args.files.len()));
    }
    ExitCode::from(totals.code())
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    if path == Path::new("-") {
        let mut bytes = Vec::new();
        io::Read::read_to_end(&mut io::stdin(), &mut bytes)?;
        return Ok(bytes);
    }
    std::fs::read(path)
}

fn people(loaded: &Loaded, color: bool) -> String {
    loaded.diagnostics.iter().map(|d| d.render(&loaded.sources, color) + "\n\n").collect()
}

fn json(path: &str, loaded: &Loaded) -> String {
    let line = |d: &Diagnostic| serde_json::to_string(&finding(path, d, &loaded.sources)).unwrap_or_default();
    loaded.diagnostics.iter().map(|d| line(d) + "\n").collect()
}

fn finding<'a>(path: &'a str, diagnostic: &'a Diagnostic, sources: &'a Sources) -> Finding<'a> {
    let position = diagnostic.span.map(|span| sources.position(span));
    Finding {
        file: diagnostic.span.map_or(path, |span| sources.name(span.file)),
        line: position.map(|p| p.line),
        column: position.map(|p| p.column),
        severity: diagnostic.severity.to_string(),
        id: diagnostic.id.code,
        message: &diagnostic.message,
        help: diagnostic.help.as_deref(),
    }
}

impl Totals {
    fn add(&mut self, loaded: &Loaded) {
        for diagnostic in &loaded.diagnostics {
            match diagnostic.severity {
                Severity::Error => self.errors += 1,
                Severity::Warning => self.warnings += 1,
                Severity::Hint => self.hints += 1,
            }
        }
    }

    fn code(&self) -> u8 {
        match (self.unreadable, self.errors) {
            (0, 0) => 0,
            (0, _) => 1,
            (_, _) => 2,
        }
    }

    fn summary(&self, files: usize) -> String {
        let counted = |n: usize, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
        let parts = [(self.errors, "error"), (self.warnings, "warning"), (self.hints, "hint")];
        let found: Vec<_> =
            parts.into_iter().filter(|(n, _)| *n > 0).map(|(n, what)| counted(n, what)).collect();
        let found = if found.is_empty() { "nothing to complain about".to_owned() } else { found.join(", ") };
        let checked = counted(files - self.unreadable, "file");
        match self.unreadable {
            0 => format!("{checked} checked: {found}"),
            n => format!("{checked} checked: {found}; {} not readable", counted(n, "file")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(text: &str) -> Loaded {
        config::load("a.conf", text.as_bytes(), &config::Options::default())
    }

    const WRONG: &str = "vrrp_instance VI_1 {\n interface eth0\n virtual_router_id 51\n prioritty 100\n}\n";

    #[test]
    fn findings_for_machines() {
        let loaded = load(WRONG);
        let text = json("a.conf", &loaded);
        let findings = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        let first = findings.into_iter().find(|finding| finding["id"] == "V0101").unwrap();
        assert_eq!(first["file"], "a.conf");
        assert_eq!(first["line"], 4);
        assert_eq!(first["column"], 2);
        assert_eq!(first["severity"], "error");
    }

    #[test]
    fn exit_codes() {
        let mut totals = Totals::default();
        assert_eq!(
            (totals.code(), totals.summary(1)),
            (0, "1 file checked: nothing to complain about".into())
        );
        totals.errors = 1;
        totals.hints = 2;
        assert_eq!((totals.code(), totals.summary(2)), (1, "2 files checked: 1 error, 2 hints".into()));
        totals.unreadable = 1;
        assert_eq!(totals.code(), 2);
    }
}
