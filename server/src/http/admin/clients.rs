//! A tenant's OAuth clients: make, list, revoke.

use super::body::Strict;
use super::{List, Office};
use crate::http::v1::problem::Problem;
use crate::store::tenants::OauthClientRow;
use crate::tenants::Mode;
use crate::tenants::admin::{Scope, scopes};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use gesher_domain::Timestamp;
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;

/// A client, without its secret.
#[derive(Serialize)]
pub struct ClientView {
    mode: Mode,
    scopes: BTreeSet<Scope>,
    client_id: String,
    created_at: String,
    revoked_at: Option<String>,
}

impl From<OauthClientRow> for ClientView {
    fn from(row: OauthClientRow) -> Self {
        Self {
            mode: Mode::from_column(&row.mode),
            scopes: scopes(&row.scopes),
            client_id: row.client_id,
            created_at: Timestamp(row.created_at).rfc3339(),
            revoked_at: row.revoked_at.map(|at| Timestamp(at).rfc3339()),
        }
    }
}

/// A client that was just made: the only time that its secret is shown.
#[derive(Serialize)]
pub struct NewClientView {
    client_secret: String,
    #[serde(flatten)]
    view: ClientView,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Create {
    mode: Mode,
    scopes: BTreeSet<Scope>,
}

pub async fn create(
    State(office): State<Arc<Office>>,
    Path(tag): Path<String>,
    body: Strict<Create>,
) -> Result<(StatusCode, Json<NewClientView>), Problem> {
    let made = office.admin().create_client(&tag, body.value.mode, body.value.scopes).await?;
    let view = NewClientView {
        client_secret: made.secret.expose_secret().to_owned(),
        view: made.row.into(),
    };
    Ok((StatusCode::CREATED, Json(view)))
}

pub async fn list(State(office): State<Arc<Office>>, Path(tag): Path<String>) -> Result<Json<List<ClientView>>, Problem> {
    let rows = office.admin().clients(&tag).await?;
    Ok(Json(List {
        data: rows.into_iter().map(ClientView::from).collect(),
    }))
}

pub async fn revoke(State(office): State<Arc<Office>>, Path((tag, client)): Path<(String, String)>) -> Result<Json<ClientView>, Problem> {
    Ok(Json(office.admin().revoke_client(&tag, &client).await?.into()))
}
