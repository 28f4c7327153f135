//! ConnectFi's envelopes, tokens, payments and errors (docs.paygears.com). [V] is the vendor's text, [I] ours where it says nothing.

use crate::world::{Answer, REDIRECT, World, add_tenant};
use axum::http::StatusCode;
use data_encoding::BASE64URL_NOPAD;
use gesher_contract::TenantTag;
use ring::hmac;
use serde_json::{Value, json};
use std::time::Duration;

pub const LINK: &str = "/public/customer/payment/link";
pub const DETAILS: &str = "/public/customer/payment/details";
pub const LINK_TOKEN: &str = "/public/customer/plaid/create_link_token";
pub const EXCHANGE: &str = "/public/customer/plaid/exchange-public-token";
pub const BALANCE: &str = "/public/customer/plaid/get-accounts-balance";
pub const CREATE: &str = "/public/merchant/payment/create";

/// A connection that was made natively in ConnectFi's dialect.
pub async fn invited(world: &World, more: Value) -> Value {
    let mut body = json!({ "dialect": "connectfi" });
    for (name, value) in more.as_object().expect("an object") {
        body[name] = value.clone();
    }
    world.invite(body).await
}

/// The last segment of a connection's hosted address.
pub fn link_of(invited: &Value) -> String {
    let url = invited["hosted_url"].as_str().expect("an address");
    url.rsplit('/').next().expect("a segment").to_owned()
}

/// A call with this token in the vendor's header.
pub async fn call(world: &World, path: &str, token: Option<&str>, body: Option<Value>) -> Answer {
    let body = body.map(|body| body.to_string());
    let more: Vec<(&str, &str)> = token.map(|token| ("x-connectfi-jwtoken", token)).into_iter().collect();
    world.call("POST", path, "", &more, body.as_deref()).await
}

/// The customer's token of this link.
pub async fn customer(world: &World, link: &str) -> String {
    let answer = call(world, LINK, None, Some(json!({ "link": link }))).await;
    success(&answer, &["expiresIn", "token"]);
    answer.body["data"]["token"].as_str().expect("a token").to_owned()
}

fn keys(value: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> = value.as_object().expect("an object").keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

fn request_id(answer: &Answer) {
    let id = answer.body["requestId"].as_str().expect("a requestId");
    assert!(id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
}

/// [V]: `{code: "0", data, requestId}` with status 200.
pub fn success(answer: &Answer, data: &[&str]) {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!(keys(&answer.body), ["code", "data", "requestId"]);
    assert_eq!(answer.body["code"], "0");
    assert_eq!(keys(&answer.body["data"]), data);
    request_id(answer);
}

/// [V]: `{requestId, code, context, message}`.
pub fn failure(answer: &Answer, status: StatusCode, code: &str) {
    assert_eq!(
        (answer.status, answer.body["code"].as_str()),
        (status, Some(code)),
        "{}",
        answer.body
    );
    assert_eq!(keys(&answer.body), ["code", "context", "message", "requestId"]);
    assert!(answer.body["message"].as_str().is_some_and(|text| !text.is_empty()));
    assert!(answer.body["context"].is_object() || answer.body["context"].is_array());
    request_id(answer);
}

const BAD: StatusCode = StatusCode::BAD_REQUEST;

fn part(token: &str, place: usize) -> Value {
    let part = token.split('.').nth(place).expect("a part");
    serde_json::from_slice(&BASE64URL_NOPAD.decode(part.as_bytes()).expect("base64")).expect("JSON")
}

fn encoded(value: &Value) -> String {
    BASE64URL_NOPAD.encode(value.to_string().as_bytes())
}

#[tokio::test]
async fn a_link_gives_a_token_of_the_vendors_shape_that_lives_an_hour() {
    let world = World::new().await;
    let invited = invited(&world, json!({})).await;
    let answer = call(&world, LINK, None, Some(json!({ "link": link_of(&invited), "more": 1 }))).await;
    success(&answer, &["expiresIn", "token"]);
    assert_eq!(answer.body["data"]["expiresIn"], 3600, "[V]");
    let token = answer.body["data"]["token"].as_str().expect("a token");
    assert_eq!(part(token, 0)["alg"], "HS256");
    let claims = part(token, 1);
    // [V], as the vendor's sample is decoded.
    assert_eq!(keys(&claims), ["cFiSessionId", "cFiTransactionId", "exp", "iat"]);
    let now = world.core.clock.now().0 / 1_000_000;
    assert_eq!((claims["iat"].as_i64(), claims["exp"].as_i64()), (Some(now), Some(now + 3600)));
    // [V]: ^[0-9a-zA-Z_]+$, 1 to 36.
    let transaction = claims["cFiTransactionId"].as_str().expect("an id");
    assert!(transaction.len() <= 36 && transaction.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'));
    assert_eq!(invited["id"], format!("conn_{transaction}"));
    // It says nothing of who the person is, and opens nothing else.
    assert_eq!(
        world.call("GET", "/v1/connections", token, &[], None).await.status,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn details_have_the_documented_keys() {
    let world = World::new().await;
    let token = customer(&world, &link_of(&invited(&world, json!({})).await)).await;
    let answer = call(&world, DETAILS, Some(&token), None).await;
    success(&answer, &["payment"]);
    // [V]
    assert_eq!(
        keys(&answer.body["data"]["payment"]),
        [
            "amount",
            "cFiAggregatorId",
            "cFiMerchantId",
            "cFiTransactionId",
            "currency",
            "dtsExpiredAt",
            "invoiceNumber",
            "payerName"
        ]
    );
    assert_eq!(
        answer.body["data"]["payment"]["cFiTransactionId"],
        part(&token, 1)["cFiTransactionId"]
    );
}

#[tokio::test]
async fn a_body_that_is_not_valid_is_refused_as_ajv_does() {
    let world = World::new().await;
    let required = json!([{
        "instancePath": "", "schemaPath": "#/required", "keyword": "required", "params": { "missingProperty": "link" },
        "message": "must have required property 'link'",
    }]);
    let kind = |path: &str, schema: &str, kind: &str| {
        json!([{
            "instancePath": path, "schemaPath": schema, "keyword": "type", "params": { "type": kind }, "message": format!("must be {kind}"),
        }])
    };
    for (body, context) in [
        (json!({}), required.clone()),
        (json!({ "link": null }), required.clone()),
        (json!({ "link": "" }), required),
        (json!({ "link": 5 }), kind("/link", "#/properties/link/type", "string")),
        (json!([]), kind("", "#/type", "object")),
    ] {
        let answer = call(&world, LINK, None, Some(body)).await;
        failure(&answer, BAD, "requestValidateError");
        assert_eq!(answer.body["context"], context);
    }
    for (kind, body) in [("application/json", "{"), ("text/plain", "{\"link\":\"x\"}")] {
        let answer = world.call("POST", LINK, "", &[("content-type", kind)], Some(body)).await;
        failure(&answer, BAD, "requestValidateError");
    }
    let token = customer(&world, &link_of(&invited(&world, json!({})).await)).await;
    let answer = call(&world, EXCHANGE, Some(&token), Some(json!({}))).await;
    failure(&answer, BAD, "requestValidateError");
    assert_eq!(answer.body["context"][0]["params"], json!({ "missingProperty": "public_token" }));
}

#[tokio::test]
async fn a_link_that_opens_nothing_gives_no_token() {
    let world = World::new().await;
    let native = world.invite(json!({})).await;
    let ours = invited(&world, json!({})).await;
    let connect = ours["connect_token"].as_str().expect("a token").to_owned();
    let unknown = format!("hl_{}{}", world.tenant, "0".repeat(52));
    for link in ["x".to_owned(), unknown, link_of(&native), connect] {
        let answer = call(&world, LINK, None, Some(json!({ "link": link }))).await;
        failure(&answer, BAD, "paymentNotFound");
    }
    world.clock.advance(Duration::from_secs(3601));
    let late = call(&world, LINK, None, Some(json!({ "link": link_of(&ours) }))).await;
    failure(&late, BAD, "paymentStatus");
}

#[tokio::test]
async fn only_a_token_of_ours_opens_anything_and_only_while_its_session_lives() {
    let world = World::new().await;
    let invited = self::invited(&world, json!({})).await;
    let token = customer(&world, &link_of(&invited)).await;
    let (head, claims) = (part(&token, 0), part(&token, 1));
    let signature = token.rsplit('.').next().expect("a signature").to_owned();
    let mut longer = claims.clone();
    longer["exp"] = json!(claims["exp"].as_i64().expect("a time") + 9);
    let by = |key: &[u8], head: &Value| {
        let signed = format!("{}.{}", encoded(head), encoded(&claims));
        let made = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), signed.as_bytes());
        format!("{signed}.{}", BASE64URL_NOPAD.encode(made.as_ref()))
    };
    let forged = [
        String::new(),
        "x".to_owned(),
        format!("{}.{}.", encoded(&json!({ "alg": "none" })), encoded(&claims)),
        format!("{}.{}.{signature}", encoded(&json!({ "alg": "none" })), encoded(&claims)),
        format!("{}.{}.{signature}", encoded(&head), encoded(&longer)),
        // Neither the master key nor an empty one is the key.
        by(&[0xab; 32], &head),
        by(&[], &head),
        format!("{token}x"),
        world.key.clone(),
    ];
    for path in [DETAILS, LINK_TOKEN, EXCHANGE, BALANCE] {
        for token in forged.iter().map(String::as_str).map(Some).chain([None]) {
            let answer = call(&world, path, token, Some(json!({ "public_token": "x" }))).await;
            failure(&answer, StatusCode::UNAUTHORIZED, "unauthorized");
        }
    }
    assert_eq!(call(&world, DETAILS, Some(&token), None).await.status, StatusCode::OK);
    assert_eq!(world.status(&invited).await, "pending", "nothing of it changed anything");
    // It dies with its session.
    let mut visit = world.enter(&invited).await;
    visit.open().await;
    visit.screen = gesher_app::backend::Backend::cancel(&world.backend, &visit.at)
        .await
        .expect("leaves");
    failure(
        &call(&world, DETAILS, Some(&token), None).await,
        StatusCode::UNAUTHORIZED,
        "unauthorized",
    );
}

#[tokio::test]
async fn a_token_is_worth_nothing_after_its_hour() {
    let world = World::new().await;
    let token = customer(&world, &link_of(&invited(&world, json!({})).await)).await;
    world.clock.advance(Duration::from_secs(3599));
    assert_eq!(call(&world, DETAILS, Some(&token), None).await.status, StatusCode::OK);
    world.clock.advance(Duration::from_secs(1));
    failure(
        &call(&world, DETAILS, Some(&token), None).await,
        StatusCode::UNAUTHORIZED,
        "unauthorized",
    );
}

#[tokio::test]
async fn what_is_at_no_address_or_asked_otherwise_is_refused_in_the_vendors_shape() {
    let world = World::new().await;
    let nowhere = world.call("POST", "/public/customer/payment/ach-pay", "", &[], None).await;
    failure(&nowhere, StatusCode::NOT_FOUND, "notFound");
    let otherwise = world.call("GET", LINK, "", &[], None).await;
    failure(&otherwise, StatusCode::METHOD_NOT_ALLOWED, "methodNotAllowed");
    assert_eq!(otherwise.headers["allow"], "POST");
    let large = call(&world, LINK, None, Some(json!({ "link": "x".repeat(300 * 1024) }))).await;
    failure(&large, StatusCode::PAYLOAD_TOO_LARGE, "requestTooLarge");
}

#[tokio::test]
async fn a_merchant_makes_a_payment_whose_page_is_a_connections() {
    let world = World::new().await;
    let body = json!({
        "fields": [{ "name": "invoice", "value": "17" }], "amount": 12.5, "currency": "USD", "dueDate": "2026-12-01",
        "description": "Lamp", "availablePaymentType": ["ach"],
    });
    let answer = call(&world, CREATE, Some(&world.key), Some(body)).await;
    success(&answer, &["cFiTransactionId", "link", "url"]);
    let data = &answer.body["data"];
    let link = data["link"].as_str().expect("a link");
    // [V]: the token in the payment's address.
    assert_eq!(data["url"].as_str().and_then(|url| url.rsplit('/').next()), Some(link));
    let token = customer(&world, link).await;
    let details = call(&world, DETAILS, Some(&token), None).await;
    let payment = &details.body["data"]["payment"];
    assert_eq!((&payment["amount"], &payment["currency"]), (&json!(12.5), &json!("USD")));
    assert_eq!(payment["cFiTransactionId"], data["cFiTransactionId"]);
    let id = format!("conn_{}", data["cFiTransactionId"].as_str().expect("an id"));
    let native = world.get(&format!("/v1/connections/{id}")).await;
    assert_eq!(native.body["status"], "pending");
    assert_eq!(native.body["customer"]["external_id"], data["cFiTransactionId"]);
}

#[tokio::test]
async fn a_payment_that_is_not_valid_or_nobodys_makes_nothing() {
    let world = World::new().await;
    let whole = json!({ "fields": [], "amount": "10.00", "currency": "USD" });
    let made = async || world.get("/v1/connections").await.body["data"].as_array().map(Vec::len);
    assert_eq!(made().await, Some(0));
    for (name, value, path, keyword) in [
        ("fields", json!(null), "", "required"),
        ("fields", json!("x"), "/fields", "type"),
        ("amount", json!([]), "/amount", "type"),
        ("currency", json!("usd"), "/currency", "pattern"),
        ("currency", json!(1), "/currency", "type"),
        ("dueDate", json!(1), "/dueDate", "type"),
        ("description", json!("x".repeat(501)), "/description", "maxLength"),
        ("availablePaymentType", json!("cash"), "/availablePaymentType", "enum"),
        ("availablePaymentType", json!(["ach", 1]), "/availablePaymentType/1", "type"),
    ] {
        let mut body = whole.clone();
        body[name] = value;
        let answer = call(&world, CREATE, Some(&world.key), Some(body)).await;
        failure(&answer, BAD, "requestValidateError");
        let first = &answer.body["context"][0];
        assert_eq!(
            (&first["instancePath"], &first["keyword"]),
            (&json!(path), &json!(keyword)),
            "{name}"
        );
    }
    let mine = customer(&world, &link_of(&invited(&world, json!({})).await)).await;
    let unknown = format!("gk_test_{}{}", world.tenant, "0".repeat(52));
    for token in [None, Some("x"), Some(unknown.as_str()), Some(mine.as_str())] {
        failure(&call(&world, CREATE, token, Some(whole.clone())).await, BAD, "merchantNotFound");
    }
    assert_eq!(made().await, Some(1), "the one that was made natively");
    success(
        &call(&world, CREATE, Some(&world.key), Some(whole)).await,
        &["cFiTransactionId", "link", "url"],
    );
}

#[tokio::test]
async fn a_native_connection_in_the_dialect_needs_no_page_and_is_never_automatic() {
    let world = World::new().await;
    let body = json!({ "customer": { "external_id": "user-1" }, "dialect": "connectfi" });
    assert_eq!(world.post("/v1/connections", &body).await.status, StatusCode::CREATED);
    let automatic = json!({ "customer": { "external_id": "user-1" }, "dialect": "connectfi", "completion": "automatic" });
    let refused = world.post("/v1/connections", &automatic).await;
    assert_eq!(
        (refused.status, refused.body["code"].as_str()),
        (StatusCode::UNPROCESSABLE_ENTITY, Some("completion_not_allowed"))
    );
}

#[tokio::test]
async fn without_plaid_and_without_a_frame_there_is_no_link_token() {
    let world = World::new().await;
    let invited = invited(&world, json!({ "parent_origin": null, "redirect_url": REDIRECT })).await;
    let token = customer(&world, &link_of(&invited)).await;
    failure(&call(&world, LINK_TOKEN, Some(&token), None).await, BAD, "plaidUnavailable");
}

#[tokio::test]
async fn another_tenants_key_and_link_are_its_own() {
    let world = World::new().await;
    let other = TenantTag::from_random(9);
    let key = add_tenant(&world.core, &other, &[], &[]).await;
    let answer = call(&world, CREATE, Some(&key), Some(json!({ "fields": [] }))).await;
    let link = answer.body["data"]["link"].as_str().expect("a link").to_owned();
    let token = customer(&world, &link).await;
    let details = call(&world, DETAILS, Some(&token), None).await;
    assert_eq!(details.body["data"]["payment"]["cFiMerchantId"], other.as_str());
    assert_eq!(world.get("/v1/connections").await.body["data"], json!([]));
}
