//! SQLite's one writer: it commits whatever is waiting together.
//!
//! **Contract.** Units are committed in batches and acknowledged after the commit. Where a unit of a batch fails the batch is
//! rolled back and its units are run one by one, so that only the failing one fails. There are no savepoints: the common
//! case, in which nothing fails, costs nothing for it.

use super::shape::{self, JOINED, Texts};
use super::{Cause, Expect, OpenError, Unavailable, Unit, Value, WriteError, sqlite};
use futures::TryStreamExt as _;
use sqlx::sqlite::{SqliteArguments, SqliteConnectOptions, SqliteConnection};
use sqlx::{Arguments, AssertSqlSafe, Connection, Either, Executor};
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};

/// Most units in one commit.
const BATCH: usize = 64;
/// Most units that wait; who comes then waits for a place.
const QUEUE: usize = 1024;

/// Where units are queued.
#[derive(Clone, Debug)]
pub(super) struct Writer {
    queue: mpsc::Sender<Message>,
    texts: Arc<Texts>,
}

#[derive(Debug)]
enum Message {
    Write(Queued),
    Close(oneshot::Sender<()>),
}

#[derive(Debug)]
struct Queued {
    hops: Vec<Hop>,
    done: oneshot::Sender<Result<(), WriteError>>,
}

/// Some statements of a unit as one text.
#[derive(Debug)]
struct Hop {
    text: Arc<str>,
    args: SqliteArguments,
    expects: Vec<Expect>,
}

impl Writer {
    /// Opens the writer's connection and starts its task.
    pub(super) async fn start(options: SqliteConnectOptions) -> Result<Self, OpenError> {
        let connection = sqlite::connect(&options).await?;
        let (queue, waiting) = mpsc::channel(QUEUE);
        let task = Task {
            options,
            connection: Some(connection),
        };
        tokio::spawn(task.run(waiting));
        Ok(Self {
            queue,
            texts: Arc::default(),
        })
    }

    /// Queues a unit and waits for its commit.
    pub(super) async fn write(&self, unit: Unit) -> Result<(), WriteError> {
        let hops = self.hops(unit)?;
        let (done, outcome) = oneshot::channel();
        let queued = Message::Write(Queued { hops, done });
        self.queue.send(queued).await.map_err(|_| Unavailable(Cause::Closed))?;
        outcome.await.map_err(|_| Unavailable(Cause::Closed))?
    }

    /// Whether the task is there.
    pub(super) fn check(&self) -> Result<(), Unavailable> {
        if self.queue.is_closed() {
            Err(Unavailable(Cause::Closed))
        } else {
            Ok(())
        }
    }

    /// Commits what is queued and ends the task.
    pub(super) async fn close(&self) {
        let (done, closed) = oneshot::channel();
        if self.queue.send(Message::Close(done)).await.is_ok() {
            let _ = closed.await;
        }
    }

    fn hops(&self, unit: Unit) -> Result<Vec<Hop>, Unavailable> {
        let mut hops = Vec::with_capacity(unit.statements().len().div_ceil(JOINED));
        let mut rest = unit.into_statements();
        while !rest.is_empty() {
            let after = rest.split_off(rest.len().min(JOINED));
            hops.push(Hop {
                text: self.texts.join(&rest),
                expects: rest.iter().map(|statement| statement.expect).collect(),
                args: arguments(shape::values(rest))?,
            });
            rest = after;
        }
        Ok(hops)
    }
}

fn arguments(values: impl Iterator<Item = Value>) -> Result<SqliteArguments, Unavailable> {
    let mut arguments = SqliteArguments::default();
    for value in values {
        match value {
            Value::Text(text) => Arguments::add(&mut arguments, text),
            Value::Int(number) => Arguments::add(&mut arguments, number),
            Value::Bool(flag) => Arguments::add(&mut arguments, flag),
            Value::Bytes(bytes) => Arguments::add(&mut arguments, bytes),
        }
        .map_err(sqlx::Error::Encode)?;
    }
    Ok(arguments)
}

struct Task {
    options: SqliteConnectOptions,
    /// `None` after a failure that may have left a transaction open.
    connection: Option<SqliteConnection>,
}

impl Task {
    async fn run(mut self, mut waiting: mpsc::Receiver<Message>) {
        let mut batch = Vec::with_capacity(BATCH);
        let mut closing = None;
        while closing.is_none() {
            let Some(first) = waiting.recv().await else { break };
            // Those just acknowledged get to queue their next unit for this commit.
            tokio::task::yield_now().await;
            let mut next = Some(first);
            while let Some(message) = next {
                match message {
                    Message::Write(queued) => batch.push(queued),
                    Message::Close(done) => {
                        closing = Some(done);
                        break;
                    }
                }
                next = if batch.len() < BATCH { waiting.try_recv().ok() } else { None };
            }
            self.commit(&mut batch).await;
        }
        if let Some(connection) = self.connection.take()
            && let Err(error) = connection.close().await
        {
            tracing::warn!(%error, "the writer's connection did not close well");
        }
        if let Some(done) = closing {
            let _ = done.send(());
        }
    }

    /// Commits the batch and empties it.
    async fn commit(&mut self, batch: &mut Vec<Queued>) {
        let together = match batch.as_slice() {
            [] => return,
            units => self.transaction(units).await,
        };
        match together {
            Ok(()) => acknowledge(batch, || Ok(())),
            Err(Failed::Batch(error)) => {
                tracing::error!(%error, units = batch.len(), "a batch was not committed");
                let cause = error.to_string();
                acknowledge(batch, || Err(Unavailable(Cause::Batch(cause.clone())).into()));
            }
            Err(Failed::Unit(error)) if batch.len() == 1 => {
                let mut error = Some(error);
                acknowledge(batch, || error.take().map_or(Ok(()), Err));
            }
            Err(Failed::Unit(_)) => {
                for queued in batch.drain(..) {
                    let outcome = self.transaction(std::slice::from_ref(&queued)).await.map_err(WriteError::from);
                    let _ = queued.done.send(outcome);
                }
            }
        }
    }

    async fn transaction(&mut self, units: &[Queued]) -> Result<(), Failed> {
        let connection = match &mut self.connection {
            Some(connection) => connection,
            none => none.insert(sqlite::connect(&self.options).await?),
        };
        let outcome = attempt(connection, units).await;
        if outcome.is_err() && connection.execute("ROLLBACK").await.is_err() {
            // The failure ended the transaction by itself, or the connection is broken. A new one is sure to be in none.
            self.connection = None;
        }
        outcome
    }
}

fn acknowledge(batch: &mut Vec<Queued>, mut outcome: impl FnMut() -> Result<(), WriteError>) {
    for queued in batch.drain(..) {
        let _ = queued.done.send(outcome());
    }
}

enum Failed {
    /// One of the units does not fit.
    Unit(WriteError),
    /// The transaction could not be begun or committed.
    Batch(OpenError),
}

impl From<OpenError> for Failed {
    fn from(error: OpenError) -> Self {
        Self::Batch(error)
    }
}

impl From<sqlx::Error> for Failed {
    fn from(error: sqlx::Error) -> Self {
        Self::Batch(error.into())
    }
}

impl From<Failed> for WriteError {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Unit(error) => error,
            Failed::Batch(error) => Unavailable(Cause::Batch(error.to_string())).into(),
        }
    }
}

async fn attempt(connection: &mut SqliteConnection, units: &[Queued]) -> Result<(), Failed> {
    connection.execute("BEGIN IMMEDIATE").await?;
    for hop in units.iter().flat_map(|unit| &unit.hops) {
        run(connection, hop).await.map_err(Failed::Unit)?;
    }
    connection.execute("COMMIT").await?;
    Ok(())
}

async fn run(connection: &mut SqliteConnection, hop: &Hop) -> Result<(), WriteError> {
    let query = sqlx::query_with(AssertSqlSafe(Arc::clone(&hop.text)), hop.args.clone());
    let mut results = connection.fetch_many(query);
    for &expect in &hop.expects {
        loop {
            match results.try_next().await.map_err(|error| WriteError::at(expect, error))? {
                Some(Either::Left(done)) => {
                    expect.check(done.rows_affected()).map_err(WriteError::Conflict)?;
                    break;
                }
                Some(Either::Right(_)) => {}
                None => return Err(Unavailable::from(sqlx::Error::WorkerCrashed).into()),
            }
        }
    }
    Ok(())
}
