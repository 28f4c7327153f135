//! The embedded approach: the person types the bank's password and a code here, and we hand them on.
//!
//! **Contract.** What was typed is sent once and kept nowhere. The bank's links say what comes next. A bank that takes the password
//! only encrypted is refused before anything is sent to it: nobody has agreed with it on a key.

use super::client::{Client, Trouble};
use super::consent::{APPROVAL, approve};
use super::forms::{self, CODE, METHOD, PASSWORD, PSU_ID, told};
use super::state::{Approving, Confirming, Consent, State, Wish};
use super::wire::{Links, ScaMethod, ScaStanding, Started, Update};
use crate::providers::{Failed, Progress, Step};
use gesher_contract::{FailureCode, LocalizedText};
use reqwest::Method;
use std::collections::BTreeMap;
use url::Url;

impl Client<'_> {
    /// The person's id and password: makes the consent and logs in with them.
    pub async fn log_in(&self, wish: Wish, answers: &BTreeMap<String, String>) -> Result<Progress, Failed> {
        let answer = |name| answers.get(name).map(String::as_str).unwrap_or_default();
        let (psu_id, password) = (answer(PSU_ID), answer(PASSWORD));
        let (consent, links) = self.make_consent(&wish, Some(psu_id), None).await?;
        match self.log_in_to(&wish, (psu_id, password), &consent, &links).await {
            Ok(Some((sca_status, started))) => {
                let confirming = Confirming {
                    wish,
                    psu_id: psu_id.to_owned(),
                    consent: Consent { sca_status, ..consent },
                    select: None,
                    authorise: None,
                };
                let consent = confirming.consent.clone();
                match self.go_on(confirming, started).await {
                    Ok(progress) => Ok(progress),
                    Err(failed) => Err(self.undo(&consent, None, failed).await),
                }
            }
            // It wants the person at its own pages after all; there they say who they are once more.
            Ok(None) => {
                self.end(&consent, None).await?;
                State::Ready(wish, Some(psu_id.to_owned())).then(Step::Redirect)
            }
            Err(failed) => Err(self.undo(&consent, None, failed).await),
        }
    }

    /// Begins the authorisation with the password. Nothing when the bank leads to its own pages.
    async fn log_in_to(
        &self,
        wish: &Wish,
        (psu_id, password): (&str, &str),
        consent: &Consent,
        links: &Links,
    ) -> Result<Option<(Option<Url>, Started)>, Failed> {
        if links.sca_redirect.is_some() || links.sca_o_auth.is_some() {
            return Ok(None);
        }
        let update = Update::PsuData { password };
        if let Some(link) = &links.start_authorisation_with_psu_authentication {
            let address = self.follow(&link.href).map_err(|trouble| trouble.of_acting())?;
            let request = self.request_for(address, wish, Some(psu_id), None).json(&update);
            let started: Started = self.sent(request).await.map_err(|trouble| of_login(&trouble))?;
            let sca_status = self.own(started.links.sca_status.as_ref())?;
            return Ok(Some((sca_status, started)));
        }
        let link = [&links.start_authorisation_with_psu_identification, &links.start_authorisation];
        let Some(link) = link.into_iter().flatten().next() else {
            return Err(no_way_in(links));
        };
        let begun = self.start(&link.href, wish, Some(psu_id), None).await?;
        let sca_status = self.own(begun.links.sca_status.as_ref())?.or_else(|| consent.sca_status.clone());
        let Some(link) = &begun.links.update_psu_authentication else {
            let leads_away = begun.links.sca_redirect.is_some() || begun.links.sca_o_auth.is_some();
            return if leads_away { Ok(None) } else { Err(no_way_in(&begun.links)) };
        };
        let address = self.follow(&link.href).map_err(|trouble| trouble.of_acting())?;
        let started = self
            .put(address, psu_id, wish, &update)
            .await
            .map_err(|trouble| of_login(&trouble))?;
        Ok(Some((sca_status, started)))
    }

    /// The person chose how to confirm.
    pub async fn choose(&self, confirming: Confirming, answers: &BTreeMap<String, String>) -> Result<Progress, Failed> {
        let method = answers.get(METHOD).map(String::as_str).unwrap_or_default();
        self.select(confirming, method).await
    }

    /// The code is to be sent again: the method is chosen once more.
    pub async fn send_again(&self, confirming: Confirming) -> Result<Progress, Failed> {
        match confirming.select.clone() {
            Some((_, Some(method))) => self.select(confirming, &method).await,
            _ => Err(FailureCode::Internal.into()),
        }
    }

    async fn select(&self, mut confirming: Confirming, method: &str) -> Result<Progress, Failed> {
        let Some((address, _)) = confirming.select.clone() else {
            return Err(FailureCode::Internal.into());
        };
        let update = Update::AuthenticationMethodId(method);
        let answer = self.put(address.clone(), &confirming.psu_id, &confirming.wish, &update).await;
        let started = answer.map_err(|trouble| trouble.of_acting())?;
        confirming.select = Some((address, Some(method.to_owned())));
        self.go_on(confirming, started).await
    }

    /// The person's code.
    pub async fn authorise(&self, confirming: Confirming, answers: &BTreeMap<String, String>) -> Result<Progress, Failed> {
        let code = answers.get(CODE).map(String::as_str).unwrap_or_default();
        let address = confirming.authorise.clone().ok_or(FailureCode::Internal)?;
        let update = Update::ScaAuthenticationData(code);
        match self.put(address, &confirming.psu_id, &confirming.wish, &update).await {
            Ok(started) => self.go_on(confirming, started).await,
            Err(Trouble::Refused(refusal)) if refusal.is(&["PSU_CREDENTIALS_INVALID"]) => Err(self.wrong_code(&confirming).await),
            Err(trouble) => Err(trouble.of_acting()),
        }
    }

    /// A wrong code. The bank says in the authorisation's status alone whether another one can be tried.
    async fn wrong_code(&self, confirming: &Confirming) -> Failed {
        let over = match &confirming.consent.sca_status {
            Some(address) => {
                let standing = self.get::<ScaStanding>(address.clone(), None, None).await;
                standing.is_ok_and(|standing| standing.sca_status == "failed")
            }
            None => false,
        };
        Failed {
            tries_left: over.then_some(0),
            ..FailureCode::WrongCode.into()
        }
    }

    /// What comes after an answer of the authorisation.
    async fn go_on(&self, mut confirming: Confirming, started: Started) -> Result<Progress, Failed> {
        if let Some(address) = self.own(started.links.sca_status.as_ref())? {
            confirming.consent.sca_status = Some(address);
        }
        match started.sca_status.as_str() {
            "failed" => return Err(FailureCode::ConsentRejected.into()),
            "finalised" | "exempted" => return self.authorised(confirming).await,
            _ => {}
        }
        let select = self.own(started.links.select_authentication_method.as_ref())?;
        let authorise = self.own(started.links.authorise_transaction.as_ref())?;
        let said = told(confirming.wish.language, started.psu_message.as_deref());
        match (authorise, select) {
            (Some(authorise), select) => {
                let chosen = started.chosen_sca_method.as_ref();
                let known = chosen.map(|method| method.authentication_method_id.clone());
                confirming.select = match (select, confirming.select.take()) {
                    (Some(address), _) => Some((address, known)),
                    (None, before) => before,
                };
                confirming.authorise = Some(authorise);
                let again = matches!(confirming.select, Some((_, Some(_)))) && chosen.is_some_and(ScaMethod::is_sent);
                let form = forms::code(confirming.wish.language, &started, said, again)?;
                State::Confirming(confirming).then(Step::Form(form))
            }
            (None, Some(select)) if !started.sca_methods.is_empty() => {
                let form = forms::methods(confirming.wish.language, &started.sca_methods, said);
                confirming.select = Some((select, None));
                State::Confirming(confirming).then(Step::Form(form))
            }
            // Nothing to type: the bank asks in its app.
            _ if started.sca_status == "started" || started.psu_message.is_some() => self.wait(Approving {
                until: self.cx.now.plus(APPROVAL),
                message: said.unwrap_or_else(approve),
                wish: confirming.wish,
                consent: confirming.consent,
            }),
            _ => Err(no_way_in(&started.links)),
        }
    }

    /// The authorisation is done; the consent says what it is worth.
    async fn authorised(&self, confirming: Confirming) -> Result<Progress, Failed> {
        self.poll(Approving {
            until: self.cx.now.plus(APPROVAL),
            message: LocalizedText::default(),
            wish: confirming.wish,
            consent: confirming.consent,
        })
        .await
    }

    async fn put(&self, address: Url, psu_id: &str, wish: &Wish, update: &Update<'_>) -> Result<Started, Trouble> {
        let request = self
            .request(Method::PUT, address)
            .header("PSU-Accept-Language", wish.language.code())
            .header("PSU-ID", psu_id)
            .json(update);
        self.sent(request).await
    }

    /// Sends the code that the bank gave the person's browser, or with OAuth nothing but the token.
    pub async fn confirm(&self, address: Url, code: Option<&str>, bearer: Option<&str>) -> Result<(), Failed> {
        let request = self.request(Method::PUT, address);
        let request = match (code, bearer) {
            (_, Some(token)) => request.bearer_auth(token).json(&serde_json::json!({})),
            (Some(code), None) => request.json(&Update::ConfirmationCode(code)),
            (None, None) => return Err(FailureCode::BadInstitutionAnswer.into()),
        };
        let confirmed: Started = self.sent(request).await.map_err(|trouble| trouble.of_acting())?;
        match confirmed.sca_status.as_str() {
            "finalised" | "exempted" => Ok(()),
            "failed" => Err(FailureCode::ConsentRejected.into()),
            _ => Err(FailureCode::BadInstitutionAnswer.into()),
        }
    }
}

/// The bank offers no way that we can go. Where it is that of an encrypted password, that is said.
fn no_way_in(links: &Links) -> Failed {
    let encrypted =
        links.start_authorisation_with_encrypted_psu_authentication.is_some() || links.update_encrypted_psu_authentication.is_some();
    if encrypted {
        tracing::warn!("a bank takes the password only encrypted, which is not supported");
        FailureCode::LoginNotSupported.into()
    } else {
        FailureCode::BadInstitutionAnswer.into()
    }
}

/// Of the call that carried the password. A person whom the bank has blocked is blocked at this login.
fn of_login(trouble: &Trouble) -> Failed {
    match trouble {
        Trouble::Refused(refusal) if refusal.is(&["SERVICE_BLOCKED"]) => FailureCode::LoginLocked.into(),
        other => other.of_acting(),
    }
}

impl ScaMethod {
    /// Whether the bank sends the code, and so can send it again.
    fn is_sent(&self) -> bool {
        matches!(self.authentication_type.as_str(), "SMS_OTP" | "PUSH_OTP" | "SMTP_OTP")
    }
}
