//! Whose request this is: what the browser says of it, the hosted page's cookie, the language it prefers.

use crate::connections::surface::Vendor;
use axum::http::{HeaderMap, HeaderValue, header};
use gesher_app::backend::{Asked, SessionRef};
use gesher_contract::{Door, Language, SessionId};
use std::time::Duration;

/// A session may be launched again as long as it lives, and from the same browser alone. No session lives longer than Meld's.
const LAUNCH_COOKIE_LIFE: Duration = Vendor::Meld.life().ends;

/// Whether a request that changes something may have come from another site's page. Browsers that say where it comes
/// from must say "from ourselves"; for those that do not, the ticket or handle in it is the proof.
pub(super) fn is_foreign(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-site").is_some_and(|site| site != "same-origin")
}

/// Where the browser is going to show the answer, if it says so.
pub(super) fn destination(headers: &HeaderMap) -> Option<Door> {
    match headers.get("sec-fetch-dest")?.to_str().ok()? {
        "document" => Some(Door::Page),
        "iframe" | "frame" | "embed" | "object" => Some(Door::Frame),
        _ => None,
    }
}

/// The language that the browser likes best, of those that the widget speaks.
pub(super) fn preferred(headers: &HeaderMap) -> Option<Language> {
    let wanted = headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?;
    let mut best: Option<(f32, Language)> = None;
    for item in wanted.split(',').take(20) {
        let (code, weight) = item.split_once(";q=").unwrap_or((item, "1"));
        let (Some(language), Ok(weight)) = (Language::from_code(code.trim()), weight.trim().parse::<f32>()) else {
            continue;
        };
        if weight > 0.0 && best.is_none_or(|(known, _)| weight > known) {
            best = Some((weight, language));
        }
    }
    best.map(|(_, language)| language)
}

/// What the request for a page says of the browser.
pub(super) fn asked(headers: &HeaderMap) -> Asked {
    Asked {
        preferred: preferred(headers),
        silent: !headers.contains_key("sec-fetch-site"),
        vendor_messages: false,
    }
}

fn cookie_name(session: &str) -> String {
    format!("__Host-gesher-{session}")
}

/// The name of the cookie by which a browser that was sent to a bank is known again.
fn launch_cookie_name(session: &str) -> String {
    format!("__Host-gesher-go-{session}")
}

fn cookies(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    all.flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
}

fn named(headers: &HeaderMap, name: &str) -> Option<String> {
    cookies(headers)
        .find(|(known, _)| *known == name)
        .map(|(_, value)| value.to_owned())
}

/// The handle that the hosted page's cookie of this session carries.
pub(super) fn cookie(headers: &HeaderMap, session: &str) -> Option<String> {
    named(headers, &cookie_name(session))
}

/// What this browser was given when it was sent to the bank of this session.
pub(super) fn launch_cookie(headers: &HeaderMap, session: &str) -> Option<String> {
    named(headers, &launch_cookie_name(session))
}

/// The sessions for whose banks this browser was sent away.
pub(super) fn launched(headers: &HeaderMap) -> impl Iterator<Item = SessionId> {
    cookies(headers).filter_map(|(name, _)| SessionId::parse(name.strip_prefix(&launch_cookie_name(""))?).ok())
}

/// The cookie by which a browser that is sent to a bank is known again.
pub(super) fn keep_launch(session: &str, secret: &str) -> Option<HeaderValue> {
    let life = LAUNCH_COOKIE_LIFE.as_secs();
    let mut value = HeaderValue::from_str(&format!(
        "{}={secret}; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age={life}",
        launch_cookie_name(session)
    ))
    .ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// The cookie that keeps a hosted page's instance. A frame gets none.
pub(super) fn keep_instance(at: &SessionRef, handle: &str) -> Option<HeaderValue> {
    if at.door != Door::Page {
        return None;
    }
    let mut value = HeaderValue::from_str(&format!(
        "{}={handle}; Path=/; HttpOnly; Secure; SameSite=Lax",
        cookie_name(at.id.as_str())
    ))
    .ok()?;
    value.set_sensitive(true);
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: &'static str, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name.parse().expect("a name"), HeaderValue::from_str(value).expect("a value"))])
    }

    #[test]
    fn the_best_liked_language_that_we_speak_wins() {
        let preferred = |value| preferred(&headers("accept-language", value));
        assert_eq!(preferred("fr, en;q=0.5, he-IL;q=0.8"), Some(Language::He));
        assert_eq!(preferred("he;q=0, en;q=0.1"), Some(Language::En));
        assert_eq!(preferred("fr"), None);
    }

    #[test]
    fn one_session_does_not_get_the_cookie_of_another() {
        let headers = headers("cookie", "__Host-gesher-sess_a=1; __Host-gesher-sess_b=2");
        assert_eq!(cookie(&headers, "sess_b").as_deref(), Some("2"));
        assert_eq!(cookie(&headers, "sess_c"), None);
    }

    #[test]
    fn only_our_own_pages_or_a_silent_browser_may_change_something() {
        for site in ["cross-site", "same-site", "none", ""] {
            assert!(is_foreign(&headers("sec-fetch-site", site)), "{site}");
        }
        assert!(!is_foreign(&headers("sec-fetch-site", "same-origin")));
        assert!(!is_foreign(&headers("origin", "null")));
    }
}
