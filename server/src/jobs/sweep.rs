//! Forgets what is past its time: answers kept for their idempotency keys, customers' and clients' tokens; and what is too old to be kept: callbacks
//! that are done, the steps of sessions, tries that do not count any more, the daily counts of start pages.

use crate::connect;
use crate::core::Core;
use crate::store::{Unavailable, Unit, access_tokens, callbacks, customer_tokens, idempotency, start_pages, steps, tries};
use gesher_domain::Timestamp;
use std::time::Duration;

/// Pause between two sweeps.
pub(super) const EVERY: Duration = Duration::from_secs(60);
/// Rows of each table forgotten in one unit.
const BATCH: i64 = 500;
/// How long a callback that is done is kept: as long as a webhook.
const CALLBACKS: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// How long what happened in a session is kept, and how often a start page was used on a day.
const STEPS: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// Until when each kind is past its time.
struct Until {
    now: i64,
    callbacks: i64,
    steps: i64,
    tries: i64,
    day: String,
}

impl Until {
    fn at(now: Timestamp) -> Self {
        let before = |age: Duration| now.0 - i64::try_from(age.as_micros()).unwrap_or(i64::MAX);
        Self {
            now: now.0,
            callbacks: before(CALLBACKS),
            steps: before(STEPS),
            tries: before(connect::tries::WINDOW),
            day: crate::connect::start_pages::day(Timestamp(before(STEPS))),
        }
    }
}

/// Forgets all of it, batch by batch.
pub(super) async fn sweep(core: &Core) {
    let until = Until::at(core.clock.now());
    loop {
        match any(core, &until).await {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => return tracing::error!(%error, "what is past its time could not be looked for"),
        }
        let unit = Unit::new()
            .with(idempotency::delete_expired(until.now, BATCH))
            .with(customer_tokens::delete_expired(until.now, BATCH))
            .with(access_tokens::delete_expired(until.now, BATCH))
            .with(callbacks::delete_done(until.callbacks, BATCH))
            .with(steps::delete_old(until.steps, BATCH))
            .with(tries::delete_old(until.tries, BATCH))
            .with(start_pages::delete_old_days(&until.day, BATCH));
        if let Err(error) = core.store.write(unit).await {
            return tracing::error!(%error, "what is past its time could not be forgotten");
        }
    }
}

async fn any(core: &Core, until: &Until) -> Result<bool, Unavailable> {
    let store = &core.store;
    Ok(idempotency::any_expired(store, until.now).await?
        || customer_tokens::any_expired(store, until.now).await?
        || access_tokens::any_expired(store, until.now).await?
        || callbacks::any_done(store, until.callbacks).await?
        || steps::any_old(store, until.steps).await?
        || tries::any_old(store, until.tries).await?
        || start_pages::any_old_days(store, &until.day).await?)
}
