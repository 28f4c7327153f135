//! What a TPP sends to an authorisation in its customer's name, and what it is told then.

use super::authorisations::path;
use crate::banks::institutions::Challenge;
use crate::banks::login::LoginRefused;
use crate::banks::picture;
use crate::banks::psu::PsuId;
use crate::psd2::Psd2;
use crate::psd2::bank::{Approach, Bank};
use crate::psd2::consent::{Authorisation, NotAnswered, Reads, ScaMethod, ScaStatus};
use crate::psd2::desk::Desk;
use crate::psd2::manner::{self, Manner};
use crate::psd2::refusal::Refusal;
use data_encoding::BASE64;
use serde_json::{Value, json};

/// The password that is right everywhere.
const PASSWORD: &str = "pass";

/// What a body carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Update {
    /// Nothing: who the customer is stands in a header.
    Nothing,
    /// `psuData.password`
    Password(String),
    /// `psuData.encryptedPassword`
    Encrypted,
    /// `authenticationMethodId`
    Method(String),
    /// `scaAuthenticationData`
    Code(String),
    /// `confirmationCode`
    Confirmation(String),
}

impl Update {
    /// Reads a body, as far as this bank takes such.
    pub(super) fn read(bank: &Bank, body: &[u8]) -> Result<Self, Refusal> {
        let body = super::object(body)?;
        let text = |value: &Value, name: &'static str| value.as_str().map(str::to_owned).ok_or(Refusal::Format(name));
        let (update, name, taken_by) = if let Some(data) = body.get("psuData") {
            match (data.get("password"), data.get("encryptedPassword")) {
                (Some(password), None) => (
                    Self::Password(text(password, "psuData.password")?),
                    "psuData.password",
                    Approach::Embedded,
                ),
                (None, Some(_)) => (Self::Encrypted, "psuData.encryptedPassword", Approach::Embedded),
                _ => return Err(Refusal::Format("psuData")),
            }
        } else if let Some(method) = body.get("authenticationMethodId") {
            let method = text(method, "authenticationMethodId")?;
            (Self::Method(method), "authenticationMethodId", Approach::Embedded)
        } else if let Some(code) = body.get("scaAuthenticationData") {
            let code = text(code, "scaAuthenticationData")?;
            (Self::Code(code), "scaAuthenticationData", Approach::Embedded)
        } else if let Some(code) = body.get("confirmationCode") {
            let code = text(code, "confirmationCode")?;
            (Self::Confirmation(code), "confirmationCode", Approach::RedirectConfirmed)
        } else {
            return Ok(Self::Nothing);
        };
        if bank.approach == taken_by {
            Ok(update)
        } else {
            Err(Refusal::NotSupported(name))
        }
    }
}

/// Whether the bank takes this person's password only encrypted.
pub(super) fn only_encrypted(psu: Option<&PsuId>) -> bool {
    psu.and_then(manner::of) == Some(Manner::EncryptedPassword)
}

/// Whether the password is right. Three wrong ones lock the login for a while.
pub(super) fn check_password(psd2: &Psd2, desk: &mut Desk, bank: &Bank, psu: &PsuId, password: &str) -> Result<(), Refusal> {
    if only_encrypted(Some(psu)) {
        return Err(Refusal::NotSupported("psuData.password"));
    }
    let login = (bank.id(), Challenge::Code);
    let begun = desk
        .logins
        .begin(psd2.now().0, psd2.ids.fresh(), login, psu.clone(), password == PASSWORD);
    match begun {
        Ok(_) => Ok(()),
        Err(LoginRefused::Wrong { .. }) => Err(Refusal::Credentials),
        Err(LoginRefused::Locked) => Err(Refusal::Blocked),
    }
}

impl From<NotAnswered> for Refusal {
    fn from(not: NotAnswered) -> Self {
        match not {
            NotAnswered::Wrong => Self::Credentials,
            NotAnswered::Over => Self::ScaInvalid,
            NotAnswered::OutOfTurn => Self::Status,
            NotAnswered::NoMethod => Self::ScaMethodUnknown,
        }
    }
}

/// Adds to an answer what the TPP has to know to go on.
pub(super) fn add_next(psd2: &Psd2, bank: &Bank, consent_id: &str, authorisation: &Authorisation, answer: &mut Value) {
    let href = json!({ "href": psd2.link(bank, &path(consent_id, &authorisation.id)) });
    match (authorisation.status, authorisation.method, &authorisation.psu) {
        (ScaStatus::Received | ScaStatus::PsuIdentified, ..) => {
            let link = if only_encrypted(authorisation.psu.as_ref()) {
                "updateEncryptedPsuAuthentication"
            } else {
                "updatePsuAuthentication"
            };
            answer["_links"][link] = href;
        }
        (ScaStatus::PsuAuthenticated, _, Some(psu)) => {
            let methods = ScaMethod::of(psu).iter().map(|method| described(*method, authorisation.reads));
            answer["scaMethods"] = json!(methods.collect::<Vec<_>>());
            answer["_links"]["selectAuthenticationMethod"] = href;
        }
        (ScaStatus::ScaMethodSelected, Some(method), _) => {
            answer["chosenScaMethod"] = described(method, authorisation.reads);
            answer["challengeData"] = challenge(method, authorisation);
            answer["_links"]["authoriseTransaction"] = href;
        }
        _ => {}
    }
}

fn say(reads: Reads, he: &str, en: &str) -> String {
    match reads {
        Reads::Hebrew => he.to_owned(),
        Reads::English => en.to_owned(),
        Reads::Either => format!("{he} {en}"),
    }
}

fn described(method: ScaMethod, reads: Reads) -> Value {
    let [he, en] = match method {
        ScaMethod::Sms => ["קוד במסרון", "A code in a text message"],
        ScaMethod::Chip => ["קוד ממכשיר אישי", "A code from your device"],
        ScaMethod::Photo => ["קוד מתמונה", "A code from a picture"],
    };
    json!({
        "authenticationType": method.kind(),
        "authenticationMethodId": method.id(),
        "name": say(reads, he, en),
    })
}

fn challenge(method: ScaMethod, authorisation: &Authorisation) -> Value {
    let code = method.code(&authorisation.id);
    let mut challenge = json!({
        "otpMaxLength": code.len(),
        "otpFormat": "integer",
        "additionalInformation": say(authorisation.reads, &format!("לבדיקה: {code}"), &format!("To test: {code}")),
    });
    match method {
        ScaMethod::Sms => {}
        ScaMethod::Chip => challenge["data"] = json!([digits_for_device(authorisation)]),
        ScaMethod::Photo => match picture::png(&code) {
            Ok(file) => challenge["image"] = json!(BASE64.encode(&file)),
            Err(error) => tracing::error!(%error, "a picture could not be drawn"),
        },
    }
    challenge
}

/// What the customer types into the device.
fn digits_for_device(authorisation: &Authorisation) -> String {
    picture::digits(&[b"device", authorisation.id.as_bytes()])
}
