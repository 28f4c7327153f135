//! Accounts, balances, transactions: what a confirmed connection brought.

use super::auth::Reader;
use super::present;
use super::problem::Problem;
use super::views::{AccountView, BalanceView, Page, TransactionView};
use crate::connections::read::{self, ReadError};
use crate::core::Core;
use crate::store::Read;
use crate::store::accounts::{self, TransactionRow, Wanted};
use crate::store::connections::ConnectionRow;
use crate::store::insights::{self, Said, Switches};
use axum::Json;
use axum::extract::{Path, Query, State};
use data_encoding::BASE64URL_NOPAD;
use gesher_contract::{AccountId, ConnectionId};
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// Transactions on a page when the caller doesn't say.
const USUAL_LIMIT: i64 = 100;
/// Most transactions on a page.
const MAX_LIMIT: i64 = 500;

/// A transaction's status.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It counts in the booked balance.
    Booked,
    /// The institution knows of it and has not booked it.
    Pending,
}

/// Which transactions, and which page of them.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Paging {
    /// The first day, `YYYY-MM-DD`, by booking date.
    pub date_from: Option<String>,
    /// The last day, `YYYY-MM-DD`.
    pub date_to: Option<String>,
    /// `booked` or `pending`; both when absent.
    #[param(inline)]
    pub status: Option<Status>,
    /// 1 to 500; 100 when absent.
    #[param(minimum = 1, maximum = 500)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// Lists a connection's accounts with their balances.
#[utoipa::path(
    get, path = "/v1/connections/{id}/accounts", tag = "accounts", operation_id = "listAccounts",
    params(("id" = String, Path, description = "The connection's id")),
    responses(
        (status = 200, body = Page<AccountView>), (status = 401, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem, description = "`awaiting_confirmation` before the exchange, `not_connected` before that"),
        (status = 503, body = Problem),
    ),
    security(("api_key" = []), ("customer_token" = [])),
)]
pub async fn of_connection(
    State(core): State<Arc<Core>>,
    Reader(caller): Reader,
    Path(id): Path<String>,
) -> Result<Json<Page<AccountView>>, Problem> {
    let id = ConnectionId::parse(&id).map_err(|_| Problem::not_found("connection"))?;
    let connection = read::open_connection(&core, &caller, &id).await?;
    let tenant = caller.tenant.as_str();
    let rows = accounts::of_connection(&core.store, tenant, id.as_str())
        .await
        .map_err(ReadError::from)?;
    let mut data = Vec::with_capacity(rows.len());
    for row in rows {
        let balances = accounts::balances(&core.store, tenant, &row.id).await.map_err(ReadError::from)?;
        data.push(present::account(row, connection.institution_id.clone(), balances));
    }
    Ok(Json(Page { data, next_cursor: None }))
}

/// Reads an account with its balances.
#[utoipa::path(
    get, path = "/v1/accounts/{id}", tag = "accounts", operation_id = "getAccount",
    params(("id" = String, Path, description = "The account's id")),
    responses(
        (status = 200, body = AccountView), (status = 401, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 503, body = Problem),
    ),
    security(("api_key" = []), ("customer_token" = [])),
)]
pub async fn get(State(core): State<Arc<Core>>, Reader(caller): Reader, Path(id): Path<String>) -> Result<Json<AccountView>, Problem> {
    let id = AccountId::parse(&id).map_err(|_| Problem::not_found("account"))?;
    let (connection, row) = read::account(&core, &caller, &id).await?;
    let balances = accounts::balances(&core.store, caller.tenant.as_str(), id.as_str()).await;
    Ok(Json(present::account(
        row,
        connection.institution_id,
        balances.map_err(ReadError::from)?,
    )))
}

/// Lists an account's balances.
#[utoipa::path(
    get, path = "/v1/accounts/{id}/balances", tag = "accounts", operation_id = "listBalances",
    params(("id" = String, Path, description = "The account's id")),
    responses(
        (status = 200, body = Page<BalanceView>), (status = 401, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 503, body = Problem),
    ),
    security(("api_key" = []), ("customer_token" = [])),
)]
pub async fn balances(
    State(core): State<Arc<Core>>,
    Reader(caller): Reader,
    Path(id): Path<String>,
) -> Result<Json<Page<BalanceView>>, Problem> {
    let id = AccountId::parse(&id).map_err(|_| Problem::not_found("account"))?;
    read::account(&core, &caller, &id).await?;
    let rows = accounts::balances(&core.store, caller.tenant.as_str(), id.as_str())
        .await
        .map_err(ReadError::from)?;
    Ok(Json(Page {
        data: rows.into_iter().map(present::balance).collect(),
        next_cursor: None,
    }))
}

/// Lists an account's transactions, newest first.
#[utoipa::path(
    get, path = "/v1/accounts/{id}/transactions", tag = "accounts", operation_id = "listTransactions",
    params(("id" = String, Path, description = "The account's id"), Paging),
    responses(
        (status = 200, body = Page<TransactionView>), (status = 401, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem), (status = 503, body = Problem),
    ),
    security(("api_key" = []), ("customer_token" = [])),
)]
pub async fn transactions(
    State(core): State<Arc<Core>>,
    Reader(caller): Reader,
    Path(id): Path<String>,
    paging: Result<Query<Paging>, axum::extract::rejection::QueryRejection>,
) -> Result<Json<Page<TransactionView>>, Problem> {
    let Query(paging) = paging.map_err(super::bad_query)?;
    let id = AccountId::parse(&id).map_err(|_| Problem::not_found("account"))?;
    let (connection, _) = read::account(&core, &caller, &id).await?;
    let limit = super::limit(paging.limit, USUAL_LIMIT, MAX_LIMIT)?;
    let after = paging.cursor.as_deref().map(cursor_from).transpose()?;
    let (date_from, date_to) = (
        day("date_from", paging.date_from.as_deref())?,
        day("date_to", paging.date_to.as_deref())?,
    );
    let wanted = Wanted {
        date_from: date_from.as_deref(),
        date_to: date_to.as_deref(),
        status: paging.status.map(|status| match status {
            Status::Booked => "booked",
            Status::Pending => "pending",
        }),
        after: after.as_ref().map(|(date, id)| (date.as_str(), id.as_str())),
        ascending: false,
    };
    // One more than asked for tells whether there is a next page.
    let mut rows = accounts::transactions(&core.store, caller.tenant.as_str(), id.as_str(), &wanted, limit + 1)
        .await
        .map_err(ReadError::from)?;
    let more = super::cut(&mut rows, limit);
    let next_cursor = rows
        .last()
        .filter(|_| more)
        .map(|last| BASE64URL_NOPAD.encode(format!("{} {}", last.booking_date, last.id).as_bytes()));
    let (on, mut said) = said(&core, &connection, &rows).await.map_err(ReadError::from)?;
    let told = rows.into_iter().map(|row| {
        let said = said.remove(&row.id).unwrap_or_default();
        present::transaction(row, said, on)
    });
    Ok(Json(Page {
        data: told.collect(),
        next_cursor,
    }))
}

/// What is on for the connection, and what is said of these transactions of one account, which are the newest first.
async fn said(core: &Core, connection: &ConnectionRow, rows: &[TransactionRow]) -> Read<(Switches, HashMap<String, Said>)> {
    let on = insights::switches(&core.store, &connection.tenant_id, &connection.id).await?;
    let (Some(newest), Some(oldest)) = (rows.first(), rows.last()) else {
        return Ok((on, HashMap::new()));
    };
    if on == Switches::default() {
        return Ok((on, HashMap::new()));
    }
    let (from, to) = (&oldest.booking_date, &newest.booking_date);
    let said = insights::said(&core.store, &connection.tenant_id, &newest.account_id, from, to).await?;
    Ok((on, said.into_iter().map(|row| (row.id, row.said)).collect()))
}

/// A day of a query.
fn day(field: &'static str, text: Option<&str>) -> Result<Option<String>, Problem> {
    let Some(text) = text else { return Ok(None) };
    match text.parse::<jiff::civil::Date>() {
        Ok(day) if day.to_string() == text => Ok(Some(text.to_owned())),
        _ => Err(Problem::invalid("invalid_query", field, format!("{field} is a day, YYYY-MM-DD."))),
    }
}

/// Where a cursor points: booking date and id of the last transaction before it.
fn cursor_from(text: &str) -> Result<(String, String), Problem> {
    let plain = super::cursor(text)?;
    let (date, id) = plain.split_once(' ').ok_or_else(super::bad_cursor)?;
    Ok((date.to_owned(), id.to_owned()))
}
