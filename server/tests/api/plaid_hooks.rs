//! What Plaid tells by itself, through the whole of Gesher: signed right it changes the connection, and otherwise nothing.

use crate::banks::Trip;
use crate::plaid::{access, connected, id, later, set_up};
use crate::world::World;
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::response::{IntoResponse as _, Response};
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use gesher_domain::Clock as _;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;

const KEY: &str = "6c5516e1-92dc-479e-a8ff-5a51992e0001";

/// Stands before the sandbox's Plaid, and signs in its place: the key of webhooks is its own.
struct Signer {
    pair: EcdsaKeyPair,
    random: SystemRandom,
    sandbox: String,
    own: String,
    client: reqwest::Client,
}

async fn pass(State(signer): State<Arc<Signer>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.expect("a body");
    let path = parts.uri.path_and_query().map_or("", |path| path.as_str());
    if path == "/plaid/webhook_verification_key/get" {
        let point = signer.pair.public_key().as_ref();
        let coordinate = |from: usize| BASE64URL_NOPAD.encode(&point[from..from + 32]);
        let key = json!({
            "alg": "ES256", "crv": "P-256", "kid": KEY, "kty": "EC", "use": "sig", "x": coordinate(1), "y": coordinate(33),
            "created_at": 1_795_000_000, "expired_at": null,
        });
        return axum::Json(json!({ "key": key, "request_id": "x" })).into_response();
    }
    let mut passed = signer.client.request(parts.method, format!("{}{path}", signer.sandbox)).body(body);
    for name in ["content-type", "plaid-client-id", "plaid-secret", "plaid-version"] {
        if let Some(value) = parts.headers.get(name) {
            passed = passed.header(name, value);
        }
    }
    let answer = passed.send().await.expect("an answer");
    let mut response = Response::builder().status(answer.status());
    for name in [CONTENT_TYPE, LOCATION] {
        if let Some(value) = answer.headers().get(&name) {
            response = response.header(name, value);
        }
    }
    let text = answer.text().await.expect("text").replace(&signer.sandbox, &signer.own);
    response.body(Body::from(text)).expect("a response")
}

impl Signer {
    async fn before(world: &World) -> Arc<Self> {
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(algorithm, &random).expect("a key");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let signer = Arc::new(Self {
            pair: EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref(), &random).expect("a key"),
            random,
            sandbox: world.sandbox.clone(),
            own: format!("http://{}", listener.local_addr().expect("an address")),
            client: gesher_server::outbound::client(true).expect("a client"),
        });
        let router = Router::new().fallback(pass).with_state(Arc::clone(&signer));
        tokio::spawn(async move { axum::serve(listener, router).await });
        signer
    }

    /// The JWT over this body, made now by the world's clock.
    fn sign(&self, world: &World, body: &str) -> String {
        let part = |value: Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
        let claims = json!({
            "iat": world.clock.now().0 / 1_000_000,
            "request_body_sha256": HEXLOWER.encode(&Sha256::digest(body)),
        });
        let signed = format!("{}.{}", part(json!({ "alg": "ES256", "kid": KEY, "typ": "JWT" })), part(claims));
        let signature = self.pair.sign(&self.random, signed.as_bytes()).expect("a signature");
        format!("{signed}.{}", BASE64URL_NOPAD.encode(signature.as_ref()))
    }
}

async fn post(world: &World, trip: &Trip<'_>, jwt: &str, body: &str) -> StatusCode {
    let path = format!("/hooks/plaid/{}/test/{}", world.tenant, id(trip));
    let more: Vec<(&str, &str)> = Some(("plaid-verification", jwt)).filter(|_| !jwt.is_empty()).into_iter().collect();
    world.call("POST", &path, "", &more, Some(body)).await.status
}

fn about(item: &Value, code: &str, more: Value) -> String {
    let kind = if code == "SYNC_UPDATES_AVAILABLE" { "TRANSACTIONS" } else { "ITEM" };
    let mut body = json!({ "webhook_type": kind, "webhook_code": code, "item_id": item, "environment": "sandbox" });
    for (name, value) in more.as_object().expect("an object") {
        body[name] = value.clone();
    }
    body.to_string()
}

#[tokio::test]
async fn what_plaid_signs_changes_the_connection_and_nothing_else_does() {
    let world = World::new().await;
    let signer = Signer::before(&world).await;
    set_up(&world, json!({ "base_url": format!("{}/plaid", signer.own) })).await;
    let (trip, _) = connected(&world, "user_good").await;
    let held = access(&world, &trip).await;
    let login = json!({ "error": { "error_type": "ITEM_ERROR", "error_code": "ITEM_LOGIN_REQUIRED" } });
    let error = about(&held["item"], "ERROR", login.clone());

    // Not signed, signed over something else, signed by nobody, about another item, to another mode.
    assert_eq!(post(&world, &trip, "", &error).await, StatusCode::UNAUTHORIZED);
    let right = signer.sign(&world, &error);
    assert_eq!(
        post(&world, &trip, &right, &error.replace("LOGIN", "login")).await,
        StatusCode::UNAUTHORIZED
    );
    let (signed, _) = right.rsplit_once('.').expect("parts");
    assert_eq!(
        post(&world, &trip, &format!("{signed}.AAAA"), &error).await,
        StatusCode::UNAUTHORIZED
    );
    let other = about(&json!("another"), "ERROR", login);
    assert_eq!(
        post(&world, &trip, &signer.sign(&world, &other), &other).await,
        StatusCode::UNAUTHORIZED
    );
    let live = format!("/hooks/plaid/{}/live/{}", world.tenant, id(&trip));
    let elsewhere = world.call("POST", &live, "", &[("plaid-verification", &right)], Some(&error)).await;
    assert_eq!(elsewhere.status, StatusCode::NOT_FOUND);
    assert_eq!(trip.status().await, "active");

    // Too old when it comes again.
    world.clock.advance(Duration::from_secs(5 * 60 + 1));
    assert_eq!(post(&world, &trip, &right, &error).await, StatusCode::UNAUTHORIZED);
    assert_eq!(trip.status().await, "active");

    // Right, and again.
    let right = signer.sign(&world, &error);
    for _ in 0..2 {
        assert_eq!(post(&world, &trip, &right, &error).await, StatusCode::NO_CONTENT);
        assert_eq!(trip.status().await, "reconnect_required");
    }
    let repaired = about(&held["item"], "LOGIN_REPAIRED", json!({}));
    assert_eq!(
        post(&world, &trip, &signer.sign(&world, &repaired), &repaired).await,
        StatusCode::NO_CONTENT
    );
    trip.until_status("active").await;
}

#[tokio::test]
async fn new_data_are_fetched_and_the_end_of_the_consent_is_known() {
    let world = World::new().await;
    let signer = Signer::before(&world).await;
    set_up(&world, json!({ "base_url": format!("{}/plaid", signer.own) })).await;
    let (trip, _) = connected(&world, "user_good").await;
    let held = access(&world, &trip).await;
    // A day on there are others, and nobody has fetched them yet.
    world.clock.advance(Duration::from_secs(12 * 60 * 60 + 60));
    let updates = about(
        &held["item"],
        "SYNC_UPDATES_AVAILABLE",
        json!({ "initial_update_complete": true, "historical_update_complete": true }),
    );
    assert_eq!(
        post(&world, &trip, &signer.sign(&world, &updates), &updates).await,
        StatusCode::NO_CONTENT
    );
    later(&world, Duration::ZERO);
    for _ in 0..200 {
        if access(&world, &trip).await["cursor"] != held["cursor"] {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    assert_ne!(access(&world, &trip).await["cursor"], held["cursor"]);
    let end = "2026-11-27T00:00:00Z";
    let ends = about(&held["item"], "PENDING_EXPIRATION", json!({ "consent_expiration_time": end }));
    assert_eq!(
        post(&world, &trip, &signer.sign(&world, &ends), &ends).await,
        StatusCode::NO_CONTENT
    );
    let view = world.get(&format!("/v1/connections/{}", id(&trip))).await.body;
    assert_eq!(view["consent_expires_at"], "2026-11-27T00:00:00.000Z", "{view}");
}
