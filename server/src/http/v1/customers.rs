//! Customers: list, read, delete; tokens that read what is theirs.

use super::auth::Reader;
use super::idempotency::{self, Prepared};
use super::problem::Problem;
use super::views::{CustomerDetail, CustomerTokenView, Page};
use crate::connections::customers;
use crate::core::Core;
use crate::secrets::ExposeSecret as _;
use crate::store::Unit;
use crate::store::customers::CustomerRow;
use crate::tenants::Caller;
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use data_encoding::BASE64URL_NOPAD;
use gesher_domain::Timestamp;
use std::sync::Arc;

/// Customers on a page when the caller doesn't say.
const USUAL_LIMIT: i64 = 50;
/// Most customers on a page.
const MAX_LIMIT: i64 = 200;

fn view(row: CustomerRow) -> CustomerDetail {
    CustomerDetail {
        external_id: row.external_id,
        connections: row.connections,
        created_at: Timestamp(row.created_at).rfc3339(),
    }
}

/// Lists the customers that have or had a connection in the key's mode, by their external ids.
#[utoipa::path(
    get, path = "/v1/customers", tag = "customers", operation_id = "listCustomers",
    params(super::events::Paging),
    responses((status = 200, body = Page<CustomerDetail>, description = "A page")),
    security(("api_key" = [])),
)]
pub async fn list(
    State(core): State<Arc<Core>>,
    caller: Caller,
    paging: Result<Query<super::events::Paging>, QueryRejection>,
) -> Result<Json<Page<CustomerDetail>>, Problem> {
    let Query(paging) = paging.map_err(super::bad_query)?;
    let limit = super::limit(paging.limit, USUAL_LIMIT, MAX_LIMIT)?;
    let after = paging.cursor.as_deref().map(super::cursor).transpose()?;
    let mut rows = customers::list(&core, &caller, after.as_deref(), limit + 1).await?;
    let more = super::cut(&mut rows, limit);
    let next_cursor = rows
        .last()
        .filter(|_| more)
        .map(|last| BASE64URL_NOPAD.encode(last.external_id.as_bytes()));
    Ok(Json(Page {
        data: rows.into_iter().map(view).collect(),
        next_cursor,
    }))
}

/// Reads a customer.
#[utoipa::path(
    get, path = "/v1/customers/{external_id}", tag = "customers", operation_id = "getCustomer",
    params(("external_id" = String, Path, description = "Your own name for your user")),
    responses((status = 200, body = CustomerDetail, description = "The customer"), (status = 404, body = Problem)),
    security(("api_key" = []), ("customer_token" = [])),
)]
pub async fn get(
    State(core): State<Arc<Core>>,
    Reader(caller): Reader,
    Path(external_id): Path<String>,
) -> Result<Json<CustomerDetail>, Problem> {
    Ok(Json(view(customers::get(&core, &caller, &external_id).await?)))
}

/// Deletes a customer's connections, as deleting each of them does, and takes back the customer's tokens.
#[utoipa::path(
    delete, path = "/v1/customers/{external_id}", tag = "customers", operation_id = "deleteCustomer",
    params(("external_id" = String, Path, description = "Your own name for your user")),
    responses(
        (status = 200, body = CustomerDetail, description = "No connection is left, now or since before"), (status = 404, body = Problem),
    ),
    security(("api_key" = [])),
)]
pub async fn delete(
    State(core): State<Arc<Core>>,
    caller: Caller,
    Path(external_id): Path<String>,
) -> Result<Json<CustomerDetail>, Problem> {
    Ok(Json(view(customers::delete(&core, &caller, &external_id).await?)))
}

/// Makes a token that reads what belongs to the customer, for an hour. It is shown here and never again.
#[utoipa::path(
    post, path = "/v1/customers/{external_id}/tokens", tag = "customers", operation_id = "createCustomerToken",
    params(
        ("external_id" = String, Path, description = "Your own name for your user"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 characters; a request sent again with it acts once"),
    ),
    responses(
        (status = 201, body = CustomerTokenView, description = "Made"), (status = 404, body = Problem),
    ),
    security(("api_key" = [])),
)]
pub async fn create_token(
    State(core): State<Arc<Core>>,
    caller: Caller,
    Path(external_id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let prepare = async {
        let (token, until, insert) = customers::token(&core, &caller, &external_id).await?;
        let answer = CustomerTokenView {
            token: token.expose_secret().to_owned(),
            expires_at: until.rfc3339(),
        };
        Prepared::new(StatusCode::CREATED, &answer, Unit::from(insert))
    };
    let request = (&caller, &headers, "POST /v1/customers/{external_id}/tokens", external_id.as_bytes());
    idempotency::once(&core, request, prepare, |_| Problem::unavailable()).await
}

/// Takes back all of a customer's tokens.
#[utoipa::path(
    delete, path = "/v1/customers/{external_id}/tokens", tag = "customers", operation_id = "revokeCustomerTokens",
    params(("external_id" = String, Path, description = "Your own name for your user")),
    responses((status = 204, description = "None is good any more, within a second on every node"), (status = 404, body = Problem)),
    security(("api_key" = [])),
)]
pub async fn revoke_tokens(State(core): State<Arc<Core>>, caller: Caller, Path(external_id): Path<String>) -> Result<StatusCode, Problem> {
    customers::revoke_tokens(&core, &caller, &external_id).await?;
    Ok(StatusCode::NO_CONTENT)
}
