//! What a transaction is about, by the rules of `data/rules.tsv`.
//!
//! **Contract.** A rule is a phrase, and what else has to hold: the sign, the kind of the account. Of those that hold the surest wins:
//! one of a higher rank; then one found in the description, before one found in the other side's name; then the longer phrase; then
//! the one that asks for more; then the one that stands first in the file. None is an answer.

use super::category::{Category, lines};
use super::text::{readings, words};
use super::{Account, Kind, Transaction, kind_of};
use rust_decimal::Decimal;
use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::LazyLock;

/// A word of a phrase.
struct Word {
    text: String,
    /// Any word that begins so.
    open: bool,
}

/// A phrase, and what it stands for.
struct Rule {
    category: Category,
    phrase: Vec<Word>,
    letters: usize,
    rank: i8,
    /// Whether money has to come in.
    comes_in: Option<bool>,
    kind: Option<Kind>,
}

struct Rules {
    all: Vec<Rule>,
    /// By the first word, where it is a whole one.
    by_word: HashMap<String, Vec<usize>>,
    /// Those whose first word is open.
    open: Vec<usize>,
}

static RULES: LazyLock<Rules> = LazyLock::new(|| Rules::of(lines(include_str!("../data/rules.tsv"))));

/// The rules of a line: category, phrases apart by `|`, conditions.
fn of_line(columns: &[&str]) -> Option<Vec<Rule>> {
    let category = Category::parse(columns.first()?)?;
    let (mut rank, mut comes_in, mut kind) = (0, None, None);
    for condition in columns.get(2).unwrap_or(&"").split_whitespace() {
        match condition {
            "first" => rank = 1,
            "last" => rank = -1,
            "in" => comes_in = Some(true),
            "out" => comes_in = Some(false),
            "current" => kind = Some(Kind::Current),
            "card" => kind = Some(Kind::Card),
            "savings" => kind = Some(Kind::Savings),
            "loan" => kind = Some(Kind::Loan),
            _ => return None,
        }
    }
    let phrases = columns.get(1)?.split('|');
    phrases
        .map(|phrase| {
            let phrase: Vec<Word> = phrase
                .split_whitespace()
                .flat_map(|written| {
                    let open = written.ends_with('*');
                    let mut parts: Vec<Word> = words(written).into_iter().map(|text| Word { text, open: false }).collect();
                    if let Some(last) = parts.last_mut() {
                        last.open = open;
                    }
                    parts
                })
                .collect();
            let letters = phrase.iter().map(|word| word.text.chars().count()).sum();
            (letters > 1).then_some(Rule {
                category,
                phrase,
                letters,
                rank,
                comes_in,
                kind,
            })
        })
        .collect()
}

impl Rules {
    fn of(lines: impl Iterator<Item = Vec<&'static str>>) -> Self {
        let all: Vec<Rule> = lines.filter_map(|columns| of_line(&columns)).flatten().collect();
        let mut rules = Self {
            all: Vec::new(),
            by_word: HashMap::new(),
            open: Vec::new(),
        };
        for (place, rule) in all.iter().enumerate() {
            match rule.phrase.first() {
                Some(first) if !first.open => rules.by_word.entry(first.text.clone()).or_default().push(place),
                _ => rules.open.push(place),
            }
        }
        rules.all = all;
        rules
    }

    /// Places of the rules whose phrase is in the text.
    fn found(&self, text: &[String]) -> Vec<usize> {
        let mut found = Vec::new();
        for (at, word) in text.iter().enumerate() {
            let whole = readings(word).filter_map(|reading| self.by_word.get(reading)).flatten();
            for &place in whole.chain(&self.open) {
                let phrase = &self.all[place].phrase;
                let rest = &text[at..];
                if phrase.len() <= rest.len() && phrase.iter().zip(rest).all(|(word, written)| word.is(written)) {
                    found.push(place);
                }
            }
        }
        found
    }

    fn category(&self, description: &[String], party: &[String], comes_in: Option<bool>, kind: Kind) -> Option<Category> {
        let in_description = self.found(description).into_iter().map(|place| (place, true));
        let in_party = self.found(party).into_iter().map(|place| (place, false));
        let holds =
            |rule: &Rule| rule.comes_in.is_none_or(|wanted| comes_in == Some(wanted)) && rule.kind.is_none_or(|wanted| wanted == kind);
        let surest = in_description
            .chain(in_party)
            .filter(|(place, _)| holds(&self.all[*place]))
            .max_by_key(|(place, described)| {
                let rule = &self.all[*place];
                let asks = u8::from(rule.comes_in.is_some()) + u8::from(rule.kind.is_some());
                (rule.rank, *described, rule.letters, asks, Reverse(*place))
            });
        surest.map(|(place, _)| self.all[place].category)
    }
}

impl Word {
    fn is(&self, written: &str) -> bool {
        readings(written).any(|reading| match self.open {
            true => reading.starts_with(&self.text),
            false => reading == self.text,
        })
    }
}

/// What each of the transactions is about, by their places. Where no rule holds: none.
#[must_use]
pub fn categories(accounts: &[Account<'_>], transactions: &[Transaction<'_>]) -> Vec<Option<Category>> {
    // Most lines are written again and again.
    let mut known = HashMap::new();
    transactions
        .iter()
        .map(|transaction| {
            let comes_in = (transaction.amount != Decimal::ZERO).then(|| transaction.amount > Decimal::ZERO);
            let kind = kind_of(accounts, transaction);
            let party = transaction.counterparty.unwrap_or_default();
            *known
                .entry((transaction.description, party, comes_in, kind))
                .or_insert_with(|| RULES.category(&words(transaction.description), &words(party), comes_in, kind))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(kind: Kind, amount: &str, description: &str, party: Option<&str>) -> Option<&'static str> {
        let account = Account {
            kind,
            number: None,
            owner: None,
        };
        let transaction = Transaction {
            id: "1",
            account: 0,
            date: crate::Day::parse("2026-01-01").expect("a day"),
            amount: amount.parse().expect("an amount"),
            currency: "ILS",
            description,
            counterparty: party,
        };
        categories(&[account], &[transaction])[0].map(Category::id)
    }

    #[test]
    fn every_line_of_the_file_is_a_rule_and_no_phrase_stands_twice() {
        let mut seen = HashMap::new();
        for columns in lines(include_str!("../data/rules.tsv")) {
            let rules = of_line(&columns).unwrap_or_else(|| panic!("no rule: {columns:?}"));
            for rule in rules {
                let phrase: Vec<_> = rule.phrase.iter().map(|word| (word.text.clone(), word.open)).collect();
                let key = (phrase, rule.comes_in, rule.kind);
                assert!(seen.insert(key, rule.category).is_none(), "twice: {columns:?}");
            }
        }
        let used: std::collections::HashSet<_> = seen.values().collect();
        let unused: Vec<_> = Category::all()
            .filter(|category| !used.contains(category))
            .map(Category::id)
            .collect();
        assert!(unused.is_empty(), "{unused:?}");
    }

    #[test]
    fn the_surest_rule_wins() {
        // The longer phrase.
        assert_eq!(of(Kind::Current, "-1", "ביטוח לאומי", None), Some("taxes"));
        assert_eq!(of(Kind::Current, "-1", "ביטוח", None), Some("insurance"));
        // The sign.
        assert_eq!(of(Kind::Current, "1", "ביטוח לאומי", None), Some("benefits"));
        assert_eq!(of(Kind::Current, "0", "ביטוח לאומי", None), Some("insurance"));
        // The description before the other side, and the rank before both.
        assert_eq!(of(Kind::Current, "1", "משכורת", Some("מרכז רפואי הדס")), Some("salary"));
        assert_eq!(of(Kind::Current, "-1", "העברה", Some("ביטוח ישיר")), Some("insurance"));
        // Nothing.
        assert_eq!(of(Kind::Current, "-1", "הוראת קבע", None), None);
        assert_eq!(of(Kind::Current, "-1", "", None), None);
    }

    proptest! {
        #[test]
        fn no_text_is_too_strange(description in "\\PC{0,80}", party in proptest::option::of("\\PC{0,40}"), out in any::<bool>()) {
            let amount = if out { "-1" } else { "1" };
            let first = of(Kind::Card, amount, &description, party.as_deref());
            prop_assert_eq!(first, of(Kind::Card, amount, &description, party.as_deref()));
        }

        #[test]
        fn marks_and_points_change_nothing(place in 0usize..5, mark in prop::sample::select(vec!['\u{200f}', '\u{202b}', '״', '\u{5b7}', '\u{2069}'])) {
            let mut letters: Vec<char> = "שכר דירה".chars().collect();
            letters.insert(place, mark);
            let text: String = letters.into_iter().collect();
            prop_assert_eq!(of(Kind::Current, "-100", &text, None), Some("rent"));
        }
    }
}
