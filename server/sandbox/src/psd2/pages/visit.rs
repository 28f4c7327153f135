//! After the login: what is asked for, which accounts, the code, and the way back.

use super::login::{over, tpp};
use super::{Door, Frame, Step, Visit, browser, leave, naming, see_other};
use crate::banks::data::Account;
use crate::banks::institutions::Challenge;
use crate::banks::login::{CODE_LENGTH, StepRefused};
use crate::banks::psu::PsuId;
use crate::html::escape;
use crate::psd2::Psd2;
use crate::psd2::bank::{self, Approach, Bank};
use crate::psd2::consent::Consent;
use axum::extract::{Form, OriginalUri, Path, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use std::sync::Arc;
use url::Url;

/// What a form of a visit sends, in order; a chosen account is a field of its own.
type Filled = Vec<(String, String)>;

fn value<'a>(filled: &'a Filled, name: &str) -> &'a str {
    filled.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
}

/// The accounts that were ticked.
pub(super) fn chosen(filled: &Filled) -> Vec<String> {
    let ticked = filled.iter().filter(|(key, _)| key == "account");
    ticked.map(|(_, value)| value.clone()).collect()
}

fn line(frame: &Frame<'_>, account: &Account) -> String {
    let name = frame.lang.pick(account.name.he, account.name.en);
    let number = account.iban.as_ref().or(account.masked_pan.as_ref()).unwrap_or(&account.number);
    format!("{} <bdi dir=\"ltr\">{}</bdi>", escape(name), escape(number))
}

/// What a consent asks for, as HTML: who, what, how long, and the accounts to tick where the customer chooses.
pub(super) fn question(frame: &Frame<'_>, consent: &Consent, accounts: &[Account]) -> String {
    let texts = frame.texts();
    let asked = &consent.wanted.asked;
    let rights: String = [
        (true, texts.see_list),
        (asked.balances(), texts.see_balances),
        (asked.transactions(), texts.see_transactions),
        (asked.owner_name(), texts.see_owner),
    ]
    .into_iter()
    .filter(|(asked, _)| *asked)
    .map(|(_, text)| format!("<li>{text}</li>"))
    .collect();
    let lasts = if consent.wanted.recurring {
        format!("{} <bdi dir=\"ltr\">{}</bdi>", texts.until, consent.wanted.valid_until)
    } else {
        texts.once.to_owned()
    };
    let accounts = if asked.offers_choice() {
        let boxes = accounts.iter().map(|account| {
            format!(
                "<label><input type=\"checkbox\" name=\"account\" value=\"{}\" checked> {}</label>",
                account.resource_id,
                line(frame, account)
            )
        });
        format!(
            "<fieldset><legend>{}</legend>{}</fieldset>",
            texts.choose,
            boxes.collect::<String>()
        )
    } else {
        let items = accounts.iter().map(|account| format!("<li>{}</li>", line(frame, account)));
        format!("<h2>{}</h2><ul>{}</ul>", texts.accounts, items.collect::<String>())
    };
    let asks = naming(texts.asks, &tpp(frame, consent));
    format!("<p>{asks}</p><ul>{rights}</ul><p>{lasts}</p>{accounts}")
}

fn buttons(frame: &Frame<'_>, with_approve: bool) -> String {
    let texts = frame.texts();
    let approve = format!("<button name=\"action\" value=\"approve\">{}</button>", texts.approve);
    format!(
        "<p class=\"actions\">{}<button class=\"quiet\" name=\"action\" value=\"decline\" formnovalidate>{}</button></p>",
        if with_approve { approve.as_str() } else { "" },
        texts.decline,
    )
}

fn consent_page(frame: &Frame<'_>, psu: &PsuId, consent: &Consent, status: StatusCode, alert: Option<&str>) -> Response {
    let texts = frame.texts();
    let accounts = consent.offer(psu);
    let none = accounts.is_empty().then_some(texts.none_fit);
    let main = format!(
        "{}<form method=\"post\" action=\"{}\">{}{}</form>",
        Frame::alert(alert.or(none)),
        frame.action(),
        question(frame, consent, &accounts),
        buttons(frame, !accounts.is_empty()),
    );
    frame.page(status, texts.consent, "", &main)
}

fn code_page(frame: &Frame<'_>, status: StatusCode, alert: Option<&str>) -> Response {
    let texts = frame.texts();
    let main = format!(
        "<p>{hint}</p>{alert}<form method=\"post\" action=\"{action}\"><label>{code}\
         <input name=\"code\" inputmode=\"numeric\" autocomplete=\"one-time-code\" dir=\"ltr\" maxlength=\"{CODE_LENGTH}\" required>\
         </label>{buttons}</form>",
        hint = texts.code_hint,
        alert = Frame::alert(alert),
        action = frame.action(),
        code = texts.code,
        buttons = buttons(frame, true),
    );
    frame.page(status, texts.code, "", &main)
}

/// The way back: a page, not a redirect, because `form-action` also holds for where a form's answer redirects to.
fn over_page(frame: &Frame<'_>, tpp: &str, given: bool, back: &Url) -> Response {
    let texts = frame.texts();
    let to = escape(back.as_str());
    let head = format!("<meta http-equiv=\"refresh\" content=\"0;url={to}\">");
    let label = naming(texts.back, tpp);
    let main = format!("<p class=\"actions\"><a class=\"button\" id=\"back\" href=\"{to}\">{label}</a></p>");
    let title = if given { texts.given } else { texts.refused };
    frame.page(StatusCode::OK, title, &head, &main)
}

fn not_found(frame: &Frame<'_>) -> Response {
    frame.notice(StatusCode::NOT_FOUND, frame.texts().not_found, frame.texts().not_found_text)
}

/// Goes back before the login: nobody has decided anything about the consent. The visit is over at once.
pub(super) fn cancel(psd2: &Psd2, bank: &'static Bank, door: Door, browser: String) -> Option<Visit> {
    let back = leave(psd2, bank, &door, false)?;
    Some(Visit {
        bank,
        door,
        browser,
        step: Step::Over { given: false, back },
    })
}

/// This browser's visit and its consent, as they stand.
fn find(psd2: &Psd2, bank: &'static Bank, id: &str, headers: &HeaderMap) -> Option<(Visit, Consent)> {
    let browser = browser::known(headers)?;
    let mut desk = psd2.desk();
    let visit = desk
        .visits
        .get(&id.to_owned())
        .filter(|visit| visit.bank.shares_host_with(bank) && visit.browser == browser)?
        .clone();
    let consent = desk.consent(bank, &visit.door.consent_id, psd2.now())?.clone();
    Some((visit, consent))
}

fn set_step(psd2: &Psd2, id: &str, step: Step) {
    if let Some(visit) = psd2.desk().visits.get_mut(&id.to_owned()) {
        visit.step = step;
    }
}

/// `GET /visit/{visit_id}`
pub(crate) async fn show(
    State(psd2): State<Arc<Psd2>>,
    Path((bank_id, id)): Path<(String, String)>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Response {
    let Some(bank) = bank::find(&bank_id) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let frame = Frame::new(bank, &uri, &headers);
    let Some((visit, consent)) = find(&psd2, bank, &id, &headers) else {
        return not_found(&frame);
    };
    let frame = Frame::new(visit.bank, &uri, &headers);
    match &visit.step {
        Step::Over { given, back } => over_page(&frame, &tpp(&frame, &consent), *given, back),
        _ if !consent.is_open(&visit.door.authorisation_id) => finish(&psd2, &frame, &id, &visit, false),
        Step::Consent(psu) => consent_page(&frame, psu, &consent, StatusCode::OK, None),
        Step::Code(..) => code_page(&frame, StatusCode::OK, None),
    }
}

/// `POST /visit/{visit_id}`
pub(crate) async fn act(
    State(psd2): State<Arc<Psd2>>,
    Path((bank_id, id)): Path<(String, String)>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    Form(filled): Form<Filled>,
) -> Response {
    let Some(bank) = bank::find(&bank_id) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let frame = Frame::new(bank, &uri, &headers);
    let Some((visit, consent)) = find(&psd2, bank, &id, &headers) else {
        return not_found(&frame);
    };
    let frame = Frame::new(visit.bank, &uri, &headers);
    let open = consent.is_open(&visit.door.authorisation_id);
    match (&visit.step, value(&filled, "action")) {
        (Step::Over { .. }, _) => again(&frame, &id),
        (_, "decline") => finish(&psd2, &frame, &id, &visit, false),
        _ if !open => finish(&psd2, &frame, &id, &visit, false),
        (Step::Consent(psu), _) => agree(&psd2, &frame, &id, (&visit, psu), &consent, chosen(&filled)),
        (Step::Code(_, accounts), _) => confirm(&psd2, &frame, &id, (&visit, &consent), accounts, value(&filled, "code")),
    }
}

/// 303 to the visit's own page.
fn again(frame: &Frame<'_>, id: &str) -> Response {
    see_other(&browser::visit_address(frame.bank, id, frame.lang.code()))
}

/// The consent page was approved: the code is sent.
fn agree(psd2: &Psd2, frame: &Frame<'_>, id: &str, (visit, psu): (&Visit, &PsuId), consent: &Consent, chosen: Vec<String>) -> Response {
    let offered = consent.offer(psu);
    let fits = offered.iter().any(|account| chosen.contains(&account.resource_id));
    if consent.wanted.asked.offers_choice() && !fits {
        let alert = Some(frame.texts().choose_one);
        return consent_page(frame, psu, consent, StatusCode::UNPROCESSABLE_ENTITY, alert);
    }
    let now = psd2.now();
    let sent = psd2
        .desk()
        .logins
        .begin(now.0, id.to_owned(), (visit.bank.id(), Challenge::Code), psu.clone(), true);
    if sent.is_err() {
        return finish(psd2, frame, id, visit, false);
    }
    set_step(psd2, id, Step::Code(psu.clone(), chosen));
    again(frame, id)
}

/// A code was typed.
fn confirm(psd2: &Psd2, frame: &Frame<'_>, id: &str, (visit, consent): (&Visit, &Consent), accounts: &[String], code: &str) -> Response {
    let texts = frame.texts();
    let now = psd2.now();
    let checked = psd2.desk().logins.finish(now.0, id, visit.bank.id(), code);
    match checked {
        Ok(psu) => {
            let mut desk = psd2.desk();
            let consent = desk.consent(visit.bank, &visit.door.consent_id, now);
            let at = &visit.door.authorisation_id;
            let given = consent.is_some_and(|consent| match visit.bank.approach {
                Approach::RedirectConfirmed => consent.hold(at, &psu, accounts, psd2.ids.fresh(), now),
                _ => consent.approve(at, &psu, accounts, now),
            });
            drop(desk);
            finish(psd2, frame, id, visit, given)
        }
        Err(StepRefused::Wrong { tries_left, .. }) => {
            code_page(frame, StatusCode::UNAUTHORIZED, Some(&format!("{}{tries_left}", texts.code_wrong)))
        }
        Err(StepRefused::Expired) => {
            let Step::Code(psu, _) = &visit.step else { return over(frame) };
            set_step(psd2, id, Step::Consent(psu.clone()));
            consent_page(frame, psu, consent, StatusCode::GONE, Some(texts.code_late))
        }
        Err(_) => finish(psd2, frame, id, visit, false),
    }
}

/// The visit is over; its page from now on is the way back, unless another browser was led back before.
fn finish(psd2: &Psd2, frame: &Frame<'_>, id: &str, visit: &Visit, given: bool) -> Response {
    if !given {
        let now = psd2.now();
        if let Some(consent) = psd2.desk().consent(visit.bank, &visit.door.consent_id, now) {
            consent.decline(&visit.door.authorisation_id, now);
        }
    }
    let Some(back) = leave(psd2, visit.bank, &visit.door, given) else {
        return over(frame);
    };
    set_step(psd2, id, Step::Over { given, back });
    again(frame, id)
}
