//! A provider's own widget in a host's page: what opens it, and what it gives the page.
//!
//! **Contract.** Nobody chooses an institution here first: the person does in that widget, and the provider says afterwards which one it
//! was. What the page brings is believed only when the provider tells of it in a visit that one of this session's own tokens opened. It
//! then is the beginning of an attempt like any other ([`super::Input::Landed`]), redeemed once.

use super::{Cx, Failed, Leg};
use async_trait::async_trait;
use gesher_contract::Language;

/// What a widget in a page is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageAsk {
    /// Who asks, as the person knows them.
    pub brand: Option<String>,
    /// The language in which it should speak, where it can.
    pub language: Language,
    /// Our id of the person, the same for all their connections. It is no secret.
    pub customer: String,
    /// Our connection's id.
    pub connection: String,
    /// The first day of the transactions that are wanted, `YYYY-MM-DD`.
    pub first_day: String,
}

/// What opens the widget.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageToken {
    /// For the provider's script.
    pub token: String,
    /// Until when, in the provider's words: ISO 8601.
    pub expires_at: String,
    /// The provider's own id of the request.
    pub request_id: String,
}

/// What the widget gave to the page.
#[derive(Clone)]
pub struct Landing {
    /// Its one-time token.
    pub public_token: String,
    /// The institution, by the provider's id.
    pub provider_id: String,
}

/// Why nothing comes of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PageRefused {
    /// It cannot be reached, or is not well.
    #[error("the provider cannot be reached")]
    Unavailable,
    /// It refuses.
    #[error("the provider refuses: {kind} {code}")]
    Refused {
        /// The kind of its error, by the provider's stable name.
        kind: String,
        /// The error, by the provider's stable name.
        code: String,
    },
    /// No visit that this session's tokens opened has brought this.
    #[error("this is not of this session's widget")]
    NotOurs,
    /// What is set for the provider, or what is kept of the session, cannot be used.
    #[error("nothing can be asked of the provider")]
    Broken,
}

impl From<Failed> for PageRefused {
    fn from(_: Failed) -> Self {
        Self::Broken
    }
}

/// See the module.
#[async_trait]
pub trait InPage: Send + Sync {
    /// Whether a fake stands in for it, whose script opens our own frame too.
    fn has_stand_in(&self) -> bool {
        false
    }
    /// Makes a token that opens the widget, beside those in `leg`.
    async fn open(&self, cx: &Cx, ask: &PageAsk, leg: Option<&Leg>) -> Result<(PageToken, Leg), PageRefused>;
    /// Where this one-time token comes from. Changes nothing.
    async fn landed(&self, cx: &Cx, leg: &Leg, public_token: &str) -> Result<Landing, PageRefused>;
}
