//! The interface, below `/salt-edge/api/v6`.

mod connections;
mod consents;
mod customers;
mod directory;
mod fetched;
mod page;

use super::refusal::Refusal;
use super::{SaltEdge, gate};
use axum::body::Bytes;
use axum::routing::{get, post, put};
use axum::{Json, Router, middleware};
use serde_json::Value;
use std::sync::Arc;

/// What a handler gives.
type Answer = Result<Json<Value>, Refusal>;

/// `data` of a request's body.
fn data(body: &Bytes) -> Result<Value, Refusal> {
    let mut body: Value = serde_json::from_slice(body).map_err(|_| Refusal::JsonParseError)?;
    match body.get_mut("data").map(Value::take) {
        Some(data @ Value::Object(_)) => Ok(data),
        _ => Err(Refusal::WrongRequestFormat),
    }
}

/// An id as it is written in a path or a query. What is no number is nobody's id.
fn id(text: &str, unknown: Refusal) -> Result<u64, Refusal> {
    text.parse().map_err(|_| unknown)
}

async fn no_route() -> Refusal {
    Refusal::RouteNotFound
}

/// All routes, behind the check of credentials.
pub(super) fn router(salt_edge: &Arc<SaltEdge>) -> Router<Arc<SaltEdge>> {
    Router::new()
        .route("/countries", get(directory::countries))
        .route("/providers", get(directory::list))
        .route("/providers/{code}", get(directory::show))
        .route("/customers", get(customers::list).post(customers::create))
        .route("/customers/{id}", get(customers::show).delete(customers::remove))
        .route("/connections", get(connections::list))
        .route("/connections/connect", post(connections::connect))
        .route("/connections/{id}", get(connections::show).delete(connections::remove))
        .route("/connections/{id}/reconnect", post(connections::reconnect))
        .route("/connections/{id}/refresh", post(connections::refresh))
        .route("/consents", get(consents::list))
        .route("/consents/{id}/revoke", put(consents::revoke))
        .route("/accounts", get(fetched::accounts))
        .route("/transactions", get(fetched::transactions))
        .fallback(no_route)
        .method_not_allowed_fallback(no_route)
        .layer(middleware::from_fn_with_state(Arc::clone(salt_edge), gate::pass))
}
