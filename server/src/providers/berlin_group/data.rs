//! Accounts, cards, balances, transactions: read whole, in our words.

use super::client::{Client, Trouble};
use super::state::Access;
use super::wire::{self, Links};
use crate::providers::{Account, Balance, Known, Transaction, Want};
use data_encoding::HEXLOWER;
use gesher_contract::LocalizedText;
use reqwest::StatusCode;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use std::collections::{HashMap, HashSet};
use url::Url;

/// Most pages of one account's transactions.
const PAGES: usize = 500;
/// Hexadecimal digits of a made-up reference.
const REFERENCE: usize = 32;

impl Client<'_> {
    /// Everything that the consent opens.
    pub async fn everything(&self, access: &Access, want: &Want) -> Result<Vec<Account>, Trouble> {
        let mut found = Vec::new();
        for (place, (list, usual)) in self.bank.profile.lists.all().iter().enumerate() {
            if !want.reach.has_kind(usual) && place > 0 {
                continue;
            }
            let listed = match self.data::<wire::Accounts>(access, self.resource(&[list])?).await {
                Ok(listed) => listed.accounts,
                // A bank always has the first list.
                Err(trouble) if place > 0 && is_not_there(&trouble) => Vec::new(),
                Err(trouble) => return Err(trouble),
            };
            found.extend(listed.into_iter().map(|account| (*list, *usual, account)));
        }
        let mut accounts = Vec::with_capacity(found.len());
        for (list, usual, account) in found {
            if want.reach.has(known(&account), &kind(&account, list, usual)) {
                accounts.push(self.account(access, want, (list, usual), account).await?);
            }
        }
        Ok(accounts)
    }

    async fn data<T: DeserializeOwned>(&self, access: &Access, address: Url) -> Result<T, Trouble> {
        self.get(address, Some(&access.consent.id), access.bearer()).await
    }

    async fn account(&self, access: &Access, want: &Want, (list, usual): (&str, &str), account: wire::Account) -> Result<Account, Trouble> {
        let kind = kind(&account, list, usual);
        let (balances, transactions) = (
            want.reach.has_balances(known(&account)),
            want.reach.has_transactions(known(&account)),
        );
        let id = account
            .resource_id
            .clone()
            .or_else(|| account.iban.clone())
            .or_else(|| account.masked_pan.clone())
            .ok_or(Trouble::Nonsense)?;
        let place = |link: &Option<wire::Link>, what: &str| match link {
            Some(link) => self.follow(&link.href),
            None => self.resource(&[list, &id, what]),
        };
        let balances: wire::Balances = match balances {
            true => self.data(access, place(&account.links.balances, "balances")?).await?,
            false => wire::Balances::default(),
        };
        let transactions = match transactions {
            true => {
                let address = place(&account.links.transactions, "transactions")?;
                self.transactions(access, want, &id, address).await?
            }
            false => Vec::new(),
        };
        let name = account.display_name.or(account.name).or(account.product).unwrap_or_default();
        Ok(Account {
            kind,
            number: account
                .bban
                .or_else(|| account.iban.clone())
                .or_else(|| account.masked_pan.clone())
                .unwrap_or_else(|| id.clone()),
            provider_ref: id,
            currency: account.currency,
            iban: account.iban,
            masked_pan: account.masked_pan,
            owner_name: account.owner_name.unwrap_or_default(),
            name: LocalizedText::he_en(name.clone(), name),
            balances: balances
                .balances
                .into_iter()
                .map(|balance| balance.into_ours(&want.date_to))
                .collect::<Result<_, _>>()?,
            transactions,
        })
    }

    /// All pages of an account's transactions, newest first.
    async fn transactions(&self, access: &Access, want: &Want, id: &str, mut address: Url) -> Result<Vec<Transaction>, Trouble> {
        address
            .query_pairs_mut()
            .append_pair("bookingStatus", "both")
            .append_pair("dateFrom", want.from(id))
            .append_pair("dateTo", &want.date_to);
        let mut all = Vec::new();
        let mut references = References::default();
        let mut seen = HashSet::from([address.clone()]);
        for _ in 0..PAGES {
            let page: wire::Page = self.data(access, address).await?;
            let report = page.transactions;
            for (status, listed) in [("pending", report.pending), ("booked", report.booked)] {
                for transaction in listed {
                    all.push(transaction.into_ours(status, &want.date_to, &mut references)?);
                }
            }
            match self.next(&report.links)?.filter(|next| seen.insert(next.clone())) {
                Some(next) => address = next,
                None => {
                    all.sort_by(|one, other| other.booking_date.cmp(&one.booking_date));
                    return Ok(all);
                }
            }
        }
        Err(Trouble::Nonsense)
    }

    fn next(&self, links: &Links) -> Result<Option<Url>, Trouble> {
        links.next.as_ref().map(|link| self.follow(&link.href)).transpose()
    }
}

fn known(account: &wire::Account) -> Known<'_> {
    Known {
        iban: account.iban.as_deref(),
        number: account.bban.as_deref(),
        masked_pan: account.masked_pan.as_deref(),
    }
}

/// ISO 20022's cash account type. Where a bank does not say it, it is what its list usually holds; a list of cards holds cards.
fn kind(account: &wire::Account, list: &str, usual: &str) -> String {
    match &account.cash_account_type {
        Some(kind) if !list.contains("card") => kind.clone(),
        _ => usual.to_owned(),
    }
}

/// Whether the bank, or this consent, has no such list.
fn is_not_there(trouble: &Trouble) -> bool {
    match trouble {
        Trouble::Refused(refusal) => {
            matches!(
                refusal.status,
                StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED | StatusCode::NOT_ACCEPTABLE
            ) || refusal.is(&["SERVICE_INVALID", "RESOURCE_UNKNOWN", "CONSENT_INVALID"])
        }
        _ => false,
    }
}

/// References of transactions whose bank gives them none: made of what is in them, and of how often that came before.
#[derive(Default)]
struct References(HashMap<String, u32>);

impl References {
    fn of(&mut self, status: &str, transaction: &wire::Transaction) -> String {
        let parts = [
            Some(status),
            transaction.booking_date.as_deref(),
            transaction.value_date.as_deref(),
            Some(&transaction.transaction_amount.amount),
            Some(&transaction.transaction_amount.currency),
            transaction.remittance_information_unstructured.as_deref(),
            transaction.transaction_details.as_deref(),
            transaction.creditor_name.as_deref(),
            transaction.debtor_name.as_deref(),
        ];
        let content = serde_json::to_string(&parts).unwrap_or_default();
        let before = self.0.entry(content.clone()).or_default();
        *before += 1;
        let mut digest = HEXLOWER.encode(&Sha256::digest(format!("{content}{before}").as_bytes()));
        digest.truncate(REFERENCE);
        digest
    }
}

/// The standard's amounts: up to 14 digits, up to three decimals.
fn amount(text: String) -> Result<String, Trouble> {
    let unsigned = text.strip_prefix('-').unwrap_or(&text);
    let (whole, decimals) = unsigned
        .split_once('.')
        .map_or((unsigned, None), |(whole, rest)| (whole, Some(rest)));
    let digits = |part: &str, most: usize| (1..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    if digits(whole, 14) && decimals.is_none_or(|part| digits(part, 3)) {
        Ok(text)
    } else {
        Err(Trouble::Nonsense)
    }
}

impl wire::Balance {
    fn into_ours(self, today: &str) -> Result<Balance, Trouble> {
        Ok(Balance {
            kind: self.balance_type,
            amount: amount(self.balance_amount.amount)?,
            currency: self.balance_amount.currency,
            reference_date: self.reference_date.unwrap_or_else(|| today.to_owned()),
        })
    }
}

impl wire::Transaction {
    fn into_ours(self, status: &str, today: &str, references: &mut References) -> Result<Transaction, Trouble> {
        let made_up = references.of(status, &self);
        let booking_date = self
            .booking_date
            .clone()
            .or_else(|| self.transaction_date.clone())
            .or_else(|| self.value_date.clone())
            .unwrap_or_else(|| today.to_owned());
        let listed = Some(self.remittance_information_unstructured_array.join(" ")).filter(|text| !text.is_empty());
        let left = self.transaction_amount.amount.starts_with('-');
        Ok(Transaction {
            provider_ref: self.transaction_id.or(self.entry_reference).unwrap_or(made_up),
            value_date: self.value_date.unwrap_or_else(|| booking_date.clone()),
            booking_date,
            amount: amount(self.transaction_amount.amount)?,
            currency: self.transaction_amount.currency,
            status: status.to_owned(),
            description: self
                .remittance_information_unstructured
                .or(listed)
                .or(self.transaction_details)
                .or(self.additional_information)
                .unwrap_or_default(),
            counterparty: if left { self.creditor_name } else { self.debtor_name },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_the_standards() {
        for good in ["0", "-12.90", "5877.78", "1.234", "99999999999999"] {
            assert_eq!(amount(good.to_owned()), Ok(good.to_owned()));
        }
        for bad in ["", "-", "1,50", "1.", ".5", "1.2345", "+1", "1e3", "--1", "123456789012345"] {
            assert_eq!(amount(bad.to_owned()), Err(Trouble::Nonsense), "{bad}");
        }
    }

    #[test]
    fn equal_transactions_without_an_id_have_references_of_their_own_that_stay() {
        let page = || -> Vec<wire::Transaction> {
            let coffee = serde_json::json!({"bookingDate": "2026-11-20", "transactionAmount": {"currency": "ILS", "amount": "-12.00"}});
            serde_json::from_value(serde_json::json!([coffee, coffee])).unwrap()
        };
        let read = || {
            let mut references = References::default();
            let ours = page()
                .into_iter()
                .map(|one| one.into_ours("booked", "2026-11-20", &mut references).unwrap().provider_ref);
            ours.collect::<Vec<_>>()
        };
        let first = read();
        assert_ne!(first[0], first[1]);
        assert_eq!(first, read());
    }
}
