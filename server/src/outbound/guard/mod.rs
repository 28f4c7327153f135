//! The client for addresses that tenants choose.
//!
//! **Goal.** A tenant's address cannot be used to reach what only this machine reaches.
//! **Contract.** A name is resolved once for a request, what it resolves to is filtered, and the connection goes to one of
//! the very addresses that passed: there is no second look-up that another answer could be given to. An address in the place of the
//! name is judged like one that a name leads to. Only public addresses pass ([`addresses`]), and never our own public and
//! operations listeners. Outside demo mode only https passes. In demo mode plain http passes too, and loopback and the
//! sandbox's listener are open. No redirect is followed, no proxy taken, no connection kept. One time limit holds for all of
//! it. Of an answer the head is given, which may have 64 KiB; its body is read up to 64 KiB, for politeness, and dropped, or given
//! where it is asked for.

pub mod addresses;
mod exchange;
mod resolve;
mod target;
#[cfg(test)]
mod tests;

pub use resolve::{Resolve, SystemResolver};
pub use target::{LONGEST, Target, UrlError};

use bytes::Bytes;
use exchange::Wants;
use http::{HeaderMap, StatusCode};
use rustls_platform_verifier::BuilderVerifierExt as _;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use url::Host;

/// What a guard is made of.
pub struct Settings {
    /// Whether http, loopback and [`Settings::open`] are open.
    pub demo: bool,
    /// Our own listeners that nobody may be sent to.
    pub closed: Vec<SocketAddr>,
    /// Our public address: nobody is sent there either, whatever it resolves to.
    pub own_url: Option<url::Url>,
    /// The sandbox's listener.
    pub open: Vec<SocketAddr>,
    /// Time for a whole request.
    pub time_limit: Duration,
}

impl Settings {
    /// How long a request may take when nobody says otherwise.
    pub const TIME_LIMIT: Duration = Duration::from_secs(15);
}

/// The client. See the module.
pub struct Guard {
    settings: Settings,
    resolver: Arc<dyn Resolve>,
    tls: Arc<rustls::ClientConfig>,
}

/// An address may not be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It is not written as it has to be.
    #[error(transparent)]
    Url(#[from] UrlError),
    /// It leads where nobody may be sent.
    #[error("it does not lead to the public internet")]
    Forbidden,
}

/// No answer came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failed {
    /// The address may not be used.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// Nothing has this name.
    #[error("the name could not be resolved")]
    NameNotFound,
    /// Nothing answers there.
    #[error("no connection")]
    NotConnected,
    /// It does not prove whose it is.
    #[error("no TLS connection")]
    Tls,
    /// The time was up.
    #[error("timed out")]
    TimedOut,
    /// What came is not an answer.
    #[error("not an answer")]
    BadAnswer,
}

impl Failed {
    /// Stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Refused(_) => "address_not_allowed",
            Self::NameNotFound => "name_not_found",
            Self::NotConnected => "connection_failed",
            Self::Tls => "tls_failed",
            Self::TimedOut => "timed_out",
            Self::BadAnswer => "bad_answer",
        }
    }
}

/// The head of an answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
}

impl Guard {
    /// Over the system's resolver and its certificates.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(settings: Settings) -> Result<Self, rustls::Error> {
        let resolver = Arc::new(SystemResolver { demo: settings.demo });
        Self::over(settings, resolver)
    }

    /// Over another resolver.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn over(settings: Settings, resolver: Arc<dyn Resolve>) -> Result<Self, rustls::Error> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_platform_verifier()?
            .with_no_client_auth();
        tls.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self {
            settings,
            resolver,
            tls: Arc::new(tls),
        })
    }

    /// Whether requests may go to this address, as far as can be said before one does. A name that leads nowhere passes: it may
    /// lead somewhere tomorrow, and is looked at again with each request.
    ///
    /// # Errors
    /// [`Refused`].
    pub async fn check(&self, url: &str) -> Result<(), Refused> {
        match self.resolve(url).await {
            Err(Failed::Refused(refused)) => Err(refused),
            _ => Ok(()),
        }
    }

    /// Whether the name in this address leads somewhere now, and to where requests may go.
    ///
    /// # Errors
    /// [`Failed::Refused`], [`Failed::NameNotFound`], or [`Failed::TimedOut`].
    pub async fn resolve(&self, url: &str) -> Result<(), Failed> {
        let target = self.target(url)?;
        // Names of this machine (RFC 6761, 6.3), whatever a resolver says of them.
        if !self.settings.demo && target.is_local_name() {
            return Err(Refused::Forbidden.into());
        }
        let found = tokio::time::timeout(self.settings.time_limit, self.addresses(&target)).await;
        found.unwrap_or(Err(Failed::TimedOut)).map(|_| ())
    }

    /// Sends a POST, and gives the head of the answer.
    ///
    /// # Errors
    /// [`Failed`].
    pub async fn post(&self, url: &str, headers: HeaderMap, body: Bytes) -> Result<Answer, Failed> {
        let (answer, _) = self.send(url, headers, body, Wants::Head).await?;
        Ok(answer)
    }

    /// Sends a POST, and gives the answer with its body.
    ///
    /// # Errors
    /// [`Failed`]; a body over 64 KiB is a [`Failed::BadAnswer`].
    pub async fn ask(&self, url: &str, headers: HeaderMap, body: Bytes) -> Result<(Answer, Bytes), Failed> {
        self.send(url, headers, body, Wants::Body).await
    }

    /// Sends a POST that may take so long, if that is less than any may, and gives the head of the answer.
    ///
    /// # Errors
    /// [`Failed`].
    pub async fn post_within(&self, limit: Option<Duration>, url: &str, headers: HeaderMap, body: Bytes) -> Result<Answer, Failed> {
        let limit = limit.unwrap_or(self.settings.time_limit);
        tokio::time::timeout(limit, self.post(url, headers, body))
            .await
            .unwrap_or(Err(Failed::TimedOut))
    }

    async fn send(&self, url: &str, headers: HeaderMap, body: Bytes, wants: Wants) -> Result<(Answer, Bytes), Failed> {
        let target = self.target(url)?;
        let whole = async {
            let addresses = self.addresses(&target).await?;
            exchange::post(&target, &addresses, self.tls.clone(), headers, body, wants).await
        };
        tokio::time::timeout(self.settings.time_limit, whole)
            .await
            .unwrap_or(Err(Failed::TimedOut))
    }

    /// Connects, and sends nothing.
    ///
    /// # Errors
    /// [`Failed`].
    pub async fn reach(&self, url: &str) -> Result<(), Failed> {
        let target = self.target(url)?;
        let whole = async {
            let addresses = self.addresses(&target).await?;
            exchange::reach(&target, &addresses, self.tls.clone()).await
        };
        tokio::time::timeout(self.settings.time_limit, whole)
            .await
            .unwrap_or(Err(Failed::TimedOut))
    }

    fn target(&self, url: &str) -> Result<Target, Refused> {
        let target = Target::parse(url, self.settings.demo)?;
        let own = self.settings.own_url.as_ref();
        if own
            .is_some_and(|own| own.host_str().is_some_and(|host| target.is_host(host)) && own.port_or_known_default() == Some(target.port))
        {
            return Err(Refused::Forbidden);
        }
        Ok(target)
    }

    /// Where a request to this target may connect to.
    async fn addresses(&self, target: &Target) -> Result<Vec<SocketAddr>, Failed> {
        let found = match (&target.host, target.literal()) {
            (_, Some(literal)) => vec![literal],
            (Host::Domain(name), None) => self.resolver.resolve(name).await.map_err(|_| Failed::NameNotFound)?,
            _ => Vec::new(),
        };
        if found.is_empty() {
            return Err(Failed::NameNotFound);
        }
        let allowed: Vec<SocketAddr> = found
            .into_iter()
            .map(|address| SocketAddr::new(address.to_canonical(), target.port))
            .filter(|address| self.allows(*address))
            .collect();
        if allowed.is_empty() {
            return Err(Failed::Refused(Refused::Forbidden));
        }
        Ok(allowed)
    }

    fn allows(&self, at: SocketAddr) -> bool {
        let settings = &self.settings;
        let own = |own: &SocketAddr| own.port() == at.port() && (own.ip().to_canonical() == at.ip() || is_this_machine(at.ip()));
        if settings.closed.iter().any(own) {
            return false;
        }
        addresses::is_public(at.ip()) || settings.demo && (at.ip().is_loopback() || settings.open.contains(&at))
    }
}

/// Whether an address is one of this machine's own: then a packet to it would come from it.
fn is_this_machine(address: IpAddr) -> bool {
    if address.is_loopback() || address.is_unspecified() {
        return true;
    }
    let from: SocketAddr = match address {
        IpAddr::V4(_) => (std::net::Ipv4Addr::UNSPECIFIED, 0).into(),
        IpAddr::V6(_) => (std::net::Ipv6Addr::UNSPECIFIED, 0).into(),
    };
    // Connecting a UDP socket sends nothing; the system only says which address it would send from.
    std::net::UdpSocket::bind(from)
        .and_then(|socket| {
            socket.connect((address, 9))?;
            socket.local_addr()
        })
        .is_ok_and(|local| local.ip() == address)
}
