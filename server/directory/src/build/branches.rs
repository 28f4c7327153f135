//! israeli-bank-autocomplete's branches of Israel's banks, from Israel's open government data.

use super::{BuildError, Sources};
use crate::data::Branches;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

const FILE: &str = "israeli-bank-autocomplete/bank-data.json";

#[derive(Deserialize)]
struct List {
    branches: Vec<Branch>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Branch {
    bank_code: u32,
    branch_code: u32,
}

/// The codes of all branches by their banks' codes; the closed ones too, for accounts keep their numbers. A branch's code
/// has three digits, as it stands in account numbers.
pub(super) fn read(sources: &Sources) -> Result<Branches, BuildError> {
    let bytes = sources.get(FILE).ok_or(BuildError::Missing(FILE))?;
    let list: List = serde_json::from_slice(bytes).map_err(|source| BuildError::List {
        file: FILE.to_owned(),
        source,
    })?;
    let mut banks: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for branch in list.branches {
        let bank = banks.entry(branch.bank_code.to_string()).or_default();
        bank.insert(format!("{:03}", branch.branch_code));
    }
    let banks = banks.into_iter().map(|(bank, codes)| (bank, codes.into_iter().collect()));
    Ok(Branches(BTreeMap::from([("IL".to_owned(), banks.collect())])))
}
