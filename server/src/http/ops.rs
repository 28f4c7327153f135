//! The operations listener: health, metrics and the admin API. It is not for the outside.

use super::admin::{self, Access};
use super::log;
use super::v1::problem::Problem;
use crate::core::Core;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::middleware::from_fn;
use axum::response::IntoResponse;
use axum::routing::{any, get};
use metrics_exporter_prometheus::PrometheusHandle;
use std::sync::Arc;

/// Routes of the operations listener.
pub fn router(core: Arc<Core>, metrics: PrometheusHandle, access: Access) -> Router {
    let admin = admin::router(core.clone(), access);
    Router::new()
        .route("/health/live", get(|| async { "live\n" }))
        .route("/health/ready", get(ready))
        .with_state(core)
        .route(
            "/metrics",
            get(move || std::future::ready(([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], metrics.render()))),
        )
        .fallback_service(nowhere())
        .merge(admin)
}

/// Any other address: it is nobody's, whatever it brings.
fn nowhere() -> Router {
    let none = any(|| std::future::ready(Problem::not_found("address")));
    Router::new().fallback_service(none).layer(from_fn(log::requests))
}

/// Ready means that the database answers.
async fn ready(State(core): State<Arc<Core>>) -> impl IntoResponse {
    match core.store.check().await {
        Ok(()) => (StatusCode::OK, "ready\n"),
        Err(error) => {
            tracing::error!(%error, "not ready: the database does not answer");
            (StatusCode::SERVICE_UNAVAILABLE, "not ready\n")
        }
    }
}
