//! Too many requests from one address: the widget's own screen for it.
//!
//! **Contract.** The files of the widget are not counted: they cost little, and a page without its style would say nothing.

use super::{Shared, pages};
use crate::core::Core;
use crate::http::client::ClientAddress;
use crate::limits::TooMany;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use gesher_app::act::ActError;
use gesher_app::backend::Refused;
use std::sync::Arc;

/// What the layer needs.
#[derive(Clone)]
pub struct Visits {
    pub(super) core: Arc<Core>,
    pub(super) shared: Shared,
}

/// Counts a request, and answers for the widget where there were too many.
pub async fn visits(State(Visits { core, shared }): State<Visits>, request: Request, next: Next) -> Response {
    let from = request.extensions().get::<ClientAddress>().copied();
    let path = request.uri().path();
    let is_file =
        path.starts_with("/assets/") || path.starts_with("/theme/") || shared.assets.public().iter().any(|name| path[1..] == *name);
    let over = match from {
        Some(from) if !is_file => core.limits.visit(from.0, core.clock.now()),
        _ => Ok(()),
    };
    match over {
        Ok(()) => next.run(request).await,
        Err(over) => {
            tracing::warn!("an address makes too many requests");
            let (parts, _) = request.into_parts();
            refuse(&shared, &parts.uri, &parts.headers, over).await
        }
    }
}

async fn refuse(shared: &Shared, uri: &Uri, headers: &HeaderMap, over: TooMany) -> Response {
    // Those that a plain form calls are answered with a page.
    let path = uri.path();
    let is_called = path.starts_with("/w/fn/") && !path.starts_with("/w/fn/create_");
    let mut response = if is_called {
        let body = postcard::to_allocvec(&ActError::TooMany).unwrap_or_default();
        (StatusCode::TOO_MANY_REQUESTS, body).into_response()
    } else {
        // A frame that names no ancestor would stay blank.
        let ancestors = match pages::framed(uri, headers) {
            Some(token) => shared.backend.frame_ancestors(&token).await,
            None => Vec::new(),
        };
        pages::refuse(shared, Refused::TooMany, headers, &ancestors)
    };
    response
        .headers_mut()
        .insert(header::RETRY_AFTER, HeaderValue::from(over.retry_after));
    response
}
