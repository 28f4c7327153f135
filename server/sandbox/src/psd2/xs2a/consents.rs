//! `/v1/consents`

use super::authorisations::links;
use super::embedded::only_encrypted;
use super::{bank, header, object, psu_id, psu_is_there};
use crate::psd2::Psd2;
use crate::psd2::access::Asked;
use crate::psd2::bank::Approach;
use crate::psd2::consent::{Back, Consent, Status, Wanted};
use crate::psd2::moment::Moment;
use crate::psd2::refusal::Refusal;
use crate::trouble::{self, At};
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, StatusCode, header as names};
use jiff::ToSpan;
use jiff::civil::Date;
use serde_json::{Value, json};
use std::sync::Arc;
use url::Url;

/// The longest time for which these banks give a consent, in days.
const LONGEST: i32 = 180;
/// Accesses of a day without the customer that these banks agree to.
const MOST_PER_DAY: u64 = 4;
const BRAND: usize = 100;

/// An address of the TPP to which the browser may be sent.
fn address(headers: &HeaderMap, name: &'static str) -> Result<Option<Url>, Refusal> {
    let Some(value) = header(headers, name) else { return Ok(None) };
    crate::psd2::pages::target(value).map(Some).ok_or(Refusal::Format(name))
}

/// Where the TPP wants its customer back.
pub(super) fn back(headers: &HeaderMap) -> Result<Option<Back>, Refusal> {
    let ok = address(headers, "TPP-Redirect-URI")?;
    let nok = address(headers, "TPP-Nok-Redirect-URI")?;
    Ok(ok.map(|ok| Back {
        nok: nok.unwrap_or_else(|| ok.clone()),
        ok,
    }))
}

fn wanted(headers: &HeaderMap, body: &Value, now: Moment) -> Result<Wanted, Refusal> {
    let flag = |name: &'static str| body[name].as_bool().ok_or(Refusal::Format(name));
    if body.get("access").is_none() {
        return Err(Refusal::Format("access"));
    }
    let asked = Asked::read(body["access"].clone()).map_err(Refusal::Format)?;
    let recurring = flag("recurringIndicator")?;
    if flag("combinedServiceIndicator")? {
        return Err(Refusal::Sessions);
    }
    let frequency = body["frequencyPerDay"]
        .as_u64()
        .filter(|times| *times >= 1 && (recurring || *times == 1));
    let frequency = frequency.ok_or(Refusal::Format("frequencyPerDay"))?.min(MOST_PER_DAY);
    let until: Option<Date> = body["validUntil"].as_str().and_then(|day| day.parse().ok());
    let today = now.date();
    let until = until.filter(|day| *day >= today).ok_or(Refusal::Format("validUntil"))?;
    let brand = header(headers, "TPP-Brand-Logging-Information");
    Ok(Wanted {
        asked,
        recurring,
        valid_until: until.min(today.saturating_add(LONGEST.days())),
        frequency: u32::try_from(frequency).map_err(|_| Refusal::Format("frequencyPerDay"))?,
        brand: brand.map(|brand| brand.chars().take(BRAND).collect()),
        psu: psu_id(headers)?,
        back: back(headers)?,
    })
}

/// `POST /v1/consents`
pub(super) async fn create(
    State(psd2): State<Arc<Psd2>>,
    Path(bank_id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let bank = bank(&bank_id)?;
    // Where several brands are behind one host, this says which is meant.
    let bank = bank
        .chosen_by(header(&headers, "PSU-ID-Type"))
        .ok_or(Refusal::Format("PSU-ID-Type"))?;
    if !psu_is_there(&headers)? {
        return Err(Refusal::Format("PSU-IP-Address"));
    }
    let now = psd2.now();
    let wanted = wanted(&headers, &object(&body)?, now)?;
    if trouble::is_down(wanted.psu.as_ref()) {
        return Err(Refusal::Unavailable);
    }
    if bank.approach.is_redirect() && bank.approach.begins_at_once() && wanted.back.is_none() {
        return Err(Refusal::Format("TPP-Redirect-URI"));
    }
    let (id, authorisation) = (psd2.ids.fresh(), psd2.ids.fresh());
    let base = format!("/v1/consents/{id}");
    let href = |path: &str| json!({ "href": psd2.link(bank, &format!("{base}{path}")) });
    let (psu, back) = (wanted.psu.clone(), wanted.back.clone());
    let mut consent = Consent::new(bank, wanted, now);
    let mut answer = json!({"consentStatus": consent.status.as_str(), "consentId": id, "_links": {}});
    let sca = match bank.approach {
        Approach::Redirect | Approach::RedirectConfirmed | Approach::OAuth => {
            consent.begin(authorisation.clone(), psu, back, super::authorisations::reads(&headers), now);
            links(&psd2, bank, &id, &authorisation)
        }
        Approach::RedirectExplicit | Approach::OAuthExplicit => json!({ "startAuthorisation": href("/authorisations") }),
        Approach::Decoupled => json!({ "startAuthorisationWithPsuIdentification": href("/authorisations") }),
        Approach::Embedded if only_encrypted(psu.as_ref()) => {
            json!({ "startAuthorisationWithEncryptedPsuAuthentication": href("/authorisations") })
        }
        Approach::Embedded => json!({ "startAuthorisationWithPsuAuthentication": href("/authorisations") }),
    };
    answer["_links"] = sca;
    answer["_links"]["self"] = href("");
    answer["_links"]["status"] = href("/status");
    psd2.desk().keep(id, consent);
    let location = psd2.link(bank, &base);
    let headers = [
        (names::LOCATION, location.as_str()),
        (HeaderName::from_static("aspsp-sca-approach"), bank.approach.header()),
    ];
    Ok((StatusCode::CREATED, headers, Json(answer)).into_response())
}

/// `GET /v1/consents/{consentId}`
pub(super) async fn read(State(psd2): State<Arc<Psd2>>, Path((bank_id, id)): Path<(String, String)>) -> Result<Json<Value>, Refusal> {
    let bank = bank(&bank_id)?;
    let mut desk = psd2.desk();
    let consent = desk.consent(bank, &id, psd2.now()).ok_or(Refusal::ConsentUnknown)?;
    let accounts = consent.owner.as_ref().map(|psu| consent.bank.accounts(psu)).unwrap_or_default();
    let valid_until = if trouble::is_past(consent.owner.as_ref()) {
        psd2.now().date().saturating_sub(1.day())
    } else {
        consent.wanted.valid_until
    };
    Ok(Json(json!({
        "access": consent.wanted.asked.answer(&consent.scope, &accounts),
        "recurringIndicator": consent.wanted.recurring,
        "validUntil": valid_until,
        "frequencyPerDay": consent.wanted.frequency,
        "lastActionDate": consent.last_action,
        "consentStatus": consent.status.as_str(),
    })))
}

/// `GET /v1/consents/{consentId}/status`
pub(super) async fn status(State(psd2): State<Arc<Psd2>>, Path((bank_id, id)): Path<(String, String)>) -> Result<Response, Refusal> {
    let bank = bank(&bank_id)?;
    let (status, owner) = {
        let mut desk = psd2.desk();
        let consent = desk.consent(bank, &id, psd2.now()).ok_or(Refusal::ConsentUnknown)?;
        (consent.status, consent.owner.clone())
    };
    if trouble::is_down(owner.as_ref()) {
        return Err(Refusal::Unavailable);
    }
    let answer = Json(json!({ "consentStatus": status.as_str() })).into_response();
    // A bank with tokens was in trouble with those, and one that leaves the login to the TPP with that.
    let owner = owner.filter(|_| !bank.approach.is_oauth() && bank.approach != Approach::Embedded);
    Ok(trouble::spoil(owner.as_ref(), At::Approval, answer).await)
}

/// `DELETE /v1/consents/{consentId}`: doing it again changes nothing.
pub(super) async fn terminate(State(psd2): State<Arc<Psd2>>, Path((bank_id, id)): Path<(String, String)>) -> Result<StatusCode, Refusal> {
    let bank = bank(&bank_id)?;
    let now = psd2.now();
    let mut desk = psd2.desk();
    let consent = desk.consent(bank, &id, now).ok_or(Refusal::ConsentUnknown)?;
    consent.end(Status::TerminatedByTpp, now);
    Ok(StatusCode::NO_CONTENT)
}
