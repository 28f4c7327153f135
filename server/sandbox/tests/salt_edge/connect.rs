//! The way from `connect` over the page and back.

use crate::client::{BACK, PSU, Town, names, query, request};
use http::StatusCode;
use serde_json::{Value, json};

async fn only_connection(town: &Town) -> Value {
    let answer = town.call(http::Method::GET, "/dashboard/connections", None).await;
    let connections = answer.json()["connections"].as_array().expect("a list").clone();
    assert_eq!(connections.len(), 1, "{connections:?}");
    connections[0].clone()
}

#[tokio::test]
async fn a_session_is_an_address_that_ends() {
    let town = Town::new();
    let customer = town.customer("somebody").await;
    let data = town
        .post("/connections/connect", request(&customer, "fakebank_simple_xf"))
        .await
        .data();
    assert_eq!(names(&data), ["connect_url", "customer_id", "expires_at"]);
    assert_eq!(data["customer_id"], customer.as_str());
    let url = data["connect_url"].as_str().expect("an address");
    let page = town.page(url).await;
    assert!(page.text.contains("Log in to Fake Bank Simple"), "{}", page.text);
    assert!(
        page.text.contains("<li>Accounts and balances</li><li>Transactions</li></ul>"),
        "{}",
        page.text
    );
    assert!(page.text.contains("2027-02-18"));
    let csp = page.headers["content-security-policy"].to_str().expect("text");
    assert!(csp.starts_with("default-src 'none'"));
    town.pass(3601);
    assert_eq!(town.page(url).await.status, StatusCode::GONE);
    assert_eq!(town.page("/salt-edge/connect?token=guessed").await.status, StatusCode::GONE);
}

#[tokio::test]
async fn what_is_asked_for_wrongly_is_refused_by_its_class() {
    let town = Town::new();
    let customer = town.customer("somebody").await;
    let long = format!("https://client.example/{}", "a".repeat(2040));
    for (path, value, status, class) in [
        ("/customer_id", json!("1"), 404, "CustomerNotFound"),
        ("/customer_id", json!(null), 400, "WrongRequestFormat"),
        ("/consent", json!(null), 400, "ConsentScopesInvalid"),
        ("/consent/scopes", json!([]), 400, "ConsentScopesInvalid"),
        ("/consent/scopes", json!(["account_details"]), 400, "ConsentScopesInvalid"),
        ("/consent/from_date", json!("2026-11-21"), 400, "InvalidConsentFromDate"),
        ("/consent/from_date", json!("2025-01-01"), 400, "InvalidConsentFromDate"),
        ("/consent/from_date", json!("soon"), 400, "InvalidConsentFromDate"),
        ("/consent/period_days", json!(366), 400, "InvalidConsentPeriod"),
        ("/consent/period_days", json!(0), 400, "InvalidConsentPeriod"),
        ("/attempt/fetch_scopes", json!(["everything"]), 400, "FetchScopesInvalid"),
        ("/attempt/fetch_scopes", json!(["holder_info"]), 400, "FetchScopesNotAllowed"),
        ("/attempt/return_to", json!("nowhere"), 400, "ReturnURLInvalid"),
        ("/attempt/return_to", json!(long), 400, "ReturnURLTooLong"),
        ("/attempt/custom_fields", json!([1]), 400, "CustomFieldsFormatInvalid"),
        (
            "/attempt/custom_fields",
            json!({ "a": "b".repeat(1024) }),
            400,
            "CustomFieldsSizeTooBig",
        ),
        ("/provider/code", json!("no_such_xf"), 404, "ProviderNotFound"),
        ("/provider/code", json!("fakebank_inactive_xf"), 406, "ProviderInactive"),
        ("/provider/include_sandboxes", json!(false), 404, "ProviderNotFound"),
    ] {
        let mut data = request(&customer, "fakebank_simple_xf");
        *data.pointer_mut(path).expect(path) = value;
        let answer = town.post("/connections/connect", data).await;
        assert_eq!(answer.refusal(), (status, class.into()), "{path}");
    }
}

#[tokio::test]
async fn a_login_connects_and_leads_back() {
    let town = Town::new();
    let url = town.ask("fakebank_simple_xf", json!({})).await;
    let page = town.log_in(&url, "username").await;
    assert!(page.text.contains("The bank is connected"), "{}", page.text);
    let back = page.refresh();
    let connection = only_connection(&town).await;
    let id = connection["id"].as_str().expect("an id");
    assert_eq!(back.as_str(), format!("{BACK}&connection_id={id}"));
    assert_eq!(connection["status"], "active");
    assert_eq!(
        names(&connection),
        [
            "automatic_refresh",
            "categorization",
            "country_code",
            "created_at",
            "customer_id",
            "id",
            "last_attempt",
            "last_consent_id",
            "last_success_at",
            "next_refresh_possible_at",
            "provider_code",
            "provider_id",
            "provider_name",
            "status",
            "updated_at",
        ]
    );
    let attempt = &connection["last_attempt"];
    assert_eq!(attempt["finished"], true);
    assert_eq!(attempt["custom_fields"], json!({ "visit": "v1" }));
    assert_eq!(attempt["last_stage"]["name"], "finish");
    assert!(attempt["fail_error_class"].is_null() && attempt["success_at"].is_string());
    let path = format!("/connections?customer_id={}", connection["customer_id"].as_str().expect("an id"));
    assert_eq!(town.get(&path).await.data(), json!([connection]));
    assert_eq!(town.get("/connections").await.refusal(), (400, "WrongRequestFormat".into()));
}

#[tokio::test]
async fn without_being_asked_to_nothing_is_added_to_the_way_back() {
    let town = Town::new();
    let quiet = json!({ "return_connection_id": false, "return_error_class": false });
    let url = town.ask("fakebank_simple_xf", quiet.clone()).await;
    assert_eq!(town.log_in(&url, PSU).await.refresh().as_str(), BACK);
    let url = town.ask("fakebank_oauth_xf", quiet).await;
    assert_eq!(town.log_in(&url, "316159011").await.refresh().as_str(), BACK);
}

#[tokio::test]
async fn the_picker_finds_by_name_and_takes_only_what_it_offers() {
    let town = Town::new();
    let url = town.ask("", json!({ "provider": { "include_sandboxes": true } })).await;
    let page = town.page(&format!("{url}&q=brosh")).await;
    assert!(
        page.text.contains("value=\"bank_brosh_il\"") && !page.text.contains("fakebank_simple_xf"),
        "{}",
        page.text
    );
    assert!(!town.page(&url).await.text.contains("fakebank_inactive_xf"));
    let page = town.fill(&url, &[("provider", "fakebank_inactive_xf")]).await;
    assert!(page.text.contains("Choose a bank"));
    let page = town.fill(&url, &[("provider", "bank_brosh_il")]).await;
    assert!(page.text.contains("Log in to Bank Brosh"));
    let page = town.page(&format!("{url}&lang=he")).await;
    assert!(page.text.contains("dir=\"rtl\"") && page.text.contains("כניסה אל Bank Brosh"));

    let url = town
        .ask("", json!({ "provider": {}, "attempt": { "return_to": BACK, "locale": "he" } }))
        .await;
    let page = town.page(&url).await;
    assert!(page.text.contains("lang=\"he\"") && !page.text.contains("fakebank_simple_xf"));
}

#[tokio::test]
async fn a_code_is_asked_for_where_the_provider_is_interactive() {
    let town = Town::new();
    let url = town.ask("fakebank_interactive_xf", json!({})).await;
    let page = town.log_in(&url, PSU).await;
    assert!(page.text.contains("One-time code"));
    let connection = only_connection(&town).await;
    assert_eq!(connection["status"], "inactive");
    assert_eq!(connection["last_attempt"]["last_stage"]["name"], "interactive");
    assert_eq!(connection["last_attempt"]["finished"], false);
    let page = town.fill(&url, &[("action", "code"), ("code", "54321")]).await;
    assert_eq!(page.status, StatusCode::UNAUTHORIZED);
    assert_eq!(
        only_connection(&town).await["last_attempt"]["fail_error_class"],
        "InvalidInteractiveCredentials"
    );
    town.log_in(&url, PSU).await;
    let page = town.fill(&url, &[("action", "code"), ("code", " 12345 ")]).await;
    assert!(query(&page.refresh(), "error_class").is_none());
    assert_eq!(only_connection(&town).await["status"], "active");
}

#[tokio::test]
async fn a_wrong_password_leaves_an_inactive_connection_and_the_third_ends_the_visit() {
    let town = Town::new();
    let url = town.ask("fakebank_simple_xf", json!({})).await;
    let wrong = [("action", "login"), ("login", "username"), ("password", "wrong")];
    for _ in 0..2 {
        let page = town.fill(&url, &wrong).await;
        assert_eq!(page.status, StatusCode::UNAUTHORIZED);
        assert!(page.text.contains("User name or password is wrong."));
    }
    let back = town.fill(&url, &wrong).await.refresh();
    assert_eq!(query(&back, "error_class").as_deref(), Some("InvalidCredentials"));
    assert_eq!(query(&back, "error_message").as_deref(), Some("Invalid credentials."));
    let connection = only_connection(&town).await;
    assert_eq!(query(&back, "connection_id").as_deref(), connection["id"].as_str());
    assert_eq!(connection["status"], "inactive");
    assert_eq!(connection["last_attempt"]["fail_error_class"], "InvalidCredentials");
    // The visit is over: a right password changes nothing any more.
    assert_eq!(town.log_in(&url, "username").await.refresh(), back);
}

#[tokio::test]
async fn who_leaves_goes_back_with_what_happened() {
    let town = Town::new();
    let url = town.ask("fakebank_interactive_xf", json!({})).await;
    assert_eq!(town.fill(&url, &[("action", "leave")]).await.refresh().as_str(), BACK);
    let url = town.ask("bank_brosh_il", json!({})).await;
    town.log_in(&url, PSU).await;
    let back = town.fill(&url, &[("action", "leave")]).await.refresh();
    assert_eq!(query(&back, "error_class").as_deref(), Some("ProviderAccessNotGranted"));
    assert_eq!(only_connection(&town).await["status"], "inactive");
}

#[tokio::test]
async fn a_persons_outcome_is_the_class_of_the_failure() {
    let town = Town::new();
    for (login, class) in [
        ("050299338", "ProviderAccessNotGranted"),
        ("316159011", "ProviderError"),
        ("316159029", "ProviderUnavailable"),
    ] {
        let url = town
            .ask(
                "fakebank_simple_xf",
                json!({ "attempt": { "return_to": format!("{BACK}&as={login}") } }),
            )
            .await;
        let back = town.log_in(&url, login).await.refresh();
        assert_eq!(query(&back, "error_class").as_deref(), Some(class));
    }
}
