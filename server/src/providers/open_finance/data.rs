//! Accounts, balances, transactions: read whole.

use super::client::{Client, Trouble};
use super::records::{WireAccount, WireTransaction};
use super::state::Access;
use super::status::Status;
use crate::providers::{Account, Known, Transaction, Want};
use gesher_domain::Timestamp;
use gesher_domain::connection::FetchProblem;
use serde::Deserialize;
use std::collections::HashSet;
use std::time::Duration;
use url::Url;

/// Most pages of a list.
const PAGES: usize = 200;
/// The vendor is asked to fetch anew when it last did so longer ago than this.
const FRESH: Duration = Duration::from_secs(3600);
/// How long what it fetches is waited for: so often, with this pause.
const LOOKS: u32 = 3;
const PAUSE: Duration = Duration::from_millis(500);

/// A page of a list.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page<T> {
    #[serde(default = "Vec::new")]
    items: Vec<T>,
    #[serde(default)]
    next_page: Option<String>,
}

impl Client<'_> {
    /// Everything that is wanted of what the connection opens.
    pub async fn everything(&self, access: &Access, want: &Want) -> Result<Vec<Account>, FetchProblem> {
        let mut connection = self.connection(&access.connection).await.map_err(|trouble| trouble.problem())?;
        if let Some(problem) = connection.status.problem() {
            return Err(problem);
        }
        let old = |at: Option<Timestamp>| at.is_some_and(|at| at.plus(FRESH) < self.cx.now);
        // What was never fetched by us was just fetched by the vendor.
        if !want.known.is_empty() && connection.status == Status::Active && old(connection.updated()) {
            self.refresh(&access.connection).await;
            for _ in 0..LOOKS {
                connection = self.connection(&access.connection).await.map_err(|trouble| trouble.problem())?;
                if !old(connection.updated()) {
                    break;
                }
                tokio::time::sleep(PAUSE).await;
            }
            if let Some(problem) = connection.status.problem() {
                return Err(problem);
            }
        }
        self.accounts(access, want).await.map_err(|trouble| trouble.problem())
    }

    async fn accounts(&self, access: &Access, want: &Want) -> Result<Vec<Account>, Trouble> {
        let mut address = self.api(&["data", "accounts"]);
        // A card that came by another connection, too, is this one's all the same.
        address
            .query_pairs_mut()
            .append_pair("connectionId", &access.connection)
            .append_pair("includeDuplicates", "1");
        let listed: Vec<WireAccount> = self.pages(address).await?;
        let mut accounts: Vec<Account> = Vec::with_capacity(listed.len());
        for account in listed {
            // What is listed twice is fetched once.
            if accounts.iter().any(|one| one.provider_ref == account.id) {
                continue;
            }
            let mut account = account.into_ours(want)?;
            let known = Known::from(&account);
            if !want.reach.has(known, &account.kind) {
                continue;
            }
            let (balances, transactions) = (want.reach.has_balances(known), want.reach.has_transactions(known));
            if !balances {
                account.balances = Vec::new();
            }
            if transactions {
                account.transactions = self.transactions(access, want, &account).await?;
            }
            accounts.push(account);
        }
        Ok(accounts)
    }

    async fn transactions(&self, access: &Access, want: &Want, account: &Account) -> Result<Vec<Transaction>, Trouble> {
        let mut address = self.api(&["data", "transactions"]);
        address
            .query_pairs_mut()
            .append_pair("connectionId", &access.connection)
            .append_pair("accountId", &account.provider_ref)
            .append_pair("dateFrom", want.from(&account.provider_ref))
            .append_pair("dateTo", &want.date_to)
            .append_pair("includeDuplicates", "1");
        let listed: Vec<WireTransaction> = self.pages(address).await?;
        let mut all: Vec<Transaction> = listed
            .into_iter()
            .map(|one| one.into_ours(want, &account.currency))
            .collect::<Result<_, _>>()?;
        all.sort_by(|one, other| other.booking_date.cmp(&one.booking_date));
        Ok(all)
    }

    /// All pages of a list. One that leads back to itself has no end, and is none.
    async fn pages<T: for<'a> Deserialize<'a>>(&self, first: Url) -> Result<Vec<T>, Trouble> {
        let mut all = Vec::new();
        let mut seen = HashSet::new();
        let mut address = first.clone();
        for _ in 0..PAGES {
            let page: Page<T> = self.get(&address).await?;
            all.extend(page.items);
            let Some(next) = page.next_page.filter(|next| !next.is_empty()) else {
                return Ok(all);
            };
            address = first.clone();
            address.query_pairs_mut().append_pair("nextPage", &next);
            if !seen.insert(next) {
                return Err(Trouble::Nonsense);
            }
        }
        Err(Trouble::Nonsense)
    }
}
