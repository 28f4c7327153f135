//! Matching and ranking.
//!
//! Each institution is an [`Entry`] of folded names; each thing typed is a [`Query`]. An entry is held against the query
//! from the strictest reading to the loosest, and the first that holds is its [`Rank`]:
//! whole name or code, beginning of a name, beginnings of words in any order, pieces of names, words with a slip.
//! Another reading of what was typed (another script, another keyboard) is another query over the same entries.

use super::Institution;
use super::fold::{fold, join, stem};
use std::collections::BTreeSet;
use strsim::damerau_levenshtein;

/// More than anybody types for a name: what is longer is cut, so that a request costs what a search costs.
const LONGEST_QUERY: usize = 80;

/// How well an entry matches; less is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// A whole name, nickname, code or BIC.
    Exact,
    /// The beginning of one of those.
    Prefix,
    /// Each word typed begins a word of its names; the flag: only without a Hebrew prefix.
    Words(bool),
    /// Each word typed is somewhere in its names.
    Piece,
    /// Each word typed is within a few slips of a word: how many in all.
    Slips(usize),
}

/// What was typed.
#[derive(Debug)]
pub(super) struct Query {
    folded: String,
    joined: String,
    words: Vec<String>,
    /// As a code: digits without leading zeros.
    code: Option<String>,
}

impl Query {
    /// Reads what was typed.
    pub(super) fn new(typed: &str) -> Self {
        let cut: String = typed.trim_start().chars().take(LONGEST_QUERY).collect();
        let folded = fold(&cut);
        let joined = join(&folded);
        let words = folded.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect();
        Self {
            code: code(&joined),
            folded,
            joined,
            words,
        }
    }

    /// Whether nothing was typed that could be looked for.
    pub(super) fn is_empty(&self) -> bool {
        self.folded.is_empty()
    }
}

/// The index over a directory's institutions, by their places in its list.
#[derive(Debug)]
pub(super) struct Index {
    entries: Vec<Entry>,
}

impl Index {
    /// Folds everything that an institution is known by.
    pub(super) fn new(institutions: &[Institution]) -> Self {
        Self {
            entries: institutions.iter().map(Entry::new).collect(),
        }
    }

    /// The places of what matches, best first; among equals, the usual order. `seen` says what may be found at all,
    /// `listed` what may be found by less than its whole name.
    pub(super) fn search(&self, query: &Query, seen: impl Fn(usize) -> bool, listed: impl Fn(usize) -> bool) -> Vec<usize> {
        let places = || (0..self.entries.len()).filter(|&at| seen(at));
        let mut ranked: Vec<(Rank, usize)> = places()
            .filter_map(|at| Some((self.entries[at].rank(query)?, at)))
            .filter(|&(rank, at)| rank == Rank::Exact || listed(at))
            .collect();
        // Slips are looked for only when what was typed begins nothing: a name that is spelt right has no use for its likes.
        if ranked.iter().all(|&(rank, _)| rank >= Rank::Piece) {
            let slips = places().filter(|&at| listed(at) && !ranked.iter().any(|&(_, known)| known == at));
            let slips: Vec<_> = slips
                .filter_map(|at| Some((Rank::Slips(self.entries[at].slips(query)?), at)))
                .collect();
            ranked.extend(slips);
        }
        ranked.sort_unstable();
        ranked.into_iter().map(|(_, at)| at).collect()
    }
}

/// All that an institution is known by, folded.
#[derive(Debug)]
struct Entry {
    /// Names and nicknames.
    names: Vec<String>,
    /// The same, without spaces.
    joined: Vec<String>,
    /// The words of all names.
    words: BTreeSet<String>,
    /// Those words that have a Hebrew prefix, without it.
    stems: BTreeSet<String>,
    /// Codes, without leading zeros.
    codes: Vec<String>,
    /// BICs, lower case.
    bics: Vec<String>,
}

impl Entry {
    fn new(institution: &Institution) -> Self {
        let names = institution.names.all().map(fold);
        let names: Vec<String> = names.collect::<BTreeSet<_>>().into_iter().collect();
        let words: BTreeSet<String> = names.iter().flat_map(|name| name.split(' ')).map(str::to_owned).collect();
        Self {
            joined: names.iter().map(|name| join(name)).collect(),
            stems: words.iter().filter_map(|word| stem(word)).map(str::to_owned).collect(),
            codes: institution
                .codes
                .iter()
                .map(|written| code(written).unwrap_or_else(|| fold(written)))
                .collect(),
            bics: institution.bics.iter().map(|bic| fold(bic)).collect(),
            names,
            words,
        }
    }

    /// How well the entry matches what was typed, if it was typed without a slip.
    fn rank(&self, query: &Query) -> Option<Rank> {
        let any = |list: &[String], test: &dyn Fn(&str) -> bool| list.iter().any(|text| test(text));
        // A BIC may be typed with the three characters of its branch.
        let bic = |bic: &str| query.joined == *bic || (query.joined.len() == 11 && query.joined.starts_with(bic));
        let coded = |code: &str| query.code.as_deref() == Some(code) || query.joined == code;
        if any(&self.joined, &|name| name == query.joined) || any(&self.codes, &coded) || any(&self.bics, &bic) {
            return Some(Rank::Exact);
        }
        let begins = |text: &str| text.starts_with(&query.joined);
        if any(&self.joined, &begins) || any(&self.codes, &begins) || any(&self.bics, &begins) {
            return Some(Rank::Prefix);
        }
        if let Some(stemmed) = self.word_prefixes(query) {
            return Some(Rank::Words(stemmed));
        }
        let inside = |word: &String| any(&self.names, &|name| name.contains(word.as_str()));
        let pieces = query.words.iter().all(inside) || any(&self.joined, &|name| name.contains(&query.joined));
        // One letter is inside nearly every name: it finds only what it begins.
        (pieces && query.joined.chars().count() > 1).then_some(Rank::Piece)
    }

    /// Whether each word typed begins one of the entry's words, and whether a Hebrew prefix had to come off for it.
    fn word_prefixes(&self, query: &Query) -> Option<bool> {
        let begins = |set: &BTreeSet<String>, word: &str| set.range(word.to_owned()..).next().is_some_and(|next| next.starts_with(word));
        let mut stemmed = false;
        for word in &query.words {
            if begins(&self.words, word) {
                continue;
            }
            let bare = stem(word);
            if !begins(&self.stems, word) && !bare.is_some_and(|bare| begins(&self.words, bare) || begins(&self.stems, bare)) {
                return None;
            }
            stemmed = true;
        }
        Some(stemmed)
    }

    /// The slips in all, when each word typed is close enough to a word of the entry, or all together to a whole name.
    fn slips(&self, query: &Query) -> Option<usize> {
        let apart = query.words.iter().map(|word| self.word_slips(word)).sum::<Option<usize>>();
        let together = (query.words.len() > 1)
            .then(|| closest(&query.joined, self.joined.iter()))
            .flatten();
        apart.into_iter().chain(together).min()
    }

    fn word_slips(&self, word: &str) -> Option<usize> {
        let typed = closest(word, self.words.iter().chain(&self.stems).chain(&self.joined));
        let bare = stem(word).and_then(|bare| closest(bare, self.words.iter().chain(&self.stems)));
        typed.into_iter().chain(bare).min()
    }
}

/// How many slips a word of so many letters is forgiven.
fn forgiven(letters: usize) -> usize {
    match letters {
        0..=3 => 0,
        4..=7 => 1,
        _ => 2,
    }
}

/// The fewest slips between what was typed and one of the words, or its beginning (people search before they have
/// finished typing), if so few are forgiven.
fn closest<'a>(typed: &str, words: impl Iterator<Item = &'a String>) -> Option<usize> {
    let letters = typed.chars().count();
    let most = forgiven(letters);
    words.filter_map(|word| slips_between(typed, letters, word, most)).min()
}

fn slips_between(typed: &str, letters: usize, word: &str, most: usize) -> Option<usize> {
    let length = word.chars().count();
    if length + most < letters {
        return None;
    }
    if most == 0 {
        return word.starts_with(typed).then_some(0);
    }
    let shortest = letters.saturating_sub(most).max(1);
    (shortest..=(letters + most).min(length))
        .map(|cut| {
            let beginning = word.char_indices().nth(cut).map_or(word, |(end, _)| &word[..end]);
            damerau_levenshtein(typed, beginning)
        })
        .min()
        .filter(|&slips| slips <= most)
}

/// A code as it is compared: the digits without leading zeros, or nothing when the text is not of digits.
fn code(text: &str) -> Option<String> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits
        .then(|| text.trim_start_matches('0').to_owned())
        .filter(|code| !code.is_empty())
}
