//! The operator guide's commands, run as they stand there: a stranger gets from nothing to a connection.

use crate::admin;
use crate::world::World;
use gesher_server::http;
use gesher_server::http::widget::Assets;
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// The commands of the guide's blocks with these names, one after the other.
fn commands(names: &[&str]) -> String {
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/operator-guide.md");
    let guide = std::fs::read_to_string(guide).expect("the guide");
    let block = |name: &&str| {
        let begin = format!("```sh {name}\n");
        let rest = guide.split(&begin).nth(1).unwrap_or_else(|| panic!("no block {name}"));
        rest.split("```").next().expect("an end").to_owned()
    };
    names.iter().map(block).collect()
}

/// Runs commands of the guide and gives what they print.
async fn run(world: &World, names: &[&str], then: &str) -> String {
    let stop = CancellationToken::new();
    let public = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let ops = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let [url, ops_url] = [&public, &ops].map(|listener| format!("http://{}", listener.local_addr().expect("an address")));
    let admin_api = admin::router_at(world, ops.local_addr().expect("an address"), Some(admin::TOKEN));
    let v1 = http::public(&world.core, Assets::none(), false);
    tokio::spawn(http::serve::serve(public, v1, None, stop.clone()));
    tokio::spawn(http::serve::serve(ops, admin_api, None, stop.clone()));

    let binary = Path::new(env!("CARGO_BIN_EXE_gesher")).parent().expect("a folder");
    let path = std::env::var("PATH").unwrap_or_default();
    let mut shell = Command::new("bash");
    shell
        .args(["-euo", "pipefail", "-c", &format!("{}{then}", commands(names))])
        .env("PATH", format!("{}:{path}", binary.display()))
        .env("GESHER_DATA_DIR", world.folder.path())
        .env("GESHER_MASTER_KEY", "ab".repeat(32))
        .env("GESHER_URL", url)
        .env("GESHER_OPS_URL", ops_url)
        .env("GESHER_ADMIN_TOKEN", admin::TOKEN)
        .env_remove("GESHER_DEMO")
        .env_remove("GESHER_DATABASE_URL");
    let output = tokio::task::spawn_blocking(move || shell.output())
        .await
        .expect("a thread")
        .expect("bash");
    stop.cancel();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_sets_up_a_tenant_by_command() {
    let world = World::new().await;
    let told = run(&world, &["cli", "try", "later"], "").await;
    assert!(told.contains("\"widget_url\":\"https://gesher.example/w/ct_"), "{told}");
    assert!(
        told.contains("name: Pinkas Ltd") && told.contains("origin: https://app.pinkas.example\n"),
        "{told}"
    );
    assert!(told.contains("client_secret: gs_"), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_sets_up_a_tenant_by_api() {
    let world = World::new().await;
    let told = run(&world, &["api", "try"], "").await;
    assert!(told.contains("\"widget_url\":\"https://gesher.example/w/ct_"), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_changes_a_key_without_a_gap() {
    let world = World::new().await;
    let told = run(&world, &["cli", "rotate"], "printf '%s %s\\n' \"$key\" \"$new\"\n").await;
    let keys = told.lines().last().expect("two keys");
    let (old, new) = keys.split_once(' ').expect("two keys");
    assert_eq!(world.call("GET", "/v1/connections", old, &[], None).await.status, 401);
    assert_eq!(world.call("GET", "/v1/connections", new, &[], None).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_closes_a_tenant() {
    let world = World::new().await;
    let told = run(&world, &["cli", "try", "close"], "gesher tenant list\nprintf '%s\\n' \"$key\"\n").await;
    let closed: Vec<&str> = told.lines().filter(|line| line.contains("  Pinkas  closed 2")).collect();
    assert!(closed.len() == 1 && told.contains("\nclosed: 2"), "{told}");
    let key = told.lines().last().expect("a key");
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(world.call("GET", "/v1/connections", key, &[], None).await.status, 401);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_hands_out_addresses_and_asks_the_doctor() {
    let world = World::new().await;
    // The folder that `gesher` makes is its user's alone.
    #[cfg(unix)]
    std::fs::set_permissions(world.folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o700)).expect("rights");
    // Outside demo mode no institution can be reached yet, so the doctor ends with 1.
    let doctor = format!("{} || true\n", commands(&["doctor"]).trim());
    let told = run(&world, &["cli", "entrances"], &doctor).await;
    assert!(told.contains("name: Salary account") && told.contains("state: disabled"), "{told}");
    assert!(told.contains("connection: {\"recurring\":false}"), "{told}");
    assert!(told.contains("  revoked  used 0 of 2  until "), "{told}");
    assert!(told.contains("note url_local: "), "{told}");
    let problems: Vec<&str> = told.lines().filter(|line| line.starts_with("problem ")).collect();
    assert!(
        matches!(problems[..], [one] if one.starts_with("problem no_institution: ")),
        "{told}"
    );
}
