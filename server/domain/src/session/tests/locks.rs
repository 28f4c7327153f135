//! What a host fixed and the institution's form does not take.

use super::*;
use crate::connection::Event;
use gesher_contract::IdType;

/// What the first form makes of these locks.
fn asked_with(locks: Locks, form: Form) -> (Session, Vec<Effect>) {
    let invited = invited_with(locks, Completion::Exchange);
    let calling = begun_from(go(invited, |session| session.open(document(1), T0)));
    effects_of(calling, |session| session.step(FIRST, Step::Form(form), T0))
}

fn by_passport() -> Locks {
    Locks {
        psu_id: Some("P1234567".into()),
        psu_id_type: IdType::Passport,
        ..Locks::default()
    }
}

fn for_company() -> Locks {
    Locks {
        psu_corporate_id: Some("510000003".into()),
        ..Locks::default()
    }
}

fn business() -> Form {
    form(vec![
        Field {
            passport: true,
            ..field("psu_id", FieldKind::NationalId)
        },
        field("psu_corporate_id", FieldKind::Number),
    ])
}

#[test]
fn a_form_that_does_not_take_what_the_host_fixed_fails_as_the_hosts() {
    for locks in [by_passport(), for_company()] {
        let (session, effects) = asked_with(locks, login());
        let failure = FailureCode::LockNotTaken.failure();
        assert!(matches!(&session.state, State::Failed(failed) if failed.failure == failure));
        assert!(session.state.is_over());
        assert_eq!(effects, [Effect::VoidAttempt(FIRST), Effect::Connection(Event::Failed(failure))]);
    }
}

#[test]
fn a_form_that_takes_it_is_asked() {
    for locks in [by_passport(), for_company()] {
        assert_eq!(asked_with(locks, business()).0.state.name(), "asking");
    }
    let text = form(vec![field("psu_id", FieldKind::Text)]);
    assert_eq!(asked_with(by_passport(), text).0.state.name(), "asking");
}

#[test]
fn a_later_form_need_not_ask_for_the_company_again() {
    let (asking, _) = asked_with(for_company(), business());
    let sent = go(asking, |session| {
        let on = session.version;
        let typed = answers(&[("psu_id", "43510023")]);
        session.submit(&document(1), on, &typed, T0).map(|(moved, _)| moved)
    });
    assert_eq!(stepped(sent, Step::Form(code())).state.name(), "asking");
}
