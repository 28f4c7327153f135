//! What the person does. Each act names the document that it was made in; only the live one may act.

use super::{
    Asking, Attempt, AttemptId, Audit, Back, Call, Calling, Cleaned, Completion, Effect, Exit, LAUNCH_LIFE, Launch, Leaving, Moved,
    Purpose, Refusal, Refused, RouteRef, Session, State, answers,
};
use crate::{BrowserHash, InstanceHash, StateHash, Timestamp};
use gesher_contract::Language;
use std::collections::{BTreeMap, BTreeSet};

impl Session {
    /// A document's first act: it becomes the live one.
    ///
    /// # Errors
    /// `Over`; `AlreadyLive`; `NotYours` for a document that was taken over; `AlreadyUnderWay`; `TooMany` takeovers.
    pub fn open(self, by: InstanceHash, now: Timestamp) -> Result<Moved, Refused> {
        if self.is_live(&by) && !self.has_left(now) {
            return Err(self.refuse(Refusal::AlreadyLive));
        }
        if let Err(why) = self.may_enter(&by, now) {
            return Err(self.refuse(why));
        }
        if self.is_under_way() {
            return Err(self.refuse(Refusal::AlreadyUnderWay));
        }
        let effects = self.handed_to(&by, Audit::TakenOver);
        let session = self.entered_by(by);
        let state = match session.state.clone() {
            State::Invited => State::Choosing,
            same => same,
        };
        Ok(session.moved(state, effects))
    }

    /// Back to choosing, in this document: the attempt under way is void, even one that another document launched.
    ///
    /// # Errors
    /// `Over`; `NotYours` for a document that was taken over; `TooMany` takeovers.
    pub fn start_over(self, by: InstanceHash, now: Timestamp) -> Result<Moved, Refused> {
        if let Err(why) = self.may_enter(&by, now) {
            return Err(self.refuse(why));
        }
        let mut effects = self.let_go();
        effects.extend(self.handed_to(&by, Audit::StartedOver));
        Ok(self.entered_by(by).moved(State::Choosing, effects))
    }

    /// Chooses an institution. `on` is the version that the act was made on, where it names one.
    ///
    /// # Errors
    /// `Over`; `NotYours`; `StaleTicket`; `NotAllowed` by the state or by what the host fixed.
    pub fn choose(self, by: &InstanceHash, on: Option<i64>, route: RouteRef, now: Timestamp) -> Result<Moved, Refused> {
        if let Err(why) = self.may_act(by, on, now) {
            return Err(self.refuse(why));
        }
        let named = self.locks.institution_ids.contains(&route.institution);
        let listed = self.locks.institution_ids.is_empty() || named;
        // A host that names an invented institution wants it.
        let shown = self.locks.include_sandbox || !route.invented || named;
        // A failure that is not retryable is over, and was refused above.
        let here = matches!(self.state, State::Choosing | State::Asking(_) | State::Failed(_));
        if !(listed && shown && here) {
            return Err(self.refuse(Refusal::NotAllowed));
        }
        let mut effects = self.give_back();
        effects.extend(self.tell(crate::connection::Event::Begun));
        let attempts = self.attempts + 1;
        let attempt = Attempt {
            id: AttemptId(attempts),
            route,
        };
        // Who it is at this institution is to be said anew.
        let session = Self {
            attempts,
            person: None,
            ..self
        };
        Ok(session.call(attempt, Call::Begin, Back::Nothing, effects, now))
    }

    /// Sends the institution's form. Gives back the answers as they have to be sent.
    ///
    /// # Errors
    /// `Over`; `NotYours`; `StaleTicket`; `NotAllowed` where nothing is asked; `TooMany`; `Invalid`.
    pub fn submit(
        self,
        by: &InstanceHash,
        on: i64,
        answers: &BTreeMap<String, String>,
        now: Timestamp,
    ) -> Result<(Moved, Cleaned), Refused> {
        if let Err(why) = self.may_act(by, Some(on), now) {
            return Err(self.refuse(why));
        }
        let State::Asking(asking) = &self.state else {
            return Err(self.refuse(Refusal::NotAllowed));
        };
        if asking.tries == 0 || self.submits_left == 0 {
            return Err(self.refuse(Refusal::TooMany));
        }
        let cleaned = match answers::check(&asking.form, answers) {
            Ok(cleaned) => cleaned,
            Err(errors) => return Err(self.refuse(Refusal::Invalid(errors))),
        };
        let Asking { attempt, form, tries, .. } = asking.clone();
        let back = Back::Form {
            kept: answers::keepable(&form, answers),
            tries: tries - 1,
            form,
        };
        let session = Self {
            submits_left: self.submits_left - 1,
            ..self
        };
        Ok((session.call(attempt, Call::Submit, back, Vec::new(), now), cleaned))
    }

    /// Asks the institution to send its code again.
    ///
    /// # Errors
    /// `Over`; `NotYours`; `StaleTicket`; `NotAllowed` where no code can be sent again; `NotDue` too soon after the last.
    pub fn resend(self, by: &InstanceHash, on: Option<i64>, now: Timestamp) -> Result<Moved, Refused> {
        if let Err(why) = self.may_act(by, on, now) {
            return Err(self.refuse(why));
        }
        let State::Asking(asking) = &self.state else {
            return Err(self.refuse(Refusal::NotAllowed));
        };
        match asking.resend_from {
            None => return Err(self.refuse(Refusal::NotAllowed)),
            Some(from) if now < from => return Err(self.refuse(Refusal::NotDue)),
            Some(_) => {}
        }
        let Asking {
            attempt,
            form,
            tries,
            kept,
            ..
        } = asking.clone();
        let back = Back::Form { form, tries, kept };
        Ok(self.call(attempt, Call::Resend, back, Vec::new(), now))
    }

    /// Goes to the bank. Again from the same browser: the new `state` counts, the old one is void.
    ///
    /// # Errors
    /// `Over`; `NotYours` in another document, or from another browser than the one that launched; `NotAllowed`.
    pub fn launch(self, by: &InstanceHash, browser: BrowserHash, state: StateHash, now: Timestamp) -> Result<Moved, Refused> {
        if let Err(why) = self.may_act(by, None, now) {
            return Err(self.refuse(why));
        }
        let State::Leaving(Leaving { attempt, launch }) = &self.state else {
            return Err(self.refuse(Refusal::NotAllowed));
        };
        if launch.is_some_and(|launch| launch.browser != browser) {
            return Err(self.refuse(Refusal::NotYours));
        }
        let attempt = attempt.clone();
        let launch = Some(Launch {
            browser,
            state,
            until: now.plus(LAUNCH_LIFE),
        });
        Ok(self.moved(State::Leaving(Leaving { attempt, launch }), Vec::new()))
    }

    /// Picks accounts from the offer.
    ///
    /// # Errors
    /// `Over`; `NotYours`; `StaleTicket`; `NotAllowed` where nothing is offered, or for an account that was not;
    /// `EmptyChoice`.
    pub fn accounts(self, by: &InstanceHash, on: Option<i64>, picked: &BTreeSet<String>, now: Timestamp) -> Result<Moved, Refused> {
        if let Err(why) = self.may_act(by, on, now) {
            return Err(self.refuse(why));
        }
        let State::PickingAccounts(picking) = &self.state else {
            return Err(self.refuse(Refusal::NotAllowed));
        };
        if picked.is_empty() {
            return Err(self.refuse(Refusal::EmptyChoice));
        }
        if !picked
            .iter()
            .all(|id| picking.offer.accounts.iter().any(|account| account.id == *id))
        {
            return Err(self.refuse(Refusal::NotAllowed));
        }
        let attempt = picking.attempt.clone();
        Ok(match picking.offer.granted {
            Some(granted) => self.grant(attempt, granted, now),
            None => self.call(attempt, Call::Accounts, Back::Nothing, Vec::new(), now),
        })
    }

    /// The person leaves (or, with no document, the host ends it). While a call is under way it is only remembered: the
    /// result is given back when it comes.
    ///
    /// # Errors
    /// `Over`; `NotYours`.
    pub fn cancel(self, by: Option<&InstanceHash>, now: Timestamp) -> Result<Moved, Refused> {
        if self.has_left(now) {
            return Err(self.refuse(Refusal::Over));
        }
        if by.is_some_and(|by| self.instance.is_some() && !self.is_live(by)) {
            return Err(self.refuse(Refusal::NotYours));
        }
        if let State::Calling(calling) = &self.state {
            let calling = Calling {
                leaving: true,
                ..calling.clone()
            };
            return Ok(self.moved(State::Calling(calling), Vec::new()));
        }
        let effects = self.let_go();
        let route = self.state.route().cloned();
        Ok(self.moved(State::Exited { route, why: Exit::Closed }, effects))
    }

    /// The person does not find their institution: the visit ends, and the connection with it. A repair is of one institution, which
    /// stands in the list.
    ///
    /// # Errors
    /// `Over`; `NotYours`; `StaleTicket`; `NotAllowed` where no list is shown, or in a repair.
    pub fn not_listed(self, by: &InstanceHash, on: Option<i64>, searched: &str, now: Timestamp) -> Result<Moved, Refused> {
        if let Err(why) = self.may_act(by, on, now) {
            return Err(self.refuse(why));
        }
        if !self.may_be_not_listed() {
            return Err(self.refuse(Refusal::NotAllowed));
        }
        let effects = self.tell(crate::connection::Event::NotListed).into_iter().collect();
        let why = Exit::not_listed(searched);
        Ok(self.moved(State::Exited { route: None, why }, effects))
    }

    /// Whether the person may say that their institution is not in the list: where it is shown, and not in a repair.
    pub fn may_be_not_listed(&self) -> bool {
        matches!(self.state, State::Invited | State::Choosing) && self.purpose == Purpose::Connect
    }

    /// A newer invitation takes its place. It ends at once, also while a call is under way: what that brings is given back when it
    /// comes.
    ///
    /// # Errors
    /// `Over`.
    pub fn supersede(self) -> Result<Moved, Refused> {
        if self.state.is_over() {
            return Err(self.refuse(Refusal::Over));
        }
        let effects = self.let_go();
        let route = self.state.route().cloned();
        Ok(self.moved(State::Exited { route, why: Exit::Closed }, effects))
    }

    /// The session, with who says that what the next attempt brings stands.
    #[must_use]
    pub fn completing(self, completion: Completion) -> Self {
        Self { completion, ..self }
    }

    /// The session, with the fingerprint of an id that the person is about to send.
    #[must_use]
    pub fn known_as(self, person: Option<String>) -> Self {
        Self {
            person: person.or(self.person),
            ..self
        }
    }

    /// Switches the language, where the host left it open.
    ///
    /// # Errors
    /// `Over`; `NotYours`; `NotAllowed` where the host fixed it.
    pub fn speak(self, by: &InstanceHash, language: Language, now: Timestamp) -> Result<Moved, Refused> {
        if let Err(why) = self.may_act(by, None, now) {
            return Err(self.refuse(why));
        }
        if self.locks.language.is_some() {
            return Err(self.refuse(Refusal::NotAllowed));
        }
        let state = self.state.clone();
        let session = Self {
            language: Some(language),
            ..self
        };
        Ok(session.moved(state, Vec::new()))
    }

    /// Whether the person can do nothing any more: it is over, or will be when a result comes.
    fn has_left(&self, now: Timestamp) -> bool {
        self.is_over(now) || matches!(&self.state, State::Calling(Calling { leaving: true, .. }))
    }

    /// Whether this document may act.
    fn may_act(&self, by: &InstanceHash, on: Option<i64>, now: Timestamp) -> Result<(), Refusal> {
        if self.has_left(now) {
            Err(Refusal::Over)
        } else if !self.is_live(by) {
            Err(Refusal::NotYours)
        } else if on.is_some_and(|on| on != self.version) {
            Err(Refusal::StaleTicket)
        } else {
            Ok(())
        }
    }

    /// Whether this document may be the live one.
    fn may_enter(&self, by: &InstanceHash, now: Timestamp) -> Result<(), Refusal> {
        if self.has_left(now) {
            Err(Refusal::Over)
        } else if self.was_taken_over(by) {
            Err(Refusal::NotYours)
        } else if !self.is_live(by) && !self.lets_in(now) {
            Err(Refusal::Over)
        } else if !self.is_live(by) && self.is_handed_on_too_often() {
            Err(Refusal::TooMany)
        } else {
            Ok(())
        }
    }

    /// What to write down when this document takes the place of another one.
    fn handed_to(&self, by: &InstanceHash, how: Audit) -> Vec<Effect> {
        let other = self.instance.is_some() && !self.is_live(by);
        other.then_some(Effect::Audit(how)).into_iter().collect()
    }

    /// Makes this document the live one.
    fn entered_by(mut self, by: InstanceHash) -> Self {
        if let Some(before) = self.instance.replace(by).filter(|before| *before != by) {
            self.former.insert(before);
        }
        self
    }
}
