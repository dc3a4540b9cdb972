//! keepalived's command line, so that units, scripts and habits go on working. Parsed by hand over `lexopt`,
//! because the shapes of keepalived's options are given and because this path must start fast.

mod config_test;
mod table;

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::process::ExitCode;

use lexopt::Arg;

use crate::dump;
use crate::exit::Exit;
use crate::logging::{self, Facility};
use crate::options::{DEFAULT_CONFIG, Options, Program};
use crate::roles::Entry;
use crate::signal;
use crate::supervisor::{self, Front};
use table::{Argument, Id, Spec, Support};
pub(super) use table::{OptionText, options};

/// The whole command.
pub fn main(arguments: Vec<OsString>, entry: Entry) -> ExitCode {
    match parse(arguments) {
        Ok(Asked::Run { options, .. }) if entry == Entry::Asked => supervisor::could_resume(&options),
        Ok(Asked::Run { options, .. }) if let Entry::Upgraded { state } = entry => {
            supervisor::resume(*options, state).into()
        }
        Ok(Asked::Run { options, .. }) if entry == Entry::Detached => match Front::inherited(&options) {
            Ok(front) => supervisor::run(*options, Some(front)).into(),
            Err(e) => {
                eprintln!("cannot become a daemon: {e}");
                Exit::Internal.into()
            }
        },
        Ok(Asked::Run { options, foreground: true }) => supervisor::run(*options, None).into(),
        Ok(Asked::Run { options, foreground: false }) => supervisor::detach(&options).into(),
        Ok(Asked::Test { options, report }) => config_test::run(&options, report.as_deref()),
        Ok(Asked::Signum(number)) => {
            println!("{number}");
            ExitCode::SUCCESS
        }
        Ok(Asked::Version) => {
            eprintln!(
                "vipd v{}, with the command line and the configuration of Keepalived v2.4",
                env!("CARGO_PKG_VERSION")
            );
            ExitCode::SUCCESS
        }
        Ok(Asked::Help) => {
            eprint!("{}", table::usage(Program::Keepalived.supervisor()));
            ExitCode::SUCCESS
        }
        Err(text) => {
            eprintln!("{text}");
            Exit::Fatal.into()
        }
    }
}

/// What a command line asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// Be the daemon.
    Run {
        /// How.
        options: Box<Options>,
        /// `--dont-fork`.
        foreground: bool,
    },
    /// `--config-test`.
    Test {
        /// Which file.
        options: Box<Options>,
        /// Where to report; `None`: standard error.
        report: Option<PathBuf>,
    },
    /// `--signum`.
    Signum(i32),
    /// `--version`.
    Version,
    /// `--help`.
    Help,
}

/// Understands a command line, without the program's name. The error is for standard error, with exit code 1.
pub fn parse(arguments: Vec<OsString>) -> Result<Asked, String> {
    let mut parser = lexopt::Parser::from_args(arguments);
    let mut draft = Draft::default();
    while let Some(argument) = parser.next().map_err(|e| e.to_string())? {
        let (name, spec) = match argument {
            Arg::Short(letter) => (format!("-{letter}"), table::by_short(letter)),
            Arg::Long(long) => (format!("--{long}"), table::by_long(long)),
            Arg::Value(value) => return Err(format!("Unexpected argument {}", value.display())),
        };
        let spec = spec.ok_or_else(|| format!("Unknown option {name}"))?;
        let value = match spec.argument {
            Argument::None => None,
            Argument::Required(_) => {
                Some(parser.value().map_err(|_| format!("Missing parameter for option {name}"))?)
            }
            Argument::Optional(_) => parser.optional_value(),
        };
        if let Some(asked) = draft.take(spec, &name, value.unwrap_or_default())? {
            return Ok(asked);
        }
    }
    draft.finish()
}

#[derive(Default)]
struct Draft {
    config: Option<PathBuf>,
    config_id: Option<String>,
    pid_file: Option<PathBuf>,
    router_pid_file: Option<PathBuf>,
    namespace: Option<String>,
    log_file: Option<PathBuf>,
    core_pattern: Option<String>,
    facility: Option<Facility>,
    umask: Option<u32>,
    /// `--config-test`; an empty path means standard error.
    test: Option<PathBuf>,
    seen: Vec<Id>,
    notices: Vec<String>,
}

impl Draft {
    /// Takes one option; `Some` for those that end everything, as `--help`.
    fn take(&mut self, spec: &Spec, name: &str, value: OsString) -> Result<Option<Asked>, String> {
        match spec.support {
            Support::Full => {}
            Support::NotYet => {
                self.notices.push(format!("option {name} is not supported yet, it does nothing"));
            }
            Support::Refused(advice) => return Err(format!("option {name} is not supported yet: {advice}")),
        }
        match spec.id {
            Id::UseFile => self.config = Some(value.into()),
            Id::Pid => self.pid_file = Some(value.into()),
            Id::VrrpPid => self.router_pid_file = Some(value.into()),
            Id::Namespace => {
                let word = text(name, &value)?;
                if word.is_empty() || word.contains('/') || matches!(word, "." | "..") {
                    return Err(format!(
                        "{name} {word}: not the name of a network namespace (`ip netns` lists them)"
                    ));
                }
                self.namespace = Some(word.to_owned());
            }
            Id::ForNode => self.config_id = Some(text(name, &value)?.to_owned()),
            Id::LogFacility => {
                let word = text(name, &value)?;
                self.facility = Some(word.parse().map_err(|e| format!("{name} {word}: {e}"))?);
            }
            Id::LogFile if value.is_empty() => {
                let tmp = dump::directory(std::env::var_os("TMPDIR").map(Into::into));
                self.log_file = Some(tmp.join("keepalived.log"));
            }
            Id::LogFile => self.log_file = Some(value.into()),
            Id::CoreDumpPattern => {
                let pattern = text(name, &value)?;
                self.core_pattern = Some(if pattern.is_empty() { "core" } else { pattern }.to_owned());
            }
            Id::Umask => self.umask = Some(umask(name, text(name, &value)?)?),
            Id::ConfigTest => self.test = Some(value.into()),
            Id::Signum => {
                let word = text(name, &value)?;
                let number = signal::by_word(word).ok_or_else(|| format!("Unknown sigfunc {word}"))?;
                return Ok(Some(Asked::Signum(number)));
            }
            Id::Version => return Ok(Some(Asked::Version)),
            Id::Help => return Ok(Some(Asked::Help)),
            Id::Vrrp
            | Id::Check
            | Id::LogConsole
            | Id::LogDetail
            | Id::NoSyslog
            | Id::DontReleaseVrrp
            | Id::DontRespawn
            | Id::NoBfd
            | Id::DontFork
            | Id::DumpConf
            | Id::AllConfig
            | Id::AddressMonitoring
            | Id::CoreDump
            | Id::IgnoreSigint
            | Id::Inert
            | Id::Unsupported => self.seen.push(spec.id),
        }
        Ok(None)
    }

    fn finish(self) -> Result<Asked, String> {
        let has = |id| self.seen.contains(&id);
        if has(Id::Check) && !has(Id::Vrrp) && self.test.is_none() {
            return Err("option --check asks for the health checkers alone, which are not supported yet: \
                        there is nothing to run"
                .to_owned());
        }
        let options = Box::new(Options {
            program: Program::Keepalived,
            config: self.config.unwrap_or_else(|| PathBuf::from(DEFAULT_CONFIG)),
            config_id: self.config_id,
            control: None,
            pid_file: self.pid_file,
            router_pid_file: self.router_pid_file,
            namespace: self.namespace,
            log: logging::Settings {
                console: has(Id::LogConsole),
                syslog: (!has(Id::NoSyslog)).then_some(self.facility.unwrap_or(Facility::DAEMON)),
                file: self.log_file,
                detail: has(Id::LogDetail),
            },
            dont_respawn: has(Id::DontRespawn),
            no_bfd: has(Id::NoBfd),
            leave_addresses: has(Id::DontReleaseVrrp),
            all_includes: has(Id::AllConfig),
            address_monitoring: has(Id::AddressMonitoring),
            core_dumps: has(Id::CoreDump) || self.core_pattern.is_some(),
            core_pattern: self.core_pattern,
            dump: has(Id::DumpConf),
            ignore_sigint: has(Id::IgnoreSigint),
            umask: self.umask,
            notices: self.notices,
        });
        Ok(match self.test {
            Some(path) => {
                let report = Some(path).filter(|path| !path.as_os_str().is_empty());
                Asked::Test { options, report }
            }
            None => Asked::Run { options, foreground: self.seen.contains(&Id::DontFork) },
        })
    }
}

fn text<'a>(name: &str, value: &'a OsStr) -> Result<&'a str, String> {
    value.to_str().ok_or_else(|| format!("{name}: {} is not UTF-8", value.display()))
}

/// As strtoul(3) with base 0: `022`, `0x12`, `18`.
fn umask(name: &str, text: &str) -> Result<u32, String> {
    let parsed = if let Some(hex) = text.strip_prefix("0x") {
        u32::from_str_radix(hex, 16)
    } else {
        u32::from_str_radix(text, if text.starts_with('0') { 8 } else { 10 })
    };
    parsed.ok().filter(|mask| *mask <= 0o777).ok_or_else(|| format!("{name} {text}: not a umask (0 to 0777)"))
}

#[cfg(test)]
mod tests;
