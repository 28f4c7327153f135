//! `/v2/connections`

use super::OpenFinance;
use super::items;
use super::model::{Connection, Status};
use super::refusal::Refusal;
use super::tokens::Caller;
use super::ulid::ulid;
use super::wish::Wish;
use crate::trouble::{self, At};
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Arc;

/// What the reference says of an organisation without production access.
const NO_PRODUCTION: &str = "production access is not enabled for this organization, you must include fake providers or contact us";
/// Connections of a page when nobody says.
const PAGE: usize = 50;
const LARGEST_PAGE: usize = 500;

/// The query of a list.
pub(super) type Asked = HashMap<String, String>;

/// How a list is to be cut, by its query.
pub(super) struct Cut {
    pub(super) limit: usize,
    pub(super) ascending: bool,
}

/// Reads `limit` and `sort`, and refuses `userId`, which only an administrator may name.
pub(super) fn cut(asked: &Asked, page: usize) -> Result<Cut, Refusal> {
    if asked.contains_key("userId") {
        return Err(Refusal::Client("userId is not allowed in query for non-admin users"));
    }
    let limit = match asked.get("limit").map(|limit| limit.parse::<usize>()) {
        None => page,
        Some(Ok(limit)) if (1..=LARGEST_PAGE).contains(&limit) => limit,
        Some(_) => return Err(Refusal::Fields(vec![format!("\"limit\" must be between 1 and {LARGEST_PAGE}")])),
    };
    let ascending = match asked.get("sort").map(String::as_str) {
        None | Some("-1") => false,
        Some("1") => true,
        Some(_) => return Err(Refusal::Fields(vec!["\"sort\" must be one of [1, -1]".to_owned()])),
    };
    Ok(Cut { limit, ascending })
}

/// A page that begins after the item which `nextPage` names, and what names the next one.
pub(super) fn page<T>(
    items: Vec<T>,
    name: impl Fn(&T) -> String,
    asked: &Asked,
    limit: usize,
) -> Result<(Vec<T>, Option<String>), Refusal> {
    let start = match asked.get("nextPage") {
        None => 0,
        Some(last) => match items.iter().position(|item| name(item) == *last) {
            Some(place) => place + 1,
            None => return Err(Refusal::Fields(vec!["\"nextPage\" is not valid".to_owned()])),
        },
    };
    let more = items.len() > start + limit;
    let shown: Vec<T> = items.into_iter().skip(start).take(limit).collect();
    let next = shown.last().map(name).filter(|_| more);
    Ok((shown, next))
}

fn is_theirs(connection: &Connection, caller: &Caller) -> bool {
    connection.user == caller.user && connection.org == caller.client.org && !connection.is_deleted()
}

impl OpenFinance {
    /// The caller's connection.
    pub(super) fn connection(&self, caller: &Caller, id: &str) -> Option<Connection> {
        let desk = self.desk();
        let found = desk.connections.get(&id.to_owned());
        found.filter(|connection| is_theirs(connection, caller)).cloned()
    }

    /// All of the caller's connections, the oldest first.
    pub(super) fn connections(&self, caller: &Caller) -> Vec<Connection> {
        let desk = self.desk();
        let all = desk.connections.keys().filter_map(|id| desk.connections.get(id));
        all.filter(|connection| is_theirs(connection, caller)).cloned().collect()
    }
}

/// `POST /v2/connections`
pub(super) async fn create(State(vendor): State<Arc<OpenFinance>>, headers: HeaderMap, body: String) -> Result<Response, Refusal> {
    let caller = vendor.caller(&headers, "create:connections")?;
    let body: Value = serde_json::from_str(&body).map_err(|_| Refusal::Fields(vec!["\"value\" must be JSON".to_owned()]))?;
    let now = vendor.now();
    let production = caller.client.production;
    let wish = Wish::read(&body, production, now).map_err(Refusal::Fields)?;
    if !production && !wish.include_fake {
        return Err(Refusal::Client(NO_PRODUCTION));
    }
    let (id, key) = (ulid(now.0.div_euclid(1000), &vendor.ids.fresh()), vendor.ids.fresh());
    let frame = if wish.iframe { "?iframe=true" } else { "" };
    let url = format!("{}/connect/{key}{frame}", vendor.url);
    let connection = Connection::new(id.clone(), key.clone(), caller.client, caller.user, wish, now);
    let mut desk = vendor.desk();
    desk.connections.insert(id.clone(), connection);
    desk.journeys.insert(key, id.clone());
    drop(desk);
    Ok((StatusCode::CREATED, Json(json!({ "id": id, "connectUrl": url }))).into_response())
}

/// `GET /v2/connections`
pub(super) async fn list(
    State(vendor): State<Arc<OpenFinance>>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Json<Value>, Refusal> {
    let caller = vendor.caller(&headers, "read:connections")?;
    let cut = cut(&asked, PAGE)?;
    let active_only = match asked.get("status").map(String::as_str) {
        None => false,
        Some("ACTIVE") => true,
        Some(_) => return Err(Refusal::Fields(vec!["\"status\" must be [ACTIVE]".to_owned()])),
    };
    let now = vendor.now();
    let mut all = vendor.connections(&caller);
    let customer = asked.get("customerId");
    all.retain(|connection| customer.is_none_or(|id| connection.wish.customer_id.as_ref() == Some(id)));
    if asked.contains_key("contactId") {
        all.clear();
    }
    if !cut.ascending {
        all.reverse();
    }
    let (shown, next) = page(all, |connection| connection.id.clone(), &asked, cut.limit)?;
    let count = shown.len();
    let wanted = shown
        .iter()
        .filter(|connection| !active_only || connection.status == Status::Active);
    let items: Vec<Value> = wanted.map(|connection| items::connection(connection, now)).collect();
    Ok(Json(json!({ "items": items, "nextPage": next, "count": count })))
}

/// `GET /v2/connections/{connectionId}`
pub(super) async fn one(State(vendor): State<Arc<OpenFinance>>, Path(id): Path<String>, headers: HeaderMap) -> Result<Response, Refusal> {
    let caller = vendor.caller(&headers, "read:connections")?;
    let connection = vendor.connection(&caller, &id);
    let connection = connection.ok_or(Refusal::NotFound("No connection was found"))?;
    if trouble::is_down(connection.psu()) {
        return Err(Refusal::Broken);
    }
    let answer = Json(items::connection(&connection, vendor.now())).into_response();
    Ok(trouble::spoil(connection.psu(), At::Approval, answer).await)
}

/// `DELETE /v2/connections/{connectionId}`
pub(super) async fn delete(
    State(vendor): State<Arc<OpenFinance>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<StatusCode, Refusal> {
    let caller = vendor.caller(&headers, "delete:connections")?;
    let connection = vendor.connection(&caller, &id).ok_or(Refusal::NotFound("connection not found"))?;
    if connection.is_held(vendor.now()) {
        return Err(Refusal::Locked);
    }
    vendor.change(&id, |connection, _| connection.delete());
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /v2/connections/refresh/{connectionId}`
pub(super) async fn refresh(
    State(vendor): State<Arc<OpenFinance>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<StatusCode, Refusal> {
    let caller = vendor.caller(&headers, "read:connections")?;
    vendor
        .connection(&caller, &id)
        .ok_or(Refusal::NotFound("No connection was found"))?;
    vendor.change(&id, Connection::refresh);
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /v2/connections/{userId}/refresh`
pub(super) async fn refresh_all(
    State(vendor): State<Arc<OpenFinance>>,
    Path(user): Path<String>,
    headers: HeaderMap,
) -> Result<StatusCode, Refusal> {
    let caller = vendor.caller(&headers, "read:connections")?;
    if user != caller.user {
        return Err(Refusal::NotFound("No connection was found"));
    }
    for connection in vendor.connections(&caller) {
        vendor.change(&connection.id, Connection::refresh);
    }
    Ok(StatusCode::NO_CONTENT)
}
