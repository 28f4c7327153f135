//! Start pages: addresses where each visitor gets a connection of their own.

use super::body::{Strict, given};
use super::connections::{Completion, options};
use super::events::Paging;
use super::idempotency::{self, Prepared};
use super::problem::Problem;
use super::views::{Page, StartPageView};
use super::webhook_endpoints::Switch;
use crate::connect::start_pages::{self, Change, NOT_OF_A_PAGE, PageError};
use crate::core::Core;
use crate::store::start_pages::{self as rows, StartPageRow};
use crate::store::{Conflict, WriteError};
use crate::tenants::{Caller, Mode};
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use gesher_contract::{Language, StartPageId};
use gesher_domain::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::sync::Arc;
use utoipa::ToSchema;

/// Pages on a page of the list when the caller doesn't say.
const USUAL_LIMIT: i64 = 50;
/// Most on a page of the list.
const MAX_LIMIT: i64 = 200;

/// A new start page.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewStartPage {
    /// What visitors read above the button: 1 to 100 characters.
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    /// What each visitor's connection is asked for: fields of `POST /v1/connections` such as `institution_ids` and `recurring`, but for
    /// those that stand beside this one and those that are about one person (`customer`, `parent_origin`, `state`, `psu_…`).
    #[schema(value_type = Option<Object>)]
    pub connection: Option<Map<String, Value>>,
    /// Fixes the language; absent, the visitor chooses.
    #[schema(example = "he")]
    pub language: Option<Language>,
    /// Where a visit ends; one of the tenant's registered URLs, byte for byte. Absent: the first registered one.
    pub redirect_url: Option<String>,
    /// `exchange`: your backend's exchange names the customer. `automatic`, only for tenants that accept it: the connection
    /// stands at once, and its customer gets a name of ours. Absent: as the tenant is set.
    pub completion: Option<Completion>,
    /// Until when the page is open, RFC 3339. Absent: until it is switched off.
    pub expires_at: Option<String>,
    /// Connections that it may make in a day, UTC: 1 to 1000000. Absent: as many as come.
    #[schema(minimum = 1, maximum = 1000000)]
    pub daily_limit: Option<i64>,
    /// Whether it lets anybody in. Absent: `enabled`.
    pub state: Option<Switch>,
}

/// What to change of a start page. What is absent stays as it is; null takes away.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StartPageChange {
    /// What visitors read above the button.
    pub name: Option<String>,
    /// What each visitor's connection is asked for, as a whole.
    #[schema(value_type = Option<Object>)]
    pub connection: Option<Map<String, Value>>,
    /// Fixes the language.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Language>)]
    pub language: Option<Option<Language>>,
    /// Where a visit ends.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    pub redirect_url: Option<Option<String>>,
    /// Who says that a connection stands.
    pub completion: Option<Completion>,
    /// Until when the page is open.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    pub expires_at: Option<Option<String>>,
    /// Connections that it may make in a day.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 1000000)]
    pub daily_limit: Option<Option<i64>>,
    /// Whether it lets anybody in.
    pub state: Option<Switch>,
}

impl From<PageError> for Problem {
    fn from(error: PageError) -> Self {
        match error {
            PageError::NotFound => Self::not_found("start page or link"),
            PageError::Field { field, code, detail } => Self::invalid(code, field, detail),
            PageError::NoWayToConfirm => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "no_way_to_confirm",
                "Register a redirect URL: the public token has nowhere to go.",
            ),
            PageError::NoInstitution => Self::no_institution(),
            PageError::Unavailable(error) => {
                tracing::error!(%error, "a start page or link could not be read");
                Self::unavailable()
            }
        }
    }
}

const fn automatic(completion: Completion) -> bool {
    matches!(completion, Completion::Automatic)
}

const fn enabled(state: Switch) -> bool {
    matches!(state, Switch::Enabled)
}

fn parse(id: &str) -> Result<StartPageId, Problem> {
    StartPageId::parse(id).map_err(|_| Problem::not_found("start page"))
}

/// Somebody else changed the page between our reading and our writing.
fn changed(conflict: Conflict) -> Problem {
    match conflict {
        Conflict::NotFound => Problem::not_found("start page"),
        _ => Problem::new(
            StatusCode::CONFLICT,
            "start_page_changed",
            "The start page was changed at the same moment. Read it and try again.",
        ),
    }
}

fn refused(error: &WriteError) -> Problem {
    match error.conflict() {
        Some(conflict) => changed(conflict),
        None => {
            tracing::error!(%error, "a start page could not be written");
            Problem::unavailable()
        }
    }
}

fn view(core: &Core, row: &StartPageRow, used_today: i64) -> StartPageView {
    let time = |at: i64| Timestamp(at).rfc3339();
    StartPageView {
        id: row.id.clone(),
        mode: Mode::from_column(&row.mode).as_str(),
        url: format!("{}/start/{}", core.url, row.slug),
        name: row.name.clone(),
        connection: start_pages::shown(&row.ask),
        language: row.language.clone(),
        redirect_url: row.redirect_url.clone(),
        completion: row.completion.clone(),
        expires_at: row.expires_at.map(time),
        daily_limit: row.daily_limit,
        used_today,
        state: row.state.clone(),
        created_at: time(row.created_at),
        updated_at: time(row.updated_at),
    }
}

/// Makes a start page.
#[utoipa::path(
    post, path = "/v1/start_pages", tag = "start pages", operation_id = "createStartPage",
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 255 characters; a request sent again with it acts once")),
    request_body = NewStartPage,
    responses(
        (status = 201, body = StartPageView, description = "Made"),
        (status = 400, body = Problem), (status = 401, body = Problem), (status = 409, body = Problem), (status = 415, body = Problem),
        (status = 422, body = Problem, description = "A field is unknown or wrong; `field` names it"), (status = 503, body = Problem),
    ),
    security(("api_key" = [])),
)]
pub async fn create(
    State(core): State<Arc<Core>>,
    caller: Caller,
    headers: HeaderMap,
    body: Strict<NewStartPage>,
) -> Result<Response, Problem> {
    let asked = body.value;
    let prepare = async {
        let change = Change {
            name: Some(asked.name),
            connection: asked.connection.map(|fields| options(&fields, &NOT_OF_A_PAGE)).transpose()?,
            language: Some(asked.language),
            redirect_url: Some(asked.redirect_url),
            automatic: asked.completion.map(automatic),
            expires_at: Some(asked.expires_at),
            daily_limit: Some(asked.daily_limit),
            enabled: asked.state.map(enabled),
        };
        let (row, unit) = start_pages::make(&core, &caller, change).await?;
        Prepared::new(StatusCode::CREATED, &view(&core, &row, 0), unit)
    };
    let request = (&caller, &headers, "POST /v1/start_pages", body.raw.as_ref());
    idempotency::once(&core, request, prepare, changed).await
}

/// Lists the start pages of the key's mode, newest first.
#[utoipa::path(
    get, path = "/v1/start_pages", tag = "start pages", operation_id = "listStartPages",
    params(Paging),
    responses(
        (status = 200, body = Page<StartPageView>), (status = 401, body = Problem), (status = 422, body = Problem), (status = 503, body = Problem),
    ),
    security(("api_key" = [])),
)]
pub async fn list(
    State(core): State<Arc<Core>>,
    caller: Caller,
    paging: Result<Query<Paging>, QueryRejection>,
) -> Result<Json<Page<StartPageView>>, Problem> {
    let Query(paging) = paging.map_err(super::bad_query)?;
    let limit = super::limit(paging.limit, USUAL_LIMIT, MAX_LIMIT)?;
    let below = paging
        .cursor
        .as_deref()
        .map(|cursor| StartPageId::parse(cursor).map_err(|_| super::bad_cursor()))
        .transpose()?;
    let below = below.as_ref().map(StartPageId::as_str);
    // One more than asked for tells whether there is a next page.
    let mut pages = rows::of_tenant(&core.store, caller.tenant.as_str(), Some(caller.mode.as_str()), below, limit + 1)
        .await
        .map_err(PageError::from)?;
    let more = super::cut(&mut pages, limit);
    let next_cursor = pages.last().filter(|_| more).map(|last| last.id.clone());
    let mut data = Vec::with_capacity(pages.len());
    for row in &pages {
        data.push(view(&core, row, start_pages::used_today(&core, row).await?));
    }
    Ok(Json(Page { data, next_cursor }))
}

/// Reads a start page.
#[utoipa::path(
    get, path = "/v1/start_pages/{id}", tag = "start pages", operation_id = "getStartPage",
    params(("id" = String, Path, description = "The start page's id")),
    responses((status = 200, body = StartPageView), (status = 401, body = Problem), (status = 404, body = Problem), (status = 503, body = Problem)),
    security(("api_key" = [])),
)]
pub async fn get(State(core): State<Arc<Core>>, caller: Caller, Path(id): Path<String>) -> Result<Json<StartPageView>, Problem> {
    let row = start_pages::get(&core, &caller, &parse(&id)?).await?;
    let used = start_pages::used_today(&core, &row).await?;
    Ok(Json(view(&core, &row, used)))
}

/// Changes a start page. Its address stays.
#[utoipa::path(
    patch, path = "/v1/start_pages/{id}", tag = "start pages", operation_id = "changeStartPage",
    params(("id" = String, Path, description = "The start page's id")),
    request_body = StartPageChange,
    responses(
        (status = 200, body = StartPageView), (status = 400, body = Problem), (status = 401, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem, description = "`start_page_changed`: by somebody else at the same moment"), (status = 415, body = Problem),
        (status = 422, body = Problem, description = "A field is unknown or wrong; `field` names it"), (status = 503, body = Problem),
    ),
    security(("api_key" = [])),
)]
pub async fn change(
    State(core): State<Arc<Core>>,
    caller: Caller,
    Path(id): Path<String>,
    body: Strict<StartPageChange>,
) -> Result<Json<StartPageView>, Problem> {
    let before = start_pages::get(&core, &caller, &parse(&id)?).await?;
    let asked = body.value;
    let change = Change {
        name: asked.name,
        connection: asked.connection.map(|fields| options(&fields, &NOT_OF_A_PAGE)).transpose()?,
        language: asked.language,
        redirect_url: asked.redirect_url,
        automatic: asked.completion.map(automatic),
        expires_at: asked.expires_at,
        daily_limit: asked.daily_limit,
        enabled: asked.state.map(enabled),
    };
    let (row, unit) = start_pages::change(&core, &caller, &before, change).await?;
    core.store.write(unit).await.map_err(|error| refused(&error))?;
    let used = start_pages::used_today(&core, &row).await?;
    Ok(Json(view(&core, &row, used)))
}

/// Deletes a start page. Connections that it made stay.
#[utoipa::path(
    delete, path = "/v1/start_pages/{id}", tag = "start pages", operation_id = "deleteStartPage",
    params(("id" = String, Path, description = "The start page's id")),
    responses(
        (status = 204, description = "Deleted"), (status = 401, body = Problem), (status = 404, body = Problem), (status = 503, body = Problem),
    ),
    security(("api_key" = [])),
)]
pub async fn delete(State(core): State<Arc<Core>>, caller: Caller, Path(id): Path<String>) -> Result<StatusCode, Problem> {
    let row = start_pages::get(&core, &caller, &parse(&id)?).await?;
    let deleted = core.store.write(start_pages::delete(&core, &caller, &row)).await;
    deleted.map(|()| StatusCode::NO_CONTENT).map_err(|error| refused(&error))
}
