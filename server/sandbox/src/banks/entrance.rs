//! The banks' HTTP from the login form to the access token. Each answer says what comes next:
//! `{"login_id", "next": "form" | "wait" | "accounts" | "granted", …}`.

use super::Banks;
use super::challenge;
use super::data;
use super::forms::{self, Unfit};
use super::institutions::Institution;
use super::login::{LoginRefused, Next, StepRefused};
use super::protocol::{Answer, Refusal, bank};
use super::psu::{Outcome, PsuId};
use crate::trouble::{self, At};
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use jiff::{Timestamp, ToSpan};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// `GET /form`
pub(super) async fn form(Path(bank_id): Path<String>) -> Answer {
    Ok(Json(json!({ "fields": forms::fields(bank(&bank_id)?) })))
}

/// A filled form.
#[derive(Deserialize)]
pub(super) struct Filled {
    fields: HashMap<String, String>,
}

type Body<T> = Result<Json<T>, JsonRejection>;
type LoginAt = Path<(String, String)>;

/// What a bank has to say, and to whom.
struct Said {
    body: Value,
    psu: PsuId,
    /// Whether it brings the access.
    granted: bool,
}

/// Says it as the bank does that is in trouble with this person, or is not. `at` is which answer it is unless it brings the access.
async fn tell(said: Result<Said, Refusal>, at: Option<At>) -> Response {
    let Said { body, psu, granted } = match said {
        Ok(said) => said,
        Err(refusal) => return refusal.into_response(),
    };
    let answer = Json(body).into_response();
    match if granted { Some(At::Grant) } else { at } {
        Some(at) => trouble::spoil(Some(&psu), at, answer).await,
        None => answer,
    }
}

/// `POST /login`
pub(super) async fn login(State(banks): State<Arc<Banks>>, Path(bank_id): Path<String>, body: Body<Filled>) -> Response {
    tell(log_in(&banks, &bank_id, body), Some(At::Login)).await
}

fn log_in(banks: &Banks, bank_id: &str, body: Body<Filled>) -> Result<Said, Refusal> {
    let bank = bank(bank_id)?;
    let Json(body) = body.map_err(|_| Refusal::BadRequest)?;
    let answers = forms::read(bank, &body.fields).map_err(|unfit| match unfit {
        Unfit::Missing(field) => Refusal::MissingField(field),
        Unfit::Malformed(field) => Refusal::InvalidField(field),
    })?;
    if trouble::is_down(Some(&answers.psu)) {
        return Err(Refusal::Unavailable);
    }
    let login_id = banks.ids.fresh();
    let at = (bank.id, bank.challenge);
    let begun = banks.logins().begin(banks.now(), login_id.clone(), at, answers.psu, answers.right);
    let next = begun.map_err(|refused| match refused {
        LoginRefused::Wrong { tries_left } => Refusal::WrongCredentials(tries_left),
        LoginRefused::Locked => Refusal::Locked,
    })?;
    say(banks, bank, &login_id, next)
}

/// `POST /login/{login_id}/answer`
pub(super) async fn answer(State(banks): State<Arc<Banks>>, Path((bank_id, login_id)): LoginAt, body: Body<Filled>) -> Response {
    let said = step(&banks, &bank_id, &login_id, |bank| {
        let Json(body) = body.map_err(|_| Refusal::BadRequest)?;
        let next = banks.logins().answer(banks.now(), &login_id, bank.id, &body.fields);
        next.map_err(refuse)
    });
    tell(said, None).await
}

/// `POST /login/{login_id}/resend`
pub(super) async fn resend(State(banks): State<Arc<Banks>>, Path((bank_id, login_id)): LoginAt) -> Response {
    let said = step(&banks, &bank_id, &login_id, |bank| {
        banks.logins().resend(banks.now(), &login_id, bank.id).map_err(refuse)
    });
    tell(said, None).await
}

/// `GET /login/{login_id}`
pub(super) async fn look(State(banks): State<Arc<Banks>>, Path((bank_id, login_id)): LoginAt) -> Response {
    let said = step(&banks, &bank_id, &login_id, |bank| {
        banks.logins().look(banks.now(), &login_id, bank.id).map_err(refuse)
    });
    tell(said, None).await
}

/// One step of a login.
fn step(
    banks: &Banks,
    bank_id: &str,
    login_id: &str,
    take: impl FnOnce(&'static Institution) -> Result<Next, Refusal>,
) -> Result<Said, Refusal> {
    let bank = bank(bank_id)?;
    say(banks, bank, login_id, take(bank)?)
}

/// `DELETE /login/{login_id}`: ends a login with what it brought; doing it again changes nothing.
pub(super) async fn give_up(State(banks): State<Arc<Banks>>, Path((bank_id, login_id)): LoginAt) -> Result<StatusCode, Refusal> {
    let brought = banks.logins().give_up(&login_id, bank(&bank_id)?.id);
    if let Some(consent_id) = brought {
        banks.grants().end(consent_id);
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Body of `POST /login/{login_id}/accounts`.
#[derive(Deserialize)]
pub(super) struct Picked {
    accounts: BTreeSet<String>,
}

/// `POST /login/{login_id}/accounts`
pub(super) async fn accounts(State(banks): State<Arc<Banks>>, Path((bank_id, login_id)): LoginAt, body: Body<Picked>) -> Response {
    tell(pick(&banks, &bank_id, &login_id, body), None).await
}

fn pick(banks: &Banks, bank_id: &str, login_id: &str, body: Body<Picked>) -> Result<Said, Refusal> {
    let bank = bank(bank_id)?;
    let Json(Picked { accounts }) = body.map_err(|_| Refusal::BadRequest)?;
    let fits = |psu: &PsuId| {
        let has = data::accounts(bank, psu);
        !accounts.is_empty() && accounts.iter().all(|id| has.iter().any(|account| account.resource_id == *id))
    };
    let picked = banks.logins().pick(banks.now(), login_id, bank.id, fits);
    grant(banks, bank, login_id, picked.map_err(refuse)?, accounts)
}

fn refuse(refused: StepRefused) -> Refusal {
    match refused {
        StepRefused::Unknown => Refusal::UnknownLogin,
        StepRefused::Wrong { tries_left, again } => {
            Refusal::WrongCode(tries_left, again.and_then(|(psu, awaits)| challenge::form(&psu, &awaits)))
        }
        StepRefused::Locked => Refusal::Locked,
        StepRefused::Expired => Refusal::CodeExpired,
        StepRefused::ConsentRejected => Refusal::ConsentRejected,
        StepRefused::TimedOut => Refusal::TimedOut,
        StepRefused::OutOfTurn => Refusal::OutOfTurn,
        StepRefused::NotDue => Refusal::NotDue,
        StepRefused::Unfit(field) => Refusal::InvalidField(field),
    }
}

/// Says what comes next.
fn say(banks: &Banks, bank: &'static Institution, login_id: &str, next: Next) -> Result<Said, Refusal> {
    match next {
        Next::Awaits(psu, awaits) => {
            let said = challenge::next(login_id, &psu, &awaits, &data::accounts(bank, &psu));
            Ok(Said {
                body: said.ok_or(Refusal::Internal)?,
                psu,
                granted: false,
            })
        }
        Next::Through(psu) => grant(banks, bank, login_id, psu, BTreeSet::new()),
    }
}

/// Gives access to these accounts, or to all when none is named.
fn grant(banks: &Banks, bank: &'static Institution, login_id: &str, psu: PsuId, accounts: BTreeSet<String>) -> Result<Said, Refusal> {
    let (grant, token) = banks.grants().issue(banks.second(), bank.id, &psu, banks.ids.fresh(), accounts);
    banks.logins().brought(login_id.to_owned(), bank.id, grant.consent_id.clone());
    let expires_at = match trouble::is_past(Some(&psu)) {
        true => Timestamp::from_second(banks.second()).map(|now| now - 24.hours()),
        false => Timestamp::from_second(grant.expires_at),
    };
    let expires_at = expires_at.map_err(|_| Refusal::Internal)?;
    let status = match psu.outcome() {
        Outcome::AwaitingCosigners => "partiallyAuthorised",
        _ => "valid",
    };
    let body = json!({
        "login_id": login_id,
        "next": "granted",
        "access_token": token,
        "consent_id": grant.consent_id,
        "consent_status": status,
        "expires_at": expires_at.to_string(),
    });
    Ok(Said { body, psu, granted: true })
}
