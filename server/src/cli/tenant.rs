//! `gesher tenant …`: makes, shows, changes and closes tenants. A running server sees a change within a second.

use super::branding::{self, Branding};
use super::office::{self, time};
use crate::connections::upkeep::USUAL_REMINDER_DAYS;
use crate::store::tenants::TenantRow;
use crate::tenants::admin::{self, Change, NewTenant, list};
use clap::{Args, Subcommand, ValueEnum};
use gesher_domain::session;

/// What can be done to tenants.
#[derive(Subcommand)]
pub enum Tenant {
    /// Makes a tenant and prints its tag.
    Create(Create),
    /// Shows a tenant.
    Show {
        /// The tenant's tag.
        tag: String,
    },
    /// Lists all tenants.
    List,
    /// Changes a tenant. What is not named stays as it is; a list that is named replaces the whole list.
    Set(Set),
    /// Sets how it looks to the people whose accounts it connects. What is not named stays as it is. A colour that could not
    /// be read in the widget is made darker or lighter there.
    Branding(Branding),
    /// Closes it: its keys, tokens, sessions, start pages and links open nothing any more, and the access to all of its connections is
    /// given back by the running server. There is no way back.
    Close {
        /// The tenant's tag.
        tag: String,
    },
}

/// Who says that a connection stands.
#[derive(Clone, Copy, ValueEnum)]
pub enum Completion {
    /// The host's backend, by exchanging the public token: what stops a forwarded link.
    Exchange,
    /// Nobody; for tenants that accept the risk.
    Automatic,
}

impl From<Completion> for session::Completion {
    fn from(completion: Completion) -> Self {
        match completion {
            Completion::Exchange => Self::Exchange,
            Completion::Automatic => Self::Automatic,
        }
    }
}

/// What a tenant is made with.
#[derive(Args)]
pub struct Create {
    /// What people read.
    #[arg(long)]
    name: String,
    /// The origin of a page that may frame the widget; may be given again.
    #[arg(long = "origin")]
    origins: Vec<String>,
    /// Where the hosted page may end; may be given again, the first is the usual one.
    #[arg(long = "redirect-url")]
    redirect_urls: Vec<String>,
    /// Who says that a connection stands.
    #[arg(long, value_enum, default_value = "exchange")]
    completion: Completion,
    /// Days without a refresh, 1 to 90, after which the host is reminded.
    #[arg(long, default_value_t = USUAL_REMINDER_DAYS)]
    refresh_reminder_days: i64,
    #[command(flatten)]
    rates: Rates,
}

/// How many requests its keys may make.
#[derive(Args)]
struct Rates {
    /// Requests a second of each live key; 0 for any number. 100 where it is never set.
    #[arg(long)]
    live_rate: Option<u32>,
    /// Requests a second of each test key; 0 for any number. 25 where it is never set.
    #[arg(long)]
    test_rate: Option<u32>,
}

impl From<Rates> for admin::Rates {
    fn from(rates: Rates) -> Self {
        Self {
            live: rates.live_rate,
            test: rates.test_rate,
        }
    }
}

/// What is changed.
#[derive(Args)]
#[group(required = true, multiple = true, id = "changed", args = ["name", "origins", "no_origins", "redirect_urls", "no_redirect_urls", "completion", "refresh_reminder_days", "live_rate", "test_rate"])]
pub struct Set {
    /// The tenant's tag.
    tag: String,
    /// What people read.
    #[arg(long)]
    name: Option<String>,
    /// An origin of the new list; may be given again.
    #[arg(long = "origin")]
    origins: Vec<String>,
    /// No origins any more.
    #[arg(long, conflicts_with = "origins")]
    no_origins: bool,
    /// A URL of the new list; may be given again.
    #[arg(long = "redirect-url")]
    redirect_urls: Vec<String>,
    /// No redirect URLs any more.
    #[arg(long, conflicts_with = "redirect_urls")]
    no_redirect_urls: bool,
    /// Who says that a connection stands.
    #[arg(long, value_enum)]
    completion: Option<Completion>,
    /// Days without a refresh, 1 to 90, after which the host is reminded.
    #[arg(long)]
    refresh_reminder_days: Option<i64>,
    #[command(flatten)]
    rates: Rates,
}

/// Does what the command line asks for.
pub fn run(tenant: Tenant) -> anyhow::Result<()> {
    if let Tenant::Close { tag } = tenant {
        return office::with_core(async |core| Ok(tell(&office::admin(core).close(core, &tag).await?)));
    }
    office::open(async |admin| {
        Ok(match tenant {
            Tenant::Create(wanted) => tell(
                &admin
                    .create(NewTenant {
                        name: wanted.name,
                        allowed_origins: wanted.origins,
                        redirect_urls: wanted.redirect_urls,
                        completion: wanted.completion.into(),
                        refresh_reminder_days: Some(wanted.refresh_reminder_days),
                        rates: wanted.rates.into(),
                    })
                    .await?,
            ),
            Tenant::Show { tag } => tell(&admin.tenant(&tag).await?),
            Tenant::List => {
                let rows = admin.tenants().await?;
                rows.iter().map(line).collect()
            }
            Tenant::Set(wanted) => {
                let named = |list: Vec<String>, none: bool| (none || !list.is_empty()).then_some(list);
                let change = Change {
                    name: wanted.name,
                    allowed_origins: named(wanted.origins, wanted.no_origins),
                    redirect_urls: named(wanted.redirect_urls, wanted.no_redirect_urls),
                    completion: wanted.completion.map(Into::into),
                    refresh_reminder_days: wanted.refresh_reminder_days,
                    rates: wanted.rates.into(),
                };
                tell(&admin.change(&wanted.tag, change).await?)
            }
            Tenant::Branding(wanted) => branding::set(&admin, wanted).await?,
            Tenant::Close { .. } => String::new(),
        })
    })
}

fn line(row: &TenantRow) -> String {
    let end = row.closed_at.map_or_else(String::new, |at| format!("  closed {}", time(at)));
    format!("{}  {}{end}\n", row.tenant_id, row.name)
}

fn tell(row: &TenantRow) -> String {
    let mut told = format!("tag: {}\nname: {}\n", row.tenant_id, row.name);
    for (name, json) in [("origin", &row.allowed_origins), ("redirect URL", &row.redirect_urls)] {
        for entry in list(json) {
            told.push_str(&format!("{name}: {entry}\n"));
        }
    }
    for (mode, rate) in [("live", row.live_rate), ("test", row.test_rate)] {
        let rate = if rate == 0 {
            "any number".to_owned()
        } else {
            format!("{rate} a second")
        };
        told.push_str(&format!("requests of a {mode} key: {rate}\n"));
    }
    told.push_str(&format!(
        "completion: {}\nrefresh reminder after: {} days\ncreated: {}\nchanged: {}\n",
        row.completion,
        row.refresh_reminder_days,
        time(row.created_at),
        time(row.updated_at)
    ));
    if let Some(at) = row.closed_at {
        told.push_str(&format!("closed: {}\n", time(at)));
    }
    told
}
