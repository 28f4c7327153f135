//! Callbacks: posted to the addresses that the client has set at the dashboard, signed with RSA-SHA256 over `callback_url|body`.
//!
//! One that is not answered with 2xx is sent again, at most [`DELAYS`] times; how often Salt Edge tries is not published. Callbacks of
//! one attempt are sent one after the other.

use super::connection::Connection;
use super::desk::Callbacks;
use super::people::{Fail, Manner, manner};
use super::{PRIVATE_CALLBACK_KEY, SaltEdge, rsa};
use serde_json::{Value, json};
use std::time::Duration;
use url::Url;

/// `Signature-key-version` of the key that is used.
const KEY_VERSION: &str = "6.0";
/// How long a try may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// What is waited before each other try.
const DELAYS: [Duration; 4] = [
    Duration::from_millis(500),
    Duration::from_secs(2),
    Duration::from_secs(10),
    Duration::from_secs(60),
];

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Happened {
    /// An attempt has come to this stage.
    Stage(&'static str),
    /// Its data have been fetched.
    Success,
    /// They could not be.
    Failed(Fail),
    /// It is gone.
    Destroyed,
}

/// One callback, ready to be sent.
#[derive(Clone, Debug)]
pub(super) struct Callback {
    url: Url,
    body: String,
    twice: bool,
}

/// What the client is told about it, if it has an address for that.
pub(super) fn about(salt_edge: &SaltEdge, callbacks: &Callbacks, connection: &Connection, happened: Happened) -> Option<Callback> {
    let mut data = json!({
        "connection_id": connection.id.to_string(),
        "customer_id": connection.customer.to_string(),
        "custom_fields": connection.attempt.custom_fields,
    });
    let mut set = |name: &str, value: &str| data[name] = Value::from(value);
    let url = match happened {
        Happened::Stage(stage) => {
            set("stage", stage);
            &callbacks.notify
        }
        Happened::Success => {
            set("stage", "finish");
            &callbacks.success
        }
        Happened::Failed(fail) => {
            set("error_class", fail.class());
            set("error_message", fail.message());
            &callbacks.fail
        }
        Happened::Destroyed => &callbacks.destroy,
    };
    let meta = json!({ "version": "6", "time": salt_edge.now().stamp() });
    Some(Callback {
        url: url.clone()?,
        body: json!({ "data": data, "meta": meta }).to_string(),
        twice: connection.psu.as_ref().and_then(manner) == Some(Manner::Double),
    })
}

/// Sends them after so many seconds, in order, in the background.
pub(super) fn send(salt_edge: &SaltEdge, callbacks: Vec<Callback>, after: i64) {
    if callbacks.is_empty() {
        return;
    }
    let client = salt_edge.client.clone();
    let wait = Duration::from_secs(u64::try_from(after).unwrap_or(0));
    tokio::spawn(async move {
        tokio::time::sleep(wait).await;
        for callback in callbacks {
            for _ in 0..=u8::from(callback.twice) {
                deliver(&client, &callback).await;
            }
        }
    });
}

async fn deliver(client: &reqwest::Client, callback: &Callback) {
    let signed = format!("{}|{}", callback.url, callback.body);
    let Some(signature) = rsa::PrivateKey::from_pem(PRIVATE_CALLBACK_KEY).and_then(|key| key.sign(signed.as_bytes())) else {
        return;
    };
    for delay in DELAYS.into_iter().map(Some).chain([None]) {
        let request = client
            .post(callback.url.clone())
            .timeout(PATIENCE)
            .header("Content-Type", "application/json")
            .header("Signature", &signature)
            .header("Signature-key-version", KEY_VERSION)
            .body(callback.body.clone());
        match request.send().await {
            Ok(answer) if answer.status().is_success() => return,
            Ok(answer) => tracing::debug!(status = answer.status().as_u16(), "a callback was not taken"),
            Err(_) => tracing::debug!("a callback did not arrive"),
        }
        if let Some(delay) = delay {
            tokio::time::sleep(delay).await;
        }
    }
}
