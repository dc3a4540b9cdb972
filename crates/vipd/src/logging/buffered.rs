//! The log of a role that has no sinks: lines are kept until the role's loop sends them to the supervisor.

use std::sync::{Mutex, MutexGuard, PoisonError};

use log::{Level, Log, Metadata, Record};

use crate::ipc::LogLine;

/// More lines than this between two turns of the loop are counted, not kept.
const MAX_LINES: usize = 1000;

static BUFFER: Mutex<Buffer> = Mutex::new(Buffer { lines: Vec::new(), lost: 0 });

struct Buffer {
    lines: Vec<LogLine>,
    lost: u64,
}

/// Starts buffering.
pub fn start(detail: bool) {
    // Fails only when called twice, which changes nothing.
    let _ = log::set_logger(&Buffered);
    log::set_max_level(super::max_level(detail));
}

/// The lines since the last call, and how many did not fit.
pub fn take() -> (Vec<LogLine>, u64) {
    let mut buffer = lock();
    (std::mem::take(&mut buffer.lines), std::mem::take(&mut buffer.lost))
}

/// The level of a line that came from another role; unknown numbers are debug lines.
pub fn level(line: &LogLine) -> Level {
    Level::iter().find(|l| *l as u8 == line.level).unwrap_or(Level::Debug)
}

struct Buffered;

impl Log for Buffered {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        if record.level() > log::max_level() {
            return;
        }
        let mut buffer = lock();
        if buffer.lines.len() < MAX_LINES {
            buffer.lines.push(LogLine { level: record.level() as u8, text: record.args().to_string() });
        } else {
            buffer.lost += 1;
        }
    }

    fn flush(&self) {}
}

fn lock() -> MutexGuard<'static, Buffer> {
    BUFFER.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_survive_the_way() {
        for expected in Level::iter() {
            assert_eq!(level(&LogLine { level: expected as u8, text: String::new() }), expected);
        }
    }

    #[test]
    fn a_flood_is_counted() {
        let record = |n: usize| {
            Buffered.log(&Record::builder().level(Level::Error).args(format_args!("{n}")).build());
        };
        log::set_max_level(log::LevelFilter::Info);
        take();
        (0..MAX_LINES + 5).for_each(record);
        let (lines, lost) = take();
        assert_eq!((lines.len(), lost), (MAX_LINES, 5));
        assert_eq!(lines[7], LogLine { level: 1, text: "7".into() });
    }
}
