//! What a client does at Salt Edge's dashboard, as JSON, and what a tester does. Salt Edge has no such interface.
//!
//! Each call has the API key in `App-id` and `Secret`. `PUT /settings` sets the public key and the addresses of callbacks, which have to
//! be Gesher's; `GET /settings` shows them. `GET /connections` lists connections. `POST /connections/{id}` lets something happen to one:
//! `expire` and `revoke` its consent, `fail` (the login is wrong), `outage` and `fetch` of an automatic refresh, `disable`, `destroy`. `PUT /troubles` spoils the next answers of
//! an action, as in `{"on":"GET /accounts","what":"half","times":1}`; `DELETE /troubles` ends that.

use super::SaltEdge;
use super::connection::{Attempt, Connection};
use super::desk::{Callbacks, Client, Made, Spoilt};
use super::people::{self, Fail};
use super::rsa::PublicKey;
use crate::trouble::Trouble;
use axum::extract::{Path, State};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use url::Url;

/// What a handler gives.
type Answer = Result<Json<Value>, StatusCode>;
type Shared = State<Arc<SaltEdge>>;

/// Body of `PUT /settings`. What is left out is taken away.
#[derive(Deserialize)]
struct Settings {
    public_key: Option<String>,
    #[serde(default)]
    callbacks: Addresses,
}

#[derive(Default, Deserialize)]
struct Addresses {
    success_url: Option<String>,
    failure_url: Option<String>,
    notify_url: Option<String>,
    destroy_url: Option<String>,
}

/// Body of `PUT /troubles`.
#[derive(Deserialize)]
struct Wanted {
    on: String,
    what: What,
    times: Option<u32>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum What {
    Down,
    Broken,
    Busy,
    Slow,
    Stuck,
    Page,
    Half,
    OtherShape,
}

/// Body of `POST /connections/{id}`.
#[derive(Deserialize)]
struct Happens {
    action: Action,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Action {
    Expire,
    Revoke,
    Fail,
    Outage,
    Fetch,
    Disable,
    Destroy,
}

/// The routes, below `/salt-edge/dashboard`.
pub(super) fn router() -> Router<Arc<SaltEdge>> {
    Router::new()
        .route("/settings", get(settings).put(set))
        .route("/connections", get(connections))
        .route("/connections/{id}", post(happen))
        .route("/troubles", put(make_trouble).delete(end_trouble))
}

/// The App-id of the API key in the headers.
fn app(salt_edge: &SaltEdge, headers: &HeaderMap) -> Result<&'static str, StatusCode> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let mut desk = salt_edge.desk();
    let client = header("App-id").and_then(|app| desk.client(app));
    let client = client.filter(|client| header("Secret") == Some(client.key.secret));
    Ok(client.ok_or(StatusCode::UNAUTHORIZED)?.key.app_id)
}

/// Reads or changes what this caller has set.
fn with_client<T>(salt_edge: &SaltEdge, headers: &HeaderMap, change: impl FnOnce(&mut Client) -> T) -> Result<T, StatusCode> {
    let app = app(salt_edge, headers)?;
    let mut desk = salt_edge.desk();
    desk.client(app).map(change).ok_or(StatusCode::UNAUTHORIZED)
}

fn written(client: &Client) -> Value {
    json!({
        "app_id": client.key.app_id,
        "live": client.key.live,
        "has_public_key": client.public_key.is_some(),
        "callbacks": {
            "success_url": client.callbacks.success,
            "failure_url": client.callbacks.fail,
            "notify_url": client.callbacks.notify,
            "destroy_url": client.callbacks.destroy,
        },
    })
}

async fn settings(State(salt_edge): Shared, headers: HeaderMap) -> Answer {
    with_client(&salt_edge, &headers, |client| Json(written(client)))
}

/// An address that callbacks may be sent to.
fn address(salt_edge: &SaltEdge, text: Option<&str>) -> Result<Option<Url>, StatusCode> {
    let Some(text) = text else { return Ok(None) };
    let url = Url::parse(text).map_err(|_| StatusCode::UNPROCESSABLE_ENTITY)?;
    let trusted = salt_edge.trusted.iter().filter_map(|trusted| Url::parse(trusted).ok());
    let fits = trusted.map(|trusted| trusted.origin()).any(|origin| origin == url.origin());
    if fits && url.fragment().is_none() {
        Ok(Some(url))
    } else {
        Err(StatusCode::UNPROCESSABLE_ENTITY)
    }
}

async fn set(State(salt_edge): Shared, headers: HeaderMap, Json(wanted): Json<Settings>) -> Answer {
    let key = match wanted.public_key.as_deref() {
        None => None,
        Some(pem) => Some(PublicKey::from_pem(pem).ok_or(StatusCode::UNPROCESSABLE_ENTITY)?),
    };
    let to = wanted.callbacks;
    let callbacks = Callbacks {
        success: address(&salt_edge, to.success_url.as_deref())?,
        fail: address(&salt_edge, to.failure_url.as_deref())?,
        notify: address(&salt_edge, to.notify_url.as_deref())?,
        destroy: address(&salt_edge, to.destroy_url.as_deref())?,
    };
    with_client(&salt_edge, &headers, |client| {
        client.public_key = key;
        client.callbacks = callbacks;
        Json(written(client))
    })
}

async fn connections(State(salt_edge): Shared, headers: HeaderMap) -> Answer {
    let app = app(&salt_edge, &headers)?;
    let now = salt_edge.now();
    let connections = salt_edge.desk().connections_of(app, now);
    let written: Vec<_> = connections.iter().map(|connection| connection.json(now)).collect();
    Ok(Json(json!({ "connections": written })))
}

async fn make_trouble(State(salt_edge): Shared, headers: HeaderMap, Json(wanted): Json<Wanted>) -> Answer {
    let what = match wanted.what {
        What::Down => Spoilt::By(Trouble::Down),
        What::Broken => Spoilt::Broken,
        What::Busy => Spoilt::Busy,
        What::Slow => Spoilt::By(Trouble::Slow),
        What::Stuck => Spoilt::By(Trouble::Stuck),
        What::Page => Spoilt::By(Trouble::Page),
        What::Half => Spoilt::By(Trouble::Half),
        What::OtherShape => Spoilt::By(Trouble::OtherShape),
    };
    let made = Made {
        on: wanted.on,
        what,
        times: wanted.times,
    };
    if with_client(&salt_edge, &headers, |client| client.make_trouble(made))? {
        Ok(Json(json!({})))
    } else {
        Err(StatusCode::TOO_MANY_REQUESTS)
    }
}

async fn end_trouble(State(salt_edge): Shared, headers: HeaderMap) -> Answer {
    with_client(&salt_edge, &headers, |client| {
        client.troubles.clear();
        Json(json!({}))
    })
}

async fn happen(State(salt_edge): Shared, headers: HeaderMap, Path(id): Path<u64>, Json(happens): Json<Happens>) -> Answer {
    let app = app(&salt_edge, &headers)?;
    let now = salt_edge.now();
    let attempt = salt_edge.desk().fresh();
    let change = |change: &mut dyn FnMut(&mut Connection)| -> Result<(), StatusCode> {
        let mut desk = salt_edge.desk();
        change(desk.connection(app, id, now).ok_or(StatusCode::NOT_FOUND)?);
        Ok(())
    };
    let mut automatic = |connection: &mut Connection| {
        let before = connection.attempt.clone();
        connection.begin(Attempt {
            id: attempt,
            began: now,
            end: None,
            user_present: false,
            ..before
        });
    };
    match happens.action {
        Action::Expire => change(&mut |connection| connection.end_consent(now, false))?,
        Action::Revoke => change(&mut |connection| connection.end_consent(now, true))?,
        Action::Disable => change(&mut |connection| connection.disabled = true)?,
        Action::Fail => {
            change(&mut automatic)?;
            salt_edge.finish(app, id, Err(Fail::InvalidCredentials));
        }
        Action::Outage => {
            change(&mut automatic)?;
            salt_edge.finish(app, id, Err(Fail::ProviderUnavailable));
        }
        Action::Fetch => {
            change(&mut automatic)?;
            let psu = salt_edge
                .desk()
                .connection(app, id, now)
                .and_then(|connection| connection.psu.clone());
            salt_edge.finish(app, id, psu.map_or(Err(Fail::InvalidCredentials), |psu| people::fetch(&psu)));
        }
        Action::Destroy => {
            if !salt_edge.destroy(app, id) {
                return Err(StatusCode::NOT_FOUND);
            }
        }
    }
    Ok(Json(json!({})))
}
