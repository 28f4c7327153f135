//! The login page, reached by a redirect link or by an OAuth authorisation request.

use super::{Door, Frame, Request, Step, Visit, browser, naming, oauth_answer, see_other, target};
use crate::banks::institutions::Challenge;
use crate::banks::login::LoginRefused;
use crate::banks::psu::PsuId;
use crate::html::escape;
use crate::psd2::Psd2;
use crate::psd2::bank::{self, Bank};
use crate::psd2::consent::Consent;
use crate::psd2::oauth::issuer;
use crate::psd2::tokens::Asker;
use axum::extract::rejection::{FormRejection, QueryRejection};
use axum::extract::{Form, OriginalUri, Path, Query, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, Uri};
use serde::Deserialize;
use std::sync::Arc;

/// What the login form sends.
#[derive(Default, Deserialize)]
pub(crate) struct Filled {
    #[serde(default)]
    psu_id: String,
    #[serde(default)]
    username: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    action: String,
}

/// Query of `/authorize`.
#[derive(Deserialize)]
pub(crate) struct Asking {
    response_type: Option<String>,
    client_id: Option<String>,
    redirect_uri: Option<String>,
    scope: Option<String>,
    state: Option<String>,
    code_challenge: Option<String>,
    code_challenge_method: Option<String>,
}

type Asked = Result<Query<Asking>, QueryRejection>;
type Typed = Result<Form<Filled>, FormRejection>;
type ConsentPath = Path<(String, String, String)>;

/// A consent whose authorisation is open, for a page to show.
fn opened(psd2: &Psd2, bank: &Bank, door: &Door) -> Option<Consent> {
    let mut desk = psd2.desk();
    let consent = desk.consent(bank, &door.consent_id, psd2.now())?;
    consent.is_open(&door.authorisation_id).then(|| consent.clone())
}

/// Who asks, as the pages name them.
pub(super) fn tpp(frame: &Frame<'_>, consent: &Consent) -> String {
    let named = consent.wanted.brand.clone();
    named.unwrap_or_else(|| frame.texts().unnamed.to_owned())
}

fn form(frame: &Frame<'_>, consent: &Consent, door: &Door, status: StatusCode, alert: Option<&str>) -> Response {
    let texts = frame.texts();
    let asks = naming(texts.log_in_for, &tpp(frame, consent));
    let known = consent
        .authorisation(&door.authorisation_id)
        .and_then(|authorisation| authorisation.psu.as_ref());
    let id = known.map_or_else(String::new, |psu| format!(" value=\"{}\" readonly", escape(psu.as_str())));
    let main = format!(
        "<p>{asks}</p>{alert}<form method=\"post\" action=\"{action}\">\
         <label>{psu_id}<input name=\"psu_id\" inputmode=\"numeric\" autocomplete=\"off\" dir=\"ltr\" required{id}></label>\
         <label>{username}<input name=\"username\" autocomplete=\"username\" dir=\"ltr\" required></label>\
         <label>{password}<input name=\"password\" type=\"password\" autocomplete=\"current-password\" dir=\"ltr\" required></label>\
         <p class=\"actions\"><button name=\"action\" value=\"login\">{go_on}</button>\
         <button class=\"quiet\" name=\"action\" value=\"cancel\" formnovalidate>{cancel}</button></p></form>",
        alert = Frame::alert(alert),
        action = frame.action(),
        psu_id = texts.psu_id,
        username = texts.username,
        password = texts.password,
        go_on = texts.go_on,
        cancel = texts.cancel,
    );
    frame.page(status, texts.log_in, "", &main)
}

/// It is over, and this browser is not led back.
pub(super) fn over(frame: &Frame<'_>) -> Response {
    frame.notice(StatusCode::GONE, frame.texts().over, frame.texts().over_text)
}

/// The login form. Once the request is over, the browser that was led back sees that page again, and no other does.
fn show(psd2: &Psd2, frame: &Frame<'_>, door: &Door, headers: &HeaderMap) -> Response {
    match (opened(psd2, frame.bank, door), browser::led_back(psd2, door, headers)) {
        (Some(consent), _) => form(frame, &consent, door, StatusCode::OK, None),
        (None, Some(visit)) => see_other(&browser::visit_address(frame.bank, &visit, frame.lang.code())),
        (None, None) => over(frame),
    }
}

/// A filled form: on to the consent, or the form again.
fn log_in(psd2: &Psd2, frame: &Frame<'_>, bank: &'static Bank, door: Door, headers: &HeaderMap, typed: &Filled) -> Response {
    let Some(consent) = opened(psd2, bank, &door) else {
        return over(frame);
    };
    let texts = frame.texts();
    let again = |status, alert: &str| form(frame, &consent, &door, status, Some(alert));
    let known = consent
        .authorisation(&door.authorisation_id)
        .and_then(|authorisation| authorisation.psu.clone());
    let browser = browser::known(headers).map_or_else(|| psd2.ids.fresh(), str::to_owned);
    let visit_id = psd2.ids.fresh();
    let enter = || browser::enter(psd2, bank, &visit_id, frame.lang.code(), &browser);
    if typed.action == "cancel" {
        return match super::visit::cancel(psd2, bank, door, browser.clone()) {
            Some(visit) => {
                psd2.desk().visits.insert(visit_id.clone(), visit);
                enter()
            }
            None => over(frame),
        };
    }
    let Some(psu) = PsuId::parse(&typed.psu_id) else {
        return again(StatusCode::UNPROCESSABLE_ENTITY, texts.not_an_id);
    };
    if known.is_some_and(|known| known != psu) {
        return again(StatusCode::FORBIDDEN, texts.another);
    }
    let right = typed.username.trim() == "user" && typed.password == "pass";
    let now = psd2.now();
    let mut desk = psd2.desk();
    match desk
        .logins
        .begin(now.0, visit_id.clone(), (bank.id(), Challenge::Code), psu.clone(), right)
    {
        Ok(_) => {}
        Err(LoginRefused::Wrong { tries_left }) => {
            return again(StatusCode::UNAUTHORIZED, &format!("{}{tries_left}", texts.wrong));
        }
        Err(LoginRefused::Locked) => return again(StatusCode::LOCKED, texts.locked),
    }
    if let Some(consent) = desk.consent(bank, &door.consent_id, now) {
        consent.authenticated(&door.authorisation_id, &psu);
    }
    let visit = Visit {
        bank,
        door,
        browser: browser.clone(),
        step: Step::Consent(psu),
    };
    desk.visits.insert(visit_id.clone(), visit);
    enter()
}

fn redirect_door((_, consent_id, authorisation_id): (String, String, String)) -> Door {
    Door {
        consent_id,
        authorisation_id,
        oauth: None,
    }
}

/// The bank of a redirect link: one that sends its customers to such links; of several brands, the consent's.
fn redirecting(psd2: &Psd2, id: &str, consent_id: &str) -> Option<&'static Bank> {
    let bank = bank::find(id).filter(|bank| bank.approach.is_redirect())?;
    let mut desk = psd2.desk();
    Some(desk.consent(bank, consent_id, psd2.now()).map_or(bank, |consent| consent.bank))
}

/// `GET /authorise/{consent_id}/{authorisation_id}`
pub(crate) async fn redirect(
    State(psd2): State<Arc<Psd2>>,
    Path(path): ConsentPath,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Response {
    let Some(bank) = redirecting(&psd2, &path.0, &path.1) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    show(&psd2, &Frame::new(bank, &uri, &headers), &redirect_door(path), &headers)
}

/// `POST /authorise/{consent_id}/{authorisation_id}`
pub(crate) async fn redirect_login(
    State(psd2): State<Arc<Psd2>>,
    Path(path): ConsentPath,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    typed: Typed,
) -> Response {
    let (Some(bank), Ok(Form(typed))) = (redirecting(&psd2, &path.0, &path.1), typed) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let frame = Frame::new(bank, &uri, &headers);
    log_in(&psd2, &frame, bank, redirect_door(path), &headers, &typed)
}

/// Reads an authorisation request. What is wrong with it is told to the client, unless it is the client or its address.
fn oauth_door(psd2: &Psd2, frame: &Frame<'_>, bank: &'static Bank, asked: Asked) -> Result<Door, Box<Response>> {
    let unfit = || Box::new(frame.notice(StatusCode::BAD_REQUEST, frame.texts().bad_request, frame.texts().not_found_text));
    let Query(asked) = asked.map_err(|_| unfit())?;
    let client_id = asked.client_id.filter(|id| !id.is_empty()).ok_or_else(unfit)?;
    let redirect_uri = asked.redirect_uri.ok_or_else(unfit)?;
    let back = target(&redirect_uri).ok_or_else(unfit)?;
    let mut request = Request {
        asker: Asker {
            client_id,
            redirect_uri,
            challenge: String::new(),
            bank: bank.id(),
        },
        back,
        state: asked.state,
    };
    let refuse = |request: &Request, error: &str| Box::new(see_other(oauth_answer(psd2, bank, request, "error", error).as_str()));
    match asked.response_type.as_deref() {
        Some("code") => {}
        Some(_) => return Err(refuse(&request, "unsupported_response_type")),
        None => return Err(refuse(&request, "invalid_request")),
    }
    // A SHA-256 in base64url has 43 letters.
    let challenge = asked.code_challenge.filter(|challenge| challenge.len() == 43);
    request.asker.challenge = match (challenge, asked.code_challenge_method.as_deref()) {
        (Some(challenge), Some("S256")) => challenge,
        _ => return Err(refuse(&request, "invalid_request")),
    };
    let scope = asked.scope.unwrap_or_default();
    let consent_id = scope.split(' ').find_map(|scope| scope.strip_prefix("AIS:"));
    let found = consent_id.and_then(|id| {
        let mut desk = psd2.desk();
        let consent = desk.consent(bank, id, psd2.now())?;
        let authorisation = consent.authorisations.last()?;
        Some((id.to_owned(), authorisation.id.clone()))
    });
    let Some((consent_id, authorisation_id)) = found else {
        return Err(refuse(&request, "invalid_scope"));
    };
    Ok(Door {
        consent_id,
        authorisation_id,
        oauth: Some(request),
    })
}

fn oauth_page(psd2: &Psd2, bank_id: &str, uri: &Uri, headers: &HeaderMap, asked: Asked, typed: Option<&Filled>) -> Response {
    let Some(bank) = issuer(bank_id) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let frame = Frame::new(bank, uri, headers);
    match (oauth_door(psd2, &frame, bank, asked), typed) {
        (Err(refused), _) => *refused,
        (Ok(door), None) => show(psd2, &frame, &door, headers),
        (Ok(door), Some(typed)) => log_in(psd2, &frame, bank, door, headers, typed),
    }
}

/// `GET /authorize`
pub(crate) async fn oauth(
    State(psd2): State<Arc<Psd2>>,
    Path(bank_id): Path<String>,
    OriginalUri(uri): OriginalUri,
    asked: Asked,
    headers: HeaderMap,
) -> Response {
    oauth_page(&psd2, &bank_id, &uri, &headers, asked, None)
}

/// `POST /authorize`
pub(crate) async fn oauth_login(
    State(psd2): State<Arc<Psd2>>,
    Path(bank_id): Path<String>,
    OriginalUri(uri): OriginalUri,
    asked: Asked,
    headers: HeaderMap,
    typed: Typed,
) -> Response {
    let Ok(Form(typed)) = typed else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    oauth_page(&psd2, &bank_id, &uri, &headers, asked, Some(&typed))
}
