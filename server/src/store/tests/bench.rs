//! How many units of four inserts are committed in a second, and how many rows are read. Run alone, in release:
//! `scripts/postgres-for-tests run -- cargo test --release -p gesher-server --lib store::tests::bench -- --ignored --nocapture --test-threads 1`

use super::super::testing::both;
use super::*;
use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
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

/// Lets so many tasks do the act over and over for a while.
async fn measure<F: Future<Output = ()> + Send>(tasks: usize, what: &str, act: impl Fn(usize, u64) -> F + Send + Sync + 'static) {
    let act = Arc::new(act);
    let over = Arc::new(AtomicBool::new(false));
    let mut all = JoinSet::new();
    let begin = Instant::now();
    for task in 0..tasks {
        let (act, over) = (Arc::clone(&act), Arc::clone(&over));
        all.spawn(async move {
            let mut times = Vec::new();
            while !over.load(Ordering::Relaxed) {
                let asked = Instant::now();
                act(task, times.len() as u64).await;
                times.push(asked.elapsed());
            }
            times
        });
    }
    tokio::time::sleep(Duration::from_secs(4)).await;
    over.store(true, Ordering::Relaxed);
    let mut times: Vec<Duration> = all.join_all().await.into_iter().flatten().collect();
    let rate = times.len() as f64 / begin.elapsed().as_secs_f64();
    times.sort_unstable();
    let at = |part: usize| times[(times.len() - 1) * part / 100].as_secs_f64() * 1e3;
    let [half, most, last] = [at(50), at(99), at(100)];
    let line = format!("{tasks:3} tasks: {rate:6.0} {what}/s, p50 {half:.1} ms, p99 {most:.1} ms, max {last:.1} ms");
    writeln!(std::io::stderr(), "{line}").unwrap();
}

both! {
    #[ignore = "a measurement"]
    async fn units_of_four_inserts(store: Store) {
        for (run, tasks) in [1, 8, 64, 64].into_iter().enumerate() {
            let store = store.clone();
            let act = move |task, count| {
                let store = store.clone();
                async move { store.write(unit(&format!("{run:02}-{count:08}-{task:03}"))).await.unwrap() }
            };
            measure(tasks, "units", act).await;
        }
    }

    #[ignore = "a measurement"]
    async fn sessions_by_token(store: Store) {
        for place in 0..1_000 {
            store.write(unit(&format!("{place:04}"))).await.unwrap();
        }
        for tasks in [1, 8, 64, 64] {
            let store = store.clone();
            let act = move |task: usize, count: u64| {
                let store = store.clone();
                async move {
                    let token = format!("{:04}", (task as u64 * 31 + count) % 1_000);
                    let found = sessions::by_widget_token(&store, TENANT, token.as_bytes()).await.unwrap();
                    assert_eq!(found.unwrap().id, token);
                }
            };
            measure(tasks, "rows", act).await;
        }
    }
}
