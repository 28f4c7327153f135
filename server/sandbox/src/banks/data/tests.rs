//! What must hold of every account of everybody, whenever one looks.

mod understood;

use super::names::iban_holds;
use super::*;
use crate::banks::institutions;
use jiff::ToSpan;
use jiff::civil::{Weekday, date};
use proptest::prelude::*;
use rust_decimal::Decimal;
use std::collections::HashSet;

fn valid_ids() -> impl Strategy<Value = PsuId> {
    (0u32..100_000_000).prop_filter_map("zero is no id", |number| {
        (0..10).find_map(|check| PsuId::parse(&format!("{number:08}{check}")))
    })
}

fn days() -> impl Strategy<Value = Date> {
    (0i32..1500).prop_map(|after| date(2025, 1, 1).saturating_add(after.days()))
}

fn some_bank() -> impl Strategy<Value = &'static Institution> {
    (0..institutions::all().len()).prop_map(|place| &institutions::all()[place])
}

fn money(agorot: i64) -> Decimal {
    Decimal::new(agorot, 2)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_year_adds_up_and_is_full(bank in some_bank(), psu in valid_ids(), today in days()) {
        for account in accounts(bank, &psu) {
            let year = account.year(today);
            let booked: Vec<_> = year.entries.iter().filter(|entry| !entry.is_pending(today)).collect();
            prop_assert!(booked.len() >= 300, "{} at {}: {}", account.name.en, bank.id, booked.len());
            let sum: Decimal = booked.iter().map(|entry| money(entry.agorot)).sum();
            prop_assert_eq!(money(year.opening) + sum, money(year.booked()));

            let pending: Vec<_> = year.entries.iter().filter(|entry| entry.is_pending(today)).collect();
            prop_assert!(pending.iter().all(|entry| entry.date > today.saturating_sub(3.days())));
            prop_assert!(pending.len() <= 12, "{}", pending.len());
            // Markets are closed on two days of the week.
            prop_assert!(matches!(account.plan, PlanKind::Policy | PlanKind::Portfolio) || !pending.is_empty());

            let ids: HashSet<_> = year.entries.iter().map(|entry| &entry.id).collect();
            prop_assert_eq!(ids.len(), year.entries.len());
            prop_assert!(year.entries.iter().all(|entry| entry.date >= year.first && entry.date <= today && entry.agorot != 0));
            prop_assert!(year.entries.is_sorted_by(|newer, older| newer.date >= older.date));
        }
    }

    #[test]
    fn tomorrow_the_same_entries_are_still_there_and_the_balance_follows(bank in some_bank(), psu in valid_ids(), today in days()) {
        let tomorrow = today.saturating_add(1.day());
        for account in accounts(bank, &psu) {
            let (now, then) = (account.year(today), account.year(tomorrow));
            let kept: Vec<_> = then.entries.iter().filter(|entry| entry.date <= today).collect();
            let before: Vec<_> = now.entries.iter().filter(|entry| entry.date >= then.first).collect();
            prop_assert_eq!(kept, before);
            let new: i64 = then.entries.iter().filter(|entry| entry.date == tomorrow).map(|entry| entry.agorot).sum();
            prop_assert_eq!(now.expected() + new, then.expected());
        }
    }

    #[test]
    fn sums_are_those_of_a_household(psu in valid_ids(), today in days()) {
        let bank = institutions::find("sandbox-bank").expect("a bank");
        let year = accounts(bank, &psu)[0].year(today);
        let mut balance = year.opening;
        for entry in year.entries.iter().rev() {
            balance += entry.agorot;
            prop_assert!((-1_500_000..6_000_000).contains(&balance), "{balance} on {}", entry.date);
        }
        let salaries: Vec<_> = year.entries.iter().filter(|entry| entry.description == "משכורת").collect();
        prop_assert!((11..=13).contains(&salaries.len()));
        prop_assert!(salaries.iter().all(|salary| salary.date.day() <= 11 && salary.agorot > 1_000_000));
        for needed in ["שכר דירה|משכנתא", "חברת החשמל", "ארנונה", "תאגיד המים", "סלולר", "סופר", "קפה", "דלק", "כספומט", "bit",
            "הוראת קבע", "חיוב כרטיס אשראי"]
        {
            let found = year.entries.iter().any(|entry| needed.split('|').any(|word| entry.description.contains(word)));
            prop_assert!(found, "no {needed}");
        }
        let on = |day| year.entries.iter().filter(|entry| entry.date.weekday() == day).count();
        prop_assert!(on(Weekday::Saturday) * 3 < on(Weekday::Tuesday));
    }

    #[test]
    fn accounts_are_of_the_institutions_kind_and_their_numbers_hold(bank in some_bank(), psu in valid_ids()) {
        let accounts = accounts(bank, &psu);
        prop_assert!((1..=3).contains(&accounts.len()));
        for account in &accounts {
            prop_assert_eq!(account.kind == Kind::Card, bank.keeps == Keeps::Cards);
            prop_assert_eq!(account.masked_pan.is_some(), bank.keeps == Keeps::Cards);
            match &account.iban {
                Some(iban) => {
                    prop_assert!(iban_holds(iban), "{iban}");
                    prop_assert_eq!(&iban[4..7], format!("{:03}", bank.code));
                }
                None => prop_assert_eq!(account.kind, Kind::Card),
            }
            let hebrew = account.owner_name.chars().filter(|letter| ('א'..='ת').contains(letter)).count();
            prop_assert!(hebrew >= 5);
        }
        let numbers: HashSet<_> = accounts.iter().map(|account| &account.resource_id).collect();
        prop_assert_eq!(numbers.len(), accounts.len());
    }

    #[test]
    fn a_policy_a_card_and_a_company_stay_plausible(psu in valid_ids(), today in days()) {
        for (id, least, most) in [("sandbox-insurance", 20_000, 2_000_000), ("sandbox-card", -25_000, 8_000), ("sandbox-business", -60_000, 500_000)] {
            let bank = institutions::find(id).expect(id);
            let year = accounts(bank, &psu)[0].year(today);
            let mut balance = year.opening;
            for entry in year.entries.iter().rev() {
                balance += entry.agorot;
                prop_assert!((least * 100..most * 100).contains(&balance), "{id}: {balance} on {}", entry.date);
            }
        }
    }
}

#[test]
fn the_same_person_is_the_same_tomorrow_and_another_at_another_bank() {
    let psu = PsuId::parse("043510023").expect("a test user");
    let [one, two] = ["sandbox-bank", "il-leumi"].map(|id| institutions::find(id).expect(id));
    assert_eq!(accounts(one, &psu), accounts(one, &psu));
    assert_ne!(accounts(one, &psu)[0].iban, accounts(two, &psu)[0].iban);
    assert_eq!(accounts(one, &psu)[0].owner_name, accounts(two, &psu)[0].owner_name);
    let today = date(2026, 11, 20);
    assert_ne!(
        accounts(one, &psu)[0].year(today).entries,
        accounts(two, &psu)[0].year(today).entries
    );
}
