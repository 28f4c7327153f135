//! What was asked for when it failed.

use super::*;

#[test]
fn a_failure_remembers_what_the_last_form_wanted() {
    for (kind, proof) in [
        (FieldKind::Code, Proof::Code),
        (FieldKind::Image, Proof::Picture),
        (FieldKind::Password, Proof::Answer),
    ] {
        let challenge = Form {
            challenge: true,
            ..form(vec![field("asked", kind)])
        };
        let asked = stepped(calling_submit(), Step::Form(challenge));
        let sent = go(asked, |session| {
            let on = session.version;
            let typed = answers(&[("asked", "12345")]);
            session.submit(&document(1), on, &typed, T0).map(|(moved, _)| moved)
        });
        let late = FailureCode::CodeExpired.failure();
        let failed = go(sent, |session| session.failed(FIRST, late, Again::tries(None), T0));
        assert!(matches!(failed.state, State::Failed(failed) if failed.proof == proof), "{kind:?}");
    }
    let at_the_login = go(calling_submit(), |session| {
        session.failed(FIRST, FailureCode::LoginLocked.failure(), Again::tries(None), T0)
    });
    assert!(matches!(at_the_login.state, State::Failed(failed) if failed.proof == Proof::Code));
}
