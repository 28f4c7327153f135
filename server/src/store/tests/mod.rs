//! The contract, on both engines.

mod callbacks;
mod directory;
mod records;
mod refusals;
mod rows;
mod said;
mod units;
mod webhooks;
mod work;

use super::accounts::{AccountRow, TransactionRow};
use super::connections::ConnectionRow;
use super::events::EventRow;
use super::jobs::JobRow;
use super::sessions::SessionRow;
use super::*;

const TENANT: &str = "abc123";
const OTHER: &str = "zzz999";

/// When a customer was made.
async fn first_seen(store: &Store, external_id: &str) -> Option<i64> {
    let read = async || {
        Ok::<_, Unavailable>(on!(store, |pool| {
            sqlx::query_scalar("SELECT created_at FROM customers WHERE tenant_id = $1 AND external_id = $2")
                .bind(TENANT)
                .bind(external_id)
                .fetch_optional(pool)
                .await?
        }))
    };
    read().await.unwrap()
}

fn connection(id: &str) -> ConnectionRow {
    ConnectionRow {
        tenant_id: TENANT.into(),
        id: id.into(),
        customer: "customer-1".into(),
        mode: "test".into(),
        status: "pending".into(),
        reasons: "[]".into(),
        machine: "{}".into(),
        version: 1,
        institution_id: None,
        provider: None,
        ask: "{}".into(),
        psu_id: None,
        host_state: None,
        created_at: 1,
        updated_at: 1,
        expires_at: None,
        last_event_seq: 0,
        upkeep: "{}".into(),
        person: None,
    }
}

fn session(id: &str, connection: &str) -> SessionRow {
    SessionRow {
        tenant_id: TENANT.into(),
        id: id.into(),
        connection_id: connection.into(),
        state_name: "invited".into(),
        state: "{}".into(),
        instance_hash: None,
        version: 1,
        deadline: Some(1_000),
        lease_until: None,
        language: None,
        language_fixed: false,
        widget_token_hash: None,
        hosted_token_hash: None,
        parent_origin: None,
        redirect_url: None,
        leg: None,
        public_token: None,
        public_token_hash: None,
        bank_state_hash: None,
        created_at: 1,
        updated_at: 1,
        vendor: None,
    }
}

fn event(connection: &str, seq: i64) -> EventRow {
    EventRow {
        tenant_id: TENANT.into(),
        id: format!("evt_{connection}_{seq}"),
        mode: "test".into(),
        connection_id: Some(connection.into()),
        seq: Some(seq),
        kind: "connection.status_changed".into(),
        body: r#"{"to":"active"}"#.into(),
        created_at: seq,
    }
}

fn account(id: &str, connection: &str, provider_ref: &str, now: i64) -> AccountRow {
    AccountRow {
        tenant_id: TENANT.into(),
        id: id.into(),
        connection_id: connection.into(),
        provider_ref: provider_ref.into(),
        kind: "CACC".into(),
        currency: "ILS".into(),
        iban: None,
        masked_pan: None,
        number: Some("12-345-678901".into()),
        owner_name: None,
        name: r#"{"en":"Current account"}"#.into(),
        updated_at: now,
    }
}

fn transaction(account: &str, id: &str, booking_date: &str) -> TransactionRow {
    TransactionRow {
        tenant_id: TENANT.into(),
        account_id: account.into(),
        id: id.into(),
        provider_ref: format!("ref-{id}"),
        booking_date: booking_date.into(),
        value_date: None,
        amount: "-12.90".into(),
        currency: "ILS".into(),
        status: "booked".into(),
        description: "Groceries".into(),
        counterparty: None,
    }
}

fn job(id: &str, kind: &str, run_at: i64) -> JobRow {
    JobRow {
        tenant_id: TENANT.into(),
        id: id.into(),
        kind: kind.into(),
        subject: "conn_1".into(),
        run_at,
        attempts: 0,
        lease_token: None,
        body: "{}".into(),
    }
}

/// The conflict with which a write ended.
fn conflict(outcome: Result<(), WriteError>) -> Option<Conflict> {
    outcome.expect_err("the write should not have happened").conflict()
}
