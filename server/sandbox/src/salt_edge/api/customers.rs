//! Customers: the client's users, known by an identifier of the client's own.

use super::page::{Paging, page};
use super::{Answer, data, id};
use crate::salt_edge::SaltEdge;
use crate::salt_edge::desk::Customer;
use crate::salt_edge::gate::Caller;
use crate::salt_edge::refusal::Refusal;
use axum::body::Bytes;
use axum::extract::{OriginalUri, Path, Query, State};
use axum::{Extension, Json};
use serde_json::{Value, json};
use std::sync::Arc;

/// Letters of the longest identifier; ours.
const LONGEST: usize = 255;

fn written(customer: &Customer) -> Value {
    let stamp = customer.created.stamp();
    json!({
        "customer_id": customer.id.to_string(),
        "identifier": customer.identifier,
        "categorization_type": "personal",
        "blocked_at": null,
        "created_at": stamp,
        "updated_at": stamp,
    })
}

/// `POST /customers`
pub(super) async fn create(State(salt_edge): State<Arc<SaltEdge>>, Extension(Caller(app)): Extension<Caller>, body: Bytes) -> Answer {
    let data = data(&body)?;
    let identifier = data["identifier"].as_str().map(str::trim).unwrap_or_default();
    if identifier.is_empty() || identifier.chars().count() > LONGEST {
        return Err(Refusal::IdentifierInvalid);
    }
    let mut desk = salt_edge.desk();
    if desk.customers_of(app).iter().any(|known| known.identifier == identifier) {
        return Err(Refusal::DuplicatedCustomer);
    }
    let customer = Customer {
        id: desk.fresh(),
        app,
        identifier: identifier.to_owned(),
        created: salt_edge.now(),
    };
    let answer = json!({ "data": written(&customer) });
    desk.customers.insert(customer.id, customer);
    Ok(Json(answer))
}

/// `GET /customers`
pub(super) async fn list(
    State(salt_edge): State<Arc<SaltEdge>>,
    Extension(Caller(app)): Extension<Caller>,
    OriginalUri(uri): OriginalUri,
    Query(paging): Query<Paging>,
) -> Answer {
    let customers = salt_edge.desk().customers_of(app);
    let records = customers.iter().map(|customer| (customer.id, written(customer))).collect();
    page(records, &paging, &uri, false)
}

/// `GET /customers/{id}`
pub(super) async fn show(
    State(salt_edge): State<Arc<SaltEdge>>,
    Extension(Caller(app)): Extension<Caller>,
    Path(customer): Path<String>,
) -> Answer {
    let desk = salt_edge.desk();
    let customer = desk.customer(app, id(&customer, Refusal::CustomerNotFound)?);
    Ok(Json(json!({ "data": written(customer.ok_or(Refusal::CustomerNotFound)?) })))
}

/// `DELETE /customers/{id}`: with all that is the customer's.
pub(super) async fn remove(
    State(salt_edge): State<Arc<SaltEdge>>,
    Extension(Caller(app)): Extension<Caller>,
    Path(customer): Path<String>,
) -> Answer {
    let id = id(&customer, Refusal::CustomerNotFound)?;
    let theirs: Vec<u64> = {
        let mut desk = salt_edge.desk();
        desk.customer(app, id).ok_or(Refusal::CustomerNotFound)?;
        desk.customers.remove(&id);
        let connections = desk.connections_of(app, salt_edge.now()).into_iter();
        connections
            .filter(|connection| connection.customer == id)
            .map(|connection| connection.id)
            .collect()
    };
    for connection in theirs {
        salt_edge.destroy(app, connection);
    }
    Ok(Json(json!({ "data": { "deleted": true, "id": id.to_string() } })))
}
