//! Which data of which accounts are asked for: it goes into the consent where an institution takes one, and holds for what is
//! fetched whatever the institution gives.
//!
//! The rules are NextGenPSD2's for `access`: lists without an account mean those that the person chooses; lists that name accounts
//! name them in each list, and `restrictedTo` goes with the former alone.

use super::Account;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An account by one of its names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AccountName {
    /// Its IBAN.
    Iban(String),
    /// Its number in its country.
    Bban(String),
    /// A card's number, most of it hidden, as the institution writes it.
    MaskedPan(String),
}

/// What an account is; ISO 20022's cash account types, and `CARD`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum AccountKind {
    /// A current account.
    Cacc,
    /// A card account.
    Card,
    /// A loan.
    Loan,
    /// Savings.
    Svgs,
    /// Securities.
    Scts,
}

impl AccountKind {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cacc => "CACC",
            Self::Card => "CARD",
            Self::Loan => "LOAN",
            Self::Svgs => "SVGS",
            Self::Scts => "SCTS",
        }
    }
}

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Reach {
    /// These accounts; empty: those that the person chooses.
    pub accounts: Vec<AccountName>,
    /// Balances, if they are asked for: of these accounts; empty: of all that are given.
    pub balances: Option<Vec<AccountName>>,
    /// Transactions, likewise.
    pub transactions: Option<Vec<AccountName>>,
    /// Whether the owners' names are asked for.
    pub owners: bool,
    /// Accounts of these kinds alone; empty: of any.
    pub restricted_to: Vec<AccountKind>,
}

/// What an account can be known by.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// Its IBAN.
    pub iban: Option<&'a str>,
    /// Its number in its country.
    pub number: Option<&'a str>,
    /// A card's.
    pub masked_pan: Option<&'a str>,
}

impl<'a> From<&'a Account> for Known<'a> {
    fn from(account: &'a Account) -> Self {
        Self {
            iban: account.iban.as_deref(),
            number: Some(&account.number),
            masked_pan: account.masked_pan.as_deref(),
        }
    }
}

impl Known<'_> {
    fn is_in(self, names: &[AccountName]) -> bool {
        names.iter().any(|name| match name {
            AccountName::Iban(iban) => self.iban == Some(iban),
            AccountName::Bban(number) => self.number == Some(number),
            AccountName::MaskedPan(pan) => self.masked_pan == Some(pan),
        })
    }
}

impl Reach {
    /// Everything, of the accounts that the person chooses.
    pub const fn everything() -> Self {
        Self {
            accounts: Vec::new(),
            balances: Some(Vec::new()),
            transactions: Some(Vec::new()),
            owners: true,
            restricted_to: Vec::new(),
        }
    }

    /// Whether accounts of this kind are asked for at all.
    pub fn has_kind(&self, kind: &str) -> bool {
        self.restricted_to.is_empty() || self.restricted_to.iter().any(|asked| asked.as_str() == kind)
    }

    /// Whether this account is asked for at all.
    pub fn has(&self, account: Known<'_>, kind: &str) -> bool {
        let lists = [Some(&self.accounts), self.balances.as_ref(), self.transactions.as_ref()];
        let mut named = lists.into_iter().flatten().filter(|list| !list.is_empty()).peekable();
        let meant = named.peek().is_none() || named.any(|list| account.is_in(list));
        meant && self.has_kind(kind)
    }

    /// Whether this account's balances are.
    pub fn has_balances(&self, account: Known<'_>) -> bool {
        given(self.balances.as_ref(), account)
    }

    /// Whether this account's transactions are.
    pub fn has_transactions(&self, account: Known<'_>) -> bool {
        given(self.transactions.as_ref(), account)
    }
}

fn given(list: Option<&Vec<AccountName>>, account: Known<'_>) -> bool {
    list.is_some_and(|list| list.is_empty() || account.is_in(list))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CURRENT: Known<'static> = Known {
        iban: Some("IL62"),
        number: Some("10-1"),
        masked_pan: None,
    };
    const CARD: Known<'static> = Known {
        iban: None,
        number: Some("0000"),
        masked_pan: Some("XXXX1234"),
    };

    #[test]
    fn lists_without_an_account_mean_all_that_are_given() {
        let reach = Reach {
            transactions: None,
            ..Reach::everything()
        };
        assert!(reach.has(CURRENT, "CACC") && reach.has(CARD, "CARD"));
        assert!(reach.has_balances(CARD) && !reach.has_transactions(CARD));
        let cards = Reach {
            restricted_to: vec![AccountKind::Card],
            ..reach
        };
        assert!(cards.has(CARD, "CARD") && !cards.has(CURRENT, "CACC"));
    }

    #[test]
    fn named_accounts_are_the_only_ones_and_each_list_is_a_right_of_its_own() {
        let reach = Reach {
            accounts: vec![AccountName::Iban("IL62".into()), AccountName::MaskedPan("XXXX1234".into())],
            balances: Some(vec![AccountName::Bban("10-1".into())]),
            transactions: None,
            ..Reach::everything()
        };
        assert!(reach.has(CURRENT, "CACC") && reach.has(CARD, "CARD"));
        assert!(reach.has_balances(CURRENT) && !reach.has_balances(CARD) && !reach.has_transactions(CURRENT));
        let other = Known {
            iban: Some("IL63"),
            ..CURRENT
        };
        assert!(reach.has(other, "CACC"), "by its number");
        let none = Known {
            iban: Some("IL63"),
            number: None,
            masked_pan: None,
        };
        assert!(!reach.has(none, "CACC"));
    }
}
