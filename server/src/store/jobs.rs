//! Leased jobs.
//!
//! **Contract.** A lease moves `run_at` to its end and writes a fresh random token, so a job whose worker died is due again
//! by itself. What the worker does to its job afterwards names the token: when the lease ran out and somebody else has the
//! job, the unit fails with [`Conflict::LeaseLost`] and nothing of it is written. So put the completion into the unit of the
//! job's effect.

use super::{Conflict, Read, Statement, Store, Unavailable, WriteError, args, on};
use gesher_domain::Timestamp;
use sqlx::FromRow;

/// How many kinds one [`lease`] may name.
pub const KINDS_AT_ONCE: usize = 8;

/// A job.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct JobRow {
    /// The tenant.
    pub tenant_id: String,
    /// The job's id.
    pub id: String,
    /// What is to be done.
    pub kind: String,
    /// To whom.
    pub subject: String,
    /// When it may be taken next.
    pub run_at: i64,
    /// How often it was taken.
    pub attempts: i64,
    /// The lease that holds it.
    pub lease_token: Option<String>,
    /// JSON: the rest.
    pub body: String,
}

impl JobRow {
    /// Whether nobody has it, and nobody may take it yet.
    pub fn waits(&self, now: Timestamp) -> bool {
        self.lease_token.is_none() && self.run_at > now.0
    }

    /// Whether a worker has it. One whose lease has run out is as good as dead.
    pub fn is_held(&self, now: Timestamp) -> bool {
        self.lease_token.is_some() && self.run_at > now.0
    }
}

/// Adds a job. [`Conflict::Duplicate`] when there is one with this id.
pub fn insert(row: &JobRow) -> Statement {
    Statement::one(
        "INSERT INTO jobs (tenant_id, id, kind, subject, run_at, attempts, lease_token, body) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        args![
            &row.tenant_id,
            &row.id,
            &row.kind,
            &row.subject,
            row.run_at,
            row.attempts,
            &row.lease_token,
            &row.body
        ],
        Conflict::Duplicate,
    )
}

/// Adds a job, unless there is one with this id.
pub fn ensure(row: &JobRow) -> Statement {
    Statement::any(
        "INSERT INTO jobs (tenant_id, id, kind, subject, run_at, attempts, lease_token, body) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
         ON CONFLICT DO NOTHING",
        args![
            &row.tenant_id,
            &row.id,
            &row.kind,
            &row.subject,
            row.run_at,
            row.attempts,
            &row.lease_token,
            &row.body
        ],
    )
}

/// Adds a job, in the place of the one with this id if there is one: whoever has that one leased has lost it.
pub fn put(row: &JobRow) -> Statement {
    Statement::any(
        "INSERT INTO jobs (tenant_id, id, kind, subject, run_at, attempts, lease_token, body) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
         ON CONFLICT (tenant_id, id) DO UPDATE SET kind = excluded.kind, subject = excluded.subject, run_at = excluded.run_at, \
         attempts = excluded.attempts, lease_token = excluded.lease_token, body = excluded.body",
        args![
            &row.tenant_id,
            &row.id,
            &row.kind,
            &row.subject,
            row.run_at,
            row.attempts,
            &row.lease_token,
            &row.body
        ],
    )
}

/// Ends a job that is done.
pub fn complete(tenant: &str, id: &str, lease_token: &str) -> Statement {
    Statement::one(
        "DELETE FROM jobs WHERE tenant_id = $1 AND id = $2 AND lease_token = $3",
        args![tenant, id, lease_token],
        Conflict::LeaseLost,
    )
}

/// Gives a job back, to be taken again at `run_at`, with another body.
pub fn put_back(tenant: &str, id: &str, lease_token: &str, run_at: i64, body: &str) -> Statement {
    Statement::one(
        "UPDATE jobs SET lease_token = NULL, run_at = $4, body = $5 WHERE tenant_id = $1 AND id = $2 AND lease_token = $3",
        args![tenant, id, lease_token, run_at, body],
        Conflict::LeaseLost,
    )
}

/// Lets a job that waits be taken from `run_at` on. [`Conflict::Duplicate`] when it is not as it was read.
pub fn hasten(row: &JobRow, run_at: i64) -> Statement {
    Statement::one(
        "UPDATE jobs SET run_at = $4 WHERE tenant_id = $1 AND id = $2 AND run_at = $3 AND lease_token IS NULL",
        args![&row.tenant_id, &row.id, row.run_at, run_at],
        Conflict::Duplicate,
    )
}

/// Keeps the lease until another time.
pub fn extend(tenant: &str, id: &str, lease_token: &str, until: i64) -> Statement {
    Statement::one(
        "UPDATE jobs SET run_at = $4 WHERE tenant_id = $1 AND id = $2 AND lease_token = $3",
        args![tenant, id, lease_token, until],
        Conflict::LeaseLost,
    )
}

// The due jobs are picked in a common table expression: as a plain subquery PostgreSQL may run it again for every row that it
// compares, and each run would skip what the last one locked and pick more.
macro_rules! lease {
    ($skip_locked:literal) => {
        concat!(
            "WITH due AS (SELECT tenant_id, id FROM jobs WHERE run_at <= $3 AND kind IN ($5, $6, $7, $8, $9, $10, $11, $12) \
             ORDER BY run_at LIMIT $4",
            $skip_locked,
            ") UPDATE jobs SET lease_token = $1, run_at = $2, attempts = attempts + 1 \
             WHERE (tenant_id, id) IN (SELECT tenant_id, id FROM due)"
        )
    };
}

/// Takes up to `limit` jobs of these kinds that are due, of all tenants, until `now + lease_for`. The token has to be random
/// and used once. Of more kinds than [`KINDS_AT_ONCE`] the rest is not looked at.
///
/// # Errors
/// The database failed.
pub async fn lease(store: &Store, kinds: &[&str], limit: i64, lease_for: i64, now: i64, token: &str) -> Result<Vec<JobRow>, WriteError> {
    let Some(first) = kinds.first() else { return Ok(Vec::new()) };
    let mut args = args![token, now.saturating_add(lease_for), now, limit];
    args.extend((0..KINDS_AT_ONCE).map(|place| (*kinds.get(place).unwrap_or(first)).into()));
    let mut statement = Statement::any(lease!(""), args);
    statement.on_postgres = Some(lease!(" FOR UPDATE SKIP LOCKED"));
    store.write(statement).await?;
    leased(store, token).await.map_err(WriteError::from)
}

async fn leased(store: &Store, token: &str) -> Result<Vec<JobRow>, Unavailable> {
    Ok(on!(store, |pool| {
        sqlx::query_as(
            "SELECT tenant_id, id, kind, subject, run_at, attempts, lease_token, body FROM jobs WHERE lease_token = $1 ORDER BY id",
        )
        .bind(token)
        .fetch_all(pool)
        .await?
    }))
}

/// The job with this id.
///
/// # Errors
/// The database failed.
pub async fn by_id(store: &Store, tenant: &str, id: &str) -> Read<Option<JobRow>> {
    Ok(on!(store, |pool| {
        sqlx::query_as(
            "SELECT tenant_id, id, kind, subject, run_at, attempts, lease_token, body FROM jobs WHERE tenant_id = $1 AND id = $2",
        )
        .bind(tenant)
        .bind(id)
        .fetch_optional(pool)
        .await?
    }))
}
