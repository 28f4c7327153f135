//! Finding institutions by what people type.
//!
//! **Contract.** Matches come class after class, best class first; within a class by the caller's standing, then in the
//! usual order. A class is brought whole before the next is looked at, so that no loose match stands before a strict
//! one, and asking for more only adds at the end. The classes are those of [`search`].
//!
//! **Cost.** A word typed is looked up among the distinct words of all names, never in the names themselves, and those
//! words lead to places. What a search looks at is bounded whatever is typed and whatever the filter hides.
//!
//! - `query`: the readings of what was typed.
//! - `names`: keys, words and forms of words, and what each leads to; over `lexicon`, `trie` (slips) and `pieces`.
//! - `spot`: the words that one word typed may stand for.
//! - `sight`: what the filter lets through. `gather`: the best so far.
//! - `fit`: how what was typed stands in the names of one institution. `search`: the classes.

mod fit;
mod gather;
mod lexicon;
mod names;
mod pieces;
mod query;
mod search;
mod sight;
mod spot;
#[cfg(test)]
mod tests;
mod trie;

use crate::{Extent, Filter, Institution};
pub(crate) use gather::Effort;
use gather::Gather;
use names::Names;
use query::Query;
use search::Search;
use sight::{Groups, Sight};

/// The index over a directory's institutions, by their places in its list.
#[derive(Debug)]
pub(crate) struct Index {
    names: Names,
    groups: Groups,
}

/// What orders those that match equally well; less comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    /// The place that the tenant wants it at.
    pub wanted: u32,
    /// What the caller thinks of it.
    pub standing: u64,
    /// Its place in the usual order.
    pub usual: usize,
}

/// What is asked of the index.
pub(crate) struct Asked<'a> {
    /// What was typed.
    pub typed: &'a str,
    /// What may be seen.
    pub filter: &'a Filter,
    /// Whether the tenant has the institution at this place at all.
    pub theirs: &'a dyn Fn(usize) -> bool,
    /// Where the institution with an id stands.
    pub place_of: &'a dyn Fn(&str) -> Option<usize>,
    /// What orders it among its equals, by place.
    pub key: &'a dyn Fn(usize) -> Key,
    /// The places below this are ordered by themselves alone: among them the less comes first.
    pub in_order: usize,
    /// How many are asked for.
    pub limit: usize,
}

/// What a search brought.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// The places, best first; one more than was asked for when there are more.
    pub places: Vec<u32>,
    /// What there would be without the filter, when with it there is nothing.
    pub hidden: Vec<u32>,
    /// What it cost.
    pub effort: Effort,
}

/// So many are counted of those that a filter hides.
const MOST_HIDDEN: usize = 100;

/// So many matches are looked for at least: fewer good ones make slips worth looking for, however few are asked for.
const LEAST_WANTED: usize = 10;

impl Index {
    /// Reads everything that the institutions are known by.
    pub(crate) fn of(institutions: &[Institution]) -> Self {
        Self {
            names: Names::of(institutions),
            groups: Groups::of(institutions),
        }
    }

    /// What matches what was typed; without anything typed, all.
    pub(crate) fn search(&self, institutions: &[Institution], asked: &Asked<'_>) -> Outcome {
        let query = Query::new(asked.typed);
        let sight = Sight::of(&self.groups, institutions, asked);
        let wanted = asked.limit.saturating_add(1);
        let mut outcome = self.run(institutions, &query, &sight, asked, wanted);
        if outcome.places.is_empty() {
            let all = Sight::unbounded(&self.groups, institutions, asked);
            let hidden = self.run(institutions, &query, &all, asked, MOST_HIDDEN);
            outcome.hidden = hidden.places;
            outcome.effort.add(hidden.effort);
        }
        outcome
    }

    /// What may be found in all: what is asked with any words.
    pub(crate) fn extent(&self, institutions: &[Institution], asked: &Asked<'_>) -> Extent {
        let sight = Sight::of(&self.groups, institutions, asked);
        let seen = (0..lexicon::short(sight.places())).filter(|&place| sight.sees(place, false));
        let mut countries = seen.map(|place| institutions[place as usize].country);
        let Some(first) = countries.next() else {
            return Extent::default();
        };
        let (mut count, mut several_countries) = (1, false);
        for country in countries {
            count += 1;
            several_countries |= country != first;
        }
        Extent { count, several_countries }
    }

    fn run(&self, institutions: &[Institution], query: &Query, sight: &Sight<'_>, asked: &Asked<'_>, wanted: usize) -> Outcome {
        let mut gather = Gather::new(sight, asked, wanted.max(LEAST_WANTED));
        if query.is_empty() {
            gather.take_all();
        } else {
            Search::new(&self.names, institutions, query, &mut gather).run();
        }
        let mut places = gather.places;
        places.truncate(wanted);
        Outcome {
            places,
            hidden: Vec::new(),
            effort: gather.effort,
        }
    }
}
