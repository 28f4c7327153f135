//! What becomes of a connection: refreshes, reconnects, the end of its consent, its removal.

use crate::client::{BACK, PSU, Town, query};
use http::Method;
use serde_json::{Value, json};

async fn refresh(town: &Town, id: &str) -> (u16, Value) {
    let answer = town.post(&format!("/connections/{id}/refresh"), json!({})).await;
    (answer.status.as_u16(), answer.json())
}

#[tokio::test]
async fn a_refresh_is_refused_until_its_time_has_come() {
    let town = Town::new();
    let id = town.connected("fakebank_simple_xf", PSU).await;
    let (status, body) = refresh(&town, &id).await;
    assert_eq!((status, &body["error"]["class"]), (406, &json!("ConnectionCannotBeRefreshed")));
    assert_eq!(body["next_refresh_possible_at"], "2026-11-20T12:01:00Z");
    assert_eq!(town.connection(&id).await["next_refresh_possible_at"], "2026-11-20T12:01:00Z");
    town.pass(60);
    let (status, body) = refresh(&town, &id).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(body["data"]["next_refresh_possible_at"], "2026-11-20T12:02:00Z");
    assert_eq!(body["data"]["last_attempt"]["user_present"], false);
    assert_eq!(refresh(&town, &id).await.0, 406);
    assert_eq!(refresh(&town, "5").await.1["error"]["class"], "ConnectionNotFound");
}

#[tokio::test]
async fn a_provider_that_wants_a_code_is_refreshed_at_the_page() {
    let town = Town::new();
    let id = town.connected("fakebank_interactive_xf", PSU).await;
    assert!(town.connection(&id).await["next_refresh_possible_at"].is_null());
    let consent = town.connection(&id).await["last_consent_id"].clone();
    let answer = town
        .post(&format!("/connections/{id}/refresh"), json!({ "attempt": { "return_to": BACK } }))
        .await;
    let url = answer.data()["connect_url"].as_str().expect("an address").to_owned();
    town.pass(5);
    town.log_in(&url, PSU).await;
    town.fill(&url, &[("action", "code"), ("code", "12345")]).await;
    let connection = town.connection(&id).await;
    assert_eq!(connection["last_success_at"], "2026-11-20T12:00:05Z");
    assert_eq!(connection["last_consent_id"], consent);
}

#[tokio::test]
async fn a_late_fetch_is_under_way_until_it_ends() {
    let town = Town::new();
    let id = town.connected("fakebank_simple_xf", "317159002").await;
    let connection = town.connection(&id).await;
    assert_eq!(connection["last_attempt"]["finished"], false);
    assert_eq!(connection["last_attempt"]["last_stage"]["name"], "fetch_accounts");
    assert_eq!(connection["status"], "inactive");
    assert_eq!(town.get(&format!("/accounts?connection_id={id}")).await.data(), json!([]));
    assert_eq!(refresh(&town, &id).await.1["error"]["class"], "ConnectionAlreadyProcessing");
    town.pass(8);
    assert_eq!(town.connection(&id).await["status"], "active");
    assert_ne!(town.get(&format!("/accounts?connection_id={id}")).await.data(), json!([]));
}

#[tokio::test]
async fn a_reconnect_is_the_same_persons_and_gives_a_new_consent() {
    let town = Town::new();
    let id = town.connected("fakebank_simple_xf", PSU).await;
    town.set(&format!("/connections/{id}"), json!({ "action": "fail" })).await;
    let broken = town.connection(&id).await;
    assert_eq!(
        (&broken["status"], &broken["last_attempt"]["fail_error_class"]),
        (&json!("inactive"), &json!("InvalidCredentials"))
    );

    let consent = json!({ "scopes": ["accounts", "transactions"], "period_days": 30 });
    let data = json!({ "consent": consent, "attempt": { "return_to": BACK }, "return_connection_id": true, "return_error_class": true });
    let answer = town.post(&format!("/connections/{id}/reconnect"), data.clone()).await;
    let url = answer.data()["connect_url"].as_str().expect("an address").to_owned();
    let page = town.log_in(&url, "043510023").await;
    assert!(page.text.contains("another customer"), "{}", page.text);
    let back = town.log_in(&url, PSU).await.refresh();
    assert_eq!(query(&back, "connection_id").as_deref(), Some(id.as_str()));
    assert_eq!(town.connection(&id).await["status"], "active");

    let consents = town.get(&format!("/consents?connection_id={id}")).await.data();
    let consents = consents.as_array().expect("a list");
    assert_eq!(consents.len(), 2);
    assert_eq!(consents[1]["id"], town.connection(&id).await["last_consent_id"]);
    assert_eq!(consents[1]["expires_at"], "2026-12-20T12:00:00Z");
    assert_eq!(consents[0]["status"], "active");
    let answer = town.post(&format!("/connections/{id}/reconnect"), json!({})).await;
    assert_eq!(answer.refusal(), (400, "ConsentScopesInvalid".into()));
}

#[tokio::test]
async fn a_consent_ends_by_itself_by_the_tester_and_by_the_client() {
    let town = Town::new();
    let id = town.connected("fakebank_simple_xf", PSU).await;
    town.pass(90 * 86_400);
    assert_eq!(town.connection(&id).await["status"], "inactive");
    assert_eq!(refresh(&town, &id).await.1["error"]["class"], "ConsentExpired");

    let id = town.connected("fakebank_oauth_xf", PSU).await;
    town.set(&format!("/connections/{id}"), json!({ "action": "revoke" })).await;
    assert_eq!(refresh(&town, &id).await.1["error"]["class"], "ConsentRevoked");

    let id = town.connected("bank_shaked_il", PSU).await;
    let consent = town.connection(&id).await["last_consent_id"].as_str().expect("an id").to_owned();
    let path = format!("/consents/{consent}/revoke?connection_id={id}");
    let revoked = town.call(Method::PUT, &path, None).await.data();
    assert_eq!(revoked["status"], "revoked");
    assert!(revoked["revoked_at"].is_string());
    assert_eq!(
        town.call(Method::PUT, &path, None).await.refusal(),
        (406, "ConsentAlreadyRevoked".into())
    );
    assert_eq!(town.connection(&id).await["status"], "inactive");
}

#[tokio::test]
async fn a_suspended_person_cannot_be_refreshed_any_more() {
    let town = Town::new();
    let id = town.connected("fakebank_simple_xf", "316159052").await;
    town.pass(60);
    assert_eq!(refresh(&town, &id).await.1["error"]["class"], "ConnectionDisabled");
    assert_eq!(town.connection(&id).await["status"], "disabled");
    let answer = town.post(&format!("/connections/{id}/reconnect"), json!({})).await;
    assert_eq!(answer.refusal(), (406, "ConnectionDisabled".into()));
}

#[tokio::test]
async fn what_is_removed_is_gone() {
    let town = Town::new();
    let id = town.connected("fakebank_simple_xf", PSU).await;
    let path = format!("/connections/{id}");
    let removed = town.call(Method::DELETE, &path, None).await.data();
    assert_eq!(removed, json!({ "removed": true, "id": id }));
    assert_eq!(
        town.call(Method::DELETE, &path, None).await.refusal(),
        (404, "ConnectionNotFound".into())
    );
    assert_eq!(town.get(&path).await.refusal(), (404, "ConnectionNotFound".into()));
    assert_eq!(
        town.get(&format!("/accounts?connection_id={id}")).await.refusal(),
        (404, "ConnectionNotFound".into())
    );
}
