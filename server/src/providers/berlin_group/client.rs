//! One call to a bank: the standard's headers, the bank's origin and no other, and what a refusal is.

use super::Back;
use super::codes::Refusal;
use super::profile::{Approach, Profile};
use super::seal::Seal;
use super::state::Wish;
use super::wire::{Link, Messages};
use crate::outbound;
use crate::providers::{Cx, Failed, reading};
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

    /// Whether it may be gone in a moment. A bank that took all its time is not asked for as much again.
    fn passes(&self) -> bool {
        match self {
            Self::Unreachable | Self::Silent { late: false } => true,
            Self::Refused(refusal) => matches!(
                refusal.status,
                StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT
            ),
            Self::Silent { late: true } | Self::Nonsense => false,
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

/// A bank as a tenant reaches it.
pub struct Bank<'a> {
    /// What is known of it.
    pub profile: &'a Profile,
    /// The address below which `/v1` is.
    pub base: Url,
    /// Another origin than the interface's to which it sends people, though not over TLS: the sandbox has one.
    pub pages: Option<Url>,
    /// Who we are to its OAuth server.
    pub client_id: Option<String>,
    /// Sent where the person's address is not known or is none of the standard's (IPv4): the standard wants the TPP's own then.
    pub own_address: Option<Ipv4Addr>,
}

/// Calls one bank.
pub struct Client<'a> {
    /// The world.
    pub cx: &'a Cx,
    /// The bank.
    pub bank: Bank<'a>,
    /// Opens connections with the tenant's QWAC, where the bank wants that.
    pub http: reqwest::Client,
    /// Signs messages, where the bank wants that.
    pub seal: Option<Seal>,
}

impl Client<'_> {
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
            tracing::warn!(
                bank = self.bank.profile.id,
                "a bank's link leads to another origin and is not followed"
            );
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
        let theirs = [Some(&self.bank.base), self.bank.pages.as_ref()];
        if address.scheme() == "https" || theirs.into_iter().flatten().any(|own| own.origin() == address.origin()) {
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
            .header(
                "TPP-Redirect-Preferred",
                (self.bank.profile.approach == Approach::Redirect).to_string(),
            );
        if self.bank.profile.approach == Approach::Decoupled {
            request = request.header("TPP-Decoupled-Preferred", "true");
        }
        let known = matches!(self.cx.psu.as_ref().and_then(|psu| psu.ip), Some(IpAddr::V4(_)));
        if let Some(own) = self.bank.own_address.filter(|_| !known) {
            request = request.header("PSU-IP-Address", own.to_string());
        }
        // Which brand of several it is; elsewhere the type of an id goes without saying.
        if let Some(brand) = &self.bank.profile.brand {
            request = request.header("PSU-ID-Type", brand);
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

    /// Reads a resource, with a token where there is one, and again when it fails in a way that passes.
    pub async fn get<T: DeserializeOwned>(&self, address: Url, consent_id: Option<&str>, bearer: Option<&str>) -> Result<T, Trouble> {
        let once = || {
            let mut request = self.request(Method::GET, address.clone());
            if let Some(id) = consent_id {
                request = request.header("Consent-ID", id);
            }
            if let Some(token) = bearer {
                request = request.bearer_auth(token);
            }
            self.sent(request)
        };
        // An access without the person is one of the few that a bank counts in a day: whatever reached the bank was one.
        let counted = consent_id.is_some() && self.cx.psu.is_none();
        let passes = |trouble: &Trouble| trouble.passes() && (!counted || *trouble == Trouble::Unreachable);
        reading::read(self.cx, passes, once).await
    }

    /// Sends a request, once, and reads the answer.
    pub async fn sent<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, Trouble> {
        self.send(request).await?.read()
    }

    /// Sends a request, once, with the tenant's seal where the bank wants it.
    pub async fn send(&self, request: RequestBuilder) -> Result<Answer, Trouble> {
        let mut request = request.build().map_err(|_| Trouble::Unreachable)?;
        if let Some(seal) = &self.seal {
            seal.put_on(&mut request).map_err(|error| {
                tracing::error!(%error, "a message to a bank was not sent");
                Trouble::Unreachable
            })?;
        }
        let response = self.http.execute(request).await.map_err(|error| {
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
        tracing::info!(
            bank = self.bank.profile.id,
            status = status.as_u16(),
            code,
            request_id,
            "a bank refused a call"
        );
        Err(Trouble::Refused(Refusal { status, code }))
    }
}
