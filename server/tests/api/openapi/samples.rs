//! Something of every kind that a tenant can have, and which parameter or field names which kind.
//!
//! A new route whose path, query or body names something needs a line in [`PATHS`] or [`FIELDS`], and a new kind of thing a sample in
//! [`Samples::of`]: the tests that go over all routes fail without.

use crate::world::{ORIGIN, World};
use axum::http::StatusCode;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

/// By what a route's path begins with: the kind of thing that the parameter after it names.
const PATHS: &[(&str, &str)] = &[
    ("/v1/connections/", "connection"),
    ("/v1/accounts/", "account"),
    ("/v1/events/", "event"),
    ("/v1/webhook_endpoints/", "webhook_endpoint"),
    ("/v1/customers/", "customer"),
    ("/v1/start_pages/", "start_page"),
    ("/v1/hosted_links/", "hosted_link"),
    ("/v1/institutions/", "institution"),
    ("/v1/institution_rows/", "institution"),
];

/// What a field of a body or a query parameter names; `None`: nothing that belongs to a tenant.
const FIELDS: &[(&str, Option<Kind>)] = &[
    ("connection_id", Some(Kind::of("connection", &[404]))),
    ("endpoint_id", Some(Kind::of("webhook_endpoint", &[404]))),
    ("public_token", Some(Kind::of("public_token", &[422]))),
    // A filter: another tenant's customer of this name is another one.
    ("customer", Some(Kind::of("customer", &[200]))),
    ("external_id", None),
    // What is not of the connection in the path is passed over.
    ("transaction_ids", None),
    // Of the OAuth server behind a callback.
    ("client_id", None),
    // A row may be about anybody's institution, and is the caller's own.
    ("id", None),
    ("provider_id", None),
    ("institution_id", None),
    ("institution_ids", None),
    ("psu_id", None),
    ("psu_corporate_id", None),
];

/// What a field names, and what a request may be answered that names another tenant's.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    pub name: &'static str,
    pub refused: &'static [u16],
}

impl Kind {
    const fn of(name: &'static str, refused: &'static [u16]) -> Self {
        Self { name, refused }
    }
}

/// The kind of thing that a route's path names.
pub fn of_path(path: &str) -> &'static str {
    let found = PATHS.iter().find(|(prefix, _)| path.starts_with(&format!("{prefix}{{")));
    found
        .unwrap_or_else(|| panic!("{path} names something that samples.rs does not know"))
        .1
}

/// Whether a field's name says that it names something.
fn names_something(field: &str) -> bool {
    field == "id" || field == "customer" || ["_id", "_ids", "_token", "_tokens", "_key"].iter().any(|end| field.ends_with(end))
}

/// The kind of thing that a field or parameter names, if it names any.
pub fn of_field(operation: &str, field: &str) -> Option<Kind> {
    if !names_something(field) {
        return None;
    }
    let found = FIELDS.iter().find(|(name, _)| *name == field);
    found
        .unwrap_or_else(|| panic!("{operation}: `{field}` names something that samples.rs does not know"))
        .1
}

/// One of each kind.
pub struct Samples(BTreeMap<&'static str, String>);

impl Samples {
    /// Makes one of each for the tenant of this key: an active connection and what hangs on it; for the public token, another
    /// connection that awaits its exchange.
    pub async fn of(world: &World, key: &str, customer: &str) -> Self {
        let invited = invite(world, key, customer).await;
        let connection = text(&invited["id"]);
        let token = world.enter(&invited).await.link("043510023").await.expect("a token");
        let exchange = json!({ "public_token": token, "customer": { "external_id": customer } });
        let done = call(world, "POST", "/v1/public_tokens/exchange", key, &exchange).await;
        assert_eq!(done.0, StatusCode::OK, "{}", done.1);
        let account = loop {
            let accounts = world
                .call("GET", &format!("/v1/connections/{connection}/accounts"), key, &[], None)
                .await;
            if let Some(id) = accounts.body.pointer("/data/0/id") {
                break text(id);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        let endpoint = json!({ "url": "http://127.0.0.1:9/" });
        let endpoint = call(world, "POST", "/v1/webhook_endpoints", key, &endpoint).await.1;
        let events = world
            .call("GET", &format!("/v1/connections/{connection}/events"), key, &[], None)
            .await;
        let page = call(world, "POST", "/v1/start_pages", key, &json!({ "name": "Connect" })).await.1;
        let link = json!({ "customer": { "external_id": customer } });
        let link = call(world, "POST", "/v1/hosted_links", key, &link).await.1;
        let institution = format!("il-own-{}", connection.replace('_', "-").to_lowercase());
        let row = json!([{ "id": institution, "names": { "en": "Own Savings" }, "country": "IL" }]);
        let imported = call(world, "PATCH", "/v1/institution_rows", key, &row).await;
        assert_eq!(imported.0, StatusCode::OK, "{}", imported.1);
        let waiting = invite(world, key, customer).await;
        let public_token = world.enter(&waiting).await.link("043510023").await.expect("a token");
        Self(BTreeMap::from([
            ("connection", connection),
            ("account", account),
            ("webhook_endpoint", text(&endpoint["id"])),
            ("event", text(&events.body["data"][0]["data"]["id"])),
            ("customer", customer.to_owned()),
            ("start_page", text(&page["id"])),
            ("hosted_link", text(&link["id"])),
            ("public_token", public_token),
            ("institution", institution),
        ]))
    }

    /// The one of this kind.
    pub fn id(&self, kind: &str) -> &str {
        self.0.get(kind).unwrap_or_else(|| panic!("there is no sample of a {kind}"))
    }

    /// Every kind with its sample.
    pub fn all(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.iter().map(|(kind, id)| (*kind, id.as_str()))
    }
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

async fn call(world: &World, method: &str, path: &str, key: &str, body: &Value) -> (StatusCode, Value) {
    let answer = world.call(method, path, key, &[], Some(&body.to_string())).await;
    (answer.status, answer.body)
}

async fn invite(world: &World, key: &str, customer: &str) -> Value {
    let body = json!({ "customer": { "external_id": customer }, "include_sandbox": true, "language": "en",
                       "parent_origin": ORIGIN, "redirect_url": "https://shop.example/back" });
    let (status, body) = call(world, "POST", "/v1/connections", key, &body).await;
    assert_eq!(status, StatusCode::CREATED, "{body}");
    body
}
