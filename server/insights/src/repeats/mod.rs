//! What comes again: a salary, the rent, subscriptions, bills.
//!
//! **Contract.** Lines belong together that are of one account, one currency and one direction and say the same, numbers and months
//! left out. They come again when they are a period apart, give or take some days, and their amounts are alike; how alike depends on
//! what they are about: an electricity bill may treble, a purchase may not. Three are needed, two where they are a year apart. One
//! may be missing between two, but not often. Where more than what comes again says the same (two telephones, purchases at the gym),
//! what comes again is looked for among it by its amounts.

mod chains;
mod period;

use super::Transaction;
use super::category::{Category, Comes};
use super::day::Day;
use super::text::{is_month, is_number, words};
pub use period::Period;
use rust_decimal::Decimal;
use std::collections::BTreeMap;

/// Lines of one family that are looked at, the newest: work has to be bounded.
const MOST: usize = 1_000;
/// Members whose amounts say what the next one will be like.
const RECENT: usize = 3;

/// Lines that come again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repeat {
    /// Their places among the transactions, the oldest first.
    pub members: Vec<usize>,
    /// How often they come.
    pub period: Period,
    /// What the next one is likely to be: the middle one of the last amounts.
    pub amount: Decimal,
    /// The day of the last one.
    pub last: Day,
    /// When the next one is expected. None when it comes no more: two have failed to come by the day that was asked about.
    pub next: Option<Day>,
}

/// A line, as far as it matters here.
#[derive(Clone, Copy)]
pub(crate) struct Line {
    pub(crate) place: usize,
    pub(crate) date: Day,
    /// Without its sign.
    pub(crate) amount: Decimal,
    comes: Comes,
}

type Family<'a> = (usize, &'a str, bool, Vec<String>, Vec<String>);

/// What a description always says.
fn lasting(text: &str, numbers: bool) -> Vec<String> {
    let all = words(text).into_iter();
    all.filter(|word| !is_month(word) && (numbers || !is_number(word))).collect()
}

fn comes(category: Option<Category>) -> Comes {
    category.map_or(Comes::Even, Category::comes)
}

/// What comes again among the transactions, the one that began first first. `categories` are those of the transactions, by their
/// places; `today` is the day on which that is asked.
#[must_use]
pub fn repeats(transactions: &[Transaction<'_>], categories: &[Option<Category>], today: Day) -> Vec<Repeat> {
    let mut families: BTreeMap<Family<'_>, Vec<usize>> = BTreeMap::new();
    for place in Transaction::in_order(transactions) {
        let transaction = &transactions[place];
        if transaction.amount == Decimal::ZERO {
            continue;
        }
        let family = (
            transaction.account,
            transaction.currency,
            transaction.amount > Decimal::ZERO,
            lasting(transaction.description, false),
            lasting(transaction.counterparty.unwrap_or_default(), false),
        );
        families.entry(family).or_default().push(place);
    }
    let line = |place: &usize| Line {
        place: *place,
        date: transactions[*place].date,
        amount: transactions[*place].amount.abs(),
        comes: comes(categories.get(*place).copied().flatten()),
    };
    let mut found: Vec<Repeat> = families
        .into_values()
        .flat_map(|places| {
            let places = &places[places.len().saturating_sub(MOST)..];
            let family: Vec<Line> = places.iter().map(line).collect();
            let groups = of_family(family, |line| lasting(transactions[line.place].description, true));
            groups
                .into_iter()
                .map(|(period, group)| told(period, &group, transactions, today))
                .collect::<Vec<_>>()
        })
        .collect();
    found.sort_by_key(|repeat| {
        repeat
            .members
            .first()
            .map(|&first| (transactions[first].date, transactions[first].id))
    });
    found
}

/// The whole family, or what is in it: by what it says with its numbers, then by its amounts.
fn of_family(family: Vec<Line>, with_numbers: impl Fn(&Line) -> Vec<String>) -> Vec<(Period, Vec<Line>)> {
    if let Some(period) = period::of(&family) {
        return vec![(period, family)];
    }
    let mut found = Vec::new();
    let mut parts: BTreeMap<Vec<String>, Vec<Line>> = BTreeMap::new();
    for line in family {
        parts.entry(with_numbers(&line)).or_default().push(line);
    }
    let mut rest = Vec::new();
    for part in parts.into_values() {
        match period::of(&part).filter(|_| part.len() > 2) {
            Some(period) => found.push((period, part)),
            None => rest.extend(part),
        }
    }
    rest.sort_by_key(|line| line.date);
    found.extend(chains::of(rest));
    found
}

fn told(period: Period, group: &[Line], transactions: &[Transaction<'_>], today: Day) -> Repeat {
    let mut recent: Vec<Decimal> = group
        .iter()
        .rev()
        .take(RECENT)
        .map(|line| transactions[line.place].amount)
        .collect();
    recent.sort_unstable();
    let dates: Vec<Day> = group.iter().map(|line| line.date).collect();
    Repeat {
        members: group.iter().map(|line| line.place).collect(),
        period,
        amount: recent.get(recent.len() / 2).copied().unwrap_or_default(),
        last: dates.last().copied().unwrap_or(today),
        next: period.next(&dates, today),
    }
}
