//! The machine behind every account: months of entries that can be made one by one.
//!
//! A month follows from the account's key alone, never from today, so an entry keeps its id, date and amount while the days go by.
//! Each month begins at a level that is known in advance, and its last entries bring the balance exactly to the next month's: so
//! the balance of any day is known without the months before it.

use crate::random::{Dice, digest};
use data_encoding::HEXLOWER;
use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

/// Days that a bank shows, today included.
pub(crate) const DAYS: i32 = 365;

/// A calendar month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Month {
    first: Date,
}

impl Month {
    /// The month of a day.
    pub(crate) fn of(day: Date) -> Self {
        Self {
            first: day.first_of_month(),
        }
    }

    /// The month after it.
    pub(crate) fn next(self) -> Self {
        Self {
            first: self.first.last_of_month().saturating_add(1.day()),
        }
    }

    /// Months since the year 2000.
    pub(crate) fn number(self) -> i64 {
        (i64::from(self.first.year()) - 2000) * 12 + i64::from(self.first.month()) - 1
    }

    /// Its days, in order.
    pub(crate) fn days(self) -> impl Iterator<Item = Date> {
        self.first.series(1.day()).take(self.first.days_in_month() as usize)
    }
}

/// One line of an account, in agorot. Money that goes out is negative.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Unique in the account.
    pub(crate) id: String,
    /// When it happened.
    pub(crate) date: Date,
    /// How much.
    pub(crate) agorot: i64,
    /// What the bank writes.
    pub(crate) description: String,
    /// Who is on the other side.
    pub(crate) counterparty: Option<String>,
    /// Days that it is shown as pending.
    settles: i32,
}

impl Entry {
    /// When it is booked.
    pub(crate) fn booked_on(&self) -> Date {
        self.date.saturating_add(self.settles.days())
    }

    /// Whether it has not been booked yet.
    pub(crate) fn is_pending(&self, today: Date) -> bool {
        self.booked_on() > today
    }
}

/// A month that is being written.
pub(crate) struct Diary {
    /// Which month.
    pub(crate) month: Month,
    entries: Vec<Entry>,
}

impl Diary {
    /// A line at once booked. It moves off a Saturday, when nothing is booked: a day on, or back at a month's end.
    pub(crate) fn book(&mut self, day: i8, agorot: i64, description: impl Into<String>, counterparty: Option<&str>) {
        let last = self.month.first.days_in_month();
        let date = self.month.first.saturating_add(i32::from(day.min(last) - 1).days());
        let date = match date.weekday() {
            Weekday::Saturday if date.day() == last => date.saturating_sub(1.day()),
            Weekday::Saturday => date.saturating_add(1.day()),
            _ => date,
        };
        self.add(date, agorot, description.into(), counterparty, 0);
    }

    /// A line of that very day that is booked some days later.
    pub(crate) fn spend(&mut self, date: Date, agorot: i64, description: impl Into<String>, counterparty: Option<&str>, dice: &mut Dice) {
        // What is bought before the Sabbath is booked after it.
        let settles = if date.weekday() == Weekday::Friday { 2 } else { dice.number(1..=2) };
        self.add(date, agorot, description.into(), counterparty, settles as i32);
    }

    /// A line that another account of the same person has too: what came in there left here. `later` is by how many days.
    pub(crate) fn mirror(&mut self, of: &Entry, later: i32, description: impl Into<String>, counterparty: Option<&str>) {
        self.add(
            of.date.saturating_add(later.days()),
            -of.agorot,
            description.into(),
            counterparty,
            0,
        );
    }

    fn add(&mut self, date: Date, agorot: i64, description: String, counterparty: Option<&str>, settles: i32) {
        if agorot == 0 {
            return;
        }
        self.entries.push(Entry {
            id: String::new(),
            date,
            agorot,
            description,
            counterparty: counterparty.map(str::to_owned),
            settles,
        });
    }

    fn sum(&self) -> i64 {
        self.entries.iter().map(|entry| entry.agorot).sum()
    }
}

/// What is particular to a kind of account.
pub(crate) trait Plan: Send + Sync {
    /// Balance at the month's beginning.
    fn level(&self, month: Month) -> i64;
    /// Everything of the month that does not depend on the rest.
    fn write(&self, diary: &mut Diary, dice: &mut Dice);
    /// Lines whose sum is `missing`, so that the month ends where the next begins.
    fn close(&self, diary: &mut Diary, missing: i64);
}

/// A year of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Year {
    /// First day that is shown.
    pub(crate) first: Date,
    /// Last day that is shown.
    pub(crate) today: Date,
    /// Balance before the first day.
    pub(crate) opening: i64,
    /// All lines, the newest first.
    pub(crate) entries: Vec<Entry>,
}

impl Year {
    /// Opening balance and everything booked.
    pub(crate) fn booked(&self) -> i64 {
        let booked = self.entries.iter().filter(|entry| !entry.is_pending(self.today));
        self.opening + booked.map(|entry| entry.agorot).sum::<i64>()
    }

    /// With what is pending.
    pub(crate) fn expected(&self) -> i64 {
        self.opening + self.entries.iter().map(|entry| entry.agorot).sum::<i64>()
    }
}

/// The entries of a month as they are written, without ids.
pub(crate) fn lines(key: &[u8; 32], plan: &dyn Plan, month: Month) -> Vec<Entry> {
    let number = month.number().to_be_bytes();
    let mut diary = Diary {
        month,
        entries: Vec::new(),
    };
    plan.write(&mut diary, &mut Dice::of(&[key, b"month", &number]));
    let missing = plan.level(month.next()) - plan.level(month) - diary.sum();
    plan.close(&mut diary, missing);
    diary.entries
}

/// The entries of a month, the oldest first.
fn month(key: &[u8; 32], plan: &dyn Plan, month: Month) -> Vec<Entry> {
    let number = month.number().to_be_bytes();
    let mut entries = lines(key, plan, month);
    for (place, entry) in entries.iter_mut().enumerate() {
        let id = digest(&[key, b"entry", &number, &(place as u64).to_be_bytes()]);
        entry.id = HEXLOWER.encode(&id[..8]);
    }
    entries.sort_by_key(|entry| entry.date);
    entries
}

/// The year that ends today.
pub(crate) fn year(key: &[u8; 32], plan: &dyn Plan, today: Date) -> Year {
    let first = today.saturating_sub((DAYS - 1).days());
    let mut opening = plan.level(Month::of(first));
    let mut entries = Vec::new();
    let mut at = Month::of(first);
    while at.first <= today {
        for entry in month(key, plan, at) {
            if entry.date < first {
                opening += entry.agorot;
            } else if entry.date <= today {
                entries.push(entry);
            }
        }
        at = at.next();
    }
    entries.reverse();
    Year {
        first,
        today,
        opening,
        entries,
    }
}
