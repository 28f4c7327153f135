//! Business customers and insurers, from the form to the accounts that the host reads.

use crate::challenges::{LOGIN, field, form, read_by_host, success, wrong};
use crate::web::Person;
use crate::world::{Visit, World};
use axum::http::StatusCode;
use gesher_app::backend::Backend as _;
use gesher_contract::{IdType, TileKind, View};
use serde_json::{Value, json};

const COMPANY: (&str, &str) = ("psu_corporate_id", "510000003");
const OTHER_COMPANY: &str = "520000001";

async fn at_form<'a>(world: &'a World, institution: &str, fixed: Value) -> (Value, Visit<'a>) {
    let mut wish = fixed;
    wish["institution_ids"] = json!([institution]);
    let invited = world.invite(wish).await;
    let mut visit = world.enter(&invited).await;
    visit.open().await;
    (invited, visit)
}

/// The accounts of a connection that was made with this form, read by the host.
async fn connected(institution: &str, answers: &[(&str, &str)], kind: TileKind) -> Vec<Value> {
    let world = World::new().await;
    let (invited, mut visit) = at_form(&world, institution, json!({})).await;
    assert_eq!(visit.screen.institution.as_ref().map(|tile| tile.kind), Some(kind));
    assert!(form(visit.submit(answers).await).challenge, "{institution}");
    let success = success(visit.submit(&[("code", "12345")]).await);
    assert!(!success.accounts.is_empty() && !success.cosigners);
    let read = read_by_host(&world, &invited, &success).await;
    assert_eq!(world.status(&invited).await, "active");
    for account in &read {
        let id = account["id"].as_str().expect("an id");
        let page = world.get(&format!("/v1/accounts/{id}/transactions?limit=500")).await;
        assert!(!page.body["data"].as_array().expect("transactions").is_empty(), "{account}");
        assert!(!account["balances"].as_array().expect("balances").is_empty(), "{account}");
    }
    read
}

#[tokio::test]
async fn a_company_is_connected_by_who_signs_for_it() {
    let by_id = connected("sandbox-business", &[&LOGIN[..], &[COMPANY]].concat(), TileKind::Business).await;
    assert!(by_id.iter().all(|account| account["kind"] == "CACC"), "{by_id:?}");
    let passport = [("psu_id", "P1234567"), ("psu_id.type", "passport"), LOGIN[1], LOGIN[2], COMPANY];
    let by_passport = connected("sandbox-business", &passport, TileKind::Business).await;
    let numbers = |accounts: &[Value]| -> Vec<Value> { accounts.iter().map(|account| account["number"].clone()).collect() };
    assert_eq!(numbers(&by_id), numbers(&by_passport), "it is the same person");
}

#[tokio::test]
async fn an_insurers_policies_are_connected() {
    let policies = connected("sandbox-insurance", &LOGIN, TileKind::Insurance).await;
    assert!(policies.iter().all(|account| account["kind"] == "SVGS"), "{policies:?}");
}

#[tokio::test]
async fn a_company_is_asked_for_and_checked() {
    let world = World::new().await;
    let (_, mut visit) = at_form(&world, "sandbox-business", json!({})).await;
    let asked = form(&visit.screen.view);
    assert!(field(&asked, "psu_id").passport, "who signs chooses how to be known");
    assert_eq!(wrong(&form(visit.submit(&LOGIN).await)), ["psu_corporate_id"]);
    for typed in ["51000000", "51000000x", "5100000003"] {
        let mended = form(visit.submit(&[&LOGIN[..], &[("psu_corporate_id", typed)]].concat()).await);
        assert_eq!(wrong(&mended), ["psu_corporate_id"], "{typed}");
        assert_eq!(field(&mended, "psu_corporate_id").value, typed, "what was typed stays");
    }
    let mended = form(
        visit
            .submit(&[&[("psu_id", "P1"), ("psu_id.type", "passport")], &LOGIN[1..], &[COMPANY]].concat())
            .await,
    );
    assert_eq!(
        (wrong(&mended), field(&mended, "psu_id").id_type),
        (vec!["psu_id"], IdType::Passport)
    );
    assert_eq!(world.banks.count("POST"), 0, "nothing was sent");
}

#[tokio::test]
async fn a_fixed_company_is_refused_when_a_request_changes_it_by_either_door() {
    let changed = [LOGIN[0], LOGIN[1], LOGIN[2], ("psu_corporate_id", OTHER_COMPANY)];
    let fixed = json!({ "psu_corporate_id": COMPANY.1 });

    let world = World::new().await;
    let invited = world.invite(fixed.clone()).await;
    let person = Person::new(&world);
    let page = person.choose(&invited, "widget_url", "sandbox-business").await;
    let ticket = page.ticket();
    let names: Vec<String> = changed.iter().map(|(name, _)| format!("f.{name}")).collect();
    let typed = names.iter().map(String::as_str).zip(changed.map(|(_, value)| value));
    let fields: Vec<(&str, &str)> = typed.chain([("ticket", ticket.as_str())]).collect();
    let answer = person.post("/w/do/submit", "same-origin", &fields).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    assert!(
        answer.text.contains("This can’t be changed.") && !answer.text.contains(OTHER_COMPANY),
        "{}",
        answer.text
    );

    let (_, visit) = at_form(&world, "sandbox-business", fixed).await;
    let handle = world.backend.handle(&visit.at);
    let (status, shown) = person.call("submit", &handle, (visit.screen.version, changed.to_vec())).await;
    let markup = shown.and_then(|shown| shown.markup).unwrap_or_default();
    assert_eq!(status, StatusCode::OK);
    assert!(
        markup.contains("This can’t be changed.") && !markup.contains(OTHER_COMPANY),
        "{markup}"
    );
    assert_eq!(world.banks.count("POST"), 0, "nothing was sent");

    // The same without the change goes through.
    let (status, shown) = person.call("submit", &handle, (visit.screen.version, LOGIN.to_vec())).await;
    assert!(status == StatusCode::OK && shown.is_some());
    assert_eq!(world.banks.exactly("POST /bank/sandbox-business/login"), 1);
    let view = world.backend.look(&visit.at).await.expect("looks").view;
    assert!(matches!(view, View::Form(form) if form.challenge));
}
