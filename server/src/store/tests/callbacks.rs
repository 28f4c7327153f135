//! Callbacks: told once of an outcome, leased by one, and without their secret when they are done.

use super::super::testing::both;
use super::*;
use crate::store::callbacks::{self, CallbackRow, Told};
use crate::store::start_pages::{self, StartPageRow};
use crate::store::steps::{self, StepRow};
use crate::store::tenants;

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
        dialect: "native".into(),
        wish: None,
        error: None,
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

    async fn what_is_done_is_forgotten_in_time_and_what_is_on_its_way_is_not(store: Store) {
        make(&store).await;
        store.write(callbacks::tell(TENANT, "conn_1", "success", "connected", 7)).await.unwrap();
        assert!(!callbacks::any_done(&store, 6).await.unwrap());
        assert!(callbacks::any_done(&store, 7).await.unwrap());
        store.write(callbacks::delete_done(7, 9)).await.unwrap();
        assert!(!callbacks::any_done(&store, 7).await.unwrap());
        let left = callbacks::of_connection(&store, TENANT, "conn_1").await.unwrap();
        assert_eq!(left.into_iter().map(|row| (row.id, row.state)).collect::<Vec<_>>(), [("cb_1".into(), "pending".into())]);
        assert_eq!(callbacks::of_connection(&store, OTHER, "conn_1").await.unwrap().len(), 1);
    }

    async fn steps_and_daily_counts_are_forgotten_in_time(store: Store) {
        let step = |version, at| StepRow {
            tenant_id: TENANT.into(),
            session_id: "sess_1".into(),
            version,
            at,
            state: "calling".into(),
            detail: "{}".into(),
        };
        store.write(vec![steps::append(&step(1, 5)), steps::append(&step(2, 6))]).await.unwrap();
        assert!(!steps::any_old(&store, 4).await.unwrap());
        store.write(steps::delete_old(5, 9)).await.unwrap();
        assert_eq!(steps::of_session(&store, TENANT, "sess_1").await.unwrap(), [step(2, 6)]);
        assert!(!steps::any_old(&store, 5).await.unwrap());

        let page = StartPageRow {
            tenant_id: TENANT.into(),
            id: "start_1".into(),
            mode: "test".into(),
            slug: "slug".into(),
            name: "Page".into(),
            ask: "{}".into(),
            language: None,
            redirect_url: None,
            completion: "exchange".into(),
            expires_at: None,
            daily_limit: None,
            state: "enabled".into(),
            version: 1,
            created_at: 1,
            updated_at: 1,
        };
        store.write(vec![tenants::insert(&super::rows::tenant()), start_pages::insert(&page)]).await.unwrap();
        store.write(vec![start_pages::take(TENANT, "start_1", "2026-08-21", 1), start_pages::take(TENANT, "start_1", "2026-08-22", 1)]).await.unwrap();
        assert!(!start_pages::any_old_days(&store, "2026-08-21").await.unwrap());
        store.write(start_pages::delete_old_days("2026-08-22", 9)).await.unwrap();
        assert_eq!(start_pages::used(&store, TENANT, "start_1", "2026-08-21").await.unwrap(), 0);
        assert_eq!(start_pages::used(&store, TENANT, "start_1", "2026-08-22").await.unwrap(), 1);
    }

    async fn in_a_vendors_words_each_change_has_a_row_and_the_wish_stays_until_all_is_over(store: Store) {
        make(&store).await;
        let vendors = CallbackRow { dialect: "open_finance".into(), ..callback(TENANT, "cb_3", "success abort") };
        store.write(callbacks::insert(&vendors)).await.unwrap();
        let say = |outcome, status, error: Option<&str>, name| {
            let told = Told { tenant: TENANT, connection: "conn_1", outcome, status, error: error.map(str::to_owned) };
            callbacks::say("open_finance", &told, name, 7)
        };
        store.write(vec![say("success", "CONNECTED", None, "_a"), say("fail", "ERROR", Some("x"), "_b"), say("abort", "EXPIRED", Some("y"), "_c")]).await.unwrap();
        // Our own callbacks hear by another way, and this one does not hear by theirs.
        store.write(callbacks::tell(TENANT, "conn_1", "success", "connected", 8)).await.unwrap();
        assert_eq!(read(&store, "cb_1").await.outcome.as_deref(), Some("success"));
        assert_eq!(read(&store, "cb_3").await, vendors);
        let rows = callbacks::of_connection(&store, TENANT, "conn_1").await.unwrap();
        assert_eq!(rows.iter().map(|row| row.id.as_str()).collect::<Vec<_>>(), ["cb_1", "cb_2", "cb_3", "cb_3_a", "cb_3_c"]);
        let first = read(&store, "cb_3_a").await;
        assert_eq!((first.state.as_str(), first.status.as_deref(), first.wish.as_deref()), ("pending", Some("CONNECTED"), Some("cb_3")));
        assert_eq!((first.happened_at, first.next_at, &first.auth, &first.error), (Some(7), 7, &Some(vec![1]), &None));
        assert_eq!(read(&store, "cb_3_c").await.error.as_deref(), Some("y"));
        store.write(callbacks::close(TENANT, "conn_1", 9)).await.unwrap();
        let wish = read(&store, "cb_3").await;
        assert_eq!((wish.state.as_str(), wish.auth, wish.happened_at), ("unwanted", None, Some(9)));
        assert_eq!(read(&store, "cb_3_a").await.auth, Some(vec![1]), "what is on its way keeps what it needs");
        store.write(say("success", "ACTIVE", None, "_d")).await.unwrap();
        assert_eq!(callbacks::of_connection(&store, TENANT, "conn_1").await.unwrap().len(), 5);
    }
}
