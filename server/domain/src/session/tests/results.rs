//! Rows that come from outside the page.

use super::*;
use crate::connection::Event;

fn now_of(session: &Session) -> (&'static str, &Session) {
    (session.state.name(), session)
}

#[test]
fn calling_step_form_goes_to_asking() {
    let (session, effects) = effects_of(calling_begin(), |session| session.step(FIRST, Step::Form(login()), T0));
    let State::Asking(asking) = &session.state else {
        panic!("{:?}", now_of(&session))
    };
    assert_eq!((asking.tries, asking.message, asking.kept.len()), (FORM_TRIES, None, 0));
    assert_eq!(asking.form, login());
    assert_eq!(effects, []);
}

#[test]
fn calling_step_form_locks_the_hosts_psu_id() {
    let locks = Locks {
        psu_id: Some("043510023".into()),
        ..Locks::default()
    };
    let session = go(invited_with(locks, Completion::Exchange), |session| session.open(document(1), T0));
    let session = stepped(begun_from(session), Step::Form(login()));
    let State::Asking(asking) = &session.state else {
        panic!("{:?}", now_of(&session))
    };
    assert_eq!(asking.form.fields[0].locked.as_deref(), Some("043510023"));
    assert_eq!(asking.form.fields[1].locked, None);
    let on = session.version;
    let typed = answers(&[("username", "user"), ("password", "pass")]);
    let (_, cleaned) = session.clone().submit(&document(1), on, &typed, T0).unwrap();
    assert_eq!(cleaned.0["psu_id"], "043510023");
    let other = answers(&[("psu_id", "321547416"), ("username", "user"), ("password", "pass")]);
    let why = refused(&session, |session| {
        session.submit(&document(1), on, &other, T0).map(|(moved, _)| moved)
    });
    assert_eq!(
        why,
        Refusal::Invalid(vec![FieldError {
            name: "psu_id".into(),
            problem: Problem::Locked
        }])
    );
}

#[test]
fn calling_step_of_the_same_form_again_keeps_counting_and_another_form_has_tries_of_its_own() {
    let tries = |session: &Session| match &session.state {
        State::Asking(asking) => asking.tries,
        _ => panic!("{:?}", now_of(session)),
    };
    let mut session = asking();
    for left in [2, 1] {
        session = stepped(submitted(session), Step::Form(login()));
        assert_eq!(tries(&session), left);
    }
    let challenged = stepped(submitted(session.clone()), Step::Form(code()));
    assert_eq!(tries(&challenged), FORM_TRIES);
    let session = stepped(submitted(session), Step::Form(login()));
    assert!(matches!(
        session.state,
        State::Failed(Failed { failure, .. }) if failure.code == FailureCode::TooManyTries
    ));
}

#[test]
fn calling_step_redirect_goes_to_leaving() {
    let session = leaving();
    assert!(matches!(&session.state, State::Leaving(Leaving { launch: None, .. })));
    assert!(!session.is_under_way());
}

#[test]
fn calling_step_wait_goes_to_waiting() {
    let session = waiting();
    assert!(matches!(&session.state, State::Waiting(waiting) if waiting.next_poll == after(5) && waiting.until == after(300)));
    assert_eq!(session.wakes_at(), Some(after(5)));
}

#[test]
fn calling_step_accounts_goes_to_picking_accounts() {
    assert!(matches!(&picking().state, State::PickingAccounts(picking) if picking.offer == offer(None)));
}

#[test]
fn calling_step_of_an_empty_offer_fails() {
    for (granted, given_back) in [(None, Effect::VoidAttempt(FIRST)), (Some(GRANTED), Effect::RevokeGrant(FIRST))] {
        let empty = Offer { accounts: vec![], granted };
        let (session, effects) = effects_of(calling_begin(), |session| session.step(FIRST, Step::Accounts(empty), T0));
        let failure = FailureCode::BadInstitutionAnswer.failure();
        assert!(matches!(session.state, State::Failed(failed) if failed.failure == failure));
        assert_eq!(effects, [given_back, Effect::Connection(Event::LetGo(Some(failure)))]);
    }
}

#[test]
fn calling_step_done_goes_to_confirming_with_the_grant_sealed() {
    let granted = Granted { cosigners: true };
    let (session, effects) = effects_of(calling_submit(), |session| session.step(FIRST, Step::Done(granted), after(60)));
    assert!(matches!(&session.state, State::Confirming(confirming) if confirming.until == after(660)));
    assert_eq!(session.ends_at(), after(660));
    assert_eq!(session.wakes_at(), Some(after(660)));
    assert_eq!(
        effects,
        [
            Effect::SealGrant(FIRST),
            Effect::Connection(Event::Granted { cosigners: true }),
            Effect::IssuePublicToken
        ]
    );
}

#[test]
fn calling_step_done_goes_to_done_when_automatic() {
    let session = go(invited_with(Locks::default(), Completion::Automatic), |session| {
        session.open(document(1), T0)
    });
    let (session, effects) = effects_of(begun_from(session), |session| session.step(FIRST, Step::Done(GRANTED), T0));
    assert_eq!(session.state.name(), "done");
    assert_eq!(
        effects,
        [
            Effect::SealGrant(FIRST),
            Effect::Connection(Event::Granted { cosigners: false }),
            Effect::Connection(Event::Confirmed)
        ]
    );
}

#[test]
fn calling_failure_goes_to_asking_with_its_message_while_tries_are_left() {
    let failure = FailureCode::WrongCredentials.failure();
    let (session, effects) = effects_of(calling_submit(), |session| {
        session.failed(FIRST, failure, Again::tries(Some(2)), T0)
    });
    let State::Asking(asking) = &session.state else {
        panic!("{:?}", now_of(&session))
    };
    assert_eq!(
        asking.message,
        Some(Message {
            failure,
            tries_left: Some(2)
        })
    );
    assert_eq!(asking.tries, FORM_TRIES - 1);
    assert_eq!(asking.kept, answers(&[("psu_id", "43510023"), ("username", "user")]));
    assert_eq!(effects, []);
}

#[test]
fn calling_failure_of_the_last_try_goes_to_failed_too_many_tries() {
    let mut session = asking();
    let wrong = FailureCode::WrongCredentials.failure();
    for _ in 1..FORM_TRIES {
        session = go(submitted(session), |session| session.failed(FIRST, wrong, Again::tries(None), T0));
        assert_eq!(session.state.name(), "asking");
    }
    let (session, effects) = effects_of(submitted(session), |session| session.failed(FIRST, wrong, Again::tries(None), T0));
    let failure = FailureCode::TooManyTries.failure();
    assert!(matches!(&session.state, State::Failed(failed) if failed.failure == failure));
    assert!(!session.state.is_over());
    assert_eq!(
        effects,
        [Effect::VoidAttempt(FIRST), Effect::Connection(Event::LetGo(Some(failure)))]
    );

    let session = go(calling_submit(), |session| session.failed(FIRST, wrong, Again::tries(Some(0)), T0));
    assert!(matches!(&session.state, State::Failed(failed) if failed.failure == failure));
}

#[test]
fn calling_failure_of_the_sessions_last_send_is_final() {
    let session = submitted(Session {
        submits_left: 1,
        ..asking()
    });
    let wrong = FailureCode::WrongCode.failure();
    let (session, effects) = effects_of(session, |session| session.failed(FIRST, wrong, Again::tries(None), T0));
    let State::Failed(failed) = &session.state else {
        panic!("{:?}", now_of(&session))
    };
    assert_eq!(failed.failure.code, FailureCode::TooManyTries);
    assert!(session.state.is_over());
    assert_eq!(effects[1], Effect::Connection(Event::Failed(failed.failure)));
}

#[test]
fn calling_failure_goes_to_failed_retryable_or_final_by_its_code() {
    for code in FailureCode::ALL {
        let failure = code.failure();
        let (session, effects) = effects_of(calling_begin(), |session| session.failed(FIRST, failure, Again::tries(None), T0));
        assert!(matches!(&session.state, State::Failed(failed) if failed.failure == failure));
        assert_eq!(session.state.is_over(), !failure.retryable, "{code:?}");
        let told = match code {
            FailureCode::ConsentRejected => Event::Rejected,
            FailureCode::CustomerMismatch | FailureCode::LockNotTaken | FailureCode::AccessSuspended => Event::Failed(failure),
            _ => Event::LetGo(Some(failure)),
        };
        assert!(effects.contains(&Effect::Connection(told)), "{code:?}");
        assert_eq!(effects[0], Effect::VoidAttempt(FIRST));
        assert_eq!(session.state.route(), Some(&route("leumi")));
    }
}

#[test]
fn calling_failure_of_an_expired_code_does_not_ask_again() {
    let session = go(calling_submit(), |session| {
        session.failed(FIRST, FailureCode::CodeExpired.failure(), Again::tries(Some(2)), T0)
    });
    assert!(matches!(session.state, State::Failed(failed) if failed.tries_left == Some(2)));
}

#[test]
fn calling_lease_lost_calls_only_a_poll_again() {
    let (session, effects) = effects_of(calling_poll(), |session| session.lease_lost(after(200)));
    assert_eq!(
        effects,
        [Effect::Call {
            call: Call::Poll,
            attempt: FIRST
        }]
    );
    assert!(matches!(session.state, State::Calling(calling) if calling.lease_until == after(200).plus(LEASE)));

    let exchanging = go(launched(), |session| {
        session.returned(&browser(1), &bank_state(1), Returned::Params, T0)
    });
    let sending = go(picking(), |session| {
        session.accounts(&document(1), None, &BTreeSet::from(["a".to_owned()]), T0)
    });
    for session in [calling_begin(), calling_submit(), exchanging, sending] {
        let (session, effects) = effects_of(session, |session| session.lease_lost(after(200)));
        assert!(matches!(session.state, State::Failed(failed) if failed.failure.code == FailureCode::OutcomeUnknown));
        assert_eq!(effects[0], Effect::VoidAttempt(FIRST));
        assert!(!effects.iter().any(|effect| matches!(effect, Effect::Call { .. })));
    }
}

#[test]
fn lease_lost_before_its_time_is_not_due_and_without_a_call_not_allowed() {
    assert_eq!(refused(&calling_begin(), |session| session.lease_lost(after(89))), Refusal::NotDue);
    assert_eq!(refused(&asking(), |session| session.lease_lost(after(200))), Refusal::NotAllowed);
}

#[test]
fn a_result_of_a_void_attempt_is_late_and_given_back() {
    let again = begun_from(go(calling_submit(), |session| session.start_over(document(1), T0)));
    let late = |step: Step| refusal_of(&again, |session| session.step(FIRST, step, T0));
    assert_eq!(late(Step::Done(GRANTED)), (Refusal::Late, vec![Effect::RevokeGrant(FIRST)]));
    assert_eq!(
        late(Step::Accounts(offer(Some(GRANTED)))),
        (Refusal::Late, vec![Effect::RevokeGrant(FIRST)])
    );
    assert_eq!(late(Step::Redirect), (Refusal::Late, vec![Effect::VoidAttempt(FIRST)]));
    assert_eq!(
        refusal_of(&again, |session| session.failed(
            FIRST,
            FailureCode::WrongCode.failure(),
            Again::tries(None),
            T0
        )),
        (Refusal::Late, vec![])
    );
    stepped(again, Step::Done(GRANTED));
}

#[test]
fn a_result_after_the_end_is_over_and_given_back_unless_it_made_the_connection() {
    for session in [exited(), failed_final(), expired()] {
        assert_eq!(
            refusal_of(&session, |session| session.step(FIRST, Step::Done(GRANTED), T0)),
            (Refusal::Over, vec![Effect::RevokeGrant(FIRST)])
        );
    }
    assert_eq!(
        refusal_of(&done(), |session| session.step(FIRST, Step::Done(GRANTED), T0)),
        (Refusal::Over, vec![])
    );
}

#[test]
fn a_repeated_result_of_the_attempt_that_goes_on_is_not_allowed_and_gives_nothing_back() {
    for session in [asking(), leaving(), waiting(), picking(), confirming()] {
        assert_eq!(
            refusal_of(&session, |session| session.step(FIRST, Step::Done(GRANTED), T0)),
            (Refusal::NotAllowed, vec![])
        );
    }
}

#[test]
fn leaving_return_goes_to_calling_exchange() {
    let (session, effects) = effects_of(launched(), |session| {
        session.returned(&browser(1), &bank_state(1), Returned::Params, T0)
    });
    assert_eq!(session.state.name(), "calling");
    assert_eq!(
        effects,
        [Effect::Call {
            call: Call::Exchange,
            attempt: FIRST
        }]
    );
    assert_eq!(
        refused(&session, |session| session.returned(
            &browser(1),
            &bank_state(1),
            Returned::Params,
            T0
        )),
        Refusal::BadReturn
    );
}

#[test]
fn leaving_return_with_another_browser_or_state_or_too_late_or_without_a_launch_is_a_bad_return() {
    let back = |from, state| move |session: Session| session.returned(&browser(from), &bank_state(state), Returned::Params, T0);
    assert_eq!(refused(&launched(), back(2, 1)), Refusal::BadReturn);
    assert_eq!(refused(&launched(), back(1, 2)), Refusal::BadReturn);
    let late = |session: Session| session.returned(&browser(1), &bank_state(1), Returned::Params, after(600));
    assert_eq!(refused(&launched(), late), Refusal::BadReturn);
    for session in [leaving(), choosing(), asking(), confirming()] {
        assert_eq!(refused(&session, back(1, 1)), Refusal::BadReturn);
    }
    for session in over() {
        assert_eq!(refused(&session, back(1, 1)), Refusal::Over);
    }
}

#[test]
fn leaving_turned_away_ends_the_attempt_and_gives_it_back() {
    for session in [leaving(), launched()] {
        let (session, effects) = effects_of(session, |session| session.turned_away(T0));
        let failure = FailureCode::OtherBrowser.failure();
        assert!(matches!(&session.state, State::Failed(failed) if failed.failure == failure));
        assert_eq!(
            effects,
            [Effect::VoidAttempt(FIRST), Effect::Connection(Event::LetGo(Some(failure)))]
        );
        assert_eq!(go(session, |session| session.start_over(document(1), T0)).state, State::Choosing);
    }
    for session in [choosing(), asking(), confirming()] {
        assert_eq!(refused(&session, |session| session.turned_away(T0)), Refusal::NotAllowed);
    }
    for session in over() {
        assert_eq!(refused(&session, |session| session.turned_away(T0)), Refusal::Over);
    }
}

#[test]
fn leaving_return_of_an_error_goes_to_failed_with_the_way_back_to_choosing() {
    let failure = FailureCode::InstitutionUnavailable.failure();
    let session = go(launched(), |session| {
        session.returned(&browser(1), &bank_state(1), Returned::Error(failure), T0)
    });
    assert!(matches!(&session.state, State::Failed(failed) if failed.failure == failure));
    assert_eq!(go(session, |session| session.start_over(document(1), T0)).state, State::Choosing);
}

#[test]
fn leaving_return_of_a_refused_consent_ends_it() {
    let failure = FailureCode::ConsentRejected.failure();
    let (session, effects) = effects_of(launched(), |session| {
        session.returned(&browser(1), &bank_state(1), Returned::Error(failure), T0)
    });
    assert!(session.state.is_over());
    assert_eq!(effects, [Effect::VoidAttempt(FIRST), Effect::Connection(Event::Rejected)]);
}
