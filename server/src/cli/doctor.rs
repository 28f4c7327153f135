//! `gesher doctor`: what is wrong, and what to do.

use crate::config::Config;
use crate::doctor::{self, Finding, Level};
use clap::Args;
use std::io::Write as _;
use std::process::ExitCode;

/// How to look.
#[derive(Args)]
pub struct Doctor {
    /// Connect to the tenants' webhook endpoints too, without sending anything.
    #[arg(long)]
    reach: bool,
    /// As JSON: a list of findings.
    #[arg(long)]
    json: bool,
}

/// Looks, tells, and ends with 1 where something is wrong.
pub fn run(asked: &Doctor) -> anyhow::Result<ExitCode> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let found = runtime.block_on(doctor::look(Config::from_env(), asked.reach));
    let text = if asked.json {
        serde_json::to_string_pretty(&found)? + "\n"
    } else {
        told(&found)
    };
    write!(std::io::stdout(), "{text}")?;
    let wrong = found.iter().any(|finding| finding.level == Level::Problem);
    Ok(if wrong { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn told(found: &[Finding]) -> String {
    if found.is_empty() {
        return "Nothing is wrong.\n".to_owned();
    }
    found
        .iter()
        .map(|finding| {
            let level = match finding.level {
                Level::Problem => "problem",
                Level::Note => "note",
            };
            let tenant = finding.tenant.as_ref().map_or_else(String::new, |tag| format!(" tenant {tag}"));
            format!("{level} {}{tenant}: {}\n  → {}\n", finding.code, finding.what, finding.remedy)
        })
        .collect()
}
