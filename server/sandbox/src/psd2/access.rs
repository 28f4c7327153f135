//! What a TPP asks to read (`access`), and what its customer gave (the scope).

use crate::banks::data::{Account, Kind};
use serde::Deserialize;
use serde_json::{Value, json};

/// How an account is named in a request.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Reference {
    iban: Option<String>,
    bban: Option<String>,
    masked_pan: Option<String>,
}

impl Reference {
    fn means(&self, account: &Account) -> bool {
        let same = |asked: &Option<String>, has: &Option<String>| asked.is_some() && asked == has;
        let bban = account.masked_pan.is_none().then(|| account.number.clone());
        same(&self.bban, &bban) || same(&self.iban, &account.iban) || same(&self.masked_pan, &account.masked_pan)
    }
}

/// The way in which an account is named in an answer.
pub(crate) fn reference(account: &Account) -> Value {
    match (&account.iban, &account.masked_pan) {
        (Some(iban), _) => json!({"iban": iban, "currency": account.currency}),
        (None, Some(pan)) => json!({"maskedPan": pan, "currency": account.currency}),
        (None, None) => json!({"bban": account.number, "currency": account.currency}),
    }
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
enum Breadth {
    AllAccounts,
    AllAccountsWithOwnerName,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Additional {
    owner_name: Option<Vec<Reference>>,
    trusted_beneficiaries: Option<Vec<Reference>>,
}

/// `access` of a request.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    accounts: Option<Vec<Reference>>,
    balances: Option<Vec<Reference>>,
    transactions: Option<Vec<Reference>>,
    additional_information: Option<Additional>,
    available_accounts: Option<Breadth>,
    available_accounts_with_balance: Option<Breadth>,
    all_psd2: Option<Breadth>,
    restricted_to: Option<Vec<String>>,
}

/// Which accounts are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Accounts {
    /// These, right by right: accounts, balances, transactions, owner's name.
    Dedicated([Vec<Reference>; 4]),
    /// Those that the customer chooses at the bank.
    Offered,
    /// All of them.
    All,
}

/// What a TPP asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    accounts: Accounts,
    balances: bool,
    transactions: bool,
    owner_name: bool,
    /// Only the list of accounts, no single account.
    list_only: bool,
    restricted_to: Option<Vec<String>>,
    raw: Value,
}

/// What the customer gave: ids of accounts, right by right.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Scope {
    pub(crate) accounts: Vec<String>,
    pub(crate) balances: Vec<String>,
    pub(crate) transactions: Vec<String>,
    pub(crate) owner_names: Vec<String>,
    pub(crate) list_only: bool,
}

impl Asked {
    /// Reads `access`. The error names the field that is wrong.
    pub(crate) fn read(raw: Value) -> Result<Self, &'static str> {
        let body: Body = serde_json::from_value(raw.clone()).map_err(|_| "access")?;
        let (owners, beneficiaries) = body
            .additional_information
            .map_or((None, None), |more| (more.owner_name, more.trusted_beneficiaries));
        let lists = [&body.accounts, &body.balances, &body.transactions, &owners, &beneficiaries];
        let listed = lists.iter().any(|list| list.is_some());
        let empty = lists.iter().all(|list| list.as_ref().is_none_or(Vec::is_empty));
        let full = lists.iter().all(|list| list.as_ref().is_none_or(|list| !list.is_empty()));
        if !empty && body.restricted_to.is_some() {
            return Err("access.restrictedTo");
        }
        let asked = |breadth: Breadth, balances, transactions, list_only| Self {
            accounts: Accounts::All,
            balances,
            transactions,
            owner_name: breadth == Breadth::AllAccountsWithOwnerName,
            list_only,
            restricted_to: body.restricted_to.clone(),
            raw: raw.clone(),
        };
        match (body.available_accounts, body.available_accounts_with_balance, body.all_psd2, listed) {
            (Some(breadth), None, None, false) => Ok(asked(breadth, false, false, true)),
            (None, Some(breadth), None, false) => Ok(asked(breadth, true, false, true)),
            (None, None, Some(breadth), false) => Ok(asked(breadth, true, true, false)),
            (None, None, None, true) if empty || full => Ok(Self {
                balances: body.balances.is_some(),
                transactions: body.transactions.is_some(),
                owner_name: owners.is_some(),
                list_only: false,
                restricted_to: body.restricted_to,
                accounts: if empty {
                    Accounts::Offered
                } else {
                    Accounts::Dedicated([body.accounts, body.balances, body.transactions, owners].map(Option::unwrap_or_default))
                },
                raw,
            }),
            _ => Err("access"),
        }
    }

    /// Whether the customer chooses the accounts.
    pub(crate) fn offers_choice(&self) -> bool {
        self.accounts == Accounts::Offered
    }

    /// Whether balances are asked for.
    pub(crate) fn balances(&self) -> bool {
        self.balances
    }

    /// Whether transactions are asked for.
    pub(crate) fn transactions(&self) -> bool {
        self.transactions
    }

    /// Whether the owner's name is asked for.
    pub(crate) fn owner_name(&self) -> bool {
        self.owner_name
    }

    fn allows(&self, account: &Account) -> bool {
        let kind = match account.kind {
            Kind::Cacc => "CACC",
            Kind::Svgs => "SVGS",
            Kind::Card => "CARD",
            Kind::Loan => "LOAN",
            Kind::Scts => "SCTS",
        };
        match &self.accounts {
            Accounts::Dedicated(lists) => lists.iter().flatten().any(|reference| reference.means(account)),
            Accounts::Offered | Accounts::All => {
                let kinds = self.restricted_to.as_ref();
                kinds.is_none_or(|kinds| kinds.iter().any(|asked| asked == kind))
            }
        }
    }

    /// Those of the person's accounts that this asks for.
    pub(crate) fn among(&self, accounts: Vec<Account>) -> Vec<Account> {
        accounts.into_iter().filter(|account| self.allows(account)).collect()
    }

    /// What is given when the customer gives these accounts.
    pub(crate) fn scope(&self, given: &[Account]) -> Scope {
        let all: Vec<String> = given.iter().map(|account| account.resource_id.clone()).collect();
        let when = |asked: bool| if asked { all.clone() } else { Vec::new() };
        let listed = |references: &[Reference]| {
            let meant = given
                .iter()
                .filter(|account| references.iter().any(|reference| reference.means(account)));
            meant.map(|account| account.resource_id.clone()).collect()
        };
        let [balances, transactions, owner_names] = match &self.accounts {
            Accounts::Dedicated([_, balances, transactions, owners]) => [listed(balances), listed(transactions), listed(owners)],
            Accounts::Offered | Accounts::All => [when(self.balances), when(self.transactions), when(self.owner_name)],
        };
        Scope {
            accounts: all,
            balances,
            transactions,
            owner_names,
            list_only: self.list_only,
        }
    }

    /// `access` of an answer: as it was asked for until accounts are given; where the customer chose, the accounts by name.
    pub(crate) fn answer(&self, scope: &Scope, accounts: &[Account]) -> Value {
        if scope.accounts.is_empty() || self.accounts == Accounts::All {
            return self.raw.clone();
        }
        let named = |ids: &[String]| -> Vec<Value> {
            let given = accounts.iter().filter(|account| ids.contains(&account.resource_id));
            given.map(reference).collect()
        };
        let mut access = json!({ "accounts": named(&scope.accounts) });
        for (right, ids) in [("balances", &scope.balances), ("transactions", &scope.transactions)] {
            if !ids.is_empty() {
                access[right] = json!(named(ids));
            }
        }
        if !scope.owner_names.is_empty() {
            access["additionalInformation"] = json!({ "ownerName": named(&scope.owner_names) });
        }
        access
    }
}
