//! A lexicon as a tree of letters, and the walk over it for what was typed with slips.

use super::lexicon::{Lexicon, Span, short};
use std::ops::ControlFlow;

/// Of what is longer only so many letters are compared.
pub(super) const LONGEST: usize = 24;

/// The most nodes that one walk visits: far more than any word of a bank's name needs.
const MOST_NODES: usize = 60_000;

#[derive(Debug)]
struct Node {
    /// Its letter, and above [`LETTER`]'s bits how many children it has.
    packed: u32,
    /// The texts below it.
    first: u32,
    last: u32,
    /// Its children, side by side; none when only one text is left, whose own letters go on.
    children: u32,
}

/// The bits of a letter: no scalar value needs more.
const LETTER: u32 = 21;

/// The most children that a node has room for; no alphabet that names are written in has so many letters, and of a script
/// that has more, slips in the first of these are found.
const MOST_CHILDREN: usize = (1 << (32 - LETTER)) - 1;

impl Node {
    fn new(letter: char, texts: Span) -> Self {
        Self {
            packed: letter.into(),
            first: texts.start,
            last: texts.end,
            children: 0,
        }
    }

    fn letter(&self) -> char {
        char::from_u32(self.packed & ((1 << LETTER) - 1)).unwrap_or(char::REPLACEMENT_CHARACTER)
    }

    fn children(&self) -> std::ops::Range<usize> {
        let from = self.children as usize;
        from..from + (self.packed >> LETTER) as usize
    }

    fn set_children(&mut self, children: std::ops::Range<usize>) {
        self.children = short(children.start);
        self.packed |= short(children.len().min(MOST_CHILDREN)) << LETTER;
    }
}

/// A tree of letters over a [`Lexicon`].
#[derive(Debug, Default)]
pub(super) struct Trie {
    nodes: Box<[Node]>,
}

/// A text, or all with one beginning, and how far what was typed is from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Likeness {
    pub span: Span,
    pub slips: u8,
    /// Whether it is the whole text, not only its beginning.
    pub whole: bool,
}

impl Trie {
    pub(super) fn of(lexicon: &Lexicon) -> Self {
        let mut nodes = vec![Node::new(' ', 0..lexicon.len())];
        let mut depths = vec![0_usize];
        let mut at = 0;
        while at < nodes.len() {
            let (first, last, depth) = (nodes[at].first, nodes[at].last, depths[at]);
            let begins = nodes.len();
            if last - first > 1 || at == 0 {
                for number in first..last {
                    let Some(letter) = lexicon.get(number)[depth..].chars().next() else {
                        continue;
                    };
                    match nodes[begins..].last_mut().filter(|node| node.letter() == letter) {
                        Some(node) => node.last = number + 1,
                        None => {
                            nodes.push(Node::new(letter, number..number + 1));
                            depths.push(depth + letter.len_utf8());
                        }
                    }
                }
            }
            let children = begins..nodes.len();
            nodes[at].set_children(children);
            at += 1;
        }
        Self { nodes: nodes.into() }
    }

    /// What is within so many slips (a letter left out, put in or taken for another, two letters swapped) of what was
    /// typed, and what has such a beginning. The number of nodes visited comes back.
    pub(super) fn like(&self, lexicon: &Lexicon, typed: &str, most: u8, found: &mut Vec<Likeness>) -> usize {
        let typed: Vec<char> = typed.chars().take(LONGEST).collect();
        let mut walk = Walk {
            trie: self,
            lexicon,
            typed: &typed,
            most,
            visited: 0,
            found,
        };
        let mut first = [FAR; LONGEST + 1];
        for (cell, slips) in first.iter_mut().zip(0..=most) {
            *cell = slips;
        }
        if let Some(root) = self.nodes.first() {
            // a walk that is cut short has found what it found
            let _ = walk.children(root, 0, &first, &first, (' ', 0));
        }
        walk.visited
    }
}

type Row = [u8; LONGEST + 1];

/// More slips than are ever forgiven: what lies beyond the band around the diagonal.
const FAR: u8 = 100;

struct Walk<'a> {
    trie: &'a Trie,
    lexicon: &'a Lexicon,
    typed: &'a [char],
    most: u8,
    visited: usize,
    found: &'a mut Vec<Likeness>,
}

impl Walk<'_> {
    /// Down all children of a node that is so many bytes deep. `row` has the slips between what this far was read and each beginning
    /// of what was typed, `before` those one letter earlier; `letter` is the last that was read of so many.
    fn children(&mut self, node: &Node, depth: usize, before: &Row, row: &Row, (letter, read): (char, usize)) -> ControlFlow<()> {
        let trie = self.trie;
        for child in &trie.nodes[node.children()] {
            self.down(child, depth + child.letter().len_utf8(), before, row, (letter, read))?;
        }
        ControlFlow::Continue(())
    }

    fn down(&mut self, node: &Node, depth: usize, before: &Row, row: &Row, (letter, read): (char, usize)) -> ControlFlow<()> {
        let Some(next) = self.read(node.first..node.last, depth, before, row, (letter, node.letter(), read + 1))? else {
            return ControlFlow::Continue(());
        };
        if node.last - node.first > 1 {
            return self.children(node, depth, row, &next, (node.letter(), read + 1));
        }
        // the rest of the one text
        let lexicon = self.lexicon;
        let (mut before, mut row, mut letter, mut depth) = (*row, next, node.letter(), depth);
        for (following, read) in lexicon.get(node.first)[depth..].chars().zip(read + 2..) {
            depth += following.len_utf8();
            let Some(next) = self.read(node.first..node.last, depth, &before, &row, (letter, following, read))? else {
                break;
            };
            (before, row, letter) = (row, next, following);
        }
        ControlFlow::Continue(())
    }

    /// Reads one more letter, the so manieth; nothing when there are too many slips already.
    fn read(
        &mut self,
        span: Span,
        depth: usize,
        before: &Row,
        row: &Row,
        (last, letter, read): (char, char, usize),
    ) -> ControlFlow<(), Option<Row>> {
        self.visited += 1;
        if self.visited > MOST_NODES {
            return ControlFlow::Break(());
        }
        let most = usize::from(self.most);
        let mut next = [FAR; LONGEST + 1];
        if read <= most {
            next[0] = row[0] + 1;
        }
        let mut least = next[0];
        for at in (read.saturating_sub(most).max(1) - 1)..(read + most).min(self.typed.len()) {
            let typed = self.typed[at];
            let mut slips = (row[at] + u8::from(typed != letter)).min(row[at + 1] + 1).min(next[at] + 1);
            if at > 0 && typed == last && self.typed[at - 1] == letter && typed != letter {
                slips = slips.min(before[at - 1] + 1);
            }
            next[at + 1] = slips;
            least = least.min(slips);
        }
        let slips = next[self.typed.len()];
        if slips <= self.most {
            if self.lexicon.get(span.start).len() == depth {
                let span = span.start..span.start + 1;
                self.found.push(Likeness { span, slips, whole: true });
            }
            self.found.push(Likeness { span, slips, whole: false });
        }
        ControlFlow::Continue((least <= self.most).then_some(next))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;
    use strsim::osa_distance;

    fn whole(words: &BTreeSet<String>, typed: &str, most: u8) -> Vec<(String, u8)> {
        let lexicon = Lexicon::of(words.iter().map(String::as_str));
        let mut found = Vec::new();
        Trie::of(&lexicon).like(&lexicon, typed, most, &mut found);
        let whole = found.into_iter().filter(|likeness| likeness.whole);
        let mut whole: Vec<_> = whole.map(|one| (lexicon.get(one.span.start).to_owned(), one.slips)).collect();
        whole.sort();
        whole
    }

    #[test]
    fn beginnings_are_found_too() {
        let lexicon = Lexicon::of(["discount", "disco", "leumi"].into_iter().collect::<BTreeSet<_>>().into_iter());
        let mut found = Vec::new();
        Trie::of(&lexicon).like(&lexicon, "dsco", 1, &mut found);
        assert!(
            found.contains(&Likeness {
                span: 0..2,
                slips: 1,
                whole: false
            }),
            "{found:?}"
        );
    }

    proptest! {
        #[test]
        fn the_walk_finds_what_comparing_with_each_would(
            words in prop::collection::btree_set("[abאב]{1,7}", 1..30),
            typed in "[abאב]{1,7}",
            most in 0_u8..3,
        ) {
            let each = words.iter().map(|word| (word.clone(), u8::try_from(osa_distance(word, &typed)).unwrap()));
            let each: Vec<_> = each.filter(|&(_, slips)| slips <= most).collect();
            prop_assert_eq!(whole(&words, &typed, most), each);
        }
    }
}
