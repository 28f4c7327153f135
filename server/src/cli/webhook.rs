//! `gesher webhook …`: a tenant's webhook endpoints.

use super::key::KeyMode;
use super::office;
use crate::store::webhooks::endpoints::EndpointRow;
use crate::webhooks::dialect::Dialect;
use crate::webhooks::endpoints::Change;
use clap::{Subcommand, ValueEnum};
use secrecy::ExposeSecret as _;

/// What can be done to endpoints.
#[derive(Subcommand)]
pub enum Webhook {
    /// Makes an endpoint and prints its secret: it cannot be shown again.
    Create {
        /// The tenant's tag.
        tag: String,
        /// Whether it hears of the sandbox or of real banks.
        #[arg(long, value_enum)]
        mode: KeyMode,
        /// Where events are sent.
        #[arg(long)]
        url: String,
        /// What you call it.
        #[arg(long)]
        description: Option<String>,
        /// A type of events that it gets; may be given again. All, where none is given.
        #[arg(long = "event")]
        events: Vec<String>,
        /// In whose words it is spoken to.
        #[arg(long, value_enum, default_value_t = Words::Native)]
        dialect: Words,
    },
    /// Lists the endpoints.
    List {
        /// The tenant's tag.
        tag: String,
    },
    /// Sends nothing more to an endpoint; what was on its way is given up.
    Disable {
        /// The tenant's tag.
        tag: String,
        /// The endpoint's id.
        id: String,
    },
    /// Sends to an endpoint again.
    Enable {
        /// The tenant's tag.
        tag: String,
        /// The endpoint's id.
        id: String,
    },
    /// Deletes an endpoint, with what was on its way to it.
    Delete {
        /// The tenant's tag.
        tag: String,
        /// The endpoint's id.
        id: String,
    },
}

/// In whose words an endpoint is spoken to.
#[derive(Clone, Copy, ValueEnum)]
pub enum Words {
    /// Gesher's own events.
    Native,
    /// Meld's webhooks.
    Meld,
}

impl From<Words> for Dialect {
    fn from(words: Words) -> Self {
        match words {
            Words::Native => Self::Native,
            Words::Meld => Self::Meld,
        }
    }
}

/// Does what the command line asks for.
pub fn run(webhook: Webhook) -> anyhow::Result<()> {
    office::with_core(async |core| {
        let admin = office::admin(core);
        let switch = |on| Change {
            enabled: Some(on),
            ..Change::default()
        };
        Ok(match webhook {
            Webhook::Create {
                tag,
                mode,
                url,
                description,
                events,
                dialect,
            } => {
                let asked = Change {
                    url: Some(url),
                    description,
                    events: Some(events),
                    enabled: None,
                };
                let (row, secret) = admin.create_endpoint(core, &tag, mode.into(), dialect.into(), asked).await?;
                format!(
                    "id: {}\nsecret: {}\npublic key: {}\n",
                    row.id,
                    secret.expose_secret(),
                    row.public_key
                )
            }
            Webhook::List { tag } => admin.endpoints(&tag).await?.iter().map(line).collect(),
            Webhook::Disable { tag, id } => line(&admin.change_endpoint(core, &tag, &id, switch(false)).await?),
            Webhook::Enable { tag, id } => line(&admin.change_endpoint(core, &tag, &id, switch(true)).await?),
            Webhook::Delete { tag, id } => {
                admin.delete_endpoint(&tag, &id).await?;
                format!("{id}  deleted\n")
            }
        })
    })
}

fn line(row: &EndpointRow) -> String {
    let why = row.why.as_deref().map(|why| format!(" ({why})")).unwrap_or_default();
    let events = if row.kinds.is_empty() { "all" } else { &row.kinds };
    format!(
        "{}  {}  {}  {}{why}  {}  {events}  {}\n",
        row.id, row.mode, row.dialect, row.state, row.url, row.description
    )
}
