//! The API of Open Finance (docs.open-finance.ai), `/oauth/token` and `/v2`.
//!
//! **Contract.** As in [`super`]. What each field does, and where this differs from the vendor, is in
//! `docs/compatibility/open_finance.md`.

mod callbacks;
mod client;
mod connections;
mod data;
mod page;
mod providers;
mod refusal;
mod rows;
mod token;
mod view;
mod wish;

use crate::core::Core;
use axum::Router;
use axum::middleware::from_fn;
use axum::response::IntoResponse as _;
use axum::routing::{any, get, post};
use client::{another_method, nowhere, readable};
use refusal::Refusal;
use std::sync::Arc;

/// The routes.
pub fn router(core: Arc<Core>) -> Router {
    let routes = Router::new()
        .route("/oauth/token", post(token::issue))
        .route("/v2/connections", post(connections::create).get(connections::list))
        .route("/v2/connections/{id}", get(connections::get).delete(connections::delete))
        .route("/v2/connections/refresh/{id}", get(connections::refresh))
        .route("/v2/connections/{user}/refresh", get(connections::refresh_all))
        .route("/v2/providers", get(providers::list))
        .route("/v2/data/accounts", get(data::accounts))
        .route("/v2/data/accounts/{id}", get(data::account))
        .route("/v2/data/transactions", get(data::transactions))
        .route("/oauth/{*rest}", any(nowhere))
        .route("/v2/{*rest}", any(nowhere))
        .method_not_allowed_fallback(another_method)
        .with_state(core)
        .layer(from_fn(readable));
    super::bounded(routes, || Refusal::Late.into_response())
}
