//! The API of Meld's bank linking (docs.meld.io), `/bank-linking` and `/institutions`.
//!
//! **Contract.** As in [`super`]. What each field does, and where this differs from the vendor, is in `docs/compatibility/meld.md`.

mod accounts;
mod connect;
mod connections;
mod institutions;
mod key;
mod paging;
mod products;
mod query;
mod refresh;
mod refusal;
mod transactions;
mod view;

use crate::core::Core;
use axum::Router;
use axum::middleware::from_fn;
use axum::response::IntoResponse as _;
use axum::routing::{any, get, post};
use key::{another_method, nowhere, readable};
use refusal::Refusal;
use std::sync::Arc;

/// The routes.
pub fn router(core: Arc<Core>) -> Router {
    let routes = Router::new()
        .route("/bank-linking/connect/start", post(connect::start))
        .route("/bank-linking/connect/repair", post(connect::repair))
        .route("/bank-linking/connections", get(connections::list))
        .route("/bank-linking/connections/{id}", get(connections::get).delete(connections::delete))
        .route("/bank-linking/connections/{id}/refresh", post(refresh::refresh))
        .route("/bank-linking/connections/{id}/update", post(refresh::update))
        .route("/bank-linking/accounts", get(accounts::list))
        .route("/bank-linking/accounts/{id}", get(accounts::get))
        .route("/bank-linking/transactions", get(transactions::list))
        .route("/institutions", get(institutions::list))
        .route("/institutions/{id}", get(institutions::get))
        .route("/bank-linking/{*rest}", any(nowhere))
        .route("/institutions/{id}/{*rest}", any(nowhere))
        .method_not_allowed_fallback(another_method)
        .with_state(core)
        .layer(from_fn(readable));
    super::bounded(routes, || Refusal::Unavailable.into_response())
}
