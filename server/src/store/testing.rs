//! Fresh databases for tests.

use super::{Settings, Store};
use std::future::Future;
use std::sync::atomic::{AtomicU32, Ordering};

/// Names a server on which tests may make databases.
pub(crate) const POSTGRES: &str = "GESHER_TEST_POSTGRES";

/// Runs the test on a SQLite file of its own.
pub(crate) async fn on_sqlite<F: Future<Output = ()>>(test: impl FnOnce(Store) -> F) {
    let folder = tempfile::tempdir().unwrap();
    let store = open(format!("sqlite:{}", folder.path().join("gesher.db").display())).await;
    test(store.clone()).await;
    store.close().await;
}

/// Runs the test on a database of its own, on the server that the environment names.
pub(crate) async fn on_postgres<F: Future<Output = ()> + Send + 'static>(test: impl FnOnce(Store) -> F) {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let Ok(server) = std::env::var(POSTGRES) else {
        panic!("{POSTGRES} is not set: run the tests under `scripts/postgres-for-tests run -- …`");
    };
    let name = format!("gesher_test_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let mut url = url::Url::parse(&server).unwrap();
    execute(&url, format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
    execute(&url, format!("CREATE DATABASE {name}")).await;
    let server = url.clone();
    url.set_path(&name);
    let store = open(url.to_string()).await;
    let outcome = tokio::spawn(test(store.clone())).await;
    store.close().await;
    execute(&server, format!("DROP DATABASE {name} WITH (FORCE)")).await;
    if let Err(failed) = outcome {
        std::panic::resume_unwind(failed.into_panic());
    }
}

async fn open(url: String) -> Store {
    let store = Store::open(&Settings::new(url)).await.unwrap();
    store.migrate().await.unwrap();
    store
}

async fn execute(server: &url::Url, sql: String) {
    use sqlx::Connection as _;
    let mut connection = sqlx::PgConnection::connect(server.as_str()).await.unwrap();
    sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

/// Makes one test of the body for each engine.
macro_rules! both {
    ($($(#[$meta:meta])* async fn $name:ident($store:ident: Store) $body:block)*) => {
        $(mod $name {
            use super::*;
            async fn body($store: Store) $body
            $(#[$meta])*
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                $crate::store::testing::on_sqlite(body).await;
            }
            $(#[$meta])*
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                $crate::store::testing::on_postgres(body).await;
            }
        })*
    };
}
pub(crate) use both;
