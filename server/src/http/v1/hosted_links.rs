//! Hosted links: a link for one customer that can be used a number of times, until its time is up or it is revoked.

use super::body::Strict;
use super::connections::{Completion, Customer, options};
use super::events::Paging;
use super::idempotency::{self, Prepared};
use super::problem::Problem;
use super::views::{CreatedLinkView, CustomerView, HostedLinkView, Page};
use crate::connect::hosted_links::{self, BESIDE, NewLink, State as LinkState};
use crate::connect::start_pages::{self, PageError};
use crate::core::Core;
use crate::secrets::ExposeSecret as _;
use crate::store::hosted_links::{self as rows, HostedLinkRow};
use crate::tenants::{Caller, Mode};
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use gesher_contract::{HostedLinkId, Language};
use gesher_domain::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::sync::Arc;
use utoipa::ToSchema;

/// Links on a page of the list when the caller doesn't say.
const USUAL_LIMIT: i64 = 50;
/// Most on a page of the list.
const MAX_LIMIT: i64 = 200;

/// A new hosted link.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewHostedLink {
    /// Whose connections it makes.
    pub customer: Customer,
    /// What a connection is asked for: fields of `POST /v1/connections`, but for those that stand beside this one and `parent_origin`.
    #[schema(value_type = Option<Object>)]
    pub connection: Option<Map<String, Value>>,
    /// Fixes the language; absent, the person chooses.
    #[schema(example = "he")]
    pub language: Option<Language>,
    /// Where it ends; one of the tenant's registered URLs, byte for byte. Absent: the first registered one.
    pub redirect_url: Option<String>,
    /// When the accounts can be read. Absent: as the tenant is set.
    pub completion: Option<Completion>,
    /// Until when it can be used, RFC 3339, at most a year away. Absent: seven days.
    pub expires_at: Option<String>,
    /// How often it can be used: 1 to 1000. Absent: once.
    #[schema(minimum = 1, maximum = 1000)]
    pub max_uses: Option<i64>,
}

fn parse(id: &str) -> Result<HostedLinkId, Problem> {
    HostedLinkId::parse(id).map_err(|_| Problem::not_found("hosted link"))
}

fn view(core: &Core, row: &HostedLinkRow) -> HostedLinkView {
    let time = |at: i64| Timestamp(at).rfc3339();
    HostedLinkView {
        id: row.id.clone(),
        mode: Mode::from_column(&row.mode).as_str(),
        customer: CustomerView {
            external_id: row.customer.clone(),
        },
        connection: start_pages::shown(&hosted_links::asked(core, row).unwrap_or_default()),
        expires_at: time(row.expires_at),
        max_uses: row.max_uses,
        uses: row.uses,
        state: LinkState::of(row, core.clock.now()).as_str(),
        revoked_at: row.revoked_at.map(time),
        created_at: time(row.created_at),
    }
}

fn changed(conflict: crate::store::Conflict) -> Problem {
    tracing::error!(%conflict, "a hosted link could not be written");
    Problem::unavailable()
}

/// Makes a hosted link. Its address is shown here and never again.
#[utoipa::path(
    post, path = "/v1/hosted_links", tag = "hosted links", operation_id = "createHostedLink",
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 255 characters; a request sent again with it acts once")),
    request_body = NewHostedLink,
    responses(
        (status = 201, body = CreatedLinkView, description = "Made"),
        (status = 400, body = Problem), (status = 401, body = Problem), (status = 415, body = Problem),
        (status = 422, body = Problem, description = "A field is unknown or wrong; `field` names it"), (status = 503, body = Problem),
    ),
    security(("api_key" = [])),
)]
pub async fn create(
    State(core): State<Arc<Core>>,
    caller: Caller,
    headers: HeaderMap,
    body: Strict<NewHostedLink>,
) -> Result<Response, Problem> {
    let asked = body.value;
    let prepare = async {
        let mut wish = options(&asked.connection.unwrap_or_default(), &BESIDE)?;
        wish.customer = Some(asked.customer.external_id);
        wish.language = asked.language;
        wish.redirect_url = asked.redirect_url;
        wish.automatic = asked.completion.map(|completion| matches!(completion, Completion::Automatic));
        let new = NewLink {
            wish,
            expires_at: asked.expires_at,
            max_uses: asked.max_uses,
        };
        let (row, token, unit) = hosted_links::make(&core, &caller, new).await?;
        let answer = CreatedLinkView {
            link: view(&core, &row),
            url: format!("{}/l/{}", core.url, token.expose_secret()),
        };
        Prepared::new(StatusCode::CREATED, &answer, unit)
    };
    let request = (&caller, &headers, "POST /v1/hosted_links", body.raw.as_ref());
    idempotency::once(&core, request, prepare, changed).await
}

/// Lists the hosted links of the key's mode, newest first.
#[utoipa::path(
    get, path = "/v1/hosted_links", tag = "hosted links", operation_id = "listHostedLinks",
    params(Paging),
    responses(
        (status = 200, body = Page<HostedLinkView>), (status = 401, body = Problem), (status = 422, body = Problem), (status = 503, body = Problem),
    ),
    security(("api_key" = [])),
)]
pub async fn list(
    State(core): State<Arc<Core>>,
    caller: Caller,
    paging: Result<Query<Paging>, QueryRejection>,
) -> Result<Json<Page<HostedLinkView>>, Problem> {
    let Query(paging) = paging.map_err(super::bad_query)?;
    let limit = super::limit(paging.limit, USUAL_LIMIT, MAX_LIMIT)?;
    let below = paging
        .cursor
        .as_deref()
        .map(|cursor| HostedLinkId::parse(cursor).map_err(|_| super::bad_cursor()))
        .transpose()?;
    let below = below.as_ref().map(HostedLinkId::as_str);
    // One more than asked for tells whether there is a next page.
    let mut links = rows::of_tenant(&core.store, caller.tenant.as_str(), Some(caller.mode.as_str()), below, limit + 1)
        .await
        .map_err(PageError::from)?;
    let more = super::cut(&mut links, limit);
    let next_cursor = links.last().filter(|_| more).map(|last| last.id.clone());
    Ok(Json(Page {
        data: links.iter().map(|row| view(&core, row)).collect(),
        next_cursor,
    }))
}

/// Reads a hosted link.
#[utoipa::path(
    get, path = "/v1/hosted_links/{id}", tag = "hosted links", operation_id = "getHostedLink",
    params(("id" = String, Path, description = "The link's id")),
    responses((status = 200, body = HostedLinkView), (status = 401, body = Problem), (status = 404, body = Problem), (status = 503, body = Problem)),
    security(("api_key" = [])),
)]
pub async fn get(State(core): State<Arc<Core>>, caller: Caller, Path(id): Path<String>) -> Result<Json<HostedLinkView>, Problem> {
    let row = hosted_links::get(&core, &caller, &parse(&id)?).await?;
    Ok(Json(view(&core, &row)))
}

/// Revokes a hosted link. Sessions that it made go on.
#[utoipa::path(
    delete, path = "/v1/hosted_links/{id}", tag = "hosted links", operation_id = "revokeHostedLink",
    params(("id" = String, Path, description = "The link's id")),
    responses(
        (status = 200, body = HostedLinkView, description = "Revoked, now or before"),
        (status = 401, body = Problem), (status = 404, body = Problem), (status = 503, body = Problem),
    ),
    security(("api_key" = [])),
)]
pub async fn revoke(State(core): State<Arc<Core>>, caller: Caller, Path(id): Path<String>) -> Result<Json<HostedLinkView>, Problem> {
    let id = parse(&id)?;
    let before = hosted_links::get(&core, &caller, &id).await?;
    core.store
        .write(hosted_links::revoke(&core, &caller, &before))
        .await
        .map_err(|error| {
            tracing::error!(%error, "a hosted link could not be revoked");
            Problem::unavailable()
        })?;
    let row = hosted_links::get(&core, &caller, &id).await?;
    Ok(Json(view(&core, &row)))
}
