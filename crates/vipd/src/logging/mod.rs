//! Where log lines go: the console, syslog, the journal. The supervisor owns the sinks; the other roles
//! [buffer](buffered) their lines and send them over.
//!
//! Times on the console are UTC with milliseconds: clusters span time zones, and three-digit fractions are
//! what tells one failover from another.

pub mod buffered;
mod facility;
mod file;
mod syslog;

pub use facility::Facility;

use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::SystemTime;

use file::LogFiles;
use log::{Level, LevelFilter, Log, Metadata, Record};
use syslog::Syslog;

/// The `log` target of lines that come from the router process.
pub const ROUTER: &str = "router";

/// What the operator asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Lines to standard error.
    pub console: bool,
    /// Lines to syslog with this facility.
    pub syslog: Option<Facility>,
    /// Lines to this file, and those of the router to one beside it.
    pub file: Option<PathBuf>,
    /// Debug lines too (`--log-detail`).
    pub detail: bool,
}

/// The sinks of this process, once logging has started.
static SINKS: OnceLock<Sinks> = OnceLock::new();

/// Starts logging in this process. Later calls change nothing. `idents`: the names of the supervisor and of the router in
/// syslog.
pub fn start(settings: Settings, idents: (&str, &str)) {
    let console =
        settings.console.then(|| if stderr_is_journal() { Console::Journal } else { Console::Timed });
    let sinks = Sinks {
        console,
        syslog: settings.syslog.map(|f| Mutex::new(Syslog::new(f, idents))),
        files: settings.file.map(|path| Mutex::new(LogFiles::new(path))),
    };
    if log::set_logger(SINKS.get_or_init(|| sinks)).is_ok() {
        log::set_max_level(max_level(settings.detail));
    }
}

/// From now on these are the names in syslog.
pub fn rename(idents: (&str, &str)) {
    if let Some(syslog) = SINKS.get().and_then(|sinks| sinks.syslog.as_ref()) {
        lock(syslog).rename(idents);
    }
}

/// Opens the log files, with this label in their names; what was logged before is in them, too. Later calls change nothing.
pub fn open_files(label: Option<&str>) -> io::Result<()> {
    let files = SINKS.get().and_then(|sinks| sinks.files.as_ref());
    files.map_or(Ok(()), |files| lock(files).open(label))
}

/// The level that `--log-detail` chooses.
pub const fn max_level(detail: bool) -> LevelFilter {
    if detail { LevelFilter::Debug } else { LevelFilter::Info }
}

/// The number of a level in syslog (RFC 5424 section 6.2.1) and in the journal's `<N>` prefix.
const fn severity(level: Level) -> u8 {
    match level {
        Level::Error => 3,
        Level::Warn => 4,
        Level::Info => 6,
        Level::Debug | Level::Trace => 7,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Console {
    /// `2026-11-22T15:01:04.123Z text`.
    Timed,
    /// `<6>text`: systemd reads the level and knows the time.
    Journal,
}

struct Sinks {
    console: Option<Console>,
    syslog: Option<Mutex<Syslog>>,
    files: Option<Mutex<LogFiles>>,
}

impl Log for Sinks {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        if record.level() > log::max_level() {
            return;
        }
        let text = record.args().to_string();
        for line in text.lines() {
            if let Some(console) = self.console {
                let line = console_line(console, record.level(), line, SystemTime::now());
                // Nobody is left to tell when standard error is closed.
                let _ = std::io::stderr().write_all(line.as_bytes());
            }
            if let Some(files) = &self.files {
                let line = console_line(Console::Timed, record.level(), line, SystemTime::now());
                lock(files).write(record.target() == ROUTER, &line);
            }
            if let Some(syslog) = &self.syslog {
                lock(syslog).send(severity(record.level()), record.target() == ROUTER, line);
            }
        }
    }

    fn flush(&self) {}
}

/// A line that was cut short is no reason to be silent.
fn lock<T>(sink: &Mutex<T>) -> MutexGuard<'_, T> {
    sink.lock().unwrap_or_else(PoisonError::into_inner)
}

fn console_line(console: Console, level: Level, text: &str, now: SystemTime) -> String {
    match console {
        Console::Journal => format!("<{}>{text}\n", severity(level)),
        Console::Timed => {
            let word = match level {
                Level::Error => "error: ",
                Level::Warn => "warning: ",
                Level::Info | Level::Debug | Level::Trace => "",
            };
            format!("{} {word}{text}\n", humantime::format_rfc3339_millis(now))
        }
    }
}

/// Whether systemd connected our standard error with the journal: `JOURNAL_STREAM` names the device and inode
/// of that socket (systemd.exec(5)).
fn stderr_is_journal() -> bool {
    let Some(stream) = std::env::var("JOURNAL_STREAM").ok() else { return false };
    std::fs::metadata("/proc/self/fd/2").is_ok_and(|m| stream == format!("{}:{}", m.dev(), m.ino()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn lines_for_people_and_for_the_journal() {
        let then = SystemTime::UNIX_EPOCH + Duration::from_millis(1_795_359_664_123);
        let line = |console, level| console_line(console, level, "(VI_1) text", then);
        assert_eq!(line(Console::Timed, Level::Info), "2026-11-22T15:01:04.123Z (VI_1) text\n");
        assert_eq!(line(Console::Timed, Level::Error), "2026-11-22T15:01:04.123Z error: (VI_1) text\n");
        assert_eq!(line(Console::Journal, Level::Warn), "<4>(VI_1) text\n");
    }
}
