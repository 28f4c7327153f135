//! What a host asked of a connection when it was made, as it is kept with it: what may be chosen, what the institution is asked
//! for, what is kept of what it gives, and the host's own references.

use super::surface::Surface;
use crate::providers::{AccountKind, AccountName, Reach};
use crate::store::connections::ConnectionRow;
use gesher_contract::{ConnectionStatus, Dialect};
use gesher_directory::{Narrowing, Offers, Product};
use gesher_domain::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// The invented institutions too.
    pub include_sandbox: bool,
    /// These institutions alone.
    pub institution_ids: Option<Vec<String>>,
    /// What is in the picker's search box at first.
    pub institution_search: Option<String>,
    /// Which institutions are shown.
    pub narrowing: Narrowing,
    /// The kinds of data that are wanted where they are offered; the required ones stand in the narrowing.
    pub optional_products: BTreeSet<Product>,
    /// Which data of which accounts; absent: all that is wanted, of those that the person chooses.
    pub access: Option<Access>,
    /// Accounts of these kinds alone are asked for.
    pub restricted_to: Vec<AccountKind>,
    /// Which accounts are offered and kept.
    pub account_filter: AccountFilter,
    /// Whether data are fetched again and again; otherwise once.
    pub recurring: bool,
    /// Until when the access is asked for; absent: as long as is usual.
    pub consent_expires_at: Option<Timestamp>,
    /// The first day of the transactions, `YYYY-MM-DD`, UTC; absent: a year back.
    pub start_date: Option<String>,
    /// Names and values of the host's own.
    pub references: BTreeMap<String, String>,
    /// A vendor's dialect that the frame's messages are said in too.
    pub dialect: Option<Dialect>,
    /// Whether the host named addresses to be told of the outcome.
    pub callbacks: bool,
    /// The vendor's API that it was asked through.
    pub surface: Option<Surface>,
}

/// Accounts, right by right. A right that is absent is not asked for; a list without an account means those that the person
/// chooses.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Access {
    /// These accounts.
    pub accounts: Vec<AccountName>,
    /// Whose balances.
    pub balances: Option<Vec<AccountName>>,
    /// Whose transactions.
    pub transactions: Option<Vec<AccountName>>,
}

/// Which of the accounts that an institution gives are offered to the person and kept. What is empty does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AccountFilter {
    /// Of these kinds.
    pub kinds: BTreeSet<AccountKind>,
    /// In these currencies, ISO 4217.
    pub currencies: BTreeSet<String>,
}

impl AccountFilter {
    /// Whether an account of this kind and currency passes.
    pub fn passes(&self, kind: &str, currency: &str) -> bool {
        (self.kinds.is_empty() || self.kinds.iter().any(|asked| asked.as_str() == kind))
            && (self.currencies.is_empty() || self.currencies.contains(currency))
    }
}

impl Default for Asked {
    fn default() -> Self {
        Self {
            include_sandbox: false,
            institution_ids: None,
            institution_search: None,
            narrowing: Narrowing::default(),
            optional_products: Product::FETCHED.into(),
            access: None,
            restricted_to: Vec::new(),
            account_filter: AccountFilter::default(),
            recurring: true,
            consent_expires_at: None,
            start_date: None,
            references: BTreeMap::new(),
            dialect: None,
            callbacks: false,
            surface: None,
        }
    }
}

impl Asked {
    /// What was asked of this connection.
    pub fn of(row: &ConnectionRow) -> Self {
        serde_json::from_str(&row.ask).unwrap_or_default()
    }

    /// Whether nothing more is fetched of a connection with this status: it was asked for once.
    pub fn is_done(&self, status: ConnectionStatus) -> bool {
        !self.recurring && matches!(status, ConnectionStatus::Completed | ConnectionStatus::Partial)
    }

    /// Whether a kind of data is wanted, required or not.
    pub fn wants(&self, product: Product) -> bool {
        self.narrowing.products.contains(&product) || self.optional_products.contains(&product)
    }

    /// With more kinds of data, where they are offered. Where accounts were named, of all of those.
    #[must_use]
    pub fn with(mut self, products: &[Product]) -> Self {
        let added = products.iter().filter(|product| !self.narrowing.products.contains(product));
        self.optional_products.extend(added);
        if let Some(access) = &mut self.access {
            for (product, right) in [
                (Product::Balances, &mut access.balances),
                (Product::Transactions, &mut access.transactions),
            ] {
                if products.contains(&product) {
                    right.get_or_insert_with(|| access.accounts.clone());
                }
            }
        }
        self
    }

    /// What this comes to at a route that offers so much.
    pub fn reach(&self, offers: &Offers) -> Reach {
        let wanted = |product: Product| {
            self.narrowing.products.contains(&product) || self.optional_products.contains(&product) && offers.products.contains(product)
        };
        let all = Access {
            accounts: Vec::new(),
            balances: Some(Vec::new()),
            transactions: Some(Vec::new()),
        };
        let Access {
            accounts,
            balances,
            transactions,
        } = self.access.clone().unwrap_or(all);
        Reach {
            accounts,
            balances: balances.filter(|_| wanted(Product::Balances)),
            transactions: transactions.filter(|_| wanted(Product::Transactions)),
            owners: wanted(Product::Owners),
            restricted_to: self.restricted_to.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offers(products: impl IntoIterator<Item = Product>) -> Offers {
        Offers {
            products: products.into_iter().collect(),
            leaves: false,
            tier: 0,
        }
    }

    #[test]
    fn what_is_required_is_asked_for_and_the_rest_where_it_is_offered() {
        let asked = Asked {
            narrowing: Narrowing {
                products: [Product::Balances].into(),
                ..Narrowing::default()
            },
            optional_products: [Product::Owners].into(),
            ..Asked::default()
        };
        let some = asked.reach(&offers([Product::Balances]));
        assert_eq!(
            (some.balances.is_some(), some.transactions.is_some(), some.owners),
            (true, false, false)
        );
        assert!(asked.reach(&offers([Product::Balances, Product::Owners])).owners);
        assert_eq!(Asked::default().reach(&offers(Product::FETCHED)), Reach::everything());
    }

    #[test]
    fn what_is_added_is_wanted_of_the_accounts_that_were_named() {
        let named = vec![AccountName::Iban("IL620108000000099999999".to_owned())];
        let asked = Asked {
            narrowing: Narrowing {
                products: [Product::Balances].into(),
                ..Narrowing::default()
            },
            optional_products: BTreeSet::new(),
            access: Some(Access {
                accounts: named.clone(),
                balances: Some(named.clone()),
                transactions: None,
            }),
            ..Asked::default()
        };
        let offered = offers(Product::ALL);
        assert_eq!(asked.reach(&offered).transactions, None);
        let more = asked.with(&[Product::Transactions, Product::Balances]);
        assert_eq!(more.optional_products, [Product::Transactions].into());
        assert_eq!(more.reach(&offered).transactions, Some(named));
        assert_eq!(more.reach(&offers([Product::Balances])).transactions, None);
    }

    #[test]
    fn what_was_kept_before_there_were_more_fields_is_read() {
        let kept: Asked = serde_json::from_str(r#"{"include_sandbox":true,"recurring":false}"#).unwrap();
        assert!(kept.include_sandbox && !kept.recurring && kept.narrowing.allow_redirect);
        assert_eq!(kept.optional_products, Product::FETCHED.into());
    }
}
