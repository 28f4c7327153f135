//! What a tenant makes of the directory for itself: rows that add, change, hide and order institutions.

use super::body;
use super::problem::Problem;
use crate::core::Core;
use crate::institutions::imports::{self, ImportProblem, Imported, Owner};
use crate::tenants::Caller;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequest, Path, Request, State};
use axum::http::{StatusCode, header};
use gesher_directory::table::{self, Edit, Format};
use serde::Serialize;
use std::collections::HashSet;
use std::sync::Arc;
use utoipa::ToSchema;

/// Most bytes of a table that comes over HTTP. A larger one goes by `gesher institutions import`.
pub const LARGEST: usize = 4 * 1024 * 1024;

/// What an import came to.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportView {
    /// Rows of the file.
    pub rows: usize,
    /// Institutions that were not there.
    pub added: usize,
    /// Institutions of which something changed.
    pub changed: usize,
    /// Institutions that are hidden now and were not.
    pub hidden: usize,
}

impl From<Imported> for ImportView {
    fn from(told: Imported) -> Self {
        Self {
            rows: told.rows,
            added: told.added,
            changed: told.changed,
            hidden: told.hidden,
        }
    }
}

/// A table of institutions, by its content type.
pub struct Table {
    pub(in crate::http) format: Format,
    pub(in crate::http) bytes: Bytes,
}

impl<S: Send + Sync> FromRequest<S> for Table {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let named = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let kind = named
            .and_then(|value| value.split(';').next())
            .map(|kind| kind.trim().to_ascii_lowercase());
        let format = match kind.as_deref() {
            Some("text/csv") => Format::Csv,
            Some("application/json") => Format::Json,
            _ => {
                return Err(Problem::new(
                    StatusCode::UNSUPPORTED_MEDIA_TYPE,
                    "no_table",
                    "Send the rows as text/csv or as application/json.",
                ));
            }
        };
        let bytes = body::bytes(request, state).await?;
        Ok(Self { format, bytes })
    }
}

impl Table {
    /// Takes the table in for an owner.
    pub(in crate::http) async fn import(self, core: &Core, owner: &Owner, actor: &str) -> Result<Json<ImportView>, Problem> {
        let Self { format, bytes } = self;
        let read = tokio::task::spawn_blocking(move || table::read(format, &bytes, &mut |_| {})).await;
        let brought = read.map_err(ImportProblem::from)?.map_err(ImportProblem::from)?;
        Ok(Json(imports::import(core, owner, actor, brought).await?.into()))
    }
}

impl From<ImportProblem> for Problem {
    fn from(problem: ImportProblem) -> Self {
        match problem {
            ImportProblem::Table(error) => {
                let field = match &error.field {
                    Some(field) => format!("{}, {field}", error.at),
                    None => error.at.to_string(),
                };
                Self::invalid("invalid_row", field, format!("Nothing was imported. {error}."))
            }
            ImportProblem::TooMany => Self::new(StatusCode::UNPROCESSABLE_ENTITY, "too_many_rows", format!("{problem}.")),
            ImportProblem::Busy => Self::new(StatusCode::CONFLICT, "rows_busy", format!("{problem}; send the table again.")),
            ImportProblem::NotShown(_) | ImportProblem::Damaged(_) | ImportProblem::Unavailable(_) | ImportProblem::Interrupted(_) => {
                tracing::error!(error = %problem, "institutions could not be imported or read");
                Self::unavailable()
            }
        }
    }
}

/// Imports institutions of your own, and what you change about others.
///
/// A table in CSV or JSON; the operator guide tells its columns. It is taken in whole or not at all: a row that breaks a rule refuses
/// it with its line. What a row leaves out stays as it was; to send the same table again changes nothing.
#[utoipa::path(
    patch, path = "/v1/institution_rows", tag = "institutions", operation_id = "importInstitutions",
    request_body(content(
        (Vec<Edit> = "application/json"),
        (String = "text/csv"),
    )),
    responses(
        (status = 200, body = ImportView), (status = 401, body = Problem), (status = 409, body = Problem), (status = 413, body = Problem),
        (status = 415, body = Problem), (status = 422, body = Problem),
    ),
    security(("api_key" = [])),
)]
pub async fn import(State(core): State<Arc<Core>>, caller: Caller, table: Table) -> Result<Json<ImportView>, Problem> {
    table.import(&core, &(&caller).into(), "api_key").await
}

/// What you have imported.
#[utoipa::path(
    get, path = "/v1/institution_rows", tag = "institutions", operation_id = "exportInstitutions",
    responses((status = 200, body = Vec<Edit>), (status = 401, body = Problem)),
    security(("api_key" = [])),
)]
pub async fn export(State(core): State<Arc<Core>>, caller: Caller) -> Result<Json<Vec<Edit>>, Problem> {
    Ok(Json(imports::export(&core, &(&caller).into()).await?))
}

/// Takes back what you have imported about an institution.
#[utoipa::path(
    delete, path = "/v1/institution_rows/{institution_id}", tag = "institutions", operation_id = "forgetInstitution",
    params(("institution_id" = String, Path, description = "The institution's id.")),
    responses((status = 204), (status = 401, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)),
    security(("api_key" = [])),
)]
pub async fn forget(State(core): State<Arc<Core>>, caller: Caller, Path(institution): Path<String>) -> Result<StatusCode, Problem> {
    match imports::forget(&core, &(&caller).into(), "api_key", HashSet::from([institution])).await? {
        0 => Err(Problem::not_found("row")),
        _ => Ok(StatusCode::NO_CONTENT),
    }
}
