//! The bank whose customers approve in its app.

use crate::tpp::{Answer, Town, Tpp, href, id, offered, request};
use http::{Method, StatusCode};
use serde_json::Value;

const BY_HAND: &str = "043510023";

async fn start(tpp: &Tpp<'_>, consent: &Value, psu: &str) -> Answer {
    let address = href(consent, "startAuthorisationWithPsuIdentification");
    tpp.call(Method::POST, address, &[("psu-id", psu)], None).await
}

async fn sca(tpp: &Tpp<'_>, begun: &Value) -> String {
    let answer = tpp.get(href(begun, "scaStatus"), &[]).await.json();
    answer["scaStatus"].as_str().expect("a status").to_owned()
}

#[tokio::test]
async fn a_tester_answers_in_the_app() {
    let town = Town::new();
    let tpp = town.tpp("decoupled-bank");
    for (action, chosen, sca_status, status) in [("approve", 1, "finalised", "valid"), ("decline", 0, "failed", "rejected")] {
        let answer = tpp
            .ask(request(offered()), &[("tpp-redirect-uri", ""), ("tpp-nok-redirect-uri", "")])
            .await;
        assert_eq!(answer.header("aspsp-sca-approach"), "DECOUPLED");
        let consent = answer.json();
        let begun = start(&tpp, &consent, BY_HAND).await;
        assert_eq!(begun.status, StatusCode::CREATED);
        let begun = begun.json();
        assert_eq!(begun["scaStatus"], "started");
        assert!(begun["psuMessage"].as_str().is_some_and(|text| text.contains("phone")));
        town.pass(200);
        assert_eq!(sca(&tpp, &begun).await, "started", "this person waits for a tester");
        let app = format!("/psd2/decoupled-bank/app?psu={BY_HAND}");
        let page = town.page(&app).await;
        let field = |name: &str| {
            let after = page.text.split(&format!("name=\"{name}\" value=\"")).nth(1);
            after.and_then(|rest| rest.split('"').next()).expect("a field").to_owned()
        };
        let (asked, at, account) = (field("consent"), field("authorisation"), field("account"));
        assert_eq!(
            (asked.as_str(), at.as_str()),
            (id(&consent), begun["authorisationId"].as_str().expect("an id"))
        );
        let fields = [
            ("consent", asked.as_str()),
            ("authorisation", &at),
            ("account", &account),
            ("action", action),
        ];
        town.fill("/psd2/decoupled-bank/app?psu=321547416", &fields).await;
        assert_eq!(sca(&tpp, &begun).await, "started", "another person's app");
        town.fill(&app, &fields).await;
        assert_eq!(
            (sca(&tpp, &begun).await.as_str(), tpp.status(&consent).await.as_str()),
            (sca_status, status)
        );
        if status == "valid" {
            assert_eq!(tpp.accounts(&consent).await.len(), chosen);
        }
    }
}

#[tokio::test]
async fn test_users_answer_by_themselves_after_some_seconds() {
    let town = Town::new();
    let tpp = town.tpp("decoupled-bank");
    for (psu, sca_status, status) in [
        ("321547416", "finalised", "valid"),
        ("1772268", "finalised", "valid"),
        ("064837123", "finalised", "partiallyAuthorised"),
        ("050299338", "failed", "rejected"),
    ] {
        let consent = tpp.consent(offered()).await;
        let begun = start(&tpp, &consent, psu).await.json();
        town.pass(5);
        assert_eq!(sca(&tpp, &begun).await, "started");
        town.pass(1);
        assert_eq!(
            (sca(&tpp, &begun).await.as_str(), tpp.status(&consent).await.as_str()),
            (sca_status, status),
            "{psu}"
        );
    }
}

#[tokio::test]
async fn nobody_answers_in_time_and_nobody_else_can() {
    let town = Town::new();
    let tpp = town.tpp("decoupled-bank");
    let consent = tpp.consent(offered()).await;
    assert_eq!(
        start(&tpp, &consent, "123456789").await.refusal(),
        (401, "PSU_CREDENTIALS_INVALID".into())
    );
    let nameless = tpp
        .call(Method::POST, href(&consent, "startAuthorisationWithPsuIdentification"), &[], None)
        .await;
    let nameless = nameless.json();
    assert_eq!(nameless["scaStatus"], "received");
    let identify = href(&nameless, "updatePsuIdentification");
    assert_eq!(
        tpp.call(Method::PUT, identify, &[], None).await.refusal(),
        (400, "FORMAT_ERROR".into())
    );
    let named = tpp.call(Method::PUT, identify, &[("psu-id", BY_HAND)], None).await;
    assert_eq!((named.status, &named.json()["scaStatus"]), (StatusCode::OK, &"started".into()));
    assert_eq!(
        tpp.call(Method::PUT, identify, &[("psu-id", BY_HAND)], None).await.refusal(),
        (409, "STATUS_INVALID".into())
    );
    town.pass(301);
    assert_eq!(
        (sca(&tpp, &nameless).await.as_str(), tpp.status(&consent).await.as_str()),
        ("failed", "rejected")
    );
    assert_eq!(start(&tpp, &consent, BY_HAND).await.refusal(), (409, "STATUS_INVALID".into()));

    let consent = tpp.ask(request(offered()), &[("psu-id", BY_HAND)]).await.json();
    assert_eq!(
        start(&tpp, &consent, "321547416").await.refusal(),
        (401, "PSU_CREDENTIALS_INVALID".into())
    );
    let page = town.page("/psd2/redirect-bank/authorise/none/none").await;
    assert_eq!(page.status, StatusCode::GONE);
    let door = format!("/psd2/decoupled-bank/authorise/{}/none", id(&consent));
    assert_eq!(town.page(&door).await.status, StatusCode::NOT_FOUND);
}
