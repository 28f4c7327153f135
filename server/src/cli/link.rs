//! `gesher link …`: a tenant's hosted links.

use super::key::KeyMode;
use super::office::{self, found, time};
use super::start_page::{language, wish};
use super::tenant::Completion;
use crate::connect::hosted_links::{self, BESIDE, NewLink, State};
use crate::connect::start_pages::PageError;
use crate::core::Core;
use crate::store::hosted_links::{self as rows, HostedLinkRow};
use clap::{Args, Subcommand};
use gesher_contract::{HostedLinkId, Language};
use gesher_domain::session;
use secrecy::ExposeSecret as _;

/// Links that a list shows.
const LISTED: i64 = 1000;

/// What can be done to hosted links.
#[derive(Subcommand)]
pub enum Link {
    /// Makes a link for one customer and prints its address: it cannot be shown again.
    Create(Create),
    /// Lists a tenant's links, newest first.
    List {
        /// The tenant's tag.
        tag: String,
    },
    /// Revokes a link. Whoever is on the way by it goes on.
    Revoke {
        /// The link's id.
        id: String,
    },
}

/// What a link is made with.
#[derive(Args)]
pub struct Create {
    /// The tenant's tag.
    tag: String,
    /// Whether it makes connections of the sandbox or of real banks.
    #[arg(long, value_enum)]
    mode: KeyMode,
    /// Whose connections it makes: the tenant's own name for its user.
    #[arg(long)]
    customer: String,
    /// What a connection is asked for: a JSON object with fields of `POST /v1/connections`.
    #[arg(long, value_name = "JSON", default_value = "{}")]
    connection: String,
    /// Fixes the language: he or en.
    #[arg(long, value_parser = language)]
    language: Option<Language>,
    /// Where it ends: one of the tenant's redirect URLs.
    #[arg(long)]
    redirect_url: Option<String>,
    /// Who says that a connection stands; automatic is for tenants that accept it.
    #[arg(long, value_enum)]
    completion: Option<Completion>,
    /// Until when it can be used, RFC 3339; seven days when not said.
    #[arg(long)]
    expires_at: Option<String>,
    /// How often it can be used; once when not said.
    #[arg(long)]
    max_uses: Option<i64>,
}

/// Does what the command line asks for.
pub fn run(asked: Link) -> anyhow::Result<()> {
    office::with_core(async |core| match asked {
        Link::Create(wanted) => {
            let caller = found(core, &wanted.tag, wanted.mode.into()).await?;
            let mut wish = wish(&wanted.connection, &BESIDE)?;
            wish.customer = Some(wanted.customer);
            wish.language = wanted.language;
            wish.redirect_url = wanted.redirect_url;
            wish.automatic = wanted
                .completion
                .map(|completion| session::Completion::from(completion) == session::Completion::Automatic);
            let new = NewLink {
                wish,
                expires_at: wanted.expires_at,
                max_uses: wanted.max_uses,
            };
            let (row, token, unit) = hosted_links::make(core, &caller, new).await?;
            core.store.write(unit).await?;
            Ok(format!("url: {}/l/{}\nid: {}\n", core.url, token.expose_secret(), row.id))
        }
        Link::List { tag } => {
            let caller = found(core, &tag, KeyMode::Test.into()).await?;
            let links = rows::of_tenant(&core.store, caller.tenant.as_str(), None, None, LISTED).await?;
            Ok(links.iter().map(|row| line(core, row)).collect())
        }
        Link::Revoke { id } => {
            let id = HostedLinkId::parse(&id).map_err(|_| PageError::NotFound)?;
            let look = async || rows::by_id(&core.store, id.tenant().as_str(), id.as_str()).await;
            let row = look().await?.ok_or(PageError::NotFound)?;
            let caller = hosted_links::caller(&row).ok_or(PageError::NotFound)?;
            core.store.write(hosted_links::revoke(core, &caller, &row)).await?;
            Ok(look().await?.iter().map(|row| line(core, row)).collect())
        }
    })
}

fn line(core: &Core, row: &HostedLinkRow) -> String {
    format!(
        "{}  {}  {}  used {} of {}  until {}  {}\n",
        row.id,
        row.mode,
        State::of(row, core.clock.now()).as_str(),
        row.uses,
        row.max_uses,
        time(row.expires_at),
        row.customer
    )
}
