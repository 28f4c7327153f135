//! Webhooks: queued with the event, leased by one, forgotten in time.

use super::super::testing::both;
use super::*;
use crate::store::webhooks::attempts::{self, AttemptRow};
use crate::store::webhooks::deliveries::{self, DeliveryRow, Held, Take};
use crate::store::webhooks::endpoints::{self, EndpointRow};
use std::collections::BTreeSet;
use tokio::task::JoinSet;

const MOST: i64 = 100;
const NATIVE: (&str, &str) = ("native", "");

fn endpoint(id: &str) -> EndpointRow {
    EndpointRow {
        tenant_id: TENANT.into(),
        id: id.into(),
        mode: "test".into(),
        dialect: "native".into(),
        url: "https://example.com/".into(),
        description: "backend".into(),
        kinds: String::new(),
        state: "enabled".into(),
        why: None,
        since: 1,
        failing_since: None,
        secret: vec![1],
        old_secret: None,
        old_secret_until: None,
        signing_key: vec![2],
        public_key: "whpk_".into(),
        version: 1,
        created_at: 1,
        updated_at: 1,
    }
}

fn attempt(endpoint: &str, id: &str, at: i64) -> AttemptRow {
    AttemptRow {
        tenant_id: TENANT.into(),
        endpoint_id: endpoint.into(),
        id: id.into(),
        event_id: "evt_1".into(),
        part: String::new(),
        number: 1,
        at,
        status: Some(204),
        error: None,
        took_ms: 7,
    }
}

fn take(endpoint: &str, most: i64) -> Take {
    Take {
        tenant_id: TENANT.into(),
        endpoint_id: endpoint.into(),
        most,
    }
}

fn held<'a>(row: &'a DeliveryRow) -> Held<'a> {
    Held {
        tenant: &row.tenant_id,
        endpoint: &row.endpoint_id,
        event: &row.event_id,
        part: &row.part,
        token: row.lease_token.as_deref().unwrap(),
    }
}

async fn queued(store: &Store, event: &str) -> Vec<String> {
    let rows = deliveries::of_event(store, TENANT, event).await.unwrap();
    rows.into_iter().map(|row| row.endpoint_id).collect()
}

async fn make(store: &Store, rows: &[EndpointRow]) {
    let unit: Vec<_> = rows.iter().map(|row| endpoints::insert(row, MOST)).collect();
    store.write(unit).await.unwrap();
}

both! {
    async fn an_event_is_queued_for_those_who_want_it_and_only_with_its_unit(store: Store) {
        const KIND: &str = "connection.status_changed";
        let live = EndpointRow { mode: "live".into(), ..endpoint("we_live") };
        let off = EndpointRow { state: "disabled".into(), ..endpoint("we_off") };
        let wants = EndpointRow { kinds: format!("webhook_endpoint.disabled {KIND}"), ..endpoint("we_wants") };
        let other = EndpointRow { kinds: "webhook_endpoint.disabled".into(), ..endpoint("we_wants_not") };
        let foreign = EndpointRow { tenant_id: OTHER.into(), ..endpoint("we_foreign") };
        make(&store, &[endpoint("we_all"), live, off, wants, other, foreign]).await;
        store.write(connections::insert(&connection("conn_1"))).await.unwrap();

        let failing = vec![
            events::append(&event("conn_1", 1)),
            deliveries::queue(TENANT, "test", "evt_lost", KIND, NATIVE, 5),
            connections::compare_and_set(&connection("conn_1"), 9),
        ];
        assert_eq!(conflict(store.write(failing).await), Some(Conflict::Stale));
        assert_eq!(queued(&store, "evt_lost").await, [""; 0]);

        store.write(deliveries::queue(TENANT, "test", "evt_1", KIND, NATIVE, 5)).await.unwrap();
        assert_eq!(queued(&store, "evt_1").await, ["we_all", "we_wants"]);
        store.write(deliveries::queue(TENANT, "test", "evt_2", "connection", NATIVE, 5)).await.unwrap();
        assert_eq!(queued(&store, "evt_2").await, ["we_all"], "a part of a kind is another kind");
    }

    async fn a_delivery_is_leased_by_one_and_fenced(store: Store) {
        make(&store, &[endpoint("we_1"), endpoint("we_2")]).await;
        for event in ["evt_1", "evt_2", "evt_3"] {
            store.write(deliveries::queue(TENANT, "test", event, "ping", NATIVE, 5)).await.unwrap();
        }
        assert_eq!(deliveries::waiting(&store, 4).await.unwrap(), []);
        assert_eq!(deliveries::waiting(&store, 5).await.unwrap().len(), 2);
        let takes = [take("we_1", 2), take("we_2", 9)];
        let first = deliveries::lease(&store, &takes, 5, 30, "first").await.unwrap();
        let of = |endpoint: &str| first.iter().filter(|row| row.endpoint_id == endpoint).count();
        assert_eq!((of("we_1"), of("we_2")), (2, 3));
        assert_eq!(deliveries::lease(&store, &takes, 29, 60, "second").await.unwrap().len(), 1, "the one that was left");
        let third = deliveries::lease(&store, &takes, 30, 90, "third").await.unwrap();
        assert_eq!(third.len(), 5, "what was not ended comes back when the lease is over");

        let late = &first[0];
        for statement in [deliveries::end(held(late), "delivered"), deliveries::put_back(held(late), 99, None, None)] {
            let unit = vec![attempts::insert(&attempt("we_1", "late", 1)), statement];
            assert_eq!(conflict(store.write(unit).await), Some(Conflict::LeaseLost));
        }
        assert_eq!(attempts::of_endpoint(&store, TENANT, "we_1", None, 9).await.unwrap(), []);
        let [done, again, ..] = third.as_slice() else { panic!("five") };
        store.write(vec![deliveries::end(held(done), "delivered"), deliveries::put_back(held(again), 1_000, None, None)]).await.unwrap();
        let now = deliveries::of_event(&store, TENANT, &again.event_id).await.unwrap();
        let now = now.iter().find(|row| row.endpoint_id == again.endpoint_id).unwrap();
        assert_eq!((now.attempts, now.next_at, now.state.as_str(), &now.lease_token), (1, 1_000, "pending", &None));
        assert_eq!(deliveries::lease(&store, &takes, 999, 2_000, "fourth").await.unwrap().len(), 4);
    }

    async fn senders_that_race_share_the_deliveries(store: Store) {
        make(&store, &[endpoint("we_1"), endpoint("we_2")]).await;
        let all: Unit = (0..50).map(|place| deliveries::queue(TENANT, "test", &format!("evt_{place}"), "ping", NATIVE, 5)).collect();
        store.write(all).await.unwrap();
        let mut senders = JoinSet::new();
        for sender in 0..8 {
            let store = store.clone();
            senders.spawn(async move {
                let mut taken = Vec::new();
                for round in 0.. {
                    let token = format!("{sender}-{round}");
                    let leased = deliveries::lease(&store, &[take("we_1", 3), take("we_2", 3)], 100, 1_000, &token).await.unwrap();
                    if leased.is_empty() {
                        break;
                    }
                    taken.extend(leased.into_iter().map(|row| (row.endpoint_id, row.event_id)));
                }
                taken
            });
        }
        let taken: Vec<_> = senders.join_all().await.into_iter().flatten().collect();
        assert_eq!(taken.len(), 100, "each once");
        assert_eq!(taken.into_iter().collect::<BTreeSet<_>>().len(), 100);
    }

    async fn an_event_is_sent_again_but_not_while_it_is_being_sent(store: Store) {
        make(&store, &[endpoint("we_1"), EndpointRow { state: "disabled".into(), ..endpoint("we_off") }]).await;
        let again = |endpoint: &'static str, now| store.write(deliveries::requeue(TENANT, endpoint, "evt_1", "", now));
        again("we_off", 5).await.unwrap();
        again("we_nobody", 5).await.unwrap();
        assert_eq!(queued(&store, "evt_1").await, [""; 0]);
        again("we_1", 5).await.unwrap();
        let leased = deliveries::lease(&store, &[take("we_1", 9)], 5, 30, "token").await.unwrap();
        again("we_1", 6).await.unwrap();
        assert_eq!(deliveries::of_event(&store, TENANT, "evt_1").await.unwrap(), leased);
        store.write(deliveries::end(held(&leased[0]), "given_up")).await.unwrap();
        again("we_1", 7).await.unwrap();
        let now = deliveries::of_event(&store, TENANT, "evt_1").await.unwrap();
        assert_eq!((now[0].state.as_str(), now[0].attempts, now[0].next_at, now[0].queued_at), ("pending", 0, 7, 7));
    }

    async fn an_endpoint_is_disabled_once_and_only_if_it_still_fails(store: Store) {
        make(&store, &[endpoint("we_1")]).await;
        store.write(deliveries::queue(TENANT, "test", "evt_1", "ping", NATIVE, 5)).await.unwrap();
        let disable = |since| store.write(endpoints::disable(TENANT, "we_1", "failing", since, 50));
        assert_eq!(conflict(disable(Some(10)).await), Some(Conflict::Stale), "it does not fail");
        store.write(vec![endpoints::failed(TENANT, "we_1", 20), endpoints::failed(TENANT, "we_1", 30)]).await.unwrap();
        let read = || async { endpoints::by_id(&store, TENANT, "we_1").await.unwrap().unwrap() };
        assert_eq!(read().await.failing_since, Some(20), "the first failure counts");
        assert_eq!(conflict(disable(Some(19)).await), Some(Conflict::Stale), "not for so long");
        store.write(endpoints::succeeded(TENANT, "we_1")).await.unwrap();
        assert_eq!(read().await.failing_since, None);
        store.write(endpoints::failed(TENANT, "we_1", 20)).await.unwrap();
        disable(Some(20)).await.unwrap();
        assert_eq!(conflict(disable(None).await), Some(Conflict::Stale));
        let row = read().await;
        assert_eq!((row.state.as_str(), row.why.as_deref(), row.since, row.version), ("disabled", Some("failing"), 50, 2));
        assert_eq!(deliveries::waiting(&store, 100).await.unwrap(), []);
        store.write(deliveries::give_up(TENANT, "we_1")).await.unwrap();
        assert_eq!(deliveries::of_event(&store, TENANT, "evt_1").await.unwrap()[0].state, "given_up");
    }

    async fn endpoints_are_the_tenants_own(store: Store) {
        make(&store, &[endpoint("we_1"), EndpointRow { mode: "live".into(), ..endpoint("we_2") }]).await;
        assert_eq!(endpoints::of_tenant(&store, TENANT, "test").await.unwrap(), [endpoint("we_1")]);
        assert_eq!(endpoints::by_id(&store, OTHER, "we_1").await.unwrap(), None);
        assert_eq!(conflict(store.write(endpoints::insert(&endpoint("we_3"), 1)).await), Some(Conflict::Stale), "no room");
        let changed = EndpointRow {
            url: "https://example.org/".into(),
            kinds: "ping".into(),
            old_secret: Some(vec![3]),
            old_secret_until: Some(9),
            version: 2,
            ..endpoint("we_1")
        };
        assert_eq!(conflict(store.write(endpoints::compare_and_set(&changed, 5)).await), Some(Conflict::Stale));
        store.write(endpoints::compare_and_set(&changed, 1)).await.unwrap();
        assert_eq!(endpoints::by_id(&store, TENANT, "we_1").await.unwrap(), Some(changed));
        store.write(vec![
            deliveries::queue(TENANT, "test", "evt_1", "ping", NATIVE, 5),
            attempts::insert(&attempt("we_1", "a", 1)),
        ]).await.unwrap();
        assert_eq!(conflict(store.write(endpoints::delete(OTHER, "we_1").to_vec()).await), Some(Conflict::NotFound));
        store.write(endpoints::delete(TENANT, "we_1").to_vec()).await.unwrap();
        assert_eq!(queued(&store, "evt_1").await, [""; 0]);
        assert_eq!(attempts::of_endpoint(&store, TENANT, "we_1", None, 9).await.unwrap(), []);
    }

    async fn tries_come_newest_first_and_what_is_old_is_forgotten(store: Store) {
        make(&store, &[endpoint("we_1")]).await;
        let rows = ["a", "b", "c"].map(|id| attempt("we_1", id, i64::from(id.as_bytes()[0])));
        store.write(rows.iter().map(attempts::insert).collect::<Vec<_>>()).await.unwrap();
        let read = |below: Option<&'static str>| { let store = store.clone(); async move { attempts::of_endpoint(&store, TENANT, "we_1", below, 2).await.unwrap() } };
        assert_eq!(read(None).await, [rows[2].clone(), rows[1].clone()]);
        assert_eq!(read(Some("b")).await, [rows[0].clone()]);

        store.write(connections::insert(&connection("conn_1"))).await.unwrap();
        let own = EventRow { id: "evt_own".into(), connection_id: None, seq: None, ..event("conn_1", 1) };
        store.write(vec![
            events::append(&event("conn_1", 1)),
            events::append(&own),
            deliveries::queue(TENANT, "test", "evt_own", "ping", NATIVE, 1),
        ]).await.unwrap();
        let old = i64::from(b'b');
        assert!(crate::store::webhooks::any_old(&store, old).await.unwrap());
        store.write(vec![deliveries::delete_old(old, 9), attempts::delete_old(old, 9), events::delete_old(old, 9)]).await.unwrap();
        assert!(!crate::store::webhooks::any_old(&store, old).await.unwrap());
        assert_eq!(read(None).await, [rows[2].clone()]);
        assert_eq!(queued(&store, "evt_own").await, [""; 0]);
        assert_eq!(events::by_id(&store, TENANT, "evt_own").await.unwrap(), None);
        assert_eq!(events::by_id(&store, TENANT, "evt_conn_1_1").await.unwrap(), Some(event("conn_1", 1)), "a connection's life stays");
        assert_eq!(events::by_id(&store, OTHER, "evt_conn_1_1").await.unwrap(), None);
    }

    async fn events_are_found_by_mode_kind_and_connection(store: Store) {
        store.write(vec![connections::insert(&connection("conn_1")), connections::insert(&connection("conn_2"))]).await.unwrap();
        let own = EventRow { id: "evt_z".into(), connection_id: None, seq: None, kind: "ping".into(), ..event("conn_1", 1) };
        let live = EventRow { id: "evt_live".into(), mode: "live".into(), ..own.clone() };
        let all = [event("conn_1", 1), event("conn_1", 2), event("conn_2", 1), own.clone(), live];
        store.write(all.iter().map(events::append).collect::<Vec<_>>()).await.unwrap();
        let ids = |wanted: events::Wanted<'static>, limit| {
            let store = store.clone();
            async move {
                let rows = events::of_tenant(&store, TENANT, "test", wanted, limit).await.unwrap();
                rows.into_iter().map(|row| row.id).collect::<Vec<_>>()
            }
        };
        let any = events::Wanted::default();
        assert_eq!(ids(any, 9).await, ["evt_z", "evt_conn_2_1", "evt_conn_1_2", "evt_conn_1_1"]);
        assert_eq!(ids(any, 1).await, ["evt_z"]);
        assert_eq!(ids(events::Wanted { below: Some("evt_conn_2_1"), ..any }, 9).await, ["evt_conn_1_2", "evt_conn_1_1"]);
        assert_eq!(ids(events::Wanted { kind: Some("ping"), ..any }, 9).await, ["evt_z"]);
        assert_eq!(ids(events::Wanted { connection: Some("conn_2"), ..any }, 9).await, ["evt_conn_2_1"]);
        assert_eq!(events::of_tenant(&store, OTHER, "test", any, 9).await.unwrap(), []);
    }

    async fn a_dialects_messages_are_delivered_each_by_itself(store: Store) {
        make(&store, &[endpoint("we_1"), EndpointRow { dialect: "meld".into(), ..endpoint("we_meld") }]).await;
        let queue = |to| deliveries::queue(TENANT, "test", "evt_1", "ping", to, 5);
        store.write(vec![queue(NATIVE), queue(("meld", "A")), queue(("meld", "B"))]).await.unwrap();
        let rows = async || deliveries::of_event(&store, TENANT, "evt_1").await.unwrap();
        let names: Vec<_> = rows().await.into_iter().map(|row| (row.endpoint_id, row.part)).collect();
        let expected = [("we_1", ""), ("we_meld", "A"), ("we_meld", "B")].map(|(one, part)| (one.to_owned(), part.to_owned()));
        assert_eq!(names, expected);
        let leased = deliveries::lease(&store, &[take("we_meld", 9)], 5, 30, "token").await.unwrap();
        let [a, b] = leased.as_slice() else { panic!("two") };
        let unit = vec![deliveries::end(held(a), "delivered"), deliveries::put_back(held(b), 60, Some("refused"), Some(500))];
        store.write(unit).await.unwrap();
        let now = rows().await;
        assert_eq!((now[1].state.as_str(), now[1].last_error.as_deref(), now[1].last_status), ("delivered", None, None));
        assert_eq!((now[2].state.as_str(), now[2].last_error.as_deref(), now[2].last_status), ("pending", Some("refused"), Some(500)));
        assert_eq!((now[1].attempts, now[2].attempts, now[2].next_at), (1, 1, 60));
        store.write(deliveries::requeue(TENANT, "we_meld", "evt_1", "B", 70)).await.unwrap();
        let now = rows().await;
        assert_eq!((now[2].attempts, now[2].next_at, &now[2].last_error, now[2].last_status), (0, 70, &None, None));
        assert_eq!(now[1].state, "delivered", "the other one is left alone");
    }
}
