//! What a bank's refusal means: one table of the standard's message codes.

use gesher_contract::FailureCode;
use gesher_domain::connection::FetchProblem;
use reqwest::StatusCode;

/// A code of `tppMessages`, what it means in a session, and what it means when data are fetched.
const TABLE: &[(&str, FailureCode, FetchProblem)] = {
    use {FailureCode as F, FetchProblem as P};
    &[
        ("PSU_CREDENTIALS_INVALID", F::WrongCredentials, P::LoginRequired),
        ("CORPORATE_ID_INVALID", F::WrongCredentials, P::LoginRequired),
        // The authorisation has failed: the code is too late, or too many were wrong.
        ("SCA_INVALID", F::CodeExpired, P::LoginRequired),
        ("SCA_METHOD_UNKNOWN", F::BadInstitutionAnswer, P::LoginRequired),
        ("CONSENT_INVALID", F::ConsentRejected, P::LoginRequired),
        ("CONSENT_EXPIRED", F::TimedOut, P::ConsentExpired),
        ("CONSENT_UNKNOWN", F::BadInstitutionAnswer, P::LoginRequired),
        ("TOKEN_UNKNOWN", F::BadInstitutionAnswer, P::LoginRequired),
        ("TOKEN_INVALID", F::BadInstitutionAnswer, P::LoginRequired),
        ("TOKEN_EXPIRED", F::BadInstitutionAnswer, P::LoginRequired),
        ("SERVICE_BLOCKED", F::AccessSuspended, P::Suspended),
        ("RESOURCE_BLOCKED", F::AccessSuspended, P::Suspended),
        ("ACCESS_EXCEEDED", F::InstitutionUnavailable, P::InstitutionUnavailable),
        ("SERVICE_NOT_SUPPORTED", F::BadInstitutionAnswer, P::Broken),
        ("SERVICE_UNAVAILABLE", F::InstitutionUnavailable, P::InstitutionUnavailable),
        // Our certificate, signature or role: nobody but the operator can mend these.
        ("CERTIFICATE_INVALID", F::Internal, P::ProviderUnavailable),
        ("CERTIFICATE_EXPIRED", F::Internal, P::ProviderUnavailable),
        ("CERTIFICATE_BLOCKED", F::Internal, P::ProviderUnavailable),
        ("CERTIFICATE_REVOKED", F::Internal, P::ProviderUnavailable),
        ("CERTIFICATE_MISSING", F::Internal, P::ProviderUnavailable),
        ("SIGNATURE_INVALID", F::Internal, P::ProviderUnavailable),
        ("SIGNATURE_MISSING", F::Internal, P::ProviderUnavailable),
        ("ROLE_INVALID", F::Internal, P::ProviderUnavailable),
        ("FORBIDDEN", F::Internal, P::ProviderUnavailable),
    ]
};

/// A bank refused a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub status: StatusCode,
    /// The first error of `tppMessages`, if there is one.
    pub code: Option<String>,
}

impl Refusal {
    fn row(&self) -> Option<&'static (&'static str, FailureCode, FetchProblem)> {
        let code = self.code.as_deref()?;
        TABLE.iter().find(|(known, ..)| *known == code)
    }

    /// What it means in a session.
    pub fn failure(&self) -> FailureCode {
        match self.row() {
            Some((_, failure, _)) => *failure,
            None if self.status.is_server_error() || self.status == StatusCode::TOO_MANY_REQUESTS => FailureCode::InstitutionUnavailable,
            None => FailureCode::BadInstitutionAnswer,
        }
    }

    /// What it means when data are fetched.
    pub fn problem(&self) -> FetchProblem {
        match (self.row(), self.status) {
            (Some((_, _, problem)), _) => *problem,
            (None, StatusCode::UNAUTHORIZED) => FetchProblem::LoginRequired,
            (
                None,
                StatusCode::TOO_MANY_REQUESTS | StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT,
            ) => FetchProblem::InstitutionUnavailable,
            _ => FetchProblem::Broken,
        }
    }

    /// Whether it is our certificate, signature or role that the bank does not take.
    pub fn is_about_us(&self) -> bool {
        self.row().is_some_and(|(_, failure, _)| *failure == FailureCode::Internal)
    }

    /// Whether it has this code.
    pub fn is(&self, codes: &[&str]) -> bool {
        self.code.as_deref().is_some_and(|code| codes.contains(&code))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(status: u16, code: Option<&str>) -> Refusal {
        Refusal {
            status: StatusCode::from_u16(status).unwrap(),
            code: code.map(str::to_owned),
        }
    }

    #[test]
    fn a_code_counts_before_the_status() {
        let blocked = refusal(500, Some("SERVICE_BLOCKED"));
        assert_eq!(
            (blocked.failure(), blocked.problem()),
            (FailureCode::AccessSuspended, FetchProblem::Suspended)
        );
        assert_eq!(
            refusal(401, Some("PSU_CREDENTIALS_INVALID")).failure(),
            FailureCode::WrongCredentials
        );
        assert_eq!(refusal(401, Some("CONSENT_EXPIRED")).problem(), FetchProblem::ConsentExpired);
    }

    #[test]
    fn a_status_alone_says_something_too() {
        assert_eq!(refusal(503, None).problem(), FetchProblem::InstitutionUnavailable);
        assert_eq!(refusal(500, None).problem(), FetchProblem::Broken);
        assert_eq!(refusal(500, None).failure(), FailureCode::InstitutionUnavailable);
        assert_eq!(refusal(401, Some("NEWER_THAN_US")).problem(), FetchProblem::LoginRequired);
        assert_eq!(refusal(400, Some("FORMAT_ERROR")).failure(), FailureCode::BadInstitutionAnswer);
    }
}
