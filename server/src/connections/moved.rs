//! What a fetch does to what is there: which accounts it adds, reads again and takes away, and how many transactions.
//!
//! **Contract.** Counted by what is stored, not by what the provider calls new: a transaction that came again as it was is none of
//! the three. Those that go with their account are not counted.

use super::fetched::Stored;
use crate::core::Core;
use crate::providers::Brought;
use crate::store::accounts::{AccountRow, TransactionRow};
use crate::store::connections::ConnectionRow;
use crate::store::{Unavailable, known};
use gesher_contract::{AccountId, UpdatedAccounts, UpdatedTransactions};
use std::collections::{BTreeSet, HashMap, HashSet};

/// An account's id and the provider's id of a transaction.
type Name<'a> = (&'a str, &'a str);

/// Those of the transactions that came, or were taken back, which are there already.
#[derive(Default)]
pub(super) struct There(HashMap<String, HashMap<String, TransactionRow>>);

impl There {
    pub async fn of(core: &Core, connection: &ConnectionRow, stored: &Stored, brought: &Brought) -> Result<Self, Unavailable> {
        let mut refs: HashMap<&str, BTreeSet<&str>> = HashMap::new();
        for account in &brought.accounts {
            let mine = refs.entry(account.provider_ref.as_str()).or_default();
            mine.extend(account.transactions.iter().map(|transaction| transaction.provider_ref.as_str()));
        }
        for (account, transaction) in &brought.gone {
            refs.entry(account).or_default().insert(transaction);
        }
        let mut there = HashMap::new();
        for (account, refs) in refs {
            let Some(id) = stored.known.get(account).filter(|_| !refs.is_empty()) else {
                continue;
            };
            let refs: Vec<&str> = refs.into_iter().collect();
            let rows = known::transactions(&core.store, &connection.tenant_id, id, &refs).await?;
            there.insert(id.clone(), rows.into_iter().map(|row| (row.provider_ref.clone(), row)).collect());
        }
        Ok(Self(there))
    }

    fn get(&self, (account, transaction): &Name<'_>) -> Option<&TransactionRow> {
        self.0.get(*account)?.get(*transaction)
    }

    pub fn has(&self, name: &Name<'_>) -> bool {
        self.get(name).is_some()
    }
}

/// What it does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Moved {
    pub accounts: UpdatedAccounts,
    pub transactions: UpdatedTransactions,
}

impl Moved {
    /// `known` are the ids of the accounts before, the rows are what is written, `removed` the transactions that go.
    pub fn of<'a>(
        known: impl Iterator<Item = &'a String>,
        there: &There,
        accounts: &'a [AccountRow],
        transactions: &'a [TransactionRow],
        removed: impl Iterator<Item = Name<'a>>,
    ) -> Self {
        let known: BTreeSet<&str> = known.map(String::as_str).collect();
        let stays: BTreeSet<&str> = accounts.iter().map(|row| row.id.as_str()).collect();
        let ids = |names: BTreeSet<&str>| names.into_iter().filter_map(|id| AccountId::parse(id).ok()).collect();
        // Of several with the same name the last is written.
        let written: HashMap<Name<'_>, &TransactionRow> = transactions
            .iter()
            .map(|row| ((row.account_id.as_str(), row.provider_ref.as_str()), row))
            .collect();
        let gone: HashSet<Name<'_>> = removed
            .filter(|name| stays.contains(name.0) && !written.contains_key(name))
            .collect();
        let count = |many: usize| u32::try_from(many).unwrap_or(u32::MAX);
        let others = |(name, row): &(&Name<'_>, &&TransactionRow)| there.get(name).is_some_and(|before| !same(before, row));
        Self {
            accounts: UpdatedAccounts {
                added: ids(&stays - &known),
                refreshed: ids(&stays & &known),
                removed: ids(&known - &stays),
            },
            transactions: UpdatedTransactions {
                added: count(written.keys().filter(|name| !there.has(name)).count()),
                updated: count(written.iter().filter(others).count()),
                removed: count(gone.len()),
            },
        }
    }
}

/// Whether nothing but our own id of a transaction would change.
fn same(before: &TransactionRow, after: &TransactionRow) -> bool {
    let after = TransactionRow {
        id: before.id.clone(),
        ..after.clone()
    };
    *before == after
}

#[cfg(test)]
mod tests {
    use super::*;
    use gesher_contract::TenantTag;

    fn account(number: u128) -> AccountRow {
        AccountRow {
            tenant_id: "000001".to_owned(),
            id: AccountId::new(&TenantTag::from_random(1), number).to_string(),
            connection_id: "conn".to_owned(),
            provider_ref: number.to_string(),
            kind: "CACC".to_owned(),
            currency: "ILS".to_owned(),
            iban: None,
            masked_pan: None,
            number: None,
            owner_name: None,
            name: String::new(),
            updated_at: 1,
        }
    }

    fn transaction(account: &AccountRow, provider_ref: &str, status: &str) -> TransactionRow {
        TransactionRow {
            tenant_id: "000001".to_owned(),
            account_id: account.id.clone(),
            id: format!("txn_{}", uuid(provider_ref, status)),
            provider_ref: provider_ref.to_owned(),
            booking_date: "2026-11-20".to_owned(),
            value_date: None,
            amount: "1.00".to_owned(),
            currency: "ILS".to_owned(),
            status: status.to_owned(),
            description: String::new(),
            counterparty: None,
        }
    }

    /// Another id each time, as a fetch makes them before it knows what is there.
    fn uuid(provider_ref: &str, status: &str) -> String {
        format!("{provider_ref}{status}")
    }

    fn there(rows: &[TransactionRow]) -> There {
        let mut all: HashMap<String, HashMap<String, TransactionRow>> = HashMap::new();
        for row in rows {
            let mine = all.entry(row.account_id.clone()).or_default();
            mine.insert(row.provider_ref.clone(), row.clone());
        }
        There(all)
    }

    fn counts(moved: &Moved) -> (u32, u32, u32) {
        let UpdatedTransactions { added, updated, removed } = moved.transactions;
        (added, updated, removed)
    }

    #[test]
    fn accounts_are_new_read_again_or_gone() {
        let (old, stays, new) = (account(1), account(2), account(3));
        let known = [old.id.clone(), stays.id.clone()];
        let rows = [stays.clone(), new.clone()];
        let moved = Moved::of(known.iter(), &There::default(), &rows, &[], std::iter::empty());
        let ids = |ids: &[AccountId]| ids.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(ids(&moved.accounts.added), [new.id]);
        assert_eq!(ids(&moved.accounts.refreshed), [stays.id]);
        assert_eq!(ids(&moved.accounts.removed), [old.id]);
    }

    #[test]
    fn a_transaction_that_comes_again_as_it_was_is_not_counted() {
        let one = account(1);
        let before = there(&[transaction(&one, "a", "booked"), transaction(&one, "b", "pending")]);
        let rows = [
            TransactionRow {
                id: "txn_another".to_owned(),
                ..transaction(&one, "a", "booked")
            },
            transaction(&one, "b", "booked"),
            transaction(&one, "c", "pending"),
            transaction(&one, "c", "booked"),
        ];
        let known = [one.id.clone()];
        let moved = Moved::of(known.iter(), &before, std::slice::from_ref(&one), &rows, std::iter::empty());
        assert_eq!(
            counts(&moved),
            (1, 1, 0),
            "the same, booked by now, and a new one that is listed twice"
        );
    }

    #[test]
    fn what_goes_is_counted_once_and_not_with_its_account() {
        let (stays, goes) = (account(1), account(2));
        let known = [stays.id.clone(), goes.id.clone()];
        let rows = [transaction(&stays, "back", "booked")];
        let removed = [
            (stays.id.as_str(), "x"),
            (stays.id.as_str(), "x"),
            (stays.id.as_str(), "back"),
            (goes.id.as_str(), "y"),
        ];
        let before = there(&[transaction(&stays, "back", "booked")]);
        let moved = Moved::of(known.iter(), &before, std::slice::from_ref(&stays), &rows, removed.into_iter());
        assert_eq!(counts(&moved), (0, 0, 1));
    }
}
