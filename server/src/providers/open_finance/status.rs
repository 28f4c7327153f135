//! The vendor's sixteen statuses of a connection, and what each of them means here. Their meanings: docs.open-finance.ai/docs/overview-1;
//! `CREDENTIALS_ERROR`, `UNKNOWN` and `TERMINATED_BY_USER` stand in the reference without one, and mean what they are called.

use crate::providers::{ConsentState, News};
use gesher_contract::FailureCode;
use gesher_domain::connection::FetchProblem;
use serde::Deserialize;

/// `status`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    Inactive,
    Fetching,
    Connected,
    Completed,
    Active,
    Error,
    Expired,
    FetchingError,
    Rejected,
    PartiallyAuthorized,
    Replaced,
    Revoked,
    SuspendedByProvider,
    CredentialsError,
    TerminatedByUser,
    /// Also one that came up after this was written.
    #[serde(other)]
    Unknown,
}

impl Status {
    /// Why a session that meets it has failed; nothing where a consent was given, whatever the data do.
    pub const fn failure(self) -> Option<FailureCode> {
        match self {
            Self::Rejected => Some(FailureCode::ConsentRejected),
            Self::CredentialsError => Some(FailureCode::WrongCredentials),
            Self::Error => Some(FailureCode::InstitutionUnavailable),
            Self::Expired => Some(FailureCode::TimedOut),
            Self::Revoked | Self::TerminatedByUser | Self::Replaced => Some(FailureCode::CancelledAtInstitution),
            _ => None,
        }
    }

    /// Why there are no data; nothing where there are.
    pub const fn problem(self) -> Option<FetchProblem> {
        match self {
            Self::Active | Self::Completed => None,
            Self::CredentialsError => Some(FetchProblem::LoginRequired),
            Self::Expired => Some(FetchProblem::ConsentExpired),
            Self::Revoked | Self::TerminatedByUser | Self::Replaced | Self::Rejected => Some(FetchProblem::Revoked),
            Self::SuspendedByProvider => Some(FetchProblem::Suspended),
            Self::Error => Some(FetchProblem::Broken),
            // Its data are still on the way, or out of reach for now.
            Self::Inactive | Self::Fetching | Self::Connected | Self::PartiallyAuthorized | Self::FetchingError | Self::Unknown => {
                Some(FetchProblem::InstitutionUnavailable)
            }
        }
    }

    /// How the consent stands.
    pub const fn consent(self) -> ConsentState {
        match self {
            Self::PartiallyAuthorized => ConsentState::AwaitingCosigners,
            Self::Rejected => ConsentState::Rejected,
            Self::Revoked | Self::TerminatedByUser | Self::Replaced => ConsentState::Revoked,
            Self::Expired => ConsentState::Expired,
            // What is wrong with its data, if anything, a fetch says.
            _ => ConsentState::Valid,
        }
    }

    /// What a webhook with it says to an attempt that is under way.
    pub const fn news_of_attempt(self) -> News {
        match self.failure() {
            Some(code) => News::Ended(code),
            None => match self {
                Self::Inactive | Self::Fetching | Self::Unknown => News::Nothing,
                _ => News::Moved,
            },
        }
    }

    /// What a webhook with it says of an access in use.
    pub const fn news_of_access(self) -> News {
        match self.problem() {
            None => News::Data,
            Some(_) if matches!(self, Self::Inactive | Self::Fetching | Self::Connected | Self::Unknown) => News::Nothing,
            // The consent itself is asked about where others have to sign.
            Some(_) if matches!(self, Self::PartiallyAuthorized) => News::Nothing,
            Some(problem) => News::Trouble(problem),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Status {
        serde_json::from_value(text.into()).expect("a status")
    }

    #[test]
    fn all_sixteen_are_known_and_a_new_one_is_none_of_them() {
        let known = "ACTIVE CONNECTED FETCHING ERROR FETCHING_ERROR INACTIVE COMPLETED CREDENTIALS_ERROR REJECTED PARTIALLY_AUTHORIZED \
                     TERMINATED_BY_USER EXPIRED REVOKED REPLACED SUSPENDED_BY_PROVIDER";
        assert!(known.split_whitespace().all(|status| read(status) != Status::Unknown));
        assert_eq!((read("UNKNOWN"), read("OF_TOMORROW")), (Status::Unknown, Status::Unknown));
    }

    #[test]
    fn a_consent_that_was_given_fails_no_session() {
        for given in [
            Status::Active,
            Status::Completed,
            Status::FetchingError,
            Status::SuspendedByProvider,
            Status::PartiallyAuthorized,
        ] {
            assert_eq!(given.failure(), None);
            assert_eq!(given.news_of_attempt(), News::Moved);
        }
        assert_eq!(Status::Rejected.news_of_attempt(), News::Ended(FailureCode::ConsentRejected));
        assert_eq!(Status::Active.news_of_access(), News::Data);
        assert_eq!(Status::Revoked.news_of_access(), News::Trouble(FetchProblem::Revoked));
        assert_eq!(Status::Connected.news_of_access(), News::Nothing);
    }
}
