//! Banks that want more than a redirect: a password and a code typed here, a confirmation, signed messages, a certificate, a brand.

use crate::banks::Trip;
use crate::challenges::{failed, field, form, success, wrong};
use crate::world::World;
use axum::http::StatusCode;
use gesher_app::backend::Backend as _;
use gesher_contract::{FailureCode, FieldKind, View};
use gesher_server::store::grants::{self, GrantState};
use gesher_server::tenants::Mode;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;

const GOOD: &str = "321547416";

/// The kinds of a connection's accounts, once the host has it.
async fn kinds(world: &World, invited: &Value, token: &str) -> BTreeSet<String> {
    assert_eq!(world.exchange(token, "user-1").await.status, StatusCode::OK);
    let id = invited["id"].as_str().expect("an id");
    let accounts = world.get(&format!("/v1/connections/{id}/accounts")).await.body;
    let kinds = accounts["data"].as_array().expect("accounts").iter();
    kinds.map(|account| account["kind"].as_str().expect("a kind").to_owned()).collect()
}

/// By the bank's pages to the end.
async fn through_pages(world: &World, institution: &str) -> (Value, BTreeSet<String>) {
    let trip = Trip::to(world, institution, json!({})).await;
    let address = trip.launch().await.expect("a launch");
    trip.back(&trip.browser.approve(&address, GOOD).await).await.expect("a return");
    let token = trip.public_token().await;
    let invited = trip.invited.clone();
    let kinds = kinds(world, &invited, &token).await;
    trip.until_status("active").await;
    (invited, kinds)
}

fn has(kinds: &BTreeSet<String>, wanted: &[&str]) -> bool {
    wanted.iter().all(|kind| kinds.contains(*kind))
}

#[tokio::test]
async fn a_password_a_method_and_a_code_are_typed_here() {
    let world = World::new().await;
    let invited = world.invite(json!({ "institution_ids": ["sandbox-password"] })).await;
    let mut visit = world.enter(&invited).await;
    visit.open().await;
    visit.submit(&[("psu_id", GOOD), ("password", "wrong")]).await;
    let again = form(&visit.screen.view);
    assert_eq!(wrong(&again), Vec::<&str>::new());
    assert_eq!(
        world.banks.count("DELETE /psd2/embedded-bank/v1/consents/"),
        1,
        "what the wrong password was for is not left behind"
    );
    visit.submit(&[("psu_id", GOOD), ("password", "pass")]).await;
    let methods = form(&visit.screen.view);
    let offered: Vec<_> = field(&methods, "method")
        .options
        .iter()
        .map(|option| option.value.as_str())
        .collect();
    assert_eq!(offered, ["sms-1", "chip-1", "photo-1"]);
    visit.submit(&[("method", "chip-1")]).await;
    let code = form(&visit.screen.view);
    assert_eq!(
        code.fields.iter().map(|field| field.kind).collect::<Vec<_>>(),
        [FieldKind::Note, FieldKind::Code]
    );
    visit.submit(&[("code", "00000")]).await;
    assert!(field(&form(&visit.screen.view), "code").hint.contains("12345"));
    visit.submit(&[("code", "12345")]).await;
    let token = success(&visit.screen.view).public_token.expect("a token");
    assert!(has(&kinds(&world, &invited, &token).await, &["CACC", "CARD"]));
    world.banks.assert_standard();
}

#[tokio::test]
async fn a_code_is_sent_again_and_too_many_wrong_ones_end_it() {
    let world = World::new().await;
    let invited = world.invite(json!({ "institution_ids": ["sandbox-password"] })).await;
    let mut visit = world.enter(&invited).await;
    visit.open().await;
    visit.submit(&[("psu_id", GOOD), ("password", "pass")]).await;
    visit.submit(&[("method", "sms-1")]).await;
    world.clock.advance(Duration::from_secs(31));
    let puts = world.banks.count("PUT");
    visit.screen = world.backend.resend(&visit.on_this_screen()).await.expect("resends");
    visit.settle().await;
    assert_eq!(world.banks.count("PUT"), puts + 1, "the method is chosen once more");
    for _ in 0..3 {
        visit.submit(&[("code", "00000")]).await;
    }
    assert_eq!(failed(&visit.screen.view), FailureCode::TooManyTries);
    world.banks.until("DELETE /psd2/embedded-bank/v1/consents/", 1).await;
}

#[tokio::test]
async fn a_password_that_has_to_be_encrypted_is_never_sent() {
    let world = World::new().await;
    let invited = world.invite(json!({ "institution_ids": ["sandbox-password"] })).await;
    let mut visit = world.enter(&invited).await;
    visit.open().await;
    visit.submit(&[("psu_id", "316159151"), ("password", "pass")]).await;
    assert_eq!(failed(&visit.screen.view), FailureCode::LoginNotSupported);
    assert_eq!(world.banks.count("/authorisations"), 0);
    assert_eq!(world.banks.count("DELETE /psd2/embedded-bank/v1/consents/"), 1);
}

#[tokio::test]
async fn a_blocked_login_is_called_so() {
    let world = World::new().await;
    for _ in 0..3 {
        let invited = world.invite(json!({ "institution_ids": ["sandbox-password"] })).await;
        let mut visit = world.enter(&invited).await;
        visit.open().await;
        visit.submit(&[("psu_id", "043510023"), ("password", "wrong")]).await;
        if let View::Failed { failure, .. } = &visit.screen.view {
            assert_eq!(failure.code, FailureCode::LoginLocked);
            return;
        }
    }
    panic!("the bank never locked the login");
}

#[tokio::test]
async fn what_the_browser_brought_is_confirmed_once() {
    let world = World::new().await;
    let (_, kinds) = through_pages(&world, "sandbox-confirmation").await;
    assert!(has(&kinds, &["CACC", "CARD"]));
    let confirmed = world.banks.sent("PUT /psd2/confirmed-bank/v1/consents/");
    assert_eq!(confirmed.len(), 1);
    assert_eq!(confirmed[0]["confirmationCode"].as_str().map(str::len), Some(32));
    world.banks.assert_standard();
}

#[tokio::test]
async fn somebody_elses_code_confirms_nothing() {
    let world = World::new().await;
    let trip = Trip::to(&world, "sandbox-confirmation", json!({})).await;
    let address = trip.launch().await.expect("a launch");
    let mut back = trip.browser.approve(&address, GOOD).await;
    let pairs: Vec<_> = back
        .query_pairs()
        .map(|(name, value)| {
            (
                name.clone().into_owned(),
                if name == "authConfirmationCode" {
                    "0".repeat(32)
                } else {
                    value.into_owned()
                },
            )
        })
        .collect();
    back.query_pairs_mut().clear().extend_pairs(pairs);
    trip.back(&back).await.expect("a return");
    assert_eq!(trip.failure().await.code, FailureCode::ConsentRejected);
    world.banks.assert_standard();
}

#[tokio::test]
async fn a_brand_is_chosen_by_the_type_of_the_id_and_its_lists_are_read() {
    for (institution, brand) in [("sandbox-north", "GROUP-NORTH"), ("sandbox-south", "GROUP-SOUTH")] {
        let world = World::new().await;
        let (_, kinds) = through_pages(&world, institution).await;
        assert!(has(&kinds, &["CACC", "CARD", "LOAN"]), "{institution}: {kinds:?}");
        assert_eq!(world.banks.header("POST /psd2/group-bank/v1/consents", "psu-id-type"), [brand]);
        assert_eq!(world.banks.count("/v1/card-accounts"), 0, "a bank in Israel has another list");
        let savings = world.banks.count("GET /psd2/group-bank/v1/savings");
        assert!(savings > 0);
        world.banks.assert_standard();
    }
}

#[tokio::test]
async fn messages_are_signed_and_the_connection_is_opened_with_a_certificate() {
    for (institution, wanted) in [
        ("sandbox-signature", &["CACC", "CARD"][..]),
        ("sandbox-certificate", &["CACC", "CARD", "LOAN"]),
    ] {
        let world = World::new().await;
        let seen = async || {
            let answer = world.get("/v1/institutions?include_sandbox=true&q=sandbox&limit=100").await;
            let mut ids = answer.body["data"].as_array().expect("institutions").iter();
            ids.any(|known| known["id"] == institution)
        };
        assert!(!seen().await, "{institution} is not open without certificates");
        world.show_certificates().await;
        assert!(seen().await, "{institution}");
        let (invited, kinds) = through_pages(&world, institution).await;
        assert!(has(&kinds, wanted), "{institution}: {kinds:?}");
        for (call, unsigned) in world.banks.header("/v1/", "signature").into_iter().enumerate() {
            assert!(
                unsigned.contains("algorithm=\"rsa-sha256\""),
                "{institution}, call {call}: {unsigned}"
            );
        }
        let id = invited["id"].as_str().expect("an id");
        let gone = world.call("DELETE", &format!("/v1/connections/{id}"), &world.key, &[], None).await;
        assert!(gone.status.is_success(), "{}", gone.body);
        world.banks.until("DELETE", 1).await;
        let tenant = world.tenant.as_str();
        for _ in 0..200 {
            let kept = grants::of_connection(&world.core.store, tenant, id).await.expect("reads");
            if kept.iter().all(|grant| grant.state == GrantState::Revoked) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        let kept = grants::of_connection(&world.core.store, tenant, id).await.expect("reads");
        assert!(kept.iter().all(|grant| grant.state == GrantState::Revoked), "{institution}");
        world.banks.assert_standard();
    }
}

#[tokio::test]
async fn a_real_bank_is_open_once_its_address_and_the_certificates_are_set() {
    let world = World::new().await;
    let live = world.add_key(&world.tenant, Mode::Live).await;
    let seen = async || {
        let answer = world.call("GET", "/v1/institutions?limit=100", &live, &[], None).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        let ids = answer.body["data"].as_array().expect("institutions").iter();
        ids.map(|institution| institution["id"].as_str().expect("an id").to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(seen().await, Vec::<String>::new());
    let address = ("il_discount_url".to_owned(), "https://bank.example/xs2a".to_owned());
    world.set_at_banks(Mode::Live, vec![address.clone()]).await;
    assert_eq!(seen().await, Vec::<String>::new(), "its profile asks for certificates");
    let mut all = world.certificates();
    all.push(address);
    world.set_at_banks(Mode::Live, all).await;
    assert_eq!(seen().await, ["il-discount"]);
}
