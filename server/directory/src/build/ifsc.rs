//! ifsc's names of India's banks: all that take part in its clearing.

use super::readable::readable;
use super::{BuildError, Draft, Sources};
use crate::fold::fold;
use std::collections::{BTreeMap, HashMap};

/// Its key in the list of sources.
pub(super) const KEY: &str = "ifsc";

const NAMES: &str = "ifsc/banknames.json";
const BRANCHES: &str = "ifsc/IFSC.json";

/// One draft for each folded name.
pub(super) fn read(sources: &Sources) -> Result<Vec<Draft>, BuildError> {
    let names: BTreeMap<String, String> = file(sources, NAMES)?;
    // Only how many branches a bank has: their codes are the bank's with six more characters.
    let branches: HashMap<String, Vec<serde::de::IgnoredAny>> = file(sources, BRANCHES)?;
    let mut drafts: Vec<Draft> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for (code, name) in names {
        let name = readable(&name);
        let at = *places.entry(fold(&name)).or_insert_with(|| {
            drafts.push(Draft::new("IN", &name, KEY));
            drafts.len() - 1
        });
        let draft = &mut drafts[at];
        draft.weight += 1 + branches.get(&code).map_or(0, Vec::len);
        draft.row.codes.push(code);
    }
    Ok(drafts)
}

fn file<T: serde::de::DeserializeOwned>(sources: &Sources, path: &'static str) -> Result<T, BuildError> {
    let bytes = sources.get(path).ok_or(BuildError::Missing(path))?;
    serde_json::from_slice(bytes).map_err(|source| BuildError::List {
        file: path.to_owned(),
        source,
    })
}
