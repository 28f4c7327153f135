//! The sandbox's banks, seen from outside: what they are asked, and a person's browser at the pages of those that have some.

use crate::world::World;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use gesher_app::backend::SessionRef;
use gesher_contract::{Failure, Language, SessionId, View};
use gesher_domain::Timestamp;
use gesher_server::clock::SystemRng;
use gesher_server::connect::launch::{self, LaunchError, browser_hash};
use gesher_server::connect::psu;
use gesher_server::connect::returns::{self, Arrival, ReturnError};
use gesher_server::outbound;
use gesher_server::providers::berlin_group::BerlinGroup;
use gesher_server::providers::berlin_group::profile::{Approach, Host, Lists, Profile};
use gesher_server::providers::{Ask, Cx, PsuContext, Reach, Settings};
use gesher_server::store::audit;
use gesher_server::store::connections::{self, ConnectionRow};
use gesher_server::store::sessions;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use url::Url;

#[path = "../../sandbox/tests/berlin_group/mod.rs"]
#[expect(dead_code, reason = "the sandbox's own tests use the rest of it")]
mod berlin_group;
use berlin_group::{Contract, Exchange, Recorder};

/// What the banks were asked: all of it by method and path, and the interface's calls whole.
#[derive(Clone, Default)]
pub struct Traffic {
    calls: Arc<Mutex<Vec<String>>>,
    /// Part of the path of calls that are answered with trouble for now; nothing: none.
    trouble: Arc<Mutex<Option<&'static str>>>,
    recorder: Recorder,
}

impl Traffic {
    pub fn wrap(&self, router: Router) -> Router {
        self.recorder.wrap(router).layer(from_fn_with_state(self.clone(), count))
    }

    /// Answers calls with this in their path with 503 from now on, or with nothing in particular again.
    pub fn trouble(&self, part: Option<&'static str>) {
        *self.trouble.lock().expect("a part") = part;
    }

    /// How many calls went to a path with this in it.
    pub fn count(&self, part: &str) -> usize {
        self.calls.lock().expect("calls").iter().filter(|call| call.contains(part)).count()
    }

    /// How many calls were just this.
    pub fn exactly(&self, call: &str) -> usize {
        self.calls.lock().expect("calls").iter().filter(|known| *known == call).count()
    }

    /// Waits until there were so many calls with this in their path.
    pub async fn until(&self, part: &str, times: usize) {
        for _ in 0..200 {
            if self.count(part) >= times {
                return;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("{part} was called {} times, not {times}", self.count(part));
    }

    /// Holds everything that went over the interface against the standard's file.
    pub fn assert_standard(&self) {
        let contract = Contract::load();
        let exchanges = self.recorder.exchanges();
        assert!(!exchanges.is_empty(), "nothing went over the interface");
        let problems: Vec<String> = exchanges.iter().flat_map(|exchange| contract.problems(exchange)).collect();
        assert!(problems.is_empty(), "{problems:#?}");
    }

    /// Something of each of the interface's calls with this method and path.
    fn of_each<T>(&self, call: &str, what: impl Fn(&Exchange) -> T) -> Vec<T> {
        let exchanges = self.recorder.exchanges();
        let asked = exchanges
            .iter()
            .filter(|exchange| format!("{} {}", exchange.method, exchange.uri.path()).contains(call));
        asked.map(what).collect()
    }

    /// The bodies that these calls sent.
    pub fn sent(&self, call: &str) -> Vec<Value> {
        self.of_each(call, |exchange| serde_json::from_slice(&exchange.sent).unwrap_or(Value::Null))
    }

    /// The queries of these calls.
    pub fn queries(&self, call: &str) -> Vec<String> {
        self.of_each(call, |exchange| exchange.uri.query().unwrap_or_default().to_owned())
    }

    /// The values of a header in these calls, `-` where it is absent.
    pub fn header(&self, call: &str, name: &str) -> Vec<String> {
        self.of_each(call, |exchange| {
            let value = exchange.sent_headers.get(name).and_then(|value| value.to_str().ok());
            value.unwrap_or("-").to_owned()
        })
    }
}

async fn count(State(traffic): State<Traffic>, request: Request, next: Next) -> Response {
    if request.uri().path().contains("/psd2/") || request.uri().path().starts_with("/bank/") {
        let call = format!("{} {}", request.method(), request.uri().path());
        let trouble = traffic.trouble.lock().expect("a part").is_some_and(|part| call.contains(part));
        traffic.calls.lock().expect("calls").push(call);
        if trouble {
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
    }
    next.run(request).await
}

#[path = "../shared/pages.rs"]
mod pages;
pub use pages::Browser;

/// A session whose bank has been chosen.
pub struct Trip<'a> {
    pub world: &'a World,
    pub invited: Value,
    pub at: SessionRef,
    pub browser: Browser,
    /// The cookie of this person's browser.
    pub cookie: &'static str,
}

impl<'a> Trip<'a> {
    /// Up to what the bank asks first.
    pub async fn to(world: &'a World, institution: &str, more: Value) -> Self {
        let mut wish = json!({ "institution_ids": [institution] });
        for (name, value) in more.as_object().expect("an object") {
            wish[name] = value.clone();
        }
        Self::by(world, world.invite(wish).await).await
    }

    /// By this invitation, which leads to one bank alone.
    pub async fn by(world: &'a World, invited: Value) -> Self {
        let at = {
            let mut visit = world.enter(&invited).await;
            psu::with(
                PsuContext {
                    ip: Some([192, 0, 2, 7].into()),
                    user_agent: Some("A Browser".to_owned()),
                },
                visit.open(),
            )
            .await;
            visit.at.clone()
        };
        Self {
            world,
            invited,
            at,
            browser: Browser::new(),
            cookie: "a cookie",
        }
    }

    pub async fn state(&self) -> String {
        let row = sessions::by_id(&self.world.core.store, self.at.tenant.as_str(), self.at.id.as_str()).await;
        row.expect("reads").expect("a session").state_name
    }

    /// Waits until the session is in this state.
    pub async fn until(&self, state: &str) {
        for _ in 0..200 {
            if self.state().await == state {
                return;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("the session is {}, not {state}", self.state().await);
    }

    pub async fn launch(&self) -> Result<String, LaunchError> {
        let launched = launch::launch(&self.world.core, &self.at, browser_hash(self.cookie)).await?;
        Ok(launched.address.expose().to_owned())
    }

    /// The browser comes back to this address, with the cookie that it has for any session.
    pub async fn back(&self, url: &Url) -> Result<SessionId, ReturnError> {
        self.back_with(url, Some(self.cookie)).await
    }

    pub async fn back_with(&self, url: &Url, cookie: Option<&str>) -> Result<SessionId, ReturnError> {
        let path: Vec<&str> = url.path_segments().expect("a path").collect();
        let [callback, tenant, provider, provider_id] = path[..] else {
            panic!("{url}")
        };
        assert_eq!(callback, "callback");
        let tenant = gesher_contract::TenantTag::parse(tenant).expect("a tenant");
        let arrival = Arrival {
            tenant: &tenant,
            provider,
            provider_id,
            query: url.query().unwrap_or_default(),
            cookie: &|_| cookie.map(str::to_owned),
        };
        returns::returned(&self.world.core, &arrival).await
    }

    /// The document's screen once nothing is under way.
    pub async fn view(&self) -> View {
        let backend = &self.world.backend;
        for _ in 0..200 {
            let screen = gesher_app::backend::Backend::look(backend, &self.at).await.expect("looks");
            if !matches!(screen.view, View::Progress { .. } | View::Waiting(_)) {
                return screen.view;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("there is always something under way");
    }

    /// The connection as it is stored.
    pub async fn connection(&self) -> ConnectionRow {
        let id = self.invited["id"].as_str().expect("an id");
        let row = connections::by_id(&self.world.core.store, self.at.tenant.as_str(), id).await;
        row.expect("reads").expect("a connection")
    }

    /// How it failed.
    pub async fn failure(&self) -> Failure {
        match self.view().await {
            View::Failed { failure, .. } => failure,
            other => panic!("no failure: {other:?}"),
        }
    }

    /// The public token that the document got.
    pub async fn public_token(&self) -> String {
        match self.view().await {
            View::Success(success) => success.public_token.expect("a token"),
            other => panic!("no success: {other:?}"),
        }
    }

    /// The status of the connection.
    pub async fn status(&self) -> String {
        self.world.status(&self.invited).await
    }

    /// Waits until the connection has this status.
    pub async fn until_status(&self, status: &str) {
        for _ in 0..200 {
            if self.status().await == status {
                return;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("the connection is {}, not {status}", self.status().await);
    }

    /// Waits until the banks have had this many calls with this in their path.
    pub async fn until_called(&self, part: &str, times: usize) {
        self.world.banks.until(part, times).await;
    }

    /// Why returns were refused, newest first.
    pub async fn refusals(&self) -> Vec<String> {
        let rows = audit::of_tenant(&self.world.core.store, self.world.tenant.as_str(), None, 100).await;
        let refused = rows.expect("reads").into_iter().filter(|row| row.action == "bank_return.refused");
        refused
            .map(|row| {
                let detail: Value = serde_json::from_str(&row.detail).expect("JSON");
                detail["why"].as_str().expect("a reason").to_owned()
            })
            .collect()
    }
}

/// A provider that knows one bank, `bank`, at this address, and what it is asked with.
pub fn one_bank(base: &str) -> (BerlinGroup, Cx, Ask) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let profile = Profile {
        id: "bank".to_owned(),
        host: Host::Fixed(Url::parse(base).expect("an address")),
        approach: Approach::Redirect,
        brand: None,
        qwac: false,
        qsealc: false,
        lists: Lists::Standard,
        owner_names: true,
        accesses_per_day: 4,
        confirmation: None,
        source: "a test".to_owned(),
        derived: false,
    };
    let provider = BerlinGroup::of(BTreeMap::from([("bank".to_owned(), profile)]), None);
    let cx = Cx {
        http: outbound::client(true).expect("a client"),
        now: Timestamp(1_795_176_000_000_000),
        rng: Arc::new(SystemRng),
        psu: None,
        settings: [
            ("client_id".to_owned(), "us".to_owned().into()),
            ("own_address".to_owned(), "127.0.0.1".to_owned().into()),
        ]
        .into_iter()
        .collect::<Settings>(),
        hooks: String::new(),
    };
    let ask = Ask {
        reach: Reach::everything(),
        provider_id: "bank".to_owned(),
        language: Language::En,
        psu_id: None,
        recurring: true,
        valid_until: "2027-01-01".to_owned(),
        brand: None,
        ..Ask::default()
    };
    (provider, cx, ask)
}
