//! Grants: what providers gave us, always sealed.

use super::{Conflict, Read, Statement, Store, args, on};
use sqlx::FromRow;
use std::fmt;

/// Where a grant stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrantState {
    /// Kept until the connection is confirmed; nothing may be read with it.
    Held,
    /// In use.
    Active,
    /// Has to be revoked at the provider.
    Revoking,
    /// Revoked at the provider.
    Revoked,
}

impl GrantState {
    /// The state in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Active => "active",
            Self::Revoking => "revoking",
            Self::Revoked => "revoked",
        }
    }
}

impl fmt::Display for GrantState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The database holds a state that no version of this program writes.
#[derive(Debug, thiserror::Error)]
#[error("not a grant's state")]
pub struct NotAState;

impl TryFrom<String> for GrantState {
    type Error = NotAState;
    fn try_from(text: String) -> Result<Self, NotAState> {
        [Self::Held, Self::Active, Self::Revoking, Self::Revoked]
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or(NotAState)
    }
}

/// A grant.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct GrantRow {
    /// The tenant.
    pub tenant_id: String,
    /// The grant's id.
    pub id: String,
    /// The connection.
    pub connection_id: String,
    /// The session that brought it.
    pub session_id: String,
    /// The provider that gave it.
    pub provider: String,
    /// Sealed: the grant.
    pub sealed: Vec<u8>,
    /// Where it stands.
    #[sqlx(try_from = "String")]
    pub state: GrantState,
    /// Made.
    pub created_at: i64,
    /// Last changed.
    pub updated_at: i64,
}

macro_rules! columns {
    () => {
        "tenant_id, id, connection_id, session_id, provider, sealed, state, created_at, updated_at"
    };
}

/// Keeps a grant.
pub fn insert(row: &GrantRow) -> Statement {
    Statement::one(
        concat!("INSERT INTO grants (", columns!(), ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"),
        args![
            &row.tenant_id,
            &row.id,
            &row.connection_id,
            &row.session_id,
            &row.provider,
            &row.sealed,
            row.state.as_str(),
            row.created_at,
            row.updated_at
        ],
        Conflict::Duplicate,
    )
}

/// Moves a grant from one state to another. [`Conflict::Stale`] when it is not in the first.
pub fn set_state(tenant: &str, id: &str, from: GrantState, to: GrantState, now: i64) -> Statement {
    Statement::one(
        "UPDATE grants SET state = $4, updated_at = $5 WHERE tenant_id = $1 AND id = $2 AND state = $3",
        args![tenant, id, from.as_str(), to.as_str(), now],
        Conflict::Stale,
    )
}

/// Asks for the revocation of every grant of a connection that is held or active. There may be none.
pub fn revoke_all(tenant: &str, connection: &str, now: i64) -> Statement {
    Statement::any(
        "UPDATE grants SET state = 'revoking', updated_at = $3 WHERE tenant_id = $1 AND connection_id = $2 AND state IN ('held', 'active')",
        args![tenant, connection, now],
    )
}

/// Keeps another sealed body, where the one read before is still there: a provider gave new tokens, or the key is another.
pub fn reseal(row: &GrantRow, read_before: &[u8]) -> Statement {
    Statement::one(
        "UPDATE grants SET sealed = $4, updated_at = $5 WHERE tenant_id = $1 AND id = $2 AND sealed = $3",
        args![&row.tenant_id, &row.id, read_before, &row.sealed, row.updated_at],
        Conflict::Stale,
    )
}

/// The grant with this id.
///
/// # Errors
/// The database failed.
pub async fn by_id(store: &Store, tenant: &str, id: &str) -> Read<Option<GrantRow>> {
    Ok(on!(store, |pool| {
        sqlx::query_as(concat!("SELECT ", columns!(), " FROM grants WHERE tenant_id = $1 AND id = $2"))
            .bind(tenant)
            .bind(id)
            .fetch_optional(pool)
            .await?
    }))
}

/// A connection's grants, oldest first.
///
/// # Errors
/// The database failed.
pub async fn of_connection(store: &Store, tenant: &str, connection: &str) -> Read<Vec<GrantRow>> {
    Ok(on!(store, |pool| {
        sqlx::query_as(concat!(
            "SELECT ",
            columns!(),
            " FROM grants WHERE tenant_id = $1 AND connection_id = $2 ORDER BY id"
        ))
        .bind(tenant)
        .bind(connection)
        .fetch_all(pool)
        .await?
    }))
}

/// The grants that a session brought, oldest first.
///
/// # Errors
/// The database failed.
pub async fn of_session(store: &Store, tenant: &str, session: &str) -> Read<Vec<GrantRow>> {
    Ok(on!(store, |pool| {
        sqlx::query_as(concat!(
            "SELECT ",
            columns!(),
            " FROM grants WHERE tenant_id = $1 AND session_id = $2 ORDER BY id"
        ))
        .bind(tenant)
        .bind(session)
        .fetch_all(pool)
        .await?
    }))
}

/// Grants of all tenants that have to be revoked at their providers, the longest waiting first.
///
/// # Errors
/// The database failed.
pub async fn revoking(store: &Store, limit: i64) -> Read<Vec<GrantRow>> {
    Ok(on!(store, |pool| {
        sqlx::query_as(concat!(
            "SELECT ",
            columns!(),
            " FROM grants WHERE state = 'revoking' ORDER BY updated_at LIMIT $1"
        ))
        .bind(limit)
        .fetch_all(pool)
        .await?
    }))
}
