//! What Plaid's errors mean to us. `error_type` and `error_code` are stable names (<https://plaid.com/docs/errors/>); messages are not
//! read.

use super::wire::Error;
use gesher_contract::FailureCode;
use gesher_domain::connection::FetchProblem;
use reqwest::StatusCode;

/// What went wrong with a call.
#[derive(Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Nothing was sent.
    Unreachable,
    /// Something was sent and no answer came.
    Silent {
        /// The time was up.
        late: bool,
    },
    /// Plaid refused, with an error of its own.
    Refused(Error),
    /// A status, and nothing of Plaid's with it.
    Status(StatusCode),
    /// The answer makes no sense.
    Nonsense,
}

impl Trouble {
    /// Whether Plaid's error has one of these codes.
    pub fn is(&self, codes: &[&str]) -> bool {
        matches!(self, Self::Refused(error) if codes.contains(&error.error_code.as_str()))
    }

    /// Whether there is no such access any more.
    pub fn is_gone(&self) -> bool {
        self.is(&["ITEM_NOT_FOUND", "INVALID_ACCESS_TOKEN"])
    }

    /// Whether the same call may well succeed in a moment.
    pub fn passes(&self) -> bool {
        match self {
            Self::Unreachable | Self::Silent { .. } => true,
            Self::Status(status) => status.is_server_error(),
            Self::Refused(error) => error.error_type == "API_ERROR",
            Self::Nonsense => false,
        }
    }

    /// Of a call that changes nothing.
    pub fn of_reading(&self) -> FailureCode {
        match self {
            Self::Unreachable | Self::Silent { late: false } => FailureCode::InstitutionUnavailable,
            Self::Silent { late: true } => FailureCode::TimedOut,
            Self::Refused(error) => failure(error),
            Self::Status(status) if status.is_server_error() => FailureCode::InstitutionUnavailable,
            Self::Status(_) | Self::Nonsense => FailureCode::BadInstitutionAnswer,
        }
    }

    /// Of a call that Plaid may have acted on.
    pub fn of_acting(&self) -> FailureCode {
        match self {
            Self::Silent { .. } => FailureCode::OutcomeUnknown,
            other => other.of_reading(),
        }
    }

    /// Of a fetch.
    pub fn problem(&self) -> FetchProblem {
        match self {
            Self::Unreachable | Self::Silent { .. } => FetchProblem::ProviderUnavailable,
            Self::Refused(error) => problem(error),
            Self::Status(status) if status.is_server_error() => FetchProblem::ProviderUnavailable,
            Self::Status(_) | Self::Nonsense => FetchProblem::Broken,
        }
    }
}

/// What an error means while somebody connects.
pub fn failure(error: &Error) -> FailureCode {
    match (error.error_type.as_str(), error.error_code.as_str()) {
        (_, "ITEM_LOCKED" | "PASSWORD_RESET_REQUIRED" | "USER_SETUP_REQUIRED") => FailureCode::LoginLocked,
        (_, "ACCESS_NOT_GRANTED" | "USER_PERMISSION_REVOKED") => FailureCode::ConsentRejected,
        (_, "NO_ACCOUNTS") => FailureCode::NoAccountFits,
        (_, "PRODUCTS_NOT_SUPPORTED" | "ITEM_NOT_SUPPORTED" | "MFA_NOT_SUPPORTED") => FailureCode::InstitutionUnavailable,
        // The person mistyped, or was too slow, and then left.
        ("ITEM_ERROR", _) => FailureCode::CancelledAtInstitution,
        ("INSTITUTION_ERROR" | "API_ERROR" | "RATE_LIMIT_EXCEEDED", _) => FailureCode::InstitutionUnavailable,
        // What we send is wrong, or what is set is: nothing that the person did.
        ("INVALID_REQUEST" | "INVALID_INPUT", _) => FailureCode::Internal,
        _ => FailureCode::BadInstitutionAnswer,
    }
}

/// What an error means for an access.
pub fn problem(error: &Error) -> FetchProblem {
    let reason = error.error_code_reason.as_deref();
    match (error.error_type.as_str(), error.error_code.as_str()) {
        (_, "ITEM_LOGIN_REQUIRED") if reason == Some("OAUTH_CONSENT_EXPIRED") => FetchProblem::ConsentExpired,
        (_, "ITEM_LOGIN_REQUIRED") if reason == Some("OAUTH_USER_REVOKED") => FetchProblem::Revoked,
        (_, "USER_PERMISSION_REVOKED" | "ITEM_NOT_FOUND" | "INVALID_ACCESS_TOKEN") => FetchProblem::Revoked,
        (_, "ITEM_LOCKED" | "USER_SETUP_REQUIRED" | "PASSWORD_RESET_REQUIRED") => FetchProblem::Suspended,
        (
            _,
            "ITEM_LOGIN_REQUIRED"
            | "INVALID_CREDENTIALS"
            | "INVALID_MFA"
            | "INVALID_UPDATED_USERNAME"
            | "INSUFFICIENT_CREDENTIALS"
            | "ACCESS_NOT_GRANTED"
            | "ADDITIONAL_CONSENT_REQUIRED",
        ) => FetchProblem::LoginRequired,
        (_, "INVALID_API_KEYS" | "UNAUTHORIZED_ENVIRONMENT" | "PRODUCT_NOT_READY") => FetchProblem::ProviderUnavailable,
        (_, "INSTITUTION_NO_LONGER_SUPPORTED") => FetchProblem::Broken,
        ("INSTITUTION_ERROR", _) => FetchProblem::InstitutionUnavailable,
        ("API_ERROR" | "RATE_LIMIT_EXCEEDED" | "TRANSACTIONS_ERROR", _) => FetchProblem::ProviderUnavailable,
        _ => FetchProblem::Broken,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(kind: &str, code: &str, reason: Option<&str>) -> Error {
        Error {
            error_type: kind.to_owned(),
            error_code: code.to_owned(),
            error_code_reason: reason.map(str::to_owned),
        }
    }

    #[test]
    fn an_access_that_needs_the_person_is_told_from_one_that_is_over() {
        for (kind, code, reason, wanted) in [
            ("ITEM_ERROR", "ITEM_LOGIN_REQUIRED", None, FetchProblem::LoginRequired),
            (
                "ITEM_ERROR",
                "ITEM_LOGIN_REQUIRED",
                Some("OAUTH_CONSENT_EXPIRED"),
                FetchProblem::ConsentExpired,
            ),
            (
                "ITEM_ERROR",
                "ITEM_LOGIN_REQUIRED",
                Some("OAUTH_USER_REVOKED"),
                FetchProblem::Revoked,
            ),
            ("ITEM_ERROR", "ITEM_NOT_FOUND", None, FetchProblem::Revoked),
            ("INSTITUTION_ERROR", "INSTITUTION_DOWN", None, FetchProblem::InstitutionUnavailable),
            ("RATE_LIMIT_EXCEEDED", "TRANSACTIONS_LIMIT", None, FetchProblem::ProviderUnavailable),
            ("INVALID_INPUT", "INVALID_API_KEYS", None, FetchProblem::ProviderUnavailable),
            ("SOMETHING_NEW", "NOBODY_KNOWS", None, FetchProblem::Broken),
        ] {
            assert_eq!(problem(&error(kind, code, reason)), wanted, "{code} {reason:?}");
        }
    }

    #[test]
    fn a_person_is_not_blamed_for_what_we_send() {
        for code in ["INVALID_API_KEYS", "MISSING_FIELDS"] {
            assert_eq!(failure(&error("INVALID_INPUT", code, None)), FailureCode::Internal);
        }
        assert_eq!(
            failure(&error("ITEM_ERROR", "INVALID_CREDENTIALS", None)),
            FailureCode::CancelledAtInstitution
        );
        assert_eq!(failure(&error("ITEM_ERROR", "ITEM_LOCKED", None)), FailureCode::LoginLocked);
    }
}
