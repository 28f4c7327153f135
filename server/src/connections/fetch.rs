//! Fetching what a grant gives: accounts, balances, transactions: a year of them at first, later what is new.
//!
//! **Contract.** A fetch is counted before the institution is asked, so that its limit holds whatever becomes of this process. What
//! was fetched, the connection's new status, its event and the job's end are one unit. An account or a transaction that was there
//! before keeps its id. A pending transaction that the institution lists no longer goes. What fails is made again by whoever looks
//! after the connection (`tend`); where nobody does, the job goes on until the grant has brought data once.

use super::asked::Asked;
use super::fetched::{Stored, keep, rows};
use super::insights;
use super::moved::There;
use super::record;
use super::replace::{self, Known};
use super::revoke::open;
use super::upkeep;
use crate::connect::state::seal_grant;
use crate::core::Core;
use crate::jobs::Leased;
use crate::providers::{Brought, Fetched, Grant, Reach, Want};
use crate::store::connections::{self, ConnectionRow};
use crate::store::grants::{self, GrantRow, GrantState};
use crate::store::{Conflict, Statement, Unavailable, Unit, WriteError};
use crate::tenants::credentials::Unreadable;
use gesher_contract::EventKind;
use gesher_directory::Route;
use gesher_domain::Timestamp;
use gesher_domain::connection::{Event, FetchProblem, Terms, Upkeep};

/// How far back the first fetch goes.
pub(super) const DAYS: i64 = 365;
/// How far behind the last fetch a later one begins: what an institution books late has to be in it.
pub(super) const OVERLAP: i64 = 10;
/// Fetches in a row with an answer that makes no sense after which a connection that had data is given up.
const NONSENSE: u32 = 10;
/// Attempts at writing against others who write the same connection.
const WRITES: u32 = 5;

/// Does the job.
pub async fn work(core: &Core, leased: &Leased) {
    let outcome = fetch(core, leased).await;
    if let Err(error) = outcome {
        tracing::warn!(%error, connection = leased.job.subject, "a fetch could not be finished yet");
        if let Err(error) = core.store.write(leased.later(core)).await {
            tracing::warn!(%error, job = leased.job.id, "a job could not be put back");
        }
    }
}

#[derive(Debug, thiserror::Error)]
enum FetchError {
    #[error(transparent)]
    Read(#[from] Unavailable),
    #[error(transparent)]
    Write(#[from] WriteError),
    #[error(transparent)]
    Settings(#[from] Unreadable),
    #[error("others kept writing the connection")]
    Contended,
}

async fn fetch(core: &Core, leased: &Leased) -> Result<(), FetchError> {
    let tenant = leased.job.tenant_id.as_str();
    let grant = grants::by_id(&core.store, tenant, &leased.job.body).await?;
    let usable = grant.filter(|grant| matches!(grant.state, GrantState::Held | GrantState::Active));
    let Some(row) = usable else {
        core.store.write(leased.complete()).await?;
        return Ok(());
    };
    if let Some(until) = left_in_peace(core, leased).await? {
        core.store.write(leased.at(until)).await?;
        return Ok(());
    }
    let connection = match begin(core, leased).await? {
        Begun::Counted(connection) => *connection,
        Begun::Gone => {
            core.store.write(leased.complete()).await?;
            return Ok(());
        }
        Begun::Waits(until) => {
            core.store.write(leased.at(until)).await?;
            return Ok(());
        }
    };
    let asked = Asked::of(&connection);
    let stored = Stored::of(core, &connection).await?;
    let begun = upkeep::of(&connection);
    let last = begun.last_refreshed_at.filter(|_| !begun.anew);
    let want = stored.want(&asked, reach(core, &connection, &asked), last, core.clock.now());
    let (fetched, kept) = leased.held(core, from_provider(core, &row, &connection.mode, &want)).await?;
    if let Some(institution) = &connection.institution_id {
        let silent = matches!(fetched, Err(FetchProblem::InstitutionUnavailable));
        core.institutions
            .told(tenant, &connection.mode, institution, !silent, core.clock.now());
    }
    let fetched = fetched.map(|brought| Brought {
        accounts: keep(&asked, &want.reach, brought.accounts),
        ..brought
    });
    let there = match &fetched {
        Ok(brought) => There::of(core, &connection, &stored, brought).await?,
        Err(_) => There::default(),
    };
    let mut state = row.state;
    for _ in 0..WRITES {
        let Some(connection) = connections::by_id(&core.store, tenant, &leased.job.subject).await? else {
            break;
        };
        let mut unit = Unit::new();
        let mut told = Vec::new();
        let now = core.clock.now();
        let before = upkeep::of(&connection);
        let terms = upkeep::terms(core, &connection, upkeep::USUAL_REMINDER_DAYS);
        let (event, mut after, again) = match &fetched {
            Ok(brought) => {
                let (statements, moved) = rows(core, &connection, &stored, &there, brought);
                unit.extend(statements);
                unit.extend(insights::again(core, &connection).await?);
                told.push(EventKind::DataUpdated {
                    first: before.last_refreshed_at.is_none(),
                    accounts: moved.accounts,
                    transactions: want.reach.transactions.is_some().then_some(moved.transactions),
                });
                if let Some(grant) = &brought.grant {
                    unit.push(reseal(core, &kept, grant).1);
                }
                let mut after = before.refreshed(&terms, now);
                after.anew &= !begun.anew;
                (Event::DataIn { one_off: !asked.recurring }, after, None)
            }
            Err(problem) => {
                tracing::info!(connection = connection.id, provider = row.provider, ?problem, "a fetch failed");
                failed(&before, *problem, &terms, now)
            }
        };
        after.next_refresh_at = after.next_refresh_at.filter(|_| asked.recurring);
        let again = again.filter(|_| after.next_refresh_at.is_none());
        let recorded = record::record_with(core, &connection, &[event], told, |row| row.upkeep = upkeep::text(&after));
        if let Ok(Brought { accounts, .. }) = &fetched
            && replace::becomes_active(&connection, &recorded.row)
        {
            let has: Vec<_> = accounts
                .iter()
                .map(|account| Known {
                    provider_ref: account.provider_ref.clone(),
                    iban: account.iban.clone(),
                })
                .collect();
            unit.extend(replace::older(core, &recorded.row, &has).await?);
        }
        unit.extend(recorded.statements);
        // The grant may have been given back while its data were fetched: then they must not be kept.
        unit.push(grants::set_state(tenant, &row.id, state, state, core.clock.now().0));
        unit.push(again.map_or_else(|| leased.complete(), |at| leased.at(at)));
        match core.store.write(unit).await {
            Ok(()) => {
                core.moved.tell(&connection.id);
                return Ok(());
            }
            Err(error) if error.conflict() == Some(Conflict::Stale) => match grants::by_id(&core.store, tenant, &row.id).await? {
                Some(grant) if matches!(grant.state, GrantState::Held | GrantState::Active) => state = grant.state,
                _ => {
                    core.store.write(leased.complete()).await?;
                    return Ok(());
                }
            },
            Err(error) => return Err(error.into()),
        }
    }
    Err(FetchError::Contended)
}

/// Until when the institution is left in peace, if it is: a fetch that is not made is not counted.
async fn left_in_peace(core: &Core, leased: &Leased) -> Result<Option<Timestamp>, FetchError> {
    let (tenant, id) = (leased.job.tenant_id.as_str(), leased.job.subject.as_str());
    let row = connections::by_id(&core.store, tenant, id).await?;
    let left = row.and_then(|row| {
        let institution = row.institution_id?;
        core.institutions.enter(tenant, &row.mode, &institution, core.clock.now()).err()
    });
    Ok(left.map(|left| left.until))
}

/// Whether a fetch may begin.
enum Begun {
    /// It is counted: the connection as it is then.
    Counted(Box<ConnectionRow>),
    /// There is no such connection any more.
    Gone,
    /// The institution's limit for the day is used up until then, whoever asks: also for a fetch that a dead worker has begun.
    Waits(Timestamp),
}

/// Counts the fetch.
async fn begin(core: &Core, leased: &Leased) -> Result<Begun, FetchError> {
    let (tenant, id) = (leased.job.tenant_id.as_str(), leased.job.subject.as_str());
    for _ in 0..WRITES {
        let Some(row) = connections::by_id(&core.store, tenant, id).await? else {
            return Ok(Begun::Gone);
        };
        let terms = upkeep::terms(core, &row, upkeep::USUAL_REMINDER_DAYS);
        if let Err(until) = upkeep::of(&row).allowance(terms.limit, core.clock.now()) {
            return Ok(Begun::Waits(until));
        }
        let counted = ConnectionRow {
            upkeep: upkeep::text(&upkeep::of(&row).fetching(core.clock.now())),
            version: row.version + 1,
            ..row.clone()
        };
        match core.store.write(connections::compare_and_set(&counted, row.version)).await {
            Ok(()) => return Ok(Begun::Counted(Box::new(counted))),
            Err(error) if error.conflict() == Some(Conflict::Stale) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(FetchError::Contended)
}

/// What a failed fetch means, and when it is made again if the grant's first data are still to come. An answer that makes no sense is
/// trouble that may pass, where there were good ones before it; and trouble passes no more when the consent's time is over.
fn failed(before: &Upkeep, problem: FetchProblem, terms: &Terms, now: Timestamp) -> (Event, Upkeep, Option<Timestamp>) {
    use FetchProblem as P;
    let over = terms.consent_ends.is_some_and(|ends| now >= ends);
    let problem = match problem {
        P::InstitutionUnavailable | P::ProviderUnavailable | P::Suspended if over => P::ConsentExpired,
        P::Broken if before.last_refreshed_at.is_some() && before.failures + 1 < NONSENSE => P::InstitutionUnavailable,
        other => other,
    };
    let final_ = matches!(problem, P::LoginRequired | P::ConsentExpired | P::Revoked | P::Broken);
    let after = before.failed(terms, final_, now);
    let again = after.first_again(terms, now).filter(|_| !final_);
    (Event::FetchFailed(problem), after, again)
}

/// Fetches with a grant; one that its provider renews is kept before it is used. Two renewals in a row are no way on.
///
/// Gives the grant's row as it is stored by then.
async fn from_provider(
    core: &Core,
    row: &GrantRow,
    mode: &str,
    want: &Want,
) -> Result<(Result<Brought, FetchProblem>, GrantRow), FetchError> {
    let mut kept = row.clone();
    let (Some(mut grant), Some(provider)) = (open(core, row), core.providers.get(&row.provider)) else {
        return Ok((Err(FetchProblem::Broken), kept));
    };
    for _ in 0..2 {
        let cx = core.cx(&row.tenant_id, mode, &row.provider, None).await?;
        match provider.fetch(&cx, &grant, want).await {
            Ok(Fetched::Data(brought)) => return Ok((Ok(brought), kept)),
            Ok(Fetched::Renewed(renewed)) => {
                let (next, statement) = reseal(core, &kept, &renewed);
                core.store.write(statement).await?;
                (grant, kept) = (renewed, next);
            }
            Err(problem) => return Ok((Err(problem), kept)),
        }
    }
    Ok((Err(FetchProblem::LoginRequired), kept))
}

/// Keeps another content of a grant in its row: the row as it is then, and what writes it.
fn reseal(core: &Core, row: &GrantRow, grant: &Grant) -> (GrantRow, Statement) {
    let after = GrantRow {
        sealed: seal_grant(core, &row.tenant_id, &row.id, grant),
        updated_at: core.clock.now().0,
        ..row.clone()
    };
    let statement = grants::reseal(&after, &row.sealed);
    (after, statement)
}

pub(super) fn day(at: Timestamp) -> String {
    at.rfc3339().chars().take(10).collect()
}

pub(super) fn before(at: Timestamp, days: i64) -> String {
    day(Timestamp(at.0 - days * 86_400 * 1_000_000))
}

/// The first day of the transactions of a connection that was never fetched, `YYYY-MM-DD`, UTC.
pub fn first_day(asked: &Asked, now: Timestamp) -> String {
    asked.start_date.clone().unwrap_or_else(|| before(now, DAYS))
}

/// What was asked for, as far as the institution's route offers it.
fn reach(core: &Core, connection: &ConnectionRow, asked: &Asked) -> Reach {
    let directory = core.directory(&connection.tenant_id, &connection.mode);
    let institution = connection.institution_id.as_deref().and_then(|id| directory.get(id));
    let route = institution.and_then(|institution| {
        let through = |route: &&Route| Some(route.provider.as_str()) == connection.provider.as_deref();
        institution.routes.iter().find(through)
    });
    asked.reach(&route.map(|route| route.offers.clone()).unwrap_or_default())
}
