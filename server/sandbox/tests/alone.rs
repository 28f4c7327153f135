//! The sandbox knows Gesher only over HTTP.

use std::process::Command;

#[test]
fn the_crate_depends_on_no_other_of_the_workspace() {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let tree = Command::new(cargo)
        .args([
            "tree",
            "--offline",
            "--package",
            "gesher-sandbox",
            "--edges",
            "normal",
            "--prefix",
            "none",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let tree = String::from_utf8(tree.stdout).expect("text");
    let ours: Vec<&str> = tree.lines().filter(|line| line.starts_with("gesher")).collect();
    assert_eq!(ours.len(), 1, "{ours:?}");
    assert!(tree.lines().any(|line| line.starts_with("axum ")));
}
