//! Facts about this installation, such as the value that shows whether the master key is the right one.

use super::{Conflict, Read, Statement, Store, args, on};

/// Writes a fact that is not there yet.
pub fn insert(name: &str, value: &str) -> Statement {
    Statement::one(
        "INSERT INTO meta (name, value) VALUES ($1, $2)",
        args![name, value],
        Conflict::Duplicate,
    )
}

/// Writes a fact, or another value for it.
pub fn put(name: &str, value: &str) -> Statement {
    Statement::any(
        "INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        args![name, value],
    )
}

/// The value of a fact.
///
/// # Errors
/// The database failed.
pub async fn get(store: &Store, name: &str) -> Read<Option<String>> {
    Ok(on!(store, |pool| {
        sqlx::query_scalar("SELECT value FROM meta WHERE name = $1")
            .bind(name)
            .fetch_optional(pool)
            .await?
    }))
}
