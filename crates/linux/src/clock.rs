//! The clocks: one time line for everything, in no relation to the time of day; and the time of day, which may jump, for
//! what has to be compared with other machines.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use types::{Instant, UtcTime};

/// `CLOCK_MONOTONIC` now, nanoseconds since boot without suspended time. No system call (vDSO).
///
/// The caller reads it once per wake-up and hands the result to everything that happens in it.
pub fn now() -> Instant {
    let time = clock_gettime(ClockId::Monotonic);
    // Both parts are non-negative on this clock.
    Instant::from_nanos(time.tv_sec.unsigned_abs() * 1_000_000_000 + time.tv_nsec.unsigned_abs())
}

/// The time of day. No system call (vDSO).
pub fn utc() -> UtcTime {
    let time = clock_gettime(ClockId::Realtime);
    // Nobody's clock shows a time before 1970; the nanoseconds are never negative, and fewer than a second.
    let nanos = u32::try_from(time.tv_nsec).unwrap_or(0);
    UtcTime::from_epoch(Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), nanos))
}
