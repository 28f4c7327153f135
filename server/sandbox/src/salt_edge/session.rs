//! What a client asks a customer for by `connect`, `reconnect` or an interactive `refresh`, and how far the customer has come.

use super::connection::{Attempt, Consent};
use super::moment::{DAY, Moment};
use super::people::Fail;
use super::providers::{self, Provider};
use super::refusal::Refusal;
use crate::banks::psu::PsuId;
use jiff::ToSpan as _;
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Map, Value};
use url::Url;

/// Seconds that a `connect_url` can be used. Salt Edge says it in each answer; the length is ours.
pub(super) const LIFETIME: i64 = 3600;
/// How far back a consent may reach, in days.
const FARTHEST: i32 = 365;
/// How far back it reaches when nothing is said.
const USUAL: i32 = 90;
const SCOPES: [&str; 3] = ["accounts", "transactions", "holder_info"];
const FETCH_SCOPES: [&str; 4] = ["accounts", "balance", "transactions", "holder_info"];
/// Characters of the longest `return_to`.
const LONGEST_URL: usize = 2040;
/// Bytes of the largest `custom_fields`.
const LARGEST_FIELDS: usize = 1024;

/// `data` of a request.
#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    pub(super) customer_id: Option<String>,
    consent: Option<AskedConsent>,
    #[serde(default)]
    attempt: AskedAttempt,
    #[serde(default)]
    provider: AskedProvider,
    #[serde(default)]
    widget: AskedWidget,
    #[serde(default)]
    return_connection_id: bool,
    #[serde(default)]
    return_error_class: bool,
}

#[derive(Debug, Deserialize)]
struct AskedConsent {
    scopes: Option<Vec<String>>,
    from_date: Option<String>,
    period_days: Option<i64>,
}

#[derive(Debug, Default, Deserialize)]
struct AskedAttempt {
    return_to: Option<String>,
    fetch_scopes: Option<Vec<String>>,
    custom_fields: Option<Value>,
    locale: Option<String>,
    #[serde(default)]
    return_connection_id: bool,
    #[serde(default)]
    return_error_class: bool,
}

#[derive(Debug, Default, Deserialize)]
struct AskedProvider {
    code: Option<String>,
    #[serde(default)]
    include_sandboxes: bool,
}

#[derive(Debug, Default, Deserialize)]
struct AskedWidget {
    show_consent_confirmation: Option<bool>,
}

/// What the customer is here for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// A new connection.
    Connect,
    /// To log in anew for this connection.
    Reconnect(u64),
    /// The same, because its refresh needs a code.
    Refresh(u64),
}

/// How far the customer has come.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// Chooses a provider.
    Pick,
    /// Logs in.
    Login,
    /// Types the code.
    Code(PsuId),
    /// It is over.
    Over(Option<Fail>),
}

/// A visit that a `connect_url` leads to.
#[derive(Clone, Debug)]
pub(super) struct Session {
    pub(super) app: &'static str,
    pub(super) customer: u64,
    pub(super) purpose: Purpose,
    pub(super) scopes: Vec<String>,
    from_date: Date,
    period_days: Option<i64>,
    fetch_scopes: Vec<String>,
    custom_fields: Value,
    pub(super) locale: Option<String>,
    return_to: Option<Url>,
    pub(super) provider: Option<&'static Provider>,
    pub(super) include_sandboxes: bool,
    /// Whether the page names what is asked for.
    pub(super) shows_consent: bool,
    adds_connection_id: bool,
    adds_error_class: bool,
    pub(super) expires: Moment,
    pub(super) step: Step,
    /// The connection, once there is one.
    pub(super) connection: Option<u64>,
    /// Wrong passwords and codes.
    pub(super) wrong: u32,
    /// Why the last try failed.
    pub(super) failed: Option<Fail>,
}

fn known(scopes: &[String], all: &[&str]) -> bool {
    scopes.iter().all(|scope| all.contains(&scope.as_str()))
}

fn return_to(asked: Option<&str>) -> Result<Option<Url>, Refusal> {
    let Some(asked) = asked else { return Ok(None) };
    if asked.chars().count() > LONGEST_URL {
        return Err(Refusal::ReturnUrlTooLong);
    }
    let url = Url::parse(asked).map_err(|_| Refusal::ReturnUrlInvalid)?;
    let fits = matches!(url.scheme(), "http" | "https") && url.has_host();
    if fits { Ok(Some(url)) } else { Err(Refusal::ReturnUrlInvalid) }
}

fn custom_fields(asked: Option<Value>) -> Result<Value, Refusal> {
    let fields = asked.unwrap_or_else(|| Value::Object(Map::new()));
    match fields {
        Value::Object(_) if fields.to_string().len() > LARGEST_FIELDS => Err(Refusal::CustomFieldsSizeTooBig),
        Value::Object(_) => Ok(fields),
        _ => Err(Refusal::CustomFieldsFormatInvalid),
    }
}

impl Asked {
    /// Reads `data`.
    pub(super) fn read(data: Value) -> Result<Self, Refusal> {
        serde_json::from_value(data).map_err(|_| Refusal::WrongRequestFormat)
    }

    fn provider(&self) -> Result<Option<&'static Provider>, Refusal> {
        let Some(code) = &self.provider.code else { return Ok(None) };
        let provider = providers::find(code).ok_or(Refusal::ProviderNotFound)?;
        match provider {
            fake if fake.is_sandbox() && !self.provider.include_sandboxes => Err(Refusal::ProviderNotFound),
            inactive if !inactive.active => Err(Refusal::ProviderInactive),
            provider => Ok(Some(provider)),
        }
    }

    /// A visit with what is asked for. A refresh keeps the `kept` consent; a reconnect may give a new one.
    pub(super) fn session(
        self,
        (app, customer): (&'static str, u64),
        (purpose, provider): (Purpose, Option<&'static Provider>),
        kept: Option<&Consent>,
        now: Moment,
    ) -> Result<Session, Refusal> {
        let provider = match provider {
            Some(provider) => Some(provider),
            None => self.provider()?,
        };
        let asked = self.consent.as_ref();
        let scopes = match (asked, kept) {
            (Some(asked), _) => asked.scopes.clone().unwrap_or_default(),
            (None, Some(kept)) => kept.scopes.clone(),
            (None, None) => Vec::new(),
        };
        if scopes.is_empty() || !known(&scopes, &SCOPES) {
            return Err(Refusal::ConsentScopesInvalid);
        }
        let today = now.date();
        let from_date = match asked.and_then(|asked| asked.from_date.as_deref()) {
            Some(date) => date.parse().map_err(|_| Refusal::InvalidConsentFromDate)?,
            None => kept.map_or_else(|| today.saturating_sub(USUAL.days()), |kept| kept.from_date),
        };
        if from_date > today || from_date < today.saturating_sub(FARTHEST.days()) {
            return Err(Refusal::InvalidConsentFromDate);
        }
        let period_days = asked.and_then(|asked| asked.period_days);
        let longest = provider.map_or(FARTHEST.into(), |provider| provider.max_consent_days);
        if period_days.is_some_and(|days| !(1..=longest).contains(&days)) {
            return Err(Refusal::InvalidConsentPeriod);
        }
        let attempt = self.attempt;
        let fetch_scopes = attempt.fetch_scopes.unwrap_or_else(|| scopes.clone());
        if !known(&fetch_scopes, &FETCH_SCOPES) {
            return Err(Refusal::FetchScopesInvalid);
        }
        let allowed = |scope: &String| scope == "balance" || scopes.contains(scope);
        if !fetch_scopes.iter().all(allowed) {
            return Err(Refusal::FetchScopesNotAllowed);
        }
        Ok(Session {
            app,
            customer,
            purpose,
            from_date,
            period_days,
            fetch_scopes,
            custom_fields: custom_fields(attempt.custom_fields)?,
            locale: attempt.locale,
            return_to: return_to(attempt.return_to.as_deref())?,
            step: if provider.is_some() { Step::Login } else { Step::Pick },
            provider,
            scopes,
            include_sandboxes: self.provider.include_sandboxes,
            shows_consent: self.widget.show_consent_confirmation.unwrap_or(true),
            adds_connection_id: self.return_connection_id || attempt.return_connection_id,
            adds_error_class: self.return_error_class || attempt.return_error_class,
            expires: now.after(LIFETIME),
            connection: match purpose {
                Purpose::Connect => None,
                Purpose::Reconnect(id) | Purpose::Refresh(id) => Some(id),
            },
            wrong: 0,
            failed: None,
        })
    }
}

impl Session {
    /// The consent that the customer gives by logging in.
    pub(super) fn consent(&self, id: u64, provider: &Provider, now: Moment) -> Consent {
        let period_days = self.period_days.unwrap_or(provider.max_consent_days).min(provider.max_consent_days);
        Consent {
            id,
            scopes: self.scopes.clone(),
            from_date: self.from_date,
            period_days,
            given: now,
            expires: now.after(period_days * DAY),
            revoked: None,
        }
    }

    /// The attempt that begins with a login.
    pub(super) fn attempt(&self, id: u64, provider: &Provider, now: Moment) -> Attempt {
        Attempt {
            id,
            began: now,
            end: None,
            interactive: provider.interactive,
            user_present: true,
            custom_fields: self.custom_fields.clone(),
            fetch_scopes: self.fetch_scopes.clone(),
            locale: self.locale.clone(),
        }
    }

    /// Until when the consent lasts that is asked for, as far as it is known.
    pub(super) fn until(&self, now: Moment) -> Option<Date> {
        let days = self.period_days.or(self.provider.map(|provider| provider.max_consent_days))?;
        Some(now.after(days * DAY).date())
    }

    /// The way back, if the client named one. What is asked to be added is added to its query; `error_message` beside `error_class` is
    /// ours.
    pub(super) fn back(&self) -> Option<Url> {
        let mut url = self.return_to.clone()?;
        let fail = match &self.step {
            Step::Over(fail) => *fail,
            _ => None,
        };
        let id = self.connection.filter(|_| self.adds_connection_id);
        let fail = fail.filter(|_| self.adds_error_class);
        if id.is_none() && fail.is_none() {
            return Some(url);
        }
        let mut query = url.query_pairs_mut();
        if let Some(id) = id {
            query.append_pair("connection_id", &id.to_string());
        }
        if let Some(fail) = fail {
            query.append_pair("error_class", fail.class());
            query.append_pair("error_message", fail.message());
        }
        drop(query);
        Some(url)
    }
}
