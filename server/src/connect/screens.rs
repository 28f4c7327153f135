//! What the widget shows of a session: made anew for each answer, in one language, for one document.
//!
//! **Contract.** Only the live instance sees more than the picker, "already under way" or "over"; it alone gets the public
//! token, and only until that is exchanged.

mod form;
mod picker;

pub use picker::picker;

use super::state::{self, Loaded};
use super::{audience, calls, doors};
use crate::core::Core;
use crate::store::accounts;
use crate::tenants::branding::Face;
use gesher_app::backend::{Refused, SessionRef};
use gesher_app::host::reason_name;
use gesher_app::locale::{failure_texts, last_tries_advice};
use gesher_contract::{
    AccountChoice, AccountLine, AccountsView, ConnectionStatus, Door, ExitReason, FailureCode, Language, LeavingView, LocalizedText,
    NextAction, Screen, SuccessView, Tile, View, WaitingView,
};
use gesher_domain::connection::Connection;
use gesher_domain::session::{Back, Calling, Completion, Exit, Failed, FieldError, Leaving, PickingAccounts, Purpose, Session, State};
use gesher_domain::{Hash32, InstanceHash, Timestamp};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// How long the success screen waits for the first data.
const FIRST_DATA: Duration = Duration::from_secs(10);

/// What a screen is made from.
pub struct Sight<'a> {
    /// The document.
    pub at: &'a SessionRef,
    /// The session.
    pub loaded: &'a Loaded,
    /// Who asks.
    pub face: Arc<Face>,
    /// What is in the search box; absent: nobody has touched it.
    pub query: Option<&'a str>,
    /// A form that came back with wrong fields.
    pub mended: Option<ToMend<'a>>,
    /// Accounts were to be picked, and none was.
    pub nothing_picked: bool,
}

/// What was typed into a form, and what is wrong with it.
pub struct ToMend<'a> {
    /// What was typed.
    pub typed: &'a BTreeMap<String, String>,
    /// What is wrong.
    pub wrong: &'a [FieldError],
}

/// Whether nobody has chosen anything yet.
pub const fn is_fresh(session: &Session) -> bool {
    matches!(session.state, State::Invited | State::Choosing) && session.attempts == 0
}

/// The language for this document.
pub fn language(at: &SessionRef, loaded: &Loaded) -> Language {
    language_for(at.preferred, loaded)
}

/// The language for a browser that prefers this one.
pub fn language_for(preferred: Option<Language>, loaded: &Loaded) -> Language {
    let settled = loaded.session.locks.language.is_some() || loaded.session.language.is_some() || loaded.row.language.is_some();
    match preferred {
        Some(preferred) if !settled => preferred,
        _ => calls::language(loaded),
    }
}

/// The screen of a session for a document.
///
/// # Errors
/// [`Refused::Broken`] when the database does not answer.
pub async fn screen(core: &Core, sight: &Sight<'_>) -> Result<Screen, Refused> {
    let Sight { at, loaded, face, .. } = sight;
    let session = &loaded.session;
    let language = language(at, loaded);
    let directory = core.directory(&loaded.row.tenant_id, &loaded.connection.mode);
    let institution = session
        .state
        .route()
        .and_then(|route| directory.get(&route.institution))
        .map(|institution| directory.tile(institution, language));
    let instance = InstanceHash(Hash32(doors::instance_hash(&at.instance)));
    let live = session.is_live(&instance);
    let view = if live {
        live_view(core, sight, language, institution.as_ref()).await?
    } else {
        outside_view(core, sight, &instance)
    };
    let shows_institution = live && !matches!(view, View::Picker(_));
    Ok(Screen {
        version: session.version,
        ticket: doors::ticket(core, at, session.version),
        stream: doors::stream(core, at),
        language,
        language_switch: session.locks.language.is_none(),
        tenant_name: face.name.clone(),
        tenant_mark: face.mark.clone(),
        theme: face.style.clone(),
        test_mode: loaded.connection.mode == "test",
        institution: institution.filter(|_| shows_institution),
        support_code: support_code(session),
        view,
    })
}

/// What a document sees that is not the live one.
fn outside_view(core: &Core, sight: &Sight<'_>, instance: &InstanceHash) -> View {
    let session = &sight.loaded.session;
    let now = core.clock.now();
    if !session.lets_in(now) {
        // What came of it is for the document that brought it about; the way to the host is not.
        let reason = end(&session.state);
        return View::Over {
            reason,
            searched: None,
            return_url: home(sight, reason == ExitReason::Completed).cloned(),
        };
    }
    if session.was_taken_over(instance) || session.is_handed_on_too_often() {
        View::TakenOver {
            way_back: (!session.is_handed_on_too_often()).then(|| doors::newcomer(core, sight.at)),
        }
    } else if session.is_under_way() {
        View::UnderWay
    } else {
        View::Picker(picker(core, sight.at, sight.loaded, sight.query))
    }
}

async fn live_view(core: &Core, sight: &Sight<'_>, language: Language, institution: Option<&Tile>) -> Result<View, Refused> {
    let loaded = sight.loaded;
    let session = &loaded.session;
    let name = institution.map_or("", |tile| tile.name.as_str());
    let time_is_up = session.is_over(core.clock.now()) && !session.state.is_over();
    Ok(match &session.state {
        State::Invited | State::Choosing if !time_is_up => View::Picker(picker(core, sight.at, loaded, sight.query)),
        State::Asking(asking) if !time_is_up => View::Form(form::form(core, sight, asking, language, name)),
        State::Calling(calling) if calling.leaving => over(sight, ExitReason::Cancelled),
        State::Leaving(leaving) if !time_is_up => View::Leaving(leaving_view(sight, leaving)),
        State::Waiting(waiting) if !time_is_up => View::Waiting(waiting_view(core, &waiting.message, waiting.until, language)),
        State::Calling(Calling {
            back: Back::Wait { until, message },
            ..
        }) if !time_is_up => View::Waiting(waiting_view(core, message, *until, language)),
        State::PickingAccounts(picking) if !time_is_up => View::Accounts(accounts_view(sight, picking, language)),
        State::Calling(_) if !time_is_up => View::Progress { fetching: false },
        State::Confirming(_) | State::Done { .. } if !time_is_up && awaits_first_data(core, loaded) => View::Progress { fetching: true },
        State::Confirming(_) if !time_is_up => success(core, sight, language).await?,
        State::Done { .. } => success(core, sight, language).await?,
        State::Failed(failed) => failure(sight, failed, language, name),
        state => over(sight, end(state)),
    })
}

/// Whether the access has just been made and its first data are on their way: what was connected is told with them.
pub fn awaits_first_data(core: &Core, loaded: &Loaded) -> bool {
    let session = &loaded.session;
    let machine = machine(loaded);
    let fetching = match &session.state {
        State::Confirming(_) => machine.pending_outcome.is_none() && !machine.cosigners,
        State::Done { .. } => session.completion == Completion::Automatic && machine.status == ConnectionStatus::Connected,
        _ => false,
    };
    let waited = core.clock.now().0.saturating_sub(loaded.row.updated_at);
    fetching && session.purpose == Purpose::Connect && waited <= i64::try_from(FIRST_DATA.as_micros()).unwrap_or(i64::MAX)
}

fn leaving_view(sight: &Sight<'_>, leaving: &Leaving) -> LeavingView {
    let Sight { at, loaded, .. } = sight;
    let launched = leaving.launch.is_some();
    LeavingView {
        launched,
        digits: at.silent.then(|| doors::digits(&at.instance, leaving.attempt.id.0)),
        automatic: loaded.session.locks.auto_redirect && at.door == Door::Page && !launched && !at.silent,
        same_tab: at.door == Door::Frame && loaded.row.redirect_url.is_some(),
    }
}

fn waiting_view(core: &Core, message: &LocalizedText, until: Timestamp, language: Language) -> WaitingView {
    WaitingView {
        message: message.get(language).to_owned(),
        until: until.rfc3339(),
        seconds_left: seconds_until(core, until),
    }
}

/// Whole seconds from now, begun ones included.
fn seconds_until(core: &Core, then: Timestamp) -> u32 {
    let left = then.0.saturating_sub(core.clock.now().0).max(0);
    u32::try_from(left.cast_unsigned().div_ceil(1_000_000)).unwrap_or(u32::MAX)
}

fn accounts_view(sight: &Sight<'_>, picking: &PickingAccounts, language: Language) -> AccountsView {
    let offered = picking.offer.accounts.iter();
    AccountsView {
        accounts: offered
            .map(|account| AccountChoice {
                id: account.id.clone(),
                name: account.name.get(language).to_owned(),
                last_digits: account.last_digits.clone(),
            })
            .collect(),
        empty: sight.nothing_picked,
    }
}

/// Why a session is over.
const fn end(state: &State) -> ExitReason {
    match state {
        State::Done { .. } => ExitReason::Completed,
        State::Exited { why: Exit::Closed, .. } => ExitReason::Cancelled,
        State::Exited {
            why: Exit::NotListed { .. },
            ..
        } => ExitReason::NotListed,
        State::Failed(_) => ExitReason::Failed,
        _ => ExitReason::Expired,
    }
}

fn over(sight: &Sight<'_>, reason: ExitReason) -> View {
    let searched = match &sight.loaded.session.state {
        State::Exited {
            why: Exit::NotListed { searched },
            ..
        } => searched.clone(),
        _ => None,
    };
    View::Over {
        reason,
        searched,
        return_url: way_back(sight, false, &[("status", Some(reason_name(reason)))]),
    }
}

fn failure(sight: &Sight<'_>, failed: &Failed, language: Language, institution: &str) -> View {
    let texts = failure_texts(language, failed.failure.code, failed.proof, failed.tries_left, institution);
    // Without tries in the whole session the way on is the host's.
    let last = failed.failure.next_action == NextAction::AskHost && failed.failure.code == FailureCode::TooManyTries;
    View::Failed {
        failure: failed.failure,
        message: texts.message,
        advice: if last {
            last_tries_advice(language, institution)
        } else {
            texts.advice
        },
        way_on: texts.way_on.filter(|_| failed.failure.retryable),
        return_url: way_back(sight, false, &[("status", Some(failed.failure.code.as_str()))]),
    }
}

fn machine(loaded: &Loaded) -> Connection {
    serde_json::from_str(&loaded.connection.machine).unwrap_or_default()
}

async fn success(core: &Core, sight: &Sight<'_>, language: Language) -> Result<View, Refused> {
    let loaded = sight.loaded;
    // What a repaired connection had may be somebody else's than the one's who repaired it.
    let rows = match loaded.session.purpose {
        Purpose::Repair => Vec::new(),
        Purpose::Connect => accounts::of_connection(&core.store, &loaded.row.tenant_id, &loaded.row.connection_id)
            .await
            .map_err(|error| {
                tracing::error!(%error, "accounts could not be read for the success screen");
                Refused::Broken
            })?,
    };
    let cosigners = match &loaded.session.state {
        State::Confirming(confirming) if loaded.session.purpose == Purpose::Repair => confirming.granted.cosigners,
        _ => machine(loaded).cosigners,
    };
    let lines = rows.into_iter().map(|row| {
        let name = serde_json::from_str::<LocalizedText>(&row.name).unwrap_or_default();
        let number = row.masked_pan.or(row.number).or(row.iban).unwrap_or_default();
        let digits: Vec<char> = number.chars().filter(char::is_ascii_digit).collect();
        AccountLine {
            name: name.get(language).to_owned(),
            last_digits: digits[digits.len().saturating_sub(4)..].iter().collect(),
        }
    });
    let public_token = state::public_token(core, &loaded.row);
    let directory = core.directory(&loaded.row.tenant_id, &loaded.connection.mode);
    let institution = loaded.session.state.route().and_then(|route| directory.get(&route.institution));
    let called = audience::dialect(sight.at, loaded)
        .zip(institution)
        .and_then(|(dialect, institution)| audience::called(institution, dialect));
    Ok(View::Success(SuccessView {
        accounts: lines.collect(),
        connection_id: loaded.row.connection_id.clone(),
        state: host_state(loaded).cloned(),
        return_url: way_back(sight, true, &[("public_token", public_token.as_deref())]),
        cosigners,
        announced: public_token.is_some() || loaded.session.completion == Completion::Automatic,
        public_token,
        called,
    }))
}

/// The host's own `state`: the session's, or else the connection's.
fn host_state(loaded: &Loaded) -> Option<&String> {
    loaded.session.locks.state.as_ref().or(loaded.connection.host_state.as_ref())
}

/// On the hosted page: the host's address. Where a vendor's API made the session it is for a success alone.
fn home<'a>(sight: &Sight<'a>, success: bool) -> Option<&'a String> {
    let row = &sight.loaded.row;
    let leads = sight.at.door == Door::Page && (success || audience::vendor(row).is_none());
    row.redirect_url.as_ref().filter(|_| leads)
}

/// The way there, with what the host has to know; an existing query is kept. What a vendor's pages would be told is not
/// documented, so those addresses stay as they are.
fn way_back(sight: &Sight<'_>, success: bool, more: &[(&str, Option<&str>)]) -> Option<String> {
    let loaded = sight.loaded;
    let home = home(sight, success)?;
    if audience::vendor(&loaded.row).is_some() {
        return Some(home.clone());
    }
    let mut url = url::Url::parse(home).ok()?;
    {
        let mut query = url.query_pairs_mut();
        query.append_pair("connection_id", &loaded.row.connection_id);
        for (name, value) in more {
            if let Some(value) = value {
                query.append_pair(name, value);
            }
        }
        if let Some(state) = host_state(loaded) {
            query.append_pair("state", state);
        }
    }
    Some(url.into())
}

/// Short and not secret: the end of the session's id, which is random.
fn support_code(session: &Session) -> String {
    let id = session.id.as_str();
    let tail = id[id.len() - 8..].to_ascii_uppercase();
    format!("{}-{}", &tail[..4], &tail[4..])
}
