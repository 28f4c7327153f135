//! A connection that becomes active takes the place of the older ones of the same customer, to the same institution, of the same person.
//!
//! **Contract.** All of it is in the unit by which the new one becomes active: the older one is `replaced`, its data go, its grants are
//! to be given back. A person is the same by the fingerprint of their id; where one of the two has none, by having every account
//! of the older connection. Connections that were asked for once neither replace nor are replaced.

use super::asked::Asked;
use super::record::record;
use super::{read, revoke};
use crate::core::Core;
use crate::secrets::same_fingerprint;
use crate::store::accounts::{self, AccountRow};
use crate::store::connections::{self, ConnectionRow, Wanted};
use crate::store::{Statement, Unavailable};
use gesher_contract::ConnectionStatus as Status;
use gesher_domain::connection::{Event, stands};

/// Connections of a customer at an institution that are looked at.
const MOST: i64 = 100;

/// How an account is known at the institution.
pub struct Known {
    /// The provider's id.
    pub provider_ref: String,
    /// The IBAN, where there is one.
    pub iban: Option<String>,
}

impl From<&AccountRow> for Known {
    fn from(row: &AccountRow) -> Self {
        Self {
            provider_ref: row.provider_ref.clone(),
            iban: row.iban.clone(),
        }
    }
}

/// Whether this change makes a connection active.
pub fn becomes_active(before: &ConnectionRow, after: &ConnectionRow) -> bool {
    let active = |row: &ConnectionRow| matches!(read::status(row), Status::Active | Status::Partial);
    active(after) && !active(before) && Asked::of(after).recurring
}

/// What replaces the older connections when `after` becomes active with these accounts.
///
/// # Errors
/// The database failed.
pub async fn older(core: &Core, after: &ConnectionRow, accounts: &[Known]) -> Result<Vec<Statement>, Unavailable> {
    let tenant = after.tenant_id.as_str();
    let wanted = Wanted {
        mode: Some(&after.mode),
        customer: Some(&after.customer),
        institution: after.institution_id.as_deref(),
        below: Some(&after.id),
        ..Wanted::default()
    };
    let mut statements = Vec::new();
    for old in connections::list(&core.store, tenant, &wanted, MOST).await? {
        if !stands(read::status(&old)) || !Asked::of(&old).recurring || !same_person(core, after, &old, accounts).await? {
            continue;
        }
        tracing::info!(connection = old.id, by = after.id, "a connection is replaced");
        statements.extend(record(core, &old, &[Event::Replaced], |_| {}).statements);
        statements.extend(revoke::all(core, tenant, &old.id, None).await?);
        statements.extend(accounts::forget(tenant, &old.id));
    }
    Ok(statements)
}

async fn same_person(core: &Core, new: &ConnectionRow, old: &ConnectionRow, accounts: &[Known]) -> Result<bool, Unavailable> {
    if let Some(same) = same_fingerprint(new.person.as_deref(), old.person.as_deref()) {
        return Ok(same);
    }
    // One account in common may be a joint one: whoever opens all that the older connection has takes nothing away.
    let has = accounts::of_connection(&core.store, &old.tenant_id, &old.id).await?;
    let is_there = |row: &AccountRow| {
        let same = |one: &Known| one.provider_ref == row.provider_ref || one.iban.is_some() && one.iban == row.iban;
        accounts.iter().any(same)
    };
    Ok(!has.is_empty() && has.iter().all(is_there))
}
