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
    let stat = fs::read(format!("/proc/{pid}/stat")).ok()?;
    let open = stat.iter().position(|byte| *byte == b'(')?;
    let close = stat.iter().rposition(|byte| *byte == b')')?;
    let state = stat.get(close + 2)?;
    if matches!(state, b'Z' | b'X') {
        return None;
    }
    stat.get(open + 1..close).map(<[u8]>::to_vec)
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
        assert_eq!(name(u32::MAX), None);
    }
}
