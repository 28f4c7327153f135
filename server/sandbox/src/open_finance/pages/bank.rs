//! The bank's pages: the login, and what the bank is asked for.

use super::super::OpenFinance;
use super::super::model::{Connection, Consent, Step, TRIES};
use super::journey::{abort, unknown};
use super::{Filled, Frame, Tells, bank_path, journey_path, naming, value};
use axum::extract::{Form, OriginalUri, Path, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use std::sync::Arc;

/// The consent that a step at the bank is about.
fn at_bank(connection: &Connection) -> Option<&Consent> {
    match &connection.step {
        Step::LogIn(consent, _) | Step::Approve(consent) if connection.is_open() => Some(consent),
        _ => None,
    }
}

fn named<'a>(frame: Frame<'a>, consent: &Consent) -> Frame<'a> {
    let name = frame.lang.pick(consent.provider.he, consent.provider.en).to_owned();
    frame.of_bank(&name)
}

fn log_in(frame: &Frame<'_>, connection: &Connection, status: StatusCode, alert: Option<&str>) -> Response {
    let texts = frame.texts();
    let main = format!(
        "<p>{intro}</p>{alert}<form method=\"post\" action=\"{action}\">\
         <label>{username}<input name=\"username\" autocomplete=\"username\" dir=\"ltr\" required></label>\
         <label>{password}<input name=\"password\" type=\"password\" autocomplete=\"current-password\" dir=\"ltr\" required></label>\
         <p class=\"actions\"><button name=\"action\" value=\"login\">{go_on}</button>\
         <button class=\"quiet\" name=\"action\" value=\"cancel\" formnovalidate>{cancel}</button></p></form>",
        intro = naming(texts.log_in_for, connection.org_name),
        alert = Frame::alert(alert),
        action = frame.action(),
        username = texts.username,
        password = texts.password,
        go_on = texts.go_on,
        cancel = texts.cancel,
    );
    frame.page(status, texts.log_in, "", &main, Tells::Nothing)
}

fn approve(frame: &Frame<'_>, connection: &Connection) -> Response {
    let texts = frame.texts();
    let lasts = if connection.wish.recurring {
        format!("{} <bdi dir=\"ltr\">{}</bdi>", texts.until, connection.wish.expiry.date())
    } else {
        texts.once.to_owned()
    };
    let main = format!(
        "<p>{asks}</p><ul><li>{accounts}</li><li>{balances}</li><li>{transactions}</li></ul><p>{lasts}</p>\
         <form method=\"post\" action=\"{action}\"><p class=\"actions\">\
         <button name=\"action\" value=\"approve\">{approve}</button>\
         <button class=\"quiet\" name=\"action\" value=\"decline\">{decline}</button></p></form>",
        asks = naming(texts.asks, connection.org_name),
        accounts = texts.see_accounts,
        balances = texts.see_balances,
        transactions = texts.see_transactions,
        action = frame.action(),
        approve = texts.approve,
        decline = texts.decline,
    );
    frame.page(StatusCode::OK, texts.consent, "", &main, Tells::Nothing)
}

/// `GET /bank/{key}`
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
    match (at_bank(&connection), &connection.step) {
        (Some(consent), Step::Approve(_)) => approve(&named(frame, consent), &connection),
        (Some(consent), _) => log_in(&named(frame, consent), &connection, StatusCode::OK, None),
        (None, _) => frame.go(&journey_path(&key)),
    }
}

/// `POST /bank/{key}`
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
    let Some(consent) = at_bank(&connection).cloned() else {
        return frame.go(&journey_path(&key));
    };
    let id = &connection.id;
    match (&connection.step, value(&filled, "action")) {
        (_, "cancel") => abort(&vendor, &frame, &connection),
        (Step::LogIn(_, wrong), _) => {
            if value(&filled, "username").trim() == "user" && value(&filled, "password") == "pass" {
                vendor.change(id, |connection, _| connection.step = Step::Approve(consent));
                return frame.go(&bank_path(&key));
            }
            let wrong = wrong + 1;
            if wrong >= TRIES {
                vendor.change(id, |connection, now| connection.lock_out(consent, now));
                return frame.go(&journey_path(&key));
            }
            vendor.change(id, |connection, _| connection.step = Step::LogIn(consent.clone(), wrong));
            let alert = format!("{}{}", frame.texts().wrong, TRIES - wrong);
            log_in(&named(frame, &consent), &connection, StatusCode::UNAUTHORIZED, Some(&alert))
        }
        (_, "approve") => {
            vendor.change(id, |connection, now| connection.approve(consent, now));
            Arc::clone(&vendor).watch(id.clone());
            frame.go(&journey_path(&key))
        }
        (_, "decline") => {
            vendor.change(id, |connection, now| connection.decline(consent, now));
            frame.go(&journey_path(&key))
        }
        _ => frame.go(&bank_path(&key)),
    }
}
