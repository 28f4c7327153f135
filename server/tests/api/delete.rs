//! Deleting and listing connections: what goes at once, what is given back, who is sent away, and what others do not see.

use crate::banks::Trip;
use crate::world::{World, add_tenant};
use axum::http::StatusCode;
use gesher_contract::{ExitReason, TenantTag, View};
use gesher_server::connect::returns::ReturnError;
use gesher_server::tenants::Mode;
use serde_json::{Value, json};
use std::time::Duration;

const PSU: &str = "043510023";

fn path(invited: &Value) -> String {
    format!("/v1/connections/{}", invited["id"].as_str().expect("an id"))
}

async fn delete(world: &World, invited: &Value) -> Value {
    let answer = world.call("DELETE", &path(invited), &world.key, &[], None).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    answer.body
}

#[tokio::test]
async fn an_active_connection_goes_with_its_data_and_its_consent() {
    let world = World::new().await;
    let trip = Trip::to(&world, "sandbox-redirect", json!({ "psu_id": PSU })).await;
    let address = trip.launch().await.expect("a launch");
    trip.back(&trip.browser.approve(&address, PSU).await).await.expect("a return");
    let answer = world.exchange(&trip.public_token().await, "user-1").await;
    assert_eq!(answer.status, StatusCode::OK);
    trip.until_status("active").await;
    let accounts = world.get(&format!("{}/accounts", path(&trip.invited))).await.body;
    let account = accounts["data"][0]["id"].as_str().expect("an account").to_owned();

    let deleted = delete(&world, &trip.invited).await;
    assert_eq!(deleted["status"], "deleted");
    assert_eq!(
        world.get(&format!("{}/accounts", path(&trip.invited))).await.status,
        StatusCode::CONFLICT
    );
    assert_eq!(
        world.get(&format!("/v1/accounts/{account}/transactions")).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(trip.connection().await.psu_id, None);
    trip.until_called("DELETE /psd2/redirect-bank/v1/consents/", 1).await;
    let last = trip.connection().await.last_event_seq;

    // Again: the same answer, and nothing happens twice.
    assert_eq!(delete(&world, &trip.invited).await, deleted);
    assert_eq!(trip.connection().await.last_event_seq, last);
    assert_eq!(world.banks.count("DELETE /psd2/redirect-bank/v1/consents/"), 1);
}

#[tokio::test]
async fn whoever_is_at_the_form_is_sent_away() {
    let world = World::new().await;
    let invited = world.invite(json!({})).await;
    let mut visit = world.enter(&invited).await;
    visit.open().await;
    visit.choose("sandbox-bank").await;
    assert_eq!(delete(&world, &invited).await["status"], "deleted");
    let view = visit.look().await;
    assert!(
        matches!(
            view,
            View::Over {
                reason: ExitReason::Cancelled,
                ..
            }
        ),
        "{view:?}"
    );
}

#[tokio::test]
async fn whoever_is_at_the_bank_comes_back_to_nothing() {
    let world = World::new().await;
    let trip = Trip::to(&world, "sandbox-redirect", json!({})).await;
    let address = trip.launch().await.expect("a launch");
    let back = trip.browser.approve(&address, PSU).await;
    delete(&world, &trip.invited).await;
    assert!(matches!(trip.back(&back).await, Err(ReturnError::Bad { .. })));
    trip.until_called("DELETE /psd2/redirect-bank/v1/consents/", 1).await;
    assert_eq!(trip.status().await, "deleted");
}

#[tokio::test]
async fn another_organisation_and_the_other_mode_find_nothing() {
    let world = World::new().await;
    let invited = world.invite(json!({})).await;
    let live = world.add_key(&world.tenant, Mode::Live).await;
    let other = add_tenant(&world.core, &TenantTag::parse("0ther0").expect("a tag"), &[], &[]).await;
    for key in [&live, &other] {
        let answer = world.call("DELETE", &path(&invited), key, &[], None).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
        let listed = world.call("GET", "/v1/connections", key, &[], None).await;
        assert_eq!(listed.body["data"], json!([]));
    }
    assert_eq!(world.status(&invited).await, "pending");
}

#[tokio::test]
async fn connections_are_listed_newest_first_by_page_and_filter() {
    let world = World::new().await;
    let mut made = Vec::new();
    for customer in ["user-1", "user-2", "user-1", "user-2", "user-1"] {
        world.clock.advance(Duration::from_millis(1));
        let invited = world.invite(json!({ "customer": { "external_id": customer } })).await;
        made.insert(0, invited["id"].as_str().expect("an id").to_owned());
    }
    let ids = |body: &Value| -> Vec<String> {
        let data = body["data"].as_array().expect("a list");
        data.iter().map(|each| each["id"].as_str().expect("an id").to_owned()).collect()
    };
    let first = world.get("/v1/connections?limit=3").await.body;
    assert_eq!(ids(&first), made[..3]);
    let cursor = first["next_cursor"].as_str().expect("another page");
    let second = world.get(&format!("/v1/connections?limit=3&cursor={cursor}")).await.body;
    assert_eq!(ids(&second), made[3..]);
    assert_eq!(second["next_cursor"], Value::Null);

    let of_two = world.get("/v1/connections?customer=user-2").await.body;
    assert_eq!(ids(&of_two), [made[1].clone(), made[3].clone()]);
    delete(&world, &json!({ "id": made[0] })).await;
    assert_eq!(ids(&world.get("/v1/connections?status=deleted").await.body), [made[0].clone()]);
    assert_eq!(
        ids(&world.get("/v1/connections?status=pending&customer=user-1").await.body),
        [made[2].clone(), made[4].clone()]
    );
    assert_eq!(
        ids(&world.get("/v1/connections?institution_id=sandbox-bank").await.body),
        Vec::<String>::new()
    );
    for (query, code) in [
        ("status=happy", "invalid_query"),
        ("limit=201", "invalid_limit"),
        ("cursor=elsewhere", "bad_cursor"),
        ("colour=red", "invalid_query"),
        ("customer=%00", "invalid_query"),
        ("reference=a:%00", "invalid_query"),
    ] {
        let answer = world.get(&format!("/v1/connections?{query}")).await;
        assert_eq!(
            (answer.status, answer.body["code"].as_str()),
            (StatusCode::UNPROCESSABLE_ENTITY, Some(code)),
            "{query}"
        );
    }
}
