//! Hosted links: `/l/{token}` makes a connection of one named customer each time it is used, up to its count, until its
//! time is up or it is revoked.
//!
//! **Contract.** The token is in the answer that made the link and nowhere else. What a link asks for is sealed, since it may
//! hold a person's id, and is checked whole when the link is made and each time it is used.

use super::invite::{self, Wish};
use super::start_pages::{PageError, audit_line, kept, to_come};
use crate::connections::customers;
use crate::core::Core;
use crate::secrets::{Context, ExposeSecret as _, SecretString};
use crate::store::Unit;
use crate::store::hosted_links::{self, HostedLinkRow};
use crate::tenants::{Caller, Kind, Mode, fingerprint, mint};
use gesher_contract::HostedLinkId;
use gesher_domain::{Timestamp, new_uuid};
use serde_json::json;
use std::time::Duration;

/// The reference by which a link's connections are found.
pub const REFERENCE: &str = "hosted_link_id";
/// How long a link lives when nothing is said.
const USUAL_LIFE: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// How long a link may live.
const LONGEST_LIFE: Duration = Duration::from_secs(366 * 24 * 60 * 60);
/// Most uses of a link.
pub const MOST_USES: i64 = 1_000;

/// What stands beside what a link's connections are asked for, or cannot be: a link is a page of its own.
pub const BESIDE: [&str; 5] = ["customer", "language", "redirect_url", "completion", "parent_origin"];

/// What a link is made with.
pub struct NewLink {
    /// What a connection is asked for; its customer has to be named.
    pub wish: Wish,
    /// Until when it can be used, RFC 3339; absent: seven days.
    pub expires_at: Option<String>,
    /// How often it can be used; absent: once.
    pub max_uses: Option<i64>,
}

/// Whether a link can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It can.
    Active,
    /// It was used as often as it can be.
    UsedUp,
    /// Its time is up.
    Expired,
    /// It was revoked.
    Revoked,
}

impl State {
    /// A link's state at a moment.
    pub const fn of(row: &HostedLinkRow, now: Timestamp) -> Self {
        if row.revoked_at.is_some() {
            Self::Revoked
        } else if row.expires_at <= now.0 {
            Self::Expired
        } else if row.uses >= row.max_uses {
            Self::UsedUp
        } else {
            Self::Active
        }
    }

    /// As the API says it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::UsedUp => "used_up",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }
}

/// A link of the caller's.
///
/// # Errors
/// [`PageError::NotFound`], also for another tenant's or the other mode's.
pub async fn get(core: &Core, caller: &Caller, id: &HostedLinkId) -> Result<HostedLinkRow, PageError> {
    if id.tenant() != caller.tenant {
        return Err(PageError::NotFound);
    }
    hosted_links::by_id(&core.store, caller.tenant.as_str(), id.as_str())
        .await?
        .filter(|row| row.mode == caller.mode.as_str())
        .ok_or(PageError::NotFound)
}

/// A new link, its token, and what makes it.
///
/// # Errors
/// [`PageError`].
pub async fn make(core: &Core, caller: &Caller, asked: NewLink) -> Result<(HostedLinkRow, SecretString, Unit), PageError> {
    let now = core.clock.now();
    let wrong = |field: &str, code, detail: String| PageError::Field {
        field: field.to_owned(),
        code,
        detail,
    };
    let expires_at = match &asked.expires_at {
        None => now.plus(USUAL_LIFE).0,
        Some(text) => to_come("expires_at", text, now)?,
    };
    if expires_at > now.plus(LONGEST_LIFE).0 {
        let detail = "expires_at is at most a year away.".to_owned();
        return Err(wrong("expires_at", "invalid_expires_at", detail));
    }
    let max_uses = asked.max_uses.unwrap_or(1);
    if !(1..=MOST_USES).contains(&max_uses) {
        return Err(wrong("max_uses", "invalid_max_uses", format!("max_uses is 1 to {MOST_USES}.")));
    }
    let customer = asked.wish.customer.clone().unwrap_or_default();
    let id = HostedLinkId::new(&caller.tenant, new_uuid(&*core.clock, &*core.rng)).to_string();
    invite::check(core, caller, referring(asked.wish.clone(), &id)).await?;
    let token = mint(Kind::Link, &caller.tenant, &*core.rng);
    let tenant = caller.tenant.as_str();
    let row = HostedLinkRow {
        tenant_id: tenant.to_owned(),
        mode: caller.mode.as_str().to_owned(),
        token_hash: fingerprint(&token),
        customer,
        ask: core.seal(&context(tenant, &id), kept(&asked.wish).as_bytes()),
        id,
        expires_at,
        max_uses,
        uses: 0,
        revoked_at: None,
        created_at: now.0,
    };
    let customer = customers::ensured(core, &caller.tenant, &row.customer);
    let unit = Unit::new().with(customer).with(hosted_links::insert(&row)).with(audit_line(
        core,
        caller,
        &row.id,
        "hosted_link.created",
        &json!({ "mode": row.mode, "max_uses": row.max_uses, "expires_at": Timestamp(row.expires_at).rfc3339() }),
    ));
    Ok((row, token.into(), unit))
}

/// What revokes a link. Sessions that it made go on.
pub fn revoke(core: &Core, caller: &Caller, row: &HostedLinkRow) -> Unit {
    if row.revoked_at.is_some() {
        return Unit::new();
    }
    Unit::new()
        .with(hosted_links::revoke(&row.tenant_id, &row.id, core.clock.now().0))
        .with(audit_line(core, caller, &row.id, "hosted_link.revoked", &json!({})))
}

/// What a connection of this link is asked for, as it is kept. Nothing when it cannot be opened.
pub fn asked(core: &Core, row: &HostedLinkRow) -> Option<String> {
    let plain = core.keyring.open(&context(&row.tenant_id, &row.id), &row.ask).ok()?;
    String::from_utf8(plain.expose_secret().clone()).ok()
}

/// What a connection of this link is asked for. Nothing when it cannot be opened.
pub fn wish(core: &Core, row: &HostedLinkRow) -> Option<Wish> {
    let wish: Wish = serde_json::from_str(&asked(core, row)?).ok()?;
    Some(referring(wish, &row.id))
}

/// Who a link's connections belong to.
pub fn caller(row: &HostedLinkRow) -> Option<Caller> {
    Some(Caller::keyless(
        HostedLinkId::parse(&row.id).ok()?.tenant(),
        Mode::from_column(&row.mode),
    ))
}

fn referring(mut wish: Wish, id: &str) -> Wish {
    wish.references.insert(REFERENCE.to_owned(), id.to_owned());
    wish
}

fn context<'a>(tenant: &'a str, id: &'a str) -> Context<'a> {
    Context {
        tenant,
        table: "hosted_links",
        row: id,
        column: "ask",
    }
}
