//! Credentials, fields and endpoints that are not right.

use crate::interface::Interface;
use crate::town::Town;
use gesher_sandbox::{PLAID_CLIENT_ID, PLAID_SECRET};
use http::Method;
use serde_json::json;

#[tokio::test]
async fn credentials_stand_in_the_body_or_in_headers() {
    let town = Town::new();
    let body = json!({ "institution_id": "ins_900001", "country_codes": ["US"] }).to_string();
    let path = "/plaid/institutions/get_by_id";
    let none = town.send(Method::POST, path, &[], body.clone()).await;
    assert_eq!(none.refusal(), (400, "MISSING_FIELDS".into()));
    let right = [("plaid-client-id", PLAID_CLIENT_ID), ("plaid-secret", PLAID_SECRET)];
    assert_eq!(town.send(Method::POST, path, &right, body.clone()).await.status.as_u16(), 200);
    let wrong = [("plaid-client-id", PLAID_CLIENT_ID), ("plaid-secret", "no")];
    let refused = town.send(Method::POST, path, &wrong, body.clone()).await;
    assert_eq!(refused.refusal(), (400, "INVALID_API_KEYS".into()));
    assert_eq!(refused.json()["error_type"], "INVALID_INPUT");
    let version = [right[0], right[1], ("plaid-version", "2017-03-08")];
    assert_eq!(town.send(Method::POST, path, &version, body).await.refusal().1, "INVALID_HEADERS");
    assert_eq!(town.send(Method::POST, path, &right, "[]".into()).await.refusal().1, "INVALID_BODY");
    assert_eq!(
        town.send(Method::GET, path, &right, String::new()).await.refusal(),
        (404, "NOT_FOUND".into())
    );
    assert_eq!(
        town.send(Method::POST, "/plaid/nothing", &right, "{}".into()).await.refusal(),
        (404, "NOT_FOUND".into())
    );
}

#[tokio::test]
async fn every_endpoint_refuses_what_is_missing_and_what_it_does_not_know() {
    let town = Town::new();
    for path in Interface::load().endpoints() {
        assert_eq!(
            town.call(&path, json!({})).await.refusal(),
            (400, "MISSING_FIELDS".into()),
            "{path}"
        );
    }
    let body = json!({ "access_token": "x", "colour": "red" });
    assert_eq!(town.call("item/get", body).await.refusal(), (400, "UNKNOWN_FIELDS".into()));
    assert_eq!(
        town.call("item/get", json!({ "access_token": 5 })).await.refusal(),
        (400, "INVALID_FIELD".into())
    );
}

#[tokio::test]
async fn a_link_token_is_only_made_of_what_fits() {
    let town = Town::new();
    let base = json!({
        "client_name": "Shop", "language": "en", "country_codes": ["US"], "user": { "client_user_id": "u" }, "products": ["transactions"],
    });
    for (name, value, wanted) in [
        ("language", json!("he"), "INVALID_FIELD"),
        ("country_codes", json!(["IL"]), "INVALID_FIELD"),
        ("country_codes", json!([]), "INVALID_FIELD"),
        ("products", json!(["balance"]), "INVALID_PRODUCT"),
        ("products", json!([]), "MISSING_FIELDS"),
        ("user", json!({}), "MISSING_FIELDS"),
        ("webhook", json!("https://elsewhere.example/hook"), "INVALID_FIELD"),
        ("redirect_uri", json!("https://client.example/back?x=1"), "INVALID_FIELD"),
        ("institution_id", json!("ins_0"), "INVALID_INSTITUTION"),
        (
            "hosted_link",
            json!({ "completion_redirect_uri": "javascript:alert(1)" }),
            "INVALID_FIELD",
        ),
        ("hosted_link", json!({ "url_lifetime_seconds": 0 }), "INVALID_FIELD"),
        ("hosted_link", json!({ "colour": 1 }), "UNKNOWN_FIELDS"),
        ("transactions", json!({ "days_requested": 731 }), "INVALID_FIELD"),
        ("access_token", json!("nobody"), "INVALID_ACCESS_TOKEN"),
    ] {
        let mut body = base.clone();
        body[name] = value.clone();
        assert_eq!(
            town.call("link/token/create", body).await.refusal(),
            (400, wanted.into()),
            "{name} {value}"
        );
    }
    assert!(town.ask("link/token/create", base).await.get("hosted_link_url").is_none());
}
