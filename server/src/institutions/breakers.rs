//! Leaves institutions in peace that do not answer, and shows the trouble that they are in.
//!
//! **Contract.** Each node counts for itself, and each tenant in each mode for itself: what one set wrongly troubles nobody else. After
//! [`FAILURES`] failures in a row within [`WINDOW`] nothing new is begun at an institution for a while; then one call tries, and what it
//! comes to is what it is. Calls in which a person is already under way are not refused, and nothing is counted that the institution
//! answered, whatever it said.

use gesher_domain::Timestamp;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Failures in a row.
const FAILURES: u32 = 5;
/// The time within which they have to come one after the other.
const WINDOW: Duration = Duration::from_secs(10 * 60);
/// How long an institution is left in peace at first; each time that it still does not answer, twice as long.
const PAUSE: Duration = Duration::from_secs(30);
/// How long at most.
const LONGEST: Duration = Duration::from_secs(5 * 60);
/// Most institutions that are remembered.
const MOST: usize = 10_000;

/// An institution is left in peace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the institution did not answer again and again: it is left in peace for now")]
pub struct LeftInPeace {
    /// When the next call may try.
    pub until: Timestamp,
}

#[derive(Debug)]
struct Failing {
    failures: u32,
    last: Timestamp,
    until: Option<Timestamp>,
    pause: Duration,
}

/// See the module.
#[derive(Debug, Default)]
pub struct Breakers(Mutex<HashMap<(String, String), Failing>>);

impl Breakers {
    /// Lets a call begin. Who sees it: [`super::parts::viewer`].
    ///
    /// # Errors
    /// [`LeftInPeace`]: nobody is called.
    pub fn enter(&self, viewer: &str, institution: &str, now: Timestamp) -> Result<(), LeftInPeace> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(failing) = all.get_mut(&(viewer.to_owned(), institution.to_owned())) else {
            return Ok(());
        };
        match failing.until {
            Some(until) if now < until => Err(LeftInPeace { until }),
            // This one tries; the others wait for what it comes to.
            Some(_) => {
                failing.until = Some(now.plus(failing.pause));
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// What a call came to: whether the institution answered. Says whether what is shown of it has changed.
    pub fn told(&self, viewer: &str, institution: &str, answered: bool, now: Timestamp) -> bool {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (viewer.to_owned(), institution.to_owned());
        if answered {
            return all.remove(&key).is_some_and(|failing| failing.until.is_some());
        }
        if all.len() >= MOST && !all.contains_key(&key) {
            all.retain(|_, failing| failing.last.until(now) < WINDOW);
            if all.len() >= MOST {
                return false;
            }
        }
        let failing = all.entry(key).or_insert(Failing {
            failures: 0,
            last: now,
            until: None,
            pause: PAUSE,
        });
        if failing.until.is_none() && failing.last.until(now) >= WINDOW {
            failing.failures = 0;
        }
        failing.failures = failing.failures.saturating_add(1);
        failing.last = now;
        if failing.failures < FAILURES {
            return false;
        }
        let new = failing.until.is_none();
        if !new {
            failing.pause = (failing.pause * 2).min(LONGEST);
        }
        failing.until = Some(now.plus(failing.pause));
        new
    }

    /// The institutions that are left in peace, or that nobody has tried since; nothing where there are none.
    pub fn open(&self, viewer: &str) -> Option<Arc<HashSet<String>>> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let open = all
            .iter()
            .filter(|((whose, _), failing)| whose == viewer && failing.until.is_some());
        let open: HashSet<String> = open.map(|((_, institution), _)| institution.clone()).collect();
        (!open.is_empty()).then(|| Arc::new(open))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BANK: &str = "il-leumi";

    fn at(seconds: i64) -> Timestamp {
        Timestamp(seconds * 1_000_000)
    }

    fn fails(breakers: &Breakers, times: i64, from: i64) {
        for time in 0..times {
            breakers.told("a:live", BANK, false, at(from + time));
        }
    }

    #[test]
    fn after_five_failures_in_a_row_one_call_tries_at_a_time_and_ever_later() {
        let breakers = Breakers::default();
        fails(&breakers, 4, 0);
        assert_eq!((breakers.enter("a:live", BANK, at(4)), breakers.open("a:live")), (Ok(()), None));
        assert!(breakers.told("a:live", BANK, false, at(4)), "that changes what is shown");
        assert_eq!(breakers.enter("a:live", BANK, at(5)), Err(LeftInPeace { until: at(34) }));
        assert!(breakers.open("a:live").is_some_and(|open| open.contains(BANK)));
        assert_eq!(breakers.enter("a:live", BANK, at(34)), Ok(()));
        assert!(breakers.enter("a:live", BANK, at(35)).is_err(), "one tries already");
        assert!(!breakers.told("a:live", BANK, false, at(36)));
        assert_eq!(breakers.enter("a:live", BANK, at(40)), Err(LeftInPeace { until: at(96) }));
        assert_eq!(breakers.enter("a:live", BANK, at(96)), Ok(()));
        assert!(breakers.told("a:live", BANK, true, at(97)));
        assert_eq!((breakers.enter("a:live", BANK, at(97)), breakers.open("a:live")), (Ok(()), None));
    }

    #[test]
    fn an_answer_in_between_and_a_long_time_begin_anew_and_nobody_elses_count() {
        let breakers = Breakers::default();
        fails(&breakers, 4, 0);
        breakers.told("a:live", BANK, true, at(5));
        fails(&breakers, 4, 6);
        fails(&breakers, 4, 700);
        assert_eq!(breakers.enter("a:live", BANK, at(704)), Ok(()));
        fails(&breakers, 1, 704);
        assert!(breakers.enter("a:live", BANK, at(705)).is_err());
        for (viewer, bank) in [("a:test", BANK), ("b:live", BANK), ("a:live", "il-max")] {
            assert_eq!(breakers.enter(viewer, bank, at(705)), Ok(()));
        }
        assert_eq!(breakers.open("b:live"), None);
    }
}
