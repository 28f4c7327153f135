//! A consent that not all account holders have signed: the bank is asked until they have, one declines, or five days are over.

use crate::banks::Trip;
use crate::world::World;
use axum::http::StatusCode;
use gesher_contract::View;
use serde_json::json;
use std::time::Duration;

const SIGNS: &str = "316159045";
const DECLINES: &str = "316159060";
const NEVER: &str = "064837123";

/// A connection that waits for the other account holders, confirmed by the host.
async fn waiting<'a>(world: &'a World, institution: &str, psu: &str) -> Trip<'a> {
    let trip = Trip::to(world, institution, json!({})).await;
    let address = trip.launch().await.expect("a launch");
    trip.back(&trip.browser.approve(&address, psu).await).await.expect("a return");
    let answer = world.exchange(&trip.public_token().await, "user-1").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(trip.status().await, "awaiting_cosigners");
    trip
}

async fn pass(world: &World, by: Duration) {
    world.clock.advance(by);
    world.core.work.notify_one();
}

async fn accounts(trip: &Trip<'_>) -> StatusCode {
    let id = trip.invited["id"].as_str().expect("an id");
    trip.world.get(&format!("/v1/connections/{id}/accounts")).await.status
}

#[tokio::test]
async fn all_sign_and_the_connection_stands() {
    for institution in ["sandbox-redirect", "sandbox-oauth"] {
        let world = World::new().await;
        let trip = waiting(&world, institution, SIGNS).await;
        assert_eq!(world.banks.count("/accounts"), 0, "nothing is read before all have signed");
        let asked = world.banks.count("/status");
        pass(&world, Duration::from_secs(15)).await;
        trip.until_called("/status", asked + 1).await;
        assert_eq!(trip.status().await, "awaiting_cosigners");
        assert_eq!(accounts(&trip).await, StatusCode::CONFLICT);
        pass(&world, Duration::from_secs(16)).await;
        trip.until_status("active").await;
        assert_eq!(accounts(&trip).await, StatusCode::OK);
        // It is decided: nobody asks any more.
        let asked = world.banks.count("/status");
        pass(&world, Duration::from_secs(3600)).await;
        tokio::time::sleep(Duration::from_millis(700)).await;
        assert_eq!(world.banks.count("/status"), asked);
        world.banks.assert_standard();
    }
}

#[tokio::test]
async fn one_declines_and_the_connection_is_rejected() {
    let world = World::new().await;
    let trip = waiting(&world, "sandbox-redirect", DECLINES).await;
    pass(&world, Duration::from_secs(31)).await;
    trip.until_status("rejected").await;
    trip.until_called("DELETE /psd2/redirect-bank/v1/consents/", 1).await;
    assert_eq!(accounts(&trip).await, StatusCode::CONFLICT);
    assert_eq!(world.banks.count("/accounts"), 0);
    world.banks.assert_standard();
}

#[tokio::test]
async fn nobody_signs_for_five_days_and_the_consent_is_given_back() {
    let world = World::new().await;
    let trip = waiting(&world, "sandbox-redirect", NEVER).await;
    pass(&world, Duration::from_secs(5 * 24 * 3600 - 60)).await;
    let asked = world.banks.count("/status");
    trip.until_called("/status", asked + 1).await;
    assert_eq!(trip.status().await, "awaiting_cosigners");
    // The last question is asked when the time is over, not later.
    tokio::time::sleep(Duration::from_millis(200)).await;
    pass(&world, Duration::from_secs(60)).await;
    trip.until_status("abandoned").await;
    trip.until_called("DELETE /psd2/redirect-bank/v1/consents/", 1).await;
    world.banks.assert_standard();
}

#[tokio::test]
async fn who_signs_before_the_host_confirms_is_not_waited_for_again() {
    let world = World::new().await;
    let trip = Trip::to(&world, "sandbox-oauth-two-step", json!({})).await;
    let address = trip.launch().await.expect("a launch");
    trip.back(&trip.browser.approve(&address, SIGNS).await).await.expect("a return");
    let View::Success(success) = trip.view().await else {
        panic!("no success")
    };
    let before = trip.connection().await.version;
    pass(&world, Duration::from_secs(31)).await;
    for _ in 0..200 {
        if trip.connection().await.version > before && world.banks.count("/transactions") > 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    assert_eq!(trip.status().await, "awaiting_confirmation");
    assert_eq!(
        accounts(&trip).await,
        StatusCode::CONFLICT,
        "nothing is read before the host confirms"
    );
    world.exchange(&success.public_token.expect("a token"), "user-1").await;
    trip.until_status("active").await;
}

#[tokio::test]
async fn what_is_given_back_is_not_asked_after() {
    let world = World::new().await;
    let trip = Trip::to(&world, "sandbox-redirect", json!({})).await;
    let address = trip.launch().await.expect("a launch");
    trip.back(&trip.browser.approve(&address, SIGNS).await).await.expect("a return");
    let answer = world.exchange(&trip.public_token().await, "somebody else").await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    trip.until_called("DELETE", 1).await;
    let asked = world.banks.count("/status");
    pass(&world, Duration::from_secs(60)).await;
    tokio::time::sleep(Duration::from_millis(700)).await;
    assert_eq!(world.banks.count("/status"), asked);
    assert_eq!(world.banks.count("/accounts"), 0);
}
