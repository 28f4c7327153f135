//! Webhook endpoints: where the caller's backend hears of events.

use super::body::Strict;
use super::event_types::WebhookEventType;
use super::events::Paging;
use super::idempotency::{self, Prepared};
use super::problem::Problem;
use super::views::{AttemptView, CreatedEndpointView, DisabledView, EndpointView, Page, PingedView, RotatedView};
use crate::connections::read::ReadError;
use crate::core::Core;
use crate::outbound::guard::Refused;
use crate::secrets::ExposeSecret as _;
use crate::store::Conflict;
use crate::store::webhooks::attempts::{self, AttemptRow};
use crate::store::webhooks::endpoints::{self as rows, EndpointRow};
use crate::tenants::{Caller, Mode};
use crate::webhooks::dialect::Dialect;
use crate::webhooks::endpoints::{self, Change, EndpointError, KINDS, MOST};
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use data_encoding::BASE64URL_NOPAD;
use gesher_contract::{DisabledWhy, WebhookEndpointId};
use gesher_domain::Timestamp;
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// Tries on a page when the caller doesn't say.
const USUAL_LIMIT: i64 = 50;
/// Most tries on a page.
const MAX_LIMIT: i64 = 200;

/// A new endpoint.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewEndpoint {
    /// Where events are sent: `https://`, at most 2000 characters, leading to the public internet. In demo mode plain http and
    /// this machine are open too.
    #[schema(format = "uri", max_length = 2000, example = "https://shop.example/gesher/events")]
    pub url: String,
    /// What you call it: at most 200 characters.
    #[schema(max_length = 200)]
    pub description: Option<String>,
    /// The types of events that it gets; absent or empty: all.
    #[schema(value_type = Option<Vec<WebhookEventType>>)]
    pub events: Option<Vec<String>>,
    /// In whose words it is spoken to: `native`, as when absent, or `meld`: Meld's webhooks, signed and tried again as Meld does. It
    /// stays so.
    pub dialect: Option<Dialect>,
}

/// Whether anything is sent.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Switch {
    /// Events are sent.
    Enabled,
    /// Nothing is sent; what was on its way is given up.
    Disabled,
}

/// What to change of an endpoint. What is absent stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EndpointChange {
    /// Where events are sent.
    pub url: Option<String>,
    /// What you call it.
    pub description: Option<String>,
    /// The types of events that it gets; empty: all.
    #[schema(value_type = Option<Vec<WebhookEventType>>)]
    pub events: Option<Vec<String>>,
    /// Whether anything is sent. Enabling forgets why it was disabled.
    pub state: Option<Switch>,
}

impl From<EndpointChange> for Change {
    fn from(asked: EndpointChange) -> Self {
        Self {
            url: asked.url,
            description: asked.description,
            events: asked.events,
            enabled: asked.state.map(|state| matches!(state, Switch::Enabled)),
        }
    }
}

impl From<EndpointError> for Problem {
    fn from(error: EndpointError) -> Self {
        match error {
            EndpointError::NotFound => Self::not_found("webhook endpoint"),
            EndpointError::Url(Refused::Forbidden) => Self::invalid(
                "url_not_allowed",
                "url",
                "This address does not lead to the public internet, or it leads to Gesher itself.",
            ),
            EndpointError::Url(Refused::Url(why)) => Self::invalid("invalid_url", "url", format!("This address cannot be used: {why}.")),
            EndpointError::Description => Self::invalid(
                "invalid_description",
                "description",
                "description takes at most 200 characters, none of them a control character.",
            ),
            EndpointError::Events(place) => Self::invalid(
                "unknown_event",
                format!("events[{place}]"),
                format!("There are no such events. There are: {}.", KINDS.join(", ")),
            ),
            EndpointError::Disabled => Self::new(
                StatusCode::CONFLICT,
                "endpoint_disabled",
                "Nothing is sent to this endpoint. Enable it first.",
            ),
            EndpointError::Sign(error) => {
                tracing::error!(%error, "a webhook endpoint's secret could not be made or opened");
                Self::unavailable()
            }
            EndpointError::Unavailable(error) => {
                tracing::error!(%error, "a webhook endpoint could not be read");
                Self::unavailable()
            }
        }
    }
}

fn parse(id: &str) -> Result<WebhookEndpointId, Problem> {
    WebhookEndpointId::parse(id).map_err(|_| Problem::not_found("webhook endpoint"))
}

/// Somebody else changed the endpoint between our reading and our writing.
fn changed(_: Conflict) -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "endpoint_changed",
        "The endpoint was changed at the same moment. Read it and try again.",
    )
}

/// An endpoint, without its secret.
pub fn view(row: &EndpointRow) -> EndpointView {
    let time = |at: i64| Timestamp(at).rfc3339();
    EndpointView {
        id: row.id.clone(),
        mode: Mode::from_column(&row.mode).as_str(),
        dialect: Dialect::of(&row.dialect),
        url: row.url.clone(),
        description: row.description.clone(),
        events: row.kinds.split_whitespace().map(str::to_owned).collect(),
        state: row.state.clone(),
        disabled: row.why.clone().map(|why| DisabledView {
            why,
            since: time(row.since),
        }),
        failing_since: row.failing_since.map(time),
        public_key: row.public_key.clone(),
        created_at: time(row.created_at),
        updated_at: time(row.updated_at),
    }
}

/// Makes an endpoint. Its secret is shown here and never again.
#[utoipa::path(
    post, path = "/v1/webhook_endpoints", tag = "webhooks", operation_id = "createWebhookEndpoint",
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 255 characters; a request sent again with it acts once")),
    request_body = NewEndpoint,
    responses(
        (status = 201, body = CreatedEndpointView, description = "Made"),
        (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 409, body = Problem, description = "`too_many_endpoints`: there are 16"), (status = 415, body = Problem),
        (status = 422, body = Problem, description = "A field is unknown or wrong; `field` names it"), (status = 503, body = Problem),
    ),
    security(("api_key" = [])),
)]
pub async fn create(
    State(core): State<Arc<Core>>,
    caller: Caller,
    headers: HeaderMap,
    body: Strict<NewEndpoint>,
) -> Result<Response, Problem> {
    let asked = body.value;
    let prepare = async {
        let change = Change {
            url: Some(asked.url),
            description: asked.description,
            events: asked.events,
            enabled: None,
        };
        let (row, secret, unit) = endpoints::make(&core, &caller, asked.dialect.unwrap_or_default(), change).await?;
        let answer = CreatedEndpointView {
            endpoint: view(&row),
            secret: secret.expose_secret().to_owned(),
        };
        Prepared::new(StatusCode::CREATED, &answer, unit)
    };
    let request = (&caller, &headers, "POST /v1/webhook_endpoints", body.raw.as_ref());
    let full = |_| {
        Problem::new(
            StatusCode::CONFLICT,
            "too_many_endpoints",
            format!("There are {MOST} endpoints, which is the most. Delete one first."),
        )
    };
    idempotency::once(&core, request, prepare, full).await
}

/// Lists the endpoints, oldest first, all on one page.
#[utoipa::path(
    get, path = "/v1/webhook_endpoints", tag = "webhooks", operation_id = "listWebhookEndpoints",
    responses((status = 200, body = Page<EndpointView>), (status = 401, body = Problem), (status = 503, body = Problem)),
    security(("api_key" = [])),
)]
pub async fn list(State(core): State<Arc<Core>>, caller: Caller) -> Result<Json<Page<EndpointView>>, Problem> {
    let rows = endpoints::list(&core, &caller).await?;
    Ok(Json(Page {
        data: rows.iter().map(view).collect(),
        next_cursor: None,
    }))
}

/// Reads an endpoint.
#[utoipa::path(
    get, path = "/v1/webhook_endpoints/{id}", tag = "webhooks", operation_id = "getWebhookEndpoint",
    params(("id" = String, Path, description = "The endpoint's id")),
    responses((status = 200, body = EndpointView), (status = 401, body = Problem), (status = 404, body = Problem), (status = 503, body = Problem)),
    security(("api_key" = [])),
)]
pub async fn get(State(core): State<Arc<Core>>, caller: Caller, Path(id): Path<String>) -> Result<Json<EndpointView>, Problem> {
    let row = endpoints::get(&core, &caller, &parse(&id)?).await?;
    Ok(Json(view(&row)))
}

/// Changes an endpoint.
#[utoipa::path(
    patch, path = "/v1/webhook_endpoints/{id}", tag = "webhooks", operation_id = "changeWebhookEndpoint",
    params(("id" = String, Path, description = "The endpoint's id")),
    request_body = EndpointChange,
    responses(
        (status = 200, body = EndpointView), (status = 400, body = Problem), (status = 401, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem, description = "`endpoint_changed`: by somebody else at the same moment"), (status = 415, body = Problem),
        (status = 422, body = Problem, description = "A field is unknown or wrong; `field` names it"), (status = 503, body = Problem),
    ),
    security(("api_key" = [])),
)]
pub async fn change(
    State(core): State<Arc<Core>>,
    caller: Caller,
    Path(id): Path<String>,
    body: Strict<EndpointChange>,
) -> Result<Json<EndpointView>, Problem> {
    let before = endpoints::get(&core, &caller, &parse(&id)?).await?;
    let (row, unit) = endpoints::change(&core, &before, body.value.into(), DisabledWhy::Host).await?;
    match core.store.write(unit).await {
        Ok(()) => Ok(Json(view(&row))),
        Err(error) => Err(refused(&error)),
    }
}

/// Deletes an endpoint, with what was on its way to it and its tries.
#[utoipa::path(
    delete, path = "/v1/webhook_endpoints/{id}", tag = "webhooks", operation_id = "deleteWebhookEndpoint",
    params(("id" = String, Path, description = "The endpoint's id")),
    responses(
        (status = 204, description = "Deleted"), (status = 401, body = Problem), (status = 404, body = Problem), (status = 503, body = Problem),
    ),
    security(("api_key" = [])),
)]
pub async fn delete(State(core): State<Arc<Core>>, caller: Caller, Path(id): Path<String>) -> Result<StatusCode, Problem> {
    let row = endpoints::get(&core, &caller, &parse(&id)?).await?;
    match core.store.write(rows::delete(&row.tenant_id, &row.id).to_vec()).await {
        Ok(()) => Ok(StatusCode::NO_CONTENT),
        Err(error) if error.conflict() == Some(Conflict::NotFound) => Err(EndpointError::NotFound.into()),
        Err(error) => Err(refused(&error)),
    }
}

fn refused(error: &crate::store::WriteError) -> Problem {
    match error.conflict() {
        Some(conflict) => changed(conflict),
        None => {
            tracing::error!(%error, "a webhook endpoint could not be written");
            Problem::unavailable()
        }
    }
}

/// Gives an endpoint a new secret. It is shown here and never again; the one before signs too for 24 hours.
#[utoipa::path(
    post, path = "/v1/webhook_endpoints/{id}/rotate_secret", tag = "webhooks", operation_id = "rotateWebhookSecret",
    params(
        ("id" = String, Path, description = "The endpoint's id"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 characters; a request sent again with it acts once"),
    ),
    responses(
        (status = 200, body = RotatedView), (status = 400, body = Problem), (status = 401, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem, description = "`endpoint_changed`: by somebody else at the same moment"),
        (status = 422, body = Problem, description = "`idempotency_key_reused`"), (status = 503, body = Problem),
    ),
    security(("api_key" = [])),
)]
pub async fn rotate_secret(
    State(core): State<Arc<Core>>,
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let endpoint = parse(&id)?;
    let prepare = async {
        let before = endpoints::get(&core, &caller, &endpoint).await?;
        let (row, secret, unit) = endpoints::rotate(&core, &before)?;
        let answer = RotatedView {
            id: row.id,
            secret: secret.expose_secret().to_owned(),
            old_secret_until: Timestamp(row.old_secret_until.unwrap_or_default()).rfc3339(),
        };
        Prepared::new(StatusCode::OK, &answer, unit)
    };
    let request = (&caller, &headers, "POST /v1/webhook_endpoints/{id}/rotate_secret", id.as_bytes());
    idempotency::once(&core, request, prepare, changed).await
}

/// Sends a `ping` event to an endpoint, as any other event is sent. What came of it is among its tries.
#[utoipa::path(
    post, path = "/v1/webhook_endpoints/{id}/ping", tag = "webhooks", operation_id = "pingWebhookEndpoint",
    params(
        ("id" = String, Path, description = "The endpoint's id"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 characters; a request sent again with it acts once"),
    ),
    responses(
        (status = 202, body = PingedView, description = "On its way"), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem, description = "`endpoint_disabled`"),
        (status = 422, body = Problem, description = "`idempotency_key_reused`"), (status = 503, body = Problem),
    ),
    security(("api_key" = [])),
)]
pub async fn ping(State(core): State<Arc<Core>>, caller: Caller, Path(id): Path<String>, headers: HeaderMap) -> Result<Response, Problem> {
    let endpoint = parse(&id)?;
    let prepare = async {
        let row = endpoints::get(&core, &caller, &endpoint).await?;
        let (event_id, unit) = endpoints::ping(&core, &row)?;
        Prepared::new(StatusCode::ACCEPTED, &PingedView { event_id }, unit)
    };
    let request = (&caller, &headers, "POST /v1/webhook_endpoints/{id}/ping", id.as_bytes());
    idempotency::once(&core, request, prepare, changed).await
}

/// Lists the tries of the last 30 days, newest first.
#[utoipa::path(
    get, path = "/v1/webhook_endpoints/{id}/attempts", tag = "webhooks", operation_id = "listWebhookAttempts",
    params(("id" = String, Path, description = "The endpoint's id"), Paging),
    responses(
        (status = 200, body = Page<AttemptView>), (status = 401, body = Problem), (status = 404, body = Problem),
        (status = 422, body = Problem), (status = 503, body = Problem),
    ),
    security(("api_key" = [])),
)]
pub async fn attempts(
    State(core): State<Arc<Core>>,
    caller: Caller,
    Path(id): Path<String>,
    paging: Result<Query<Paging>, QueryRejection>,
) -> Result<Json<Page<AttemptView>>, Problem> {
    let Query(paging) = paging.map_err(super::bad_query)?;
    let row = endpoints::get(&core, &caller, &parse(&id)?).await?;
    let limit = super::limit(paging.limit, USUAL_LIMIT, MAX_LIMIT)?;
    let below = paging.cursor.as_deref().map(super::cursor).transpose()?;
    let mut rows = attempts::of_endpoint(&core.store, &row.tenant_id, &row.id, below.as_deref(), limit + 1)
        .await
        .map_err(ReadError::from)?;
    let more = super::cut(&mut rows, limit);
    let next_cursor = rows.last().filter(|_| more).map(|last| BASE64URL_NOPAD.encode(last.id.as_bytes()));
    Ok(Json(Page {
        data: rows.into_iter().map(attempt).collect(),
        next_cursor,
    }))
}

fn attempt(row: AttemptRow) -> AttemptView {
    AttemptView {
        event_id: row.event_id,
        message: Some(row.part).filter(|part| !part.is_empty()),
        number: row.number,
        at: Timestamp(row.at).rfc3339(),
        status: row.status,
        error: row.error,
        took_ms: row.took_ms,
    }
}
