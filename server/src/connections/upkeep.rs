//! What is remembered of a connection's refreshes, in its row, and the terms by which the rules are asked.

use super::read;
use crate::core::Core;
use crate::store::connections::ConnectionRow;
use gesher_domain::Timestamp;
use gesher_domain::connection::{Terms, Upkeep, is_cut, minute_of_day};
use std::time::Duration;

/// Days without a refresh after which a host is reminded, where its tenant is set to nothing else.
pub const USUAL_REMINDER_DAYS: i64 = 7;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// What is remembered.
pub fn of(row: &ConnectionRow) -> Upkeep {
    serde_json::from_str(&row.upkeep).unwrap_or_default()
}

/// As it is kept.
pub fn text(upkeep: &Upkeep) -> String {
    serde_json::to_string(upkeep).unwrap_or_default()
}

/// The terms for a connection. `reminder_days` is the tenant's setting.
pub fn terms(core: &Core, row: &ConnectionRow, reminder_days: i64) -> Terms {
    let provider = row.provider.as_deref().and_then(|name| core.providers.get(name));
    Terms {
        minute: minute_of_day(&row.id),
        limit: provider.and_then(|provider| provider.facts().fetches_per_day),
        cut: is_cut(read::status(row)),
        consent_ends: row.expires_at.map(Timestamp),
        remind_after: DAY * u32::try_from(reminder_days).unwrap_or(u32::MAX),
    }
}
