//! The Gesher binary.

fn main() -> std::process::ExitCode {
    gesher_server::cli::run()
}
