//! Accounts with their balances and transactions.

use super::insights;
use super::{Conflict, Read, Statement, Store, Value, args, on};
use sqlx::FromRow;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::LazyLock;

/// An account.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct AccountRow {
    /// The tenant.
    pub tenant_id: String,
    /// `acct_…`; a refresh keeps the id of a `provider_ref` that is known.
    pub id: String,
    /// The connection.
    pub connection_id: String,
    /// The provider's own id.
    pub provider_ref: String,
    /// Kind of account.
    pub kind: String,
    /// ISO 4217.
    pub currency: String,
    /// IBAN.
    pub iban: Option<String>,
    /// A card's number, masked.
    pub masked_pan: Option<String>,
    /// The national number.
    pub number: Option<String>,
    /// The owner.
    pub owner_name: Option<String>,
    /// JSON: the name by language.
    pub name: String,
    /// Last seen at the provider.
    pub updated_at: i64,
}

/// A balance.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct BalanceRow {
    /// The tenant.
    pub tenant_id: String,
    /// The account.
    pub account_id: String,
    /// Kind of balance.
    pub kind: String,
    /// Decimal.
    pub amount: String,
    /// ISO 4217.
    pub currency: String,
    /// The day it is of.
    pub reference_date: Option<String>,
}

/// A transaction.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct TransactionRow {
    /// The tenant.
    pub tenant_id: String,
    /// The account.
    pub account_id: String,
    /// `txn_…`; the id of a `provider_ref` that is known stays.
    pub id: String,
    /// The provider's own id.
    pub provider_ref: String,
    /// Booked, or for a pending one the day under which it is listed.
    pub booking_date: String,
    /// Value date.
    pub value_date: Option<String>,
    /// Decimal, negative when money leaves.
    pub amount: String,
    /// ISO 4217.
    pub currency: String,
    /// `booked` or `pending`.
    pub status: String,
    /// What the bank writes.
    pub description: String,
    /// The other side.
    pub counterparty: Option<String>,
}

macro_rules! account {
    () => {
        "tenant_id, id, connection_id, provider_ref, kind, currency, iban, masked_pan, number, owner_name, name, updated_at"
    };
}
macro_rules! transaction {
    () => {
        "tenant_id, account_id, id, provider_ref, booking_date, value_date, amount, currency, status, description, counterparty"
    };
}

/// The accounts of a connection with their balances become these. An account that is no longer there goes with its
/// transactions. Ids of accounts that are known have to be the known ones ([`of_connection`] before): otherwise
/// [`Conflict::Duplicate`]. Every `updated_at` has to be `now`.
pub fn replace(tenant: &str, connection: &str, accounts: &[AccountRow], balances: &[BalanceRow], now: i64) -> Vec<Statement> {
    let mut statements = vec![Statement::any(
        "DELETE FROM balances WHERE tenant_id = $1 AND account_id IN \
         (SELECT id FROM accounts WHERE tenant_id = $1 AND connection_id = $2)",
        args![tenant, connection],
    )];
    statements.extend(accounts.iter().map(|row| {
        Statement::one(
            concat!(
                "INSERT INTO accounts (",
                account!(),
                ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) \
                 ON CONFLICT (tenant_id, id) DO UPDATE SET kind = excluded.kind, currency = excluded.currency, iban = excluded.iban, \
                 masked_pan = excluded.masked_pan, number = excluded.number, owner_name = excluded.owner_name, name = excluded.name, \
                 updated_at = excluded.updated_at \
                 WHERE accounts.connection_id = excluded.connection_id AND accounts.provider_ref = excluded.provider_ref"
            ),
            args![
                &row.tenant_id,
                &row.id,
                &row.connection_id,
                &row.provider_ref,
                &row.kind,
                &row.currency,
                &row.iban,
                &row.masked_pan,
                &row.number,
                &row.owner_name,
                &row.name,
                now
            ],
            Conflict::Duplicate,
        )
    }));
    statements.push(Statement::any(
        "DELETE FROM transactions WHERE tenant_id = $1 AND account_id IN \
         (SELECT id FROM accounts WHERE tenant_id = $1 AND connection_id = $2 AND updated_at <> $3)",
        args![tenant, connection, now],
    ));
    statements.push(Statement::any(
        "DELETE FROM accounts WHERE tenant_id = $1 AND connection_id = $2 AND updated_at <> $3",
        args![tenant, connection, now],
    ));
    statements.extend((0_i64..).zip(balances).map(|(place, row)| {
        Statement::one(
            "INSERT INTO balances (tenant_id, account_id, place, kind, amount, currency, reference_date) VALUES ($1, $2, $3, $4, $5, $6, $7)",
            args![
                &row.tenant_id,
                &row.account_id,
                place,
                &row.kind,
                &row.amount,
                &row.currency,
                &row.reference_date
            ],
            Conflict::Duplicate,
        )
    }));
    statements
}

/// All accounts of a connection go, with balances and transactions, and what was made of these.
pub fn forget(tenant: &str, connection: &str) -> [Statement; 4] {
    let gone = |text| Statement::any(text, args![tenant, connection]);
    [
        gone(
            "DELETE FROM balances WHERE tenant_id = $1 AND account_id IN \
             (SELECT id FROM accounts WHERE tenant_id = $1 AND connection_id = $2)",
        ),
        gone(
            "DELETE FROM transactions WHERE tenant_id = $1 AND account_id IN \
             (SELECT id FROM accounts WHERE tenant_id = $1 AND connection_id = $2)",
        ),
        gone("DELETE FROM accounts WHERE tenant_id = $1 AND connection_id = $2"),
        insights::forget_repeats(tenant, connection),
    ]
}

/// Largest number of transactions that one statement writes, as a power of two.
const LARGEST_CHUNK: u32 = 6;

/// The text that writes 1, 2, 4, … transactions.
static PUT: LazyLock<Vec<String>> = LazyLock::new(|| (0..=LARGEST_CHUNK).map(|power| put_text(1 << power)).collect());

fn put_text(rows: usize) -> String {
    let columns = transaction!().split(',').count();
    let mut text = concat!("INSERT INTO transactions (", transaction!(), ") VALUES ").to_owned();
    for row in 0..rows {
        text.push_str(if row == 0 { "(" } else { ", (" });
        for column in 0..columns {
            let comma = if column == 0 { "" } else { ", " };
            let _ = write!(text, "{comma}${}", row * columns + column + 1);
        }
        text.push(')');
    }
    text.push_str(
        " ON CONFLICT (tenant_id, account_id, provider_ref) DO UPDATE SET booking_date = excluded.booking_date, \
         value_date = excluded.value_date, amount = excluded.amount, currency = excluded.currency, status = excluded.status, \
         description = excluded.description, counterparty = excluded.counterparty",
    );
    text
}

/// Writes transactions, new ones and known ones, many with one statement. Of several with the same (account,
/// `provider_ref`) the last counts: a provider's pages may overlap.
pub fn put_transactions(rows: &[TransactionRow]) -> Vec<Statement> {
    let mut last: HashMap<(&str, &str), usize> = HashMap::with_capacity(rows.len());
    for (place, row) in rows.iter().enumerate() {
        last.insert((&row.account_id, &row.provider_ref), place);
    }
    let is_last = |(place, row): &(usize, &TransactionRow)| last.get(&(row.account_id.as_str(), row.provider_ref.as_str())) == Some(place);
    let rows: Vec<&TransactionRow> = rows.iter().enumerate().filter(is_last).map(|(_, row)| row).collect();
    let mut statements = Vec::new();
    let mut rest = rows.as_slice();
    while !rest.is_empty() {
        let power = rest.len().ilog2().min(LARGEST_CHUNK) as usize;
        let (chunk, after) = rest.split_at(1 << power);
        rest = after;
        statements.push(Statement::any(
            PUT[power].as_str(),
            chunk.iter().flat_map(|row| values(row)).collect(),
        ));
    }
    statements
}

fn values(row: &TransactionRow) -> Vec<Value> {
    args![
        &row.tenant_id,
        &row.account_id,
        &row.id,
        &row.provider_ref,
        &row.booking_date,
        &row.value_date,
        &row.amount,
        &row.currency,
        &row.status,
        &row.description,
        &row.counterparty
    ]
}

/// Forgets a pending transaction that the institution lists no longer. One that is booked by now stays.
pub fn forget_pending(tenant: &str, account: &str, id: &str) -> Statement {
    Statement::any(
        "DELETE FROM transactions WHERE tenant_id = $1 AND account_id = $2 AND id = $3 AND status = 'pending'",
        args![tenant, account, id],
    )
}

/// Forgets a transaction that the institution took back, booked or not, by the provider's own id. It may not be there.
pub fn take_back(tenant: &str, account: &str, provider_ref: &str) -> Statement {
    Statement::any(
        "DELETE FROM transactions WHERE tenant_id = $1 AND account_id = $2 AND provider_ref = $3",
        args![tenant, account, provider_ref],
    )
}

/// A transaction that is not booked yet.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct PendingRow {
    /// The account.
    pub account_id: String,
    /// `txn_…`.
    pub id: String,
    /// The provider's own id.
    pub provider_ref: String,
    /// The day under which it is listed.
    pub booking_date: String,
}

/// A connection's transactions that are not booked yet, the oldest first.
///
/// # Errors
/// The database failed.
pub async fn pending(store: &Store, tenant: &str, connection: &str) -> Read<Vec<PendingRow>> {
    Ok(on!(store, |pool| {
        sqlx::query_as(
            "SELECT account_id, id, provider_ref, booking_date FROM transactions WHERE tenant_id = $1 AND status = 'pending' \
             AND account_id IN (SELECT id FROM accounts WHERE tenant_id = $1 AND connection_id = $2) ORDER BY booking_date, id",
        )
        .bind(tenant)
        .bind(connection)
        .fetch_all(pool)
        .await?
    }))
}

/// A connection's accounts, by id.
///
/// # Errors
/// The database failed.
pub async fn of_connection(store: &Store, tenant: &str, connection: &str) -> Read<Vec<AccountRow>> {
    Ok(on!(store, |pool| {
        sqlx::query_as(concat!(
            "SELECT ",
            account!(),
            " FROM accounts WHERE tenant_id = $1 AND connection_id = $2 ORDER BY id"
        ))
        .bind(tenant)
        .bind(connection)
        .fetch_all(pool)
        .await?
    }))
}

/// How many transactions an account has.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct CountRow {
    /// The account.
    pub account_id: String,
    /// How many.
    pub transactions: i64,
}

/// How many transactions each account of a connection has; those without any are left out.
///
/// # Errors
/// The database failed.
pub async fn transaction_counts(store: &Store, tenant: &str, connection: &str) -> Read<Vec<CountRow>> {
    Ok(on!(store, |pool| {
        sqlx::query_as(
            "SELECT account_id, COUNT(*) AS transactions FROM transactions WHERE tenant_id = $1 \
             AND account_id IN (SELECT id FROM accounts WHERE tenant_id = $1 AND connection_id = $2) GROUP BY account_id",
        )
        .bind(tenant)
        .bind(connection)
        .fetch_all(pool)
        .await?
    }))
}

/// The account with this id.
///
/// # Errors
/// The database failed.
pub async fn by_id(store: &Store, tenant: &str, id: &str) -> Read<Option<AccountRow>> {
    Ok(on!(store, |pool| {
        sqlx::query_as(concat!("SELECT ", account!(), " FROM accounts WHERE tenant_id = $1 AND id = $2"))
            .bind(tenant)
            .bind(id)
            .fetch_optional(pool)
            .await?
    }))
}

/// An account's balances, in the provider's order.
///
/// # Errors
/// The database failed.
pub async fn balances(store: &Store, tenant: &str, account: &str) -> Read<Vec<BalanceRow>> {
    Ok(on!(store, |pool| {
        sqlx::query_as(
            "SELECT tenant_id, account_id, kind, amount, currency, reference_date FROM balances \
             WHERE tenant_id = $1 AND account_id = $2 ORDER BY place",
        )
        .bind(tenant)
        .bind(account)
        .fetch_all(pool)
        .await?
    }))
}

/// Which of an account's transactions. What is absent does not matter.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted<'a> {
    /// Booked on this day or later.
    pub date_from: Option<&'a str>,
    /// Booked on this day or earlier.
    pub date_to: Option<&'a str>,
    /// `booked` or `pending`.
    pub status: Option<&'a str>,
    /// Only those after the (booking date, id) where the last page ended.
    pub after: Option<(&'a str, &'a str)>,
    /// The oldest first; otherwise the newest.
    pub ascending: bool,
}

macro_rules! page_of_transactions {
    ($after:literal, $order:literal) => {
        concat!(
            "SELECT ",
            transaction!(),
            " FROM transactions WHERE tenant_id = $1 AND account_id = $2 AND (booking_date, id) ",
            $after,
            " ($3, $4) AND booking_date >= $5 AND booking_date <= $6 AND ($7 IS NULL OR status = $7) ORDER BY booking_date ",
            $order,
            ", id ",
            $order,
            " LIMIT $8"
        )
    };
}

/// A page of an account's transactions.
///
/// # Errors
/// The database failed.
pub async fn transactions(store: &Store, tenant: &str, account: &str, wanted: &Wanted<'_>, limit: i64) -> Read<Vec<TransactionRow>> {
    // No day is later, or earlier, than this, so the first page is one like the others and the index is used for all.
    let (text, first) = if wanted.ascending {
        (page_of_transactions!(">", "ASC"), "")
    } else {
        (page_of_transactions!("<", "DESC"), "9999-99-99")
    };
    let (date, id) = wanted.after.unwrap_or((first, ""));
    Ok(on!(store, |pool| {
        sqlx::query_as(text)
            .bind(tenant)
            .bind(account)
            .bind(date)
            .bind(id)
            .bind(wanted.date_from.unwrap_or(""))
            .bind(wanted.date_to.unwrap_or("9999-99-99"))
            .bind(wanted.status)
            .bind(limit)
            .fetch_all(pool)
            .await?
    }))
}
