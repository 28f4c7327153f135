//! A JSON body, read strictly: an unknown field or a wrong type is a 422 that names the field's path.

use super::problem::Problem;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{StatusCode, header};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

/// A JSON body of type `T`, with the bytes that it came as (an idempotency key is bound to them).
pub struct Strict<T> {
    /// The value.
    pub value: T,
    /// The body as it came.
    pub raw: Bytes,
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Strict<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let json = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| {
                value
                    .split(';')
                    .next()
                    .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
            });
        if !json {
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "not_json",
                "Send the body as application/json.",
            ));
        }
        let raw = bytes(request, state).await?;
        Ok(Self { value: parse(&raw)?, raw })
    }
}

/// The body, as far as the address takes it.
pub(super) async fn bytes<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Problem> {
    Bytes::from_request(request, state)
        .await
        .map_err(|rejection| match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Problem::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "body_too_large",
                "The body is larger than this address takes.",
            ),
            status => Problem::new(status, "body_unreadable", "The body could not be read."),
        })
}

/// Reads a value, or says which field is wrong.
pub(super) fn parse<T: DeserializeOwned>(raw: &[u8]) -> Result<T, Problem> {
    let mut reader = serde_json::Deserializer::from_slice(raw);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        let inner = error.inner();
        if inner.is_data() {
            let text = inner.to_string();
            let unknown = text.starts_with("unknown field");
            let missing = text.strip_prefix("missing field `").and_then(|rest| rest.split('`').next());
            let field = match (missing, path.as_str()) {
                (Some(missing), ".") => missing.to_owned(),
                (Some(missing), _) => format!("{path}.{missing}"),
                (None, _) => path,
            };
            let what = text.split(" at line").next().unwrap_or_default().to_owned();
            let code = if unknown { "unknown_field" } else { "invalid_field" };
            Problem::invalid(code, field, format!("The body does not fit: {what}."))
        } else {
            Problem::new(StatusCode::BAD_REQUEST, "malformed_json", "The body is not JSON.")
        }
    })?;
    reader
        .end()
        .map_err(|_| Problem::new(StatusCode::BAD_REQUEST, "malformed_json", "The body goes on after the JSON value."))?;
    Ok(value)
}

/// A field that may be absent, null, or there: for changes, where null takes away.
///
/// # Errors
/// The value is of another type.
pub(super) fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(value: D) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(value).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Outer {
        #[expect(dead_code, reason = "only its reading is tested")]
        inner: Inner,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        #[expect(dead_code, reason = "only its reading is tested")]
        name: String,
    }

    fn refusal(body: &str) -> (u16, &'static str, Option<String>) {
        let problem = parse::<Outer>(body.as_bytes()).expect_err("refused");
        (problem.status, problem.code, problem.field)
    }

    #[test]
    fn an_unknown_field_is_named_with_its_path() {
        assert_eq!(
            refusal(r#"{"inner":{"name":"a","nmae":1}}"#),
            (422, "unknown_field", Some("inner.nmae".into()))
        );
        assert_eq!(refusal(r#"{"other":1}"#), (422, "unknown_field", Some("other".into())));
    }

    #[test]
    fn a_missing_or_mistyped_field_is_named_with_its_path() {
        assert_eq!(refusal(r#"{"inner":{}}"#), (422, "invalid_field", Some("inner.name".into())));
        assert_eq!(refusal("{}"), (422, "invalid_field", Some("inner".into())));
        assert_eq!(
            refusal(r#"{"inner":{"name":7}}"#),
            (422, "invalid_field", Some("inner.name".into()))
        );
    }

    #[test]
    fn what_is_not_json_is_a_400() {
        assert_eq!(refusal("{"), (400, "malformed_json", None));
        assert_eq!(refusal(r#"{"inner":{"name":"a"}} x"#), (400, "malformed_json", None));
    }
}
