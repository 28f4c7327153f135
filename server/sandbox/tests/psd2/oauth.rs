//! The OAuth bank: metadata, the authorisation request, tokens, and what they open.

use crate::tpp::{Answer, SANDBOX, Town, Tpp, href, id, offered};
use data_encoding::BASE64URL_NOPAD;
use http::{Method, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use url::Url;

const PSU: &str = "043510023";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const BACK: &str = "https://gesher.example/callback?tenant=1";

/// A consent and the bank's metadata, found by its link.
async fn begun(town: &Town, tpp: &Tpp<'_>) -> (Value, Value) {
    let consent = tpp.consent(offered()).await;
    let metadata = town.page(href(&consent, "scaOAuth")).await;
    assert_eq!(metadata.status, StatusCode::OK);
    (consent, metadata.json())
}

fn challenge() -> String {
    BASE64URL_NOPAD.encode(&Sha256::digest(VERIFIER))
}

/// An authorisation request; `changes` replace parameters, or take them out when they are empty.
fn request(metadata: &Value, consent: &Value, changes: &[(&str, &str)]) -> String {
    let (scope, challenge) = (format!("AIS:{}", id(consent)), challenge());
    let mut parameters = vec![
        ("response_type", "code"),
        ("client_id", "PSDIL-BOI-1"),
        ("redirect_uri", BACK),
        ("scope", &scope),
        ("state", "s&1"),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ];
    parameters.retain(|(name, _)| changes.iter().all(|(other, _)| other != name));
    parameters.extend(changes.iter().filter(|(_, value)| !value.is_empty()));
    let endpoint = metadata["authorization_endpoint"].as_str().expect("an endpoint");
    Url::parse_with_params(endpoint, parameters).expect("an address").into()
}

fn parameter(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

async fn token(town: &Town, metadata: &Value, fields: &[(&str, &str)]) -> Answer {
    let endpoint = metadata["token_endpoint"].as_str().expect("an endpoint");
    town.fill(endpoint, fields).await.1
}

async fn redeem(town: &Town, metadata: &Value, code: &str, verifier: &str) -> Answer {
    let fields = [
        ("grant_type", "authorization_code"),
        ("client_id", "PSDIL-BOI-1"),
        ("redirect_uri", BACK),
        ("code", code),
        ("code_verifier", verifier),
    ];
    token(town, metadata, &fields).await
}

async fn renew(town: &Town, metadata: &Value, refresh: &Value) -> Answer {
    let refresh = refresh.as_str().expect("a refresh token");
    let fields = [
        ("grant_type", "refresh_token"),
        ("client_id", "PSDIL-BOI-1"),
        ("refresh_token", refresh),
    ];
    token(town, metadata, &fields).await
}

fn invalid_grant(answer: &Answer) {
    assert_eq!((answer.status.as_u16(), answer.json()), (400, json!({"error": "invalid_grant"})));
}

async fn read(tpp: &Tpp<'_>, consent: &Value, token: &Value) -> Answer {
    let bearer = format!("Bearer {}", token.as_str().unwrap_or_default());
    let headers = [
        ("consent-id", id(consent)),
        ("authorization", bearer.as_str()),
        ("psu-ip-address", "10.0.0.1"),
    ];
    tpp.get("/psd2/oauth-bank/v1/accounts", &headers).await
}

/// A consent given, its metadata, and the code.
async fn given(town: &Town, tpp: &Tpp<'_>) -> (Value, Value, String) {
    let (consent, metadata) = begun(town, tpp).await;
    let back = town.approve(&request(&metadata, &consent, &[]), PSU, None).await;
    let code = parameter(&back, "code").expect("a code");
    (consent, metadata, code)
}

#[tokio::test]
async fn the_metadata_are_the_issuers_own_and_stand_in_both_places() {
    let town = Town::new();
    let (_, metadata) = begun(&town, &town.tpp("oauth-bank")).await;
    assert_eq!(metadata["issuer"], format!("{SANDBOX}/psd2/oauth-bank"));
    assert_eq!(metadata["authorization_response_iss_parameter_supported"], true);
    assert_eq!(metadata["code_challenge_methods_supported"], json!(["S256"]));
    let by_rfc = town.page("/.well-known/oauth-authorization-server/psd2/oauth-bank").await;
    assert_eq!(by_rfc.json(), metadata);
    let other = town.page("/psd2/redirect-bank/.well-known/oauth-authorization-server").await;
    assert_eq!(other.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_code_with_its_verifier_becomes_a_token_that_opens_the_accounts() {
    let town = Town::new();
    let tpp = town.tpp("oauth-bank");
    let (consent, metadata) = begun(&town, &tpp).await;
    let back = town.approve(&request(&metadata, &consent, &[]), PSU, None).await;
    assert!(back.as_str().starts_with("https://gesher.example/callback?tenant=1&"), "{back}");
    assert_eq!(parameter(&back, "state").as_deref(), Some("s&1"));
    assert_eq!(parameter(&back, "iss").as_deref(), metadata["issuer"].as_str());
    assert_eq!(tpp.read(&consent, "accounts").await.refusal(), (401, "TOKEN_UNKNOWN".into()));
    let answer = redeem(&town, &metadata, &parameter(&back, "code").expect("a code"), VERIFIER).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    assert_eq!(answer.header("cache-control"), "no-store");
    let tokens = answer.json();
    assert_eq!((&tokens["token_type"], &tokens["expires_in"]), (&json!("Bearer"), &json!(3600)));
    assert_eq!(read(&tpp, &consent, &tokens["access_token"]).await.status, StatusCode::OK);
    assert_eq!(read(&tpp, &consent, &json!("other")).await.refusal(), (401, "TOKEN_UNKNOWN".into()));
    let second = tpp.consent(offered()).await;
    assert_eq!(
        read(&tpp, &second, &tokens["access_token"]).await.refusal(),
        (401, "TOKEN_INVALID".into())
    );

    town.pass(3600);
    assert_eq!(
        read(&tpp, &consent, &tokens["access_token"]).await.refusal(),
        (401, "TOKEN_EXPIRED".into())
    );
    let renewed = renew(&town, &metadata, &tokens["refresh_token"]).await.json();
    assert_eq!(read(&tpp, &consent, &renewed["access_token"]).await.status, StatusCode::OK);
    invalid_grant(&renew(&town, &metadata, &tokens["refresh_token"]).await);
    tpp.call(Method::DELETE, href(&consent, "self"), &[], None).await;
    assert_eq!(
        read(&tpp, &consent, &renewed["access_token"]).await.refusal(),
        (401, "CONSENT_INVALID".into())
    );
    invalid_grant(&renew(&town, &metadata, &renewed["refresh_token"]).await);
}

#[tokio::test]
async fn a_code_is_for_one_use_one_minute_one_client_and_one_verifier() {
    let town = Town::new();
    let tpp = town.tpp("oauth-bank");
    let (_, metadata, code) = given(&town, &tpp).await;
    invalid_grant(&redeem(&town, &metadata, "other", VERIFIER).await);
    invalid_grant(&redeem(&town, &metadata, &code, &VERIFIER.replace('d', "e")).await);
    invalid_grant(&redeem(&town, &metadata, &code, VERIFIER).await);

    let (consent, metadata, code) = given(&town, &tpp).await;
    let tokens = redeem(&town, &metadata, &code, VERIFIER).await.json();
    assert_eq!(read(&tpp, &consent, &tokens["access_token"]).await.status, StatusCode::OK);
    invalid_grant(&redeem(&town, &metadata, &code, VERIFIER).await);
    assert_eq!(
        read(&tpp, &consent, &tokens["access_token"]).await.refusal(),
        (401, "TOKEN_INVALID".into())
    );
    invalid_grant(&renew(&town, &metadata, &tokens["refresh_token"]).await);

    let (_, metadata, code) = given(&town, &tpp).await;
    town.pass(61);
    invalid_grant(&redeem(&town, &metadata, &code, VERIFIER).await);
    for (fields, error) in [
        (vec![("grant_type", "password"), ("client_id", "c")], "unsupported_grant_type"),
        (vec![("grant_type", "authorization_code"), ("client_id", "c")], "invalid_request"),
        (vec![("grant_type", "refresh_token"), ("client_id", "c")], "invalid_request"),
        (vec![("grant_type", "refresh_token")], "invalid_request"),
        (vec![("client_id", "c")], "invalid_request"),
    ] {
        let answer = token(&town, &metadata, &fields).await;
        assert_eq!((answer.status.as_u16(), answer.json()), (400, json!({ "error": error })));
    }
    for change in [("client_id", "other"), ("redirect_uri", "https://gesher.example/callback")] {
        let (_, metadata, code) = given(&town, &tpp).await;
        let mut fields = vec![
            ("grant_type", "authorization_code"),
            ("client_id", "PSDIL-BOI-1"),
            ("redirect_uri", BACK),
            ("code", code.as_str()),
            ("code_verifier", VERIFIER),
        ];
        fields.retain(|(name, _)| *name != change.0);
        fields.push(change);
        invalid_grant(&token(&town, &metadata, &fields).await);
    }
}

#[tokio::test]
async fn each_bank_is_its_own_issuer() {
    let town = Town::new();
    let (one, two) = (town.tpp("oauth-bank"), town.tpp("oauth-two-step-bank"));
    let (first, metadata, code) = given(&town, &one).await;

    // The second bank waits for the TPP to begin, and only then names its issuer.
    let second = two.consent(offered()).await;
    assert_eq!(second["_links"].get("scaOAuth"), None);
    let begun = two
        .call(Method::POST, href(&second, "startAuthorisation"), &[], Some(json!({})))
        .await;
    assert_eq!(
        (begun.status, begun.header("aspsp-sca-approach")),
        (StatusCode::CREATED, "REDIRECT")
    );
    let begun = begun.json();
    let other = town.page(href(&begun, "scaOAuth")).await.json();
    assert_eq!(other["issuer"], format!("{SANDBOX}/psd2/oauth-two-step-bank"));
    for endpoint in ["issuer", "authorization_endpoint", "token_endpoint"] {
        assert_ne!(metadata[endpoint], other[endpoint]);
    }
    let back = town.approve(&request(&other, &second, &[]), PSU, None).await;
    assert_eq!(parameter(&back, "iss").as_deref(), other["issuer"].as_str());
    let other_code = parameter(&back, "code").expect("a code");

    // A consent is no scope, and a code no grant, at the bank that did not give it.
    let astray = town.page(&request(&other, &first, &[])).await;
    let astray = Url::parse(astray.header("location")).expect("an address");
    assert_eq!(parameter(&astray, "error").as_deref(), Some("invalid_scope"));
    invalid_grant(&redeem(&town, &other, &code, VERIFIER).await);
    invalid_grant(&redeem(&town, &metadata, &other_code, VERIFIER).await);
    // A bank knows its own codes alone, so that did not use them up.
    let tokens = redeem(&town, &metadata, &code, VERIFIER).await.json();
    let other_tokens = redeem(&town, &other, &other_code, VERIFIER).await.json();
    assert_eq!(read(&one, &first, &tokens["access_token"]).await.status, StatusCode::OK);
    invalid_grant(&renew(&town, &other, &tokens["refresh_token"]).await);
    let renewed = renew(&town, &metadata, &tokens["refresh_token"]).await.json();
    assert_eq!(read(&one, &first, &renewed["access_token"]).await.status, StatusCode::OK);
    assert_eq!(
        read(&one, &first, &other_tokens["access_token"]).await.refusal(),
        (401, "TOKEN_INVALID".into())
    );
}

#[tokio::test]
async fn without_a_begun_authorisation_there_is_nothing_to_authorise() {
    let town = Town::new();
    let tpp = town.tpp("oauth-two-step-bank");
    let consent = tpp.consent(offered()).await;
    let metadata = town
        .page("/psd2/oauth-two-step-bank/.well-known/oauth-authorization-server")
        .await
        .json();
    let answer = town.page(&request(&metadata, &consent, &[])).await;
    let back = Url::parse(answer.header("location")).expect("an address");
    assert_eq!(parameter(&back, "error").as_deref(), Some("invalid_scope"));
}

#[tokio::test]
async fn a_code_is_shown_to_the_browser_that_earned_it_alone() {
    let town = Town::new();
    let tpp = town.tpp("oauth-bank");
    let (consent, metadata) = begun(&town, &tpp).await;
    let link = request(&metadata, &consent, &[]);
    let back = town.approve(&link, PSU, None).await;
    let again = town.page(&link).await;
    assert_eq!(again.status, StatusCode::SEE_OTHER);
    assert_eq!(
        town.page(again.header("location")).await.refresh(),
        back,
        "a reload shows the same way back"
    );
    town.swap_browser(String::new());
    for address in [link.as_str(), again.header("location")] {
        let seen = town.page(address).await;
        assert!(matches!(seen.status, StatusCode::GONE | StatusCode::NOT_FOUND), "{}", seen.status);
        assert!(
            !seen.text.contains("code=") && !seen.text.contains("gesher.example/callback?tenant=1&amp;code"),
            "{}",
            seen.text
        );
    }
}

#[tokio::test]
async fn a_bad_request_is_told_to_the_client_or_to_the_person() {
    let town = Town::new();
    let tpp = town.tpp("oauth-bank");
    let (consent, metadata) = begun(&town, &tpp).await;
    for (change, error) in [
        (("response_type", "token"), "unsupported_response_type"),
        (("response_type", ""), "invalid_request"),
        (("code_challenge", ""), "invalid_request"),
        (("code_challenge", "short"), "invalid_request"),
        (("code_challenge_method", "plain"), "invalid_request"),
        (("code_challenge_method", ""), "invalid_request"),
        (("scope", "AIS:none"), "invalid_scope"),
        (("scope", "openid"), "invalid_scope"),
    ] {
        let answer = town.page(&request(&metadata, &consent, &[change])).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{change:?}");
        let back = Url::parse(answer.header("location")).expect("an address");
        assert_eq!(parameter(&back, "error").as_deref(), Some(error), "{change:?}");
        assert_eq!(parameter(&back, "state").as_deref(), Some("s&1"));
        assert_eq!(parameter(&back, "iss").as_deref(), metadata["issuer"].as_str());
    }
    for change in [
        ("client_id", ""),
        ("redirect_uri", ""),
        ("redirect_uri", "javascript:alert(1)"),
        ("redirect_uri", "/here"),
    ] {
        let answer = town.page(&request(&metadata, &consent, &[change])).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{change:?}");
        assert!(!answer.headers.contains_key("location"));
    }
}

#[tokio::test]
async fn who_leaves_or_declines_brings_an_error_back() {
    let town = Town::new();
    let tpp = town.tpp("oauth-bank");
    let (consent, metadata) = begun(&town, &tpp).await;
    let (_, page) = town.fill(&request(&metadata, &consent, &[]), &[("action", "cancel")]).await;
    let back = page.refresh();
    assert_eq!(parameter(&back, "error").as_deref(), Some("access_denied"));
    assert_eq!(parameter(&back, "state").as_deref(), Some("s&1"));
    assert_eq!(parameter(&back, "iss").as_deref(), metadata["issuer"].as_str());
    assert_eq!(parameter(&back, "code"), None);
    assert_eq!(tpp.status(&consent).await, "received", "nobody has decided");
    let (consent, metadata) = begun(&town, &tpp).await;
    let back = town
        .approve(&request(&metadata, &consent, &[("state", "")]), "050299338", None)
        .await;
    assert_eq!(parameter(&back, "error").as_deref(), Some("access_denied"));
    assert_eq!(parameter(&back, "state"), None);
    assert_eq!(tpp.status(&consent).await, "rejected");
}
