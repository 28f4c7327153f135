//! Callbacks: addresses that a host names with one connection, to be told once how it came out.
//!
//! **Goal.** A host without webhook endpoints of its own for each connection hears of the end, with the access control that its
//! receiver has. **Contract.** The row is written with the connection; the outcome goes into it in the transaction of the change
//! ([`told`]), and the sender of webhooks tries as often as it does for those ([`attempt`]), through the same guarded client. What
//! opens the receiver is sealed, and gone once the row is done. A body names the connection and how it came out, and nobody. Where
//! the connection was made through Open Finance's API, its callbacks are in that vendor's words ([`open_finance`]).

mod attempt;
pub mod auth;
pub mod open_finance;

pub(crate) use attempt::attempt;
pub use auth::Auth;

use crate::core::Core;
use crate::secrets::Context;
use crate::store::Statement;
use crate::store::callbacks::{self, CallbackRow};
use gesher_contract::ConnectionStatus;
use gesher_domain::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How a connection came out. It comes out once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was made, whatever becomes of it later.
    Success,
    /// It failed for good, or the access was refused.
    Fail,
    /// The person left, nobody finished it, or the host took it back.
    Abort,
}

impl Outcome {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Fail => "fail",
            Self::Abort => "abort",
        }
    }

    /// What this status means for a connection that had not come out yet.
    pub const fn of(status: ConnectionStatus) -> Option<Self> {
        use ConnectionStatus as S;
        match status {
            S::Pending | S::Connecting | S::AwaitingConfirmation | S::AwaitingCosigners => None,
            S::Connected | S::Active | S::Completed | S::Partial | S::Degraded => Some(Self::Success),
            S::ReconnectRequired | S::Suspended | S::Revoked | S::Unknown | S::Replaced => Some(Self::Success),
            S::Failed | S::Rejected => Some(Self::Fail),
            S::Abandoned | S::Terminated | S::Deleted => Some(Self::Abort),
        }
    }
}

/// Where the auth of a callback is sealed.
fn context<'a>(tenant: &'a str, id: &'a str) -> Context<'a> {
    Context {
        tenant,
        table: "connection_callbacks",
        row: id,
        column: "auth",
    }
}

/// A callback as it is written with its connection.
#[derive(Clone)]
pub struct NewCallback {
    /// The outcomes that it is told of.
    pub on: Vec<Outcome>,
    /// Where.
    pub url: String,
    /// What opens it.
    pub auth: Auth,
}

/// The name of our own words in the database.
pub const NATIVE: &str = "native";

/// The row of a new callback.
pub fn row(core: &Core, tenant: &str, connection: &str, dialect: &str, id: String, callback: &NewCallback) -> CallbackRow {
    let mut on = callback.on.clone();
    on.sort_unstable();
    on.dedup();
    CallbackRow {
        tenant_id: tenant.to_owned(),
        connection_id: connection.to_owned(),
        outcomes: on.into_iter().map(Outcome::as_str).collect::<Vec<_>>().join(" "),
        url: callback.url.clone(),
        auth: callback.auth.to_be_sealed().map(|plain| core.seal(&context(tenant, &id), &plain)),
        id,
        outcome: None,
        status: None,
        happened_at: None,
        state: "waiting".to_owned(),
        attempts: 0,
        next_at: 0,
        lease_token: None,
        dialect: dialect.to_owned(),
        wish: None,
        error: None,
    }
}

/// Puts an outcome on its way to those callbacks of a connection that have not been told of one. Goes into the unit of the change.
pub fn told(tenant: &str, connection: &str, outcome: Outcome, status: ConnectionStatus, now: Timestamp) -> Statement {
    callbacks::tell(tenant, connection, outcome.as_str(), status.as_str(), now.0)
}
