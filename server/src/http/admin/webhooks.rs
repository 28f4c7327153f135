//! A tenant's webhook endpoints: make, list, change, delete.

use super::body::Strict;
use super::{List, Office};
use crate::http::v1::problem::Problem;
use crate::http::v1::views::{CreatedEndpointView, EndpointView};
use crate::http::v1::webhook_endpoints::{EndpointChange, view};
use crate::tenants::Mode;
use crate::webhooks::dialect::Dialect;
use crate::webhooks::endpoints::Change;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use secrecy::ExposeSecret as _;
use serde::Deserialize;
use std::sync::Arc;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Create {
    mode: Mode,
    url: String,
    description: Option<String>,
    events: Option<Vec<String>>,
    dialect: Option<Dialect>,
}

pub async fn create(
    State(office): State<Arc<Office>>,
    Path(tag): Path<String>,
    body: Strict<Create>,
) -> Result<(StatusCode, Json<CreatedEndpointView>), Problem> {
    let asked = body.value;
    let change = Change {
        url: Some(asked.url),
        description: asked.description,
        events: asked.events,
        enabled: None,
    };
    let dialect = asked.dialect.unwrap_or_default();
    let (row, secret) = office
        .admin()
        .create_endpoint(&office.core, &tag, asked.mode, dialect, change)
        .await?;
    let made = CreatedEndpointView {
        endpoint: view(&row),
        secret: secret.expose_secret().to_owned(),
    };
    Ok((StatusCode::CREATED, Json(made)))
}

pub async fn list(State(office): State<Arc<Office>>, Path(tag): Path<String>) -> Result<Json<List<EndpointView>>, Problem> {
    let rows = office.admin().endpoints(&tag).await?;
    Ok(Json(List {
        data: rows.iter().map(view).collect(),
    }))
}

pub async fn change(
    State(office): State<Arc<Office>>,
    Path((tag, id)): Path<(String, String)>,
    body: Strict<EndpointChange>,
) -> Result<Json<EndpointView>, Problem> {
    let row = office.admin().change_endpoint(&office.core, &tag, &id, body.value.into()).await?;
    Ok(Json(view(&row)))
}

pub async fn delete(State(office): State<Arc<Office>>, Path((tag, id)): Path<(String, String)>) -> Result<StatusCode, Problem> {
    office.admin().delete_endpoint(&tag, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
