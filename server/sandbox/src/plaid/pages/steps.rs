//! What a form of a session does.

use super::{Filled, value};
use crate::banks::data;
use crate::plaid::institutions::{self, Institution};
use crate::plaid::link::session::{Alert, Session, Step};
use crate::plaid::link::token::LinkToken;
use crate::plaid::link::{Ending, finish};
use crate::plaid::people::{self, Mfa, Person};
use crate::plaid::refusal::{self, Code};
use crate::plaid::{Moment, Plaid};
use serde_json::json;

/// Changes the session, unless it is over by now.
fn change(plaid: &Plaid, session: &Session, change: impl FnOnce(&mut Session)) {
    if let Some(session) = plaid.desk().sessions.get_mut(&session.id)
        && session.finished.is_none()
    {
        session.alert = None;
        change(session);
    }
}

fn go(plaid: &Plaid, session: &Session, step: Step) {
    change(plaid, session, |session| session.step = step);
}

/// The institution refused; the page is shown again.
fn refuse(plaid: &Plaid, session: &Session, code: &'static Code, now: Moment) {
    change(plaid, session, |session| {
        session.alert = Some(Alert::Error(code));
        session.error = Some(code);
        session.note("ERROR", now, json!({ "error_type": code.kind, "error_code": code.code }));
    });
}

/// Does what the form says.
pub(super) fn act(plaid: &Plaid, session: &Session, link: &LinkToken, filled: &Filled) {
    let now = plaid.now();
    let action = value(filled, "action");
    if action == "exit" {
        return finish(plaid, &session.id, Ending::Left);
    }
    match &session.step {
        Step::Picker => choose(plaid, session, link, value(filled, "institution"), now),
        Step::Login(_) if action == "other" && link.institution.is_none() => go(plaid, session, Step::Picker),
        Step::Login(institution) => log_in(plaid, session, link, institution, filled, now),
        Step::Mfa(institution, person, mfa) => answer(plaid, session, link, (institution, person, *mfa), filled, now),
        Step::Accounts(institution, person) => accounts(plaid, session, institution, person, filled),
        Step::Consent(_, person, chosen) if action == "allow" => consent(plaid, session, person, chosen, now),
        Step::Consent(..) | Step::Over(_) => {}
    }
}

fn choose(plaid: &Plaid, session: &Session, link: &LinkToken, id: &str, now: Moment) {
    let Some(institution) = institutions::find(id).filter(|one| link.countries.iter().any(|country| country == one.country)) else {
        return;
    };
    if !institution.offers(&link.products) {
        return refuse(plaid, session, &refusal::NOT_SUPPORTED, now);
    }
    change(plaid, session, |session| {
        session.note(
            "SELECT_INSTITUTION",
            now,
            json!({ "institution_id": institution.id, "institution_name": institution.name }),
        );
        session.step = Step::Login(institution);
    });
}

/// Whether this is somebody else than the item that is repaired belongs to.
fn is_somebody_else(plaid: &Plaid, link: &LinkToken, person: &Person) -> bool {
    let Some(update) = &link.update else { return false };
    let desk = plaid.desk();
    desk.items
        .get(&update.item_id)
        .is_some_and(|item| item.person.username != person.username)
}

fn log_in(plaid: &Plaid, session: &Session, link: &LinkToken, institution: &'static Institution, filled: &Filled, now: Moment) {
    let name = if institution.oauth { "OPEN_OAUTH" } else { "SUBMIT_CREDENTIALS" };
    change(plaid, session, |session| {
        session.note(
            name,
            now,
            json!({ "institution_id": institution.id, "institution_name": institution.name }),
        );
    });
    if institution.is_down() {
        return refuse(plaid, session, &refusal::INSTITUTION_DOWN, now);
    }
    match people::log_in(value(filled, "username"), value(filled, "password")) {
        Err(code) => refuse(plaid, session, code, now),
        Ok(login) if is_somebody_else(plaid, link, &login.person) => refuse(plaid, session, &refusal::INVALID_USERNAME, now),
        // A bank with a page of its own has asked there.
        Ok(login) => match login.mfa.filter(|_| !institution.oauth) {
            Some(mfa) => go(plaid, session, Step::Mfa(institution, login.person, mfa)),
            None => logged_in(plaid, session, link, institution, login.person),
        },
    }
}

/// On to the accounts, or to the consent when they were chosen before.
fn logged_in(plaid: &Plaid, session: &Session, link: &LinkToken, institution: &'static Institution, person: Person) {
    let kept = link.update.as_ref().filter(|update| !update.choose).and_then(|update| {
        let desk = plaid.desk();
        desk.items.get(&update.item_id).map(|item| item.chosen.clone())
    });
    let step = match kept {
        Some(chosen) => Step::Consent(institution, person, chosen),
        None => Step::Accounts(institution, person),
    };
    go(plaid, session, step);
}

fn answer(
    plaid: &Plaid,
    session: &Session,
    link: &LinkToken,
    (institution, person, mfa): (&'static Institution, &Person, Mfa),
    filled: &Filled,
    now: Moment,
) {
    change(plaid, session, |session| session.note("SUBMIT_MFA", now, json!({})));
    let typed: Vec<&str> = filled
        .iter()
        .filter(|(name, _)| name == "answer")
        .map(|(_, value)| value.trim())
        .collect();
    if typed != mfa.answers() {
        return refuse(plaid, session, &refusal::INVALID_MFA, now);
    }
    match mfa.next() {
        Some(next) => go(plaid, session, Step::Mfa(institution, person.clone(), next)),
        None => logged_in(plaid, session, link, institution, person.clone()),
    }
}

fn accounts(plaid: &Plaid, session: &Session, institution: &'static Institution, person: &Person, filled: &Filled) {
    let chosen = data::accounts(&institution.bank(), &person.psu)
        .into_iter()
        .map(|account| account.resource_id);
    let chosen: Vec<String> = chosen
        .filter(|id| filled.iter().any(|(name, value)| name == "account" && value == id))
        .collect();
    if chosen.is_empty() {
        return change(plaid, session, |session| session.alert = Some(Alert::NoAccount));
    }
    go(plaid, session, Step::Consent(institution, person.clone(), chosen));
}

fn consent(plaid: &Plaid, session: &Session, person: &Person, chosen: &[String], now: Moment) {
    if person.grants() {
        finish(plaid, &session.id, Ending::Given(person.clone(), chosen.to_vec()));
    } else {
        refuse(plaid, session, &refusal::NOT_GRANTED, now);
    }
}
