//! The widget's files are embedded: when `scripts/build-widget` has made others, the server is built again.

fn main() {
    println!("cargo:rerun-if-changed=../target/site/manifest.json");
}
