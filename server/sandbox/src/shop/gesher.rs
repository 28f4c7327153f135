//! Gesher's API, as the shop's backend calls it.

use super::language::Language;
use crate::Secret;
use reqwest::{Client, RequestBuilder};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(15);
/// Transactions that are shown of each account.
const LATEST: u32 = 8;

/// Gesher, at an address, with a key.
pub(crate) struct Gesher {
    client: Client,
    base: String,
    key: Secret,
}

/// Why Gesher did not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// It did not answer.
    Unreachable,
    /// It refused and said why.
    Refused { status: u16, problem: Problem },
    /// Its answer makes no sense.
    Nonsense,
}

/// A problem document (RFC 9457).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct Problem {
    /// Stable name.
    pub(crate) code: String,
    /// The status in words.
    pub(crate) title: String,
    /// What is wrong.
    pub(crate) detail: String,
    /// Which field is.
    pub(crate) field: Option<String>,
}

/// What a connection is asked for with.
#[derive(Debug, Serialize)]
pub(crate) struct NewConnection {
    pub(crate) customer: Customer,
    pub(crate) include_sandbox: bool,
    pub(crate) parent_origin: String,
    pub(crate) redirect_url: String,
    pub(crate) state: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) language: Option<Language>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) institution_ids: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) psu_id: Option<String>,
}

/// Whose connection it is.
#[derive(Debug, Serialize)]
pub(crate) struct Customer {
    pub(crate) external_id: String,
}

/// A connection just made.
#[derive(Debug, Deserialize)]
pub(crate) struct Created {
    pub(crate) id: String,
    pub(crate) connect_token: String,
    pub(crate) hosted_url: String,
}

/// What a start page or a hosted link is asked for with.
#[derive(Debug, Serialize)]
pub(crate) struct NewEntrance {
    /// Of a start page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<&'static str>,
    /// Of a link.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) customer: Option<Customer>,
    pub(crate) redirect_url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) language: Option<Language>,
    pub(crate) connection: EntranceAsked,
}

/// What its connections are asked for with.
#[derive(Debug, Serialize)]
pub(crate) struct EntranceAsked {
    pub(crate) include_sandbox: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) state: Option<String>,
}

/// A start page or a hosted link.
#[derive(Debug, Deserialize)]
pub(crate) struct Entrance {
    pub(crate) url: String,
    #[serde(default)]
    pub(crate) name: Option<String>,
    #[serde(default)]
    pub(crate) redirect_url: Option<String>,
    #[serde(default)]
    pub(crate) state: Option<String>,
}

#[derive(Serialize)]
struct Exchange<'a> {
    public_token: &'a str,
    customer: Customer,
}

#[derive(Deserialize)]
struct Exchanged {
    connection: Connection,
}

#[derive(Deserialize)]
struct Page<T> {
    data: Vec<T>,
}

/// Text by language.
pub(crate) type Texts = BTreeMap<String, String>;

/// An institution.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Institution {
    pub(crate) id: String,
    pub(crate) name: Texts,
}

/// A connection.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Connection {
    pub(crate) id: String,
    pub(crate) status: String,
    #[serde(default)]
    pub(crate) reasons: Vec<String>,
    pub(crate) institution: Option<Institution>,
}

/// An account.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Account {
    pub(crate) id: String,
    pub(crate) name: Texts,
    pub(crate) owner_name: Option<String>,
    pub(crate) currency: String,
    pub(crate) iban: Option<String>,
    pub(crate) masked_pan: Option<String>,
    pub(crate) number: Option<String>,
    #[serde(default)]
    pub(crate) balances: Vec<Balance>,
    /// Read for each account by itself.
    #[serde(default)]
    pub(crate) transactions: Vec<Transaction>,
}

/// A balance.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Balance {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) amount: String,
    pub(crate) currency: String,
}

/// A transaction.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Transaction {
    pub(crate) id: String,
    pub(crate) booking_date: String,
    pub(crate) amount: String,
    pub(crate) currency: String,
    pub(crate) status: String,
    pub(crate) description: String,
}

impl Gesher {
    /// Gesher at this address.
    pub(crate) fn new(client: Client, base: &str, key: Secret) -> Self {
        Self {
            client,
            base: base.trim_end_matches('/').to_owned(),
            key,
        }
    }

    async fn call<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, Trouble> {
        let answer = request.bearer_auth(&self.key.0).timeout(PATIENCE).send().await.map_err(|error| {
            tracing::warn!(error = %error.without_url(), "Gesher does not answer the shop");
            Trouble::Unreachable
        })?;
        let status = answer.status();
        let body = answer.bytes().await.map_err(|_| Trouble::Unreachable)?;
        if status.is_success() {
            return serde_json::from_slice(&body).map_err(|_| Trouble::Nonsense);
        }
        let problem = serde_json::from_slice(&body).unwrap_or_default();
        Err(Trouble::Refused {
            status: status.as_u16(),
            problem,
        })
    }

    async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Trouble> {
        self.call(self.client.get(format!("{}/v1{path}", self.base))).await
    }

    async fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, Trouble> {
        self.call(self.client.post(format!("{}/v1{path}", self.base)).json(body)).await
    }

    /// Asks for a connection.
    pub(crate) async fn connect(&self, asked: &NewConnection) -> Result<Created, Trouble> {
        self.post("/connections", asked).await
    }

    /// The start pages that there are.
    pub(crate) async fn start_pages(&self) -> Result<Vec<Entrance>, Trouble> {
        let page: Page<Entrance> = self.get("/start_pages?limit=100").await?;
        Ok(page.data)
    }

    /// Makes a start page.
    pub(crate) async fn start_page(&self, asked: &NewEntrance) -> Result<Entrance, Trouble> {
        self.post("/start_pages", asked).await
    }

    /// Makes a hosted link.
    pub(crate) async fn hosted_link(&self, asked: &NewEntrance) -> Result<Entrance, Trouble> {
        self.post("/hosted_links", asked).await
    }

    /// Confirms a connection for its customer.
    pub(crate) async fn exchange(&self, public_token: &str, external_id: String) -> Result<Connection, Trouble> {
        let customer = Customer { external_id };
        let exchanged: Exchanged = self.post("/public_tokens/exchange", &Exchange { public_token, customer }).await?;
        Ok(exchanged.connection)
    }

    /// Institutions that a session can be preset to.
    pub(crate) async fn institutions(&self) -> Result<Vec<Institution>, Trouble> {
        let page: Page<Institution> = self.get("/institutions?include_sandbox=true&limit=200").await?;
        Ok(page.data)
    }

    /// A connection as it is now.
    pub(crate) async fn connection(&self, id: &str) -> Result<Connection, Trouble> {
        self.get(&format!("/connections/{id}")).await
    }

    /// The accounts of a connection, each with its latest transactions.
    pub(crate) async fn accounts(&self, connection: &str) -> Result<Vec<Account>, Trouble> {
        let page: Page<Account> = self.get(&format!("/connections/{connection}/accounts")).await?;
        let mut accounts = page.data;
        for account in &mut accounts {
            let latest: Page<Transaction> = self.get(&format!("/accounts/{}/transactions?limit={LATEST}", account.id)).await?;
            account.transactions = latest.data;
        }
        Ok(accounts)
    }
}
