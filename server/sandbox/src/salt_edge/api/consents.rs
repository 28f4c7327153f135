//! Consents of a connection.

use super::page::{Paging, page};
use super::{Answer, id};
use crate::salt_edge::SaltEdge;
use crate::salt_edge::connection::Standing;
use crate::salt_edge::gate::Caller;
use crate::salt_edge::refusal::Refusal;
use axum::extract::{OriginalUri, Path, Query, State};
use axum::{Extension, Json};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

/// Query of both.
#[derive(Deserialize)]
pub(super) struct Of {
    connection_id: Option<String>,
    #[serde(flatten)]
    paging: Paging,
}

impl Of {
    fn connection(&self) -> Result<u64, Refusal> {
        let connection = self.connection_id.as_deref().ok_or(Refusal::WrongRequestFormat)?;
        id(connection, Refusal::ConnectionNotFound)
    }
}

/// `GET /consents?connection_id`
pub(super) async fn list(
    State(salt_edge): State<Arc<SaltEdge>>,
    Extension(Caller(app)): Extension<Caller>,
    OriginalUri(uri): OriginalUri,
    Query(of): Query<Of>,
) -> Answer {
    let now = salt_edge.now();
    let mut desk = salt_edge.desk();
    let connection = desk.connection(app, of.connection()?, now).ok_or(Refusal::ConnectionNotFound)?;
    let consents = connection.consents.iter();
    let records = consents.map(|consent| (consent.id, connection.consent_json(consent, now)));
    page(records.collect(), &of.paging, &uri, false)
}

/// `PUT /consents/{id}/revoke?connection_id`
pub(super) async fn revoke(
    State(salt_edge): State<Arc<SaltEdge>>,
    Extension(Caller(app)): Extension<Caller>,
    Path(consent): Path<String>,
    Query(of): Query<Of>,
) -> Answer {
    let now = salt_edge.now();
    let consent = id(&consent, Refusal::ConsentNotFound)?;
    let mut desk = salt_edge.desk();
    let connection = desk.connection(app, of.connection()?, now).ok_or(Refusal::ConnectionNotFound)?;
    let found = connection.consents.iter_mut().find(|known| known.id == consent);
    let found = found.ok_or(Refusal::ConsentNotFound)?;
    if found.standing(now) == Standing::Revoked {
        return Err(Refusal::ConsentAlreadyRevoked);
    }
    found.revoked = Some(now);
    let found = found.clone();
    Ok(Json(json!({ "data": connection.consent_json(&found, now) })))
}
