//! What happened in a session, for those who have to explain it later.

use super::{Conflict, Read, Statement, Store, args, on};
use sqlx::FromRow;

/// A step: what a session became by one write.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct StepRow {
    /// The tenant.
    pub tenant_id: String,
    /// The session.
    pub session_id: String,
    /// The session's version from then on.
    pub version: i64,
    /// When.
    pub at: i64,
    /// The state's name from then on.
    pub state: String,
    /// JSON: the rest. Never what a person typed, never a secret.
    pub detail: String,
}

/// Adds a step. [`Conflict::Stale`] when somebody else has written this version.
pub fn append(row: &StepRow) -> Statement {
    Statement::one(
        "INSERT INTO session_steps (tenant_id, session_id, version, at, state, detail) VALUES ($1, $2, $3, $4, $5, $6)",
        args![&row.tenant_id, &row.session_id, row.version, row.at, &row.state, &row.detail],
        Conflict::Stale,
    )
}

/// Forgets up to `limit` steps until this time.
pub fn delete_old(before: i64, limit: i64) -> Statement {
    Statement::any(
        "DELETE FROM session_steps WHERE (tenant_id, session_id, version) IN \
         (SELECT tenant_id, session_id, version FROM session_steps WHERE at <= $1 ORDER BY at LIMIT $2)",
        args![before, limit],
    )
}

/// Whether there are any.
///
/// # Errors
/// The database failed.
pub async fn any_old(store: &Store, before: i64) -> Read<bool> {
    Ok(on!(store, |pool| {
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM session_steps WHERE at <= $1)")
            .bind(before)
            .fetch_one(pool)
            .await?
    }))
}

/// A session's steps, in their order.
///
/// # Errors
/// The database failed.
pub async fn of_session(store: &Store, tenant: &str, session: &str) -> Read<Vec<StepRow>> {
    Ok(on!(store, |pool| {
        sqlx::query_as(
            "SELECT tenant_id, session_id, version, at, state, detail FROM session_steps \
             WHERE tenant_id = $1 AND session_id = $2 ORDER BY version",
        )
        .bind(tenant)
        .bind(session)
        .fetch_all(pool)
        .await?
    }))
}
