//! How Open Finance refuses: `{type, message}`. Where several things are wrong with a body, the message is a list of them in JSON, as a
//! text, worded as the vendor's validator words them.
//!
//! **Contract.** Texts are the vendor's where it has documented one ([V] in `docs/compatibility/open_finance.md`); statuses that it does
//! not document have its shape all the same.

use crate::connections::delete::DeleteError;
use crate::connections::read::ReadError;
use crate::http::compat::fields::{Rule, Wrong};
use crate::limits::TooMany;
use crate::store::Unavailable;
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// Why a call is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// These fields do not fit.
    Fields(Vec<String>),
    /// Something else does not fit.
    Client(&'static str),
    /// No client that works has this id and this secret.
    Credentials,
    /// The access token is missing, unknown or over.
    Token,
    /// The access token's client lacks the scope.
    Scope,
    /// The access token's tenant is closed.
    Organization,
    /// There is no such thing.
    NotFound(&'static str),
    /// The address does not take this method.
    Method,
    /// A refresh holds the connection.
    Locked,
    /// The body is larger than is taken.
    TooLarge,
    /// The body is not said to be JSON.
    NotJson,
    /// Too many calls; after so many seconds there may be another.
    TooMany(u64),
    /// The answer took too long, or the body did not arrive.
    Late,
    /// Something broke here.
    Broken,
}

/// What the vendor's reference says of an organisation without production access.
pub(super) const NO_PRODUCTION: &str =
    "production access is not enabled for this organization, you must include fake providers or contact us";
/// What it says of a connection that is not there.
pub(super) const NO_CONNECTION: &str = "No connection was found";
/// What it says of an address, or of a thing without a text of its own.
pub(super) const NO_ROUTE: &str = "Route or entity not found";
/// What it says of a locked connection.
const LOCKED: &str = "This connection is locked and cant be deleted currently";

impl Refusal {
    fn parts(&self) -> (StatusCode, String) {
        let (status, message) = match self {
            Self::Fields(fields) => return (StatusCode::BAD_REQUEST, json!(fields).to_string()),
            Self::Credentials => {
                let message = json!({ "error": "access_denied", "error_description": "Unauthorized" });
                return (StatusCode::UNAUTHORIZED, message.to_string());
            }
            Self::Client(message) => (StatusCode::BAD_REQUEST, *message),
            Self::Token => (StatusCode::UNAUTHORIZED, "Unauthorized access - Invalid access token"),
            Self::Scope => (
                StatusCode::FORBIDDEN,
                "Forbidden - Access token missing the required permissions to preform this action",
            ),
            Self::Organization => (StatusCode::NOT_FOUND, "Organization not found in auth0 token"),
            Self::NotFound(message) => (StatusCode::NOT_FOUND, *message),
            Self::Method => (StatusCode::METHOD_NOT_ALLOWED, "Method not allowed"),
            Self::Locked => (StatusCode::LOCKED, LOCKED),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "Request entity too large"),
            Self::NotJson => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "Unsupported media type"),
            Self::TooMany(_) => (StatusCode::TOO_MANY_REQUESTS, "Too many requests"),
            Self::Late => (StatusCode::SERVICE_UNAVAILABLE, "SERVER_ERROR"),
            Self::Broken => (StatusCode::INTERNAL_SERVER_ERROR, "SERVER_ERROR"),
        };
        (status, message.to_owned())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, message) = self.parts();
        let kind = match self {
            Self::Late | Self::Broken => "INTERNAL_ERROR",
            _ => "CLIENT_ERROR",
        };
        let mut response = (status, Json(json!({ "type": kind, "message": message }))).into_response();
        if let Self::TooMany(seconds) = self {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if response.status() == StatusCode::UNAUTHORIZED {
            let bearer = HeaderValue::from_static("Bearer");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, bearer);
        }
        response
    }
}

impl From<TooMany> for Refusal {
    fn from(over: TooMany) -> Self {
        Self::TooMany(over.retry_after)
    }
}

impl From<Unavailable> for Refusal {
    fn from(error: Unavailable) -> Self {
        tracing::error!(%error, "the database could not be read");
        Self::Broken
    }
}

impl From<ReadError> for Refusal {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::NotFound(_) | ReadError::NotReadable(_) => Self::NotFound(NO_CONNECTION),
            ReadError::Unavailable(error) => error.into(),
        }
    }
}

impl From<DeleteError> for Refusal {
    fn from(error: DeleteError) -> Self {
        match error {
            DeleteError::Read(error) => error.into(),
            DeleteError::Unavailable(error) => {
                tracing::error!(error, "a connection could not be deleted");
                Self::Broken
            }
        }
    }
}

/// What is wrong with fields, as the vendor's validator says it.
pub(super) fn worded(wrong: &[Wrong]) -> Vec<String> {
    let word = |Wrong { path, rule }: &Wrong| match rule {
        Rule::Required => said(path, "is required"),
        Rule::Text => said(path, "must be a string"),
        Rule::Flag => said(path, "must be a boolean"),
        Rule::List => said(path, "must be an array"),
        Rule::Object => said(path, "must be of type object"),
        Rule::OneOf(words) => said(path, &format!("must be one of [{}]", words.join(", "))),
    };
    wrong.iter().map(word).collect()
}

/// One thing that is wrong with a field.
pub(super) fn said(field: &str, what: &str) -> String {
    format!("\"{field}\" {what}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_what_is_wrong_is_a_text() {
        let wrong = [Wrong {
            path: "clientSecret".to_owned(),
            rule: Rule::Required,
        }];
        // The vendor's own example (docs.open-finance.ai, "Payment creation using Open-Finance UI").
        let said = json!({ "type": "CLIENT_ERROR", "message": Refusal::Fields(worded(&wrong)).parts().1 });
        let vendors = r#"{"type":"CLIENT_ERROR","message":"[\"\\\"clientSecret\\\" is required\"]"}"#;
        assert_eq!(said, serde_json::from_str::<serde_json::Value>(vendors).unwrap());
    }
}
