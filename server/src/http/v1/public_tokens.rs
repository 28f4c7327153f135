//! The exchange of a public token: the host's backend confirms whose connection it is.

use super::body::Strict;
use super::connections::Customer;
use super::idempotency::{Found, Key, json};
use super::present;
use super::problem::Problem;
use super::views::ExchangedView;
use crate::connect::confirm::{self, ExchangeError};
use crate::core::Core;
use crate::tenants::Caller;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// A public token and the user whom the host's backend knows to have been at it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    /// From the `success` message, or from the redirect URL.
    pub public_token: String,
    /// The user who is logged in at the host: not what the browser says, but what the host's own session says.
    pub customer: Customer,
}

impl From<ExchangeError> for Problem {
    fn from(error: ExchangeError) -> Self {
        match error {
            ExchangeError::Unknown => Self::invalid(
                "unknown_public_token",
                "public_token",
                "This public token is unknown or its time is up.",
            ),
            ExchangeError::Used => {
                Self::new(StatusCode::CONFLICT, "public_token_used", "This public token was exchanged before.").field("public_token")
            }
            ExchangeError::NotACustomer => Self::invalid(
                "invalid_external_id",
                "customer.external_id",
                "customer.external_id has 1 to 200 characters and no control characters.",
            ),
            ExchangeError::OtherCustomer => Self::new(
                StatusCode::CONFLICT,
                "customer_mismatch",
                "The connection was made for another customer. Nothing can be read, and its access was given back.",
            )
            .field("customer.external_id"),
            ExchangeError::Unavailable(error) => {
                tracing::error!(%error, "a public token could not be exchanged");
                Self::unavailable()
            }
        }
    }
}

/// Exchanges a public token, once.
#[utoipa::path(
    post, path = "/v1/public_tokens/exchange", tag = "connections", operation_id = "exchangePublicToken",
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 255 characters; a request sent again with it acts once")),
    request_body = Exchange,
    responses(
        (status = 200, body = ExchangedView, description = "Confirmed"),
        (status = 401, body = Problem),
        (status = 409, body = Problem, description = "`public_token_used`, or `customer_mismatch`: then the access was given back"),
        (status = 422, body = Problem), (status = 503, body = Problem),
    ),
    security(("api_key" = [])),
)]
pub async fn exchange(
    State(core): State<Arc<Core>>,
    caller: Caller,
    headers: HeaderMap,
    body: Strict<Exchange>,
) -> Result<Response, Problem> {
    let key: Option<Key> = match Found::look(&core, &caller, &headers, "POST /v1/public_tokens/exchange", &body.raw).await? {
        Found::Answered(answer) => return Ok(answer),
        Found::Fresh(key) => Some(key),
        Found::Without => None,
    };
    let asked = body.value;
    let mut answer = Vec::new();
    let exchanged = confirm::exchange(&core, &caller, &asked.public_token, &asked.customer.external_id, |row| {
        answer = serde_json::to_vec(&ExchangedView {
            connection: present::connection(&core, row),
        })
        .unwrap_or_default();
        key.iter().map(|key| key.keep(&core, StatusCode::OK, &answer)).collect()
    })
    .await;
    match exchanged {
        Ok(()) => Ok(json(StatusCode::OK, answer)),
        Err(error) => {
            // The same request may have been faster on another connection.
            if let Some(key) = &key
                && let Some(answer) = key.answer(&core).await?
            {
                return Ok(answer);
            }
            Err(error.into())
        }
    }
}
