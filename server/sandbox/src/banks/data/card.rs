//! A payment card: purchases, and once a month the bank pays the debt.

use super::ledger::{Diary, Month, Plan};
use super::shops::{self, shekels};
use crate::random::Dice;
use jiff::civil::Weekday;

/// What stays the same from month to month.
pub(crate) struct Card {
    key: [u8; 32],
    debt: i64,
    day: i8,
    subscriptions: Vec<(&'static str, i64)>,
}

/// What a card's account writes when the bank has paid the month.
pub(crate) const BILL: &str = "חיוב חודשי בחשבון הבנק";

const SUBSCRIPTIONS: [(&str, i64); 6] = [
    ("מוזיקה ללא הגבלה", 2_190),
    ("אחסון בענן", 1_190),
    ("חדר כושר הרובע", 22_900),
    ("עיתון יומי דיגיטלי", 4_990),
    ("תרומה חודשית - עמותת יד לחבר", 5_000),
    ("מנוי קולנוע", 5_990),
];

impl Card {
    /// The card behind an account.
    pub(crate) fn of(key: [u8; 32]) -> Self {
        let dice = &mut Dice::of(&[&key, b"card"]);
        Self {
            key,
            debt: shekels(dice.number(1_800..=4_200)),
            day: dice.pick(&[2, 10, 15]),
            subscriptions: SUBSCRIPTIONS.into_iter().filter(|_| dice.percent(50)).collect(),
        }
    }
}

impl Plan for Card {
    fn level(&self, month: Month) -> i64 {
        Dice::of(&[&self.key, b"level", &month.number().to_be_bytes()]).number(-60_000..=60_000) - self.debt
    }

    fn write(&self, diary: &mut Diary, dice: &mut Dice) {
        for (place, (name, amount)) in self.subscriptions.iter().enumerate() {
            diary.book(5 + place as i8 * 4, -amount, *name, Some(name));
        }
        for day in diary.month.days() {
            let (purchases, shops) = match day.weekday() {
                Weekday::Saturday => (i64::from(dice.percent(30)), &shops::ON_SATURDAY[..]),
                Weekday::Friday => (dice.number(1..=3), &shops::DAILY[..]),
                _ => (dice.number(1..=2), &shops::DAILY[..]),
            };
            for _ in 0..purchases {
                shops::buy(diary, day, shops, dice);
            }
            if dice.percent(2) {
                let (name, amount) = shops::choose(shops, dice);
                diary.spend(day, amount, format!("זיכוי - {name}"), Some(name), dice);
            }
        }
    }

    fn close(&self, diary: &mut Diary, missing: i64) {
        diary.book(self.day, missing, BILL, Some("הבנק שלך"));
    }
}
