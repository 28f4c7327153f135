//! A session that repairs a connection: the connection hears of it when it is done, and never of its end without a grant.

use super::*;

fn repairing(completion: Completion) -> Session {
    let session = Session {
        purpose: Purpose::Repair,
        ..invited_with(Locks::default(), completion)
    };
    begun_from(go(session, |session| session.open(document(1), T0)))
}

fn tells(effects: &[Effect]) -> Vec<connection::Event> {
    let told = effects.iter().filter_map(|effect| match effect {
        Effect::Connection(event) => Some(*event),
        _ => None,
    });
    told.collect()
}

fn confirming(granted: Granted) -> Session {
    let (session, effects) = effects_of(repairing(Completion::Exchange), |session| {
        session.step(FIRST, Step::Done(granted), T0)
    });
    assert_eq!(effects, [Effect::SealGrant(FIRST), Effect::IssuePublicToken]);
    session
}

#[test]
fn the_new_grant_takes_the_place_of_the_old_when_the_host_confirms() {
    let (done, effects) = effects_of(confirming(GRANTED), |session| session.exchange("shopper-7", T0));
    assert_eq!(done.state.name(), "done");
    assert_eq!(
        effects,
        [
            Effect::VoidPublicToken,
            Effect::UseGrant(FIRST),
            Effect::Connection(connection::Event::Repaired)
        ]
    );
}

#[test]
fn what_stood_stays_until_all_have_signed() {
    let granted = Granted { cosigners: true };
    let (_, effects) = effects_of(confirming(granted), |session| session.exchange("shopper-7", T0));
    assert_eq!(effects, [Effect::VoidPublicToken, Effect::AwaitCosigners(FIRST)]);
}

#[test]
fn automatic_needs_nobody() {
    let (done, effects) = effects_of(repairing(Completion::Automatic), |session| {
        session.step(FIRST, Step::Done(GRANTED), T0)
    });
    assert_eq!(done.state.name(), "done");
    assert_eq!(
        effects,
        [
            Effect::SealGrant(FIRST),
            Effect::UseGrant(FIRST),
            Effect::Connection(connection::Event::Repaired)
        ]
    );
}

#[test]
fn another_customer_gives_back_the_new_grant_and_nothing_else() {
    let (failed, effects) = effects_of(confirming(GRANTED), |session| session.exchange("shopper-8", T0));
    assert!(failed.state.is_over());
    assert_eq!(
        effects,
        [
            Effect::RevokeGrant(FIRST),
            Effect::VoidPublicToken,
            Effect::Audit(Audit::CustomerMismatch)
        ]
    );
}

#[test]
fn no_end_without_a_grant_is_the_connections() {
    let (_, begun) = effects_of(
        go(
            Session {
                purpose: Purpose::Repair,
                ..invited()
            },
            |session| session.open(document(1), T0),
        ),
        |session| session.choose(&document(1), None, route("leumi"), T0),
    );
    let rejected = FailureCode::ConsentRejected.failure();
    let (_, refused) = effects_of(repairing(Completion::Exchange), |session| {
        session.failed(FIRST, rejected, Again::default(), T0)
    });
    let (_, expired) = effects_of(confirming(GRANTED), |session| session.tick(after(600)));
    let (_, left) = effects_of(confirming(GRANTED), |session| session.cancel(Some(&document(1)), T0));
    let (_, again) = effects_of(confirming(GRANTED), |session| session.start_over(document(1), T0));
    for effects in [&begun, &refused, &expired, &left, &again] {
        assert_eq!(tells(effects), [], "{effects:?}");
    }
    for effects in [&expired, &left, &again] {
        assert!(effects.contains(&Effect::RevokeGrant(FIRST)), "{effects:?}");
    }
}

#[test]
fn a_newer_invitation_ends_a_session_at_once_wherever_it_is() {
    let calling = begun_from(choosing());
    let (exited, effects) = effects_of(calling, Session::supersede);
    assert_eq!(exited.state.name(), "exited");
    assert_eq!(
        effects,
        [Effect::VoidAttempt(FIRST), Effect::Connection(connection::Event::LetGo(None))]
    );
    // What the call brings is given back.
    let (why, effects) = refusal_of(&exited, |session| session.step(FIRST, Step::Done(GRANTED), T0));
    assert_eq!((why, effects), (Refusal::Over, vec![Effect::RevokeGrant(FIRST)]));
    assert_eq!(refused(&exited, Session::supersede), Refusal::Over);
    let (_, effects) = effects_of(invited(), Session::supersede);
    assert_eq!(effects, []);
    let (_, effects) = effects_of(confirming(GRANTED), Session::supersede);
    assert_eq!(effects, [Effect::RevokeGrant(FIRST), Effect::VoidPublicToken]);
}

#[test]
fn who_the_person_is_is_said_anew_at_each_institution() {
    let session = choosing().known_as(Some("one".to_owned()));
    assert_eq!(session.clone().known_as(None).person.as_deref(), Some("one"));
    assert_eq!(begun_from(session).person, None);
}
