//! A visitor's connections and accounts, read through Gesher's API, as JSON and as the part of the page that shows them.

use super::answers::Refusal;
use super::gesher::{Account, Connection, Texts, Trouble};
use super::language::{Language, money};
use super::{Shop, visits};
use crate::html::escape;
use http::HeaderMap;
use serde_json::{Value, json};
use std::fmt::Write as _;

/// What is known of a visitor's connections, the newest first.
pub(crate) struct Shown(Vec<Read>);

struct Read {
    id: String,
    connection: Result<Connection, Trouble>,
    accounts: Result<Vec<Account>, Trouble>,
}

impl Shown {
    /// Reads everything of the visitor anew.
    pub(crate) async fn read(shop: &Shop, headers: &HeaderMap) -> Self {
        let visit = visits::said(headers).and_then(|id| shop.visits().get(id).cloned());
        let mut reads = Vec::new();
        for id in visit.map(|visit| visit.connections).unwrap_or_default() {
            reads.push(Read {
                connection: shop.gesher.connection(&id).await,
                accounts: shop.gesher.accounts(&id).await,
                id,
            });
        }
        Self(reads)
    }

    /// As JSON.
    pub(crate) fn json(&self, shop: &Shop) -> Value {
        let connections: Vec<Value> = self
            .0
            .iter()
            .map(|read| match (&read.connection, &read.accounts) {
                (Ok(connection), Ok(accounts)) => json!({ "connection": connection, "accounts": accounts }),
                (Ok(connection), Err(trouble)) => json!({ "connection": connection, "accounts": [], "error": said(shop, trouble) }),
                (Err(trouble), _) => json!({ "connection": { "id": read.id }, "accounts": [], "error": said(shop, trouble) }),
            })
            .collect();
        json!({ "connections": connections })
    }
}

fn said(shop: &Shop, trouble: &Trouble) -> String {
    trouble_in_words(shop, trouble, Language::En)
}

fn trouble_in_words(shop: &Shop, trouble: &Trouble, language: Language) -> String {
    Refusal::Gesher(trouble.clone()).message(shop, language)
}

/// The part of the page that shows the accounts.
pub(crate) fn html(shop: &Shop, shown: &Shown, language: Language) -> String {
    if shown.0.is_empty() {
        return format!("<p>{}</p>", language.say("accounts_none"));
    }
    shown.0.iter().map(|read| connection(shop, read, language)).collect()
}

/// How a status looks: whether it is good or bad, and whether it will soon be another.
fn mood(status: &str) -> (&'static str, bool) {
    match status {
        "active" | "completed" => ("good", false),
        "connected" | "connecting" | "pending" | "awaiting_confirmation" => ("good", true),
        "awaiting_cosigners" | "partial" | "replaced" => ("", false),
        _ => ("bad", false),
    }
}

fn connection(shop: &Shop, read: &Read, language: Language) -> String {
    let connection = match &read.connection {
        Ok(connection) => connection,
        Err(trouble) => {
            let words = escape(&trouble_in_words(shop, trouble, language));
            return format!("<article class=\"connection\"><p class=\"trouble\">{words}</p></article>");
        }
    };
    let name = connection
        .institution
        .as_ref()
        .map_or("", |institution| local(&institution.name, language));
    let (class, waiting) = mood(&connection.status);
    let words = language.text(&format!("st_{}", connection.status)).unwrap_or(&connection.status);
    let codes = std::iter::once(&connection.status)
        .chain(&connection.reasons)
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    let mut html = format!(
        "<article class=\"connection\"{}><header><h3>{}</h3><span class=\"state {class}\">{} <code>{}</code></span>\
         <a class=\"refresh\" data-refresh href=\"/?lang={}#accounts-title\">{}</a></header>",
        if waiting { " data-waiting" } else { "" },
        escape(name),
        escape(words),
        escape(&codes),
        language.code(),
        language.say("accounts_refresh"),
    );
    match &read.accounts {
        Ok(accounts) if !accounts.is_empty() => html.push_str(&table(accounts, language)),
        Ok(_) if waiting => add(&mut html, format_args!("<p>{}</p>", language.say("accounts_waiting"))),
        Ok(_) => add(&mut html, format_args!("<p>{}</p>", language.say("accounts_empty"))),
        Err(trouble) => {
            let words = escape(&trouble_in_words(shop, trouble, language));
            add(&mut html, format_args!("<p class=\"trouble\">{words}</p>"));
        }
    }
    html.push_str("</article>");
    html
}

fn table(accounts: &[Account], language: Language) -> String {
    let say = |key| language.say(key);
    let mut html = format!(
        "<table class=\"stack\"><thead><tr><th scope=\"col\">{}</th><th scope=\"col\">{}</th><th scope=\"col\" class=\"end\">{}</th>\
         <th scope=\"col\" class=\"end\">{}</th></tr></thead><tbody>",
        say("account_name"),
        say("account_number"),
        say("account_booked"),
        say("account_available"),
    );
    for account in accounts {
        add(
            &mut html,
            format_args!(
                "<tr><td>{}<span class=\"owner\"><bdi>{}</bdi></span></td><td data-label=\"{}\"><bdi dir=\"ltr\" class=\"num\">{}</bdi></td>\
                 <td data-label=\"{}\" class=\"end balance\">{}</td><td data-label=\"{}\" class=\"end\">{}</td></tr>",
                escape(local(&account.name, language)),
                escape(account.owner_name.as_deref().unwrap_or_default()),
                say("account_number"),
                escape(&number(account)),
                say("account_booked"),
                balance(account, "closingBooked"),
                say("account_available"),
                balance(account, "interimAvailable"),
            ),
        );
    }
    html.push_str("</tbody></table>");
    for (place, account) in accounts.iter().enumerate().filter(|(_, account)| !account.transactions.is_empty()) {
        latest(&mut html, account, place == 0, language);
    }
    html
}

fn latest(html: &mut String, account: &Account, open: bool, language: Language) {
    let say = |key| language.say(key);
    add(
        html,
        format_args!(
            "<details class=\"latest\"{}><summary>{}: {}</summary><table><thead><tr><th scope=\"col\">{}</th><th scope=\"col\">{}</th>\
             <th scope=\"col\" class=\"end\">{}</th></tr></thead><tbody>",
            if open { " open" } else { "" },
            say("latest"),
            escape(local(&account.name, language)),
            say("transaction_date"),
            say("transaction_text"),
            say("transaction_amount"),
        ),
    );
    for transaction in &account.transactions {
        let incoming = if transaction.amount.starts_with('-') { "" } else { " in" };
        let pending = match transaction.status.as_str() {
            "pending" => format!("<span class=\"pending\">{}</span>", say("pending")),
            _ => String::new(),
        };
        add(
            html,
            format_args!(
                "<tr><td><bdi>{}</bdi></td><td><bdi>{}</bdi>{pending}</td><td class=\"end{incoming}\">{}</td></tr>",
                escape(&language.day(&transaction.booking_date)),
                escape(&transaction.description),
                amount(&transaction.amount, &transaction.currency),
            ),
        );
    }
    html.push_str("</tbody></table></details>");
}

/// Appends; writing to a `String` does not fail.
fn add(html: &mut String, text: std::fmt::Arguments<'_>) {
    let _ = html.write_fmt(text);
}

/// An amount that no text around it turns about.
pub(crate) fn amount(amount: &str, currency: &str) -> String {
    format!("<bdi dir=\"ltr\">{}</bdi>", escape(&money(amount, currency)))
}

fn balance(account: &Account, kind: &str) -> String {
    let found = account.balances.iter().find(|balance| balance.kind == kind);
    found.map_or_else(String::new, |balance| amount(&balance.amount, &balance.currency))
}

/// The IBAN in groups of four, the card's number, or whatever the bank calls it.
fn number(account: &Account) -> String {
    match (&account.iban, &account.masked_pan) {
        (Some(iban), _) => {
            let letters: Vec<char> = iban.chars().collect();
            letters
                .chunks(4)
                .map(|group| group.iter().collect::<String>())
                .collect::<Vec<_>>()
                .join("\u{a0}")
        }
        (None, Some(pan)) => pan.clone(),
        (None, None) => account.number.clone().unwrap_or_default(),
    }
}

fn local(texts: &Texts, language: Language) -> &str {
    texts
        .get(language.code())
        .or_else(|| texts.get("en"))
        .or_else(|| texts.values().next())
        .map_or("", String::as_str)
}
