//! The address of a request, read once: what is checked is what is then connected to.

use std::net::IpAddr;
use url::{Host, Url};

/// Longest address.
pub const LONGEST: usize = 2000;

/// Why a text is no address that a request goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// It is not a web address.
    #[error("it is not a web address")]
    Malformed,
    /// It is longer than [`LONGEST`].
    #[error("it is longer than 2000 characters")]
    TooLong,
    /// Only https is taken.
    #[error("it has to begin with https://")]
    NotHttps,
    /// It holds a user or a password.
    #[error("it must not hold a user or a password")]
    HasUser,
    /// It holds a fragment, which is never sent.
    #[error("it must not hold a fragment")]
    HasFragment,
}

/// Where a request goes.
#[derive(Clone, Debug)]
pub struct Target {
    pub(super) url: Url,
    pub(super) host: Host<String>,
    pub(super) port: u16,
}

impl Target {
    /// Reads an address. `http` tells whether plain http is taken.
    ///
    /// # Errors
    /// [`UrlError`].
    pub fn parse(text: &str, http: bool) -> Result<Self, UrlError> {
        if text.len() > LONGEST {
            return Err(UrlError::TooLong);
        }
        // The parser drops tabs and line ends and trims: whoever reads the text would not read what is meant.
        if text.chars().any(|char| char.is_control() || char.is_whitespace() || char == '\\') {
            return Err(UrlError::Malformed);
        }
        let url = Url::parse(text).map_err(|_| UrlError::Malformed)?;
        match url.scheme() {
            "https" => {}
            "http" if http => {}
            _ => return Err(UrlError::NotHttps),
        }
        if !url.username().is_empty() || url.password().is_some() || text.split(['/', '?', '#']).nth(2).is_some_and(|it| it.contains('@')) {
            return Err(UrlError::HasUser);
        }
        if url.fragment().is_some() {
            return Err(UrlError::HasFragment);
        }
        let host = url.host().ok_or(UrlError::Malformed)?.to_owned();
        let port = url.port_or_known_default().filter(|port| *port != 0).ok_or(UrlError::Malformed)?;
        Ok(Self { url, host, port })
    }

    /// The address that the host is, where it is none that has to be looked up.
    pub(super) fn literal(&self) -> Option<IpAddr> {
        match &self.host {
            Host::Ipv4(address) => Some(IpAddr::V4(*address)),
            Host::Ipv6(address) => Some(IpAddr::V6(*address)),
            Host::Domain(_) => None,
        }
    }

    /// Whether this is the host; a name's trailing dot makes no difference.
    pub(super) fn is_host(&self, host: &str) -> bool {
        let own = self.host.to_string();
        own.trim_end_matches('.').eq_ignore_ascii_case(host.trim_end_matches('.'))
    }

    /// Whether this is `localhost` or a name below it.
    pub(super) fn is_local_name(&self) -> bool {
        let Host::Domain(name) = &self.host else { return false };
        name.trim_end_matches('.')
            .rsplit('.')
            .next()
            .is_some_and(|last| last.eq_ignore_ascii_case("localhost"))
    }

    pub(super) fn is_tls(&self) -> bool {
        self.url.scheme() == "https"
    }
}
