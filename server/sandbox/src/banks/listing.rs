//! Whom the sandbox's own provider reaches, as any provider of many banks says it: names, country and what each offers, in pages.

use super::institutions::{self, Keeps};
use axum::Json;
use axum::extract::Query;
use serde::Deserialize;
use serde_json::{Value, json};

/// Entries of a page.
const PAGE: usize = 20;

/// One institution of the list.
struct Entry {
    id: &'static str,
    he: &'static str,
    en: &'static str,
    /// Empty where it has none.
    bic: &'static str,
}

const fn entry(id: &'static str, he: &'static str, en: &'static str, bic: &'static str) -> Entry {
    Entry { id, he, en, bic }
}

/// Those with a part of their own here; what stands for all others is nobody's name.
static LIST: [Entry; 38] = [
    entry("sandbox-bank", "בנק ארגז החול", "Sandbox Bank", ""),
    entry("sandbox-card", "כרטיסי ארגז החול", "Sandbox Card", ""),
    entry("sandbox-insurance", "ביטוח ארגז החול", "Sandbox Insurance", ""),
    entry("sandbox-business", "ארגז החול לעסקים", "Sandbox Business Bank", ""),
    entry("sandbox-methods", "בנק לדוגמה בבחירת אישור", "Sandbox Bank of Choice", ""),
    entry("sandbox-question", "בנק לדוגמה בשאלת אבטחה", "Sandbox Question Bank", ""),
    entry("sandbox-picture", "בנק לדוגמה בתמונה", "Sandbox Picture Bank", ""),
    entry("sandbox-accounts", "בנק לדוגמה בבחירת חשבונות", "Sandbox Accounts Bank", ""),
    entry("sandbox-forms", "בנק לדוגמה בטופס מלא", "Sandbox Forms Bank", ""),
    entry("sandbox-broker", "בית השקעות ארגז החול", "Sandbox Broker", ""),
    entry("il-leumi", "בנק לאומי לישראל", "Bank Leumi", "LUMIILIT"),
    entry("il-discount", "בנק דיסקונט לישראל", "Israel Discount Bank", "IDBLILIT"),
    entry("il-hapoalim", "בנק הפועלים", "Bank Hapoalim", "POALILIT"),
    entry("il-mizrahi", "בנק מזרחי טפחות", "Mizrahi Tefahot Bank", "MIZBILIT"),
    entry(
        "il-fibi",
        "הבנק הבינלאומי הראשון לישראל",
        "First International Bank of Israel",
        "FIRBILIT",
    ),
    entry("il-mercantile", "בנק מרכנתיל דיסקונט", "Mercantile Discount Bank", "BARDILIT"),
    entry("il-massad", "בנק מסד", "Bank Massad", "MASBILIT"),
    entry("il-yahav", "בנק יהב", "Bank Yahav", "BYAHILI1"),
    entry("il-jerusalem", "בנק ירושלים", "Bank of Jerusalem", "JERSILIT"),
    entry("il-onezero", "וואן זירו", "ONE ZERO Digital Bank", "DIGIILIT"),
    entry("il-otsar-hahayal", "בנק אוצר החייל", "Bank Otsar Ha-Hayal", "OTSHILIT"),
    entry("il-pagi", "בנק פועלי אגודת ישראל", "Bank Poaley Agudat Israel", ""),
    entry("il-ubank", "יובנק", "UBank", ""),
    entry("il-union", "בנק אגוד לישראל", "Union Bank of Israel", "UNBKILIT"),
    entry("il-esh", "אש ישראל", "esh bank Israel", "EIETILIT"),
    entry("il-postal", "בנק הדואר", "Postal Bank", "IPOAILIJ"),
    entry("il-citibank", "סיטיבנק", "Citibank", "CITIILIT"),
    entry("il-hsbc", "HSBC ישראל", "HSBC", "HSBCILIT"),
    entry("il-sbi", "סטייט בנק אוף אינדיה", "State Bank of India", "SBINILIT"),
    entry("il-bank-of-israel", "בנק ישראל", "Bank of Israel", "ISRAILIJ"),
    entry("il-pepper", "פפר", "Pepper", ""),
    entry("il-isracard", "ישראכרט", "Isracard", ""),
    entry("il-max", "מקס", "Max", ""),
    entry("il-cal", "כאל", "CAL", ""),
    entry("il-amex", "אמריקן אקספרס", "American Express", ""),
    entry("il-diners", "דיינרס קלוב", "Diners Club", ""),
    entry("il-beyahad-bishvilha", "ביחד בשבילך", "Beyahad Bishvilha", ""),
    entry("il-behatsdaa", "בהצדעה", "Behatsdaa", ""),
];

#[derive(Deserialize)]
pub(super) struct Page {
    after: Option<String>,
}

/// `GET /banks?after={id}`: a page of the list, and after which id the next one begins.
pub(super) async fn list(Query(page): Query<Page>) -> Json<Value> {
    let from = match page.after {
        None => 0,
        Some(after) => LIST.iter().position(|entry| entry.id == after).map_or(LIST.len(), |at| at + 1),
    };
    let shown: Vec<&Entry> = LIST.iter().skip(from).take(PAGE).collect();
    let next = shown.last().filter(|_| from + shown.len() < LIST.len()).map(|entry| entry.id);
    Json(json!({ "banks": shown.into_iter().map(told).collect::<Vec<_>>(), "next": next }))
}

fn told(entry: &Entry) -> Value {
    let keeps = institutions::find(entry.id).map(|institution| institution.keeps);
    let kind = match keeps {
        Some(Keeps::Cards) => "card",
        Some(Keeps::Policies) => "insurance",
        Some(Keeps::Business) => "business",
        _ => "bank",
    };
    let mut products = vec!["accounts", "balances", "transactions", "owners"];
    if keeps == Some(Keeps::Securities) {
        products.extend(["investment_holdings", "investment_transactions"]);
    }
    json!({
        "id": entry.id,
        "name": {"he": entry.he, "en": entry.en},
        "country": "IL",
        "kind": kind,
        "bic": Some(entry.bic).filter(|bic| !bic.is_empty()),
        "products": products,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    async fn page(after: Option<&str>) -> (Vec<String>, Option<String>) {
        let Json(page) = list(Query(Page {
            after: after.map(str::to_owned),
        }))
        .await;
        let ids = page["banks"].as_array().expect("banks").iter();
        let ids = ids.map(|bank| bank["id"].as_str().expect("an id").to_owned()).collect();
        (ids, page["next"].as_str().map(str::to_owned))
    }

    #[tokio::test]
    async fn the_pages_name_everybody_with_a_part_of_their_own_once() {
        let mut listed = Vec::new();
        let mut after = None;
        loop {
            let (ids, next) = page(after.as_deref()).await;
            assert!((1..=PAGE).contains(&ids.len()));
            listed.extend(ids);
            match next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        let own = institutions::all().iter().map(|institution| institution.id);
        let own: BTreeSet<_> = own.filter(|id| !id.starts_with("any-")).map(str::to_owned).collect();
        assert_eq!(listed.len(), own.len());
        assert_eq!(listed.into_iter().collect::<BTreeSet<_>>(), own);
        assert_eq!(page(Some("nobody")).await, (Vec::new(), None));
    }
}
