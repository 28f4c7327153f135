//! Link: the person at Plaid's own pages (Hosted Link), and what came of it.

use super::client::{Client, Empty};
use super::codes::{Trouble, failure};
use super::state::{Access, InLink, State, Wish};
use super::{moment, wire};
use crate::providers::{BankAddress, Failed, Grant, Launch, Leg, Progress, Step};
use gesher_contract::{FailureCode, Language, LocalizedText};
use gesher_domain::Timestamp;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use std::time::Duration;
use url::Url;

/// Longest name that Link shows; a longer one it replaces.
const LONGEST_NAME: usize = 30;
/// Days of transactions that may be asked for at most.
const MOST_DAYS: i64 = 730;
/// Tokens of earlier launches that are remembered.
const EARLIER: usize = 8;
/// How often it is asked whether Plaid knows the end.
const NEXT_POLL: Duration = Duration::from_secs(2);
/// For how long.
const PATIENCE: Duration = Duration::from_secs(60);

/// What came of a link token.
enum Outcome {
    /// Nobody has come to an end.
    Open,
    /// An item was made.
    Added(wire::Added),
    /// The item that was to be repaired was.
    Repaired,
    /// The person left.
    Left(FailureCode),
}

impl Client<'_> {
    /// Makes a link token for this launch and gives the address of its pages.
    pub async fn launch(&self, wish: Wish, earlier: Vec<String>, launch: &Launch) -> Result<(BankAddress, Leg), Failed> {
        let mut back = Url::parse(&launch.return_url).map_err(|_| Failed::from(FailureCode::Internal))?;
        back.query_pairs_mut().append_pair("state", launch.state.expose_secret());
        let (wish, made) = match self.make(&wish, &back).await {
            // There is nothing left to repair: the person connects anew.
            Err(trouble) if trouble.is_gone() && wish.mend.is_some() => {
                let anew = Wish { mend: None, ..wish };
                let made = self.make(&anew, &back).await;
                (anew, made)
            }
            made => (wish, made),
        };
        let made = made.map_err(|trouble| Failed::from(trouble.of_acting()))?;
        let address = made.hosted_link_url.as_deref().and_then(|url| self.page(url));
        let address = address.ok_or(FailureCode::BadInstitutionAnswer)?;
        let leg = State::InLink(Box::new(InLink {
            wish,
            link_token: made.link_token,
            earlier,
            until: None,
        }))
        .leg()?;
        Ok((BankAddress::new(address.into()), leg))
    }

    async fn make(&self, wish: &Wish, back: &Url) -> Result<wire::LinkToken, Trouble> {
        let mut body = json!({
            "client_name": shown(wish.brand.as_deref()),
            "language": language(wish.language),
            "country_codes": [wish.country],
            "user": { "client_user_id": wish.customer },
            "hosted_link": { "completion_redirect_uri": back.as_str() },
        });
        match &wish.mend {
            Some(access) => body["access_token"] = json!(access.token),
            None => {
                body["products"] = json!(["transactions"]);
                body["transactions"] = json!({ "days_requested": days(&wish.first_day, self.cx.now) });
                body["institution_id"] = json!(wish.institution);
                body["webhook"] = json!(self.cx.hook_of(&wish.connection));
            }
        }
        self.call("link/token/create", &body).await
    }

    /// Where the person's browser is sent: over TLS, or to the origin of the API itself.
    fn page(&self, address: &str) -> Option<Url> {
        let address = Url::parse(address).ok()?;
        let plain = address.username().is_empty() && address.password().is_none();
        (plain && (address.scheme() == "https" || address.origin() == self.base.origin())).then_some(address)
    }

    async fn outcome(&self, token: &str, mends: bool) -> Result<Outcome, Trouble> {
        let state: wire::LinkState = self.read("link/token/get", &json!({ "link_token": token })).await?;
        let sessions = state.link_sessions.unwrap_or_default();
        let finished = |session: &&wire::LinkSession| session.finished_at.is_some();
        if mends && sessions.iter().filter(finished).any(|session| session.exit.is_none()) {
            // Whatever public token comes with it: the access that there was goes on.
            return Ok(Outcome::Repaired);
        }
        let results = sessions.iter().rev().filter_map(|session| session.results.as_ref());
        let added = results.filter_map(|results| results.item_add_results.first()).next();
        if let Some(added) = added.filter(|_| !mends) {
            return Ok(Outcome::Added(added.clone()));
        }
        let Some(last) = sessions.iter().rfind(finished) else {
            return Ok(Outcome::Open);
        };
        let error = last.exit.as_ref().and_then(|exit| exit.error.as_ref());
        Ok(Outcome::Left(error.map_or(FailureCode::CancelledAtInstitution, failure)))
    }

    /// Why the person left, as far as Plaid says it.
    pub async fn why_left(&self, token: &str) -> FailureCode {
        match self.outcome(token, false).await {
            Ok(Outcome::Left(code)) => code,
            _ => FailureCode::CancelledAtInstitution,
        }
    }

    /// Goes on after the person has come back.
    pub async fn go_on(&self, mut at: InLink) -> Result<Progress, Failed> {
        let mends = at.wish.mend.is_some();
        let outcome = self.outcome(&at.link_token, mends).await;
        match outcome.map_err(|trouble| Failed::from(trouble.of_reading()))? {
            Outcome::Open => Ok(Progress {
                step: Step::Wait {
                    next_poll: self.cx.now.plus(NEXT_POLL),
                    until: *at.until.get_or_insert_with(|| self.cx.now.plus(PATIENCE)),
                    message: LocalizedText::he_en("מחכים לתשובה מ־Plaid.", "Waiting for Plaid’s answer."),
                },
                leg: State::InLink(Box::new(at)).leg()?,
            }),
            Outcome::Left(code) => Err(code.into()),
            Outcome::Added(added) => {
                let exchanged = self.exchange(&added.public_token).await;
                let exchanged = exchanged.map_err(|trouble| Failed::from(trouble.of_acting()))?;
                let access = Access {
                    token: exchanged.access_token,
                    item: exchanged.item_id,
                    institution: at.wish.institution.clone(),
                    cursor: None,
                };
                let elsewhere = added
                    .institution
                    .as_ref()
                    .is_some_and(|place| place.institution_id != access.institution);
                if elsewhere {
                    // The person chose another bank at Plaid than here: its data would stand under the wrong name.
                    self.discard(&access.token).await?;
                    return Err(FailureCode::BadInstitutionAnswer.into());
                }
                self.void(&at.earlier).await;
                done(self.grant(&access, false).await?)
            }
            Outcome::Repaired => {
                let access = at.wish.mend.ok_or(FailureCode::Internal)?;
                done(self.grant(&access, true).await?)
            }
        }
    }

    /// The grant of an access. When it ends Plaid tells; an access is no worse when it does not tell now.
    pub async fn grant(&self, access: &Access, mends: bool) -> Result<Grant, Failed> {
        let state = self.item(access).await.ok();
        let ends = state.and_then(|state| state.item.consent_expiration_time);
        let expires_at = ends.as_deref().and_then(moment);
        if expires_at.is_some_and(|ends| ends <= self.cx.now) {
            // It ended before it began: it is given back, unless it is the one that was there before.
            if !mends {
                self.discard(&access.token).await?;
            }
            return Err(FailureCode::BadInstitutionAnswer.into());
        }
        Ok(Grant {
            secret: access.seal()?,
            cosigners: false,
            expires_at,
            unattended: true,
            mends,
        })
    }

    /// How an item stands.
    pub async fn item(&self, access: &Access) -> Result<wire::ItemState, Trouble> {
        self.read("item/get", &json!({ "access_token": access.token })).await
    }

    /// A public token can be exchanged once, so this is never asked twice.
    pub async fn exchange(&self, public_token: &str) -> Result<wire::Exchanged, Trouble> {
        self.call("item/public_token/exchange", &json!({ "public_token": public_token }))
            .await
    }

    /// Gives an access back. Done is done.
    pub async fn remove(&self, token: &str) -> Result<(), Failed> {
        removed(self.call("item/remove", &json!({ "access_token": token })).await)
    }

    /// Gives an access back that nobody keeps: later nobody could, so it is tried again at once. A second removal does no harm.
    pub async fn discard(&self, token: &str) -> Result<(), Failed> {
        removed(self.read("item/remove", &json!({ "access_token": token })).await)
    }

    /// Takes back what came of these link tokens, as far as it can be: what somebody has exchanged is nobody's to take back here.
    pub async fn take_back(&self, token: &str) -> Result<(), Failed> {
        match self.outcome(token, false).await {
            Ok(Outcome::Added(added)) => match self.exchange(&added.public_token).await {
                Ok(exchanged) => self.discard(&exchanged.access_token).await,
                Err(trouble) if trouble.is(&["INVALID_PUBLIC_TOKEN"]) => Ok(()),
                Err(trouble) => Err(trouble.of_acting().into()),
            },
            Ok(_) => Ok(()),
            Err(trouble) if trouble.is(&["INVALID_LINK_TOKEN"]) => Ok(()),
            Err(trouble) => Err(trouble.of_reading().into()),
        }
    }

    async fn void(&self, tokens: &[String]) {
        for token in tokens {
            if let Err(failed) = self.take_back(token).await {
                tracing::warn!(?failed, "what came of an earlier launch could not be taken back");
            }
        }
    }
}

fn removed(outcome: Result<Empty, Trouble>) -> Result<(), Failed> {
    match outcome {
        Ok(Empty {}) => Ok(()),
        Err(trouble) if trouble.is_gone() => Ok(()),
        Err(trouble) => Err(trouble.of_acting().into()),
    }
}

/// The tokens of a launch and of those before it, the newest last.
pub fn with_earlier(at: &InLink) -> Vec<String> {
    let mut all = at.earlier.clone();
    all.push(at.link_token.clone());
    let from = all.len().saturating_sub(EARLIER);
    all.split_off(from)
}

pub fn done(grant: Grant) -> Result<Progress, Failed> {
    Ok(Progress {
        step: Step::Done(grant),
        leg: State::Through.leg()?,
    })
}

/// Link speaks no Hebrew.
pub const fn language(_: Language) -> &'static str {
    "en"
}

/// Who asks, within what Link shows.
pub fn shown(brand: Option<&str>) -> String {
    let name: String = brand.unwrap_or("Gesher").chars().take(LONGEST_NAME).collect();
    let name = name.trim().to_owned();
    if name.is_empty() { "Gesher".to_owned() } else { name }
}

/// Days from this day to now, within what may be asked for.
pub fn days(first_day: &str, now: Timestamp) -> Value {
    let today = now.rfc3339().get(..10).and_then(|day| day.parse::<jiff::civil::Date>().ok());
    let first = first_day.parse::<jiff::civil::Date>().ok();
    let days = first.zip(today).and_then(|(first, today)| today.since(first).ok());
    json!(
        days.map_or(MOST_DAYS / 2, |span| i64::from(span.get_days()) + 1)
            .clamp(1, MOST_DAYS)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_history_that_is_asked_for_begins_on_the_first_day() {
        // 20 November 2026, noon.
        let now = Timestamp(1_795_176_000_000_000);
        for (first, wanted) in [
            ("2026-11-20", 1),
            ("2025-11-20", 366),
            ("2020-01-01", 730),
            ("2027-01-01", 1),
            ("", 365),
        ] {
            assert_eq!(days(first, now), json!(wanted), "{first}");
        }
    }

    #[test]
    fn a_name_is_cut_to_what_link_shows() {
        assert_eq!(shown(None), "Gesher");
        assert_eq!(shown(Some("  ")), "Gesher");
        assert_eq!(shown(Some(&"ש".repeat(40))).chars().count(), 30);
    }
}
