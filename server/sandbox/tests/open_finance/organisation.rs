//! A small organisation: its backend, and the browser of its customer.

use axum::Router;
use axum::body::Body;
use gesher_sandbox::{Config, OPEN_FINANCE_CLIENT_ID, OPEN_FINANCE_CLIENT_SECRET, Sandbox, Secret};
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tower::ServiceExt;
use url::Url;

/// 2026-11-20T12:00:00Z.
const NOON: i64 = 1_795_176_000_000_000;
/// Where the sandbox is.
pub const SANDBOX: &str = "http://bank.localhost:3001";
/// Where the customer is led back to.
pub const BACK: &str = "https://organisation.example/back?leg=1";

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Status, type and message of a refusal.
    pub fn refusal(&self) -> (u16, String, String) {
        let body = self.json();
        assert_eq!(body.as_object().map(serde_json::Map::len), Some(2), "{}", self.text);
        let text = |name: &str| body[name].as_str().expect(name).to_owned();
        (self.status.as_u16(), text("type"), text("message"))
    }
}

/// The sandbox with a clock that a test moves.
pub struct Organisation {
    router: Router,
    now: Arc<AtomicI64>,
    pub token: String,
}

impl Organisation {
    /// One whose user has a token.
    pub async fn new() -> Self {
        Self::at("http://widget.localhost:3000").await
    }

    /// The same, with webhooks that go to this address.
    pub async fn at(gesher: &str) -> Self {
        let now = Arc::new(AtomicI64::new(NOON));
        let told = Arc::clone(&now);
        // Whichever test is first installs it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let sandbox = Sandbox::new(Config {
            gesher_url: gesher.into(),
            gesher_url_internal: gesher.into(),
            sandbox_url: SANDBOX.into(),
            guarded_url: "https://127.0.0.1:1".into(),
            authority: Arc::new(gesher_sandbox::Authority::new(NOON).expect("an authority")),
            api_key: Secret::from(String::new()),
            client: reqwest::Client::builder().build().expect("a client"),
            clock: Arc::new(move || told.load(Ordering::SeqCst)),
            seed: 7,
        });
        let mut organisation = Self {
            router: sandbox.router(),
            now,
            token: String::new(),
        };
        organisation.token = organisation
            .token_for("user-1", OPEN_FINANCE_CLIENT_ID, OPEN_FINANCE_CLIENT_SECRET)
            .await;
        organisation
    }

    pub fn pass(&self, seconds: i64) {
        self.now.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }

    /// Any request to an address of the sandbox, in full or from the slash on.
    pub async fn send(&self, method: Method, address: &str, headers: &[(&str, &str)], body: String) -> Answer {
        let url = Url::parse(SANDBOX).and_then(|base| base.join(address)).expect("an address");
        let path = url
            .query()
            .map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body)).expect("a request");
        let answer = self.router.clone().oneshot(request).await.expect("an answer");
        let (status, headers) = (answer.status(), answer.headers().clone());
        let bytes = answer.into_body().collect().await.map(http_body_util::Collected::to_bytes);
        Answer {
            status,
            headers,
            text: String::from_utf8(bytes.unwrap_or_default().to_vec()).expect("text"),
        }
    }

    /// The answer to a request for a token.
    pub async fn ask_token(&self, body: Value) -> Answer {
        let json = [("content-type", "application/json")];
        self.send(Method::POST, "/open-finance/oauth/token", &json, body.to_string()).await
    }

    pub async fn token_for(&self, user: &str, id: &str, secret: &str) -> String {
        let body = json!({"userId": user, "clientId": id, "clientSecret": secret});
        let answer = self.ask_token(body).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        answer.json()["accessToken"].as_str().expect("a token").to_owned()
    }

    /// A call of the interface as the user.
    pub async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        self.call_as(&self.token, method, path, body).await
    }

    /// The same with another token.
    pub async fn call_as(&self, token: &str, method: Method, path: &str, body: Option<Value>) -> Answer {
        let bearer = format!("Bearer {token}");
        let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        self.send(method, &format!("/open-finance/v2{path}"), &headers, body).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, None).await
    }

    /// Makes a connection: its id and its `connectUrl`.
    pub async fn create(&self, body: Value) -> (String, String) {
        let answer = self.call(Method::POST, "/connections", Some(body)).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
        let made = answer.json();
        let text = |name: &str| made[name].as_str().expect(name).to_owned();
        (text("id"), text("connectUrl"))
    }

    /// A page, in English unless the address says otherwise.
    pub async fn page(&self, address: &str) -> Answer {
        let english = [("accept-language", "en-GB,en;q=0.9")];
        self.send(Method::GET, address, &english, String::new()).await
    }

    /// Posts a form and follows what it answers with. Gives the address of the page that is then shown, too.
    pub async fn fill(&self, address: &str, fields: &[(&str, &str)]) -> (String, Answer) {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let headers = [
            ("accept-language", "en-GB,en;q=0.9"),
            ("content-type", "application/x-www-form-urlencoded"),
        ];
        let answer = self.send(Method::POST, address, &headers, body).await;
        self.follow(address, answer).await
    }

    async fn follow(&self, address: &str, mut answer: Answer) -> (String, Answer) {
        let mut address = address.to_owned();
        while answer.status == StatusCode::SEE_OTHER {
            address = answer.header("location").to_owned();
            answer = self.page(&address).await;
        }
        (address, answer)
    }

    /// Goes to the bank as this person and logs in: the address of the page that asks for the approval.
    pub async fn log_in(&self, url: &str, psu: &str) -> String {
        let (bank, page) = self.fill(url, &[("psu_id", psu), ("action", "identify")]).await;
        assert!(page.text.contains("name=\"password\""), "{}", page.text);
        let login = [("username", "user"), ("password", "pass"), ("action", "login")];
        let (bank, page) = self.fill(&bank, &login).await;
        assert!(page.text.contains("value=\"approve\""), "{}", page.text);
        bank
    }

    /// Gives the consent as this person. The page after it comes back.
    pub async fn approve(&self, url: &str, psu: &str) -> Answer {
        let bank = self.log_in(url, psu).await;
        self.fill(&bank, &[("action", "approve")]).await.1
    }

    /// A connection that this person approved, when everything is fetched.
    pub async fn connected(&self, psu: &str, more: Value) -> String {
        let mut body = asked();
        for (name, value) in more.as_object().expect("fields") {
            body[name] = value.clone();
        }
        let (id, url) = self.create(body).await;
        self.approve(&url, psu).await;
        self.pass(6);
        id
    }

    pub async fn status(&self, id: &str) -> String {
        let answer = self.get(&format!("/connections/{id}")).await;
        answer.json()["status"].as_str().unwrap_or(&answer.text).to_owned()
    }
}

/// A recurring connection to the vendor's own sandbox.
pub fn asked() -> Value {
    json!({
        "includeFakeProviders": true,
        "providerIds": ["open-finance-sandbox"],
        "refreshData": true,
        "redirectUrl": BACK,
    })
}
