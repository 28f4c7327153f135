//! Start pages: an address of a tenant's, `/start/{slug}`, where each visitor gets a connection of their own.
//!
//! **Contract.** What a page asks for is checked whole when it is made or changed, as `POST /v1/connections` checks it, and
//! again for each visitor. A page names no customer: the exchange does, or with automatic completion we make a name up.

use super::invite::{self, InviteError, Wish};
use crate::core::Core;
use crate::store::audit::{self, AuditRow};
use crate::store::start_pages::{self, StartPageRow};
use crate::store::{Statement, Unavailable, Unit};
use crate::tenants::{Caller, Mode};
use gesher_contract::{Language, StartPageId};
use gesher_domain::branding::Name;
use gesher_domain::session::Completion;
use gesher_domain::{Timestamp, new_secret, new_uuid};
use serde_json::{Value, json};

/// The reference by which a page's connections are found.
pub const REFERENCE: &str = "start_page_id";
/// Characters of a slug behind the tenant's tag: 60 random bits.
const SLUG: usize = 12;
/// Longest name.
const LONGEST_NAME: usize = 100;
/// Highest daily limit.
pub const MOST_A_DAY: i64 = 1_000_000;
/// What a page's wish holds of its own columns, or cannot hold for strangers.
pub const NOT_OF_A_PAGE: [&str; 9] = [
    "customer",
    "language",
    "redirect_url",
    "completion",
    "parent_origin",
    "state",
    "psu_id",
    "psu_id_type",
    "psu_corporate_id",
];

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// The caller has no such page or link.
    #[error("there is no such page or link")]
    NotFound,
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
    /// The public token would have nowhere to go.
    #[error("register a redirect URL: the public token has nowhere to go")]
    NoWayToConfirm,
    /// No institution at all can be reached.
    #[error("no institution can be reached")]
    NoInstitution,
    /// The database does not answer.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

impl From<InviteError> for PageError {
    fn from(error: InviteError) -> Self {
        match error {
            InviteError::Field { field, code, detail } => Self::Field {
                field: path(field),
                code,
                detail,
            },
            InviteError::NoWayToConfirm => Self::NoWayToConfirm,
            InviteError::NoInstitution => Self::NoInstitution,
            InviteError::Unavailable(error) => Self::Unavailable(error),
        }
    }
}

/// Where a field of a wish stands in what asks for a page or a link.
pub fn path(field: String) -> String {
    let own = ["redirect_url", "completion", "language", "customer"];
    if own.iter().any(|own| field.starts_with(own)) {
        field
    } else {
        format!("connection.{field}")
    }
}

fn wrong(field: &str, code: &'static str, detail: impl Into<String>) -> PageError {
    PageError::Field {
        field: field.to_owned(),
        code,
        detail: detail.into(),
    }
}

/// What a host sets. What is missing stays as it is; an inner `None` takes it away.
#[derive(Default)]
pub struct Change {
    /// What visitors read.
    pub name: Option<String>,
    /// What a visitor's connection is asked for.
    pub connection: Option<Wish>,
    /// Fixes the language.
    pub language: Option<Option<Language>>,
    /// Where a visit ends.
    pub redirect_url: Option<Option<String>>,
    /// Whether a connection stands without an exchange.
    pub automatic: Option<bool>,
    /// Until when the page is open, RFC 3339.
    pub expires_at: Option<Option<String>>,
    /// Connections that it may make in a day.
    pub daily_limit: Option<Option<i64>>,
    /// Whether it lets anybody in.
    pub enabled: Option<bool>,
}

/// A page of the caller's.
///
/// # Errors
/// [`PageError::NotFound`], also for another tenant's or the other mode's.
pub async fn get(core: &Core, caller: &Caller, id: &StartPageId) -> Result<StartPageRow, PageError> {
    if id.tenant() != caller.tenant {
        return Err(PageError::NotFound);
    }
    start_pages::by_id(&core.store, caller.tenant.as_str(), id.as_str())
        .await?
        .filter(|row| row.mode == caller.mode.as_str())
        .ok_or(PageError::NotFound)
}

/// A new page, and what makes it.
///
/// # Errors
/// [`PageError`].
pub async fn make(core: &Core, caller: &Caller, asked: Change) -> Result<(StartPageRow, Unit), PageError> {
    let now = core.clock.now().0;
    let mut row = StartPageRow {
        tenant_id: caller.tenant.to_string(),
        id: StartPageId::new(&caller.tenant, new_uuid(&*core.clock, &*core.rng)).to_string(),
        slug: format!("{}{}", caller.tenant, &new_secret(&*core.rng)[..SLUG]),
        mode: caller.mode.as_str().to_owned(),
        name: String::new(),
        ask: kept(&Wish::default()),
        language: None,
        redirect_url: None,
        completion: completion(core, caller, asked.automatic).await?.to_owned(),
        expires_at: None,
        daily_limit: None,
        state: "enabled".to_owned(),
        version: 1,
        created_at: now,
        updated_at: now,
    };
    let name = Some(asked.name.unwrap_or_default());
    apply(core, caller, &mut row, Change { name, ..asked }).await?;
    let unit = Unit::new()
        .with(start_pages::insert(&row))
        .with(line(core, caller, &row, "start_page.created"));
    Ok((row, unit))
}

/// The page with the change, and what writes it.
///
/// # Errors
/// [`PageError`].
pub async fn change(core: &Core, caller: &Caller, before: &StartPageRow, asked: Change) -> Result<(StartPageRow, Unit), PageError> {
    let mut row = before.clone();
    apply(core, caller, &mut row, asked).await?;
    row.version = before.version + 1;
    row.updated_at = core.clock.now().0;
    let unit = Unit::new()
        .with(start_pages::compare_and_set(&row, before.version))
        .with(line(core, caller, &row, "start_page.changed"));
    Ok((row, unit))
}

/// What deletes a page. Connections that it made stay.
pub fn delete(core: &Core, caller: &Caller, row: &StartPageRow) -> Unit {
    let mut unit: Unit = start_pages::delete(&row.tenant_id, &row.id).to_vec().into();
    unit.push(line(core, caller, row, "start_page.deleted"));
    unit
}

/// How often a page was used today.
///
/// # Errors
/// The database failed.
pub async fn used_today(core: &Core, row: &StartPageRow) -> Result<i64, PageError> {
    Ok(start_pages::used(&core.store, &row.tenant_id, &row.id, &day(core.clock.now())).await?)
}

/// The day of a moment, UTC.
pub fn day(now: Timestamp) -> String {
    now.rfc3339()[..10].to_owned()
}

async fn completion(core: &Core, caller: &Caller, automatic: Option<bool>) -> Result<&'static str, PageError> {
    Ok(match invite::completion(core, caller, automatic).await? {
        Completion::Exchange => "exchange",
        Completion::Automatic => "automatic",
    })
}

async fn apply(core: &Core, caller: &Caller, row: &mut StartPageRow, asked: Change) -> Result<(), PageError> {
    if let Some(name) = asked.name {
        row.name = name_of(name)?;
    }
    if let Some(wish) = asked.connection {
        row.ask = kept(&wish);
    }
    if let Some(language) = asked.language {
        row.language = language.map(|language| language.code().to_owned());
    }
    if let Some(url) = asked.redirect_url {
        row.redirect_url = url;
    }
    if asked.automatic.is_some() {
        completion(core, caller, asked.automatic).await?.clone_into(&mut row.completion);
    }
    if let Some(text) = asked.expires_at {
        let now = core.clock.now();
        row.expires_at = text.map(|text| to_come("expires_at", &text, now)).transpose()?;
    }
    if let Some(limit) = asked.daily_limit {
        if limit.is_some_and(|limit| !(1..=MOST_A_DAY).contains(&limit)) {
            let detail = format!("daily_limit is 1 to {MOST_A_DAY}.");
            return Err(wrong("daily_limit", "invalid_daily_limit", detail));
        }
        row.daily_limit = limit;
    }
    if let Some(enabled) = asked.enabled {
        row.state = if enabled { "enabled" } else { "disabled" }.to_owned();
    }
    // A page that is switched off need not be fit to let anybody in; it has to be when it is switched on.
    if row.state == "disabled" {
        return Ok(());
    }
    let wish = wish(core, row).ok_or(PageError::NotFound)?;
    Ok(invite::check(core, caller, wish).await?)
}

fn name_of(text: String) -> Result<String, PageError> {
    let fits = text.chars().count() <= LONGEST_NAME && !text.chars().any(char::is_control) && Name::clean(&text).is_some();
    let detail = "A name has 1 to 100 characters, a letter or digit among them, and no control characters.";
    if fits {
        Ok(text)
    } else {
        Err(wrong("name", "invalid_name", detail))
    }
}

/// A time to come.
///
/// # Errors
/// [`PageError::Field`].
pub fn to_come(field: &str, text: &str, now: Timestamp) -> Result<i64, PageError> {
    let at = text.parse::<jiff::Timestamp>().map(jiff::Timestamp::as_microsecond);
    at.ok().filter(|at| *at > now.0).ok_or_else(|| {
        let detail = format!("{field} is a time to come, RFC 3339.");
        wrong(field, "invalid_expires_at", detail)
    })
}

/// A wish as it is kept.
pub fn kept(wish: &Wish) -> String {
    serde_json::to_string(wish).unwrap_or_default()
}

/// A wish as the API shows it: what was asked for, without what stands beside it and without what is nobody's to read.
pub fn shown(kept: &str) -> Value {
    let mut value: Value = serde_json::from_str(kept).unwrap_or_default();
    if let Some(fields) = value.as_object_mut() {
        let hidden = |name: &str| NOT_OF_A_PAGE.contains(&name) || name == "automatic";
        fields.retain(|name, value| {
            // Of the others a `false` was asked for.
            let unasked = *value == json!(false) && ["include_sandbox", "auto_redirect"].contains(&name.as_str());
            let empty = value.is_null() || *value == json!({}) || *value == json!([]) || unasked;
            !empty && !hidden(name)
        });
    }
    value
}

/// What a visitor's connection is asked for. Nothing when the row is damaged.
pub fn wish(core: &Core, row: &StartPageRow) -> Option<Wish> {
    let mut wish: Wish = serde_json::from_str(&row.ask).ok()?;
    let automatic = row.completion == "automatic";
    // A name of our own for a visitor of whom nobody will say who they are.
    wish.customer = automatic.then(|| format!("visitor_{:032x}", new_uuid(&*core.clock, &*core.rng)));
    wish.language = row.language.as_deref().and_then(Language::from_code);
    wish.redirect_url.clone_from(&row.redirect_url);
    wish.automatic = Some(automatic);
    wish.references.insert(REFERENCE.to_owned(), row.id.clone());
    Some(wish)
}

/// Who a page's connections belong to.
pub fn caller(row: &StartPageRow) -> Option<Caller> {
    Some(Caller::keyless(
        StartPageId::parse(&row.id).ok()?.tenant(),
        Mode::from_column(&row.mode),
    ))
}

fn line(core: &Core, caller: &Caller, row: &StartPageRow, action: &str) -> Statement {
    let detail =
        json!({ "name": row.name, "mode": row.mode, "state": row.state, "completion": row.completion, "daily_limit": row.daily_limit });
    audit_line(core, caller, &row.id, action, &detail)
}

/// A line of the audit log about what a host set up, or its operator, who has no key.
pub fn audit_line(core: &Core, caller: &Caller, subject: &str, action: &str, detail: &Value) -> Statement {
    audit::insert(&AuditRow {
        tenant_id: caller.tenant.to_string(),
        id: format!("audit_{:032x}", new_uuid(&*core.clock, &*core.rng)),
        at: core.clock.now().0,
        actor: if caller.proof.is_empty() { "operator" } else { "host" }.to_owned(),
        action: action.to_owned(),
        subject: subject.to_owned(),
        detail: detail.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use gesher_directory::Wanted;

    #[test]
    fn what_was_asked_for_is_shown_and_nothing_else() {
        assert_eq!(shown(&kept(&Wish::default())), json!({}));
        let wish = Wish {
            recurring: Some(false),
            institutions: Wanted {
                allow_redirect: Some(false),
                allow_business: Some(true),
                ..Wanted::default()
            },
            psu_id: Some("043510023".to_owned()),
            automatic: Some(false),
            ..Wish::default()
        };
        let asked = json!({ "recurring": false, "allow_redirect": false, "allow_business": true });
        assert_eq!(shown(&kept(&wish)), asked);
    }
}
