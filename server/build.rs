//! The migrations are compiled in: a new file has to be noticed.

fn main() {
    println!("cargo:rerun-if-changed=src/store/migrations");
}
