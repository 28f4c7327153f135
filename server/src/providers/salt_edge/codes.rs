//! What an error class of Salt Edge means: one table of those that it publishes. Where the fifth version's name began with `Aisp`, the
//! sixth's does not; both are known.

use gesher_contract::FailureCode;
use gesher_domain::connection::FetchProblem;
use reqwest::StatusCode;

/// A class, what it means in a session, and what it means when data are fetched.
const TABLE: &[(&str, FailureCode, FetchProblem)] = {
    use {FailureCode as F, FetchProblem as P};
    &[
        ("InvalidCredentials", F::WrongCredentials, P::LoginRequired),
        ("CredentialsNotMatch", F::WrongCredentials, P::LoginRequired),
        ("InvalidInteractiveCredentials", F::WrongCode, P::LoginRequired),
        ("InteractiveTimeout", F::CodeExpired, P::LoginRequired),
        ("InteractiveAdapterTimeout", F::TimedOut, P::InstitutionUnavailable),
        ("ProviderAccessNotGranted", F::ConsentRejected, P::LoginRequired),
        ("AllAccountsExcluded", F::NoAccountFits, P::LoginRequired),
        ("ConsentRevoked", F::ConsentRejected, P::Revoked),
        ("ConsentExpired", F::TimedOut, P::ConsentExpired),
        ("ConnectionNotFound", F::BadInstitutionAnswer, P::Revoked),
        ("CustomerNotFound", F::BadInstitutionAnswer, P::Revoked),
        ("ConnectionDisabled", F::AccessSuspended, P::Suspended),
        ("ConnectionFetchingStopped", F::InstitutionUnavailable, P::InstitutionUnavailable),
        ("ConnectionFailed", F::InstitutionUnavailable, P::InstitutionUnavailable),
        ("ConnectionLost", F::InstitutionUnavailable, P::InstitutionUnavailable),
        ("ExecutionTimeout", F::TimedOut, P::InstitutionUnavailable),
        ("FetchingTimeout", F::TimedOut, P::InstitutionUnavailable),
        ("ProviderError", F::InstitutionUnavailable, P::InstitutionUnavailable),
        ("ProviderUnavailable", F::InstitutionUnavailable, P::InstitutionUnavailable),
        ("ProviderInactive", F::InstitutionUnavailable, P::InstitutionUnavailable),
        ("ProviderDisabled", F::InstitutionUnavailable, P::Suspended),
        ("BackgroundFetchLimitExceeded", F::InstitutionUnavailable, P::InstitutionUnavailable),
        ("RateLimitExceeded", F::InstitutionUnavailable, P::ProviderUnavailable),
        ("TooManyRequests", F::InstitutionUnavailable, P::ProviderUnavailable),
        ("InternalServerError", F::InstitutionUnavailable, P::ProviderUnavailable),
        // The tenant's API key, its signature or its contract: nobody but the operator can mend these.
        ("AppIdNotProvided", F::Internal, P::ProviderUnavailable),
        ("SecretNotProvided", F::Internal, P::ProviderUnavailable),
        ("ApiKeyNotFound", F::Internal, P::ProviderUnavailable),
        ("ActionNotAllowed", F::Internal, P::ProviderUnavailable),
        ("ClientDisabled", F::Internal, P::ProviderUnavailable),
        ("ClientNotFound", F::Internal, P::ProviderUnavailable),
        ("ClientPending", F::Internal, P::ProviderUnavailable),
        ("ClientRestricted", F::Internal, P::ProviderUnavailable),
        ("ConnectionLimitReached", F::Internal, P::ProviderUnavailable),
        ("ExpiresAtInvalid", F::Internal, P::ProviderUnavailable),
        ("MissingExpiresAt", F::Internal, P::ProviderUnavailable),
        ("MissingSignature", F::Internal, P::ProviderUnavailable),
        ("PublicKeyNotProvided", F::Internal, P::ProviderUnavailable),
        ("RequestExpired", F::Internal, P::ProviderUnavailable),
        ("SignatureNotMatch", F::Internal, P::ProviderUnavailable),
    ]
};

/// The class without the fifth version's `Aisp`.
fn plain(class: &str) -> &str {
    class.strip_prefix("Aisp").unwrap_or(class)
}

fn row(class: &str) -> Option<&'static (&'static str, FailureCode, FetchProblem)> {
    TABLE.iter().find(|(known, ..)| *known == plain(class))
}

/// What a failed attempt means in a session.
pub fn failure(class: &str) -> FailureCode {
    row(class).map_or(FailureCode::InstitutionUnavailable, |(_, failure, _)| *failure)
}

/// What a failed attempt means for the access.
pub fn problem(class: &str) -> FetchProblem {
    row(class).map_or(FetchProblem::InstitutionUnavailable, |(.., problem)| *problem)
}

/// A call was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub status: StatusCode,
    /// `error.class`, if there is one.
    pub class: Option<String>,
}

impl Refusal {
    /// Whether it is for this reason.
    pub fn is(&self, class: &str) -> bool {
        self.class.as_deref().map(plain) == Some(class)
    }

    /// Whether it is worth asking again.
    pub fn passes(&self) -> bool {
        self.status.is_server_error() || self.status == StatusCode::TOO_MANY_REQUESTS
    }

    /// What it means in a session.
    pub fn failure(&self) -> FailureCode {
        match self.class.as_deref().and_then(row) {
            Some((_, failure, _)) => *failure,
            None if self.passes() => FailureCode::InstitutionUnavailable,
            None => FailureCode::BadInstitutionAnswer,
        }
    }

    /// What it means when data are fetched.
    pub fn problem(&self) -> FetchProblem {
        match self.class.as_deref().and_then(row) {
            Some((.., problem)) => *problem,
            None if self.passes() => FetchProblem::ProviderUnavailable,
            None if self.status == StatusCode::NOT_FOUND => FetchProblem::Revoked,
            None => FetchProblem::Broken,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn refusal(status: u16, class: Option<&str>) -> Refusal {
        Refusal {
            status: StatusCode::from_u16(status).unwrap(),
            class: class.map(str::to_owned),
        }
    }

    #[test]
    fn a_class_counts_before_the_status_under_both_its_names() {
        for name in ["ConsentExpired", "AispConsentExpired"] {
            assert_eq!(refusal(500, Some(name)).problem(), FetchProblem::ConsentExpired);
            assert!(refusal(406, Some(name)).is("ConsentExpired"));
        }
        assert_eq!(refusal(400, Some("ApiKeyNotFound")).failure(), FailureCode::Internal);
        let classes: BTreeSet<_> = TABLE.iter().map(|(class, ..)| class).collect();
        assert_eq!(classes.len(), TABLE.len());
    }

    #[test]
    fn a_status_alone_says_something_too() {
        assert_eq!(refusal(503, None).problem(), FetchProblem::ProviderUnavailable);
        assert_eq!(refusal(404, None).problem(), FetchProblem::Revoked);
        assert_eq!(refusal(429, None).failure(), FailureCode::InstitutionUnavailable);
        assert_eq!(refusal(400, Some("NewerThanUs")).failure(), FailureCode::BadInstitutionAnswer);
        assert_eq!(failure("NewerThanUs"), FailureCode::InstitutionUnavailable);
    }
}
