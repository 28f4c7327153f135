//! The machine of a connect session: one visit that makes or repairs one connection.
//!
//! **Goal.** One place decides what a session may do next, so that no two doors, nodes or workers can disagree.
//! **Contract.** A transition consumes the session and gives back [`Moved`], with the version one higher and the effects
//! that belong to it, or [`Refused`], with the session unchanged. The caller stores what moved by compare-and-set on the
//! version it had read, in one transaction with what the effects say must be committed, and makes a [`Effect::Call`] only
//! after that commit. No network call stands inside a transaction, and a submit is never sent twice: a lost worker fails
//! the attempt.
//!
//! Who acts: the person's acts name the instance (the live browser document), and only the live one may act. Results
//! name their attempt, so that what an attempt brings after its end is recognised and given back ([`Refused::effects`]).

mod answers;
mod outcome;
mod person;
mod results;
mod state;
#[cfg(test)]
mod tests;

pub use answers::{Cleaned, FieldError, MAX_ANSWER, Problem, check};
pub use outcome::{Audit, Effect, Moved, Refusal, Refused};
pub use results::{Again, Returned, Step};
pub use state::{
    Asking, Attempt, AttemptId, Back, Call, Calling, Completion, Confirming, Exit, Failed, Granted, Launch, Leaving, Locks, MAX_SEARCHED,
    Message, Offer, OfferedAccount, PickingAccounts, Purpose, RouteRef, STATE_NAMES, State, Waiting,
};

use crate::{InstanceHash, Timestamp, connection};
use gesher_contract::{ConnectionId, Failure, FailureCode, Language, Proof, SessionId, TenantTag};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, time::Duration};

/// How long an invitation and its session live.
pub const SESSION_LIFE: Duration = Duration::from_secs(30 * 60);
/// How long the host's backend has to confirm.
pub const CONFIRM_LIFE: Duration = Duration::from_secs(10 * 60);
/// How long a call's worker has to be back. Longer than any provider's time limit.
pub const LEASE: Duration = Duration::from_secs(90);
/// How long a launched leg may take to come back.
pub const LAUNCH_LIFE: Duration = Duration::from_secs(10 * 60);
/// How often one form may be sent.
pub const FORM_TRIES: u32 = 3;
/// How often forms may be sent in one session, whatever the institution: beginning again does not make tries.
pub const SESSION_SUBMITS: u32 = 15;
/// How often the session may go from one browser document to another.
pub const TAKEOVERS: usize = 16;
/// The name of the field that carries the person's id at the institution, in every login form.
pub const PSU_FIELD: &str = "psu_id";
/// The name of the field that carries the company's id, in the forms of business banks.
pub const CORPORATE_FIELD: &str = "psu_corporate_id";

/// A connect session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// The tenant.
    pub tenant: TenantTag,
    /// Its id.
    pub id: SessionId,
    /// The connection that it makes or repairs.
    pub connection: ConnectionId,
    /// The tenant's own id for the customer whose connection it is. Absent where nobody knew who would come: then the exchange
    /// names them, once and for good.
    pub customer: Option<String>,
    /// Grows by one with each accepted event.
    pub version: i64,
    /// When it expires. While the host's backend has to confirm, [`Session::ends_at`] is what counts.
    pub deadline: Timestamp,
    /// From when on no other document gets in; absent: the deadline alone counts.
    #[serde(default)]
    pub opens_until: Option<Timestamp>,
    /// The live browser document.
    pub instance: Option<InstanceHash>,
    /// Documents that were live before. They may not come back.
    #[serde(default)]
    pub former: BTreeSet<InstanceHash>,
    /// The language that the person chose.
    #[serde(default)]
    pub language: Option<Language>,
    /// Number of the last attempt.
    pub attempts: u32,
    /// How often forms may still be sent in this session.
    pub submits_left: u32,
    /// What the host fixed.
    pub locks: Locks,
    /// Who says that the connection stands.
    pub completion: Completion,
    /// What it is for.
    #[serde(default)]
    pub purpose: Purpose,
    /// A keyed fingerprint of the id that the person typed last.
    #[serde(default)]
    pub person: Option<String>,
    /// The state.
    pub state: State,
}

/// What a new session is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// The tenant.
    pub tenant: TenantTag,
    /// The session's id.
    pub id: SessionId,
    /// The connection that it makes or repairs.
    pub connection: ConnectionId,
    /// The tenant's own id for the customer, where it is known.
    pub customer: Option<String>,
    /// What the host fixed.
    pub locks: Locks,
    /// Who says that the connection stands.
    pub completion: Completion,
    /// What it is for.
    pub purpose: Purpose,
    /// How long it lives.
    pub life: Life,
}

/// How long a session lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Life {
    /// How long its invitation lets a document in.
    pub opens: Duration,
    /// When it ends, whoever is in it.
    pub ends: Duration,
}

impl Default for Life {
    fn default() -> Self {
        Self {
            opens: SESSION_LIFE,
            ends: SESSION_LIFE,
        }
    }
}

impl Session {
    /// Makes a session, at version 1.
    pub fn invite(invitation: Invitation, now: Timestamp) -> Self {
        let Invitation {
            tenant,
            id,
            connection,
            customer,
            locks,
            completion,
            purpose,
            life,
        } = invitation;
        Self {
            tenant,
            id,
            connection,
            customer,
            version: 1,
            deadline: now.plus(life.ends),
            opens_until: (life.opens < life.ends).then(|| now.plus(life.opens)),
            instance: None,
            former: BTreeSet::new(),
            language: None,
            attempts: 0,
            submits_left: SESSION_SUBMITS,
            locks,
            completion,
            purpose,
            person: None,
            state: State::Invited,
        }
    }

    /// Whether this document is the live one.
    pub fn is_live(&self, instance: &InstanceHash) -> bool {
        self.instance.as_ref() == Some(instance)
    }

    /// Whether this document was live and another one took the session over.
    pub fn was_taken_over(&self, instance: &InstanceHash) -> bool {
        self.former.contains(instance)
    }

    /// Whether it has changed hands so often that no other document may have it.
    pub fn is_handed_on_too_often(&self) -> bool {
        self.former.len() >= TAKEOVERS
    }

    /// Whether its invitation still lets a document in.
    pub fn lets_in(&self, now: Timestamp) -> bool {
        !self.is_over(now) && self.opens_until.is_none_or(|until| now < until)
    }

    /// When its time is up: the deadline, and while the host's backend has to confirm, the time for that.
    pub const fn ends_at(&self) -> Timestamp {
        match &self.state {
            State::Confirming(confirming) => confirming.until,
            _ => self.deadline,
        }
    }

    /// Whether nothing can happen any more: by its state, or because its time is up (even if no tick has said so yet).
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.state.is_over() || now >= self.ends_at()
    }

    /// Whether a leg or a call is under way that another document may not take over, only start over.
    pub const fn is_under_way(&self) -> bool {
        match &self.state {
            State::Calling(_) | State::Waiting(_) | State::PickingAccounts(_) | State::Confirming(_) => true,
            State::Leaving(leaving) => leaving.launch.is_some(),
            _ => false,
        }
    }

    /// When [`Session::wake`] has something to do; never for one that is over.
    pub fn wakes_at(&self) -> Option<Timestamp> {
        let sooner = match &self.state {
            state if state.is_over() => return None,
            State::Calling(calling) => calling.lease_until,
            State::Waiting(waiting) => waiting.next_poll.min(waiting.until),
            _ => self.ends_at(),
        };
        Some(sooner.min(self.ends_at()))
    }

    /// Gives the session back unchanged.
    fn refuse(self, why: Refusal) -> Refused {
        Refused {
            session: Box::new(self),
            why,
            effects: Vec::new(),
        }
    }

    /// The one way to another state or version.
    fn moved(self, state: State, effects: Vec<Effect>) -> Moved {
        Moved {
            session: Self {
                version: self.version + 1,
                state,
                ..self
            },
            effects,
        }
    }

    /// What the connection is told: of a repair nothing until it is done.
    fn tell(&self, event: connection::Event) -> Option<Effect> {
        match self.purpose {
            Purpose::Connect => Some(Effect::Connection(event)),
            Purpose::Repair => None,
        }
    }

    /// The connection has the grant, confirmed. A repair takes the place of what stood when all have signed, and not before.
    fn completed(&self, attempt: AttemptId, granted: Granted) -> Vec<Effect> {
        match self.purpose {
            Purpose::Connect => vec![Effect::Connection(connection::Event::Confirmed)],
            Purpose::Repair if granted.cosigners => vec![Effect::AwaitCosigners(attempt)],
            Purpose::Repair => vec![Effect::UseGrant(attempt), Effect::Connection(connection::Event::Repaired)],
        }
    }

    /// What has to be given back when the attempt under way ends here.
    fn give_back(&self) -> Vec<Effect> {
        let Some(attempt) = self.state.attempt().map(|attempt| attempt.id) else {
            return Vec::new();
        };
        match &self.state {
            State::Confirming(_) => vec![Effect::RevokeGrant(attempt), Effect::VoidPublicToken],
            State::PickingAccounts(picking) if picking.offer.granted.is_some() => vec![Effect::RevokeGrant(attempt)],
            _ => vec![Effect::VoidAttempt(attempt)],
        }
    }

    /// Ends the attempt under way without a failure: what it has is given back, and nobody is at the connection any more.
    fn let_go(&self) -> Vec<Effect> {
        let mut effects = self.give_back();
        if !effects.is_empty() {
            effects.extend(self.tell(connection::Event::LetGo(None)));
        }
        effects
    }

    /// Ends the attempt under way with a failure.
    fn fail(self, failure: Failure, tries_left: Option<u32>) -> Moved {
        let effects = self.give_back();
        self.fail_giving_back(effects, failure, tries_left)
    }

    /// Ends the attempt under way with a failure, giving this back. A refused consent, and a failure that beginning again
    /// cannot mend, end the session and the connection too.
    fn fail_giving_back(self, mut effects: Vec<Effect>, failure: Failure, tries_left: Option<u32>) -> Moved {
        if failure.code == FailureCode::CustomerMismatch {
            effects.push(Effect::Audit(Audit::CustomerMismatch));
        }
        effects.extend(self.tell(match failure {
            Failure {
                code: FailureCode::ConsentRejected,
                ..
            } => connection::Event::Rejected,
            Failure { retryable: true, .. } => connection::Event::LetGo(Some(failure)),
            Failure { retryable: false, .. } => connection::Event::Failed(failure),
        }));
        let route = self.state.route().cloned();
        let proof = match &self.state {
            State::Calling(Calling {
                back: Back::Form { form, .. },
                ..
            }) => form.proof(),
            _ => Proof::default(),
        };
        self.moved(
            State::Failed(Failed {
                failure,
                tries_left,
                route,
                proof,
            }),
            effects,
        )
    }

    /// The grant is there: seal it, and let the host's backend confirm unless the tenant made that automatic.
    fn grant(self, attempt: Attempt, granted: Granted, now: Timestamp) -> Moved {
        let mut effects = vec![Effect::SealGrant(attempt.id)];
        effects.extend(self.tell(connection::Event::Granted {
            cosigners: granted.cosigners,
        }));
        match self.completion {
            Completion::Exchange => {
                effects.push(Effect::IssuePublicToken);
                let until = now.plus(CONFIRM_LIFE);
                self.moved(State::Confirming(Confirming { attempt, until, granted }), effects)
            }
            Completion::Automatic => {
                effects.extend(self.completed(attempt.id, granted));
                self.moved(State::Done { attempt }, effects)
            }
        }
    }

    /// Starts a call: its intent is in the state, its worker begins after the commit.
    fn call(self, attempt: Attempt, call: Call, back: Back, mut effects: Vec<Effect>, now: Timestamp) -> Moved {
        effects.push(Effect::Call { call, attempt: attempt.id });
        let calling = Calling {
            attempt,
            call,
            lease_until: now.plus(LEASE),
            leaving: false,
            back,
        };
        self.moved(State::Calling(calling), effects)
    }
}
