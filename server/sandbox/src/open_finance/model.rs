//! A connection: how far its journey is, and what time makes of it.

use super::providers::{NATIONAL_ID, PASSPORT, Provider};
use super::quirks::{self, Quirk};
use super::tokens::Client;
use super::wish::{self, Wish};
use crate::banks::psu::{Outcome, PsuId};
use crate::psd2::manner::{self, COSIGNER_SECONDS, Manner};
use crate::psd2::moment::Moment;
use crate::trouble;
use std::collections::VecDeque;

/// How long a `connectUrl` can be used, in seconds.
const OPEN_SECONDS: i64 = 3600;
/// From the approval until the institution is connected, and until everything is fetched.
const CONNECTED_AFTER: i64 = 2;
const FETCHED_AFTER: i64 = 5;
/// How long other account holders have: five days.
const SIGNED_WITHIN: i64 = 5 * 86_400;
/// How long a refresh holds a connection.
const REFRESH_SECONDS: i64 = 5;
/// Wrong logins that the bank takes.
pub(super) const TRIES: u32 = 3;

/// `status`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    Inactive,
    Fetching,
    Connected,
    Completed,
    Active,
    Error,
    Expired,
    FetchingError,
    Rejected,
    PartiallyAuthorized,
    Replaced,
    Revoked,
    SuspendedByProvider,
    CredentialsError,
}

impl Status {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Inactive => "INACTIVE",
            Self::Fetching => "FETCHING",
            Self::Connected => "CONNECTED",
            Self::Completed => "COMPLETED",
            Self::Active => "ACTIVE",
            Self::Error => "ERROR",
            Self::Expired => "EXPIRED",
            Self::FetchingError => "FETCHING_ERROR",
            Self::Rejected => "REJECTED",
            Self::PartiallyAuthorized => "PARTIALLY_AUTHORIZED",
            Self::Replaced => "REPLACED",
            Self::Revoked => "REVOKED",
            Self::SuspendedByProvider => "SUSPENDED_BY_PROVIDER",
            Self::CredentialsError => "CREDENTIALS_ERROR",
        }
    }

    /// Whether it is bad news.
    pub(super) fn is_failure(self) -> bool {
        !matches!(
            self,
            Self::Inactive | Self::Fetching | Self::Connected | Self::Completed | Self::Active | Self::PartiallyAuthorized
        )
    }

    /// `error` of a connection with this status: message and type.
    pub(super) fn problem(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Error => Some(("The provider answered with an error", "PROVIDER_ERROR")),
            Self::FetchingError => Some(("The provider's data could not be fetched", "PROVIDER_ERROR")),
            Self::CredentialsError => Some(("The provider did not accept the login", "CREDENTIALS_ERROR")),
            _ => None,
        }
    }
}

/// Who a person is at a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Person {
    pub(super) psu: PsuId,
    /// The id as it was given.
    pub(super) typed: String,
    pub(super) id_type: &'static str,
    pub(super) corporate_id: Option<String>,
}

impl Person {
    /// Reads an id of this type; `None` when it is none.
    pub(super) fn read(typed: &str, id_type: &str, corporate_id: Option<String>) -> Option<Self> {
        let typed = typed.trim();
        let (psu, id_type) = if id_type == PASSPORT.id {
            (PsuId::of_passport(typed)?, PASSPORT.id)
        } else {
            (PsuId::parse(typed)?, NATIONAL_ID.id)
        };
        Some(Self {
            psu,
            typed: typed.to_owned(),
            id_type,
            corporate_id,
        })
    }
}

/// A person's consent at a provider, given or about to be.
#[derive(Clone, Debug)]
pub(super) struct Consent {
    pub(super) provider: &'static Provider,
    pub(super) person: Person,
}

/// How far the person is.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// Chooses a provider.
    Pick,
    /// Says who they are.
    Identify(&'static Provider),
    /// Is about to log in at the bank, after so many wrong logins.
    LogIn(Consent, u32),
    /// Sees what the bank is asked for.
    Approve(Consent),
    /// Has answered.
    Answered(Consent),
}

/// One connection.
#[derive(Clone, Debug)]
pub(super) struct Connection {
    pub(super) id: String,
    /// The secret part of `connectUrl`.
    pub(super) key: String,
    pub(super) user: String,
    pub(super) org: &'static str,
    pub(super) org_name: &'static str,
    pub(super) wish: Wish,
    pub(super) choice: Vec<&'static Provider>,
    pub(super) created: Moment,
    pub(super) updated: Moment,
    pub(super) status: Status,
    pub(super) step: Step,
    /// When data were last fetched.
    pub(super) fetched: Option<Moment>,
    /// Whether it was deleted: the interface does not know it any more, and its pages only say what came of it.
    deleted: bool,
    /// Calls for data, for people with whom they are counted.
    pub(super) calls: u32,
    held_until: Option<Moment>,
    due: VecDeque<(Moment, Status)>,
    changes: Vec<Status>,
}

impl Connection {
    /// A connection that nobody has answered.
    pub(super) fn new(id: String, key: String, client: &'static Client, user: String, wish: Wish, now: Moment) -> Self {
        let choice = wish::choice(&wish.provider_ids, wish.include_fake, client.production, wish.allow_insurance);
        let mut connection = Self {
            id,
            key,
            user,
            org: client.org,
            org_name: client.name,
            wish,
            choice,
            created: now,
            updated: now,
            status: Status::Inactive,
            step: Step::Pick,
            fetched: None,
            deleted: false,
            calls: 0,
            held_until: None,
            due: VecDeque::from([(now.after(OPEN_SECONDS), Status::Expired)]),
            changes: Vec::new(),
        };
        connection.begin_again();
        connection
    }

    /// Back to the journey's first page.
    pub(super) fn begin_again(&mut self) {
        self.step = match self.choice.as_slice() {
            [only] if only.is_open() => match self.known_person() {
                Some(person) => Step::LogIn(Consent { provider: only, person }, 0),
                None => Step::Identify(only),
            },
            _ => Step::Pick,
        };
    }

    /// Who the person is, where that is known and no page has to say it.
    fn known_person(&self) -> Option<Person> {
        let wish = &self.wish;
        let id_type = wish.psu_id_type.as_deref().unwrap_or(NATIONAL_ID.id);
        let told = wish.psu_id.as_deref().filter(|_| wish.without_button)?;
        Person::read(told, id_type, wish.corporate_id.clone())
    }

    /// Whether the person can still go on.
    pub(super) fn is_open(&self) -> bool {
        self.status == Status::Inactive && !self.deleted
    }

    /// Whether the interface does not know it any more.
    pub(super) fn is_deleted(&self) -> bool {
        self.deleted
    }

    /// The interface does not know it any more, and nothing happens to it.
    pub(super) fn delete(&mut self) {
        self.deleted = true;
        self.due.clear();
    }

    /// The consent that was given, or refused.
    pub(super) fn consent(&self) -> Option<&Consent> {
        match &self.step {
            Step::Answered(consent) => Some(consent),
            _ => None,
        }
    }

    /// Whose consent it is.
    pub(super) fn psu(&self) -> Option<&PsuId> {
        self.consent().map(|consent| &consent.person.psu)
    }

    /// What the vendor does wrong here.
    pub(super) fn quirk(&self) -> Option<Quirk> {
        self.psu().and_then(quirks::of)
    }

    /// Whether both are of one user and one person at one provider.
    pub(super) fn is_same_consent(&self, other: &Self) -> bool {
        let whose = |connection: &Self| {
            let consent = connection.consent()?;
            Some((consent.provider.id, consent.person.psu.clone(), consent.person.corporate_id.clone()))
        };
        self.user == other.user && self.org == other.org && whose(self).is_some() && whose(self) == whose(other)
    }

    /// The person approved at the bank.
    pub(super) fn approve(&mut self, consent: Consent, now: Moment) {
        let psu = consent.person.psu.clone();
        self.step = Step::Answered(consent);
        self.due.clear();
        let outcome = psu.outcome();
        if outcome == Outcome::Rejected {
            return self.become_(Status::Rejected, now);
        }
        self.become_(Status::Fetching, now);
        let done = if self.wish.recurring { Status::Active } else { Status::Completed };
        let (connected, fetched) = (now.after(CONNECTED_AFTER), now.after(FETCHED_AFTER));
        let decides = now.after(COSIGNER_SECONDS);
        let partly = (connected, Status::PartiallyAuthorized);
        match (outcome, manner::of(&psu)) {
            (Outcome::Broken, _) => self.due.push_back((connected, Status::Error)),
            (Outcome::Unavailable, _) => self.due.extend([(connected, Status::Connected), (fetched, Status::FetchingError)]),
            (Outcome::Suspended, _) => self
                .due
                .extend([(connected, Status::Connected), (fetched, Status::SuspendedByProvider)]),
            (Outcome::AwaitingCosigners, _) => self.due.extend([partly, (now.after(SIGNED_WITHIN), Status::Expired)]),
            (_, Some(Manner::CosignerSigns)) => self.due.extend([partly, (decides, done), (self.wish.expiry, Status::Expired)]),
            (_, Some(Manner::CosignerDeclines)) => self.due.extend([partly, (decides, Status::Rejected)]),
            _ => self
                .due
                .extend([(connected, Status::Connected), (fetched, done), (self.wish.expiry, Status::Expired)]),
        }
    }

    /// The person declined at the bank.
    pub(super) fn decline(&mut self, consent: Consent, now: Moment) {
        self.step = Step::Answered(consent);
        self.become_(Status::Rejected, now);
    }

    /// The bank did not let the person in.
    pub(super) fn lock_out(&mut self, consent: Consent, now: Moment) {
        self.step = Step::Answered(consent);
        self.become_(Status::CredentialsError, now);
    }

    /// Has another status from now on, whatever was to come.
    pub(super) fn become_(&mut self, status: Status, now: Moment) {
        self.due.clear();
        self.turn(status, now);
    }

    fn turn(&mut self, status: Status, at: Moment) {
        if matches!(status, Status::Active | Status::Completed) {
            self.fetched = Some(at);
        }
        self.status = status;
        self.updated = at;
        self.changes.push(status);
    }

    /// When something happens by itself.
    pub(super) fn next_change(&self) -> Option<Moment> {
        self.due.front().map(|(at, _)| *at)
    }

    /// What time has made of it.
    pub(super) fn settle(&mut self, now: Moment) {
        while let Some((at, status)) = self.due.front().copied().filter(|(at, _)| *at <= now) {
            self.due.pop_front();
            self.turn(status, at);
        }
    }

    /// What has changed since this was last asked.
    pub(super) fn take_changes(&mut self) -> Vec<Status> {
        std::mem::take(&mut self.changes)
    }

    /// Fetches again, where there is something to fetch.
    pub(super) fn refresh(&mut self, now: Moment) {
        if self.status == Status::Active && !self.is_held(now) {
            self.held_until = Some(now.after(REFRESH_SECONDS));
            self.fetched = Some(now);
            self.updated = now;
        }
    }

    /// Whether it cannot be deleted now: it is fetching.
    pub(super) fn is_held(&self, now: Moment) -> bool {
        let fetching = matches!(self.status, Status::Fetching | Status::Connected);
        fetching || self.held_until.is_some_and(|until| now < until)
    }

    /// When it ends, as it says. With some people the vendor's clock is wrong.
    pub(super) fn expiry(&self) -> Moment {
        if trouble::is_past(self.psu()) {
            self.created.after(-86_400)
        } else {
            self.wish.expiry
        }
    }
}
