//! The best so far: what each class of matches brings, up to what was asked for.

use super::Key;
use super::sight::Sight;

/// Of one class so many are compared; those beyond come later in the usual order, and so short a query means none of them.
pub(super) const MOST_COMPARED: usize = 16_384;

/// Of a class of loose matches.
pub(super) const MOST_LOOSE: usize = 2_048;

/// What a search cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Effort {
    /// List entries looked at.
    pub entries: usize,
    /// Institutions whose names were held against what was typed, or whose standing was asked for.
    pub compared: usize,
    /// Nodes visited for slips.
    pub nodes: usize,
}

impl Effort {
    pub(super) fn add(&mut self, other: Self) {
        self.entries += other.entries;
        self.compared += other.compared;
        self.nodes += other.nodes;
    }
}

/// A match: how good within its class, what orders it among its equals, the place.
type Match = (u32, Key, u32);

/// Collects class after class, best first, each place once.
pub(super) struct Gather<'a> {
    sight: &'a Sight<'a>,
    key: &'a dyn Fn(usize) -> Key,
    wanted: usize,
    /// One bit for each place that is in this class or was in a better one.
    taken: Vec<u64>,
    class: Vec<Match>,
    /// What is no better than this is not among those that are kept.
    bar: Option<Match>,
    compared: usize,
    most: usize,
    pub(super) places: Vec<u32>,
    pub(super) effort: Effort,
}

impl<'a> Gather<'a> {
    pub(super) fn new(sight: &'a Sight<'a>, key: &'a dyn Fn(usize) -> Key, wanted: usize) -> Self {
        Self {
            sight,
            key,
            wanted,
            taken: vec![0; sight.places().div_ceil(64)],
            class: Vec::new(),
            bar: None,
            compared: 0,
            most: MOST_COMPARED,
            places: Vec::new(),
            effort: Effort::default(),
        }
    }

    /// Whether the place may still come in, in a class that only the listed are in or in the one of whole names.
    pub(super) fn is_open(&mut self, place: u32, whole: bool) -> bool {
        self.effort.entries += 1;
        let at = place as usize;
        let open = self.taken[at / 64] >> (at % 64) & 1 == 0 && self.sight.sees(place, whole);
        self.compared += usize::from(open);
        open
    }

    /// Takes in everything that is listed.
    pub(super) fn take_all(&mut self) {
        for place in 0..super::lexicon::short(self.sight.places()) {
            if self.is_spent() {
                break;
            }
            if self.is_open(place, false) {
                self.take(0, place);
            }
        }
        self.close();
    }

    /// Takes in an open place.
    pub(super) fn take(&mut self, rank: u32, place: u32) {
        let at = place as usize;
        self.taken[at / 64] |= 1 << (at % 64);
        let found = (rank, (self.key)(at), place);
        if self.bar.is_some_and(|bar| found >= bar) {
            return;
        }
        self.class.push(found);
        let room = self.wanted - self.places.len();
        if self.class.len() >= room.saturating_mul(2).max(256) {
            let (_, &mut bar, _) = self.class.select_nth_unstable(room);
            self.bar = Some(bar);
            self.class.truncate(room);
        }
    }

    /// Whether enough of this class were compared.
    pub(super) fn is_spent(&self) -> bool {
        self.compared >= self.most
    }

    /// From here on matches are loose, and fewer of them are compared.
    pub(super) fn loosen(&mut self) {
        self.most = MOST_LOOSE;
    }

    /// Ends a class; how many it brought.
    pub(super) fn close(&mut self) -> usize {
        let room = self.wanted - self.places.len();
        self.class.sort_unstable();
        self.class.truncate(room);
        self.places.extend(self.class.iter().map(|&(_, _, place)| place));
        self.effort.compared += std::mem::take(&mut self.compared);
        let brought = self.class.len();
        self.class.clear();
        self.bar = None;
        brought
    }

    pub(super) fn is_full(&self) -> bool {
        self.places.len() >= self.wanted
    }

    /// Those that may be seen, when they are few.
    pub(super) fn few(&self) -> Option<&'a [u32]> {
        self.sight.few()
    }
}
