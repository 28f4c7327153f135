//! What a tenant's branding brings to its pages: a style sheet that sets custom properties, and a mark.
//!
//! **Contract.** Both are public, as the pages that load them are. An address names a state of the branding and may be kept
//! for ever; under the name of another state comes what counts now, and may not be kept. A mark is an image and nothing
//! else: its policy lets nothing run, load or be framed, also where somebody opens its address as a page.

use super::{Shared, not_found};
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use gesher_app::backend::Theme;
use gesher_contract::TenantTag;

/// `GET /w/logo/{file}`.
pub(super) async fn logo(State(shared): State<Shared>, Path(name): Path<String>) -> Response {
    match shared.backend.logo(&name) {
        Some(logo) => {
            let mut response = file(logo.content_type, logo.bytes.to_vec(), true);
            let headers = response.headers_mut();
            headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(MARK_POLICY));
            // The API names its address: a host shows it on its own pages.
            headers.insert("cross-origin-resource-policy", HeaderValue::from_static("cross-origin"));
            response
        }
        None => not_found(),
    }
}

/// What a drawing may do: look as it does.
const MARK_POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox";

async fn theme(shared: &Shared, tenant: &str) -> Option<Theme> {
    shared.backend.theme(&TenantTag::parse(tenant).ok()?).await
}

fn file(content_type: &'static str, body: impl IntoResponse, kept: bool) -> Response {
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
    if kept {
        headers.insert(
            header::CACHE_CONTROL,
            HeaderValue::from_static("public, max-age=31536000, immutable"),
        );
    }
    response
}

/// `GET /theme/{tenant}/{version}.css`.
pub(super) async fn style(State(shared): State<Shared>, Path((tenant, name)): Path<(String, String)>) -> Response {
    let Some(version) = name.strip_suffix(".css") else {
        return not_found();
    };
    match theme(&shared, &tenant).await {
        Some(theme) => file("text/css; charset=utf-8", theme.style, theme.version == version),
        None => not_found(),
    }
}

/// `GET /theme/{tenant}/{version}/mark`.
pub(super) async fn mark(State(shared): State<Shared>, Path((tenant, version)): Path<(String, String)>) -> Response {
    let Some(theme) = theme(&shared, &tenant).await else {
        return not_found();
    };
    let kept = theme.version == version;
    match theme.mark {
        Some(mark) => {
            let mut response = file(mark.kind.content_type(), mark.bytes, kept);
            let policy = HeaderValue::from_static(MARK_POLICY);
            response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
            response
        }
        None => not_found(),
    }
}
