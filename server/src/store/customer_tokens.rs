//! Tokens that read what belongs to one customer.

use super::{Conflict, Read, Statement, Store, args, on};
use sqlx::FromRow;

/// A token. The token itself is not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomerTokenRow {
    /// The tenant.
    pub tenant_id: String,
    /// SHA-256 of the token.
    pub hash: Vec<u8>,
    /// `test` or `live`.
    pub mode: String,
    /// The customer's `external_id`.
    pub customer: String,
    /// SHA-256 of the API key that it was made with.
    pub key_hash: Vec<u8>,
    /// Made.
    pub created_at: i64,
    /// No longer good.
    pub expires_at: i64,
}

/// Whose a token is, with what its tenant lets it do.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct HolderRow {
    /// `test` or `live`.
    pub mode: String,
    /// The customer's `external_id`.
    pub customer: String,
    /// No longer good.
    pub expires_at: i64,
    /// The tenant's rate for live keys.
    pub live_rate: i64,
    /// The tenant's rate for test keys.
    pub test_rate: i64,
}

/// Makes a token.
pub fn insert(row: &CustomerTokenRow) -> Statement {
    Statement::one(
        "INSERT INTO customer_tokens (tenant_id, hash, mode, customer, key_hash, created_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        args![
            &row.tenant_id,
            &row.hash,
            &row.mode,
            &row.customer,
            &row.key_hash,
            row.created_at,
            row.expires_at
        ],
        Conflict::Duplicate,
    )
}

/// All of a customer's tokens of a mode are no longer good.
pub fn delete(tenant: &str, mode: &str, customer: &str) -> Statement {
    Statement::any(
        "DELETE FROM customer_tokens WHERE tenant_id = $1 AND mode = $2 AND customer = $3",
        args![tenant, mode, customer],
    )
}

/// Forgets a batch of expired tokens of all tenants.
pub fn delete_expired(now: i64, limit: i64) -> Statement {
    Statement::any(
        "DELETE FROM customer_tokens WHERE (tenant_id, hash) IN \
         (SELECT tenant_id, hash FROM customer_tokens WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)",
        args![now, limit],
    )
}

/// Whether there are expired tokens.
///
/// # Errors
/// The database failed.
pub async fn any_expired(store: &Store, now: i64) -> Read<bool> {
    Ok(on!(store, |pool| {
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM customer_tokens WHERE expires_at <= $1)")
            .bind(now)
            .fetch_one(pool)
            .await?
    }))
}

/// Whose token this is; nobody's where the key was revoked that it was made with, or the tenant closed.
///
/// # Errors
/// The database failed.
pub async fn holder(store: &Store, tenant: &str, hash: &[u8]) -> Read<Option<HolderRow>> {
    Ok(on!(store, |pool| {
        sqlx::query_as(
            "SELECT c.mode, c.customer, c.expires_at, t.live_rate, t.test_rate FROM customer_tokens c \
             JOIN tenants t ON t.tenant_id = c.tenant_id \
             JOIN api_keys k ON k.tenant_id = c.tenant_id AND k.hash = c.key_hash \
             WHERE c.tenant_id = $1 AND c.hash = $2 AND k.revoked_at IS NULL AND t.closed_at IS NULL",
        )
        .bind(tenant)
        .bind(hash)
        .fetch_optional(pool)
        .await?
    }))
}
