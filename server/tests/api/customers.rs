//! Customers, and the tokens that read what is theirs.

use crate::world::World;
use axum::http::StatusCode;
use gesher_server::store::{audit, tenants};
use gesher_server::tenants::{Mode, fingerprint};
use serde_json::{Value, json};
use std::time::Duration;

const PSU: &str = "043510023";

async fn link(world: &World, customer: &str) -> String {
    let invited = world.invite(json!({ "customer": { "external_id": customer } })).await;
    let token = world.enter(&invited).await.link(PSU).await.expect("a token");
    assert_eq!(world.exchange(&token, customer).await.status, StatusCode::OK);
    invited["id"].as_str().expect("an id").to_owned()
}

async fn token(world: &World, customer: &str) -> String {
    let made = world
        .call("POST", &format!("/v1/customers/{customer}/tokens"), &world.key, &[], None)
        .await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    made.body["token"].as_str().expect("a token").to_owned()
}

fn ids(body: &Value, name: &str) -> Vec<String> {
    let data = body["data"].as_array().expect("a list");
    data.iter().map(|each| each[name].as_str().expect("a text").to_owned()).collect()
}

#[tokio::test]
async fn customers_are_listed_by_page_and_are_those_of_the_mode() {
    listing(&World::new().await).await;
}

async fn listing(world: &World) {
    for customer in ["c", "a", "b", "a", "ש/?#%"] {
        world.invite(json!({ "customer": { "external_id": customer } })).await;
    }
    let first = world.get("/v1/customers?limit=2").await.body;
    assert_eq!(ids(&first, "external_id"), ["a", "b"]);
    assert_eq!(
        (&first["data"][0]["connections"], &first["data"][1]["connections"]),
        (&json!(2), &json!(1))
    );
    let cursor = first["next_cursor"].as_str().expect("another page");
    let second = world.get(&format!("/v1/customers?limit=2&cursor={cursor}")).await.body;
    assert_eq!(ids(&second, "external_id"), ["c", "ש/?#%"]);
    assert_eq!(second["next_cursor"], Value::Null);
    let odd = world.get("/v1/customers/%D7%A9%2F%3F%23%25").await;
    assert_eq!((odd.status, &odd.body), (StatusCode::OK, &second["data"][1]));
    let live = world.add_key(&world.tenant, Mode::Live).await;
    let none = world.call("GET", "/v1/customers", &live, &[], None).await;
    assert_eq!(none.body, json!({ "data": [], "next_cursor": null }));
    for path in ["/v1/customers/nobody", "/v1/customers/%00", "/v1/customers/%FF"] {
        assert_eq!(world.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn deleting_a_customer_deletes_all_that_is_theirs_and_nothing_else() {
    deleting(&World::new().await).await;
}

async fn deleting(world: &World) {
    let (own, other) = (link(world, "user-1").await, link(world, "user-2").await);
    world.invite(json!({})).await;
    let reads = token(world, "user-1").await;
    let deleted = world.call("DELETE", "/v1/customers/user-1", &world.key, &[], None).await;
    assert_eq!((deleted.status, &deleted.body["connections"]), (StatusCode::OK, &json!(0)));
    for status in ["deleted", "active", "connected"] {
        let listed = world.get(&format!("/v1/connections?status={status}")).await.body;
        let right = if status == "deleted" { 2 } else { 0 };
        assert_eq!(ids(&listed, "id").into_iter().filter(|id| *id != other).count(), right, "{status}");
    }
    assert_eq!(
        world.get(&format!("/v1/connections/{own}/accounts")).await.status,
        StatusCode::CONFLICT
    );
    assert_ne!(
        world.get(&format!("/v1/connections/{other}")).await.body["status"],
        json!("deleted")
    );
    let again = world.call("DELETE", "/v1/customers/user-1", &world.key, &[], None).await;
    assert_eq!(again.body, deleted.body);
    assert_eq!(world.get("/v1/customers/user-1").await.body, deleted.body);
    // The tokens went with the rest.
    world.clock.advance(Duration::from_secs(1));
    let refused = world.call("GET", "/v1/connections", &reads, &[], None).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    let lines = audit::of_tenant(&world.core.store, world.tenant.as_str(), None, 10)
        .await
        .expect("the log");
    assert!(lines.iter().all(|line| !line.detail.contains(&reads)));
}

#[tokio::test]
async fn a_token_reads_its_customer_s_and_does_nothing() {
    reading(&World::new().await).await;
}

async fn reading(world: &World) {
    let (own, other) = (link(world, "user-1").await, link(world, "user-2").await);
    let account = async |connection: &str| {
        let accounts = world.get(&format!("/v1/connections/{connection}/accounts")).await.body;
        ids(&accounts, "id").remove(0)
    };
    let (own_account, other_account) = (account(&own).await, account(&other).await);
    let token = token(world, "user-1").await;
    assert!(token.starts_with(&format!("customer_{}", world.tenant)));
    let read = async |path: &str| world.call("GET", path, &token, &[], None).await;
    assert_eq!(ids(&read("/v1/connections").await.body, "id"), [own.as_str()]);
    assert_eq!(ids(&read("/v1/connections?customer=user-1").await.body, "id"), [own.as_str()]);
    assert_eq!(read("/v1/connections?customer=user-2").await.body["data"], json!([]));
    for path in [
        format!("/v1/connections/{own}"),
        format!("/v1/connections/{own}/accounts"),
        format!("/v1/connections/{own}/events"),
        format!("/v1/events?connection_id={own}"),
        format!("/v1/accounts/{own_account}/balances"),
        format!("/v1/accounts/{own_account}/transactions"),
        "/v1/institutions".to_owned(),
        "/v1/customers/user-1".to_owned(),
    ] {
        assert_eq!(read(&path).await.status, StatusCode::OK, "{path}");
    }
    for path in [
        format!("/v1/connections/{other}"),
        format!("/v1/connections/{other}/accounts"),
        format!("/v1/connections/{other}/events"),
        format!("/v1/events?connection_id={other}"),
        format!("/v1/accounts/{other_account}/balances"),
        format!("/v1/accounts/{other_account}/transactions"),
        "/v1/customers/user-2".to_owned(),
    ] {
        assert_eq!(read(&path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let events = read("/v1/events").await.body;
    let events = events["data"].as_array().expect("a list");
    assert!(!events.is_empty() && events.iter().all(|event| event["data"]["connection_id"] == json!(own)));
    for (method, path) in [
        ("DELETE", format!("/v1/connections/{own}")),
        ("POST", "/v1/connections".to_owned()),
        ("POST", "/v1/public_tokens/exchange".to_owned()),
        ("GET", "/v1/webhook_endpoints".to_owned()),
        ("POST", "/v1/webhook_endpoints".to_owned()),
        ("GET", "/v1/customers".to_owned()),
        ("POST", "/v1/customers/user-1/tokens".to_owned()),
        ("DELETE", "/v1/customers/user-1".to_owned()),
    ] {
        let refused = world.call(method, &path, &token, &[], Some("{}")).await;
        assert_eq!(
            (refused.status, refused.body["code"].as_str()),
            (StatusCode::FORBIDDEN, Some("customer_token")),
            "{method} {path}"
        );
    }
}

#[tokio::test]
async fn the_same_on_postgresql() {
    let world = World::on_postgres().await;
    reading(&world).await;
    let world = world.beside().await;
    listing(&world).await;
    let world = world.beside().await;
    deleting(&world).await;
}

#[tokio::test]
async fn a_token_ends_with_its_hour_with_its_key_and_when_it_is_taken_back() {
    let world = World::new().await;
    world.invite(json!({})).await;
    let works = async |token: &str| world.call("GET", "/v1/connections", token, &[], None).await.status == StatusCode::OK;

    let of_an_hour = token(&world, "user-1").await;
    world.clock.advance(Duration::from_secs(3_599));
    assert!(works(&of_an_hour).await);
    world.clock.advance(Duration::from_secs(1));
    assert!(!works(&of_an_hour).await, "to the second, though it was looked up a moment ago");

    let taken_back = token(&world, "user-1").await;
    assert!(works(&taken_back).await);
    let path = "/v1/customers/user-1/tokens";
    let answer = world.call("DELETE", path, &world.key, &[], None).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    world.clock.advance(Duration::from_secs(1));
    assert!(!works(&taken_back).await);

    let of_the_key = token(&world, "user-1").await;
    assert!(works(&of_the_key).await);
    let revoke = tenants::revoke_api_key(world.tenant.as_str(), &fingerprint(&world.key), 1);
    world.core.store.write(revoke).await.expect("revokes");
    world.clock.advance(Duration::from_secs(1));
    assert!(!works(&of_the_key).await);
}

#[tokio::test]
async fn the_same_token_comes_back_for_the_same_idempotency_key() {
    let world = World::new().await;
    world.invite(json!({})).await;
    let path = "/v1/customers/user-1/tokens";
    let make = async |key: &str| world.call("POST", path, &world.key, &[("idempotency-key", key)], None).await.body;
    let first = make("a").await;
    assert_eq!(make("a").await, first);
    assert_ne!(make("b").await["token"], first["token"]);
}
