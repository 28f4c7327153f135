//! Access tokens of OAuth clients, each for one customer.

use super::{Conflict, Read, Statement, Store, args, on};
use sqlx::FromRow;

/// A token. The token itself is not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessTokenRow {
    /// The tenant.
    pub tenant_id: String,
    /// SHA-256 of the token.
    pub hash: Vec<u8>,
    /// The client that it was made for.
    pub client_id: String,
    /// The customer's `external_id`.
    pub customer: String,
    /// Made.
    pub created_at: i64,
    /// No longer good.
    pub expires_at: i64,
}

/// Whose a token is, with what its client may do and what its tenant lets it do.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct HolderRow {
    /// The client.
    pub client_id: String,
    /// The client's mode.
    pub mode: String,
    /// The client's scopes, apart by spaces.
    pub scopes: String,
    /// The customer's `external_id`.
    pub customer: String,
    /// No longer good.
    pub expires_at: i64,
    /// The tenant's rate for live keys.
    pub live_rate: i64,
    /// The tenant's rate for test keys.
    pub test_rate: i64,
    /// When the tenant was closed.
    pub closed_at: Option<i64>,
}

/// Makes a token.
pub fn insert(row: &AccessTokenRow) -> Statement {
    Statement::one(
        "INSERT INTO access_tokens (tenant_id, hash, client_id, customer, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)",
        args![
            &row.tenant_id,
            &row.hash,
            &row.client_id,
            &row.customer,
            row.created_at,
            row.expires_at
        ],
        Conflict::Duplicate,
    )
}

/// All of a customer's tokens of clients of a mode are no longer good.
pub fn delete(tenant: &str, mode: &str, customer: &str) -> Statement {
    Statement::any(
        "DELETE FROM access_tokens WHERE tenant_id = $1 AND customer = $3 \
         AND client_id IN (SELECT client_id FROM oauth_clients WHERE tenant_id = $1 AND mode = $2)",
        args![tenant, mode, customer],
    )
}

/// Forgets a batch of expired tokens of all tenants.
pub fn delete_expired(now: i64, limit: i64) -> Statement {
    Statement::any(
        "DELETE FROM access_tokens WHERE (tenant_id, hash) IN \
         (SELECT tenant_id, hash FROM access_tokens WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)",
        args![now, limit],
    )
}

/// Whether there are expired tokens.
///
/// # Errors
/// The database failed.
pub async fn any_expired(store: &Store, now: i64) -> Read<bool> {
    Ok(on!(store, |pool| {
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM access_tokens WHERE expires_at <= $1)")
            .bind(now)
            .fetch_one(pool)
            .await?
    }))
}

/// Whose token this is; nobody's where its client was revoked.
///
/// # Errors
/// The database failed.
pub async fn holder(store: &Store, tenant: &str, hash: &[u8]) -> Read<Option<HolderRow>> {
    Ok(on!(store, |pool| {
        sqlx::query_as(
            "SELECT a.client_id, c.mode, c.scopes, a.customer, a.expires_at, t.live_rate, t.test_rate, t.closed_at FROM access_tokens a \
             JOIN tenants t ON t.tenant_id = a.tenant_id \
             JOIN oauth_clients c ON c.tenant_id = a.tenant_id AND c.client_id = a.client_id \
             WHERE a.tenant_id = $1 AND a.hash = $2 AND c.revoked_at IS NULL",
        )
        .bind(tenant)
        .bind(hash)
        .fetch_optional(pool)
        .await?
    }))
}
