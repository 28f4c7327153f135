//! What holds for every route of the native API.

use crate::world::{World, add_tenant};
use axum::http::StatusCode;
use gesher_contract::TenantTag;
use gesher_server::http::v1::openapi;
use gesher_server::tenants::Mode;
use serde_json::{Value, json};

/// Every documented route: its method and its template.
fn routes() -> Vec<(String, String)> {
    let document = serde_json::to_value(openapi()).expect("a document");
    let paths = document["paths"].as_object().cloned().unwrap_or_default();
    paths
        .into_iter()
        .flat_map(|(path, methods)| {
            let methods = methods.as_object().cloned().unwrap_or_default();
            methods
                .into_iter()
                .map(move |(method, _)| (method.to_uppercase(), path.clone()))
                .collect::<Vec<_>>()
        })
        .collect()
}

#[tokio::test]
async fn the_document_is_openapi_3_1_and_needs_no_key() {
    let world = World::new().await;
    let answer = world.call("GET", "/v1/openapi.json", "", &[], None).await;
    assert_eq!((answer.status, answer.body["openapi"].as_str()), (StatusCode::OK, Some("3.1.0")));
    assert_eq!(answer.body, serde_json::to_value(openapi()).expect("a document"));
    assert_eq!(answer.body["paths"].as_object().map(serde_json::Map::len), Some(32));
}

/// `gesher openapi > docs/openapi.json` writes it anew, and the diff shows what changes for those who call the API.
#[test]
fn the_document_in_the_repository_is_the_one_that_is_served() {
    let kept: Value = serde_json::from_str(include_str!("../../../docs/openapi.json")).expect("a document");
    assert!(
        kept == serde_json::to_value(openapi()).expect("a document"),
        "docs/openapi.json is old"
    );
}

#[tokio::test]
async fn every_route_refuses_who_has_no_key_or_a_revoked_one() {
    let world = World::new().await;
    let revoked = world.add_key(&world.tenant, Mode::Test).await;
    let hash = gesher_server::tenants::fingerprint(&revoked);
    world
        .core
        .store
        .write(gesher_server::store::tenants::revoke_api_key(world.tenant.as_str(), &hash, 1))
        .await
        .expect("revokes");
    let unknown = format!("gk_test_{}{}", world.tenant, "0".repeat(52));
    for (method, path) in routes() {
        let path = path.replace("{id}", "conn_x");
        for (key, code) in [
            ("", "no_api_key"),
            ("nonsense", "no_api_key"),
            (unknown.as_str(), "bad_api_key"),
            (revoked.as_str(), "bad_api_key"),
        ] {
            let answer = world.call(&method, &path, key, &[], Some("{}")).await;
            assert_eq!(
                (answer.status, answer.body["code"].as_str()),
                (StatusCode::UNAUTHORIZED, Some(code)),
                "{method} {path}"
            );
            assert_eq!(answer.headers["www-authenticate"], "Bearer");
        }
    }
}

#[tokio::test]
async fn what_belongs_to_another_tenant_or_mode_does_not_exist() {
    let world = World::new().await;
    let invited = world.invite(json!({})).await;
    let token = world.enter(&invited).await.link("043510023").await.expect("a token");
    world.exchange(&token, "user-1").await;
    let connection = invited["id"].as_str().expect("an id");
    let accounts = world.get(&format!("/v1/connections/{connection}/accounts")).await;
    let account = accounts.body["data"][0]["id"].as_str().expect("an account").to_owned();
    let endpoint = crate::webhooks::endpoint(&world, "http://127.0.0.1:9/", json!({})).await;
    let event = world.get("/v1/events").await.body["data"][0]["data"]["id"]
        .as_str()
        .expect("an event")
        .to_owned();
    let page = crate::start_pages::start_page(&world, json!({})).await;
    let link = json!({ "customer": { "external_id": "user-1" } });
    let link = world.post("/v1/hosted_links", &link).await.body;
    let ids = [
        ("/v1/start_pages/", page["id"].as_str().expect("an id")),
        ("/v1/hosted_links/", link["id"].as_str().expect("an id")),
        ("/v1/connections/", connection),
        ("/v1/accounts/", &account),
        ("/v1/events/", &event),
        ("/v1/webhook_endpoints/", crate::webhooks::id(&endpoint)),
    ];
    let foreign = add_tenant(&world.core, &TenantTag::from_random(21), &[], &[]).await;
    let live = world.add_key(&world.tenant, Mode::Live).await;
    for (method, template) in routes().into_iter().filter(|(_, template)| template.contains("{id}")) {
        // What a body has to hold is asked for before whose the address is.
        let body = if template.ends_with("/insights") {
            r#"{"insights":[]}"#
        } else {
            "{}"
        };
        let body = (method != "GET").then_some(body);
        for (of, id) in ids {
            let path = template.replace("{id}", id);
            for key in [&foreign, &live] {
                let answer = world.call(&method, &path, key, &[], body).await;
                assert_eq!(
                    (answer.status, answer.body["code"].as_str()),
                    (StatusCode::NOT_FOUND, Some("not_found")),
                    "{method} {path}"
                );
            }
            if method == "GET" {
                let own = world.get(&path).await.status;
                let right = if template.starts_with(of) {
                    StatusCode::OK
                } else {
                    StatusCode::NOT_FOUND
                };
                assert_eq!(own, right, "{method} {path}");
            }
        }
    }
}

#[tokio::test]
async fn unknown_addresses_methods_and_queries_are_problem_documents() {
    let world = World::new().await;
    let cases: [(&str, &str, StatusCode, &str); 5] = [
        ("GET", "/v1/nothing", StatusCode::NOT_FOUND, "not_found"),
        ("DELETE", "/v1/connections", StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed"),
        ("GET", "/v1/institutions?limit=0", StatusCode::UNPROCESSABLE_ENTITY, "invalid_limit"),
        ("GET", "/v1/institutions?lmit=5", StatusCode::UNPROCESSABLE_ENTITY, "invalid_query"),
        ("GET", "/v1/connections/conn_nonsense", StatusCode::NOT_FOUND, "not_found"),
    ];
    for (method, path, status, code) in cases {
        let answer = world.call(method, path, &world.key, &[], None).await;
        assert_eq!(
            (answer.status, answer.body["code"].as_str()),
            (status, Some(code)),
            "{method} {path}: {}",
            answer.body
        );
        assert_eq!(answer.headers["content-type"], "application/problem+json", "{method} {path}");
    }
}

#[tokio::test]
async fn institutions_are_found_in_both_languages() {
    let world = World::new().await;
    for (query, id) in [
        ("%D7%93%D7%99%D7%A1%D7%A7%D7%95%D7%A0%D7%98", "il-discount"),
        ("poalim", "il-hapoalim"),
        ("isracard", "il-isracard"),
    ] {
        let answer = world.get(&format!("/v1/institutions?q={query}&limit=3")).await;
        assert_eq!(answer.body["data"][0]["id"], id, "{}", answer.body);
        assert!(answer.body["data"][0]["name"]["he"].is_string() && answer.body.get("next_cursor") == Some(&Value::Null));
    }
    let invented = world.get("/v1/institutions?q=sandbox-bank&include_sandbox=true").await;
    assert_eq!(invented.body["data"][0]["id"], "sandbox-bank");
}

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let world = World::new().await;
    for path in ["/v1/openapi.json", "/v1/nothing", "/nowhere", "/w/ct_nonsense", "/h/hl_nonsense"] {
        let answer = world.call("GET", path, "", &[], None).await;
        let header = |name: &str| {
            answer
                .headers
                .get(name)
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default()
                .to_owned()
        };
        assert!(header("content-security-policy").contains("frame-ancestors 'none'"), "{path}");
        assert!(
            !header("content-security-policy")
                .replace("wasm-unsafe-eval", "")
                .contains("unsafe-"),
            "{path}"
        );
        assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(header("referrer-policy"), "no-referrer", "{path}");
        assert_eq!(header("cache-control"), "no-store", "{path}");
    }
}
