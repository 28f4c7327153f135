//! A tenant that is closed: what its connections were granted is given back, and nobody of it gets in.

use super::{USER, admin, ask_for_token, client, connect_token, created, follow, get, linked, post, refused, text, token, until};
use crate::admin::Ops;
use crate::world::World;
use axum::http::StatusCode;
use gesher_app::backend::{Asked, Backend as _};
use gesher_contract::Door;
use gesher_server::store::grants::{self, GrantState};
use gesher_server::store::{audit, connections};
use gesher_server::tenants::Mode;
use gesher_server::tenants::admin::Scope;
use serde_json::json;
use std::time::Duration;

/// [V]
const GONE: &str = "Organization not found in auth0 token";

#[tokio::test]
async fn a_closed_tenant_is_not_found_by_its_tokens() {
    let world = World::new().await;
    let client = client(&world, Mode::Test, &Scope::ALL).await;
    let own = token(&world, &client, USER).await;
    let made = created(&world, &own, &json!({})).await;
    let closed = admin(&world).close(&world.core, world.tenant.as_str()).await.expect("closes");
    assert!(closed.closed_at.is_some());
    world.clock.advance(Duration::from_secs(1));
    for path in ["/v2/connections", "/v2/providers", "/v2/data/accounts", "/v2/data/transactions"] {
        refused(&get(&world, &own, path).await, StatusCode::NOT_FOUND, GONE);
    }
    refused(
        &post(&world, &own, &json!({ "includeFakeProviders": true })).await,
        StatusCode::NOT_FOUND,
        GONE,
    );
    refused(&super::delete(&world, &own, &made).await, StatusCode::NOT_FOUND, GONE);
    let again = json!({ "userId": USER, "clientId": client.id, "clientSecret": client.secret });
    refused(&ask_for_token(&world, &again).await, StatusCode::NOT_FOUND, GONE);
    // Who cannot show that it is theirs learns nothing of it.
    let guess = json!({ "userId": USER, "clientId": client.id, "clientSecret": "x" });
    assert_eq!(ask_for_token(&world, &guess).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn what_was_granted_is_given_back_and_every_door_is_shut() {
    let world = World::new().await;
    let own = super::whole(&world).await;
    let made = linked(&world, &own, &json!({ "refreshData": true })).await;
    until(&world, &own, &made, "ACTIVE").await;
    let open = created(&world, &own, &json!({})).await;
    let page = crate::start_pages::start_page(&world, json!({})).await;
    let link = json!({ "customer": { "external_id": "user-1" } });
    let link = world.post("/v1/hosted_links", &link).await.body;
    let native = world.post("/v1/customers/user-1/tokens", &json!({})).await.body;
    let visit = follow(&world, &open).await;
    let ops = Ops::new(&world);
    let path = format!("/admin/tenants/{}", world.tenant);
    let closed = ops.call("POST", &format!("{path}/close"), None).await;
    assert_eq!(closed.status, StatusCode::OK, "{}", closed.body);
    assert!(closed.body["closed_at"].is_string());
    world.clock.advance(Duration::from_secs(1));

    for (key, path) in [
        (world.key.as_str(), "/v1/connections"),
        (native["token"].as_str().expect("a token"), "/v1/customers/user-1"),
    ] {
        assert_eq!(get(&world, key, path).await.status, StatusCode::UNAUTHORIZED, "{path}");
    }
    assert!(
        world
            .backend
            .enter(connect_token(&open), Door::Page, Asked::default())
            .await
            .is_err()
    );
    assert!(visit.world.backend.look(&visit.at).await.is_err());
    for address in [text(&page["url"]), text(&link["url"])] {
        let address = address.strip_prefix("https://gesher.example").expect("an address of ours");
        let answer = world.call("GET", address, "", &[], None).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{address}");
    }
    // The grant is given back by a job, until the bank has taken it.
    for made in [&made, &open] {
        let row = connections::by_id(&world.core.store, world.tenant.as_str(), text(&made["id"]))
            .await
            .expect("reads");
        assert_eq!(row.expect("kept").status, "deleted");
    }
    let mut left = Vec::new();
    for _ in 0..200 {
        left = grants::of_connection(&world.core.store, world.tenant.as_str(), text(&made["id"]))
            .await
            .expect("reads");
        if left.iter().all(|grant| grant.state == GrantState::Revoked) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    assert!(
        !left.is_empty() && left.iter().all(|grant| grant.state == GrantState::Revoked),
        "{left:?}"
    );

    let rows = audit::of_tenant(&world.core.store, world.tenant.as_str(), None, 100)
        .await
        .expect("reads");
    assert_eq!(rows.iter().filter(|row| row.action == "tenant.closed").count(), 1);
    // Again, it changes nothing; and nothing else can be done to it.
    let again = ops.call("POST", &format!("{path}/close"), None).await;
    assert_eq!(again.body, closed.body);
    let listed = ops.call("GET", "/admin/tenants", None).await.body;
    let row = listed["data"]
        .as_array()
        .expect("a list")
        .iter()
        .find(|row| row["tag"] == world.tenant.as_str())
        .expect("listed");
    assert_eq!(row["closed_at"], closed.body["closed_at"]);
    for (method, below, body) in [
        ("PATCH", "", json!({ "name": "Again" })),
        ("POST", "/api_keys", json!({ "mode": "test", "label": "x" })),
        ("POST", "/oauth_clients", json!({ "mode": "test", "scopes": ["read:accounts"] })),
        ("PUT", "/branding", json!({ "name": "Again" })),
    ] {
        let answer = ops.call(method, &format!("{path}{below}"), Some(body)).await;
        assert_eq!(
            (answer.status, &answer.body["code"]),
            (StatusCode::CONFLICT, &json!("tenant_closed")),
            "{below}"
        );
    }
    let none = ops.call("POST", "/admin/tenants/zzzzzz/close", None).await;
    assert_eq!(none.status, StatusCode::NOT_FOUND);
}
