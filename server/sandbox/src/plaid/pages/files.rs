//! Files that pages load: the style, and the scripts of Link in a frame.

use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};

fn file(kind: &'static str, text: &'static str) -> Response {
    let headers = [(CONTENT_TYPE, kind), (CACHE_CONTROL, "public, max-age=300")];
    (headers, text).into_response()
}

/// `GET /plaid/link.css`
pub(in crate::plaid) async fn stylesheet() -> Response {
    file("text/css; charset=utf-8", include_str!("static/link.css"))
}

/// `GET /plaid/link/v2/stable/link-initialize.js`
pub(in crate::plaid) async fn initialize() -> Response {
    file("text/javascript; charset=utf-8", include_str!("static/link-initialize.js"))
}

/// `GET /plaid/link/v2/stable/frame.js`
pub(in crate::plaid) async fn frame_script() -> Response {
    file("text/javascript; charset=utf-8", include_str!("static/frame.js"))
}
