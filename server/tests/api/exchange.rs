//! The exchange: once, by the right backend, for the right customer.

use crate::world::{World, add_tenant};
use axum::http::StatusCode;
use gesher_contract::TenantTag;
use gesher_server::store::grants::{self, GrantState};
use gesher_server::tenants::Mode;
use serde_json::json;
use std::time::Duration;

async fn granted(world: &World) -> (serde_json::Value, String) {
    let invited = world.invite(json!({})).await;
    let token = world.enter(&invited).await.link("043510023").await.expect("a public token");
    (invited, token)
}

async fn grant_state(world: &World, invited: &serde_json::Value) -> GrantState {
    let id = invited["id"].as_str().expect("an id");
    let found = grants::of_connection(&world.core.store, world.tenant.as_str(), id)
        .await
        .expect("reads");
    assert_eq!(found.len(), 1);
    found[0].state
}

#[tokio::test]
async fn a_public_token_works_once() {
    let world = World::new().await;
    let (invited, token) = granted(&world).await;
    let first = world.exchange(&token, "user-1").await;
    assert_eq!(
        (first.status, first.body["connection"]["status"].as_str()),
        (StatusCode::OK, Some("active")),
        "{}",
        first.body
    );
    assert_eq!(grant_state(&world, &invited).await, GrantState::Active);
    let second = world.exchange(&token, "user-1").await;
    assert_eq!(
        (second.status, second.body["code"].as_str()),
        (StatusCode::CONFLICT, Some("public_token_used"))
    );
}

#[tokio::test]
async fn an_exchange_sent_again_with_its_key_gets_the_first_answer() {
    let world = World::new().await;
    let (_, token) = granted(&world).await;
    let body = json!({ "public_token": token, "customer": { "external_id": "user-1" } }).to_string();
    let more = [("idempotency-key", "x")];
    let calls = (0..8).map(|_| world.call("POST", "/v1/public_tokens/exchange", &world.key, &more, Some(&body)));
    for answer in futures::future::join_all(calls).await {
        assert_eq!(
            (answer.status, answer.body["connection"]["status"].as_str()),
            (StatusCode::OK, Some("active")),
            "{}",
            answer.body
        );
    }
}

#[tokio::test]
async fn another_customer_gets_nothing_and_the_grant_is_given_back() {
    let world = World::new().await;
    let (invited, token) = granted(&world).await;
    let answer = world.exchange(&token, "mallory").await;
    assert_eq!(
        (answer.status, answer.body["code"].as_str()),
        (StatusCode::CONFLICT, Some("customer_mismatch"))
    );
    let right = world.exchange(&token, "user-1").await;
    assert_ne!(right.status, StatusCode::OK, "after a mismatch nobody can exchange");
    let accounts = world
        .get(&format!("/v1/connections/{}/accounts", invited["id"].as_str().expect("an id")))
        .await;
    assert_eq!(accounts.status, StatusCode::CONFLICT);
    for _ in 0..100 {
        if grant_state(&world, &invited).await == GrantState::Revoked {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(grant_state(&world, &invited).await, GrantState::Revoked);
    let audit = gesher_server::store::audit::of_tenant(&world.core.store, world.tenant.as_str(), None, 10)
        .await
        .expect("reads");
    assert!(
        audit
            .iter()
            .any(|line| line.action == "public_token.customer_mismatch" && line.subject == invited["id"].as_str().unwrap_or_default())
    );
}

#[tokio::test]
async fn a_token_of_another_tenant_or_mode_is_unknown() {
    let world = World::new().await;
    let (_, token) = granted(&world).await;
    let other = TenantTag::from_random(13);
    let foreign = add_tenant(&world.core, &other, &[], &[]).await;
    let live = world.add_key(&world.tenant, Mode::Live).await;
    let body = json!({ "public_token": token, "customer": { "external_id": "user-1" } }).to_string();
    for key in [foreign, live] {
        let answer = world.call("POST", "/v1/public_tokens/exchange", &key, &[], Some(&body)).await;
        assert_eq!(
            (answer.status, answer.body["code"].as_str()),
            (StatusCode::UNPROCESSABLE_ENTITY, Some("unknown_public_token"))
        );
    }
    assert_eq!(
        world.exchange(&token, "user-1").await.status,
        StatusCode::OK,
        "the tries of others change nothing"
    );
}

#[tokio::test]
async fn what_nobody_confirms_in_time_is_given_back_and_abandoned() {
    let world = World::new().await;
    let (invited, token) = granted(&world).await;
    world.clock.advance(Duration::from_secs(11 * 60));
    for _ in 0..100 {
        if world.status(&invited).await == "abandoned" && grant_state(&world, &invited).await == GrantState::Revoked {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(world.status(&invited).await, "abandoned");
    assert_eq!(grant_state(&world, &invited).await, GrantState::Revoked);
    assert_eq!(world.exchange(&token, "user-1").await.body["code"], "unknown_public_token");
}
