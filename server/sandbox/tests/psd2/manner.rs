//! Test users with whom these banks are slow or broken, those whose account has another holder, and the list of what became of
//! consents.

use crate::tpp::{NOK, Town, href, id, offered, request};
use http::{Method, StatusCode};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const ANYBODY: &str = "321547416";
const SLOW: &str = "316159003";
const DOWN: &str = "316159037";
const COSIGNED: &str = "316159045";
const DECLINED: &str = "316159060";

async fn ledger(town: &Town, bank: &str) -> Vec<Value> {
    let answer = town.page(&format!("/psd2/{bank}/consents.json")).await;
    assert_eq!(answer.status, StatusCode::OK);
    answer.json()["consents"].as_array().expect("a list").clone()
}

#[tokio::test]
async fn a_slow_bank_holds_the_answer_and_then_gives_it() {
    let town = Town::new();
    let tpp = town.tpp("redirect-bank");
    let (slow, quick) = (tpp.given(offered(), SLOW).await, tpp.given(offered(), ANYBODY).await);
    let began = Instant::now();
    assert_eq!(tpp.status(&quick).await, "valid");
    assert!(began.elapsed() < Duration::from_secs(4));
    let waited = async |consent: &Value| {
        let began = Instant::now();
        assert_eq!(tpp.status(consent).await, "valid");
        began.elapsed()
    };
    // Nobody else waits for that one.
    let (long, short) = tokio::join!(waited(&slow), waited(&quick));
    assert!(
        long >= Duration::from_secs(12) && short < Duration::from_secs(4),
        "{long:?} {short:?}"
    );
}

#[tokio::test]
async fn a_bank_out_of_order_says_so_when_it_knows_whom_it_is_asked_for() {
    let town = Town::new();
    for bank in ["redirect-bank", "explicit-bank", "oauth-bank", "decoupled-bank"] {
        let tpp = town.tpp(bank);
        let answer = tpp.ask(request(offered()), &[("psu-id", DOWN)]).await;
        assert_eq!(
            (answer.status, answer.text.as_str()),
            (StatusCode::SERVICE_UNAVAILABLE, ""),
            "{bank}"
        );
        assert!(ledger(&town, bank).await.is_empty());
    }
    let app = town.tpp("decoupled-bank");
    let consent = app.consent(offered()).await;
    let start = href(&consent, "startAuthorisationWithPsuIdentification");
    let answer = app.call(Method::POST, start, &[("psu-id", DOWN)], None).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    // The pages know the person only when they have logged in; the interface breaks after that.
    let tpp = town.tpp("redirect-bank");
    let consent = tpp.given(offered(), DOWN).await;
    assert_eq!(tpp.get(href(&consent, "status"), &[]).await.status, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn another_account_holder_signs_or_declines_after_a_while() {
    let town = Town::new();
    let tpp = town.tpp("redirect-bank");
    for (psu, status) in [(COSIGNED, "valid"), (DECLINED, "rejected"), ("064837123", "partiallyAuthorised")] {
        let consent = tpp.given(offered(), psu).await;
        town.pass(29);
        assert_eq!(tpp.status(&consent).await, "partiallyAuthorised", "{psu}");
        assert_eq!(tpp.read(&consent, "accounts").await.refusal(), (401, "CONSENT_INVALID".into()));
        assert_eq!(tpp.get(href(&consent, "scaStatus"), &[]).await.json()["scaStatus"], "finalised");
        town.pass(1);
        assert_eq!(tpp.status(&consent).await, status, "{psu}");
        let read = tpp.read(&consent, "accounts").await.status;
        assert_eq!(read == StatusCode::OK, status == "valid", "{psu}");
        town.pass(5 * 24 * 3600);
        assert_eq!(tpp.status(&consent).await, status, "{psu}");
    }
}

#[tokio::test]
async fn what_became_of_consents_can_be_seen_without_seeing_whose_they_are() {
    let town = Town::new();
    let tpp = town.tpp("redirect-bank");
    assert!(ledger(&town, "redirect-bank").await.is_empty());
    let first = tpp.given(offered(), ANYBODY).await;
    town.pass(60);
    let second = tpp.consent(offered()).await;
    town.pass(60);
    tpp.call(Method::DELETE, href(&first, "self"), &[], None).await;
    town.pass(60);
    let seen = ledger(&town, "redirect-bank").await;
    assert_eq!(
        seen,
        [
            json!({
                "consent_id": id(&second),
                "status": "received",
                "sca_status": "received",
                "psu": null,
                "tpp": "Shop <& Co>",
                "created": "2026-11-20T12:01:00Z",
                "last_status_change": "2026-11-20T12:01:00Z",
            }),
            json!({
                "consent_id": id(&first),
                "status": "terminatedByTpp",
                "sca_status": "finalised",
                "psu": "••••••416",
                "tpp": "Shop <& Co>",
                "created": "2026-11-20T12:00:00Z",
                "last_status_change": "2026-11-20T12:02:00Z",
            }),
        ]
    );
    assert!(ledger(&town, "oauth-bank").await.is_empty(), "each bank has its own");
    let (visit, _) = town.log_in(href(&second, "scaRedirect"), ANYBODY).await;
    let (_, page) = town.fill(&visit, &[("action", "decline")]).await;
    assert_eq!(page.refresh().as_str(), NOK);
    let seen = ledger(&town, "redirect-bank").await;
    assert_eq!((&seen[0]["status"], &seen[0]["psu"]), (&json!("rejected"), &json!("••••••416")));
    assert_eq!(town.page("/psd2/no-bank/consents.json").await.status, StatusCode::NOT_FOUND);
}
