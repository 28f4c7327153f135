//! A link step that runs in a host's page: Plaid's Link, opened there with a link token of the session's own, and what comes of it.
//!
//! **Contract.** A link token belongs to one session. What the page brings is believed only where the provider tells of it in a visit
//! that such a token opened; then it goes through the session's machine as any attempt does: chosen, committed, redeemed once, sealed,
//! confirmed for the session's own customer. The session's live document is this side of it; a person at the hosted page who is in the
//! middle of something is not disturbed. In test mode a fake stands in for a tenant that has set no credentials: its script opens our
//! own frame, with a connect token that is written as Plaid's link tokens are.

use super::audience;
use super::calls::{self, Given};
use super::confirm::{self, ExchangeError};
use super::document::filter;
use super::state::{self, CommitError, LoadError, Loaded, With, commit};
use crate::connections::asked::Asked;
use crate::connections::fetch;
use crate::core::Core;
use crate::providers::{Cx, InPage, Landing, PageAsk, PageRefused, PageToken, Provider};
use crate::store::{WriteError, sessions, tenants};
use crate::tenants::credentials::Unreadable;
use crate::tenants::{Caller, Kind, Mode, fingerprint, mint, tag};
use gesher_contract::FailureCode;
use gesher_directory::{Filter, Narrowing, ProviderName};
use gesher_domain::session::{Completion, Moved, Refusal, Refused, RouteRef, Session, State, TAKEOVERS};
use gesher_domain::{Hash32, InstanceHash, Timestamp, new_secret};
use sha2::{Digest as _, Sha256};
use std::sync::Arc;

/// Attempts at writing against others who write the same session.
const WRITES: u32 = 4;
/// The provider whose widget hosts' pages open.
const PROVIDER: ProviderName = ProviderName::Plaid;
/// Characters of a request's id, as Plaid writes them.
const REQUEST_ID: usize = 15;

/// Why a link step does not go on.
#[derive(Debug, thiserror::Error)]
pub enum InPageError {
    /// The session is over.
    #[error("the session is over")]
    Over,
    /// Somebody is in the middle of something in another document.
    #[error("the session is under way elsewhere")]
    UnderWay,
    /// It went from one document to another too often.
    #[error("the session changed hands too often")]
    TooOften,
    /// The tenant has set nothing for the provider, and nothing stands in for it.
    #[error("the provider is not set up")]
    NotSetUp,
    /// The provider, or what the page brought.
    #[error(transparent)]
    Provider(#[from] PageRefused),
    /// The connection that the session was for stands already.
    #[error("it is linked already")]
    Linked,
    /// The person linked an institution that this connection may not be of.
    #[error("this institution cannot be had here")]
    Elsewhere,
    /// The attempt failed.
    #[error("the attempt failed: {}", .0.as_str())]
    Failed(FailureCode),
    /// Something of ours is broken.
    #[error("the link step could not be taken: {0}")]
    Broken(String),
}

impl From<Refused> for InPageError {
    fn from(refused: Refused) -> Self {
        match refused.why {
            Refusal::Over => Self::Over,
            Refusal::TooMany => Self::TooOften,
            Refusal::AlreadyUnderWay | Refusal::NotYours => Self::UnderWay,
            Refusal::NotAllowed => Self::Elsewhere,
            other => Self::Broken(other.to_string()),
        }
    }
}

impl From<LoadError> for InPageError {
    fn from(error: LoadError) -> Self {
        Self::Broken(error.to_string())
    }
}

impl From<Unreadable> for InPageError {
    fn from(error: Unreadable) -> Self {
        Self::Broken(error.to_string())
    }
}

impl From<WriteError> for InPageError {
    fn from(error: WriteError) -> Self {
        Self::Broken(error.to_string())
    }
}

/// Makes a link token for a session.
///
/// # Errors
/// [`InPageError`].
pub async fn link_token(core: &Core, mut loaded: Loaded) -> Result<PageToken, InPageError> {
    let provider = provider(core)?;
    let cx = cx(core, &loaded).await?;
    let set = provider.settings().iter();
    if set
        .filter(|setting| setting.required)
        .any(|setting| cx.settings.get(setting.name).is_none())
    {
        return own_token(core, &loaded, widget(provider)?).await;
    }
    for _ in 0..WRITES {
        let moved = entered(core, &loaded, core.clock.now())?;
        let tenant = tenants::by_id(&core.store, &loaded.row.tenant_id).await.ok().flatten();
        let ask = PageAsk {
            brand: tenant.map(|tenant| tenant.name),
            language: calls::language(&loaded),
            customer: calls::pseudonym(&loaded.connection),
            connection: loaded.connection.id.clone(),
            first_day: fetch::first_day(&Asked::of(&loaded.connection), cx.now),
        };
        let (token, leg) = widget(provider)?.open(&cx, &ask, state::leg(core, &loaded.row).as_ref()).await?;
        let with = With {
            leg: Some(leg),
            ..With::default()
        };
        match commit(core, &loaded, moved, with).await {
            Ok(_) => return Ok(token),
            Err(CommitError::Stale) => loaded = again(core, &loaded).await?,
            Err(CommitError::Unavailable(error)) => return Err(InPageError::Broken(error)),
        }
    }
    Err(InPageError::UnderWay)
}

/// A link token that opens our own frame; it takes the place of the session's connect token.
async fn own_token(core: &Core, loaded: &Loaded, widget: &dyn InPage) -> Result<PageToken, InPageError> {
    let session = &loaded.session;
    let stands_in = Mode::from_column(&loaded.connection.mode) == Mode::Test && widget.has_stand_in();
    if !stands_in || audience::has_no_frame(&loaded.row) {
        return Err(InPageError::NotSetUp);
    }
    if !session.lets_in(core.clock.now()) {
        return Err(InPageError::Over);
    }
    let token = mint(Kind::SandboxLink, &session.tenant, &*core.rng);
    let write = sessions::set_widget_token(session.tenant.as_str(), session.id.as_str(), &fingerprint(&token));
    core.store.write(write).await?;
    let ends = session.opens_until.unwrap_or(session.deadline);
    Ok(PageToken {
        token,
        expires_at: ends.rfc3339(),
        request_id: new_secret(&*core.rng).chars().take(REQUEST_ID).collect(),
    })
}

/// Takes what the page brought, and confirms the connection for the session's own customer.
///
/// # Errors
/// [`InPageError`]; [`ExchangeError`] as [`InPageError::Linked`] where it was used before.
pub async fn confirm(core: &Arc<Core>, loaded: Loaded, public_token: &str) -> Result<(), InPageError> {
    if matches!(loaded.session.state, State::Done { .. }) {
        return Err(InPageError::Linked);
    }
    let ours = [Kind::Public, Kind::SandboxPublic]
        .into_iter()
        .any(|kind| tag(kind, public_token).is_ok());
    if ours {
        if loaded.row.public_token_hash.as_deref() != Some(&fingerprint(public_token)) {
            return Err(PageRefused::NotOurs.into());
        }
        return exchange(core, &loaded, public_token).await;
    }
    let after = redeem(core, loaded, public_token).await?;
    match (&after.session.state, state::public_token(core, &after.row)) {
        (State::Confirming(_), Some(token)) => exchange(core, &after, &token).await,
        (State::Failed(failed), _) => Err(InPageError::Failed(failed.failure.code)),
        (State::Done { .. }, _) => Err(InPageError::Linked),
        _ => Err(InPageError::UnderWay),
    }
}

async fn exchange(core: &Core, loaded: &Loaded, public_token: &str) -> Result<(), InPageError> {
    let caller = Caller::keyless(loaded.session.tenant.clone(), Mode::from_column(&loaded.connection.mode));
    let customer = loaded.session.customer.clone().unwrap_or_default();
    match confirm::exchange(core, &caller, public_token, &customer, |_| Vec::new()).await {
        Ok(()) => Ok(()),
        Err(ExchangeError::Used) => Err(InPageError::Linked),
        Err(ExchangeError::Unknown) => Err(InPageError::Over),
        Err(other) => Err(InPageError::Broken(other.to_string())),
    }
}

/// Goes through the machine with a public token of the provider's. Gives the session as it is then.
async fn redeem(core: &Arc<Core>, mut loaded: Loaded, public_token: &str) -> Result<Loaded, InPageError> {
    let cx = cx(core, &loaded).await?;
    for _ in 0..WRITES {
        let now = core.clock.now();
        let entered = entered(core, &loaded, now)?;
        let leg = state::leg(core, &loaded.row).ok_or(PageRefused::NotOurs)?;
        let landing = widget(provider(core)?)?.landed(&cx, &leg, public_token).await?;
        let route = route(core, &loaded, &landing).ok_or(InPageError::Elsewhere)?;
        let instance = page_instance(core, &loaded.session);
        let moved = entered.then(|session| session.completing(Completion::Exchange).choose(&instance, None, route, now))?;
        let call = moved.call();
        match commit(core, &loaded, moved, With::default()).await {
            Ok(after) => {
                if let Some((call, attempt)) = call {
                    // Its own task ends it, whether somebody still waits or not.
                    let _ = calls::start(core, &after, call, attempt, Given::Landed(landing)).await;
                }
                return Ok(again(core, &after).await?);
            }
            Err(CommitError::Stale) => loaded = again(core, &loaded).await?,
            Err(CommitError::Unavailable(error)) => return Err(InPageError::Broken(error)),
        }
    }
    Err(InPageError::UnderWay)
}

fn provider(core: &Core) -> Result<&dyn Provider, InPageError> {
    core.providers
        .get(PROVIDER.as_str())
        .map(AsRef::as_ref)
        .ok_or(InPageError::NotSetUp)
}

fn widget(provider: &dyn Provider) -> Result<&dyn InPage, InPageError> {
    provider.in_page().ok_or(InPageError::NotSetUp)
}

async fn cx(core: &Core, loaded: &Loaded) -> Result<Cx, Unreadable> {
    core.cx(&loaded.row.tenant_id, &loaded.connection.mode, PROVIDER.as_str(), None)
        .await
}

async fn again(core: &Core, loaded: &Loaded) -> Result<Loaded, LoadError> {
    state::load(core, &loaded.session.tenant, &loaded.session.id).await
}

/// The session with this side of the page as its live document.
fn entered(core: &Core, loaded: &Loaded, now: Timestamp) -> Result<Moved, InPageError> {
    let session = loaded.session.clone();
    let instance = page_instance(core, &session);
    if !session.is_live(&instance) {
        return Ok(session.open(instance, now)?);
    }
    match &session.state {
        _ if session.is_over(now) => Err(InPageError::Over),
        _ if session.is_under_way() => Err(InPageError::UnderWay),
        _ => Ok(Moved {
            session,
            effects: Vec::new(),
        }),
    }
}

/// The document that stands for the page on this side: no browser has its secret. After another one took the session over it is a new
/// one, as a browser's would be.
fn page_instance(core: &Core, session: &Session) -> InstanceHash {
    let nth = |n: usize| {
        let secret = core
            .keyring
            .fingerprint(session.tenant.as_str(), &format!("page {n} of {}", session.id));
        InstanceHash(Hash32(Sha256::digest(secret).into()))
    };
    let live = (0..=TAKEOVERS).map(nth).find(|instance| session.is_live(instance));
    live.unwrap_or_else(|| nth(session.former.len()))
}

/// The way to the institution that the person linked, if this session may see it.
fn route(core: &Core, loaded: &Loaded, landing: &Landing) -> Option<RouteRef> {
    let seen = filter(loaded);
    let through = &seen.narrowing.providers;
    if !through.is_empty() && !through.contains(&PROVIDER) {
        return None;
    }
    let only = Filter {
        narrowing: Narrowing {
            providers: [PROVIDER].into(),
            ..seen.narrowing.clone()
        },
        ..seen
    };
    let directory = core.directory(&loaded.row.tenant_id, &loaded.connection.mode);
    let found = directory.reached_as(PROVIDER, &landing.provider_id, &only)?;
    Some(RouteRef {
        institution: found.id.clone(),
        provider: PROVIDER.as_str().to_owned(),
        provider_id: landing.provider_id.clone(),
        invented: found.invented,
    })
}
