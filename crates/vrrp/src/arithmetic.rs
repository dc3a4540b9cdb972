use std::time::Duration;

use types::{Interval, Priority, Version};

use crate::Params;

/// `Skew_Time`: version 2 (256 - priority) / 256 s (RFC 3768 section 6.1), version 3 the same share of the
/// Active router's interval (RFC 9568 section 6.1). Exact to the nanosecond, rounded down.
pub fn skew_time(version: Version, priority: Priority, active_interval: Interval) -> Duration {
    let whole = match version {
        Version::V2 => Duration::from_secs(1),
        Version::V3 => active_interval.as_duration(),
    };
    // At most 256 * 255 s in nanoseconds: far below the end of `Duration`.
    whole * (256 - u32::from(priority.0)) / 256
}

/// `Active_Down_Interval`: `adverts` intervals and one skew time.
pub fn master_down_interval(
    version: Version,
    priority: Priority,
    active_interval: Interval,
    adverts: u8,
) -> Duration {
    active_interval.as_duration() * u32::from(adverts) + skew_time(version, priority, active_interval)
}

/// The effective priority under new parameters: what tracking added to the old configured priority stays added.
pub(crate) fn moved_priority(old: &Params, effective: Priority, new: &Params) -> Priority {
    if old.base_priority.is_owner() || new.base_priority.is_owner() {
        return new.base_priority;
    }
    let raised = effective.0.saturating_sub(old.base_priority.0);
    let lowered = old.base_priority.0.saturating_sub(effective.0);
    below_owner(new.base_priority.0.saturating_add(raised).saturating_sub(lowered))
}

/// 254 is the most that anybody but the owner may advertise, 1 the least that is not a resignation.
pub(crate) fn below_owner(priority: u8) -> Priority {
    Priority(priority.clamp(1, 254))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn centis(centis: u16) -> Interval {
        Interval::from_centis(centis).unwrap()
    }

    #[test]
    fn skew_time_in_literal_nanoseconds() {
        let rows = [
            // A keepalived 2.2.7 backup of priority 100 took over 0.609 s after priority 0.
            (Version::V2, 100, 100, 609_375_000),
            // Version 2 skews by seconds, whatever the interval (RFC 3768 section 6.1).
            (Version::V2, 100, 25_500, 609_375_000),
            (Version::V2, 255, 100, 3_906_250),
            (Version::V2, 1, 100, 996_093_750),
            // Version 3 skews by a share of the interval (RFC 9568 section 6.1).
            (Version::V3, 100, 100, 609_375_000),
            (Version::V3, 100, 50, 304_687_500),
            (Version::V3, 10, 1, 9_609_375),
            (Version::V3, 254, 4095, 319_921_875),
            // 10 ms / 256 = 39,062.5 ns: rounded down.
            (Version::V3, 255, 1, 39_062),
        ];
        for (version, priority, interval, nanos) in rows {
            assert_eq!(
                skew_time(version, Priority(priority), centis(interval)),
                Duration::from_nanos(nanos),
                "version {version}, priority {priority}, {interval} cs"
            );
        }
    }

    #[test]
    fn master_down_interval_in_literal_nanoseconds() {
        let rows = [
            // Observed with keepalived 2.2.7, to its microsecond: 3.609375, 1.804687, 3.542968 s.
            (Version::V2, 100, 100, 3, 3_609_375_000),
            (Version::V3, 100, 50, 3, 1_804_687_500),
            (Version::V2, 117, 100, 3, 3_542_968_750),
            (Version::V3, 10, 1, 3, 39_609_375),
            (Version::V2, 255, 100, 3, 3_003_906_250),
            (Version::V2, 100, 100, 1, 1_609_375_000),
            (Version::V2, 1, 25_500, 100, 25_500_996_093_750),
            (Version::V3, 1, 4095, 100, 4_135_790_039_062),
        ];
        for (version, priority, interval, adverts, nanos) in rows {
            assert_eq!(
                master_down_interval(version, Priority(priority), centis(interval), adverts),
                Duration::from_nanos(nanos),
                "version {version}, priority {priority}, {interval} cs, {adverts} adverts"
            );
        }
    }
}
