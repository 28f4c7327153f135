//! A fake of Plaid, built from its published interface (<https://github.com/plaid/plaid-openapi>, version 2020-09-14, and
//! <https://plaid.com/docs/>), below `/plaid`: a client's base URL is `{sandbox}/plaid`.
//!
//! Link tokens that Gesher made itself open Gesher's own widget in that frame: the script turns its messages into Plaid's callbacks.
//!
//! **Contract.** [`api`] has the endpoints: POST, JSON, `client_id` and `secret` in the body or in headers. [`pages`] is what the
//! person sees: Hosted Link, and the same in the frame that `link/v2/stable/link-initialize.js` opens. [`people`] says with which
//! username and password what happens. [`webhooks`] go to Gesher's addresses only, signed as Plaid signs. A field that Plaid knows and
//! the fake does not is refused as unknown. The clock is the sandbox's; what is kept is in memory and bounded, so a restart forgets
//! every item.

mod api;
mod data;
mod desk;
mod ident;
mod institutions;
mod item;
mod link;
mod pages;
mod people;
mod refusal;
mod webhooks;

use crate::psd2::moment::Moment;
use crate::random::Ids;
use crate::{Clock, Config, shop};
use axum::Router;
use axum::routing::{get, post};
use desk::Desk;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use webhooks::Webhooks;

/// The fake's only client. It opens invented data alone.
pub const CLIENT_ID: &str = "60f1c0de5a4db0c5a4db0c5a";
/// Its secret.
pub const SECRET: &str = "5a4db0c05ec4e75a4db0c05ec4e75a";

/// The fake.
pub(crate) struct Plaid {
    clock: Clock,
    ids: Ids,
    /// Where browsers reach the sandbox.
    url: String,
    /// Where they reach Gesher, whose own link tokens the script opens there.
    gesher: String,
    /// Origins whose pages may frame Link.
    frames: Vec<String>,
    webhooks: Webhooks,
    desk: Mutex<Desk>,
}

impl Plaid {
    /// A fake that nobody has called.
    pub(crate) fn new(config: &Config) -> Self {
        let url = config.sandbox_url.trim_end_matches('/').to_owned();
        let gesher = config.gesher_url.trim_end_matches('/').to_owned();
        let mut frames = shop::origins(&url);
        frames.push(gesher.clone());
        let internal = config.gesher_url_internal.trim_end_matches('/').to_owned();
        Self {
            ids: Ids::new(config.seed.wrapping_add(2), (config.clock)()),
            clock: Arc::clone(&config.clock),
            url,
            frames,
            webhooks: Webhooks::new(config.client.clone(), [gesher.clone(), internal], (config.clock)()),
            gesher,
            desk: Mutex::new(Desk::new()),
        }
    }

    fn now(&self) -> Moment {
        Moment((self.clock)())
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A token of this kind, as Plaid writes them.
    fn token(&self, kind: &str) -> String {
        format!("{kind}-sandbox-{}", ident::uuid(&self.ids.fresh()))
    }

    /// An identifier as Plaid writes them.
    fn ident(&self, length: usize) -> String {
        ident::of(&[self.ids.fresh().as_bytes()], length)
    }
}

/// Everything below `/plaid`.
pub(crate) fn router(plaid: Arc<Plaid>) -> Router {
    Router::new()
        .route("/plaid/{*path}", post(api::call).get(api::nothing))
        .route("/plaid/hosted/{hosted_id}", get(pages::hosted))
        .route("/plaid/session/{session_id}", get(pages::show).post(pages::act))
        .route("/plaid/bank/{session_id}", get(pages::bank).post(pages::bank_login))
        .route("/plaid/link.css", get(pages::files::stylesheet))
        .route("/plaid/link/v2/stable/link-initialize.js", get(pages::files::initialize))
        .route("/plaid/link/v2/stable/frame.js", get(pages::files::frame_script))
        .route("/plaid/link/v2/stable/link.html", get(pages::framed))
        .with_state(plaid)
}
