//! PostgreSQL: a unit is one transaction on one of the pool's connections.

use super::{OpenError, Statement, Unit, Value, WriteError};
use sqlx::postgres::{PgArguments, PgConnectOptions, PgConnection, PgPoolOptions};
use sqlx::{Arguments, ConnectOptions, Connection, PgPool};
use std::str::FromStr;
use std::time::Duration;

/// How often a unit is tried that PostgreSQL gave up to let another one through.
const TRIES: usize = 4;

/// How long a connection may have been idle to be used untested.
const TRUSTED_FOR: Duration = Duration::from_secs(10);

/// Connects, and refuses what is not durable.
pub(super) async fn connect(url: &str, connections: u32) -> Result<PgPool, OpenError> {
    let options = PgConnectOptions::from_str(url)?
        .application_name("gesher")
        .disable_statement_logging();
    let pool = PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(5))
        // A test is a round trip, so only a connection is tested that may have been cut while nobody used it.
        .test_before_acquire(false)
        .before_acquire(|connection, about| {
            Box::pin(async move {
                if about.idle_for > TRUSTED_FOR {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .connect_with(options)
        .await?;
    let fsync: String = sqlx::query_scalar("SHOW fsync").fetch_one(&pool).await?;
    let synchronous_commit: String = sqlx::query_scalar("SHOW synchronous_commit").fetch_one(&pool).await?;
    refuse(&fsync, &synchronous_commit)?;
    Ok(pool)
}

/// Refuses a PostgreSQL that may lose what it acknowledged, by what it says of itself.
pub(super) fn refuse(fsync: &str, synchronous_commit: &str) -> Result<(), OpenError> {
    if fsync == "off" {
        return Err(OpenError::NotDurable { setting: "fsync" });
    }
    if synchronous_commit == "off" {
        return Err(OpenError::NotDurable {
            setting: "synchronous_commit",
        });
    }
    Ok(())
}

/// Commits a unit.
pub(super) async fn write(pool: &PgPool, unit: &Unit) -> Result<(), WriteError> {
    let mut tries = 1;
    loop {
        match attempt(pool, unit).await {
            Err(Attempt::GaveWay(_)) if tries < TRIES => tries += 1,
            Err(Attempt::GaveWay(error) | Attempt::Failed(error)) => return Err(error),
            Ok(()) => return Ok(()),
        }
    }
}

enum Attempt {
    /// Rolled back for a deadlock or a serialization failure: it may be tried again.
    GaveWay(WriteError),
    Failed(WriteError),
}

impl From<sqlx::Error> for Attempt {
    fn from(error: sqlx::Error) -> Self {
        let gave_way = gave_way(&error);
        let error = WriteError::Unavailable(error.into());
        if gave_way { Self::GaveWay(error) } else { Self::Failed(error) }
    }
}

fn gave_way(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    matches!(code.as_deref(), Some("40P01" | "40001"))
}

async fn attempt(pool: &PgPool, unit: &Unit) -> Result<(), Attempt> {
    match unit.statements() {
        [] => Ok(()),
        // A statement is a transaction by itself, and where it changes no row there is nothing to take back.
        [statement] => run(&mut *pool.acquire().await?, statement).await,
        statements => {
            let mut transaction = pool.begin().await?;
            for statement in statements {
                run(&mut transaction, statement).await?;
            }
            Ok(transaction.commit().await?)
        }
    }
}

async fn run(connection: &mut PgConnection, statement: &Statement) -> Result<(), Attempt> {
    let sql = statement.on_postgres.unwrap_or(statement.sql);
    let done = sqlx::query_with(sql, arguments(&statement.args)?).execute(connection).await;
    let done = done.map_err(|error| {
        if gave_way(&error) {
            error.into()
        } else {
            Attempt::Failed(WriteError::at(statement.expect, error))
        }
    })?;
    let checked = statement.expect.check(done.rows_affected());
    checked.map_err(|conflict| Attempt::Failed(WriteError::Conflict(conflict)))
}

fn arguments(values: &[Value]) -> Result<PgArguments, sqlx::Error> {
    let mut arguments = PgArguments::default();
    for value in values {
        match value {
            Value::Text(text) => arguments.add(text.as_deref()),
            Value::Int(number) => arguments.add(number),
            Value::Bool(flag) => arguments.add(flag),
            Value::Bytes(bytes) => arguments.add(bytes.as_deref()),
        }
        .map_err(sqlx::Error::Encode)?;
    }
    Ok(arguments)
}
