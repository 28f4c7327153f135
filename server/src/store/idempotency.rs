//! Answers already given, so that a retry with the same idempotency key acts once.

use super::{Conflict, Read, Statement, Store, args, on};
use sqlx::FromRow;

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct IdempotencyRow {
    /// The tenant.
    pub tenant_id: String,
    /// The caller's key.
    pub key: String,
    /// Template of the route that was called.
    pub route: String,
    /// Of the request, made with the master key.
    pub fingerprint: Vec<u8>,
    /// HTTP status of the answer.
    pub status: i64,
    /// Sealed: body of the answer.
    pub body: Vec<u8>,
    /// Given.
    pub created_at: i64,
    /// Forgotten.
    pub expires_at: i64,
}

/// Keeps an answer in the unit of what it answers. An expired row with the same key gives way;
/// [`Conflict::AlreadyUsed`] when the key's row still counts.
pub fn insert(row: &IdempotencyRow) -> Statement {
    Statement::one(
        "INSERT INTO idempotency (tenant_id, key, route, fingerprint, status, body, created_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
         ON CONFLICT (tenant_id, key) DO UPDATE SET route = excluded.route, fingerprint = excluded.fingerprint, \
         status = excluded.status, body = excluded.body, created_at = excluded.created_at, expires_at = excluded.expires_at \
         WHERE idempotency.expires_at <= excluded.created_at",
        args![
            &row.tenant_id,
            &row.key,
            &row.route,
            &row.fingerprint,
            row.status,
            &row.body,
            row.created_at,
            row.expires_at
        ],
        Conflict::AlreadyUsed,
    )
}

/// Forgets a batch of expired answers of all tenants.
pub fn delete_expired(now: i64, limit: i64) -> Statement {
    Statement::any(
        "DELETE FROM idempotency WHERE (tenant_id, key) IN \
         (SELECT tenant_id, key FROM idempotency WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2) AND expires_at <= $1",
        args![now, limit],
    )
}

/// Whether there are expired answers.
///
/// # Errors
/// The database failed.
pub async fn any_expired(store: &Store, now: i64) -> Read<bool> {
    Ok(on!(store, |pool| {
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM idempotency WHERE expires_at <= $1)")
            .bind(now)
            .fetch_one(pool)
            .await?
    }))
}

/// The answer that still counts for this key.
///
/// # Errors
/// The database failed.
pub async fn get(store: &Store, tenant: &str, key: &str, now: i64) -> Read<Option<IdempotencyRow>> {
    Ok(on!(store, |pool| {
        sqlx::query_as(
            "SELECT tenant_id, key, route, fingerprint, status, body, created_at, expires_at FROM idempotency \
             WHERE tenant_id = $1 AND key = $2 AND expires_at > $3",
        )
        .bind(tenant)
        .bind(key)
        .bind(now)
        .fetch_optional(pool)
        .await?
    }))
}
