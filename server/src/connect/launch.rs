//! The way to the bank and back.
//!
//! **Goal.** Whoever comes back from the bank is the browser that went there, from the document that was live, with the
//! `state` of its last launch. **Contract.** [`launch`] commits the launch before the provider hears of it, and gives the
//! bank's address once what the provider has to remember is stored. [`returned`] makes every check before anything is sent:
//! a return that is not the launch's changes nothing but the audit log.

use super::calls::{self, Given};
use super::state::{self, CommitError, Loaded, With, commit};
use super::{doors, psu};
use crate::core::Core;
use crate::jobs;
use crate::providers::{BankAddress, Failed, Landed, Launch, Leg, PsuContext, ReturnParams, Unreadable, WrongReturn};
use crate::store::audit::{self, AuditRow};
use crate::store::{Unavailable, sessions, tenants};
use crate::tenants::fingerprint;
use gesher_app::backend::SessionRef;
use gesher_contract::{Failure, FailureCode, Language, LocalizedText, SessionId, TenantTag};
use gesher_domain::session::{Leaving, Moved, Refusal, Returned, RouteRef, State};
use gesher_domain::{BrowserHash, Hash32, InstanceHash, StateHash, new_secret, new_uuid};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use url::Url;

/// Attempts at writing against others who write the same session.
const WRITES: u32 = 8;

/// A launched leg: what the page between us and the bank shows, and where it goes on to.
pub struct Launched {
    /// The bank's address.
    pub address: BankAddress,
    /// The language of the page.
    pub language: Language,
    /// Who asks.
    pub tenant_name: String,
    /// The bank.
    pub institution: LocalizedText,
}

/// Why nobody was sent to the bank.
#[derive(Debug, thiserror::Error)]
pub enum LaunchError {
    /// The session does not allow it: the document shows what is. [`Refusal::NotYours`] also for another browser than the one
    /// that launched first.
    #[error("{0}")]
    Refused(Refusal),
    /// The bank could not be reached, or refused: the session has failed, and its document says so.
    #[error("{}", .0.code.as_str())]
    Failed(Failure),
    /// Another launch, or the session's end, came in between.
    #[error("overtaken")]
    Overtaken,
    /// The session or the database cannot be read.
    #[error("broken")]
    Broken,
}

/// What is stored of a browser's cookie.
pub fn browser_hash(cookie: &str) -> BrowserHash {
    BrowserHash(Hash32(Sha256::digest(cookie.as_bytes()).into()))
}

/// Where a bank sends browsers back to: an address for each tenant, provider and bank, so that what one bank sends back is
/// never taken for another's.
pub fn return_url(core: &Core, tenant: &TenantTag, route: &RouteRef) -> Option<String> {
    let mut url = Url::parse(&core.url).ok()?;
    url.path_segments_mut()
        .ok()?
        .pop_if_empty()
        .extend(["callback", tenant.as_str(), &route.provider, &route.provider_id]);
    Some(url.into())
}

/// Sends the live document's browser to the bank. A person who goes away meanwhile does not cut it off.
///
/// # Errors
/// [`LaunchError`].
pub async fn launch(core: &Arc<Core>, at: &SessionRef, browser: BrowserHash) -> Result<Launched, LaunchError> {
    let task = core.tasks.spawn(run(core.clone(), at.clone(), browser, psu::current()));
    task.await.unwrap_or(Err(LaunchError::Broken))
}

async fn run(core: Arc<Core>, at: SessionRef, browser: BrowserHash, psu: Option<PsuContext>) -> Result<Launched, LaunchError> {
    let secret = new_secret(&*core.rng);
    let hash = StateHash(Hash32(Sha256::digest(secret.as_bytes()).into()));
    let loaded = intend(&core, &at, browser, hash).await?;
    let route = loaded.session.state.route().cloned().ok_or(LaunchError::Broken)?;
    let tenant = tenants::by_id(&core.store, &loaded.row.tenant_id)
        .await
        .map_err(|error| broken(&error))?
        .ok_or(LaunchError::Broken)?;
    let (address, leg) = match reach(&core, &loaded, &route, secret, psu).await {
        Ok(made) => made,
        Err(failed) => return Err(fail(&core, &at, browser, hash, failed).await),
    };
    keep(&core, &at, &route, hash, leg).await?;
    Ok(Launched {
        address,
        language: calls::language(&loaded),
        tenant_name: tenant.name,
        institution: core
            .directory
            .get(&route.institution)
            .map(|institution| institution.name.clone())
            .unwrap_or_default(),
    })
}

fn broken(error: &dyn std::fmt::Display) -> LaunchError {
    tracing::error!(%error, "a launch could not be read or written");
    LaunchError::Broken
}

async fn load(core: &Core, at: &SessionRef) -> Result<Loaded, LaunchError> {
    state::load(core, &at.tenant, &at.id).await.map_err(|error| broken(&error))
}

/// Commits the launch.
async fn intend(core: &Core, at: &SessionRef, browser: BrowserHash, hash: StateHash) -> Result<Loaded, LaunchError> {
    let instance = InstanceHash(Hash32(doors::instance_hash(&at.instance)));
    for _ in 0..WRITES {
        let loaded = load(core, at).await?;
        let moved = loaded
            .session
            .clone()
            .launch(&instance, browser, hash, core.clock.now())
            .map_err(|refused| LaunchError::Refused(refused.why))?;
        match commit(core, &loaded, moved, With::default()).await {
            Ok(after) => return Ok(after),
            Err(CommitError::Stale) => {}
            Err(error) => return Err(broken(&error)),
        }
    }
    Err(LaunchError::Overtaken)
}

async fn reach(
    core: &Core,
    loaded: &Loaded,
    route: &RouteRef,
    secret: String,
    psu: Option<PsuContext>,
) -> Result<(BankAddress, Leg), Failed> {
    let provider = core.providers.get(&route.provider).ok_or(FailureCode::Internal)?;
    let leg = state::leg(core, &loaded.row).ok_or(FailureCode::Internal)?;
    let launch = Launch {
        state: secret.into(),
        return_url: return_url(core, &loaded.session.tenant, route).ok_or(FailureCode::Internal)?,
    };
    provider.launch(&core.cx(psu), leg, &launch).await
}

/// Whether the session is still at this launch.
fn is_at(loaded: &Loaded, hash: StateHash) -> bool {
    matches!(&loaded.session.state, State::Leaving(Leaving { launch: Some(launch), .. }) if launch.state == hash)
}

/// Stores what the provider has to remember, unless the launch is void by now: then it is taken back.
async fn keep(core: &Core, at: &SessionRef, route: &RouteRef, hash: StateHash, leg: Leg) -> Result<(), LaunchError> {
    for _ in 0..WRITES {
        let loaded = load(core, at).await?;
        if !is_at(&loaded, hash) {
            break;
        }
        let same = Moved {
            session: loaded.session.clone(),
            effects: Vec::new(),
        };
        let with = With {
            leg: Some(leg.clone()),
            ..With::default()
        };
        match commit(core, &loaded, same, with).await {
            Ok(_) => return Ok(()),
            Err(CommitError::Stale) => {}
            Err(error) => return Err(broken(&error)),
        }
    }
    let cancel = jobs::cancel(core, at.tenant.as_str(), &route.provider, &leg);
    core.store.write(cancel).await.map_err(|error| broken(&error))?;
    core.work.notify_one();
    Err(LaunchError::Overtaken)
}

/// The launch failed: so has the session, unless it has gone on without it.
async fn fail(core: &Core, at: &SessionRef, browser: BrowserHash, hash: StateHash, failed: Failed) -> LaunchError {
    let failure = failed.code.failure();
    tracing::info!(session = %at.id, code = failed.code.as_str(), "a launch failed");
    for _ in 0..WRITES {
        let loaded = match load(core, at).await {
            Ok(loaded) => loaded,
            Err(error) => return error,
        };
        let ended = loaded
            .session
            .clone()
            .returned(&browser, &hash, Returned::Error(failure), core.clock.now());
        let Ok(moved) = ended else { return LaunchError::Overtaken };
        match commit(core, &loaded, moved, With::default()).await {
            Ok(_) => return LaunchError::Failed(failure),
            Err(CommitError::Stale) => {}
            Err(error) => return broken(&error),
        }
    }
    LaunchError::Broken
}

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
    #[error(transparent)]
    Bad(#[from] BadReturn),
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
            Err(bad) => {
                audit(core, arrival, found.as_ref(), bad).await?;
                return Err(bad.into());
            }
        };
        let Accepted { loaded, moved, params } = accepted;
        let call = moved.call();
        match commit(core, &loaded, moved, With::default()).await {
            Ok(after) => {
                if let Some((call, attempt)) = call {
                    calls::make(core, &after, call, attempt, Given::Returned(params)).await;
                }
                return Ok(after.session.id);
            }
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
    let Some(row) = sessions::by_bank_state(&core.store, arrival.tenant.as_str(), &fingerprint(secret)).await? else {
        return Ok((None, Err(BadReturn::UnknownState)));
    };
    let loaded = state::from_row(core, row)
        .await
        .map_err(|error| ReturnError::Broken(error.to_string()))?;
    let hash = StateHash(Hash32(Sha256::digest(secret.as_bytes()).into()));
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

/// Writes down what came and why it was refused, never with what.
async fn audit(core: &Core, arrival: &Arrival<'_>, found: Option<&Loaded>, bad: BadReturn) -> Result<(), ReturnError> {
    // An address may name a tenant that is not there; nobody reads its log.
    if tenants::by_id(&core.store, arrival.tenant.as_str()).await?.is_none() {
        return Ok(());
    }
    tracing::warn!(tenant = %arrival.tenant, why = %bad, "a return from a bank was refused");
    let row = AuditRow {
        tenant_id: arrival.tenant.to_string(),
        id: format!("audit_{:032x}", new_uuid(&*core.clock, &*core.rng)),
        at: core.clock.now().0,
        actor: "browser".to_owned(),
        action: "bank_return.refused".to_owned(),
        subject: found.map(|loaded| loaded.row.connection_id.clone()).unwrap_or_default(),
        detail: json!({ "why": bad.to_string() }).to_string(),
    };
    core.store
        .write(audit::insert(&row))
        .await
        .map_err(|error| ReturnError::Broken(error.to_string()))
}
