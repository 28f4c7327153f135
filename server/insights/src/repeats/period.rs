//! Periods, and whether lines keep to one.

use super::Line;
use crate::category::Comes;
use crate::day::Day;
use rust_decimal::Decimal;
use std::collections::BTreeMap;

/// How often something comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Period {
    /// Every seven days.
    Weekly,
    /// Every fourteen.
    Fortnightly,
    /// Every month.
    Monthly,
    /// Every second month, as Israeli bills.
    TwoMonthly,
    /// Every third month.
    Quarterly,
    /// Every year.
    Yearly,
}

/// Days of a month, in hundredths.
const MONTH: i32 = 3_044;

impl Period {
    /// All, the shortest first.
    pub const ALL: [Self; 6] = [
        Self::Weekly,
        Self::Fortnightly,
        Self::Monthly,
        Self::TwoMonthly,
        Self::Quarterly,
        Self::Yearly,
    ];

    /// Its name: `two_monthly`.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Weekly => "weekly",
            Self::Fortnightly => "fortnightly",
            Self::Monthly => "monthly",
            Self::TwoMonthly => "two_monthly",
            Self::Quarterly => "quarterly",
            Self::Yearly => "yearly",
        }
    }

    /// The period with this name.
    #[must_use]
    pub fn parse(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|period| period.id() == id)
    }

    fn months(self) -> Option<i32> {
        match self {
            Self::Weekly | Self::Fortnightly => None,
            Self::Monthly => Some(1),
            Self::TwoMonthly => Some(2),
            Self::Quarterly => Some(3),
            Self::Yearly => Some(12),
        }
    }

    /// Its length so many times over, in days.
    pub(super) fn days(self, times: i32) -> i32 {
        let hundredths = match self {
            Self::Weekly => 700,
            Self::Fortnightly => 1_400,
            _ => self.months().unwrap_or(1) * MONTH,
        };
        (hundredths * times + 50) / 100
    }

    /// How many days a line may be early or late: a Sabbath or feast, a bill that is written when it is.
    pub(super) fn slack(self) -> i32 {
        match self {
            Self::Weekly => 1,
            Self::Fortnightly => 2,
            Self::Monthly => 5,
            Self::TwoMonthly => 7,
            Self::Quarterly => 9,
            Self::Yearly => 15,
        }
    }

    /// How many periods a gap is: one, or two where one was left out.
    fn steps(self, gap: i32) -> Option<i32> {
        (1..=2).find(|&times| (gap - self.days(times)).abs() <= self.slack())
    }

    /// When the next one comes after these, as seen on a day.
    pub(super) fn next(self, dates: &[Day], today: Day) -> Option<Day> {
        let last = *dates.last()?;
        let nth = |times: i32| match self.months() {
            None => last.plus(self.days(times)),
            Some(months) => {
                // Of the days around, the one that has the day of the month on which it usually comes.
                let usual = usual_day(dates);
                let about = |shift: i32| last.in_month(months * times + shift, usual);
                let exact = last.in_month(months * times, last.parts().2);
                [-1, 0, 1]
                    .map(about)
                    .into_iter()
                    .min_by_key(|day| day.since(exact).abs())
                    .unwrap_or(exact)
            }
        };
        (1..=2).map(nth).find(|day| *day > last && today.since(*day) <= self.slack())
    }
}

/// The day of the month on which most are; of several the latest.
fn usual_day(dates: &[Day]) -> i32 {
    let mut counts: BTreeMap<i32, usize> = BTreeMap::new();
    for date in dates {
        *counts.entry(date.parts().2).or_default() += 1;
    }
    counts
        .into_iter()
        .max_by_key(|&(day, count)| (count, day))
        .map_or(1, |(day, _)| day)
}

/// `part` of a hundred of an amount.
fn percent(amount: Decimal, part: i64) -> Decimal {
    amount.checked_mul(Decimal::new(part, 2)).unwrap_or(Decimal::MAX)
}

/// Whether two amounts differ by no more than `part` of a hundred of the larger.
pub(super) fn alike(one: Decimal, other: Decimal, part: i64) -> bool {
    let apart = one.checked_sub(other).map(|apart| apart.abs());
    apart.is_some_and(|apart| apart <= percent(one.max(other), part))
}

/// Whether amounts are alike enough for what the lines are about.
fn even(lines: &[Line]) -> bool {
    let mut amounts: Vec<Decimal> = lines.iter().map(|line| line.amount).collect();
    amounts.sort_unstable();
    let Some(&middle) = amounts.get(amounts.len() / 2) else {
        return false;
    };
    let steps = |part: i64| lines.windows(2).all(|pair| alike(pair[0].amount, pair[1].amount, part));
    let trebles = || {
        amounts
            .iter()
            .all(|&amount| amount <= percent(middle, 300) && percent(amount, 300) >= middle)
    };
    match loosest(lines) {
        Comes::Bill => trebles(),
        // The fewer they are, the more of it may be chance.
        Comes::Even if lines.len() > 5 => trebles(),
        Comes::Even => steps(if lines.len() > 3 { 30 } else { 10 }),
        Comes::Rare => lines.len() > 3 && steps(3),
    }
}

/// Lines that say the same are about the same, but for what their sign or account has to do with it.
fn loosest(lines: &[Line]) -> Comes {
    lines.first().map_or(Comes::Rare, |line| line.comes)
}

/// The period that these lines keep to, which are in the order of their days.
pub(super) fn of(lines: &[Line]) -> Option<Period> {
    if lines.len() < 2 || !even(lines) {
        return None;
    }
    Period::ALL.into_iter().find(|&period| {
        if lines.len() == 2 && (period != Period::Yearly || loosest(lines) == Comes::Rare) {
            return false;
        }
        let steps: Option<Vec<i32>> = lines
            .windows(2)
            .map(|pair| period.steps(pair[1].date.since(pair[0].date)))
            .collect();
        steps.is_some_and(|steps| {
            let missed = steps.iter().filter(|&&step| step == 2).count();
            missed * 4 <= steps.len() && steps.windows(2).all(|pair| pair != [2, 2])
        })
    })
}
