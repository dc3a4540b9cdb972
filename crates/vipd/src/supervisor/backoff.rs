use std::time::Duration;

use serde::{Deserialize, Serialize};
use types::Instant;

/// A router that lived this long was healthy: its death is the first.
const HEALTHY: Duration = Duration::from_mins(1);
/// The second death in a row waits this long, each further one twice as long.
const FIRST: Duration = Duration::from_secs(1);
/// Up to this.
const LAST: Duration = Duration::from_mins(1);

/// How long to wait before starting a process again that keeps dying.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Backoff {
    last: Option<Instant>,
    next: Duration,
}

impl Backoff {
    /// A death at `now`: how long to wait. Zero the first time.
    pub(super) fn wait(&mut self, now: Instant) -> Duration {
        let healthy = self.last.is_none_or(|last| now.since(last) >= HEALTHY + self.next);
        self.last = Some(now);
        if healthy {
            self.next = Duration::ZERO;
            return Duration::ZERO;
        }
        self.next = if self.next.is_zero() { FIRST } else { (self.next * 2).min(LAST) };
        self.next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_once_then_ever_later_then_at_once_again() {
        let mut backoff = Backoff::default();
        let mut now = Instant::ZERO + Duration::from_secs(1000);
        let mut waits = Vec::new();
        for _ in 0..9 {
            let wait = backoff.wait(now);
            waits.push(wait.as_secs());
            now = now + wait + Duration::from_millis(10);
        }
        assert_eq!(waits, [0, 1, 2, 4, 8, 16, 32, 60, 60]);
        assert_eq!(backoff.wait(now + Duration::from_mins(2)), Duration::ZERO);
    }
}
