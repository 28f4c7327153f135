//! Link in a host's page (`Plaid.create`): a link token without Hosted Link, and what the page's public token is.
//!
//! A public token is believed when `/link/token/get` tells of it in a visit that one of the session's own link tokens opened: whoever
//! has somebody else's cannot connect their accounts with it.

use super::client::Client;
use super::codes::Trouble;
use super::link::{days, done, language, shown};
use super::list::countries;
use super::state::{Access, Page, State};
use super::{Plaid, wire};
use crate::providers::{Cx, Failed, InPage, Landing, Leg, PageAsk, PageRefused, PageToken, Progress};
use async_trait::async_trait;
use gesher_contract::FailureCode;
use serde_json::json;

/// Link tokens that are remembered of a session.
const TOKENS: usize = 8;

impl From<Trouble> for PageRefused {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Refused(error) => Self::Refused {
                kind: error.error_type,
                code: error.error_code,
            },
            Trouble::Unreachable | Trouble::Silent { .. } | Trouble::Status(_) | Trouble::Nonsense => Self::Unavailable,
        }
    }
}

#[async_trait]
impl InPage for Plaid {
    fn has_stand_in(&self) -> bool {
        self.fake.is_some()
    }

    async fn open(&self, cx: &Cx, ask: &PageAsk, leg: Option<&Leg>) -> Result<(PageToken, Leg), PageRefused> {
        let client = self.client(cx)?;
        let body = json!({
            "client_name": shown(ask.brand.as_deref()),
            "language": language(ask.language),
            "country_codes": countries(cx).map_err(|()| PageRefused::Broken)?,
            "user": { "client_user_id": ask.customer },
            "products": ["transactions"],
            "transactions": { "days_requested": days(&ask.first_day, cx.now) },
            "webhook": cx.hook_of(&ask.connection),
        });
        let made: wire::LinkToken = client.call("link/token/create", &body).await?;
        let mut page = leg.map_or_else(Page::default, tokens);
        page.tokens.push(made.link_token.clone());
        let from = page.tokens.len().saturating_sub(TOKENS);
        page.tokens = page.tokens.split_off(from);
        let token = PageToken {
            token: made.link_token,
            expires_at: made.expiration,
            request_id: made.request_id,
        };
        Ok((token, State::InPage(page).leg()?))
    }

    async fn landed(&self, cx: &Cx, leg: &Leg, public_token: &str) -> Result<Landing, PageRefused> {
        let client = self.client(cx)?;
        for token in tokens(leg).tokens.iter().rev() {
            let state: wire::LinkState = match client.read("link/token/get", &json!({ "link_token": token })).await {
                Ok(state) => state,
                // It expired: another one may be the page's.
                Err(trouble) if trouble.is(&["INVALID_LINK_TOKEN"]) => continue,
                Err(trouble) => return Err(trouble.into()),
            };
            let results = state.link_sessions.into_iter().flatten().filter_map(|session| session.results);
            let mut added = results.flat_map(|results| results.item_add_results);
            if let Some(added) = added.find(|added| added.public_token == public_token) {
                return Ok(Landing {
                    public_token: added.public_token,
                    provider_id: added.institution.map(|place| place.institution_id).unwrap_or_default(),
                });
            }
        }
        Err(PageRefused::NotOurs)
    }
}

/// What there is of tokens; another state has none.
fn tokens(leg: &Leg) -> Page {
    match State::open(leg) {
        Ok(State::InPage(page)) => page,
        _ => Page::default(),
    }
}

impl Client<'_> {
    /// Makes the public token that came from a page an access, once.
    pub async fn redeem(&self, landing: &Landing) -> Result<Progress, Failed> {
        let exchanged = match self.exchange(&landing.public_token).await {
            Ok(exchanged) => exchanged,
            Err(trouble) if trouble.is(&["INVALID_PUBLIC_TOKEN"]) => return Err(FailureCode::BadInstitutionAnswer.into()),
            Err(trouble) => return Err(trouble.of_acting().into()),
        };
        let access = Access {
            token: exchanged.access_token,
            item: exchanged.item_id,
            institution: landing.provider_id.clone(),
            cursor: None,
        };
        done(self.grant(&access, false).await?)
    }
}
