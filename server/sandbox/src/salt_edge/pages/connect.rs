//! The steps at the page: provider, login, code, the way back.
//!
//! A login makes the connection, right or wrong: a wrong one leaves an inactive connection whose last attempt failed, and can be tried
//! again. After [`TRIES`] the person is led back.

use super::{Frame, language};
use crate::banks::psu::PsuId;
use crate::html::escape;
use crate::salt_edge::SaltEdge;
use crate::salt_edge::callbacks::Happened;
use crate::salt_edge::connection::Connection;
use crate::salt_edge::moment::DAY;
use crate::salt_edge::people::{self, Fail};
use crate::salt_edge::providers::{self, Provider};
use crate::salt_edge::session::{Purpose, Session, Step};
use crate::trouble;
use axum::extract::{Form, OriginalUri, Query, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use std::sync::Arc;

/// Wrong logins and codes of a visit.
const TRIES: u32 = 3;
/// Providers that are shown at a time.
const SHOWN: usize = 12;

/// Query of the page.
#[derive(Deserialize)]
pub(in crate::salt_edge) struct Visit {
    token: Option<String>,
    q: Option<String>,
    lang: Option<String>,
}

/// What a form of the page sends.
#[derive(Default, Deserialize)]
pub(in crate::salt_edge) struct Filled {
    #[serde(default)]
    action: String,
    #[serde(default)]
    provider: String,
    #[serde(default)]
    login: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    code: String,
}

/// The visit that an address is of, while it lasts. Its end can be seen for longer.
fn find(salt_edge: &SaltEdge, visit: &Visit) -> Option<(String, Session)> {
    let token = visit.token.clone()?;
    let now = salt_edge.now();
    let session = salt_edge.desk().sessions.get(&token).cloned()?;
    (now < session.expires || matches!(session.step, Step::Over(_))).then_some((token, session))
}

fn keep(salt_edge: &SaltEdge, token: &str, session: Session) {
    salt_edge.desk().sessions.insert(token.to_owned(), session);
}

/// `GET /salt-edge/connect?token`
pub(in crate::salt_edge) async fn show(
    State(salt_edge): State<Arc<SaltEdge>>,
    OriginalUri(uri): OriginalUri,
    Query(visit): Query<Visit>,
    headers: HeaderMap,
) -> Response {
    let found = find(&salt_edge, &visit);
    let asked = found.as_ref().and_then(|(_, session)| session.locale.as_deref());
    let frame = Frame {
        lang: language(visit.lang.as_deref(), asked, &headers),
        uri: &uri,
    };
    match found {
        Some((_, session)) => page(&salt_edge, &frame, &session, visit.q.as_deref().unwrap_or_default()),
        None => not_valid(&frame),
    }
}

/// `POST /salt-edge/connect?token`
pub(in crate::salt_edge) async fn act(
    State(salt_edge): State<Arc<SaltEdge>>,
    OriginalUri(uri): OriginalUri,
    Query(visit): Query<Visit>,
    headers: HeaderMap,
    Form(filled): Form<Filled>,
) -> Response {
    let found = find(&salt_edge, &visit);
    let asked = found.as_ref().and_then(|(_, session)| session.locale.as_deref());
    let frame = Frame {
        lang: language(visit.lang.as_deref(), asked, &headers),
        uri: &uri,
    };
    let Some((token, mut session)) = found else {
        return not_valid(&frame);
    };
    match (session.step.clone(), filled.action.as_str()) {
        (Step::Over(_), _) => {}
        (step, "leave") => leave(&salt_edge, &token, session, &step),
        (Step::Pick, _) => {
            let provider = providers::find(&filled.provider).filter(|provider| offered(&session, provider));
            if provider.is_some() {
                session.provider = provider;
                session.step = Step::Login;
                keep(&salt_edge, &token, session);
            }
        }
        (Step::Login, _) => return log_in(&salt_edge, &frame, (&token, session), &filled),
        (Step::Code(psu), _) => return confirm(&salt_edge, &frame, (&token, session), &psu, &filled.code),
    }
    frame.again()
}

fn not_valid(frame: &Frame<'_>) -> Response {
    let texts = frame.texts();
    frame.page(StatusCode::GONE, texts.over, "", &format!("<p>{}</p>", texts.over_text))
}

fn page(salt_edge: &SaltEdge, frame: &Frame<'_>, session: &Session, query: &str) -> Response {
    match &session.step {
        Step::Pick => picker(frame, session, query),
        Step::Login => login_form(salt_edge, frame, session, StatusCode::OK, None),
        Step::Code(_) => code_form(frame),
        Step::Over(fail) => way_back(frame, session, *fail),
    }
}

fn offered(session: &Session, provider: &Provider) -> bool {
    provider.active && (session.include_sandboxes || !provider.is_sandbox())
}

fn picker(frame: &Frame<'_>, session: &Session, query: &str) -> Response {
    let texts = frame.texts();
    let wanted = query.trim().to_lowercase();
    let fits = |provider: &&Provider| offered(session, provider) && provider.name.to_lowercase().contains(&wanted);
    let found: Vec<&Provider> = providers::all().iter().filter(fits).take(SHOWN + 1).collect();
    let buttons: String = found
        .iter()
        .take(SHOWN)
        .map(|provider| {
            format!(
                "<p><button class=\"quiet\" name=\"provider\" value=\"{}\"><bdi>{}</bdi></button></p>",
                escape(&provider.code),
                escape(&provider.name)
            )
        })
        .collect();
    let note = match found.len() {
        0 => format!("<p>{}</p>", texts.none_found),
        many if many > SHOWN => format!("<p>{}</p>", texts.more),
        _ => String::new(),
    };
    let kept = frame
        .uri
        .query()
        .unwrap_or_default()
        .split('&')
        .find_map(|pair| pair.strip_prefix("token="));
    let main = format!(
        "<form method=\"get\" action=\"{path}\"><input type=\"hidden\" name=\"token\" value=\"{token}\">\
         <input type=\"hidden\" name=\"lang\" value=\"{lang}\"><label>{search}<input name=\"q\" value=\"{query}\"></label>\
         <button>{find}</button></form><form method=\"post\" action=\"{action}\">{buttons}{note}\
         <p class=\"actions\"><button class=\"quiet\" name=\"action\" value=\"leave\">{leave}</button></p></form>",
        path = escape(frame.uri.path()),
        token = escape(kept.unwrap_or_default()),
        lang = frame.lang.code(),
        search = texts.search,
        query = escape(query),
        find = texts.find,
        action = frame.action(),
        leave = texts.leave,
    );
    frame.page(StatusCode::OK, texts.pick, "", &main)
}

/// What is asked for, as HTML.
fn question(salt_edge: &SaltEdge, frame: &Frame<'_>, session: &Session) -> String {
    let texts = frame.texts();
    let names = [
        ("accounts", texts.see_accounts),
        ("transactions", texts.see_transactions),
        ("holder_info", texts.see_holder),
    ];
    let asked = names.iter().filter(|(scope, _)| session.scopes.iter().any(|asked| asked == scope));
    let items: String = asked.map(|(_, text)| format!("<li>{text}</li>")).collect();
    let until = session.until(salt_edge.now());
    let until = until.map(|day| format!("<p>{} <bdi dir=\"ltr\">{day}</bdi></p>", texts.until));
    format!("<p>{}</p><ul>{items}</ul>{}", texts.asks, until.unwrap_or_default())
}

fn login_form(salt_edge: &SaltEdge, frame: &Frame<'_>, session: &Session, status: StatusCode, alert: Option<&str>) -> Response {
    let texts = frame.texts();
    let bank = session.provider.map_or("", |provider| provider.name.as_str());
    let question = if session.shows_consent {
        question(salt_edge, frame, session)
    } else {
        String::new()
    };
    let main = format!(
        "{question}{alert}<p>{hint}</p><form method=\"post\" action=\"{action}\">\
         <label>{login}<input name=\"login\" autocomplete=\"username\" dir=\"ltr\" required></label>\
         <label>{password}<input name=\"password\" type=\"password\" autocomplete=\"current-password\" dir=\"ltr\" required></label>\
         <p class=\"actions\"><button name=\"action\" value=\"login\">{go_on}</button>\
         <button class=\"quiet\" name=\"action\" value=\"leave\" formnovalidate>{leave}</button></p></form>",
        alert = Frame::alert(alert),
        hint = texts.hint,
        action = frame.action(),
        login = texts.login,
        password = texts.password,
        go_on = texts.go_on,
        leave = texts.leave,
    );
    frame.page(status, &texts.log_in.replace("{bank}", bank), "", &main)
}

fn code_form(frame: &Frame<'_>) -> Response {
    let texts = frame.texts();
    let main = format!(
        "<p>{hint}</p><form method=\"post\" action=\"{action}\"><label>{code}\
         <input name=\"code\" inputmode=\"numeric\" autocomplete=\"one-time-code\" dir=\"ltr\" required></label>\
         <p class=\"actions\"><button name=\"action\" value=\"code\">{go_on}</button>\
         <button class=\"quiet\" name=\"action\" value=\"leave\" formnovalidate>{leave}</button></p></form>",
        hint = texts.code_hint,
        action = frame.action(),
        code = texts.code,
        go_on = texts.go_on,
        leave = texts.leave,
    );
    frame.page(StatusCode::OK, texts.code, "", &main)
}

/// The way back: a page, not a redirect, because `form-action` also holds for where a form's answer redirects to.
fn way_back(frame: &Frame<'_>, session: &Session, fail: Option<Fail>) -> Response {
    let texts = frame.texts();
    let connected = fail.is_none() && session.connection.is_some();
    let title = if connected { texts.done } else { texts.failed };
    let Some(back) = session.back() else {
        return frame.page(StatusCode::OK, title, "", &format!("<p>{}</p>", texts.close));
    };
    let to = escape(back.as_str());
    let head = format!("<meta http-equiv=\"refresh\" content=\"0;url={to}\">");
    let main = format!(
        "<p class=\"actions\"><a class=\"button\" id=\"back\" href=\"{to}\">{}</a></p>",
        texts.back
    );
    frame.page(StatusCode::OK, title, &head, &main)
}

/// Goes back without having connected. A code that was waited for is refused with that.
fn leave(salt_edge: &SaltEdge, token: &str, mut session: Session, step: &Step) {
    if let (Step::Code(_), Some(connection)) = (step, session.connection) {
        session.failed = Some(Fail::ProviderAccessNotGranted);
        salt_edge.finish(session.app, connection, Err(Fail::ProviderAccessNotGranted));
    }
    session.step = Step::Over(session.failed);
    keep(salt_edge, token, session);
}

/// Begins an attempt at the visit's connection, which is made now if there is none.
fn begin(salt_edge: &SaltEdge, session: &mut Session, provider: &'static Provider) -> u64 {
    let now = salt_edge.now();
    let mut desk = salt_edge.desk();
    let attempt = session.attempt(desk.fresh(), provider, now);
    if let Some(id) = session.connection
        && let Some(connection) = desk.connection(session.app, id, now)
    {
        connection.begin(attempt);
        return id;
    }
    let (consent, id) = (session.consent(desk.fresh(), provider, now), desk.fresh());
    let connection = Connection::new(id, session.app, session.customer, provider, consent, attempt);
    desk.connections.insert(id, connection);
    session.connection = Some(id);
    id
}

/// Whether this person is the one that the connection is of. It is theirs from now on when it was nobody's.
fn belongs(salt_edge: &SaltEdge, session: &Session, id: u64, psu: &PsuId) -> bool {
    let mut desk = salt_edge.desk();
    let connection = desk.connection(session.app, id, salt_edge.now());
    connection.is_some_and(|connection| connection.psu.get_or_insert_with(|| psu.clone()) == psu)
}

/// What the person gave by coming this far: a new consent, when they were asked for one anew.
fn give_consent(salt_edge: &SaltEdge, session: &Session, id: u64, psu: &PsuId) {
    let now = salt_edge.now();
    let mut desk = salt_edge.desk();
    let fresh = desk.fresh();
    let Some(connection) = desk.connection(session.app, id, now) else {
        return;
    };
    if matches!(session.purpose, Purpose::Reconnect(_)) {
        connection.consents.push(session.consent(fresh, connection.provider, now));
    }
    if trouble::is_past(Some(psu))
        && let Some(consent) = connection.consents.last_mut()
    {
        consent.expires = consent.given.after(-DAY);
    }
}

fn log_in(salt_edge: &SaltEdge, frame: &Frame<'_>, (token, mut session): (&str, Session), filled: &Filled) -> Response {
    let Some(provider) = session.provider else { return frame.again() };
    let id = begin(salt_edge, &mut session, provider);
    salt_edge.tell(session.app, id, &[Happened::Stage("connect")], 0);
    let psu = people::log_in(&filled.login, &filled.password);
    let Some(psu) = psu else {
        return failed(salt_edge, frame, (token, session), id, Fail::InvalidCredentials);
    };
    if !belongs(salt_edge, &session, id, &psu) {
        return failed(salt_edge, frame, (token, session), id, Fail::CredentialsNotMatch);
    }
    if provider.interactive {
        salt_edge.tell(session.app, id, &[Happened::Stage("interactive")], 0);
        session.step = Step::Code(psu);
        keep(salt_edge, token, session);
        return frame.again();
    }
    fetch(salt_edge, frame, (token, session), id, &psu)
}

fn confirm(salt_edge: &SaltEdge, frame: &Frame<'_>, (token, session): (&str, Session), psu: &PsuId, code: &str) -> Response {
    let Some(id) = session.connection else { return frame.again() };
    if code.trim() != people::CODE {
        return failed(salt_edge, frame, (token, session), id, Fail::InvalidInteractiveCredentials);
    }
    fetch(salt_edge, frame, (token, session), id, psu)
}

/// The login is right: what there is is fetched, and the person goes back.
fn fetch(salt_edge: &SaltEdge, frame: &Frame<'_>, (token, mut session): (&str, Session), id: u64, psu: &PsuId) -> Response {
    let result = people::fetch(psu);
    give_consent(salt_edge, &session, id, psu);
    salt_edge.finish(session.app, id, result);
    session.step = Step::Over(result.err());
    keep(salt_edge, token, session);
    frame.again()
}

/// A try has failed: the form again, or the way back after too many.
fn failed(salt_edge: &SaltEdge, frame: &Frame<'_>, (token, mut session): (&str, Session), id: u64, fail: Fail) -> Response {
    salt_edge.finish(session.app, id, Err(fail));
    session.failed = Some(fail);
    session.wrong += 1;
    session.step = if session.wrong < TRIES {
        Step::Login
    } else {
        Step::Over(Some(fail))
    };
    let over = matches!(session.step, Step::Over(_));
    keep(salt_edge, token, session.clone());
    if over {
        return frame.again();
    }
    let texts = frame.texts();
    let alert = match fail {
        Fail::InvalidInteractiveCredentials => texts.code_wrong,
        Fail::CredentialsNotMatch => texts.another,
        _ => texts.wrong,
    };
    login_form(salt_edge, frame, &session, StatusCode::UNAUTHORIZED, Some(alert))
}
