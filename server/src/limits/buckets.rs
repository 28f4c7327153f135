//! A rate for each of many, kept as one time each (the generic cell rate algorithm of ATM's traffic management): the moment at
//! which everything that was let through is paid for.

use gesher_domain::Timestamp;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Most of them that are remembered: some megabytes.
const MOST: usize = 50_000;

/// So many a second, and so many at once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rate {
    /// What one costs, in microseconds.
    interval: i64,
    /// What may be owed.
    window: i64,
}

impl Rate {
    /// So many a second, at least one; so many at once.
    pub(super) const fn new(per_second: u32, at_once: u32) -> Self {
        let interval = 1_000_000 / if per_second == 0 { 1 } else { per_second as i64 };
        Self {
            interval,
            window: interval * at_once as i64,
        }
    }
}

/// See the module.
pub(super) struct Buckets<K>(Mutex<HashMap<K, i64>>);

impl<K> Default for Buckets<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash + Clone> Buckets<K> {
    /// Lets one through, or says how long until one is let through.
    pub(super) fn take(&self, key: &K, rate: Rate, now: Timestamp) -> Result<(), Duration> {
        let mut paid = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // More than the window is never owed, but where the clock was put back.
        let owed = paid.get(key).map_or(0, |paid| (paid - now.0).clamp(0, rate.window));
        let over = owed + rate.interval - rate.window;
        if over > 0 {
            return Err(Duration::from_micros(over.unsigned_abs()));
        }
        let until = now.0 + owed + rate.interval;
        if let Some(paid) = paid.get_mut(key) {
            *paid = until;
            return Ok(());
        }
        if paid.len() >= MOST {
            paid.retain(|_, paid| *paid > now.0);
            // Forgetting lets somebody through too often; remembering without end would take the memory.
            if paid.len() > MOST / 2 {
                paid.clear();
            }
        }
        paid.insert(key.clone(), until);
        Ok(())
    }

    /// Gives back what one cost that was let through.
    pub(super) fn give_back(&self, key: &K, rate: Rate) {
        let mut paid = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(paid) = paid.get_mut(key) {
            *paid -= rate.interval;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate::new(10, 30);

    #[test]
    fn what_is_given_back_was_never_counted() {
        let buckets = Buckets::default();
        for _ in 0..100 {
            assert_eq!(buckets.take(&"a", RATE, Timestamp(0)), Ok(()));
            buckets.give_back(&"a", RATE);
        }
        buckets.give_back(&"b", RATE);
    }

    #[test]
    fn a_burst_is_let_through_then_the_rate() {
        let buckets = Buckets::default();
        let start = Timestamp(5_000_000);
        for _ in 0..30 {
            assert_eq!(buckets.take(&"a", RATE, start), Ok(()));
        }
        let wait = Duration::from_millis(100);
        // What is refused costs nothing: the answer stays the same.
        for _ in 0..3 {
            assert_eq!(buckets.take(&"a", RATE, start), Err(wait));
        }
        assert_eq!(buckets.take(&"b", RATE, start), Ok(()), "another one's");
        assert_eq!(buckets.take(&"a", RATE, Timestamp(start.0 + 99_999)), Err(Duration::from_micros(1)));
        let later = start.plus(wait);
        assert_eq!(buckets.take(&"a", RATE, later), Ok(()));
        assert_eq!(buckets.take(&"a", RATE, later), Err(wait));
        let rested = start.plus(Duration::from_secs(60));
        for _ in 0..30 {
            assert_eq!(buckets.take(&"a", RATE, rested), Ok(()));
        }
        assert!(buckets.take(&"a", RATE, rested).is_err(), "rest is not saved up");
    }

    #[test]
    fn a_clock_that_is_put_back_locks_nobody_out() {
        let buckets = Buckets::default();
        let day = 86_400_000_000;
        assert_eq!(buckets.take(&"a", RATE, Timestamp(2 * day)), Ok(()));
        let back = Timestamp(day);
        assert_eq!(buckets.take(&"a", RATE, back), Err(Duration::from_millis(100)));
        assert_eq!(
            buckets.take(&"a", RATE, back.plus(Duration::from_secs(3))),
            Err(Duration::from_millis(100))
        );
    }

    #[test]
    fn they_do_not_pile_up() {
        let buckets = Buckets::default();
        for key in 0..3 * MOST {
            assert_eq!(buckets.take(&key, RATE, Timestamp(0)), Ok(()));
        }
        assert!(buckets.0.lock().unwrap().len() <= MOST);
        // Those that owe nothing any more go first.
        let later = Timestamp(1_000_000);
        for key in 0..MOST {
            assert_eq!(buckets.take(&(10 * MOST + key), RATE, later), Ok(()));
        }
        assert!(buckets.0.lock().unwrap().len() <= MOST);
    }
}
