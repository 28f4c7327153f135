//! Which browser it is. One browser is led back from a request, as often as it asks: a link to a bank's page that somebody passes on
//! leads nobody else there.

use super::{Door, Step, see_other};
use crate::psd2::Psd2;
use crate::psd2::bank::Bank;
use axum::response::{IntoResponse, Response};
use http::header::{COOKIE, SET_COOKIE};
use http::{HeaderMap, HeaderValue};

const NAME: &str = "bank-browser";

/// What the browser's cookie says.
pub(super) fn known(headers: &HeaderMap) -> Option<&str> {
    let lines = headers.get_all(COOKIE).into_iter().filter_map(|line| line.to_str().ok());
    let mut cookies = lines
        .flat_map(|line| line.split(';'))
        .filter_map(|cookie| cookie.trim().split_once('='));
    cookies
        .find(|(name, value)| *name == NAME && !value.is_empty())
        .map(|(_, value)| value)
}

/// The address of a visit.
pub(super) fn visit_address(bank: &Bank, id: &str, lang: &str) -> String {
    format!("/psd2/{}/visit/{id}?lang={lang}", bank.host())
}

/// 303 to a visit, with the cookie without which its address shows nothing.
pub(super) fn enter(psd2: &Psd2, bank: &Bank, id: &str, lang: &str, browser: &str) -> Response {
    let secure = if psd2.url.starts_with("https:") { "; Secure" } else { "" };
    let cookie = format!("{NAME}={browser}; Path=/psd2/{}; HttpOnly; SameSite=Lax{secure}", bank.host());
    let mut response = see_other(&visit_address(bank, id, lang)).into_response();
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

/// The visit at whose end this browser was led back from an authorisation, if it was.
pub(super) fn led_back(psd2: &Psd2, door: &Door, headers: &HeaderMap) -> Option<String> {
    let browser = known(headers)?;
    let desk = psd2.desk();
    let theirs = |id: &&String| {
        desk.visits.get(id).is_some_and(|visit| {
            let same = visit.browser == browser && visit.door.authorisation_id == door.authorisation_id;
            same && matches!(visit.step, Step::Over { .. })
        })
    };
    desk.visits.keys().filter(theirs).last().cloned()
}
