//! Webhook endpoints.

use crate::store::{Conflict, Read, Statement, Store, args, on};
use sqlx::FromRow;

/// An endpoint.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct EndpointRow {
    /// The tenant.
    pub tenant_id: String,
    /// `we_…`.
    pub id: String,
    /// `test` or `live`.
    pub mode: String,
    /// In whose words it is spoken to: `native`, or the vendor's name.
    pub dialect: String,
    /// Where it is.
    pub url: String,
    /// What the host calls it.
    pub description: String,
    /// The kinds of events that it wants, apart by spaces; empty is all.
    pub kinds: String,
    /// `enabled` or `disabled`.
    pub state: String,
    /// Why it is disabled.
    pub why: Option<String>,
    /// Since when it has its state.
    pub since: i64,
    /// When the first of the failures came that no success has followed.
    pub failing_since: Option<i64>,
    /// Sealed: the secret that signs.
    pub secret: Vec<u8>,
    /// Sealed: the one before, which signs too for a while.
    pub old_secret: Option<Vec<u8>>,
    /// Until when.
    pub old_secret_until: Option<i64>,
    /// Sealed: the ed25519 key.
    pub signing_key: Vec<u8>,
    /// Its public half, as it is shown.
    pub public_key: String,
    /// Counts the host's writes.
    pub version: i64,
    /// Made.
    pub created_at: i64,
    /// Last changed.
    pub updated_at: i64,
}

macro_rules! columns {
    () => {
        "tenant_id, id, mode, dialect, url, description, kinds, state, why, since, failing_since, secret, old_secret, old_secret_until, \
         signing_key, public_key, version, created_at, updated_at"
    };
}

/// Makes an endpoint. [`Conflict::Stale`] when the tenant has `most` of the mode.
pub fn insert(row: &EndpointRow, most: i64) -> Statement {
    Statement::one(
        concat!(
            "INSERT INTO webhook_endpoints (",
            columns!(),
            ") SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19 \
             WHERE (SELECT COUNT(*) FROM webhook_endpoints WHERE tenant_id = $1 AND mode = $3) < $20"
        ),
        args![
            &row.tenant_id,
            &row.id,
            &row.mode,
            &row.dialect,
            &row.url,
            &row.description,
            &row.kinds,
            &row.state,
            &row.why,
            row.since,
            row.failing_since,
            &row.secret,
            &row.old_secret,
            row.old_secret_until,
            &row.signing_key,
            &row.public_key,
            row.version,
            row.created_at,
            row.updated_at,
            most
        ],
        Conflict::Stale,
    )
}

/// Writes what a host can change, if the endpoint still has the version that was read. [`Conflict::Stale`] otherwise.
pub fn compare_and_set(row: &EndpointRow, expected_version: i64) -> Statement {
    Statement::one(
        "UPDATE webhook_endpoints SET version = $3 + 1, url = $4, description = $5, kinds = $6, state = $7, why = $8, since = $9, \
         secret = $10, old_secret = $11, old_secret_until = $12, updated_at = $13 \
         WHERE tenant_id = $1 AND id = $2 AND version = $3",
        args![
            &row.tenant_id,
            &row.id,
            expected_version,
            &row.url,
            &row.description,
            &row.kinds,
            &row.state,
            &row.why,
            row.since,
            &row.secret,
            &row.old_secret,
            row.old_secret_until,
            row.updated_at
        ],
        Conflict::Stale,
    )
}

/// Disables an endpoint that is enabled and, where a time is given, has failed since then or longer. [`Conflict::Stale`] when it
/// is not so.
pub fn disable(tenant: &str, id: &str, why: &str, failing_since: Option<i64>, now: i64) -> Statement {
    Statement::one(
        "UPDATE webhook_endpoints SET state = 'disabled', why = $3, since = $5, updated_at = $5, version = version + 1 \
         WHERE tenant_id = $1 AND id = $2 AND state = 'enabled' AND ($4 IS NULL OR failing_since <= $4)",
        args![tenant, id, why, failing_since, now],
        Conflict::Stale,
    )
}

/// Remembers that an endpoint fails, from the first failure on.
pub fn failed(tenant: &str, id: &str, now: i64) -> Statement {
    Statement::any(
        "UPDATE webhook_endpoints SET failing_since = $3 WHERE tenant_id = $1 AND id = $2 AND failing_since IS NULL",
        args![tenant, id, now],
    )
}

/// Forgets that an endpoint failed.
pub fn succeeded(tenant: &str, id: &str) -> Statement {
    Statement::any(
        "UPDATE webhook_endpoints SET failing_since = NULL WHERE tenant_id = $1 AND id = $2 AND failing_since IS NOT NULL",
        args![tenant, id],
    )
}

/// Deletes an endpoint with what is on its way to it and what came of it. [`Conflict::NotFound`] when there is none.
pub fn delete(tenant: &str, id: &str) -> [Statement; 3] {
    [
        Statement::one(
            "DELETE FROM webhook_endpoints WHERE tenant_id = $1 AND id = $2",
            args![tenant, id],
            Conflict::NotFound,
        ),
        Statement::any(
            "DELETE FROM webhook_deliveries WHERE tenant_id = $1 AND endpoint_id = $2",
            args![tenant, id],
        ),
        Statement::any(
            "DELETE FROM webhook_attempts WHERE tenant_id = $1 AND endpoint_id = $2",
            args![tenant, id],
        ),
    ]
}

/// The endpoint with this id.
///
/// # Errors
/// The database failed.
pub async fn by_id(store: &Store, tenant: &str, id: &str) -> Read<Option<EndpointRow>> {
    Ok(on!(store, |pool| {
        sqlx::query_as(concat!(
            "SELECT ",
            columns!(),
            " FROM webhook_endpoints WHERE tenant_id = $1 AND id = $2"
        ))
        .bind(tenant)
        .bind(id)
        .fetch_optional(pool)
        .await?
    }))
}

/// A tenant's endpoints in a mode, oldest first.
///
/// # Errors
/// The database failed.
pub async fn of_tenant(store: &Store, tenant: &str, mode: &str) -> Read<Vec<EndpointRow>> {
    Ok(on!(store, |pool| {
        sqlx::query_as(concat!(
            "SELECT ",
            columns!(),
            " FROM webhook_endpoints WHERE tenant_id = $1 AND mode = $2 ORDER BY id"
        ))
        .bind(tenant)
        .bind(mode)
        .fetch_all(pool)
        .await?
    }))
}
