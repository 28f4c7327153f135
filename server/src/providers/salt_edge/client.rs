//! One call to Salt Edge: credentials, a live client's signature, and what a refusal is.

use super::codes::Refusal;
use super::keys::Signer;
use super::wire::{Data, Page, Refused};
use crate::outbound;
use crate::providers::{Cx, Failed, reading};
use gesher_contract::FailureCode;
use gesher_domain::connection::FetchProblem;
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use reqwest::{Method, StatusCode};
use secrecy::ExposeSecret as _;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::HashSet;
use url::Url;

/// Seconds for which a signed request is good, counted from when its caller began; an hour is the most that is taken.
const GOOD_FOR: i64 = 600;
/// Most pages of a list.
const PAGES: usize = 400;
/// Names of settings.
pub const APP_ID: &str = "app_id";
pub const SECRET: &str = "secret";
pub const PRIVATE_KEY: &str = "private_key";

/// What went wrong with a call.
#[derive(Debug, PartialEq, Eq)]
pub enum Trouble {
    /// What the operator set is missing or cannot be read; nothing was sent.
    Unset,
    /// Nothing was sent.
    Unreachable,
    /// Something was sent and no answer came.
    Silent {
        /// The time was up.
        late: bool,
    },
    /// Salt Edge refused.
    Refused(Refusal),
    /// The answer makes no sense.
    Nonsense,
}

impl Trouble {
    /// Of a call that changes nothing.
    pub fn of_reading(&self) -> Failed {
        match self {
            Self::Unset => FailureCode::Internal,
            Self::Unreachable | Self::Silent { late: false } => FailureCode::InstitutionUnavailable,
            Self::Silent { late: true } => FailureCode::TimedOut,
            Self::Refused(refusal) => refusal.failure(),
            Self::Nonsense => FailureCode::BadInstitutionAnswer,
        }
        .into()
    }

    /// Of a call that Salt Edge may have acted on.
    pub fn of_acting(&self) -> Failed {
        match self {
            Self::Silent { .. } => FailureCode::OutcomeUnknown.into(),
            other => other.of_reading(),
        }
    }

    /// Of a fetch.
    pub fn problem(&self) -> FetchProblem {
        match self {
            Self::Unset | Self::Unreachable | Self::Silent { .. } => FetchProblem::ProviderUnavailable,
            Self::Refused(refusal) => refusal.problem(),
            Self::Nonsense => FetchProblem::Broken,
        }
    }

    /// Whether another try may help.
    fn passes(&self) -> bool {
        match self {
            Self::Unreachable | Self::Silent { .. } => true,
            Self::Refused(refusal) => refusal.passes(),
            Self::Unset | Self::Nonsense => false,
        }
    }

    /// Whether what was asked for is not there.
    pub fn is_gone(&self) -> bool {
        match self {
            Self::Refused(refusal) => {
                refusal.status == StatusCode::NOT_FOUND && (refusal.class.is_none() || refusal.is("ConnectionNotFound"))
            }
            _ => false,
        }
    }

    /// Whether it was refused for this reason.
    pub fn is(&self, class: &str) -> bool {
        matches!(self, Self::Refused(refusal) if refusal.is(class))
    }
}

/// Calls Salt Edge for a tenant.
pub struct Client<'a> {
    pub cx: &'a Cx,
    base: Url,
    signer: Option<Signer>,
}

impl<'a> Client<'a> {
    /// A client for the interface below `base`.
    ///
    /// # Errors
    /// [`Trouble::Unset`] when a key that is set cannot be read.
    pub fn new(cx: &'a Cx, base: Url) -> Result<Self, Trouble> {
        let signer = match cx.settings.text(PRIVATE_KEY) {
            Some(pem) => Some(Signer::from_pem(pem).ok_or(Trouble::Unset)?),
            None => None,
        };
        Ok(Self { cx, base, signer })
    }

    /// A resource of the interface.
    pub fn resource(&self, path: &[&str]) -> Result<Url, Trouble> {
        let mut address = self.base.clone();
        address
            .path_segments_mut()
            .map_err(|()| Trouble::Unset)?
            .pop_if_empty()
            .extend(path);
        Ok(address)
    }

    /// Reads something, again where there was no answer.
    pub async fn get<T: DeserializeOwned>(&self, path: &[&str], query: &[(&str, &str)]) -> Result<T, Trouble> {
        let mut address = self.resource(path)?;
        if !query.is_empty() {
            address.query_pairs_mut().extend_pairs(query);
        }
        reading::read(self.cx, Trouble::passes, || self.send(Method::GET, address.clone(), None)).await
    }

    /// Reads one thing.
    pub async fn one<T: DeserializeOwned>(&self, path: &[&str]) -> Result<T, Trouble> {
        self.get::<Data<T>>(path, &[]).await.map(|one| one.data)
    }

    /// Reads a whole list. A page that comes again would come for ever.
    pub async fn all<T: DeserializeOwned>(&self, path: &[&str], query: &[(&str, &str)]) -> Result<Vec<T>, Trouble> {
        let (mut all, mut asked, mut from) = (Vec::new(), HashSet::new(), None::<String>);
        for _ in 0..PAGES {
            let mut query = query.to_vec();
            query.extend(from.as_deref().map(|from| ("from_id", from)));
            let page: Page<T> = self.get(path, &query).await?;
            all.extend(page.data);
            match page.meta.next_id {
                None => return Ok(all),
                Some(next) if asked.insert(next.clone()) => from = Some(next),
                Some(_) => break,
            }
        }
        Err(Trouble::Nonsense)
    }

    /// Sends what may be acted on, once.
    pub async fn post<B: Serialize, T: DeserializeOwned>(&self, path: &[&str], data: &B) -> Result<T, Trouble> {
        let body = serde_json::to_string(&Data { data }).map_err(|_| Trouble::Nonsense)?;
        let answer: Data<T> = self.send(Method::POST, self.resource(path)?, Some(body)).await?;
        Ok(answer.data)
    }

    /// Removes something, once.
    pub async fn delete(&self, path: &[&str]) -> Result<(), Trouble> {
        let _: serde_json::Value = self.send(Method::DELETE, self.resource(path)?, None).await?;
        Ok(())
    }

    async fn send<T: DeserializeOwned>(&self, method: Method, address: Url, body: Option<String>) -> Result<T, Trouble> {
        let set = |name: &str| self.cx.settings.get(name).map(|set| set.expose_secret()).ok_or(Trouble::Unset);
        let mut request = self
            .cx
            .http
            .request(method.clone(), address.clone())
            .header(ACCEPT, "application/json")
            .header(CONTENT_TYPE, "application/json")
            .header("App-id", set(APP_ID)?)
            .header("Secret", set(SECRET)?);
        if let Some(signer) = &self.signer {
            let expires = self.cx.now.0.div_euclid(1_000_000) + GOOD_FOR;
            let signature = signer.sign(expires, method.as_str(), address.as_str(), body.as_deref().unwrap_or_default());
            request = request
                .header("Expires-at", expires.to_string())
                .header("Signature", signature.ok_or(Trouble::Unset)?);
        }
        if let Some(body) = body {
            request = request.body(body);
        }
        let response = request.send().await.map_err(|error| {
            if error.is_connect() || error.is_builder() {
                Trouble::Unreachable
            } else {
                Trouble::Silent { late: error.is_timeout() }
            }
        })?;
        let status = response.status();
        let body = outbound::read(response).await.map_err(|error| match error {
            outbound::BodyError::Broken(error) => Trouble::Silent { late: error.is_timeout() },
            outbound::BodyError::TooLarge => Trouble::Nonsense,
        })?;
        if status.is_success() {
            return serde_json::from_slice(&body).map_err(|_| Trouble::Nonsense);
        }
        let error = serde_json::from_slice::<Refused>(&body).ok().map(|refused| refused.error);
        let (class, request_id) = error.map_or((None, None), |error| (error.class, error.request_id));
        tracing::info!(status = status.as_u16(), class, request_id, "Salt Edge refused a call");
        Err(Trouble::Refused(Refusal { status, class }))
    }
}
