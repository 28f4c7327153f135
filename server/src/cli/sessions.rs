//! `gesher sessions …`: what happened in a session.

use super::office;
use crate::connect::timeline::{self, Timeline};
use clap::Subcommand;

/// What can be asked of sessions.
#[derive(Subcommand)]
pub enum Sessions {
    /// Shows what happened in a session, step by step: no secret, nothing that a person typed.
    Show {
        /// The support code that the person reads in the widget or the host's page gets with a message, such as `7Q2M-9K4T`; or a
        /// session's id.
        code: String,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
}

/// Does what the command line asks for.
pub fn run(asked: Sessions) -> anyhow::Result<()> {
    let Sessions::Show { code, json } = asked;
    office::open(async |admin| {
        if !timeline::is_code(&code) {
            anyhow::bail!("{code} is neither a support code (eight letters and digits, such as 7Q2M-9K4T) nor a session's id (sess_…)");
        }
        let found = timeline::find(admin.store, &code).await?;
        if found.is_empty() {
            anyhow::bail!("there is no session with the support code or id {code}");
        }
        Ok(if json {
            format!("{}\n", serde_json::to_string_pretty(&found)?)
        } else {
            found.iter().map(told).collect::<Vec<_>>().join("\n")
        })
    })
}

fn told(timeline: &Timeline) -> String {
    let mut text = format!(
        "session: {}\ntenant: {}\nmode: {}\nconnection: {}, {}\nstate: {}\n",
        timeline.session, timeline.tenant, timeline.mode, timeline.connection, timeline.status, timeline.state
    );
    for line in &timeline.lines {
        text.push_str(&format!("{}  {:<7}  {}\n", line.time, line.kind, line.what));
    }
    text
}
