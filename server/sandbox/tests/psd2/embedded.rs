//! The bank that leaves its customer to the TPP: password, method, code.

use crate::tpp::{Answer, Town, Tpp, href, offered, request};
use data_encoding::BASE64;
use http::{Method, StatusCode};
use serde_json::{Value, json};

const ANYBODY: &str = "321547416";
const REFUSES: &str = "050299338";
const ONE_METHOD: &str = "316159144";
const ENCRYPTED: &str = "316159151";

async fn log_in(tpp: &Tpp<'_>, consent: &Value, psu: &str, password: &str) -> Answer {
    let start = href(consent, "startAuthorisationWithPsuAuthentication");
    let body = json!({"psuData": {"password": password}});
    tpp.call(Method::POST, start, &[("psu-id", psu)], Some(body)).await
}

async fn put(tpp: &Tpp<'_>, address: &str, body: Value) -> Answer {
    tpp.call(Method::PUT, address, &[], Some(body)).await
}

async fn choose(tpp: &Tpp<'_>, at: &Value, kind: &str) -> Value {
    let methods = at["scaMethods"].as_array().expect("methods");
    let method = methods.iter().find(|method| method["authenticationType"] == kind).expect(kind);
    let body = json!({"authenticationMethodId": method["authenticationMethodId"]});
    let answer = put(tpp, href(at, "selectAuthenticationMethod"), body).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    answer.json()
}

#[tokio::test]
async fn a_password_a_method_and_a_code_open_the_accounts() {
    let town = Town::new();
    let tpp = town.tpp("embedded-bank");
    for kind in ["SMS_OTP", "CHIP_OTP", "PHOTO_OTP"] {
        let answer = tpp
            .ask(request(offered()), &[("tpp-redirect-uri", ""), ("tpp-nok-redirect-uri", "")])
            .await;
        assert_eq!(
            (answer.status, answer.header("aspsp-sca-approach")),
            (StatusCode::CREATED, "EMBEDDED")
        );
        let consent = answer.json();
        let begun = log_in(&tpp, &consent, ANYBODY, "pass").await;
        assert_eq!(begun.status, StatusCode::CREATED, "{}", begun.text);
        let begun = begun.json();
        assert_eq!(
            (&begun["scaStatus"], tpp.status(&consent).await.as_str()),
            (&json!("psuAuthenticated"), "received")
        );
        let chosen = choose(&tpp, &begun, kind).await;
        assert_eq!(
            (&chosen["scaStatus"], &chosen["chosenScaMethod"]["authenticationType"]),
            (&json!("scaMethodSelected"), &json!(kind))
        );
        let challenge = &chosen["challengeData"];
        assert_eq!(
            (&challenge["otpMaxLength"], &challenge["otpFormat"]),
            (&json!(5), &json!("integer"))
        );
        assert_eq!(challenge["data"].is_array(), kind == "CHIP_OTP");
        let picture = challenge["image"]
            .as_str()
            .map(|image| BASE64.decode(image.as_bytes()).expect("base64"));
        assert_eq!(
            picture.map(|file| file.starts_with(b"\x89PNG")),
            (kind == "PHOTO_OTP").then_some(true)
        );
        let told = challenge["additionalInformation"].as_str().expect("a hint");
        let code = told.rsplit(' ').next().expect("a code");
        let done = put(&tpp, href(&chosen, "authoriseTransaction"), json!({"scaAuthenticationData": code})).await;
        assert_eq!((done.status, &done.json()["scaStatus"]), (StatusCode::OK, &json!("finalised")));
        assert_eq!(tpp.status(&consent).await, "valid");
        assert!(!tpp.accounts(&consent).await.is_empty());
    }
}

#[tokio::test]
async fn a_single_method_is_chosen_by_itself_and_the_customer_can_refuse() {
    let town = Town::new();
    let tpp = town.tpp("embedded-bank");
    let consent = tpp.consent(offered()).await;
    let begun = log_in(&tpp, &consent, ONE_METHOD, "pass").await.json();
    assert_eq!(begun["scaStatus"], "scaMethodSelected");
    assert!(begun.get("scaMethods").is_none() && begun["_links"].get("selectAuthenticationMethod").is_none());
    let done = put(
        &tpp,
        href(&begun, "authoriseTransaction"),
        json!({"scaAuthenticationData": "12345"}),
    )
    .await;
    assert_eq!(done.json()["scaStatus"], "finalised");

    let consent = tpp.consent(offered()).await;
    let begun = log_in(&tpp, &consent, REFUSES, "pass").await.json();
    let chosen = choose(&tpp, &begun, "SMS_OTP").await;
    let done = put(
        &tpp,
        href(&chosen, "authoriseTransaction"),
        json!({"scaAuthenticationData": "12345"}),
    )
    .await;
    assert_eq!((done.status, &done.json()["scaStatus"]), (StatusCode::OK, &json!("failed")));
    assert_eq!(tpp.status(&consent).await, "rejected");
}

#[tokio::test]
async fn wrong_passwords_lock_and_wrong_codes_end_it() {
    let town = Town::new();
    let tpp = town.tpp("embedded-bank");
    let consent = tpp.consent(offered()).await;
    for refusal in [
        (401, "PSU_CREDENTIALS_INVALID"),
        (401, "PSU_CREDENTIALS_INVALID"),
        (403, "SERVICE_BLOCKED"),
    ] {
        let answer = log_in(&tpp, &consent, "043510023", "secret").await;
        assert_eq!(answer.refusal(), (refusal.0, refusal.1.to_owned()));
    }
    assert_eq!(
        log_in(&tpp, &consent, "043510023", "pass").await.refusal(),
        (403, "SERVICE_BLOCKED".into())
    );
    assert_eq!(
        tpp.get(href(&consent, "startAuthorisationWithPsuAuthentication"), &[]).await.json()["authorisationIds"],
        json!([]),
        "a wrong password begins nothing"
    );

    let begun = log_in(&tpp, &consent, ANYBODY, "pass").await.json();
    let unknown = put(
        &tpp,
        href(&begun, "selectAuthenticationMethod"),
        json!({"authenticationMethodId": "none"}),
    )
    .await;
    assert_eq!(unknown.refusal(), (400, "SCA_METHOD_UNKNOWN".into()));
    let early = put(&tpp, href(&begun, "scaStatus"), json!({"scaAuthenticationData": "12345"})).await;
    assert_eq!(early.refusal(), (409, "STATUS_INVALID".into()));
    let chosen = choose(&tpp, &begun, "SMS_OTP").await;
    let authorise = href(&chosen, "authoriseTransaction");
    for refusal in [
        (401, "PSU_CREDENTIALS_INVALID"),
        (401, "PSU_CREDENTIALS_INVALID"),
        (401, "PSU_CREDENTIALS_INVALID"),
        (400, "SCA_INVALID"),
    ] {
        let answer = put(&tpp, authorise, json!({"scaAuthenticationData": "00000"})).await;
        assert_eq!(answer.refusal(), (refusal.0, refusal.1.to_owned()));
    }
    assert_eq!(tpp.status(&consent).await, "rejected");

    let consent = tpp.consent(offered()).await;
    let begun = log_in(&tpp, &consent, ANYBODY, "pass").await.json();
    let chosen = choose(&tpp, &begun, "SMS_OTP").await;
    town.pass(301);
    let late = put(
        &tpp,
        href(&chosen, "authoriseTransaction"),
        json!({"scaAuthenticationData": "12345"}),
    )
    .await;
    assert_eq!(late.refusal(), (400, "SCA_INVALID".into()));
}

#[tokio::test]
async fn an_authorisation_can_begin_without_a_password() {
    let town = Town::new();
    let tpp = town.tpp("embedded-bank");
    let consent = tpp.ask(request(offered()), &[("psu-id", ANYBODY)]).await.json();
    let start = href(&consent, "startAuthorisationWithPsuAuthentication");
    let begun = tpp.call(Method::POST, start, &[], Some(json!({}))).await.json();
    assert_eq!(begun["scaStatus"], "psuIdentified");
    let known = put(
        &tpp,
        href(&begun, "updatePsuAuthentication"),
        json!({"psuData": {"password": "pass"}}),
    )
    .await;
    assert_eq!(
        (known.status, &known.json()["scaStatus"]),
        (StatusCode::OK, &json!("psuAuthenticated"))
    );
    let twice = put(
        &tpp,
        href(&begun, "updatePsuAuthentication"),
        json!({"psuData": {"password": "pass"}}),
    )
    .await;
    assert_eq!(twice.refusal(), (409, "STATUS_INVALID".into()));
}

#[tokio::test]
async fn of_some_customers_the_bank_takes_no_password_in_clear() {
    let town = Town::new();
    let tpp = town.tpp("embedded-bank");
    let consent = tpp.ask(request(offered()), &[("psu-id", ENCRYPTED)]).await.json();
    let start = href(&consent, "startAuthorisationWithEncryptedPsuAuthentication");
    assert!(consent["_links"].get("startAuthorisationWithPsuAuthentication").is_none());
    let clear = tpp
        .call(Method::POST, start, &[], Some(json!({"psuData": {"password": "pass"}})))
        .await;
    assert_eq!(clear.refusal(), (400, "PARAMETER_NOT_SUPPORTED".into()));
    let begun = tpp.call(Method::POST, start, &[], Some(json!({}))).await.json();
    assert!(begun["_links"].get("updateEncryptedPsuAuthentication").is_some());
    let sealed = json!({"psuData": {"encryptedPassword": "cGFzcw=="}});
    assert_eq!(
        put(&tpp, href(&begun, "scaStatus"), sealed).await.refusal(),
        (401, "PSU_CREDENTIALS_INVALID".into())
    );
}
