//! What the frame says to the host page by `postMessage`, always to one exact origin.

use crate::{ExitReason, Failure};
use serde::{Deserialize, Serialize};

/// Value of `source` in every message.
pub const SOURCE: &str = "gesher";
/// Version of the messages' shape.
pub const VERSION: u32 = 1;

/// A message from the frame to the host page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostMessage {
    /// Always [`SOURCE`].
    pub source: String,
    /// Always [`VERSION`].
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
#[serde(tag = "type", content = "payload", rename_all = "snake_case")]
pub enum HostPayload {
    /// The widget can be used.
    Ready {
        /// `he` or `en`.
        language: String,
    },
    /// The content's height changed.
    Resize {
        /// Height in CSS pixels.
        height: u32,
    },
    /// Another screen is shown.
    Step {
        /// `picker`, `form`, `code`, `accounts`, `leaving`, `at_bank`, `waiting`, `progress`, `success`, `failed`, `over`.
        name: String,
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
        /// `connecting` or `fetching`.
        stage: String,
    },
    /// The connection is made. Repeated after a reload until it is exchanged.
    Success {
        /// One-time code for the host's backend to exchange. `null` where the connection stands without an exchange.
        public_token: Option<String>,
        /// The connection.
        connection_id: String,
        /// The institution's id.
        institution_id: String,
        /// The institution's name in the session's language.
        institution_name: String,
        /// The host's own `state`, if the session was made with one.
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
    },
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
