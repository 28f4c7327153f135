//! The institutions that the vendor reaches, by the ids of its reference, and `GET /v2/providers`.
//!
//! The vendor's own sandbox is `open-finance-sandbox`, with current accounts, savings and cards, and `open-finance-card-sandbox`. The
//! banks' own sandboxes are played by the same people and the same login; `discount-sandbox`, of which the guide says that it fails,
//! is closed to consents.

use super::OpenFinance;
use super::refusal::Refusal;
use crate::banks::institutions::{Asks, Challenge, Institution, Keeps};
use axum::Json;
use axum::extract::{Query, State};
use http::HeaderMap;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Arc;

/// The vendor's own sandbox.
pub(super) const OWN: &str = "open-finance-sandbox";

/// `type`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Bank,
    Card,
    Insurance,
}

impl Kind {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Bank => "BANK",
            Self::Card => "CARD",
            Self::Insurance => "INSURANCE",
        }
    }
}

/// A kind of id by which a person is known at a provider.
#[derive(Debug)]
pub(super) struct IdType {
    pub(super) id: &'static str,
    pub(super) he: &'static str,
    pub(super) en: &'static str,
}

/// The id of a person who has one.
pub(super) const NATIONAL_ID: IdType = IdType {
    id: "national-id",
    he: "תעודת זהות",
    en: "National ID",
};
/// The passport of somebody who has none.
pub(super) const PASSPORT: IdType = IdType {
    id: "passport",
    he: "דרכון",
    en: "Passport",
};
static CORPORATE_IDS: [IdType; 1] = [IdType {
    id: "corporate-id",
    he: "ח.פ.",
    en: "Company number",
}];
static ID_TYPES: [IdType; 2] = [NATIONAL_ID, PASSPORT];

/// One institution.
#[derive(Debug)]
pub(super) struct Provider {
    /// `providerFriendlyId`
    pub(super) id: &'static str,
    pub(super) he: &'static str,
    pub(super) en: &'static str,
    pub(super) kind: Kind,
    /// Whether it is a sandbox.
    pub(super) fake: bool,
    code: u16,
    site: &'static str,
}

const fn provider(id: &'static str, code: u16, [he, en]: [&'static str; 2], kind: Kind, site: &'static str) -> Provider {
    Provider {
        id,
        he,
        en,
        kind,
        fake: false,
        code,
        site,
    }
}

const fn fake(id: &'static str, code: u16, names: [&'static str; 2], kind: Kind) -> Provider {
    Provider {
        fake: true,
        ..provider(id, code, names, kind, "https://www.open-finance.ai")
    }
}

use Kind::{Bank, Card, Insurance};

static PROVIDERS: [Provider; 30] = [
    provider(
        "hapoalim",
        12,
        ["בנק הפועלים", "Bank Hapoalim"],
        Bank,
        "https://www.bankhapoalim.co.il",
    ),
    provider("leumi", 10, ["בנק לאומי", "Bank Leumi"], Bank, "https://www.leumi.co.il"),
    provider(
        "discount",
        11,
        ["בנק דיסקונט", "Discount Bank"],
        Bank,
        "https://www.discountbank.co.il",
    ),
    provider(
        "mizrahi",
        20,
        ["בנק מזרחי טפחות", "Mizrahi Tefahot"],
        Bank,
        "https://www.mizrahi-tefahot.co.il",
    ),
    provider(
        "beinleumi",
        31,
        ["הבנק הבינלאומי", "First International Bank"],
        Bank,
        "https://www.fibi.co.il",
    ),
    provider(
        "mercantile",
        17,
        ["בנק מרכנתיל", "Mercantile"],
        Bank,
        "https://www.mercantile.co.il",
    ),
    provider("yahav", 4, ["בנק יהב", "Bank Yahav"], Bank, "https://www.bank-yahav.co.il"),
    provider(
        "otsarHahayal",
        14,
        ["בנק אוצר החייל", "Otsar Hahayal"],
        Bank,
        "https://www.bankotsar.co.il",
    ),
    provider("masad", 46, ["בנק מסד", "Bank Massad"], Bank, "https://www.bankmassad.co.il"),
    provider("pagi", 52, ["בנק פאגי", "PAGI"], Bank, "https://www.pagi.co.il"),
    provider("ubank", 26, ["יובנק", "UBank"], Bank, "https://www.u-bank.net"),
    provider("pepper", 10, ["פפר", "Pepper"], Bank, "https://www.pepper.co.il"),
    provider("isracard", 0, ["ישראכרט", "Isracard"], Card, "https://www.isracard.co.il"),
    provider("max", 0, ["מקס", "max"], Card, "https://www.max.co.il"),
    provider("cal", 0, ["כאל", "Cal"], Card, "https://www.cal-online.co.il"),
    provider(
        "americanExpress",
        0,
        ["אמריקן אקספרס", "American Express"],
        Card,
        "https://www.americanexpress.co.il",
    ),
    fake(OWN, 990, ["ארגז החול של אופן פיננס", "Open Finance Sandbox"], Bank),
    fake(
        "open-finance-card-sandbox",
        0,
        ["כרטיסי ארגז החול של אופן פיננס", "Open Finance Card Sandbox"],
        Card,
    ),
    fake("hapoalim-sandbox", 12, ["ארגז החול של הפועלים", "Hapoalim Sandbox"], Bank),
    fake("leumi-sandbox", 10, ["ארגז החול של לאומי", "Leumi Sandbox"], Bank),
    fake("discount-sandbox", 11, ["ארגז החול של דיסקונט", "Discount Sandbox"], Bank),
    fake("mizrahi-sandbox", 20, ["ארגז החול של מזרחי טפחות", "Mizrahi Tefahot Sandbox"], Bank),
    fake(
        "beinleumi-sandbox",
        31,
        ["ארגז החול של הבינלאומי", "First International Sandbox"],
        Bank,
    ),
    fake("mercantile-sandbox", 17, ["ארגז החול של מרכנתיל", "Mercantile Sandbox"], Bank),
    fake("yahav-sandbox", 4, ["ארגז החול של יהב", "Yahav Sandbox"], Bank),
    fake("masad-sandbox", 46, ["ארגז החול של מסד", "Massad Sandbox"], Bank),
    fake("isracard-sandbox", 0, ["ארגז החול של ישראכרט", "Isracard Sandbox"], Card),
    fake("max-sandbox", 0, ["ארגז החול של מקס", "max Sandbox"], Card),
    fake("cal-sandbox", 0, ["ארגז החול של כאל", "Cal Sandbox"], Card),
    fake("menora-sandbox", 992, ["ארגז החול של מנורה", "Menora Sandbox"], Insurance),
];

/// `providerIds` that can be asked for, but have no institution here.
const NAMED_ALONE: [&str; 4] = ["undefined", "ubank-sandbox", "pagi-sandbox", "otsarHahayal-sandbox"];

/// All of them, the real ones first.
pub(super) fn all() -> impl Iterator<Item = &'static Provider> {
    PROVIDERS.iter()
}

/// Whether the reference knows this id.
pub(super) fn is_known(id: &str) -> bool {
    NAMED_ALONE.contains(&id) || find(id).is_some()
}

/// The provider with this id.
pub(super) fn find(id: &str) -> Option<&'static Provider> {
    PROVIDERS.iter().find(|provider| provider.id == id)
}

impl Provider {
    /// The kinds of id that it takes, the usual one first.
    pub(super) fn id_types(&self) -> &'static [IdType] {
        if matches!(self.id, "mizrahi" | "mizrahi-sandbox" | "leumi" | OWN) {
            &ID_TYPES
        } else {
            &ID_TYPES[..1]
        }
    }

    /// Whether it takes consents.
    pub(super) fn is_open(&self) -> bool {
        self.id != "discount-sandbox"
    }

    /// What it keeps for its customers: the accounts, and cards beside them at the vendor's own sandbox.
    pub(super) fn books(&self, business: bool) -> Vec<Institution> {
        let keeps = match self.kind {
            Bank if business => Keeps::Business,
            Bank => Keeps::Household,
            Card => Keeps::Cards,
            Insurance => Keeps::Policies,
        };
        let book = |id, code, keeps| Institution {
            id,
            code,
            keeps,
            asks: Asks::Username,
            challenge: Challenge::Code,
        };
        let mut books = vec![book(self.id, self.code, keeps)];
        if self.id == OWN && !business {
            books.push(book("open-finance-sandbox-cards", 0, Keeps::Cards));
        }
        books
    }

    fn told(&self, place: usize) -> Value {
        let types = |types: &[IdType]| -> Vec<Value> {
            let told = types
                .iter()
                .map(|kind| json!({"id": kind.id, "name": kind.en, "nameNativeLanguage": kind.he}));
            told.collect()
        };
        let mut told = json!({
            "providerFriendlyId": self.id,
            "name": self.en,
            "nameNativeLanguage": self.he,
            "mode": "PSD2",
            "site": self.site,
            "loginFields": [],
            "isFake": self.fake,
            "psuIdTypes": types(self.id_types()),
            "psuIdDefaultType": NATIONAL_ID.id,
            "psuCorporateIdTypes": types(&CORPORATE_IDS),
            "psuCorporateIdDefaultType": CORPORATE_IDS[0].id,
            "allowPsuCorporateIdTypeChoice": false,
            "type": self.kind.as_str(),
            "status": {"consents": {"enabled": self.is_open()}, "payments": {"enabled": false}},
            "successRate": {"consents": if self.is_open() { 97 } else { 0 }, "payments": 0},
            "sortIndex": place,
        });
        if self.code > 0 {
            told["bankCode"] = json!(self.code);
        }
        told
    }
}

/// `GET /v2/providers`
pub(super) async fn list(
    State(vendor): State<Arc<OpenFinance>>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Result<Json<Value>, Refusal> {
    let caller = vendor.caller(&headers, "read:providers")?;
    let fakes = match query.get("includeFakeProviders").map(String::as_str) {
        None | Some("false") => false,
        Some("true") => true,
        Some(_) => return Err(Refusal::Fields(vec!["\"includeFakeProviders\" must be a boolean".to_owned()])),
    };
    let open = all().filter(|provider| if provider.fake { fakes } else { caller.client.production });
    let list: Vec<Value> = open.enumerate().map(|(place, provider)| provider.told(place)).collect();
    if list.is_empty() {
        return Err(Refusal::NotFound("No providers were found"));
    }
    Ok(Json(json!(list)))
}
