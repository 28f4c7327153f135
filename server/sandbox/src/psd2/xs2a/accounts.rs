//! `/v1/accounts` and its kin: the accounts within a consent, and their balances.
//!
//! Where an Israeli bank's lists of cards, savings and loans are is published; what an entry of them looks like is not, so they are
//! written like the standard's accounts here.

use super::{bank, header, psu_is_there};
use crate::banks::data::{Account, Kind, Year};
use crate::banks::psu::{Outcome, PsuId};
use crate::psd2::Psd2;
use crate::psd2::access::{Scope, reference};
use crate::psd2::bank::{Bank, Lists};
use crate::psd2::consent::{Consent, Status};
use crate::psd2::moment::Moment;
use crate::psd2::refusal::Refusal;
use crate::psd2::tokens::NoAccess;
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use http::{HeaderMap, header as names};
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// The families of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    /// `/v1/accounts`
    Payment,
    /// `/v1/card-accounts`
    CardAccount,
    /// `/v1/cards`, of Israeli banks.
    Card,
    /// `/v1/savings`, of Israeli banks.
    Savings,
    /// `/v1/loans`, of Israeli banks.
    Loan,
}

impl Family {
    /// All of them.
    pub(super) const ALL: [Self; 5] = [Self::Payment, Self::CardAccount, Self::Card, Self::Savings, Self::Loan];

    /// Where it is.
    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Payment => "/v1/accounts",
            Self::CardAccount => "/v1/card-accounts",
            Self::Card => "/v1/cards",
            Self::Savings => "/v1/savings",
            Self::Loan => "/v1/loans",
        }
    }

    /// What one of it is called in an answer.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Payment | Self::Savings | Self::Loan => "account",
            Self::CardAccount | Self::Card => "cardAccount",
        }
    }

    /// What all of it are called in an answer.
    fn plural(self) -> &'static str {
        match self {
            Self::Payment => "accounts",
            Self::CardAccount => "cardAccounts",
            Self::Card => "cards",
            Self::Savings => "savings",
            Self::Loan => "loans",
        }
    }

    /// Whether it is one of cards.
    pub(super) fn is_of_cards(self) -> bool {
        matches!(self, Self::CardAccount | Self::Card)
    }

    /// Whether banks with these lists have it.
    fn is_in(self, lists: Lists) -> bool {
        match self {
            Self::Payment => true,
            Self::CardAccount => lists == Lists::Standard,
            Self::Card | Self::Savings | Self::Loan => lists == Lists::Israeli,
        }
    }

    fn has(self, account: &Account, lists: Lists) -> bool {
        match (account.kind, lists) {
            (Kind::Card, _) => self.is_of_cards(),
            (Kind::Svgs, Lists::Israeli) => self == Self::Savings,
            (Kind::Loan, Lists::Israeli) => self == Self::Loan,
            (Kind::Cacc | Kind::Scts, _) | (Kind::Svgs | Kind::Loan, Lists::Standard) => self == Self::Payment,
        }
    }
}

/// What a call needs beside the account itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Right {
    Account,
    Balances,
    Transactions,
}

/// A consent that is open to a call.
pub(super) struct Opened {
    /// The bank.
    pub(super) bank: &'static Bank,
    /// What was given.
    pub(super) scope: Scope,
    /// Now.
    pub(super) now: Moment,
    psu: PsuId,
}

impl Opened {
    fn accounts(&self, family: Family) -> Vec<Account> {
        let mut accounts = self.bank.accounts(&self.psu);
        accounts.retain(|account| family.has(account, self.bank.lists) && self.scope.accounts.contains(&account.resource_id));
        accounts
    }
}

fn check_token(psd2: &Psd2, headers: &HeaderMap, consent_id: &str) -> Result<(), Refusal> {
    let value = headers.get(names::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = value.and_then(|value| value.strip_prefix("Bearer ")).ok_or(Refusal::TokenUnknown)?;
    let opens = psd2.desk().tokens.opens(token, consent_id, psd2.now());
    opens.map_err(|no| match no {
        NoAccess::Unknown => Refusal::TokenUnknown,
        NoAccess::Invalid => Refusal::TokenInvalid,
        NoAccess::Expired => Refusal::TokenExpired,
    })
}

fn check_status(consent: &Consent) -> Result<PsuId, Refusal> {
    let owner = match consent.status {
        Status::Valid => consent.owner.clone().ok_or(Refusal::ConsentInvalid)?,
        Status::Expired => return Err(Refusal::ConsentExpired),
        _ => return Err(Refusal::ConsentInvalid),
    };
    match owner.outcome() {
        Outcome::Active => Ok(owner),
        Outcome::AwaitingCosigners | Outcome::Rejected => Err(Refusal::ConsentInvalid),
        Outcome::Broken => Err(Refusal::Broken),
        Outcome::Unavailable => Err(Refusal::Unavailable),
        Outcome::Suspended => Err(Refusal::Blocked),
    }
}

/// Opens the consent that the headers name, for a list that this bank has. An access without the customer is counted, as `resource`,
/// unless there is none: later pages of a list are no accesses of their own.
pub(super) fn open(psd2: &Psd2, bank_id: &str, headers: &HeaderMap, family: Family, resource: Option<&str>) -> Result<Opened, Refusal> {
    let bank = bank(bank_id)?;
    if !family.is_in(bank.lists) {
        return Err(Refusal::Method);
    }
    let id = header(headers, "Consent-ID").ok_or(Refusal::Format("Consent-ID"))?;
    let present = psu_is_there(headers)?;
    if bank.approach.is_oauth() {
        check_token(psd2, headers, id)?;
    }
    let now = psd2.now();
    let mut desk = psd2.desk();
    let consent = desk.consent(bank, id, now).ok_or(Refusal::ConsentUnknownHeader)?;
    let psu = check_status(consent)?;
    if let Some(resource) = resource.filter(|_| !present)
        && !consent.count(resource, now)
    {
        return Err(Refusal::Exceeded);
    }
    Ok(Opened {
        bank: consent.bank,
        scope: consent.scope.clone(),
        now,
        psu,
    })
}

/// Picks an account of an opened consent. What the consent does not reach is not there; what it reaches without this right is
/// refused.
pub(super) fn pick(opened: &Opened, family: Family, id: &str, right: Right) -> Result<Account, Refusal> {
    let accounts = opened.accounts(family);
    let account = accounts.into_iter().find(|account| account.resource_id == id);
    let account = account.ok_or(Refusal::AccountUnknown)?;
    let scope = &opened.scope;
    let may = !scope.list_only
        && match right {
            Right::Account => true,
            Right::Balances => scope.balances.contains(&account.resource_id),
            Right::Transactions => scope.transactions.contains(&account.resource_id),
        };
    if may { Ok(account) } else { Err(Refusal::ConsentInvalid) }
}

/// An amount as the standard writes it.
pub(super) fn money(agorot: i64, currency: &str) -> Value {
    json!({"currency": currency, "amount": Decimal::new(agorot, 2).to_string()})
}

/// The balances of an account.
pub(super) fn balance_list(account: &Account, year: &Year) -> Value {
    let balance = |kind: &str, agorot: i64, day: Date| {
        json!({
            "balanceType": kind,
            "balanceAmount": money(agorot, account.currency),
            "referenceDate": day,
        })
    };
    json!([
        balance("closingBooked", year.booked(), year.today),
        balance("interimAvailable", year.expected(), year.today),
    ])
}

fn details(psd2: &Psd2, opened: &Opened, family: Family, account: &Account, with_balance: bool) -> Value {
    let mut details = reference(account);
    details["resourceId"] = json!(account.resource_id);
    details["name"] = json!(account.name.he);
    details["product"] = json!(account.name.en);
    details["status"] = json!("enabled");
    details["usage"] = json!("PRIV");
    if !family.is_of_cards() {
        details["cashAccountType"] = json!(account.kind);
        details["bban"] = json!(account.number);
    }
    let scope = &opened.scope;
    let id = &account.resource_id;
    if scope.owner_names.contains(id) {
        details["ownerName"] = json!(account.owner_name);
    }
    if with_balance && scope.balances.contains(id) {
        details["balances"] = balance_list(account, &account.year(opened.now.date()));
    }
    if !scope.list_only {
        let href = |what: &str| json!({ "href": psd2.link(opened.bank, &format!("{}/{id}/{what}", family.path())) });
        for (what, ids) in [("balances", &scope.balances), ("transactions", &scope.transactions)] {
            if ids.contains(id) {
                details["_links"][what] = href(what);
            }
        }
    }
    details
}

/// Query of the account calls.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct With {
    with_balance: Option<bool>,
}

type Answer = Result<Json<Value>, Refusal>;
type WithQuery = Result<Query<With>, QueryRejection>;

/// Whether balances are wanted with it. The standard's card accounts know no such question.
fn with(family: Family, query: WithQuery) -> Result<bool, Refusal> {
    if family.is_of_cards() {
        return Ok(false);
    }
    let Query(with) = query.map_err(|_| Refusal::Format("withBalance"))?;
    Ok(with.with_balance.unwrap_or(false))
}

fn list_of(psd2: &Psd2, bank_id: &str, headers: &HeaderMap, family: Family, with_balance: bool) -> Result<Vec<Value>, Refusal> {
    let opened = open(psd2, bank_id, headers, family, Some(family.path()))?;
    if with_balance && opened.scope.balances.is_empty() {
        return Err(Refusal::ConsentInvalid);
    }
    let accounts = opened.accounts(family);
    let details = accounts.iter().map(|account| details(psd2, &opened, family, account, with_balance));
    Ok(details.collect())
}

fn details_of(psd2: &Psd2, bank_id: &str, id: &str, headers: &HeaderMap, family: Family, with_balance: bool) -> Answer {
    let opened = open(psd2, bank_id, headers, family, Some(&format!("{}/{id}", family.path())))?;
    let right = if with_balance { Right::Balances } else { Right::Account };
    let account = pick(&opened, family, id, right)?;
    let details = details(psd2, &opened, family, &account, with_balance);
    Ok(Json(json!({ family.name(): details })))
}

fn balances_of(psd2: &Psd2, bank_id: &str, id: &str, headers: &HeaderMap, family: Family) -> Answer {
    let opened = open(psd2, bank_id, headers, family, Some(&format!("{}/{id}/balances", family.path())))?;
    let account = pick(&opened, family, id, Right::Balances)?;
    let balances = balance_list(&account, &account.year(opened.now.date()));
    Ok(Json(json!({family.name(): reference(&account), "balances": balances})))
}

/// The list of a family.
pub(super) async fn list(
    family: Family,
    State(psd2): State<Arc<Psd2>>,
    Path(bank_id): Path<String>,
    query: WithQuery,
    headers: HeaderMap,
) -> Answer {
    let accounts = list_of(&psd2, &bank_id, &headers, family, with(family, query)?)?;
    Ok(Json(json!({ family.plural(): accounts })))
}

/// One of a family.
pub(super) async fn one(
    family: Family,
    State(psd2): State<Arc<Psd2>>,
    Path((bank_id, id)): Path<(String, String)>,
    query: WithQuery,
    headers: HeaderMap,
) -> Answer {
    details_of(&psd2, &bank_id, &id, &headers, family, with(family, query)?)
}

/// The balances of one of a family.
pub(super) async fn balances(
    family: Family,
    State(psd2): State<Arc<Psd2>>,
    Path((bank_id, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Answer {
    balances_of(&psd2, &bank_id, &id, &headers, family)
}
