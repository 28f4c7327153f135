//! Hosted links: a session for a named customer each time, up to a count, until a time or a revocation.

use crate::start_pages::{fields, press};
use crate::web::Person;
use crate::world::World;
use axum::http::StatusCode;
use gesher_domain::{Clock as _, Timestamp};
use serde_json::{Value, json};
use std::time::Duration;

const ACT: &str = "/w/fn/create_link_token";

async fn link(world: &World, more: Value) -> Value {
    let mut body = json!({ "customer": { "external_id": "user-9" }, "connection": { "include_sandbox": true }, "language": "en" });
    for (name, value) in more.as_object().expect("an object") {
        body[name] = value.clone();
    }
    let answer = world.post("/v1/hosted_links", &body).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    answer.body
}

fn path(made: &Value) -> String {
    format!("/v1/hosted_links/{}", made["id"].as_str().expect("an id"))
}

#[tokio::test]
async fn each_use_is_a_session_of_the_customer_until_they_are_used_up() {
    let world = World::new().await;
    let made = link(&world, json!({ "max_uses": 2 })).await;
    let address = made["url"].as_str().expect("an address");
    for used in 1..=2 {
        // Looking does not use it.
        Person::new(&world).get(address, "cross-site").await;
        let (page, onward) = press(&Person::new(&world), address, ACT).await;
        assert!(onward.starts_with("/c/sess_"), "{onward}");
        assert!(page.text.contains("sandbox-bank"));
        assert_eq!(world.get(&path(&made)).await.body["uses"], used);
    }
    let own = world.get("/v1/connections?customer=user-9").await.body;
    assert_eq!(own["data"].as_array().map(Vec::len), Some(2));
    assert_eq!(own["data"][0]["references"]["hosted_link_id"], made["id"]);
    let over = Person::new(&world).get(address, "cross-site").await;
    assert_eq!(over.status, StatusCode::GONE);
    assert!(over.text.contains("This link has been used"), "{}", over.text);
    assert_eq!(world.get(&path(&made)).await.body["state"], "used_up");
}

#[tokio::test]
async fn an_expired_or_revoked_link_says_so_also_to_a_form_that_was_open() {
    let world = World::new().await;
    let soon = Timestamp(world.clock.now().0).plus(Duration::from_secs(600)).rfc3339();
    let late = link(&world, json!({ "expires_at": soon })).await;
    let taken = link(&world, json!({})).await;
    let person = Person::new(&world);
    let address = taken["url"].as_str().expect("an address");
    let open = fields(&person.get(address, "none").await);
    let revoked = world.call("DELETE", &path(&taken), &world.key, &[], None).await;
    assert_eq!((revoked.status, &revoked.body["state"]), (StatusCode::OK, &json!("revoked")));
    let again = world.call("DELETE", &path(&taken), &world.key, &[], None).await;
    assert_eq!(
        (again.status, &again.body["revoked_at"]),
        (StatusCode::OK, &revoked.body["revoked_at"])
    );
    let open: Vec<(&str, &str)> = open.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let pressed = person.post(ACT, "same-origin", &open).await;
    let shown = person.follow(pressed).await;
    assert_eq!(shown.status, StatusCode::GONE);
    assert!(shown.text.contains("This link was taken back"), "{}", shown.text);
    world.clock.advance(Duration::from_secs(600));
    let shown = person.get(late["url"].as_str().expect("an address"), "none").await;
    assert!(shown.text.contains("This link is no longer valid"), "{}", shown.text);
    assert_eq!(world.get("/v1/connections").await.body["data"], json!([]));
}

#[tokio::test]
async fn neither_the_token_nor_a_persons_id_is_kept_where_it_can_be_read() {
    let world = World::new().await;
    let made = link(&world, json!({ "connection": { "include_sandbox": true, "psu_id": "043510023" } })).await;
    let token = made["url"]
        .as_str()
        .and_then(|url| url.rsplit('/').next())
        .expect("a token")
        .to_owned();
    assert!(token.starts_with("ln_"), "{token}");
    for answer in [world.get(&path(&made)).await, world.get("/v1/hosted_links").await] {
        let text = answer.body.to_string();
        assert!(!text.contains(&token) && !text.contains("043510023"), "{text}");
    }
    let file = world.folder.path().join("gesher.db");
    for name in ["gesher.db", "gesher.db-wal"] {
        let bytes = std::fs::read(file.with_file_name(name)).unwrap_or_default();
        for canary in [token.as_bytes(), b"043510023"] {
            assert!(!bytes.windows(canary.len()).any(|part| part == canary), "{name}");
        }
    }
}

#[tokio::test]
async fn a_link_is_checked_whole() {
    let world = World::new().await;
    let customer = json!({ "external_id": "user-9" });
    let cases = [
        (
            json!({ "customer": { "external_id": "" } }),
            "invalid_external_id",
            "customer.external_id",
        ),
        (json!({ "customer": customer, "max_uses": 0 }), "invalid_max_uses", "max_uses"),
        (
            json!({ "customer": customer, "expires_at": "soon" }),
            "invalid_expires_at",
            "expires_at",
        ),
        (
            json!({ "customer": customer, "expires_at": "2029-01-01T00:00:00Z" }),
            "invalid_expires_at",
            "expires_at",
        ),
        (
            json!({ "customer": customer, "connection": { "psu_id": "1" } }),
            "invalid_psu_id",
            "connection.psu_id",
        ),
        (
            json!({ "customer": customer, "connection": { "parent_origin": "https://shop.example" } }),
            "unknown_field",
            "connection.parent_origin",
        ),
        (
            json!({ "customer": customer, "connection": { "callbacks": [{ "on": ["fail"], "url": "https://shop.example/" }] } }),
            "unknown_field",
            "connection.callbacks",
        ),
        (
            json!({ "customer": customer, "connection": { "dialect": "meld" } }),
            "unknown_field",
            "connection.dialect",
        ),
    ];
    for (body, code, field) in cases {
        let answer = world.post("/v1/hosted_links", &body).await;
        assert_eq!(
            (answer.status, answer.body["code"].as_str(), answer.body["field"].as_str()),
            (StatusCode::UNPROCESSABLE_ENTITY, Some(code), Some(field)),
            "{body}"
        );
    }
}

#[tokio::test]
async fn a_customer_who_is_deleted_takes_their_links_along() {
    let world = World::new().await;
    let made = link(&world, json!({ "max_uses": 5 })).await;
    let other = link(&world, json!({ "customer": { "external_id": "user-10" } })).await;
    press(&Person::new(&world), made["url"].as_str().expect("an address"), ACT).await;
    let deleted = world.call("DELETE", "/v1/customers/user-9", &world.key, &[], None).await;
    assert!(deleted.status.is_success(), "{}", deleted.body);
    assert_eq!(world.get(&path(&made)).await.status, StatusCode::NOT_FOUND);
    assert_eq!(
        Person::new(&world)
            .get(made["url"].as_str().expect("an address"), "none")
            .await
            .status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(world.get(&path(&other)).await.status, StatusCode::OK);
    // Also one that nobody has used: it holds what it asks for.
    let shown = world.get("/v1/customers/user-10").await;
    assert_eq!((shown.status, &shown.body["connections"]), (StatusCode::OK, &json!(0)));
    let deleted = world.call("DELETE", "/v1/customers/user-10", &world.key, &[], None).await;
    assert!(deleted.status.is_success(), "{}", deleted.body);
    assert_eq!(world.get(&path(&other)).await.status, StatusCode::NOT_FOUND);
    assert_eq!(world.get("/v1/customers/user-10").await.status, StatusCode::NOT_FOUND);
}
