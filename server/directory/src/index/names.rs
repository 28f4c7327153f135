//! Everything that institutions are known by, in the forms in which it is looked up.

use super::lexicon::{Lexicon, Lists, Wide, head, short};
use super::pieces::Pieces;
use super::query::code;
use super::trie::Trie;
use crate::Institution;
use crate::fold::{bare, fold, fold_digraphs, is_generic, join, stem};
use crate::scripts::{romanized, sounds};
use std::collections::{BTreeSet, HashMap};

/// What a key is to the institution that it leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A whole name or nickname.
    Name = 0,
    /// The words of one that tell something.
    Telling = 1,
    /// A code or BIC.
    Code = 2,
}

/// A place, and what the key is to it, as one number.
pub(super) fn entry(place: u32, kind: Kind) -> u32 {
    place << 2 | kind as u32
}

/// The place that an entry stands for.
pub(super) fn place(entry: u32) -> u32 {
    entry >> 2
}

/// Whether the entry's key is of this kind.
pub(super) fn is(entry: u32, kind: Kind) -> bool {
    entry & 3 == kind as u32
}

/// Other forms of words, by what marks the key of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Without a Hebrew prefix.
    Stem,
    /// Without the letters that stand for vowels in Hebrew.
    Bare,
    /// What is heard of a Hebrew word.
    HebrewSound,
    /// What is heard of a Latin word.
    LatinSound,
}

impl Form {
    /// The key in the lexicon of forms.
    pub(super) fn key(self, text: &str) -> String {
        let mark = match self {
            Self::Stem => '1',
            Self::Bare => '2',
            Self::HebrewSound => '3',
            Self::LatinSound => '4',
        };
        format!("{mark}{text}")
    }
}

/// Texts, and what each leads to.
#[derive(Debug, Default)]
pub(super) struct Table {
    pub texts: Lexicon,
    pub lists: Lists,
}

/// The same, with the lists of the beginnings that much begins with.
#[derive(Debug, Default)]
pub(super) struct Prefixed {
    pub table: Table,
    pub wide: Wide,
}

/// The same, with a tree for slips.
#[derive(Debug, Default)]
pub(super) struct Tree {
    pub table: Table,
    pub trie: Trie,
}

/// All of it.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// Whole names, with and without spaces, codes and BICs; entries are made by [`entry`].
    pub keys: Prefixed,
    /// Names of several words without spaces; entries are places.
    pub compounds: Tree,
    /// Initials of names; entries are places.
    pub initials: Table,
    /// The words of names; entries are places.
    pub words: Prefixed,
    /// The tree of the words.
    pub trie: Trie,
    /// Forms of words; entries are words.
    pub forms: Table,
    /// Where in words a piece stands.
    pub pieces: Pieces,
    /// Which words tell hardly anything.
    pub generic: Box<[bool]>,
    /// The names of each place, by their numbers.
    pub of_place: Lists,
    /// The words of each name.
    pub of_name: Lists,
}

impl Names {
    pub(super) fn of(institutions: &[Institution]) -> Self {
        let mut draft = Draft::default();
        for (place, institution) in (0..).zip(institutions) {
            draft.add(place, institution);
        }
        draft.finish(short(institutions.len()))
    }
}

/// Longer names, in bytes, are typed with spaces, or wrong in one word alone.
const LONGEST_JOINED: usize = 40;
const LONGEST_COMPOUND: usize = 24;

/// What is collected before it is sorted.
#[derive(Default)]
struct Draft {
    keys: Vec<(Box<str>, u32)>,
    initials: Vec<(Box<str>, u32)>,
    compounds: Vec<(Box<str>, u32)>,
    words: HashMap<Box<str>, u32>,
    /// (place, name)
    named: Vec<(u32, u32)>,
    /// (name, word, its place in the name), words by the order in which they came
    worded: Vec<(u32, u32)>,
    names: u32,
}

impl Draft {
    fn add(&mut self, place: u32, institution: &Institution) {
        let mut spelled: Vec<String> = institution.names.all().flat_map(spellings).collect();
        spelled.sort_unstable();
        spelled.dedup();
        for name in spelled.iter().filter(|name| !name.is_empty()) {
            self.add_name(place, name);
        }
        for written in &institution.codes {
            let folded = fold(written);
            self.keys.extend(code(&folded).map(|code| (code.into(), entry(place, Kind::Code))));
            self.keys.push((folded.into(), entry(place, Kind::Code)));
        }
        for bic in &institution.bics {
            self.keys.push((fold(bic).into(), entry(place, Kind::Code)));
        }
    }

    fn add_name(&mut self, place: u32, name: &str) {
        let telling: Vec<&str> = name.split(' ').filter(|word| !is_generic(word)).collect();
        let told = telling.join(" ");
        let mut add = |text: &str, kind| {
            self.keys.push((text.into(), entry(place, kind)));
            if text.contains(' ') && text.len() <= LONGEST_JOINED {
                self.keys.push((join(text).into(), entry(place, kind)));
            }
        };
        add(name, Kind::Name);
        // what several words begin a name with is found by the name
        if !told.is_empty() && told != name && (telling.len() == 1 || !name.starts_with(&told)) {
            add(&told, Kind::Telling);
        }
        if telling.len() > 1 && told.len() <= LONGEST_COMPOUND {
            self.compounds.push((join(&told).into(), place));
        }
        for initials in initials(name) {
            self.initials.push((initials.into(), place));
        }
        for word in name.split(' ') {
            let next = short(self.words.len());
            let number = match self.words.get(word) {
                Some(&known) => known,
                None => *self.words.entry(word.into()).or_insert(next),
            };
            self.worded.push((self.names, number));
        }
        self.named.push((place, self.names));
        self.names += 1;
    }

    fn finish(mut self, places: u32) -> Names {
        let mut words: Vec<(Box<str>, u32)> = self.words.drain().collect();
        words.sort_unstable();
        let mut renumbered = vec![0; words.len()];
        for ((_, old), new) in words.iter().zip(0..) {
            renumbered[*old as usize] = new;
        }
        for (_, word) in &mut self.worded {
            *word = renumbered[*word as usize];
        }
        let texts = Lexicon::of(words.iter().map(|(word, _)| &**word));
        let of_name = Lists::of(self.names, &self.worded);
        let of_place = Lists::of(places, &self.named);
        let mut postings: Vec<(u32, u32)> = self
            .named
            .iter()
            .flat_map(|&(place, name)| of_name.get(name).iter().map(move |&word| (word, place)))
            .collect();
        postings.sort_unstable();
        postings.dedup();
        let lists = Lists::of(texts.len(), &postings);
        let forms = words.iter().zip(0..).flat_map(|((word, _), number)| {
            let keys = forms(word).into_iter();
            keys.map(move |key| (key.into_boxed_str(), number))
        });
        Names {
            keys: prefixed(table(self.keys), place),
            compounds: tree(table(self.compounds)),
            initials: table(self.initials),
            forms: table(forms.collect()),
            pieces: Pieces::of(&texts),
            generic: words.iter().map(|(word, _)| is_generic(word)).collect(),
            trie: Trie::of(&texts),
            words: prefixed(Table { texts, lists }, |place| place),
            of_place,
            of_name,
        }
    }
}

fn prefixed(table: Table, place: impl Fn(u32) -> u32) -> Prefixed {
    Prefixed {
        wide: Wide::of(&table.texts, &table.lists, place),
        table,
    }
}

fn tree(table: Table) -> Tree {
    Tree {
        trie: Trie::of(&table.texts),
        table,
    }
}

fn table(pairs: Vec<(Box<str>, u32)>) -> Table {
    let mut headed: Vec<(u64, Box<str>, u32)> = pairs.into_iter().map(|(text, entry)| (head(&text), text, entry)).collect();
    headed.sort_unstable();
    headed.dedup();
    let pairs: Vec<(Box<str>, u32)> = headed.into_iter().map(|(_, text, entry)| (text, entry)).collect();
    let mut distinct: Vec<&str> = pairs.iter().map(|(text, _)| &**text).collect();
    distinct.dedup();
    let texts = Lexicon::of(distinct.iter().copied());
    let mut number = 0;
    let entries = pairs.iter().map(|(text, entry)| {
        if &**text != distinct[number as usize] {
            number += 1;
        }
        (number, *entry)
    });
    let entries: Vec<(u32, u32)> = entries.collect();
    Table {
        lists: Lists::of(texts.len(), &entries),
        texts,
    }
}

/// The ways in which a name may be written, folded.
fn spellings(name: &str) -> Vec<String> {
    let plain = fold(name);
    let mut ways = romanized(&plain);
    ways.extend(fold_digraphs(name));
    // what is elided before a name is left out: d'Italia, l'Ain
    if name.contains(['\'', '’']) && plain.is_ascii() {
        ways.push(fold(&name.replace(['\'', '’'], " ")));
    }
    // what a hyphen parts is also one word: Ha-Hayal
    if name.contains('-') {
        ways.push(fold(&name.replace('-', "")));
    }
    ways.push(plain);
    ways
}

/// The other forms of a folded word, as keys.
fn forms(word: &str) -> Vec<String> {
    let mut keys = Vec::new();
    for one in [Some(word), stem(word)].into_iter().flatten() {
        keys.extend(bare(one).map(|bare| Form::Bare.key(&bare)));
        let form = if one.is_ascii() { Form::LatinSound } else { Form::HebrewSound };
        keys.extend(
            sounds(one)
                .into_iter()
                .filter(|sound| sound.key.len() > 1)
                .map(|sound| form.key(&sound.key)),
        );
    }
    keys.extend(stem(word).map(|stem| Form::Stem.key(stem)));
    keys
}

/// The initials of a name of two words or more: of all, and of those that tell something and what a bank is called.
/// What is written as one with `bank` counts as two.
fn initials(name: &str) -> BTreeSet<String> {
    let mut all = String::new();
    let mut chosen = String::new();
    for word in name.split(' ') {
        let parted = word
            .strip_suffix("bank")
            .or_else(|| word.strip_suffix("בנק"))
            .filter(|rest| rest.chars().count() > 2);
        let bank = parted.map(|rest| word[rest.len()..].chars().next());
        for letter in [word.chars().next(), bank.flatten()].into_iter().flatten() {
            all.push(letter);
            if !is_generic(word) || word.contains("ban") || word.contains("בנק") {
                chosen.push(letter);
            }
        }
    }
    [all, chosen].into_iter().filter(|initials| initials.chars().count() > 1).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_those_that_people_use() {
        let of = |name: &str| initials(&fold(name)).into_iter().collect::<Vec<_>>();
        assert_eq!(of("Deutsche Kreditbank AG"), ["dkb", "dkba"]);
        assert_eq!(of("State Bank of India"), ["sbi", "sboi"]);
        assert_eq!(of("בנק לאומי לישראל"), ["בלל"]);
        assert!(of("Leumi").is_empty());
    }

    #[test]
    fn a_name_is_found_in_each_spelling() {
        assert_eq!(spellings("Banca d'Italia"), ["banca d italia", "banca ditalia"]);
        assert_eq!(spellings("Otsar Ha-Hayal"), ["otsar hahayal", "otsar ha hayal"]);
        assert_eq!(spellings("Münchner"), ["muenchner", "munchner"]);
    }
}
