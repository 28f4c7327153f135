//! Following a session from outside: an event stream tells a document when to look again.
//!
//! **Contract.** A ticket tells how far its own session has come and nothing else. Moves that this node writes are told at
//! once; those of other nodes are found by looking, every few seconds. Only numbers leave here: what a
//! screen shows is for the instance's own handle to ask.

use super::state::{self, LoadError};
use super::{doors, screens};
use crate::core::Core;
use gesher_app::backend::{Refused, SessionRef};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::{self, error::RecvError};

/// Moves that a slow stream may lag behind before it has to look for itself.
const BACKLOG: usize = 256;
/// How often a stream looks for what other nodes wrote.
const LOOK: Duration = Duration::from_secs(3);

/// How far a session has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Grows with each write of the session and of its connection.
    pub mark: i64,
    /// Whether nothing comes after it.
    pub over: bool,
}

/// The moves of this node.
pub struct Moves(broadcast::Sender<String>);

impl Default for Moves {
    fn default() -> Self {
        Self(broadcast::channel(BACKLOG).0)
    }
}

impl Moves {
    /// Tells those who follow a session of this connection.
    pub fn tell(&self, connection: &str) {
        // Nobody may be listening.
        let _ = self.0.send(connection.to_owned());
    }
}

/// Follows one session.
pub struct Watch {
    core: Arc<Core>,
    at: SessionRef,
    connection: String,
    moves: broadcast::Receiver<String>,
    last: Option<i64>,
    over: bool,
}

/// Begins to follow the session of a stream's ticket. `last` is the mark that the browser saw last.
///
/// # Errors
/// `Unknown` when the ticket is none of ours; `Broken` when the session cannot be read.
pub async fn watch(core: &Arc<Core>, ticket: &str, last: Option<i64>) -> Result<Watch, Refused> {
    let at = doors::open_stream(core, ticket)?;
    let moves = core.moved.0.subscribe();
    let loaded = state::load(core, &at.tenant, &at.id).await?;
    Ok(Watch {
        connection: loaded.row.connection_id,
        moves,
        core: core.clone(),
        at,
        last,
        over: false,
    })
}

impl Watch {
    /// The next mark that the browser has not seen; nothing after the session's end, and when this node stops.
    pub async fn next(&mut self) -> Option<Seen> {
        while !self.over {
            match self.look().await {
                Some(seen) if self.last != Some(seen.mark) || seen.over => {
                    self.last = Some(seen.mark);
                    self.over = seen.over;
                    return Some(seen);
                }
                Some(_) => {}
                None => return None,
            }
            let core = self.core.clone();
            tokio::select! {
                () = core.stopping.cancelled() => return None,
                () = tokio::time::sleep(LOOK) => {}
                () = self.moved() => {}
            }
        }
        None
    }

    /// Returns when this node wrote the session or its connection.
    async fn moved(&mut self) {
        loop {
            match self.moves.recv().await {
                Ok(connection) if connection == self.connection => return,
                Ok(_) => {}
                // What was missed is found by looking.
                Err(RecvError::Lagged(_)) => return,
                Err(RecvError::Closed) => std::future::pending().await,
            }
        }
    }

    /// How far it is now; nothing when it cannot be read any more.
    async fn look(&self) -> Option<Seen> {
        match state::load(&self.core, &self.at.tenant, &self.at.id).await {
            Ok(loaded) => Some(Seen {
                mark: loaded.session.version + loaded.connection.version,
                // Where nobody has to confirm, the first data come after the session's end.
                over: loaded.session.is_over(self.core.clock.now()) && !screens::awaits_first_data(&self.core, &loaded),
            }),
            Err(LoadError::Unavailable(error)) => {
                tracing::warn!(session = %self.at.id, %error, "a followed session could not be read");
                None
            }
            Err(_) => None,
        }
    }
}
