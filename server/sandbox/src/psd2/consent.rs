//! A consent and its authorisations: their states, and what time makes of them.

mod confirmation;
mod embedded;

use super::access::{Asked, Scope};
use super::bank::{Approach, Bank};
use super::manner::{self, COSIGNER_SECONDS, Manner};
use super::moment::Moment;
use crate::banks::data::Account;
use crate::banks::psu::{Outcome, PsuId, TEST_USERS};
use crate::trouble;
use confirmation::Held;
pub(crate) use embedded::{NotAnswered, ScaMethod};
use jiff::civil::Date;
use std::collections::HashMap;
use url::Url;

/// How long an authorisation can be finished, in seconds.
const AUTHORISATION_SECONDS: i64 = 600;
/// How long the app waits for its owner.
const APP_SECONDS: i64 = 300;
/// After this the test users of the app have answered by themselves.
const APP_ANSWER_SECONDS: i64 = 6;
/// A consent for one access can be used this long after its approval.
const ONE_OFF_SECONDS: i64 = 1200;
/// Authorisations that a consent may have had.
const AUTHORISATIONS: usize = 5;
/// Resources whose accesses are counted for a consent.
const RESOURCES: usize = 1024;
/// The test user who does not answer in the app unless a tester does. The other test users answer by themselves.
const ANSWERS_BY_HAND: &str = "043510023";

/// `consentStatus`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Received,
    Rejected,
    Valid,
    RevokedByPsu,
    Expired,
    TerminatedByTpp,
    PartiallyAuthorised,
}

impl Status {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Rejected => "rejected",
            Self::Valid => "valid",
            Self::RevokedByPsu => "revokedByPsu",
            Self::Expired => "expired",
            Self::TerminatedByTpp => "terminatedByTpp",
            Self::PartiallyAuthorised => "partiallyAuthorised",
        }
    }

    fn is_live(self) -> bool {
        matches!(self, Self::Received | Self::Valid | Self::PartiallyAuthorised)
    }
}

/// `scaStatus`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ScaStatus {
    Received,
    PsuIdentified,
    PsuAuthenticated,
    ScaMethodSelected,
    Started,
    Unconfirmed,
    Finalised,
    Failed,
}

impl ScaStatus {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::PsuIdentified => "psuIdentified",
            Self::PsuAuthenticated => "psuAuthenticated",
            Self::ScaMethodSelected => "scaMethodSelected",
            Self::Started => "started",
            Self::Unconfirmed => "unconfirmed",
            Self::Finalised => "finalised",
            Self::Failed => "failed",
        }
    }

    fn is_over(self) -> bool {
        matches!(self, Self::Finalised | Self::Failed)
    }
}

/// Where the browser goes when a redirect is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Back {
    /// After a success.
    pub(crate) ok: Url,
    /// After anything else.
    pub(crate) nok: Url,
}

/// What the TPP's customer reads, by `PSU-Accept-Language`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reads {
    Hebrew,
    English,
    /// Nobody said.
    Either,
}

/// One authorisation.
#[derive(Clone, Debug)]
pub(crate) struct Authorisation {
    pub(crate) reads: Reads,
    pub(crate) id: String,
    pub(crate) status: ScaStatus,
    pub(crate) psu: Option<PsuId>,
    pub(crate) back: Option<Back>,
    /// How the customer confirms, where the TPP asks for the code.
    pub(crate) method: Option<ScaMethod>,
    since: Moment,
    led_back: bool,
    /// Wrong codes that the TPP has sent.
    wrong: u32,
    /// What waits for the TPP's confirmation.
    held: Option<Held>,
}

/// What a TPP sent to begin with.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub(crate) asked: Asked,
    pub(crate) recurring: bool,
    pub(crate) valid_until: Date,
    pub(crate) frequency: u32,
    pub(crate) brand: Option<String>,
    pub(crate) psu: Option<PsuId>,
    pub(crate) back: Option<Back>,
}

/// One consent.
#[derive(Clone, Debug)]
pub(crate) struct Consent {
    pub(crate) bank: &'static Bank,
    pub(crate) wanted: Wanted,
    pub(crate) status: Status,
    pub(crate) last_action: Date,
    pub(crate) scope: Scope,
    /// Who authorised it.
    pub(crate) owner: Option<PsuId>,
    pub(crate) authorisations: Vec<Authorisation>,
    /// When it was made.
    pub(crate) since: Moment,
    /// When its status became what it is.
    pub(crate) changed: Moment,
    approved: Option<Moment>,
    used_on: Date,
    used: HashMap<String, u32>,
}

impl Consent {
    /// A consent that nobody has authorised.
    pub(crate) fn new(bank: &'static Bank, wanted: Wanted, now: Moment) -> Self {
        Self {
            bank,
            wanted,
            status: Status::Received,
            last_action: now.date(),
            scope: Scope::default(),
            owner: None,
            authorisations: Vec::new(),
            since: now,
            changed: now,
            approved: None,
            used_on: now.date(),
            used: HashMap::new(),
        }
    }

    /// Begins an authorisation; `None` when the consent is not open to one.
    pub(crate) fn begin(
        &mut self,
        id: String,
        psu: Option<PsuId>,
        back: Option<Back>,
        reads: Reads,
        now: Moment,
    ) -> Option<&Authorisation> {
        if self.status != Status::Received || self.authorisations.len() >= AUTHORISATIONS {
            return None;
        }
        let status = match (&psu, self.bank.approach) {
            (None, _) => ScaStatus::Received,
            (Some(_), Approach::Decoupled) => ScaStatus::Started,
            (Some(_), _) => ScaStatus::PsuIdentified,
        };
        self.authorisations.push(Authorisation {
            reads,
            id,
            status,
            psu,
            back,
            method: None,
            since: now,
            led_back: false,
            wrong: 0,
            held: None,
        });
        self.last_action = now.date();
        self.authorisations.last()
    }

    /// Says who the customer of an authorisation is, which must not have been said before.
    pub(crate) fn identify(&mut self, id: &str, psu: PsuId, now: Moment) -> bool {
        let app = self.bank.approach == Approach::Decoupled;
        match self.authorisation_mut(id) {
            Some(authorisation) if authorisation.status == ScaStatus::Received => {
                authorisation.status = if app { ScaStatus::Started } else { ScaStatus::PsuIdentified };
                authorisation.psu = Some(psu);
                authorisation.since = now;
                true
            }
            _ => false,
        }
    }

    /// An authorisation of this consent.
    pub(crate) fn authorisation(&self, id: &str) -> Option<&Authorisation> {
        self.authorisations.iter().find(|authorisation| authorisation.id == id)
    }

    fn authorisation_mut(&mut self, id: &str) -> Option<&mut Authorisation> {
        self.authorisations.iter_mut().find(|authorisation| authorisation.id == id)
    }

    /// An authorisation whose browser is about to be led back; `None` when one was before.
    pub(crate) fn lead_back(&mut self, id: &str) -> Option<&Authorisation> {
        let authorisation = self.authorisation_mut(id).filter(|authorisation| !authorisation.led_back)?;
        authorisation.led_back = true;
        Some(authorisation)
    }

    /// Whether the customer can still go on with this authorisation. Who was led back from it cannot.
    pub(crate) fn is_open(&self, id: &str) -> bool {
        let goes_on = |authorisation: &Authorisation| !authorisation.status.is_over() && !authorisation.led_back;
        self.status == Status::Received && self.authorisation(id).is_some_and(goes_on)
    }

    /// The customer has logged in.
    pub(crate) fn authenticated(&mut self, id: &str, psu: &PsuId) {
        if let Some(authorisation) = self.authorisation_mut(id) {
            authorisation.status = ScaStatus::PsuAuthenticated;
            authorisation.psu = Some(psu.clone());
        }
    }

    /// The accounts that this person could give.
    pub(crate) fn offer(&self, psu: &PsuId) -> Vec<Account> {
        self.wanted.asked.among(self.bank.accounts(psu))
    }

    /// The customer approves, giving these accounts of the offer. Says whether the consent was given: the test user who refuses
    /// does so here.
    pub(crate) fn approve(&mut self, id: &str, psu: &PsuId, chosen: &[String], now: Moment) -> bool {
        if !self.is_open(id) {
            self.decline(id, now);
            return false;
        }
        self.give(id, psu, chosen, now)
    }

    fn give(&mut self, id: &str, psu: &PsuId, chosen: &[String], now: Moment) -> bool {
        let mut given = self.offer(psu);
        if self.wanted.asked.offers_choice() {
            given.retain(|account| chosen.contains(&account.resource_id));
        }
        if given.is_empty() || psu.outcome() == Outcome::Rejected {
            self.decline(id, now);
            return false;
        }
        if let Some(authorisation) = self.authorisation_mut(id) {
            authorisation.status = ScaStatus::Finalised;
        }
        let others = matches!(manner::of(psu), Some(Manner::CosignerSigns | Manner::CosignerDeclines));
        let partly = others || psu.outcome() == Outcome::AwaitingCosigners;
        self.become_(if partly { Status::PartiallyAuthorised } else { Status::Valid }, now);
        self.scope = self.wanted.asked.scope(&given);
        self.owner = Some(psu.clone());
        self.approved = Some(now);
        true
    }

    fn become_(&mut self, status: Status, now: Moment) {
        self.status = status;
        self.changed = now;
        self.last_action = now.date();
    }

    /// The customer declines, or fails at something.
    pub(crate) fn decline(&mut self, id: &str, now: Moment) {
        if let Some(authorisation) = self.authorisation_mut(id).filter(|authorisation| !authorisation.status.is_over()) {
            authorisation.status = ScaStatus::Failed;
            if self.status == Status::Received {
                self.become_(Status::Rejected, now);
            }
        }
    }

    /// Ends the consent; one that is over stays what it is.
    pub(crate) fn end(&mut self, status: Status, now: Moment) {
        if !self.status.is_live() {
            return;
        }
        self.become_(status, now);
        for authorisation in self
            .authorisations
            .iter_mut()
            .filter(|authorisation| !authorisation.status.is_over())
        {
            authorisation.status = ScaStatus::Failed;
        }
    }

    /// Counts an access without the customer. Says whether it is within what was agreed for a day.
    pub(crate) fn count(&mut self, resource: &str, now: Moment) -> bool {
        if self.used_on != now.date() {
            self.used_on = now.date();
            self.used.clear();
        }
        if self.used.len() >= RESOURCES && !self.used.contains_key(resource) {
            return false;
        }
        let used = self.used.entry(resource.to_owned()).or_default();
        *used += 1;
        *used <= self.wanted.frequency
    }

    /// What time has made of it.
    pub(crate) fn settle(&mut self, now: Moment) {
        if self.status == Status::Received {
            self.settle_authorisations(now);
            if self.status == Status::Received && now > self.since.after(2 * AUTHORISATION_SECONDS) {
                self.end(Status::Rejected, now);
            }
        }
        if self.status == Status::PartiallyAuthorised && self.approved.is_some_and(|at| now >= at.after(COSIGNER_SECONDS)) {
            match self.owner.as_ref().and_then(manner::of) {
                Some(Manner::CosignerSigns) => self.become_(Status::Valid, now),
                Some(Manner::CosignerDeclines) => self.end(Status::Rejected, now),
                _ => {}
            }
        }
        if matches!(self.status, Status::Valid | Status::PartiallyAuthorised) {
            let used_up = !self.wanted.recurring && self.approved.is_some_and(|at| now > at.after(ONE_OFF_SECONDS));
            if used_up || now.date() > self.wanted.valid_until {
                self.end(Status::Expired, now);
            }
        }
    }

    fn settle_authorisations(&mut self, now: Moment) {
        let in_app = |authorisation: &Authorisation| authorisation.status == ScaStatus::Started;
        let answered: Option<(String, PsuId)> = self.authorisations.iter().find_map(|authorisation| {
            let psu = authorisation.psu.clone().filter(answers_alone)?;
            let due = in_app(authorisation) && now >= authorisation.since.after(APP_ANSWER_SECONDS);
            due.then(|| (authorisation.id.clone(), psu))
        });
        if let Some((id, psu)) = answered {
            let all: Vec<String> = self.offer(&psu).into_iter().map(|account| account.resource_id).collect();
            self.approve(&id, &psu, &all, now);
        }
        let late = self.authorisations.iter().find(|authorisation| {
            let limit = if in_app(authorisation) {
                APP_SECONDS
            } else {
                AUTHORISATION_SECONDS
            };
            !authorisation.status.is_over() && now > authorisation.since.after(limit)
        });
        if let Some(id) = late.map(|authorisation| authorisation.id.clone()) {
            self.decline(&id, now);
        }
    }
}

/// Whether this person answers in the app without a tester.
fn answers_alone(psu: &PsuId) -> bool {
    let promised = TEST_USERS.iter().any(|(id, _)| *id == psu.as_str()) || manner::of(psu).is_some() || trouble::of(psu).is_some();
    promised && psu.as_str() != ANSWERS_BY_HAND
}
