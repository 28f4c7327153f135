//! Endpoints that do not take what they are sent, on the moved clock.

use crate::receiver::Receiver;
use crate::webhooks::{attempts, endpoint, id, ping};
use crate::world::World;
use axum::http::StatusCode;
use gesher_domain::Clock as _;
use gesher_server::store::webhooks::deliveries;
use gesher_server::webhooks::sender;
use serde_json::{Value, json};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn read(world: &World, endpoint: &Value) -> Value {
    world.get(&format!("/v1/webhook_endpoints/{}", id(endpoint))).await.body
}

/// Waits until nothing is being sent and nothing is due.
async fn quiet(world: &World, events: &[String]) {
    for _ in 0..1_200 {
        let now = world.clock.now().0;
        let mut quiet = true;
        for event in events {
            let rows = deliveries::of_event(&world.core.store, world.tenant.as_str(), event)
                .await
                .expect("reads");
            quiet &= rows
                .iter()
                .all(|row| row.state != "pending" || row.lease_token.is_none() && row.next_at > now);
        }
        if quiet {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("webhooks are still being sent");
}

#[tokio::test]
async fn a_dead_endpoint_is_tried_ten_times_over_75_hours_with_one_id_and_fresh_times() {
    let world = World::new().await;
    let receiver = Receiver::start().await;
    receiver.answer_with(500);
    let made = endpoint(&world, &receiver.url, json!({})).await;
    let event = ping(&world, &made).await;
    let began = world.clock.now();
    for tried in 1..=10 {
        attempts(&world, &made, tried).await;
        quiet(&world, std::slice::from_ref(&event)).await;
        let rows = deliveries::of_event(&world.core.store, world.tenant.as_str(), &event)
            .await
            .expect("reads");
        assert_eq!(rows[0].state, if tried < 10 { "pending" } else { "given_up" });
        if tried < 10 {
            let pause = u64::try_from(rows[0].next_at - world.clock.now().0).expect("later");
            world.clock.advance(Duration::from_micros(pause - 1));
            tokio::time::sleep(Duration::from_millis(500)).await;
            assert_eq!(receiver.heard().len(), tried, "not before its time");
            world.clock.advance(Duration::from_micros(1));
        }
    }
    let whole = began.until(world.clock.now());
    assert!(whole > 60 * HOUR && whole < 91 * HOUR, "{whole:?}");
    world.clock.advance(DAY);
    tokio::time::sleep(Duration::from_millis(500)).await;
    let heard = receiver.heard();
    assert_eq!(heard.len(), 10);
    assert_eq!(receiver.ids(), [event].into());
    let mut times: Vec<_> = heard.iter().map(|heard| heard.header("webhook-timestamp").to_owned()).collect();
    assert!(
        heard
            .iter()
            .all(|heard| heard.is_signed_with(made["secret"].as_str().expect("a secret")))
    );
    times.dedup();
    assert_eq!(times.len(), 10, "each try has its own time");
    let tries = attempts(&world, &made, 10).await;
    for (place, one) in tries.iter().enumerate() {
        assert_eq!(
            (&one["number"], &one["status"], &one["error"]),
            (&json!(10 - place), &json!(500), &json!("refused"))
        );
    }
    assert!(read(&world, &made).await["failing_since"].is_string());
}

#[tokio::test]
async fn after_five_days_without_a_success_an_endpoint_is_disabled_and_the_others_hear_of_it() {
    let world = World::new().await;
    let (dead, other) = (Receiver::start().await, Receiver::start().await);
    dead.answer_with(503);
    let made = endpoint(&world, &dead.url, json!({})).await;
    let watching = endpoint(&world, &other.url, json!({ "events": ["webhook_endpoint.disabled"] })).await;
    let mut events = Vec::new();
    for day in 0..6 {
        assert_eq!(read(&world, &made).await["state"], "enabled", "on day {day}");
        events.push(ping(&world, &made).await);
        quiet(&world, &events).await;
        if day < 5 {
            world.clock.advance(DAY);
        }
    }
    let heard = other.hears(1).await;
    assert_eq!(heard[0].json()["type"], "webhook_endpoint.disabled");
    assert_eq!(heard[0].json()["data"]["endpoint_id"], made["id"]);
    assert_eq!(heard[0].json()["data"]["why"], "failing");
    let now = read(&world, &made).await;
    assert_eq!((&now["state"], &now["disabled"]["why"]), (&json!("disabled"), &json!("failing")));
    attempts(&world, &watching, 1).await;
    let before = dead.heard().len();
    world.clock.advance(DAY);
    let refused = world
        .call("POST", &format!("/v1/webhook_endpoints/{}/ping", id(&made)), &world.key, &[], None)
        .await;
    assert_eq!(
        (refused.status, &refused.body["code"]),
        (StatusCode::CONFLICT, &json!("endpoint_disabled"))
    );
    world.invite(json!({})).await;
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert_eq!(dead.heard().len(), before, "nothing is sent to it any more");

    dead.answer_with(200);
    let on = json!({ "state": "enabled" }).to_string();
    let enabled = world
        .call("PATCH", &format!("/v1/webhook_endpoints/{}", id(&made)), &world.key, &[], Some(&on))
        .await;
    assert_eq!(
        (enabled.status, &enabled.body["state"]),
        (StatusCode::OK, &json!("enabled")),
        "{}",
        enabled.body
    );
    let back = ping(&world, &made).await;
    quiet(&world, &[back]).await;
    let now = read(&world, &made).await;
    assert_eq!((&now["disabled"], &now["failing_since"]), (&Value::Null, &Value::Null));
}

#[tokio::test]
async fn a_410_disables_at_once() {
    let world = World::new().await;
    let (gone, other) = (Receiver::start().await, Receiver::start().await);
    gone.answer_with(410);
    let made = endpoint(&world, &gone.url, json!({})).await;
    endpoint(&world, &other.url, json!({})).await;
    ping(&world, &made).await;
    let heard = other.hears(1).await;
    assert_eq!(
        (&heard[0].json()["type"], &heard[0].json()["data"]["why"]),
        (&json!("webhook_endpoint.disabled"), &json!("gone"))
    );
    let now = read(&world, &made).await;
    assert_eq!((&now["state"], &now["disabled"]["why"]), (&json!("disabled"), &json!("gone")));
    let tries = attempts(&world, &made, 1).await;
    assert_eq!((&tries[0]["status"], &tries[0]["error"]), (&json!(410), &json!("gone")));
    world.clock.advance(DAY);
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(gone.heard().len(), 1);
}

#[tokio::test]
async fn retry_after_is_waited_for() {
    let world = World::new().await;
    let receiver = Receiver::start().await;
    receiver.answer(|place| {
        Some(if place == 0 {
            (429, vec![("retry-after", "600".to_owned())])
        } else {
            (200, Vec::new())
        })
    });
    let made = endpoint(&world, &receiver.url, json!({})).await;
    let event = ping(&world, &made).await;
    attempts(&world, &made, 1).await;
    world.clock.advance(Duration::from_secs(599));
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(receiver.heard().len(), 1, "the schedule alone would have come back after 5 s");
    world.clock.advance(Duration::from_secs(1));
    receiver.hears(2).await;
    quiet(&world, &[event]).await;
    let tries = attempts(&world, &made, 2).await;
    assert_eq!((&tries[0]["status"], &tries[1]["status"]), (&json!(200), &json!(429)));
    assert_eq!(read(&world, &made).await["failing_since"], Value::Null);
}

#[tokio::test]
async fn a_redirect_is_a_failure_and_is_not_followed() {
    let world = World::new().await;
    let (receiver, elsewhere) = (Receiver::start().await, Receiver::start().await);
    let to = elsewhere.url.clone();
    receiver.answer(move |place| Some(([301, 302, 303, 307, 308][place % 5], vec![("location", to.clone())])));
    let made = endpoint(&world, &receiver.url, json!({})).await;
    for _ in 0..5 {
        ping(&world, &made).await;
    }
    for one in attempts(&world, &made, 5).await {
        assert_eq!(one["error"], "redirected");
    }
    assert_eq!(elsewhere.heard().len(), 0);
}

#[tokio::test]
async fn a_tarpit_holds_a_few_places_and_delays_nobody() {
    let world = World::new().await;
    let (tarpit, healthy) = (Receiver::start().await, Receiver::start().await);
    tarpit.answer(|_| None);
    let stuck = endpoint(&world, &tarpit.url, json!({})).await;
    let well = endpoint(&world, &healthy.url, json!({})).await;
    for _ in 0..60 {
        ping(&world, &stuck).await;
    }
    tarpit.hears(8).await;
    for _ in 0..40 {
        ping(&world, &well).await;
    }
    healthy.hears(40).await;
    let held = tarpit.heard().len();
    assert!(held <= 9, "the tarpit holds {held} places");
}

#[tokio::test]
async fn senders_on_several_nodes_send_each_event_once() {
    let world = World::new().await;
    let receiver = Receiver::start().await;
    let stop = CancellationToken::new();
    for _ in 0..3 {
        tokio::spawn(sender::run(world.core.clone(), stop.clone()));
    }
    let made = endpoint(&world, &receiver.url, json!({})).await;
    for _ in 0..60 {
        ping(&world, &made).await;
    }
    attempts(&world, &made, 60).await;
    stop.cancel();
    assert_eq!((receiver.heard().len(), receiver.ids().len()), (60, 60));
}

#[tokio::test]
async fn what_is_older_than_30_days_is_forgotten() {
    let world = World::new().await;
    let receiver = Receiver::start().await;
    let made = endpoint(&world, &receiver.url, json!({})).await;
    let event = ping(&world, &made).await;
    attempts(&world, &made, 1).await;
    world.clock.advance(30 * DAY + HOUR);
    for _ in 0..200 {
        let tries = world.get(&format!("/v1/webhook_endpoints/{}/attempts", id(&made))).await;
        let events = world.get("/v1/events?type=ping").await;
        let rows = deliveries::of_event(&world.core.store, world.tenant.as_str(), &event)
            .await
            .expect("reads");
        if tries.body["data"] == json!([]) && events.body["data"] == json!([]) && rows.is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("it is still there");
}
