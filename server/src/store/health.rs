//! What an operator asks of the whole database: is it up to date, is its clock right, is it worked off.

use super::{Db, Read, Store, on};

/// How many things are due since before a time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Late {
    /// Jobs.
    pub jobs: i64,
    /// Sessions that should have been woken.
    pub sessions: i64,
    /// Webhooks to enabled endpoints.
    pub webhooks: i64,
}

/// The migrations that were applied, and whether each is whole. None at all where there are no tables yet.
///
/// # Errors
/// The database failed.
pub async fn migrations(store: &Store) -> Read<Vec<(i64, bool)>> {
    let there: Option<String> = match &store.db {
        Db::Sqlite { readers, .. } => {
            sqlx::query_scalar("SELECT name FROM sqlite_master WHERE type = 'table' AND name = '_sqlx_migrations'")
                .fetch_optional(readers)
                .await?
        }
        Db::Postgres(pool) => {
            sqlx::query_scalar("SELECT to_regclass('_sqlx_migrations')::TEXT")
                .fetch_one(pool)
                .await?
        }
    };
    if there.is_none() {
        return Ok(Vec::new());
    }
    Ok(on!(store, |pool| {
        sqlx::query_as("SELECT version, success FROM _sqlx_migrations ORDER BY version")
            .fetch_all(pool)
            .await?
    }))
}

/// The database's own clock, epoch microseconds. SQLite's is this machine's.
///
/// # Errors
/// The database failed.
pub async fn clock(store: &Store) -> Read<Option<i64>> {
    match &store.db {
        Db::Sqlite { .. } => Ok(None),
        Db::Postgres(pool) => {
            let now = sqlx::query_scalar("SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)");
            Ok(Some(now.fetch_one(pool).await?))
        }
    }
}

/// When the last of a tenant's sessions was made.
///
/// # Errors
/// The database failed.
pub async fn newest(store: &Store, tenant: &str) -> Read<Option<i64>> {
    Ok(on!(store, |pool| {
        sqlx::query_scalar("SELECT created_at FROM sessions WHERE tenant_id = $1 ORDER BY id DESC LIMIT 1")
            .bind(tenant)
            .fetch_optional(pool)
            .await?
    }))
}

/// What was due before this time, over all tenants.
///
/// # Errors
/// The database failed.
pub async fn late(store: &Store, before: i64) -> Read<Late> {
    let (jobs, sessions, webhooks) = on!(store, |pool| {
        sqlx::query_as(
            "SELECT (SELECT COUNT(*) FROM jobs WHERE run_at < $1), \
             (SELECT COUNT(*) FROM sessions WHERE deadline < $1), \
             (SELECT COUNT(*) FROM webhook_deliveries WHERE state = 'pending' AND next_at < $1)",
        )
        .bind(before)
        .fetch_one(pool)
        .await?
    });
    Ok(Late { jobs, sessions, webhooks })
}
