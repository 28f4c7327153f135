//! How many requests a key, a tenant and an address may make, and who is believed about an address.

use crate::either_door::{address, made};
use crate::world::{Answer, World};
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, StatusCode, header};
use gesher_app::act::ActError;
use gesher_server::config::{Config, MasterKey};
use gesher_server::connections::surface::Vendor;
use gesher_server::demo;
use gesher_server::store::tenants::{self, TenantRow};
use gesher_server::tenants::{Kind, Mode, mint};
use gesher_server::webhooks::schedule::Schedules;
use http_body_util::BodyExt as _;
use serde_json::json;
use std::net::SocketAddr;
use std::time::Duration;
use tower::ServiceExt as _;

async fn set_rates(world: &World, live_rate: i64, test_rate: i64) {
    let row = tenants::by_id(&world.core.store, world.tenant.as_str()).await.expect("reads");
    let row = TenantRow {
        live_rate,
        test_rate,
        ..row.expect("the tenant")
    };
    world.core.store.write(tenants::update(&row)).await.expect("updates");
    // What the database said a moment ago counts for a second.
    world.clock.advance(Duration::from_secs(1));
}

/// Answers until one is a 429; how many came before, and that one.
async fn until_refused(world: &World, path: &str, key: &str) -> (usize, Answer) {
    for taken in 0..2_000 {
        let answer = world.call("GET", path, key, &[], None).await;
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            return (taken, answer);
        }
        assert_eq!(answer.status, StatusCode::OK);
    }
    panic!("no limit");
}

fn retry_after(answer: &Answer) -> u64 {
    answer.headers[header::RETRY_AFTER]
        .to_str()
        .expect("ASCII")
        .parse()
        .expect("seconds")
}

/// A request from this peer, with these headers.
async fn from(world: &World, peer: &str, method: &str, path: &str, more: &[(&str, &str)]) -> (StatusCode, String, Vec<u8>) {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in more {
        request = request.header(*name, *value);
    }
    let mut request = request.body(Body::empty()).expect("a request");
    let peer = SocketAddr::new(peer.parse().expect("an address"), 4711);
    request.extensions_mut().insert(ConnectInfo(peer));
    let response = world.router.clone().oneshot(request).await.expect("an answer");
    let status = response.status();
    let after = response.headers().get(header::RETRY_AFTER);
    let after = after.map(|value| value.to_str().expect("ASCII").to_owned()).unwrap_or_default();
    let body = response.into_body().collect().await.expect("a body").to_bytes();
    (status, after, body.to_vec())
}

#[tokio::test]
async fn a_key_s_burst_is_a_second_s_worth_and_retry_after_is_true() {
    let world = World::new().await;
    set_rates(&world, 100, 25).await;
    let live = world.add_key(&world.tenant, Mode::Live).await;
    for (key, rate) in [(&world.key, 25), (&live, 100)] {
        let (taken, refused) = until_refused(&world, "/v1/institutions?limit=1", key).await;
        assert_eq!(taken, rate);
        assert_eq!(refused.body["code"], "too_many_requests");
        assert_eq!(refused.headers[header::CONTENT_TYPE], "application/problem+json");
        let wait = retry_after(&refused);
        assert_eq!(wait, 1);
        world.clock.advance(Duration::from_secs(wait));
        let (taken, _) = until_refused(&world, "/v1/institutions?limit=1", key).await;
        assert_eq!(taken, rate, "a second brings a second's worth");
        world.clock.advance(Duration::from_secs(60));
        let (taken, _) = until_refused(&world, "/v1/institutions?limit=1", key).await;
        assert_eq!(taken, rate, "a minute brings no more");
    }
}

#[tokio::test]
async fn a_tenant_s_keys_together_have_a_limit_that_an_operator_sets() {
    let world = World::new().await;
    set_rates(&world, 100, 10).await;
    for _ in 0..2 {
        let key = world.add_key(&world.tenant, Mode::Test).await;
        assert_eq!(until_refused(&world, "/v1/institutions?limit=1", &key).await.0, 10);
    }
    let third = world.add_key(&world.tenant, Mode::Test).await;
    assert_eq!(until_refused(&world, "/v1/institutions?limit=1", &third).await.0, 0);
    let live = world.add_key(&world.tenant, Mode::Live).await;
    assert_eq!(until_refused(&world, "/v1/institutions?limit=1", &live).await.0, 100);
    set_rates(&world, 100, 0).await;
    for _ in 0..400 {
        assert_eq!(world.get("/v1/institutions?limit=1").await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn whoever_tries_the_demo_meets_no_limit() {
    let world = World::new().await;
    let address: SocketAddr = "127.0.0.1:1".parse().expect("an address");
    let config = Config {
        addr: address,
        ops_addr: address,
        sandbox_addr: address,
        sandbox_tls_addr: address,
        url: "http://localhost:1".to_owned(),
        sandbox_url: "http://127.0.0.1:2".to_owned(),
        data_dir: world.folder.path().to_owned(),
        database_url: None,
        master_key: MasterKey::Demo(world.folder.path().join("master.key")),
        tls: None,
        demo: true,
        admin_token: None,
        ops_hosts: Vec::new(),
        trusted_proxies: "".parse().expect("none"),
        webhook_retries: Schedules::default(),
    };
    let demo = demo::prepare(&world.core, &config).await.expect("a demo");
    for _ in 0..400 {
        let answer = world.call("GET", "/v1/institutions?limit=1", &demo.api_key, &[], None).await;
        assert_eq!(answer.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn who_has_no_key_is_counted_by_address_and_a_forged_header_changes_nothing() {
    let world = World::new().await;
    let (guesser, proxy) = ("203.0.113.9", "10.0.0.1");
    let guess = [("authorization", "Bearer nonsense")];
    let mut taken = 0;
    let after = loop {
        match from(&world, guesser, "GET", "/v1/institutions", &guess).await {
            (StatusCode::UNAUTHORIZED, ..) => taken += 1,
            (status, after, _) => {
                assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
                break after;
            }
        }
    };
    assert_eq!((taken, after.as_str()), (100, "1"));
    let status = async |peer: &str, path: &str, more: &[(&str, &str)]| from(&world, peer, "GET", path, more).await.0;
    assert_eq!(
        status(guesser, "/v1/openapi.json", &[]).await,
        StatusCode::TOO_MANY_REQUESTS,
        "what takes no key"
    );
    assert_eq!(status(guesser, "/v1/nothing", &[]).await, StatusCode::TOO_MANY_REQUESTS);
    let own = format!("Bearer {}", world.key);
    assert_eq!(
        status(guesser, "/v1/institutions", &[("authorization", &own)]).await,
        StatusCode::OK,
        "a backend behind the same address goes on"
    );
    for (peer, said, refused) in [
        (guesser, "198.51.100.1", true),
        (proxy, "198.51.100.1", false),
        (proxy, "198.51.100.1, 203.0.113.9", true),
        (proxy, "203.0.113.9, 198.51.100.1", false),
        ("198.51.100.7", "203.0.113.9", false),
    ] {
        let answer = status(peer, "/v1/institutions", &[guess[0], ("x-forwarded-for", said)]).await;
        let right = if refused {
            StatusCode::TOO_MANY_REQUESTS
        } else {
            StatusCode::UNAUTHORIZED
        };
        assert_eq!(answer, right, "{peer} says {said}");
    }
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(status(guesser, "/v1/institutions", &guess).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_key_that_is_guessed_is_counted_before_it_is_looked_up() {
    let world = World::new().await;
    let peer = "203.0.113.9";
    let ask = async |key: &str| {
        from(
            &world,
            peer,
            "GET",
            "/v1/institutions?limit=1",
            &[("authorization", &format!("Bearer {key}"))],
        )
        .await
        .0
    };
    let guesses = (0..101).map(|_| mint(Kind::ApiKey(Mode::Test), &world.tenant, &*world.core.rng));
    let guesses: Vec<String> = guesses.collect();
    assert_eq!(ask(&world.key).await, StatusCode::OK);
    for guess in &guesses[..100] {
        assert_eq!(ask(guess).await, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(ask(&world.key).await, StatusCode::OK, "what has worked before goes on");
    // Without a database it shows that nobody asks it.
    world.core.store.close().await;
    assert_eq!(ask(&guesses[100]).await, StatusCode::TOO_MANY_REQUESTS);
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(ask(&guesses[100]).await, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn the_widget_says_that_there_were_too_many() {
    let world = World::new().await;
    let invited = world.invite(json!({})).await;
    let frame = format!("/w/{}", invited["connect_token"].as_str().expect("a token"));
    let peer = "203.0.113.9";
    for _ in 0..1_000 {
        assert_eq!(from(&world, peer, "GET", "/embed-check", &[]).await.0, StatusCode::BAD_REQUEST);
    }
    let (status, after, page) = from(&world, peer, "GET", &frame, &[("accept-language", "en")]).await;
    assert_eq!((status, after.as_str()), (StatusCode::TOO_MANY_REQUESTS, "1"));
    let page = String::from_utf8(page).expect("a page");
    assert!(page.contains("<html") && page.contains("Too many attempts"), "{page}");
    let (status, _, body) = from(&world, peer, "POST", "/w/fn/look", &[]).await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(body, postcard::to_allocvec(&ActError::TooMany).expect("bytes"));
    for act in ["/w/do/choose", "/go"] {
        assert_eq!(from(&world, peer, "POST", act, &[]).await.0, StatusCode::TOO_MANY_REQUESTS);
    }
    assert_eq!(from(&world, peer, "GET", "/assets/none.css", &[]).await.0, StatusCode::NOT_FOUND);
    assert_eq!(from(&world, "203.0.113.10", "GET", &frame, &[]).await.0, StatusCode::OK);
    assert_eq!(world.status(&invited).await, "pending");
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(from(&world, peer, "GET", &frame, &[]).await.0, StatusCode::OK);
}

#[tokio::test]
async fn the_frame_that_meets_the_limit_may_stand_in_its_page() {
    let world = World::new().await;
    let invited = world.invite(json!({})).await;
    let ours = invited["connect_token"].as_str().expect("a token");
    let origin = crate::world::ORIGIN;
    let mut asked = vec![(format!("/w/{ours}"), "iframe", origin)];
    for vendor in [Vendor::OpenFinance, Vendor::Meld] {
        let made = made(&world, vendor, |_| ()).await;
        let path = address(&made).trim_start_matches("https://gesher.example").to_owned();
        asked.extend([(path.clone(), "iframe", origin), (path, "document", "'none'")]);
    }
    for _ in 0..1_000 {
        from(&world, "203.0.113.9", "GET", "/embed-check", &[]).await;
    }
    for (path, destination, around) in asked {
        let request = Request::get(&path).header("sec-fetch-dest", destination);
        let mut request = request.body(Body::empty()).expect("a request");
        request
            .extensions_mut()
            .insert(ConnectInfo::<SocketAddr>("203.0.113.9:1".parse().expect("an address")));
        let response = world.router.clone().oneshot(request).await.expect("an answer");
        assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS, "{path} {destination}");
        let policy = response.headers()[header::CONTENT_SECURITY_POLICY].to_str().expect("ASCII");
        assert!(policy.ends_with(&format!("frame-ancestors {around}")), "{policy}");
    }
}
