//! `GET /start/{slug}` and `GET /l/{token}`: who asks and for what. Looking changes nothing and sets no cookie; the form leads
//! to a server function (`gesher_app::entrance`).

use super::headers::form_policy;
use super::{Shared, guard, pages};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use gesher_app::backend::{Closed, Entrance, Shut};
use gesher_app::page::{EntrancePage, EntrancePageProps, Explained};
use gesher_contract::{Door, Language};
use leptos::prelude::{Owner, RenderHtml};
use serde::Deserialize;

/// Longest `state` that is carried on.
const LONGEST_STATE: usize = 500;

/// What stands in the address behind `?`. Whatever else stands there is somebody's tracking, and ignored.
#[derive(Deserialize)]
pub(super) struct Wanted {
    lang: Option<String>,
    state: Option<String>,
}

/// `GET /start/{slug}`.
pub(super) async fn start(
    State(shared): State<Shared>,
    Path(slug): Path<String>,
    Query(wanted): Query<Wanted>,
    headers: HeaderMap,
) -> Response {
    page(&shared, Entrance::StartPage(slug), wanted, &headers).await
}

/// `GET /l/{token}`.
pub(super) async fn link(
    State(shared): State<Shared>,
    Path(token): Path<String>,
    Query(wanted): Query<Wanted>,
    headers: HeaderMap,
) -> Response {
    page(&shared, Entrance::Link(token), wanted, &headers).await
}

async fn page(shared: &Shared, entrance: Entrance, wanted: Wanted, headers: &HeaderMap) -> Response {
    let preferred = wanted
        .lang
        .as_deref()
        .and_then(Language::from_code)
        .or_else(|| guard::preferred(headers));
    if guard::destination(headers) == Some(Door::Frame) {
        return pages::explain(shared, Explained::PageFramed, preferred.unwrap_or_default(), &[]);
    }
    let doorway = match shared.backend.doorway(&entrance, preferred).await {
        Ok(doorway) => doorway,
        Err(Closed { why, language }) => {
            let language = language.or(preferred).unwrap_or_default();
            return pages::explain(shared, explained(&entrance, why), language, &[]);
        }
    };
    let state = wanted
        .state
        .filter(|state| !state.is_empty() && state.chars().count() <= LONGEST_STATE && !state.chars().any(char::is_control));
    let style = shared.assets.files().style.clone();
    let html = Owner::new().with(|| {
        EntrancePage(EntrancePageProps {
            entrance,
            doorway,
            state,
            style,
        })
        .to_html()
    });
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CONTENT_SECURITY_POLICY, form_policy()),
    ];
    (headers, html).into_response()
}

/// The page that says why nobody gets in.
fn explained(entrance: &Entrance, why: Shut) -> Explained {
    let page = matches!(entrance, Entrance::StartPage(_));
    match why {
        Shut::Unknown => Explained::Unknown,
        Shut::Off => Explained::StartOff,
        Shut::Expired if page => Explained::StartExpired,
        Shut::Expired => Explained::LinkExpired,
        Shut::Full => Explained::StartFull,
        Shut::UsedUp => Explained::LinkUsed,
        Shut::Revoked => Explained::LinkRevoked,
        Shut::Unready => Explained::StartUnready,
        Shut::Stale | Shut::Broken => Explained::Broken,
    }
}
