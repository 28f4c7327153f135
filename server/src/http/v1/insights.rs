//! What is made of a connection's transactions, as far as it is switched on, and what the host has seen of them.

use super::auth::Reader;
use super::body::Strict;
use super::problem::Problem;
use super::views::Page;
use crate::connections::insights::{self, Insight, MOST_SEEN, Standing};
use crate::connections::read::{self, ReadError};
use crate::core::Core;
use crate::store::insights as store;
use crate::tenants::Caller;
use axum::Json;
use axum::extract::{Path, State};
use gesher_contract::{ConnectionId, TransactionId};
use gesher_insights::{Category, Language};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use utoipa::ToSchema;

/// What is on for a connection, and what waits.
#[derive(Debug, Serialize, ToSchema)]
pub struct InsightsView {
    /// What is on: `categories`, `repeats`, `transfers`.
    pub insights: BTreeSet<Insight>,
    /// Transactions that you have not marked as seen.
    pub unseen: i64,
    /// Transactions without a category; null while categories are off.
    pub unsorted: Option<i64>,
}

impl From<Standing> for InsightsView {
    fn from(standing: Standing) -> Self {
        Self {
            unseen: standing.counts.unseen,
            unsorted: standing.on.contains(&Insight::Categories).then_some(standing.counts.unsorted),
            insights: standing.on,
        }
    }
}

/// What is to be on for a connection.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WantedInsights {
    /// `categories`, `repeats`, `transfers`: what is not in the list goes off.
    #[schema(example = json!(["categories"]))]
    pub insights: Vec<Insight>,
}

/// What has been seen.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SeenTransactions {
    /// 1 to 500 of the connection's transactions; absent: all that are there.
    #[schema(min_items = 1, max_items = 500)]
    pub transaction_ids: Option<Vec<String>>,
}

/// Transactions that come again.
#[derive(Debug, Serialize, ToSchema)]
pub struct RepeatView {
    /// Its id; its transactions have it as `repeat_id`.
    pub id: String,
    /// The account.
    pub account_id: String,
    /// `weekly`, `fortnightly`, `monthly`, `two_monthly`, `quarterly` or `yearly`.
    pub period: String,
    /// Decimal string, negative for money that leaves: what the next one is likely to be.
    pub amount: String,
    /// ISO 4217.
    pub currency: String,
    /// What the institution wrote last.
    pub description: String,
    /// The other side, where it is known.
    pub counterparty: Option<String>,
    /// What it is about, where categories are on.
    pub category: Option<String>,
    /// How many transactions it has.
    pub transactions: i64,
    /// The day of the first, `YYYY-MM-DD`.
    pub first_date: String,
    /// The day of the last.
    pub last_date: String,
    /// The day on which the next one is expected; null when it comes no more.
    pub next_date: Option<String>,
}

/// A category.
#[derive(Debug, Serialize, ToSchema)]
pub struct CategoryView {
    /// Its id, as transactions have it.
    pub id: &'static str,
    /// Its name by language.
    pub name: BTreeMap<&'static str, &'static str>,
}

fn connection(id: &str) -> Result<ConnectionId, Problem> {
    ConnectionId::parse(id).map_err(|_| Problem::not_found("connection"))
}

/// Reads what is on for a connection, and how many of its transactions wait to be seen or sorted.
#[utoipa::path(
    get, path = "/v1/connections/{id}/insights", tag = "insights", operation_id = "getInsights",
    params(("id" = String, Path, description = "The connection's id")),
    responses((status = 200, body = InsightsView), (status = 401, body = Problem), (status = 404, body = Problem), (status = 503, body = Problem)),
    security(("api_key" = []), ("customer_token" = [])),
)]
pub async fn get(State(core): State<Arc<Core>>, Reader(caller): Reader, Path(id): Path<String>) -> Result<Json<InsightsView>, Problem> {
    let standing = insights::standing(&core, &caller, &connection(&id)?).await?;
    Ok(Json(standing.into()))
}

/// Switches on what is in the list, and off the rest. It is made, or taken away, within seconds.
#[utoipa::path(
    put, path = "/v1/connections/{id}/insights", tag = "insights", operation_id = "setInsights",
    params(("id" = String, Path, description = "The connection's id")),
    request_body = WantedInsights,
    responses(
        (status = 200, body = InsightsView), (status = 400, body = Problem), (status = 401, body = Problem), (status = 404, body = Problem),
        (status = 415, body = Problem), (status = 422, body = Problem), (status = 503, body = Problem),
    ),
    security(("api_key" = [])),
)]
pub async fn set(
    State(core): State<Arc<Core>>,
    caller: Caller,
    Path(id): Path<String>,
    body: Strict<WantedInsights>,
) -> Result<Json<InsightsView>, Problem> {
    let id = connection(&id)?;
    insights::change(&core, &caller, &id, &body.value.insights.into_iter().collect()).await?;
    Ok(Json(insights::standing(&core, &caller, &id).await?.into()))
}

/// Marks transactions of a connection as seen. Those that are seen already, or are another connection's, are passed over.
#[utoipa::path(
    put, path = "/v1/connections/{id}/seen", tag = "insights", operation_id = "markSeen",
    params(("id" = String, Path, description = "The connection's id")),
    request_body = SeenTransactions,
    responses(
        (status = 200, body = InsightsView), (status = 400, body = Problem), (status = 401, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 415, body = Problem), (status = 422, body = Problem), (status = 503, body = Problem),
    ),
    security(("api_key" = [])),
)]
pub async fn see(
    State(core): State<Arc<Core>>,
    caller: Caller,
    Path(id): Path<String>,
    body: Strict<SeenTransactions>,
) -> Result<Json<InsightsView>, Problem> {
    let id = connection(&id)?;
    let wrong = || {
        let detail = format!("transaction_ids is a list of 1 to {MOST_SEEN} ids of transactions.");
        Problem::invalid("invalid_transaction_ids", "transaction_ids", detail)
    };
    let seen = match body.value.transaction_ids {
        None => None,
        Some(ids) if (1..=MOST_SEEN).contains(&ids.len()) => {
            let parsed = ids.iter().map(|id| TransactionId::parse(id).map_err(|_| wrong()));
            Some(parsed.collect::<Result<Vec<_>, _>>()?)
        }
        Some(_) => return Err(wrong()),
    };
    insights::see(&core, &caller, &id, seen.as_deref()).await?;
    Ok(Json(insights::standing(&core, &caller, &id).await?.into()))
}

/// Lists what comes again in a connection, the next one first.
#[utoipa::path(
    get, path = "/v1/connections/{id}/repeats", tag = "insights", operation_id = "listRepeats",
    params(("id" = String, Path, description = "The connection's id")),
    responses(
        (status = 200, body = Page<RepeatView>, description = "Empty while repeats are off"),
        (status = 401, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 503, body = Problem),
    ),
    security(("api_key" = []), ("customer_token" = [])),
)]
pub async fn repeats(
    State(core): State<Arc<Core>>,
    Reader(caller): Reader,
    Path(id): Path<String>,
) -> Result<Json<Page<RepeatView>>, Problem> {
    let row = read::open_connection(&core, &caller, &connection(&id)?).await?;
    let rows = store::repeats(&core.store, &row.tenant_id, &row.id)
        .await
        .map_err(ReadError::from)?;
    let on = store::switches(&core.store, &row.tenant_id, &row.id)
        .await
        .map_err(ReadError::from)?;
    let data = rows.into_iter().filter(|_| on.repeats).map(|row| RepeatView {
        id: row.id,
        account_id: row.account_id,
        period: row.period,
        amount: row.amount,
        currency: row.currency,
        description: row.description,
        counterparty: row.counterparty,
        category: row.category.filter(|_| on.categories),
        transactions: row.members,
        first_date: row.first_on,
        last_date: row.last_on,
        next_date: row.next_on,
    });
    Ok(Json(Page {
        data: data.collect(),
        next_cursor: None,
    }))
}

/// Lists the categories with their names.
#[utoipa::path(
    get, path = "/v1/categories", tag = "insights", operation_id = "listCategories",
    responses((status = 200, body = Page<CategoryView>), (status = 401, body = Problem)),
    security(("api_key" = []), ("customer_token" = [])),
)]
pub async fn categories(_reader: Reader) -> Json<Page<CategoryView>> {
    let data = Category::all().map(|category| CategoryView {
        id: category.id(),
        name: [("he", category.name(Language::He)), ("en", category.name(Language::En))].into(),
    });
    Json(Page {
        data: data.collect(),
        next_cursor: None,
    })
}
