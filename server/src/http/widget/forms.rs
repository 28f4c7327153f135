//! The plain forms: the door that needs no scripts.

use super::{Shared, guard, pages};
use axum::Form;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use gesher_app::backend::{Answers, Refused, SessionRef};
use gesher_app::page::Explained;
use gesher_contract::{Boot, Door, Language, Screen, View};

/// A form's fields, in order; a name may come twice.
type Fields = Vec<(String, String)>;

/// `POST /w/do/{act}`.
pub(super) async fn act(State(shared): State<Shared>, Path(act): Path<String>, headers: HeaderMap, Form(fields): Form<Fields>) -> Response {
    let language = guard::preferred(&headers).unwrap_or_default();
    let at = match shared.backend.admit(field(&fields, "ticket")) {
        Ok(at) => at,
        Err(refused) => return pages::refuse(&shared, refused, &headers, &[]),
    };
    let query = field(&fields, "q").trim().to_owned();
    match run(&shared, &at, &act, fields).await {
        Ok(Some(screen)) => answer(&shared, &at, screen, &headers, (act == "search").then_some(query)).await,
        Ok(None) => pages::explain(&shared, Explained::NotFound, language, &[]),
        Err(refused) => pages::refuse(&shared, refused, &headers, &ancestors(&shared, &at).await),
    }
}

fn field<'a>(fields: &'a Fields, name: &str) -> &'a str {
    fields.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
}

/// Runs the act; `None` when there is none of this name.
async fn run(shared: &Shared, at: &SessionRef, act: &str, fields: Fields) -> Result<Option<Screen>, Refused> {
    let backend = &shared.backend;
    let screen = match act {
        "open" => backend.open(at).await,
        "search" => {
            let query = if field(&fields, "all").is_empty() {
                field(&fields, "q").trim()
            } else {
                ""
            };
            backend.search_screen(at, query).await
        }
        "choose" => backend.choose(at, field(&fields, "institution")).await,
        "submit" => {
            let answers = fields
                .into_iter()
                .filter_map(|(name, value)| Some((name.strip_prefix("f.")?.to_owned(), value)));
            backend.submit(at, Answers(answers.collect())).await
        }
        "resend" => backend.resend(at).await,
        "accounts" => {
            let picked = fields.into_iter().filter(|(name, _)| name == "account");
            backend.pick(at, picked.map(|(_, id)| id).collect()).await
        }
        "start_over" => backend.start_over(at).await,
        "cancel" => backend.cancel(at).await,
        "not_listed" => backend.not_listed(at, field(&fields, "q")).await,
        "language" => match Language::from_code(field(&fields, "language")) {
            Some(language) => backend.speak(at, language).await,
            None => backend.look(at).await,
        },
        _ => return Ok(None),
    };
    screen.map(Some)
}

async fn ancestors(shared: &Shared, at: &SessionRef) -> Vec<String> {
    let boot = shared.backend.reenter(at).await;
    boot.map(|boot| boot.parent_origins).unwrap_or_default()
}

/// On the hosted page: off to the page's own address, with the cookie that keeps the instance. In a frame: the next page itself.
async fn answer(shared: &Shared, at: &SessionRef, screen: Screen, headers: &HeaderMap, searched: Option<String>) -> Response {
    let session = at.id.as_str();
    let boot = match shared.backend.reenter(at).await {
        Ok(boot) => boot,
        Err(refused) => return pages::refuse(shared, refused, headers, &[]),
    };
    let live = boot.live;
    if at.door == Door::Frame {
        return pages::wizard(shared, Boot { screen, ..boot }).await;
    }
    // What is wrong with a form, and what was typed into it, is kept nowhere: the page says it itself.
    let mut response = if is_to_mend(&screen) {
        pages::wizard(shared, Boot { screen, ..boot }).await
    } else {
        see_other(session, searched)
    };
    // Only the live instance is kept: an older page of this browser must not take the cookie of the one that took over.
    let kept = guard::cookie(headers, session).and_then(|handle| shared.backend.admit(&handle).ok());
    if live
        && kept.is_none_or(|kept| kept.instance != at.instance)
        && let Some(cookie) = guard::keep_instance(at, &shared.backend.handle(at))
    {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}

/// Whether fields are wrong, or nothing was picked.
fn is_to_mend(screen: &Screen) -> bool {
    match &screen.view {
        View::Form(form) => form.fields.iter().any(|field| !field.error.is_empty()),
        View::Accounts(accounts) => accounts.empty,
        _ => false,
    }
}

/// To the hosted page's own address.
fn see_other(session: &str, searched: Option<String>) -> Response {
    let mut address = format!("/c/{session}");
    if let Some(query) = searched.filter(|query| !query.is_empty()) {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("q", &query)
            .finish();
        address = format!("{address}?{query}");
    }
    let mut response = StatusCode::SEE_OTHER.into_response();
    if let Ok(address) = HeaderValue::from_str(&address) {
        response.headers_mut().insert(header::LOCATION, address);
    }
    response
}
