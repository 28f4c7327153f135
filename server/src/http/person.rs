//! Who is in front of the browser, as institutions want to know them.

use super::client::ClientAddress;
use crate::connect::psu;
use crate::providers::PsuContext;
use axum::extract::Request;
use axum::http::header;
use axum::middleware::Next;
use axum::response::Response;

/// Longest `User-Agent` that is told on.
const LONGEST_AGENT: usize = 512;

/// Lets the calls to a provider that begin in this request name the person.
pub async fn present(request: Request, next: Next) -> Response {
    let from = request.extensions().get::<ClientAddress>();
    let agent = request.headers().get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    let person = PsuContext {
        ip: from.map(|from| from.0),
        user_agent: agent.filter(|agent| agent.len() <= LONGEST_AGENT).map(str::to_owned),
    };
    psu::with(person, next.run(request)).await
}
