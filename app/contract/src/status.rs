//! The status of a connection, as the native API says it.

use serde::{Deserialize, Serialize};

/// Status of a connection. Terminal: rejected, terminated, replaced, abandoned, failed, deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ConnectionStatus {
    /// Made; nobody has chosen an institution yet.
    Pending,
    /// Somebody is at it.
    Connecting,
    /// Granted, but other account holders still have to sign.
    AwaitingCosigners,
    /// Granted; the host's backend has not exchanged the public token yet.
    AwaitingConfirmation,
    /// Confirmed; the first data are not in yet.
    Connected,
    /// Confirmed, with data.
    Active,
    /// One-off, and all was fetched.
    Completed,
    /// Some of what was asked for is there.
    Partial,
    /// Refreshing fails for now.
    Degraded,
    /// The person has to log in again.
    ReconnectRequired,
    /// The institution stopped the access for now.
    Suspended,
    /// The consent was refused.
    Rejected,
    /// The person withdrew the consent at the bank.
    Revoked,
    /// The person ended it here.
    Terminated,
    /// Nobody finished it in time.
    Abandoned,
    /// A newer connection took its place.
    Replaced,
    /// It cannot be used.
    Failed,
    /// The provider does not say.
    Unknown,
    /// Deleted by the host.
    Deleted,
}

impl ConnectionStatus {
    /// Every status.
    pub const ALL: [Self; 19] = [
        Self::Pending,
        Self::Connecting,
        Self::AwaitingCosigners,
        Self::AwaitingConfirmation,
        Self::Connected,
        Self::Active,
        Self::Completed,
        Self::Partial,
        Self::Degraded,
        Self::ReconnectRequired,
        Self::Suspended,
        Self::Rejected,
        Self::Revoked,
        Self::Terminated,
        Self::Abandoned,
        Self::Replaced,
        Self::Failed,
        Self::Unknown,
        Self::Deleted,
    ];

    /// The status on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Connecting => "connecting",
            Self::AwaitingCosigners => "awaiting_cosigners",
            Self::AwaitingConfirmation => "awaiting_confirmation",
            Self::Connected => "connected",
            Self::Active => "active",
            Self::Completed => "completed",
            Self::Partial => "partial",
            Self::Degraded => "degraded",
            Self::ReconnectRequired => "reconnect_required",
            Self::Suspended => "suspended",
            Self::Rejected => "rejected",
            Self::Revoked => "revoked",
            Self::Terminated => "terminated",
            Self::Abandoned => "abandoned",
            Self::Replaced => "replaced",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::Deleted => "deleted",
        }
    }
}

/// Why a connection has its status. A connection may have several; surfaces that show one show the first in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The institution does not answer.
    InstitutionUnavailable,
    /// The provider does not answer.
    ProviderUnavailable,
    /// The person has to do something at the institution.
    InstitutionActionRequired,
    /// A refresh needs the person.
    InteractiveRefresh,
    /// The login has to be made again.
    LoginRequired,
    /// The provider is repairing its way to the institution.
    InstitutionRepairing,
    /// The consent has run out.
    ConsentExpired,
    /// The consent runs out soon.
    AccessExpiringSoon,
    /// The institution has accounts that were not shared.
    NewAccountsAvailable,
    /// The person did not find their institution in the list.
    NotListed,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_that_is_written_is_the_status_that_serde_writes() {
        for status in ConnectionStatus::ALL {
            assert_eq!(serde_json::to_value(status).ok(), Some(status.as_str().into()));
        }
    }
}
