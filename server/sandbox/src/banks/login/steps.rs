//! What a login waits for, what comes next in it, and why it is refused.

use super::super::psu::PsuId;

/// How a person confirms, where that can be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    Sms,
    Call,
    App,
}

impl Method {
    pub(crate) const ALL: [Self; 3] = [Self::Sms, Self::Call, Self::App];

    /// The name in the protocol.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::Call => "call",
            Self::App => "app",
        }
    }
}

/// How a code is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    Sms,
    Call,
}

/// What a login waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Awaits {
    /// The choice of a method.
    Method,
    /// The code that was sent.
    Code {
        /// How.
        by: By,
        /// After how many seconds it can be sent again.
        resend_after: u32,
    },
    /// The answer to the security question.
    Question,
    /// The digits of the picture that was shown.
    Picture {
        /// The digits.
        digits: String,
    },
    /// The approval in the app.
    App {
        /// Until when.
        until: i64,
    },
    /// The choice of accounts.
    Accounts,
}

/// What comes next in a login.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// This person has to do something.
    Awaits(PsuId, Awaits),
    /// This person is through.
    Through(PsuId),
}

/// Why a login is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LoginRefused {
    /// User name or password is wrong.
    Wrong { tries_left: u32 },
    /// Too many were wrong.
    Locked,
}

/// Why a step of a login is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum StepRefused {
    /// No such login at this bank, or it is over.
    Unknown,
    /// It is not the right answer.
    Wrong {
        /// Tries that are left.
        tries_left: u32,
        /// A new question instead of the one that was answered.
        again: Option<(PsuId, Awaits)>,
    },
    /// Too many were wrong.
    Locked,
    /// It came too late.
    Expired,
    /// It is right, but the consent is refused. The login is over.
    ConsentRejected,
    /// Nobody answered in the app. The login is over.
    TimedOut,
    /// The login waits for something else.
    OutOfTurn,
    /// The code was sent a moment ago.
    NotDue,
    /// The answer is none that the question knows.
    Unfit(&'static str),
}
