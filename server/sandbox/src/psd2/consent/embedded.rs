//! What a TPP does in its customer's name where the bank leaves it to the TPP: the method of confirming, and the code.

use super::{Consent, ScaStatus};
use crate::banks::login::CODE;
use crate::banks::picture;
use crate::banks::psu::PsuId;
use crate::psd2::manner::{self, Manner};
use crate::psd2::moment::Moment;

/// Codes that may be wrong; with the last of them the authorisation fails.
const TRIES: u32 = 3;
/// How long a code can be sent, in seconds.
const CODE_SECONDS: i64 = 300;

/// How a customer confirms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ScaMethod {
    /// A code in a text message.
    Sms,
    /// A code that a device makes of digits.
    Chip,
    /// A code that an app reads off a picture.
    Photo,
}

impl ScaMethod {
    const ALL: [Self; 3] = [Self::Sms, Self::Chip, Self::Photo];

    /// `authenticationMethodId`
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Sms => "sms-1",
            Self::Chip => "chip-1",
            Self::Photo => "photo-1",
        }
    }

    /// `authenticationType`
    pub(crate) fn kind(self) -> &'static str {
        match self {
            Self::Sms => "SMS_OTP",
            Self::Chip => "CHIP_OTP",
            Self::Photo => "PHOTO_OTP",
        }
    }

    /// The right code of this authorisation.
    pub(crate) fn code(self, authorisation: &str) -> String {
        match self {
            Self::Sms | Self::Chip => CODE.to_owned(),
            Self::Photo => picture::digits(&[b"photo", authorisation.as_bytes()]),
        }
    }

    /// Those of this person.
    pub(crate) fn of(psu: &PsuId) -> &'static [Self] {
        match manner::of(psu) {
            Some(Manner::OneMethod) => &Self::ALL[..1],
            _ => &Self::ALL,
        }
    }
}

/// Why a code, or a method, is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotAnswered {
    /// It is wrong, and can be sent again.
    Wrong,
    /// The authorisation is over, or just failed.
    Over,
    /// The authorisation waits for something else.
    OutOfTurn,
    /// The customer has no such method.
    NoMethod,
}

impl Consent {
    /// Whether this authorisation can take a password.
    pub(crate) fn awaits_password(&self, id: &str) -> bool {
        let at = self.authorisation(id).map(|authorisation| authorisation.status);
        matches!(at, Some(ScaStatus::Received | ScaStatus::PsuIdentified))
    }

    /// The password was right. A single method is chosen at once.
    pub(crate) fn logged_in(&mut self, id: &str, psu: &PsuId, now: Moment) {
        self.authenticated(id, psu);
        if let [only] = ScaMethod::of(psu) {
            self.take_method(id, *only, now);
        }
    }

    fn take_method(&mut self, id: &str, method: ScaMethod, now: Moment) {
        if let Some(authorisation) = self.authorisation_mut(id) {
            authorisation.status = ScaStatus::ScaMethodSelected;
            authorisation.method = Some(method);
            authorisation.since = now;
        }
        self.last_action = now.date();
    }

    /// The customer chose a method: the code is sent. Another one can be chosen instead.
    pub(crate) fn choose(&mut self, id: &str, method: &str, now: Moment) -> Result<(), NotAnswered> {
        let authorisation = self.authorisation(id).ok_or(NotAnswered::Over)?;
        let psu = match (authorisation.status, &authorisation.psu) {
            (status, _) if status.is_over() => return Err(NotAnswered::Over),
            (ScaStatus::PsuAuthenticated | ScaStatus::ScaMethodSelected, Some(psu)) => psu,
            _ => return Err(NotAnswered::OutOfTurn),
        };
        let chosen = ScaMethod::of(psu).iter().find(|known| known.id() == method);
        let chosen = *chosen.ok_or(NotAnswered::NoMethod)?;
        self.take_method(id, chosen, now);
        Ok(())
    }

    /// The customer's code. A right one finishes the authorisation, though the consent may be refused; it gives all accounts that
    /// were asked for, for there is no page on which to choose.
    pub(crate) fn answer(&mut self, id: &str, code: &str, now: Moment) -> Result<(), NotAnswered> {
        let authorisation = self.authorisation_mut(id).ok_or(NotAnswered::Over)?;
        let (method, psu) = match (authorisation.status, authorisation.method, authorisation.psu.clone()) {
            (status, ..) if status.is_over() => return Err(NotAnswered::Over),
            (ScaStatus::ScaMethodSelected, Some(method), Some(psu)) => (method, psu),
            _ => return Err(NotAnswered::OutOfTurn),
        };
        if now > authorisation.since.after(CODE_SECONDS) {
            self.decline(id, now);
            return Err(NotAnswered::Over);
        }
        if method.code(id) != code.trim() {
            authorisation.wrong += 1;
            if authorisation.wrong >= TRIES {
                self.decline(id, now);
            }
            return Err(NotAnswered::Wrong);
        }
        let all: Vec<String> = self.offer(&psu).into_iter().map(|account| account.resource_id).collect();
        self.approve(id, &psu, &all, now);
        Ok(())
    }
}
