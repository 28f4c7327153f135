//! `/v2/data`: accounts and transactions of a user. What belongs to a replaced connection is a duplicate.

use super::OpenFinance;
use super::connections::{Asked, cut, page};
use super::items;
use super::model::{Connection, Status};
use super::providers::Kind as ProviderKind;
use super::quirks::Quirk;
use super::refusal::Refusal;
use super::tokens::Caller;
use crate::banks::data::{Account, Entry};
use crate::trouble::{self, At};
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use data_encoding::BASE64URL_NOPAD;
use http::HeaderMap;
use jiff::civil::Date;
use serde_json::{Value, json};
use std::cmp::Reverse;
use std::sync::Arc;

/// Accounts of a page when nobody says.
const ACCOUNTS: usize = 100;
/// Transactions of a page when nobody says.
const TRANSACTIONS: usize = 100;
/// The most transactions of a page, and what a page has when dates are named.
const MOST_TRANSACTIONS: usize = 500;
/// How many transactions a page repeats where pages overlap.
const OVERLAP: usize = 5;

/// The caller's connections that a question is about, and whose trouble it meets.
fn asked_about(vendor: &OpenFinance, caller: &Caller, asked: &Asked) -> Result<Vec<Connection>, Refusal> {
    let duplicates = match asked.get("includeDuplicates").map(String::as_str) {
        None | Some("0") => false,
        Some("1") => true,
        Some(_) => return Err(Refusal::Fields(vec!["\"includeDuplicates\" must be one of [0, 1]".to_owned()])),
    };
    let mut all = vendor.connections(caller);
    if let Some(id) = asked.get("connectionId") {
        all.retain(|connection| connection.id == *id);
    }
    all.retain(|connection| duplicates || connection.status != Status::Replaced);
    for connection in &all {
        if trouble::is_down(connection.psu()) {
            return Err(Refusal::Broken);
        }
        let one_too_many = |connection: &mut Connection, _| {
            connection.calls += 1;
            connection.calls % 2 == 1
        };
        if connection.quirk() == Some(Quirk::TooMany) && vendor.change(&connection.id, one_too_many) == Some(true) {
            return Err(Refusal::TooMany);
        }
    }
    Ok(all)
}

/// A good answer, as it comes where a person of these connections is in trouble.
async fn spoilt(connections: &[Connection], answer: Value) -> Response {
    let troubled = connections
        .iter()
        .filter_map(Connection::psu)
        .find(|psu| trouble::of(psu).is_some());
    trouble::spoil(troubled, At::Approval, Json(answer).into_response()).await
}

/// `GET /v2/data/accounts`
pub(super) async fn accounts(
    State(vendor): State<Arc<OpenFinance>>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let caller = vendor.caller(&headers, "read:accounts")?;
    let cut = cut(&asked, ACCOUNTS)?;
    let connections = asked_about(&vendor, &caller, &asked)?;
    let wanted = asked.get("accountType");
    let mut all: Vec<(&Connection, Account)> = Vec::new();
    for connection in &connections {
        let accounts = items::accounts(connection).into_iter();
        let fits = |account: &Account| wanted.is_none_or(|kind| kind == items::account_type(account.kind));
        all.extend(accounts.filter(fits).map(|account| (connection, account)));
    }
    if cut.ascending {
        all.reverse();
    }
    let name = |(connection, account): &(&Connection, Account)| cursor(&connection.id, &account.resource_id);
    let (shown, next) = page(all, name, &asked, cut.limit)?;
    let today = vendor.now().date();
    let told: Vec<Value> = shown
        .iter()
        .map(|(connection, account)| items::account(connection, account, today))
        .collect();
    Ok(spoilt(&connections, json!({ "items": told, "nextPage": next })).await)
}

/// `GET /v2/data/accounts/{accountId}`: an empty object when there is none.
pub(super) async fn account(
    State(vendor): State<Arc<OpenFinance>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Value>, Refusal> {
    let caller = vendor.caller(&headers, "read:accounts")?;
    let today = vendor.now().date();
    for connection in asked_about(&vendor, &caller, &Asked::new())? {
        if let Some(account) = items::accounts(&connection).iter().find(|account| account.resource_id == id) {
            return Ok(Json(items::account(&connection, account, today)));
        }
    }
    Ok(Json(json!({})))
}

fn cursor(first: &str, second: &str) -> String {
    BASE64URL_NOPAD.encode(format!("{first}:{second}").as_bytes())
}

/// Which transactions are asked for.
struct Which {
    from: Option<Date>,
    to: Option<Date>,
    account: Option<String>,
    kind: Option<String>,
    provider: Option<String>,
}

fn which(asked: &Asked) -> Result<Which, Refusal> {
    let day = |name: &str| match asked.get(name).map(|day| day.parse::<Date>()) {
        None => Ok(None),
        Some(Ok(day)) => Ok(Some(day)),
        Some(Err(_)) => Err(Refusal::Fields(vec![format!(
            "\"{name}\" fails to match the required pattern: /^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}$/"
        )])),
    };
    let (from, to) = (day("dateFrom")?, day("dateTo")?);
    if (from.is_some() || to.is_some()) && asked.contains_key("limit") {
        return Err(Refusal::Fields(vec!["\"limit\" is not allowed with dates".to_owned()]));
    }
    let kind = asked.get("type").cloned();
    if kind.as_deref().is_some_and(|kind| !["BANK", "CARD"].contains(&kind)) {
        return Err(Refusal::Fields(vec!["\"type\" must be one of [BANK, CARD]".to_owned()]));
    }
    Ok(Which {
        from,
        to,
        account: asked.get("accountId").cloned(),
        kind,
        provider: asked.get("providerId").cloned(),
    })
}

impl Which {
    fn takes_connection(&self, connection: &Connection) -> bool {
        let Some(provider) = connection.consent().map(|consent| consent.provider) else {
            return false;
        };
        let kind = if provider.kind == ProviderKind::Card { "CARD" } else { "BANK" };
        self.kind.as_deref().is_none_or(|wanted| wanted == kind) && self.provider.as_deref().is_none_or(|wanted| wanted == provider.id)
    }

    fn takes(&self, entry: &Entry) -> bool {
        self.from.is_none_or(|from| from <= entry.date) && self.to.is_none_or(|to| entry.date <= to)
    }
}

/// `GET /v2/data/transactions`
pub(super) async fn transactions(
    State(vendor): State<Arc<OpenFinance>>,
    Query(mut asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let caller = vendor.caller(&headers, "read:transactions")?;
    let which = which(&asked)?;
    let dated = which.from.is_some() || which.to.is_some();
    let cut = cut(&asked, if dated { MOST_TRANSACTIONS } else { TRANSACTIONS })?;
    let connections = asked_about(&vendor, &caller, &asked)?;
    let today = vendor.now().date();
    let mut all: Vec<(&Connection, Account, Entry)> = Vec::new();
    for connection in connections.iter().filter(|connection| which.takes_connection(connection)) {
        for account in items::accounts(connection) {
            if which.account.as_ref().is_some_and(|wanted| *wanted != account.resource_id) {
                continue;
            }
            let entries = items::entries(connection, &account, today).into_iter();
            let taken = entries.filter(|entry| which.takes(entry));
            all.extend(taken.map(|entry| (connection, account.clone(), entry)));
        }
    }
    all.sort_by_key(|(_, _, entry)| Reverse(entry.date));
    if cut.ascending {
        all.reverse();
    }
    let name = |(connection, account, entry): &(&Connection, Account, Entry)| {
        cursor(&format!("{}:{}", connection.id, account.resource_id), &entry.id)
    };
    match connections.iter().find_map(Connection::quirk) {
        Some(Quirk::Circle) => {
            asked.remove("nextPage");
        }
        Some(Quirk::Overlap) => {
            let last = asked.remove("nextPage");
            let place = all.iter().position(|item| Some(name(item)) == last);
            all.drain(..place.map_or(0, |place| (place + 1).saturating_sub(OVERLAP)));
        }
        _ => {}
    }
    let (shown, next) = page(all, name, &asked, cut.limit)?;
    let told: Vec<Value> = shown
        .iter()
        .map(|(connection, account, entry)| items::transaction(connection, account, entry, today))
        .collect();
    Ok(spoilt(&connections, json!({ "items": told, "nextPage": next })).await)
}
