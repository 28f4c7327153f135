//! What is remembered between calls: during a session ([`State`]) and after it ([`Access`]).

use super::wire;
use crate::providers::{Ask, Cx, Failed, Grant, Leg, Progress, Reach, Step};
use gesher_contract::{FailureCode, Language};
use gesher_domain::Timestamp;
use serde::{Deserialize, Serialize};

/// What is asked for.
#[derive(Clone, Serialize, Deserialize)]
pub struct Wish {
    /// The vendor's id of the institution.
    pub institution: String,
    pub language: Language,
    pub psu_id: Option<String>,
    pub recurring: bool,
    pub valid_until: String,
    pub first_day: String,
    pub reach: Reach,
    /// Our connection's id.
    pub connection: String,
    /// Whom the vendor is to know the person as.
    pub user: String,
}

impl Wish {
    pub fn of(ask: &Ask) -> Self {
        Self {
            institution: ask.provider_id.clone(),
            language: ask.language,
            psu_id: ask.psu_id.clone(),
            recurring: ask.recurring,
            valid_until: ask.valid_until.clone(),
            first_day: ask.first_day.clone(),
            reach: ask.reach.clone(),
            connection: ask.connection.clone(),
            user: ask.customer.clone(),
        }
    }
}

/// A connection at the vendor. It is what is kept for later calls, too.
#[derive(Clone, Serialize, Deserialize)]
pub struct Access {
    /// The vendor's id of it.
    pub connection: String,
    /// Whose it is there.
    pub user: String,
    /// What its webhooks carry.
    pub secret: String,
    /// Whether the vendor fetches again and again.
    pub recurring: bool,
}

impl Access {
    pub fn open(grant: &Grant) -> Result<Self, Failed> {
        serde_json::from_slice(&grant.secret).map_err(|_| FailureCode::Internal.into())
    }

    /// The grant. One that ends before it begins is none: the vendor's clock is wrong, or it says something else than we read.
    pub fn grant(&self, cx: &Cx, connection: &wire::Connection) -> Result<Grant, Failed> {
        let expires_at = connection.ends().map_err(|_| Failed::from(FailureCode::BadInstitutionAnswer))?;
        if expires_at.is_some_and(|ends| ends <= cx.now) {
            return Err(FailureCode::BadInstitutionAnswer.into());
        }
        Ok(Grant {
            secret: serde_json::to_vec(self).map_err(|_| Failed::from(FailureCode::Internal))?,
            cosigners: connection.status == super::Status::PartiallyAuthorized,
            expires_at,
            unattended: self.recurring,
            mends: false,
        })
    }
}

/// The person is at the vendor, or has come back.
#[derive(Serialize, Deserialize)]
pub struct AtVendor {
    pub wish: Wish,
    pub access: Access,
    /// When the person came back.
    pub back_since: Option<Timestamp>,
}

/// Where a session is.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Nothing is at the vendor yet.
    Ready(Wish),
    /// See [`AtVendor`].
    AtVendor(AtVendor),
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
}
