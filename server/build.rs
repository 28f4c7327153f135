//! What is compiled in without being source: cargo has to notice when it changes. The manifest names the widget's files by their
//! hashes, so it changes whenever one of them does.

fn main() {
    println!("cargo:rerun-if-changed=src/store/migrations");
    println!("cargo:rerun-if-changed=../target/site/manifest.json");
}
