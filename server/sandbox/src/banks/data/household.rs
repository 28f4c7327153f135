//! The current account of a household: a salary, a home, bills, and a purchase or two a day.

use super::ledger::{Diary, Month, Plan};
use super::links::Paid;
use super::shops::{self, shekels};
use crate::random::Dice;
use jiff::civil::Weekday;

const EMPLOYERS: [&str; 8] = [
    "אלון מערכות בע״מ",
    "מפעלי הגליל בע״מ",
    "נתיב תוכנה בע״מ",
    "קבוצת שקמה בע״מ",
    "מרכז רפואי הכרמל",
    "עיריית נווה אלון",
    "רשת גני תבור",
    "מעבדות ארז בע״מ",
];
const TOWNS: [&str; 6] = ["נווה אלון", "גבעת הדקל", "קריית תבור", "רמת השקד", "מעלה זית", "הר ארז"];
const LANDLORDS: [&str; 5] = ["נכסי השקד", "ר. ברקת", "א. שקמוני", "נדל״ן הדקל", "מ. אלמוג"];
const FRIENDS: [&str; 12] = [
    "נועה", "יואב", "תמר", "אורי", "מאיה", "איתי", "שירה", "עידו", "רוני", "גיל", "יעל", "עומר",
];

/// What stays the same from month to month. Amounts in agorot.
pub(crate) struct Household {
    key: [u8; 32],
    level: i64,
    salary: i64,
    salary_day: i8,
    employer: &'static str,
    town: &'static str,
    home: Home,
    home_amount: i64,
    internet: i64,
    mobile: i64,
    car_insurance: Option<i64>,
    child_allowance: Option<i64>,
    card_day: i8,
    long_bills_on_even_months: bool,
    pays: Vec<Paid>,
}

enum Home {
    Rent(&'static str),
    Mortgage { day: i8 },
}

impl Household {
    /// The household behind an account, which pays others.
    pub(super) fn of(key: [u8; 32], pays: &[Paid]) -> Self {
        let dice = &mut Dice::of(&[&key, b"household"]);
        let home = if dice.percent(55) {
            Home::Rent(dice.pick(&LANDLORDS))
        } else {
            Home::Mortgage {
                day: dice.pick(&[1, 10, 15]),
            }
        };
        let home_amount = dice.number(340..=560) * 1_000;
        let elsewhere = dice.number(2_600..=5_200) * 100;
        let paid: i64 = pays.iter().map(Paid::usual).sum();
        let card = paid + if pays.iter().any(Paid::is_card) { 0 } else { elsewhere };
        // Home, bills and daily purchases take about 5,900 besides cards and savings.
        let salary = home_amount + card + dice.number(5_700..=6_200) * 100;
        Self {
            key,
            // Who pays much before the salary comes keeps more.
            level: dice.number(3_000..=14_000) * 100 + paid / 2,
            salary,
            salary_day: dice.pick(&[1, 1, 5, 9, 9, 10]),
            employer: dice.pick(&EMPLOYERS),
            town: dice.pick(&TOWNS),
            home,
            home_amount,
            internet: dice.number(89..=149) * 100,
            mobile: dice.number(39..=99) * 100 + 90,
            car_insurance: dice.percent(60).then(|| dice.number(240..=420) * 100),
            child_allowance: dice.percent(40).then(|| dice.number(1..=3) * 17_300),
            card_day: dice.pick(&[10, 15]),
            long_bills_on_even_months: dice.percent(50),
            pays: pays.to_vec(),
        }
    }

    fn bills(&self, diary: &mut Diary, dice: &mut Dice) {
        match self.home {
            Home::Rent(landlord) => diary.book(1, -self.home_amount, "הוראת קבע - שכר דירה", Some(landlord)),
            Home::Mortgage { day } => {
                let indexed = self.home_amount + dice.number(-4_000..=4_000);
                diary.book(day, -indexed, "החזר משכנתא", Some("מחלקת משכנתאות"));
            }
        }
        let even = diary.month.number() % 2 == 0;
        if even == self.long_bills_on_even_months {
            let season = if matches!(diary.month.number() % 12, 0 | 1 | 6 | 7) { 2 } else { 1 };
            diary.book(18, -dice.number(24_000..=42_000) * season, "חברת החשמל", Some("חברת החשמל לישראל"));
            diary.book(22, -dice.number(10_500..=24_000), "תאגיד המים", Some("תאגיד המים והביוב"));
        } else {
            let office = format!("עיריית {}", self.town);
            diary.book(12, -dice.number(52_000..=93_000), format!("ארנונה - {office}"), Some(&office));
        }
        diary.book(3, -self.mobile, "חיוב סלולר", Some("תקשורת סלולרית קו ירוק"));
        diary.book(6, -self.internet, "אינטרנט וטלפון", Some("סיב מהיר בע״מ"));
        diary.book(4, -dice.number(15..=24) * 1_000, "הוראת קבע - ועד בית", Some("ועד הבית"));
        diary.book(8, -dice.number(9_000..=16_000), "קופת חולים - ביטוח משלים", Some("קופת חולים"));
        diary.book(14, -3_990, "מנוי סרטים וסדרות", None);
        if let Some(premium) = self.car_insurance {
            diary.book(16, -premium, "הוראת קבע - ביטוח רכב", Some("חברת ביטוח השומר"));
        }
        diary.book(30, -dice.number(1_050..=2_650), "עמלת פעולות בערוץ ישיר", None);
    }

    fn cash_and_friends(&self, diary: &mut Diary, dice: &mut Dice) {
        for _ in 0..dice.number(2..=4) {
            let day = dice.number(1..=28) as i8;
            diary.book(day, -dice.number(1..=5) * 10_000, "משיכת מזומן בכספומט", None);
        }
        for _ in 0..dice.number(3..=7) {
            let (day, friend) = (dice.number(1..=28) as i8, dice.pick(&FRIENDS));
            let amount = dice.number(2..=24) * 1_000;
            if dice.percent(55) {
                diary.book(day, -amount, format!("העברה ב-bit אל {friend}"), Some(friend));
            } else {
                diary.book(day, amount, format!("העברה ב-bit מאת {friend}"), Some(friend));
            }
        }
    }
}

impl Plan for Household {
    fn level(&self, month: Month) -> i64 {
        self.level + Dice::of(&[&self.key, b"level", &month.number().to_be_bytes()]).number(-90_000..=90_000)
    }

    fn write(&self, diary: &mut Diary, dice: &mut Dice) {
        let overtime = if dice.percent(30) { dice.number(10_000..=60_000) } else { 0 };
        diary.book(self.salary_day, self.salary + overtime, "משכורת", Some(self.employer));
        if let Some(allowance) = self.child_allowance {
            diary.book(20, allowance, "קצבת ילדים", Some("המוסד לביטוח לאומי"));
        }
        self.bills(diary, dice);
        self.cash_and_friends(diary, dice);
        for paid in &self.pays {
            paid.write(diary);
        }
        for day in diary.month.days() {
            let purchases = match day.weekday() {
                Weekday::Saturday => i64::from(dice.percent(25)),
                Weekday::Friday => dice.number(1..=3),
                _ => dice.number(1..=2),
            };
            let shops = if day.weekday() == Weekday::Saturday {
                &shops::ON_SATURDAY[..]
            } else {
                &shops::DAILY[..]
            };
            for _ in 0..purchases {
                shops::buy(diary, day, shops, dice);
            }
        }
    }

    fn close(&self, diary: &mut Diary, missing: i64) {
        // A card of elsewhere takes what the month has left, within what a card takes; the deposit takes or gives the rest.
        let mut rest = missing;
        if !self.pays.iter().any(Paid::is_card) {
            let card = missing.clamp(-shekels(9_000), -shekels(450));
            diary.book(self.card_day, card, "חיוב כרטיס אשראי", Some("חברת כרטיסי האשראי"));
            rest -= card;
        }
        let name = if rest < 0 {
            "הפקדה לפיקדון"
        } else {
            "פדיון מפיקדון"
        };
        diary.book(self.card_day - 1, rest, name, None);
    }
}
