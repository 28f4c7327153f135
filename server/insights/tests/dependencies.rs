//! The crate's own dependency tree proves that it does no input or output, has no clock, and knows nothing of ours.

use std::process::Command;

#[test]
fn little_is_pulled_in() {
    let output = Command::new(env!("CARGO"))
        .args([
            "tree",
            "-p",
            "gesher-insights",
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
    let mut crates: Vec<&str> = tree.lines().filter_map(|line| line.split_whitespace().next()).collect();
    crates.sort_unstable();
    crates.dedup();
    let known = [
        "arrayvec",
        "gesher-insights",
        "num-traits",
        "rust_decimal",
        "tinyvec",
        "tinyvec_macros",
        "unicode-normalization",
    ];
    assert!(
        crates.contains(&"unicode-normalization") && crates.iter().all(|name| known.contains(name)),
        "{crates:?}"
    );
}
