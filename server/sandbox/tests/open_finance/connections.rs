//! What becomes of a connection.

use crate::organisation::{Organisation, asked};
use http::{Method, StatusCode};
use serde_json::{Value, json};

#[tokio::test]
async fn the_persons_id_chooses_what_happens() {
    let organisation = Organisation::new().await;
    for (psu, after_two, after_six) in [
        ("043510023", "CONNECTED", "ACTIVE"),
        ("1772268", "CONNECTED", "ACTIVE"),
        ("050299338", "REJECTED", "REJECTED"),
        ("064837123", "PARTIALLY_AUTHORIZED", "PARTIALLY_AUTHORIZED"),
        ("316159011", "ERROR", "ERROR"),
        ("316159029", "CONNECTED", "FETCHING_ERROR"),
        ("316159052", "CONNECTED", "SUSPENDED_BY_PROVIDER"),
    ] {
        let (id, url) = organisation.create(asked()).await;
        assert_eq!(organisation.status(&id).await, "INACTIVE");
        organisation.approve(&url, psu).await;
        organisation.pass(2);
        assert_eq!(organisation.status(&id).await, after_two, "{psu}");
        organisation.pass(4);
        assert_eq!(organisation.status(&id).await, after_six, "{psu}");
    }
}

#[tokio::test]
async fn other_account_holders_sign_or_decline_or_let_it_pass() {
    let organisation = Organisation::new().await;
    let mut made = Vec::new();
    for psu in ["316159045", "316159060", "064837123"] {
        made.push(organisation.connected(psu, json!({})).await);
        assert_eq!(organisation.status(&made[made.len() - 1]).await, "PARTIALLY_AUTHORIZED");
    }
    organisation.pass(30);
    assert_eq!(organisation.status(&made[0]).await, "ACTIVE");
    assert_eq!(organisation.status(&made[1]).await, "REJECTED");
    organisation.pass(4 * 86_400);
    let mut organisation = organisation;
    organisation.token = fresh(&organisation).await;
    assert_eq!(organisation.status(&made[2]).await, "PARTIALLY_AUTHORIZED");
    organisation.pass(86_400);
    organisation.token = fresh(&organisation).await;
    assert_eq!(organisation.status(&made[2]).await, "EXPIRED");
}

async fn fresh(organisation: &Organisation) -> String {
    organisation
        .token_for(
            "user-1",
            gesher_sandbox::OPEN_FINANCE_CLIENT_ID,
            gesher_sandbox::OPEN_FINANCE_CLIENT_SECRET,
        )
        .await
}

#[tokio::test]
async fn one_time_is_completed_and_recurring_replaces_the_one_before() {
    let organisation = Organisation::new().await;
    let once = organisation.connected("043510023", json!({"refreshData": false})).await;
    assert_eq!(organisation.status(&once).await, "COMPLETED");
    let first = organisation.connected("043510023", json!({})).await;
    let other = organisation.connected("321547416", json!({})).await;
    let card = organisation
        .connected("043510023", json!({"providerIds": ["open-finance-card-sandbox"]}))
        .await;
    let second = organisation.connected("043510023", json!({})).await;
    for (id, status) in [
        (&once, "COMPLETED"),
        (&first, "REPLACED"),
        (&other, "ACTIVE"),
        (&card, "ACTIVE"),
        (&second, "ACTIVE"),
    ] {
        assert_eq!(organisation.status(id).await, status);
    }
    let all = organisation.get("/connections?status=ACTIVE").await.json();
    assert_eq!(all["count"], 5, "counted before the filter");
    assert_eq!(all["items"].as_array().map(Vec::len), Some(3));
    let accounts = |asked: Value| asked["items"].as_array().expect("accounts").len();
    let with = accounts(organisation.get("/data/accounts?includeDuplicates=1").await.json());
    let without = accounts(organisation.get("/data/accounts").await.json());
    assert!(with > without, "{with} {without}");
}

#[tokio::test]
async fn what_is_not_through_has_no_provider_counters_and_dates() {
    let organisation = Organisation::new().await;
    let (id, url) = organisation.create(asked()).await;
    let absent = ["providerId", "accounts", "cards", "expiryDate", "startDate", "lastFetchedDataDate"];
    let open = organisation.get(&format!("/connections/{id}")).await.json();
    assert!(absent.iter().all(|name| open.get(name).is_none()), "{open}");
    organisation.approve(&url, "043510023").await;
    organisation.pass(6);
    let active = organisation.get(&format!("/connections/{id}")).await.json();
    assert!(absent.iter().all(|name| active.get(name).is_some()), "{active}");
    assert_eq!(active["expiryDate"], "2029-11-19");
    assert_eq!(active["lastFetchedDataDate"], "2026-11-20");
    let failed = organisation.connected("316159011", json!({})).await;
    let failed = organisation.get(&format!("/connections/{failed}")).await.json();
    assert_eq!(failed["error"]["type"], "PROVIDER_ERROR");
}

#[tokio::test]
async fn a_refresh_holds_a_connection_and_then_it_can_be_deleted() {
    let organisation = Organisation::new().await;
    let (id, url) = organisation.create(asked()).await;
    organisation.approve(&url, "043510023").await;
    let path = format!("/connections/{id}");
    let locked = organisation.call(Method::DELETE, &path, None).await;
    assert_eq!(locked.status, StatusCode::LOCKED, "it is being fetched");
    organisation.pass(6);
    let refresh = format!("/connections/refresh/{id}");
    assert_eq!(organisation.get(&refresh).await.status, StatusCode::NO_CONTENT);
    let (status, kind, message) = organisation.call(Method::DELETE, &path, None).await.refusal();
    assert_eq!((status, kind.as_str()), (423, "CLIENT_ERROR"));
    assert!(message.starts_with("This connection is locked"), "{message}");
    organisation.pass(5);
    assert_eq!(organisation.get("/connections/user-1/refresh").await.status, StatusCode::NO_CONTENT);
    assert_eq!(organisation.call(Method::DELETE, &path, None).await.status, StatusCode::LOCKED);
    organisation.pass(5);
    let deleted = organisation.call(Method::DELETE, &path, None).await;
    assert_eq!((deleted.status, deleted.text.as_str()), (StatusCode::NO_CONTENT, ""));
    let gone = organisation.call(Method::DELETE, &path, None).await;
    assert_eq!(gone.refusal(), (404, "CLIENT_ERROR".into(), "connection not found".into()));
    for path in [&path, &refresh] {
        assert_eq!(organisation.get(path).await.refusal().2, "No connection was found");
    }
    assert_eq!(organisation.page(&url).await.status, StatusCode::GONE);
    let nothing = organisation.get(&format!("/data/accounts?connectionId={id}")).await.json();
    assert_eq!(nothing, json!({"items": [], "nextPage": null}));
}

#[tokio::test]
async fn a_user_sees_their_own_alone_in_pages() {
    let organisation = Organisation::new().await;
    let mut made = Vec::new();
    for _ in 0..5 {
        made.push(organisation.create(asked()).await.0);
        organisation.pass(1);
    }
    let mut seen = Vec::new();
    let mut path = "/connections?limit=2&sort=1".to_owned();
    loop {
        let page = organisation.get(&path).await.json();
        seen.extend(
            page["items"]
                .as_array()
                .expect("items")
                .iter()
                .map(|one| one["id"].as_str().expect("an id").to_owned()),
        );
        match page["nextPage"].as_str() {
            Some(next) => path = format!("/connections?limit=2&sort=1&nextPage={next}"),
            None => break,
        }
    }
    assert_eq!(seen, made);
    let refused = organisation.get("/connections?userId=user-2").await.refusal();
    assert_eq!(refused.2, "userId is not allowed in query for non-admin users");
    for wrong in ["limit=0", "limit=x", "sort=2", "status=ERROR", "nextPage=x"] {
        assert_eq!(organisation.get(&format!("/connections?{wrong}")).await.refusal().0, 400, "{wrong}");
    }
    let other = organisation
        .token_for(
            "user-2",
            gesher_sandbox::OPEN_FINANCE_CLIENT_ID,
            gesher_sandbox::OPEN_FINANCE_CLIENT_SECRET,
        )
        .await;
    let theirs = organisation.call_as(&other, Method::GET, "/connections", None).await.json();
    assert_eq!(theirs["count"], 0);
    let one = organisation
        .call_as(&other, Method::GET, &format!("/connections/{}", made[0]), None)
        .await;
    assert_eq!(one.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_tester_changes_what_happens_at_the_institution() {
    let organisation = Organisation::new().await;
    let id = organisation.connected("043510023", json!({})).await;
    let address = "/open-finance/tester?psu=043510023";
    for (action, status) in [
        ("suspend", "SUSPENDED_BY_PROVIDER"),
        ("break_login", "CREDENTIALS_ERROR"),
        ("break_fetching", "FETCHING_ERROR"),
        ("expire", "EXPIRED"),
        ("mend", "ACTIVE"),
        ("revoke", "REVOKED"),
    ] {
        assert!(organisation.page(address).await.text.contains(&format!("value=\"{action}\"")));
        organisation.fill(address, &[("connection", &id), ("action", action)]).await;
        assert_eq!(organisation.status(&id).await, status);
    }
}
