//! Accounts and transactions as `/v2/data` shows them.
//!
//! **Contract.** Fields for which there is a source here, by the vendor's names; what is not known is left out. A balance is
//! `balanceType` with `balanceAmount`, as the vendor's guide to balances has it.

use super::data::account_type;
use crate::connections::asked::Asked;
use crate::store::accounts::{AccountRow, BalanceRow, TransactionRow};
use crate::store::connections::ConnectionRow;
use gesher_contract::{Language, LocalizedText};
use serde_json::{Value, json};

/// An amount: a number, as the vendor's schema has it.
fn amount(text: &str) -> Value {
    text.parse::<f64>().map_or(Value::Null, |number| json!(number))
}

/// The account's number, as it is told.
fn number(account: &AccountRow) -> Option<&str> {
    let names = [&account.iban, &account.masked_pan, &account.number];
    names.into_iter().find_map(|name| name.as_deref())
}

/// Bank, branch and account in an Israeli IBAN: three, three and thirteen digits behind the check digits (Bank of Israel).
fn parsed(iban: Option<&str>) -> Option<Value> {
    let rest = iban?.strip_prefix("IL").filter(|rest| rest.len() == 21 && rest.is_ascii())?;
    let (bank, branch, number) = (rest.get(2..5)?, rest.get(5..8)?, rest.get(8..)?);
    // The vendor's own example, 10-944-50151142, has two digits for the bank and no zeros before the account.
    let bank = bank.strip_prefix('0').unwrap_or(bank);
    let number = number.trim_start_matches('0');
    Some(json!({ "bank": bank, "branch": branch, "number": number }))
}

/// The name in the connection's language, Hebrew where none is fixed.
fn name(connection: &ConnectionRow, account: &AccountRow) -> Option<String> {
    let names = serde_json::from_str::<LocalizedText>(&account.name).unwrap_or_default().0;
    let asked = Asked::of(connection);
    let said = asked.surface.as_ref().and_then(|surface| surface.said.get("language")?.as_str());
    let language = said.unwrap_or(Language::He.code());
    names.get(language).or_else(|| names.values().next()).cloned()
}

fn balance(row: &BalanceRow) -> Value {
    let mut told = json!({
        "balanceType": row.kind,
        "balanceAmount": { "currency": row.currency, "amount": amount(&row.amount) },
    });
    if let Some(day) = &row.reference_date {
        told["referenceDate"] = json!(day);
    }
    told
}

/// An account.
pub(super) fn account(
    connection: &ConnectionRow,
    account: &AccountRow,
    balances: &[BalanceRow],
    provider: Option<&str>,
    transactions: i64,
    business: bool,
) -> Value {
    let name = name(connection, account);
    let mut told = json!({
        "id": account.id,
        "userId": connection.customer,
        "providerId": provider,
        "connectionId": connection.id,
        "status": "enabled",
        "includeFakeProviders": Asked::of(connection).include_sandbox,
        "accountNumber": number(account),
        "product": name,
        "accountName": name,
        "accountType": account_type(&account.kind),
        "currency": account.currency,
        "ownerInfo": { "nationalId": null, "fullName": account.owner_name },
        "balances": balances.iter().map(balance).collect::<Vec<_>>(),
        "usage": if business { "Business" } else { "Private" },
        "transactions": transactions,
    });
    if let Some(parsed) = parsed(account.iban.as_deref()) {
        told["parsedAccount"] = parsed;
    }
    told
}

/// A transaction.
pub(super) fn transaction(connection: &ConnectionRow, account: &AccountRow, row: &TransactionRow, provider: Option<&str>) -> Value {
    let booked = row.status == "booked";
    let money = json!({ "amount": amount(&row.amount), "currency": row.currency });
    let mut date = json!({ "transactionDate": row.booking_date });
    if booked {
        date["bookingDate"] = json!(row.booking_date);
    }
    if let Some(day) = &row.value_date {
        date["valueDate"] = json!(day);
    }
    let mut told = json!({
        "id": row.id,
        "SK": row.id,
        "userId": connection.customer,
        "orgId": connection.tenant_id,
        "connectionId": connection.id,
        "accountId": account.id,
        "providerId": provider,
        "transactionProviderIdentifier": row.provider_ref,
        "accountNumber": number(account),
        "status": if booked { "BOOKED" } else { "PENDING" },
        "amount": { "originalAmount": money, "chargedAmount": money },
        "description": { "description": row.description },
        "type": "NORMAL",
        "date": date,
        "isDuplicate": false,
    });
    if let Some(other) = &row.counterparty {
        told["merchantName"] = json!(other);
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_israeli_iban_holds_bank_branch_and_account() {
        assert_eq!(
            parsed(Some("IL070311140000000435694")),
            Some(json!({ "bank": "31", "branch": "114", "number": "435694" }))
        );
        assert_eq!(parsed(Some("DE89370400440532013000")), None);
        assert_eq!(parsed(None), None);
    }

    #[test]
    fn an_amount_is_the_number_that_is_kept() {
        for (text, number) in [("18432.55", "18432.55"), ("-0.10", "-0.1"), ("5000", "5000.0")] {
            assert_eq!(amount(text).to_string(), number);
        }
    }
}
