//! `gesher start-page …`: a tenant's start pages.

use super::key::KeyMode;
use super::office::{self, found, time};
use super::tenant::Completion;
use crate::connect::invite::Wish;
use crate::connect::start_pages::{self, Change, NOT_OF_A_PAGE, PageError};
use crate::core::Core;
use crate::http::v1;
use crate::store::start_pages::{self as rows, StartPageRow};
use crate::tenants::Caller;
use clap::{Args, Subcommand};
use gesher_contract::{Language, StartPageId};
use gesher_domain::session;

/// Pages that a list shows.
const LISTED: i64 = 1000;

/// What can be done to start pages.
#[derive(Subcommand)]
pub enum StartPage {
    /// Makes a start page and prints its address: anybody who opens it and presses gets a connection of their own.
    Create(Create),
    /// Lists a tenant's start pages, newest first.
    List {
        /// The tenant's tag.
        tag: String,
    },
    /// Shows a start page.
    Show {
        /// The page's id.
        id: String,
    },
    /// Changes a start page. What is not named stays as it is.
    Set(Set),
    /// Deletes a start page. Connections that it made stay.
    Delete {
        /// The page's id.
        id: String,
    },
}

/// What a page is made with.
#[derive(Args)]
pub struct Create {
    /// The tenant's tag.
    tag: String,
    /// Whether it makes connections of the sandbox or of real banks.
    #[arg(long, value_enum)]
    mode: KeyMode,
    /// What visitors read.
    #[arg(long)]
    name: String,
    #[command(flatten)]
    rest: Rest,
    /// Until when it is open, RFC 3339.
    #[arg(long)]
    expires_at: Option<String>,
    /// Connections that it may make in a day, UTC.
    #[arg(long)]
    daily_limit: Option<i64>,
}

/// What a page and a change of it share.
#[derive(Args)]
struct Rest {
    /// What each visitor's connection is asked for: a JSON object with fields of `POST /v1/connections`.
    #[arg(long, value_name = "JSON")]
    connection: Option<String>,
    /// Fixes the language: he or en.
    #[arg(long, value_parser = language)]
    language: Option<Language>,
    /// Where a visit ends: one of the tenant's redirect URLs.
    #[arg(long)]
    redirect_url: Option<String>,
    /// Who says that a connection stands; automatic is for tenants that accept it.
    #[arg(long, value_enum)]
    completion: Option<Completion>,
}

/// What is changed.
#[derive(Args)]
pub struct Set {
    /// The page's id.
    id: String,
    /// What visitors read.
    #[arg(long)]
    name: Option<String>,
    #[command(flatten)]
    rest: Rest,
    /// Until when it is open, RFC 3339.
    #[arg(long)]
    expires_at: Option<String>,
    /// Open until it is switched off.
    #[arg(long, conflicts_with = "expires_at")]
    no_expiry: bool,
    /// Connections that it may make in a day, UTC.
    #[arg(long)]
    daily_limit: Option<i64>,
    /// As many as come.
    #[arg(long, conflicts_with = "daily_limit")]
    no_daily_limit: bool,
    /// Lets people in.
    #[arg(long)]
    enable: bool,
    /// Lets nobody in.
    #[arg(long, conflicts_with = "enable")]
    disable: bool,
}

/// A language's code.
pub fn language(text: &str) -> Result<Language, String> {
    Language::from_code(text).ok_or_else(|| "he or en".to_owned())
}

/// What a JSON object asks of connections, without fields that stand beside it.
pub fn wish(json: &str, beside: &[&str]) -> anyhow::Result<Wish> {
    let fields = serde_json::from_str(json).map_err(|error| anyhow::anyhow!("--connection is a JSON object: {error}"))?;
    v1::options(&fields, beside).map_err(|problem| anyhow::anyhow!("{}", problem.detail))
}

fn change(rest: Rest) -> anyhow::Result<Change> {
    Ok(Change {
        connection: rest.connection.map(|json| wish(&json, &NOT_OF_A_PAGE)).transpose()?,
        language: rest.language.map(Some),
        redirect_url: rest.redirect_url.map(Some),
        automatic: rest
            .completion
            .map(|completion| session::Completion::from(completion) == session::Completion::Automatic),
        ..Change::default()
    })
}

/// Does what the command line asks for.
pub fn run(asked: StartPage) -> anyhow::Result<()> {
    office::with_core(async |core| match asked {
        StartPage::Create(wanted) => {
            let caller = found(core, &wanted.tag, wanted.mode.into()).await?;
            let change = Change {
                name: Some(wanted.name),
                expires_at: Some(wanted.expires_at),
                daily_limit: Some(wanted.daily_limit),
                ..change(wanted.rest)?
            };
            let (row, unit) = start_pages::make(core, &caller, change).await?;
            core.store.write(unit).await?;
            told(core, &row).await
        }
        StartPage::List { tag } => {
            let caller = found(core, &tag, KeyMode::Test.into()).await?;
            let pages = rows::of_tenant(&core.store, caller.tenant.as_str(), None, None, LISTED).await?;
            Ok(pages
                .iter()
                .map(|row| {
                    format!(
                        "{}  {}  {}  {}/start/{}  {}\n",
                        row.id, row.mode, row.state, core.url, row.slug, row.name
                    )
                })
                .collect())
        }
        StartPage::Show { id } => {
            let (_, row) = page(core, &id).await?;
            told(core, &row).await
        }
        StartPage::Set(wanted) => {
            let (caller, before) = page(core, &wanted.id).await?;
            let change = Change {
                name: wanted.name,
                expires_at: wanted.expires_at.map(Some).or(wanted.no_expiry.then_some(None)),
                daily_limit: wanted.daily_limit.map(Some).or(wanted.no_daily_limit.then_some(None)),
                enabled: match (wanted.enable, wanted.disable) {
                    (false, false) => None,
                    (enable, _) => Some(enable),
                },
                ..change(wanted.rest)?
            };
            let (row, unit) = start_pages::change(core, &caller, &before, change).await?;
            core.store.write(unit).await?;
            told(core, &row).await
        }
        StartPage::Delete { id } => {
            let (caller, row) = page(core, &id).await?;
            core.store.write(start_pages::delete(core, &caller, &row)).await?;
            Ok(String::new())
        }
    })
}

/// The page with this id, and for whom it is.
async fn page(core: &Core, id: &str) -> anyhow::Result<(Caller, StartPageRow)> {
    let id = StartPageId::parse(id).map_err(|_| PageError::NotFound)?;
    let row = rows::by_id(&core.store, id.tenant().as_str(), id.as_str())
        .await?
        .ok_or(PageError::NotFound)?;
    let caller = start_pages::caller(&row).ok_or(PageError::NotFound)?;
    Ok((caller, row))
}

async fn told(core: &Core, row: &StartPageRow) -> anyhow::Result<String> {
    let or_none = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    Ok(format!(
        "id: {}\nurl: {}/start/{}\nname: {}\nmode: {}\nstate: {}\nconnection: {}\nlanguage: {}\nredirect URL: {}\ncompletion: {}\n\
         expires: {}\ndaily limit: {}\nused today: {}\n",
        row.id,
        core.url,
        row.slug,
        row.name,
        row.mode,
        row.state,
        start_pages::shown(&row.ask),
        or_none(row.language.clone()),
        or_none(row.redirect_url.clone()),
        row.completion,
        or_none(row.expires_at.map(time)),
        or_none(row.daily_limit.map(|limit| limit.to_string())),
        start_pages::used_today(core, row).await?,
    ))
}
