//! What a bank says while a login is under way: the questions after the login form, as the protocol writes them.

use super::data::Account;
use super::login::{Awaits, By, CODE, CODE_LENGTH, Method, POLL_AFTER};
use super::picture;
use super::psu::PsuId;
use crate::random::Dice;
use data_encoding::BASE64;
use jiff::Timestamp;
use serde_json::{Value, json};

/// The answer of each question.
pub(super) mod answer_to {
    pub(crate) const METHOD: &str = "method";
    pub(crate) const CODE: &str = "code";
    pub(crate) const QUESTION: &str = "answer";
    pub(crate) const PICTURE: &str = "digits";
}

/// What comes next in this login. Nothing when it cannot be said.
pub(super) fn next(login_id: &str, psu: &PsuId, awaits: &Awaits, accounts: &[Account]) -> Option<Value> {
    let mut value = match awaits {
        Awaits::App { until } => json!({
            "next": "wait",
            "message": {
                "he": "שלחנו בקשה לטלפון שלכם.",
                "en": "We sent a request to your phone.",
            },
            "poll_after": POLL_AFTER,
            "until": Timestamp::from_microsecond(*until).ok()?.to_string(),
        }),
        Awaits::Accounts => json!({
            "next": "accounts",
            "accounts": accounts.iter().map(offered).collect::<Vec<_>>(),
        }),
        question => json!({ "next": "form", "form": form(psu, question)? }),
    };
    value["login_id"] = json!(login_id);
    Some(value)
}

/// The form of a question. Nothing when it is none, or cannot be drawn.
pub(super) fn form(psu: &PsuId, awaits: &Awaits) -> Option<Value> {
    match awaits {
        Awaits::Method => Some(method()),
        Awaits::Code { by, resend_after } => Some(code(psu, *by, *resend_after)),
        Awaits::Question => Some(question()),
        Awaits::Picture { digits } => pictured(digits),
        Awaits::App { .. } | Awaits::Accounts => None,
    }
}

fn method() -> Value {
    let options: Vec<Value> = Method::ALL
        .into_iter()
        .map(|method| {
            let [he, en] = match method {
                Method::Sms => ["קוד במסרון", "A code in a text message"],
                Method::Call => ["קוד בשיחה קולית", "A code in a phone call"],
                Method::App => ["אישור באפליקציה", "Approval in the bank’s app"],
            };
            json!({ "value": method.as_str(), "label": { "he": he, "en": en } })
        })
        .collect();
    json!({
        "challenge": true,
        "message": { "he": "הבנק צריך לוודא שזה אתם.", "en": "The bank has to make sure that it is you." },
        "fields": [{
            "name": answer_to::METHOD,
            "kind": "radio",
            "label": { "he": "איך נוח לכם לאשר?", "en": "How would you like to confirm?" },
            "options": options,
        }],
    })
}

fn code(psu: &PsuId, by: By, resend_after: u32) -> Value {
    let destination = destination(psu);
    let message = match by {
        By::Sms => json!({
            "he": format!("קוד חד־פעמי נשלח אל {destination}"),
            "en": format!("A one-time code was sent to {destination}"),
        }),
        By::Call => json!({
            "he": format!("בדקה הקרובה תגיע שיחה עם קוד חד־פעמי אל {destination}"),
            "en": format!("You will get a call with a one-time code at {destination}"),
        }),
    };
    json!({
        "challenge": true,
        "message": message,
        "fields": [{
            "name": answer_to::CODE,
            "kind": "code",
            "label": { "he": "קוד חד־פעמי", "en": "One-time code" },
            "hint": { "he": format!("לבדיקה: {CODE}"), "en": format!("To test: {CODE}") },
            "min_length": CODE_LENGTH,
            "max_length": CODE_LENGTH,
        }],
        "resend_after": resend_after,
    })
}

/// A telephone number of which only the end is shown, set off from the words around it. It must not be broken into two lines at
/// one of its hyphens.
fn destination(psu: &PsuId) -> String {
    let end = Dice::of(&[b"telephone", psu.as_str().as_bytes()]).number(100..=999);
    format!("\u{2066}•••\u{2011}•••\u{2011}•{end}\u{2069}")
}

fn question() -> Value {
    json!({
        "challenge": true,
        "message": { "he": "הבנק שואל שאלת אבטחה.", "en": "The bank asks a security question." },
        "fields": [{
            "name": answer_to::QUESTION,
            "kind": "password",
            "label": { "he": "מה היה הצבע של האופניים הראשונים שלכם?", "en": "What colour was your first bicycle?" },
            "hint": { "he": "לבדיקה: כחול", "en": "To test: blue" },
            "max_length": 40,
        }],
    })
}

fn pictured(digits: &str) -> Option<Value> {
    let file = picture::png(digits)
        .inspect_err(|error| tracing::error!(%error, "a picture could not be drawn"))
        .ok()?;
    Some(json!({
        "challenge": true,
        "message": { "he": "הבנק רוצה לוודא שלא מדובר ברובוט.", "en": "The bank wants to make sure that you are not a robot." },
        "fields": [{
            "name": answer_to::PICTURE,
            "kind": "image",
            "label": { "he": "הספרות שבתמונה", "en": "The digits in the picture" },
            "hint": { "he": format!("לבדיקה: {digits}"), "en": format!("To test: {digits}") },
            "min_length": picture::DIGITS,
            "max_length": picture::DIGITS,
            "picture": { "media_type": "image/png", "base64": BASE64.encode(&file) },
        }],
    }))
}

fn offered(account: &Account) -> Value {
    let number = &account.number;
    json!({
        "id": account.resource_id,
        "name": account.name,
        "last_digits": &number[number.len().saturating_sub(4)..],
        "kind": account.kind,
        "currency": account.currency,
    })
}
