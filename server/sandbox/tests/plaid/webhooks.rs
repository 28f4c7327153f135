//! Webhooks: which come, how they are signed, what happens when they are not taken.

use crate::interface::Interface;
use crate::town::{NOON, Town};
use axum::body::Bytes;
use axum::extract::State;
use axum::{Router, routing::post};
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use http::{HeaderMap, StatusCode};
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A receiver that refuses the first so many webhooks.
struct Receiver {
    got: Mutex<Vec<(String, Vec<u8>)>>,
    refuses: Mutex<usize>,
}

impl Receiver {
    /// The webhooks that are there when so many are, within some seconds.
    async fn wait(&self, count: usize) -> Vec<(String, Vec<u8>)> {
        for _ in 0..400 {
            if self.got.lock().expect("no panic").len() >= count {
                break;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        self.got.lock().expect("no panic").clone()
    }
}

async fn receive(State(receiver): State<Arc<Receiver>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let mut refuses = receiver.refuses.lock().expect("no panic");
    if *refuses > 0 {
        *refuses -= 1;
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    let jwt = headers
        .get("plaid-verification")
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    receiver.got.lock().expect("no panic").push((jwt.to_owned(), body.to_vec()));
    StatusCode::OK
}

async fn receiver(refuses: usize) -> (String, Arc<Receiver>) {
    let receiver = Arc::new(Receiver {
        got: Mutex::default(),
        refuses: Mutex::new(refuses),
    });
    let router = Router::new().route("/hooks", post(receive)).with_state(Arc::clone(&receiver));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(listener, router).await });
    (address, receiver)
}

/// The webhook's body, if the signature holds.
async fn verified(town: &Town, (jwt, body): &(String, Vec<u8>)) -> Value {
    let parts: Vec<&str> = jwt.split('.').collect();
    let part = |place: usize| BASE64URL_NOPAD.decode(parts[place].as_bytes()).expect("base64");
    let head: Value = serde_json::from_slice(&part(0)).expect("JSON");
    assert_eq!(head["alg"], "ES256");
    let key = town.ask("webhook_verification_key/get", json!({ "key_id": head["kid"] })).await["key"].clone();
    let coordinate = |name: &str| {
        BASE64URL_NOPAD
            .decode(key[name].as_str().expect("text").as_bytes())
            .expect("base64")
    };
    let point = [vec![4], coordinate("x"), coordinate("y")].concat();
    let signed = format!("{}.{}", parts[0], parts[1]);
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
        .verify(signed.as_bytes(), &part(2))
        .expect("a signature");
    let claims: Value = serde_json::from_slice(&part(1)).expect("JSON");
    assert_eq!(claims["request_body_sha256"], HEXLOWER.encode(&Sha256::digest(body)));
    assert!(claims["iat"].as_i64().expect("a time") >= NOON / 1_000_000);
    let webhook: Value = serde_json::from_slice(body).expect("JSON");
    let problems = Interface::load().webhook_problems(&webhook);
    assert!(problems.is_empty(), "{problems:?}");
    webhook
}

async fn codes(town: &Town, got: &[(String, Vec<u8>)]) -> Vec<String> {
    let mut codes = Vec::new();
    for one in got {
        codes.push(verified(town, one).await["webhook_code"].as_str().expect("a code").to_owned());
    }
    codes.sort();
    codes
}

#[tokio::test]
async fn the_end_of_hosted_link_is_told_and_signed() {
    let (address, receiver) = receiver(0).await;
    let town = Town::beside(&address);
    let hook = json!({ "webhook": format!("{address}/hooks") });
    let link = town.link(hook.clone()).await;
    town.go_through(&link, "user_good", "pass_good").await;
    let got = receiver.wait(2).await;
    assert_eq!(codes(&town, &got).await, ["EVENTS", "SESSION_FINISHED"]);
    for one in &got {
        let webhook = verified(&town, one).await;
        assert_eq!(webhook["link_token"], link["link_token"]);
        if webhook["webhook_code"] == "SESSION_FINISHED" {
            assert_eq!(
                (&webhook["status"], &webhook["public_tokens"][0]),
                (&json!("SUCCESS"), &webhook["public_token"])
            );
            town.ask("item/public_token/exchange", json!({ "public_token": webhook["public_token"] }))
                .await;
        }
    }
    let unknown = town.call("webhook_verification_key/get", json!({ "key_id": "no" })).await;
    assert_eq!(unknown.refusal(), (400, "INVALID_WEBHOOK_VERIFICATION_KEY_ID".into()));
}

#[tokio::test]
async fn what_happens_to_an_item_is_told() {
    let (address, receiver) = receiver(0).await;
    let town = Town::beside(&address);
    let access = town.item("user_good", json!({ "webhook": format!("{address}/hooks") })).await;
    let item = json!({ "access_token": access });
    town.ask("sandbox/item/reset_login", item.clone()).await;
    for code in ["LOGIN_REPAIRED", "SYNC_UPDATES_AVAILABLE", "USER_PERMISSION_REVOKED"] {
        town.ask("sandbox/item/fire_webhook", json!({ "access_token": access, "webhook_code": code }))
            .await;
    }
    let wanted = ["ERROR", "LOGIN_REPAIRED", "SYNC_UPDATES_AVAILABLE", "USER_PERMISSION_REVOKED"];
    assert_eq!(codes(&town, &receiver.wait(4).await).await, wanted);
    let told = town.ask("item/get", item.clone()).await;
    assert_eq!(told["item"]["error"]["error_code"], "USER_PERMISSION_REVOKED");
    assert_eq!(told["status"]["last_webhook"]["code_sent"], "USER_PERMISSION_REVOKED");
    let wrong = json!({ "access_token": access, "webhook_code": "NOTHING" });
    assert_eq!(town.call("sandbox/item/fire_webhook", wrong).await.refusal().1, "INVALID_FIELD");
    town.ask("item/webhook/update", item.clone()).await;
    let silent = json!({ "access_token": access, "webhook_code": "ERROR" });
    assert_eq!(
        town.call("sandbox/item/fire_webhook", silent).await.refusal(),
        (400, "SANDBOX_WEBHOOK_INVALID".into())
    );
}

#[tokio::test]
async fn an_end_that_is_near_and_a_history_that_is_ready_are_told() {
    let (address, receiver) = receiver(0).await;
    let town = Town::beside(&address);
    let link = town.link(json!({ "webhook": format!("{address}/hooks") })).await;
    town.go_through(&link, "user_pending_expiration", "pass_good").await;
    assert_eq!(
        codes(&town, &receiver.wait(3).await).await,
        ["EVENTS", "PENDING_EXPIRATION", "SESSION_FINISHED"]
    );
    let told = town.ask("link/token/get", json!({ "link_token": link["link_token"] })).await;
    let public = json!({ "public_token": told["link_sessions"][0]["results"]["item_add_results"][0]["public_token"] });
    let access = town.ask("item/public_token/exchange", public).await;
    town.ask("transactions/sync", json!({ "access_token": access["access_token"] }))
        .await;
    assert!(
        codes(&town, &receiver.wait(4).await)
            .await
            .contains(&"SYNC_UPDATES_AVAILABLE".to_owned())
    );
}

#[tokio::test]
async fn one_that_is_not_taken_comes_again_and_of_some_people_each_comes_twice() {
    let (address, receiver) = receiver(1).await;
    let town = Town::beside(&address);
    let access = town.item("user_twice", json!({ "webhook": format!("{address}/hooks") })).await;
    town.ask("sandbox/item/reset_login", json!({ "access_token": access })).await;
    let got = receiver.wait(2).await;
    assert_eq!(got.len(), 2, "one of them at the second try");
    assert_eq!(got[0].1, got[1].1);
}
