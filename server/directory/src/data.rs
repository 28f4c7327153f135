//! Reading directory files: every rule is checked before any row is used.
//!
//! There are two kinds of file: the hand-kept one (`israel.json`), and the packed one that `build` makes of published lists.
//! Both hold the same [`Row`]s.

mod packed;
mod row;
mod rules;

pub(crate) use packed::{Branches, Packed};
pub(crate) use row::Row;
pub(crate) use rules::{Broken, check};

use super::{Institution, Source};
use row::Checker;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A directory file breaks a rule.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    /// It is no JSON of the right shape; the message names line and column.
    #[error("the directory file cannot be read: {0}")]
    Shape(#[from] serde_json::Error),
    /// It cannot be unpacked.
    #[error("the directory file cannot be unpacked: {0}")]
    Packing(#[from] std::io::Error),
    /// A row breaks a rule.
    #[error("institution {id}: {rule}")]
    Row {
        /// The row's id.
        id: String,
        /// The rule, as a sentence about the row.
        rule: &'static str,
    },
}

/// The hand-kept file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    country: String,
    #[serde(rename = "note")]
    _note: Option<String>,
    sources: BTreeMap<String, Arc<Source>>,
    /// In the order in which they are listed.
    pub(crate) institutions: Vec<Row>,
}

impl File {
    /// The country of all its institutions.
    pub(crate) fn country(&self) -> &str {
        &self.country
    }
}

/// The institutions of a hand-kept file, in its order.
pub(super) fn read(json: &str) -> Result<Vec<Institution>, DirectoryError> {
    let file: File = serde_json::from_str(json)?;
    let mut checker = Checker::new(file.institutions.iter());
    let default = Some(file.country.as_str());
    file.institutions
        .into_iter()
        .map(|row| checker.institution(row, default, &file.sources))
        .collect()
}

/// The institutions of a hand-kept file, with the branches that the packed file knows of, and then those of the packed file.
pub(super) fn read_both(json: &str, packed: &[u8]) -> Result<Vec<Institution>, DirectoryError> {
    let file: File = serde_json::from_str(json)?;
    let packed = Packed::read(packed)?;
    let mut checker = Checker::new(file.institutions.iter().chain(&packed.rows));
    let default = Some(file.country.as_str());
    let by_hand = file.institutions.into_iter().map(|row| {
        let mut institution = checker.institution(row, default, &file.sources)?;
        let others = packed.branches.of(&institution);
        if !others.is_empty() {
            institution.branches = institution.branches.iter().cloned().chain(others).collect::<Vec<_>>().into();
        }
        Ok(institution)
    });
    let mut institutions = by_hand.collect::<Result<Vec<_>, DirectoryError>>()?;
    institutions.reserve(packed.rows.len());
    for row in packed.rows {
        institutions.push(checker.institution(row, None, &packed.sources)?);
    }
    Ok(institutions)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROW: &str =
        r#"{"id":"xx-a","names":{"he":"א","en":"A"},"kind":"bank","sources":["s"],"routes":[{"provider":"sandbox","provider_id":"a"}]}"#;

    fn file(rows: &str) -> String {
        format!(r#"{{"country":"FR","sources":{{"s":{{"title":"t","licence":"l"}}}},"institutions":[{rows}]}}"#)
    }

    fn refusal(rows: &str) -> String {
        read(&file(rows)).map(|_| ()).map_err(|error| error.to_string()).unwrap_err()
    }

    #[test]
    fn a_good_row_is_read() {
        let rows = read(&file(ROW)).unwrap();
        assert_eq!(
            (rows[0].id.as_str(), rows[0].country.as_str(), rows[0].sources[0].licence.as_str()),
            ("xx-a", "FR", "l")
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
            refusal(&ROW.replace("\"sources\"", "\"regions\":[\"BE-A\"],\"sources\"")),
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
