//! What is remembered: during an attempt, and for good.

use crate::providers::{Ask, Failed, Grant, Leg};
use gesher_contract::{FailureCode, Language};
use gesher_domain::Timestamp;
use serde::{Deserialize, Serialize};

/// What is asked for.
#[derive(Clone, Serialize, Deserialize)]
pub struct Wish {
    pub institution: String,
    pub country: String,
    pub language: Language,
    pub brand: Option<String>,
    pub customer: String,
    pub connection: String,
    pub first_day: String,
    /// The access that is to work again.
    pub mend: Option<Access>,
}

impl Wish {
    /// Only an access to the same institution can be mended.
    pub fn of(ask: &Ask) -> Self {
        let mend = ask.mend.as_ref().and_then(|grant| Access::open(grant).ok());
        Self {
            institution: ask.provider_id.clone(),
            country: ask.country.clone(),
            language: ask.language,
            brand: ask.brand.clone(),
            customer: ask.customer.clone(),
            connection: ask.connection.clone(),
            first_day: ask.first_day.clone(),
            mend: mend.filter(|access| access.institution == ask.provider_id),
        }
    }
}

/// The person is in Link, or was.
#[derive(Clone, Serialize, Deserialize)]
pub struct InLink {
    pub wish: Wish,
    pub link_token: String,
    /// Tokens of earlier launches of this attempt: Plaid has no call that makes one void.
    pub earlier: Vec<String>,
    /// When to give up, once the person is back and Plaid does not know the end yet.
    pub until: Option<Timestamp>,
}

/// The link tokens that a host's page was given, the newest last.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Page {
    pub tokens: Vec<String>,
}

/// Where an attempt is.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Nothing was asked of Plaid yet.
    Ready(Box<Wish>),
    /// There is a link token.
    InLink(Box<InLink>),
    /// Link may be open in a host's page.
    InPage(Page),
    /// There is nothing to take back.
    Through,
}

impl State {
    pub fn open(leg: &Leg) -> Result<Self, Failed> {
        serde_json::from_slice(&leg.0).map_err(|_| FailureCode::Internal.into())
    }

    pub fn leg(&self) -> Result<Leg, Failed> {
        serde_json::to_vec(self).map(Leg).map_err(|_| FailureCode::Internal.into())
    }
}

/// An access.
#[derive(Clone, Serialize, Deserialize)]
pub struct Access {
    pub token: String,
    pub item: String,
    pub institution: String,
    /// Up to where the transactions were read.
    #[serde(default)]
    pub cursor: Option<String>,
}

impl Access {
    pub fn open(grant: &Grant) -> Result<Self, Failed> {
        serde_json::from_slice(&grant.secret).map_err(|_| FailureCode::Internal.into())
    }

    pub fn seal(&self) -> Result<Vec<u8>, Failed> {
        serde_json::to_vec(self).map_err(|_| FailureCode::Internal.into())
    }
}
