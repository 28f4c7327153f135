//! Countries, providers and customers, and lists in pages.

use crate::client::{Town, names};
use http::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A list to its end by `next_id`; how many pages it had comes first.
pub async fn whole(town: &Town, path: &str) -> (usize, Vec<Value>) {
    let (mut all, mut pages, mut from) = (Vec::new(), 0, String::new());
    loop {
        let mark = if path.contains('?') { '&' } else { '?' };
        let answer = town.get(&format!("{path}{mark}from_id={from}")).await;
        let body = answer.json();
        assert_eq!(names(&body), ["data", "meta"], "{body}");
        assert_eq!(names(&body["meta"]), ["next_id", "next_page"]);
        all.extend(body["data"].as_array().expect("a list").clone());
        pages += 1;
        let Some(next) = body["meta"]["next_id"].as_str() else {
            assert!(body["meta"]["next_page"].is_null());
            return (pages, all);
        };
        let page = body["meta"]["next_page"].as_str().expect("an address");
        assert!(page.ends_with(&format!("from_id={next}")), "{page}");
        assert!(pages < 100, "no end");
        from = next.to_owned();
    }
}

#[tokio::test]
async fn providers_come_in_pages_and_fake_ones_only_when_asked_for() {
    let town = Town::new();
    let (pages, all) = whole(&town, "/providers").await;
    assert!(pages > 1);
    let codes: BTreeSet<&str> = all.iter().filter_map(|provider| provider["code"].as_str()).collect();
    assert_eq!(codes.len(), all.len());
    assert!(all.iter().all(|provider| provider["country_code"] != "XF"));

    let (_, with) = whole(&town, "/providers?include_sandboxes=true").await;
    assert!(with.len() > all.len());
    let (_, israeli) = whole(&town, "/providers?country_code=IL&mode=web").await;
    assert_eq!(israeli.len(), 2);
    assert_eq!(
        town.get("/providers?country_code=ZZ").await.refusal(),
        (404, "CountryNotFound".into())
    );
    assert_eq!(town.get("/providers?per_page=0").await.refusal(), (400, "ValueOutOfRange".into()));
    assert_eq!(town.get("/providers/no_such_xf").await.refusal(), (404, "ProviderNotFound".into()));

    let simple = town.get("/providers/fakebank_simple_xf").await.data();
    for field in [
        "id",
        "code",
        "name",
        "mode",
        "status",
        "country_code",
        "home_url",
        "logo_url",
        "identification_mode",
    ] {
        assert!(simple[field].is_string(), "{field}");
    }
    assert!(simple["interactive"].is_boolean() && simple["max_consent_days"].is_number());
}

#[tokio::test]
async fn countries_have_the_fake_one_only_when_asked_for() {
    let town = Town::new();
    let codes = |answer: Value| -> Vec<String> {
        let list = answer.as_array().expect("a list").iter();
        list.map(|country| country["code"].as_str().expect("a code").to_owned()).collect()
    };
    assert_eq!(codes(town.get("/countries").await.data()), ["GB", "IL"]);
    assert_eq!(
        codes(town.get("/countries?include_sandboxes=true").await.data()),
        ["GB", "IL", "XF"]
    );
}

#[tokio::test]
async fn an_identifier_is_one_customers() {
    let town = Town::new();
    let made = town.post("/customers", json!({ "identifier": "somebody" })).await.data();
    assert_eq!(
        names(&made),
        [
            "blocked_at",
            "categorization_type",
            "created_at",
            "customer_id",
            "identifier",
            "updated_at"
        ]
    );
    assert_eq!(made["created_at"], "2026-11-20T12:00:00Z");
    let again = town.post("/customers", json!({ "identifier": "somebody" })).await;
    assert_eq!(again.refusal(), (409, "DuplicatedCustomer".into()));
    for wrong in [json!({}), json!({ "identifier": " " }), json!({ "identifier": 5 })] {
        assert_eq!(town.post("/customers", wrong).await.refusal(), (400, "IdentifierInvalid".into()));
    }
    for (body, class) in [
        ("{", "JsonParseError"),
        ("[]", "WrongRequestFormat"),
        ("{\"data\":1}", "WrongRequestFormat"),
    ] {
        let key = gesher_sandbox::SALT_EDGE_API_KEY;
        let headers = [("App-id", key.app_id), ("Secret", key.secret)];
        let answer = town.send(Method::POST, "/salt-edge/api/v6/customers", &headers, body.into()).await;
        assert_eq!(answer.refusal(), (400, class.into()));
    }
    let id = made["customer_id"].as_str().expect("an id").to_owned();
    assert_eq!(town.get(&format!("/customers/{id}")).await.data(), made);
    assert_eq!(whole(&town, "/customers").await.1, vec![made]);
    let removed = town.call(Method::DELETE, &format!("/customers/{id}"), None).await.data();
    assert_eq!(removed, json!({ "deleted": true, "id": id }));
    assert_eq!(
        town.get(&format!("/customers/{id}")).await.refusal(),
        (404, "CustomerNotFound".into())
    );
}
