//! What is remembered between calls: during a session ([`State`]) and after it ([`Access`]).

use crate::providers::{Failed, Grant, Leg, Progress, Step};
use gesher_contract::{FailureCode, Language};
use gesher_domain::Timestamp;
use serde::{Deserialize, Serialize};

/// What is asked of which bank.
#[derive(Clone, Serialize, Deserialize)]
pub struct Wish {
    /// Salt Edge's code of the bank.
    pub provider: String,
    pub language: Language,
    /// Whether transactions are asked for.
    pub transactions: bool,
    /// Whether the owners' names are.
    pub owners: bool,
    /// The first day of the transactions.
    pub first_day: String,
    /// The last day of the access.
    pub valid_until: String,
    /// Our connection.
    pub connection: String,
    /// Our name for the person.
    pub customer: String,
    /// The access that is to work again.
    pub mend: Option<Access>,
}

/// The person is at Salt Edge's page, or on the way there.
#[derive(Clone, Serialize, Deserialize)]
pub struct Visit {
    pub wish: Wish,
    /// Salt Edge's id of the person.
    pub customer_id: String,
    /// The connection that is made to work again, where it is there.
    pub mends: Option<String>,
    /// Marks of all launches, the last one counts. They stand in the attempts at Salt Edge.
    pub marks: Vec<String>,
    /// How long an attempt that has not ended is waited for, once the person is back.
    pub until: Option<Timestamp>,
}

impl Visit {
    /// The mark of the last launch.
    pub fn mark(&self) -> &str {
        self.marks.last().map_or("", String::as_str)
    }
}

/// Where a session is.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Nothing is at Salt Edge yet.
    Ready(Wish),
    /// See [`Visit`].
    Away(Visit),
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

/// What is kept for later calls. Neither id opens anything without the tenant's credentials.
#[derive(Clone, Serialize, Deserialize)]
pub struct Access {
    pub customer_id: String,
    pub connection_id: String,
    /// Our connection.
    pub connection: String,
}

impl Access {
    pub fn open(grant: &Grant) -> Result<Self, Failed> {
        serde_json::from_slice(&grant.secret).map_err(|_| FailureCode::Internal.into())
    }

    pub fn seal(&self) -> Result<Vec<u8>, Failed> {
        serde_json::to_vec(self).map_err(|_| FailureCode::Internal.into())
    }
}
