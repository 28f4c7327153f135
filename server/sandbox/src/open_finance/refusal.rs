//! How the vendor refuses: `{type, message}`. Where the reference gives no body, the body is its description of the status.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::header::RETRY_AFTER;
use http::{HeaderValue, StatusCode};
use serde_json::json;

/// Why a call is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// These fields do not fit. The message is a list in JSON, as a text.
    Fields(Vec<String>),
    /// The call does not fit, for this reason.
    Client(&'static str),
    /// Client and secret are not known together.
    Credentials,
    /// The access token is none, is over, or is missing.
    Token,
    /// The access token lacks the scope.
    Scope,
    /// There is no such thing.
    NotFound(&'static str),
    /// A refresh holds the connection.
    Locked,
    /// Too many calls. The reference does not know this answer.
    TooMany,
    /// Something broke.
    Broken,
}

/// What the reference says about a locked connection.
const LOCKED: &str = "This connection is locked and cant be deleted currently. If you have big-query enabled, you can only delete \
                      connections that were created at least 90 minutes ago";

impl Refusal {
    fn parts(&self) -> (StatusCode, &'static str, String) {
        let client = "CLIENT_ERROR";
        match self {
            Self::Fields(fields) => (StatusCode::BAD_REQUEST, client, json!(fields).to_string()),
            Self::Client(message) => (StatusCode::BAD_REQUEST, client, (*message).to_owned()),
            Self::Credentials => {
                let message = json!({"error": "access_denied", "error_description": "Unauthorized"});
                (StatusCode::UNAUTHORIZED, client, message.to_string())
            }
            Self::Token => (
                StatusCode::UNAUTHORIZED,
                client,
                "Unauthorized access - Invalid access token".to_owned(),
            ),
            Self::Scope => (
                StatusCode::FORBIDDEN,
                client,
                "Forbidden - Access token missing the required permissions to preform this action".to_owned(),
            ),
            Self::NotFound(message) => (StatusCode::NOT_FOUND, client, (*message).to_owned()),
            Self::Locked => (StatusCode::LOCKED, client, LOCKED.to_owned()),
            Self::TooMany => (StatusCode::TOO_MANY_REQUESTS, client, "Too many requests".to_owned()),
            Self::Broken => (StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL_ERROR", "SERVER_ERROR".to_owned()),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, kind, message) = self.parts();
        let mut response = (status, Json(json!({ "type": kind, "message": message }))).into_response();
        if self == Self::TooMany {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}
