//! `/v2/data`: what the user's connections brought.

use super::client::Client;
use super::page::{Cut, Query};
use super::refusal::Refusal;
use super::rows;
use crate::connections::holdings::{self, Holding};
use crate::connections::surface::{Vendor, institution};
use crate::core::Core;
use crate::store::accounts::{self, AccountRow, Wanted};
use crate::tenants::Caller;
use crate::tenants::admin::Scope;
use axum::Json;
use axum::extract::{Path, State};
use data_encoding::BASE64URL_NOPAD;
use gesher_contract::TileKind;
use jiff::civil::Date;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Arc;

/// Accounts on a page when nobody says how many.
const ACCOUNTS: usize = 100;
/// Transactions on a page when nobody says how many.
const TRANSACTIONS: usize = 100;
/// Transactions on a page where days are named, with which no `limit` goes: the vendor's most.
const DATED: usize = 500;
const KINDS: [(&str, &str); 5] = [
    ("CHECKING", "CACC"),
    ("CARD", "CARD"),
    ("LOAN", "LOAN"),
    ("SAVINGS", "SVGS"),
    ("SECURITIES", "SCTS"),
];

/// The vendor's name of a kind of account.
pub(super) fn account_type(kind: &str) -> &'static str {
    KINDS
        .iter()
        .find(|(_, ours)| *ours == kind)
        .map_or("CHECKING", |(vendors, _)| vendors)
}

/// A holding as it is told.
struct Told {
    holding: Holding,
    provider: Option<String>,
    counts: HashMap<String, i64>,
}

async fn told(core: &Core, caller: &Caller, connection: Option<&str>) -> Result<Vec<Told>, Refusal> {
    let mut all = Vec::new();
    for holding in holdings::all(core, caller, connection).await? {
        let row = &holding.connection;
        let counts = accounts::transaction_counts(&core.store, &row.tenant_id, &row.id).await?;
        all.push(Told {
            provider: institution(core, row, Vendor::OpenFinance),
            counts: counts.into_iter().map(|count| (count.account_id, count.transactions)).collect(),
            holding,
        });
    }
    Ok(all)
}

async fn account_view(core: &Core, told: &Told, account: &AccountRow) -> Result<Value, Refusal> {
    let balances = accounts::balances(&core.store, &account.tenant_id, &account.id).await?;
    let (connection, provider) = (&told.holding.connection, told.provider.as_deref());
    let transactions = told.counts.get(&account.id).copied().unwrap_or_default();
    let institution = connection.institution_id.as_deref();
    let directory = core.directory(&connection.tenant_id, &connection.mode);
    let business = institution
        .and_then(|id| directory.get(id))
        .is_some_and(|known| known.kind == TileKind::Business);
    Ok(rows::account(connection, account, &balances, provider, transactions, business))
}

/// Lists the user's accounts.
pub(super) async fn accounts(State(core): State<Arc<Core>>, client: Client, query: Query) -> Result<Json<Value>, Refusal> {
    let caller = client.may(Scope::ReadAccounts)?;
    let mut query = query.without_user()?;
    query.one_of("includeDuplicates", &["0", "1"]);
    let connection = query.text("connectionId");
    let kind = query.one_of("accountType", &KINDS.map(|(vendors, _)| vendors));
    let page = query.cut(ACCOUNTS);
    let after = query.text("nextPage");
    query.finish()?;
    let all = told(&core, &caller, connection.as_deref()).await?;
    let mut rows: Vec<(&Told, &AccountRow)> = Vec::new();
    for told in &all {
        let fits = |account: &&AccountRow| kind.is_none_or(|kind| kind == account_type(&account.kind));
        rows.extend(told.holding.accounts.iter().filter(fits).map(|account| (told, account)));
    }
    rows.sort_by(|(_, one), (_, two)| two.id.cmp(&one.id));
    if page.ascending {
        rows.reverse();
    }
    let behind = |id: &str, after: &str| if page.ascending { id > after } else { id < after };
    rows.retain(|(_, account)| after.as_deref().is_none_or(|after| behind(&account.id, after)));
    let Cut { shown, next } = page.of(rows, |(_, account)| account.id.clone());
    let mut items = Vec::with_capacity(shown.len());
    for (told, account) in shown {
        items.push(account_view(&core, told, account).await?);
    }
    Ok(Json(json!({ "items": items, "nextPage": next })))
}

/// Reads an account: an empty object where there is none.
pub(super) async fn account(State(core): State<Arc<Core>>, client: Client, Path(id): Path<String>) -> Result<Json<Value>, Refusal> {
    let caller = client.may(Scope::ReadAccounts)?;
    for told in told(&core, &caller, None).await? {
        if let Some(account) = told.holding.accounts.iter().find(|account| account.id == id) {
            return Ok(Json(account_view(&core, &told, account).await?));
        }
    }
    Ok(Json(json!({})))
}

fn day(query: &mut Query, name: &str) -> Option<String> {
    let text = query.text(name)?;
    match text.parse::<Date>() {
        Ok(day) if day.to_string() == text => Some(text),
        _ => {
            query.refuse(name, "fails to match the required pattern: /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/");
            None
        }
    }
}

/// Where a page ended: booking date and id of its last transaction.
fn place(text: &str) -> Option<(String, String)> {
    let plain = String::from_utf8(BASE64URL_NOPAD.decode(text.as_bytes()).ok()?).ok()?;
    let (day, id) = plain.split_once(' ').filter(|_| !plain.contains('\0'))?;
    Some((day.to_owned(), id.to_owned()))
}

/// Lists the user's transactions.
pub(super) async fn transactions(State(core): State<Arc<Core>>, client: Client, query: Query) -> Result<Json<Value>, Refusal> {
    let caller = client.may(Scope::ReadTransactions)?;
    let mut query = query.without_user()?;
    query.one_of("includeDuplicates", &["0", "1"]);
    let (account, connection) = (query.text("accountId"), query.text("connectionId"));
    let (kind, provider) = (query.one_of("type", &["BANK", "CARD"]), query.text("providerId"));
    let (from, to) = (day(&mut query, "dateFrom"), day(&mut query, "dateTo"));
    let dated = from.is_some() || to.is_some();
    let page = query.cut(TRANSACTIONS);
    let page = if dated { page.of_at_most(DATED) } else { page };
    let after = query.text("nextPage").map(|text| place(&text));
    if after == Some(None) {
        query.refuse("nextPage", "is not valid");
    }
    query.finish()?;
    let after = after.flatten();
    let directory = core.directory(caller.tenant.as_str(), caller.mode.as_str());
    let wanted_institution = |name: &String| directory.called(name).map(|known| known.id.as_str());
    let provider = provider.as_ref().map(wanted_institution);
    let mut all = holdings::all(&core, &caller, connection.as_deref()).await?;
    all.retain(|holding| {
        let id = holding.connection.institution_id.as_deref();
        let is_card = id
            .and_then(|id| directory.get(id))
            .is_some_and(|known| known.kind == TileKind::Card);
        provider.is_none_or(|wanted| wanted.is_some() && wanted == id) && kind.is_none_or(|kind| (kind == "CARD") == is_card)
    });
    let of: HashMap<&str, (&Holding, &AccountRow)> = all
        .iter()
        .flat_map(|holding| {
            holding
                .accounts
                .iter()
                .map(move |account| (account.id.as_str(), (holding, account)))
        })
        .filter(|(id, _)| account.as_deref().is_none_or(|wanted| wanted == *id))
        .collect();
    let wanted = Wanted {
        date_from: from.as_deref(),
        date_to: to.as_deref(),
        after: after.as_ref().map(|(day, id)| (day.as_str(), id.as_str())),
        ascending: page.ascending,
        ..Wanted::default()
    };
    let ids: Vec<&str> = of.keys().copied().collect();
    let found = holdings::transactions(&core, &caller, &ids, &wanted, page.rows()).await?;
    let name = |last: &accounts::TransactionRow| BASE64URL_NOPAD.encode(format!("{} {}", last.booking_date, last.id).as_bytes());
    let Cut { shown, next } = page.of(found, name);
    let providers: HashMap<&str, Option<String>> = all
        .iter()
        .map(|holding| {
            (
                holding.connection.id.as_str(),
                institution(&core, &holding.connection, Vendor::OpenFinance),
            )
        })
        .collect();
    let items = shown.iter().filter_map(|row| {
        let (holding, account) = of.get(row.account_id.as_str())?;
        let provider = providers.get(holding.connection.id.as_str())?.as_deref();
        Some(rows::transaction(&holding.connection, account, row, provider))
    });
    Ok(Json(json!({ "items": items.collect::<Vec<_>>(), "nextPage": next })))
}
