//! The process is killed in the middle, again and again: what was acknowledged is there afterwards, a request that is sent again
//! with its key has acted once, and no credential was sent to a bank twice.

use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use gesher_server::http::serve::serve;
use gesher_server::outbound;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// How often the process is killed.
const KILLS: u64 = 12;
const SHOP: &str = "http://shop.localhost:9";

/// A running Gesher, killed when it goes.
struct Running {
    child: Child,
    url: String,
    key: String,
}

impl Running {
    async fn start(folder: &Path, ports: [u16; 4], sandbox_url: &str) -> Self {
        let before = std::fs::metadata(folder.join("demo.env")).and_then(|meta| meta.modified()).ok();
        let [public, ops, sandbox, guarded] = ports;
        let child = Command::new(env!("CARGO_BIN_EXE_gesher"))
            .env("GESHER_DEMO", "1")
            .env("GESHER_DATA_DIR", folder)
            .env("GESHER_ADDR", format!("127.0.0.1:{public}"))
            .env("GESHER_OPS_ADDR", format!("127.0.0.1:{ops}"))
            .env("GESHER_SANDBOX_ADDR", format!("127.0.0.1:{sandbox}"))
            .env("GESHER_SANDBOX_TLS_ADDR", format!("127.0.0.1:{guarded}"))
            .env("GESHER_SANDBOX_URL", sandbox_url)
            .env("GESHER_LOG", "error")
            .stdout(Stdio::null())
            .spawn()
            .expect("starts");
        let start = Instant::now();
        loop {
            let now = std::fs::metadata(folder.join("demo.env")).and_then(|meta| meta.modified()).ok();
            if now.is_some() && now != before {
                break;
            }
            assert!(start.elapsed() < Duration::from_secs(60), "Gesher did not start");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let text = std::fs::read_to_string(folder.join("demo.env")).expect("demo.env");
        let values: HashMap<_, _> = text.lines().filter_map(|line| line.split_once('=')).collect();
        Self {
            child,
            url: format!("http://127.0.0.1:{public}"),
            key: values["GESHER_API_KEY"].to_owned(),
        }
    }

    /// Kills without a warning.
    fn kill(mut self) {
        self.child.kill().expect("kills");
        self.child.wait().expect("ends");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_ports() -> [u16; 4] {
    [0, 0, 0, 0].map(|_| {
        std::net::TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .expect("a port")
            .port()
    })
}

fn client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    outbound::client(true).expect("a client")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_is_there_after_a_kill_and_a_retry_acts_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let ports = free_ports();
    let client = client();
    // Each key with the id that was acknowledged for it.
    let mut acknowledged: BTreeMap<String, String> = BTreeMap::new();
    for round in 0..KILLS {
        let gesher = Running::start(folder.path(), ports, SHOP).await;
        for (key, id) in acknowledged.iter().rev().take(20) {
            assert_eq!(create(&client, &gesher, key).await.as_ref(), Some(id), "the same key after a kill");
            let found = client
                .get(format!("{}/v1/connections/{id}", gesher.url))
                .bearer_auth(&gesher.key)
                .send()
                .await
                .expect("answers");
            assert_eq!(found.status(), 200, "{id} was acknowledged");
        }
        let fresh = Arc::new(tokio::sync::Mutex::new(Vec::new()));
        let writers: Vec<_> = (0..8)
            .map(|writer| {
                let (client, url, api_key, fresh) = (client.clone(), gesher.url.clone(), gesher.key.clone(), fresh.clone());
                tokio::spawn(async move {
                    for number in 0_u32.. {
                        let key = format!("{round}-{writer}-{number}");
                        let Some(id) = create_at(&client, &url, &api_key, &key).await else {
                            break;
                        };
                        fresh.lock().await.push((key, id));
                    }
                })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(60 + round * 37 % 300)).await;
        gesher.kill();
        for writer in writers {
            writer.await.expect("ends");
        }
        acknowledged.extend(fresh.lock().await.drain(..));
    }
    assert!(acknowledged.len() > 100, "only {} requests were acknowledged", acknowledged.len());
    let gesher = Running::start(folder.path(), ports, SHOP).await;
    for (key, id) in &acknowledged {
        assert_eq!(create(&client, &gesher, key).await.as_ref(), Some(id));
    }
}

async fn create(client: &reqwest::Client, gesher: &Running, key: &str) -> Option<String> {
    create_at(client, &gesher.url, &gesher.key, key).await
}

async fn create_at(client: &reqwest::Client, url: &str, api_key: &str, key: &str) -> Option<String> {
    let body = json!({ "customer": { "external_id": key }, "parent_origin": SHOP });
    let request = client
        .post(format!("{url}/v1/connections"))
        .bearer_auth(api_key)
        .header("idempotency-key", key)
        .json(&body);
    let answer = request.send().await.ok()?;
    assert!(answer.status() == 201, "{}", answer.status());
    let body: Value = answer.json().await.ok()?;
    Some(body["id"].as_str()?.to_owned())
}

/// Counts the logins that reach the bank, and holds each for a while.
async fn count_logins(State(logins): State<Arc<AtomicU32>>, request: Request, next: Next) -> Response {
    if request.uri().path().ends_with("/login") {
        logins.fetch_add(1, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(700)).await;
    }
    next.run(request).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_credential_on_its_way_when_the_process_is_killed_is_not_sent_again() {
    let client = client();
    let logins = Arc::new(AtomicU32::new(0));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let bank = format!("http://{}", listener.local_addr().expect("an address"));
    let sandbox = gesher_sandbox::Sandbox::new(gesher_sandbox::Config {
        gesher_url: "http://localhost:1".to_owned(),
        gesher_url_internal: "http://127.0.0.1:1".to_owned(),
        sandbox_url: bank.clone(),
        guarded_url: "https://127.0.0.1:1".to_owned(),
        authority: Arc::new(gesher_sandbox::Authority::new(0).expect("an authority")),
        api_key: "gk_test_none".to_owned().into(),
        client: client.clone(),
        clock: Arc::new(|| 1_795_176_000_000_000),
        seed: 1,
    });
    let router = sandbox.router().layer(from_fn_with_state(logins.clone(), count_logins));
    tokio::spawn(serve(listener, router, None, CancellationToken::new()));

    let folder = tempfile::tempdir().expect("a folder");
    let ports = free_ports();
    let gesher = Running::start(folder.path(), ports, &bank).await;
    let body =
        json!({ "customer": { "external_id": "u" }, "institution_ids": ["sandbox-bank"], "redirect_url": format!("{bank}/shop/return") });
    let made: Value = client
        .post(format!("{}/v1/connections", gesher.url))
        .bearer_auth(&gesher.key)
        .json(&body)
        .send()
        .await
        .expect("answers")
        .json()
        .await
        .expect("json");
    let hosted = made["hosted_url"].as_str().expect("a hosted address");
    let path = hosted
        .split_once("/h/")
        .map(|(_, token)| format!("{}/h/{token}", gesher.url))
        .expect("a token");
    let page = client.get(path).send().await.expect("a page").text().await.expect("a page");
    let (cookie, page) = act(
        &client,
        &gesher.url,
        "choose",
        "",
        &[("ticket", &ticket(&page)), ("institution", "sandbox-bank")],
    )
    .await;
    assert!(page.contains("f.password"), "the bank's form: {page}");
    let form = [
        ("ticket", ticket(&page)),
        ("f.psu_id", "043510023".into()),
        ("f.username", "user".into()),
        ("f.password", "pass".into()),
    ];
    let sending = tokio::spawn({
        let (client, url, cookie) = (client.clone(), gesher.url.clone(), cookie.clone());
        async move {
            client
                .post(format!("{url}/w/do/submit"))
                .header("cookie", cookie)
                .form(&form)
                .send()
                .await
        }
    });
    let start = Instant::now();
    while logins.load(Ordering::SeqCst) == 0 {
        assert!(start.elapsed() < Duration::from_secs(20), "the login never reached the bank");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    gesher.kill();
    assert!(sending.await.expect("ends").is_err(), "the person's request broke off");

    let gesher = Running::start(folder.path(), ports, &bank).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(logins.load(Ordering::SeqCst), 1, "the form went to the bank once");
    let answer = client
        .get(format!("{}/v1/connections/{}", gesher.url, made["id"].as_str().expect("an id")))
        .bearer_auth(&gesher.key)
        .send()
        .await
        .expect("answers");
    let connection: Value = answer.json().await.expect("json");
    assert_eq!(connection["status"], "connecting");
}

/// Sends a plain form and follows to the page that it leads to.
async fn act(client: &reqwest::Client, url: &str, act: &str, cookie: &str, form: &[(&str, &str)]) -> (String, String) {
    let answer = client
        .post(format!("{url}/w/do/{act}"))
        .header("cookie", cookie)
        .form(form)
        .send()
        .await
        .expect("answers");
    assert_eq!(answer.status(), 303);
    let header = |name: &str| {
        answer
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_owned()
    };
    let cookie = header("set-cookie").split(';').next().unwrap_or_default().to_owned();
    let page = client
        .get(format!("{url}{}", header("location")))
        .header("cookie", &cookie)
        .send()
        .await
        .expect("a page");
    (cookie, page.text().await.expect("a page"))
}

/// The ticket in a page's forms.
fn ticket(page: &str) -> String {
    let at = page.find("name=\"ticket\"").expect("a ticket");
    let value = page[at..].split("value=\"").nth(1).and_then(|rest| rest.split('"').next());
    value.expect("a ticket").to_owned()
}
