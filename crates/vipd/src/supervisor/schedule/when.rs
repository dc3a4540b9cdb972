use std::str::FromStr;
use std::time::SystemTime;

use linux::civil::{Civil, Zone};

/// What stands in a `reload_time_file`, precisely as keepalived.conf(5) says: `HH:MM:SS`, `YY-MM-DD HH:MM:SS` or
/// `YYYY-MM-DD HH:MM:SS`, each with a `Z` at the end if it is UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct When {
    date: Option<[i32; 3]>,
    time: [i32; 3],
    zone: Zone,
}

/// Why there is no moment to wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoMoment {
    /// The day does not exist.
    Invalid,
    /// It is over.
    Past,
}

impl When {
    /// The moment that is meant: without a date, today or tomorrow.
    pub(super) fn next(self, now: SystemTime) -> Result<SystemTime, NoMoment> {
        let [hour, minute, second] = self.time;
        let [year, month, day] = self.date.unwrap_or_else(|| {
            let today = Civil::of(now, self.zone);
            [today.year, today.month, today.day]
        });
        let civil = Civil { year, month, day, hour, minute, second };
        let at = civil.moment(self.zone).ok_or(NoMoment::Past)?;
        let found = Civil::of(at, self.zone);
        if [found.year, found.month, found.day] != [year, month, day] {
            return Err(NoMoment::Invalid);
        }
        if at > now {
            return Ok(at);
        }
        let tomorrow = Civil { day: day + 1, ..civil };
        let next = if self.date.is_none() { tomorrow.moment(self.zone) } else { None };
        next.filter(|next| *next > now).ok_or(NoMoment::Past)
    }
}

impl FromStr for When {
    type Err = NoMoment;

    fn from_str(text: &str) -> Result<Self, NoMoment> {
        let (text, zone) = text.strip_suffix('Z').map_or((text, Zone::Local), |text| (text, Zone::Utc));
        let (date, time) = text.split_once(' ').map_or((None, text), |(date, time)| (Some(date), time));
        let date = date.map(date_of).transpose()?;
        let time = numbers(time, ':', [2; 3])
            .filter(|&[hour, minute, second]| hour < 24 && minute < 60 && second < 60);
        Ok(Self { date, time: time.ok_or(NoMoment::Invalid)?, zone })
    }
}

fn date_of(text: &str) -> Result<[i32; 3], NoMoment> {
    let long = numbers(text, '-', [4, 2, 2]);
    let short = || numbers(text, '-', [2; 3]).map(|[year, month, day]| [year + 2000, month, day]);
    long.or_else(short)
        .filter(|[_, month, day]| (1..=12).contains(month) && (1..=31).contains(day))
        .ok_or(NoMoment::Invalid)
}

/// Three numbers of so many digits each.
fn numbers(text: &str, separator: char, digits: [usize; 3]) -> Option<[i32; 3]> {
    let mut parts = text.split(separator);
    let mut numbers = [0; 3];
    for (number, digits) in numbers.iter_mut().zip(digits) {
        let part =
            parts.next().filter(|part| part.len() == digits && part.bytes().all(|b| b.is_ascii_digit()))?;
        *number = part.parse().ok()?;
    }
    parts.next().is_none().then_some(numbers)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::testing::then;

    /// From 2026-11-22 15:01:04 UTC.
    fn next(text: &str) -> Result<i64, NoMoment> {
        let at = text.parse::<When>()?.next(then())?;
        Ok(at.duration_since(then()).map_or(-1, |wait| i64::try_from(wait.as_secs()).unwrap()))
    }

    #[test]
    fn the_formats_of_the_manual_page() {
        assert_eq!(next("15:01:05Z"), Ok(1));
        assert_eq!(next("15:01:04Z"), Ok(86_400), "now is over: tomorrow");
        assert_eq!(next("15:01:03Z"), Ok(86_399));
        assert_eq!(next("26-11-22 16:01:04Z"), Ok(3600));
        assert_eq!(next("2026-12-01 15:01:04Z"), Ok(9 * 86_400));
        assert_eq!(next("2026-11-22 15:01:04Z"), Err(NoMoment::Past));
        assert_eq!(next("2025-11-22 15:01:05Z"), Err(NoMoment::Past));
    }

    #[test]
    fn nothing_but_these_formats() {
        for text in [
            "",
            "15:01",
            "15:01:5Z",
            "24:00:00Z",
            "15:60:00",
            " 15:01:05Z",
            "15:01:05Z ",
            "15:01:05 Z",
            "15:01:05z",
            "2026-11-22  15:01:05Z",
            "2026-02-30 15:01:05Z",
            "2026-13-01 00:00:00Z",
            "026-11-22 00:00:00",
            "26-11-00 00:00:00",
            "+1:01:05Z",
            "15:01:05:06",
        ] {
            assert_eq!(next(text), Err(NoMoment::Invalid), "{text:?}");
        }
    }

    #[test]
    fn the_last_day_of_a_month_has_a_tomorrow() {
        let now = "2027-02-28 12:00:00Z".parse::<When>().unwrap().next(then()).unwrap();
        let next = "11:00:00Z".parse::<When>().unwrap().next(now).unwrap();
        assert_eq!(next.duration_since(now).unwrap(), Duration::from_hours(23));
    }
}
