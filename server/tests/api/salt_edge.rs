//! Salt Edge, whole: a tenant's credentials and list, its page, data, refreshes, a repair, callbacks, and what is given back.

use crate::banks::Trip;
use crate::world::{Answer, World};
use axum::http::StatusCode;
use data_encoding::BASE64;
use gesher_contract::FailureCode;
use gesher_directory::merge::Decisions;
use gesher_domain::Clock as _;
use gesher_sandbox::{SALT_EDGE_API_KEY as KEY, SALT_EDGE_CALLBACK_KEY};
use gesher_server::institutions::sync::sync;
use gesher_server::tenants::Mode;
use gesher_server::tenants::admin::Admin;
use gesher_server::{institutions, outbound};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use serde_json::{Value, json};
use std::time::Duration;
use url::Url;

const BANK: &str = "il-fake-bank-simple";
const PSU: &str = "321547416";

/// A world whose tenant has credentials at Salt Edge, and its banks.
async fn world() -> World {
    let world = World::new().await;
    let core = &world.core;
    let admin = Admin {
        store: &core.store,
        clock: &*core.clock,
        rng: &*core.rng,
        actor: "operator",
        plain_http: false,
    };
    let set = [
        ("app_id", KEY.app_id),
        ("secret", KEY.secret),
        ("callback_key", SALT_EDGE_CALLBACK_KEY),
    ];
    let set = set.map(|(name, value)| (name.to_owned(), value.to_owned().into()));
    let tag = world.tenant.as_str();
    admin
        .set_at_provider(core, tag, "salt_edge", Mode::Test, set.into())
        .await
        .expect("credentials");
    let cx = core.cx(tag, "test", "salt_edge", None).await.expect("means");
    let synced = sync(core, "salt_edge", &cx, &Decisions::new(), |_| {}).await.expect("a list");
    assert_eq!((synced.new, synced.doubtful), (125, 0), "{synced:?}");
    institutions::reload(core).await.expect("reads");
    world
}

/// Fills the forms of a page, one after the other. Gives the way back.
async fn visit(address: &str, forms: &[&[(&str, &str)]]) -> Url {
    let client = outbound::client(true).expect("a client");
    for form in forms {
        client.post(address).form(form).send().await.expect("a page");
    }
    let page = client.get(address).send().await.expect("a page").text().await.expect("text");
    let (_, rest) = page
        .split_once("http-equiv=\"refresh\" content=\"0;url=")
        .unwrap_or_else(|| panic!("no way back: {page}"));
    let (back, _) = rest.split_once('"').expect("an address");
    Url::parse(&back.replace("&amp;", "&")).expect("an address")
}

async fn logs_in(trip: &Trip<'_>, login: &str) {
    let address = trip.launch().await.expect("a launch");
    let back = visit(&address, &[&[("action", "login"), ("login", login), ("password", "secret")]]).await;
    trip.back(&back).await.expect("a return");
}

async fn connected<'a>(world: &'a World, login: &str) -> Trip<'a> {
    let trip = Trip::to(world, BANK, json!({})).await;
    logs_in(&trip, login).await;
    let answer = world.exchange(&trip.public_token().await, "user-1").await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    trip.until_status("active").await;
    trip
}

/// The connections at Salt Edge.
async fn there(world: &World) -> Vec<Value> {
    let answer = dashboard(world, reqwest::Method::GET, "connections", None).await;
    answer["connections"].as_array().expect("a list").clone()
}

async fn dashboard(world: &World, method: reqwest::Method, path: &str, body: Option<Value>) -> Value {
    let client = outbound::client(true).expect("a client");
    let address = format!("{}/salt-edge/dashboard/{path}", world.sandbox);
    let mut request = client
        .request(method, address)
        .header("App-id", KEY.app_id)
        .header("Secret", KEY.secret);
    if let Some(body) = body {
        request = request.json(&body);
    }
    request.send().await.expect("an answer").json().await.expect("JSON")
}

fn path(trip: &Trip<'_>, more: &str) -> String {
    format!("/v1/connections/{}{more}", trip.invited["id"].as_str().expect("an id"))
}

async fn ids(trip: &Trip<'_>) -> Vec<String> {
    let listed = trip.world.get(&path(trip, "/accounts")).await;
    assert_eq!(listed.status, StatusCode::OK, "{}", listed.body);
    let data = listed.body["data"].as_array().expect("a list").iter();
    data.map(|account| account["id"].as_str().expect("an id").to_owned()).collect()
}

async fn until_there(world: &World, times: usize) {
    for _ in 0..200 {
        if there(world).await.len() == times {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("{:?}", there(world).await);
}

#[tokio::test]
async fn a_person_connects_the_data_come_and_are_refreshed_and_given_back() {
    let world = world().await;
    let trip = connected(&world, PSU).await;
    let connections = there(&world).await;
    assert_eq!((connections.len(), &connections[0]["status"]), (1, &json!("active")));
    let marks = &connections[0]["last_attempt"]["custom_fields"];
    assert_eq!(marks["gesher_connection"], trip.invited["id"]);
    let accounts = ids(&trip).await;
    assert!(accounts.len() > 1);
    let listed = world.get(&path(&trip, "/accounts")).await.body;
    let kinds: Vec<&str> = listed["data"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|one| one["kind"].as_str())
        .collect();
    assert!(kinds.contains(&"CACC") && kinds.contains(&"CARD"), "{kinds:?}");
    let path_of = format!("/v1/accounts/{}/transactions?limit=500", accounts[0]);
    let transactions = world.get(&path_of).await.body;
    let amounts = transactions["data"].as_array().expect("a list").iter();
    let amounts: Vec<&str> = amounts.filter_map(|one| one["amount"].as_str()).collect();
    assert!(!amounts.is_empty(), "{transactions}");

    world.clock.advance(Duration::from_secs(3600));
    let refreshed = world.call("POST", &path(&trip, "/refresh"), &world.key, &[], None).await;
    assert_eq!(refreshed.status, StatusCode::ACCEPTED, "{}", refreshed.body);
    for _ in 0..200 {
        if world.get(&path(&trip, "")).await.body["last_refreshed_at"] == json!(world.clock.now().rfc3339()) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    // Salt Edge was asked to fetch anew, and the mark of our connection stays.
    let attempt = there(&world).await[0]["last_attempt"].clone();
    assert_eq!(
        (&attempt["user_present"], &attempt["success_at"]),
        (&json!(false), &json!("2026-11-20T13:00:00Z"))
    );
    assert_eq!(attempt["custom_fields"]["gesher_connection"], trip.invited["id"]);
    assert_eq!(ids(&trip).await, accounts);

    let gone = world.call("DELETE", &path(&trip, ""), &world.key, &[], None).await;
    assert!(gone.status.is_success(), "{}", gone.body);
    until_there(&world, 0).await;
}

#[tokio::test]
async fn what_an_attempt_left_is_removed() {
    let world = world().await;
    let trip = Trip::to(&world, BANK, json!({})).await;
    let address = trip.launch().await.expect("a launch");
    let wrong: &[(&str, &str)] = &[("action", "login"), ("login", "username"), ("password", "wrong")];
    let back = visit(&address, &[wrong, &[("action", "leave")]]).await;
    assert_eq!(there(&world).await.len(), 1, "a wrong login makes a connection");
    trip.back(&back).await.expect("a return");
    assert_eq!(trip.failure().await, FailureCode::WrongCredentials.failure());
    let mut visit = world.enter(&trip.invited).await;
    visit.open().await;
    until_there(&world, 0).await;
}

#[tokio::test]
async fn a_person_who_leaves_the_page_has_cancelled() {
    let world = world().await;
    let trip = Trip::to(&world, BANK, json!({})).await;
    let address = trip.launch().await.expect("a launch");
    let back = visit(&address, &[&[("action", "leave")]]).await;
    trip.back(&back).await.expect("a return");
    assert_eq!(trip.failure().await, FailureCode::CancelledAtInstitution.failure());
}

#[tokio::test]
async fn a_late_fetch_is_waited_for() {
    let world = world().await;
    let trip = Trip::to(&world, BANK, json!({})).await;
    logs_in(&trip, "317159002").await;
    trip.until("waiting").await;
    world.clock.advance(Duration::from_secs(9));
    world.core.work.notify_one();
    let answer = world.exchange(&trip.public_token().await, "user-1").await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    trip.until_status("active").await;
}

/// A callback with this in its data, over what is usual, signed over this address.
async fn called(trip: &Trip<'_>, more: Value, signed_for: Option<&str>, time: &str) -> Answer {
    let world = trip.world;
    let connection = &there(world).await[0];
    let mut data = json!({
        "connection_id": connection["id"], "customer_id": connection["customer_id"],
        "custom_fields": { "gesher_connection": trip.invited["id"] },
    });
    for (name, value) in more.as_object().expect("an object") {
        data[name] = value.clone();
    }
    let body = json!({ "data": data, "meta": { "version": "6", "time": time } }).to_string();
    let path = format!("/hooks/salt_edge/{}/test", world.tenant);
    let pem = include_str!("../../sandbox/src/salt_edge/sandbox-callback-key.pem");
    let der: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let key = RsaKeyPair::from_pkcs8(&BASE64.decode(der.as_bytes()).expect("base64")).expect("a key");
    let mut signature = vec![0; key.public().modulus_len()];
    let text = format!("{}{path}|{body}", signed_for.unwrap_or("https://gesher.example"));
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature)
        .expect("signed");
    let signature = BASE64.encode(&signature);
    let headers = [("Signature", signature.as_str()), ("Signature-key-version", "6.0")];
    let headers = if signed_for == Some("") { &headers[1..] } else { &headers[..] };
    world.call("POST", &path, "", headers, Some(&body)).await
}

const NOW: &str = "2026-11-20T12:00:00Z";

#[tokio::test]
async fn a_callback_is_believed_by_its_signature_and_about_its_own_connection_alone() {
    let world = world().await;
    let trip = connected(&world, PSU).await;
    let lost = json!({ "error_class": "InvalidCredentials", "error_message": "no" });
    for (more, signed_for, time) in [
        (lost.clone(), Some(""), NOW),
        (lost.clone(), Some("https://elsewhere.example"), NOW),
        (lost.clone(), None, "2026-11-19T11:00:00Z"),
        (lost.clone(), None, "2026-11-20T12:30:00Z"),
        (json!({ "connection_id": "5", "error_class": "InvalidCredentials" }), None, NOW),
        (json!({ "customer_id": "5", "error_class": "InvalidCredentials" }), None, NOW),
    ] {
        let answer = called(&trip, more.clone(), signed_for, time).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{more} {signed_for:?} {time}");
    }
    let nobodys = json!({ "custom_fields": {}, "error_class": "InvalidCredentials" });
    assert_eq!(called(&trip, nobodys, None, NOW).await.status, StatusCode::NOT_FOUND);
    for news in [json!({ "stage": "fetch_accounts" }), json!({ "stage": "finish" })] {
        assert_eq!(called(&trip, news, None, NOW).await.status, StatusCode::NO_CONTENT);
    }
    assert_eq!(trip.status().await, "active");

    // What is sent again changes nothing more.
    assert_eq!(called(&trip, lost.clone(), None, NOW).await.status, StatusCode::NO_CONTENT);
    trip.until_status("reconnect_required").await;
    let events = trip.connection().await.last_event_seq;
    assert_eq!(called(&trip, lost, None, NOW).await.status, StatusCode::NO_CONTENT);
    assert_eq!(trip.connection().await.last_event_seq, events);

    let gone = called(&trip, json!({}), None, NOW).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    trip.until_status("revoked").await;
}

#[tokio::test]
async fn a_repair_reconnects_the_same_connection() {
    let world = world().await;
    let trip = connected(&world, PSU).await;
    let accounts = ids(&trip).await;
    let id = there(&world).await[0]["id"].as_str().expect("an id").to_owned();
    dashboard(
        &world,
        reqwest::Method::POST,
        &format!("connections/{id}"),
        Some(json!({ "action": "fail" })),
    )
    .await;
    called(&trip, json!({ "error_class": "InvalidCredentials" }), None, NOW).await;
    trip.until_status("reconnect_required").await;

    let given_up = Trip::by(&world, world.invite_again(&trip.invited, json!({})).await).await;
    let address = given_up.launch().await.expect("a launch");
    given_up
        .back(&visit(&address, &[&[("action", "leave")]]).await)
        .await
        .expect("a return");
    given_up.failure().await;

    let repair = Trip::by(&world, world.invite_again(&trip.invited, json!({})).await).await;
    logs_in(&repair, PSU).await;
    let answer = world.exchange(&repair.public_token().await, "user-1").await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    trip.until_status("active").await;
    assert_eq!(ids(&trip).await, accounts);
    tokio::time::sleep(Duration::from_millis(300)).await;
    let now = there(&world).await;
    assert_eq!((now.len(), &now[0]["id"], &now[0]["status"]), (1, &json!(id), &json!("active")));
}

#[tokio::test]
async fn an_outage_is_told_and_passes() {
    let world = world().await;
    let trip = connected(&world, PSU).await;
    let id = there(&world).await[0]["id"].as_str().expect("an id").to_owned();
    let action = format!("connections/{id}");
    dashboard(&world, reqwest::Method::POST, &action, Some(json!({ "action": "outage" }))).await;
    let refresh = async || {
        let refreshed = world.call("POST", &path(&trip, "/refresh"), &world.key, &[], None).await;
        assert_eq!(refreshed.status, StatusCode::ACCEPTED, "{}", refreshed.body);
    };
    world.clock.advance(Duration::from_secs(1));
    // Nothing can be fetched anew yet, and what is there is older than the outage.
    refresh().await;
    trip.until_status("degraded").await;
    world.clock.advance(Duration::from_secs(3600));
    refresh().await;
    trip.until_status("active").await;
}

/// How many transactions Salt Edge counts, by its interface.
async fn counted(world: &World) -> u64 {
    let id = there(world).await[0]["id"].as_str().expect("an id").to_owned();
    let client = outbound::client(true).expect("a client");
    let address = format!("{}/salt-edge/api/v6/accounts?connection_id={id}", world.sandbox);
    let request = client.get(address).header("App-id", KEY.app_id).header("Secret", KEY.secret);
    let body: Value = request.send().await.expect("an answer").json().await.expect("JSON");
    let counts = body["data"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|account| &account["extra"]["transactions_count"]);
    counts
        .map(|count| count["posted"].as_u64().unwrap_or(0) + count["pending"].as_u64().unwrap_or(0))
        .sum()
}

#[tokio::test]
async fn lists_that_overlap_bring_nothing_twice() {
    let world = world().await;
    let trip = connected(&world, "317159010").await;
    let (mut total, mut pages) = (0, 0);
    for account in ids(&trip).await {
        let mut next = format!("/v1/accounts/{account}/transactions?limit=500");
        loop {
            let listed = world.get(&next).await.body;
            total += listed["data"].as_array().expect("a list").len() as u64;
            pages += 1;
            let Some(cursor) = listed["next_cursor"].as_str() else { break };
            next = format!("/v1/accounts/{account}/transactions?limit=500&cursor={cursor}");
        }
    }
    assert!(pages > ids(&trip).await.len(), "somebody has more than a page");
    assert_eq!(total, counted(&world).await);
}
