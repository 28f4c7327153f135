//! API keys, and the signature of a live client's requests.

use crate::client::{SANDBOX, Town};
use data_encoding::BASE64;
use gesher_sandbox::{SALT_EDGE_API_KEY, SALT_EDGE_LIVE_API_KEY};
use http::Method;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use serde_json::json;

const PUBLIC: &str = include_str!("client-key.pub.pem");
const PRIVATE: &str = include_str!("client-key.pem");

fn sign(text: &str) -> String {
    let body: String = PRIVATE.lines().filter(|line| !line.starts_with('-')).collect();
    let key = RsaKeyPair::from_pkcs8(&BASE64.decode(body.as_bytes()).expect("base64")).expect("a key");
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature)
        .expect("a signature");
    BASE64.encode(&signature)
}

/// A live client's call with these headers over the right ones; an empty one is left out.
async fn call(town: &Town, signed: &str, headers: &[(&str, &str)], body: &str) -> (u16, String) {
    let expires = (town.second() + 60).to_string();
    let signature = sign(&format!("{expires}|{signed}"));
    let mut all = vec![
        ("App-id", SALT_EDGE_LIVE_API_KEY.app_id),
        ("Secret", SALT_EDGE_LIVE_API_KEY.secret),
        ("Expires-at", &expires),
        ("Signature", &signature),
    ];
    all.retain(|(name, _)| headers.iter().all(|(other, _)| other != name));
    all.extend(headers.iter().filter(|(_, value)| !value.is_empty()));
    let answer = town.send(Method::POST, "/salt-edge/api/v6/customers", &all, body.to_owned()).await;
    answer.refusal()
}

async fn give_key(town: &Town) {
    let body = Some(json!({ "public_key": PUBLIC }));
    let answer = town
        .call_with(&SALT_EDGE_LIVE_API_KEY, Method::PUT, "/dashboard/settings", body)
        .await;
    assert_eq!(answer.json()["has_public_key"], true);
}

#[tokio::test]
async fn a_call_without_the_right_api_key_is_refused_whatever_it_asks_for() {
    let town = Town::new();
    let (app, secret) = (SALT_EDGE_API_KEY.app_id, SALT_EDGE_API_KEY.secret);
    for (headers, class) in [
        (vec![], "AppIdNotProvided"),
        (vec![("App-id", app)], "SecretNotProvided"),
        (vec![("App-id", app), ("Secret", "guessed")], "ApiKeyNotFound"),
        (vec![("App-id", "guessed"), ("Secret", secret)], "ApiKeyNotFound"),
    ] {
        for path in ["/customers", "/nowhere"] {
            let address = format!("/salt-edge/api/v6{path}");
            let answer = town.send(Method::GET, &address, &headers, String::new()).await;
            assert_eq!(answer.refusal(), (400, class.into()));
        }
    }
    let answer = town.get("/nowhere").await;
    assert_eq!(answer.refusal(), (404, "RouteNotFound".into()));
    let error = &answer.json()["error"];
    assert_eq!(error["documentation_url"], "https://docs.saltedge.com/v6/#errors-route_not_found");
    assert!(error["request_id"].is_string() && error["message"].is_string());
}

#[tokio::test]
async fn a_live_client_signs_time_method_address_and_body() {
    let town = Town::new();
    let body = r#"{"data":{"identifier":"somebody"}}"#;
    let signed = format!("POST|{SANDBOX}/salt-edge/api/v6/customers|{body}");
    assert_eq!(call(&town, &signed, &[], body).await, (400, "PublicKeyNotProvided".into()));
    give_key(&town).await;

    let now = town.second();
    let (late, far) = ((now - 1).to_string(), (now + 3601).to_string());
    for (header, class) in [
        (("Expires-at", ""), "MissingExpiresAt"),
        (("Signature", ""), "MissingSignature"),
        (("Expires-at", "soon"), "ExpiresAtInvalid"),
        (("Expires-at", far.as_str()), "ExpiresAtInvalid"),
        (("Expires-at", late.as_str()), "RequestExpired"),
        (("Signature", "AAAA"), "SignatureNotMatch"),
    ] {
        assert_eq!(call(&town, &signed, &[header], body).await, (400, class.into()), "{header:?}");
    }
    for other in [
        signed.replace("POST", "GET"),
        signed.replace("customers", "connections"),
        signed.replace("somebody", "anybody"),
        signed.replace("bank.localhost", "other.localhost"),
    ] {
        assert_eq!(call(&town, &other, &[], body).await, (400, "SignatureNotMatch".into()), "{other}");
    }
    assert_eq!(call(&town, &signed, &[], body).await, (200, String::new()));
}

#[tokio::test]
async fn clients_do_not_see_each_others_customers() {
    let town = Town::new();
    give_key(&town).await;
    let body = r#"{"data":{"identifier":"somebody"}}"#;
    let signed = format!("POST|{SANDBOX}/salt-edge/api/v6/customers|{body}");
    assert_eq!(call(&town, &signed, &[], body).await, (200, String::new()));
    assert_eq!(town.get("/customers").await.data(), json!([]));
}
