//! Files that pages load: the style, and the scripts of Link in a frame.

use crate::plaid::Plaid;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use serde_json::Value;
use std::sync::Arc;

fn file(kind: &'static str, text: impl IntoResponse) -> Response {
    let headers = [(CONTENT_TYPE, kind), (CACHE_CONTROL, "public, max-age=300")];
    (headers, text).into_response()
}

/// `GET /plaid/link.css`
pub(in crate::plaid) async fn stylesheet() -> Response {
    file("text/css; charset=utf-8", include_str!("static/link.css"))
}

/// `GET /plaid/link/v2/stable/link-initialize.js`
pub(in crate::plaid) async fn initialize(State(plaid): State<Arc<Plaid>>) -> Response {
    let gesher = Value::from(plaid.gesher.as_str()).to_string();
    let script = include_str!("static/link-initialize.js").replace("\"{gesher}\"", &gesher);
    file("text/javascript; charset=utf-8", script)
}

/// `GET /plaid/link/v2/stable/frame.js`
pub(in crate::plaid) async fn frame_script() -> Response {
    file("text/javascript; charset=utf-8", include_str!("static/frame.js"))
}
