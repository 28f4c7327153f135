//! A tenant's credentials at providers: set, seen by name alone, forgotten.

use super::Office;
use super::body::Strict;
use crate::http::v1::problem::Problem;
use crate::tenants::Mode;
use crate::tenants::admin::AtProvider;
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use gesher_domain::Timestamp;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a provider takes, and which of it is set.
#[derive(Serialize)]
pub struct ProviderView {
    provider: String,
    takes: Vec<SettingView>,
    set: Vec<SetView>,
}

#[derive(Serialize)]
struct SettingView {
    name: &'static str,
    required: bool,
    about: &'static str,
}

/// Names alone: a value is never shown again.
#[derive(Serialize)]
struct SetView {
    mode: &'static str,
    fields: Vec<String>,
    updated_at: String,
}

impl From<AtProvider> for ProviderView {
    fn from(at: AtProvider) -> Self {
        let takes = at.takes.iter().map(|setting| SettingView {
            name: setting.name,
            required: setting.required,
            about: setting.about,
        });
        let set = at.set.into_iter().map(|row| SetView {
            mode: Mode::from_column(&row.mode).as_str(),
            fields: row.fields.split_whitespace().map(str::to_owned).collect(),
            updated_at: Timestamp(row.updated_at).rfc3339(),
        });
        Self {
            provider: at.provider,
            takes: takes.collect(),
            set: set.collect(),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Put {
    mode: Mode,
    fields: BTreeMap<String, SecretString>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Which {
    mode: Mode,
}

pub async fn get(State(office): State<Arc<Office>>, Path((tag, provider)): Path<(String, String)>) -> Result<Json<ProviderView>, Problem> {
    Ok(Json(office.admin().at_provider(&office.core, &tag, &provider).await?.into()))
}

pub async fn put(
    State(office): State<Arc<Office>>,
    Path((tag, provider)): Path<(String, String)>,
    body: Strict<Put>,
) -> Result<Json<ProviderView>, Problem> {
    let Put { mode, fields } = body.value;
    let set = office.admin().set_at_provider(&office.core, &tag, &provider, mode, fields).await?;
    Ok(Json(set.into()))
}

pub async fn delete(
    State(office): State<Arc<Office>>,
    Path((tag, provider)): Path<(String, String)>,
    which: Result<Query<Which>, QueryRejection>,
) -> Result<StatusCode, Problem> {
    let Query(Which { mode }) = which.map_err(|_| Problem::invalid("invalid_query", "mode", "mode is test or live."))?;
    office.admin().forget_at_provider(&office.core, &tag, &provider, mode).await?;
    Ok(StatusCode::NO_CONTENT)
}
