//! What is remembered between calls: during a session ([`State`]) and after it ([`Access`]).

use super::oauth::{OAuth, Tokens};
use crate::providers::{Failed, Grant, Leg, Progress, Reach, Step};
use gesher_contract::{FailureCode, Language, LocalizedText};
use gesher_domain::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

/// What is asked of which bank.
#[derive(Clone, Serialize, Deserialize)]
pub struct Wish {
    pub bank: String,
    pub language: Language,
    pub recurring: bool,
    pub valid_until: String,
    /// Who asks.
    #[serde(default)]
    pub brand: Option<String>,
    /// Which data of which accounts.
    #[serde(default = "Reach::everything")]
    pub reach: Reach,
}

/// A consent at the bank.
#[derive(Clone, Serialize, Deserialize)]
pub struct Consent {
    pub id: String,
    pub address: Url,
    pub status: Url,
    pub sca_status: Option<Url>,
}

/// The person is at the bank's pages, or on the way there.
#[derive(Serialize, Deserialize)]
pub struct AtBank {
    pub wish: Wish,
    pub psu_id: Option<String>,
    pub consent: Consent,
    pub oauth: Option<Box<OAuth>>,
    /// Where the bank wants to hear of what it gave the browser.
    #[serde(default)]
    pub confirmation: Option<Url>,
}

/// The person has logged in here, and is asked how they confirm, or for the code.
#[derive(Serialize, Deserialize)]
pub struct Confirming {
    pub wish: Wish,
    pub psu_id: String,
    pub consent: Consent,
    /// Where the choice of a method goes, and the one that was chosen, once it was.
    pub select: Option<(Url, Option<String>)>,
    /// Where the code goes, once there is one.
    pub authorise: Option<Url>,
}

/// The bank waits for the person, or we for the bank.
#[derive(Serialize, Deserialize)]
pub struct Approving {
    pub wish: Wish,
    pub consent: Consent,
    pub until: Timestamp,
    pub message: LocalizedText,
}

/// Where a session is.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Nothing is at the bank yet; the person's id, where the host said it.
    Ready(Wish, Option<String>),
    /// The person is asked for their id.
    Identifying(Wish),
    /// The person is asked for their id and password.
    LoggingIn(Wish),
    /// See [`Confirming`].
    Confirming(Confirming),
    /// See [`AtBank`].
    AtBank(AtBank),
    /// See [`Approving`].
    Approving(Approving),
}

impl State {
    pub fn open(leg: &Leg) -> Result<Self, Failed> {
        serde_json::from_slice(&leg.0).map_err(|_| FailureCode::Internal.into())
    }

    pub fn leg(&self) -> Result<Leg, Failed> {
        serde_json::to_vec(self).map(Leg).map_err(|_| FailureCode::Internal.into())
    }

    pub fn then(self, step: Step) -> Result<Progress, Failed> {
        Ok(Progress { step, leg: self.leg()? })
    }

    pub fn bank(&self) -> &str {
        match self {
            Self::Ready(wish, _)
            | Self::Identifying(wish)
            | Self::LoggingIn(wish)
            | Self::Confirming(Confirming { wish, .. })
            | Self::AtBank(AtBank { wish, .. })
            | Self::Approving(Approving { wish, .. }) => &wish.bank,
        }
    }

    pub fn consent(&self) -> Option<&Consent> {
        match self {
            Self::Ready(..) | Self::Identifying(_) | Self::LoggingIn(_) => None,
            Self::Confirming(Confirming { consent, .. })
            | Self::AtBank(AtBank { consent, .. })
            | Self::Approving(Approving { consent, .. }) => Some(consent),
        }
    }
}

/// What is kept for later calls.
#[derive(Serialize, Deserialize)]
pub struct Access {
    pub bank: String,
    pub consent: Consent,
    pub tokens: Option<Tokens>,
}

impl Access {
    pub fn open(grant: &Grant) -> Result<Self, Failed> {
        serde_json::from_slice(&grant.secret).map_err(|_| FailureCode::Internal.into())
    }

    pub fn seal(&self) -> Result<Vec<u8>, Failed> {
        serde_json::to_vec(self).map_err(|_| FailureCode::Internal.into())
    }

    pub fn bearer(&self) -> Option<&str> {
        self.tokens.as_ref().map(|tokens| tokens.access.as_str())
    }
}
