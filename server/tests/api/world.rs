//! A whole Gesher for a test: its own database, its own sandbox over real HTTP, a clock that the test moves.

use crate::admin::providers::Keyed;
use crate::banks::Traffic;
use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use gesher_app::backend::{Answers, Asked, Backend, Entry, SessionRef};
use gesher_contract::{Door, Screen, TenantTag, View};
use gesher_domain::testing::ManualClock;
use gesher_domain::{Clock, Rng, Timestamp};
use gesher_sandbox::{Authority, Purpose};
use gesher_server::clock::{SystemClock, SystemRng};
use gesher_server::connect::Connect;
use gesher_server::connect::watch::Moves;
use gesher_server::core::Core;
use gesher_server::http::widget::Assets;
use gesher_server::institutions::{self, Institutions};
use gesher_server::limits::Limits;
use gesher_server::outbound::guard::{self, Guard};
use gesher_server::providers::Providers;
use gesher_server::providers::berlin_group::{self, BerlinGroup};
use gesher_server::providers::open_finance::OpenFinance;
use gesher_server::providers::plaid::Plaid;
use gesher_server::providers::salt_edge::SaltEdge;
use gesher_server::providers::sandbox::Sandbox;
use gesher_server::secrets::Keyring;
use gesher_server::store::tenants::{self, ApiKeyRow, TenantRow};
use gesher_server::store::{Settings, Store, Unit};
use gesher_server::tenants::admin::Admin;
use gesher_server::tenants::{Keys, Kind, Mode, fingerprint, mint};
use gesher_server::webhooks::Webhooks;
use gesher_server::webhooks::schedule::Schedules;
use gesher_server::{http, jobs, outbound, webhooks};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use sqlx::Connection as _;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

/// The origin that the test tenant allows.
pub const ORIGIN: &str = "https://shop.example";
/// The redirect URL that the test tenant registered, with a query of its own.
pub const REDIRECT: &str = "https://shop.example/back?step=2";
/// 20 November 2026, noon.
const NOON: i64 = 1_795_176_000_000_000;

/// An answer of the API.
pub struct Answer {
    pub status: StatusCode,
    pub headers: axum::http::HeaderMap,
    pub body: Value,
}

pub struct World {
    pub core: Arc<Core>,
    pub router: Router,
    pub backend: Connect,
    pub clock: Arc<ManualClock>,
    pub tenant: TenantTag,
    /// A test key of the tenant.
    pub key: String,
    pub folder: tempfile::TempDir,
    /// The database's address.
    database: String,
    /// What the sandbox's PSD2 banks are asked.
    pub banks: Traffic,
    /// Where the sandbox is.
    pub sandbox: String,
    /// Who issues certificates that they take.
    pub authority: Arc<Authority>,
    stop: CancellationToken,
}

impl Drop for World {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl World {
    /// On a SQLite file of its own.
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = format!("sqlite://{}", folder.path().join("gesher.db").display());
        Self::on(folder, url, None).await
    }

    /// On a SQLite file of its own, with calls to banks that are given up after so long.
    pub async fn impatient(limit: Duration) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = format!("sqlite://{}", folder.path().join("gesher.db").display());
        Self::on(folder, url, Some(limit)).await
    }

    /// On a PostgreSQL database of its own, on the server that `GESHER_TEST_POSTGRES` names.
    pub async fn on_postgres() -> Self {
        let server = std::env::var("GESHER_TEST_POSTGRES")
            .expect("GESHER_TEST_POSTGRES is not set: run the tests under `scripts/postgres-for-tests run -- …`");
        let name = format!("gesher_api_{}", std::process::id());
        let mut connection = sqlx::PgConnection::connect(&server).await.expect("connects");
        let sql = sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"));
        sqlx::query(sql).execute(&mut connection).await.expect("a database");
        let mut url = url::Url::parse(&server).expect("an address");
        url.set_path(&name);
        Self::on(tempfile::tempdir().expect("a temporary folder"), url.into(), None).await
    }

    /// Another node on the same database, with the same clock.
    pub async fn beside(&self) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut random = [0; 4];
        SystemRng.fill(&mut random);
        let tenant = TenantTag::from_random(u32::from_ne_bytes(random));
        Self::node(folder, self.database.clone(), None, self.clock.clone(), tenant).await
    }

    async fn on(folder: tempfile::TempDir, url: String, limit: Option<Duration>) -> Self {
        let clock = Arc::new(ManualClock::at(Timestamp(NOON)));
        Self::node(folder, url, limit, clock, TenantTag::from_random(7)).await
    }

    /// A node, with a tenant of its own.
    async fn node(folder: tempfile::TempDir, url: String, limit: Option<Duration>, clock: Arc<ManualClock>, tenant: TenantTag) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let database = url.clone();
        let store = Store::open(&Settings::new(url)).await.expect("opens");
        store.migrate().await.expect("migrates");
        let stop = CancellationToken::new();
        let banks = Traffic::default();
        let place = sandbox(clock.clone(), &banks, &stop).await;
        let sandbox_url = place.url;
        let psd2 = berlin_group::Sandbox::new(&sandbox_url, &place.guarded_url).expect("addresses");
        let psd2 = BerlinGroup::new(Some(psd2));
        let http = match limit {
            None => outbound::client(true),
            Some(limit) => reqwest::Client::builder().no_proxy().timeout(limit).build(),
        };
        let plaid = Plaid::with_fake(&format!("{sandbox_url}/plaid")).expect("an address");
        let providers = Providers::default()
            .with("salt_edge", Arc::new(SaltEdge::sandbox(&sandbox_url).expect("an address")))
            .with("sandbox", Arc::new(Sandbox::new(sandbox_url.clone())))
            .with("open_finance", Arc::new(OpenFinance::sandbox(&sandbox_url)))
            .with("plaid", Arc::new(plaid))
            .with("keyed", Arc::new(Keyed))
            .with("berlin_group", Arc::new(psd2));
        let core = Arc::new(Core {
            keys: Keys::new(store.clone(), clock.clone()),
            store,
            keyring: Keyring::parse(&"ab".repeat(32)).expect("a key"),
            clock: clock.clone(),
            rng: Arc::new(SystemRng),
            institutions: Institutions::new(gesher_directory::israel(), &providers),
            providers,
            http: http.expect("a client"),
            webhooks: Webhooks {
                guard: Guard::new(guard::Settings {
                    demo: true,
                    closed: Vec::new(),
                    own_url: None,
                    open: Vec::new(),
                    time_limit: guard::Settings::TIME_LIMIT,
                })
                .expect("a client"),
                schedules: Schedules::default(),
            },
            limits: Limits::default(),
            proxies: Arc::new("10.0.0.0/8".parse().expect("proxies")),
            url: "https://gesher.example".to_owned(),
            tasks: TaskTracker::new(),
            work: Notify::new(),
            moved: Moves::default(),
            stopping: CancellationToken::new(),
        });
        tokio::spawn(jobs::run(core.clone(), stop.clone()));
        tokio::spawn(webhooks::sender::run(core.clone(), stop.clone()));
        let key = add_tenant(&core, &tenant, &[ORIGIN], &[REDIRECT]).await;
        Self {
            router: http::public(&core, Assets::none(), false),
            backend: Connect::new(core.clone()),
            core,
            clock,
            tenant,
            key,
            folder,
            database,
            banks,
            sandbox: sandbox_url,
            authority: place.authority,
            stop,
        }
    }

    /// What a tenant sets to be let in by banks that want certificates.
    pub fn certificates(&self) -> Vec<(String, String)> {
        let issue = |purpose, now: Timestamp| self.authority.issue(purpose, [5; 32], now.0).expect("a certificate");
        // TLS goes by the real time, the banks by the test's.
        let (website, seal) = (issue(Purpose::Website, SystemClock.now()), issue(Purpose::Seal, self.clock.now()));
        [
            ("qwac_certificate", website.certificate),
            ("qwac_key", website.key),
            ("qsealc_certificate", seal.certificate),
            ("qsealc_key", seal.key),
            ("bank_ca", self.authority.certificate()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    }

    /// Sets this for the tenant at the provider of banks that speak NextGenPSD2.
    pub async fn set_at_banks(&self, mode: Mode, set: Vec<(String, String)>) {
        let admin = Admin {
            store: &self.core.store,
            clock: &*self.core.clock,
            rng: &*self.core.rng,
            actor: "test",
            plain_http: false,
        };
        let set = set.into_iter().map(|(name, value)| (name, value.into())).collect();
        admin
            .set_at_provider(&self.core, self.tenant.as_str(), "berlin_group", mode, set)
            .await
            .expect("set");
        institutions::reload(&self.core).await.expect("institutions");
    }

    /// The tenant has certificates that the sandbox's banks take.
    pub async fn show_certificates(&self) {
        self.set_at_banks(Mode::Test, self.certificates()).await;
    }

    /// Another key of the tenant.
    pub async fn add_key(&self, tenant: &TenantTag, mode: Mode) -> String {
        let key = mint(Kind::ApiKey(mode), tenant, &SystemRng);
        let row = ApiKeyRow {
            tenant_id: tenant.to_string(),
            hash: fingerprint(&key),
            mode: mode.as_str().to_owned(),
            label: "test".to_owned(),
            created_at: self.clock.now().0,
            revoked_at: None,
            prefix: None,
        };
        self.core.store.write(tenants::insert_api_key(&row)).await.expect("a key");
        key
    }

    pub async fn call(&self, method: &str, path: &str, key: &str, more: &[(&str, &str)], body: Option<&str>) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if !key.is_empty() {
            request = request.header(header::AUTHORIZATION, format!("Bearer {key}"));
        }
        let says_kind = more.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        if body.is_some() && !says_kind {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        for (name, value) in more {
            request = request.header(*name, *value);
        }
        let request = request
            .body(body.map_or_else(Body::empty, |body| Body::from(body.to_owned())))
            .expect("a request");
        let response = self.router.clone().oneshot(request).await.expect("an answer");
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = response.into_body().collect().await.expect("a body").to_bytes();
        Answer {
            status,
            headers,
            body: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
        }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.call("GET", path, &self.key, &[], None).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.call("POST", path, &self.key, &[], Some(&body.to_string())).await
    }

    /// Makes a connection; `more` is added to the usual body.
    pub async fn invite(&self, more: Value) -> Value {
        let mut body =
            json!({ "customer": { "external_id": "user-1" }, "parent_origin": ORIGIN, "include_sandbox": true, "language": "en" });
        for (name, value) in more.as_object().expect("an object") {
            body[name] = value.clone();
        }
        let answer = self.post("/v1/connections", &body).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
        answer.body
    }

    /// Makes another session of a connection.
    pub async fn invite_again(&self, invited: &Value, more: Value) -> Value {
        let mut body = json!({ "parent_origin": ORIGIN, "language": "en" });
        for (name, value) in more.as_object().expect("an object") {
            body[name] = value.clone();
        }
        let path = format!("/v1/connections/{}/sessions", invited["id"].as_str().expect("an id"));
        let answer = self.post(&path, &body).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
        answer.body
    }

    /// Opens the frame of an invitation.
    pub async fn enter(&self, invited: &Value) -> Visit<'_> {
        let token = invited["connect_token"].as_str().expect("a token");
        let Entry { at, boot } = self
            .backend
            .enter(token, Door::Frame, Asked::default())
            .await
            .expect("the frame opens");
        Visit {
            world: self,
            at,
            screen: boot.screen,
        }
    }

    /// The status of a connection, as the API says it.
    pub async fn status(&self, invited: &Value) -> String {
        let answer = self
            .get(&format!("/v1/connections/{}", invited["id"].as_str().expect("an id")))
            .await;
        answer.body["status"].as_str().unwrap_or_default().to_owned()
    }

    pub async fn exchange(&self, token: &str, customer: &str) -> Answer {
        self.post(
            "/v1/public_tokens/exchange",
            &json!({ "public_token": token, "customer": { "external_id": customer } }),
        )
        .await
    }
}

/// A person in front of the widget.
pub struct Visit<'a> {
    pub world: &'a World,
    pub at: SessionRef,
    pub screen: Screen,
}

impl Visit<'_> {
    /// This document, on the screen that it shows.
    pub fn on_this_screen(&self) -> SessionRef {
        SessionRef {
            step: Some(self.screen.version),
            ..self.at.clone()
        }
    }

    pub async fn open(&mut self) -> &View {
        self.screen = self.world.backend.open(&self.at).await.expect("opens");
        &self.screen.view
    }

    pub async fn choose(&mut self, institution: &str) -> &View {
        self.screen = self
            .world
            .backend
            .choose(&self.on_this_screen(), institution)
            .await
            .expect("chooses");
        self.settle().await
    }

    /// Sends the form of this screen, and waits for what comes next.
    pub async fn submit(&mut self, answers: &[(&str, &str)]) -> &View {
        self.send(answers).await;
        self.settle().await
    }

    /// Sends the form of this screen.
    pub async fn send(&mut self, answers: &[(&str, &str)]) {
        let answers: BTreeMap<String, String> = answers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        self.screen = self
            .world
            .backend
            .submit(&self.on_this_screen(), Answers(answers))
            .await
            .expect("submits");
    }

    pub async fn look(&mut self) -> &View {
        self.screen = self.world.backend.look(&self.at).await.expect("looks");
        &self.screen.view
    }

    /// Looks until there is no progress screen.
    pub async fn settle(&mut self) -> &View {
        for _ in 0..200 {
            if !matches!(self.screen.view, View::Progress { .. }) {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(25)).await;
            self.look().await;
        }
        &self.screen.view
    }

    /// The whole way at the sandbox bank; gives the public token if there is success.
    pub async fn link(&mut self, psu_id: &str) -> Option<String> {
        self.open().await;
        self.choose("sandbox-bank").await;
        self.submit(&[("psu_id", psu_id), ("username", "user"), ("password", "pass")]).await;
        self.submit(&[("code", "12345")]).await;
        match &self.screen.view {
            View::Success(success) => success.public_token.clone(),
            _ => None,
        }
    }
}

/// Adds a tenant with a test key.
pub async fn add_tenant(core: &Core, tag: &TenantTag, origins: &[&str], redirects: &[&str]) -> String {
    let now = core.clock.now().0;
    let key = mint(Kind::ApiKey(Mode::Test), tag, &*core.rng as &dyn Rng);
    let row = TenantRow {
        tenant_id: tag.to_string(),
        name: "Shop".to_owned(),
        allowed_origins: json!(origins).to_string(),
        redirect_urls: json!(redirects).to_string(),
        completion: "exchange".to_owned(),
        live_rate: 0,
        test_rate: 0,
        created_at: now,
        updated_at: now,
        refresh_reminder_days: 7,
        closed_at: None,
    };
    let key_row = ApiKeyRow {
        tenant_id: tag.to_string(),
        hash: fingerprint(&key),
        mode: Mode::Test.as_str().to_owned(),
        label: "test".to_owned(),
        created_at: now,
        revoked_at: None,
        prefix: None,
    };
    core.store
        .write(Unit::new().with(tenants::insert(&row)).with(tenants::insert_api_key(&key_row)))
        .await
        .expect("a tenant");
    key
}

/// Where a sandbox is.
struct Place {
    url: String,
    guarded_url: String,
    authority: Arc<Authority>,
}

/// The sandbox on ports of its own, with the test's clock.
async fn sandbox(clock: Arc<ManualClock>, banks: &Traffic, stop: &CancellationToken) -> Place {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let guarded = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let guarded_url = format!("https://{}", guarded.local_addr().expect("an address"));
    // TLS goes by the real time.
    let now = SystemClock.now().0;
    let authority = Arc::new(Authority::new(now).expect("an authority"));
    let sandbox = gesher_sandbox::Sandbox::new(gesher_sandbox::Config {
        gesher_url: "https://gesher.example".to_owned(),
        gesher_url_internal: "http://127.0.0.1:1".to_owned(),
        sandbox_url: url.clone(),
        guarded_url: guarded_url.clone(),
        authority: authority.clone(),
        api_key: "gk_test_none".to_owned().into(),
        client: outbound::client(true).expect("a client"),
        clock: Arc::new(move || clock.now().0),
        seed: 1,
    });
    let tls = TlsAcceptor::from(Arc::new(authority.listener("127.0.0.1", now).expect("a listener")));
    tokio::spawn(http::serve::serve(listener, banks.wrap(sandbox.router()), None, stop.clone()));
    tokio::spawn(http::serve::serve(guarded, banks.wrap(sandbox.guarded()), Some(tls), stop.clone()));
    Place {
        url,
        guarded_url,
        authority,
    }
}
