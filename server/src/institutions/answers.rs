//! What was answered to searches over the API, so that what many people type at once is looked for once.
//!
//! **Contract.** An answer is kept with the directory that it was made of and goes with it: it is never older than what a search would
//! find. Together they take no more than [`MOST`] bytes.

use bytes::Bytes;
use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

/// Most bytes of all questions and answers; beyond it they are all forgotten.
const MOST: usize = 16 * 1024 * 1024;
/// A longer question is nobody's twice.
const LONGEST: usize = 512;

/// Answers by what was asked, and by whom.
#[derive(Debug, Default)]
pub struct Answers(RwLock<Kept>);

#[derive(Debug, Default)]
struct Kept {
    by_question: HashMap<String, Bytes>,
    bytes: usize,
}

impl Answers {
    /// What was answered to this question.
    pub fn get(&self, question: &str) -> Option<Bytes> {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .by_question
            .get(question)
            .cloned()
    }

    /// Forgets all of them.
    pub fn forget(&self) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Kept::default();
    }

    /// Keeps an answer.
    pub fn keep(&self, question: String, answer: &Bytes) {
        let size = question.len() + answer.len();
        if question.len() > LONGEST || size > MOST {
            return;
        }
        let mut kept = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if kept.by_question.contains_key(&question) {
            return;
        }
        if kept.bytes + size > MOST {
            *kept = Kept::default();
        }
        kept.bytes += size;
        kept.by_question.insert(question, answer.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_kept_until_there_are_too_many() {
        let answers = Answers::default();
        let large = Bytes::from(vec![b'x'; MOST / 3]);
        for question in ["a", "b"] {
            answers.keep(question.to_owned(), &large);
            answers.keep(question.to_owned(), &large);
        }
        assert!(answers.get("a").is_some() && answers.get("b").is_some() && answers.get("c").is_none());
        answers.keep("c".to_owned(), &large);
        assert!(answers.get("a").is_none() && answers.get("b").is_none() && answers.get("c").is_some());
        answers.keep("q".repeat(LONGEST + 1), &Bytes::new());
        answers.keep("d".to_owned(), &Bytes::from(vec![b'x'; MOST]));
        assert!(answers.get(&"q".repeat(LONGEST + 1)).is_none() && answers.get("d").is_none());
    }
}
