//! One call to the vendor, and what a refusal is.

use super::settings::At;
use super::state::{Access, Wish};
use super::token::{Tokens, Whose};
use super::wire;
use crate::outbound;
use crate::providers::{BankAddress, Cx, Failed, Launch, reading};
use gesher_contract::FailureCode;
use gesher_domain::connection::FetchProblem;
use gesher_domain::new_secret;
use reqwest::{Method, RequestBuilder, StatusCode};
use secrecy::ExposeSecret as _;
use serde::de::DeserializeOwned;
use serde_json::json;
use url::Url;

/// What went wrong with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// No answer came.
    Silent {
        /// The time was up.
        late: bool,
    },
    /// The vendor refused.
    Refused(StatusCode),
    /// The vendor's answer makes no sense.
    Nonsense,
}

impl Trouble {
    /// Whether asking again may help.
    pub fn passes(&self) -> bool {
        match self {
            Self::Silent { .. } => true,
            Self::Refused(status) => status.is_server_error() || *status == StatusCode::TOO_MANY_REQUESTS,
            Self::Nonsense => false,
        }
    }

    /// Whether the vendor knows no such thing.
    pub fn is_gone(&self) -> bool {
        *self == Self::Refused(StatusCode::NOT_FOUND)
    }

    /// Of a call that changes nothing at the institution. That the vendor does not let us in is nobody's fault but ours.
    pub fn of_reading(&self) -> Failed {
        match self {
            Self::Silent { late: true } => FailureCode::TimedOut,
            Self::Silent { late: false } => FailureCode::InstitutionUnavailable,
            Self::Refused(status) if matches!(status.as_u16(), 400 | 401 | 403) => FailureCode::Internal,
            Self::Refused(status) if status.is_redirection() => FailureCode::BadInstitutionAnswer,
            Self::Refused(_) => FailureCode::InstitutionUnavailable,
            Self::Nonsense => FailureCode::BadInstitutionAnswer,
        }
        .into()
    }

    /// Of a fetch.
    pub fn problem(&self) -> FetchProblem {
        match self {
            Self::Refused(StatusCode::NOT_FOUND) => FetchProblem::Revoked,
            Self::Refused(status) if status.is_redirection() || *status == StatusCode::BAD_REQUEST => FetchProblem::Broken,
            Self::Refused(_) | Self::Silent { .. } => FetchProblem::ProviderUnavailable,
            Self::Nonsense => FetchProblem::Broken,
        }
    }
}

impl From<&reqwest::Error> for Trouble {
    fn from(error: &reqwest::Error) -> Self {
        Self::Silent { late: error.is_timeout() }
    }
}

/// Calls the vendor for one person.
pub struct Client<'a> {
    pub cx: &'a Cx,
    tokens: &'a Tokens,
    at: At<'a>,
    user: String,
    whose: Whose,
}

impl<'a> Client<'a> {
    pub fn new(cx: &'a Cx, tokens: &'a Tokens, at: At<'a>, user: &str) -> Self {
        // The address of our hooks is of one tenant in one mode, so no token is another's.
        let whose = Whose::of(&[&cx.hooks, at.base.as_str(), at.client_id, at.client_secret, user]);
        Self {
            cx,
            tokens,
            at,
            user: user.to_owned(),
            whose,
        }
    }

    /// An address of the API.
    pub fn api(&self, path: &[&str]) -> Url {
        let path: Vec<&str> = ["v2"].into_iter().chain(path.iter().copied()).collect();
        self.at.resource(&path)
    }

    /// Sends, and reads the answer of a success.
    async fn send(request: RequestBuilder) -> Result<Vec<u8>, Trouble> {
        let response = request.send().await.map_err(|error| Trouble::from(&error))?;
        let status = response.status();
        let body = outbound::read(response).await.map_err(|error| match error {
            outbound::BodyError::Broken(error) => Trouble::from(&error),
            outbound::BodyError::TooLarge => Trouble::Nonsense,
        });
        if status.is_success() {
            return body;
        }
        tracing::info!(status = status.as_u16(), "Open Finance refused a call");
        Err(Trouble::Refused(status))
    }

    /// A token: the kept one, or another.
    pub async fn token(&self) -> Result<String, Trouble> {
        if let Some(token) = self.tokens.get(&self.whose, self.cx.now) {
            return Ok(token);
        }
        let body = json!({
            "userId": self.user,
            "clientId": self.at.client_id,
            "clientSecret": self.at.client_secret,
        });
        let answer = Self::send(self.cx.http.post(self.at.resource(&["oauth", "token"])).json(&body)).await?;
        let answer: wire::Token = serde_json::from_slice(&answer).map_err(|_| Trouble::Nonsense)?;
        self.tokens.keep(self.whose, &answer.access_token);
        Ok(answer.access_token)
    }

    /// One call. A token that is refused is not used again.
    async fn call(&self, request: RequestBuilder) -> Result<Vec<u8>, Trouble> {
        let outcome = Self::send(request.bearer_auth(self.token().await?)).await;
        if outcome == Err(Trouble::Refused(StatusCode::UNAUTHORIZED)) {
            self.tokens.forget(&self.whose);
        }
        outcome
    }

    /// Reads; again where that may help, and once more with another token.
    pub async fn get<T: DeserializeOwned>(&self, address: &Url) -> Result<T, Trouble> {
        let once = || self.call(self.cx.http.get(address.clone()));
        let body = match reading::read(self.cx, Trouble::passes, once).await {
            Err(Trouble::Refused(StatusCode::UNAUTHORIZED)) => once().await?,
            outcome => outcome?,
        };
        serde_json::from_slice(&body).map_err(|_| Trouble::Nonsense)
    }

    /// The institutions that are reached.
    pub async fn providers(&self) -> Result<Vec<wire::Provider>, Trouble> {
        let mut address = self.api(&["providers"]);
        let fakes = if self.at.include_fake { "true" } else { "false" };
        address.query_pairs_mut().append_pair("includeFakeProviders", fakes);
        self.get(&address).await
    }

    /// How a connection stands.
    pub async fn connection(&self, id: &str) -> Result<wire::Connection, Trouble> {
        let connection: wire::Connection = self.get(&self.api(&["connections", id])).await?;
        if connection.id == id {
            Ok(connection)
        } else {
            Err(Trouble::Nonsense)
        }
    }

    /// Makes a connection: its access, and the page where the person gives it. Sent once: a connection that nobody walks through comes to
    /// nothing at the vendor, so an answer that is lost costs nothing.
    pub async fn begin(&self, wish: &Wish, launch: &Launch) -> Result<(Access, BankAddress), Failed> {
        let mut back = Url::parse(&launch.return_url).map_err(|_| Failed::from(FailureCode::Internal))?;
        back.query_pairs_mut().append_pair("state", launch.state.expose_secret());
        let secret = new_secret(&*self.cx.rng);
        let hook = self.cx.hook_of(&wish.connection);
        let body = wire::Create {
            wish,
            fakes: self.at.include_fake,
            back: back.as_str(),
            hook: &hook,
            secret: &secret,
            now: self.cx.now,
        };
        let request = self.cx.http.post(self.api(&["connections"])).json(&body.json());
        let answer = self.call(request).await.map_err(|trouble| trouble.of_reading())?;
        let made: wire::Created = serde_json::from_slice(&answer).map_err(|_| Failed::from(FailureCode::BadInstitutionAnswer))?;
        let page = self.page(&made.connect_url).ok_or(FailureCode::BadInstitutionAnswer);
        let access = Access {
            connection: made.id,
            user: wish.user.clone(),
            secret,
            recurring: wish.recurring,
        };
        match page {
            Ok(page) => Ok((access, page)),
            Err(code) => {
                // Nobody can walk through it.
                let _ = self.end(&access.connection).await;
                Err(code.into())
            }
        }
    }

    /// The vendor's page: another host than the API's, which the reference does not name. TLS, but where the API has none.
    fn page(&self, address: &str) -> Option<BankAddress> {
        let url = Url::parse(address).ok()?;
        let safe = url.scheme() == "https" || url.scheme() == "http" && self.at.base.scheme() == "http";
        let plain = url.username().is_empty() && url.password().is_none() && url.has_host();
        (safe && plain).then(|| BankAddress::new(url.into()))
    }

    /// Deletes a connection. One that the vendor does not know is deleted.
    pub async fn end(&self, id: &str) -> Result<(), Failed> {
        let request = self.cx.http.request(Method::DELETE, self.api(&["connections", id]));
        match self.call(request).await {
            Ok(_) => Ok(()),
            Err(trouble) if trouble.is_gone() => Ok(()),
            Err(trouble) => Err(trouble.of_reading()),
        }
    }

    /// Asks the vendor to fetch from the institution. Whether it does is seen in the data.
    pub async fn refresh(&self, id: &str) {
        let request = self.cx.http.get(self.api(&["connections", "refresh", id]));
        if let Err(trouble) = self.call(request).await {
            tracing::debug!(?trouble, "Open Finance did not refresh a connection");
        }
    }
}
