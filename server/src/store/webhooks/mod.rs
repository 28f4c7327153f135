//! Webhooks: where tenants hear of their events, what is on its way there, and what came of each try.
//!
//! **Contract.** [`deliveries::queue`] goes into the unit of the change that an event reports, so that an event is never there
//! without being on its way. A delivery is leased as a job is: what its sender writes afterwards names the lease, and fails
//! with [`super::Conflict::LeaseLost`] when somebody else has it.

pub mod attempts;
pub mod deliveries;
pub mod endpoints;

use super::{Read, Store, on};

/// Whether there is something that was queued, tried or told (without a connection) before this.
///
/// # Errors
/// The database failed.
pub async fn any_old(store: &Store, before: i64) -> Read<bool> {
    Ok(on!(store, |pool| {
        sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM webhook_deliveries WHERE queued_at <= $1) \
             OR EXISTS (SELECT 1 FROM webhook_attempts WHERE at <= $1) \
             OR EXISTS (SELECT 1 FROM events WHERE connection_id IS NULL AND created_at <= $1)",
        )
        .bind(before)
        .fetch_one(pool)
        .await?
    }))
}
