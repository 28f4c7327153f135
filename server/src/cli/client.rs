//! `gesher client …`: a tenant's OAuth clients.

use super::key::KeyMode;
use super::office::{self, revoked, time};
use crate::store::tenants::OauthClientRow;
use crate::tenants::admin::Scope;
use clap::Subcommand;
use secrecy::ExposeSecret as _;

/// What can be done to clients.
#[derive(Subcommand)]
pub enum Client {
    /// Makes a client and prints its secret: it cannot be shown again.
    Create {
        /// The tenant's tag.
        tag: String,
        /// Whether it sees the sandbox or real banks.
        #[arg(long, value_enum)]
        mode: KeyMode,
        /// What it may do; may be given again: create:connections, read:connections, delete:connections, read:providers,
        /// read:accounts, read:transactions.
        #[arg(long = "scope", required = true, value_parser = scope)]
        scopes: Vec<Scope>,
    },
    /// Lists the clients, those that were revoked among them.
    List {
        /// The tenant's tag.
        tag: String,
    },
    /// Revokes a client.
    Revoke {
        /// The tenant's tag.
        tag: String,
        /// The client's id.
        client_id: String,
    },
}

fn scope(text: &str) -> Result<Scope, String> {
    Scope::parse(text).ok_or_else(|| format!("one of {}", Scope::join(&Scope::ALL.into_iter().collect())))
}

/// Does what the command line asks for.
pub fn run(client: Client) -> anyhow::Result<()> {
    office::open(async |admin| {
        Ok(match client {
            Client::Create { tag, mode, scopes } => {
                let made = admin.create_client(&tag, mode.into(), scopes.into_iter().collect()).await?;
                format!(
                    "client_id: {}\nclient_secret: {}\n",
                    made.row.client_id,
                    made.secret.expose_secret()
                )
            }
            Client::List { tag } => admin.clients(&tag).await?.iter().map(line).collect(),
            Client::Revoke { tag, client_id } => line(&admin.revoke_client(&tag, &client_id).await?),
        })
    })
}

fn line(row: &OauthClientRow) -> String {
    let end = revoked(row.revoked_at);
    format!("{}  {}  {}  {}{end}\n", row.client_id, row.mode, time(row.created_at), row.scopes)
}
