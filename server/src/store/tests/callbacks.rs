//! Callbacks: told once of an outcome, leased by one, and without their secret when they are done.

use super::super::testing::both;
use super::*;
use crate::store::callbacks::{self, CallbackRow};

fn callback(tenant: &str, id: &str, outcomes: &str) -> CallbackRow {
    CallbackRow {
        tenant_id: tenant.into(),
        id: id.into(),
        connection_id: "conn_1".into(),
        outcomes: outcomes.into(),
        url: "https://example.com/".into(),
        auth: Some(vec![1]),
        outcome: None,
        status: None,
        happened_at: None,
        state: "waiting".into(),
        attempts: 0,
        next_at: 0,
        lease_token: None,
    }
}

async fn read(store: &Store, id: &str) -> CallbackRow {
    let rows = callbacks::of_connection(store, TENANT, "conn_1").await.unwrap();
    rows.into_iter().find(|row| row.id == id).unwrap()
}

async fn make(store: &Store) {
    let other = ConnectionRow {
        tenant_id: OTHER.into(),
        ..connection("conn_1")
    };
    let unit = [
        connections::insert(&connection("conn_1")),
        connections::insert(&other),
        callbacks::insert(&callback(TENANT, "cb_1", "success fail")),
        callbacks::insert(&callback(TENANT, "cb_2", "abort")),
        callbacks::insert(&callback(OTHER, "cb_1", "success")),
    ];
    store.write(unit.to_vec()).await.unwrap();
}

both! {
    async fn an_outcome_is_told_once_to_who_wants_it(store: Store) {
        make(&store).await;
        store.write(callbacks::tell(TENANT, "conn_1", "success", "connected", 7)).await.unwrap();
        store.write(callbacks::tell(TENANT, "conn_1", "abort", "deleted", 9)).await.unwrap();
        let told = read(&store, "cb_1").await;
        assert_eq!((told.state.as_str(), told.outcome.as_deref(), told.status.as_deref()), ("pending", Some("success"), Some("connected")));
        assert_eq!((told.happened_at, told.next_at, told.auth), (Some(7), 7, Some(vec![1])));
        let unwanted = read(&store, "cb_2").await;
        assert_eq!((unwanted.state.as_str(), unwanted.outcome.as_deref(), unwanted.auth), ("unwanted", Some("success"), None));
        assert_eq!(callbacks::waiting(&store, 6).await.unwrap(), Vec::<String>::new());
        assert_eq!(callbacks::waiting(&store, 7).await.unwrap(), [TENANT]);
    }

    async fn what_is_due_is_leased_by_one_and_comes_back(store: Store) {
        make(&store).await;
        for tenant in [TENANT, OTHER] {
            store.write(callbacks::tell(tenant, "conn_1", "success", "connected", 7)).await.unwrap();
        }
        let all = [(TENANT.to_owned(), 8), (OTHER.to_owned(), 8)];
        assert_eq!(callbacks::lease(&store, &all, 7, 50, "t1").await.unwrap().len(), 2);
        assert!(callbacks::lease(&store, &all, 49, 99, "t2").await.unwrap().is_empty());
        // Its holder is gone: somebody else takes it, and the holder writes nothing any more.
        assert_eq!(callbacks::lease(&store, &all[..1], 50, 99, "t3").await.unwrap().len(), 1);
        let late = store.write(callbacks::end(TENANT, "cb_1", "t1", "delivered")).await.unwrap_err();
        assert_eq!(late.conflict(), Some(Conflict::LeaseLost));
        store.write(callbacks::put_back(TENANT, "cb_1", "t3", 200)).await.unwrap();
        assert!(callbacks::lease(&store, &all[..1], 199, 300, "t4").await.unwrap().is_empty());
        assert_eq!(callbacks::lease(&store, &all[..1], 200, 300, "t5").await.unwrap().len(), 1);
        store.write(callbacks::end(TENANT, "cb_1", "t5", "delivered")).await.unwrap();
        let done = read(&store, "cb_1").await;
        assert_eq!((done.state.as_str(), done.attempts, done.auth, done.lease_token), ("delivered", 2, None, None));
        assert!(callbacks::lease(&store, &all[..1], 999, 9999, "t6").await.unwrap().is_empty());
    }
}
