//! The fake banks' accounts and entries, in Plaid's words: English names for what is written in Hebrew, an amount that is positive
//! when money leaves the account, a category of Plaid's taxonomy.

use super::ident;
use crate::banks::data::{Account, Entry, Kind};
use crate::random::Dice;
use jiff::civil::Date;
use serde_json::{Value, json};

/// What a line is called and what it is about.
struct About {
    name: &'static str,
    merchant: bool,
    primary: &'static str,
    detailed: &'static str,
    channel: &'static str,
}

const fn about(name: &'static str, merchant: bool, primary: &'static str, detailed: &'static str, channel: &'static str) -> About {
    About {
        name,
        merchant,
        primary,
        detailed,
        channel,
    }
}

static SPENT: [About; 20] = [
    about("Copperleaf Grocer", true, "FOOD_AND_DRINK", "FOOD_AND_DRINK_GROCERIES", "in store"),
    about("Millstone Market", true, "FOOD_AND_DRINK", "FOOD_AND_DRINK_GROCERIES", "in store"),
    about("Corner Kettle Coffee", true, "FOOD_AND_DRINK", "FOOD_AND_DRINK_COFFEE", "in store"),
    about("Bramble & Rye", true, "FOOD_AND_DRINK", "FOOD_AND_DRINK_RESTAURANT", "in store"),
    about(
        "Lantern Noodle House",
        true,
        "FOOD_AND_DRINK",
        "FOOD_AND_DRINK_RESTAURANT",
        "in store",
    ),
    about("Junction Fuel", true, "TRANSPORTATION", "TRANSPORTATION_GAS", "in store"),
    about(
        "City Rail Top-up",
        true,
        "TRANSPORTATION",
        "TRANSPORTATION_PUBLIC_TRANSIT",
        "online",
    ),
    about("Arcade Parking", true, "TRANSPORTATION", "TRANSPORTATION_PARKING", "in store"),
    about(
        "Elderflower Pharmacy",
        true,
        "MEDICAL",
        "MEDICAL_PHARMACIES_AND_SUPPLEMENTS",
        "in store",
    ),
    about(
        "Paper Moon Books",
        true,
        "GENERAL_MERCHANDISE",
        "GENERAL_MERCHANDISE_BOOKSTORES_AND_NEWSSTANDS",
        "in store",
    ),
    about(
        "Threadneat Clothing",
        true,
        "GENERAL_MERCHANDISE",
        "GENERAL_MERCHANDISE_CLOTHING_AND_ACCESSORIES",
        "in store",
    ),
    about(
        "Hearth and Hinge",
        true,
        "HOME_IMPROVEMENT",
        "HOME_IMPROVEMENT_HARDWARE",
        "in store",
    ),
    about("Lumen Cinema", true, "ENTERTAINMENT", "ENTERTAINMENT_TV_AND_MOVIES", "online"),
    about("Endless Tunes", true, "ENTERTAINMENT", "ENTERTAINMENT_MUSIC_AND_AUDIO", "online"),
    about(
        "Kestrel Gym",
        true,
        "PERSONAL_CARE",
        "PERSONAL_CARE_GYMS_AND_FITNESS_CENTERS",
        "in store",
    ),
    about(
        "Fibreway Internet",
        true,
        "RENT_AND_UTILITIES",
        "RENT_AND_UTILITIES_INTERNET_AND_CABLE",
        "online",
    ),
    about(
        "Gridstream Energy",
        true,
        "RENT_AND_UTILITIES",
        "RENT_AND_UTILITIES_GAS_AND_ELECTRICITY",
        "online",
    ),
    about(
        "Chime Mobile Plan",
        true,
        "RENT_AND_UTILITIES",
        "RENT_AND_UTILITIES_TELEPHONE",
        "online",
    ),
    about("Standing order", false, "TRANSFER_OUT", "TRANSFER_OUT_ACCOUNT_TRANSFER", "other"),
    about("Account fee", false, "BANK_FEES", "BANK_FEES_OTHER_BANK_FEES", "other"),
];

/// A large amount that leaves is a home or a card's monthly sum.
static LARGE: [About; 2] = [
    about(
        "Rowan Street Lettings",
        true,
        "RENT_AND_UTILITIES",
        "RENT_AND_UTILITIES_RENT",
        "other",
    ),
    about("Card payment", false, "LOAN_PAYMENTS", "LOAN_PAYMENTS_CREDIT_CARD_PAYMENT", "other"),
];

static RECEIVED: [About; 4] = [
    about("Transfer received", false, "TRANSFER_IN", "TRANSFER_IN_ACCOUNT_TRANSFER", "other"),
    about(
        "Refund",
        false,
        "GENERAL_MERCHANDISE",
        "GENERAL_MERCHANDISE_OTHER_GENERAL_MERCHANDISE",
        "other",
    ),
    about("Interest", false, "INCOME", "INCOME_INTEREST_EARNED", "other"),
    about("Cheque deposit", false, "TRANSFER_IN", "TRANSFER_IN_DEPOSIT", "other"),
];

static WAGES: [About; 1] = [about("Orchard Works payroll", false, "INCOME", "INCOME_WAGES", "other")];

/// From this amount on a line is large, in hundredths.
const LARGE_FROM: i64 = 250_000;

/// The same words for the same description, always.
fn in_words(entry: &Entry) -> &'static About {
    let large = entry.agorot.abs() >= LARGE_FROM;
    let list: &'static [About] = match (entry.agorot < 0, large) {
        (true, false) => &SPENT,
        (true, true) => &LARGE,
        (false, false) => &RECEIVED,
        (false, true) => &WAGES,
    };
    let place = Dice::of(&[b"plaid", entry.description.as_bytes()]).number(0..=list.len() as i64 - 1);
    &list[place as usize]
}

/// Hundredths as a JSON number.
fn number(hundredths: i64) -> Value {
    json!(hundredths as f64 / 100.0)
}

/// The account's id, which is this item's alone.
pub(super) fn account_id(item_id: &str, account: &Account) -> String {
    ident::of(&[b"account", item_id.as_bytes(), account.resource_id.as_bytes()], 37)
}

/// `type` and `subtype`
fn kind(account: &Account) -> (&'static str, &'static str) {
    if account.kind == Kind::Card {
        ("credit", "credit card")
    } else if account.kind == Kind::Svgs {
        ("depository", "savings")
    } else {
        ("depository", "checking")
    }
}

/// Its last four digits.
pub(super) fn mask(account: &Account) -> &str {
    &account.number[account.number.len().saturating_sub(4)..]
}

/// An account, as `accounts` of any endpoint tells it.
pub(super) fn account(item_id: &str, account: &Account, currency: &str, today: Date) -> Value {
    let year = account.year(today);
    let (kind, subtype) = kind(account);
    let limit = 5_000_000;
    let is_credit = kind == "credit";
    let current = if is_credit { -year.booked() } else { year.booked() };
    let available = if is_credit { limit - current } else { year.expected() };
    json!({
        "account_id": account_id(item_id, account),
        "balances": {
            "available": number(available),
            "current": number(current),
            "limit": is_credit.then(|| number(limit)),
            "iso_currency_code": currency,
            "unofficial_currency_code": null,
        },
        "mask": mask(account),
        "name": account.name.en,
        "official_name": null,
        "type": kind,
        "subtype": subtype,
    })
}

/// An account, as Link's results tell it.
pub(super) fn linked(item_id: &str, account: &Account) -> Value {
    let (kind, subtype) = kind(account);
    json!({
        "id": account_id(item_id, account),
        "name": account.name.en,
        "mask": mask(account),
        "type": kind,
        "subtype": subtype,
        "verification_status": null,
        "class_type": null,
    })
}

/// A line of an account's transactions as it stands on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) id: String,
    pub(super) account_id: String,
    pub(super) pending: bool,
    /// The id that it had while it was pending.
    pub(super) pending_id: Option<String>,
    /// The merchant was found out, which takes a day after the booking.
    pub(super) enriched: bool,
    pub(super) entry: Entry,
}

const PENDING: &str = "P";
const BOOKED: &str = "B";

/// The line of an entry on this day.
pub(super) fn line(account_id: &str, entry: Entry, today: Date) -> Line {
    // As long as Plaid's, and no digest of its own: a page needs the ids of a whole year.
    let id = |state: &str| format!("{state}{}{}", entry.id, account_id.get(..20).unwrap_or(account_id));
    let pending = entry.is_pending(today);
    let was_pending = entry.is_pending(entry.date);
    Line {
        id: id(if pending { PENDING } else { BOOKED }),
        account_id: account_id.to_owned(),
        pending,
        pending_id: (was_pending && !pending).then(|| id(PENDING)),
        enriched: !pending && !entry.is_pending(today.yesterday().unwrap_or(today)),
        entry,
    }
}

/// A line, as `/transactions/sync` tells it.
pub(super) fn transaction(line: &Line, currency: &str, original: bool) -> Value {
    let about = in_words(&line.entry);
    let merchant = (about.merchant && line.enriched).then_some(about.name);
    let mut told = json!({
        "account_id": line.account_id,
        "account_owner": null,
        "amount": number(-line.entry.agorot),
        "iso_currency_code": currency,
        "unofficial_currency_code": null,
        "category": null,
        "category_id": null,
        "check_number": null,
        "counterparties": [],
        "date": line.entry.date,
        "datetime": null,
        "authorized_date": line.entry.date,
        "authorized_datetime": null,
        "location": {
            "address": null, "city": null, "region": null, "postal_code": null, "country": null,
            "lat": null, "lon": null, "store_number": null,
        },
        "name": about.name,
        "merchant_name": merchant,
        "merchant_entity_id": merchant.map(|name| ident::of(&[b"merchant", name.as_bytes()], 37)),
        "logo_url": null,
        "website": null,
        "payment_meta": {
            "by_order_of": null, "payee": null, "payer": null, "payment_method": null,
            "payment_processor": null, "ppd_id": null, "reason": null, "reference_number": null,
        },
        "payment_channel": about.channel,
        "pending": line.pending,
        "pending_transaction_id": line.pending_id,
        "personal_finance_category": {
            "primary": about.primary, "detailed": about.detailed, "confidence_level": "HIGH",
        },
        "personal_finance_category_icon_url": null,
        "transaction_id": line.id,
        "transaction_code": null,
        "transaction_type": if about.merchant { "place" } else { "special" },
    });
    if original {
        told["original_description"] = json!(line.entry.description);
    }
    told
}
