//! A customer's token: a JWT (RFC 7519) with HS256, of the shape that the vendor's sample has. It lives an hour.
//!
//! **Contract.** The key follows from the master key and signs nothing else. Only HS256 is believed, only before `exp`, and only a token
//! whose claims are exactly those that were made here. Whether the session behind it still lives is the caller's to ask.

use crate::core::Core;
use data_encoding::BASE64URL_NOPAD;
use gesher_contract::{ConnectionId, SessionId};
use serde::{Deserialize, Serialize};

/// Seconds that a token lives.
pub(super) const LASTS: i64 = 3600;
/// Longest token that is looked at.
const LONGEST: usize = 1024;
/// What stands first in every token.
const HEAD: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

/// What a token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Claims {
    c_fi_transaction_id: String,
    c_fi_session_id: String,
    iat: i64,
    exp: i64,
}

#[derive(Deserialize)]
struct Head {
    alg: String,
}

/// The vendor's name for a connection: at most 36 letters and digits, so without what ours begins with.
pub(super) fn transaction_id(connection: &str) -> &str {
    bare(connection, ConnectionId::PREFIX)
}

/// The vendor's name for a session, made alike.
pub(super) fn session_id(session: &str) -> &str {
    bare(session, SessionId::PREFIX)
}

fn bare<'a>(id: &'a str, prefix: &str) -> &'a str {
    id.strip_prefix(prefix).unwrap_or(id)
}

/// Makes a token for this session of this connection.
pub(super) fn make(core: &Core, connection: &str, session: &str) -> String {
    let now = core.clock.now().0.div_euclid(1_000_000);
    let claims = Claims {
        c_fi_transaction_id: transaction_id(connection).to_owned(),
        c_fi_session_id: session_id(session).to_owned(),
        iat: now,
        exp: now + LASTS,
    };
    let claims = serde_json::to_vec(&claims).unwrap_or_default();
    let signed = format!("{}.{}", BASE64URL_NOPAD.encode(HEAD.as_bytes()), BASE64URL_NOPAD.encode(&claims));
    let signature = core.keyring.sign_token(signed.as_bytes());
    format!("{signed}.{}", BASE64URL_NOPAD.encode(&signature))
}

/// Which session of which connection a token opens; nothing where it is none of ours, or past its time.
pub(super) fn read(core: &Core, token: &str) -> Option<(ConnectionId, SessionId)> {
    let parts: Vec<&str> = Some(token).filter(|token| token.len() <= LONGEST)?.split('.').collect();
    let [head, claims, signature] = parts[..] else { return None };
    let plain = |part: &str| BASE64URL_NOPAD.decode(part.as_bytes()).ok();
    let Head { alg } = serde_json::from_slice(&plain(head)?).ok()?;
    let signed = token.rsplit_once('.').map(|(signed, _)| signed)?;
    if alg != "HS256" || !core.keyring.signed_token(signed.as_bytes(), &plain(signature)?) {
        return None;
    }
    let claims: Claims = serde_json::from_slice(&plain(claims)?).ok()?;
    if core.clock.now().0 >= claims.exp.saturating_mul(1_000_000) {
        return None;
    }
    let connection = ConnectionId::parse(&format!("{}{}", ConnectionId::PREFIX, claims.c_fi_transaction_id)).ok()?;
    let session = SessionId::parse(&format!("{}{}", SessionId::PREFIX, claims.c_fi_session_id)).ok()?;
    (connection.tenant() == session.tenant()).then_some((connection, session))
}
