//! Events, written in the transaction of the change that they report: those in a connection's life, and a tenant's own.

use super::{Conflict, Read, Statement, Store, args, on};
use sqlx::FromRow;

/// An event.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct EventRow {
    /// The tenant.
    pub tenant_id: String,
    /// `evt_…`, which sorts by time.
    pub id: String,
    /// `test` or `live`.
    pub mode: String,
    /// The connection, if it is about one.
    pub connection_id: Option<String>,
    /// Place in the connection's life, from 1, without gaps.
    pub seq: Option<i64>,
    /// What happened.
    pub kind: String,
    /// JSON: the event.
    pub body: String,
    /// When.
    pub created_at: i64,
}

macro_rules! columns {
    () => {
        "tenant_id, id, mode, connection_id, seq, kind, body, created_at"
    };
}

/// Adds an event. [`Conflict::Stale`] when its place is taken.
pub fn append(row: &EventRow) -> Statement {
    Statement::one(
        concat!("INSERT INTO events (", columns!(), ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"),
        args![
            &row.tenant_id,
            &row.id,
            &row.mode,
            &row.connection_id,
            row.seq,
            &row.kind,
            &row.body,
            row.created_at
        ],
        Conflict::Stale,
    )
}

/// Forgets a batch of events older than this that belong to no connection.
pub fn delete_old(before: i64, limit: i64) -> Statement {
    Statement::any(
        "DELETE FROM events WHERE (tenant_id, id) IN \
         (SELECT tenant_id, id FROM events WHERE connection_id IS NULL AND created_at <= $1 ORDER BY created_at LIMIT $2)",
        args![before, limit],
    )
}

/// The event with this id.
///
/// # Errors
/// The database failed.
pub async fn by_id(store: &Store, tenant: &str, id: &str) -> Read<Option<EventRow>> {
    Ok(on!(store, |pool| {
        sqlx::query_as(concat!("SELECT ", columns!(), " FROM events WHERE tenant_id = $1 AND id = $2"))
            .bind(tenant)
            .bind(id)
            .fetch_optional(pool)
            .await?
    }))
}

/// A connection's events after a place, in order.
///
/// # Errors
/// The database failed.
pub async fn of_connection(store: &Store, tenant: &str, connection: &str, after_seq: i64, limit: i64) -> Read<Vec<EventRow>> {
    Ok(on!(store, |pool| {
        sqlx::query_as(concat!(
            "SELECT ",
            columns!(),
            " FROM events WHERE tenant_id = $1 AND connection_id = $2 AND seq > $3 ORDER BY seq LIMIT $4"
        ))
        .bind(tenant)
        .bind(connection)
        .bind(after_seq)
        .bind(limit)
        .fetch_all(pool)
        .await?
    }))
}

/// Which of a tenant's events.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted<'a> {
    /// Of this kind alone.
    pub kind: Option<&'a str>,
    /// Of this connection alone.
    pub connection: Option<&'a str>,
    /// Of this customer's connections alone.
    pub customer: Option<&'a str>,
    /// With lower ids than this alone.
    pub below: Option<&'a str>,
}

/// A tenant's events in a mode, newest first.
///
/// # Errors
/// The database failed.
pub async fn of_tenant(store: &Store, tenant: &str, mode: &str, wanted: Wanted<'_>, limit: i64) -> Read<Vec<EventRow>> {
    Ok(on!(store, |pool| {
        sqlx::query_as(concat!(
            "SELECT ",
            columns!(),
            " FROM events WHERE tenant_id = $1 AND mode = $2 AND ($3 IS NULL OR kind = $3) \
             AND ($4 IS NULL OR connection_id = $4) AND ($5 IS NULL OR id < $5) \
             AND ($7 IS NULL OR connection_id IN (SELECT id FROM connections WHERE tenant_id = $1 AND customer = $7)) \
             ORDER BY id DESC LIMIT $6"
        ))
        .bind(tenant)
        .bind(mode)
        .bind(wanted.kind)
        .bind(wanted.connection)
        .bind(wanted.below)
        .bind(limit)
        .bind(wanted.customer)
        .fetch_all(pool)
        .await?
    }))
}
