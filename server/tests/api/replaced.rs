//! A newer connection of the same person takes the older one's place; anybody else's does not.

use crate::refresh::connected;
use crate::world::World;
use axum::http::StatusCode;
use gesher_server::store::connections;
use serde_json::{Value, json};
use std::time::Duration;

const PSU: &str = "043510023";
const SPOUSE: &str = "321547416";
const GIVEN_BACK: &str = "DELETE /bank/sandbox-bank/consents/";

/// A connection of this person at the bank with a form, active.
async fn linked(world: &World, psu: &str, more: Value) -> Value {
    world.clock.advance(Duration::from_millis(5));
    let customer = more["customer"]["external_id"].as_str().unwrap_or("user-1").to_owned();
    let invited = world.invite(more).await;
    let token = world.enter(&invited).await.link(psu).await.expect("a token");
    let answer = world.exchange(&token, &customer).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    invited
}

async fn until_status(world: &World, invited: &Value, status: &str) {
    for _ in 0..200 {
        if world.status(invited).await == status {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    assert_eq!(world.status(invited).await, status);
}

/// Time for a replacement that must not come.
async fn stays_active(world: &World, invited: &[&Value]) {
    tokio::time::sleep(Duration::from_millis(600)).await;
    for one in invited {
        assert_eq!(world.status(one).await, "active");
    }
}

async fn the_older_is_replaced(world: World) {
    let old = linked(&world, PSU, json!({})).await;
    until_status(&world, &old, "active").await;
    let id = old["id"].as_str().expect("an id");
    let new = linked(&world, PSU, json!({})).await;
    until_status(&world, &new, "active").await;
    assert_eq!(world.status(&old).await, "replaced");
    world.banks.until(GIVEN_BACK, 1).await;
    let accounts = world.get(&format!("/v1/connections/{id}/accounts")).await;
    assert_eq!(
        (accounts.status, &accounts.body["code"]),
        (StatusCode::CONFLICT, &json!("not_connected"))
    );
    let events = world.get(&format!("/v1/connections/{id}/events")).await.body;
    let last = events["data"].as_array().expect("a list").last().expect("an event").clone();
    assert_eq!((&last["data"]["from"], &last["data"]["to"]), (&json!("active"), &json!("replaced")));
    // The new one's access was not the one that was given back.
    let refreshed = world
        .call(
            "POST",
            &format!("/v1/connections/{}/refresh", new["id"].as_str().expect("an id")),
            &world.key,
            &[],
            None,
        )
        .await;
    assert_eq!(refreshed.status, StatusCode::ACCEPTED, "{}", refreshed.body);
    stays_active(&world, &[&new]).await;
    assert_eq!(world.banks.count(GIVEN_BACK), 1);
    // The id is kept nowhere: a fingerprint is.
    let row = connections::by_id(&world.core.store, world.tenant.as_str(), new["id"].as_str().expect("an id")).await;
    let person = row.expect("reads").expect("a connection").person.expect("a fingerprint");
    assert!(!person.contains(PSU) && person.len() > 64, "{person}");
}

#[tokio::test]
async fn the_same_persons_older_connection_is_replaced() {
    the_older_is_replaced(World::new().await).await;
}

#[tokio::test]
async fn the_same_persons_older_connection_is_replaced_on_postgresql() {
    the_older_is_replaced(World::on_postgres().await).await;
}

#[tokio::test]
async fn a_spouse_another_customer_and_a_one_off_replace_nothing() {
    let world = World::new().await;
    let old = linked(&world, PSU, json!({})).await;
    let spouse = linked(&world, SPOUSE, json!({})).await;
    let other = linked(&world, PSU, json!({ "customer": { "external_id": "user-2" } })).await;
    let once = linked(&world, PSU, json!({ "recurring": false })).await;
    until_status(&world, &once, "completed").await;
    stays_active(&world, &[&old, &spouse, &other]).await;
    assert_eq!(world.banks.count(GIVEN_BACK), 0);
    // And the one-off is replaced by nobody.
    let new = linked(&world, PSU, json!({})).await;
    until_status(&world, &new, "active").await;
    until_status(&world, &old, "replaced").await;
    assert_eq!(world.status(&once).await, "completed");
}

#[tokio::test]
async fn an_id_that_the_host_fixed_is_the_one_that_was_typed() {
    let world = World::new().await;
    let typed = linked(&world, PSU, json!({})).await;
    let fixed = linked(&world, PSU, json!({ "psu_id": "43510023" })).await;
    until_status(&world, &fixed, "active").await;
    until_status(&world, &typed, "replaced").await;
}

#[tokio::test]
async fn where_no_id_is_known_an_account_in_common_tells() {
    let world = World::new().await;
    let old = connected(&world, "sandbox-redirect", PSU, json!({}), "active").await;
    world.clock.advance(Duration::from_millis(5));
    let spouse = connected(&world, "sandbox-redirect", SPOUSE, json!({}), "active").await;
    stays_active(&world, &[&old.invited, &spouse.invited]).await;
    world.clock.advance(Duration::from_millis(5));
    let new = connected(&world, "sandbox-redirect", PSU, json!({}), "active").await;
    until_status(&world, &old.invited, "replaced").await;
    world.banks.until("DELETE /psd2/redirect-bank/v1/consents/", 1).await;
    stays_active(&world, &[&spouse.invited, &new.invited]).await;
}

#[tokio::test]
async fn where_no_id_is_known_some_accounts_in_common_tell_nothing() {
    let world = World::new().await;
    let old = connected(&world, "sandbox-redirect", PSU, json!({}), "active").await;
    world.clock.advance(Duration::from_millis(5));
    let fewer = json!({ "account_filter": { "kinds": ["CACC"] } });
    let new = connected(&world, "sandbox-redirect", PSU, fewer, "active").await;
    let kinds = |answer: &Value| answer["data"].as_array().map_or(0, Vec::len);
    let of = async |invited: &Value| {
        let path = format!("/v1/connections/{}/accounts", invited["id"].as_str().expect("an id"));
        kinds(&world.get(&path).await.body)
    };
    assert!(of(&new.invited).await > 0 && of(&new.invited).await < of(&old.invited).await);
    stays_active(&world, &[&old.invited, &new.invited]).await;
}
