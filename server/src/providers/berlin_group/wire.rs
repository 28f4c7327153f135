//! The standard's messages, as far as they are read. Unknown fields are ignored: banks add their own.

use crate::providers::{AccountName, Reach};
use serde::{Deserialize, Serialize};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConsentRequest<'a> {
    pub access: AccessRequest,
    pub recurring_indicator: bool,
    pub valid_until: &'a str,
    pub frequency_per_day: u32,
    pub combined_service_indicator: bool,
}

/// Empty lists: the person chooses the accounts at the bank. A right without a list is not asked for.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AccessRequest {
    pub accounts: Vec<Reference>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub balances: Option<Vec<Reference>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transactions: Option<Vec<Reference>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub additional_information: Option<AdditionalInformation>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub restricted_to: Vec<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AdditionalInformation {
    pub owner_name: Vec<Reference>,
}

/// An account, as a consent names it.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Reference {
    Iban(String),
    Bban(String),
    MaskedPan(String),
}

impl From<&AccountName> for Reference {
    fn from(name: &AccountName) -> Self {
        match name {
            AccountName::Iban(iban) => Self::Iban(iban.clone()),
            AccountName::Bban(number) => Self::Bban(number.clone()),
            AccountName::MaskedPan(pan) => Self::MaskedPan(pan.clone()),
        }
    }
}

impl From<&Reach> for AccessRequest {
    fn from(reach: &Reach) -> Self {
        let list = |names: &Vec<AccountName>| names.iter().map(Reference::from).collect::<Vec<_>>();
        let owner_name = || AdditionalInformation {
            owner_name: list(&reach.accounts),
        };
        Self {
            accounts: list(&reach.accounts),
            balances: reach.balances.as_ref().map(list),
            transactions: reach.transactions.as_ref().map(list),
            additional_information: reach.owners.then(owner_name),
            restricted_to: reach.restricted_to.iter().map(|kind| kind.as_str()).collect(),
        }
    }
}

#[derive(Clone, Deserialize)]
pub struct Link {
    pub href: String,
}

#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Links {
    pub sca_redirect: Option<Link>,
    pub sca_o_auth: Option<Link>,
    pub start_authorisation: Option<Link>,
    pub start_authorisation_with_psu_identification: Option<Link>,
    pub start_authorisation_with_psu_authentication: Option<Link>,
    pub start_authorisation_with_encrypted_psu_authentication: Option<Link>,
    pub update_psu_authentication: Option<Link>,
    pub update_encrypted_psu_authentication: Option<Link>,
    pub select_authentication_method: Option<Link>,
    pub authorise_transaction: Option<Link>,
    pub confirmation: Option<Link>,
    pub sca_status: Option<Link>,
    #[serde(rename = "self")]
    pub own: Option<Link>,
    pub status: Option<Link>,
    pub balances: Option<Link>,
    pub transactions: Option<Link>,
    pub next: Option<Link>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConsentMade {
    pub consent_id: String,
    #[serde(rename = "_links", default)]
    pub links: Links,
}

/// The answer to whatever is sent to an authorisation.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Started {
    #[serde(default)]
    pub sca_status: String,
    pub psu_message: Option<String>,
    #[serde(default)]
    pub sca_methods: Vec<ScaMethod>,
    pub chosen_sca_method: Option<ScaMethod>,
    #[serde(default)]
    pub challenge_data: ChallengeData,
    #[serde(rename = "_links", default)]
    pub links: Links,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ScaMethod {
    pub authentication_type: String,
    pub authentication_method_id: String,
    pub name: Option<String>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ChallengeData {
    /// A PNG in base 64.
    pub image: Option<String>,
    pub data: Vec<String>,
    pub image_link: Option<String>,
    pub otp_max_length: Option<u32>,
    pub otp_format: Option<String>,
    pub additional_information: Option<String>,
}

/// What a TPP sends to an authorisation in the person's name. Cannot be printed.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Update<'a> {
    PsuData { password: &'a str },
    AuthenticationMethodId(&'a str),
    ScaAuthenticationData(&'a str),
    ConfirmationCode(&'a str),
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub enum ConsentStatus {
    Received,
    Rejected,
    Valid,
    RevokedByPsu,
    Expired,
    TerminatedByTpp,
    PartiallyAuthorised,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConsentStanding {
    pub consent_status: ConsentStatus,
    pub valid_until: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ScaStanding {
    pub sca_status: String,
    pub psu_message: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Messages {
    tpp_messages: Vec<Message>,
}

#[derive(Deserialize)]
struct Message {
    category: Option<String>,
    code: String,
}

impl Messages {
    pub fn first_error(self) -> Option<String> {
        let error = |message: &Message| message.category.as_deref() != Some("WARNING");
        self.tpp_messages.into_iter().find(error).map(|message| message.code)
    }
}

/// A list of accounts, whatever the bank calls it.
#[derive(Deserialize)]
pub struct Accounts {
    #[serde(alias = "cardAccounts", alias = "cards", alias = "savings", alias = "loans")]
    pub accounts: Vec<Account>,
}

/// An account, or a card account.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    pub resource_id: Option<String>,
    pub iban: Option<String>,
    pub bban: Option<String>,
    pub masked_pan: Option<String>,
    pub currency: String,
    pub owner_name: Option<String>,
    pub name: Option<String>,
    pub display_name: Option<String>,
    pub product: Option<String>,
    pub cash_account_type: Option<String>,
    #[serde(rename = "_links", default)]
    pub links: Links,
}

#[derive(Deserialize)]
pub struct Money {
    pub currency: String,
    pub amount: String,
}

#[derive(Default, Deserialize)]
pub struct Balances {
    pub balances: Vec<Balance>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Balance {
    pub balance_amount: Money,
    pub balance_type: String,
    pub reference_date: Option<String>,
}

/// A page of transactions, of an account or of a card.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Page {
    #[serde(alias = "cardTransactions")]
    pub transactions: Report,
}

#[derive(Deserialize)]
pub struct Report {
    #[serde(default)]
    pub booked: Vec<Transaction>,
    #[serde(default)]
    pub pending: Vec<Transaction>,
    #[serde(rename = "_links", default)]
    pub links: Links,
}

/// A transaction, of an account or of a card.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Transaction {
    #[serde(alias = "cardTransactionId")]
    pub transaction_id: Option<String>,
    pub entry_reference: Option<String>,
    pub booking_date: Option<String>,
    pub value_date: Option<String>,
    pub transaction_date: Option<String>,
    pub transaction_amount: Money,
    pub creditor_name: Option<String>,
    pub debtor_name: Option<String>,
    pub remittance_information_unstructured: Option<String>,
    #[serde(default)]
    pub remittance_information_unstructured_array: Vec<String>,
    pub transaction_details: Option<String>,
    pub additional_information: Option<String>,
}
