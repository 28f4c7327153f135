//! The pages: what a GET shows.

use super::headers::{explaining_policy, page_policy};
use super::{Shared, guard};
use crate::tenants::Kind;
use axum::extract::{Path, Query, RawQuery, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use gesher_app::backend::{Asked, Refused, SessionRef};
use gesher_app::page::{Explained, ExplainingPage, ExplainingPageProps, WizardPage, WizardPageProps};
use gesher_contract::{Boot, Door, Language, View};
use leptos::nonce::use_nonce;
use leptos::prelude::{Owner, RenderHtml, expect_context};
use leptos_axum::{ResponseOptions, render_app_async_with_context};
use serde::Deserialize;

/// The search that a form without scripts made.
#[derive(Deserialize)]
pub(super) struct Searched {
    #[serde(default)]
    q: String,
}

/// Carries the token in Meld's address.
const TOKEN_PARAMETER: &str = "connectToken";

/// Kinds of pictures that can do nothing but be seen.
const PICTURES: [&str; 3] = ["image/png", "image/jpeg", "image/gif"];

/// A document that was made for one request and nothing else: what it renders does not look at the request.
fn bare() -> Request {
    Request::default()
}

/// Renders a page of the wizard.
pub(super) async fn wizard(shared: &Shared, boot: Boot) -> Response {
    let files = shared.assets.files().clone();
    let ancestors = boot.parent_origins.clone();
    let context = move || {
        let nonce = use_nonce().map(|nonce| nonce.to_string()).unwrap_or_default();
        expect_context::<ResponseOptions>().insert_header(header::CONTENT_SECURITY_POLICY, page_policy(&nonce, &ancestors));
    };
    let page = move || {
        WizardPage(WizardPageProps {
            boot: boot.clone(),
            files: files.clone(),
        })
    };
    render_app_async_with_context(context, page)(bare()).await
}

/// Renders a page that explains: as it is, without the scripts that Leptos puts behind a page of islands.
pub(super) fn explain(shared: &Shared, why: Explained, language: Language, frame_ancestors: &[String]) -> Response {
    let style = shared.assets.files().style.clone();
    let status = match why {
        Explained::BackFromBank => StatusCode::OK,
        Explained::ReturnWrong => StatusCode::BAD_REQUEST,
        Explained::FrameAlone
        | Explained::PageFramed
        | Explained::Foreign
        | Explained::LaunchElsewhere
        | Explained::ReturnElsewhere
        | Explained::StartOff => StatusCode::FORBIDDEN,
        Explained::Unknown | Explained::NotFound => StatusCode::NOT_FOUND,
        // Whose page it is has to mend it: nothing of ours failed.
        Explained::NotSent | Explained::ReturnUsed | Explained::ReturnVoid | Explained::StartUnready => StatusCode::CONFLICT,
        Explained::Over
        | Explained::ReturnLate
        | Explained::StartExpired
        | Explained::LinkUsed
        | Explained::LinkExpired
        | Explained::LinkRevoked => StatusCode::GONE,
        Explained::TooMany | Explained::StartFull => StatusCode::TOO_MANY_REQUESTS,
        Explained::Broken => StatusCode::INTERNAL_SERVER_ERROR,
    };
    let page = Owner::new().with(|| {
        ExplainingPage(ExplainingPageProps {
            why,
            language,
            style: style.into(),
        })
        .to_html()
    });
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CONTENT_SECURITY_POLICY, explaining_policy(frame_ancestors)),
    ];
    (status, headers, page).into_response()
}

/// Why a page cannot be shown.
pub(super) fn refuse(shared: &Shared, refused: Refused, headers: &HeaderMap, frame_ancestors: &[String]) -> Response {
    let why = match refused {
        Refused::Unknown => Explained::Unknown,
        Refused::Over => Explained::Over,
        Refused::TooMany => Explained::TooMany,
        Refused::Broken => Explained::Broken,
    };
    explain(shared, why, guard::preferred(headers).unwrap_or_default(), frame_ancestors)
}

/// `GET /w/{token}`.
pub(super) async fn frame(State(shared): State<Shared>, Path(token): Path<String>, headers: HeaderMap) -> Response {
    if guard::destination(&headers) == Some(Door::Page) {
        return explain(&shared, Explained::FrameAlone, guard::preferred(&headers).unwrap_or_default(), &[]);
    }
    if for_both(&token) {
        return refuse(&shared, Refused::Unknown, &headers, &[]);
    }
    in_frame(&shared, &token, guard::asked(&headers), &headers).await
}

/// The page for a frame.
async fn in_frame(shared: &Shared, token: &str, asked: Asked, headers: &HeaderMap) -> Response {
    match shared.backend.enter(token, Door::Frame, asked).await {
        // Nobody may have it in a frame, and as a page of its own it works.
        Ok(entry) if entry.boot.parent_origins.is_empty() => explain(shared, Explained::PageFramed, entry.boot.screen.language, &[]),
        Ok(entry) => wizard(shared, entry.boot).await,
        Err(refused) => refuse(shared, refused, headers, &shared.backend.frame_ancestors(token).await),
    }
}

/// `GET /h/{token}`.
pub(super) async fn hosted(State(shared): State<Shared>, Path(token): Path<String>, headers: HeaderMap) -> Response {
    if guard::destination(&headers) == Some(Door::Frame) {
        return explain(&shared, Explained::PageFramed, guard::preferred(&headers).unwrap_or_default(), &[]);
    }
    if for_both(&token) {
        return refuse(&shared, Refused::Unknown, &headers, &[]);
    }
    on_its_own(&shared, &token, guard::asked(&headers), &headers).await
}

/// The hosted page, by its token.
async fn on_its_own(shared: &Shared, token: &str, asked: Asked, headers: &HeaderMap) -> Response {
    let entry = match shared.backend.enter(token, Door::Page, asked).await {
        Ok(entry) => entry,
        Err(refused) => return refuse(shared, refused, headers, &[]),
    };
    // The link was opened again in the browser that is at it already: go on there.
    let boot = match by_cookie(shared, headers, entry.at.id.as_str()) {
        Ok(at) => shared
            .backend
            .reenter(&at)
            .await
            .ok()
            .filter(|boot| boot.live)
            .unwrap_or(entry.boot),
        Err(_) => entry.boot,
    };
    wizard(shared, boot).await
}

/// `GET /connect/{token}`: the one address that Open Finance's API gives. `?iframe=true` asks for that vendor's messages.
pub(super) async fn connect(
    State(shared): State<Shared>,
    Path(token): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let vendor_messages = parameter(query.as_deref(), "iframe").is_some_and(|iframe| iframe == "true");
    through_either(&shared, &token, vendor_messages, &headers).await
}

/// `GET /?connectToken={token}`: the one address that Meld's API gives. Without a token nothing is here.
pub(super) async fn root(State(shared): State<Shared>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    match parameter(query.as_deref(), TOKEN_PARAMETER) {
        Some(token) => through_either(&shared, &token, false, &headers).await,
        None => super::not_found(),
    }
}

/// The page at an address that is good for both doors. A browser that does not say that it is going to show it in a frame gets
/// the page that no frame may show: if it is in one after all, nothing is seen there, and nothing that a page could be laid over.
async fn through_either(shared: &Shared, token: &str, vendor_messages: bool, headers: &HeaderMap) -> Response {
    if !for_both(token) {
        return refuse(shared, Refused::Unknown, headers, &[]);
    }
    let asked = Asked {
        vendor_messages,
        ..guard::asked(headers)
    };
    match guard::destination(headers).unwrap_or(Door::Page) {
        Door::Frame => in_frame(shared, token, asked, headers).await,
        Door::Page => on_its_own(shared, token, asked, headers).await,
    }
}

/// Whether this is the token of an address that is good for both doors. Each address takes its own tokens alone.
fn for_both(token: &str) -> bool {
    token.starts_with(Kind::Either.prefix())
}

/// The first parameter of this name.
fn parameter(query: Option<&str>, name: &str) -> Option<String> {
    let mut pairs = url::form_urlencoded::parse(query?.as_bytes());
    pairs.find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
}

/// The token of an invitation whose page this request wants in a frame, or may want there.
pub(super) fn framed(uri: &Uri, headers: &HeaderMap) -> Option<String> {
    let destination = guard::destination(headers);
    let token = |text: &str| (!text.contains('/')).then(|| text.to_owned());
    match (uri.path().strip_prefix("/w/"), uri.path().strip_prefix("/connect/")) {
        (Some(rest), _) => token(rest),
        (_, Some(rest)) if destination == Some(Door::Frame) => token(rest),
        _ if uri.path() == "/" && destination == Some(Door::Frame) => parameter(uri.query(), TOKEN_PARAMETER),
        _ => None,
    }
}

/// `GET /c/{session}`.
pub(super) async fn hosted_again(
    State(shared): State<Shared>,
    Path(session): Path<String>,
    Query(Searched { q }): Query<Searched>,
    headers: HeaderMap,
) -> Response {
    if guard::destination(&headers) == Some(Door::Frame) {
        return explain(&shared, Explained::PageFramed, guard::preferred(&headers).unwrap_or_default(), &[]);
    }
    let at = match by_cookie(&shared, &headers, &session) {
        Ok(at) => at,
        Err(refused) => return refuse(&shared, refused, &headers, &[]),
    };
    let mut boot = match shared.backend.reenter(&at).await {
        Ok(boot) => boot,
        Err(refused) => return refuse(&shared, refused, &headers, &[]),
    };
    if let View::Picker(picker) = &mut boot.screen.view
        && !q.is_empty()
    {
        match shared.backend.search(&at, &q).await {
            Ok(found) => *picker = found,
            Err(refused) => return refuse(&shared, refused, &headers, &[]),
        }
    }
    wizard(&shared, boot).await
}

/// The hosted page's instance, by its cookie.
fn by_cookie(shared: &Shared, headers: &HeaderMap, session: &str) -> Result<SessionRef, Refused> {
    let handle = guard::cookie(headers, session).ok_or(Refused::Unknown)?;
    let at = shared.backend.admit(&handle)?;
    if at.id.as_str() == session && at.door == Door::Page {
        Ok(at)
    } else {
        Err(Refused::Unknown)
    }
}

/// Whose picture is wanted.
#[derive(Deserialize)]
pub(super) struct Pictured {
    field: String,
}

/// `GET /w/picture/{ticket}`: to be looked at, and nothing else.
pub(super) async fn picture(
    State(shared): State<Shared>,
    Path(ticket): Path<String>,
    Query(Pictured { field }): Query<Pictured>,
) -> Response {
    let Ok((media_type, bytes)) = shared.backend.picture(&ticket, &field).await else {
        return StatusCode::NOT_FOUND.into_response();
    };
    if !PICTURES.contains(&media_type.as_str()) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let headers = [
        (header::CONTENT_TYPE, media_type),
        (
            header::HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin".to_owned(),
        ),
    ];
    (headers, bytes).into_response()
}
