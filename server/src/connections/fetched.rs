//! What is there of a connection before a fetch, what is asked for because of it, and what is written of what came.

use super::asked::Asked;
use super::fetch::{DAYS, OVERLAP, before, day};
use super::moved::{Moved, There};
use crate::core::Core;
use crate::providers::{Account, Brought, Reach, Want};
use crate::store::accounts::{self, AccountRow, BalanceRow, PendingRow, TransactionRow};
use crate::store::connections::ConnectionRow;
use crate::store::{Statement, Unavailable};
use gesher_contract::{AccountId, TenantTag, TransactionId};
use gesher_domain::{Timestamp, new_uuid};
use std::collections::{HashMap, HashSet};

/// What is there of a connection before a fetch.
pub(super) struct Stored {
    /// The ids of its accounts by the provider's.
    pub(super) known: HashMap<String, String>,
    /// What is not booked, the oldest first.
    pending: Vec<PendingRow>,
}

impl Stored {
    pub(super) async fn of(core: &Core, connection: &ConnectionRow) -> Result<Self, Unavailable> {
        let (tenant, id) = (&connection.tenant_id, &connection.id);
        let accounts = accounts::of_connection(&core.store, tenant, id).await?;
        Ok(Self {
            known: accounts.into_iter().map(|row| (row.provider_ref, row.id)).collect(),
            pending: accounts::pending(&core.store, tenant, id).await?,
        })
    }

    /// For accounts that are new: from the first day that was asked for, or the year that ends today. For the others: from some
    /// days before the last fetch, and from what was not booked then. Dates are UTC days.
    pub(super) fn want(&self, asked: &Asked, reach: Reach, last: Option<Timestamp>, now: Timestamp) -> Want {
        let year = before(now, DAYS);
        let first_day = asked
            .start_date
            .clone()
            .filter(|start| last.is_none() || *start > year)
            .unwrap_or(year);
        let since = last.map_or_else(|| first_day.clone(), |last| before(last, OVERLAP));
        let open = self.pending.first().map(|row| row.booking_date.clone());
        Want {
            date_from: open.into_iter().chain([since]).min().unwrap_or_default().max(first_day.clone()),
            first_day,
            known: self.known.keys().cloned().collect(),
            date_to: day(now),
            reach,
        }
    }
}

/// What was asked for, of what the institution gave.
pub(super) fn keep(asked: &Asked, reach: &Reach, accounts: Vec<Account>) -> Vec<Account> {
    let passes =
        |account: &Account| reach.has(account.into(), &account.kind) && asked.account_filter.passes(&account.kind, &account.currency);
    let kept = accounts.into_iter().filter(passes);
    kept.map(|mut account| {
        if !reach.has_balances((&account).into()) {
            account.balances.clear();
        }
        if !reach.has_transactions((&account).into()) {
            account.transactions.clear();
        }
        if !reach.owners {
            account.owner_name.clear();
        }
        account
    })
    .collect()
}

/// What writes it, and what it does to what is there.
pub(super) fn rows(core: &Core, connection: &ConnectionRow, stored: &Stored, there: &There, brought: &Brought) -> (Vec<Statement>, Moved) {
    let accounts = &brought.accounts;
    let now = core.clock.now().0;
    let tenant = connection.tenant_id.as_str();
    let Ok(tag) = TenantTag::parse(tenant) else {
        return (Vec::new(), Moved::default());
    };
    let known = &stored.known;
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
            owner_name: Some(account.owner_name.clone()).filter(|name| !name.is_empty()),
            name: serde_json::to_string(&account.name).unwrap_or_default(),
            updated_at: now,
        });
    }
    let mut statements = accounts::replace(tenant, &connection.id, &account_rows, &balance_rows, now);
    let listed: HashSet<(&str, &str)> = transaction_rows
        .iter()
        .map(|row| (row.account_id.as_str(), row.provider_ref.as_str()))
        .collect();
    let gone: Vec<&PendingRow> = stored
        .pending
        .iter()
        .filter(|row| !brought.changes_only && !listed.contains(&(row.account_id.as_str(), row.provider_ref.as_str())))
        .collect();
    let taken_back: Vec<(&str, &str)> = brought
        .gone
        .iter()
        .filter_map(|(account, transaction)| Some((known.get(account)?.as_str(), transaction.as_str())))
        .collect();
    let unlisted = gone.iter().map(|row| (row.account_id.as_str(), row.provider_ref.as_str()));
    let removed = unlisted.chain(taken_back.iter().copied().filter(|name| there.has(name)));
    let moved = Moved::of(known.values(), there, &account_rows, &transaction_rows, removed);
    statements.extend(
        taken_back
            .iter()
            .map(|(account, transaction)| accounts::take_back(tenant, account, transaction)),
    );
    statements.extend(gone.iter().map(|row| accounts::forget_pending(tenant, &row.account_id, &row.id)));
    statements.extend(accounts::put_transactions(&transaction_rows));
    (statements, moved)
}
