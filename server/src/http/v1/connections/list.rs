//! Listing connections, newest first.

use super::super::auth::Reader;
use super::super::problem::Problem;
use super::super::views::{ConnectionView, Page};
use super::super::{bad_cursor, bad_query, cut, present};
use crate::connections::read::ReadError;
use crate::core::Core;
use crate::store::connections::{self, Wanted};
use crate::tenants::Caller;
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use gesher_contract::{ConnectionId, ConnectionStatus};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::IntoParams;

/// Connections on a page when the caller doesn't say.
const USUAL_LIMIT: i64 = 50;
/// Most connections on a page.
const MAX_LIMIT: i64 = 200;

/// Which connections.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Filters {
    /// Only this customer's: your own name for your user.
    pub customer: Option<String>,
    /// Only those with this status.
    #[param(example = "active")]
    pub status: Option<ConnectionStatus>,
    /// Only those at this institution.
    pub institution_id: Option<String>,
    /// Only those with this reference: `name:value`.
    #[param(example = "journey_id:J-17")]
    pub reference: Option<String>,
    /// 1 to 200; 50 when absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// Lists the connections of the key's mode, newest first.
#[utoipa::path(
    get, path = "/v1/connections", tag = "connections", operation_id = "listConnections",
    params(Filters),
    responses(
        (status = 200, body = Page<ConnectionView>), (status = 401, body = Problem), (status = 422, body = Problem),
        (status = 503, body = Problem),
    ),
    security(("api_key" = []), ("customer_token" = [])),
)]
pub async fn list(
    State(core): State<Arc<Core>>,
    Reader(caller): Reader,
    filters: Result<Query<Filters>, QueryRejection>,
) -> Result<Json<Page<ConnectionView>>, Problem> {
    let Query(filters) = filters.map_err(bad_query)?;
    let limit = super::super::limit(filters.limit, USUAL_LIMIT, MAX_LIMIT)?;
    for (field, text) in [
        ("customer", &filters.customer),
        ("institution_id", &filters.institution_id),
        ("reference", &filters.reference),
    ] {
        // Nothing has a NUL in its name, and PostgreSQL takes none.
        if text.as_ref().is_some_and(|text| text.contains('\0')) {
            return Err(Problem::invalid("invalid_query", field, format!("{field} holds a NUL.")));
        }
    }
    if let (Some(own), Some(asked)) = (&caller.customer, &filters.customer)
        && own != asked
    {
        return Ok(Json(Page {
            data: Vec::new(),
            next_cursor: None,
        }));
    }
    let below = filters.cursor.as_deref().map(|cursor| cursor_of(&caller, cursor)).transpose()?;
    let reference = filters.reference.as_deref().map(reference_of).transpose()?;
    let wanted = Wanted {
        mode: Some(caller.mode.as_str()),
        customer: caller.customer.as_deref().or(filters.customer.as_deref()),
        status: filters.status.map(ConnectionStatus::as_str),
        institution: filters.institution_id.as_deref(),
        reference,
        below: below.as_ref().map(ConnectionId::as_str),
        ..Wanted::default()
    };
    // One more than asked for tells whether there is a next page.
    let mut rows = connections::list(&core.store, caller.tenant.as_str(), &wanted, limit + 1)
        .await
        .map_err(ReadError::from)?;
    let more = cut(&mut rows, limit);
    let next_cursor = rows.last().filter(|_| more).map(|last| last.id.clone());
    Ok(Json(Page {
        data: rows.iter().map(|row| present::connection(&core, row)).collect(),
        next_cursor,
    }))
}

fn reference_of(text: &str) -> Result<(&str, &str), Problem> {
    text.split_once(':')
        .ok_or_else(|| Problem::invalid("invalid_query", "reference", "reference is name:value."))
}

/// A cursor is the id of the last connection before it.
fn cursor_of(caller: &Caller, text: &str) -> Result<ConnectionId, Problem> {
    ConnectionId::parse(text)
        .ok()
        .filter(|id| id.tenant() == caller.tenant)
        .ok_or_else(bad_cursor)
}
