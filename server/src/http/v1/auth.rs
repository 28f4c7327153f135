//! Who is calling: the API key, or a customer's token, in `Authorization: Bearer`; and whether too often.
//!
//! **Contract.** A handler that takes a [`Caller`] is for the tenant's keys alone. One that takes a [`Reader`] is for customers' tokens
//! too, and has to show them nothing but their customer's: what reads through `connections::read` does so.

use super::problem::Problem;
use crate::core::Core;
use crate::http::client::ClientAddress;
use crate::limits::TooMany;
use crate::tenants::{Caller, Unauthorised};
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use std::sync::Arc;

/// A tenant's backend, or one of its customers.
pub struct Reader(pub Caller);

impl From<TooMany> for Problem {
    fn from(over: TooMany) -> Self {
        let mut problem = Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too_many_requests",
            "Too many requests in too short a time. `Retry-After` says after how many seconds to go on.",
        );
        problem.retry_after = Some(over.retry_after);
        problem
    }
}

impl FromRequestParts<Arc<Core>> for Reader {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, core: &Arc<Core>) -> Result<Self, Problem> {
        let header = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let from: Option<&ClientAddress> = parts.extensions.get();
        // Guesses are counted before the database is asked, so that it is not asked by whoever makes many.
        let guess = from.filter(|_| core.keys.is_new(header));
        if let Some(from) = guess {
            core.limits.guess(from.0, core.clock.now())?;
        }
        match core.keys.caller(header).await {
            Ok(caller) => {
                if let Some(from) = guess {
                    core.limits.no_guess(from.0);
                }
                core.limits.call(&caller, core.clock.now())?;
                Ok(Self(caller))
            }
            Err(Unauthorised::Unavailable(error)) => {
                tracing::error!(%error, "an API key could not be looked up");
                Err(Problem::unavailable())
            }
            Err(refused) => {
                stranger(core, from)?;
                Err(match refused {
                    Unauthorised::NoKey => Problem::new(
                        StatusCode::UNAUTHORIZED,
                        "no_api_key",
                        "Send an API key: Authorization: Bearer gk_…",
                    ),
                    _ => Problem::new(StatusCode::UNAUTHORIZED, "bad_api_key", "This API key is unknown or was revoked."),
                })
            }
        }
    }
}

impl FromRequestParts<Arc<Core>> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, core: &Arc<Core>) -> Result<Self, Problem> {
        let Reader(caller) = Reader::from_request_parts(parts, core).await?;
        if caller.customer.is_some() {
            return Err(Problem::new(
                StatusCode::FORBIDDEN,
                "customer_token",
                "A customer's token reads what belongs to the customer and does nothing else. This takes an API key.",
            ));
        }
        Ok(caller)
    }
}

/// Counts a request without a usable key.
fn stranger(core: &Core, from: Option<&ClientAddress>) -> Result<(), TooMany> {
    match from {
        Some(from) => core.limits.stranger(from.0, core.clock.now()),
        None => Ok(()),
    }
}

/// For what takes no key.
pub async fn strangers(State(core): State<Arc<Core>>, request: Request, next: Next) -> Response {
    match stranger(&core, request.extensions().get()) {
        Ok(()) => next.run(request).await,
        Err(over) => Problem::from(over).into_response(),
    }
}
