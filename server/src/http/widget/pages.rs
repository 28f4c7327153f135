//! The pages: what a GET shows.

use super::headers::{explaining_policy, page_policy};
use super::{Shared, guard};
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use gesher_app::backend::{Refused, SessionRef};
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

/// Kinds of pictures that can do nothing but be seen.
const PICTURES: [&str; 3] = ["image/png", "image/jpeg", "image/gif"];

/// A document that was made for one request and nothing else: what it renders does not look at the request.
fn bare() -> Request {
    Request::default()
}

/// Renders a page of the wizard.
pub(super) async fn wizard(shared: &Shared, boot: Boot, frame_ancestor: Option<String>) -> Response {
    let files = shared.assets.files().clone();
    let ancestor = frame_ancestor.filter(|_| boot.door == Door::Frame);
    let context = move || {
        let nonce = use_nonce().map(|nonce| nonce.to_string()).unwrap_or_default();
        expect_context::<ResponseOptions>().insert_header(header::CONTENT_SECURITY_POLICY, page_policy(&nonce, ancestor.as_deref()));
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
pub(super) fn explain(shared: &Shared, why: Explained, language: Language, frame_ancestor: Option<String>) -> Response {
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
        (header::CONTENT_SECURITY_POLICY, explaining_policy(frame_ancestor.as_deref())),
    ];
    (status, headers, page).into_response()
}

/// Why a page cannot be shown.
pub(super) fn refuse(shared: &Shared, refused: Refused, headers: &HeaderMap, frame_ancestor: Option<String>) -> Response {
    let why = match refused {
        Refused::Unknown => Explained::Unknown,
        Refused::Over => Explained::Over,
        Refused::TooMany => Explained::TooMany,
        Refused::Broken => Explained::Broken,
    };
    explain(shared, why, guard::preferred(headers).unwrap_or_default(), frame_ancestor)
}

/// `GET /w/{token}`.
pub(super) async fn frame(State(shared): State<Shared>, Path(token): Path<String>, headers: HeaderMap) -> Response {
    let asked = guard::asked(&headers);
    if guard::destination(&headers) == Some(Door::Page) {
        return explain(&shared, Explained::FrameAlone, asked.preferred.unwrap_or_default(), None);
    }
    let ancestor = shared.backend.frame_ancestor(&token).await;
    match shared.backend.enter(&token, Door::Frame, asked).await {
        Ok(entry) => wizard(&shared, entry.boot, ancestor).await,
        Err(refused) => refuse(&shared, refused, &headers, ancestor),
    }
}

/// `GET /h/{token}`.
pub(super) async fn hosted(State(shared): State<Shared>, Path(token): Path<String>, headers: HeaderMap) -> Response {
    let asked = guard::asked(&headers);
    if guard::destination(&headers) == Some(Door::Frame) {
        return explain(&shared, Explained::PageFramed, asked.preferred.unwrap_or_default(), None);
    }
    let entry = match shared.backend.enter(&token, Door::Page, asked).await {
        Ok(entry) => entry,
        Err(refused) => return refuse(&shared, refused, &headers, None),
    };
    // The link was opened again in the browser that is at it already: go on there.
    let boot = match by_cookie(&shared, &headers, entry.at.id.as_str()) {
        Ok(at) => shared
            .backend
            .reenter(&at)
            .await
            .ok()
            .filter(|boot| boot.live)
            .unwrap_or(entry.boot),
        Err(_) => entry.boot,
    };
    wizard(&shared, boot, None).await
}

/// `GET /c/{session}`.
pub(super) async fn hosted_again(
    State(shared): State<Shared>,
    Path(session): Path<String>,
    Query(Searched { q }): Query<Searched>,
    headers: HeaderMap,
) -> Response {
    if guard::destination(&headers) == Some(Door::Frame) {
        return explain(&shared, Explained::PageFramed, guard::preferred(&headers).unwrap_or_default(), None);
    }
    let at = match by_cookie(&shared, &headers, &session) {
        Ok(at) => at,
        Err(refused) => return refuse(&shared, refused, &headers, None),
    };
    let mut boot = match shared.backend.reenter(&at).await {
        Ok(boot) => boot,
        Err(refused) => return refuse(&shared, refused, &headers, None),
    };
    if let View::Picker(picker) = &mut boot.screen.view
        && !q.is_empty()
    {
        match shared.backend.search(&at, &q).await {
            Ok(found) => *picker = found,
            Err(refused) => return refuse(&shared, refused, &headers, None),
        }
    }
    wizard(&shared, boot, None).await
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
