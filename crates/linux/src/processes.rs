//! The processes of this machine, as /proc shows them.

use std::fs;

/// Names are short; command lines that matter are, too.
const MAX_COMMAND_LINE: usize = 4096;

/// All of them.
pub fn all() -> impl Iterator<Item = u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

/// Its name (/proc/PID/comm), unless it is gone or a zombie.
pub fn name(pid: u32) -> Option<Vec<u8>> {
    let (name, state) = name_and_state(pid)?;
    (!matches!(state, b'Z' | b'X')).then_some(name)
}

/// What it is doing, as the predicate of a sentence.
pub fn condition(pid: u32) -> &'static str {
    match name_and_state(pid).map(|(_, state)| state) {
        Some(b'R') => "is busy",
        Some(b'S') => "sleeps",
        Some(b'D') => "waits inside the kernel and can't be killed before that ends",
        Some(b'T') => "was stopped by a signal",
        Some(b't') => "was stopped by a debugger",
        Some(b'Z' | b'X') | None => "has ended",
        Some(_) => "is in a state that we don't know",
    }
}

/// The second and third field of /proc/PID/stat (proc(5)).
fn name_and_state(pid: u32) -> Option<(Vec<u8>, u8)> {
    let stat = fs::read(format!("/proc/{pid}/stat")).ok()?;
    let open = stat.iter().position(|byte| *byte == b'(')?;
    let close = stat.iter().rposition(|byte| *byte == b')')?;
    Some((stat.get(open + 1..close)?.to_vec(), *stat.get(close + 2)?))
}

/// Its command line, words ended by NUL; empty for the kernel's own.
pub fn command_line(pid: u32) -> Vec<u8> {
    let mut line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    line.truncate(MAX_COMMAND_LINE);
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn we_are_one_of_them() {
        let own = std::process::id();
        assert!(all().any(|pid| pid == own));
        assert!(name(own).is_some_and(|name| !name.is_empty() && name.len() <= 15));
        assert!(!command_line(own).is_empty());
        // That of its first thread, which may wait for this one.
        assert!(["is busy", "sleeps"].contains(&condition(own)), "{}", condition(own));
        assert_eq!((name(u32::MAX), condition(u32::MAX)), (None, "has ended"));
    }
}
