//! Plaid's webhooks (<https://plaid.com/docs/api/webhooks/webhook-verification/>): a JWT in `Plaid-Verification` says by whom and over
//! which body.
//!
//! **Contract.** Nothing of a body is believed before its JWT is: ES256 and nothing else, with a key that Plaid names by its id, not
//! older than five minutes, over these very bytes. Keys are kept by tenant's client and id, for a day, and so is for a minute that
//! there is no key of an id: who makes up ids does not have us ask Plaid for each call.

use super::client::Client;
use super::codes::{Trouble, problem};
use super::moment;
use super::state::{Access, State};
use super::wire;
use crate::providers::{Held, Hook, HookRefused, News};
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use gesher_contract::Reason;
use gesher_domain::Timestamp;
use gesher_domain::connection::FetchProblem;
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use subtle::ConstantTimeEq as _;

/// How old a JWT may be, in seconds.
const OLDEST: i64 = 5 * 60;
/// How much our clocks may differ, in seconds.
const AHEAD: i64 = 60;
/// How long a key is used before it is asked for again: Plaid marks keys that expired.
const KEPT: Duration = Duration::from_secs(24 * 3600);
/// How long it is believed that there is no key of an id.
const MISSED: Duration = Duration::from_secs(60);
/// Most keys that are kept.
const MOST: usize = 64;
/// Longest JWT and key id.
const LONGEST: usize = 2048;
const LONGEST_ID: usize = 128;
/// How long after `PENDING_DISCONNECT` an item stops working.
const DISCONNECT_AFTER: Duration = Duration::from_secs(7 * 24 * 3600);

/// A point of the curve, uncompressed.
type Point = [u8; 65];

/// Base address and client, and the key's id.
type Name = (String, String);

/// What is known of an id.
struct Learnt {
    /// Nothing where there is no key of it.
    point: Option<Point>,
    at: Timestamp,
}

/// Keys of webhooks.
#[derive(Default)]
pub struct Keys(Mutex<HashMap<Name, Learnt>>);

impl Keys {
    fn find(&self, key: &Name, now: Timestamp) -> Option<Option<Point>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Learnt { point, at } = kept.get(key)?;
        let lasts = if point.is_some() { KEPT } else { MISSED };
        (now < at.plus(lasts)).then_some(*point)
    }

    fn keep(&self, key: Name, point: Option<Point>, now: Timestamp) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST {
            // What was learnt first goes.
            let oldest = kept.iter().min_by_key(|(_, learnt)| learnt.at).map(|(key, _)| key.clone());
            oldest.and_then(|key| kept.remove(&key));
        }
        kept.insert(key, Learnt { point, at: now });
    }
}

#[derive(Deserialize)]
struct Head {
    alg: String,
    kid: String,
}

#[derive(Deserialize)]
struct Claims {
    iat: i64,
    request_body_sha256: String,
}

fn part<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, HookRefused> {
    let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).map_err(|_| HookRefused::Unreadable)?;
    serde_json::from_slice(&bytes).map_err(|_| HookRefused::Unreadable)
}

/// The point of a key that is of the one kind that is taken.
fn point(key: &wire::Key, id: &str) -> Option<Point> {
    let fits = key.alg == "ES256" && key.crv == "P-256" && key.kty == "EC" && key.kid == id && key.expired_at.is_none();
    let coordinate = |text: &str| BASE64URL_NOPAD.decode(text.trim_end_matches('=').as_bytes()).ok();
    let (x, y) = coordinate(&key.x).zip(coordinate(&key.y)).filter(|_| fits)?;
    let mut point = vec![4];
    point.extend(x);
    point.extend(y);
    point.try_into().ok()
}

impl Client<'_> {
    async fn key(&self, keys: &Keys, id: &str) -> Result<Point, HookRefused> {
        let name = (format!("{} {}", self.base, self.id), id.to_owned());
        if let Some(known) = keys.find(&name, self.cx.now) {
            return known.ok_or(HookRefused::WrongSignature);
        }
        let found = match self
            .read::<wire::KeyAnswer>("webhook_verification_key/get", &json!({ "key_id": id }))
            .await
        {
            Ok(answer) => point(&answer.key, id),
            Err(Trouble::Refused(error)) if error.error_type == "INVALID_INPUT" || error.error_type == "INVALID_REQUEST" => None,
            Err(_) => return Err(HookRefused::Unavailable),
        };
        keys.keep(name, found, self.cx.now);
        found.ok_or(HookRefused::WrongSignature)
    }

    /// Whether Plaid sent this body, now.
    pub async fn verify(&self, keys: &Keys, hook: &Hook) -> Result<(), HookRefused> {
        let jwt = hook.headers.get("plaid-verification").and_then(|value| value.to_str().ok());
        let jwt = jwt.filter(|jwt| jwt.len() <= LONGEST).ok_or(HookRefused::NotSigned)?;
        let parts: Vec<&str> = jwt.split('.').collect();
        let [head, claims, signature] = parts[..] else {
            return Err(HookRefused::Unreadable);
        };
        let Head { alg, kid } = part(head)?;
        let is_id = kid.len() <= LONGEST_ID && kid.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        if alg != "ES256" || !is_id {
            return Err(HookRefused::WrongSignature);
        }
        let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, self.key(keys, &kid).await?);
        let signature = BASE64URL_NOPAD.decode(signature.as_bytes()).map_err(|_| HookRefused::Unreadable)?;
        let signed = jwt.rsplit_once('.').map_or("", |(signed, _)| signed);
        public
            .verify(signed.as_bytes(), &signature)
            .map_err(|_| HookRefused::WrongSignature)?;
        let claims: Claims = part(claims)?;
        let age = self.cx.now.0.div_euclid(1_000_000) - claims.iat;
        if !(-AHEAD..=OLDEST).contains(&age) {
            return Err(HookRefused::TooOld);
        }
        let hash = HEXLOWER.encode(&Sha256::digest(&hook.body));
        let same = bool::from(hash.as_bytes().ct_eq(claims.request_body_sha256.as_bytes()));
        same.then_some(()).ok_or(HookRefused::WrongSignature)
    }

    /// What a webhook says that is Plaid's.
    pub async fn news(&self, hook: &Hook, held: &Held<'_>) -> Result<News, HookRefused> {
        let webhook: wire::Webhook = serde_json::from_slice(&hook.body).map_err(|_| HookRefused::Unreadable)?;
        if webhook.webhook_type == "LINK" {
            return self.of_link(&webhook, held).await;
        }
        let access = held.grant.and_then(|grant| Access::open(grant).ok());
        let Some(access) = access else {
            // The item was made, and we do not have it yet; or not any more.
            return Ok(News::Nothing);
        };
        if webhook.item_id.as_deref() != Some(access.item.as_str()) {
            return Err(HookRefused::OtherSubject);
        }
        Ok(of_item(&webhook, self.cx.now))
    }

    async fn of_link(&self, webhook: &wire::Webhook, held: &Held<'_>) -> Result<News, HookRefused> {
        let Some(Ok(State::InLink(at))) = held.leg.map(State::open) else {
            return Ok(News::Nothing);
        };
        let token = webhook.link_token.as_deref().ok_or(HookRefused::Unreadable)?;
        if at.earlier.iter().any(|earlier| earlier == token) {
            return Ok(News::Nothing);
        }
        if at.link_token != token {
            return Err(HookRefused::OtherSubject);
        }
        Ok(match (webhook.webhook_code.as_str(), webhook.status.as_deref()) {
            ("SESSION_FINISHED", Some("SUCCESS")) => News::Moved,
            ("SESSION_FINISHED", Some("EXITED")) => News::Ended(self.why_left(token).await),
            _ => News::Nothing,
        })
    }
}

fn of_item(webhook: &wire::Webhook, now: Timestamp) -> News {
    match (webhook.webhook_type.as_str(), webhook.webhook_code.as_str()) {
        ("ITEM", "ERROR") => webhook.error.as_ref().map_or(News::Nothing, |error| News::Trouble(problem(error))),
        ("ITEM", "PENDING_EXPIRATION") => {
            let ends = webhook.consent_expiration_time.as_deref().and_then(moment);
            ends.map_or(News::Nothing, News::Ends)
        }
        ("ITEM", "PENDING_DISCONNECT") => News::Ends(now.plus(DISCONNECT_AFTER)),
        ("ITEM", "LOGIN_REPAIRED") => News::Works,
        ("ITEM", "NEW_ACCOUNTS_AVAILABLE") => News::Noticed(Reason::NewAccountsAvailable),
        ("ITEM", "USER_PERMISSION_REVOKED") => News::Trouble(FetchProblem::Revoked),
        ("ITEM", "USER_ACCOUNT_REVOKED") | ("TRANSACTIONS", "SYNC_UPDATES_AVAILABLE") => News::Data,
        _ => News::Nothing,
    }
}
