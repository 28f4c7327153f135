//! `POST /v1/connections`: what is refused, and how; what a retry does.

use crate::world::{ORIGIN, World, add_tenant};
use axum::http::StatusCode;
use gesher_contract::TenantTag;
use gesher_server::store::connections::{self, Wanted};
use gesher_server::tenants::Mode;
use serde_json::{Value, json};

fn usual() -> Value {
    json!({ "customer": { "external_id": "user-1" }, "parent_origin": ORIGIN })
}

#[tokio::test]
async fn the_answer_has_both_invitations_and_their_tokens_differ() {
    let world = World::new().await;
    let answer = world.post("/v1/connections", &usual()).await;
    assert_eq!(answer.status, StatusCode::CREATED);
    let text = |name: &str| answer.body[name].as_str().unwrap_or_default().to_owned();
    assert!(text("id").starts_with(&format!("conn_{}", world.tenant)));
    assert_eq!(text("status"), "pending");
    assert_eq!(text("widget_url"), format!("https://gesher.example/w/{}", text("connect_token")));
    let hosted = text("hosted_url");
    let hosted_token = hosted.strip_prefix("https://gesher.example/h/").expect("a hosted address");
    assert_ne!(
        hosted_token.trim_start_matches("hl_"),
        text("connect_token").trim_start_matches("ct_")
    );
    assert_eq!(text("expires_at"), "2026-11-20T12:30:00.000Z");
    assert_eq!(answer.body.as_object().map(serde_json::Map::len), Some(6));
}

#[tokio::test]
async fn a_wrong_field_is_named_and_nothing_is_made() {
    let world = World::new().await;
    let long = "x".repeat(501);
    let cases: [(Value, &str, &str); 34] = [
        (json!({ "colour": "red" }), "unknown_field", "colour"),
        (
            json!({ "customer": { "external_id": "a", "name": "b" } }),
            "unknown_field",
            "customer.name",
        ),
        (json!({ "customer": {} }), "invalid_field", "customer.external_id"),
        (
            json!({ "customer": { "external_id": "" } }),
            "invalid_external_id",
            "customer.external_id",
        ),
        (
            json!({ "customer": { "external_id": "a\nb" } }),
            "invalid_external_id",
            "customer.external_id",
        ),
        (json!({ "language": "fr" }), "invalid_field", "language"),
        (json!({ "include_sandbox": "yes" }), "invalid_field", "include_sandbox"),
        (json!({ "institution_ids": [] }), "invalid_institution_ids", "institution_ids"),
        (
            json!({ "institution_ids": ["il-leumi", "il-nobody"] }),
            "unknown_institution",
            "institution_ids[1]",
        ),
        (json!({ "psu_id": "043510024" }), "invalid_psu_id", "psu_id"),
        (json!({ "psu_id": "1234567890" }), "invalid_psu_id", "psu_id"),
        (json!({ "psu_id": "P123", "psu_id_type": "passport" }), "invalid_psu_id", "psu_id"),
        (
            json!({ "psu_id": "043510023", "psu_id_type": "licence" }),
            "invalid_field",
            "psu_id_type",
        ),
        (json!({ "psu_id_type": "passport" }), "psu_id_missing", "psu_id_type"),
        (
            json!({ "consent_expires_at": "soon" }),
            "invalid_consent_expires_at",
            "consent_expires_at",
        ),
        (
            json!({ "consent_expires_at": "2026-11-20T11:59:59Z" }),
            "invalid_consent_expires_at",
            "consent_expires_at",
        ),
        (
            json!({ "consent_expires_at": "2029-11-20T00:00:00Z" }),
            "invalid_consent_expires_at",
            "consent_expires_at",
        ),
        (json!({ "start_date": "2026-11-21" }), "invalid_start_date", "start_date"),
        (json!({ "start_date": "2025-11-18" }), "invalid_start_date", "start_date"),
        (json!({ "start_date": "20 November" }), "invalid_start_date", "start_date"),
        (json!({ "references": { "Journey": "7" } }), "invalid_references", "references"),
        (
            json!({ "references": { "journey_id": "" } }),
            "invalid_references",
            "references.journey_id",
        ),
        (json!({ "recurring": "yes" }), "invalid_field", "recurring"),
        (
            json!({ "psu_corporate_id": "510000004" }),
            "invalid_psu_corporate_id",
            "psu_corporate_id",
        ),
        (
            json!({ "psu_corporate_id": "5100000003" }),
            "invalid_psu_corporate_id",
            "psu_corporate_id",
        ),
        (
            json!({ "psu_id": "P1234567", "psu_id_type": "passport", "institution_ids": ["il-leumi", "sandbox-bank"] }),
            "psu_id_type_not_taken",
            "psu_id_type",
        ),
        (
            json!({ "psu_id": "P1234567", "psu_id_type": "passport", "include_sandbox": false }),
            "psu_id_type_not_taken",
            "psu_id_type",
        ),
        (
            json!({ "psu_corporate_id": "510000003", "institution_ids": ["sandbox-forms"] }),
            "psu_corporate_id_not_taken",
            "psu_corporate_id",
        ),
        (
            json!({ "psu_corporate_id": "510000003", "psu_id": "P1234567", "psu_id_type": "passport", "institution_ids": ["sandbox-forms", "sandbox-bank"] }),
            "psu_corporate_id_not_taken",
            "psu_corporate_id",
        ),
        (
            json!({ "parent_origin": "https://shop.example/" }),
            "origin_not_allowed",
            "parent_origin",
        ),
        (
            json!({ "parent_origin": "https://SHOP.example" }),
            "origin_not_allowed",
            "parent_origin",
        ),
        (
            json!({ "redirect_url": "https://shop.example/back" }),
            "redirect_url_not_registered",
            "redirect_url",
        ),
        (json!({ "state": long }), "invalid_state", "state"),
        (json!({ "completion": "automatic" }), "completion_not_allowed", "completion"),
    ];
    for (change, code, field) in cases {
        let mut body = usual();
        for (name, value) in change.as_object().expect("an object") {
            body[name] = value.clone();
        }
        let answer = world.post("/v1/connections", &body).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{change}: {}", answer.body);
        assert_eq!(
            (answer.body["code"].as_str(), answer.body["field"].as_str()),
            (Some(code), Some(field)),
            "{change}"
        );
        assert_eq!(answer.headers["content-type"], "application/problem+json");
    }
    let made = connections::list(&world.core.store, world.tenant.as_str(), &Wanted::default(), 10)
        .await
        .expect("reads");
    assert!(made.is_empty());
}

#[tokio::test]
async fn what_is_not_json_is_refused_before_it_is_read() {
    let world = World::new().await;
    let broken = world.call("POST", "/v1/connections", &world.key, &[], Some("{")).await;
    assert_eq!(
        (broken.status, broken.body["code"].as_str()),
        (StatusCode::BAD_REQUEST, Some("malformed_json"))
    );
    let plain = world
        .call("POST", "/v1/connections", &world.key, &[("content-type", "text/plain")], None)
        .await;
    assert_eq!(
        (plain.status, plain.body["code"].as_str()),
        (StatusCode::UNSUPPORTED_MEDIA_TYPE, Some("not_json"))
    );
    let huge = format!("\"{}\"", "x".repeat(300 * 1024));
    let answer = world.call("POST", "/v1/connections", &world.key, &[], Some(&huge)).await;
    assert_eq!(
        (answer.status, answer.body["code"].as_str()),
        (StatusCode::PAYLOAD_TOO_LARGE, Some("body_too_large"))
    );
}

#[tokio::test]
async fn without_an_origin_or_a_redirect_url_there_is_no_way_to_confirm() {
    let world = World::new().await;
    let bare = TenantTag::from_random(9);
    let key = add_tenant(&world.core, &bare, &[], &[]).await;
    let body = json!({ "customer": { "external_id": "u" } }).to_string();
    let answer = world.call("POST", "/v1/connections", &key, &[], Some(&body)).await;
    assert_eq!(
        (answer.status, answer.body["code"].as_str()),
        (StatusCode::UNPROCESSABLE_ENTITY, Some("no_way_to_confirm"))
    );
}

#[tokio::test]
async fn a_request_sent_again_with_its_key_acts_once() {
    let world = World::new().await;
    let body = usual().to_string();
    let again = [("idempotency-key", "k-1")];
    let first = world.call("POST", "/v1/connections", &world.key, &again, Some(&body)).await;
    let second = world.call("POST", "/v1/connections", &world.key, &again, Some(&body)).await;
    assert_eq!((first.status, &first.body), (StatusCode::CREATED, &second.body));
    assert_eq!(second.status, StatusCode::CREATED);

    let other = json!({ "customer": { "external_id": "user-2" }, "parent_origin": ORIGIN }).to_string();
    let reused = world.call("POST", "/v1/connections", &world.key, &again, Some(&other)).await;
    assert_eq!(
        (reused.status, reused.body["code"].as_str()),
        (StatusCode::UNPROCESSABLE_ENTITY, Some("idempotency_key_reused"))
    );

    let hour = std::time::Duration::from_secs(60 * 60);
    world.clock.advance(hour * 23);
    let kept = world.call("POST", "/v1/connections", &world.key, &again, Some(&body)).await;
    assert_eq!((kept.status, &kept.body), (StatusCode::CREATED, &first.body), "after 23 hours");
    world.clock.advance(hour * 2);
    let later = world.call("POST", "/v1/connections", &world.key, &again, Some(&other)).await;
    assert_eq!(later.status, StatusCode::CREATED, "a key is kept for 24 hours");
}

#[tokio::test]
async fn a_key_is_visible_ascii_and_no_longer_than_255() {
    let world = World::new().await;
    let (body, longest) = (usual().to_string(), "k".repeat(255));
    let longer = format!("{longest}k");
    for (key, taken) in [
        ("!", true),
        (&*longest, true),
        ("", false),
        ("a b", false),
        ("é", false),
        (&*longer, false),
    ] {
        let answer = world
            .call("POST", "/v1/connections", &world.key, &[("idempotency-key", key)], Some(&body))
            .await;
        let refused = (answer.status, answer.body["code"].as_str()) == (StatusCode::BAD_REQUEST, Some("bad_idempotency_key"));
        assert_eq!((answer.status == StatusCode::CREATED, !refused), (taken, taken), "{key}");
    }
}

#[tokio::test]
async fn many_at_once_with_one_key_make_one_connection() {
    let world = World::new().await;
    let body = usual().to_string();
    let calls = (0..100).map(|_| world.call("POST", "/v1/connections", &world.key, &[("idempotency-key", "k-2")], Some(&body)));
    let answers = futures::future::join_all(calls).await;
    assert!(
        answers
            .iter()
            .all(|answer| answer.status == StatusCode::CREATED && answer.body == answers[0].body)
    );
    let made = connections::list(&world.core.store, world.tenant.as_str(), &Wanted::default(), 100)
        .await
        .expect("reads");
    assert_eq!(made.len(), 1);
}

#[tokio::test]
async fn two_tenants_may_use_the_same_key() {
    let world = World::new().await;
    let other = TenantTag::from_random(11);
    let key = add_tenant(&world.core, &other, &[ORIGIN], &[]).await;
    let body = usual().to_string();
    let mine = world
        .call("POST", "/v1/connections", &world.key, &[("idempotency-key", "same")], Some(&body))
        .await;
    let theirs = world
        .call("POST", "/v1/connections", &key, &[("idempotency-key", "same")], Some(&body))
        .await;
    assert_ne!(mine.body["id"], theirs.body["id"]);
}

#[tokio::test]
async fn a_live_key_reaches_no_sandbox_route() {
    let world = World::new().await;
    let live = world.add_key(&world.tenant, Mode::Live).await;
    let listed = world.call("GET", "/v1/institutions?include_sandbox=true", &live, &[], None).await;
    assert_eq!(listed.body["data"], json!([]));
    let mut body = usual();
    body["institution_ids"] = json!(["il-leumi"]);
    let answer = world.call("POST", "/v1/connections", &live, &[], Some(&body.to_string())).await;
    assert_eq!(answer.body["code"], "unknown_institution");
}
