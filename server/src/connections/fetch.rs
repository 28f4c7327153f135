//! Fetching what a grant gives: accounts, balances, a year of transactions.
//!
//! **Contract.** What was fetched, the connection's new status, its event and the job's end are one unit. An account or a
//! transaction that was there before keeps its id.

use super::asked::Asked;
use super::record;
use super::revoke::open;
use crate::connect::state::seal_grant;
use crate::core::Core;
use crate::jobs::Leased;
use crate::providers::{Account, Fetched, Want};
use crate::store::accounts::{self, AccountRow, BalanceRow, TransactionRow};
use crate::store::connections::{self, ConnectionRow};
use crate::store::grants::{self, GrantRow, GrantState};
use crate::store::{Conflict, Statement, Unavailable, Unit, WriteError};
use gesher_contract::{AccountId, TenantTag, TransactionId};
use gesher_domain::connection::{Event, FetchProblem};
use gesher_domain::{Timestamp, new_uuid};
use std::collections::HashMap;

/// How far back the first fetch goes.
const DAYS: i64 = 365;
/// Attempts at writing against others who write the same connection.
const WRITES: u32 = 5;

/// Does the job.
pub async fn work(core: &Core, leased: &Leased) {
    let outcome = fetch(core, leased).await;
    if let Err(error) = outcome {
        tracing::warn!(%error, connection = leased.job.subject, "a fetch could not be finished yet");
        if let Err(error) = core.store.write(leased.later(core)).await {
            tracing::warn!(%error, job = leased.job.id, "a job could not be put back");
        }
    }
}

#[derive(Debug, thiserror::Error)]
enum FetchError {
    #[error(transparent)]
    Read(#[from] Unavailable),
    #[error(transparent)]
    Write(#[from] WriteError),
    #[error("others kept writing the connection")]
    Contended,
}

async fn fetch(core: &Core, leased: &Leased) -> Result<(), FetchError> {
    let tenant = leased.job.tenant_id.as_str();
    let grant = grants::by_id(&core.store, tenant, &leased.job.body).await?;
    let usable = grant.filter(|grant| matches!(grant.state, GrantState::Held | GrantState::Active));
    let Some(row) = usable else {
        core.store.write(leased.complete()).await?;
        return Ok(());
    };
    let Some(connection) = connections::by_id(&core.store, tenant, &leased.job.subject).await? else {
        core.store.write(leased.complete()).await?;
        return Ok(());
    };
    let asked = Asked::of(&connection);
    let fetched = from_provider(core, &row, &asked).await?;
    let mut state = row.state;
    for _ in 0..WRITES {
        let Some(connection) = connections::by_id(&core.store, tenant, &leased.job.subject).await? else {
            break;
        };
        let mut unit = Unit::new();
        let event = match &fetched {
            Ok(accounts) => {
                unit.extend(rows(core, tenant, &connection, accounts).await?);
                Event::DataIn { one_off: !asked.recurring }
            }
            Err(problem) => {
                tracing::info!(connection = connection.id, provider = row.provider, ?problem, "a fetch failed");
                Event::FetchFailed(*problem)
            }
        };
        let recorded = record::record(core, &connection, &[event], |_| {});
        unit.extend(recorded.statements);
        // The grant may have been given back while its data were fetched: then they must not be kept.
        unit.push(grants::set_state(tenant, &row.id, state, state, core.clock.now().0));
        unit.push(leased.complete());
        match core.store.write(unit).await {
            Ok(()) => {
                core.moved.tell(&connection.id);
                return Ok(());
            }
            Err(error) if error.conflict() == Some(Conflict::Stale) => match grants::by_id(&core.store, tenant, &row.id).await? {
                Some(grant) if matches!(grant.state, GrantState::Held | GrantState::Active) => state = grant.state,
                _ => {
                    core.store.write(leased.complete()).await?;
                    return Ok(());
                }
            },
            Err(error) => return Err(error.into()),
        }
    }
    Err(FetchError::Contended)
}

/// Fetches with a grant; one that its provider renews is kept before it is used. Two renewals in a row are no way on.
async fn from_provider(core: &Core, row: &GrantRow, asked: &Asked) -> Result<Result<Vec<Account>, FetchProblem>, WriteError> {
    let (Some(mut grant), Some(provider)) = (open(core, row), core.providers.get(&row.provider)) else {
        return Ok(Err(FetchProblem::Broken));
    };
    let mut kept = row.clone();
    for _ in 0..2 {
        let now = core.clock.now();
        match provider.fetch(&core.cx(None), &grant, &want(asked, now)).await {
            Ok(Fetched::Data(accounts)) => return Ok(Ok(accounts)),
            Ok(Fetched::Renewed(renewed)) => {
                let before = std::mem::replace(&mut kept.sealed, seal_grant(core, &row.tenant_id, &row.id, &renewed));
                kept.updated_at = now.0;
                core.store.write(grants::reseal(&kept, &before)).await?;
                grant = renewed;
            }
            Err(problem) => return Ok(Err(problem)),
        }
    }
    Ok(Err(FetchProblem::LoginRequired))
}

/// From the first day that was asked for, or the year that ends today. Dates are UTC days.
fn want(asked: &Asked, now: Timestamp) -> Want {
    let day = |at: Timestamp| at.rfc3339().chars().take(10).collect::<String>();
    Want {
        date_from: asked
            .start_date
            .clone()
            .unwrap_or_else(|| day(Timestamp(now.0 - DAYS * 86_400 * 1_000_000))),
        date_to: day(now),
    }
}

async fn rows(core: &Core, tenant: &str, connection: &ConnectionRow, accounts: &[Account]) -> Result<Vec<Statement>, Unavailable> {
    let now = core.clock.now().0;
    let Ok(tag) = TenantTag::parse(tenant) else { return Ok(Vec::new()) };
    let known: HashMap<String, String> = accounts::of_connection(&core.store, tenant, &connection.id)
        .await?
        .into_iter()
        .map(|row| (row.provider_ref, row.id))
        .collect();
    // The store lists accounts by id, so new ones get theirs in the institution's order.
    let is_new = |account: &&Account| !known.contains_key(&account.provider_ref);
    let mut fresh: Vec<u128> = accounts.iter().filter(is_new).map(|_| new_uuid(&*core.clock, &*core.rng)).collect();
    fresh.sort_unstable();
    let mut fresh = fresh.into_iter();
    let mut account_rows = Vec::with_capacity(accounts.len());
    let mut balance_rows = Vec::new();
    let mut transaction_rows = Vec::new();
    for account in accounts {
        let id = known
            .get(&account.provider_ref)
            .cloned()
            .or_else(|| fresh.next().map(|id| AccountId::new(&tag, id).to_string()))
            .unwrap_or_default();
        balance_rows.extend(account.balances.iter().map(|balance| BalanceRow {
            tenant_id: tenant.to_owned(),
            account_id: id.clone(),
            kind: balance.kind.clone(),
            amount: balance.amount.clone(),
            currency: balance.currency.clone(),
            reference_date: Some(balance.reference_date.clone()),
        }));
        transaction_rows.extend(account.transactions.iter().map(|transaction| TransactionRow {
            tenant_id: tenant.to_owned(),
            account_id: id.clone(),
            id: TransactionId::new(&tag, new_uuid(&*core.clock, &*core.rng)).to_string(),
            provider_ref: transaction.provider_ref.clone(),
            booking_date: transaction.booking_date.clone(),
            value_date: Some(transaction.value_date.clone()),
            amount: transaction.amount.clone(),
            currency: transaction.currency.clone(),
            status: transaction.status.clone(),
            description: transaction.description.clone(),
            counterparty: transaction.counterparty.clone(),
        }));
        account_rows.push(AccountRow {
            tenant_id: tenant.to_owned(),
            id,
            connection_id: connection.id.clone(),
            provider_ref: account.provider_ref.clone(),
            kind: account.kind.clone(),
            currency: account.currency.clone(),
            iban: account.iban.clone(),
            masked_pan: account.masked_pan.clone(),
            number: Some(account.number.clone()),
            owner_name: Some(account.owner_name.clone()),
            name: serde_json::to_string(&account.name).unwrap_or_default(),
            updated_at: now,
        });
    }
    let mut statements = accounts::replace(tenant, &connection.id, &account_rows, &balance_rows, now);
    statements.extend(accounts::put_transactions(&transaction_rows));
    Ok(statements)
}
