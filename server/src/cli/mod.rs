//! The command line.

mod branding;
mod client;
mod doctor;
mod institutions;
mod key;
mod link;
mod office;
mod provider;
pub mod serve;
mod sessions;
mod start_page;
mod tenant;
mod webhook;

use crate::reference::{schema, typescript};
use clap::{Parser, Subcommand, ValueEnum};
use std::io::Write as _;
use std::process::ExitCode;

/// Gesher: a self-hosted bank-connect widget.
#[derive(Parser)]
#[command(name = "gesher", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serves until it is told to stop. Settings come from the environment; docs/operator-guide.md lists them.
    Serve,
    /// Writes the OpenAPI document of the native API.
    Openapi,
    /// Writes a schema of what Gesher says by itself, or its types.
    Schema {
        /// Which.
        what: Said,
    },
    /// Makes and changes tenants. Settings come from the environment, as for `serve`.
    #[command(subcommand)]
    Tenant(tenant::Tenant),
    /// Makes, lists and revokes a tenant's API keys.
    #[command(subcommand)]
    Key(key::Key),
    /// Makes, lists and revokes a tenant's OAuth clients.
    #[command(subcommand)]
    Client(client::Client),
    /// Makes, changes and deletes a tenant's start pages.
    #[command(subcommand)]
    StartPage(start_page::StartPage),
    /// Makes, lists and revokes a tenant's hosted links.
    #[command(subcommand)]
    Link(link::Link),
    /// Tells what is wrong with this installation and what to do; ends with 1 where something is.
    Doctor(doctor::Doctor),
    /// Shows what happened in a session.
    #[command(subcommand)]
    Sessions(sessions::Sessions),
    /// Sets, shows and forgets a tenant's credentials at providers.
    #[command(subcommand)]
    Provider(provider::Provider),
    /// Looks for institutions, and brings in those that are missing.
    #[command(subcommand)]
    Institutions(institutions::Institutions),
    /// Makes, lists, switches and deletes a tenant's webhook endpoints.
    #[command(subcommand)]
    Webhook(webhook::Webhook),
}

/// What can be written of what Gesher says.
#[derive(Clone, Copy, ValueEnum)]
enum Said {
    /// JSON Schema of host messages.
    HostMessage,
    /// JSON Schema of events.
    Event,
    /// TypeScript types of host messages: the end of `public/gesher.d.ts`.
    MessageTypes,
    /// TypeScript types of events: `public/gesher-events.d.ts`.
    EventTypes,
}

/// Runs what the command line asks for.
pub fn run() -> ExitCode {
    let outcome = match Cli::parse().command.unwrap_or(Command::Serve) {
        Command::Serve => serve::run(),
        Command::Openapi => openapi(),
        Command::Schema { what } => said(what),
        Command::Tenant(tenant) => tenant::run(tenant),
        Command::Key(key) => key::run(key),
        Command::Client(client) => client::run(client),
        Command::StartPage(asked) => start_page::run(asked),
        Command::Link(asked) => link::run(asked),
        Command::Doctor(asked) => match doctor::run(&asked) {
            Ok(code) => return code,
            Err(error) => Err(error),
        },
        Command::Sessions(asked) => sessions::run(asked),
        Command::Provider(provider) => provider::run(provider),
        Command::Institutions(asked) => institutions::run(asked),
        Command::Webhook(webhook) => webhook::run(webhook),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "gesher: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn openapi() -> anyhow::Result<()> {
    let text = serde_json::to_string_pretty(&crate::http::v1::openapi())?;
    writeln!(std::io::stdout(), "{text}")?;
    Ok(())
}

fn said(what: Said) -> anyhow::Result<()> {
    let text = match what {
        Said::HostMessage => serde_json::to_string_pretty(&schema::host_message())? + "\n",
        Said::Event => serde_json::to_string_pretty(&schema::event())? + "\n",
        Said::MessageTypes => typescript::messages(),
        Said::EventTypes => typescript::events(),
    };
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(())
}
