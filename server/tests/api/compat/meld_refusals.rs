//! How Meld's API refuses: status and shape, and nothing changes. [V] 400, 401, 403, 404, 409, 429 and that a body has `code` and `message`;
//! the codes `BAD_REQUEST` and `UNKNOWN`; a field's name in brackets. [I] the other texts, 405, 413 and 415.

use super::meld::{call, call_with, keys, linked, start, usual};
use crate::world::{Answer, World, add_tenant};
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, StatusCode};
use gesher_contract::TenantTag;
use gesher_server::store::listings::{self, Place, Wanted};
use gesher_server::tenants::Mode;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use tower::ServiceExt as _;

/// How many connections the tenant has, and the newest one.
async fn there_is(world: &World) -> (i64, Option<listings::ListedConnection>) {
    let wanted = Wanted {
        mode: "test",
        ..Wanted::default()
    };
    let page = listings::connections(&world.core.store, world.tenant.as_str(), &wanted, &Place::First, 1).await;
    let page = page.expect("reads");
    let count = page.remaining + i64::try_from(page.rows.len()).expect("a number");
    (count, page.rows.into_iter().next())
}

#[track_caller]
fn refused(answer: &Answer, status: u16, code: &str, message: &str) {
    assert_eq!(answer.status.as_u16(), status, "{}", answer.body);
    assert_eq!(keys(&answer.body), BTreeSet::from(["code", "message"]), "{}", answer.body);
    assert_eq!((&answer.body["code"], &answer.body["message"]), (&json!(code), &json!(message)));
}

#[tokio::test]
async fn a_start_that_does_not_fit_makes_nothing() {
    let world = World::new().await;
    let before = start(&world, &usual()).await["id"].clone();
    let products = "Must be one of BALANCES, IDENTIFIERS, INVESTMENT_HOLDINGS, INVESTMENT_TRANSACTIONS, OWNERS, TRANSACTIONS";
    let regions = "[regions[0]] Must be an ISO 3166-1 alpha-2 country code or an ISO 3166-2 subdivision code";
    let institution = "[institutionId] Must be an institution that can be reached with this API key";
    for (field, value, message) in [
        (
            "externalCustomerId",
            json!(null),
            "[externalCustomerId] must not be blank".to_owned(),
        ),
        ("externalCustomerId", json!(""), "[externalCustomerId] must not be blank".to_owned()),
        ("externalCustomerId", json!(7), "[externalCustomerId] Must be a string".to_owned()),
        (
            "externalCustomerId",
            json!("x".repeat(201)),
            "[externalCustomerId] Must have 1 to 200 characters and no control characters".to_owned(),
        ),
        (
            "accountPreferenceOverride",
            json!([]),
            "[accountPreferenceOverride] Must be an object".to_owned(),
        ),
        ("allowRedirect", json!("false"), "[allowRedirect] Must be true or false".to_owned()),
        ("institutionId", json!(["il-leumi"]), "[institutionId] Must be a string".to_owned()),
        ("institutionId", json!("il-nobody"), institution.to_owned()),
        (
            "institutionSearchString",
            json!(1),
            "[institutionSearchString] Must be a string".to_owned(),
        ),
        (
            "institutionSearchString",
            json!(" "),
            "[institutionSearchString] Must have 1 to 100 characters and no control characters".to_owned(),
        ),
        ("products", json!("BALANCES"), "[products] Must be a list".to_owned()),
        (
            "products",
            json!(["BALANCES", "PROCESSOR_TOKEN"]),
            format!("[products[1]] {products}"),
        ),
        ("products", json!([1]), format!("[products[0]] {products}")),
        ("products", json!([]), "[products] must not be blank".to_owned()),
        ("products", json!(null), "[products] must not be blank".to_owned()),
        ("optionalProducts", json!({}), "[optionalProducts] Must be a list".to_owned()),
        ("optionalProducts", json!(["balances"]), format!("[optionalProducts[0]] {products}")),
        (
            "optionalProducts",
            json!(["INVESTMENT_HOLDINGS", "OWNERS"]),
            "[optionalProducts[1]] Must not be both in products and in optionalProducts".to_owned(),
        ),
        ("redirectUrl", json!(true), "[redirectUrl] Must be a string".to_owned()),
        (
            "redirectUrl",
            json!("https://evil.example/"),
            "[redirectUrl] Must be one of the registered redirect URLs".to_owned(),
        ),
        ("regions", json!("IL"), "[regions] Must be a list".to_owned()),
        ("regions", json!([7]), "[regions[0]] Must be a string".to_owned()),
        ("regions", json!(["Israel"]), regions.to_owned()),
        ("regions", json!(["FR"]), "[regions] Must leave an institution to choose".to_owned()),
        (
            "previousConnectionId",
            json!({}),
            "[previousConnectionId] Must be a string".to_owned(),
        ),
    ] {
        let mut body = usual();
        body[field] = value;
        let answer = call(&world, "POST", "/bank-linking/connect/start", Some(&body)).await;
        refused(&answer, 400, "BAD_REQUEST", &message);
    }
    // All that is wrong is said at once.
    let answer = call(&world, "POST", "/bank-linking/connect/start", Some(&json!({ "allowRedirect": 1 }))).await;
    let message = "[externalCustomerId] must not be blank, [allowRedirect] Must be true or false, [products] must not be blank";
    refused(&answer, 400, "BAD_REQUEST", message);
    let (count, newest) = there_is(&world).await;
    assert_eq!((count, json!(newest.expect("the first").row.id)), (1, before));
}

#[tokio::test]
async fn a_body_that_is_none_is_refused() {
    let world = World::new().await;
    let basic = format!("BASIC {}", world.key);
    for (kind, body, status, code, message) in [
        ("application/json", "{", 400, "BAD_REQUEST", "The body must be a JSON object"),
        ("application/json", "[]", 400, "BAD_REQUEST", "The body must be a JSON object"),
        ("application/json", "", 400, "BAD_REQUEST", "The body must be a JSON object"),
        ("text/plain", "{}", 415, "UNKNOWN", "The body has to be sent as application/json"),
    ] {
        for path in ["/bank-linking/connect/start", "/bank-linking/connect/repair"] {
            let more = [("authorization", basic.as_str()), ("content-type", kind)];
            refused(&world.call("POST", path, "", &more, Some(body)).await, status, code, message);
        }
    }
    let large = json!({ "externalCustomerId": "x".repeat(300 * 1024) });
    let answer = call(&world, "POST", "/bank-linking/connect/start", Some(&large)).await;
    refused(&answer, 413, "UNKNOWN", "The body is too large");
    assert_eq!(there_is(&world).await, (0, None));
}

/// Every route, with an address and a body that would do.
fn routes(id: &str) -> Vec<(&'static str, String, Option<Value>)> {
    vec![
        ("POST", "/bank-linking/connect/start".to_owned(), Some(usual())),
        (
            "POST",
            "/bank-linking/connect/repair".to_owned(),
            Some(json!({ "connectionId": id })),
        ),
        ("GET", "/bank-linking/connections".to_owned(), None),
        ("GET", format!("/bank-linking/connections/{id}"), None),
        ("DELETE", format!("/bank-linking/connections/{id}"), None),
        ("POST", format!("/bank-linking/connections/{id}/refresh"), None),
        (
            "POST",
            format!("/bank-linking/connections/{id}/update"),
            Some(json!({ "products": ["OWNERS"] })),
        ),
        ("GET", "/bank-linking/accounts".to_owned(), None),
        ("GET", "/bank-linking/transactions".to_owned(), None),
        ("GET", "/institutions".to_owned(), None),
        ("GET", "/institutions/sandbox-bank".to_owned(), None),
    ]
}

#[tokio::test]
async fn who_has_no_key_of_a_backend_is_refused_everywhere() {
    let world = World::new().await;
    let started = linked(&world, &usual()).await;
    let id = started["id"].as_str().expect("an id");
    let before = there_is(&world).await;
    let unknown = format!("BASIC gk_test_{}{}", world.tenant, "0".repeat(52));
    let path = "/v1/customers/testUser/tokens";
    let token = world.post(path, &json!({})).await.body["token"].clone();
    let customers = format!("BASIC {}", token.as_str().unwrap_or_default());
    for (method, path, body) in routes(id) {
        let body = body.map(|body| body.to_string());
        // Nothing, another scheme, an encoded key as HTTP's own scheme has it, an unknown key.
        let encoded = format!("Basic {}", data_encoding::BASE64.encode(format!("{}:", world.key).as_bytes()));
        let native = format!("Bearer {}", world.key);
        for authorization in ["", native.as_str(), encoded.as_str(), unknown.as_str(), "BASIC"] {
            let more = [("authorization", authorization)];
            let answer = world.call(method, &path, "", &more, body.as_deref()).await;
            refused(&answer, 401, "UNKNOWN", "Invalid credentials");
        }
        let answer = world
            .call(method, &path, "", &[("authorization", &customers)], body.as_deref())
            .await;
        refused(&answer, 403, "UNKNOWN", "Unauthenticated or authenticated with insufficient access");
    }
    assert_eq!(there_is(&world).await, before);
}

#[tokio::test]
async fn what_is_another_s_or_the_other_mode_s_is_not_there() {
    let world = World::new().await;
    let started = linked(&world, &usual()).await;
    let id = started["id"].as_str().expect("an id");
    let accounts = call(&world, "GET", "/bank-linking/accounts", None).await.body;
    let account = accounts["financialAccounts"][0]["id"].as_str().expect("an account").to_owned();
    let before = there_is(&world).await;
    let other = add_tenant(&world.core, &TenantTag::from_random(8), &[], &[]).await;
    let live = world.add_key(&world.tenant, Mode::Live).await;
    let none = format!("conn_{}{}", world.tenant, "0".repeat(26));
    let callers = [
        (other.as_str(), id),
        (&live, id),
        (&world.key, none.as_str()),
        (&world.key, "conn_x"),
    ];
    for (key, id) in callers {
        for (method, path, body) in routes(id) {
            if !path.contains("connections/") && !path.contains("repair") {
                continue;
            }
            let answer = call_with(&world, method, &path, key, body.as_ref()).await;
            refused(&answer, 404, "UNKNOWN", "There is no such connection");
        }
        let mut body = usual();
        body["previousConnectionId"] = json!(id);
        let answer = call_with(&world, "POST", "/bank-linking/connect/start", key, Some(&body)).await;
        // A live key reaches no institution at all in this world; the connection is looked up first.
        refused(&answer, 404, "UNKNOWN", "There is no such connection");
    }
    for key in [other.as_str(), &live] {
        for (list, rows) in [
            ("connections", "connections"),
            ("accounts", "financialAccounts"),
            ("transactions", "financialAccountTransactions"),
        ] {
            let customer = started["customerId"].as_str().expect("an id");
            for query in ["", "?externalCustomerId=testUser", &format!("?customerId={customer}")] {
                let answer = call_with(&world, "GET", &format!("/bank-linking/{list}{query}"), key, None).await;
                assert_eq!((answer.status, &answer.body[rows]), (StatusCode::OK, &json!([])), "{list}{query}");
            }
        }
        let answer = call_with(&world, "GET", &format!("/bank-linking/accounts/{account}"), key, None).await;
        refused(&answer, 404, "UNKNOWN", "There is no such account");
    }
    let answer = call_with(&world, "GET", "/institutions/sandbox-bank", &live, None).await;
    refused(&answer, 404, "UNKNOWN", "There is no such institution");
    assert_eq!(there_is(&world).await, before);
}

#[tokio::test]
async fn what_is_no_address_or_no_method_is_said_in_the_same_shape() {
    let world = World::new().await;
    for path in [
        "/bank-linking/nothing",
        "/bank-linking/investments/holdings",
        "/institutions/x/y",
        "/bank-linking/accounts/%ff",
    ] {
        refused(&call(&world, "GET", path, None).await, 404, "UNKNOWN", "There is no such address");
    }
    for (method, path) in [
        ("GET", "/bank-linking/connect/start"),
        ("POST", "/bank-linking/connections"),
        ("PATCH", "/bank-linking/connections/x"),
        ("POST", "/institutions"),
    ] {
        refused(
            &call(&world, method, path, None).await,
            405,
            "UNKNOWN",
            "This address does not take this method",
        );
    }
}

#[tokio::test]
async fn a_query_that_does_not_fit_is_refused() {
    let world = World::new().await;
    let started = linked(&world, &usual()).await;
    let row = call(&world, "GET", "/bank-linking/connections", None).await.body["connections"][0].clone();
    assert_eq!(row["id"], started["id"]);
    let key = row["key"].as_str().expect("a key");
    let listed = "Must be a comma separated list of known values";
    for (path, message) in [
        // [V] Never both.
        (
            format!("/bank-linking/connections?before={key}&after={key}"),
            "[before] and [after] must not be used in the same request".to_owned(),
        ),
        (
            "/bank-linking/connections?after=x".to_owned(),
            "[after] Must be a key of this list".to_owned(),
        ),
        (
            format!("/bank-linking/accounts?after={key}"),
            "[after] Must be a key of this list".to_owned(),
        ),
        (
            format!("/bank-linking/transactions?before={key}"),
            "[before] Must be a key of this list".to_owned(),
        ),
        (
            format!("/institutions?before={key}"),
            "[before] Must be a key of this list".to_owned(),
        ),
        (
            "/bank-linking/connections?limit=0".to_owned(),
            "[limit] Must be 1 to 100".to_owned(),
        ),
        (
            "/bank-linking/connections?limit=many".to_owned(),
            "[limit] Must be 1 to 100".to_owned(),
        ),
        // [V] 1..100, 1..1000, 1..1000.
        ("/bank-linking/accounts?limit=101".to_owned(), "[limit] Must be 1 to 100".to_owned()),
        (
            "/bank-linking/transactions?limit=1001".to_owned(),
            "[limit] Must be 1 to 1000".to_owned(),
        ),
        ("/institutions?limit=1001".to_owned(), "[limit] Must be 1 to 1000".to_owned()),
        (
            "/bank-linking/connections?statuses=ACTIVE,BROKEN".to_owned(),
            format!("[statuses] {listed}"),
        ),
        (
            "/bank-linking/connections?serviceProviders=PLAID,MX".to_owned(),
            format!("[serviceProviders] {listed}"),
        ),
        ("/bank-linking/transactions?status=EXPIRED".to_owned(), format!("[status] {listed}")),
        ("/institutions?type=SHOP".to_owned(), format!("[type] {listed}")),
        (
            "/bank-linking/connections?startDate=2026-1-1".to_owned(),
            "[startDate] Must be a date of format yyyy-mm-dd".to_owned(),
        ),
        (
            "/bank-linking/transactions?endDate=2026-02-30&limit=0".to_owned(),
            "[endDate] Must be a date of format yyyy-mm-dd, [limit] Must be 1 to 1000".to_owned(),
        ),
        (
            "/institutions?regions=il".to_owned(),
            "[regions[0]] Must be an ISO 3166-1 alpha-2 country code or an ISO 3166-2 subdivision code".to_owned(),
        ),
        (
            "/bank-linking/connections?externalCustomerId=a%00b".to_owned(),
            "[externalCustomerId] Must not hold a NUL".to_owned(),
        ),
    ] {
        refused(&call(&world, "GET", &path, None).await, 400, "BAD_REQUEST", &message);
    }
}

/// A call from this address with this header: its status and body.
async fn from(world: &World, peer: &str, authorization: &str) -> (u16, Value) {
    let request = Request::builder()
        .uri("/bank-linking/connections")
        .header("authorization", authorization);
    let mut request = request.body(Body::empty()).expect("a request");
    let peer = SocketAddr::new(peer.parse().expect("an address"), 4711);
    request.extensions_mut().insert(ConnectInfo(peer));
    let response = world.router.clone().oneshot(request).await.expect("an answer");
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    assert_eq!(status == 429, headers.contains_key("retry-after"));
    let bytes = response.into_body().collect().await.expect("a body").to_bytes();
    (status, serde_json::from_slice(&bytes).expect("JSON"))
}

#[tokio::test]
async fn who_guesses_keys_is_stopped_and_who_has_one_is_not() {
    let world = World::new().await;
    let mut refused = 0;
    for guess in 0..2_000 {
        let (status, body) = from(&world, "203.0.113.9", &format!("BASIC gk_test_{}{guess:0>52}", world.tenant)).await;
        if status == 429 {
            assert_eq!(body, json!({ "code": "UNKNOWN", "message": "Too many requests" }));
            break;
        }
        assert_eq!(status, 401);
        refused += 1;
    }
    assert!((1..1_000).contains(&refused), "{refused}");
    assert_eq!(from(&world, "203.0.113.10", &format!("BASIC {}", world.key)).await.0, 200);
}
