//! A portfolio of securities at a broker, which is revalued on every day of trading.

use super::ledger::{Diary, Month, Plan};
use super::shops::shekels;
use crate::random::Dice;
use jiff::civil::Weekday;

/// The month from which balances are counted: January 2020.
const START: i64 = 240;

/// A portfolio.
pub(crate) struct Portfolio {
    key: [u8; 32],
    start: i64,
    growth: i64,
    day: i8,
}

impl Portfolio {
    /// The portfolio behind an account.
    pub(crate) fn of(key: [u8; 32]) -> Self {
        let dice = &mut Dice::of(&[&key, b"portfolio"]);
        Self {
            key,
            start: shekels(dice.number(20_000..=180_000)),
            growth: shekels(dice.number(800..=3_000)),
            day: dice.pick(&[3, 10, 17]),
        }
    }
}

impl Plan for Portfolio {
    fn level(&self, month: Month) -> i64 {
        let noise = Dice::of(&[&self.key, b"level", &month.number().to_be_bytes()]).number(-150_000..=150_000);
        self.start + self.growth * (month.number() - START).max(0) + noise
    }

    fn write(&self, diary: &mut Diary, dice: &mut Dice) {
        let level = self.level(diary.month);
        for day in diary.month.days() {
            match day.weekday() {
                // Markets are closed.
                Weekday::Friday | Weekday::Saturday => {}
                _ => {
                    let change = level * dice.number(-60..=64) / 10_000;
                    let change = if change == 0 { 100 } else { change };
                    diary.spend(day, change, "שערוך יומי של התיק", None, dice);
                    if dice.percent(40) {
                        let fee = dice.number(8..=60) * 100 + dice.number(0..=99);
                        diary.spend(day, -fee, "עמלת קנייה ומכירה", None, dice);
                    }
                }
            }
        }
        diary.book(28, -level / 12_000, "דמי משמרת", None);
        if dice.percent(40) {
            let dividend = level * dice.number(20..=60) / 10_000;
            diary.book(15, dividend, "דיבידנד", Some("הבורסה לניירות ערך"));
            diary.book(15, -dividend / 4, "ניכוי מס במקור על דיבידנד", Some("רשות המסים"));
        }
    }

    fn close(&self, diary: &mut Diary, missing: i64) {
        let name = if missing > 0 {
            "הפקדה לתיק"
        } else {
            "משיכה מהתיק"
        };
        diary.book(self.day, missing, name, Some("עובר ושב"));
    }
}
