//! Sorted distinct texts, and for each the list of what it stands in.

use std::collections::HashMap;
use std::ops::Range;

/// A span of texts that lie side by side.
pub(super) type Span = Range<u32>;

/// From how many entries on the list of a span is kept ready, in the usual order.
const WIDE: usize = 4_096;

/// Distinct texts in order, each known by its number.
#[derive(Debug, Default)]
pub(super) struct Lexicon {
    text: Box<str>,
    ends: Box<[u32]>,
}

impl Lexicon {
    /// Of texts that are sorted and distinct.
    pub(super) fn of<'a>(sorted: impl Iterator<Item = &'a str>) -> Self {
        let mut text = String::new();
        let ends = sorted.map(|next| {
            text.push_str(next);
            short(text.len())
        });
        let ends = ends.collect();
        Self { text: text.into(), ends }
    }

    pub(super) fn len(&self) -> u32 {
        short(self.ends.len())
    }

    pub(super) fn get(&self, number: u32) -> &str {
        let at = number as usize;
        let from = if at == 0 { 0 } else { self.ends[at - 1] as usize };
        &self.text[from..self.ends[at] as usize]
    }

    /// The number of this very text.
    pub(super) fn find(&self, text: &str) -> Option<u32> {
        let at = self.partition(0, self.len(), |known| known < text);
        (at < self.len() && self.get(at) == text).then_some(at)
    }

    /// The texts that begin so.
    pub(super) fn beginning(&self, prefix: &str) -> Span {
        let from = self.partition(0, self.len(), |known| known < prefix);
        from..self.partition(from, self.len(), |known| known.starts_with(prefix))
    }

    /// The first of these for which it does not hold.
    fn partition(&self, from: u32, end: u32, holds: impl Fn(&str) -> bool) -> u32 {
        let (mut low, mut high) = (from, end);
        while low < high {
            let middle = low + (high - low) / 2;
            if holds(self.get(middle)) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }
}

/// For each number a list of entries, sorted.
#[derive(Debug, Default)]
pub(super) struct Lists {
    ends: Box<[u32]>,
    entries: Box<[u32]>,
}

impl Lists {
    /// Of (number, entry), sorted, for so many numbers.
    pub(super) fn of(numbers: u32, pairs: &[(u32, u32)]) -> Self {
        let mut ends = vec![0; numbers as usize];
        for &(number, _) in pairs {
            ends[number as usize] += 1;
        }
        let mut total = 0;
        for end in &mut ends {
            total += *end;
            *end = total;
        }
        Self {
            ends: ends.into(),
            entries: pairs.iter().map(|&(_, entry)| entry).collect(),
        }
    }

    /// The entries of all these numbers; sorted only if it is one.
    pub(super) fn of_span(&self, span: &Span) -> &[u32] {
        let place = |at: u32| if at == 0 { 0 } else { self.ends[at as usize - 1] as usize };
        if span.is_empty() {
            &[]
        } else {
            &self.entries[place(span.start)..place(span.end)]
        }
    }

    pub(super) fn get(&self, number: u32) -> &[u32] {
        self.of_span(&(number..number + 1))
    }

    pub(super) fn numbers(&self) -> u32 {
        short(self.ends.len())
    }
}

/// The lists of those beginnings that much begins with, each entry once and in the usual order.
#[derive(Debug, Default)]
pub(super) struct Wide {
    lists: HashMap<(u32, u32), Box<[u32]>>,
}

impl Wide {
    /// `place` is the place that an entry stands for.
    pub(super) fn of(lexicon: &Lexicon, lists: &Lists, place: impl Fn(u32) -> u32) -> Self {
        let mut wide = Self::default();
        let mut open = vec![(0..lexicon.len(), 0)];
        while let Some((span, depth)) = open.pop() {
            let mut number = span.start;
            while number < span.end {
                let text = lexicon.get(number);
                let Some(letter) = text[depth..].chars().next() else {
                    number += 1;
                    continue;
                };
                let deeper = depth + letter.len_utf8();
                let end = lexicon.partition(number, span.end, |other| other.starts_with(&text[..deeper]));
                let below = number..end;
                number = end;
                let entries = lists.of_span(&below);
                if below.len() < 2 || entries.len() < WIDE {
                    continue;
                }
                wide.lists.entry((below.start, below.end)).or_insert_with(|| {
                    let mut places: Vec<u32> = entries.iter().map(|&entry| place(entry)).collect();
                    places.sort_unstable();
                    places.dedup();
                    places.into()
                });
                open.push((below, deeper));
            }
        }
        wide
    }

    pub(super) fn get(&self, span: &Span) -> Option<&[u32]> {
        self.lists.get(&(span.start, span.end)).map(AsRef::as_ref)
    }
}

/// The first bytes of a text as a number: most texts are told apart by it, faster than byte by byte.
pub(super) fn head(text: &str) -> u64 {
    let mut first = [0; 8];
    for (cell, byte) in first.iter_mut().zip(text.bytes()) {
        *cell = byte;
    }
    u64::from_be_bytes(first)
}

/// What is counted here stays far below four thousand million.
pub(super) fn short(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_found_by_themselves_and_by_their_beginnings() {
        let lexicon = Lexicon::of(["bank", "banka", "leumi", "לאומי"].into_iter());
        assert_eq!(
            (lexicon.find("banka"), lexicon.find("ban"), lexicon.find("zz")),
            (Some(1), None, None)
        );
        assert_eq!(
            (lexicon.beginning("ban"), lexicon.beginning(""), lexicon.beginning("c")),
            (0..2, 0..4, 2..2)
        );
        assert_eq!(lexicon.get(3), "לאומי");
        let lists = Lists::of(3, &[(0, 7), (2, 1), (2, 9)]);
        assert_eq!(
            (lists.get(0), lists.get(1), lists.of_span(&(0..3))),
            (&[7][..], &[][..], &[7, 1, 9][..])
        );
    }
}
