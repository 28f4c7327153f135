//! Payments, as far as a link belongs to one: made, and shown. Nothing is paid here.

use super::answer::{Code, Data, Refusal, object, too_long, whole, worded, wrong_pattern, wrong_type};
use super::{customer, jwt};
use crate::connect::invite::{self, Ids, InviteError, Wish};
use crate::connections::asked::Asked;
use crate::connections::surface::{Surface, Vendor};
use crate::core::Core;
use crate::http::client::ClientAddress;
use crate::http::compat::fields::{Fields, Rule};
use crate::tenants::{Caller, Mode, Unauthorised};
use axum::Extension;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::HeaderMap;
use gesher_contract::Dialect;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// Longest `description`.
const DESCRIPTION: usize = 500;
/// What `currency` matches.
const CURRENCY: &str = "^[A-Z]{3}$";
/// How a payment can be made.
const TYPES: &[&str] = &["card", "ach"];

/// The merchant: the tenant, by an API key of its own in the header.
async fn merchant(core: &Core, headers: &HeaderMap, from: Option<Extension<ClientAddress>>) -> Result<Caller, Refusal> {
    let header = customer::header(headers).map(|key| format!("Bearer {key}"));
    // Guesses are counted before the database is asked, as for `/v1`.
    let guess = from.filter(|_| core.keys.is_new(header.as_deref()));
    if let Some(Extension(from)) = guess {
        core.limits.guess(from.0, core.clock.now())?;
    }
    match core.keys.caller(header.as_deref()).await {
        Ok(caller) if caller.customer.is_none() => {
            if let Some(Extension(from)) = guess {
                core.limits.no_guess(from.0);
            }
            core.limits.call(&caller, core.clock.now())?;
            Ok(caller)
        }
        Err(Unauthorised::Unavailable(error)) => Err(error.into()),
        Ok(_) | Err(_) => {
            customer::stranger(core, from)?;
            Err(Refusal::of(Code::MerchantNotFound))
        }
    }
}

/// `POST /public/merchant/payment/create`: a connection whose hosted page is the payment's.
pub(super) async fn create(
    State(core): State<Arc<Core>>,
    from: Option<Extension<ClientAddress>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Data, Refusal> {
    let body = whole(body)?;
    let caller = merchant(&core, &headers, from).await?;
    let said = payment(&object(&headers, &body)?)?;
    let ids = Ids::new(&core, &caller);
    let transaction = jwt::transaction_id(ids.connection.as_str()).to_owned();
    let wish = Wish {
        // The vendor's payments name no customer: each is its own.
        customer: Some(transaction.clone()),
        include_sandbox: caller.mode == Mode::Test,
        dialect: Some(Dialect::ConnectFi),
        surface: Some(Surface {
            vendor: Vendor::ConnectFi,
            said,
        }),
        ..Wish::default()
    };
    let (invitation, unit) = invite::prepare_as(&core, &caller, wish, ids).await?;
    core.store.write(unit).await.map_err(|error| Refusal::broken(&error))?;
    let link = invitation.hosted_token;
    Ok(Data(json!({
        "cFiTransactionId": transaction,
        "url": format!("{}/h/{link}", core.url),
        "link": link,
    })))
}

impl From<InviteError> for Refusal {
    fn from(error: InviteError) -> Self {
        match error {
            InviteError::Unavailable(error) => error.into(),
            // The wish is ours but for what `payment` has read.
            other => Self::broken(&other),
        }
    }
}

/// What is kept of a payment: what its details show.
fn payment(body: &Map<String, Value>) -> Result<Map<String, Value>, Refusal> {
    let mut fields = Fields::of(body);
    if fields.list("fields").is_none() && body.get("fields").is_none_or(Value::is_null) {
        fields.refuse("fields", Rule::Required);
    }
    let currency = fields.text("currency");
    let description = fields.text("description");
    fields.text("dueDate");
    let types = match body.get("availablePaymentType") {
        Some(Value::Array(_)) => fields.texts("availablePaymentType").unwrap_or_default(),
        _ => fields.text("availablePaymentType").into_iter().collect(),
    };
    for word in &types {
        if !TYPES.contains(&word.as_str()) {
            fields.refuse("availablePaymentType", Rule::OneOf(TYPES));
        }
    }
    let mut errors: Vec<Value> = fields.finish().err().into_iter().flatten().map(worded).collect();
    let amount = body.get("amount").filter(|amount| !amount.is_null());
    if amount.is_some_and(|amount| !(amount.is_number() || amount.is_string())) {
        errors.push(wrong_type("amount", "number"));
    }
    let is_currency = |text: &String| text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase());
    if currency.as_ref().is_some_and(|text| !is_currency(text)) {
        errors.push(wrong_pattern("currency", CURRENCY));
    }
    if description.is_some_and(|text| text.chars().count() > DESCRIPTION) {
        errors.push(too_long("description", DESCRIPTION));
    }
    if !errors.is_empty() {
        return Err(Refusal::invalid(errors));
    }
    let kept = ["amount", "currency"]
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), body.get(name)?.clone())));
    Ok(kept.collect())
}

/// `POST /public/customer/payment/details`
pub(super) async fn details(
    State(core): State<Arc<Core>>,
    from: Option<Extension<ClientAddress>>,
    headers: HeaderMap,
) -> Result<Data, Refusal> {
    let loaded = customer::session(&core, &headers, from).await?;
    let said = Asked::of(&loaded.connection)
        .surface
        .map(|surface| surface.said)
        .unwrap_or_default();
    let of = |name: &str| said.get(name).cloned().unwrap_or_default();
    let session = &loaded.session;
    Ok(Data(json!({
        "payment": {
            "cFiTransactionId": jwt::transaction_id(&loaded.connection.id),
            "cFiAggregatorId": null,
            "cFiMerchantId": session.tenant.as_str(),
            "payerName": null,
            "invoiceNumber": null,
            "amount": of("amount"),
            "currency": of("currency"),
            "dtsExpiredAt": session.opens_until.unwrap_or(session.deadline).rfc3339(),
        },
    })))
}
