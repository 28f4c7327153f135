//! The 24 fields of `POST /v2/connections`, each by what it brings about.

use super::{created, follow, linked, post, read, text, trip, until, whole, wrong};
use crate::banks::Trip;
use crate::challenges::{field, form};
use crate::plaid;
use crate::world::{REDIRECT, World};
use gesher_app::backend::Backend as _;
use gesher_contract::{Language, TileKind, View};
use serde_json::{Value, json};

const PSU: &str = "043510023";

/// At the bank whose own pages ask for the consent.
async fn at_redirect_bank<'a>(world: &'a World, token: &str, more: &Value) -> (Value, Trip<'a>) {
    let mut body = more.clone();
    body["providerIds"] = json!(["sandbox-redirect"]);
    let made = created(world, token, &body).await;
    let trip = trip(world, &made).await;
    let address = trip.launch().await.expect("a launch");
    trip.back(&trip.browser.approve(&address, PSU).await).await.expect("a return");
    (made, trip)
}

/// The consents that the bank received.
fn consents(world: &World) -> Vec<Value> {
    world.banks.sent("POST /psd2/redirect-bank/v1/consents")
}

#[tokio::test]
async fn the_hosts_own_ids_are_kept_and_found() {
    let world = World::new().await;
    let token = whole(&world).await;
    let own = json!({
        "customerId": "510000003", "paymentId": "pay-7", "journeyId": "J-17", "externalId": "ext 1", "agentEmail": "dana@agents.example",
    });
    let made = created(&world, &token, &own).await;
    let seen = read(&world, &token, &made).await;
    assert_eq!((&seen["customerId"], &seen["paymentId"]), (&own["customerId"], &own["paymentId"])); // [V]
    // The others are in no answer of the vendor's; the native API shows them all.
    let native = world.get(&format!("/v1/connections/{}", text(&made["id"]))).await.body;
    let references = json!({
        "customer_id": "510000003", "payment_id": "pay-7", "journey_id": "J-17", "external_id": "ext 1", "agent_email": "dana@agents.example",
    });
    assert_eq!(native["references"], references);
    let long = "x".repeat(201);
    for name in ["customerId", "paymentId", "journeyId", "externalId", "agentEmail"] {
        let answer = post(&world, &token, &json!({ "includeFakeProviders": true, name: long })).await;
        wrong(
            &answer,
            &[&format!("\"{name}\" must have at most 200 characters and no control characters")],
        );
    }
}

#[tokio::test]
async fn the_bank_is_asked_for_what_the_host_asked_for() {
    let world = World::new().await;
    let token = whole(&world).await;
    let (usual, _) = at_redirect_bank(&world, &token, &json!({})).await;
    let seen = until(&world, &token, &usual, "COMPLETED").await;
    let asked = json!({
        "refreshData": true, "startDate": "2026-09-01", "expiryDate": "2027-02-03T10:00:00.000Z", "restrictedTo": ["CARD", "SVGS"],
    });
    let (narrow, _) = at_redirect_bank(&world, &token, &asked).await;
    let narrowed = until(&world, &token, &narrow, "ACTIVE").await;
    let sent = consents(&world);
    let about = |consent: &Value| (consent["recurringIndicator"].clone(), consent["validUntil"].clone());
    // One-off, three years ahead less a moment [V2]; the time of these tests is 20 November 2026.
    assert_eq!(about(&sent[0]), (json!(false), json!("2029-11-19")));
    assert_eq!(about(&sent[1]), (json!(true), json!("2027-02-03")));
    assert_eq!(sent[1]["access"]["restrictedTo"], json!(["CARD", "SVGS"]));
    let from = |query: &String| query.split('&').find_map(|pair| pair.strip_prefix("dateFrom=")).map(str::to_owned);
    let queries = world.banks.queries("/transactions");
    assert_eq!(queries.first().and_then(from).as_deref(), Some("2025-11-20"));
    assert_eq!(queries.last().and_then(from).as_deref(), Some("2026-09-01"));
    // The bank grants half a year at most: what is shown is the last day of what it granted.
    let native = world.get(&format!("/v1/connections/{}", text(&usual["id"]))).await.body;
    let ends: jiff::Timestamp = text(&native["consent_expires_at"]).parse().expect("a time");
    let granted = (ends - jiff::SignedDuration::from_secs(1)).to_string()[..10].to_owned();
    assert_eq!((&seen["startDate"], &seen["expiryDate"]), (&json!("2025-11-20"), &json!(granted)));
    assert!(granted.as_str() < "2027-06-01", "{granted}");
    assert_eq!(
        (&narrowed["startDate"], &narrowed["expiryDate"]),
        (&json!("2026-09-01"), &json!("2027-02-03"))
    );
    assert_eq!(narrowed["refreshSettings"]["refreshData"], true);
    assert_eq!(
        (&narrowed["accounts"], &narrowed["restrictedTo"]),
        (&json!(0), &json!(["CARD", "SVGS"]))
    );
    world.banks.assert_standard();
    for (field, value, what) in [
        ("startDate", "2025-11-01", "must be a date of the last year, YYYY-MM-DD"),
        ("startDate", "2026-11-21", "must be a date of the last year, YYYY-MM-DD"),
        ("startDate", "yesterday", "must be a date of the last year, YYYY-MM-DD"),
        (
            "expiryDate",
            "2030-01-01T00:00:00Z",
            "must be in the future and less than three years ahead",
        ),
        ("expiryDate", "2026-01-01", "must be in the future and less than three years ahead"),
        ("expiryDate", "soon", "must be in ISO 8601 date format"),
    ] {
        let answer = post(&world, &token, &json!({ "includeFakeProviders": true, field: value })).await;
        wrong(&answer, &[&format!("\"{field}\" {what}")]);
    }
}

#[tokio::test]
async fn the_consent_names_the_accounts_right_by_right() {
    let world = World::new().await;
    let token = whole(&world).await;
    let (first, _) = at_redirect_bank(&world, &token, &json!({})).await;
    until(&world, &token, &first, "COMPLETED").await;
    let listed = super::get(&world, &token, "/v2/data/accounts?accountType=CHECKING").await.body;
    let iban = listed["items"][0]["accountNumber"].clone();
    let access = json!({ "accounts": [{ "iban": iban }, { "bban": "10-944-50151142" }], "balances": [{ "iban": iban, "bban": null }], "transactions": [] });
    let (named, _) = at_redirect_bank(&world, &token, &json!({ "access": access })).await;
    let sent = consents(&world).pop().expect("a consent")["access"].clone();
    assert_eq!(sent["accounts"], json!([{ "iban": iban }, { "bban": "10-944-50151142" }]));
    assert_eq!((&sent["balances"], sent.get("transactions")), (&json!([{ "iban": iban }]), None));
    assert_eq!(read(&world, &token, &named).await["access"], access);
    // A right alone names the accounts as well.
    at_redirect_bank(&world, &token, &json!({ "access": { "transactions": [{ "iban": iban }] } })).await;
    let sent = consents(&world).pop().expect("a consent")["access"].clone();
    assert_eq!((&sent["accounts"], sent.get("balances")), (&json!([{ "iban": iban }]), None));
    for (access, what) in [
        (
            json!({ "accounts": [{}] }),
            "\"access.accounts[0]\" must contain at least one of [iban, bban]",
        ),
        (json!({ "accounts": ["x"] }), "\"access.accounts[0]\" must be of type object"),
        (json!({ "balances": "all" }), "\"access.balances\" must be an array"),
        (json!([]), "\"access\" must be of type object"),
    ] {
        wrong(
            &post(&world, &token, &json!({ "includeFakeProviders": true, "access": access })).await,
            &[what],
        );
    }
}

#[tokio::test]
async fn a_persons_id_is_fixed_on_the_screen_and_on_the_server() {
    let world = World::new().await;
    let token = whole(&world).await;
    let fixed = json!({ "psuId": "1772268", "providerIds": ["open-finance-sandbox"] });
    let made = created(&world, &token, &fixed).await;
    let mut visit = follow(&world, &made).await;
    let asked = form(visit.open().await);
    let shown = field(&asked, "psu_id");
    assert_eq!((shown.value.as_str(), shown.locked), ("001772268", true));
    let other = visit
        .world
        .backend
        .submit(
            &visit.on_this_screen(),
            gesher_app::backend::Answers(
                [("psu_id", "321547416"), ("username", "user"), ("password", "pass")]
                    .map(|(name, value)| (name.to_owned(), value.to_owned()))
                    .into(),
            ),
        )
        .await;
    assert!(
        other.is_err() || matches!(other.expect("a screen").view, View::Form(_)),
        "another id is not taken"
    );
    assert_eq!(read(&world, &token, &made).await["psuId"], "001772268");
    // "" is as good as absent in every text [I].
    let empty =
        json!({ "psuId": "", "psuCorporateId": "", "redirectUrl": "", "customerId": "", "startDate": "", "psuIdType": "", "language": "" });
    let made = created(&world, &token, &empty).await;
    assert_eq!(read(&world, &token, &made).await["psuId"], Value::Null);
    // A passport's number has letters.
    let passport = json!({ "psuId": "UA0324046596", "psuIdType": "passport", "providerIds": ["sandbox-forms"] });
    let made = created(&world, &token, &passport).await;
    let seen = read(&world, &token, &made).await;
    assert_eq!((&seen["psuId"], &seen["psuIdType"]), (&json!("UA0324046596"), &json!("passport")));
    let refused = async |body: Value, what: &str| wrong(&post(&world, &token, &body).await, &[what]);
    let fakes = |more: Value| {
        let mut body = json!({ "includeFakeProviders": true });
        for (name, value) in more.as_object().expect("an object") {
            body[name] = value.clone();
        }
        body
    };
    // minLength, maxLength and pattern [V].
    refused(
        fakes(json!({ "psuId": "1234" })),
        "\"psuId\" length must be at least 5 characters long",
    )
    .await;
    refused(
        fakes(json!({ "psuId": "1234567890" })),
        "\"psuId\" length must be less than or equal to 9 characters long",
    )
    .await;
    refused(
        fakes(json!({ "psuId": "UA032404" })),
        "\"psuId\" fails to match the required pattern: /^[0-9]+$/",
    )
    .await;
    refused(fakes(json!({ "psuId": "043510024" })), "\"psuId\" is not a valid identity number").await;
    refused(
        fakes(json!({ "psuIdType": "licence" })),
        "\"psuIdType\" must be one of [national-id, national_id, passport]",
    )
    .await;
    for more in [json!({}), json!({ "psuId": "UA0324046596" })] {
        let mut body = fakes(more);
        body["psuIdType"] = json!("passport");
        body["providerIds"] = json!(["open-finance-sandbox"]);
        refused(body, "\"psuIdType\" is not supported by the provider").await;
    }
    refused(
        fakes(json!({ "psuCorporateId": "5100000" })),
        "\"psuCorporateId\" length must be at least 8 characters long",
    )
    .await;
}

#[tokio::test]
async fn companies_and_insurers_are_there_where_they_are_asked_for() {
    let world = World::new().await;
    let token = whole(&world).await;
    let kinds = async |more: Value| {
        let made = created(&world, &token, &more).await;
        let mut visit = follow(&world, &made).await;
        visit.open().await;
        let mut kinds = Vec::new();
        for query in ["sandbox business", "sandbox insurance", "sandbox bank"] {
            let found = visit.world.backend.search(&visit.at, query).await.expect("a list");
            kinds.extend(found.tiles.iter().map(|tile| tile.kind));
        }
        kinds
    };
    let usual = kinds(json!({})).await;
    assert!(
        usual.contains(&TileKind::Bank) && !usual.contains(&TileKind::Business) && !usual.contains(&TileKind::Insurance),
        "{usual:?}"
    );
    let business = kinds(json!({ "allowBusiness": true })).await;
    assert!(
        business.contains(&TileKind::Business) && !business.contains(&TileKind::Insurance),
        "{business:?}"
    );
    assert!(kinds(json!({ "allowInsurance": true })).await.contains(&TileKind::Insurance));
    // A company's number is fixed, and lets its banks in.
    let made = created(
        &world,
        &token,
        &json!({ "psuCorporateId": "510000003", "providerIds": ["sandbox-business"] }),
    )
    .await;
    let mut visit = follow(&world, &made).await;
    let asked = form(visit.open().await);
    let shown = field(&asked, "psu_corporate_id");
    assert_eq!((shown.value.as_str(), shown.locked), ("510000003", true));
    let answer = post(
        &world,
        &token,
        &json!({ "includeFakeProviders": true, "providerIds": ["sandbox-business"] }),
    )
    .await;
    wrong(&answer, &["\"allowBusiness\" leaves no provider"]);
}

#[tokio::test]
async fn the_language_is_fixed_or_the_persons() {
    let world = World::new().await;
    let token = whole(&world).await;
    for (language, fixed, code) in [
        (json!("he"), true, Language::He),
        (json!("en"), true, Language::En),
        (Value::Null, false, Language::En),
    ] {
        let made = created(&world, &token, &json!({ "language": language })).await;
        let mut visit = follow(&world, &made).await;
        visit.open().await;
        assert_eq!((!visit.screen.language_switch, visit.screen.language), (fixed, code), "{language}");
        assert_eq!(read(&world, &token, &made).await["language"], language);
    }
    wrong(
        &post(&world, &token, &json!({ "includeFakeProviders": true, "language": "fr" })).await,
        &["\"language\" must be one of [he, en]"],
    );
}

#[tokio::test]
async fn plaid_is_reached_where_it_is_asked_for_and_read_back() {
    let world = World::new().await;
    plaid::set_up(&world, json!({})).await;
    let token = whole(&world).await;
    let usual = created(&world, &token, &json!({})).await;
    assert_eq!(read(&world, &token, &usual).await["mode"], "PSD2"); // [V]
    let asked = json!({ "connectionMode": "PLAID", "isPlaidSandbox": true, "providerIds": [plaid::BANK] });
    let made = created(&world, &token, &asked).await;
    assert_eq!(read(&world, &token, &made).await["mode"], "PLAID"); // [V]
    let trip = trip(&world, &made).await;
    let address = trip.launch().await.expect("a launch");
    assert!(address.starts_with(&format!("{}/plaid/", world.sandbox)), "{address}");
    let back = plaid::Person::at(&address).await.allows("user_good").await;
    world.clock.advance(std::time::Duration::from_secs(5));
    trip.back(&back).await.expect("a return");
    let seen = until(&world, &token, &made, "COMPLETED").await;
    assert_eq!((&seen["mode"], &seen["providerId"]), (&json!("PLAID"), &json!(plaid::BANK)));
    // What is reached through Plaid alone is not a PSD2 connection's.
    let answer = post(
        &world,
        &token,
        &json!({ "includeFakeProviders": true, "providerIds": [plaid::BANK] }),
    )
    .await;
    wrong(&answer, &["\"connectionMode\" leaves no provider"]);
    wrong(
        &post(&world, &token, &json!({ "includeFakeProviders": true, "connectionMode": "SCRAPE" })).await,
        &["\"connectionMode\" must be one of [PSD2, PLAID]"],
    );
    let without = World::new().await;
    let token = whole(&without).await;
    let answer = post(&without, &token, &json!({ "includeFakeProviders": true, "isPlaidSandbox": true })).await;
    wrong(&answer, &["\"isPlaidSandbox\" is not available to this organization"]);
}

#[tokio::test]
async fn who_is_named_is_one_of_those_that_can_be_connected() {
    let world = World::new().await;
    let token = whole(&world).await;
    // By the vendor's names [V] and by ours.
    for id in ["hapoalim", "leumi-sandbox", "open-finance-card-sandbox", "il-discount"] {
        let made = created(&world, &token, &json!({ "providerIds": [id] })).await;
        let mut visit = follow(&world, &made).await;
        assert!(!matches!(visit.open().await, View::Picker(_)), "{id}: the picker is skipped");
        assert_eq!(read(&world, &token, &made).await["providerIds"], json!([id]));
    }
    let answer = post(
        &world,
        &token,
        &json!({ "includeFakeProviders": true, "providerIds": ["leumi", "nobody"] }),
    )
    .await;
    wrong(&answer, &["\"providerIds[1]\" must be one of the providers of GET /v2/providers"]);
    let named = linked(&world, &token, &json!({ "providerIds": [] })).await;
    until(&world, &token, &named, "COMPLETED").await;
}

#[tokio::test]
async fn the_way_home_is_registered_and_the_way_to_the_bank_may_be_short() {
    let world = World::new().await;
    let token = whole(&world).await;
    let asked = json!({ "redirectUrl": REDIRECT, "iframe": true, "redirectWithoutButtonClick": true });
    let made = created(&world, &token, &asked).await;
    let seen = read(&world, &token, &made).await;
    assert_eq!((&seen["redirectUrl"], &seen["iframe"]), (&json!(REDIRECT), &json!(true)));
    let answer = post(
        &world,
        &token,
        &json!({ "includeFakeProviders": true, "redirectUrl": "https://evil.example/" }),
    )
    .await;
    wrong(
        &answer,
        &["\"redirectUrl\" must be one of the redirect URLs that are registered for the organization"],
    );
    // With it the page goes on to the bank by itself.
    for short in [true, false] {
        let made = created(
            &world,
            &token,
            &json!({ "redirectWithoutButtonClick": short, "providerIds": ["sandbox-redirect"] }),
        )
        .await;
        let mut visit = follow(&world, &made).await;
        let View::Leaving(leaving) = visit.open().await.clone() else {
            panic!("{:?}", visit.screen.view)
        };
        assert_eq!(leaving.automatic, short);
    }
}

#[tokio::test]
async fn every_wrong_type_is_said_at_once_and_nothing_is_made() {
    let world = World::new().await;
    let token = whole(&world).await;
    let body = json!({
        "customerId": 1, "startDate": 1, "expiryDate": 1, "paymentId": 1, "journeyId": 1, "language": 1, "externalId": 1, "agentEmail": 1,
        "providerIds": "x", "callbackInformation": "x", "includeFakeProviders": "x", "refreshData": "x", "iframe": "x", "psuId": 1,
        "psuCorporateId": 1, "redirectUrl": 1, "connectionMode": 1, "allowBusiness": "x", "access": "x", "restrictedTo": "x",
        "psuIdType": 1, "isPlaidSandbox": "x", "redirectWithoutButtonClick": "x", "allowInsurance": "x",
    });
    let answer = post(&world, &token, &body).await;
    let said: Vec<String> = serde_json::from_str(text(&answer.body["message"])).expect("a list");
    assert_eq!((answer.status.as_u16(), said.len()), (400, 24), "{said:?}");
    for name in body.as_object().expect("an object").keys() {
        assert!(
            said.iter().any(|what| what.starts_with(&format!("\"{name}\" must be "))),
            "{name}: {said:?}"
        );
    }
    let listed = world.get("/v1/connections").await;
    assert_eq!(listed.body["data"], json!([]));
    // null is as good as absent, and what is unknown is ignored.
    let nulls: Value = body
        .as_object()
        .expect("an object")
        .keys()
        .map(|name| (name.clone(), Value::Null))
        .collect::<serde_json::Map<_, _>>()
        .into();
    super::refused(
        &post(&world, &token, &nulls).await,
        axum::http::StatusCode::BAD_REQUEST,
        super::create::NO_PRODUCTION,
    );
    let mut more = json!({ "includeFakeProviders": true, "unknown": { "deep": [1] } });
    for name in ["customerId", "access", "callbackInformation"] {
        more[name] = Value::Null;
    }
    created(&world, &token, &more).await;
}
