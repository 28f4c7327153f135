//! A first fetch that fails for a passing reason, where nothing is refreshed by itself: it is made again until data came once.

use crate::banks::Trip;
use crate::refresh::connected;
use crate::world::World;
use axum::http::StatusCode;
use gesher_domain::Clock as _;
use serde_json::{Value, json};
use std::time::Duration;

const PSU: &str = "043510023";
const NO_REFRESH_TOKEN: &str = "316159136";
const ACCOUNTS: &str = "GET /psd2/redirect-bank/v1/accounts";
const OF_OAUTH: &str = "GET /psd2/oauth-bank/v1/accounts";
const MINUTE: Duration = Duration::from_secs(60);
const JUST_BEFORE: Duration = Duration::from_micros(1);

/// Connected, while the bank does not give its accounts.
async fn without_data<'a>(world: &'a World, institution: &str, psu: &str, more: Value) -> Trip<'a> {
    world.banks.trouble(Some("/v1/accounts"));
    connected(world, institution, psu, more, "degraded").await
}

fn after(world: &World, wait: Duration) {
    world.clock.advance(wait);
    world.core.work.notify_one();
}

/// Waits until the bank was asked so many times, and what came of the last time is written.
async fn asked(trip: &Trip<'_>, times: usize) {
    trip.until_called(ACCOUNTS, times).await;
    for _ in 0..200 {
        if trip.connection().await.upkeep.contains(&format!("\"failures\":{times},")) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("{}", trip.connection().await.upkeep);
}

/// Time for a fetch that must not come.
async fn no_more_than(world: &World, times: usize) {
    tokio::time::sleep(Duration::from_millis(800)).await;
    assert_eq!(world.banks.exactly(ACCOUNTS), times);
}

async fn view(trip: &Trip<'_>) -> Value {
    let id = trip.invited["id"].as_str().expect("an id");
    trip.world.get(&format!("/v1/connections/{id}")).await.body
}

async fn a_one_off_connection_gets_its_data_later(world: World) {
    let trip = without_data(&world, "sandbox-redirect", PSU, json!({ "recurring": false })).await;
    assert_eq!(view(&trip).await["next_refresh_at"], Value::Null);
    after(&world, 15 * MINUTE - JUST_BEFORE);
    no_more_than(&world, 1).await;
    world.banks.trouble(None);
    after(&world, JUST_BEFORE);
    trip.until_status("completed").await;
    assert_eq!(view(&trip).await["last_refreshed_at"], json!(world.clock.now().rfc3339()));
    // It was asked for once, and has come.
    after(&world, 48 * 60 * MINUTE);
    no_more_than(&world, 2).await;
}

#[tokio::test]
async fn a_one_off_connection_gets_its_data_when_the_banks_trouble_is_over() {
    a_one_off_connection_gets_its_data_later(World::new().await).await;
}

#[tokio::test]
async fn a_one_off_connection_gets_its_data_when_the_banks_trouble_is_over_on_postgresql() {
    a_one_off_connection_gets_its_data_later(World::on_postgres().await).await;
}

#[tokio::test]
async fn it_is_tried_as_often_as_the_banks_limit_for_the_day_leaves() {
    let world = World::new().await;
    let trip = without_data(&world, "sandbox-redirect", PSU, json!({ "recurring": false })).await;
    for (times, minutes) in [(2, 15), (3, 60), (4, 240)] {
        after(&world, minutes * MINUTE);
        asked(&trip, times).await;
    }
    // Until midnight, and after it once in the day.
    after(&world, (12 * 60 - 315) * MINUTE - JUST_BEFORE);
    no_more_than(&world, 4).await;
    after(&world, 24 * 60 * MINUTE);
    asked(&trip, 5).await;
    no_more_than(&world, 5).await;
}

#[tokio::test]
async fn the_hosts_word_brings_a_fetch_that_waits_forward() {
    let world = World::new().await;
    let trip = without_data(&world, "sandbox-oauth", NO_REFRESH_TOKEN, json!({})).await;
    let before = view(&trip).await;
    assert_eq!((&before["auto_refresh"], &before["next_refresh_at"]), (&json!(false), &Value::Null));
    let refresh = format!("/v1/connections/{}/refresh", trip.invited["id"].as_str().expect("an id"));
    world.banks.trouble(None);
    world.clock.advance(MINUTE);
    let answer = world.call("POST", &refresh, &world.key, &[], None).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.body);
    trip.until_status("active").await;
    assert_eq!(world.banks.exactly(OF_OAUTH), 2);
    after(&world, 30 * MINUTE);
    tokio::time::sleep(Duration::from_millis(800)).await;
    assert_eq!(world.banks.exactly(OF_OAUTH), 2, "it is not made twice");
}

#[tokio::test]
async fn what_is_given_back_is_not_fetched_again() {
    let world = World::new().await;
    let trip = without_data(&world, "sandbox-redirect", PSU, json!({ "recurring": false })).await;
    let path = format!("/v1/connections/{}", trip.invited["id"].as_str().expect("an id"));
    let answer = world.call("DELETE", &path, &world.key, &[], None).await;
    assert!(answer.status.is_success(), "{}", answer.body);
    after(&world, 60 * MINUTE);
    no_more_than(&world, 1).await;
}
