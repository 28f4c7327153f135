//! The body of `POST /v1/connections`.

use crate::callbacks::{Auth, NewCallback, Outcome};
use crate::connect::invite::{WantedAccounts, Wish};
use crate::connections::asked::Access;
use crate::connections::insights::Insight;
use crate::http::v1::body;
use crate::http::v1::problem::Problem;
use crate::providers::{AccountKind, AccountName};
use gesher_contract::{Dialect, IdType, Language};
use gesher_directory::{Product, ProviderName, Wanted};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Whose connection it will be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Customer {
    /// The tenant's own name for its user: 1 to 200 characters.
    #[schema(min_length = 1, max_length = 200, example = "user-17")]
    pub external_id: String,
}

/// When the accounts can be read.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Completion {
    /// When the host's backend has exchanged the public token for its own user. This is what stops a forwarded link.
    Exchange,
    /// At once; only for tenants that accept the risk.
    Automatic,
}

/// What a new connection is asked for with.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewConnection {
    /// Whose it will be.
    pub customer: Customer,
    /// Fixes the widget's language; absent, the person chooses.
    #[schema(example = "he")]
    pub language: Option<Language>,
    /// Lists the invented institutions of the sandbox too.
    #[serde(default)]
    pub include_sandbox: bool,
    /// Only these institutions, by id or by an alias that `GET /v1/institutions` shows; a single one skips the picker.
    #[schema(min_items = 1, max_items = 100)]
    pub institution_ids: Option<Vec<String>>,
    /// What is in the picker's search box at first, with what it finds: 1 to 100 characters.
    pub institution_search: Option<String>,
    /// Only institutions of these countries, ISO 3166-1 alpha-2.
    #[schema(example = json!(["IL"]))]
    pub countries: Option<Vec<String>>,
    /// Only institutions of these parts of a country, ISO 3166-2, and those that are in all of that country; a country's own code,
    /// ISO 3166-1 alpha-2, is all of its parts.
    #[schema(example = json!(["IL-TA"]))]
    pub regions: Option<Vec<String>>,
    /// What has to be had: only institutions that offer all of it, and nothing else is fetched but for `optional_products`.
    /// `accounts` (goes without saying), `balances`, `transactions`, `owners`; `investment_holdings` and `investment_transactions` narrow
    /// the choice, and nothing of them is fetched. Neither list: everything that the institution offers.
    #[schema(example = json!(["balances"]))]
    pub products: Option<Vec<Product>>,
    /// What is fetched too where it is offered; hides no institution.
    #[schema(example = json!(["owners"]))]
    pub optional_products: Option<Vec<Product>>,
    /// Only institutions that are reached through these: `sandbox`, `berlin_group`, `plaid`, `open_finance`, `salt_edge`.
    #[schema(example = json!(["berlin_group"]))]
    pub providers: Option<Vec<ProviderName>>,
    /// `false`: no institutions that send the person to pages of their own. Absent: `true`.
    pub allow_redirect: Option<bool>,
    /// `false`: no institutions for businesses. Absent: `true`.
    pub allow_business: Option<bool>,
    /// `false`: no insurers. Absent: `true`.
    pub allow_insurance: Option<bool>,
    /// `true`: the institutions of Plaid's sandbox alone; for a test key whose organisation's operator has set Plaid's credentials.
    pub plaid_sandbox: Option<bool>,
    /// Which data of which accounts the institution is asked for. Absent: what `products` say, of the accounts that the person
    /// chooses.
    pub access: Option<WantedAccess>,
    /// Kinds of accounts that the institution is asked for: `CACC`, `CARD`, `LOAN`, `SVGS`, `SCTS`. Absent: all.
    #[schema(example = json!(["CACC"]))]
    pub restricted_to: Option<Vec<AccountKind>>,
    /// Which of the accounts that the institution gives are offered and kept. Absent: all.
    pub account_filter: Option<WantedFilter>,
    /// The person's id at the institution, a national id or a passport's number: shown in the form, not editable.
    pub psu_id: Option<String>,
    /// What `psu_id` is: `national_id`, as when it is absent, or `passport`.
    #[schema(example = "national_id")]
    pub psu_id_type: Option<IdType>,
    /// A company's number: up to nine digits, of which the last is the check digit. Shown in the forms of business banks, not
    /// editable.
    pub psu_corporate_id: Option<String>,
    /// The origin of the page around the frame; one of the tenant's allowed origins, byte for byte.
    pub parent_origin: Option<String>,
    /// Where the hosted page ends; one of the tenant's registered URLs, byte for byte. Absent: the first registered one.
    pub redirect_url: Option<String>,
    /// Comes back with the result: at most 500 characters.
    #[schema(max_length = 500)]
    pub state: Option<String>,
    /// Choosing an institution that is reached by its own pages opens them at once: on the hosted page in the same tab, in the
    /// frame by the press on the institution itself.
    #[serde(default)]
    pub auto_redirect: bool,
    /// Whether data are fetched again and again; `false`: once, and the connection is `completed`. Absent: `true`.
    pub recurring: Option<bool>,
    /// Until when the access is asked for: RFC 3339, less than three years from now; banks count whole days. Absent: 180 days.
    #[schema(example = "2027-05-01T00:00:00Z")]
    pub consent_expires_at: Option<String>,
    /// The first day of the transactions, `YYYY-MM-DD`, at most a year back. Absent: a year back.
    pub start_date: Option<String>,
    /// Names and values of your own, such as `journey_id`: they come back with the connection, and connections are found by them.
    /// At most 20; names of a-z, 0-9 and _, at most 40; values of 1 to 200 characters.
    #[serde(default)]
    pub references: BTreeMap<String, String>,
    /// What is made of the transactions: `categories`, `repeats`, `transfers`. It can be changed later.
    #[serde(default)]
    #[schema(example = json!(["categories"]))]
    pub insights: Vec<Insight>,
    /// When the accounts can be read. Absent: as the tenant is set.
    pub completion: Option<Completion>,
    /// The frame's messages come in this vendor's shape too, for pages that were written for it: `open_finance` or `meld`. `connectfi`:
    /// ConnectFi's API opens and confirms the connection.
    #[schema(example = "open_finance")]
    pub dialect: Option<Dialect>,
    /// Addresses that are told once how the connection came out; at most 8.
    #[serde(default)]
    pub callbacks: Vec<Callback>,
}

/// An address that is told once how the connection came out.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Callback {
    /// The outcomes that it is told of: `success`, `fail`, `abort`.
    #[schema(example = json!(["success", "fail", "abort"]))]
    pub on: Vec<Outcome>,
    /// Where: https, of the public internet.
    #[schema(example = "https://shop.example/gesher/outcome")]
    pub url: String,
    /// What opens it: `"none"`, as when it is absent, or one of `basic`, `oauth`, `headers`.
    #[serde(default)]
    pub auth: Auth,
}

/// Accounts, right by right. A right without a list is not asked for. A list without an account means those that the person
/// chooses; either each list names accounts or none does.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WantedAccess {
    /// These accounts, each by one of its names: `{"iban": …}`, `{"bban": …}` or `{"masked_pan": …}`. At most 50.
    pub accounts: Vec<AccountName>,
    /// Whose balances.
    pub balances: Option<Vec<AccountName>>,
    /// Whose transactions.
    pub transactions: Option<Vec<AccountName>>,
}

/// Which accounts are offered and kept.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WantedFilter {
    /// `CACC`, `CARD`, `LOAN`, `SVGS`, `SCTS`.
    pub kinds: Option<Vec<AccountKind>>,
    /// ISO 4217.
    #[schema(example = json!(["ILS"]))]
    pub currencies: Option<Vec<String>>,
}

impl From<Callback> for NewCallback {
    fn from(asked: Callback) -> Self {
        let Callback { on, url, auth } = asked;
        Self { on, url, auth }
    }
}

impl From<NewConnection> for Wish {
    fn from(asked: NewConnection) -> Self {
        Self {
            customer: Some(asked.customer.external_id),
            language: asked.language,
            include_sandbox: asked.include_sandbox,
            institution_ids: asked.institution_ids,
            institution_search: asked.institution_search,
            institutions: Wanted {
                countries: asked.countries,
                regions: asked.regions,
                products: asked.products,
                providers: asked.providers,
                allow_redirect: asked.allow_redirect,
                allow_business: asked.allow_business,
                allow_insurance: asked.allow_insurance,
            },
            optional_products: asked.optional_products,
            plaid_sandbox: asked.plaid_sandbox,
            access: asked.access.map(|access| Access {
                accounts: access.accounts,
                balances: access.balances,
                transactions: access.transactions,
            }),
            restricted_to: asked.restricted_to,
            account_filter: asked.account_filter.map(|filter| WantedAccounts {
                kinds: filter.kinds,
                currencies: filter.currencies,
            }),
            psu_id: asked.psu_id,
            psu_id_type: asked.psu_id_type,
            psu_corporate_id: asked.psu_corporate_id,
            parent_origin: asked.parent_origin,
            redirect_url: asked.redirect_url,
            auto_redirect: asked.auto_redirect,
            state: asked.state,
            recurring: asked.recurring,
            consent_expires_at: asked.consent_expires_at,
            start_date: asked.start_date,
            references: asked.references,
            insights: asked.insights.into_iter().collect(),
            dialect: asked.dialect,
            callbacks: asked.callbacks.into_iter().map(NewCallback::from).collect(),
            surface: None,
            automatic: asked.completion.map(|completion| matches!(completion, Completion::Automatic)),
        }
    }
}

/// What no start page or link can ask for: they have no frame, and keep no secrets of a host's.
const OF_ONE_CONNECTION: [&str; 2] = ["callbacks", "dialect"];

/// What a start page or a link asks of its connections: the fields of [`NewConnection`] but for `beside`.
///
/// # Errors
/// A field is unknown, wrong, or one of `beside`; its path begins with `connection.`.
pub fn options(fields: &Map<String, Value>, beside: &[&str]) -> Result<Wish, Problem> {
    let refused = |name: &&String| beside.contains(&name.as_str()) || OF_ONE_CONNECTION.contains(&name.as_str());
    if let Some(name) = fields.keys().find(refused) {
        let detail = format!("{name} cannot be asked for here.");
        return Err(Problem::invalid("unknown_field", format!("connection.{name}"), detail));
    }
    let mut whole = fields.clone();
    whole.insert("customer".to_owned(), json!({ "external_id": "nobody" }));
    let raw = serde_json::to_vec(&whole).map_err(|_| Problem::unavailable())?;
    let asked: NewConnection = body::parse(&raw).map_err(|problem| {
        let path = problem.field.clone().map(|field| format!("connection.{field}"));
        match path {
            Some(path) => problem.field(path),
            None => problem,
        }
    })?;
    Ok(Wish {
        customer: None,
        ..asked.into()
    })
}
