//! A fake Open Finance (open-finance.ai), through which a team without a licence of its own reaches Israeli institutions.
//!
//! **Contract.** `POST /open-finance/oauth/token` and the interface below `/open-finance/v2` are those of the published reference
//! (docs.open-finance.ai/reference): its fields, scopes, statuses and error texts. As in the vendor's sandbox the person's id chooses
//! what becomes of a connection ([`crate::banks::psu::Outcome`], [`crate::psd2::manner::Manner`]) and the login is `user`/`pass`; the
//! sandbox's troubled people ([`crate::trouble`]) are in trouble here too, and [`quirks`] are people of this place alone.
//!
//! **Ours, because the reference does not say it:** the address and the pages behind `connectUrl`; what stands in the access token
//! beside `exp`; that `expiresIn` is in seconds (the reference says milliseconds, the guide's example seconds); the bodies of 401,
//! 403, 404 and 423; default page sizes and the form of `nextPage`; the ids of `psuIdTypes`; the transaction's `status`; how long a
//! connection fetches and a refresh holds it; that an open connection expires after an hour; which of `successUrl`, `failUrl` and
//! `abortUrl` hears which status; that three wrong logins make `CREDENTIALS_ERROR`; that nothing is added to `redirectUrl`; that the
//! browser is led back too when other account holders still have to sign; the keys that a host's page is told beside `source` and
//! `type`. Loans, securities and payments are not played. Webhooks only go to Gesher's own address, since everybody knows the
//! credentials.

mod connections;
mod data;
mod hooks;
mod items;
mod model;
mod pages;
mod providers;
mod quirks;
mod refusal;
mod tester;
mod tokens;
mod ulid;
mod wish;

use crate::bounded::Bounded;
use crate::psd2::moment::Moment;
use crate::random::{Ids, digest};
use crate::{Clock, Config};
use axum::Router;
use axum::routing::{get, post};
use hooks::{Hooks, Notice};
use model::{Connection, Status};
use refusal::Refusal;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The client of an organisation that may use everything. It opens invented data alone.
pub const CLIENT_ID: &str = "sandbox-organisation";
/// Its secret.
pub const CLIENT_SECRET: &str = "sandbox-organisation-secret";
/// The client of an organisation without production access: it reaches fake providers alone.
pub const TRIAL_CLIENT_ID: &str = "trial-organisation";
/// Its secret.
pub const TRIAL_CLIENT_SECRET: &str = "trial-organisation-secret";
/// A client of the first organisation that may only read.
pub const READING_CLIENT_ID: &str = "reading-client";
/// Its secret.
pub const READING_CLIENT_SECRET: &str = "reading-client-secret";

const CONNECTIONS: usize = 4096;
/// A change that is further away than this is seen when somebody asks.
const WATCHED_SECONDS: i64 = 120;

/// Everything that is remembered: in memory, bounded.
struct Desk {
    connections: Bounded<String, Connection>,
    /// Which connection a `connectUrl` leads to.
    journeys: Bounded<String, String>,
}

/// The vendor.
pub(crate) struct OpenFinance {
    clock: Clock,
    ids: Ids,
    url: String,
    key: [u8; 32],
    hooks: Hooks,
    desk: Mutex<Desk>,
}

impl OpenFinance {
    /// A vendor that has seen nobody.
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            ids: Ids::new(config.seed.wrapping_add(2), (config.clock)()),
            clock: Arc::clone(&config.clock),
            url: format!("{}/open-finance", config.sandbox_url.trim_end_matches('/')),
            key: digest(&[b"open-finance", &config.seed.to_be_bytes()]),
            hooks: Hooks::new(config),
            desk: Mutex::new(Desk {
                connections: Bounded::new(CONNECTIONS),
                journeys: Bounded::new(CONNECTIONS),
            }),
        }
    }

    fn now(&self) -> Moment {
        Moment((self.clock)())
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets time act on every connection, and tells what changed to whom it may concern.
    fn settle(&self) {
        let notices = self.desk().settle(self.now());
        for notice in notices {
            self.hooks.send(notice);
        }
    }

    /// Changes a connection, and tells what changed to whom it may concern.
    fn change<T>(&self, id: &str, act: impl FnOnce(&mut Connection, Moment) -> T) -> Option<T> {
        let now = self.now();
        let mut desk = self.desk();
        let made = act(desk.connections.get_mut(&id.to_owned())?, now);
        drop(desk);
        self.settle();
        Some(made)
    }

    /// Keeps looking at a connection while something is about to happen to it, so that webhooks do not wait for a question.
    fn watch(self: Arc<Self>, id: String) {
        tokio::spawn(async move {
            loop {
                let due = self.desk().connections.get(&id).and_then(Connection::next_change);
                let wait = match due {
                    Some(due) if due <= self.now().after(WATCHED_SECONDS) => due.0 - self.now().0,
                    _ => break,
                };
                tokio::time::sleep(Duration::from_micros(u64::try_from(wait).unwrap_or(0)) + Duration::from_millis(50)).await;
                self.settle();
            }
        });
    }
}

impl Desk {
    fn settle(&mut self, now: Moment) -> Vec<Notice> {
        let ids: Vec<String> = self.connections.keys().cloned().collect();
        let mut notices = Vec::new();
        for id in ids {
            let Some(connection) = self.connections.get_mut(&id) else {
                continue;
            };
            connection.settle(now);
            let changes = connection.take_changes();
            let became_active = changes.contains(&Status::Active);
            notices.extend(changes.into_iter().filter_map(|status| Notice::of(connection, status)));
            if became_active {
                notices.extend(self.replace(&id, now));
            }
        }
        notices
    }

    /// A connection has become active: the older ones of the same person at the same provider are replaced.
    fn replace(&mut self, id: &str, now: Moment) -> Vec<Notice> {
        let Some(newest) = self.connections.get(&id.to_owned()).cloned() else {
            return Vec::new();
        };
        let others: Vec<String> = self.connections.keys().filter(|other| *other != id).cloned().collect();
        let mut notices = Vec::new();
        for other in others {
            let Some(other) = self.connections.get_mut(&other) else { continue };
            if other.status == Status::Active && !other.is_deleted() && other.is_same_consent(&newest) {
                other.become_(Status::Replaced, now);
                let changes = other.take_changes();
                notices.extend(changes.into_iter().filter_map(|status| Notice::of(other, status)));
            }
        }
        notices
    }
}

/// Everything that the vendor serves, below `/open-finance`.
pub(crate) fn router(vendor: Arc<OpenFinance>) -> Router {
    let v2 = Router::new()
        .route("/connections", get(connections::list).post(connections::create))
        .route("/connections/{id}", get(connections::one).delete(connections::delete))
        .route("/connections/refresh/{id}", get(connections::refresh))
        .route("/connections/{id}/refresh", get(connections::refresh_all))
        .route("/providers", get(providers::list))
        .route("/data/accounts", get(data::accounts))
        .route("/data/accounts/{id}", get(data::account))
        .route("/data/transactions", get(data::transactions));
    let vendor_routes = Router::new()
        .nest("/v2", v2)
        .route("/oauth/token", post(tokens::issue))
        .route("/connect/{key}", get(pages::journey::show).post(pages::journey::act))
        .route("/bank/{key}", get(pages::bank::show).post(pages::bank::act))
        .route("/journey.css", get(pages::stylesheet))
        .route("/journey.js", get(pages::script))
        .route("/tester", get(tester::show).post(tester::act))
        .fallback(|| async { Refusal::NotFound("Route or entity not found") });
    Router::new().nest("/open-finance", vendor_routes).with_state(vendor)
}
