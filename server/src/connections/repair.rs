//! A new grant takes the place of those that a connection had.
//!
//! **Contract.** The new one is in use, the others are to be given back, and the fetch with it is queued, in one unit. What was fetched
//! before stays, and so do the ids of accounts that the new one opens too.

use super::asked::Asked;
use super::revoke::{self, open};
use super::upkeep;
use crate::core::Core;
use crate::jobs;
use crate::providers::Grant;
use crate::store::connections::ConnectionRow;
use crate::store::grants::{self, GrantRow, GrantState};
use crate::store::{Statement, Unavailable};
use gesher_domain::Timestamp;
use std::time::Duration;

/// What changes in the connection's row.
pub struct Stands {
    provider: String,
    expires_at: Option<i64>,
    upkeep: String,
}

impl Stands {
    /// Changes the row.
    pub fn change(self, row: &mut ConnectionRow) {
        row.provider = Some(self.provider);
        row.expires_at = self.expires_at;
        row.upkeep = self.upkeep;
    }
}

/// Puts a grant in the place of the others. `kept` is its row as it is stored by then.
///
/// # Errors
/// The database failed.
pub async fn stands(core: &Core, connection: &ConnectionRow, kept: &GrantRow) -> Result<(Stands, Vec<Statement>), Unavailable> {
    let now = core.clock.now();
    let (tenant, id) = (kept.tenant_id.as_str(), kept.connection_id.as_str());
    let mut statements = Vec::new();
    if kept.state != GrantState::Active {
        statements.push(grants::set_state(tenant, &kept.id, kept.state, GrantState::Active, now.0));
    }
    let grant = open(core, kept);
    let mended = grant.as_ref().is_some_and(|grant: &Grant| grant.mends);
    statements.extend(revoke::all(core, tenant, id, Some((&kept.session_id, mended))).await?);
    statements.push(jobs::fetch(core, tenant, id, &kept.id));
    let ends = grant.as_ref().and_then(|grant| grant.expires_at);
    let unattended = grant.is_none_or(|grant| grant.unattended);
    let stands = Stands {
        provider: kept.provider.clone(),
        expires_at: ends.map(|at| at.0),
        upkeep: upkeep::text(&upkeep::of(connection).regranted(unattended, ends, now)),
    };
    Ok((stands, statements))
}

/// Until when a repair asks for access: for as long as the connection was asked for at first, from now on.
pub fn ends(connection: &ConnectionRow, now: Timestamp) -> Option<Timestamp> {
    let asked = Asked::of(connection).consent_expires_at?;
    let whole: Duration = Timestamp(connection.created_at).until(asked);
    Some(now.plus(whole))
}
