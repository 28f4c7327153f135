//! The host deletes a connection: whoever is at it is sent away, what was fetched goes, and the access is given back at the
//! institution until that is true.
//!
//! **Contract.** Deleting again changes nothing and tells the same. The row stays, as `deleted`, with its events.

use super::insights;
use super::read::{self, ReadError};
use super::record::record;
use super::revoke;
use crate::connect::state::{self, CommitError, LoadError, With};
use crate::core::Core;
use crate::store::connections::ConnectionRow;
use crate::store::{Conflict, Unavailable, Unit, accounts, sessions};
use crate::tenants::Caller;
use gesher_contract::{ConnectionId, ConnectionStatus};
use gesher_domain::connection::Event;

/// Attempts at writing against others who write the same connection.
const WRITES: u32 = 5;

/// Why a connection is not deleted.
#[derive(Debug, thiserror::Error)]
pub enum DeleteError {
    /// The caller has none with this id.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// It could not be written.
    #[error("the deletion could not be written: {0}")]
    Unavailable(String),
}

impl From<Unavailable> for DeleteError {
    fn from(error: Unavailable) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl From<LoadError> for DeleteError {
    fn from(error: LoadError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

/// Deletes a connection of the caller's, and gives it as it is then.
///
/// # Errors
/// [`DeleteError`].
pub async fn delete(core: &Core, caller: &Caller, id: &ConnectionId) -> Result<ConnectionRow, DeleteError> {
    let tenant = caller.tenant.as_str();
    for _ in 0..WRITES {
        let row = read::connection(core, caller, id).await?;
        if read::status(&row) == ConnectionStatus::Deleted {
            return Ok(row);
        }
        if !send_away(core, tenant, id).await? {
            continue;
        }
        // Sending somebody away may have written it.
        let row = read::connection(core, caller, id).await?;
        let recorded = record(core, &row, &[Event::Deleted], |row| {
            row.psu_id = None;
            row.person = None;
        });
        let mut unit = Unit::from(recorded.statements);
        unit.extend(revoke::all(core, tenant, id.as_str(), None).await?);
        unit.extend(accounts::forget(tenant, id.as_str()));
        unit.extend(insights::again(core, &row).await?);
        match core.store.write(unit).await {
            Ok(()) => {
                core.work.notify_one();
                core.moved.tell(id.as_str());
                tracing::info!(connection = %id, "a connection was deleted");
                return Ok(recorded.row);
            }
            Err(error) if error.conflict() == Some(Conflict::Stale) => {}
            Err(error) => return Err(DeleteError::Unavailable(error.to_string())),
        }
    }
    Err(DeleteError::Unavailable("others kept writing the connection".to_owned()))
}

/// Ends the connection's sessions that are not over. A call that is under way comes back first; what it brings is given back.
/// Tells whether nobody else was writing them.
async fn send_away(core: &Core, tenant: &str, id: &ConnectionId) -> Result<bool, DeleteError> {
    for row in sessions::of_connection(&core.store, tenant, id.as_str()).await? {
        let loaded = state::from_row(core, row).await?;
        let Ok(moved) = loaded.session.clone().cancel(None, core.clock.now()) else {
            continue;
        };
        match state::commit(core, &loaded, moved, With::default()).await {
            Ok(_) => {}
            Err(CommitError::Stale) => return Ok(false),
            Err(CommitError::Unavailable(error)) => return Err(DeleteError::Unavailable(error)),
        }
    }
    Ok(true)
}
