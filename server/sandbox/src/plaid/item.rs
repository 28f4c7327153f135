//! Items: a person's login at an institution, and how it stands.

use super::Moment;
use super::institutions::Institution;
use super::people::{Manner, Person};
use super::refusal::{self, Code};
use crate::banks::data::{self, Account};
use serde_json::{Value, json};

const DAY: i64 = 86_400;
/// After so long Plaid's sandbox asks for every login again.
const LOGIN_LASTS: i64 = 30 * DAY;
/// How long a consent lasts where it ends.
const CONSENT_LASTS: i64 = 180 * DAY;
/// So long before a consent ends, Plaid says so.
const WARNING: i64 = 7 * DAY;
/// How long it takes until the last thirty days can be read, in seconds after the login.
pub(super) const INITIAL_AFTER: i64 = 1;
/// And until everything can be read.
pub(super) const HISTORICAL_AFTER: i64 = 3;

/// What came in between since the last login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Login {
    Good,
    /// It was reset: the person has to log in again.
    Reset,
    /// The person revoked the permission.
    Revoked,
}

/// How much of the transactions can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Readiness {
    NotReady,
    Initial,
    Historical,
}

impl Readiness {
    /// `transactions_update_status`
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::NotReady => "NOT_READY",
            Self::Initial => "INITIAL_UPDATE_COMPLETE",
            Self::Historical => "HISTORICAL_UPDATE_COMPLETE",
        }
    }
}

/// An item.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) id: String,
    pub(super) institution: &'static Institution,
    pub(super) person: Person,
    /// Resource ids of the accounts that were chosen.
    pub(super) chosen: Vec<String>,
    pub(super) products: Vec<String>,
    pub(super) consented: Vec<String>,
    pub(super) webhook: Option<String>,
    /// When it was made.
    pub(super) made: Moment,
    /// When the person last logged in.
    pub(super) logged_in: Moment,
    pub(super) login: Login,
    /// Days of history that were asked for.
    pub(super) days: i64,
    /// Whether its changes were ever read, which is what their webhook needs.
    pub(super) synced: bool,
    /// Whether a page of changes has gone wrong once.
    pub(super) mutated: bool,
    /// How often it was to be removed.
    pub(super) removals: u8,
    pub(super) removed: bool,
    /// The last webhook: when and which.
    pub(super) last_webhook: Option<(Moment, &'static str)>,
}

/// What an item is made from.
pub(super) struct Linked {
    pub(super) institution: &'static Institution,
    pub(super) person: Person,
    pub(super) chosen: Vec<String>,
    pub(super) products: Vec<String>,
    pub(super) consented: Vec<String>,
    pub(super) webhook: Option<String>,
    pub(super) days: i64,
}

impl Item {
    /// An item that has just been linked.
    pub(super) fn new(id: String, linked: Linked, now: Moment) -> Self {
        Self {
            id,
            institution: linked.institution,
            person: linked.person,
            chosen: linked.chosen,
            products: linked.products,
            consented: linked.consented,
            webhook: linked.webhook,
            made: now,
            logged_in: now,
            login: Login::Good,
            days: linked.days,
            synced: false,
            mutated: false,
            removals: 0,
            removed: false,
            last_webhook: None,
        }
    }

    /// The person logged in again.
    pub(super) fn repair(&mut self, now: Moment) {
        self.logged_in = now;
        self.login = Login::Good;
    }

    /// When the consent ends, where it does.
    pub(super) fn consent_ends(&self) -> Option<Moment> {
        match self.person.manner {
            Manner::EndsSoon => Some(self.logged_in.after(WARNING - DAY)),
            Manner::Ended => Some(self.logged_in.after(-DAY)),
            _ => self.institution.consent_ends().then(|| self.logged_in.after(CONSENT_LASTS)),
        }
    }

    /// Whether it is time to say that the consent ends.
    pub(super) fn ends_soon(&self, now: Moment) -> bool {
        self.consent_ends().is_some_and(|end| now < end && end <= now.after(WARNING))
    }

    /// What is wrong with it, and Plaid's reason where it has one.
    pub(super) fn error(&self, now: Moment) -> Option<(&'static Code, Option<&'static str>)> {
        if self.login == Login::Revoked {
            return Some((&refusal::PERMISSION_REVOKED, Some("OAUTH_USER_REVOKED")));
        }
        if self.consent_ends().is_some_and(|end| end <= now) {
            return Some((&refusal::LOGIN_REQUIRED, Some("OAUTH_CONSENT_EXPIRED")));
        }
        let over = self.login == Login::Reset || self.logged_in.after(LOGIN_LASTS) <= now;
        over.then_some((&refusal::LOGIN_REQUIRED, None))
    }

    /// How much of its transactions can be read.
    pub(super) fn readiness(&self, now: Moment) -> Readiness {
        if now >= self.made.after(HISTORICAL_AFTER) {
            Readiness::Historical
        } else if now >= self.made.after(INITIAL_AFTER) {
            Readiness::Initial
        } else {
            Readiness::NotReady
        }
    }

    /// Its accounts.
    pub(super) fn accounts(&self) -> Vec<Account> {
        let mut accounts = data::accounts(&self.institution.bank(), &self.person.psu);
        accounts.retain(|account| self.chosen.contains(&account.resource_id));
        accounts
    }

    /// As `/item/get` and the accounts' endpoints tell it.
    pub(super) fn told(&self, now: Moment) -> Value {
        let available = self.institution.products().iter().copied();
        let available = available.filter(|product| !self.products.iter().any(|billed| billed == product));
        json!({
            "item_id": self.id,
            "institution_id": self.institution.id,
            "institution_name": self.institution.name,
            "webhook": self.webhook,
            "auth_method": null,
            "error": self.error(now).map(|(code, reason)| code.told(reason)),
            "available_products": available.collect::<Vec<_>>(),
            "billed_products": self.products,
            "products": self.products,
            "consented_products": self.consented,
            "consent_expiration_time": self.consent_ends().map(Moment::stamp),
            "update_type": "background",
        })
    }

    /// `status` of `/item/get`.
    pub(super) fn status(&self, now: Moment) -> Value {
        let failed = self.error(now).map(|_| now.stamp());
        let updated = (self.readiness(now) > Readiness::NotReady).then(|| self.made.after(INITIAL_AFTER).stamp());
        json!({
            "transactions": { "last_successful_update": updated, "last_failed_update": failed },
            "last_webhook": self.last_webhook.map(|(sent, code)| json!({ "sent_at": sent.stamp(), "code_sent": code })),
        })
    }
}
