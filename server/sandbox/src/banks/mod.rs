//! The fake banks: a login form, what each asks after it ([`institutions::Challenge`]), and data that are read with an access token, over HTTP and JSON.
//!
//! A person's national id chooses what happens ([`psu::Outcome`], [`crate::trouble::Trouble`]); everything else follows from bank and person ([`data`]).

mod challenge;
pub(crate) mod data;
mod entrance;
mod forms;
mod grant;
pub(crate) mod institutions;
mod listing;
pub(crate) mod login;
pub(crate) mod picture;
mod protocol;
pub(crate) mod psu;
#[cfg(test)]
mod tests;

use crate::Clock;
use crate::random::Ids;
use axum::Router;
use axum::routing::{delete, get, post};
use grant::Grants;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use login::Logins;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The banks' common back office.
pub(crate) struct Banks {
    clock: Clock,
    ids: Ids,
    logins: Mutex<Logins>,
    grants: Mutex<Grants>,
}

impl Banks {
    /// Banks that nobody has logged in to.
    pub(crate) fn new(clock: Clock, seed: u64) -> Self {
        let ids = Ids::new(seed, clock());
        Self {
            clock,
            ids,
            logins: Mutex::new(Logins::new()),
            grants: Mutex::new(Grants::new(seed)),
        }
    }

    /// Microseconds since the epoch.
    fn now(&self) -> i64 {
        (self.clock)()
    }

    /// Seconds since the epoch.
    fn second(&self) -> i64 {
        self.now().div_euclid(1_000_000)
    }

    fn today(&self) -> Date {
        let now = Timestamp::from_microsecond(self.now()).unwrap_or(Timestamp::UNIX_EPOCH);
        now.to_zoned(TimeZone::UTC).date()
    }

    fn logins(&self) -> MutexGuard<'_, Logins> {
        self.logins.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn grants(&self) -> MutexGuard<'_, Grants> {
        self.grants.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The list of the banks.
pub(crate) fn listing() -> Router {
    Router::new().route("/banks", get(listing::list))
}

/// The banks' addresses, below `/bank/{bank_id}`.
pub(crate) fn router(banks: Arc<Banks>) -> Router {
    Router::new()
        .route("/form", get(entrance::form))
        .route("/login", post(entrance::login))
        .route("/login/{login_id}", get(entrance::look).delete(entrance::give_up))
        .route("/login/{login_id}/answer", post(entrance::answer))
        .route("/login/{login_id}/resend", post(entrance::resend))
        .route("/login/{login_id}/accounts", post(entrance::accounts))
        .route("/accounts", get(protocol::accounts))
        .route("/accounts/{resource_id}/balances", get(protocol::balances))
        .route("/accounts/{resource_id}/transactions", get(protocol::transactions))
        .route("/consents/{consent_id}", delete(protocol::revoke))
        .with_state(banks)
}
