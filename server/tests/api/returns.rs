//! What comes to the return address and is not the launch's: nothing is sent because of it, and the log says why.

use crate::banks::Trip;
use crate::world::{World, add_tenant};
use gesher_contract::{FailureCode, TenantTag, View};
use gesher_server::connect::returns::{BadReturn, ReturnError};
use serde_json::{Value, json};
use std::time::Duration;
use url::Url;

const PSU: &str = "321547416";

/// The address with another query.
fn with(url: &Url, change: impl Fn(&str, &str) -> Vec<(String, String)>) -> Url {
    let mut changed = url.clone();
    let pairs: Vec<(String, String)> = url.query_pairs().flat_map(|(name, value)| change(&name, &value)).collect();
    changed.query_pairs_mut().clear().extend_pairs(pairs);
    changed
}

/// The address with this parameter another, or gone.
fn set(url: &Url, which: &str, to: Option<&str>) -> Url {
    with(url, |name, value| match to {
        _ if name != which => vec![(name.to_owned(), value.to_owned())],
        Some(to) => vec![(name.to_owned(), to.to_owned())],
        None => Vec::new(),
    })
}

/// The address with a part of its path another.
fn path(url: &Url, from: &str, to: &str) -> Url {
    let mut changed = url.clone();
    changed.set_path(&url.path().replace(from, to));
    changed
}

fn why(outcome: Result<gesher_contract::SessionId, ReturnError>) -> BadReturn {
    match outcome {
        Err(ReturnError::Bad { why, .. }) => why,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn bad_returns_send_nothing_and_leave_the_launch_as_it_is() {
    let world = World::new().await;
    let trip = Trip::to(&world, "sandbox-oauth", json!({})).await;
    let address = trip.launch().await.expect("a launch");
    let good = trip.browser.approve(&address, PSU).await;
    let state = good
        .query_pairs()
        .find(|(name, _)| name == "state")
        .map(|(_, value)| value.into_owned())
        .expect("a state");
    assert!(state.len() >= 52, "256 bits");
    let other = Trip::to(&world, "sandbox-oauth", json!({})).await;
    let others = other.browser.approve(&other.launch().await.expect("a launch"), "1772268").await;
    let stranger = TenantTag::from_random(8);
    add_tenant(&world.core, &stranger, &[], &[]).await;
    let tampered = format!("{}{}", if state.starts_with('a') { 'b' } else { 'a' }, &state[1..]);

    let calls = world.banks.count("");
    let trip = &trip;
    let refused = |url: Url| async move { why(trip.back(&url).await) };
    assert_eq!(refused(set(&good, "state", None)).await, BadReturn::NoState);
    assert_eq!(refused(set(&good, "state", Some(""))).await, BadReturn::EmptyState);
    let doubled = with(&good, |name, value| {
        let pair = (name.to_owned(), value.to_owned());
        if name == "state" { vec![pair.clone(), pair] } else { vec![pair] }
    });
    assert_eq!(refused(doubled).await, BadReturn::Doubled);
    assert_eq!(refused(set(&good, "state", Some(&tampered))).await, BadReturn::UnknownState);
    assert_eq!(
        refused(path(&good, trip.at.tenant.as_str(), stranger.as_str())).await,
        BadReturn::UnknownState
    );
    assert_eq!(refused(path(&good, "berlin_group", "sandbox")).await, BadReturn::OtherProvider);
    assert_eq!(refused(path(&good, "oauth-bank", "redirect-bank")).await, BadReturn::OtherProvider);
    assert_eq!(
        refused(set(&good, "iss", Some("https://evil.example"))).await,
        BadReturn::WrongIssuer
    );
    assert_eq!(refused(set(&good, "iss", None)).await, BadReturn::NoIssuer);
    assert_eq!(refused(set(&good, "code", None)).await, BadReturn::Incomplete);
    assert_eq!(trip.state().await, "leaving");
    assert_eq!(world.banks.count(""), calls, "nothing was sent");
    assert_eq!(trip.refusals().await.len(), 9, "each is in the log of the tenant that it came to");

    // The right one is still good, once.
    trip.back(&good).await.expect("a return");
    assert!(matches!(trip.view().await, View::Success(_)));
    let calls = world.banks.count("/token");
    assert_eq!(refused(good).await, BadReturn::Used);

    // The other one comes too late.
    world.clock.advance(Duration::from_secs(600));
    assert_eq!(why(other.back(&others).await), BadReturn::Expired);
    assert_eq!(other.state().await, "leaving");
    assert_eq!(world.banks.count("/token"), calls);
    let refusals = trip.refusals().await;
    assert_eq!(refusals[0], "expired_state");
    assert!(refusals.contains(&"used_state".to_owned()), "{refusals:?}");
}

/// Another browser than the one that was sent: with a cookie of its own, with none, and with that of another connection,
/// whose state it may not bring.
#[tokio::test]
async fn a_return_in_another_browser_ends_the_attempt_and_sends_no_code() {
    for (number, cookie) in [Some("another cookie"), None, Some("the first one's cookie")]
        .into_iter()
        .enumerate()
    {
        for (institution, bank) in [("sandbox-oauth", "oauth-bank"), ("sandbox-redirect", "redirect-bank")] {
            let world = World::new().await;
            let trip = Trip::to(&world, institution, json!({})).await;
            let good = trip.browser.approve(&trip.launch().await.expect("a launch"), PSU).await;
            let tokens = world.banks.count("/token");
            assert_eq!(why(trip.back_with(&good, cookie).await), BadReturn::OtherBrowser, "{number}");
            assert_eq!(world.banks.count("/token"), tokens);
            assert_eq!(trip.refusals().await, ["other_browser"]);
            // What somebody else authorised is taken back, and the one who was sent cannot come back to it either.
            let View::Failed { failure, way_on, .. } = trip.view().await else {
                panic!("{number}: the attempt goes on")
            };
            assert_eq!(failure.code, FailureCode::OtherBrowser);
            assert!(way_on.is_some());
            trip.until_called(&format!("DELETE /psd2/{bank}/v1/consents/"), 1).await;
            assert_eq!(why(trip.back(&good).await), BadReturn::Used);
            assert_eq!(world.banks.count("/token"), tokens);
        }
    }
}

#[tokio::test]
async fn a_code_of_another_connection_opens_nothing() {
    let world = World::new().await;
    let mine = Trip::to(&world, "sandbox-oauth", json!({})).await;
    let theirs = Trip::to(&world, "sandbox-oauth", json!({})).await;
    let own = mine.browser.approve(&mine.launch().await.expect("a launch"), PSU).await;
    let foreign = theirs.browser.approve(&theirs.launch().await.expect("a launch"), "1772268").await;
    let code = foreign
        .query_pairs()
        .find(|(name, _)| name == "code")
        .map(|(_, value)| value.into_owned())
        .expect("a code");
    mine.back(&set(&own, "code", Some(&code))).await.expect("the state is right");
    // The bank refuses it, for the verifier is another, and the consent is given back.
    assert!(matches!(mine.view().await, View::Failed { .. }));
    mine.until_called("DELETE /psd2/oauth-bank/v1/consents/", 1).await;
}

/// Somebody authorises at a bank's page that was handed on, and keeps their browser from coming back.
#[tokio::test]
async fn a_consent_that_nobody_comes_back_with_opens_nothing_and_ends_with_the_session() {
    for (institution, bank) in [("sandbox-oauth", "oauth-bank"), ("sandbox-redirect", "redirect-bank")] {
        let world = World::new().await;
        let trip = Trip::to(&world, institution, json!({})).await;
        let address = Url::parse(&trip.launch().await.expect("a launch")).expect("an address");
        let kept = trip.browser.approve(address.as_str(), PSU).await;
        let status = async || {
            let ledger = address.join(&format!("/psd2/{bank}/consents.json")).expect("an address");
            let answer = world.core.http.get(ledger).send().await.expect("an answer");
            let body: Value = answer.json().await.expect("JSON");
            body["consents"][0]["status"].as_str().expect("a status").to_owned()
        };
        assert_eq!(status().await, "valid");
        if institution == "sandbox-redirect" {
            // Who launched never saw the address that leads back.
            assert!(
                !address.as_str().contains("callback") && !address.as_str().contains("state"),
                "{address}"
            );
        }
        world.clock.advance(Duration::from_secs(600));
        assert_eq!(why(trip.back(&kept).await), BadReturn::Expired);
        world.clock.advance(Duration::from_secs(1200));
        trip.until("expired").await;
        trip.until_called(&format!("DELETE /psd2/{bank}/v1/consents/"), 1).await;
        assert_eq!(status().await, "terminatedByTpp");
        assert_eq!((world.banks.count("/token"), world.banks.count("/accounts")), (0, 0));
    }
}
