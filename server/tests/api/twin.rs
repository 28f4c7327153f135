//! A bank that leads somewhere else: to another origin, or to an issuer that is not its own. Nothing is sent there.

use crate::banks::one_bank;
use axum::extract::State;
use axum::http::{Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use gesher_contract::FailureCode;
use gesher_server::http;
use gesher_server::providers::{BankAddress, Failed, Launch, Leg, Provider};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use url::Url;

/// A bank whose answers a test writes. `{here}` in them is its own address.
#[derive(Clone)]
struct Twin {
    links: Value,
    metadata: Value,
    here: String,
    calls: Arc<Mutex<Vec<String>>>,
}

async fn answer(State(twin): State<Twin>, method: Method, uri: Uri) -> Response {
    let fill = |value: &Value| -> Value {
        let text = value.to_string().replace("{here}", &twin.here);
        serde_json::from_str(&text).expect("JSON")
    };
    twin.calls.lock().expect("calls").push(format!("{method} {}", uri.path()));
    match (method, uri.path()) {
        (Method::POST, "/v1/consents") => {
            let body = json!({ "consentStatus": "received", "consentId": "1", "_links": fill(&twin.links) });
            (StatusCode::CREATED, Json(body)).into_response()
        }
        (Method::DELETE, "/v1/consents/1") => StatusCode::NO_CONTENT.into_response(),
        (Method::GET, "/.well-known/oauth-authorization-server") => Json(fill(&twin.metadata)).into_response(),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn serve(links: Value, metadata: Value) -> Twin {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let twin = Twin {
        links,
        metadata,
        here: format!("http://{}", listener.local_addr().expect("an address")),
        calls: Arc::default(),
    };
    let router = Router::new().fallback(answer).with_state(twin.clone());
    tokio::spawn(http::serve::serve(listener, router, None, CancellationToken::new()));
    twin
}

impl Twin {
    async fn launch(&self) -> Result<(BankAddress, Leg), Failed> {
        let (provider, cx, ask) = one_bank(&self.here);
        let begun = provider.begin(&cx, &ask).await.map_err(|_| Failed::from(FailureCode::Internal))?;
        let launch = Launch {
            state: "a state".to_owned().into(),
            return_url: "https://gesher.example/callback".to_owned(),
        };
        provider.launch(&cx, begun.leg, &launch).await
    }

    fn calls(&self) -> Vec<String> {
        self.calls.lock().expect("calls").clone()
    }
}

fn oauth() -> Value {
    json!({ "scaOAuth": { "href": "{here}/.well-known/oauth-authorization-server" } })
}

fn metadata() -> Value {
    json!({
        "issuer": "{here}",
        "authorization_endpoint": "{here}/authorize",
        "token_endpoint": "{here}/token",
        "code_challenge_methods_supported": ["S256"],
    })
}

#[tokio::test]
async fn an_honest_bank_is_gone_to() {
    let bank = serve(oauth(), metadata()).await;
    let (address, _) = bank.launch().await.expect("an address");
    let address = Url::parse(address.expose()).expect("an address");
    let query: BTreeMap<_, _> = address.query_pairs().into_owned().collect();
    assert_eq!(address.path(), "/authorize");
    assert_eq!(
        (
            query["scope"].as_str(),
            query["response_type"].as_str(),
            query["code_challenge_method"].as_str()
        ),
        ("AIS:1", "code", "S256")
    );
    assert_eq!(query["code_challenge"].len(), 43);
    let links = json!({ "scaRedirect": { "href": "https://pages.bank.example/sca?x=1" } });
    let (address, _) = serve(links, Value::Null).await.launch().await.expect("an address");
    assert_eq!(address.expose(), "https://pages.bank.example/sca?x=1");
}

#[tokio::test]
async fn metadata_that_are_not_the_banks_own_are_not_used() {
    for (field, value) in [
        ("issuer", json!("https://evil.example")),
        ("issuer", json!("{here}/")),
        ("token_endpoint", json!("https://evil.example/token")),
        ("code_challenge_methods_supported", json!(["plain"])),
        ("authorization_endpoint", json!("http://evil.example/authorize")),
    ] {
        let mut metadata = metadata();
        metadata[field] = value.clone();
        let bank = serve(oauth(), metadata).await;
        let failed = bank.launch().await.err().expect("a failure");
        assert_eq!(failed.code, FailureCode::BadInstitutionAnswer, "{field} {value}");
        assert_eq!(
            bank.calls(),
            [
                "POST /v1/consents",
                "GET /.well-known/oauth-authorization-server",
                "DELETE /v1/consents/1"
            ],
            "{field} {value}"
        );
    }
}

#[tokio::test]
async fn a_link_to_another_origin_is_not_followed() {
    let evil = serve(json!({}), metadata()).await;
    for links in [
        json!({ "scaOAuth": { "href": format!("{}/.well-known/oauth-authorization-server", evil.here) } }),
        json!({ "startAuthorisation": { "href": format!("{}/v1/consents/1/authorisations", evil.here) } }),
        json!({ "startAuthorisation": { "href": format!("//{}/v1", evil.here.trim_start_matches("http://")) } }),
        json!({ "scaRedirect": { "href": "http://evil.example/sca" } }),
        json!({ "scaRedirect": { "href": "javascript:alert(1)" } }),
        json!({ "scaRedirect": { "href": "{here}/sca" }, "status": { "href": format!("{}/status", evil.here) } }),
        json!({ "scaRedirect": { "href": "{here}/sca" }, "self": { "href": format!("{}/consents/1", evil.here) } }),
        json!({}),
    ] {
        let bank = serve(links.clone(), metadata()).await;
        let failed = bank.launch().await.err().expect("a failure");
        assert_eq!(failed.code, FailureCode::BadInstitutionAnswer, "{links}");
        assert_eq!(bank.calls(), ["POST /v1/consents", "DELETE /v1/consents/1"], "{links}");
    }
    assert!(evil.calls().is_empty(), "{:?}", evil.calls());
}
