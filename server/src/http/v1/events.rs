//! Events: listed, and sent again.

use super::auth::Reader;
use super::body::Strict;
use super::event_types::EventType;
use super::idempotency::{self, Prepared};
use super::problem::Problem;
use super::views::{Page, ReplayedView};
use crate::connections::read::{self, ReadError};
use crate::core::Core;
use crate::store::events::{self, EventRow, Wanted};
use crate::tenants::Caller;
use crate::webhooks::payload::{self, EventView};
use crate::webhooks::replay::{self as use_case, ReplayError};
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use data_encoding::BASE64URL_NOPAD;
use gesher_contract::{ConnectionId, EventId, EventKind, WebhookEndpointId};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// Events on a page when the caller doesn't say.
const USUAL_LIMIT: i64 = 50;
/// Most events on a page.
const MAX_LIMIT: i64 = 200;

/// Which events.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Search {
    /// Of this type alone, such as `connection.status_changed`.
    #[serde(rename = "type")]
    #[param(inline, value_type = Option<EventType>)]
    pub kind: Option<String>,
    /// Of this connection alone.
    pub connection_id: Option<String>,
    /// 1 to 200; 50 when absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Paging {
    /// 1 to 200; 50 when absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// Where to send an event again.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Replay {
    /// To this endpoint alone, whether it wants the event's type or not; absent: to all that are enabled and want it.
    pub endpoint_id: Option<String>,
}

impl From<ReplayError> for Problem {
    fn from(error: ReplayError) -> Self {
        match error {
            ReplayError::NotFound => Self::not_found("event"),
            ReplayError::TooOld => Self::new(
                StatusCode::CONFLICT,
                "event_too_old",
                "Events can be sent again for 30 days. This one is older.",
            ),
            ReplayError::Unsaid => Self::new(
                StatusCode::CONFLICT,
                "no_message",
                "In this endpoint's dialect there is no message for this event.",
            ),
            ReplayError::Endpoint(error) => error.into(),
            ReplayError::Unavailable(error) => {
                tracing::error!(%error, "an event could not be read");
                Self::unavailable()
            }
        }
    }
}

/// Lists events, newest first.
#[utoipa::path(
    get, path = "/v1/events", tag = "events", operation_id = "listEvents",
    params(Search),
    responses(
        (status = 200, body = Page<EventView>), (status = 401, body = Problem), (status = 404, body = Problem, description = "There is no such connection"),
        (status = 422, body = Problem), (status = 503, body = Problem),
    ),
    security(("api_key" = []), ("customer_token" = [])),
)]
pub async fn list(
    State(core): State<Arc<Core>>,
    Reader(caller): Reader,
    search: Result<Query<Search>, QueryRejection>,
) -> Result<Json<Page<EventView>>, Problem> {
    let Query(search) = search.map_err(super::bad_query)?;
    let limit = super::limit(search.limit, USUAL_LIMIT, MAX_LIMIT)?;
    if let Some(kind) = search.kind.as_deref()
        && !EventKind::NAMES.contains(&kind)
    {
        return Err(Problem::invalid(
            "unknown_event",
            "type",
            format!("There are no such events. There are: {}.", EventKind::NAMES.join(", ")),
        ));
    }
    let below = search.cursor.as_deref().map(super::cursor).transpose()?;
    if let Some(id) = &search.connection_id {
        let id = ConnectionId::parse(id).map_err(|_| Problem::not_found("connection"))?;
        read::connection(&core, &caller, &id).await?;
    }
    let wanted = Wanted {
        kind: search.kind.as_deref(),
        connection: search.connection_id.as_deref(),
        customer: caller.customer.as_deref(),
        below: below.as_deref(),
    };
    let rows = events::of_tenant(&core.store, caller.tenant.as_str(), caller.mode.as_str(), wanted, limit + 1)
        .await
        .map_err(ReadError::from)?;
    Ok(Json(page(rows, limit, |last| last.id.clone())))
}

/// Lists a connection's events, in their order.
#[utoipa::path(
    get, path = "/v1/connections/{id}/events", tag = "events", operation_id = "listConnectionEvents",
    params(("id" = String, Path, description = "The connection's id"), Paging),
    responses(
        (status = 200, body = Page<EventView>), (status = 401, body = Problem), (status = 404, body = Problem),
        (status = 422, body = Problem), (status = 503, body = Problem),
    ),
    security(("api_key" = []), ("customer_token" = [])),
)]
pub async fn of_connection(
    State(core): State<Arc<Core>>,
    Reader(caller): Reader,
    Path(id): Path<String>,
    paging: Result<Query<Paging>, QueryRejection>,
) -> Result<Json<Page<EventView>>, Problem> {
    let Query(paging) = paging.map_err(super::bad_query)?;
    let id = ConnectionId::parse(&id).map_err(|_| Problem::not_found("connection"))?;
    read::connection(&core, &caller, &id).await?;
    let limit = super::limit(paging.limit, USUAL_LIMIT, MAX_LIMIT)?;
    let after = match paging.cursor.as_deref().map(super::cursor).transpose()? {
        Some(seq) => seq.parse().map_err(|_| super::bad_cursor())?,
        None => 0,
    };
    let rows = events::of_connection(&core.store, caller.tenant.as_str(), id.as_str(), after, limit + 1)
        .await
        .map_err(ReadError::from)?;
    Ok(Json(page(rows, limit, |last| last.seq.unwrap_or_default().to_string())))
}

/// Sends an event of the last 30 days again.
#[utoipa::path(
    post, path = "/v1/events/{id}/replay", tag = "events", operation_id = "replayEvent",
    params(
        ("id" = String, Path, description = "The event's id"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 characters; a request sent again with it acts once"),
    ),
    request_body = Replay,
    responses(
        (status = 202, body = ReplayedView, description = "On its way"),
        (status = 400, body = Problem), (status = 401, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem, description = "`event_too_old`, `endpoint_disabled`, or `no_message`: the endpoint's dialect has none for it"),
        (status = 415, body = Problem), (status = 422, body = Problem), (status = 503, body = Problem),
    ),
    security(("api_key" = [])),
)]
pub async fn replay(
    State(core): State<Arc<Core>>,
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Strict<Replay>,
) -> Result<Response, Problem> {
    let event = EventId::parse(&id).map_err(|_| Problem::not_found("event"))?;
    let to = body.value.endpoint_id.as_deref().map(WebhookEndpointId::parse).transpose();
    let to = to.map_err(|_| Problem::not_found("webhook endpoint").field("endpoint_id"))?;
    let raw = [id.as_bytes(), &body.raw].concat();
    let prepare = async {
        let (endpoint_ids, unit) = use_case::replay(&core, &caller, &event, to.as_ref()).await?;
        Prepared::new(
            StatusCode::ACCEPTED,
            &ReplayedView {
                event_id: id.clone(),
                endpoint_ids,
            },
            unit,
        )
    };
    let request = (&caller, &headers, "POST /v1/events/{id}/replay", raw.as_slice());
    idempotency::once(&core, request, prepare, |_| Problem::unavailable()).await
}

fn page(mut rows: Vec<EventRow>, limit: i64, at: impl Fn(&EventRow) -> String) -> Page<EventView> {
    let more = super::cut(&mut rows, limit);
    let next_cursor = rows.last().filter(|_| more).map(|last| BASE64URL_NOPAD.encode(at(last).as_bytes()));
    Page {
        data: rows.iter().filter_map(|row| payload::view(&row.body)).collect(),
        next_cursor,
    }
}
