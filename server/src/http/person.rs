//! Who is in front of the browser, as institutions want to know them.

use crate::connect::psu;
use crate::providers::PsuContext;
use axum::extract::{ConnectInfo, Request};
use axum::http::header;
use axum::middleware::Next;
use axum::response::Response;
use std::net::SocketAddr;

/// Longest `User-Agent` that is told on.
const LONGEST_AGENT: usize = 512;

/// Lets the calls to a provider that begin in this request name the person.
pub async fn present(request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let agent = request.headers().get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    let person = PsuContext {
        ip: peer.map(|peer| peer.0.ip()),
        user_agent: agent.filter(|agent| agent.len() <= LONGEST_AGENT).map(str::to_owned),
    };
    psu::with(person, next.run(request)).await
}
