//! Random sequences of events drive the session machine beside a model of it, and beside the connection's machine.

mod model;
mod rig;
mod table;

use model::Model;
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, TestRunner},
};
use rig::Rig;
use std::collections::BTreeSet;
use table::{Event, Failure, Kind, Name, Pick, ROWS, Step};

/// Mostly the first; the others now and then.
fn mostly(first: u8) -> impl Strategy<Value = u8> {
    prop_oneof![12 => Just(first), 1 => 1..=3_u8]
}

fn rarely() -> impl Strategy<Value = bool> {
    prop::bool::weighted(0.08)
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => Just(Step::Login),
        3 => Just(Step::Code),
        3 => Just(Step::Redirect),
        2 => (0..400_u32).prop_map(|seconds| Step::Wait { seconds }),
        2 => any::<bool>().prop_map(|granted| Step::Offer { granted }),
        1 => any::<bool>().prop_map(|granted| Step::EmptyOffer { granted }),
        3 => any::<bool>().prop_map(|cosigners| Step::Done { cosigners }),
    ]
}

fn failure() -> impl Strategy<Value = Failure> {
    prop_oneof![
        8 => rarely().prop_map(|bank_says_none_left| Failure::WrongAnswer { bank_says_none_left }),
        2 => Just(Failure::Retryable),
        1 => Just(Failure::Rejected),
    ]
}

fn event() -> impl Strategy<Value = Event> {
    let pick = prop_oneof![1 => Just(Pick::Nothing), 4 => Just(Pick::Offered), 1 => Just(Pick::Unknown)];
    let error = prop_oneof![3 => Just(None), 1 => failure().prop_map(Some)];
    prop_oneof![
        4 => mostly(1).prop_map(Event::Open),
        1 => mostly(1).prop_map(Event::StartOver),
        8 => (mostly(1), rarely(), rarely())
            .prop_map(|(by, stale, unlisted)| Event::Choose { by, stale, listed: !unlisted }),
        10 => (mostly(1), rarely(), rarely())
            .prop_map(|(by, stale, wrong)| Event::Submit { by, stale, right: !wrong }),
        1 => (mostly(1), rarely()).prop_map(|(by, stale)| Event::Resend { by, stale }),
        4 => (mostly(1), mostly(1), 1..=3_u8).prop_map(|(by, browser, state)| Event::Launch { by, browser, state }),
        3 => (mostly(1), pick).prop_map(|(by, pick)| Event::Pick { by, pick }),
        1 => prop::option::weighted(0.8, mostly(1)).prop_map(Event::Cancel),
        1 => (mostly(1), rarely()).prop_map(|(by, stale)| Event::NotListed { by, stale }),
        1 => mostly(1).prop_map(Event::Speak),
        1 => Just(Event::Supersede),
        12 => (rarely(), step()).prop_map(|(late, step)| Event::Step { late, step }),
        8 => (rarely(), failure()).prop_map(|(late, failure)| Event::Failure { late, failure }),
        3 => Just(Event::LeaseLost),
        5 => (mostly(1), 1..=3_u8, error).prop_map(|(browser, state, error)| Event::Return { browser, state, error }),
        1 => Just(Event::TurnAway),
        3 => Just(Event::PollDue),
        2 => rarely().prop_map(|other| Event::Exchange { same_customer: !other }),
        2 => Just(Event::Tick),
        3 => Just(Event::PassUntilDue),
        3 => prop_oneof![8 => 0..8_u32, 2 => 60..120_u32, 1 => 300..2_000_u32].prop_map(|seconds| Event::Pass { seconds }),
    ]
}

/// An event that fits where the session is, so that sequences come far: the `n`th of those that do.
fn fitting(model: &Model, n: u16) -> Event {
    if model.ended() {
        return Event::Tick;
    }
    if n.is_multiple_of(32) {
        return Event::Pass { seconds: 2_000 };
    }
    let by = model.live.unwrap_or(1);
    if n % 32 == 1 {
        return Event::StartOver(by);
    }
    let (browser, state) = model.launch.unwrap_or((1, 1));
    let back = |error| Event::Return { browser, state, error };
    let step = |step| Event::Step { late: false, step };
    let fails = |failure| Event::Failure { late: false, failure };
    let again = Failure::WrongAnswer {
        bank_says_none_left: false,
    };
    let choose = Event::Choose {
        by,
        stale: false,
        listed: true,
    };
    let submit = Event::Submit {
        by,
        stale: false,
        right: true,
    };
    let events = match model.at {
        Name::Invited => vec![Event::Open(1)],
        Name::Choosing if n % 32 == 4 => vec![Event::Open(by % 3 + 1)],
        Name::Choosing | Name::Retry => vec![choose],
        Name::Asking => vec![submit, submit, Event::Pass { seconds: 21 }, Event::Resend { by, stale: false }],
        Name::Leaving if n % 32 == 2 => vec![Event::TurnAway],
        Name::Leaving if n % 32 == 3 => vec![Event::Open(by % 3 + 1)],
        Name::Leaving => vec![Event::Launch { by, browser, state }],
        Name::Launched => vec![
            back(None),
            back(None),
            back(Some(Failure::Retryable)),
            back(Some(Failure::Rejected)),
        ],
        Name::Waiting => vec![Event::PassUntilDue, Event::PollDue, Event::PollDue],
        Name::Picking => vec![Event::Pick { by, pick: Pick::Offered }, Event::Pick { by, pick: Pick::Nothing }],
        Name::Confirming => vec![Event::Exchange { same_customer: true }, Event::Exchange { same_customer: false }],
        Name::Calling => vec![
            step(Step::Login),
            step(Step::Login),
            step(Step::Code),
            step(Step::Redirect),
            step(Step::Wait { seconds: 120 }),
            step(Step::Offer {
                granted: n.is_multiple_of(2),
            }),
            step(Step::Done {
                cosigners: n.is_multiple_of(2),
            }),
            fails(again),
            fails(again),
            fails(Failure::Retryable),
            Event::PassUntilDue,
            Event::LeaseLost,
            Event::LeaseLost,
        ],
        Name::Done | Name::Exited | Name::Unlisted | Name::Final | Name::Expired => Vec::new(),
    };
    events.get(usize::from(n) % events.len().max(1)).copied().unwrap_or(Event::Tick)
}

/// Any event, or one that fits.
#[derive(Clone, Copy, Debug)]
enum Next {
    Any(Event),
    Fitting(u16),
}

impl Next {
    fn at(self, model: &Model) -> Event {
        match self {
            Self::Any(event) => event,
            Self::Fitting(n) => fitting(model, n),
        }
    }
}

fn sequence() -> impl Strategy<Value = Vec<Next>> {
    let next = prop_oneof![1 => event().prop_map(Next::Any), 2 => any::<u16>().prop_map(Next::Fitting)];
    prop::collection::vec(next, 1..60)
}

proptest! {
    #![proptest_config(Config { cases: 400, failure_persistence: None, ..Config::default() })]

    #[test]
    fn the_machine_does_what_the_model_says(automatic: bool, repair: bool, sends in 2..=15_u32, sequence in sequence()) {
        let mut rig = Rig::new(automatic, repair, sends);
        for next in sequence {
            let _ = rig.take(next.at(&rig.model))?;
        }
        rig.end()?;
    }
}

/// The property above says nothing about what it never meets, so this says that it meets each row and each refusal.
#[test]
fn random_sequences_meet_every_row_and_every_refusal() {
    let mut runner = TestRunner::deterministic();
    let mut rows = BTreeSet::new();
    let mut refusals = BTreeSet::new();
    for round in 0..2_500 {
        let mut rig = Rig::new(round % 5 == 0, round % 3 == 0, 2 + round % 14);
        for next in sequence().new_tree(&mut runner).expect("a sequence").current() {
            let from = rig.model.at;
            match rig.take(next.at(&rig.model)).expect("as the model says") {
                Ok(Some(kind)) => {
                    rows.insert((from, kind));
                }
                Ok(None) => {}
                Err(why) => {
                    refusals.insert(why);
                }
            }
        }
    }
    let missing: Vec<_> = ROWS
        .iter()
        .flat_map(|(from, kind, _)| from.iter().map(|from| (*from, *kind)))
        .filter(|row| !rows.contains(row))
        .collect();
    assert_eq!(missing, [] as [(Name, Kind); 0]);
    assert_eq!(
        refusals.into_iter().collect::<Vec<_>>(),
        [
            "already under way",
            "bad return",
            "fields are wrong",
            "late",
            "live already",
            "made on another version",
            "no account picked",
            "not allowed",
            "not due",
            "not yours",
            "over",
            "too many",
        ]
    );
}
