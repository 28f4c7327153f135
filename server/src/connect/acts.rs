//! What the widget's two doors call: [`Backend`] over the session machine.

use super::calls::Given;
use super::document::{Connect, WRITES, completion, route};
use super::screens::{self, Sight};
use super::state::{CommitError, Loaded};
use super::tries::{self, NoTry};
use super::{audience, doors};
use crate::connections::person;
use crate::secrets::same_fingerprint;
use crate::store::brandings;
use crate::tenants::branding;
use async_trait::async_trait;
use data_encoding::BASE64;
use gesher_app::backend::{Answers, Asked, Backend, Closed, Doorway, Entrance, Entry, Instance, Knock, Logo, Refused, SessionRef, Theme};
use gesher_contract::{Boot, Door, Language, PickerView, Screen, TenantTag};
use gesher_domain::session::{Cleaned, FieldError, Moved, PSU_FIELD, Problem, Purpose, Refusal, Refused as DomainRefused, State};
use gesher_domain::{Hash32, InstanceHash, new_secret};
use std::collections::BTreeSet;

#[async_trait]
impl Backend for Connect {
    async fn enter(&self, token: &str, door: Door, asked: Asked) -> Result<Entry, Refused> {
        let core = &self.core;
        let loaded = self.by_token(token, door).await?;
        if door == Door::Frame && audience::has_no_frame(&loaded.row) {
            return Err(Refused::Unknown);
        }
        let at = SessionRef {
            tenant: loaded.session.tenant.clone(),
            id: loaded.session.id.clone(),
            instance: Instance(new_secret(&*core.rng)),
            door,
            preferred: asked.preferred,
            silent: asked.silent,
            vendor_messages: asked.vendor_messages,
            step: None,
        };
        let boot = self.boot(&at, &loaded, false).await?;
        Ok(Entry { at, boot })
    }

    async fn frame_ancestors(&self, token: &str) -> Vec<String> {
        let Ok(loaded) = self.by_token(token, Door::Frame).await else {
            return Vec::new();
        };
        audience::origins(&self.core, &loaded.row).await.unwrap_or_default()
    }

    async fn may_embed(&self, token: &str, origin: &str) -> Option<bool> {
        let loaded = self.by_token(token, Door::Frame).await.ok()?;
        let origins = audience::origins(&self.core, &loaded.row).await.ok()?;
        Some(origins.iter().any(|allowed| allowed == origin))
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

    fn logo(&self, file: &str) -> Option<Logo> {
        self.core.institutions.logo(file)
    }

    async fn doorway(&self, entrance: &Entrance, preferred: Option<Language>) -> Result<Doorway, Closed> {
        self.show_doorway(entrance, preferred).await
    }

    async fn come_in(&self, entrance: &Entrance, knock: Knock) -> Result<SessionRef, Closed> {
        self.make_session(entrance, knock).await
    }

    async fn reenter(&self, at: &SessionRef) -> Result<Boot, Refused> {
        let loaded = self.load(at).await?;
        let live = loaded.session.is_live(&InstanceHash(Hash32(doors::instance_hash(&at.instance))));
        self.boot(at, &loaded, live).await
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
                    Some(route) if screens::is_fresh(&session) => {
                        session.completing(completion(loaded, at.door)).choose(instance, None, route, now)
                    }
                    _ => Ok(Moved {
                        session,
                        effects: Vec::new(),
                    }),
                }
            })
            .await?;
        self.screen(at, &acted, None).await
    }

    async fn look(&self, at: &SessionRef) -> Result<Screen, Refused> {
        let loaded = self.load(at).await?;
        self.screen(at, &loaded, None).await
    }

    async fn search(&self, at: &SessionRef, query: &str) -> Result<PickerView, Refused> {
        let loaded = self.load(at).await?;
        Ok(screens::picker(&self.core, at, &loaded, Some(query)))
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
        self.screen(at, &loaded, Some(query)).await
    }

    async fn choose(&self, at: &SessionRef, institution: &str) -> Result<Screen, Refused> {
        let acted = self
            .act(at, |core, loaded, session, instance, now| match route(core, loaded, institution) {
                Some(route) => session.completing(completion(loaded, at.door)).choose(instance, None, route, now),
                None => Err(DomainRefused {
                    session: Box::new(session),
                    why: Refusal::NotAllowed,
                    effects: Vec::new(),
                }),
            })
            .await?;
        self.screen(at, &acted, None).await
    }

    async fn submit(&self, at: &SessionRef, answers: Answers) -> Result<Screen, Refused> {
        let instance = InstanceHash(Hash32(doors::instance_hash(&at.instance)));
        let loaded = self.load(at).await?;
        let Some(step) = at.step else {
            return self.screen(at, &loaded, None).await;
        };
        let core = &self.core;
        let sent = loaded.session.clone().submit(&instance, step, &answers.0, core.clock.now());
        let sent = sent.map(|(moved, cleaned)| {
            let person = person::in_answers(core, at.tenant.as_str(), &cleaned);
            let session = moved.session.known_as(person);
            (Moved { session, ..moved }, cleaned)
        });
        // A repair is for the person whose connection it is: somebody else's accounts would take the place of theirs.
        if let Ok((moved, _)) = &sent
            && moved.session.purpose == Purpose::Repair
            && same_fingerprint(loaded.connection.person.as_deref(), moved.session.person.as_deref()) == Some(false)
        {
            let wrong = FieldError {
                name: PSU_FIELD.to_owned(),
                problem: Problem::OtherPerson,
            };
            return self.to_mend(at, &loaded, &answers, &[wrong]).await;
        }
        match sent {
            Ok((moved, cleaned)) => self.try_once(at, loaded, moved, cleaned).await,
            Err(DomainRefused {
                why: Refusal::Invalid(wrong),
                ..
            }) => self.to_mend(at, &loaded, &answers, &wrong).await,
            Err(refused) => {
                tracing::debug!(session = %at.id, why = %refused.why, "a form was refused");
                self.screen(at, &loaded, None).await
            }
        }
    }

    async fn resend(&self, at: &SessionRef) -> Result<Screen, Refused> {
        let acted = self
            .act(at, |_, _, session, instance, now| session.resend(instance, None, now))
            .await?;
        self.screen(at, &acted, None).await
    }

    async fn pick(&self, at: &SessionRef, accounts: Vec<String>) -> Result<Screen, Refused> {
        let instance = InstanceHash(Hash32(doors::instance_hash(&at.instance)));
        let loaded = self.load(at).await?;
        let picked: BTreeSet<String> = accounts.into_iter().collect();
        match loaded.session.clone().accounts(&instance, at.step, &picked, self.core.clock.now()) {
            Ok(moved) => match self.write_and_send(at, &loaded, moved, Given::Picked(picked)).await {
                Ok(after) => self.screen(at, &after, None).await,
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
                return self.screen(at, &loaded, None).await;
            }
            let Ok(moved) = loaded.session.clone().start_over(instance, self.core.clock.now()) else {
                return self.screen(at, &loaded, None).await;
            };
            match self.write(at, &loaded, moved).await {
                Ok(after) => return self.screen(at, &after, None).await,
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
        self.screen(at, &acted, None).await
    }

    async fn not_listed(&self, at: &SessionRef, searched: &str) -> Result<Screen, Refused> {
        let acted = self
            .act(at, |_, _, session, instance, now| session.not_listed(instance, None, searched, now))
            .await?;
        self.screen(at, &acted, None).await
    }

    async fn speak(&self, at: &SessionRef, language: Language) -> Result<Screen, Refused> {
        let at = &SessionRef { step: None, ..at.clone() };
        let acted = self
            .act(at, |_, _, session, instance, now| session.speak(instance, language, now))
            .await?;
        self.screen(at, &acted, None).await
    }
}

impl Connect {
    /// Sends what was typed, if the institution may be tried once more.
    async fn try_once(&self, at: &SessionRef, mut loaded: Loaded, moved: Moved, cleaned: Cleaned) -> Result<Screen, Refused> {
        let broken = |error: &dyn std::fmt::Display| {
            tracing::error!(session = %at.id, %error, "a form could not be written");
            Refused::Broken
        };
        for _ in 0..WRITES {
            let places = match tries::take(&self.core, &loaded, &cleaned).await {
                Ok(places) => places,
                Err(NoTry::OutOfTries) => return self.out_of_tries(at, &loaded).await,
                Err(NoTry::Unavailable(error)) => return Err(broken(&error)),
            };
            let given = Given::Answers(cleaned.clone());
            match self.write_with(at, &loaded, moved.clone(), given, places).await {
                Ok(after) => return self.screen(at, &after, None).await,
                Err(CommitError::Stale) => {
                    let now = self.load(at).await?;
                    // Somebody else was faster: nothing was sent, and what is shown is what is. Where only a place to try was taken
                    // meanwhile, there may be another one.
                    if now.row.version != loaded.row.version {
                        return self.screen(at, &now, None).await;
                    }
                    loaded = now;
                }
                Err(error @ CommitError::Unavailable(_)) => return Err(broken(&error)),
            }
        }
        self.look(at).await
    }

    /// The session stops before the institution locks the login.
    async fn out_of_tries(&self, at: &SessionRef, loaded: &Loaded) -> Result<Screen, Refused> {
        tracing::info!(session = %at.id, "a form was not sent: too many went to this institution within the hour");
        let Ok(moved) = loaded.session.clone().out_of_tries() else {
            return self.look(at).await;
        };
        match self.write(at, loaded, moved).await {
            Ok(after) => self.screen(at, &after, None).await,
            Err(CommitError::Stale) => self.look(at).await,
            Err(CommitError::Unavailable(_)) => Err(Refused::Broken),
        }
    }
}
