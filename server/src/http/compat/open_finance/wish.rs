//! The body of `POST /v2/connections`, all 24 fields, as a wish.
//!
//! **Contract.** What the vendor's schema says of a field is checked here; what has to be true of a connection is checked where
//! everybody's is, and said in the vendor's words and field names by [`refusal`].

use super::callbacks;
use super::refusal::{NO_PRODUCTION, Refusal, said, worded};
use crate::callbacks::Outcome;
use crate::connect::invite::{InviteError, Wish};
use crate::connections::asked::Access;
use crate::connections::surface::{Surface, Vendor};
use crate::http::compat::fields::{Fields, Rule};
use crate::providers::{AccountKind, AccountName};
use gesher_contract::{Dialect, IdType, Language};
use gesher_directory::{ProviderName, Wanted};
use gesher_domain::Timestamp;
use jiff::civil::Date;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::Duration;

/// How long a connection lasts where nobody says: as long as may be asked for, three years.
const LASTS: Duration = Duration::from_secs(3 * 365 * 24 * 60 * 60);
const SECOND: Duration = Duration::from_secs(1);
const LANGUAGES: &[&str] = &["he", "en"];
/// `psuIdType`: ours, as `GET /v2/providers` says them; the vendor's own are not documented.
const ID_TYPES: &[&str] = &["national-id", "national_id", "passport"];
const MODES: &[&str] = &["PSD2", "PLAID"];
const KINDS: &[&str] = &["CACC", "CARD", "LOAN", "SVGS", "SCTS"];
/// All ways but Plaid: what `PSD2` stands for here.
const NOT_PLAID: [ProviderName; 4] = [
    ProviderName::Sandbox,
    ProviderName::BerlinGroup,
    ProviderName::OpenFinance,
    ProviderName::SaltEdge,
];
/// The host's own ids, and what they are called among the references.
pub(super) const REFERENCES: [(&str, &str); 5] = [
    ("customerId", "customer_id"),
    ("paymentId", "payment_id"),
    ("journeyId", "journey_id"),
    ("externalId", "external_id"),
    ("agentEmail", "agent_email"),
];
/// What is kept as it was said, to be read back. No secret, and nobody's id.
const KEPT: [&str; 11] = [
    "providerIds",
    "includeFakeProviders",
    "iframe",
    "access",
    "restrictedTo",
    "redirectUrl",
    "language",
    "psuIdType",
    "allowBusiness",
    "allowInsurance",
    "connectionMode",
];

/// The vendor's name of an id's type.
pub(super) const fn id_type(of: IdType) -> &'static str {
    match of {
        IdType::NationalId => "national-id",
        IdType::Passport => "passport",
    }
}

/// How the host wants the institution reached.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Psd2,
    Plaid,
}

/// Reads a body as a wish of one of the tenant's customers.
///
/// # Errors
/// What is wrong with it.
pub(super) fn read(body: &Map<String, Value>, customer: Option<String>, now: Timestamp) -> Result<Wish, Refusal> {
    let mut fields = Fields::of(body);
    let mut broken = Vec::new();
    let references = references(&mut fields);
    let start_date = fields.text("startDate");
    let expiry = fields.text("expiryDate");
    let language = fields.choice("language", LANGUAGES, &[Language::He, Language::En]);
    let institution_ids = fields.texts("providerIds").map(|mut ids| {
        // The vendor's own list of ids has this one in it.
        ids.retain(|id| id != "undefined");
        ids
    });
    let callbacks = callbacks::read(&mut fields, &mut broken);
    let include_sandbox = fields.flag("includeFakeProviders").unwrap_or(false);
    let recurring = fields.flag("refreshData").unwrap_or(false);
    let iframe = fields.flag("iframe").unwrap_or(false);
    let types = [IdType::NationalId, IdType::NationalId, IdType::Passport];
    let psu_id_type = fields.choice("psuIdType", ID_TYPES, &types);
    let psu_id = fields.text("psuId");
    if psu_id_type != Some(IdType::Passport) {
        digits("psuId", psu_id.as_deref(), 5..=9, &mut broken);
    }
    let psu_corporate_id = fields.text("psuCorporateId");
    digits("psuCorporateId", psu_corporate_id.as_deref(), 8..=9, &mut broken);
    let redirect_url = fields.text("redirectUrl");
    let mode = fields.choice("connectionMode", MODES, &[Mode::Psd2, Mode::Plaid]);
    let allow_business = fields.flag("allowBusiness").unwrap_or(false);
    let access = fields.inside("access", |access| read_access(access, &mut broken)).flatten();
    let restricted_to = restricted_to(&mut fields);
    let plaid_sandbox = fields.flag("isPlaidSandbox").unwrap_or(false);
    let auto_redirect = fields.flag("redirectWithoutButtonClick").unwrap_or(false);
    let allow_insurance = fields.flag("allowInsurance").unwrap_or(false);
    let consent_expires_at = expires(expiry.as_deref(), now, &mut broken);
    let wrong = fields.finish().err().unwrap_or_default();
    if !wrong.is_empty() || !broken.is_empty() {
        return Err(Refusal::Fields(worded(&wrong).into_iter().chain(broken).collect()));
    }
    let plaid = mode == Some(Mode::Plaid) || mode.is_none() && plaid_sandbox;
    Ok(Wish {
        customer,
        language,
        include_sandbox,
        institution_ids: institution_ids.filter(|ids| !ids.is_empty()),
        institutions: Wanted {
            providers: Some(if plaid { vec![ProviderName::Plaid] } else { NOT_PLAID.into() }),
            // Who comes for a company is let in to where companies are.
            allow_business: Some(allow_business || psu_corporate_id.is_some()),
            allow_insurance: Some(allow_insurance),
            ..Wanted::default()
        },
        plaid_sandbox: (plaid && plaid_sandbox).then_some(true),
        access,
        restricted_to,
        psu_id,
        psu_id_type,
        psu_corporate_id,
        redirect_url,
        auto_redirect,
        recurring: Some(recurring),
        consent_expires_at: Some(consent_expires_at),
        start_date,
        references,
        dialect: iframe.then_some(Dialect::OpenFinance),
        callbacks,
        surface: Some(Surface {
            vendor: Vendor::OpenFinance,
            said: kept(body),
        }),
        ..Wish::default()
    })
}

fn references(fields: &mut Fields<'_>) -> BTreeMap<String, String> {
    let given = REFERENCES
        .into_iter()
        .map(|(name, reference)| Some((reference.to_owned(), fields.text(name)?)));
    given.flatten().collect()
}

fn kept(body: &Map<String, Value>) -> Map<String, Value> {
    let mut kept: Map<String, Value> = body
        .iter()
        .filter(|(name, value)| KEPT.contains(&name.as_str()) && !value.is_null() && value.as_str() != Some(""))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    if let Some(information) = body.get("callbackInformation").filter(|value| value.is_object()) {
        kept.insert("callbackInformation".to_owned(), callbacks::shown(information));
    }
    kept
}

/// Digits of which there are so many.
fn digits(name: &str, text: Option<&str>, lengths: RangeInclusive<usize>, broken: &mut Vec<String>) {
    let Some(text) = text else { return };
    let length = text.chars().count();
    let (least, most) = lengths.into_inner();
    if length < least {
        broken.push(said(name, &format!("length must be at least {least} characters long")));
    } else if length > most {
        broken.push(said(name, &format!("length must be less than or equal to {most} characters long")));
    } else if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        broken.push(said(name, "fails to match the required pattern: /^[0-9]+$/"));
    }
}

/// Until when the access is asked for: a time, or a day.
fn expires(text: Option<&str>, now: Timestamp, broken: &mut Vec<String>) -> String {
    let Some(text) = text else {
        let latest = now.plus(LASTS.saturating_sub(SECOND));
        return latest.rfc3339();
    };
    if text.parse::<jiff::Timestamp>().is_ok() {
        text.to_owned()
    } else if text.len() == 10 && text.parse::<Date>().is_ok() {
        format!("{text}T00:00:00Z")
    } else {
        broken.push(said("expiryDate", "must be in ISO 8601 date format"));
        String::new()
    }
}

fn restricted_to(fields: &mut Fields<'_>) -> Option<Vec<AccountKind>> {
    const ALL: [AccountKind; 5] = [
        AccountKind::Cacc,
        AccountKind::Card,
        AccountKind::Loan,
        AccountKind::Svgs,
        AccountKind::Scts,
    ];
    let texts = fields.texts("restrictedTo")?;
    let mut kinds = Vec::with_capacity(texts.len());
    for (place, text) in texts.iter().enumerate() {
        match ALL.into_iter().find(|kind| kind.as_str() == text) {
            Some(kind) => kinds.push(kind),
            None => fields.refuse(&format!("restrictedTo[{place}]"), Rule::OneOf(KINDS)),
        }
    }
    (!kinds.is_empty()).then_some(kinds)
}

/// The rights, as far as any names an account. A right without accounts, beside one with, is not asked for; accounts that only another
/// right names are asked for too.
fn read_access(fields: &mut Fields<'_>, broken: &mut Vec<String>) -> Option<Access> {
    let mut list = |name: &str| {
        let mut place = 0;
        let names = fields.each(name, |account| {
            let (iban, bban) = (account.text("iban"), account.text("bban"));
            let named = iban.map(AccountName::Iban).or(bban.map(AccountName::Bban));
            if named.is_none() {
                broken.push(said(
                    &format!("access.{name}[{place}]"),
                    "must contain at least one of [iban, bban]",
                ));
            }
            place += 1;
            named
        });
        names.unwrap_or_default().into_iter().flatten().collect::<Vec<_>>()
    };
    let (mut accounts, balances, transactions) = (list("accounts"), list("balances"), list("transactions"));
    if accounts.is_empty() {
        for name in balances.iter().chain(&transactions) {
            if !accounts.contains(name) {
                accounts.push(name.clone());
            }
        }
    }
    let right = |names: Vec<AccountName>| (!names.is_empty()).then_some(names);
    (!accounts.is_empty()).then(|| Access {
        accounts,
        balances: right(balances),
        transactions: right(transactions),
    })
}

/// What the use case says of a wish, in the vendor's words. `told` are the outcomes that the wish's callbacks are told of, in their order.
pub(super) fn refusal(error: InviteError, told: &[Outcome]) -> Refusal {
    match error {
        InviteError::Field { field, code, detail } => {
            let what = rule(code).map_or(detail, str::to_owned);
            Refusal::Fields(vec![said(&name(&field, told), &what)])
        }
        // Connections of this vendor's kind need no way to confirm.
        InviteError::NoWayToConfirm => Refusal::Fields(vec![said("redirectUrl", "is required")]),
        InviteError::NoInstitution => Refusal::Client(NO_PRODUCTION),
        InviteError::Unavailable(error) => error.into(),
    }
}

/// The vendor's name of one of our fields.
fn name(field: &str, told: &[Outcome]) -> String {
    let (head, rest) = field.split_at(field.find(['[', '.']).unwrap_or(field.len()));
    let simple = match head {
        "customer" => return "userId".to_owned(),
        "callbacks" => return callback_name(rest, told),
        "references" => {
            let reference = rest.trim_start_matches('.');
            let known = REFERENCES.iter().find(|(_, known)| *known == reference);
            return known.map_or_else(|| field.to_owned(), |(name, _)| (*name).to_owned());
        }
        "institution_ids" => "providerIds",
        "restricted_to" => "restrictedTo",
        "psu_id" => "psuId",
        "psu_id_type" => "psuIdType",
        "psu_corporate_id" => "psuCorporateId",
        "redirect_url" => "redirectUrl",
        "consent_expires_at" => "expiryDate",
        "start_date" => "startDate",
        "providers" => "connectionMode",
        "allow_business" => "allowBusiness",
        "allow_insurance" => "allowInsurance",
        "plaid_sandbox" => "isPlaidSandbox",
        other => other,
    };
    format!("{simple}{rest}")
}

/// `[1].auth.oauth.client_id` of the callbacks.
fn callback_name(rest: &str, told: &[Outcome]) -> String {
    const BELOW: &str = "callbackInformation.webhooks";
    let (place, field) = rest.trim_start_matches('[').split_once("].").unwrap_or_default();
    if let Some(field) = field.strip_prefix("auth.") {
        let field = field
            .replace("client_id", "clientId")
            .replace("client_secret", "clientSecret")
            .replace("token_url", "tokenUrl")
            .replace("headers", "customHeaders");
        return format!("{BELOW}.{field}");
    }
    let on = place.parse().ok().and_then(|place: usize| told.get(place));
    on.map_or_else(|| BELOW.to_owned(), |on| format!("{BELOW}.{}", callbacks::address(*on)))
}

/// What one of our rules is in the vendor's validator's manner; nothing where our own words will do.
fn rule(code: &str) -> Option<&'static str> {
    Some(match code {
        "unknown_institution" => "must be one of the providers of GET /v2/providers",
        "invalid_psu_id" | "invalid_psu_corporate_id" => "is not a valid identity number",
        "psu_id_type_not_taken" => "is not supported by the provider",
        "psu_corporate_id_not_taken" => "is not asked for by any of the providers",
        "invalid_start_date" => "must be a date of the last year, YYYY-MM-DD",
        "invalid_consent_expires_at" => "must be in the future and less than three years ahead",
        "redirect_url_not_registered" => "must be one of the redirect URLs that are registered for the organization",
        "no_institution_left" => "leaves no provider",
        "plaid_not_available" => "is not available to this organization",
        "invalid_references" => "must have at most 200 characters and no control characters",
        "invalid_url" | "url_not_allowed" => "must be an https address of the public internet",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_fields_have_the_vendors_names() {
        let told = [Outcome::Success, Outcome::Abort];
        for (ours, vendors) in [
            ("institution_ids[2]", "providerIds[2]"),
            ("access.balances[0]", "access.balances[0]"),
            ("references.agent_email", "agentEmail"),
            ("callbacks[1].url", "callbackInformation.webhooks.abortUrl"),
            ("callbacks[0].auth.oauth.client_id", "callbackInformation.webhooks.oauth.clientId"),
            (
                "callbacks[0].auth.headers.x-key",
                "callbackInformation.webhooks.customHeaders.x-key",
            ),
            ("start_date", "startDate"),
        ] {
            assert_eq!(name(ours, &told), vendors);
        }
    }
}
