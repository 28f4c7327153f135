//! The classes of matches, from the strictest to the loosest.
//!
//! 1. whole: a name, nickname, code, BIC, a bank's code with that of its branch, the bank of an IBAN;
//! 2. telling: all words of a name that tell something, in any order; a name with the code of a branch;
//! 3. beginning of a name, first where a word ends, then inside one;
//! 4. initials of a name;
//! 5. words: each word typed is one of its names' words; then, each begins one;
//! 6. forms: the same with Hebrew prefixes and spelling set aside;
//! 7. pieces: each word typed stands inside a word;
//! 8. sound: each word typed sounds like a word in another script;
//! 9. slips: each word typed is within a few slips of a word, or sounds nearly like it, fewest first.
//!
//! Within each class what was typed comes first as it stands, then in its other readings. A sound is the one reading that loses
//! something, so that it has a class of its own. Slips are looked for only when nothing better than beginnings was found, and
//! little of that: what is spelt right has no use for its likes.

use super::fit::{Fit, Words, fit};
use super::gather::Gather;
use super::names::{Kind, Names, Prefixed, Tree, is, place};
use super::query::{Query, Reading};
use super::spot::{SLIP, Spot, forgiven};
use super::trie::Likeness;
use crate::Institution;

/// So many matches by beginnings and pieces make slips needless.
const ENOUGH: usize = 10;

pub(super) struct Search<'a, 'b> {
    names: &'a Names,
    institutions: &'a [Institution],
    query: &'a Query,
    gather: &'a mut Gather<'b>,
}

impl<'a, 'b> Search<'a, 'b> {
    pub(super) fn new(names: &'a Names, institutions: &'a [Institution], query: &'a Query, gather: &'a mut Gather<'b>) -> Self {
        Self {
            names,
            institutions,
            query,
            gather,
        }
    }

    /// Class after class, until enough was found.
    pub(super) fn run(&mut self) {
        let readings: Vec<Words<'a>> = self.query.readings.iter().map(|reading| Words::of(self.names, reading)).collect();
        let mut solid = self.each(&readings, Self::whole);
        solid += self.each(&readings, Self::telling);
        solid += self.each(&readings, Self::at_word_ends);
        self.each(&readings, Self::beginnings);
        self.each(&readings, Self::initials);
        solid += self.each(&readings, Self::words);
        self.each(&readings, Self::word_beginnings);
        self.gather.loosen();
        self.each(&readings, Self::forms);
        self.each(&readings, Self::pieces);
        let enough = self.gather.places.len() >= ENOUGH;
        self.each(&readings[..1], Self::sounds);
        if solid == 0 && !enough {
            self.slips(&readings);
        }
    }

    /// One class in each reading; how many it brought.
    fn each(&mut self, readings: &[Words<'a>], class: impl Fn(&mut Self, &Words<'a>, bool)) -> usize {
        let mut brought = 0;
        for (at, reading) in readings.iter().enumerate() {
            if self.gather.is_full() {
                break;
            }
            if !reading.reading.spaced.is_empty() {
                class(self, reading, at == 0);
            }
            brought += self.gather.close();
        }
        brought
    }

    fn whole(&mut self, words: &Words<'a>, as_typed: bool) {
        let Reading { spaced, joined, .. } = words.reading;
        for key in distinct([spaced, joined, joined]) {
            self.key(key, |entry| !is(entry, Kind::Telling));
        }
        if !as_typed {
            return;
        }
        let query = self.query;
        let institutions = self.institutions;
        if let Some(code) = &query.code {
            self.key(code, |entry| is(entry, Kind::Code));
        }
        // a BIC with the three characters of its branch
        if joined.len() == 11 && joined.is_ascii() {
            self.key(&joined[..8], |entry| is(entry, Kind::Code));
        }
        if let Some((country, bank)) = &query.account {
            let code = super::query::code(bank).unwrap_or_else(|| bank.to_lowercase());
            self.key(&code, |entry| {
                is(entry, Kind::Code) && *institutions[place(entry) as usize].country == **country
            });
        }
        for branch in &query.branches {
            let has = |one: &Institution| {
                one.branches
                    .iter()
                    .any(|known| super::query::code(known).as_deref() == Some(&branch.branch))
            };
            self.key(&branch.bank, |entry| {
                is(entry, Kind::Code) && has(&institutions[place(entry) as usize])
            });
        }
    }

    fn telling(&mut self, words: &Words<'a>, as_typed: bool) {
        let Reading {
            spaced, joined, telling, ..
        } = words.reading;
        for key in distinct([spaced, joined, telling]) {
            self.key(key, |entry| !is(entry, Kind::Code));
        }
        if words.reading.words.len() > 1 {
            self.meet(&words.whole, |_, fit| (fit.extra == 0).then_some(0));
        }
        if let Some((name, branch)) = self.query.named_branch.as_ref().filter(|_| as_typed) {
            let institutions = self.institutions;
            let name = Words::of(self.names, name);
            self.meet(&name.forms(self.names), |place, fit| {
                has_branch(&institutions[place as usize], branch).then_some(fit.cost)
            });
        }
    }

    fn at_word_ends(&mut self, words: &Words<'a>, as_typed: bool) {
        let Reading { spaced, telling, .. } = words.reading;
        for key in distinct([spaced, spaced, telling]) {
            self.key_beginnings(&format!("{key} "));
        }
        for branch in self.query.branches.iter().filter(|branch| as_typed && branch.apart) {
            self.key(&branch.bank, |entry| is(entry, Kind::Code));
        }
    }

    fn beginnings(&mut self, words: &Words<'a>, as_typed: bool) {
        let Reading {
            spaced, joined, telling, ..
        } = words.reading;
        for key in distinct([spaced, joined, telling]) {
            self.key_beginnings(key);
        }
        // a BIC with part of what names its branch
        if as_typed && (9..11).contains(&joined.len()) && joined.is_ascii() {
            self.key(&joined[..8], |entry| is(entry, Kind::Code));
        }
    }

    fn initials(&mut self, words: &Words<'a>, _: bool) {
        let Reading { joined, telling, .. } = words.reading;
        let table = &self.names.initials;
        for number in distinct([joined, joined, telling]).filter_map(|key| table.texts.find(key)) {
            for &place in table.lists.get(number) {
                self.consider(place, false);
            }
        }
    }

    fn words(&mut self, words: &Words<'a>, _: bool) {
        self.meet_equally(&words.whole);
    }

    fn word_beginnings(&mut self, words: &Words<'a>, _: bool) {
        self.meet_equally(&words.plain);
    }

    fn forms(&mut self, words: &Words<'a>, _: bool) {
        self.meet(&words.forms(self.names), |_, fit| Some(fit.cost));
    }

    fn pieces(&mut self, words: &Words<'a>, _: bool) {
        let spots = words.forms(self.names);
        let spots = spots
            .iter()
            .zip(&words.reading.words)
            .map(|(spot, word)| spot.with_pieces(self.names, word));
        self.meet(&spots.collect::<Vec<_>>(), |_, _| Some(0));
    }

    fn sounds(&mut self, words: &Words<'a>, _: bool) {
        let alone = words.plain.len() == 1;
        let spots = words.plain.iter().zip(&words.reading.words);
        let spots: Vec<Spot> = spots.map(|(spot, word)| spot.with_sounds(self.names, word, alone)).collect();
        self.meet(&spots, |_, fit| Some(2 * fit.cost + u32::from(fit.extra > 0)));
    }

    fn slips(&mut self, readings: &[Words<'a>]) {
        // a word that is known is spelt right, unless that finds nobody
        for trusting in [true, false] {
            for (at, words) in (0_u32..).zip(readings) {
                self.slips_in(words, at, trusting);
            }
            if self.gather.close() > 0 {
                return;
            }
        }
        for words in readings {
            self.joined_slips(&words.reading.joined);
        }
        self.gather.close();
    }

    fn slips_in(&mut self, words: &Words<'a>, at: u32, trusting: bool) {
        let names = self.names;
        let known = words.whole.iter().filter(|whole| !whole.is_empty()).count();
        if known == if trusting { words.whole.len() } else { 0 } {
            return;
        }
        let mut nodes = 0;
        let forms = words.forms(names);
        let spots = forms
            .iter()
            .zip(&words.whole)
            .zip(&words.reading.words)
            .map(|((spot, whole), word)| {
                if trusting && !whole.is_empty() {
                    spot.clone()
                } else {
                    spot.with_slips(names, word, &mut nodes)
                }
            });
        let spots: Vec<Spot> = spots.collect();
        self.gather.effort.nodes += nodes;
        self.meet(&spots, |_, fit| Some(slip_rank(fit.cost, fit.extra, at)));
    }

    /// Slips in names that are written without spaces.
    fn joined_slips(&mut self, joined: &str) {
        let most = forgiven(joined.chars().count());
        if most == 0 {
            return;
        }
        let Tree { table, trie } = &self.names.compounds;
        let mut found = Vec::new();
        self.gather.effort.nodes += trie.like(&table.texts, joined, most, &mut found);
        found.sort_by_key(Likeness::cost);
        for likeness in found {
            for &place in table.lists.of_span(&likeness.span) {
                if self.gather.is_spent() {
                    return;
                }
                if self.gather.is_open(place, false) {
                    self.gather.take(u32::from(likeness.cost()), place);
                }
            }
        }
    }

    /// Those that have this very key.
    fn key(&mut self, key: &str, fits: impl Fn(u32) -> bool) {
        let table = &self.names.keys.table;
        let Some(number) = table.texts.find(key) else { return };
        for &entry in table.lists.get(number) {
            if fits(entry) {
                self.consider(place(entry), !is(entry, Kind::Telling));
            }
        }
    }

    fn key_beginnings(&mut self, beginning: &str) {
        let Prefixed { table, wide } = &self.names.keys;
        let span = table.texts.beginning(beginning);
        if let Some(places) = wide.get(&span) {
            self.gather.take_equals(places);
        } else {
            for &entry in table.lists.of_span(&span) {
                self.consider(place(entry), false);
            }
        }
    }

    fn consider(&mut self, place: u32, whole: bool) {
        if !self.gather.is_spent() && self.gather.is_open(place, whole) {
            self.gather.take(0, place);
        }
    }

    /// Those whose names have a word for each word typed.
    fn meet_equally(&mut self, spots: &[Spot]) {
        let [spot] = spots else {
            return self.meet(spots, |_, _| Some(0));
        };
        if self.gather.few().is_some() {
            return self.meet(spots, |_, _| Some(0));
        }
        // whoever has the one word has all of them
        let Prefixed { table, wide } = &self.names.words;
        for (span, _) in spot.by_cost() {
            let places = table.lists.of_span(&span);
            match wide.get(&span).or((span.len() == 1).then_some(places)) {
                Some(sorted) => self.gather.take_equals(sorted),
                None => places.iter().for_each(|&place| self.consider(place, false)),
            }
        }
    }

    /// Those whose names have a word for each word typed, ranked.
    fn meet(&mut self, spots: &[Spot], rank: impl Fn(u32, Fit) -> Option<u32>) {
        let rarest = spots.iter().min_by_key(|spot| spot.places(self.names));
        let Some(spot) = rarest.filter(|spot| !spot.is_empty()) else {
            return;
        };
        if let Some(few) = self.gather.few().filter(|few| few.len() < spot.places(self.names)) {
            for &place in few {
                self.hold(place, spots, &rank);
            }
            return;
        }
        let Prefixed { table, wide } = &self.names.words;
        for (span, _) in spot.by_cost() {
            let places = wide.get(&span).unwrap_or_else(|| table.lists.of_span(&span));
            for &place in places {
                if self.gather.is_spent() {
                    return;
                }
                self.hold(place, spots, &rank);
            }
        }
    }

    fn hold(&mut self, place: u32, spots: &[Spot], rank: &impl Fn(u32, Fit) -> Option<u32>) {
        if self.gather.is_open(place, false)
            && let Some(rank) = fit(self.names, place, spots).and_then(|fit| rank(place, fit))
        {
            self.gather.take(rank, place);
        }
    }
}

/// Each of the texts once.
fn distinct([one, two, three]: [&String; 3]) -> impl Iterator<Item = &String> {
    let others = [(two != one).then_some(two), (three != one && three != two).then_some(three)];
    std::iter::once(one).chain(others.into_iter().flatten())
}

fn has_branch(institution: &Institution, branch: &str) -> bool {
    institution
        .branches
        .iter()
        .any(|known| super::query::code(known).as_deref() == Some(branch))
}

/// Fewest slips first, then those that are all of a name, then as typed.
fn slip_rank(cost: u32, extra: usize, reading: u32) -> u32 {
    let slip = u32::from(SLIP);
    let beyond = u32::from(extra > 0);
    ((cost / slip * 2 + beyond) * slip + cost % slip) * 8 + reading.min(7)
}
