//! SQLite's connections: what they are set to, and what is refused.

use super::OpenError;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, SqlitePool};
use std::str::FromStr;
use std::time::Duration;

/// The first version whose write-ahead log is safe.
const OLDEST: (u32, u32, u32) = (3, 51, 3);

/// What every connection is set to.
pub(super) fn options(url: &str) -> Result<SqliteConnectOptions, sqlx::Error> {
    Ok(SqliteConnectOptions::from_str(url)?
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(Duration::from_secs(10))
        .foreign_keys(true)
        .pragma("cache_size", "-16384")
        .pragma("temp_store", "MEMORY")
        .pragma("secure_delete", "ON")
        .pragma("journal_size_limit", "67108864")
        .disable_statement_logging())
}

/// The options of a connection that writes.
pub(super) fn writing(options: SqliteConnectOptions) -> SqliteConnectOptions {
    options.pragma("query_only", "OFF")
}

/// The options of a connection that cannot write.
pub(super) fn reading(options: SqliteConnectOptions) -> SqliteConnectOptions {
    options.pragma("query_only", "ON")
}

/// Connects, and refuses what is not durable.
pub(super) async fn connect(options: &SqliteConnectOptions) -> Result<SqliteConnection, OpenError> {
    let mut connection = options.connect().await?;
    let version: String = sqlx::query_scalar("SELECT sqlite_version()").fetch_one(&mut connection).await?;
    let journal: String = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&mut connection).await?;
    let synchronous: i64 = sqlx::query_scalar("PRAGMA synchronous").fetch_one(&mut connection).await?;
    refuse(&version, &journal, synchronous)?;
    Ok(connection)
}

/// A pool of such connections.
pub(super) async fn pool(options: SqliteConnectOptions, connections: u32) -> Result<SqlitePool, sqlx::Error> {
    SqlitePoolOptions::new()
        .max_connections(connections)
        // A file does not go away as a server does: nothing to test, and what is prepared and cached may stay.
        .test_before_acquire(false)
        .max_lifetime(None)
        .idle_timeout(None)
        .connect_with(options)
        .await
}

/// Refuses a SQLite that may lose what it acknowledged, by what it says of itself.
pub(super) fn refuse(version: &str, journal: &str, synchronous: i64) -> Result<(), OpenError> {
    let mut parts = version.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    let mut next = || parts.next().unwrap_or(0);
    if (next(), next(), next()) < OLDEST {
        return Err(OpenError::OldSqlite { found: version.to_owned() });
    }
    if !journal.eq_ignore_ascii_case("wal") {
        return Err(OpenError::JournalMode { found: journal.to_owned() });
    }
    if synchronous != 2 {
        return Err(OpenError::Synchronous { found: synchronous });
    }
    Ok(())
}
