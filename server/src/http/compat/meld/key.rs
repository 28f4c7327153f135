//! Who calls, and what they send: the tenant's API key behind the literal word `BASIC`, as it is, and a JSON object.

use super::refusal::Refusal;
use crate::core::Core;
use crate::http::caller::{Unknown, known, stranger};
use crate::http::v1::is_text;
use crate::tenants::Caller;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use serde_json::{Map, Value};
use std::sync::Arc;

/// The tenant's backend. A test key is Meld's sandbox, a live one its production.
pub(super) struct Key(pub(super) Caller);

/// The key of a header: nothing is encoded in it, whatever HTTP's own scheme of that name does.
fn key(header: &str) -> Option<&str> {
    let (scheme, key) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("basic").then(|| key.trim())
}

impl FromRequestParts<Arc<Core>> for Key {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, core: &Arc<Core>) -> Result<Self, Refusal> {
        let header = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let bearer = header.and_then(key).map(|key| format!("Bearer {key}"));
        match known(core, parts.extensions.get(), bearer.as_deref()).await {
            // A customer's token reads through the native API alone.
            Ok(caller) if caller.customer.is_some() => Err(Refusal::Forbidden),
            Ok(caller) => Ok(Self(caller)),
            Err(Unknown::TooMany(over)) => Err(Refusal::TooMany(over.retry_after)),
            Err(Unknown::NoKey | Unknown::BadKey) => Err(Refusal::Credentials),
            Err(Unknown::Unavailable) => Err(Refusal::Unavailable),
        }
    }
}

/// A body that is a JSON object.
pub(super) struct Body(pub(super) Map<String, Value>);

impl<S: Send + Sync> FromRequest<S> for Body {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        if is_json(request.headers()) {
            object(&bytes(request, state).await?).map(Self)
        } else {
            Err(Refusal::NotJson)
        }
    }
}

/// A body that may be left out.
pub(super) struct MaybeBody(pub(super) Map<String, Value>);

impl<S: Send + Sync> FromRequest<S> for MaybeBody {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        let json = is_json(request.headers());
        let bytes = bytes(request, state).await?;
        match bytes.is_empty() {
            true => Ok(Self(Map::new())),
            false if json => object(&bytes).map(Self),
            false => Err(Refusal::NotJson),
        }
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    kind.and_then(|kind| kind.split(';').next())
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

async fn bytes<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Refusal> {
    let read = Bytes::from_request(request, state).await;
    read.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Refusal::TooLarge,
        _ => Refusal::bad("The body could not be read"),
    })
}

fn object(bytes: &[u8]) -> Result<Map<String, Value>, Refusal> {
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(object)) => Ok(object),
        _ => Err(Refusal::bad("The body must be a JSON object")),
    }
}

/// Nothing has an id that is no text.
pub(super) async fn readable(request: Request, next: Next) -> Response {
    if is_text(request.uri().path()) {
        next.run(request).await
    } else {
        Refusal::NotFound("address").into_response()
    }
}

/// For addresses that are none.
pub(super) async fn nowhere(State(core): State<Arc<Core>>, request: Request) -> Refusal {
    match stranger(&core, request.extensions().get()) {
        Ok(()) => Refusal::NotFound("address"),
        Err(over) => Refusal::TooMany(over.retry_after),
    }
}

/// For addresses that do not take the method.
pub(super) async fn another_method() -> Refusal {
    Refusal::Method
}

#[cfg(test)]
mod tests {
    use super::key;

    #[test]
    fn the_word_is_taken_in_any_case_and_what_follows_as_it_is() {
        for header in ["BASIC gk_test_1", "Basic gk_test_1", "basic   gk_test_1 "] {
            assert_eq!(key(header), Some("gk_test_1"), "{header}");
        }
        assert_eq!((key("Bearer gk_test_1"), key("gk_test_1"), key("")), (None, None, None));
    }
}
