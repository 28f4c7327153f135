//! A tenant's endpoints: made, changed, deleted, given new secrets, tried out.

use super::dialect::Dialect;
use super::outbox::{self, About};
use super::sign::{self, SignError};
use crate::core::Core;
use crate::outbound::guard::{Refused, UrlError};
use crate::secrets::SecretString;
use crate::store::webhooks::deliveries;
use crate::store::webhooks::endpoints::{self, EndpointRow};
use crate::store::{Unavailable, Unit, events};
use crate::tenants::Caller;
use gesher_contract::{DisabledWhy, EventKind, WebhookEndpointId};
use gesher_domain::new_uuid;

/// Endpoints that a tenant may have in a mode.
pub const MOST: i64 = 16;
/// Longest description.
const LONGEST_DESCRIPTION: usize = 200;
/// The kinds of events that an endpoint can be limited to. A ping goes to the endpoint that it is for.
pub const KINDS: [&str; 7] = [
    EventKind::STATUS_CHANGED,
    EventKind::REASONS_CHANGED,
    EventKind::REPAIRED,
    EventKind::DATA_UPDATED,
    EventKind::CONSENT_ENDING,
    EventKind::REFRESH_REMINDER,
    EventKind::ENDPOINT_DISABLED,
];

/// What is wrong with what was asked for.
#[derive(Debug, thiserror::Error)]
pub enum EndpointError {
    /// The caller has no such endpoint.
    #[error("there is no such endpoint")]
    NotFound,
    /// Requests may not go to this address.
    #[error("the address cannot be used")]
    Url(#[from] Refused),
    /// The description is too long, or holds what is no text.
    #[error("the description cannot be kept")]
    Description,
    /// There are no such events; the place in the list.
    #[error("there are no such events; there are: {}", KINDS.join(", "))]
    Events(usize),
    /// Nothing is sent to a disabled endpoint.
    #[error("the endpoint is disabled")]
    Disabled,
    /// A secret cannot be made or opened.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// The database does not answer.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// What a host sets. What is missing stays as it is.
#[derive(Debug, Default)]
pub struct Change {
    /// Where it is.
    pub url: Option<String>,
    /// What the host calls it.
    pub description: Option<String>,
    /// The kinds of events that it wants; none is all.
    pub events: Option<Vec<String>>,
    /// Whether anything is sent to it.
    pub enabled: Option<bool>,
}

/// An endpoint of the caller's.
///
/// # Errors
/// [`EndpointError::NotFound`], also for another tenant's or the other mode's.
pub async fn get(core: &Core, caller: &Caller, id: &WebhookEndpointId) -> Result<EndpointRow, EndpointError> {
    if id.tenant() != caller.tenant {
        return Err(EndpointError::NotFound);
    }
    endpoints::by_id(&core.store, caller.tenant.as_str(), id.as_str())
        .await?
        .filter(|row| row.mode == caller.mode.as_str())
        .ok_or(EndpointError::NotFound)
}

/// The caller's endpoints, oldest first.
///
/// # Errors
/// The database failed.
pub async fn list(core: &Core, caller: &Caller) -> Result<Vec<EndpointRow>, EndpointError> {
    Ok(endpoints::of_tenant(&core.store, caller.tenant.as_str(), caller.mode.as_str()).await?)
}

/// A new endpoint, its secret as it is shown, and what makes it: [`crate::store::Conflict::Stale`] there means that the tenant
/// has [`MOST`].
///
/// # Errors
/// [`EndpointError`].
pub async fn make(
    core: &Core,
    caller: &Caller,
    dialect: Dialect,
    asked: Change,
) -> Result<(EndpointRow, SecretString, Unit), EndpointError> {
    let id = WebhookEndpointId::new(&caller.tenant, new_uuid(&*core.clock, &*core.rng)).to_string();
    let tenant = caller.tenant.as_str();
    let (shown, secret) = sign::new_secret(core, tenant, &id);
    let (public_key, signing_key) = sign::new_signing_key(core, tenant, &id)?;
    let now = core.clock.now().0;
    let mut row = EndpointRow {
        tenant_id: tenant.to_owned(),
        id,
        mode: caller.mode.as_str().to_owned(),
        dialect: dialect.as_str().to_owned(),
        url: String::new(),
        description: String::new(),
        kinds: String::new(),
        state: "enabled".to_owned(),
        why: None,
        since: now,
        failing_since: None,
        secret,
        old_secret: None,
        old_secret_until: None,
        signing_key,
        public_key,
        version: 1,
        created_at: now,
        updated_at: now,
    };
    let url = asked.url.ok_or(EndpointError::Url(UrlError::Malformed.into()))?;
    let asked = Change { url: Some(url), ..asked };
    apply(core, &mut row, asked, DisabledWhy::Host).await?;
    let unit = endpoints::insert(&row, MOST).into();
    Ok((row, shown, unit))
}

/// The endpoint with the change, and what writes it. `who` switches it off, if somebody does.
///
/// # Errors
/// [`EndpointError`].
pub async fn change(core: &Core, before: &EndpointRow, asked: Change, who: DisabledWhy) -> Result<(EndpointRow, Unit), EndpointError> {
    let mut row = before.clone();
    apply(core, &mut row, asked, who).await?;
    let mut unit = write(core, before, &mut row);
    match (before.state.as_str(), row.state.as_str()) {
        (_, "disabled") => unit.push(deliveries::give_up(&row.tenant_id, &row.id)),
        ("disabled", _) => unit.push(endpoints::succeeded(&row.tenant_id, &row.id)),
        _ => {}
    }
    Ok((row, unit))
}

async fn apply(core: &Core, row: &mut EndpointRow, asked: Change, who: DisabledWhy) -> Result<(), EndpointError> {
    if let Some(url) = asked.url {
        core.webhooks.guard.check(&url).await?;
        row.url = url;
    }
    if let Some(description) = asked.description {
        if description.chars().count() > LONGEST_DESCRIPTION || description.chars().any(char::is_control) {
            return Err(EndpointError::Description);
        }
        row.description = description;
    }
    if let Some(events) = asked.events {
        if let Some(place) = events.iter().position(|kind| !KINDS.contains(&kind.as_str())) {
            return Err(EndpointError::Events(place));
        }
        row.kinds = KINDS
            .into_iter()
            .filter(|kind| events.iter().any(|event| event == kind))
            .collect::<Vec<_>>()
            .join(" ");
    }
    match asked.enabled {
        Some(true) if row.state != "enabled" => {
            row.state = "enabled".to_owned();
            (row.why, row.failing_since, row.since) = (None, None, core.clock.now().0);
        }
        Some(false) if row.state == "enabled" => {
            row.state = "disabled".to_owned();
            (row.why, row.since) = (Some(who.as_str().to_owned()), core.clock.now().0);
        }
        _ => {}
    }
    Ok(())
}

fn write(core: &Core, before: &EndpointRow, row: &mut EndpointRow) -> Unit {
    row.version = before.version + 1;
    row.updated_at = core.clock.now().0;
    endpoints::compare_and_set(row, before.version).into()
}

/// A new secret, as it is shown; the one before signs too for a day.
///
/// # Errors
/// [`EndpointError`].
pub fn rotate(core: &Core, before: &EndpointRow) -> Result<(EndpointRow, SecretString, Unit), EndpointError> {
    let mut row = before.clone();
    let shown = sign::rotate(core, &mut row)?;
    let unit = write(core, before, &mut row);
    Ok((row, shown, unit))
}

/// A ping's id, and what puts it on its way.
///
/// # Errors
/// [`EndpointError::Disabled`].
pub fn ping(core: &Core, row: &EndpointRow) -> Result<(String, Unit), EndpointError> {
    if row.state != "enabled" {
        return Err(EndpointError::Disabled);
    }
    let endpoint_id = WebhookEndpointId::parse(&row.id).map_err(|_| EndpointError::NotFound)?;
    let about = About {
        tenant: &row.tenant_id,
        mode: &row.mode,
        connection: None,
    };
    let now = core.clock.now();
    let ping = EventKind::Ping { endpoint_id };
    let parts = Dialect::of(&row.dialect).parts(&ping);
    let event = outbox::event(core, &about, ping, now).ok_or(EndpointError::NotFound)?;
    let mut unit = Unit::new().with(events::append(&event));
    let queued = parts
        .into_iter()
        .map(|part| deliveries::requeue(&row.tenant_id, &row.id, &event.id, part, now.0));
    unit.extend(queued);
    Ok((event.id, unit))
}
