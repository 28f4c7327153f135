//! A bank that the person goes to, or that asks in its app: over Berlin Group, against the sandbox's banks.

use crate::banks::Trip;
use crate::world::World;
use axum::http::StatusCode;
use gesher_contract::{FailureCode, View};
use gesher_server::connect::launch::LaunchError;
use gesher_server::jobs;
use gesher_server::store::grants;
use serde_json::json;
use std::time::Duration;

const REDIRECTS: [&str; 4] = ["sandbox-redirect", "sandbox-two-step", "sandbox-oauth", "sandbox-oauth-two-step"];
const GOOD: &str = "321547416";

#[tokio::test]
async fn a_person_goes_to_the_bank_and_the_host_reads_what_was_given() {
    for institution in REDIRECTS {
        let world = World::new().await;
        let trip = Trip::to(&world, institution, json!({})).await;
        assert_eq!(trip.state().await, "leaving", "{institution}");
        assert_eq!(world.banks.count("/v1/"), 0, "nothing is at the bank before the person goes there");
        let address = trip.launch().await.expect("a launch");
        let back = trip.browser.approve(&address, GOOD).await;
        trip.back(&back).await.expect("a return");

        let View::Success(success) = trip.view().await else {
            panic!("{institution}: no success")
        };
        assert!(success.accounts.len() >= 2, "{:?}", success.accounts);
        let token = success.public_token.expect("a token");
        assert_eq!(world.exchange(&token, "user-1").await.status, StatusCode::OK);
        assert_eq!(trip.status().await, "active");
        let id = trip.invited["id"].as_str().expect("an id");
        let accounts = world.get(&format!("/v1/connections/{id}/accounts")).await.body;
        let kinds: Vec<_> = accounts["data"]
            .as_array()
            .expect("accounts")
            .iter()
            .map(|account| account["kind"].as_str().expect("a kind"))
            .collect();
        assert!(kinds.contains(&"CACC") && kinds.contains(&"CARD"), "{kinds:?}");
        for account in accounts["data"].as_array().expect("accounts") {
            let id = account["id"].as_str().expect("an id");
            let page = world.get(&format!("/v1/accounts/{id}/transactions?limit=500")).await;
            assert!(!page.body["data"].as_array().expect("transactions").is_empty(), "{account}");
            assert!(!account["balances"].as_array().expect("balances").is_empty(), "{account}");
        }
        world.banks.assert_standard();
    }
}

#[tokio::test]
async fn a_person_approves_in_the_banks_app() {
    let world = World::new().await;
    let trip = Trip::to(&world, "sandbox-app", json!({})).await;
    assert_eq!(trip.state().await, "asking");
    {
        let mut visit = world.enter(&trip.invited).await;
        visit.at = trip.at.clone();
        let View::Form(form) = visit.look().await.clone() else {
            panic!("no form")
        };
        assert_eq!(form.fields.len(), 1);
        visit.send(&[("psu_id", GOOD)]).await;
        let View::Waiting(waiting) = visit.look().await.clone() else {
            panic!("no wait")
        };
        assert_eq!(waiting.message, "We sent a request to your phone.", "in the session's language");
    }
    assert_eq!(trip.state().await, "waiting");
    assert_eq!(world.banks.header("POST /psd2/decoupled-bank/v1/consents/", "psu-id"), [GOOD]);
    approved(&trip).await;
}

#[tokio::test]
async fn an_id_that_the_host_fixed_is_not_asked_again() {
    let world = World::new().await;
    let trip = Trip::to(&world, "sandbox-app", json!({ "psu_id": GOOD })).await;
    assert_eq!(trip.state().await, "waiting");
    approved(&trip).await;
}

/// The test user answers after six seconds; the wait is polled meanwhile.
async fn approved(trip: &Trip<'_>) {
    let polls = trip.world.banks.count("GET");
    trip.world.clock.advance(Duration::from_secs(3));
    trip.until_called("GET", polls + 2).await;
    trip.until("waiting").await;
    trip.world.clock.advance(Duration::from_secs(4));
    trip.until("confirming").await;
    assert!(matches!(trip.view().await, View::Success(_)));
    let ip = trip.world.banks.header("GET", "psu-ip-address");
    assert!(ip.iter().all(|ip| ip == "-"), "nobody is there when a poll is made: {ip:?}");
    trip.world.banks.assert_standard();
}

#[tokio::test]
async fn an_approval_that_does_not_come_ends_the_wait_and_the_consent() {
    let world = World::new().await;
    // This one answers by hand.
    let trip = Trip::to(&world, "sandbox-app", json!({ "psu_id": "043510023" })).await;
    assert_eq!(trip.state().await, "waiting");
    world.clock.advance(Duration::from_secs(300));
    trip.until("failed").await;
    let failure = trip.failure().await;
    assert_eq!(failure.code, FailureCode::TimedOut);
    trip.until_called("DELETE /psd2/decoupled-bank/v1/consents/", 1).await;
}

#[tokio::test]
async fn a_refusal_at_the_bank_is_one_here() {
    for institution in REDIRECTS {
        let world = World::new().await;
        let trip = Trip::to(&world, institution, json!({})).await;
        let address = trip.launch().await.expect("a launch");
        let back = trip.browser.decline(&address, GOOD).await;
        trip.back(&back).await.expect("a return");
        let failure = trip.failure().await;
        assert_eq!(failure.code, FailureCode::ConsentRejected, "{institution}");
        assert_eq!(trip.status().await, "rejected");
        assert_eq!(world.banks.count("/token"), 0);
        world.banks.assert_standard();
    }
}

#[tokio::test]
async fn who_only_leaves_the_bank_may_try_again() {
    for institution in REDIRECTS {
        let world = World::new().await;
        let trip = Trip::to(&world, institution, json!({})).await;
        let address = trip.launch().await.expect("a launch");
        trip.back(&trip.browser.cancel(&address).await).await.expect("a return");
        let View::Failed { failure, way_on, .. } = trip.view().await else {
            panic!("{institution}: no failure")
        };
        assert_eq!(failure, FailureCode::CancelledAtInstitution.failure(), "{institution}");
        assert!(way_on.is_some());
        let connection = world
            .get(&format!("/v1/connections/{}", trip.invited["id"].as_str().expect("an id")))
            .await;
        assert_eq!(connection.body["status"], "pending", "nobody has refused anything");
        assert_eq!(
            connection.body["failure"],
            json!({ "code": "cancelled_at_institution", "blame": "user", "retryable": true, "next_action": "try_again" })
        );
        trip.until_called("DELETE", 1).await;
        assert_eq!(world.banks.count("/token"), 0);

        // Again, and this time to the end.
        let backend = &world.backend;
        gesher_app::backend::Backend::start_over(backend, &trip.at)
            .await
            .expect("starts over");
        gesher_app::backend::Backend::choose(backend, &trip.at, institution)
            .await
            .expect("chooses");
        let address = trip.launch().await.expect("a launch");
        trip.back(&trip.browser.approve(&address, GOOD).await).await.expect("a return");
        assert!(matches!(trip.view().await, View::Success(_)), "{institution}");
        world.banks.assert_standard();
    }
}

#[tokio::test]
async fn cosigners_are_waited_for_and_a_bank_in_trouble_is_named() {
    for (psu, status) in [
        ("064837123", "awaiting_cosigners"),
        ("316159029", "degraded"),
        ("316159052", "suspended"),
        ("316159011", "failed"),
    ] {
        let world = World::new().await;
        let trip = Trip::to(&world, "sandbox-oauth", json!({})).await;
        let address = trip.launch().await.expect("a launch");
        trip.back(&trip.browser.approve(&address, psu).await).await.expect("a return");
        world.exchange(&trip.public_token().await, "user-1").await;
        trip.until_status(status).await;
    }
}

#[tokio::test]
async fn the_bank_hears_who_the_person_is_only_while_they_are_there() {
    let world = World::new().await;
    let trip = Trip::to(&world, "sandbox-app", json!({ "psu_id": GOOD })).await;
    assert_eq!(world.banks.header("POST", "psu-ip-address"), ["192.0.2.7", "192.0.2.7"]);
    assert_eq!(world.banks.header("POST", "psu-user-agent"), ["A Browser", "A Browser"]);
    drop(trip);

    // Where nobody says it, the TPP's own address stands in.
    let trip = Trip::to(&world, "sandbox-redirect", json!({})).await;
    let address = trip.launch().await.expect("a launch");
    assert_eq!(world.banks.header("POST /psd2/redirect-bank", "psu-ip-address"), ["127.0.0.1"]);
    // The bank is told who asks, and tells the person.
    assert_eq!(
        world.banks.header("POST /psd2/redirect-bank", "tpp-brand-logging-information"),
        ["Shop"]
    );
    let page = world
        .core
        .http
        .get(&address)
        .send()
        .await
        .expect("a page")
        .text()
        .await
        .expect("text");
    assert!(page.contains("<bdi>Shop</bdi>"), "{page}");
    let mut ids = world.banks.header("/v1/", "x-request-id");
    let all = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), all, "each call has an id of its own");
}

#[tokio::test]
async fn a_stale_token_is_renewed_and_the_new_one_kept() {
    let world = World::new().await;
    let trip = Trip::to(&world, "sandbox-oauth", json!({})).await;
    let address = trip.launch().await.expect("a launch");
    trip.back(&trip.browser.approve(&address, GOOD).await).await.expect("a return");
    let View::Success(success) = trip.view().await else {
        panic!("no success")
    };
    world.exchange(&success.public_token.expect("a token"), "user-1").await;
    trip.until_status("active").await;
    let (tenant, connection) = (trip.at.tenant.as_str(), trip.invited["id"].as_str().expect("an id"));
    let mut before = grants::of_connection(&world.core.store, tenant, connection).await.expect("reads");
    // Twice, because a refresh token is good once.
    for renewals in 1..=2 {
        world.clock.advance(Duration::from_secs(2 * 3600));
        let version = trip.connection().await.version;
        // The connection's own minute may lie in these hours: then its fetch is as good, and a second one beside it would renew, too.
        let fetch = jobs::refresh_if_idle(&world.core, tenant, connection, &before[0].id);
        world.core.store.write(fetch).await.expect("a job");
        world.core.work.notify_one();
        trip.until_called("/oauth-bank/token", 1 + renewals).await;
        // The connection is written for other reasons, too, when hours have passed.
        let is_kept = async || {
            let kept = grants::of_connection(&world.core.store, tenant, connection).await.expect("reads");
            kept[0].sealed != before[0].sealed && trip.connection().await.version > version
        };
        for _ in 0..400 {
            if is_kept().await {
                break;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        let after = grants::of_connection(&world.core.store, tenant, connection).await.expect("reads");
        assert!(after[0].sealed != before[0].sealed, "the renewed grant is kept before it is used");
        before = after;
    }
    assert_eq!(world.banks.count("/oauth-bank/token"), 3);
    trip.until_status("active").await;
}

#[tokio::test]
async fn what_another_customer_confirms_is_given_back_at_the_bank() {
    let world = World::new().await;
    let trip = Trip::to(&world, "sandbox-oauth", json!({})).await;
    let address = trip.launch().await.expect("a launch");
    trip.back(&trip.browser.approve(&address, GOOD).await).await.expect("a return");
    let answer = world.exchange(&trip.public_token().await, "somebody else").await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    trip.until_called("DELETE /psd2/oauth-bank/v1/consents/", 1).await;
}

#[tokio::test]
async fn another_launch_makes_the_first_one_void() {
    for institution in REDIRECTS {
        let world = World::new().await;
        let trip = Trip::to(&world, institution, json!({})).await;
        let first = trip.launch().await.expect("a launch");
        let second = trip.launch().await.expect("another");
        assert_ne!(first, second);
        let back = trip.browser.approve(&second, GOOD).await;
        trip.back(&back).await.expect("a return");
        assert!(matches!(trip.view().await, View::Success(_)), "{institution}");
        let deleted = usize::from(!institution.starts_with("sandbox-oauth"));
        assert_eq!(world.banks.count("DELETE"), deleted, "{institution}");
    }
}

#[tokio::test]
async fn another_browser_may_not_launch_and_nobody_launches_what_does_not_leave() {
    let world = World::new().await;
    let trip = Trip::to(&world, "sandbox-oauth", json!({})).await;
    trip.launch().await.expect("a launch");
    let calls = world.banks.count("");
    let thief = Trip {
        cookie: "another cookie",
        at: trip.at.clone(),
        invited: trip.invited.clone(),
        browser: crate::banks::Browser::new(),
        world: &world,
    };
    assert!(matches!(thief.launch().await, Err(LaunchError::Refused(_))));
    let form = Trip::to(&world, "sandbox-app", json!({})).await;
    assert!(matches!(form.launch().await, Err(LaunchError::Refused(_))));
    assert_eq!(world.banks.count(""), calls);
}

#[tokio::test]
async fn an_attempt_that_is_given_up_leaves_no_consent_to_authorise() {
    for institution in REDIRECTS {
        let world = World::new().await;
        let trip = Trip::to(&world, institution, json!({})).await;
        let address = trip.launch().await.expect("a launch");
        gesher_app::backend::Backend::start_over(&world.backend, &trip.at)
            .await
            .expect("starts over");
        trip.until_called("DELETE", 1).await;
        // The page is still open at the bank, and says that it is over.
        let page = reqwest::Url::parse(&address).expect("an address");
        let status = world.core.http.get(page).send().await.expect("a page").status();
        assert_eq!(status, StatusCode::GONE, "{institution}");
        world.banks.assert_standard();
    }
}

#[tokio::test]
async fn a_bank_out_of_order_is_said_to_be_so_before_and_after_the_approval() {
    const DOWN: &str = "316159037";
    for institution in REDIRECTS {
        let world = World::new().await;
        let trip = Trip::to(&world, institution, json!({ "psu_id": DOWN })).await;
        let refused = trip.launch().await.err();
        assert!(
            matches!(refused, Some(LaunchError::Failed(failure)) if failure.code == FailureCode::InstitutionUnavailable),
            "{institution}: {refused:?}"
        );

        let trip = Trip::to(&world, institution, json!({})).await;
        let address = trip.launch().await.expect("a launch");
        trip.back(&trip.browser.approve(&address, DOWN).await).await.expect("a return");
        let failure = trip.failure().await;
        assert_eq!(failure.code, FailureCode::InstitutionUnavailable, "{institution}");
        trip.until_called("DELETE", 1).await;
        world.banks.assert_standard();
    }
}

#[tokio::test]
async fn a_slow_bank_is_waited_for() {
    for institution in ["sandbox-redirect", "sandbox-oauth"] {
        let world = World::new().await;
        let trip = Trip::to(&world, institution, json!({})).await;
        let address = trip.launch().await.expect("a launch");
        trip.back(&trip.browser.approve(&address, "316159003").await)
            .await
            .expect("a return");
        assert_eq!(trip.state().await, "calling", "{institution}");
        for _ in 0..72 {
            if trip.state().await != "calling" {
                break;
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
        assert!(matches!(trip.view().await, View::Success(_)), "{institution}");
    }
}
