//! OAuth 2: the metadata of an issuer (RFC 8414) and its token endpoint. The authorisation endpoint is a page.

use super::Psd2;
use super::bank::{self, Bank, Demands};
use super::consent::Status;
use super::manner::{self, Manner};
use super::moment::Moment;
use super::tokens::{ACCESS_SECONDS, Given};
use super::xs2a::Presented;
use crate::banks::psu::PsuId;
use crate::trouble::{self, At};
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, Path, State};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use http::StatusCode;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

/// The bank with this id, when it speaks OAuth, for its pages.
pub(super) fn issuer(id: &str) -> Option<&'static Bank> {
    bank::find(id).filter(|bank| bank.approach.is_oauth())
}

/// The same for its interface, which may be on the guarded listener alone.
fn reached(id: &str, presented: Option<&Extension<Presented>>) -> Option<&'static Bank> {
    issuer(id).filter(|bank| bank.demands != Demands::SealAndWebsite || presented.is_some())
}

/// `GET /.well-known/oauth-authorization-server`
pub(super) async fn metadata(
    State(psd2): State<Arc<Psd2>>,
    Path(bank_id): Path<String>,
    presented: Option<Extension<Presented>>,
) -> Response {
    let Some(bank) = reached(&bank_id, presented.as_ref()) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let issuer = psd2.issuer(bank);
    Json(json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{}/authorize", psd2.pages(bank)),
        "token_endpoint": format!("{issuer}/token"),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["none"],
        "scopes_supported": ["AIS"],
        "authorization_response_iss_parameter_supported": true,
    }))
    .into_response()
}

/// Body of `POST /token`.
#[derive(Deserialize)]
pub(super) struct TokenBody {
    grant_type: String,
    client_id: Option<String>,
    code: Option<String>,
    redirect_uri: Option<String>,
    code_verifier: Option<String>,
    refresh_token: Option<String>,
}

fn refused(error: &'static str) -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({ "error": error }))).into_response()
}

/// `POST /token`
pub(super) async fn token(
    State(psd2): State<Arc<Psd2>>,
    Path(bank_id): Path<String>,
    presented: Option<Extension<Presented>>,
    body: Result<Form<TokenBody>, FormRejection>,
) -> Response {
    let Some(bank) = reached(&bank_id, presented.as_ref()) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let Ok(Form(mut body)) = body else {
        return refused("invalid_request");
    };
    let Some(client_id) = body.client_id.take().filter(|id| !id.is_empty()) else {
        return refused("invalid_request");
    };
    let now = psd2.now();
    let fresh = [psd2.ids.fresh(), psd2.ids.fresh()];
    let (answer, owner) = give(&psd2, bank, client_id, body, fresh, now);
    if trouble::is_down(owner.as_ref()) {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    trouble::spoil(owner.as_ref(), At::Approval, answer).await
}

/// The answer, and whose consent it is about.
fn give(psd2: &Psd2, bank: &Bank, client_id: String, body: TokenBody, fresh: [String; 2], now: Moment) -> (Response, Option<PsuId>) {
    let refused = |error| (refused(error), None);
    let mut desk = psd2.desk();
    let given = match body.grant_type.as_str() {
        "authorization_code" => {
            let (Some(code), Some(redirect_uri), Some(verifier)) = (body.code, body.redirect_uri, body.code_verifier) else {
                return refused("invalid_request");
            };
            desk.tokens
                .redeem(&code, (bank.id(), &client_id), &redirect_uri, &verifier, fresh, now)
        }
        "refresh_token" => {
            let Some(token) = body.refresh_token else {
                return refused("invalid_request");
            };
            desk.tokens.renew(&token, (bank.id(), &client_id), fresh, now)
        }
        _ => return refused("unsupported_grant_type"),
    };
    let Ok(given) = given else { return refused("invalid_grant") };
    let consent = desk.consent(bank, &given.consent_id, now);
    match consent.map(|consent| (consent.status, consent.owner.clone())) {
        Some((Status::Valid | Status::PartiallyAuthorised, owner)) => (answer(&given, owner.as_ref()), owner),
        _ => refused("invalid_grant"),
    }
}

fn answer(given: &Given, owner: Option<&PsuId>) -> Response {
    let mut answer = json!({
        "access_token": given.access,
        "token_type": "Bearer",
        "expires_in": ACCESS_SECONDS,
        "scope": format!("AIS:{}", given.consent_id),
    });
    if owner.and_then(manner::of) != Some(Manner::NoRefreshToken) {
        answer["refresh_token"] = json!(given.refresh);
    }
    Json(answer).into_response()
}
