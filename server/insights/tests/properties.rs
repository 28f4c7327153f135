//! What must hold whatever the transactions are.

use gesher_insights::{Account, Category, Day, Decimal, Kind, Repeat, Transaction, Transfer, categories, repeats, transfers};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet, HashSet};

const ACCOUNTS: [Account<'static>; 3] = [
    Account {
        kind: Kind::Current,
        number: Some("IL620108000000099999999"),
        owner: Some("דנה כהן"),
    },
    Account {
        kind: Kind::Savings,
        number: Some("88120034"),
        owner: Some("Dana Cohen"),
    },
    Account {
        kind: Kind::Card,
        number: Some("4580******7711"),
        owner: None,
    },
];

#[derive(Clone, Debug)]
struct Line {
    id: String,
    account: usize,
    date: Day,
    amount: Decimal,
    description: String,
    counterparty: Option<String>,
}

fn description() -> impl Strategy<Value = String> {
    prop_oneof![
        2 => prop::sample::select(vec![
            "משכורת", "העברה לחשבון אחר", "העברה מחשבון", "הוראת קבע לחיסכון", "חיוב כרטיס אשראי 7711", "חיוב חודשי", "קפה הפינה", "NETFLIX.COM 44", "שכר דירה",
        ]).prop_map(str::to_owned),
        1 => "\\PC{0,24}",
    ]
}

fn line() -> impl Strategy<Value = Line> {
    let amount = prop_oneof![
        prop::sample::select(vec!["100", "-100", "-54.90", "5200.00", "-5200", "0"]).prop_map(|amount| amount.parse().expect("an amount")),
        any::<i64>().prop_map(|number| Decimal::new(number, 3)),
        Just(Decimal::MAX),
        Just(Decimal::MIN),
    ];
    let day = prop_oneof![0i32..400, any::<i32>()];
    // Also an account that is not given.
    (0usize..4, day, amount, description(), proptest::option::of(description())).prop_map(
        |(account, day, amount, description, counterparty)| Line {
            id: String::new(),
            account,
            date: Day::parse("2025-07-01").expect("a day").plus(day),
            amount,
            description,
            counterparty,
        },
    )
}

fn lines() -> impl Strategy<Value = Vec<Line>> {
    // Some come again.
    let again = (line(), 1usize..14, 1i32..70).prop_map(|(line, times, apart)| {
        let at = |place: usize| Line {
            date: line.date.plus(apart.saturating_mul(place as i32)),
            ..line.clone()
        };
        (0..times).map(at).collect::<Vec<_>>()
    });
    prop::collection::vec(again, 0..24).prop_map(|lines| {
        let mut all: Vec<Line> = lines.into_iter().flatten().collect();
        for (place, line) in all.iter_mut().enumerate() {
            line.id = format!("txn_{place}");
        }
        all
    })
}

fn told(lines: &[Line]) -> Vec<Transaction<'_>> {
    let told = lines.iter().map(|line| Transaction {
        id: &line.id,
        account: line.account,
        date: line.date,
        amount: line.amount,
        currency: "ILS",
        description: &line.description,
        counterparty: line.counterparty.as_deref(),
    });
    told.collect()
}

fn all(lines: &[Line]) -> (Vec<Option<Category>>, Vec<Repeat>, Vec<Transfer>) {
    let transactions = told(lines);
    let said = categories(&ACCOUNTS, &transactions);
    let today = Day::parse("2026-07-01").expect("a day");
    let again = repeats(&transactions, &said, today);
    let between = transfers(&ACCOUNTS, &transactions, &said);
    (said, again, between)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn each_line_is_in_one_group_and_in_one_pair_at_most(lines in lines()) {
        let (said, again, between) = all(&lines);
        prop_assert_eq!(said.len(), lines.len());
        let members: Vec<usize> = again.iter().flat_map(|repeat| repeat.members.clone()).collect();
        prop_assert_eq!(members.iter().collect::<HashSet<_>>().len(), members.len());
        for repeat in &again {
            let of: Vec<&Line> = repeat.members.iter().map(|&place| &lines[place]).collect();
            prop_assert!(of.len() > 2 || of.len() == 2 && repeat.period.id() == "yearly");
            prop_assert!(of.windows(2).all(|pair| pair[0].date < pair[1].date && pair[0].account == pair[1].account));
            prop_assert!(of.iter().all(|line| (line.amount > Decimal::ZERO) == (repeat.amount > Decimal::ZERO)));
            prop_assert_eq!(of.last().map(|line| line.date), Some(repeat.last));
            prop_assert!(repeat.next.is_none_or(|next| next > repeat.last));
        }
        let sides: Vec<usize> = between.iter().flat_map(|pair| [pair.from, pair.to]).collect();
        prop_assert_eq!(sides.iter().collect::<HashSet<_>>().len(), sides.len());
        for pair in &between {
            let (from, to) = (&lines[pair.from], &lines[pair.to]);
            prop_assert!(from.amount < Decimal::ZERO && from.amount + to.amount == Decimal::ZERO);
            prop_assert!(from.account != to.account && to.date.since(from.date).abs() <= 5);
        }
    }

    #[test]
    fn the_order_in_which_lines_come_does_not_matter(lines in lines(), seed in any::<u64>()) {
        let mut other = lines.clone();
        for place in (1..other.len()).rev() {
            other.swap(place, (seed.wrapping_mul(place as u64 + 7) >> 7) as usize % (place + 1));
        }
        let named = |lines: &[Line]| {
            let (said, again, between) = all(lines);
            let id = |place: usize| lines[place].id.clone();
            let said: BTreeMap<_, _> = said.into_iter().enumerate().map(|(place, category)| (id(place), category)).collect();
            let again: BTreeSet<_> = again
                .into_iter()
                .map(|repeat| (repeat.members.iter().map(|&place| id(place)).collect::<Vec<_>>(), repeat.period, repeat.amount, repeat.next))
                .collect();
            let between: Vec<_> = between.into_iter().map(|pair| (id(pair.from), id(pair.to))).collect();
            (said, again, between)
        };
        prop_assert_eq!(named(&lines), named(&other));
    }
}
