//! `GET /bank-linking/accounts`, and reading one.
//!
//! **Contract.** What is listed is what the native API would give: accounts of connections that may be read.

use super::connections::{customer, institution};
use super::key::Key;
use super::paging::{key, page, place};
use super::query::Query;
use super::refusal::Refusal;
use super::view;
use crate::connections::asked::Asked;
use crate::connections::read;
use crate::core::Core;
use crate::store::accounts::{self, BalanceRow};
use crate::store::listings::{self, ListedAccount, Wanted, one_of};
use crate::store::{Unavailable, customers};
use crate::tenants::Caller;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::Uri;
use gesher_contract::{AccountId, ConnectionStatus, LocalizedText};
use gesher_directory::Product;
use gesher_domain::Timestamp;
use gesher_domain::connection::readable;
use serde_json::{Value, json};
use std::sync::Arc;

/// Rows on a page when the caller doesn't say, and at most (docs.meld.io, "Search financial accounts").
const LIMITS: (i64, i64) = (10, 100);
/// The name of this list in its keys.
const ACCOUNTS: &str = "account";
/// Digits of an account's number that are shown of it.
const SHOWN: usize = 4;

/// The statuses at which data may be read, as [`one_of`] says them.
pub(super) fn readable_ones() -> String {
    let ones = ConnectionStatus::ALL.into_iter().filter(|status| readable(*status).is_ok());
    one_of(ones.map(ConnectionStatus::as_str))
}

/// Lists accounts, by id.
pub(super) async fn list(State(core): State<Arc<Core>>, Key(caller): Key, uri: Uri) -> Result<Json<Value>, Refusal> {
    let mut query = Query::of(&uri);
    let customer = customer(&core, &caller, &mut query).await?;
    let institution = institution(&core, &caller, &mut query);
    let connection = query.text("connectionId");
    let at = query.place(|key| place(ACCOUNTS, key).filter(|id| AccountId::parse(id).is_ok()));
    let limit = query.limit(LIMITS.0, 1..=LIMITS.1);
    query.finish()?;
    let statuses = readable_ones();
    let wanted = Wanted {
        mode: caller.mode.as_str(),
        customer: customer.external_id(),
        institution: institution.as_deref(),
        connection: connection.as_deref(),
        statuses: Some(&statuses),
        ..Wanted::default()
    };
    let listed = listings::accounts(&core.store, caller.tenant.as_str(), &wanted, &at, limit).await?;
    let mut rows = Vec::with_capacity(listed.rows.len());
    for account in listed.rows {
        rows.push(row(&core, &caller, account).await?);
    }
    Ok(Json(page("financialAccounts", rows, listed.remaining)))
}

/// Reads an account.
pub(super) async fn get(State(core): State<Arc<Core>>, Key(caller): Key, Path(id): Path<String>) -> Result<Json<Value>, Refusal> {
    let id = AccountId::parse(&id).map_err(|_| Refusal::NotFound("account"))?;
    let (connection, account) = read::account(&core, &caller, &id).await?;
    let customer_id = customers::id_of(&core.store, caller.tenant.as_str(), &connection.customer).await?;
    let listed = ListedAccount {
        row: account,
        customer: connection.customer,
        customer_id,
        institution_id: connection.institution_id,
        provider: connection.provider,
        ask: connection.ask,
    };
    Ok(Json(row(&core, &caller, listed).await?))
}

async fn row(core: &Core, caller: &Caller, listed: ListedAccount) -> Result<Value, Unavailable> {
    let tenant = caller.tenant.as_str();
    let balances = accounts::balances(&core.store, tenant, &listed.row.id).await?;
    let (institution_id, institution_name) = view::institution(core, tenant, caller.mode.as_str(), listed.institution_id.as_deref());
    let asked: Asked = serde_json::from_str(&listed.ask).unwrap_or_default();
    let ListedAccount {
        row,
        customer,
        customer_id,
        provider,
        ..
    } = listed;
    let updated_at = Timestamp(row.updated_at).rfc3339();
    let name = serde_json::from_str::<LocalizedText>(&row.name).unwrap_or_default();
    let name = name.0.get("en").or_else(|| name.0.values().next()).cloned();
    // The numbers are a product of their own there. A card's is nowhere whole.
    let identified = asked.wants(Product::Accounts) && row.masked_pan.is_none();
    let international = json!({
        "accountName": row.owner_name,
        "accountNumber": row.number,
        "bban": row.number,
        "bic": null,
        "iban": row.iban,
        "sortCode": null,
    });
    Ok(json!({
        "accountId": tenant,
        "balances": balance(&balances, &row.currency, &updated_at),
        "connectionIds": [row.connection_id],
        "customerId": customer_id,
        "externalCustomerId": customer,
        "historicalAggregationSucceeded": asked.wants(Product::Transactions),
        "id": row.id,
        "identifiers": { "ach": null, "bacs": null, "eft": null, "international": identified.then_some(international) },
        "institutionId": institution_id,
        "institutionName": institution_name,
        "key": key(ACCOUNTS, &row.id),
        "name": name,
        "owners": row.owner_name.iter().map(|name| json!({
            "addresses": [], "emails": [], "names": [name], "phoneNumbers": [],
        })).collect::<Vec<_>>(),
        "serviceProviderDetails": provider.iter().map(|provider| json!({
            "serviceProvider": view::service_provider(provider), "updatedAt": updated_at, "kind": row.kind,
        })).collect::<Vec<_>>(),
        "status": "ACTIVE",
        "truncatedAccountNumber": truncated(row.masked_pan.as_deref().or(row.number.as_deref()).or(row.iban.as_deref())),
    }))
}

/// The last digits of a number.
fn truncated(number: Option<&str>) -> Option<String> {
    let digits: Vec<char> = number?.chars().filter(char::is_ascii_digit).collect();
    let last = digits.len().saturating_sub(SHOWN);
    Some(digits[last..].iter().collect())
}

/// What is on the account: of the balances in its currency the one that is available and the one that is booked. Nothing where balances
/// are not wanted.
fn balance(balances: &[BalanceRow], currency: &str, updated_at: &str) -> Option<Value> {
    let of = |kinds: &[&str]| {
        let kind = kinds.iter().find_map(|kind| {
            balances
                .iter()
                .find(|balance| balance.kind == *kind && balance.currency == currency)
        });
        kind.and_then(|balance| amount(&balance.amount, false))
    };
    (!balances.is_empty()).then(|| {
        json!({
            "availableAmount": of(AVAILABLE),
            "currency": currency,
            "currentAmount": of(CURRENT),
            "updatedAt": updated_at,
        })
    })
}

/// The kinds of balances (NextGenPSD2's names) that say what may be spent, best first.
const AVAILABLE: &[&str] = &["interimAvailable", "forwardAvailable"];
/// The kinds that say what is booked, best first.
const CURRENT: &[&str] = &["closingBooked", "interimBooked", "openingBooked", "expected", "information"];

/// An amount as a number, which this API has where ours has decimals in a text; `against`: with the other sign.
pub(super) fn amount(decimal: &str, against: bool) -> Option<f64> {
    let number: f64 = decimal.parse().ok().filter(|number: &f64| number.is_finite())?;
    // Not a zero with a sign.
    Some(if against && number != 0.0 { -number } else { number })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_numbers_with_the_digits_that_they_had() {
        for (text, against, number) in [("1234.5", false, "1234.5"), ("-0.10", true, "0.1"), ("0.00", true, "0.0")] {
            assert_eq!(json!(amount(text, against)).to_string(), number, "{text}");
        }
        assert_eq!(amount("much", false), None);
    }

    #[test]
    fn of_a_number_the_last_digits_are_shown() {
        let of = |number| truncated(Some(number));
        assert_eq!(of("12-345-678901"), Some("8901".into()));
        assert_eq!(
            (of("************4242"), of("17"), truncated(None)),
            (Some("4242".into()), Some("17".into()), None)
        );
    }
}
