//! Callbacks of one connection: who is told of what, with which auth, how often, and where nobody may be sent.

use crate::receiver::{Heard, Receiver};
use crate::world::{ORIGIN, World};
use axum::http::{HeaderMap, StatusCode};
use axum::{Json, Router, routing::post};
use data_encoding::BASE64;
use gesher_app::backend::Backend as _;
use gesher_server::store::callbacks::{self, CallbackRow};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;

const GOOD: &str = "321547416";
const REFUSES: &str = "050299338";

async fn rows(world: &World, invited: &Value) -> Vec<CallbackRow> {
    let id = invited["id"].as_str().expect("an id");
    let rows = callbacks::of_connection(&world.core.store, world.tenant.as_str(), id).await;
    rows.expect("reads")
}

/// The callbacks of a connection, once each has one of these states.
async fn settled(world: &World, invited: &Value, states: &[&str]) -> Vec<CallbackRow> {
    for _ in 0..400 {
        let rows = rows(world, invited).await;
        if rows.iter().all(|row| states.contains(&row.state.as_str())) {
            return rows;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("{:?}", rows(world, invited).await);
}

fn told(heard: &Heard) -> (Value, Value, Value) {
    let body = heard.json();
    (body["outcome"].clone(), body["connection_id"].clone(), body["status"].clone())
}

#[tokio::test]
async fn who_wants_a_success_is_told_of_it_once_and_nobody_is_named() {
    let world = World::new().await;
    let (wants, wants_not) = (Receiver::start().await, Receiver::start().await);
    let auth = json!({ "basic": { "username": "gesher", "password": "open: sesame" } });
    let invited = world
        .invite(json!({ "callbacks": [
            { "on": ["success", "fail"], "url": wants.url, "auth": auth },
            { "on": ["fail", "abort"], "url": wants_not.url, "auth": auth },
        ] }))
        .await;
    let waiting = rows(&world, &invited).await;
    for row in &waiting {
        assert!(!String::from_utf8_lossy(row.auth.as_ref().expect("sealed")).contains("sesame"));
    }
    let token = world.enter(&invited).await.link(GOOD).await.expect("a token");
    assert_eq!(wants.heard().len(), 0, "it stands when the host has confirmed it");
    assert_eq!(world.exchange(&token, "user-1").await.status, StatusCode::OK);
    let heard = &wants.hears(1).await[0];
    let (outcome, connection, status) = told(heard);
    assert_eq!((outcome, connection), (json!("success"), invited["id"].clone()));
    // Whether the first data were in before the exchange is a matter of moments.
    assert!(["connected", "active"].contains(&status.as_str().expect("a status")), "{status}");
    assert_eq!(heard.header("content-type"), "application/json");
    let basic = format!("Basic {}", BASE64.encode(b"gesher:open: sesame"));
    assert_eq!(heard.header("authorization"), basic);
    let body = heard.json();
    let mut names: Vec<_> = body.as_object().expect("an object").keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["connection_id", "id", "outcome", "status", "timestamp"]);
    assert!(body["id"].as_str().is_some_and(|id| id.starts_with("cb_")));

    let rows = settled(&world, &invited, &["delivered", "unwanted"]).await;
    assert!(rows.iter().all(|row| row.auth.is_none()), "what opened the receivers is gone");
    // What becomes of the connection later is no outcome.
    let id = invited["id"].as_str().expect("an id");
    world.call("DELETE", &format!("/v1/connections/{id}"), &world.key, &[], None).await;
    world.clock.advance(Duration::from_secs(3600));
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert_eq!((wants.heard().len(), wants_not.heard().len()), (1, 0));
}

#[tokio::test]
async fn a_refusal_and_every_kind_of_leaving_are_told() {
    let world = World::new().await;
    let all = json!(["success", "fail", "abort"]);
    let ask = async || {
        let receiver = Receiver::start().await;
        let headers = json!({ "headers": { "x-api-key": "k-17" } });
        let asked = json!([{ "on": all, "url": receiver.url, "auth": headers }]);
        let invited = world.invite(json!({ "callbacks": asked })).await;
        (receiver, invited)
    };
    let (refused, invited) = ask().await;
    assert!(world.enter(&invited).await.link(REFUSES).await.is_none());
    let heard = &refused.hears(1).await[0];
    assert_eq!(told(heard), (json!("fail"), invited["id"].clone(), json!("rejected")));
    assert_eq!(heard.header("x-api-key"), "k-17");

    let (left, invited) = ask().await;
    let mut visit = world.enter(&invited).await;
    visit.open().await;
    world.backend.cancel(&visit.at).await.expect("leaves");
    assert_eq!(
        told(&left.hears(1).await[0]),
        (json!("abort"), invited["id"].clone(), json!("pending"))
    );

    let (deleted, invited) = ask().await;
    let id = invited["id"].as_str().expect("an id");
    world.call("DELETE", &format!("/v1/connections/{id}"), &world.key, &[], None).await;
    assert_eq!(deleted.hears(1).await[0].json()["outcome"], "abort");

    let (never_opened, invited) = ask().await;
    world.clock.advance(Duration::from_secs(31 * 60));
    assert_eq!(
        told(&never_opened.hears(1).await[0]),
        (json!("abort"), invited["id"].clone(), json!("abandoned"))
    );
    assert_eq!((refused.heard().len(), left.heard().len()), (1, 1));
}

/// A connection that is deleted at once, so that there is an outcome; its callback goes there.
async fn aborted(world: &World, url: &str, auth: Value) -> Value {
    let invited = world
        .invite(json!({ "callbacks": [{ "on": ["abort"], "url": url, "auth": auth }] }))
        .await;
    let id = invited["id"].as_str().expect("an id");
    world.call("DELETE", &format!("/v1/connections/{id}"), &world.key, &[], None).await;
    invited
}

#[tokio::test]
async fn who_does_not_take_it_is_told_again_and_a_redirect_is_not_followed() {
    let world = World::new().await;
    let (receiver, elsewhere) = (Receiver::start().await, Receiver::start().await);
    let place = elsewhere.url.clone();
    receiver.answer(move |call| match call {
        0 => Some((500, Vec::new())),
        1 => Some((307, vec![("location", place.clone())])),
        _ => Some((204, Vec::new())),
    });
    let invited = aborted(&world, &receiver.url, json!("none")).await;
    for tries in 1..=3 {
        receiver.hears(tries).await;
        settled(&world, &invited, &["pending", "delivered"]).await;
        // Longer than any pause between the first tries.
        for _ in 0..200 {
            if rows(&world, &invited).await[0].attempts >= i64::try_from(tries).expect("few") {
                break;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        world.clock.advance(Duration::from_secs(600));
    }
    let row = &settled(&world, &invited, &["delivered"]).await[0];
    assert_eq!(row.attempts, 3);
    let ids: Vec<_> = receiver.heard().iter().map(|heard| heard.json()["id"].clone()).collect();
    assert!(ids.iter().all(|id| *id == json!(row.id)), "{ids:?}");
    assert_eq!(elsewhere.heard().len(), 0);

    let gone = Receiver::start().await;
    gone.answer_with(410);
    let invited = aborted(&world, &gone.url, json!({ "headers": { "x-key": "k" } })).await;
    let row = &settled(&world, &invited, &["given_up"]).await[0];
    assert_eq!((row.attempts, row.auth.is_none()), (1, true));
}

#[tokio::test]
async fn a_token_is_got_anew_for_each_try_and_sent_nowhere_else() {
    let world = World::new().await;
    let asked: Arc<Mutex<Vec<(String, String)>>> = Arc::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let token_url = format!("http://{}/token", listener.local_addr().expect("an address"));
    let kept = asked.clone();
    let give = move |headers: HeaderMap, body: String| {
        let authorization = headers["authorization"].to_str().expect("text").to_owned();
        let mut kept = kept.lock().expect("calls");
        kept.push((authorization, body));
        let answer = match kept.len() {
            1 => (StatusCode::UNAUTHORIZED, Json(json!({ "error": "invalid_client" }))),
            call => (
                StatusCode::OK,
                Json(json!({ "access_token": format!("token-{call}"), "token_type": "Bearer" })),
            ),
        };
        std::future::ready(answer)
    };
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/token", post(give))).await });
    let receiver = Receiver::start().await;
    receiver.answer(|call| Some((if call == 0 { 503 } else { 200 }, Vec::new())));
    let auth =
        json!({ "oauth": { "token_url": token_url, "client_id": "a b", "client_secret": "s&t", "scope": "outcomes", "audience": "shop" } });
    let invited = aborted(&world, &receiver.url, auth).await;
    for tries in 1..=3 {
        for _ in 0..200 {
            if rows(&world, &invited).await[0].attempts >= tries {
                break;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        world.clock.advance(Duration::from_secs(600));
    }
    settled(&world, &invited, &["delivered"]).await;
    let bearers: Vec<_> = receiver
        .heard()
        .iter()
        .map(|heard| heard.header("authorization").to_owned())
        .collect();
    assert_eq!(bearers, ["Bearer token-2", "Bearer token-3"]);
    let asked = asked.lock().expect("calls");
    assert_eq!(asked.len(), 3);
    assert_eq!(asked[0].0, format!("Basic {}", BASE64.encode(b"a+b:s%26t")));
    assert_eq!(asked[0].1, "grant_type=client_credentials&scope=outcomes&audience=shop");
}

#[tokio::test]
async fn a_callback_that_cannot_be_is_refused_by_name() {
    let world = World::new().await;
    let url = "https://shop.example/outcome";
    let cases = [
        (json!([{ "url": url }]), "invalid_field", "callbacks[0].on"),
        (json!([{ "on": [], "url": url }]), "invalid_callbacks", "callbacks[0].on"),
        (json!([{ "on": ["done"], "url": url }]), "invalid_field", "callbacks[0].on[0]"),
        (
            json!([{ "on": ["fail"], "url": "shop.example" }]),
            "invalid_url",
            "callbacks[0].url",
        ),
        (
            json!([{ "on": ["fail"], "url": "http://10.0.0.1/" }]),
            "url_not_allowed",
            "callbacks[0].url",
        ),
        (
            json!([{ "on": ["fail"], "url": url }, { "on": ["fail"], "url": url, "auth": { "bearer": "t" } }]),
            "invalid_field",
            "callbacks[1].auth",
        ),
        (
            json!([{ "on": ["fail"], "url": url, "auth": { "basic": { "username": "u" } } }]),
            "invalid_field",
            "callbacks[0].auth.basic.password",
        ),
        (
            json!([{ "on": ["fail"], "url": url, "auth": { "headers": { "Host": "bank" } } }]),
            "invalid_callbacks",
            "callbacks[0].auth.headers",
        ),
        (
            json!([{ "on": ["fail"], "url": url, "auth": { "oauth": { "token_url": "http://169.254.169.254/", "client_id": "c", "client_secret": "s" } } }]),
            "url_not_allowed",
            "callbacks[0].auth.oauth.token_url",
        ),
        (
            json!(vec![json!({ "on": ["fail"], "url": url }); 9]),
            "invalid_callbacks",
            "callbacks",
        ),
    ];
    for (callbacks, code, field) in cases {
        let body = json!({ "customer": { "external_id": "user-1" }, "parent_origin": ORIGIN, "callbacks": callbacks });
        let answer = world.post("/v1/connections", &body).await;
        let refusal = (answer.status, answer.body["code"].as_str(), answer.body["field"].as_str());
        assert_eq!(
            refusal,
            (StatusCode::UNPROCESSABLE_ENTITY, Some(code), Some(field)),
            "{callbacks}: {}",
            answer.body
        );
    }
}
