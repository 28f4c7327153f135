//! Connections: make one, read one; below, list and delete them.

pub mod delete;
pub mod list;
pub mod refresh;

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
use gesher_contract::{ConnectionId, IdType, Language};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::ToSchema;

/// Whose connection it will be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Customer {
    /// The tenant's own name for its user: 1 to 200 characters.
    pub external_id: String,
}

/// When the accounts can be read.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Completion {
    /// When the host's backend has exchanged the public token for its own user. This is what stops a forwarded link.
    Exchange,
    /// At once; only for tenants that accept the risk.
    Automatic,
}

/// What a new connection is asked for with.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewConnection {
    /// Whose it will be.
    pub customer: Customer,
    /// Fixes the widget's language; absent, the person chooses.
    #[schema(example = "he")]
    pub language: Option<Language>,
    /// Lists the invented institutions of the sandbox too.
    #[serde(default)]
    pub include_sandbox: bool,
    /// Only these institutions; a single one skips the picker.
    pub institution_ids: Option<Vec<String>>,
    /// The person's id at the institution, a national id or a passport's number: shown in the form, not editable.
    pub psu_id: Option<String>,
    /// What `psu_id` is: `national_id`, as when it is absent, or `passport`.
    #[schema(example = "national_id")]
    pub psu_id_type: Option<IdType>,
    /// A company's number: up to nine digits, of which the last is the check digit. Shown in the forms of business banks, not
    /// editable.
    pub psu_corporate_id: Option<String>,
    /// The origin of the page around the frame; one of the tenant's allowed origins, byte for byte.
    pub parent_origin: Option<String>,
    /// Where the hosted page ends; one of the tenant's registered URLs, byte for byte. Absent: the first registered one.
    pub redirect_url: Option<String>,
    /// Comes back with the result: at most 500 characters.
    pub state: Option<String>,
    /// Choosing an institution that is reached by its own pages opens them at once: on the hosted page in the same tab, in the
    /// frame by the press on the institution itself.
    #[serde(default)]
    pub auto_redirect: bool,
    /// Whether data are fetched again and again; `false`: once, and the connection is `completed`. Absent: `true`.
    pub recurring: Option<bool>,
    /// Until when the access is asked for: RFC 3339, less than three years from now; banks count whole days. Absent: 180 days.
    #[schema(example = "2027-05-01T00:00:00Z")]
    pub consent_expires_at: Option<String>,
    /// The first day of the transactions, `YYYY-MM-DD`, at most a year back. Absent: a year back.
    pub start_date: Option<String>,
    /// Names and values of your own, such as `journey_id`: they come back with the connection, and connections are found by them.
    /// At most 20; names of a-z, 0-9 and _, at most 40; values of 1 to 200 characters.
    #[serde(default)]
    pub references: BTreeMap<String, String>,
    /// When the accounts can be read. Absent: as the tenant is set.
    pub completion: Option<Completion>,
}

impl From<InviteError> for Problem {
    fn from(error: InviteError) -> Self {
        match error {
            InviteError::Field { field, code, detail } => Self::invalid(code, field, detail),
            InviteError::NoWayToConfirm => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "no_way_to_confirm",
                "Give a parent_origin or a redirect_url, or register a redirect URL: the public token has nowhere to go.",
            ),
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
    let asked = body.value;
    let wish = Wish {
        customer: asked.customer.external_id,
        language: asked.language,
        include_sandbox: asked.include_sandbox,
        institution_ids: asked.institution_ids,
        psu_id: asked.psu_id,
        psu_id_type: asked.psu_id_type,
        psu_corporate_id: asked.psu_corporate_id,
        parent_origin: asked.parent_origin,
        redirect_url: asked.redirect_url,
        auto_redirect: asked.auto_redirect,
        state: asked.state,
        recurring: asked.recurring,
        consent_expires_at: asked.consent_expires_at,
        start_date: asked.start_date,
        references: asked.references,
        automatic: asked.completion.map(|completion| matches!(completion, Completion::Automatic)),
    };
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
