//! What is made of transactions: switches, what is said of each, what comes again, and what the host has seen.

use super::{Conflict, Read, Statement, Store, Value, args, on};
use sqlx::FromRow;
use std::fmt::Write as _;
use std::sync::LazyLock;

/// What is switched on for a connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromRow)]
pub struct Switches {
    /// A category for each transaction.
    pub categories: bool,
    /// What comes again.
    pub repeats: bool,
    /// Transfers between the customer's own accounts.
    pub transfers: bool,
}

/// Switches on what is to be on, and off the rest.
pub fn switch(tenant: &str, connection: &str, on: Switches) -> Statement {
    Statement::one(
        "INSERT INTO insights (tenant_id, connection_id, categories, repeats, transfers) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (tenant_id, connection_id) DO UPDATE SET categories = excluded.categories, repeats = excluded.repeats, \
         transfers = excluded.transfers",
        args![tenant, connection, on.categories, on.repeats, on.transfers],
        Conflict::Duplicate,
    )
}

/// What is on for a connection.
///
/// # Errors
/// The database failed.
pub async fn switches(store: &Store, tenant: &str, connection: &str) -> Read<Switches> {
    let found: Option<Switches> = on!(store, |pool| {
        sqlx::query_as("SELECT categories, repeats, transfers FROM insights WHERE tenant_id = $1 AND connection_id = $2")
            .bind(tenant)
            .bind(connection)
            .fetch_optional(pool)
            .await?
    });
    Ok(found.unwrap_or_default())
}

/// Whether anything is on for any of a customer's connections. For a connection of nobody's yet: for that one.
///
/// # Errors
/// The database failed.
pub async fn any_on(store: &Store, tenant: &str, mode: &str, customer: &str, connection: &str) -> Read<bool> {
    let count: i64 = on!(store, |pool| {
        sqlx::query_scalar(
            "SELECT COUNT(*) FROM insights WHERE tenant_id = $1 AND (categories OR repeats OR transfers) AND (connection_id = $4 OR \
             $3 <> '' AND connection_id IN (SELECT id FROM connections WHERE tenant_id = $1 AND mode = $2 AND customer = $3))",
        )
        .bind(tenant)
        .bind(mode)
        .bind(customer)
        .bind(connection)
        .fetch_one(pool)
        .await?
    });
    Ok(count > 0)
}

/// A transaction with its account, and what is said of it.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct LineRow {
    /// The account.
    pub account_id: String,
    /// The transaction.
    pub id: String,
    /// The day under which it is listed.
    pub booking_date: String,
    /// Decimal.
    pub amount: String,
    /// ISO 4217.
    pub currency: String,
    /// What the bank writes.
    pub description: String,
    /// The other side.
    pub counterparty: Option<String>,
    /// What is said of it.
    #[sqlx(flatten)]
    pub said: Said,
}

/// What is said of a transaction.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, FromRow)]
pub struct Said {
    /// Its category.
    pub category: Option<String>,
    /// What it is one of.
    pub repeat_id: Option<String>,
    /// The transfer that it is one side of.
    pub transfer_id: Option<String>,
}

/// A connection's transactions, the newest first, at most so many.
///
/// # Errors
/// The database failed.
pub async fn lines(store: &Store, tenant: &str, connection: &str, limit: i64) -> Read<Vec<LineRow>> {
    Ok(on!(store, |pool| {
        sqlx::query_as(
            "SELECT account_id, id, booking_date, amount, currency, description, counterparty, category, repeat_id, transfer_id \
             FROM transactions WHERE tenant_id = $1 AND account_id IN \
             (SELECT id FROM accounts WHERE tenant_id = $1 AND connection_id = $2) ORDER BY booking_date DESC, id DESC LIMIT $3",
        )
        .bind(tenant)
        .bind(connection)
        .bind(limit)
        .fetch_all(pool)
        .await?
    }))
}

/// A transaction's id and what is said of it.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct SaidRow {
    /// The transaction.
    pub id: String,
    /// What is said of it.
    #[sqlx(flatten)]
    pub said: Said,
}

/// What is said of an account's transactions of these days, the first and the last among them.
///
/// # Errors
/// The database failed.
pub async fn said(store: &Store, tenant: &str, account: &str, from: &str, to: &str) -> Read<Vec<SaidRow>> {
    Ok(on!(store, |pool| {
        sqlx::query_as(
            "SELECT id, category, repeat_id, transfer_id FROM transactions WHERE tenant_id = $1 AND account_id = $2 \
             AND booking_date >= $3 AND booking_date <= $4",
        )
        .bind(tenant)
        .bind(account)
        .bind(from)
        .bind(to)
        .fetch_all(pool)
        .await?
    }))
}

/// Largest number of transactions in one statement, as a power of two.
const LARGEST: u32 = 6;

/// A statement's text for 1, 2, 4, … transactions, whose ids come after so many other values.
fn texts(begin: &str, others: usize) -> Vec<String> {
    let text = |power: u32| {
        let mut text = begin.to_owned();
        for place in 0..1_usize << power {
            let comma = if place == 0 { " (" } else { ", " };
            let _ = write!(text, "{comma}${}", others + 1 + place);
        }
        text.push(')');
        text
    };
    (0..=LARGEST).map(text).collect()
}

fn in_chunks(texts: &'static [String], others: Vec<Value>, ids: &[&str]) -> Vec<Statement> {
    let mut statements = Vec::new();
    let mut rest = ids;
    while !rest.is_empty() {
        let power = rest.len().ilog2().min(LARGEST) as usize;
        let (chunk, after) = rest.split_at(1 << power);
        rest = after;
        let values = others.iter().cloned().chain(chunk.iter().map(|id| Value::from(*id)));
        statements.push(Statement::any(texts[power].as_str(), values.collect()));
    }
    statements
}

static SAY: LazyLock<Vec<String>> = LazyLock::new(|| {
    texts(
        "UPDATE transactions SET category = $3, repeat_id = $4, transfer_id = $5 WHERE tenant_id = $1 AND account_id = $2 AND id IN",
        5,
    )
});

/// Says the same of these transactions of an account.
pub fn say(tenant: &str, account: &str, said: &Said, ids: &[&str]) -> Vec<Statement> {
    let others = args![tenant, account, &said.category, &said.repeat_id, &said.transfer_id];
    in_chunks(&SAY, others, ids)
}

/// Transactions that come again.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct RepeatRow {
    /// The tenant.
    pub tenant_id: String,
    /// The connection.
    pub connection_id: String,
    /// `rep_…`
    pub id: String,
    /// The account.
    pub account_id: String,
    /// How often.
    pub period: String,
    /// Decimal: what the next one is likely to be.
    pub amount: String,
    /// ISO 4217.
    pub currency: String,
    /// What the bank wrote last.
    pub description: String,
    /// The other side of the last one.
    pub counterparty: Option<String>,
    /// What the last one is about, where categories are on.
    pub category: Option<String>,
    /// How many there are.
    pub members: i64,
    /// The day of the first.
    pub first_on: String,
    /// The day of the last.
    pub last_on: String,
    /// The day on which the next is expected.
    pub next_on: Option<String>,
}

/// What comes again in a connection becomes this.
pub fn replace_repeats(tenant: &str, connection: &str, rows: &[RepeatRow]) -> Vec<Statement> {
    let mut statements = vec![forget_repeats(tenant, connection)];
    statements.extend(rows.iter().map(|row| {
        Statement::one(
            "INSERT INTO repeats (tenant_id, connection_id, id, account_id, period, amount, currency, description, counterparty, category, \
             members, first_on, last_on, next_on) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
            args![
                &row.tenant_id,
                &row.connection_id,
                &row.id,
                &row.account_id,
                &row.period,
                &row.amount,
                &row.currency,
                &row.description,
                &row.counterparty,
                &row.category,
                row.members,
                &row.first_on,
                &row.last_on,
                &row.next_on
            ],
            Conflict::Duplicate,
        )
    }));
    statements
}

/// What comes again in a connection is forgotten.
pub fn forget_repeats(tenant: &str, connection: &str) -> Statement {
    Statement::any(
        "DELETE FROM repeats WHERE tenant_id = $1 AND connection_id = $2",
        args![tenant, connection],
    )
}

/// What comes again in a connection, the next one first, then what comes no more.
///
/// # Errors
/// The database failed.
pub async fn repeats(store: &Store, tenant: &str, connection: &str) -> Read<Vec<RepeatRow>> {
    Ok(on!(store, |pool| {
        sqlx::query_as(
            "SELECT tenant_id, connection_id, id, account_id, period, amount, currency, description, counterparty, category, members, \
             first_on, last_on, next_on FROM repeats WHERE tenant_id = $1 AND connection_id = $2 \
             ORDER BY CASE WHEN next_on IS NULL THEN 1 ELSE 0 END, next_on, id",
        )
        .bind(tenant)
        .bind(connection)
        .fetch_all(pool)
        .await?
    }))
}

macro_rules! of_connection {
    () => {
        "tenant_id = $1 AND account_id IN (SELECT id FROM accounts WHERE tenant_id = $1 AND connection_id = $2)"
    };
}

/// The host has seen all transactions of a connection.
pub fn see_all(tenant: &str, connection: &str, now: i64) -> Statement {
    Statement::any(
        concat!(
            "UPDATE transactions SET seen_at = $3 WHERE ",
            of_connection!(),
            " AND seen_at IS NULL"
        ),
        args![tenant, connection, now],
    )
}

static SEE: LazyLock<Vec<String>> = LazyLock::new(|| {
    texts(
        concat!(
            "UPDATE transactions SET seen_at = $3 WHERE ",
            of_connection!(),
            " AND seen_at IS NULL AND id IN"
        ),
        3,
    )
});

/// The host has seen these transactions of a connection. Those that are not of it are passed over.
pub fn see(tenant: &str, connection: &str, now: i64, ids: &[&str]) -> Vec<Statement> {
    in_chunks(&SEE, args![tenant, connection, now], ids)
}

/// How many of a connection's transactions wait for something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromRow)]
pub struct Counts {
    /// The host has not said that it has seen them.
    pub unseen: i64,
    /// They have no category.
    pub unsorted: i64,
}

/// How many of them.
///
/// # Errors
/// The database failed.
pub async fn counts(store: &Store, tenant: &str, connection: &str) -> Read<Counts> {
    Ok(on!(store, |pool| {
        sqlx::query_as(concat!(
            "SELECT COUNT(CASE WHEN seen_at IS NULL THEN 1 END) AS unseen, COUNT(CASE WHEN category IS NULL THEN 1 END) AS unsorted \
             FROM transactions WHERE ",
            of_connection!()
        ))
        .bind(tenant)
        .bind(connection)
        .fetch_one(pool)
        .await?
    }))
}
