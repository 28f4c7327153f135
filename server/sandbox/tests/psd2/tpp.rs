//! A small TPP and its customer's browser. The TPP follows links and builds no address but that of the first call.

use crate::berlin_group::{Contract, Recorder};
use axum::Router;
use axum::body::Body;
use gesher_sandbox::{Authority, Config, Sandbox, Secret};
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use tower::ServiceExt;
use url::Url;

/// 2026-11-20T12:00:00Z.
pub const NOON: i64 = 1_795_176_000_000_000;
/// Where the sandbox is.
pub const SANDBOX: &str = "http://bank.localhost:3001";
/// Where its guarded listener is.
pub const GUARDED: &str = "https://bank.localhost:3003";
/// Where the TPP wants its customer back.
pub const OK: &str = "https://tpp.example/back?keep=1";
/// And where after a refusal.
pub const NOK: &str = "https://tpp.example/refused";

/// All access, the accounts chosen at the bank.
pub fn offered() -> Value {
    json!({"accounts": [], "balances": [], "transactions": []})
}

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

    /// Status and first code of a refusal.
    pub fn refusal(&self) -> (u16, String) {
        let code = self.json()["tppMessages"][0]["code"].as_str().unwrap_or_default().to_owned();
        (self.status.as_u16(), code)
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
    guarded: Router,
    pub authority: Arc<Authority>,
    now: Arc<AtomicI64>,
    pub recorder: Recorder,
    /// What the customer's browser keeps.
    cookie: Mutex<String>,
}

impl Town {
    pub fn new() -> Self {
        let now = Arc::new(AtomicI64::new(NOON));
        let told = Arc::clone(&now);
        // Whichever test is first installs it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let authority = Arc::new(Authority::new(NOON).expect("an authority"));
        let sandbox = Sandbox::new(Config {
            gesher_url: "http://widget.localhost:3000".into(),
            gesher_url_internal: "http://widget.localhost:3000".into(),
            sandbox_url: SANDBOX.into(),
            guarded_url: GUARDED.into(),
            authority: Arc::clone(&authority),
            api_key: Secret::from(String::new()),
            client: reqwest::Client::builder().build().expect("a client"),
            clock: Arc::new(move || told.load(Ordering::SeqCst)),
            seed: 7,
        });
        let recorder = Recorder::default();
        Self {
            router: recorder.wrap(sandbox.router()),
            guarded: recorder.wrap(sandbox.guarded()),
            authority,
            now,
            recorder,
            cookie: Mutex::default(),
        }
    }

    pub fn pass(&self, seconds: i64) {
        self.now.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }

    /// Any request to an address of the sandbox, in full or from the slash on; an address of the guarded listener goes there, as if
    /// the connection had been opened with a certificate.
    pub async fn send(&self, method: Method, address: &str, headers: &[(&str, &str)], body: String) -> Answer {
        let url = Url::parse(SANDBOX).and_then(|base| base.join(address)).expect("an address");
        let router = match url.as_str() {
            there if there.starts_with(GUARDED) => &self.guarded,
            there if there.starts_with(SANDBOX) => &self.router,
            there => panic!("{there} is not at the sandbox"),
        };
        let path = url
            .query()
            .map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body)).expect("a request");
        let answer = router.clone().oneshot(request).await.expect("an answer");
        let (status, headers) = (answer.status(), answer.headers().clone());
        let bytes = answer.into_body().collect().await.expect("a body").to_bytes();
        Answer {
            status,
            headers,
            text: String::from_utf8(bytes.to_vec()).expect("text"),
        }
    }

    /// A page, in English unless the address says otherwise.
    pub async fn page(&self, address: &str) -> Answer {
        self.browse(Method::GET, address, String::new()).await
    }

    /// From now on another browser visits the pages, or one that was there before. Gives the one that was there until now.
    pub fn swap_browser(&self, cookie: String) -> String {
        std::mem::replace(&mut self.cookie.lock().expect("a cookie"), cookie)
    }

    async fn browse(&self, method: Method, address: &str, body: String) -> Answer {
        let cookie = self.cookie.lock().expect("a cookie").clone();
        let mut headers = vec![("accept-language", "en-GB,en;q=0.9")];
        if !cookie.is_empty() {
            headers.push(("cookie", &cookie));
        }
        if method == Method::POST {
            headers.push(("content-type", "application/x-www-form-urlencoded"));
        }
        let answer = self.send(method, address, &headers, body).await;
        if let Some(set) = answer.header("set-cookie").split(';').next().filter(|set| !set.is_empty()) {
            self.swap_browser(set.to_owned());
        }
        answer
    }

    /// Posts a form and follows a 303 within the sandbox. Gives the address of the page that is then shown, too.
    pub async fn fill(&self, address: &str, fields: &[(&str, &str)]) -> (String, Answer) {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let answer = self.browse(Method::POST, address, body).await;
        if answer.status != StatusCode::SEE_OTHER {
            return (address.to_owned(), answer);
        }
        let next = answer.header("location").to_owned();
        (next.clone(), self.page(&next).await)
    }

    /// Logs in at a login page; the consent page comes back.
    pub async fn log_in(&self, address: &str, psu: &str) -> (String, Answer) {
        let fields = [("psu_id", psu), ("username", "user"), ("password", "pass"), ("action", "login")];
        self.fill(address, &fields).await
    }

    /// Goes the whole way from a login page to the address that leads back, giving these accounts, or all.
    pub async fn approve(&self, address: &str, psu: &str, accounts: Option<&[&str]>) -> Url {
        let (visit, page) = self.log_in(address, psu).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text);
        let offered: Vec<String> = page.text.split("name=\"account\" value=\"").skip(1).map(before_quote).collect();
        let chosen: Vec<&str> = accounts.map_or_else(|| offered.iter().map(String::as_str).collect(), <[&str]>::to_vec);
        let mut fields: Vec<(&str, &str)> = chosen.into_iter().map(|id| ("account", id)).collect();
        fields.push(("action", "approve"));
        let (visit, page) = self.fill(&visit, &fields).await;
        assert!(page.text.contains("name=\"code\""), "{}", page.text);
        let (_, page) = self.fill(&visit, &[("code", "12345"), ("action", "approve")]).await;
        assert_eq!(page.status, StatusCode::OK);
        page.refresh()
    }

    /// A TPP that talks to this bank.
    pub fn tpp<'a>(&'a self, bank: &'a str) -> Tpp<'a> {
        Tpp { town: self, bank }
    }
}

/// Whatever a test does, all of its traffic is held against the standard's file.
impl Drop for Town {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let contract = Contract::load();
        let exchanges = self.recorder.exchanges();
        let problems: Vec<String> = exchanges.iter().flat_map(|exchange| contract.problems(exchange)).collect();
        assert!(problems.is_empty(), "{problems:#?}");
    }
}

fn before_quote(rest: &str) -> String {
    rest.split('"').next().unwrap_or_default().to_owned()
}

/// A TPP at one bank.
#[derive(Clone, Copy)]
pub struct Tpp<'a> {
    town: &'a Town,
    bank: &'a str,
}

const ID: (&str, &str) = ("x-request-id", "99391c7e-ad88-49ec-a2ad-99ddcb1f7721");

impl Tpp<'_> {
    /// A call of the XS2A interface.
    pub async fn call(&self, method: Method, address: &str, headers: &[(&str, &str)], body: Option<Value>) -> Answer {
        let mut all = vec![ID];
        all.extend_from_slice(headers);
        if body.is_some() {
            all.push(("content-type", "application/json"));
        }
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        self.town.send(method, address, &all, body).await
    }

    pub async fn get(&self, address: &str, headers: &[(&str, &str)]) -> Answer {
        self.call(Method::GET, address, headers, None).await
    }

    /// The first call: all else follows from its answer.
    pub async fn ask(&self, body: Value, headers: &[(&str, &str)]) -> Answer {
        let mut all = vec![
            ("psu-ip-address", "192.168.8.78"),
            ("tpp-redirect-uri", OK),
            ("tpp-nok-redirect-uri", NOK),
            ("tpp-brand-logging-information", "Shop <& Co>"),
        ];
        all.retain(|(name, _)| headers.iter().all(|(other, _)| other != name));
        all.extend(headers.iter().filter(|(_, value)| !value.is_empty()));
        let address = format!("/psd2/{}/v1/consents", self.bank);
        self.call(Method::POST, &address, &all, Some(body)).await
    }

    /// A recurring consent with this access, just made.
    pub async fn consent(&self, access: Value) -> Value {
        let answer = self.ask(request(access), &[]).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
        answer.json()
    }

    /// A consent that this person gave at a bank that sends its customers to a redirect link.
    pub async fn given(&self, access: Value, psu: &str) -> Value {
        let consent = self.consent(access).await;
        let back = self.town.approve(href(&consent, "scaRedirect"), psu, None).await;
        assert_eq!(back.as_str(), OK);
        consent
    }

    pub async fn status(&self, consent: &Value) -> String {
        let answer = self.get(href(consent, "status"), &[]).await;
        answer.json()["consentStatus"].as_str().expect("a status").to_owned()
    }

    /// A read of account data with the customer away.
    pub async fn read(&self, consent: &Value, path: &str) -> Answer {
        let address = format!("/psd2/{}/v1/{path}", self.bank);
        self.get(&address, &[("consent-id", id(consent))]).await
    }

    /// A read with the customer there.
    pub async fn read_present(&self, consent: &Value, address: &str) -> Answer {
        let headers = [("consent-id", id(consent)), ("psu-ip-address", "192.168.8.78")];
        self.get(address, &headers).await
    }

    /// The payment accounts, with the customer there.
    pub async fn accounts(&self, consent: &Value) -> Vec<Value> {
        let address = format!("/psd2/{}/v1/accounts", self.bank);
        let answer = self.read_present(consent, &address).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        answer.json()["accounts"].as_array().expect("accounts").clone()
    }
}

/// A request for a recurring consent.
pub fn request(access: Value) -> Value {
    json!({
        "access": access,
        "recurringIndicator": true,
        "validUntil": "2027-02-01",
        "frequencyPerDay": 4,
        "combinedServiceIndicator": false,
    })
}

pub fn id(consent: &Value) -> &str {
    consent["consentId"].as_str().expect("an id")
}

/// Where a link leads.
pub fn href<'a>(answer: &'a Value, name: &str) -> &'a str {
    let link = &answer["_links"][name]["href"];
    link.as_str().unwrap_or_else(|| panic!("no link {name} in {answer}"))
}
