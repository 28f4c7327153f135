//! The transitions of a connection.

use super::{Arrived, Changed, Connection, Event, FetchProblem, Moved, Outcome, Refusal, Refused, is_terminal};
use gesher_contract::{Blame, ConnectionStatus as Status, Failure, FailureCode, Reason};

/// Where in its life a connection is; each stage treats most events alike.
enum Stage {
    /// Nothing granted yet: pending, connecting.
    Before,
    /// Granted, the host has not confirmed.
    Unconfirmed,
    /// Confirmed, not all account holders have signed.
    Unsigned,
    /// Confirmed, and the access stands.
    Standing,
    /// Confirmed once, and the person has to come back: reconnect required, revoked.
    Cut,
    /// Terminal.
    Over,
}

const fn stage(status: Status) -> Stage {
    match status {
        Status::Pending | Status::Connecting => Stage::Before,
        Status::AwaitingConfirmation => Stage::Unconfirmed,
        Status::AwaitingCosigners => Stage::Unsigned,
        Status::Connected | Status::Active | Status::Completed | Status::Partial => Stage::Standing,
        Status::Degraded | Status::Suspended | Status::Unknown => Stage::Standing,
        Status::ReconnectRequired | Status::Revoked => Stage::Cut,
        Status::Rejected | Status::Terminated | Status::Replaced | Status::Abandoned | Status::Failed | Status::Deleted => Stage::Over,
    }
}

impl Connection {
    /// Takes an event.
    ///
    /// # Errors
    /// [`Refused`] with the unchanged connection: `Over` in a terminal status, `NotNow` where the event means nothing.
    /// A caller that only reports what happened (a session, a job) may ignore both.
    pub fn apply(self, event: Event) -> Result<Moved, Refused> {
        let from = self.status;
        let mut next = self.clone();
        match next.take(event) {
            Ok(()) => {
                let changed = (next.status != from).then_some(Changed { from, to: next.status });
                Ok(Moved { connection: next, changed })
            }
            Err(why) => Err(Refused { connection: self, why }),
        }
    }

    fn take(&mut self, event: Event) -> Result<(), Refusal> {
        if is_terminal(self.status) && (event != Event::Deleted || self.status == Status::Deleted) {
            return Err(Refusal::Over);
        }
        match event {
            Event::Begun => self.begun(),
            Event::LetGo(failure) => self.let_go(failure),
            Event::Failed(failure) => self.ended_before_it_stood(Status::Failed, Some(failure)),
            Event::Rejected => self.ended_before_it_stood(Status::Rejected, Some(FailureCode::ConsentRejected.failure())),
            Event::Abandoned => self.ended_before_it_stood(Status::Abandoned, None),
            Event::NotListed => self.ended_before_it_stood(Status::Abandoned, None).map(|()| {
                self.reasons.insert(Reason::NotListed);
            }),
            Event::Granted { cosigners } => self.granted(cosigners),
            Event::Confirmed => self.confirmed(),
            Event::Repaired => self.repaired(),
            Event::Cosigned => self.cosigned(),
            Event::Declined => self.declined(),
            Event::DataIn { one_off } => self.fetched(Outcome::Data(if one_off { Arrived::OneOff } else { Arrived::All })),
            Event::PartIn => self.fetched(Outcome::Data(Arrived::Part)),
            Event::FetchFailed(problem) => self.fetched(Outcome::Problem(problem)),
            Event::Recovered => self.recovered(),
            Event::LostSight => self.lost_sight(),
            Event::Noticed(reason) => self.noticed(reason),
            Event::Settled(reason) => self.settled(reason),
            Event::Terminated => self.end(Status::Terminated, None),
            Event::Replaced => self.end(Status::Replaced, None),
            Event::Deleted => self.end(Status::Deleted, None),
        }
    }

    fn become_(&mut self, status: Status) {
        self.status = status;
        self.failure = None;
        self.reasons.retain(|reason| is_notice(*reason));
    }

    fn end(&mut self, status: Status, failure: Option<Failure>) -> Result<(), Refusal> {
        self.status = status;
        self.failure = failure;
        self.reasons.clear();
        self.pending_outcome = None;
        Ok(())
    }

    /// Ends a connection that never stood. One that stands, or stood, is only being repaired: a session's end is not its own.
    fn ended_before_it_stood(&mut self, status: Status, failure: Option<Failure>) -> Result<(), Refusal> {
        match stage(self.status) {
            Stage::Before | Stage::Unconfirmed | Stage::Unsigned => self.end(status, failure),
            Stage::Standing | Stage::Cut | Stage::Over => Err(Refusal::NotNow),
        }
    }

    fn begun(&mut self) -> Result<(), Refusal> {
        match stage(self.status) {
            Stage::Before => {
                self.become_(Status::Connecting);
                Ok(())
            }
            // A repair says nothing until it succeeds.
            Stage::Unconfirmed | Stage::Unsigned | Stage::Standing | Stage::Cut | Stage::Over => Err(Refusal::NotNow),
        }
    }

    fn let_go(&mut self, failure: Option<Failure>) -> Result<(), Refusal> {
        match stage(self.status) {
            Stage::Before | Stage::Unconfirmed => {
                *self = Self { failure, ..Self::new() };
                Ok(())
            }
            Stage::Unsigned | Stage::Standing | Stage::Cut | Stage::Over => Err(Refusal::NotNow),
        }
    }

    fn granted(&mut self, cosigners: bool) -> Result<(), Refusal> {
        match stage(self.status) {
            Stage::Before => {
                self.become_(Status::AwaitingConfirmation);
                self.cosigners = cosigners;
                Ok(())
            }
            Stage::Unconfirmed | Stage::Unsigned | Stage::Standing | Stage::Cut | Stage::Over => Err(Refusal::NotNow),
        }
    }

    fn confirmed(&mut self) -> Result<(), Refusal> {
        match stage(self.status) {
            Stage::Unconfirmed if self.cosigners => self.become_(Status::AwaitingCosigners),
            Stage::Unconfirmed => self.stand(),
            Stage::Before | Stage::Unsigned | Stage::Standing | Stage::Cut | Stage::Over => return Err(Refusal::NotNow),
        }
        Ok(())
    }

    /// What stood without a hindrance goes on; otherwise the first data of the new grant have to come.
    fn repaired(&mut self) -> Result<(), Refusal> {
        match (stage(self.status), self.status) {
            (Stage::Standing, Status::Active | Status::Completed | Status::Partial) => {}
            (Stage::Standing | Stage::Cut | Stage::Unsigned, _) => self.status = Status::Connected,
            (Stage::Before | Stage::Unconfirmed | Stage::Over, _) => return Err(Refusal::NotNow),
        }
        self.failure = None;
        self.reasons.clear();
        self.cosigners = false;
        self.pending_outcome = None;
        Ok(())
    }

    fn cosigned(&mut self) -> Result<(), Refusal> {
        match stage(self.status) {
            Stage::Unconfirmed if self.cosigners => self.cosigners = false,
            Stage::Unsigned => {
                self.cosigners = false;
                self.stand();
            }
            _ => return Err(Refusal::NotNow),
        }
        Ok(())
    }

    fn declined(&mut self) -> Result<(), Refusal> {
        if self.cosigners {
            self.end(Status::Rejected, Some(FailureCode::ConsentRejected.failure()))
        } else {
            Err(Refusal::NotNow)
        }
    }

    /// Confirmed and signed: what was fetched before counts now.
    fn stand(&mut self) {
        self.become_(Status::Connected);
        match self.pending_outcome.take() {
            Some(outcome) => self.bring(outcome),
            None => self.resume(),
        }
    }

    /// The access stands and nothing is in its way.
    fn resume(&mut self) {
        self.become_(match self.data {
            None => Status::Connected,
            Some(Arrived::All) => Status::Active,
            Some(Arrived::OneOff) => Status::Completed,
            Some(Arrived::Part) => Status::Partial,
        });
    }

    fn fetched(&mut self, outcome: Outcome) -> Result<(), Refusal> {
        match stage(self.status) {
            // Until all have signed, a fetch says nothing about the access.
            Stage::Unconfirmed if self.cosigners => return Err(Refusal::NotNow),
            Stage::Unconfirmed => {
                if let Outcome::Data(arrived) = outcome {
                    self.data = Some(arrived);
                }
                self.pending_outcome = Some(outcome);
            }
            Stage::Standing => self.bring(outcome),
            // The person has to come back whatever a late fetch says, unless it is that the access is gone for good.
            Stage::Cut => match outcome {
                Outcome::Data(_) if self.status == Status::ReconnectRequired => self.bring(outcome),
                Outcome::Problem(FetchProblem::Broken | FetchProblem::Revoked) => self.bring(outcome),
                Outcome::Data(_) | Outcome::Problem(_) => return Err(Refusal::NotNow),
            },
            Stage::Before | Stage::Unsigned | Stage::Over => return Err(Refusal::NotNow),
        }
        Ok(())
    }

    /// What a fetch brought, on a connection that is confirmed.
    fn bring(&mut self, outcome: Outcome) {
        let problem = match outcome {
            Outcome::Data(arrived) => {
                self.data = Some(arrived);
                return self.resume();
            }
            Outcome::Problem(problem) => problem,
        };
        let (status, reason) = match problem {
            FetchProblem::InstitutionUnavailable => (Status::Degraded, Some(Reason::InstitutionUnavailable)),
            FetchProblem::ProviderUnavailable => (Status::Degraded, Some(Reason::ProviderUnavailable)),
            FetchProblem::Suspended => (Status::Suspended, None),
            FetchProblem::Broken => (Status::Failed, None),
            FetchProblem::LoginRequired => (Status::ReconnectRequired, Some(Reason::LoginRequired)),
            FetchProblem::ConsentExpired => (Status::ReconnectRequired, Some(Reason::ConsentExpired)),
            FetchProblem::Revoked => (Status::Revoked, None),
        };
        self.become_(status);
        self.failure = failure_of(problem);
        if problem == FetchProblem::ConsentExpired {
            self.reasons.remove(&Reason::AccessExpiringSoon);
        }
        self.reasons.extend(reason);
        if is_terminal(status) {
            self.reasons.clear();
        }
    }

    fn recovered(&mut self) -> Result<(), Refusal> {
        match self.status {
            Status::Degraded | Status::Suspended | Status::Unknown | Status::ReconnectRequired => {
                self.resume();
                Ok(())
            }
            _ => Err(Refusal::NotNow),
        }
    }

    fn lost_sight(&mut self) -> Result<(), Refusal> {
        match stage(self.status) {
            Stage::Standing => {
                self.become_(Status::Unknown);
                Ok(())
            }
            _ => Err(Refusal::NotNow),
        }
    }

    fn noticed(&mut self, reason: Reason) -> Result<(), Refusal> {
        let fits = match stage(self.status) {
            Stage::Standing if is_notice(reason) => true,
            Stage::Standing => self.status == Status::Degraded && is_hindrance(reason),
            Stage::Cut => self.status == Status::ReconnectRequired && reason == Reason::InstitutionRepairing,
            Stage::Before | Stage::Unconfirmed | Stage::Unsigned | Stage::Over => false,
        };
        if !fits {
            return Err(Refusal::NotNow);
        }
        self.reasons.insert(reason);
        Ok(())
    }

    fn settled(&mut self, reason: Reason) -> Result<(), Refusal> {
        // A hindrance goes by `Recovered` or data; only what stands beside the status settles by itself.
        if is_notice(reason) && self.reasons.remove(&reason) {
            Ok(())
        } else {
            Err(Refusal::NotNow)
        }
    }
}

/// A reason that says something beside the status and outlives its changes.
const fn is_notice(reason: Reason) -> bool {
    matches!(reason, Reason::AccessExpiringSoon | Reason::NewAccountsAvailable)
}

/// A reason for which refreshing fails.
const fn is_hindrance(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::InstitutionUnavailable | Reason::ProviderUnavailable | Reason::InstitutionActionRequired | Reason::InteractiveRefresh
    )
}

/// The failure that a host sees behind a fetch's problem. An expired or withdrawn consent is a status, not a failure.
const fn failure_of(problem: FetchProblem) -> Option<Failure> {
    match problem {
        FetchProblem::InstitutionUnavailable => Some(FailureCode::InstitutionUnavailable.failure()),
        FetchProblem::ProviderUnavailable => Some(Failure {
            blame: Blame::Provider,
            ..FailureCode::InstitutionUnavailable.failure()
        }),
        FetchProblem::Suspended => Some(FailureCode::AccessSuspended.failure()),
        FetchProblem::Broken => Some(FailureCode::BadInstitutionAnswer.failure()),
        FetchProblem::LoginRequired => Some(FailureCode::WrongCredentials.failure()),
        FetchProblem::ConsentExpired | FetchProblem::Revoked => None,
    }
}
