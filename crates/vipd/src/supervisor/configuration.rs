use config::model::Model;
use config::{Diagnostic, FileError, Severity, Sources, rules};
use log::Level;

use super::Failure;
use crate::exit::Exit;
use crate::files::{self, Outside};
use crate::options::Options;

/// Findings about included files that do not exist or cannot be read.
const MISSING_INCLUDES: [&str; 2] = ["V0010", "V0011"];

/// A configuration file as it was read.
#[derive(Debug)]
pub(super) struct Read {
    /// Everything usable in it.
    pub model: Model,
    /// How many findings are errors.
    pub errors: usize,
    /// How many of them are about what the file says as a whole.
    contradictions: usize,
    /// How many are about included files, if `--all-config` wants them all.
    missing_includes: usize,
    findings: Vec<(Level, String)>,
    /// What was read, if `config_save_dir` wants it: each file, included ones behind a comment with their names.
    text: Option<String>,
}

/// Reads the configuration file. Fails only if there is none to read; what is wrong in it is in the result.
pub(super) fn read(options: &Options, host: &str) -> Result<Read, Failure> {
    let path = options.config.display().to_string();
    let bytes = files::read_main(&options.config).map_err(|e| unreadable(&path, &e))?;
    let config_id = options.config_id.as_deref().unwrap_or_else(|| short(host));
    let outside = Outside::of_this_process();
    let mut loaded = config::load(
        &path,
        &bytes,
        &config::Options { all_includes: options.all_includes, ..outside.options(config_id) },
    );
    let contradictions: Vec<_> = rules::file(&loaded).into_iter().filter(Diagnostic::is_error).collect();
    let count = contradictions.len();
    let missing = |d: &&Diagnostic| d.is_error() && MISSING_INCLUDES.contains(&d.id.code);
    let missing_includes =
        if options.all_includes { loaded.diagnostics.iter().filter(missing).count() } else { 0 };
    loaded.diagnostics.extend(contradictions);
    loaded.diagnostics.sort_by_key(|diagnostic| diagnostic.span);
    if options.no_bfd {
        loaded.model.bfd.clear();
    }
    if options.umask.is_some() {
        loaded.model.global.dumps.umask = options.umask;
    }
    let findings =
        loaded.diagnostics.iter().map(|d| (level(d.severity), d.one_line(&loaded.sources))).collect();
    Ok(Read {
        errors: loaded.errors(),
        contradictions: count,
        missing_includes,
        findings,
        text: loaded.model.global.reloading.save_dir.as_ref().map(|_| text_of(&loaded.sources)),
        model: loaded.model,
    })
}

fn text_of(sources: &Sources) -> String {
    let mut files = sources.files();
    let main = files.next().map_or("", |(_, text)| text).to_owned();
    files.fold(main, |all, (name, text)| all + &format!("\n# include {name}\n{text}"))
}

/// The host name up to its first dot: what `@ID` lines are compared with by default.
pub fn short(host: &str) -> &str {
    host.split_once('.').map_or(host, |(name, _)| name)
}

/// Writes the model to the log; secrets mask themselves.
pub(super) fn dump(model: &Model) {
    match serde_json::to_string_pretty(model) {
        Ok(text) => log::info!("Configuration in force:\n{text}"),
        Err(e) => log::error!("cannot show the configuration: {e}"),
    }
}

impl Read {
    /// One line each.
    pub(super) fn log_findings(&self) {
        for (level, text) in &self.findings {
            log::log!(*level, "{text}");
        }
    }

    /// A line that cannot be used is left out at start, so that one broken instance does not take the healthy ones
    /// down. Where lines contradict each other, as in a name that nothing defines, nobody can say what to leave out.
    pub(super) fn startable(self) -> Result<Self, Failure> {
        if self.contradictions == 0 && self.missing_includes == 0 {
            return Ok(self);
        }
        self.log_findings();
        if self.missing_includes > 0 {
            let text =
                format!("included files are missing (--all-config), nothing is started: {}", self.refusal());
            return Err(Failure { exit: Exit::NoConfig, text });
        }
        let text = format!("the configuration contradicts itself, nothing is started: {}", self.refusal());
        Err(Failure { exit: Exit::Config, text })
    }

    /// What was read, and the directory of `config_save_dir` that wants a copy.
    pub(super) fn copy(&self) -> Option<(&str, &str)> {
        Some((self.model.global.reloading.save_dir.as_deref()?, self.text.as_deref()?))
    }

    /// The findings as a text, a line each.
    pub(super) fn findings(&self) -> String {
        self.findings.iter().flat_map(|(_, text)| [text.as_str(), "\n"]).collect()
    }

    /// Why a reload of it is refused.
    pub(super) fn refusal(&self) -> String {
        let first =
            self.findings.iter().find(|(level, _)| *level == Level::Error).map_or("", |(_, text)| text);
        match self.errors {
            1 => first.to_owned(),
            n => format!("{n} errors, the first: {first}"),
        }
    }
}

fn level(severity: Severity) -> Level {
    match severity {
        Severity::Error => Level::Error,
        Severity::Warning => Level::Warn,
        Severity::Hint => Level::Info,
    }
}

fn unreadable(path: &str, error: &FileError) -> Failure {
    let advice = if *error == FileError::Permission {
        "run as root, or let this user read it"
    } else {
        "name another one with -f"
    };
    Failure { exit: Exit::NoConfig, text: format!("cannot read the configuration {path}: {error}; {advice}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{TempDir, options};

    fn read_text(text: &str) -> Read {
        let directory = TempDir::new("configuration");
        let file = directory.path().join("k.conf");
        std::fs::write(&file, text).unwrap();
        read(&Options { config: file, ..options() }, "node").unwrap()
    }

    #[test]
    fn a_contradiction_stops_the_start_and_a_bad_line_does_not() {
        let instance = |more: &str| {
            format!(
                "vrrp_instance V {{\n interface eth0\n virtual_router_id 7\n{more}\n virtual_ipaddress {{\n \
                 192.0.2.9\n }}\n}}\n"
            )
        };
        let bad_line = read_text(&instance(" prioritty 3"));
        assert_eq!(bad_line.errors, 1);
        assert_eq!(bad_line.startable().unwrap().model.instances.len(), 1);
        let contradiction = read_text(&instance(" track_script {\n nothing\n }"));
        assert_eq!(contradiction.errors, 1);
        let failure = contradiction.startable().unwrap_err();
        assert_eq!(failure.exit, Exit::Config);
        assert!(failure.text.contains("k.conf:5:2") && failure.text.contains("nothing"), "{}", failure.text);
        // Advice is for people who check a file.
        assert_eq!(read_text(&instance(" state MASTER")).findings, []);
    }

    #[test]
    fn the_short_name_of_a_host() {
        assert_eq!(short("node1.example.com"), "node1");
        assert_eq!(short("node1"), "node1");
    }

    #[test]
    fn exit_codes_for_files_that_cannot_be_read() {
        let failure = unreadable("/x.conf", &FileError::NotFound);
        assert_eq!(failure.exit.code(), 6);
        assert!(failure.text.contains("/x.conf"), "{}", failure.text);
        assert_eq!(unreadable("/x.conf", &FileError::Permission).exit.code(), 6);
    }
}
