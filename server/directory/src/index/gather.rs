//! The best so far: what each class of matches brings, up to what was asked for.

use super::sight::Sight;
use super::{Asked, Key};

/// Of one class so many are compared; those beyond come later in the usual order, and so short a query means none of them.
pub(super) const MOST_COMPARED: usize = 16_384;

/// Of a class of loose matches.
pub(super) const MOST_LOOSE: usize = 2_048;

/// To look each up of so many fewer is less work than to go through a list.
const FEWER: usize = 16;

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
    /// The places below it are in order.
    in_order: u32,
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
    pub(super) fn new(sight: &'a Sight<'a>, asked: &Asked<'a>, wanted: usize) -> Self {
        Self {
            sight,
            key: asked.key,
            in_order: super::lexicon::short(asked.in_order),
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
        let all = super::lexicon::short(self.sight.places());
        let in_order = self.in_order.min(all);
        match self.sight.few() {
            Some(few) => self.take_each(few.iter().copied()),
            None => {
                self.take_first(0..in_order);
                self.take_each(in_order..all);
            }
        }
        self.close();
    }

    /// Takes in those of these that are listed. They are sorted, and match equally well.
    pub(super) fn take_equals(&mut self, places: &[u32]) {
        if let Some(few) = self.sight.few().filter(|few| few.len() < places.len() / FEWER) {
            let among = few.iter().copied().filter(|place| places.binary_search(place).is_ok());
            return self.take_each(among);
        }
        let (in_order, others) = places.split_at(places.partition_point(|&place| place < self.in_order));
        self.take_first(in_order.iter().copied());
        self.take_each(others.iter().copied());
    }

    fn take_each(&mut self, places: impl Iterator<Item = u32>) {
        for place in places {
            if self.is_spent() {
                return;
            }
            if self.is_open(place, false) {
                self.take(0, place);
            }
        }
    }

    /// Of those in order only as many as there is room for can come in. What is compared for that counts for nothing in
    /// what may be compared: what else is looked at must not depend on how many are asked for.
    fn take_first(&mut self, in_order: impl Iterator<Item = u32>) {
        let before = self.compared;
        let room = (self.wanted - self.places.len()).min(MOST_COMPARED);
        for place in in_order {
            if self.compared - before == room {
                break;
            }
            if self.is_open(place, false) {
                self.take(0, place);
            }
        }
        self.effort.compared += self.compared - before;
        self.compared = before;
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
