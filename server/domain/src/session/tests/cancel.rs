//! Rows of a person who leaves.

use super::*;
use crate::connection::Event;

#[test]
fn any_live_cancel_goes_to_exited() {
    for session in live() {
        let calling = session.state.name() == "calling";
        let had_attempt = session.state.attempt().is_some();
        let (session, effects) = effects_of(session, |session| session.cancel(Some(&document(1)), T0));
        if calling {
            assert_eq!((session.state.name(), effects), ("calling", vec![]));
        } else {
            assert_eq!(session.state.name(), "exited");
            assert_eq!(effects.contains(&Effect::Connection(Event::LetGo(None))), had_attempt);
        }
    }
}

#[test]
fn calling_cancel_goes_to_exited_after_the_result_which_is_given_back() {
    let cancelled = |session| go(session, |session: Session| session.cancel(Some(&document(1)), T0));
    let let_go = Effect::Connection(Event::LetGo(None));
    let (session, effects) = effects_of(cancelled(calling_submit()), |session| session.step(FIRST, Step::Done(GRANTED), T0));
    assert_eq!(
        (session.state.name(), effects),
        ("exited", vec![Effect::RevokeGrant(FIRST), let_go.clone()])
    );
    let (session, effects) = effects_of(cancelled(calling_submit()), |session| session.step(FIRST, Step::Form(code()), T0));
    assert_eq!(
        (session.state.name(), effects),
        ("exited", vec![Effect::VoidAttempt(FIRST), let_go.clone()])
    );
    let wrong = FailureCode::WrongCredentials.failure();
    let (session, effects) = effects_of(cancelled(calling_submit()), |session| {
        session.failed(FIRST, wrong, Again::tries(Some(2)), T0)
    });
    assert_eq!(
        (session.state.name(), effects),
        ("exited", vec![Effect::VoidAttempt(FIRST), let_go.clone()])
    );
    let (session, effects) = effects_of(cancelled(calling_poll()), |session| session.lease_lost(after(500)));
    assert_eq!(
        (session.state.name(), effects),
        ("exited", vec![Effect::VoidAttempt(FIRST), let_go])
    );
}

#[test]
fn after_leaving_a_call_the_person_can_do_nothing_more() {
    let left = go(calling_submit(), |session| session.cancel(Some(&document(1)), T0));
    assert_eq!(refused(&left, |session| session.cancel(Some(&document(1)), T0)), Refusal::Over);
    assert_eq!(refused(&left, |session| session.start_over(document(1), T0)), Refusal::Over);
    assert_eq!(refused(&left, |session| session.open(document(2), T0)), Refusal::Over);
}

#[test]
fn cancel_from_another_document_is_not_yours_and_the_host_always_may() {
    assert_eq!(
        refused(&asking(), |session| session.cancel(Some(&document(2)), T0)),
        Refusal::NotYours
    );
    assert_eq!(go(asking(), |session| session.cancel(None, T0)).state.name(), "exited");
    assert_eq!(
        go(invited(), |session| session.cancel(Some(&document(2)), T0)).state.name(),
        "exited"
    );
}
