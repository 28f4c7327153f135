//! From names to addresses, behind a trait for a test's own answers.

use std::io;
use std::net::{IpAddr, Ipv4Addr};

/// Knows what names lead to.
#[async_trait::async_trait]
pub trait Resolve: Send + Sync {
    /// All that a name leads to now.
    ///
    /// # Errors
    /// When nothing has this name, or nobody answers.
    async fn resolve(&self, name: &str) -> io::Result<Vec<IpAddr>>;
}

/// Asks the system.
pub struct SystemResolver {
    /// Whether names below `.localhost` lead to loopback, as browsers have it; the system knows no such names.
    pub demo: bool,
}

#[async_trait::async_trait]
impl Resolve for SystemResolver {
    async fn resolve(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        if self.demo && name.ends_with(".localhost") {
            return Ok(vec![Ipv4Addr::LOCALHOST.into()]);
        }
        Ok(tokio::net::lookup_host((name, 0)).await?.map(|address| address.ip()).collect())
    }
}
