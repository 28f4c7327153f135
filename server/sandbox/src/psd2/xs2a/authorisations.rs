//! `/v1/consents/{consentId}/authorisations`

use super::consents::back;
use super::embedded::{self, Update};
use super::{bank, psu_id};
use crate::banks::psu::PsuId;
use crate::psd2::Psd2;
use crate::psd2::bank::{Approach, Bank};
use crate::psd2::consent::{Authorisation, Back, Consent, Reads, ScaStatus};
use crate::psd2::desk::Desk;
use crate::psd2::refusal::Refusal;
use crate::trouble::{self, At};
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, StatusCode, header as names};
use serde_json::{Value, json};
use std::sync::Arc;

/// Where an authorisation is.
pub(super) fn path(consent_id: &str, id: &str) -> String {
    format!("/v1/consents/{consent_id}/authorisations/{id}")
}

/// The links of an authorisation. Where the browser goes is always written in full.
pub(super) fn links(psd2: &Psd2, bank: &Bank, consent_id: &str, id: &str) -> Value {
    let issuer = psd2.issuer(bank);
    let mut links = json!({"scaStatus": {"href": psd2.link(bank, &path(consent_id, id))}});
    match bank.approach {
        Approach::Redirect | Approach::RedirectExplicit => {
            links["scaRedirect"] = json!({ "href": format!("{}/authorise/{consent_id}/{id}", psd2.pages(bank)) });
        }
        Approach::RedirectConfirmed => {
            links["scaRedirect"] = json!({ "href": format!("{}/authorise/{consent_id}/{id}", psd2.pages(bank)) });
            links["confirmation"] = links["scaStatus"].clone();
        }
        Approach::OAuth | Approach::OAuthExplicit => {
            links["scaOAuth"] = json!({ "href": format!("{issuer}/.well-known/oauth-authorization-server") });
        }
        Approach::Decoupled | Approach::Embedded => {}
    }
    links
}

fn answer(psd2: &Psd2, bank: &Bank, consent_id: &str, authorisation: &Authorisation) -> Value {
    let mut links = links(psd2, bank, consent_id, &authorisation.id);
    if bank.approach == Approach::Decoupled && authorisation.status == ScaStatus::Received {
        links["updatePsuIdentification"] = links["scaStatus"].clone();
    }
    let mut answer = json!({"scaStatus": authorisation.status.as_str(), "_links": links});
    add_message(&mut answer, authorisation);
    if bank.approach == Approach::Embedded {
        embedded::add_next(psd2, bank, consent_id, authorisation, &mut answer);
    }
    answer
}

/// While the app waits, the customer should be told so.
fn add_message(answer: &mut Value, authorisation: &Authorisation) {
    const HE: &str = "שלחנו בקשה לטלפון שלכם.";
    const EN: &str = "We sent a request to your phone.";
    if authorisation.status == ScaStatus::Started {
        answer["psuMessage"] = match authorisation.reads {
            Reads::Hebrew => json!(HE),
            Reads::English => json!(EN),
            Reads::Either => json!(format!("{HE} {EN}")),
        };
    }
}

/// What the customer reads.
pub(super) fn reads(headers: &HeaderMap) -> Reads {
    let wanted = headers.get("psu-accept-language").and_then(|value| value.to_str().ok());
    match wanted.map(|wanted| wanted.trim().get(..2).unwrap_or_default()) {
        Some("he" | "iw") => Reads::Hebrew,
        Some("en") => Reads::English,
        _ => Reads::Either,
    }
}

/// A consent, and who an authorisation of it is for.
fn asked_for<'a>(
    psd2: &Psd2,
    desk: &'a mut Desk,
    (bank, consent_id): (&Bank, &str),
    psu: Option<PsuId>,
) -> Result<(&'a mut Consent, Option<PsuId>), Refusal> {
    let consent = desk.consent(bank, consent_id, psd2.now()).ok_or(Refusal::ConsentUnknown)?;
    let psu = psu.or_else(|| consent.wanted.psu.clone());
    if consent.wanted.psu.is_some() && consent.wanted.psu != psu {
        return Err(Refusal::PsuUnknown);
    }
    if trouble::is_down(psu.as_ref()) {
        return Err(Refusal::Unavailable);
    }
    Ok((consent, psu))
}

/// `POST …/authorisations`
pub(super) async fn start(
    State(psd2): State<Arc<Psd2>>,
    Path((bank_id, consent_id)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let bank = bank(&bank_id)?;
    let update = Update::read(bank, &body)?;
    let (said, back) = (psu_id(&headers)?, back(&headers)?);
    let (answer, psu) = begin(&psd2, bank, &consent_id, said, back, &headers, update)?;
    Ok(trouble::spoil(psu.as_ref(), At::Login, answer).await)
}

/// Begins an authorisation. Gives the customer, too, when they have logged in with it.
fn begin(
    psd2: &Psd2,
    bank: &'static Bank,
    consent_id: &str,
    said: Option<PsuId>,
    back: Option<Back>,
    headers: &HeaderMap,
    update: Update,
) -> Result<(Response, Option<PsuId>), Refusal> {
    let now = psd2.now();
    let mut desk = psd2.desk();
    let (_, psu) = asked_for(psd2, &mut desk, (bank, consent_id), said.clone())?;
    let logs_in = match &update {
        Update::Nothing => None,
        Update::Password(password) => {
            let psu = psu.clone().ok_or(Refusal::Format("PSU-ID"))?;
            embedded::check_password(psd2, &mut desk, bank, &psu, password)?;
            Some(psu)
        }
        Update::Encrypted => return Err(Refusal::Credentials),
        Update::Method(_) | Update::Code(_) | Update::Confirmation(_) => return Err(Refusal::Status),
    };
    let (consent, psu) = asked_for(psd2, &mut desk, (bank, consent_id), said)?;
    let back = back.or_else(|| consent.wanted.back.clone());
    if bank.approach.is_redirect() && back.is_none() {
        return Err(Refusal::Format("TPP-Redirect-URI"));
    }
    let id = psd2.ids.fresh();
    consent.begin(id.clone(), psu, back, reads(headers), now).ok_or(Refusal::Status)?;
    if let Some(psu) = &logs_in {
        consent.logged_in(&id, psu, now);
    }
    let authorisation = consent.authorisation(&id).ok_or(Refusal::ResourceUnknown)?;
    let mut answer = answer(psd2, bank, consent_id, authorisation);
    answer["authorisationId"] = json!(id);
    let location = psd2.link(bank, &path(consent_id, &id));
    let headers = [
        (names::LOCATION, location.as_str()),
        (HeaderName::from_static("aspsp-sca-approach"), bank.approach.header()),
    ];
    Ok(((StatusCode::CREATED, headers, Json(answer)).into_response(), logs_in))
}

/// `GET …/authorisations`
pub(super) async fn list(
    State(psd2): State<Arc<Psd2>>,
    Path((bank_id, consent_id)): Path<(String, String)>,
) -> Result<Json<Value>, Refusal> {
    let bank = bank(&bank_id)?;
    let mut desk = psd2.desk();
    let consent = desk.consent(bank, &consent_id, psd2.now()).ok_or(Refusal::ConsentUnknown)?;
    let ids: Vec<&str> = consent
        .authorisations
        .iter()
        .map(|authorisation| authorisation.id.as_str())
        .collect();
    Ok(Json(json!({ "authorisationIds": ids })))
}

/// `GET …/authorisations/{authorisationId}`
pub(super) async fn status(
    State(psd2): State<Arc<Psd2>>,
    Path((bank_id, consent_id, id)): Path<(String, String, String)>,
) -> Result<Json<Value>, Refusal> {
    let bank = bank(&bank_id)?;
    let mut desk = psd2.desk();
    let consent = desk.consent(bank, &consent_id, psd2.now()).ok_or(Refusal::ConsentUnknown)?;
    let authorisation = consent.authorisation(&id).ok_or(Refusal::ResourceUnknown)?;
    let mut answer = json!({ "scaStatus": authorisation.status.as_str() });
    add_message(&mut answer, authorisation);
    Ok(Json(answer))
}

/// `PUT …/authorisations/{authorisationId}`: says who the customer is, or brings what the customer was asked for.
pub(super) async fn update(
    State(psd2): State<Arc<Psd2>>,
    Path((bank_id, consent_id, id)): Path<(String, String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let bank = bank(&bank_id)?;
    let update = Update::read(bank, &body)?;
    let said = psu_id(&headers)?;
    let at = match update {
        Update::Code(_) => At::Grant,
        _ => At::Login,
    };
    let (answer, psu) = act(&psd2, bank, (&consent_id, &id), said, update)?;
    Ok(trouble::spoil(psu.as_ref(), at, Json(answer).into_response()).await)
}

/// Takes what was sent. Gives the customer, too, when this is what brings them on.
fn act(
    psd2: &Psd2,
    bank: &'static Bank,
    (consent_id, id): (&str, &str),
    said: Option<PsuId>,
    update: Update,
) -> Result<(Value, Option<PsuId>), Refusal> {
    let now = psd2.now();
    let mut desk = psd2.desk();
    let consent = desk.consent(bank, consent_id, now).ok_or(Refusal::ConsentUnknown)?;
    let known = consent.authorisation(id).ok_or(Refusal::ResourceUnknown)?.psu.clone();
    let mut logs_in = None;
    match update {
        Update::Nothing => {
            let psu = said.ok_or(Refusal::Format("PSU-ID"))?;
            if !consent.identify(id, psu, now) {
                return Err(Refusal::Status);
            }
        }
        Update::Password(password) => {
            if !consent.awaits_password(id) {
                return Err(Refusal::Status);
            }
            let psu = known.or(said).ok_or(Refusal::Format("PSU-ID"))?;
            embedded::check_password(psd2, &mut desk, bank, &psu, &password)?;
            if let Some(consent) = desk.consent(bank, consent_id, now) {
                consent.logged_in(id, &psu, now);
            }
            logs_in = Some(psu);
        }
        Update::Encrypted => return Err(Refusal::Credentials),
        Update::Method(method) => consent.choose(id, &method, now)?,
        Update::Code(code) => {
            consent.answer(id, &code, now)?;
            logs_in = known;
        }
        Update::Confirmation(code) => {
            let given = consent.confirm(id, &code, now).ok_or(Refusal::Status)?;
            let status = json!({ "href": psd2.link(bank, &format!("/v1/consents/{consent_id}/status")) });
            let status_of_it = if given { ScaStatus::Finalised } else { ScaStatus::Failed };
            let answer = json!({ "scaStatus": status_of_it.as_str(), "_links": { "status": status } });
            return Ok((answer, None));
        }
    }
    let consent = desk.consent(bank, consent_id, now).ok_or(Refusal::ConsentUnknown)?;
    let authorisation = consent.authorisation(id).ok_or(Refusal::ResourceUnknown)?;
    Ok((answer(psd2, bank, consent_id, authorisation), logs_in))
}
