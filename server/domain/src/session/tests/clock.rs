//! Rows that the clock and the host's backend cause.

use super::*;
use crate::connection::Event;

#[test]
fn waiting_poll_due_goes_to_calling_poll() {
    assert_eq!(refused(&waiting(), |session| session.poll_due(after(4))), Refusal::NotDue);
    let (session, effects) = effects_of(waiting(), |session| session.poll_due(after(5)));
    assert_eq!(session.state.name(), "calling");
    assert_eq!(
        effects,
        [Effect::Call {
            call: Call::Poll,
            attempt: FIRST
        }]
    );
    assert_eq!(refused(&choosing(), |session| session.poll_due(after(5))), Refusal::NotAllowed);
}

#[test]
fn waiting_poll_past_its_end_goes_to_failed_timed_out() {
    let (session, effects) = effects_of(waiting(), |session| session.poll_due(after(300)));
    assert!(matches!(session.state, State::Failed(failed) if failed.failure.code == FailureCode::TimedOut));
    assert_eq!(effects[0], Effect::VoidAttempt(FIRST));
}

#[test]
fn a_poll_that_waits_on_does_not_move_the_end_of_the_wait() {
    let on = Step::Wait {
        next_poll: after(10),
        until: after(900),
        message: approve(),
    };
    let session = stepped(calling_poll(), on);
    assert!(
        matches!(session.state, State::Waiting(waiting) if waiting.until == after(300) && waiting.next_poll == after(10) && waiting.message == approve())
    );
}

#[test]
fn confirming_exchange_goes_to_done() {
    let (session, effects) = effects_of(confirming(), |session| session.exchange("shopper-7", after(599)));
    assert_eq!(session.state.name(), "done");
    assert_eq!(effects, [Effect::VoidPublicToken, Effect::Connection(Event::Confirmed)]);
    assert_eq!(refused(&session, |session| session.exchange("shopper-7", T0)), Refusal::Over);
    assert_eq!(refused(&asking(), |session| session.exchange("shopper-7", T0)), Refusal::NotAllowed);
}

#[test]
fn confirming_exchange_of_another_customer_goes_to_failed_with_the_grant_given_back() {
    let (session, effects) = effects_of(confirming(), |session| session.exchange("shopper-8", T0));
    let failure = FailureCode::CustomerMismatch.failure();
    assert!(matches!(&session.state, State::Failed(failed) if failed.failure == failure));
    assert!(session.state.is_over());
    assert_eq!(
        effects,
        [
            Effect::RevokeGrant(FIRST),
            Effect::VoidPublicToken,
            Effect::Audit(Audit::CustomerMismatch),
            Effect::Connection(Event::Failed(failure))
        ]
    );
}

#[test]
fn confirming_time_out_goes_to_expired_with_the_grant_given_back() {
    assert_eq!(refused(&confirming(), |session| session.tick(after(599))), Refusal::NotDue);
    assert_eq!(
        refused(&confirming(), |session| session.exchange("shopper-7", after(600))),
        Refusal::Over
    );
    let (session, effects) = effects_of(confirming(), |session| session.tick(after(600)));
    assert_eq!(session.state.name(), "expired");
    assert_eq!(
        effects,
        [
            Effect::RevokeGrant(FIRST),
            Effect::VoidPublicToken,
            Effect::Connection(Event::Abandoned)
        ]
    );
}

#[test]
fn confirming_may_outlive_the_invitation() {
    let late = go(calling_submit(), |session| session.step(FIRST, Step::Done(GRANTED), after(1_790)));
    assert_eq!(refused(&late, |session| session.tick(after(1_800))), Refusal::NotDue);
    assert_eq!(go(late, |session| session.exchange("shopper-7", after(2_300))).state.name(), "done");
}

#[test]
fn any_live_tick_past_the_deadline_goes_to_expired() {
    for session in live() {
        let ends = session.ends_at();
        assert_eq!(
            refused(&session, |session| session.tick(Timestamp(ends.0 - 1))),
            Refusal::NotDue,
            "{}",
            session.state.name()
        );
        let had = session.state.attempt().is_some();
        let (session, effects) = effects_of(session, |session| session.tick(ends));
        assert_eq!(session.state.name(), "expired");
        assert!(effects.contains(&Effect::Connection(Event::Abandoned)));
        let given_back = |effect: &Effect| matches!(effect, Effect::VoidAttempt(_) | Effect::RevokeGrant(_));
        assert_eq!(effects.iter().any(given_back), had);
    }
}

#[test]
fn done_exited_failed_and_expired_refuse_every_result_as_over() {
    for session in over() {
        let late = after(10_000);
        let broken = FailureCode::Internal.failure();
        assert_eq!(refused(&session, |session| session.step(FIRST, Step::Redirect, T0)), Refusal::Over);
        assert_eq!(
            refused(&session, |session| session.failed(FIRST, broken, Again::tries(None), T0)),
            Refusal::Over
        );
        assert_eq!(refused(&session, |session| session.lease_lost(late)), Refusal::Over);
        assert_eq!(refused(&session, |session| session.poll_due(late)), Refusal::Over);
        assert_eq!(refused(&session, |session| session.exchange("shopper-7", T0)), Refusal::Over);
        assert_eq!(refused(&session, |session| session.tick(late)), Refusal::Over);
        assert_eq!(refused(&session, |session| session.wake(late)), Refusal::Over);
    }
}

#[test]
fn wake_does_what_is_due() {
    assert_eq!(go(calling_poll(), |session| session.wake(after(200))).state.name(), "calling");
    assert_eq!(go(calling_begin(), |session| session.wake(after(200))).state.name(), "failed");
    assert_eq!(go(waiting(), |session| session.wake(after(5))).state.name(), "calling");
    assert_eq!(go(waiting(), |session| session.wake(after(1_800))).state.name(), "expired");
    assert_eq!(go(confirming(), |session| session.wake(after(600))).state.name(), "expired");
    for session in live() {
        let due = session.wakes_at().expect("live");
        assert_eq!(refused(&session, |session| session.wake(Timestamp(due.0 - 1))), Refusal::NotDue);
        go(session, |session| session.wake(due));
    }
}

/// Before the session was made.
fn before(seconds: i64) -> Timestamp {
    Timestamp(T0.0 - seconds * 1_000_000)
}

#[test]
fn a_clock_that_goes_back_moves_no_end() {
    for session in live() {
        let ends = session.ends_at();
        for now in [before(1), before(3_600)] {
            assert_eq!(refused(&session, |session| session.tick(now)), Refusal::NotDue);
            assert_eq!(refused(&session, |session| session.wake(now)), Refusal::NotDue);
            assert!(!session.is_over(now));
            // Whatever the person does then, the session ends when it would have.
            let deadline = session.deadline;
            let again = go(session.clone(), |session| session.start_over(document(1), now));
            assert_eq!(again.deadline, deadline);
            assert_eq!(again.wakes_at(), Some(deadline));
            assert_eq!(go(again, |session| session.tick(deadline)).state.name(), "expired");
        }
        assert_eq!(go(session, |session| session.wake(ends)).state.name(), "expired");
    }
}

#[test]
fn each_step_may_be_earlier_than_the_one_before() {
    let asking = go(invited(), |session| session.open(document(1), before(1)));
    let asking = go(asking, |session| session.choose(&document(1), None, route("leumi"), before(2)));
    let asking = go(asking, |session| session.step(FIRST, Step::Form(login()), before(3)));
    let sent = go(asking, |session| {
        let on = session.version;
        session.submit(&document(1), on, &right(), before(4)).map(|(moved, _)| moved)
    });
    let confirming = go(sent, |session| session.step(FIRST, Step::Done(GRANTED), before(5)));
    assert!(confirming.ends_at() <= confirming.deadline);
    assert_eq!(confirming.deadline, invited().deadline);
    assert_eq!(
        go(confirming, |session| session.exchange("shopper-7", before(6))).state.name(),
        "done"
    );

    let launched = go(leaving(), |session| {
        session.launch(&document(1), browser(1), bank_state(1), before(7))
    });
    let back = go(launched, |session| {
        session.returned(&browser(1), &bank_state(1), Returned::Params, before(8))
    });
    assert_eq!(back.state.name(), "calling");
    let polled = go(waiting(), |session| session.poll_due(after(5)));
    let step = Step::Wait {
        next_poll: before(9),
        until: after(9_000),
        message: approve(),
    };
    let polled = go(polled, |session| session.step(FIRST, step, before(10)));
    assert!(matches!(polled.state, State::Waiting(waiting) if waiting.until == after(300)));
}

#[test]
fn confirming_exchange_names_the_customer_where_nobody_has_before() {
    let stranger = Session {
        customer: None,
        ..confirming()
    };
    let (session, effects) = effects_of(stranger, |session| session.exchange("shopper-9", after(599)));
    assert_eq!((session.state.name(), session.customer.as_deref()), ("done", Some("shopper-9")));
    assert_eq!(effects, [Effect::VoidPublicToken, Effect::Connection(Event::Confirmed)]);
    assert_eq!(
        refused(&session, |session| session.exchange("shopper-8", after(599))),
        Refusal::Over
    );
}

#[test]
fn an_invitation_may_end_before_its_session_does() {
    let session = Session {
        opens_until: Some(after(900)),
        ..choosing()
    };
    let newcomer = document(9);
    assert_eq!(
        go(session.clone(), |session| session.open(newcomer, after(899))).instance,
        Some(newcomer)
    );
    for late in [
        refused(&session, |session| session.open(newcomer, after(900))),
        refused(&session, |session| session.start_over(newcomer, after(900))),
    ] {
        assert_eq!(late, Refusal::Over);
    }
    // Who is in it stays in it.
    let live = session.instance.unwrap();
    assert_eq!(
        go(session, |session| session.start_over(live, after(1_799))).state.name(),
        "choosing"
    );
}
