//! What an operator is told by a command that was written wrong.

use std::path::Path;
use std::process::{Command, Output};

/// Runs `gesher` on this folder, outside demo mode.
fn gesher(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gesher"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("GESHER_")) {
        command.env_remove(name);
    }
    command
        .args(arguments)
        .env("GESHER_DATA_DIR", folder)
        .env("GESHER_MASTER_KEY", "ab".repeat(32))
        .output()
        .expect("runs")
}

fn told(folder: &Path, arguments: &[&str]) -> String {
    let output = gesher(folder, arguments);
    let text = String::from_utf8(output.stdout).expect("text");
    assert!(
        output.status.success(),
        "{arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    text
}

fn refused(folder: &Path, arguments: &[&str]) -> String {
    let output = gesher(folder, arguments);
    assert!(
        !output.status.success(),
        "{arguments:?}: {}",
        String::from_utf8_lossy(&output.stdout)
    );
    String::from_utf8(output.stderr).expect("text")
}

/// A tenant's tag.
fn tenant(folder: &Path) -> String {
    let made = told(
        folder,
        &[
            "tenant",
            "create",
            "--name",
            "Pinkas",
            "--redirect-url",
            "https://app.pinkas.example/back",
        ],
    );
    made.lines().find_map(|line| line.strip_prefix("tag: ")).expect("a tag").to_owned()
}

#[test]
fn a_field_that_is_wrong_is_named_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let tag = tenant(folder.path());
    let link = ["link", "create", &tag, "--mode", "test", "--customer", "u", "--max-uses", "0"];
    let text = refused(folder.path(), &link);
    assert_eq!(text.matches("max_uses").count(), 1, "{text}");
    let rate = ["tenant", "set", &tag, "--refresh-reminder-days", "0"];
    let text = refused(folder.path(), &rate);
    assert_eq!(text.matches("refresh_reminder_days").count(), 1, "{text}");
}

#[test]
fn events_are_listed_to_whoever_does_not_know_them_and_an_operator_is_called_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let tag = tenant(folder.path());
    let make = ["webhook", "create", &tag, "--mode", "test", "--url", "https://93.184.216.34/hook"];
    let text = refused(folder.path(), &[&make[..], &["--event", "bogus"]].concat());
    assert!(
        text.contains("connection.status_changed") && text.contains("webhook_endpoint.disabled"),
        "{text}"
    );
    let made = told(folder.path(), &make);
    let id = made.lines().find_map(|line| line.strip_prefix("id: ")).expect("an id");
    let line = told(folder.path(), &["webhook", "disable", &tag, id]);
    assert!(line.contains("  disabled (operator)  "), "{line}");
}

#[test]
fn what_has_another_form_is_refused_with_the_form() {
    let folder = tempfile::tempdir().expect("a folder");
    let tag = tenant(folder.path());
    for code in ["7Q2M", "7Q2M-9K4T-1", "conn_abc"] {
        let text = refused(folder.path(), &["sessions", "show", code]);
        assert!(text.contains("7Q2M-9K4T") && text.contains("sess_"), "{text}");
    }
    let text = refused(folder.path(), &["sessions", "show", "7q2m 9k4t"]);
    assert!(text.contains("there is no session"), "{text}");

    let text = refused(folder.path(), &["tenant", "set", &tag]);
    assert!(
        text.contains("--name") && text.contains("--redirect-url") && text.contains("--live-rate"),
        "{text}"
    );

    let long = "Pinkas and Sons and Daughters and Friends Ltd";
    let text = refused(folder.path(), &["tenant", "branding", &tag, "--name", long]);
    assert!(text.contains("name has more than 40 characters"), "{text}");
    let shown = told(folder.path(), &["tenant", "branding", &tag, "--name", &long[..40]]);
    assert!(shown.contains(&format!("name: {}\n", long[..40].trim())), "{shown}");
}

#[test]
fn one_server_serves_from_a_folder_and_commands_run_beside_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let lock = std::fs::File::create(folder.path().join("serve.lock")).expect("a file");
    lock.lock().expect("the lock that a server holds");
    let text = refused(folder.path(), &["serve"]);
    assert!(text.contains("another Gesher serves from") && text.contains("PostgreSQL"), "{text}");
    let tag = tenant(folder.path());
    assert!(told(folder.path(), &["tenant", "list"]).starts_with(&tag));
}
