//! Deleting a connection.

use super::super::present;
use super::super::problem::Problem;
use super::super::views::ConnectionView;
use crate::connections::delete::{self, DeleteError};
use crate::core::Core;
use crate::tenants::Caller;
use axum::Json;
use axum::extract::{Path, State};
use gesher_contract::ConnectionId;
use std::sync::Arc;

impl From<DeleteError> for Problem {
    fn from(error: DeleteError) -> Self {
        match error {
            DeleteError::Read(error) => error.into(),
            DeleteError::Unavailable(error) => {
                tracing::error!(%error, "a connection could not be deleted");
                Self::unavailable()
            }
        }
    }
}

/// Deletes a connection: what was fetched goes at once, the access is given back at the institution until that is true.
#[utoipa::path(
    delete, path = "/v1/connections/{id}", tag = "connections", operation_id = "deleteConnection",
    params(("id" = String, Path, description = "The connection's id")),
    responses(
        (status = 200, body = ConnectionView, description = "Deleted, now or before"),
        (status = 401, body = Problem), (status = 404, body = Problem), (status = 503, body = Problem),
    ),
    security(("api_key" = [])),
)]
pub async fn delete(State(core): State<Arc<Core>>, caller: Caller, Path(id): Path<String>) -> Result<Json<ConnectionView>, Problem> {
    let id = ConnectionId::parse(&id).map_err(|_| Problem::not_found("connection"))?;
    let row = delete::delete(&core, &caller, &id).await?;
    Ok(Json(present::connection(&core, &row)))
}
