//! In which vendor's words an endpoint is spoken to, and what that vendor promises of its webhooks.
//!
//! **Contract.** An event is the same whoever hears of it. The dialect says which messages it becomes there ([`Dialect::parts`]), what
//! counts as taken, how long an answer may take and when the next try comes.

use super::meld;
use gesher_contract::EventKind;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use utoipa::ToSchema;

/// A dialect.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = EndpointDialect)]
pub enum Dialect {
    /// Gesher's own events, as Standard Webhooks has them.
    #[default]
    Native,
    /// Meld's `BANK_LINKING_*` webhooks.
    Meld,
}

impl Dialect {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Native, Self::Meld];

    /// The name on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::Meld => "meld",
        }
    }

    /// The dialect in an endpoint's row, where a check holds it to one of these.
    pub fn of(column: &str) -> Self {
        Self::ALL.into_iter().find(|known| known.as_str() == column).unwrap_or_default()
    }

    /// The messages that an event becomes, each delivered by itself; the event's own is called nothing.
    pub fn parts(self, kind: &EventKind) -> Vec<&'static str> {
        match self {
            Self::Native => vec![""],
            Self::Meld => meld::messages(kind).into_iter().map(meld::Message::as_str).collect(),
        }
    }

    /// Whether this answer means that the message was taken.
    pub fn takes(self, status: StatusCode) -> bool {
        match self {
            Self::Native => status.is_success(),
            Self::Meld => status == StatusCode::OK,
        }
    }

    /// Whether an endpoint can say by its answer that it wants nothing any more, and how long to wait.
    pub const fn heeds_answers(self) -> bool {
        matches!(self, Self::Native)
    }

    /// How long an answer may take, where that is shorter than for anybody.
    pub const fn time_limit(self) -> Option<Duration> {
        match self {
            Self::Native => None,
            Self::Meld => Some(Duration::from_secs(10)),
        }
    }
}
