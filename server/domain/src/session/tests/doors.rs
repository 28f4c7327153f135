//! Rows of who comes to a session: opening it, taking it over, starting over.

use super::*;
use crate::connection::Event;

#[test]
fn invited_open_goes_to_choosing() {
    let (session, effects) = effects_of(invited(), |session| session.open(document(1), T0));
    assert_eq!(session.state, State::Choosing);
    assert!(session.is_live(&document(1)));
    assert_eq!(effects, []);
}

#[test]
fn choosing_asking_failed_and_leaving_not_launched_open_is_a_takeover() {
    for before in [choosing(), asking(), failed_retryable(), leaving()] {
        let (after_takeover, effects) = effects_of(before.clone(), |session| session.open(document(2), T0));
        assert_eq!(effects, [Effect::Audit(Audit::TakenOver)]);
        assert_eq!(after_takeover.state, before.state);
        assert!(after_takeover.is_live(&document(2)));
        assert!(after_takeover.was_taken_over(&document(1)));
        assert_eq!(
            refused(&after_takeover, |session| session.choose(&document(1), None, route("leumi"), T0)),
            Refusal::NotYours
        );
        assert_eq!(refused(&after_takeover, |session| session.open(document(1), T0)), Refusal::NotYours);
        assert_eq!(
            refused(&after_takeover, |session| session.start_over(document(1), T0)),
            Refusal::NotYours
        );
    }
}

#[test]
fn the_live_document_opens_nothing_twice() {
    for session in live().into_iter().skip(1) {
        assert_eq!(refused(&session, |session| session.open(document(1), T0)), Refusal::AlreadyLive);
    }
}

#[test]
fn calling_launched_waiting_picking_and_confirming_open_from_another_document_is_already_under_way() {
    for session in [calling_begin(), calling_submit(), launched(), waiting(), picking(), confirming()] {
        assert_eq!(refused(&session, |session| session.open(document(2), T0)), Refusal::AlreadyUnderWay);
    }
}

#[test]
fn takeovers_come_to_an_end() {
    let mut session = choosing();
    for n in 0..TAKEOVERS {
        session = go(session, |session| session.open(document(10 + u8::try_from(n).unwrap()), T0));
    }
    assert_eq!(refused(&session, |session| session.open(document(99), T0)), Refusal::TooMany);
    assert_eq!(refused(&session, |session| session.start_over(document(99), T0)), Refusal::TooMany);
}

#[test]
fn calling_leaving_waiting_and_picking_start_over_void_the_attempt() {
    for session in [
        asking(),
        calling_begin(),
        calling_submit(),
        leaving(),
        launched(),
        waiting(),
        picking(),
    ] {
        let (session, effects) = effects_of(session, |session| session.start_over(document(2), T0));
        assert_eq!(session.state, State::Choosing);
        assert!(session.is_live(&document(2)));
        assert_eq!(effects[..2], [Effect::VoidAttempt(FIRST), Effect::Connection(Event::LetGo(None))]);
        assert_eq!(effects[2..], [Effect::Audit(Audit::StartedOver)]);
    }
}

#[test]
fn confirming_start_over_gives_the_grant_back() {
    let (session, effects) = effects_of(confirming(), |session| session.start_over(document(2), T0));
    assert_eq!(session.state, State::Choosing);
    assert_eq!(
        effects,
        [
            Effect::RevokeGrant(FIRST),
            Effect::VoidPublicToken,
            Effect::Connection(Event::LetGo(None)),
            Effect::Audit(Audit::StartedOver)
        ]
    );
    let (_, effects) = effects_of(picking_granted(), |session| session.start_over(document(1), T0));
    assert_eq!(effects, [Effect::RevokeGrant(FIRST), Effect::Connection(Event::LetGo(None))]);
}

#[test]
fn failed_start_over_goes_to_choosing() {
    let (session, effects) = effects_of(failed_retryable(), |session| session.start_over(document(1), T0));
    assert_eq!((session.state, effects), (State::Choosing, vec![]));
}
