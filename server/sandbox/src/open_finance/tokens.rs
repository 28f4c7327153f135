//! `POST /oauth/token`, and who an access token is.
//!
//! A token is a JSON Web Token. What it says beside `exp` is ours; a caller that reads `expiresIn` as milliseconds comes back early.

use super::refusal::Refusal;
use super::{CLIENT_ID, CLIENT_SECRET, OpenFinance, READING_CLIENT_ID, READING_CLIENT_SECRET, TRIAL_CLIENT_ID, TRIAL_CLIENT_SECRET};
use axum::Json;
use axum::extract::State;
use data_encoding::BASE64URL_NOPAD;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// How long a token lasts, in seconds: the guide's example.
const LASTS: i64 = 86_400;
/// Bytes of a block of SHA-256.
const BLOCK: usize = 64;

const ALL: &[&str] = &[
    "read:transactions",
    "read:accounts",
    "read:connections",
    "create:connections",
    "update:connections",
    "delete:connections",
    "read:providers",
];
const READING: &[&str] = &["read:transactions", "read:accounts", "read:connections"];

/// A client of the vendor.
pub(super) struct Client {
    id: &'static str,
    secret: &'static str,
    scopes: &'static [&'static str],
    /// The organisation's id.
    pub(super) org: &'static str,
    /// The organisation's name.
    pub(super) name: &'static str,
    /// Whether real providers are open to it.
    pub(super) production: bool,
}

static CLIENTS: [Client; 3] = [
    Client {
        id: CLIENT_ID,
        secret: CLIENT_SECRET,
        scopes: ALL,
        org: "org-sandbox",
        name: "Sandbox Organisation",
        production: true,
    },
    Client {
        id: TRIAL_CLIENT_ID,
        secret: TRIAL_CLIENT_SECRET,
        scopes: ALL,
        org: "org-trial",
        name: "Trial Organisation",
        production: false,
    },
    Client {
        id: READING_CLIENT_ID,
        secret: READING_CLIENT_SECRET,
        scopes: READING,
        org: "org-sandbox",
        name: "Sandbox Organisation",
        production: true,
    },
];

/// Who calls: a user of an organisation.
pub(super) struct Caller {
    pub(super) client: &'static Client,
    pub(super) user: String,
}

/// HMAC with SHA-256 (RFC 2104).
fn hmac(key: &[u8; 32], text: &[u8]) -> [u8; 32] {
    let pad = |with: u8| {
        let mut block = [with; BLOCK];
        block.iter_mut().zip(key).for_each(|(byte, key)| *byte ^= key);
        block
    };
    let inner = Sha256::new().chain_update(pad(0x36)).chain_update(text).finalize();
    Sha256::new().chain_update(pad(0x5c)).chain_update(inner).finalize().into()
}

fn signature(key: &[u8; 32], said: &str) -> String {
    BASE64URL_NOPAD.encode(&hmac(key, said.as_bytes()))
}

impl OpenFinance {
    /// A token for a user.
    fn token(&self, client: &Client, user: &str) -> String {
        let now = self.now().0.div_euclid(1_000_000);
        let part = |value: Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
        let claims = json!({
            "iss": format!("{}/", self.url),
            "sub": format!("{}@clients", client.id),
            "aud": format!("{}/v2", self.url),
            "iat": now,
            "exp": now + LASTS,
            "scope": client.scopes.join(" "),
            "orgId": client.org,
            "userId": user,
        });
        let said = format!("{}.{}", part(json!({"alg": "HS256", "typ": "JWT"})), part(claims));
        let signature = signature(&self.key, &said);
        format!("{said}.{signature}")
    }

    fn read(&self, token: &str) -> Option<Caller> {
        let (said, signed) = token.rsplit_once('.')?;
        // Compared as digests, so that the time it takes says nothing about the signature.
        if Sha256::digest(signed) != Sha256::digest(signature(&self.key, said)) {
            return None;
        }
        let claims = BASE64URL_NOPAD.decode(said.split_once('.')?.1.as_bytes()).ok()?;
        let claims: Value = serde_json::from_slice(&claims).ok()?;
        let now = self.now().0.div_euclid(1_000_000);
        let subject = claims["sub"].as_str()?.strip_suffix("@clients")?;
        let client = CLIENTS.iter().find(|client| client.id == subject)?;
        (claims["exp"].as_i64()? > now).then(|| Caller {
            client,
            user: claims["userId"].as_str().unwrap_or_default().to_owned(),
        })
    }

    /// Who calls, if they may.
    pub(super) fn caller(&self, headers: &HeaderMap, scope: &str) -> Result<Caller, Refusal> {
        self.settle();
        let header = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let (scheme, token) = header.and_then(|value| value.split_once(' ')).ok_or(Refusal::Token)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(Refusal::Token);
        }
        let caller = self.read(token.trim()).ok_or(Refusal::Token)?;
        if caller.client.scopes.contains(&scope) {
            Ok(caller)
        } else {
            Err(Refusal::Scope)
        }
    }
}

/// `POST /oauth/token`
pub(super) async fn issue(State(vendor): State<Arc<OpenFinance>>, body: String) -> Result<Json<Value>, Refusal> {
    let body: Value = serde_json::from_str(&body).unwrap_or_default();
    let mut wrong = Vec::new();
    let mut field = |name: &str| match body.get(name).map(|value| (value.as_str(), value)) {
        None => {
            wrong.push(format!("\"{name}\" is required"));
            String::new()
        }
        Some((Some(text), _)) if !text.is_empty() => text.to_owned(),
        Some((Some(_), _)) => {
            wrong.push(format!("\"{name}\" is not allowed to be empty"));
            String::new()
        }
        Some((None, _)) => {
            wrong.push(format!("\"{name}\" must be a string"));
            String::new()
        }
    };
    let (user, id, secret) = (field("userId"), field("clientId"), field("clientSecret"));
    if !wrong.is_empty() {
        return Err(Refusal::Fields(wrong));
    }
    let known = |client: &&Client| client.id == id && Sha256::digest(client.secret) == Sha256::digest(&secret);
    let client = CLIENTS.iter().find(known).ok_or(Refusal::Credentials)?;
    Ok(Json(json!({
        "accessToken": vendor.token(client, &user),
        "tokenType": "Bearer",
        "expiresIn": LASTS,
    })))
}

#[cfg(test)]
mod tests {
    use super::*;
    use data_encoding::HEXLOWER;

    #[test]
    fn the_signature_is_hmac_with_sha_256() {
        // RFC 4231, test case 2, its key filled up with zeros, which HMAC does itself.
        let mut key = [0; 32];
        key[..4].copy_from_slice(b"Jefe");
        assert_eq!(
            HEXLOWER.encode(&hmac(&key, b"what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }
}
