//! A client of Plaid and its customer's browser. All of a test's traffic is held against the interface file.

use crate::interface::Interface;
use axum::Router;
use axum::body::Body;
use gesher_sandbox::{Config, PLAID_CLIENT_ID, PLAID_SECRET, Sandbox, Secret};
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use tower::ServiceExt;

/// 2026-11-20T12:00:00Z.
pub const NOON: i64 = 1_795_176_000_000_000;
pub const SANDBOX: &str = "http://127.0.0.1:3001";
pub const GESHER: &str = "http://widget.localhost:3000";
/// Where Hosted Link leads back to.
pub const BACK: &str = "https://client.example/done?keep=1";

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

    /// Status and code of a refusal.
    pub fn refusal(&self) -> (u16, String) {
        (
            self.status.as_u16(),
            self.json()["error_code"].as_str().unwrap_or_default().to_owned(),
        )
    }
}

pub struct Town {
    router: Router,
    now: Arc<AtomicI64>,
    interface: Interface,
    problems: Mutex<Vec<String>>,
}

impl Town {
    pub fn new() -> Self {
        Self::beside(GESHER)
    }

    /// With Gesher at this address.
    pub fn beside(gesher: &str) -> Self {
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
        Self {
            router: sandbox.router(),
            now,
            interface: Interface::load(),
            problems: Mutex::default(),
        }
    }

    pub fn pass(&self, seconds: i64) {
        self.now.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }

    pub async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: String) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body)).expect("a request");
        let answer = self.router.clone().oneshot(request).await.expect("an answer");
        let (status, headers) = (answer.status(), answer.headers().clone());
        let bytes = answer.into_body().collect().await.expect("a body").to_bytes();
        Answer {
            status,
            headers,
            text: String::from_utf8(bytes.to_vec()).expect("text"),
        }
    }

    /// A call of an endpoint with the right credentials.
    pub async fn call(&self, path: &str, mut body: Value) -> Answer {
        body["client_id"] = json!(PLAID_CLIENT_ID);
        body["secret"] = json!(PLAID_SECRET);
        let address = format!("/plaid/{path}");
        let headers = [("content-type", "application/json"), ("plaid-version", "2020-09-14")];
        let answer = self.send(Method::POST, &address, &headers, body.to_string()).await;
        let problems = self.interface.answer_problems(path, answer.status.is_success(), &answer.json());
        self.problems.lock().expect("no panic").extend(problems);
        answer
    }

    /// The answer to a call that is right.
    pub async fn ask(&self, path: &str, body: Value) -> Value {
        let answer = self.call(path, body).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text);
        answer.json()
    }

    /// Opens an address and follows redirects within the sandbox. Gives the address of what is shown, too.
    pub async fn open(&self, address: &str) -> (String, Answer) {
        self.visit(Method::GET, address, String::new()).await
    }

    /// Posts a form.
    pub async fn fill(&self, address: &str, fields: &[(&str, &str)]) -> (String, Answer) {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.visit(Method::POST, address, body).await
    }

    async fn visit(&self, mut method: Method, address: &str, mut body: String) -> (String, Answer) {
        let mut address = address.strip_prefix(SANDBOX).unwrap_or(address).to_owned();
        for _ in 0..5 {
            let headers = [("content-type", "application/x-www-form-urlencoded")];
            let answer = self.send(method, &address, &headers, body).await;
            if answer.status != StatusCode::SEE_OTHER {
                return (address, answer);
            }
            answer.header("location").clone_into(&mut address);
            (method, body) = (Method::GET, String::new());
        }
        panic!("{address} leads round and round");
    }

    /// A link token for Hosted Link at `ins_900001`, as the call's answer. `more` is added to the call.
    pub async fn link(&self, more: Value) -> Value {
        let mut body = json!({
            "client_name": "Shop <& Co>",
            "language": "en",
            "country_codes": ["US", "GB"],
            "user": { "client_user_id": "u1" },
            "products": ["transactions"],
            "institution_id": "ins_900001",
            "transactions": { "days_requested": 365 },
            "hosted_link": { "completion_redirect_uri": BACK },
        });
        for (name, value) in more.as_object().into_iter().flatten() {
            body[name] = value.clone();
        }
        self.ask("link/token/create", body).await
    }

    /// Goes from a hosted address through all pages, with all accounts. Gives the last page.
    pub async fn go_through(&self, link: &Value, username: &str, password: &str) -> Answer {
        let (session, page) = self.open(hosted(link)).await;
        assert!(page.text.contains("name=\"username\""), "{}", page.text);
        let login = [("username", username), ("password", password), ("action", "login")];
        let (session, page) = self.fill(&session, &login).await;
        let page = self.choose_all(&session, &page).await;
        assert!(page.text.contains("value=\"allow\""), "{}", page.text);
        self.fill(&session, &[("action", "allow")]).await.1
    }

    /// Gives all accounts that a page offers.
    pub async fn choose_all(&self, session: &str, page: &Answer) -> Answer {
        let boxes = page.text.split("name=\"account\" value=\"").skip(1);
        let ids: Vec<&str> = boxes.filter_map(|rest| rest.split('"').next()).collect();
        assert!(!ids.is_empty(), "{}", page.text);
        let mut fields: Vec<(&str, &str)> = ids.into_iter().map(|id| ("account", id)).collect();
        fields.push(("action", "accounts"));
        self.fill(session, &fields).await.1
    }

    /// The access token of an item without Link. `more` is added to the options.
    pub async fn item(&self, username: &str, more: Value) -> String {
        let mut options =
            json!({ "override_username": username, "override_password": "pass_good", "transactions": { "days_requested": 365 } });
        for (name, value) in more.as_object().into_iter().flatten() {
            options[name] = value.clone();
        }
        let body = json!({ "institution_id": "ins_900001", "initial_products": ["transactions"], "options": options });
        let public = self.ask("sandbox/public_token/create", body).await;
        let body = json!({ "public_token": public["public_token"] });
        let access = self.ask("item/public_token/exchange", body).await;
        access["access_token"].as_str().expect("a token").to_owned()
    }

    /// All changes since a cursor, and the next one.
    pub async fn changes(&self, access: &str, cursor: &str, count: usize) -> Changes {
        let mut all = Changes {
            cursor: cursor.to_owned(),
            ..Changes::default()
        };
        loop {
            let body = json!({ "access_token": access, "cursor": all.cursor, "count": count });
            let page = self.ask("transactions/sync", body).await;
            let list = |name: &str| page[name].as_array().expect("a list").clone();
            assert!(list("added").len() + list("modified").len() + list("removed").len() <= count + 1);
            all.added.extend(list("added"));
            all.modified.extend(list("modified"));
            all.removed.extend(list("removed"));
            page["next_cursor"].as_str().expect("a cursor").clone_into(&mut all.cursor);
            if page["has_more"] == false {
                return all;
            }
        }
    }
}

#[derive(Default)]
pub struct Changes {
    pub added: Vec<Value>,
    pub modified: Vec<Value>,
    pub removed: Vec<Value>,
    pub cursor: String,
}

impl Drop for Town {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let problems = self.problems.lock().expect("no panic");
            assert!(problems.is_empty(), "{problems:#?}");
        }
    }
}

pub fn hosted(link: &Value) -> &str {
    link["hosted_link_url"].as_str().expect("an address")
}

/// Where a page leads by itself.
pub fn refresh(page: &Answer) -> String {
    let after = page.text.split("http-equiv=\"refresh\" content=\"0;url=").nth(1);
    let address = after
        .and_then(|rest| rest.split('"').next())
        .unwrap_or_else(|| panic!("no refresh: {}", page.text));
    address.replace("&amp;", "&")
}
