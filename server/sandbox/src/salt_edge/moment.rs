//! A point of time, as the injected clock tells it.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

const SECOND: i64 = 1_000_000;
/// Seconds of a day.
pub(super) const DAY: i64 = 86_400;

/// Microseconds since the epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Moment(pub(super) i64);

impl Moment {
    /// So many seconds later.
    pub(super) fn after(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(SECOND)))
    }

    /// Seconds since the epoch.
    pub(super) fn second(self) -> i64 {
        self.0.div_euclid(SECOND)
    }

    /// The day in UTC.
    pub(super) fn date(self) -> Date {
        let stamp = Timestamp::from_microsecond(self.0).unwrap_or(Timestamp::UNIX_EPOCH);
        stamp.to_zoned(TimeZone::UTC).date()
    }

    /// As the interface writes it: `2021-09-14T18:04:48Z`.
    pub(super) fn stamp(self) -> String {
        Timestamp::from_second(self.second()).unwrap_or(Timestamp::UNIX_EPOCH).to_string()
    }
}
