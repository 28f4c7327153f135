//! Every route of the public listener ends a body that does not end, and one that does not come (REL-10).

use crate::openapi::Document;
use crate::world::World;
use axum::body::Body;
use axum::http::Request;
use bytes::Bytes;
use futures::stream::{self, StreamExt as _};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tower::ServiceExt as _;

/// What is beside the API: method, an address that the route takes, and the route as the source writes it.
const BESIDE: &[(&str, &str, &str)] = &[
    ("POST", "/go", "/go"),
    ("GET", "/go", "/go"),
    (
        "POST",
        "/callback/abc123/berlin_group/bank",
        "/callback/{tenant}/{provider}/{provider_id}",
    ),
    (
        "GET",
        "/callback/abc123/berlin_group/bank",
        "/callback/{tenant}/{provider}/{provider_id}",
    ),
    ("POST", "/hooks/sandbox/abc123/test", "/hooks/{provider}/{tenant}/{mode}"),
    (
        "POST",
        "/hooks/sandbox/abc123/test/x",
        "/hooks/{provider}/{tenant}/{mode}/{connection}",
    ),
    ("GET", "/w/events/x", "/w/events/{ticket}"),
    ("POST", "/w/do/open", "/w/do/{act}"),
    ("POST", "/w/fn/open", "/w/fn/{*path}"),
    ("POST", "/w/fn/none", "/w/fn/{*path}"),
    ("GET", "/w/x", "/w/{token}"),
    ("GET", "/h/x", "/h/{token}"),
    ("GET", "/c/x", "/c/{session}"),
    ("GET", "/connect/x", "/connect/{token}"),
    ("GET", "/", "/"),
    ("GET", "/w/picture/x", "/w/picture/{ticket}"),
    ("GET", "/embed-check", "/embed-check"),
    ("OPTIONS", "/embed-check", "/embed-check"),
    ("GET", "/theme/x/y", "/theme/{tenant}/{version}"),
    ("GET", "/theme/x/y/mark", "/theme/{tenant}/{version}/mark"),
    ("GET", "/w/logo/x.png", "/w/logo/{name}"),
    ("GET", "/assets/x", "/assets/{name}"),
    ("GET", "/gesher.js", "/{name}"),
    ("GET", "/start/x", "/start/{slug}"),
    ("GET", "/l/x", "/l/{token}"),
    ("GET", "/docs", "/docs"),
    ("GET", "/docs/style.css", "/docs/style.css"),
    ("GET", "/v1/schemas/host-message.json", "/v1/schemas/host-message.json"),
    ("GET", "/v1/schemas/event.json", "/v1/schemas/event.json"),
    ("GET", "/v1/openapi.json", "/v1/openapi.json"),
    ("POST", "/v1/nothing", "/v1/{*rest}"),
    ("POST", "/oauth/token", "/oauth/token"),
    ("POST", "/oauth/none", "/oauth/{*rest}"),
    ("POST", "/v2/connections", "/v2/connections"),
    ("DELETE", "/v2/connections/x", "/v2/connections/{id}"),
    ("GET", "/v2/connections/refresh/x", "/v2/connections/refresh/{id}"),
    ("GET", "/v2/connections/x/refresh", "/v2/connections/{user}/refresh"),
    ("GET", "/v2/providers", "/v2/providers"),
    ("GET", "/v2/data/accounts", "/v2/data/accounts"),
    ("GET", "/v2/data/accounts/x", "/v2/data/accounts/{id}"),
    ("GET", "/v2/data/transactions", "/v2/data/transactions"),
    ("POST", "/v2/none", "/v2/{*rest}"),
    ("POST", "/bank-linking/connect/start", "/bank-linking/connect/start"),
    ("POST", "/bank-linking/connect/repair", "/bank-linking/connect/repair"),
    ("GET", "/bank-linking/connections", "/bank-linking/connections"),
    ("DELETE", "/bank-linking/connections/x", "/bank-linking/connections/{id}"),
    (
        "POST",
        "/bank-linking/connections/x/refresh",
        "/bank-linking/connections/{id}/refresh",
    ),
    (
        "POST",
        "/bank-linking/connections/x/update",
        "/bank-linking/connections/{id}/update",
    ),
    ("GET", "/bank-linking/accounts", "/bank-linking/accounts"),
    ("GET", "/bank-linking/accounts/x", "/bank-linking/accounts/{id}"),
    ("GET", "/bank-linking/transactions", "/bank-linking/transactions"),
    ("GET", "/institutions", "/institutions"),
    ("GET", "/institutions/x", "/institutions/{id}"),
    ("POST", "/bank-linking/nothing", "/bank-linking/{*rest}"),
    ("POST", "/institutions/x/nothing", "/institutions/{id}/{*rest}"),
    ("POST", "/public/customer/payment/link", "/public/customer/payment/link"),
    ("POST", "/public/customer/payment/details", "/public/customer/payment/details"),
    (
        "POST",
        "/public/customer/plaid/create_link_token",
        "/public/customer/plaid/create_link_token",
    ),
    (
        "POST",
        "/public/customer/plaid/exchange-public-token",
        "/public/customer/plaid/exchange-public-token",
    ),
    (
        "POST",
        "/public/customer/plaid/exhange-public-token",
        "/public/customer/plaid/exhange-public-token",
    ),
    (
        "POST",
        "/public/customer/plaid/get-accounts-balance",
        "/public/customer/plaid/get-accounts-balance",
    ),
    ("POST", "/public/merchant/payment/create", "/public/merchant/payment/create"),
    ("POST", "/public/nothing", "/public/{*rest}"),
    ("POST", "/nowhere", "/nowhere"),
];

/// Most bytes that anything reads of a body: the API's 256 KiB, and what was on its way.
const MOST: usize = 400 * 1024;
/// Of a table of institutions: 4 MiB, and what was on its way.
const TABLE: usize = 4 * 1024 * 1024 + 144 * 1024;
/// An answer comes after this at the latest.
const LONGEST: Duration = Duration::from_secs(40);

/// Every route that the source of the public listener writes down.
fn routes_in_the_source() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src/http")];
    let pattern = regex::Regex::new("\\.route\\(\\s*&?(?:format!\\()?\"(/[^\"]*)\"").expect("a pattern");
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            // The operations listener is another one.
            if path.is_dir() && !path.ends_with("admin") {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") && !path.ends_with("ops.rs") {
                let text = std::fs::read_to_string(path).expect("source");
                found.extend(pattern.captures_iter(&text).map(|route| route[1].to_owned()));
            }
        }
    }
    assert!(found.contains("/go") && found.contains("/{name}"), "{found:?}");
    found
}

/// Every route: method and address.
async fn routes(world: &World) -> Vec<(String, String)> {
    let known: BTreeSet<_> = BESIDE.iter().map(|(_, _, route)| (*route).to_owned()).collect();
    let missed: Vec<_> = routes_in_the_source().difference(&known).cloned().collect();
    assert_eq!(missed, Vec::<String>::new(), "these routes are not tested: name them in BESIDE");
    let beside = BESIDE.iter().map(|(method, path, _)| ((*method).to_owned(), (*path).to_owned()));
    let document = Document::of(world).await;
    let api = document
        .operations()
        .into_iter()
        .map(|one| (one.method, one.path.replace(['{', '}'], "x")));
    beside.chain(api).collect()
}

const KINDS: [&str; 4] = [
    "application/json",
    "application/x-www-form-urlencoded",
    "application/octet-stream",
    "multipart/form-data; boundary=x",
];

fn request(world: &World, method: &str, path: &str, kind: &str, body: Body) -> Request<Body> {
    Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", format!("Bearer {}", world.key))
        .header("content-type", kind)
        .header("sec-fetch-site", "same-origin")
        .body(body)
        .expect("a request")
}

#[tokio::test]
async fn no_route_reads_a_body_without_end() {
    let world = World::new().await;
    let mut cut = 0;
    for (method, path) in routes(&world).await {
        for kind in KINDS {
            let read = Arc::new(AtomicUsize::new(0));
            let counted = read.clone();
            let endless = stream::repeat(Bytes::from_static(&[b'a'; 16 * 1024])).map(move |chunk| {
                counted.fetch_add(chunk.len(), Ordering::Relaxed);
                Ok::<_, std::convert::Infallible>(chunk)
            });
            let request = request(&world, &method, &path, kind, Body::from_stream(endless));
            let answer = tokio::time::timeout(LONGEST, world.router.clone().oneshot(request)).await;
            let status = answer
                .unwrap_or_else(|_| panic!("{method} {path} as {kind} reads on"))
                .expect("an answer")
                .status();
            let read = read.load(Ordering::Relaxed);
            let most = if path.contains("institution_rows") { TABLE } else { MOST };
            assert!(read <= most, "{method} {path} as {kind} read {read} bytes");
            if read > 0 {
                assert_eq!(status.as_u16(), 413, "{method} {path} as {kind}");
                cut += 1;
            }
            assert_ne!(status.as_u16(), 500, "{method} {path} as {kind}");
        }
    }
    assert!(cut > 10, "some routes read bodies: {cut}");
}

#[tokio::test]
async fn no_route_waits_for_a_body_that_does_not_come() {
    let world = World::new().await;
    let start = Instant::now();
    let mut all = Vec::new();
    for (method, path) in routes(&world).await {
        for kind in &KINDS[..2] {
            let stalled = stream::iter([Ok::<_, std::convert::Infallible>(Bytes::from_static(b"{"))]).chain(stream::pending());
            let request = request(&world, &method, &path, kind, Body::from_stream(stalled));
            let (router, method, path) = (world.router.clone(), method.clone(), path.clone());
            all.push(async move {
                let answer = tokio::time::timeout(LONGEST, router.oneshot(request)).await;
                let answer = answer.unwrap_or_else(|_| panic!("{method} {path} as {kind} waits"));
                (method, path, answer.expect("an answer").status().as_u16())
            });
        }
    }
    let answers = futures::future::join_all(all).await;
    let late: Vec<_> = answers.iter().filter(|(.., status)| matches!(status, 408 | 503)).collect();
    assert!(late.len() > 10, "some routes read bodies: {late:?}");
    assert!(answers.iter().all(|(.., status)| *status != 500), "{answers:?}");
    assert!(start.elapsed() < LONGEST);
}
