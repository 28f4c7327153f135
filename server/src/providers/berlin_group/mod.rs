//! Banks that speak Berlin Group NextGenPSD2 (XS2A 1.3).
//!
//! **Goal.** One provider for the ways in which these banks let a person authorise a consent: by redirect (the authorisation
//! begins with the consent, or with a call of its own; a confirmation may come after it), by OAuth 2, in the bank's app, and with the
//! bank's password and a code typed here. **Contract.** The bank chooses the way: what it answers in `_links` is followed, and an
//! address that it did not name is not made up, but for the interface's own resources (`/v1/consents` and the lists of accounts).
//! Nothing is ever sent to another origin than the bank's. A consent that leads nowhere is deleted. Where each bank is and what it
//! demands stands in its profile ([`profile`]); who the tenant is to it, in the tenant's settings ([`setting`]).

mod check;
mod client;
mod codes;
mod consent;
mod data;
mod embedded;
mod forms;
mod identity;
mod oauth;
mod place;
pub mod profile;
mod seal;
pub mod setting;
mod state;
mod wire;

use super::{
    Ask, BankAddress, Checked, Cx, Facts, Failed, Fetched, Grant, Input, Landed, Launch, Leg, Progress, Provider, Remark, ReturnParams,
    Setting, Step, StepKind, Want, WrongReturn,
};
use async_trait::async_trait;
use client::Client;
use gesher_contract::FailureCode;
use gesher_directory::Offers;
use gesher_domain::connection::FetchProblem;
use identity::Identities;
pub use place::Sandbox;
use profile::{Approach, Profile};
use secrecy::ExposeSecret as _;
use state::{Access, AtBank, State, Wish};
use std::collections::{BTreeMap, BTreeSet};
use url::Url;

/// Accesses of a day without the person: the most that a bank has to allow.
const FREQUENCY: u32 = 4;
/// What a return from a redirect that the bank gave up carries beside the `state`.
const NOK: &str = "nok";

/// See the module.
pub struct BerlinGroup {
    profiles: BTreeMap<String, Profile>,
    sandbox: Option<Sandbox>,
    identities: Identities,
}

impl BerlinGroup {
    /// A provider for the banks whose profiles are shipped; those of the sandbox are reached where there is one.
    pub fn new(sandbox: Option<Sandbox>) -> Self {
        Self::of(profile::shipped(), sandbox)
    }

    /// A provider for these banks.
    pub fn of(profiles: BTreeMap<String, Profile>, sandbox: Option<Sandbox>) -> Self {
        Self {
            profiles,
            identities: Identities::new(sandbox.is_some()),
            sandbox,
        }
    }
}

#[async_trait]
impl Provider for BerlinGroup {
    /// Four accesses a day without the person (RTS 2018/389, article 36(5)), as the consent asks for.
    fn facts(&self) -> Facts {
        Facts {
            fetches_per_day: Some(FREQUENCY),
            steps: &[StepKind::Form, StepKind::Redirect, StepKind::Wait],
        }
    }

    fn offers(&self, provider_id: &str) -> Offers {
        self.profiles.get(provider_id).map(Profile::offers).unwrap_or_default()
    }

    fn settings(&self) -> &'static [Setting] {
        &setting::ALL
    }

    fn is_open(&self, tier: u8, set: &BTreeSet<String>) -> bool {
        let alike = self
            .profiles
            .values()
            .find(|profile| profile.tier() == tier && self.is_here(profile));
        alike.is_some_and(|profile| profile.needs().into_iter().all(|name| set.contains(name)))
    }

    async fn check(&self, cx: &Cx) -> Vec<Remark> {
        self.remarks(cx).await
    }

    async fn begin(&self, cx: &Cx, ask: &Ask) -> Result<Progress, Failed> {
        let client = self.client(cx, &ask.provider_id)?;
        let wish = Wish {
            bank: ask.provider_id.clone(),
            language: ask.language,
            recurring: ask.recurring,
            valid_until: ask.valid_until.clone(),
            brand: ask.brand.clone(),
            reach: ask.reach.clone(),
        };
        match (client.bank.profile.approach, &ask.psu_id) {
            (Approach::Redirect, psu_id) => State::Ready(wish, psu_id.clone()).then(Step::Redirect),
            (Approach::Decoupled, Some(psu_id)) => client.ask_in_app(wish, psu_id).await,
            (Approach::Decoupled, None) => State::Identifying(wish).then(Step::Form(forms::identification())),
            (Approach::Embedded, _) => State::LoggingIn(wish).then(Step::Form(forms::login())),
        }
    }

    async fn go_on(&self, cx: &Cx, leg: Leg, input: Input) -> Result<Progress, Failed> {
        let state = State::open(&leg)?;
        let client = self.client(cx, state.bank())?;
        match (state, input) {
            (State::Identifying(wish), Input::Answers(answers)) => {
                let psu_id = answers.get(forms::PSU_ID).map(String::as_str).unwrap_or_default();
                client.ask_in_app(wish, psu_id).await
            }
            (State::LoggingIn(wish), Input::Answers(answers)) => client.log_in(wish, &answers).await,
            (State::Confirming(confirming), Input::Answers(answers)) if confirming.authorise.is_some() => {
                client.authorise(confirming, &answers).await
            }
            (State::Confirming(confirming), Input::Answers(answers)) => client.choose(confirming, &answers).await,
            (State::Confirming(confirming), Input::Resend) => client.send_again(confirming).await,
            (State::AtBank(at), Input::Returned(params)) => client.returned(at, &params).await,
            (State::Approving(approving), Input::Poll) => client.poll(approving).await,
            _ => Err(FailureCode::Internal.into()),
        }
    }

    async fn launch(&self, cx: &Cx, leg: Leg, launch: &Launch) -> Result<(BankAddress, Leg), Failed> {
        let state = State::open(&leg)?;
        let client = self.client(cx, state.bank())?;
        let (address, at) = match state {
            State::Ready(wish, psu_id) => client.launch(wish, psu_id, launch).await?,
            State::AtBank(at) => client.launch_again(at, launch).await?,
            State::Identifying(_) | State::LoggingIn(_) | State::Confirming(_) | State::Approving(_) => {
                return Err(FailureCode::Internal.into());
            }
        };
        Ok((BankAddress::new(address.into()), State::AtBank(at).leg()?))
    }

    fn read_return(&self, leg: &Leg, params: &ReturnParams) -> Result<Landed, WrongReturn> {
        match State::open(leg) {
            Ok(State::AtBank(AtBank { oauth: Some(oauth), .. })) => oauth.read_return(params),
            // The bank tells how it went when it is asked.
            Ok(State::AtBank(AtBank { oauth: None, .. })) => Ok(Landed::GoOn),
            _ => Err(WrongReturn::Incomplete),
        }
    }

    async fn cancel(&self, cx: &Cx, leg: Leg) -> Result<(), Failed> {
        let state = State::open(&leg)?;
        match state.consent() {
            Some(consent) => self.client(cx, state.bank())?.end(consent, None).await,
            None => Ok(()),
        }
    }

    async fn fetch(&self, cx: &Cx, grant: &Grant, want: &Want) -> Result<Fetched, FetchProblem> {
        let mut access = Access::open(grant).map_err(|_| FetchProblem::Broken)?;
        let client = self.client(cx, &access.bank).map_err(|_| FetchProblem::ProviderUnavailable)?;
        match client.everything(&access, want).await {
            Ok(accounts) => Ok(Fetched::Data(accounts.into())),
            Err(trouble) if trouble.is_stale_token() && client.renew(&mut access).await => Ok(Fetched::Renewed(Grant {
                secret: access.seal().map_err(|_| FetchProblem::Broken)?,
                ..grant.clone()
            })),
            Err(trouble) => Err(client.why(&access, &trouble).await),
        }
    }

    async fn health(&self, cx: &Cx, grant: &Grant) -> Result<Checked, Failed> {
        let mut access = Access::open(grant)?;
        let client = self.client(cx, &access.bank)?;
        match client.consent_state(&access).await {
            Ok(state) => Ok(Checked::State(state)),
            Err(trouble) if trouble.is_stale_token() && client.renew(&mut access).await => Ok(Checked::Renewed(Grant {
                secret: access.seal()?,
                ..grant.clone()
            })),
            Err(trouble) => Err(trouble.of_reading()),
        }
    }

    async fn revoke(&self, cx: &Cx, grant: &Grant) -> Result<(), Failed> {
        let mut access = Access::open(grant)?;
        let client = self.client(cx, &access.bank)?;
        match client.end(&access.consent, access.bearer()).await {
            Ok(()) => Ok(()),
            Err(_) if client.renew(&mut access).await => client.end(&access.consent, access.bearer()).await,
            Err(failed) => Err(failed),
        }
    }
}

impl Client<'_> {
    /// Makes the consent that the person authorises at the bank, and finds out where that is.
    async fn launch(&self, wish: Wish, psu_id: Option<String>, launch: &Launch) -> Result<(Url, AtBank), Failed> {
        let back = Back::of(launch)?;
        let (consent, links) = self.make_consent(&wish, psu_id.as_deref(), Some(&back)).await?;
        let at = AtBank {
            wish,
            psu_id,
            consent,
            oauth: None,
            confirmation: None,
        };
        let consent = at.consent.clone();
        match self.way(at, links, &back, launch).await {
            Ok(way) => Ok(way),
            Err(failed) => Err(self.undo(&consent, None, failed).await),
        }
    }

    /// The bank's page for a consent, by whichever link there is.
    async fn way(&self, mut at: AtBank, links: wire::Links, back: &Back, launch: &Launch) -> Result<(Url, AtBank), Failed> {
        let links = match &links.start_authorisation {
            Some(link) if links.sca_redirect.is_none() && links.sca_o_auth.is_none() => {
                let started = self.start(&link.href, &at.wish, at.psu_id.as_deref(), Some(back)).await?;
                at.consent.sca_status = self.own(started.links.sca_status.as_ref())?;
                started.links
            }
            _ => links,
        };
        at.confirmation = self.own(links.confirmation.as_ref())?;
        match (&links.sca_o_auth, &links.sca_redirect) {
            (Some(metadata), _) => {
                let (address, oauth) = self.authorize(&metadata.href, &at.consent.id, launch).await?;
                at.oauth = Some(Box::new(oauth));
                Ok((address, at))
            }
            (None, Some(page)) => Ok((self.page(&page.href)?, at)),
            (None, None) => Err(FailureCode::BadInstitutionAnswer.into()),
        }
    }

    /// Another launch. With OAuth the same consent is authorised by another request; a consent whose return address holds the
    /// old `state` is deleted, and another one takes its place.
    async fn launch_again(&self, mut at: AtBank, launch: &Launch) -> Result<(Url, AtBank), Failed> {
        if let Some(oauth) = &at.oauth {
            let (address, oauth) = self.again(oauth, &at.consent.id, launch)?;
            at.oauth = Some(Box::new(oauth));
            return Ok((address, at));
        }
        self.end(&at.consent, None).await?;
        self.launch(at.wish, at.psu_id, launch).await
    }

    /// Asks for an approval in the bank's app.
    async fn ask_in_app(&self, wish: Wish, psu_id: &str) -> Result<Progress, Failed> {
        let (consent, links) = self.make_consent(&wish, Some(psu_id), None).await?;
        match self.begin_in_app(wish, psu_id, consent.clone(), &links).await {
            Ok(progress) => Ok(progress),
            Err(failed) => Err(self.undo(&consent, None, failed).await),
        }
    }
}

/// Where the bank sends the browser back to, after success and otherwise. Both hold the `state`.
struct Back {
    ok: Url,
    nok: Url,
}

impl Back {
    fn of(launch: &Launch) -> Result<Self, Failed> {
        let mut ok = Url::parse(&launch.return_url).map_err(|_| Failed::from(FailureCode::Internal))?;
        ok.query_pairs_mut().append_pair("state", launch.state.expose_secret());
        let mut nok = ok.clone();
        nok.query_pairs_mut().append_pair(NOK, "1");
        Ok(Self { ok, nok })
    }
}
