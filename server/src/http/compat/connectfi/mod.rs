//! ConnectFi's payment links (docs.paygears.com), of which Plaid's link step is one: a customer's token from a link, a link token for
//! Plaid's Link in a page, the public token back, the balances.
//!
//! **Contract.** Every answer is an envelope with a `requestId`: `{code: "0", data, requestId}`, or `{requestId, code, context, message}`
//! with status 400. What each field does, and what is ours where the vendor says nothing, is in `docs/compatibility/connectfi.md`.
//!
//! - `answer`: the envelopes, and validation as Ajv words it.
//! - `customer`: from a link to a customer's token, and from that to a session.
//! - `jwt`: the customer's token.
//! - `payment`: payments, as far as a link belongs to one.
//! - `plaid`: the link step and the balances.

mod answer;
mod customer;
mod jwt;
mod payment;
mod plaid;

use super::bounded;
use crate::core::Core;
use crate::http::client::ClientAddress;
use answer::{Code, Refusal};
use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{any, post};
use std::sync::Arc;

/// The vendor's routes.
pub fn router(core: Arc<Core>) -> Router {
    let routes = Router::new()
        .route("/public/customer/payment/link", post(customer::token))
        .route("/public/customer/payment/details", post(payment::details))
        .route("/public/customer/plaid/create_link_token", post(plaid::create_link_token))
        .route("/public/customer/plaid/exchange-public-token", post(plaid::exchange_public_token))
        // As the page on link tokens spells it.
        .route("/public/customer/plaid/exhange-public-token", post(plaid::exchange_public_token))
        .route("/public/customer/plaid/get-accounts-balance", post(plaid::get_accounts_balance))
        .route("/public/merchant/payment/create", post(payment::create))
        .route("/public/{*rest}", any(nothing))
        .method_not_allowed_fallback(wrong_method)
        .with_state(core.clone())
        .layer(from_fn_with_state(core.clone(), counted));
    bounded(routes, late).layer(from_fn_with_state(core, answer::stamped))
}

async fn nothing() -> Response {
    Refusal::of(Code::NotFound).into_response()
}

async fn wrong_method() -> Response {
    Refusal::of(Code::MethodNotAllowed).into_response()
}

fn late() -> Response {
    Refusal::of(Code::TimedOut).into_response()
}

/// These addresses are open to whoever has a link, as pages are: they count as visits.
async fn counted(State(core): State<Arc<Core>>, request: Request, next: Next) -> Response {
    let from = request.extensions().get::<ClientAddress>();
    match from.map(|from| core.limits.visit(from.0, core.clock.now())) {
        Some(Err(over)) => Refusal::from(over).into_response(),
        _ => next.run(request).await,
    }
}
