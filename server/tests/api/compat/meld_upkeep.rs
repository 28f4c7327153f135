//! What Meld's API does to a connection that is there: repair, refresh, update, delete. [V] 404, 409 and 429, and when.

use super::meld::{PSU, call, connection, enter, fetched, keys, linked, start, usual};
use crate::refresh::connected;
use crate::world::{REDIRECT, World};
use axum::http::StatusCode;
use gesher_contract::View;
use gesher_server::store::sessions;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;

fn of(id: &Value, what: &str) -> String {
    format!("/bank-linking/connections/{}{what}", id.as_str().expect("an id"))
}

async fn refused(world: &World, method: &str, path: &str, body: Option<&Value>, status: u16) -> String {
    let answer = call(world, method, path, body).await;
    assert_eq!(answer.status.as_u16(), status, "{method} {path}: {}", answer.body);
    assert_eq!(keys(&answer.body), BTreeSet::from(["code", "message"]));
    assert_eq!(answer.body["code"], if status == 400 { "BAD_REQUEST" } else { "UNKNOWN" });
    answer.body["message"].as_str().expect("a message").to_owned()
}

/// Waits until the data of a connection are of this time.
async fn until_aggregated(world: &World, id: &Value, at: &str) {
    for _ in 0..200 {
        if connection(world, id).await["successfullyAggregatedAt"] == at {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("{}", connection(world, id).await);
}

async fn refresh(world: &World, id: &Value, at: &str) {
    let answer = call(world, "POST", &of(id, "/refresh"), None).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    until_aggregated(world, id, at).await;
}

async fn repair(world: &World, id: &Value) -> Value {
    let body = json!({ "connectionId": id });
    let answer = call(world, "POST", "/bank-linking/connect/repair", Some(&body)).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    answer.body
}

/// The ids of a connection's accounts and transactions.
async fn data(world: &World) -> (BTreeSet<String>, BTreeSet<String>) {
    let ids = |list: &Value| {
        let rows = list.as_array().expect("a list").iter();
        rows.map(|row| row["id"].as_str().expect("an id").to_owned()).collect()
    };
    let accounts = call(world, "GET", "/bank-linking/accounts?limit=100", None).await.body;
    let transactions = call(world, "GET", "/bank-linking/transactions?limit=1000", None).await.body;
    (
        ids(&accounts["financialAccounts"]),
        ids(&transactions["financialAccountTransactions"]),
    )
}

#[tokio::test]
async fn a_repair_goes_straight_to_the_bank_and_keeps_what_was_there() {
    let world = World::new().await;
    let started = linked(&world, &usual()).await;
    let before = data(&world).await;
    let told = repair(&world, &started["id"]).await;
    // [V]
    assert_eq!(keys(&told), BTreeSet::from(["connectToken", "id", "institutionId", "widgetUrl"]));
    assert_eq!((&told["id"], &told["institutionId"]), (&started["id"], &json!("sandbox-bank")));
    assert_ne!(told["connectToken"], started["connectToken"]);
    let token = told["connectToken"].as_str().expect("a token");
    assert_eq!(told["widgetUrl"], format!("{}/?connectToken={token}", world.core.url));
    let mut visit = enter(&world, &told).await;
    visit.open().await;
    visit.settle().await;
    assert!(matches!(&visit.screen.view, View::Form(_)), "{:?}", visit.screen.view);
    visit.submit(&[("psu_id", PSU), ("username", "user"), ("password", "pass")]).await;
    visit.submit(&[("code", "12345")]).await;
    assert!(matches!(&visit.screen.view, View::Success(_)), "{:?}", visit.screen.view);
    assert_eq!(connection(&world, &started["id"]).await["status"], "ACTIVE");
    assert_eq!(data(&world).await, before);
}

#[tokio::test]
async fn a_start_with_a_previous_connection_repairs_that_one() {
    let world = World::new().await;
    let started = linked(&world, &usual()).await;
    let mut body = usual();
    body["previousConnectionId"] = started["id"].clone();
    body["redirectUrl"] = json!(REDIRECT);
    let told = start(&world, &body).await;
    assert_eq!((&told["id"], &told["customerId"]), (&started["id"], &started["customerId"]));
    let mut visit = enter(&world, &told).await;
    visit.open().await;
    visit.settle().await;
    assert!(matches!(&visit.screen.view, View::Form(_)), "{:?}", visit.screen.view);
    assert_eq!(call(&world, "GET", "/bank-linking/connections", None).await.body["count"], 1);
    // Somebody else's is not repaired.
    body["externalCustomerId"] = json!("somebody else");
    let message = refused(&world, "POST", "/bank-linking/connect/start", Some(&body), 400).await;
    assert_eq!(message, "[externalCustomerId] Must be the customer of the previous connection");
}

#[tokio::test]
async fn a_connection_of_the_native_api_is_repaired_and_its_page_speaks_this_dialect() {
    let world = World::new().await;
    let invited = world.invite(json!({})).await;
    let token = world.enter(&invited).await.link(PSU).await.expect("a token");
    assert_eq!(world.exchange(&token, "user-1").await.status, StatusCode::OK);
    fetched(&world, &invited["id"]).await;
    let told = repair(&world, &invited["id"]).await;
    assert!(told["connectToken"].is_string());
    // What the frame of this session says is said as the vendor's pages expect it.
    let id = invited["id"].as_str().expect("an id");
    let rows = sessions::of_connection(&world.core.store, world.tenant.as_str(), id)
        .await
        .expect("reads");
    let vendors: Vec<_> = rows.iter().map(|row| row.vendor.as_deref()).collect();
    assert!(vendors.contains(&Some("meld")) && vendors.len() == 2, "{vendors:?}");
}

#[tokio::test]
async fn what_nobody_finished_or_what_is_over_is_neither_repaired_nor_refreshed() {
    let world = World::new().await;
    let started = start(&world, &usual()).await;
    let body = json!({ "connectionId": started["id"] });
    // [V] IN_PROGRESS: neither.
    refused(&world, "POST", "/bank-linking/connect/repair", Some(&body), 409).await;
    refused(&world, "POST", &of(&started["id"], "/refresh"), None, 409).await;
    // [V] DELETED: neither, nor deleted again.
    let gone = call(&world, "DELETE", &of(&started["id"], ""), None).await;
    assert_eq!(gone.status, StatusCode::OK, "{}", gone.body);
    assert_eq!(connection(&world, &started["id"]).await["status"], "DELETED");
    let products = json!({ "products": ["OWNERS"] });
    for (method, what, body) in [
        ("DELETE", "", None),
        ("POST", "/refresh", None),
        ("POST", "/update", Some(&products)),
    ] {
        refused(&world, method, &of(&started["id"], what), body, 409).await;
    }
    refused(&world, "POST", "/bank-linking/connect/repair", Some(&body), 409).await;
    // [V] EXPIRED: neither.
    let late = start(&world, &usual()).await;
    world.clock.advance(Duration::from_secs(4 * 60 * 60));
    world.core.work.notify_one();
    for _ in 0..200 {
        if connection(&world, &late["id"]).await["status"] == "EXPIRED" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    refused(&world, "POST", &of(&late["id"], "/refresh"), None, 409).await;
    refused(&world, "POST", &of(&late["id"], "/update"), Some(&products), 409).await;
    refused(
        &world,
        "POST",
        "/bank-linking/connect/repair",
        Some(&json!({ "connectionId": late["id"] })),
        409,
    )
    .await;
}

#[tokio::test]
async fn a_refresh_fetches_anew() {
    let world = World::new().await;
    let started = linked(&world, &usual()).await;
    let before = connection(&world, &started["id"]).await["successfullyAggregatedAt"].clone();
    world.clock.advance(Duration::from_secs(60));
    let answer = call(
        &world,
        "POST",
        &of(&started["id"], "/refresh"),
        Some(&json!({ "products": ["BALANCES"] })),
    )
    .await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    // [V]
    assert_eq!(keys(&answer.body), BTreeSet::from(["requestId", "serviceProviderDetails"]));
    assert_ne!(before, Value::Null);
    until_aggregated(&world, &started["id"], "2026-11-20T12:01:00.000Z").await;
    // [V] Only products which were included when the connection was made.
    let body = json!({ "products": ["INVESTMENT_HOLDINGS"] });
    let message = refused(&world, "POST", &of(&started["id"], "/refresh"), Some(&body), 400).await;
    assert_eq!(message, "[products] Must be products of the connection");
}

#[tokio::test]
async fn a_refresh_waits_for_the_person_and_for_the_bank_s_next_day() {
    let world = World::new().await;
    // This bank allows four fetches a day.
    let trip = connected(&world, "sandbox-redirect", PSU, json!({}), "active").await;
    let id = trip.invited["id"].clone();
    let mut answer = call(&world, "POST", &of(&id, "/refresh"), None).await;
    for _ in 0..400 {
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            break;
        }
        assert!(matches!(answer.status, StatusCode::OK | StatusCode::CONFLICT), "{}", answer.body);
        tokio::time::sleep(Duration::from_millis(25)).await;
        answer = call(&world, "POST", &of(&id, "/refresh"), None).await;
    }
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(answer.headers.contains_key("retry-after"));
    assert_eq!(keys(&answer.body), BTreeSet::from(["code", "message"]));
}

#[tokio::test]
async fn a_refresh_of_what_has_to_be_repaired_is_a_conflict() {
    let world = World::new().await;
    let more = json!({ "consent_expires_at": "2026-11-25T00:00:00Z" });
    let trip = connected(&world, "sandbox-redirect", PSU, more, "active").await;
    world.clock.advance(Duration::from_secs(6 * 24 * 60 * 60));
    world.core.work.notify_one();
    trip.until_status("reconnect_required").await;
    let row = connection(&world, &trip.invited["id"]).await;
    assert_eq!(
        (&row["status"], &row["statusReason"]),
        (&json!("RECONNECT_REQUIRED"), &json!("TOKEN_EXPIRED"))
    );
    let started = &trip.invited;
    refused(&world, "POST", &of(&started["id"], "/refresh"), None, 409).await;
    assert_eq!(repair(&world, &started["id"]).await["id"], started["id"]);
}

#[tokio::test]
async fn an_update_adds_to_what_is_fetched_from_the_first_day_on() {
    let world = World::new().await;
    let whole = World::new().await;
    linked(&whole, &usual()).await;
    let all = call(&whole, "GET", "/bank-linking/transactions?limit=1", None).await.body["remaining"].clone();
    let started = linked(&world, &json!({ "externalCustomerId": "testUser", "products": ["BALANCES"] })).await;
    let transactions = async || call(&world, "GET", "/bank-linking/transactions?limit=1", None).await.body;
    assert_eq!(transactions().await["count"], 0);
    let answer = call(
        &world,
        "POST",
        &of(&started["id"], "/update"),
        Some(&json!({ "products": ["TRANSACTIONS", "OWNERS", "BALANCES"] })),
    )
    .await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    // [V]
    assert_eq!(keys(&answer.body), BTreeSet::from(["requestId"]));
    let asked = world.banks.count("/transactions");
    for _ in 0..200 {
        if transactions().await["count"] == 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    assert_eq!(transactions().await["remaining"], all);
    // A later fetch begins where a later fetch does.
    let whole = world.banks.count("/transactions") - asked;
    world.clock.advance(Duration::from_secs(60));
    refresh(&world, &started["id"], "2026-11-20T12:01:00.000Z").await;
    let later = world.banks.count("/transactions") - asked - whole;
    assert!(later > 0 && later < whole, "{whole} pages, then {later}");
    let accounts = call(&world, "GET", "/bank-linking/accounts", None).await.body;
    assert_eq!(accounts["financialAccounts"][0]["owners"].as_array().map(Vec::len), Some(1));
    // [V] They are added as optional ones.
    let row = connection(&world, &started["id"]).await;
    assert_eq!(
        (&row["products"], &row["optionalProducts"]),
        (&json!(["BALANCES"]), &json!(["OWNERS", "TRANSACTIONS"]))
    );
    // [V] At least one, and of these.
    for body in [json!({}), json!({ "products": [] }), json!({ "products": ["LOANS"] })] {
        refused(&world, "POST", &of(&started["id"], "/update"), Some(&body), 400).await;
    }
    assert_eq!(connection(&world, &started["id"]).await, row);
}

#[tokio::test]
async fn an_update_before_anybody_finished_counts_from_the_first_fetch_on() {
    let world = World::new().await;
    let started = start(&world, &json!({ "externalCustomerId": "testUser", "products": ["BALANCES"] })).await;
    let body = json!({ "products": ["OWNERS"] });
    let answer = call(&world, "POST", &of(&started["id"], "/update"), Some(&body)).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    enter(&world, &started).await.link(PSU).await;
    fetched(&world, &started["id"]).await;
    let accounts = call(&world, "GET", "/bank-linking/accounts", None).await.body;
    assert_eq!(accounts["financialAccounts"][0]["owners"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_deletion_takes_the_data_away() {
    let world = World::new().await;
    let started = linked(&world, &usual()).await;
    let answer = call(&world, "DELETE", &of(&started["id"], ""), None).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    // [I] What its siblings answer.
    assert_eq!(keys(&answer.body), BTreeSet::from(["requestId"]));
    assert_eq!(data(&world).await, (BTreeSet::new(), BTreeSet::new()));
    assert_eq!(connection(&world, &started["id"]).await["status"], "DELETED");
}
