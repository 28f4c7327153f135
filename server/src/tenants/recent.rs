//! What the database said a moment ago, so that it is not asked the same thing with every request.
//!
//! **Contract.** An answer counts for [`FRESH`], then it is asked for again: that is how long a change may take to be seen on
//! every node.

use gesher_domain::Timestamp;
use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How long an answer counts.
const FRESH: Duration = Duration::from_secs(1);
/// Most answers that are kept; beyond it the memory is emptied.
const MOST: usize = 10_000;

/// Answers by what was asked.
pub(super) struct Recent<K, V>(Mutex<HashMap<K, (V, Timestamp)>>);

impl<K, V> Default for Recent<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash, V: Clone> Recent<K, V> {
    /// The answer, if it still counts.
    pub(super) fn get<Q: Eq + Hash + ?Sized>(&self, key: &Q, now: Timestamp) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (answer, at) = answers.get(key)?;
        (now < at.plus(FRESH)).then(|| answer.clone())
    }

    /// Whether there was an answer lately, though it may count no more.
    pub(super) fn knew<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains_key(key)
    }

    /// Forgets an answer.
    pub(super) fn forget<Q: Eq + Hash + ?Sized>(&self, key: &Q)
    where
        K: Borrow<Q>,
    {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }

    /// Keeps an answer that was asked for at this time.
    pub(super) fn put(&self, key: K, answer: V, asked: Timestamp) {
        let mut answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if answers.len() >= MOST {
            answers.clear();
        }
        answers.insert(key, (answer, asked));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_counts_for_a_second() {
        let recent = Recent::<String, u32>::default();
        let asked = Timestamp(7_000_000);
        recent.put("a".to_owned(), 1, asked);
        assert_eq!(recent.get("a", Timestamp(7_999_999)), Some(1));
        assert_eq!(recent.get("a", Timestamp(8_000_000)), None);
        assert_eq!(recent.get("b", asked), None);
        assert!(recent.knew("a") && !recent.knew("b"));
        recent.forget("a");
        assert!(!recent.knew("a"));
    }

    #[test]
    fn answers_do_not_pile_up() {
        let recent = Recent::<usize, ()>::default();
        for key in 0..=MOST {
            recent.put(key, (), Timestamp(0));
        }
        assert_eq!(recent.0.lock().unwrap().len(), 1);
    }
}
