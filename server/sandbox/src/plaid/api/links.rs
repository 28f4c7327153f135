//! `/link/token/create` and `/link/token/get`.

use super::Answer;
use super::ask::{Ask, malformed, number, text, truth};
use crate::plaid::institutions::{self, COUNTRIES, Institution};
use crate::plaid::link::token::{Hosted, LinkToken, Update};
use crate::plaid::refusal::{self, Refusal};
use crate::plaid::{Moment, Plaid};
use serde_json::json;
use url::Url;

/// Languages of Link, from the description of `language` in the interface file.
const LANGUAGES: [&str; 17] = [
    "da", "nl", "en", "et", "fr", "de", "hi", "it", "lv", "lt", "no", "pl", "pt", "ro", "es", "sv", "vi",
];
/// Products that can be asked for; `balance` is none of them, it comes with any other.
const PRODUCTS: [&str; 8] = [
    "assets",
    "auth",
    "identity",
    "investments",
    "liabilities",
    "signal",
    "statements",
    "transactions",
];
/// How long a link token lasts, in seconds.
const LASTS: i64 = 4 * 3600;
/// How long the address of Hosted Link lasts unless the call says otherwise, and at most.
const HOSTED_LASTS: i64 = 30 * 60;
const HOSTED_AT_MOST: i64 = 21 * 86_400;
/// Days of transactions unless the call says otherwise, and at most.
const DAYS: i64 = 90;
const DAYS_AT_MOST: i64 = 730;

/// An address to which a browser may be sent.
fn address(name: &str, given: &str) -> Result<Url, Refusal> {
    let url = Url::parse(given)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    url.ok_or_else(|| malformed(name))
}

/// The countries of a call, all of them Plaid's.
pub(super) fn countries(ask: &Ask) -> Result<Vec<String>, Refusal> {
    let countries = ask.texts("country_codes")?.unwrap_or_default();
    let fits = !countries.is_empty() && countries.iter().all(|country| COUNTRIES.contains(&country.as_str()));
    if fits { Ok(countries) } else { Err(malformed("country_codes")) }
}

/// Products that can be asked for.
pub(super) fn products(list: Vec<String>) -> Result<Vec<String>, Refusal> {
    match list.iter().find(|product| !PRODUCTS.contains(&product.as_str())) {
        Some(unknown) => Err(Refusal::of(&refusal::INVALID_PRODUCT, &[unknown])),
        None => Ok(list),
    }
}

/// The institution with this id, which has to be there.
pub(super) fn institution(id: &str) -> Result<&'static Institution, Refusal> {
    institutions::find(id).ok_or_else(|| (&refusal::INVALID_INSTITUTION).into())
}

/// A webhook's address: one of Gesher's.
pub(super) fn webhook(plaid: &Plaid, given: Option<&str>) -> Result<Option<String>, Refusal> {
    match given {
        Some(url) if !plaid.webhooks.may_go_to(url) => Err(malformed("webhook")),
        other => Ok(other.map(str::to_owned)),
    }
}

/// What is to be repaired, with the products and the institution that it has.
fn update(plaid: &Plaid, ask: &Ask) -> Result<Option<(Update, &'static Institution)>, Refusal> {
    let options = ask.object("update", &["account_selection_enabled"])?;
    let choose = truth(&options, "account_selection_enabled")?;
    let Some(access) = ask.maybe_text("access_token")? else {
        return Ok(None);
    };
    let mut desk = plaid.desk();
    let item = desk.item(access)?;
    let update = Update {
        item_id: item.id.clone(),
        choose,
    };
    Ok(Some((update, item.institution)))
}

fn hosted(plaid: &Plaid, ask: &Ask) -> Result<Option<(String, Hosted)>, Refusal> {
    if ask.value("hosted_link").is_none() {
        return Ok(None);
    }
    let fields = ["completion_redirect_uri", "url_lifetime_seconds", "is_mobile_app"];
    let options = ask.object("hosted_link", &fields)?;
    truth(&options, "is_mobile_app")?;
    let completion = text(&options, "completion_redirect_uri")?;
    let lasts = number(&options, "url_lifetime_seconds", 1..=HOSTED_AT_MOST)?.unwrap_or(HOSTED_LASTS);
    let id = plaid.ids.fresh();
    let hosted = Hosted {
        url: format!("{}/plaid/hosted/{id}", plaid.url),
        completion: completion.map(|given| address("completion_redirect_uri", given)).transpose()?,
        until: ask.now.after(lasts),
    };
    Ok(Some((id, hosted)))
}

fn redirect_uri(ask: &Ask) -> Result<Option<Url>, Refusal> {
    let given = ask.maybe_text("redirect_uri")?;
    let url = given.map(|given| address("redirect_uri", given)).transpose()?;
    // The way back from a bank adds a query of its own.
    if url.as_ref().is_some_and(|url| url.query().is_some()) {
        return Err(malformed("redirect_uri"));
    }
    Ok(url)
}

/// `/link/token/create`
pub(super) fn create(plaid: &Plaid, ask: &Ask) -> Answer {
    let language = ask.text("language")?;
    if !LANGUAGES.contains(&language) {
        return Err(malformed("language"));
    }
    let user = ask.object("user", &["client_user_id"])?;
    if text(&user, "client_user_id")?.is_none_or(str::is_empty) {
        return Err(Refusal::of(&refusal::MISSING_FIELDS, &["user.client_user_id"]));
    }
    let countries = countries(ask)?;
    let update = update(plaid, ask)?;
    let products = products(ask.texts("products")?.unwrap_or_default())?;
    if products.is_empty() && update.is_none() {
        return Err(Refusal::of(&refusal::MISSING_FIELDS, &["products"]));
    }
    let consented = self::products(ask.texts("additional_consented_products")?.unwrap_or_default())?;
    let preset = ask.maybe_text("institution_id")?.map(institution).transpose()?;
    let options = ask.object("transactions", &["days_requested"])?;
    let hosted = hosted(plaid, ask)?;
    let token = plaid.token("link");
    let until = ask.now.after(LASTS);
    let hosted_until = hosted.as_ref().map_or(until, |(_, hosted)| hosted.until);
    let mut client_name = ask.text("client_name")?.to_owned();
    if client_name.chars().count() > 30 {
        // What Plaid shows instead of a longer name.
        client_name = "This Application".to_owned();
    }
    let link = LinkToken {
        token: token.clone(),
        client_name,
        language: language.to_owned(),
        countries,
        products,
        consented,
        days: number(&options, "days_requested", 1..=DAYS_AT_MOST)?.unwrap_or(DAYS),
        webhook: webhook(plaid, ask.maybe_text("webhook")?)?,
        redirect_uri: redirect_uri(ask)?,
        institution: update.as_ref().map_or(preset, |(_, institution)| Some(institution)),
        update: update.map(|(update, _)| update),
        hosted: hosted.as_ref().map(|(_, hosted)| hosted.clone()),
        created: ask.now,
        until: Moment(until.0.max(hosted_until.0)),
        sessions: Vec::new(),
        used: false,
    };
    let mut told = json!({ "link_token": token, "expiration": link.until.stamp() });
    let mut desk = plaid.desk();
    if let Some((id, hosted)) = hosted {
        told["hosted_link_url"] = json!(hosted.url);
        desk.hosted.insert(id, token.clone());
    }
    desk.links.insert(token, link);
    Ok(told)
}

/// `/link/token/get`. Before anybody opened Link there are no `link_sessions`.
pub(super) fn get(plaid: &Plaid, ask: &Ask) -> Answer {
    let desk = plaid.desk();
    let link = desk.links.get(&ask.text("link_token")?.to_owned());
    let link = link.ok_or(&refusal::INVALID_LINK_TOKEN)?;
    let mut told = json!({
        "link_token": link.token,
        "created_at": link.created.stamp(),
        "expiration": link.until.stamp(),
        "metadata": link.metadata(),
    });
    let sessions: Vec<_> = link.sessions.iter().filter_map(|id| desk.sessions.get(id)).collect();
    if !sessions.is_empty() {
        told["link_sessions"] = sessions.into_iter().map(|session| session.told()).collect();
    }
    Ok(told)
}
