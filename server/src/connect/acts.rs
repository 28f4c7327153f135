//! What the widget's two doors call: [`Backend`] over the session machine.

use super::calls::Given;
use super::screens::{self, Sight, ToMend};
use super::state::{self, CommitError, LoadError, Loaded, With, commit};
use super::{calls, doors};
use crate::core::Core;
use crate::directory::Filter;
use crate::store::{brandings, sessions};
use crate::tenants::branding::{self, Face};
use crate::tenants::{Kind, Mode, fingerprint, tag};
use async_trait::async_trait;
use data_encoding::BASE64;
use gesher_app::backend::{Answers, Asked, Backend, Entry, Instance, Refused, SessionRef, Theme};
use gesher_contract::{Boot, Door, Language, Screen, TenantTag, Tile};
use gesher_domain::session::{FieldError, Moved, Refusal, Refused as DomainRefused, RouteRef, Session, State};
use gesher_domain::{Hash32, InstanceHash, Timestamp, new_secret};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Attempts at an act against others who write the same session.
const WRITES: u32 = 4;

/// The widget's backend.
pub struct Connect {
    core: Arc<Core>,
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

    async fn by_token(&self, token: &str, door: Door) -> Result<Loaded, Refused> {
        let core = &self.core;
        let kind = match door {
            Door::Frame => Kind::Connect,
            Door::Page => Kind::Hosted,
        };
        let tenant = tag(kind, token).map_err(|_| Refused::Unknown)?;
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

    async fn face(&self, loaded: &Loaded) -> Result<Arc<Face>, Refused> {
        let found = self.core.keys.face(&loaded.row.tenant_id).await;
        found.map_err(|error| Refused::from(LoadError::from(error)))?.ok_or(Refused::Broken)
    }

    async fn load(&self, at: &SessionRef) -> Result<Loaded, Refused> {
        Ok(state::load(&self.core, &at.tenant, &at.id).await?)
    }

    async fn screen(&self, at: &SessionRef, loaded: &Loaded, query: &str) -> Result<Screen, Refused> {
        self.shown(at, loaded, |sight| Sight { query, ..sight }).await
    }

    /// The form again, with what is wrong beside its fields and what was typed in them.
    async fn to_mend(&self, at: &SessionRef, loaded: &Loaded, typed: &Answers, wrong: &[FieldError]) -> Result<Screen, Refused> {
        let mended = Some(ToMend { typed: &typed.0, wrong });
        self.shown(at, loaded, |sight| Sight { mended, ..sight }).await
    }

    async fn shown<'a>(
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
            query: "",
            mended: None,
            nothing_picked: false,
        };
        screens::screen(&self.core, &with(bare)).await
    }

    /// Does an act: in the live document, or in a candidate, which becomes live by it. An act that was made on a screen that is
    /// no longer shown changes nothing.
    async fn act(
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
    async fn write(&self, at: &SessionRef, loaded: &Loaded, moved: Moved) -> Result<Loaded, CommitError> {
        self.write_and_send(at, loaded, moved, Given::Nothing).await
    }

    async fn write_and_send(&self, at: &SessionRef, loaded: &Loaded, moved: Moved, given: Given) -> Result<Loaded, CommitError> {
        let core = &self.core;
        let call = moved.call();
        let after = commit(
            core,
            loaded,
            moved,
            With {
                preferred: at.preferred,
                ..With::default()
            },
        )
        .await?;
        let Some((call, attempt)) = call else { return Ok(after) };
        calls::make(core, &after, call, attempt, given).await;
        // What was read before the call is still true if it cannot be read now.
        Ok(state::load(core, &at.tenant, &at.id).await.unwrap_or(after))
    }

    fn boot(at: &SessionRef, handle: String, loaded: &Loaded, live: bool, screen: Screen) -> Boot {
        Boot {
            handle,
            session: at.id.to_string(),
            door: at.door,
            parent_origin: loaded.row.parent_origin.clone(),
            live,
            screen,
        }
    }
}

/// The way to an institution for this session.
fn route(core: &Core, loaded: &Loaded, institution: &str) -> Option<RouteRef> {
    let found = core.directory.get(institution)?;
    let way = core.directory.route(institution, &filter(loaded))?;
    Some(RouteRef {
        institution: found.id.clone(),
        provider: way.provider.as_str().to_owned(),
        provider_id: way.provider_id.clone(),
        invented: found.invented,
    })
}

/// What this session may see.
pub fn filter(loaded: &Loaded) -> Filter {
    let locks = &loaded.session.locks;
    Filter {
        test_mode: Mode::from_column(&loaded.connection.mode) == Mode::Test,
        include_invented: locks.include_sandbox,
        institution_ids: (!locks.institution_ids.is_empty()).then(|| locks.institution_ids.clone()),
    }
}

#[async_trait]
impl Backend for Connect {
    async fn enter(&self, token: &str, door: Door, asked: Asked) -> Result<Entry, Refused> {
        let core = &self.core;
        let loaded = self.by_token(token, door).await?;
        if door == Door::Frame && loaded.row.parent_origin.is_none() {
            return Err(Refused::Unknown);
        }
        let at = SessionRef {
            tenant: loaded.session.tenant.clone(),
            id: loaded.session.id.clone(),
            instance: Instance(new_secret(&*core.rng)),
            door,
            preferred: asked.preferred,
            silent: asked.silent,
            step: None,
        };
        let screen = self.screen(&at, &loaded, "").await?;
        let boot = Self::boot(&at, doors::handle(core, &at), &loaded, false, screen);
        Ok(Entry { at, boot })
    }

    async fn frame_ancestor(&self, token: &str) -> Option<String> {
        self.by_token(token, Door::Frame).await.ok()?.row.parent_origin
    }

    async fn may_embed(&self, token: &str, origin: &str) -> Option<bool> {
        let loaded = self.by_token(token, Door::Frame).await.ok()?;
        Some(loaded.row.parent_origin.as_deref() == Some(origin))
    }

    async fn theme(&self, tenant: &TenantTag) -> Option<Theme> {
        match brandings::of_tenant(&self.core.store, tenant.as_str()).await {
            Ok(row) => row.as_ref().map(branding::theme),
            Err(error) => {
                tracing::error!(%tenant, %error, "a branding could not be read");
                None
            }
        }
    }

    async fn reenter(&self, at: &SessionRef) -> Result<Boot, Refused> {
        let loaded = self.load(at).await?;
        let live = loaded.session.is_live(&InstanceHash(Hash32(doors::instance_hash(&at.instance))));
        let screen = self.screen(at, &loaded, "").await?;
        Ok(Self::boot(at, doors::handle(&self.core, at), &loaded, live, screen))
    }

    fn admit(&self, handle_or_ticket: &str) -> Result<SessionRef, Refused> {
        doors::open(&self.core, handle_or_ticket)
    }

    fn handle(&self, at: &SessionRef) -> String {
        doors::handle(&self.core, at)
    }

    async fn open(&self, at: &SessionRef) -> Result<Screen, Refused> {
        let acted = self
            .act(at, |core, loaded, session, instance, now| {
                // A single institution skips the picker: opening chooses it.
                let single = loaded
                    .session
                    .locks
                    .institution_ids
                    .iter()
                    .next()
                    .filter(|_| loaded.session.locks.institution_ids.len() == 1);
                match single.and_then(|id| route(core, loaded, id)) {
                    Some(route) if screens::is_fresh(&session) => session.choose(instance, None, route, now),
                    _ => Ok(Moved {
                        session,
                        effects: Vec::new(),
                    }),
                }
            })
            .await?;
        self.screen(at, &acted, "").await
    }

    async fn look(&self, at: &SessionRef) -> Result<Screen, Refused> {
        let loaded = self.load(at).await?;
        self.screen(at, &loaded, "").await
    }

    async fn search(&self, at: &SessionRef, query: &str) -> Result<(Vec<Tile>, bool), Refused> {
        let loaded = self.load(at).await?;
        let picker = screens::picker(&self.core, at, &loaded, query);
        Ok((picker.tiles, picker.more))
    }

    async fn search_screen(&self, at: &SessionRef, query: &str) -> Result<Screen, Refused> {
        let loaded = self
            .act(at, |_, _, session, _, _| {
                Ok(Moved {
                    session,
                    effects: Vec::new(),
                })
            })
            .await?;
        self.screen(at, &loaded, query).await
    }

    async fn choose(&self, at: &SessionRef, institution: &str) -> Result<Screen, Refused> {
        let acted = self
            .act(at, |core, loaded, session, instance, now| match route(core, loaded, institution) {
                Some(route) => session.choose(instance, None, route, now),
                None => Err(DomainRefused {
                    session: Box::new(session),
                    why: Refusal::NotAllowed,
                    effects: Vec::new(),
                }),
            })
            .await?;
        self.screen(at, &acted, "").await
    }

    async fn submit(&self, at: &SessionRef, answers: Answers) -> Result<Screen, Refused> {
        let instance = InstanceHash(Hash32(doors::instance_hash(&at.instance)));
        let loaded = self.load(at).await?;
        let Some(step) = at.step else {
            return self.screen(at, &loaded, "").await;
        };
        match loaded.session.clone().submit(&instance, step, &answers.0, self.core.clock.now()) {
            Ok((moved, cleaned)) => match self.write_and_send(at, &loaded, moved, Given::Answers(cleaned)).await {
                Ok(after) => self.screen(at, &after, "").await,
                // Somebody else was faster: nothing was sent, and what is shown is what is.
                Err(CommitError::Stale) => self.look(at).await,
                Err(error @ CommitError::Unavailable(_)) => {
                    tracing::error!(session = %at.id, %error, "a form could not be written");
                    Err(Refused::Broken)
                }
            },
            Err(DomainRefused {
                why: Refusal::Invalid(wrong),
                ..
            }) => self.to_mend(at, &loaded, &answers, &wrong).await,
            Err(refused) => {
                tracing::debug!(session = %at.id, why = %refused.why, "a form was refused");
                self.screen(at, &loaded, "").await
            }
        }
    }

    async fn resend(&self, at: &SessionRef) -> Result<Screen, Refused> {
        let acted = self
            .act(at, |_, _, session, instance, now| session.resend(instance, None, now))
            .await?;
        self.screen(at, &acted, "").await
    }

    async fn pick(&self, at: &SessionRef, accounts: Vec<String>) -> Result<Screen, Refused> {
        let instance = InstanceHash(Hash32(doors::instance_hash(&at.instance)));
        let loaded = self.load(at).await?;
        let picked: BTreeSet<String> = accounts.into_iter().collect();
        match loaded.session.clone().accounts(&instance, at.step, &picked, self.core.clock.now()) {
            Ok(moved) => match self.write_and_send(at, &loaded, moved, Given::Picked(picked)).await {
                Ok(after) => self.screen(at, &after, "").await,
                Err(CommitError::Stale) => self.look(at).await,
                Err(error @ CommitError::Unavailable(_)) => {
                    tracing::error!(session = %at.id, %error, "the picked accounts could not be written");
                    Err(Refused::Broken)
                }
            },
            Err(refused) => {
                let nothing_picked = refused.why == Refusal::EmptyChoice;
                self.shown(at, &loaded, |sight| Sight { nothing_picked, ..sight }).await
            }
        }
    }

    async fn picture(&self, ticket: &str, field: &str) -> Result<(String, Vec<u8>), Refused> {
        let at = doors::open_picture(&self.core, ticket)?;
        let loaded = self.load(&at).await?;
        let instance = InstanceHash(Hash32(doors::instance_hash(&at.instance)));
        let State::Asking(asking) = &loaded.session.state else {
            return Err(Refused::Over);
        };
        if !loaded.session.is_live(&instance) || loaded.session.is_over(self.core.clock.now()) {
            return Err(Refused::Over);
        }
        let shown = asking.form.fields.iter().find(|known| known.name == field);
        let picture = shown.and_then(|field| field.picture.as_ref()).ok_or(Refused::Unknown)?;
        let bytes = BASE64.decode(picture.base64.as_bytes()).map_err(|_| Refused::Unknown)?;
        Ok((picture.media_type.clone(), bytes))
    }

    async fn start_over(&self, at: &SessionRef) -> Result<Screen, Refused> {
        let instance = InstanceHash(Hash32(doors::instance_hash(&at.instance)));
        for _ in 0..WRITES {
            let loaded = self.load(at).await?;
            if at.step.is_some_and(|step| step != loaded.session.version) {
                return self.screen(at, &loaded, "").await;
            }
            let Ok(moved) = loaded.session.clone().start_over(instance, self.core.clock.now()) else {
                return self.screen(at, &loaded, "").await;
            };
            match self.write(at, &loaded, moved).await {
                Ok(after) => return self.screen(at, &after, "").await,
                Err(CommitError::Stale) => {}
                Err(CommitError::Unavailable(_)) => return Err(Refused::Broken),
            }
        }
        self.look(at).await
    }

    async fn cancel(&self, at: &SessionRef) -> Result<Screen, Refused> {
        // Leaving holds on whatever screen it was said, so the step does not count.
        let at = &SessionRef { step: None, ..at.clone() };
        let acted = self
            .act(at, |_, _, session, instance, now| session.cancel(Some(instance), now))
            .await?;
        self.screen(at, &acted, "").await
    }

    async fn speak(&self, at: &SessionRef, language: Language) -> Result<Screen, Refused> {
        let at = &SessionRef { step: None, ..at.clone() };
        let acted = self
            .act(at, |_, _, session, instance, now| session.speak(instance, language, now))
            .await?;
        self.screen(at, &acted, "").await
    }
}
