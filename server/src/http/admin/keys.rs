//! A tenant's API keys: make, list, revoke.

use super::body::Strict;
use super::{List, Office};
use crate::http::v1::problem::Problem;
use crate::store::tenants::ApiKeyRow;
use crate::tenants::Mode;
use crate::tenants::admin::key_id;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use gesher_domain::Timestamp;
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A key, without what opens anything.
#[derive(Serialize)]
pub struct KeyView {
    id: String,
    prefix: Option<String>,
    mode: &'static str,
    label: String,
    created_at: String,
    revoked_at: Option<String>,
}

impl From<ApiKeyRow> for KeyView {
    fn from(row: ApiKeyRow) -> Self {
        Self {
            id: key_id(&row),
            mode: Mode::from_column(&row.mode).as_str(),
            prefix: row.prefix,
            label: row.label,
            created_at: Timestamp(row.created_at).rfc3339(),
            revoked_at: row.revoked_at.map(|at| Timestamp(at).rfc3339()),
        }
    }
}

/// A key that was just made: the only time that it is shown.
#[derive(Serialize)]
pub struct NewKeyView {
    key: String,
    #[serde(flatten)]
    view: KeyView,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Create {
    mode: Mode,
    label: String,
}

pub async fn create(
    State(office): State<Arc<Office>>,
    Path(tag): Path<String>,
    body: Strict<Create>,
) -> Result<(StatusCode, Json<NewKeyView>), Problem> {
    let made = office.admin().create_key(&tag, body.value.mode, &body.value.label).await?;
    let view = NewKeyView {
        key: made.key.expose_secret().to_owned(),
        view: made.row.into(),
    };
    Ok((StatusCode::CREATED, Json(view)))
}

pub async fn list(State(office): State<Arc<Office>>, Path(tag): Path<String>) -> Result<Json<List<KeyView>>, Problem> {
    let rows = office.admin().keys(&tag).await?;
    Ok(Json(List {
        data: rows.into_iter().map(KeyView::from).collect(),
    }))
}

pub async fn revoke(State(office): State<Arc<Office>>, Path((tag, key)): Path<(String, String)>) -> Result<Json<KeyView>, Problem> {
    Ok(Json(office.admin().revoke_key(&tag, &key).await?.into()))
}
