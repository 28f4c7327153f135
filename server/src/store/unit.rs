//! A write is data: a list of statements that happen together or not at all.
//!
//! **Contract.** A [`Unit`] is committed whole or leaves nothing. Its statements are compare-and-set updates, inserts and
//! deletes; none reads a value that a later one needs, so both engines can run a unit without coming back to the caller
//! in the middle of a transaction.

use super::Unavailable;
use std::fmt;

/// A value bound to a statement. The variant is the column's type, also where the value is missing. It is not printed.
#[derive(Clone, PartialEq, Eq)]
pub enum Value {
    /// TEXT.
    Text(Option<String>),
    /// BIGINT.
    Int(Option<i64>),
    /// BOOLEAN.
    Bool(bool),
    /// BLOB in SQLite, BYTEA in PostgreSQL.
    Bytes(Option<Vec<u8>>),
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text(_) => "Text",
            Self::Int(_) => "Int",
            Self::Bool(_) => "Bool",
            Self::Bytes(_) => "Bytes",
        })
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(Some(text.to_owned()))
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Self::Text(Some(text.clone()))
    }
}

impl From<&Option<String>> for Value {
    fn from(text: &Option<String>) -> Self {
        Self::Text(text.clone())
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(Some(number))
    }
}

impl From<Option<i64>> for Value {
    fn from(number: Option<i64>) -> Self {
        Self::Int(number)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Bool(flag)
    }
}

impl From<&[u8]> for Value {
    fn from(bytes: &[u8]) -> Self {
        Self::Bytes(Some(bytes.to_vec()))
    }
}

impl From<&Vec<u8>> for Value {
    fn from(bytes: &Vec<u8>) -> Self {
        Self::Bytes(Some(bytes.clone()))
    }
}

impl From<&Option<Vec<u8>>> for Value {
    fn from(bytes: &Option<Vec<u8>>) -> Self {
        Self::Bytes(bytes.clone())
    }
}

/// What it means when a statement finds no row to change, or finds the row already there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Conflict {
    /// Somebody else wrote a newer version.
    #[error("written by somebody else in the meantime")]
    Stale,
    /// What works once has been used.
    #[error("already used")]
    AlreadyUsed,
    /// There is no such row.
    #[error("not found")]
    NotFound,
    /// There is such a row already.
    #[error("there already")]
    Duplicate,
    /// The lease ran out and another worker has the job.
    #[error("the lease is lost")]
    LeaseLost,
}

/// How many rows a statement has to change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// Any number. A row that is there already is [`Conflict::Duplicate`].
    Any,
    /// One; anything else, and a row that is there already, is this conflict.
    One(Conflict),
}

impl Expect {
    pub(super) const fn if_there(self) -> Conflict {
        match self {
            Self::Any => Conflict::Duplicate,
            Self::One(conflict) => conflict,
        }
    }

    pub(super) const fn check(self, changed: u64) -> Result<(), Conflict> {
        match self {
            Self::One(conflict) if changed != 1 => Err(conflict),
            _ => Ok(()),
        }
    }
}

/// One statement with its values, `$1` first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The text, the same for both engines but for [`Statement::on_postgres`].
    pub sql: &'static str,
    /// PostgreSQL's text, where it has to differ.
    pub on_postgres: Option<&'static str>,
    /// The values.
    pub args: Vec<Value>,
    /// What the statement has to change.
    pub expect: Expect,
}

impl Statement {
    /// A statement that may change any number of rows.
    pub const fn any(sql: &'static str, args: Vec<Value>) -> Self {
        Self {
            sql,
            on_postgres: None,
            args,
            expect: Expect::Any,
        }
    }

    /// A statement that has to change one row.
    pub const fn one(sql: &'static str, args: Vec<Value>, otherwise: Conflict) -> Self {
        Self {
            sql,
            on_postgres: None,
            args,
            expect: Expect::One(otherwise),
        }
    }
}

/// Statements that happen together or not at all, in this order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unit {
    statements: Vec<Statement>,
}

impl Unit {
    /// A unit that changes nothing yet.
    pub const fn new() -> Self {
        Self { statements: Vec::new() }
    }

    /// The unit with one more statement.
    #[must_use]
    pub fn with(mut self, statement: Statement) -> Self {
        self.statements.push(statement);
        self
    }

    /// Adds a statement.
    pub fn push(&mut self, statement: Statement) {
        self.statements.push(statement);
    }

    /// The statements, in order.
    pub fn statements(&self) -> &[Statement] {
        &self.statements
    }

    /// The statements, in order.
    pub fn into_statements(self) -> Vec<Statement> {
        self.statements
    }
}

impl From<Statement> for Unit {
    fn from(statement: Statement) -> Self {
        Self {
            statements: vec![statement],
        }
    }
}

impl From<Vec<Statement>> for Unit {
    fn from(statements: Vec<Statement>) -> Self {
        Self { statements }
    }
}

impl Extend<Statement> for Unit {
    fn extend<T: IntoIterator<Item = Statement>>(&mut self, statements: T) {
        self.statements.extend(statements);
    }
}

impl FromIterator<Statement> for Unit {
    fn from_iter<T: IntoIterator<Item = Statement>>(statements: T) -> Self {
        Self {
            statements: statements.into_iter().collect(),
        }
    }
}

/// A unit was not written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// A statement did not find what it expects. Nothing of the unit is written.
    #[error("conflict: {0}")]
    Conflict(Conflict),
    /// The database failed. If the connection broke at the commit the unit may have been written: repeat it only where
    /// a compare-and-set or an idempotency row makes that harmless.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

impl WriteError {
    /// The conflict, if it is one.
    pub const fn conflict(&self) -> Option<Conflict> {
        match self {
            Self::Conflict(conflict) => Some(*conflict),
            Self::Unavailable(_) => None,
        }
    }

    /// What an engine's error at this statement means.
    pub(super) fn at(expect: Expect, error: sqlx::Error) -> Self {
        match error.as_database_error() {
            Some(refused) if refused.is_unique_violation() => Self::Conflict(expect.if_there()),
            Some(refused) if refused.is_foreign_key_violation() => Self::Conflict(Conflict::NotFound),
            _ => Self::Unavailable(error.into()),
        }
    }
}

/// Values in the order of their placeholders.
macro_rules! args {
    ($($value:expr),* $(,)?) => { vec![$($crate::store::Value::from($value)),*] };
}
pub(super) use args;
