//! schwifty's bank registry: banks of some fifty countries, as their central banks and registers list them.

use super::latin::{is_foreign, latin, one_alphabet};
use super::readable::readable;
use super::{BuildError, Draft, Sources};
use crate::fold::fold;
use serde::Deserialize;
use std::collections::HashMap;

/// Its key in the list of sources.
pub(super) const KEY: &str = "schwifty";

const FOLDER: &str = "schwifty/bank_registry/";

/// Countries whose short names are whole names cut or abbreviated for a form with few columns.
const CUT_SHORT: [&str; 2] = ["DE", "ES"];

/// The package has its entries in two shapes: with one code each, and with many.
#[derive(Deserialize)]
#[serde(untagged)]
enum List {
    Plain(Vec<Entry>),
    Expanded { entries: Vec<Entry> },
}

#[derive(Deserialize)]
struct Entry {
    country_code: String,
    name: String,
    short_name: Option<String>,
    bic: Option<String>,
    #[serde(default)]
    primary: bool,
    #[serde(default)]
    bank_code: String,
    #[serde(default)]
    bank_codes: Vec<String>,
}

/// One draft for each country and folded name.
pub(super) fn read(sources: &Sources) -> Result<Vec<Draft>, BuildError> {
    let mut drafts: Vec<Draft> = Vec::new();
    let mut places: HashMap<(String, String), usize> = HashMap::new();
    let files = sources.range(FOLDER.to_owned()..).take_while(|(path, _)| path.starts_with(FOLDER));
    for (path, bytes) in files.filter(|(path, _)| path.ends_with(".json")) {
        let list: List = serde_json::from_slice(bytes).map_err(|source| BuildError::List {
            file: path.clone(),
            source,
        })?;
        let (List::Plain(entries) | List::Expanded { entries }) = list;
        for entry in entries {
            let name = readable(&one_alphabet(&entry.name));
            let key = (entry.country_code.clone(), fold(&name));
            // A name of one letter is somebody's test.
            if key.1.chars().count() < 2 {
                continue;
            }
            let at = *places.entry(key).or_insert_with(|| {
                drafts.push(draft(&entry, name));
                drafts.len() - 1
            });
            add(&mut drafts[at], entry);
        }
    }
    if drafts.is_empty() {
        return Err(BuildError::Missing("schwifty/bank_registry"));
    }
    Ok(drafts)
}

fn draft(entry: &Entry, name: String) -> Draft {
    let mut draft = Draft::new(&entry.country_code, &name, KEY);
    let names = &mut draft.row.names;
    let short = short(entry, &name);
    names.short = short.as_deref().map(Box::from);
    if is_foreign(&name) {
        names.en = short.unwrap_or_else(|| latin(&name, &entry.country_code));
        names.native = Some(name.into());
    }
    draft
}

/// The short form, where it is one.
fn short(entry: &Entry, name: &str) -> Option<String> {
    let short = readable(&one_alphabet(entry.short_name.as_deref()?));
    let short = short.trim_end_matches([',', ' ', '-']).to_owned();
    let (folded, whole) = (fold(&short), fold(name));
    let begins = whole.strip_prefix(folded.as_str()).is_some_and(|rest| rest.starts_with(' '));
    let cut = CUT_SHORT.contains(&entry.country_code.as_str());
    // Four letters of a BIC are nobody's name.
    let of_bic = entry
        .bic
        .as_deref()
        .and_then(|bic| bic.get(..4))
        .is_some_and(|letters| letters.eq_ignore_ascii_case(&short));
    let sensible = folded.chars().count() > 1 && folded != whole && !is_foreign(&short) && !of_bic && (begins || !cut);
    sensible.then_some(short)
}

fn add(draft: &mut Draft, entry: Entry) {
    for code in entry.bank_codes.into_iter().chain([entry.bank_code]) {
        if !code.is_empty() && !draft.row.codes.contains(&code) {
            draft.row.codes.push(code);
        }
    }
    let bic: String = entry.bic.unwrap_or_default().chars().take(8).collect();
    if bic.len() == 8 && !draft.row.bics.contains(&bic) {
        draft.row.bics.push(bic);
    }
    draft.primary |= entry.primary;
    draft.weight = draft.row.codes.len();
}
