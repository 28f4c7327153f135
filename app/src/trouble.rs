//! Why no screen comes, as only the browser can tell: what the person reads, and what the host's page hears.

use crate::act::ActError;
use crate::locale::Key;
use gesher_contract::FailureCode;

/// What is in the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The browser is offline.
    Offline,
    /// No answer comes though it is online.
    Unreachable,
    /// Too many acts in too short a time.
    TooMany,
    /// Something broke on the server.
    Broken,
    /// The server does not know this document's session any more.
    Over,
}

impl Trouble {
    /// What an act without a screen means.
    pub const fn of(error: ActError, online: bool) -> Self {
        match error {
            ActError::Network if online => Self::Unreachable,
            ActError::Network => Self::Offline,
            ActError::TooMany => Self::TooMany,
            ActError::Broken => Self::Broken,
            ActError::Over => Self::Over,
        }
    }

    /// What happened, and what to do, for the person.
    pub const fn keys(self) -> (Key, Key) {
        match self {
            Self::Offline => (Key::Offline, Key::OfflineAdvice),
            Self::Unreachable => (Key::GesherUnreachable, Key::GesherUnreachableAdvice),
            Self::TooMany => (Key::TooManyRequests, Key::TooManyRequestsAdvice),
            Self::Broken => (Key::TroubleBroken, Key::TroubleBrokenAdvice),
            Self::Over => (Key::TroubleOver, Key::TroubleOverAdvice),
        }
    }

    /// The failure, for the host's page; none where the widget is over.
    pub const fn code(self) -> Option<FailureCode> {
        match self {
            Self::Offline => Some(FailureCode::Offline),
            Self::Unreachable => Some(FailureCode::GesherUnreachable),
            Self::TooMany => Some(FailureCode::TooManyRequests),
            Self::Broken => Some(FailureCode::Internal),
            Self::Over => None,
        }
    }

    /// Whether asking again, without the person, may end it.
    pub const fn passes(self) -> bool {
        matches!(self, Self::Offline | Self::Unreachable)
    }
}
