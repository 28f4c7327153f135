//! How the interface refuses: `error` with a class, and a status. [`super::gate`] writes the answer.
//!
//! Classes and their meaning are those of the published list of errors. A wrong credential is answered with 400, as Salt Edge does; the
//! statuses of the others are published for some of them alone and else chosen here.

use super::moment::Moment;
use axum::response::{IntoResponse, Response};
use http::StatusCode;

/// Why a call is refused. A variant is named as its class is, but for the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    AppIdNotProvided,
    SecretNotProvided,
    ApiKeyNotFound,
    MissingExpiresAt,
    MissingSignature,
    ExpiresAtInvalid,
    RequestExpired,
    SignatureNotMatch,
    PublicKeyNotProvided,
    JsonParseError,
    WrongRequestFormat,
    RouteNotFound,
    CustomerNotFound,
    DuplicatedCustomer,
    IdentifierInvalid,
    ConnectionNotFound,
    ConnectionDisabled,
    ConnectionAlreadyProcessing,
    /// With the time from which on it can be refreshed, if there is one.
    ConnectionCannotBeRefreshed(Option<Moment>),
    ConsentNotFound,
    ConsentAlreadyRevoked,
    ConsentRevoked,
    ConsentExpired,
    ConsentScopesInvalid,
    ConsentScopesNotAllowed,
    InvalidConsentFromDate,
    InvalidConsentPeriod,
    FetchScopesInvalid,
    FetchScopesNotAllowed,
    AccountNotFound,
    ProviderNotFound,
    ProviderInactive,
    CountryNotFound,
    ReturnUrlInvalid,
    ReturnUrlTooLong,
    CustomFieldsFormatInvalid,
    CustomFieldsSizeTooBig,
    ValueOutOfRange,
    TooManyRequests,
    InternalServerError,
    /// Out of order, before the interface is reached: no body.
    Unavailable,
}

impl Refusal {
    /// Status, class and message; what has no class has no body.
    pub(super) fn parts(self) -> (u16, &'static str, &'static str) {
        match self {
            Self::AppIdNotProvided => (400, "AppIdNotProvided", "'App-id' was not provided in request headers."),
            Self::SecretNotProvided => (400, "SecretNotProvided", "'Secret' was not provided in request headers."),
            Self::ApiKeyNotFound => (400, "ApiKeyNotFound", "There is no active API key with this App-id and Secret."),
            Self::MissingExpiresAt => (400, "MissingExpiresAt", "'Expires-at' is missing in the headers."),
            Self::MissingSignature => (400, "MissingSignature", "'Signature' is missing in the headers."),
            Self::ExpiresAtInvalid => (400, "ExpiresAtInvalid", "'Expires-at' is no time, or more than an hour away."),
            Self::RequestExpired => (400, "RequestExpired", "The request came after its 'Expires-at'."),
            Self::SignatureNotMatch => (400, "SignatureNotMatch", "The signature is not that of this request."),
            Self::PublicKeyNotProvided => (400, "PublicKeyNotProvided", "The client has given no public key."),
            Self::JsonParseError => (400, "JsonParseError", "The body is not JSON."),
            Self::WrongRequestFormat => (400, "WrongRequestFormat", "The request is not formed as it has to be."),
            Self::RouteNotFound => (404, "RouteNotFound", "There is no such action."),
            Self::CustomerNotFound => (404, "CustomerNotFound", "There is no such customer."),
            Self::DuplicatedCustomer => (409, "DuplicatedCustomer", "There is a customer with this identifier."),
            Self::IdentifierInvalid => (400, "IdentifierInvalid", "The identifier is not valid."),
            Self::ConnectionNotFound => (404, "ConnectionNotFound", "There is no such connection."),
            Self::ConnectionDisabled => (406, "ConnectionDisabled", "The connection is disabled."),
            Self::ConnectionAlreadyProcessing => (409, "ConnectionAlreadyProcessing", "The connection is being processed."),
            Self::ConnectionCannotBeRefreshed(_) => (406, "ConnectionCannotBeRefreshed", "The connection cannot be refreshed now."),
            Self::ConsentNotFound => (404, "ConsentNotFound", "There is no such consent."),
            Self::ConsentAlreadyRevoked => (406, "ConsentAlreadyRevoked", "The consent was revoked before."),
            Self::ConsentRevoked => (406, "ConsentRevoked", "The consent has been revoked."),
            Self::ConsentExpired => (406, "ConsentExpired", "The consent has expired."),
            Self::ConsentScopesInvalid => (400, "ConsentScopesInvalid", "The consent's scopes are missing or not valid."),
            Self::ConsentScopesNotAllowed => (406, "ConsentScopesNotAllowed", "The consent does not allow this."),
            Self::InvalidConsentFromDate => (400, "InvalidConsentFromDate", "The consent's from_date is not valid."),
            Self::InvalidConsentPeriod => (
                400,
                "InvalidConsentPeriod",
                "The consent's period is not valid, or too long for the provider.",
            ),
            Self::FetchScopesInvalid => (400, "FetchScopesInvalid", "The fetch scopes are not valid."),
            Self::FetchScopesNotAllowed => (400, "FetchScopesNotAllowed", "The consent does not allow these fetch scopes."),
            Self::AccountNotFound => (404, "AccountNotFound", "There is no such account."),
            Self::ProviderNotFound => (404, "ProviderNotFound", "There is no such provider."),
            Self::ProviderInactive => (406, "ProviderInactive", "The provider is inactive."),
            Self::CountryNotFound => (404, "CountryNotFound", "There is no such country."),
            Self::ReturnUrlInvalid => (400, "ReturnURLInvalid", "The return_to URL is not valid."),
            Self::ReturnUrlTooLong => (400, "ReturnURLTooLong", "The return_to URL has more than 2040 characters."),
            Self::CustomFieldsFormatInvalid => (400, "CustomFieldsFormatInvalid", "custom_fields is no object."),
            Self::CustomFieldsSizeTooBig => (400, "CustomFieldsSizeTooBig", "custom_fields has more than 1 KB."),
            Self::ValueOutOfRange => (400, "ValueOutOfRange", "A value is out of its range."),
            Self::TooManyRequests => (429, "TooManyRequests", "Too many requests in a short time."),
            Self::InternalServerError => (500, "InternalServerError", "An internal error has occurred."),
            Self::Unavailable => (503, "", ""),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.parts().0).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}
