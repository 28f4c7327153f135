//! The page that a `connect_url` leads to: plain HTML in Hebrew and English that needs no script. A form posts to the address of its own
//! page, so the language switch is a link to the same address. It looks as the sandbox's banks do.

pub(super) mod connect;
mod texts;

use crate::html::escape;
use crate::lang::Lang;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, X_FRAME_OPTIONS};
use http::{HeaderMap, HeaderName, StatusCode, Uri};
use texts::Texts;

const CSP: &str = "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// What the person chose, else what the client asked for, else what the browser prefers, else English.
fn language(chosen: Option<&str>, asked: Option<&str>, headers: &HeaderMap) -> Lang {
    let told = chosen.and_then(Lang::of_tag).or_else(|| asked.and_then(Lang::of_tag));
    told.or_else(|| Lang::preferred(headers)).unwrap_or(Lang::En)
}

/// The address with this language in its query.
fn in_language(uri: &Uri, lang: Lang) -> String {
    let pairs = uri.query().unwrap_or_default().split('&');
    let kept = pairs.filter(|pair| !pair.is_empty() && !pair.starts_with("lang="));
    let query: String = kept.map(|pair| format!("{pair}&")).collect();
    format!("{}?{query}lang={}", uri.path(), lang.code())
}

/// What every page is made with.
struct Frame<'a> {
    lang: Lang,
    uri: &'a Uri,
}

impl Frame<'_> {
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
             <title>{title} · {name}</title><link rel=\"stylesheet\" href=\"/salt-edge/connect.css\"></head>\
             <body><p class=\"sandbox\">{sandbox}</p><header><strong>{name}</strong>\
             <a class=\"language\" lang=\"{other}\" hreflang=\"{other}\" href=\"{switch}\">{other_name}</a></header>\
             <main><h1>{title}</h1>{main}</main></body></html>\n",
            lang = self.lang.code(),
            dir = self.lang.dir(),
            title = escape(title),
            name = texts.name,
            sandbox = texts.sandbox,
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

    /// 303 to the page itself.
    fn again(&self) -> Response {
        (StatusCode::SEE_OTHER, [(LOCATION, in_language(self.uri, self.lang))]).into_response()
    }
}

/// `GET /salt-edge/connect.css`
pub(super) async fn stylesheet() -> Response {
    let headers = [(CONTENT_TYPE, "text/css; charset=utf-8"), (CACHE_CONTROL, "public, max-age=300")];
    (headers, include_str!("../../psd2/pages/bank.css")).into_response()
}
