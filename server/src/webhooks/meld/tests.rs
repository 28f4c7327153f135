//! Which messages an event becomes, row by row, and what is in them.

use super::body::About;
use super::*;
use gesher_contract::{
    AccountId, ConnectionId, ConnectionStatus as S, DisabledWhy, Event, EventId, Reason as R, TenantTag, UpdatedAccounts,
    UpdatedTransactions, WebhookEndpointId,
};
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn changed(from: S, from_reasons: &[R], to: S, reasons: &[R]) -> EventKind {
    EventKind::StatusChanged {
        from,
        to,
        reasons: reasons.to_vec(),
        from_reasons: from_reasons.to_vec(),
        failure: None,
    }
}

fn other_reasons(status: S, from: &[R], to: &[R]) -> EventKind {
    EventKind::ReasonsChanged {
        status,
        from: from.to_vec(),
        to: to.to_vec(),
    }
}

fn account(number: u128) -> AccountId {
    AccountId::new(&TenantTag::from_random(1), number)
}

fn data(first: bool, removed: &[AccountId], transactions: bool) -> EventKind {
    EventKind::DataUpdated {
        first,
        accounts: UpdatedAccounts {
            added: vec![account(1)],
            refreshed: vec![account(2)],
            removed: removed.to_vec(),
        },
        transactions: transactions.then(UpdatedTransactions::default),
    }
}

/// The messages' names without what they all begin with.
fn names(kind: &EventKind) -> Vec<&'static str> {
    let short = |message: Message| message.as_str().trim_start_matches("BANK_LINKING_");
    messages(kind).into_iter().map(short).collect()
}

#[test]
fn a_change_of_status_becomes_these_messages() {
    const CHANGE: &str = "CONNECTION_STATUS_CHANGE";
    const COMPLETED: &str = "CONNECTION_COMPLETED";
    const ACTION: &str = "CUSTOMER_ACTION_REQUIRED";
    const DELETED: &str = "CONNECTION_DELETED";
    const UPDATING: &str = "ACCOUNTS_UPDATING";
    let rows: Vec<(EventKind, &[&str])> = vec![
        // In Meld's words it is in progress all the while.
        (changed(S::Pending, &[], S::Connecting, &[]), &[]),
        (changed(S::Connecting, &[], S::Pending, &[]), &[]),
        (changed(S::Connecting, &[], S::AwaitingConfirmation, &[]), &[]),
        (changed(S::AwaitingConfirmation, &[], S::AwaitingCosigners, &[]), &[]),
        // The person is through, and the first data are still to come, or there already, or will not come.
        (
            changed(S::AwaitingConfirmation, &[], S::Connected, &[]),
            &[COMPLETED, CHANGE, UPDATING],
        ),
        (
            changed(S::AwaitingCosigners, &[], S::Connected, &[]),
            &[COMPLETED, CHANGE, UPDATING],
        ),
        (changed(S::AwaitingConfirmation, &[], S::Active, &[]), &[COMPLETED, CHANGE]),
        (changed(S::AwaitingConfirmation, &[], S::Completed, &[]), &[COMPLETED, CHANGE]),
        (
            changed(S::AwaitingConfirmation, &[], S::ReconnectRequired, &[R::LoginRequired]),
            &[COMPLETED, CHANGE, ACTION],
        ),
        (changed(S::AwaitingConfirmation, &[], S::Failed, &[]), &[CHANGE]),
        (changed(S::Pending, &[], S::Abandoned, &[R::NotListed]), &[CHANGE]),
        (changed(S::Connecting, &[], S::Rejected, &[]), &[CHANGE]),
        // ACTIVE stays ACTIVE.
        (changed(S::Connected, &[], S::Active, &[]), &[]),
        (changed(S::Connected, &[], S::Completed, &[]), &[]),
        (changed(S::Connected, &[], S::Partial, &[]), &[CHANGE]),
        // Trouble, and its end without the person.
        (changed(S::Active, &[], S::Degraded, &[R::InstitutionUnavailable]), &[CHANGE]),
        (changed(S::Degraded, &[R::InstitutionUnavailable], S::Active, &[]), &[CHANGE]),
        (
            changed(S::Active, &[], S::Degraded, &[R::InstitutionActionRequired]),
            &[CHANGE, ACTION],
        ),
        (changed(S::Active, &[], S::Degraded, &[R::InteractiveRefresh]), &[CHANGE, ACTION]),
        (changed(S::Active, &[], S::Suspended, &[]), &[CHANGE, ACTION]),
        (
            changed(S::Active, &[R::AccessExpiringSoon], S::ReconnectRequired, &[R::ConsentExpired]),
            &[CHANGE, ACTION],
        ),
        (changed(S::Active, &[], S::Revoked, &[]), &[CHANGE, ACTION]),
        (changed(S::Active, &[], S::Unknown, &[]), &[CHANGE]),
        (changed(S::Active, &[], S::Replaced, &[]), &[CHANGE]),
        (changed(S::ReconnectRequired, &[R::LoginRequired], S::Connected, &[]), &[CHANGE]),
        // DELETED comes once.
        (changed(S::Active, &[], S::Deleted, &[]), &[CHANGE, DELETED]),
        (changed(S::Active, &[], S::Terminated, &[]), &[CHANGE, DELETED]),
        (changed(S::Terminated, &[], S::Deleted, &[]), &[]),
    ];
    for (kind, expected) in rows {
        assert_eq!(names(&kind), expected, "{kind:?}");
    }
}

#[test]
fn every_change_of_status_is_said_exactly_where_melds_changes() {
    for from in S::ALL {
        for to in S::ALL {
            let kind = changed(from, &[], to, &[]);
            let (before, after) = (said(from, &[]), said(to, &[]));
            let other = (before.status, before.reason) != (after.status, after.reason);
            assert_eq!(names(&kind).contains(&"CONNECTION_STATUS_CHANGE"), other, "{from:?} {to:?}");
        }
    }
}

#[test]
fn what_else_happens_becomes_these_messages() {
    const CHANGE: &str = "CONNECTION_STATUS_CHANGE";
    let (soon, new, down) = (R::AccessExpiringSoon, R::NewAccountsAvailable, R::InstitutionUnavailable);
    let endpoint_id = WebhookEndpointId::new(&TenantTag::from_random(1), 1);
    let rows: Vec<(EventKind, &[&str])> = vec![
        (other_reasons(S::Active, &[], &[soon]), &[CHANGE]),
        (other_reasons(S::Active, &[soon], &[]), &[CHANGE]),
        (other_reasons(S::Active, &[], &[new]), &[CHANGE, "NEW_ACCOUNTS_AVAILABLE"]),
        // Meld shows one reason: the first. That there are accounts is said all the same, once.
        (other_reasons(S::Active, &[soon], &[soon, new]), &["NEW_ACCOUNTS_AVAILABLE"]),
        (other_reasons(S::Active, &[soon, new], &[new]), &[CHANGE]),
        (other_reasons(S::Degraded, &[down], &[down, R::InstitutionActionRequired]), &[]),
        (
            changed(S::Degraded, &[down], S::Active, &[new]),
            &[CHANGE, "NEW_ACCOUNTS_AVAILABLE"],
        ),
        (EventKind::Repaired, &["CONNECTION_COMPLETED", "ACCOUNTS_UPDATING"]),
        (
            data(true, &[], true),
            &["ACCOUNTS_UPDATED", "TRANSACTIONS_AGGREGATED", "HISTORICAL_TRANSACTIONS_AGGREGATED"],
        ),
        (data(false, &[], true), &["ACCOUNTS_UPDATED", "TRANSACTIONS_AGGREGATED"]),
        (data(true, &[], false), &["ACCOUNTS_UPDATED"]),
        (
            data(false, &[account(3)], true),
            &["ACCOUNTS_UPDATED", "ACCOUNTS_REMOVED", "TRANSACTIONS_AGGREGATED"],
        ),
        (EventKind::ConsentEnding { days_left: 14 }, &[]),
        (EventKind::RefreshReminder { last_refreshed_at: None }, &[]),
        (
            EventKind::EndpointDisabled {
                endpoint_id: endpoint_id.clone(),
                why: DisabledWhy::Gone,
            },
            &[],
        ),
        (EventKind::Ping { endpoint_id }, &["WEBHOOK_TEST"]),
    ];
    for (kind, expected) in rows {
        assert_eq!(names(&kind), expected, "{kind:?}");
    }
}

#[test]
fn a_message_is_found_by_its_name_and_told_apart_by_its_number() {
    let numbers: BTreeSet<u8> = Message::ALL.into_iter().map(Message::number).collect();
    assert_eq!(numbers.len(), Message::ALL.len());
    for message in Message::ALL {
        assert_eq!(Message::named(message.as_str()), Some(message));
    }
    assert_eq!(Message::named(""), None);
}

fn event(kind: EventKind) -> Event {
    let tenant = TenantTag::from_random(1);
    Event {
        id: EventId::new(&tenant, 7),
        connection_id: Some(ConnectionId::new(&tenant, 8)),
        seq: Some(1),
        created_at: "2026-11-20T12:00:00.000Z".to_owned(),
        kind,
    }
}

fn sent(kind: EventKind, message: Message) -> Value {
    let about = About::default();
    let of_connection = !matches!(kind, EventKind::Ping { .. });
    let body = body("abc123", "we_1", &event(kind), of_connection.then_some(&about), message);
    serde_json::from_slice(&body).unwrap()
}

fn keys(value: &Value) -> BTreeSet<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

/// [V] The envelope's keys, and those of a completed connection's payload, as the vendor's page lists and shows them.
const ENVELOPE: [&str; 7] = ["eventType", "eventId", "timestamp", "accountId", "profileId", "version", "payload"];
const OF_CONNECTION: [&str; 7] = [
    "requestId",
    "customerId",
    "externalCustomerId",
    "connectionId",
    "institutionId",
    "institutionName",
    "serviceProviderDetails",
];

#[test]
fn a_body_has_the_vendors_keys_and_what_is_inferred_beside_them() {
    let done = sent(
        changed(S::AwaitingConfirmation, &[], S::Connected, &[]),
        Message::ConnectionCompleted,
    );
    assert_eq!(keys(&done), ENVELOPE.into());
    assert_eq!(keys(&done["payload"]), OF_CONNECTION.into());
    let details = keys(&done["payload"]["serviceProviderDetails"]);
    assert_eq!(details, ["serviceProvider", "serviceProviderConnectionId"].into());
    assert_eq!(done["payload"]["requestId"].as_str().map(str::len), Some(32));
    // [V] a test's payload.
    let endpoint_id = WebhookEndpointId::new(&TenantTag::from_random(1), 1);
    let test = sent(EventKind::Ping { endpoint_id }, Message::Test);
    assert_eq!((keys(&test), keys(&test["payload"])), (ENVELOPE.into(), ["requestId"].into()));
    // [V] newStatus; the other three are [I].
    let kind = changed(S::Active, &[R::AccessExpiringSoon], S::ReconnectRequired, &[R::ConsentExpired]);
    let change = sent(kind.clone(), Message::ConnectionStatusChange)["payload"].clone();
    assert_eq!(
        (
            &change["oldStatus"],
            &change["oldStatusReason"],
            &change["newStatus"],
            &change["newStatusReason"]
        ),
        (
            &json!("ACTIVE"),
            &json!("ACCESS_EXPIRING_SOON"),
            &json!("RECONNECT_REQUIRED"),
            &json!("TOKEN_EXPIRED")
        )
    );
    // [V] reason.
    assert_eq!(sent(kind, Message::CustomerActionRequired)["payload"]["reason"], "TOKEN_EXPIRED");
    // [I] the accounts' ids.
    let kind = data(false, &[account(3)], true);
    for (message, ids) in [
        (Message::AccountsUpdated, json!([account(1), account(2)])),
        (Message::AccountsRemoved, json!([account(3)])),
        (Message::TransactionsAggregated, json!([account(1), account(2)])),
    ] {
        assert_eq!(sent(kind.clone(), message)["payload"]["financialAccountIds"], ids, "{message:?}");
    }
}

#[test]
fn an_events_messages_have_ids_of_their_own() {
    let kind = data(true, &[account(3)], true);
    let ids: BTreeSet<String> = messages(&kind)
        .into_iter()
        .map(|message| sent(kind.clone(), message)["eventId"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(ids.len(), 4);
    assert!(ids.iter().all(|id| id.starts_with(&event(kind.clone()).id.to_string())));
}
