//! Hosted links: each use makes a connection of the link's customer.

use super::{Conflict, Read, Statement, Store, args, on};
use sqlx::FromRow;

/// A hosted link. Its token is not kept.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct HostedLinkRow {
    /// The tenant.
    pub tenant_id: String,
    /// `link_…`.
    pub id: String,
    /// `test` or `live`.
    pub mode: String,
    /// SHA-256 of the token in its address.
    pub token_hash: Vec<u8>,
    /// The customer's `external_id`.
    pub customer: String,
    /// Sealed JSON: what a connection is asked for.
    pub ask: Vec<u8>,
    /// Until when it can be used.
    pub expires_at: i64,
    /// How often it can be used.
    pub max_uses: i64,
    /// How often it was used.
    pub uses: i64,
    /// Revoked.
    pub revoked_at: Option<i64>,
    /// Made.
    pub created_at: i64,
}

macro_rules! columns {
    () => {
        "tenant_id, id, mode, token_hash, customer, ask, expires_at, max_uses, uses, revoked_at, created_at"
    };
}

/// Makes a link.
pub fn insert(row: &HostedLinkRow) -> Statement {
    Statement::one(
        concat!(
            "INSERT INTO hosted_links (",
            columns!(),
            ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
        ),
        args![
            &row.tenant_id,
            &row.id,
            &row.mode,
            &row.token_hash,
            &row.customer,
            &row.ask,
            row.expires_at,
            row.max_uses,
            row.uses,
            row.revoked_at,
            row.created_at
        ],
        Conflict::Duplicate,
    )
}

/// Counts one use, where the link can be used at `now`. [`Conflict::AlreadyUsed`] otherwise.
pub fn take(tenant: &str, id: &str, now: i64) -> Statement {
    Statement::one(
        "UPDATE hosted_links SET uses = uses + 1 \
         WHERE tenant_id = $1 AND id = $2 AND revoked_at IS NULL AND expires_at > $3 AND uses < max_uses",
        args![tenant, id, now],
        Conflict::AlreadyUsed,
    )
}

/// Revokes a link; one that was revoked before stays as it is.
pub fn revoke(tenant: &str, id: &str, now: i64) -> Statement {
    Statement::any(
        "UPDATE hosted_links SET revoked_at = $3 WHERE tenant_id = $1 AND id = $2 AND revoked_at IS NULL",
        args![tenant, id, now],
    )
}

/// Forgets all links of a customer in a mode.
pub fn delete_of_customer(tenant: &str, mode: &str, customer: &str) -> Statement {
    Statement::any(
        "DELETE FROM hosted_links WHERE tenant_id = $1 AND mode = $2 AND customer = $3",
        args![tenant, mode, customer],
    )
}

/// The link with this id.
///
/// # Errors
/// The database failed.
pub async fn by_id(store: &Store, tenant: &str, id: &str) -> Read<Option<HostedLinkRow>> {
    Ok(on!(store, |pool| {
        sqlx::query_as(concat!(
            "SELECT ",
            columns!(),
            " FROM hosted_links WHERE tenant_id = $1 AND id = $2"
        ))
        .bind(tenant)
        .bind(id)
        .fetch_optional(pool)
        .await?
    }))
}

/// The link with this token.
///
/// # Errors
/// The database failed.
pub async fn by_token(store: &Store, tenant: &str, hash: &[u8]) -> Read<Option<HostedLinkRow>> {
    Ok(on!(store, |pool| {
        sqlx::query_as(concat!(
            "SELECT ",
            columns!(),
            " FROM hosted_links WHERE tenant_id = $1 AND token_hash = $2"
        ))
        .bind(tenant)
        .bind(hash)
        .fetch_optional(pool)
        .await?
    }))
}

/// A tenant's links, in a mode or in both, newest first, from below an id.
///
/// # Errors
/// The database failed.
pub async fn of_tenant(store: &Store, tenant: &str, mode: Option<&str>, below: Option<&str>, limit: i64) -> Read<Vec<HostedLinkRow>> {
    Ok(on!(store, |pool| {
        sqlx::query_as(concat!(
            "SELECT ",
            columns!(),
            " FROM hosted_links WHERE tenant_id = $1 AND ($2 IS NULL OR mode = $2) AND ($3 IS NULL OR id < $3) ORDER BY id DESC LIMIT $4"
        ))
        .bind(tenant)
        .bind(mode)
        .bind(below)
        .bind(limit)
        .fetch_all(pool)
        .await?
    }))
}
