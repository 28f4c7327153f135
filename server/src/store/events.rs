//! Events in a connection's life, written in the transaction of the change that they report.

use super::{Conflict, Read, Statement, Store, args, on};
use sqlx::FromRow;

/// An event.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct EventRow {
    /// The tenant.
    pub tenant_id: String,
    /// The connection.
    pub connection_id: String,
    /// Place in the connection's life, from 1, without gaps.
    pub seq: i64,
    /// `evt_…`.
    pub id: String,
    /// What happened.
    pub kind: String,
    /// JSON: the event.
    pub body: String,
    /// When.
    pub created_at: i64,
}

/// Adds an event. [`Conflict::Stale`] when its place is taken.
pub fn append(row: &EventRow) -> Statement {
    Statement::one(
        "INSERT INTO events (tenant_id, connection_id, seq, id, kind, body, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        args![
            &row.tenant_id,
            &row.connection_id,
            row.seq,
            &row.id,
            &row.kind,
            &row.body,
            row.created_at
        ],
        Conflict::Stale,
    )
}

/// A connection's events after a place, in order.
///
/// # Errors
/// The database failed.
pub async fn of_connection(store: &Store, tenant: &str, connection: &str, after_seq: i64, limit: i64) -> Read<Vec<EventRow>> {
    Ok(on!(store, |pool| {
        sqlx::query_as(
            "SELECT tenant_id, connection_id, seq, id, kind, body, created_at FROM events \
             WHERE tenant_id = $1 AND connection_id = $2 AND seq > $3 ORDER BY seq LIMIT $4",
        )
        .bind(tenant)
        .bind(connection)
        .bind(after_seq)
        .bind(limit)
        .fetch_all(pool)
        .await?
    }))
}
