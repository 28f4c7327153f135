//! Where everything is kept: SQLite inside the binary, or PostgreSQL.
//!
//! **Goal.** One SQL text and one set of rows for both engines; an acknowledged write is on disk.
//! **Contract.** A write is a [`Unit`] of statements that [`Store::write`] commits whole or not at all; the modules named
//! after the features make the statements. Reads are functions of the same modules that take the [`Store`] and give plain
//! rows. Every look-up names the tenant, but for the sweepers' (`due`, `revoking`, `lease`, `waiting`) and the operator's (`by_support_code`), which go over all of them.
//! Times are epoch microseconds; JSON, amounts and dates are text; sealed values are bytes that this module never opens.

pub mod access_tokens;
pub mod accounts;
pub mod audit;
pub mod brandings;
pub mod callbacks;
pub mod connections;
pub mod customer_tokens;
pub mod customers;
pub mod directory;
pub mod events;
pub mod grants;
pub mod health;
pub mod hosted_links;
pub mod idempotency;
pub mod insights;
pub mod jobs;
pub mod known;
pub mod listings;
pub mod meta;
mod open;
mod postgres;
pub mod provider_credentials;
pub mod references;
pub mod sessions;
mod shape;
mod sqlite;
pub mod start_pages;
pub mod steps;
pub mod tenants;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
pub mod tries;
mod unit;
pub mod webhooks;
mod writer;

pub use open::{OpenError, Settings};
pub use unit::{Conflict, Expect, Statement, Unit, Value, WriteError};

use sqlx::{PgPool, SqlitePool};
use std::fmt;

/// The database did not answer, or answered nonsense.
#[derive(thiserror::Error)]
#[error("the database failed: {0}")]
pub struct Unavailable(Cause);

// An engine's error holds the row that it refused, and its Debug shows it.
impl fmt::Debug for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Unavailable({})", self.0)
    }
}

#[derive(Debug, thiserror::Error)]
enum Cause {
    #[error(transparent)]
    Engine(#[from] sqlx::Error),
    #[error("the store is closed")]
    Closed,
    #[error("the batch that the unit was in could not be committed: {0}")]
    Batch(String),
}

impl From<sqlx::Error> for Unavailable {
    fn from(error: sqlx::Error) -> Self {
        Self(Cause::Engine(error))
    }
}

/// What a read gives.
pub type Read<T> = Result<T, Unavailable>;

/// The store. Clones share its connections.
#[derive(Clone, Debug)]
pub struct Store {
    db: Db,
}

#[derive(Clone, Debug)]
enum Db {
    Sqlite { readers: SqlitePool, writer: writer::Writer },
    Postgres(PgPool),
}

/// Runs the same tokens against the pool of whichever engine there is.
macro_rules! on {
    ($store:expr, |$pool:ident| $body:expr) => {
        match &$store.db {
            $crate::store::Db::Sqlite { readers: $pool, .. } => $body,
            $crate::store::Db::Postgres($pool) => $body,
        }
    };
}
use on;
use unit::args;

impl Store {
    /// Commits a unit. When this returns `Ok` the unit is on disk.
    ///
    /// # Errors
    /// [`WriteError::Conflict`] when a statement did not find what it expects: nothing of the unit is written.
    /// [`WriteError::Unavailable`] when the database failed.
    pub async fn write(&self, unit: impl Into<Unit>) -> Result<(), WriteError> {
        match &self.db {
            Db::Sqlite { writer, .. } => writer.write(unit.into()).await,
            Db::Postgres(pool) => postgres::write(pool, &unit.into()).await,
        }
    }
}
