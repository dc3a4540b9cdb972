//! The clock: one time line for everything, in no relation to the time of day.

use rustix::time::{ClockId, clock_gettime};
use types::Instant;

/// `CLOCK_MONOTONIC` now, nanoseconds since boot without suspended time. No system call (vDSO).
///
/// The caller reads it once per wake-up and hands the result to everything that happens in it.
pub fn now() -> Instant {
    let time = clock_gettime(ClockId::Monotonic);
    // Both parts are non-negative on this clock.
    Instant::from_nanos(time.tv_sec.unsigned_abs() * 1_000_000_000 + time.tv_nsec.unsigned_abs())
}
