//! Savings at a bank, which grow by what purchases are rounded up to, and policies at an insurer, which are revalued daily.

use super::ledger::{Diary, Month, Plan};
use super::shops::shekels;
use crate::random::Dice;
use jiff::civil::Weekday;

/// What a savings account writes of money that comes from the current account, and that goes back to it.
pub(crate) const PAID_IN: &str = "הוראת קבע - הפקדה לחיסכון";
pub(crate) const DRAWN: [&str; 2] = ["משיכה מחיסכון", "משיכה מחיסכון לעובר ושב"];

/// The month from which balances are counted: January 2020.
const START: i64 = 240;

/// A savings account.
pub(crate) struct Savings {
    key: [u8; 32],
    start: i64,
    growth: i64,
    day: i8,
}

impl Savings {
    /// The savings behind an account.
    pub(crate) fn of(key: [u8; 32]) -> Self {
        let dice = &mut Dice::of(&[&key, b"savings"]);
        Self {
            key,
            start: shekels(dice.number(8_000..=60_000)),
            growth: shekels(dice.number(900..=2_400)),
            day: dice.pick(&[2, 11, 16]),
        }
    }
}

impl Plan for Savings {
    fn level(&self, month: Month) -> i64 {
        let noise = Dice::of(&[&self.key, b"level", &month.number().to_be_bytes()]).number(-20_000..=20_000);
        self.start + self.growth * (month.number() - START).max(0) + noise
    }

    fn write(&self, diary: &mut Diary, dice: &mut Dice) {
        for day in diary.month.days() {
            let times = match day.weekday() {
                Weekday::Saturday => i64::from(dice.percent(20)),
                Weekday::Friday => dice.number(1..=2),
                _ => 1 + i64::from(dice.percent(25)),
            };
            for _ in 0..times {
                diary.spend(day, dice.number(10..=490), "עיגול קנייה לחיסכון", Some("עובר ושב"), dice);
            }
        }
        let interest = self.level(diary.month) * dice.number(24..=31) / 12_000;
        diary.book(31, interest, "ריבית זכות", None);
        diary.book(31, -interest * 15 / 100, "ניכוי מס במקור על ריבית", Some("רשות המסים"));
        if dice.percent(15) {
            diary.book(24, -shekels(dice.number(3..=15) * 100), DRAWN[1], Some("עובר ושב"));
        }
    }

    fn close(&self, diary: &mut Diary, missing: i64) {
        let name = if missing > 0 { PAID_IN } else { DRAWN[0] };
        diary.book(self.day, missing, name, Some("עובר ושב"));
    }
}

/// A pension, study-fund or savings policy.
pub(crate) struct Policy {
    key: [u8; 32],
    start: i64,
    salary: i64,
}

impl Policy {
    /// The policy behind an account.
    pub(crate) fn of(key: [u8; 32]) -> Self {
        let dice = &mut Dice::of(&[&key, b"policy"]);
        Self {
            key,
            start: shekels(dice.number(40_000..=220_000)),
            salary: shekels(dice.number(9_000..=19_000)),
        }
    }

    fn paid_in(&self) -> [(&'static str, i64); 3] {
        [
            ("הפקדת עובד", self.salary * 60 / 1_000),
            ("הפקדת מעסיק", self.salary * 65 / 1_000),
            ("הפקדה לפיצויים", self.salary * 83 / 1_000),
        ]
    }
}

impl Plan for Policy {
    fn level(&self, month: Month) -> i64 {
        let months = (month.number() - START).max(0);
        let paid: i64 = self.paid_in().iter().map(|(_, amount)| amount).sum();
        let noise = Dice::of(&[&self.key, b"level", &month.number().to_be_bytes()]).number(-150_000..=150_000);
        self.start + (paid + paid / 6) * months + noise
    }

    fn write(&self, diary: &mut Diary, dice: &mut Dice) {
        let level = self.level(diary.month);
        for (name, amount) in self.paid_in() {
            diary.book(11, amount, name, Some("המעסיק"));
        }
        diary.book(12, -self.salary * 208 / 1_000 * 2 / 100, "דמי ניהול מהפקדה", None);
        diary.book(27, -level / 5_000, "דמי ניהול מצבירה", None);
        diary.book(12, -self.salary * 9 / 1_000, "עלות כיסוי ביטוחי", None);
        for day in diary.month.days() {
            match day.weekday() {
                // Markets are closed.
                Weekday::Friday | Weekday::Saturday => {}
                _ => {
                    let change = level * dice.number(-22..=24) / 100_000;
                    let change = if change == 0 { 100 } else { change };
                    diary.spend(day, change, "שערוך יומי - רווחי השקעה", None, dice);
                }
            }
        }
    }

    fn close(&self, diary: &mut Diary, missing: i64) {
        diary.book(31, missing, "שערוך סוף חודש", None);
    }
}
