//! The vendor's accounts and transactions in our words.
//!
//! What the vendor really sends is believed over its reference where the two differ: a balance is `balanceType` and `balanceAmount`, its
//! amount may be a text, and a `chargedAmount` may be empty, when the original amount is what there is.

use super::client::Trouble;
use crate::providers::{Account, Balance, Transaction, Want};
use gesher_contract::LocalizedText;
use serde::Deserialize;
use serde_json::Value;

/// An account.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WireAccount {
    pub id: String,
    #[serde(default)]
    account_number: Option<String>,
    #[serde(default)]
    parsed_account: Option<Parsed>,
    #[serde(default)]
    account_type: Option<String>,
    #[serde(default)]
    currency: Option<String>,
    #[serde(default)]
    owner_info: Option<Owner>,
    #[serde(default)]
    account_name: Option<String>,
    #[serde(default)]
    product: Option<String>,
    #[serde(default)]
    balances: Vec<WireBalance>,
}

#[derive(Deserialize)]
struct Parsed {
    #[serde(default)]
    bank: String,
    #[serde(default)]
    branch: String,
    #[serde(default)]
    number: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Owner {
    #[serde(default)]
    full_name: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireBalance {
    #[serde(default)]
    balance_type: Option<String>,
    #[serde(default)]
    balance_amount: Option<Money>,
    /// The reference's own shape.
    #[serde(flatten)]
    plain: Money,
    #[serde(default)]
    reference_date: Option<String>,
}

#[derive(Clone, Default, Deserialize)]
struct Money {
    #[serde(default)]
    amount: Value,
    #[serde(default)]
    currency: Option<String>,
}

/// A transaction.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WireTransaction {
    id: String,
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    amount: Amounts,
    #[serde(default)]
    description: Description,
    #[serde(default)]
    date: Dates,
    #[serde(default)]
    merchant_name: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Amounts {
    #[serde(default)]
    original_amount: Option<Money>,
    #[serde(default)]
    charged_amount: Option<Money>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Description {
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    additional_info: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Dates {
    #[serde(default)]
    value_date: Option<String>,
    #[serde(default)]
    booking_date: Option<String>,
    #[serde(default)]
    transaction_date: Option<String>,
}

/// ISO 20022's kinds. An account that does not say what it is is a current account.
fn kind(account_type: Option<&str>) -> &'static str {
    match account_type {
        Some("CARD") => "CARD",
        Some("LOAN") => "LOAN",
        Some("SAVINGS") => "SVGS",
        Some("SECURITIES" | "SECURITY") => "SCTS",
        _ => "CACC",
    }
}

fn is_iban(text: &str) -> bool {
    let letters = text.bytes().take(2).all(|byte| byte.is_ascii_uppercase());
    let digits = text.bytes().skip(2).take(2).all(|byte| byte.is_ascii_digit());
    (15..=34).contains(&text.len()) && letters && digits && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// A decimal string of an amount that came as a number or as a text; nothing where none came.
fn amount(value: &Value) -> Result<Option<String>, Trouble> {
    let text = match value {
        Value::Null => return Ok(None),
        Value::String(text) if text.trim().is_empty() => return Ok(None),
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return Err(Trouble::Nonsense),
    };
    let unsigned = text.strip_prefix('-').unwrap_or(&text);
    let (whole, decimals) = unsigned.split_once('.').map_or((unsigned, "0"), |(whole, rest)| (whole, rest));
    let digits = |part: &str, most: usize| (1..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    if digits(whole, 14) && digits(decimals, 4) {
        return Ok(Some(text));
    }
    // A sum of binary fractions: more digits than any money has.
    match value {
        Value::Number(number) => match number.as_f64().filter(|value| value.abs() < 1e14) {
            Some(value) => Ok(Some(format!("{value:.2}"))),
            None => Err(Trouble::Nonsense),
        },
        _ => Err(Trouble::Nonsense),
    }
}

fn currency(said: Option<String>, otherwise: &str) -> Result<String, Trouble> {
    let said = said.unwrap_or_else(|| otherwise.to_owned());
    if said.len() == 3 && said.bytes().all(|byte| byte.is_ascii_uppercase()) {
        Ok(said)
    } else {
        Err(Trouble::Nonsense)
    }
}

/// A day, or the day of a moment.
fn day(text: Option<String>) -> Option<String> {
    let day: String = text?.chars().take(10).collect();
    day.parse::<jiff::civil::Date>().is_ok().then_some(day)
}

impl WireAccount {
    pub fn into_ours(self, want: &Want) -> Result<Account, Trouble> {
        let own = currency(self.currency, "ILS")?;
        let kind = kind(self.account_type.as_deref());
        let parsed = self
            .parsed_account
            .map(|parts| format!("{}-{}-{}", parts.bank, parts.branch, parts.number));
        let told = self.account_number.unwrap_or_else(|| self.id.clone());
        let name = self.account_name.or(self.product).filter(|name| !name.trim().is_empty());
        let name = name.unwrap_or_else(|| told.clone());
        let balances = self
            .balances
            .into_iter()
            .filter_map(|balance| balance.into_ours(&own, want).transpose())
            .collect::<Result<_, _>>()?;
        Ok(Account {
            iban: Some(told.clone()).filter(|number| is_iban(number)),
            masked_pan: Some(told.clone()).filter(|_| kind == "CARD"),
            number: parsed.unwrap_or(told),
            provider_ref: self.id,
            kind: kind.to_owned(),
            currency: own,
            owner_name: self.owner_info.and_then(|owner| owner.full_name).unwrap_or_default(),
            name: LocalizedText::he_en(name.clone(), name),
            balances,
            transactions: Vec::new(),
        })
    }
}

impl WireBalance {
    fn into_ours(self, own: &str, want: &Want) -> Result<Option<Balance>, Trouble> {
        let money = self.balance_amount.unwrap_or(self.plain);
        let Some(amount) = amount(&money.amount)? else { return Ok(None) };
        Ok(Some(Balance {
            kind: self.balance_type.unwrap_or_else(|| "closingBooked".to_owned()),
            amount,
            currency: currency(money.currency, own)?,
            reference_date: day(self.reference_date).unwrap_or_else(|| want.date_to.clone()),
        }))
    }
}

impl WireTransaction {
    pub fn into_ours(self, want: &Want, own: &str) -> Result<Transaction, Trouble> {
        let charged = self.amount.charged_amount.unwrap_or_default();
        let original = self.amount.original_amount.unwrap_or_default();
        let (amount, said) = match (amount(&charged.amount)?, amount(&original.amount)?) {
            (Some(charged_amount), _) => (charged_amount, charged.currency),
            (None, Some(original_amount)) => (original_amount, original.currency),
            (None, None) => return Err(Trouble::Nonsense),
        };
        let booked = day(self.date.booking_date);
        // The reference does not say which statuses there are.
        let pending = match self.status.as_deref() {
            Some(status) => status.to_ascii_uppercase().starts_with("PEND"),
            None => booked.is_none(),
        };
        let value_date = day(self.date.value_date);
        let booking_date = booked
            .or_else(|| day(self.date.transaction_date))
            .or_else(|| value_date.clone())
            .unwrap_or_else(|| want.date_to.clone());
        Ok(Transaction {
            provider_ref: self.id,
            value_date: value_date.unwrap_or_else(|| booking_date.clone()),
            booking_date,
            amount,
            currency: currency(said, own)?,
            status: if pending { "pending" } else { "booked" }.to_owned(),
            description: self
                .description
                .description
                .or(self.description.additional_info)
                .or_else(|| self.merchant_name.clone())
                .unwrap_or_default(),
            counterparty: self.merchant_name,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn amounts_come_as_numbers_as_texts_and_not_at_all() {
        for (came, is) in [
            (json!(-17.9), "-17.9"),
            (json!("18432.55"), "18432.55"),
            (json!(5000), "5000"),
            (json!(0.1 + 0.2), "0.30"),
            (json!(-0.0), "-0.0"),
        ] {
            assert_eq!(amount(&came), Ok(Some(is.to_owned())), "{came}");
        }
        for none in [json!(""), json!(" "), Value::Null] {
            assert_eq!(amount(&none), Ok(None));
        }
        for bad in [json!("1,50"), json!("1e3"), json!(1e20), json!([]), json!("--1"), json!("12.34567")] {
            assert_eq!(amount(&bad), Err(Trouble::Nonsense), "{bad}");
        }
    }

    #[test]
    fn what_is_not_charged_yet_counts_with_its_original_amount() {
        let want = crate::providers::Want {
            first_day: String::new(),
            date_from: String::new(),
            known: std::collections::BTreeSet::new(),
            date_to: "2026-11-20".to_owned(),
            reach: crate::providers::Reach::everything(),
        };
        let read = |value: Value| {
            let one: WireTransaction = serde_json::from_value(value).expect("a transaction");
            one.into_ours(&want, "ILS")
        };
        let pending = read(json!({"id": "t", "status": "PENDING", "date": {"transactionDate": "2026-11-19"},
            "amount": {"originalAmount": {"amount": -17.9, "currency": "USD"}, "chargedAmount": {"amount": "", "currency": "ILS"}}}));
        let pending = pending.expect("a transaction");
        assert_eq!(
            (pending.amount.as_str(), pending.currency.as_str(), pending.status.as_str()),
            ("-17.9", "USD", "pending")
        );
        assert_eq!(pending.booking_date, "2026-11-19");
        let booked = read(json!({"id": "t", "date": {"bookingDate": "2026-11-18T22:00:00Z"},
            "amount": {"originalAmount": {"amount": -5, "currency": "USD"}, "chargedAmount": {"amount": -18.5, "currency": "ILS"}}}));
        let booked = booked.expect("a transaction");
        assert_eq!((booked.amount.as_str(), booked.currency.as_str()), ("-18.5", "ILS"));
        assert_eq!((booked.booking_date.as_str(), booked.status.as_str()), ("2026-11-18", "booked"));
        assert_eq!(read(json!({"id": "t"})), Err(Trouble::Nonsense), "without an amount it is none");
    }

    #[test]
    fn an_iban_is_one_and_a_cards_number_is_not() {
        assert!(is_iban("IL070311140000000435694"));
        for other in ["400000******1234", "31-114-435694", "il070311140000000435694", "IL07"] {
            assert!(!is_iban(other), "{other}");
        }
    }
}
