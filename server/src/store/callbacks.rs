//! Callbacks: what a host wants to be told of a connection's outcome, and from the outcome on what is on its way.

use super::{Conflict, Read, Statement, Store, Unavailable, WriteError, args, on};
use sqlx::FromRow;

/// A callback.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct CallbackRow {
    /// The tenant.
    pub tenant_id: String,
    /// `cb_…`.
    pub id: String,
    /// The connection.
    pub connection_id: String,
    /// The outcomes that it wants, apart by spaces.
    pub outcomes: String,
    /// Where.
    pub url: String,
    /// Sealed: what opens it; gone once it is done.
    pub auth: Option<Vec<u8>>,
    /// How the connection came out.
    pub outcome: Option<String>,
    /// The connection's status then.
    pub status: Option<String>,
    /// When that was.
    pub happened_at: Option<i64>,
    /// `waiting`, `pending`, `delivered`, `given_up` or `unwanted`.
    pub state: String,
    /// Tries that came to an end.
    pub attempts: i64,
    /// When it may be taken next.
    pub next_at: i64,
    /// The lease that holds it.
    pub lease_token: Option<String>,
    /// In whose words it is told: `native`, or the vendor's name.
    pub dialect: String,
    /// The wish that this row is told for, where it is a row of its own.
    pub wish: Option<String>,
    /// What was wrong then, by our name for it, if anything was.
    pub error: Option<String>,
}

macro_rules! columns {
    () => {
        "tenant_id, id, connection_id, outcomes, url, auth, outcome, status, happened_at, state, attempts, next_at, lease_token, dialect, wish, \
         error"
    };
}

/// Makes a callback.
pub fn insert(row: &CallbackRow) -> Statement {
    Statement::one(
        concat!(
            "INSERT INTO connection_callbacks (",
            columns!(),
            ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)"
        ),
        args![
            &row.tenant_id,
            &row.id,
            &row.connection_id,
            &row.outcomes,
            &row.url,
            &row.auth,
            &row.outcome,
            &row.status,
            row.happened_at,
            &row.state,
            row.attempts,
            row.next_at,
            &row.lease_token,
            &row.dialect,
            &row.wish,
            &row.error
        ],
        Conflict::Duplicate,
    )
}

/// Writes the outcome into those of a connection's callbacks that wait for one: it is on its way to who wants it, and the others
/// are done. Goes into the unit that writes the change.
pub fn tell(tenant: &str, connection: &str, outcome: &str, status: &str, now: i64) -> Statement {
    Statement::any(
        "UPDATE connection_callbacks SET outcome = $3, status = $4, happened_at = $5, next_at = $5, \
         state = CASE WHEN ' ' || outcomes || ' ' LIKE '% ' || $3 || ' %' THEN 'pending' ELSE 'unwanted' END, \
         auth = CASE WHEN ' ' || outcomes || ' ' LIKE '% ' || $3 || ' %' THEN auth ELSE NULL END \
         WHERE tenant_id = $1 AND connection_id = $2 AND state = 'waiting' AND dialect = 'native'",
        args![tenant, connection, outcome, status, now],
    )
}

/// What is told of a change in a vendor's words.
#[derive(Clone, Debug)]
pub struct Told<'a> {
    /// The tenant.
    pub tenant: &'a str,
    /// The connection.
    pub connection: &'a str,
    /// Which of the addresses hear of it: those that want this outcome.
    pub outcome: &'a str,
    /// The vendor's status.
    pub status: &'a str,
    /// What is wrong, by our name for it.
    pub error: Option<String>,
}

/// Puts a change on its way to those of a connection's callbacks in this dialect that want it, each in a row of its own: its id is the
/// wish's with this name behind it. The wish stays. Goes into the unit that writes the change.
pub fn say(dialect: &str, told: &Told<'_>, name: &str, now: i64) -> Statement {
    Statement::any(
        concat!(
            "INSERT INTO connection_callbacks (",
            columns!(),
            ") SELECT c.tenant_id, c.id || $4, c.connection_id, c.outcomes, c.url, c.auth, $5, $6, $8, 'pending', 0, $8, NULL, c.dialect, \
             c.id, $7 FROM connection_callbacks c WHERE c.tenant_id = $1 AND c.connection_id = $2 AND c.dialect = $3 \
             AND c.state = 'waiting' AND ' ' || c.outcomes || ' ' LIKE '% ' || $5 || ' %'"
        ),
        args![
            told.tenant,
            told.connection,
            dialect,
            name,
            told.outcome,
            told.status,
            &told.error,
            now
        ],
    )
}

/// Nothing can change any more: the wishes of a connection are done, and what opens their addresses is gone with them.
pub fn close(tenant: &str, connection: &str, now: i64) -> Statement {
    Statement::any(
        "UPDATE connection_callbacks SET state = 'unwanted', auth = NULL, happened_at = $3 \
         WHERE tenant_id = $1 AND connection_id = $2 AND state = 'waiting'",
        args![tenant, connection, now],
    )
}

/// Ends a callback with the state `delivered` or `given_up`, after one more try. [`Conflict::LeaseLost`].
pub fn end(tenant: &str, id: &str, token: &str, state: &str) -> Statement {
    Statement::one(
        "UPDATE connection_callbacks SET state = $4, auth = NULL, lease_token = NULL, attempts = attempts + 1 \
         WHERE tenant_id = $1 AND id = $2 AND lease_token = $3",
        args![tenant, id, token, state],
        Conflict::LeaseLost,
    )
}

/// Puts a callback back after one more try, to be taken at this time. [`Conflict::LeaseLost`].
pub fn put_back(tenant: &str, id: &str, token: &str, next_at: i64) -> Statement {
    Statement::one(
        "UPDATE connection_callbacks SET next_at = $4, lease_token = NULL, attempts = attempts + 1 \
         WHERE tenant_id = $1 AND id = $2 AND lease_token = $3",
        args![tenant, id, token, next_at],
        Conflict::LeaseLost,
    )
}

/// The tenants with a callback that is due.
///
/// # Errors
/// The database failed.
pub async fn waiting(store: &Store, now: i64) -> Read<Vec<String>> {
    Ok(on!(store, |pool| {
        sqlx::query_scalar(
            "SELECT DISTINCT tenant_id FROM connection_callbacks WHERE state = 'pending' AND next_at <= $1 ORDER BY tenant_id",
        )
        .bind(now)
        .fetch_all(pool)
        .await?
    }))
}

// See store/jobs.rs on the common table expression.
macro_rules! lease {
    ($skip_locked:literal) => {
        concat!(
            "WITH due AS (SELECT tenant_id, id FROM connection_callbacks \
             WHERE tenant_id = $1 AND state = 'pending' AND next_at <= $2 ORDER BY next_at LIMIT $3",
            $skip_locked,
            ") UPDATE connection_callbacks SET lease_token = $4, next_at = $5 WHERE (tenant_id, id) IN (SELECT tenant_id, id FROM due)"
        )
    };
}

/// Takes what is due of these tenants, at most so many of each, the longest due first, until `until`. The token has to be random
/// and used once.
///
/// # Errors
/// The database failed.
pub async fn lease(store: &Store, takes: &[(String, i64)], now: i64, until: i64, token: &str) -> Result<Vec<CallbackRow>, WriteError> {
    let unit: Vec<Statement> = takes
        .iter()
        .map(|(tenant, most)| {
            let mut statement = Statement::any(lease!(""), args![tenant, now, *most, token, until]);
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

async fn leased(store: &Store, token: &str) -> Result<Vec<CallbackRow>, Unavailable> {
    Ok(on!(store, |pool| {
        sqlx::query_as(concat!(
            "SELECT ",
            columns!(),
            " FROM connection_callbacks WHERE lease_token = $1 ORDER BY tenant_id, id"
        ))
        .bind(token)
        .fetch_all(pool)
        .await?
    }))
}

/// Forgets up to `limit` callbacks that are done, of outcomes until this time.
pub fn delete_done(before: i64, limit: i64) -> Statement {
    Statement::any(
        "DELETE FROM connection_callbacks WHERE (tenant_id, id) IN (SELECT tenant_id, id FROM connection_callbacks \
         WHERE happened_at <= $1 AND state IN ('delivered', 'given_up', 'unwanted') ORDER BY happened_at LIMIT $2)",
        args![before, limit],
    )
}

/// Whether there are any.
///
/// # Errors
/// The database failed.
pub async fn any_done(store: &Store, before: i64) -> Read<bool> {
    Ok(on!(store, |pool| {
        sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM connection_callbacks WHERE happened_at <= $1 AND state IN ('delivered', 'given_up', 'unwanted'))",
        )
        .bind(before)
        .fetch_one(pool)
        .await?
    }))
}

/// Where a tenant's callbacks go that are still to come, each address once.
///
/// # Errors
/// The database failed.
pub async fn addresses(store: &Store, tenant: &str, limit: i64) -> Read<Vec<String>> {
    Ok(on!(store, |pool| {
        sqlx::query_scalar(
            "SELECT DISTINCT url FROM connection_callbacks WHERE tenant_id = $1 AND state IN ('waiting', 'pending') ORDER BY url LIMIT $2",
        )
        .bind(tenant)
        .bind(limit)
        .fetch_all(pool)
        .await?
    }))
}

/// A connection's callbacks.
///
/// # Errors
/// The database failed.
pub async fn of_connection(store: &Store, tenant: &str, connection: &str) -> Read<Vec<CallbackRow>> {
    Ok(on!(store, |pool| {
        sqlx::query_as(concat!(
            "SELECT ",
            columns!(),
            " FROM connection_callbacks WHERE tenant_id = $1 AND connection_id = $2 ORDER BY id"
        ))
        .bind(tenant)
        .bind(connection)
        .fetch_all(pool)
        .await?
    }))
}
