//! Other vendors' APIs, spoken over the one domain.
//!
//! **Goal.** A team that already speaks to one of these vendors points its code here and goes on. **Contract.** An adapter is thin:
//! it reads the vendor's request, calls the use case that `/v1` calls, and says what came of it in the vendor's words. It decides
//! nothing: status by [`gesher_domain::surface`]'s one table, rules where everybody's are. Whatever is wrong is refused in the
//! vendor's own shape before anything changes. What each field does is in `docs/compatibility`.

pub mod connectfi;
pub mod fields;
pub mod meld;
pub mod open_finance;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use std::time::Duration;

/// Most bytes of a body.
const MAX_BODY: usize = 256 * 1024;
/// Most time for an answer.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Lays the limits of size and time around a vendor's routes; `late` is what the vendor says when an answer takes too long.
pub fn bounded(routes: Router, late: fn() -> Response) -> Router {
    let in_time = move |request: Request, next: Next| async move {
        tokio::time::timeout(TIMEOUT, next.run(request)).await.unwrap_or_else(|_| late())
    };
    routes.layer(DefaultBodyLimit::max(MAX_BODY)).layer(from_fn(in_time))
}
