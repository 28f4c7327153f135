//! What came of each try to deliver.

use crate::store::{Conflict, Read, Statement, Store, args, on};
use sqlx::FromRow;

/// A try.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct AttemptRow {
    /// The tenant.
    pub tenant_id: String,
    /// To which endpoint.
    pub endpoint_id: String,
    /// Sorts by time.
    pub id: String,
    /// Which event.
    pub event_id: String,
    /// Which of the messages that it becomes there; empty where it is sent itself.
    pub part: String,
    /// The first try there with it is 1.
    pub number: i64,
    /// When.
    pub at: i64,
    /// The answer's status, if there was an answer.
    pub status: Option<i64>,
    /// The failure's name, if it failed.
    pub error: Option<String>,
    /// How long it took.
    pub took_ms: i64,
}

macro_rules! columns {
    () => {
        "tenant_id, endpoint_id, id, event_id, part, number, at, status, error, took_ms"
    };
}

/// Adds a try.
pub fn insert(row: &AttemptRow) -> Statement {
    Statement::one(
        concat!(
            "INSERT INTO webhook_attempts (",
            columns!(),
            ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
        ),
        args![
            &row.tenant_id,
            &row.endpoint_id,
            &row.id,
            &row.event_id,
            &row.part,
            row.number,
            row.at,
            row.status,
            &row.error,
            row.took_ms
        ],
        Conflict::Duplicate,
    )
}

/// Forgets a batch of tries that were made before this.
pub fn delete_old(before: i64, limit: i64) -> Statement {
    Statement::any(
        "DELETE FROM webhook_attempts WHERE (tenant_id, endpoint_id, id) IN \
         (SELECT tenant_id, endpoint_id, id FROM webhook_attempts WHERE at <= $1 ORDER BY at LIMIT $2)",
        args![before, limit],
    )
}

/// An endpoint's tries, newest first, from below an id.
///
/// # Errors
/// The database failed.
pub async fn of_endpoint(store: &Store, tenant: &str, endpoint: &str, below: Option<&str>, limit: i64) -> Read<Vec<AttemptRow>> {
    Ok(on!(store, |pool| {
        sqlx::query_as(concat!(
            "SELECT ",
            columns!(),
            " FROM webhook_attempts WHERE tenant_id = $1 AND endpoint_id = $2 AND ($3 IS NULL OR id < $3) ORDER BY id DESC LIMIT $4"
        ))
        .bind(tenant)
        .bind(endpoint)
        .bind(below)
        .bind(limit)
        .fetch_all(pool)
        .await?
    }))
}

/// The tries with an event at all endpoints, in their order: for the operator, no index leads there.
///
/// # Errors
/// The database failed.
pub async fn of_event(store: &Store, tenant: &str, event: &str) -> Read<Vec<AttemptRow>> {
    Ok(on!(store, |pool| {
        sqlx::query_as(concat!(
            "SELECT ",
            columns!(),
            " FROM webhook_attempts WHERE tenant_id = $1 AND event_id = $2 ORDER BY id"
        ))
        .bind(tenant)
        .bind(event)
        .fetch_all(pool)
        .await?
    }))
}
