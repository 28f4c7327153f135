//! Plaid's link step: a link token, the public token that comes of it, and the balances.

use super::answer::{Code, Data, Refusal, object, whole, worded};
use super::{customer, jwt};
use crate::connect::in_page::{self, InPageError};
use crate::connect::state::Loaded;
use crate::connections::read::{self, ReadError};
use crate::core::Core;
use crate::http::client::ClientAddress;
use crate::http::compat::fields::Fields;
use crate::providers::PageRefused;
use crate::store::accounts::{self, AccountRow, BalanceRow};
use crate::tenants::{Caller, Mode};
use axum::Extension;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::HeaderMap;
use gesher_contract::{FailureCode, Language, LocalizedText};
use serde_json::{Number, Value, json};
use std::sync::Arc;
use std::time::Duration;

/// How long the first balances are waited for, and how often they are looked for.
const PATIENCE: Duration = Duration::from_secs(10);
const LOOK: Duration = Duration::from_millis(200);

/// Where a request comes from.
type Source = Option<Extension<ClientAddress>>;

/// The refusal of a link step in this session.
fn refused(loaded: &Loaded, error: &InPageError) -> Refusal {
    let session = json!({ "cFiSessionId": jwt::session_id(&loaded.row.id) });
    match error {
        InPageError::Over | InPageError::UnderWay | InPageError::TooOften | InPageError::Linked => {
            Refusal::with(Code::PaymentStatus, session)
        }
        InPageError::NotSetUp | InPageError::Provider(PageRefused::Unavailable) => Refusal::with(Code::PlaidUnavailable, session),
        InPageError::Provider(PageRefused::Refused { kind, code }) => {
            Refusal::with(Code::Plaid, json!({ "error_type": kind, "error_code": code }))
        }
        InPageError::Provider(PageRefused::NotOurs) => Refusal::with(
            Code::Plaid,
            json!({ "error_type": "INVALID_INPUT", "error_code": "INVALID_PUBLIC_TOKEN" }),
        ),
        InPageError::Elsewhere => Refusal::with(
            Code::Plaid,
            json!({ "error_type": "INVALID_INPUT", "error_code": "INVALID_INSTITUTION" }),
        ),
        InPageError::Failed(FailureCode::InstitutionUnavailable | FailureCode::TimedOut | FailureCode::OutcomeUnknown) => {
            Refusal::with(Code::PlaidUnavailable, session)
        }
        InPageError::Failed(_) => Refusal::with(Code::Plaid, session),
        InPageError::Provider(PageRefused::Broken) | InPageError::Broken(_) => Refusal::broken(error),
    }
}

/// `POST /public/customer/plaid/create_link_token`. It has no body; one that comes is not read.
pub(super) async fn create_link_token(State(core): State<Arc<Core>>, from: Source, headers: HeaderMap) -> Result<Data, Refusal> {
    let loaded = customer::session(&core, &headers, from).await?;
    let made = in_page::link_token(&core, loaded.clone()).await;
    let token = made.map_err(|error| refused(&loaded, &error))?;
    Ok(Data(json!({
        "expiration": token.expires_at,
        "link_token": token.token,
        "request_id": token.request_id,
    })))
}

/// `POST /public/customer/plaid/exchange-public-token`
pub(super) async fn exchange_public_token(
    State(core): State<Arc<Core>>,
    from: Source,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Data, Refusal> {
    let body = whole(body)?;
    let loaded = customer::session(&core, &headers, from).await?;
    let body = object(&headers, &body)?;
    let mut fields = Fields::of(&body);
    let public_token = fields.required("public_token");
    fields
        .finish()
        .map_err(|wrong| Refusal::invalid(wrong.into_iter().map(worded).collect()))?;
    let confirmed = in_page::confirm(&core, loaded.clone(), &public_token).await;
    confirmed.map_err(|error| refused(&loaded, &error))?;
    Ok(Data(json!({})))
}

/// `POST /public/customer/plaid/get-accounts-balance`: the accounts that money can be drawn from, as they were fetched last.
pub(super) async fn get_accounts_balance(State(core): State<Arc<Core>>, from: Source, headers: HeaderMap) -> Result<Data, Refusal> {
    let loaded = customer::session(&core, &headers, from).await?;
    let session = json!({ "cFiSessionId": jwt::session_id(&loaded.row.id) });
    let tenant = loaded.session.tenant.clone();
    let caller = Caller::keyless(tenant.clone(), Mode::from_column(&loaded.connection.mode));
    match read::open_connection(&core, &caller, &loaded.session.connection).await {
        Ok(_) => {}
        Err(ReadError::NotReadable(_) | ReadError::NotFound(_)) => return Err(Refusal::with(Code::PlaidAccessToken, session)),
        Err(ReadError::Unavailable(error)) => return Err(error.into()),
    }
    let rows = first_accounts(&core, tenant.as_str(), &loaded.connection.id).await?;
    if rows.is_empty() {
        return Err(Refusal::with(Code::PlaidUnavailable, session));
    }
    let mut told = Vec::new();
    for row in rows {
        if let Some((kind, subtype)) = depository(&row.kind) {
            let balances = accounts::balances(&core.store, tenant.as_str(), &row.id).await?;
            told.push(account(&row, (kind, subtype), &balances));
        }
    }
    Ok(Data(json!({ "achAccounts": told })))
}

/// The accounts. What was linked this moment is being fetched: that is waited for, a little.
async fn first_accounts(core: &Core, tenant: &str, connection: &str) -> Result<Vec<AccountRow>, Refusal> {
    let look = async {
        loop {
            match accounts::of_connection(&core.store, tenant, connection).await {
                Ok(rows) if rows.is_empty() => tokio::time::sleep(LOOK).await,
                other => return other,
            }
        }
    };
    match tokio::time::timeout(PATIENCE, look).await {
        Ok(found) => Ok(found?),
        Err(_) => Ok(Vec::new()),
    }
}

/// What Plaid calls a kind of account (ISO 20022 cash account type) that ACH can draw from; nothing for the others.
fn depository(kind: &str) -> Option<(&'static str, &'static str)> {
    match kind {
        "CACC" => Some(("depository", "checking")),
        "SVGS" => Some(("depository", "savings")),
        _ => None,
    }
}

fn account(row: &AccountRow, (kind, subtype): (&str, &str), balances: &[BalanceRow]) -> Value {
    let of = |names: &[&str]| {
        let found = names.iter().find_map(|name| balances.iter().find(|balance| balance.kind == *name));
        found.and_then(|balance| balance.amount.parse::<Number>().ok())
    };
    let name: LocalizedText = serde_json::from_str(&row.name).unwrap_or_default();
    let number = row.number.as_deref().or(row.iban.as_deref());
    let mask: Option<String> = number.map(|number| {
        let from = number.char_indices().rev().nth(3).map_or(0, |(at, _)| at);
        number[from..].to_owned()
    });
    json!({
        "account_id": row.id,
        "balances": {
            "available": of(&["interimAvailable"]),
            "current": of(&["interimBooked", "closingBooked"]),
            "iso_currency_code": row.currency,
            "limit": null,
            "unofficial_currency_code": null,
        },
        "mask": mask,
        "name": name.get(Language::En),
        "official_name": null,
        "persistent_account_id": null,
        "subtype": subtype,
        "type": kind,
        "routing": null,
        "wire_routing": null,
        "account": row.number,
    })
}
