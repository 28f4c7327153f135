//! `GET /bank-linking/connections`, and reading and deleting one.

use super::key::Key;
use super::paging::{page, place};
use super::query::{Query, begins, ends};
use super::refusal::Refusal;
use super::view::{self, CONNECTIONS};
use crate::connections::{delete as use_case, read};
use crate::core::Core;
use crate::store::customers;
use crate::store::listings::{self, Wanted, one_of};
use crate::tenants::Caller;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::Uri;
use gesher_contract::ConnectionId;
use gesher_directory::ProviderName;
use gesher_domain::surface;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Rows on a page when the caller doesn't say, and at most.
const LIMITS: (i64, i64) = (10, 100);
/// What this API calls a deleted connection.
const DELETED: &str = "DELETED";

/// The customer of a query, by either of their names; the vendor's own goes first. An unknown one has nothing.
pub(super) async fn customer(core: &Core, caller: &Caller, query: &mut Query) -> Result<Customer, Refusal> {
    let (id, external_id) = (query.text("customerId"), query.text("externalCustomerId"));
    Ok(match (id, external_id) {
        (None, None) => Customer::Any,
        (None, Some(external_id)) => Customer::Named(external_id),
        (Some(id), _) => match customers::external_id_of(&core.store, caller.tenant.as_str(), &id).await? {
            Some(external_id) => Customer::Named(external_id),
            None => Customer::Nobody,
        },
    })
}

/// Whose rows a query is for.
pub(super) enum Customer {
    /// Everybody's.
    Any,
    /// Those of the customer with this `external_id`.
    Named(String),
    /// Those of a customer who is not there.
    Nobody,
}

impl Customer {
    /// The `external_id`, where one is asked for. Nobody's has a control character.
    pub(super) fn external_id(&self) -> Option<&str> {
        match self {
            Self::Any => None,
            Self::Named(external_id) => Some(external_id),
            Self::Nobody => Some("\u{1}"),
        }
    }
}

/// Our id of an institution of a query.
pub(super) fn institution(core: &Core, caller: &Caller, query: &mut Query) -> Option<String> {
    let name = query.text("institutionId")?;
    let directory = core.directory(caller.tenant.as_str(), caller.mode.as_str());
    Some(directory.called(&name).map_or(name, |institution| institution.id.clone()))
}

/// The providers of a query, as [`one_of`] says them.
fn providers(query: &mut Query) -> Option<String> {
    let providers = query.words("serviceProviders", view::provider)?;
    Some(one_of(providers.into_iter().map(ProviderName::as_str)))
}

/// Our statuses for the vendor's.
fn statuses(query: &mut Query) -> Option<String> {
    let ours = |word: &str| {
        let rows = surface::TABLE.iter().filter(|row| row.meld.status == word);
        let ours: BTreeSet<&str> = rows.map(|row| row.status.as_str()).collect();
        (!ours.is_empty()).then_some(ours)
    };
    Some(one_of(query.words("statuses", ours)?.into_iter().flatten()))
}

/// Lists connections, newest first.
pub(super) async fn list(State(core): State<Arc<Core>>, Key(caller): Key, uri: Uri) -> Result<Json<Value>, Refusal> {
    let mut query = Query::of(&uri);
    let customer = customer(&core, &caller, &mut query).await?;
    let institution = institution(&core, &caller, &mut query);
    let (statuses, providers) = (statuses(&mut query), providers(&mut query));
    let (from, to) = (query.day("startDate"), query.day("endDate"));
    let at = query.place(|key| place(CONNECTIONS, key).filter(|id| ConnectionId::parse(id).is_ok()));
    let limit = query.limit(LIMITS.0, 1..=LIMITS.1);
    query.finish()?;
    let wanted = Wanted {
        mode: caller.mode.as_str(),
        customer: customer.external_id(),
        institution: institution.as_deref(),
        statuses: statuses.as_deref(),
        providers: providers.as_deref(),
        made_from: from.map(|day| begins(day).0),
        made_before: to.map(|day| ends(day).0),
        ..Wanted::default()
    };
    let listed = listings::connections(&core.store, caller.tenant.as_str(), &wanted, &at, limit).await?;
    let rows = listed.rows.iter();
    let rows = rows.map(|listed| view::connection(&core, &listed.row, listed.customer_id.as_deref()));
    Ok(Json(page("connections", rows.collect(), listed.remaining)))
}

/// Reads a connection.
pub(super) async fn get(State(core): State<Arc<Core>>, Key(caller): Key, Path(id): Path<String>) -> Result<Json<Value>, Refusal> {
    let id = ConnectionId::parse(&id).map_err(|_| Refusal::NotFound("connection"))?;
    let row = read::connection(&core, &caller, &id).await?;
    let customer_id = customers::id_of(&core.store, &row.tenant_id, &row.customer).await?;
    Ok(Json(view::connection(&core, &row, customer_id.as_deref())))
}

/// Deletes a connection, once.
pub(super) async fn delete(State(core): State<Arc<Core>>, Key(caller): Key, Path(id): Path<String>) -> Result<Json<Value>, Refusal> {
    let id = ConnectionId::parse(&id).map_err(|_| Refusal::NotFound("connection"))?;
    let row = read::connection(&core, &caller, &id).await?;
    if surface::row(read::status(&row), &BTreeSet::new()).meld.status == DELETED {
        return Err(Refusal::Conflict("The connection is deleted already"));
    }
    use_case::delete(&core, &caller, &id).await?;
    Ok(Json(json!({ "requestId": view::request_id(&core) })))
}
