//! What every page is made of.

use super::texts::{self, Texts};
use crate::html::escape;
use crate::lang::Lang;
use crate::plaid::link::session::Session;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, StatusCode, Uri};
use serde_json::Value;

const CLOSED: &str = "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// Who may see a page, and what it tells the page around it.
pub(super) enum Around {
    /// Nobody frames it.
    Nothing,
    /// It stands in a frame of this origin, which hears of these things.
    Frame { origin: String, said: Vec<Value> },
}

impl Around {
    /// The session's page, with what the page around it has not heard of.
    pub(super) fn of(session: &mut Session) -> Self {
        match session.origin.clone() {
            None => Self::Nothing,
            Some(origin) => Self::Frame {
                origin,
                said: session.news(),
            },
        }
    }
}

/// A page in the making.
pub(super) struct Frame<'a> {
    pub(super) lang: Lang,
    uri: &'a Uri,
    client: String,
    bank: String,
}

impl<'a> Frame<'a> {
    /// `client` is who asks, `bank` the institution, if it is known.
    pub(super) fn new(uri: &'a Uri, client: &str, bank: Option<&str>) -> Self {
        Self {
            lang: texts::language(uri),
            uri,
            client: client.to_owned(),
            bank: bank.unwrap_or("Plaid").to_owned(),
        }
    }

    pub(super) fn texts(&self) -> &'static Texts {
        texts::of(self.lang)
    }

    /// A text as HTML, with the names of who asks and of the bank; these keep their own direction.
    pub(super) fn say(&self, text: &str) -> String {
        let name = |name: &str| format!("<bdi>{}</bdi>", escape(name));
        escape(text)
            .replace("{client}", &name(&self.client))
            .replace("{bank}", &name(&self.bank))
    }

    /// The page's own address in this language.
    pub(super) fn here(&self, lang: Lang) -> String {
        let pairs = self.uri.query().unwrap_or_default().split('&');
        let mut query: Vec<String> = pairs
            .filter(|pair| !pair.is_empty() && !pair.starts_with("lang="))
            .map(str::to_owned)
            .collect();
        query.push(format!("lang={}", lang.code()));
        escape(&format!("{}?{}", self.uri.path(), query.join("&")))
    }

    /// A form that posts to the page's own address.
    pub(super) fn form(&self, fields: &str) -> String {
        format!("<form method=\"post\" action=\"{}\">{fields}</form>", self.here(self.lang))
    }

    /// The buttons at a form's end: one to go on, and one to leave.
    pub(super) fn buttons(&self, action: &str, label: &str, with_other_bank: bool) -> String {
        let texts = self.texts();
        let other = format!(
            "<button class=\"quiet\" name=\"action\" value=\"other\" formnovalidate>{}</button>",
            texts.other_bank
        );
        format!(
            "<p class=\"actions\"><button name=\"action\" value=\"{action}\">{label}</button>{}\
             <button class=\"quiet\" name=\"action\" value=\"exit\" formnovalidate>{}</button></p>",
            if with_other_bank { other.as_str() } else { "" },
            texts.leave,
        )
    }

    /// A note that something is wrong.
    pub(super) fn alert(text: &str) -> String {
        format!("<p class=\"alert\" role=\"alert\">{}</p>", escape(text))
    }

    /// A whole page; `title`, `head` and `main` are HTML.
    pub(super) fn page(&self, status: StatusCode, title: &str, head: &str, main: &str, around: &Around) -> Response {
        let texts = self.texts();
        let other = self.lang.other();
        let (script, body) = match around {
            Around::Nothing => (String::new(), String::new()),
            Around::Frame { origin, said } => (
                "<script src=\"/plaid/link/v2/stable/frame.js\" defer></script>".to_owned(),
                format!(
                    " data-origin=\"{}\" data-said=\"{}\"",
                    escape(origin),
                    escape(&Value::from(said.clone()).to_string())
                ),
            ),
        };
        let plain = title.replace("<bdi>", "").replace("</bdi>", "");
        let html = format!(
            "<!doctype html>\n<html lang=\"{lang}\" dir=\"{dir}\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">{head}<title>{plain}</title>\
             <link rel=\"stylesheet\" href=\"/plaid/link.css\">{script}</head><body{body}><p class=\"sandbox\">{sandbox}</p>\
             <header><strong>Link</strong><a lang=\"{other}\" hreflang=\"{other}\" href=\"{switch}\">{other_name}</a></header>\
             <main><h1>{title}</h1>{main}</main></body></html>\n",
            lang = self.lang.code(),
            dir = self.lang.dir(),
            sandbox = escape(texts.sandbox),
            other = other.code(),
            other_name = texts::of(other).language,
            switch = self.here(other),
        );
        let policy = match around {
            Around::Nothing => HeaderValue::from_static(CLOSED),
            // The origin is one of a list of the sandbox's own making.
            Around::Frame { origin, .. } => HeaderValue::from_str(&format!(
                "default-src 'none'; script-src 'self'; style-src 'self'; form-action 'self'; frame-ancestors 'self' {origin}; base-uri 'none'"
            ))
            .unwrap_or(HeaderValue::from_static(CLOSED)),
        };
        let headers = [
            (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
            (CONTENT_SECURITY_POLICY, policy),
        ];
        let mut response = (status, headers, html).into_response();
        if matches!(around, Around::Nothing) {
            let headers = response.headers_mut();
            headers.insert(http::header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
            headers.insert(
                HeaderName::from_static("cross-origin-opener-policy"),
                HeaderValue::from_static("same-origin"),
            );
        }
        response
    }

    /// A page that only says something.
    pub(super) fn notice(&self, status: StatusCode, title: &str, text: &str) -> Response {
        self.page(status, &escape(title), "", &format!("<p>{}</p>", escape(text)), &Around::Nothing)
    }

    /// The link leads nowhere any more.
    pub(super) fn over(&self) -> Response {
        self.notice(StatusCode::GONE, self.texts().over, self.texts().over_text)
    }

    /// There is nothing here.
    pub(super) fn not_found(&self) -> Response {
        self.notice(StatusCode::NOT_FOUND, self.texts().not_found, self.texts().not_found_text)
    }
}
