//! `/v2/connections`

use super::client::{Body, Client};
use super::page::{Cut, Query};
use super::refusal::{NO_CONNECTION, NO_PRODUCTION, Refusal};
use super::{view, wish};
use crate::connect::invite;
use crate::connections::read::ReadError;
use crate::connections::refresh::{self, RefreshError};
use crate::connections::{delete, read};
use crate::core::Core;
use crate::jobs;
use crate::store::connections::{self, ConnectionRow, Wanted};
use crate::tenants::admin::Scope;
use crate::tenants::{Caller, Mode};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use gesher_contract::ConnectionId;
use serde_json::{Value, json};
use std::sync::Arc;

/// Connections on a page when nobody says how many.
const PAGE: usize = 50;

/// Makes a connection and gives the address that its user is sent to.
pub(super) async fn create(State(core): State<Arc<Core>>, client: Client, Body(body): Body) -> Result<(StatusCode, Json<Value>), Refusal> {
    let caller = client.may(Scope::CreateConnections)?;
    let wish = wish::read(&body, caller.customer.clone(), core.clock.now())?;
    if caller.mode == Mode::Test && !wish.include_sandbox {
        return Err(Refusal::Client(NO_PRODUCTION));
    }
    let told: Vec<_> = wish.callbacks.iter().flat_map(|callback| callback.on.clone()).collect();
    let prepared = invite::prepare(&core, &caller, wish).await;
    let (invitation, unit) = prepared.map_err(|error| wish::refusal(error, &told))?;
    core.store.write(unit).await.map_err(|error| {
        tracing::error!(%error, "a connection could not be written");
        Refusal::Broken
    })?;
    let answer = json!({
        "id": invitation.connection.as_str(),
        "connectUrl": format!("{}/connect/{}", core.url, invitation.connect_token),
    });
    Ok((StatusCode::CREATED, Json(answer)))
}

/// The id in an address.
fn id(text: &str) -> Result<ConnectionId, Refusal> {
    ConnectionId::parse(text).map_err(|_| Refusal::NotFound(NO_CONNECTION))
}

/// A connection of the caller's that the vendor shows.
async fn find(core: &Core, caller: &Caller, of: &str) -> Result<ConnectionRow, Refusal> {
    let row = read::connection(core, caller, &id(of)?).await?;
    if view::is_shown(&row) {
        Ok(row)
    } else {
        Err(Refusal::NotFound(NO_CONNECTION))
    }
}

/// Reads a connection.
pub(super) async fn get(State(core): State<Arc<Core>>, client: Client, Path(of): Path<String>) -> Result<Json<Value>, Refusal> {
    let caller = client.may(Scope::ReadConnections)?;
    let row = find(&core, &caller, &of).await?;
    Ok(Json(view::connection(&core, &row).await?))
}

/// Lists the user's connections. `count` is how many the page has before `status` is looked at, as the vendor says.
pub(super) async fn list(State(core): State<Arc<Core>>, client: Client, query: Query) -> Result<Json<Value>, Refusal> {
    let caller = client.may(Scope::ReadConnections)?;
    let mut query = query.without_user()?;
    let active = query.one_of("status", &["ACTIVE"]).is_some();
    let customer = query.text("customerId");
    let contact = query.text("contactId");
    let cut = query.cut(PAGE);
    let after = query.text("nextPage").map(|text| match id(&text) {
        Ok(id) if id.tenant() == caller.tenant => Some(id),
        _ => None,
    });
    if after == Some(None) {
        query.refuse("nextPage", "is not valid");
    }
    query.finish()?;
    let after = after.flatten();
    let wanted = Wanted {
        mode: Some(caller.mode.as_str()),
        customer: caller.customer.as_deref(),
        reference: customer.as_deref().map(|value| ("customer_id", value)),
        below: after.as_ref().map(ConnectionId::as_str),
        ascending: cut.ascending,
        not_deleted: true,
        ..Wanted::default()
    };
    // Nobody here is known by a telephone's number.
    let rows = match contact {
        Some(_) => Vec::new(),
        None => connections::list(&core.store, caller.tenant.as_str(), &wanted, cut.rows()).await?,
    };
    let Cut { shown, next } = cut.of(rows, |row| row.id.clone());
    let count = shown.len();
    let mut items = Vec::with_capacity(count);
    for row in &shown {
        if !active || view::status(row) == Some("ACTIVE") {
            items.push(view::connection(&core, row).await?);
        }
    }
    Ok(Json(json!({ "items": items, "nextPage": next, "count": count })))
}

/// Deletes a connection, unless a refresh is at it.
pub(super) async fn delete(State(core): State<Arc<Core>>, client: Client, Path(of): Path<String>) -> Result<StatusCode, Refusal> {
    let caller = client.may(Scope::DeleteConnections)?;
    let row = find(&core, &caller, &of).await?;
    let fetch = jobs::fetch_of(&core, caller.tenant.as_str(), &row.id).await?;
    if fetch.is_some_and(|job| job.is_held(core.clock.now())) {
        return Err(Refusal::Locked);
    }
    delete::delete(&core, &caller, &id(&of)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Fetches a connection's data anew.
pub(super) async fn refresh(State(core): State<Arc<Core>>, client: Client, Path(of): Path<String>) -> Result<StatusCode, Refusal> {
    let caller = client.may(Scope::ReadConnections)?;
    let row = find(&core, &caller, &of).await?;
    hasten(&core, &caller, &row).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Fetches the data of all of the user's connections anew that can be fetched.
pub(super) async fn refresh_all(State(core): State<Arc<Core>>, client: Client, Path(user): Path<String>) -> Result<StatusCode, Refusal> {
    let caller = client.may(Scope::ReadConnections)?;
    if caller.customer.as_deref() != Some(&user) {
        return Err(Refusal::NotFound(NO_CONNECTION));
    }
    let ids = connections::not_deleted(&core.store, caller.tenant.as_str(), caller.mode.as_str(), &user, i64::MAX).await?;
    if ids.is_empty() {
        return Err(Refusal::NotFound(NO_CONNECTION));
    }
    for id in ids {
        let row = find(&core, &caller, &id).await?;
        match hasten(&core, &caller, &row).await {
            Ok(()) | Err(Refusal::Client(_)) => {}
            Err(refusal) => return Err(refusal),
        }
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Has a connection fetched now. One that is being fetched is as good as refreshed.
async fn hasten(core: &Core, caller: &Caller, row: &ConnectionRow) -> Result<(), Refusal> {
    let unit = match refresh::prepare(core, caller, &id(&row.id)?).await {
        Ok((_, unit)) => unit,
        Err(RefreshError::UnderWay) => return Ok(()),
        Err(RefreshError::OneOff) => return Err(Refusal::Client("The connection was asked for without refreshData")),
        Err(RefreshError::ReconnectRequired | RefreshError::Read(ReadError::NotReadable(_))) => {
            return Err(Refusal::Client("The connection gives no access"));
        }
        Err(RefreshError::LimitReached(_)) => return Err(Refusal::Client("The provider allows no further refresh today")),
        Err(RefreshError::Read(error)) => return Err(error.into()),
    };
    match core.store.write(unit).await {
        Ok(()) => core.work.notify_one(),
        // Somebody else has it fetched.
        Err(error) if error.conflict().is_some() => {}
        Err(error) => {
            tracing::error!(%error, "a refresh could not be written");
            return Err(Refusal::Broken);
        }
    }
    Ok(())
}
