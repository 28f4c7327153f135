//! Who is calling: the API key, or a customer's token, in `Authorization: Bearer`; and whether too often.
//!
//! **Contract.** A handler that takes a [`Caller`] is for the tenant's keys alone. One that takes a [`Reader`] is for customers' tokens
//! too, and has to show them nothing but their customer's: what reads through `connections::read` does so.

use super::problem::Problem;
use crate::core::Core;
use crate::http::caller::{Unknown, known, stranger};
use crate::limits::TooMany;
use crate::tenants::Caller;
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
        match known(core, parts.extensions.get(), header).await {
            Ok(caller) => Ok(Self(caller)),
            Err(Unknown::TooMany(over)) => Err(over.into()),
            Err(Unknown::Unavailable) => Err(Problem::unavailable()),
            Err(Unknown::NoKey) => Err(Problem::new(
                StatusCode::UNAUTHORIZED,
                "no_api_key",
                "Send an API key: Authorization: Bearer gk_…",
            )),
            Err(Unknown::BadKey) => Err(Problem::new(
                StatusCode::UNAUTHORIZED,
                "bad_api_key",
                "This API key is unknown or was revoked.",
            )),
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

/// For what takes no key.
pub async fn strangers(State(core): State<Arc<Core>>, request: Request, next: Next) -> Response {
    match stranger(&core, request.extensions().get()) {
        Ok(()) => next.run(request).await,
        Err(over) => Problem::from(over).into_response(),
    }
}
