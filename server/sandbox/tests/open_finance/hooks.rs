//! Webhooks, heard by a small server of the organisation.

use crate::organisation::{Organisation, asked};
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use http::{HeaderMap, StatusCode, Uri};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;

#[derive(Clone, Default)]
struct Heard {
    hooks: Arc<Mutex<Vec<(String, HeaderMap, Value)>>>,
    /// How many are refused before one is taken.
    refuse: Arc<Mutex<u32>>,
}

impl Heard {
    /// Listens; gives the address.
    async fn listen(&self) -> String {
        let hear = |State(heard): State<Self>, uri: Uri, headers: HeaderMap, body: Bytes| async move {
            let mut refuse = heard.refuse.lock().expect("a number");
            if *refuse > 0 {
                *refuse -= 1;
                return StatusCode::BAD_GATEWAY;
            }
            let body = serde_json::from_slice(&body).expect("JSON");
            heard.hooks.lock().expect("hooks").push((uri.path().to_owned(), headers, body));
            StatusCode::OK
        };
        let token = |body: String| async move {
            let right = body.contains("grant_type=client_credentials") && body.contains("client_secret=shh");
            assert!(right, "{body}");
            Json(json!({"access_token": "of-the-hook", "token_type": "Bearer"}))
        };
        let router = Router::new()
            .route("/token", post(token))
            .route("/{which}", post(hear))
            .with_state(self.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async move { axum::serve(listener, router).await });
        format!("http://{address}")
    }

    /// Waits for this many.
    async fn wait(&self, many: usize) -> Vec<(String, HeaderMap, Value)> {
        for _ in 0..200 {
            let heard = self.hooks.lock().expect("hooks").clone();
            if heard.len() >= many {
                return heard;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("heard {:?}", self.hooks.lock().expect("hooks"));
    }
}

fn webhooks(url: &str, more: Value) -> Value {
    let mut hooks = json!({
        "enabled": true,
        "successUrl": format!("{url}/success"),
        "failUrl": format!("{url}/fail"),
        "abortUrl": format!("{url}/abort"),
    });
    for (name, value) in more.as_object().expect("fields") {
        hooks[name] = value.clone();
    }
    let mut body = asked();
    body["callbackInformation"] = json!({ "webhooks": hooks });
    body
}

#[tokio::test]
async fn every_change_is_told_with_what_the_receiver_configured() {
    let heard = Heard::default();
    let url = heard.listen().await;
    let organisation = Organisation::at(&url).await;
    let more = json!({
        "basic": {"enabled": true, "username": "us", "password": "shh"},
        "customHeaders": {"X-Hook": "ours"},
        "products": ["CONNECTIONS"],
    });
    let (id, journey) = organisation.create(webhooks(&url, more)).await;
    organisation.approve(&journey, "043510023").await;
    heard.wait(1).await;
    for (wait, many) in [(2, 2), (3, 3)] {
        organisation.pass(wait);
        organisation.status(&id).await;
        heard.wait(many).await;
    }
    let hooks = heard.wait(3).await;
    let told: Vec<&str> = hooks
        .iter()
        .map(|(_, _, body)| body["connectionStatus"].as_str().expect("a status"))
        .collect();
    assert_eq!(told, ["FETCHING", "CONNECTED", "ACTIVE"]);
    let (path, headers, body) = &hooks[2];
    assert_eq!(path, "/success");
    assert_eq!(headers["authorization"], "Basic dXM6c2ho");
    assert_eq!(headers["x-hook"], "ours");
    assert_eq!(body["connectionId"], id.as_str());
    assert_eq!(body["bankName"], "open-finance-sandbox");
    assert_eq!((&body["userId"], &body["connectionError"]), (&json!("user-1"), &Value::Null));
    assert!(!body["accountNumbers"].as_array().expect("numbers").is_empty());
    let mut names: Vec<&String> = body.as_object().expect("fields").keys().collect();
    names.sort();
    let known = "accountNumbers bankName connectionError connectionId connectionStatus expiryDate orgId userId";
    assert_eq!(names, known.split(' ').collect::<Vec<_>>());
}

#[tokio::test]
async fn failures_and_closing_have_addresses_of_their_own_and_a_token_is_fetched() {
    let heard = Heard::default();
    let url = heard.listen().await;
    let organisation = Organisation::at(&url).await;
    let oauth = json!({"oauth": {"enabled": true, "clientId": "c", "clientSecret": "shh", "audience": "a", "scope": "s",
        "tokenUrl": format!("{url}/token")}});
    let (_, journey) = organisation.create(webhooks(&url, oauth)).await;
    organisation.fill(&journey, &[("action", "cancel")]).await;
    heard.wait(1).await;
    organisation.approve(&journey, "050299338").await;
    let hooks = heard.wait(2).await;
    let told: Vec<(&str, &str)> = hooks
        .iter()
        .map(|(path, _, body)| (path.as_str(), body["connectionStatus"].as_str().expect("a status")))
        .collect();
    assert_eq!(told, [("/abort", "INACTIVE"), ("/fail", "REJECTED")]);
    assert!(hooks.iter().all(|(_, headers, _)| headers["authorization"] == "Bearer of-the-hook"));
}

#[tokio::test]
async fn a_webhook_that_fails_comes_again_and_one_may_come_twice_or_never() {
    let heard = Heard::default();
    let url = heard.listen().await;
    let organisation = Organisation::at(&url).await;
    *heard.refuse.lock().expect("a number") = 1;
    let (_, journey) = organisation.create(webhooks(&url, json!({}))).await;
    let bank = organisation.log_in(&journey, "043510023").await;
    organisation.fill(&bank, &[("action", "decline")]).await;
    assert_eq!(heard.wait(1).await.len(), 1);

    let (_, journey) = organisation.create(webhooks(&url, json!({}))).await;
    let bank = organisation.log_in(&journey, "316159243").await;
    organisation.fill(&bank, &[("action", "decline")]).await;
    let (_, journey) = organisation.create(webhooks(&url, json!({}))).await;
    let bank = organisation.log_in(&journey, "316159235").await;
    organisation.fill(&bank, &[("action", "decline")]).await;
    let hooks = heard.wait(3).await;
    assert_eq!(hooks.len(), 3);
    assert_eq!(hooks[1].2, hooks[2].2);
    for nobody in [
        json!({"enabled": false}),
        json!({"products": ["PAYMENTS"]}),
        json!({"failUrl": "http://127.0.0.1:9/other"}),
    ] {
        let (_, journey) = organisation.create(webhooks(&url, nobody)).await;
        let bank = organisation.log_in(&journey, "043510023").await;
        organisation.fill(&bank, &[("action", "decline")]).await;
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(heard.wait(3).await.len(), 3);
}
