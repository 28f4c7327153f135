//! Webhooks in Meld's dialect, from what happens to the signed POST, over real HTTP. [V] stands beside what the vendor's pages list or
//! show (docs.meld.io: "Bank Linking Webhooks", "Events", "Webhooks Authentication", "Webhooks Retries"), [I] beside what is inferred.

use crate::receiver::{Heard, Receiver};
use crate::webhooks::{attempts, endpoint, id, ping};
use crate::world::World;
use axum::http::StatusCode;
use gesher_domain::Clock as _;
use gesher_server::store::webhooks::deliveries;
use ring::hmac;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// [V]
const ENVELOPE: [&str; 7] = ["eventType", "eventId", "timestamp", "accountId", "profileId", "version", "payload"];
/// [V] of a completed connection; [I] that the other messages about a connection have them too.
const OF_CONNECTION: [&str; 7] = [
    "requestId",
    "customerId",
    "externalCustomerId",
    "connectionId",
    "institutionId",
    "institutionName",
    "serviceProviderDetails",
];

async fn meld(world: &World) -> (Receiver, Value) {
    let receiver = Receiver::start().await;
    receiver.answer_with(200);
    let made = endpoint(world, &receiver.url, json!({ "dialect": "meld" })).await;
    assert_eq!(made["dialect"], "meld");
    (receiver, made)
}

/// [V] The formula of the vendor's page; the key is the secret's whole text.
fn is_signed(heard: &Heard, secret: &str, url: &str) -> bool {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let mut content = format!("{}.{url}.", heard.header("meld-signature-timestamp")).into_bytes();
    content.extend_from_slice(&heard.body);
    let signature = data_encoding::BASE64URL.decode(heard.header("meld-signature").as_bytes());
    hmac::verify(&key, &content, &signature.expect("base64url with padding")).is_ok()
}

fn keys(value: &Value) -> BTreeSet<&str> {
    value.as_object().expect("an object").keys().map(String::as_str).collect()
}

/// Waits until a message of each of these types came; gives all that came.
async fn hears_of(receiver: &Receiver, types: &[&str]) -> Vec<Heard> {
    for _ in 0..1_200 {
        let heard = receiver.heard();
        let came: BTreeSet<String> = heard.iter().map(kind).collect();
        if types.iter().all(|wanted| came.contains(*wanted)) {
            return heard;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{:?} of {types:?}", receiver.heard().iter().map(kind).collect::<Vec<_>>());
}

fn kind(heard: &Heard) -> String {
    heard.json()["eventType"].as_str().expect("a type").to_owned()
}

fn of<'a>(heard: &'a [Heard], wanted: &str) -> Vec<&'a Heard> {
    heard.iter().filter(|one| kind(one) == wanted).collect()
}

async fn hear_of_a_connection(world: World) {
    let (receiver, made) = meld(&world).await;
    let secret = made["secret"].as_str().expect("a secret");
    let invited = world.invite(json!({})).await;
    let token = world.enter(&invited).await.link("043510023").await.expect("a public token");
    assert_eq!(world.exchange(&token, "user-1").await.status, StatusCode::OK);
    let heard = hears_of(
        &receiver,
        &[
            "BANK_LINKING_CONNECTION_COMPLETED",
            "BANK_LINKING_CONNECTION_STATUS_CHANGE",
            "BANK_LINKING_ACCOUNTS_UPDATED",
            "BANK_LINKING_TRANSACTIONS_AGGREGATED",
            "BANK_LINKING_HISTORICAL_TRANSACTIONS_AGGREGATED",
        ],
    )
    .await;
    let listed = world.get(&format!("/v1/connections/{}/accounts", id(&invited))).await.body;
    let accounts: BTreeSet<&str> = listed["data"].as_array().expect("a list").iter().map(id).collect();
    let mut ids = BTreeSet::new();
    for one in &heard {
        assert!(is_signed(one, secret, &receiver.url), "{:?}", one.headers);
        assert!(!is_signed(one, &secret["whsec_".len()..], &receiver.url) && !is_signed(one, secret, "http://other.example/"));
        assert_eq!(
            one.header("meld-signature-timestamp"),
            "2026-11-20T12:00:00.000Z",
            "the clock's time"
        );
        for absent in ["webhook-id", "webhook-signature", "meld-retry-count", "meld-retry-reason"] {
            assert_eq!(one.header(absent), "", "{absent}");
        }
        let body = one.json();
        assert_eq!(one.body, serde_json::to_vec(&body).expect("JSON"), "compact");
        assert_eq!(keys(&body), ENVELOPE.into());
        assert_eq!(
            (&body["accountId"], &body["profileId"]),
            (&json!(world.tenant.as_str()), &made["id"])
        );
        let payload = &body["payload"];
        assert!(keys(payload).is_superset(&OF_CONNECTION.into()), "{payload}");
        assert_eq!(payload["connectionId"], invited["id"]);
        assert_eq!(payload["serviceProviderDetails"]["serviceProvider"], "SANDBOX");
        assert_eq!(payload["institutionName"], "Sandbox Bank");
        ids.insert(body["eventId"].as_str().expect("an id").to_owned());
        if let Some(read) = payload.get("financialAccountIds") {
            let read: BTreeSet<&str> = read.as_array().expect("a list").iter().filter_map(Value::as_str).collect();
            assert_eq!(read, accounts, "{body}");
        }
    }
    assert_eq!(ids.len(), heard.len(), "each has an id of its own");
    let completed = of(&heard, "BANK_LINKING_CONNECTION_COMPLETED")[0].json();
    assert_eq!(keys(&completed["payload"]), OF_CONNECTION.into());
    assert_eq!(completed["payload"]["externalCustomerId"], "user-1");
    assert!(
        completed["payload"]["customerId"]
            .as_str()
            .is_some_and(|id| id.starts_with("cust_")),
        "{completed}"
    );
    let changes = of(&heard, "BANK_LINKING_CONNECTION_STATUS_CHANGE");
    let said: Vec<_> = changes.iter().map(|one| one.json()["payload"].clone()).collect();
    assert_eq!(said.len(), 1, "in progress is in progress until it is active: {said:?}");
    assert_eq!(
        (&said[0]["oldStatus"], &said[0]["newStatus"], &said[0]["newStatusReason"]),
        (&json!("IN_PROGRESS"), &json!("ACTIVE"), &Value::Null)
    );

    let path = format!("/v1/connections/{}", id(&invited));
    assert!(world.call("DELETE", &path, &world.key, &[], None).await.status.is_success());
    let heard = hears_of(&receiver, &["BANK_LINKING_CONNECTION_DELETED"]).await;
    let deleted = of(&heard, "BANK_LINKING_CONNECTION_DELETED")[0].json();
    assert_eq!(deleted["payload"]["connectionId"], invited["id"]);
    assert_eq!(deleted["payload"]["customerId"], completed["payload"]["customerId"]);
    let tries = attempts(&world, &made, heard.len()).await;
    let named: BTreeSet<&str> = tries.iter().filter_map(|one| one["message"].as_str()).collect();
    assert!(named.contains("BANK_LINKING_CONNECTION_DELETED"), "{named:?}");
}

#[tokio::test]
async fn a_connections_life_is_told_in_melds_words() {
    hear_of_a_connection(World::new().await).await;
}

#[tokio::test]
async fn a_connections_life_is_told_in_melds_words_on_postgresql() {
    hear_of_a_connection(World::on_postgres().await).await;
}

/// When the event's one message there is due, from now on.
async fn due(world: &World, event: &str) -> Duration {
    for _ in 0..400 {
        let rows = deliveries::of_event(&world.core.store, world.tenant.as_str(), event).await;
        let row = rows.expect("reads").remove(0);
        if row.lease_token.is_none() && row.attempts > 0 {
            let pause = row.next_at - world.clock.now().0;
            return Duration::from_micros(u64::try_from(pause).expect("later"));
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("it was not tried");
}

#[tokio::test]
async fn what_is_not_200_comes_again_after_a_minute_and_then_twice_as_long_and_says_why() {
    let world = World::new().await;
    let (receiver, made) = meld(&world).await;
    receiver.answer(|place| Some(([204, 410, 503, 200][place.min(3)], vec![("retry-after", "86400".to_owned())])));
    let event = ping(&world, &made).await;
    // [V] about one minute, doubled each time; 410 ends nothing and no answer makes a pause longer.
    for (tried, minutes, reason) in [(1, 1, "204"), (2, 2, "410"), (3, 4, "503")] {
        attempts(&world, &made, tried).await;
        let pause = due(&world, &event).await.as_secs_f64() / 60.0;
        assert!(
            (0.8..=1.2).contains(&(pause / f64::from(minutes))),
            "{pause} minutes after try {tried}"
        );
        world.clock.advance(due(&world, &event).await);
        let heard = receiver.hears(tried + 1).await;
        let again = &heard[tried];
        assert_eq!(
            (again.header("meld-retry-count"), again.header("meld-retry-reason")),
            (tried.to_string().as_str(), format!("HTTP error: {reason}").as_str())
        );
        assert_eq!(again.body, heard[0].body, "the same id in the same body");
        assert!(is_signed(again, made["secret"].as_str().expect("a secret"), &receiver.url));
        assert_ne!(
            again.header("meld-signature-timestamp"),
            heard[0].header("meld-signature-timestamp")
        );
    }
    let body = receiver.heard()[0].json();
    // [V]
    assert_eq!(
        (&body["eventType"], keys(&body["payload"])),
        (&json!("WEBHOOK_TEST"), ["requestId"].into())
    );
    let tries = attempts(&world, &made, 4).await;
    assert_eq!((&tries[0]["status"], &tries[0]["error"]), (&json!(200), &Value::Null));
    let now = world.get(&format!("/v1/webhook_endpoints/{}", id(&made))).await.body;
    assert_eq!((&now["state"], &now["failing_since"]), (&json!("enabled"), &Value::Null));
}

#[tokio::test]
async fn who_does_not_answer_in_ten_seconds_or_is_not_there_is_told_so() {
    let world = World::new().await;
    let (receiver, made) = meld(&world).await;
    receiver.answer(|place| (place > 0).then(|| (200, Vec::new())));
    let began = Instant::now();
    let event = ping(&world, &made).await;
    let tries = attempts(&world, &made, 1).await;
    let took = began.elapsed();
    assert_eq!(tries[0]["error"], "timed_out");
    // [V] ten seconds; others have fifteen.
    assert!(took > Duration::from_secs(9) && took < Duration::from_millis(14_500), "{took:?}");
    world.clock.advance(due(&world, &event).await);
    assert_eq!(receiver.hears(2).await[1].header("meld-retry-reason"), "Timeout");

    // Nothing listens on the first port by the time it is tried.
    let gone = endpoint(&world, "http://127.0.0.1:9/", json!({ "dialect": "meld" })).await;
    let event = ping(&world, &gone).await;
    assert_eq!(attempts(&world, &gone, 1).await[0]["error"], "connection_failed");
    let change = json!({ "url": receiver.url }).to_string();
    let path = format!("/v1/webhook_endpoints/{}", id(&gone));
    assert!(world.call("PATCH", &path, &world.key, &[], Some(&change)).await.status.is_success());
    world.clock.advance(due(&world, &event).await);
    assert_eq!(receiver.hears(3).await[2].header("meld-retry-reason"), "Could not connect");
}

#[tokio::test]
async fn an_event_is_sent_again_as_its_messages_and_one_without_is_refused() {
    let world = World::new().await;
    let (receiver, made) = meld(&world).await;
    let invited = world.invite(json!({})).await;
    let token = world.enter(&invited).await.link("043510023").await.expect("a public token");
    assert_eq!(world.exchange(&token, "user-1").await.status, StatusCode::OK);
    let heard = hears_of(
        &receiver,
        &[
            "BANK_LINKING_CONNECTION_COMPLETED",
            "BANK_LINKING_HISTORICAL_TRANSACTIONS_AGGREGATED",
        ],
    )
    .await;
    let listed = world.get("/v1/events?type=connection.data_updated").await.body;
    let event = id(&listed["data"][0]["data"]).to_owned();
    attempts(&world, &made, heard.len()).await;
    let replay = async |event: &str, body: Value| world.post(&format!("/v1/events/{event}/replay"), &body).await;
    let answer = replay(&event, json!({ "endpoint_id": made["id"] })).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.body);
    let mut again = Vec::new();
    for _ in 0..400 {
        again = receiver.heard().split_off(heard.len());
        if again.len() >= 3 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    let ids = |heard: &[Heard]| {
        let of_event = heard.iter().map(|one| one.json()["eventId"].as_str().expect("an id").to_owned());
        of_event.filter(|one| one.starts_with(&event)).collect::<BTreeSet<_>>()
    };
    assert_eq!((again.len(), ids(&again)), (3, ids(&heard)), "the same messages with the same ids");

    let listed = world.get(&format!("/v1/connections/{}/events?limit=1", id(&invited))).await.body;
    let silent = id(&listed["data"][0]["data"]).to_owned();
    let answer = replay(&silent, json!({ "endpoint_id": made["id"] })).await;
    assert_eq!((answer.status, &answer.body["code"]), (StatusCode::CONFLICT, &json!("no_message")));
    let answer = replay(&silent, json!({})).await;
    assert_eq!((answer.status, &answer.body["endpoint_ids"]), (StatusCode::ACCEPTED, &json!([])));
}

#[tokio::test]
async fn a_dialect_is_chosen_once_and_limited_by_our_types_of_events() {
    let world = World::new().await;
    let (all, made) = meld(&world).await;
    let some = Receiver::start().await;
    some.answer_with(200);
    endpoint(
        &world,
        &some.url,
        json!({ "dialect": "meld", "events": ["connection.data_updated"] }),
    )
    .await;
    let path = format!("/v1/webhook_endpoints/{}", id(&made));
    let change = json!({ "dialect": "native" }).to_string();
    let refused = world.call("PATCH", &path, &world.key, &[], Some(&change)).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.body);
    let refused = world
        .post("/v1/webhook_endpoints", &json!({ "url": all.url, "dialect": "plaid" }))
        .await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.body);
    assert_eq!(world.get(&path).await.body["dialect"], "meld");
    assert_eq!(endpoint(&world, &all.url, json!({})).await["dialect"], "native");

    let invited = world.invite(json!({})).await;
    world.enter(&invited).await.link("043510023").await.expect("a public token");
    let last = "BANK_LINKING_HISTORICAL_TRANSACTIONS_AGGREGATED";
    let heard = hears_of(
        &some,
        &["BANK_LINKING_ACCOUNTS_UPDATED", "BANK_LINKING_TRANSACTIONS_AGGREGATED", last],
    )
    .await;
    assert_eq!(heard.len(), 3);
}

#[tokio::test]
async fn another_secret_signs_alone_and_at_once() {
    let world = World::new().await;
    let (receiver, made) = meld(&world).await;
    let path = format!("/v1/webhook_endpoints/{}/rotate_secret", id(&made));
    let rotated = world.call("POST", &path, &world.key, &[], None).await.body;
    ping(&world, &made).await;
    let heard = receiver.hears(1).await;
    assert!(is_signed(&heard[0], rotated["secret"].as_str().expect("a secret"), &receiver.url));
    assert!(!is_signed(&heard[0], made["secret"].as_str().expect("a secret"), &receiver.url));
}
