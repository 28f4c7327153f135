//! The vendor's JSON, read leniently: what is not needed is not looked at, what may be absent may.

use super::hook::{ABORT, SECRET_HEADER};
use super::state::Wish;
use super::status::Status;
use crate::providers::AccountName;
use gesher_contract::TileKind;
use gesher_directory::merge::Listed;
use gesher_directory::{Offers, Product};
use gesher_domain::Timestamp;
use jiff::civil::Date;
use jiff::{Span, Zoned};
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

/// Days that the vendor keeps a connection at most: a day less than three years.
const LONGEST: i64 = 3 * 365 - 1;

/// An access token.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Token {
    pub access_token: String,
}

/// A connection that was made.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Created {
    pub id: String,
    pub connect_url: String,
}

/// A connection.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Connection {
    pub id: String,
    pub status: Status,
    #[serde(default)]
    expiry_date: Option<String>,
    #[serde(default)]
    pub updated_at: Option<String>,
}

/// It is no date.
#[derive(Debug, PartialEq, Eq)]
pub struct NoDate;

impl Connection {
    /// When it ends: at the end of the day that the vendor names, or at the moment, where it names one.
    pub fn ends(&self) -> Result<Option<Timestamp>, NoDate> {
        let Some(text) = &self.expiry_date else { return Ok(None) };
        if let Ok(at) = text.parse::<jiff::Timestamp>() {
            return Ok(Some(Timestamp(at.as_microsecond())));
        }
        let day: Date = text.parse().map_err(|_| NoDate)?;
        let next = day.checked_add(Span::new().days(1)).map_err(|_| NoDate)?;
        let ends = next.to_zoned(jiff::tz::TimeZone::UTC).map_err(|_| NoDate)?;
        Ok(Some(Timestamp(Zoned::timestamp(&ends).as_microsecond())))
    }

    /// When it last changed.
    pub fn updated(&self) -> Option<Timestamp> {
        let at = self.updated_at.as_ref()?.parse::<jiff::Timestamp>().ok()?;
        Some(Timestamp(at.as_microsecond()))
    }
}

/// A webhook about a connection.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StatusChange {
    pub connection_id: String,
    pub connection_status: Status,
}

/// An institution.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Provider {
    provider_friendly_id: String,
    name: String,
    #[serde(default)]
    name_native_language: Option<String>,
    #[serde(default)]
    site: Option<String>,
    #[serde(default)]
    pub is_fake: bool,
    #[serde(default, rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    status: Value,
}

impl Provider {
    /// Whether it takes consents; one that does not say takes them.
    pub fn is_open(&self) -> bool {
        self.status["consents"]["enabled"] != json!(false)
    }

    /// As an entry of our directory. A sandbox's site is nobody's.
    pub fn into_listed(self, invented: bool) -> Listed {
        let invented = invented || self.is_fake;
        let site = self.site.filter(|_| !invented).and_then(|site| Url::parse(&site).ok());
        let host = site.as_ref().and_then(Url::host_str).map(str::to_lowercase);
        let domain = host.map(|host| host.strip_prefix("www.").map_or_else(|| host.clone(), str::to_owned));
        Listed {
            provider_id: self.provider_friendly_id,
            name: self.name,
            he: self.name_native_language.filter(|name| !name.is_empty()),
            country: "IL".to_owned(),
            kind: match self.kind.as_deref() {
                Some("CARD") => TileKind::Card,
                Some("INSURANCE") => TileKind::Insurance,
                _ => TileKind::Bank,
            },
            domains: domain.into_iter().collect(),
            bics: Vec::new(),
            offers: Offers {
                products: Product::FETCHED.into(),
                leaves: true,
                tier: 0,
            },
            invented,
        }
    }
}

/// What a connection is made of.
pub struct Create<'a> {
    pub wish: &'a Wish,
    pub fakes: bool,
    pub back: &'a str,
    pub hook: &'a str,
    pub secret: &'a str,
    pub now: Timestamp,
}

impl Create<'_> {
    /// The body. What the vendor takes within limits is within them: it keeps a connection for three years, and transactions of one.
    pub fn json(&self) -> Value {
        let Self { wish, .. } = self;
        let today: String = self.now.rfc3339().chars().take(10).collect();
        let mut body = json!({
            "language": wish.language.code(),
            "providerIds": [wish.institution],
            "includeFakeProviders": self.fakes,
            "refreshData": wish.recurring,
            "redirectUrl": self.back,
            "redirectWithoutButtonClick": true,
            "callbackInformation": {"webhooks": {
                "enabled": true,
                "successUrl": self.hook,
                "failUrl": self.hook,
                "abortUrl": format!("{}?{ABORT}", self.hook),
                "customHeaders": {SECRET_HEADER: self.secret},
                "products": ["CONNECTIONS"],
            }},
        });
        if let Some(psu_id) = &wish.psu_id {
            body["psuId"] = json!(psu_id);
        }
        if let Some(until) = self.until(&today) {
            body["expiryDate"] = json!(format!("{until}T23:59:59Z"));
        }
        let earliest = today.parse::<Date>().map(|today| today.saturating_sub(Span::new().years(1)));
        if let (Ok(first), Ok(earliest)) = (wish.first_day.parse::<Date>(), earliest)
            && first > earliest
        {
            body["startDate"] = json!(first);
        }
        let kinds = &wish.reach.restricted_to;
        if !kinds.is_empty() {
            body["restrictedTo"] = json!(kinds.iter().map(|kind| kind.as_str()).collect::<Vec<_>>());
        }
        if let Some(access) = access(wish) {
            body["access"] = access;
        }
        body
    }

    /// The last day, within what the vendor takes.
    fn until(&self, today: &str) -> Option<Date> {
        let until = self.wish.valid_until.parse::<Date>().ok()?;
        let latest = today.parse::<Date>().ok()?.saturating_add(Span::new().days(LONGEST));
        Some(until.min(latest))
    }
}

/// The accounts that are named, where the vendor has names for all of them. What it gives beyond that is not kept.
fn access(wish: &Wish) -> Option<Value> {
    let named = |names: &[AccountName]| {
        let names = names.iter().map(|name| match name {
            AccountName::Iban(iban) => Some(json!({ "iban": iban })),
            AccountName::Bban(bban) => Some(json!({ "bban": bban })),
            AccountName::MaskedPan(_) => None,
        });
        names.collect::<Option<Vec<Value>>>()
    };
    let reach = &wish.reach;
    let lists = [Some(&reach.accounts), reach.balances.as_ref(), reach.transactions.as_ref()];
    if lists.into_iter().flatten().all(Vec::is_empty) {
        return None;
    }
    let part = |list: Option<&Vec<AccountName>>| list.map_or_else(|| Some(Vec::new()), |list| named(list));
    Some(json!({
        "accounts": part(Some(&reach.accounts))?,
        "balances": part(reach.balances.as_ref())?,
        "transactions": part(reach.transactions.as_ref())?,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::{AccountKind, Ask, Reach};

    fn body(ask: &Ask) -> Value {
        let create = Create {
            wish: &Wish::of(ask),
            fakes: true,
            back: "https://gesher.example/callback?state=s",
            hook: "https://gesher.example/hooks/open_finance/t/test/conn",
            secret: "shh",
            // 2026-11-20T12:00:00Z
            now: Timestamp(1_795_176_000_000_000),
        };
        create.json()
    }

    #[test]
    fn what_is_asked_for_is_within_what_the_vendor_takes() {
        let ask = Ask {
            provider_id: "leumi".to_owned(),
            valid_until: "2036-01-01".to_owned(),
            first_day: "2025-11-20".to_owned(),
            psu_id: Some("043510023".to_owned()),
            ..Ask::default()
        };
        let long = body(&ask);
        assert_eq!(long["expiryDate"], "2029-11-18T23:59:59Z");
        assert_eq!(long.get("startDate"), None, "a year is what it gives by itself");
        assert_eq!((&long["psuId"], &long["providerIds"]), (&json!("043510023"), &json!(["leumi"])));
        assert_eq!((long.get("access"), long.get("restrictedTo")), (None, None));
        let short = body(&Ask {
            valid_until: "2027-05-01".to_owned(),
            first_day: "2026-11-01".to_owned(),
            ..ask
        });
        assert_eq!(
            (&short["expiryDate"], &short["startDate"]),
            (&json!("2027-05-01T23:59:59Z"), &json!("2026-11-01"))
        );
    }

    #[test]
    fn accounts_are_named_where_the_vendor_has_a_name_for_each() {
        let reach = Reach {
            accounts: vec![AccountName::Iban("IL1".to_owned()), AccountName::Bban("10-1-2".to_owned())],
            balances: None,
            ..Reach::everything()
        };
        let asked = body(&Ask {
            reach: reach.clone(),
            ..Ask::default()
        });
        let access = json!({"accounts": [{"iban": "IL1"}, {"bban": "10-1-2"}], "balances": [], "transactions": []});
        assert_eq!(asked["access"], access);
        let cards = Reach {
            accounts: vec![AccountName::MaskedPan("1234".to_owned())],
            restricted_to: vec![AccountKind::Card],
            ..reach
        };
        let asked = body(&Ask {
            reach: cards,
            ..Ask::default()
        });
        assert_eq!((asked.get("access"), &asked["restrictedTo"]), (None, &json!(["CARD"])));
    }

    #[test]
    fn a_connection_ends_with_its_last_day() {
        let ends = |date: Value| {
            let read = json!({"id": "c", "status": "ACTIVE", "expiryDate": date});
            serde_json::from_value::<Connection>(read).expect("a connection").ends()
        };
        let day = ends(json!("2026-11-20")).expect("a date").expect("an end");
        assert_eq!(day.rfc3339(), "2026-11-21T00:00:00.000Z");
        let moment = ends(json!("2026-11-20T10:00:00Z")).expect("a date").expect("an end");
        assert_eq!(moment.rfc3339(), "2026-11-20T10:00:00.000Z");
        assert_eq!((ends(Value::Null), ends(json!("soon"))), (Ok(None), Err(NoDate)));
    }
}
