//! Connections: asked for with a `connect_url`, looked at, refreshed and removed.
//!
//! What a refresh answers is published for the fifth version alone: the connection, with `next_refresh_possible_at`. So it is here. When
//! the provider wants a code, there is nothing to refresh without the customer, and the answer has a `connect_url`.

use super::page::{Paging, page};
use super::{Answer, data, id};
use crate::banks::psu::Outcome;
use crate::salt_edge::SaltEdge;
use crate::salt_edge::connection::{Attempt, Connection, Standing};
use crate::salt_edge::gate::Caller;
use crate::salt_edge::moment::Moment;
use crate::salt_edge::people;
use crate::salt_edge::refusal::Refusal;
use crate::salt_edge::session::{Asked, Purpose, Session};
use axum::body::Bytes;
use axum::extract::{OriginalUri, Path, Query, State};
use axum::{Extension, Json};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// Query of the list.
#[derive(Deserialize)]
pub(super) struct Whose {
    customer_id: Option<String>,
    #[serde(flatten)]
    paging: Paging,
}

/// Keeps a session and says where it is.
fn opened(salt_edge: &SaltEdge, session: Session) -> Json<Value> {
    let token = salt_edge.ids.fresh();
    let answer = json!({ "data": {
        "expires_at": session.expires.stamp(),
        "connect_url": format!("{}/salt-edge/connect?token={token}", salt_edge.url),
        "customer_id": session.customer.to_string(),
    }});
    salt_edge.desk().sessions.insert(token, session);
    Json(answer)
}

/// `POST /connections/connect`
pub(super) async fn connect(State(salt_edge): State<Arc<SaltEdge>>, Extension(Caller(app)): Extension<Caller>, body: Bytes) -> Answer {
    let asked = Asked::read(data(&body)?)?;
    let customer = asked.customer_id.as_deref().ok_or(Refusal::WrongRequestFormat)?;
    let customer = id(customer, Refusal::CustomerNotFound)?;
    salt_edge.desk().customer(app, customer).ok_or(Refusal::CustomerNotFound)?;
    let session = asked.session((app, customer), (Purpose::Connect, None), None, salt_edge.now())?;
    Ok(opened(&salt_edge, session))
}

/// A connection of the caller's, as it stands.
fn find(salt_edge: &SaltEdge, app: &str, connection: &str, now: Moment) -> Result<Connection, Refusal> {
    let id = id(connection, Refusal::ConnectionNotFound)?;
    let mut desk = salt_edge.desk();
    let connection = desk.connection(app, id, now);
    connection.cloned().ok_or(Refusal::ConnectionNotFound)
}

/// `POST /connections/{id}/reconnect`
pub(super) async fn reconnect(
    State(salt_edge): State<Arc<SaltEdge>>,
    Extension(Caller(app)): Extension<Caller>,
    Path(connection): Path<String>,
    body: Bytes,
) -> Answer {
    let now = salt_edge.now();
    let connection = find(&salt_edge, app, &connection, now)?;
    if connection.disabled {
        return Err(Refusal::ConnectionDisabled);
    }
    let asked = Asked::read(data(&body)?)?;
    let purpose = (Purpose::Reconnect(connection.id), Some(connection.provider));
    let session = asked.session((app, connection.customer), purpose, None, now)?;
    Ok(opened(&salt_edge, session))
}

/// `POST /connections/{id}/refresh`
pub(super) async fn refresh(
    State(salt_edge): State<Arc<SaltEdge>>,
    Extension(Caller(app)): Extension<Caller>,
    Path(connection): Path<String>,
    body: Bytes,
) -> Answer {
    let now = salt_edge.now();
    let connection = find(&salt_edge, app, &connection, now)?;
    let asked = if body.is_empty() { json!({}) } else { data(&body)? };
    let consent = connection.consent().ok_or(Refusal::ConsentNotFound)?;
    match consent.standing(now) {
        Standing::Active => {}
        Standing::Expired => return Err(Refusal::ConsentExpired),
        Standing::Revoked => return Err(Refusal::ConsentRevoked),
    }
    let suspended = connection.psu.as_ref().is_some_and(|psu| psu.outcome() == Outcome::Suspended);
    if suspended && let Some(connection) = salt_edge.desk().connection(app, connection.id, now) {
        connection.disabled = true;
    }
    if connection.disabled || suspended {
        return Err(Refusal::ConnectionDisabled);
    }
    if connection.is_processing(now) {
        return Err(Refusal::ConnectionAlreadyProcessing);
    }
    let purpose = (Purpose::Refresh(connection.id), Some(connection.provider));
    let session = Asked::read(asked)?.session((app, connection.customer), purpose, Some(consent), now)?;
    if connection.provider.interactive {
        return Ok(opened(&salt_edge, session));
    }
    let possible = connection.next_refresh(now);
    if possible.is_none_or(|at| now < at) {
        return Err(Refusal::ConnectionCannotBeRefreshed(possible));
    }
    let Some(psu) = connection.psu.clone() else {
        return Err(Refusal::ConnectionCannotBeRefreshed(None));
    };
    let attempt = {
        let id = salt_edge.desk().fresh();
        Attempt {
            user_present: false,
            ..session.attempt(id, connection.provider, now)
        }
    };
    if let Some(connection) = salt_edge.desk().connection(app, connection.id, now) {
        connection.begin(attempt);
    }
    salt_edge.finish(app, connection.id, people::fetch(&psu));
    let connection = find(&salt_edge, app, &connection.id.to_string(), now)?;
    Ok(Json(json!({ "data": connection.json(now) })))
}

/// `GET /connections?customer_id`
pub(super) async fn list(
    State(salt_edge): State<Arc<SaltEdge>>,
    Extension(Caller(app)): Extension<Caller>,
    OriginalUri(uri): OriginalUri,
    Query(whose): Query<Whose>,
) -> Answer {
    let now = salt_edge.now();
    let customer = whose.customer_id.as_deref().ok_or(Refusal::WrongRequestFormat)?;
    let customer = id(customer, Refusal::CustomerNotFound)?;
    let mut desk = salt_edge.desk();
    desk.customer(app, customer).ok_or(Refusal::CustomerNotFound)?;
    let connections = desk.connections_of(app, now).into_iter();
    let theirs = connections.filter(|connection| connection.customer == customer);
    let records = theirs.map(|connection| (connection.id, connection.json(now))).collect();
    page(records, &whose.paging, &uri, false)
}

/// `GET /connections/{id}`
pub(super) async fn show(
    State(salt_edge): State<Arc<SaltEdge>>,
    Extension(Caller(app)): Extension<Caller>,
    Path(connection): Path<String>,
) -> Answer {
    let now = salt_edge.now();
    let connection = find(&salt_edge, app, &connection, now)?;
    Ok(Json(json!({ "data": connection.json(now) })))
}

/// `DELETE /connections/{id}`: the consent ends, and accounts and transactions are gone.
pub(super) async fn remove(
    State(salt_edge): State<Arc<SaltEdge>>,
    Extension(Caller(app)): Extension<Caller>,
    Path(connection): Path<String>,
) -> Answer {
    let id = id(&connection, Refusal::ConnectionNotFound)?;
    if !salt_edge.destroy(app, id) {
        return Err(Refusal::ConnectionNotFound);
    }
    Ok(Json(json!({ "data": { "removed": true, "id": id.to_string() } })))
}
