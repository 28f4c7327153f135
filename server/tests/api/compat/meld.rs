//! Meld's connect tokens: `POST /bank-linking/connect/start`, what each field does, and the connection that comes of it. Key sets are those
//! of docs.meld.io ([V]) unless marked [I], where the vendor is silent.

use crate::world::{Answer, REDIRECT, Visit, World};
use axum::http::StatusCode;
use gesher_app::backend::{Asked, Backend as _, Entry};
use gesher_contract::{Door, View};
use gesher_server::connections::asked;
use gesher_server::store::connections;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;

pub const PSU: &str = "043510023";
const HOUR: Duration = Duration::from_secs(60 * 60);

/// [V] The vendor's own example customer, and the products that its older reference page names as the usual ones.
pub fn usual() -> Value {
    json!({ "externalCustomerId": "testUser", "products": ["TRANSACTIONS", "IDENTIFIERS", "BALANCES", "OWNERS"] })
}

pub async fn call(world: &World, method: &str, path: &str, body: Option<&Value>) -> Answer {
    call_with(world, method, path, &world.key, body).await
}

pub async fn call_with(world: &World, method: &str, path: &str, key: &str, body: Option<&Value>) -> Answer {
    let basic = format!("BASIC {key}");
    let more = [("authorization", basic.as_str()), ("meld-version", "2022-11-10")];
    world.call(method, path, "", &more, body.map(Value::to_string).as_deref()).await
}

pub fn keys(value: &Value) -> BTreeSet<&str> {
    value.as_object().expect("an object").keys().map(String::as_str).collect()
}

/// Starts a connection.
pub async fn start(world: &World, body: &Value) -> Value {
    let answer = call(world, "POST", "/bank-linking/connect/start", Some(body)).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    answer.body
}

/// The widget, entered with the token of an answer.
pub async fn enter<'a>(world: &'a World, started: &Value) -> Visit<'a> {
    let token = started["connectToken"].as_str().expect("a token");
    let Entry { at, boot } = world.backend.enter(token, Door::Page, Asked::default()).await.expect("opens");
    Visit {
        world,
        at,
        screen: boot.screen,
    }
}

pub async fn connection(world: &World, id: &Value) -> Value {
    let path = format!("/bank-linking/connections/{}", id.as_str().expect("an id"));
    call(world, "GET", &path, None).await.body
}

/// A connection whose data are there.
pub async fn linked(world: &World, body: &Value) -> Value {
    let started = start(world, body).await;
    enter(world, &started).await.link(PSU).await;
    fetched(world, &started["id"]).await;
    started
}

/// Waits until a connection has data.
pub async fn fetched(world: &World, id: &Value) -> Value {
    for _ in 0..200 {
        let now = connection(world, id).await;
        if !now["successfullyAggregatedAt"].is_null() {
            return now;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("{}", connection(world, id).await)
}

/// The ids of the institutions that the picker shows first.
async fn shown(world: &World, body: &Value) -> Vec<String> {
    let started = start(world, body).await;
    match enter(world, &started).await.screen.view {
        View::Picker(picker) => picker.tiles.into_iter().map(|tile| tile.id).collect(),
        other => panic!("no picker: {other:?}"),
    }
}

fn and(more: Value) -> Value {
    let mut body = usual();
    for (name, value) in more.as_object().expect("an object") {
        body[name] = value.clone();
    }
    body
}

#[tokio::test]
async fn a_connection_is_started_linked_and_read() {
    let world = World::new().await;
    let started = start(&world, &usual()).await;
    // [V]
    let said = BTreeSet::from(["connectToken", "customerId", "externalCustomerId", "id", "widgetUrl"]);
    assert_eq!(keys(&started), said);
    assert_eq!(started["externalCustomerId"], "testUser");
    let token = started["connectToken"].as_str().expect("a token");
    assert_eq!(started["widgetUrl"], format!("{}/?connectToken={token}", world.core.url));
    // [V] The row of a connection.
    let row = BTreeSet::from([
        "accountId",
        "activeDuplicateConnectionId",
        "createdAt",
        "customerId",
        "duplicateConnectionIds",
        "externalCustomerId",
        "id",
        "institutionId",
        "institutionName",
        "key",
        "optionalProducts",
        "products",
        "regions",
        "serviceProviderDetails",
        "status",
        "statusReason",
        "successfullyAggregatedAt",
    ]);
    let before = connection(&world, &started["id"]).await;
    assert_eq!(keys(&before), row);
    assert_eq!((&before["status"], &before["statusReason"]), (&json!("IN_PROGRESS"), &Value::Null));
    assert_eq!(
        (&before["institutionId"], &before["successfullyAggregatedAt"]),
        (&Value::Null, &Value::Null)
    );
    let created: jiff::Timestamp = before["createdAt"].as_str().expect("a time").parse().expect("RFC 3339");
    assert_eq!(created.to_string(), "2026-11-20T12:00:00Z");

    let mut visit = enter(&world, &started).await;
    visit.link(PSU).await;
    // There is no exchange: the page has nothing to hand over.
    let View::Success(success) = &visit.screen.view else {
        panic!("{:?}", visit.screen.view)
    };
    assert_eq!(success.public_token, None);
    let after = fetched(&world, &started["id"]).await;
    assert_eq!(keys(&after), row);
    assert_eq!((&after["status"], &after["statusReason"]), (&json!("ACTIVE"), &Value::Null));
    assert_eq!(after["products"], json!(["BALANCES", "IDENTIFIERS", "OWNERS", "TRANSACTIONS"]));
    assert_eq!(
        (&after["institutionId"], &after["institutionName"]),
        (&json!("sandbox-bank"), &json!("Sandbox Bank"))
    );
    // [I] Our providers' names in the vendor's manner.
    assert_eq!(after["serviceProviderDetails"], json!({ "serviceProvider": "SANDBOX" }));
    for name in ["customerId", "externalCustomerId", "id"] {
        assert_eq!(after[name], started[name], "{name}");
    }
    // The native API tells of the same connection.
    let path = format!("/v1/connections/{}", started["id"].as_str().expect("an id"));
    let native = world.get(&path).await.body;
    assert_eq!(
        (&native["status"], &native["customer"]["external_id"]),
        (&json!("active"), &json!("testUser"))
    );
}

#[tokio::test]
async fn a_customer_keeps_the_id_that_they_got_first() {
    let world = World::new().await;
    world.invite(json!({ "customer": { "external_id": "testUser" } })).await;
    let (one, other) = (start(&world, &usual()).await, start(&world, &usual()).await);
    assert_ne!(one["id"], other["id"]);
    assert_eq!(one["customerId"], other["customerId"]);
    let third = start(&world, &and(json!({ "externalCustomerId": "somebody else" }))).await;
    assert_ne!(third["customerId"], one["customerId"]);
    let tag = world.tenant.as_str();
    assert!(
        one["customerId"].as_str().expect("an id").starts_with(&format!("cust_{tag}")),
        "{one}"
    );
}

#[tokio::test]
async fn one_token_opens_both_doors() {
    let world = World::new().await;
    let started = start(&world, &usual()).await;
    let token = started["connectToken"].as_str().expect("a token");
    for door in [Door::Frame, Door::Page] {
        let Entry { boot, .. } = world.backend.enter(token, door, Asked::default()).await.expect("opens");
        assert!(matches!(boot.screen.view, View::Picker(_)), "{door:?}");
    }
}

#[tokio::test]
async fn the_token_is_good_for_three_hours_and_the_connection_expires_after_four() {
    let world = World::new().await;
    let started = start(&world, &usual()).await;
    let pass = |time: Duration| {
        world.clock.advance(time);
        world.core.work.notify_one();
    };
    pass(3 * HOUR - Duration::from_secs(1));
    assert!(matches!(enter(&world, &started).await.screen.view, View::Picker(_)));
    pass(Duration::from_secs(1));
    assert!(matches!(enter(&world, &started).await.screen.view, View::Over { .. }));
    assert_eq!(connection(&world, &started["id"]).await["status"], "IN_PROGRESS");
    pass(HOUR);
    for _ in 0..200 {
        if connection(&world, &started["id"]).await["status"] == "EXPIRED" {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("{}", connection(&world, &started["id"]).await);
}

#[tokio::test]
async fn an_institution_skips_the_picker_and_a_search_fills_it() {
    let world = World::new().await;
    let started = start(
        &world,
        &and(json!({ "institutionId": "sandbox-card", "institutionSearchString": "" })),
    )
    .await;
    let mut visit = enter(&world, &started).await;
    visit.open().await;
    visit.settle().await;
    assert!(matches!(&visit.screen.view, View::Form(_)), "{:?}", visit.screen.view);
    let row = connection(&world, &started["id"]).await;
    assert_eq!(row["institutionId"], "sandbox-card");
    // An alias names it too.
    let started = start(&world, &and(json!({ "institutionId": "menora-sandbox" }))).await;
    let mut visit = enter(&world, &started).await;
    visit.open().await;
    visit.settle().await;
    assert_eq!(connection(&world, &started["id"]).await["institutionId"], "sandbox-insurance");
    // A search narrows nothing.
    let started = start(&world, &and(json!({ "institutionSearchString": "discount" }))).await;
    let View::Picker(picker) = enter(&world, &started).await.screen.view else {
        panic!("no picker")
    };
    assert_eq!(picker.query, "discount");
}

#[tokio::test]
async fn regions_redirects_and_required_products_narrow_the_picker() {
    let world = World::new().await;
    let search = |more: Value| {
        let mut body = and(json!({ "institutionSearchString": "sandbox" }));
        for (name, value) in more.as_object().expect("an object") {
            body[name] = value.clone();
        }
        body
    };
    let has = async |more: Value, id: &str| shown(&world, &search(more)).await.iter().any(|shown| shown == id);
    for (more, stays, goes) in [
        // [V] A country is all of its parts; a part has who is everywhere in the country too.
        (json!({ "regions": ["IL"] }), "sandbox-question", None),
        (json!({ "regions": ["FR", "IL-JM"] }), "sandbox-question", None),
        (json!({ "regions": ["IL-TA"] }), "sandbox-bank", Some("sandbox-question")),
        (json!({ "regions": [] }), "sandbox-question", None),
        // [V] Absent, or true: all of them.
        (json!({ "allowRedirect": true, "products": ["BALANCES"] }), "sandbox-redirect", None),
        (
            json!({ "allowRedirect": false, "products": ["BALANCES"] }),
            "sandbox-bank",
            Some("sandbox-redirect"),
        ),
        // [V] Those that support all of the required ones; the optional ones do not matter.
        (json!({ "products": ["OWNERS"] }), "sandbox-bank", Some("sandbox-two-step")),
        (
            json!({ "products": ["BALANCES"], "optionalProducts": ["OWNERS"] }),
            "sandbox-two-step",
            None,
        ),
        (
            json!({ "products": [], "optionalProducts": ["INVESTMENT_HOLDINGS"] }),
            "sandbox-bank",
            None,
        ),
        (
            json!({ "products": ["INVESTMENT_HOLDINGS"] }),
            "sandbox-broker",
            Some("sandbox-bank"),
        ),
        (
            json!({ "products": ["INVESTMENT_TRANSACTIONS", "BALANCES"] }),
            "sandbox-broker",
            Some("sandbox-bank"),
        ),
    ] {
        assert!(has(more.clone(), stays).await, "{more}: {stays}");
        if let Some(goes) = goes {
            assert!(!has(more.clone(), goes).await, "{more}: {goes}");
        }
    }
}

#[tokio::test]
async fn what_is_wanted_is_fetched_and_nothing_else() {
    let world = World::new().await;
    let body = json!({ "externalCustomerId": "testUser", "products": ["BALANCES"], "optionalProducts": ["INVESTMENT_HOLDINGS"] });
    let started = linked(&world, &body).await;
    let row = connection(&world, &started["id"]).await;
    assert_eq!(
        (&row["products"], &row["optionalProducts"]),
        (&json!(["BALANCES"]), &json!(["INVESTMENT_HOLDINGS"]))
    );
    let accounts = call(&world, "GET", "/bank-linking/accounts", None).await.body;
    let account = &accounts["financialAccounts"][0];
    assert!(account["balances"]["currentAmount"].is_number(), "{account}");
    assert_eq!(
        (&account["owners"], &account["identifiers"]["international"]),
        (&json!([]), &Value::Null)
    );
    let transactions = call(&world, "GET", "/bank-linking/transactions", None).await.body;
    assert_eq!(transactions["count"], 0);
}

#[tokio::test]
async fn the_way_back_is_one_of_the_registered_ones() {
    let world = World::new().await;
    let started = start(&world, &and(json!({ "redirectUrl": REDIRECT }))).await;
    let mut visit = enter(&world, &started).await;
    visit.link(PSU).await;
    let back = visit.screen.return_url().expect("a way back");
    assert!(back.starts_with("https://shop.example/back?"), "{back}");
}

#[tokio::test]
async fn what_has_no_effect_is_kept_and_what_is_unknown_is_not() {
    let world = World::new().await;
    let preference = json!({ "anything": ["goes", 1] });
    let started = start(
        &world,
        &and(json!({ "accountPreferenceOverride": preference, "routingProfile": "x", "institutionId": null })),
    )
    .await;
    let id = started["id"].as_str().expect("an id");
    let row = connections::by_id(&world.core.store, world.tenant.as_str(), id)
        .await
        .expect("reads");
    let said = asked::Asked::of(&row.expect("a row")).surface.expect("a surface").said;
    assert_eq!(said["accountPreferenceOverride"], preference);
    assert_eq!(said["products"], usual()["products"]);
    assert!(!said.contains_key("routingProfile"), "{said:?}");
}
