//! The demo shop: a page that embeds Gesher as any host's page would, and the small backend behind it.
//!
//! The backend alone knows the API key. It asks Gesher for connections, exchanges public tokens, and reads accounts; the page gets
//! what it needs to open the widget and to show the result. A visitor is known by a cookie, and forgotten when many others came.

mod accounts;
mod answers;
mod gesher;
mod language;
mod page;
#[cfg(test)]
mod tests;
mod visits;
mod ways;

use crate::Config;
use crate::headers;
use crate::random::Ids;
use axum::routing::{get, post};
use axum::{Router, middleware};
use gesher::Gesher;
use http::{HeaderMap, HeaderValue};
use language::Language;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use visits::Visits;

/// The shop's name.
pub(crate) const NAME: &str = "Pinkas";

/// The shop.
pub(crate) struct Shop {
    gesher: Gesher,
    gesher_url: String,
    origins: Vec<String>,
    secure: bool,
    ids: Ids,
    visits: Mutex<Visits>,
}

impl Shop {
    /// A shop that nobody has visited.
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            gesher: Gesher::new(config.client.clone(), &config.gesher_url_internal, config.api_key.clone()),
            gesher_url: config.gesher_url.trim_end_matches('/').to_owned(),
            origins: origins(&config.sandbox_url),
            secure: config.sandbox_url.starts_with("https:"),
            ids: Ids::new(config.seed.wrapping_add(1), (config.clock)()),
            visits: Mutex::new(Visits::new()),
        }
    }

    fn visits(&self) -> MutexGuard<'_, Visits> {
        self.visits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that this visitor asks for a connection. Gives the visit, its customer, and the state that has to come back.
    fn asks(&self, headers: &HeaderMap, language: Language) -> (String, String, String) {
        let state = self.ids.fresh();
        let known = visits::said(headers).filter(|id| self.visits().get(id).is_some());
        let visit = known.map_or_else(|| self.ids.fresh(), str::to_owned);
        let customer = format!("shop-{}", self.ids.fresh());
        let customer = self.visits().ask(&visit, customer, language, state.clone());
        (visit, customer, state)
    }

    /// Where to open the shop.
    fn address(&self) -> &str {
        self.origins.first().map_or("", String::as_str)
    }

    /// What a page of the shop may load: its own files, Gesher's script, Gesher's frame.
    fn policy(&self) -> HeaderValue {
        let gesher = &self.gesher_url;
        let policy = format!(
            "default-src 'none'; script-src 'self' {gesher}; frame-src {gesher}; style-src 'self'; connect-src 'self'; img-src 'self'; \
             form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        );
        HeaderValue::from_str(&policy).unwrap_or(headers::NOTHING)
    }
}

/// The origins at which the shop can be opened when it stands at this address; the first is the address's own. A shop on the
/// machine itself is known by the other names of that machine too.
pub(crate) fn origins(sandbox_url: &str) -> Vec<String> {
    let url = sandbox_url.trim_end_matches('/');
    let mut origins = vec![url.to_owned()];
    let Some((scheme, authority)) = url.split_once("://") else {
        return origins;
    };
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) => (host, format!(":{port}")),
        None => (authority, String::new()),
    };
    if host == "127.0.0.1" || host == "localhost" || host.ends_with(".localhost") {
        for name in ["127.0.0.1", "localhost", "shop.localhost"] {
            let origin = format!("{scheme}://{name}{port}");
            if !origins.contains(&origin) {
                origins.push(origin);
            }
        }
    }
    origins
}

/// The shop's addresses.
pub(crate) fn router(shop: Arc<Shop>) -> Router {
    Router::new()
        .route("/", get(page::index))
        .route("/sandbox", get(page::sandbox))
        .route("/shop/connect", post(answers::connect))
        .route("/shop/ways", post(ways::ways))
        .route("/shop/exchange", post(answers::exchange))
        .route("/shop/return", get(answers::come_back))
        .route("/shop/institutions", get(answers::institutions))
        .route("/shop/accounts", get(answers::accounts))
        .route("/shop/accounts/list", get(answers::accounts_list))
        .route("/shop/shop.css", get(page::style))
        .route("/shop/shop.js", get(page::script))
        .route("/shop/connect.js", get(page::connect_script))
        .route("/shop/icon.svg", get(page::icon))
        .layer(middleware::from_fn_with_state(shop.policy(), headers::with_policy))
        .with_state(shop)
}
