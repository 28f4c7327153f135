//! Accounts and transactions as the interface writes them, from what the fake banks keep. Data are those of the last fetch that
//! succeeded: what happens at the bank later is not seen before the next.
//!
//! Ids are numbers that only ascend. A transaction gets its id with the day on which it is booked, so that what is booked later comes
//! later in a list. A pending one is forgotten with each fetch and has another id after it, as Salt Edge says.

use super::connection::Connection;
use super::moment::Moment;
use super::people::{Manner, manner};
use crate::banks::data::{Account, Entry, Kind};
use crate::random::digest;
use jiff::civil::{Date, date};
use serde_json::{Value, json};

/// Which transactions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    Posted,
    Pending,
    /// Those that were marked as seen before. The other two do not list them.
    Duplicated,
}

/// One record with its id, which a list is sorted by.
pub(super) type Record = (u64, Value);

fn number(parts: &[&[u8]], below: u64) -> u64 {
    let bytes = digest(parts);
    bytes[..8].iter().fold(0, |number: u64, byte| (number << 8) | u64::from(*byte)) % below
}

/// The money in the currency's unit, as a JSON number.
fn money(agorot: i64) -> f64 {
    agorot as f64 / 100.0
}

fn account_id(connection: &Connection, account: &Account) -> u64 {
    let parts = [b"account", &connection.id.to_be_bytes()[..], account.resource_id.as_bytes()];
    1_000_000_000_000_000_000 + number(&parts, 900_000_000_000_000_000)
}

fn since_epoch(day: Date) -> u64 {
    let days = day.duration_since(date(1970, 1, 1)).as_hours() / 24;
    u64::try_from(days).unwrap_or(0)
}

/// The accounts with their ids, by id; none before the first fetch.
pub(super) fn fetched(connection: &Connection) -> Vec<(u64, Account)> {
    let (Some(psu), Some(_)) = (&connection.psu, connection.fetched()) else {
        return Vec::new();
    };
    let accounts = connection.provider.accounts(psu).into_iter();
    let mut accounts: Vec<_> = accounts.map(|account| (account_id(connection, &account), account)).collect();
    accounts.sort_by_key(|(id, _)| *id);
    accounts
}

/// `GET /accounts`
pub(super) fn accounts(connection: &Connection) -> Vec<Record> {
    let Some(at) = connection.fetched() else { return Vec::new() };
    fetched(connection)
        .into_iter()
        .map(|(id, account)| (id, account_json(connection, (id, &account), at)))
        .collect()
}

fn account_json(connection: &Connection, (id, account): (u64, &Account), at: Moment) -> Value {
    let year = account.year(at.date());
    let nature = match account.kind {
        Kind::Cacc => "checking",
        Kind::Svgs => "savings",
        Kind::Card => "credit_card",
        Kind::Loan => "loan",
        Kind::Scts => "investment",
    };
    let count = |which| transactions(connection, id, account, which).len();
    let time = at.stamp();
    let mut extra = json!({
        "status": "active",
        "account_name": account.name.he,
        "holder_name": account.owner_name,
        "current_date": at.date(),
        "current_time": time.get(11..19),
        "available_amount": money(year.expected()),
        "transactions_count": { "posted": count(Which::Posted), "pending": count(Which::Pending) },
        "updated_on_last_attempt": true,
    });
    if let Some(iban) = &account.iban {
        extra["iban"] = json!(iban);
        extra["account_number"] = json!(account.number);
    }
    if let Some(pan) = &account.masked_pan {
        extra["cards"] = json!([pan]);
        extra["credit_limit"] = json!(15_000.0);
    }
    json!({
        "id": id.to_string(),
        "connection_id": connection.id.to_string(),
        "name": account.name.he,
        "nature": nature,
        "balance": money(year.booked()),
        "currency_code": account.currency,
        "extra": extra,
        "created_at": connection.created.stamp(),
        "updated_at": time,
    })
}

/// `GET /transactions` of an account, by id.
pub(super) fn transactions(connection: &Connection, account_id: u64, account: &Account, which: Which) -> Vec<Record> {
    let (Some(at), Some(consent)) = (connection.fetched(), connection.consent()) else {
        return Vec::new();
    };
    let today = at.date();
    let entries = account.year(today).entries;
    let shown = entries.iter().filter(|entry| entry.date >= consent.from_date);
    let wanted: Vec<&Entry> = match which {
        Which::Posted => shown.filter(|entry| !entry.is_pending(today)).collect(),
        Which::Pending => shown.filter(|entry| entry.is_pending(today)).collect(),
        Which::Duplicated => {
            let doubled = connection.psu.as_ref().and_then(manner) == Some(Manner::Double);
            shown.filter(|entry| !entry.is_pending(today)).take(usize::from(doubled)).collect()
        }
    };
    let mut records: Vec<Record> = wanted
        .into_iter()
        .map(|entry| {
            let id = transaction_id(connection, entry, which);
            (id, transaction_json((account_id, account), (id, entry), which, at))
        })
        .collect();
    records.sort_by_key(|(id, _)| *id);
    records
}

fn transaction_id(connection: &Connection, entry: &Entry, which: Which) -> u64 {
    let seen = match which {
        Which::Posted => 0,
        Which::Pending => connection.attempt.id,
        Which::Duplicated => 1,
    };
    let parts = [
        b"transaction",
        &connection.id.to_be_bytes()[..],
        entry.id.as_bytes(),
        &seen.to_be_bytes(),
    ];
    const A_DAYS: u64 = 10_000_000_000_000;
    since_epoch(entry.booked_on()) * A_DAYS + number(&parts, A_DAYS)
}

fn transaction_json((account_id, account): (u64, &Account), (id, entry): (u64, &Entry), which: Which, at: Moment) -> Value {
    let mode = match entry.description.as_str() {
        text if text.contains("עמל") => "fee",
        text if text.contains("העברה") => "transfer",
        _ => "normal",
    };
    let mut extra = json!({});
    if which != Which::Pending {
        extra["posting_date"] = json!(entry.booked_on());
    }
    if let Some(other) = &entry.counterparty {
        extra[if entry.agorot < 0 { "payee" } else { "payer" }] = json!(other);
    }
    json!({
        "id": id.to_string(),
        "account_id": account_id.to_string(),
        "duplicated": which == Which::Duplicated,
        "mode": mode,
        "status": if which == Which::Pending { "pending" } else { "posted" },
        "made_on": entry.date,
        "amount": money(entry.agorot),
        "currency_code": account.currency,
        "description": entry.description,
        "category": if mode == "transfer" { "transfer" } else { "uncategorized" },
        "extra": extra,
        "created_at": at.stamp(),
        "updated_at": at.stamp(),
    })
}
