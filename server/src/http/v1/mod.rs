//! The native API, `/v1`.
//!
//! **Goal.** Thin: read a request strictly, call a use case, say what came of it. **Contract.** Errors are problem documents
//! ([`problem`]); lists are `{ data, next_cursor }`; the OpenAPI document is made from the very routes that are served, so the
//! two cannot drift.

mod accounts;
mod auth;
pub(super) mod body;
mod connections;
mod customers;
mod document;
mod event_types;
mod events;
mod hosted_links;
mod idempotency;
mod insights;
pub(super) mod institution_rows;
mod institutions;
mod present;
pub mod problem;
mod public_tokens;
mod query;
mod start_pages;
pub(super) mod views;
pub(super) mod webhook_endpoints;

pub use connections::options;

use crate::core::Core;

use axum::extract::{DefaultBodyLimit, Request};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use data_encoding::BASE64URL_NOPAD;
use problem::Problem;
use query::bad_query;
use std::sync::Arc;
use std::time::Duration;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Most bytes of a body.
const MAX_BODY: usize = 256 * 1024;
/// Most time for an answer.
const TIMEOUT: Duration = Duration::from_secs(30);

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Gesher",
        description = "The native API of Gesher, a self-hosted bank-connect widget. Amounts are decimal strings with an ISO 4217 currency; \
                       times are RFC 3339 UTC; errors are RFC 9457 problem documents."
    ),
    servers((url = "/", description = "Where this document comes from")),
    modifiers(&ApiKey),
)]
struct Document;

struct ApiKey;

impl Modify for ApiKey {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let components = document.components.get_or_insert_default();
        for (name, text) in [
            ("api_key", "An API key: gk_test_… or gk_live_…"),
            (
                document::CUSTOMER_TOKEN,
                "A customer's token: customer_…. It reads what belongs to the customer; what is another customer's is not there.",
            ),
        ] {
            let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(text)).build();
            components.add_security_scheme(name, SecurityScheme::Http(scheme));
        }
    }
}

fn described() -> OpenApiRouter<Arc<Core>> {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(connections::create, connections::list::list))
        .routes(routes!(connections::get, connections::delete::delete))
        .routes(routes!(connections::sessions::create))
        .routes(routes!(connections::refresh::refresh))
        .routes(routes!(accounts::of_connection))
        .routes(routes!(accounts::get))
        .routes(routes!(accounts::balances))
        .routes(routes!(accounts::transactions))
        .routes(routes!(public_tokens::exchange))
        .routes(routes!(institutions::list))
        .routes(routes!(institutions::get))
        .merge(
            OpenApiRouter::new()
                .routes(routes!(institution_rows::import, institution_rows::export))
                .layer(DefaultBodyLimit::max(institution_rows::LARGEST)),
        )
        .routes(routes!(institution_rows::forget))
        .routes(routes!(customers::list))
        .routes(routes!(customers::get, customers::delete))
        .routes(routes!(customers::create_token, customers::revoke_tokens))
        .routes(routes!(insights::get, insights::set))
        .routes(routes!(insights::see))
        .routes(routes!(insights::repeats))
        .routes(routes!(insights::categories))
        .routes(routes!(events::list))
        .routes(routes!(events::of_connection))
        .routes(routes!(events::replay))
        .routes(routes!(start_pages::create, start_pages::list))
        .routes(routes!(start_pages::get, start_pages::change, start_pages::delete))
        .routes(routes!(hosted_links::create, hosted_links::list))
        .routes(routes!(hosted_links::get, hosted_links::revoke))
        .routes(routes!(webhook_endpoints::create, webhook_endpoints::list))
        .routes(routes!(
            webhook_endpoints::get,
            webhook_endpoints::change,
            webhook_endpoints::delete
        ))
        .routes(routes!(webhook_endpoints::rotate_secret))
        .routes(routes!(webhook_endpoints::ping))
        .routes(routes!(webhook_endpoints::attempts))
}

/// The OpenAPI document.
pub fn openapi() -> utoipa::openapi::OpenApi {
    split().1
}

fn split() -> (Router<Arc<Core>>, utoipa::openapi::OpenApi) {
    let (routes, mut document) = described().split_for_parts();
    document::complete(&mut document);
    // Not under a licence that could be named; an empty name would say less than nothing.
    document.info.license = None;
    (routes, document)
}

/// The routes below `/v1`.
pub fn router(core: Arc<Core>) -> Router {
    let (routes, document) = split();
    let without_key = Router::new()
        .route("/v1/openapi.json", get(move || std::future::ready(Json(document.clone()))))
        .route(
            "/v1/{*rest}",
            axum::routing::any(|| std::future::ready(Problem::not_found("address"))),
        )
        .route_layer(from_fn_with_state(core.clone(), auth::strangers));
    routes
        .merge(without_key)
        .method_not_allowed_fallback(method_not_allowed)
        .with_state(core)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(from_fn(in_time))
        .layer(from_fn(readable))
}

/// Nothing has an id that is no text.
async fn readable(request: Request, next: Next) -> Response {
    if is_text(request.uri().path()) {
        next.run(request).await
    } else {
        Problem::not_found("address").into_response()
    }
}

/// Whether what a path stands for, decoded, is text.
pub(super) fn is_text(path: &str) -> bool {
    let mut plain = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    while let [first, tail @ ..] = rest {
        rest = tail;
        match tail {
            [high, low, tail @ ..] if *first == b'%' => match (digit(*high), digit(*low)) {
                (Some(high), Some(low)) => {
                    plain.push(high << 4 | low);
                    rest = tail;
                }
                _ => plain.push(*first),
            },
            _ => plain.push(*first),
        }
    }
    std::str::from_utf8(&plain).is_ok()
}

pub(super) async fn in_time(request: Request, next: Next) -> Response {
    match tokio::time::timeout(TIMEOUT, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "timed_out",
            "The request took too long, or its body did not arrive.",
        )
        .into_response(),
    }
}

pub(super) async fn method_not_allowed() -> impl IntoResponse {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        "This address does not take this method. `Allow` says which it takes.",
    )
}

/// A page's size.
fn limit(asked: Option<i64>, usual: i64, most: i64) -> Result<i64, Problem> {
    match asked {
        None => Ok(usual),
        Some(limit) if (1..=most).contains(&limit) => Ok(limit),
        Some(_) => Err(Problem::invalid("invalid_limit", "limit", format!("limit is 1 to {most}."))),
    }
}

/// Takes away what was read to know whether there is a next page, and tells whether there is.
fn cut<T>(rows: &mut Vec<T>, limit: i64) -> bool {
    let limit = usize::try_from(limit).unwrap_or_default();
    let more = rows.len() > limit;
    rows.truncate(limit);
    more
}

fn bad_cursor() -> Problem {
    Problem::invalid("bad_cursor", "cursor", "This cursor did not come from a list.")
}

/// What a cursor holds. PostgreSQL takes no NUL in a text.
fn cursor(text: &str) -> Result<String, Problem> {
    let plain = BASE64URL_NOPAD.decode(text.as_bytes()).map_err(|_| bad_cursor())?;
    String::from_utf8(plain)
        .ok()
        .filter(|plain| !plain.contains('\0'))
        .ok_or_else(bad_cursor)
}
