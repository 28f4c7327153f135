//! Where in words what was typed stands: all endings of all words, sorted.

use super::lexicon::{Lexicon, head};

/// Of longer words, endings that begin later than so many bytes are not kept.
const DEEPEST: usize = 255;

/// All endings of the words of a [`Lexicon`].
#[derive(Debug, Default)]
pub(super) struct Pieces {
    /// The word's number, and in the low byte where the ending begins.
    endings: Box<[u32]>,
}

impl Pieces {
    pub(super) fn of(words: &Lexicon) -> Self {
        let endings = (0..words.len()).filter(|&word| word < 1 << 24).flat_map(|word| {
            let inner = words.get(word).char_indices().skip(1).take_while(|&(at, _)| at <= DEEPEST);
            inner.map(move |(at, _)| word << 8 | super::lexicon::short(at))
        });
        let mut endings: Vec<(u64, u32)> = endings.map(|known| (head(ending(words, known)), known)).collect();
        endings.sort_unstable_by(|&(head, one), &(other, two)| {
            let bytes = || ending(words, one).cmp(ending(words, two));
            head.cmp(&other).then_with(bytes)
        });
        Self {
            endings: endings.into_iter().map(|(_, known)| known).collect(),
        }
    }

    /// The words that have this after their first letter, at most so many.
    pub(super) fn with(&self, words: &Lexicon, piece: &str, most: usize) -> Vec<u32> {
        let from = self.endings.partition_point(|&known| ending(words, known) < piece);
        let begin = self.endings[from..]
            .iter()
            .take(most)
            .take_while(|&&known| ending(words, known).starts_with(piece));
        let mut found: Vec<u32> = begin.map(|known| known >> 8).collect();
        found.sort_unstable();
        found.dedup();
        found
    }
}

fn ending(words: &Lexicon, known: u32) -> &str {
    &words.get(known >> 8)[(known & 0xff) as usize..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_is_found_after_the_first_letter() {
        let words = Lexicon::of(["bank", "discount", "mercantile", "לאומי"].into_iter());
        let pieces = Pieces::of(&words);
        assert_eq!(pieces.with(&words, "nt", 10), [1, 2]);
        assert_eq!(pieces.with(&words, "ומי", 10), [3]);
        assert_eq!((pieces.with(&words, "bank", 10), pieces.with(&words, "n", 1).len()), (vec![], 1));
    }
}
