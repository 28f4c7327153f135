//! From an invitation to accounts, and the other ends, as a person and a host see them.

use crate::world::{Visit, World};
use axum::http::StatusCode;
use gesher_app::backend::{Backend as _, SessionRef};
use gesher_contract::{FailureCode, View};
use serde_json::{Value, json};
use std::time::Duration;

#[tokio::test]
async fn a_person_links_a_bank_and_the_host_reads_a_year_of_transactions() {
    whole_way(World::new().await).await;
}

#[tokio::test]
async fn the_same_on_postgresql() {
    whole_way(World::on_postgres().await).await;
}

async fn whole_way(world: World) {
    let invited = world.invite(json!({ "state": "cart 7" })).await;
    let id = invited["id"].as_str().expect("an id").to_owned();
    let accounts_path = format!("/v1/connections/{id}/accounts");
    let mut visit = world.enter(&invited).await;
    assert_eq!(world.get(&accounts_path).await.body["code"], "not_connected");

    let View::Picker(picker) = visit.open().await.clone() else {
        panic!("no picker: {:?}", visit.screen.view)
    };
    assert!(picker.tiles.len() >= 20);
    let found = gesher_app::backend::Backend::search(&world.backend, &visit.at, "לאומי")
        .await
        .expect("finds");
    assert_eq!(found.tiles[0].id, "il-leumi");

    let View::Form(form) = visit.choose("sandbox-bank").await.clone() else {
        panic!("no form: {:?}", visit.screen.view)
    };
    assert!(!form.challenge && form.fields.iter().any(|field| field.name == "password"));
    assert_eq!(world.status(&invited).await, "connecting");
    assert_eq!(world.get(&accounts_path).await.body["code"], "not_connected");

    let View::Form(form) = visit.submit(&[("psu_id", "043510024"), ("username", "user")]).await.clone() else {
        panic!("no form")
    };
    let errors: Vec<_> = form
        .fields
        .iter()
        .filter(|field| !field.error.is_empty())
        .map(|field| field.name.as_str())
        .collect();
    assert_eq!(errors, ["psu_id", "password"], "wrong fields are named and nothing was sent");
    assert_eq!(
        form.fields
            .iter()
            .find(|field| field.name == "username")
            .map(|field| field.value.as_str()),
        Some("user")
    );

    let View::Form(form) = visit
        .submit(&[("psu_id", "043510023"), ("username", "user"), ("password", "wrong")])
        .await
        .clone()
    else {
        panic!("no form: {:?}", visit.screen.view)
    };
    let notice = form.notice.expect("a notice");
    assert_eq!(notice.failure.code, FailureCode::WrongCredentials);
    assert!(notice.message.contains('2'), "the tries that are left: {}", notice.message);
    assert!(form.fields.iter().all(|field| field.name != "password" || field.value.is_empty()));

    let View::Form(challenge) = visit
        .submit(&[("psu_id", "043510023"), ("username", "user"), ("password", "pass")])
        .await
        .clone()
    else {
        panic!("no challenge: {:?}", visit.screen.view)
    };
    assert!(challenge.challenge && challenge.message.contains("•••"));
    let View::Form(again) = visit.submit(&[("code", "00000")]).await.clone() else {
        panic!("no second try: {:?}", visit.screen.view)
    };
    assert_eq!(again.notice.map(|notice| notice.failure.code), Some(FailureCode::WrongCode));
    let View::Success(success) = visit.submit(&[("code", "12345")]).await.clone() else {
        panic!("no success: {:?}", visit.screen.view)
    };
    assert!(!success.accounts.is_empty() && success.accounts.iter().all(|account| account.last_digits.len() == 4));
    assert_eq!(success.state.as_deref(), Some("cart 7"));

    assert_eq!(world.status(&invited).await, "awaiting_confirmation");
    let early = world.get(&accounts_path).await;
    assert_eq!(
        (early.status, early.body["code"].as_str()),
        (StatusCode::CONFLICT, Some("awaiting_confirmation"))
    );

    let token = success.public_token.expect("a public token");
    let exchanged = world.exchange(&token, "user-1").await;
    assert_eq!(exchanged.body["connection"]["status"], "active", "{}", exchanged.body);
    assert_eq!(exchanged.body["connection"]["institution"]["id"], "sandbox-bank");
    let accounts = world.get(&accounts_path).await.body["data"].as_array().cloned().unwrap_or_default();
    assert_eq!(accounts.len(), success.accounts.len());
    for account in &accounts {
        check_account(&world, account).await;
    }
    let View::Success(after) = visit.look().await else {
        panic!("no success after the exchange")
    };
    assert_eq!(after.public_token, None, "the token is shown only until it is exchanged");
}

/// At least 300 transactions, each once, and opening balance + booked = closing balance.
async fn check_account(world: &World, account: &Value) {
    let id = account["id"].as_str().expect("an id");
    assert!(account["iban"].as_str().is_none_or(gesher_domain::checks::iban));
    let mut all: Vec<Value> = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = world.get(&format!("/v1/accounts/{id}/transactions?limit=150{cursor}")).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        all.extend(page.body["data"].as_array().cloned().unwrap_or_default());
        match page.body["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert!(all.len() >= 300, "{} transactions", all.len());
    let ids: std::collections::BTreeSet<_> = all.iter().map(|transaction| transaction["id"].to_string()).collect();
    assert_eq!(ids.len(), all.len());
    assert!(
        all.windows(2)
            .all(|pair| pair[0]["booking_date"].as_str() >= pair[1]["booking_date"].as_str()),
        "newest first"
    );
    let cents = |text: &Value| -> i64 { text.as_str().expect("an amount").replace('.', "").parse().expect("two decimals") };
    let booked: i64 = all
        .iter()
        .filter(|transaction| transaction["status"] == "booked")
        .map(|transaction| cents(&transaction["amount"]))
        .sum();
    let balances = world.get(&format!("/v1/accounts/{id}/balances")).await.body["data"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let balance = |kind: &str| {
        balances
            .iter()
            .find(|balance| balance["type"] == kind)
            .map(|balance| cents(&balance["amount"]))
            .expect("a balance")
    };
    assert_eq!(balance("openingBooked") + booked, balance("closingBooked"));
}

#[tokio::test]
async fn the_psu_id_chooses_the_outcome() {
    let world = World::new().await;
    for psu_id in ["043510023", "321547416", "1772268", "8332884", "058766718"] {
        assert_eq!(outcome(&world, psu_id).await, ("active".to_owned(), json!([])), "{psu_id}");
    }
    assert_eq!(outcome(&world, "064837123").await, ("awaiting_cosigners".to_owned(), json!([])));
    assert_eq!(outcome(&world, "316159011").await, ("failed".to_owned(), json!([])));
    assert_eq!(
        outcome(&world, "316159029").await,
        ("degraded".to_owned(), json!(["institution_unavailable"]))
    );
    assert_eq!(outcome(&world, "316159052").await, ("suspended".to_owned(), json!([])));
}

async fn outcome(world: &World, psu_id: &str) -> (String, Value) {
    let invited = world.invite(json!({})).await;
    let token = world.enter(&invited).await.link(psu_id).await.expect("a public token");
    assert_eq!(
        world.status(&invited).await,
        "awaiting_confirmation",
        "{psu_id}: the outcome shows only after the exchange"
    );
    let exchanged = world.exchange(&token, "user-1").await.body;
    (
        exchanged["connection"]["status"].as_str().unwrap_or_default().to_owned(),
        exchanged["connection"]["reasons"].clone(),
    )
}

#[tokio::test]
async fn a_refused_consent_is_rejected_and_brings_no_token() {
    let world = World::new().await;
    let invited = world.invite(json!({})).await;
    let mut visit = world.enter(&invited).await;
    assert_eq!(visit.link("050299338").await, None);
    let View::Failed { failure, way_on, .. } = &visit.screen.view else {
        panic!("no failure: {:?}", visit.screen.view)
    };
    assert_eq!((failure.code, way_on), (FailureCode::ConsentRejected, &None));
    assert_eq!(world.status(&invited).await, "rejected");
    let accounts = world
        .get(&format!("/v1/connections/{}/accounts", invited["id"].as_str().expect("an id")))
        .await;
    assert_eq!(accounts.body["code"], "not_connected");
}

#[tokio::test]
async fn a_locked_psu_id_is_shown_and_cannot_be_changed() {
    let world = World::new().await;
    let invited = world
        .invite(json!({ "psu_id": "1772268", "institution_ids": ["sandbox-bank"] }))
        .await;
    let mut visit = world.enter(&invited).await;
    let View::Form(form) = visit.open().await.clone() else {
        panic!("a single institution skips the picker: {:?}", visit.screen.view)
    };
    let field = form.fields.iter().find(|field| field.name == "psu_id").expect("the field");
    assert_eq!((field.value.as_str(), field.locked), ("001772268", true));
    let View::Form(form) = visit
        .submit(&[("psu_id", "043510023"), ("username", "user"), ("password", "pass")])
        .await
        .clone()
    else {
        panic!()
    };
    assert!(form.fields.iter().any(|field| field.name == "psu_id" && !field.error.is_empty()));
    let View::Form(form) = visit.submit(&[("username", "user"), ("password", "pass")]).await else {
        panic!()
    };
    assert!(form.challenge);
}

#[tokio::test]
async fn an_institution_outside_the_list_cannot_be_chosen() {
    let world = World::new().await;
    let invited = world.invite(json!({ "institution_ids": ["il-leumi", "il-hapoalim"] })).await;
    let mut visit = world.enter(&invited).await;
    let View::Picker(picker) = visit.open().await.clone() else {
        panic!()
    };
    assert_eq!(picker.tiles.len(), 2);
    assert!(matches!(visit.choose("sandbox-bank").await, View::Picker(_)));
    assert!(matches!(visit.choose("il-leumi").await, View::Form(_)));
}

#[tokio::test]
async fn another_document_takes_over_and_the_first_one_says_so() {
    let world = World::new().await;
    let invited = world.invite(json!({})).await;
    let mut first = world.enter(&invited).await;
    first.open().await;
    first.choose("sandbox-bank").await;
    let mut second = world.enter(&invited).await;
    assert!(
        matches!(second.screen.view, View::Picker(_)),
        "a GET with the invitation alone shows the picker"
    );
    assert!(
        matches!(second.open().await, View::Form(_)),
        "the takeover goes on where the session is"
    );
    assert!(matches!(first.look().await, View::TakenOver { .. }));
    assert!(matches!(
        first
            .submit(&[("psu_id", "043510023"), ("username", "user"), ("password", "pass")])
            .await,
        View::TakenOver { .. }
    ));
    assert!(matches!(second.look().await, View::Form(_)));

    // The first takes it back, as a new document; until it does, nothing has changed.
    first.look().await;
    first.at = way_back(&first);
    assert!(matches!(first.look().await, View::Picker(_)));
    assert!(matches!(second.look().await, View::Form(_)));
    assert!(matches!(first.open().await, View::Form(_)));
    // Once more under way, the second can only start over.
    second.look().await;
    second.at = way_back(&second);
    let answers = [("psu_id", "043510023"), ("username", "user"), ("password", "pass")];
    first.look().await;
    first.submit(&answers).await;
    first.submit(&[("code", "12345")]).await;
    assert!(matches!(first.screen.view, View::Success(_)), "{:?}", first.screen.view);
    assert!(matches!(second.open().await, View::UnderWay));
}

/// Who a document becomes that takes the session back.
fn way_back(visit: &Visit<'_>) -> SessionRef {
    let View::TakenOver { way_back: Some(ticket) } = &visit.screen.view else {
        panic!("no way back: {:?}", visit.screen.view)
    };
    visit.world.backend.admit(ticket).expect("a ticket of ours")
}

#[tokio::test]
async fn a_session_that_changed_hands_too_often_stays_where_it_is() {
    let world = World::new().await;
    let invited = world.invite(json!({})).await;
    let mut first = world.enter(&invited).await;
    first.open().await;
    for _ in 0..gesher_domain::session::TAKEOVERS {
        world.enter(&invited).await.open().await;
    }
    assert!(matches!(first.look().await, View::TakenOver { way_back: None }));
    assert!(matches!(
        world.enter(&invited).await.screen.view,
        View::TakenOver { way_back: None }
    ));
}

#[tokio::test]
async fn a_call_whose_worker_was_lost_is_not_made_again() {
    let world = World::new().await;
    let invited = world.invite(json!({})).await;
    let mut visit = world.enter(&invited).await;
    visit.open().await;
    visit.choose("sandbox-bank").await;
    // As after a kill: the intent to send the form is committed, and nobody is there to do it.
    let loaded = gesher_server::connect::state::load(&world.core, &visit.at.tenant, &visit.at.id)
        .await
        .expect("loads");
    let instance = loaded.session.instance.expect("live");
    let answers =
        [("psu_id", "043510023"), ("username", "user"), ("password", "pass")].map(|(name, value)| (name.to_owned(), value.to_owned()));
    let (moved, _) = loaded
        .session
        .clone()
        .submit(&instance, loaded.session.version, &answers.into(), world.core.clock.now())
        .expect("a submit");
    gesher_server::connect::state::commit(&world.core, &loaded, moved, gesher_server::connect::state::With::default())
        .await
        .expect("commits");
    assert!(matches!(visit.look().await, View::Progress { .. }));
    world.clock.advance(Duration::from_secs(120));
    for _ in 0..100 {
        if matches!(visit.look().await, View::Failed { .. }) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let View::Failed { failure, way_on, .. } = &visit.screen.view else {
        panic!("no failure: {:?}", visit.screen.view)
    };
    assert_eq!(failure.code, FailureCode::OutcomeUnknown);
    assert!(way_on.is_some());
}

#[tokio::test]
async fn nothing_that_a_person_typed_can_be_read_in_the_database() {
    let world = World::new().await;
    let invited = world.invite(json!({ "psu_id": "321547416" })).await;
    let mut visit = world.enter(&invited).await;
    visit.open().await;
    visit.choose("sandbox-bank").await;
    visit.submit(&[("username", "canary-user"), ("password", "canary-password")]).await;
    visit.submit(&[("username", "user"), ("password", "pass")]).await;
    visit.submit(&[("code", "12345")]).await;
    let View::Success(success) = visit.screen.view.clone() else {
        panic!("no success: {:?}", visit.screen.view)
    };
    let token = success.public_token.expect("a token");
    let connect_token = invited["connect_token"].as_str().expect("a token").to_owned();
    let canaries = ["canary-user", "canary-password", "321547416", &token, &connect_token, &world.key];
    for entry in std::fs::read_dir(world.folder.path()).expect("a folder") {
        let path = entry.expect("an entry").path();
        let bytes = std::fs::read(&path).expect("a file");
        for canary in canaries {
            assert!(
                !bytes.windows(canary.len()).any(|window| window == canary.as_bytes()),
                "{canary} stands in {}",
                path.display()
            );
        }
    }
}

#[tokio::test]
async fn who_leaves_ends_the_session_and_the_connection_is_given_up_in_its_time() {
    let world = World::new().await;
    let invited = world.invite(json!({})).await;
    let mut visit = world.enter(&invited).await;
    visit.open().await;
    visit.choose("sandbox-bank").await;
    let screen = gesher_app::backend::Backend::cancel(&world.backend, &visit.at)
        .await
        .expect("leaves");
    assert!(matches!(
        screen.view,
        View::Over {
            reason: gesher_contract::ExitReason::Cancelled,
            ..
        }
    ));
    assert_eq!(world.status(&invited).await, "pending");
    world.clock.advance(Duration::from_secs(31 * 60));
    for _ in 0..100 {
        if world.status(&invited).await == "abandoned" {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("still {}", world.status(&invited).await);
}

#[tokio::test]
async fn where_a_tenant_accepts_it_a_connection_stands_without_an_exchange() {
    let world = World::new().await;
    let tenant = world.tenant.as_str();
    let row = gesher_server::store::tenants::by_id(&world.core.store, tenant)
        .await
        .expect("reads")
        .expect("the tenant");
    let accepts = gesher_server::store::tenants::TenantRow {
        completion: "automatic".to_owned(),
        ..row
    };
    world
        .core
        .store
        .write(gesher_server::store::tenants::update(&accepts))
        .await
        .expect("updates");
    let invited = world.invite(json!({ "completion": "automatic" })).await;
    let mut visit = world.enter(&invited).await;
    assert_eq!(visit.link("043510023").await, None, "there is nothing to exchange");
    let View::Success(success) = &visit.screen.view else {
        panic!("no success: {:?}", visit.screen.view)
    };
    assert!(success.announced, "the host's page hears of it all the same");
    for _ in 0..100 {
        if world.status(&invited).await == "active" {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("still {}", world.status(&invited).await);
}
