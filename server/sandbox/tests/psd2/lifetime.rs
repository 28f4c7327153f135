//! How often and for how long a consent can be used.

use crate::tpp::{Town, href, id, offered, request};
use http::{Method, StatusCode};
use serde_json::json;

const PSU: &str = "043510023";

#[tokio::test]
async fn a_consent_for_one_access_is_used_up() {
    let town = Town::new();
    let tpp = town.tpp("redirect-bank");
    let mut once = request(offered());
    (once["recurringIndicator"], once["frequencyPerDay"]) = (json!(false), json!(1));
    let once = tpp.ask(once, &[]).await.json();
    let (_, page) = town.log_in(href(&once, "scaRedirect"), PSU).await;
    assert!(page.text.contains("for one time"), "{}", page.text);
    town.approve(href(&once, "scaRedirect"), PSU, None).await;
    for path in ["accounts", "card-accounts"] {
        assert_eq!(tpp.read(&once, path).await.status, StatusCode::OK, "{path}");
        assert_eq!(tpp.read(&once, path).await.refusal(), (429, "ACCESS_EXCEEDED".into()), "{path}");
    }
    town.pass(1201);
    assert_eq!(tpp.read(&once, "accounts").await.refusal(), (401, "CONSENT_EXPIRED".into()));
    assert_eq!(tpp.status(&once).await, "expired");
}

#[tokio::test]
async fn accesses_without_the_customer_are_counted_by_day_and_resource() {
    let town = Town::new();
    let tpp = town.tpp("redirect-bank");
    let consent = tpp.given(offered(), PSU).await;
    for _ in 0..4 {
        assert_eq!(tpp.read(&consent, "accounts").await.status, StatusCode::OK);
    }
    assert_eq!(tpp.read(&consent, "accounts").await.refusal(), (429, "ACCESS_EXCEEDED".into()));
    let account = &tpp.accounts(&consent).await[0];
    assert_eq!(tpp.read(&consent, "card-accounts").await.status, StatusCode::OK, "another resource");
    let first = format!("{}?bookingStatus=booked&dateFrom=2025-12-01", href(account, "transactions"));
    let mut next = first.clone();
    for _ in 0..3 {
        let page = tpp.get(&next, &[("consent-id", id(&consent))]).await.json();
        next = href(&page["transactions"], "next").to_owned();
    }
    for _ in 0..3 {
        assert_eq!(
            tpp.get(&first, &[("consent-id", id(&consent))]).await.status,
            StatusCode::OK,
            "pages do not count"
        );
    }
    assert_eq!(
        tpp.get(&first, &[("consent-id", id(&consent))]).await.refusal(),
        (429, "ACCESS_EXCEEDED".into())
    );
    town.pass(24 * 3600);
    assert_eq!(tpp.read(&consent, "accounts").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_consent_ends_by_date_by_the_tpp_by_its_owner_or_after_its_one_use() {
    let town = Town::new();
    let tpp = town.tpp("redirect-bank");
    let terminated = tpp.given(offered(), PSU).await;
    for _ in 0..2 {
        let answer = tpp.call(Method::DELETE, href(&terminated, "self"), &[], None).await;
        assert_eq!((answer.status, answer.text.as_str()), (StatusCode::NO_CONTENT, ""));
    }
    assert_eq!(tpp.status(&terminated).await, "terminatedByTpp");
    assert_eq!(tpp.read(&terminated, "accounts").await.refusal(), (401, "CONSENT_INVALID".into()));

    let revoked = tpp.given(offered(), PSU).await;
    let app = format!("/psd2/redirect-bank/app?psu={PSU}");
    let (_, page) = town.fill(&app, &[("consent", id(&revoked)), ("action", "revoke")]).await;
    assert!(page.text.contains("no live consents"), "{}", page.text);
    assert_eq!(tpp.status(&revoked).await, "revokedByPsu");

    let mut once = request(offered());
    (once["recurringIndicator"], once["frequencyPerDay"]) = (json!(false), json!(1));
    let once = tpp.ask(once, &[]).await.json();
    town.approve(href(&once, "scaRedirect"), PSU, None).await;
    town.pass(1200);
    assert_eq!(tpp.status(&once).await, "valid");
    town.pass(1);
    assert_eq!(tpp.read(&once, "accounts").await.refusal(), (401, "CONSENT_EXPIRED".into()));

    let mut long = request(offered());
    long["validUntil"] = json!("9999-12-31");
    let long = tpp.ask(long, &[]).await.json();
    town.approve(href(&long, "scaRedirect"), PSU, None).await;
    assert_eq!(tpp.get(href(&long, "self"), &[]).await.json()["validUntil"], "2027-05-19");
    town.pass(180 * 24 * 3600);
    assert_eq!(tpp.status(&long).await, "valid");
    town.pass(24 * 3600);
    assert_eq!(tpp.status(&long).await, "expired");
}
