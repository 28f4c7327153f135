//! `/v1/accounts/{account-id}/transactions` and the same of the other families, page by page, the newest first.

use super::accounts::{Family, Right, balance_list, money, open, pick};
use crate::banks::data::{Account, Entry, Year};
use crate::psd2::Psd2;
use crate::psd2::access::reference;
use crate::psd2::refusal::Refusal;
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use http::HeaderMap;
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

const PAGE: usize = 100;

/// Query of a list. `after` is these banks' own: only the `next` links have it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Wanted {
    booking_status: Option<String>,
    date_from: Option<String>,
    date_to: Option<String>,
    with_balance: Option<bool>,
    after: Option<String>,
    entry_reference_from: Option<String>,
    delta_list: Option<String>,
    page_index: Option<String>,
    items_per_page: Option<String>,
}

/// Which transactions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Which {
    booked: bool,
    pending: bool,
    information: bool,
    from: Option<Date>,
    to: Option<Date>,
}

fn day(name: &'static str, value: Option<&str>) -> Result<Option<Date>, Refusal> {
    value.map(|value| value.parse().map_err(|_| Refusal::Format(name))).transpose()
}

impl Wanted {
    fn which(&self, family: Family) -> Result<Which, Refusal> {
        let unsupported = [
            ("entryReferenceFrom", &self.entry_reference_from),
            ("deltaList", &self.delta_list),
            ("pageIndex", &self.page_index),
            ("itemsPerPage", &self.items_per_page),
        ];
        if let Some((name, _)) = unsupported.into_iter().find(|(_, value)| value.is_some()) {
            return Err(Refusal::NotSupported(name));
        }
        let (booked, pending, information) = match (self.booking_status.as_deref(), family) {
            (Some("booked"), _) => (true, false, false),
            (Some("pending"), _) => (false, true, false),
            (Some("both"), _) => (true, true, false),
            (Some("information"), family) if !family.is_of_cards() => (false, false, true),
            (Some("all"), family) if !family.is_of_cards() => (true, true, true),
            _ => return Err(Refusal::Format("bookingStatus")),
        };
        let from = day("dateFrom", self.date_from.as_deref())?;
        let to = day("dateTo", self.date_to.as_deref())?;
        if from.is_none() && (booked || pending) {
            return Err(Refusal::Format("dateFrom"));
        }
        if to.is_some_and(|to| from.is_some_and(|from| to < from)) {
            return Err(Refusal::Period);
        }
        Ok(Which {
            booked,
            pending,
            information,
            from,
            to,
        })
    }
}

impl Which {
    fn takes(&self, entry: &Entry, today: Date) -> bool {
        let status = if entry.is_pending(today) { self.pending } else { self.booked };
        status && self.from.is_none_or(|from| from <= entry.date) && self.to.is_none_or(|to| entry.date <= to)
    }
}

/// One transaction.
fn written(family: Family, account: &Account, entry: &Entry, today: Date) -> Value {
    let amount = money(entry.agorot, account.currency);
    let mut value = match family.is_of_cards() {
        false => json!({
            "transactionId": entry.id,
            "entryReference": entry.id,
            "transactionAmount": amount,
            "valueDate": entry.date,
            "remittanceInformationUnstructured": entry.description,
        }),
        true => json!({
            "cardTransactionId": entry.id,
            "transactionAmount": amount,
            "transactionDate": entry.date,
            "transactionDetails": entry.description,
        }),
    };
    if !entry.is_pending(today) {
        value["bookingDate"] = json!(entry.date);
    }
    if let (Some(other), false) = (&entry.counterparty, family.is_of_cards()) {
        let side = if entry.agorot < 0 { "creditorName" } else { "debtorName" };
        value[side] = json!(other);
    }
    value
}

/// The place after this entry. A page goes on after a certain entry, so what is booked in between neither repeats nor hides one.
fn place_after(year: &Year, id: &str) -> Result<usize, Refusal> {
    let place = year.entries.iter().position(|entry| entry.id == id);
    place.map(|place| place + 1).ok_or(Refusal::Format("after"))
}

fn next_link(base: &str, wanted: &Wanted, last: &Entry) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    let given = [
        ("bookingStatus", wanted.booking_status.as_deref()),
        ("dateFrom", wanted.date_from.as_deref()),
        ("dateTo", wanted.date_to.as_deref()),
        ("after", Some(&last.id)),
    ];
    for (name, value) in given.into_iter().filter_map(|(name, value)| Some((name, value?))) {
        query.append_pair(name, value);
    }
    format!("{base}/transactions?{}", query.finish())
}

type Answer = Result<Json<Value>, Refusal>;
type WantedQuery = Result<Query<Wanted>, QueryRejection>;

fn report(psd2: &Psd2, bank_id: &str, id: &str, query: WantedQuery, headers: &HeaderMap, family: Family) -> Answer {
    let Query(wanted) = query.map_err(|_| Refusal::Format("query"))?;
    let which = wanted.which(family)?;
    let resource = format!("{}/{id}/transactions", family.path());
    let opened = open(psd2, bank_id, headers, family, wanted.after.is_none().then_some(resource.as_str()))?;
    let account = pick(&opened, family, id, Right::Transactions)?;
    let year = account.year(opened.now.date());
    let start = wanted.after.as_deref().map_or(Ok(0), |id| place_after(&year, id))?;
    let mut rest = year.entries[start..].iter().filter(|entry| which.takes(entry, year.today));
    let page: Vec<&Entry> = rest.by_ref().take(PAGE).collect();
    let list = |pending: bool| -> Vec<Value> {
        let entries = page.iter().filter(|entry| entry.is_pending(year.today) == pending);
        entries.map(|entry| written(family, &account, entry, year.today)).collect()
    };
    let base = psd2.link(opened.bank, &format!("{}/{id}", family.path()));
    let mut report = json!({ "_links": { family.name(): { "href": base } } });
    if which.booked {
        report["booked"] = json!(list(false));
    }
    if which.pending {
        report["pending"] = json!(list(true));
    }
    if which.information {
        report["information"] = json!([]);
    }
    if let Some(last) = page.last().filter(|_| rest.next().is_some()) {
        report["_links"]["next"] = json!({ "href": next_link(&base, &wanted, last) });
    }
    let list_name = if family.is_of_cards() { "cardTransactions" } else { "transactions" };
    let mut answer = json!({family.name(): reference(&account), list_name: report});
    if wanted.with_balance == Some(true) && opened.scope.balances.contains(&account.resource_id) {
        answer["balances"] = balance_list(&account, &year);
    }
    Ok(Json(answer))
}

/// The transactions of one of a family.
pub(super) async fn list(
    family: Family,
    State(psd2): State<Arc<Psd2>>,
    Path((bank_id, id)): Path<(String, String)>,
    query: WantedQuery,
    headers: HeaderMap,
) -> Answer {
    report(&psd2, &bank_id, &id, query, &headers, family)
}

/// `GET /v1/accounts/{account-id}/transactions/{transactionId}`
pub(super) async fn one(
    State(psd2): State<Arc<Psd2>>,
    Path((bank_id, id, transaction_id)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Answer {
    let resource = format!("{}/{id}/transactions/{transaction_id}", Family::Payment.path());
    let opened = open(&psd2, &bank_id, &headers, Family::Payment, Some(&resource))?;
    let account = pick(&opened, Family::Payment, &id, Right::Transactions)?;
    let year = account.year(opened.now.date());
    let entry = year.entries.iter().find(|entry| entry.id == transaction_id);
    let entry = entry.ok_or(Refusal::ResourceUnknown)?;
    let details = written(Family::Payment, &account, entry, year.today);
    Ok(Json(json!({ "transactionsDetails": details })))
}
