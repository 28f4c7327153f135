//! The states of a session and what they hold. All of it is stored as JSON, so nothing in it is secret.

use crate::{BrowserHash, StateHash, Timestamp};
use gesher_contract::{Failure, Form, IdType, LocalizedText, Proof};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

/// Number of an attempt within its session, from 1. A result that names another attempt than the current one is late.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AttemptId(pub u32);

impl fmt::Display for AttemptId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How the chosen institution is reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteRef {
    /// The institution's id.
    pub institution: String,
    /// The provider's name.
    pub provider: String,
    /// The provider's own id for the institution.
    pub provider_id: String,
    /// Whether it is an invented institution of the sandbox.
    #[serde(default)]
    pub invented: bool,
}

/// One attempt to reach an institution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// Its number.
    pub id: AttemptId,
    /// The institution and the way to it.
    pub route: RouteRef,
}

/// A call to a provider. Its intent is committed before it is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Call {
    /// Begins with the institution.
    Begin,
    /// Sends what the person typed. Never sent twice.
    Submit,
    /// Exchanges what the bank's redirect brought back.
    Exchange,
    /// Asks how it stands. The only call that is made again when its worker was lost.
    Poll,
    /// Sends the accounts that the person picked.
    Accounts,
    /// Asks the institution to send its code again.
    Resend,
}

impl Call {
    /// Every call.
    pub const ALL: [Self; 6] = [Self::Begin, Self::Submit, Self::Exchange, Self::Poll, Self::Accounts, Self::Resend];
}

/// What to say beside a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// What went wrong.
    pub failure: Failure,
    /// How many tries the institution says are left.
    pub tries_left: Option<u32>,
}

/// A form that the person is asked to fill.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asking {
    /// The attempt.
    pub attempt: Attempt,
    /// The form, with the host's locks in it.
    pub form: Form,
    /// How often it may still be sent.
    pub tries: u32,
    /// What went wrong before, if anything.
    pub message: Option<Message>,
    /// What was typed before and may be shown again: never a password or a code.
    pub kept: BTreeMap<String, String>,
    /// From when the institution can be asked to send its code again.
    #[serde(default)]
    pub resend_from: Option<Timestamp>,
    /// Whether the code was just sent again.
    #[serde(default)]
    pub resent: bool,
}

/// What a failed or repeated call goes back to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Back {
    /// Nothing.
    Nothing,
    /// The form that was sent, for a wrong answer.
    Form {
        /// The form.
        form: Form,
        /// How often it may still be sent.
        tries: u32,
        /// What may be shown again.
        kept: BTreeMap<String, String>,
    },
    /// The wait that is polled.
    Wait {
        /// When it is given up.
        until: Timestamp,
        /// What the person is told meanwhile.
        #[serde(default)]
        message: LocalizedText,
    },
}

/// A call under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calling {
    /// The attempt.
    pub attempt: Attempt,
    /// The call.
    pub call: Call,
    /// Until when its worker has to be back.
    pub lease_until: Timestamp,
    /// Whether the person has left: the result is then given back.
    pub leaving: bool,
    /// What it goes back to.
    pub back: Back,
}

/// The person is to go to the bank, or is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leaving {
    /// The attempt.
    pub attempt: Attempt,
    /// Set by the launch.
    pub launch: Option<Launch>,
}

/// A launched leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Launch {
    /// The browser that launched it, and alone may come back.
    pub browser: BrowserHash,
    /// The `state` that has to come back; each launch makes a new one.
    pub state: StateHash,
    /// Until when it may come back.
    pub until: Timestamp,
}

/// The institution takes its time (an approval in its app, another signature).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// The attempt.
    pub attempt: Attempt,
    /// When to ask again.
    pub next_poll: Timestamp,
    /// When it is given up.
    pub until: Timestamp,
    /// What the person is told meanwhile.
    #[serde(default)]
    pub message: LocalizedText,
}

/// An account that the institution offers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferedAccount {
    /// The provider's id for it.
    pub id: String,
    /// Its name.
    pub name: LocalizedText,
    /// The last digits of its number.
    pub last_digits: String,
}

/// What the institution granted, as far as the machine cares. The grant itself stays with the caller.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Granted {
    /// Whether other account holders still have to sign.
    pub cosigners: bool,
}

/// Accounts to pick from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// The accounts.
    pub accounts: Vec<OfferedAccount>,
    /// Set when the grant came with the offer, so that picking needs no further call.
    pub granted: Option<Granted>,
}

/// The person picks accounts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PickingAccounts {
    /// The attempt.
    pub attempt: Attempt,
    /// What can be picked.
    pub offer: Offer,
}

/// Granted and sealed; the host's backend has to confirm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirming {
    /// The attempt.
    pub attempt: Attempt,
    /// Until when.
    pub until: Timestamp,
    /// What was granted.
    #[serde(default)]
    pub granted: Granted,
}

/// It failed. Retryable: the way back to choosing is open. Otherwise the session is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failed {
    /// What went wrong.
    pub failure: Failure,
    /// How many tries the institution says are left.
    pub tries_left: Option<u32>,
    /// Where it went wrong.
    pub route: Option<RouteRef>,
    /// What the form wanted that was answered last.
    #[serde(default)]
    pub proof: Proof,
}

/// Most characters that are kept of what stood in the search box.
pub const MAX_SEARCHED: usize = 80;

/// Why a person left.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exit {
    /// They closed it, or the host did.
    #[default]
    Closed,
    /// They did not find their institution in the list.
    NotListed {
        /// What stood in the search box, at most [`MAX_SEARCHED`] characters; nothing where it was empty.
        searched: Option<String>,
    },
}

impl Exit {
    /// The institution is not listed. What was searched for is trimmed and cut.
    pub fn not_listed(searched: &str) -> Self {
        let kept: String = searched.trim().chars().take(MAX_SEARCHED).collect();
        Self::NotListed {
            searched: Some(kept).filter(|kept| !kept.is_empty()),
        }
    }
}

/// State of a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case")]
pub enum State {
    /// Made; nobody has opened it.
    Invited,
    /// The person chooses an institution.
    Choosing,
    /// The person fills a form.
    Asking(Asking),
    /// A provider is being called.
    Calling(Calling),
    /// The person goes to the bank.
    Leaving(Leaving),
    /// The institution takes its time.
    Waiting(Waiting),
    /// The person picks accounts.
    PickingAccounts(PickingAccounts),
    /// The host's backend has to confirm.
    Confirming(Confirming),
    /// The connection is made.
    Done {
        /// The attempt that made it.
        attempt: Attempt,
    },
    /// The person left.
    Exited {
        /// Where the person was, if an institution was chosen.
        route: Option<RouteRef>,
        /// Why.
        #[serde(default)]
        why: Exit,
    },
    /// It failed.
    Failed(Failed),
    /// The time was up.
    Expired {
        /// Where it was, if an institution was chosen.
        route: Option<RouteRef>,
    },
}

/// Every name that [`State::name`] gives.
pub const STATE_NAMES: [&str; 12] = [
    "invited",
    "choosing",
    "asking",
    "calling",
    "leaving",
    "waiting",
    "picking_accounts",
    "confirming",
    "done",
    "exited",
    "failed",
    "expired",
];

impl State {
    /// The state's name, as it is stored.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Invited => "invited",
            Self::Choosing => "choosing",
            Self::Asking(_) => "asking",
            Self::Calling(_) => "calling",
            Self::Leaving(_) => "leaving",
            Self::Waiting(_) => "waiting",
            Self::PickingAccounts(_) => "picking_accounts",
            Self::Confirming(_) => "confirming",
            Self::Done { .. } => "done",
            Self::Exited { .. } => "exited",
            Self::Failed(_) => "failed",
            Self::Expired { .. } => "expired",
        }
    }

    /// Whether nothing can happen any more.
    pub const fn is_over(&self) -> bool {
        match self {
            Self::Done { .. } | Self::Exited { .. } | Self::Expired { .. } => true,
            Self::Failed(failed) => !failed.failure.retryable,
            _ => false,
        }
    }

    /// The attempt that is under way, or that made the connection.
    pub const fn attempt(&self) -> Option<&Attempt> {
        match self {
            Self::Asking(Asking { attempt, .. })
            | Self::Calling(Calling { attempt, .. })
            | Self::Leaving(Leaving { attempt, .. })
            | Self::Waiting(Waiting { attempt, .. })
            | Self::PickingAccounts(PickingAccounts { attempt, .. })
            | Self::Confirming(Confirming { attempt, .. })
            | Self::Done { attempt } => Some(attempt),
            Self::Invited | Self::Choosing | Self::Exited { .. } | Self::Failed(_) | Self::Expired { .. } => None,
        }
    }

    /// The institution that the state belongs to, if one was chosen.
    pub const fn route(&self) -> Option<&RouteRef> {
        match self {
            Self::Exited { route, .. } | Self::Expired { route } | Self::Failed(Failed { route, .. }) => route.as_ref(),
            _ => match self.attempt() {
                Some(attempt) => Some(&attempt.route),
                None => None,
            },
        }
    }
}

/// What the host fixed when it made the session.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Locks {
    /// The only institutions that may be chosen; empty: any.
    #[serde(default)]
    pub institution_ids: BTreeSet<String>,
    /// Whether the sandbox's invented institutions may be chosen.
    #[serde(default)]
    pub include_sandbox: bool,
    /// Whether choosing an institution that is reached by its own pages goes there at once.
    #[serde(default)]
    pub auto_redirect: bool,
    /// The PSU id that the person may not change.
    #[serde(default)]
    pub psu_id: Option<String>,
    /// What it is.
    #[serde(default)]
    pub psu_id_type: IdType,
    /// The company's id that the person may not change.
    #[serde(default)]
    pub psu_corporate_id: Option<String>,
    /// The language, when the person may not switch it.
    #[serde(default)]
    pub language: Option<gesher_contract::Language>,
    /// What comes back with the result, where this session has its own.
    #[serde(default)]
    pub state: Option<String>,
}

/// What a session is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// It makes the connection. Whatever becomes of the session becomes of the connection.
    #[default]
    Connect,
    /// It brings a connection that stands, or stood, a new grant. The connection hears of it only when it is done.
    Repair,
}

/// Who says that the connection stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Completion {
    /// The host's backend, by exchanging the public token.
    #[default]
    Exchange,
    /// Nobody: for tenants that accept the risk.
    Automatic,
}
