//! Fake banks that speak Berlin Group NextGenPSD2 1.3.11: consents, their authorisation by redirect (with a confirmation or without),
//! OAuth 2, the bank's app or a password and a code, and account data, each bank with an address and an issuer of its own below
//! `/psd2/{bank_id}`. Two brands share `/psd2/group-bank`; `PSU-ID-Type` says which is meant.
//!
//! **Contract.** The interface of the standard is below `/v1`; a test holds it against the standard's own interface file. User name
//! `user`, password `pass` and code `12345` are right everywhere. The national id chooses what happens
//! ([`crate::banks::psu::Outcome`], [`crate::trouble::Trouble`], [`manner::Manner`]). In the app of `decoupled-bank` the test users answer by themselves after six
//! seconds, but for 043510023, who, like everybody else, waits for a tester at `/psd2/decoupled-bank/app?psu=…`; there a tester can
//! also revoke a consent, at every bank. A consent for one access allows each resource once without the customer, and ends twenty
//! minutes after its approval. `/psd2/{bank_id}/consents.json` shows what became of a bank's consents.
//!
//! `sealed-bank` and `guarded-bank` want every call signed with a QSealC of the test authority ([`seal`]). The interface of
//! `guarded-bank` is there on the guarded listener alone ([`guarded`]), which wants its QWAC; its pages are where all pages are.

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
mod seal;
mod tokens;
mod xs2a;

use crate::Clock;
use crate::authority::Authority;
use crate::random::Ids;
use axum::routing::{get, post};
use axum::{Extension, Router};
use bank::{Bank, Demands};
use desk::Desk;
use moment::Moment;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What all these banks share.
pub(crate) struct Psd2 {
    clock: Clock,
    ids: Ids,
    url: String,
    guarded_url: String,
    authority: Arc<Authority>,
    desk: Mutex<Desk>,
}

/// Where the banks are, and whom they believe.
pub(crate) struct Place {
    /// Where browsers reach the sandbox.
    pub(crate) url: String,
    /// Where the guarded listener is.
    pub(crate) guarded_url: String,
    /// Whose certificates count.
    pub(crate) authority: Arc<Authority>,
}

impl Psd2 {
    /// Banks that have seen nobody.
    pub(crate) fn new(clock: Clock, seed: u64, place: Place) -> Self {
        let ids = Ids::new(seed, clock());
        Self {
            clock,
            ids,
            url: place.url,
            guarded_url: place.guarded_url,
            authority: place.authority,
            desk: Mutex::new(Desk::new()),
        }
    }

    fn now(&self) -> Moment {
        Moment((self.clock)())
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The bank's issuer, below which its interface is.
    fn issuer(&self, bank: &Bank) -> String {
        match bank.demands {
            Demands::SealAndWebsite => format!("{}/psd2/{}", self.guarded_url, bank.host()),
            Demands::Nothing | Demands::Seal => self.pages(bank),
        }
    }

    /// The address below which the bank's pages are.
    fn pages(&self, bank: &Bank) -> String {
        format!("{}/psd2/{}", self.url, bank.host())
    }

    /// A link of the XS2A interface, written the way this bank writes them.
    fn link(&self, bank: &Bank, path: &str) -> String {
        if bank.absolute_links {
            format!("{}{path}", self.issuer(bank))
        } else {
            format!("/psd2/{}{path}", bank.host())
        }
    }
}

/// What a TPP calls.
fn interface(psd2: &Arc<Psd2>) -> Router<Arc<Psd2>> {
    Router::new()
        .nest("/v1", xs2a::router(psd2))
        .route("/.well-known/oauth-authorization-server", get(oauth::metadata))
        .route("/token", post(oauth::token))
}

/// Everything that these banks serve to everybody.
pub(crate) fn router(psd2: Arc<Psd2>) -> Router {
    let bank = interface(&psd2)
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

/// What is served to those who opened the connection with a certificate of the test authority.
pub(crate) fn guarded(psd2: Arc<Psd2>) -> Router {
    Router::new()
        .nest("/psd2/{bank_id}", interface(&psd2))
        .layer(Extension(xs2a::Presented))
        .with_state(psd2)
}
