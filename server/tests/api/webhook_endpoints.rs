//! Webhook endpoints over the API: what they may be, and whose they are.

use crate::receiver::Receiver;
use crate::webhooks::{endpoint, id};
use crate::world::{World, add_tenant};
use axum::http::StatusCode;
use gesher_contract::TenantTag;
use gesher_server::tenants::Mode;
use serde_json::json;

const URL: &str = "http://127.0.0.1:9/hook";

#[tokio::test]
async fn an_endpoint_is_made_read_changed_and_deleted() {
    let world = World::new().await;
    let body = json!({ "url": URL, "description": "backend" }).to_string();
    let more = [("idempotency-key", "make-1")];
    let made = world.call("POST", "/v1/webhook_endpoints", &world.key, &more, Some(&body)).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    let again = world.call("POST", "/v1/webhook_endpoints", &world.key, &more, Some(&body)).await;
    assert_eq!(again.body, made.body, "made once");
    let secret = made.body["secret"]
        .as_str()
        .expect("a secret")
        .strip_prefix("whsec_")
        .expect("a prefix");
    assert_eq!(data_encoding::BASE64.decode(secret.as_bytes()).map(|secret| secret.len()), Ok(32));

    let path = format!("/v1/webhook_endpoints/{}", id(&made.body));
    let mut shown = made.body.clone();
    shown.as_object_mut().expect("an object").remove("secret");
    assert_eq!(world.get(&path).await.body, shown);
    assert_eq!(world.get("/v1/webhook_endpoints").await.body["data"], json!([shown]));

    let change = json!({ "url": "http://[::1]:9/other", "events": ["connection.status_changed"], "state": "disabled" }).to_string();
    let changed = world.call("PATCH", &path, &world.key, &[], Some(&change)).await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.body);
    assert_eq!(
        (&changed.body["url"], &changed.body["description"]),
        (&json!("http://[::1]:9/other"), &json!("backend"))
    );
    assert_eq!(
        (&changed.body["state"], &changed.body["disabled"]["why"]),
        (&json!("disabled"), &json!("host"))
    );
    assert_eq!(world.get(&path).await.body, changed.body);

    assert_eq!(
        world.call("DELETE", &path, &world.key, &[], None).await.status,
        StatusCode::NO_CONTENT
    );
    for method in ["GET", "DELETE"] {
        assert_eq!(world.call(method, &path, &world.key, &[], None).await.status, StatusCode::NOT_FOUND);
    }
    assert_eq!(world.get(&format!("{path}/attempts")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_address_that_cannot_be_used_is_refused_by_its_field() {
    let world = World::new().await;
    let existing = endpoint(&world, URL, json!({})).await;
    let path = format!("/v1/webhook_endpoints/{}", id(&existing));
    for (url, code) in [
        ("", "invalid_url"),
        ("backend", "invalid_url"),
        ("ftp://example.com/", "invalid_url"),
        ("http://user@127.0.0.1/", "invalid_url"),
        ("http://127.0.0.1/#a", "invalid_url"),
        ("http://10.0.0.1/", "url_not_allowed"),
        ("http://0xa9fea9fe/latest/meta-data", "url_not_allowed"),
        ("http://[64:ff9b::7f00:1]/", "url_not_allowed"),
    ] {
        let body = json!({ "url": url }).to_string();
        for (method, path) in [("POST", "/v1/webhook_endpoints"), ("PATCH", path.as_str())] {
            let answer = world.call(method, path, &world.key, &[], Some(&body)).await;
            assert_eq!(
                (answer.status, &answer.body["code"], &answer.body["field"]),
                (StatusCode::UNPROCESSABLE_ENTITY, &json!(code), &json!("url")),
                "{method} {url}"
            );
        }
    }
    for (body, field) in [
        (
            json!({ "url": URL, "events": ["connection.status_changed", "everything"] }),
            "events[1]",
        ),
        (json!({ "url": URL, "description": "x".repeat(201) }), "description"),
        (json!({ "url": URL, "description": "a\u{0}" }), "description"),
        (json!({ "url": URL, "secret": "whsec_mine" }), "secret"),
        (json!({}), "url"),
    ] {
        let answer = world.post("/v1/webhook_endpoints", &body).await;
        assert_eq!(
            (answer.status, &answer.body["field"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!(field)),
            "{}",
            answer.body
        );
    }
    assert_eq!(
        world.get("/v1/webhook_endpoints").await.body["data"].as_array().map(Vec::len),
        Some(1)
    );
}

#[tokio::test]
async fn another_tenants_or_modes_endpoint_and_event_do_not_exist() {
    let world = World::new().await;
    let receiver = Receiver::start().await;
    let made = endpoint(&world, &receiver.url, json!({})).await;
    let event = crate::webhooks::ping(&world, &made).await;
    receiver.hears(1).await;
    let foreign = add_tenant(&world.core, &TenantTag::from_random(13), &[], &[]).await;
    let live = world.add_key(&world.tenant, Mode::Live).await;
    for key in [foreign, live] {
        let path = format!("/v1/webhook_endpoints/{}", id(&made));
        for (method, path, body) in [
            ("GET", path.clone(), None),
            ("PATCH", path.clone(), Some("{}")),
            ("DELETE", path.clone(), None),
            ("POST", format!("{path}/rotate_secret"), None),
            ("POST", format!("{path}/ping"), None),
            ("GET", format!("{path}/attempts"), None),
            ("POST", format!("/v1/events/{event}/replay"), Some("{}")),
        ] {
            let answer = world.call(method, &path, &key, &[], body).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{method} {path}: {}", answer.body);
        }
        assert_eq!(
            world.call("GET", "/v1/webhook_endpoints", &key, &[], None).await.body["data"],
            json!([])
        );
        assert_eq!(world.call("GET", "/v1/events", &key, &[], None).await.body["data"], json!([]));
        // Their own event, sent to somebody else's endpoint.
        let body = json!({ "url": receiver.url }).to_string();
        let theirs = world.call("POST", "/v1/webhook_endpoints", &key, &[], Some(&body)).await.body;
        let pinged = world
            .call("POST", &format!("/v1/webhook_endpoints/{}/ping", id(&theirs)), &key, &[], None)
            .await
            .body;
        let replay = format!("/v1/events/{}/replay", pinged["event_id"].as_str().expect("an id"));
        let body = json!({ "endpoint_id": made["id"] }).to_string();
        assert_eq!(
            world.call("POST", &replay, &key, &[], Some(&body)).await.status,
            StatusCode::NOT_FOUND
        );
    }
}

#[tokio::test]
async fn there_are_16_endpoints_at_most() {
    let world = World::new().await;
    for _ in 0..16 {
        endpoint(&world, URL, json!({})).await;
    }
    let answer = world.post("/v1/webhook_endpoints", &json!({ "url": URL })).await;
    assert_eq!(
        (answer.status, &answer.body["code"]),
        (StatusCode::CONFLICT, &json!("too_many_endpoints"))
    );
}
