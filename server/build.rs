//! The migrations are compiled in: a new file has to be noticed.

#[expect(clippy::print_stdout, reason = "this is how a build script speaks to cargo")]
fn main() {
    println!("cargo:rerun-if-changed=src/store/migrations");
}
