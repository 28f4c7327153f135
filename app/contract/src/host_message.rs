//! What the frame says to the host page by `postMessage`, always to exact origins.

use crate::{ExitReason, Failure, Language};
use serde::{Deserialize, Serialize};

/// Value of `source` in every message.
pub const SOURCE: &str = "gesher";
/// Version of the messages' shape.
pub const VERSION: u32 = 1;

/// A vendor's way to tell a host page what happens, for pages that were written for that vendor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum Dialect {
    /// Open Finance: `source` and `type`.
    OpenFinance,
    /// Meld: `domain` and `eventName`.
    Meld,
    /// ConnectFi, which has no messages: its API opens and confirms the connection.
    #[serde(rename = "connectfi")]
    ConnectFi,
}

/// A message from the frame to the host page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct HostMessage {
    /// Always `gesher`.
    pub source: String,
    /// Version of the messages' shape.
    pub version: u32,
    /// Unique for the message, `<session>-<seq>` with the instance's random part between.
    pub id: String,
    /// Counts from 1, without gaps in an instance.
    pub seq: u32,
    /// The session's id.
    pub session: String,
    /// When, RFC 3339 UTC.
    pub ts: String,
    /// `type` and `payload`.
    #[serde(flatten)]
    pub payload: HostPayload,
}

/// Type and payload of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(tag = "type", content = "payload", rename_all = "snake_case")]
pub enum HostPayload {
    /// The widget can be used.
    Ready {
        /// What it speaks now.
        language: Language,
    },
    /// The content's height changed.
    Resize {
        /// Height in CSS pixels.
        height: u32,
    },
    /// Another screen is shown.
    Step {
        /// Which.
        name: StepName,
    },
    /// The person chose an institution.
    InstitutionSelected {
        /// The institution's id.
        institution_id: String,
        /// Its name in the session's language.
        name: String,
    },
    /// The bank's page was opened.
    RedirectOpened {},
    /// The institution asks for a second factor.
    MfaRequired {},
    /// The institution is being called.
    Progress {
        /// How far it has come.
        stage: ProgressStage,
    },
    /// The connection is made. Repeated after a reload until it is exchanged.
    Success {
        /// One-time code for the host's backend to exchange. `null` where the connection stands without an exchange.
        #[cfg_attr(feature = "schema", schema(required = true))]
        public_token: Option<String>,
        /// The connection.
        connection_id: String,
        /// The institution's id.
        institution_id: String,
        /// The institution's name in the session's language.
        institution_name: String,
        /// The host's own `state`, if the session was made with one.
        #[cfg_attr(feature = "schema", schema(required = true))]
        state: Option<String>,
    },
    /// Something went wrong; the person may be able to go on.
    Error {
        /// What.
        failure: Failure,
        /// To quote to support.
        support_code: String,
    },
    /// The widget is done; the host may take the frame away.
    Exit {
        /// Why.
        reason: ExitReason,
        /// With `not_listed`, what stood in the search box, at most 80 characters; else, and when it was empty, `null`.
        #[cfg_attr(feature = "schema", schema(required = true))]
        query: Option<String>,
    },
}

/// A screen's name for the host page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum StepName {
    /// The list of institutions.
    Picker,
    /// The institution's login.
    Form,
    /// What the institution asks after the login: a code, a question, a picture, a choice.
    Code,
    /// The accounts to pick from.
    Accounts,
    /// Before the bank's own page.
    Leaving,
    /// The person is at the bank's own page.
    AtBank,
    /// The person approves in the bank's app.
    Waiting,
    /// The institution is being called.
    Progress,
    /// The connection is made.
    Success,
    /// It failed.
    Failed,
    /// The widget is done, or another window has the session.
    Over,
}

impl StepName {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Picker => "picker",
            Self::Form => "form",
            Self::Code => "code",
            Self::Accounts => "accounts",
            Self::Leaving => "leaving",
            Self::AtBank => "at_bank",
            Self::Waiting => "waiting",
            Self::Progress => "progress",
            Self::Success => "success",
            Self::Failed => "failed",
            Self::Over => "over",
        }
    }
}

/// How far the calls to the institution have come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum ProgressStage {
    /// The login, or what follows it.
    Connecting,
    /// The first data are fetched.
    Fetching,
}

impl ProgressStage {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Connecting => "connecting",
            Self::Fetching => "fetching",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_has_the_promised_keys() {
        let message = HostMessage {
            source: SOURCE.into(),
            version: VERSION,
            id: "m".into(),
            seq: 1,
            session: "s".into(),
            ts: "2026-01-01T00:00:00Z".into(),
            payload: HostPayload::RedirectOpened {},
        };
        assert_eq!(
            serde_json::to_value(&message).ok(),
            Some(serde_json::json!({
                "source": "gesher", "version": 1, "id": "m", "seq": 1, "session": "s",
                "ts": "2026-01-01T00:00:00Z", "type": "redirect_opened", "payload": {}
            }))
        );
    }
}
