//! `/hooks/…`: what providers tell us by themselves.
//!
//! **Contract.** Open to the world: the provider's own signature or secret is what lets a call in ([`crate::providers::Hook`]). A call
//! that is refused learns nothing but that; whether there is such a tenant or connection is not said to who cannot sign.

use crate::core::Core;
use crate::hooks::{self, HookError, Place};
use crate::providers::HookRefused;
use crate::tenants::Mode;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use gesher_contract::TenantTag;
use std::sync::Arc;
use std::time::Duration;
use tower::limit::GlobalConcurrencyLimitLayer;
use tower_http::timeout::TimeoutLayer;

/// Most bytes of a call.
const LARGEST: usize = 256 * 1024;
/// Most time for an answer: providers wait for ten seconds.
const TIMEOUT: Duration = Duration::from_secs(9);
/// Most calls at a time, of all providers.
const AT_ONCE: usize = 64;

/// The providers' door.
pub fn router(core: Arc<Core>) -> Router {
    Router::new()
        .route("/hooks/{provider}/{tenant}/{mode}", post(without_connection))
        .route("/hooks/{provider}/{tenant}/{mode}/{connection}", post(with_connection))
        .layer(DefaultBodyLimit::max(LARGEST))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, TIMEOUT))
        .layer(GlobalConcurrencyLimitLayer::new(AT_ONCE))
        .with_state(core)
}

async fn without_connection(
    State(core): State<Arc<Core>>,
    Path((provider, tenant, mode)): Path<(String, String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    hear(&core, (provider, tenant, mode, None), query, headers, body).await
}

async fn with_connection(
    State(core): State<Arc<Core>>,
    Path((provider, tenant, mode, connection)): Path<(String, String, String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    hear(&core, (provider, tenant, mode, Some(connection)), query, headers, body).await
}

type Called = (String, String, String, Option<String>);

async fn hear(
    core: &Arc<Core>,
    (provider, tenant, mode, connection): Called,
    query: Option<String>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let mode = [Mode::Test, Mode::Live].into_iter().find(|known| known.as_str() == mode);
    let (Ok(tenant), Some(mode)) = (TenantTag::parse(&tenant), mode) else {
        return StatusCode::NOT_FOUND;
    };
    let place = Place {
        provider,
        tenant,
        mode,
        connection,
        query,
    };
    match hooks::hear(core, &place, headers, body).await {
        Ok(()) => StatusCode::NO_CONTENT,
        Err(HookError::NotFound) => StatusCode::NOT_FOUND,
        Err(HookError::Refused(why)) => {
            tracing::warn!(tenant = %place.tenant, provider = place.provider, %why, "a provider's call was refused");
            match why {
                HookRefused::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
                _ => StatusCode::UNAUTHORIZED,
            }
        }
        Err(HookError::Unavailable(why)) => {
            tracing::error!(tenant = %place.tenant, provider = place.provider, why, "a provider's call could not be taken");
            StatusCode::SERVICE_UNAVAILABLE
        }
    }
}
