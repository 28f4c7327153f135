//! Two sides of one transfer between a person's own accounts, also a card's bill and what comes in for it on the card's account.
//!
//! **Contract.** The two are in different accounts, equal and opposite, of one currency, and few days apart. Equal amounts are common,
//! so what the two lines say has to speak for it, and neither may speak against it: a salary is no transfer, whatever else is as large.
//! Each line is in one pair at most; the best come first.

use super::category::{Category, Side};
use super::text::{is_number, words};
use super::{Account, Kind, Transaction, kind_of};
use rust_decimal::Decimal;
use std::collections::{BTreeMap, HashMap, HashSet};

/// Days that a transfer takes at most: a weekend between two feasts.
const DAYS: i32 = 5;
/// The same where only one of the two lines speaks for it.
const DAYS_OF_ONE: i32 = 3;
/// Days by which it may be in before it is out.
const DAYS_BEFORE: i32 = 2;
/// Pairs that are looked at of one amount: work has to be bounded.
const MOST: usize = 20_000;

/// Two lines that are one transfer, by their places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// Where the money leaves.
    pub from: usize,
    /// Where it comes in.
    pub to: usize,
}

/// What a line says of being a side of a transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Says {
    Against,
    Nothing,
    /// It is, and how surely.
    For(i32),
    /// It is one with an account of this kind.
    With(Kind),
}

/// The names and numbers of the person's own accounts.
struct Own {
    names: HashSet<Vec<String>>,
    numbers: Vec<(usize, String)>,
}

impl Own {
    fn of(accounts: &[Account<'_>]) -> Self {
        let name = |account: &Account<'_>| {
            let mut name = words(account.owner?);
            name.sort_unstable();
            (name.len() > 1).then_some(name)
        };
        let number = |(place, account): (usize, &Account<'_>)| {
            let digits: String = account.number?.chars().filter(char::is_ascii_digit).collect();
            (digits.len() > 4).then_some((place, digits))
        };
        Self {
            names: accounts.iter().filter_map(name).collect(),
            numbers: accounts.iter().enumerate().filter_map(number).collect(),
        }
    }

    /// Whether the owner is named.
    fn is_named(&self, text: &[String]) -> bool {
        self.names.iter().any(|name| name.iter().all(|word| text.contains(word)))
    }

    /// Whether another of the accounts is.
    fn is_numbered(&self, text: &[String], account: usize) -> bool {
        let digits = |word: &&String| word.len() > 4 && is_number(word);
        let others = || self.numbers.iter().filter(|(place, _)| *place != account);
        text.iter()
            .filter(digits)
            .any(|word| others().any(|(_, number)| number.ends_with(word.as_str())))
    }
}

/// Words of a name that is no other person's, but an account's or a bank's.
fn is_an_account(name: &[String]) -> bool {
    const WORDS: [&str; 16] = [
        "בנק",
        "הבנק",
        "חשבונ",
        "עובר",
        "חיסכונ",
        "פיקדונ",
        "כרטיס",
        "אשראי",
        "הלואה",
        "bank",
        "account",
        "saving",
        "checking",
        "card",
        "loan",
        "self",
    ];
    name.iter().any(|word| WORDS.contains(&word.as_str()))
}

fn says(own: &Own, kind: Kind, transaction: &Transaction<'_>, category: Option<Category>) -> Says {
    let description = words(transaction.description);
    let party = words(transaction.counterparty.unwrap_or_default());
    if own.is_numbered(&description, transaction.account) || own.is_numbered(&party, transaction.account) {
        return Says::For(3);
    }
    let named = own.is_named(&description) || own.is_named(&party);
    let comes_in = transaction.amount > Decimal::ZERO;
    let somebody_else = !party.is_empty() && !named && !is_an_account(&party);
    match category {
        Some(category) => match category.side() {
            Side::Card if kind == Kind::Card && comes_in => Says::For(2),
            Side::Card if kind != Kind::Card && !comes_in => Says::With(Kind::Card),
            Side::Loan if kind == Kind::Loan => Says::For(1),
            Side::Loan if !comes_in => Says::With(Kind::Loan),
            Side::Own if category.id() == "savings" && !named => Says::For(2),
            Side::Own if named => Says::For(3),
            Side::Own if somebody_else => Says::Against,
            Side::Own => Says::For(1),
            Side::Card | Side::Loan | Side::No => Says::Against,
        },
        None if named => Says::For(2),
        None if somebody_else => Says::Against,
        None => Says::Nothing,
    }
}

/// How good a pair is, if it is one.
fn worth(from: Says, to: Says, kinds: (Kind, Kind), days: i32) -> Option<i32> {
    let one = |says: Says, other: Kind| match says {
        Says::Against => None,
        Says::Nothing => Some(0),
        Says::For(surely) => Some(surely),
        Says::With(kind) => (kind == other).then_some(3),
    };
    let (from, to) = (one(from, kinds.1)?, one(to, kinds.0)?);
    let most = if from > 0 && to > 0 { DAYS } else { DAYS_OF_ONE };
    let holds = from + to > 0 && (-DAYS_BEFORE..=most).contains(&days);
    holds.then_some((from + to) * 2 - days.abs() * 2 - i32::from(days < 0))
}

/// Lines of one amount, by their days.
#[derive(Default)]
struct Sides {
    leaving: Vec<usize>,
    coming: Vec<usize>,
}

/// The transfers among the transactions, by the day on which they leave. `categories` are those of the transactions, by their places.
#[must_use]
pub fn transfers(accounts: &[Account<'_>], transactions: &[Transaction<'_>], categories: &[Option<Category>]) -> Vec<Transfer> {
    let own = Own::of(accounts);
    let order = Transaction::in_order(transactions);
    let mut by_amount: BTreeMap<(&str, Decimal), Sides> = BTreeMap::new();
    for &place in &order {
        let transaction = &transactions[place];
        let sides = by_amount.entry((transaction.currency, transaction.amount.abs())).or_default();
        if transaction.amount > Decimal::ZERO {
            sides.coming.push(place);
        } else if transaction.amount < Decimal::ZERO {
            sides.leaving.push(place);
        }
    }
    let mut said: HashMap<usize, Says> = HashMap::new();
    let mut of = |place: usize| {
        let category = categories.get(place).copied().flatten();
        *said
            .entry(place)
            .or_insert_with(|| says(&own, kind_of(accounts, &transactions[place]), &transactions[place], category))
    };
    let mut pairs = Vec::new();
    for Sides { leaving, coming } in by_amount.into_values() {
        let mut looked_at = 0;
        for &from in &leaving {
            let date = transactions[from].date;
            let first = coming.partition_point(|&to| transactions[to].date < date.plus(-DAYS_BEFORE));
            let near = coming[first..].iter().take_while(|&&to| transactions[to].date <= date.plus(DAYS));
            for &to in near {
                looked_at += 1;
                if transactions[from].account == transactions[to].account || looked_at > MOST {
                    continue;
                }
                let kinds = (kind_of(accounts, &transactions[from]), kind_of(accounts, &transactions[to]));
                let days = transactions[to].date.since(date);
                if let Some(worth) = worth(of(from), of(to), kinds, days) {
                    pairs.push((worth, Transfer { from, to }));
                }
            }
        }
    }
    let name = |place: usize| (transactions[place].date, transactions[place].id);
    pairs.sort_by_key(|(worth, pair)| (-worth, name(pair.from), name(pair.to)));
    let mut used = HashSet::new();
    let mut found: Vec<Transfer> = Vec::new();
    for (_, pair) in pairs {
        if !used.contains(&pair.from) && !used.contains(&pair.to) {
            used.extend([pair.from, pair.to]);
            found.push(pair);
        }
    }
    found.sort_by_key(|pair| name(pair.from));
    found
}
