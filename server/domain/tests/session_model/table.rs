//! The table of rows, and the events that random sequences are made of.

use Kind::*;
use Name::*;

/// States as the table tells them apart: a launched leg and the two sorts of failure are names of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Name {
    Invited,
    Choosing,
    Asking,
    Calling,
    Leaving,
    Launched,
    Waiting,
    Picking,
    Confirming,
    Done,
    Exited,
    Unlisted,
    Retry,
    Final,
    Expired,
}

/// Events as the table tells them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Open,
    StartOver,
    Choose,
    Submit,
    Resend,
    Launch,
    Pick,
    PickGranted,
    Cancel,
    CancelCall,
    NotListed,
    Supersede,
    Speak,
    ResultAfterLeaving,
    StepForm,
    StepRedirect,
    StepWait,
    StepOffer,
    StepDone,
    FailAgain,
    FailRetry,
    FailFinal,
    PollAgain,
    Return,
    PollDue,
    Exchange,
    Tick,
}

/// The rows: from any of these, on this, to that. No target: the state stays.
pub const ROWS: &[(&[Name], Kind, Option<Name>)] = &[
    (&[Invited], Open, Some(Choosing)),
    (&[Choosing, Asking, Retry, Leaving], Open, None),
    (
        &[
            Invited, Choosing, Asking, Retry, Leaving, Calling, Launched, Waiting, Picking, Confirming,
        ],
        StartOver,
        Some(Choosing),
    ),
    (&[Choosing, Asking, Retry], Choose, Some(Calling)),
    (&[Asking], Submit, Some(Calling)),
    (&[Asking], Resend, Some(Calling)),
    (&[Leaving, Launched], Launch, Some(Launched)),
    (&[Picking], Pick, Some(Calling)),
    (&[Picking], PickGranted, Some(Confirming)),
    (
        &[Invited, Choosing, Asking, Retry, Leaving, Launched, Waiting, Picking, Confirming],
        Cancel,
        Some(Exited),
    ),
    (&[Calling], CancelCall, None),
    (&[Choosing], NotListed, Some(Unlisted)),
    (
        &[
            Invited, Choosing, Asking, Retry, Leaving, Calling, Launched, Waiting, Picking, Confirming,
        ],
        Supersede,
        Some(Exited),
    ),
    (
        &[Choosing, Asking, Retry, Leaving, Calling, Launched, Waiting, Picking, Confirming],
        Speak,
        None,
    ),
    (&[Calling], ResultAfterLeaving, Some(Exited)),
    (&[Calling], StepForm, Some(Asking)),
    (&[Calling], StepRedirect, Some(Leaving)),
    (&[Calling], StepWait, Some(Waiting)),
    (&[Calling], StepOffer, Some(Picking)),
    (&[Calling], StepDone, Some(Confirming)),
    (&[Calling], FailAgain, Some(Asking)),
    (&[Calling, Leaving, Launched, Waiting], FailRetry, Some(Retry)),
    (&[Calling, Launched, Confirming], FailFinal, Some(Final)),
    (&[Calling], PollAgain, None),
    (&[Launched], Return, Some(Calling)),
    (&[Waiting], PollDue, Some(Calling)),
    (&[Confirming], Exchange, Some(Done)),
    (
        &[
            Invited, Choosing, Asking, Retry, Leaving, Calling, Launched, Waiting, Picking, Confirming,
        ],
        Tick,
        Some(Expired),
    ),
];

/// What a refusal is called.
pub type Why = &'static str;

/// An event, with what the model has to know of it.
#[derive(Clone, Copy, Debug)]
pub enum Event {
    Open(u8),
    StartOver(u8),
    Choose { by: u8, stale: bool, listed: bool },
    Submit { by: u8, stale: bool, right: bool },
    Resend { by: u8, stale: bool },
    Launch { by: u8, browser: u8, state: u8 },
    Pick { by: u8, pick: Pick },
    Cancel(Option<u8>),
    NotListed { by: u8, stale: bool },
    Supersede,
    Speak(u8),
    Step { late: bool, step: Step },
    Failure { late: bool, failure: Failure },
    LeaseLost,
    Return { browser: u8, state: u8, error: Option<Failure> },
    TurnAway,
    PollDue,
    Exchange { same_customer: bool },
    Tick,
    Pass { seconds: u32 },
    PassUntilDue,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pick {
    Nothing,
    Offered,
    Unknown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Login,
    Code,
    Redirect,
    Wait { seconds: u32 },
    Offer { granted: bool },
    EmptyOffer { granted: bool },
    Done { cosigners: bool },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    WrongAnswer { bank_says_none_left: bool },
    Retryable,
    Rejected,
}
