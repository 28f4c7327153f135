//! Accounts and transactions.

use crate::client::{PSU, Town, names};
use crate::directory::whole;
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn ids(records: &[Value]) -> Vec<u64> {
    let each = records.iter().map(|record| record["id"].as_str().expect("an id"));
    each.map(|id| id.parse().expect("a number")).collect()
}

#[tokio::test]
async fn accounts_have_the_published_fields() {
    let town = Town::new();
    let connection = town.connected("fakebank_simple_xf", PSU).await;
    let (_, accounts) = whole(&town, &format!("/accounts?connection_id={connection}")).await;
    let natures: BTreeSet<&str> = accounts.iter().filter_map(|account| account["nature"].as_str()).collect();
    assert!(natures.contains("checking") && natures.contains("credit_card"), "{natures:?}");
    assert!(ids(&accounts).is_sorted());
    for account in &accounts {
        assert_eq!(
            names(account),
            [
                "balance",
                "connection_id",
                "created_at",
                "currency_code",
                "extra",
                "id",
                "name",
                "nature",
                "updated_at"
            ]
        );
        assert!(account["balance"].is_number());
        let extra = &account["extra"];
        assert_eq!(extra["iban"].is_string(), account["nature"] != "credit_card");
        assert_eq!(extra["cards"].is_array(), account["nature"] == "credit_card");
        assert!(extra["transactions_count"]["posted"].as_u64() > Some(0));
    }
    assert_eq!(
        town.get("/accounts?connection_id=5").await.refusal(),
        (404, "ConnectionNotFound".into())
    );
    assert_eq!(town.get("/accounts").await.refusal(), (400, "WrongRequestFormat".into()));
}

/// The transactions of each account, by the query that chooses them.
async fn transactions(town: &Town, connection: &str, query: &str) -> Vec<Value> {
    let (_, accounts) = whole(town, &format!("/accounts?connection_id={connection}")).await;
    let mut all = Vec::new();
    for account in accounts {
        let id = account["id"].as_str().expect("an id");
        let path = format!("/transactions?connection_id={connection}&account_id={id}{query}");
        let (_, some) = whole(town, &path).await;
        assert!(some.iter().all(|one| one["account_id"] == id));
        if query.is_empty() {
            assert_eq!(account["extra"]["transactions_count"]["posted"], some.len());
        }
        all.extend(some);
    }
    all
}

#[tokio::test]
async fn transactions_reach_back_to_the_consents_first_day_and_come_in_pages() {
    let town = Town::new();
    let connection = town.connected("fakebank_simple_xf", PSU).await;
    let posted = transactions(&town, &connection, "").await;
    let made: Vec<&str> = posted.iter().filter_map(|one| one["made_on"].as_str()).collect();
    assert!(made.iter().all(|day| ("2026-09-01"..="2026-11-20").contains(day)));
    assert!(made.iter().any(|day| *day < "2026-09-10"));
    for one in &posted {
        assert_eq!(
            names(one),
            [
                "account_id",
                "amount",
                "category",
                "created_at",
                "currency_code",
                "description",
                "duplicated",
                "extra",
                "id",
                "made_on",
                "mode",
                "status",
                "updated_at",
            ]
        );
        assert_eq!((one["status"].as_str(), &one["duplicated"]), (Some("posted"), &json!(false)));
        assert!(one["amount"].is_number());
    }
    let different: BTreeSet<u64> = ids(&posted).into_iter().collect();
    assert_eq!(different.len(), posted.len());
    let in_small_pages = transactions(&town, &connection, "&per_page=7").await;
    assert_eq!(in_small_pages, posted);
    let path = format!("/transactions?connection_id={connection}&account_id=5");
    assert_eq!(town.get(&path).await.refusal(), (404, "AccountNotFound".into()));
}

#[tokio::test]
async fn what_is_fetched_later_has_greater_ids_and_what_is_pending_other_ones() {
    let town = Town::new();
    let connection = town.connected("fakebank_simple_xf", PSU).await;
    let before = transactions(&town, &connection, "").await;
    let pending = transactions(&town, &connection, "&pending=true").await;
    assert!(!pending.is_empty() && pending.iter().all(|one| one["status"] == "pending"));
    town.pass(5 * 86_400);
    assert_eq!(transactions(&town, &connection, "").await, before, "nothing is fetched by itself");
    town.post(&format!("/connections/{connection}/refresh"), json!({})).await.data();
    let after = transactions(&town, &connection, "").await;
    let (old, new): (Vec<Value>, Vec<Value>) = after
        .into_iter()
        .partition(|one| before.iter().any(|before| before["id"] == one["id"]));
    assert_eq!(old.len(), before.len());
    assert!(!new.is_empty());
    for account in old.iter().map(|one| &one["account_id"]) {
        let of = |all: &[Value]| ids(&all.iter().filter(|one| &one["account_id"] == account).cloned().collect::<Vec<_>>());
        let (last, first) = (of(&old).into_iter().max(), of(&new).into_iter().min());
        assert!(first.is_none() || last < first);
    }
    let now_pending = ids(&transactions(&town, &connection, "&pending=true").await);
    assert!(ids(&pending).iter().all(|id| !now_pending.contains(id)));
}

#[tokio::test]
async fn what_the_consent_does_not_allow_was_not_fetched() {
    let town = Town::new();
    let only_accounts = json!({ "consent": { "scopes": ["accounts"] }, "attempt": { "return_to": "https://client.example" } });
    let url = town.ask("fakebank_simple_xf", only_accounts).await;
    let back = town.log_in(&url, PSU).await.refresh();
    let connection = crate::client::query(&back, "connection_id").expect("a connection");
    let (_, accounts) = whole(&town, &format!("/accounts?connection_id={connection}")).await;
    let account = accounts[0]["id"].as_str().expect("an id");
    let path = format!("/transactions?connection_id={connection}&account_id={account}");
    assert_eq!(town.get(&path).await.refusal(), (406, "ConsentScopesNotAllowed".into()));
}

#[tokio::test]
async fn the_doubled_person_has_overlapping_pages_and_a_duplicate() {
    let town = Town::new();
    let connection = town.connected("fakebank_simple_xf", "317159010").await;
    let (_, once) = whole(&town, &format!("/accounts?connection_id={connection}")).await;
    let account = once[0]["id"].as_str().expect("an id");
    let path = format!("/transactions?connection_id={connection}&account_id={account}");
    let (pages, small) = whole(&town, &format!("{path}&per_page=20")).await;
    let different: BTreeSet<u64> = ids(&small).into_iter().collect();
    assert_eq!(small.len() - different.len(), pages - 1);
    let (_, duplicated) = whole(&town, &format!("{path}&duplicated=true")).await;
    assert_eq!(duplicated.len(), 1);
    assert_eq!(duplicated[0]["duplicated"], true);
    assert!(!different.contains(&ids(&duplicated)[0]));
}
