//! Providers: the systems through which institutions are reached.
//!
//! **Goal.** One shape for all of them, so that the widget needs no screen of its own for a new one. **Contract.** A provider
//! keeps nothing between calls: what it must remember is its [`Leg`] during a session and its [`Grant`] after it, both sealed
//! by the caller, so that any node can go on. It never retries a call that carries a credential or a code. It reports a
//! failure by code; it never puts an institution's raw answer, a credential or a code into an error or a log.
//!
//! - `attempt`: what is asked for, what a provider asks for next, what it comes to.
//! - `data`: what a fetch asks for and brings.
//! - `hook`: what a provider tells us by itself.
//! - `in_page`: a provider's own widget in a host's page.
//! - `leg`: the way to an institution's pages and back.
//! - `reach`: which data of which accounts.
//! - `reading`: asking again where nothing was changed.
//! - `settings`: what a tenant's operator sets.
//! - a folder for each provider.

mod attempt;
pub mod berlin_group;
mod data;
mod hook;
mod in_page;
mod leg;
pub mod open_finance;
pub mod plaid;
mod reach;
pub mod reading;
pub mod salt_edge;
pub mod sandbox;
mod settings;

pub use attempt::{Ask, Failed, Grant, Input, Leg, Offered, Progress, Step, StoredGrant};
pub use data::{Account, Balance, Brought, Fetched, Transaction, Want};
pub use hook::{Held, Hook, HookRefused, News};
pub use in_page::{InPage, Landing, PageAsk, PageRefused, PageToken};
pub use leg::{BankAddress, Landed, Launch, ReturnParams, Unreadable, WrongReturn};
pub use reach::{AccountKind, AccountName, Known, Reach};
pub use settings::{Remark, Setting, Settings};

use async_trait::async_trait;
use gesher_contract::FailureCode;
use gesher_directory::merge::Listed;
use gesher_directory::{Offers, ProviderName, Route, Ways};
use gesher_domain::connection::FetchProblem;
use gesher_domain::{Rng, Timestamp};
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
    /// Where the provider tells us of what happens at it, for this tenant in this mode; without a slash at the end.
    pub hooks: String,
}

impl Cx {
    /// Where the provider tells us of what happens to one connection.
    pub fn hook_of(&self, connection: &str) -> String {
        format!("{}/{connection}", self.hooks)
    }
}

/// What a provider says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// How often a consent may be used in a day without the person, where there is a limit.
    pub fetches_per_day: Option<u32>,
    /// What it may ask of a person. It asks for nothing else.
    pub steps: &'static [StepKind],
}

/// What a person may be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepKind {
    /// A login or a code, in our own form.
    Form,
    /// To go to pages that are not ours.
    Redirect,
    /// To do something elsewhere, or to be patient.
    Wait,
    /// To pick accounts, in our own list.
    Accounts,
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
    /// Whether the routes of this tier ([`Offers::tier`]) are open to a tenant that has set what has these names. Whoever has set all that
    /// is required reaches all.
    fn is_open(&self, _tier: u8, set: &BTreeSet<String>) -> bool {
        self.settings()
            .iter()
            .all(|setting| !setting.required || set.contains(setting.name))
    }
    /// What is wrong with what is set, by trying it at the provider where that does no harm. It names no value.
    async fn check(&self, cx: &Cx) -> Vec<Remark> {
        let missing = self
            .settings()
            .iter()
            .filter(|setting| setting.required && cx.settings.get(setting.name).is_none());
        missing.map(Remark::missing).collect()
    }
    /// A page of the institutions that it reaches: the first one, or the one that the last page named as next.
    async fn list(&self, _cx: &Cx, _after: Option<&str>) -> Result<ListPage, ListProblem> {
        Err(ListProblem::None)
    }
    /// Its own widget for hosts' pages, where it has one.
    fn in_page(&self) -> Option<&dyn InPage> {
        None
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
    /// Which of our connections a hook is about, as it says itself; nothing of it is checked yet. Only asked where the address that was
    /// called names none.
    fn subject(&self, _hook: &Hook) -> Option<String> {
        None
    }
    /// What a hook says. `held` is what we have of the connection that it is about.
    ///
    /// # Errors
    /// [`HookRefused`]: it is not the provider's, or not about this connection; nothing may be done because of it.
    async fn hear(&self, _cx: &Cx, _hook: &Hook, _held: &Held<'_>) -> Result<News, HookRefused> {
        Err(HookRefused::NoHooks)
    }
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

    /// The routes that are open to a tenant that has set, by provider, what has these names.
    pub fn ways(&self, set: &BTreeMap<String, BTreeSet<String>>) -> Ways {
        let own = |name: ProviderName| {
            let set = set.get(name.as_str()).cloned().unwrap_or_default();
            Some((name, self.get(name.as_str())?.clone(), set))
        };
        let known: Vec<_> = ProviderName::ALL.into_iter().filter_map(own).collect();
        Ways::new(move |route| {
            let found = known.iter().find(|(name, ..)| *name == route.provider);
            found.is_some_and(|(_, provider, set)| provider.is_open(route.offers.tier, set))
        })
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
