use super::*;
use ConnectionStatus as S;
use gesher_contract::{Blame, FailureCode};

const BROKEN: Failure = FailureCode::Internal.failure();
const MISMATCH: Failure = FailureCode::CustomerMismatch.failure();
const NO_COSIGNERS: Event = Event::Granted { cosigners: false };
const DATA: Event = Event::DataIn { one_off: false };

/// Every event, each of its kinds once.
fn events() -> Vec<Event> {
    let mut events = vec![
        Event::Begun,
        Event::LetGo(None),
        Event::LetGo(Some(BROKEN)),
        Event::Failed(MISMATCH),
        Event::Rejected,
        NO_COSIGNERS,
        Event::Granted { cosigners: true },
        Event::Confirmed,
        Event::Repaired,
        Event::Abandoned,
        Event::NotListed,
        Event::Cosigned,
        Event::Declined,
        DATA,
        Event::DataIn { one_off: true },
        Event::PartIn,
        Event::Recovered,
        Event::LostSight,
        Event::Noticed(Reason::AccessExpiringSoon),
        Event::Settled(Reason::AccessExpiringSoon),
        Event::Terminated,
        Event::Replaced,
        Event::Deleted,
    ];
    events.extend(FetchProblem::ALL.map(Event::FetchFailed));
    events
}

/// A connection after these events, each of which has to be accepted.
fn after(events: &[Event]) -> Connection {
    events.iter().fold(Connection::new(), |connection, event| {
        connection
            .apply(*event)
            .unwrap_or_else(|refused| panic!("{event:?}: {refused:?}"))
            .connection
    })
}

fn granted(rest: &[Event]) -> Connection {
    after(&[&[Event::Begun, NO_COSIGNERS], rest].concat())
}

fn confirmed(rest: &[Event]) -> Connection {
    granted(&[&[Event::Confirmed], rest].concat())
}

/// One connection in each status.
fn one_of_each() -> Vec<Connection> {
    let cosigners = after(&[Event::Begun, Event::Granted { cosigners: true }, Event::Confirmed]);
    let fetch_failed = |problem| confirmed(&[DATA, Event::FetchFailed(problem)]);
    vec![
        after(&[]),
        after(&[Event::Begun]),
        granted(&[]),
        cosigners,
        confirmed(&[]),
        confirmed(&[DATA]),
        confirmed(&[Event::DataIn { one_off: true }]),
        confirmed(&[Event::PartIn]),
        fetch_failed(FetchProblem::InstitutionUnavailable),
        fetch_failed(FetchProblem::LoginRequired),
        fetch_failed(FetchProblem::Suspended),
        after(&[Event::Begun, Event::Rejected]),
        fetch_failed(FetchProblem::Revoked),
        confirmed(&[Event::Terminated]),
        granted(&[Event::Abandoned]),
        confirmed(&[Event::Replaced]),
        fetch_failed(FetchProblem::Broken),
        confirmed(&[Event::LostSight]),
        confirmed(&[Event::Deleted]),
    ]
}

fn refusal(connection: &Connection, event: Event) -> Refusal {
    let refused = connection.clone().apply(event).expect_err("refused");
    assert_eq!(refused.connection, *connection);
    refused.why
}

#[test]
fn every_status_can_be_reached() {
    let mut reached: Vec<&str> = one_of_each().iter().map(|connection| connection.status.as_str()).collect();
    let mut all: Vec<&str> = S::ALL.iter().map(|status| status.as_str()).collect();
    reached.sort_unstable();
    all.sort_unstable();
    assert_eq!(reached, all);
}

#[test]
fn a_change_is_reported_exactly_when_the_status_is_another_one() {
    for connection in one_of_each() {
        for event in events() {
            let before = connection.clone();
            match connection.clone().apply(event) {
                Ok(moved) => {
                    let from = before.status;
                    let to = moved.connection.status;
                    assert_eq!(moved.changed, (from != to).then_some(Changed { from, to }), "{from:?} {event:?}");
                }
                Err(refused) => assert_eq!(refused.connection, before),
            }
        }
    }
}

#[test]
fn terminal_statuses_absorb_all_but_the_hosts_deletion() {
    for connection in one_of_each().into_iter().filter(|connection| is_terminal(connection.status)) {
        for event in events() {
            if event == Event::Deleted && connection.status != S::Deleted {
                assert_eq!(connection.clone().apply(event).unwrap().connection.status, S::Deleted);
            } else {
                assert_eq!(refusal(&connection, event), Refusal::Over);
            }
        }
    }
    let terminal: Vec<S> = S::ALL.into_iter().filter(|status| is_terminal(*status)).collect();
    assert_eq!(
        terminal,
        [S::Rejected, S::Terminated, S::Abandoned, S::Replaced, S::Failed, S::Deleted]
    );
}

#[test]
fn the_usual_way_goes_from_pending_to_active() {
    let mut connection = Connection::new();
    for (event, status) in [
        (Event::Begun, S::Connecting),
        (NO_COSIGNERS, S::AwaitingConfirmation),
        (Event::Confirmed, S::Connected),
        (DATA, S::Active),
    ] {
        connection = connection.apply(event).unwrap().connection;
        assert_eq!(connection.status, status);
    }
}

#[test]
fn one_off_data_complete_it_and_some_data_make_it_partial() {
    assert_eq!(confirmed(&[Event::DataIn { one_off: true }]).status, S::Completed);
    assert_eq!(confirmed(&[Event::PartIn]).status, S::Partial);
    assert_eq!(confirmed(&[Event::PartIn, DATA]).status, S::Active);
}

#[test]
fn what_was_fetched_before_the_confirmation_counts_from_it_on() {
    for (outcome, status, reason, code) in [
        (DATA, S::Active, None, None),
        (Event::DataIn { one_off: true }, S::Completed, None, None),
        (Event::PartIn, S::Partial, None, None),
        (
            Event::FetchFailed(FetchProblem::InstitutionUnavailable),
            S::Degraded,
            Some(Reason::InstitutionUnavailable),
            Some(FailureCode::InstitutionUnavailable),
        ),
        (
            Event::FetchFailed(FetchProblem::ProviderUnavailable),
            S::Degraded,
            Some(Reason::ProviderUnavailable),
            Some(FailureCode::InstitutionUnavailable),
        ),
        (
            Event::FetchFailed(FetchProblem::Suspended),
            S::Suspended,
            None,
            Some(FailureCode::AccessSuspended),
        ),
        (
            Event::FetchFailed(FetchProblem::Broken),
            S::Failed,
            None,
            Some(FailureCode::BadInstitutionAnswer),
        ),
        (
            Event::FetchFailed(FetchProblem::LoginRequired),
            S::ReconnectRequired,
            Some(Reason::LoginRequired),
            Some(FailureCode::WrongCredentials),
        ),
        (
            Event::FetchFailed(FetchProblem::ConsentExpired),
            S::ReconnectRequired,
            Some(Reason::ConsentExpired),
            None,
        ),
        (Event::FetchFailed(FetchProblem::Revoked), S::Revoked, None, None),
    ] {
        let waiting = granted(&[outcome]);
        assert_eq!(waiting.status, S::AwaitingConfirmation, "{outcome:?}");
        let moved = waiting.apply(Event::Confirmed).unwrap();
        assert_eq!(moved.connection.status, status, "{outcome:?}");
        assert_eq!(moved.connection.reasons, reason.into_iter().collect());
        assert_eq!(moved.connection.failure.map(|failure| failure.code), code);
        assert_eq!(moved.connection.pending_outcome, None);
        // The same problem on a confirmed connection ends the same.
        assert_eq!(confirmed(&[outcome]).status, status);
    }
}

#[test]
fn of_several_fetches_before_the_confirmation_the_last_counts() {
    let unavailable = Event::FetchFailed(FetchProblem::InstitutionUnavailable);
    assert_eq!(granted(&[unavailable, DATA, Event::Confirmed]).status, S::Active);
    assert_eq!(granted(&[DATA, unavailable, Event::Confirmed]).status, S::Degraded);
    assert_eq!(granted(&[DATA, unavailable, Event::Confirmed, Event::Recovered]).status, S::Active);
}

#[test]
fn a_provider_that_does_not_answer_is_to_blame_itself() {
    let connection = confirmed(&[Event::FetchFailed(FetchProblem::ProviderUnavailable)]);
    assert_eq!(connection.failure.map(|failure| failure.blame), Some(Blame::Provider));
}

#[test]
fn cosigners_are_waited_for_after_the_confirmation() {
    let both = after(&[Event::Begun, Event::Granted { cosigners: true }]);
    assert_eq!(both.status, S::AwaitingConfirmation);
    assert_eq!(
        refusal(&both, Event::FetchFailed(FetchProblem::InstitutionUnavailable)),
        Refusal::NotNow
    );
    let unsigned = both.clone().apply(Event::Confirmed).unwrap().connection;
    assert_eq!(unsigned.status, S::AwaitingCosigners);
    assert_eq!(refusal(&unsigned, DATA), Refusal::NotNow);
    assert_eq!(unsigned.clone().apply(Event::Cosigned).unwrap().connection.status, S::Connected);
    assert_eq!(unsigned.clone().apply(Event::Declined).unwrap().connection.status, S::Rejected);
    assert_eq!(unsigned.apply(Event::Abandoned).unwrap().connection.status, S::Abandoned);

    let signed_first = both.clone().apply(Event::Cosigned).unwrap().connection;
    assert_eq!(signed_first.status, S::AwaitingConfirmation);
    assert_eq!(signed_first.apply(Event::Confirmed).unwrap().connection.status, S::Connected);
    assert_eq!(both.apply(Event::Declined).unwrap().connection.status, S::Rejected);
}

#[test]
fn letting_go_before_the_confirmation_goes_back_to_pending_and_forgets() {
    let connection = granted(&[DATA, Event::LetGo(Some(BROKEN))]);
    assert_eq!(
        connection,
        Connection {
            failure: Some(BROKEN),
            ..Connection::new()
        }
    );
    let again = connection.apply(Event::Begun).unwrap().connection;
    assert_eq!((again.status, again.failure), (S::Connecting, None));
}

#[test]
fn a_refused_consent_is_rejected_and_a_final_failure_failed() {
    let rejected = after(&[Event::Begun, Event::Rejected]);
    assert_eq!(rejected.failure.map(|failure| failure.code), Some(FailureCode::ConsentRejected));
    let failed = granted(&[DATA, Event::Failed(MISMATCH)]);
    assert_eq!((failed.status, failed.failure), (S::Failed, Some(MISMATCH)));
}

#[test]
fn what_a_session_says_that_makes_a_connection_means_nothing_to_one_that_stands() {
    for before in [
        confirmed(&[DATA]),
        confirmed(&[DATA, Event::FetchFailed(FetchProblem::LoginRequired)]),
    ] {
        for event in [
            Event::Begun,
            NO_COSIGNERS,
            Event::Confirmed,
            Event::LetGo(None),
            Event::Rejected,
            Event::Failed(BROKEN),
            Event::Abandoned,
        ] {
            assert_eq!(refusal(&before, event), Refusal::NotNow);
        }
    }
}

#[test]
fn a_repaired_connection_is_connected_and_active_again_when_data_come() {
    for problem in FetchProblem::ALL.into_iter().filter(|problem| *problem != FetchProblem::Broken) {
        let hindered = confirmed(&[DATA, Event::Noticed(Reason::AccessExpiringSoon), Event::FetchFailed(problem)]);
        let repaired = hindered.apply(Event::Repaired).unwrap().connection;
        assert_eq!((repaired.status, repaired.failure, repaired.reasons.len()), (S::Connected, None, 0));
        assert_eq!(repaired.apply(DATA).unwrap().connection.status, S::Active);
    }
    let unsigned = after(&[Event::Begun, Event::Granted { cosigners: true }, Event::Confirmed, Event::Repaired]);
    assert_eq!((unsigned.status, unsigned.cosigners), (S::Connected, false));
}

#[test]
fn a_connection_that_is_well_stays_so_when_it_gets_another_grant() {
    let soon = Event::Noticed(Reason::AccessExpiringSoon);
    for (data, status) in [
        (DATA, S::Active),
        (Event::DataIn { one_off: true }, S::Completed),
        (Event::PartIn, S::Partial),
    ] {
        let moved = confirmed(&[data, soon]).apply(Event::Repaired).unwrap();
        assert_eq!((moved.connection.status, moved.changed), (status, None));
        assert!(moved.connection.reasons.is_empty());
    }
    for nothing_to_repair in [after(&[]), after(&[Event::Begun]), granted(&[])] {
        assert_eq!(refusal(&nothing_to_repair, Event::Repaired), Refusal::NotNow);
    }
}

#[test]
fn a_consent_that_has_ended_does_not_end_soon() {
    let soon = Event::Noticed(Reason::AccessExpiringSoon);
    let ended = confirmed(&[DATA, soon, Event::FetchFailed(FetchProblem::ConsentExpired)]);
    assert_eq!(ended.reasons, BTreeSet::from([Reason::ConsentExpired]));
}

#[test]
fn degraded_suspended_and_unknown_come_back() {
    let unavailable = Event::FetchFailed(FetchProblem::InstitutionUnavailable);
    let suspended = Event::FetchFailed(FetchProblem::Suspended);
    for hindrance in [unavailable, suspended, Event::LostSight] {
        assert_eq!(confirmed(&[hindrance, DATA]).status, S::Active);
        assert_eq!(confirmed(&[hindrance, Event::Recovered]).status, S::Connected);
        let recovered = confirmed(&[DATA, hindrance, Event::Recovered]);
        assert_eq!((recovered.status, recovered.failure, recovered.reasons.len()), (S::Active, None, 0));
    }
}

#[test]
fn a_revoked_connection_comes_back_only_through_the_person() {
    let revoked = confirmed(&[DATA, Event::FetchFailed(FetchProblem::Revoked)]);
    assert_eq!(refusal(&revoked, DATA), Refusal::NotNow);
    assert_eq!(refusal(&revoked, Event::Recovered), Refusal::NotNow);
    assert_eq!(
        refusal(&revoked, Event::FetchFailed(FetchProblem::InstitutionUnavailable)),
        Refusal::NotNow
    );
}

#[test]
fn notices_stand_beside_the_status_and_outlive_its_changes() {
    let soon = Reason::AccessExpiringSoon;
    let connection = confirmed(&[DATA, Event::Noticed(soon), Event::FetchFailed(FetchProblem::InstitutionUnavailable)]);
    assert_eq!(connection.reasons, BTreeSet::from([Reason::InstitutionUnavailable, soon]));
    let recovered = connection.apply(DATA).unwrap().connection;
    assert_eq!(recovered.reasons, BTreeSet::from([soon]));
    let settled = recovered.apply(Event::Settled(soon)).unwrap().connection;
    assert!(settled.reasons.is_empty());
    assert_eq!(refusal(&settled, Event::Settled(soon)), Refusal::NotNow);
    assert_eq!(refusal(&settled, Event::Noticed(Reason::InstitutionUnavailable)), Refusal::NotNow);
}

#[test]
fn the_person_or_the_host_ends_it_in_every_live_status() {
    for connection in one_of_each().into_iter().filter(|connection| !is_terminal(connection.status)) {
        for (event, status) in [
            (Event::Terminated, S::Terminated),
            (Event::Replaced, S::Replaced),
            (Event::Deleted, S::Deleted),
        ] {
            let moved = connection.clone().apply(event).unwrap();
            assert_eq!(moved.connection.status, status);
            assert!(moved.connection.reasons.is_empty());
        }
    }
}

#[test]
fn accounts_are_readable_from_the_confirmation_until_the_access_is_given_up() {
    let awaiting = Err(NotReadable::AwaitingConfirmation);
    let nothing = Err(NotReadable::NotConnected);
    for status in S::ALL {
        let expected = match status {
            S::AwaitingConfirmation => awaiting,
            S::Pending | S::Connecting | S::AwaitingCosigners => nothing,
            status if is_terminal(status) => nothing,
            _ => Ok(()),
        };
        assert_eq!(readable(status), expected, "{status:?}");
    }
    assert_eq!(NotReadable::AwaitingConfirmation.to_string(), "awaiting_confirmation");
    assert_eq!(NotReadable::NotConnected.to_string(), "not_connected");
}

#[test]
fn a_connection_is_stored_and_comes_back() {
    for connection in one_of_each() {
        let json = serde_json::to_string(&connection).unwrap();
        assert_eq!(serde_json::from_str::<Connection>(&json).unwrap(), connection);
    }
    let waiting = granted(&[Event::FetchFailed(FetchProblem::Broken)]);
    let json = serde_json::to_string(&waiting).unwrap();
    assert_eq!(serde_json::from_str::<Connection>(&json).unwrap(), waiting);
}
