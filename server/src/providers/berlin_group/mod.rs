//! Banks that speak Berlin Group NextGenPSD2 (XS2A 1.3).
//!
//! **Goal.** One provider for the ways in which these banks let a person authorise a consent: by redirect (the authorisation
//! begins with the consent, or with a call of its own), by OAuth 2, and in the bank's app. **Contract.** The bank chooses the
//! way: what it answers in `_links` is followed, and an address that it did not name is not made up, but for the interface's
//! own resources (`/v1/consents`, `/v1/accounts`, `/v1/card-accounts`). Nothing is ever sent to another origin than the
//! bank's. A consent that leads nowhere is deleted.

mod client;
mod codes;
mod consent;
mod data;
mod oauth;
mod state;
mod wire;

use super::{
    Ask, BankAddress, Checked, Cx, Facts, Failed, Fetched, Grant, Input, Landed, Launch, Leg, Progress, Provider, ReturnParams, Step,
    StepKind, Want, WrongReturn,
};
use async_trait::async_trait;
use client::Client;
use gesher_contract::{FailureCode, Field, FieldKind, Form, LocalizedText};
use gesher_directory::{Offers, Product};
use gesher_domain::connection::FetchProblem;
use secrecy::ExposeSecret as _;
use state::{Access, AtBank, State, Wish};
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use url::Url;

/// Accesses of a day without the person: the most that a bank has to allow.
const FREQUENCY: u32 = 4;
/// The name of the field that carries the person's id at the bank.
const PSU_ID: &str = "psu_id";
/// What a return from a redirect that the bank gave up carries beside the `state`.
const NOK: &str = "nok";

/// Which way a bank is asked for; what it answers is what counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Approach {
    /// The person goes to the bank's pages. OAuth counts as this.
    Redirect,
    /// The person approves in the bank's app.
    Decoupled,
}

/// A bank.
#[derive(Clone, Debug)]
pub struct Bank {
    /// The address below which `/v1` is.
    pub base: Url,
    /// The way to ask for.
    pub approach: Approach,
    /// Who we are to its OAuth server.
    pub client_id: String,
    /// Whether it tells the owners' names, which the standard leaves to each bank.
    pub owner_names: bool,
}

/// See the module.
pub struct BerlinGroup {
    banks: BTreeMap<String, Bank>,
    /// Sent where the person's address is not known or is none of the standard's (IPv4): the standard wants the TPP's own then.
    own_address: Ipv4Addr,
}

impl BerlinGroup {
    /// A provider for these banks, by their ids.
    pub const fn new(banks: BTreeMap<String, Bank>, own_address: Ipv4Addr) -> Self {
        Self { banks, own_address }
    }

    /// A provider for the banks of the sandbox, which are below `base`.
    ///
    /// # Errors
    /// When `base` is no address.
    pub fn sandbox(base: &str) -> Result<Self, url::ParseError> {
        let mut banks = BTreeMap::new();
        for (id, approach, owner_names) in [
            ("redirect-bank", Approach::Redirect, true),
            ("explicit-bank", Approach::Redirect, false),
            ("oauth-bank", Approach::Redirect, true),
            ("oauth-two-step-bank", Approach::Redirect, false),
            ("decoupled-bank", Approach::Decoupled, true),
        ] {
            let bank = Bank {
                base: Url::parse(&format!("{base}/{id}"))?,
                approach,
                client_id: "gesher-sandbox".to_owned(),
                owner_names,
            };
            banks.insert(id.to_owned(), bank);
        }
        Ok(Self::new(banks, Ipv4Addr::LOCALHOST))
    }

    fn client<'a>(&'a self, cx: &'a Cx, bank: &str) -> Result<Client<'a>, Failed> {
        let bank = self.banks.get(bank).ok_or(FailureCode::Internal)?;
        Ok(Client::new(cx, bank, self.own_address))
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
        let Some(bank) = self.banks.get(provider_id) else {
            return Offers::default();
        };
        let told = |product: &Product| *product != Product::Owners || bank.owner_names;
        Offers {
            products: Product::ALL.into_iter().filter(told).collect(),
            leaves: bank.approach == Approach::Redirect,
            tier: 0,
        }
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
        match (client.bank.approach, &ask.psu_id) {
            (Approach::Redirect, psu_id) => State::Ready(wish, psu_id.clone()).then(Step::Redirect),
            (Approach::Decoupled, Some(psu_id)) => client.ask_in_app(wish, psu_id).await,
            (Approach::Decoupled, None) => State::Identifying(wish).then(Step::Form(psu_form())),
        }
    }

    async fn go_on(&self, cx: &Cx, leg: Leg, input: Input) -> Result<Progress, Failed> {
        let state = State::open(&leg)?;
        let client = self.client(cx, state.bank())?;
        match (state, input) {
            (State::Identifying(wish), Input::Answers(answers)) => {
                let psu_id = answers.get(PSU_ID).map(String::as_str).unwrap_or_default();
                client.ask_in_app(wish, psu_id).await
            }
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
            State::Identifying(_) | State::Approving(_) => return Err(FailureCode::Internal.into()),
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
        let client = self.client(cx, &access.bank).map_err(|_| FetchProblem::Broken)?;
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

/// Asks who the person is to the bank.
fn psu_form() -> Form {
    Form {
        challenge: false,
        message: LocalizedText::he_en(
            "הבנק ישלח אליך בקשת אישור באפליקציה שלו.",
            "The bank will send you a request in its app.",
        ),
        fields: vec![Field {
            max_length: 9,
            ..Field::new(
                PSU_ID,
                FieldKind::NationalId,
                LocalizedText::he_en("מספר תעודת זהות", "National ID number"),
            )
        }],
        resend_after: None,
    }
}
