//! Databases that would not keep what they acknowledge.

use super::super::{postgres, sqlite};
use super::*;

#[test]
fn an_old_sqlite_is_refused() {
    for found in ["3.51.2", "3.50.9", "3.9.0", "2.99.99", "", "x"] {
        let refused = sqlite::refuse(found, "wal", 2);
        assert!(matches!(refused, Err(OpenError::OldSqlite { .. })), "{found}: {refused:?}");
    }
    for found in ["3.51.3", "3.52.0", "3.100.0", "4.0.0"] {
        sqlite::refuse(found, "wal", 2).unwrap();
    }
}

#[test]
fn a_journal_that_is_not_ahead_is_refused() {
    for found in ["delete", "memory", "truncate", "off"] {
        let refused = sqlite::refuse("3.51.3", found, 2);
        assert!(matches!(refused, Err(OpenError::JournalMode { .. })), "{found}: {refused:?}");
    }
}

#[test]
fn a_sqlite_that_does_not_wait_for_the_disk_is_refused() {
    for found in [0, 1, 3] {
        let refused = sqlite::refuse("3.51.3", "wal", found);
        assert!(matches!(refused, Err(OpenError::Synchronous { .. })), "{found}: {refused:?}");
    }
}

#[test]
fn a_postgres_that_does_not_wait_for_the_disk_is_refused() {
    assert!(matches!(
        postgres::refuse("off", "on"),
        Err(OpenError::NotDurable { setting: "fsync" })
    ));
    assert!(matches!(
        postgres::refuse("on", "off"),
        Err(OpenError::NotDurable {
            setting: "synchronous_commit"
        })
    ));
    for found in ["on", "local", "remote_write", "remote_apply"] {
        postgres::refuse("on", found).unwrap();
    }
}

#[tokio::test]
async fn a_postgres_whose_user_does_not_wait_for_the_disk_is_refused() {
    let server = std::env::var(testing::POSTGRES).expect("run the tests under scripts/postgres-for-tests");
    let url = format!("{server}?options=-csynchronous_commit%3Doff");
    let refused = Store::open(&Settings::new(url)).await;
    assert!(
        matches!(
            refused,
            Err(OpenError::NotDurable {
                setting: "synchronous_commit"
            })
        ),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_database_in_memory_is_refused() {
    let refused = Store::open(&Settings::new("sqlite::memory:")).await;
    assert!(matches!(refused, Err(OpenError::JournalMode { .. })), "{refused:?}");
}

#[tokio::test]
async fn an_address_of_neither_engine_is_refused_and_not_repeated() {
    let refused = Store::open(&Settings::new("mysql://user:password@host/db")).await.unwrap_err();
    assert!(matches!(refused, OpenError::UnknownEngine));
    assert!(!refused.to_string().contains("password"));
}

#[tokio::test]
async fn the_readers_cannot_write_and_every_connection_is_set_up() {
    testing::on_sqlite(|store| async move {
        let Db::Sqlite { readers, .. } = &store.db else {
            panic!("not SQLite")
        };
        let refused = sqlx::query("DELETE FROM meta").execute(readers).await.unwrap_err();
        assert!(refused.to_string().contains("readonly"), "{refused}");
        let settings: (i64, i64, i64, i64, i64) = sqlx::query_as(
            "SELECT (SELECT foreign_keys FROM pragma_foreign_keys), (SELECT timeout FROM pragma_busy_timeout), \
             (SELECT secure_delete FROM pragma_secure_delete), (SELECT temp_store FROM pragma_temp_store), \
             (SELECT cache_size FROM pragma_cache_size)",
        )
        .fetch_one(readers)
        .await
        .unwrap();
        assert_eq!(settings, (1, 10_000, 1, 2, -16_384));
    })
    .await;
}
