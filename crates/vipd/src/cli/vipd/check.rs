use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use config::nodes::Comparison;
use config::{Diagnostic, Loaded, Severity, diagnostics};

use super::super::machine;
use super::report::Format;
use super::{coverage, input, judge, report};
use crate::cli::{complain, say};
use crate::files::Outside;
use crate::supervisor::short_host_name;

/// Check configuration files: where, what is wrong, why it matters, and what to write instead
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Files to check; `-` is standard input
    #[arg(required_unless_present = "coverage", value_name = "FILE")]
    files: Vec<PathBuf>,
    /// How to show findings
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// The same as --format json
    #[arg(long, conflicts_with = "format")]
    json: bool,
    /// Carry out the safe suggestions, such as modern spellings, in the files
    #[arg(long)]
    fix: bool,
    /// Show what vipd makes of each keyword of the language instead
    #[arg(long, conflicts_with_all = ["files", "fix"])]
    coverage: bool,
    /// Check also what depends on this machine: interfaces, addresses, programs, users, kernel, privileges. For one file
    #[arg(long, conflicts_with = "coverage")]
    host: bool,
    /// Word for `@ID` lines [default: the host name up to its first dot]
    #[arg(short = 'i', long, value_name = "ID")]
    config_id: Option<String>,
}

const EXAMPLES: &str = "\
Examples:
  vipd check /etc/keepalived/keepalived.conf
  vipd check --host keepalived.conf               Does it fit this machine?
  vipd check server-a.conf server-b.conf          Do they fit together, and who becomes Master of what?
  vipd check --fix keepalived.conf
  vipd check --format github *.conf
  vipd check --json *.conf | jq -r 'select(.severity == \"error\") | .message'
  vipd check --coverage

Each finding has an id, which `vipd explain` explains.

Exit codes:
  0 nothing wrong (there may be warnings and hints), 1 errors, 2 a file cannot be read or written";

#[derive(Debug, Default)]
struct Totals {
    errors: usize,
    warnings: usize,
    hints: usize,
    failed: usize,
}

pub(super) fn main(args: &Args) -> ExitCode {
    let format = if args.json { Format::Json } else { args.format };
    if args.coverage {
        return coverage(format);
    }
    if args.host && args.files.len() > 1 {
        complain(format_args!("--host is for one file, the one of this machine"));
        return ExitCode::from(2);
    }
    let host = linux::process::host_name();
    let config_id = args.config_id.as_deref().unwrap_or_else(|| short_host_name(&host));
    let outside = Outside::of_this_process();
    let options = outside.options(config_id);
    let color = report::color(&io::stdout());
    let mut totals = Totals::default();
    let mut seen = Vec::new();
    for path in &args.files {
        let shown = path.display().to_string();
        let mut loaded = match load(path, &shown, args.fix, &options) {
            Ok(loaded) => loaded,
            Err(message) => {
                complain(format_args!("{message}"));
                totals.failed += 1;
                continue;
            }
        };
        let facts = match args.host.then(|| machine::facts(&loaded)).transpose() {
            Ok(facts) => facts,
            Err(e) => {
                complain(format_args!("cannot ask the kernel about this machine: {e}"));
                return ExitCode::from(2);
            }
        };
        judge::one(&mut loaded, facts.as_ref());
        totals.add(&loaded.diagnostics);
        let text = report::render(format, &shown, &loaded.diagnostics, &loaded.sources, color);
        if !say(text) {
            break;
        }
        if args.files.len() > 1 {
            seen.push((path.as_path(), loaded));
        } else {
            // The program is about to end: nothing is gained by taking millions of things apart.
            std::mem::forget(loaded);
        }
    }
    if let Some(compared) = judge::several(seen) {
        totals.add(&compared.diagnostics);
        say(together(format, &compared, color));
    }
    if format == Format::Text {
        complain(format_args!("{}", totals.summary(args.files.len())));
    }
    ExitCode::from(totals.code())
}

/// What is to say about several machines.
fn together(format: Format, compared: &Comparison, color: bool) -> String {
    let findings = report::render(format, "", &compared.diagnostics, &compared.sources, color);
    findings
        + &match format {
            Format::Text => compared.forecast.to_string(),
            Format::Json => judge::json(&compared.forecast),
            Format::Github => String::new(),
        }
}

fn coverage(format: Format) -> ExitCode {
    let text = match format {
        Format::Text => coverage::text(),
        Format::Json => coverage::json(),
        Format::Github => {
            complain(format_args!("the table of keywords is no list of findings: use --format text or json"));
            return ExitCode::from(2);
        }
    };
    say(text);
    ExitCode::SUCCESS
}

/// Reads a file, and repairs it before if that is wanted. Fails with the whole message.
fn load(path: &Path, shown: &str, fix: bool, options: &config::Options<'_>) -> Result<Loaded, String> {
    let bytes = input::read(path)?;
    let loaded = config::load(shown, &bytes, options);
    if !fix {
        return Ok(loaded);
    }
    if input::is_standard_input(path) {
        return Err("--fix writes into files; standard input is none".to_owned());
    }
    let (repaired, loaded, said) = repair(shown, bytes.clone(), loaded, options);
    if repaired != bytes {
        input::replace(path, &repaired)?;
        complain(format_args!("{}", said.trim_end()));
    }
    Ok(loaded)
}

/// Carries out safe suggestions until there are none, and says which. Stops where one would make things worse.
fn repair(
    shown: &str,
    mut bytes: Vec<u8>,
    mut loaded: Loaded,
    options: &config::Options<'_>,
) -> (Vec<u8>, Loaded, String) {
    /// Suggestions can overlap, and one can bring another one up; not for ever.
    const ROUNDS: usize = 4;
    let mut said = String::new();
    for _ in 0..ROUNDS {
        let fixed = diagnostics::fix(&bytes, &loaded.diagnostics);
        let after = config::load(shown, &fixed.bytes, options);
        if fixed.settled.is_empty() || after.errors() > loaded.errors() {
            break;
        }
        for diagnostic in &fixed.settled {
            said += &["fixed: ", &diagnostic.one_line(&loaded.sources), "\n"].concat();
        }
        bytes = fixed.bytes;
        loaded = after;
    }
    (bytes, loaded, said)
}

impl Totals {
    fn add(&mut self, found: &[Diagnostic]) {
        for diagnostic in found {
            match diagnostic.severity {
                Severity::Error => self.errors += 1,
                Severity::Warning => self.warnings += 1,
                Severity::Hint => self.hints += 1,
            }
        }
    }

    fn code(&self) -> u8 {
        match (self.failed, self.errors) {
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
        let checked = format!("{} checked: {found}", counted(files - self.failed, "file"));
        let failed = format!("{} not checked", counted(self.failed, "file"));
        match self.failed {
            0 => checked,
            n if n == files => failed,
            _ => format!("{checked}; {failed}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::TempDir;

    const OLD: &str = "# é\nglobal_defs {\n lvs_id x # name\n vrrp_priority=-5\n prioritty 1\n}\n";

    fn args(files: Vec<PathBuf>) -> Args {
        Args {
            files,
            format: Format::Json,
            json: false,
            fix: false,
            coverage: false,
            host: false,
            config_id: None,
        }
    }

    #[test]
    fn safe_suggestions_are_carried_out_and_others_are_not() {
        let dir = TempDir::new("check-fix");
        let path = dir.path().join("a.conf");
        std::fs::write(&path, OLD).unwrap();
        let code = main(&Args { fix: true, ..args(vec![path.clone()]) });
        let expected = "# é\nglobal_defs {\n router_id x # name\n vrrp_priority -5\n prioritty 1\n}\n";
        assert_eq!(std::fs::read_to_string(&path).unwrap(), expected);
        assert_eq!(code, ExitCode::from(1), "one error is left");
    }

    #[test]
    fn what_was_fixed_is_said() {
        let options = config::Options::default();
        let loaded = config::load("a.conf", OLD.as_bytes(), &options);
        let (_, after, said) = repair("a.conf", OLD.into(), loaded, &options);
        let first = "fixed: a.conf:3:2: hint[V0303]: `lvs_id` is deprecated: use `router_id`";
        assert_eq!(said.lines().next(), Some(first));
        assert_eq!(said.lines().count(), 2);
        assert_eq!(after.errors(), 1);
    }

    #[test]
    fn codes_of_the_command() {
        let dir = TempDir::new("check-codes");
        let path = dir.path().join("a.conf");
        std::fs::write(&path, "global_defs {\n}\n").unwrap();
        assert_eq!(main(&args(vec![path.clone()])), ExitCode::SUCCESS);
        assert_eq!(main(&Args { coverage: true, ..args(vec![]) }), ExitCode::SUCCESS);
        assert_eq!(main(&args(vec![path, dir.path().to_owned()])), ExitCode::from(2));
        assert_eq!(main(&Args { fix: true, ..args(vec!["-".into()]) }), ExitCode::from(2));
        let github = Args { coverage: true, format: Format::Github, ..args(vec![]) };
        assert_eq!(main(&github), ExitCode::from(2));
    }

    #[test]
    fn one_file_is_for_this_machine() {
        let dir = TempDir::new("check-host");
        let path = dir.path().join("a.conf");
        let interface =
            "vrrp_instance V {\ninterface nowhere0\nvirtual_router_id 1\nno_virtual_ipaddress\n}\n";
        std::fs::write(&path, interface).unwrap();
        let host = |files| Args { host: true, ..args(files) };
        assert_eq!(main(&args(vec![path.clone()])), ExitCode::SUCCESS);
        assert_eq!(main(&host(vec![path.clone()])), ExitCode::from(1), "there is no such interface");
        assert_eq!(main(&host(vec![path.clone(), path])), ExitCode::from(2));
    }

    #[test]
    fn what_does_not_fit_together_is_an_error() {
        let dir = TempDir::new("check-nodes");
        let file = |name: &str, lines: &str| {
            let path = dir.path().join(name);
            let text = format!(
                "vrrp_instance V {{\ninterface eth0\nvirtual_router_id 1\n{lines}\nvirtual_ipaddress {{\n192.0.2.9\n}}\n}}\n"
            );
            std::fs::write(&path, text).unwrap();
            path
        };
        let [a, b, c] = [
            file("a.conf", "priority 100"),
            file("b.conf", "priority 50"),
            file("c.conf", "priority 10\nadvert_int 2"),
        ];
        assert_eq!(main(&args(vec![a.clone(), b])), ExitCode::SUCCESS);
        assert_eq!(main(&args(vec![a, c])), ExitCode::from(1));
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
        totals.failed = 1;
        assert_eq!(
            (totals.code(), totals.summary(2)),
            (2, "1 file checked: 1 error, 2 hints; 1 file not checked".into())
        );
        totals = Totals { failed: 2, ..Totals::default() };
        assert_eq!(totals.summary(2), "2 files not checked");
    }
}
