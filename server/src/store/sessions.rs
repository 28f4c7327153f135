//! Connect sessions.

use super::{Conflict, Read, Statement, Store, args, on};
use sqlx::FromRow;

/// A connect session.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct SessionRow {
    /// The tenant.
    pub tenant_id: String,
    /// `sess_…`.
    pub id: String,
    /// The connection that it makes or repairs.
    pub connection_id: String,
    /// The state's name.
    pub state_name: String,
    /// JSON: the state with its data.
    pub state: String,
    /// SHA-256 of the live instance's secret, once there is one.
    pub instance_hash: Option<Vec<u8>>,
    /// Counts the writes.
    pub version: i64,
    /// When the sweeper has to look at it. `None` once it is over.
    pub deadline: Option<i64>,
    /// Until when a call to the provider may last. `None` when there is none.
    pub lease_until: Option<i64>,
    /// Language of the page, once known.
    pub language: Option<String>,
    /// The host or the person chose the language; the browser's wish no longer counts.
    pub language_fixed: bool,
    /// SHA-256 of the connect token in `widget_url`.
    pub widget_token_hash: Option<Vec<u8>>,
    /// SHA-256 of the token in `hosted_url`.
    pub hosted_token_hash: Option<Vec<u8>>,
    /// Origin of the page around the frame.
    pub parent_origin: Option<String>,
    /// Where the hosted page ends.
    pub redirect_url: Option<String>,
    /// The vendor whose API made it.
    pub vendor: Option<String>,
    /// Sealed: the provider's own state.
    pub leg: Option<Vec<u8>>,
    /// Sealed: the public token, until it is exchanged.
    pub public_token: Option<Vec<u8>>,
    /// SHA-256 of the public token.
    pub public_token_hash: Option<Vec<u8>>,
    /// SHA-256 of the `state` of the last launch, used or not.
    pub bank_state_hash: Option<Vec<u8>>,
    /// Made.
    pub created_at: i64,
    /// Last changed.
    pub updated_at: i64,
}

macro_rules! columns {
    () => {
        "tenant_id, id, connection_id, state_name, state, instance_hash, version, deadline, lease_until, language, language_fixed, \
         widget_token_hash, hosted_token_hash, parent_origin, redirect_url, leg, public_token, public_token_hash, bank_state_hash, \
         created_at, updated_at, vendor"
    };
}

/// Makes a session.
pub fn insert(row: &SessionRow) -> Statement {
    Statement::one(
        concat!(
            "INSERT INTO sessions (",
            columns!(),
            ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)"
        ),
        args![
            &row.tenant_id,
            &row.id,
            &row.connection_id,
            &row.state_name,
            &row.state,
            &row.instance_hash,
            row.version,
            row.deadline,
            row.lease_until,
            &row.language,
            row.language_fixed,
            &row.widget_token_hash,
            &row.hosted_token_hash,
            &row.parent_origin,
            &row.redirect_url,
            &row.leg,
            &row.public_token,
            &row.public_token_hash,
            &row.bank_state_hash,
            row.created_at,
            row.updated_at,
            &row.vendor
        ],
        Conflict::Duplicate,
    )
}

/// Writes the session if it still has the expected version, and makes its version the next one, whatever the row says.
/// Tenant, id, connection, invitation tokens, parent_origin, redirect_url, vendor and created_at stay. [`Conflict::Stale`] otherwise.
pub fn compare_and_set(row: &SessionRow, expected_version: i64) -> Statement {
    Statement::one(
        "UPDATE sessions SET version = $3 + 1, state_name = $4, state = $5, instance_hash = $6, deadline = $7, lease_until = $8, \
         language = $9, language_fixed = $10, leg = $11, public_token = $12, public_token_hash = $13, bank_state_hash = $14, \
         updated_at = $15 \
         WHERE tenant_id = $1 AND id = $2 AND version = $3",
        args![
            &row.tenant_id,
            &row.id,
            expected_version,
            &row.state_name,
            &row.state,
            &row.instance_hash,
            row.deadline,
            row.lease_until,
            &row.language,
            row.language_fixed,
            &row.leg,
            &row.public_token,
            &row.public_token_hash,
            &row.bank_state_hash,
            row.updated_at
        ],
        Conflict::Stale,
    )
}

/// Puts another connect token in the place of the one that the session has.
pub fn set_widget_token(tenant: &str, id: &str, hash: &[u8]) -> Statement {
    Statement::one(
        "UPDATE sessions SET widget_token_hash = $3 WHERE tenant_id = $1 AND id = $2",
        args![tenant, id, hash],
        Conflict::Stale,
    )
}

/// The session with this id.
///
/// # Errors
/// The database failed.
pub async fn by_id(store: &Store, tenant: &str, id: &str) -> Read<Option<SessionRow>> {
    Ok(on!(store, |pool| {
        sqlx::query_as(concat!("SELECT ", columns!(), " FROM sessions WHERE tenant_id = $1 AND id = $2"))
            .bind(tenant)
            .bind(id)
            .fetch_optional(pool)
            .await?
    }))
}

/// The session that this connect token opens.
///
/// # Errors
/// The database failed.
pub async fn by_widget_token(store: &Store, tenant: &str, hash: &[u8]) -> Read<Option<SessionRow>> {
    Ok(on!(store, |pool| {
        sqlx::query_as(concat!(
            "SELECT ",
            columns!(),
            " FROM sessions WHERE tenant_id = $1 AND widget_token_hash = $2"
        ))
        .bind(tenant)
        .bind(hash)
        .fetch_optional(pool)
        .await?
    }))
}

/// The session that this hosted link opens.
///
/// # Errors
/// The database failed.
pub async fn by_hosted_token(store: &Store, tenant: &str, hash: &[u8]) -> Read<Option<SessionRow>> {
    Ok(on!(store, |pool| {
        sqlx::query_as(concat!(
            "SELECT ",
            columns!(),
            " FROM sessions WHERE tenant_id = $1 AND hosted_token_hash = $2"
        ))
        .bind(tenant)
        .bind(hash)
        .fetch_optional(pool)
        .await?
    }))
}

/// The session that gave out this public token.
///
/// # Errors
/// The database failed.
pub async fn by_public_token(store: &Store, tenant: &str, hash: &[u8]) -> Read<Option<SessionRow>> {
    Ok(on!(store, |pool| {
        sqlx::query_as(concat!(
            "SELECT ",
            columns!(),
            " FROM sessions WHERE tenant_id = $1 AND public_token_hash = $2"
        ))
        .bind(tenant)
        .bind(hash)
        .fetch_optional(pool)
        .await?
    }))
}

/// The session whose last launch gave the bank this `state`.
///
/// # Errors
/// The database failed.
pub async fn by_bank_state(store: &Store, tenant: &str, hash: &[u8]) -> Read<Option<SessionRow>> {
    Ok(on!(store, |pool| {
        sqlx::query_as(concat!(
            "SELECT ",
            columns!(),
            " FROM sessions WHERE tenant_id = $1 AND bank_state_hash = $2"
        ))
        .bind(tenant)
        .bind(hash)
        .fetch_optional(pool)
        .await?
    }))
}

/// A connection's sessions, newest first.
///
/// # Errors
/// The database failed.
pub async fn of_connection(store: &Store, tenant: &str, connection: &str) -> Read<Vec<SessionRow>> {
    Ok(on!(store, |pool| {
        sqlx::query_as(concat!(
            "SELECT ",
            columns!(),
            " FROM sessions WHERE tenant_id = $1 AND connection_id = $2 ORDER BY id DESC"
        ))
        .bind(tenant)
        .bind(connection)
        .fetch_all(pool)
        .await?
    }))
}

/// Sessions of all tenants whose id ends so, newest first: for the operator, who is told no more. `tail` is eight characters.
///
/// # Errors
/// The database failed.
pub async fn by_support_code(store: &Store, tail: &str) -> Read<Vec<SessionRow>> {
    Ok(on!(store, |pool| {
        sqlx::query_as(concat!(
            "SELECT ",
            columns!(),
            " FROM sessions WHERE substr(id, 30) = $1 ORDER BY id DESC"
        ))
        .bind(tail)
        .fetch_all(pool)
        .await?
    }))
}

/// Sessions of all tenants whose deadline or lease is past.
///
/// # Errors
/// The database failed.
pub async fn due(store: &Store, now: i64, limit: i64) -> Read<Vec<SessionRow>> {
    Ok(on!(store, |pool| {
        sqlx::query_as(concat!(
            "SELECT ",
            columns!(),
            " FROM sessions WHERE deadline <= $1 OR lease_until <= $1 LIMIT $2"
        ))
        .bind(now)
        .bind(limit)
        .fetch_all(pool)
        .await?
    }))
}
