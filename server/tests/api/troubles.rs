//! Banks that are down, slow, silent, or answer what nobody understands: what each comes to, that credentials are sent once, and that
//! an access whose answer was lost is given back.

use crate::banks::Trip;
use crate::world::{Visit, World};
use gesher_app::backend::Backend as _;
use gesher_contract::{FailureCode, View};
use serde_json::{Value, json};
use std::time::Duration;
use url::Url;

const DOWN: &str = "316159037";
const SLOW: &str = "316159003";
const STUCK: &str = "316159078";
const PAGE: &str = "316159086";
const HALF: &str = "316159094";
const OTHER_SHAPE: &str = "316159102";
const HALF_GRANT: &str = "316159110";
const PAST: &str = "316159128";
const GOOD: &str = "321547416";

/// Less patience than we have, so that a silent bank does not hold the tests.
const IMPATIENT: Duration = Duration::from_millis(1500);

/// What a host is told of a failure.
fn told(code: FailureCode) -> Value {
    let (code, blame, next_action) = match code {
        FailureCode::InstitutionUnavailable => ("institution_unavailable", "institution", "come_back_later"),
        FailureCode::TimedOut => ("timed_out", "institution", "come_back_later"),
        FailureCode::BadInstitutionAnswer => ("bad_institution_answer", "institution", "start_over"),
        FailureCode::OutcomeUnknown => ("outcome_unknown", "gesher", "start_over"),
        other => panic!("{other:?} is no trouble of a bank"),
    };
    json!({ "code": code, "blame": blame, "retryable": true, "next_action": next_action })
}

/// The connection is as before, and says how the last attempt ended.
async fn assert_told(world: &World, invited: &Value, code: FailureCode) {
    let id = invited["id"].as_str().expect("an id");
    let connection = world.get(&format!("/v1/connections/{id}")).await.body;
    assert_eq!((&connection["status"], &connection["failure"]), (&json!("pending"), &told(code)));
}

fn login(psu: &str) -> [(&str, &str); 3] {
    [("psu_id", psu), ("username", "user"), ("password", "pass")]
}

/// Starts over and connects as somebody with whom all is well.
async fn goes_on(visit: &mut Visit<'_>) {
    visit.screen = visit.world.backend.start_over(&visit.on_this_screen()).await.expect("starts over");
    visit.choose("sandbox-bank").await;
    visit.submit(&login(GOOD)).await;
    assert!(matches!(visit.submit(&[("code", "12345")]).await, View::Success(_)));
}

#[tokio::test]
async fn trouble_at_the_login_is_named_and_the_credentials_are_sent_once() {
    for (psu, code) in [
        (DOWN, FailureCode::InstitutionUnavailable),
        (STUCK, FailureCode::OutcomeUnknown),
        (PAGE, FailureCode::BadInstitutionAnswer),
        (HALF, FailureCode::OutcomeUnknown),
    ] {
        let world = World::impatient(IMPATIENT).await;
        let invited = world.invite(json!({})).await;
        let mut visit = world.enter(&invited).await;
        visit.choose("sandbox-bank").await;
        let View::Failed { failure, way_on, .. } = visit.submit(&login(psu)).await.clone() else {
            panic!("{psu}: {:?}", visit.screen.view)
        };
        assert_eq!((failure, way_on.is_some()), (code.failure(), true), "{psu}");
        assert_told(&world, &invited, code).await;
        assert_eq!(world.banks.exactly("POST /bank/sandbox-bank/login"), 1, "{psu}");
        goes_on(&mut visit).await;
        assert_eq!(world.banks.exactly("POST /bank/sandbox-bank/login"), 2, "{psu}");
    }
}

#[tokio::test]
async fn an_access_whose_answer_was_lost_is_given_back() {
    for (psu, code) in [
        (OTHER_SHAPE, FailureCode::BadInstitutionAnswer),
        (HALF_GRANT, FailureCode::OutcomeUnknown),
        (PAST, FailureCode::BadInstitutionAnswer),
    ] {
        let world = World::new().await;
        let invited = world.invite(json!({})).await;
        let mut visit = world.enter(&invited).await;
        visit.choose("sandbox-bank").await;
        assert!(matches!(visit.submit(&login(psu)).await, View::Form(_)), "{psu}");
        let View::Failed { failure, .. } = visit.submit(&[("code", "12345")]).await.clone() else {
            panic!("{psu}: {:?}", visit.screen.view)
        };
        assert_eq!(failure, code.failure(), "{psu}");
        assert_told(&world, &invited, code).await;
        let given_back = "DELETE /bank/sandbox-bank/login/";
        world.banks.until(given_back, 1).await;
        assert_eq!(world.banks.exactly("POST /bank/sandbox-bank/login"), 1, "{psu}");
        assert_eq!(world.banks.count("/answer"), 1, "the code is sent once: {psu}");
        goes_on(&mut visit).await;
        assert_eq!(world.banks.count(given_back), 1, "what stands is not given back: {psu}");
    }
}

#[tokio::test]
async fn a_slow_bank_goes_on_where_it_was() {
    let world = World::new().await;
    let invited = world.invite(json!({})).await;
    let mut visit = world.enter(&invited).await;
    visit.choose("sandbox-bank").await;
    visit.send(&login(SLOW)).await;
    assert!(matches!(visit.screen.view, View::Progress { fetching: false }));
    for _ in 0..4 {
        visit.settle().await;
    }
    assert!(matches!(visit.screen.view, View::Form(_)), "{:?}", visit.screen.view);
    assert_eq!(world.banks.exactly("POST /bank/sandbox-bank/login"), 1);
    assert!(matches!(visit.submit(&[("code", "12345")]).await, View::Success(_)));
}

/// The status of the newest consent at the bank whose page this is.
async fn newest_consent(world: &World, page: &str) -> Value {
    let page = Url::parse(page).expect("an address");
    let bank = page.path().split('/').nth(2).expect("a bank");
    let ledger = page.join(&format!("/psd2/{bank}/consents.json")).expect("an address");
    let listed: Value = world
        .core
        .http
        .get(ledger)
        .send()
        .await
        .expect("an answer")
        .json()
        .await
        .expect("JSON");
    listed["consents"][0]["status"].clone()
}

#[tokio::test]
async fn trouble_after_the_approval_is_named_and_the_consent_is_given_back() {
    use FailureCode::{BadInstitutionAnswer, InstitutionUnavailable, OutcomeUnknown, TimedOut};
    for (psu, by_redirect, by_oauth) in [
        (STUCK, TimedOut, OutcomeUnknown),
        (PAGE, BadInstitutionAnswer, BadInstitutionAnswer),
        (HALF, InstitutionUnavailable, OutcomeUnknown),
        (OTHER_SHAPE, BadInstitutionAnswer, BadInstitutionAnswer),
        (HALF_GRANT, InstitutionUnavailable, OutcomeUnknown),
        (PAST, BadInstitutionAnswer, BadInstitutionAnswer),
    ] {
        for (institution, code) in [("sandbox-redirect", by_redirect), ("sandbox-oauth", by_oauth)] {
            let world = World::impatient(IMPATIENT).await;
            let trip = Trip::to(&world, institution, json!({})).await;
            let page = trip.launch().await.expect("a launch");
            trip.back(&trip.browser.approve(&page, psu).await).await.expect("a return");
            assert_eq!(trip.failure().await, code.failure(), "{psu} at {institution}");
            assert_told(&world, &trip.invited, code).await;
            trip.until_called("DELETE", 1).await;
            assert_eq!(newest_consent(&world, &page).await, "terminatedByTpp", "{psu} at {institution}");
            let tokens = usize::from(institution == "sandbox-oauth");
            assert_eq!(world.banks.count("/token"), tokens, "a code is sent once: {psu}");
        }
    }
}

#[tokio::test]
async fn a_bank_in_trouble_after_an_approval_in_its_app_is_asked_again_unless_it_makes_no_sense() {
    for (psu, code) in [
        (PAGE, FailureCode::BadInstitutionAnswer),
        (PAST, FailureCode::BadInstitutionAnswer),
        (HALF, FailureCode::TimedOut),
    ] {
        let world = World::new().await;
        let trip = Trip::to(&world, "sandbox-app", json!({ "psu_id": psu })).await;
        trip.until("waiting").await;
        world.clock.advance(Duration::from_secs(7));
        if code == FailureCode::TimedOut {
            trip.until_called("/status", 1).await;
            trip.until("waiting").await;
            world.clock.advance(Duration::from_secs(300));
        }
        trip.until("failed").await;
        assert_eq!(trip.failure().await, code.failure(), "{psu}");
        trip.until_called("DELETE /psd2/decoupled-bank/v1/consents/", 1).await;
    }
}
