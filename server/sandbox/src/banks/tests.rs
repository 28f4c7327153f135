//! The protocol, over the router.

mod challenges;

use super::*;
use axum::body::Body;
use http::{Method, Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::sync::atomic::{AtomicI64, Ordering};
use tower::ServiceExt;

/// 2026-11-20T12:00:00Z.
const NOON: i64 = 1_795_176_000_000_000;

struct Desk {
    router: Router,
    now: Arc<AtomicI64>,
}

impl Desk {
    fn open() -> Self {
        let now = Arc::new(AtomicI64::new(NOON));
        let told = Arc::clone(&now);
        let banks = Banks::new(Arc::new(move || told.load(Ordering::SeqCst)), 7);
        Self {
            router: Router::new().nest("/bank/{bank_id}", router(Arc::new(banks))),
            now,
        }
    }

    fn pass(&self, seconds: i64) {
        self.now.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }

    async fn ask(&self, method: Method, path: &str, token: Option<&str>, body: Option<Value>) -> (StatusCode, Value) {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("content-type", "application/json");
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        let answer = self
            .router
            .clone()
            .oneshot(request.body(body).expect("a request"))
            .await
            .expect("an answer");
        let status = answer.status();
        let bytes = answer.into_body().collect().await.expect("a body").to_bytes();
        (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    async fn login(&self, bank: &str, psu_id: &str, password: &str) -> (StatusCode, Value) {
        let fields = json!({"fields": {"psu_id": psu_id, "username": "user", "password": password}});
        self.ask(Method::POST, &format!("/bank/{bank}/login"), None, Some(fields)).await
    }

    async fn code(&self, bank: &str, login: &Value, code: &str) -> (StatusCode, Value) {
        let id = login["login_id"].as_str().expect("a login id");
        self.ask(
            Method::POST,
            &format!("/bank/{bank}/login/{id}/answer"),
            None,
            Some(json!({"fields": {"code": code}})),
        )
        .await
    }

    async fn consent(&self, psu_id: &str) -> Value {
        let (_, login) = self.login("sandbox-bank", psu_id, "pass").await;
        let (status, consent) = self.code("sandbox-bank", &login, "12345").await;
        assert_eq!(status, StatusCode::OK, "{consent}");
        consent
    }

    async fn get(&self, consent: &Value, path: &str) -> (StatusCode, Value) {
        self.ask(
            Method::GET,
            &format!("/bank/sandbox-bank{path}"),
            consent["access_token"].as_str(),
            None,
        )
        .await
    }
}

fn refused(code: u16, error: &str) -> (StatusCode, Value) {
    (StatusCode::from_u16(code).expect("a status"), json!({ "error": error }))
}

#[tokio::test]
async fn a_form_is_served_for_each_bank_and_for_no_other() {
    let desk = Desk::open();
    for institution in institutions::all() {
        let (status, form) = desk.ask(Method::GET, &format!("/bank/{}/form", institution.id), None, None).await;
        assert_eq!(status, StatusCode::OK);
        let fields = form["fields"].as_array().expect("fields");
        let first = fields.iter().find(|field| field["kind"] != "note").expect("a field");
        assert_eq!((&first["name"], &first["kind"]), (&json!("psu_id"), &json!("national_id")));
        for field in fields {
            assert!(field["label"]["he"].is_string() && field["label"]["en"].is_string());
        }
    }
    assert_eq!(
        desk.ask(Method::GET, "/bank/il-nowhere/form", None, None).await,
        refused(404, "unknown_bank")
    );
    assert_eq!(desk.login("il-nowhere", "043510023", "pass").await, refused(404, "unknown_bank"));
}

#[tokio::test]
async fn a_right_login_and_code_open_the_accounts() {
    let desk = Desk::open();
    let (status, login) = desk.login("sandbox-bank", "43510023", "pass").await;
    assert_eq!(status, StatusCode::OK);
    let form = &login["form"];
    assert_eq!(
        (&login["next"], &form["challenge"], &form["resend_after"]),
        (&json!("form"), &json!(true), &json!(30))
    );
    assert_eq!(
        (&form["fields"][0]["kind"], &form["fields"][0]["max_length"]),
        (&json!("code"), &json!(5))
    );
    let (status, consent) = desk.code("sandbox-bank", &login, "12345").await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!((&consent["next"], &consent["consent_status"]), (&json!("granted"), &json!("valid")));
    assert_eq!(consent["expires_at"], "2027-02-18T12:00:00Z");
    let (status, accounts) = desk.get(&consent, "/accounts").await;
    assert_eq!(status, StatusCode::OK);
    let account = &accounts["accounts"][0];
    assert_eq!((&account["kind"], &account["currency"]), (&json!("CACC"), &json!("ILS")));
    assert_eq!(account["name"], json!({"he": "עובר ושב", "en": "Current account"}));
}

#[tokio::test]
async fn wrong_logins_are_counted_and_lock_until_ten_minutes_have_passed() {
    let desk = Desk::open();
    for left in [2, 1] {
        let (status, answer) = desk.login("sandbox-bank", "043510023", "wrong").await;
        assert_eq!(
            (status.as_u16(), answer),
            (401, json!({"error": "wrong_credentials", "tries_left": left}))
        );
    }
    assert_eq!(desk.login("sandbox-bank", "043510023", "wrong").await, refused(423, "locked"));
    assert_eq!(desk.login("sandbox-bank", "43510023", "pass").await, refused(423, "locked"));
    assert_eq!(desk.login("sandbox-bank", "321547416", "pass").await.0, StatusCode::OK);
    desk.pass(600);
    assert_eq!(desk.login("sandbox-bank", "043510023", "pass").await.0, StatusCode::OK);
}

#[tokio::test]
async fn what_is_missing_malformed_or_not_json_is_named() {
    let desk = Desk::open();
    let post = |body| desk.ask(Method::POST, "/bank/sandbox-bank/login", None, Some(body));
    let missing = json!({"error": "missing_field", "field": "password"});
    assert_eq!(
        post(json!({"fields": {"psu_id": "043510023", "username": "user"}})).await.1,
        missing
    );
    let invalid = json!({"error": "invalid_field", "field": "psu_id"});
    assert_eq!(post(json!({"fields": {"psu_id": "123456789"}})).await.1, invalid);
    assert_eq!(post(json!([])).await, refused(400, "bad_request"));
}

#[tokio::test]
async fn a_wrong_code_has_three_tries_and_a_late_one_none() {
    let desk = Desk::open();
    let (_, login) = desk.login("sandbox-bank", "043510023", "pass").await;
    for left in [2, 1] {
        let (status, answer) = desk.code("sandbox-bank", &login, "54321").await;
        assert_eq!((status.as_u16(), answer), (401, json!({"error": "wrong_code", "tries_left": left})));
    }
    assert_eq!(desk.code("sandbox-bank", &login, "54321").await, refused(423, "locked"));
    assert_eq!(desk.code("sandbox-bank", &login, "12345").await, refused(423, "locked"));

    let (_, login) = desk.login("sandbox-bank", "043510023", "pass").await;
    desk.pass(301);
    assert_eq!(desk.code("sandbox-bank", &login, "12345").await, refused(410, "code_expired"));
    assert_eq!(
        desk.code("sandbox-bank", &json!({"login_id": "none"}), "12345").await,
        refused(404, "unknown_login")
    );
    assert_eq!(desk.code("il-leumi", &login, "12345").await, refused(404, "unknown_login"));
}

#[tokio::test]
async fn the_national_id_chooses_the_outcome_with_and_without_leading_zeros() {
    let desk = Desk::open();
    for id in ["050299338", "50299338"] {
        let (_, login) = desk.login("sandbox-bank", id, "pass").await;
        assert_eq!(desk.code("sandbox-bank", &login, "12345").await, refused(403, "consent_rejected"));
    }
    for id in [
        "043510023",
        "321547416",
        "1772268",
        "001772268",
        "8332884",
        "058766718",
        "58766718",
        "123456782",
    ] {
        let consent = desk.consent(id).await;
        assert_eq!(desk.get(&consent, "/accounts").await.0, StatusCode::OK, "{id}");
    }
    for (id, consent_status, code, error) in [
        ("064837123", "partiallyAuthorised", 403, "awaiting_cosigners"),
        ("64837123", "partiallyAuthorised", 403, "awaiting_cosigners"),
        ("316159011", "valid", 500, "internal"),
        ("316159029", "valid", 503, "unavailable"),
        ("316159052", "valid", 403, "suspended"),
    ] {
        let consent = desk.consent(id).await;
        assert_eq!(consent["consent_status"], consent_status);
        for path in ["/accounts", "/accounts/any/balances", "/accounts/any/transactions"] {
            assert_eq!(desk.get(&consent, path).await, refused(code, error), "{id} {path}");
        }
    }
}

#[tokio::test]
async fn pages_join_without_gaps_or_repeats_and_add_up_to_the_closing_balance() {
    let desk = Desk::open();
    let consent = desk.consent("321547416").await;
    let (_, accounts) = desk.get(&consent, "/accounts").await;
    for account in accounts["accounts"].as_array().expect("accounts") {
        let base = format!("/accounts/{}", account["resource_id"].as_str().expect("an id"));
        let (_, balances) = desk.get(&consent, &format!("{base}/balances")).await;
        let amount = |value: &Value| {
            value
                .as_str()
                .expect("an amount")
                .parse::<rust_decimal::Decimal>()
                .expect("a number")
        };
        assert_eq!(balances["balances"][0]["type"], "openingBooked");
        assert_eq!(balances["balances"][0]["reference_date"], "2025-11-21");
        let mut balance = amount(&balances["balances"][0]["amount"]);
        let (mut ids, mut dates, mut sizes, mut cursor) = (HashSet::new(), Vec::new(), Vec::new(), String::new());
        loop {
            let (status, page) = desk.get(&consent, &format!("{base}/transactions?cursor={cursor}")).await;
            assert_eq!(status, StatusCode::OK);
            let lines = page["transactions"].as_array().expect("transactions");
            sizes.push(lines.len());
            for line in lines {
                assert!(ids.insert(line["id"].as_str().expect("an id").to_owned()), "repeated");
                dates.push(line["booking_date"].as_str().expect("a date").to_owned());
                if line["status"] == "booked" {
                    balance += amount(&line["amount"]);
                }
            }
            match page["next"].as_str() {
                Some(next) => cursor = next.to_owned(),
                None => break,
            }
        }
        assert!(ids.len() >= 300, "{}", ids.len());
        assert!(sizes[..sizes.len() - 1].iter().all(|size| *size == 100) && sizes[sizes.len() - 1] <= 100);
        assert!(dates.is_sorted_by(|newer, older| newer >= older));
        assert_eq!(balance, amount(&balances["balances"][1]["amount"]));
    }
}

#[tokio::test]
async fn dates_bound_what_is_listed_and_nonsense_is_refused() {
    let desk = Desk::open();
    let consent = desk.consent("043510023").await;
    let (_, accounts) = desk.get(&consent, "/accounts").await;
    let base = format!(
        "/accounts/{}/transactions",
        accounts["accounts"][0]["resource_id"].as_str().expect("an id")
    );
    let (_, page) = desk.get(&consent, &format!("{base}?date_from=2026-03-01&date_to=2026-03-31")).await;
    let lines = page["transactions"].as_array().expect("transactions");
    assert!(lines.len() > 20 && page["next"].is_null());
    assert!(
        lines
            .iter()
            .all(|line| line["booking_date"].as_str().is_some_and(|day| day.starts_with("2026-03-")))
    );
    let (_, nothing) = desk.get(&consent, &format!("{base}?date_from=2030-01-01")).await;
    assert_eq!(nothing, json!({"transactions": [], "next": null}));
    assert_eq!(
        desk.get(&consent, &format!("{base}?date_from=yesterday")).await.1["error"],
        "bad_date"
    );
    assert_eq!(
        desk.get(&consent, &format!("{base}?cursor=nonsense")).await,
        refused(400, "bad_cursor")
    );
    assert_eq!(desk.get(&consent, "/accounts/none/balances").await, refused(404, "unknown_account"));
}

#[tokio::test]
async fn a_revoked_consent_and_a_foreign_token_open_nothing() {
    let desk = Desk::open();
    let consent = desk.consent("043510023").await;
    let token = consent["access_token"].as_str();
    let revoke = |id: String| {
        desk.ask(
            Method::DELETE,
            Box::leak(format!("/bank/sandbox-bank/consents/{id}").into_boxed_str()),
            token,
            None,
        )
    };
    assert_eq!(
        desk.ask(Method::GET, "/bank/il-leumi/accounts", token, None).await,
        refused(401, "token_invalid")
    );
    assert_eq!(
        desk.ask(Method::GET, "/bank/sandbox-bank/accounts", None, None).await,
        refused(401, "token_invalid")
    );
    assert_eq!(revoke("other".into()).await, refused(404, "unknown_consent"));
    let id = consent["consent_id"].as_str().expect("a consent").to_owned();
    assert_eq!(revoke(id.clone()).await.0, StatusCode::NO_CONTENT);
    assert_eq!(desk.get(&consent, "/accounts").await, refused(401, "token_invalid"));
    assert_eq!(revoke(id).await.0, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn a_login_can_be_given_up_with_what_it_brought() {
    let desk = Desk::open();
    let (_, login) = desk.login("sandbox-bank", "043510023", "pass").await;
    let place = |bank: &str| format!("/bank/{bank}/login/{}", login["login_id"].as_str().expect("an id"));
    let give_up = async |bank: &str| desk.ask(Method::DELETE, &place(bank), None, None).await.0;
    assert_eq!(give_up("sandbox-card").await, StatusCode::NO_CONTENT);
    let (_, consent) = desk.code("sandbox-bank", &login, "12345").await;
    assert_eq!(desk.get(&consent, "/accounts").await.0, StatusCode::OK, "another bank has no say");
    assert_eq!(give_up("sandbox-bank").await, StatusCode::NO_CONTENT);
    assert_eq!(desk.get(&consent, "/accounts").await, refused(401, "token_invalid"));
    assert_eq!(give_up("sandbox-bank").await, StatusCode::NO_CONTENT, "again changes nothing");

    let (_, login) = desk.login("sandbox-bank", "043510023", "pass").await;
    let place = format!("/bank/sandbox-bank/login/{}", login["login_id"].as_str().expect("an id"));
    desk.ask(Method::DELETE, &place, None, None).await;
    assert_eq!(desk.code("sandbox-bank", &login, "12345").await, refused(404, "unknown_login"));
}

#[tokio::test]
async fn a_bank_whose_clock_is_wrong_gives_an_access_that_has_ended() {
    let desk = Desk::open();
    let consent = desk.consent("316159128").await;
    assert_eq!(consent["expires_at"], "2026-11-19T12:00:00Z");
}

#[tokio::test]
async fn a_bank_out_of_order_counts_no_login() {
    let desk = Desk::open();
    for _ in 0..4 {
        assert_eq!(desk.login("sandbox-bank", "316159037", "wrong").await, refused(503, "unavailable"));
    }
}
