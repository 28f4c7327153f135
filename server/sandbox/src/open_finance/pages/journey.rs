//! The vendor's own pages: which institution, who the person is, and how it went.

use super::super::OpenFinance;
use super::super::hooks::Notice;
use super::super::model::{Connection, Consent, Person, Status, Step};
use super::super::providers::{self, Kind, NATIONAL_ID, Provider};
use super::texts::Texts;
use super::{Filled, Frame, Tells, bank_path, in_frame, journey_path, pairs, value};
use crate::html::escape;
use axum::extract::{Form, OriginalUri, Path, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode, Uri};
use std::sync::Arc;
use url::Url;

/// `GET /connect/{key}`
pub(in super::super) async fn show(
    State(vendor): State<Arc<OpenFinance>>,
    Path(key): Path<String>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Response {
    let Some(connection) = vendor.by_key(&key) else {
        return unknown(&uri, &headers);
    };
    let frame = Frame::new(&uri, &headers, Some(&connection));
    if (connection.is_open() || connection.is_deleted()) && pairs(&uri).any(|pair| pair == "closed=1") {
        let texts = frame.texts();
        return frame.notice(StatusCode::OK, texts.closed, texts.closed_text, Tells::This("journey", "close"));
    }
    match &connection.step {
        _ if !connection.is_open() => over(&frame, &connection),
        Step::Pick => pick(&frame, &connection, StatusCode::OK, None),
        Step::Identify(provider) => identify(&frame, &connection, provider, StatusCode::OK, None),
        _ => frame.go(&bank_path(&key)),
    }
}

pub(super) fn unknown(uri: &Uri, headers: &HeaderMap) -> Response {
    let frame = Frame::new(uri, headers, None);
    let texts = frame.texts();
    frame.notice(StatusCode::NOT_FOUND, texts.not_found, texts.not_found_text, Tells::Nothing)
}

fn cancel_button(texts: &Texts) -> String {
    format!(
        "<button class=\"quiet\" name=\"action\" value=\"cancel\" formnovalidate>{}</button>",
        texts.cancel
    )
}

fn pick(frame: &Frame<'_>, connection: &Connection, status: StatusCode, alert: Option<&str>) -> Response {
    let texts = frame.texts();
    let button = |provider: &Provider| {
        let (note, state) = if provider.is_open() {
            (String::new(), "")
        } else {
            (format!(" ({})", texts.unavailable), " disabled")
        };
        format!(
            "<p><button class=\"quiet\" name=\"provider\" value=\"{}\"{state}>{}{note}</button></p>",
            provider.id,
            escape(frame.lang.pick(provider.he, provider.en)),
        )
    };
    let group = |kind: Kind, title: &str| {
        let list: String = connection
            .choice
            .iter()
            .filter(|provider| provider.kind == kind)
            .map(|provider| button(provider))
            .collect();
        if list.is_empty() {
            list
        } else {
            format!("<section><h2>{title}</h2>{list}</section>")
        }
    };
    let groups = [
        group(Kind::Bank, texts.banks),
        group(Kind::Card, texts.cards),
        group(Kind::Insurance, texts.insurers),
    ]
    .concat();
    let none = if groups.is_empty() { texts.none_to_pick } else { "" };
    let main = format!(
        "{}<p>{none}</p><form method=\"post\" action=\"{}\">{groups}<p class=\"actions\">{}</p></form>",
        Frame::alert(alert),
        frame.action(),
        cancel_button(texts),
    );
    frame.page(status, texts.pick, "", &main, Tells::Nothing)
}

fn identify(frame: &Frame<'_>, connection: &Connection, provider: &Provider, status: StatusCode, alert: Option<&str>) -> Response {
    let (texts, wish) = (frame.texts(), &connection.wish);
    let locked = |preset: &Option<String>| {
        let value = preset.as_ref().map(|id| format!(" value=\"{}\" readonly", escape(id)));
        value.unwrap_or_default()
    };
    let types = match (&wish.psu_id_type, provider.id_types()) {
        (None, types) if types.len() > 1 => {
            let options = types
                .iter()
                .map(|kind| format!("<option value=\"{}\">{}</option>", kind.id, frame.lang.pick(kind.he, kind.en)));
            format!(
                "<label>{}<select name=\"psu_id_type\">{}</select></label>",
                texts.id_type,
                options.collect::<String>()
            )
        }
        _ => String::new(),
    };
    let corporate = if wish.allow_business || wish.corporate_id.is_some() {
        let preset = locked(&wish.corporate_id);
        format!(
            "<label>{}<input name=\"corporate_id\" inputmode=\"numeric\" dir=\"ltr\"{preset}></label>",
            texts.corporate_id
        )
    } else {
        String::new()
    };
    let back = if connection.choice.len() > 1 {
        format!(
            "<button class=\"quiet\" name=\"action\" value=\"back\" formnovalidate>{}</button>",
            texts.back
        )
    } else {
        String::new()
    };
    let name = frame.lang.pick(provider.he, provider.en);
    let main = format!(
        "<p>{intro}</p>{alert}<form method=\"post\" action=\"{action}\">{types}\
         <label>{label}<input name=\"psu_id\" autocomplete=\"off\" dir=\"ltr\" required{preset}></label>{corporate}\
         <p class=\"actions\"><button name=\"action\" value=\"identify\">{go}</button>{back}{cancel}</p></form>",
        intro = super::naming(texts.identify_text, name),
        alert = Frame::alert(alert),
        action = frame.action(),
        label = texts.psu_id,
        preset = locked(&wish.psu_id),
        go = texts.to_bank,
        cancel = cancel_button(texts),
    );
    frame.page(status, texts.identify, "", &main, Tells::Nothing)
}

/// The address to which the browser is led back: http or https.
fn target(address: &str) -> Option<Url> {
    let url = Url::parse(address).ok()?;
    matches!(url.scheme(), "http" | "https").then_some(url)
}

/// After the person's answer: waits, then says how it went. Only a success leads back.
fn over(frame: &Frame<'_>, connection: &Connection) -> Response {
    let texts = frame.texts();
    match connection.status {
        Status::Fetching => {
            let head = "<meta http-equiv=\"refresh\" content=\"1\">";
            frame.page(
                StatusCode::OK,
                texts.wait,
                head,
                &format!("<p>{}</p>", texts.wait_text),
                Tells::Nothing,
            )
        }
        status if connection.is_deleted() && !status.is_failure() => {
            frame.notice(StatusCode::GONE, texts.expired, texts.expired_text, Tells::This("journey", "fail"))
        }
        Status::Expired | Status::Replaced | Status::Revoked if connection.fetched.is_none() => {
            frame.notice(StatusCode::GONE, texts.expired, texts.expired_text, Tells::This("journey", "fail"))
        }
        status if status.is_failure() && connection.fetched.is_none() => {
            let text = match status {
                Status::Rejected => texts.rejected_text,
                Status::CredentialsError => texts.credentials_text,
                _ => texts.error_text,
            };
            frame.notice(StatusCode::OK, texts.failed, text, Tells::This("waiting", "fail"))
        }
        status => {
            let text = if status == Status::PartiallyAuthorized {
                texts.partly_text
            } else {
                texts.connected_text
            };
            let back = connection.wish.redirect_url.as_deref().and_then(target);
            let (head, link) = match back.filter(|_| !in_frame(frame.uri)) {
                None => (String::new(), String::new()),
                Some(back) => {
                    let to = escape(back.as_str());
                    let label = super::naming(texts.back_to, connection.org_name);
                    (
                        format!("<meta http-equiv=\"refresh\" content=\"0;url={to}\">"),
                        format!("<p class=\"actions\"><a class=\"button\" id=\"back\" href=\"{to}\">{label}</a></p>"),
                    )
                }
            };
            let main = format!("<p>{text}</p>{link}");
            frame.page(StatusCode::OK, texts.connected, &head, &main, Tells::This("waiting", "success"))
        }
    }
}

/// `POST /connect/{key}`
pub(in super::super) async fn act(
    State(vendor): State<Arc<OpenFinance>>,
    Path(key): Path<String>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    Form(filled): Form<Filled>,
) -> Response {
    let Some(connection) = vendor.by_key(&key) else {
        return unknown(&uri, &headers);
    };
    let frame = Frame::new(&uri, &headers, Some(&connection));
    let here = journey_path(&key);
    if !connection.is_open() {
        return frame.go(&here);
    }
    match (&connection.step, value(&filled, "action")) {
        (_, "cancel") => abort(&vendor, &frame, &connection),
        (_, "back") => {
            vendor.change(&connection.id, |connection, _| connection.begin_again());
            frame.go(&here)
        }
        (Step::Pick, _) => {
            let chosen = providers::find(value(&filled, "provider"));
            let allowed = |provider: &&Provider| provider.is_open() && connection.choice.iter().any(|one| one.id == provider.id);
            match chosen.filter(allowed) {
                Some(provider) => {
                    vendor.change(&connection.id, |connection, _| connection.step = Step::Identify(provider));
                    frame.go(&here)
                }
                None => pick(&frame, &connection, StatusCode::UNPROCESSABLE_ENTITY, Some(frame.texts().pick_one)),
            }
        }
        (Step::Identify(provider), _) => match person(&connection, &filled) {
            Some(person) => {
                let consent = Consent { provider, person };
                vendor.change(&connection.id, |connection, _| connection.step = Step::LogIn(consent, 0));
                frame.go(&bank_path(&key))
            }
            None => {
                let alert = Some(frame.texts().not_an_id);
                identify(&frame, &connection, provider, StatusCode::UNPROCESSABLE_ENTITY, alert)
            }
        },
        _ => frame.go(&here),
    }
}

/// The person closes the journey; it can be begun again by the same address.
pub(super) fn abort(vendor: &OpenFinance, frame: &Frame<'_>, connection: &Connection) -> Response {
    vendor.change(&connection.id, |connection, _| connection.begin_again());
    if let Some(notice) = Notice::of_abort(connection) {
        vendor.hooks.send(notice);
    }
    let mut response = frame.go(&journey_path(&connection.key));
    let location = response.headers().get(http::header::LOCATION).and_then(|to| to.to_str().ok());
    if let Some(to) = location.and_then(|to| format!("{to}&closed=1").parse().ok()) {
        response.headers_mut().insert(http::header::LOCATION, to);
    }
    response
}

/// Who the form says the person is. What was said when the connection was made cannot be changed.
fn person(connection: &Connection, filled: &Filled) -> Option<Person> {
    let wish = &connection.wish;
    let said = |preset: &Option<String>, name: &str| preset.clone().unwrap_or_else(|| value(filled, name).to_owned());
    let id_type = said(&wish.psu_id_type, "psu_id_type");
    let id_type = if id_type.is_empty() { NATIONAL_ID.id } else { &id_type };
    let corporate = if wish.allow_business || wish.corporate_id.is_some() {
        Some(said(&wish.corporate_id, "corporate_id").trim().to_owned()).filter(|id| !id.is_empty())
    } else {
        None
    };
    let fits = |id: &String| (8..=9).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_digit());
    if corporate.as_ref().is_some_and(|id| !fits(id)) {
        return None;
    }
    Person::read(&said(&wish.psu_id, "psu_id"), id_type, corporate)
}
