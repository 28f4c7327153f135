//! Each row of the session's table, named in a test. What random sequences of events do is in `tests/session_model.rs`.

mod answers;
mod cancel;
mod clock;
mod doors;
mod locks;
mod person;
mod proof;
mod repair;
mod resend;
mod results;
mod stored;

use super::*;
use crate::{BrowserHash, Hash32, StateHash};
use gesher_contract::{Choice, Field, FieldKind, Form, LocalizedText};
use std::collections::BTreeMap;

pub(super) const T0: Timestamp = Timestamp(1_800_000_000_000_000);

pub(super) fn after(seconds: u64) -> Timestamp {
    T0.plus(Duration::from_secs(seconds))
}

pub(super) fn document(n: u8) -> InstanceHash {
    InstanceHash(Hash32([n; 32]))
}

pub(super) fn browser(n: u8) -> BrowserHash {
    BrowserHash(Hash32([n; 32]))
}

pub(super) fn bank_state(n: u8) -> StateHash {
    StateHash(Hash32([n; 32]))
}

pub(super) fn route(institution: &str) -> RouteRef {
    RouteRef {
        institution: institution.into(),
        provider: "sandbox".into(),
        provider_id: "first".into(),
        invented: false,
    }
}

pub(super) fn field(name: &str, kind: FieldKind) -> Field {
    Field::new(name, kind, LocalizedText::he_en("שדה", "Field"))
}

pub(super) fn options(values: &[&str]) -> Vec<Choice> {
    let choice = |value: &&str| Choice {
        value: (*value).into(),
        label: LocalizedText::default(),
    };
    values.iter().map(choice).collect()
}

pub(super) fn form(fields: Vec<Field>) -> Form {
    Form { fields, ..Form::default() }
}

pub(super) fn login() -> Form {
    form(vec![
        field("psu_id", FieldKind::NationalId),
        field("username", FieldKind::Text),
        field("password", FieldKind::Password),
    ])
}

pub(super) fn code() -> Form {
    Form {
        challenge: true,
        ..form(vec![field("code", FieldKind::Code)])
    }
}

pub(super) fn answers(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

pub(super) fn right() -> BTreeMap<String, String> {
    answers(&[("psu_id", "43510023"), ("username", "user"), ("password", "correct horse")])
}

pub(super) fn offer(granted: Option<Granted>) -> Offer {
    let account = |id: &str| OfferedAccount {
        id: id.into(),
        name: LocalizedText::default(),
        last_digits: "1234".into(),
    };
    Offer {
        accounts: vec![account("a"), account("b")],
        granted,
    }
}

pub(super) const GRANTED: Granted = Granted { cosigners: false };
pub(super) const FIRST: AttemptId = AttemptId(1);

pub(super) fn invited_with(locks: Locks, completion: Completion) -> Session {
    let tenant = TenantTag::from_random(1);
    let invitation = Invitation {
        id: SessionId::new(&tenant, 1),
        connection: ConnectionId::new(&tenant, 2),
        tenant,
        customer: Some("shopper-7".into()),
        locks,
        completion,
        purpose: Purpose::Connect,
        life: Life::default(),
    };
    Session::invite(invitation, T0)
}

pub(super) fn invited() -> Session {
    invited_with(Locks::default(), Completion::Exchange)
}

/// Moves on and expects it to be accepted, one version later.
pub(super) fn go(session: Session, event: impl FnOnce(Session) -> Result<Moved, Refused>) -> Session {
    effects_of(session, event).0
}

pub(super) fn effects_of(session: Session, event: impl FnOnce(Session) -> Result<Moved, Refused>) -> (Session, Vec<Effect>) {
    let version = session.version;
    let moved = event(session).expect("accepted");
    assert_eq!(moved.session.version, version + 1);
    (moved.session, moved.effects)
}

/// Expects the event to be refused, the session unchanged.
pub(super) fn refused(session: &Session, event: impl FnOnce(Session) -> Result<Moved, Refused>) -> Refusal {
    refusal_of(session, event).0
}

pub(super) fn refusal_of(session: &Session, event: impl FnOnce(Session) -> Result<Moved, Refused>) -> (Refusal, Vec<Effect>) {
    let refused = event(session.clone()).expect_err("refused");
    assert_eq!(*refused.session, *session);
    (refused.why, refused.effects)
}

pub(super) fn choosing() -> Session {
    go(invited(), |session| session.open(document(1), T0))
}

pub(super) fn begun_from(session: Session) -> Session {
    go(session, |session| session.choose(&document(1), None, route("leumi"), T0))
}

pub(super) fn calling_begin() -> Session {
    begun_from(choosing())
}

pub(super) fn stepped(session: Session, step: Step) -> Session {
    let attempt = AttemptId(session.attempts);
    go(session, |session| session.step(attempt, step, T0))
}

pub(super) fn asking() -> Session {
    stepped(calling_begin(), Step::Form(login()))
}

pub(super) fn submitted(session: Session) -> Session {
    go(session, |session| {
        let on = session.version;
        session.submit(&document(1), on, &right(), T0).map(|(moved, _)| moved)
    })
}

pub(super) fn calling_submit() -> Session {
    submitted(asking())
}

pub(super) fn leaving() -> Session {
    stepped(calling_begin(), Step::Redirect)
}

pub(super) fn launched() -> Session {
    go(leaving(), |session| session.launch(&document(1), browser(1), bank_state(1), T0))
}

pub(super) fn approve() -> LocalizedText {
    LocalizedText::he_en("אשרו באפליקציה", "Approve it in the app")
}

pub(super) fn waiting() -> Session {
    let step = Step::Wait {
        next_poll: after(5),
        until: after(300),
        message: approve(),
    };
    stepped(calling_begin(), step)
}

pub(super) fn calling_poll() -> Session {
    go(waiting(), |session| session.poll_due(after(5)))
}

pub(super) fn picking() -> Session {
    stepped(calling_begin(), Step::Accounts(offer(None)))
}

pub(super) fn picking_granted() -> Session {
    stepped(calling_begin(), Step::Accounts(offer(Some(GRANTED))))
}

pub(super) fn confirming() -> Session {
    stepped(calling_submit(), Step::Done(GRANTED))
}

pub(super) fn done() -> Session {
    go(confirming(), |session| session.exchange("shopper-7", T0))
}

pub(super) fn exited() -> Session {
    go(choosing(), |session| session.cancel(Some(&document(1)), T0))
}

pub(super) fn expired() -> Session {
    go(choosing(), |session| session.tick(after(1_800)))
}

pub(super) fn failed_with(code: FailureCode) -> Session {
    go(calling_begin(), |session| {
        session.failed(FIRST, code.failure(), Again::tries(None), T0)
    })
}

pub(super) fn failed_retryable() -> Session {
    failed_with(FailureCode::InstitutionUnavailable)
}

pub(super) fn failed_final() -> Session {
    failed_with(FailureCode::ConsentRejected)
}

/// A session in every state, terminal ones last.
pub(super) fn all() -> Vec<Session> {
    [live(), over()].concat()
}

pub(super) fn live() -> Vec<Session> {
    vec![
        invited(),
        choosing(),
        asking(),
        calling_begin(),
        calling_submit(),
        calling_poll(),
        leaving(),
        launched(),
        waiting(),
        picking(),
        picking_granted(),
        confirming(),
        failed_retryable(),
    ]
}

pub(super) fn over() -> Vec<Session> {
    vec![done(), exited(), failed_final(), expired()]
}

#[test]
fn every_state_stands_in_the_list_of_names() {
    let mut names: Vec<&str> = all().iter().map(|session| session.state.name()).collect();
    names.sort_unstable();
    names.dedup();
    let mut listed = STATE_NAMES.to_vec();
    listed.sort_unstable();
    assert_eq!(names, listed);
}
