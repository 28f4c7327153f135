//! Accounts with what is on them, and jobs.

use super::super::testing::both;
use super::*;
use accounts::{BalanceRow, Wanted};
use std::collections::BTreeSet;
use tokio::task::JoinSet;

fn balance(account: &str, kind: &str) -> BalanceRow {
    BalanceRow {
        tenant_id: TENANT.into(),
        account_id: account.into(),
        kind: kind.into(),
        amount: "1234.50".into(),
        currency: "ILS".into(),
        reference_date: Some("2026-11-20".into()),
    }
}

both! {
    async fn a_refresh_replaces_accounts_and_balances(store: Store) {
        store.write(vec![connections::insert(&connection("conn_1")), connections::insert(&connection("conn_2"))]).await.unwrap();
        let mut unit = Unit::from(accounts::replace(
            TENANT,
            "conn_1",
            &[account("acct_1", "conn_1", "a", 10), account("acct_2", "conn_1", "b", 10)],
            &[balance("acct_1", "closingBooked"), balance("acct_1", "interimAvailable"), balance("acct_2", "closingBooked")],
            10,
        ));
        unit.extend(accounts::put_transactions(&[transaction("acct_1", "txn_1", "2026-11-01"), transaction("acct_2", "txn_2", "2026-11-01")]));
        store.write(unit).await.unwrap();
        let other = accounts::replace(TENANT, "conn_2", &[account("acct_9", "conn_2", "a", 10)], &[], 10);
        store.write(other).await.unwrap();

        let mut kept = account("acct_2", "conn_1", "b", 20);
        kept.iban = Some("IL620108000000099999999".into());
        kept.name = r#"{"en":"Savings"}"#.into();
        let now = [kept, account("acct_3", "conn_1", "c", 20)];
        store.write(accounts::replace(TENANT, "conn_1", &now, &[balance("acct_2", "openingBooked")], 20)).await.unwrap();

        assert_eq!(accounts::of_connection(&store, TENANT, "conn_1").await.unwrap(), now);
        assert_eq!(accounts::by_id(&store, TENANT, "acct_1").await.unwrap(), None);
        assert_eq!(accounts::by_id(&store, TENANT, "acct_2").await.unwrap(), Some(now[0].clone()));
        assert_eq!(accounts::by_id(&store, OTHER, "acct_2").await.unwrap(), None);
        assert_eq!(accounts::balances(&store, TENANT, "acct_1").await.unwrap(), []);
        assert_eq!(accounts::balances(&store, TENANT, "acct_2").await.unwrap(), [balance("acct_2", "openingBooked")]);
        assert_eq!(accounts::transactions(&store, TENANT, "acct_1", &Wanted::default(), 10).await.unwrap(), []);
        assert_eq!(accounts::transactions(&store, TENANT, "acct_2", &Wanted::default(), 10).await.unwrap().len(), 1, "what was read before stays");
        assert_eq!(accounts::of_connection(&store, TENANT, "conn_2").await.unwrap(), [account("acct_9", "conn_2", "a", 10)]);
    }

    async fn an_account_keeps_its_id_and_its_connection(store: Store) {
        store.write(vec![connections::insert(&connection("conn_1")), connections::insert(&connection("conn_2"))]).await.unwrap();
        let replace = |id: &str, connection: &str, provider_ref: &str, now: i64| {
            store.write(accounts::replace(TENANT, connection, &[account(id, connection, provider_ref, now)], &[], now))
        };
        replace("acct_1", "conn_1", "a", 1).await.unwrap();
        assert_eq!(conflict(replace("acct_2", "conn_1", "a", 2).await), Some(Conflict::Duplicate));
        assert_eq!(conflict(replace("acct_1", "conn_2", "a", 2).await), Some(Conflict::Duplicate));
        assert_eq!(conflict(replace("acct_1", "conn_1", "b", 2).await), Some(Conflict::Duplicate));
        assert_eq!(accounts::by_id(&store, TENANT, "acct_1").await.unwrap(), Some(account("acct_1", "conn_1", "a", 1)));
    }

    async fn balances_come_in_the_providers_order(store: Store) {
        store.write(connections::insert(&connection("conn_1"))).await.unwrap();
        let kinds = ["openingBooked", "closingBooked", "interimAvailable", "closingBooked"];
        let rows = kinds.map(|kind| balance("acct_1", kind));
        store.write(accounts::replace(TENANT, "conn_1", &[account("acct_1", "conn_1", "a", 1)], &rows, 1)).await.unwrap();
        assert_eq!(accounts::balances(&store, TENANT, "acct_1").await.unwrap(), rows);
        assert_eq!(accounts::balances(&store, OTHER, "acct_1").await.unwrap(), []);
    }

    async fn transactions_come_page_by_page_newest_first(store: Store) {
        store.write(connections::insert(&connection("conn_1"))).await.unwrap();
        // 217 = 64 + 64 + 64 + 16 + 8 + 1, three on each day.
        let mut rows: Vec<_> = (0..217)
            .map(|place| transaction("acct_1", &format!("txn_{place:03}"), &format!("2026-{:02}-{:02}", 1 + place / 3 / 28, 1 + place / 3 % 28)))
            .collect();
        rows[5].value_date = Some("2026-01-09".into());
        rows[6].counterparty = Some("מכולת".into());
        let mut unit = Unit::from(accounts::replace(TENANT, "conn_1", &[account("acct_1", "conn_1", "a", 1)], &[], 1));
        let statements = accounts::put_transactions(&rows);
        assert_eq!(statements.len(), 6);
        unit.extend(statements);
        store.write(unit).await.unwrap();
        let counts = accounts::transaction_counts(&store, TENANT, "conn_1").await.unwrap();
        assert_eq!(counts, [accounts::CountRow { account_id: "acct_1".into(), transactions: 217 }]);
        assert_eq!(accounts::transaction_counts(&store, OTHER, "conn_1").await.unwrap(), []);
        let oldest = Wanted { ascending: true, ..Wanted::default() };
        assert_eq!(accounts::transactions(&store, TENANT, "acct_1", &oldest, 2).await.unwrap(), rows[..2]);
        let then = Wanted { after: Some((&rows[1].booking_date, &rows[1].id)), ..oldest };
        assert_eq!(accounts::transactions(&store, TENANT, "acct_1", &then, 3).await.unwrap(), rows[2..5]);
        rows.reverse();
        let mut seen: Vec<TransactionRow> = Vec::new();
        loop {
            let after = seen.last().map(|row| (row.booking_date.as_str(), row.id.as_str()));
            let wanted = Wanted { after, ..Wanted::default() };
            let page = accounts::transactions(&store, TENANT, "acct_1", &wanted, 50).await.unwrap();
            if page.is_empty() {
                break;
            }
            seen.extend(page);
        }
        assert_eq!(seen, rows);
        assert_eq!(accounts::transactions(&store, OTHER, "acct_1", &Wanted::default(), 50).await.unwrap(), []);
        assert_eq!(accounts::transactions(&store, TENANT, "acct_2", &Wanted::default(), 50).await.unwrap(), []);
    }

    async fn transactions_are_found_by_day_and_status_and_what_vanished_while_pending_goes(store: Store) {
        store.write(connections::insert(&connection("conn_1"))).await.unwrap();
        let day = |n: u32| TransactionRow {
            status: if n > 7 { "pending" } else { "booked" }.into(),
            ..transaction("acct_1", &format!("txn_{n}"), &format!("2026-11-0{n}"))
        };
        let mut unit = Unit::from(accounts::replace(TENANT, "conn_1", &[account("acct_1", "conn_1", "a", 1)], &[], 1));
        unit.extend(accounts::put_transactions(&(1..=9).map(day).collect::<Vec<_>>()));
        store.write(unit).await.unwrap();
        let days = |from, to, status| {
            let store = store.clone();
            async move {
                let wanted = Wanted { date_from: from, date_to: to, status, ..Wanted::default() };
                let rows = accounts::transactions(&store, TENANT, "acct_1", &wanted, 50).await.unwrap();
                rows.iter().map(|row| row.booking_date[9..].parse().unwrap()).collect::<Vec<u32>>()
            }
        };
        assert_eq!(days(Some("2026-11-03"), Some("2026-11-05"), None).await, [5, 4, 3]);
        assert_eq!(days(Some("2026-11-06"), None, Some("booked")).await, [7, 6]);
        assert_eq!(days(None, None, Some("pending")).await, [9, 8]);
        let pending = accounts::pending(&store, TENANT, "conn_1").await.unwrap();
        assert_eq!(pending.iter().map(|row| row.id.as_str()).collect::<Vec<_>>(), ["txn_8", "txn_9"]);
        assert_eq!(accounts::pending(&store, OTHER, "conn_1").await.unwrap(), []);
        for id in ["txn_7", "txn_8"] {
            store.write(accounts::forget_pending(TENANT, "acct_1", id)).await.unwrap();
        }
        assert_eq!(days(Some("2026-11-07"), None, None).await, [9, 7], "what is booked stays");
    }

    async fn a_known_transaction_is_changed_and_keeps_its_id(store: Store) {
        store.write(connections::insert(&connection("conn_1"))).await.unwrap();
        let pending = TransactionRow { status: "pending".into(), ..transaction("acct_1", "txn_1", "2026-11-01") };
        let mut unit = Unit::from(accounts::replace(TENANT, "conn_1", &[account("acct_1", "conn_1", "a", 1)], &[], 1));
        unit.extend(accounts::put_transactions(std::slice::from_ref(&pending)));
        store.write(unit).await.unwrap();
        let booked = TransactionRow {
            id: "txn_2".into(),
            provider_ref: pending.provider_ref.clone(),
            amount: "-13.00".into(),
            ..transaction("acct_1", "txn_2", "2026-11-02")
        };
        // A provider's pages may overlap: what comes last counts.
        store.write(accounts::put_transactions(&[pending, booked.clone()])).await.unwrap();
        let expected = TransactionRow { id: "txn_1".into(), ..booked };
        assert_eq!(accounts::transactions(&store, TENANT, "acct_1", &Wanted::default(), 10).await.unwrap(), [expected]);
    }

    async fn a_job_is_leased_and_done(store: Store) {
        for (id, kind, run_at) in [("1", "refresh", 10), ("2", "refresh", 11), ("3", "revoke", 9), ("4", "other", 9)] {
            store.write(jobs::insert(&job(id, kind, run_at))).await.unwrap();
        }
        assert_eq!(conflict(store.write(jobs::insert(&job("1", "refresh", 10))).await), Some(Conflict::Duplicate));
        store.write(jobs::ensure(&job("1", "refresh", 99))).await.unwrap();
        let taken = jobs::lease(&store, &["refresh", "revoke"], 10, 100, 10, "token-1").await.unwrap();
        let expected = |id: &str, kind: &str| JobRow { attempts: 1, lease_token: Some("token-1".into()), ..job(id, kind, 110) };
        assert_eq!(taken, [expected("1", "refresh"), expected("3", "revoke")]);
        assert_eq!(jobs::lease(&store, &["refresh", "revoke"], 10, 100, 10, "token-2").await.unwrap(), []);
        assert_eq!(jobs::lease(&store, &[], 10, 100, 10, "token-3").await.unwrap(), []);
        store.write(vec![jobs::complete(TENANT, "1", "token-1"), customers::ensure(TENANT, "effect", "cust_effect", 1)]).await.unwrap();
        assert_eq!(jobs::by_id(&store, TENANT, "1").await.unwrap(), None);
        store.write(jobs::put_back(TENANT, "3", "token-1", 500, r#"{"cursor":1}"#)).await.unwrap();
        let back = JobRow { attempts: 1, body: r#"{"cursor":1}"#.into(), ..job("3", "revoke", 500) };
        assert_eq!(jobs::by_id(&store, TENANT, "3").await.unwrap(), Some(back));
    }

    async fn a_job_that_is_put_takes_the_place_of_the_one_under_way(store: Store) {
        store.write(jobs::put(&job("1", "refresh", 10))).await.unwrap();
        jobs::lease(&store, &["refresh"], 1, 100, 10, "token-1").await.unwrap();
        let anew = JobRow { body: "another".into(), ..job("1", "refresh", 20) };
        store.write(jobs::put(&anew)).await.unwrap();
        assert_eq!(jobs::by_id(&store, TENANT, "1").await.unwrap(), Some(anew));
        let late = store.write(jobs::complete(TENANT, "1", "token-1")).await;
        assert_eq!(conflict(late), Some(Conflict::LeaseLost));
    }

    async fn a_worker_that_lost_its_lease_writes_nothing(store: Store) {
        store.write(jobs::insert(&job("1", "refresh", 10))).await.unwrap();
        jobs::lease(&store, &["refresh"], 1, 100, 10, "token-1").await.unwrap();
        store.write(jobs::extend(TENANT, "1", "token-1", 150)).await.unwrap();
        assert_eq!(jobs::lease(&store, &["refresh"], 1, 100, 149, "token-2").await.unwrap(), []);
        assert_eq!(jobs::lease(&store, &["refresh"], 1, 100, 150, "token-3").await.unwrap().len(), 1);
        let late = vec![customers::ensure(TENANT, "effect", "cust_effect", 1), jobs::complete(TENANT, "1", "token-1")];
        assert_eq!(conflict(store.write(late).await), Some(Conflict::LeaseLost));
        assert_eq!(conflict(store.write(jobs::put_back(TENANT, "1", "token-1", 1, "{}")).await), Some(Conflict::LeaseLost));
        assert_eq!(conflict(store.write(jobs::extend(TENANT, "1", "token-1", 900)).await), Some(Conflict::LeaseLost));
        assert_eq!(first_seen(&store, "effect").await, None);
        assert_eq!(jobs::by_id(&store, TENANT, "1").await.unwrap().unwrap().attempts, 2);
    }

    async fn workers_that_race_share_the_jobs(store: Store) {
        let all: Unit = (0..100).map(|place| jobs::insert(&job(&format!("{place:03}"), "refresh", place))).collect();
        store.write(all).await.unwrap();
        let mut workers = JoinSet::new();
        for worker in 0..8 {
            let store = store.clone();
            workers.spawn(async move {
                let mut taken = Vec::new();
                for round in 0.. {
                    let token = format!("{worker}-{round}");
                    let leased = jobs::lease(&store, &["refresh"], 7, 1_000, 100, &token).await.unwrap();
                    if leased.is_empty() {
                        break;
                    }
                    assert!(leased.len() <= 7);
                    taken.extend(leased.into_iter().map(|job| job.id));
                }
                taken
            });
        }
        let taken: Vec<String> = workers.join_all().await.into_iter().flatten().collect();
        assert_eq!(taken.len(), 100, "each job once");
        assert_eq!(taken.into_iter().collect::<BTreeSet<_>>().len(), 100);
    }
}
