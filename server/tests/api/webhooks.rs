//! Webhooks, from the change of a status to the signed POST, over real HTTP.

use crate::receiver::{Heard, Receiver};
use crate::world::World;
use axum::http::StatusCode;
use gesher_app::backend::Backend as _;
use gesher_server::tenants::Mode;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;

/// Makes an endpoint at this address; `more` is added to the body.
pub async fn endpoint(world: &World, url: &str, more: Value) -> Value {
    let mut body = json!({ "url": url });
    for (name, value) in more.as_object().expect("an object") {
        body[name] = value.clone();
    }
    let answer = world.post("/v1/webhook_endpoints", &body).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    answer.body
}

/// An object's id.
pub fn id(value: &Value) -> &str {
    value["id"].as_str().expect("an id")
}

/// Sends a ping; gives the event's id.
pub async fn ping(world: &World, endpoint: &Value) -> String {
    let answer = world
        .call(
            "POST",
            &format!("/v1/webhook_endpoints/{}/ping", id(endpoint)),
            &world.key,
            &[],
            None,
        )
        .await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.body);
    answer.body["event_id"].as_str().expect("an id").to_owned()
}

/// The endpoint's tries, newest first, once there are so many.
pub async fn attempts(world: &World, endpoint: &Value, count: usize) -> Vec<Value> {
    let mut found = Vec::new();
    for _ in 0..1_200 {
        let answer = world
            .get(&format!("/v1/webhook_endpoints/{}/attempts?limit=200", id(endpoint)))
            .await;
        found = answer.body["data"].as_array().cloned().expect("a list");
        if found.len() >= count {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{} tries of {count}", found.len());
}

/// The events of a connection, as the API lists them.
async fn events(world: &World, connection: &Value) -> Vec<Value> {
    let answer = world.get(&format!("/v1/connections/{}/events", id(connection))).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    answer.body["data"].as_array().cloned().expect("a list")
}

fn find<'a>(heard: &'a [Heard], event: &Value) -> &'a Heard {
    let id = event["data"]["id"].as_str().expect("an id");
    heard.iter().find(|heard| heard.id() == id).expect("the event was heard")
}

#[tokio::test]
async fn a_change_of_status_is_a_signed_post_and_a_try_that_is_listed() {
    hear_of_a_journey(&World::new().await).await;
}

#[tokio::test]
async fn the_same_on_postgresql() {
    hear_of_a_journey(&World::on_postgres().await).await;
}

async fn hear_of_a_journey(world: &World) {
    let receiver = Receiver::start().await;
    let made = endpoint(world, &receiver.url, json!({ "description": "backend" })).await;
    let (secret, public_key) = (
        made["secret"].as_str().expect("a secret"),
        made["public_key"].as_str().expect("a key"),
    );
    let invited = world.invite(json!({})).await;
    let token = world.enter(&invited).await.link("043510023").await.expect("a public token");
    assert_eq!(world.exchange(&token, "user-1").await.status, StatusCode::OK);

    let listed = events(world, &invited).await;
    let statuses: Vec<_> = listed.iter().filter_map(|event| event["data"]["to"].as_str()).collect();
    assert_eq!((statuses.first(), statuses.last()), (Some(&"connecting"), Some(&"active")));
    let heard = receiver.hears(listed.len()).await;
    for (place, event) in listed.iter().enumerate() {
        assert_eq!(event["data"]["seq"], place + 1);
        let one = find(&heard, event);
        assert_eq!(one.json(), *event, "what is sent is what is listed");
        assert!(one.is_signed_with(secret) && one.is_signed_by(public_key));
        assert_eq!(one.header("content-type"), "application/json");
        assert_eq!(one.header("webhook-timestamp"), "1795176000", "the clock's time");
        assert_eq!(one.header("connection"), "close");
    }
    let tries = attempts(world, &made, listed.len()).await;
    for one in &tries {
        assert_eq!(
            (&one["number"], &one["status"], &one["error"]),
            (&json!(1), &json!(204), &Value::Null)
        );
    }
    let tried: BTreeSet<_> = tries
        .iter()
        .map(|one| one["event_id"].as_str().expect("an id").to_owned())
        .collect();
    assert_eq!(tried, receiver.ids());
}

#[tokio::test]
async fn a_payload_is_thin_and_names_nobody() {
    let world = World::new().await;
    let receiver = Receiver::start().await;
    endpoint(&world, &receiver.url, json!({})).await;
    let (customer, psu_id) = ("the-hosts-own-user-7", "043510023");
    let invited = world
        .invite(json!({ "customer": { "external_id": customer }, "psu_id": psu_id, "state": "the-hosts-own-state" }))
        .await;
    let mut visit = world.enter(&invited).await;
    visit.open().await;
    visit.choose("sandbox-bank").await;
    visit.submit(&[("username", "wrong"), ("password", "the-persons-password")]).await;
    world.backend.cancel(&visit.at).await.expect("leaves");
    world.clock.advance(Duration::from_secs(31 * 60));
    for heard in receiver.hears(3).await {
        let text = String::from_utf8(heard.body.to_vec()).expect("text");
        assert!(text.len() < 20_000);
        for personal in [customer, psu_id, "the-hosts-own-state", "the-persons-password", "wrong"] {
            assert!(!text.contains(personal), "{text}");
        }
        let body = heard.json();
        let keys = |value: &Value| value.as_object().expect("an object").keys().cloned().collect::<BTreeSet<_>>();
        assert_eq!(keys(&body), ["data", "timestamp", "type"].map(str::to_owned).into());
        let allowed = ["id", "connection_id", "seq", "from", "to", "reasons", "from_reasons", "failure"]
            .map(str::to_owned)
            .into();
        assert!(keys(&body["data"]).is_subset(&allowed), "{text}");
    }
}

#[tokio::test]
async fn an_endpoint_gets_what_it_wants_of_its_tenant_and_mode() {
    let world = World::new().await;
    let (all, none, live) = (Receiver::start().await, Receiver::start().await, Receiver::start().await);
    let wanting = endpoint(&world, &all.url, json!({ "events": ["connection.status_changed"] })).await;
    assert_eq!(wanting["events"], json!(["connection.status_changed"]));
    endpoint(&world, &none.url, json!({ "events": ["webhook_endpoint.disabled"] })).await;
    let live_key = world.add_key(&world.tenant, Mode::Live).await;
    let body = json!({ "url": live.url }).to_string();
    let made = world.call("POST", "/v1/webhook_endpoints", &live_key, &[], Some(&body)).await;
    assert_eq!((made.status, &made.body["mode"]), (StatusCode::CREATED, &json!("live")));

    let invited = world.invite(json!({})).await;
    world.enter(&invited).await.link("043510023").await.expect("a public token");
    let changes = |events: Vec<Value>| events.iter().filter(|event| event["type"] == "connection.status_changed").count();
    let count = changes(events(&world, &invited).await);
    all.hears(count).await;
    attempts(&world, &wanting, count).await;
    assert_eq!((none.heard().len(), live.heard().len()), (0, 0));
    let listed = world.call("GET", "/v1/events", &live_key, &[], None).await;
    assert_eq!(listed.body["data"], json!([]), "the other mode's events do not exist");
}

#[tokio::test]
async fn after_a_rotation_both_secrets_sign_for_a_day() {
    let world = World::new().await;
    let receiver = Receiver::start().await;
    let made = endpoint(&world, &receiver.url, json!({})).await;
    let old = made["secret"].as_str().expect("a secret");
    let path = format!("/v1/webhook_endpoints/{}/rotate_secret", id(&made));
    let more = [("idempotency-key", "rotate-1")];
    let rotated = world.call("POST", &path, &world.key, &more, None).await;
    assert_eq!(rotated.status, StatusCode::OK, "{}", rotated.body);
    let again = world.call("POST", &path, &world.key, &more, None).await;
    assert_eq!(again.body, rotated.body, "a rotation sent again acts once");
    let new = rotated.body["secret"].as_str().expect("a secret");
    assert_ne!(old, new);
    assert_eq!(rotated.body["old_secret_until"], "2026-11-21T12:00:00.000Z");
    let read = world.get(&format!("/v1/webhook_endpoints/{}", id(&made))).await;
    assert!(!read.body.to_string().contains("whsec_"), "a secret is shown once: {}", read.body);

    ping(&world, &made).await;
    let heard = receiver.hears(1).await;
    assert!(heard[0].is_signed_with(new) && heard[0].is_signed_with(old));
    attempts(&world, &made, 1).await;
    world.clock.advance(Duration::from_secs(24 * 60 * 60));
    ping(&world, &made).await;
    let heard = receiver.hears(2).await;
    assert!(heard[1].is_signed_with(new) && !heard[1].is_signed_with(old));
    assert!(
        heard[1].is_signed_by(made["public_key"].as_str().expect("a key")),
        "the ed25519 key stays"
    );
}

#[tokio::test]
async fn events_are_listed_page_by_page_and_filtered() {
    let world = World::new().await;
    let (first, second) = (world.invite(json!({})).await, world.invite(json!({})).await);
    for invited in [&first, &second] {
        world.enter(invited).await.link("043510023").await.expect("a public token");
    }
    let receiver = Receiver::start().await;
    let made = endpoint(&world, &receiver.url, json!({})).await;
    let pinged = ping(&world, &made).await;
    let mut all = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = world.get(&format!("/v1/events?limit=2{cursor}")).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        all.extend(page.body["data"].as_array().expect("a list").clone());
        match page.body["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let of = |connection: &Value| {
        all.iter()
            .filter(|event| event["data"]["connection_id"] == connection["id"])
            .cloned()
            .collect::<Vec<_>>()
    };
    for invited in [&first, &second] {
        let mut mine = of(invited);
        let listed = world.get(&format!("/v1/events?connection_id={}", id(invited))).await;
        assert_eq!(listed.body["data"], json!(mine));
        mine.sort_by_key(|event| event["data"]["seq"].as_i64());
        assert_eq!(events(&world, invited).await, mine);
        let one = world.get(&format!("/v1/connections/{}/events?limit=1", id(invited))).await;
        assert_eq!(one.body["data"], json!([mine[0]]));
        let next = one.body["next_cursor"].as_str().expect("a cursor");
        let rest = world.get(&format!("/v1/connections/{}/events?cursor={next}", id(invited))).await;
        assert_eq!(rest.body["data"], json!(mine[1..]));
    }
    assert_eq!(of(&first).len() + of(&second).len() + 1, all.len());
    let pings = world.get("/v1/events?type=ping").await;
    assert_eq!(pings.body["data"][0]["data"], json!({ "id": pinged, "endpoint_id": made["id"] }));
    assert_eq!(pings.body["data"].as_array().map(Vec::len), Some(1));
    for bad in [
        "cursor=AA",
        "type=%00",
        "type=nonsense",
        "cursor=!",
        "limit=0",
        "limit=201",
        "nonsense=1",
    ] {
        assert_eq!(
            world.get(&format!("/v1/events?{bad}")).await.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{bad}"
        );
    }
    assert_eq!(world.get("/v1/events?connection_id=conn_1").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_event_of_the_last_30_days_is_sent_again_with_the_same_id() {
    let world = World::new().await;
    let (early, late) = (Receiver::start().await, Receiver::start().await);
    let made = endpoint(&world, &early.url, json!({})).await;
    let invited = world.invite(json!({})).await;
    let mut visit = world.enter(&invited).await;
    visit.open().await;
    visit.choose("sandbox-bank").await;
    let event = early.hears(1).await[0].id().to_owned();
    attempts(&world, &made, 1).await;
    // An endpoint that came later has not heard of it.
    let later = endpoint(&world, &late.url, json!({ "events": ["webhook_endpoint.disabled"] })).await;
    let replay = async |body: Value| world.post(&format!("/v1/events/{event}/replay"), &body).await;
    let answer = replay(json!({})).await;
    assert_eq!(
        (answer.status, &answer.body["endpoint_ids"]),
        (StatusCode::ACCEPTED, &json!([made["id"]]))
    );
    let heard = early.hears(2).await;
    assert_eq!((heard[1].id(), &heard[1].body), (event.as_str(), &heard[0].body));
    let answer = replay(json!({ "endpoint_id": later["id"] })).await;
    assert_eq!(
        (answer.status, &answer.body["endpoint_ids"]),
        (StatusCode::ACCEPTED, &json!([later["id"]]))
    );
    assert_eq!(late.hears(1).await[0].id(), event);

    let off = json!({ "state": "disabled" }).to_string();
    world
        .call(
            "PATCH",
            &format!("/v1/webhook_endpoints/{}", id(&later)),
            &world.key,
            &[],
            Some(&off),
        )
        .await;
    let answer = replay(json!({ "endpoint_id": later["id"] })).await;
    assert_eq!(
        (answer.status, &answer.body["code"]),
        (StatusCode::CONFLICT, &json!("endpoint_disabled"))
    );
    attempts(&world, &made, 2).await;
    world.clock.advance(Duration::from_secs(30 * 24 * 60 * 60 + 1));
    let answer = replay(json!({})).await;
    assert_eq!(
        (answer.status, &answer.body["code"]),
        (StatusCode::CONFLICT, &json!("event_too_old"))
    );
}
