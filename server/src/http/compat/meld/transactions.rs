//! `GET /bank-linking/transactions`.
//!
//! **Contract.** Amounts are positive where money leaves the account: the vendor's way (docs.meld.io, "Data normalization"), the opposite
//! of ours.

use super::accounts::{amount, readable_ones};
use super::connections::customer;
use super::key::Key;
use super::paging::{key, page, place};
use super::query::Query;
use super::refusal::Refusal;
use super::view;
use crate::core::Core;
use crate::store::listings::{self, ListedTransaction, TransactionPlace, Transactions, Wanted};
use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use gesher_contract::{AccountId, TransactionId};
use gesher_domain::Timestamp;
use serde_json::{Value, json};
use std::sync::Arc;

/// Rows on a page when the caller doesn't say, and at most (docs.meld.io, "Search financial account transactions").
const LIMITS: (i64, i64) = (100, 1_000);
/// The name of this list in its keys.
const TRANSACTIONS: &str = "transaction";

/// Lists transactions, account by account, newest first.
pub(super) async fn list(State(core): State<Arc<Core>>, Key(caller): Key, uri: Uri) -> Result<Json<Value>, Refusal> {
    let mut query = Query::of(&uri);
    let customer = customer(&core, &caller, &mut query).await?;
    let (account, connection) = (query.text("financialAccountId"), query.text("connectionId"));
    let status = query.words("status", |word| match word {
        "POSTED" => Some("booked"),
        "PENDING" => Some("pending"),
        _ => None,
    });
    let (from, to) = (query.day("startDate"), query.day("endDate"));
    let at = query.place(|key| place_of(&place(TRANSACTIONS, key)?));
    let limit = query.limit(LIMITS.0, 1..=LIMITS.1);
    query.finish()?;
    let statuses = readable_ones();
    let wanted = Wanted {
        mode: caller.mode.as_str(),
        customer: customer.external_id(),
        connection: connection.as_deref(),
        statuses: Some(&statuses),
        ..Wanted::default()
    };
    let (from, to) = (from.map(|day| day.to_string()), to.map(|day| day.to_string()));
    let which = Transactions {
        account: account.as_deref(),
        // Of both together: all.
        status: status
            .as_deref()
            .and_then(|status| if let [one] = status { Some(*one) } else { None }),
        date_from: from.as_deref(),
        date_to: to.as_deref(),
    };
    let listed = listings::transactions(&core.store, caller.tenant.as_str(), (&wanted, &which), &at, limit).await?;
    let rows = listed.rows.iter().map(row);
    Ok(Json(page("financialAccountTransactions", rows.collect(), listed.remaining)))
}

/// The place in the order that stands in a key.
fn place_of(text: &str) -> Option<TransactionPlace> {
    let mut parts = text.split(' ');
    let (account, date, id) = (parts.next()?, parts.next()?, parts.next()?);
    let fits = AccountId::parse(account).is_ok() && TransactionId::parse(id).is_ok() && parts.next().is_none();
    fits.then(|| (account.to_owned(), date.to_owned(), id.to_owned()))
}

/// A day as a time: the vendor's fields have one.
fn midnight(day: &str) -> String {
    format!("{day}T00:00:00Z")
}

fn row(listed: &ListedTransaction) -> Value {
    let row = &listed.row;
    let booked = row.status == "booked";
    json!({
        "accountId": row.tenant_id,
        "amount": amount(&row.amount, true),
        "connectionIds": [listed.connection_id],
        "currency": row.currency,
        "customerId": listed.customer_id,
        "description": row.description,
        "externalCustomerId": listed.customer,
        "financialAccountId": row.account_id,
        "id": row.id,
        "key": key(TRANSACTIONS, &format!("{} {} {}", row.account_id, row.booking_date, row.id)),
        "postedDate": booked.then(|| midnight(&row.booking_date)),
        "serviceProviderDetails": listed.provider.iter().map(|provider| json!({
            "serviceProvider": view::service_provider(provider), "updatedAt": Timestamp(listed.updated_at).rfc3339(),
        })).collect::<Vec<_>>(),
        "status": if booked { "POSTED" } else { "PENDING" },
        "transactionDate": midnight(row.value_date.as_deref().filter(|_| booked).unwrap_or(&row.booking_date)),
    })
}
