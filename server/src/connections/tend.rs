//! Looking after a connection that stands: refreshing it on its minute, telling its host that the consent ends or that nobody
//! refreshes it, and ending the access with the consent.
//!
//! **Contract.** One job for each connection that stands. What it finds due, the events, the job that fetches and its own next time
//! are one unit. Whoever changes what it depends on puts it before that time (`record`).

use super::asked::Asked;
use super::read;
use super::record::record_and_tell;
use super::refresh::in_use;
use super::upkeep;
use crate::core::Core;
use crate::jobs::{self, Leased};
use crate::store::connections::{self, ConnectionRow};
use crate::store::{Conflict, Statement, Unavailable, Unit, WriteError};
use gesher_contract::{EventKind, Reason};
use gesher_domain::Timestamp;
use gesher_domain::connection::{Due, Event, FetchProblem, Terms, Upkeep, stands};

/// Attempts at writing against others who write the same connection.
const WRITES: u32 = 5;

#[derive(Debug, thiserror::Error)]
enum TendError {
    #[error(transparent)]
    Read(#[from] Unavailable),
    #[error(transparent)]
    Write(#[from] WriteError),
    #[error("others kept writing the connection")]
    Contended,
}

/// Does the job.
pub async fn work(core: &Core, leased: &Leased) {
    match tend(core, leased).await {
        // Somebody put it before its time meanwhile, and it will be taken again.
        Ok(()) | Err(TendError::Write(WriteError::Conflict(Conflict::LeaseLost))) => {}
        Err(error) => {
            tracing::warn!(%error, connection = leased.job.subject, "a connection could not be looked after yet");
            if let Err(error) = core.store.write(leased.later(core)).await {
                tracing::warn!(%error, job = leased.job.id, "a job could not be put back");
            }
        }
    }
}

async fn tend(core: &Core, leased: &Leased) -> Result<(), TendError> {
    let tenant = leased.job.tenant_id.as_str();
    for _ in 0..WRITES {
        let row = connections::by_id(&core.store, tenant, &leased.job.subject).await?;
        let Some(row) = row.filter(|row| stands(read::status(row)) && Asked::of(row).recurring) else {
            core.store.write(leased.complete()).await?;
            return Ok(());
        };
        let days = core.keys.tenant(tenant).await?.map(|tenant| tenant.refresh_reminder_days);
        let terms = upkeep::terms(core, &row, days.unwrap_or(upkeep::USUAL_REMINDER_DAYS));
        let now = core.clock.now();
        let before = upkeep::of(&row);
        let (due, after) = before.due(&terms, now);
        let mut unit = Unit::new();
        let knows = serde_json::from_str::<Vec<Reason>>(&row.reasons).is_ok_and(|reasons| reasons.contains(&Reason::AccessExpiringSoon));
        if after != before || due.expired || due.soon != knows {
            unit.extend(write(core, &row, due, &before, &after));
        }
        if due.refresh
            && let Some(grant) = in_use(core, tenant, &row.id).await?
        {
            unit.push(jobs::refresh_if_idle(core, tenant, &row.id, &grant.id));
        }
        unit.push(next(leased, &after, &terms, due, now));
        match core.store.write(unit).await {
            Ok(()) => {
                core.work.notify_one();
                return Ok(());
            }
            Err(error) if error.conflict() == Some(Conflict::Stale) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(TendError::Contended)
}

/// The job's own next time, or its end: a host's word or a person's brings it back.
fn next(leased: &Leased, after: &Upkeep, terms: &Terms, due: Due, now: Timestamp) -> Statement {
    let terms = Terms {
        cut: terms.cut || due.expired,
        ..*terms
    };
    match after.wakes_at(&terms, now) {
        Some(at) => leased.at(at),
        None => leased.complete(),
    }
}

fn write(core: &Core, row: &ConnectionRow, due: Due, before: &Upkeep, after: &Upkeep) -> Vec<Statement> {
    let mut happened = Vec::new();
    happened.push(if due.soon {
        Event::Noticed(Reason::AccessExpiringSoon)
    } else {
        Event::Settled(Reason::AccessExpiringSoon)
    });
    if due.expired {
        tracing::info!(connection = row.id, "a consent has ended");
        happened.push(Event::FetchFailed(FetchProblem::ConsentExpired));
    }
    let mut told = Vec::new();
    told.extend(due.ending.map(|days_left| EventKind::ConsentEnding { days_left }));
    if due.remind {
        told.push(EventKind::RefreshReminder {
            last_refreshed_at: before.last_refreshed_at.map(Timestamp::rfc3339),
        });
    }
    record_and_tell(core, row, &happened, told, |row| row.upkeep = upkeep::text(after)).statements
}
