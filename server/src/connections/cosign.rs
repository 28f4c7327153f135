//! A consent that not all account holders have signed: the bank is asked until all have, one declines, or five days are over.
//!
//! **Contract.** What the bank says, the connection's new status, its event, the job that fetches or gives back, and this job's end
//! are one unit. A bank that does not answer is asked again; it does not move the last day.

use super::record::{record, record_with};
use super::revoke::{self, open};
use super::{read, repair};
use crate::connect::state::{self, LoadError, seal_grant};
use crate::core::Core;
use crate::jobs::{self, Leased};
use crate::providers::{Checked, ConsentState, Failed, Grant};
use crate::store::connections::{self, ConnectionRow};
use crate::store::grants::{self, GrantRow, GrantState};
use crate::store::{Statement, Unavailable, Unit, WriteError};
use crate::tenants::credentials::Unreadable;
use gesher_contract::{EventKind, FailureCode, SessionId, TenantTag};
use gesher_domain::Timestamp;
use gesher_domain::connection::{Event, is_terminal, stands};
use gesher_domain::session::Purpose;
use std::time::Duration;

/// How long the other account holders have.
const PATIENCE: Duration = Duration::from_secs(5 * 24 * 60 * 60);

/// Time between two questions at this age of the grant: people who sign together do so soon.
const fn pause(age: Duration) -> Duration {
    match age.as_secs() {
        0..600 => Duration::from_secs(15),
        600..86_400 => Duration::from_secs(10 * 60),
        _ => Duration::from_secs(60 * 60),
    }
}

/// When to ask for the first time.
pub fn first(now: Timestamp) -> Timestamp {
    now.plus(pause(Duration::ZERO))
}

/// Does the job.
pub async fn work(core: &Core, leased: &Leased) {
    let outcome = ask(core, leased).await;
    if let Err(error) = outcome {
        tracing::warn!(%error, connection = leased.job.subject, "a consent's standing could not be written yet");
        if let Err(error) = core.store.write(leased.later(core)).await {
            tracing::warn!(%error, job = leased.job.id, "a job could not be put back");
        }
    }
}

#[derive(Debug, thiserror::Error)]
enum AskError {
    #[error(transparent)]
    Read(#[from] Unavailable),
    #[error(transparent)]
    Write(#[from] WriteError),
    #[error(transparent)]
    Settings(#[from] Unreadable),
    #[error(transparent)]
    Session(#[from] LoadError),
}

async fn ask(core: &Core, leased: &Leased) -> Result<(), AskError> {
    let (tenant, connection) = (leased.job.tenant_id.as_str(), leased.job.subject.as_str());
    let grant = grants::by_id(&core.store, tenant, &leased.job.body).await?;
    let usable = grant.filter(|grant| matches!(grant.state, GrantState::Held | GrantState::Active));
    let Some(row) = usable else {
        core.store.write(leased.complete()).await?;
        return Ok(());
    };
    let Some(before) = connections::by_id(&core.store, tenant, connection).await? else {
        core.store.write(leased.complete()).await?;
        return Ok(());
    };
    let state = check(core, &row, &before.mode).await?;
    let now = core.clock.now();
    let last = Timestamp(row.created_at).plus(PATIENCE);
    let event = match state {
        Ok(ConsentState::Valid) => Event::Cosigned,
        Ok(ConsentState::Rejected | ConsentState::Revoked | ConsentState::Expired) => Event::Declined,
        Ok(ConsentState::AwaitingCosigners) if now >= last => Event::Abandoned,
        Err(_) if now >= last => Event::Abandoned,
        Ok(ConsentState::AwaitingCosigners) => return again(core, leased, &row, last).await,
        Err(failed) => {
            tracing::info!(
                connection,
                code = failed.code.as_str(),
                "a bank does not say whether all have signed"
            );
            return again(core, leased, &row, last).await;
        }
    };
    tracing::info!(connection, ?event, "the other account holders have decided, or their time is over");
    let Some(before) = connections::by_id(&core.store, tenant, connection).await? else {
        core.store.write(leased.complete()).await?;
        return Ok(());
    };
    let mut unit = if is_repair(core, &row).await? {
        repaired(core, &before, &row, event).await?
    } else {
        let mut unit = Unit::from(record(core, &before, &[event], |_| {}).statements);
        unit.extend(follow(core, &row, event).await?);
        unit
    };
    unit.push(leased.complete());
    core.store.write(unit).await?;
    core.work.notify_one();
    Ok(())
}

/// What goes with the event: the data can be fetched, or what was granted is given back.
async fn follow(core: &Core, row: &GrantRow, event: Event) -> Result<Vec<Statement>, Unavailable> {
    let tenant = row.tenant_id.as_str();
    // The grant must still be what it was when the bank was asked.
    let same = grants::set_state(tenant, &row.id, row.state, row.state, core.clock.now().0);
    Ok(match event {
        Event::Cosigned => vec![same, jobs::fetch(core, tenant, &row.connection_id, &row.id)],
        // The connection is over, with whatever else was granted to it.
        _ => [vec![same], revoke::all(core, tenant, &row.connection_id, None).await?].concat(),
    })
}

/// Whether the grant is a repair's, which the connection knows nothing of yet.
async fn is_repair(core: &Core, row: &GrantRow) -> Result<bool, AskError> {
    let (Ok(tenant), Ok(session)) = (TenantTag::parse(&row.tenant_id), SessionId::parse(&row.session_id)) else {
        return Ok(false);
    };
    Ok(state::load(core, &tenant, &session).await?.session.purpose == Purpose::Repair)
}

/// All have signed a repair's consent: it takes the place of what stood. Otherwise it is given back, and what stood stays.
async fn repaired(core: &Core, before: &ConnectionRow, row: &GrantRow, event: Event) -> Result<Unit, AskError> {
    if event == Event::Cosigned && !is_terminal(read::status(before)) {
        let (change, statements) = repair::stands(core, before, row).await?;
        let told = stands(read::status(before)).then_some(EventKind::Repaired).into_iter().collect();
        let recorded = record_with(core, before, &[Event::Repaired], told, |row| change.change(row));
        let mut unit = Unit::from(recorded.statements);
        unit.extend(statements);
        return Ok(unit);
    }
    let tenant = row.tenant_id.as_str();
    let now = core.clock.now().0;
    Ok(Unit::new()
        .with(grants::set_state(tenant, &row.id, row.state, GrantState::Revoking, now))
        .with(jobs::revoke(core, tenant, &row.id)))
}

async fn again(core: &Core, leased: &Leased, row: &GrantRow, last: Timestamp) -> Result<(), AskError> {
    let now = core.clock.now();
    let age = Duration::from_micros(u64::try_from(now.0 - row.created_at).unwrap_or(0));
    let next = now.plus(pause(age)).min(last);
    core.store.write(leased.at(next)).await?;
    Ok(())
}

/// Asks the bank. A grant that its provider renews is kept before it is used; two renewals in a row are no way on.
async fn check(core: &Core, row: &GrantRow, mode: &str) -> Result<Result<ConsentState, Failed>, AskError> {
    let (Some(mut grant), Some(provider)) = (open(core, row), core.providers.get(&row.provider)) else {
        return Ok(Err(FailureCode::Internal.into()));
    };
    let mut kept = row.clone();
    for _ in 0..2 {
        let cx = core.cx(&row.tenant_id, mode, &row.provider, None).await?;
        match provider.health(&cx, &grant).await {
            Ok(Checked::State(state)) => return Ok(Ok(state)),
            Ok(Checked::Renewed(renewed)) => grant = keep(core, &mut kept, renewed).await?,
            Err(failed) => return Ok(Err(failed)),
        }
    }
    Ok(Err(FailureCode::BadInstitutionAnswer.into()))
}

async fn keep(core: &Core, row: &mut GrantRow, renewed: Grant) -> Result<Grant, AskError> {
    let before = std::mem::replace(&mut row.sealed, seal_grant(core, &row.tenant_id, &row.id, &renewed));
    row.updated_at = core.clock.now().0;
    core.store.write(grants::reseal(row, &before)).await?;
    Ok(renewed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bank_is_asked_often_at_first_and_seldom_later() {
        let (mut age, mut asked) = (Duration::ZERO, 0_u32);
        while age < PATIENCE {
            age += pause(age);
            asked += 1;
        }
        assert_eq!(pause(Duration::ZERO), Duration::from_secs(15));
        assert!((250..350).contains(&asked), "{asked}");
    }
}
