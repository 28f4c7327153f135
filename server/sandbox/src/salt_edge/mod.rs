//! Salt Edge's sixth interface with invented banks: customers, connections by `connect_url`, their consents, accounts, transactions and
//! providers below `/salt-edge/api/v6`; the page that a `connect_url` leads to; signed callbacks.
//!
//! **Contract.** Paths, names of fields, error classes and signatures are those of Salt Edge's published documentation. What it does
//! not say, or not in public, is ours, and each module says so: how long a `connect_url` and the pause before a refresh last, some
//! statuses, how often a callback is sent again, and that `error_message` comes back beside `error_class`. The credentials of the API
//! ([`API_KEY`], [`LIVE_API_KEY`]) and the key that signs callbacks open nothing but invented data. The second API key is a live
//! client's: its requests have to be signed. What a client does at Salt Edge's own dashboard has a door in JSON, [`dashboard`]; there
//! testers also make trouble.
//!
//! At the page `username` with `secret` is right, and `12345` where a code is asked for. A national id in place of `username` chooses
//! what happens ([`crate::banks::psu::Outcome`], [`crate::trouble::Trouble`], [`people::Manner`]).

mod api;
mod callbacks;
mod connection;
mod dashboard;
mod desk;
mod gate;
mod moment;
mod pages;
mod people;
mod providers;
mod records;
mod refusal;
mod rsa;
mod session;

use crate::Clock;
use crate::random::Ids;
use axum::Router;
use axum::routing::get;
use callbacks::Happened;
use desk::Desk;
use moment::Moment;
use people::Fail;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// An API key of the fake Salt Edge. It opens invented data alone.
#[derive(Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// `App-id`.
    pub app_id: &'static str,
    /// `Secret`.
    pub secret: &'static str,
    /// Whether its client is live, so that requests have to be signed.
    pub live: bool,
}

/// The API key of a client that tests.
pub const API_KEY: ApiKey = ApiKey {
    app_id: "sandbox-app-id",
    secret: "sandbox-secret-that-opens-invented-data",
    live: false,
};
/// The API key of a live client.
pub const LIVE_API_KEY: ApiKey = ApiKey {
    app_id: "sandbox-live-app-id",
    secret: "sandbox-live-secret-that-opens-invented-data",
    live: true,
};
/// The public key, in PEM, of which the private one signs callbacks.
pub const CALLBACK_KEY: &str = include_str!("sandbox-callback-key.pub.pem");
/// A key for nothing else: whoever has it can pretend to be this sandbox.
const PRIVATE_CALLBACK_KEY: &str = include_str!("sandbox-callback-key.pem");

/// The fake Salt Edge.
pub(crate) struct SaltEdge {
    clock: Clock,
    ids: Ids,
    /// Where browsers reach the sandbox.
    url: String,
    /// To which origins callbacks may be sent.
    trusted: Vec<String>,
    client: reqwest::Client,
    began: Moment,
    desk: Mutex<Desk>,
}

impl SaltEdge {
    /// One that has seen nobody. Callbacks are posted with the configured client, and to Gesher alone.
    pub(crate) fn new(config: &crate::Config) -> Self {
        let began = Moment((config.clock)());
        Self {
            clock: Arc::clone(&config.clock),
            ids: Ids::new(config.seed, began.0),
            url: config.sandbox_url.clone(),
            trusted: vec![config.gesher_url.clone(), config.gesher_url_internal.clone()],
            client: config.client.clone(),
            began,
            desk: Mutex::new(Desk::new(began)),
        }
    }

    fn now(&self) -> Moment {
        Moment((self.clock)())
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells the client that this happened to a connection.
    fn tell(&self, app: &str, connection: u64, happened: &[Happened], after: i64) {
        let now = self.now();
        let told = {
            let mut desk = self.desk();
            let Some(to) = desk.client(app).map(|client| client.callbacks.clone()) else {
                return;
            };
            let Some(connection) = desk.connection(app, connection, now) else {
                return;
            };
            let each = happened.iter();
            each.filter_map(|happened| callbacks::about(self, &to, connection, *happened))
                .collect()
        };
        callbacks::send(self, told, after);
    }

    /// Ends a connection's attempt and tells the client.
    fn finish(&self, app: &str, connection: u64, result: Result<(), Fail>) {
        let now = self.now();
        let after = self
            .desk()
            .connection(app, connection, now)
            .map(|connection| connection.finish(result, now));
        let Some(after) = after else { return };
        match result {
            Ok(()) => self.tell(
                app,
                connection,
                &[Happened::Stage("fetch_accounts"), Happened::Stage("finish"), Happened::Success],
                after,
            ),
            Err(fail) => self.tell(app, connection, &[Happened::Failed(fail)], after),
        }
    }

    /// Removes a connection and tells the client. False when there is none.
    fn destroy(&self, app: &str, connection: u64) -> bool {
        let now = self.now();
        if self.desk().connection(app, connection, now).is_none() {
            return false;
        }
        self.tell(app, connection, &[Happened::Destroyed], 0);
        self.desk().connections.remove(&connection).is_some()
    }
}

/// Everything that it serves.
pub(crate) fn router(salt_edge: Arc<SaltEdge>) -> Router {
    Router::new()
        .nest("/salt-edge/api/v6", api::router(&salt_edge))
        .nest("/salt-edge/dashboard", dashboard::router())
        .route("/salt-edge/connect", get(pages::connect::show).post(pages::connect::act))
        .route("/salt-edge/connect.css", get(pages::stylesheet))
        .with_state(salt_edge)
}
