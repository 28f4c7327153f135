//! The classes of matches, from the strictest to the loosest.
//!
//! 1. whole: a name, nickname, code, BIC, a bank's code with that of its branch, the bank of an IBAN;
//! 2. telling: all words of a name that tell something, in any order;
//! 3. beginning of a name, first where a word ends, then inside one;
//! 4. sound: all that tells something in a name of another script;
//! 5. initials of a name;
//! 6. words: each word typed is one of its names' words; then, each begins one;
//! 7. forms: the same with Hebrew prefixes and spelling set aside;
//! 8. pieces: each word typed stands inside a word;
//! 9. slips: each word typed is within a few slips of a word, fewest first.
//!
//! Within each class what was typed comes first as it stands, then in its other readings. Slips are looked for only
//! when nothing better than beginnings was found, and little of that: what is spelt right has no use for its likes.

use super::gather::Gather;
use super::names::{Kind, Names, Tree, is, place};
use super::query::{Query, Reading};
use super::spot::{SLIP, Spot, forgiven};
use super::trie::Likeness;
use crate::Institution;

/// So many matches by beginnings and pieces make slips needless.
const ENOUGH: usize = 10;

/// Later than any match: no name has all words typed.
const NO_NAME: usize = 255;

pub(super) struct Search<'a, 'b> {
    names: &'a Names,
    institutions: &'a [Institution],
    query: &'a Query,
    gather: &'a mut Gather<'b>,
}

/// How the words typed stand in an institution's names.
#[derive(Clone, Copy)]
struct Fit {
    /// What all cost together.
    cost: u32,
    /// The fewest telling words that a name has beyond them.
    extra: usize,
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
        let sounds = self.sounds(&readings[0]);
        self.sounding(&sounds, true);
        self.each(&readings, Self::initials);
        solid += self.each(&readings, Self::words);
        self.sounding(&sounds, false);
        self.each(&readings, Self::word_beginnings);
        self.each(&readings, Self::forms);
        self.each(&readings, Self::pieces);
        if solid == 0 && self.gather.places.len() < ENOUGH {
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
        for key in [spaced, joined] {
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

    fn telling(&mut self, words: &Words<'a>, _: bool) {
        self.key(&words.reading.telling, |_| true);
        if words.reading.words.len() > 1 {
            self.meet(&words.whole, |fit| (fit.extra == 0).then_some(0));
        }
    }

    fn at_word_ends(&mut self, words: &Words<'a>, as_typed: bool) {
        let Reading { spaced, telling, .. } = words.reading;
        for key in [spaced, telling] {
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
        for key in [spaced, joined, telling] {
            self.key_beginnings(key);
        }
        // a BIC with part of what names its branch
        if as_typed && (9..11).contains(&joined.len()) && joined.is_ascii() {
            self.key(&joined[..8], |entry| is(entry, Kind::Code));
        }
    }

    fn initials(&mut self, words: &Words<'a>, _: bool) {
        let Some(number) = self.names.initials.texts.find(&words.reading.joined) else {
            return;
        };
        for &place in self.names.initials.lists.get(number) {
            self.consider(place, false);
        }
    }

    fn words(&mut self, words: &Words<'a>, _: bool) {
        self.meet(&words.whole, |_| Some(0));
    }

    fn word_beginnings(&mut self, words: &Words<'a>, _: bool) {
        self.meet(&words.plain, |_| Some(0));
    }

    fn forms(&mut self, words: &Words<'a>, _: bool) {
        self.meet(&words.forms(self.names), |fit| Some(fit.cost));
    }

    fn pieces(&mut self, words: &Words<'a>, _: bool) {
        let spots = words.forms(self.names);
        let spots = spots
            .iter()
            .zip(&words.reading.words)
            .map(|(spot, word)| spot.with_pieces(self.names, word));
        self.meet(&spots.collect::<Vec<_>>(), |_| Some(0));
    }

    /// What the words may stand for by their sound; empty when that brings nothing more.
    fn sounds(&self, words: &Words<'a>) -> Vec<Spot> {
        if self.gather.is_full() {
            return Vec::new();
        }
        let spots = words.plain.iter().zip(&words.reading.words);
        spots.map(|(spot, word)| spot.with_sounds(self.names, word)).collect()
    }

    fn sounding(&mut self, spots: &[Spot], telling: bool) {
        if !self.gather.is_full() {
            self.meet(spots, |fit| (!telling || fit.extra == 0).then_some(fit.cost));
            self.gather.close();
        }
    }

    fn slips(&mut self, readings: &[Words<'a>]) {
        let names = self.names;
        for (at, words) in (0_u32..).zip(readings) {
            let forms = words.forms(names);
            let mut nodes = 0;
            let spots = forms.iter().zip(&words.reading.words);
            let spots: Vec<Spot> = spots.map(|(spot, word)| spot.with_slips(names, word, &mut nodes)).collect();
            self.gather.effort.nodes += nodes;
            self.meet(&spots, |fit| Some(slip_rank(fit.cost, fit.extra, at)));
        }
        if self.gather.close() == 0 {
            for words in readings {
                self.joined_slips(&words.reading.joined);
            }
            self.gather.close();
        }
    }

    /// Slips in names that are written without spaces.
    fn joined_slips(&mut self, joined: &str) {
        let most = forgiven(joined.chars().count());
        if most == 0 {
            return;
        }
        let Tree { table, trie, .. } = &self.names.keys;
        let mut found = Vec::new();
        self.gather.effort.nodes += trie.like(&table.texts, joined, most, &mut found);
        found.sort_by_key(Likeness::cost);
        for likeness in found {
            for &entry in table.lists.of_span(&likeness.span) {
                let place = place(entry);
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
        let Tree { table, wide, .. } = &self.names.keys;
        let span = table.texts.beginning(beginning);
        if let Some(places) = wide.get(&span) {
            places.iter().for_each(|&place| self.consider(place, false));
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

    /// Those whose names have a word for each word typed, ranked.
    fn meet(&mut self, spots: &[Spot], rank: impl Fn(Fit) -> Option<u32>) {
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
        let Tree { table, wide, .. } = &self.names.words;
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

    fn hold(&mut self, place: u32, spots: &[Spot], rank: &impl Fn(Fit) -> Option<u32>) {
        if self.gather.is_open(place, false)
            && let Some(rank) = self.fit(place, spots).and_then(rank)
        {
            self.gather.take(rank, place);
        }
    }

    /// How the words typed stand in the names of this place, if each stands in one of them.
    fn fit(&self, place: u32, spots: &[Spot]) -> Option<Fit> {
        let names = self.names;
        let mut least = [u8::MAX; 8];
        let mut extra = NO_NAME;
        for &name in names.of_place.get(place) {
            let mut here = [u8::MAX; 8];
            let mut more = 0;
            for &word in names.of_name.get(name) {
                let mut known = false;
                for (spot, cell) in spots.iter().zip(&mut here) {
                    if let Some(cost) = spot.cost(word) {
                        *cell = cost.min(*cell);
                        known = true;
                    }
                }
                more += usize::from(!known && !names.generic[word as usize]);
            }
            if here[..spots.len()].iter().all(|&cost| cost < u8::MAX) {
                extra = extra.min(more);
            }
            for (least, here) in least.iter_mut().zip(here) {
                *least = here.min(*least);
            }
        }
        let costs = &least[..spots.len()];
        costs.iter().all(|&cost| cost < u8::MAX).then(|| Fit {
            cost: costs.iter().map(|&cost| u32::from(cost)).sum(),
            extra,
        })
    }
}

/// Fewest slips first, then those that are all of a name, then as typed.
fn slip_rank(cost: u32, extra: usize, reading: u32) -> u32 {
    let slip = u32::from(SLIP);
    let beyond = u32::from(extra > 0);
    ((cost / slip * 2 + beyond) * slip + cost % slip) * 8 + reading.min(7)
}

/// One reading, and where its words may stand.
struct Words<'a> {
    reading: &'a Reading,
    whole: Vec<Spot>,
    plain: Vec<Spot>,
}

impl<'a> Words<'a> {
    fn of(names: &Names, reading: &'a Reading) -> Self {
        let each = |spot: fn(&Names, &str) -> Spot| reading.words.iter().map(|word| spot(names, word)).collect();
        Self {
            whole: each(Spot::whole),
            plain: each(Spot::plain),
            reading,
        }
    }

    fn forms(&self, names: &Names) -> Vec<Spot> {
        let words = self.plain.iter().zip(&self.reading.words);
        words.map(|(spot, word)| spot.with_forms(names, word)).collect()
    }
}
