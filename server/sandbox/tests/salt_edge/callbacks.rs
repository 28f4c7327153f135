//! Callbacks, as a server that receives them sees them.

use crate::client::{PSU, Town, names};
use axum::Router;
use axum::body::Bytes;
use axum::extract::OriginalUri;
use axum::routing::post;
use data_encoding::BASE64;
use gesher_sandbox::SALT_EDGE_CALLBACK_KEY;
use http::{HeaderMap, Method, StatusCode};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// Bytes of a SubjectPublicKeyInfo of 2048 bits before its RSAPublicKey.
const HEAD: usize = 24;

struct Received {
    path: String,
    headers: HeaderMap,
    body: String,
}

/// A receiver whose first answers are refusals, and a sandbox that sends to it.
async fn beside(refusals: usize) -> (Town, String, UnboundedReceiver<Received>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let (sender, receiver) = unbounded_channel();
    let left = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(refusals));
    let receive = move |OriginalUri(uri): OriginalUri, headers: HeaderMap, body: Bytes| {
        let body = String::from_utf8(body.to_vec()).expect("text");
        let path = uri.path().to_owned();
        let _ = sender.send(Received { path, headers, body });
        let order = std::sync::atomic::Ordering::SeqCst;
        let refuse = left.try_update(order, order, |left| left.checked_sub(1)).is_ok();
        async move { if refuse { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK } }
    };
    let router = Router::new().route("/{kind}", post(receive));
    tokio::spawn(async move { axum::serve(listener, router).await });
    let town = Town::beside(&url);
    let to = |kind: &str| format!("{url}/{kind}");
    let callbacks = json!({
        "success_url": to("success"), "failure_url": to("failure"), "notify_url": to("notify"), "destroy_url": to("destroy"),
    });
    town.set("/settings", json!({ "callbacks": callbacks })).await;
    (town, url, receiver)
}

async fn next(receiver: &mut UnboundedReceiver<Received>, url: &str) -> (String, Value) {
    let received = tokio::time::timeout(Duration::from_secs(20), receiver.recv()).await;
    let received = received.expect("in time").expect("a callback");
    let body: String = SALT_EDGE_CALLBACK_KEY.lines().filter(|line| !line.starts_with('-')).collect();
    let key = BASE64.decode(body.as_bytes()).expect("base64").split_off(HEAD);
    let signature = BASE64.decode(received.headers["signature"].as_bytes()).expect("base64");
    let signed = format!("{url}{}|{}", received.path, received.body);
    let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key);
    key.verify(signed.as_bytes(), &signature).expect("a signature of address and body");
    assert_eq!(received.headers["signature-key-version"], "6.0");
    let body: Value = serde_json::from_str(&received.body).expect("JSON");
    assert_eq!(names(&body), ["data", "meta"]);
    assert_eq!(body["meta"], json!({ "version": "6", "time": "2026-11-20T12:00:00Z" }));
    assert_eq!(body["data"]["custom_fields"], json!({ "visit": "v1" }));
    (received.path, body["data"].clone())
}

#[tokio::test]
async fn each_stage_and_the_end_are_told_and_signed() {
    let (town, url, mut receiver) = beside(0).await;
    let id = town.connected("fakebank_simple_xf", PSU).await;
    let mut told = Vec::new();
    for _ in 0..4 {
        let (path, data) = next(&mut receiver, &url).await;
        assert_eq!(data["connection_id"], id.as_str());
        assert!(data["customer_id"].is_string());
        told.push((path, data["stage"].as_str().unwrap_or_default().to_owned()));
    }
    told.sort();
    let expected = [
        ("/notify", "connect"),
        ("/notify", "fetch_accounts"),
        ("/notify", "finish"),
        ("/success", "finish"),
    ];
    assert_eq!(told, expected.map(|(path, stage)| (path.to_owned(), stage.to_owned())));
    town.call(Method::DELETE, &format!("/connections/{id}"), None).await.data();
    assert_eq!(next(&mut receiver, &url).await.0, "/destroy");
}

#[tokio::test]
async fn a_failure_names_its_class_and_is_sent_again_until_it_is_taken() {
    let (town, url, mut receiver) = beside(2).await;
    let id = town.connected("fakebank_simple_xf", "316159011").await;
    let mut failures = Vec::new();
    // Each of the two that were refused comes once more.
    for _ in 0..4 {
        let (path, data) = next(&mut receiver, &url).await;
        if path == "/failure" {
            assert_eq!(
                (&data["error_class"], &data["connection_id"]),
                (&json!("ProviderError"), &json!(id))
            );
            assert!(data["error_message"].is_string() && data["stage"].is_null());
            failures.push(data);
        }
    }
    assert!(failures.windows(2).all(|pair| pair[0] == pair[1]) && !failures.is_empty());
}

#[tokio::test]
async fn callbacks_go_to_gesher_alone() {
    let town = Town::new();
    for wrong in ["https://elsewhere.example/success", "http://widget.localhost:3000/a#b", "nowhere"] {
        let body = json!({ "callbacks": { "success_url": wrong } });
        let answer = town.call(Method::PUT, "/dashboard/settings", Some(body)).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
    }
    let answer = town.send(Method::GET, "/salt-edge/dashboard/settings", &[], String::new()).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
}
