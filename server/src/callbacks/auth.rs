//! What opens a host's receiver.

use crate::outbound::guard::{Failed, Guard};
use data_encoding::BASE64;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize, Serializer};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Headers that are ours to set, or the connection's.
const OURS: [&str; 10] = [
    "host",
    "connection",
    "content-length",
    "content-type",
    "content-encoding",
    "transfer-encoding",
    "te",
    "trailer",
    "upgrade",
    "user-agent",
];

/// What opens the receiver.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Auth {
    /// Nothing.
    #[default]
    None,
    /// HTTP Basic.
    Basic(Basic),
    /// An access token that the sender gets by OAuth 2 client credentials, anew for each try.
    Oauth(Oauth),
    /// Headers of the host's own.
    #[schema(value_type = BTreeMap<String, String>)]
    Headers(Headers),
}

/// HTTP Basic.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Basic {
    /// 1 to 200 characters without a colon.
    pub username: String,
    /// 1 to 500 characters.
    #[schema(value_type = String)]
    #[serde(serialize_with = "exposed")]
    pub password: SecretString,
}

/// OAuth 2 client credentials (RFC 6749, section 4.4). The client is named by HTTP Basic.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Oauth {
    /// Where tokens are given out.
    pub token_url: String,
    /// 1 to 200 characters.
    pub client_id: String,
    /// 1 to 500 characters.
    #[schema(value_type = String)]
    #[serde(serialize_with = "exposed")]
    pub client_secret: SecretString,
    /// At most 500 characters.
    pub scope: Option<String>,
    /// At most 500 characters.
    pub audience: Option<String>,
}

/// Headers by name.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(transparent)]
pub struct Headers(#[serde(serialize_with = "all_exposed")] pub BTreeMap<String, SecretString>);

fn exposed<S: Serializer>(secret: &SecretString, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(secret.expose_secret())
}

fn all_exposed<S: Serializer>(headers: &BTreeMap<String, SecretString>, to: S) -> Result<S::Ok, S::Error> {
    to.collect_map(headers.iter().map(|(name, value)| (name, value.expose_secret())))
}

/// An auth is not what it has to be: at this place in it.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {rule}")]
pub struct AuthError {
    /// The field, below `auth`.
    pub field: String,
    /// What it has to be.
    pub rule: &'static str,
}

fn text(field: &str, text: &str, most: usize) -> Result<(), AuthError> {
    if (1..=most).contains(&text.chars().count()) && !text.chars().any(char::is_control) {
        Ok(())
    } else {
        Err(AuthError {
            field: field.to_owned(),
            rule: "is a text of the length that is given for it, without control characters",
        })
    }
}

impl Auth {
    /// Checks all of it but that `token_url` can be used.
    ///
    /// # Errors
    /// [`AuthError`].
    pub fn check(&self) -> Result<(), AuthError> {
        match self {
            Self::None => Ok(()),
            Self::Basic(basic) => {
                if basic.username.contains(':') {
                    let (field, rule) = ("basic.username".to_owned(), "has no colon");
                    return Err(AuthError { field, rule });
                }
                text("basic.username", &basic.username, 200)?;
                text("basic.password", basic.password.expose_secret(), 500)
            }
            Self::Oauth(oauth) => {
                text("oauth.client_id", &oauth.client_id, 200)?;
                text("oauth.client_secret", oauth.client_secret.expose_secret(), 500)?;
                for (field, value) in [("oauth.scope", &oauth.scope), ("oauth.audience", &oauth.audience)] {
                    value.as_deref().map_or(Ok(()), |value| text(field, value, 500))?;
                }
                Ok(())
            }
            Self::Headers(headers) => check_headers(&headers.0),
        }
    }

    /// What is sealed of it; nothing when nothing opens the receiver.
    pub(super) fn to_be_sealed(&self) -> Option<Vec<u8>> {
        match self {
            Self::None => None,
            some => serde_json::to_vec(some).ok(),
        }
    }

    /// Puts it into a request, getting a token first where it takes one.
    pub(super) async fn put(&self, guard: &Guard, headers: &mut HeaderMap) -> Result<(), NoToken> {
        match self {
            Self::None => {}
            Self::Basic(basic) => {
                headers.insert(AUTHORIZATION, basic_value(&basic.username, basic.password.expose_secret())?);
            }
            Self::Oauth(oauth) => {
                let token = oauth.token(guard).await?;
                headers.insert(AUTHORIZATION, secret_value(&format!("Bearer {}", token.expose_secret()))?);
            }
            Self::Headers(own) => {
                for (name, value) in &own.0 {
                    let name = HeaderName::try_from(name).map_err(|_| NoToken::Unusable)?;
                    headers.insert(name, secret_value(value.expose_secret())?);
                }
            }
        }
        Ok(())
    }
}

fn check_headers(headers: &BTreeMap<String, SecretString>) -> Result<(), AuthError> {
    let refuse = |field: String, rule| Err(AuthError { field, rule });
    if headers.is_empty() || headers.len() > 20 {
        return refuse("headers".to_owned(), "has 1 to 20 headers");
    }
    for (name, value) in headers {
        let value = value.expose_secret();
        let known = HeaderName::try_from(name).ok().filter(|known| !OURS.contains(&known.as_str()));
        if known.is_none() || name.len() > 100 {
            return refuse("headers".to_owned(), "names headers that a host can set, of at most 100 characters");
        }
        let visible = |byte: u8| (b' '..=b'~').contains(&byte);
        if value.is_empty() || value.len() > 2000 || value.trim() != value || !value.bytes().all(visible) {
            return refuse(format!("headers.{name}"), "is 1 to 2000 visible ASCII characters");
        }
    }
    Ok(())
}

/// There is nothing to send with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum NoToken {
    /// What is kept makes no header.
    #[error("the auth cannot be used")]
    Unusable,
    /// The token's address does not answer.
    #[error(transparent)]
    Unanswered(#[from] Failed),
    /// It answers, and gives none.
    #[error("no token was given")]
    Refused,
}

impl NoToken {
    /// Stable name.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Unusable => "auth_unusable",
            Self::Unanswered(_) => "token_unanswered",
            Self::Refused => "token_refused",
        }
    }
}

fn secret_value(text: &str) -> Result<HeaderValue, NoToken> {
    let mut value = HeaderValue::from_str(text).map_err(|_| NoToken::Unusable)?;
    value.set_sensitive(true);
    Ok(value)
}

fn basic_value(name: &str, secret: &str) -> Result<HeaderValue, NoToken> {
    secret_value(&format!("Basic {}", BASE64.encode(format!("{name}:{secret}").as_bytes())))
}

#[derive(Deserialize)]
struct Given {
    access_token: SecretString,
    token_type: String,
}

impl Oauth {
    fn request(&self) -> String {
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        body.append_pair("grant_type", "client_credentials");
        for (name, value) in [("scope", &self.scope), ("audience", &self.audience)] {
            if let Some(value) = value {
                body.append_pair(name, value);
            }
        }
        body.finish()
    }

    async fn token(&self, guard: &Guard) -> Result<SecretString, NoToken> {
        let form = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        let client = basic_value(&form(&self.client_id), &form(self.client_secret.expose_secret()))?;
        headers.insert(AUTHORIZATION, client);
        let (answer, body) = guard.ask(&self.token_url, headers, self.request().into()).await?;
        let given: Option<Given> = serde_json::from_slice(&body).ok();
        given
            .filter(|given| answer.status.is_success() && given.token_type.eq_ignore_ascii_case("bearer"))
            .map(|given| given.access_token)
            .ok_or(NoToken::Refused)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(json: &str) -> Option<String> {
        let auth: Auth = serde_json::from_str(json).unwrap();
        auth.check().err().map(|error| error.field)
    }

    #[test]
    fn what_opens_a_receiver_is_checked_field_by_field() {
        for (json, field) in [
            (r#""none""#, None),
            (r#"{"basic":{"username":"u","password":"p"}}"#, None),
            (r#"{"basic":{"username":"u:v","password":"p"}}"#, Some("basic.username")),
            (r#"{"basic":{"username":"u","password":""}}"#, Some("basic.password")),
            (
                r#"{"oauth":{"token_url":"x","client_id":"","client_secret":"s"}}"#,
                Some("oauth.client_id"),
            ),
            (
                r#"{"oauth":{"token_url":"x","client_id":"c","client_secret":"s","scope":""}}"#,
                Some("oauth.scope"),
            ),
            (r#"{"headers":{"x-api-key":"k","Authorization":"Token t"}}"#, None),
            (r#"{"headers":{}}"#, Some("headers")),
            (r#"{"headers":{"Host":"bank"}}"#, Some("headers")),
            (r#"{"headers":{"a b":"c"}}"#, Some("headers")),
            (r#"{"headers":{"x-a":"b\r\nx-c: d"}}"#, Some("headers.x-a")),
        ] {
            assert_eq!(refusal(json).as_deref(), field, "{json}");
        }
    }

    #[test]
    fn it_is_sealed_whole_and_printed_by_nothing() {
        let json = r#"{"oauth":{"token_url":"https://t.example/","client_id":"c","client_secret":"hush","scope":null,"audience":null}}"#;
        let auth: Auth = serde_json::from_str(json).unwrap();
        assert!(!format!("{auth:?}").contains("hush"));
        assert_eq!(auth.to_be_sealed().unwrap(), json.as_bytes());
        let headers: Auth = serde_json::from_str(r#"{"headers":{"x-key":"hush"}}"#).unwrap();
        assert!(!format!("{headers:?}").contains("hush"));
        assert_eq!(headers.to_be_sealed().unwrap(), br#"{"headers":{"x-key":"hush"}}"#);
    }
}
