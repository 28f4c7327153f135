//! Connections: make one, read one; below, list and delete them.

pub mod delete;
pub mod list;
pub mod refresh;
pub mod sessions;
mod wish;

use super::auth::Reader;
use super::body::Strict;
use super::idempotency::{Found, json};
use super::problem::Problem;
use super::views::{ConnectionView, CreatedView};
use crate::connect::invite::{self, InviteError, Wish};
use crate::connections::read;
use crate::core::Core;
use crate::tenants::Caller;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use gesher_contract::ConnectionId;
use std::sync::Arc;
use wish::NewConnection;
pub use wish::{Completion, Customer, options};

impl From<InviteError> for Problem {
    fn from(error: InviteError) -> Self {
        match error {
            InviteError::Field { field, code, detail } => Self::invalid(code, field, detail),
            InviteError::NoWayToConfirm => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "no_way_to_confirm",
                "Give a parent_origin or a redirect_url, or register a redirect URL: the public token has nowhere to go.",
            ),
            InviteError::NoInstitution => Self::no_institution(),
            InviteError::Unavailable(error) => {
                tracing::error!(%error, "a connection could not be made");
                Self::unavailable()
            }
        }
    }
}

/// Makes a connection and invites its user.
#[utoipa::path(
    post, path = "/v1/connections", tag = "connections", operation_id = "createConnection",
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 255 characters; a request sent again with it acts once")),
    request_body = NewConnection,
    responses(
        (status = 201, body = CreatedView, description = "Made"),
        (status = 400, body = Problem), (status = 401, body = Problem), (status = 415, body = Problem),
        (status = 422, body = Problem, description = "A field is unknown or wrong; `field` names it"),
        (status = 503, body = Problem),
    ),
    security(("api_key" = [])),
)]
pub async fn create(
    State(core): State<Arc<Core>>,
    caller: Caller,
    headers: HeaderMap,
    body: Strict<NewConnection>,
) -> Result<Response, Problem> {
    let key = match Found::look(&core, &caller, &headers, "POST /v1/connections", &body.raw).await? {
        Found::Answered(answer) => return Ok(answer),
        Found::Fresh(key) => Some(key),
        Found::Without => None,
    };
    let wish = Wish::from(body.value);
    let (invitation, mut unit) = invite::prepare(&core, &caller, wish).await?;
    let view = CreatedView {
        id: invitation.connection.to_string(),
        status: "pending",
        widget_url: format!("{}/w/{}", core.url, invitation.connect_token),
        hosted_url: format!("{}/h/{}", core.url, invitation.hosted_token),
        connect_token: invitation.connect_token,
        expires_at: invitation.expires_at.rfc3339(),
    };
    let answer = serde_json::to_vec(&view).map_err(|_| Problem::unavailable())?;
    if let Some(key) = &key {
        unit.push(key.keep(&core, StatusCode::CREATED, &answer));
    }
    match core.store.write(unit).await {
        Ok(()) => Ok(json(StatusCode::CREATED, answer)),
        Err(error) => {
            // Two requests with one key at once: the other one was faster, and its answer stands.
            if let (Some(key), Some(_)) = (&key, error.conflict())
                && let Some(answer) = key.answer(&core).await?
            {
                return Ok(answer);
            }
            tracing::error!(%error, "a connection could not be written");
            Err(Problem::unavailable())
        }
    }
}

/// Reads a connection.
#[utoipa::path(
    get, path = "/v1/connections/{id}", tag = "connections", operation_id = "getConnection",
    params(("id" = String, Path, description = "The connection's id")),
    responses((status = 200, body = ConnectionView), (status = 401, body = Problem), (status = 404, body = Problem), (status = 503, body = Problem)),
    security(("api_key" = []), ("customer_token" = [])),
)]
pub async fn get(State(core): State<Arc<Core>>, Reader(caller): Reader, Path(id): Path<String>) -> Result<Json<ConnectionView>, Problem> {
    let id = ConnectionId::parse(&id).map_err(|_| Problem::not_found("connection"))?;
    let row = read::connection(&core, &caller, &id).await?;
    Ok(Json(super::present::connection(&core, &row)))
}
