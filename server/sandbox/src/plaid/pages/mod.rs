//! Link as the person sees it: pages that need no script, in English and Hebrew. A session has one address; what it shows follows
//! from where the person is. In a frame the same pages tell the page around them what happened.

pub(super) mod files;
mod frame;
mod steps;
mod texts;
mod views;

use super::Plaid;
use super::link::session::{Session, Step};
use super::link::token::LinkToken;
use axum::extract::{Form, OriginalUri, Path, Query, State};
use axum::response::{IntoResponse, Response};
use frame::Frame;
use http::header::LOCATION;
use http::{StatusCode, Uri};
use serde::Deserialize;
use std::sync::Arc;

/// How many sessions of a link token are told of, the newest.
const SESSIONS: usize = 16;

/// What a form of any page sends: names and values, a name as often as it was chosen.
type Filled = Vec<(String, String)>;

/// The value of a field; empty when it was not sent.
fn value<'a>(filled: &'a Filled, name: &str) -> &'a str {
    let found = filled.iter().find(|(known, _)| known == name);
    found.map_or("", |(_, value)| value.as_str())
}

/// 303 to an address of the sandbox.
fn see_other(to: &str) -> Response {
    (StatusCode::SEE_OTHER, [(LOCATION, to)]).into_response()
}

/// The address of a session, in the language of this address.
fn session_address(id: &str, uri: &Uri) -> String {
    format!("/plaid/session/{id}?lang={}", texts::language(uri).code())
}

/// Begins a session and leads to it.
fn begin(plaid: &Plaid, link: &LinkToken, origin: Option<String>, uri: &Uri) -> Response {
    let id = super::ident::uuid(&plaid.ids.fresh());
    let first = link.institution.map_or(Step::Picker, Step::Login);
    let now = plaid.now();
    let session = Session::new(id.clone(), link.token.clone(), first, origin, plaid.ids.fresh(), now);
    let mut desk = plaid.desk();
    desk.sessions.insert(id.clone(), session);
    if let Some(link) = desk.links.get_mut(&link.token) {
        link.sessions.push(id.clone());
        if link.sessions.len() > SESSIONS {
            link.sessions.remove(0);
        }
    }
    see_other(&session_address(&id, uri))
}

/// `GET /plaid/hosted/{hosted_id}`: Hosted Link. Each opening is a session of its own.
pub(super) async fn hosted(State(plaid): State<Arc<Plaid>>, Path(id): Path<String>, OriginalUri(uri): OriginalUri) -> Response {
    let frame = Frame::new(&uri, "", None);
    let found = {
        let desk = plaid.desk();
        desk.hosted.get(&id).and_then(|token| desk.links.get(token)).cloned()
    };
    match found {
        None => frame.not_found(),
        Some(link) if link.hosted_opens(plaid.now()) => begin(&plaid, &link, None, &uri),
        Some(_) => frame.over(),
    }
}

/// Query of the framed page.
#[derive(Deserialize)]
pub(super) struct Framed {
    token: Option<String>,
    origin: Option<String>,
    oauth_state_id: Option<String>,
}

/// `GET /plaid/link/v2/stable/link.html`: what the script opens in its frame.
pub(super) async fn framed(State(plaid): State<Arc<Plaid>>, Query(query): Query<Framed>, OriginalUri(uri): OriginalUri) -> Response {
    let frame = Frame::new(&uri, "", None);
    let origin = query.origin.filter(|origin| plaid.frames.contains(origin));
    let token = query.token.unwrap_or_default();
    let link = plaid.desk().links.get(&token).cloned();
    let Some(origin) = origin else {
        return frame.not_found();
    };
    let Some(link) = link else {
        return views::closed(&frame, origin);
    };
    if let Some(state) = query.oauth_state_id {
        let desk = plaid.desk();
        let theirs = link.sessions.iter().filter_map(|id| desk.sessions.get(id));
        let found = theirs
            .into_iter()
            .find(|session| session.oauth_state == state)
            .map(|session| session.id.clone());
        return found.map_or_else(|| frame.not_found(), |id| see_other(&session_address(&id, &uri)));
    }
    if !link.opens(plaid.now()) {
        return views::closed(&frame, origin);
    }
    begin(&plaid, &link, Some(origin), &uri)
}

/// A session and its link token.
fn find(plaid: &Plaid, id: &str) -> Option<(Session, LinkToken)> {
    let desk = plaid.desk();
    let session = desk.sessions.get(&id.to_owned())?.clone();
    let link = desk.links.get(&session.link_token)?.clone();
    Some((session, link))
}

/// `GET /plaid/session/{session_id}`
pub(super) async fn show(State(plaid): State<Arc<Plaid>>, Path(id): Path<String>, OriginalUri(uri): OriginalUri) -> Response {
    let Some((session, link)) = find(&plaid, &id) else {
        return Frame::new(&uri, "", None).not_found();
    };
    views::show(&plaid, &session, &link, &uri)
}

/// `POST /plaid/session/{session_id}`
pub(super) async fn act(
    State(plaid): State<Arc<Plaid>>,
    Path(id): Path<String>,
    OriginalUri(uri): OriginalUri,
    Form(filled): Form<Filled>,
) -> Response {
    let Some((session, link)) = find(&plaid, &id) else {
        return Frame::new(&uri, "", None).not_found();
    };
    steps::act(&plaid, &session, &link, &filled);
    see_other(&session_address(&id, &uri))
}

/// `GET /plaid/bank/{session_id}`: the own page of a bank with OAuth.
pub(super) async fn bank(State(plaid): State<Arc<Plaid>>, Path(id): Path<String>, OriginalUri(uri): OriginalUri) -> Response {
    match find(&plaid, &id) {
        Some((session, link)) => views::bank(&session, &link, &uri),
        None => Frame::new(&uri, "", None).not_found(),
    }
}

/// `POST /plaid/bank/{session_id}`
pub(super) async fn bank_login(
    State(plaid): State<Arc<Plaid>>,
    Path(id): Path<String>,
    OriginalUri(uri): OriginalUri,
    Form(filled): Form<Filled>,
) -> Response {
    let Some((session, link)) = find(&plaid, &id) else {
        return Frame::new(&uri, "", None).not_found();
    };
    steps::act(&plaid, &session, &link, &filled);
    let Some((session, _)) = find(&plaid, &id) else {
        return Frame::new(&uri, "", None).not_found();
    };
    if session.alert.is_some() {
        return see_other(&uri.to_string());
    }
    match (&session.origin, &link.redirect_uri) {
        // The bank's page took the place of the page around the frame, which opens Link again.
        (Some(_), Some(redirect)) => {
            let mut back = redirect.clone();
            back.query_pairs_mut().append_pair("oauth_state_id", &session.oauth_state);
            views::way_back(&session, &link, &uri, &back)
        }
        _ => see_other(&session_address(&id, &uri)),
    }
}
