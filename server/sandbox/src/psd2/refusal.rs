//! How the XS2A interface refuses: `tppMessages` with a code of the Implementation Guidelines.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::json;

/// Why a call is refused. The comments name the standard's code where it is not the variant's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// `FORMAT_ERROR`: this header, parameter or field is missing or malformed.
    Format(&'static str),
    /// `PARAMETER_NOT_SUPPORTED`: this parameter or field.
    NotSupported(&'static str),
    /// `SESSIONS_NOT_SUPPORTED`
    Sessions,
    /// `PERIOD_INVALID`
    Period,
    /// `CONSENT_UNKNOWN` in the address.
    ConsentUnknown,
    /// `CONSENT_UNKNOWN` in the header.
    ConsentUnknownHeader,
    /// `CONSENT_INVALID`
    ConsentInvalid,
    /// `CONSENT_EXPIRED`
    ConsentExpired,
    /// `RESOURCE_UNKNOWN`: no such account.
    AccountUnknown,
    /// `RESOURCE_UNKNOWN`: something else in the address.
    ResourceUnknown,
    /// `PSU_CREDENTIALS_INVALID`: no such customer.
    PsuUnknown,
    /// `PSU_CREDENTIALS_INVALID`: the password or the code.
    Credentials,
    /// `SCA_METHOD_UNKNOWN`
    ScaMethodUnknown,
    /// `SCA_INVALID`: the authorisation has failed.
    ScaInvalid,
    /// `CERTIFICATE_MISSING`
    CertificateMissing,
    /// `CERTIFICATE_INVALID`
    CertificateInvalid,
    /// `CERTIFICATE_EXPIRED`
    CertificateExpired,
    /// `SIGNATURE_MISSING`
    SignatureMissing,
    /// `SIGNATURE_INVALID`
    SignatureInvalid,
    /// `STATUS_INVALID`
    Status,
    /// `ACCESS_EXCEEDED`
    Exceeded,
    /// `TOKEN_UNKNOWN`
    TokenUnknown,
    /// `TOKEN_INVALID`
    TokenInvalid,
    /// `TOKEN_EXPIRED`
    TokenExpired,
    /// `SERVICE_BLOCKED`
    Blocked,
    /// `SERVICE_INVALID`
    Method,
    /// Something broke. The interface file knows no body here.
    Broken,
    /// Out of order. The interface file knows no body here.
    Unavailable,
}

impl Refusal {
    fn parts(self) -> (u16, Option<&'static str>, Option<&'static str>, &'static str) {
        match self {
            Self::Format(path) => (400, Some("FORMAT_ERROR"), Some(path), "Missing or malformed."),
            Self::NotSupported(path) => (400, Some("PARAMETER_NOT_SUPPORTED"), Some(path), "This bank does not support it."),
            Self::Sessions => (
                400,
                Some("SESSIONS_NOT_SUPPORTED"),
                Some("combinedServiceIndicator"),
                "This bank combines no services.",
            ),
            Self::Period => (400, Some("PERIOD_INVALID"), Some("dateTo"), "The period ends before it begins."),
            Self::ConsentUnknown => (403, Some("CONSENT_UNKNOWN"), None, "No such consent."),
            Self::ConsentUnknownHeader => (400, Some("CONSENT_UNKNOWN"), Some("Consent-ID"), "No such consent."),
            Self::ConsentInvalid => (401, Some("CONSENT_INVALID"), None, "The consent does not allow this."),
            Self::ConsentExpired => (401, Some("CONSENT_EXPIRED"), None, "The consent has expired."),
            Self::AccountUnknown => (404, Some("RESOURCE_UNKNOWN"), None, "No such account within the consent."),
            Self::ResourceUnknown => (403, Some("RESOURCE_UNKNOWN"), None, "No such resource."),
            Self::PsuUnknown => (401, Some("PSU_CREDENTIALS_INVALID"), Some("PSU-ID"), "No such customer."),
            Self::Credentials => (401, Some("PSU_CREDENTIALS_INVALID"), None, "The password or the code is wrong."),
            Self::ScaMethodUnknown => (
                400,
                Some("SCA_METHOD_UNKNOWN"),
                Some("authenticationMethodId"),
                "The customer has no such method.",
            ),
            Self::ScaInvalid => (400, Some("SCA_INVALID"), None, "The authorisation has failed."),
            Self::CertificateMissing => (401, Some("CERTIFICATE_MISSING"), None, "The TPP's certificate is missing."),
            Self::CertificateInvalid => (401, Some("CERTIFICATE_INVALID"), None, "It is no certificate of a TPP for this."),
            Self::CertificateExpired => (401, Some("CERTIFICATE_EXPIRED"), None, "The TPP's certificate is not valid today."),
            Self::SignatureMissing => (401, Some("SIGNATURE_MISSING"), None, "The message is not signed."),
            Self::SignatureInvalid => (401, Some("SIGNATURE_INVALID"), None, "The signature does not fit the message."),
            Self::Status => (409, Some("STATUS_INVALID"), None, "The resource's status does not allow this."),
            Self::Exceeded => (429, Some("ACCESS_EXCEEDED"), None, "The consent's accesses of today are used up."),
            Self::TokenUnknown => (401, Some("TOKEN_UNKNOWN"), None, "No such access token."),
            Self::TokenInvalid => (401, Some("TOKEN_INVALID"), None, "The access token is not for this consent."),
            Self::TokenExpired => (401, Some("TOKEN_EXPIRED"), None, "The access token has expired."),
            Self::Blocked => (403, Some("SERVICE_BLOCKED"), None, "The bank has suspended this access."),
            Self::Method => (405, Some("SERVICE_INVALID"), None, "The resource does not know this method."),
            Self::Broken => (500, None, None, ""),
            Self::Unavailable => (503, None, None, ""),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, code, path, text) = self.parts();
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let Some(code) = code else { return status.into_response() };
        let mut message = json!({"category": "ERROR", "code": code, "text": text});
        if let Some(path) = path {
            message["path"] = json!(path);
        }
        (status, Json(json!({ "tppMessages": [message] }))).into_response()
    }
}
