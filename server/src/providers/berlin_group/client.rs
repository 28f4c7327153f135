//! One call to a bank: the standard's headers, the bank's origin and no other, and what a refusal is.

use super::codes::Refusal;
use super::state::Wish;
use super::wire::{Link, Messages};
use super::{Approach, Back, Bank};
use crate::outbound;
use crate::providers::{Cx, Failed};
use gesher_contract::FailureCode;
use gesher_domain::connection::FetchProblem;
use reqwest::header::{ACCEPT, HeaderMap, HeaderValue};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde::de::DeserializeOwned;
use std::net::{IpAddr, Ipv4Addr};
use url::Url;

/// What went wrong with a call.
#[derive(Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Nothing was sent.
    Unreachable,
    /// Something was sent and no answer came.
    Silent {
        /// The time was up.
        late: bool,
    },
    /// The bank refused.
    Refused(Refusal),
    /// The bank's answer makes no sense, or leads to another origin.
    Nonsense,
}

impl Trouble {
    /// Of a call that changes nothing at the bank.
    pub fn of_reading(&self) -> Failed {
        match self {
            Self::Unreachable | Self::Silent { late: false } => FailureCode::InstitutionUnavailable,
            Self::Silent { late: true } => FailureCode::TimedOut,
            Self::Refused(refusal) => refusal.failure(),
            Self::Nonsense => FailureCode::BadInstitutionAnswer,
        }
        .into()
    }

    /// Of a call that the bank may have acted on.
    pub fn of_acting(&self) -> Failed {
        match self {
            Self::Silent { .. } => FailureCode::OutcomeUnknown.into(),
            other => other.of_reading(),
        }
    }

    /// Of a fetch.
    pub fn problem(&self) -> FetchProblem {
        match self {
            Self::Unreachable | Self::Silent { .. } => FetchProblem::InstitutionUnavailable,
            Self::Refused(refusal) => refusal.problem(),
            Self::Nonsense => FetchProblem::Broken,
        }
    }

    /// Whether another access token may help.
    pub fn is_stale_token(&self) -> bool {
        match self {
            Self::Refused(refusal) if refusal.status == StatusCode::UNAUTHORIZED => {
                refusal.code.is_none() || refusal.is(&["TOKEN_EXPIRED", "TOKEN_INVALID", "TOKEN_UNKNOWN"])
            }
            _ => false,
        }
    }
}

/// An answer.
pub struct Answer {
    pub headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Trouble> {
        serde_json::from_slice(&self.body).map_err(|_| Trouble::Nonsense)
    }
}

/// Calls one bank.
pub struct Client<'a> {
    pub cx: &'a Cx,
    pub bank: &'a Bank,
    own_address: Ipv4Addr,
}

impl<'a> Client<'a> {
    pub const fn new(cx: &'a Cx, bank: &'a Bank, own_address: Ipv4Addr) -> Self {
        Self { cx, bank, own_address }
    }

    /// A resource of the interface itself.
    pub fn resource(&self, path: &[&str]) -> Result<Url, Trouble> {
        let mut address = self.bank.base.clone();
        address
            .path_segments_mut()
            .map_err(|()| Trouble::Nonsense)?
            .pop_if_empty()
            .push("v1")
            .extend(path);
        Ok(address)
    }

    /// Where a link leads. Banks write links in full, from the root of their host, or from their base.
    pub fn resolve(&self, href: &str) -> Result<Url, Trouble> {
        let base = &self.bank.base;
        let root = base.path().trim_end_matches('/');
        let below_root = href.strip_prefix(root).is_some_and(|rest| rest.starts_with('/'));
        let address = match Url::parse(href) {
            Ok(address) => address,
            Err(_) if href.starts_with("//") => return Err(Trouble::Nonsense),
            Err(_) if href.starts_with('/') && below_root => base.join(href).map_err(|_| Trouble::Nonsense)?,
            Err(_) => base
                .join(&format!("{root}/{}", href.trim_start_matches('/')))
                .map_err(|_| Trouble::Nonsense)?,
        };
        Ok(address)
    }

    /// Where a link leads that we follow: to the bank's own origin, or nowhere.
    pub fn follow(&self, href: &str) -> Result<Url, Trouble> {
        let address = self.resolve(href)?;
        if address.origin() == self.bank.base.origin() && address.username().is_empty() && address.password().is_none() {
            Ok(address)
        } else {
            tracing::warn!(bank = %self.bank.base, "a bank's link leads to another origin and is not followed");
            Err(Trouble::Nonsense)
        }
    }

    /// A link that may be absent.
    pub fn own(&self, link: Option<&Link>) -> Result<Option<Url>, Failed> {
        link.map(|link| self.follow(&link.href).map_err(|trouble| trouble.of_reading()))
            .transpose()
    }

    /// Where the person's browser is sent: the bank's own origin, or another one over TLS.
    pub fn page(&self, href: &str) -> Result<Url, Failed> {
        let address = self.resolve(href).map_err(|trouble| trouble.of_reading())?;
        if address.scheme() == "https" || address.origin() == self.bank.base.origin() {
            Ok(address)
        } else {
            Err(FailureCode::BadInstitutionAnswer.into())
        }
    }

    /// A request with the headers that every call has.
    pub fn request(&self, method: Method, address: Url) -> RequestBuilder {
        let mut random = [0; 16];
        self.cx.rng.fill(&mut random);
        let request = self
            .cx
            .http
            .request(method, address)
            .header("X-Request-ID", uuid::Builder::from_random_bytes(random).into_uuid().to_string())
            .header(ACCEPT, "application/json");
        let Some(psu) = &self.cx.psu else { return request };
        let request = match psu.ip {
            Some(IpAddr::V4(ip)) => request.header("PSU-IP-Address", ip.to_string()),
            _ => request,
        };
        let agent = psu.user_agent.as_deref().and_then(|agent| HeaderValue::from_str(agent).ok());
        match agent {
            Some(agent) => request.header("PSU-User-Agent", agent),
            None => request,
        }
    }

    /// A request that begins something for the person.
    pub fn request_for(&self, address: Url, wish: &Wish, psu_id: Option<&str>, back: Option<&Back>) -> RequestBuilder {
        let mut request = self
            .request(Method::POST, address)
            .header("PSU-Accept-Language", wish.language.code())
            .header("TPP-Redirect-Preferred", (self.bank.approach == Approach::Redirect).to_string());
        if self.bank.approach == Approach::Decoupled {
            request = request.header("TPP-Decoupled-Preferred", "true");
        }
        if !matches!(self.cx.psu.as_ref().and_then(|psu| psu.ip), Some(IpAddr::V4(_))) {
            request = request.header("PSU-IP-Address", self.own_address.to_string());
        }
        if let Some(psu_id) = psu_id {
            request = request.header("PSU-ID", psu_id);
        }
        if let Some(back) = back {
            request = request
                .header("TPP-Redirect-URI", back.ok.as_str())
                .header("TPP-Nok-Redirect-URI", back.nok.as_str());
        }
        request
    }

    /// Reads a resource, with a token where there is one.
    pub async fn get<T: DeserializeOwned>(&self, address: Url, consent_id: Option<&str>, bearer: Option<&str>) -> Result<T, Trouble> {
        let mut request = self.request(Method::GET, address);
        if let Some(id) = consent_id {
            request = request.header("Consent-ID", id);
        }
        if let Some(token) = bearer {
            request = request.bearer_auth(token);
        }
        Self::send(request).await?.read()
    }

    /// Sends a request, once.
    pub async fn send(request: RequestBuilder) -> Result<Answer, Trouble> {
        let response = request.send().await.map_err(|error| {
            if error.is_connect() || error.is_builder() {
                Trouble::Unreachable
            } else {
                Trouble::Silent { late: error.is_timeout() }
            }
        })?;
        let status = response.status();
        let headers = response.headers().clone();
        let body = outbound::read(response).await.map_err(|error| match error {
            outbound::BodyError::Broken(error) => Trouble::Silent { late: error.is_timeout() },
            outbound::BodyError::TooLarge => Trouble::Nonsense,
        })?;
        if status.is_success() {
            return Ok(Answer { headers, body });
        }
        let code = serde_json::from_slice::<Messages>(&body).ok().and_then(Messages::first_error);
        let request_id = headers.get("X-Request-ID").and_then(|id| id.to_str().ok()).unwrap_or_default();
        tracing::info!(status = status.as_u16(), code, request_id, "a bank refused a call");
        Err(Trouble::Refused(Refusal { status, code }))
    }
}
