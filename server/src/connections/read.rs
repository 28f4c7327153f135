//! Reading what belongs to a connection. Another tenant's, or the other mode's, does not exist, nor for a customer's token what
//! belongs to another customer; data are there only once the
//! host's backend has confirmed whose they are.

use crate::core::Core;
use crate::store::Unavailable;
use crate::store::accounts::{self, AccountRow};
use crate::store::connections::{self, ConnectionRow};
use crate::tenants::Caller;
use gesher_contract::{AccountId, ConnectionId, ConnectionStatus};
use gesher_domain::connection::{NotReadable, readable};

/// Why something cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The caller has nothing with this id.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// It is there, but its data are not to be read at this status.
    #[error("{0}")]
    NotReadable(NotReadable),
    /// The database does not answer.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// A connection of the caller's.
///
/// # Errors
/// [`ReadError`].
pub async fn connection(core: &Core, caller: &Caller, id: &ConnectionId) -> Result<ConnectionRow, ReadError> {
    if id.tenant() != caller.tenant {
        return Err(ReadError::NotFound("connection"));
    }
    connections::by_id(&core.store, caller.tenant.as_str(), id.as_str())
        .await?
        .filter(|row| row.mode == caller.mode.as_str())
        .filter(|row| caller.customer.as_ref().is_none_or(|customer| *customer == row.customer))
        .ok_or(ReadError::NotFound("connection"))
}

/// A connection of the caller's whose data may be read.
///
/// # Errors
/// [`ReadError`].
pub async fn open_connection(core: &Core, caller: &Caller, id: &ConnectionId) -> Result<ConnectionRow, ReadError> {
    let row = connection(core, caller, id).await?;
    readable(status(&row)).map_err(ReadError::NotReadable)?;
    Ok(row)
}

/// An account of the caller's, with its connection, which may be read.
///
/// # Errors
/// [`ReadError`].
pub async fn account(core: &Core, caller: &Caller, id: &AccountId) -> Result<(ConnectionRow, AccountRow), ReadError> {
    const NONE: ReadError = ReadError::NotFound("account");
    if id.tenant() != caller.tenant {
        return Err(NONE);
    }
    let row = accounts::by_id(&core.store, caller.tenant.as_str(), id.as_str())
        .await?
        .ok_or(NONE)?;
    let connection_id = ConnectionId::parse(&row.connection_id).map_err(|_| NONE)?;
    match open_connection(core, caller, &connection_id).await {
        Ok(connection) => Ok((connection, row)),
        Err(ReadError::NotFound(_)) => Err(NONE),
        Err(other) => Err(other),
    }
}

/// The status in a row. One that this version does not know reads as `unknown`.
pub fn status(row: &ConnectionRow) -> ConnectionStatus {
    ConnectionStatus::ALL
        .into_iter()
        .find(|status| status.as_str() == row.status)
        .unwrap_or(ConnectionStatus::Unknown)
}
