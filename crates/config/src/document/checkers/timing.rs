//! When checks happen: what virtual servers, real servers and checkers can each set.

use std::num::NonZeroU64;
use std::time::Duration;

use serde::{Serialize, Serializer};

/// A time of whole microseconds. No larger than a number when it is optional, of which a large file has a million.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time(
    /// One more than the microseconds.
    NonZeroU64,
);

impl Time {
    /// So many microseconds; the largest number is taken for one less.
    pub const fn from_micros(micros: u64) -> Self {
        Self(NonZeroU64::MIN.saturating_add(micros))
    }

    /// Whole microseconds.
    pub const fn as_micros(self) -> u64 {
        self.0.get() - 1
    }
}

impl std::fmt::Debug for Time {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        Duration::from(*self).fmt(f)
    }
}

impl From<Time> for Duration {
    fn from(time: Time) -> Self {
        Self::from_micros(time.as_micros())
    }
}

impl Serialize for Time {
    /// As seconds.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(Duration::from(*self).as_secs_f64())
    }
}

/// When checks happen, as far as it is given at one place. A checker without a value takes that of its real server,
/// which takes that of its virtual server.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Timing {
    /// `alpha`
    pub alpha: Option<bool>,
    /// `retry`
    pub retry: Option<u32>,
    /// `delay_before_retry`
    pub delay_before_retry: Option<Time>,
    /// `warmup`
    pub warmup: Option<Time>,
    /// `delay_loop`
    pub delay_loop: Option<Time>,
    /// `connect_timeout`
    pub connect_timeout: Option<Time>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_exact_and_its_absence_costs_nothing() {
        for micros in [0, 1, 1_500_000, u64::MAX - 1] {
            assert_eq!(Time::from_micros(micros).as_micros(), micros);
        }
        assert_eq!(Duration::from(Time::from_micros(1_500_000)), Duration::from_millis(1500));
        assert_eq!(size_of::<Option<Time>>(), size_of::<u64>());
    }
}
