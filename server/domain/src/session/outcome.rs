//! What a transition gives back.

use super::{AttemptId, Call, FieldError, Session};
use crate::connection;

/// What belongs to a transition. All but [`Effect::Call`] are committed with it, those at a provider as a stored intent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Make this call, after the commit.
    Call {
        /// The call.
        call: Call,
        /// The attempt, whose number the result has to carry.
        attempt: AttemptId,
    },
    /// The attempt ended without a grant: forget its leg and cancel it at the provider.
    VoidAttempt(AttemptId),
    /// Seal and store the grant that the attempt brought.
    SealGrant(AttemptId),
    /// Give back the grant that the attempt brought: the one in the caller's hand, in the leg, or sealed; revoke it at the
    /// provider and forget it together with all that was fetched with it.
    RevokeGrant(AttemptId),
    /// The connection is fetched with the grant that the attempt brought from now on. Those that it had before are given back.
    UseGrant(AttemptId),
    /// The grant that the attempt brought is kept until the other account holders have signed. What stood before stays till then.
    AwaitCosigners(AttemptId),
    /// Make a public token that lives until [`Session::ends_at`].
    IssuePublicToken,
    /// The public token is worth nothing any more, used or not.
    VoidPublicToken,
    /// Tell the connection.
    Connection(connection::Event),
    /// Write it into the audit log.
    Audit(Audit),
}

/// What the audit log keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Audit {
    /// The host's backend confirmed another customer than the session's.
    CustomerMismatch,
    /// Another document took the session over.
    TakenOver,
    /// Another document ended the attempt under way and began again.
    StartedOver,
}

/// An accepted event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// The session now.
    pub session: Session,
    /// What belongs to it.
    pub effects: Vec<Effect>,
}

impl Moved {
    /// Lets another event follow in the same transaction. The effects of both are kept.
    ///
    /// # Errors
    /// The second event's refusal. Its session is the one after the first event: nothing of it is stored.
    pub fn then(self, next: impl FnOnce(Session) -> Result<Self, Refused>) -> Result<Self, Refused> {
        let Self { session, mut effects } = self;
        let second = next(session)?;
        effects.extend(second.effects);
        Ok(Self {
            session: second.session,
            effects,
        })
    }

    /// The call to make after the commit, if there is one.
    pub fn call(&self) -> Option<(Call, AttemptId)> {
        self.effects.iter().find_map(|effect| match effect {
            Effect::Call { call, attempt } => Some((*call, *attempt)),
            _ => None,
        })
    }
}

/// A refused event: the session is unchanged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct Refused {
    /// The session, unchanged.
    pub session: Box<Session>,
    /// Why.
    pub why: Refusal,
    /// What a late result brought and has to be given back all the same.
    pub effects: Vec<Effect>,
}

/// Why an event was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The state, a lock or the host's filter does not allow it.
    #[error("not allowed")]
    NotAllowed,
    /// It was made on another version than the session's.
    #[error("made on another version")]
    StaleTicket,
    /// Fields are wrong; nothing was sent.
    #[error("{} fields are wrong", .0.len())]
    Invalid(Vec<FieldError>),
    /// No tries, takeovers or sends are left.
    #[error("too many")]
    TooMany,
    /// Another document is live, or another browser launched the leg.
    #[error("not yours")]
    NotYours,
    /// The bank's return does not belong to the launched leg.
    #[error("bad return")]
    BadReturn,
    /// None of the offered accounts was picked.
    #[error("no account picked")]
    EmptyChoice,
    /// A leg or a call is under way in another document: only starting over is possible.
    #[error("already under way")]
    AlreadyUnderWay,
    /// The session is over.
    #[error("over")]
    Over,
    /// This document is live already: there is nothing to take over.
    #[error("live already")]
    AlreadyLive,
    /// Nothing is due yet.
    #[error("not due")]
    NotDue,
    /// The result belongs to an attempt that ended.
    #[error("late")]
    Late,
}
