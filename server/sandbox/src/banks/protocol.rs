//! The banks' HTTP: the data behind an access token, and every refusal; logins are in [`super::entrance`]. Errors are `{"error": "<code>"}` with what the code needs beside it.

use super::Banks;
use super::data::{self, Account, Entry, Year};
use super::institutions::{self, Institution};
use super::psu::Outcome;
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use data_encoding::BASE64URL_NOPAD;
use http::{HeaderMap, StatusCode, header};
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

const PAGE: usize = 100;

/// Why a bank refuses.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Refusal {
    UnknownBank,
    BadRequest,
    MissingField(&'static str),
    InvalidField(&'static str),
    WrongCredentials(u32),
    /// With the question to ask instead, where there is a new one.
    WrongCode(u32, Option<Value>),
    NotDue,
    OutOfTurn,
    TimedOut,
    Locked,
    CodeExpired,
    ConsentRejected,
    UnknownLogin,
    TokenInvalid,
    UnknownAccount,
    UnknownConsent,
    BadDate(&'static str),
    BadCursor,
    AwaitingCosigners,
    Internal,
    Unavailable,
    Suspended,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, body) = match self {
            Self::UnknownBank => (StatusCode::NOT_FOUND, json!({"error": "unknown_bank"})),
            Self::BadRequest => (StatusCode::BAD_REQUEST, json!({"error": "bad_request"})),
            Self::MissingField(field) => (StatusCode::UNPROCESSABLE_ENTITY, json!({"error": "missing_field", "field": field})),
            Self::InvalidField(field) => (StatusCode::UNPROCESSABLE_ENTITY, json!({"error": "invalid_field", "field": field})),
            Self::WrongCredentials(left) => (StatusCode::UNAUTHORIZED, json!({"error": "wrong_credentials", "tries_left": left})),
            Self::WrongCode(left, None) => (StatusCode::UNAUTHORIZED, json!({"error": "wrong_code", "tries_left": left})),
            Self::WrongCode(left, Some(form)) => (
                StatusCode::UNAUTHORIZED,
                json!({"error": "wrong_code", "tries_left": left, "form": form}),
            ),
            Self::NotDue => (StatusCode::TOO_MANY_REQUESTS, json!({"error": "not_due"})),
            Self::OutOfTurn => (StatusCode::CONFLICT, json!({"error": "out_of_turn"})),
            Self::TimedOut => (StatusCode::GONE, json!({"error": "timed_out"})),
            Self::Locked => (StatusCode::LOCKED, json!({"error": "locked"})),
            Self::CodeExpired => (StatusCode::GONE, json!({"error": "code_expired"})),
            Self::ConsentRejected => (StatusCode::FORBIDDEN, json!({"error": "consent_rejected"})),
            Self::UnknownLogin => (StatusCode::NOT_FOUND, json!({"error": "unknown_login"})),
            Self::TokenInvalid => (StatusCode::UNAUTHORIZED, json!({"error": "token_invalid"})),
            Self::UnknownAccount => (StatusCode::NOT_FOUND, json!({"error": "unknown_account"})),
            Self::UnknownConsent => (StatusCode::NOT_FOUND, json!({"error": "unknown_consent"})),
            Self::BadDate(field) => (StatusCode::BAD_REQUEST, json!({"error": "bad_date", "field": field})),
            Self::BadCursor => (StatusCode::BAD_REQUEST, json!({"error": "bad_cursor"})),
            Self::AwaitingCosigners => (StatusCode::FORBIDDEN, json!({"error": "awaiting_cosigners"})),
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, json!({"error": "internal"})),
            Self::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, json!({"error": "unavailable"})),
            Self::Suspended => (StatusCode::FORBIDDEN, json!({"error": "suspended"})),
        };
        (status, Json(body)).into_response()
    }
}

pub(super) type Answer = Result<Json<Value>, Refusal>;

pub(super) fn bank(id: &str) -> Result<&'static Institution, Refusal> {
    institutions::find(id).ok_or(Refusal::UnknownBank)
}

/// The token of `Authorization: Bearer …`.
fn bearer(headers: &HeaderMap) -> Result<&str, Refusal> {
    let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    value.and_then(|value| value.strip_prefix("Bearer ")).ok_or(Refusal::TokenInvalid)
}

/// The accounts that the token opens, or what happens instead.
fn opened(banks: &Banks, bank_id: &str, headers: &HeaderMap) -> Result<Vec<Account>, Refusal> {
    let bank = bank(bank_id)?;
    let read = banks.grants().read(banks.second(), bank.id, bearer(headers)?);
    let (grant, psu) = read.map_err(|_| Refusal::TokenInvalid)?;
    match psu.outcome() {
        Outcome::Active => {
            let all = data::accounts(bank, &psu).into_iter();
            Ok(all.filter(|account| grant.opens(&account.resource_id)).collect())
        }
        Outcome::AwaitingCosigners => Err(Refusal::AwaitingCosigners),
        Outcome::Broken => Err(Refusal::Internal),
        Outcome::Unavailable => Err(Refusal::Unavailable),
        Outcome::Suspended => Err(Refusal::Suspended),
        Outcome::Rejected => Err(Refusal::TokenInvalid),
    }
}

fn year(banks: &Banks, bank_id: &str, resource_id: &str, headers: &HeaderMap) -> Result<Year, Refusal> {
    let accounts = opened(banks, bank_id, headers)?;
    let account = accounts.iter().find(|account| account.resource_id == resource_id);
    Ok(account.ok_or(Refusal::UnknownAccount)?.year(banks.today()))
}

fn amount(agorot: i64) -> String {
    Decimal::new(agorot, 2).to_string()
}

/// `GET /accounts`
pub(super) async fn accounts(State(banks): State<Arc<Banks>>, Path(bank_id): Path<String>, headers: HeaderMap) -> Answer {
    Ok(Json(json!({ "accounts": opened(&banks, &bank_id, &headers)? })))
}

/// `GET /accounts/{resource_id}/balances`
pub(super) async fn balances(
    State(banks): State<Arc<Banks>>,
    Path((bank_id, resource_id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Answer {
    let year = year(&banks, &bank_id, &resource_id, &headers)?;
    let balance =
        |kind: &str, agorot: i64, day: Date| json!({"type": kind, "amount": amount(agorot), "currency": "ILS", "reference_date": day});
    Ok(Json(json!({ "balances": [
        balance("openingBooked", year.opening, year.first),
        balance("closingBooked", year.booked(), year.today),
        balance("interimAvailable", year.expected(), year.today),
    ]})))
}

/// Query of `GET …/transactions`.
#[derive(Deserialize)]
pub(super) struct Wanted {
    date_from: Option<String>,
    date_to: Option<String>,
    cursor: Option<String>,
}

/// `GET /accounts/{resource_id}/transactions`
pub(super) async fn transactions(
    State(banks): State<Arc<Banks>>,
    Path((bank_id, resource_id)): Path<(String, String)>,
    wanted: Result<Query<Wanted>, QueryRejection>,
    headers: HeaderMap,
) -> Answer {
    let Query(wanted) = wanted.map_err(|_| Refusal::BadRequest)?;
    let year = year(&banks, &bank_id, &resource_id, &headers)?;
    let from = day("date_from", wanted.date_from.as_deref())?.unwrap_or(year.first);
    let to = day("date_to", wanted.date_to.as_deref())?.unwrap_or(year.today);
    let cursor = wanted.cursor.filter(|cursor| !cursor.is_empty());
    let start = match cursor {
        None => 0,
        Some(cursor) => after(&year, &cursor).ok_or(Refusal::BadCursor)?,
    };
    let mut rest = year.entries[start..].iter().filter(|entry| from <= entry.date && entry.date <= to);
    let page: Vec<&Entry> = rest.by_ref().take(PAGE).collect();
    let next = page.last().filter(|_| rest.next().is_some()).map(|last| cursor_after(last));
    let transactions: Vec<Value> = page.iter().map(|entry| transaction(entry, year.today)).collect();
    Ok(Json(json!({ "transactions": transactions, "next": next })))
}

fn day(field: &'static str, value: Option<&str>) -> Result<Option<Date>, Refusal> {
    let value = value.filter(|value| !value.is_empty());
    value.map(|value| value.parse().map_err(|_| Refusal::BadDate(field))).transpose()
}

/// A page goes on after a certain entry, so what is booked in between neither repeats nor hides one.
fn cursor_after(last: &Entry) -> String {
    BASE64URL_NOPAD.encode(last.id.as_bytes())
}

fn after(year: &Year, cursor: &str) -> Option<usize> {
    let id = BASE64URL_NOPAD.decode(cursor.as_bytes()).ok()?;
    let place = year.entries.iter().position(|entry| entry.id.as_bytes() == id)?;
    Some(place + 1)
}

fn transaction(entry: &Entry, today: Date) -> Value {
    let mut value = json!({
        "id": entry.id,
        "booking_date": entry.date,
        "value_date": entry.date,
        "amount": amount(entry.agorot),
        "currency": "ILS",
        "status": if entry.is_pending(today) { "pending" } else { "booked" },
        "description": entry.description,
    });
    if let Some(counterparty) = &entry.counterparty {
        value["counterparty"] = json!(counterparty);
    }
    value
}

/// `DELETE /consents/{consent_id}`
pub(super) async fn revoke(
    State(banks): State<Arc<Banks>>,
    Path((bank_id, consent_id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<StatusCode, Refusal> {
    let bank = bank(&bank_id)?;
    let token = bearer(&headers)?;
    let revoked = banks.grants().revoke(banks.second(), bank.id, token, &consent_id);
    match revoked {
        Ok(true) => Ok(StatusCode::NO_CONTENT),
        Ok(false) => Err(Refusal::UnknownConsent),
        Err(_) => Err(Refusal::TokenInvalid),
    }
}
