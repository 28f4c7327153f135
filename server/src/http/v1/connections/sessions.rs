//! Another session of a connection that is there.

use super::super::body::Strict;
use super::super::idempotency::{self, Prepared};
use super::super::problem::Problem;
use super::super::views::CreatedView;
use crate::connect::invite::again::{self, AgainError, Wish};
use crate::connections::read;
use crate::core::Core;
use crate::store::Conflict;
use crate::tenants::Caller;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use gesher_contract::{ConnectionId, Language};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// What another session is asked for with.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSession {
    /// Fixes the widget's language; absent, the person chooses.
    #[schema(example = "he")]
    pub language: Option<Language>,
    /// The origin of the page around the frame; one of the tenant's allowed origins, byte for byte.
    pub parent_origin: Option<String>,
    /// Where the hosted page ends; one of the tenant's registered URLs, byte for byte. Absent: the first registered one.
    pub redirect_url: Option<String>,
    /// Comes back with the result of this session: at most 500 characters. Absent: the connection's own.
    pub state: Option<String>,
    /// An institution that is reached by its own pages is gone to at once.
    #[serde(default)]
    pub auto_redirect: bool,
}

impl From<AgainError> for Problem {
    fn from(error: AgainError) -> Self {
        match error {
            AgainError::Read(error) => error.into(),
            AgainError::Invite(error) => error.into(),
            AgainError::Over | AgainError::Unfinished => Self::new(
                StatusCode::CONFLICT,
                "connection_over",
                "This connection is over, as its status says: make a new one.",
            ),
            AgainError::Unavailable(error) => {
                tracing::error!(error, "another session could not be made");
                Self::unavailable()
            }
        }
    }
}

/// Attempts against others who write the same connection.
const WRITES: u32 = 5;
const CHANGED: &str = "connection_changed";

fn changed(_: Conflict) -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        CHANGED,
        "Somebody else was at this connection at the same moment: send the request again.",
    )
}

/// Makes another session of a connection: to repair one that stands, at the same institution, or to begin again with one that nobody
/// finished. Older sessions of the connection end.
#[utoipa::path(
    post, path = "/v1/connections/{id}/sessions", tag = "connections", operation_id = "createSession",
    params(
        ("id" = String, Path, description = "The connection's id"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 characters; a request sent again with it acts once"),
    ),
    request_body = NewSession,
    responses(
        (status = 201, body = CreatedView, description = "Made"), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 404, body = Problem),
        (status = 409, body = Problem, description = "`connection_over`, `connection_changed`"), (status = 415, body = Problem),
        (status = 422, body = Problem, description = "A field is unknown or wrong; `field` names it"), (status = 503, body = Problem),
    ),
    security(("api_key" = [])),
)]
pub async fn create(
    State(core): State<Arc<Core>>,
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Strict<NewSession>,
) -> Result<Response, Problem> {
    let connection = ConnectionId::parse(&id).map_err(|_| Problem::not_found("connection"))?;
    let Strict { value: asked, raw } = body;
    let wish = Wish {
        language: asked.language,
        parent_origin: asked.parent_origin,
        redirect_url: asked.redirect_url,
        auto_redirect: asked.auto_redirect,
        state: asked.state,
        vendor: None,
        only_repair: false,
    };
    let prepare = async || {
        let (invitation, row, unit) = again::prepare(&core, &caller, &connection, wish.clone()).await?;
        let view = CreatedView {
            id: row.id.clone(),
            status: read::status(&row).as_str(),
            widget_url: format!("{}/w/{}", core.url, invitation.connect_token),
            hosted_url: format!("{}/h/{}", core.url, invitation.hosted_token),
            connect_token: invitation.connect_token,
            expires_at: invitation.expires_at.rfc3339(),
        };
        Prepared::new(StatusCode::CREATED, &view, unit)
    };
    // The same key and body for another connection is another request.
    let bound = [id.as_bytes(), b"\n", &raw].concat();
    let request = (&caller, &headers, "POST /v1/connections/{id}/sessions", bound.as_slice());
    let mut answer = idempotency::once(&core, request, prepare(), changed).await;
    for _ in 1..WRITES {
        match answer {
            Err(problem) if problem.code == CHANGED => answer = idempotency::once(&core, request, prepare(), changed).await,
            _ => break,
        }
    }
    let answer = answer?;
    core.work.notify_one();
    core.moved.tell(connection.as_str());
    Ok(answer)
}
