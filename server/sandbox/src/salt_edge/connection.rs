//! A connection: a customer's link to a provider, with the consents that were given for it and the last attempt to fetch its data.

use super::moment::Moment;
use super::people::{self, Fail};
use super::providers::Provider;
use crate::banks::psu::PsuId;
use jiff::civil::Date;
use serde_json::{Value, json};

/// How long after a fetch the next may be asked for. Salt Edge's depends on the provider; this is ours.
const REFRESH_AFTER: i64 = 60;

/// What may be fetched, and until when.
#[derive(Clone, Debug)]
pub(super) struct Consent {
    pub(super) id: u64,
    pub(super) scopes: Vec<String>,
    pub(super) from_date: Date,
    pub(super) period_days: i64,
    pub(super) given: Moment,
    pub(super) expires: Moment,
    pub(super) revoked: Option<Moment>,
}

/// How a consent stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Active,
    Expired,
    Revoked,
}

impl Consent {
    /// How it stands now.
    pub(super) fn standing(&self, now: Moment) -> Standing {
        match self.revoked {
            Some(_) => Standing::Revoked,
            None if now >= self.expires => Standing::Expired,
            None => Standing::Active,
        }
    }

    /// Whether it allows this scope.
    pub(super) fn allows(&self, scope: &str) -> bool {
        self.scopes.iter().any(|given| given == scope)
    }
}

/// One try to fetch.
#[derive(Clone, Debug)]
pub(super) struct Attempt {
    pub(super) id: u64,
    pub(super) began: Moment,
    /// When it ends, and how; nothing while it waits for the customer.
    pub(super) end: Option<(Moment, Result<(), Fail>)>,
    pub(super) interactive: bool,
    pub(super) user_present: bool,
    pub(super) custom_fields: Value,
    pub(super) fetch_scopes: Vec<String>,
    pub(super) locale: Option<String>,
}

impl Attempt {
    /// How it ended, once it has.
    pub(super) fn ended(&self, now: Moment) -> Option<(Moment, Result<(), Fail>)> {
        self.end.filter(|(at, _)| now >= *at)
    }
}

/// A connection.
#[derive(Clone, Debug)]
pub(super) struct Connection {
    pub(super) id: u64,
    /// The API key's App-id.
    pub(super) app: &'static str,
    pub(super) customer: u64,
    pub(super) provider: &'static Provider,
    /// Who logged in. Nobody yet when nobody could.
    pub(super) psu: Option<PsuId>,
    /// All that were given, the newest last.
    pub(super) consents: Vec<Consent>,
    pub(super) attempt: Attempt,
    pub(super) created: Moment,
    /// Whether it can be refreshed no more.
    pub(super) disabled: bool,
    /// The last attempt that succeeded: since then its data are those of that moment.
    last_success: Option<Moment>,
    updated: Moment,
    healthy: bool,
}

impl Connection {
    /// A connection whose first attempt has just begun.
    pub(super) fn new(id: u64, app: &'static str, customer: u64, provider: &'static Provider, consent: Consent, attempt: Attempt) -> Self {
        Self {
            id,
            app,
            customer,
            provider,
            psu: None,
            consents: vec![consent],
            created: attempt.began,
            updated: attempt.began,
            attempt,
            disabled: false,
            last_success: None,
            healthy: false,
        }
    }

    /// Takes over how an attempt ended, when it has.
    pub(super) fn settle(&mut self, now: Moment) {
        let Some((at, result)) = self.attempt.ended(now).filter(|(at, _)| *at >= self.updated) else {
            return;
        };
        self.updated = at;
        self.healthy = result.is_ok();
        if result.is_ok() {
            self.last_success = Some(at);
        }
    }

    /// Begins another attempt.
    pub(super) fn begin(&mut self, attempt: Attempt) {
        self.updated = attempt.began;
        self.attempt = attempt;
    }

    /// Ends the attempt: at once, or later for who is fetched late. Gives how many seconds later.
    pub(super) fn finish(&mut self, result: Result<(), Fail>, now: Moment) -> i64 {
        let late = self.psu.as_ref().and_then(people::manner) == Some(people::Manner::Late) && result.is_ok();
        let after = if late { people::LATE_SECONDS } else { 0 };
        self.attempt.end = Some((now.after(after), result));
        self.settle(now);
        after
    }

    /// The consent that counts.
    pub(super) fn consent(&self) -> Option<&Consent> {
        self.consents.last()
    }

    /// The consent that counts ends now: it is revoked, or its time is over.
    pub(super) fn end_consent(&mut self, now: Moment, revoked: bool) {
        if let Some(consent) = self.consents.last_mut() {
            if revoked {
                consent.revoked = Some(now);
            } else {
                consent.expires = now;
            }
        }
    }

    /// When data were last fetched.
    pub(super) fn fetched(&self) -> Option<Moment> {
        self.last_success
    }

    /// Whether an attempt is under way.
    pub(super) fn is_processing(&self, now: Moment) -> bool {
        self.attempt.ended(now).is_none()
    }

    /// `active`, `inactive` or `disabled`.
    pub(super) fn status(&self, now: Moment) -> &'static str {
        let allowed = self.consent().is_some_and(|consent| consent.standing(now) == Standing::Active);
        match () {
            () if self.disabled => "disabled",
            () if self.healthy && allowed => "active",
            () => "inactive",
        }
    }

    /// From when on it can be refreshed without the customer; never when a code is needed, and not while it is being processed.
    pub(super) fn next_refresh(&self, now: Moment) -> Option<Moment> {
        let (ended, _) = self.attempt.ended(now)?;
        (!self.provider.interactive).then(|| ended.after(REFRESH_AFTER))
    }

    /// As the interface writes it.
    pub(super) fn json(&self, now: Moment) -> Value {
        let stamp = |at: Option<Moment>| at.map(Moment::stamp);
        json!({
            "id": self.id.to_string(),
            "customer_id": self.customer.to_string(),
            "provider_id": self.provider.id.to_string(),
            "provider_code": self.provider.code,
            "provider_name": self.provider.name,
            "country_code": self.provider.country,
            "status": self.status(now),
            "categorization": "personal",
            "automatic_refresh": !self.provider.interactive,
            "next_refresh_possible_at": stamp(self.next_refresh(now)),
            "last_consent_id": self.consent().map(|consent| consent.id.to_string()),
            "last_success_at": stamp(self.last_success),
            "last_attempt": self.attempt_json(now),
            "created_at": self.created.stamp(),
            "updated_at": self.updated.stamp(),
        })
    }

    fn attempt_json(&self, now: Moment) -> Value {
        let attempt = &self.attempt;
        let ended = attempt.ended(now);
        let fail = ended.and_then(|(at, result)| result.err().map(|fail| (at, fail)));
        let stage = match (ended, attempt.end) {
            (Some(_), _) => "finish",
            (None, Some(_)) => "fetch_accounts",
            (None, None) if attempt.interactive && self.psu.is_some() => "interactive",
            (None, None) => "connect",
        };
        let since = ended.map_or(attempt.began, |(at, _)| at).stamp();
        json!({
            "id": attempt.id.to_string(),
            "api_mode": "service",
            "api_version": "6",
            "automatic_refresh": !attempt.user_present,
            "user_present": attempt.user_present,
            "interactive": attempt.interactive,
            "custom_fields": attempt.custom_fields,
            "fetch_scopes": attempt.fetch_scopes,
            "locale": attempt.locale,
            "partial": false,
            "finished": ended.is_some(),
            "consent_id": self.consent().map(|consent| consent.id.to_string()),
            "success_at": ended.filter(|(_, result)| result.is_ok()).map(|(at, _)| at.stamp()),
            "fail_at": fail.map(|(at, _)| at.stamp()),
            "fail_error_class": fail.map(|(_, fail)| fail.class()),
            "fail_message": fail.map(|(_, fail)| fail.message()),
            "last_stage": { "name": stage, "created_at": since, "updated_at": since },
            "created_at": attempt.began.stamp(),
            "updated_at": since,
        })
    }

    /// One of its consents, as the interface writes it.
    pub(super) fn consent_json(&self, consent: &Consent, now: Moment) -> Value {
        let status = match consent.standing(now) {
            Standing::Active => "active",
            Standing::Expired => "expired",
            Standing::Revoked => "revoked",
        };
        json!({
            "id": consent.id.to_string(),
            "connection_id": self.id.to_string(),
            "customer_id": self.customer.to_string(),
            "status": status,
            "scopes": consent.scopes,
            "period_days": consent.period_days,
            "from_date": consent.from_date,
            "expires_at": consent.expires.stamp(),
            "collected_by": "saltedge",
            "revoked_at": consent.revoked.map(Moment::stamp),
            "created_at": consent.given.stamp(),
            "updated_at": consent.revoked.unwrap_or(consent.given).stamp(),
        })
    }
}
