//! What the host is told of a fetch: which accounts, how many transactions, and nothing that is in them.

use crate::refresh::{connected, told, until_told};
use crate::world::World;
use axum::http::StatusCode;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;

const PSU: &str = "043510023";
const KIND: &str = "connection.data_updated";

async fn ids(world: &World, connection: &str) -> Vec<String> {
    let listed = world.get(&format!("/v1/connections/{connection}/accounts")).await.body;
    let accounts = listed["data"].as_array().expect("a list");
    let mut ids: Vec<String> = accounts.iter().filter_map(|one| one["id"].as_str().map(str::to_owned)).collect();
    ids.sort();
    ids
}

/// How many transactions the API lists of these accounts.
async fn count(world: &World, accounts: &[String]) -> u64 {
    let mut count = 0;
    for account in accounts {
        let mut cursor = String::new();
        loop {
            let page = world
                .get(&format!("/v1/accounts/{account}/transactions?limit=100{cursor}"))
                .await
                .body;
            count += page["data"].as_array().expect("a list").len() as u64;
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
    }
    count
}

fn number(event: &Value, what: &str) -> u64 {
    event["transactions"][what].as_u64().expect("a number")
}

async fn a_fetch_tells_what_it_brought(world: World) {
    let trip = connected(&world, "sandbox-redirect", PSU, json!({}), "active").await;
    let connection = trip.invited["id"].as_str().expect("an id").to_owned();
    let first = until_told(&world, KIND, 1).await.remove(0);
    let accounts = ids(&world, &connection).await;
    let before = count(&world, &accounts).await;
    assert!(accounts.len() > 1 && before > 10, "{accounts:?} {before}");
    assert_eq!((&first["first"], &first["connection_id"]), (&json!(true), &json!(connection)));
    assert_eq!(first["accounts"], json!({ "added": accounts, "refreshed": [], "removed": [] }));
    assert_eq!(first["transactions"], json!({ "added": before, "updated": 0, "removed": 0 }));
    let keys: BTreeSet<&str> = first.as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!(keys, ["accounts", "connection_id", "first", "id", "seq", "transactions"].into());

    // The same again at once, and what five days bring.
    for (times, pause) in [(2, Duration::from_secs(1)), (3, Duration::from_secs(5 * 24 * 60 * 60))] {
        let before = count(&world, &accounts).await;
        world.clock.advance(pause);
        world.core.work.notify_one();
        if times == 2 {
            let answer = world
                .call("POST", &format!("/v1/connections/{connection}/refresh"), &world.key, &[], None)
                .await;
            assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.body);
        }
        let event = until_told(&world, KIND, times).await.remove(times - 1);
        assert_eq!(event["first"], json!(false));
        assert_eq!(event["accounts"], json!({ "added": [], "refreshed": accounts, "removed": [] }));
        let after = count(&world, &accounts).await;
        assert_eq!(after, before + number(&event, "added") - number(&event, "removed"), "{event}");
        if times == 2 {
            assert_eq!(
                event["transactions"],
                json!({ "added": 0, "updated": 0, "removed": 0 }),
                "the same day"
            );
        } else {
            assert!(number(&event, "added") > 0, "{event}");
        }
    }
}

#[tokio::test]
async fn a_fetch_tells_which_accounts_and_how_many_transactions_it_brought() {
    a_fetch_tells_what_it_brought(World::new().await).await;
}

#[tokio::test]
async fn a_fetch_tells_which_accounts_and_how_many_transactions_it_brought_on_postgresql() {
    a_fetch_tells_what_it_brought(World::on_postgres().await).await;
}

#[tokio::test]
async fn of_transactions_that_nobody_asked_for_nothing_is_said() {
    let world = World::new().await;
    let more = json!({ "products": ["balances"], "optional_products": ["accounts"] });
    connected(&world, "sandbox-redirect", PSU, more, "active").await;
    let event = until_told(&world, KIND, 1).await.remove(0);
    assert!(event.get("transactions").is_none(), "{event}");
}

#[tokio::test]
async fn a_fetch_that_fails_brought_nothing() {
    let world = World::new().await;
    connected(&world, "sandbox-redirect", "316159029", json!({}), "degraded").await;
    assert_eq!(told(&world, KIND).await, Vec::<Value>::new());
}
