//! A host's backend that hears webhooks, on a port of its own.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use gesher_server::http::serve::serve;
use ring::{hmac, signature};
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// A webhook that came.
#[derive(Clone, Debug)]
pub struct Heard {
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Heard {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    pub fn id(&self) -> &str {
        self.header("webhook-id")
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }

    /// What was signed.
    fn content(&self) -> Vec<u8> {
        let mut content = format!("{}.{}.", self.id(), self.header("webhook-timestamp")).into_bytes();
        content.extend_from_slice(&self.body);
        content
    }

    fn signatures(&self, version: &str) -> Vec<Vec<u8>> {
        let found = self.header("webhook-signature").split(' ').filter_map(|one| one.split_once(','));
        found
            .filter(|(it, _)| *it == version)
            .map(|(_, signature)| data_encoding::BASE64.decode(signature.as_bytes()).expect("base64"))
            .collect()
    }

    /// Whether one of the `v1` signatures is this secret's.
    pub fn is_signed_with(&self, secret: &str) -> bool {
        let secret = secret.strip_prefix("whsec_").expect("a secret");
        let key = hmac::Key::new(hmac::HMAC_SHA256, &data_encoding::BASE64.decode(secret.as_bytes()).expect("base64"));
        let content = self.content();
        self.signatures("v1")
            .iter()
            .any(|signature| hmac::verify(&key, &content, signature).is_ok())
    }

    /// Whether the `v1a` signature is this key's.
    pub fn is_signed_by(&self, key: &str) -> bool {
        let key = key.strip_prefix("whpk_").expect("a public key");
        let key = signature::UnparsedPublicKey::new(&signature::ED25519, data_encoding::BASE64.decode(key.as_bytes()).expect("base64"));
        let signatures = self.signatures("v1a");
        signatures.len() == 1 && key.verify(&self.content(), &signatures[0]).is_ok()
    }
}

type Answers = Box<dyn Fn(usize) -> Option<(u16, Vec<(&'static str, String)>)> + Send + Sync>;

struct Inner {
    heard: Mutex<Vec<Heard>>,
    news: Notify,
    answers: Mutex<Answers>,
}

/// The backend.
pub struct Receiver {
    pub url: String,
    inner: Arc<Inner>,
    stop: CancellationToken,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Receiver {
    /// Answers 204.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/hook?a=1", listener.local_addr().expect("an address"));
        let inner = Arc::new(Inner {
            heard: Mutex::default(),
            news: Notify::new(),
            answers: Mutex::new(Box::new(|_| Some((204, Vec::new())))),
        });
        let stop = CancellationToken::new();
        let router = Router::new().fallback(hear).with_state(inner.clone());
        tokio::spawn(serve(listener, router, None, stop.clone()));
        Self { url, inner, stop }
    }

    /// Answers from now on as this says of the place of each call, from 0; where it says nothing, never.
    pub fn answer(&self, answers: impl Fn(usize) -> Option<(u16, Vec<(&'static str, String)>)> + Send + Sync + 'static) {
        *self.inner.answers.lock().expect("answers") = Box::new(answers);
    }

    /// Answers with this status from now on.
    pub fn answer_with(&self, status: u16) {
        self.answer(move |_| Some((status, Vec::new())));
    }

    pub fn heard(&self) -> Vec<Heard> {
        self.inner.heard.lock().expect("heard").clone()
    }

    pub fn ids(&self) -> BTreeSet<String> {
        self.heard().iter().map(|heard| heard.id().to_owned()).collect()
    }

    /// Waits until so many came.
    pub async fn hears(&self, count: usize) -> Vec<Heard> {
        let enough = async {
            loop {
                let news = self.inner.news.notified();
                let heard = self.heard();
                if heard.len() >= count {
                    return heard;
                }
                news.await;
            }
        };
        match tokio::time::timeout(Duration::from_secs(60), enough).await {
            Ok(heard) => heard,
            Err(_) => panic!("only {} of {count} webhooks came", self.heard().len()),
        }
    }
}

async fn hear(State(inner): State<Arc<Inner>>, headers: HeaderMap, body: Bytes) -> Response {
    let place = {
        let mut heard = inner.heard.lock().expect("heard");
        heard.push(Heard { headers, body });
        heard.len() - 1
    };
    inner.news.notify_waiters();
    let answer = (inner.answers.lock().expect("answers"))(place);
    match answer {
        None => std::future::pending().await,
        Some((status, headers)) => {
            let mut response = StatusCode::from_u16(status).expect("a status").into_response();
            for (name, value) in headers {
                let name = header::HeaderName::from_static(name);
                response.headers_mut().insert(name, value.parse().expect("a value"));
            }
            response
        }
    }
}
