//! What is made of transactions, and what the host has seen of them.

use super::super::testing::both;
use super::*;
use insights::{Counts, RepeatRow, Said, Switches};

async fn with_transactions(store: &Store, connection_id: &str, account_id: &str, count: usize) -> Vec<String> {
    store.write(connections::insert(&connection(connection_id))).await.unwrap();
    let mut unit = Unit::from(accounts::replace(
        TENANT,
        connection_id,
        &[account(account_id, connection_id, "a", 1)],
        &[],
        1,
    ));
    let rows: Vec<TransactionRow> = (0..count)
        .map(|place| {
            transaction(
                account_id,
                &format!("txn_{account_id}_{place:03}"),
                &format!("2026-11-{:02}", place % 28 + 1),
            )
        })
        .collect();
    unit.extend(accounts::put_transactions(&rows));
    store.write(unit).await.unwrap();
    rows.into_iter().map(|row| row.id).collect()
}

fn said(category: Option<&str>, transfer: Option<&str>) -> Said {
    Said {
        category: category.map(str::to_owned),
        repeat_id: None,
        transfer_id: transfer.map(str::to_owned),
    }
}

fn repeat(id: &str, next_on: Option<&str>) -> RepeatRow {
    RepeatRow {
        tenant_id: TENANT.into(),
        connection_id: "conn_1".into(),
        id: id.into(),
        account_id: "acct_1".into(),
        period: "monthly".into(),
        amount: "-39.90".into(),
        currency: "ILS".into(),
        description: "מנוי".into(),
        counterparty: None,
        category: Some("subscriptions".into()),
        members: 12,
        first_on: "2025-12-14".into(),
        last_on: "2026-11-14".into(),
        next_on: next_on.map(str::to_owned),
    }
}

both! {
    async fn what_is_on_is_what_was_switched_last(store: Store) {
        store.write(vec![connections::insert(&connection("conn_1")), connections::insert(&connection("conn_2"))]).await.unwrap();
        let on = Switches { categories: true, repeats: false, transfers: true };
        assert_eq!(insights::switches(&store, TENANT, "conn_1").await.unwrap(), Switches::default());
        assert!(!insights::any_on(&store, TENANT, "test", "customer-1", "conn_2").await.unwrap());
        store.write(insights::switch(TENANT, "conn_1", on)).await.unwrap();
        assert_eq!(insights::switches(&store, TENANT, "conn_1").await.unwrap(), on);
        assert_eq!(insights::switches(&store, OTHER, "conn_1").await.unwrap(), Switches::default());
        for (mode, customer, connection, any) in [
            ("test", "customer-1", "conn_2", true),
            ("live", "customer-1", "conn_2", false),
            ("test", "customer-2", "conn_2", false),
            ("test", "", "conn_2", false),
            ("test", "", "conn_1", true),
        ] {
            assert_eq!(insights::any_on(&store, TENANT, mode, customer, connection).await.unwrap(), any, "{mode} {customer} {connection}");
        }
        store.write(insights::switch(TENANT, "conn_1", Switches::default())).await.unwrap();
        assert_eq!(insights::switches(&store, TENANT, "conn_1").await.unwrap(), Switches::default());
        assert!(!insights::any_on(&store, TENANT, "test", "customer-1", "conn_2").await.unwrap());
    }

    async fn what_is_said_of_a_transaction_stays_when_it_is_written_again(store: Store) {
        let ids = with_transactions(&store, "conn_1", "acct_1", 200).await;
        with_transactions(&store, "conn_2", "acct_2", 2).await;
        let some: Vec<&str> = ids.iter().take(131).map(String::as_str).collect();
        let about = said(Some("rent"), Some("trf_1"));
        store.write(insights::say(TENANT, "acct_1", &about, &some)).await.unwrap();
        store.write(accounts::put_transactions(&[transaction("acct_1", &ids[0], "2026-11-01")])).await.unwrap();
        let lines = insights::lines(&store, TENANT, "conn_1", 1_000).await.unwrap();
        assert_eq!(lines.len(), 200);
        assert!(lines.is_sorted_by(|newer, older| (&newer.booking_date, &newer.id) > (&older.booking_date, &older.id)));
        for line in &lines {
            assert_eq!(line.said == about, some.contains(&line.id.as_str()), "{}", line.id);
        }
        assert_eq!(insights::lines(&store, TENANT, "conn_1", 3).await.unwrap(), lines[..3]);
        let days = insights::said(&store, TENANT, "acct_1", "2026-11-02", "2026-11-03").await.unwrap();
        assert_eq!(days.len(), lines.iter().filter(|line| ["2026-11-02", "2026-11-03"].contains(&line.booking_date.as_str())).count());
        let counts = insights::counts(&store, TENANT, "conn_1").await.unwrap();
        assert_eq!(counts, Counts { unseen: 200, unsorted: 69 });
        store.write(insights::say(TENANT, "acct_1", &Said::default(), &some)).await.unwrap();
        assert_eq!(insights::counts(&store, TENANT, "conn_1").await.unwrap().unsorted, 200);
        assert_eq!(insights::counts(&store, TENANT, "conn_2").await.unwrap(), Counts { unseen: 2, unsorted: 2 });
    }

    async fn what_was_seen_is_seen_once_and_in_its_own_connection(store: Store) {
        let ids = with_transactions(&store, "conn_1", "acct_1", 80).await;
        let other = with_transactions(&store, "conn_2", "acct_2", 2).await;
        let seen: Vec<&str> = ids.iter().take(70).chain(&other).map(String::as_str).collect();
        store.write(insights::see(TENANT, "conn_1", 5, &seen)).await.unwrap();
        store.write(insights::see(TENANT, "conn_1", 6, &seen)).await.unwrap();
        let unseen = async |connection| insights::counts(&store, TENANT, connection).await.unwrap().unseen;
        assert_eq!((unseen("conn_1").await, unseen("conn_2").await), (10, 2));
        store.write(insights::see_all(TENANT, "conn_1", 7)).await.unwrap();
        assert_eq!((unseen("conn_1").await, unseen("conn_2").await), (0, 2));
        store.write(accounts::put_transactions(&[transaction("acct_1", "txn_new", "2026-11-30")])).await.unwrap();
        assert_eq!(unseen("conn_1").await, 1);
    }

    async fn what_comes_again_is_replaced_and_goes_with_its_connection(store: Store) {
        with_transactions(&store, "conn_1", "acct_1", 1).await;
        let rows = [repeat("rep_3", Some("2026-12-01")), repeat("rep_2", Some("2026-12-14")), repeat("rep_1", None)];
        store.write(insights::replace_repeats(TENANT, "conn_1", &rows)).await.unwrap();
        assert_eq!(insights::repeats(&store, TENANT, "conn_1").await.unwrap(), rows);
        assert_eq!(insights::repeats(&store, OTHER, "conn_1").await.unwrap(), []);
        store.write(insights::replace_repeats(TENANT, "conn_1", &rows[1..])).await.unwrap();
        assert_eq!(insights::repeats(&store, TENANT, "conn_1").await.unwrap(), rows[1..]);
        store.write(Vec::from(accounts::forget(TENANT, "conn_1"))).await.unwrap();
        assert_eq!(insights::repeats(&store, TENANT, "conn_1").await.unwrap(), []);
    }
}
