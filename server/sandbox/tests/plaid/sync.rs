//! `/transactions/sync`: pages, states, and what changes from day to day.

use crate::town::Town;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const DAY: i64 = 86_400;

fn ids(list: &[Value]) -> BTreeSet<String> {
    list.iter()
        .map(|one| one["transaction_id"].as_str().expect("an id").to_owned())
        .collect()
}

#[tokio::test]
async fn the_history_comes_in_three_states() {
    let town = Town::new();
    let access = town.item("user_good", json!({})).await;
    let ask = json!({ "access_token": access, "count": 500 });
    let nothing = town.ask("transactions/sync", ask.clone()).await;
    assert_eq!(
        (&nothing["transactions_update_status"], &nothing["next_cursor"]),
        (&json!("NOT_READY"), &json!(""))
    );
    town.pass(1);
    let some = town.changes(&access, "", 500).await;
    assert!(some.added.iter().all(|one| one["date"].as_str() >= Some("2026-10-21")));
    town.pass(5);
    let rest = town.changes(&access, &some.cursor, 500).await;
    assert!(rest.added.len() > some.added.len() && ids(&rest.added).is_disjoint(&ids(&some.added)));
    assert!(rest.removed.is_empty() && rest.modified.is_empty());
    let whole = town.changes(&access, "", 500).await;
    assert_eq!(whole.added.len(), some.added.len() + rest.added.len());
    assert!(town.changes(&access, &whole.cursor, 500).await.added.is_empty());
}

#[tokio::test]
async fn pages_of_any_size_together_are_the_same_and_less_history_is_less() {
    let town = Town::new();
    let access = town.item("user_good", json!({})).await;
    town.pass(5);
    let (one, many) = (town.changes(&access, "", 500).await, town.changes(&access, "", 137).await);
    assert_eq!(one.added, many.added);
    let short = town.item("user_good", json!({ "transactions": null })).await;
    town.pass(5);
    let short = town.changes(&short, "", 500).await;
    assert!(short.added.len() < one.added.len() / 2, "ninety days unless asked");
}

#[tokio::test]
async fn following_the_changes_leads_to_the_same_as_reading_all() {
    let town = Town::new();
    let access = town.item("user_good", json!({})).await;
    town.pass(5);
    let mut kept: BTreeMap<String, Value> = BTreeMap::new();
    let (mut cursor, mut modified, mut removed) = (String::new(), 0, 0);
    for _ in 0..12 {
        let changes = town.changes(&access, &cursor, 100).await;
        for one in changes.added.iter().chain(&changes.modified) {
            kept.insert(one["transaction_id"].as_str().expect("an id").to_owned(), one.clone());
        }
        for one in &changes.removed {
            assert!(
                kept.remove(one["transaction_id"].as_str().expect("an id")).is_some(),
                "it was there"
            );
        }
        (modified, removed) = (modified + changes.modified.len(), removed + changes.removed.len());
        cursor = changes.cursor;
        town.pass(DAY);
    }
    assert!(modified > 0 && removed > 0, "{modified} {removed}");
    town.pass(-DAY);
    let whole = town.changes(&access, "", 500).await;
    let now: BTreeMap<String, Value> = whole
        .added
        .into_iter()
        .map(|one| (one["transaction_id"].as_str().expect("an id").to_owned(), one))
        .collect();
    assert!(now.iter().all(|(id, one)| kept.get(id) == Some(one)));
    let pending = |list: &BTreeMap<String, Value>| list.values().filter(|one| one["pending"] == true).count();
    assert_eq!(pending(&now), pending(&kept));
    let settled = now.values().filter(|one| one["pending_transaction_id"].is_string());
    assert!(settled.count() > 0);
}

#[tokio::test]
async fn another_day_between_two_pages_is_refused() {
    let town = Town::new();
    let access = town.item("user_good", json!({})).await;
    town.pass(5);
    let first = town.ask("transactions/sync", json!({ "access_token": access, "count": 10 })).await;
    let second = json!({ "access_token": access, "cursor": first["next_cursor"], "count": 10 });
    town.ask("transactions/sync", second.clone()).await;
    town.pass(DAY);
    let refused = town.call("transactions/sync", second).await;
    assert_eq!(refused.refusal(), (400, "TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION".into()));
    assert_eq!(refused.json()["error_type"], "TRANSACTIONS_ERROR");

    let once = town.item("user_data_TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION", json!({})).await;
    town.pass(5);
    let first = town.ask("transactions/sync", json!({ "access_token": once, "count": 10 })).await;
    let second = json!({ "access_token": once, "cursor": first["next_cursor"], "count": 10 });
    assert_eq!(town.call("transactions/sync", second.clone()).await.status.as_u16(), 400);
    town.ask("transactions/sync", second).await;
}

#[tokio::test]
async fn of_who_comes_twice_pages_overlap() {
    let town = Town::new();
    let access = town.item("user_twice", json!({})).await;
    town.pass(5);
    let changes = town.changes(&access, "", 100).await;
    let distinct = ids(&changes.added).len();
    assert_eq!(changes.added.len() - distinct, (distinct - 1) / 100);
}

#[tokio::test]
async fn a_cursor_of_another_item_and_wrong_counts_are_refused() {
    let town = Town::new();
    let (one, other) = (town.item("user_good", json!({})).await, town.item("user_good", json!({})).await);
    town.pass(5);
    let cursor = town.changes(&one, "", 500).await.cursor;
    for body in [
        json!({ "access_token": other, "cursor": cursor }),
        json!({ "access_token": one, "cursor": "nonsense" }),
        json!({ "access_token": one, "count": 0 }),
        json!({ "access_token": one, "count": 501 }),
    ] {
        assert_eq!(
            town.call("transactions/sync", body.clone()).await.refusal(),
            (400, "INVALID_FIELD".into()),
            "{body}"
        );
    }
    let body = json!({ "institution_id": "ins_900001", "initial_products": ["auth"] });
    let public = town.ask("sandbox/public_token/create", body).await;
    let access = town
        .ask("item/public_token/exchange", json!({ "public_token": public["public_token"] }))
        .await;
    let refused = town
        .call("transactions/sync", json!({ "access_token": access["access_token"] }))
        .await;
    assert_eq!(refused.refusal(), (400, "ADDITIONAL_CONSENT_REQUIRED".into()));
}
