//! Who did what to whom.

use super::{Conflict, Read, Statement, Store, args, on};
use sqlx::FromRow;

/// An entry.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct AuditRow {
    /// The tenant.
    pub tenant_id: String,
    /// The entry's id, which sorts by time.
    pub id: String,
    /// When.
    pub at: i64,
    /// Who.
    pub actor: String,
    /// What.
    pub action: String,
    /// To whom.
    pub subject: String,
    /// JSON: the rest. Never a secret.
    pub detail: String,
}

/// Adds an entry.
pub fn insert(row: &AuditRow) -> Statement {
    Statement::one(
        "INSERT INTO audit (tenant_id, id, at, actor, action, subject, detail) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        args![&row.tenant_id, &row.id, row.at, &row.actor, &row.action, &row.subject, &row.detail],
        Conflict::Duplicate,
    )
}

/// A tenant's entries, newest first, from below an id.
///
/// # Errors
/// The database failed.
pub async fn of_tenant(store: &Store, tenant: &str, below: Option<&str>, limit: i64) -> Read<Vec<AuditRow>> {
    Ok(on!(store, |pool| {
        sqlx::query_as(
            "SELECT tenant_id, id, at, actor, action, subject, detail FROM audit \
             WHERE tenant_id = $1 AND ($2 IS NULL OR id < $2) ORDER BY id DESC LIMIT $3",
        )
        .bind(tenant)
        .bind(below)
        .bind(limit)
        .fetch_all(pool)
        .await?
    }))
}

/// A tenant's entries about one thing, oldest first: for the operator, no index leads there.
///
/// # Errors
/// The database failed.
pub async fn of_subject(store: &Store, tenant: &str, subject: &str) -> Read<Vec<AuditRow>> {
    Ok(on!(store, |pool| {
        sqlx::query_as(
            "SELECT tenant_id, id, at, actor, action, subject, detail FROM audit WHERE tenant_id = $1 AND subject = $2 ORDER BY id",
        )
        .bind(tenant)
        .bind(subject)
        .fetch_all(pool)
        .await?
    }))
}
