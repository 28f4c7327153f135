//! The machine of a connection: the lasting link of a customer to an institution.
//!
//! **Goal.** Sessions and jobs say what happened; this alone decides the status. **Contract.** [`Connection::apply`]
//! consumes the connection. What it accepts comes back as [`Moved`], with [`Changed`] when the status is another one, so
//! that the caller writes an event in the same transaction. Terminal statuses absorb everything; only a host's deletion
//! still leads from another terminal status to `deleted`. What was fetched before the host confirmed is remembered and
//! counts from the confirmation on.

mod machine;
#[cfg(test)]
mod tests;
mod upkeep;

pub use upkeep::{Due, Terms, Upkeep, minute_of_day};

use gesher_contract::{ConnectionStatus, Failure, Reason};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What is there of what was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Arrived {
    /// All of it, and it will be refreshed.
    All,
    /// All of it, and it was asked for once.
    OneOff,
    /// Some of it.
    Part,
}

/// Why a fetch failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FetchProblem {
    /// The institution does not answer, or says that it is out of order.
    InstitutionUnavailable,
    /// The provider does not answer.
    ProviderUnavailable,
    /// The institution stopped the access for now.
    Suspended,
    /// It fails in a way that will not mend.
    Broken,
    /// The login has to be made again.
    LoginRequired,
    /// The consent has run out.
    ConsentExpired,
    /// The person withdrew the consent at the institution.
    Revoked,
}

impl FetchProblem {
    /// Every problem.
    pub const ALL: [Self; 7] = [
        Self::InstitutionUnavailable,
        Self::ProviderUnavailable,
        Self::Suspended,
        Self::Broken,
        Self::LoginRequired,
        Self::ConsentExpired,
        Self::Revoked,
    ];
}

/// What happened to a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// Somebody chose an institution and it is being called.
    Begun,
    /// The attempt ended without a grant, or its grant was given back: nobody is at it. The failure, if one ended it.
    LetGo(Option<Failure>),
    /// The attempt ended in a way that a new one cannot mend.
    Failed(Failure),
    /// The institution, or the person there, refused the consent.
    Rejected,
    /// The institution granted access; `cosigners` when other account holders still have to sign.
    Granted {
        /// Whether other account holders still have to sign.
        cosigners: bool,
    },
    /// The host's backend confirmed it (or the tenant lets that be automatic).
    Confirmed,
    /// The person came back: a new grant is there, confirmed and signed.
    Repaired,
    /// Nobody finished it in time.
    Abandoned,
    /// The person did not find their institution in the list.
    NotListed,
    /// All account holders signed.
    Cosigned,
    /// One of the account holders declined.
    Declined,
    /// A fetch brought all that was asked for.
    DataIn {
        /// It was asked for once: nothing will be refreshed.
        one_off: bool,
    },
    /// A fetch brought some of what was asked for.
    PartIn,
    /// A fetch failed.
    FetchFailed(FetchProblem),
    /// What was in the way is gone, and nothing new was fetched yet.
    Recovered,
    /// The provider does not say how the consent is.
    LostSight,
    /// Something that a host should know and that does not change the status: it shows as a reason.
    Noticed(Reason),
    /// What was noticed no longer holds.
    Settled(Reason),
    /// The person ended it here.
    Terminated,
    /// A newer connection took its place.
    Replaced,
    /// The host deleted it.
    Deleted,
}

/// What a fetch before the confirmation brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Data.
    Data(Arrived),
    /// A problem.
    Problem(FetchProblem),
}

/// A connection's state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    /// Its status.
    pub status: ConnectionStatus,
    /// Why, in the order in which surfaces show them.
    #[serde(default)]
    pub reasons: BTreeSet<Reason>,
    /// The failure behind the status, if there is one.
    #[serde(default)]
    pub failure: Option<Failure>,
    /// Whether other account holders still have to sign.
    #[serde(default)]
    pub cosigners: bool,
    /// What data have arrived since it was granted.
    #[serde(default)]
    pub data: Option<Arrived>,
    /// What the last fetch before the confirmation brought; counts from the confirmation on.
    #[serde(default)]
    pub pending_outcome: Option<Outcome>,
}

impl Connection {
    /// A connection that nobody has begun.
    pub const fn new() -> Self {
        Self {
            status: ConnectionStatus::Pending,
            reasons: BTreeSet::new(),
            failure: None,
            cosigners: false,
            data: None,
            pending_outcome: None,
        }
    }
}

impl Default for Connection {
    fn default() -> Self {
        Self::new()
    }
}

/// Another status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Changed {
    /// The status before.
    pub from: ConnectionStatus,
    /// The status now.
    pub to: ConnectionStatus,
}

/// An accepted event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// The connection now.
    pub connection: Connection,
    /// The change of status, if it changed.
    pub changed: Option<Changed>,
}

/// A refused event: nothing changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct Refused {
    /// The connection, unchanged.
    pub connection: Connection,
    /// Why.
    pub why: Refusal,
}

/// Why an event was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Refusal {
    /// The status is terminal.
    #[error("the connection is over")]
    Over,
    /// The event means nothing in this status.
    #[error("the event means nothing in this status")]
    NotNow,
}

/// Whether nothing can happen any more to a connection of this status, but that the host deletes it.
pub const fn is_terminal(status: ConnectionStatus) -> bool {
    use ConnectionStatus as S;
    matches!(
        status,
        S::Rejected | S::Terminated | S::Replaced | S::Abandoned | S::Failed | S::Deleted
    )
}

/// Whether there is, or was, an access that the host has confirmed and all account holders have signed.
pub const fn stands(status: ConnectionStatus) -> bool {
    use ConnectionStatus as S;
    match status {
        S::Connected | S::Active | S::Completed | S::Partial | S::Degraded | S::Suspended | S::Unknown => true,
        S::ReconnectRequired | S::Revoked => true,
        S::Pending | S::Connecting | S::AwaitingConfirmation | S::AwaitingCosigners => false,
        S::Rejected | S::Terminated | S::Replaced | S::Abandoned | S::Failed | S::Deleted => false,
    }
}

/// Whether the person has to come back before there is an access again.
pub const fn is_cut(status: ConnectionStatus) -> bool {
    matches!(status, ConnectionStatus::ReconnectRequired | ConnectionStatus::Revoked)
}

/// Why accounts and what hangs on them cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum NotReadable {
    /// The host's backend has not exchanged the public token yet.
    #[error("awaiting_confirmation")]
    AwaitingConfirmation,
    /// There is no access: not yet, or no more.
    #[error("not_connected")]
    NotConnected,
}

/// Whether accounts may be read at this status.
///
/// # Errors
/// [`NotReadable`], whose text is the API's error code.
pub const fn readable(status: ConnectionStatus) -> Result<(), NotReadable> {
    use ConnectionStatus as S;
    match status {
        S::AwaitingConfirmation => Err(NotReadable::AwaitingConfirmation),
        S::Pending | S::Connecting | S::AwaitingCosigners => Err(NotReadable::NotConnected),
        S::Rejected | S::Terminated | S::Replaced | S::Abandoned | S::Failed | S::Deleted => Err(NotReadable::NotConnected),
        S::Connected | S::Active | S::Completed | S::Partial | S::Degraded => Ok(()),
        S::ReconnectRequired | S::Suspended | S::Revoked | S::Unknown => Ok(()),
    }
}
