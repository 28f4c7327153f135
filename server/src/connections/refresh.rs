//! The host asks for fresh data.
//!
//! **Contract.** A connection is fetched once at a time, on whatever node: the job has the connection's own id, so the database
//! takes one. What the institution's limit for the day does not leave is refused before anything is asked there.

use super::asked::Asked;
use super::read::{self, ReadError};
use super::upkeep;
use crate::core::Core;
use crate::jobs;
use crate::store::connections::ConnectionRow;
use crate::store::grants::{self, GrantRow, GrantState};
use crate::store::{Conflict, Unavailable, Unit};
use crate::tenants::Caller;
use gesher_contract::ConnectionId;
use gesher_domain::Timestamp;
use gesher_domain::connection::is_cut;

/// Why a connection is not refreshed.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    /// The caller has none with this id, or it gives no access: not yet, or no more.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// It was asked for once.
    #[error("the connection was asked for once")]
    OneOff,
    /// The person has to come back first.
    #[error("the person has to come back")]
    ReconnectRequired,
    /// It is being fetched.
    #[error("a refresh is under way")]
    UnderWay,
    /// The institution's limit for the day is used up; when it is not any more.
    #[error("the institution's limit for the day is used up")]
    LimitReached(Timestamp),
}

impl From<Unavailable> for RefreshError {
    fn from(error: Unavailable) -> Self {
        Self::Read(error.into())
    }
}

impl From<Conflict> for RefreshError {
    /// The unit of [`prepare`] writes one row alone: the job.
    fn from(_: Conflict) -> Self {
        Self::UnderWay
    }
}

/// Prepares a refresh; nothing is begun until the unit is written.
///
/// # Errors
/// [`RefreshError`].
pub async fn prepare(core: &Core, caller: &Caller, id: &ConnectionId) -> Result<(ConnectionRow, Unit), RefreshError> {
    let row = read::open_connection(core, caller, id).await?;
    let tenant = caller.tenant.as_str();
    if !Asked::of(&row).recurring {
        return Err(RefreshError::OneOff);
    }
    if is_cut(read::status(&row)) {
        return Err(RefreshError::ReconnectRequired);
    }
    let grant = in_use(core, tenant, id.as_str()).await?.ok_or(RefreshError::ReconnectRequired)?;
    let job = jobs::fetch_of(core, tenant, id.as_str()).await?;
    if job.as_ref().is_some_and(|job| !job.waits(core.clock.now())) {
        return Err(RefreshError::UnderWay);
    }
    let terms = upkeep::terms(core, &row, upkeep::USUAL_REMINDER_DAYS);
    let allowance = upkeep::of(&row).allowance(terms.limit, core.clock.now());
    allowance.map_err(RefreshError::LimitReached)?;
    let unit = match job {
        Some(job) => jobs::hasten(core, &job),
        None => jobs::refresh(core, tenant, id.as_str(), &grant.id),
    };
    Ok((row, unit.into()))
}

/// The grant by which a connection is fetched.
///
/// # Errors
/// The database failed.
pub async fn in_use(core: &Core, tenant: &str, connection: &str) -> Result<Option<GrantRow>, Unavailable> {
    let grants = grants::of_connection(&core.store, tenant, connection).await?;
    Ok(grants.into_iter().rfind(|grant| grant.state == GrantState::Active))
}
