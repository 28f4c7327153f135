//! Providers: the systems through which institutions are reached.
//!
//! **Goal.** One shape for all of them, so that the widget needs no screen of its own for a new one. **Contract.** A provider
//! keeps nothing between calls: what it must remember is its [`Leg`] during a session and its [`Grant`] after it, both sealed
//! by the caller, so that any node can go on. It never retries a call that carries a credential or a code. It reports a
//! failure by code; it never puts an institution's raw answer, a credential or a code into an error or a log.

pub mod berlin_group;
mod leg;
mod reach;
pub mod sandbox;
mod settings;

pub use leg::{BankAddress, Landed, Launch, ReturnParams, Unreadable, WrongReturn};
pub use reach::{AccountKind, AccountName, Known, Reach};
pub use settings::{Setting, Settings};

use async_trait::async_trait;
use gesher_contract::{FailureCode, Form, Language, LocalizedText};
use gesher_directory::merge::Listed;
use gesher_directory::{Offers, Route};
use gesher_domain::connection::FetchProblem;
use gesher_domain::session::OfferedAccount;
use gesher_domain::{Rng, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;
use std::sync::Arc;

/// The person in front of the widget, as an institution wants to know them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PsuContext {
    /// Their address.
    pub ip: Option<IpAddr>,
    /// Their browser.
    pub user_agent: Option<String>,
}

/// What a call may use of the world.
#[derive(Clone)]
pub struct Cx {
    /// The outbound client.
    pub http: reqwest::Client,
    /// The time at the start of the call.
    pub now: Timestamp,
    /// Randomness.
    pub rng: Arc<dyn Rng>,
    /// The person, only while they are there.
    pub psu: Option<PsuContext>,
    /// What the tenant's operator set for this provider in this mode.
    pub settings: Settings,
}

/// What the session asks for.
#[derive(Clone)]
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
}

/// A grant as it is sealed.
#[derive(Serialize, Deserialize)]
pub struct StoredGrant {
    secret: Vec<u8>,
    cosigners: bool,
    expires_at: Option<Timestamp>,
    #[serde(default = "always")]
    unattended: bool,
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

/// A balance as a provider reports it. Amounts are decimal strings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Balance {
    /// `openingBooked`, `closingBooked`, `interimAvailable`, as in Berlin Group's balanceType.
    pub kind: String,
    /// Decimal string.
    pub amount: String,
    /// ISO 4217.
    pub currency: String,
    /// `YYYY-MM-DD`.
    pub reference_date: String,
}

/// A transaction as a provider reports it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transaction {
    /// The provider's id.
    pub provider_ref: String,
    /// `YYYY-MM-DD`.
    pub booking_date: String,
    /// `YYYY-MM-DD`.
    pub value_date: String,
    /// Decimal string, negative for money that left.
    pub amount: String,
    /// ISO 4217.
    pub currency: String,
    /// `booked` or `pending`.
    pub status: String,
    /// The institution's words.
    pub description: String,
    /// The other side, where it is known.
    pub counterparty: Option<String>,
}

/// An account with what belongs to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The provider's id.
    pub provider_ref: String,
    /// ISO 20022 cash account type: CACC, SVGS, CARD, LOAN.
    pub kind: String,
    /// ISO 4217.
    pub currency: String,
    /// The IBAN, where there is one.
    pub iban: Option<String>,
    /// For cards.
    pub masked_pan: Option<String>,
    /// The number as the institution writes it.
    pub number: String,
    /// Who owns it.
    pub owner_name: String,
    /// What the institution calls it.
    pub name: LocalizedText,
    /// Its balances.
    pub balances: Vec<Balance>,
    /// Its transactions, newest first.
    pub transactions: Vec<Transaction>,
}

/// What to fetch: transactions of these days.
#[derive(Clone, Debug)]
pub struct Want {
    /// First day of an account that was never fetched, `YYYY-MM-DD`.
    pub first_day: String,
    /// First day of an account that was fetched before: what is older is there.
    pub date_from: String,
    /// The accounts that were fetched before, by the provider's ids.
    pub known: BTreeSet<String>,
    /// Last day, `YYYY-MM-DD`.
    pub date_to: String,
    /// Which data of which accounts. What is beyond it is not asked for; the caller keeps none of it.
    pub reach: Reach,
}

impl Want {
    /// The first day of this account.
    pub fn from(&self, provider_ref: &str) -> &str {
        if self.known.contains(provider_ref) {
            &self.date_from
        } else {
            &self.first_day
        }
    }
}

/// What a provider says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// How often a consent may be used in a day without the person, where there is a limit.
    pub fetches_per_day: Option<u32>,
}

/// What a fetch came to.
pub enum Fetched {
    /// Everything wanted.
    Data(Vec<Account>),
    /// The grant had to be renewed first, and the old one may be worth nothing now: this one has to be kept before anything
    /// else, and the fetch made again with it.
    Renewed(Grant),
}

/// How a consent stands at the institution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConsentState {
    /// It opens what was agreed.
    Valid,
    /// Other account holders still have to sign.
    AwaitingCosigners,
    /// Somebody whose signature it needs declined.
    Rejected,
    /// It was taken back, or the institution does not know it any more.
    Revoked,
    /// Its time is over.
    Expired,
}

/// What a question after a consent came to.
pub enum Checked {
    /// How it stands.
    State(ConsentState),
    /// The grant had to be renewed first; see [`Fetched::Renewed`].
    Renewed(Grant),
}

/// A page of the institutions that a provider reaches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListPage {
    /// The entries.
    pub entries: Vec<Listed>,
    /// What to ask for next, in the provider's own words; nothing after the last page.
    pub next: Option<String>,
}

/// Why there is no list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ListProblem {
    /// The provider has none: whom it reaches is written in the directory.
    #[error("this provider has no list of institutions")]
    None,
    /// It cannot be reached, or is not well.
    #[error("the provider cannot be reached")]
    Unavailable,
    /// It does not let us in.
    #[error("the provider refuses the credentials")]
    Refused,
    /// Its answer makes no sense.
    #[error("the provider's list cannot be read")]
    Broken,
}

/// See the module.
#[async_trait]
pub trait Provider: Send + Sync {
    /// What it says of itself.
    fn facts(&self) -> Facts;
    /// What it offers at this institution, and whether the person is usually sent to its own pages: there what
    /// [`Provider::begin`] answers is what counts.
    fn offers(&self, provider_id: &str) -> Offers;
    /// The credentials that it takes of a tenant. An operator sets them; a call finds them in [`Cx::settings`].
    fn settings(&self) -> &'static [Setting] {
        &[]
    }
    /// A page of the institutions that it reaches: the first one, or the one that the last page named as next.
    async fn list(&self, _cx: &Cx, _after: Option<&str>) -> Result<ListPage, ListProblem> {
        Err(ListProblem::None)
    }
    /// Begins at an institution.
    async fn begin(&self, cx: &Cx, ask: &Ask) -> Result<Progress, Failed>;
    /// Goes on with what the person gave.
    async fn go_on(&self, cx: &Cx, leg: Leg, input: Input) -> Result<Progress, Failed>;
    /// Makes the address that the person's browser is sent to after [`Step::Redirect`]. Each launch has a `state` of its own
    /// and makes what an earlier one left void. A failed launch leaves nothing at the institution.
    async fn launch(&self, _cx: &Cx, _leg: Leg, _launch: &Launch) -> Result<(BankAddress, Leg), Failed> {
        Err(FailureCode::Internal.into())
    }
    /// Reads what came back from the institution, asking nobody. The caller has checked the `state` and the browser.
    ///
    /// # Errors
    /// [`WrongReturn`]: it is not this launch's, and nothing may be sent because of it.
    fn read_return(&self, _leg: &Leg, _params: &ReturnParams) -> Result<Landed, WrongReturn> {
        Err(WrongReturn::Incomplete)
    }
    /// The attempt is void: takes back what it left at the institution. Done is done, as for [`Provider::revoke`].
    async fn cancel(&self, _cx: &Cx, _leg: Leg) -> Result<(), Failed> {
        Ok(())
    }
    /// Fetches everything wanted, or renews the grant.
    async fn fetch(&self, cx: &Cx, grant: &Grant, want: &Want) -> Result<Fetched, FetchProblem>;
    /// Asks how the consent stands, or renews the grant.
    async fn health(&self, cx: &Cx, grant: &Grant) -> Result<Checked, Failed>;
    /// Gives the access back. Done is done: a grant that the institution no longer knows counts as revoked.
    async fn revoke(&self, cx: &Cx, grant: &Grant) -> Result<(), Failed>;
}

/// The providers of this Gesher, by name.
#[derive(Clone, Default)]
pub struct Providers(HashMap<&'static str, Arc<dyn Provider>>);

impl Providers {
    /// Adds a provider.
    #[must_use]
    pub fn with(mut self, name: &'static str, provider: Arc<dyn Provider>) -> Self {
        self.0.insert(name, provider);
        self
    }

    /// What a route offers; nothing when its provider is not here.
    pub fn offers(&self, route: &Route) -> Option<Offers> {
        Some(self.get(route.provider.as_str())?.offers(&route.provider_id))
    }

    /// The provider with this name.
    pub fn get(&self, name: &str) -> Option<&Arc<dyn Provider>> {
        self.0.get(name)
    }
}
