//! The signals that the supervisor listens to, by number and by keepalived's word for them.
//!
//! The numbers are Linux's on every architecture that Rust's std supports here but MIPS and SPARC; glibc's
//! SIGRTMIN is 34, SIGRTMAX 64.

/// Reload.
pub const HUP: i32 = 1;
/// Stop, from the keyboard.
pub const INT: i32 = 2;
/// Data dump.
pub const USR1: i32 = 10;
/// Statistics dump.
pub const USR2: i32 = 12;
/// Stop.
pub const TERM: i32 = 15;
/// A child ended.
pub const CHLD: i32 = 17;
/// JSON dump: SIGRTMIN + 2.
pub const JSON: i32 = 36;
/// Statistics dump, then start counting anew: SIGRTMAX - 1.
pub const STATS_CLEAR: i32 = 63;

/// Everything that is read instead of interrupting us.
pub const ALL: [i32; 8] = [HUP, INT, USR1, USR2, TERM, CHLD, JSON, STATS_CLEAR];

/// keepalived's `--signum`.
pub fn by_word(word: &str) -> Option<i32> {
    match word {
        "STOP" => Some(TERM),
        "RELOAD" => Some(HUP),
        "DATA" => Some(USR1),
        "STATS" => Some(USR2),
        "STATS_CLEAR" => Some(STATS_CLEAR),
        "JSON" => Some(JSON),
        _ => None,
    }
}
