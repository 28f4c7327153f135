//! What every answer is wrapped in, and what an error is called.

use crate::core::Core;
use crate::http::compat::fields::{Rule, Wrong};
use crate::limits::TooMany;
use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use gesher_domain::new_uuid;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// An error's name. Those that the vendor documents come with status 400; the others are ours, where it says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Code {
    /// The body is not what it has to be.
    RequestValidate,
    /// There is no such payment, or none that this link or token opens.
    PaymentNotFound,
    /// The payment, or its link step, is past that.
    PaymentStatus,
    /// Plaid refuses, or what came from a page is not of this session's Link.
    Plaid,
    /// The session has no access that could be asked for anything.
    PlaidAccessToken,
    /// Plaid cannot be reached, or is not set up.
    PlaidUnavailable,
    /// The merchant is not known by this token.
    MerchantNotFound,
    /// Ours: `x-connectfi-jwtoken` is missing, not one of ours, over, or its session is.
    Unauthorized,
    /// Ours: there is nothing at this address.
    NotFound,
    /// Ours: the address takes another method.
    MethodNotAllowed,
    /// Ours: the body is too large.
    TooLarge,
    /// Ours: over a limit of requests.
    TooManyRequests,
    /// Ours: it took too long.
    TimedOut,
    /// Ours: something here is broken.
    Internal,
}

impl Code {
    const fn said(self) -> (StatusCode, &'static str, &'static str) {
        const BAD: StatusCode = StatusCode::BAD_REQUEST;
        match self {
            Self::RequestValidate => (BAD, "requestValidateError", "The request is not valid."),
            Self::PaymentNotFound => (BAD, "paymentNotFound", "There is no such payment."),
            Self::PaymentStatus => (BAD, "paymentStatus", "The payment is not in a status that allows this."),
            Self::Plaid => (BAD, "plaid", "Plaid refused the request."),
            Self::PlaidAccessToken => (BAD, "plaidAccessToken", "No bank account is linked in this session."),
            Self::PlaidUnavailable => (BAD, "plaidUnavailable", "Plaid is not available."),
            Self::MerchantNotFound => (BAD, "merchantNotFound", "The merchant is not known."),
            Self::Unauthorized => (
                StatusCode::UNAUTHORIZED,
                "unauthorized",
                "The token in x-connectfi-jwtoken opens nothing.",
            ),
            Self::NotFound => (StatusCode::NOT_FOUND, "notFound", "There is nothing at this address."),
            Self::MethodNotAllowed => (StatusCode::METHOD_NOT_ALLOWED, "methodNotAllowed", "This address takes POST."),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "requestTooLarge", "The body is too large."),
            Self::TooManyRequests => (
                StatusCode::TOO_MANY_REQUESTS,
                "tooManyRequests",
                "Too many requests in too short a time.",
            ),
            Self::TimedOut => (StatusCode::SERVICE_UNAVAILABLE, "timedOut", "The request took too long."),
            Self::Internal => (
                StatusCode::SERVICE_UNAVAILABLE,
                "internalError",
                "This cannot be done at the moment.",
            ),
        }
    }
}

/// A request that is refused.
#[derive(Debug)]
pub(super) struct Refusal {
    code: Code,
    context: Value,
    retry_after: Option<u64>,
}

impl Refusal {
    /// With nothing more to say.
    pub(super) fn of(code: Code) -> Self {
        Self::with(code, json!({}))
    }

    /// With what goes with it.
    pub(super) const fn with(code: Code, context: Value) -> Self {
        Self {
            code,
            context,
            retry_after: None,
        }
    }

    /// Something of ours is broken.
    pub(super) fn broken(error: &dyn std::fmt::Display) -> Self {
        tracing::error!(%error, "a request of ConnectFi's API could not be answered");
        Self::of(Code::Internal)
    }

    /// All that is wrong with a body.
    pub(super) fn invalid(errors: Vec<Value>) -> Self {
        Self::with(Code::RequestValidate, Value::Array(errors))
    }
}

impl From<TooMany> for Refusal {
    fn from(over: TooMany) -> Self {
        Self {
            retry_after: Some(over.retry_after),
            ..Self::of(Code::TooManyRequests)
        }
    }
}

impl From<crate::store::Unavailable> for Refusal {
    fn from(error: crate::store::Unavailable) -> Self {
        Self::broken(&error)
    }
}

/// A body that still gets its request's id.
#[derive(Clone)]
struct Said(Map<String, Value>);

fn envelope(status: StatusCode, body: Value) -> Response {
    let mut response = status.into_response();
    if let Value::Object(body) = body {
        response.extensions_mut().insert(Said(body));
    }
    response
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, code, message) = self.code.said();
        let mut response = envelope(status, json!({ "code": code, "context": self.context, "message": message }));
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::METHOD_NOT_ALLOWED {
            response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
        }
        response
    }
}

/// What was asked for.
pub(super) struct Data(pub(super) Value);

impl IntoResponse for Data {
    fn into_response(self) -> Response {
        envelope(StatusCode::OK, json!({ "code": "0", "data": self.0 }))
    }
}

/// Puts a request's id into its answer: 32 hexadecimal digits.
pub(super) async fn stamped(State(core): State<Arc<Core>>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let Some(Said(mut body)) = response.extensions_mut().remove::<Said>() else {
        return response;
    };
    let id = format!("{:032x}", new_uuid(&*core.clock, &*core.rng));
    body.insert("requestId".to_owned(), id.into());
    let (parts, _) = response.into_parts();
    let mut said = (parts.status, Json(body)).into_response();
    said.headers_mut().extend(parts.headers);
    said.headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    said
}

/// A broken rule as Ajv words it; `path` has points between names and places in brackets.
fn broken_rule(path: &str, keyword: &str, params: Value, message: String) -> Value {
    let pointer: String = match path {
        "" => String::new(),
        path => path
            .split('.')
            .map(|part| format!("/{}", part.replace('[', "/").replace(']', "")))
            .collect(),
    };
    let schema = match path {
        "" => format!("#/{keyword}"),
        path => {
            let within = path.split('.').map(|part| match part.split_once('[') {
                Some((name, _)) => format!("/properties/{name}/items"),
                None => format!("/properties/{part}"),
            });
            format!("#{}/{keyword}", within.collect::<String>())
        }
    };
    json!({ "instancePath": pointer, "schemaPath": schema, "keyword": keyword, "params": params, "message": message })
}

/// A field that has to be of this type.
pub(super) fn wrong_type(path: &str, wanted: &str) -> Value {
    broken_rule(path, "type", json!({ "type": wanted }), format!("must be {wanted}"))
}

/// A text that does not match.
pub(super) fn wrong_pattern(path: &str, pattern: &str) -> Value {
    broken_rule(
        path,
        "pattern",
        json!({ "pattern": pattern }),
        format!("must match pattern \"{pattern}\""),
    )
}

/// A text that is too long.
pub(super) fn too_long(path: &str, limit: usize) -> Value {
    broken_rule(
        path,
        "maxLength",
        json!({ "limit": limit }),
        format!("must NOT have more than {limit} characters"),
    )
}

/// A field that breaks a rule.
pub(super) fn worded(Wrong { path, rule }: Wrong) -> Value {
    match rule {
        Rule::Required => {
            let (parent, name) = path.rsplit_once('.').unwrap_or(("", &path));
            let message = format!("must have required property '{name}'");
            broken_rule(parent, "required", json!({ "missingProperty": name }), message)
        }
        Rule::Text => wrong_type(&path, "string"),
        Rule::Flag => wrong_type(&path, "boolean"),
        Rule::List => wrong_type(&path, "array"),
        Rule::Object => wrong_type(&path, "object"),
        Rule::OneOf(words) => {
            let message = "must be equal to one of the allowed values".to_owned();
            broken_rule(&path, "enum", json!({ "allowedValues": words }), message)
        }
    }
}

/// The body, as far as it came.
///
/// # Errors
/// It is too large, or did not come whole.
pub(super) fn whole(body: Result<Bytes, BytesRejection>) -> Result<Bytes, Refusal> {
    body.map_err(|rejected| match rejected.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Refusal::of(Code::TooLarge),
        _ => Refusal::invalid(vec![wrong_type("", "object")]),
    })
}

/// The body as a JSON object.
///
/// # Errors
/// It says to be something else, or is none.
pub(super) fn object(headers: &HeaderMap, body: &[u8]) -> Result<Map<String, Value>, Refusal> {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let is_json = kind
        .split(';')
        .next()
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"));
    match serde_json::from_slice(body) {
        Ok(Value::Object(object)) if is_json => Ok(object),
        _ => Err(Refusal::invalid(vec![wrong_type("", "object")])),
    }
}
