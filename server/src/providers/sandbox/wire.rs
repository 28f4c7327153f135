//! The sandbox bank's messages, as they stand on the wire.

use crate::providers::{self, Known};
use gesher_contract::{Field, Form, LocalizedText, TileKind};
use gesher_directory::merge::Listed;
use gesher_directory::{Offers, Product};
use gesher_domain::session::OfferedAccount;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Deserialize)]
pub struct LoginForm {
    pub fields: Vec<Field>,
}

/// A page of the list of banks.
#[derive(Deserialize)]
pub struct List {
    pub banks: Vec<ListedBank>,
    pub next: Option<String>,
}

#[derive(Deserialize)]
pub struct ListedBank {
    id: String,
    name: ListedName,
    country: String,
    kind: TileKind,
    bic: Option<String>,
    products: BTreeSet<Product>,
}

#[derive(Deserialize)]
struct ListedName {
    he: String,
    en: String,
}

impl From<ListedBank> for Listed {
    fn from(bank: ListedBank) -> Self {
        Self {
            provider_id: bank.id,
            name: bank.name.en,
            he: Some(bank.name.he),
            country: bank.country,
            kind: bank.kind,
            domains: Vec::new(),
            bics: bank.bic.into_iter().collect(),
            offers: Offers {
                products: bank.products.into(),
                leaves: false,
                tier: 0,
            },
            invented: false,
        }
    }
}

/// A filled form.
#[derive(Serialize)]
pub struct Filled {
    pub fields: BTreeMap<String, String>,
}

/// The accounts that were picked.
#[derive(Serialize)]
pub struct Picked {
    pub accounts: BTreeSet<String>,
}

/// What comes next in a login.
#[derive(Deserialize)]
pub struct Answer {
    pub login_id: String,
    #[serde(flatten)]
    pub next: Next,
}

#[derive(Deserialize)]
#[serde(tag = "next", rename_all = "snake_case")]
pub enum Next {
    Form {
        form: Form,
    },
    Wait {
        message: LocalizedText,
        /// Seconds.
        poll_after: u32,
        /// RFC 3339.
        until: String,
    },
    Accounts {
        accounts: Vec<Offered>,
    },
    Granted(Granted),
}

#[derive(Deserialize)]
pub struct Offered {
    pub id: String,
    pub name: LocalizedText,
    pub last_digits: String,
    pub kind: Option<String>,
    pub currency: Option<String>,
}

impl Offered {
    /// The account in our words.
    pub fn into_ours(self) -> providers::Offered {
        providers::Offered {
            account: OfferedAccount {
                id: self.id,
                name: self.name,
                last_digits: self.last_digits,
            },
            kind: self.kind,
            currency: self.currency,
        }
    }
}

#[derive(Deserialize)]
pub struct Granted {
    pub access_token: String,
    pub consent_id: String,
    pub consent_status: String,
    pub expires_at: String,
}

#[derive(Deserialize)]
pub struct Refusal {
    pub error: String,
    pub tries_left: Option<u32>,
    /// The question to ask instead of the one that was answered wrong.
    pub form: Option<Form>,
}

#[derive(Deserialize)]
pub struct Accounts {
    pub accounts: Vec<Account>,
}

#[derive(Deserialize)]
pub struct Account {
    pub resource_id: String,
    pub iban: Option<String>,
    pub masked_pan: Option<String>,
    pub name: LocalizedText,
    pub owner_name: String,
    pub currency: String,
    pub kind: String,
    pub number: String,
}

#[derive(Default, Deserialize)]
pub struct Balances {
    pub balances: Vec<Balance>,
}

#[derive(Deserialize)]
pub struct Balance {
    #[serde(rename = "type")]
    pub kind: String,
    pub amount: String,
    pub currency: String,
    pub reference_date: String,
}

#[derive(Deserialize)]
pub struct Transactions {
    pub transactions: Vec<Transaction>,
    pub next: Option<String>,
}

#[derive(Deserialize)]
pub struct Transaction {
    pub id: String,
    pub booking_date: String,
    pub value_date: String,
    pub amount: String,
    pub currency: String,
    pub status: String,
    pub description: String,
    pub counterparty: Option<String>,
}

impl Transaction {
    /// The transaction in our words.
    pub fn into_ours(self) -> providers::Transaction {
        providers::Transaction {
            provider_ref: self.id,
            booking_date: self.booking_date,
            value_date: self.value_date,
            amount: self.amount,
            currency: self.currency,
            status: self.status,
            description: self.description,
            counterparty: self.counterparty,
        }
    }
}

impl Account {
    /// What it can be known by.
    pub fn known(&self) -> Known<'_> {
        Known {
            iban: self.iban.as_deref(),
            number: Some(&self.number),
            masked_pan: self.masked_pan.as_deref(),
        }
    }

    /// The account in our words.
    pub fn into_ours(self, balances: Balances, transactions: Vec<providers::Transaction>) -> providers::Account {
        providers::Account {
            provider_ref: self.resource_id,
            kind: self.kind,
            currency: self.currency,
            iban: self.iban,
            masked_pan: self.masked_pan,
            number: self.number,
            owner_name: self.owner_name,
            name: self.name,
            balances: balances.balances.into_iter().map(Balance::into_ours).collect(),
            transactions,
        }
    }
}

impl Balance {
    fn into_ours(self) -> providers::Balance {
        providers::Balance {
            kind: self.kind,
            amount: self.amount,
            currency: self.currency,
            reference_date: self.reference_date,
        }
    }
}
