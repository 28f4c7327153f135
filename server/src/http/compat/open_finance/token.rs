//! `POST /oauth/token`
//!
//! Who tries secrets is counted with those who try API keys: before the database is asked.

use super::client::Body;
use super::refusal::{Refusal, said, worded};
use crate::core::Core;
use crate::http::client::ClientAddress;
use crate::http::compat::fields::Fields;
use crate::tenants::access::{self, IssueError, LIFE};
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use axum::{Extension, Json};
use secrecy::ExposeSecret as _;
use serde_json::json;
use std::sync::Arc;

/// Gives an access token for one of the tenant's customers.
pub(super) async fn issue(
    State(core): State<Arc<Core>>,
    from: Option<Extension<ClientAddress>>,
    Body(body): Body,
) -> Result<impl IntoResponse, Refusal> {
    let mut fields = Fields::of(&body);
    let (user, client, secret) = (
        fields.required("userId"),
        fields.required("clientId"),
        fields.required("clientSecret"),
    );
    fields.finish().map_err(|wrong| Refusal::Fields(worded(&wrong)))?;
    let from = from.map(|Extension(from)| from.0);
    let now = core.clock.now();
    if let Some(from) = from {
        core.limits.guess(from, now)?;
    }
    let issued = access::issue(&core, &client, &secret, &user).await;
    if let (Some(from), false) = (from, matches!(issued, Err(IssueError::Client))) {
        core.limits.no_guess(from);
    }
    let issued = issued.map_err(|error| match error {
        IssueError::Client => Refusal::Credentials,
        IssueError::Customer => Refusal::Fields(vec![said("userId", "length must be between 1 and 200, without control characters")]),
        IssueError::Closed => Refusal::Organization,
        IssueError::Unavailable(error) => {
            tracing::error!(error, "an access token could not be made");
            Refusal::Broken
        }
    })?;
    let answer = json!({
        "accessToken": issued.token.expose_secret(),
        "tokenType": "Bearer",
        "expiresIn": LIFE.as_secs(),
    });
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(answer)))
}
