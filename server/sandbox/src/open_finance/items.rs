//! How connections, accounts and transactions are written: the schemas of the reference.
//!
//! Where what the vendor really sends differs from its reference, this sends what it really sends: a balance is `balanceType` and
//! `balanceAmount` with an amount that may be a text, a card's transaction that is not booked has an empty `chargedAmount`, and a
//! connection that is not through lacks its provider, counters and dates. (github.com/open-finance-ai/financy, tests of July 2026.)

use super::model::{Connection, Status};
use super::providers::OWN;
use crate::banks::data::{self, Account, Entry, Kind, iban};
use crate::banks::psu::PsuId;
use crate::psd2::moment::Moment;
use jiff::civil::Date;
use serde_json::{Value, json};

/// Bank, branch, account.
type Number = (u16, u16, u32);

/// Test people of the vendor's own sandbox and the accounts that its guide names.
const NUMBERS: [(&str, [Number; 3]); 12] = [
    ("043510023", [(31, 19, 29_114), (31, 21, 731_722), (31, 50, 5_703)]),
    ("321547416", [(31, 114, 435_694), (31, 124, 272_604), (31, 64, 406_821)]),
    ("001772268", [(11, 2, 11_440_386), (11, 2, 152_384_687), (11, 2, 166_426_662)]),
    ("008332884", [(11, 4, 78_969_958), (11, 5, 145_532_722), (11, 14, 190_035_856)]),
    ("058766718", [(12, 615, 32_449), (12, 615, 343_779), (12, 627, 230_522)]),
    ("038506499", [(12, 628, 667_746), (12, 630, 119_945), (12, 630, 435_510)]),
    ("520023185", [(10, 882, 43_487_887), (10, 940, 8_924_227), (10, 985, 3_816_794)]),
    ("321547796", [(10, 988, 3_750_659), (10, 922, 2_084_286), (10, 985, 3_816_794)]),
    ("321547804", [(20, 574, 308_223), (20, 461, 336_809), (20, 723, 648_357)]),
    ("321547812", [(20, 443, 113_222), (20, 433, 299_099), (20, 477, 433_289)]),
    ("321547820", [(4, 130, 158_895), (4, 141, 43_814), (4, 118, 90_291)]),
    ("321547853", [(4, 124, 317_146), (4, 125, 193_440), (4, 124, 318_436)]),
];

/// Gives the accounts the first of the numbers that the guide names for this person.
fn number(accounts: &mut [Account], psu: &PsuId) {
    let Some((_, numbers)) = NUMBERS.iter().find(|(id, _)| *id == psu.as_str()) else {
        return;
    };
    for (account, (bank, branch, number)) in accounts.iter_mut().zip(numbers) {
        account.iban = Some(iban(*bank, *branch, *number));
        account.bank_code = Some(format!("{bank:02}"));
        account.branch = Some(format!("{branch:03}"));
        account.number = number.to_string();
    }
}

/// Bank, branch and account as the vendor writes them.
fn bban(account: &Account) -> String {
    let part = |part: &Option<String>| part.clone().unwrap_or_default();
    format!("{}-{}-{}", part(&account.bank_code), part(&account.branch), account.number)
}

/// The accounts that a connection opens; none before its data were fetched.
pub(super) fn accounts(connection: &Connection) -> Vec<Account> {
    let (Some(consent), Some(_)) = (connection.consent(), connection.fetched) else {
        return Vec::new();
    };
    let psu = &consent.person.psu;
    let business = consent.person.corporate_id.is_some();
    let mut all = Vec::new();
    for book in consent.provider.books(business) {
        let mut accounts = data::accounts(&book, psu);
        if book.id == OWN && !business {
            number(&mut accounts, psu);
        }
        all.extend(accounts);
    }
    let code = |kind| match kind {
        Kind::Cacc => "CACC",
        Kind::Svgs => "SVGS",
        Kind::Card => "CARD",
        Kind::Loan => "LOAN",
        Kind::Scts => "SCTS",
    };
    all.retain(|account| connection.wish.takes(code(account.kind), account.iban.as_deref(), &bban(account)));
    all
}

/// The account's number as the vendor tells it: an IBAN, or a card's number.
fn account_number(account: &Account) -> &str {
    account.iban.as_ref().or(account.masked_pan.as_ref()).unwrap_or(&account.number)
}

/// `accountType`
pub(super) fn account_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Cacc => "CHECKING",
        Kind::Svgs => "SAVINGS",
        Kind::Card => "CARD",
        Kind::Loan => "LOAN",
        Kind::Scts => "SECURITIES",
    }
}

fn stamp(at: Moment) -> Value {
    jiff::Timestamp::from_microsecond(at.0).map_or(Value::Null, |at| json!(at))
}

/// Shekels.
fn shekels(agorot: i64) -> Value {
    json!(agorot as f64 / 100.0)
}

/// A connection.
pub(super) fn connection(connection: &Connection, now: Moment) -> Value {
    let wish = &connection.wish;
    let problem = connection.status.problem();
    let mut told = json!({
        "id": connection.id,
        "userId": connection.user,
        "customerId": wish.customer_id,
        "psuId": wish.psu_id,
        "psuIdType": wish.psu_id_type,
        "psuCorporateId": wish.corporate_id,
        "status": connection.status.as_str(),
        "mode": "PSD2",
        "providerIds": wish.provider_ids,
        "includeFakeProviders": wish.include_fake,
        "callbackInformation": wish.callback_information,
        "refreshSettings": {"refreshData": wish.recurring, "frequencyPerDay": 4, "lastFetchedDataDate": null},
        "error": problem.map(|(message, kind)| json!({"message": message, "type": kind})),
        "organization": {"name": connection.org_name},
        "restrictedTo": wish.restricted_to,
        "iframe": wish.iframe,
        "access": wish.access,
        "redirectUrl": wish.redirect_url,
        "createdAt": stamp(connection.created),
        "updatedAt": stamp(connection.updated),
        "language": wish.language,
        "paymentId": wish.payment_id,
        "allowBusiness": wish.allow_business,
        "allowInsurance": wish.allow_insurance,
        "isPriority": false,
    });
    if let Some(consent) = connection.consent() {
        told["providerId"] = json!(consent.provider.id);
        told["isFake"] = json!(consent.provider.fake);
        told["psuId"] = json!(consent.person.typed);
        told["psuIdType"] = json!(consent.person.id_type);
        told["psuCorporateId"] = json!(consent.person.corporate_id);
        told["expiryDate"] = json!(connection.expiry().date());
        told["startDate"] = json!(wish.start);
    }
    if let Some(fetched) = connection.fetched {
        let accounts = accounts(connection);
        let count = |kind| accounts.iter().filter(|account| account.kind == kind).count();
        let entries = |account: &Account| entries(connection, account, now.date()).len();
        told["accounts"] = json!(count(Kind::Cacc));
        told["cards"] = json!(count(Kind::Card));
        told["savings"] = json!(count(Kind::Svgs));
        told["loans"] = json!(0);
        told["securities"] = json!(0);
        told["transactions"] = json!(accounts.iter().map(entries).sum::<usize>());
        told["lastFetchedDataDate"] = json!(fetched.date());
        told["refreshSettings"]["lastFetchedDataDate"] = json!(fetched.date());
    }
    told
}

/// An account of a connection.
pub(super) fn account(connection: &Connection, account: &Account, today: Date) -> Value {
    let year = account.year(today);
    let balance = |kind: &str, agorot: i64, as_text: bool| {
        let amount = if as_text {
            json!(format!("{:.2}", agorot as f64 / 100.0))
        } else {
            shekels(agorot)
        };
        json!({"balanceType": kind, "balanceAmount": {"currency": account.currency, "amount": amount}})
    };
    let checking = account.kind == Kind::Cacc;
    let mut balances = vec![balance("closingBooked", year.booked(), checking)];
    match account.kind {
        Kind::Cacc => {
            balances.push(balance("expected", year.expected(), true));
            balances.push(balance("interimAvailable", year.expected(), true));
        }
        Kind::Card => balances.push(balance("interimBooked", year.expected(), false)),
        Kind::Svgs | Kind::Loan | Kind::Scts => {}
    }
    let consent = connection.consent();
    let national_id = consent.map(|consent| consent.person.typed.clone());
    let mut told = json!({
        "id": account.resource_id,
        "userId": connection.user,
        "providerId": consent.map(|consent| consent.provider.id),
        "connectionId": connection.id,
        "status": "enabled",
        "includeFakeProviders": connection.wish.include_fake,
        "accountNumber": account_number(account),
        "product": account.name.he,
        "accountName": account.name.he,
        "accountType": account_type(account.kind),
        "currency": account.currency,
        "ownerInfo": {"nationalId": national_id, "fullName": account.owner_name},
        "balances": balances,
        "usage": if consent.is_some_and(|consent| consent.person.corporate_id.is_some()) { "business" } else { "Private" },
        "transactions": entries(connection, account, today).len(),
    });
    if account.kind == Kind::Card {
        told["creditStatus"] = json!("enabled");
    } else {
        told["parsedAccount"] = json!({"bank": account.bank_code, "branch": account.branch, "number": account.number});
    }
    told
}

/// The entries of an account since the day from which transactions are collected, the newest first.
pub(super) fn entries(connection: &Connection, account: &Account, today: Date) -> Vec<Entry> {
    let year = account.year(today);
    let collected = |entry: &Entry| entry.date >= connection.wish.start;
    year.entries.into_iter().filter(collected).collect()
}

/// A transaction.
pub(super) fn transaction(connection: &Connection, account: &Account, entry: &Entry, today: Date) -> Value {
    let provider = connection.consent().map(|consent| consent.provider.id);
    let pending = entry.is_pending(today);
    let amount = json!({"amount": shekels(entry.agorot), "currency": account.currency});
    let mut charged = amount.clone();
    if pending && account.kind == Kind::Card {
        charged["amount"] = json!("");
    }
    let mut told = json!({
        "id": entry.id,
        "SK": format!("{}#{}#{}", account.resource_id, entry.date, entry.id),
        "userId": connection.user,
        "orgId": connection.org,
        "connectionId": connection.id,
        "accountId": account.resource_id,
        "providerId": provider,
        "transactionProviderIdentifier": entry.id,
        "entryReference": entry.id,
        "accountNumber": account_number(account),
        "status": if pending { "PENDING" } else { "BOOKED" },
        "amount": {"originalAmount": amount, "chargedAmount": charged},
        "description": {"description": entry.description},
        "type": "NORMAL",
        "date": {"transactionDate": entry.date, "valueDate": entry.date},
        "isDuplicate": false,
    });
    if !pending {
        told["date"]["bookingDate"] = json!(entry.date);
    }
    if let Some(other) = &entry.counterparty {
        told["merchantName"] = json!(other);
    }
    told
}

/// What a webhook says when a status has changed, by the example of the vendor's guide.
pub(super) fn status_change(connection: &Connection, status: Status) -> Value {
    let numbers: Vec<String> = accounts(connection)
        .iter()
        .map(|account| account_number(account).to_owned())
        .collect();
    json!({
        "expiryDate": connection.expiry().date(),
        "bankName": connection.consent().map(|consent| consent.provider.id),
        "connectionId": connection.id,
        "connectionStatus": status.as_str(),
        "userId": connection.user,
        "orgId": connection.org,
        "connectionError": status.problem().map(|(message, kind)| json!({"message": message, "type": kind})),
        "accountNumbers": numbers,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_of_the_guide_are_of_people_here() {
        for (id, _) in NUMBERS {
            assert_eq!(PsuId::parse(id).expect(id).as_str(), id);
        }
        // The guide's own IBAN of 31-114-435694 is among its payment accounts.
        assert_eq!(iban(31, 114, 435_694), "IL070311140000000435694");
    }
}
