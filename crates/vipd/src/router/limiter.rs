use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use types::Instant;

/// The same complaint is logged again only after this.
const PAUSE: Duration = Duration::from_secs(10);

/// Complaints that could come with every packet, at a bearable rate.
#[derive(Debug, Default)]
pub(super) struct Limiter {
    last: BTreeMap<&'static str, (Instant, u64)>,
}

impl Limiter {
    /// Logs that `what` could not be done, unless it did that a moment ago.
    pub(super) fn report(&mut self, now: Instant, what: &'static str, result: io::Result<()>) {
        let Err(error) = result else { return };
        if let Some(line) = self.line(now, what, &error) {
            log::warn!("{line}");
        }
    }

    fn line(&mut self, now: Instant, what: &'static str, error: &io::Error) -> Option<String> {
        let suppressed = match self.last.get_mut(what) {
            Some((at, count)) if now.since(*at) < PAUSE => {
                *count += 1;
                return None;
            }
            Some((_, count)) => *count,
            None => 0,
        };
        self.last.insert(what, (now, 0));
        let more = if suppressed > 0 { format!(" ({suppressed} more times since)") } else { String::new() };
        Some(format!("cannot {what}: {error}{more}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_storm_of_one_complaint_is_one_line() {
        let mut limiter = Limiter::default();
        let down = || io::Error::from_raw_os_error(100);
        let at = |secs| Instant::ZERO + Duration::from_secs(secs);
        assert_eq!(
            limiter.line(at(0), "send", &down()).as_deref(),
            Some("cannot send: Network is down (os error 100)")
        );
        assert_eq!(limiter.line(at(1), "send", &down()), None);
        assert!(limiter.line(at(1), "receive", &down()).is_some(), "another complaint");
        assert_eq!(limiter.line(at(9), "send", &down()), None);
        assert_eq!(
            limiter.line(at(10), "send", &down()).as_deref(),
            Some("cannot send: Network is down (os error 100) (2 more times since)")
        );
    }
}
