//! Link tokens: what `/link/token/create` was told.

use crate::plaid::Moment;
use crate::plaid::institutions::Institution;
use serde_json::{Value, json};
use url::Url;

/// An item that is to be repaired.
#[derive(Clone, Debug)]
pub(crate) struct Update {
    pub(crate) item_id: String,
    /// Whether the accounts are chosen anew.
    pub(crate) choose: bool,
}

/// Hosted Link: an address of Plaid's own.
#[derive(Clone, Debug)]
pub(crate) struct Hosted {
    pub(crate) url: String,
    /// Where the person goes at the end.
    pub(crate) completion: Option<Url>,
    pub(crate) until: Moment,
}

/// A link token.
#[derive(Clone, Debug)]
pub(crate) struct LinkToken {
    pub(crate) token: String,
    pub(crate) client_name: String,
    pub(crate) language: String,
    pub(crate) countries: Vec<String>,
    pub(crate) products: Vec<String>,
    /// Products that were agreed to besides.
    pub(crate) consented: Vec<String>,
    pub(crate) days: i64,
    pub(crate) webhook: Option<String>,
    pub(crate) redirect_uri: Option<Url>,
    /// Chosen in advance.
    pub(crate) institution: Option<&'static Institution>,
    pub(crate) update: Option<Update>,
    pub(crate) hosted: Option<Hosted>,
    pub(crate) created: Moment,
    pub(crate) until: Moment,
    /// Ids of its sessions, the oldest first.
    pub(crate) sessions: Vec<String>,
    /// An item came of it; it opens nothing more.
    pub(crate) used: bool,
}

impl LinkToken {
    /// `metadata` of `/link/token/get`.
    pub(crate) fn metadata(&self) -> Value {
        json!({
            "initial_products": self.products,
            "webhook": self.webhook,
            "country_codes": self.countries,
            "language": self.language,
            "institution_data": null,
            "account_filters": null,
            "redirect_uri": self.redirect_uri.as_ref().map(Url::as_str),
            "client_name": self.client_name,
        })
    }

    /// Whether Link opens with it.
    pub(crate) fn opens(&self, now: Moment) -> bool {
        !self.used && now < self.until
    }

    /// Whether its hosted address opens.
    pub(crate) fn hosted_opens(&self, now: Moment) -> bool {
        !self.used && self.hosted.as_ref().is_some_and(|hosted| now < hosted.until)
    }
}
