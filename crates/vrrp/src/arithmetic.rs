use std::time::Duration;

use types::{Interval, Priority, Version};

/// `Skew_Time`: version 2 (256 - priority) / 256 s (RFC 3768 section 6.1), version 3 the same share of the
/// Active router's interval (RFC 9568 section 6.1). Exact to the nanosecond, rounded down.
pub fn skew_time(version: Version, priority: Priority, active_interval: Interval) -> Duration {
    let _ = (version, priority, active_interval);
    todo!()
}

/// `Active_Down_Interval`: `adverts` intervals and one skew time.
pub fn master_down_interval(
    version: Version,
    priority: Priority,
    active_interval: Interval,
    adverts: u8,
) -> Duration {
    let _ = (version, priority, active_interval, adverts);
    todo!()
}
