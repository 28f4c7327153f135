//! Who is calling: the API key in `Authorization: Bearer`.

use super::problem::Problem;
use crate::core::Core;
use crate::tenants::{Caller, Unauthorised};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use std::sync::Arc;

impl FromRequestParts<Arc<Core>> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, core: &Arc<Core>) -> Result<Self, Problem> {
        let header = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        core.keys.caller(header).await.map_err(|refused| match refused {
            Unauthorised::NoKey => Problem::new(
                StatusCode::UNAUTHORIZED,
                "no_api_key",
                "Send an API key: Authorization: Bearer gk_…",
            ),
            Unauthorised::Unknown => Problem::new(StatusCode::UNAUTHORIZED, "bad_api_key", "This API key is unknown or was revoked."),
            Unauthorised::Unavailable(error) => {
                tracing::error!(%error, "an API key could not be looked up");
                Problem::unavailable()
            }
        })
    }
}
