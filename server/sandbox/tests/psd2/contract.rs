//! The standard's own file: that every operation of it is played, and that the checker sees what is wrong. What passes is checked
//! in every test, when its [`Town`] ends.

use crate::berlin_group::{Contract, Exchange};
use crate::tpp::{NOK, OK, Town, href, id, offered};
use axum::body::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const PSU: &str = "321547416";

#[tokio::test]
async fn every_operation_of_the_file_is_answered() {
    let town = Town::new();
    let tpp = town.tpp("redirect-bank");
    let consent = tpp.given(json!({"allPsd2": "allAccountsWithOwnerName"}), PSU).await;
    tpp.status(&consent).await;
    tpp.get(href(&consent, "self"), &[]).await;
    tpp.get(href(&consent, "scaStatus"), &[]).await;
    for (list, name, query) in [
        ("accounts", "accounts", "bookingStatus=all&dateFrom=2026-11-01"),
        ("card-accounts", "cardAccounts", "bookingStatus=both&dateFrom=2026-11-01"),
    ] {
        let accounts = tpp.read(&consent, &format!("{list}?withBalance=true")).await.json();
        let account = &accounts[name][0];
        tpp.read(&consent, &format!("{list}/{}", account["resourceId"].as_str().expect("an id")))
            .await;
        tpp.read_present(&consent, href(account, "balances")).await;
        let report = tpp
            .read_present(&consent, &format!("{}?{query}", href(account, "transactions")))
            .await
            .json();
        if let Some(one) = report["transactions"]["booked"][0]["transactionId"].as_str() {
            tpp.read_present(&consent, &format!("{}/{one}", href(account, "transactions")))
                .await;
        }
    }
    tpp.call(Method::DELETE, href(&consent, "self"), &[], None).await;

    let explicit = town.tpp("explicit-bank");
    let consent = explicit.consent(offered()).await;
    let start = href(&consent, "startAuthorisation");
    let headers = [("tpp-redirect-uri", OK), ("tpp-nok-redirect-uri", NOK)];
    let begun = explicit.call(Method::POST, start, &headers, Some(json!({}))).await.json();
    let named = explicit
        .call(Method::PUT, href(&begun, "scaStatus"), &[("psu-id", PSU)], Some(json!({})))
        .await;
    assert_eq!(named.json()["scaStatus"], "psuIdentified");
    explicit.get(start, &[]).await;
    let embedded = json!({"psuData": {"password": "pass"}});
    let embedded = explicit.call(Method::PUT, href(&begun, "scaStatus"), &[], Some(embedded)).await;
    assert_eq!(embedded.refusal(), (400, "PARAMETER_NOT_SUPPORTED".into()));
    assert_eq!(id(&consent).len(), 32);

    let contract = Contract::load();
    let taken = town
        .recorder
        .exchanges()
        .into_iter()
        .filter(|exchange| exchange.status.is_success());
    let played: BTreeSet<String> = taken.filter_map(|exchange| contract.operation(&exchange)).collect();
    assert_eq!(played, contract.operations().into_iter().collect());
}

fn exchange(method: Method, path: &'static str, status: StatusCode, sent: Option<Value>, body: Option<Value>) -> Exchange {
    let bytes = |value: Option<Value>| value.map(|value| Bytes::from(value.to_string())).unwrap_or_default();
    let mut headers = HeaderMap::new();
    headers.insert("x-request-id", HeaderValue::from_static("99391c7e-ad88-49ec-a2ad-99ddcb1f7721"));
    let mut sent_headers = headers.clone();
    sent_headers.insert("psu-ip-address", HeaderValue::from_static("10.0.0.1"));
    sent_headers.insert("consent-id", HeaderValue::from_static("c"));
    Exchange {
        method,
        uri: Uri::from_static(path),
        sent_headers,
        sent: bytes(sent),
        status,
        headers,
        body: bytes(body),
    }
}

fn consents(sent: Value, body: Value) -> Exchange {
    exchange(Method::POST, "/psd2/x/v1/consents", StatusCode::CREATED, Some(sent), Some(body))
}

#[test]
fn the_checker_sees_what_does_not_fit() {
    let contract = Contract::load();
    let asked = crate::tpp::request(offered());
    let answered = json!({"consentStatus": "received", "consentId": "c", "_links": {"self": {"href": "/c"}}});
    assert_eq!(contract.problems(&consents(asked.clone(), answered.clone())), Vec::<String>::new());
    let with = |value: &Value, pointer: &str, new: Value| {
        let mut value = value.clone();
        let (parent, field) = pointer.rsplit_once('/').expect("a pointer");
        value.pointer_mut(parent).expect("a parent")[field] = new;
        value
    };
    for (pointer, new) in [
        ("/validUntil", json!("tomorrow")),
        ("/frequencyPerDay", json!(0)),
        ("/recurringIndicator", json!("true")),
        ("/access", Value::Null),
        ("/access/accounts", json!([{"iban": "il1"}])),
        ("/access/balances", json!([{"number": "1"}])),
        ("/access/allPsd2", json!("everything")),
    ] {
        let wrong = consents(with(&asked, pointer, new), answered.clone());
        assert_eq!(contract.problems(&wrong).len(), 1, "{pointer}");
    }
    for (pointer, new) in [
        ("/consentStatus", json!("given")),
        ("/consentId", json!(1)),
        ("/_links/self", json!("/c")),
        ("/invented", json!(true)),
    ] {
        let wrong = consents(asked.clone(), with(&answered, pointer, new));
        assert!(!contract.problems(&wrong).is_empty(), "{pointer}");
    }

    let list = "/psd2/x/v1/accounts/1/transactions";
    let report = json!({"transactions": {"_links": {"account": {"href": "/a"}}}});
    let asked = |path, status, body| contract.problems(&exchange(Method::GET, path, status, None, body));
    assert_eq!(
        asked(list, StatusCode::OK, Some(report.clone())).len(),
        1,
        "bookingStatus is missing"
    );
    let list = "/psd2/x/v1/accounts/1/transactions?bookingStatus=some";
    assert_eq!(asked(list, StatusCode::OK, Some(report.clone())).len(), 1, "bookingStatus is wrong");
    let list = "/psd2/x/v1/accounts/1/transactions?bookingStatus=both";
    assert_eq!(asked(list, StatusCode::OK, Some(report)), Vec::<String>::new());
    assert_eq!(asked(list, StatusCode::IM_A_TEAPOT, None).len(), 1, "no status of it");
    assert_eq!(asked(list, StatusCode::OK, None).len(), 1, "no body");
    let message = json!({"tppMessages": [{"category": "ERROR", "text": "no code"}]});
    assert_eq!(asked(list, StatusCode::UNAUTHORIZED, Some(message)).len(), 1, "no code");
    assert_eq!(
        asked("/psd2/x/v1/payments", StatusCode::OK, Some(json!({}))).len(),
        1,
        "no operation"
    );

    let mut nameless = exchange(
        Method::GET,
        "/psd2/x/v1/consents/c/status",
        StatusCode::OK,
        None,
        Some(json!({"consentStatus": "valid"})),
    );
    nameless.headers.clear();
    assert_eq!(contract.problems(&nameless).len(), 1, "no echo");
    nameless.sent_headers.clear();
    assert_eq!(contract.problems(&nameless).len(), 1, "no request id");
}
