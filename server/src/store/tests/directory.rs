//! What is added to the directory, and what connections say about it.

use super::super::testing::both;
use super::*;
use crate::store::directory::{self, CountRow, Part, PartRow};

fn part(owner: &str, version: i64) -> PartRow {
    PartRow {
        owner: owner.into(),
        mode: String::new(),
        version,
        body: format!("[{version}]"),
        updated_at: version,
    }
}

both! {
    async fn a_part_is_written_over_the_one_before_it_alone(store: Store) {
        for which in [Part::Rows, Part::Routes] {
            store.write(directory::put(which, &part("abc123", 1))).await.unwrap();
            assert_eq!(conflict(store.write(directory::put(which, &part("abc123", 1))).await), Some(Conflict::Stale));
            store.write(directory::put(which, &part("abc123", 2))).await.unwrap();
            assert_eq!(conflict(store.write(directory::put(which, &part("abc123", 4))).await), Some(Conflict::Stale));
            store.write(directory::put(which, &part("", 1))).await.unwrap();
            assert_eq!(directory::of(&store, which, "abc123", "").await.unwrap(), Some(part("abc123", 2)));
            assert_eq!(directory::of(&store, which, "nobody", "").await.unwrap(), None);
            assert_eq!(directory::all(&store, which).await.unwrap(), [part("", 1), part("abc123", 2)]);
        }
    }

    async fn a_tenants_modes_are_apart(store: Store) {
        let of = |mode: &str| PartRow { mode: mode.into(), ..part("abc123", 1) };
        for mode in ["test", "live"] {
            store.write(directory::put(Part::Rows, &of(mode))).await.unwrap();
        }
        for mode in ["test", "live"] {
            assert_eq!(directory::of(&store, Part::Rows, "abc123", mode).await.unwrap(), Some(of(mode)));
        }
        assert_eq!(directory::all(&store, Part::Rows).await.unwrap(), [of("live"), of("test")]);
    }

    async fn what_was_announced_last_is_known(store: Store) {
        assert_eq!(directory::announced(&store).await.unwrap(), None);
        for mark in ["a", "b"] {
            store.write(directory::announce(mark)).await.unwrap();
            assert_eq!(directory::announced(&store).await.unwrap().as_deref(), Some(mark));
        }
    }

    async fn connections_that_stand_are_counted(store: Store) {
        let rows = [
            ("conn_1", "active", "[]", Some("il-leumi")),
            ("conn_2", "degraded", r#"["institution_unavailable"]"#, Some("il-leumi")),
            ("conn_3", "degraded", r#"["institution_action_required"]"#, Some("il-leumi")),
            ("conn_4", "pending", "[]", Some("il-leumi")),
            ("conn_5", "deleted", "[]", Some("il-leumi")),
            ("conn_6", "active", "[]", None),
            ("conn_7", "active", "[]", Some("il-max")),
        ];
        for (id, status, reasons, institution) in rows {
            let row = ConnectionRow {
                status: status.into(),
                reasons: reasons.into(),
                institution_id: institution.map(str::to_owned),
                ..connection(id)
            };
            store.write(connections::insert(&row)).await.unwrap();
        }
        let count = |institution: &str, standing, unreached| CountRow {
            tenant_id: TENANT.into(),
            mode: "test".into(),
            institution_id: institution.into(),
            standing,
            unreached,
        };
        let mut counts = directory::counts(&store).await.unwrap();
        counts.sort_by(|one, other| one.institution_id.cmp(&other.institution_id));
        assert_eq!(counts, [count("il-leumi", 3, 1), count("il-max", 1, 0)]);
    }
}
