//! The current account of a small company: customers, suppliers, wages and taxes.

use super::ledger::{Diary, Month, Plan};
use super::links::Paid;
use super::shops::shekels;
use crate::random::Dice;
use jiff::civil::Weekday;

const CUSTOMERS: [&str; 9] = [
    "סטודיו רימון",
    "גני אירועים הברוש",
    "מלון הצוק",
    "רשת בתי קפה נמל",
    "מועדון השחייה",
    "קייטרינג הערבה",
    "משרד אדריכלים קו",
    "בית ספר האלה",
    "חוות השקד",
];
const SUPPLIERS: [&str; 8] = [
    "טחנות הקמח בע״מ",
    "אריזות הצפון",
    "מחלבת העמק",
    "ציוד מטבחים פלדה",
    "הובלות מהיר",
    "דפוס הצפון",
    "ניקיון ברק",
    "שיווק פירות הגולן",
];

/// What stays the same from month to month.
pub(crate) struct Business {
    key: [u8; 32],
    level: i64,
    rent: i64,
    wages: Vec<i64>,
    vat_on_even_months: bool,
    pays: Vec<Paid>,
}

impl Business {
    /// The company behind an account, which pays others.
    pub(super) fn of(key: [u8; 32], pays: &[Paid]) -> Self {
        let dice = &mut Dice::of(&[&key, b"business"]);
        Self {
            key,
            level: shekels(dice.number(60_000..=180_000)),
            rent: shekels(dice.number(55..=95) * 100),
            wages: (0..dice.number(2..=3)).map(|_| shekels(dice.number(6_800..=11_500))).collect(),
            vat_on_even_months: dice.percent(50),
            pays: pays.to_vec(),
        }
    }
}

impl Plan for Business {
    fn level(&self, month: Month) -> i64 {
        self.level + Dice::of(&[&self.key, b"level", &month.number().to_be_bytes()]).number(-900_000..=900_000)
    }

    fn write(&self, diary: &mut Diary, dice: &mut Dice) {
        diary.book(1, -self.rent, "הוראת קבע - שכירות עסק", Some("נכסי התעשייה"));
        for (place, wage) in self.wages.iter().enumerate() {
            diary.book(
                9,
                -(wage + dice.number(-30_000..=30_000)),
                format!("משכורת עובד {}", place + 1),
                None,
            );
        }
        diary.book(
            15,
            -shekels(dice.number(2_100..=3_600)),
            "ביטוח לאומי - ניכויים",
            Some("המוסד לביטוח לאומי"),
        );
        diary.book(15, -shekels(dice.number(1_800..=3_900)), "מס הכנסה - מקדמה", Some("רשות המסים"));
        if (diary.month.number() % 2 == 0) == self.vat_on_even_months {
            diary.book(19, -shekels(dice.number(7_500..=14_500)), "תשלום מע״מ דו-חודשי", Some("רשות המסים"));
        } else {
            diary.book(17, -dice.number(70_000..=190_000), "חברת החשמל", Some("חברת החשמל לישראל"));
            diary.book(12, -dice.number(110_000..=210_000), "ארנונה לעסקים", Some("עיריית קריית תבור"));
        }
        diary.book(6, -dice.number(24_000..=39_000), "תקשורת ואינטרנט", Some("סיב מהיר בע״מ"));
        diary.book(10, -dice.number(60_000..=140_000), "הנהלת חשבונות", Some("פנקס שירותי ניהול"));
        diary.book(30, -dice.number(9_000..=18_000), "עמלות ניהול חשבון", None);
        for paid in &self.pays {
            paid.write(diary);
        }
        for day in diary.month.days() {
            if day.weekday() == Weekday::Saturday {
                if dice.percent(10) {
                    diary.spend(day, -dice.number(12_000..=34_000), "תחנת דלק כביש 6", None, dice);
                }
                continue;
            }
            diary.spend(day, dice.number(40_000..=240_000), "זיכוי סליקת אשראי", Some("חברת הסליקה"), dice);
            if day.weekday() == Weekday::Friday {
                continue;
            }
            for _ in 0..dice.number(0..=2) {
                let (customer, invoice) = (dice.pick(&CUSTOMERS), dice.number(1_100..=9_800));
                let paid = shekels(dice.number(6..=52) * 100);
                diary.book(day.day(), paid, format!("תשלום חשבונית {invoice}"), Some(customer));
            }
            for _ in 0..dice.number(0..=2) {
                let supplier = dice.pick(&SUPPLIERS);
                diary.spend(
                    day,
                    -dice.number(18_000..=260_000),
                    format!("תשלום לספק - {supplier}"),
                    Some(supplier),
                    dice,
                );
            }
        }
    }

    fn close(&self, diary: &mut Diary, missing: i64) {
        let draw = missing.clamp(-shekels(45_000), -shekels(4_000));
        diary.book(28, draw, "משיכת בעלים", None);
        let rest = missing - draw;
        let name = if rest < 0 {
            "הפקדה לפיקדון עסקי"
        } else {
            "פדיון מפיקדון עסקי"
        };
        diary.book(27, rest, name, None);
    }
}
