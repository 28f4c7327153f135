//! Webhooks, signed as Plaid signs them (<https://plaid.com/docs/api/webhooks/webhook-verification/>): `Plaid-Verification` is a JWT
//! with ES256 whose claims are `iat` and `request_body_sha256`.
//!
//! The key is made when the sandbox starts. They go to Gesher's addresses only: the fake's credentials are public, and with any
//! address it would let anybody send from here to anywhere. One that is not taken is sent again three times.

use super::item::Item;
use super::people::{Manner, Person};
use super::refusal::Code;
use super::{Moment, Plaid, ident};
use crate::Clock;
use crate::random::digest;
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use url::Url;

/// How long after a failure it is sent again, in seconds.
const AGAIN: [u64; 3] = [1, 4, 16];
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// How many are on their way at once.
const AT_ONCE: usize = 16;

/// The key, by its id.
struct Key {
    id: String,
    made: Moment,
    pair: EcdsaKeyPair,
    random: SystemRandom,
}

impl Key {
    /// `None` when the system has no randomness.
    fn new(now: i64) -> Option<Self> {
        let random = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).ok()?;
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref(), &random).ok()?;
        let id = HEXLOWER.encode(&digest(&[b"plaid key", pair.public_key().as_ref()])[..16]);
        Some(Self {
            id: ident::uuid(&id),
            made: Moment(now),
            pair,
            random,
        })
    }

    /// The JWT over this body.
    fn sign(&self, body: &[u8], now: Moment) -> Option<String> {
        let head = json!({ "alg": "ES256", "kid": self.id, "typ": "JWT" });
        let claims = json!({
            "iat": now.0.div_euclid(1_000_000),
            "request_body_sha256": HEXLOWER.encode(&Sha256::digest(body)),
        });
        let part = |value: Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
        let signed = format!("{}.{}", part(head), part(claims));
        let signature = self.pair.sign(&self.random, signed.as_bytes()).ok()?;
        Some(format!("{signed}.{}", BASE64URL_NOPAD.encode(signature.as_ref())))
    }

    /// As a JWK.
    fn told(&self) -> Value {
        // Uncompressed: a four, then both coordinates.
        let point = self.pair.public_key().as_ref();
        let (x, y) = point.get(1..).unwrap_or_default().split_at(point.len() / 2);
        json!({
            "alg": "ES256",
            "crv": "P-256",
            "kid": self.id,
            "kty": "EC",
            "use": "sig",
            "x": BASE64URL_NOPAD.encode(x),
            "y": BASE64URL_NOPAD.encode(y),
            "created_at": self.made.0.div_euclid(1_000_000),
            "expired_at": null,
        })
    }
}

/// What sends them.
pub(super) struct Webhooks {
    client: reqwest::Client,
    /// Origins that they may go to.
    allowed: [String; 2],
    key: Option<Arc<Key>>,
    room: Arc<Semaphore>,
}

impl Webhooks {
    /// `now` in microseconds since the epoch.
    pub(super) fn new(client: reqwest::Client, allowed: [String; 2], now: i64) -> Self {
        Self {
            client,
            allowed,
            key: Key::new(now).map(Arc::new),
            room: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }

    /// Whether webhooks may go to this address.
    pub(super) fn may_go_to(&self, address: &str) -> bool {
        let origin = |address: &str| Url::parse(address).ok().map(|url| url.origin());
        let Some(wanted) = origin(address).filter(url::Origin::is_tuple) else {
            return false;
        };
        self.allowed
            .iter()
            .any(|allowed| origin(allowed).is_some_and(|allowed| allowed == wanted))
    }

    /// The key with this id, as the endpoint tells it.
    pub(super) fn key(&self, id: &str) -> Option<Value> {
        self.key.as_ref().filter(|key| key.id == id).map(|key| key.told())
    }

    /// Sends it so many times.
    pub(super) fn send(&self, clock: &Clock, url: &str, body: &Value, copies: usize) {
        self.send_later(clock, url, body, copies, Duration::ZERO);
    }

    /// The same after a while.
    pub(super) fn send_later(&self, clock: &Clock, url: &str, body: &Value, copies: usize, delay: Duration) {
        let Some(key) = self.key.as_ref().filter(|_| self.may_go_to(url)) else {
            return;
        };
        for _ in 0..copies {
            let (client, clock, key, room) = (self.client.clone(), Arc::clone(clock), Arc::clone(key), Arc::clone(&self.room));
            let (url, body) = (url.to_owned(), body.to_string());
            tokio::spawn(async move {
                tokio::time::sleep(delay).await;
                for wait in [0].into_iter().chain(AGAIN) {
                    tokio::time::sleep(Duration::from_secs(wait)).await;
                    let Ok(_place) = room.acquire().await else { return };
                    let Some(jwt) = key.sign(body.as_bytes(), Moment(clock())) else {
                        return;
                    };
                    let request = client.post(&url).timeout(PATIENCE).header("plaid-verification", jwt);
                    let request = request.header("content-type", "application/json").body(body.clone());
                    if request.send().await.is_ok_and(|answer| answer.status().is_success()) {
                        return;
                    }
                }
            });
        }
    }
}

/// How often a webhook about this person goes out.
pub(super) fn copies(person: &Person) -> usize {
    if person.manner == Manner::Twice { 2 } else { 1 }
}

/// Sends a webhook of an item, if it has an address, and notes it. `more` is added to its fields.
pub(super) fn of_item(plaid: &Plaid, item: &mut Item, (kind, code): (&'static str, &'static str), more: Value) -> bool {
    let Some(url) = item.webhook.clone() else { return false };
    let mut body = json!({
        "webhook_type": kind,
        "webhook_code": code,
        "item_id": item.id,
        "environment": "sandbox",
    });
    for (name, value) in more.as_object().into_iter().flatten() {
        body[name] = value.clone();
    }
    item.last_webhook = Some((plaid.now(), code));
    plaid.webhooks.send(&plaid.clock, &url, &body, copies(&item.person));
    true
}

/// `ERROR`, with this error.
pub(super) fn error(plaid: &Plaid, item: &mut Item, code: &Code) -> bool {
    of_item(plaid, item, ("ITEM", "ERROR"), json!({ "error": code.told(None) }))
}

/// `PENDING_EXPIRATION`
pub(super) fn pending_expiration(plaid: &Plaid, item: &mut Item) -> bool {
    let end = item.consent_ends().map(Moment::stamp);
    of_item(
        plaid,
        item,
        ("ITEM", "PENDING_EXPIRATION"),
        json!({ "consent_expiration_time": end }),
    )
}

/// `SYNC_UPDATES_AVAILABLE`
pub(super) fn updates(plaid: &Plaid, item: &mut Item, initial: bool, historical: bool) -> bool {
    let more = json!({ "initial_update_complete": initial, "historical_update_complete": historical });
    of_item(plaid, item, ("TRANSACTIONS", "SYNC_UPDATES_AVAILABLE"), more)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};

    #[test]
    fn the_published_key_holds_the_signature_over_the_body() {
        let key = Key::new(5_000_000).expect("randomness");
        let jwt = key.sign(b"{}", Moment(7_000_000)).expect("a signature");
        let (signed, signature) = jwt.rsplit_once('.').expect("three parts");
        let told = key.told();
        let coordinate = |name: &str| {
            BASE64URL_NOPAD
                .decode(told[name].as_str().expect("text").as_bytes())
                .expect("base64")
        };
        let point = [vec![4], coordinate("x"), coordinate("y")].concat();
        let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point);
        let signature = BASE64URL_NOPAD.decode(signature.as_bytes()).expect("base64");
        assert!(public.verify(signed.as_bytes(), &signature).is_ok());
        let claims = signed.split('.').nth(1).expect("claims");
        let claims: Value = serde_json::from_slice(&BASE64URL_NOPAD.decode(claims.as_bytes()).expect("base64")).expect("JSON");
        assert_eq!(claims["iat"], 7);
        // SHA-256 of two braces.
        let hash = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
        assert_eq!(claims["request_body_sha256"], hash);
    }

    #[test]
    fn they_go_to_two_origins_and_nowhere_else() {
        let webhooks = Webhooks::new(reqwest_client(), ["http://a.test:1".into(), "https://b.test".into()], 0);
        for (address, may) in [
            ("http://a.test:1/hooks", true),
            ("https://b.test:443/x", true),
            ("http://a.test:1@evil.test/", false),
            ("http://a.test:12/", false),
            ("file:///etc/passwd", false),
            ("nothing", false),
        ] {
            assert_eq!(webhooks.may_go_to(address), may, "{address}");
        }
    }

    fn reqwest_client() -> reqwest::Client {
        let _ = rustls::crypto::ring::default_provider().install_default();
        reqwest::Client::builder().build().expect("a client")
    }
}
