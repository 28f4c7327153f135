//! A connection as `GET /v2/connections` shows it.
//!
//! **Contract.** What the vendor's schema names is there, `null` where there is nothing to say. Of a connection that nobody has made yet,
//! or whose time is up, provider, counters and dates are left out, as the vendor does.

use super::refusal::Refusal;
use crate::connections::asked::Asked;
use crate::connections::surface::{Vendor, institution, last_day};
use crate::connections::{read, upkeep};
use crate::core::Core;
use crate::secrets::{Context, ExposeSecret as _};
use crate::store::accounts;
use crate::store::connections::ConnectionRow;
use gesher_contract::Reason;
use gesher_directory::ProviderName;
use gesher_domain::connection::Connection;
use gesher_domain::{Timestamp, surface};
use jiff::ToSpan as _;
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// The vendor's status; nothing where it does not show such a connection.
pub(super) fn status(row: &ConnectionRow) -> Option<&'static str> {
    let reasons: BTreeSet<Reason> = serde_json::from_str(&row.reasons).unwrap_or_default();
    surface::row(read::status(row), &reasons).open_finance
}

/// Whether the vendor shows such a connection.
pub(super) fn is_shown(row: &ConnectionRow) -> bool {
    status(row).is_some()
}

/// Whether the vendor leaves out provider, counters and dates.
fn is_bare(status: &str) -> bool {
    matches!(status, "INACTIVE" | "FETCHING" | "EXPIRED")
}

/// The day of a time, UTC.
pub(super) fn day(at: Timestamp) -> String {
    at.rfc3339().chars().take(10).collect()
}

/// The person's id, where the host gave it.
fn psu_id(core: &Core, row: &ConnectionRow) -> Option<String> {
    let context = Context {
        tenant: &row.tenant_id,
        table: "connections",
        row: &row.id,
        column: "psu_id",
    };
    let plain = core.keyring.open(&context, row.psu_id.as_deref()?).ok()?;
    String::from_utf8(plain.expose_secret().clone()).ok()
}

/// How many accounts of each kind there are, and how many transactions.
async fn counters(core: &Core, row: &ConnectionRow) -> Result<Map<String, Value>, Refusal> {
    let kinds = [
        ("accounts", "CACC"),
        ("cards", "CARD"),
        ("savings", "SVGS"),
        ("loans", "LOAN"),
        ("securities", "SCTS"),
    ];
    let rows = accounts::of_connection(&core.store, &row.tenant_id, &row.id).await?;
    let count = |kind: &str| rows.iter().filter(|account| account.kind == kind).count();
    let mut counters: Map<String, Value> = kinds
        .map(|(name, kind)| (name.to_owned(), json!(count(kind))))
        .into_iter()
        .collect();
    let transactions = accounts::transaction_counts(&core.store, &row.tenant_id, &row.id).await?;
    let all: i64 = transactions.iter().map(|count| count.transactions).sum();
    counters.insert("transactions".to_owned(), json!(all));
    Ok(counters)
}

/// What went wrong: our code, in the vendor's shape.
fn error(row: &ConnectionRow, status: &str) -> Value {
    let machine: Connection = serde_json::from_str(&row.machine).unwrap_or_default();
    let reason = machine.reasons.first().filter(|_| status.ends_with("ERROR"));
    let named = match (machine.failure, reason) {
        (Some(failure), _) => serde_json::to_value(failure.code).ok(),
        (None, Some(reason)) => serde_json::to_value(reason).ok(),
        (None, None) => None,
    };
    let Some(name) = named.as_ref().and_then(Value::as_str) else {
        return Value::Null;
    };
    json!({ "message": name.replace('_', " "), "type": name.to_uppercase() })
}

/// A connection.
///
/// # Errors
/// The database failed.
pub(super) async fn connection(core: &Core, row: &ConnectionRow) -> Result<Value, Refusal> {
    let asked = Asked::of(row);
    let status = status(row).unwrap_or_default();
    let said = asked.surface.as_ref().map(|surface| surface.said.clone()).unwrap_or_default();
    let said = |name: &str| said.get(name).cloned().unwrap_or(Value::Null);
    let reference = |name: &str| asked.references.get(name);
    let tenant = core.keys.tenant(&row.tenant_id).await?;
    let directory = core.directory(&row.tenant_id, &row.mode);
    let called = |id: &String| {
        let known = directory.get(id);
        known.map_or_else(|| id.clone(), |known| known.called_in(Vendor::OpenFinance.as_str()).to_owned())
    };
    let upkeep = upkeep::of(row);
    let fetched = upkeep.last_refreshed_at.map(day);
    let limit = upkeep::terms(core, row, upkeep::USUAL_REMINDER_DAYS).limit;
    let through_plaid = match row.provider.as_deref() {
        Some(provider) => provider == ProviderName::Plaid.as_str(),
        None => asked.narrowing.providers.iter().eq([&ProviderName::Plaid]),
    };
    let mut view = json!({
        "id": row.id,
        "userId": row.customer,
        "customerId": reference("customer_id"),
        "psuId": psu_id(core, row),
        "psuIdType": said("psuIdType"),
        "psuCorporateId": null,
        "status": status,
        "mode": if through_plaid { "PLAID" } else { "PSD2" },
        "providerIds": match said("providerIds") {
            Value::Null => json!(asked.institution_ids.iter().flatten().map(called).collect::<Vec<_>>()),
            named => named,
        },
        "includeFakeProviders": asked.include_sandbox,
        "excludeCreditCardProviders": null,
        "callbackInformation": said("callbackInformation"),
        "refreshSettings": { "refreshData": asked.recurring, "frequencyPerDay": limit, "lastFetchedDataDate": fetched },
        "error": error(row, status),
        "organization": tenant.map(|tenant| json!({ "name": tenant.name })),
        "isFake": row.mode == "test",
        "restrictedTo": asked.restricted_to,
        "iframe": said("iframe"),
        "access": said("access"),
        "contactId": null,
        "redirectUrl": said("redirectUrl"),
        "createdAt": Timestamp(row.created_at).rfc3339(),
        "updatedAt": Timestamp(row.updated_at).rfc3339(),
        "scaOAuth": null,
        "verifier": null,
        "language": said("language"),
        "paymentId": reference("payment_id"),
        "allowBusiness": asked.narrowing.allow_business,
        "allowInsurance": asked.narrowing.allow_insurance,
        "isPriority": false,
    });
    if is_bare(status) {
        return Ok(view);
    }
    view["providerId"] = json!(institution(core, row, Vendor::OpenFinance));
    view["startDate"] = json!(start_date(row, &asked));
    if let Some(day) = last_day(row) {
        view["expiryDate"] = json!(day);
    }
    if let (Some(day), Some(at), Some(object)) = (fetched, upkeep.last_refreshed_at, view.as_object_mut()) {
        object.insert("lastFetchedDataDate".to_owned(), json!(day));
        object.insert("lastFetchedAt".to_owned(), json!(at.rfc3339()));
        object.append(&mut counters(core, row).await?);
    }
    Ok(view)
}

/// From when on transactions are collected: what the host said, or else a year before it asked.
fn start_date(row: &ConnectionRow, asked: &Asked) -> Option<String> {
    if asked.start_date.is_some() {
        return asked.start_date.clone();
    }
    let made = jiff::Timestamp::from_microsecond(row.created_at).ok()?;
    let made = made.to_zoned(TimeZone::UTC).date();
    Some(made.saturating_sub(1.year()).to_string())
}
