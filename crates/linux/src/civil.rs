//! The time of day as people write it, here or in UTC.
#![allow(unsafe_code, reason = "only the C library knows the rules of the local time zone")]

use std::mem::MaybeUninit;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A date and a time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Civil {
    /// With the century.
    pub year: i32,
    /// 1 to 12.
    pub month: i32,
    /// 1 to 31; one more than the month has is the next month's first.
    pub day: i32,
    /// 0 to 23.
    pub hour: i32,
    /// 0 to 59.
    pub minute: i32,
    /// 0 to 59.
    pub second: i32,
}

/// Where a time holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Zone {
    /// The one of this process (`TZ`, /etc/localtime).
    Local,
    /// UTC.
    Utc,
}

impl Civil {
    /// How people there write a moment.
    pub fn of(at: SystemTime, zone: Zone) -> Self {
        let seconds = at.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let seconds = libc::time_t::try_from(seconds).unwrap_or(libc::time_t::MAX);
        let mut tm = MaybeUninit::<libc::tm>::zeroed();
        // SAFETY: both arguments are valid; the function writes a whole `tm`, or leaves the zeros, which are one too.
        let tm = unsafe {
            match zone {
                Zone::Local => libc::localtime_r(&raw const seconds, tm.as_mut_ptr()),
                Zone::Utc => libc::gmtime_r(&raw const seconds, tm.as_mut_ptr()),
            };
            tm.assume_init()
        };
        Self {
            year: tm.tm_year + 1900,
            month: tm.tm_mon + 1,
            day: tm.tm_mday,
            hour: tm.tm_hour,
            minute: tm.tm_min,
            second: tm.tm_sec,
        }
    }

    /// The moment; `None` before 1970. Of two that are written alike when clocks are set back, one of them; one that is left
    /// out when clocks are set forward is an hour off.
    pub fn moment(self, zone: Zone) -> Option<SystemTime> {
        // SAFETY: an all-zero `tm` is a valid one (its zone name is a null pointer, which is not followed).
        let mut tm: libc::tm = unsafe { MaybeUninit::zeroed().assume_init() };
        tm.tm_year = self.year - 1900;
        tm.tm_mon = self.month - 1;
        tm.tm_mday = self.day;
        tm.tm_hour = self.hour;
        tm.tm_min = self.minute;
        tm.tm_sec = self.second;
        // The library shall find out itself.
        tm.tm_isdst = -1;
        // SAFETY: `tm` is valid and ours.
        let seconds = unsafe {
            match zone {
                Zone::Local => libc::mktime(&raw mut tm),
                Zone::Utc => libc::timegm(&raw mut tm),
            }
        };
        u64::try_from(seconds).ok().map(|seconds| UNIX_EPOCH + Duration::from_secs(seconds))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `date -u -d @1795359664`.
    #[test]
    fn a_moment_in_utc_and_back() {
        let at = UNIX_EPOCH + Duration::from_secs(1_795_359_664);
        let civil = Civil { year: 2026, month: 11, day: 22, hour: 15, minute: 1, second: 4 };
        assert_eq!(Civil::of(at, Zone::Utc), civil);
        assert_eq!(civil.moment(Zone::Utc), Some(at));
        let thirty_first = Civil { day: 31, ..civil };
        let first = Civil { month: 12, day: 1, ..civil };
        assert_eq!(thirty_first.moment(Zone::Utc), first.moment(Zone::Utc));
        assert_eq!(Civil { year: 1960, ..civil }.moment(Zone::Utc), None);
    }

    #[test]
    fn a_moment_here_and_back() {
        // A summer and a winter day at noon: no zone changes its clocks then.
        for seconds in [1_795_348_800, 1_781_524_800] {
            let at = UNIX_EPOCH + Duration::from_secs(seconds);
            assert_eq!(Civil::of(at, Zone::Local).moment(Zone::Local), Some(at));
        }
    }
}
