//! The banks' pages: plain HTML in Hebrew and English that needs no script. Every page is a GET; a form posts to the address of its
//! own page, so the language switch is a link to the same address.

pub(super) mod app;
mod browser;
pub(super) mod login;
mod texts;
pub(super) mod visit;

use super::Psd2;
use super::bank::Bank;
use super::tokens::Asker;
use crate::banks::psu::PsuId;
use crate::html::escape;
use crate::lang::Lang;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, X_FRAME_OPTIONS};
use http::{HeaderMap, HeaderName, StatusCode, Uri};
use texts::Texts;
use url::Url;

const CSP: &str = "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// The parameter in which a confirmation code goes back with the browser. The standard does not name it; adorsys' open implementation
/// of the standard calls it so.
const CONFIRMATION: &str = "authConfirmationCode";

/// How the customer came, and so how the answer goes back.
#[derive(Clone, Debug)]
pub(super) struct Door {
    consent_id: String,
    authorisation_id: String,
    oauth: Option<Request>,
}

/// An OAuth authorisation request.
#[derive(Clone, Debug)]
struct Request {
    asker: Asker,
    back: Url,
    state: Option<String>,
}

/// Somebody who has logged in and has not finished, or has just finished. It is one browser's.
#[derive(Clone, Debug)]
pub(super) struct Visit {
    bank: &'static Bank,
    door: Door,
    browser: String,
    step: Step,
}

#[derive(Clone, Debug)]
enum Step {
    /// What is asked for is on the table.
    Consent(PsuId),
    /// The code was sent. These accounts were chosen.
    Code(PsuId, Vec<String>),
    /// It is over, and this is the way back for this browser.
    Over { given: bool, back: Url },
}

/// An address to which a browser may be sent: http or https, without a fragment.
pub(super) fn target(address: &str) -> Option<Url> {
    let url = Url::parse(address).ok()?;
    let fits = matches!(url.scheme(), "http" | "https") && url.has_host() && url.fragment().is_none();
    fits.then_some(url)
}

/// Ends what the customer came for and says where the browser goes, once: after that nobody is led back. `given` says whether the
/// consent was given.
fn leave(psd2: &Psd2, bank: &'static Bank, door: &Door, given: bool) -> Option<Url> {
    let now = psd2.now();
    let mut desk = psd2.desk();
    let authorisation = desk.consent(bank, &door.consent_id, now)?.lead_back(&door.authorisation_id)?;
    let Some(request) = &door.oauth else {
        let mut back = authorisation.back.clone()?;
        if let Some(code) = authorisation.confirmation_code() {
            back.ok.query_pairs_mut().append_pair(CONFIRMATION, code);
        }
        return Some(if given { back.ok } else { back.nok });
    };
    if !given {
        return Some(oauth_answer(psd2, bank, request, "error", "access_denied"));
    }
    let code = psd2.ids.fresh();
    desk.tokens
        .add_code(code.clone(), request.asker.clone(), door.consent_id.clone(), now);
    Some(oauth_answer(psd2, bank, request, "code", &code))
}

/// The redirect URI with what OAuth adds to it. An existing query is kept.
fn oauth_answer(psd2: &Psd2, bank: &Bank, request: &Request, name: &str, value: &str) -> Url {
    let mut url = request.back.clone();
    let mut query = url.query_pairs_mut();
    query.append_pair(name, value);
    if let Some(state) = &request.state {
        query.append_pair("state", state);
    }
    query.append_pair("iss", &psd2.issuer(bank));
    drop(query);
    url
}

/// From the address's `lang`, else from what the browser prefers, else Hebrew.
fn language(uri: &Uri, headers: &HeaderMap) -> Lang {
    let asked = pairs(uri)
        .filter_map(|pair| pair.strip_prefix("lang="))
        .last()
        .and_then(Lang::of_tag);
    asked.or_else(|| Lang::preferred(headers)).unwrap_or(Lang::He)
}

fn pairs(uri: &Uri) -> impl Iterator<Item = &str> {
    uri.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty())
}

/// The address with this language in its query.
fn in_language(uri: &Uri, lang: Lang) -> String {
    let mut query: Vec<&str> = pairs(uri).filter(|pair| !pair.starts_with("lang=")).collect();
    let wanted = format!("lang={}", lang.code());
    query.push(&wanted);
    format!("{}?{}", uri.path(), query.join("&"))
}

/// A text in which `{tpp}` stands for who asks, as HTML. The name keeps its own direction.
fn naming(text: &str, tpp: &str) -> String {
    escape(text).replace("{tpp}", &format!("<bdi>{}</bdi>", escape(tpp)))
}

/// What every page is made with.
struct Frame<'a> {
    bank: &'a Bank,
    lang: Lang,
    uri: &'a Uri,
}

impl<'a> Frame<'a> {
    fn new(bank: &'a Bank, uri: &'a Uri, headers: &HeaderMap) -> Self {
        Self {
            bank,
            lang: language(uri, headers),
            uri,
        }
    }

    fn texts(&self) -> &'static Texts {
        texts::of(self.lang)
    }

    /// Where a form of this page posts to.
    fn action(&self) -> String {
        escape(&in_language(self.uri, self.lang))
    }

    /// A note that something is wrong, to stand before a form.
    fn alert(text: Option<&str>) -> String {
        text.map(|text| format!("<p class=\"alert\" role=\"alert\">{}</p>", escape(text)))
            .unwrap_or_default()
    }

    /// A whole page. `head` and `main` are HTML.
    fn page(&self, status: StatusCode, title: &str, head: &str, main: &str) -> Response {
        let texts = self.texts();
        let other = self.lang.other();
        let html = format!(
            "<!doctype html>\n<html lang=\"{lang}\" dir=\"{dir}\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">{head}\
             <title>{title} · {bank}</title><link rel=\"stylesheet\" href=\"/psd2/{id}/bank.css\"></head>\
             <body><p class=\"sandbox\">{sandbox}</p><header><strong>{bank}</strong>\
             <a class=\"language\" lang=\"{other}\" hreflang=\"{other}\" href=\"{switch}\">{other_name}</a></header>\
             <main><h1>{title}</h1>{main}</main></body></html>\n",
            lang = self.lang.code(),
            dir = self.lang.dir(),
            title = escape(title),
            bank = escape(self.lang.pick(self.bank.he, self.bank.en)),
            id = self.bank.host(),
            sandbox = escape(texts.sandbox),
            other = other.code(),
            other_name = texts::of(other).language,
            switch = escape(&in_language(self.uri, other)),
        );
        let headers = [
            (CONTENT_TYPE, "text/html; charset=utf-8"),
            (CONTENT_SECURITY_POLICY, CSP),
            (X_FRAME_OPTIONS, "DENY"),
            (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        ];
        (status, headers, html).into_response()
    }

    /// A page that only says something.
    fn notice(&self, status: StatusCode, title: &str, text: &str) -> Response {
        self.page(status, title, "", &format!("<p>{}</p>", escape(text)))
    }
}

/// 303 to another page of the bank.
fn see_other(to: &str) -> Response {
    (StatusCode::SEE_OTHER, [(LOCATION, to)]).into_response()
}

/// `GET /bank.css`
pub(super) async fn stylesheet() -> Response {
    let headers = [(CONTENT_TYPE, "text/css; charset=utf-8"), (CACHE_CONTROL, "public, max-age=300")];
    (headers, include_str!("bank.css")).into_response()
}
