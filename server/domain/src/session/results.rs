//! What comes from outside the page: a provider's results, the bank's return, the host's backend, the clock.

use super::{
    Asking, Attempt, AttemptId, Back, CORPORATE_FIELD, Call, Calling, Effect, Exit, FORM_TRIES, Granted, Leaving, Message, Moved, Offer,
    PSU_FIELD, PickingAccounts, Refusal, Refused, Session, State, Waiting,
};
use crate::{BrowserHash, StateHash, Timestamp, connection};
use gesher_contract::{Failure, FailureCode, Field, FieldKind, Form, IdType, LocalizedText, NextAction};
use std::collections::BTreeMap;
use std::time::Duration;

/// What a provider's call came to. The grant and the provider's own state stay with the caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A form has to be filled.
    Form(Form),
    /// The person has to go to the bank.
    Redirect,
    /// The institution takes its time.
    Wait {
        /// When to ask again.
        next_poll: Timestamp,
        /// When to give up.
        until: Timestamp,
        /// What the person is told meanwhile.
        message: LocalizedText,
    },
    /// Accounts have to be picked.
    Accounts(Offer),
    /// Granted.
    Done(Granted),
}

/// What the institution says with a failure about asking again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Again {
    /// How many tries it leaves.
    pub tries_left: Option<u32>,
    /// The form to ask with instead: the same question with a new picture.
    pub form: Option<Form>,
}

impl Again {
    /// The same form, with so many tries.
    pub const fn tries(tries_left: Option<u32>) -> Self {
        Self { tries_left, form: None }
    }
}

/// What the bank brought back. The caller has checked all that only it can (PKCE, issuer).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Returned {
    /// Parameters to exchange.
    Params,
    /// An error.
    Error(Failure),
}

impl Session {
    /// The call of this attempt came to a step.
    ///
    /// # Errors
    /// `Late` or `Over` when the attempt has ended: what the step brought is in the effects, to be given back.
    /// `NotAllowed` when the attempt goes on and waits for no result (a repeated poll's answer).
    pub fn step(self, attempt: AttemptId, step: Step, now: Timestamp) -> Result<Moved, Refused> {
        let calling = match self.calling(attempt) {
            Ok(calling) => calling.clone(),
            Err(why) => {
                let ended = self.state.attempt().is_none_or(|current| current.id != attempt);
                let mut refused = self.refuse(why);
                if ended {
                    refused.effects.push(brought(attempt, &step));
                }
                return Err(refused);
            }
        };
        if calling.leaving {
            return Ok(self.exit_with(brought(attempt, &step)));
        }
        let Calling { attempt, call, back, .. } = calling;
        Ok(match step {
            Step::Form(form) => self.ask(attempt, call, form, back, now),
            Step::Redirect => self.moved(State::Leaving(Leaving { attempt, launch: None }), Vec::new()),
            Step::Wait { next_poll, until, message } => {
                let until = match back {
                    Back::Wait { until: first, .. } => until.min(first),
                    Back::Nothing | Back::Form { .. } => until,
                };
                let waiting = Waiting {
                    attempt,
                    next_poll,
                    until,
                    message,
                };
                self.moved(State::Waiting(waiting), Vec::new())
            }
            // Nothing can be picked from an empty offer.
            Step::Accounts(ref offer) if offer.accounts.is_empty() => {
                let effects = vec![brought(attempt.id, &step)];
                self.fail_giving_back(effects, FailureCode::BadInstitutionAnswer.failure(), None)
            }
            Step::Accounts(offer) => self.moved(State::PickingAccounts(PickingAccounts { attempt, offer }), Vec::new()),
            Step::Done(granted) => self.grant(attempt, granted, now),
        })
    }

    /// The call of this attempt failed.
    ///
    /// # Errors
    /// `Late`, `Over` or `NotAllowed`, as for a step; there is nothing to give back.
    pub fn failed(self, attempt: AttemptId, failure: Failure, again: Again, now: Timestamp) -> Result<Moved, Refused> {
        let calling = match self.calling(attempt) {
            Ok(calling) => calling.clone(),
            Err(why) => return Err(self.refuse(why)),
        };
        if calling.leaving {
            return Ok(self.exit_with(Effect::VoidAttempt(attempt)));
        }
        let Again { tries_left, form: anew } = again;
        let Calling {
            attempt,
            call,
            back: Back::Form { form, tries, kept },
            ..
        } = calling
        else {
            return Ok(self.fail(failure, tries_left));
        };
        let stays = match call {
            Call::Submit => matches!(failure.code, FailureCode::WrongCredentials | FailureCode::WrongCode),
            // The code that was sent before is as good as it was.
            Call::Resend => matches!(
                failure.code,
                FailureCode::InstitutionUnavailable | FailureCode::TimedOut | FailureCode::BadInstitutionAnswer
            ),
            _ => false,
        };
        if !stays {
            return Ok(self.fail(failure, tries_left));
        }
        if call == Call::Submit && (tries == 0 || self.submits_left == 0 || tries_left == Some(0)) {
            return Ok(self.too_many(tries_left));
        }
        let form = match anew {
            Some(anew) => self.with_locks(anew),
            None => form,
        };
        let message = Some(Message { failure, tries_left });
        Ok(self.moved(
            State::Asking(Asking {
                message,
                ..asking(attempt, form, tries, kept, now)
            }),
            Vec::new(),
        ))
    }

    /// The worker of the call under way did not come back in time. Only a poll is called again: whatever else was sent may
    /// have been acted on.
    ///
    /// # Errors
    /// `Over`; `NotAllowed` where no call is under way; `NotDue`.
    pub fn lease_lost(self, now: Timestamp) -> Result<Moved, Refused> {
        if self.state.is_over() {
            return Err(self.refuse(Refusal::Over));
        }
        let State::Calling(calling) = &self.state else {
            return Err(self.refuse(Refusal::NotAllowed));
        };
        if now < calling.lease_until {
            return Err(self.refuse(Refusal::NotDue));
        }
        let Calling {
            attempt,
            call,
            leaving,
            back,
            ..
        } = calling.clone();
        Ok(match (call, back) {
            _ if leaving => self.exit_with(Effect::VoidAttempt(attempt.id)),
            (Call::Poll, back) => self.call(attempt, Call::Poll, back, Vec::new(), now),
            // Whether another code was sent or not, the person has one to type.
            (Call::Resend, Back::Form { form, tries, kept }) => {
                self.moved(State::Asking(asking(attempt, form, tries, kept, now)), Vec::new())
            }
            _ => self.fail(FailureCode::OutcomeUnknown.failure(), None),
        })
    }

    /// The bank sent the person back.
    ///
    /// # Errors
    /// `Over`; `BadReturn` when no leg is launched, the browser or the `state` is not the launch's, or it comes too late:
    /// nothing is sent.
    pub fn returned(self, browser: &BrowserHash, state: &StateHash, what: Returned, now: Timestamp) -> Result<Moved, Refused> {
        if self.is_over(now) {
            return Err(self.refuse(Refusal::Over));
        }
        let attempt = match &self.state {
            State::Leaving(Leaving {
                attempt,
                launch: Some(launch),
            }) if launch.browser == *browser && launch.state == *state && now < launch.until => attempt.clone(),
            _ => return Err(self.refuse(Refusal::BadReturn)),
        };
        Ok(match what {
            Returned::Params => self.call(attempt, Call::Exchange, Back::Nothing, Vec::new(), now),
            Returned::Error(failure) => self.fail(failure, None),
        })
    }

    /// It is time to ask the institution again.
    ///
    /// # Errors
    /// `Over`; `NotAllowed` where nothing is waited for; `NotDue`.
    pub fn poll_due(self, now: Timestamp) -> Result<Moved, Refused> {
        if self.is_over(now) {
            return Err(self.refuse(Refusal::Over));
        }
        let State::Waiting(waiting) = &self.state else {
            return Err(self.refuse(Refusal::NotAllowed));
        };
        let Waiting {
            attempt,
            next_poll,
            until,
            message,
        } = waiting.clone();
        if now >= until {
            Ok(self.fail(FailureCode::TimedOut.failure(), None))
        } else if now >= next_poll {
            Ok(self.call(attempt, Call::Poll, Back::Wait { until, message }, Vec::new(), now))
        } else {
            Err(self.refuse(Refusal::NotDue))
        }
    }

    /// Somebody else is on the way to the bank, or came back from there: another browser than the one that was sent. The
    /// attempt ends, so that nothing that was authorised meanwhile comes to stand under this session.
    ///
    /// # Errors
    /// `Over`; `NotAllowed` where nobody is on the way.
    pub fn turned_away(self, now: Timestamp) -> Result<Moved, Refused> {
        if self.is_over(now) {
            return Err(self.refuse(Refusal::Over));
        }
        if !matches!(self.state, State::Leaving(_)) {
            return Err(self.refuse(Refusal::NotAllowed));
        }
        Ok(self.fail(FailureCode::OtherBrowser.failure(), None))
    }

    /// The host's backend confirms, naming its customer. For another customer than the session's the grant is given back
    /// and the session has failed with `customer_mismatch`: the caller stores that and answers 409. A session without a
    /// customer gets this one.
    ///
    /// # Errors
    /// `Over`, also when the time to confirm is up; `NotAllowed` where there is nothing to confirm.
    pub fn exchange(self, customer: &str, now: Timestamp) -> Result<Moved, Refused> {
        if self.is_over(now) {
            return Err(self.refuse(Refusal::Over));
        }
        let State::Confirming(confirming) = &self.state else {
            return Err(self.refuse(Refusal::NotAllowed));
        };
        if self.customer.as_deref().is_some_and(|own| own != customer) {
            return Ok(self.fail(FailureCode::CustomerMismatch.failure(), None));
        }
        let attempt = confirming.attempt.clone();
        let mut effects = vec![Effect::VoidPublicToken];
        effects.extend(self.completed(attempt.id, confirming.granted));
        let named = Self {
            customer: Some(customer.to_owned()),
            ..self
        };
        Ok(named.moved(State::Done { attempt }, effects))
    }

    /// The time is up.
    ///
    /// # Errors
    /// `Over`; `NotDue`.
    pub fn tick(self, now: Timestamp) -> Result<Moved, Refused> {
        if self.state.is_over() {
            return Err(self.refuse(Refusal::Over));
        }
        if now < self.ends_at() {
            return Err(self.refuse(Refusal::NotDue));
        }
        let mut effects = self.give_back();
        effects.extend(self.tell(connection::Event::Abandoned));
        let route = self.state.route().cloned();
        Ok(self.moved(State::Expired { route }, effects))
    }

    /// Whatever is due now: the end of its time, a lost worker, a poll. For the job that looks at [`Session::wakes_at`].
    ///
    /// # Errors
    /// `Over`; `NotDue`.
    pub fn wake(self, now: Timestamp) -> Result<Moved, Refused> {
        match &self.state {
            State::Calling(_) if now < self.ends_at() => self.lease_lost(now),
            State::Waiting(_) if now < self.ends_at() => self.poll_due(now),
            _ => self.tick(now),
        }
    }

    /// The call that a result of this attempt belongs to.
    fn calling(&self, attempt: AttemptId) -> Result<&Calling, Refusal> {
        match &self.state {
            State::Calling(calling) if calling.attempt.id == attempt => Ok(calling),
            state if state.is_over() => Err(Refusal::Over),
            state if state.attempt().is_some_and(|current| current.id == attempt) => Err(Refusal::NotAllowed),
            _ => Err(Refusal::Late),
        }
    }

    /// The result came that a person who left was waited for with.
    fn exit_with(self, give_back: Effect) -> Moved {
        let route = self.state.route().cloned();
        let mut effects = vec![give_back];
        effects.extend(self.tell(connection::Event::LetGo(None)));
        self.moved(State::Exited { route, why: Exit::Closed }, effects)
    }

    /// Asks the person. The same form again is the same question: its tries go on.
    fn ask(self, attempt: Attempt, call: Call, form: Form, back: Back, now: Timestamp) -> Moved {
        let form = self.with_locks(form);
        if !self.takes_locks(call, &form) {
            return self.fail(FailureCode::LockNotTaken.failure(), None);
        }
        let (tries, kept) = match back {
            Back::Form { form: sent, tries, kept } if matches!(call, Call::Submit | Call::Resend) && sent.asks_like(&form) => (tries, kept),
            _ => (FORM_TRIES, BTreeMap::new()),
        };
        if tries == 0 {
            return self.too_many(None);
        }
        let resent = call == Call::Resend;
        self.moved(
            State::Asking(Asking {
                resent,
                ..asking(attempt, form, tries, kept, now)
            }),
            Vec::new(),
        )
    }

    /// The form with what the host fixed.
    fn with_locks(&self, mut form: Form) -> Form {
        for field in &mut form.fields {
            if field.name == PSU_FIELD && self.locks.psu_id.is_some() {
                field.locked.clone_from(&self.locks.psu_id);
                field.locked_type = Some(self.locks.psu_id_type);
            } else if field.name == CORPORATE_FIELD {
                field.locked.clone_from(&self.locks.psu_corporate_id);
            }
        }
        form
    }

    /// Whether the form takes what the host fixed. The first one has to ask for the company, and no other takes a passport than
    /// one that says so.
    fn takes_locks(&self, call: Call, form: &Form) -> bool {
        let has_company = form.fields.iter().any(|field| field.name == CORPORATE_FIELD);
        let company = self.locks.psu_corporate_id.is_none() || call != Call::Begin || has_company;
        let unfit = |field: &Field| field.kind == FieldKind::NationalId && field.locked_type == Some(IdType::Passport) && !field.passport;
        company && !form.fields.iter().any(unfit)
    }

    /// No tries are left. When the session has none either, beginning again would not help, and the host has to invite anew.
    /// What was typed is not sent: the institution was tried as often as it may be by whoever this is.
    ///
    /// # Errors
    /// `NotAllowed` where nothing is asked.
    pub fn out_of_tries(self) -> Result<Moved, Refused> {
        match &self.state {
            State::Asking(_) => Ok(self.too_many(None)),
            _ => Err(self.refuse(Refusal::NotAllowed)),
        }
    }

    fn too_many(self, tries_left: Option<u32>) -> Moved {
        let failure = FailureCode::TooManyTries.failure();
        if self.submits_left > 0 {
            return self.fail(failure, tries_left);
        }
        let last = Failure {
            retryable: false,
            next_action: NextAction::AskHost,
            ..failure
        };
        self.fail(last, tries_left)
    }
}

/// Asks with a form, with nothing to say beside it.
fn asking(attempt: Attempt, form: Form, tries: u32, kept: BTreeMap<String, String>, now: Timestamp) -> Asking {
    let wait = form.resend_after.map(|seconds| Duration::from_secs(seconds.into()));
    Asking {
        attempt,
        resend_from: wait.map(|wait| now.plus(wait)),
        resent: false,
        form,
        tries,
        message: None,
        kept,
    }
}

/// What a step brought that has to be given back when nobody wants it.
const fn brought(attempt: AttemptId, step: &Step) -> Effect {
    match step {
        Step::Done(_) | Step::Accounts(Offer { granted: Some(_), .. }) => Effect::RevokeGrant(attempt),
        Step::Form(_) | Step::Redirect | Step::Wait { .. } | Step::Accounts(_) => Effect::VoidAttempt(attempt),
    }
}
