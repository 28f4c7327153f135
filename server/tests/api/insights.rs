//! What is made of a connection's transactions when the host switches it on, and what the host has seen.

use crate::refresh::connected;
use crate::world::World;
use axum::http::StatusCode;
use gesher_contract::View;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

const PSU: &str = "043510023";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn put(world: &World, connection: &str, body: &Value) -> (StatusCode, Value) {
    let path = format!("/v1/connections/{connection}/insights");
    let answer = world.call("PUT", &path, &world.key, &[], Some(&body.to_string())).await;
    (answer.status, answer.body)
}

async fn see(world: &World, connection: &str, body: &Value) -> (StatusCode, Value) {
    let path = format!("/v1/connections/{connection}/seen");
    let answer = world.call("PUT", &path, &world.key, &[], Some(&body.to_string())).await;
    (answer.status, answer.body)
}

async fn standing(world: &World, connection: &str) -> Value {
    world.get(&format!("/v1/connections/{connection}/insights")).await.body
}

async fn repeats(world: &World, connection: &str) -> Vec<Value> {
    let listed = world.get(&format!("/v1/connections/{connection}/repeats")).await.body;
    listed["data"].as_array().expect("a list").clone()
}

/// All transactions of a connection, with their account's kind.
async fn transactions(world: &World, connection: &str) -> Vec<(String, Value)> {
    let accounts = world.get(&format!("/v1/connections/{connection}/accounts")).await.body;
    let mut all = Vec::new();
    for account in accounts["data"].as_array().expect("a list") {
        let (id, kind) = (account["id"].as_str().expect("an id"), account["kind"].as_str().expect("a kind"));
        let mut cursor = String::new();
        loop {
            let page = world.get(&format!("/v1/accounts/{id}/transactions?limit=500{cursor}")).await.body;
            all.extend(
                page["data"]
                    .as_array()
                    .expect("a list")
                    .iter()
                    .map(|one| (kind.to_owned(), one.clone())),
            );
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
    }
    all
}

async fn until<T>(what: &str, mut found: impl AsyncFnMut() -> Option<T>) -> T {
    for _ in 0..400 {
        if let Some(found) = found().await {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("{what} did not come");
}

fn says(transactions: &[(String, Value)], name: &str) -> usize {
    transactions.iter().filter(|(_, one)| one.get(name).is_some()).count()
}

async fn what_is_on_is_made_of_what_was_fetched(world: World) {
    let more = json!({ "insights": ["categories", "repeats", "transfers"] });
    let trip = connected(&world, "sandbox-redirect", PSU, more, "active").await;
    let connection = trip.invited["id"].as_str().expect("an id").to_owned();
    let groups = until("what comes again", async || {
        Some(repeats(&world, &connection).await).filter(|groups| !groups.is_empty())
    })
    .await;
    let all = transactions(&world, &connection).await;
    assert_eq!(
        (says(&all, "category"), says(&all, "repeat_id"), says(&all, "transfer_id")),
        (all.len(), all.len(), all.len())
    );

    let named = world.get("/v1/categories").await.body;
    let known: BTreeSet<&str> = named["data"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|one| one["id"].as_str())
        .collect();
    assert!(known.contains("salary") && named["data"][0]["name"]["he"].is_string() && named["data"][0]["name"]["en"].is_string());
    let salaries: Vec<&Value> = all
        .iter()
        .map(|(_, one)| one)
        .filter(|one| one["description"] == "משכורת")
        .collect();
    assert!(
        salaries.len() >= 11 && salaries.iter().all(|one| one["category"] == "salary"),
        "{salaries:?}"
    );
    assert!(
        all.iter()
            .all(|(_, one)| one["category"].is_null() || known.contains(one["category"].as_str().expect("an id")))
    );

    let salary = groups.iter().find(|group| group["description"] == "משכורת").expect("a salary");
    let ids: BTreeSet<&str> = salaries.iter().filter_map(|one| one["repeat_id"].as_str()).collect();
    assert_eq!(ids, [salary["id"].as_str().expect("an id")].into());
    assert_eq!(
        (&salary["period"], &salary["category"], &salary["transactions"]),
        (&json!("monthly"), &json!("salary"), &json!(salaries.len()))
    );
    assert!(salary["next_date"].as_str() > salary["last_date"].as_str(), "{salary}");

    // Each transfer has two sides in two accounts, equal and opposite.
    let mut sides: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    for (_, one) in &all {
        if let Some(id) = one["transfer_id"].as_str() {
            sides.entry(id).or_default().push(one);
        }
    }
    assert!(sides.len() > 6, "{}", sides.len());
    for pair in sides.values() {
        let [one, other] = pair[..] else { panic!("{pair:?}") };
        let amount = |one: &Value| one["amount"].as_str().expect("an amount").trim_start_matches('-').to_owned();
        assert_ne!(one["account_id"], other["account_id"]);
        assert_eq!(amount(one), amount(other));
    }
    let now = standing(&world, &connection).await;
    let unsorted = all.iter().filter(|(_, one)| one["category"].is_null()).count();
    assert_eq!(
        now,
        json!({ "insights": ["categories", "repeats", "transfers"], "unseen": all.len(), "unsorted": unsorted })
    );

    // Off, and what was made is gone; on again, and it is there again.
    let (status, body) = put(&world, &connection, &json!({ "insights": ["categories"] })).await;
    assert_eq!((status, &body["insights"]), (StatusCode::OK, &json!(["categories"])));
    let some = transactions(&world, &connection).await;
    assert_eq!(
        (says(&some, "category"), says(&some, "repeat_id"), says(&some, "transfer_id")),
        (all.len(), 0, 0)
    );
    assert_eq!(repeats(&world, &connection).await, Vec::<Value>::new());
    put(&world, &connection, &json!({ "insights": [] })).await;
    let none = transactions(&world, &connection).await;
    assert_eq!(
        (says(&none, "category"), says(&none, "repeat_id"), says(&none, "transfer_id")),
        (0, 0, 0)
    );
    assert_eq!(standing(&world, &connection).await["unsorted"], Value::Null);
    put(&world, &connection, &json!({ "insights": ["repeats", "transfers", "repeats"] })).await;
    let again = until("what comes again", async || {
        Some(repeats(&world, &connection).await).filter(|groups| !groups.is_empty())
    })
    .await;
    let bare = |groups: &[Value]| {
        groups
            .iter()
            .map(|group| (group["id"].clone(), group["transactions"].clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(bare(&again), bare(&groups));
    assert!(again.iter().all(|group| group["category"].is_null()));
}

#[tokio::test]
async fn what_is_on_is_made_of_the_transactions() {
    what_is_on_is_made_of_what_was_fetched(World::new().await).await;
}

#[tokio::test]
async fn what_is_on_is_made_of_the_transactions_on_postgresql() {
    what_is_on_is_made_of_what_was_fetched(World::on_postgres().await).await;
}

#[tokio::test]
async fn the_host_says_what_it_has_seen_and_what_is_new_is_unseen() {
    let world = World::new().await;
    let trip = connected(&world, "sandbox-redirect", PSU, json!({}), "active").await;
    let connection = trip.invited["id"].as_str().expect("an id").to_owned();
    let all = transactions(&world, &connection).await;
    let count = all.len();
    assert_eq!(
        standing(&world, &connection).await,
        json!({ "insights": [], "unseen": count, "unsorted": null })
    );
    let ids: Vec<&Value> = all.iter().take(2).map(|(_, one)| &one["id"]).collect();
    let (status, body) = see(&world, &connection, &json!({ "transaction_ids": ids })).await;
    assert_eq!((status, &body["unseen"]), (StatusCode::OK, &json!(count - 2)));
    let many = vec![ids[0]; 501];
    for wrong in [
        json!({ "transaction_ids": [] }),
        json!({ "transaction_ids": ["x"] }),
        json!({ "transaction_ids": many }),
        json!({ "seen": true }),
    ] {
        let (status, body) = see(&world, &connection, &wrong).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
    }
    assert_eq!(standing(&world, &connection).await["unseen"], json!(count - 2));
    let (_, body) = see(&world, &connection, &json!({})).await;
    assert_eq!(body["unseen"], json!(0));
    world.clock.advance(DAY * 5);
    world.core.work.notify_one();
    let new = until("a new transaction", async || {
        standing(&world, &connection).await["unseen"].as_i64().filter(|unseen| *unseen > 0)
    })
    .await;
    assert!(new < i64::try_from(count).expect("a number"), "{new} of {count}");
}

#[tokio::test]
async fn a_wrong_list_and_another_tenants_connection_change_nothing() {
    let world = World::new().await;
    let invited = world.invite(json!({ "insights": ["transfers"] })).await;
    let connection = invited["id"].as_str().expect("an id");
    assert_eq!(
        standing(&world, connection).await,
        json!({ "insights": ["transfers"], "unseen": 0, "unsorted": null })
    );
    for wrong in [
        json!({ "insights": ["category"] }),
        json!({ "insights": null }),
        json!({}),
        json!({ "insights": [], "more": 1 }),
    ] {
        let (status, body) = put(&world, connection, &wrong).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
    }
    let (status, _) = see(&world, connection, &json!({})).await;
    assert_eq!(status, StatusCode::CONFLICT, "nothing is there yet");
    let (status, _) = put(&world, "conn_zzz99900000000000000000000000000", &json!({ "insights": [] })).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert_eq!(standing(&world, connection).await["insights"], json!(["transfers"]));
}

#[tokio::test]
async fn a_transfer_has_its_two_sides_in_two_connections_while_both_are_there() {
    let world = World::new().await;
    let on = json!({ "insights": ["transfers"] });
    let card = world.invite(on.clone()).await;
    let mut visit = world.enter(&card).await;
    visit.open().await;
    visit.choose("sandbox-card").await;
    visit.submit(&[("psu_id", PSU), ("username", "user"), ("password", "pass")]).await;
    visit.submit(&[("code", "12345")]).await;
    let token = match visit.look().await {
        View::Success(success) => success.public_token.clone().expect("a token"),
        other => panic!("{other:?}"),
    };
    world.exchange(&token, "user-1").await;
    let bank = world.invite(on).await;
    let token = world.enter(&bank).await.link(PSU).await.expect("a token");
    world.exchange(&token, "user-1").await;
    let ids = [card, bank].map(|invited| invited["id"].as_str().expect("an id").to_owned());
    for id in &ids {
        until("the data", async || (!transactions(&world, id).await.is_empty()).then_some(())).await;
    }
    let of = async |id: &str| -> BTreeSet<String> {
        let all = transactions(&world, id).await;
        all.iter()
            .filter_map(|(_, one)| one["transfer_id"].as_str().map(str::to_owned))
            .collect()
    };
    let bills = until("the card's bills", async || Some(of(&ids[0]).await).filter(|bills| bills.len() > 9)).await;
    assert!(bills.is_subset(&of(&ids[1]).await));
    let gone = world
        .call("DELETE", &format!("/v1/connections/{}", ids[1]), &world.key, &[], None)
        .await;
    assert!(gone.status.is_success());
    until("the card without the bank", async || of(&ids[0]).await.is_empty().then_some(())).await;
}
