//! What an operator does to tenants: makes and changes them, gives out keys and clients, takes them back.
//!
//! **Contract.** Each change and its audit line are one unit. What a tenant is changed to is checked here as strictly as it is
//! used later: origins and redirect URLs are compared byte for byte when a connection is made. A secret leaves this module once,
//! in the answer to what made it; only its hash is stored.

mod clients;
mod close;
mod fields;
mod keys;
mod providers;
mod webhooks;

pub use clients::{NewClient, Scope, scopes};
pub use keys::{NewKey, key_id};
pub use providers::AtProvider;

use super::branding::{self, Unfit};
use crate::connections::upkeep::USUAL_REMINDER_DAYS;
use crate::limits;
use crate::store::audit::{self, AuditRow};
use crate::store::brandings::{self, BrandingRow};
use crate::store::tenants::{self, TenantRow};
use crate::store::{Conflict, Statement, Store, Unavailable, Unit, WriteError};
use crate::webhooks::endpoints::{EndpointError, MOST};
use gesher_contract::TenantTag;
use gesher_domain::session::Completion;
use gesher_domain::{Clock, Rng, new_uuid};
use serde_json::{Value, json};

/// How often a change that met another one is made again.
const TRIES: u32 = 5;

/// An operator at work.
pub struct Admin<'a> {
    /// Where everything is kept.
    pub store: &'a Store,
    /// The time.
    pub clock: &'a dyn Clock,
    /// Randomness.
    pub rng: &'a dyn Rng,
    /// Who it is, for the audit log.
    pub actor: &'static str,
    /// Whether redirect URLs may be `http`: in demo mode alone.
    pub plain_http: bool,
}

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// There is no such thing.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// A field is wrong.
    #[error("{}", crate::field::say(field, detail))]
    Field {
        /// Its path.
        field: String,
        /// Stable name of what is wrong.
        code: &'static str,
        /// What is wrong, for people.
        detail: String,
    },
    /// The tenant is closed.
    #[error("this tenant is closed")]
    Closed,
    /// A third key of a mode.
    #[error("two {0} keys of this tenant work: revoke one first")]
    TwoKeys(&'static str),
    /// A webhook endpoint is not there, or cannot be so.
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    /// There are as many webhook endpoints as there may be.
    #[error("there are {} webhook endpoints of this mode, which is the most: delete one first", MOST)]
    TooManyEndpoints,
    /// The branding.
    #[error(transparent)]
    Branding(#[from] Unfit),
    /// Others change the same tenant all the time.
    #[error("somebody else is changing this tenant: try again")]
    Busy,
    /// The database does not answer.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

impl From<WriteError> for Refused {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Conflict(Conflict::NotFound) => Self::NotFound("tenant"),
            WriteError::Conflict(_) => Self::Busy,
            WriteError::Unavailable(error) => Self::Unavailable(error),
        }
    }
}

/// What a tenant is made with.
#[derive(Clone, Debug, Default)]
pub struct NewTenant {
    /// What people read.
    pub name: String,
    /// Origins of pages that may frame the widget.
    pub allowed_origins: Vec<String>,
    /// Where the hosted page may end; the first is the usual one.
    pub redirect_urls: Vec<String>,
    /// Who says that a connection stands.
    pub completion: Completion,
    /// Days without a refresh after which the host is reminded; absent: 7.
    pub refresh_reminder_days: Option<i64>,
    /// Requests that its keys may make.
    pub rates: Rates,
}

/// Requests a second that each key of a mode may make; 0: any number.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rates {
    /// Missing: [`limits::LIVE`], or as it was.
    pub live: Option<u32>,
    /// Missing: [`limits::TEST`], or as it was.
    pub test: Option<u32>,
}

/// What is changed of a tenant; what is missing stays as it is.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// What people read.
    pub name: Option<String>,
    /// All of the origins.
    pub allowed_origins: Option<Vec<String>>,
    /// All of the URLs.
    pub redirect_urls: Option<Vec<String>>,
    /// Who says that a connection stands.
    pub completion: Option<Completion>,
    /// Days without a refresh after which the host is reminded.
    pub refresh_reminder_days: Option<i64>,
    /// Requests that its keys may make.
    pub rates: Rates,
}

/// The list that a row holds as JSON.
pub fn list(json: &str) -> Vec<String> {
    serde_json::from_str(json).unwrap_or_default()
}

/// Entries of a tenant's lists that could not be set today: the field, the entry, and what it has to be.
pub fn unfit(row: &TenantRow, plain_http: bool) -> Vec<(&'static str, String, String)> {
    let why = |refused| match refused {
        Refused::Field { detail, .. } => detail,
        other => other.to_string(),
    };
    let origins = list(&row.allowed_origins).into_iter().filter_map(|text| {
        let refused = fields::origins(vec![text.clone()]).err()?;
        Some(("allowed_origins", text, why(refused)))
    });
    let urls = list(&row.redirect_urls).into_iter().filter_map(|text| {
        let refused = fields::redirect_urls(vec![text.clone()], plain_http).err()?;
        Some(("redirect_urls", text, why(refused)))
    });
    origins.chain(urls).collect()
}

const fn completion(completion: Completion) -> &'static str {
    match completion {
        Completion::Exchange => "exchange",
        Completion::Automatic => "automatic",
    }
}

impl Admin<'_> {
    /// Makes a tenant.
    ///
    /// # Errors
    /// [`Refused`]; there is no new tenant.
    pub async fn create(&self, wish: NewTenant) -> Result<TenantRow, Refused> {
        let now = self.clock.now().0;
        let mut row = TenantRow {
            tenant_id: String::new(),
            name: fields::name(&wish.name)?,
            allowed_origins: json!(fields::origins(wish.allowed_origins)?).to_string(),
            redirect_urls: json!(fields::redirect_urls(wish.redirect_urls, self.plain_http)?).to_string(),
            completion: completion(wish.completion).to_owned(),
            live_rate: fields::rate("rate_limits.live", wish.rates.live, limits::LIVE.into())?,
            test_rate: fields::rate("rate_limits.test", wish.rates.test, limits::TEST.into())?,
            created_at: now,
            updated_at: now,
            refresh_reminder_days: fields::refresh_reminder_days(wish.refresh_reminder_days.unwrap_or(USUAL_REMINDER_DAYS))?,
            closed_at: None,
        };
        let detail = described(&row);
        for _ in 0..TRIES {
            let mut random = [0; 4];
            self.rng.fill(&mut random);
            row.tenant_id = TenantTag::from_random(u32::from_le_bytes(random)).to_string();
            let line = self.line(&row.tenant_id, "tenant.created", &row.tenant_id, &detail);
            match self.store.write(Unit::new().with(tenants::insert(&row)).with(line)).await {
                Ok(()) => return Ok(row),
                // The tag is somebody else's.
                Err(WriteError::Conflict(Conflict::Duplicate)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Refused::Busy)
    }

    /// Every tenant, by tag.
    ///
    /// # Errors
    /// The database failed.
    pub async fn tenants(&self) -> Result<Vec<TenantRow>, Refused> {
        Ok(tenants::all(self.store).await?)
    }

    /// The tenant with this tag.
    ///
    /// # Errors
    /// [`Refused::NotFound`], or the database failed.
    pub async fn tenant(&self, tag: &str) -> Result<TenantRow, Refused> {
        let tag = TenantTag::parse(tag).map_err(|_| Refused::NotFound("tenant"))?;
        tenants::by_id(self.store, tag.as_str()).await?.ok_or(Refused::NotFound("tenant"))
    }

    /// The tenant with this tag, to be changed.
    ///
    /// # Errors
    /// [`Refused::Closed`], [`Refused::NotFound`], or the database failed.
    async fn open(&self, tag: &str) -> Result<TenantRow, Refused> {
        let row = self.tenant(tag).await?;
        if row.closed_at.is_some() {
            return Err(Refused::Closed);
        }
        Ok(row)
    }

    /// Changes a tenant. Another node sees it within a second.
    ///
    /// # Errors
    /// [`Refused`]; the tenant stays as it was.
    pub async fn change(&self, tag: &str, change: Change) -> Result<TenantRow, Refused> {
        let name = change.name.as_deref().map(fields::name).transpose()?;
        let origins = change.allowed_origins.map(fields::origins).transpose()?;
        let urls = change
            .redirect_urls
            .map(|urls| fields::redirect_urls(urls, self.plain_http))
            .transpose()?;
        let reminder = change.refresh_reminder_days.map(fields::refresh_reminder_days).transpose()?;
        for _ in 0..TRIES {
            let before = self.open(tag).await?;
            let row = TenantRow {
                refresh_reminder_days: reminder.unwrap_or(before.refresh_reminder_days),
                name: name.clone().unwrap_or_else(|| before.name.clone()),
                allowed_origins: origins
                    .as_ref()
                    .map_or_else(|| before.allowed_origins.clone(), |list| json!(list).to_string()),
                redirect_urls: urls
                    .as_ref()
                    .map_or_else(|| before.redirect_urls.clone(), |list| json!(list).to_string()),
                completion: change
                    .completion
                    .map_or_else(|| before.completion.clone(), |wanted| completion(wanted).to_owned()),
                live_rate: fields::rate("rate_limits.live", change.rates.live, before.live_rate)?,
                test_rate: fields::rate("rate_limits.test", change.rates.test, before.test_rate)?,
                // It tells two changes apart, so it moves also where the clock does not.
                updated_at: self.clock.now().0.max(before.updated_at + 1),
                ..before.clone()
            };
            let line = self.line(&row.tenant_id, "tenant.changed", &row.tenant_id, &described(&row));
            let unit = Unit::new().with(tenants::change(&row, before.updated_at)).with(line);
            match self.store.write(unit).await {
                Ok(()) => return Ok(row),
                Err(WriteError::Conflict(Conflict::Stale)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Refused::Busy)
    }

    /// A tenant and how it looks; nothing where it looks as the widget does.
    ///
    /// # Errors
    /// [`Refused::NotFound`], or the database failed.
    pub async fn branding(&self, tag: &str) -> Result<(TenantRow, Option<BrandingRow>), Refused> {
        let tenant = self.tenant(tag).await?;
        let row = brandings::of_tenant(self.store, &tenant.tenant_id).await?;
        Ok((tenant, row))
    }

    /// Changes how a tenant looks; `reset` forgets all that was set before.
    ///
    /// # Errors
    /// [`Refused`]; the branding stays as it was.
    pub async fn brand(&self, tag: &str, change: branding::Change, reset: bool) -> Result<(TenantRow, BrandingRow), Refused> {
        self.open(tag).await?;
        let (tenant, before) = self.branding(tag).await?;
        let before = before.filter(|_| !reset).unwrap_or_else(|| BrandingRow {
            tenant_id: tenant.tenant_id.clone(),
            ..BrandingRow::default()
        });
        let detail = json!({
            "reset": reset, "name": change.name, "accent": change.accent, "accent_dark": change.accent_dark,
            "radius": change.radius, "mark": change.mark.is_some(),
        });
        let row = branding::change(&before, change, self.clock.now().0)?;
        let line = self.line(&tenant.tenant_id, "tenant.branding_changed", &tenant.tenant_id, &detail);
        self.store.write(Unit::new().with(brandings::put(&row)).with(line)).await?;
        Ok((tenant, row))
    }

    /// A line of the audit log.
    fn line(&self, tenant: &str, action: &str, subject: &str, detail: &Value) -> Statement {
        audit::insert(&AuditRow {
            tenant_id: tenant.to_owned(),
            id: format!("audit_{:032x}", new_uuid(self.clock, self.rng)),
            at: self.clock.now().0,
            actor: self.actor.to_owned(),
            action: action.to_owned(),
            subject: subject.to_owned(),
            detail: detail.to_string(),
        })
    }
}

/// What the audit log keeps of a tenant.
fn described(row: &TenantRow) -> Value {
    json!({
        "name": row.name, "allowed_origins": list(&row.allowed_origins), "redirect_urls": list(&row.redirect_urls),
        "completion": row.completion, "rate_limits": { "live": row.live_rate, "test": row.test_rate },
        "refresh_reminder_days": row.refresh_reminder_days,
    })
}
