//! The bank that wants every call signed.

use crate::seals::{ID, Seal, send};
use crate::tpp::{NOK, NOON, OK, Town, href, offered, request};
use gesher_sandbox::{Authority, Purpose};
use http::{Method, StatusCode};
use serde_json::json;

const ANYBODY: &str = "321547416";
const CONSENTS: &str = "/psd2/sealed-bank/v1/consents";
const CONTEXT: [(&str, &str); 3] = [
    ("psu-ip-address", "192.168.8.78"),
    ("tpp-redirect-uri", OK),
    ("tpp-nok-redirect-uri", NOK),
];

#[tokio::test]
async fn with_a_seal_on_each_call_it_is_a_bank_like_others() {
    let town = Town::new();
    let seal = Seal::new(&town.authority, Purpose::Seal, NOON);
    let answer = seal.call(&town, Method::POST, CONSENTS, &CONTEXT, Some(request(offered()))).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    let consent = answer.json();
    let start = href(&consent, "startAuthorisation");
    let begun = seal.call(&town, Method::POST, start, &CONTEXT, Some(json!({}))).await.json();
    town.approve(href(&begun, "scaRedirect"), ANYBODY, None).await;
    let id = consent["consentId"].as_str().expect("an id");
    let accounts = "/psd2/sealed-bank/v1/accounts";
    let read = seal.call(&town, Method::GET, accounts, &[("consent-id", id)], None).await;
    assert_eq!(read.status, StatusCode::OK, "{}", read.text);
    let bare = town.tpp("sealed-bank").get(accounts, &[("consent-id", id)]).await;
    assert_eq!(bare.refusal(), (401, "SIGNATURE_MISSING".into()));
    let ended = seal.call(&town, Method::DELETE, href(&consent, "self"), &[], None).await;
    assert_eq!(ended.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn what_is_not_as_it_was_signed_is_refused() {
    let town = Town::new();
    let seal = Seal::new(&town.authority, Purpose::Seal, NOON);
    let body = request(offered()).to_string();
    let headers: Vec<(&str, &str)> = [("x-request-id", ID)].into_iter().chain(CONTEXT).collect();
    let good = seal.headers(&headers, &body);
    let invalid = (401, "SIGNATURE_INVALID".to_owned());
    let changed = |name: &str, value: &str| {
        let mut headers = good.clone();
        headers
            .iter_mut()
            .filter(|(known, _)| known == name)
            .for_each(|(_, old)| *old = value.to_owned());
        headers
    };
    let sent =
        async |headers: &[(String, String)], body: &str| send(&town, Method::POST, CONSENTS, headers, body.to_owned()).await.refusal();
    assert_eq!(
        send(&town, Method::POST, CONSENTS, &good, body.clone()).await.status,
        StatusCode::CREATED
    );
    assert_eq!(sent(&good, &body.replace("2027", "2028")).await, invalid, "another body");
    assert_eq!(sent(&changed("psu-ip-address", "10.0.0.1"), &body).await, invalid, "another header");
    assert_eq!(sent(&changed("digest", "SHA-256=AA=="), &body).await, invalid, "another digest");
    let without = |name: &str| good.iter().filter(|(known, _)| known != name).cloned().collect::<Vec<_>>();
    assert_eq!(sent(&without("signature"), &body).await, (401, "SIGNATURE_MISSING".into()));
    assert_eq!(
        sent(&without("tpp-signature-certificate"), &body).await,
        (401, "CERTIFICATE_MISSING".into())
    );
    assert_eq!(sent(&without("digest"), &body).await, invalid);
    let mut added = good.clone();
    added.push(("psu-id".into(), ANYBODY.into()));
    assert_eq!(sent(&added, &body).await, invalid, "who the customer is has to be signed");
    let mut renamed = Seal::new(&town.authority, Purpose::Seal, NOON);
    for key_id in ["SN=1,CA=CN=Gesher%20Sandbox%20Test%20CA,O=Gesher%20Sandbox,C=IL", "tpp-1", ""] {
        renamed.key_id = key_id.into();
        assert_eq!(sent(&renamed.headers(&headers, &body), &body).await, invalid, "{key_id}");
    }
}

#[tokio::test]
async fn only_the_test_authoritys_seals_count_and_only_in_their_time() {
    let town = Town::new();
    let ask = async |seal: &Seal| {
        let answer = seal.call(&town, Method::POST, CONSENTS, &CONTEXT, Some(request(offered()))).await;
        answer.refusal()
    };
    let invalid = (401, "CERTIFICATE_INVALID".to_owned());
    // It has the same name.
    let other = Authority::new(NOON).expect("an authority");
    assert_eq!(ask(&Seal::new(&other, Purpose::Seal, NOON)).await, invalid);
    assert_eq!(
        ask(&Seal::new(&town.authority, Purpose::Website, NOON)).await,
        invalid,
        "a QWAC is no seal"
    );
    let year = 366 * 24 * 3600 * 1_000_000;
    let expired = (401, "CERTIFICATE_EXPIRED".to_owned());
    assert_eq!(ask(&Seal::new(&town.authority, Purpose::Seal, NOON - 11 * year)).await, expired);
    assert_eq!(ask(&Seal::new(&town.authority, Purpose::Seal, NOON + year)).await, expired);
    let mut broken = Seal::new(&town.authority, Purpose::Seal, NOON);
    broken.certificate = "AAAA".into();
    assert_eq!(ask(&broken).await, invalid);
}
