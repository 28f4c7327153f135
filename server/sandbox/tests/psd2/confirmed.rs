//! The bank that wants to hear from the TPP what it gave the browser.

use crate::tpp::{OK, Town, href, offered};
use http::{Method, StatusCode};
use serde_json::json;

const ANYBODY: &str = "321547416";
const REFUSES: &str = "050299338";

#[tokio::test]
async fn an_approval_counts_once_the_tpp_has_confirmed_it() {
    let town = Town::new();
    let tpp = town.tpp("confirmed-bank");
    for (right, sca_status, status) in [(true, "finalised", "valid"), (false, "failed", "rejected")] {
        let consent = tpp.consent(offered()).await;
        let confirmation = href(&consent, "confirmation");
        let early = tpp
            .call(Method::PUT, confirmation, &[], Some(json!({"confirmationCode": "x"})))
            .await;
        assert_eq!(early.refusal(), (409, "STATUS_INVALID".into()));
        let back = town.approve(href(&consent, "scaRedirect"), ANYBODY, None).await;
        assert!(back.as_str().starts_with(OK));
        let code = back
            .query_pairs()
            .find(|(name, _)| name == "authConfirmationCode")
            .expect("a code")
            .1
            .into_owned();
        assert_eq!(tpp.get(href(&consent, "scaStatus"), &[]).await.json()["scaStatus"], "unconfirmed");
        assert_eq!(tpp.status(&consent).await, "received");
        let sent = if right { code.as_str() } else { "another" };
        let answer = tpp
            .call(Method::PUT, confirmation, &[], Some(json!({"confirmationCode": sent})))
            .await;
        assert_eq!((answer.status, &answer.json()["scaStatus"]), (StatusCode::OK, &json!(sca_status)));
        assert_eq!(tpp.status(&consent).await, status);
        let again = tpp
            .call(Method::PUT, confirmation, &[], Some(json!({"confirmationCode": code})))
            .await;
        assert_eq!(again.refusal(), (409, "STATUS_INVALID".into()));
    }
}

#[tokio::test]
async fn nobody_is_led_back_with_a_code_who_refused_and_a_late_confirmation_is_none() {
    let town = Town::new();
    let tpp = town.tpp("confirmed-bank");
    let consent = tpp.consent(offered()).await;
    let back = town.approve(href(&consent, "scaRedirect"), REFUSES, None).await;
    assert!(back.query_pairs().all(|(name, _)| name != "authConfirmationCode"));
    assert_eq!(tpp.status(&consent).await, "rejected");

    let consent = tpp.consent(offered()).await;
    let back = town.approve(href(&consent, "scaRedirect"), ANYBODY, None).await;
    let code = back
        .query_pairs()
        .find(|(name, _)| name == "authConfirmationCode")
        .expect("a code")
        .1
        .into_owned();
    town.pass(601);
    let late = tpp
        .call(
            Method::PUT,
            href(&consent, "confirmation"),
            &[],
            Some(json!({"confirmationCode": code})),
        )
        .await;
    assert_eq!(late.refusal(), (409, "STATUS_INVALID".into()));
    assert_eq!(tpp.status(&consent).await, "rejected");
}
