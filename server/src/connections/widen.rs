//! The host asks for more kinds of data than at first.
//!
//! **Contract.** What is added is wanted where it is offered, as the optional kinds are, and is in the next fetch, which begins at the
//! first day again. That fetch is made at once where a refresh could be. What an institution was not asked for when it gave access it may
//! refuse: then the connection has to be repaired, which asks for all of it.

use super::asked::Asked;
use super::read::{self, ReadError};
use super::refresh::{self, RefreshError};
use super::upkeep;
use crate::core::Core;
use crate::store::connections::{self, ConnectionRow};
use crate::store::{Conflict, Unit};
use crate::tenants::Caller;
use gesher_contract::ConnectionId;
use gesher_directory::Product;
use gesher_domain::connection::is_terminal;

/// Attempts at writing against others who write the same connection.
const WRITES: u32 = 5;

/// Why nothing is added.
#[derive(Debug, thiserror::Error)]
pub enum WidenError {
    /// The caller has none with this id.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Nothing is fetched any more.
    #[error("the connection is over, or was asked for once")]
    Over,
    /// It could not be written.
    #[error("{0}")]
    Unavailable(String),
}

/// Adds kinds of data to what is fetched.
///
/// # Errors
/// [`WidenError`]; nothing was written.
pub async fn widen(core: &Core, caller: &Caller, id: &ConnectionId, products: &[Product]) -> Result<(), WidenError> {
    for _ in 0..WRITES {
        let row = read::connection(core, caller, id).await?;
        let status = read::status(&row);
        if is_terminal(status) || Asked::of(&row).is_done(status) {
            return Err(WidenError::Over);
        }
        let fetch = match refresh::prepare(core, caller, id).await {
            Ok((_, unit)) => unit,
            Err(RefreshError::Read(ReadError::Unavailable(error))) => return Err(WidenError::Unavailable(error.to_string())),
            // Then it is in the next one.
            Err(_) => Unit::new(),
        };
        let mut unit = Unit::from(connections::set_ask(&wider(core, &row, products), row.version));
        unit.extend(fetch.into_statements());
        match core.store.write(unit).await {
            Ok(()) => {
                core.work.notify_one();
                return Ok(());
            }
            Err(error) if matches!(error.conflict(), Some(Conflict::Stale | Conflict::Duplicate)) => {}
            Err(error) => return Err(WidenError::Unavailable(error.to_string())),
        }
    }
    Err(WidenError::Unavailable("others kept writing the connection".to_owned()))
}

/// The connection with what is added.
fn wider(core: &Core, row: &ConnectionRow, products: &[Product]) -> ConnectionRow {
    ConnectionRow {
        ask: serde_json::to_string(&Asked::of(row).with(products)).unwrap_or_default(),
        upkeep: upkeep::text(&upkeep::of(row).from_the_start()),
        updated_at: core.clock.now().0,
        ..row.clone()
    }
}
