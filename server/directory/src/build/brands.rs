//! What people call the largest banks: everyday names, and the Hebrew spellings of those that Israelis know.

use super::{BuildError, Draft};
use crate::DirectoryError;
use crate::fold::fold;
use gesher_contract::TileKind;
use serde::Deserialize;
use std::cmp::Reverse;

/// Its key in the list of sources.
pub(super) const KEY: &str = "brands";

/// The file, with its own sources in its note.
const BRANDS: &str = include_str!("brands.json");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "note")]
    _note: String,
    brands: Vec<Brand>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Brand {
    /// Where it is found: `<country>:<BIC, code or name>`; a name begins with `=`.
    at: Vec<String>,
    /// Its short form, which its id is made of.
    short: String,
    he: Option<String>,
    #[serde(default)]
    nicknames: Vec<String>,
    kind: Option<TileKind>,
}

/// Names the well-known, and says which were not found.
pub(super) fn apply(drafts: &mut [Draft]) -> Result<Vec<String>, BuildError> {
    let file: File = serde_json::from_str(BRANDS).map_err(DirectoryError::Shape)?;
    let mut unknown = Vec::new();
    for (place, brand) in file.brands.into_iter().enumerate() {
        for at in &brand.at {
            match find(drafts, at) {
                Some(draft) => name(draft, &brand, place),
                None => unknown.push(at.clone()),
            }
        }
    }
    Ok(unknown)
}

/// The largest of those that the mark fits, and of equals the one with the shortest name.
fn find<'a>(drafts: &'a mut [Draft], at: &str) -> Option<&'a mut Draft> {
    let (country, mark) = at.split_once(':')?;
    let named = mark.strip_prefix('=').map(fold);
    let fits = |draft: &Draft| match &named {
        Some(name) => draft.keys.contains(name),
        None => draft.row.bics.iter().chain(&draft.row.codes).any(|code| code == mark),
    };
    drafts
        .iter_mut()
        .filter(|draft| draft.country() == country && draft.brand.is_none() && fits(draft))
        .min_by_key(|draft| {
            let name = draft.row.names.own();
            (Reverse(draft.weight), name.chars().count(), name.to_owned())
        })
}

fn name(draft: &mut Draft, brand: &Brand, place: usize) {
    draft.brand = Some(place);
    draft.row.sources.push(KEY.to_owned());
    if let Some(kind) = brand.kind {
        draft.row.kind = kind;
    }
    let names = &mut draft.row.names;
    // The list's own short form is still typed.
    if let Some(short) = names.short.replace(brand.short.as_str().into()) {
        names.nicknames.push(short.into());
    }
    names.he = brand.he.as_deref().map(Box::from);
    names.nicknames.extend(brand.nicknames.iter().cloned());
    if names.native.is_some() {
        names.en.clone_from(&brand.short);
    }
    let known = [
        names.short.as_deref(),
        Some(&*names.en),
        names.he.as_deref(),
        names.native.as_deref(),
    ];
    let mut seen: Vec<String> = known.into_iter().flatten().map(fold).collect();
    names.nicknames.retain(|name| {
        let folded = fold(name);
        let new = !seen.contains(&folded);
        seen.push(folded);
        new
    });
    // A whole name that is the short one is no short form; it is written as the bank writes it.
    if fold(&brand.short) == fold(&names.en) {
        names.en.clone_from(&brand.short);
        names.short = None;
    }
}
