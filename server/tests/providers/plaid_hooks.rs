//! Plaid's webhooks as the fake sends and signs them, and as somebody else might.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue};
use axum::routing::post;
use gesher_contract::{FailureCode, Language, Reason};
use gesher_domain::connection::FetchProblem;
use gesher_domain::testing::ManualClock;
use gesher_domain::{Clock as _, Timestamp};
use gesher_server::clock::SystemRng;
use gesher_server::outbound;
use gesher_server::providers::plaid::Plaid;
use gesher_server::providers::{Ask, Cx, Grant, Held, Hook, HookRefused, Launch, Leg, News, Provider, Settings, Step};
use reqwest::header::LOCATION;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;
use url::Url;

/// 20 November 2026, noon.
const NOON: i64 = 1_795_176_000_000_000;

type Got = Arc<Mutex<Vec<(HeaderMap, Bytes)>>>;

/// The fake, and where its webhooks arrive.
struct Town {
    clock: Arc<ManualClock>,
    provider: Plaid,
    got: Got,
    hooks: String,
    plaid: String,
    browser: reqwest::Client,
}

impl Town {
    async fn new() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let got = Got::default();
        let receiver = Router::new()
            .fallback(post(|State(got): State<Got>, headers: HeaderMap, body: Bytes| async move {
                got.lock().expect("webhooks").push((headers, body));
            }))
            .with_state(got.clone());
        let gesher = serve(receiver).await;
        let clock = Arc::new(ManualClock::at(Timestamp(NOON)));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let time = clock.clone();
        let sandbox = gesher_sandbox::Sandbox::new(gesher_sandbox::Config {
            gesher_url: gesher.clone(),
            gesher_url_internal: gesher.clone(),
            sandbox_url: url.clone(),
            guarded_url: "https://127.0.0.1:1".to_owned(),
            authority: Arc::new(gesher_sandbox::Authority::new(NOON).expect("an authority")),
            api_key: "gk_test_none".to_owned().into(),
            client: outbound::client(true).expect("a client"),
            clock: Arc::new(move || time.now().0),
            seed: 1,
        });
        tokio::spawn(async move { axum::serve(listener, sandbox.router()).await });
        Self {
            clock,
            provider: Plaid::with_fake(&format!("{url}/plaid")).expect("an address"),
            got,
            hooks: format!("{gesher}/hooks/plaid/abc123/test"),
            plaid: format!("{url}/plaid"),
            browser: outbound::client(true).expect("a client"),
        }
    }

    fn cx(&self) -> Cx {
        let set = [
            ("client_id", gesher_sandbox::PLAID_CLIENT_ID),
            ("secret", gesher_sandbox::PLAID_SECRET),
        ];
        Cx {
            http: outbound::client(true).expect("a client"),
            now: self.clock.now(),
            rng: Arc::new(SystemRng),
            psu: None,
            settings: set
                .map(|(name, value)| (name.to_owned(), value.into()))
                .into_iter()
                .collect::<Settings>(),
            hooks: self.hooks.clone(),
        }
    }

    async fn call(&self, path: &str, body: Value) -> Value {
        let request = self
            .browser
            .post(format!("{}/{path}", self.plaid))
            .header("plaid-client-id", gesher_sandbox::PLAID_CLIENT_ID)
            .header("plaid-secret", gesher_sandbox::PLAID_SECRET);
        let answer = request.body(body.to_string()).send().await.expect("an answer");
        serde_json::from_slice(&answer.bytes().await.expect("a body")).expect("JSON")
    }

    /// An item without Link, as a grant holds it.
    async fn item(&self) -> (Grant, Value) {
        let options = json!({ "webhook": self.hooks });
        let body = json!({ "institution_id": "ins_900001", "initial_products": ["transactions"], "options": options });
        let public = self.call("sandbox/public_token/create", body).await;
        let exchanged = self
            .call("item/public_token/exchange", json!({ "public_token": public["public_token"] }))
            .await;
        let secret = json!({ "token": exchanged["access_token"], "item": exchanged["item_id"], "institution": "ins_900001" });
        let grant = Grant {
            secret: secret.to_string().into_bytes(),
            cosigners: false,
            expires_at: None,
            unattended: true,
            mends: false,
        };
        (grant, exchanged["access_token"].clone())
    }

    /// The first webhook of this code that is there within some seconds.
    async fn hook(&self, code: &str) -> Hook {
        for _ in 0..200 {
            let got = self.got.lock().expect("webhooks").clone();
            let of_code = |body: &Bytes| serde_json::from_slice::<Value>(body).is_ok_and(|body| body["webhook_code"] == code);
            if let Some((headers, body)) = got.into_iter().find(|(_, body)| of_code(body)) {
                return Hook {
                    headers,
                    body,
                    url: self.hooks.clone(),
                };
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("no {code}");
    }

    async fn hear(&self, hook: &Hook, grant: Option<&Grant>, leg: Option<&Leg>) -> Result<News, HookRefused> {
        self.provider.hear(&self.cx(), hook, &Held { grant, leg }).await
    }
}

async fn serve(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_plaid_signs_is_news_of_the_item() {
    let town = Town::new().await;
    let (grant, token) = town.item().await;
    town.call("sandbox/item/reset_login", json!({ "access_token": token })).await;
    for (code, news) in [
        ("ERROR", News::Trouble(FetchProblem::LoginRequired)),
        ("LOGIN_REPAIRED", News::Works),
        ("SYNC_UPDATES_AVAILABLE", News::Data),
        ("NEW_ACCOUNTS_AVAILABLE", News::Noticed(Reason::NewAccountsAvailable)),
        ("PENDING_DISCONNECT", News::Ends(Timestamp(NOON + 7 * 86_400 * 1_000_000))),
        ("USER_PERMISSION_REVOKED", News::Trouble(FetchProblem::Revoked)),
    ] {
        town.call("sandbox/item/fire_webhook", json!({ "access_token": token, "webhook_code": code }))
            .await;
        let hook = town.hook(code).await;
        assert_eq!(town.hear(&hook, Some(&grant), None).await, Ok(news), "{code}");
        // The same news twice are the same news.
        assert_eq!(town.hear(&hook, Some(&grant), None).await, Ok(news), "{code}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_changed_old_or_anothers_is_refused() {
    let town = Town::new().await;
    let (grant, token) = town.item().await;
    let (other, _) = town.item().await;
    town.call("sandbox/item/reset_login", json!({ "access_token": token })).await;
    let hook = town.hook("ERROR").await;
    assert!(town.hear(&hook, Some(&grant), None).await.is_ok());
    assert_eq!(town.hear(&hook, Some(&other), None).await, Err(HookRefused::OtherSubject));

    let with = |jwt: Option<String>, body: Option<&str>| {
        let mut headers = hook.headers.clone();
        headers.remove("plaid-verification");
        if let Some(jwt) = jwt {
            headers.insert("plaid-verification", HeaderValue::from_str(&jwt).expect("a header"));
        }
        Hook {
            headers,
            body: body.map_or_else(|| hook.body.clone(), |body| Bytes::from(body.to_owned())),
            url: hook.url.clone(),
        }
    };
    let jwt = hook.headers["plaid-verification"].to_str().expect("text").to_owned();
    let parts: Vec<&str> = jwt.split('.').collect();
    let encoded = |value: Value| data_encoding::BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    let none = encoded(json!({ "alg": "none", "kid": "a" }));
    let symmetric = encoded(json!({ "alg": "HS256", "kid": "a" }));
    let unknown = encoded(json!({ "alg": "ES256", "kid": "00000000-0000-0000-0000-000000000000" }));
    let path = encoded(json!({ "alg": "ES256", "kid": "../../x" }));
    let claims = encoded(json!({ "iat": NOON / 1_000_000, "request_body_sha256": "00" }));
    for (forged, why) in [
        (with(None, None), HookRefused::NotSigned),
        (with(Some("x".repeat(4096)), None), HookRefused::NotSigned),
        (with(Some("a.b".to_owned()), None), HookRefused::Unreadable),
        (with(Some(format!("{none}.{}.", parts[1])), None), HookRefused::WrongSignature),
        (
            with(Some(format!("{symmetric}.{}.{}", parts[1], parts[2])), None),
            HookRefused::WrongSignature,
        ),
        (
            with(Some(format!("{unknown}.{}.{}", parts[1], parts[2])), None),
            HookRefused::WrongSignature,
        ),
        (
            with(Some(format!("{path}.{}.{}", parts[1], parts[2])), None),
            HookRefused::WrongSignature,
        ),
        (
            with(Some(format!("{}.{claims}.{}", parts[0], parts[2])), None),
            HookRefused::WrongSignature,
        ),
        (with(Some(jwt.clone()), Some("{}")), HookRefused::WrongSignature),
    ] {
        assert_eq!(town.hear(&forged, Some(&grant), None).await, Err(why));
    }
    town.clock.advance(Duration::from_secs(5 * 60));
    assert!(town.hear(&hook, Some(&grant), None).await.is_ok(), "five minutes are not too old");
    town.clock.advance(Duration::from_secs(1));
    assert_eq!(town.hear(&hook, Some(&grant), None).await, Err(HookRefused::TooOld));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_end_of_link_is_news_of_the_attempt_that_it_is_about() {
    let town = Town::new().await;
    let ask = Ask {
        provider_id: "ins_900001".to_owned(),
        country: "US".to_owned(),
        language: Language::En,
        connection: "conn_1".to_owned(),
        customer: "customer-1".to_owned(),
        first_day: "2026-08-22".to_owned(),
        ..Ask::default()
    };
    let launch = Launch {
        state: "state-0123456789abcdef".to_owned().into(),
        return_url: "https://gesher.example/callback/abc123/plaid/ins_900001".to_owned(),
    };
    let mut legs = Vec::new();
    for _ in 0..2 {
        let begun = town.provider.begin(&town.cx(), &ask).await.expect("begins");
        assert!(matches!(begun.step, Step::Redirect));
        let (address, leg) = town.provider.launch(&town.cx(), begun.leg, &launch).await.expect("a launch");
        legs.push((address.expose().to_owned(), leg));
    }
    let (address, leg) = &legs[0];
    let opened = town.browser.get(address).send().await.expect("a page");
    let session: Url = opened
        .url()
        .join(opened.headers()[LOCATION].to_str().expect("text"))
        .expect("an address");
    town.browser
        .post(session)
        .form(&[("action", "exit")])
        .send()
        .await
        .expect("an answer");
    let hook = town.hook("SESSION_FINISHED").await;
    let ended = News::Ended(FailureCode::CancelledAtInstitution);
    assert_eq!(town.hear(&hook, None, Some(leg)).await, Ok(ended));
    assert_eq!(town.hear(&hook, None, Some(&legs[1].1)).await, Err(HookRefused::OtherSubject));
    assert_eq!(town.hear(&hook, None, None).await, Ok(News::Nothing), "nobody waits for it");
    assert_eq!(town.hear(&town.hook("EVENTS").await, None, Some(leg)).await, Ok(News::Nothing));
    // Another launch of the same attempt takes the first one's place.
    let (_, again) = town.provider.launch(&town.cx(), leg.clone(), &launch).await.expect("a launch");
    assert_eq!(town.hear(&hook, None, Some(&again)).await, Ok(News::Nothing));
}
