//! Another session of a connection that is there: what stood stays until a new grant is confirmed, and the old one is given back then.

use crate::banks::Trip;
use crate::refresh::{connected, told};
use crate::world::{ORIGIN, World, add_tenant};
use axum::http::StatusCode;
use gesher_contract::{ExitReason, TenantTag, View};
use gesher_domain::Clock as _;
use gesher_domain::Timestamp;
use gesher_server::connect::returns::ReturnError;
use serde_json::{Value, json};
use std::time::Duration;

const PSU: &str = "043510023";
const SIGNS: &str = "316159045";
const DECLINES: &str = "316159060";
const CONSENTS: &str = "POST /psd2/redirect-bank/v1/consents";
const GIVEN_BACK: &str = "DELETE /psd2/redirect-bank/v1/consents/";

fn path(invited: &Value) -> String {
    format!("/v1/connections/{}", invited["id"].as_str().expect("an id"))
}

fn pass(world: &World, by: Duration) {
    world.clock.advance(by);
    world.core.work.notify_one();
}

async fn account_ids(world: &World, invited: &Value) -> Vec<String> {
    let listed = world.get(&format!("{}/accounts", path(invited))).await;
    assert_eq!(listed.status, StatusCode::OK, "{}", listed.body);
    let data = listed.body["data"].as_array().expect("a list");
    data.iter()
        .map(|account| account["id"].as_str().expect("an id").to_owned())
        .collect()
}

/// A connection whose consent has ended, seen as such.
async fn ended(world: &World) -> Trip<'_> {
    let more = json!({ "consent_expires_at": "2027-01-30T00:00:00Z", "state": "the first" });
    let trip = connected(world, "sandbox-redirect", PSU, more, "active").await;
    let view = world.get(&path(&trip.invited)).await.body;
    let ends: jiff::Timestamp = view["consent_expires_at"].as_str().expect("a time").parse().expect("RFC 3339");
    pass(world, world.clock.now().until(Timestamp(ends.as_microsecond())));
    trip.until_status("reconnect_required").await;
    trip
}

/// The person comes back and approves. Nothing is confirmed yet.
async fn approved<'a>(world: &'a World, invited: &Value, more: Value, psu: &str) -> Trip<'a> {
    let trip = Trip::by(world, world.invite_again(invited, more).await).await;
    let address = trip.launch().await.expect("a launch");
    trip.back(&trip.browser.approve(&address, psu).await).await.expect("a return");
    trip
}

async fn a_consent_that_ended_is_renewed(world: World) {
    let first = ended(&world).await;
    let accounts = account_ids(&world, &first.invited).await;
    let asked = world.banks.exactly("GET /psd2/redirect-bank/v1/accounts");

    let repair = approved(&world, &first.invited, json!({ "state": "the second" }), PSU).await;
    assert_eq!(
        (&repair.invited["id"], &repair.invited["status"]),
        (&first.invited["id"], &json!("reconnect_required"))
    );
    let View::Success(success) = repair.view().await else {
        panic!("no success")
    };
    assert_eq!(success.state.as_deref(), Some("the second"));
    assert!(success.accounts.is_empty(), "what stood is not shown to who repairs");
    // Nothing has happened to what stood, and nothing was read with the new grant.
    assert_eq!(repair.status().await, "reconnect_required");
    assert_eq!(account_ids(&world, &first.invited).await, accounts);
    assert_eq!(world.banks.count(GIVEN_BACK), 0);
    assert_eq!(world.banks.exactly("GET /psd2/redirect-bank/v1/accounts"), asked);

    let answer = world.exchange(&success.public_token.expect("a token"), "user-1").await;
    assert_eq!(
        (answer.status, &answer.body["connection"]["status"]),
        (StatusCode::OK, &json!("connected")),
        "{}",
        answer.body
    );
    repair.until_status("active").await;
    let repaired = told(&world, "connection.repaired").await;
    assert_eq!(repaired.len(), 1, "{repaired:?}");
    assert_eq!(repaired[0]["connection_id"], first.invited["id"]);
    world.banks.until(GIVEN_BACK, 1).await;
    assert_eq!(account_ids(&world, &first.invited).await, accounts, "the accounts keep their ids");
    let now = world.get(&path(&first.invited)).await.body;
    assert_eq!((&now["reasons"], &now["auto_refresh"]), (&json!([]), &json!(true)));
    assert_eq!(now["last_refreshed_at"], json!(world.clock.now().rfc3339()));
    // Asked for as long as at first, from now on.
    let consents = world.banks.sent(CONSENTS);
    assert_eq!(
        (&consents[0]["validUntil"], &consents[1]["validUntil"]),
        (&json!("2027-01-30"), &json!("2027-04-11"))
    );
    assert_eq!(now["consent_expires_at"], "2027-04-12T00:00:00.000Z");
    // The new one opens the data, so it was the old one that was given back; and it is refreshed again.
    pass(&world, Duration::from_secs(24 * 60 * 60));
    world.banks.until("GET /psd2/redirect-bank/v1/accounts/", 1).await;
    for _ in 0..200 {
        let view = world.get(&path(&first.invited)).await.body;
        if view["last_refreshed_at"] == json!(world.clock.now().rfc3339()) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    let now = world.get(&path(&first.invited)).await.body;
    assert_eq!(
        (&now["status"], &now["last_refreshed_at"]),
        (&json!("active"), &json!(world.clock.now().rfc3339()))
    );
    assert_eq!(world.banks.count(GIVEN_BACK), 1);
    world.banks.assert_standard();
}

#[tokio::test]
async fn a_repair_renews_what_has_ended_and_keeps_the_ids() {
    a_consent_that_ended_is_renewed(World::new().await).await;
}

#[tokio::test]
async fn a_repair_renews_what_has_ended_and_keeps_the_ids_on_postgresql() {
    a_consent_that_ended_is_renewed(World::on_postgres().await).await;
}

/// What stood is untouched, and can be refreshed with the old grant.
async fn stands_as_before(world: &World, first: &Trip<'_>, accounts: &[String]) {
    world.banks.until(GIVEN_BACK, 1).await;
    assert_eq!(first.status().await, "active");
    assert_eq!(told(world, "connection.repaired").await, Vec::<Value>::new());
    assert_eq!(account_ids(world, &first.invited).await, accounts);
    let asked = world.banks.count("GET /psd2/redirect-bank/v1/accounts");
    world.clock.advance(Duration::from_secs(1));
    let refreshed = world
        .call("POST", &format!("{}/refresh", path(&first.invited)), &world.key, &[], None)
        .await;
    assert_eq!(refreshed.status, StatusCode::ACCEPTED, "{}", refreshed.body);
    world.banks.until("GET /psd2/redirect-bank/v1/accounts", asked + 2).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(first.status().await, "active");
    assert_eq!(world.banks.count(GIVEN_BACK), 1);
}

#[tokio::test]
async fn a_repair_confirmed_for_another_customer_leaves_what_stood() {
    let world = World::new().await;
    let first = connected(&world, "sandbox-redirect", PSU, json!({}), "active").await;
    let accounts = account_ids(&world, &first.invited).await;
    let repair = approved(&world, &first.invited, json!({}), PSU).await;
    let events = first.connection().await.last_event_seq;
    let answer = world.exchange(&repair.public_token().await, "somebody else").await;
    assert_eq!(
        (answer.status, &answer.body["code"]),
        (StatusCode::CONFLICT, &json!("customer_mismatch"))
    );
    world.banks.until(GIVEN_BACK, 1).await;
    assert_eq!(first.connection().await.last_event_seq, events, "the host is told of nothing");
    stands_as_before(&world, &first, &accounts).await;
}

#[tokio::test]
async fn a_repair_that_nobody_confirms_leaves_what_stood() {
    let world = World::new().await;
    let first = connected(&world, "sandbox-redirect", PSU, json!({}), "active").await;
    let accounts = account_ids(&world, &first.invited).await;
    let repair = approved(&world, &first.invited, json!({}), PSU).await;
    let token = repair.public_token().await;
    pass(&world, Duration::from_secs(601));
    stands_as_before(&world, &first, &accounts).await;
    let late = world.exchange(&token, "user-1").await;
    assert_eq!(
        (late.status, &late.body["code"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("unknown_public_token"))
    );
}

#[tokio::test]
async fn a_repair_that_is_refused_at_the_bank_leaves_what_stood() {
    let world = World::new().await;
    let first = ended(&world).await;
    let repair = Trip::by(&world, world.invite_again(&first.invited, json!({})).await).await;
    let address = repair.launch().await.expect("a launch");
    repair.back(&repair.browser.decline(&address, PSU).await).await.expect("a return");
    repair.failure().await;
    assert_eq!(first.status().await, "reconnect_required");
    // And another one may come.
    let again = approved(&world, &first.invited, json!({}), PSU).await;
    assert_eq!(world.exchange(&again.public_token().await, "user-1").await.status, StatusCode::OK);
    again.until_status("active").await;
}

#[tokio::test]
async fn a_repair_waits_for_all_who_have_to_sign() {
    let world = World::new().await;
    let first = ended(&world).await;
    let declined = approved(&world, &first.invited, json!({}), DECLINES).await;
    assert_eq!(
        world.exchange(&declined.public_token().await, "user-1").await.status,
        StatusCode::OK
    );
    assert_eq!(first.status().await, "reconnect_required");
    pass(&world, Duration::from_secs(31));
    world.banks.until(GIVEN_BACK, 1).await;
    assert_eq!(first.status().await, "reconnect_required", "one declined, and what stood stays");

    let signed = approved(&world, &first.invited, json!({}), SIGNS).await;
    assert_eq!(world.exchange(&signed.public_token().await, "user-1").await.status, StatusCode::OK);
    assert_eq!(first.status().await, "reconnect_required");
    pass(&world, Duration::from_secs(31));
    signed.until_status("active").await;
    world.banks.until(GIVEN_BACK, 2).await;
}

#[tokio::test]
async fn a_repair_goes_to_the_same_institution_with_the_same_id() {
    let world = World::new().await;
    let invited = world.invite(json!({ "psu_id": PSU })).await;
    let mut visit = world.enter(&invited).await;
    let token = visit.link(PSU).await.expect("a token");
    assert_eq!(world.exchange(&token, "user-1").await.status, StatusCode::OK);

    let again = world.invite_again(&invited, json!({})).await;
    let mut visit = world.enter(&again).await;
    visit.open().await;
    let View::Form(form) = visit.settle().await else {
        panic!("no form: {:?}", visit.screen.view)
    };
    let id = form.fields.iter().find(|field| field.name == "psu_id").expect("the id");
    assert_eq!((id.locked, id.value.as_str()), (true, PSU));
    visit.choose("sandbox-card").await;
    assert!(
        matches!(&visit.screen.view, View::Form(_)),
        "no other institution: {:?}",
        visit.screen.view
    );
    visit.submit(&[("username", "user"), ("password", "pass")]).await;
    let View::Success(success) = visit.submit(&[("code", "12345")]).await else {
        panic!("no success: {:?}", visit.screen.view)
    };
    let token = success.public_token.clone().expect("a token");
    assert_eq!(world.exchange(&token, "user-1").await.status, StatusCode::OK);
    world.banks.until("DELETE /bank/sandbox-bank/consents/", 1).await;
    assert_eq!(world.status(&invited).await, "active");
}

#[tokio::test]
async fn a_newer_invitation_ends_the_older_one_wherever_it_is() {
    let world = World::new().await;
    let first = ended(&world).await;
    let older = Trip::by(&world, world.invite_again(&first.invited, json!({})).await).await;
    let address = older.launch().await.expect("a launch");
    let back = older.browser.approve(&address, PSU).await;
    let newer = Trip::by(&world, world.invite_again(&first.invited, json!({})).await).await;
    assert!(matches!(older.back(&back).await, Err(ReturnError::Bad { .. })));
    world.banks.until(GIVEN_BACK, 1).await;
    let view = older.view().await;
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
    let address = newer.launch().await.expect("a launch");
    newer.back(&newer.browser.approve(&address, PSU).await).await.expect("a return");
    assert_eq!(world.exchange(&newer.public_token().await, "user-1").await.status, StatusCode::OK);
    newer.until_status("active").await;
}

#[tokio::test]
async fn of_invitations_at_once_one_session_lives() {
    let world = World::new().await;
    let first = ended(&world).await;
    let body = json!({ "parent_origin": ORIGIN });
    let address = format!("{}/sessions", path(&first.invited));
    let answers = futures::future::join_all((0..6).map(|_| world.post(&address, &body))).await;
    let mut live = 0;
    for answer in answers {
        match answer.status {
            StatusCode::CREATED => {
                let mut visit = world.enter(&answer.body).await;
                visit.open().await;
                live += usize::from(!matches!(visit.screen.view, View::Over { .. }));
            }
            _ => assert_eq!(
                (answer.status, &answer.body["code"]),
                (StatusCode::CONFLICT, &json!("connection_changed"))
            ),
        }
    }
    assert_eq!(live, 1);
}

#[tokio::test]
async fn a_connection_that_nobody_finished_is_begun_again_and_not_given_up_meanwhile() {
    let world = World::new().await;
    let invited = world.invite(json!({})).await;
    let mut visit = world.enter(&invited).await;
    visit.open().await;
    visit.choose("sandbox-bank").await;
    assert_eq!(world.status(&invited).await, "connecting");
    pass(&world, Duration::from_secs(20 * 60));
    let again = world.invite_again(&invited, json!({})).await;
    assert_eq!((&again["id"], &again["status"]), (&invited["id"], &json!("pending")));
    assert!(matches!(visit.look().await, View::Over { .. }));
    // The first invitation's time is over, the second one's is not.
    pass(&world, Duration::from_secs(15 * 60));
    tokio::time::sleep(Duration::from_millis(700)).await;
    assert_eq!(world.status(&invited).await, "pending");
    let mut visit = world.enter(&again).await;
    let token = visit.link(PSU).await.expect("a token");
    assert_eq!(world.exchange(&token, "user-1").await.status, StatusCode::OK);
    assert_eq!(world.status(&invited).await, "active");
    // One that nobody opens is given up when its own time is over.
    let alone = world.invite(json!({})).await;
    world.invite_again(&alone, json!({})).await;
    pass(&world, Duration::from_secs(31 * 60));
    for _ in 0..200 {
        if world.status(&alone).await == "abandoned" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    assert_eq!(world.status(&alone).await, "abandoned");
}

#[tokio::test]
async fn what_does_not_fit_is_refused_by_name() {
    let world = World::new().await;
    let invited = world.invite(json!({})).await;
    let sessions = format!("{}/sessions", path(&invited));
    for (body, code) in [
        (json!({ "parent_origin": "https://evil.example" }), "origin_not_allowed"),
        (
            json!({ "redirect_url": "https://shop.example/else" }),
            "redirect_url_not_registered",
        ),
        (json!({ "state": "x".repeat(501) }), "invalid_state"),
        (json!({ "institution_ids": ["sandbox-bank"] }), "unknown_field"),
    ] {
        let answer = world.post(&sessions, &body).await;
        assert_eq!(
            (answer.status, answer.body["code"].as_str()),
            (StatusCode::UNPROCESSABLE_ENTITY, Some(code)),
            "{}",
            answer.body
        );
    }
    let key = [("idempotency-key", "once")];
    let body = json!({ "parent_origin": ORIGIN }).to_string();
    let one = world.call("POST", &sessions, &world.key, &key, Some(&body)).await;
    let same = world.call("POST", &sessions, &world.key, &key, Some(&body)).await;
    assert_eq!((one.status, &one.body), (StatusCode::CREATED, &same.body));
    let other = world.invite(json!({})).await;
    let elsewhere = world
        .call("POST", &format!("{}/sessions", path(&other)), &world.key, &key, Some(&body))
        .await;
    assert_eq!(elsewhere.body["code"], "idempotency_key_reused");
    let stranger = add_tenant(&world.core, &TenantTag::parse("0ther0").expect("a tag"), &[ORIGIN], &[]).await;
    let answer = world.call("POST", &sessions, &stranger, &[], Some(&body)).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    world.call("DELETE", &path(&invited), &world.key, &[], None).await;
    let answer = world.post(&sessions, &json!({ "parent_origin": ORIGIN })).await;
    assert_eq!(
        (answer.status, &answer.body["code"]),
        (StatusCode::CONFLICT, &json!("connection_over"))
    );
}

#[tokio::test]
async fn somebody_else_is_told_so_before_anything_is_sent_to_the_institution() {
    let world = World::new().await;
    let invited = world.invite(json!({})).await;
    let token = world.enter(&invited).await.link(PSU).await.expect("a token");
    assert_eq!(world.exchange(&token, "user-1").await.status, StatusCode::OK);
    let again = world.invite_again(&invited, json!({})).await;
    let mut visit = world.enter(&again).await;
    visit.open().await;
    visit.settle().await;
    let before = world.banks.count("POST /bank/sandbox-bank/");
    let other = [("psu_id", "321547416"), ("username", "user"), ("password", "pass")];
    let View::Form(form) = visit.submit(&other).await else {
        panic!("no form: {:?}", visit.screen.view)
    };
    let id = form.fields.iter().find(|field| field.name == "psu_id").expect("the id");
    assert_eq!(id.error, "Use the ID that the account was connected with.");
    assert_eq!(world.banks.count("POST /bank/sandbox-bank/"), before, "nothing is sent");
    visit.submit(&[("psu_id", PSU), ("username", "user"), ("password", "pass")]).await;
    let View::Success(success) = visit.submit(&[("code", "12345")]).await else {
        panic!("no success: {:?}", visit.screen.view)
    };
    let token = success.public_token.clone().expect("a token");
    assert_eq!(world.exchange(&token, "user-1").await.status, StatusCode::OK);
}
