//! Logins and codes that institutions may have counted against their customers.

use super::{Conflict, Read, Statement, Store, args, on};
use sqlx::FromRow;

/// One that was sent.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct TryRow {
    /// The tenant.
    pub tenant_id: String,
    /// Whose it is, at which institution, of what kind: a keyed hash.
    pub key: String,
    /// Which of the places of this key it takes, from 0.
    pub place: i64,
    /// When.
    pub at: i64,
    /// The session that sent it.
    pub session_id: String,
    /// The session's version that sent it.
    pub mark: i64,
}

/// Takes a place that is free: nobody had it, or who had it did until this time. [`Conflict::AlreadyUsed`] when it is not free any more.
pub fn take(row: &TryRow, free_until: i64) -> Statement {
    Statement::one(
        "INSERT INTO tries (tenant_id, key, place, at, session_id, mark) VALUES ($1, $2, $3, $4, $5, $6) \
         ON CONFLICT (tenant_id, key, place) DO UPDATE SET at = excluded.at, session_id = excluded.session_id, mark = excluded.mark \
         WHERE tries.at <= $7",
        args![&row.tenant_id, &row.key, row.place, row.at, &row.session_id, row.mark, free_until],
        Conflict::AlreadyUsed,
    )
}

/// Gives back the places of what this session sent at this version: the institution has not counted it.
pub fn give_back(tenant: &str, session: &str, mark: i64) -> Statement {
    Statement::any(
        "DELETE FROM tries WHERE tenant_id = $1 AND session_id = $2 AND mark = $3",
        args![tenant, session, mark],
    )
}

/// Gives back all places of this session: what it sent last was right.
pub fn forget(tenant: &str, session: &str) -> Statement {
    Statement::any("DELETE FROM tries WHERE tenant_id = $1 AND session_id = $2", args![tenant, session])
}

/// The places of a key that were taken after this time.
///
/// # Errors
/// The database failed.
pub async fn taken(store: &Store, tenant: &str, key: &str, after: i64) -> Read<Vec<i64>> {
    Ok(on!(store, |pool| {
        sqlx::query_scalar("SELECT place FROM tries WHERE tenant_id = $1 AND key = $2 AND at > $3 ORDER BY place")
            .bind(tenant)
            .bind(key)
            .bind(after)
            .fetch_all(pool)
            .await?
    }))
}

/// Forgets up to `limit` that were sent until this time.
pub fn delete_old(before: i64, limit: i64) -> Statement {
    Statement::any(
        "DELETE FROM tries WHERE (tenant_id, key, place) IN (SELECT tenant_id, key, place FROM tries WHERE at <= $1 ORDER BY at LIMIT $2)",
        args![before, limit],
    )
}

/// Whether there are any.
///
/// # Errors
/// The database failed.
pub async fn any_old(store: &Store, before: i64) -> Read<bool> {
    Ok(on!(store, |pool| {
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM tries WHERE at <= $1)")
            .bind(before)
            .fetch_one(pool)
            .await?
    }))
}
