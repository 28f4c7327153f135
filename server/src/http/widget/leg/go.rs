//! `/go`: the way to the bank.
//!
//! **Contract.** Only a form of our own page sends a browser to a bank: a request that another site's page caused, or a link,
//! is refused, ends the attempt that it names, and is written down. A browser that does not say where its requests come from
//! is asked for two digits that the document shows, together with a cookie that another site's form would not bring along.

use super::super::headers::explaining_policy;
use super::super::{guard, pages};
use super::{Leg, to_hosted};
use crate::connect::launch::{self, Doorstep, LaunchError, Launched, TurnedAway, browser_hash};
use axum::Form;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use gesher_app::backend::{Backend, Refused, SessionRef};
use gesher_app::page::{DeparturePage, DeparturePageProps, DigitsPage, DigitsPageProps, Explained};
use gesher_contract::{Door, View};
use gesher_domain::new_secret;
use gesher_domain::session::Refusal;
use leptos::prelude::{Owner, RenderHtml};
use serde::Deserialize;

/// What the launch form sends.
#[derive(Deserialize)]
pub(super) struct Sent {
    #[serde(default)]
    ticket: String,
    /// An institution's tile is the launch form.
    institution: Option<String>,
    /// The frame is left behind: the bank takes the place of the host's page.
    here: Option<String>,
    digits: Option<String>,
}

/// `GET /go`: somebody was sent an address that our pages never link to.
pub(super) async fn link(State(leg): State<Leg>, Query(sent): Query<Sent>, headers: HeaderMap) -> Response {
    if let Ok(at) = leg.backend.admit(&sent.ticket) {
        turn_away(&leg, &at, TurnedAway::Link).await;
    }
    let mut response = leg.explain(Explained::Foreign, &headers);
    *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
    response
}

/// `POST /go`.
pub(super) async fn go(State(leg): State<Leg>, headers: HeaderMap, Form(sent): Form<Sent>) -> Response {
    let at = match leg.backend.admit(&sent.ticket) {
        Ok(at) => at,
        Err(refused) => return pages::refuse(&leg.shared, refused, &headers, &[]),
    };
    let silent = !headers.contains_key("sec-fetch-site");
    // A page that a talking browser got was handed on when a silent one sends its form.
    if guard::is_foreign(&headers) || silent && !at.silent {
        turn_away(&leg, &at, TurnedAway::CrossSite).await;
        return leg.explain(Explained::Foreign, &headers);
    }
    let known = guard::launch_cookie(&headers, at.id.as_str());
    if silent && !(known.is_some() && has_digits(&leg, &at, &sent).await) {
        return ask_digits(&leg, &at, &sent, known, &headers).await;
    }
    if let Some(institution) = &sent.institution {
        match leg.backend.choose(&at, institution).await {
            Ok(screen) if matches!(screen.view, View::Leaving(_)) => {}
            Ok(_) => return not_sent(&leg, &at, None, &headers),
            Err(refused) => return pages::refuse(&leg.shared, refused, &headers, &[]),
        }
    }
    let secret = known.unwrap_or_else(|| new_secret(&*leg.core.rng));
    match launch::launch(&leg.core, &at, browser_hash(&secret)).await {
        Ok(launched) => depart(&leg, &at, &sent, &secret, launched),
        Err(error) => not_sent(&leg, &at, Some(error), &headers),
    }
}

/// Ends the attempt that somebody was lured into. Whoever sent the request learns nothing of it.
async fn turn_away(leg: &Leg, at: &SessionRef, why: TurnedAway) {
    if let Err(error) = launch::turn_away(&leg.core, at, why).await {
        tracing::error!(session = %at.id, %error, "a refused launch could not be written down");
    }
}

async fn doorstep(leg: &Leg, at: &SessionRef) -> Option<Doorstep> {
    launch::doorstep(&leg.core, at).await.ok().flatten()
}

/// Whether the two digits are those that the document shows.
async fn has_digits(leg: &Leg, at: &SessionRef, sent: &Sent) -> bool {
    let typed = sent.digits.as_deref().map(str::trim);
    typed.is_some() && typed == doorstep(leg, at).await.map(|doorstep| doorstep.digits).as_deref()
}

/// Asks for the digits, and gives the cookie that has to come along with them.
async fn ask_digits(leg: &Leg, at: &SessionRef, sent: &Sent, known: Option<String>, headers: &HeaderMap) -> Response {
    let Some(doorstep) = doorstep(leg, at).await else {
        return not_sent(leg, at, None, headers);
    };
    let secret = known.unwrap_or_else(|| new_secret(&*leg.core.rng));
    let institution = doorstep.institution.get(doorstep.language).to_owned();
    let page = Owner::new().with(|| {
        DigitsPage(DigitsPageProps {
            language: doorstep.language,
            tenant: doorstep.tenant.name.clone(),
            institution,
            ticket: sent.ticket.clone(),
            here: sent.here.is_some(),
            wrong: sent.digits.is_some(),
            style: leg.style(&doorstep.tenant),
        })
        .to_html()
    });
    let mut response = html(page, "'self'");
    if let Some(cookie) = guard::keep_launch(at.id.as_str(), &secret) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

fn html(page: String, form_action: &str) -> Response {
    let policy = explaining_policy(&[]);
    let policy = policy.to_str().unwrap_or_default();
    let policy = policy.replace("form-action 'none'", &format!("form-action {form_action}"));
    let mut response = ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], page).into_response();
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// The page that names tenant and bank and goes on. A redirect to the bank would be stopped by our own `form-action`.
fn depart(leg: &Leg, at: &SessionRef, sent: &Sent, secret: &str, launched: Launched) -> Response {
    let Launched {
        address,
        language,
        tenant,
        institution,
        comes_back,
    } = launched;
    let page = Owner::new().with(|| {
        DeparturePage(DeparturePageProps {
            language,
            style: leg.style(&tenant),
            tenant: tenant.name.clone(),
            mark: tenant.mark.clone(),
            institution,
            address: address.expose().to_owned(),
        })
        .to_html()
    });
    let mut response = html(page, "'none'");
    let headers = response.headers_mut();
    if let Ok(mut refresh) = HeaderValue::from_str(&format!("0;url={}", address.expose())) {
        refresh.set_sensitive(true);
        headers.insert(header::REFRESH, refresh);
    }
    let page = SessionRef {
        door: Door::Page,
        ..at.clone()
    };
    // Whoever leaves the frame behind comes back to a page of ours, as the same document.
    let kept = at.door == Door::Page || comes_back && sent.here.is_some();
    let hosted = kept.then(|| guard::keep_instance(&page, &leg.backend.handle(&page))).flatten();
    for cookie in guard::keep_launch(at.id.as_str(), secret).into_iter().chain(hosted) {
        headers.append(header::SET_COOKIE, cookie);
    }
    response
}

/// Nobody was sent anywhere: the document says why.
fn not_sent(leg: &Leg, at: &SessionRef, error: Option<LaunchError>, headers: &HeaderMap) -> Response {
    match error {
        Some(LaunchError::Refused(Refusal::NotYours)) => leg.explain(Explained::LaunchElsewhere, headers),
        Some(LaunchError::Broken) => pages::refuse(&leg.shared, Refused::Broken, headers, &[]),
        _ if at.door == Door::Page => {
            let mut response = to_hosted(at.id.as_str());
            // The first act of a page may be this one.
            if guard::cookie(headers, at.id.as_str()).is_none()
                && let Some(cookie) = guard::keep_instance(at, &leg.backend.handle(at))
            {
                response.headers_mut().append(header::SET_COOKIE, cookie);
            }
            response
        }
        _ => leg.explain(Explained::NotSent, headers),
    }
}
