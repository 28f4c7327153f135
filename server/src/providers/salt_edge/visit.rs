//! The way to Salt Edge's page and back.
//!
//! Each launch writes a mark of its own into the attempt. Whoever comes back, what counts is the connection whose last attempt carries the
//! mark of the last launch; nothing that stands in the return's address is believed.

use super::client::{Client, Trouble};
use super::codes;
use super::state::{Access, State, Visit, Wish};
use super::wire::{
    Connect, Connecting, Connection, Consent, CustomFields, Customer, NewCustomer, WantedAttempt, WantedConsent, WantedProvider,
};
use crate::providers::{BankAddress, Failed, Grant, Launch, Leg, Progress, Step};
use gesher_contract::{FailureCode, LocalizedText};
use gesher_domain::{Timestamp, new_secret};
use jiff::ToSpan as _;
use jiff::civil::Date;
use secrecy::ExposeSecret as _;
use std::time::Duration;
use url::Url;

/// How long an attempt is waited for after the person is back.
const FETCHING: Duration = Duration::from_secs(3 * 60);
/// Time between two looks.
const POLL: Duration = Duration::from_secs(2);
/// How far back a consent may reach, in days.
const FARTHEST: i32 = 365;
/// Entries of a page of a list.
const PER_PAGE: &str = "1000";
/// What codes of fake banks end with: those of the country XF, which is none.
const FAKE: &str = "_xf";

/// How an attempt stands.
enum Ending {
    Unfinished,
    Succeeded,
    Failed(String),
}

fn ending(connection: &Connection) -> Ending {
    let attempt = connection.last_attempt.clone().unwrap_or_default();
    match (attempt.fail_error_class, attempt.fail_at, attempt.success_at) {
        (Some(class), ..) if !class.is_empty() => Ending::Failed(class),
        (_, Some(_), _) => Ending::Failed(String::new()),
        (_, None, Some(_)) => Ending::Succeeded,
        (_, None, None) if attempt.finished == Some(true) => Ending::Succeeded,
        (_, None, None) => Ending::Unfinished,
    }
}

fn mark(connection: &Connection) -> Option<&str> {
    let fields = connection.last_attempt.as_ref()?.custom_fields.as_ref()?;
    fields.gesher_visit.as_deref()
}

/// A point of time as Salt Edge writes it.
pub fn moment(text: &str) -> Option<Timestamp> {
    text.parse::<jiff::Timestamp>().ok().map(|at| Timestamp(at.as_microsecond()))
}

fn day(now: Timestamp) -> Date {
    let at = jiff::Timestamp::from_microsecond(now.0).unwrap_or_default();
    at.to_zoned(jiff::tz::TimeZone::UTC).date()
}

/// Whether Salt Edge is to offer its fake banks for this one.
pub fn is_fake(provider: &str) -> bool {
    provider.ends_with(FAKE)
}

impl Client<'_> {
    /// Makes the session whose page the person goes to.
    pub async fn launch(&self, state: State, launch: &Launch) -> Result<(BankAddress, Leg), Failed> {
        let mut visit = match state {
            State::Ready(wish) => self.visit(wish).await?,
            State::Away(visit) => visit,
        };
        visit.marks.push(new_secret(&*self.cx.rng));
        visit.until = None;
        let mut back = Url::parse(&launch.return_url).map_err(|_| FailureCode::Internal)?;
        back.query_pairs_mut().append_pair("state", launch.state.expose_secret());
        let connecting = self.open(&visit, back.as_str(), true).await;
        let connecting = match connecting {
            // The bank gives less time than was asked for: then as much as it gives.
            Err(trouble) if trouble.is("InvalidConsentPeriod") => self.open(&visit, back.as_str(), false).await,
            connecting => connecting,
        };
        let connecting = connecting.map_err(|trouble| trouble.of_acting())?;
        let page = self.page(&connecting.connect_url)?;
        Ok((BankAddress::new(page), State::Away(visit).leg()?))
    }

    /// The person at Salt Edge, and the connection that is to work again if it is still there.
    async fn visit(&self, wish: Wish) -> Result<Visit, Failed> {
        let mends = match &wish.mend {
            Some(access) => match self.connection(&access.connection_id).await {
                Ok(_) => Some(access.connection_id.clone()),
                Err(trouble) if trouble.is_gone() => None,
                Err(trouble) => return Err(trouble.of_reading()),
            },
            None => None,
        };
        let customer_id = match (&mends, &wish.mend) {
            (Some(_), Some(access)) => access.customer_id.clone(),
            _ => self.customer(&wish.customer).await?,
        };
        Ok(Visit {
            wish,
            customer_id,
            mends,
            marks: Vec::new(),
            until: None,
        })
    }

    /// Salt Edge's id of the person. One that is there already is looked for: there is no other way to learn its id.
    async fn customer(&self, identifier: &str) -> Result<String, Failed> {
        let made: Result<Customer, Trouble> = self.post(&["customers"], &NewCustomer { identifier }).await;
        match made {
            Ok(customer) => Ok(customer.customer_id),
            Err(trouble) if trouble.is("DuplicatedCustomer") => {
                let all: Vec<Customer> = self
                    .all(&["customers"], &[("per_page", PER_PAGE)])
                    .await
                    .map_err(|trouble| trouble.of_reading())?;
                let same = all.into_iter().find(|customer| customer.identifier == identifier);
                Ok(same.ok_or(FailureCode::BadInstitutionAnswer)?.customer_id)
            }
            Err(trouble) => Err(trouble.of_acting()),
        }
    }

    async fn open(&self, visit: &Visit, back: &str, with_period: bool) -> Result<Connecting, Trouble> {
        let wish = &visit.wish;
        let today = day(self.cx.now);
        let farthest = today.saturating_sub(FARTHEST.days()).to_string();
        let scopes: Vec<&'static str> = [
            Some("accounts"),
            wish.transactions.then_some("transactions"),
            wish.owners.then_some("holder_info"),
        ]
        .into_iter()
        .flatten()
        .collect();
        let days = wish
            .valid_until
            .parse::<Date>()
            .ok()
            .map(|until| until.duration_since(today).as_hours() / 24);
        let body = Connect {
            customer_id: visit.mends.is_none().then_some(visit.customer_id.as_str()),
            provider: visit.mends.is_none().then_some(WantedProvider {
                code: &wish.provider,
                include_sandboxes: is_fake(&wish.provider),
            }),
            consent: WantedConsent {
                from_date: wish.first_day.as_str().max(farthest.as_str()),
                period_days: days.filter(|_| with_period).map(|days| days.max(1)),
                scopes: &scopes,
            },
            attempt: WantedAttempt {
                return_to: back,
                fetch_scopes: &scopes,
                custom_fields: CustomFields {
                    gesher_connection: Some(wish.connection.clone()),
                    gesher_visit: Some(visit.mark().to_owned()),
                },
                locale: wish.language.code(),
            },
        };
        match &visit.mends {
            Some(id) => self.post(&["connections", id, "reconnect"], &body).await,
            None => self.post(&["connections", "connect"], &body).await,
        }
    }

    /// Where the person's browser is sent: to the interface's own origin, or to another one over TLS.
    fn page(&self, address: &str) -> Result<String, Failed> {
        let page = Url::parse(address).map_err(|_| FailureCode::BadInstitutionAnswer)?;
        let own = self.resource(&[]).map_err(|trouble| trouble.of_reading())?;
        if page.scheme() == "https" || page.origin() == own.origin() {
            Ok(page.into())
        } else {
            Err(FailureCode::BadInstitutionAnswer.into())
        }
    }

    /// A connection.
    pub async fn connection(&self, id: &str) -> Result<Connection, Trouble> {
        self.one(&["connections", id]).await
    }

    async fn connections(&self, visit: &Visit) -> Result<Vec<Connection>, Trouble> {
        self.all(&["connections"], &[("customer_id", &visit.customer_id)]).await
    }

    /// What came of the last launch: the person is back, or time has gone by.
    pub async fn look(&self, mut visit: Visit) -> Result<Progress, Failed> {
        let found = match &visit.mends {
            Some(id) => self.connection(id).await.map(Some),
            None => self.connections(&visit).await.map(|all| {
                let newest_first = all.into_iter().rev();
                newest_first.into_iter().find(|connection| mark(connection) == Some(visit.mark()))
            }),
        };
        let found = found.map_err(|trouble| trouble.of_reading())?;
        let ours = found.filter(|connection| mark(connection) == Some(visit.mark()) && connection.customer_id == visit.customer_id);
        // Nobody tried to log in.
        let Some(connection) = ours else {
            return Err(FailureCode::CancelledAtInstitution.into());
        };
        match ending(&connection) {
            Ending::Succeeded => self.done(visit, &connection).await,
            Ending::Failed(class) => Err(codes::failure(&class).into()),
            Ending::Unfinished => {
                let until = *visit.until.get_or_insert_with(|| self.cx.now.plus(FETCHING));
                if self.cx.now >= until {
                    return Err(FailureCode::TimedOut.into());
                }
                State::Away(visit).then(Step::Wait {
                    next_poll: self.cx.now.plus(POLL),
                    until,
                    message: LocalizedText::he_en("הבנק שולח את הנתונים.", "The bank is sending the data."),
                })
            }
        }
    }

    async fn done(&self, visit: Visit, connection: &Connection) -> Result<Progress, Failed> {
        let access = Access {
            customer_id: connection.customer_id.clone(),
            connection_id: connection.id.clone(),
            connection: visit.wish.connection.clone(),
        };
        let consent = self.consent(connection).await.map_err(|trouble| trouble.of_reading())?;
        let without_person = connection.automatic_refresh != Some(false) || connection.next_refresh_possible_at.is_some();
        let grant = Grant {
            secret: access.seal()?,
            cosigners: false,
            expires_at: consent.and_then(|consent| moment(consent.expires_at.as_deref()?)),
            unattended: without_person,
            mends: visit.mends.is_some(),
        };
        State::Away(visit).then(Step::Done(grant))
    }

    /// The consent that counts, if Salt Edge tells of one.
    pub async fn consent(&self, connection: &Connection) -> Result<Option<Consent>, Trouble> {
        let all: Vec<Consent> = self.all(&["consents"], &[("connection_id", &connection.id)]).await?;
        let (last, others): (Vec<_>, Vec<_>) = all
            .into_iter()
            .partition(|consent| Some(&consent.id) == connection.last_consent_id.as_ref());
        Ok(last.into_iter().next().or_else(|| others.into_iter().last()))
    }

    /// Removes what the launches left: connections of theirs, never one that was there before.
    pub async fn undo(&self, visit: &Visit) -> Result<(), Failed> {
        if visit.mends.is_some() {
            return Ok(());
        }
        let all = match self.connections(visit).await {
            Ok(all) => all,
            Err(trouble) if trouble.is("CustomerNotFound") => return Ok(()),
            Err(trouble) => return Err(trouble.of_reading()),
        };
        let left = |connection: &&Connection| mark(connection).is_some_and(|mark| visit.marks.iter().any(|own| own == mark));
        for connection in all.iter().filter(left) {
            self.remove(&connection.id).await?;
        }
        Ok(())
    }

    /// Removes a connection, and with it the consent. Gone is gone.
    pub async fn remove(&self, id: &str) -> Result<(), Failed> {
        match self.delete(&["connections", id]).await {
            Ok(()) => Ok(()),
            Err(trouble) if trouble.is_gone() => Ok(()),
            Err(trouble) => Err(trouble.of_acting()),
        }
    }
}
