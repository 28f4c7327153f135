//! When to try again.

use super::dialect::Dialect;
use gesher_domain::{Rng, Timestamp};
use http::header::RETRY_AFTER;
use http::{HeaderMap, HeaderValue};
use jiff::fmt::rfc2822::DateTimeParser;
use std::time::Duration;

/// Most time that an endpoint may ask us to wait.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);
/// Most tries that an operator may set.
const MOST: usize = 50;

/// The pauses between one try and the next. After the last one the event is given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule(Vec<Duration>);

impl Default for Schedule {
    /// Ten tries over 75.6 hours: at once, then after 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h and 24 h.
    fn default() -> Self {
        Self(
            [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400]
                .map(Duration::from_secs)
                .into(),
        )
    }
}

/// A schedule for each dialect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedules {
    native: Schedule,
    meld: Schedule,
}

impl Default for Schedules {
    fn default() -> Self {
        Self {
            native: Schedule::default(),
            meld: Schedule::melds(),
        }
    }
}

impl From<Schedule> for Schedules {
    /// The operator's, for all.
    fn from(schedule: Schedule) -> Self {
        Self {
            native: schedule.clone(),
            meld: schedule,
        }
    }
}

impl Schedules {
    /// That of a dialect.
    pub const fn of(&self, dialect: Dialect) -> &Schedule {
        match dialect {
            Dialect::Native => &self.native,
            Dialect::Meld => &self.meld,
        }
    }
}

/// A text is not a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a schedule is 1 to 49 numbers of seconds, apart by commas")]
pub struct ScheduleError;

impl Schedule {
    /// Meld's: a minute, doubled from pause to pause up to an hour, then every hour until three days are over (docs.meld.io, "Webhooks
    /// Retries").
    fn melds() -> Self {
        const MINUTE: Duration = Duration::from_secs(60);
        const HOUR: Duration = Duration::from_secs(60 * 60);
        let (mut pauses, mut whole, mut pause) = (Vec::new(), Duration::ZERO, MINUTE);
        while whole + pause <= HOUR * 72 {
            pauses.push(pause);
            whole += pause;
            pause = (pause * 2).min(HOUR);
        }
        Self(pauses)
    }

    /// Reads the pauses in seconds, apart by commas.
    ///
    /// # Errors
    /// [`ScheduleError`].
    pub fn parse(text: &str) -> Result<Self, ScheduleError> {
        let pauses: Result<Vec<_>, _> = text.split(',').map(|pause| pause.trim().parse().map(Duration::from_secs)).collect();
        let pauses = pauses.map_err(|_| ScheduleError)?;
        if pauses.is_empty() || pauses.len() >= MOST || pauses.iter().any(|pause| *pause > 30 * LONGEST) {
            return Err(ScheduleError);
        }
        Ok(Self(pauses))
    }

    /// How long to wait after the `tried`th try, the first being 1: the pause, a fifth more or less so that what failed together does
    /// not come back together, and at least as long as the endpoint asked for. Nothing after the last.
    pub fn pause(&self, tried: i64, asked: Option<Duration>, rng: &dyn Rng) -> Option<Duration> {
        let pause = *self.0.get(usize::try_from(tried.checked_sub(1)?).ok()?)?;
        let mut random = [0; 4];
        rng.fill(&mut random);
        let share = f64::from(u32::from_le_bytes(random)) / f64::from(u32::MAX);
        let pause = pause.mul_f64(0.8 + 0.4 * share);
        Some(pause.max(asked.unwrap_or_default().min(LONGEST)))
    }
}

/// What an answer's `Retry-After` asks for: seconds, or a date.
pub fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER).map(HeaderValue::to_str)?.ok()?.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than fit is longer than anybody waits.
        return Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX)));
    }
    let then = DateTimeParser::new().parse_timestamp(text).ok()?;
    Some(now.until(Timestamp(then.as_microsecond())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use gesher_domain::testing::SeededRng;

    #[test]
    fn ten_tries_over_75_hours_give_or_take_a_fifth() {
        let rng = SeededRng::new(1);
        let schedule = Schedule::default();
        let mut sums = Vec::new();
        for _ in 0..1_000 {
            let mut whole = Duration::ZERO;
            for tried in 1..=9 {
                let exact = schedule.0[usize::try_from(tried).unwrap() - 1];
                let pause = schedule.pause(tried, None, &rng).unwrap();
                assert!(pause >= exact.mul_f64(0.799) && pause <= exact.mul_f64(1.201), "{tried}: {pause:?}");
                whole += pause;
            }
            assert_eq!(schedule.pause(10, None, &rng), None);
            sums.push(whole.as_secs_f64() / 3600.0);
        }
        let (least, most) = sums
            .iter()
            .fold((f64::MAX, 0.0_f64), |(low, high), sum| (low.min(*sum), high.max(*sum)));
        assert!(least > 60.4 && most < 90.8 && most - least > 5.0, "{least} to {most}");
    }

    #[test]
    fn melds_doubles_from_a_minute_to_an_hour_and_ends_within_three_days() {
        let minutes: Vec<u64> = Schedule::melds().0.iter().map(|pause| pause.as_secs() / 60).collect();
        assert_eq!(minutes[..8], [1, 2, 4, 8, 16, 32, 60, 60]);
        assert!(minutes[8..].iter().all(|pause| *pause == 60));
        let whole: u64 = minutes.iter().sum();
        assert!(whole <= 72 * 60 && whole + 60 > 72 * 60, "{whole}");
        let schedules = Schedules::default();
        assert_ne!(schedules.of(Dialect::Native), schedules.of(Dialect::Meld));
        let own = Schedules::from(Schedule::parse("1").unwrap());
        assert_eq!(own.of(Dialect::Native), own.of(Dialect::Meld));
    }

    #[test]
    fn an_endpoint_may_ask_for_longer_but_not_for_ever_nor_for_sooner() {
        let rng = SeededRng::new(2);
        let schedule = Schedule::default();
        let after = |seconds| schedule.pause(1, Some(Duration::from_secs(seconds)), &rng).unwrap();
        assert_eq!(after(120), Duration::from_secs(120));
        assert_eq!(after(u64::MAX), LONGEST);
        assert!(after(0) >= Duration::from_secs(4));
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = Timestamp(1_795_176_000_000_000);
        let read = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, HeaderValue::from_str(text).unwrap());
            retry_after(&headers, now)
        };
        assert_eq!(read("120"), Some(Duration::from_secs(120)));
        assert_eq!(read("99999999999999999999"), Some(Duration::from_secs(u64::MAX)));
        assert_eq!(read("Fri, 20 Nov 2026 12:01:00 GMT"), Some(Duration::from_secs(60)));
        assert_eq!(read("Fri, 20 Nov 2020 12:01:00 GMT"), Some(Duration::ZERO));
        for nonsense in ["", "-1", "soon", "1.5", "Fri, 99 Nov 2026"] {
            assert_eq!(read(nonsense), None, "{nonsense}");
        }
        assert_eq!(retry_after(&HeaderMap::new(), now), None);
    }

    #[test]
    fn an_operators_schedule_is_read_or_refused() {
        assert_eq!(Schedule::parse("1, 2,3").unwrap().0.len(), 3);
        for nonsense in ["", "a", "1,,2", "-1", "1.5", "99999999999"] {
            assert_eq!(Schedule::parse(nonsense), Err(ScheduleError), "{nonsense}");
        }
        assert_eq!(Schedule::parse(&["1"; 50].join(",")), Err(ScheduleError));
    }
}
