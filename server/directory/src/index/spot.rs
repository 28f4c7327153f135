//! Where in the lexicon of words what was typed may stand, and at what cost.

use super::lexicon::Span;
use super::names::{Form, Names};
use super::trie::Likeness;
use crate::fold::{bare, is_hebrew, stem, without_article};
use crate::scripts::{Sound, sounds};
use strsim::osa_distance;

/// A beginning, not the whole word.
const UNFINISHED: u8 = 1;
/// A Hebrew prefix off, or full for defective spelling.
const FORM: u8 = 2;
/// One slip.
pub(super) const SLIP: u8 = 8;
/// A sound that is not quite the same, beside a slip.
const NEARLY: u8 = 2;
/// Another spelling in the same script of what sounds the same: as far off as two slips.
const SPELLING: u8 = 2 * SLIP;

/// The most words that one word typed is taken for.
const MOST_WORDS: usize = 4_096;
/// The most that are held against it because their sound begins so.
const MOST_SOUNDS: usize = 128;
/// The most that sound just so.
const MOST_SAME: usize = 512;
/// The fewest consonants that are looked for as a beginning.
const LEAST_UNFINISHED: usize = 3;

/// Words, as spans that do not overlap, and what it costs to take what was typed for each.
#[derive(Clone, Debug, Default)]
pub(super) struct Spot {
    parts: Vec<(Span, u8)>,
}

impl Spot {
    /// The cost of taking it for this word.
    pub(super) fn cost(&self, word: u32) -> Option<u8> {
        let at = self.parts.partition_point(|(span, _)| span.end <= word);
        self.parts.get(at).filter(|(span, _)| span.start <= word).map(|&(_, cost)| cost)
    }

    /// The spans, cheapest first.
    pub(super) fn by_cost(&self) -> Vec<(Span, u8)> {
        let mut parts = self.parts.clone();
        parts.sort_by_key(|&(_, cost)| cost);
        parts
    }

    /// The number of places that have one of the words, those that have several counted so often.
    pub(super) fn places(&self, names: &Names) -> usize {
        let lists = &names.words.table.lists;
        self.parts.iter().map(|(span, _)| lists.of_span(span).len()).sum()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// The word as it stands, or the beginning of one.
    pub(super) fn plain(names: &Names, word: &str) -> Self {
        let span = names.words.table.texts.beginning(word);
        let whole = !span.is_empty() && names.words.table.texts.get(span.start) == word;
        let rest = span.start + u32::from(whole)..span.end;
        let parts = [(span.start..rest.start, 0), (rest, UNFINISHED)];
        Self {
            parts: parts.into_iter().filter(|(span, _)| !span.is_empty()).collect(),
        }
    }

    /// The whole word alone.
    pub(super) fn whole(names: &Names, word: &str) -> Self {
        let number = names.words.table.texts.find(word);
        Self {
            parts: number.map(|number| (number..number + 1, 0)).into_iter().collect(),
        }
    }

    /// With what else the word may be in Hebrew: a prefix put on or left out, vowels written or not.
    pub(super) fn with_forms(&self, names: &Names, word: &str) -> Self {
        let mut costs = Costs::of(self);
        let bare_word = stem(word).or_else(|| without_article(word));
        if let Some(bare_word) = bare_word {
            costs.add_words(names, bare_word, FORM);
        }
        for one in [Some(word), bare_word].into_iter().flatten() {
            if one.chars().all(is_hebrew) {
                costs.add_forms(names, &Form::Stem.key(one), FORM);
            }
            if let Some(consonants) = bare(one) {
                costs.add_spellings(names, &consonants, one);
            }
        }
        costs.into()
    }

    /// With the words that have it inside.
    pub(super) fn with_pieces(&self, names: &Names, word: &str) -> Self {
        let mut costs = Costs::of(self);
        if word.chars().nth(1).is_some() {
            let inside = names.pieces.with(&names.words.table.texts, word, MOST_WORDS);
            costs.words.extend(inside.into_iter().map(|word| (word, SLIP)));
        }
        costs.into()
    }

    /// With the words of the other script that sound just so: Hebrew for Latin, Latin for Hebrew. One consonant is
    /// enough only beside other words.
    pub(super) fn with_sounds(&self, names: &Names, word: &str, alone: bool) -> Self {
        let mut costs = Costs::of(self);
        let least = if alone { 2 } else { 1 };
        across(names, &mut costs, word, |sound, apart, unfinished| {
            (apart == 0 && !unfinished && sound.key.len() >= least).then_some(0)
        });
        costs.into()
    }

    /// With the words that a few slips make of it, and those that sound nearly so in either script.
    pub(super) fn with_slips(&self, names: &Names, word: &str, nodes: &mut usize) -> Self {
        let mut costs = Costs::of(self);
        let most = forgiven(word.chars().count());
        let mut found = Vec::new();
        for one in [Some(word), stem(word)].into_iter().flatten().filter(|_| most > 0) {
            *nodes += names.trie.like(&names.words.table.texts, one, most, &mut found);
        }
        found.sort_by_key(Likeness::cost);
        for likeness in found {
            costs.add(&likeness.span, likeness.cost());
        }
        across(names, &mut costs, word, |sound, apart, unfinished| {
            let near = apart <= sound.key.len() / 2 && sound.key.len() > 1;
            near.then(|| SLIP * if apart < 2 { 1 } else { 2 } + NEARLY + short(apart + usize::from(unfinished)))
        });
        if most > 0 && !word.chars().all(is_hebrew) {
            for sound in sounds(word).into_iter().filter(|sound| sound.key.len() > 2) {
                let most = sound.key.len() / 2;
                costs.add_sounds(names, Form::LatinSound, &sound, |other, unfinished| {
                    let differs = sound.differs(other);
                    (differs <= most && !unfinished).then(|| SPELLING + short(differs))
                });
            }
        }
        costs.into()
    }
}

/// The words of the other script that have the sound of this one, at the cost of how far the vowels are apart.
fn across(names: &Names, costs: &mut Costs, word: &str, cost: impl Fn(&Sound, usize, bool) -> Option<u8>) {
    let hebrew = word.chars().all(is_hebrew);
    let form = if hebrew { Form::LatinSound } else { Form::HebrewSound };
    for sound in sounds(word) {
        costs.add_sounds(names, form, &sound, |other, unfinished| {
            let (one, two) = if hebrew { (&sound, other) } else { (other, &sound) };
            cost(&sound, Sound::apart(one, two), unfinished)
        });
    }
}

/// What is below a slip stays below it.
fn short(cost: usize) -> u8 {
    u8::try_from(cost).unwrap_or(u8::MAX).min(SLIP - NEARLY - 1)
}

impl Likeness {
    pub(super) fn cost(&self) -> u8 {
        self.slips * SLIP + if self.whole { 0 } else { UNFINISHED }
    }
}

/// How many slips a word of so many letters is forgiven.
pub(super) fn forgiven(letters: usize) -> u8 {
    match letters {
        0..=3 => 0,
        4..=7 => 1,
        _ => 2,
    }
}

/// Words and costs, each word as often as it was found.
struct Costs {
    words: Vec<(u32, u8)>,
    spans: Vec<(Span, u8)>,
}

impl Costs {
    fn of(spot: &Spot) -> Self {
        Self {
            words: Vec::new(),
            spans: spot.parts.clone(),
        }
    }

    fn add(&mut self, span: &Span, cost: u8) {
        let room = MOST_WORDS.saturating_sub(self.words.len());
        self.words.extend(span.clone().take(room).map(|word| (word, cost)));
    }

    fn add_words(&mut self, names: &Names, word: &str, cost: u8) {
        for (span, more) in Spot::plain(names, word).parts {
            self.add(&span, cost + more);
        }
    }

    fn add_forms(&mut self, names: &Names, key: &str, cost: u8) {
        for number in names.forms.texts.beginning(key) {
            let unfinished = names.forms.texts.get(number) != key;
            for &word in names.forms.lists.get(number) {
                self.add(&(word..word + 1), cost + if unfinished { UNFINISHED } else { 0 });
            }
        }
    }

    /// Those with the same consonants that are spelt nearly so; of those whose consonants only begin so, all.
    fn add_spellings(&mut self, names: &Names, consonants: &str, typed: &str) {
        let key = Form::Bare.key(consonants);
        let letters = consonants.chars().count();
        let most = if letters < 3 { 1 } else { 3 };
        for number in names.forms.texts.beginning(&key) {
            let unfinished = names.forms.texts.get(number) != key;
            if unfinished && letters < 3 {
                return;
            }
            for &word in names.forms.lists.get(number) {
                let text = names.words.table.texts.get(word);
                let readings = [Some(text), stem(text)].into_iter().flatten();
                let near = unfinished
                    || readings
                        .map(|text| osa_distance(text, typed))
                        .min()
                        .is_some_and(|slips| slips <= most);
                if near && !names.generic[word as usize] {
                    self.add(&(word..word + 1), FORM + UNFINISHED + if unfinished { UNFINISHED } else { 0 });
                }
            }
        }
    }

    /// Those that sound so, or whose sound only begins so; `cost` is told which.
    fn add_sounds(&mut self, names: &Names, form: Form, sound: &Sound, cost: impl Fn(&Sound, bool) -> Option<u8>) {
        let key = form.key(&sound.key);
        for number in names.forms.texts.beginning(&key).take(MOST_SOUNDS) {
            let heard = &names.forms.texts.get(number)[1..];
            let unfinished = heard.len() > sound.key.len();
            // what was typed so far must say something, or it begins everything
            if unfinished && sound.key.len() < LEAST_UNFINISHED {
                return;
            }
            let most = if unfinished { MOST_SOUNDS } else { MOST_SAME };
            for &word in names.forms.lists.get(number).iter().take(most) {
                let text = names.words.table.texts.get(word);
                let readings = [Some(text), stem(text)].into_iter().flatten().flat_map(sounds);
                let same = readings
                    .filter(|other| other.key == heard)
                    .filter_map(|other| cost(&other, unfinished));
                self.words.extend(same.min().map(|cost| (word, cost)));
            }
        }
    }
}

impl From<Costs> for Spot {
    fn from(costs: Costs) -> Self {
        let known = Self { parts: costs.spans };
        let mut words = costs.words;
        words.retain(|&(word, cost)| known.cost(word).is_none_or(|better| cost < better));
        words.sort_unstable();
        words.dedup_by_key(|(word, _)| *word);
        // what was found one by one is cut out of the spans, then both are one list
        let mut parts = Vec::with_capacity(words.len() + known.parts.len());
        let mut next = words.iter().peekable();
        let mut push = |span: Span, cost: u8| {
            if let Some((last, known)) = parts
                .last_mut()
                .filter(|(last, known): &&mut (Span, u8)| last.end == span.start && *known == cost)
            {
                (last.end, *known) = (span.end, cost);
            } else if !span.is_empty() {
                parts.push((span, cost));
            }
        };
        for (span, cost) in known.parts {
            let mut from = span.start;
            while let Some(&&(word, other)) = next.peek().filter(|(word, _)| *word < span.end) {
                if word >= from {
                    push(from..word, cost);
                    from = word + 1;
                }
                push(word..word + 1, other);
                next.next();
            }
            push(from..span.end, cost);
        }
        for &(word, cost) in next {
            push(word..word + 1, cost);
        }
        Self { parts }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cheapest_reading_of_each_word_is_kept() {
        let spot = Spot {
            parts: vec![(10..11, 0), (11..20, 1)],
        };
        let mut costs = Costs::of(&spot);
        costs.words = vec![(25, 8), (3, 4), (15, 0), (12, 9), (10, 2), (3, 2)];
        let spot = Spot::from(costs);
        let all: Vec<_> = (0..30).filter_map(|word| Some((word, spot.cost(word)?))).collect();
        let ones = (11..20).map(|word| (word, u8::from(word != 15)));
        let each: Vec<_> = [(3, 2), (10, 0)].into_iter().chain(ones).chain([(25, 8)]).collect();
        assert_eq!(all, each);
    }
}
