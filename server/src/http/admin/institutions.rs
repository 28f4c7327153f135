//! What an operator makes of the directory, for all tenants or for one.

use super::Office;
use crate::http::v1::institution_rows::{ImportView, Table};
use crate::http::v1::problem::Problem;
use crate::institutions::imports::{self, Owner};
use crate::tenants::Mode;
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use gesher_directory::table::Edit;
use serde::Deserialize;
use std::collections::HashSet;
use std::sync::Arc;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InMode {
    mode: Mode,
}

type Asked = Result<Query<InMode>, QueryRejection>;

/// The tenant, which has to be there, in the mode that is asked for.
async fn tenant(office: &Office, tag: &str, asked: Asked) -> Result<Owner, Problem> {
    let mode = asked
        .map_err(|_| Problem::invalid("invalid_query", "mode", "Say ?mode=test or ?mode=live."))?
        .0
        .mode;
    let tag = office.admin().tenant(tag).await?.tenant_id;
    Ok(Owner::Tenant { tag, mode })
}

pub async fn import(State(office): State<Arc<Office>>, table: Table) -> Result<Json<ImportView>, Problem> {
    table.import(&office.core, &Owner::Operator, office.admin().actor).await
}

pub async fn export(State(office): State<Arc<Office>>) -> Result<Json<Vec<Edit>>, Problem> {
    Ok(Json(imports::export(&office.core, &Owner::Operator).await?))
}

pub async fn forget(State(office): State<Arc<Office>>, Path(institution): Path<String>) -> Result<StatusCode, Problem> {
    forgotten(&office, &Owner::Operator, institution).await
}

pub async fn import_of(
    State(office): State<Arc<Office>>,
    Path(tag): Path<String>,
    asked: Asked,
    table: Table,
) -> Result<Json<ImportView>, Problem> {
    let owner = tenant(&office, &tag, asked).await?;
    table.import(&office.core, &owner, office.admin().actor).await
}

pub async fn export_of(State(office): State<Arc<Office>>, Path(tag): Path<String>, asked: Asked) -> Result<Json<Vec<Edit>>, Problem> {
    let owner = tenant(&office, &tag, asked).await?;
    Ok(Json(imports::export(&office.core, &owner).await?))
}

pub async fn forget_of(
    State(office): State<Arc<Office>>,
    Path((tag, institution)): Path<(String, String)>,
    asked: Asked,
) -> Result<StatusCode, Problem> {
    let owner = tenant(&office, &tag, asked).await?;
    forgotten(&office, &owner, institution).await
}

async fn forgotten(office: &Office, owner: &Owner, institution: String) -> Result<StatusCode, Problem> {
    match imports::forget(&office.core, owner, office.admin().actor, HashSet::from([institution])).await? {
        0 => Err(Problem::not_found("row")),
        _ => Ok(StatusCode::NO_CONTENT),
    }
}
