//! Forgets what is too old to be kept: deliveries, tries, and events that belong to no connection.

use super::KEPT;
use crate::core::Core;
use crate::store::webhooks::{self, attempts, deliveries};
use crate::store::{Unit, events};

/// Rows of each table forgotten in one unit.
const BATCH: i64 = 500;

/// Forgets all of it, batch by batch.
pub(super) async fn sweep(core: &Core) {
    let before = core.clock.now().0 - i64::try_from(KEPT.as_micros()).unwrap_or(i64::MAX);
    loop {
        match webhooks::any_old(&core.store, before).await {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => return tracing::error!(%error, "old webhooks could not be looked for"),
        }
        let unit = Unit::new()
            .with(deliveries::delete_old(before, BATCH))
            .with(attempts::delete_old(before, BATCH))
            .with(events::delete_old(before, BATCH));
        if let Err(error) = core.store.write(unit).await {
            return tracing::error!(%error, "old webhooks could not be forgotten");
        }
    }
}
