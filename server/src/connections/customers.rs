//! A tenant's customers: who has connections, deleting all of a person's, and tokens that read theirs alone.
//!
//! **Contract.** A customer is there in the mode in which it has, or had, a connection. A token reads what belongs to its customer and
//! nothing else, for an hour, and no longer than the key works that it was made with; only its hash is stored.

use super::delete::{self, DeleteError};
use super::read::ReadError;
use crate::core::Core;
use crate::store::customer_tokens::{self, CustomerTokenRow};
use crate::store::customers::{self, CustomerRow};
use crate::store::{Statement, Unit, access_tokens, connections, hosted_links};
use crate::tenants::{Caller, Kind, fingerprint, mint};
use gesher_contract::{ConnectionId, CustomerId, TenantTag};
use gesher_domain::{Timestamp, new_uuid};
use secrecy::{ExposeSecret as _, SecretString};
use std::time::Duration;

/// How long a token is good.
pub const TOKEN_LIFE: Duration = Duration::from_secs(60 * 60);
/// Connections that are read at once while a customer is deleted.
const BATCH: i64 = 100;

/// Makes a customer of the tenant's, unless they are there; with a new id of ours.
pub fn ensured(core: &Core, tenant: &TenantTag, external_id: &str) -> Statement {
    let id = CustomerId::new(tenant, new_uuid(&*core.clock, &*core.rng));
    customers::ensure(tenant.as_str(), external_id, id.as_str(), core.clock.now().0)
}

/// A customer of the caller's.
///
/// # Errors
/// [`ReadError::NotFound`], also for another customer than the token's; or the database failed.
pub async fn get(core: &Core, caller: &Caller, external_id: &str) -> Result<CustomerRow, ReadError> {
    const NONE: ReadError = ReadError::NotFound("customer");
    // PostgreSQL takes no NUL in a text.
    if external_id.contains('\0') || caller.customer.as_ref().is_some_and(|own| own != external_id) {
        return Err(NONE);
    }
    customers::of_mode(&core.store, caller.tenant.as_str(), caller.mode.as_str(), external_id)
        .await?
        .ok_or(NONE)
}

/// The caller's customers, by their external ids, from behind one of these on.
///
/// # Errors
/// The database failed.
pub async fn list(core: &Core, caller: &Caller, after: Option<&str>, limit: i64) -> Result<Vec<CustomerRow>, ReadError> {
    Ok(customers::list(&core.store, caller.tenant.as_str(), caller.mode.as_str(), after, limit).await?)
}

/// Deletes a customer's connections of the caller's mode, one after the other, and takes back the customer's tokens and links. What is not done
/// when it breaks off is done when it is asked for again.
///
/// # Errors
/// [`DeleteError`].
pub async fn delete(core: &Core, caller: &Caller, external_id: &str) -> Result<CustomerRow, DeleteError> {
    let mut row = get(core, caller, external_id).await?;
    revoke_tokens(core, caller, external_id).await?;
    // A link that stayed would make connections of theirs again, and holds what it asks for.
    let links = hosted_links::delete_of_customer(caller.tenant.as_str(), caller.mode.as_str(), external_id);
    let written = core.store.write(links).await;
    written.map_err(|error| DeleteError::Unavailable(error.to_string()))?;
    loop {
        let left = connections::not_deleted(&core.store, caller.tenant.as_str(), caller.mode.as_str(), external_id, BATCH).await?;
        if left.is_empty() {
            break;
        }
        for id in left {
            let id = ConnectionId::parse(&id).map_err(|_| DeleteError::Unavailable("an id cannot be read".to_owned()))?;
            delete::delete(core, caller, &id).await?;
        }
    }
    row.connections = 0;
    Ok(row)
}

/// A new token, until when it is good, and what stores it.
///
/// # Errors
/// [`ReadError`].
pub async fn token(core: &Core, caller: &Caller, external_id: &str) -> Result<(SecretString, Timestamp, Statement), ReadError> {
    let customer = get(core, caller, external_id).await?;
    let token = SecretString::from(mint(Kind::Customer, &caller.tenant, &*core.rng));
    let now = core.clock.now();
    let until = now.plus(TOKEN_LIFE);
    let row = CustomerTokenRow {
        tenant_id: caller.tenant.to_string(),
        hash: fingerprint(token.expose_secret()),
        mode: caller.mode.as_str().to_owned(),
        customer: customer.external_id,
        key_hash: caller.proof.clone(),
        created_at: now.0,
        expires_at: until.0,
    };
    Ok((token, until, customer_tokens::insert(&row)))
}

/// Takes back all of a customer's tokens, those that OAuth clients got for them among them.
///
/// # Errors
/// [`DeleteError`].
pub async fn revoke_tokens(core: &Core, caller: &Caller, external_id: &str) -> Result<(), DeleteError> {
    get(core, caller, external_id).await?;
    let (tenant, mode) = (caller.tenant.as_str(), caller.mode.as_str());
    let delete = Unit::new()
        .with(customer_tokens::delete(tenant, mode, external_id))
        .with(access_tokens::delete(tenant, mode, external_id));
    let written = core.store.write(delete).await;
    written.map_err(|error| DeleteError::Unavailable(error.to_string()))
}
