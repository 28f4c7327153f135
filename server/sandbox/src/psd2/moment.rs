//! A point of time, as the injected clock tells it.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

const SECOND: i64 = 1_000_000;

/// Microseconds since the epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(pub(crate) i64);

impl Moment {
    /// So many seconds later.
    pub(crate) fn after(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds * SECOND))
    }

    /// In RFC 3339, in UTC.
    pub(crate) fn stamp(self) -> String {
        Timestamp::from_microsecond(self.0).unwrap_or(Timestamp::UNIX_EPOCH).to_string()
    }

    /// The day in UTC.
    pub(crate) fn date(self) -> Date {
        let stamp = Timestamp::from_microsecond(self.0).unwrap_or(Timestamp::UNIX_EPOCH);
        stamp.to_zoned(TimeZone::UTC).date()
    }
}
