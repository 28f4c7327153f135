//! The leg at the bank: the way there, the way back, and word of both to the document that waits.
//!
//! **Goal.** Nobody can be sent to a bank on somebody else's behalf, and whoever waits hears of the end without any line
//! between the two windows. **Contract.** Nobody is sent anywhere but by a form of our own page; a browser that comes back
//! shows the cookie that it was sent away with; the stream of events tells numbers and nothing else.
//!
//! | address | what |
//! |---|---|
//! | `POST /go` | to the bank: from a frame in a window of its own, from the hosted page in the same tab |
//! | `GET`, `POST /callback/{tenant}/{provider}/{provider_id}` | back from the bank |
//! | `GET /w/events/{ticket}` | when to look again |

mod callback;
mod events;
mod go;

use super::headers::secure;
use super::{Assets, Shared, guard, pages};
use crate::connect::{Connect, screens, state};
use crate::core::Core;
use crate::tenants::branding::Face;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use gesher_app::backend::{Backend, SessionRef};
use gesher_app::page::{Explained, Sheets};
use gesher_contract::{Door, SessionId};
use std::sync::Arc;
use std::time::Duration;
use tower_http::timeout::TimeoutLayer;

/// Longest form of ours, and longest form that a bank posts back.
const BODY_LIMIT: usize = 8 * 1024;

/// What the handlers share.
#[derive(Clone)]
struct Leg {
    core: Arc<Core>,
    backend: Arc<Connect>,
    /// What the pages are rendered with.
    shared: Shared,
}

/// The leg's part of the public listener. The stream has no time limit.
pub fn router(core: &Arc<Core>, backend: Arc<Connect>, assets: Assets, strict_transport: bool, timeout: Duration) -> Router {
    let leg = Leg {
        core: core.clone(),
        shared: Shared {
            backend: backend.clone(),
            assets: Arc::new(assets),
        },
        backend,
    };
    Router::new()
        .route("/go", post(go::go).get(go::link))
        .route(
            "/callback/{tenant}/{provider}/{provider_id}",
            get(callback::back).post(callback::posted),
        )
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, timeout))
        .route("/w/events/{ticket}", get(events::stream))
        .with_state(leg)
        .layer(from_fn_with_state(strict_transport, secure))
}

impl Leg {
    fn explain(&self, why: Explained, headers: &HeaderMap) -> Response {
        pages::explain(&self.shared, why, guard::preferred(headers).unwrap_or_default(), &[])
    }

    /// In the session's language, where that is settled.
    async fn explain_of(&self, session: &SessionId, why: Explained, headers: &HeaderMap) -> Response {
        let preferred = guard::preferred(headers);
        let language = match state::load(&self.core, &session.tenant(), session).await {
            Ok(loaded) => screens::language_for(preferred, &loaded),
            Err(_) => preferred.unwrap_or_default(),
        };
        pages::explain(&self.shared, why, language, &[])
    }

    /// The style sheets of a page that names a tenant.
    fn style(&self, tenant: &Face) -> Sheets {
        Sheets {
            theme: tenant.style.clone(),
            ..Sheets::from(self.shared.assets.files().style.clone())
        }
    }

    /// The hosted page that this browser has for the session, if it is the live document.
    async fn hosted(&self, headers: &HeaderMap, session: &str) -> Option<SessionRef> {
        let at = self.backend.admit(&guard::cookie(headers, session)?).ok()?;
        let fits = at.id.as_str() == session && at.door == Door::Page;
        (fits && self.backend.reenter(&at).await.ok()?.live).then_some(at)
    }
}

/// To the hosted page's own address.
fn to_hosted(session: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    if let Ok(address) = HeaderValue::from_str(&format!("/c/{session}")) {
        response.headers_mut().insert(header::LOCATION, address);
    }
    response
}
