//! Sending an event again.

use super::KEPT;
use super::dialect::Dialect;
use super::endpoints::{self, EndpointError};
use crate::core::Core;
use crate::store::events::{self, EventRow};
use crate::store::webhooks::deliveries;
use crate::store::webhooks::endpoints::EndpointRow;
use crate::store::{Unavailable, Unit};
use crate::tenants::Caller;
use gesher_contract::{Event, EventId, EventKind, WebhookEndpointId};
use gesher_domain::Timestamp;

/// Why an event is not sent again.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The caller has no such event.
    #[error("there is no such event")]
    NotFound,
    /// It happened too long ago.
    #[error("the event is too old")]
    TooOld,
    /// In the endpoint's dialect there is no message for it.
    #[error("there is no message for the event there")]
    Unsaid,
    /// The endpoint.
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    /// The database does not answer.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// An event of the caller's.
///
/// # Errors
/// [`ReplayError::NotFound`], also for another tenant's or the other mode's.
pub async fn event(core: &Core, caller: &Caller, id: &EventId) -> Result<EventRow, ReplayError> {
    if id.tenant() != caller.tenant {
        return Err(ReplayError::NotFound);
    }
    events::by_id(&core.store, caller.tenant.as_str(), id.as_str())
        .await?
        .filter(|row| row.mode == caller.mode.as_str())
        .ok_or(ReplayError::NotFound)
}

/// The endpoints that the event goes to again, and what puts it on its way: the one that is named, else all that are enabled and
/// want it.
///
/// # Errors
/// [`ReplayError`].
pub async fn replay(
    core: &Core,
    caller: &Caller,
    id: &EventId,
    to: Option<&WebhookEndpointId>,
) -> Result<(Vec<String>, Unit), ReplayError> {
    let row = event(core, caller, id).await?;
    let now = core.clock.now();
    if Timestamp(row.created_at).plus(KEPT) < now {
        return Err(ReplayError::TooOld);
    }
    // An event that this version does not know cannot be said.
    let kind = serde_json::from_str::<Event>(&row.body).map_err(|_| ReplayError::NotFound)?.kind;
    let pinged = match &kind {
        EventKind::Ping { endpoint_id } => Some(endpoint_id),
        _ => None,
    };
    let parts = |endpoint: &EndpointRow| Dialect::of(&endpoint.dialect).parts(&kind);
    let endpoints: Vec<EndpointRow> = match to.or(pinged) {
        Some(id) => {
            let endpoint = endpoints::get(core, caller, id).await?;
            if endpoint.state != "enabled" {
                return Err(EndpointError::Disabled.into());
            }
            if parts(&endpoint).is_empty() {
                return Err(ReplayError::Unsaid);
            }
            vec![endpoint]
        }
        None => {
            let wants = |endpoint: &EndpointRow| {
                endpoint.state == "enabled" && (endpoint.kinds.is_empty() || endpoint.kinds.split(' ').any(|kind| kind == row.kind))
            };
            let all = endpoints::list(core, caller).await?.into_iter();
            all.filter(wants).filter(|endpoint| !parts(endpoint).is_empty()).collect()
        }
    };
    let unit = endpoints
        .iter()
        .flat_map(|endpoint| {
            let again = |part| deliveries::requeue(&endpoint.tenant_id, &endpoint.id, &row.id, part, now.0);
            parts(endpoint).into_iter().map(again)
        })
        .collect();
    Ok((endpoints.into_iter().map(|endpoint| endpoint.id).collect(), unit))
}
