//! What a session should do, written as the table of rows and a list of refusals, without the machine's types for states.

use super::table::{
    Event, Failure,
    Kind::{self, *},
    Name::{self, *},
    Pick, ROWS, Step, Why,
};
use std::collections::BTreeSet;

/// The model of a session. Times are seconds from its start.
#[derive(Clone, Debug)]
pub struct Model {
    pub at: Name,
    pub live: Option<u8>,
    pub former: BTreeSet<u8>,
    pub now: u32,
    pub attempts: u32,
    automatic: bool,
    repair: bool,
    calling: Option<&'static str>,
    left: bool,
    lease: u32,
    form: Option<Step>,
    tries: u32,
    sends: u32,
    resend_from: u32,
    pub launch: Option<(u8, u8)>,
    launch_until: u32,
    granted: bool,
    next_poll: u32,
    give_up: u32,
    confirm_until: u32,
}

impl Model {
    pub fn new(automatic: bool, repair: bool, sends: u32) -> Self {
        Self {
            at: Invited,
            live: None,
            former: BTreeSet::new(),
            now: 0,
            attempts: 0,
            automatic,
            repair,
            calling: None,
            left: false,
            lease: 0,
            form: None,
            tries: 0,
            sends,
            resend_from: 0,
            launch: None,
            launch_until: 0,
            granted: false,
            next_poll: 0,
            give_up: u32::MAX,
            confirm_until: 0,
        }
    }

    pub fn over(&self) -> bool {
        matches!(self.at, Done | Exited | Unlisted | Final | Expired)
    }

    /// Whether there is an attempt under way whose number a result can carry, or that made the connection.
    pub fn attempt_stands(&self) -> bool {
        matches!(
            self.at,
            Asking | Calling | Leaving | Launched | Waiting | Picking | Confirming | Done
        )
    }

    fn end(&self) -> u32 {
        if self.at == Confirming { self.confirm_until } else { 1_800 }
    }

    pub fn ended(&self) -> bool {
        self.over() || self.now >= self.end()
    }

    /// When the next thing is due that the clock brings about.
    fn due(&self) -> u32 {
        match self.at {
            Calling => self.lease,
            Waiting => self.next_poll,
            _ => self.end(),
        }
    }

    fn row(&self, kind: Kind) -> Option<Option<Name>> {
        ROWS.iter()
            .find(|(from, on, _)| *on == kind && from.contains(&self.at))
            .map(|(_, _, to)| *to)
    }

    /// Takes an event: the row that it is, or the refusal's name. Time that passes is no event of the session.
    pub fn take(&mut self, event: Event) -> Result<Option<Kind>, Why> {
        if let Event::Pass { seconds } = event {
            self.now += seconds;
            return Ok(None);
        }
        if matches!(event, Event::PassUntilDue) {
            self.now = self.now.max(self.due());
            return Ok(None);
        }
        let kind = self.kind(event)?;
        let to = self.row(kind).unwrap_or_else(|| panic!("no row for {kind:?} at {:?}", self.at));
        self.note(event, kind);
        self.at = match to {
            Some(Confirming) if self.automatic => Done,
            Some(to) => to,
            None => self.at,
        };
        if matches!(kind, StepDone | PickGranted) {
            self.confirm_until = self.now + 600;
        }
        Ok(Some(kind))
    }

    /// What the person may not do, in the order in which it is said.
    fn acts(&self, by: u8, stale: bool) -> Result<(), Why> {
        match () {
            () if self.ended() || self.left => Err("over"),
            () if self.live != Some(by) => Err("not yours"),
            () if stale => Err("made on another version"),
            () => Ok(()),
        }
    }

    fn enters(&self, by: u8) -> Result<(), Why> {
        match () {
            () if self.ended() || self.left => Err("over"),
            () if self.former.contains(&by) => Err("not yours"),
            () => Ok(()),
        }
    }

    fn allowed(&self, kind: Kind) -> Result<Kind, Why> {
        if self.row(kind).is_some() { Ok(kind) } else { Err("not allowed") }
    }

    /// Which row an event is, or why it is none.
    fn kind(&self, event: Event) -> Result<Kind, Why> {
        match event {
            Event::Open(by) => {
                self.enters(by)?;
                match self.row(Open) {
                    _ if self.live == Some(by) => Err("live already"),
                    Some(_) => Ok(Open),
                    None => Err("already under way"),
                }
            }
            Event::StartOver(by) => self.enters(by).map(|()| StartOver),
            Event::Choose { by, stale, listed } => {
                self.acts(by, stale)?;
                if listed { self.allowed(Choose) } else { Err("not allowed") }
            }
            Event::Submit { by, stale, right } => {
                self.acts(by, stale)?;
                self.allowed(Submit)?;
                match () {
                    () if self.tries == 0 || self.sends == 0 => Err("too many"),
                    () if !right => Err("fields are wrong"),
                    () => Ok(Submit),
                }
            }
            Event::Resend { by, stale } => {
                self.acts(by, stale)?;
                self.allowed(Resend)?;
                match () {
                    () if self.form != Some(Step::Code) => Err("not allowed"),
                    () if self.now < self.resend_from => Err("not due"),
                    () => Ok(Resend),
                }
            }
            Event::Launch { by, browser, .. } => {
                self.acts(by, false)?;
                self.allowed(Launch)?;
                if self.launch.is_some_and(|(from, _)| from != browser) {
                    Err("not yours")
                } else {
                    Ok(Launch)
                }
            }
            Event::Pick { by, pick } => {
                self.acts(by, false)?;
                self.allowed(Pick)?;
                match pick {
                    Pick::Nothing => Err("no account picked"),
                    Pick::Unknown => Err("not allowed"),
                    Pick::Offered => Ok(if self.granted { PickGranted } else { Pick }),
                }
            }
            Event::Cancel(by) => match by {
                _ if self.ended() || self.left => Err("over"),
                Some(by) if self.live.is_some_and(|live| live != by) => Err("not yours"),
                _ => Ok(if self.at == Calling { CancelCall } else { Cancel }),
            },
            Event::NotListed { by, stale } => {
                self.acts(by, stale)?;
                if self.repair { Err("not allowed") } else { self.allowed(NotListed) }
            }
            Event::Supersede => {
                if self.over() {
                    Err("over")
                } else {
                    Ok(Supersede)
                }
            }
            Event::Speak(by) => self.acts(by, false).map(|()| Speak),
            Event::Step { late, step } => {
                self.result(late)?;
                Ok(match step {
                    _ if self.left => ResultAfterLeaving,
                    Step::Login | Step::Code if self.form == Some(step) && self.tries == 0 => self.too_many(),
                    Step::Login | Step::Code => StepForm,
                    Step::Redirect => StepRedirect,
                    Step::Wait { .. } => StepWait,
                    Step::Offer { .. } => StepOffer,
                    Step::EmptyOffer { .. } => FailRetry,
                    Step::Done { .. } => StepDone,
                })
            }
            Event::Failure { late, failure } => {
                self.result(late)?;
                Ok(match failure {
                    _ if self.left => ResultAfterLeaving,
                    Failure::WrongAnswer { bank_says_none_left } if self.calling == Some("submit") => {
                        if self.tries > 0 && self.sends > 0 && !bank_says_none_left {
                            FailAgain
                        } else {
                            self.too_many()
                        }
                    }
                    Failure::Retryable if self.calling == Some("resend") => FailAgain,
                    Failure::WrongAnswer { .. } | Failure::Retryable => FailRetry,
                    Failure::Rejected => FailFinal,
                })
            }
            Event::LeaseLost => match () {
                () if self.over() => Err("over"),
                () if self.at != Calling => Err("not allowed"),
                () if self.now < self.lease => Err("not due"),
                () if self.left => Ok(ResultAfterLeaving),
                () => Ok(match self.calling {
                    Some("poll") => PollAgain,
                    Some("resend") => FailAgain,
                    _ => FailRetry,
                }),
            },
            Event::Return { browser, state, error } => match error {
                _ if self.ended() => Err("over"),
                _ if self.at != Launched || self.launch != Some((browser, state)) || self.now >= self.launch_until => Err("bad return"),
                None => Ok(Return),
                Some(Failure::Rejected) => Ok(FailFinal),
                Some(_) => Ok(FailRetry),
            },
            Event::TurnAway => match self.at {
                _ if self.ended() => Err("over"),
                Leaving | Launched => Ok(FailRetry),
                _ => Err("not allowed"),
            },
            Event::PollDue => match () {
                () if self.ended() => Err("over"),
                () if self.at != Waiting => Err("not allowed"),
                () if self.now >= self.give_up => Ok(FailRetry),
                () if self.now < self.next_poll => Err("not due"),
                () => Ok(PollDue),
            },
            Event::Exchange { same_customer } => match () {
                () if self.ended() => Err("over"),
                () if self.at != Confirming => Err("not allowed"),
                () => Ok(if same_customer { Exchange } else { FailFinal }),
            },
            Event::Tick => match () {
                () if self.over() => Err("over"),
                () if !self.ended() => Err("not due"),
                () => Ok(Tick),
            },
            Event::Pass { .. } | Event::PassUntilDue => Err("no event"),
        }
    }

    fn too_many(&self) -> Kind {
        if self.sends == 0 { FailFinal } else { FailRetry }
    }

    /// A result is for the call under way.
    fn result(&self, late: bool) -> Result<(), Why> {
        match () {
            () if self.at == Calling && !late => Ok(()),
            () if self.over() => Err("over"),
            () if self.attempt_stands() && !late => Err("not allowed"),
            () => Err("late"),
        }
    }

    /// What the model remembers of an accepted event.
    fn note(&mut self, event: Event, kind: Kind) {
        if let Event::Open(by) | Event::StartOver(by) = event {
            self.former.extend(self.live.filter(|live| *live != by));
            self.live = Some(by);
        }
        match kind {
            Choose => {
                self.attempts += 1;
                (self.form, self.launch) = (None, None);
                self.call("begin");
            }
            Submit => {
                self.tries -= 1;
                self.sends -= 1;
                self.call("submit");
            }
            Resend => self.call("resend"),
            Pick => self.call("accounts"),
            Return => self.call("exchange"),
            PollDue | PollAgain => self.call("poll"),
            CancelCall => self.left = true,
            StepForm => {
                if let Event::Step { step, .. } = event {
                    if !matches!(self.calling, Some("submit" | "resend")) || self.form != Some(step) {
                        self.tries = 3;
                    }
                    self.form = Some(step);
                    self.resend_from = self.now + 20;
                }
            }
            FailAgain => self.resend_from = self.now + 20,
            StepRedirect => self.launch = None,
            StepWait => {
                if let Event::Step {
                    step: Step::Wait { seconds },
                    ..
                } = event
                {
                    let first = if self.calling == Some("poll") { self.give_up } else { u32::MAX };
                    self.next_poll = self.now + 5;
                    self.give_up = first.min(self.now + seconds);
                }
            }
            StepOffer => {
                self.granted = matches!(
                    event,
                    Event::Step {
                        step: Step::Offer { granted: true },
                        ..
                    }
                )
            }
            Launch => {
                if let Event::Launch { browser, state, .. } = event {
                    self.launch = Some((browser, state));
                    self.launch_until = self.now + 600;
                }
            }
            _ => {}
        }
    }

    fn call(&mut self, call: &'static str) {
        if !matches!(call, "submit" | "resend") {
            self.form = None;
        }
        self.calling = Some(call);
        self.lease = self.now + 90;
    }
}
