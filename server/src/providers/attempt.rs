//! An attempt at an institution: what is asked for, what a provider asks for next, and what it comes to.

use super::{Landing, Reach, ReturnParams, StepKind};
use gesher_contract::{FailureCode, Form, Language, LocalizedText};
use gesher_domain::Timestamp;
use gesher_domain::session::OfferedAccount;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What the session asks for.
#[derive(Clone, Default)]
pub struct Ask {
    /// The provider's own id of the institution.
    pub provider_id: String,
    /// The language in which the institution should speak, where it can.
    pub language: Language,
    /// The person's id at the institution, where the host fixed it.
    pub psu_id: Option<String>,
    /// Whether data are to be fetched again and again.
    pub recurring: bool,
    /// The last day of the access, `YYYY-MM-DD`.
    pub valid_until: String,
    /// Who asks, as the person knows them, for institutions that show or log it.
    pub brand: Option<String>,
    /// Which data of which accounts.
    pub reach: Reach,
    /// The first day of the transactions that are wanted, `YYYY-MM-DD`.
    pub first_day: String,
    /// ISO 3166-1 alpha-2, the institution's.
    pub country: String,
    /// Our connection's id. It is no secret.
    pub connection: String,
    /// Our id of the person behind the connection, the same for all their connections. It is no secret.
    pub customer: String,
    /// For a repair: the access that is to work again, if this provider gave it. A provider that mends it gives a grant that
    /// [`Grant::mends`].
    pub mend: Option<Grant>,
}

/// A provider's own state of a session. Sealed by the caller; it cannot be printed.
#[derive(Clone)]
pub struct Leg(pub Vec<u8>);

/// What a provider gave us for good. Sealed by the caller; it cannot be printed.
#[derive(Clone)]
pub struct Grant {
    /// The provider's own content.
    pub secret: Vec<u8>,
    /// Whether other account holders still have to sign.
    pub cosigners: bool,
    /// When the consent runs out, where the institution says so.
    pub expires_at: Option<Timestamp>,
    /// Whether it opens the data again and again without the person.
    pub unattended: bool,
    /// Whether it is the access that the connection had before, made to work again: at the provider the two are one, so giving one
    /// back would take the other with it.
    pub mends: bool,
}

/// A grant as it is sealed.
#[derive(Serialize, Deserialize)]
pub struct StoredGrant {
    secret: Vec<u8>,
    cosigners: bool,
    expires_at: Option<Timestamp>,
    #[serde(default = "always")]
    unattended: bool,
    #[serde(default)]
    mends: bool,
}

/// What older grants were.
const fn always() -> bool {
    true
}

impl From<&Grant> for StoredGrant {
    fn from(grant: &Grant) -> Self {
        Self {
            secret: grant.secret.clone(),
            cosigners: grant.cosigners,
            expires_at: grant.expires_at,
            unattended: grant.unattended,
            mends: grant.mends,
        }
    }
}

impl From<StoredGrant> for Grant {
    fn from(stored: StoredGrant) -> Self {
        Self {
            secret: stored.secret,
            cosigners: stored.cosigners,
            expires_at: stored.expires_at,
            unattended: stored.unattended,
            mends: stored.mends,
        }
    }
}

/// What a provider asks for next.
pub enum Step {
    /// A form to be filled: the login, or a challenge.
    Form(Form),
    /// The person has to go to the institution: see [`Provider::launch`].
    Redirect,
    /// The institution takes its time.
    Wait {
        /// When to ask again.
        next_poll: Timestamp,
        /// When to give up.
        until: Timestamp,
        /// What the person is told meanwhile.
        message: LocalizedText,
    },
    /// The person picks accounts.
    Accounts(Vec<Offered>),
    /// Done.
    Done(Grant),
}

/// An account that the person may pick.
pub struct Offered {
    /// As it is shown.
    pub account: OfferedAccount,
    /// ISO 20022 cash account type, where the institution says it.
    pub kind: Option<String>,
    /// ISO 4217, where it says it.
    pub currency: Option<String>,
}

/// A step, and the provider's state to go on from it.
pub struct Progress {
    /// What comes next.
    pub step: Step,
    /// The state.
    pub leg: Leg,
}

/// What a provider is told.
pub enum Input {
    /// A filled form.
    Answers(BTreeMap<String, String>),
    /// What the institution's redirect brought back; [`Provider::read_return`] has passed it.
    Returned(ReturnParams),
    /// It is time to ask how it stands.
    Poll,
    /// The accounts that were picked, by the provider's ids.
    Accounts(BTreeSet<String>),
    /// The code is to be sent again.
    Resend,
    /// What the provider's own widget gave to the host's page; [`super::InPage::landed`] has passed it.
    Landed(Landing),
}

/// A provider's call in a session failed.
#[derive(Clone)]
pub struct Failed {
    /// What happened.
    pub code: FailureCode,
    /// Tries that the institution leaves, where it says so.
    pub tries_left: Option<u32>,
    /// The form to ask with instead of the one that was sent, with what the provider remembers of it: a new picture.
    pub again: Option<Box<(Form, Leg)>>,
}

impl std::fmt::Debug for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Failed({}, {:?} tries left)", self.code.as_str(), self.tries_left)
    }
}

impl From<FailureCode> for Failed {
    fn from(code: FailureCode) -> Self {
        Self {
            code,
            tries_left: None,
            again: None,
        }
    }
}

impl Step {
    /// What it asks of the person; nothing when it is the end.
    pub const fn kind(&self) -> Option<StepKind> {
        match self {
            Self::Form(_) => Some(StepKind::Form),
            Self::Redirect => Some(StepKind::Redirect),
            Self::Wait { .. } => Some(StepKind::Wait),
            Self::Accounts(_) => Some(StepKind::Accounts),
            Self::Done(_) => None,
        }
    }
}
