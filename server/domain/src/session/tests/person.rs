//! Rows that the person causes.

use super::*;
use crate::connection::Event;
use gesher_contract::Language;
use std::collections::BTreeSet;

fn picked(ids: &[&str]) -> BTreeSet<String> {
    ids.iter().map(|id| (*id).to_owned()).collect()
}

#[test]
fn choosing_choose_goes_to_calling_begin() {
    let (session, effects) = effects_of(choosing(), |session| session.choose(&document(1), Some(2), route("leumi"), T0));
    let State::Calling(calling) = &session.state else {
        panic!("{:?}", session.state)
    };
    assert_eq!((calling.call, calling.attempt.id, calling.leaving), (Call::Begin, FIRST, false));
    assert_eq!(calling.lease_until, T0.plus(LEASE));
    assert_eq!(session.wakes_at(), Some(calling.lease_until));
    assert_eq!(
        effects,
        [
            Effect::Connection(Event::Begun),
            Effect::Call {
                call: Call::Begin,
                attempt: FIRST
            }
        ]
    );
}

#[test]
fn asking_choose_voids_the_old_attempt_and_begins_a_new_one() {
    let (session, effects) = effects_of(asking(), |session| session.choose(&document(1), None, route("hapoalim"), T0));
    assert_eq!(session.state.route().map(|route| route.institution.as_str()), Some("hapoalim"));
    assert_eq!(effects[0], Effect::VoidAttempt(FIRST));
    assert_eq!(session.state.attempt().map(|attempt| attempt.id), Some(AttemptId(2)));
}

#[test]
fn failed_retryable_choose_goes_to_calling_begin() {
    let session = begun_from(failed_retryable());
    assert_eq!(session.state.attempt().map(|attempt| attempt.id), Some(AttemptId(2)));
}

#[test]
fn choose_is_not_allowed_past_the_hosts_filter_or_in_another_state() {
    let locks = Locks {
        institution_ids: BTreeSet::from(["leumi".to_owned()]),
        ..Locks::default()
    };
    let filtered = go(invited_with(locks, Completion::Exchange), |session| session.open(document(1), T0));
    let choose = |route: RouteRef| move |session: Session| session.choose(&document(1), None, route, T0);
    assert_eq!(refused(&filtered, choose(route("hapoalim"))), Refusal::NotAllowed);
    go(filtered, choose(route("leumi")));

    let invented = RouteRef {
        invented: true,
        ..route("invented")
    };
    assert_eq!(refused(&choosing(), choose(invented.clone())), Refusal::NotAllowed);
    let locks = Locks {
        include_sandbox: true,
        ..Locks::default()
    };
    let open = go(invited_with(locks, Completion::Exchange), |session| session.open(document(1), T0));
    go(open, choose(invented.clone()));
    let locks = Locks {
        institution_ids: BTreeSet::from(["invented".to_owned()]),
        ..Locks::default()
    };
    let open = go(invited_with(locks, Completion::Exchange), |session| session.open(document(1), T0));
    go(open, choose(invented));

    for session in [calling_begin(), leaving(), launched(), waiting(), picking(), confirming()] {
        assert_eq!(refused(&session, choose(route("leumi"))), Refusal::NotAllowed);
    }
}

#[test]
fn choose_on_an_older_version_is_stale() {
    assert_eq!(
        refused(&asking(), |session| session.choose(&document(1), Some(2), route("leumi"), T0)),
        Refusal::StaleTicket
    );
}

#[test]
fn asking_submit_goes_to_calling_submit_with_one_try_less() {
    let before = asking();
    let (moved, cleaned) = before.clone().submit(&document(1), before.version, &right(), T0).unwrap();
    assert_eq!(cleaned.0["psu_id"], "043510023");
    assert_eq!(moved.call(), Some((Call::Submit, FIRST)));
    assert_eq!(moved.session.submits_left, SESSION_SUBMITS - 1);
    let State::Calling(Calling {
        back: Back::Form { tries, kept, .. },
        ..
    }) = moved.session.state
    else {
        panic!("not calling")
    };
    assert_eq!(tries, FORM_TRIES - 1);
    assert_eq!(kept, answers(&[("psu_id", "43510023"), ("username", "user")]));
}

#[test]
fn asking_submit_twice_is_a_stale_ticket() {
    let session = asking();
    let on = session.version;
    let session = submitted(session);
    let again = |session: Session| session.submit(&document(1), on, &right(), T0).map(|(moved, _)| moved);
    assert_eq!(refused(&session, again), Refusal::StaleTicket);
    let asked_again = stepped(session, Step::Form(code()));
    assert_eq!(refused(&asked_again, again), Refusal::StaleTicket);
}

#[test]
fn submit_where_nothing_is_asked_is_not_allowed() {
    for session in [
        choosing(),
        calling_begin(),
        leaving(),
        waiting(),
        picking(),
        confirming(),
        failed_retryable(),
    ] {
        let on = session.version;
        let submit = |session: Session| session.submit(&document(1), on, &right(), T0).map(|(moved, _)| moved);
        assert_eq!(refused(&session, submit), Refusal::NotAllowed);
    }
}

#[test]
fn asking_submit_of_wrong_fields_is_invalid_and_changes_nothing() {
    let session = asking();
    let on = session.version;
    let why = refused(&session, |session| {
        let wrong = answers(&[("psu_id", "043510024"), ("username", " ")]);
        session.submit(&document(1), on, &wrong, T0).map(|(moved, _)| moved)
    });
    let error = |name: &str, problem| FieldError {
        name: name.into(),
        problem,
    };
    assert_eq!(
        why,
        Refusal::Invalid(vec![
            error("psu_id", Problem::CheckDigit),
            error("username", Problem::Required),
            error("password", Problem::Required),
        ])
    );
}

#[test]
fn asking_submit_without_tries_is_too_many() {
    let session = Session {
        submits_left: 0,
        ..asking()
    };
    let on = session.version;
    let submit = |session: Session| session.submit(&document(1), on, &right(), T0).map(|(moved, _)| moved);
    assert_eq!(refused(&session, submit), Refusal::TooMany);
}

#[test]
fn leaving_launch_binds_the_browser() {
    let session = launched();
    let State::Leaving(Leaving { launch, .. }) = &session.state else {
        panic!("{:?}", session.state)
    };
    assert_eq!(
        *launch,
        Some(Launch {
            browser: browser(1),
            state: bank_state(1),
            until: after(600),
        })
    );
    assert!(session.is_under_way());
}

#[test]
fn leaving_launch_again_from_the_same_browser_makes_the_old_state_void() {
    let session = go(launched(), |session| session.launch(&document(1), browser(1), bank_state(2), T0));
    assert_eq!(
        refused(&session, |session| session.returned(
            &browser(1),
            &bank_state(1),
            Returned::Params,
            T0
        )),
        Refusal::BadReturn
    );
    go(session, |session| {
        session.returned(&browser(1), &bank_state(2), Returned::Params, T0)
    });
}

#[test]
fn leaving_launch_from_another_browser_or_document_is_not_yours() {
    let launch = |by, from| move |session: Session| session.launch(&document(by), browser(from), bank_state(2), T0);
    assert_eq!(refused(&launched(), launch(1, 2)), Refusal::NotYours);
    assert_eq!(refused(&launched(), launch(2, 1)), Refusal::NotYours);
    assert_eq!(refused(&leaving(), launch(2, 1)), Refusal::NotYours);
    assert_eq!(refused(&asking(), launch(1, 1)), Refusal::NotAllowed);
}

#[test]
fn picking_accounts_goes_to_calling_accounts() {
    let (session, effects) = effects_of(picking(), |session| session.accounts(&document(1), None, &picked(&["b"]), T0));
    assert_eq!(session.state.name(), "calling");
    assert_eq!(
        effects,
        [Effect::Call {
            call: Call::Accounts,
            attempt: FIRST
        }]
    );
}

#[test]
fn picking_accounts_goes_to_confirming_when_the_grant_came_with_the_offer() {
    let (session, effects) = effects_of(picking_granted(), |session| {
        session.accounts(&document(1), None, &picked(&["a", "b"]), T0)
    });
    assert_eq!(session.state.name(), "confirming");
    assert_eq!(effects[0], Effect::SealGrant(FIRST));
}

#[test]
fn picking_no_account_is_an_empty_choice_and_an_unknown_one_is_not_allowed() {
    let accounts = |ids: &'static [&'static str]| move |session: Session| session.accounts(&document(1), None, &picked(ids), T0);
    assert_eq!(refused(&picking(), accounts(&[])), Refusal::EmptyChoice);
    assert_eq!(refused(&picking(), accounts(&["a", "z"])), Refusal::NotAllowed);
    assert_eq!(refused(&asking(), accounts(&["a"])), Refusal::NotAllowed);
}

#[test]
fn speak_switches_the_language_unless_the_host_fixed_it() {
    let session = go(choosing(), |session| session.speak(&document(1), Language::He, T0));
    assert_eq!((session.language, session.state), (Some(Language::He), State::Choosing));
    let locks = Locks {
        language: Some(Language::En),
        ..Locks::default()
    };
    let fixed = go(invited_with(locks, Completion::Exchange), |session| session.open(document(1), T0));
    assert_eq!(
        refused(&fixed, |session| session.speak(&document(1), Language::He, T0)),
        Refusal::NotAllowed
    );
}

#[test]
fn done_exited_failed_and_expired_refuse_every_act_as_over() {
    for session in over() {
        let on = session.version;
        let me = document(1);
        assert_eq!(refused(&session, |session| session.open(document(2), T0)), Refusal::Over);
        assert_eq!(refused(&session, |session| session.open(me, T0)), Refusal::Over);
        assert_eq!(refused(&session, |session| session.start_over(me, T0)), Refusal::Over);
        assert_eq!(
            refused(&session, |session| session.choose(&me, None, route("leumi"), T0)),
            Refusal::Over
        );
        assert_eq!(
            refused(&session, |session| session.submit(&me, on, &right(), T0).map(|(moved, _)| moved)),
            Refusal::Over
        );
        assert_eq!(
            refused(&session, |session| session.launch(&me, browser(1), bank_state(1), T0)),
            Refusal::Over
        );
        assert_eq!(
            refused(&session, |session| session.accounts(&me, None, &picked(&["a"]), T0)),
            Refusal::Over
        );
        assert_eq!(refused(&session, |session| session.cancel(Some(&me), T0)), Refusal::Over);
        assert_eq!(refused(&session, |session| session.speak(&me, Language::He, T0)), Refusal::Over);
        assert_eq!(session.wakes_at(), None);
    }
}

#[test]
fn past_the_deadline_every_act_is_over_even_before_the_tick() {
    let late = after(1_800);
    let me = document(1);
    assert_eq!(refused(&invited(), |session| session.open(me, late)), Refusal::Over);
    assert_eq!(
        refused(&choosing(), |session| session.choose(&me, None, route("leumi"), late)),
        Refusal::Over
    );
    assert_eq!(refused(&asking(), |session| session.cancel(Some(&me), late)), Refusal::Over);
}

#[test]
fn two_events_in_one_transaction_keep_the_effects_of_both() {
    let moved = invited()
        .open(document(1), T0)
        .and_then(|moved| moved.then(|session| session.choose(&document(1), Some(2), route("leumi"), T0)))
        .unwrap();
    assert_eq!(moved.session.version, 3);
    assert_eq!(moved.effects.len(), 2);
    assert_eq!(moved.call(), Some((Call::Begin, FIRST)));
}
