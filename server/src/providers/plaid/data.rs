//! Accounts, balances and transactions, in our words.

use super::client::Client;
use super::codes::Trouble;
use super::state::Access;
use super::wire;
use crate::providers::{Account, Balance, Brought, Grant, Known, Transaction, Want};
use gesher_contract::LocalizedText;
use gesher_domain::connection::FetchProblem;
use serde_json::{Number, json};
use std::collections::HashMap;
use std::time::Duration;

/// Transactions of a page: the most that Plaid gives.
const COUNT: usize = 500;
/// Most pages of a series.
const PAGES: usize = 400;
/// How often a series is begun again because the data changed meanwhile.
const BEGINNINGS: usize = 3;
/// Pauses while Plaid still prepares the first data. After them the fetch is made again later; Plaid also tells when it has them.
const PREPARING: [Duration; 2] = [Duration::from_millis(500), Duration::from_secs(1)];

/// What changed since the last time.
#[derive(Default)]
struct Changes {
    changed: Vec<wire::Transaction>,
    gone: Vec<(String, String)>,
    cursor: String,
}

impl Client<'_> {
    /// Everything that is wanted and new.
    pub async fn everything(&self, grant: &Grant, access: &Access, want: &Want) -> Result<Brought, FetchProblem> {
        let listed = self.accounts(access, want).await.map_err(|trouble| trouble.problem())?;
        let mut accounts = Vec::with_capacity(listed.len());
        for account in listed {
            let account = account.into_ours(want).ok_or(FetchProblem::Broken)?;
            if want.reach.has(Known::from(&account), &account.kind) {
                accounts.push(account);
            }
        }
        if want.reach.transactions.is_none() {
            return Ok(accounts.into());
        }
        let changes = self.changes(access).await?;
        let mut by_account: HashMap<String, Vec<Transaction>> = HashMap::new();
        for transaction in changes.changed {
            // A change of an older line is of no use: the line is not there.
            if transaction.date.as_str() >= want.first_day.as_str() {
                let (account, ours) = transaction.into_ours().ok_or(FetchProblem::Broken)?;
                by_account.entry(account).or_default().push(ours);
            }
        }
        for account in &mut accounts {
            account.transactions = by_account.remove(&account.provider_ref).unwrap_or_default();
            account.transactions.sort_by(|one, other| other.booking_date.cmp(&one.booking_date));
        }
        let access = Access {
            cursor: Some(changes.cursor),
            ..access.clone()
        };
        Ok(Brought {
            changes_only: true,
            gone: changes.gone,
            grant: Some(Grant {
                secret: access.seal().map_err(|_| FetchProblem::Broken)?,
                ..grant.clone()
            }),
            ..accounts.into()
        })
    }

    /// With balances as the institution has them now, where they are wanted; Plaid's last ones are not asked for.
    async fn accounts(&self, access: &Access, want: &Want) -> Result<Vec<wire::Account>, Trouble> {
        let live = want.reach.balances.is_some() && self.cx.settings.text(super::BALANCES) != Some(super::CACHED);
        let path = if live { "accounts/balance/get" } else { "accounts/get" };
        let listed: wire::Accounts = self.read(path, &json!({ "access_token": access.token })).await?;
        Ok(listed.accounts)
    }

    async fn changes(&self, access: &Access) -> Result<Changes, FetchProblem> {
        let mut pauses = PREPARING.into_iter();
        let mut beginnings = 0;
        loop {
            match self.series(access).await {
                Ok(Some(changes)) => return Ok(changes),
                Ok(None) => match pauses.next() {
                    Some(pause) => tokio::time::sleep(pause).await,
                    None => return Err(FetchProblem::InstitutionUnavailable),
                },
                // The data changed between two pages: the whole series is void.
                Err(trouble) if trouble.is(&["TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION"]) && beginnings < BEGINNINGS => beginnings += 1,
                Err(trouble) => return Err(trouble.problem()),
            }
        }
    }

    /// All pages since the access's cursor; nothing while Plaid has no data yet.
    async fn series(&self, access: &Access) -> Result<Option<Changes>, Trouble> {
        let mut changes = Changes::default();
        let mut cursor = access.cursor.clone();
        for _ in 0..PAGES {
            let mut body = json!({ "access_token": access.token, "count": COUNT });
            if let Some(cursor) = &cursor {
                body["cursor"] = json!(cursor);
            }
            let page: wire::Page = self.read("transactions/sync", &body).await?;
            if page.transactions_update_status == "NOT_READY" {
                return Ok(None);
            }
            changes.changed.extend(page.added);
            changes.changed.extend(page.modified);
            changes
                .gone
                .extend(page.removed.into_iter().map(|line| (line.account_id, line.transaction_id)));
            if !page.has_more {
                changes.cursor = page.next_cursor;
                return Ok(Some(changes));
            }
            if cursor.as_ref() == Some(&page.next_cursor) {
                return Err(Trouble::Nonsense);
            }
            cursor = Some(page.next_cursor);
        }
        Err(Trouble::Nonsense)
    }
}

impl wire::Account {
    /// `None` when it makes no sense.
    fn into_ours(self, want: &Want) -> Option<Account> {
        let kind = match (self.kind.as_str(), self.subtype.as_deref()) {
            ("depository", Some("savings" | "money market" | "cd")) => "SVGS",
            ("credit", _) => "CARD",
            ("loan", _) => "LOAN",
            ("investment" | "brokerage", _) => "SCTS",
            _ => "CACC",
        };
        // What is owed is positive at Plaid.
        let owed = matches!(kind, "CARD" | "LOAN");
        let currency = self.balances.iso_currency_code.filter(|code| code.len() == 3)?;
        let balance = |kind: &str, amount: String| Balance {
            kind: kind.to_owned(),
            amount,
            currency: currency.clone(),
            reference_date: want.date_to.clone(),
        };
        let mut balances = Vec::new();
        if want.reach.balances.is_some() {
            if let Some(current) = &self.balances.current {
                balances.push(balance("interimBooked", if owed { minus(current)? } else { plain(current)? }));
            }
            if let Some(available) = &self.balances.available {
                balances.push(balance("interimAvailable", plain(available)?));
            }
        }
        let name = self.official_name.filter(|name| !name.trim().is_empty()).unwrap_or(self.name);
        let mask = self.mask.unwrap_or_default();
        Some(Account {
            provider_ref: self.account_id,
            kind: kind.to_owned(),
            currency: currency.clone(),
            iban: None,
            masked_pan: (kind == "CARD" && !mask.is_empty()).then(|| format!("****{mask}")),
            number: mask,
            owner_name: String::new(),
            name: LocalizedText::he_en(name.clone(), name),
            balances,
            transactions: Vec::new(),
        })
    }
}

impl wire::Transaction {
    /// With its account. `None` when it makes no sense.
    fn into_ours(self) -> Option<(String, Transaction)> {
        let ours = Transaction {
            provider_ref: self.transaction_id,
            value_date: self.authorized_date.unwrap_or_else(|| self.date.clone()),
            booking_date: self.date,
            // Positive at Plaid is what leaves the account.
            amount: minus(&self.amount)?,
            currency: self.iso_currency_code.filter(|code| code.len() == 3)?,
            status: if self.pending { "pending" } else { "booked" }.to_owned(),
            description: self.name,
            counterparty: self.merchant_name,
        };
        Some((self.account_id, ours))
    }
}

/// A number in digits.
fn plain(number: &Number) -> Option<String> {
    written(number.as_f64()?)
}

/// A number with the other sign.
fn minus(number: &Number) -> Option<String> {
    // Not `-x`: there is no minus nought on an account.
    written(0.0 - number.as_f64()?)
}

/// The shortest digits that stand for it: those that Plaid wrote, for any amount below a thousand million million.
fn written(number: f64) -> Option<String> {
    number.is_finite().then(|| format!("{number}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_keep_their_digits() {
        for (sent, turned) in [
            ("12.34", "-12.34"),
            ("-0.1", "0.1"),
            ("0", "0"),
            ("0.0", "0"),
            ("2307.21", "-2307.21"),
            ("1e3", "-1000"),
        ] {
            let number: Number = serde_json::from_str(sent).expect(sent);
            assert_eq!(minus(&number).as_deref(), Some(turned), "{sent}");
        }
    }

    #[test]
    fn what_is_owed_is_below_nought() {
        let want = Want {
            first_day: "2026-08-22".to_owned(),
            date_from: "2026-08-22".to_owned(),
            known: Default::default(),
            date_to: "2026-11-20".to_owned(),
            reach: crate::providers::Reach::everything(),
        };
        let card = json!({
            "account_id": "a", "mask": "3333", "name": "Card", "type": "credit", "subtype": "credit card",
            "balances": { "available": 900, "current": 410.5, "limit": 2000, "iso_currency_code": "USD" },
        });
        let card: wire::Account = serde_json::from_value(card).expect("an account");
        let card = card.into_ours(&want).expect("sense");
        assert_eq!((card.kind.as_str(), card.masked_pan.as_deref()), ("CARD", Some("****3333")));
        let amounts: Vec<_> = card.balances.iter().map(|balance| balance.amount.as_str()).collect();
        assert_eq!(amounts, ["-410.5", "900"]);
    }
}
