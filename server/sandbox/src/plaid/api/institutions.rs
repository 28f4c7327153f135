//! `/institutions/get`, `/institutions/search` and `/institutions/get_by_id`.

use super::Answer;
use super::ask::{Ask, texts, truth};
use super::links::{countries, institution};
use crate::plaid::Plaid;
use crate::plaid::institutions::{Institution, all};
use crate::plaid::refusal;
use serde_json::{Value, json};

/// How many a page may have.
const AT_MOST: i64 = 500;
/// How many a search gives.
const FOUND: usize = 10;

fn told(list: &[&'static Institution], optional: bool) -> Vec<Value> {
    list.iter().map(|institution| institution.told(optional, false)).collect()
}

fn within(countries: &[String]) -> impl Iterator<Item = &'static Institution> {
    all()
        .iter()
        .filter(|institution| countries.iter().any(|country| country == institution.country))
}

/// `/institutions/get`
pub(super) fn get(_: &Plaid, ask: &Ask) -> Answer {
    let count = ask.number("count", 1..=AT_MOST)?.unwrap_or(AT_MOST);
    let offset = ask.number("offset", 0..=i64::from(u32::MAX))?.unwrap_or(0);
    let countries = countries(ask)?;
    let options = ask.object("options", &["products", "routing_numbers", "oauth", "include_optional_metadata"])?;
    let products = texts(&options, "products")?.unwrap_or_default();
    let oauth = options.get("oauth").and_then(Value::as_bool);
    // None here has a routing number.
    let by_number = texts(&options, "routing_numbers")?.is_some_and(|numbers| !numbers.is_empty());
    let fits = |one: &&Institution| !by_number && one.offers(&products) && oauth.is_none_or(|oauth| oauth == one.oauth);
    let list: Vec<&Institution> = within(&countries).filter(fits).collect();
    let page: Vec<&Institution> = list.iter().copied().skip(offset as usize).take(count as usize).collect();
    let optional = truth(&options, "include_optional_metadata")?;
    Ok(json!({ "institutions": told(&page, optional), "total": list.len() }))
}

/// `/institutions/search`
pub(super) fn search(_: &Plaid, ask: &Ask) -> Answer {
    let query = ask.text("query")?.to_lowercase();
    let countries = countries(ask)?;
    let products = ask.texts("products")?.unwrap_or_default();
    let options = ask.object("options", &["oauth", "include_optional_metadata", "include_auth_metadata"])?;
    let optional = truth(&options, "include_optional_metadata")?;
    let oauth = options.get("oauth").and_then(Value::as_bool);
    let fits = |one: &&Institution| {
        let named = one.name.to_lowercase().contains(&query);
        named && one.offers(&products) && oauth.is_none_or(|oauth| oauth == one.oauth)
    };
    let found: Vec<&Institution> = within(&countries).filter(fits).take(FOUND).collect();
    Ok(json!({ "institutions": told(&found, optional) }))
}

/// `/institutions/get_by_id`
pub(super) fn get_by_id(_: &Plaid, ask: &Ask) -> Answer {
    let found = institution(ask.text("institution_id")?)?;
    if !countries(ask)?.iter().any(|country| country == found.country) {
        return Err((&refusal::INVALID_INSTITUTION).into());
    }
    let options = ask.object("options", &["include_optional_metadata", "include_status", "include_auth_metadata"])?;
    let (optional, status) = (truth(&options, "include_optional_metadata")?, truth(&options, "include_status")?);
    Ok(json!({ "institution": found.told(optional, status) }))
}
