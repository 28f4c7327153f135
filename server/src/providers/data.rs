//! What a fetch asks for and brings.

use super::{Grant, Reach};
use gesher_contract::LocalizedText;
use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;

/// A balance as a provider reports it. Amounts are decimal strings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Balance {
    /// `openingBooked`, `closingBooked`, `interimAvailable`, as in Berlin Group's balanceType.
    pub kind: String,
    /// Decimal string.
    pub amount: String,
    /// ISO 4217.
    pub currency: String,
    /// `YYYY-MM-DD`.
    pub reference_date: String,
}

/// A transaction as a provider reports it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transaction {
    /// The provider's id.
    pub provider_ref: String,
    /// `YYYY-MM-DD`.
    pub booking_date: String,
    /// `YYYY-MM-DD`.
    pub value_date: String,
    /// Decimal string, negative for money that left.
    pub amount: String,
    /// ISO 4217.
    pub currency: String,
    /// `booked` or `pending`.
    pub status: String,
    /// The institution's words.
    pub description: String,
    /// The other side, where it is known.
    pub counterparty: Option<String>,
}

/// An account with what belongs to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The provider's id.
    pub provider_ref: String,
    /// ISO 20022 cash account type: CACC, SVGS, CARD, LOAN.
    pub kind: String,
    /// ISO 4217.
    pub currency: String,
    /// The IBAN, where there is one.
    pub iban: Option<String>,
    /// For cards.
    pub masked_pan: Option<String>,
    /// The number as the institution writes it.
    pub number: String,
    /// Who owns it.
    pub owner_name: String,
    /// What the institution calls it.
    pub name: LocalizedText,
    /// Its balances.
    pub balances: Vec<Balance>,
    /// Its transactions, newest first.
    pub transactions: Vec<Transaction>,
}

/// What to fetch: transactions of these days.
#[derive(Clone, Debug)]
pub struct Want {
    /// First day of an account that was never fetched, `YYYY-MM-DD`.
    pub first_day: String,
    /// First day of an account that was fetched before: what is older is there.
    pub date_from: String,
    /// The accounts that were fetched before, by the provider's ids.
    pub known: BTreeSet<String>,
    /// Last day, `YYYY-MM-DD`.
    pub date_to: String,
    /// Which data of which accounts. What is beyond it is not asked for; the caller keeps none of it.
    pub reach: Reach,
}

impl Want {
    /// The first day of this account.
    pub fn from(&self, provider_ref: &str) -> &str {
        if self.known.contains(provider_ref) {
            &self.date_from
        } else {
            &self.first_day
        }
    }
}

/// What a fetch brought.
#[derive(Default)]
pub struct Brought {
    /// The accounts, all that the grant opens.
    pub accounts: Vec<Account>,
    /// Whether the transactions are only those that are new or changed. Otherwise they are all of the days that were wanted, and what
    /// is not booked and not among them is gone.
    pub changes_only: bool,
    /// Transactions that the institution took back, by account and transaction as the provider names them.
    pub gone: Vec<(String, String)>,
    /// The grant to go on with: it is kept together with the data, so that what the provider counts from (a cursor) never runs ahead of
    /// what we have.
    pub grant: Option<Grant>,
}

impl From<Vec<Account>> for Brought {
    /// Everything wanted. What an institution lists twice is there once, as it was listed last.
    fn from(accounts: Vec<Account>) -> Self {
        let mut accounts = once(accounts, |account| account.provider_ref.clone());
        for account in &mut accounts {
            let balances = std::mem::take(&mut account.balances);
            account.balances = once(balances, |balance| (balance.kind.clone(), balance.currency.clone()));
            let transactions = std::mem::take(&mut account.transactions);
            account.transactions = once(transactions, |transaction| transaction.provider_ref.clone());
        }
        Self {
            accounts,
            ..Self::default()
        }
    }
}

/// Each once, in the order in which they first came, as they came last.
fn once<T, K: Hash + Eq>(all: Vec<T>, key: impl Fn(&T) -> K) -> Vec<T> {
    let mut places = HashMap::with_capacity(all.len());
    let mut kept: Vec<T> = Vec::with_capacity(all.len());
    for one in all {
        match places.entry(key(&one)) {
            Entry::Occupied(place) => kept[*place.get()] = one,
            Entry::Vacant(place) => {
                place.insert(kept.len());
                kept.push(one);
            }
        }
    }
    kept
}

/// What a fetch came to.
pub enum Fetched {
    /// What was wanted.
    Data(Brought),
    /// The grant had to be renewed first, and the old one may be worth nothing now: this one has to be kept before anything
    /// else, and the fetch made again with it.
    Renewed(Grant),
}
