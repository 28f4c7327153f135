//! A connection whose session ended without a grant stays pending until its invitation's time is over; then it is given up.

use super::record::record;
use crate::core::Core;
use crate::jobs::Leased;
use crate::store::connections::{self, ConnectionRow};
use crate::store::{Unit, sessions};
use gesher_contract::ConnectionStatus;
use gesher_domain::connection::Event;

/// Whether somebody may still come, by a newer invitation. A session that cannot be read is one.
async fn is_invited(core: &Core, row: &ConnectionRow) -> bool {
    match sessions::of_connection(&core.store, &row.tenant_id, &row.id).await {
        Ok(sessions) => sessions.iter().any(|session| session.deadline.is_some()),
        Err(error) => {
            tracing::error!(%error, connection = row.id, "the sessions of a connection could not be read");
            true
        }
    }
}

/// Does the job.
pub async fn work(core: &Core, leased: &Leased) {
    let unit = match connections::by_id(&core.store, &leased.job.tenant_id, &leased.job.subject).await {
        // The row is read before the sessions: an invitation that comes between the two writes it, and this is then written by nobody.
        Ok(Some(row)) if row.status == ConnectionStatus::Pending.as_str() && !is_invited(core, &row).await => {
            Unit::from(record(core, &row, &[Event::Abandoned], |_| {}).statements).with(leased.complete())
        }
        Ok(_) => leased.complete().into(),
        Err(error) => {
            tracing::error!(%error, connection = leased.job.subject, "a connection that nobody finished could not be read");
            leased.later(core).into()
        }
    };
    if let Err(error) = core.store.write(unit).await {
        // Somebody else wrote the connection, or the database is away: the lease ends and the job is leased again.
        tracing::warn!(%error, job = leased.job.id, "a job's end could not be written");
    }
}
