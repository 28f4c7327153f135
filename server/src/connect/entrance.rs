//! Coming in by a start page or a hosted link: what they show, and the session that a press makes.
//!
//! **Contract.** Looking changes nothing. The page carries a ticket: the ids of a connection and a session that do not exist
//! yet, and the instance that will be live in it, sealed. The press makes them, together with the count of the use, in one
//! unit; pressed twice it makes them once. A browser that does not say where a request comes from can be made to press a ticket that
//! somebody else holds, so its press makes an instance of its own, and nobody gets in by that ticket again. Whether there is room left
//! is decided by the database.

use super::document::Connect;
use super::invite::{self, Ids, InviteError, Wish};
use super::{doors, hosted_links, start_pages};
use crate::core::Core;
use crate::secrets::{Context, ExposeSecret as _};
use crate::store::hosted_links::HostedLinkRow;
use crate::store::sessions::SessionRow;
use crate::store::start_pages::StartPageRow;
use crate::store::{Statement, Unavailable, Unit, WriteError, hosted_links as link_rows, sessions, start_pages as page_rows};
use crate::tenants::branding::Face;
use crate::tenants::{Caller, Kind, Mode, fingerprint, tag};
use data_encoding::BASE64URL_NOPAD;
use gesher_app::backend::{Backend, Closed, Doorway, Entrance, Instance, Knock, SessionRef, Shut};
use gesher_contract::{ConnectionId, Door, Language, SessionId, TenantTag};
use gesher_domain::{Timestamp, new_secret};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;

/// How long the form of a page that was looked at can be sent.
const TICKET_LIFE: Duration = Duration::from_secs(60 * 60);
/// Most institutions that are named on the page.
const NAMED: usize = 6;
/// Characters of a slug that name the tenant.
const TAG: usize = 6;
/// Longest `state` of a host.
const LONGEST_STATE: usize = 500;

/// What a page's form carries, sealed.
#[derive(Serialize, Deserialize)]
struct Candidate {
    connection: String,
    session: String,
    instance: String,
    preferred: Option<Language>,
    made_at: i64,
}

/// An entrance's row.
enum Found {
    Page(StartPageRow),
    Link(HostedLinkRow),
}

impl Found {
    async fn look(core: &Core, entrance: &Entrance) -> Result<Option<Self>, Unavailable> {
        let found = Self::row(core, entrance).await?;
        // A closed tenant has no entrances.
        Ok(match found {
            Some(found) if core.keys.tenant(found.tenant()).await?.is_some() => Some(found),
            _ => None,
        })
    }

    async fn row(core: &Core, entrance: &Entrance) -> Result<Option<Self>, Unavailable> {
        Ok(match entrance {
            Entrance::StartPage(slug) => {
                // PostgreSQL takes no NUL in a text, and no slug of ours has anything but these.
                let plain = slug.bytes().all(|byte| byte.is_ascii_alphanumeric());
                let tag = slug.get(..TAG).filter(|_| plain);
                let Some(tenant) = tag.and_then(|tag| TenantTag::parse(tag).ok()) else {
                    return Ok(None);
                };
                page_rows::by_slug(&core.store, tenant.as_str(), slug).await?.map(Self::Page)
            }
            Entrance::Link(token) => {
                let Ok(tenant) = tag(Kind::Link, token) else { return Ok(None) };
                link_rows::by_token(&core.store, tenant.as_str(), &fingerprint(token))
                    .await?
                    .map(Self::Link)
            }
        })
    }

    fn tenant(&self) -> &str {
        match self {
            Self::Page(row) => &row.tenant_id,
            Self::Link(row) => &row.tenant_id,
        }
    }

    fn caller(&self) -> Option<Caller> {
        match self {
            Self::Page(row) => start_pages::caller(row),
            Self::Link(row) => hosted_links::caller(row),
        }
    }

    fn wish(&self, core: &Core) -> Option<Wish> {
        match self {
            Self::Page(row) => start_pages::wish(core, row),
            Self::Link(row) => hosted_links::wish(core, row),
        }
    }

    /// Why it lets nobody in now, if so.
    async fn shut(&self, core: &Core, now: Timestamp) -> Result<Option<Shut>, Unavailable> {
        match self {
            Self::Page(row) if row.state != "enabled" => Ok(Some(Shut::Off)),
            Self::Page(row) if row.expires_at.is_some_and(|at| at <= now.0) => Ok(Some(Shut::Expired)),
            Self::Page(row) => {
                let Some(limit) = row.daily_limit else { return Ok(None) };
                let used = page_rows::used(&core.store, &row.tenant_id, &row.id, &start_pages::day(now)).await?;
                Ok((used >= limit).then_some(Shut::Full))
            }
            Self::Link(row) => Ok(match hosted_links::State::of(row, now) {
                hosted_links::State::Active => None,
                hosted_links::State::UsedUp => Some(Shut::UsedUp),
                hosted_links::State::Expired => Some(Shut::Expired),
                hosted_links::State::Revoked => Some(Shut::Revoked),
            }),
        }
    }

    /// What counts a use, where there is room.
    fn take(&self, now: Timestamp) -> Statement {
        match self {
            Self::Page(row) => page_rows::take(&row.tenant_id, &row.id, &start_pages::day(now), now.0),
            Self::Link(row) => link_rows::take(&row.tenant_id, &row.id, now.0),
        }
    }

    fn context(&self) -> Context<'_> {
        let (table, row) = match self {
            Self::Page(row) => ("start_pages", &row.id),
            Self::Link(row) => ("hosted_links", &row.id),
        };
        Context {
            tenant: self.tenant(),
            table,
            row,
            column: "ticket",
        }
    }
}

fn closed(why: Shut, language: Option<Language>) -> Closed {
    Closed { why, language }
}

fn broken(error: &dyn std::fmt::Display, language: Option<Language>) -> Closed {
    tracing::error!(%error, "an entrance could not be read or used");
    closed(Shut::Broken, language)
}

impl Connect {
    /// The entrance, and what it asks for.
    async fn found(&self, entrance: &Entrance) -> Result<(Found, Wish, Caller), Closed> {
        let found = Found::look(&self.core, entrance).await.map_err(|error| broken(&error, None))?;
        let found = found.ok_or(closed(Shut::Unknown, None))?;
        match (found.wish(&self.core), found.caller()) {
            (Some(wish), Some(caller)) => Ok((found, wish, caller)),
            _ => Err(broken(&"what it asks for cannot be read", None)),
        }
    }

    async fn face_of(&self, tenant: &str, language: Option<Language>) -> Result<Arc<Face>, Closed> {
        let face = self.core.keys.face(tenant).await.map_err(|error| broken(&error, language))?;
        face.ok_or(closed(Shut::Unknown, language))
    }

    pub(super) async fn show_doorway(&self, entrance: &Entrance, preferred: Option<Language>) -> Result<Doorway, Closed> {
        let core = &self.core;
        let (found, wish, caller) = self.found(entrance).await?;
        let now = core.clock.now();
        let shut = found.shut(core, now).await.map_err(|error| broken(&error, wish.language))?;
        if let Some(why) = shut {
            return Err(closed(why, wish.language));
        }
        let language = wish.language.or(preferred).unwrap_or_default();
        let fixed = wish.language;
        // What cannot be made is not offered.
        invite::prepare(core, &caller, wish.clone())
            .await
            .map_err(|error| unready(entrance, &error, fixed))?;
        let face = self.face_of(found.tenant(), fixed).await?;
        let ids = Ids::new(core, &caller);
        let candidate = Candidate {
            connection: ids.connection.to_string(),
            session: ids.session.to_string(),
            instance: new_secret(&*core.rng),
            preferred: Some(language),
            made_at: now.0,
        };
        let plain = postcard::to_allocvec(&candidate).unwrap_or_default();
        let directory = core.directory(found.tenant(), caller.mode.as_str());
        let names = wish.institution_ids.iter().flatten();
        let names: Vec<String> = names
            .filter_map(|id| directory.get(id))
            .map(|institution| institution.names.get(language).to_owned())
            .collect();
        Ok(Doorway {
            language,
            language_switch: fixed.is_none(),
            tenant: face.name.clone(),
            mark: face.mark.clone(),
            theme: face.style.clone(),
            name: match &found {
                Found::Page(row) => Some(row.name.clone()),
                Found::Link(_) => None,
            },
            test_mode: caller.mode == Mode::Test,
            institutions: if names.len() <= NAMED { names } else { Vec::new() },
            recurring: wish.recurring.unwrap_or(true),
            ticket: BASE64URL_NOPAD.encode(&core.seal(&found.context(), &plain)),
        })
    }

    pub(super) async fn make_session(&self, entrance: &Entrance, knock: Knock) -> Result<SessionRef, Closed> {
        let core = &self.core;
        let (found, mut wish, caller) = self.found(entrance).await?;
        let language = wish.language;
        if knock.origin.as_ref().is_some_and(|origin| origin != "null" && *origin != core.url) {
            return Err(closed(Shut::Stale, language));
        }
        let now = core.clock.now();
        let candidate = self.candidate(&found, &knock.ticket, now).ok_or(closed(Shut::Stale, language))?;
        let (Ok(connection), Ok(session)) = (ConnectionId::parse(&candidate.connection), SessionId::parse(&candidate.session)) else {
            return Err(closed(Shut::Stale, language));
        };
        if let Some(state) = knock.state.filter(|state| is_state(state)) {
            wish.state = Some(state);
        }
        let at = SessionRef {
            tenant: caller.tenant.clone(),
            id: session.clone(),
            instance: Instance(if knock.silent { new_secret(&*core.rng) } else { candidate.instance }),
            door: Door::Page,
            preferred: candidate.preferred,
            silent: knock.silent,
            vendor_messages: false,
            step: None,
        };
        let (_, made) = invite::prepare_as(core, &caller, wish, Ids { connection, session })
            .await
            .map_err(|error| unready(entrance, &error, language))?;
        let mut unit = Unit::new().with(found.take(now));
        unit.extend(made.statements().iter().cloned());
        match core.store.write(unit).await {
            Ok(()) => {}
            Err(WriteError::Unavailable(error)) => return Err(broken(&error, language)),
            Err(WriteError::Conflict(_)) => {
                // Pressed twice: the session is there. Otherwise somebody else took the last place, or the entrance was shut.
                let there = sessions::by_id(&core.store, at.tenant.as_str(), at.id.as_str()).await;
                match there.map_err(|error| broken(&error, language))? {
                    None => return Err(closed(self.why_shut(entrance, now).await, language)),
                    Some(row) if !is_of(&row, &at) => return Err(closed(Shut::Stale, language)),
                    Some(_) => {}
                }
            }
        }
        match self.open(&at).await {
            Ok(_) => Ok(at),
            Err(refused) => Err(broken(&format!("{refused:?}"), language)),
        }
    }

    async fn why_shut(&self, entrance: &Entrance, now: Timestamp) -> Shut {
        match Found::look(&self.core, entrance).await {
            Ok(None) => Shut::Unknown,
            Ok(Some(found)) => match found.shut(&self.core, now).await {
                Ok(why) => why.unwrap_or(Shut::Broken),
                Err(_) => Shut::Broken,
            },
            Err(_) => Shut::Broken,
        }
    }

    /// What the form's ticket holds, if it is this entrance's and not too old.
    fn candidate(&self, found: &Found, ticket: &str, now: Timestamp) -> Option<Candidate> {
        let body = BASE64URL_NOPAD.decode(ticket.as_bytes()).ok()?;
        let plain = self.core.keyring.open(&found.context(), &body).ok()?;
        let candidate: Candidate = postcard::from_bytes(plain.expose_secret()).ok()?;
        (now < Timestamp(candidate.made_at).plus(TICKET_LIFE)).then_some(candidate)
    }
}

/// Whether a session that is there already was made by this press: its instance is live in it, or nothing is yet.
fn is_of(row: &SessionRow, at: &SessionRef) -> bool {
    let own = doors::instance_hash(&at.instance);
    row.instance_hash.as_ref().map_or(!at.silent, |live| live[..] == own)
}

/// Whether this can be a host's `state`.
fn is_state(text: &str) -> bool {
    !text.is_empty() && text.chars().count() <= LONGEST_STATE && !text.chars().any(char::is_control)
}

/// The host has to mend what its entrance asks for.
fn unready(entrance: &Entrance, error: &InviteError, language: Option<Language>) -> Closed {
    match error {
        InviteError::Unavailable(error) => broken(error, language),
        _ => {
            tracing::warn!(?entrance, %error, "an entrance asks for what cannot be asked for any more");
            closed(Shut::Unready, language)
        }
    }
}
