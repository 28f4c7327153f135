//! `/transactions/sync`: what changed since a cursor, page by page.
//!
//! A cursor says up to which state of the data it was read. Within a series of pages the state is that of the first page; when
//! another day or more of the history is there by the next page, the series is refused and begins again.

use super::Answer;
use super::ask::{Ask, malformed, number, text, truth};
use crate::plaid::data::{Line, account, account_id, line, transaction};
use crate::plaid::item::{HISTORICAL_AFTER, Item, Readiness};
use crate::plaid::people::Manner;
use crate::plaid::refusal::{self, Refusal};
use crate::plaid::{Plaid, webhooks};
use data_encoding::BASE64URL_NOPAD;
use jiff::ToSpan;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::time::Duration;

const COUNT: i64 = 100;
const COUNT_AT_MOST: i64 = 500;
/// Days that are there at first.
const INITIAL_DAYS: i32 = 30;

/// A state of an item's transactions: a day, and whether the whole history is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct State {
    day: Date,
    whole: bool,
}

#[derive(Debug, Serialize, Deserialize)]
struct Cursor {
    item: String,
    /// Up to which state everything was read.
    from: Option<State>,
    /// Which state a series of pages goes to, and how many changes of it were read.
    within: Option<(State, usize)>,
    account: Option<String>,
}

/// A change.
enum Change {
    Added(Line),
    Modified(Line),
    Removed(Line),
}

impl Cursor {
    fn read(item: &Item, given: Option<&str>, account: Option<&str>) -> Result<Self, Refusal> {
        let Some(given) = given.filter(|given| !given.is_empty()) else {
            return Ok(Self {
                item: item.id.clone(),
                from: None,
                within: None,
                account: account.map(str::to_owned),
            });
        };
        let bytes = BASE64URL_NOPAD.decode(given.as_bytes()).ok();
        let cursor: Option<Self> = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let theirs = cursor.filter(|cursor| cursor.item == item.id && cursor.account.as_deref() == account);
        theirs.ok_or_else(|| malformed("cursor"))
    }

    fn written(&self) -> String {
        BASE64URL_NOPAD.encode(json!(self).to_string().as_bytes())
    }
}

/// All lines of a state, the oldest first.
fn lines(item: &Item, state: State, only: Option<&str>) -> Vec<Line> {
    let made = item.made.date();
    let days = if state.whole { item.days as i32 } else { INITIAL_DAYS };
    let first = made.saturating_sub(days.days());
    let mut lines = Vec::new();
    for account in item.accounts() {
        let id = account_id(&item.id, &account);
        if only.is_some_and(|only| only != id) {
            continue;
        }
        let entries = account.year(state.day).entries.into_iter().filter(|entry| entry.date >= first);
        lines.extend(entries.map(|entry| line(&id, entry, state.day)));
    }
    lines.sort_by(|one, other| (one.entry.date, &one.id).cmp(&(other.entry.date, &other.id)));
    lines
}

/// What changed between two states.
fn changes(item: &Item, from: Option<State>, to: State, only: Option<&str>) -> Vec<Change> {
    let before = from.map(|from| lines(item, from, only)).unwrap_or_default();
    let now = lines(item, to, only);
    let known: HashMap<&str, &Line> = before.iter().map(|line| (line.id.as_str(), line)).collect();
    let there: HashMap<&str, &Line> = now.iter().map(|line| (line.id.as_str(), line)).collect();
    // What is booked stays, though the fake's year moves on.
    let gone = before.iter().filter(|line| line.pending && !there.contains_key(line.id.as_str()));
    let mut changes: Vec<Change> = Vec::new();
    for line in &now {
        match known.get(line.id.as_str()) {
            None => changes.push(Change::Added(line.clone())),
            Some(before) if before.enriched != line.enriched => changes.push(Change::Modified(line.clone())),
            Some(_) => {}
        }
    }
    changes.extend(gone.cloned().map(Change::Removed));
    changes
}

fn state(item: &Item, ask: &Ask) -> Option<State> {
    let readiness = item.readiness(ask.now);
    (readiness > Readiness::NotReady).then(|| State {
        day: ask.now.date(),
        whole: readiness == Readiness::Historical,
    })
}

/// `/transactions/sync`
pub(super) fn sync(plaid: &Plaid, ask: &Ask) -> Answer {
    let count = ask.number("count", 1..=COUNT_AT_MOST)?.unwrap_or(COUNT) as usize;
    let fields = [
        "include_original_description",
        "personal_finance_category_version",
        "days_requested",
        "account_id",
    ];
    let options = ask.object("options", &fields)?;
    number(&options, "days_requested", 1..=730)?;
    let original = truth(&options, "include_original_description")?;
    let only = text(&options, "account_id")?;
    let mut desk = plaid.desk();
    let item = desk.item(ask.text("access_token")?)?;
    if !item.consented.iter().any(|product| product == "transactions") {
        return Err((&refusal::CONSENT_REQUIRED).into());
    }
    if only.is_some_and(|only| item.accounts().iter().all(|account| account_id(&item.id, account) != only)) {
        return Err((&refusal::INVALID_ACCOUNT_ID).into());
    }
    let cursor = Cursor::read(item, ask.maybe_text("cursor")?, only)?;
    later(plaid, item, ask);
    let Some(to) = state(item, ask) else {
        return Ok(page(item, ask, &[], original, String::new(), false));
    };
    let skipped = match cursor.within {
        Some((state, _)) if state != to => return Err((&refusal::MUTATION).into()),
        Some(_) if item.person.mutates() && !item.mutated => {
            item.mutated = true;
            return Err((&refusal::MUTATION).into());
        }
        Some((_, skipped)) => skipped,
        None => 0,
    };
    let all = changes(item, cursor.from, to, only);
    let end = all.len().min(skipped + count);
    // Of who comes twice, a page begins with the end of the one before.
    let twice = usize::from(item.person.manner == Manner::Twice);
    let begin = skipped.saturating_sub(twice).min(end);
    let has_more = end < all.len();
    let next = if has_more {
        Cursor {
            within: Some((to, end)),
            ..cursor
        }
    } else {
        Cursor {
            from: Some(to),
            within: None,
            ..cursor
        }
    };
    Ok(page(item, ask, &all[begin..end], original, next.written(), has_more))
}

fn page(item: &Item, ask: &Ask, changes: &[Change], original: bool, next: String, has_more: bool) -> Value {
    let currency = item.institution.currency();
    let (mut added, mut modified, mut removed) = (Vec::new(), Vec::new(), Vec::new());
    for change in changes {
        match change {
            Change::Added(line) => added.push(transaction(line, currency, original)),
            Change::Modified(line) => modified.push(transaction(line, currency, original)),
            Change::Removed(line) => removed.push(json!({ "transaction_id": line.id, "account_id": line.account_id })),
        }
    }
    let today = ask.now.date();
    let accounts: Vec<Value> = item.accounts().iter().map(|one| account(&item.id, one, currency, today)).collect();
    json!({
        "transactions_update_status": item.readiness(ask.now).as_str(),
        "accounts": accounts,
        "added": added,
        "modified": modified,
        "removed": removed,
        "next_cursor": next,
        "has_more": has_more,
    })
}

/// Whoever has asked before everything was there is told when it is.
fn later(plaid: &Plaid, item: &mut Item, ask: &Ask) {
    let first = !std::mem::replace(&mut item.synced, true);
    let Some(url) = item
        .webhook
        .clone()
        .filter(|_| first && item.readiness(ask.now) < Readiness::Historical)
    else {
        return;
    };
    let body = json!({
        "webhook_type": "TRANSACTIONS",
        "webhook_code": "SYNC_UPDATES_AVAILABLE",
        "item_id": item.id,
        "initial_update_complete": true,
        "historical_update_complete": true,
        "environment": "sandbox",
    });
    let wait = Duration::from_secs(HISTORICAL_AFTER.unsigned_abs());
    plaid
        .webhooks
        .send_later(&plaid.clock, &url, &body, webhooks::copies(&item.person), wait);
}
