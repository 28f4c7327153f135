//! The endpoints. One place checks credentials and fields for all of them; each then answers with an object, to which the request's
//! id is added, or with a [`Refusal`].

mod ask;
mod institutions;
mod items;
mod links;
mod sandbox;
mod sync;

use super::Plaid;
use super::refusal::{self, Refusal};
use crate::trouble::{self, At};
use ask::Ask;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use std::sync::Arc;

type Answer = Result<Value, Refusal>;

/// An endpoint and the fields that it knows, beside the credentials.
struct Endpoint {
    path: &'static str,
    required: &'static [&'static str],
    optional: &'static [&'static str],
    /// It reads the institution's data, so what is wrong with the item or the institution shows here.
    data: bool,
    answer: fn(&Plaid, &Ask) -> Answer,
}

const fn endpoint(
    path: &'static str,
    required: &'static [&'static str],
    optional: &'static [&'static str],
    answer: fn(&Plaid, &Ask) -> Answer,
) -> Endpoint {
    Endpoint {
        path,
        required,
        optional,
        data: false,
        answer,
    }
}

const fn data(path: &'static str, optional: &'static [&'static str], answer: fn(&Plaid, &Ask) -> Answer) -> Endpoint {
    Endpoint {
        data: true,
        ..endpoint(path, &["access_token"], optional, answer)
    }
}

static ENDPOINTS: [Endpoint; 17] = [
    endpoint(
        "link/token/create",
        &["client_name", "language", "country_codes"],
        &[
            "user",
            "products",
            "additional_consented_products",
            "webhook",
            "access_token",
            "link_customization_name",
            "redirect_uri",
            "institution_id",
            "hosted_link",
            "transactions",
            "update",
        ],
        links::create,
    ),
    endpoint("link/token/get", &["link_token"], &[], links::get),
    endpoint("item/public_token/exchange", &["public_token"], &[], items::exchange),
    endpoint("item/get", &["access_token"], &[], items::get),
    endpoint("item/remove", &["access_token"], &["reason_code", "reason_note"], items::remove),
    endpoint("item/webhook/update", &["access_token"], &["webhook"], items::update_webhook),
    endpoint("item/access_token/invalidate", &["access_token"], &[], items::invalidate),
    data("accounts/get", &["options"], items::accounts),
    data("accounts/balance/get", &["options"], items::accounts),
    data("transactions/sync", &["cursor", "count", "options"], sync::sync),
    endpoint(
        "institutions/get",
        &["count", "offset", "country_codes"],
        &["options"],
        institutions::get,
    ),
    endpoint(
        "institutions/search",
        &["query", "country_codes"],
        &["products", "options"],
        institutions::search,
    ),
    endpoint(
        "institutions/get_by_id",
        &["institution_id", "country_codes"],
        &["options"],
        institutions::get_by_id,
    ),
    endpoint("webhook_verification_key/get", &["key_id"], &[], items::key),
    endpoint(
        "sandbox/public_token/create",
        &["institution_id", "initial_products"],
        &["options"],
        sandbox::create_public_token,
    ),
    endpoint(
        "sandbox/item/fire_webhook",
        &["access_token", "webhook_code"],
        &["webhook_type"],
        sandbox::fire_webhook,
    ),
    endpoint("sandbox/item/reset_login", &["access_token"], &[], sandbox::reset_login),
];

fn refused(refusal: &Refusal, request_id: &str) -> Response {
    let status = StatusCode::from_u16(refusal.code.status).unwrap_or(StatusCode::BAD_REQUEST);
    (status, Json(refusal.body(request_id))).into_response()
}

/// `GET`: there are only POST endpoints.
pub(super) async fn nothing(State(plaid): State<Arc<Plaid>>) -> Response {
    refused(&(&refusal::NOT_FOUND).into(), &plaid.ident(15))
}

/// `POST /{path}`
pub(super) async fn call(State(plaid): State<Arc<Plaid>>, Path(path): Path<String>, headers: HeaderMap, body: Bytes) -> Response {
    let request_id = plaid.ident(15);
    let Some(endpoint) = ENDPOINTS.iter().find(|endpoint| endpoint.path == path) else {
        return refused(&(&refusal::NOT_FOUND).into(), &request_id);
    };
    let ask = match Ask::read(&headers, &body, plaid.now()) {
        Ok(ask) => ask,
        Err(refusal) => return refused(&refusal, &request_id),
    };
    let checked = ask.check(endpoint.required, endpoint.optional);
    let allowed = checked.and_then(|()| if endpoint.data { may_read(&plaid, &ask) } else { Ok(()) });
    match allowed.and_then(|()| (endpoint.answer)(&plaid, &ask)) {
        Err(refusal) => refused(&refusal, &request_id),
        Ok(mut told) => {
            told["request_id"] = json!(request_id);
            let answer = Json(told).into_response();
            if !endpoint.data {
                return answer;
            }
            let psu = ask.text("access_token").ok().and_then(|access| {
                let mut desk = plaid.desk();
                desk.item(access).ok().map(|item| item.person.psu.clone())
            });
            trouble::spoil(psu.as_ref(), At::Approval, answer).await
        }
    }
}

/// Whether the item's data can be read now.
fn may_read(plaid: &Plaid, ask: &Ask) -> Result<(), Refusal> {
    let mut desk = plaid.desk();
    let item = desk.item(ask.text("access_token")?)?;
    if let Some((code, _)) = item.error(ask.now) {
        return Err(code.into());
    }
    item.person.refused().map_or(Ok(()), |code| Err(code.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_endpoint_is_there_twice_and_no_field_is_required_and_optional() {
        let mut paths: Vec<_> = ENDPOINTS.iter().map(|endpoint| endpoint.path).collect();
        paths.sort_unstable();
        paths.dedup();
        assert_eq!(paths.len(), ENDPOINTS.len());
        for endpoint in &ENDPOINTS {
            assert!(
                endpoint.required.iter().all(|name| !endpoint.optional.contains(name)),
                "{}",
                endpoint.path
            );
        }
    }
}
