//! Webhooks: the change of a connection's status, sent to the addresses that the connection was made with. The vendor signs nothing; the
//! receiver knows it by the headers that it configured.

use super::items;
use super::model::{Connection, Status};
use super::quirks::Quirk;
use super::wish::{Callback, OAuth};
use crate::Config;
use reqwest::RequestBuilder;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use url::Url;

/// Webhooks on their way at once; what would be more is lost.
const AT_ONCE: usize = 64;
/// A webhook is sent again after these many seconds.
const AGAIN_AFTER: [u64; 3] = [1, 4, 16];
const PATIENCE: Duration = Duration::from_secs(10);

/// What somebody is to hear.
pub(super) struct Notice {
    to: String,
    callback: Callback,
    body: Value,
    times: u8,
}

impl Notice {
    /// The change to this status, if anybody wants to hear it.
    pub(super) fn of(connection: &Connection, status: Status) -> Option<Self> {
        let callback = &connection.wish.callback;
        let to = if status.is_failure() { &callback.fail } else { &callback.success };
        Self::new(connection, status, to.clone()?)
    }

    /// The person closed the journey.
    pub(super) fn of_abort(connection: &Connection) -> Option<Self> {
        Self::new(connection, connection.status, connection.wish.callback.abort.clone()?)
    }

    fn new(connection: &Connection, status: Status, to: String) -> Option<Self> {
        let times = match connection.quirk() {
            Some(Quirk::Untold) => return None,
            Some(Quirk::TwiceTold) => 2,
            _ => 1,
        };
        Some(Self {
            to,
            callback: connection.wish.callback.clone(),
            body: items::status_change(connection, status),
            times,
        })
    }
}

/// Sends them.
pub(super) struct Hooks {
    client: reqwest::Client,
    /// Gesher as browsers know it, and as it is reached from here.
    gesher: Option<(Url, Url)>,
    places: Arc<Semaphore>,
}

impl Hooks {
    pub(super) fn new(config: &Config) -> Self {
        let urls = Url::parse(&config.gesher_url).and_then(|public| Ok((public, Url::parse(&config.gesher_url_internal)?)));
        Self {
            client: config.client.clone(),
            gesher: urls.ok(),
            places: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }

    /// The address of a webhook as it is reached from here, if it is Gesher's.
    fn reach(&self, address: &str) -> Option<Url> {
        let mut url = Url::parse(address).ok()?;
        let (public, internal) = self.gesher.as_ref()?;
        if url.origin() == internal.origin() {
            return Some(url);
        }
        if url.origin() != public.origin() {
            return None;
        }
        url.set_scheme(internal.scheme()).ok()?;
        url.set_host(internal.host_str()).ok()?;
        url.set_port(internal.port()).ok()?;
        Some(url)
    }

    /// Sends a notice without waiting for it.
    pub(super) fn send(&self, notice: Notice) {
        let (Some(to), Ok(place)) = (self.reach(&notice.to), Arc::clone(&self.places).try_acquire_owned()) else {
            return;
        };
        let token_url = notice.callback.oauth.as_ref().and_then(|oauth| self.reach(&oauth.token_url));
        let client = self.client.clone();
        tokio::spawn(async move {
            for _ in 0..notice.times {
                deliver(&client, &to, token_url.as_ref(), &notice).await;
            }
            drop(place);
        });
    }
}

async fn deliver(client: &reqwest::Client, to: &Url, token_url: Option<&Url>, notice: &Notice) {
    for pause in AGAIN_AFTER.iter().map(Some).chain([None]) {
        if let Some(request) = authenticated(client, to, token_url, &notice.callback).await {
            let answer = request.timeout(PATIENCE).json(&notice.body).send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return;
            }
        }
        let Some(seconds) = pause else { return };
        tokio::time::sleep(Duration::from_secs(*seconds)).await;
    }
}

/// The request with everything by which the receiver knows the vendor; `None` when no token was to be had.
async fn authenticated(client: &reqwest::Client, to: &Url, token_url: Option<&Url>, callback: &Callback) -> Option<RequestBuilder> {
    let mut request = client.post(to.clone());
    if let Some((user, password)) = &callback.basic {
        request = request.basic_auth(user, Some(password));
    }
    if let Some(oauth) = &callback.oauth {
        request = request.bearer_auth(token(client, token_url?, oauth).await?);
    }
    for (name, value) in &callback.headers {
        request = request.header(name, value);
    }
    Some(request)
}

/// An access token by client credentials (RFC 6749, section 4.4).
async fn token(client: &reqwest::Client, url: &Url, oauth: &OAuth) -> Option<String> {
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", &oauth.client_id),
        ("client_secret", &oauth.client_secret),
        ("audience", &oauth.audience),
        ("scope", &oauth.scope),
    ];
    let answer = client.post(url.clone()).timeout(PATIENCE).form(&form).send().await.ok()?;
    let answer: Value = answer.error_for_status().ok()?.json().await.ok()?;
    answer["access_token"].as_str().map(str::to_owned)
}
