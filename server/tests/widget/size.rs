//! What a browser has to load. `scripts/build-widget` has to run first.

use crate::fake::Fake;
use axum::body::Body;
use gesher_app::page::Files;
use gesher_server::http::widget::{Assets, router};
use http::Request;
use http_body_util::BodyExt;
use std::io::Write as _;
use std::sync::Arc;
use tower::ServiceExt;

const KILO: usize = 1024;

async fn page() -> Vec<u8> {
    let assets = Assets::load().expect("scripts/build-widget has run");
    let response = router(Arc::new(Fake::default()), assets, false).oneshot(
        Request::get("/w/ct_size")
            .header("accept-language", "he")
            .body(Body::empty())
            .expect("a request"),
    );
    response
        .await
        .expect("infallible")
        .into_body()
        .collect()
        .await
        .expect("a body")
        .to_bytes()
        .to_vec()
}

/// The page as it would be sent with brotli, by the tool that also makes the files.
fn brotli(bytes: &[u8]) -> usize {
    let script = "const c=[];process.stdin.on('data',d=>c.push(d)).on('end',()=>process.stdout.write(String(require('zlib').brotliCompressSync(Buffer.concat(c)).length)))";
    let mut child = std::process::Command::new("node")
        .args(["-e", script])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("node");
    child.stdin.take().expect("a pipe").write_all(bytes).expect("written");
    let output = child.wait_with_output().expect("node ends");
    String::from_utf8_lossy(&output.stdout).parse().expect("a number")
}

#[tokio::test]
async fn the_widget_is_small() {
    let page = brotli(&page().await);
    let assets = Assets::load().expect("scripts/build-widget has run");
    let Files { script, wasm, style } = assets.files().clone();
    let size = |address: &str| Assets::brotli_size(address).expect("a compressed file");
    let first = page + size(&style);
    assert!(first <= 25 * KILO, "HTML and CSS of the first picker: {first} bytes");
    let whole = first + size(&script) + size(&wasm);
    assert!(whole <= 100 * KILO, "all that the widget loads: {whole} bytes");
}

#[test]
fn no_router_and_no_json_is_in_the_webassembly() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/site-build/linked.wasm");
    let wasm = std::fs::read(file).expect("scripts/build-widget has run");
    let has = |name: &str| wasm.windows(name.len()).any(|window| window == name.as_bytes());
    assert!(has("gesher_app"), "the file has its symbols");
    for name in ["serde_json", "leptos_router", "leptos_i18n", "gesher_domain", "sqlx"] {
        assert!(!has(name), "{name} is linked into the WebAssembly");
    }
}
