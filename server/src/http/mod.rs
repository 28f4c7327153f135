//! HTTP: three listeners and what they serve.

pub mod headers;
pub mod ops;
pub mod serve;
pub mod v1;

use crate::core::Core;
use axum::Router;
use axum::middleware::from_fn;
use std::sync::Arc;
use tower_http::catch_panic::CatchPanicLayer;

/// Everything that the public listener serves.
pub fn public(core: &Arc<Core>, tls: bool) -> Router {
    let router = Router::new()
        .merge(v1::router(core.clone()))
        .layer(CatchPanicLayer::new())
        .layer(from_fn(headers::log))
        .layer(from_fn(headers::secure));
    if tls {
        router.layer(from_fn(headers::strict_transport))
    } else {
        router
    }
}
