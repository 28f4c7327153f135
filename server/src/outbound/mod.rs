//! The HTTP clients: this one for institutions, which the operator chooses; [`guard`] for addresses that tenants choose.
//!
//! **Contract.** No redirects are followed, no proxy is taken from the environment, every call has a time limit, and a body
//! is read up to a ceiling. In demo mode names below `.localhost` lead to loopback, as browsers have it (RFC 6761
//! section 6.3); the system's resolver knows no such names.

pub mod guard;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

/// Time for a whole call.
const CALL_TIMEOUT: Duration = Duration::from_secs(20);
/// Time to connect.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Most bytes of an answer that are read.
pub const MAX_ANSWER: usize = 4 * 1024 * 1024;

/// Makes the client. `demo` lets names below `.localhost` lead to loopback.
///
/// # Errors
/// When TLS cannot be set up.
pub fn client(demo: bool) -> reqwest::Result<reqwest::Client> {
    builder(demo).build()
}

/// The same, for who has more to say of the client.
pub fn builder(demo: bool) -> reqwest::ClientBuilder {
    let builder = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .timeout(CALL_TIMEOUT)
        .connect_timeout(CONNECT_TIMEOUT)
        .user_agent(concat!("Gesher/", env!("CARGO_PKG_VERSION")));
    if demo {
        builder.dns_resolver(Arc::new(LocalhostNames))
    } else {
        builder
    }
}

/// Resolves names below `.localhost` to loopback and leaves the others to the system.
struct LocalhostNames;

impl Resolve for LocalhostNames {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let host = name.as_str();
            let found: Vec<SocketAddr> = if host.ends_with(".localhost") {
                vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 0))]
            } else {
                tokio::net::lookup_host((host, 0)).await?.collect()
            };
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// Why a body was not read.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// The connection failed or the time was up.
    #[error("the answer broke off")]
    Broken(#[from] reqwest::Error),
    /// The answer is larger than [`MAX_ANSWER`].
    #[error("the answer is too large")]
    TooLarge,
}

/// Reads an answer's body up to [`MAX_ANSWER`].
///
/// # Errors
/// [`BodyError`] when it breaks off or is too large.
pub async fn read(mut response: reqwest::Response) -> Result<Vec<u8>, BodyError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > MAX_ANSWER {
            return Err(BodyError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
