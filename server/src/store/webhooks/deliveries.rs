//! Events on their way to endpoints: the outbox. In a vendor's dialect an event may be several messages, its parts, each with a delivery.

use crate::store::{Conflict, Read, Statement, Store, Unavailable, WriteError, args, on};
use sqlx::FromRow;

/// A delivery.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct DeliveryRow {
    /// The tenant.
    pub tenant_id: String,
    /// To which endpoint.
    pub endpoint_id: String,
    /// Which event.
    pub event_id: String,
    /// Which of the messages that it becomes there; empty where it is sent itself.
    pub part: String,
    /// Tries that came to an end.
    pub attempts: i64,
    /// When it may be taken next.
    pub next_at: i64,
    /// `pending`, `delivered` or `given_up`.
    pub state: String,
    /// The lease that holds it.
    pub lease_token: Option<String>,
    /// Since when it is on its way.
    pub queued_at: i64,
    /// Why the last try failed, if one has.
    pub last_error: Option<String>,
    /// The answer's status then, if there was an answer.
    pub last_status: Option<i64>,
}

macro_rules! columns {
    () => {
        "tenant_id, endpoint_id, event_id, part, attempts, next_at, state, lease_token, queued_at, last_error, last_status"
    };
}

/// Queues a part of an event for each enabled endpoint of this dialect, of its tenant and mode, that wants its kind. Goes into the unit
/// that writes the event.
pub fn queue(tenant: &str, mode: &str, event: &str, kind: &str, (dialect, part): (&str, &str), now: i64) -> Statement {
    Statement::any(
        concat!(
            "INSERT INTO webhook_deliveries (",
            columns!(),
            ") SELECT e.tenant_id, e.id, $3, $6, 0, $7, 'pending', NULL, $7, NULL, NULL FROM webhook_endpoints e \
             WHERE e.tenant_id = $1 AND e.mode = $2 AND e.state = 'enabled' AND e.dialect = $5 \
             AND (e.kinds = '' OR ' ' || e.kinds || ' ' LIKE '% ' || $4 || ' %')"
        ),
        args![tenant, mode, event, kind, dialect, part, now],
    )
}

/// Queues a part of an event for one endpoint if that is enabled, again where it was done with it. One that is being sent is left
/// alone.
pub fn requeue(tenant: &str, endpoint: &str, event: &str, part: &str, now: i64) -> Statement {
    Statement::any(
        concat!(
            "INSERT INTO webhook_deliveries (",
            columns!(),
            ") SELECT e.tenant_id, e.id, $3, $4, 0, $5, 'pending', NULL, $5, NULL, NULL FROM webhook_endpoints e \
             WHERE e.tenant_id = $1 AND e.id = $2 AND e.state = 'enabled' \
             ON CONFLICT (tenant_id, endpoint_id, event_id, part) DO UPDATE SET attempts = 0, next_at = excluded.next_at, \
             state = 'pending', queued_at = excluded.queued_at, last_error = NULL, last_status = NULL WHERE webhook_deliveries.lease_token IS NULL"
        ),
        args![tenant, endpoint, event, part, now],
    )
}

/// A leased delivery's key and token.
#[derive(Clone, Copy, Debug)]
pub struct Held<'a> {
    /// The tenant.
    pub tenant: &'a str,
    /// The endpoint.
    pub endpoint: &'a str,
    /// The event.
    pub event: &'a str,
    /// Its part.
    pub part: &'a str,
    /// The lease.
    pub token: &'a str,
}

/// Ends a delivery with the state `delivered` or `given_up`, after one more try. [`Conflict::LeaseLost`].
pub fn end(held: Held<'_>, state: &str) -> Statement {
    Statement::one(
        "UPDATE webhook_deliveries SET state = $6, lease_token = NULL, attempts = attempts + 1 \
         WHERE tenant_id = $1 AND endpoint_id = $2 AND event_id = $3 AND part = $4 AND lease_token = $5",
        args![held.tenant, held.endpoint, held.event, held.part, held.token, state],
        Conflict::LeaseLost,
    )
}

/// Puts a delivery back after one more try that failed so, to be taken at this time. [`Conflict::LeaseLost`].
pub fn put_back(held: Held<'_>, next_at: i64, error: Option<&str>, status: Option<i64>) -> Statement {
    Statement::one(
        "UPDATE webhook_deliveries SET next_at = $6, lease_token = NULL, attempts = attempts + 1, last_error = $7, last_status = $8 \
         WHERE tenant_id = $1 AND endpoint_id = $2 AND event_id = $3 AND part = $4 AND lease_token = $5",
        args![
            held.tenant,
            held.endpoint,
            held.event,
            held.part,
            held.token,
            next_at,
            &error.map(str::to_owned),
            status
        ],
        Conflict::LeaseLost,
    )
}

/// Gives up everything that is on its way to an endpoint, also what is being sent.
pub fn give_up(tenant: &str, endpoint: &str) -> Statement {
    Statement::any(
        "UPDATE webhook_deliveries SET state = 'given_up', lease_token = NULL \
         WHERE tenant_id = $1 AND endpoint_id = $2 AND state = 'pending'",
        args![tenant, endpoint],
    )
}

/// Forgets a batch of deliveries that were queued before this.
pub fn delete_old(before: i64, limit: i64) -> Statement {
    Statement::any(
        "DELETE FROM webhook_deliveries WHERE (tenant_id, endpoint_id, event_id, part) IN \
         (SELECT tenant_id, endpoint_id, event_id, part FROM webhook_deliveries WHERE queued_at <= $1 ORDER BY queued_at LIMIT $2)",
        args![before, limit],
    )
}

/// An endpoint with something to be sent.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct Waiting {
    /// The tenant.
    pub tenant_id: String,
    /// The endpoint.
    pub endpoint_id: String,
    /// Since when it fails.
    pub failing_since: Option<i64>,
}

/// The enabled endpoints of all tenants with something due. One look into an index for each endpoint: what waits for the one does
/// not make the look for the others longer.
///
/// # Errors
/// The database failed.
pub async fn waiting(store: &Store, now: i64) -> Read<Vec<Waiting>> {
    Ok(on!(store, |pool| {
        sqlx::query_as(
            "SELECT e.tenant_id, e.id AS endpoint_id, e.failing_since FROM webhook_endpoints e WHERE e.state = 'enabled' \
             AND EXISTS (SELECT 1 FROM webhook_deliveries d WHERE d.tenant_id = e.tenant_id AND d.endpoint_id = e.id \
             AND d.state = 'pending' AND d.next_at <= $1)",
        )
        .bind(now)
        .fetch_all(pool)
        .await?
    }))
}

/// How many deliveries to take for an endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Take {
    /// The tenant.
    pub tenant_id: String,
    /// The endpoint.
    pub endpoint_id: String,
    /// At most so many.
    pub most: i64,
}

// See store/jobs.rs on the common table expression.
macro_rules! lease {
    ($skip_locked:literal) => {
        concat!(
            "WITH due AS (SELECT tenant_id, endpoint_id, event_id, part FROM webhook_deliveries \
             WHERE tenant_id = $1 AND endpoint_id = $2 AND state = 'pending' AND next_at <= $3 ORDER BY next_at LIMIT $4",
            $skip_locked,
            ") UPDATE webhook_deliveries SET lease_token = $5, next_at = $6 \
             WHERE (tenant_id, endpoint_id, event_id, part) IN (SELECT tenant_id, endpoint_id, event_id, part FROM due)"
        )
    };
}

/// Takes what is due, the longest due first, until `until`. The token has to be random and used once.
///
/// # Errors
/// The database failed.
pub async fn lease(store: &Store, takes: &[Take], now: i64, until: i64, token: &str) -> Result<Vec<DeliveryRow>, WriteError> {
    let unit: Vec<Statement> = takes
        .iter()
        .map(|take| {
            let mut statement = Statement::any(lease!(""), args![&take.tenant_id, &take.endpoint_id, now, take.most, token, until]);
            statement.on_postgres = Some(lease!(" FOR UPDATE SKIP LOCKED"));
            statement
        })
        .collect();
    if unit.is_empty() {
        return Ok(Vec::new());
    }
    store.write(unit).await?;
    leased(store, token).await.map_err(WriteError::from)
}

async fn leased(store: &Store, token: &str) -> Result<Vec<DeliveryRow>, Unavailable> {
    Ok(on!(store, |pool| {
        sqlx::query_as(concat!(
            "SELECT ",
            columns!(),
            " FROM webhook_deliveries WHERE lease_token = $1 ORDER BY queued_at, event_id, part"
        ))
        .bind(token)
        .fetch_all(pool)
        .await?
    }))
}

/// The deliveries of an event.
///
/// # Errors
/// The database failed.
pub async fn of_event(store: &Store, tenant: &str, event: &str) -> Read<Vec<DeliveryRow>> {
    Ok(on!(store, |pool| {
        sqlx::query_as(concat!(
            "SELECT ",
            columns!(),
            " FROM webhook_deliveries WHERE tenant_id = $1 AND event_id = $2 ORDER BY endpoint_id, part"
        ))
        .bind(tenant)
        .bind(event)
        .fetch_all(pool)
        .await?
    }))
}
