//! `/v1/consents/{consentId}/authorisations`

use super::consents::back;
use super::{bank, object, psu_id};
use crate::psd2::Psd2;
use crate::psd2::bank::{Approach, Bank};
use crate::psd2::consent::{Authorisation, Reads, ScaStatus};
use crate::psd2::refusal::Refusal;
use crate::trouble;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, StatusCode, header as names};
use serde_json::{Value, json};
use std::sync::Arc;

/// What only banks of the embedded approach take.
const EMBEDDED: [&str; 4] = ["psuData", "authenticationMethodId", "scaAuthenticationData", "confirmationCode"];

fn path(consent_id: &str, id: &str) -> String {
    format!("/v1/consents/{consent_id}/authorisations/{id}")
}

/// The links of an authorisation. Where the browser goes is always written in full.
pub(super) fn links(psd2: &Psd2, bank: &Bank, consent_id: &str, id: &str) -> Value {
    let issuer = psd2.issuer(bank);
    let mut links = json!({"scaStatus": {"href": psd2.link(bank, &path(consent_id, id))}});
    match bank.approach {
        Approach::Redirect | Approach::RedirectExplicit => {
            links["scaRedirect"] = json!({ "href": format!("{issuer}/authorise/{consent_id}/{id}") });
        }
        Approach::OAuth | Approach::OAuthExplicit => {
            links["scaOAuth"] = json!({ "href": format!("{issuer}/.well-known/oauth-authorization-server") });
        }
        Approach::Decoupled => {}
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

fn without_embedded(body: &[u8]) -> Result<(), Refusal> {
    let body = object(body)?;
    let sent = EMBEDDED.into_iter().find(|name| body.get(name).is_some());
    sent.map_or(Ok(()), |name| Err(Refusal::NotSupported(name)))
}

/// `POST …/authorisations`
pub(super) async fn start(
    State(psd2): State<Arc<Psd2>>,
    Path((bank_id, consent_id)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let bank = bank(&bank_id)?;
    without_embedded(&body)?;
    let now = psd2.now();
    let (psu, back) = (psu_id(&headers)?, back(&headers)?);
    let mut desk = psd2.desk();
    let consent = desk.consent(bank, &consent_id, now).ok_or(Refusal::ConsentUnknown)?;
    let back = back.or_else(|| consent.wanted.back.clone());
    if bank.approach.is_redirect() && back.is_none() {
        return Err(Refusal::Format("TPP-Redirect-URI"));
    }
    let psu = psu.or_else(|| consent.wanted.psu.clone());
    if consent.wanted.psu.is_some() && consent.wanted.psu != psu {
        return Err(Refusal::PsuUnknown);
    }
    if trouble::is_down(psu.as_ref()) {
        return Err(Refusal::Unavailable);
    }
    let id = psd2.ids.fresh();
    let authorisation = consent.begin(id.clone(), psu, back, reads(&headers), now).ok_or(Refusal::Status)?;
    let mut answer = answer(&psd2, bank, &consent_id, authorisation);
    answer["authorisationId"] = json!(id);
    let location = psd2.link(bank, &path(&consent_id, &id));
    let headers = [
        (names::LOCATION, location.as_str()),
        (HeaderName::from_static("aspsp-sca-approach"), bank.approach.header()),
    ];
    Ok((StatusCode::CREATED, headers, Json(answer)).into_response())
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

/// `PUT …/authorisations/{authorisationId}`: says who the customer is.
pub(super) async fn update(
    State(psd2): State<Arc<Psd2>>,
    Path((bank_id, consent_id, id)): Path<(String, String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, Refusal> {
    let bank = bank(&bank_id)?;
    without_embedded(&body)?;
    let psu = psu_id(&headers)?.ok_or(Refusal::Format("PSU-ID"))?;
    let now = psd2.now();
    let mut desk = psd2.desk();
    let consent = desk.consent(bank, &consent_id, now).ok_or(Refusal::ConsentUnknown)?;
    if consent.authorisation(&id).is_none() {
        return Err(Refusal::ResourceUnknown);
    }
    if !consent.identify(&id, psu, now) {
        return Err(Refusal::Status);
    }
    let authorisation = consent.authorisation(&id).ok_or(Refusal::ResourceUnknown)?;
    Ok(Json(answer(&psd2, bank, &consent_id, authorisation)))
}
