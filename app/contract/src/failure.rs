//! What can go wrong, as a host and a person may know it.

use serde::{Deserialize, Serialize};

/// Who has to do something about a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Blame {
    /// The person in front of the widget.
    User,
    /// The bank, card issuer or insurer.
    Institution,
    /// The system through which the institution is reached.
    Provider,
    /// The team that embeds the widget.
    Host,
    /// This Gesher.
    Gesher,
}

/// What to do next about a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum NextAction {
    /// Correct what was typed and send it again.
    TryAgain,
    /// Begin again with the same or another institution.
    StartOver,
    /// Wait, then begin again.
    ComeBackLater,
    /// Settle it with the institution first (a locked login, a refused consent).
    AskInstitution,
    /// Ask the host for a new invitation.
    AskHost,
    /// Nothing can be done in this session.
    None,
}

/// Stable code of a failure: blame, next action and whether it can be tried again follow from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum FailureCode {
    /// The institution refused the login; there are tries left.
    WrongCredentials,
    /// The institution refused the one-time code; there are tries left.
    WrongCode,
    /// The one-time code came too late.
    CodeExpired,
    /// The institution locked the login.
    LoginLocked,
    /// Too many tries here; the session stops before the institution locks the login.
    TooManyTries,
    /// The institution, or the person there, refused the consent.
    ConsentRejected,
    /// The person left the institution's page before anybody had decided.
    CancelledAtInstitution,
    /// The institution does not answer, or says that it is out of order.
    InstitutionUnavailable,
    /// The institution's answer makes no sense.
    BadInstitutionAnswer,
    /// The institution took too long.
    TimedOut,
    /// A call was cut off; whether the institution acted on it is not known, so nothing is sent again.
    OutcomeUnknown,
    /// Somebody came back from the institution in another browser than the one that was sent there.
    OtherBrowser,
    /// The host's backend confirmed another customer than the session's.
    CustomerMismatch,
    /// The institution takes no id of the kind that the host fixed, or no company's.
    LockNotTaken,
    /// The person has no account at the institution that the host asks for.
    NoAccountFits,
    /// The institution stopped the access for now.
    AccessSuspended,
    /// The institution takes the login in a way alone that this Gesher does not know.
    LoginNotSupported,
    /// Something in this Gesher broke.
    Internal,
    /// The browser is offline.
    Offline,
    /// The browser is online, and this Gesher does not answer it.
    GesherUnreachable,
    /// Too many acts in too short a time.
    TooManyRequests,
}

impl FailureCode {
    /// Every code, for tables and tests.
    pub const ALL: [Self; 21] = [
        Self::WrongCredentials,
        Self::WrongCode,
        Self::CodeExpired,
        Self::LoginLocked,
        Self::TooManyTries,
        Self::ConsentRejected,
        Self::CancelledAtInstitution,
        Self::InstitutionUnavailable,
        Self::BadInstitutionAnswer,
        Self::TimedOut,
        Self::OutcomeUnknown,
        Self::OtherBrowser,
        Self::CustomerMismatch,
        Self::LockNotTaken,
        Self::NoAccountFits,
        Self::AccessSuspended,
        Self::LoginNotSupported,
        Self::Internal,
        Self::Offline,
        Self::GesherUnreachable,
        Self::TooManyRequests,
    ];

    /// Those that the frame alone makes: no session ends with them, and no API tells of them.
    pub const FROM_FRAME: [Self; 3] = [Self::Offline, Self::GesherUnreachable, Self::TooManyRequests];

    /// Those that the SDK alone makes, in the host's page: the frame stayed silent, and either refused this page, or it did not load.
    pub const FROM_SDK: [&str; 2] = ["frame_refused", "load_failed"];

    /// The code on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::WrongCredentials => "wrong_credentials",
            Self::WrongCode => "wrong_code",
            Self::CodeExpired => "code_expired",
            Self::LoginLocked => "login_locked",
            Self::TooManyTries => "too_many_tries",
            Self::ConsentRejected => "consent_rejected",
            Self::CancelledAtInstitution => "cancelled_at_institution",
            Self::InstitutionUnavailable => "institution_unavailable",
            Self::BadInstitutionAnswer => "bad_institution_answer",
            Self::TimedOut => "timed_out",
            Self::OutcomeUnknown => "outcome_unknown",
            Self::OtherBrowser => "other_browser",
            Self::CustomerMismatch => "customer_mismatch",
            Self::LockNotTaken => "lock_not_taken",
            Self::NoAccountFits => "no_account_fits",
            Self::AccessSuspended => "access_suspended",
            Self::LoginNotSupported => "login_not_supported",
            Self::Internal => "internal",
            Self::Offline => "offline",
            Self::GesherUnreachable => "gesher_unreachable",
            Self::TooManyRequests => "too_many_requests",
        }
    }

    /// The whole failure: whose it is, whether the session can go on, what to do.
    pub const fn failure(self) -> Failure {
        let (blame, retryable, next_action) = match self {
            Self::WrongCredentials | Self::WrongCode | Self::CancelledAtInstitution => (Blame::User, true, NextAction::TryAgain),
            Self::CodeExpired | Self::TooManyTries | Self::OtherBrowser => (Blame::User, true, NextAction::StartOver),
            Self::LoginLocked => (Blame::User, true, NextAction::AskInstitution),
            Self::ConsentRejected => (Blame::User, false, NextAction::AskInstitution),
            Self::InstitutionUnavailable | Self::TimedOut => (Blame::Institution, true, NextAction::ComeBackLater),
            Self::BadInstitutionAnswer => (Blame::Institution, true, NextAction::StartOver),
            Self::OutcomeUnknown => (Blame::Gesher, true, NextAction::StartOver),
            Self::CustomerMismatch | Self::LockNotTaken => (Blame::Host, false, NextAction::AskHost),
            Self::NoAccountFits => (Blame::User, true, NextAction::StartOver),
            Self::AccessSuspended => (Blame::Institution, false, NextAction::AskInstitution),
            Self::LoginNotSupported => (Blame::Provider, true, NextAction::StartOver),
            Self::Internal => (Blame::Gesher, true, NextAction::StartOver),
            Self::Offline => (Blame::User, true, NextAction::TryAgain),
            Self::GesherUnreachable => (Blame::Gesher, true, NextAction::TryAgain),
            Self::TooManyRequests => (Blame::User, true, NextAction::ComeBackLater),
        };
        Failure {
            code: self,
            blame,
            retryable,
            next_action,
        }
    }
}

/// A failure as a host sees it. The text for a person comes from the locale files, by code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Failure {
    /// What happened.
    pub code: FailureCode,
    /// Who has to act.
    pub blame: Blame,
    /// Whether this session can go on after it.
    pub retryable: bool,
    /// What to do.
    pub next_action: NextAction,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_that_is_written_is_the_code_that_serde_writes() {
        for code in FailureCode::ALL {
            assert_eq!(serde_json::to_value(code).ok(), Some(code.as_str().into()));
        }
    }
}
