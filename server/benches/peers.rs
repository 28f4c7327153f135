//! What `make bench` measures Gesher beside: a handler that does nothing, and the store's writer without HTTP.
//!
//! - `bare <address> <file>` answers `POST /v1/connections` and `GET /v1/institutions` with the file's bytes, through Gesher's own
//!   accept loop.
//! - `writer <database> <units>` commits that many new connections, made beforehand, from 64 tasks at once, and writes how
//!   many a second that was.
//!
//! `scripts/bench` starts both.

use anyhow::{Context as _, bail};
use axum::Router;
use axum::http::{StatusCode, header};
use axum::routing::{get, post};
use bytes::Bytes;
use gesher_contract::TenantTag;
use gesher_domain::Clock as _;
use gesher_server::clock::{SystemClock, SystemRng};
use gesher_server::connect::invite::{self, Wish};
use gesher_server::connect::watch::Moves;
use gesher_server::core::Core;
use gesher_server::http::serve::serve;
use gesher_server::institutions::Institutions;
use gesher_server::limits::Limits;
use gesher_server::outbound;
use gesher_server::outbound::guard::{self, Guard};
use gesher_server::providers::Providers;
use gesher_server::providers::sandbox::Sandbox;
use gesher_server::secrets::Keyring;
use gesher_server::store::tenants::{self, TenantRow};
use gesher_server::store::{Settings, Store, Unit};
use gesher_server::tenants::{Caller, Keys, Mode};
use gesher_server::webhooks::Webhooks;
use gesher_server::webhooks::schedule::Schedules;
use std::io::Write as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Tasks that write at once: as many as wrk holds connections.
const WRITERS: usize = 64;
/// As many worker threads as the server has at least.
const WORKERS: usize = 4;
const USAGE: &str = "usage: peers bare <address> <file> | peers writer <database> <units>";

fn main() -> anyhow::Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let workers = std::thread::available_parallelism().map_or(WORKERS, |cores| cores.get().max(WORKERS));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(workers)
        .enable_all()
        .build()?;
    match args.as_slice() {
        ["bare", address, file] => runtime.block_on(bare(address, std::fs::read(file).context("the answer's file")?)),
        ["writer", database, units] => runtime.block_on(writer(database, units.parse().context("the number of units")?)),
        // Test runners start every target of a package without arguments.
        [] => Ok(writeln!(std::io::stderr(), "{USAGE}")?),
        _ => bail!(USAGE),
    }
}

async fn bare(address: &str, answer: Vec<u8>) -> anyhow::Result<()> {
    let answer = Bytes::from(answer);
    let said = |status: StatusCode| {
        let answer = answer.clone();
        move || std::future::ready((status, [(header::CONTENT_TYPE, "application/json")], answer.clone()))
    };
    let router = Router::new()
        .route("/v1/connections", post(said(StatusCode::CREATED)))
        .route("/v1/institutions", get(said(StatusCode::OK)));
    let listener = TcpListener::bind(address)
        .await
        .with_context(|| format!("listening on {address}"))?;
    serve(listener, router, None, CancellationToken::new()).await;
    Ok(())
}

async fn writer(database: &str, units: usize) -> anyhow::Result<()> {
    let core = core(database).await?;
    let caller = Caller {
        tenant: tenant(&core).await?,
        mode: Mode::Test,
        customer: None,
        proof: Vec::new(),
        per_second: 0,
    };
    let mut ready = Vec::with_capacity(units);
    for number in 0..units {
        ready.push(invite::prepare(&core, &caller, wish(number)).await?.1);
    }
    let ready: Arc<Mutex<Vec<Unit>>> = Arc::new(Mutex::new(ready));
    let mut tasks = JoinSet::new();
    let begin = Instant::now();
    for _ in 0..WRITERS {
        let (store, ready) = (core.store.clone(), ready.clone());
        let next = move || ready.lock().unwrap_or_else(PoisonError::into_inner).pop();
        tasks.spawn(async move {
            while let Some(unit) = next() {
                store.write(unit).await?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    let rate = units as f64 / begin.elapsed().as_secs_f64();
    core.store.close().await;
    Ok(writeln!(std::io::stdout(), "{rate:.0}")?)
}

/// What the body that wrk sends asks for.
fn wish(number: usize) -> Wish {
    Wish {
        customer: Some(format!("writer-{number}")),
        include_sandbox: true,
        parent_origin: Some(ORIGIN.to_owned()),
        ..Wish::default()
    }
}

const ORIGIN: &str = "http://127.0.0.1:3001";

async fn core(database: &str) -> anyhow::Result<Core> {
    let store = Store::open(&Settings::new(database)).await?;
    store.migrate().await?;
    let _ = rustls::crypto::ring::default_provider().install_default();
    let clock = Arc::new(SystemClock);
    // Nobody calls it: without a provider there is no institution to make a connection for.
    let providers = Providers::default().with("sandbox", Arc::new(Sandbox::new("http://127.0.0.1:9")));
    Ok(Core {
        keys: Keys::new(store.clone(), clock.clone()),
        store,
        keyring: Keyring::parse(&"5a".repeat(32))?,
        clock,
        rng: Arc::new(SystemRng),
        institutions: Institutions::new(gesher_directory::israel(), &providers),
        providers,
        http: outbound::client(false)?,
        webhooks: Webhooks {
            guard: Guard::new(guard::Settings {
                demo: false,
                closed: Vec::new(),
                own_url: None,
                open: Vec::new(),
                time_limit: guard::Settings::TIME_LIMIT,
            })?,
            schedules: Schedules::default(),
        },
        limits: Limits::default(),
        proxies: Arc::default(),
        url: "http://localhost:3000".to_owned(),
        tasks: TaskTracker::new(),
        work: Notify::new(),
        moved: Moves::default(),
        stopping: CancellationToken::new(),
    })
}

async fn tenant(core: &Core) -> anyhow::Result<TenantTag> {
    let tag = TenantTag::from_random(u32::from_ne_bytes({
        let mut random = [0; 4];
        core.rng.fill(&mut random);
        random
    }));
    let now = SystemClock.now().0;
    let row = TenantRow {
        tenant_id: tag.to_string(),
        name: "Bench".to_owned(),
        allowed_origins: serde_json::to_string(&[ORIGIN])?,
        redirect_urls: "[]".to_owned(),
        completion: "exchange".to_owned(),
        live_rate: 0,
        test_rate: 0,
        created_at: now,
        updated_at: now,
        refresh_reminder_days: 7,
        closed_at: None,
    };
    core.store.write(tenants::insert(&row)).await?;
    Ok(tag)
}
