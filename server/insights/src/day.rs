//! Days of the calendar, without a clock.

use std::fmt;

/// A day of the Gregorian calendar, from 0001-01-01 to 9999-12-31.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i32);

const FIRST: i32 = -719_162;
const LAST: i32 = 2_932_896;

/// Days before 1970-01-01, counted in eras of 400 years that begin in March, so that the leap day is a year's last.
fn number(year: i32, month: i32, day: i32) -> i32 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

fn length(year: i32, month: i32) -> i32 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl Day {
    /// The day that `YYYY-MM-DD` names, if it names one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
            return None;
        }
        let digits = |from: usize, to: usize| {
            bytes[from..to]
                .iter()
                .try_fold(0, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + i32::from(byte - b'0')))
        };
        let (year, month, day) = (digits(0, 4)?, digits(5, 7)?, digits(8, 10)?);
        let holds = year >= 1 && (1..=12).contains(&month) && day >= 1 && day <= length(year, month);
        holds.then(|| Self(number(year, month, day)))
    }

    /// Days from the other one to this one.
    #[must_use]
    pub fn since(self, other: Self) -> i32 {
        self.0 - other.0
    }

    /// So many days later, or earlier; the calendar's end at most.
    #[must_use]
    pub fn plus(self, days: i32) -> Self {
        Self(self.0.saturating_add(days).clamp(FIRST, LAST))
    }

    /// Year, month and day of the month.
    pub(crate) fn parts(self) -> (i32, i32, i32) {
        let days = self.0 + 719_468;
        let era = days.div_euclid(146_097);
        let of_era = days.rem_euclid(146_097);
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * of_year + 2) / 153;
        let day = of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = (month_from_march + 2) % 12 + 1;
        let year = year_of_era + era * 400 + i32::from(month <= 2);
        (year, month, day)
    }

    /// The `day` of the month that is so many months later; the month's last where it has no such day.
    pub(crate) fn in_month(self, months: i32, day: i32) -> Self {
        let (year, month, _) = self.parts();
        let at = year * 12 + month - 1 + months;
        let (year, month) = (at.div_euclid(12), at.rem_euclid(12) + 1);
        Self(number(year, month, day.clamp(1, length(year, month))).clamp(FIRST, LAST))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.parts();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_calendar_is_the_known_one() {
        assert_eq!(Day::parse("1970-01-01"), Some(Day(0)));
        assert_eq!(Day::parse("0001-01-01"), Some(Day(FIRST)));
        assert_eq!(Day::parse("9999-12-31"), Some(Day(LAST)));
        assert_eq!(Day::parse("2000-03-01").map(|day| day.0), Some(11_017));
        for wrong in ["2026-02-29", "2026-13-01", "2026-1-01", "2026-00-10", "20260101", "", "2026-01-0א"] {
            assert_eq!(Day::parse(wrong), None, "{wrong}");
        }
        let last = Day::parse("2026-01-31").expect("a day");
        assert_eq!(last.in_month(1, 31).to_string(), "2026-02-28");
        assert_eq!(last.in_month(-14, 30).to_string(), "2024-11-30");
        assert_eq!(last.plus(i32::MAX).to_string(), "9999-12-31");
    }

    proptest! {
        #[test]
        fn a_day_reads_back_and_the_next_one_is_the_next(number in FIRST..LAST) {
            let day = Day(number);
            prop_assert_eq!(Day::parse(&day.to_string()), Some(day));
            prop_assert!(day.plus(1).to_string() > day.to_string());
        }
    }
}
