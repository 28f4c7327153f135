//! What the native API answers with. Times are RFC 3339 UTC, amounts decimal strings with their ISO 4217 currency.

use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A list with the cursor of its next page.
#[derive(Debug, Serialize, ToSchema)]
pub struct Page<T> {
    /// This page.
    pub data: Vec<T>,
    /// Give it as `cursor` for the next page; null on the last.
    pub next_cursor: Option<String>,
}

/// A connection just made, with its invitations.
#[derive(Debug, Serialize, ToSchema)]
pub struct CreatedView {
    /// The connection's id.
    pub id: String,
    /// `pending`; in an answer to `POST /v1/connections/{id}/sessions` whatever it is.
    pub status: &'static str,
    /// For `Gesher.open({ token })` in the host's page.
    pub connect_token: String,
    /// What the frame loads; refused as a page of its own.
    pub widget_url: String,
    /// A page of its own; refused in a frame.
    pub hosted_url: String,
    /// Until when the invitations can be used.
    pub expires_at: String,
}

/// The host's user.
#[derive(Debug, Serialize, ToSchema)]
pub struct CustomerView {
    /// The tenant's own name for the user.
    pub external_id: String,
}

/// A customer and what is theirs.
#[derive(Debug, Serialize, ToSchema)]
pub struct CustomerDetail {
    /// The tenant's own name for the user.
    pub external_id: String,
    /// Connections in the key's mode that are not deleted.
    pub connections: i64,
    /// When the customer was first named.
    pub created_at: String,
}

/// A customer's token, just made.
#[derive(Serialize, ToSchema)]
pub struct CustomerTokenView {
    /// `customer_…`: sent as an API key is. Shown once.
    pub token: String,
    /// Until when it is good.
    pub expires_at: String,
}

/// The institution of a connection.
#[derive(Debug, Serialize, ToSchema)]
pub struct InstitutionRef {
    /// Its id.
    pub id: String,
    /// Its name by language.
    pub name: BTreeMap<String, String>,
}

/// A connection.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConnectionView {
    /// Its id.
    pub id: String,
    /// `test` or `live`.
    pub mode: &'static str,
    /// Its status.
    pub status: gesher_contract::ConnectionStatus,
    /// Why it has that status, most important first.
    pub reasons: Vec<gesher_contract::Reason>,
    /// Whose it is; null until the exchange has named them, where nobody has before.
    pub customer: Option<CustomerView>,
    /// Where, once one was chosen.
    pub institution: Option<InstitutionRef>,
    /// What went wrong last, if anything.
    pub failure: Option<gesher_contract::Failure>,
    /// The host's own `state`.
    pub state: Option<String>,
    /// The host's own names and values.
    pub references: BTreeMap<String, String>,
    /// Whether data are fetched again and again.
    pub recurring: bool,
    /// When it was made.
    pub created_at: String,
    /// When it last changed.
    pub updated_at: String,
    /// When the consent runs out, once there is one and the institution says so.
    pub consent_expires_at: Option<String>,
    /// Whether it is refreshed by itself.
    pub auto_refresh: bool,
    /// When data came last.
    pub last_refreshed_at: Option<String>,
    /// When it is refreshed next, by itself.
    pub next_refresh_at: Option<String>,
}

/// An exchanged public token.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExchangedView {
    /// The connection, confirmed.
    pub connection: ConnectionView,
}

/// An account.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccountView {
    /// Its id.
    pub id: String,
    /// The connection that brought it.
    pub connection_id: String,
    /// The institution.
    pub institution_id: Option<String>,
    /// What the institution calls it, by language.
    pub name: BTreeMap<String, String>,
    /// Who owns it, where the institution says.
    pub owner_name: Option<String>,
    /// ISO 20022 cash account type: CACC, SVGS, CARD, LOAN.
    pub kind: String,
    /// ISO 4217.
    pub currency: String,
    /// Where there is one.
    pub iban: Option<String>,
    /// For cards.
    pub masked_pan: Option<String>,
    /// The number as the institution writes it.
    pub number: Option<String>,
    /// Its balances.
    pub balances: Vec<BalanceView>,
}

/// A balance.
#[derive(Debug, Serialize, ToSchema)]
pub struct BalanceView {
    /// Berlin Group's balanceType: `openingBooked`, `closingBooked`, `interimAvailable`.
    #[serde(rename = "type")]
    #[schema(rename = "type")]
    pub kind: String,
    /// Decimal string.
    pub amount: String,
    /// ISO 4217.
    pub currency: String,
    /// `YYYY-MM-DD`.
    pub reference_date: Option<String>,
}

/// A transaction.
#[derive(Debug, Serialize, ToSchema)]
pub struct TransactionView {
    /// Its id.
    pub id: String,
    /// The account.
    pub account_id: String,
    /// `YYYY-MM-DD`.
    pub booking_date: String,
    /// `YYYY-MM-DD`, where the institution says.
    pub value_date: Option<String>,
    /// Decimal string, negative for money that left.
    pub amount: String,
    /// ISO 4217.
    pub currency: String,
    /// `booked` or `pending`.
    pub status: String,
    /// The institution's words.
    pub description: String,
    /// The other side, where it is known.
    pub counterparty: Option<String>,
    /// What it is about, an id of `GET /v1/categories`, or null; absent while the connection's categories are off.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, required = false)]
    pub category: Option<Option<String>>,
    /// What it is one of, an id of `GET /v1/connections/{id}/repeats`, or null; absent while repeats are off.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, required = false)]
    pub repeat_id: Option<Option<String>>,
    /// The transfer that it is one side of, or null: the other side has the same. Absent while transfers are off.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, required = false)]
    pub transfer_id: Option<Option<String>>,
}

/// An institution.
#[derive(Debug, Serialize, ToSchema)]
pub struct InstitutionView {
    /// Its id.
    pub id: String,
    /// Its names by language.
    pub name: BTreeMap<String, String>,
    /// Its name as it writes it itself, where that is neither of those.
    pub native_name: Option<String>,
    /// The short form that it uses itself.
    pub short_name: Option<String>,
    /// What else people call it.
    pub nicknames: Vec<String>,
    /// `bank`, `card`, `insurance` or `business`.
    pub kind: gesher_contract::TileKind,
    /// What vendors call it, by dialect: `institution_ids` takes these too.
    pub aliases: BTreeMap<String, Vec<String>>,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// The parts of the country in which it is, ISO 3166-2; empty: all of it.
    pub regions: Vec<String>,
    /// Its domestic bank codes.
    pub codes: Vec<String>,
    /// Its BICs.
    pub bics: Vec<String>,
    /// How an account number there begins, `?` for a check digit: one for each of `codes`, where its country has IBANs.
    pub iban_prefixes: Vec<String>,
    /// The domains of its sites.
    pub domains: Vec<String>,
    /// Where its logo is; a picker shows a monogram where it has none.
    pub logo: Option<String>,
    /// `ok`; `trouble` when most of its connections could not be brought up to date when that was last tried.
    pub health: Health,
    /// Where the row comes from, and under which licence.
    pub sources: Vec<gesher_directory::Source>,
    /// Whether it is an invented institution of the sandbox.
    pub invented: bool,
    /// What it knows a person by: `national_id`, `passport`. A fixed `psu_id` has to be one of these.
    pub psu_id_types: Vec<gesher_contract::IdType>,
    /// Whether it asks for a company's number, so that `psu_corporate_id` can be fixed.
    pub psu_corporate_id: bool,
    /// How it is reached, best first.
    pub routes: Vec<RouteView>,
}

/// How an institution is.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// Nothing is known against it.
    Ok,
    /// It cannot be reached just now.
    Trouble,
}

/// A field of a login form.
#[derive(Debug, Serialize, ToSchema)]
pub struct LoginFieldView {
    /// Its name.
    pub name: String,
    /// `text`, `password`, `number`, `national_id`, …
    #[schema(value_type = String)]
    pub kind: gesher_contract::FieldKind,
    /// Its label by language.
    pub label: BTreeMap<String, String>,
    /// Whether it may stay empty.
    pub optional: bool,
    /// Fewest characters; 0: any number.
    pub min_length: u32,
    /// Most characters; 0: any number.
    pub max_length: u32,
    /// For a choice: what can be chosen.
    pub options: Vec<LoginOptionView>,
    /// For a national id: whether a passport's number may be given instead.
    pub passport: bool,
}

/// What can be chosen in a field of a login form.
#[derive(Debug, Serialize, ToSchema)]
pub struct LoginOptionView {
    /// What is sent.
    pub value: String,
    /// Its label by language.
    pub label: BTreeMap<String, String>,
}

/// A way to an institution.
#[derive(Debug, Serialize, ToSchema)]
pub struct RouteView {
    /// `sandbox` or `berlin_group`.
    pub provider: gesher_directory::ProviderName,
    /// What it offers: `accounts`, `balances`, `transactions`, `owners`.
    pub products: Vec<gesher_directory::Product>,
    /// Whether the person is usually sent to the institution's own pages.
    pub redirect: bool,
    /// What its login form asks for, where the person fills one here.
    pub login_fields: Vec<LoginFieldView>,
}

/// A webhook endpoint.
#[derive(Debug, Serialize, ToSchema)]
pub struct EndpointView {
    /// Its id.
    pub id: String,
    /// `test` or `live`: whose events it gets.
    pub mode: &'static str,
    /// In whose words it is spoken to: `native`, or `meld`.
    pub dialect: crate::webhooks::dialect::Dialect,
    /// Where events are sent.
    pub url: String,
    /// What you call it.
    pub description: String,
    /// The types of events that it gets; empty: all.
    #[schema(value_type = Vec<super::event_types::WebhookEventType>)]
    pub events: Vec<String>,
    /// `enabled` or `disabled`.
    pub state: String,
    /// Why nothing is sent, while it is disabled.
    pub disabled: Option<DisabledView>,
    /// When the first of the failures came that no success has followed. After five days it is disabled.
    pub failing_since: Option<String>,
    /// `whpk_…`: checks the ed25519 signatures (`v1a`).
    pub public_key: String,
    /// When it was made.
    pub created_at: String,
    /// When it last changed.
    pub updated_at: String,
}

/// Why nothing is sent.
#[derive(Debug, Serialize, ToSchema)]
pub struct DisabledView {
    /// `host` (you said so), `operator` (Gesher's operator said so), `gone` (it answered 410) or `failing` (for five days it took nothing).
    pub why: String,
    /// Since when.
    pub since: String,
}

/// A webhook endpoint just made, with its secret.
#[derive(Serialize, ToSchema)]
pub struct CreatedEndpointView {
    /// The endpoint.
    #[serde(flatten)]
    pub endpoint: EndpointView,
    /// `whsec_…`: checks the HMAC signatures (`v1`). Shown once.
    pub secret: String,
}

/// A webhook endpoint's new secret.
#[derive(Serialize, ToSchema)]
pub struct RotatedView {
    /// The endpoint's id.
    pub id: String,
    /// `whsec_…`: checks the HMAC signatures (`v1`). Shown once.
    pub secret: String,
    /// Until when the secret before signs too.
    pub old_secret_until: String,
}

/// A ping on its way.
#[derive(Debug, Serialize, ToSchema)]
pub struct PingedView {
    /// The event's id.
    pub event_id: String,
}

/// An event on its way again.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReplayedView {
    /// The event's id.
    pub event_id: String,
    /// The endpoints that it goes to.
    pub endpoint_ids: Vec<String>,
}

/// A try to deliver an event.
#[derive(Debug, Serialize, ToSchema)]
pub struct AttemptView {
    /// The event's id.
    pub event_id: String,
    /// Which message it was, where the endpoint's dialect makes messages of the event; null where it was the event itself.
    pub message: Option<String>,
    /// 1 is the first try.
    pub number: i64,
    /// When.
    pub at: String,
    /// The HTTP status of the answer, if there was one.
    pub status: Option<i64>,
    /// Null when the event was taken, else: `refused` (not 2xx, at an endpoint in Meld's dialect not 200), `redirected`, `gone`, `address_not_allowed`, `name_not_found`,
    /// `connection_failed`, `tls_failed`, `timed_out`, `bad_answer`, `not_signed`.
    pub error: Option<String>,
    /// Milliseconds that it took.
    pub took_ms: i64,
}

/// A start page.
#[derive(Debug, Serialize, ToSchema)]
pub struct StartPageView {
    /// Its id. Its connections have it as the reference `start_page_id`.
    pub id: String,
    /// `test` or `live`: whose connections it makes.
    pub mode: &'static str,
    /// Its address.
    pub url: String,
    /// What visitors read.
    pub name: String,
    /// What each visitor's connection is asked for.
    #[schema(value_type = Object)]
    pub connection: serde_json::Value,
    /// `he` or `en`, where it is fixed.
    pub language: Option<String>,
    /// Where a visit ends; null: at the tenant's first registered URL.
    pub redirect_url: Option<String>,
    /// `exchange` or `automatic`.
    pub completion: String,
    /// Until when it is open.
    pub expires_at: Option<String>,
    /// Connections that it may make in a day, UTC.
    pub daily_limit: Option<i64>,
    /// Connections that it has made today, UTC.
    pub used_today: i64,
    /// `enabled` or `disabled`.
    pub state: String,
    /// When it was made.
    pub created_at: String,
    /// When it last changed.
    pub updated_at: String,
}

/// A hosted link. Its address is not kept.
#[derive(Debug, Serialize, ToSchema)]
pub struct HostedLinkView {
    /// Its id. Its connections have it as the reference `hosted_link_id`.
    pub id: String,
    /// `test` or `live`: whose connections it makes.
    pub mode: &'static str,
    /// Whose connections it makes.
    pub customer: CustomerView,
    /// What a connection is asked for; a person's id is not shown.
    #[schema(value_type = Object)]
    pub connection: serde_json::Value,
    /// Until when it can be used.
    pub expires_at: String,
    /// How often it can be used.
    pub max_uses: i64,
    /// How often it was used.
    pub uses: i64,
    /// `active`, `used_up`, `expired` or `revoked`.
    pub state: &'static str,
    /// When it was revoked.
    pub revoked_at: Option<String>,
    /// When it was made.
    pub created_at: String,
}

/// A hosted link just made, with its address.
#[derive(Serialize, ToSchema)]
pub struct CreatedLinkView {
    /// The link.
    #[serde(flatten)]
    pub link: HostedLinkView,
    /// Its address. Shown once.
    pub url: String,
}
