//! A consent: made, authorised, looked at, deleted.

use super::client::{Client, Trouble};
use super::forms::told;
use super::oauth::{Tokens, is_denied};
use super::state::{Access, Approving, AtBank, Consent, State, Wish};
use super::wire::{AccessRequest, ConsentMade, ConsentRequest, ConsentStanding, ConsentStatus, Link, Links, ScaStanding, Started};
use super::{Back, NOK};
use crate::providers::{ConsentState, Failed, Grant, Progress, ReturnParams, Step};
use gesher_contract::{FailureCode, LocalizedText};
use gesher_domain::Timestamp;
use gesher_domain::connection::FetchProblem;
use reqwest::header::LOCATION;
use reqwest::{Method, StatusCode};
use std::time::Duration;
use url::Url;

/// How long to wait for an approval in the bank's app.
pub const APPROVAL: Duration = Duration::from_secs(5 * 60);
/// How long to wait for a bank that has sent the person back before its consent says so.
const SETTLING: Duration = Duration::from_secs(60);
/// Time between two questions.
const POLL: Duration = Duration::from_secs(2);

/// How a consent stands, as far as a session cares.
enum Standing {
    /// Authorised; by all who have to, or not yet.
    Authorised { cosigners: bool },
    /// Nobody has decided.
    Open { psu_message: Option<String> },
    /// It will never be authorised.
    Over(FailureCode),
}

impl Client<'_> {
    /// Makes a consent.
    pub async fn make_consent(&self, wish: &Wish, psu_id: Option<&str>, back: Option<&Back>) -> Result<(Consent, Links), Failed> {
        let address = self.resource(&["consents"]).map_err(|trouble| trouble.of_acting())?;
        let request = self.request_for(address, wish, psu_id, back);
        // Whose name the bank shows and logs. A header is no place for other letters.
        let request = match wish.brand.as_deref().filter(|brand| is_plain(brand)) {
            Some(brand) => request.header("TPP-Brand-Logging-Information", brand),
            None => request,
        };
        let request = request.json(&ConsentRequest {
            access: AccessRequest::from(&wish.reach),
            recurring_indicator: wish.recurring,
            valid_until: &wish.valid_until,
            frequency_per_day: if wish.recurring { self.bank.profile.accesses_per_day } else { 1 },
            combined_service_indicator: false,
        });
        let answer = self.send(request).await.map_err(|trouble| trouble.of_acting())?;
        let made: ConsentMade = answer.read().map_err(|trouble| trouble.of_acting())?;
        let plain = self.unlinked(&made.consent_id).map_err(|trouble| trouble.of_acting())?;
        let location = answer.headers.get(LOCATION).and_then(|place| place.to_str().ok());
        match self.linked(&plain, &made.links, location) {
            Ok(consent) => Ok((consent, made.links)),
            Err(trouble) => Err(self.undo(&plain, None, trouble.of_acting()).await),
        }
    }

    /// A consent where the interface has it.
    fn unlinked(&self, id: &str) -> Result<Consent, Trouble> {
        Ok(Consent {
            id: id.to_owned(),
            address: self.resource(&["consents", id])?,
            status: self.resource(&["consents", id, "status"])?,
            sca_status: None,
        })
    }

    /// A consent where the bank says that it is.
    fn linked(&self, plain: &Consent, links: &Links, location: Option<&str>) -> Result<Consent, Trouble> {
        let follow = |link: &Option<Link>| link.as_ref().map(|link| self.follow(&link.href)).transpose();
        let place = location.map(|location| self.follow(location)).transpose()?;
        Ok(Consent {
            id: plain.id.clone(),
            address: follow(&links.own)?.or(place).unwrap_or_else(|| plain.address.clone()),
            status: follow(&links.status)?.unwrap_or_else(|| plain.status.clone()),
            sca_status: follow(&links.sca_status)?,
        })
    }

    /// Starts an authorisation.
    pub async fn start(&self, href: &str, wish: &Wish, psu_id: Option<&str>, back: Option<&Back>) -> Result<Started, Failed> {
        let address = self.follow(href).map_err(|trouble| trouble.of_acting())?;
        let request = self
            .request_for(address, wish, psu_id, back)
            .json(&serde_json::Map::<String, serde_json::Value>::new());
        let answer = self.send(request).await.map_err(|trouble| trouble.of_acting())?;
        answer.read().map_err(|trouble| trouble.of_acting())
    }

    /// Asks for the approval of a new consent in the bank's app.
    pub async fn begin_in_app(&self, wish: Wish, psu_id: &str, mut consent: Consent, links: &Links) -> Result<Progress, Failed> {
        let start = links
            .start_authorisation_with_psu_identification
            .as_ref()
            .or(links.start_authorisation.as_ref())
            .ok_or(FailureCode::BadInstitutionAnswer)?;
        let started = self.start(&start.href, &wish, Some(psu_id), None).await?;
        consent.sca_status = self.own(started.links.sca_status.as_ref())?;
        let message = told(wish.language, started.psu_message.as_deref()).unwrap_or_else(approve);
        self.wait(Approving {
            until: self.cx.now.plus(APPROVAL),
            wish,
            consent,
            message,
        })
    }

    /// The person is back from the bank.
    pub async fn returned(&self, at: AtBank, params: &ReturnParams) -> Result<Progress, Failed> {
        let denied = at.oauth.is_some() && is_denied(params);
        let tokens = match &at.oauth {
            Some(oauth) if !denied => Some(self.redeem(oauth, params).await?),
            _ => None,
        };
        let access = Access {
            bank: at.wish.bank.clone(),
            consent: at.consent,
            tokens,
        };
        let confirmed = match &at.confirmation {
            Some(address) if !denied => self.brought(address, &access, params).await,
            _ => Ok(()),
        };
        let landed = match confirmed {
            Err(failed) => Err(failed),
            Ok(()) if denied => Err(self.not_approved(&access).await),
            Ok(()) => self.approved(at.wish, &access, params).await,
        };
        match landed {
            // Nobody has this token after us, and the bank may want it for ending the consent.
            Err(failed) if access.tokens.is_some() => Err(self.undo(&access.consent, access.bearer(), failed).await),
            landed => landed,
        }
    }

    /// Confirms with what the browser brought back, or with OAuth by the token. Who was sent back without a code has nothing to
    /// confirm: the consent tells why.
    async fn brought(&self, address: &Url, access: &Access, params: &ReturnParams) -> Result<(), Failed> {
        let name = self.bank.profile.confirmation.as_deref();
        match (name.and_then(|name| params.get(name)), access.bearer()) {
            (None, None) => Ok(()),
            (code, bearer) => self.confirm(address.clone(), code, bearer).await,
        }
    }

    /// The bank may have given the access.
    async fn approved(&self, wish: Wish, access: &Access, params: &ReturnParams) -> Result<Progress, Failed> {
        match self.standing(access).await.map_err(|trouble| trouble.of_reading())? {
            Standing::Authorised { cosigners } => self.done(&wish, access, cosigners).await,
            Standing::Over(code) => Err(code.into()),
            // With a token in hand it is decided.
            Standing::Open { .. } if access.tokens.is_some() => Err(FailureCode::ConsentRejected.into()),
            // Sent to the other address with nothing decided: the person left.
            Standing::Open { .. } if params.get(NOK).is_some() => Err(FailureCode::CancelledAtInstitution.into()),
            Standing::Open { psu_message } => self.wait(Approving {
                until: self.cx.now.plus(SETTLING),
                message: told(wish.language, psu_message.as_deref()).unwrap_or_else(settling),
                wish,
                consent: access.consent.clone(),
            }),
        }
    }

    /// The bank's OAuth server says that there is no access. OAuth has one word for who refused and who only left; the consent
    /// tells them apart, where the bank says how it stands.
    async fn not_approved(&self, access: &Access) -> Failed {
        match self.standing(access).await {
            Ok(Standing::Over(code)) => code,
            Ok(Standing::Authorised { .. }) => FailureCode::BadInstitutionAnswer,
            Ok(Standing::Open { .. }) | Err(_) => FailureCode::CancelledAtInstitution,
        }
        .into()
    }

    /// Asks how it stands. A bank that does not answer is asked again.
    pub async fn poll(&self, approving: Approving) -> Result<Progress, Failed> {
        let access = Access {
            bank: approving.wish.bank.clone(),
            consent: approving.consent.clone(),
            tokens: None,
        };
        match self.standing(&access).await {
            Ok(Standing::Authorised { cosigners }) => self.done(&approving.wish, &access, cosigners).await,
            Ok(Standing::Over(code)) => Err(code.into()),
            Ok(Standing::Open { psu_message }) => {
                let message = told(approving.wish.language, psu_message.as_deref()).unwrap_or_else(|| approving.message.clone());
                self.wait(Approving { message, ..approving })
            }
            Err(trouble) => match trouble.problem() {
                FetchProblem::InstitutionUnavailable => self.wait(approving),
                _ => Err(trouble.of_reading()),
            },
        }
    }

    /// Waits for the bank.
    pub fn wait(&self, approving: Approving) -> Result<Progress, Failed> {
        let step = Step::Wait {
            next_poll: self.cx.now.plus(POLL),
            until: approving.until,
            message: approving.message.clone(),
        };
        State::Approving(approving).then(step)
    }

    async fn standing(&self, access: &Access) -> Result<Standing, Trouble> {
        let consent = &access.consent;
        let mut psu_message = None;
        if let Some(address) = &consent.sca_status {
            let sca: ScaStanding = self.get(address.clone(), None, access.bearer()).await?;
            match sca.sca_status.as_str() {
                "failed" => return Ok(Standing::Over(FailureCode::ConsentRejected)),
                "finalised" | "exempted" => {}
                _ => psu_message = sca.psu_message,
            }
        }
        let standing: ConsentStanding = self.get(consent.status.clone(), None, access.bearer()).await?;
        Ok(match standing.consent_status {
            ConsentStatus::Valid => Standing::Authorised { cosigners: false },
            ConsentStatus::PartiallyAuthorised => Standing::Authorised { cosigners: true },
            ConsentStatus::Received => Standing::Open { psu_message },
            ConsentStatus::Expired => Standing::Over(FailureCode::TimedOut),
            ConsentStatus::Rejected | ConsentStatus::RevokedByPsu | ConsentStatus::TerminatedByTpp => {
                Standing::Over(FailureCode::ConsentRejected)
            }
        })
    }

    /// The grant, with the last day that the bank gave; a bank that does not say it has given what was asked for. An access that
    /// ended before it began is none: the bank's clock is wrong, or it says something else than we read.
    async fn done(&self, wish: &Wish, access: &Access, cosigners: bool) -> Result<Progress, Failed> {
        let content = self
            .get::<ConsentStanding>(access.consent.address.clone(), None, access.bearer())
            .await;
        let given = content.ok().and_then(|content| content.valid_until);
        let expires_at = end_of(given.as_deref().unwrap_or(&wish.valid_until));
        if expires_at.is_some_and(|ends| ends <= self.cx.now) {
            return Err(FailureCode::BadInstitutionAnswer.into());
        }
        let grant = Grant {
            secret: access.seal()?,
            cosigners,
            expires_at,
            unattended: wish.recurring && access.tokens.as_ref().is_none_or(Tokens::can_be_renewed),
            mends: false,
        };
        Ok(Progress {
            leg: State::Approving(Approving {
                wish: wish.clone(),
                consent: access.consent.clone(),
                until: self.cx.now,
                message: LocalizedText::default(),
            })
            .leg()?,
            step: Step::Done(grant),
        })
    }

    /// Deletes a consent. One that the bank does not know any more is deleted.
    pub async fn end(&self, consent: &Consent, bearer: Option<&str>) -> Result<(), Failed> {
        let mut request = self.request(Method::DELETE, consent.address.clone());
        if let Some(token) = bearer {
            request = request.bearer_auth(token);
        }
        match self.send(request).await {
            Ok(_) => Ok(()),
            Err(Trouble::Refused(refusal)) => {
                let gone = matches!(refusal.status, StatusCode::NOT_FOUND | StatusCode::GONE)
                    || refusal.is(&["CONSENT_UNKNOWN", "CONSENT_EXPIRED", "CONSENT_INVALID", "RESOURCE_UNKNOWN"]);
                // A bank that wants a token for this has given out none: nobody can read by this consent.
                let out_of_reach = bearer.is_none() && refusal.status == StatusCode::UNAUTHORIZED;
                if gone || out_of_reach {
                    Ok(())
                } else {
                    Err(refusal.failure().into())
                }
            }
            Err(trouble) => Err(trouble.of_reading()),
        }
    }

    /// Deletes a consent that led nowhere, and gives the failure on.
    pub async fn undo(&self, consent: &Consent, bearer: Option<&str>, failed: Failed) -> Failed {
        if let Err(why) = self.end(consent, bearer).await {
            tracing::warn!(
                bank = self.bank.profile.id,
                code = why.code.as_str(),
                "a consent that led nowhere could not be deleted"
            );
        }
        failed
    }

    /// How the consent stands, for whoever has a grant from it.
    pub async fn consent_state(&self, access: &Access) -> Result<ConsentState, Trouble> {
        let standing = self
            .get::<ConsentStanding>(access.consent.status.clone(), None, access.bearer())
            .await;
        match standing.map(|standing| standing.consent_status) {
            Ok(ConsentStatus::Valid) => Ok(ConsentState::Valid),
            Ok(ConsentStatus::PartiallyAuthorised | ConsentStatus::Received) => Ok(ConsentState::AwaitingCosigners),
            Ok(ConsentStatus::Rejected) => Ok(ConsentState::Rejected),
            Ok(ConsentStatus::RevokedByPsu | ConsentStatus::TerminatedByTpp) => Ok(ConsentState::Revoked),
            Ok(ConsentStatus::Expired) => Ok(ConsentState::Expired),
            Err(Trouble::Refused(refusal)) if refusal.is(&["CONSENT_UNKNOWN", "RESOURCE_UNKNOWN"]) => Ok(ConsentState::Revoked),
            Err(Trouble::Refused(refusal)) if refusal.is(&["CONSENT_EXPIRED"]) => Ok(ConsentState::Expired),
            Err(trouble) => Err(trouble),
        }
    }

    /// What trouble with data comes to, once the consent was asked after.
    pub async fn why(&self, access: &Access, trouble: &Trouble) -> FetchProblem {
        let consents = ["CONSENT_INVALID", "CONSENT_EXPIRED", "CONSENT_UNKNOWN"];
        if !matches!(trouble, Trouble::Refused(refusal) if refusal.is(&consents)) {
            return trouble.problem();
        }
        match self.consent_state(access).await {
            Ok(ConsentState::Expired) => FetchProblem::ConsentExpired,
            Ok(ConsentState::Revoked | ConsentState::Rejected) => FetchProblem::Revoked,
            _ => trouble.problem(),
        }
    }

    /// Renews the tokens. Tells whether there are new ones.
    pub async fn renew(&self, access: &mut Access) -> bool {
        let Some(tokens) = &access.tokens else { return false };
        let renewed = self.refresh(tokens).await;
        let is_new = renewed.is_some();
        access.tokens = renewed.or_else(|| access.tokens.take());
        is_new
    }
}

/// Whether a text can stand in a header as it is.
fn is_plain(text: &str) -> bool {
    !text.trim().is_empty() && text.bytes().all(|byte| (b' '..=b'~').contains(&byte))
}

/// What the person has to do in the bank's app.
pub fn approve() -> LocalizedText {
    LocalizedText::he_en("יש לאשר את הבקשה באפליקציה של הבנק.", "Approve the request in your bank’s app.")
}

fn settling() -> LocalizedText {
    LocalizedText::he_en("הבנק משלים את האישור.", "The bank is finishing the approval.")
}

/// The end of a UTC day. The standard's last day, 9999-12-31, is no end.
fn end_of(day: &str) -> Option<Timestamp> {
    let day: jiff::civil::Date = day.parse().ok()?;
    if day.year() == 9999 {
        return None;
    }
    let after = day.tomorrow().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(Timestamp(after.timestamp().as_microsecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_goes_into_a_header_only_as_it_is() {
        assert!(is_plain("Pinkas & Co"));
        for name in ["פנקס", "a\r\nX-Other: b", "a\tb", "", "  "] {
            assert!(!is_plain(name), "{name}");
        }
    }

    #[test]
    fn a_consent_lasts_to_the_end_of_its_last_day() {
        let noon_of_the_day = Timestamp(1_795_176_000_000_000);
        assert_eq!(end_of("2026-11-20"), Some(noon_of_the_day.plus(Duration::from_secs(12 * 3600))));
        assert_eq!(end_of("9999-12-31"), None);
        assert_eq!(end_of("soon"), None);
    }
}
