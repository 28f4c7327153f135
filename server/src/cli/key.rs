//! `gesher key …`: a tenant's API keys.

use super::office::{self, revoked, time};
use crate::store::tenants::ApiKeyRow;
use crate::tenants::Mode;
use crate::tenants::admin::key_id;
use clap::{Subcommand, ValueEnum};
use secrecy::ExposeSecret as _;

/// What can be done to keys.
#[derive(Subcommand)]
pub enum Key {
    /// Makes a key and prints it: it cannot be shown again. Two of a mode work at once, so that one can be changed for another.
    Create {
        /// The tenant's tag.
        tag: String,
        /// Whether it sees the sandbox or real banks.
        #[arg(long, value_enum)]
        mode: KeyMode,
        /// What you call it.
        #[arg(long)]
        label: String,
    },
    /// Lists the keys, those that were revoked among them.
    List {
        /// The tenant's tag.
        tag: String,
    },
    /// Revokes a key. A running server refuses it within a second.
    Revoke {
        /// The tenant's tag.
        tag: String,
        /// The key's id or prefix, as the list shows them.
        key: String,
    },
}

/// Whether a key sees the sandbox or real banks.
#[derive(Clone, Copy, ValueEnum)]
pub enum KeyMode {
    /// The sandbox.
    Test,
    /// Real banks.
    Live,
}

impl From<KeyMode> for Mode {
    fn from(mode: KeyMode) -> Self {
        match mode {
            KeyMode::Test => Self::Test,
            KeyMode::Live => Self::Live,
        }
    }
}

/// Does what the command line asks for.
pub fn run(key: Key) -> anyhow::Result<()> {
    office::open(async |admin| {
        Ok(match key {
            Key::Create { tag, mode, label } => {
                let made = admin.create_key(&tag, mode.into(), &label).await?;
                format!("key: {}\nid: {}\n", made.key.expose_secret(), key_id(&made.row))
            }
            Key::List { tag } => admin.keys(&tag).await?.iter().map(line).collect(),
            Key::Revoke { tag, key } => line(&admin.revoke_key(&tag, &key).await?),
        })
    })
}

fn line(row: &ApiKeyRow) -> String {
    let prefix = row.prefix.as_deref().unwrap_or("-");
    let (id, made, end) = (key_id(row), time(row.created_at), revoked(row.revoked_at));
    format!("{id}  {prefix}  {}  {made}  {}{end}\n", row.mode, row.label)
}
