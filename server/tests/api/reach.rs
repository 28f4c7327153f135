//! Which data of which accounts a host asks for: in the consent that the bank received, in the calls that were made, and in the
//! accounts that are there.

use crate::asked::connected;
use crate::world::{ORIGIN, World};
use axum::http::StatusCode;
use gesher_contract::{FailureCode, View};
use serde_json::{Value, json};

/// The accounts of a connection.
async fn accounts(world: &World, invited: &Value) -> Vec<Value> {
    let id = invited["id"].as_str().expect("an id");
    let answer = world.get(&format!("/v1/connections/{id}/accounts")).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    answer.body["data"].as_array().expect("a list").clone()
}

fn each(accounts: &[Value], name: &str) -> Vec<String> {
    accounts
        .iter()
        .map(|account| account[name].as_str().unwrap_or("-").to_owned())
        .collect()
}

async fn transactions(world: &World, account: &Value) -> usize {
    let id = account["id"].as_str().expect("an id");
    let page = world.get(&format!("/v1/accounts/{id}/transactions")).await;
    page.body["data"].as_array().expect("a list").len()
}

/// `access` of the last consent that the redirect bank received.
fn access(world: &World) -> Value {
    let sent = world.banks.sent("POST /psd2/redirect-bank/v1/consents");
    sent.last().expect("a consent")["access"].clone()
}

/// Connects at the sandbox's form bank, and gives the accounts.
async fn by_form(world: &World, asked: Value) -> Vec<Value> {
    let invited = world.invite(asked).await;
    let token = world.enter(&invited).await.link("321547416").await.expect("a token");
    assert_eq!(world.exchange(&token, "user-1").await.status, StatusCode::OK);
    for _ in 0..200 {
        if world.status(&invited).await == "active" {
            return accounts(world, &invited).await;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    panic!("the connection is {}", world.status(&invited).await);
}

#[tokio::test]
async fn without_a_product_it_is_neither_in_the_consent_nor_fetched() {
    let world = World::new().await;
    let trip = connected(&world, json!({}), "active").await;
    let everything = json!({ "accounts": [], "balances": [], "transactions": [], "additionalInformation": { "ownerName": [] } });
    assert_eq!(access(&world), everything);
    let usual = accounts(&world, &trip.invited).await;
    assert!(each(&usual, "owner_name").iter().all(|name| name.chars().count() > 3), "{usual:?}");

    let (balances, movements) = (world.banks.count("/balances"), world.banks.count("/transactions"));
    assert!(balances > 0 && movements > 0);
    let trip = connected(&world, json!({ "products": ["balances"] }), "active").await;
    assert_eq!(access(&world), json!({ "accounts": [], "balances": [] }));
    assert_eq!(world.banks.count("/transactions"), movements, "none were asked for");
    let some = accounts(&world, &trip.invited).await;
    assert_eq!(each(&some, "owner_name"), vec!["-"; some.len()]);
    for account in &some {
        assert!(!account["balances"].as_array().expect("balances").is_empty());
        assert_eq!(transactions(&world, account).await, 0);
    }

    let before = world.banks.count("/balances");
    let asked = json!({ "products": ["accounts"], "optional_products": ["transactions", "owners"] });
    connected(&world, asked, "active").await;
    assert_eq!(
        access(&world),
        json!({ "accounts": [], "transactions": [], "additionalInformation": { "ownerName": [] } })
    );
    assert_eq!(world.banks.count("/balances"), before);
    world.banks.assert_standard();
}

#[tokio::test]
async fn what_is_optional_is_asked_for_where_it_is_offered() {
    let world = World::new().await;
    let asked = json!({ "institution_ids": ["sandbox-two-step"], "products": ["balances"], "optional_products": ["owners"] });
    connected(&world, asked, "active").await;
    let sent = world.banks.sent("POST /psd2/explicit-bank/v1/consents");
    assert_eq!(
        sent[0]["access"],
        json!({ "accounts": [], "balances": [] }),
        "this bank does not offer names"
    );
}

#[tokio::test]
async fn the_consent_names_the_kinds_of_accounts_and_no_others_come() {
    let world = World::new().await;
    let trip = connected(&world, json!({ "restricted_to": ["CARD", "SVGS"] }), "active").await;
    assert_eq!(access(&world)["restrictedTo"], json!(["CARD", "SVGS"]));
    let kinds = each(&accounts(&world, &trip.invited).await, "kind");
    assert!(!kinds.is_empty() && kinds.iter().all(|kind| kind != "CACC"), "{kinds:?}");
    world.banks.assert_standard();
    // A bank that takes no such consent gives what it has; what was not asked for is not kept.
    let kinds = each(&by_form(&world, json!({ "restricted_to": ["SVGS"] })).await, "kind");
    assert!(!kinds.is_empty() && kinds.iter().all(|kind| kind == "SVGS"), "{kinds:?}");
}

#[tokio::test]
async fn the_consent_names_the_accounts_right_by_right() {
    let world = World::new().await;
    let trip = connected(&world, json!({}), "active").await;
    let usual = accounts(&world, &trip.invited).await;
    let with_iban: Vec<_> = usual.iter().filter(|account| account["iban"].is_string()).collect();
    let [first, second, ..] = with_iban[..] else { panic!("{usual:?}") };
    let names = [json!({ "iban": first["iban"] }), json!({ "bban": second["number"] })];
    let asked = json!({ "access": { "accounts": names, "transactions": [names[0]] } });
    let trip = connected(&world, asked, "active").await;
    let access = access(&world);
    assert_eq!(access["accounts"], json!(names));
    assert_eq!(access["transactions"], json!([names[0]]));
    assert_eq!(access.get("balances"), None);
    let named = accounts(&world, &trip.invited).await;
    assert_eq!(each(&named, "iban"), each(&[first.clone(), second.clone()], "iban"));
    assert!(named.iter().all(|account| account["balances"] == json!([])));
    assert!(transactions(&world, &named[0]).await > 0);
    assert_eq!(transactions(&world, &named[1]).await, 0);
    world.banks.assert_standard();
}

#[tokio::test]
async fn only_accounts_that_pass_the_filter_are_offered_and_kept() {
    let world = World::new().await;
    let all = by_form(&world, json!({})).await;
    let some = by_form(&world, json!({ "account_filter": { "kinds": ["CACC"], "currencies": ["ILS"] } })).await;
    assert!(!some.is_empty() && some.len() < all.len());
    assert!(each(&some, "kind").iter().all(|kind| kind == "CACC"));
    assert!(
        by_form(&world, json!({ "account_filter": { "currencies": ["EUR"] } }))
            .await
            .is_empty()
    );

    let offered = async |filter: Value| {
        let invited = world
            .invite(json!({ "account_filter": filter, "institution_ids": ["sandbox-accounts"] }))
            .await;
        let mut visit = world.enter(&invited).await;
        visit.open().await;
        visit
            .submit(&[("psu_id", "043510023"), ("username", "user"), ("password", "pass")])
            .await;
        visit.submit(&[("code", "12345")]).await.clone()
    };
    let View::Accounts(all) = offered(json!({ "currencies": ["ILS", "USD"] })).await else {
        panic!("no offer")
    };
    let View::Accounts(some) = offered(json!({ "kinds": ["SVGS"] })).await else {
        panic!("no offer")
    };
    assert!(!some.accounts.is_empty() && some.accounts.len() < all.accounts.len());
    let View::Failed { failure, way_on, .. } = offered(json!({ "kinds": ["LOAN"] })).await else {
        panic!("an offer")
    };
    assert_eq!((failure, way_on.is_some()), (FailureCode::NoAccountFits.failure(), true));
}

#[tokio::test]
async fn an_access_or_filter_that_is_none_is_refused_by_name() {
    let world = World::new().await;
    let iban = "GB82WEST12345698765432";
    let cases = [
        (json!({ "access": {} }), "invalid_field", "access.accounts"),
        (
            json!({ "access": { "accounts": [], "cards": [] } }),
            "unknown_field",
            "access.cards",
        ),
        (
            json!({ "access": { "accounts": [{ "pan": "1" }] } }),
            "invalid_field",
            "access.accounts[0]",
        ),
        (
            json!({ "access": { "accounts": [{ "iban": iban }, { "iban": "GB82 WEST" }] } }),
            "invalid_access",
            "access.accounts[1]",
        ),
        (
            json!({ "access": { "accounts": [{ "iban": iban }], "balances": [{ "bban": "" }] } }),
            "invalid_access",
            "access.balances[0]",
        ),
        (
            json!({ "access": { "accounts": [{ "iban": iban }], "balances": [] } }),
            "invalid_access",
            "access",
        ),
        (
            json!({ "access": { "accounts": vec![json!({ "iban": iban }); 51] } }),
            "invalid_access",
            "access.accounts",
        ),
        (
            json!({ "access": { "accounts": [] }, "products": ["balances"] }),
            "invalid_access",
            "access.balances",
        ),
        (
            json!({ "access": { "accounts": [], "transactions": [] }, "optional_products": ["owners"] }),
            "invalid_access",
            "access.transactions",
        ),
        (json!({ "restricted_to": [] }), "invalid_restricted_to", "restricted_to"),
        (json!({ "restricted_to": ["CASH"] }), "invalid_field", "restricted_to[0]"),
        (
            json!({ "restricted_to": ["CACC"], "access": { "accounts": [{ "iban": iban }] } }),
            "invalid_restricted_to",
            "restricted_to",
        ),
        (json!({ "account_filter": {} }), "invalid_account_filter", "account_filter"),
        (
            json!({ "account_filter": { "kinds": [] } }),
            "invalid_account_filter",
            "account_filter.kinds",
        ),
        (
            json!({ "account_filter": { "currencies": [] } }),
            "invalid_account_filter",
            "account_filter.currencies",
        ),
        (
            json!({ "account_filter": { "currencies": ["ILS", "shekel"] } }),
            "invalid_account_filter",
            "account_filter.currencies[1]",
        ),
        (
            json!({ "account_filter": { "banks": ["a"] } }),
            "unknown_field",
            "account_filter.banks",
        ),
    ];
    for (asked, code, field) in cases {
        let mut body = json!({ "customer": { "external_id": "user-1" }, "parent_origin": ORIGIN });
        for (name, value) in asked.as_object().expect("an object") {
            body[name] = value.clone();
        }
        let answer = world.post("/v1/connections", &body).await;
        let refusal = (answer.status, answer.body["code"].as_str(), answer.body["field"].as_str());
        assert_eq!(
            refusal,
            (StatusCode::UNPROCESSABLE_ENTITY, Some(code), Some(field)),
            "{asked}: {}",
            answer.body
        );
    }
}
