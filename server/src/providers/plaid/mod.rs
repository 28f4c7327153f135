//! Plaid (<https://plaid.com/docs/api/>, version 2020-09-14): banks and card issuers of twenty countries, Israel not among them.
//!
//! **Goal.** A person goes to Plaid's own pages (Hosted Link), as to any institution's, and comes back with an item; its data are
//! read from a cursor on. **Contract.** What is submitted (a link token, an exchange, a removal) is sent once; reads are made again.
//! An item that leads nowhere is removed. A repair mends the item that there was, in Link's update mode. Only errors' types and codes
//! are read, never their messages.
//!
//! - `client`: one call, with the tenant's credentials.
//! - `codes`: what errors mean.
//! - `data`: accounts, balances, transactions from a cursor on.
//! - `hooks`: webhooks, verified.
//! - `in_page`: Link in a host's page.
//! - `link`: Link, and what came of it.
//! - `list`: the institutions, and whether what is set is right.
//! - `state`: what is remembered.
//! - `wire`: messages as we read them.

mod client;
mod codes;
mod data;
mod hooks;
mod in_page;
mod link;
mod list;
mod state;
mod wire;

use super::{
    Ask, BankAddress, Checked, ConsentState, Cx, Facts, Failed, Fetched, Grant, Held, Hook, HookRefused, InPage, Input, Landed, Launch,
    Leg, ListPage, ListProblem, News, Progress, Provider, Remark, ReturnParams, Setting, Step, StepKind, Want, WrongReturn,
};
use async_trait::async_trait;
use client::Client;
use gesher_contract::FailureCode;
use gesher_directory::{Offers, Product};
use gesher_domain::Timestamp;
use gesher_domain::connection::FetchProblem;
use hooks::Keys;
use link::with_earlier;
use state::{Access, State, Wish};
use url::Url;

/// Names of settings.
const CLIENT_ID: &str = "client_id";
const SECRET: &str = "secret";
const ENVIRONMENT: &str = "environment";
const BASE_URL: &str = "base_url";
const COUNTRIES: &str = "countries";
const BALANCES: &str = "balances";
/// A value of [`BALANCES`].
const CACHED: &str = "cached";

/// Plaid's servers, by environment; the first is used unless another is set.
const SERVERS: [(&str, &str); 2] = [
    ("production", "https://production.plaid.com"),
    ("sandbox", "https://sandbox.plaid.com"),
];

/// See the module.
#[derive(Default)]
pub struct Plaid {
    /// A fake, where there is one: it is used unless something else is set.
    fake: Option<Url>,
    keys: Keys,
}

impl Plaid {
    /// A provider that speaks to Plaid's servers.
    pub fn new() -> Self {
        Self::default()
    }

    /// A provider that speaks to a fake at this address unless the tenant's settings say otherwise.
    ///
    /// # Errors
    /// When it is no address.
    pub fn with_fake(address: &str) -> Result<Self, url::ParseError> {
        Ok(Self {
            fake: Some(Url::parse(address)?),
            ..Self::default()
        })
    }

    /// Where calls go; nothing when what is set is no place.
    fn base(&self, cx: &Cx) -> Option<Url> {
        if let Some(set) = cx.settings.text(BASE_URL) {
            let url = Url::parse(set).ok()?;
            return (matches!(url.scheme(), "http" | "https") && url.has_host()).then_some(url);
        }
        match (cx.settings.text(ENVIRONMENT), &self.fake) {
            (None, Some(fake)) => Some(fake.clone()),
            (set, _) => {
                let name = set.unwrap_or(SERVERS[0].0);
                let server = SERVERS.into_iter().find(|(known, _)| *known == name);
                server.and_then(|(_, address)| Url::parse(address).ok())
            }
        }
    }

    fn client<'a>(&self, cx: &'a Cx) -> Result<Client<'a>, Failed> {
        Client::new(cx, self.base(cx).ok_or(FailureCode::Internal)?)
    }
}

#[async_trait]
impl Provider for Plaid {
    /// Plaid limits calls a minute, not days.
    fn facts(&self) -> Facts {
        Facts {
            fetches_per_day: None,
            steps: &[StepKind::Redirect, StepKind::Wait],
        }
    }

    /// Owners would need a product of its own, which is not asked for.
    fn offers(&self, _provider_id: &str) -> Offers {
        Offers {
            products: [Product::Accounts, Product::Balances, Product::Transactions].into_iter().collect(),
            leaves: true,
            tier: 0,
        }
    }

    fn settings(&self) -> &'static [Setting] {
        &list::SETTINGS
    }

    async fn check(&self, cx: &Cx) -> Vec<Remark> {
        self.remarks(cx).await
    }

    async fn list(&self, cx: &Cx, after: Option<&str>) -> Result<ListPage, ListProblem> {
        self.page(cx, after).await
    }

    fn in_page(&self) -> Option<&dyn InPage> {
        Some(self)
    }

    async fn begin(&self, cx: &Cx, ask: &Ask) -> Result<Progress, Failed> {
        self.client(cx)?;
        Ok(Progress {
            step: Step::Redirect,
            leg: State::Ready(Box::new(Wish::of(ask))).leg()?,
        })
    }

    async fn go_on(&self, cx: &Cx, leg: Leg, input: Input) -> Result<Progress, Failed> {
        let client = self.client(cx)?;
        match (State::open(&leg)?, input) {
            (State::InLink(at), Input::Returned(_) | Input::Poll) => client.go_on(*at).await,
            (State::InPage(_), Input::Landed(landing)) => client.redeem(&landing).await,
            _ => Err(FailureCode::Internal.into()),
        }
    }

    async fn launch(&self, cx: &Cx, leg: Leg, launch: &Launch) -> Result<(BankAddress, Leg), Failed> {
        let client = self.client(cx)?;
        match State::open(&leg)? {
            State::Ready(wish) => client.launch(*wish, Vec::new(), launch).await,
            State::InLink(at) => {
                let earlier = with_earlier(&at);
                client.launch(at.wish, earlier, launch).await
            }
            State::InPage(_) | State::Through => Err(FailureCode::Internal.into()),
        }
    }

    /// Plaid tells how it went when it is asked.
    fn read_return(&self, leg: &Leg, _params: &ReturnParams) -> Result<Landed, WrongReturn> {
        match State::open(leg) {
            Ok(State::InLink(_)) => Ok(Landed::GoOn),
            _ => Err(WrongReturn::Incomplete),
        }
    }

    async fn cancel(&self, cx: &Cx, leg: Leg) -> Result<(), Failed> {
        let tokens = match State::open(&leg)? {
            // The item was there before; it stays as it is.
            State::InLink(at) if at.wish.mend.is_some() => return Ok(()),
            State::InLink(at) => with_earlier(&at),
            State::InPage(page) => page.tokens,
            State::Ready(_) | State::Through => return Ok(()),
        };
        let client = self.client(cx)?;
        for token in tokens {
            client.take_back(&token).await?;
        }
        Ok(())
    }

    async fn fetch(&self, cx: &Cx, grant: &Grant, want: &Want) -> Result<Fetched, FetchProblem> {
        let access = Access::open(grant).map_err(|_| FetchProblem::Broken)?;
        let client = self.client(cx).map_err(|_| FetchProblem::ProviderUnavailable)?;
        client.everything(grant, &access, want).await.map(Fetched::Data)
    }

    async fn health(&self, cx: &Cx, grant: &Grant) -> Result<Checked, Failed> {
        let access = Access::open(grant)?;
        let state = match self.client(cx)?.item(&access).await {
            Ok(state) => state.item.error.map(|error| codes::problem(&error)),
            Err(trouble) if trouble.is_gone() => Some(FetchProblem::Revoked),
            Err(trouble) => return Err(trouble.of_reading().into()),
        };
        Ok(Checked::State(match state {
            Some(FetchProblem::Revoked) => ConsentState::Revoked,
            Some(FetchProblem::LoginRequired | FetchProblem::ConsentExpired) => ConsentState::Expired,
            // The institution is in trouble, or stopped it for now.
            _ => ConsentState::Valid,
        }))
    }

    async fn hear(&self, cx: &Cx, hook: &Hook, held: &Held<'_>) -> Result<News, HookRefused> {
        let client = self.client(cx).map_err(|_| HookRefused::Unavailable)?;
        client.verify(&self.keys, hook).await?;
        client.news(hook, held).await
    }

    async fn revoke(&self, cx: &Cx, grant: &Grant) -> Result<(), Failed> {
        let access = Access::open(grant)?;
        self.client(cx)?.remove(&access.token).await
    }
}

/// A moment as Plaid writes it.
fn moment(text: &str) -> Option<Timestamp> {
    text.parse::<jiff::Timestamp>().ok().map(|at| Timestamp(at.as_microsecond()))
}
