//! Who calls: an OAuth client for one of the tenant's customers. And what it sends.
//!
//! **Contract.** An API key or a customer's token of the native API opens nothing here, and an access token nothing there.

use super::refusal::{NO_ROUTE, Refusal};
use crate::core::Core;
use crate::http::client::ClientAddress;
use crate::http::v1::is_text;
use crate::tenants::admin::Scope;
use crate::tenants::{Caller, ClientCaller, Unauthorised};
use axum::Extension;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use serde_json::{Map, Value};
use std::sync::Arc;

/// Who calls.
pub(super) struct Client(ClientCaller);

impl Client {
    /// The caller, if its client has this scope.
    ///
    /// # Errors
    /// It has not.
    pub(super) fn may(self, scope: Scope) -> Result<Caller, Refusal> {
        if self.0.scopes.contains(&scope) {
            Ok(self.0.caller)
        } else {
            Err(Refusal::Scope)
        }
    }
}

impl FromRequestParts<Arc<Core>> for Client {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, core: &Arc<Core>) -> Result<Self, Refusal> {
        let header = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let from: Option<&ClientAddress> = parts.extensions.get();
        let now = core.clock.now();
        // Guesses are counted before the database is asked, so that it is not asked by whoever makes many.
        let guess = from.filter(|_| core.keys.is_new_client(header));
        if let Some(from) = guess {
            core.limits.guess(from.0, now)?;
        }
        match core.keys.client(header).await {
            Ok(client) => {
                if let Some(from) = guess {
                    core.limits.no_guess(from.0);
                }
                core.limits.call(&client.caller, now)?;
                Ok(Self(client))
            }
            Err(Unauthorised::Unavailable(error)) => Err(error.into()),
            Err(Unauthorised::Closed) => {
                if let Some(from) = guess {
                    core.limits.no_guess(from.0);
                }
                Err(Refusal::Organization)
            }
            Err(_) => {
                if let Some(from) = from {
                    core.limits.stranger(from.0, now)?;
                }
                Err(Refusal::Token)
            }
        }
    }
}

/// A body that is a JSON object.
pub(super) struct Body(pub(super) Map<String, Value>);

impl<S: Send + Sync> FromRequest<S> for Body {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let is_json = kind
            .and_then(|kind| kind.split(';').next())
            .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"));
        if !is_json {
            return Err(Refusal::NotJson);
        }
        let bytes = Bytes::from_request(request, state)
            .await
            .map_err(|rejection| match rejection.status() {
                StatusCode::PAYLOAD_TOO_LARGE => Refusal::TooLarge,
                _ => Refusal::Client("The body could not be read"),
            })?;
        match serde_json::from_slice(&bytes) {
            Ok(Value::Object(object)) => Ok(Self(object)),
            _ => Err(Refusal::Fields(vec!["\"value\" must be of type object".to_owned()])),
        }
    }
}

/// For addresses that are none. Whoever looks for them is counted with those who have no token.
pub(super) async fn nowhere(State(core): State<Arc<Core>>, from: Option<Extension<ClientAddress>>) -> Refusal {
    let over = from.and_then(|Extension(from)| core.limits.stranger(from.0, core.clock.now()).err());
    over.map_or(Refusal::NotFound(NO_ROUTE), Refusal::from)
}

/// Nothing has an id that is no text.
pub(super) async fn readable(request: Request, next: Next) -> Response {
    if is_text(request.uri().path()) {
        next.run(request).await
    } else {
        Refusal::NotFound(NO_ROUTE).into_response()
    }
}

/// For addresses that do not take the method.
pub(super) async fn another_method() -> Refusal {
    Refusal::Method
}
