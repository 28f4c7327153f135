//! What a person's transactions say by themselves: what each is about, which come again and again, and which are two sides of one
//! transfer between the person's own accounts.
//!
//! **Goal.** Help that a host can switch on for a connection, from nothing but what the bank wrote. **Contract.** No input or output,
//! nothing asynchronous, no clock: the day is an argument. The same transactions give the same answers, in whatever order they come.
//! Money is decimal. No text makes it panic, and the work is bounded by the number of lines. Where there is not enough to go by, the
//! answer is none: a wrong one is worse.
//!
//! What words mean is data, kept by hand: `data/categories.tsv` and `data/rules.tsv`.

mod category;
mod day;
mod repeats;
mod rules;
mod text;
mod transfers;

pub use category::{Category, Language};
pub use day::Day;
pub use repeats::{Period, Repeat, repeats};
pub use rules::categories;
pub use rust_decimal::Decimal;
pub use transfers::{Transfer, transfers};

/// What an account is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A current account.
    Current,
    /// A payment card's.
    Card,
    /// Savings, or a policy.
    Savings,
    /// A loan.
    Loan,
    /// Anything else.
    Other,
}

/// An account of the person's.
#[derive(Clone, Copy, Debug)]
pub struct Account<'a> {
    /// What it is.
    pub kind: Kind,
    /// Its IBAN or number, masked or not.
    pub number: Option<&'a str>,
    /// Whose it is, as the bank writes it.
    pub owner: Option<&'a str>,
}

/// A line of an account.
#[derive(Clone, Copy, Debug)]
pub struct Transaction<'a> {
    /// Unique among all that are given.
    pub id: &'a str,
    /// The account's place among those that are given.
    pub account: usize,
    /// The day of its booking.
    pub date: Day,
    /// Below zero when money leaves.
    pub amount: Decimal,
    /// ISO 4217.
    pub currency: &'a str,
    /// What the bank writes.
    pub description: &'a str,
    /// Who is on the other side.
    pub counterparty: Option<&'a str>,
}

impl Transaction<'_> {
    /// Places of lines in an order that does not depend on the one in which they came.
    fn in_order(transactions: &[Self]) -> Vec<usize> {
        let mut places: Vec<usize> = (0..transactions.len()).collect();
        places.sort_by_key(|&place| (transactions[place].date, transactions[place].id));
        places
    }
}

fn kind_of(accounts: &[Account<'_>], transaction: &Transaction<'_>) -> Kind {
    accounts.get(transaction.account).map_or(Kind::Other, |account| account.kind)
}
