//! `/docs`, which people read, and the schemas of messages and events, which programs read. Nobody needs a key for them.
//!
//! **Contract.** What is shown is made from the routes and types themselves, once, at the start. The page loads one style
//! sheet of ours and nothing else.

use crate::reference::{page, schema};
use axum::http::{HeaderValue, header};
use axum::response::{Html, IntoResponse};
use axum::routing::get;
use axum::{Json, Router};
use std::sync::Arc;

/// What the page may load.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);
/// Half an hour: a new version of Gesher may say something else.
const KEPT: HeaderValue = HeaderValue::from_static("public, max-age=1800");

/// The routes.
pub fn router() -> Router {
    let document = serde_json::to_value(super::v1::openapi()).unwrap_or_default();
    let html: Arc<str> = format!("<!DOCTYPE html>{}", page::render(&document)).into();
    let style = || async { ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], page::STYLE) };
    Router::new()
        .route(
            "/docs",
            get(async move || ([(header::CONTENT_SECURITY_POLICY, POLICY)], Html(html.to_string()))),
        )
        .route(page::STYLE_ADDRESS, get(style))
        .route("/v1/schemas/host-message.json", get(json(schema::host_message())))
        .route("/v1/schemas/event.json", get(json(schema::event())))
        .layer(axum::middleware::map_response(async |response: axum::response::Response| {
            ([(header::CACHE_CONTROL, KEPT)], response).into_response()
        }))
}

fn json(document: serde_json::Value) -> impl Fn() -> std::future::Ready<Json<serde_json::Value>> + Clone + Send + Sync + 'static {
    move || std::future::ready(Json(document.clone()))
}
