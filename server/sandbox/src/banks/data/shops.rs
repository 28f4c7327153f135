//! Where people spend money, and how much. The merchants are invented.

use super::ledger::Diary;
use crate::random::Dice;
use jiff::civil::Date;

/// A merchant: name, the least and the most spent there in shekels, and how often compared with others.
pub(crate) type Shop = (&'static str, i64, i64, usize);

/// On any day.
pub(crate) static DAILY: [Shop; 24] = [
    ("סופר הכיכר", 45, 420, 6),
    ("מרכול השכונה", 18, 160, 5),
    ("שוק הירקות", 20, 140, 4),
    ("מאפיית הבוקר", 12, 52, 4),
    ("קפה הפינה", 14, 62, 5),
    ("קפה נמל", 16, 74, 3),
    ("תחנת דלק הצומת", 120, 320, 2),
    ("תחנת דלק כביש 6", 130, 340, 1),
    ("בית מרקחת הדר", 18, 165, 2),
    ("רכבת ואוטובוס - טעינת נסיעה", 8, 60, 4),
    ("חניון המרכז", 8, 38, 2),
    ("פלאפל הזהב", 24, 68, 3),
    ("פיצה סביון", 48, 145, 2),
    ("מסעדת הגפן", 95, 330, 1),
    ("חומוס אליהו", 32, 88, 2),
    ("חנות ספרים הסיפור", 39, 180, 1),
    ("הלבשה דפנה", 59, 340, 1),
    ("כל לבית", 25, 260, 1),
    ("קיוסק התחנה", 7, 34, 3),
    ("מכבסת ברק", 22, 80, 1),
    ("גן חיות מחמד", 40, 230, 1),
    ("קולנוע אור", 42, 150, 1),
    ("ספרות רון", 60, 190, 1),
    ("משלוחי הרובע", 45, 170, 2),
];

/// On a Saturday, when most are closed.
pub(crate) static ON_SATURDAY: [Shop; 5] = [
    ("קפה נמל", 16, 90, 3),
    ("תחנת דלק כביש 6", 130, 340, 2),
    ("מסעדת הגפן", 95, 330, 2),
    ("קיוסק התחנה", 7, 34, 2),
    ("חניון החוף", 10, 40, 2),
];

/// Shekels in agorot.
pub(crate) const fn shekels(amount: i64) -> i64 {
    amount * 100
}

/// A merchant of the list and an amount to spend there, in agorot.
pub(crate) fn choose(shops: &'static [Shop], dice: &mut Dice) -> (&'static str, i64) {
    let all: usize = shops.iter().map(|shop| shop.3).sum();
    let mut at = dice.number(1..=all as i64);
    let shop = shops.iter().find(|shop| {
        at -= shop.3 as i64;
        at <= 0
    });
    let (name, least, most, _) = shop.copied().unwrap_or(shops[0]);
    // Small sums are more common than large ones.
    let amount = dice
        .number(shekels(least)..=shekels(most))
        .min(dice.number(shekels(least)..=shekels(most)));
    let price_tag = dice.percent(45);
    (name, if price_tag { amount - amount % 100 + 90 } else { amount })
}

/// Buys something at one of the shops.
pub(crate) fn buy(diary: &mut Diary, day: Date, shops: &'static [Shop], dice: &mut Dice) {
    let (name, amount) = choose(shops, dice);
    diary.spend(day, -amount, name, Some(name), dice);
}
