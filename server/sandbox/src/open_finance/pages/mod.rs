//! The pages behind `connectUrl`: plain HTML in Hebrew and English that needs no script. First the vendor's own, which know who comes
//! and where to; then the bank's. Every page is a GET, and a form posts to the address of its own page.
//!
//! With `iframe=true` in the address a small script tells the embedding page how it went: `{source, type}` and the connection's id and
//! status. It tells any origin, since the vendor names none and nothing secret is said.

pub(super) mod bank;
pub(super) mod journey;
mod texts;

use super::OpenFinance;
use super::model::Connection;
use crate::html::escape;
use crate::lang::Lang;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, X_FRAME_OPTIONS};
use http::{HeaderMap, HeaderName, StatusCode, Uri};
use texts::Texts;

const CSP: &str = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors ";

fn pairs(uri: &Uri) -> impl Iterator<Item = &str> {
    uri.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty())
}

/// The address of a page of the same journey with this language. That it is in a frame is kept.
fn address(path: &str, uri: &Uri, lang: Lang) -> String {
    let frame = if in_frame(uri) { "&iframe=true" } else { "" };
    format!("{path}?lang={}{frame}", lang.code())
}

fn in_frame(uri: &Uri) -> bool {
    pairs(uri).any(|pair| pair == "iframe=true")
}

/// What an embedding page is told by a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tells {
    Nothing,
    /// `source` and `type`.
    This(&'static str, &'static str),
}

/// What every page is made with.
pub(super) struct Frame<'a> {
    lang: Lang,
    /// Whether the person may choose the language.
    free: bool,
    uri: &'a Uri,
    /// Whose page it is.
    host: String,
    connection: Option<(&'a str, &'static str)>,
}

impl<'a> Frame<'a> {
    /// The vendor's own page.
    pub(super) fn new(uri: &'a Uri, headers: &HeaderMap, connection: Option<&'a Connection>) -> Self {
        let fixed = connection
            .and_then(|connection| connection.wish.language.as_deref())
            .and_then(Lang::of_tag);
        let asked = pairs(uri)
            .filter_map(|pair| pair.strip_prefix("lang="))
            .last()
            .and_then(Lang::of_tag);
        let lang = fixed.or(asked).or_else(|| Lang::preferred(headers)).unwrap_or(Lang::He);
        Self {
            lang,
            free: fixed.is_none(),
            uri,
            host: "Open Finance".to_owned(),
            connection: connection.map(|connection| (connection.id.as_str(), connection.status.as_str())),
        }
    }

    /// The same as a page of this bank.
    fn of_bank(mut self, name: &str) -> Self {
        name.clone_into(&mut self.host);
        self
    }

    pub(super) fn texts(&self) -> &'static Texts {
        texts::of(self.lang)
    }

    /// Where a form of this page posts to.
    fn action(&self) -> String {
        escape(&address(self.uri.path(), self.uri, self.lang))
    }

    /// A note that something is wrong, to stand before a form.
    fn alert(text: Option<&str>) -> String {
        text.map(|text| format!("<p class=\"alert\" role=\"alert\">{}</p>", escape(text)))
            .unwrap_or_default()
    }

    /// A whole page. `head` and `main` are HTML.
    pub(super) fn page(&self, status: StatusCode, title: &str, head: &str, main: &str, tells: Tells) -> Response {
        let texts = self.texts();
        let other = self.lang.other();
        let switch = if self.free {
            format!(
                "<a class=\"language\" lang=\"{other}\" hreflang=\"{other}\" href=\"{}\">{}</a>",
                escape(&address(self.uri.path(), self.uri, self.lang.other())),
                texts::of(other).language,
                other = other.code(),
            )
        } else {
            String::new()
        };
        let framed = in_frame(self.uri);
        let script = match (tells, self.connection) {
            (Tells::This(source, kind), Some((id, state))) if framed => format!(
                "<script src=\"/open-finance/journey.js\" data-source=\"{source}\" data-type=\"{kind}\" data-connection=\"{id}\" \
                 data-status=\"{state}\"></script>"
            ),
            _ => String::new(),
        };
        let html = format!(
            "<!doctype html>\n<html lang=\"{lang}\" dir=\"{dir}\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">{head}\
             <title>{title} · {host}</title><link rel=\"stylesheet\" href=\"/open-finance/journey.css\"></head>\
             <body><p class=\"sandbox\">{sandbox}</p><header><strong>{host}</strong>{switch}</header>\
             <main><h1>{title}</h1>{main}</main>{script}</body></html>\n",
            lang = self.lang.code(),
            dir = self.lang.dir(),
            title = escape(title),
            host = escape(&self.host),
            sandbox = escape(texts.sandbox),
        );
        let policy = if framed {
            format!("{CSP}http: https:; script-src 'self'")
        } else {
            format!("{CSP}'none'")
        };
        let mut response = (status, [(CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response();
        let headers = response.headers_mut();
        if let Ok(policy) = policy.parse() {
            headers.insert(CONTENT_SECURITY_POLICY, policy);
        }
        if !framed {
            headers.insert(X_FRAME_OPTIONS, http::HeaderValue::from_static("DENY"));
            let opener = HeaderName::from_static("cross-origin-opener-policy");
            headers.insert(opener, http::HeaderValue::from_static("same-origin"));
        }
        response
    }

    /// A page that only says something.
    fn notice(&self, status: StatusCode, title: &str, text: &str, tells: Tells) -> Response {
        self.page(status, title, "", &format!("<p>{}</p>", escape(text)), tells)
    }

    /// 303 to this very address.
    pub(super) fn see(&self, to: &str) -> Response {
        (StatusCode::SEE_OTHER, [(LOCATION, to)]).into_response()
    }

    /// 303 to a page of the journey.
    fn go(&self, path: &str) -> Response {
        (StatusCode::SEE_OTHER, [(LOCATION, address(path, self.uri, self.lang))]).into_response()
    }
}

fn journey_path(key: &str) -> String {
    format!("/open-finance/connect/{key}")
}

fn bank_path(key: &str) -> String {
    format!("/open-finance/bank/{key}")
}

/// A text in which `{name}` stands for somebody, as HTML. The name keeps its own direction.
fn naming(text: &str, name: &str) -> String {
    escape(text).replace("{name}", &format!("<bdi>{}</bdi>", escape(name)))
}

/// What a form sends.
pub(super) type Filled = Vec<(String, String)>;

pub(super) fn value<'a>(filled: &'a Filled, name: &str) -> &'a str {
    filled.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
}

impl OpenFinance {
    /// The connection behind a `connectUrl`, as it stands.
    fn by_key(&self, key: &str) -> Option<Connection> {
        self.settle();
        let desk = self.desk();
        let id = desk.journeys.get(&key.to_owned())?;
        desk.connections.get(id).cloned()
    }
}

/// `GET /journey.css`
pub(super) async fn stylesheet() -> Response {
    let headers = [(CONTENT_TYPE, "text/css; charset=utf-8"), (CACHE_CONTROL, "public, max-age=300")];
    // One look for all that is invented here, so that nobody takes it for real.
    (headers, include_str!("../../psd2/pages/bank.css")).into_response()
}

/// `GET /journey.js`
pub(super) async fn script() -> Response {
    let headers = [
        (CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (CACHE_CONTROL, "public, max-age=300"),
    ];
    (headers, include_str!("journey.js")).into_response()
}
