//! What a provider tells us by itself, over HTTP.
//!
//! **Contract.** Whoever knows the address can call it: a provider believes what it can check (a signature over the raw body, a secret
//! that only it was told) and refuses the rest by name. News say what happened, never what to do; the caller decides that, and the
//! same news twice do no harm.

use super::{Grant, Leg};
use axum::body::Bytes;
use axum::http::HeaderMap;
use gesher_contract::{FailureCode, Reason};
use gesher_domain::Timestamp;
use gesher_domain::connection::FetchProblem;

/// A call of a provider.
pub struct Hook {
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body, as it came: signatures are over these bytes.
    pub body: Bytes,
    /// The address that was called, in full, as we gave it out.
    pub url: String,
}

/// What we have of the connection that a hook is about.
#[derive(Default)]
pub struct Held<'a> {
    /// The access in use, or the newest one.
    pub grant: Option<&'a Grant>,
    /// The state of the attempt that is under way.
    pub leg: Option<&'a Leg>,
}

/// What a hook says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// Nothing that we do anything about.
    Nothing,
    /// The attempt has come to something: it is worth asking now.
    Moved,
    /// The attempt ended at the provider without an access.
    Ended(FailureCode),
    /// There are new data.
    Data,
    /// The access works again.
    Works,
    /// The access does not work.
    Trouble(FetchProblem),
    /// The access ends then.
    Ends(Timestamp),
    /// There is something that the host should know, and that changes nothing else.
    Noticed(Reason),
}

/// Why a hook is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HookRefused {
    /// This provider has none.
    #[error("no_hooks")]
    NoHooks,
    /// It is not signed, or carries no secret.
    #[error("not_signed")]
    NotSigned,
    /// Its signature or its secret is wrong.
    #[error("wrong_signature")]
    WrongSignature,
    /// It was signed too long ago, or in the future.
    #[error("too_old")]
    TooOld,
    /// It makes no sense.
    #[error("unreadable")]
    Unreadable,
    /// It is about something else than the connection that its address names.
    #[error("other_subject")]
    OtherSubject,
    /// Whether it is the provider's cannot be found out now: it may come again.
    #[error("unavailable")]
    Unavailable,
}
