//! Units: whole or not at all, one winner, nothing lost beside a failure.

use super::super::testing::both;
use super::*;
use tokio::task::JoinSet;

both! {
    async fn of_64_who_saw_the_same_version_one_writes(store: Store) {
        store.write(vec![connections::insert(&connection("conn_1")), sessions::insert(&session("sess_1", "conn_1"))]).await.unwrap();
        let mut writers = JoinSet::new();
        for place in 0..64 {
            let store = store.clone();
            writers.spawn(async move {
                let mut row = session("sess_1", "conn_1");
                row.state = place.to_string();
                let outcome = store.write(sessions::compare_and_set(&row, 1)).await;
                (place, outcome)
            });
        }
        let mut winners = Vec::new();
        for (place, outcome) in writers.join_all().await {
            match outcome {
                Ok(()) => winners.push(place),
                refused => assert_eq!(conflict(refused), Some(Conflict::Stale)),
            }
        }
        let row = sessions::by_id(&store, TENANT, "sess_1").await.unwrap().unwrap();
        assert_eq!(winners.iter().map(ToString::to_string).collect::<Vec<_>>(), [row.state]);
        assert_eq!(row.version, 2);
    }

    async fn a_unit_that_fails_at_its_end_leaves_nothing(store: Store) {
        store.write(connections::insert(&connection("conn_1"))).await.unwrap();
        let mut changed = connection("conn_1");
        changed.status = "active".into();
        changed.last_event_seq = 1;
        let unit = vec![
            connections::compare_and_set(&changed, 1),
            events::append(&event("conn_1", 1)),
            customers::ensure(TENANT, "customer-1", "cust_customer-1", 1),
            sessions::compare_and_set(&session("sess_none", "conn_1"), 1),
        ];
        assert_eq!(conflict(store.write(unit).await), Some(Conflict::Stale));
        assert_eq!(connections::by_id(&store, TENANT, "conn_1").await.unwrap(), Some(connection("conn_1")));
        assert_eq!(events::of_connection(&store, TENANT, "conn_1", 0, 10).await.unwrap(), []);
        assert_eq!(first_seen(&store, "customer-1").await, None);
    }

    async fn what_fails_beside_others_fails_alone(store: Store) {
        store.write(connections::insert(&connection("conn_0"))).await.unwrap();
        let mut writers = JoinSet::new();
        for place in 1..=200 {
            let store = store.clone();
            writers.spawn(async move {
                let id = format!("conn_{place}");
                let mut unit = Unit::from(connections::insert(&connection(&id)));
                unit.push(events::append(&event(&id, 1)));
                match place % 10 {
                    3 => unit.push(connections::insert(&connection("conn_0"))),
                    7 => unit.push(connections::compare_and_set(&connection(&id), 5)),
                    _ => {}
                }
                (id, place, store.write(unit).await)
            });
        }
        for (id, place, outcome) in writers.join_all().await {
            let expected = match place % 10 {
                3 => Some(Conflict::Duplicate),
                7 => Some(Conflict::Stale),
                _ => None,
            };
            assert_eq!(outcome.as_ref().err().map(WriteError::conflict), expected.map(Some), "{id}");
            let there = connections::by_id(&store, TENANT, &id).await.unwrap().is_some();
            assert_eq!(there, expected.is_none(), "{id}");
            let written = events::of_connection(&store, TENANT, &id, 0, 10).await.unwrap().len();
            assert_eq!(written, usize::from(expected.is_none()), "{id}");
        }
    }

    async fn a_long_unit_is_one_unit(store: Store) {
        let long: Unit = (0..100).map(|place| customers::ensure(TENANT, &format!("customer-{place}"), &format!("cust_{place}"), place)).collect();
        let failing = long.clone().with(connections::compare_and_set(&connection("conn_none"), 1));
        assert_eq!(conflict(store.write(failing).await), Some(Conflict::Stale));
        assert_eq!(first_seen(&store, "customer-0").await, None);
        store.write(long).await.unwrap();
        for place in [0, 15, 16, 17, 99] {
            let seen = first_seen(&store, &format!("customer-{place}")).await;
            assert_eq!(seen, Some(place), "the values belong to their statements");
        }
    }

    async fn an_empty_unit_is_written(store: Store) {
        store.write(Unit::new()).await.unwrap();
    }

    async fn a_statement_that_is_wrong_is_no_conflict_and_harms_nobody(store: Store) {
        let mut wrong = connection("conn_1");
        wrong.mode = "neither".into();
        let (refused, other) = tokio::join!(
            store.write(connections::insert(&wrong)),
            store.write(connections::insert(&connection("conn_2")))
        );
        assert!(matches!(refused, Err(WriteError::Unavailable(_))), "{refused:?}");
        other.unwrap();
        let lost = store.write(Statement::any("DELETE FROM nowhere WHERE a = $1", args!["b"])).await;
        assert!(matches!(lost, Err(WriteError::Unavailable(_))), "{lost:?}");
        store.write(connections::insert(&connection("conn_1"))).await.unwrap();
    }

    async fn what_hangs_on_nothing_is_not_found(store: Store) {
        let outcome = store.write(sessions::insert(&session("sess_1", "conn_none"))).await;
        assert_eq!(conflict(outcome), Some(Conflict::NotFound));
    }

    async fn a_closed_store_writes_nothing(store: Store) {
        store.write(customers::ensure(TENANT, "before", "cust_before", 1)).await.unwrap();
        store.close().await;
        let outcome = store.write(customers::ensure(TENANT, "after", "cust_after", 1)).await;
        assert!(matches!(outcome, Err(WriteError::Unavailable(_))), "{outcome:?}");
        assert!(store.check().await.is_err());
    }

    async fn a_second_migration_changes_nothing(store: Store) {
        store.write(customers::ensure(TENANT, "customer-1", "cust_customer-1", 1)).await.unwrap();
        store.migrate().await.unwrap();
        assert!(first_seen(&store, "customer-1").await.is_some());
    }
}

#[tokio::test]
async fn a_failure_that_ends_the_transaction_by_itself_harms_nobody() {
    testing::on_sqlite(|store| async move {
        store.write(meta::insert("name", "value")).await.unwrap();
        let ending = Statement::any("INSERT OR ROLLBACK INTO meta (name, value) VALUES ($1, $2)", args!["name", "other"]);
        let failing = vec![customers::ensure(TENANT, "customer-1", "cust_customer-1", 1), ending];
        let (refused, other) = tokio::join!(
            store.write(failing),
            store.write(customers::ensure(TENANT, "customer-2", "cust_customer-2", 1))
        );
        assert_eq!(conflict(refused), Some(Conflict::Duplicate));
        other.unwrap();
        assert_eq!(first_seen(&store, "customer-1").await, None);
        assert!(first_seen(&store, "customer-2").await.is_some());
    })
    .await;
}

#[tokio::test]
async fn what_is_queued_before_the_end_is_committed() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings::new(format!("sqlite:{}", folder.path().join("new/gesher.db").display()));
    let store = Store::open(&settings).await.unwrap();
    store.migrate().await.unwrap();
    let ids: Vec<String> = (0..100).map(|place| format!("customer-{place}")).collect();
    let writes = futures::future::join_all(
        ids.iter()
            .map(|id| store.write(customers::ensure(TENANT, id, &format!("cust_{id}"), 1))),
    );
    let (outcomes, ()) = tokio::join!(writes, store.close());
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    let store = Store::open(&settings).await.unwrap();
    for id in &ids {
        assert!(first_seen(&store, id).await.is_some(), "{id}");
    }
    store.close().await;
}

#[tokio::test]
async fn an_error_does_not_print_the_row() {
    let print = |outcome: Result<(), WriteError>| {
        let error = outcome.unwrap_err();
        format!("{error} {error:?}")
    };
    let wrong = ConnectionRow {
        mode: "neither".into(),
        customer: "a name".into(),
        ..connection("conn_1")
    };
    let statement = connections::insert(&wrong);
    assert!(!format!("{statement:?}").contains("a name"));
    let one = statement.clone();
    testing::on_sqlite(move |store| async move {
        let printed = print(store.write(one).await);
        assert!(printed.contains("CHECK") && !printed.contains("a name"), "{printed}");
    })
    .await;
    testing::on_postgres(move |store| async move {
        let printed = print(store.write(statement).await);
        assert!(printed.contains("check constraint") && !printed.contains("a name"), "{printed}");
    })
    .await;
}
