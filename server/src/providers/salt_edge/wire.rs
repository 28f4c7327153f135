//! What goes over the wire. Names are Salt Edge's; whatever is not read here is not needed.

use serde::{Deserialize, Serialize};
use serde_json::Number;

/// `data`, which every body is wrapped in.
#[derive(Debug, Serialize, Deserialize)]
pub struct Data<T> {
    pub data: T,
}

/// A page of a list.
#[derive(Debug, Deserialize)]
pub struct Page<T> {
    pub data: Vec<T>,
    #[serde(default)]
    pub meta: Meta,
}

/// Where the next page begins.
#[derive(Debug, Default, Deserialize)]
pub struct Meta {
    #[serde(default, deserialize_with = "id_or_none")]
    pub next_id: Option<String>,
}

/// The body of a refusal.
#[derive(Debug, Deserialize)]
pub struct Refused {
    pub error: RefusedFor,
}

/// Why.
#[derive(Debug, Deserialize)]
pub struct RefusedFor {
    pub class: Option<String>,
    pub request_id: Option<String>,
}

/// An id: a string of digits, or the number itself, as older versions wrote it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Id {
    Text(String),
    Number(u64),
}

impl From<Id> for String {
    fn from(id: Id) -> Self {
        match id {
            Id::Text(text) => text,
            Id::Number(number) => number.to_string(),
        }
    }
}

fn id<'de, D: serde::Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    Id::deserialize(from).map(String::from)
}

fn id_or_none<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let id = Option::<Id>::deserialize(from)?.map(String::from);
    Ok(id.filter(|id| !id.is_empty()))
}

/// `POST /customers`
#[derive(Debug, Serialize)]
pub struct NewCustomer<'a> {
    pub identifier: &'a str,
}

/// A customer. The sixth version calls the id `customer_id`, its examples still `id`.
#[derive(Debug, Deserialize)]
pub struct Customer {
    #[serde(alias = "id", deserialize_with = "id")]
    pub customer_id: String,
    #[serde(default)]
    pub identifier: String,
}

/// `POST /connections/connect`, and to make a connection work again.
#[derive(Debug, Serialize)]
pub struct Connect<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<WantedProvider<'a>>,
    pub consent: WantedConsent<'a>,
    pub attempt: WantedAttempt<'a>,
}

/// Which bank.
#[derive(Debug, Serialize)]
pub struct WantedProvider<'a> {
    pub code: &'a str,
    pub include_sandboxes: bool,
}

/// What is asked for.
#[derive(Debug, Serialize)]
pub struct WantedConsent<'a> {
    pub scopes: &'a [&'static str],
    pub from_date: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub period_days: Option<i64>,
}

/// How it is gone about.
#[derive(Debug, Serialize)]
pub struct WantedAttempt<'a> {
    pub return_to: &'a str,
    pub fetch_scopes: &'a [&'static str],
    pub custom_fields: CustomFields,
    pub locale: &'static str,
}

/// What we write into an attempt and find in it again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomFields {
    /// Our connection.
    #[serde(default)]
    pub gesher_connection: Option<String>,
    /// The launch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gesher_visit: Option<String>,
}

/// Where the person goes.
#[derive(Debug, Deserialize)]
pub struct Connecting {
    pub connect_url: String,
}

/// What a refresh answers: the way to the person, where it cannot be made without them.
#[derive(Debug, Default, Deserialize)]
pub struct Refreshing {
    #[serde(default)]
    pub connect_url: Option<String>,
}

/// A connection.
#[derive(Clone, Debug, Deserialize)]
pub struct Connection {
    #[serde(deserialize_with = "id")]
    pub id: String,
    #[serde(deserialize_with = "id")]
    pub customer_id: String,
    pub status: String,
    #[serde(default)]
    pub automatic_refresh: Option<bool>,
    pub next_refresh_possible_at: Option<String>,
    pub last_success_at: Option<String>,
    #[serde(default, deserialize_with = "id_or_none")]
    pub last_consent_id: Option<String>,
    pub last_attempt: Option<Attempt>,
}

/// Its last attempt.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Attempt {
    pub finished: Option<bool>,
    pub success_at: Option<String>,
    pub fail_at: Option<String>,
    pub fail_error_class: Option<String>,
    pub custom_fields: Option<CustomFields>,
}

/// A consent.
#[derive(Debug, Deserialize)]
pub struct Consent {
    #[serde(deserialize_with = "id")]
    pub id: String,
    pub status: String,
    pub expires_at: Option<String>,
}

/// An account.
#[derive(Debug, Deserialize)]
pub struct Account {
    #[serde(deserialize_with = "id")]
    pub id: String,
    pub name: String,
    pub nature: String,
    pub balance: Number,
    pub currency_code: String,
    pub updated_at: String,
    #[serde(default)]
    pub extra: AccountExtra,
}

/// More of it, as far as a bank tells it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct AccountExtra {
    pub iban: Option<String>,
    pub account_number: Option<String>,
    pub account_name: Option<String>,
    pub holder_name: Option<String>,
    pub client_name: Option<String>,
    pub cards: Option<Vec<String>>,
    pub available_amount: Option<Number>,
}

/// A transaction.
#[derive(Debug, Deserialize)]
pub struct Transaction {
    #[serde(deserialize_with = "id")]
    pub id: String,
    pub status: String,
    pub made_on: String,
    pub amount: Number,
    pub currency_code: String,
    #[serde(default)]
    pub description: String,
    #[serde(default)]
    pub duplicated: bool,
    #[serde(default)]
    pub extra: TransactionExtra,
}

/// More of it, as far as a bank tells it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct TransactionExtra {
    pub posting_date: Option<String>,
    pub payee: Option<String>,
    pub payer: Option<String>,
}

/// A bank.
#[derive(Debug, Deserialize)]
pub struct Provider {
    pub code: String,
    pub name: String,
    pub mode: String,
    pub status: String,
    pub country_code: String,
    pub home_url: Option<String>,
    #[serde(default)]
    pub bic_codes: Option<Vec<String>>,
}

/// The body of a callback.
#[derive(Debug, Deserialize)]
pub struct Callback {
    pub data: Told,
    #[serde(default)]
    pub meta: ToldMeta,
}

/// What it tells.
#[derive(Debug, Deserialize)]
pub struct Told {
    #[serde(deserialize_with = "id")]
    pub connection_id: String,
    #[serde(deserialize_with = "id")]
    pub customer_id: String,
    pub custom_fields: Option<CustomFields>,
    pub stage: Option<String>,
    pub error_class: Option<String>,
}

/// When.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ToldMeta {
    pub time: Option<String>,
}
