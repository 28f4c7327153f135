//! Fake banks that speak Berlin Group NextGenPSD2 1.3.11: consents, their authorisation by redirect, OAuth 2 or the bank's app, and
//! account data, each bank with an address and an issuer of its own below `/psd2/{bank_id}`.
//!
//! **Contract.** The interface of the standard is below `/v1`; a test holds it against the standard's own interface file. User name
//! `user`, password `pass` and code `12345` are right everywhere. The national id chooses what happens
//! ([`crate::banks::psu::Outcome`], [`crate::trouble::Trouble`], [`manner::Manner`]). In the app of `decoupled-bank` the test users answer by themselves after six
//! seconds, but for 043510023, who, like everybody else, waits for a tester at `/psd2/decoupled-bank/app?psu=…`; there a tester can
//! also revoke a consent, at every bank. A consent for one access allows each resource once without the customer, and ends twenty
//! minutes after its approval. `/psd2/{bank_id}/consents.json` shows what became of a bank's consents.

mod access;
pub(crate) mod bank;
mod consent;
mod desk;
mod ledger;
pub(crate) mod manner;
pub(crate) mod moment;
mod oauth;
mod pages;
mod refusal;
mod tokens;
mod xs2a;

use crate::Clock;
use crate::random::Ids;
use axum::Router;
use axum::routing::{get, post};
use bank::Bank;
use desk::Desk;
use moment::Moment;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What all these banks share.
pub(crate) struct Psd2 {
    clock: Clock,
    ids: Ids,
    url: String,
    desk: Mutex<Desk>,
}

impl Psd2 {
    /// Banks that have seen nobody. `url` is where browsers reach the sandbox.
    pub(crate) fn new(clock: Clock, seed: u64, url: String) -> Self {
        let ids = Ids::new(seed, clock());
        Self {
            clock,
            ids,
            url,
            desk: Mutex::new(Desk::new()),
        }
    }

    fn now(&self) -> Moment {
        Moment((self.clock)())
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The bank's issuer, below which all its addresses are.
    fn issuer(&self, bank: &Bank) -> String {
        format!("{}/psd2/{}", self.url, bank.id())
    }

    /// A link of the XS2A interface, written the way this bank writes them.
    fn link(&self, bank: &Bank, path: &str) -> String {
        if bank.absolute_links {
            format!("{}{path}", self.issuer(bank))
        } else {
            format!("/psd2/{}{path}", bank.id())
        }
    }
}

/// Everything that these banks serve.
pub(crate) fn router(psd2: Arc<Psd2>) -> Router {
    let bank = Router::new()
        .nest("/v1", xs2a::router())
        .route("/.well-known/oauth-authorization-server", get(oauth::metadata))
        .route("/token", post(oauth::token))
        .route("/authorize", get(pages::login::oauth).post(pages::login::oauth_login))
        .route(
            "/authorise/{consent_id}/{authorisation_id}",
            get(pages::login::redirect).post(pages::login::redirect_login),
        )
        .route("/visit/{visit_id}", get(pages::visit::show).post(pages::visit::act))
        .route("/app", get(pages::app::show).post(pages::app::act))
        .route("/bank.css", get(pages::stylesheet))
        .route("/consents.json", get(ledger::list));
    Router::new()
        .nest("/psd2/{bank_id}", bank)
        // Where RFC 8414 puts the metadata of an issuer that has a path.
        .route("/.well-known/oauth-authorization-server/psd2/{bank_id}", get(oauth::metadata))
        .with_state(psd2)
}
