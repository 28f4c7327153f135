//! `POST /oauth/token`, and what a token opens.

use super::{USER, admin, ask_for_token, client, created, get, post, read, refused, token, whole, wrong};
use crate::world::World;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, StatusCode};
use data_encoding::BASE64URL_NOPAD;
use gesher_server::tenants::Mode;
use gesher_server::tenants::admin::Scope;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::Duration;
use tower::ServiceExt as _;

/// [V]
const NO_TOKEN: &str = "Unauthorized access - Invalid access token";
/// [V], with the vendor's spelling.
const NO_SCOPE: &str = "Forbidden - Access token missing the required permissions to preform this action";

#[tokio::test]
async fn a_client_gets_a_token_that_says_how_long_it_is_good() {
    let world = World::new().await;
    let client = client(&world, Mode::Test, &Scope::ALL).await;
    let body = json!({ "userId": USER, "clientId": client.id, "clientSecret": client.secret });
    let answer = ask_for_token(&world, &body).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(super::keys(&answer.body), ["accessToken", "expiresIn", "tokenType"]); // [V]
    assert_eq!(
        (&answer.body["tokenType"], &answer.body["expiresIn"]),
        (&json!("Bearer"), &json!(86400))
    ); // [V], the guide's example
    assert_eq!(answer.headers["cache-control"], "no-store");
    // The vendor's own client takes the time from `exp` in the second part [V].
    let parts: Vec<&str> = super::text(&answer.body["accessToken"]).split('.').collect();
    let claims = BASE64URL_NOPAD.decode(parts[1].as_bytes()).expect("base64url");
    let claims: Value = serde_json::from_slice(&claims).expect("JSON");
    let now = world.core.clock.now().0 / 1_000_000;
    assert_eq!((parts.len(), &claims["exp"]), (3, &json!(now + 86400)));
    assert_eq!((&claims["userId"], &claims["orgId"]), (&json!(USER), &json!(world.tenant.as_str()))); // [I]
}

#[tokio::test]
async fn what_is_missing_or_mistyped_is_said_as_the_vendor_says_it() {
    let world = World::new().await;
    let client = client(&world, Mode::Test, &Scope::ALL).await;
    let without_secret = json!({ "userId": USER, "clientId": client.id });
    let answer = ask_for_token(&world, &without_secret).await;
    // The vendor's own example, byte for byte [V].
    let vendors = r#"{"type":"CLIENT_ERROR","message":"[\"\\\"clientSecret\\\" is required\"]"}"#;
    assert_eq!(
        (answer.status, answer.body),
        (StatusCode::BAD_REQUEST, serde_json::from_str(vendors).expect("JSON"))
    );
    wrong(
        &ask_for_token(&world, &json!({ "userId": 1, "clientId": "", "clientSecret": null })).await,
        &[
            "\"userId\" must be a string",
            "\"clientId\" is required",
            "\"clientSecret\" is required",
        ],
    );
    let endless = json!({ "userId": "a\nb", "clientId": client.id, "clientSecret": client.secret });
    assert_eq!(ask_for_token(&world, &endless).await.status, StatusCode::BAD_REQUEST);
    for body in ["", "[]", "{", "\"text\""] {
        let answer = world.call("POST", "/oauth/token", "", &[], Some(body)).await;
        wrong(&answer, &["\"value\" must be of type object"]);
    }
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let answer = world.call("POST", "/oauth/token", "", &form, Some("userId=a")).await;
    refused(&answer, StatusCode::UNSUPPORTED_MEDIA_TYPE, "Unsupported media type"); // [I]
    let large = format!("\"{}\"", "x".repeat(300_000));
    let answer = world.call("POST", "/oauth/token", "", &[], Some(&large)).await;
    refused(&answer, StatusCode::PAYLOAD_TOO_LARGE, "Request entity too large"); // [I]
    let answer = world.call("GET", "/oauth/token", "", &[], None).await;
    refused(&answer, StatusCode::METHOD_NOT_ALLOWED, "Method not allowed"); // [I]
}

#[tokio::test]
async fn a_secret_opens_its_own_client_alone_and_not_when_it_was_revoked() {
    let world = World::new().await;
    let (one, other) = (
        client(&world, Mode::Test, &Scope::ALL).await,
        client(&world, Mode::Test, &Scope::ALL).await,
    );
    let denied = r#"{"error":"access_denied","error_description":"Unauthorized"}"#; // [V]
    let kept = token(&world, &one, USER).await;
    admin(&world).revoke_client(world.tenant.as_str(), &one.id).await.expect("revoked");
    for (id, secret) in [
        (&one.id, &other.secret),
        (&one.id, &one.secret),
        (&other.id, &"x".to_owned()),
        (&"client_nobody".to_owned(), &one.secret),
        (&format!("{}\0", other.id), &other.secret),
    ] {
        let answer = ask_for_token(&world, &json!({ "userId": USER, "clientId": id, "clientSecret": secret })).await;
        refused(&answer, StatusCode::UNAUTHORIZED, denied);
    }
    // What was made with it goes with it.
    world.clock.advance(Duration::from_secs(1));
    refused(&get(&world, &kept, "/v2/connections/x").await, StatusCode::UNAUTHORIZED, NO_TOKEN);
}

#[tokio::test]
async fn a_token_opens_what_its_client_may_do_and_nothing_of_the_native_api() {
    let world = World::new().await;
    let own = whole(&world).await;
    let connection = created(&world, &own, &json!({})).await;
    let native = world.post("/v1/customers/user-1/tokens", &json!({})).await.body["token"].clone();
    let broken = format!("{}x{}", &own[..10], &own[11..]);
    for bad in [
        "",
        "x",
        &world.key,
        native.as_str().expect("a token"),
        &broken,
        &own[..own.len() - 1],
    ] {
        refused(&get(&world, bad, "/v2/connections/x").await, StatusCode::UNAUTHORIZED, NO_TOKEN);
        refused(&post(&world, bad, &json!({})).await, StatusCode::UNAUTHORIZED, NO_TOKEN);
    }
    for path in ["/v1/connections", "/v1/institutions", "/v1/customers/user-1"] {
        assert_eq!(get(&world, &own, path).await.status, StatusCode::UNAUTHORIZED, "{path}");
    }
    let reading = client(&world, Mode::Test, &[Scope::ReadConnections]).await;
    let reading = token(&world, &reading, USER).await;
    read(&world, &reading, &connection).await;
    refused(
        &post(&world, &reading, &json!({ "includeFakeProviders": true })).await,
        StatusCode::FORBIDDEN,
        NO_SCOPE,
    );
    let making = client(&world, Mode::Test, &[Scope::CreateConnections]).await;
    let making = token(&world, &making, USER).await;
    created(&world, &making, &json!({})).await;
    let path = format!("/v2/connections/{}", super::text(&connection["id"]));
    refused(&get(&world, &making, &path).await, StatusCode::FORBIDDEN, NO_SCOPE);
    world.clock.advance(Duration::from_secs(24 * 60 * 60));
    refused(&get(&world, &own, &path).await, StatusCode::UNAUTHORIZED, NO_TOKEN);
}

#[tokio::test]
async fn a_token_sees_its_users_connections_alone() {
    let world = World::new().await;
    let all = client(&world, Mode::Test, &Scope::ALL).await;
    let own = token(&world, &all, USER).await;
    let connection = created(&world, &own, &json!({})).await;
    let path = format!("/v2/connections/{}", super::text(&connection["id"]));
    let live = client(&world, Mode::Live, &Scope::ALL).await;
    for other in [token(&world, &all, "user-2").await, token(&world, &live, USER).await] {
        refused(&get(&world, &other, &path).await, StatusCode::NOT_FOUND, "No connection was found"); // [V]
    }
    assert_eq!(read(&world, &own, &connection).await["userId"], USER);
    // It goes with the customer, in the client's mode alone.
    let live_token = token(&world, &live, USER).await;
    let gone = world.call("DELETE", "/v1/customers/user-1", &world.key, &[], None).await;
    assert_eq!(gone.status, StatusCode::OK);
    world.clock.advance(Duration::from_secs(1));
    refused(&get(&world, &own, &path).await, StatusCode::UNAUTHORIZED, NO_TOKEN);
    assert_eq!(get(&world, &live_token, "/v2/connections").await.status, StatusCode::OK);
}

#[tokio::test]
async fn who_tries_secrets_is_stopped_and_who_has_one_is_not() {
    let world = World::new().await;
    let client = client(&world, Mode::Test, &Scope::ALL).await;
    let from = async |peer: &str, secret: &str| {
        let body = json!({ "userId": USER, "clientId": client.id, "clientSecret": secret }).to_string();
        let mut request = Request::builder()
            .method("POST")
            .uri("/oauth/token")
            .header("content-type", "application/json");
        let peer = SocketAddr::new(peer.parse().expect("an address"), 4711);
        request.extensions_mut().expect("a request").insert(ConnectInfo(peer));
        let request = request.body(Body::from(body)).expect("a request");
        world.router.clone().oneshot(request).await.expect("an answer")
    };
    for _ in 0..300 {
        assert_eq!(from("203.0.113.9", &client.secret).await.status(), StatusCode::OK);
    }
    let mut tried = 0;
    let stopped = loop {
        let answer = from("203.0.113.9", "gs_wrong").await;
        if answer.status() != StatusCode::UNAUTHORIZED {
            break answer;
        }
        tried += 1;
    };
    assert_eq!((tried, stopped.status()), (100, StatusCode::TOO_MANY_REQUESTS));
    assert_eq!(stopped.headers()["retry-after"], "1");
    let body = stopped.into_body().collect().await.expect("a body").to_bytes();
    let said: Value = serde_json::from_slice(&body).expect("JSON");
    assert_eq!(said, json!({ "type": "CLIENT_ERROR", "message": "Too many requests" })); // [I]
    assert_eq!(from("203.0.113.10", &client.secret).await.status(), StatusCode::OK);
}
