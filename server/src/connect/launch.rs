//! The way to the bank. The way back is in [`super::returns`].
//!
//! **Goal.** Nobody can be sent to the bank on somebody else's behalf. **Contract.** Only the live document launches, and
//! only from one browser. [`launch`] commits the launch before the provider hears of it, and gives the bank's address once
//! what the provider has to remember is stored.

use super::state::{self, CommitError, Loaded, With, commit};
use super::{calls, doors, psu, returns, screens};
use crate::core::Core;
use crate::jobs;
use crate::providers::{BankAddress, Failed, Launch, Leg, PsuContext};
use crate::store::audit::{self, AuditRow};
use crate::tenants::branding::Face;
use gesher_app::backend::SessionRef;
use gesher_contract::{Failure, FailureCode, Language, LocalizedText, TenantTag, Tile};
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
    pub tenant: Arc<Face>,
    /// The bank.
    pub institution: Tile,
    /// Whether the host has an address for the person to come back to, so that the frame can be left behind.
    pub comes_back: bool,
}

/// What stands between a browser that does not say where its requests come from and the bank.
pub struct Doorstep {
    /// What the person has to type: their document shows it.
    pub digits: String,
    /// The language of the page.
    pub language: Language,
    /// Who asks.
    pub tenant: Arc<Face>,
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

/// What is stored of a `state`.
pub(super) fn state_hash(secret: &str) -> StateHash {
    StateHash(Hash32(Sha256::digest(secret.as_bytes()).into()))
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

/// Why a browser was not let through to a bank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TurnedAway {
    /// Another site's page sent it.
    #[error("cross_site")]
    CrossSite,
    /// It followed a link, which is not how our pages send anybody.
    #[error("link")]
    Link,
}

/// Somebody came to the launch of this document in a way that its own form does not: the address was handed on. The attempt
/// ends, and the audit log says why.
///
/// # Errors
/// [`LaunchError::Broken`].
pub async fn turn_away(core: &Core, at: &SessionRef, why: TurnedAway) -> Result<(), LaunchError> {
    tracing::warn!(session = %at.id, %why, "a launch was refused");
    for _ in 0..WRITES {
        let loaded = load(core, at).await?;
        let line = audit::insert(&AuditRow {
            tenant_id: at.tenant.to_string(),
            id: format!("audit_{:032x}", new_uuid(&*core.clock, &*core.rng)),
            at: core.clock.now().0,
            actor: "browser".to_owned(),
            action: "launch.refused".to_owned(),
            subject: loaded.row.connection_id.clone(),
            detail: json!({ "why": why.to_string() }).to_string(),
        });
        match returns::turn_away(core, &loaded, line).await {
            Ok(()) => return Ok(()),
            Err(CommitError::Stale) => {}
            Err(error) => return Err(broken(&error)),
        }
    }
    Err(LaunchError::Overtaken)
}

/// What the person of this document has to type first; nothing where nobody is about to go to a bank.
///
/// # Errors
/// [`LaunchError::Broken`].
pub async fn doorstep(core: &Core, at: &SessionRef) -> Result<Option<Doorstep>, LaunchError> {
    let loaded = load(core, at).await?;
    let State::Leaving(Leaving { attempt, .. }) = &loaded.session.state else {
        return Ok(None);
    };
    Ok(Some(Doorstep {
        digits: doors::digits(&at.instance, attempt.id.0),
        language: screens::language(at, &loaded),
        tenant: face(core, &loaded).await?,
        institution: name(core, &loaded, &attempt.route),
    }))
}

async fn face(core: &Core, loaded: &Loaded) -> Result<Arc<Face>, LaunchError> {
    let found = core.keys.face(&loaded.row.tenant_id).await;
    found.map_err(|error| broken(&error))?.ok_or(LaunchError::Broken)
}

fn name(core: &Core, loaded: &Loaded, route: &RouteRef) -> LocalizedText {
    let directory = core.directory(&loaded.row.tenant_id, &loaded.connection.mode);
    let institution = directory.get(&route.institution);
    institution.map(|institution| institution.names.localized()).unwrap_or_default()
}

async fn run(core: Arc<Core>, at: SessionRef, browser: BrowserHash, psu: Option<PsuContext>) -> Result<Launched, LaunchError> {
    let secret = new_secret(&*core.rng);
    let hash = state_hash(&secret);
    let loaded = intend(&core, &at, browser, hash).await?;
    let route = loaded.session.state.route().cloned().ok_or(LaunchError::Broken)?;
    let tenant = face(&core, &loaded).await?;
    let language = screens::language(&at, &loaded);
    let directory = core.directory(&loaded.row.tenant_id, &loaded.connection.mode);
    let institution = directory.get(&route.institution).ok_or(LaunchError::Broken)?;
    let institution = directory.tile(institution, language);
    let (address, leg) = match reach(&core, &loaded, &route, secret, psu).await {
        Ok(made) => made,
        Err(failed) => return Err(fail(&core, &at, browser, hash, failed).await),
    };
    keep(&core, &at, &route, hash, leg).await?;
    Ok(Launched {
        address,
        language,
        tenant,
        institution,
        comes_back: loaded.row.redirect_url.is_some(),
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
    let (tenant, mode) = (loaded.row.tenant_id.as_str(), loaded.connection.mode.as_str());
    let cx = core.cx(tenant, mode, &route.provider, psu).await.map_err(|error| {
        tracing::error!(%error, "a provider could not be called");
        FailureCode::Internal
    })?;
    calls::guarded(core, loaded, &route.institution, provider.launch(&cx, leg, &launch)).await
}

/// Whether the session is still at this launch.
fn is_at(loaded: &Loaded, hash: StateHash) -> bool {
    matches!(&loaded.session.state, State::Leaving(Leaving { launch: Some(launch), .. }) if launch.state == hash)
}

/// Stores what the provider has to remember, unless the launch is void by now: then it is taken back.
async fn keep(core: &Core, at: &SessionRef, route: &RouteRef, hash: StateHash, leg: Leg) -> Result<(), LaunchError> {
    let mut mode = String::new();
    for _ in 0..WRITES {
        let loaded = load(core, at).await?;
        mode.clone_from(&loaded.connection.mode);
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
    let cancel = jobs::cancel(core, at.tenant.as_str(), &mode, &route.provider, &leg);
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
