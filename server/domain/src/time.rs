//! Points in time: microseconds since 1970, UTC, as the store keeps them.

use serde::{Deserialize, Serialize};
use std::{fmt, time::Duration};

/// Microseconds in a second.
const SECOND: i64 = 1_000_000;
/// Seconds in a day.
const DAY: i64 = 86_400;

/// Where the time comes from.
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> Timestamp;
}

/// A point in time: microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// RFC 3339, UTC, to the millisecond: `2026-11-20T08:15:00.000Z`.
    pub fn rfc3339(self) -> String {
        let seconds = self.0.div_euclid(SECOND);
        let millis = self.0.rem_euclid(SECOND) / 1_000;
        let second_of_day = seconds.rem_euclid(DAY);
        let (year, month, day) = civil(seconds.div_euclid(DAY));
        format!(
            "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{millis:03}Z",
            second_of_day / 3_600,
            second_of_day / 60 % 60,
            second_of_day % 60
        )
    }

    /// This much later; the last representable point when that is past the end.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)))
    }

    /// How long until `later`; nothing when it is not later.
    pub fn until(self, later: Self) -> Duration {
        Duration::from_micros(u64::try_from(later.0.saturating_sub(self.0)).unwrap_or(0))
    }

    /// Whole milliseconds since 1970; 0 for a point before it.
    pub fn millis(self) -> u64 {
        u64::try_from(self.0.div_euclid(1_000)).unwrap_or(0)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rfc3339())
    }
}

/// Year, month and day of a day number, day 0 being 1970-01-01. Counts in eras of 400 years that begin on a 1 March,
/// so that the leap day is the last day of its year.
fn civil(day_number: i64) -> (i64, i64, i64) {
    let from_march_of_year_0 = day_number + 719_468;
    let era = from_march_of_year_0.div_euclid(146_097);
    let day_of_era = from_march_of_year_0.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_points_are_written_as_everybody_writes_them() {
        assert_eq!(Timestamp(0).rfc3339(), "1970-01-01T00:00:00.000Z");
        assert_eq!(Timestamp(-1).rfc3339(), "1969-12-31T23:59:59.999Z");
        assert_eq!(Timestamp(951_782_399_999_999).rfc3339(), "2000-02-28T23:59:59.999Z");
        assert_eq!(Timestamp(951_782_400_000_000).rfc3339(), "2000-02-29T00:00:00.000Z");
        assert_eq!(Timestamp(1_709_251_199_123_456).rfc3339(), "2024-02-29T23:59:59.123Z");
        assert_eq!(Timestamp(4_107_542_400_000_000).rfc3339(), "2100-03-01T00:00:00.000Z");
    }

    #[test]
    fn every_day_follows_the_one_before() {
        let mut before = civil(-1_000);
        for number in -999..80_000 {
            let (year, month, day) = civil(number);
            let follows = match before {
                (y, m, d) if (y, m) == (year, month) => day == d + 1,
                (y, 12, 31) => (year, month, day) == (y + 1, 1, 1),
                (y, m, d) => (year, month, day) == (y, m + 1, 1) && (28..=31).contains(&d),
            };
            assert!(follows, "{before:?} then {:?}", (year, month, day));
            before = (year, month, day);
        }
    }

    #[test]
    fn adding_stops_at_the_end_of_time() {
        assert_eq!(Timestamp(5).plus(Duration::from_secs(1)), Timestamp(1_000_005));
        assert_eq!(Timestamp(i64::MAX - 1).plus(Duration::from_secs(1)), Timestamp(i64::MAX));
        assert_eq!(Timestamp(1_000_000).until(Timestamp(3_000_000)), Duration::from_secs(2));
        assert_eq!(Timestamp(3_000_000).until(Timestamp(1_000_000)), Duration::ZERO);
    }
}
