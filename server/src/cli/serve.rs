//! `gesher serve`: opens the store, binds the listeners, works until a signal.

use crate::clock::{SystemClock, SystemRng};
use crate::config::{Config, MasterKey};
use crate::connect::watch::Moves;
use crate::core::Core;
use crate::demo::{self, Demo};
use crate::http::admin::Access;
use crate::http::serve::{serve, tls_acceptor};
use crate::http::widget::Assets;
use crate::institutions::{self, Institutions};
use crate::limits::Limits;
use crate::outbound::guard::{self, Guard};
use crate::providers::Providers;
use crate::providers::berlin_group::{self, BerlinGroup};
use crate::providers::open_finance::OpenFinance;
use crate::providers::plaid::Plaid;
use crate::providers::salt_edge::{self, SaltEdge};
use crate::providers::sandbox::Sandbox;
use crate::secrets::Keyring;
use crate::store::{Settings, Store, meta};
use crate::tenants::Keys;
use crate::webhooks::Webhooks;
use crate::{files, http, jobs, outbound, webhooks};
use anyhow::Context as _;
use gesher_directory::Filter;
use gesher_domain::{Clock, Rng};
use metrics_exporter_prometheus::PrometheusBuilder;
use secrecy::ExposeSecret as _;
use std::collections::BTreeMap;
use std::io::{IsTerminal as _, Write as _};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Fewest worker threads: on a machine with one core a blocking page would otherwise hold up the others.
const WORKERS: usize = 4;
/// How long the listeners may take to answer after they are bound.
const ANSWERING: Duration = Duration::from_secs(10);

/// Runs the server.
pub fn run() -> anyhow::Result<()> {
    logs()?;
    let config = Config::from_env()?;
    let workers = std::thread::available_parallelism().map_or(WORKERS, |cores| cores.get().max(WORKERS));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(workers)
        .enable_all()
        .build()?;
    runtime.block_on(main(config))
}

/// `GESHER_LOG` filters as tracing's directives do; `GESHER_LOG_FORMAT=json` writes JSON lines.
fn logs() -> anyhow::Result<()> {
    use tracing_subscriber::EnvFilter;
    let asked = std::env::var("GESHER_LOG").ok().filter(|asked| !asked.is_empty());
    let filter = EnvFilter::builder()
        .parse(asked.as_deref().unwrap_or("info,sqlx=warn"))
        .map_err(|error| anyhow::anyhow!("GESHER_LOG makes no sense: {error}"))?;
    let format = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false);
    if std::env::var("GESHER_LOG_FORMAT").as_deref() == Ok("json") {
        format.json().init()
    } else {
        format.init()
    }
    Ok(())
}

async fn main(config: Config) -> anyhow::Result<()> {
    rustls::crypto::ring::default_provider()
        .install_default()
        .map_err(|_| anyhow::anyhow!("a TLS provider was installed before"))?;
    let _sole = sole(&config)?;
    let metrics = PrometheusBuilder::new().install_recorder().context("setting up metrics")?;
    let core = Arc::new(core(&config).await?);
    institutions::reload(&core).await.context("reading the institutions")?;
    let demo = if config.demo {
        Some(demo::prepare(&core, &config).await.context("setting up the demo tenant")?)
    } else {
        None
    };
    let tls = config
        .tls
        .as_ref()
        .map(|files| tls_acceptor(&files.certificate, &files.key))
        .transpose()?;

    let assets = Assets::load()?;

    let stop = core.stopping.clone();
    let listeners = TaskTracker::new();
    let public = bind("GESHER_ADDR", config.addr).await?;
    listeners.spawn(serve(public, http::public(&core, assets, tls.is_some()), tls, stop.clone()));
    let ops = bind("GESHER_OPS_ADDR", config.ops_addr).await?;
    let token = demo.as_ref().map(|demo| &demo.admin_token).or(config.admin_token.as_ref());
    let access = Access::new(token, config.ops_addr, &config.ops_hosts, config.demo);
    listeners.spawn(serve(ops, http::ops::router(core.clone(), metrics, access), None, stop.clone()));
    if let Some(demo) = &demo {
        let banks = sandbox(&core, &config, demo);
        let open = bind("GESHER_SANDBOX_ADDR", config.sandbox_addr).await?;
        listeners.spawn(serve(open, banks.router(), None, stop.clone()));
        let guarded = bind("GESHER_SANDBOX_TLS_ADDR", config.sandbox_tls_addr).await?;
        let host = config.sandbox_host().trim_matches(['[', ']']);
        let tls = demo.certificates.authority.listener(host, core.clock.now().0)?;
        let tls = Some(TlsAcceptor::from(Arc::new(tls)));
        listeners.spawn(serve(guarded, banks.guarded(), tls, stop.clone()));
    }
    let work = tokio::spawn(jobs::run(core.clone(), stop.clone()));
    let directory = tokio::spawn(institutions::run(core.clone(), stop.clone()));
    let sender = tokio::spawn(webhooks::sender::run(core.clone(), stop.clone()));

    answering(&core, &config).await?;
    tracing::info!(url = config.url, addr = %config.addr, ops_addr = %config.ops_addr, demo = config.demo, "Gesher is ready");
    if let Some(demo) = &demo {
        demo.write(&config)?;
        let mut out = std::io::stdout();
        writeln!(out, "\n  Demo shop:        {}", config.sandbox_url)?;
        writeln!(out, "  Sandbox API key:  {}", demo.api_key)?;
        writeln!(out, "  All of it:        {}\n", config.data_dir.join(demo::FILE).display())?;
        out.flush()?;
    }

    signal().await;
    tracing::info!("stopping: what is under way may finish");
    stop.cancel();
    listeners.close();
    listeners.wait().await;
    core.tasks.close();
    core.tasks.wait().await;
    let _ = work.await;
    let _ = directory.await;
    let _ = sender.await;
    core.store.close().await;
    Ok(())
}

/// The lock of a data folder with a SQLite database in it, held for as long as this server lives: its writer and what it keeps in memory
/// count on being alone. Commands take none: what they write, a server sees.
fn sole(config: &Config) -> anyhow::Result<Option<std::fs::File>> {
    if !config.database().starts_with("sqlite:") {
        return Ok(None);
    }
    let folder = config.data_dir.display();
    files::private_folder(&config.data_dir).with_context(|| format!("making {folder}"))?;
    match files::sole(&config.data_dir.join("serve.lock")).with_context(|| format!("locking {folder}"))? {
        Some(lock) => Ok(Some(lock)),
        None => anyhow::bail!(
            "another Gesher serves from {folder}: stop it first, or give this one a folder of its own (GESHER_DATA_DIR); several on one database \
             need PostgreSQL (GESHER_DATABASE_URL)"
        ),
    }
}

/// What every use case needs, by these settings.
///
/// # Errors
/// Something is missing or does not fit together.
pub async fn core(config: &Config) -> anyhow::Result<Core> {
    files::private_folder(&config.data_dir).with_context(|| format!("making {}", config.data_dir.display()))?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let rng: Arc<dyn Rng> = Arc::new(SystemRng);
    let keyring = match &config.master_key {
        MasterKey::Value(value) => Keyring::parse(value.expose_secret()).context("GESHER_MASTER_KEY")?,
        MasterKey::File(path) => Keyring::load(path).context("GESHER_MASTER_KEY_FILE")?,
        MasterKey::Demo(path) => Keyring::load_or_create(path, || {
            let mut key = [0; 32];
            rng.fill(&mut key);
            key
        })?,
    };
    let store = Store::open(&Settings::new(config.database()))
        .await
        .context("opening the database")?;
    store.migrate().await.context("bringing the database up to date")?;
    known_key(&store, &keyring).await?;
    let providers = providers(config)?;
    Ok(Core {
        keys: Keys::new(store.clone(), clock.clone()),
        store,
        keyring,
        clock,
        rng,
        institutions: Institutions::new(gesher_directory::embedded(), &providers),
        providers,
        http: outbound::client(config.demo)?,
        webhooks: Webhooks {
            guard: Guard::new(guarded(config)).context("setting up TLS for webhooks")?,
            schedules: config.webhook_retries.clone(),
        },
        limits: Limits::default(),
        proxies: Arc::new(config.trusted_proxies.clone()),
        url: config.url.clone(),
        tasks: TaskTracker::new(),
        work: Notify::new(),
        moved: Moves::default(),
        stopping: CancellationToken::new(),
    })
}

/// Refuses a master key that does not open what this database holds, instead of failing at the first session.
async fn known_key(store: &Store, keyring: &Keyring) -> anyhow::Result<()> {
    match meta::get(store, "key_id").await? {
        None => store.write(meta::put("key_id", &keyring.id())).await?,
        Some(id) if keyring.knows(&id) => {}
        Some(_) => anyhow::bail!("the master key is not the one that this database was made with"),
    }
    Ok(())
}

/// Where tenants' addresses may lead: never to our own listeners, in demo mode to the sandbox.
pub fn guarded(config: &Config) -> guard::Settings {
    guard::Settings {
        demo: config.demo,
        closed: vec![config.addr, config.ops_addr],
        own_url: url::Url::parse(&config.url).ok(),
        open: if config.demo { vec![config.sandbox_addr] } else { Vec::new() },
        time_limit: guard::Settings::TIME_LIMIT,
    }
}

/// Whether any institution can be reached with these settings by a tenant that has set nothing at any provider.
///
/// # Errors
/// A setting of a provider makes no sense.
pub fn reaches_any(config: &Config) -> anyhow::Result<bool> {
    let everybody = Filter {
        test_mode: true,
        include_invented: true,
        ..Filter::default()
    };
    let providers = providers(config)?;
    let institutions = Institutions::new(gesher_directory::embedded(), &providers).everybodys();
    Ok(institutions.through(providers.ways(&BTreeMap::new())).has_any(&everybody))
}

/// The sandbox's banks are reached only where there is a sandbox; there, it also plays the others. Real ones are reached by tenants that
/// have set what they ask for.
fn providers(config: &Config) -> anyhow::Result<Providers> {
    let providers = Providers::default();
    if !config.demo {
        return Ok(providers
            .with("berlin_group", Arc::new(BerlinGroup::new(None)))
            .with("open_finance", Arc::new(OpenFinance::new()))
            .with("plaid", Arc::new(Plaid::new()))
            .with("salt_edge", Arc::new(SaltEdge::new(salt_edge::BASE_URL)?)));
    }
    let plaid = Plaid::with_fake(&format!("{}/plaid", config.sandbox_url)).context("GESHER_SANDBOX_URL")?;
    let salt_edge = SaltEdge::sandbox(&config.sandbox_url).context("GESHER_SANDBOX_URL")?;
    let banks = berlin_group::Sandbox::new(&config.sandbox_url, &config.sandbox_tls_url()).context("GESHER_SANDBOX_URL")?;
    Ok(providers
        .with("sandbox", Arc::new(Sandbox::new(config.sandbox_url.clone())))
        .with("berlin_group", Arc::new(BerlinGroup::new(Some(banks))))
        .with("open_finance", Arc::new(OpenFinance::sandbox(&config.sandbox_url)))
        .with("plaid", Arc::new(plaid))
        .with("salt_edge", Arc::new(salt_edge)))
}

fn sandbox(core: &Core, config: &Config, demo: &Demo) -> gesher_sandbox::Sandbox {
    let clock = core.clock.clone();
    let scheme = if config.tls.is_some() { "https" } else { "http" };
    gesher_sandbox::Sandbox::new(gesher_sandbox::Config {
        gesher_url: config.url.clone(),
        gesher_url_internal: format!("{scheme}://{}", config.addr),
        sandbox_url: config.sandbox_url.clone(),
        guarded_url: config.sandbox_tls_url(),
        authority: Arc::clone(&demo.certificates.authority),
        api_key: demo.api_key.clone().into(),
        client: core.http.clone(),
        clock: Arc::new(move || clock.now().0),
        seed: demo.seed,
    })
}

async fn bind(name: &str, addr: std::net::SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(addr)
        .await
        .with_context(|| format!("{name}: {addr} cannot be listened on"))
}

/// Waits until the listeners answer.
async fn answering(core: &Core, config: &Config) -> anyhow::Result<()> {
    let mut addresses = vec![config.addr, config.ops_addr];
    if config.demo {
        addresses.extend([config.sandbox_addr, config.sandbox_tls_addr]);
    }
    let all = async {
        for address in addresses {
            while tokio::net::TcpStream::connect(address).await.is_err() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        core.store.check().await
    };
    tokio::time::timeout(ANSWERING, all)
        .await
        .context("the listeners do not answer")??;
    Ok(())
}

/// Returns on Ctrl-C or SIGTERM.
async fn signal() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}
