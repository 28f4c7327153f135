//! Refreshing a connection.

use super::super::idempotency::{self, Prepared};
use super::super::present;
use super::super::problem::Problem;
use super::super::views::ConnectionView;
use crate::connections::refresh::{self, RefreshError};
use crate::core::Core;
use crate::tenants::Caller;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use gesher_contract::ConnectionId;
use gesher_domain::Timestamp;
use std::sync::Arc;

fn problem(error: RefreshError, now: Timestamp) -> Problem {
    let conflict = |code, detail: &str| Problem::new(StatusCode::CONFLICT, code, detail);
    match error {
        RefreshError::Read(error) => error.into(),
        RefreshError::OneOff => conflict("one_off", "This connection was asked for once: make a new one."),
        RefreshError::ReconnectRequired => conflict(
            "reconnect_required",
            "The person has to come back first: POST /v1/connections/{id}/sessions.",
        ),
        RefreshError::UnderWay => conflict("refresh_under_way", "This connection is being fetched already."),
        RefreshError::LimitReached(until) => {
            let mut problem = Problem::new(
                StatusCode::TOO_MANY_REQUESTS,
                "refresh_limit_reached",
                "The institution allows no further refresh today; `Retry-After` says when it does again.",
            );
            problem.retry_after = Some(now.until(until).as_secs().max(1));
            problem
        }
    }
}

/// Fetches a connection's data anew. They are there when the connection's `last_refreshed_at` has moved.
#[utoipa::path(
    post, path = "/v1/connections/{id}/refresh", tag = "connections", operation_id = "refreshConnection",
    params(
        ("id" = String, Path, description = "The connection's id"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 characters; a request sent again with it acts once"),
    ),
    responses(
        (status = 202, body = ConnectionView, description = "Begun"), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 404, body = Problem),
        (status = 409, body = Problem, description = "`refresh_under_way`, `one_off`, `reconnect_required`, `awaiting_confirmation`, `not_connected`"),
        (status = 422, body = Problem, description = "`idempotency_key_reused`"),
        (status = 429, body = Problem, description = "`refresh_limit_reached`: see `Retry-After`"), (status = 503, body = Problem),
    ),
    security(("api_key" = [])),
)]
pub async fn refresh(
    State(core): State<Arc<Core>>,
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let connection = ConnectionId::parse(&id).map_err(|_| Problem::not_found("connection"))?;
    let now = core.clock.now();
    let prepare = async {
        let begun = refresh::prepare(&core, &caller, &connection).await;
        let (row, unit) = begun.map_err(|error| problem(error, now))?;
        Prepared::new(StatusCode::ACCEPTED, &present::connection(&core, &row), unit)
    };
    let request = (&caller, &headers, "POST /v1/connections/{id}/refresh", id.as_bytes());
    let answer = idempotency::once(&core, request, prepare, |conflict| problem(conflict.into(), now)).await?;
    core.work.notify_one();
    Ok(answer)
}
