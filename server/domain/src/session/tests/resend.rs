//! Asking for a code again, and the same question with another picture.

use super::*;
use gesher_contract::Picture;

fn picture(content: &str) -> Field {
    Field {
        picture: Some(Picture {
            media_type: "image/png".into(),
            base64: content.into(),
        }),
        ..field("seen", FieldKind::Image)
    }
}

fn asked_for_a_code() -> Session {
    let form = Form {
        resend_after: Some(30),
        ..code()
    };
    let session = go(choosing(), |session| session.choose(&document(1), None, route("leumi"), T0));
    go(session, |session| session.step(FIRST, Step::Form(form), T0))
}

fn asking_of(session: &Session) -> Asking {
    match &session.state {
        State::Asking(asking) => asking.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn asking_resend_calls_once_it_is_time_and_keeps_the_tries() {
    let session = asked_for_a_code();
    let resend = |at| move |session: Session| session.resend(&document(1), None, at);
    assert_eq!(refused(&session, resend(after(29))), Refusal::NotDue);
    assert_eq!(
        refused(&asking(), resend(after(99))),
        Refusal::NotAllowed,
        "a login is not sent again"
    );
    let other = |session: Session| session.resend(&document(2), None, after(30));
    assert_eq!(refused(&session, other), Refusal::NotYours);

    let tries = asking_of(&session).tries;
    let form = asking_of(&session).form;
    let (session, effects) = effects_of(session, resend(after(30)));
    let call = Call::Resend;
    assert_eq!(effects, [Effect::Call { call, attempt: FIRST }]);
    let sent = go(session.clone(), |session| session.step(FIRST, Step::Form(form), after(31)));
    let sent = asking_of(&sent);
    assert_eq!((sent.tries, sent.resent, sent.resend_from), (tries, true, Some(after(61))));

    // It could not be sent, or nobody knows: the code that was sent before can still be typed.
    let failure = FailureCode::InstitutionUnavailable.failure();
    let failed = go(session.clone(), |session| {
        session.failed(FIRST, failure, Again::default(), after(31))
    });
    assert_eq!(asking_of(&failed).message.map(|message| message.failure), Some(failure));
    assert_eq!(asking_of(&failed).tries, tries);
    let lost = go(session.clone(), |session| session.lease_lost(after(30 + 90)));
    assert_eq!((asking_of(&lost).message, asking_of(&lost).tries), (None, tries));
    let locked = FailureCode::LoginLocked.failure();
    let locked = go(session, |session| session.failed(FIRST, locked, Again::default(), after(31)));
    assert!(matches!(locked.state, State::Failed(_)));
}

#[test]
fn a_wrong_answer_to_a_picture_brings_another_picture_and_no_more_tries() {
    let session = go(choosing(), |session| session.choose(&document(1), None, route("leumi"), T0));
    let mut session = go(session, |session| session.step(FIRST, Step::Form(form(vec![picture("one")])), T0));
    for (turn, content) in ["two", "three"].into_iter().enumerate() {
        let tries = asking_of(&session).tries;
        let on = session.version;
        let typed = answers(&[("seen", "abc")]);
        let (moved, _) = session.submit(&document(1), on, &typed, T0).expect("sent");
        let again = Again {
            tries_left: None,
            form: Some(form(vec![picture(content)])),
        };
        let failure = FailureCode::WrongCode.failure();
        session = go(moved.session, |session| session.failed(FIRST, failure, again, T0));
        let asked = asking_of(&session);
        assert_eq!(asked.tries, tries - 1, "turn {turn}");
        assert_eq!(
            asked.form.fields[0].picture.as_ref().map(|picture| picture.base64.as_str()),
            Some(content)
        );
        assert!(asked.kept.is_empty(), "what was seen in another picture is of no use");
    }
}
