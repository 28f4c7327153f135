//! How the words typed stand in an institution's names.

use super::names::Names;
use super::query::{MOST_WORDS, Reading};
use super::spot::Spot;

/// Later than any match: no name has all words typed.
const NO_NAME: usize = 255;

/// How the words typed stand in an institution's names.
#[derive(Clone, Copy)]
pub(super) struct Fit {
    /// What all cost together.
    pub cost: u32,
    /// The fewest telling words that a name has beyond them.
    pub extra: usize,
}

/// How the words typed stand in the names of this place, if each stands in one of them.
pub(super) fn fit(names: &Names, place: u32, spots: &[Spot]) -> Option<Fit> {
    let mut least = [u8::MAX; MOST_WORDS];
    let mut extra = NO_NAME;
    for &name in names.of_place.get(place) {
        let mut here = [u8::MAX; MOST_WORDS];
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

/// One reading, and where its words may stand.
pub(super) struct Words<'a> {
    pub reading: &'a Reading,
    /// Where they stand whole.
    pub whole: Vec<Spot>,
    /// Where they stand, or begin a word.
    pub plain: Vec<Spot>,
}

impl<'a> Words<'a> {
    pub(super) fn of(names: &Names, reading: &'a Reading) -> Self {
        let each = |spot: fn(&Names, &str) -> Spot| reading.words.iter().map(|word| spot(names, word)).collect();
        Self {
            whole: each(Spot::whole),
            plain: each(Spot::plain),
            reading,
        }
    }

    /// Where they stand when Hebrew prefixes and spelling do not matter.
    pub(super) fn forms(&self, names: &Names) -> Vec<Spot> {
        let words = self.plain.iter().zip(&self.reading.words);
        words.map(|(spot, word)| spot.with_forms(names, word)).collect()
    }
}
