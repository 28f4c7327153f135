//! The crate's own dependency tree proves that it does no input or output and nothing asynchronous.

use std::process::Command;

#[test]
fn nothing_that_does_input_or_output_is_pulled_in() {
    let output = Command::new(env!("CARGO"))
        .args([
            "tree",
            "-p",
            "gesher-domain",
            "-e",
            "normal",
            "--prefix",
            "none",
            "--locked",
            "--offline",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let tree = String::from_utf8(output.stdout).expect("text");
    let crates: Vec<&str> = tree.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(crates.first(), Some(&"gesher-domain"));
    assert!(
        crates.contains(&"gesher-contract"),
        "the tree is not the one that was asked for: {crates:?}"
    );
    for barred in [
        "tokio",
        "async-trait",
        "futures",
        "futures-core",
        "mio",
        "socket2",
        "sqlx",
        "sqlx-core",
        "hyper",
        "reqwest",
        "axum",
        "rustls",
        "rand",
        "getrandom",
        "jiff",
        "leptos",
    ] {
        assert!(!crates.contains(&barred), "{barred} is in the tree: {crates:?}");
    }
}
