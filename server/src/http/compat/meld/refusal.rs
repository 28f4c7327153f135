//! How Meld refuses: `{code, message}`. A message about a field begins with its name in brackets, as the vendor's examples do.
//!
//! **Contract.** Statuses are the vendor's ([V] in `docs/compatibility/meld.md`). Of codes it documents two that are not about payments,
//! `BAD_REQUEST` and `UNKNOWN`: no other is made up here.

use crate::connect::invite::InviteError;
use crate::connect::invite::again::AgainError;
use crate::connections::delete::DeleteError;
use crate::connections::read::ReadError;
use crate::connections::refresh::RefreshError;
use crate::connections::widen::WidenError;
use crate::http::compat::fields::{Rule, Wrong};
use crate::store::{Unavailable, WriteError};
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use gesher_domain::Timestamp;
use serde_json::json;

/// Why a call is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// What was sent does not fit.
    Bad(String),
    /// The key is missing, unknown or revoked.
    Credentials,
    /// It is no key of a backend.
    Forbidden,
    /// There is no such thing.
    NotFound(&'static str),
    /// The address does not take this method.
    Method,
    /// The connection's status does not allow it.
    Conflict(&'static str),
    /// The body is larger than is taken.
    TooLarge,
    /// The body is not said to be JSON.
    NotJson,
    /// Too many calls; after so many seconds there may be another.
    TooMany(u64),
    /// Something broke here, or takes too long.
    Unavailable,
}

impl Refusal {
    /// What was sent does not fit.
    pub(super) fn bad(message: impl Into<String>) -> Self {
        Self::Bad(message.into())
    }

    /// A field does not fit.
    pub(super) fn field(name: &str, what: &str) -> Self {
        Self::Bad(said(name, what))
    }

    /// These fields do not fit.
    pub(super) fn fields(wrong: &[Wrong]) -> Self {
        let all: Vec<_> = wrong.iter().map(worded).collect();
        Self::Bad(all.join(", "))
    }

    fn parts(self) -> (StatusCode, &'static str, String) {
        let (status, message) = match self {
            Self::Bad(message) => return (StatusCode::BAD_REQUEST, "BAD_REQUEST", message),
            Self::Credentials => (StatusCode::UNAUTHORIZED, "Invalid credentials".to_owned()),
            Self::Forbidden => (
                StatusCode::FORBIDDEN,
                "Unauthenticated or authenticated with insufficient access".to_owned(),
            ),
            Self::NotFound(what) => (StatusCode::NOT_FOUND, format!("There is no such {what}")),
            Self::Method => (StatusCode::METHOD_NOT_ALLOWED, "This address does not take this method".to_owned()),
            Self::Conflict(why) => (StatusCode::CONFLICT, why.to_owned()),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "The body is too large".to_owned()),
            Self::NotJson => (
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "The body has to be sent as application/json".to_owned(),
            ),
            Self::TooMany(_) => (StatusCode::TOO_MANY_REQUESTS, "Too many requests".to_owned()),
            Self::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "Unknown Error".to_owned()),
        };
        (status, "UNKNOWN", message)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let wait = match self {
            Self::TooMany(seconds) => Some(seconds),
            Self::Unavailable => Some(1),
            _ => None,
        };
        let (status, code, message) = self.parts();
        let mut response = (status, Json(json!({ "code": code, "message": message }))).into_response();
        if let Some(seconds) = wait {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl From<Unavailable> for Refusal {
    fn from(error: Unavailable) -> Self {
        broken(&error.to_string())
    }
}

impl From<WriteError> for Refusal {
    fn from(error: WriteError) -> Self {
        match error.conflict() {
            Some(_) => Self::Conflict("Somebody else was at it at the same moment"),
            None => broken(&error.to_string()),
        }
    }
}

impl From<ReadError> for Refusal {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::NotFound(what) => Self::NotFound(what),
            ReadError::NotReadable(_) => Self::Conflict("The connection's status does not allow this"),
            ReadError::Unavailable(error) => error.into(),
        }
    }
}

impl From<DeleteError> for Refusal {
    fn from(error: DeleteError) -> Self {
        match error {
            DeleteError::Read(error) => error.into(),
            DeleteError::Unavailable(error) => broken(&error),
        }
    }
}

impl From<InviteError> for Refusal {
    fn from(error: InviteError) -> Self {
        match error {
            InviteError::Field { field, code, .. } => {
                let (name, place) = field
                    .split_once('[')
                    .map_or((field.as_str(), None), |(name, place)| (name, Some(place)));
                let place = place
                    .filter(|_| name != "institution_ids")
                    .map_or(String::new(), |place| format!("[{place}"));
                Self::field(&format!("{}{place}", vendors(name)), rule(code))
            }
            InviteError::NoWayToConfirm => Self::field("redirectUrl", rule("redirect_url_not_registered")),
            InviteError::NoInstitution => Self::bad("No institution can be reached with this API key"),
            InviteError::Unavailable(error) => error.into(),
        }
    }
}

impl From<AgainError> for Refusal {
    fn from(error: AgainError) -> Self {
        match error {
            AgainError::Read(error) => error.into(),
            AgainError::Invite(error) => error.into(),
            AgainError::Over => Self::Conflict("The connection is over: it cannot be repaired"),
            AgainError::Unfinished => Self::Conflict("The connection is in progress: there is nothing to repair yet"),
            AgainError::Unavailable(error) => broken(&error),
        }
    }
}

impl From<WidenError> for Refusal {
    fn from(error: WidenError) -> Self {
        match error {
            WidenError::Read(error) => error.into(),
            WidenError::Over => Self::Conflict("The connection is over: nothing more is loaded"),
            WidenError::Unavailable(error) => broken(&error),
        }
    }
}

/// Why there is no refresh now.
pub(super) fn no_refresh(error: RefreshError, now: Timestamp) -> Refusal {
    match error {
        RefreshError::Read(error) => error.into(),
        RefreshError::OneOff => Refusal::Conflict("The connection was asked for once and is not refreshed"),
        RefreshError::ReconnectRequired => Refusal::Conflict("The connection has to be repaired first"),
        RefreshError::UnderWay => Refusal::Conflict("The connection is being refreshed already"),
        RefreshError::LimitReached(until) => Refusal::TooMany(now.until(until).as_secs().max(1)),
    }
}

fn broken(error: &str) -> Refusal {
    tracing::error!(error, "a call of a vendor's API could not be answered");
    Refusal::Unavailable
}

/// The vendor's name of a field of ours.
fn vendors(field: &str) -> &str {
    match field {
        "customer.external_id" | "customer" => "externalCustomerId",
        "institution_ids" => "institutionId",
        "institution_search" => "institutionSearchString",
        "optional_products" => "optionalProducts",
        "redirect_url" => "redirectUrl",
        "allow_redirect" => "allowRedirect",
        "countries" => "regions",
        same => same,
    }
}

/// What a field has to be, by what the use case said of it.
fn rule(code: &str) -> &'static str {
    match code {
        "invalid_external_id" => "Must have 1 to 200 characters and no control characters",
        "unknown_institution" => "Must be an institution that can be reached with this API key",
        "invalid_institution_search" => "Must have 1 to 100 characters and no control characters",
        "invalid_regions" | "invalid_countries" => "Must be an ISO 3166-1 alpha-2 country code or an ISO 3166-2 subdivision code",
        "redirect_url_not_registered" => "Must be one of the registered redirect URLs",
        "product_in_both" => "Must not be both in products and in optionalProducts",
        "no_institution_left" => "Must leave an institution to choose",
        _ => "Must be valid",
    }
}

fn worded(Wrong { path, rule }: &Wrong) -> String {
    match rule {
        Rule::Required => said(path, "must not be blank"),
        Rule::Text => said(path, "Must be a string"),
        Rule::Flag => said(path, "Must be true or false"),
        Rule::List => said(path, "Must be a list"),
        Rule::Object => said(path, "Must be an object"),
        Rule::OneOf(words) => said(path, &format!("Must be one of {}", words.join(", "))),
    }
}

fn said(field: &str, what: &str) -> String {
    format!("[{field}] {what}")
}
