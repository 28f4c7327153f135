//! `POST /v2/connections`, and what comes of it.

use super::{client, created, follow, linked, post, read, refused, text, token, until, whole};
use crate::admin::Ops;
use crate::world::World;
use axum::http::StatusCode;
use gesher_contract::View;
use gesher_directory::merge::Decisions;
use gesher_sandbox::{OPEN_FINANCE_CLIENT_ID, OPEN_FINANCE_CLIENT_SECRET};
use gesher_server::institutions::{self, sync::sync};
use gesher_server::tenants::Mode;
use gesher_server::tenants::admin::Scope;
use serde_json::json;

/// [V]
pub const NO_PRODUCTION: &str = "production access is not enabled for this organization, you must include fake providers or contact us";

#[tokio::test]
async fn a_connection_is_made_linked_and_read() {
    let world = World::new().await;
    let token = whole(&world).await;
    let made = created(&world, &token, &json!({ "refreshData": true })).await;
    assert_eq!(super::keys(&made), ["connectUrl", "id"]); // [V]
    assert!(text(&made["connectUrl"]).starts_with("https://gesher.example/connect/cl_"));
    assert_eq!(read(&world, &token, &made).await["status"], "INACTIVE"); // [V]
    follow(&world, &made).await.link("043510023").await;
    let active = until(&world, &token, &made, "ACTIVE").await; // [V]
    assert_eq!((&active["id"], &active["userId"]), (&made["id"], &json!("user-1")));
    assert_eq!(active["providerId"], "open-finance-sandbox");
    // Asked for once, it is complete [V].
    let once = linked(&world, &token, &json!({ "providerIds": ["open-finance-sandbox"] })).await;
    until(&world, &token, &once, "COMPLETED").await;
}

#[tokio::test]
async fn one_provider_skips_the_picker() {
    let world = World::new().await;
    let token = whole(&world).await;
    let made = created(&world, &token, &json!({ "providerIds": ["undefined", "open-finance-sandbox"] })).await;
    let mut visit = follow(&world, &made).await;
    let view = visit.open().await;
    assert!(!matches!(view, View::Picker(_)), "{view:?}");
}

#[tokio::test]
async fn a_test_client_has_fake_providers_alone() {
    let world = World::new().await;
    let token_of_test = whole(&world).await;
    for body in [
        json!({}),
        json!({ "includeFakeProviders": false }),
        json!({ "includeFakeProviders": null }),
    ] {
        refused(&post(&world, &token_of_test, &body).await, StatusCode::BAD_REQUEST, NO_PRODUCTION);
    }
    // Here a live client's organisation reaches nobody either: its operator has set up no provider.
    let live = client(&world, Mode::Live, &Scope::ALL).await;
    let token_of_live = token(&world, &live, super::USER).await;
    refused(
        &post(&world, &token_of_live, &json!({ "includeFakeProviders": true })).await,
        StatusCode::BAD_REQUEST,
        NO_PRODUCTION,
    );
    assert_eq!(world.get("/v1/connections").await.body["data"], json!([]));
}

#[tokio::test]
async fn a_live_client_reaches_real_institutions() {
    let world = World::new().await;
    // Its organisation has an account at a vendor who reaches them.
    let set = json!({ "mode": "live", "fields": { "client_id": OPEN_FINANCE_CLIENT_ID, "client_secret": OPEN_FINANCE_CLIENT_SECRET } });
    let path = format!("/admin/tenants/{}/providers/open_finance", world.tenant);
    let answer = Ops::new(&world).call("PUT", &path, Some(set)).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let cx = world
        .core
        .cx(world.tenant.as_str(), "live", "open_finance", None)
        .await
        .expect("means");
    sync(&world.core, "open_finance", &cx, &Decisions::new(), |_| {})
        .await
        .expect("a list");
    institutions::reload(&world.core).await.expect("reads");
    let live = client(&world, Mode::Live, &Scope::ALL).await;
    let token = token(&world, &live, super::USER).await;
    let answer = post(&world, &token, &json!({ "providerIds": ["leumi"] })).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    let seen = read(&world, &token, &answer.body).await;
    assert_eq!((&seen["isFake"], &seen["providerIds"]), (&json!(false), &json!(["leumi"])));
}
