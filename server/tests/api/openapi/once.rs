//! Idempotency keys with Stripe's semantics (REL-03), on every POST of the document.

use super::isolation::Try;
use super::samples::Samples;
use super::{Document, Whole};
use crate::world::{ORIGIN, World, add_tenant};
use gesher_contract::TenantTag;
use gesher_server::store::idempotency;
use serde_json::{Value, json};
use std::time::Duration;

/// Requests sent at once.
const AT_ONCE: usize = 20;

#[tokio::test]
async fn every_post_acts_once_for_a_key() {
    let world = World::new().await;
    let document = Document::of(&world).await;
    let own = add_tenant(&world.core, &TenantTag::from_random(31), &[ORIGIN], &["https://shop.example/back"]).await;
    let samples = Samples::of(&world, &own, "user-1").await;
    let mut posts = document.operations();
    posts.retain(|one| one.method == "POST");
    assert!(posts.len() > 7);
    for operation in &posts {
        let takes = operation.parameters("header").iter().any(|(name, _)| *name == "Idempotency-Key");
        assert!(takes, "{} {} takes no Idempotency-Key", operation.method, operation.path);
        let mut tried = Try::new(&document, operation, &samples);
        tried.name_own(&document, &samples);
        tried.once = Some(format!("key-of-{}", operation.id));
        let answers = futures::future::join_all((0..AT_ONCE).map(|_| tried.send(&world, &own))).await;
        let first = &answers[0];
        let text = |answer: &Whole| String::from_utf8_lossy(&answer.body).into_owned();
        assert!(
            (200..300).contains(&first.status),
            "{}: {} {}",
            tried.name(),
            first.status,
            text(first)
        );
        for other in &answers {
            assert_eq!((other.status, text(other)), (first.status, text(first)), "{}", tried.name());
        }
        let Some(body) = &mut tried.body else { continue };
        body["external_reference_of_a_test"] = Value::Null;
        // Another body: refused, whether for the field that is unknown or for the key.
        let refused = tried.send(&world, &own).await;
        assert_eq!(refused.status, 422, "{}", tried.name());
    }
    // The key of one operation is no key of another one.
    let other = json!({ "customer": { "external_id": "user-1" } }).to_string();
    let key = format!("key-of-{}", posts[0].id);
    let path = if posts[0].path == "/v1/connections" {
        "/v1/webhook_endpoints"
    } else {
        "/v1/connections"
    };
    let body = if path == "/v1/connections" {
        other
    } else {
        json!({ "url": "http://127.0.0.1:9/" }).to_string()
    };
    let refused = world.call("POST", path, &own, &[("idempotency-key", &key)], Some(&body)).await;
    assert_eq!(
        (refused.status.as_u16(), refused.body["code"].as_str()),
        (422, Some("idempotency_key_reused"))
    );

    // After a day the answers are forgotten.
    let now = || world.core.clock.now().0;
    let any = async || {
        idempotency::any_expired(&world.core.store, now() + 90_000_000_000)
            .await
            .expect("reads")
    };
    assert!(any().await);
    world.clock.advance(Duration::from_secs(25 * 60 * 60));
    world.core.work.notify_one();
    for _ in 0..200 {
        if !any().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("kept answers are not swept");
}
