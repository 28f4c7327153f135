//! What was typed, read in each way that it may be meant.

use crate::fold::{fold, fold_digraphs, is_generic, join, written_out};
use crate::iban;
use crate::scripts::{romanized, switched};

/// More than anybody types for a name: what is longer is cut, so that a request costs what a search costs.
const LONGEST: usize = 80;

/// Words beyond so many say nothing more.
pub(super) const MOST_WORDS: usize = 8;

/// One reading of what was typed, folded.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Reading {
    /// The whole of it, with one space between words.
    pub spaced: String,
    /// The same without spaces.
    pub joined: String,
    /// The words that tell something; all of them when none does.
    pub words: Vec<String>,
    /// Those, with one space between them.
    pub telling: String,
}

impl Reading {
    pub(super) fn of(spaced: String) -> Self {
        let telling = |word: &&str| !is_generic(word);
        let words = |words: &mut dyn Iterator<Item = &str>| words.take(MOST_WORDS).map(str::to_owned).collect::<Vec<_>>();
        let mut chosen = words(&mut spaced.split(' ').filter(telling));
        if chosen.is_empty() {
            chosen = words(&mut spaced.split(' '));
        }
        Self {
            joined: join(&spaced),
            telling: chosen.join(" "),
            words: chosen,
            spaced,
        }
    }
}

/// A code of an institution, and of its branch.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Branch {
    pub bank: String,
    pub branch: String,
    /// The two were typed apart.
    pub apart: bool,
}

/// What was typed.
#[derive(Debug)]
pub(super) struct Query {
    /// As it stands; the other ways to spell it; what the keys write in the other layout.
    pub readings: Vec<Reading>,
    /// As a code: digits without leading zeros.
    pub code: Option<String>,
    /// As codes of a bank and its branch.
    pub branches: Vec<Branch>,
    /// As a name with the code of a branch.
    pub named_branch: Option<(Reading, String)>,
    /// As an IBAN or its beginning: the country and the bank's code.
    pub account: Option<(&'static str, String)>,
}

impl Query {
    pub(super) fn new(typed: &str) -> Self {
        let cut: String = typed.trim_start().chars().take(LONGEST).collect();
        let plain = fold(&cut);
        let others = romanized(&plain).into_iter().chain(fold_digraphs(&cut)).chain(written_out(&plain));
        let others: Vec<String> = others.chain(switched(&cut).map(|other| fold(&other))).collect();
        let mut readings = vec![Reading::of(plain)];
        for other in others {
            if !other.is_empty() && readings.iter().all(|known| known.spaced != other) {
                readings.push(Reading::of(other));
            }
        }
        let words = &readings[0].words;
        Self {
            code: code(&readings[0].joined),
            branches: branches(words),
            named_branch: named_branch(words),
            account: iban::bank_of(&cut),
            readings,
        }
    }

    /// Whether nothing was typed that could be looked for.
    pub(super) fn is_empty(&self) -> bool {
        self.readings.iter().all(|reading| reading.spaced.is_empty())
    }
}

/// A code as it is compared: the digits without leading zeros, or nothing when the text is not of digits.
pub(super) fn code(text: &str) -> Option<String> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits
        .then(|| text.trim_start_matches('0').to_owned())
        .filter(|code| !code.is_empty())
}

/// The ways to part the words typed into the code of a bank and that of a branch.
fn branches(words: &[String]) -> Vec<Branch> {
    let of = |bank: &str, branch: &str, apart| {
        Some(Branch {
            bank: code(bank)?,
            branch: code(branch)?,
            apart,
        })
    };
    match words {
        [bank, branch, ..] => of(bank, branch, true).into_iter().collect(),
        [digits] if digits.is_ascii() && digits.len() < 20 => {
            (1..digits.len()).filter_map(|at| of(&digits[..at], &digits[at..], false)).collect()
        }
        _ => Vec::new(),
    }
}

/// The words typed, when the last of them is a number and those before are none.
fn named_branch(words: &[String]) -> Option<(Reading, String)> {
    let (branch, name) = words.split_last()?;
    let named = !name.is_empty() && name.iter().all(|word| code(word).is_none());
    named.then(|| Some((Reading::of(name.join(" ")), code(branch)?))).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_is_read_in_several_ways() {
        let spaced = |typed: &str| {
            Query::new(typed)
                .readings
                .into_iter()
                .map(|reading| reading.spaced)
                .collect::<Vec<_>>()
        };
        assert_eq!(spaced("ktunh"), ["ktunh", "לאומי"]);
        assert_eq!(spaced("Приват"), ["приват", "privat", "pryvat"]);
        assert_eq!(spaced("Münchner")[..2], ["munchner", "muenchner"]);
        assert_eq!(Query::new("Bank of Leumi").readings[0].words, ["leumi"]);
        assert_eq!(Query::new("the bank").readings[0].words, ["the", "bank"]);
        assert!(Query::new(" \u{200f}\" ").is_empty());
    }

    #[test]
    fn codes_of_bank_and_branch_are_parted() {
        let apart = |typed: &str| {
            let branches = Query::new(typed).branches.into_iter();
            branches.map(|one| format!("{}-{}", one.bank, one.branch)).collect::<Vec<_>>()
        };
        assert_eq!(apart("10-800"), ["10-800"]);
        assert_eq!(apart("010 800 1234"), ["10-800"]);
        assert_eq!(apart("010800"), ["1-800", "10-800"]);
        assert_eq!(apart("בנק 10 סניף 800"), ["10-800"]);
        assert!(apart("leumi 800").is_empty());
    }
}
