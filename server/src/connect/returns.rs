//! The way back from the bank.
//!
//! **Goal.** Whoever comes back is the browser that was sent, with the `state` of its last launch. **Contract.**
//! [`returned`] makes every check before anything is sent: a return that is not the launch's changes nothing but the audit
//! log. One that comes in another browser than the one that was sent ends the attempt: somebody else was at the bank, and
//! what was authorised there is taken back.

use super::calls::{self, Given};
use super::launch::{browser_hash, state_hash};
use super::psu;
use super::state::{self, CommitError, Loaded, With, commit};
use crate::core::Core;
use crate::providers::{Landed, PsuContext, ReturnParams, Unreadable, WrongReturn};
use crate::store::audit::{self, AuditRow};
use crate::store::{Statement, Unavailable, sessions, tenants};
use gesher_contract::{SessionId, TenantTag};
use gesher_domain::session::{Leaving, Moved, Returned, State};
use gesher_domain::{StateHash, new_uuid};
use serde_json::json;
use std::sync::Arc;

/// Attempts at writing against others who write the same session.
const WRITES: u32 = 8;

/// A browser that comes to one of our return addresses.
pub struct Arrival<'a> {
    /// The tenant in the address.
    pub tenant: &'a TenantTag,
    /// The provider in the address.
    pub provider: &'a str,
    /// The bank in the address, by the provider's id.
    pub provider_id: &'a str,
    /// The query, as it came.
    pub query: &'a str,
    /// The cookie that this browser has for a session: that of its launch.
    pub cookie: &'a (dyn Fn(&SessionId) -> Option<String> + Sync),
}

/// A return that is not the launch's. Nothing was sent because of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadReturn {
    /// It has no `state`.
    #[error("no_state")]
    NoState,
    /// Its `state` is empty.
    #[error("empty_state")]
    EmptyState,
    /// A parameter stands in it twice.
    #[error("doubled_parameter")]
    Doubled,
    /// It is too long to be read.
    #[error("too_long")]
    TooLong,
    /// No launch of this tenant had this `state`, or a later launch made it void.
    #[error("unknown_state")]
    UnknownState,
    /// It came to the address of another provider or bank.
    #[error("other_provider")]
    OtherProvider,
    /// The `state` has done its work, or the attempt is over.
    #[error("used_state")]
    Used,
    /// It comes from another browser than the one that was sent.
    #[error("other_browser")]
    OtherBrowser,
    /// It comes too late.
    #[error("expired_state")]
    Expired,
    /// It names another issuer.
    #[error("wrong_issuer")]
    WrongIssuer,
    /// Its issuer promised to name itself, and does not.
    #[error("no_issuer")]
    NoIssuer,
    /// There is nothing in it to go on with.
    #[error("incomplete")]
    Incomplete,
}

/// Why a return leads nowhere.
#[derive(Debug, thiserror::Error)]
pub enum ReturnError {
    /// It is not the launch's.
    #[error("{why}")]
    Bad {
        /// Why.
        why: BadReturn,
        /// The session that its `state` belongs to, or belonged to, where there is one.
        session: Option<SessionId>,
    },
    /// The session or the database cannot be read or written.
    #[error("the return could not be taken: {0}")]
    Broken(String),
}

impl From<Unavailable> for ReturnError {
    fn from(error: Unavailable) -> Self {
        Self::Broken(error.to_string())
    }
}

/// Takes a return: the session goes on, and its document shows how. Gives the session.
///
/// # Errors
/// [`ReturnError`].
pub async fn returned(core: &Arc<Core>, arrival: &Arrival<'_>) -> Result<SessionId, ReturnError> {
    for _ in 0..WRITES {
        let (found, checked) = examine(core, arrival).await?;
        let accepted = match checked {
            Ok(accepted) => accepted,
            Err(bad) => match refuse(core, arrival, found.as_ref(), bad).await {
                Ok(()) => {
                    let session = found.map(|loaded| loaded.session.id);
                    return Err(ReturnError::Bad { why: bad, session });
                }
                Err(CommitError::Stale) => continue,
                Err(CommitError::Unavailable(error)) => return Err(ReturnError::Broken(error)),
            },
        };
        // A person who closes the page meanwhile does not cut it off between the commit and the call.
        let taken = core.tasks.spawn(take(core.clone(), accepted, psu::current())).await;
        match taken.map_err(|error| ReturnError::Broken(error.to_string()))? {
            Ok(session) => return Ok(session),
            Err(CommitError::Stale) => {}
            Err(CommitError::Unavailable(error)) => return Err(ReturnError::Broken(error)),
        }
    }
    Err(ReturnError::Broken("others kept writing the session".to_owned()))
}

/// A return that passed every check.
struct Accepted {
    loaded: Loaded,
    moved: Moved,
    params: ReturnParams,
}

/// Commits a return and makes the call that it asks for.
async fn take(core: Arc<Core>, accepted: Accepted, psu: Option<PsuContext>) -> Result<SessionId, CommitError> {
    let Accepted { loaded, moved, params } = accepted;
    let call = moved.call();
    let after = commit(&core, &loaded, moved, With::default()).await?;
    if let Some((call, attempt)) = call {
        let made = calls::make(&core, &after, call, attempt, Given::Returned(params));
        match psu {
            Some(psu) => psu::with(psu, made).await,
            None => made.await,
        }
    }
    Ok(after.session.id)
}

/// Every check, in order. The session is given too where one was found.
async fn examine(core: &Core, arrival: &Arrival<'_>) -> Result<(Option<Loaded>, Result<Accepted, BadReturn>), ReturnError> {
    let params = match ReturnParams::parse(arrival.query) {
        Ok(params) => params,
        Err(Unreadable::Doubled) => return Ok((None, Err(BadReturn::Doubled))),
        Err(Unreadable::TooLong) => return Ok((None, Err(BadReturn::TooLong))),
    };
    let secret = match params.get("state") {
        None => return Ok((None, Err(BadReturn::NoState))),
        Some("") => return Ok((None, Err(BadReturn::EmptyState))),
        Some(secret) => secret,
    };
    let Some(row) = sessions::by_bank_state(&core.store, arrival.tenant.as_str(), &state_hash(secret).0.0).await? else {
        return Ok((None, Err(BadReturn::UnknownState)));
    };
    let loaded = state::from_row(core, row)
        .await
        .map_err(|error| ReturnError::Broken(error.to_string()))?;
    let hash = state_hash(secret);
    let checked = check(core, arrival, &loaded, hash, &params);
    let checked = checked.map(|moved| Accepted {
        loaded: loaded.clone(),
        moved,
        params,
    });
    Ok((Some(loaded), checked))
}

fn check(core: &Core, arrival: &Arrival<'_>, loaded: &Loaded, hash: StateHash, params: &ReturnParams) -> Result<Moved, BadReturn> {
    let now = core.clock.now();
    let session = &loaded.session;
    let State::Leaving(Leaving {
        attempt,
        launch: Some(launch),
    }) = &session.state
    else {
        return Err(BadReturn::Used);
    };
    let route = &attempt.route;
    if route.provider != arrival.provider || route.provider_id != arrival.provider_id {
        return Err(BadReturn::OtherProvider);
    }
    let browser = (arrival.cookie)(&session.id)
        .map(|cookie| browser_hash(&cookie))
        .filter(|browser| *browser == launch.browser)
        .ok_or(BadReturn::OtherBrowser)?;
    if now >= launch.until || session.is_over(now) {
        return Err(BadReturn::Expired);
    }
    let provider = core.providers.get(&route.provider).ok_or(BadReturn::OtherProvider)?;
    let leg = state::leg(core, &loaded.row).ok_or(BadReturn::Incomplete)?;
    let what = match provider.read_return(&leg, params) {
        Ok(Landed::GoOn) => Returned::Params,
        Ok(Landed::Failed(code)) => Returned::Error(code.failure()),
        Err(WrongReturn::Issuer) => return Err(BadReturn::WrongIssuer),
        Err(WrongReturn::NoIssuer) => return Err(BadReturn::NoIssuer),
        Err(WrongReturn::Incomplete) => return Err(BadReturn::Incomplete),
    };
    session.clone().returned(&browser, &hash, what, now).map_err(|_| BadReturn::Used)
}

/// Writes down what came and why it was refused, never with what; and ends the attempt that somebody else came back from.
async fn refuse(core: &Core, arrival: &Arrival<'_>, found: Option<&Loaded>, bad: BadReturn) -> Result<(), CommitError> {
    let tenant = tenants::by_id(&core.store, arrival.tenant.as_str()).await;
    // An address may name a tenant that is not there; nobody reads its log.
    if tenant.map_err(|error| CommitError::Unavailable(error.to_string()))?.is_none() {
        return Ok(());
    }
    tracing::warn!(tenant = %arrival.tenant, why = %bad, "a return from a bank was refused");
    let line = audit::insert(&AuditRow {
        tenant_id: arrival.tenant.to_string(),
        id: format!("audit_{:032x}", new_uuid(&*core.clock, &*core.rng)),
        at: core.clock.now().0,
        actor: "browser".to_owned(),
        action: "bank_return.refused".to_owned(),
        subject: found.map(|loaded| loaded.row.connection_id.clone()).unwrap_or_default(),
        detail: json!({ "why": bad.to_string() }).to_string(),
    });
    match found {
        Some(loaded) if bad == BadReturn::OtherBrowser => turn_away(core, loaded, line).await,
        _ => Ok(core.store.write(line).await?),
    }
}

/// Ends the attempt of a session that somebody else is at the bank for, together with the line that says so.
pub(super) async fn turn_away(core: &Core, loaded: &Loaded, line: Statement) -> Result<(), CommitError> {
    let Ok(moved) = loaded.session.clone().turned_away(core.clock.now()) else {
        return Ok(core.store.write(line).await?);
    };
    let (after, mut unit) = state::unit(core, loaded, &moved.session, &moved.effects, With::default()).await?;
    unit.push(line);
    core.store.write(unit).await?;
    state::written(core, &after);
    Ok(())
}
