use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use config::{Diagnostic, Loaded, Severity, rules};

use super::super::machine;
use crate::exit::Exit;
use crate::files::{self, Outside};
use crate::options::Options;
use crate::supervisor::short_host_name;

/// Codes of keepalived's `--config-test`, as observed with 2.2.7.
const MISSING_ARGUMENT: u8 = 2;
const UNREADABLE: u8 = 4;
const FINDINGS: u8 = 5;
const UNGUARDED: u8 = 6;

/// Checks the configuration and reports in keepalived's form to the file, or to standard error.
pub(super) fn run(options: &Options, report: Option<&Path>) -> ExitCode {
    let mut out: Box<dyn Write> = match report.map(File::create).transpose() {
        Ok(Some(file)) => Box::new(file),
        Ok(None) => Box::new(io::stderr()),
        Err(e) => {
            eprintln!("cannot write the report: {e}");
            return Exit::Fatal.into();
        }
    };
    let (text, code) = check(options);
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => ExitCode::from(code),
        Err(e) => {
            eprintln!("cannot write the report: {e}");
            Exit::Fatal.into()
        }
    }
}

fn check(options: &Options) -> (String, u8) {
    let path = options.config.display().to_string();
    let bytes = match files::read_main(&options.config) {
        Ok(bytes) => bytes,
        Err(e) => return (format!("cannot read {path}: {e}\n"), UNREADABLE),
    };
    let host = linux::process::host_name();
    let config_id = options.config_id.as_deref().unwrap_or_else(|| short_host_name(&host));
    let outside = Outside::of_this_process();
    let mut loaded = config::load(&path, &bytes, &outside.options(config_id));
    // Without the kernel's answer the file can still be judged.
    let facts = machine::facts(&loaded).unwrap_or_default();
    let more = rules::complaints(&loaded, &facts);
    loaded.diagnostics.extend(more);
    loaded.diagnostics.sort_by_key(|diagnostic| diagnostic.span);
    let lines: Vec<_> = loaded.diagnostics.iter().map(|d| line(&loaded, d)).collect();
    let code = if rules::runs_unguarded(&loaded, &facts) { UNGUARDED } else { code(&loaded.diagnostics) };
    (lines.concat(), code)
}

fn line(loaded: &Loaded, diagnostic: &Diagnostic) -> String {
    let help = diagnostic.help.as_ref().map(|help| format!(" ({help})")).unwrap_or_default();
    format!("{}{help}\n", diagnostic.keepalived(&loaded.sources))
}

/// What keepalived reads without a word, observed with 2.2.7: vipd says it, but a check that keepalived passes does not
/// fail for it.
const SILENT: [&str; 11] = [
    // What vipd does not support yet is no fault of the file.
    "V0301",
    // Surplus words, repeated keywords and addresses, the order of IPv6 addresses, half of what mail needs.
    "V0202", "V0208", "V0409", "V0410", "V0501",
    // A tracked source address that is not given, BFD that is slow to notice.
    "V0423", "V1003", // Whether something runs unguarded is for the machine to say.
    "V0614", // Servers that stand there twice, or that the kernel refuses.
    "V0903", "V0908",
];

/// Hints about something that keepalived complains about.
const COMPLAINTS: [&str; 2] = ["V0303", "V0627"];

/// A missing argument makes keepalived stop at once; everything else that it complains about is a 5, warnings
/// and old spellings included. An included file that is missing is none for keepalived, unless an include_check asks
/// for it.
fn code(diagnostics: &[Diagnostic]) -> u8 {
    let found = |code: &str| diagnostics.iter().any(|d| d.id.code == code);
    let forgiven = |d: &Diagnostic| {
        SILENT.contains(&d.id.code)
            || (["V0010", "V0011"].contains(&d.id.code) && d.severity == Severity::Warning)
    };
    let complains =
        |d: &&Diagnostic| COMPLAINTS.contains(&d.id.code) || (d.severity > Severity::Hint && !forgiven(d));
    if found("V0201") {
        MISSING_ARGUMENT
    } else if diagnostics.iter().any(|d| complains(&d)) {
        FINDINGS
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code_of(text: &str) -> u8 {
        code(&config::load("x.conf", text.as_bytes(), &config::Options::default()).diagnostics)
    }

    const GOOD: &str = "vrrp_instance VI_1 {\n interface eth0\n virtual_router_id 51\n \
                        virtual_ipaddress {\n 192.0.2.1\n }\n}\n";

    #[test]
    fn the_codes_of_keepalived() {
        assert_eq!(code_of(GOOD), 0);
        assert_eq!(code_of(&GOOD.replace("interface eth0", "interface eth0\n prioritty 3")), FINDINGS);
        assert_eq!(code_of(&GOOD.replace("interface eth0", "interface eth0\n priority")), MISSING_ARGUMENT);
        assert_eq!(code_of(&format!("global_defs {{\n lvs_id X\n}}\n{GOOD}")), FINDINGS);
    }

    #[test]
    fn a_missing_file_has_a_code_of_its_own() {
        let Ok(super::super::Asked::Test { options, .. }) =
            super::super::parse(["-t", "-f", "/nonexistent/x.conf"].map(Into::into).to_vec())
        else {
            panic!()
        };
        let (text, code) = check(&options);
        assert_eq!(code, UNREADABLE);
        assert!(text.contains("/nonexistent/x.conf"), "{text}");
    }
}
