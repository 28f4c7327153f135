//! What a session shows.

use super::frame::{Around, Frame};
use super::see_other;
use crate::banks::data;
use crate::html::escape;
use crate::plaid::Plaid;
use crate::plaid::data::mask;
use crate::plaid::institutions::{Institution, all};
use crate::plaid::link::session::{Alert, End, Session, Step, named};
use crate::plaid::link::token::LinkToken;
use crate::plaid::people::{Mfa, Person};
use crate::plaid::refusal;
use axum::response::Response;
use http::{StatusCode, Uri};
use serde_json::{Value, json};
use url::Url;

/// How many institutions the picker shows.
const SHOWN: usize = 30;

fn alert(frame: &Frame<'_>, session: &Session) -> String {
    match session.alert {
        None => String::new(),
        Some(Alert::NoAccount) => Frame::alert(frame.texts().no_account),
        Some(Alert::Error(code)) => Frame::alert(super::texts::error(frame.lang, code)),
    }
}

/// The page of where the person is.
pub(super) fn show(plaid: &Plaid, session: &Session, link: &LinkToken, uri: &Uri) -> Response {
    let bank = session.institution().map(|institution| institution.name);
    let frame = Frame::new(uri, &link.client_name, bank);
    let texts = frame.texts();
    let (title, main) = match &session.step {
        Step::Picker => (texts.choose, picker(&frame, link, uri)),
        Step::Login(institution) if institution.oauth => (texts.log_in, leave_for_bank(&frame, session, link)),
        Step::Login(_) => (texts.log_in, login(&frame, link.institution.is_none())),
        Step::Mfa(_, _, Mfa::Device) => (texts.code, code(&frame)),
        Step::Mfa(_, _, mfa) => (texts.questions, questions(&frame, *mfa)),
        Step::Accounts(institution, person) => (texts.accounts, accounts(&frame, institution, person)),
        Step::Consent(_, _, chosen) => (texts.consent, consent(&frame, link, chosen.len())),
        Step::Over(end) => return over(plaid, &frame, session, link, end),
    };
    let main = format!("{}{main}", alert(&frame, session));
    frame.page(StatusCode::OK, &frame.say(title), "", &main, &around(plaid, session))
}

fn around(plaid: &Plaid, session: &Session) -> Around {
    let mut desk = plaid.desk();
    desk.sessions.get_mut(&session.id).map_or(Around::Nothing, Around::of)
}

fn picker(frame: &Frame<'_>, link: &LinkToken, uri: &Uri) -> String {
    let texts = frame.texts();
    let pairs = url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    let typed = pairs
        .filter(|(name, _)| name == "q")
        .last()
        .map(|(_, value)| value.trim().to_owned())
        .unwrap_or_default();
    let wanted = typed.to_lowercase();
    let fits = |one: &&Institution| {
        let near = link.countries.iter().any(|country| country == one.country);
        near && one.offers(&link.products) && one.name.to_lowercase().contains(&wanted)
    };
    let buttons: String = all()
        .iter()
        .filter(fits)
        .take(SHOWN)
        .map(|one| {
            format!(
                "<li><button name=\"institution\" value=\"{}\"><bdi>{}</bdi> <small>{}</small></button></li>",
                one.id,
                escape(one.name),
                one.country
            )
        })
        .collect();
    let list = if buttons.is_empty() {
        format!("<p>{}</p>", texts.nobody)
    } else {
        frame.form(&format!("<ul class=\"banks\">{buttons}</ul>"))
    };
    let leave = format!(
        "<p class=\"actions\"><button class=\"quiet\" name=\"action\" value=\"exit\">{}</button></p>",
        texts.leave
    );
    format!(
        "<p>{asks}</p><form method=\"get\" role=\"search\"><input type=\"hidden\" name=\"lang\" value=\"{lang}\">\
         <label>{search}<input type=\"search\" name=\"q\" value=\"{typed}\"></label>\
         <p class=\"actions\"><button class=\"quiet\">{find}</button></p></form>{list}{leave}",
        asks = frame.say(texts.choose_for),
        lang = frame.lang.code(),
        search = texts.search,
        typed = escape(&typed),
        find = texts.find,
        leave = frame.form(&leave),
    )
}

fn login(frame: &Frame<'_>, with_other_bank: bool) -> String {
    let texts = frame.texts();
    let fields = format!(
        "<p>{}</p><label>{}<input name=\"username\" autocomplete=\"username\" dir=\"ltr\" required></label>\
         <label>{}<input name=\"password\" type=\"password\" autocomplete=\"current-password\" dir=\"ltr\" required></label>{}",
        texts.log_in_hint,
        texts.username,
        texts.password,
        frame.buttons("login", texts.go_on, with_other_bank),
    );
    frame.form(&fields)
}

/// The way to the bank's own page. In a frame it takes the place of the page around it, when that said where to come back.
fn leave_for_bank(frame: &Frame<'_>, session: &Session, link: &LinkToken) -> String {
    let texts = frame.texts();
    let whole = session.origin.is_some() && link.redirect_uri.is_some();
    format!(
        "<p>{}</p><p class=\"actions\"><a class=\"button\" id=\"bank\" href=\"/plaid/bank/{}?lang={}\"{}>{}</a></p>{}",
        frame.say(texts.go_to_bank_hint),
        session.id,
        frame.lang.code(),
        if whole { " target=\"_top\"" } else { "" },
        texts.go_to_bank,
        frame.form(&format!(
            "<p class=\"actions\"><button class=\"quiet\" name=\"action\" value=\"exit\">{}</button></p>",
            texts.leave
        )),
    )
}

/// The own page of a bank with OAuth.
pub(super) fn bank(session: &Session, link: &LinkToken, uri: &Uri) -> Response {
    let Step::Login(institution) = session.step else {
        return see_other(&super::session_address(&session.id, uri));
    };
    let frame = Frame::new(uri, &link.client_name, Some(institution.name));
    let main = format!("{}{}", alert(&frame, session), login(&frame, false));
    let around = match (&session.origin, &link.redirect_uri) {
        // It stays in the frame.
        (Some(origin), None) => Around::Frame {
            origin: origin.clone(),
            said: Vec::new(),
        },
        _ => Around::Nothing,
    };
    frame.page(StatusCode::OK, &frame.say(frame.texts().bank_page), "", &main, &around)
}

/// A page that leads on by itself: not a redirect, because `form-action` also holds for where a form's answer redirects to.
pub(super) fn way_back(session: &Session, link: &LinkToken, uri: &Uri, to: &Url) -> Response {
    let bank = session.institution().map(|institution| institution.name);
    let frame = Frame::new(uri, &link.client_name, bank);
    led(&frame, frame.texts().bank_page, to)
}

fn led(frame: &Frame<'_>, title: &str, to: &Url) -> Response {
    let to = escape(to.as_str());
    let head = format!("<meta http-equiv=\"refresh\" content=\"0;url={to}\">");
    let label = frame.say(frame.texts().back);
    let main = format!("<p class=\"actions\"><a class=\"button\" id=\"back\" href=\"{to}\">{label}</a></p>");
    frame.page(StatusCode::OK, &frame.say(title), &head, &main, &Around::Nothing)
}

fn code(frame: &Frame<'_>) -> String {
    let texts = frame.texts();
    frame.form(&format!(
        "<p>{}</p><label>{}<input name=\"answer\" inputmode=\"numeric\" autocomplete=\"one-time-code\" dir=\"ltr\" required></label>{}",
        texts.code_hint,
        texts.code,
        frame.buttons("answer", texts.go_on, false),
    ))
}

fn questions(frame: &Frame<'_>, mfa: Mfa) -> String {
    let texts = frame.texts();
    let fields: String = mfa
        .answers()
        .iter()
        .enumerate()
        .map(|(place, answer)| {
            format!(
                "<label>{} {} <small dir=\"ltr\">({answer})</small><input name=\"answer\" dir=\"ltr\" required></label>",
                texts.question,
                place + 1
            )
        })
        .collect();
    frame.form(&format!("{fields}{}", frame.buttons("answer", texts.go_on, false)))
}

fn accounts(frame: &Frame<'_>, institution: &Institution, person: &Person) -> String {
    let boxes: String = data::accounts(&institution.bank(), &person.psu)
        .iter()
        .map(|account| {
            format!(
                "<label><input type=\"checkbox\" name=\"account\" value=\"{}\" checked> {} <bdi dir=\"ltr\">••••{}</bdi></label>",
                account.resource_id,
                escape(if frame.lang.code() == "he" {
                    account.name.he
                } else {
                    account.name.en
                }),
                escape(mask(account)),
            )
        })
        .collect();
    frame.form(&format!(
        "<fieldset>{boxes}</fieldset>{}",
        frame.buttons("accounts", frame.texts().go_on, false)
    ))
}

fn consent(frame: &Frame<'_>, link: &LinkToken, accounts: usize) -> String {
    let texts = frame.texts();
    let asked = |product: &str| link.products.iter().chain(&link.consented).any(|asked| asked == product);
    let mut rights = format!("<li>{} ({accounts})</li>", texts.see_accounts);
    if asked("transactions") || link.update.is_some() {
        rights.push_str(&format!("<li>{}</li>", texts.see_transactions));
    }
    frame.form(&format!(
        "<p>{}</p><ul>{rights}</ul>{}",
        frame.say(texts.asks),
        frame.buttons("allow", texts.allow, false)
    ))
}

/// What the page around the frame hears at the end: the arguments of `onSuccess` or `onExit`.
fn last_word(session: &Session, end: &End) -> Value {
    let metadata = |institution: Option<&Institution>| {
        json!({
            "institution": institution.map(named),
            "link_session_id": session.id,
        })
    };
    match end {
        End::Linked {
            public_token,
            institution,
            accounts,
        } => {
            let mut metadata = metadata(Some(institution));
            metadata["accounts"] = json!(accounts);
            metadata["transfer_status"] = Value::Null;
            json!({ "end": "success", "public_token": public_token, "metadata": metadata })
        }
        End::Repaired { institution } => {
            let mut metadata = metadata(Some(institution));
            metadata["accounts"] = json!([]);
            metadata["transfer_status"] = Value::Null;
            json!({ "end": "success", "public_token": null, "metadata": metadata })
        }
        End::Exited {
            institution,
            status,
            error,
        } => {
            let mut metadata = metadata(*institution);
            metadata["status"] = json!(status);
            metadata["request_id"] = json!(crate::plaid::ident::of(&[b"request", session.id.as_bytes()], 15));
            json!({ "end": "exit", "error": error.map(|code| code.told(None)), "metadata": metadata })
        }
    }
}

/// The token opens nothing, which the page around the frame hears.
pub(super) fn closed(frame: &Frame<'_>, origin: String) -> Response {
    let nobody = json!({ "institution": null, "status": null, "link_session_id": null, "request_id": null });
    let word = json!({ "end": "exit", "error": refusal::INVALID_LINK_TOKEN.told(None), "metadata": nobody });
    let around = Around::Frame { origin, said: vec![word] };
    frame.page(StatusCode::GONE, frame.texts().over, "", frame.texts().over_text, &around)
}

/// The end. Hosted Link leads back to where it was told; the page around a frame hears how it ended.
fn over(plaid: &Plaid, frame: &Frame<'_>, session: &Session, link: &LinkToken, end: &End) -> Response {
    let texts = frame.texts();
    let title = if end.status() == "SUCCESS" { texts.linked } else { texts.left };
    let back = link.hosted.as_ref().and_then(|hosted| hosted.completion.as_ref());
    match (around(plaid, session), back) {
        (Around::Frame { origin, mut said }, _) => {
            said.push(last_word(session, end));
            let around = Around::Frame { origin, said };
            frame.page(StatusCode::OK, &frame.say(title), "", "", &around)
        }
        (Around::Nothing, Some(to)) => led(frame, title, to),
        (Around::Nothing, None) => frame.notice(StatusCode::OK, title, texts.close),
    }
}
