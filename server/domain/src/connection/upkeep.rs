//! Keeping a connection up to date: when its data are fetched again, and what a host is told of a consent that ends and of data
//! that grow old.
//!
//! **Goal.** One set of rules for all providers, that needs no clock of its own. **Contract.** [`Upkeep`] is what is remembered of
//! one connection. A provider's limit counts by the UTC day, and every fetch counts, also one that failed. A refresh has its own
//! minute of the day, which follows from the connection's id, so that refreshes are spread over the day. What fails is tried again
//! after 15 minutes, an hour, four hours, and then once a day. Each notice is given once.

use crate::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

const DAY: i64 = 86_400 * 1_000_000;
const MINUTE: i64 = 60 * 1_000_000;
const MINUTES_OF_DAY: u64 = 1_440;
/// Waits before a failed refresh is tried again; after them the daily one has to do.
const RETRIES: [Duration; 3] = [
    Duration::from_secs(15 * 60),
    Duration::from_secs(60 * 60),
    Duration::from_secs(4 * 60 * 60),
];
/// Days before a consent's end at which a host is told, the last first.
const MILESTONES: [u32; 3] = [1, 7, 14];

/// What is remembered of a connection's refreshes and notices.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Upkeep {
    /// When its grant came.
    pub since: Timestamp,
    /// When data came last.
    pub last_refreshed_at: Option<Timestamp>,
    /// When the next refresh is due; nothing while nothing is refreshed by itself.
    pub next_refresh_at: Option<Timestamp>,
    /// Whether the grant opens the data without the person.
    pub unattended: bool,
    /// Fetches that failed since one succeeded.
    pub failures: u32,
    /// The UTC day on which `fetches` were made, counted from 1970.
    pub day: i64,
    /// Fetches of that day.
    pub fetches: u32,
    /// The last milestone before the consent's end that was told of, in days.
    pub told: Option<u32>,
    /// Whether a reminder was sent since the last refresh.
    pub reminded: bool,
    /// Whether the next fetch begins at the first day again: more is asked for than before.
    pub anew: bool,
}

/// What the rules need to know beside what is remembered.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// The minute of the day on which this connection is refreshed, UTC.
    pub minute: u32,
    /// Fetches that the institution allows in a day, where it sets a limit.
    pub limit: Option<u32>,
    /// Whether the person has to come back first.
    pub cut: bool,
    /// When the consent ends.
    pub consent_ends: Option<Timestamp>,
    /// How old the data may be before a host is reminded.
    pub remind_after: Duration,
}

/// What has to be done now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Due {
    /// Fetch.
    pub refresh: bool,
    /// Tell that the consent ends in so many days.
    pub ending: Option<u32>,
    /// The consent's end is near enough to be shown.
    pub soon: bool,
    /// The consent's time is over.
    pub expired: bool,
    /// Remind the host of data that nobody refreshes.
    pub remind: bool,
}

/// The minute of the day, UTC, on which a connection is refreshed: by FNV-1a over its id.
pub fn minute_of_day(id: &str) -> u32 {
    let hash = id.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    // The low bits of FNV-1a alone are weak.
    u32::try_from((hash ^ (hash >> 32)) % MINUTES_OF_DAY).unwrap_or(0)
}

const fn day_of(at: Timestamp) -> i64 {
    at.0.div_euclid(DAY)
}

/// The first time later than this that is this minute of a day.
const fn next_minute(after: Timestamp, minute: u32) -> Timestamp {
    let today = Timestamp(day_of(after) * DAY + minute as i64 * MINUTE);
    if today.0 > after.0 { today } else { Timestamp(today.0 + DAY) }
}

/// Days until then, begun ones included.
fn days_left(now: Timestamp, ends: Timestamp) -> u32 {
    let left = ends.0.saturating_sub(now.0).max(0);
    u32::try_from((left + DAY - 1) / DAY).unwrap_or(u32::MAX)
}

fn milestone(now: Timestamp, ends: Timestamp) -> Option<u32> {
    let left = days_left(now, ends);
    MILESTONES.into_iter().find(|days| left <= *days)
}

impl Upkeep {
    /// A grant that has just come. What lies behind it already is not told of.
    #[must_use]
    pub fn granted(unattended: bool, consent_ends: Option<Timestamp>, now: Timestamp) -> Self {
        Self {
            since: now,
            unattended,
            told: consent_ends.and_then(|ends| milestone(now, ends)),
            ..Self::default()
        }
    }

    /// A grant that takes the place of another: the data are as old as they were, all else begins anew.
    #[must_use]
    pub fn regranted(&self, unattended: bool, consent_ends: Option<Timestamp>, now: Timestamp) -> Self {
        Self {
            last_refreshed_at: self.last_refreshed_at,
            reminded: self.reminded,
            anew: self.anew,
            ..Self::granted(unattended, consent_ends, now)
        }
    }

    /// Whether the institution's limit leaves a fetch at this time.
    ///
    /// # Errors
    /// When it does not: the time at which there are fetches again.
    pub fn allowance(&self, limit: Option<u32>, at: Timestamp) -> Result<(), Timestamp> {
        let used = if self.day == day_of(at) { self.fetches } else { 0 };
        match limit {
            Some(limit) if used >= limit => Err(Timestamp((day_of(at) + 1) * DAY)),
            _ => Ok(()),
        }
    }

    /// The next fetch begins at the first day again, also one that is under way when it is over.
    #[must_use]
    pub fn from_the_start(&self) -> Self {
        Self {
            anew: true,
            ..self.clone()
        }
    }

    /// A fetch begins.
    #[must_use]
    pub fn fetching(&self, now: Timestamp) -> Self {
        let day = day_of(now);
        Self {
            day,
            fetches: if self.day == day { self.fetches.saturating_add(1) } else { 1 },
            ..self.clone()
        }
    }

    /// A fetch brought data.
    #[must_use]
    pub fn refreshed(&self, terms: &Terms, now: Timestamp) -> Self {
        let mut after = Self {
            last_refreshed_at: Some(now),
            failures: 0,
            reminded: false,
            ..self.clone()
        };
        after.next_refresh_at = after.at_its_minute(terms, now);
        after
    }

    /// A fetch failed. `cut`: only the person can mend it.
    #[must_use]
    pub fn failed(&self, terms: &Terms, cut: bool, now: Timestamp) -> Self {
        let mut after = Self {
            failures: self.failures.saturating_add(1),
            ..self.clone()
        };
        let place = usize::try_from(self.failures).unwrap_or(usize::MAX);
        let daily = after.at_its_minute(terms, now).filter(|_| !cut);
        after.next_refresh_at = match (daily, RETRIES.get(place)) {
            (Some(daily), Some(wait)) => {
                let retry = now.plus(*wait).min(daily);
                Some(if after.allowance(terms.limit, retry).is_ok() {
                    retry
                } else {
                    daily
                })
            }
            (daily, _) => daily,
        };
        after
    }

    /// When a fetch that failed is made again where nothing is refreshed by itself: as a failed refresh would be, for as long as the
    /// grant has brought no data yet. `self` is what [`Self::failed`] gave. Only for what may pass.
    pub fn first_again(&self, terms: &Terms, now: Timestamp) -> Option<Timestamp> {
        let owed = self.last_refreshed_at.is_none_or(|last| last < self.since);
        let before = Self {
            unattended: true,
            failures: self.failures.saturating_sub(1),
            ..self.clone()
        };
        before.failed(terms, false, now).next_refresh_at.filter(|_| owed)
    }

    /// The next of its minutes that the limit leaves a fetch at.
    fn at_its_minute(&self, terms: &Terms, now: Timestamp) -> Option<Timestamp> {
        let next = next_minute(now, terms.minute);
        let next = match self.allowance(terms.limit, next) {
            Ok(()) => next,
            Err(_) => Timestamp(next.0 + DAY),
        };
        self.unattended.then_some(next)
    }

    fn remind_at(&self, terms: &Terms) -> Option<Timestamp> {
        let refreshes_itself = self.unattended && self.failures == 0 && !terms.cut;
        let last = self.last_refreshed_at.unwrap_or(self.since);
        (!self.reminded && !refreshes_itself).then(|| last.plus(terms.remind_after))
    }

    /// What is due, and what is remembered once that is done.
    pub fn due(&self, terms: &Terms, now: Timestamp) -> (Due, Self) {
        let ends = terms.consent_ends.filter(|_| !terms.cut);
        let crossed = ends.and_then(|ends| milestone(now, ends));
        let expired = ends.is_some_and(|ends| now >= ends);
        let fresh = crossed.is_some_and(|days| self.told.is_none_or(|told| days < told)) && !expired;
        let wanted = !terms.cut && !expired && self.next_refresh_at.is_some_and(|at| now >= at);
        let refresh = wanted && self.allowance(terms.limit, now).is_ok();
        let remind = self.remind_at(terms).is_some_and(|at| now >= at);
        let due = Due {
            refresh,
            ending: ends.filter(|_| fresh).map(|ends| days_left(now, ends)),
            soon: crossed.is_some() && !expired,
            expired,
            remind,
        };
        let mut after = self.clone();
        if fresh {
            after.told = crossed;
        }
        after.reminded |= remind;
        if expired {
            after.next_refresh_at = None;
        } else if wanted {
            // A refresh that begins says itself when the next is due; this holds if it never ends.
            after.next_refresh_at = after.at_its_minute(terms, now);
        }
        (due, after)
    }

    /// When something is due next; nothing while only a person or a host can bring it on.
    pub fn wakes_at(&self, terms: &Terms, now: Timestamp) -> Option<Timestamp> {
        let ends = terms.consent_ends.filter(|_| !terms.cut);
        let milestones = ends.into_iter().flat_map(|ends| {
            let before = move |days: u32| Timestamp(ends.0 - i64::from(days) * DAY);
            MILESTONES.into_iter().map(before).chain([ends])
        });
        let refresh = self.next_refresh_at.filter(|_| !terms.cut);
        milestones.filter(|at| *at > now).chain(refresh).chain(self.remind_at(terms)).min()
    }
}

#[cfg(test)]
mod tests;
