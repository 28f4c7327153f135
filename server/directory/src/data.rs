//! Reading a directory file: every rule is checked before any row is used.

use super::{Institution, Names, Route, Source};
use gesher_contract::{IdType, TileKind};
use gesher_domain::checks;
use serde::Deserialize;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

/// A directory file breaks a rule.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    /// It is no JSON of the right shape; the message names line and column.
    #[error("the directory file cannot be read: {0}")]
    Shape(#[from] serde_json::Error),
    /// A row breaks a rule.
    #[error("institution {id}: {rule}")]
    Row {
        /// The row's id.
        id: String,
        /// The rule, as a sentence about the row.
        rule: &'static str,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    country: String,
    #[serde(rename = "note")]
    _note: Option<String>,
    sources: BTreeMap<String, Arc<Source>>,
    institutions: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    id: String,
    names: Names,
    kind: TileKind,
    #[serde(default)]
    codes: Vec<String>,
    #[serde(default)]
    bics: Vec<String>,
    #[serde(default)]
    branches: Vec<String>,
    #[serde(default)]
    domains: Vec<String>,
    #[serde(default)]
    aliases: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    regions: Vec<String>,
    sources: Vec<String>,
    note: Option<String>,
    #[serde(default)]
    invented: bool,
    #[serde(default)]
    unlisted: bool,
    routes: Vec<Route>,
    #[serde(default = "national_id")]
    psu_id_types: Vec<IdType>,
    #[serde(default)]
    psu_corporate_id: bool,
}

fn national_id() -> Vec<IdType> {
    vec![IdType::NationalId]
}

/// The institutions of a directory file, in its order.
pub(super) fn read(json: &str) -> Result<Vec<Institution>, DirectoryError> {
    let file: File = serde_json::from_str(json)?;
    let mut ids = HashSet::new();
    let mut aliases = HashSet::new();
    let all_ids: HashSet<String> = file.institutions.iter().map(|row| row.id.clone()).collect();
    file.institutions
        .into_iter()
        .map(|row| {
            let refuse = |rule| DirectoryError::Row { id: row.id.clone(), rule };
            check(&row, &file.country).map_err(refuse)?;
            if !ids.insert(row.id.clone()) {
                return Err(refuse("its id is taken by an earlier row"));
            }
            // Two dialects may have one word for an institution, but no word may mean two.
            let own: HashSet<&String> = row.aliases.values().flatten().collect();
            if own.iter().any(|alias| all_ids.contains(*alias) || aliases.contains(*alias)) {
                return Err(refuse("an alias of it means another institution"));
            }
            aliases.extend(own.into_iter().cloned());
            let sources = row
                .sources
                .iter()
                .map(|key| file.sources.get(key).cloned())
                .collect::<Option<Vec<_>>>();
            let sources = sources.ok_or_else(|| refuse("it names a source that is not in the list of sources"))?;
            Ok(Institution {
                id: row.id,
                names: row.names,
                kind: row.kind,
                aliases: row.aliases,
                country: file.country.clone(),
                regions: row.regions,
                codes: row.codes,
                bics: row.bics,
                branches: row.branches,
                domains: row.domains,
                logo: None,
                sources,
                note: row.note,
                invented: row.invented,
                unlisted: row.unlisted,
                routes: row.routes,
                psu_id_types: row.psu_id_types,
                psu_corporate_id: row.psu_corporate_id,
            })
        })
        .collect()
}

fn check(row: &Row, country: &str) -> Result<(), &'static str> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if row.id.is_empty() || !row.id.bytes().all(plain) {
        return Err("its id is not of lower-case letters, digits and hyphens");
    }
    if row.names.all().any(|name| name.trim().is_empty()) {
        return Err("a name of it is empty");
    }
    if row.sources.is_empty() {
        return Err("it names no source");
    }
    if row.routes.is_empty() {
        return Err("it has no route");
    }
    if row.psu_id_types.is_empty() {
        return Err("it knows nobody by anything");
    }
    if !row
        .codes
        .iter()
        .all(|code| !code.is_empty() && code.bytes().all(|byte| byte.is_ascii_alphanumeric()))
    {
        return Err("a code of it is not of letters and digits");
    }
    let of_country = |region: &String| checks::region(region) && region.split('-').next() == Some(country);
    if !row.regions.iter().all(of_country) {
        return Err("a region of it is no part of its country");
    }
    let written = |alias: &String| !alias.is_empty() && alias.bytes().all(|byte| byte.is_ascii_graphic() && byte != b',');
    if !row
        .aliases
        .iter()
        .all(|(dialect, ids)| !dialect.is_empty() && !ids.is_empty() && ids.iter().all(written))
    {
        return Err("an alias of it is not of visible ASCII characters without a comma");
    }
    if !row.bics.iter().all(|bic| is_bic8(bic)) {
        return Err("a BIC of it is not four letters, a country and two characters");
    }
    Ok(())
}

fn is_bic8(bic: &str) -> bool {
    bic.len() == 8
        && bic.bytes().take(6).all(|byte| byte.is_ascii_uppercase())
        && bic.bytes().skip(6).all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROW: &str =
        r#"{"id":"xx-a","names":{"he":"א","en":"A"},"kind":"bank","sources":["s"],"routes":[{"provider":"sandbox","provider_id":"a"}]}"#;

    fn file(rows: &str) -> String {
        format!(r#"{{"country":"XX","sources":{{"s":{{"title":"t","licence":"l"}}}},"institutions":[{rows}]}}"#)
    }

    fn refusal(rows: &str) -> String {
        read(&file(rows)).map(|_| ()).map_err(|error| error.to_string()).unwrap_err()
    }

    #[test]
    fn a_good_row_is_read() {
        let rows = read(&file(ROW)).unwrap();
        assert_eq!(
            (rows[0].id.as_str(), rows[0].country.as_str(), rows[0].sources[0].licence.as_str()),
            ("xx-a", "XX", "l")
        );
    }

    #[test]
    fn a_broken_row_refuses_the_whole_file_and_is_named() {
        assert_eq!(
            refusal(&format!("{ROW},{ROW}")),
            "institution xx-a: its id is taken by an earlier row"
        );
        assert_eq!(
            refusal(&ROW.replace("[\"s\"]", "[\"other\"]")),
            "institution xx-a: it names a source that is not in the list of sources"
        );
        assert_eq!(refusal(&ROW.replace("[\"s\"]", "[]")), "institution xx-a: it names no source");
        assert_eq!(
            refusal(&ROW.replace("\"en\":\"A\"", "\"en\":\" \"")),
            "institution xx-a: a name of it is empty"
        );
        assert_eq!(
            refusal(&ROW.replace("xx-a", "XX A")),
            "institution XX A: its id is not of lower-case letters, digits and hyphens"
        );
        let bic = ROW.replace("\"sources\"", "\"bics\":[\"lumi\"],\"sources\"");
        let other = ROW.replace("xx-a", "xx-b");
        let named = |row: &str, alias: &str| row.replace("\"sources\"", &format!("\"aliases\":{{\"v\":[\"{alias}\"]}},\"sources\""));
        let twice = "institution xx-b: an alias of it means another institution";
        assert_eq!(refusal(&format!("{},{}", named(ROW, "one"), named(&other, "one"))), twice);
        assert_eq!(refusal(&format!("{ROW},{}", named(&other, "xx-a"))), twice);
        assert_eq!(
            refusal(&ROW.replace("\"sources\"", "\"regions\":[\"YY-A\"],\"sources\"")),
            "institution xx-a: a region of it is no part of its country"
        );
        assert_eq!(
            refusal(&bic),
            "institution xx-a: a BIC of it is not four letters, a country and two characters"
        );
    }

    #[test]
    fn an_unknown_field_is_refused_with_its_line() {
        let message = refusal(&ROW.replace("\"kind\"", "\"colour\":\"red\",\"kind\""));
        assert!(message.contains("colour") && message.contains("line 1"), "{message}");
    }
}
