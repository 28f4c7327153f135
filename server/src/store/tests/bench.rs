//! How many units of four inserts are committed in a second, by 64 writers. Run alone, in release:
//! `scripts/postgres-for-tests run -- cargo test --release -p gesher-server --lib store::tests::bench -- --ignored --nocapture --test-threads 1`

use super::super::testing::both;
use super::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

fn unit(id: &str) -> Unit {
    Unit::new()
        .with(connections::insert(&connection(id)))
        .with(sessions::insert(&SessionRow {
            widget_token_hash: Some(id.into()),
            hosted_token_hash: Some(id.into()),
            ..session(id, id)
        }))
        .with(events::append(&event(id, 1)))
        .with(jobs::insert(&job(id, "refresh", 1)))
}

async fn measure(store: &Store, writers: usize) -> String {
    static RUN: AtomicU64 = AtomicU64::new(0);
    let run = RUN.fetch_add(1, Ordering::Relaxed);
    let over = Arc::new(AtomicBool::new(false));
    let mut tasks = JoinSet::new();
    let begin = Instant::now();
    for writer in 0..writers {
        let (store, over) = (store.clone(), Arc::clone(&over));
        tasks.spawn(async move {
            let mut times = Vec::new();
            for count in 0.. {
                if over.load(Ordering::Relaxed) {
                    break;
                }
                let asked = Instant::now();
                store.write(unit(&format!("{run:02}-{count:08}-{writer:03}"))).await.unwrap();
                times.push(asked.elapsed());
            }
            times
        });
    }
    tokio::time::sleep(Duration::from_secs(4)).await;
    over.store(true, Ordering::Relaxed);
    let mut times: Vec<Duration> = tasks.join_all().await.into_iter().flatten().collect();
    let rate = times.len() as f64 / begin.elapsed().as_secs_f64();
    times.sort_unstable();
    let at = |part: usize| times[(times.len() - 1) * part / 100].as_secs_f64() * 1e3;
    format!(
        "{writers:3} writers: {rate:6.0} units/s, p50 {:.1} ms, p99 {:.1} ms, max {:.1} ms",
        at(50),
        at(99),
        at(100)
    )
}

both! {
    #[ignore = "a measurement"]
    async fn units_of_four_inserts(store: Store) {
        use std::io::Write as _;
        for writers in [1, 8, 64, 64] {
            let line = measure(&store, writers).await;
            writeln!(std::io::stderr(), "{line}").unwrap();
        }
    }
}
