//! Forgets what is past its time: answers kept for their idempotency keys, customers' tokens.

use crate::core::Core;
use crate::store::{Unavailable, Unit, customer_tokens, idempotency};
use std::time::Duration;

/// Pause between two sweeps.
pub(super) const EVERY: Duration = Duration::from_secs(60);
/// Rows of each table forgotten in one unit.
const BATCH: i64 = 500;

/// Forgets all of it, batch by batch.
pub(super) async fn sweep(core: &Core) {
    let now = core.clock.now().0;
    loop {
        match any(core, now).await {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => return tracing::error!(%error, "what is past its time could not be looked for"),
        }
        let unit = Unit::new()
            .with(idempotency::delete_expired(now, BATCH))
            .with(customer_tokens::delete_expired(now, BATCH));
        if let Err(error) = core.store.write(unit).await {
            return tracing::error!(%error, "what is past its time could not be forgotten");
        }
    }
}

async fn any(core: &Core, now: i64) -> Result<bool, Unavailable> {
    Ok(idempotency::any_expired(&core.store, now).await? || customer_tokens::any_expired(&core.store, now).await?)
}
