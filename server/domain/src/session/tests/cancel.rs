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

#[test]
fn choosing_not_listed_goes_to_exited_and_ends_the_connection() {
    let (session, effects) = effects_of(choosing(), |session| {
        session.not_listed(&document(1), None, " Bank of Nowhere ", T0)
    });
    let searched = Some("Bank of Nowhere".to_owned());
    assert_eq!(
        session.state,
        State::Exited {
            route: None,
            why: Exit::NotListed { searched }
        }
    );
    assert_eq!(effects, [Effect::Connection(Event::NotListed)]);
    assert_eq!(refused(&session, |session| session.start_over(document(1), T0)), Refusal::Over);
}

#[test]
fn what_was_searched_for_is_kept_short_or_not_at_all() {
    let long = "ב".repeat(MAX_SEARCHED + 1);
    let kept = "ב".repeat(MAX_SEARCHED);
    assert_eq!(Exit::not_listed(&long), Exit::NotListed { searched: Some(kept) });
    assert_eq!(Exit::not_listed(" \t"), Exit::NotListed { searched: None });
}

#[test]
fn not_listed_is_refused_where_no_list_is_shown_and_to_whoever_may_not_act() {
    let says = |session: &Session, by| refused(session, |session| session.not_listed(&document(by), None, "", T0));
    for session in live() {
        let expected = match session.state {
            State::Invited => Refusal::NotYours,
            State::Choosing => continue,
            _ => Refusal::NotAllowed,
        };
        assert_eq!(says(&session, 1), expected, "{}", session.state.name());
    }
    assert_eq!(says(&choosing(), 2), Refusal::NotYours);
    let stale = Some(choosing().version - 1);
    assert_eq!(
        refused(&choosing(), |session| session.not_listed(&document(1), stale, "", T0)),
        Refusal::StaleTicket
    );
    let late = after(30 * 60);
    assert_eq!(
        refused(&choosing(), |session| session.not_listed(&document(1), None, "", late)),
        Refusal::Over
    );
    let repair = Session {
        purpose: Purpose::Repair,
        ..choosing()
    };
    assert_eq!(says(&repair, 1), Refusal::NotAllowed);
}
