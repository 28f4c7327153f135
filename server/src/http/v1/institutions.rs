//! Institutions that the caller's key can reach.

use super::auth::Reader;
use super::present;
use super::problem::Problem;
use super::query::rule;
use super::views::{InstitutionView, Page};
use crate::connect::invite::InviteError;
use crate::core::Core;
use crate::tenants::{Caller, Mode};
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::{Uri, header};
use axum::response::IntoResponse;
use bytes::Bytes;
use gesher_contract::IdType;
use gesher_directory::{Directory, Filter, Narrowing, Wanted, Ways};
use serde::Deserialize;
use serde::de::{self, DeserializeOwned, IntoDeserializer as _};
use std::sync::Arc;
use utoipa::IntoParams;

/// Institutions listed when the caller doesn't say.
const USUAL_LIMIT: i64 = 50;
/// Most institutions listed.
const MAX_LIMIT: i64 = 200;

/// What to look for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Search {
    /// Name, nickname, code or BIC, in Hebrew or English; absent: the usual order.
    pub q: Option<String>,
    /// 1 to 200; 50 when absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    /// The invented institutions of the sandbox too.
    #[serde(default)]
    pub include_sandbox: bool,
    /// Only these, by id or alias; apart by commas.
    pub institution_ids: Option<String>,
    /// Only those of these countries, ISO 3166-1 alpha-2; apart by commas.
    pub countries: Option<String>,
    /// Only those of these parts of a country, ISO 3166-2, and those that are in all of that country; a country's own code, ISO 3166-1
    /// alpha-2, is all of its parts; apart by commas.
    pub regions: Option<String>,
    /// Only those that offer all of these, `accounts`, `balances`, `transactions`, `owners`, `investment_holdings`,
    /// `investment_transactions`; apart by commas.
    pub products: Option<String>,
    /// Only those that are reached through these, `sandbox`, `berlin_group`, `plaid`, `open_finance`, `salt_edge`; apart by commas.
    pub providers: Option<String>,
    /// `false`: none that send the person to pages of their own.
    pub allow_redirect: Option<bool>,
    /// `false`: none for businesses.
    pub allow_business: Option<bool>,
    /// `false`: no insurers.
    pub allow_insurance: Option<bool>,
    /// Only those that know a person by this: `national_id` or `passport`.
    #[param(value_type = Option<String>)]
    pub psu_id_type: Option<IdType>,
    /// `true`: only those that ask for a company's number.
    #[serde(default)]
    pub psu_corporate_id: bool,
    /// `true`: those too that cannot be reached with this key, or not by a way that is wanted. Their `routes` say so.
    #[serde(default)]
    pub include_unreachable: bool,
}

fn entries(text: Option<String>) -> Option<Vec<String>> {
    text.map(|text| text.split(',').filter(|entry| !entry.is_empty()).map(str::to_owned).collect())
}

/// The entries by their names in the body of `POST /v1/connections`.
fn named<T: DeserializeOwned>(field: &'static str, text: Option<String>) -> Result<Option<Vec<T>>, Problem> {
    let entry = |(place, text): (usize, String)| {
        let read = T::deserialize(text.as_str().into_deserializer());
        read.map_err(|error: de::value::Error| {
            Problem::invalid(
                "invalid_query",
                format!("{field}[{place}]"),
                format!("An entry of {field}: {}.", rule("it", &error.to_string())),
            )
        })
    };
    entries(text)
        .map(|entries| entries.into_iter().enumerate().map(entry).collect())
        .transpose()
}

fn filter(directory: &Directory, caller: &Caller, search: &mut Search) -> Result<Filter, Problem> {
    let narrowing = Narrowing::try_from(Wanted {
        countries: entries(search.countries.take()),
        regions: entries(search.regions.take()),
        products: named("products", search.products.take())?,
        providers: named("providers", search.providers.take())?,
        allow_redirect: search.allow_redirect,
        allow_business: search.allow_business,
        allow_insurance: search.allow_insurance,
    })
    .map_err(InviteError::from)?;
    // Who is not there is not found, by whatever name.
    let own_id = |name: String| directory.called(&name).map_or(name, |institution| institution.id.clone());
    Ok(Filter {
        test_mode: caller.mode == Mode::Test,
        include_invented: search.include_sandbox,
        institution_ids: entries(search.institution_ids.take()).map(|names| names.into_iter().map(own_id).collect()),
        psu_id_type: search.psu_id_type,
        psu_corporate_id: search.psu_corporate_id,
        narrowing,
        include_unreached: search.include_unreachable,
        ways: Ways::default(),
    })
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
    uri: Uri,
    search: Result<Query<Search>, axum::extract::rejection::QueryRejection>,
) -> Result<impl IntoResponse, Problem> {
    let json = |answer| ([(header::CONTENT_TYPE, "application/json")], answer);
    let answers = core.institutions.answers();
    let question = format!("{}:{}?{}", caller.tenant, caller.mode.as_str(), uri.query().unwrap_or_default());
    if let Some(answer) = answers.get(&question) {
        return Ok(json(answer));
    }
    let Query(mut search) = search.map_err(super::bad_query)?;
    let limit = super::limit(search.limit, USUAL_LIMIT, MAX_LIMIT)?;
    let directory = core.directory(caller.tenant.as_str(), caller.mode.as_str());
    let filter = filter(&directory, &caller, &mut search)?;
    let standing = core.institutions.standing(caller.tenant.as_str(), caller.mode.as_str());
    let query = search.q.as_deref().unwrap_or_default();
    let found = standing.search(&directory, query, &filter, usize::try_from(limit).unwrap_or_default());
    let items = found.items.into_iter();
    let page = Page {
        data: items
            .map(|found| present::institution(&core, found, &standing))
            .collect::<Vec<InstitutionView>>(),
        next_cursor: None,
    };
    let answer = serde_json::to_vec(&page).map(Bytes::from).map_err(|error| {
        tracing::error!(%error, "a list of institutions could not be written");
        Problem::unavailable()
    })?;
    answers.keep(question, &answer);
    Ok(json(answer))
}

/// One institution, by its id or by what a vendor calls it.
#[utoipa::path(
    get, path = "/v1/institutions/{institution_id}", tag = "institutions", operation_id = "getInstitution",
    params(("institution_id" = String, Path, description = "Its id, or an alias of it.")),
    responses((status = 200, body = InstitutionView), (status = 401, body = Problem), (status = 404, body = Problem)),
    security(("api_key" = [])),
)]
pub async fn get(State(core): State<Arc<Core>>, caller: Caller, Path(institution): Path<String>) -> Result<Json<InstitutionView>, Problem> {
    let directory = core.directory(caller.tenant.as_str(), caller.mode.as_str());
    let found = directory.called(&institution).ok_or_else(|| Problem::not_found("institution"))?;
    let standing = core.institutions.standing(caller.tenant.as_str(), caller.mode.as_str());
    Ok(Json(present::institution(&core, found, &standing)))
}
