//! Whether a page may show a frame: what the SDK asks when a frame stays silent, since a browser tells a page nothing of a
//! frame that a policy refused.
//!
//! **Contract.** `GET /embed-check`, by CORS from any origin, without credentials. The connect token stands in a header, so
//! that it is in no log. Who has no token of a session learns nothing (404), and who has one learns of the asking page's own
//! origin alone: the answer never names another.

use super::Shared;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// Carries the connect token.
const TOKEN: HeaderName = HeaderName::from_static("x-gesher-token");

#[derive(Serialize)]
struct Embeddable {
    allowed: bool,
}

/// What the browser asks first, since the request has a header of ours. It is answered alike for everybody.
pub(super) async fn preflight(headers: HeaderMap) -> Response {
    let allowed = [
        (header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET")),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_name(TOKEN)),
        (header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600")),
    ];
    readable(&headers, (StatusCode::NO_CONTENT, allowed).into_response())
}

/// `GET /embed-check`.
pub(super) async fn check(State(shared): State<Shared>, headers: HeaderMap) -> Response {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let (Some(origin), Some(token)) = (text(header::ORIGIN), text(TOKEN)) else {
        return readable(&headers, StatusCode::BAD_REQUEST.into_response());
    };
    let answer = match shared.backend.may_embed(token, origin).await {
        Some(allowed) => Json(Embeddable { allowed }).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    };
    readable(&headers, answer)
}

/// The page that asked may read the answer, and no cache may give it to another one.
fn readable(asked: &HeaderMap, mut answer: Response) -> Response {
    let headers = answer.headers_mut();
    headers.insert(header::VARY, HeaderValue::from_static("origin"));
    if let Some(origin) = asked.get(header::ORIGIN) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    }
    answer
}
