//! Refreshes: by the host's word and by the clock, within the bank's limit, and what the host is told of a consent that ends and of
//! data that nobody refreshes. The fetches are counted at the bank.

use crate::banks::Trip;
use crate::world::World;
use axum::http::StatusCode;
use gesher_domain::{Clock as _, Timestamp};
use gesher_server::jobs;
use gesher_server::store::accounts::{self, TransactionRow};
use gesher_server::store::tenants;
use serde_json::{Value, json};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

const PSU: &str = "043510023";
const OUT_OF_ORDER: &str = "316159029";
const NO_REFRESH_TOKEN: &str = "316159136";
const FETCH: &str = "GET /psd2/redirect-bank/v1/accounts";
const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

pub async fn connected<'a>(world: &'a World, institution: &str, psu: &str, more: Value, status: &str) -> Trip<'a> {
    let trip = Trip::to(world, institution, more).await;
    let address = trip.launch().await.expect("a launch");
    trip.back(&trip.browser.approve(&address, psu).await).await.expect("a return");
    let answer = world.exchange(&trip.public_token().await, "user-1").await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    trip.until_status(status).await;
    trip
}

fn path(trip: &Trip<'_>) -> String {
    format!("/v1/connections/{}", trip.invited["id"].as_str().expect("an id"))
}

async fn view(trip: &Trip<'_>) -> Value {
    trip.world.get(&path(trip)).await.body
}

async fn refresh(trip: &Trip<'_>) -> (StatusCode, Value) {
    let world = trip.world;
    let answer = world.call("POST", &format!("{}/refresh", path(trip)), &world.key, &[], None).await;
    (answer.status, answer.body)
}

fn time(value: &Value) -> Timestamp {
    let at: jiff::Timestamp = value.as_str().expect("a time").parse().expect("RFC 3339");
    Timestamp(at.as_microsecond())
}

fn to(world: &World, at: Timestamp) {
    world.clock.advance(world.clock.now().until(at));
    world.core.work.notify_one();
}

/// Waits until there were so many whole fetches at the bank, and the last one is written.
async fn fetched(trip: &Trip<'_>, times: usize) {
    for _ in 0..400 {
        let now = trip.world.clock.now().rfc3339();
        if trip.world.banks.exactly(FETCH) >= times && view(trip).await["last_refreshed_at"] == json!(now) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    assert_eq!(trip.world.banks.exactly(FETCH), times);
}

/// Time for a fetch that must not come.
async fn nothing_more(trip: &Trip<'_>, times: usize) {
    tokio::time::sleep(Duration::from_millis(800)).await;
    assert_eq!(trip.world.banks.exactly(FETCH), times);
}

pub async fn told(world: &World, kind: &str) -> Vec<Value> {
    let listed = world.get(&format!("/v1/events?type={kind}")).await.body;
    let mut events = listed["data"].as_array().expect("a list").clone();
    events.reverse();
    events.iter().map(|event| event["data"].clone()).collect()
}

pub async fn until_told(world: &World, kind: &str, times: usize) -> Vec<Value> {
    for _ in 0..400 {
        let events = told(world, kind).await;
        if events.len() >= times {
            return events;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("{kind} was told {} times, not {times}", told(world, kind).await.len());
}

async fn a_recurring_connection_is_refreshed_daily(world: World) {
    let trip = connected(&world, "sandbox-redirect", PSU, json!({}), "active").await;
    fetched(&trip, 1).await;
    let before = view(&trip).await;
    assert_eq!(
        (&before["auto_refresh"], &before["last_refreshed_at"]),
        (&json!(true), &json!(world.clock.now().rfc3339()))
    );
    let next = time(&before["next_refresh_at"]);
    let wait = world.clock.now().until(next);
    assert!(wait > Duration::ZERO && wait <= DAY, "{wait:?}");
    to(&world, Timestamp(next.0 - 1));
    nothing_more(&trip, 1).await;
    to(&world, next);
    fetched(&trip, 2).await;
    assert_eq!(time(&view(&trip).await["next_refresh_at"]), next.plus(DAY));
    to(&world, next.plus(DAY));
    fetched(&trip, 3).await;

    // The first fetch asks for a year, the later ones for what is new.
    let queries = world.banks.queries("/transactions");
    let from = |query: &String| query.split('&').find_map(|pair| pair.strip_prefix("dateFrom=")).map(str::to_owned);
    let days: Vec<String> = queries.iter().filter_map(from).collect();
    assert_eq!(days.first().map(String::as_str), Some("2025-11-20"));
    assert!(days.last().is_some_and(|day| day.as_str() > "2026-11-05"), "{days:?}");
    world.banks.assert_standard();
}

#[tokio::test]
async fn a_recurring_connection_is_refreshed_daily_on_its_minute() {
    a_recurring_connection_is_refreshed_daily(World::new().await).await;
}

#[tokio::test]
async fn a_recurring_connection_is_refreshed_daily_on_its_minute_on_postgresql() {
    a_recurring_connection_is_refreshed_daily(World::on_postgres().await).await;
}

#[tokio::test]
async fn the_banks_limit_for_the_day_holds_for_the_hosts_word_too() {
    let world = World::new().await;
    let trip = connected(&world, "sandbox-redirect", PSU, json!({}), "active").await;
    fetched(&trip, 1).await;
    for times in 2..=4 {
        world.clock.advance(SECOND);
        let (status, body) = refresh(&trip).await;
        assert_eq!((status, &body["status"]), (StatusCode::ACCEPTED, &json!("active")), "{body}");
        fetched(&trip, times).await;
    }
    let answer = world.call("POST", &format!("{}/refresh", path(&trip)), &world.key, &[], None).await;
    assert_eq!(
        (answer.status, &answer.body["code"]),
        (StatusCode::TOO_MANY_REQUESTS, &json!("refresh_limit_reached"))
    );
    // Until midnight.
    assert_eq!(answer.headers["retry-after"], (12 * 3600 - 3).to_string());
    assert_eq!(view(&trip).await["status"], "active");
    // Its own minute of this day is let pass too.
    let next = time(&view(&trip).await["next_refresh_at"]);
    assert!(next >= Timestamp(world.clock.now().0 + (12 * 3600 - 3) * 1_000_000), "{next}");
    nothing_more(&trip, 4).await;
    to(&world, next);
    fetched(&trip, 5).await;
    world.banks.assert_standard();
}

async fn one_at_a_time(world: World) {
    let trip = connected(&world, "sandbox-redirect", PSU, json!({}), "active").await;
    fetched(&trip, 1).await;
    let stop = CancellationToken::new();
    for _ in 0..2 {
        tokio::spawn(jobs::run(world.core.clone(), stop.clone()));
    }
    let (mut begun, mut refused) = (0, 0);
    while refused == 0 {
        let answers = futures::future::join_all((0..8).map(|_| refresh(&trip))).await;
        for (status, body) in answers {
            match status {
                StatusCode::ACCEPTED => begun += 1,
                StatusCode::CONFLICT => {
                    assert_eq!(body["code"], "refresh_under_way");
                    refused += 1;
                }
                _ => assert_eq!(body["code"], "refresh_limit_reached"),
            }
        }
    }
    world.clock.advance(SECOND);
    for _ in 0..200 {
        if world.banks.exactly(FETCH) == 1 + begun {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    nothing_more(&trip, 1 + begun).await;
    stop.cancel();
}

#[tokio::test]
async fn of_refreshes_at_once_one_is_begun() {
    one_at_a_time(World::new().await).await;
}

#[tokio::test]
async fn of_refreshes_at_once_one_is_begun_on_postgresql() {
    one_at_a_time(World::on_postgres().await).await;
}

#[tokio::test]
async fn a_key_refreshes_once() {
    let world = World::new().await;
    let trip = connected(&world, "sandbox-redirect", PSU, json!({}), "active").await;
    fetched(&trip, 1).await;
    world.clock.advance(SECOND);
    for _ in 0..2 {
        let key = [("idempotency-key", "again")];
        let answer = world
            .call("POST", &format!("{}/refresh", path(&trip)), &world.key, &key, None)
            .await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.body);
        fetched(&trip, 2).await;
    }
}

#[tokio::test]
async fn what_gives_no_access_is_refused_by_name() {
    let world = World::new().await;
    let once = connected(&world, "sandbox-redirect", PSU, json!({ "recurring": false }), "completed").await;
    assert_eq!(
        (
            view(&once).await["auto_refresh"].clone(),
            view(&once).await["next_refresh_at"].clone()
        ),
        (json!(false), Value::Null)
    );
    let (status, body) = refresh(&once).await;
    assert_eq!((status, &body["code"]), (StatusCode::CONFLICT, &json!("one_off")));
    let pending = Trip::to(&world, "sandbox-redirect", json!({})).await;
    let (status, body) = refresh(&pending).await;
    assert_eq!((status, &body["code"]), (StatusCode::CONFLICT, &json!("not_connected")));
    let address = pending.launch().await.expect("a launch");
    pending.back(&pending.browser.approve(&address, PSU).await).await.expect("a return");
    pending.public_token().await;
    let (status, body) = refresh(&pending).await;
    assert_eq!((status, &body["code"]), (StatusCode::CONFLICT, &json!("awaiting_confirmation")));
}

#[tokio::test]
async fn a_consents_end_is_announced_three_times_and_then_comes() {
    let world = World::new().await;
    let more = json!({ "consent_expires_at": "2026-12-10T00:00:00Z" });
    let trip = connected(&world, "sandbox-redirect", PSU, more, "active").await;
    let ends = time(&view(&trip).await["consent_expires_at"]);
    for (times, days) in [(1, 14), (2, 7), (3, 1)] {
        to(&world, Timestamp(ends.0 - days * 86_400_000_000 - 1_000_000));
        tokio::time::sleep(Duration::from_millis(700)).await;
        assert_eq!(told(&world, "connection.consent_ending").await.len(), times - 1);
        to(&world, Timestamp(ends.0 - days * 86_400_000_000));
        let events = until_told(&world, "connection.consent_ending", times).await;
        assert_eq!(events[times - 1]["days_left"], json!(days));
        assert_eq!(events[times - 1]["connection_id"], trip.invited["id"]);
        let now = view(&trip).await;
        assert_eq!(
            (&now["status"], &now["reasons"]),
            (&json!("active"), &json!(["access_expiring_soon"]))
        );
    }
    to(&world, ends);
    trip.until_status("reconnect_required").await;
    let now = view(&trip).await;
    assert_eq!(now["reasons"], json!(["consent_expired"]));
    assert_eq!((&now["auto_refresh"], &now["next_refresh_at"]), (&json!(false), &Value::Null));
    let (status, body) = refresh(&trip).await;
    assert_eq!((status, &body["code"]), (StatusCode::CONFLICT, &json!("reconnect_required")));
    // Nobody asks the bank any more, and nothing is told twice.
    let asked = world.banks.exactly(FETCH);
    to(&world, ends.plus(3 * DAY));
    nothing_more(&trip, asked).await;
    assert_eq!(told(&world, "connection.consent_ending").await.len(), 3);
    let noticed = told(&world, "connection.reasons_changed").await;
    assert_eq!(noticed.len(), 1, "{noticed:?}");
    assert_eq!(
        (&noticed[0]["status"], &noticed[0]["from"], &noticed[0]["to"]),
        (&json!("active"), &json!([]), &json!(["access_expiring_soon"]))
    );
    let changed = told(&world, "connection.status_changed").await.pop().expect("an event");
    assert_eq!(
        (&changed["to"], &changed["reasons"], &changed["from_reasons"]),
        (
            &json!("reconnect_required"),
            &json!(["consent_expired"]),
            &json!(["access_expiring_soon"])
        )
    );
    let seqs = world.get(&format!("{}/events", path(&trip))).await.body;
    let seqs: Vec<i64> = seqs["data"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|event| event["data"]["seq"].as_i64())
        .collect();
    assert_eq!(seqs, (1..=i64::try_from(seqs.len()).expect("few")).collect::<Vec<_>>(), "no gaps");
}

#[tokio::test]
async fn what_fails_is_tried_again_ever_later_within_the_limit_and_the_host_is_reminded_once() {
    let world = World::new().await;
    let trip = connected(&world, "sandbox-redirect", OUT_OF_ORDER, json!({}), "degraded").await;
    let began = world.clock.now();
    let mut times = world.banks.exactly(FETCH);
    assert_eq!(times, 1);
    let mut waits = Vec::new();
    for failures in 2..=4 {
        let next = time(&view(&trip).await["next_refresh_at"]);
        waits.push(world.clock.now().until(next).as_secs());
        to(&world, next);
        times += 1;
        trip.until_called(FETCH, times).await;
        let moved = async {
            while !trip.connection().await.upkeep.contains(&format!("\"failures\":{failures},")) {
                tokio::time::sleep(Duration::from_millis(25)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), moved).await.expect("another failure");
    }
    assert!(waits[0] <= 900 && waits[1] <= 3_600 && waits[2] <= 14_400, "{waits:?}");
    assert!(view(&trip).await["last_refreshed_at"].is_null());
    // Seven days without data, and once.
    let due = began.plus(7 * DAY);
    to(&world, Timestamp(due.0 - 1_000_000));
    tokio::time::sleep(Duration::from_millis(700)).await;
    assert_eq!(told(&world, "connection.refresh_reminder").await.len(), 0);
    to(&world, due);
    let events = until_told(&world, "connection.refresh_reminder", 1).await;
    assert_eq!(events[0]["connection_id"], trip.invited["id"]);
    assert!(events[0].get("last_refreshed_at").is_none());
    to(&world, due.plus(10 * DAY));
    tokio::time::sleep(Duration::from_millis(700)).await;
    assert_eq!(told(&world, "connection.refresh_reminder").await.len(), 1);
    world.banks.assert_standard();
}

#[tokio::test]
async fn what_cannot_be_refreshed_without_the_person_reminds_its_host_as_often_as_its_tenant_wants() {
    let world = World::new().await;
    let row = tenants::by_id(&world.core.store, world.tenant.as_str())
        .await
        .expect("reads")
        .expect("the tenant");
    let wants = tenants::TenantRow {
        refresh_reminder_days: 2,
        ..row
    };
    world.core.store.write(tenants::update(&wants)).await.expect("updates");
    let trip = connected(&world, "sandbox-oauth", NO_REFRESH_TOKEN, json!({}), "active").await;
    let began = world.clock.now();
    let now = view(&trip).await;
    assert_eq!((&now["auto_refresh"], &now["next_refresh_at"]), (&json!(false), &Value::Null));
    let asked = world.banks.count("/psd2/oauth-bank/v1/accounts");
    to(&world, began.plus(2 * DAY));
    let events = until_told(&world, "connection.refresh_reminder", 1).await;
    assert_eq!(events[0]["last_refreshed_at"], json!(began.rfc3339()));
    assert_eq!(world.banks.count("/psd2/oauth-bank/v1/accounts"), asked, "nobody asked the bank");
}

#[tokio::test]
async fn pending_transactions_that_the_bank_lists_no_longer_go_and_the_others_become_booked() {
    let world = World::new().await;
    let trip = connected(&world, "sandbox-redirect", PSU, json!({}), "active").await;
    fetched(&trip, 1).await;
    let listed = world.get(&format!("{}/accounts", path(&trip))).await.body;
    let account = listed["data"][0]["id"].as_str().expect("an account").to_owned();
    let transactions = |query: &'static str| {
        let (world, account) = (&world, &account);
        async move {
            let listed = world.get(&format!("/v1/accounts/{account}/transactions?limit=500{query}")).await;
            assert_eq!(listed.status, StatusCode::OK, "{}", listed.body);
            listed.body["data"].as_array().expect("a list").clone()
        }
    };
    let invented = TransactionRow {
        tenant_id: world.tenant.to_string(),
        account_id: account.clone(),
        id: format!("txn_{}{}", world.tenant, "0".repeat(26)),
        provider_ref: "vanishes".to_owned(),
        booking_date: "2026-11-01".to_owned(),
        value_date: None,
        amount: "-1.00".to_owned(),
        currency: "ILS".to_owned(),
        status: "pending".to_owned(),
        description: "It never came".to_owned(),
        counterparty: None,
    };
    world
        .core
        .store
        .write(accounts::put_transactions(&[invented]))
        .await
        .expect("written");
    let before = transactions("").await;
    let pending = transactions("&status=pending").await;
    assert!(pending.len() > 1, "{pending:?}");
    to(&world, time(&view(&trip).await["next_refresh_at"]).plus(4 * DAY));
    fetched(&trip, 2).await;
    let after = transactions("").await;
    assert!(after.len() >= before.len() - 1, "the year is still there");
    let same = |one: &Value| after.iter().find(|other| other["id"] == one["id"]).cloned();
    for one in &pending {
        let now = same(one);
        if one["description"] == "It never came" {
            assert_eq!(now, None);
        } else {
            assert_eq!(now.map(|now| now["status"].clone()), Some(json!("booked")), "{one}");
        }
    }
    // What is older than the overlap stays as it was read.
    let old = &before[before.len() / 2];
    assert!(old["booking_date"].as_str() < Some("2026-11-01"), "{old}");
    assert_eq!(same(old).as_ref(), Some(old));
    let asked: Vec<String> = world.banks.queries("/transactions");
    assert!(
        asked.iter().any(|query| query.contains("dateFrom=2026-11-01")),
        "from the oldest that was open: {asked:?}"
    );
}

#[tokio::test]
async fn transactions_are_filtered_by_day_and_status_also_over_pages() {
    let world = World::new().await;
    let trip = connected(&world, "sandbox-redirect", PSU, json!({}), "active").await;
    let listed = world.get(&format!("{}/accounts", path(&trip))).await.body;
    let account = listed["data"][0]["id"].as_str().expect("an account").to_owned();
    let one = world.get(&format!("/v1/accounts/{account}")).await;
    assert_eq!((one.status, &one.body), (StatusCode::OK, &listed["data"][0]));
    let all = world.get(&format!("/v1/accounts/{account}/transactions?limit=500")).await.body;
    let all = all["data"].as_array().expect("a list").clone();
    let fits =
        |row: &&Value| row["status"] == "booked" && ("2026-09-01".."2026-11-01").contains(&row["booking_date"].as_str().expect("a day"));
    let expected: Vec<Value> = all.iter().filter(fits).cloned().collect();
    assert!(expected.len() > 10 && expected.len() < all.len());
    let base = format!("/v1/accounts/{account}/transactions?date_from=2026-09-01&date_to=2026-10-31&status=booked&limit=7");
    let mut found = Vec::new();
    let mut next = Some(base.clone());
    while let Some(address) = next {
        let page = world.get(&address).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        found.extend(page.body["data"].as_array().expect("a list").iter().cloned());
        next = page.body["next_cursor"].as_str().map(|cursor| format!("{base}&cursor={cursor}"));
    }
    assert_eq!(found, expected);
    for (query, field) in [
        ("date_from=1.9.2026", "date_from"),
        ("date_to=2026-02-30", "date_to"),
        ("date_to=%00", "date_to"),
        ("status=lost", "status"),
    ] {
        let answer = world.get(&format!("/v1/accounts/{account}/transactions?{query}")).await;
        assert_eq!(
            (answer.status, &answer.body["code"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!("invalid_query")),
            "{query}"
        );
        if field != "status" {
            assert_eq!(answer.body["field"], field);
        }
    }
}
