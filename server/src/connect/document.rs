//! One document's way to its session: reading it, acting on it, and the screen that follows.
//!
//! **Contract.** An act is taken on the version that its screen was made on, or changes nothing; whoever loses against
//! another writer reads again.

use super::calls::Given;
use super::screens::{self, Sight, ToMend};
use super::state::{self, CommitError, LoadError, Loaded, With, commit};
use super::{audience, calls, doors};
use crate::connections::asked::Asked;
use crate::core::Core;
use crate::store::{Statement, sessions};
use crate::tenants::branding::Face;
use crate::tenants::{Kind, Mode, fingerprint, tag};
use gesher_app::backend::{Answers, Refused, SessionRef};
use gesher_contract::{Boot, Dialect, Door, Screen};
use gesher_directory::{Filter, Ways};
use gesher_domain::session::{Completion, FieldError, Moved, Purpose, Refused as DomainRefused, RouteRef, Session};
use gesher_domain::{Hash32, InstanceHash, Timestamp};
use std::sync::Arc;

/// Attempts at an act against others who write the same session.
pub(super) const WRITES: u32 = 4;

/// The widget's backend.
pub struct Connect {
    pub(super) core: Arc<Core>,
}

impl From<LoadError> for Refused {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::NotFound => Self::Unknown,
            LoadError::Damaged | LoadError::Unavailable(_) => {
                tracing::error!(%error, "a session could not be read");
                Self::Broken
            }
        }
    }
}

impl Connect {
    /// Over this core.
    pub const fn new(core: Arc<Core>) -> Self {
        Self { core }
    }

    pub(super) async fn by_token(&self, token: &str, door: Door) -> Result<Loaded, Refused> {
        let core = &self.core;
        let kind = match door {
            Door::Frame => Kind::Connect,
            Door::Page => Kind::Hosted,
        };
        let tenant = tag(kind, token)
            .or_else(|_| tag(Kind::Either, token))
            .or_else(|_| tag(Kind::SandboxLink, token))
            .map_err(|_| Refused::Unknown)?;
        let hash = fingerprint(token);
        let found = match door {
            Door::Frame => sessions::by_widget_token(&core.store, tenant.as_str(), &hash).await,
            Door::Page => sessions::by_hosted_token(&core.store, tenant.as_str(), &hash).await,
        };
        let row = found
            .map_err(|error| Refused::from(LoadError::from(error)))?
            .ok_or(Refused::Unknown)?;
        Ok(state::from_row(core, row).await?)
    }

    pub(super) async fn face(&self, loaded: &Loaded) -> Result<Arc<Face>, Refused> {
        let found = self.core.keys.face(&loaded.row.tenant_id).await;
        // A closed tenant's session is as good as none.
        found
            .map_err(|error| Refused::from(LoadError::from(error)))?
            .ok_or(Refused::Unknown)
    }

    pub(super) async fn load(&self, at: &SessionRef) -> Result<Loaded, Refused> {
        Ok(state::load(&self.core, &at.tenant, &at.id).await?)
    }

    pub(super) async fn screen(&self, at: &SessionRef, loaded: &Loaded, query: Option<&str>) -> Result<Screen, Refused> {
        self.shown(at, loaded, |sight| Sight { query, ..sight }).await
    }

    /// The form again, with what is wrong beside its fields and what was typed in them.
    pub(super) async fn to_mend(&self, at: &SessionRef, loaded: &Loaded, typed: &Answers, wrong: &[FieldError]) -> Result<Screen, Refused> {
        let mended = Some(ToMend { typed: &typed.0, wrong });
        self.shown(at, loaded, |sight| Sight { mended, ..sight }).await
    }

    pub(super) async fn shown<'a>(
        &self,
        at: &'a SessionRef,
        loaded: &'a Loaded,
        with: impl FnOnce(Sight<'a>) -> Sight<'a>,
    ) -> Result<Screen, Refused> {
        let face = self.face(loaded).await?;
        let bare = Sight {
            at,
            loaded,
            face,
            query: None,
            mended: None,
            nothing_picked: false,
        };
        screens::screen(&self.core, &with(bare)).await
    }

    /// Does an act: in the live document, or in a candidate, which becomes live by it. An act that was made on a screen that is
    /// no longer shown changes nothing.
    pub(super) async fn act(
        &self,
        at: &SessionRef,
        transition: impl Fn(&Core, &Loaded, Session, &InstanceHash, Timestamp) -> Result<Moved, DomainRefused>,
    ) -> Result<Loaded, Refused> {
        let core = &self.core;
        let instance = InstanceHash(Hash32(doors::instance_hash(&at.instance)));
        for _ in 0..WRITES {
            let loaded = self.load(at).await?;
            let now = core.clock.now();
            let session = loaded.session.clone();
            if at.step.is_some_and(|step| step != session.version) {
                return Ok(loaded);
            }
            let live = session.is_live(&instance);
            let moved = if live {
                transition(core, &loaded, session, &instance, now)
            } else {
                session
                    .open(instance, now)
                    .and_then(|opened| opened.then(|session| transition(core, &loaded, session, &instance, now)))
            };
            let moved = match moved {
                Ok(moved) => moved,
                Err(refused) => {
                    tracing::debug!(session = %at.id, why = %refused.why, "an act was refused");
                    return Ok(loaded);
                }
            };
            if moved.session.version == loaded.session.version {
                return Ok(loaded);
            }
            match self.write(at, &loaded, moved).await {
                Ok(after) => return Ok(after),
                Err(CommitError::Stale) => {}
                Err(error @ CommitError::Unavailable(_)) => {
                    tracing::error!(session = %at.id, %error, "an act could not be written");
                    return Err(Refused::Broken);
                }
            }
        }
        self.load(at).await
    }

    /// Writes a transition, and makes the call that it asks for.
    pub(super) async fn write(&self, at: &SessionRef, loaded: &Loaded, moved: Moved) -> Result<Loaded, CommitError> {
        self.write_and_send(at, loaded, moved, Given::Nothing).await
    }

    pub(super) async fn write_and_send(&self, at: &SessionRef, loaded: &Loaded, moved: Moved, given: Given) -> Result<Loaded, CommitError> {
        self.write_with(at, loaded, moved, given, Vec::new()).await
    }

    /// The same, with more to write in the unit.
    pub(super) async fn write_with(
        &self,
        at: &SessionRef,
        loaded: &Loaded,
        moved: Moved,
        given: Given,
        more: Vec<Statement>,
    ) -> Result<Loaded, CommitError> {
        let core = &self.core;
        let call = moved.call();
        let after = commit(
            core,
            loaded,
            moved,
            With {
                preferred: at.preferred,
                more,
                ..With::default()
            },
        )
        .await?;
        let Some((call, attempt)) = call else { return Ok(after) };
        calls::make(core, &after, call, attempt, given).await;
        // What was read before the call is still true if it cannot be read now.
        Ok(state::load(core, &at.tenant, &at.id).await.unwrap_or(after))
    }

    pub(super) async fn boot(&self, at: &SessionRef, loaded: &Loaded, live: bool) -> Result<Boot, Refused> {
        let parent_origins = match at.door {
            Door::Frame => audience::origins(&self.core, &loaded.row).await?,
            Door::Page => Vec::new(),
        };
        Ok(Boot {
            handle: doors::handle(&self.core, at),
            session: at.id.to_string(),
            door: at.door,
            parent_origins,
            dialect: audience::dialect(at, loaded),
            live,
            screen: self.screen(at, loaded, None).await?,
        })
    }
}

/// The way to an institution for this session.
pub(super) fn route(core: &Core, loaded: &Loaded, institution: &str) -> Option<RouteRef> {
    let directory = core.directory(&loaded.row.tenant_id, &loaded.connection.mode);
    let found = directory.get(institution)?;
    let way = directory.route(institution, &filter(loaded))?;
    Some(RouteRef {
        institution: found.id.clone(),
        provider: way.provider.as_str().to_owned(),
        provider_id: way.provider_id.clone(),
        invented: found.invented,
    })
}

/// Who says that what the next attempt brings stands: as the session was made, but for a connection in ConnectFi's dialect. There the
/// hosted page is the vendor's payment page, which leads to nobody who could exchange anything: it confirms by itself, unless the
/// host named an address that it leads to.
pub(super) fn completion(loaded: &Loaded, door: Door) -> Completion {
    let session = &loaded.session;
    let is_payment_page = session.purpose == Purpose::Connect && Asked::of(&loaded.connection).dialect == Some(Dialect::ConnectFi);
    match door {
        _ if !is_payment_page => session.completion,
        Door::Page if loaded.row.redirect_url.is_none() => Completion::Automatic,
        Door::Page | Door::Frame => Completion::Exchange,
    }
}

/// What this session may see.
pub fn filter(loaded: &Loaded) -> Filter {
    let locks = &loaded.session.locks;
    Filter {
        test_mode: Mode::from_column(&loaded.connection.mode) == Mode::Test,
        include_invented: locks.include_sandbox,
        institution_ids: (!locks.institution_ids.is_empty()).then(|| locks.institution_ids.clone()),
        psu_id_type: locks.psu_id.is_some().then_some(locks.psu_id_type),
        psu_corporate_id: locks.psu_corporate_id.is_some(),
        narrowing: Asked::of(&loaded.connection).narrowing,
        include_unreached: false,
        ways: Ways::default(),
    }
}
