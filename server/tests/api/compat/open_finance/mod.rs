//! Open Finance's API. What is expected is written here by the vendor's documents, each with its mark: `[V]` the vendor says it, `[I]` it
//! is silent and this is ours.

mod callbacks;
mod connections;
mod create;
mod data;
mod fields;
mod tenant;
mod token;

use crate::banks::{Browser, Trip};
use crate::world::{Answer, Visit, World};
use axum::http::StatusCode;
use gesher_app::backend::{Asked, Backend as _, Entry};
use gesher_contract::Door;
use gesher_server::connect::psu;
use gesher_server::providers::PsuContext;
use gesher_server::tenants::Mode;
use gesher_server::tenants::admin::{Admin, Scope};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

/// The host's own id for its user.
pub const USER: &str = "user-1";

/// An OAuth client's id and secret.
pub struct Client {
    pub id: String,
    pub secret: String,
}

/// What the operator does.
pub fn admin(world: &World) -> Admin<'_> {
    Admin {
        store: &world.core.store,
        clock: &*world.core.clock,
        rng: &*world.core.rng,
        actor: "test",
        plain_http: false,
    }
}

/// A client of the tenant's.
pub async fn client(world: &World, mode: Mode, scopes: &[Scope]) -> Client {
    let made = admin(world)
        .create_client(world.tenant.as_str(), mode, scopes.iter().copied().collect())
        .await
        .expect("a client");
    Client {
        id: made.row.client_id,
        secret: made.secret.expose_secret().to_owned(),
    }
}

pub async fn ask_for_token(world: &World, body: &Value) -> Answer {
    world.call("POST", "/oauth/token", "", &[], Some(&body.to_string())).await
}

/// An access token of a client for a user.
pub async fn token(world: &World, client: &Client, user: &str) -> String {
    let body = json!({ "userId": user, "clientId": client.id, "clientSecret": client.secret });
    let answer = ask_for_token(world, &body).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    answer.body["accessToken"].as_str().expect("a token").to_owned()
}

/// A token that may do everything in test mode, for [`USER`].
pub async fn whole(world: &World) -> String {
    let client = client(world, Mode::Test, &Scope::ALL).await;
    token(world, &client, USER).await
}

pub async fn post(world: &World, token: &str, body: &Value) -> Answer {
    world.call("POST", "/v2/connections", token, &[], Some(&body.to_string())).await
}

pub async fn delete(world: &World, token: &str, created: &Value) -> Answer {
    let path = format!("/v2/connections/{}", text(&created["id"]));
    world.call("DELETE", &path, token, &[], None).await
}

pub async fn get(world: &World, token: &str, path: &str) -> Answer {
    world.call("GET", path, token, &[], None).await
}

/// A connection with these fields, for fake providers.
pub async fn created(world: &World, token: &str, more: &Value) -> Value {
    let mut body = json!({ "includeFakeProviders": true, "language": "en" });
    for (name, value) in more.as_object().expect("an object") {
        body[name] = value.clone();
    }
    let answer = post(world, token, &body).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    answer.body
}

/// The connection as it is read.
pub async fn read(world: &World, token: &str, created: &Value) -> Value {
    let answer = get(world, token, &format!("/v2/connections/{}", text(&created["id"]))).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    answer.body
}

pub fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

/// The token in the address that the person follows.
pub fn connect_token(created: &Value) -> &str {
    let url = text(&created["connectUrl"]);
    url.strip_prefix("https://gesher.example/connect/").expect("an address of ours")
}

/// The person follows the address, in a tab.
pub async fn follow<'a>(world: &'a World, created: &Value) -> Visit<'a> {
    let entered = world.backend.enter(connect_token(created), Door::Page, Asked::default()).await;
    let Entry { at, boot } = entered.expect("the page opens");
    Visit {
        world,
        at,
        screen: boot.screen,
    }
}

/// The person follows the address and comes to the one bank that there is.
pub async fn trip<'a>(world: &'a World, created: &Value) -> Trip<'a> {
    let mut visit = follow(world, created).await;
    let person = PsuContext {
        ip: Some([192, 0, 2, 7].into()),
        user_agent: Some("A Browser".to_owned()),
    };
    psu::with(person, visit.open()).await;
    Trip {
        world,
        invited: created.clone(),
        at: visit.at.clone(),
        browser: Browser::new(),
        cookie: "a cookie",
    }
}

/// Waits until the connection has this status.
pub async fn until(world: &World, token: &str, created: &Value, status: &str) -> Value {
    let mut seen = Value::Null;
    for _ in 0..200 {
        seen = read(world, token, created).await;
        if seen["status"] == status {
            return seen;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    panic!("not {status}: {seen}");
}

/// The whole way at the sandbox's bank.
pub async fn linked(world: &World, token: &str, more: &Value) -> Value {
    let created = created(world, token, more).await;
    follow(world, &created).await.link("043510023").await;
    created
}

/// The fields of an object.
pub fn keys(value: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> = value.as_object().expect("an object").keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

/// The vendor's shape of an error: `type` and `message`, and nothing else [V].
pub fn refused(answer: &Answer, status: StatusCode, message: &str) {
    let kind = if status.is_server_error() {
        "INTERNAL_ERROR"
    } else {
        "CLIENT_ERROR"
    };
    assert_eq!(
        (answer.status, &answer.body),
        (status, &json!({ "type": kind, "message": message }))
    );
}

/// A list of what is wrong, as a text [V].
pub fn wrong(answer: &Answer, fields: &[&str]) {
    refused(answer, StatusCode::BAD_REQUEST, &json!(fields).to_string());
}
