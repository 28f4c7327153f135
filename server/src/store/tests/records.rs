//! Sessions and connections: what is written comes back, and a tenant sees its own.

use super::super::testing::both;
use super::*;
use crate::store::connections::Wanted;

fn full_connection(id: &str) -> ConnectionRow {
    ConnectionRow {
        institution_id: Some("bank".into()),
        provider: Some("sandbox".into()),
        psu_id: Some(vec![0, 1, 255]),
        host_state: Some("שלום \u{1F600} '; --".into()),
        expires_at: Some(i64::MAX),
        upkeep: r#"{"failures":1}"#.into(),
        person: Some("0f".repeat(40)),
        ..connection(id)
    }
}

fn full_session(id: &str, connection: &str) -> SessionRow {
    SessionRow {
        instance_hash: Some(vec![1; 32]),
        lease_until: Some(2_000),
        language: Some("he".into()),
        language_fixed: true,
        widget_token_hash: Some(vec![2; 32]),
        hosted_token_hash: Some(vec![3; 32]),
        parent_origin: Some("https://shop.example".into()),
        redirect_url: Some("https://shop.example/back".into()),
        leg: Some(vec![4; 300]),
        public_token: Some(vec![5; 90]),
        public_token_hash: Some(vec![6; 32]),
        bank_state_hash: Some(vec![7; 32]),
        vendor: Some("meld".into()),
        ..session(id, connection)
    }
}

both! {
    async fn a_connection_comes_back_as_it_was(store: Store) {
        for row in [connection("conn_1"), full_connection("conn_2")] {
            store.write(connections::insert(&row)).await.unwrap();
            assert_eq!(connections::by_id(&store, TENANT, &row.id).await.unwrap(), Some(row.clone()));
            assert_eq!(connections::by_id(&store, OTHER, &row.id).await.unwrap(), None);
            assert_eq!(conflict(store.write(connections::insert(&row)).await), Some(Conflict::Duplicate));
        }
        let mut elsewhere = connection("conn_1");
        elsewhere.tenant_id = OTHER.into();
        store.write(connections::insert(&elsewhere)).await.unwrap();
    }

    async fn a_connection_changes_by_its_version(store: Store) {
        store.write(connections::insert(&connection("conn_1"))).await.unwrap();
        let mut row = full_connection("conn_1");
        row.status = "active".into();
        row.reasons = r#"["access_expiring_soon"]"#.into();
        row.machine = r#"{"a":1}"#.into();
        row.updated_at = 9;
        row.last_event_seq = 3;
        store.write(connections::compare_and_set(&row, 1)).await.unwrap();
        // The version counts, and what the host said at the beginning stays.
        let expected = ConnectionRow { version: 2, host_state: None, ..row.clone() };
        assert_eq!(connections::by_id(&store, TENANT, "conn_1").await.unwrap(), Some(expected));
        assert_eq!(conflict(store.write(connections::compare_and_set(&row, 1)).await), Some(Conflict::Stale));
        row.tenant_id = OTHER.into();
        assert_eq!(conflict(store.write(connections::compare_and_set(&row, 2)).await), Some(Conflict::Stale));
    }

    async fn connections_come_newest_first_and_as_they_are_wanted(store: Store) {
        for id in ["conn_1", "conn_2", "conn_3"] {
            store.write(connections::insert(&connection(id))).await.unwrap();
        }
        let ids = |rows: Vec<ConnectionRow>| rows.into_iter().map(|row| row.id).collect::<Vec<_>>();
        let everything = Wanted::default();
        let page = connections::list(&store, TENANT, &everything, 2).await.unwrap();
        assert_eq!(ids(page), ["conn_3", "conn_2"]);
        let below = Wanted { customer: Some("customer-1"), below: Some("conn_2"), ..everything };
        assert_eq!(ids(connections::list(&store, TENANT, &below, 2).await.unwrap()), ["conn_1"]);
        assert_eq!(connections::list(&store, OTHER, &everything, 2).await.unwrap(), []);
        let first = connection("conn_1");
        let fits = Wanted { mode: Some(&first.mode), customer: Some(&first.customer), status: Some(&first.status), ..everything };
        assert_eq!(connections::list(&store, TENANT, &fits, 9).await.unwrap().len(), 3);
        let others = [
            Wanted { mode: Some("live"), ..fits },
            Wanted { customer: Some("customer-2"), ..fits },
            Wanted { status: Some("deleted"), ..fits },
            Wanted { institution: Some("nobody"), ..fits },
        ];
        for other in others {
            assert_eq!(connections::list(&store, TENANT, &other, 9).await.unwrap(), [], "{other:?}");
        }
        let oldest = Wanted { ascending: true, ..everything };
        assert_eq!(ids(connections::list(&store, TENANT, &oldest, 2).await.unwrap()), ["conn_1", "conn_2"]);
        let then = Wanted { below: Some("conn_2"), ..oldest };
        assert_eq!(ids(connections::list(&store, TENANT, &then, 2).await.unwrap()), ["conn_3"]);
        let gone = ConnectionRow { status: "deleted".into(), ..connection("conn_4") };
        store.write(connections::insert(&gone)).await.unwrap();
        let there = Wanted { not_deleted: true, ..everything };
        assert_eq!(ids(connections::list(&store, TENANT, &there, 1).await.unwrap()), ["conn_3"]);
        let left = connections::left(&store, TENANT, 2).await.unwrap();
        assert_eq!(left.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>(), ["conn_1", "conn_2"]);
    }

    async fn a_session_comes_back_by_whatever_names_it(store: Store) {
        store.write(connections::insert(&connection("conn_1"))).await.unwrap();
        let row = full_session("sess_1", "conn_1");
        let bare = session("sess_2", "conn_1");
        store.write(vec![sessions::insert(&row), sessions::insert(&bare)]).await.unwrap();
        let found = Some(row.clone());
        assert_eq!(sessions::by_id(&store, TENANT, "sess_1").await.unwrap(), found);
        assert_eq!(sessions::by_widget_token(&store, TENANT, &[2; 32]).await.unwrap(), found);
        assert_eq!(sessions::by_hosted_token(&store, TENANT, &[3; 32]).await.unwrap(), found);
        assert_eq!(sessions::by_public_token(&store, TENANT, &[6; 32]).await.unwrap(), found);
        assert_eq!(sessions::by_bank_state(&store, TENANT, &[7; 32]).await.unwrap(), found);
        assert_eq!(sessions::of_connection(&store, TENANT, "conn_1").await.unwrap(), [bare, row]);
        assert_eq!(sessions::by_id(&store, OTHER, "sess_1").await.unwrap(), None);
        assert_eq!(sessions::by_widget_token(&store, OTHER, &[2; 32]).await.unwrap(), None);
        assert_eq!(sessions::by_widget_token(&store, TENANT, &[3; 32]).await.unwrap(), None);
        assert_eq!(sessions::by_hosted_token(&store, TENANT, &[2; 32]).await.unwrap(), None);
        assert_eq!(sessions::by_public_token(&store, TENANT, &[9; 32]).await.unwrap(), None);
        assert_eq!(sessions::by_bank_state(&store, OTHER, &[7; 32]).await.unwrap(), None);
        assert_eq!(sessions::by_bank_state(&store, TENANT, &[6; 32]).await.unwrap(), None);
        assert_eq!(sessions::of_connection(&store, OTHER, "conn_1").await.unwrap(), []);
    }

    async fn a_token_opens_one_session(store: Store) {
        store.write(connections::insert(&connection("conn_1"))).await.unwrap();
        store.write(sessions::insert(&full_session("sess_1", "conn_1"))).await.unwrap();
        let again = [
            SessionRow { widget_token_hash: Some(vec![2; 32]), ..session("sess_2", "conn_1") },
            SessionRow { hosted_token_hash: Some(vec![3; 32]), ..session("sess_2", "conn_1") },
            SessionRow { public_token_hash: Some(vec![6; 32]), ..session("sess_2", "conn_1") },
            SessionRow { bank_state_hash: Some(vec![7; 32]), ..session("sess_2", "conn_1") },
        ];
        for second in again {
            assert_eq!(conflict(store.write(sessions::insert(&second)).await), Some(Conflict::Duplicate));
        }
    }

    async fn a_session_changes_by_its_version(store: Store) {
        store.write(connections::insert(&connection("conn_1"))).await.unwrap();
        let before = SessionRow { widget_token_hash: Some(vec![8; 32]), ..session("sess_1", "conn_1") };
        store.write(sessions::insert(&before)).await.unwrap();
        let mut row = full_session("sess_1", "conn_1");
        row.state_name = "confirming".into();
        row.state = r#"{"until":5}"#.into();
        row.deadline = None;
        row.updated_at = 9;
        store.write(sessions::compare_and_set(&row, 1)).await.unwrap();
        // The invitation stays what it was.
        let expected = SessionRow {
            version: 2,
            widget_token_hash: before.widget_token_hash,
            hosted_token_hash: None,
            vendor: None,
            parent_origin: None,
            redirect_url: None,
            ..row.clone()
        };
        assert_eq!(sessions::by_id(&store, TENANT, "sess_1").await.unwrap(), Some(expected));
        assert_eq!(conflict(store.write(sessions::compare_and_set(&row, 1)).await), Some(Conflict::Stale));
    }

    async fn the_sweeper_finds_what_is_past(store: Store) {
        store.write(connections::insert(&connection("conn_1"))).await.unwrap();
        let times = [(Some(10), None), (Some(11), None), (Some(50), Some(10)), (Some(50), Some(11)), (None, None), (Some(9), Some(9))];
        for (place, (deadline, lease_until)) in times.into_iter().enumerate() {
            let row = SessionRow { deadline, lease_until, ..session(&format!("sess_{place}"), "conn_1") };
            store.write(sessions::insert(&row)).await.unwrap();
        }
        let mut due: Vec<_> = sessions::due(&store, 10, 100).await.unwrap().into_iter().map(|row| row.id).collect();
        due.sort();
        assert_eq!(due, ["sess_0", "sess_2", "sess_5"]);
        assert_eq!(sessions::due(&store, 10, 2).await.unwrap().len(), 2);
        assert_eq!(sessions::due(&store, 8, 100).await.unwrap(), []);
    }

    async fn transactions_are_found_by_the_providers_ids(store: Store) {
        store.write(connections::insert(&connection("conn_1"))).await.unwrap();
        for (one, provider_ref) in [("acct_1", "a"), ("acct_2", "b")] {
            let row = account(one, "conn_1", provider_ref, 1);
            store.write(accounts::replace(TENANT, "conn_1", &[row], &[], 1)).await.unwrap();
        }
        // The second took the first one's place, so this is the account that is there.
        let rows: Vec<_> = (0..150).map(|place| transaction("acct_2", &format!("txn_{place:03}"), "2026-11-20")).collect();
        store.write(accounts::put_transactions(&rows)).await.unwrap();
        let refs: Vec<String> = (0..150).map(|place| format!("ref-txn_{place:03}")).collect();
        let refs: Vec<&str> = refs.iter().map(String::as_str).collect();
        for (asked, expected) in [(&refs[..], &rows[..]), (&refs[3..4], &rows[3..4]), (&refs[..64], &rows[..64]), (&refs[..65], &rows[..65])] {
            let mut found = known::transactions(&store, TENANT, "acct_2", asked).await.unwrap();
            found.sort_by(|one, other| one.id.cmp(&other.id));
            assert_eq!(found, expected);
        }
        for (tenant, one, asked) in [(OTHER, "acct_2", &refs[..]), (TENANT, "acct_1", &refs[..]), (TENANT, "acct_2", &["ref"]), (TENANT, "acct_2", &[])] {
            assert_eq!(known::transactions(&store, tenant, one, asked).await.unwrap(), []);
        }
    }
}
