//! Single cases of what comes again and of transfers, each the smallest that shows it.

use gesher_insights::{Account, Day, Kind, Repeat, Transaction, categories, repeats, transfers};

const ACCOUNTS: [Account<'static>; 3] = [
    Account {
        kind: Kind::Current,
        number: Some("44719080"),
        owner: Some("דנה כהן"),
    },
    Account {
        kind: Kind::Savings,
        number: Some("88120034"),
        owner: Some("דנה כהן"),
    },
    Account {
        kind: Kind::Card,
        number: None,
        owner: None,
    },
];

type Written = (usize, &'static str, &'static str, &'static str);

fn day(text: &str) -> Day {
    Day::parse(text).expect("a day")
}

fn read(lines: &[Written]) -> Vec<Transaction<'static>> {
    let read = lines.iter().enumerate().map(|(place, (account, date, amount, description))| {
        let (description, counterparty) = match description.split_once(" / ") {
            Some((description, counterparty)) => (description, Some(counterparty)),
            None => (*description, None),
        };
        Transaction {
            id: format!("txn_{place:03}").leak(),
            account: *account,
            date: day(date),
            amount: amount.parse().expect("an amount"),
            currency: "ILS",
            description,
            counterparty,
        }
    });
    read.collect()
}

fn again(lines: &[Written], today: &str) -> Vec<Repeat> {
    let transactions = read(lines);
    let said = categories(&ACCOUNTS, &transactions);
    repeats(&transactions, &said, day(today))
}

fn monthly(days: [&'static str; 4], description: &'static str) -> Vec<Written> {
    days.map(|date| (0, date, "-70", description)).to_vec()
}

#[test]
fn the_next_one_is_on_the_usual_day_also_after_one_was_moved_or_missed_until_it_comes_no_more() {
    let lines = monthly(["2026-01-10", "2026-02-10", "2026-03-10", "2026-04-12"], "מנוי");
    let next = |today| again(&lines, today)[0].next.map(|day| day.to_string());
    assert_eq!(next("2026-04-12").as_deref(), Some("2026-05-10"));
    assert_eq!(next("2026-05-14").as_deref(), Some("2026-05-10"));
    assert_eq!(next("2026-05-17").as_deref(), Some("2026-06-10"));
    assert_eq!(next("2026-06-17"), None);
    let at_the_end = monthly(["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"], "מנוי");
    assert_eq!(again(&at_the_end, "2026-05-01")[0].next, Some(day("2026-05-31")));
}

#[test]
fn one_may_be_missing_but_not_often() {
    let all = ["2026-01-01", "2026-02-01", "2026-03-01", "2026-04-01", "2026-05-01", "2026-06-01"];
    let without = |gone: &[usize]| {
        let kept = all.iter().enumerate().filter(|(place, _)| !gone.contains(place));
        let lines: Vec<Written> = kept.map(|(_, date)| (0, *date, "-5200", "שכר דירה")).collect();
        again(&lines, "2026-06-02")
            .iter()
            .map(|repeat| (repeat.period.id(), repeat.members.len()))
            .collect::<Vec<_>>()
    };
    assert_eq!(without(&[]), [("monthly", 6)]);
    assert_eq!(without(&[2]), [("monthly", 5)]);
    assert_eq!(without(&[1, 3]), []);
    assert_eq!(without(&[2, 3]), []);
    assert_eq!(without(&[1, 3, 5]), [("two_monthly", 3)]);
}

#[test]
fn how_even_amounts_have_to_be_depends_on_what_they_are_for() {
    let with = |description: &'static str, amounts: [&'static str; 4]| {
        let dates = ["2026-01-15", "2026-02-15", "2026-03-15", "2026-04-15"];
        let lines: Vec<Written> = dates
            .into_iter()
            .zip(amounts)
            .map(|(date, amount)| (0, date, amount, description))
            .collect();
        again(&lines, "2026-04-16").len()
    };
    assert_eq!(with("חברת החשמל", ["-240", "-410", "-380", "-610"]), 1);
    assert_eq!(with("חברת החשמל", ["-240", "-410", "-380", "-1610"]), 0);
    assert_eq!(with("עץ ופח", ["-240", "-250", "-270", "-260"]), 1);
    assert_eq!(with("עץ ופח", ["-240", "-410", "-380", "-610"]), 0);
    assert_eq!(with("קפה נמל", ["-24", "-24", "-24.50", "-24"]), 1);
    assert_eq!(with("קפה נמל", ["-24", "-27", "-24.50", "-24"]), 0);
}

#[test]
fn three_are_needed_and_two_that_are_a_year_apart() {
    let some = |dates: &[&'static str]| {
        let lines: Vec<Written> = dates.iter().map(|date| (2, *date, "-310", "Antivirus renewal")).collect();
        again(&lines, "2026-07-02").first().map(|repeat| repeat.period.id())
    };
    assert_eq!(some(&["2026-05-01", "2026-06-01"]), None);
    assert_eq!(some(&["2026-05-01", "2026-06-01", "2026-07-01"]), Some("monthly"));
    assert_eq!(some(&["2025-07-04", "2026-06-30"]), Some("yearly"));
    assert_eq!(some(&["2026-06-03", "2026-06-10", "2026-06-17"]), Some("weekly"));
    assert_eq!(some(&["2026-05-20", "2026-06-03", "2026-06-17"]), Some("fortnightly"));
    assert_eq!(some(&["2026-01-01", "2026-04-01", "2026-07-01"]), Some("quarterly"));
}

fn pairs(lines: &[Written]) -> Vec<(usize, usize)> {
    let transactions = read(lines);
    let said = categories(&ACCOUNTS, &transactions);
    let found = transfers(&ACCOUNTS, &transactions, &said);
    found.into_iter().map(|pair| (pair.from, pair.to)).collect()
}

#[test]
fn equal_amounts_are_a_transfer_when_what_is_written_speaks_for_it() {
    let two = |from: &'static str, to: &'static str| !pairs(&[(0, "2026-06-01", "-500", from), (1, "2026-06-02", "500", to)]).is_empty();
    assert!(two("העברה לחשבון אחר", "העברה מחשבון"));
    assert!(two("העברה / דנה כהן", "זיכוי"));
    assert!(two("לחשבון 88120034", "זיכוי"));
    assert!(two("הוראת קבע לחיסכון", "הפקדה"));
    assert!(!two("הוראת קבע", "זיכוי"));
    assert!(!two("העברה / יוסי לוי", "הפקדה"));
    assert!(!two("שכר דירה", "הפקדה"));
    assert!(!two("העברה לחשבון אחר", "משכורת"));
    assert!(!two("העברה בביט אל יוסי", "העברה מחשבון"));
}

#[test]
fn a_cards_bill_is_what_comes_in_on_a_cards_account_alone() {
    let bill = (0, "2026-06-10", "-2841.20", "ישראכרט");
    assert_eq!(pairs(&[bill, (2, "2026-06-10", "2841.20", "חיוב חודשי")]), [(0, 1)]);
    assert_eq!(pairs(&[bill, (2, "2026-06-17", "2841.20", "חיוב חודשי")]), []);
    assert_eq!(pairs(&[bill, (1, "2026-06-10", "2841.20", "הפקדה")]), []);
    assert_eq!(pairs(&[bill, (2, "2026-06-10", "2841.20", "זיכוי - רהיטי הגליל")]), []);
}

#[test]
fn the_nearest_are_paired_and_each_once() {
    let out = |date| (0, date, "-1000", "העברה לחיסכון");
    let into = |date| (1, date, "1000", "הפקדה");
    assert_eq!(pairs(&[out("2026-06-01"), out("2026-06-04"), into("2026-06-04")]), [(1, 2)]);
    assert_eq!(
        pairs(&[out("2026-06-01"), out("2026-06-04"), into("2026-06-04"), into("2026-06-02")]),
        [(0, 3), (1, 2)]
    );
    // Not within one account, not in another currency.
    assert_eq!(
        pairs(&[
            (0, "2026-06-01", "-1000", "העברה לחיסכון"),
            (0, "2026-06-01", "1000", "העברה מחיסכון")
        ]),
        []
    );
}
