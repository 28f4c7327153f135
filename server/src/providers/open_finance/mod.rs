//! Open Finance (open-finance.ai): Israeli institutions for a team without a licence of its own.
//!
//! **Goal.** The vendor holds the licence and the institutions' consents; a tenant with an account there reaches them through the same
//! screens as any other. **Contract.** A person goes to the vendor's `connectUrl` and is led back after a success alone; what else
//! happens there is told by the vendor's webhook, which carries a secret that only this connection was made with. The vendor knows a
//! person by our pseudonym of the tenant's customer, and a token sees that person's data alone. Making and deleting a connection are
//! never sent again by themselves; the rest only reads.
//!
//! Protocol: docs.open-finance.ai/reference. Where that contradicts itself or what the vendor sends, the comments say what is believed.

mod check;
mod client;
mod data;
mod hook;
mod records;
mod settings;
mod state;
mod status;
mod token;
mod wire;

use super::{
    Ask, BankAddress, Checked, Cx, Facts, Failed, Fetched, Grant, Held, Hook, HookRefused, Input, Landed, Launch, Leg, ListPage,
    ListProblem, News, Progress, Provider, Remark, ReturnParams, Setting, Step, StepKind, Want, WrongReturn,
};
use async_trait::async_trait;
use client::{Client, Trouble};
use gesher_contract::{FailureCode, LocalizedText};
use gesher_directory::{Offers, Product};
use gesher_domain::Timestamp;
use gesher_domain::connection::FetchProblem;
use settings::At;
use state::{Access, AtVendor, State, Wish};
use status::Status;
use std::time::Duration;
use token::Tokens;

/// Between two looks at a connection that is under way.
const LOOK: Duration = Duration::from_secs(2);
/// How long a connection may take after the person came back.
const PATIENCE: Duration = Duration::from_secs(300);
/// How long the person waits for the first data once their consent is given; the data come in without them otherwise.
const FOR_DATA: Duration = Duration::from_secs(20);

/// See the module.
pub struct OpenFinance {
    /// The vendor's address for who sets none.
    base: String,
    /// Whether everything there is made up.
    invented: bool,
    tokens: Tokens,
}

impl OpenFinance {
    /// The vendor itself.
    pub fn new() -> Self {
        Self::at("https://api.open-finance.ai", false)
    }

    /// The vendor that the sandbox plays, below this address.
    pub fn sandbox(sandbox_url: &str) -> Self {
        Self::at(&format!("{}/open-finance", sandbox_url.trim_end_matches('/')), true)
    }

    fn at(base: &str, invented: bool) -> Self {
        Self {
            base: base.to_owned(),
            invented,
            tokens: Tokens::default(),
        }
    }

    /// A client that acts for this person.
    fn client<'a>(&'a self, cx: &'a Cx, user: &str) -> Result<Client<'a>, Failed> {
        let at = At::of(cx, &self.base).map_err(|problem| {
            tracing::warn!(%problem, "what is set for Open Finance lets nobody in");
            Failed::from(FailureCode::Internal)
        })?;
        Ok(Client::new(cx, &self.tokens, at, user))
    }
}

impl Default for OpenFinance {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Provider for OpenFinance {
    /// The vendor fetches from the institutions by itself; how often we read what it has is no institution's matter.
    fn facts(&self) -> Facts {
        Facts {
            fetches_per_day: None,
            steps: &[StepKind::Redirect, StepKind::Wait],
        }
    }

    fn offers(&self, _provider_id: &str) -> Offers {
        Offers {
            products: Product::FETCHED.into(),
            leaves: true,
            tier: 0,
        }
    }

    fn settings(&self) -> &'static [Setting] {
        &settings::SETTINGS
    }

    async fn check(&self, cx: &Cx) -> Vec<Remark> {
        check::check(self, cx).await
    }

    async fn list(&self, cx: &Cx, _after: Option<&str>) -> Result<ListPage, ListProblem> {
        let at = At::of(cx, &self.base).map_err(|_| ListProblem::Refused)?;
        let fakes = at.include_fake;
        let client = Client::new(cx, &self.tokens, at, settings::NOBODY);
        let listed = client.providers().await.map_err(|trouble| match trouble {
            Trouble::Refused(status) if matches!(status.as_u16(), 401 | 403) => ListProblem::Refused,
            Trouble::Nonsense => ListProblem::Broken,
            _ => ListProblem::Unavailable,
        })?;
        let open = listed.into_iter().filter(|one| one.is_open() && (fakes || !one.is_fake));
        Ok(ListPage {
            entries: open.map(|one| one.into_listed(self.invented)).collect(),
            next: None,
        })
    }

    /// Nothing is made at the vendor before the person goes there.
    async fn begin(&self, _cx: &Cx, ask: &Ask) -> Result<Progress, Failed> {
        if ask.psu_id.as_deref().is_some_and(|id| !is_taken(id)) {
            return Err(FailureCode::LockNotTaken.into());
        }
        State::Ready(Wish::of(ask)).then(Step::Redirect)
    }

    async fn launch(&self, cx: &Cx, leg: Leg, launch: &Launch) -> Result<(BankAddress, Leg), Failed> {
        let wish = match State::open(&leg)? {
            State::Ready(wish) => wish,
            State::AtVendor(before) => {
                // Its way back holds the launch's `state` before this one.
                self.client(cx, &before.access.user)?.end(&before.access.connection).await?;
                before.wish
            }
        };
        let client = self.client(cx, &wish.user)?;
        let (access, page) = client.begin(&wish, launch).await?;
        let state = State::AtVendor(AtVendor {
            wish,
            access,
            back_since: None,
        });
        Ok((page, state.leg()?))
    }

    /// The vendor adds nothing to the address: that somebody came back is all there is to know.
    fn read_return(&self, leg: &Leg, _params: &ReturnParams) -> Result<Landed, WrongReturn> {
        match State::open(leg) {
            Ok(State::AtVendor(_)) => Ok(Landed::GoOn),
            _ => Err(WrongReturn::Incomplete),
        }
    }

    async fn go_on(&self, cx: &Cx, leg: Leg, input: Input) -> Result<Progress, Failed> {
        let (State::AtVendor(mut at), Input::Returned(_) | Input::Poll) = (State::open(&leg)?, input) else {
            return Err(FailureCode::Internal.into());
        };
        let since = *at.back_since.get_or_insert(cx.now);
        let client = self.client(cx, &at.access.user)?;
        let connection = client
            .connection(&at.access.connection)
            .await
            .map_err(|trouble| trouble.of_reading())?;
        let waits = |at: AtVendor| State::AtVendor(at).then(wait(cx.now, since));
        match connection.status {
            Status::Inactive | Status::Fetching | Status::Unknown => waits(at),
            Status::Connected if cx.now < since.plus(FOR_DATA) => waits(at),
            status => match status.failure() {
                Some(code) => Err(code.into()),
                None => {
                    let grant = at.access.grant(cx, &connection)?;
                    State::AtVendor(at).then(Step::Done(grant))
                }
            },
        }
    }

    async fn cancel(&self, cx: &Cx, leg: Leg) -> Result<(), Failed> {
        match State::open(&leg)? {
            State::Ready(_) => Ok(()),
            State::AtVendor(at) => self.client(cx, &at.access.user)?.end(&at.access.connection).await,
        }
    }

    async fn fetch(&self, cx: &Cx, grant: &Grant, want: &Want) -> Result<Fetched, FetchProblem> {
        let access = Access::open(grant).map_err(|_| FetchProblem::Broken)?;
        let client = self.client(cx, &access.user).map_err(|_| FetchProblem::ProviderUnavailable)?;
        let accounts = client.everything(&access, want).await?;
        Ok(Fetched::Data(accounts.into()))
    }

    async fn health(&self, cx: &Cx, grant: &Grant) -> Result<Checked, Failed> {
        let access = Access::open(grant)?;
        let client = self.client(cx, &access.user)?;
        let state = match client.connection(&access.connection).await {
            Ok(connection) => connection.status.consent(),
            Err(trouble) if trouble.is_gone() => Status::Revoked.consent(),
            Err(trouble) => return Err(trouble.of_reading()),
        };
        Ok(Checked::State(state))
    }

    async fn hear(&self, _cx: &Cx, hook: &Hook, held: &Held<'_>) -> Result<News, HookRefused> {
        hook::hear(hook, held)
    }

    /// While the vendor fetches it deletes nothing; whoever asks again later succeeds.
    async fn revoke(&self, cx: &Cx, grant: &Grant) -> Result<(), Failed> {
        let access = Access::open(grant)?;
        self.client(cx, &access.user)?.end(&access.connection).await
    }
}

/// Whether an id can be fixed: five to nine digits, which a passport's is not.
fn is_taken(psu_id: &str) -> bool {
    (5..=9).contains(&psu_id.len()) && psu_id.bytes().all(|byte| byte.is_ascii_digit())
}

/// The person waits for the vendor.
fn wait(now: Timestamp, since: Timestamp) -> Step {
    Step::Wait {
        next_poll: now.plus(LOOK),
        until: since.plus(PATIENCE),
        message: LocalizedText::he_en(
            "מביאים את הנתונים מן המוסד. זה עשוי להימשך דקה.",
            "Your institution is being connected. This may take a minute.",
        ),
    }
}
