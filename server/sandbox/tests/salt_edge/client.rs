//! A client of the interface, and its customer's browser.

use axum::Router;
use axum::body::Body;
use gesher_sandbox::{Config, SALT_EDGE_API_KEY, SaltEdgeApiKey, Sandbox, Secret};
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
/// Where the client wants its customer back.
pub const BACK: &str = "https://client.example/back?keep=1";
/// A person with whom nothing is special.
pub const PSU: &str = "321547416";

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

    /// `data`, of an answer that must be good.
    pub fn data(&self) -> Value {
        assert_eq!(self.status, StatusCode::OK, "{}", self.text);
        self.json()["data"].clone()
    }

    /// Status and class of a refusal.
    pub fn refusal(&self) -> (u16, String) {
        let class = self.json()["error"]["class"].as_str().unwrap_or_default().to_owned();
        (self.status.as_u16(), class)
    }

    /// Where a page goes on by itself.
    pub fn refresh(&self) -> Url {
        let after = self.text.split("http-equiv=\"refresh\" content=\"0;url=").nth(1);
        let address = after
            .and_then(|rest| rest.split('"').next())
            .unwrap_or_else(|| panic!("no refresh: {}", self.text));
        Url::parse(&address.replace("&amp;", "&")).expect("an address")
    }
}

/// The sandbox with a clock that a test moves.
pub struct Town {
    router: Router,
    now: Arc<AtomicI64>,
}

impl Town {
    pub fn new() -> Self {
        Self::beside("http://widget.localhost:3000")
    }

    /// With Gesher, to which callbacks go, at this address.
    pub fn beside(gesher_url: &str) -> Self {
        let now = Arc::new(AtomicI64::new(NOON));
        let told = Arc::clone(&now);
        // Whichever test is first installs it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let sandbox = Sandbox::new(Config {
            gesher_url: gesher_url.into(),
            gesher_url_internal: gesher_url.into(),
            sandbox_url: SANDBOX.into(),
            guarded_url: "https://127.0.0.1:1".into(),
            authority: Arc::new(gesher_sandbox::Authority::new(NOON).expect("an authority")),
            api_key: Secret::from(String::new()),
            client: reqwest::Client::builder().build().expect("a client"),
            clock: Arc::new(move || told.load(Ordering::SeqCst)),
            seed: 7,
        });
        Self {
            router: sandbox.router(),
            now,
        }
    }

    pub fn pass(&self, seconds: i64) {
        self.now.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }

    pub fn second(&self) -> i64 {
        self.now.load(Ordering::SeqCst) / 1_000_000
    }

    /// Any request to an address of the sandbox, in full or from the slash on.
    pub async fn send(&self, method: Method, address: &str, headers: &[(&str, &str)], body: String) -> Answer {
        let url = Url::parse(SANDBOX).and_then(|base| base.join(address)).expect("an address");
        assert!(url.as_str().starts_with(SANDBOX), "{url} is not at the sandbox");
        let path = url
            .query()
            .map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
        let mut request = Request::builder().method(method).uri(path).header("host", "bank.localhost:3001");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body)).expect("a request");
        let answer = self.router.clone().oneshot(request).await.expect("an answer");
        let (status, headers) = (answer.status(), answer.headers().clone());
        let bytes = answer.into_body().collect().await.map(|body| body.to_bytes()).unwrap_or_default();
        Answer {
            status,
            headers,
            text: String::from_utf8(bytes.to_vec()).expect("text"),
        }
    }

    /// A call of the interface with this API key.
    pub async fn call_with(&self, key: &SaltEdgeApiKey, method: Method, path: &str, body: Option<Value>) -> Answer {
        let headers = [("App-id", key.app_id), ("Secret", key.secret), ("content-type", "application/json")];
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        let address = match path.strip_prefix("/dashboard") {
            Some(rest) => format!("/salt-edge/dashboard{rest}"),
            None => format!("/salt-edge/api/v6{path}"),
        };
        self.send(method, &address, &headers, body).await
    }

    pub async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        self.call_with(&SALT_EDGE_API_KEY, method, path, body).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, None).await
    }

    pub async fn post(&self, path: &str, data: Value) -> Answer {
        self.call(Method::POST, path, Some(json!({ "data": data }))).await
    }

    /// What a client or a tester does at the dashboard.
    pub async fn set(&self, path: &str, body: Value) {
        let method = if path.starts_with("/connections") {
            Method::POST
        } else {
            Method::PUT
        };
        let answer = self.call(method, &format!("/dashboard{path}"), Some(body)).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    }

    pub async fn customer(&self, identifier: &str) -> String {
        let data = self.post("/customers", json!({ "identifier": identifier })).await.data();
        data["customer_id"].as_str().expect("an id").to_owned()
    }

    /// A page, in English unless the address says otherwise.
    pub async fn page(&self, address: &str) -> Answer {
        let headers = [("accept-language", "en-GB,en;q=0.9")];
        self.send(Method::GET, address, &headers, String::new()).await
    }

    /// Posts a form and follows a 303.
    pub async fn fill(&self, address: &str, fields: &[(&str, &str)]) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let headers = [("accept-language", "en"), ("content-type", "application/x-www-form-urlencoded")];
        let answer = self.send(Method::POST, address, &headers, body).await;
        if answer.status != StatusCode::SEE_OTHER {
            return answer;
        }
        let next = answer.headers["location"].to_str().expect("an address").to_owned();
        self.page(&next).await
    }

    pub async fn log_in(&self, address: &str, login: &str) -> Answer {
        self.fill(address, &[("action", "login"), ("login", login), ("password", "secret")])
            .await
    }

    /// Asks to connect to a provider for a new customer, with more of `data` over what is usual. The `connect_url` comes back.
    pub async fn ask(&self, provider: &str, more: Value) -> String {
        let customer = self.customer(&format!("customer of {provider} {}", more)).await;
        let mut data = request(&customer, provider);
        for (name, value) in more.as_object().expect("an object") {
            data[name] = value.clone();
        }
        let data = self.post("/connections/connect", data).await.data();
        data["connect_url"].as_str().expect("an address").to_owned()
    }

    /// Connects this person to a provider; the connection's id comes back.
    pub async fn connected(&self, provider: &str, login: &str) -> String {
        let url = self.ask(provider, json!({})).await;
        let mut page = self.log_in(&url, login).await;
        if page.text.contains("name=\"code\"") {
            page = self.fill(&url, &[("action", "code"), ("code", "12345")]).await;
        }
        let back = page.refresh();
        query(&back, "connection_id").unwrap_or_else(|| panic!("no connection: {back}"))
    }

    pub async fn connection(&self, id: &str) -> Value {
        self.get(&format!("/connections/{id}")).await.data()
    }
}

/// `data` of a request to connect.
pub fn request(customer: &str, provider: &str) -> Value {
    json!({
        "customer_id": customer,
        "consent": { "scopes": ["accounts", "transactions"], "from_date": "2026-09-01", "period_days": 90 },
        "attempt": { "return_to": BACK, "fetch_scopes": ["accounts", "transactions"], "custom_fields": { "visit": "v1" } },
        "provider": { "code": provider, "include_sandboxes": true },
        "return_connection_id": true,
        "return_error_class": true,
    })
}

pub fn query(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// The names of an object's fields.
pub fn names(value: &Value) -> Vec<&str> {
    value.as_object().expect("an object").keys().map(String::as_str).collect()
}
