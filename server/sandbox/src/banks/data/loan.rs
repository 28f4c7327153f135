//! A loan: interest every month, and a payment that the current account makes. When it is paid back, the same person takes another.

use super::ledger::{Diary, Month, Plan};
use super::shops::shekels;
use crate::random::Dice;

/// What stays the same from month to month.
pub(crate) struct Loan {
    principal: i64,
    months: i64,
    /// Months by which its beginning is shifted, so that not all loans begin in one month.
    shift: i64,
    /// Yearly interest in hundredths of a percent.
    interest: i64,
    day: i8,
}

impl Loan {
    /// The loan behind an account.
    pub(crate) fn of(key: [u8; 32]) -> Self {
        let dice = &mut Dice::of(&[&key, b"loan"]);
        let months = dice.pick(&[36, 60, 120]);
        Self {
            principal: shekels(dice.number(20..=180) * 1_000),
            months,
            shift: dice.number(0..=months - 1),
            interest: dice.number(310..=690),
            day: dice.pick(&[1, 10, 15]),
        }
    }
}

impl Plan for Loan {
    /// What is owed, so below zero.
    fn level(&self, month: Month) -> i64 {
        let paid = (month.number() + self.shift).rem_euclid(self.months);
        -(self.principal * (self.months - paid) / self.months)
    }

    fn write(&self, diary: &mut Diary, _: &mut Dice) {
        diary.book(self.day, self.level(diary.month) * self.interest / 120_000, "ריבית", None);
    }

    fn close(&self, diary: &mut Diary, missing: i64) {
        let name = if missing > 0 {
            "תשלום חודשי"
        } else {
            "העמדת הלוואה"
        };
        diary.book(self.day, missing, name, Some("עובר ושב"));
    }
}
