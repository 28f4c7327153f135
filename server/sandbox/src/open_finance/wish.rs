//! What a connection is asked for: the body of `POST /v2/connections`, checked as the reference says.
//!
//! An empty `psuId`, `psuCorporateId` or `redirectUrl` is one that was not given: it is the default of each, and shorter than their own
//! shortest. A passport may have letters and more than nine characters, as in the vendor's own list of test people.

use super::providers::{self, PASSPORT, Provider};
use crate::psd2::moment::Moment;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};

/// `restrictedTo`
const RESTRICTIONS: [&str; 5] = ["CACC", "CARD", "LOAN", "SVGS", "SCTS"];
const PRODUCTS: [&str; 4] = ["CONNECTIONS", "PAYMENTS", "DECISION", "SESSIONS"];
/// Days that a connection lasts when nobody says: three years.
const LASTS: i32 = 3 * 365;

/// Who hears of a connection, and how they know that it is the vendor.
#[derive(Clone, Debug, Default)]
pub(super) struct Callback {
    pub(super) success: Option<String>,
    pub(super) fail: Option<String>,
    pub(super) abort: Option<String>,
    /// User name and password.
    pub(super) basic: Option<(String, String)>,
    pub(super) oauth: Option<OAuth>,
    pub(super) headers: Vec<(String, String)>,
}

/// How a webhook's access token is asked for.
#[derive(Clone, Debug)]
pub(super) struct OAuth {
    pub(super) client_id: String,
    pub(super) client_secret: String,
    pub(super) audience: String,
    pub(super) scope: String,
    pub(super) token_url: String,
}

/// What was asked for.
#[derive(Clone, Debug)]
pub(super) struct Wish {
    pub(super) customer_id: Option<String>,
    pub(super) payment_id: Option<String>,
    pub(super) start: Date,
    pub(super) expiry: Moment,
    /// `he` or `en`; the person chooses where nobody says.
    pub(super) language: Option<String>,
    /// None: all.
    pub(super) provider_ids: Vec<String>,
    pub(super) include_fake: bool,
    pub(super) recurring: bool,
    pub(super) iframe: bool,
    pub(super) psu_id: Option<String>,
    pub(super) psu_id_type: Option<String>,
    pub(super) corporate_id: Option<String>,
    pub(super) redirect_url: Option<String>,
    pub(super) allow_business: bool,
    pub(super) allow_insurance: bool,
    /// Whether the person goes to the bank at once where nothing is left to say.
    pub(super) without_button: bool,
    /// None: all.
    pub(super) restricted_to: Vec<String>,
    pub(super) access: Option<Value>,
    pub(super) callback_information: Option<Value>,
    pub(super) callback: Callback,
}

/// Reads fields and gathers what is wrong with them.
struct Checks<'a> {
    body: &'a Value,
    wrong: Vec<String>,
}

impl Checks<'_> {
    fn complain(&mut self, name: &str, what: &str) {
        self.wrong.push(format!("\"{name}\" {what}"));
    }

    fn text(&mut self, name: &str) -> Option<String> {
        match self.body.get(name)? {
            Value::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
            _ => {
                self.complain(name, "must be a string");
                None
            }
        }
    }

    fn flag(&mut self, name: &str) -> bool {
        match self.body.get(name) {
            None => false,
            Some(Value::Bool(flag)) => *flag,
            Some(_) => {
                self.complain(name, "must be a boolean");
                false
            }
        }
    }

    fn list(&mut self, name: &str, fits: impl Fn(&str) -> bool) -> Vec<String> {
        let Some(list) = self.body.get(name) else { return Vec::new() };
        let Some(list) = list.as_array() else {
            self.complain(name, "must be an array");
            return Vec::new();
        };
        let mut taken = Vec::new();
        for (place, value) in list.iter().enumerate() {
            match value.as_str().filter(|value| fits(value)) {
                Some(value) => taken.push(value.to_owned()),
                None => self.complain(&format!("{name}[{place}]"), "must be one of the allowed values"),
            }
        }
        taken
    }

    fn digits(&mut self, name: &str, lengths: std::ops::RangeInclusive<usize>) -> Option<String> {
        let text = self.text(name)?;
        if !lengths.contains(&text.len()) {
            let (least, most) = lengths.into_inner();
            self.complain(name, &format!("length must be between {least} and {most}"));
        } else if !text.bytes().all(|byte| byte.is_ascii_digit()) {
            self.complain(name, "fails to match the required pattern: /^[0-9]+$/");
        }
        Some(text)
    }

    fn start(&mut self, today: Date) -> Date {
        let earliest = today.saturating_sub(1.year());
        let Some(text) = self.text("startDate") else { return earliest };
        match text.parse::<Date>() {
            Ok(date) if date < earliest => {
                self.complain("startDate", "must not be earlier than one year ago");
                date
            }
            Ok(date) => date,
            Err(_) => {
                self.complain("startDate", "must be in YYYY-MM-DD format");
                today
            }
        }
    }

    fn expiry(&mut self, now: Moment) -> Moment {
        let latest = now.after(i64::from(LASTS) * 86_400);
        let Some(text) = self.text("expiryDate") else { return latest };
        match text.parse::<Timestamp>().map(|at| Moment(at.as_microsecond())) {
            Ok(at) if at > latest => self.complain("expiryDate", "must be less than three years ahead"),
            Ok(at) if at <= now => self.complain("expiryDate", "must be in the future"),
            Ok(at) => return at,
            Err(_) => self.complain("expiryDate", "must be in ISO 8601 date format"),
        }
        latest
    }

    fn access(&mut self) -> Option<Value> {
        let access = self.body.get("access")?;
        for name in ["accounts", "balances", "transactions"] {
            let fits = |item: &Value| ["iban", "bban"].iter().all(|key| item.get(key).is_none_or(Value::is_string)) && item.is_object();
            match access.get(name) {
                None => {}
                Some(Value::Array(items)) if items.iter().all(fits) => {}
                Some(_) => self.complain(&format!("access.{name}"), "must be an array of accounts"),
            }
        }
        if !access.is_object() {
            self.complain("access", "must be of type object");
        }
        Some(access.clone())
    }

    fn callback(&mut self) -> Callback {
        let hooks = &self.body["callbackInformation"]["webhooks"];
        let mut callback = Callback::default();
        if self.body.get("callbackInformation").is_some_and(|value| !value.is_object()) {
            self.complain("callbackInformation", "must be of type object");
        }
        if hooks["enabled"] != json!(true) {
            return callback;
        }
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        if let Some(products) = hooks["products"].as_array() {
            if !products
                .iter()
                .all(|product| product.as_str().is_some_and(|name| PRODUCTS.contains(&name)))
            {
                self.complain("callbackInformation.webhooks.products", "must be one of the allowed values");
            }
            if !products.contains(&json!("CONNECTIONS")) {
                return callback;
            }
        }
        let url = |name: &str| hooks[name].as_str().filter(|url| !url.is_empty()).map(str::to_owned);
        (callback.success, callback.fail, callback.abort) = (url("successUrl"), url("failUrl"), url("abortUrl"));
        let (basic, oauth) = (&hooks["basic"], &hooks["oauth"]);
        if basic["enabled"] == json!(true) {
            callback.basic = Some((text(&basic["username"]), text(&basic["password"])));
        }
        if oauth["enabled"] == json!(true) {
            callback.oauth = Some(OAuth {
                client_id: text(&oauth["clientId"]),
                client_secret: text(&oauth["clientSecret"]),
                audience: text(&oauth["audience"]),
                scope: text(&oauth["scope"]),
                token_url: text(&oauth["tokenUrl"]),
            });
        }
        if let Some(headers) = hooks["customHeaders"].as_object() {
            let given = headers.iter().map(|(name, value)| (name.clone(), text(value)));
            callback.headers = given.collect();
        }
        callback
    }

    /// `psuIdType` has to be one of a provider that can be chosen.
    fn id_type(&mut self, allowed: &[&Provider]) -> Option<String> {
        let wanted = self.text("psuIdType")?;
        let known = |provider: &&Provider| provider.id_types().iter().any(|kind| kind.id == wanted);
        if !allowed.iter().any(known) {
            self.complain("psuIdType", "is not supported by the provider");
        }
        Some(wanted)
    }
}

/// The providers among which a person chooses. `production` says whether the real ones are open to who asks.
pub(super) fn choice(ids: &[String], include_fake: bool, production: bool, insurance: bool) -> Vec<&'static Provider> {
    let named = |provider: &&Provider| ids.is_empty() || ids.iter().any(|id| id == provider.id);
    let open = |provider: &&'static Provider| {
        let kind = insurance || provider.kind != providers::Kind::Insurance;
        kind && if provider.fake { include_fake } else { production }
    };
    providers::all().filter(named).filter(open).collect()
}

impl Wish {
    /// Reads a body, or says what is wrong with it. The moment is now.
    pub(super) fn read(body: &Value, production: bool, now: Moment) -> Result<Self, Vec<String>> {
        if !body.is_object() {
            return Err(vec!["\"value\" must be of type object".to_owned()]);
        }
        let checks = &mut Checks { body, wrong: Vec::new() };
        let provider_ids = checks.list("providerIds", providers::is_known);
        let include_fake = checks.flag("includeFakeProviders");
        let allow_insurance = checks.flag("allowInsurance");
        let allowed = choice(&provider_ids, include_fake, production, allow_insurance);
        let psu_id_type = checks.id_type(&allowed);
        let psu_id = if psu_id_type.as_deref() == Some(PASSPORT.id) {
            checks.text("psuId")
        } else {
            checks.digits("psuId", 5..=9)
        };
        let language = checks.text("language");
        if language.as_deref().is_some_and(|language| !["he", "en"].contains(&language)) {
            checks.complain("language", "must be one of [he, en]");
        }
        if checks.text("connectionMode").is_some_and(|mode| mode != "PSD2") {
            checks.complain("connectionMode", "must be one of [PSD2]");
        }
        for unused in ["journeyId", "agentEmail", "externalId"] {
            checks.text(unused);
        }
        checks.flag("isPlaidSandbox");
        let wish = Self {
            customer_id: checks.text("customerId"),
            payment_id: checks.text("paymentId"),
            start: checks.start(now.date()),
            expiry: checks.expiry(now),
            language,
            provider_ids,
            include_fake,
            recurring: checks.flag("refreshData"),
            iframe: checks.flag("iframe"),
            psu_id,
            psu_id_type,
            corporate_id: checks.digits("psuCorporateId", 8..=9),
            redirect_url: checks.text("redirectUrl"),
            allow_business: checks.flag("allowBusiness"),
            allow_insurance,
            without_button: checks.flag("redirectWithoutButtonClick"),
            restricted_to: checks.list("restrictedTo", |kind| RESTRICTIONS.contains(&kind)),
            access: checks.access(),
            callback_information: body.get("callbackInformation").cloned(),
            callback: checks.callback(),
        };
        if checks.wrong.is_empty() {
            Ok(wish)
        } else {
            Err(std::mem::take(&mut checks.wrong))
        }
    }

    /// Whether this account is within what was asked for.
    pub(super) fn takes(&self, kind: &str, iban: Option<&str>, bban: &str) -> bool {
        let kinds = self.restricted_to.is_empty() || self.restricted_to.iter().any(|wanted| wanted == kind);
        let named = self.access.as_ref().and_then(|access| access["accounts"].as_array());
        let named = named.filter(|accounts| !accounts.is_empty());
        let same = |item: &Value| {
            let by_iban = item["iban"].as_str().is_some_and(|wanted| Some(wanted) == iban);
            by_iban || item["bban"].as_str().is_some_and(|wanted| wanted == bban)
        };
        kinds && named.is_none_or(|accounts| accounts.iter().any(same))
    }
}
