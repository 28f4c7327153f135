//! `/w/events/{ticket}`: when to look again, as server-sent events.
//!
//! **Contract.** An event's id is the mark that the session has come to; a browser that reconnects with it in `Last-Event-ID`
//! hears at once of what it missed. The last event of a session is `over`. A comment every 15 seconds keeps the line open.

use super::Leg;
use crate::connect::watch;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::stream;
use gesher_app::backend::Refused;
use std::convert::Infallible;
use std::time::Duration;

/// Pause between two comments.
const COMMENT: Duration = Duration::from_secs(15);
/// Pause before a browser reconnects.
const RETRY: Duration = Duration::from_secs(1);

/// `GET /w/events/{ticket}`.
pub(super) async fn stream(State(leg): State<Leg>, Path(ticket): Path<String>, headers: HeaderMap) -> Response {
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok()?.parse().ok());
    let watch = match watch::watch(&leg.core, &ticket, last).await {
        Ok(watch) => watch,
        // A browser does not ask again after an answer that is no stream.
        Err(Refused::Broken | Refused::TooMany) => return StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Err(Refused::Unknown | Refused::Over) => return StatusCode::NOT_FOUND.into_response(),
    };
    let events = stream::unfold(watch, |mut watch| async move {
        let seen = watch.next().await?;
        let name = if seen.over { "over" } else { "moved" };
        let mark = seen.mark.to_string();
        let event = Event::default().event(name).id(&mark).data(&mark).retry(RETRY);
        Some((Ok::<_, Infallible>(event), watch))
    });
    Sse::new(events).keep_alive(KeepAlive::new().interval(COMMENT)).into_response()
}
