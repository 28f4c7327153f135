//! Sessions whose time has come: expired ones, and calls whose worker was lost.

use super::calls::{self, Given};
use super::state::{self, CommitError, With, commit};
use crate::core::Core;
use crate::store::sessions::SessionRow;
use std::sync::Arc;

/// Looks at one session. Whoever else is faster has done it.
pub async fn wake(core: &Arc<Core>, row: SessionRow) {
    let id = row.id.clone();
    let loaded = match state::from_row(core, row).await {
        Ok(loaded) => loaded,
        Err(error) => {
            tracing::error!(session = id, %error, "a due session cannot be read");
            return;
        }
    };
    let Ok(moved) = loaded.session.clone().wake(core.clock.now()) else {
        return;
    };
    let call = moved.call();
    match commit(core, &loaded, moved, With::default()).await {
        Ok(after) => {
            tracing::info!(session = id, state = after.row.state_name, "a session's time had come");
            if let Some((call, attempt)) = call {
                // Others whose time has come need not wait for an institution. A stop waits for the call.
                drop(calls::start(core, &after, call, attempt, Given::Nothing));
            }
        }
        Err(CommitError::Stale) => {}
        Err(CommitError::Unavailable(error)) => tracing::error!(session = id, error, "a due session could not be written"),
    }
}
