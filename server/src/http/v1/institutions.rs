//! Institutions that the caller's key can reach.

use super::auth::Reader;
use super::present;
use super::problem::Problem;
use super::views::{InstitutionView, Page};
use crate::core::Core;
use crate::directory::Filter;
use crate::tenants::Mode;
use axum::Json;
use axum::extract::{Query, State};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::IntoParams;

/// Institutions listed when the caller doesn't say.
const USUAL_LIMIT: i64 = 50;
/// Most institutions listed.
const MAX_LIMIT: i64 = 200;

/// What to look for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct Search {
    /// Name, nickname, code or BIC, in Hebrew or English; absent: the usual order.
    pub q: Option<String>,
    /// 1 to 200; 50 when absent.
    pub limit: Option<i64>,
    /// The invented institutions of the sandbox too.
    #[serde(default)]
    pub include_sandbox: bool,
}

/// Lists institutions, best match first.
#[utoipa::path(
    get, path = "/v1/institutions", tag = "institutions", operation_id = "listInstitutions",
    params(Search),
    responses((status = 200, body = Page<InstitutionView>), (status = 401, body = Problem), (status = 422, body = Problem)),
    security(("api_key" = []), ("customer_token" = [])),
)]
pub async fn list(
    State(core): State<Arc<Core>>,
    Reader(caller): Reader,
    search: Result<Query<Search>, axum::extract::rejection::QueryRejection>,
) -> Result<Json<Page<InstitutionView>>, Problem> {
    let Query(search) = search.map_err(super::bad_query)?;
    let limit = super::limit(search.limit, USUAL_LIMIT, MAX_LIMIT)?;
    let filter = Filter {
        test_mode: caller.mode == Mode::Test,
        include_invented: search.include_sandbox,
        ..Filter::default()
    };
    let found = core.directory.search(
        search.q.as_deref().unwrap_or_default(),
        &filter,
        usize::try_from(limit).unwrap_or_default(),
    );
    Ok(Json(Page {
        data: found.items.into_iter().map(present::institution).collect(),
        next_cursor: None,
    }))
}
