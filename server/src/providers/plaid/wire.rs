//! Plaid's messages, as they stand on the wire: what we read of them.

use serde::Deserialize;
use serde_json::Number;

/// An error, in a refusal or in an item.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Error {
    pub error_type: String,
    pub error_code: String,
    #[serde(default)]
    pub error_code_reason: Option<String>,
}

/// `/link/token/create`
#[derive(Deserialize)]
pub struct LinkToken {
    pub link_token: String,
    pub hosted_link_url: Option<String>,
    #[serde(default)]
    pub expiration: String,
    #[serde(default)]
    pub request_id: String,
}

/// `/link/token/get`
#[derive(Deserialize)]
pub struct LinkState {
    /// Absent before anybody has opened it.
    #[serde(default)]
    pub link_sessions: Option<Vec<LinkSession>>,
}

/// Somebody in Link.
#[derive(Deserialize)]
pub struct LinkSession {
    #[serde(default)]
    pub finished_at: Option<String>,
    #[serde(default)]
    pub exit: Option<LinkExit>,
    #[serde(default)]
    pub results: Option<LinkResults>,
}

#[derive(Deserialize)]
pub struct LinkExit {
    #[serde(default)]
    pub error: Option<Error>,
}

#[derive(Deserialize)]
pub struct LinkResults {
    #[serde(default)]
    pub item_add_results: Vec<Added>,
}

/// An item that was made in Link.
#[derive(Clone, Deserialize)]
pub struct Added {
    pub public_token: String,
    #[serde(default)]
    pub institution: Option<AddedAt>,
}

#[derive(Clone, Deserialize)]
pub struct AddedAt {
    pub institution_id: String,
}

/// `/item/public_token/exchange`
#[derive(Deserialize)]
pub struct Exchanged {
    pub access_token: String,
    pub item_id: String,
}

/// `/item/get`
#[derive(Deserialize)]
pub struct ItemState {
    pub item: Item,
}

#[derive(Deserialize)]
pub struct Item {
    #[serde(default)]
    pub error: Option<Error>,
    #[serde(default)]
    pub consent_expiration_time: Option<String>,
}

/// `/accounts/get` and `/accounts/balance/get`
#[derive(Deserialize)]
pub struct Accounts {
    pub accounts: Vec<Account>,
}

#[derive(Deserialize)]
pub struct Account {
    pub account_id: String,
    pub balances: Balances,
    pub mask: Option<String>,
    pub name: String,
    #[serde(default)]
    pub official_name: Option<String>,
    #[serde(rename = "type")]
    pub kind: String,
    pub subtype: Option<String>,
}

#[derive(Deserialize)]
pub struct Balances {
    pub available: Option<Number>,
    pub current: Option<Number>,
    pub iso_currency_code: Option<String>,
}

/// `/transactions/sync`
#[derive(Deserialize)]
pub struct Page {
    pub transactions_update_status: String,
    pub added: Vec<Transaction>,
    pub modified: Vec<Transaction>,
    pub removed: Vec<Removed>,
    pub next_cursor: String,
    pub has_more: bool,
}

#[derive(Deserialize)]
pub struct Transaction {
    pub transaction_id: String,
    pub account_id: String,
    pub amount: Number,
    pub iso_currency_code: Option<String>,
    pub date: String,
    #[serde(default)]
    pub authorized_date: Option<String>,
    pub name: String,
    #[serde(default)]
    pub merchant_name: Option<String>,
    pub pending: bool,
}

#[derive(Deserialize)]
pub struct Removed {
    pub transaction_id: String,
    pub account_id: String,
}

/// `/institutions/get`
#[derive(Deserialize)]
pub struct Institutions {
    pub institutions: Vec<Institution>,
    pub total: usize,
}

#[derive(Deserialize)]
pub struct Institution {
    pub institution_id: String,
    pub name: String,
    pub products: Vec<String>,
    pub country_codes: Vec<String>,
    #[serde(default)]
    pub url: Option<String>,
}

/// `/webhook_verification_key/get`
#[derive(Deserialize)]
pub struct KeyAnswer {
    pub key: Key,
}

#[derive(Deserialize)]
pub struct Key {
    pub alg: String,
    pub crv: String,
    pub kid: String,
    pub kty: String,
    pub x: String,
    pub y: String,
    pub expired_at: Option<i64>,
}

/// A webhook: the fields of all kinds.
#[derive(Deserialize)]
pub struct Webhook {
    pub webhook_type: String,
    pub webhook_code: String,
    #[serde(default)]
    pub item_id: Option<String>,
    #[serde(default)]
    pub link_token: Option<String>,
    #[serde(default)]
    pub status: Option<String>,
    #[serde(default)]
    pub error: Option<Error>,
    #[serde(default)]
    pub consent_expiration_time: Option<String>,
}
