//! The XS2A interface below `/v1`: what all of its calls share.

mod accounts;
mod authorisations;
mod consents;
mod embedded;
mod transactions;

use super::bank::{self, Bank, Demands};
use super::refusal::Refusal;
use super::{Psd2, seal};
use crate::banks::psu::PsuId;
use accounts::Family;
use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{HeaderMap, HeaderValue};
use serde_json::Value;
use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::sync::Arc;
use uuid::Uuid;

const REQUEST_ID: &str = "X-Request-ID";

/// The largest body that anybody may send.
const BODY: usize = 16 * 1024;

/// A mark on requests that came over a connection that was opened with a certificate.
#[derive(Clone, Copy, Debug)]
pub(super) struct Presented;

/// Everything below `/v1`.
pub(super) fn router(psd2: &Arc<Psd2>) -> Router<Arc<Psd2>> {
    let mut router = Router::new()
        .route("/consents", axum::routing::post(consents::create))
        .route("/consents/{consent_id}", get(consents::read).delete(consents::terminate))
        .route("/consents/{consent_id}/status", get(consents::status))
        .route(
            "/consents/{consent_id}/authorisations",
            get(authorisations::list).post(authorisations::start),
        )
        .route(
            "/consents/{consent_id}/authorisations/{authorisation_id}",
            get(authorisations::status).put(authorisations::update),
        )
        .route("/accounts/{account_id}/transactions/{transaction_id}", get(transactions::one));
    for family in Family::ALL {
        let base = family.path().trim_start_matches("/v1");
        router = router
            .route(
                base,
                get(move |state, path, query, headers| accounts::list(family, state, path, query, headers)),
            )
            .route(
                &format!("{base}/{{account_id}}"),
                get(move |state, path, query, headers| accounts::one(family, state, path, query, headers)),
            )
            .route(
                &format!("{base}/{{account_id}}/balances"),
                get(move |state, path, headers| accounts::balances(family, state, path, headers)),
            )
            .route(
                &format!("{base}/{{account_id}}/transactions"),
                get(move |state, path, query, headers| transactions::list(family, state, path, query, headers)),
            );
    }
    router
        .method_not_allowed_fallback(|| async { Refusal::Method })
        .fallback(|| async { Refusal::ResourceUnknown })
        .layer(middleware::from_fn_with_state(Arc::clone(psd2), demands))
        .layer(middleware::from_fn(request_id))
}

/// Refuses a call without a proper `X-Request-ID`, or for a bank that is not there, and echoes the id otherwise.
async fn request_id(Path(path): Path<HashMap<String, String>>, request: Request, next: Next) -> Response {
    let Some(id) = request.headers().get(REQUEST_ID).cloned().filter(is_uuid) else {
        return Refusal::Format(REQUEST_ID).into_response();
    };
    let known = path.get("bank_id").is_some_and(|id| bank::find(id).is_some());
    let mut response = if known {
        next.run(request).await
    } else {
        Refusal::ResourceUnknown.into_response()
    };
    response.headers_mut().insert(REQUEST_ID, id);
    response
}

/// Refuses a call that is not what the bank demands. The connection counts first: without it nothing is read.
async fn demands(
    State(psd2): State<Arc<Psd2>>,
    Path(path): Path<HashMap<String, String>>,
    request: Request,
    next: Next,
) -> Result<Response, Refusal> {
    let bank = path.get("bank_id").and_then(|id| bank::find(id)).ok_or(Refusal::ResourceUnknown)?;
    match bank.demands {
        Demands::Nothing => return Ok(next.run(request).await),
        Demands::SealAndWebsite if request.extensions().get::<Presented>().is_none() => return Err(Refusal::CertificateMissing),
        Demands::Seal | Demands::SealAndWebsite => {}
    }
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(body, BODY).await.map_err(|_| Refusal::Format("body"))?;
    seal::check(&head.headers, &body, psd2.authority.der(), psd2.now())?;
    Ok(next.run(Request::from_parts(head, Body::from(body))).await)
}

fn is_uuid(value: &HeaderValue) -> bool {
    value
        .to_str()
        .is_ok_and(|value| value.len() == 36 && Uuid::try_parse(value).is_ok())
}

fn bank(id: &str) -> Result<&'static Bank, Refusal> {
    bank::find(id).ok_or(Refusal::ResourceUnknown)
}

/// A header, if it is there and not empty.
fn header<'a>(headers: &'a HeaderMap, name: &'static str) -> Option<&'a str> {
    let value = headers.get(name)?;
    std::str::from_utf8(value.as_bytes()).ok().filter(|value| !value.is_empty())
}

/// Who the customer is, where the TPP says it.
fn psu_id(headers: &HeaderMap) -> Result<Option<PsuId>, Refusal> {
    let said = header(headers, "PSU-ID");
    said.map(|id| PsuId::parse(id).ok_or(Refusal::PsuUnknown)).transpose()
}

/// Whether the customer is there. A malformed address is refused.
fn psu_is_there(headers: &HeaderMap) -> Result<bool, Refusal> {
    let Some(address) = headers.get("PSU-IP-Address") else {
        return Ok(false);
    };
    let address = address.to_str().ok().and_then(|address| address.parse::<Ipv4Addr>().ok());
    address.map(|_| true).ok_or(Refusal::Format("PSU-IP-Address"))
}

/// The object that a body is; nothing is an empty one.
fn object(body: &[u8]) -> Result<Value, Refusal> {
    if body.is_empty() {
        return Ok(Value::Object(serde_json::Map::new()));
    }
    let value: Value = serde_json::from_slice(body).map_err(|_| Refusal::Format("body"))?;
    if value.is_object() {
        Ok(value)
    } else {
        Err(Refusal::Format("body"))
    }
}
