//! What operators, tenants and providers add to the directory that the binary carries, and what connections say about it.
//!
//! **Contract.** Each owner's part is one row, so it changes whole or not at all, however long it is.

use super::{Conflict, Read, Statement, Store, args, meta, on};
use sqlx::FromRow;

/// The fact that changes with every part.
const VERSION: &str = "directory_version";

/// One owner's part.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct PartRow {
    /// Whose it is: a tenant's tag, nothing for the operator; or a provider's name.
    pub owner: String,
    /// Of a tenant's: `test` or `live`; nothing else has any.
    pub mode: String,
    /// How often it was written.
    pub version: i64,
    /// JSON.
    pub body: String,
    /// Last written.
    pub updated_at: i64,
}

/// Which table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Rows of the operator and of tenants.
    Rows,
    /// Routes of providers.
    Routes,
}

/// Writes a part over the one with the version before. [`Conflict::Stale`] when somebody else wrote meanwhile.
pub fn put(part: Part, row: &PartRow) -> Statement {
    let text = match part {
        Part::Rows => {
            "INSERT INTO directory_rows (tenant_id, mode, version, body, updated_at) VALUES ($1, $5, $2, $3, $4) ON CONFLICT (tenant_id, mode) DO \
             UPDATE SET version = excluded.version, body = excluded.body, updated_at = excluded.updated_at \
             WHERE directory_rows.version = excluded.version - 1"
        }
        Part::Routes => {
            "INSERT INTO directory_routes (provider, version, body, updated_at) VALUES ($1, $2, $3, $4) ON CONFLICT (provider) DO \
             UPDATE SET version = excluded.version, body = excluded.body, updated_at = excluded.updated_at \
             WHERE directory_routes.version = excluded.version - 1"
        }
    };
    let common = args![&row.owner, row.version, &row.body, row.updated_at];
    let bound = match part {
        Part::Rows => common.into_iter().chain(args![&row.mode]).collect(),
        Part::Routes => common,
    };
    Statement::one(text, bound, Conflict::Stale)
}

/// Says to all nodes that a part was written.
pub fn announce(mark: &str) -> Statement {
    meta::put(VERSION, mark)
}

/// What was last announced.
///
/// # Errors
/// The database failed.
pub async fn announced(store: &Store) -> Read<Option<String>> {
    meta::get(store, VERSION).await
}

/// All parts of a table.
///
/// # Errors
/// The database failed.
pub async fn all(store: &Store, part: Part) -> Read<Vec<PartRow>> {
    let text = match part {
        Part::Rows => "SELECT tenant_id AS owner, mode, version, body, updated_at FROM directory_rows ORDER BY tenant_id, mode",
        Part::Routes => "SELECT provider AS owner, '' AS mode, version, body, updated_at FROM directory_routes ORDER BY provider",
    };
    Ok(on!(store, |pool| sqlx::query_as(text).fetch_all(pool).await?))
}

/// One owner's part; a provider's has no mode.
///
/// # Errors
/// The database failed.
pub async fn of(store: &Store, part: Part, owner: &str, mode: &str) -> Read<Option<PartRow>> {
    let text = match part {
        Part::Rows => "SELECT tenant_id AS owner, mode, version, body, updated_at FROM directory_rows WHERE tenant_id = $1 AND mode = $2",
        Part::Routes => {
            "SELECT provider AS owner, '' AS mode, version, body, updated_at FROM directory_routes WHERE provider = $1 AND $2 = ''"
        }
    };
    Ok(on!(store, |pool| sqlx::query_as(text)
        .bind(owner)
        .bind(mode)
        .fetch_optional(pool)
        .await?))
}

/// How many of a tenant's connections stand at an institution.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct CountRow {
    /// The tenant.
    pub tenant_id: String,
    /// `test` or `live`.
    pub mode: String,
    /// The institution.
    pub institution_id: String,
    /// Those that bring data, or did when they were last asked.
    pub standing: i64,
    /// Those of them whose institution could not be reached when it was last asked.
    pub unreached: i64,
}

/// Counts connections by tenant, mode and institution.
///
/// # Errors
/// The database failed.
pub async fn counts(store: &Store) -> Read<Vec<CountRow>> {
    Ok(on!(store, |pool| {
        sqlx::query_as(
            "SELECT tenant_id, mode, institution_id, COUNT(*) AS standing, \
             COUNT(*) FILTER (WHERE status = 'degraded' AND reasons LIKE '%institution_unavailable%') AS unreached \
             FROM connections WHERE institution_id IS NOT NULL AND status IN ('connected', 'active', 'completed', 'partial', 'degraded', 'suspended', 'reconnect_required') \
             GROUP BY tenant_id, mode, institution_id",
        )
        .fetch_all(pool)
        .await?
    }))
}
