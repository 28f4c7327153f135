//! What providers tell us by themselves becomes something that happened to a connection.
//!
//! **Contract.** Nothing is done before the provider has said that the call is its own. A call that is refused changes nothing and is
//! logged by its reason, never by its content. The same news twice come to the same.

use crate::connect::calls::{self, Given};
use crate::connect::state::{self, CommitError, Loaded, With, commit};
use crate::connections::{read, record, refresh, revoke, upkeep};
use crate::core::Core;
use crate::jobs;
use crate::providers::{Held, Hook, HookRefused, News};
use crate::store::connections::{self, ConnectionRow};
use crate::store::{Conflict, Statement, Unavailable, Unit, WriteError, sessions};
use crate::tenants::Mode;
use axum::body::Bytes;
use axum::http::HeaderMap;
use gesher_contract::{FailureCode, TenantTag};
use gesher_domain::Timestamp;
use gesher_domain::connection::{Event, FetchProblem, stands};
use gesher_domain::session::{Leaving, Returned, State};
use std::sync::Arc;

/// Attempts at writing against others who write the same connection or session.
const WRITES: u32 = 5;

/// The address that was called.
#[derive(Clone, Debug)]
pub struct Place {
    /// The provider's name.
    pub provider: String,
    /// The tenant's tag.
    pub tenant: TenantTag,
    /// `test` or `live`.
    pub mode: Mode,
    /// The connection, where the address names one.
    pub connection: Option<String>,
    /// The query, as it came.
    pub query: Option<String>,
}

/// Why a call came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum HookError {
    /// There is no such provider, tenant or connection.
    #[error("not_found")]
    NotFound,
    /// It is not the provider's.
    #[error(transparent)]
    Refused(#[from] HookRefused),
    /// It could not be read or written now.
    #[error("unavailable: {0}")]
    Unavailable(String),
}

impl From<Unavailable> for HookError {
    fn from(error: Unavailable) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl From<WriteError> for HookError {
    fn from(error: WriteError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

/// Hears a provider.
///
/// # Errors
/// [`HookError`]; nothing was changed.
pub async fn hear(core: &Arc<Core>, place: &Place, headers: HeaderMap, body: Bytes) -> Result<(), HookError> {
    let provider = core.providers.get(&place.provider).ok_or(HookError::NotFound)?;
    let (tenant, mode) = (place.tenant.as_str(), place.mode.as_str());
    let cx = core.cx(tenant, mode, &place.provider, None).await;
    let cx = cx.map_err(|error| HookError::Unavailable(error.to_string()))?;
    let mut url = place.connection.as_ref().map_or_else(|| cx.hooks.clone(), |id| cx.hook_of(id));
    if let Some(query) = &place.query {
        url = format!("{url}?{query}");
    }
    let hook = Hook { headers, body, url };
    let subject = place
        .connection
        .clone()
        .or_else(|| provider.subject(&hook))
        .ok_or(HookError::NotFound)?;
    let connection = of(core, place, &subject).await?;
    let attempt = attempt(core, &connection).await?;
    let grant = refresh::in_use(core, tenant, &connection.id)
        .await?
        .and_then(|row| revoke::open(core, &row));
    let leg = attempt.as_ref().and_then(|loaded| state::leg(core, &loaded.row));
    let held = Held {
        grant: grant.as_ref(),
        leg: leg.as_ref(),
    };
    let news = provider.hear(&cx, &hook, &held).await?;
    tracing::info!(
        connection = connection.id,
        provider = place.provider,
        ?news,
        "a provider told of a connection"
    );
    match (news, attempt) {
        (News::Nothing, _) => Ok(()),
        (News::Moved, Some(attempt)) => ask_now(core, attempt).await,
        (News::Ended(code), Some(attempt)) => end(core, attempt, code).await,
        (News::Moved | News::Ended(_), None) => Ok(()),
        (News::Data, _) => fetch(core, &connection).await,
        (News::Works, _) => happened(core, &connection, Some(Event::Repaired), None, true).await,
        (News::Trouble(problem), _) => happened(core, &connection, Some(Event::FetchFailed(problem)), None, false).await,
        (News::Ends(at), _) => happened(core, &connection, None, Some(at), false).await,
        (News::Noticed(reason), _) => happened(core, &connection, Some(Event::Noticed(reason)), None, false).await,
    }
}

/// The connection, if it is this tenant's, in this mode, and not with another provider.
async fn of(core: &Core, place: &Place, id: &str) -> Result<ConnectionRow, HookError> {
    let row = connections::by_id(&core.store, place.tenant.as_str(), id).await?;
    let here = |row: &ConnectionRow| {
        let same = row.provider.as_ref().is_none_or(|provider| *provider == place.provider);
        row.mode == place.mode.as_str() && same
    };
    row.filter(here).ok_or(HookError::NotFound)
}

/// The attempt that is under way, if one is.
async fn attempt(core: &Core, connection: &ConnectionRow) -> Result<Option<Loaded>, HookError> {
    let rows = sessions::of_connection(&core.store, &connection.tenant_id, &connection.id).await?;
    for row in rows.into_iter().rev() {
        match state::from_row(core, row).await {
            Ok(loaded) if !loaded.session.is_over(core.clock.now()) => return Ok(Some(loaded)),
            Ok(_) => {}
            Err(error) => return Err(HookError::Unavailable(error.to_string())),
        }
    }
    Ok(None)
}

/// Whoever waits for the provider is answered now.
async fn ask_now(core: &Arc<Core>, attempt: Loaded) -> Result<(), HookError> {
    let State::Waiting(waiting) = &attempt.session.state else {
        return Ok(());
    };
    let due = waiting.next_poll.max(core.clock.now());
    let Ok(moved) = attempt.session.clone().poll_due(due) else {
        return Ok(());
    };
    let call = moved.call();
    match commit(core, &attempt, moved, With::default()).await {
        Ok(after) => {
            if let Some((call, attempt)) = call {
                drop(calls::start(core, &after, call, attempt, Given::Nothing));
            }
            Ok(())
        }
        // It was asked meanwhile.
        Err(CommitError::Stale) => Ok(()),
        Err(CommitError::Unavailable(error)) => Err(HookError::Unavailable(error)),
    }
}

/// The person will not come back with an access: their document says so without waiting for them.
async fn end(core: &Core, attempt: Loaded, code: FailureCode) -> Result<(), HookError> {
    let State::Leaving(Leaving { launch: Some(launch), .. }) = &attempt.session.state else {
        return Ok(());
    };
    let (browser, hash) = (launch.browser, launch.state);
    let ended = attempt
        .session
        .clone()
        .returned(&browser, &hash, Returned::Error(code.failure()), core.clock.now());
    let Ok(moved) = ended else { return Ok(()) };
    match commit(core, &attempt, moved, With::default()).await {
        Ok(_) | Err(CommitError::Stale) => Ok(()),
        Err(CommitError::Unavailable(error)) => Err(HookError::Unavailable(error)),
    }
}

/// Fetches, unless that is under way or the institution's limit for the day leaves none.
async fn fetch(core: &Core, connection: &ConnectionRow) -> Result<(), HookError> {
    if let Some(statement) = fetching(core, connection).await? {
        core.store.write(statement).await?;
        core.work.notify_one();
    }
    Ok(())
}

async fn fetching(core: &Core, connection: &ConnectionRow) -> Result<Option<Statement>, HookError> {
    let (tenant, id) = (connection.tenant_id.as_str(), connection.id.as_str());
    let terms = upkeep::terms(core, connection, upkeep::USUAL_REMINDER_DAYS);
    let allowed = upkeep::of(connection).allowance(terms.limit, core.clock.now()).is_ok();
    if !allowed || !stands(read::status(connection)) {
        return Ok(None);
    }
    let grant = refresh::in_use(core, tenant, id).await?;
    Ok(grant.map(|grant| jobs::refresh_if_idle(core, tenant, id, &grant.id)))
}

/// Takes what happened into the connection.
async fn happened(
    core: &Core,
    connection: &ConnectionRow,
    event: Option<Event>,
    ends: Option<Timestamp>,
    works: bool,
) -> Result<(), HookError> {
    let mut row = connection.clone();
    for _ in 0..WRITES {
        let before = upkeep::of(&row);
        let terms = upkeep::terms(core, &row, upkeep::USUAL_REMINDER_DAYS);
        let final_ = matches!(
            event,
            Some(Event::FetchFailed(
                FetchProblem::LoginRequired | FetchProblem::ConsentExpired | FetchProblem::Revoked
            ))
        );
        let recorded = record::record(core, &row, event.as_slice(), |row| {
            if final_ {
                row.upkeep = upkeep::text(&before.failed(&terms, true, core.clock.now()));
            }
            if let Some(at) = ends {
                row.expires_at = Some(at.0);
            }
        });
        let after = recorded.row.clone();
        let mut unit = Unit::from(recorded.statements);
        if works {
            unit.extend(fetching(core, &after).await?);
        }
        match core.store.write(unit).await {
            Ok(()) => {
                core.work.notify_one();
                core.moved.tell(&row.id);
                return Ok(());
            }
            Err(error) if error.conflict() == Some(Conflict::Stale) => {
                let again = connections::by_id(&core.store, &row.tenant_id, &row.id).await?;
                row = again.ok_or(HookError::NotFound)?;
            }
            Err(error) => return Err(error.into()),
        }
    }
    Err(HookError::Unavailable("others kept writing the connection".to_owned()))
}
