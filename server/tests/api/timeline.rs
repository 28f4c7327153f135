//! What is told of a session to whoever a person quotes a support code to.

use crate::world::World;
use gesher_app::backend::Backend as _;
use gesher_contract::View;
use gesher_server::connect::timeline::{self, Timeline};
use serde_json::json;
use std::process::Command;

fn said(timeline: &Timeline) -> String {
    let lines: Vec<&str> = timeline.lines.iter().map(|line| line.what.as_str()).collect();
    lines.join("\n")
}

fn in_order(text: &str, parts: &[&str]) {
    let mut rest = text;
    for part in parts {
        let at = rest
            .find(part)
            .unwrap_or_else(|| panic!("{part} is not there, or not in its place: {text}"));
        rest = &rest[at + part.len()..];
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_support_code_leads_to_the_whole_story_and_to_no_secret() {
    let world = World::new().await;
    let endpoint = crate::webhooks::endpoint(&world, "http://127.0.0.1:9/", json!({})).await;
    let invited = world
        .invite(json!({ "state": "host-state-canary", "customer": { "external_id": "customer-canary" } }))
        .await;
    let mut visit = world.enter(&invited).await;
    visit.open().await;
    visit.choose("sandbox-bank").await;
    visit
        .submit(&[("psu_id", "043510023"), ("username", "user"), ("password", "password-canary")])
        .await;
    visit
        .submit(&[("psu_id", "043510023"), ("username", "user"), ("password", "pass")])
        .await;
    visit.submit(&[("code", "12345")]).await;
    let View::Success(success) = &visit.screen.view else {
        panic!("{:?}", visit.screen.view)
    };
    let token = success.public_token.clone().expect("a token");
    assert_eq!(world.exchange(&token, "customer-canary").await.status, 200);
    let code = visit.screen.support_code.clone();

    let found = timeline::find(&world.core.store, &code).await.expect("a read");
    assert_eq!(found.len(), 1, "{code}");
    assert_eq!(found[0].connection, invited["id"].as_str().expect("an id"));
    in_order(
        &said(&found[0]),
        &[
            "created",
            "opened",
            "institution chosen; call begin [sandbox-bank by sandbox]",
            "asks for a form",
            "call submit",
            "call submit",
            "call submit",
            "waits for the exchange",
            "exchanged",
        ],
    );
    let said = said(&found[0]);
    for part in ["pending → connecting", "access granted, public token made", "public token void"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    // The webhook's tries come from the sender, which works by itself.
    let tried = crate::webhooks::id(&endpoint).to_owned();
    let mut text = String::new();
    for _ in 0..200 {
        text = told(&world, &code, &["--json"]);
        if text.contains(&tried) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    assert!(text.contains(&tried), "{text}");
    text.push_str(&told(&world, &code.to_lowercase(), &[]));
    text.push_str(&told(&world, &found[0].session, &[]));
    let secrets = [
        "043510023",
        "password-canary",
        "12345",
        "customer-canary",
        "host-state-canary",
        token.as_str(),
        invited["connect_token"].as_str().expect("a token"),
        world.key.as_str(),
    ];
    for secret in secrets {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
    let hosted = invited["hosted_url"]
        .as_str()
        .and_then(|url| url.rsplit('/').next())
        .expect("a token");
    assert!(!text.contains(hosted));
}

/// What the command prints.
fn told(world: &World, code: &str, more: &[&str]) -> String {
    let output = sessions(world, code, more);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

fn sessions(world: &World, code: &str, more: &[&str]) -> std::process::Output {
    Command::new(env!("CARGO_BIN_EXE_gesher"))
        .args(["sessions", "show", code])
        .args(more)
        .env("GESHER_DATA_DIR", world.folder.path())
        .env("GESHER_MASTER_KEY", "ab".repeat(32))
        .env_remove("GESHER_DEMO")
        .env_remove("GESHER_DATABASE_URL")
        .output()
        .expect("runs")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_way_to_a_bank_and_back_and_its_end_are_told() {
    let world = World::new().await;
    let invited = world.invite(json!({})).await;
    let mut visit = world.enter(&invited).await;
    visit.open().await;
    visit.choose("sandbox-redirect").await;
    let code = visit.screen.support_code.clone();
    world.backend.cancel(&visit.on_this_screen()).await.expect("leaves");
    let found = timeline::find(&world.core.store, &code).await.expect("a read");
    in_order(
        &said(&found[0]),
        &[
            "created",
            "opened",
            "institution chosen",
            "to be sent to the bank",
            "the person left",
        ],
    );
    assert!(timeline::find(&world.core.store, "0000-0000").await.expect("a read").is_empty());
    assert!(timeline::find(&world.core.store, "%").await.expect("a read").is_empty());
    let none = sessions(&world, "0000-0000", &[]);
    assert!(!none.status.success() && String::from_utf8_lossy(&none.stderr).contains("no session with the support code or id"));
}
